//! Several configurations that one collector reads, made one as it makes them one.

use std::collections::{BTreeMap, BTreeSet};

use super::collector::{Collector, Home};
use super::compose::Composed;
use super::facts::{Origin, TraceFacts};
use super::filled::Given;
use super::layers::{Layer, lay};
use super::workload::{Container, Workload};

impl TraceFacts {
    /// The same, with one collector for those that a workload reads together.
    #[must_use]
    pub(super) fn merged(mut self) -> Self {
        self.kept.settle();
        self.assemble();
        let read: Vec<Vec<Origin>> = self
            .workloads
            .values()
            .filter(|workload| workload.told.is_none())
            .flat_map(|workload| self.together(workload))
            .chain(self.composed.values().filter_map(|service| self.beside(service)))
            .collect();
        let (alone, read): (Vec<_>, Vec<_>) = read.into_iter().partition(|list| list.len() == 1);
        let alone: BTreeSet<Origin> = alone.into_iter().flatten().collect();
        let mut joined = Vec::new();
        for origins in &read {
            let parts: Vec<&Collector> =
                origins.iter().filter_map(|origin| self.collectors.get(origin)).collect();
            if let (Some(one), Some(last)) = (join(&parts), origins.last()) {
                joined.push((origins, last, one));
            }
        }
        // Of two that end in one file and begin otherwise, neither is told from the other.
        let mut ends: BTreeMap<&Origin, BTreeSet<&Vec<Origin>>> = BTreeMap::new();
        for (origins, last, _) in &joined {
            ends.entry(*last).or_default().insert(*origins);
        }
        let is_one = |last: &Origin| ends.get(last).is_some_and(|lists| lists.len() == 1);
        joined.retain(|(_, last, _)| is_one(last) && !alone.contains(*last));
        for (origins, _, _) in &joined {
            self.collectors.retain(|origin, _| !origins.contains(origin) || alone.contains(origin));
        }
        for (_, last, one) in joined {
            self.collectors.insert(last.clone(), one);
        }
        self
    }

    /// The configurations of files that a service of Compose reads one after the other; what is not
    /// known of them may be empty.
    fn beside(&self, service: &Composed) -> Option<Vec<Origin>> {
        let origin = |file: &String| {
            let is_it =
                |collector: &Collector| collector.home == Home::File && collector.file == *file;
            let known = self.collectors.iter().find(|(_, collector)| is_it(collector));
            known.map(|(origin, _)| origin.clone())
        };
        if service.workload().told.is_some() {
            return None;
        }
        let read: Vec<Origin> = service.configurations()?.iter().filter_map(origin).collect();
        (!read.is_empty()).then_some(read)
    }

    /// The configurations of `ConfigMap`s that a container of a workload reads one after the other,
    /// where it reads several and all of them are known.
    fn together(&self, workload: &Workload) -> Vec<Vec<Origin>> {
        let origin = |config: &&str| {
            let file = config.rsplit('/').next()?;
            let mut known = self.collectors.iter().filter(|(_, collector)| match &collector.home {
                Home::ConfigMap { namespace, name, key } => {
                    *namespace == workload.namespace
                        && key == file
                        && workload.config_maps.contains(name)
                }
                Home::Resource { .. } | Home::File | Home::Arguments => false,
            });
            let first = known.next()?.0.clone();
            known.next().is_none().then_some(first)
        };
        let containers = workload.containers.iter().filter(|container| container.is_collector());
        let several = containers.map(Container::configs).filter(|configs| configs.len() > 1);
        several.filter_map(|configs| configs.iter().map(origin).collect()).collect()
    }
}

/// One collector of several, by the name of the first; nothing where they make none.
fn join(parts: &[&Collector]) -> Option<Collector> {
    let (first, rest) = parts.split_first()?;
    if !parts.iter().all(|one| one.is_plain) {
        return None;
    }
    let layers: Vec<Layer<'_>> = parts.iter().map(|one| Layer::of(one)).collect();
    let mut into = first.unsaid();
    into.also = rest.iter().map(|one| one.file.clone()).collect();
    into.is_of_chart = parts.iter().any(|one| one.is_of_chart);
    into.read_from = parts.len();
    lay(&layers, Given::NOTHING, into).ok()
}

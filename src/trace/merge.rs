//! Several configurations that one collector reads, made one as it makes them one: maps are joined,
//! lists and values replaced, and a section that a later one leaves empty takes what the earlier
//! ones put there with it (opentelemetry-collector v0.159.0, `confmap/README.md`).
//!
//! What is written in two of them is not taken apart: such a collector stays unknown.

use std::collections::{BTreeMap, BTreeSet};

use super::collector::{Collector, Home, Pipeline};
use super::compose::Composed;
use super::facts::{Origin, TraceFacts};
use super::workload::{Container, Workload};

impl TraceFacts {
    /// The same, with one collector for those that a workload reads together.
    #[must_use]
    pub(super) fn merged(mut self) -> Self {
        self.kept.settle();
        let read: Vec<Vec<Origin>> = self
            .workloads
            .values()
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
                Home::Resource { .. } | Home::File => false,
            });
            let first = known.next()?.0.clone();
            known.next().is_none().then_some(first)
        };
        let containers = workload.containers.iter().filter(|container| container.is_collector());
        let several = containers.map(Container::configs).filter(|configs| configs.len() > 1);
        several.filter_map(|configs| configs.iter().map(origin).collect()).collect()
    }
}

/// One collector of several; nothing where two of them define one component.
fn join(parts: &[&Collector]) -> Option<Collector> {
    let (first, rest) = parts.split_first()?;
    let mut one = (*first).clone();
    for next in rest {
        one = over(one, next)?;
    }
    Some(one)
}

fn over(mut below: Collector, next: &Collector) -> Option<Collector> {
    for (section, at) in &next.at_sections {
        if next.emptied.iter().any(|known| known == section) {
            empty(&mut below, section);
            let own = below.at_sections.iter_mut().find(|(known, _)| known == section);
            if let Some(own) = own {
                own.1.clone_from(at);
            }
        }
    }
    let defined: BTreeSet<(&str, &str)> =
        below.components.iter().map(|(section, id)| (*section, id.as_str())).collect();
    let is_new = |(section, id): &(&'static str, String)| {
        *section == "extensions" || !defined.contains(&(*section, id.as_str()))
    };
    if !next.components.iter().all(is_new) {
        return None;
    }
    below.emptied.extend(next.emptied.iter().cloned());
    if next.components.iter().any(|(section, _)| *section == "extensions") {
        below.components.retain(|(section, _)| *section != "extensions");
        below.at_extensions.clone_from(&next.at_extensions);
    }
    below.components.extend(next.components.iter().cloned());
    below.receivers.extend(next.receivers.iter().cloned());
    below.exporters.extend(next.exporters.iter().cloned());
    below.parts.extend(next.parts.iter().cloned());
    below.settings.extend(next.settings.iter().cloned());
    below.references.extend(next.references.iter().cloned());
    below.scrubbing.extend(next.scrubbing.iter().cloned());
    below.text.push_str(&next.text);
    below.also.push(next.file.clone());
    below.at.clone_from(&next.at);
    below.read_from = below.read_from.saturating_add(next.read_from);
    for pipeline in &next.pipelines {
        put(&mut below.pipelines, pipeline);
    }
    for pipeline in &next.others {
        put(&mut below.others, pipeline);
    }
    rewire(&mut below);
    Some(below)
}

/// Takes everything out of a section.
fn empty(collector: &mut Collector, section: &str) {
    collector.components.retain(|(known, _)| *known != section);
    collector.parts.retain(|part| part.section != section);
    collector.settings.retain(|setting| setting.section() != section);
    match section {
        "receivers" => collector.receivers.clear(),
        "exporters" => collector.exporters.clear(),
        "processors" => collector.scrubbing.clear(),
        _ => (),
    }
}

/// Puts a pipeline over one of the same id: its lists replace those.
fn put(pipelines: &mut Vec<Pipeline>, next: &Pipeline) {
    let Some(own) = pipelines.iter_mut().find(|known| known.id == next.id) else {
        return pipelines.push(next.clone());
    };
    if !next.receivers.is_empty() {
        own.receivers.clone_from(&next.receivers);
        own.at_receivers.clone_from(&next.at_receivers);
    }
    if !next.processors.is_empty() {
        own.processors.clone_from(&next.processors);
        own.at_processors.clone_from(&next.at_processors);
    }
    if !next.exporters.is_empty() || !next.connectors.is_empty() {
        own.exporters.clone_from(&next.exporters);
        own.connectors.clone_from(&next.connectors);
        own.at_exporters.clone_from(&next.at_exporters);
    }
}

/// Says anew which pipelines use what, as now all of them are known.
fn rewire(collector: &mut Collector) {
    let connectors: BTreeSet<String> = collector
        .components
        .iter()
        .filter(|(section, _)| *section == "connectors")
        .map(|(_, id)| id.clone())
        .collect();
    for pipeline in collector.pipelines.iter_mut().chain(&mut collector.others) {
        let (fed, sent): (Vec<String>, Vec<String>) =
            pipeline.exporters.drain(..).partition(|id| connectors.contains(id));
        pipeline.exporters = sent;
        pipeline.connectors.extend(fed);
    }
    let all: Vec<&Pipeline> = collector.pipelines.iter().chain(&collector.others).collect();
    for receiver in &mut collector.receivers {
        let own = all.iter().filter(|pipeline| pipeline.receivers.contains(&receiver.id));
        receiver.pipelines = own.map(|pipeline| pipeline.id.clone()).collect();
    }
    for exporter in &mut collector.exporters {
        exporter.is_idle = !all.iter().any(|pipeline| pipeline.exporters.contains(&exporter.id));
    }
    for setting in collector.settings.iter_mut().filter(|setting| setting.section() != "service") {
        let id = setting.component().to_owned();
        let using = all.iter().filter(|pipeline| {
            let lists = [&pipeline.receivers, &pipeline.processors, &pipeline.exporters];
            lists.iter().any(|list| list.contains(&id)) || pipeline.connectors.contains(&id)
        });
        let signals: BTreeSet<&str> =
            using.map(|pipeline| pipeline.id.split('/').next().unwrap_or_default()).collect();
        setting.carry(signals.into_iter().map(str::to_owned).collect());
    }
}

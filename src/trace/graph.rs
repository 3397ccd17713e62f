//! The facts of one side, indexed by the names that lead from one to the next.

use std::collections::{BTreeMap, BTreeSet};

use super::anchor::At;
use super::collector::{Collector, Home};
use super::compose::Composed;
use super::facts::{Settings, TraceFacts};
use super::host::words;
use super::workload::{Service, Workload};
use crate::model::{Pair, Side};
use crate::policy::ColourMap;

/// A Service by namespace and name, colours folded: what both sides know it by.
type ServiceName = (String, String);

/// Services of either side, so that what only the other side has is known to be missing here.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Those that exist.
    pub(super) services: BTreeMap<ServiceName, At>,
    /// Those that select some workload.
    pub(super) serving: BTreeSet<ServiceName>,
    /// Services of Compose files, by file and name.
    pub(super) composed: BTreeMap<ServiceName, At>,
}

impl Known {
    /// Of no side.
    const NOTHING: &'static Self =
        &Self { services: BTreeMap::new(), serving: BTreeSet::new(), composed: BTreeMap::new() };

    /// The Services of both sides.
    pub fn of(graphs: &Pair<Graph<'_>>, colours: &ColourMap) -> Self {
        let mut all = Self::default();
        for side in Side::BOTH {
            let graph = graphs.get(side);
            let fold = |text: &str| colours.fold(side, text).into_owned();
            for ((file, name), service) in &graph.projects {
                let name = (fold(file), fold(name));
                all.composed.entry(name).or_insert_with(|| service.at());
            }
            for service in graph.services.values().flatten() {
                let name = (fold(&service.namespace), fold(&service.name));
                if !graph.selected(service).is_empty() {
                    all.serving.insert(name.clone());
                }
                all.services.entry(name).or_insert_with(|| service.at_document());
            }
        }
        all
    }
}

/// One side's facts, indexed.
pub struct Graph<'a> {
    pub(super) side: Side,
    pub(super) colours: &'a ColourMap,
    pub(super) collectors: Vec<&'a Collector>,
    pub(super) services: BTreeMap<(&'a str, &'a str), Vec<&'a Service>>,
    /// The namespaces that have a Service of a name.
    named: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Services of Compose files, by file and name.
    pub(super) projects: BTreeMap<(&'a str, &'a str), &'a Composed>,
    /// Files in which nothing stands.
    pub(super) bare: &'a BTreeSet<String>,
    pub(super) workloads: Vec<&'a Workload>,
    /// Indexes of workloads by namespace and one label.
    labelled: BTreeMap<(&'a str, &'a str, &'a str), Vec<usize>>,
    owned: BTreeMap<(&'a str, &'a str), Vec<usize>>,
    /// What each workload runs, where it runs a collector.
    pub(super) runs: Vec<Option<Runs>>,
    /// The workloads that are known to run each collector, by its index.
    pub(super) runners: BTreeMap<usize, Vec<usize>>,
    /// The namespace each collector runs in, where a workload or resource says so.
    pub(super) namespaces: Vec<Option<&'a str>>,
    pub(super) resources: BTreeMap<(&'a str, &'a str), usize>,
    /// Collectors in files that no workload is known to run, by the words of their names.
    pub(super) loose: BTreeMap<Vec<String>, Vec<usize>>,
    /// Images of collectors that an operator runs, by namespace and name.
    pub(super) images: BTreeMap<(&'a str, &'a str), Vec<&'a str>>,
    pub(super) settings: Vec<&'a Settings>,
    pub(super) held: BTreeMap<(&'a str, &'a str), Vec<&'a Settings>>,
    pub(super) known: &'a Known,
}

/// What a workload that runs a collector runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Runs {
    /// This collector, by index.
    Collector(usize),
    /// One that cannot be told; why.
    Unknown(String),
}

impl<'a> Graph<'a> {
    /// Indexes the facts of a side, of which nothing of the other side is known.
    pub fn new(
        (facts, bare): (&'a TraceFacts, &'a BTreeSet<String>),
        side: Side,
        colours: &'a ColourMap,
    ) -> Self {
        let services = facts.services.values();
        let settings = facts.settings.values();
        let composed = facts.composed.values();
        let mut graph = Self {
            side,
            colours,
            collectors: facts.collectors.values().collect(),
            services: grouped(services.map(|one| ((&*one.namespace, &*one.name), one))),
            named: BTreeMap::new(),
            projects: composed.map(|one| ((&*one.file, &*one.name), one)).collect(),
            bare,
            workloads: facts.workloads.values().collect(),
            labelled: BTreeMap::new(),
            owned: BTreeMap::new(),
            runs: Vec::new(),
            runners: BTreeMap::new(),
            namespaces: vec![None; facts.collectors.len()],
            resources: BTreeMap::new(),
            loose: BTreeMap::new(),
            images: BTreeMap::new(),
            settings: settings.clone().collect(),
            held: grouped(settings.map(|one| ((&*one.namespace, &*one.owner), one))),
            known: Known::NOTHING,
        };
        for (namespace, name) in graph.services.keys() {
            graph.named.entry(name).or_default().insert(namespace);
        }
        for (namespace, name, image) in &facts.images {
            graph.images.entry((namespace, name)).or_default().push(image);
        }
        graph.index_workloads();
        graph.index_collectors();
        graph
    }

    /// The same, with what either side knows.
    #[must_use]
    pub fn knowing(self, known: &'a Known) -> Self {
        Self { known, ..self }
    }

    fn index_workloads(&mut self) {
        for (index, workload) in self.workloads.iter().copied().enumerate() {
            let namespace = workload.namespace.as_str();
            for (key, value) in &workload.labels {
                self.labelled.entry((namespace, key, value)).or_default().push(index);
            }
            self.owned.entry((namespace, &workload.owner)).or_default().push(index);
        }
    }

    fn index_collectors(&mut self) {
        let mut mounted: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        let mut files: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, collector) in self.collectors.iter().copied().enumerate() {
            match &collector.home {
                Home::ConfigMap { namespace, name, .. } => {
                    mounted.entry((namespace, name)).or_default().push(index);
                }
                Home::Resource { namespace, name } => {
                    self.resources.insert((namespace, name), index);
                    if let Some(slot) = self.namespaces.get_mut(index) {
                        *slot = Some(namespace);
                    }
                }
                Home::File => {
                    let name = file_name(&collector.file);
                    files.entry(name).or_default().push(index);
                }
            }
        }
        for (at, workload) in self.workloads.iter().copied().enumerate() {
            let runs = self.what_runs(workload, &mounted, &files);
            if let Some(Runs::Collector(index)) = &runs {
                self.runners.entry(*index).or_default().push(at);
            }
            if let Some(Runs::Collector(index)) = &runs
                && let Some(slot) = self.namespaces.get_mut(*index)
            {
                *slot = Some(&workload.namespace);
            }
            self.runs.push(runs);
        }
        for (index, collector) in self.collectors.iter().copied().enumerate() {
            let is_claimed = self.namespaces.get(index).is_some_and(Option::is_some);
            if collector.home == Home::File && !is_claimed {
                let name = self.loose_name(&collector.file);
                self.loose.entry(name).or_default().push(index);
            }
        }
    }

    /// Which collector a workload runs: the configuration it mounts, or the file it is told to read.
    fn what_runs(
        &self,
        workload: &Workload,
        mounted: &BTreeMap<(&str, &str), Vec<usize>>,
        files: &BTreeMap<&str, Vec<usize>>,
    ) -> Option<Runs> {
        let configs: Vec<&str> = workload.containers.iter().flat_map(|c| c.configs()).collect();
        let wanted: BTreeSet<&str> = configs.iter().map(|config| file_name(config)).collect();
        let own: Vec<usize> = workload
            .config_maps
            .iter()
            .filter_map(|name| mounted.get(&(workload.namespace.as_str(), name.as_str())))
            .flatten()
            .copied()
            .collect();
        let is_wanted = |index: &&usize| {
            self.collectors.get(**index).is_some_and(|collector| {
                matches!(&collector.home, Home::ConfigMap { key, .. } if wanted.contains(key.as_str()))
            })
        };
        let named: Vec<usize> = own.iter().filter(is_wanted).copied().collect();
        let candidates = if named.is_empty() { own } else { named };
        match candidates.as_slice() {
            [only] => return Some(Runs::Collector(*only)),
            [] => (),
            _ => {
                return Some(Runs::Unknown(
                    "it mounts several collector configurations".to_owned(),
                ));
            }
        }
        if !workload.is_collector() {
            return None;
        }
        let loose: Vec<usize> =
            wanted.iter().filter_map(|name| files.get(name)).flatten().copied().collect();
        Some(match loose.as_slice() {
            [only] => Runs::Collector(*only),
            [] => Runs::Unknown("its configuration is not part of what was read".to_owned()),
            _ => Runs::Unknown("several files have the name of its configuration".to_owned()),
        })
    }

    /// The words a collector in a file of its own goes by: of the file, or of its folder when the
    /// file only says that it is a configuration. Colours count for nothing.
    fn loose_name(&self, file: &str) -> Vec<String> {
        const GENERIC: [&str; 6] = ["config", "conf", "configuration", "values", "yaml", "yml"];
        let mut parts = file.rsplit('/');
        let stem = parts.next().and_then(|name| name.split('.').next()).unwrap_or_default();
        let mut name = self.neutral_words(stem);
        name.retain(|word| !GENERIC.contains(&word.as_str()));
        if name.is_empty() {
            name = self.neutral_words(parts.next().unwrap_or_default());
        }
        name
    }

    /// The words of a name without those that only say the side.
    pub(super) fn neutral_words(&self, name: &str) -> Vec<String> {
        let folded = self.colours.fold(self.side, name);
        let mut plain = String::new();
        let mut rest = folded.as_ref();
        while let Some((head, tail)) = rest.split_once('{') {
            plain.push_str(head);
            plain.push(' ');
            rest = tail.split_once('}').map_or("", |(_, after)| after);
        }
        plain.push_str(rest);
        words(&plain)
    }

    /// A name as both sides know it.
    pub(super) fn folded(&self, name: &str) -> String {
        self.colours.fold(self.side, name).into_owned()
    }

    /// The workloads a Service sends to.
    pub(super) fn selected(&self, service: &Service) -> Vec<usize> {
        let namespace = service.namespace.as_str();
        let lists = service.selector.iter().map(|(key, value)| {
            self.labelled
                .get(&(namespace, key.as_str(), value.as_str()))
                .map_or(&[][..], Vec::as_slice)
        });
        let shortest = lists.min_by_key(|list| list.len()).unwrap_or_default();
        let is_selected = |index: &&usize| {
            self.workloads.get(**index).is_some_and(|known| known.is_selected(&service.selector))
        };
        shortest.iter().filter(is_selected).copied().collect()
    }

    /// The one Service of a name, whatever its namespace.
    pub(super) fn only_service<'s>(&'s self, name: &'s str) -> Option<&'s Vec<&'a Service>> {
        let mut namespaces = self.named.get(name)?.iter();
        match (namespaces.next(), namespaces.next()) {
            (Some(only), None) => self.services.get(&(*only, name)),
            _ => None,
        }
    }

    /// The workload of an owner, if there is exactly one.
    pub(super) fn workload(&self, namespace: &str, owner: &str) -> Option<usize> {
        match self.owned.get(&(namespace, owner)).map(Vec::as_slice) {
            Some([only]) => Some(*only),
            Some(_) | None => None,
        }
    }
}

/// What goes by each name, in the order given. Most of it comes in the order of the names.
fn grouped<'a, T>(
    named: impl Iterator<Item = ((&'a str, &'a str), &'a T)>,
) -> BTreeMap<(&'a str, &'a str), Vec<&'a T>> {
    let mut named: Vec<_> = named.collect();
    named.sort_by_key(|(name, _)| *name);
    let groups = named.chunk_by(|(one, _), (other, _)| one == other);
    let group = |group: &[((&'a str, &'a str), &'a T)]| {
        let (name, _) = group.first()?;
        Some((*name, group.iter().map(|(_, one)| *one).collect()))
    };
    groups.filter_map(group).collect()
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

//! The facts of one side, indexed by the names that lead from one to the next.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::collector::{Collector, Home};
use super::compose::Composed;
use super::facts::{Call, Origin, Settings, TraceFacts};
use super::holders::Holders;
use super::host::words;
use super::index::{Hashes, Named, hash};
use super::injection::Around;
use super::kept::{Keeping, Kept, of_view};
use super::known::{Known, Name};
use super::leg::Leg;
use super::noted::Noted;
use super::open;
use super::processes::Process;
use super::read::number;
use super::scope::nearest_of;
use super::semconv::OptIn;
use super::volume::Seen;
use super::walls::Walled;
use super::workload::{Container, Service, Workload};
use crate::model::Side;
use crate::policy::ColourMap;

/// One side's facts, indexed.
pub struct Graph<'a> {
    pub(super) side: Side,
    pub(super) colours: &'a ColourMap,
    pub(super) collectors: Vec<&'a Collector>,
    /// What each of them was taken from, in their order.
    pub(super) origins: Vec<&'a Origin>,
    /// Whether any container is told of a proxy.
    pub(super) has_proxies: bool,
    pub(super) services: Named<'a, &'a Service>,
    /// The workloads behind each of them, once asked for.
    pub(super) behind: OnceLock<Vec<Vec<Vec<usize>>>>,
    /// The namespaces that have a Service of a name.
    named: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Services of Compose files, by file and name.
    pub(super) projects: BTreeMap<(&'a str, &'a str), &'a Composed>,
    /// Files in which nothing stands.
    pub(super) bare: &'a BTreeSet<String>,
    pub(super) workloads: Vec<&'a Workload>,
    /// What both sides know each of them by, once asked for.
    folded: OnceLock<Vec<Name>>,
    /// Indexes of workloads by namespace and one label.
    labelled: Hashes,
    pub(super) owned: Named<'a, usize>,
    /// What each workload runs, where it runs a collector.
    pub(super) runs: Vec<Option<Runs>>,
    /// The workloads that are known to run each collector, by its index.
    pub(super) runners: BTreeMap<usize, Vec<usize>>,
    /// The namespace each collector runs in, where a workload or resource says so.
    pub(super) namespaces: Vec<Option<&'a str>>,
    pub(super) resources: BTreeMap<(&'a str, &'a str), Vec<usize>>,
    /// Collectors in files that no workload is known to run, by the words of their names.
    pub(super) loose: BTreeMap<Vec<String>, Vec<usize>>,
    /// Images of collectors that an operator runs, by namespace and name.
    pub(super) images: BTreeMap<(&'a str, &'a str), Vec<&'a str>>,
    pub(super) settings: Vec<&'a Settings>,
    /// Those of every process with what is added to them, once asked for.
    pub(super) processes: OnceLock<Vec<Process>>,
    /// Where `ConfigMap`s add something to settings, all of it, once asked for.
    pub(super) told: OnceLock<Vec<Option<Box<Settings>>>>,
    pub(super) holders: OnceLock<Holders>,
    /// The policies that hold for workloads, once asked for.
    pub(super) walled: OnceLock<Walled>,
    /// Namespaces that were read.
    pub(super) around: BTreeMap<&'a str, Around<'a>>,
    /// `ConfigMap`s and Secrets by namespace and owner, where settings ask for them.
    pub(super) configs: BTreeMap<(&'a str, &'a str), Vec<&'a Kept>>,
    /// Namespace and owner of workloads that are told to run no pod, once asked for.
    pub(super) idle: OnceLock<BTreeSet<(String, String)>>,
    pub(super) held: Named<'a, &'a Settings>,
    pub(super) opted: Vec<&'a OptIn>,
    pub(super) legs: Vec<(&'a str, &'a Leg)>,
    pub(super) known: &'a Known,
    pub(super) kept: &'a Keeping,
    pub(super) calls: &'a BTreeSet<Call>,
    pub(super) noted: &'a Noted,
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
        let settings = facts.settings.values().map(|settings| &**settings);
        let composed = facts.composed.values();
        let workloads = || facts.workloads.values().map(|one| &**one).enumerate();
        let owned = workloads().map(|(index, one)| ((&*one.namespace, &*one.owner), index));
        let mut graph = Self {
            side,
            colours,
            collectors: facts.collectors.values().collect(),
            origins: facts.collectors.keys().collect(),
            has_proxies: facts.has_proxies(),
            services: Named::new(services.map(|one| ((&*one.namespace, &*one.name), one))),
            behind: OnceLock::new(),
            named: BTreeMap::new(),
            projects: composed.map(|one| ((&*one.file, &*one.name), one)).collect(),
            bare,
            workloads: facts.workloads.values().map(|one| &**one).collect(),
            folded: OnceLock::new(),
            labelled: workloads().flat_map(|(index, one)| labels(index, one)).collect(),
            owned: Named::new(owned),
            runs: Vec::new(),
            runners: BTreeMap::new(),
            namespaces: vec![None; facts.collectors.len()],
            resources: BTreeMap::new(),
            loose: BTreeMap::new(),
            images: BTreeMap::new(),
            settings: settings.clone().collect(),
            processes: OnceLock::new(),
            told: OnceLock::new(),
            holders: OnceLock::new(),
            walled: OnceLock::new(),
            around: Around::all(&facts.kept),
            configs: open::configs(facts),
            idle: OnceLock::new(),
            held: Named::unordered(settings.map(|one| ((&*one.namespace, &*one.owner), one))),
            opted: facts.opted.values().collect(),
            legs: facts.legs.iter().map(|((_, key), leg)| (key.as_str(), leg)).collect(),
            known: Known::NOTHING,
            kept: &facts.kept,
            calls: &facts.calls,
            noted: &facts.noted,
        };
        for (namespace, name) in graph.services.keys() {
            graph.named.entry(name).or_default().insert(namespace);
        }
        for (namespace, name, image) in &facts.images {
            graph.images.entry((namespace, name)).or_default().push(image);
        }
        graph.index_collectors();
        graph
    }

    /// The same, with what either side knows.
    #[must_use]
    pub fn knowing(self, known: &'a Known) -> Self {
        Self { known, ..self }
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
                    self.resources.entry((namespace, name)).or_default().push(index);
                    if let Some(slot) = self.namespaces.get_mut(index) {
                        *slot = Some(namespace);
                    }
                }
                Home::File => {
                    let name = file_name(&collector.file);
                    files.entry(name).or_default().push(index);
                }
                Home::Arguments => (),
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
        if let Some(told) = &workload.told {
            return Some(self.runs(told));
        }
        // A container that is done before the others begin runs no collector for them.
        let running = || workload.containers.iter().filter(|container| !container.is_init);
        let reads = |one: &Container| one.is_collector() || !one.configs().is_empty();
        let is_done = |one: &Container| one.is_init && reads(one);
        if workload.containers.iter().any(is_done) && !running().any(reads) {
            return None;
        }
        let configs: Vec<&str> = running().flat_map(Container::configs).collect();
        let wanted: BTreeSet<&str> = configs.iter().map(|config| file_name(config)).collect();
        let own = self.mounted_by(workload, mounted);
        let is_wanted = |index: &&usize| {
            self.collectors.get(**index).is_some_and(|collector| {
                matches!(&collector.home, Home::ConfigMap { key, .. } if wanted.contains(key.as_str()))
            })
        };
        let mut named: Vec<usize> = own.iter().filter(is_wanted).copied().collect();
        match self.seen_by(workload, &own) {
            Ok(seen) if !seen.is_empty() => named = seen,
            Err(reason) if running().any(Container::is_collector) => {
                return Some(Runs::Unknown(reason));
            }
            Ok(_) | Err(_) => (),
        }
        let is_whole = |index: &usize| {
            let Some(Collector { home: Home::ConfigMap { key, .. }, read_from, .. }) =
                self.collectors.get(*index)
            else {
                return true;
            };
            let reads = |config: &&str| file_name(config) == key.as_str();
            let all = running().map(Container::configs);
            all.filter(|own| own.iter().any(reads)).all(|own| own.len() <= *read_from)
        };
        if let [only] = named.as_slice()
            && !is_whole(only)
        {
            return Some(Runs::Unknown(
                "it reads several configurations, of which not all are understood".to_owned(),
            ));
        }
        if let Some(word) = running().find_map(Container::overrides) {
            return Some(Runs::Unknown(format!("{word} changes what its configuration says")));
        }
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

    /// The collectors in the `ConfigMap`s that a workload mounts, by index. Of several of one name, each
    /// workload mounts the one beside it.
    fn mounted_by(
        &self,
        workload: &Workload,
        mounted: &BTreeMap<(&str, &str), Vec<usize>>,
    ) -> Vec<usize> {
        let file = |index: &usize| self.collectors.get(*index).map(|one| one.file.as_str());
        let near = |all: &Vec<usize>| match workload.file().filter(|_| all.len() > 1) {
            Some(from) => nearest_of(from, all, file).into_iter().copied().collect(),
            None => all.clone(),
        };
        let namespace = workload.namespace.as_str();
        let maps = workload.config_maps.iter();
        maps.filter_map(|name| mounted.get(&(namespace, name.as_str()))).flat_map(near).collect()
    }

    /// The collectors of `ConfigMap`s, by index, that the containers of a workload see where they are
    /// told to read; none where the mounts do not say.
    ///
    /// # Errors
    /// Why one of them is not known: it stands in a volume that something else fills.
    fn seen_by(&self, workload: &Workload, own: &[usize]) -> Result<Vec<usize>, String> {
        let mut found = Vec::new();
        for container in workload.containers.iter().filter(|container| !container.is_init) {
            let is_shown = !container.mounts.is_empty();
            for path in container.configs() {
                if path.contains(':') && !path.starts_with('/') {
                    return Err(format!("its configuration is {path}, which was not read"));
                }
                match workload.seen(container, path) {
                    Seen::Image if !own.is_empty() && path.starts_with('/') && is_shown => {
                        return Err(format!("{path} is a file of its image, which was not read"));
                    }
                    Seen::Image => (),
                    Seen::Key(map, wanted) => {
                        let keys = own.iter().filter_map(|index| {
                            let known = self.collectors.get(*index)?;
                            match &known.home {
                                // What is read as one with others goes by the first of them.
                                Home::ConfigMap { name, key, .. } if *name == map => {
                                    Some((*index, key, known.read_from > 1))
                                }
                                Home::ConfigMap { .. }
                                | Home::Resource { .. }
                                | Home::File
                                | Home::Arguments => None,
                            }
                        });
                        let keys: Vec<(usize, &String, bool)> = keys.collect();
                        match keys.iter().find(|(_, key, _)| **key == wanted) {
                            Some((index, ..)) => found.push(*index),
                            None if keys.iter().all(|(_, _, is_merged)| *is_merged) => (),
                            None => {
                                return Err(format!(
                                    "configmap/{map} has no configuration {wanted}, which it is told"
                                ));
                            }
                        }
                    }
                    Seen::Hidden(volume) => {
                        return Err(format!(
                            "{path} stands in the volume {volume}, whose content is not shown"
                        ));
                    }
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
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
        self.fold(name).into_owned()
    }

    /// The same, of a name that holds no colour itself.
    pub(super) fn fold<'n>(&self, name: &'n str) -> Cow<'n, str> {
        self.colours.fold(self.side, name)
    }

    /// What tells a collector from the others of its side, as both sides know it.
    pub(super) fn key_of(&self, collector: &Collector) -> String {
        match &collector.at {
            Some(at) => format!("{} {}", at.home.resource.0, self.folded(&collector.base)),
            None => self.folded(&collector.name),
        }
    }

    /// The workloads whose labels a Service asks for.
    pub(super) fn labelled_by(&self, service: &Service) -> Vec<usize> {
        let namespace = service.namespace.as_str();
        let lists = service.selector.iter();
        let lists =
            lists.map(|(key, value)| self.labelled.get(hash(&[namespace, key.as_str(), value])));
        let Some(shortest) = lists.min_by_key(|list| list.clone().count()) else {
            return Vec::new();
        };
        let is_selected = |index: &usize| {
            self.workloads.get(*index).is_some_and(|known| {
                known.namespace == namespace && known.is_selected(&service.selector)
            })
        };
        shortest.filter(is_selected).collect()
    }

    /// The workloads of a namespace whose pods have a label, by their indexes.
    pub(super) fn labelled_with(&self, namespace: &str, key: &str, value: &str) -> Vec<usize> {
        let is_it = |index: &usize| {
            self.workloads.get(*index).is_some_and(|known| {
                known.namespace == namespace
                    && known.labels.get(key).is_some_and(|own| own == value)
            })
        };
        self.labelled.get(hash(&[namespace, key, value])).filter(is_it).collect()
    }

    /// What both sides know a workload by, by its index: its namespace and owner, colours folded.
    pub(super) fn name_of(&self, workload: usize) -> Option<&Name> {
        let all = self.folded.get_or_init(|| {
            let name = |one: &&Workload| (self.folded(&one.namespace), self.folded(&one.owner));
            self.workloads.iter().map(name).collect()
        });
        all.get(workload)
    }

    /// The workloads of a namespace, by their indexes.
    pub(super) fn of_namespace(&self, namespace: &str) -> impl Iterator<Item = usize> {
        self.owned.within(namespace).flatten().copied()
    }

    /// Whether a workload is told to run no pod; an autoscaler leaves it so.
    pub(super) fn is_idle(&self, workload: &Workload) -> bool {
        self.is_idle_owner(&workload.namespace, &workload.owner)
    }

    /// The same of an owner in a namespace.
    pub(super) fn is_idle_owner(&self, namespace: &str, owner: &str) -> bool {
        let idle = self.idle.get_or_init(|| {
            let none = |kept: &&Kept| {
                kept.word("setting") == "replicas" && number(kept.get("count").as_ref()) == Some(0)
            };
            let idle = of_view(self.kept, "k8s.replicas").filter(none);
            idle.map(|kept| (kept.text("namespace"), kept.text("owner"))).collect()
        });
        !idle.is_empty() && idle.contains(&(namespace.to_owned(), owner.to_owned()))
    }

    /// The one Service of a name, whatever its namespace.
    pub(super) fn only_service<'s>(&'s self, name: &'s str) -> Option<&'s Vec<&'a Service>> {
        let mut namespaces = self.named.get(name)?.iter();
        match (namespaces.next(), namespaces.next()) {
            (Some(only), None) => self.services.get(&(only, name)),
            _ => None,
        }
    }

    /// The workloads that run a collector, by index.
    pub(super) fn running(&self, collector: usize) -> Vec<&'a Workload> {
        let runners = self.runners.get(&collector).map_or(&[][..], Vec::as_slice);
        runners.iter().filter_map(|at| self.workloads.get(*at)).copied().collect()
    }

    /// Every workload of a name in a namespace.
    pub(super) fn all_of_name(
        &self,
        namespace: &str,
        owner: &str,
    ) -> impl Iterator<Item = &'a Workload> {
        let found = self.owned.get(&(namespace, owner)).map_or(&[][..], Vec::as_slice);
        found.iter().filter_map(|index| self.workloads.get(*index).copied())
    }
}

/// The labels of a workload by their hashes, with its index.
fn labels(index: usize, workload: &Workload) -> impl Iterator<Item = (u64, usize)> {
    let all = workload.labels.iter();
    all.map(move |(key, value)| (hash(&[&workload.namespace, key, value]), index))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

//! Collectors that are told more than files: what `--set` says, and texts behind `yaml:` and `env:`.
//! Each becomes a collector of its own, as its workload runs it.

use std::collections::{BTreeMap, BTreeSet};

use super::anchor::{At, item_of};
use super::collector::{Collector, Home};
use super::compose::{CONFIGS, Composed};
use super::facts::{Origin, TraceFacts};
use super::filled::Given;
use super::graph::{Graph, Runs};
use super::layers::{Layer, lay};
use super::scope::nearest_of;
use super::source::Source;
use super::volume::Seen;
use super::workload::{Container, Workload};

/// What a workload is known to run: this collector, or why that cannot be told.
pub(super) type Told = Result<Origin, String>;

/// How many different things may be laid over one configuration.
const OVER_ONE_MAX: usize = 64;

/// A part of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Read(Origin),
    Said(String, At),
    /// What its references are filled in with.
    Given(Given),
}

/// Who is told it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Workload((Origin, String)),
    Composed((String, String)),
}

/// Collectors by where they are read from.
#[derive(Default)]
struct Index<'a> {
    keys: BTreeMap<(&'a str, &'a str, &'a str), Vec<Known<'a>>>,
    files: BTreeMap<&'a str, Vec<Known<'a>>>,
}

/// A collector with what it was read from.
type Known<'a> = (&'a Origin, &'a Collector);

impl TraceFacts {
    /// Makes collectors of those that are told more than files.
    pub(super) fn assemble(&mut self) {
        let plans = self.plans();
        if plans.is_empty() {
            return;
        }
        let mut told: BTreeMap<Who, Told> = BTreeMap::new();
        let mut groups: BTreeMap<Vec<Part>, Vec<Who>> = BTreeMap::new();
        for (who, parts) in plans {
            match parts {
                Ok(parts) => groups.entry(parts).or_default().push(who),
                Err(reason) => drop(told.insert(who, Err(reason))),
            }
        }
        limit(&mut groups, &mut told);
        let plain = self.plain(groups.values().flatten());
        // The first that reads a configuration goes by its name, unless somebody reads it as it is.
        let mut named: BTreeSet<&Origin> = BTreeSet::new();
        let mut made: Vec<(Origin, Collector)> = Vec::new();
        for (nth, (parts, all)) in groups.iter().enumerate() {
            let Some(first) = all.first() else { continue };
            let own = last_read(parts);
            let own = own.filter(|one| !plain.contains(*one) && named.insert(*one));
            let origin = own.cloned().or_else(|| {
                let home = last_read(parts).map_or_else(|| first.home(self), |one| Some(&one.home));
                let part = u16::MAX.checked_sub(u16::try_from(nth).ok()?)?;
                Some(Origin { home: std::sync::Arc::clone(home?), part })
            });
            let Some(origin) = origin else {
                let reason = "more collectors are told more than files than are told apart";
                told.extend(all.iter().map(|who| (who.clone(), Err(reason.to_owned()))));
                continue;
            };
            let found = self.made(parts, first, own.is_some());
            for who in all {
                let one = found.as_ref().map(|_| origin.clone()).map_err(Clone::clone);
                told.insert(who.clone(), one);
            }
            made.extend(found.ok().map(|one| (origin, one)));
        }
        let used = groups.keys().flatten().filter_map(|part| match part {
            Part::Read(origin) if !plain.contains(origin) => Some(origin),
            Part::Read(_) | Part::Said(..) | Part::Given(_) => None,
        });
        for origin in used {
            self.collectors.remove(origin);
        }
        self.collectors.extend(made);
        for (who, one) in told {
            let workload = match &who {
                Who::Workload(key) => self.workloads.get_mut(key).map(|one| &mut **one),
                Who::Composed(key) => self.composed.get_mut(key).map(Composed::workload_mut),
            };
            if let Some(workload) = workload {
                workload.told = Some(Box::new(one));
            }
        }
    }

    /// Everyone who is told more than files, with the parts of its configuration, or why they cannot
    /// all be told.
    fn plans(&self) -> Vec<(Who, Result<Vec<Part>, String>)> {
        let workloads = self.workloads.iter().filter_map(|(key, one)| {
            Some((Who::Workload(key.clone()), &**one, one.collector()?, None))
        });
        let composed = self.composed.iter().filter_map(|(key, one)| {
            let workload = one.workload();
            Some((Who::Composed(key.clone()), workload, workload.collector()?, Some(one)))
        });
        // Nothing is looked up where nobody is told more than files and nothing is to be filled in.
        let has_references = self.collectors.values().any(|one| !one.references.is_empty());
        let is_asked = |all: &(Who, &Workload, &Container, Option<&Composed>)| {
            has_references || all.2.is_told_beside()
        };
        let all: Vec<_> = workloads.chain(composed).filter(is_asked).collect();
        let index = if all.is_empty() { Index::default() } else { self.index() };
        let plan = |(who, workload, container, service): (_, &Workload, &Container, _)| {
            let parts = index.parts(workload, container, service);
            let Ok(mut parts) = parts else {
                // What is said of anything else than pipelines leaves them as they are.
                return container.says_pipelines().then_some((who, parts));
            };
            let given = Given::of(container, parts.iter().filter_map(|part| self.read(part)));
            let is_plain = given.is_idle() && !container.is_told_beside();
            parts.push(Part::Given(given));
            (!is_plain).then_some((who, Ok(parts)))
        };
        all.into_iter().filter_map(plan).collect()
    }

    /// The collector of a part that was read.
    fn read(&self, part: &Part) -> Option<&Collector> {
        match part {
            Part::Read(origin) => self.collectors.get(origin),
            Part::Said(..) | Part::Given(_) => None,
        }
    }

    fn index(&self) -> Index<'_> {
        let mut index = Index::default();
        for (origin, collector) in &self.collectors {
            let known = match &collector.home {
                Home::ConfigMap { namespace, name, key } => {
                    index.keys.entry((namespace, name, key)).or_default()
                }
                Home::File => index.files.entry(&collector.file).or_default(),
                Home::Resource { .. } | Home::Arguments => continue,
            };
            known.push((origin, collector));
        }
        index
    }

    /// The collectors that somebody else reads as they are.
    fn plain<'w>(&self, told: impl Iterator<Item = &'w Who>) -> BTreeSet<Origin> {
        let told: BTreeSet<&Who> = told.collect();
        let is_told = |who: Who| told.contains(&who);
        let workloads = self.workloads.iter();
        let workloads = workloads.filter(|(key, _)| !is_told(Who::Workload((*key).clone())));
        let maps = workloads.filter(|(_, one)| one.is_collector()).flat_map(|(_, one)| {
            one.config_maps.iter().map(|name| (one.namespace.as_str(), name.as_str()))
        });
        let maps: BTreeSet<(&str, &str)> = maps.collect();
        let composed = self.composed.iter();
        let composed = composed.filter(|(key, _)| !is_told(Who::Composed((*key).clone())));
        let files = composed.filter_map(|(_, one)| one.configurations()).flatten();
        let files: BTreeSet<String> = files.collect();
        let is_plain = |collector: &Collector| match &collector.home {
            Home::ConfigMap { namespace, name, .. } => {
                maps.contains(&(namespace.as_str(), name.as_str()))
            }
            Home::File => files.contains(&collector.file),
            Home::Resource { .. } | Home::Arguments => true,
        };
        let all = self.collectors.iter().filter(|(_, collector)| is_plain(collector));
        all.map(|(origin, _)| origin.clone()).collect()
    }

    /// The collector that parts make; `is_known` where it goes by the name of the last that was read.
    fn made(&self, parts: &[Part], who: &Who, is_known: bool) -> Result<Collector, String> {
        let read = |part: &Part| self.read(part);
        if parts.iter().filter_map(read).any(|one| !one.is_plain) {
            return Err("what it is told beside its configuration is in other words".to_owned());
        }
        let layer = |part| match (part, read(part)) {
            (Part::Said(text, at), _) => Some(Layer::said(text, at)),
            (Part::Read(_) | Part::Given(_), known) => known.map(Layer::of),
        };
        let layers: Vec<Layer<'_>> = parts.iter().filter_map(layer).collect();
        let given = parts.iter().find_map(|part| match part {
            Part::Given(given) => Some(given.clone()),
            Part::Read(_) | Part::Said(..) => None,
        });
        let last = parts.iter().rev().find_map(read);
        let (name, file) = who.name(self);
        let mut into = if let Some(last) = last.filter(|_| is_known) {
            last.unsaid()
        } else {
            let file = last.map_or(file.as_str(), |last| last.file.as_str());
            Collector { base: name.clone(), name, ..Collector::new(Home::Arguments, file) }
        };
        into.also = parts.iter().filter_map(read).map(|one| one.file.clone()).collect();
        into.also.retain(|file| *file != into.file);
        into.is_of_chart = parts.iter().filter_map(read).any(|one| one.is_of_chart);
        into.read_from = layers.len();
        lay(&layers, &given.unwrap_or_default(), into)
    }
}

impl Graph<'_> {
    /// What somebody runs who is told more than files.
    pub(super) fn runs(&self, told: &Told) -> Runs {
        match told {
            Ok(origin) => self.origins.binary_search(&origin).map_or_else(
                |_| Runs::Unknown("its configuration is not part of what was read".to_owned()),
                Runs::Collector,
            ),
            Err(reason) => Runs::Unknown(reason.clone()),
        }
    }
}

/// Leaves those open who lay too many different things over one configuration: each is as large as it.
fn limit(groups: &mut BTreeMap<Vec<Part>, Vec<Who>>, told: &mut BTreeMap<Who, Told>) {
    let mut counts: BTreeMap<Origin, usize> = BTreeMap::new();
    groups.retain(|parts, all| {
        let read = parts.iter().filter_map(|part| match part {
            Part::Read(origin) => Some(origin),
            Part::Said(..) | Part::Given(_) => None,
        });
        let mut most = 0;
        for origin in read {
            let count = counts.entry(origin.clone()).or_default();
            *count = count.saturating_add(1);
            most = most.max(*count);
        }
        if most > OVER_ONE_MAX {
            let reason =
                format!("more than {OVER_ONE_MAX} lay other things over its configuration");
            told.extend(all.drain(..).map(|who| (who, Err(reason.clone()))));
        }
        most <= OVER_ONE_MAX
    });
}

impl Who {
    fn home<'f>(&self, facts: &'f TraceFacts) -> Option<&'f std::sync::Arc<super::anchor::Home>> {
        match self {
            Self::Workload(key) => {
                facts.workloads.get_key_value(key).map(|((one, _), _)| &one.home)
            }
            Self::Composed(key) => {
                let at = facts.composed.get(key)?.workload().containers.first()?.at_image.as_ref();
                at.map(|at| &at.home)
            }
        }
    }

    /// Its name, and the file it stands in.
    fn name(&self, facts: &TraceFacts) -> (String, String) {
        match self {
            Self::Workload((origin, owner)) => {
                let known = facts.workloads.get(&(origin.clone(), owner.clone()));
                let file = known.and_then(|known| known.file()).unwrap_or_default();
                (owner.clone(), file.to_owned())
            }
            Self::Composed((file, name)) => (name.clone(), file.clone()),
        }
    }
}

impl Index<'_> {
    fn parts(
        &self,
        workload: &Workload,
        container: &Container,
        service: Option<&Composed>,
    ) -> Result<Vec<Part>, String> {
        let mut sources = container.sources();
        if container.configs().is_empty() {
            let usual = CONFIGS.iter().find(|path| match service {
                Some(service) => service.source(path).is_some(),
                None => workload.seen(container, path) != Seen::Image,
            });
            let usual =
                usual.ok_or("its configuration is that of its image, which was not read")?;
            sources.insert(0, Source::File((*usual).to_owned()));
        }
        let said = match service {
            Some(_) => container.at_image.clone(),
            None => container.at_args.as_deref().cloned(),
        };
        let part = |source| match source {
            Source::File(path) => self.read(workload, container, (service, &path)),
            Source::Text(text, None) => Ok(Part::Said(text, said.clone())),
            Source::Text(text, Some(name)) => {
                let own = item_of(&container.at("env"), format!("name={name}"));
                Ok(Part::Said(text, own.filter(|_| service.is_none()).or_else(|| said.clone())))
            }
            Source::Open(reason) => Err(reason),
        };
        sources.into_iter().map(part).collect()
    }

    /// The collector that a container reads at a path.
    fn read(
        &self,
        workload: &Workload,
        container: &Container,
        (service, path): (Option<&Composed>, &str),
    ) -> Result<Part, String> {
        let missing = || format!("{path} is not part of what was read");
        let seen = workload.seen(container, path);
        let (known, from) = if let Some(service) = service {
            let file = service.source(path).ok_or_else(missing)?;
            (self.files.get(file.as_str()), service.file.as_str())
        } else {
            let namespace = workload.namespace.as_str();
            let known = match &seen {
                Seen::Key(map, key) => self.keys.get(&(namespace, map.as_str(), key.as_str())),
                Seen::Hidden(volume) => {
                    return Err(format!(
                        "{path} stands in the volume {volume}, whose content is not shown"
                    ));
                }
                Seen::Image => {
                    return Err(format!("{path} is a file of its image, which was not read"));
                }
            };
            (known, workload.file().unwrap_or_default())
        };
        let known = known.map_or(&[][..], Vec::as_slice);
        match nearest_of(from, known, |(_, one)| Some(one.file.as_str())).as_slice() {
            [(origin, _)] => Ok(Part::Read((*origin).clone())),
            [] => Err(missing()),
            _ => Err(format!("several files say what stands at {path}")),
        }
    }
}

impl Workload {
    /// Its one collector.
    fn collector(&self) -> Option<&Container> {
        let mut running = self.containers.iter().filter(|one| !one.is_init && one.is_collector());
        let only = running.next()?;
        running.next().is_none().then_some(only)
    }
}

/// The last of the parts that was read.
fn last_read(parts: &[Part]) -> Option<&Origin> {
    parts.iter().rev().find_map(|part| match part {
        Part::Read(origin) => Some(origin),
        Part::Said(..) | Part::Given(_) => None,
    })
}

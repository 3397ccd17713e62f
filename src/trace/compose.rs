//! Services of Compose files: each goes by its name among those of its file.

use std::collections::BTreeSet;

use super::anchor::At;
use super::collector::{Arrival, Home};
use super::fault::Fault;
use super::graph::{Graph, Runs};
use super::read::{members, text, texts};
use super::target::Target;
use super::workload::{Container, Workload};
use crate::facts::Fact;

/// Where a collector looks for its configuration when it is told none: the images of
/// opentelemetry-collector-releases v0.153.0.
const CONFIGS: [&str; 3] = [
    "/etc/otelcol/config.yaml",
    "/etc/otelcol-contrib/config.yaml",
    "/etc/otelcol-k8s/config.yaml",
];

/// One service.
#[derive(Debug, Clone)]
pub(super) struct Composed {
    /// The Compose file.
    pub(super) file: String,
    pub(super) name: String,
    /// The one container of it, as a workload.
    workload: Workload,
    /// Files and folders of the side that it sees, and where.
    mounts: Vec<(String, String)>,
}

impl Composed {
    /// Reads an item of its view.
    pub(super) fn new(file: &str, fact: &Fact<'_>, at_image: At) -> Self {
        let container = Container {
            image: text(fact, "image").unwrap_or_default(),
            args: texts(fact, "args"),
            at_image,
            ..Container::default()
        };
        let mount = |one: &Fact<'_>| Some((text(one, "source")?, text(one, "target")?));
        Self {
            file: file.to_owned(),
            name: text(fact, "name").unwrap_or_default(),
            workload: Workload { containers: vec![container], ..Workload::default() },
            mounts: members(fact.get("mounts")).filter_map(mount).collect(),
        }
    }

    /// Where its image is named.
    pub(super) fn at(&self) -> At {
        self.workload.containers.first()?.at_image.clone()
    }

    /// The file of the side that it sees at a path.
    fn source(&self, path: &str) -> Option<String> {
        let inside = |(source, target): &(String, String)| {
            let rest = path.strip_prefix(target.as_str())?;
            (rest.is_empty() || rest.starts_with('/') || target.ends_with('/')).then(|| {
                let rest = rest.trim_start_matches('/');
                if rest.is_empty() { source.clone() } else { format!("{source}/{rest}") }
            })
        };
        self.mounts.iter().find_map(inside)
    }
}

impl Graph<'_> {
    /// What answers at a host that a service of a Compose file calls; nothing where that file has no
    /// such service.
    pub(super) fn composed(&self, project: &str, host: &str, arrival: &Arrival) -> Option<Target> {
        let Some(service) = self.projects.get(&(project, host)) else {
            let name = (self.folded(project), self.folded(host));
            let reason = || format!("{project} has no service {host}, which the other side has");
            let known = self.known.composed.get(&name)?;
            return Some(Target::Broken(Fault::new("no-service", name.1, reason()).at(known)));
        };
        let workload = &service.workload;
        match self.of_composed(service)? {
            Runs::Unknown(reason) => Some(Target::Unresolved(reason)),
            Runs::Collector(index) => {
                let is_local_by_default = workload.is_local_by_default();
                let at_image = workload.at_image();
                let arrival = Arrival { is_local_by_default, at_image, ..arrival.clone() };
                Some(Target::Collector(index, arrival))
            }
        }
    }

    /// Whether a Compose file has a service of a name.
    pub(super) fn is_composed(&self, project: &str, host: &str) -> bool {
        self.projects.contains_key(&(project, host))
    }

    /// The collector that a service runs; nothing where it runs none.
    pub(super) fn of_composed(&self, service: &Composed) -> Option<Runs> {
        let container = service.workload.containers.first()?;
        let told = container.configs();
        let mut found = BTreeSet::new();
        let usual = CONFIGS.iter().copied().filter(|_| told.is_empty());
        for path in told.iter().copied().chain(usual) {
            let Some(file) = service.source(path) else {
                if told.is_empty() {
                    continue;
                }
                return Some(Runs::Unknown(format!("{path} is no file that was read")));
            };
            let is_it = |index: &usize| {
                self.collectors
                    .get(*index)
                    .is_some_and(|one| one.home == Home::File && one.file == file)
            };
            match (0..self.collectors.len()).find(is_it) {
                Some(index) => found.extend([index]),
                // Nothing stands in it: it changes nothing.
                None if self.bare.contains(file.as_str()) => (),
                None => return Some(Runs::Unknown(format!("{file} is not part of what was read"))),
            }
        }
        let mut all = found.iter();
        match (all.next(), all.next()) {
            (Some(only), None) => Some(Runs::Collector(*only)),
            (Some(_), Some(_)) => {
                Some(Runs::Unknown("it is told several collector configurations".to_owned()))
            }
            (None, _) if service.workload.is_collector() => {
                Some(Runs::Unknown("its configuration is not part of what was read".to_owned()))
            }
            (None, _) => None,
        }
    }
}

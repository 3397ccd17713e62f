//! Services of Compose files: each goes by its name among those of its file.

use super::anchor::At;
use super::collector::{Arrival, Collector, Home};
use super::fault::Fault;
use super::graph::{Graph, Runs};
use super::read::{flag, members, text, texts};
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
    /// Whether it only adds to what another file says of it.
    is_partial: bool,
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
            is_partial: flag(fact.get("partial")) == Some(true),
            workload: Workload { containers: vec![container], ..Workload::default() },
            mounts: members(fact.get("mounts")).filter_map(mount).collect(),
        }
    }

    /// Where its image is named.
    pub(super) fn at(&self) -> At {
        self.workload.containers.first()?.at_image.clone()
    }

    /// The files of the side that it is told to read its configuration from, in order; nothing where
    /// one of them is not of the side.
    pub(super) fn configurations(&self) -> Option<Vec<String>> {
        let container = self.workload.containers.first()?;
        container.configs().into_iter().map(|path| self.source(path)).collect()
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
        let runs = self.of_composed(service)?;
        if let Some(other) = self.added_to(service) {
            return Some(Target::Unresolved(format!(
                "{other} tells {host} other things, and which files are run together is not known"
            )));
        }
        match runs {
            Runs::Unknown(reason) => Some(Target::Unresolved(reason)),
            Runs::Collector(index) => {
                let is_local_by_default = workload.is_local_by_default();
                let at_image = workload.at_image();
                let arrival = Arrival { is_local_by_default, at_image, ..arrival.clone() };
                Some(Target::Collector(index, arrival))
            }
        }
    }

    /// Another file of the folder that adds to what is said of a service, if it is laid over it.
    fn added_to(&self, service: &Composed) -> Option<&str> {
        let folder = |file: &str| file.rsplit_once('/').map(|(folder, _)| folder.to_owned());
        let is_it = |other: &&Composed| {
            let says = other.workload.containers.iter().any(|one| !one.args.is_empty());
            other.is_partial
                && other.name == service.name
                && (says || !other.mounts.is_empty())
                && folder(&other.file) == folder(&service.file)
        };
        let mut all = self.projects.values().copied().filter(|_| !service.is_partial);
        all.find(is_it).map(|other| other.file.as_str())
    }

    /// Whether a Compose file has a service of a name.
    pub(super) fn is_composed(&self, project: &str, host: &str) -> bool {
        self.projects.contains_key(&(project, host))
    }

    /// The collector that a service runs; nothing where it runs none.
    pub(super) fn of_composed(&self, service: &Composed) -> Option<Runs> {
        let container = service.workload.containers.first()?;
        let told = container.configs();
        let usual = CONFIGS.iter().copied().filter(|_| told.is_empty());
        let mut files: Vec<String> = Vec::new();
        for path in told.iter().copied().chain(usual) {
            match service.source(path) {
                Some(file) => files.push(file),
                None if told.is_empty() => (),
                None => return Some(Runs::Unknown(format!("{path} is no file that was read"))),
            }
        }
        // In some nothing stands: they change nothing.
        files.retain(|file| !self.bare.contains(file.as_str()));
        let reads = |one: &Collector, file: &String| one.file == *file || one.also.contains(file);
        let is_part = |one: &Collector| files.iter().any(|file| reads(one, file));
        let is_it = |one: &Collector| {
            one.also.len().checked_add(1) == Some(files.len())
                && files.iter().all(|f| reads(one, f))
        };
        let known = |index: &usize, holds: &dyn Fn(&Collector) -> bool| {
            let one = self.collectors.get(*index);
            one.is_some_and(|one| one.home == Home::File && holds(one))
        };
        if let Some(index) = (0..self.collectors.len()).find(|index| known(index, &is_it)) {
            return Some(Runs::Collector(index));
        }
        let missing = files.iter().find(|file| {
            !(0..self.collectors.len()).any(|index| known(&index, &|one| reads(one, file)))
        });
        Some(Runs::Unknown(match missing {
            Some(file) => format!("{file} is not part of what was read"),
            None if files.iter().len() > 1 && self.collectors.iter().any(|one| is_part(one)) => {
                "it is told several collector configurations".to_owned()
            }
            None if service.workload.is_collector() => {
                "its configuration is not part of what was read".to_owned()
            }
            None => return None,
        }))
    }
}

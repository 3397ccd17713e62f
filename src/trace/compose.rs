//! Services of Compose files: each goes by its name among those of its file.

use super::anchor::At;
use super::backend::{Backend, deaf};
use super::collector::{Arrival, Collector, Home};
use super::fault::Fault;
use super::graph::{Graph, Runs};
use super::host::Endpoint;
use super::read::{flag, members, text, texts};
use super::start::{self, lack};
use super::take::told;
use super::target::{Sender, Target};
use super::wiring::broken;
use super::workload::{Container, Workload};
use crate::dialect::version;
use crate::facts::Fact;

/// Where a collector looks for its configuration when it is told none: the images of
/// opentelemetry-collector-releases v0.153.0.
pub(super) const CONFIGS: [&str; 3] = [
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
    /// The networks it is on; nothing where that is not said here.
    networks: Option<Vec<String>>,
    /// The network that it shares: `host`, `none`, `service:pay`.
    mode: Option<String>,
    /// Hosts that it is told an address of.
    hosts: Vec<(String, String)>,
    /// Why it may not be run; empty where it is.
    idle: String,
    /// The one container of it, as a workload.
    workload: Workload,
    /// Files and folders of the side that it sees, and where.
    mounts: Vec<(String, String)>,
}

impl Composed {
    /// Reads an item of its view.
    pub(super) fn new(file: &str, fact: &Fact<'_>, at_image: &At) -> Self {
        let container = Container {
            image: text(fact, "image").unwrap_or_default(),
            args: texts(fact, "args"),
            values: told(fact, "values"),
            proxies: told(fact, "proxies"),
            at_image: at_image.clone(),
            ..Container::default()
        };
        let owner = text(fact, "name").unwrap_or_default();
        let backend =
            fact.get("backend").map(|told| Backend::new(told, at_image.clone()).of(owner));
        let backends = backend.into_iter().collect();
        let host = |one: &Fact<'_>| Some((text(one, "host")?, text(one, "address")?));
        let mount = |one: &Fact<'_>| Some((text(one, "source")?, text(one, "target")?));
        Self {
            file: file.to_owned(),
            name: text(fact, "name").unwrap_or_default(),
            is_partial: flag(fact.get("partial")) == Some(true),
            networks: fact.get("networks").map(|_| texts(fact, "networks")),
            mode: text(fact, "network_mode"),
            hosts: members(fact.get("hosts")).filter_map(host).collect(),
            idle: idle(fact),
            workload: Workload { containers: vec![container], backends, ..Workload::default() },
            mounts: members(fact.get("mounts")).filter_map(mount).collect(),
        }
    }

    /// What it runs.
    pub(super) const fn workload(&self) -> &Workload {
        &self.workload
    }

    /// The same, to say more of it.
    pub(super) const fn workload_mut(&mut self) -> &mut Workload {
        &mut self.workload
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

    /// What becomes of spans at a program that is no Collector; nothing where it is none that is known.
    fn taken(&self, arrival: &Arrival) -> Option<Target> {
        let backend = self.workload.backends.first()?;
        match backend.answer(arrival) {
            Some(Ok(())) if backend.keeps() => Some(Target::Backend(backend.class())),
            Some(Ok(())) => {
                let reason = format!("{} hands spans on, which is not followed here", self.name);
                Some(Target::Unresolved(reason))
            }
            Some(Err(fault)) => Some(Target::Broken(fault)),
            None => deaf(std::iter::once(&self.workload), arrival).map(Target::Broken),
        }
    }

    /// The file of the side that it sees at a path.
    pub(super) fn source(&self, path: &str) -> Option<String> {
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

/// Why a service may not be run.
fn idle(fact: &Fact<'_>) -> String {
    let profiles = texts(fact, "profiles").join(", ");
    match flag(fact.get("idle")) {
        Some(true) => "is told to run no container".to_owned(),
        Some(false) | None if profiles.is_empty() => String::new(),
        Some(false) | None => format!("is run only where the profile {profiles} is asked for"),
    }
}

impl<'a> Graph<'a> {
    /// What answers at a host that a service of a Compose file is told of itself, or cannot reach.
    pub(super) fn told_by_composed(
        &self,
        from: &Composed,
        (endpoint, arrival): (&Endpoint, &Arrival),
        sender: Sender<'a>,
    ) -> Option<Target> {
        let (host, name) = (endpoint.host.as_str(), &from.name);
        if let Some((_, address)) = from.hosts.iter().find(|(known, _)| known == host) {
            return Some(self.at_address(address, (host, name), arrival, sender));
        }
        let apart = |reason: String| {
            Target::Broken(Fault::new("no-network", self.folded(name), reason).at(&from.at()))
        };
        match from.mode.as_deref()? {
            "none" => Some(apart(format!("{name} is on no network"))),
            "host" if self.is_composed(&from.file, host) => Some(apart(format!(
                "{name} is on the network of its machine, where nobody knows {host}"
            ))),
            mode if endpoint.is_loopback() => {
                let other = mode.strip_prefix("service:")?;
                let arrival = Arrival { is_remote: false, ..arrival.clone() };
                let sender = Sender { process: None, ..sender };
                let found = self.composed((&from.file, sender), other, &arrival);
                Some(found.unwrap_or(Target::Backend(None)))
            }
            _ => None,
        }
    }

    /// Why a service of a Compose file cannot be reached, or may not be.
    fn apart(&self, service: &Composed, sender: Sender<'a>) -> Option<Target> {
        let name = &service.name;
        if !service.idle.is_empty() {
            return Some(Target::Unresolved(format!("{name} {}", service.idle)));
        }
        let from = self.projects.get(&(sender.project?, sender.process?))?;
        let (Some(own), Some(others)) = (&from.networks, &service.networks) else { return None };
        if own.iter().any(|network| others.contains(network)) {
            return None;
        }
        let reason = format!("{} and {name} are on no network together", from.name);
        let fault = Fault::new("no-network", self.folded(name), reason);
        Some(Target::Broken(fault.at(&service.at())))
    }

    /// What answers at a host that a service of a Compose file calls; nothing where that file has no
    /// such service.
    pub(super) fn composed(
        &self,
        (project, sender): (&str, Sender<'a>),
        host: &str,
        arrival: &Arrival,
    ) -> Option<Target> {
        let Some(service) = self.projects.get(&(project, host)) else {
            let name = (self.folded(project), self.folded(host));
            let reason = || format!("{project} has no service {host}, which the other side has");
            let known = self.known.composed.get(&name)?;
            return Some(Target::Broken(Fault::new("no-service", name.1, reason()).at(known)));
        };
        let workload = &service.workload;
        if let Some(apart) = self.apart(service, sender) {
            return Some(apart);
        }
        let Some(runs) = self.of_composed(service) else {
            return service.taken(arrival);
        };
        if let Some(other) = self.added_to(service) {
            return Some(Target::Unresolved(format!(
                "{other} tells {host} other things, and which files are run together is not known"
            )));
        }
        match runs {
            Runs::Unknown(reason) => Some(Target::Unresolved(reason)),
            Runs::Collector(index) => {
                let collector = self.collectors.get(index)?;
                let image = workload.containers.first().map_or("", |one| one.image.as_str());
                let refused = lack(collector, image);
                let version = version::of_collector(image);
                let broken = || broken(collector).or_else(|| start::refused(collector, version));
                let refused = refused.or_else(|| broken().filter(|_| collector.is_plain));
                if let Some(fault) = refused {
                    return Some(Target::Broken(fault.at(&service.at())));
                }
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
        if let Some(told) = &service.workload.told {
            return Some(self.runs(told));
        }
        let container = service.workload.containers.first()?;
        if let Some(word) = container.overrides() {
            return Some(Runs::Unknown(format!("{word} changes what its configuration says")));
        }
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

//! From an endpoint to what answers there.

use std::collections::BTreeSet;

use super::backend::Backend;
use super::beside::NODE;
use super::collector::Arrival;
use super::exporter::Format;
use super::facts::Said;
use super::fault::Fault;
use super::graph::{Graph, Runs};
use super::host::{Dns, Endpoint, dns, is_domain, is_top};
use super::kept::of_view;
use super::scope::meant;
use super::workload::{Service, ServicePort};

/// What answers at an endpoint.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// A collector, by index, and how spans come to its door.
    Collector(usize, Arrival),
    /// Something that is no collector known here, and how it keeps spans.
    Backend(Option<String>),
    /// A program of a workload, by index, that hands spans on.
    Relay(usize, Box<Backend>),
    /// Nothing; why.
    Broken(Fault),
    /// It cannot be told; why.
    Unresolved(String),
}

/// Who sends.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sender<'a> {
    /// The namespace it runs in, when known.
    pub(super) namespace: Option<&'a str>,
    /// Its workload, by index.
    pub(super) workload: Option<usize>,
    /// The collector it is, by index.
    pub(super) collector: Option<usize>,
    /// The Compose file it is of.
    pub(super) project: Option<&'a str>,
    /// The service of that file that it is.
    pub(super) process: Option<&'a str>,
    /// How it compresses what it sends over HTTP, where that is known.
    pub(super) compression: Option<&'a str>,
    /// The proxy that it is told to send through, whatever its container is told.
    pub(super) proxy: Option<&'a str>,
    /// The file that it is described in.
    pub(super) file: Option<&'a str>,
}

/// What Services of the cluster call an operator's collector: `<name>-collector` and these.
const RESOURCE_SERVICES: [&str; 2] = ["-collector", "-collector-headless"];

/// Why it is not told what answers at a host of the other side.
pub(super) const CROSSING: &str = "the host names the other side";

/// Words of a name that are tried as the name of a collector.
const NAME_WORDS_MAX: usize = 8;

impl<'a> Graph<'a> {
    /// What answers at an endpoint.
    pub(super) fn target(
        &self,
        endpoint: &Endpoint,
        format: &Format,
        sender: Sender<'a>,
    ) -> Target {
        self.found(endpoint, format, sender, false)
    }

    /// The same, at a host that a Service may stand for.
    fn found(
        &self,
        endpoint: &Endpoint,
        format: &Format,
        sender: Sender<'a>,
        is_renamed: bool,
    ) -> Target {
        let arrival = Arrival {
            format: format.clone(),
            port: endpoint.port,
            compression: sender.compression.map(str::to_owned),
            is_remote: true,
            may_be_mapped: false,
            is_local_by_default: false,
            at_image: None,
            at_service: None,
            given: None,
            manner: endpoint.manner.clone(),
        };
        if let Some(target) = self.known_to_sender(endpoint, &arrival, sender) {
            return target;
        }
        if endpoint.is_loopback() {
            return self.beside(arrival, sender);
        }
        if let Some(project) = sender.project {
            if let Some(target) = self.composed((project, sender), &endpoint.host, &arrival) {
                return target;
            }
            if self.is_composed(project, &endpoint.host) {
                return Target::Backend(None);
            }
        }
        if endpoint.host == NODE {
            return self.on_node(arrival);
        }
        let dns = dns(&endpoint.host);
        if let Some((name, namespace)) = in_cluster(&dns, sender) {
            // Manifests that leave the namespace to whoever applies them name none.
            let mut services = self.services_of((namespace, name), sender.file);
            // A sender that leaves its namespace to whoever applies it: no other is meant.
            if services.is_empty() && namespace.is_empty() {
                services =
                    self.only_service(name).map(|all| meant(all, sender.file)).unwrap_or_default();
            }
            if !services.is_empty() {
                if let [Service { stands_for: Some(host), .. }] = services.as_slice()
                    && !is_renamed
                {
                    let other = Endpoint {
                        host: host.trim_end_matches('.').to_lowercase(),
                        ..endpoint.clone()
                    };
                    return self.found(&other, format, sender, true);
                }
                let unasked = self.unasked_names(endpoint, sender);
                return unasked.unwrap_or_else(|| self.behind(&services, arrival));
            }
            let mut stems = RESOURCE_SERVICES.iter().filter_map(|end| name.strip_suffix(end));
            let known = |stem| Some((stem, self.resource_of((namespace, stem), sender.file)?));
            if let Some((stem, index)) = stems.find_map(known) {
                return self.of_operator((namespace, stem), index, arrival);
            }
        }
        let loose = self.by_name(&endpoint.host, sender);
        let is_crossing = !self.colours.bleeds(self.side, &endpoint.host).is_empty();
        match (loose.len(), loose.first()) {
            (0, _) => self.nowhere((&endpoint.host, &dns), sender, is_crossing),
            _ if is_crossing => Target::Unresolved(CROSSING.to_owned()),
            (1, Some(only)) => Target::Collector(*only, Arrival { may_be_mapped: true, ..arrival }),
            _ => Target::Unresolved("several collectors go by a name of its host".to_owned()),
        }
    }

    /// A collector that an operator runs, by the Service that it makes for it.
    fn of_operator(
        &self,
        (namespace, name): (&str, &str),
        index: usize,
        arrival: Arrival,
    ) -> Target {
        let mode = of_view(self.kept, "k8s.collector-mode")
            .find(|kept| kept.word("namespace") == namespace && kept.word("name") == name);
        if let Some(mode) = mode.filter(|kept| kept.word("mode") == "sidecar") {
            let reason = format!("{name} runs beside pods (mode: sidecar) and has no Service");
            let fault = Fault::new("no-service", self.folded(name), reason);
            return Target::Broken(fault.at(&mode.at));
        }
        if self.is_idle_owner(namespace, &format!("opentelemetrycollector/{name}")) {
            let reason = "which is told to run no pod (replicas: 0)";
            return Target::Unresolved(format!("it goes to {name}, {reason}"));
        }
        match mode.map(|kept| kept.text("set")).filter(|set| !set.is_empty()) {
            Some(set) => Target::Unresolved(format!(
                "it goes to {name}, whose --set {set} changes what its configuration says"
            )),
            None => Target::Collector(index, arrival),
        }
    }

    /// A host that nothing read here answers to.
    fn nowhere(
        &self,
        (host, dns): (&str, &Dns<'_>),
        sender: Sender<'a>,
        is_crossing: bool,
    ) -> Target {
        if !is_domain(host) && !matches!(dns, Dns::Short(_) | Dns::Service { .. }) {
            let reason = format!("no domain is called {host}, and nothing that was read is");
            return Target::Unresolved(reason);
        }
        let Some((name, namespace)) = in_cluster(dns, sender) else {
            return match dns {
                Dns::Short(name) => {
                    Target::Unresolved(format!("nothing that was read is called {name}"))
                }
                Dns::Maybe { .. } | Dns::Service { .. } | Dns::Outside => Target::Backend(None),
            };
        };
        let fold = |text: &str| self.colours.fold(self.side, text).into_owned();
        let place =
            if namespace.is_empty() { String::new() } else { format!(" in namespace {namespace}") };
        let folded = (fold(namespace), fold(name));
        if let Some(known) = self.known.services.get(&folded) {
            let reason = format!("no Service {name}{place}, which the other side has");
            return Target::Broken(Fault::new("no-service", folded.1, reason).at(known));
        }
        if let Dns::Maybe { .. } = dns
            && !self.is_namespace(namespace)
        {
            if sender.namespace.is_none() || is_top(namespace) {
                return Target::Backend(None);
            }
            let reason = "is not part of what was read, or it is a host outside";
            return Target::Unresolved(format!("Service {name}{place} {reason}"));
        }
        let other = if is_crossing { format!("{CROSSING}: ") } else { String::new() };
        Target::Unresolved(format!("{other}Service {name}{place} is not part of what was read"))
    }

    /// What a Service sends to.
    pub(super) fn behind(&self, services: &[&Service], arrival: Arrival) -> Target {
        let [service] = services else {
            return Target::Unresolved("several Services of its name were read".to_owned());
        };
        let name = &service.name;
        if service.is_external {
            return Target::Unresolved(format!("Service {name} stands for another host name"));
        }
        let selected = self.selected(service);
        if let Some(reason) = self.of_some_nodes(service, &selected) {
            return Target::Unresolved(reason);
        }
        let target = match self.behind_port(service, &arrival) {
            Ok(target) => target,
            Err(fault) => return Target::Broken(fault),
        };
        if selected.is_empty() {
            return self.unselected(service, arrival);
        }
        let mut collectors = BTreeSet::new();
        for index in &selected {
            match self.runs.get(*index) {
                Some(Some(Runs::Collector(index))) => {
                    collectors.insert(*index);
                }
                Some(Some(Runs::Unknown(reason))) => return Target::Unresolved(reason.clone()),
                Some(None) | None => (),
            }
        }
        if let Some(reason) = self.resting(name, &selected) {
            return Target::Unresolved(reason);
        }
        let mut found = collectors.iter();
        let workloads = || selected.iter().filter_map(|index| self.workloads.get(*index));
        let port = match &target {
            _ if service.is_headless => arrival.port,
            Said::Yes(target) => {
                let found = workloads().find_map(|known| known.port(target));
                if found.is_none() {
                    let reason = format!("no pod of Service {name} has a port named {target}");
                    let fault = Fault::new("no-target-port", self.folded(name), reason);
                    let places: Vec<_> = workloads().filter_map(|known| known.at_ports()).collect();
                    let fault = fault.at(&service.at("ports")).at(&places);
                    return Target::Broken(fault);
                }
                found
            }
            Said::No | Said::Unknown(_) => None,
        };
        let (Some(only), None) = (found.next(), found.next()) else {
            return if collectors.is_empty() {
                let arrival = Arrival { port, ..arrival };
                self.kept_by(&selected, &arrival)
                    .unwrap_or(Target::Backend(self.class_of(&selected)))
            } else {
                Target::Unresolved(format!("Service {name} sends to several different collectors"))
            };
        };
        let is_local_by_default = workloads().all(|known| known.is_local_by_default());
        let at_image = workloads().find_map(|known| known.at_image());
        let at_service = service.at("ports");
        let given = workloads().next().and_then(|known| known.given());
        let arrival = Arrival { port, is_local_by_default, at_image, at_service, given, ..arrival };
        Target::Collector(*only, arrival)
    }

    /// The port of the pods behind the one of a Service that spans come to.
    fn behind_port(&self, service: &Service, arrival: &Arrival) -> Result<Said<String>, Fault> {
        let Some(port) = arrival.port else { return Ok(Said::No) };
        let is_it = |known: &&ServicePort| {
            known.number == port && known.is_of_packets == arrival.format.is_of_packets()
        };
        match service.ports.iter().find(is_it) {
            Some(known) => Ok(known.target.clone()),
            None if service.ports.is_empty() => Ok(Said::No),
            None => {
                let name = &service.name;
                let reason = format!("Service {name} has no port {port}");
                let fault = Fault::new("no-service-port", self.folded(name), reason);
                Err(fault.at(&service.at("ports")))
            }
        }
    }

    /// Why a Service may lead nowhere from some nodes.
    fn of_some_nodes(&self, service: &Service, selected: &[usize]) -> Option<String> {
        let mut all = selected.iter().filter_map(|index| self.workloads.get(*index));
        let is_short = service.is_of_node && !all.all(|workload| workload.is_daemon());
        is_short.then(|| {
            format!(
                "Service {} leads to pods of the sender's node only (internalTrafficPolicy: Local), and not \
                 every node runs one",
                service.name
            )
        })
    }

    /// Why the workloads behind a Service take nothing now: none of them is told to run a pod.
    fn resting(&self, name: &str, selected: &[usize]) -> Option<String> {
        let mut all = selected.iter().filter_map(|index| self.workloads.get(*index));
        all.all(|workload| self.is_idle(workload)).then(|| {
            format!("Service {name} leads to pods of which none is told to run (replicas: 0)")
        })
    }

    /// A Service that selects nothing that was read: an operator's pods, or none.
    fn unselected(&self, service: &Service, arrival: Arrival) -> Target {
        let name = &service.name;
        let instance = |(key, _): &&(String, String)| key == "app.kubernetes.io/instance";
        let resource = service.selector.iter().find(instance).and_then(|(_, value)| {
            let name = value.split_once('.')?;
            Some((name, self.resource_of(name, service.file())?))
        });
        if let Some((name, index)) = resource {
            return self.of_operator(name, index, arrival);
        }
        if self.known.serving.contains(&(self.folded(&service.namespace), self.folded(name))) {
            let reason =
                format!("Service {name} selects no workload, though the other side's does");
            let fault = Fault::new("selects-nothing", self.folded(name), reason);
            return Target::Broken(fault.at(&service.at("selector")));
        }
        Target::Unresolved(format!(
            "no workload that Service {name} selects is part of what was read"
        ))
    }

    /// Collectors in files of their own whose name the host's first label is, or else holds.
    fn by_name(&self, host: &str, sender: Sender<'a>) -> Vec<usize> {
        if self.loose.is_empty() || host.parse::<std::net::IpAddr>().is_ok() {
            return Vec::new();
        }
        let label = host.split('.').next().unwrap_or_default();
        let mut words = self.neutral_words(label);
        words.truncate(NAME_WORDS_MAX);
        if let Some(exact) = self.loose.get(&words) {
            return exact.clone();
        }
        let mut found = BTreeSet::new();
        for length in (1..words.len()).rev() {
            for part in words.windows(length) {
                found.extend(self.loose.get(part).into_iter().flatten().copied());
            }
        }
        found.into_iter().filter(|index| Some(*index) != sender.collector).collect()
    }
}

/// Name and namespace of the Service that a host may be.
pub(super) fn in_cluster<'h>(dns: &Dns<'h>, sender: Sender<'h>) -> Option<(&'h str, &'h str)> {
    match dns {
        Dns::Short(name) => Some((name, sender.namespace?)),
        Dns::Maybe { name, namespace } | Dns::Service { name, namespace } => {
            Some((name, namespace))
        }
        Dns::Outside => None,
    }
}

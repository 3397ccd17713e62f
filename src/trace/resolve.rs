//! The way of every service, followed hop by hop.

use std::collections::BTreeSet;

use super::anchor::{self, At};
use super::backend::Backend;
use super::exporter::{Exporter, Format, Sink};
use super::facts::{Said, Settings};
use super::graph::Graph;
use super::host::Endpoint;
use super::path::{Builder, ServicePath};
use super::target::{Sender, Target};
use crate::model::{EndKind, Hop, Transport};

/// Variables that name a file that replaces all others.
const CONFIG_FILES: [&str; 2] = ["OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"];

/// How many pipelines lie on one way at most.
const DEPTH_MAX: usize = 16;

/// Spans at the beginning of a pipeline.
#[derive(Debug, Clone, Default)]
struct Visit<'a> {
    collector: usize,
    pipeline: usize,
    /// Pipelines passed before, of all collectors on the way.
    passed: Vec<(usize, usize)>,
    /// Processors passed in this collector.
    processors: Vec<String>,
    /// Processors passed on the whole way that remove or mask data.
    scrubs: u32,
    /// The Compose file that the way lies in.
    project: Option<&'a str>,
}

impl<'a> Graph<'a> {
    /// The way of every service, in the order of their settings. Linear in the facts.
    pub fn resolve(&self) -> Vec<ServicePath> {
        let used = self.used_holders();
        let named: BTreeSet<&str> = self
            .settings
            .iter()
            .filter(|settings| settings.endpoint != Said::No)
            .filter_map(|settings| settings.service.as_deref())
            .collect();
        let mut found = Vec::new();
        for settings in &self.settings {
            let holder = (settings.namespace.as_str(), settings.owner.clone());
            if used.contains(&holder) || self.fills_in(settings) {
                continue;
            }
            let settings = self.with_held((*settings).clone());
            let is_dark = settings.enabled == Said::Yes(false);
            let is_silent = settings.endpoint == Said::No && !is_dark;
            let elsewhere = settings.service.as_deref().is_some_and(|name| named.contains(name));
            // A file without an endpoint only adds to what is said elsewhere.
            if (is_silent && (settings.process.is_empty() || elsewhere))
                || self.is_collector(&settings)
            {
                continue;
            }
            found.push(self.service_path(&settings));
        }
        found
    }

    /// `ConfigMap`s of settings that some container takes its variables from.
    fn used_holders(&self) -> BTreeSet<(&'a str, String)> {
        let named = self.settings.iter().flat_map(|settings| {
            let names = settings.from.iter();
            let held = names.map(|name| (settings.namespace.as_str(), format!("configmap/{name}")));
            let file = self.configuration(settings);
            held.chain(file.map(|file| (file.namespace.as_str(), file.owner.clone())))
        });
        named.collect()
    }

    /// The file that replaces every variable of a process, if it mounts exactly one that was read.
    fn configuration(&self, settings: &Settings) -> Option<&'a Settings> {
        if !CONFIG_FILES.contains(&settings.why.as_str()) {
            return None;
        }
        let workload = self.workload(&settings.namespace, &settings.owner)?;
        let mounted = &self.workloads.get(workload)?.config_maps;
        let mut files = Vec::new();
        for name in mounted {
            let owner = format!("configmap/{name}");
            let held = self.held.get(&(settings.namespace.as_str(), owner.as_str()));
            files.extend(held.into_iter().flatten().filter(|held| held.is_declared));
        }
        match files.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// The settings with what their `ConfigMap`s add: what a container says itself comes first.
    fn with_held(&self, mut settings: Settings) -> Settings {
        if let Some(file) = self.configuration(&settings) {
            let service = file.service.clone().or_else(|| settings.service.clone());
            let Settings { owner, namespace, process, .. } = settings;
            let from = Vec::new();
            return Settings { owner, namespace, process, service, from, ..file.clone() };
        }
        for name in settings.from.clone() {
            let owner = format!("configmap/{name}");
            let holder = (settings.namespace.as_str(), owner.as_str());
            let Some(held) = self.held.get(&holder).and_then(|held| held.first()) else {
                if settings.endpoint == Said::No && settings.enabled != Said::Yes(false) {
                    settings.endpoint = Said::Unknown(format!(
                        "it may be set by {name}, which is not part of what was read"
                    ));
                }
                continue;
            };
            if settings.enabled == Said::Yes(true) && held.enabled != Said::Yes(true) {
                settings.enabled.clone_from(&held.enabled);
                settings.why.clone_from(&held.why);
                settings.switch.clone_from(&held.switch);
            }
            if !matches!(settings.endpoint, Said::Yes(_)) && held.endpoint != Said::No {
                settings.endpoint.clone_from(&held.endpoint);
                settings.encrypted = held.encrypted;
                settings.at.clone_from(&held.at);
            }
            settings.protocol = settings.protocol.or_else(|| held.protocol.clone());
            settings.service = settings.service.or_else(|| held.service.clone());
        }
        settings
    }

    /// Whether the settings are those of a collector itself.
    fn is_collector(&self, settings: &Settings) -> bool {
        let workload = self.workload(&settings.namespace, &settings.owner);
        let workload = workload.and_then(|index| self.workloads.get(index));
        workload.is_some_and(|workload| {
            let own = |c: &&super::workload::Container| c.name == settings.process;
            workload
                .containers
                .iter()
                .find(own)
                .is_some_and(super::workload::Container::is_collector)
        })
    }

    /// Whether the settings are only there to be filled in by the Compose files beside them.
    fn fills_in(&self, settings: &Settings) -> bool {
        let folder = |file: &'a str| file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let own = match settings.owner.strip_suffix(".env") {
            Some("") => "",
            Some(rest) if rest.ends_with('/') => rest.trim_end_matches('/'),
            Some(_) | None => return false,
        };
        settings.process.is_empty() && self.projects.keys().any(|(file, _)| folder(file) == own)
    }

    /// The Compose file that says the settings of a service of it.
    fn project(&self, settings: &Settings) -> Option<&'a str> {
        let key = (settings.owner.as_str(), settings.process.as_str());
        self.projects.get(&key).map(|service| service.file.as_str())
    }

    fn service_path(&self, settings: &Settings) -> ServicePath {
        let holder = if settings.process.is_empty() {
            settings.owner.clone()
        } else {
            format!("{}/{}", settings.owner, settings.process)
        };
        let runs = self.workload(&settings.namespace, &settings.owner).is_some();
        let short = || {
            // A service of Compose is known by itself, not by the file it stands in.
            let is_named = runs || settings.process.is_empty();
            let name = if is_named { &settings.owner } else { &settings.process };
            name.rsplit('/').next().unwrap_or_default().to_owned()
        };
        let service = settings.service.clone().unwrap_or_else(short);
        let mut way = Builder::default();
        self.leave(&mut way, settings, &service);
        let (path, faults) = way.finish(settings.sampling.clone());
        let at = settings.at.clone();
        ServicePath { service, settings: holder, at, path, faults }
    }

    /// The first leg: from the SDK of a service.
    fn leave(&self, way: &mut Builder, settings: &Settings, service: &str) {
        let switch = &settings.switch;
        let mut stop = |kind, reason: String, at: &At| way.end(kind, service, reason, None, at);
        match &settings.enabled {
            Said::Unknown(reason) => return stop(EndKind::Unresolved, reason.clone(), switch),
            Said::Yes(false) => {
                let reason = format!("{} says not to export spans", settings.why);
                return stop(EndKind::Dark, reason, switch);
            }
            Said::Yes(true) | Said::No => (),
        }
        let named = settings.protocol.as_deref().and_then(Format::named);
        let other = other_exporters(&settings.exporters).filter(|_| named.is_none());
        if let Some((kind, reason)) = other {
            return stop(kind, reason, switch);
        }
        let workload = self.workload(&settings.namespace, &settings.owner);
        let in_cluster = workload.is_some() || !settings.namespace.is_empty();
        let namespace = in_cluster.then_some(settings.namespace.as_str());
        let project = self.project(settings);
        let sender = Sender { namespace, workload, collector: None, project };
        let said = match &settings.endpoint {
            Said::Yes(text) => Endpoint::parse(text),
            Said::Unknown(reason) => Err(reason.clone()),
            // The SDK's default, which leads somewhere only where a collector stands beside it.
            Said::No if sender.workload.is_some_and(|index| self.sidecar(index).is_some()) => {
                Ok(default_endpoint(settings.protocol.as_deref()))
            }
            Said::No => {
                return stop(EndKind::Dark, "no endpoint is set".to_owned(), &settings.at);
            }
        };
        let endpoint = match said {
            Ok(endpoint) => endpoint,
            Err(reason) => return stop(EndKind::Unresolved, reason, &settings.at),
        };
        let transport = match settings.encrypted {
            Some(true) => Transport::Tls,
            Some(false) => Transport::Clear,
            None => Transport::Unknown,
        };
        let hop = Hop {
            from: service.to_owned(),
            to: endpoint.shown.clone(),
            reaches: None,
            transport,
            processors: Vec::new(),
            place: anchor::place(&settings.at),
        };
        let format =
            named.unwrap_or_else(|| Format::Otlp(settings.protocol.as_deref().and_then(protocol)));
        let leg = (hop, &settings.at);
        let visit = Visit { project, ..Visit::default() };
        self.travel(way, leg, (&endpoint, &format), sender, &visit);
    }

    /// One leg and what follows it.
    fn travel(
        &self,
        way: &mut Builder,
        (hop, at): (Hop, &At),
        (endpoint, format): (&Endpoint, &Format),
        sender: Sender<'a>,
        before: &Visit<'a>,
    ) {
        let target = self.target(endpoint, format, sender);
        let reaches = match &target {
            Target::Collector(index, _) => self.collectors.get(*index).map(|one| one.name.clone()),
            Target::Relay(_, backend) => Some(backend.owner.clone()),
            Target::Backend | Target::Broken(_) | Target::Unresolved(_) => None,
        };
        if !way.hop(Hop { reaches, ..hop }) {
            return;
        }
        let to = &endpoint.shown;
        match target {
            Target::Backend => way.end(EndKind::Backend, to, "", Some(before.scrubs), at),
            Target::Broken(fault) => way.fault(EndKind::Broken, to, None, fault.at(at)),
            Target::Unresolved(reason) => way.end(EndKind::Unresolved, to, reason, None, at),
            Target::Relay(workload, backend) => self.relay(way, workload, &backend, before),
            Target::Collector(index, arrival) => {
                let Some(collector) = self.collectors.get(index) else { return };
                let stopped = self.stopped(index).map_or(Ok(()), Err);
                match stopped.and_then(|()| collector.enter(&arrival)) {
                    Err(fault) => {
                        way.fault(EndKind::Broken, &collector.name, None, fault.at(at));
                    }
                    Ok(pipelines) => {
                        for pipeline in pipelines {
                            let passed = before.passed.clone();
                            let scrubs = before.scrubs;
                            let visit = Visit {
                                collector: index,
                                pipeline,
                                passed,
                                scrubs,
                                project: before.project,
                                ..Visit::default()
                            };
                            self.through(way, visit);
                        }
                    }
                }
            }
        }
    }

    /// Out of a program that hands on what it takes, over Jaeger's gRPC.
    fn relay(&self, way: &mut Builder, workload: usize, backend: &Backend, before: &Visit<'a>) {
        let name = &backend.owner;
        let at = &backend.at;
        let hosts = match &backend.to {
            Said::Yes(hosts) => hosts,
            Said::Unknown(reason) => {
                return way.end(EndKind::Unresolved, name, reason.as_str(), None, at);
            }
            Said::No => return,
        };
        let namespace = self.workloads.get(workload).map(|known| known.namespace.as_str());
        let project = before.project;
        let sender = Sender { namespace, workload: Some(workload), collector: None, project };
        for host in hosts.split(',') {
            match Endpoint::parse(host) {
                Err(reason) => way.end(EndKind::Unresolved, name, reason, None, at),
                Ok(endpoint) => {
                    let hop = Hop {
                        from: name.clone(),
                        to: endpoint.shown.clone(),
                        reaches: None,
                        transport: Transport::Unknown,
                        processors: Vec::new(),
                        place: anchor::place(at),
                    };
                    let hop = (hop, at);
                    self.travel(way, hop, (&endpoint, &Format::Jaeger("grpc")), sender, before);
                }
            }
        }
    }

    /// Through one pipeline, and on. No deeper than [`DEPTH_MAX`].
    fn through(&self, way: &mut Builder, mut visit: Visit<'a>) {
        let Some(collector) = self.collectors.get(visit.collector) else { return };
        let Some(pipeline) = collector.pipelines.get(visit.pipeline) else { return };
        let here = (visit.collector, visit.pipeline);
        let at = &pipeline.at;
        if visit.passed.contains(&here) {
            let reason = format!("spans come back to pipeline {}: a loop", pipeline.id);
            let fault = collector.fault("loop", &pipeline.id, reason).at(&pipeline.at_exporters);
            return way.fault(EndKind::Broken, &collector.name, None, fault);
        }
        if visit.passed.len() >= DEPTH_MAX {
            let reason = format!("more than {DEPTH_MAX} pipelines lie on the way");
            return way.end(EndKind::Unresolved, &collector.name, reason, None, at);
        }
        visit.passed.push(here);
        let scrubs = pipeline.processors.iter().filter(|id| collector.scrubs(id)).count();
        visit.scrubs = visit.scrubs.saturating_add(u32::try_from(scrubs).unwrap_or(u32::MAX));
        visit.processors.extend(pipeline.processors.iter().cloned());
        let mut is_closed = true;
        for id in &pipeline.exporters {
            let Some(exporter) = collector.exporters.iter().find(|known| known.id == *id) else {
                is_closed = false;
                let reason =
                    format!("exporter {id} is not defined here; another file may define it");
                way.end(EndKind::Unresolved, &collector.name, reason, None, at);
                continue;
            };
            if exporter.sink != Sink::Nothing {
                is_closed = false;
                self.send(way, &visit, exporter, &collector.name);
            }
        }
        let onward: BTreeSet<usize> =
            pipeline.connectors.iter().flat_map(|id| collector.fed_by(id)).collect();
        for pipeline in &onward {
            is_closed = false;
            self.through(way, Visit { pipeline: *pipeline, ..visit.clone() });
        }
        if is_closed {
            let reason = collector.why_closed(pipeline);
            let places = [&pipeline.at_exporters, at].into_iter().flatten();
            let fault = collector.fault("pipeline-closed", &pipeline.id, reason).at(places);
            way.fault(EndKind::Broken, &collector.name, Some(visit.scrubs), fault);
        }
    }

    /// Out of a collector, by one exporter.
    fn send(&self, way: &mut Builder, visit: &Visit<'a>, exporter: &Exporter, name: &str) {
        let at = &exporter.at;
        let leg = |to: &str| Hop {
            from: name.to_owned(),
            to: to.to_owned(),
            reaches: None,
            transport: exporter.transport,
            processors: visit.processors.clone(),
            place: anchor::place(at),
        };
        if exporter.sink == Sink::Queue {
            let reason =
                format!("{} hands spans to a queue, whose readers are not followed", exporter.id);
            if way.hop(leg(&exporter.id)) {
                way.end(EndKind::Unresolved, &exporter.id, reason, None, at);
            }
            return;
        }
        let sender = Sender {
            namespace: self.namespaces.get(visit.collector).copied().flatten(),
            workload: None,
            collector: Some(visit.collector),
            project: visit.project,
        };
        for destination in &exporter.destinations {
            let said = match destination {
                Said::Yes(text) => Endpoint::parse(text),
                Said::Unknown(reason) => Err(reason.clone()),
                Said::No if exporter.sink == Sink::Store => {
                    // A vendor's exporter knows its host itself.
                    if way.hop(leg(&exporter.id)) {
                        let scrubs = Some(visit.scrubs);
                        way.end(EndKind::Backend, &exporter.id, "", scrubs, at);
                    }
                    continue;
                }
                Said::No => Err(format!("{} has no endpoint", exporter.id)),
            };
            match (said, &exporter.sink) {
                (Err(reason), _) => {
                    let reason = format!("{}: {reason}", exporter.id);
                    way.end(EndKind::Unresolved, name, reason, None, at);
                }
                (Ok(endpoint), Sink::Forward(format)) => {
                    self.travel(
                        way,
                        (leg(&endpoint.shown), at),
                        (&endpoint, format),
                        sender,
                        visit,
                    );
                }
                (Ok(endpoint), Sink::Store | Sink::Queue | Sink::Nothing) => {
                    if way.hop(leg(&endpoint.shown)) {
                        let scrubs = Some(visit.scrubs);
                        way.end(EndKind::Backend, &endpoint.shown, "", scrubs, at);
                    }
                }
            }
        }
    }
}

/// How a way ends whose exporters are not OTLP.
fn other_exporters(exporters: &[String]) -> Option<(EndKind, String)> {
    let is = |wanted: &[&str]| {
        exporters.iter().all(|name| wanted.contains(&name.to_ascii_lowercase().as_str()))
    };
    if exporters.is_empty() || exporters.iter().any(|name| name.eq_ignore_ascii_case("otlp")) {
        return None;
    }
    let names = exporters.join(", ");
    Some(if is(&["console", "logging", "otlp/stdout"]) {
        (EndKind::Dark, format!("it exports spans only to {names}"))
    } else {
        (EndKind::Unresolved, format!("it exports spans as {names}, which is not followed"))
    })
}

/// The SDK's own endpoint: OpenTelemetry specification v1.60, OTLP exporter.
fn default_endpoint(protocol: Option<&str>) -> Endpoint {
    let port = match protocol {
        Some("grpc") => Some(4317),
        Some(_) => Some(4318),
        None => None,
    };
    let shown = port.map_or_else(|| "localhost".to_owned(), |port| format!("localhost:{port}"));
    Endpoint { host: "localhost".to_owned(), port, shown }
}

fn protocol(name: &str) -> Option<&'static str> {
    match name.to_ascii_lowercase().as_str() {
        "grpc" => Some("grpc"),
        "http/protobuf" | "http/json" => Some("http"),
        _ => None,
    }
}

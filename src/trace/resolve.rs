//! The way of every service, followed hop by hop.

use std::collections::BTreeSet;

use super::anchor::{self, At};
use super::backend::Backend;
use super::carried::carried;
use super::exporter::{Exporter, Format, Sink};
use super::facts::{By, Said, Settings};
use super::fault::Fault;
use super::graph::Graph;
use super::host::{Endpoint, Manner};
use super::path::{Builder, ServicePath, decimal};
use super::places::Topic;
use super::target::{Sender, Target};
use crate::model::{EndKind, Hop, Sampler, Transport};

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
    /// Processors passed on the whole way that remove or mask data, with their collectors.
    scrubbed: Vec<String>,
    /// The Compose file that the way lies in.
    project: Option<&'a str>,
    /// Who decided before which of them are kept.
    sampled: Vec<Sampler>,
    /// What sent them here from another collector.
    sent: At,
}

impl<'a> Graph<'a> {
    /// The way of every service, in the order of their settings. Linear in the facts.
    pub fn resolve(&self) -> Vec<ServicePath> {
        let mut paths: Vec<ServicePath> =
            self.processes().map(|settings| self.service_path(settings)).collect();
        paths.shrink_to_fit();
        paths
    }

    /// The Compose file that says the settings of a service of it.
    pub(super) fn project(&self, settings: &Settings) -> Option<&'a str> {
        let key = (settings.owner.as_str(), settings.process.as_str());
        self.projects.get(&key).map(|service| service.file.as_str())
    }

    fn service_path(&self, settings: &Settings) -> ServicePath {
        let holder = if settings.process.is_empty() {
            settings.owner.clone()
        } else {
            format!("{}/{}", settings.owner, settings.process)
        };
        let service = self.service_of(settings);
        let mut way = Builder::default();
        self.leave(&mut way, settings, &service);
        let (mut path, faults) = way.finish(settings.sampling.clone());
        path.context = settings.context.of_path();
        let at = settings.at.clone();
        let namespace = settings.namespace.clone();
        let home = settings.home.clone();
        let key = self.folded(&format!("{service} {holder}"));
        let is_dark = settings.enabled == Said::Yes(false);
        let is_silent = settings.endpoint == Said::No && !is_dark && path.hops.is_empty();
        let settings = holder;
        ServicePath { service, settings, namespace, home, key, is_silent, at, path, faults }
    }

    /// What the service of a process is called.
    pub(super) fn service_of(&self, settings: &Settings) -> String {
        let runs = self.workload(settings).is_some();
        let short = || {
            // A service of Compose is known by itself, not by the file it stands in.
            let is_named = runs || settings.process.is_empty();
            let name = if is_named { &settings.owner } else { &settings.process };
            name.rsplit('/').next().unwrap_or_default().to_owned()
        };
        settings.service.clone().unwrap_or_else(short)
    }

    /// The first leg: from the SDK of a service.
    fn leave(&self, way: &mut Builder, settings: &Settings, service: &str) {
        let switch = || settings.places.at(Topic::Switch);
        let mut stop = |kind, reason: String, at: &At| way.end(kind, service, reason, None, at);
        match &settings.enabled {
            Said::Unknown(reason) => return stop(EndKind::Unresolved, reason.clone(), &switch()),
            Said::Yes(false) => {
                let reason = format!("{} says not to export spans", settings.why);
                return stop(EndKind::Dark, reason, &switch());
            }
            Said::Yes(true) | Said::No => (),
        }
        if settings.follows == Some(false) && keeps_none(&settings.ratio) {
            let reason = "its sampler keeps no trace, whatever its caller does".to_owned();
            return stop(EndKind::Dark, reason, &settings.places.at(Topic::Sampling));
        }
        let format = format_of(settings);
        let other =
            other_exporters(&settings.exporters).filter(|_| matches!(format, Format::Otlp(_)));
        if let Some((kind, reason)) = other {
            return stop(kind, reason, &switch());
        }
        if let Some(told) = settings.protocol.as_deref().filter(|told| !told.is_empty())
            && Format::named(told).is_none()
            && protocol(told).is_none()
        {
            let reason = format!("no SDK knows the protocol {told} that it is told");
            return stop(EndKind::Unresolved, reason, &settings.at);
        }
        let sender = self.sender(settings);
        let endpoint = match self.endpoint_of(settings, sender) {
            Some(Ok(endpoint)) => endpoint,
            Some(Err(reason)) => return stop(EndKind::Unresolved, reason, &settings.at),
            None => {
                return stop(EndKind::Dark, "no endpoint is set".to_owned(), &settings.at);
            }
        };
        let endpoint = Endpoint { manner: manner(settings), ..endpoint };
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
            authenticated: settings.headers,
            headers: settings.carried.to_vec(),
            place: anchor::place(&settings.at),
        };
        let leg = (hop, &settings.at);
        let sampled = vec![Sampler {
            kind: "head",
            at: service.to_owned(),
            share: match &settings.ratio {
                Said::Yes(share) => Some(decimal(*share)),
                Said::No | Said::Unknown(_) => None,
            },
        }];
        let visit = Visit { project: self.project(settings), sampled, ..Visit::default() };
        self.travel(way, leg, (&endpoint, &format), sender, &visit);
    }

    /// Where a process sends spans; nothing where it is not told.
    pub(super) fn endpoint_of(
        &self,
        settings: &Settings,
        sender: Sender<'_>,
    ) -> Option<Result<Endpoint, String>> {
        Some(match &settings.endpoint {
            Said::Yes(text) => Endpoint::parse(text),
            Said::Unknown(reason) => Err(reason.clone()),
            // The SDK's default, which leads somewhere only where a collector stands beside it.
            Said::No => {
                sender.workload.and_then(|index| self.sidecar(index))?;
                Ok(default_endpoint(settings.protocol.as_deref()))
            }
        })
    }

    /// Who sends by some settings.
    pub(super) fn sender<'s>(&self, settings: &'s Settings) -> Sender<'s>
    where
        'a: 's,
    {
        let workload = self.workload(settings);
        let in_cluster = workload.is_some() || !settings.namespace.is_empty();
        let namespace = in_cluster.then_some(settings.namespace.as_str());
        let project = self.project(settings);
        let process = project.map(|_| settings.process.as_str());
        let file = settings.file();
        Sender { namespace, workload, project, process, file, ..Sender::default() }
    }

    /// One leg and what follows it.
    fn travel(
        &self,
        way: &mut Builder,
        (hop, at): (Hop, &At),
        (endpoint, format): (&Endpoint, &Format),
        sender: Sender<'_>,
        before: &Visit<'a>,
    ) {
        let changed;
        let endpoint =
            if endpoint.manner.is_encrypted.is_some() && self.is_recoded(endpoint, sender) {
                let manner = Manner { is_encrypted: None, ..endpoint.manner.clone() };
                changed = Endpoint { manner, ..endpoint.clone() };
                &changed
            } else {
                endpoint
            };
        let passed = (before.scrubbed.as_slice(), before.sampled.as_slice());
        if self.is_proxied(way, (&hop, at), (endpoint, format), sender, passed) {
            return;
        }
        let target = self.target(endpoint, format, sender);
        let reaches = match &target {
            Target::Collector(index, _) => self.collectors.get(*index).map(|one| one.name.clone()),
            Target::Relay(_, backend) => Some(backend.owner.clone()),
            Target::Backend(_) | Target::Broken(_) | Target::Unresolved(_) => None,
        };
        if !way.hop(Hop { reaches, ..hop }) {
            return;
        }
        let to = &endpoint.shown;
        let shut = self.barred(endpoint, sender).or_else(|| self.off_mesh(endpoint, sender));
        let shut = shut.or_else(|| self.guarded(endpoint, sender));
        if let Some(fault) = shut {
            return way.fault(EndKind::Broken, to, None, fault.at(at));
        }
        match target {
            Target::Backend(keeps) => {
                way.arrive(to, &before.scrubbed, (&before.sampled, keeps), at);
            }
            Target::Broken(fault) => way.fault(EndKind::Broken, to, None, fault.at(at)),
            Target::Unresolved(reason) => way.end(EndKind::Unresolved, to, reason, None, at),
            Target::Relay(workload, backend) => self.relay(way, workload, &backend, before),
            Target::Collector(index, arrival) => {
                let Some(collector) = self.collectors.get(index) else { return };
                let stopped = self.stopped(index).map_or(Ok(()), Err);
                match stopped.and_then(|()| collector.enter(&arrival)) {
                    Err(fault) => way.lost(collector, None, fault.at(at)),
                    Ok(pipelines) => {
                        for pipeline in pipelines {
                            let passed = before.passed.clone();
                            let scrubbed = before.scrubbed.clone();
                            let visit = Visit {
                                collector: index,
                                pipeline,
                                passed,
                                scrubbed,
                                project: before.project,
                                sampled: before.sampled.clone(),
                                sent: at.clone(),
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
        let known = self.workloads.get(workload);
        let namespace = known.map(|known| known.namespace.as_str());
        let (project, file) = (before.project, known.and_then(|known| known.file()));
        let workload = Some(workload);
        let sender = Sender { namespace, workload, project, file, ..Sender::default() };
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
                        authenticated: None,
                        headers: Vec::new(),
                        place: anchor::place(at),
                    };
                    let hop = (hop, at);
                    self.travel(way, hop, (&endpoint, &Format::Jaeger("grpc")), sender, before);
                }
            }
        }
    }

    /// What keeps spans from arriving that come into a collector, by index, from outside of it.
    pub(super) fn beyond(&self, collector: usize) -> Vec<Fault> {
        let Some(known) = self.collectors.get(collector) else { return Vec::new() };
        let mut way = Builder::default();
        for (pipeline, one) in known.pipelines.iter().enumerate() {
            let is_fed = |id: &String| known.receivers.iter().any(|receiver| receiver.id == *id);
            if one.receivers.iter().any(is_fed) {
                self.through(&mut way, Visit { collector, pipeline, ..Visit::default() });
            }
        }
        way.finish(String::new()).1
    }

    /// Through one pipeline, and on. No deeper than [`DEPTH_MAX`].
    fn through(&self, way: &mut Builder, mut visit: Visit<'a>) {
        let Some(collector) = self.collectors.get(visit.collector) else { return };
        let Some(pipeline) = collector.pipelines.get(visit.pipeline) else { return };
        let here = (visit.collector, visit.pipeline);
        let at = &pipeline.at;
        if visit.passed.contains(&here) {
            let reason = format!("spans come back to pipeline {}: a loop", pipeline.id);
            let places = [&visit.sent, &pipeline.at_exporters].into_iter().flatten();
            let fault = collector.fault("loop", &pipeline.id, reason).at(places);
            return way.fault(EndKind::Broken, &collector.name, None, fault);
        }
        if visit.passed.len() >= DEPTH_MAX {
            let reason = format!("more than {DEPTH_MAX} pipelines lie on the way");
            return way.end(EndKind::Unresolved, &collector.name, reason, None, at);
        }
        visit.passed.push(here);
        let is_none = |id: &&String| collector.shares.get(*id).is_some_and(keeps_none);
        let is_none = |id: &&String| is_none(id) || collector.drops_all(id);
        if let Some(id) = pipeline.processors.iter().find(is_none) {
            let reason = format!("{id} keeps no span");
            let place = &pipeline.at_processors;
            return way.end(EndKind::Dark, &collector.name, reason, Some(&visit.scrubbed), place);
        }
        let scrubbing = pipeline.processors.iter().filter(|id| collector.scrubs(id));
        visit.scrubbed.extend(scrubbing.map(|id| format!("{id} at {}", collector.name)));
        visit.processors.extend(pipeline.processors.iter().cloned());
        visit.sampled.extend(collector.samplers(pipeline));
        collector.costs(pipeline).into_iter().for_each(|cost| way.cost(cost));
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
            way.lost(collector, Some(&visit.scrubbed), fault);
        }
    }

    /// Out of a collector, by one exporter.
    fn send(&self, way: &mut Builder, visit: &Visit<'a>, exporter: &'a Exporter, name: &str) {
        let at = &exporter.at;
        let collector = self.collectors.get(visit.collector).copied();
        let leg = |to: &str| Hop {
            from: name.to_owned(),
            to: to.to_owned(),
            reaches: None,
            transport: exporter.transport,
            processors: visit.processors.clone(),
            authenticated: exporter.authenticated,
            headers: collector.map_or_else(Vec::new, |one| carried(one, exporter)),
            place: anchor::place(at),
        };
        if exporter.sink == Sink::Queue {
            if way.hop(leg(&exporter.id)) {
                let reason = "a queue takes them, whose readers are not followed";
                way.end(EndKind::Unresolved, &exporter.id, reason, None, at);
            }
            return;
        }
        let sender = Sender {
            namespace: self.namespaces.get(visit.collector).copied().flatten(),
            collector: Some(visit.collector),
            project: visit.project,
            compression: exporter.compression.as_deref(),
            proxy: exporter.proxy.as_deref(),
            file: collector.map(|one| one.file.as_str()),
            ..Sender::default()
        };
        for destination in &exporter.destinations {
            let said = match destination {
                Said::Yes(text) => Endpoint::parse(text),
                Said::Unknown(reason) => Err(reason.clone()),
                Said::No if exporter.sink == Sink::Store => {
                    // A vendor's exporter knows its host itself.
                    if way.hop(leg(&exporter.id)) {
                        let keeps = collector.and_then(|one| one.keeps(exporter));
                        way.arrive(&exporter.id, &visit.scrubbed, (&visit.sampled, keeps), at);
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
                    let is_encrypted = match exporter.transport {
                        Transport::Tls => Some(true),
                        Transport::Clear => Some(false),
                        Transport::Unknown => None,
                    };
                    let path = exporter.path.clone();
                    let shows_credential = exporter.authenticated;
                    let manner =
                        Manner { path, is_encrypted, shows_credential, ..Manner::default() };
                    let endpoint = Endpoint { manner, ..endpoint };
                    let hop = (leg(&endpoint.shown), at);
                    self.travel(way, hop, (&endpoint, format), sender, visit);
                }
                (Ok(endpoint), Sink::Store | Sink::Queue | Sink::Nothing) => {
                    if way.hop(leg(&endpoint.shown)) {
                        way.arrive(&endpoint.shown, &visit.scrubbed, (&visit.sampled, None), at);
                    }
                }
            }
        }
    }
}

/// Whether a share is known to be none.
fn keeps_none(share: &Said<f64>) -> bool {
    matches!(share, Said::Yes(share) if *share <= 0.0)
}

/// What a process sends spans as.
pub(super) fn format_of(settings: &Settings) -> Format {
    let named = settings.protocol.as_deref().and_then(Format::named);
    named.unwrap_or_else(|| Format::Otlp(settings.protocol.as_deref().and_then(protocol)))
}

/// How spans leave by settings.
fn manner(settings: &Settings) -> Manner {
    // What a proxy of Linkerd encrypts is decrypted by that of the other pod.
    let is_encrypted = settings.encrypted.filter(|_| settings.by != By::Linkerd);
    Manner {
        path: settings.path.clone(),
        is_encrypted,
        shows_certificate: settings.shows_certificate,
        shows_credential: settings.headers,
        at: settings.places.manner(),
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
    let manner = Manner::default();
    Endpoint { host: "localhost".to_owned(), port, shown, manner }
}

fn protocol(name: &str) -> Option<&'static str> {
    match name.to_ascii_lowercase().as_str() {
        "grpc" => Some("grpc"),
        "http/protobuf" | "http/json" => Some("http"),
        _ => None,
    }
}

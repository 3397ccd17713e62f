//! Who decides about a trace before whom: services that call each other, and servers that samplers ask.

use std::collections::BTreeMap;

use super::anchor::{At, under};
use super::exporter::Format;
use super::facts::{Said, Settings};
use super::graph::Graph;
use super::host::Endpoint;
use super::places::Topic;
use super::target::{Sender, Target};
use super::views::{SideFacts, SideItem, SideView};
use crate::facts::Fact;

/// See its `about`.
pub(super) static DECISION: SideView = SideView {
    id: "trace.decision",
    about: "A service that is called by another and decides by itself how many traces it keeps",
    fields: &[
        ("caller", "the service that calls"),
        ("called", "the service that is called"),
        (
            "kept",
            "the share of new traces that the caller keeps; absent when something outside decides",
        ),
        ("share", "the share that the called one keeps, whatever the caller decided"),
    ],
    extract: decisions,
};

/// See its `about`.
pub(super) static SERVER: SideView = SideView {
    id: "trace.sampling-server",
    about: "A server that the sampler of a service asks how many traces to keep",
    fields: &[
        ("service", "the service"),
        ("server", "where it asks"),
        ("problem", "why nobody answers there, in words; empty where that is not known"),
    ],
    extract: servers,
};

/// Extensions that answer samplers (opentelemetry-collector-contrib v0.153.0; Jaeger v2.20.0).
const ANSWERING: [&str; 3] = ["jaegerremotesampling", "jaeger_remote_sampling", "remote_sampling"];

fn share(ratio: &Said<f64>) -> Option<Fact<'static>> {
    match ratio {
        Said::Yes(share) => Fact::number(&share.to_string()),
        Said::Unknown(reason) => Some(Fact::Unknown(reason.clone())),
        Said::No => None,
    }
}

fn decisions(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let processes = graph.processes();
    let mut by_workload: BTreeMap<usize, Vec<&Settings>> = BTreeMap::new();
    for settings in processes {
        if let Some(index) = graph.workload(settings) {
            by_workload.entry(index).or_default().push(settings);
        }
    }
    let mut items: BTreeMap<String, SideItem<'static>> = BTreeMap::new();
    for call in graph.calls {
        let file = call.at.as_ref().map(|at| at.home.file.as_ref());
        let workload = graph.workload_near((&call.namespace, &call.owner), file);
        let Some(calling) = workload.and_then(|index| by_workload.get(&index)) else { continue };
        let namespace = Some(call.namespace.as_str());
        let sender = Sender { namespace, workload, file, ..Sender::default() };
        let host = call.host.clone();
        let endpoint = Endpoint { shown: host.clone(), host, ..Endpoint::default() };
        let Some(service) = graph.service_at(&endpoint, sender) else { continue };
        let called = graph.selected(service).into_iter();
        for to in called.filter_map(|index| by_workload.get(&index)).flatten() {
            if to.follows != Some(false) || to.ratio == Said::No {
                continue;
            }
            for from in calling {
                let item = decision(graph, from, to, &call.at);
                items.insert(item.key.clone(), item);
            }
        }
    }
    items.into_values().collect()
}

fn decision(graph: &Graph<'_>, from: &Settings, to: &Settings, call: &At) -> SideItem<'static> {
    let names = [from, to].map(|settings| graph.service_of(settings));
    let sampling = |of: &Settings| of.places.at(Topic::Sampling);
    let at = [sampling(from), sampling(to), call.clone()];
    let key = graph.folded(&names.join(" "));
    let [first, second] = names;
    let fact = Fact::map([
        ("caller", Some(Fact::text(first))),
        ("called", Some(Fact::text(second))),
        ("kept", share(&from.ratio)),
        ("share", share(&to.ratio)),
    ]);
    SideItem { key, at: at.into_iter().flatten().collect(), fact }
}

fn servers(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let mut items = Vec::new();
    for settings in graph.processes() {
        let Said::Yes(server) = &settings.server else { continue };
        let Ok(endpoint) = Endpoint::parse(server) else { continue };
        let sender = graph.sender(settings);
        let mut at: Vec<At> = vec![settings.places.at(Topic::Sampling)];
        let (problem, places) = unanswered(graph, &endpoint, sender);
        at.extend(places);
        let service = graph.service_of(settings);
        let key = [&settings.namespace, &settings.owner, &settings.process];
        let key = graph.folded(&key.map(String::as_str).join(" "));
        let fact = Fact::map([
            ("service", Some(Fact::text(service))),
            ("server", Some(Fact::text(endpoint.shown.clone()))),
            ("problem", Some(Fact::text(problem))),
        ]);
        items.push(SideItem { key, at: at.into_iter().flatten().collect(), fact });
    }
    items
}

/// Why nobody answers a sampler, and the settings that make it so.
fn unanswered<'a>(graph: &Graph<'a>, endpoint: &Endpoint, sender: Sender<'a>) -> (String, Vec<At>) {
    if let Some(fault) = graph.barred(endpoint, sender) {
        return (fault.reason, fault.at.into_iter().map(Some).collect());
    }
    match graph.target(endpoint, &Format::Jaeger("grpc"), sender) {
        Target::Broken(fault) => (fault.reason, fault.at.into_iter().map(Some).collect()),
        Target::Collector(index, _) => {
            let Some(collector) = graph.collectors.get(index) else {
                return (String::new(), Vec::new());
            };
            let is_answering = |(section, id): &(&str, String)| {
                *section == "extensions" && ANSWERING.contains(&id.split('/').next().unwrap_or(id))
            };
            let ways: [&[&str]; 2] = [&["service", "extensions"], &["extensions"]];
            let places = ways.map(|way| under(&collector.at, way)).to_vec();
            if collector.components.iter().any(is_answering) {
                (String::new(), places)
            } else {
                (format!("{} starts no extension that answers", collector.name), places)
            }
        }
        Target::Relay(..) | Target::Backend(_) | Target::Unresolved(_) => {
            (String::new(), Vec::new())
        }
    }
}

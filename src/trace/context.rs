//! Who passes context on to whom, and whether it is understood there.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Settings;
use super::graph::Graph;
use super::host::{Dns, dns};
use super::noted::{Call, Used};
use super::path::ServicePath;
use super::places::Topic;
use super::read::{text, texts};
use super::scope::meant;
use super::target::{Sender, in_cluster};
use super::views::{SideFacts, SideItem, SideView};
use super::workload::Workload;
use crate::facts::Fact;
use crate::model::ContextCall;

/// See its `about`.
pub(super) static EDGE: SideView = SideView {
    id: "trace.edge",
    about: "A call from one traced service to another, or to a host outside, with the formats in \
            which context is passed on and taken over",
    fields: &[
        ("from", "the service that calls"),
        ("to", "the service that is called, or the host outside"),
        ("external", "whether it is a host outside of the cluster"),
        ("writes", "formats in which the sender passes context on"),
        ("reads", "formats in which the other takes it over; absent for a host outside"),
        ("shared", "formats of both"),
        ("baggage", "whether the sender passes baggage on"),
    ],
    extract: edges,
};

/// See its `about`.
pub(super) static MESH: SideView = SideView {
    id: "trace.mesh-format",
    about: "A provider of tracing that a Telemetry names, with the formats of its proxies and the \
            services beside them that read none of them",
    fields: &[
        ("telemetry", "the Telemetry: telemetry/mesh"),
        ("provider", "name of the provider"),
        ("kind", "its kind: zipkin, opentelemetry, …"),
        ("writes", "formats in which its proxies pass context on"),
        ("services", "services in the mesh that read none of these formats, sorted"),
    ],
    extract: meshes,
};

/// The namespace whose Telemetry holds for all others.
const ROOT: &str = "istio-system";

/// What a service is called: by its settings, else by who holds them.
fn name(settings: &Settings) -> String {
    let short = || settings.owner.rsplit('/').next().unwrap_or_default().to_owned();
    settings.service.clone().unwrap_or_else(short)
}

fn list(names: impl IntoIterator<Item = String>) -> Fact<'static> {
    Fact::List(names.into_iter().map(Fact::text).collect())
}

/// The services that pass context on, or should take it over, where the other end does not read it.
pub(super) fn torn(edges: &[SideItem<'_>]) -> BTreeSet<String> {
    let is_torn = |item: &&SideItem<'_>| {
        let none = |key| matches!(item.fact.get(key), Some(Fact::List(all)) if all.is_empty());
        none("shared") && !none("writes") && item.fact.get("reads").is_some()
    };
    let ends = edges
        .iter()
        .filter(is_torn)
        .flat_map(|item| ["from", "to"].map(|key| text(&item.fact, key)));
    ends.flatten().collect()
}

/// Whom services call, and what of their context is taken over there.
pub(super) type Calls = BTreeMap<String, BTreeSet<ContextCall>>;

/// The calls of edges.
pub(super) fn calls(edges: &[SideItem<'_>]) -> Calls {
    let mut calls = Calls::new();
    for item in edges {
        let (Some(from), Some(to)) = (text(&item.fact, "from"), text(&item.fact, "to")) else {
            continue;
        };
        let reads = item.fact.get("reads").map(|_| texts(&item.fact, "reads"));
        let shared = texts(&item.fact, "shared");
        calls.entry(from).or_default().insert(ContextCall { to, reads, shared });
    }
    calls
}

/// Says on each way whom its service calls.
pub(super) fn attach(calls: &Calls, paths: &mut [ServicePath]) {
    for way in paths {
        if let Some(own) = calls.get(&way.service) {
            way.path.context.calls = own.iter().cloned().collect();
        }
    }
}

fn edges(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    if graph.noted.calls.is_empty() {
        return Vec::new();
    }
    let mut items = Vec::new();
    for call in &graph.noted.calls {
        let holder = (call.namespace.as_str(), call.settings.as_str());
        let Some(sender) = graph.settings_in(holder, &call.at.home.file) else { continue };
        items.extend(of_call(graph, call, sender));
    }
    // Of several of one key the first counts.
    items.sort_by(|one, other| one.key.cmp(&other.key));
    items.dedup_by(|other, one| one.key == other.key);
    items
}

/// The edges of one call: to each process behind the Service that its host is, or to outside.
fn of_call(graph: &Graph<'_>, call: &Call, sender: &Settings) -> Vec<SideItem<'static>> {
    // Where formats are not known, the rules about a single process say so.
    let Some(writes) = &sender.context.writes else { return Vec::new() };
    let dns = dns(&call.host);
    let file = Some(&*call.at.home.file);
    let from = Sender { namespace: Some(&call.namespace), file, ..Sender::default() };
    let Some((service, namespace)) = in_cluster(&dns, from) else {
        let is_host = dns == Dns::Outside && call.host.parse::<std::net::IpAddr>().is_err();
        return is_host.then(|| item(graph, (call, sender), None, writes)).into_iter().collect();
    };
    let services = graph.services.get(&(namespace, service)).map_or(&[][..], Vec::as_slice);
    let services = meant(services, file);
    let workloads = services.iter().flat_map(|service| graph.selected(service));
    let owners = workloads.filter_map(|index| graph.workloads.get(index));
    let mut found = Vec::new();
    for workload in owners {
        let own = graph.settings_by((&workload.namespace, &workload.owner)).into_iter();
        let own = own.filter(|settings| is_of(graph, settings, workload));
        let others = own.filter(|other| other.context.reads.is_some());
        found.extend(others.map(|other| item(graph, (call, sender), Some(other), writes)));
    }
    found
}

/// Whether settings are of a workload, and not of another one of its name.
fn is_of(graph: &Graph<'_>, settings: &Settings, workload: &Workload) -> bool {
    let own = graph.workload(settings).and_then(|index| graph.workloads.get(index));
    own.is_none_or(|own| std::ptr::eq(*own, workload))
}

fn item(
    graph: &Graph<'_>,
    (call, sender): (&Call, &Settings),
    other: Option<&Settings>,
    writes: &[String],
) -> SideItem<'static> {
    let reads = other.and_then(|other| other.context.reads.as_ref());
    let shared = writes.iter().filter(|format| reads.is_some_and(|own| own.contains(format)));
    let to = other.map_or_else(|| call.host.clone(), name);
    let fact = Fact::map([
        ("from", Some(Fact::text(name(sender)))),
        ("to", Some(Fact::text(to.clone()))),
        ("external", Some(Fact::Bool(other.is_none()))),
        ("writes", Some(list(writes.iter().cloned()))),
        ("reads", reads.map(|own| list(own.iter().cloned()))),
        ("shared", Some(list(shared.cloned()))),
        ("baggage", Some(Fact::Bool(sender.context.has_baggage))),
    ]);
    let both = [Some(sender), other].into_iter().flatten();
    let said = both.filter_map(|settings| settings.places.at(Topic::Context));
    let mut at = Vec::with_capacity(3);
    at.extend(said.chain([call.at.clone()]));
    let holder = other.map(|other| [other.namespace.as_str(), "/", &other.owner]);
    let key = [call.namespace.as_str(), "/", &call.settings, " ", &to, " "].concat();
    let key = key + &holder.unwrap_or_default().concat();
    SideItem { key: graph.folded(&key), at, fact }
}

fn meshes(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let noted = graph.noted;
    let mut items = Vec::new();
    for used in noted.used.iter().filter(|used| !used.is_narrow) {
        let Some(provider) = noted.providers.get(&used.provider) else { continue };
        let Some(writes) = &provider.writes else { continue };
        let reads_none = |settings: &&Settings| {
            let reads = settings.context.reads.as_deref().into_iter().flatten();
            settings.context.reads.is_some() && !reads.into_iter().any(|own| writes.contains(own))
        };
        let hit = graph.all_held().filter(|settings| is_held(graph, used, settings));
        let mut services: Vec<String> = hit.filter(reads_none).map(name).collect();
        services.sort();
        services.dedup();
        let fact = Fact::map([
            ("telemetry", Some(Fact::text(used.owner.clone()))),
            ("provider", Some(Fact::text(used.provider.clone()))),
            ("kind", Some(Fact::text(provider.kind.clone()))),
            ("writes", Some(list(writes.iter().cloned()))),
            ("services", Some(list(services))),
        ]);
        let key = format!("{}/{}", used.namespace, used.owner);
        let at = vec![used.at.clone(), provider.at.clone()];
        items.push(SideItem { key: graph.folded(&key), at, fact });
    }
    items
}

/// Whether a Telemetry holds for the proxy beside a process: its own namespace's comes first.
fn is_held(graph: &Graph<'_>, used: &Used, settings: &Settings) -> bool {
    let workload = graph.workload(settings);
    let is_meshed =
        workload.and_then(|index| graph.workloads.get(index)).is_some_and(|w| w.is_meshed);
    let own = graph.noted.used.iter().any(|other| other.namespace == settings.namespace);
    let is_near = used.namespace == settings.namespace;
    is_meshed && (is_near || used.namespace == ROOT && !own)
}

//! Views of a whole side: facts that no single document holds, for rules to judge.

use std::collections::BTreeSet;

use super::anchor::Anchor;
use super::fault::{Hit, hits};
use super::graph::Graph;
use super::path::ServicePath;
use super::{
    context, door, edge, entrance, estate, identity, injection, leg, linkerd, lost, mesh, needs,
    rollout, sampling, scrub, semconv, setting, sink, step, telemetry, told, variable, walls,
};
use crate::facts::Fact;
use crate::model::EndKind;

/// One kind of fact of a whole side.
pub struct SideView {
    /// The name rules select it by, such as `trace.fault`.
    pub id: &'static str,
    /// One sentence for the manual.
    pub about: &'static str,
    /// Its fields with their meaning; a field of a rule's `it` that is not here is an error.
    pub fields: &'static [(&'static str, &'static str)],
    /// Takes the items of one side.
    pub extract: for<'g> fn(&SideFacts<'g>) -> Vec<SideItem<'g>>,
}

/// What items of a whole side are taken from.
pub struct SideFacts<'a> {
    /// The facts of the side, indexed, knowing what the other side has.
    pub graph: &'a Graph<'a>,
    /// The way of every service.
    pub paths: &'a [ServicePath],
}

/// One item of a view of a whole side.
#[derive(Debug, Clone)]
pub struct SideItem<'g> {
    /// What tells it from the other items of the view, colours folded: items of both sides are
    /// joined by it.
    pub key: String,
    /// The settings that make it together. A finding points at the first that changed, else at the
    /// first, and speaks for all of their changes that nothing explains.
    pub at: Vec<Anchor>,
    /// Its fields.
    pub fact: Fact<'g>,
}

/// Every view of a whole side.
pub static SIDE_VIEWS: &[&SideView] = &[
    &FAULT,
    &PATH,
    &context::EDGE,
    &context::MESH,
    &lost::DESTINATION,
    &lost::PROCESS,
    &told::DAPR,
    &told::PROPERTY,
    &edge::DECISION,
    &edge::SERVER,
    &entrance::ENTRANCE,
    &estate::CANARY,
    &estate::DISRUPTION,
    &estate::SERVICE,
    &identity::ATTRIBUTE,
    &identity::IDENTITY,
    &injection::INJECTION,
    &linkerd::IDENTITY,
    &mesh::RULE,
    &needs::REFERENCES,
    &needs::RIGHTS,
    &needs::STORAGE,
    &sampling::COUNTED,
    &sampling::SAMPLED,
    &sampling::TAIL,
    &telemetry::TELEMETRY,
    &sink::BACKEND,
    &door::DOOR,
    &leg::LEG,
    &rollout::REMOTE,
    &rollout::ROLLOUT,
    &scrub::SCRUB,
    &semconv::SEMCONV,
    &setting::SETTING,
    &sink::SINK,
    &step::STEP,
    &variable::VARIABLE,
    &walls::DEFAULT,
    &walls::ISOLATION,
    &walls::SELECTION,
];

static FAULT: SideView = SideView {
    id: "trace.fault",
    about: "What keeps spans from arriving, once per cause",
    fields: &[
        ("kind", "what is wrong: bind-local, protocol-mismatch, no-service, …"),
        ("subject", "what it is wrong with: a collector and its part, a Service; colours folded"),
        ("reason", "why, in words"),
        ("services", "the services whose spans it keeps from arriving"),
    ],
    extract: faults,
};

static PATH: SideView = SideView {
    id: "trace.path",
    about: "The way of one service's spans, at the setting that says where they go",
    fields: &[
        ("service", "the service"),
        ("settings", "who holds its settings: deployment/pay/app, or a file"),
        ("end", "how it ends at worst: backend, unresolved, dark or broken"),
        ("reason", "why it ends there; empty for a backend"),
        ("backends", "the hosts its spans get to, sorted"),
        ("hops", "how many legs it has"),
        ("sampling", "how many new traces the service keeps, in words"),
        ("scrubs", "the fewest processors that remove or mask data on it; absent when not known"),
    ],
    extract: ways,
};

fn faults(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let item = |((kind, subject), hit): ((&str, &str), Hit<'_>)| {
        let subject = side.graph.folded(subject);
        let services = hit.services.iter().map(|name| Fact::text((*name).to_owned())).collect();
        let fact = Fact::map([
            ("kind", Some(Fact::text(kind.to_owned()))),
            ("subject", Some(Fact::text(subject.clone()))),
            ("reason", Some(Fact::text(hit.fault.reason.clone()))),
            ("services", Some(Fact::List(services))),
        ]);
        SideItem { key: format!("{kind} {subject}"), at: hit.at, fact }
    };
    let unasked = side.graph.unasked(side.paths);
    let mut hits = hits(side.paths);
    for fault in &unasked {
        hits.entry((fault.kind, fault.subject.as_str())).or_insert_with(|| Hit::of_nobody(fault));
    }
    hits.into_iter().map(item).collect()
}

fn ways(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let item = |way: &ServicePath| {
        let path = &way.path;
        let worst = path.end();
        let ends = path.ends.iter().filter(|end| end.kind == EndKind::Backend);
        let backends: BTreeSet<&str> = ends.map(|end| end.at.as_str()).collect();
        let backends = backends.into_iter().map(|host| Fact::text(host.to_owned())).collect();
        let scrubs = path.ends.iter().filter_map(|end| end.scrubs).min();
        let number = |number: &dyn ToString| Fact::number(&number.to_string());
        let fact = Fact::map([
            ("service", Some(Fact::text(way.service.clone()))),
            ("settings", Some(Fact::text(way.settings.clone()))),
            ("end", Some(Fact::text(path.kind().name()))),
            ("reason", worst.map(|end| Fact::text(end.reason.clone()))),
            ("backends", Some(Fact::List(backends))),
            ("hops", number(&path.hops.len())),
            ("sampling", Some(Fact::text(path.sampling.clone()))),
            ("scrubs", scrubs.and_then(|count| number(&count))),
        ]);
        SideItem { key: way.key.clone(), at: way.at.iter().cloned().collect(), fact }
    };
    side.paths.iter().map(item).collect()
}

//! How spans travel: the ways of services on both sides.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Pair, Place};
use crate::model;

/// How spans travel. Reports made before it was resolved hold an empty object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trace {
    /// Services of which something is to be told, or all of them when the full ledger was asked
    /// for; sorted.
    pub services: Vec<ServiceTrace>,
    /// Counts of all services, listed or not.
    pub summary: TraceSummary,
}

/// One service, by one source of its tracing settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceTrace {
    /// The service, in words equal for both sides.
    pub service: String,
    /// Who holds its settings, in words equal for both sides: `deployment/pay/app`, or a file.
    pub settings: String,
    /// What can be said; later versions of the program may say more.
    pub facts: Vec<String>,
    /// Its spans' way in blue; null when blue has no such service.
    pub blue: Option<TracePath>,
    /// Its spans' way in green; null when green has no such service.
    pub green: Option<TracePath>,
}

impl ServiceTrace {
    /// The ways of both sides.
    pub fn paths(&self) -> Pair<Option<&TracePath>> {
        Pair { blue: self.blue.as_ref(), green: self.green.as_ref() }
    }
}

/// The way of one service's spans on one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracePath {
    /// How it ends, at worst: backend, unresolved, dark or broken.
    pub end: String,
    /// Why; null for a backend.
    pub reason: Option<String>,
    /// How many new traces the service keeps, in words.
    pub sampling: String,
    /// How its context travels; null in reports that were made before it was told.
    #[serde(default)]
    pub context: Option<TraceContext>,
    /// What on it costs more than the spans themselves.
    #[serde(default)]
    pub costs: Vec<String>,
    /// Every leg; where a collector exports twice, one branch after the other.
    pub hops: Vec<TraceHop>,
    /// Every end, in the order of the legs.
    pub ends: Vec<TraceEnd>,
}

/// One leg of a way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceHop {
    /// The service, or the collector by its configuration.
    pub from: String,
    /// Host and port, as written.
    pub to: String,
    /// What takes spans there and hands them on, as the next leg names it; null for an end.
    #[serde(default)]
    pub reaches: Option<String>,
    /// tls, clear or unknown.
    pub transport: String,
    /// Ids of the processors that spans pass in `from`, in order.
    pub processors: Vec<String>,
    /// Whether spans carry a credential, or headers that may be one; null where that is not known.
    #[serde(default)]
    pub authenticated: Option<bool>,
    /// Headers that spans are told to carry, sorted by name.
    #[serde(default)]
    pub headers: Vec<TraceHeader>,
    /// The setting or the exporter that says where `to` is.
    pub place: Option<Place>,
}

/// A header that spans carry over a leg.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceHeader {
    /// Its name, in lower case.
    pub name: String,
    /// Its value; of a secret its class and fingerprint.
    pub value: String,
}

/// How a service passes the context of its traces on, and takes it over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceContext {
    /// Formats it passes context on in; null where that is not known.
    pub writes: Option<Vec<String>>,
    /// Formats it takes context over in; null where that is not known.
    pub reads: Option<Vec<String>>,
    /// Whom it is told to call.
    pub calls: Vec<TraceCall>,
}

/// A call of a service to another, or to a host outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceCall {
    /// The service that is called, or the host.
    pub to: String,
    /// Formats that it takes context over in; null for a host outside.
    pub reads: Option<Vec<String>>,
    /// Formats of both.
    pub shared: Vec<String>,
    /// Whether what is passed on is known not to be taken over.
    pub lost: bool,
}

/// One end of a way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceEnd {
    /// How: backend, unresolved, dark or broken.
    pub end: String,
    /// The backend, or where spans do not get beyond.
    pub at: String,
    /// Why; null for a backend.
    pub reason: Option<String>,
    /// How many processors that remove or mask data lie on the way; null where that is not known.
    pub scrubs: Option<u32>,
    /// These processors, each with its collector, in order.
    #[serde(default)]
    pub scrubbed: Vec<String>,
    /// How many new traces get there, and who decides that; null where they do not.
    #[serde(default)]
    pub sampled: Option<TraceSampled>,
    /// How the backend keeps them, and how long; null where its settings do not say.
    #[serde(default)]
    pub keeps: Option<String>,
    /// The setting that decides it.
    pub place: Option<Place>,
}

/// How many of the new traces are left at the end of a way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TraceSampled {
    /// The share that is left at most, 0 to 1.
    pub at_most: String,
    /// Whether it is that share.
    pub exact: bool,
    /// Everyone who decides, in order.
    pub by: Vec<TraceSampler>,
}

/// One that decides which traces are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceSampler {
    /// head, collector or tail.
    pub kind: String,
    /// The service, or the processor and its collector.
    pub at: String,
    /// The share it keeps; null where it depends on the trace, or is not known.
    pub share: Option<String>,
}

/// Counts of all services.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceSummary {
    /// How many there are.
    pub services: u64,
    /// How many of them are listed.
    pub listed: u64,
    /// How blue's ways end.
    pub blue: EndCounts,
    /// How green's ways end.
    pub green: EndCounts,
    /// Of how many services each fact is said.
    pub facts: Vec<FactCount>,
}

/// How many ways of one side end how, each counted once by its worst end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndCounts {
    /// At backends only.
    pub backend: u64,
    /// Where it cannot be told.
    pub unresolved: u64,
    /// Nowhere: no spans are exported.
    pub dark: u64,
    /// Lost on the way.
    pub broken: u64,
}

/// Of how many services one fact is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactCount {
    /// The fact.
    pub fact: String,
    /// How many services.
    pub count: u64,
}

impl From<model::Trace> for Trace {
    fn from(trace: model::Trace) -> Self {
        let ends = |ends: &std::collections::BTreeMap<model::EndKind, u64>| {
            let of = |kind| ends.get(&kind).copied().unwrap_or_default();
            EndCounts {
                backend: of(model::EndKind::Backend),
                unresolved: of(model::EndKind::Unresolved),
                dark: of(model::EndKind::Dark),
                broken: of(model::EndKind::Broken),
            }
        };
        let fact = |(fact, count): (&model::TraceFact, &u64)| FactCount {
            fact: fact.name().to_owned(),
            count: *count,
        };
        let summary = TraceSummary {
            services: trace.total,
            listed: trace.services.len() as u64,
            blue: ends(&trace.ends.blue),
            green: ends(&trace.ends.green),
            facts: trace.facts.iter().map(fact).collect(),
        };
        Self { services: trace.services.into_iter().map(ServiceTrace::from).collect(), summary }
    }
}

impl From<model::ServiceTrace> for ServiceTrace {
    fn from(service: model::ServiceTrace) -> Self {
        Self {
            service: service.service,
            settings: service.settings,
            facts: service.facts.iter().map(|fact| fact.name().to_owned()).collect(),
            blue: service.paths.blue.map(TracePath::from),
            green: service.paths.green.map(TracePath::from),
        }
    }
}

impl From<model::TracePath> for TracePath {
    fn from(path: model::TracePath) -> Self {
        let reason = path.end().and_then(|end| reason(end.reason.clone()));
        Self {
            end: path.kind().name().to_owned(),
            reason,
            sampling: path.sampling,
            context: Some(TraceContext::from(path.context)),
            costs: path.costs,
            hops: path.hops.into_iter().map(TraceHop::from).collect(),
            ends: path.ends.into_iter().map(TraceEnd::from).collect(),
        }
    }
}

impl From<model::Hop> for TraceHop {
    fn from(hop: model::Hop) -> Self {
        Self {
            from: hop.from,
            to: hop.to,
            reaches: hop.reaches,
            transport: hop.transport.name().to_owned(),
            processors: hop.processors,
            authenticated: hop.authenticated,
            headers: hop.headers.into_iter().map(TraceHeader::from).collect(),
            place: hop.place.map(Place::from),
        }
    }
}

impl From<model::Header> for TraceHeader {
    fn from(header: model::Header) -> Self {
        Self { name: header.name, value: header.value }
    }
}

impl From<model::PathContext> for TraceContext {
    fn from(context: model::PathContext) -> Self {
        let lost: Vec<bool> = context.calls.iter().map(|call| context.is_lost(call)).collect();
        let call = |(call, lost): (model::ContextCall, bool)| TraceCall {
            to: call.to,
            reads: call.reads,
            shared: call.shared,
            lost,
        };
        let calls = context.calls.into_iter().zip(lost).map(call).collect();
        let formats = |all: &Option<Arc<[String]>>| all.as_deref().map(<[String]>::to_vec);
        Self { writes: formats(&context.writes), reads: formats(&context.reads), calls }
    }
}

impl From<model::End> for TraceEnd {
    fn from(end: model::End) -> Self {
        Self {
            end: end.kind.name().to_owned(),
            at: end.at,
            reason: reason(end.reason),
            scrubs: end.scrubs,
            scrubbed: end.scrubbed,
            sampled: end.sampled.map(TraceSampled::from),
            keeps: end.keeps,
            place: end.place.map(Place::from),
        }
    }
}

impl From<model::Sampled> for TraceSampled {
    fn from(sampled: model::Sampled) -> Self {
        let decider = |one: model::Sampler| TraceSampler {
            kind: one.kind.to_owned(),
            at: one.at,
            share: one.share,
        };
        Self {
            at_most: sampled.at_most,
            exact: sampled.is_exact,
            by: sampled.by.into_iter().map(decider).collect(),
        }
    }
}

fn reason(reason: String) -> Option<String> {
    Some(reason).filter(|reason| !reason.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::SCHEMA_JSON;
    use super::Trace;
    use crate::model::{EndKind, TraceFact, Transport};

    #[test]
    fn an_empty_object_is_a_report_from_before() {
        assert_eq!(serde_json::from_str::<Trace>("{}").unwrap(), Trace::default());
    }

    #[test]
    fn the_schema_lists_the_words_of_ways() {
        let schema: Value = serde_json::from_str(SCHEMA_JSON).unwrap();
        let words = |at: &str| schema.pointer(at).unwrap()["enum"].clone();
        let ends: Vec<&str> = EndKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(words("/$defs/traceEnd/properties/end"), Value::from(ends.clone()));
        assert_eq!(words("/$defs/tracePath/properties/end"), Value::from(ends));
        let transports = [Transport::Clear, Transport::Unknown, Transport::Tls];
        let transports: Vec<&str> = transports.iter().map(|one| one.name()).collect();
        assert_eq!(words("/$defs/traceHop/properties/transport"), Value::from(transports));
        let about = schema.pointer("/$defs/serviceTrace/properties/facts/description").unwrap();
        for fact in TraceFact::ALL {
            assert!(about.as_str().unwrap().contains(fact.name()), "{}", fact.name());
        }
    }
}

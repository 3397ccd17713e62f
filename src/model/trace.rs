//! How spans travel: from a service over collectors to where they are kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Pair, Place};

/// Whether a hop is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// It is not.
    Clear,
    /// Nobody here can tell.
    Unknown,
    /// It goes over TLS.
    Tls,
}

impl Transport {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Unknown => "unknown",
            Self::Tls => "tls",
        }
    }
}

/// One leg of a way: from a service or a collector to an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// The service, or the collector by the name people know its configuration by.
    pub from: String,
    /// Host and port, as written.
    pub to: String,
    /// What takes spans there and hands them on, as the next leg names it; absent for an end.
    pub reaches: Option<String>,
    /// Whether it is encrypted.
    pub transport: Transport,
    /// Ids of the processors that spans pass in `from` before they leave it, in order.
    pub processors: Vec<String>,
    /// Whether spans carry a credential, or headers that may be one; absent where that is not known.
    pub authenticated: Option<bool>,
    /// Headers that spans are told to carry, sorted by name: tenants and credentials among them.
    pub headers: Vec<Header>,
    /// The setting or the exporter that says where `to` is.
    pub place: Option<Place>,
}

/// A header that spans carry over a hop.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Header {
    /// Its name, in lower case.
    pub name: String,
    /// Its value as written, a secret as its class and fingerprint; in words who says it, where that is
    /// not known here.
    pub value: String,
}

/// How a service passes the context of its traces on, and takes it over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathContext {
    /// Formats it passes context on in; absent where that is not known.
    pub writes: Option<Arc<[String]>>,
    /// Formats it takes context over in; absent where that is not known.
    pub reads: Option<Arc<[String]>>,
    /// Whom it is told to call, sorted.
    pub calls: Vec<ContextCall>,
}

/// A call of a service to another, or to a host outside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContextCall {
    /// The service that is called, or the host.
    pub to: String,
    /// Formats that it takes context over in; absent for a host outside.
    pub reads: Option<Vec<String>>,
    /// Formats of both.
    pub shared: Vec<String>,
}

impl PathContext {
    /// Whether what it passes on in a call is known not to be taken over.
    pub fn is_lost(&self, call: &ContextCall) -> bool {
        let says = self.writes.as_ref().is_some_and(|writes| !writes.is_empty());
        says && call.shared.is_empty() && call.reads.is_some()
    }
}

/// How a way ends, worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndKind {
    /// Spans reach a host that is no collector known here.
    Backend,
    /// Where spans go cannot be told from what was read.
    Unresolved,
    /// Spans are not exported at all.
    Dark,
    /// Spans are sent, and lost on the way.
    Broken,
}

impl EndKind {
    /// Every kind, best first.
    pub const ALL: [Self; 4] = [Self::Backend, Self::Unresolved, Self::Dark, Self::Broken];

    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Backend => "backend",
            Self::Unresolved => "unresolved",
            Self::Dark => "dark",
            Self::Broken => "broken",
        }
    }
}

/// One end of a way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// How it ends.
    pub kind: EndKind,
    /// Where: the backend's host and port; the service or collector that spans do not get beyond.
    pub at: String,
    /// Why; empty for a backend.
    pub reason: String,
    /// How many processors that remove or mask data spans pass on the way to it; absent where a
    /// part of the way is not known.
    pub scrubs: Option<u32>,
    /// These processors, each with its collector, in order.
    pub scrubbed: Vec<String>,
    /// How many new traces get there, and who decides that; nothing where spans do not get there.
    pub sampled: Option<Sampled>,
    /// How the backend keeps them, and how long, as far as its settings say; absent where they do not.
    pub keeps: Option<String>,
    /// The setting that decides it.
    pub place: Option<Place>,
}

/// How many of the new traces are left at the end of a way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sampled {
    /// The share that is left at most, 0 to 1, in decimal digits.
    pub at_most: String,
    /// Whether it is that share: no sampler on the way decides by what it sees, and all are known.
    pub is_exact: bool,
    /// Everyone who decides, in order.
    pub by: Vec<Sampler>,
}

/// One that decides which traces are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sampler {
    /// `head` where a trace begins, `collector` for a share on the way, `tail` for whole traces.
    pub kind: &'static str,
    /// Who: the service, or the processor and its collector.
    pub at: String,
    /// The share it keeps; absent where it depends on the trace, or is not known.
    pub share: Option<String>,
}

/// The way of one service's spans on one side. It forks where a collector exports twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracePath {
    /// Every leg, a fork's branches one after the other.
    pub hops: Vec<Hop>,
    /// Every end, in the order of the legs; never empty.
    pub ends: Vec<End>,
    /// How many new traces the service keeps, in words.
    pub sampling: String,
    /// How its context travels.
    pub context: PathContext,
    /// What on it costs more than the spans themselves: metrics made of them, copies, printing.
    pub costs: Vec<String>,
}

impl TracePath {
    /// The worst end, the first of several.
    pub fn end(&self) -> Option<&End> {
        self.ends.iter().rev().max_by_key(|end| end.kind)
    }

    /// How the way ends, at worst.
    pub fn kind(&self) -> EndKind {
        self.end().map_or(EndKind::Unresolved, |end| end.kind)
    }

    /// Whether spans get to some backend.
    pub fn reaches_backend(&self) -> bool {
        self.ends.iter().any(|end| end.kind == EndKind::Backend)
    }
}

/// What can be said about the ways of one service, green's beside blue's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TraceFact {
    /// Blue's spans get to a backend, green's are known to get to none.
    PathLost,
    /// Green's spans get to a backend, blue's are known to get to none.
    PathGained,
    /// Green's spans are sent and lost on the way.
    PathBroken,
    /// Green exports no spans.
    DarkService,
    /// A collector on green's way does not start.
    CollectorWouldNotStart,
    /// Green's spans come back to where they were.
    SelfLoop,
    /// Context is passed on in a format that the other end does not read, in green only.
    ContextBroken,
    /// A hop of green goes to a host that names blue.
    ColourCrossing,
    /// The spans of both get to backends, but not to the same ones.
    PathRedirected,
    /// A header that names a tenant has another value.
    TenantChanged,
    /// The services keep another share of new traces, or collectors on the way sample otherwise.
    SamplingChanged,
    /// Green's spans pass fewer processors that remove or mask data.
    ScrubWeakened,
    /// Green's spans pass more processors that remove or mask data.
    ScrubStrengthened,
    /// A hop that is encrypted in blue is not in green.
    TransportWeakened,
    /// A hop that is encrypted in green is not in blue.
    TransportStrengthened,
    /// A hop that carries a credential in blue carries none in green.
    Unauthenticated,
    /// The ways differ in something else.
    PathChanged,
    /// The ways are the same, colours apart.
    Unchanged,
}

impl TraceFact {
    /// Every fact, in the order of reports.
    pub const ALL: [Self; 18] = [
        Self::PathLost,
        Self::PathGained,
        Self::PathBroken,
        Self::DarkService,
        Self::CollectorWouldNotStart,
        Self::SelfLoop,
        Self::ContextBroken,
        Self::ColourCrossing,
        Self::PathRedirected,
        Self::TenantChanged,
        Self::SamplingChanged,
        Self::ScrubWeakened,
        Self::ScrubStrengthened,
        Self::TransportWeakened,
        Self::TransportStrengthened,
        Self::Unauthenticated,
        Self::PathChanged,
        Self::Unchanged,
    ];

    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PathLost => "path-lost",
            Self::PathGained => "path-gained",
            Self::PathBroken => "path-broken",
            Self::DarkService => "dark-service",
            Self::CollectorWouldNotStart => "collector-would-not-start",
            Self::SelfLoop => "self-loop",
            Self::ContextBroken => "context-broken",
            Self::ColourCrossing => "colour-crossing",
            Self::PathRedirected => "path-redirected",
            Self::TenantChanged => "tenant-changed",
            Self::SamplingChanged => "sampling-changed",
            Self::ScrubWeakened => "scrub-weakened",
            Self::ScrubStrengthened => "scrub-strengthened",
            Self::TransportWeakened => "transport-weakened",
            Self::TransportStrengthened => "transport-strengthened",
            Self::Unauthenticated => "unauthenticated",
            Self::PathChanged => "path-changed",
            Self::Unchanged => "unchanged",
        }
    }
}

/// One service, by one source of its tracing settings, with its way on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceTrace {
    /// The service, colours folded.
    pub service: String,
    /// Who holds its settings, colours folded: `deployment/pay/app`, or a file.
    pub settings: String,
    /// What can be said, in the order of [`TraceFact::ALL`].
    pub facts: Vec<TraceFact>,
    /// Its way on each side; absent where the side has no such service.
    pub paths: Pair<Option<TracePath>>,
}

impl ServiceTrace {
    /// Whether nothing is to be told: the same on both sides, and every end a backend.
    pub fn is_healthy(&self) -> bool {
        let backend =
            |path: &Option<TracePath>| path.as_ref().is_none_or(|p| p.kind() == EndKind::Backend);
        self.facts == [TraceFact::Unchanged]
            && backend(&self.paths.blue)
            && backend(&self.paths.green)
    }
}

/// How the spans of every service travel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// Services, sorted: those of which something is to be told, or all of them when the full
    /// ledger was asked for.
    pub services: Vec<ServiceTrace>,
    /// How many services there are.
    pub total: u64,
    /// How many ways end how, per side.
    pub ends: Pair<BTreeMap<EndKind, u64>>,
    /// Of how many services each fact is said.
    pub facts: BTreeMap<TraceFact, u64>,
}

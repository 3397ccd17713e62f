//! The ways of one side as a net: who sends to whom.

use std::collections::BTreeMap;

use super::words;
use crate::wire::report::{ServiceTrace, Side, TraceHop, TracePath};

/// What stands at a knot of the net.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A service, where spans begin.
    Service,
    /// Something that hands spans on.
    Relay,
    /// An address.
    Host,
}

/// One knot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Knot {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// How ways end here at worst: backend, unresolved, dark or broken; absent where none ends.
    pub(super) end: Option<String>,
    /// Why they end here, each reason once.
    pub(super) reasons: Vec<String>,
    /// What else is to be said of it, each once: what spans pass before they are kept, context lost.
    pub(super) notes: Vec<String>,
}

/// One leg, or several between the same two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leg {
    pub(super) from: usize,
    pub(super) to: usize,
    /// How the spans of it are protected, each way once.
    pub(super) transports: Vec<String>,
    /// What spans pass before they leave.
    pub(super) processors: Vec<String>,
    /// Headers that they carry, each once.
    pub(super) headers: Vec<String>,
    /// How many services' spans take it.
    pub(super) services: usize,
}

/// The net of one side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Net {
    pub(super) knots: Vec<Knot>,
    pub(super) legs: Vec<Leg>,
    index: BTreeMap<(Kind, String), usize>,
}

/// Ends, best first.
const ENDS: [&str; 4] = ["backend", "unresolved", "dark", "broken"];

impl Net {
    /// Ties the ways of one side together.
    pub(super) fn of(services: &[ServiceTrace], side: Side) -> Self {
        let mut net = Self::default();
        for service in services {
            let paths = service.paths();
            let path = if side == Side::Blue { paths.blue } else { paths.green };
            if let Some(path) = path {
                net.add(service, path);
            }
        }
        net
    }

    fn add(&mut self, service: &ServiceTrace, path: &TracePath) {
        let own = format!("{} ({})", service.service, service.settings);
        let own = self.knot(Kind::Service, &own);
        let mut met: BTreeMap<&str, usize> = BTreeMap::new();
        for (nth, hop) in path.hops.iter().enumerate() {
            // The first leg leaves the service; a relay is named by the leg that reaches it.
            let from = if nth == 0 { own } else { self.knot(Kind::Relay, &hop.from) };
            let to = match &hop.reaches {
                Some(name) => self.knot(Kind::Relay, name),
                None => self.knot(Kind::Host, &hop.to),
            };
            met.insert(&hop.to, to);
            met.entry(&hop.from).or_insert(from);
            if let Some(name) = &hop.reaches {
                met.insert(name, to);
            }
            self.leg((from, to), hop);
        }
        for (text, _) in words::calls(path).filter(|(_, is_lost)| *is_lost) {
            self.note(own, text);
        }
        for end in &path.ends {
            let at = met.get(end.at.as_str()).copied().unwrap_or_else(|| {
                // A dark service ends at itself; a broken collector, where its leg reaches it.
                if path.hops.is_empty() { own } else { self.knot(Kind::Relay, &end.at) }
            });
            let Some(knot) = self.knots.get_mut(at) else { continue };
            let rank = |end: &str| ENDS.iter().position(|known| *known == end);
            if knot.end.as_deref().is_none_or(|known| rank(known) < rank(&end.end)) {
                knot.end = Some(end.end.clone());
            }
            if let Some(reason) = &end.reason
                && !knot.reasons.contains(reason)
            {
                knot.reasons.push(reason.clone());
            }
            if let Some(text) = words::kinds(end) {
                self.note(at, text);
            }
        }
    }

    fn knot(&mut self, kind: Kind, name: &str) -> usize {
        *self.index.entry((kind, name.to_owned())).or_insert_with(|| {
            let name = name.to_owned();
            let (reasons, notes) = (Vec::new(), Vec::new());
            self.knots.push(Knot { kind, name, end: None, reasons, notes });
            self.knots.len().saturating_sub(1)
        })
    }

    fn note(&mut self, knot: usize, text: String) {
        let Some(knot) = self.knots.get_mut(knot) else { return };
        if !knot.notes.contains(&text) {
            knot.notes.push(text);
        }
    }

    fn leg(&mut self, (from, to): (usize, usize), hop: &TraceHop) {
        let known = self.legs.iter().position(|leg| (leg.from, leg.to) == (from, to));
        let at = known.unwrap_or_else(|| {
            self.legs.push(Leg {
                from,
                to,
                transports: Vec::new(),
                processors: hop.processors.clone(),
                headers: Vec::new(),
                services: 0,
            });
            self.legs.len().saturating_sub(1)
        });
        let Some(leg) = self.legs.get_mut(at) else { return };
        leg.services = leg.services.saturating_add(1);
        if !leg.transports.contains(&hop.transport) {
            leg.transports.push(hop.transport.clone());
        }
        if let Some(headers) = words::headers(hop).filter(|text| !leg.headers.contains(text)) {
            leg.headers.push(headers);
        }
    }
}

impl Leg {
    /// What is written beside it.
    pub(super) fn label(&self) -> String {
        let several = (self.services > 1).then(|| format!("{} services", self.services));
        let headers =
            (!self.headers.is_empty()).then(|| format!("with {}", self.headers.join("; ")));
        let all = [Some(self.transports.join("/")), several, headers];
        all.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

//! The way of one service in the making: hops and ends under limits.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::anchor::{self, Anchor, At, Home};
use super::collector::Collector;
use super::fault::Fault;
use crate::model::{End, EndKind, Hop, PathContext, Sampled, Sampler, TracePath};

/// How many hops one way has at most, forks included.
const HOPS_MAX: usize = 64;
/// How many ends one way has at most.
const ENDS_MAX: usize = 32;

/// The way of one service, by one source of its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePath {
    /// The service, as written on its side.
    pub service: String,
    /// Who holds the settings, as written: `deployment/pay/app`, or a file.
    pub settings: String,
    /// The namespace they are in; empty where there is none.
    pub namespace: String,
    /// The document they stand in, where that is known.
    pub home: Option<Arc<Home>>,
    /// What joins it with its like on the other side, colours folded.
    pub key: String,
    /// Whether nothing says where its spans go.
    pub is_silent: bool,
    /// Where it is said where its spans go.
    pub at: Option<Anchor>,
    /// The way.
    pub path: TracePath,
    /// What keeps its spans from arriving.
    pub faults: Vec<Fault>,
}

/// A way in the making.
#[derive(Debug, Default)]
pub(super) struct Builder {
    hops: Vec<Hop>,
    ends: Vec<End>,
    faults: Vec<Fault>,
    costs: BTreeSet<String>,
    cut: bool,
}

impl Builder {
    /// Adds a leg; nothing when the way is too long already.
    pub(super) fn hop(&mut self, hop: Hop) -> bool {
        if self.hops.len() >= HOPS_MAX || self.ends.len() >= ENDS_MAX {
            self.cut = true;
            return false;
        }
        self.hops.push(hop);
        true
    }

    /// Adds an end.
    pub(super) fn end(
        &mut self,
        kind: EndKind,
        at: impl Into<String>,
        reason: impl Into<String>,
        scrubbed: Option<&[String]>,
        place: &At,
    ) {
        let place = anchor::place(place);
        let (sampled, keeps) = (None, None);
        let (at, reason) = (at.into(), reason.into());
        let (scrubs, scrubbed) = counted(scrubbed);
        self.ends.push(End { kind, at, reason, scrubs, scrubbed, sampled, keeps, place });
    }

    /// Adds a backend that spans get to, past these samplers, and how it keeps them.
    pub(super) fn arrive(
        &mut self,
        at: &str,
        scrubbed: &[String],
        (by, keeps): (&[Sampler], Option<String>),
        place: &At,
    ) {
        let (kind, at, reason) = (EndKind::Backend, at.to_owned(), String::new());
        let (sampled, place) = (Some(kept(by)), anchor::place(place));
        let (scrubs, scrubbed) = counted(Some(scrubbed));
        self.ends.push(End { kind, at, reason, scrubs, scrubbed, sampled, keeps, place });
    }

    /// Notes what costs more than the spans themselves.
    pub(super) fn cost(&mut self, what: String) {
        self.costs.insert(what);
    }

    /// Adds an end that a fault makes.
    pub(super) fn fault(
        &mut self,
        kind: EndKind,
        at: impl Into<String>,
        scrubbed: Option<&[String]>,
        fault: Fault,
    ) {
        let first = fault.at.first().cloned();
        self.end(kind, at, fault.reason.as_str(), scrubbed, &first);
        self.faults.push(fault);
    }

    /// Adds the end that a fault of a collector makes; none where its chart may have what it lacks.
    pub(super) fn lost(&mut self, at: &Collector, scrubbed: Option<&[String]>, fault: Fault) {
        if !at.is_of_chart {
            return self.fault(EndKind::Broken, &at.name, scrubbed, fault);
        }
        let reason =
            format!("{}; the chart that these values are for may have more of it", fault.reason);
        let first = fault.at.first().cloned();
        self.end(EndKind::Unresolved, &at.name, reason, None, &first);
    }

    /// The finished way.
    pub(super) fn finish(mut self, sampling: String) -> (TracePath, Vec<Fault>) {
        if self.cut || self.ends.is_empty() {
            let reason = format!(
                "the way has more than {HOPS_MAX} hops or {ENDS_MAX} ends; the rest is not followed"
            );
            let at = self.hops.last().map_or_else(String::new, |hop| hop.to.clone());
            self.end(EndKind::Unresolved, at, reason, None, &None);
        }
        self.hops.shrink_to_fit();
        self.ends.shrink_to_fit();
        let backends = self.ends.iter().filter(|end| end.kind == EndKind::Backend).count();
        if backends > 1 {
            self.costs.insert(format!("every span is kept {backends} times"));
        }
        let costs = self.costs.into_iter().collect();
        let (hops, ends, context) = (self.hops, self.ends, PathContext::default());
        (TracePath { hops, ends, sampling, context, costs }, self.faults)
    }
}

/// How many processors remove or mask data, and which.
fn counted(scrubbed: Option<&[String]>) -> (Option<u32>, Vec<String>) {
    let count = scrubbed.map(|all| u32::try_from(all.len()).unwrap_or(u32::MAX));
    (count, scrubbed.map(<[String]>::to_vec).unwrap_or_default())
}

/// What samplers leave, one after the other.
fn kept(by: &[Sampler]) -> Sampled {
    let shares = || by.iter().map(|one| one.share.as_deref().and_then(|text| text.parse().ok()));
    let at_most = decimal(shares().map(|share: Option<f64>| share.unwrap_or(1.0)).product());
    Sampled { at_most, is_exact: shares().all(|share| share.is_some()), by: by.to_vec() }
}

/// A share in decimal digits, as many as anybody says.
pub(super) fn decimal(share: f64) -> String {
    let text = format!("{share:.9}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Sampler, kept};

    #[test]
    fn what_is_left_is_what_every_sampler_leaves() {
        let sampler = |share: Option<&str>| Sampler {
            kind: "head",
            at: String::new(),
            share: share.map(str::to_owned),
        };
        let left = |shares: &[Option<&str>]| {
            let all: Vec<Sampler> = shares.iter().map(|share| sampler(*share)).collect();
            let kept = kept(&all);
            (kept.at_most, kept.is_exact)
        };
        assert_eq!(left(&[Some("0.1"), Some("0.2")]), ("0.02".to_owned(), true));
        assert_eq!(left(&[Some("0.25"), None]), ("0.25".to_owned(), false));
        assert_eq!(left(&[Some("1")]), ("1".to_owned(), true));
        assert_eq!(left(&[Some("0")]), ("0".to_owned(), true));
    }
}

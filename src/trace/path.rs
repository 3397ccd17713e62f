//! The way of one service in the making: hops and ends under limits.

use super::anchor::{self, Anchor, At};
use super::fault::Fault;
use crate::model::{End, EndKind, Hop, TracePath};

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
        scrubs: Option<u32>,
        place: &At,
    ) {
        let place = anchor::place(place);
        self.ends.push(End { kind, at: at.into(), reason: reason.into(), scrubs, place });
    }

    /// Adds an end that a fault makes.
    pub(super) fn fault(
        &mut self,
        kind: EndKind,
        at: impl Into<String>,
        scrubs: Option<u32>,
        fault: Fault,
    ) {
        let first = fault.at.first().cloned();
        self.end(kind, at, fault.reason.as_str(), scrubs, &first);
        self.faults.push(fault);
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
        (TracePath { hops: self.hops, ends: self.ends, sampling }, self.faults)
    }
}

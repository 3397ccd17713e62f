//! The way of one service in the making: hops and ends under limits.

use crate::model::{End, EndKind, Hop, Place, TracePath};

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
    /// The way.
    pub path: TracePath,
}

/// A way in the making.
#[derive(Debug, Default)]
pub(super) struct Builder {
    hops: Vec<Hop>,
    ends: Vec<End>,
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
        place: Option<Place>,
    ) {
        self.ends.push(End { kind, at: at.into(), reason: reason.into(), scrubs, place });
    }

    /// The finished way.
    pub(super) fn finish(mut self, sampling: String) -> TracePath {
        if self.cut || self.ends.is_empty() {
            let reason = format!(
                "the way has more than {HOPS_MAX} hops or {ENDS_MAX} ends; the rest is not followed"
            );
            let at = self.hops.last().map_or_else(String::new, |hop| hop.to.clone());
            self.end(EndKind::Unresolved, at, reason, None, None);
        }
        TracePath { hops: self.hops, ends: self.ends, sampling }
    }
}

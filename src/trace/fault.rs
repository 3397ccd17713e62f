//! What keeps spans from arriving, once per cause, however many services it hits.

use std::collections::{BTreeMap, BTreeSet};

use super::anchor::Anchor;
use super::path::ServicePath;

/// One reason why spans of a service do not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, as the rules name it: `bind-local`.
    pub kind: &'static str,
    /// What it is wrong with: a collector and its receiver, a Service. Faults of one kind and one
    /// subject are one.
    pub subject: String,
    /// Why, in words.
    pub reason: String,
    /// The settings that make it together: a finding points at the one that changed, else at the
    /// first.
    pub at: Vec<Anchor>,
}

impl Fault {
    pub(super) fn new(
        kind: &'static str,
        subject: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self { kind, subject: subject.into(), reason: reason.into(), at: Vec::new() }
    }

    /// The same, made by these settings too.
    #[must_use]
    pub(super) fn at<'a>(mut self, anchors: impl IntoIterator<Item = &'a Anchor>) -> Self {
        self.at.extend(anchors.into_iter().cloned());
        self
    }
}

/// One fault with every service it hits.
pub(super) struct Hit<'f> {
    pub(super) fault: &'f Fault,
    pub(super) at: Vec<Anchor>,
    pub(super) services: BTreeSet<&'f str>,
}

impl<'f> Hit<'f> {
    /// A fault by which no service is known to be hit.
    pub(super) fn of_nobody(fault: &'f Fault) -> Self {
        Self { fault, at: fault.at.clone(), services: BTreeSet::new() }
    }
}

/// The faults of all ways, by kind and subject.
pub(super) fn hits(paths: &[ServicePath]) -> BTreeMap<(&'static str, &str), Hit<'_>> {
    let mut hits: BTreeMap<(&'static str, &str), Hit<'_>> = BTreeMap::new();
    for path in paths {
        for fault in &path.faults {
            let key = (fault.kind, fault.subject.as_str());
            let hit = hits.entry(key).or_insert_with(|| Hit {
                fault,
                at: Vec::new(),
                services: BTreeSet::new(),
            });
            hit.services.insert(&path.service);
            hit.at.extend(fault.at.iter().cloned());
        }
    }
    for hit in hits.values_mut() {
        let mut seen = BTreeSet::new();
        hit.at.retain(|anchor| seen.insert(anchor.clone()));
    }
    hits
}

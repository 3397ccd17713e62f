//! Items of views that are kept whole, for what is asked of a side as a whole.

use std::collections::BTreeMap;

use super::anchor::{At, TakenItem, document_of};
use super::read::listed;
use crate::facts::{Fact, Packed};

/// Ways of keys by what they are asked for by.
type Ways = &'static [(&'static str, &'static [&'static str])];

/// The views whose items are kept, each with the ways of keys below an item whose
/// places are asked for.
const KEPT: &[(&str, Ways)] = &[
    ("cilium.policy", &[]),
    ("istio.authorization", &[]),
    (
        "istio.destinationrule",
        &[("tls/mode", &["tls", "mode"]), ("portLevelSettings", &["portLevelSettings"])],
    ),
    (
        "istio.mesh",
        &[
            ("extensionProviders", &["extensionProviders"]),
            ("defaultProviders", &["defaultProviders"]),
            ("defaultConfig/tracing/sampling", &["defaultConfig", "tracing", "sampling"]),
            ("outboundTrafficPolicy/mode", &["outboundTrafficPolicy", "mode"]),
        ],
    ),
    ("istio.peerauth", &[]),
    ("istio.serviceentry", &[]),
    ("istio.sidecar", &[]),
    ("istio.telemetry", &[("tracing", &["tracing"]), ("selector", &["selector"])]),
    ("k8s.collector-mode", &[]),
    ("k8s.disruption-budget", &[]),
    ("k8s.ingress-entry", &[]),
    ("k8s.namespace", &[]),
    ("k8s.instrumentation", &[("exporter", &["exporter"])]),
    ("k8s.config", &[]),
    ("k8s.reference", &[]),
    ("k8s.replicas", &[]),
    ("k8s.route", &[]),
    ("linkerd.proxy", &[]),
    ("rbac.binding", &[]),
    ("rollout.named-service", &[]),
    ("rbac.rule", &[]),
    ("sdk.attribute", &[]),
    ("k8s.networkpolicy", &[]),
    ("store.retention", &[]),
];

/// Whether items of a view are kept.
pub fn is_kept(view: &str) -> bool {
    KEPT.iter().any(|(known, _)| *known == view)
}

/// Kept items.
#[derive(Debug, Clone, Default)]
pub(super) struct Keeping {
    /// As they come, each with its view by its place among all.
    loose: Vec<(usize, Kept)>,
    /// By view, in the order of their documents, once [`Keeping::settle`] was called.
    settled: BTreeMap<&'static str, Vec<Kept>>,
}

impl Keeping {
    /// Keeps an item, where its view is kept. Of two of one name in a document, the later holds.
    pub(super) fn take(&mut self, view: &str, taken: &TakenItem<'_, '_>) -> bool {
        let mut known = KEPT.iter().enumerate();
        let Some((place, (_, keys))) = known.find(|(_, (known, _))| *known == view) else {
            return false;
        };
        let more = keys.iter().map(|(key, way)| (*key, Some(taken.at(way))));
        let (fact, at) = (Packed::of(taken.view, &taken.item.fact), taken.here());
        self.loose.push((place, Kept { fact, at: Some(at), more: more.collect() }));
        true
    }

    /// Adds those of other documents.
    pub(super) fn append(&mut self, mut next: Self) {
        self.loose.append(&mut next.loose);
    }

    /// Puts all of them in the order of their documents.
    pub(super) fn settle(&mut self) {
        let mut counts = vec![0_usize; KEPT.len()];
        for (place, _) in &self.loose {
            if let Some(count) = counts.get_mut(*place) {
                *count += 1;
            }
        }
        let mut sorted: Vec<Vec<Kept>> = counts.into_iter().map(Vec::with_capacity).collect();
        for (place, kept) in std::mem::take(&mut self.loose) {
            if let Some(items) = sorted.get_mut(place) {
                items.push(kept);
            }
        }
        for ((view, _), mut items) in KEPT.iter().zip(sorted).filter(|(_, all)| !all.is_empty()) {
            items.sort_by(|one, other| one.at.cmp(&other.at));
            self.settled.insert(view, items);
        }
    }
}

/// One item.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    fact: Packed,
    /// Where it stands.
    pub(super) at: At,
    more: Box<[(&'static str, At)]>,
}

impl Kept {
    /// A text of it as it stands there; empty where there is none.
    pub(super) fn word(&self, key: &str) -> &str {
        self.fact.text(key).unwrap_or_default()
    }

    /// A text of it; empty where there is none.
    pub(super) fn text(&self, key: &str) -> String {
        self.word(key).to_owned()
    }

    /// A text of it, if there is one.
    pub(super) fn said(&self, key: &str) -> Option<String> {
        self.fact.text(key).map(str::to_owned)
    }

    /// The texts of a list of it.
    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        listed(self.get(key).as_ref())
    }

    /// A field of it.
    pub(super) fn get(&self, key: &str) -> Option<Fact<'_>> {
        self.fact.get(key)
    }

    /// The file it stands in.
    pub(super) fn file(&self) -> Option<&str> {
        self.at.as_ref().map(|at| at.home.file.as_ref())
    }

    /// Its whole document.
    pub(super) fn at_document(&self) -> At {
        document_of(&self.at)
    }

    /// Where something below it stands, or would.
    pub(super) fn at(&self, key: &str) -> &At {
        const NOWHERE: &At = &None;
        self.more.iter().find(|(known, _)| *known == key).map_or(NOWHERE, |(_, at)| at)
    }
}

/// The items of a view.
pub(super) fn of_view<'k>(
    keeping: &'k Keeping,
    view: &'static str,
) -> impl Iterator<Item = &'k Kept> + Clone {
    keeping.settled.get(view).into_iter().flatten()
}

//! Items of views that are kept whole, for what is asked of a side as a whole.

use std::collections::BTreeMap;

use super::anchor::{Anchors, At, document_of};
use super::facts::Origin;
use super::read::text;
use crate::facts::{Fact, Item};

/// The views whose items are kept, each with the ways of keys below an item whose
/// places are asked for.
pub(super) const KEPT: &[(&str, &[&str])] = &[
    ("cilium.policy", &[]),
    ("istio.authorization", &[]),
    ("istio.destinationrule", &["tls/mode", "portLevelSettings"]),
    (
        "istio.mesh",
        &[
            "extensionProviders",
            "defaultProviders",
            "defaultConfig/tracing/sampling",
            "outboundTrafficPolicy/mode",
        ],
    ),
    ("istio.peerauth", &[]),
    ("istio.serviceentry", &[]),
    ("istio.sidecar", &[]),
    ("istio.telemetry", &["tracing", "selector"]),
    ("k8s.collector-mode", &[]),
    ("k8s.namespace", &[]),
    ("k8s.instrumentation", &["exporter"]),
    ("k8s.config", &[]),
    ("k8s.reference", &[]),
    ("k8s.replicas", &[]),
    ("k8s.route", &[]),
    ("linkerd.proxy", &[]),
    ("rbac.binding", &[]),
    ("rbac.rule", &[]),
    ("sdk.attribute", &[]),
    ("k8s.networkpolicy", &["podSelector", "policyTypes", "ingress", "egress"]),
];

/// Kept items by view, document and key.
pub(super) type Keeping = BTreeMap<(&'static str, Origin, String), Kept>;

/// One item.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) fact: Fact<'static>,
    /// Where it stands.
    pub(super) at: At,
    more: Vec<(&'static str, At)>,
}

impl Kept {
    /// An item, where its view is kept.
    pub(super) fn of(
        view: &str,
        item: &Item<'_>,
        anchors: &Anchors<'_>,
    ) -> Option<(&'static str, Self)> {
        let (view, keys) = KEPT.iter().find(|(known, _)| *known == view)?;
        let more = keys.iter().map(|key| {
            let way: Vec<&str> = key.split('/').collect();
            (*key, Some(anchors(item, &way)))
        });
        let fact = Fact::clone(&item.fact).into_owned();
        Some((view, Self { fact, at: Some(anchors(item, &[])), more: more.collect() }))
    }

    /// A text of it as it stands there; empty where there is none.
    pub(super) fn word(&self, key: &str) -> &str {
        let Some(Fact::Text(text)) = self.fact.get(key) else { return "" };
        text
    }

    /// A text of it; empty where there is none.
    pub(super) fn text(&self, key: &str) -> String {
        text(&self.fact, key).unwrap_or_default()
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
) -> impl Iterator<Item = &'k Kept> {
    let begin = (view, Origin::default(), String::new());
    keeping
        .range(begin..)
        .take_while(move |((known, _, _), _)| *known == view)
        .map(|(_, kept)| kept)
}

//! Proxies of Linkerd that report spans: as whom they take the collector for.
//!
//! linkerd2-proxy 29637b64f6ce (`linkerd/app/src/env.rs`): spans are sent over the mesh's own TLS to
//! the identity that a variable names, `<account>.<namespace>.serviceaccount.identity.…`.

use super::graph::Graph;
use super::host::Endpoint;
use super::kept::{Kept, of_view};
use super::target::Sender;
use super::views::{SideFacts, SideItem, SideView};
use crate::facts::Fact;

/// See its `about`.
pub(super) static IDENTITY: SideView = SideView {
    id: "trace.linkerd",
    about: "A proxy of Linkerd that reports spans, and the identity it expects of the collector",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("collector", "where it sends spans"),
        ("identity", "the identity it expects there: service account and namespace"),
        ("account", "service account and namespace of the pods there; absent when not known"),
    ],
    extract: identities,
};

fn identities(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let item = |proxy: &Kept| {
        let identity = proxy.text("identity");
        let mut parts = identity.split('.');
        let expected =
            format!("{}.{}", parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let fact = Fact::map([
            ("owner", Some(Fact::text(proxy.text("owner")))),
            ("collector", Some(Fact::text(proxy.text("collector")))),
            ("identity", Some(Fact::text(expected))),
            ("account", account(graph, proxy).map(Fact::text)),
        ]);
        let key = format!("{} {}", proxy.text("namespace"), proxy.text("owner"));
        let at = proxy.at.iter().cloned().collect();
        SideItem { key: graph.folded(&key), at, fact }
    };
    of_view(graph.kept, "linkerd.proxy").map(item).collect()
}

/// The service account of the pods behind a collector's address.
fn account(graph: &Graph<'_>, proxy: &Kept) -> Option<String> {
    let namespace = proxy.text("namespace");
    let endpoint = Endpoint::parse(&proxy.text("collector")).ok()?;
    let sender = Sender { namespace: Some(&namespace), ..Sender::default() };
    let service = graph.service_at(&endpoint, sender)?;
    let pods = graph.selected(service);
    let pod = pods.iter().find_map(|index| graph.workloads.get(*index).copied())?;
    let account = pod.account.clone().unwrap_or_else(|| "default".to_owned());
    Some(format!("{account}.{}", pod.namespace))
}

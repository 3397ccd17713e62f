//! Istio's say in how workloads talk to each other.

use super::{DIALECT, of_kinds};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static PEER_AUTHENTICATION: View = View {
    id: "istio.peerauth",
    about: "One mTLS mode of a PeerAuthentication: of the workload, or of one port",
    fields: &[
        ("owner", "the object: peerauthentication/default"),
        ("namespace", "its namespace; absent when it names none"),
        ("port", "the port it holds for; absent when it holds for all"),
        ("mode", "STRICT, PERMISSIVE, DISABLE or UNSET; UNSET when not said"),
        ("selector", "labels of the workloads it holds for; absent when for the namespace"),
    ],
    dialects: DIALECT,
    extract: peer_authentications,
};

/// See its `about`.
pub(in crate::facts) static DESTINATION_RULE: View = View {
    id: "istio.destinationrule",
    about: "The traffic policy of a DestinationRule",
    fields: &[
        ("owner", "the object: destinationrule/pay"),
        ("namespace", "its namespace; absent when it names none"),
        ("host", "the host it holds for"),
        ("tls_mode", "trafficPolicy.tls.mode; absent when not said"),
        ("skip_verify", "trafficPolicy.tls.insecureSkipVerify; false when not said"),
        ("policy", "the traffic policy as written"),
    ],
    dialects: DIALECT,
    extract: destination_rules,
};

fn peer_authentications<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["PeerAuthentication"]) {
        let owner = object.owner();
        let spec = object.cursor.place(&["spec"]);
        let mut add = |port: Option<&'t str>, way: &[&str]| {
            let mode = spec.fact_at(way).unwrap_or_else(|| Fact::text("UNSET"));
            let fact = Fact::map([
                ("owner", Some(Fact::text(owner.clone()))),
                ("namespace", Some(object.namespace).filter(|ns| !ns.is_empty()).map(Fact::text)),
                ("port", port.map(Fact::text)),
                ("mode", Some(mode)),
                ("selector", spec.fact_at(&["selector", "matchLabels"])),
            ]);
            let key = format!("{owner}/{}", port.unwrap_or_default());
            items.push(spec.place(way).item(key, fact));
        };
        add(None, &["mtls", "mode"]);
        for (port, _) in spec.get("portLevelMtls").map(|map| map.entries()).unwrap_or_default() {
            add(Some(port), &["portLevelMtls", port, "mode"]);
        }
    }
    items
}

fn destination_rules<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    of_kinds(document, &["DestinationRule"])
        .into_iter()
        .filter_map(|object| {
            let policy = object.cursor.at(&["spec", "trafficPolicy"])?;
            let owner = object.owner();
            let skip = policy.fact_at(&["tls", "insecureSkipVerify"]);
            let fact = Fact::map([
                ("owner", Some(Fact::text(owner.clone()))),
                ("namespace", Some(object.namespace).filter(|ns| !ns.is_empty()).map(Fact::text)),
                ("host", object.cursor.fact_at(&["spec", "host"])),
                ("tls_mode", policy.fact_at(&["tls", "mode"])),
                ("skip_verify", skip.or(Some(Fact::Bool(false)))),
                ("policy", policy.fact()),
            ]);
            Some(policy.item(owner, fact))
        })
        .collect()
}

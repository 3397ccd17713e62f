//! What of the cluster's network a workload opens: services, ingresses, network policies.

use super::{DIALECT, of_kinds};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};
use crate::model::Kind;

/// See its `about`.
pub(in crate::facts) static SERVICE: View = View {
    id: "k8s.service",
    about: "A Service",
    fields: &[
        ("owner", "the object: service/pay"),
        ("namespace", "its namespace; absent when it names none"),
        ("type", "ClusterIP, NodePort, LoadBalancer or ExternalName; ClusterIP when not said"),
        ("external_name", "the host name it stands for; absent when it stands for none"),
        ("selector", "labels of the pods it sends to"),
        ("headless", "whether it has no address of its own: clusterIP is None"),
        ("ports", "its ports as written"),
        ("internal_traffic", "internalTrafficPolicy; absent when not said"),
        ("external_ips", "externalIPs"),
        ("source_ranges", "loadBalancerSourceRanges; absent when not said"),
        ("annotations", "its annotations"),
    ],
    dialects: DIALECT,
    extract: services,
};

/// See its `about`.
pub(in crate::facts) static INGRESS: View = View {
    id: "k8s.ingress",
    about: "The spec of an Ingress",
    fields: &[
        ("owner", "the object: ingress/pay"),
        ("class", "ingressClassName"),
        ("tls", "whether it has a tls section with at least one entry"),
        ("tls_hosts", "hosts of its tls section"),
        ("hosts", "hosts of its rules"),
        ("annotations", "its annotations"),
    ],
    dialects: DIALECT,
    extract: ingresses,
};

/// See its `about`.
pub(in crate::facts) static POLICY: View = View {
    id: "k8s.networkpolicy",
    about: "The spec of a NetworkPolicy",
    fields: &[
        ("owner", "the object: networkpolicy/pay"),
        ("namespace", "its namespace; absent when it names none"),
        ("pod_selector", "which pods it holds for"),
        ("types", "policyTypes, filled in as the API server does when not said"),
        ("ingress", "its ingress rules as written"),
        ("egress", "its egress rules as written"),
    ],
    dialects: DIALECT,
    extract: policies,
};

/// See its `about`.
pub(in crate::facts) static PEER: View = View {
    id: "network.peer",
    about: "One address block that a NetworkPolicy opens, at its cidr",
    fields: &[
        ("owner", "the object: networkpolicy/pay"),
        ("direction", "ingress or egress"),
        ("cidr", "the block"),
        ("except", "blocks taken out of it"),
        ("open", "whether the block is every address: a prefix of length 0 without exceptions"),
    ],
    dialects: DIALECT,
    extract: peers,
};

fn services<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    of_kinds(document, &["Service"])
        .into_iter()
        .filter_map(|object| {
            let spec = object.cursor.get("spec")?;
            let owner = object.owner();
            let namespace = object.namespace;
            let fact = Fact::map([
                ("owner", Some(Fact::text(owner.clone()))),
                ("namespace", (!namespace.is_empty()).then(|| Fact::text(namespace))),
                ("type", spec.fact_at(&["type"]).or_else(|| Some(Fact::text("ClusterIP")))),
                ("external_name", spec.fact_at(&["externalName"])),
                ("selector", spec.fact_at(&["selector"])),
                ("headless", Some(Fact::Bool(spec.text(&["clusterIP"]) == Some("None")))),
                ("ports", spec.fact_at(&["ports"])),
                ("internal_traffic", spec.fact_at(&["internalTrafficPolicy"])),
                ("external_ips", spec.fact_at(&["externalIPs"])),
                ("source_ranges", spec.fact_at(&["loadBalancerSourceRanges"])),
                ("annotations", object.cursor.fact_at(&["metadata", "annotations"])),
            ]);
            Some(spec.item(owner, fact))
        })
        .collect()
}

fn ingresses<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    of_kinds(document, &["Ingress"])
        .into_iter()
        .filter_map(|object| {
            let spec = object.cursor.get("spec")?;
            let owner = object.owner();
            let members = |key: &str| spec.get(key).map(|list| list.items()).unwrap_or_default();
            let hosts = members("rules").iter().filter_map(|r| r.fact_at(&["host"])).collect();
            let tls_hosts = members("tls").iter().filter_map(|t| t.get("hosts")).fold(
                Vec::new(),
                |mut all, list| {
                    all.extend(list.node.items().map(|host| Fact::text(host.text())));
                    all
                },
            );
            let fact = Fact::map([
                ("owner", Some(Fact::text(owner.clone()))),
                ("class", spec.fact_at(&["ingressClassName"])),
                ("tls", Some(Fact::Bool(spec.node.get("tls").is_some_and(|tls| !tls.is_empty())))),
                ("tls_hosts", Some(Fact::List(tls_hosts))),
                ("hosts", Some(Fact::List(hosts))),
                ("annotations", object.cursor.fact_at(&["metadata", "annotations"])),
            ]);
            Some(spec.item(owner, fact))
        })
        .collect()
}

fn policies<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    of_kinds(document, &["NetworkPolicy"])
        .into_iter()
        .filter_map(|object| {
            let spec = object.cursor.get("spec")?;
            let owner = object.owner();
            let namespace = object.namespace;
            let mut implied = vec![Fact::text("Ingress")];
            if spec.node.get("egress").is_some() {
                implied.push(Fact::text("Egress"));
            }
            let fact = Fact::map([
                ("owner", Some(Fact::text(owner.clone()))),
                ("namespace", (!namespace.is_empty()).then(|| Fact::text(namespace))),
                ("pod_selector", spec.fact_at(&["podSelector"])),
                ("types", spec.fact_at(&["policyTypes"]).or(Some(Fact::List(implied)))),
                ("ingress", spec.fact_at(&["ingress"])),
                ("egress", spec.fact_at(&["egress"])),
            ]);
            Some(spec.item(owner, fact))
        })
        .collect()
}

fn peers<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["NetworkPolicy"]) {
        for (direction, side) in [("ingress", "from"), ("egress", "to")] {
            let rules = object.cursor.at(&["spec", direction]).map(|list| list.items());
            let peers = rules.iter().flatten().filter_map(|rule| Some(rule.get(side)?.items()));
            for peer in peers.flatten() {
                if let Some(block) = peer.get("ipBlock").filter(|b| b.node.kind() == Kind::Map) {
                    items.extend(peer_item(&object.owner(), direction, &block));
                }
            }
        }
    }
    items
}

fn peer_item<'t>(owner: &str, direction: &'static str, block: &Cursor<'t>) -> Option<Item<'t>> {
    let cidr = block.get("cidr")?;
    let text = cidr.node.text();
    let excepted = block.node.get("except").is_some_and(|list| !list.is_empty());
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.to_owned()))),
        ("direction", Some(Fact::text(direction))),
        ("cidr", Some(Fact::text(text))),
        ("except", block.fact_at(&["except"])),
        ("open", Some(Fact::Bool(text.ends_with("/0") && !excepted))),
    ]);
    Some(cidr.item_here(fact))
}

//! Where pods may run, and how what runs is spread.

use std::collections::BTreeSet;

use super::{DIALECT, Pod, of_pods};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static SCHEDULING: View = View {
    id: "k8s.scheduling",
    about: "One thing that decides where pods run: a topology they are spread over (by a spread constraint \
            or an anti-affinity), a label of nodes they are bound to, their priority class",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("aspect", "spread, node or priority"),
        ("name", "the key of the topology or of the label; the priority class"),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    of_pods(document, |pod| {
        let mut items = spreads(pod);
        let nodes = pod.spec.get("nodeSelector").map(|map| map.entries()).unwrap_or_default();
        items.extend(nodes.iter().map(|(label, place)| item(pod, "node", label, place)));
        let class = pod.spec.get("priorityClassName").filter(|place| place.node.is_scalar());
        items.extend(class.map(|place| item(pod, "priority", place.node.text(), &place)));
        items
    })
}

/// A topology that two settings spread over is one.
fn spreads<'t>(pod: &Pod<'t>) -> Vec<Item<'t>> {
    let members = |keys: &[&str]| pod.spec.at(keys).map(|list| list.items()).unwrap_or_default();
    let anti = |which: &str| members(&["affinity", "podAntiAffinity", which]);
    let constraints = members(&["topologySpreadConstraints"]);
    let required = anti("requiredDuringSchedulingIgnoredDuringExecution");
    let preferred = anti("preferredDuringSchedulingIgnoredDuringExecution");
    let ways: [(&[Cursor<'t>], &[&str]); 3] = [
        (&constraints, &["topologyKey"]),
        (&required, &["topologyKey"]),
        (&preferred, &["podAffinityTerm", "topologyKey"]),
    ];
    let mut known = BTreeSet::new();
    let mut items = Vec::new();
    for (members, way) in ways {
        for member in members {
            let Some(topology) = member.text(way).filter(|key| known.insert(*key)) else {
                continue;
            };
            items.push(item(pod, "spread", topology, member));
        }
    }
    items
}

fn item<'t>(pod: &Pod<'t>, aspect: &'static str, name: &'t str, place: &Cursor<'t>) -> Item<'t> {
    let fact = Fact::map([
        ("owner", Some(Fact::text(pod.owner.clone()))),
        ("aspect", Some(Fact::text(aspect))),
        ("name", Some(Fact::text(name))),
    ]);
    let key = if aspect == "priority" { "" } else { name };
    place.item(format!("{}/{aspect}/{key}", pod.owner), fact)
}

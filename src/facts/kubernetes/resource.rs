//! Compute resources: one item per quantity.

use super::{DIALECT, of_containers};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static RESOURCE: View = View {
    id: "k8s.resource",
    about: "One request or limit of a container",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("container", "name of the container"),
        ("bound", "requests or limits"),
        ("resource", "cpu, memory, …"),
        ("amount", "the quantity as written, always text: 500m, 1Gi, 2"),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    of_containers(document, |pod, container| {
        let (owner, name) = (&pod.owner, container.name);
        let mut items = Vec::new();
        for bound in ["requests", "limits"] {
            let amounts = container.cursor.at(&["resources", bound]);
            for (resource, amount) in amounts.map(|map| map.entries()).unwrap_or_default() {
                let fact = Fact::map([
                    ("owner", Some(Fact::text(owner.clone()))),
                    ("container", Some(Fact::text(name))),
                    ("bound", Some(Fact::text(bound))),
                    ("resource", Some(Fact::text(resource))),
                    ("amount", Some(Fact::text(amount.node.text()))),
                ]);
                items.push(amount.item(format!("{owner}/{name}/{bound}/{resource}"), fact));
            }
        }
        items
    })
}

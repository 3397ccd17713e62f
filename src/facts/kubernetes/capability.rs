//! Capabilities: one item per list.

use super::container::capabilities;
use super::{DIALECT, containers, pods};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static CAPABILITY: View = View {
    id: "k8s.capability",
    about: "The capabilities that a container adds, or those that it drops",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("container", "name of the container"),
        ("list", "add or drop"),
        ("names", "the capabilities, in capitals; empty when not said"),
        ("os", "operating system of the pod: linux unless spec.os says otherwise"),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for pod in pods(document) {
        let owner = pod.object.owner();
        for container in containers(&pod) {
            let name = container.name;
            for list in ["add", "drop"] {
                let os = pod.spec.fact_at(&["os", "name"]);
                let fact = Fact::map([
                    ("owner", Some(Fact::text(owner.clone()))),
                    ("container", Some(Fact::text(name))),
                    ("list", Some(Fact::text(list))),
                    ("names", Some(capabilities(&container.cursor, list))),
                    ("os", os.or_else(|| Some(Fact::text("linux")))),
                ]);
                let place = container.cursor.place(&["securityContext", "capabilities", list]);
                items.push(place.item(format!("{owner}/{name}/{list}"), fact));
            }
        }
    }
    items
}

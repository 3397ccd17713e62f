//! Capabilities: one item per list.

use super::container::capabilities;
use super::{Container, DIALECT, Pod, of_containers};
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
    of_containers(document, |pod, container| {
        ["add", "drop"].map(|list| item(pod, container, list)).into()
    })
}

fn item<'t>(pod: &Pod<'t>, container: &Container<'t>, list: &'static str) -> Item<'t> {
    let (owner, name) = (&pod.owner, container.name);
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.clone()))),
        ("container", Some(Fact::text(name))),
        ("list", Some(Fact::text(list))),
        ("names", Some(capabilities(&container.cursor, list))),
        ("os", pod.spec.fact_at(&["os", "name"]).or_else(|| Some(Fact::text("linux")))),
    ]);
    let place = container.cursor.place(&["securityContext", "capabilities", list]);
    place.item(format!("{owner}/{name}/{list}"), fact)
}

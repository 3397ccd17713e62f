//! Whom containers are told to call.

use super::{Container, DIALECT, Pod, of_containers};
use crate::facts::cursor::Document;
use crate::facts::endpoint::parse;
use crate::facts::names::unresolved;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static CALL: View = View {
    id: "k8s.call",
    about: "A URL in a variable of a container, whose host is known",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("namespace", "the object's namespace; absent when it names none"),
        ("variable", "name of the variable"),
        ("host", "the host, in lower case"),
    ],
    dialects: DIALECT,
    extract: |document: &Document<'_>| of_containers(document, calls),
};

fn calls<'t>(pod: &Pod<'t>, container: &Container<'t>) -> Vec<Item<'t>> {
    let env = container.cursor.get("env").map(|list| list.items()).unwrap_or_default();
    let namespace = pod.object.namespace;
    let mut items = Vec::new();
    for member in env {
        let Some(place) = member.get("value") else { continue };
        let text = place.node.text();
        let Some(parts) = parse(text).filter(|_| text.contains("://")) else { continue };
        if unresolved(parts.host).is_some() {
            continue;
        }
        let fact = Fact::map([
            ("owner", Some(Fact::text(pod.owner.clone()))),
            ("namespace", (!namespace.is_empty()).then(|| Fact::text(namespace))),
            ("variable", member.fact_at(&["name"])),
            ("host", Some(Fact::text(parts.host.to_lowercase()))),
        ]);
        items.push(place.item_here(fact));
    }
    items
}

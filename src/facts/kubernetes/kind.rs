//! Objects as such: of what kind each is, and where it lives.

use super::{DIALECT, Object, objects};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static OBJECT: View = View {
    id: "k8s.object",
    about: "One object of a cluster, at its root",
    fields: &[
        ("owner", "the object: deployment/pay"),
        ("type", "version of its API and kind: apps/v1 Deployment"),
        ("namespace", "its namespace; absent when it names none"),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let one = |object: &Object<'t>| {
        let version = object.cursor.text(&["apiVersion"]).unwrap_or_default();
        let namespace = Some(object.namespace).filter(|namespace| !namespace.is_empty());
        let owner = object.owner();
        let fact = Fact::map([
            ("owner", Some(Fact::text(owner.clone()))),
            ("type", Some(Fact::text(format!("{version} {}", object.kind)))),
            ("namespace", namespace.map(Fact::text)),
        ]);
        object.cursor.item(owner, fact)
    };
    objects(document).iter().map(one).collect()
}

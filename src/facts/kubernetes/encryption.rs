//! How an API server encrypts what it keeps.

use super::{DIALECT, of_kinds};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};
use crate::model::Node;

/// See its `about`.
pub(in crate::facts) static ENCRYPTION: View = View {
    id: "k8s.encryption",
    about: "Resources that an EncryptionConfiguration names, with their providers, at the first of them",
    fields: &[
        ("resources", "the resources: secrets, configmaps"),
        ("first", "the provider that writes: the first; absent where there is none"),
        ("providers", "all of them in order; those behind the first only read"),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["EncryptionConfiguration", "EncryptionConfig"]) {
        let entries = object.cursor.get("resources").map(|list| list.items());
        for entry in entries.unwrap_or_default() {
            let named = entry.node.get("resources").into_iter().flat_map(Node::items);
            let providers = entry.get("providers").map(|list| list.items()).unwrap_or_default();
            let kind = |one: &crate::facts::Cursor<'t>| {
                one.node.entries().next().map(|entry| entry.key.text())
            };
            let kinds: Vec<&str> = providers.iter().filter_map(kind).collect();
            let fact = Fact::map([
                ("resources", Some(Fact::List(named.map(|one| Fact::text(one.text())).collect()))),
                ("first", kinds.first().map(|kind| Fact::text(*kind))),
                ("providers", Some(Fact::List(kinds.iter().map(|k| Fact::text(*k)).collect()))),
            ]);
            items.push(entry.place(&["providers"]).item_here(fact));
        }
    }
    items
}

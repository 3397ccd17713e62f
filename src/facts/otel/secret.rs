//! Values of a Collector's configuration that are secrets, or come from elsewhere.

use super::DIALECT;
use crate::facts::cursor::{Cursor, Document};
use crate::facts::names::owner;
use crate::facts::{Fact, Item, View};
use crate::model::secrets_in;

/// See its `about`.
pub(in crate::facts) static SECRET: View = View {
    id: "otel.secret",
    about: "One value of a Collector's configuration that is a secret, holds one, or names a variable",
    fields: &[
        ("owner", "who it belongs to: configmap/gateway, or the file"),
        ("name", "name of the setting, with the keys it stands under"),
        ("clear", "whether a secret stands there itself"),
    ],
    dialects: DIALECT,
    extract,
};

/// How deep values are looked for.
const DEPTH_MAX: usize = 64;

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    walk(&document.cursor(), &owner(document), 0, &mut items);
    items
}

fn walk<'t>(cursor: &Cursor<'t>, owner: &str, depth: usize, items: &mut Vec<Item<'t>>) {
    if depth > DEPTH_MAX {
        return;
    }
    if !cursor.node.is_scalar() {
        let members = cursor.entries().into_iter().map(|(_, member)| member);
        for member in members.chain(cursor.items()) {
            walk(&member, owner, depth.saturating_add(1), items);
        }
        return;
    }
    let text = cursor.node.text();
    let is_clear = !secrets_in(text).is_empty();
    if is_clear || text.contains("${") {
        let fact = Fact::map([
            ("owner", Some(Fact::text(owner.to_owned()))),
            ("name", Some(Fact::text(cursor.keys().join(".")))),
            ("clear", Some(Fact::Bool(is_clear))),
        ]);
        items.push(cursor.item_here(fact));
    }
}

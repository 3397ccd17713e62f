//! Texts that looked like masks before anything was masked. They were masked themselves.

use super::{Cursor, Document, Fact, Item, View};
use crate::model::{Kind, SECRET_PREFIX};

/// The class a collector gives to a text that imitates a mask.
const CLASS: &str = "forged-token";

/// Imitated masks.
pub(super) static TOKEN: View = View {
    id: "syntax.forged-token",
    about: "texts that imitate the mask of a secret, which could make two secrets look equal",
    fields: &[("value", "the mask that now stands there")],
    dialects: &[],
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let token = format!("{SECRET_PREFIX}{CLASS}.");
    let mut items = Vec::new();
    if document.root.raw().contains(&token) {
        search(&document.cursor(), &token, &mut items);
    }
    items
}

/// Depth is that of the tree, which its builder bounds.
fn search<'t>(cursor: &Cursor<'t>, token: &str, items: &mut Vec<Item<'t>>) {
    match cursor.node.kind() {
        Kind::Map => {
            for (_, entry) in cursor.entries() {
                search(&entry, token, items);
            }
        }
        Kind::List => {
            for item in cursor.items() {
                search(&item, token, items);
            }
        }
        Kind::Plain | Kind::Text | Kind::Number | Kind::Bool | Kind::Null => {
            if cursor.node.text().contains(token) {
                let value = Fact::text(cursor.node.text());
                let fact = Fact::map([("value", Some(value))]);
                items.push(cursor.item_here(fact));
            }
        }
    }
}

//! The settings of an SSH server.

use super::cursor::Document;
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static SETTING: View = View {
    id: "sshd.config",
    about: "One setting of an SSH server that is in force: of repeated keywords the first",
    fields: &[
        ("keyword", "the keyword in lower case"),
        ("value", "its arguments as written; aliases of one meaning under one name"),
        ("words", "its arguments, split at blanks and commas, in lower case"),
    ],
    dialects: &[],
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    if document.syntax != "sshd" {
        return Vec::new();
    }
    let mut seen: Vec<String> = Vec::new();
    let mut items = Vec::new();
    for (name, place) in document.cursor().entries() {
        let keyword = name.to_lowercase();
        // What a `Match` block holds is in force for some only.
        if !place.node.is_scalar() || seen.contains(&keyword) {
            continue;
        }
        let value = match place.node.text().trim() {
            // sshd_config(5): a deprecated alias.
            "without-password" => "prohibit-password",
            other => other,
        };
        let words = value.split([' ', '\t', ',']).filter(|word| !word.is_empty());
        let fact = Fact::map([
            ("keyword", Some(Fact::text(keyword.clone()))),
            ("value", Some(Fact::text(value))),
            ("words", Some(Fact::List(words.map(|w| Fact::text(w.to_lowercase())).collect()))),
        ]);
        items.push(place.item(keyword.clone(), fact));
        seen.push(keyword);
    }
    items
}

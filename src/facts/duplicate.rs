//! Keys that are written twice in one map.

use std::collections::BTreeMap;

use super::cursor::Document;
use super::settings::repeating;
use super::{Fact, Item, View};
use crate::model::{Node, Path};

/// See its `about`.
pub(super) static KEY: View = View {
    id: "syntax.duplicate-key",
    about: "A key that is written twice in one map, where readers keep one of them only; at the address of the key, at \
            the place of the later one",
    fields: &[
        ("key", "the key"),
        ("first", "what stands at the first"),
        (
            "place",
            "where the first stands: on line 3, or earlier where that is in an embedded document",
        ),
        ("later", "what stands at the last"),
        ("same", "whether both say the same"),
    ],
    dialects: &[],
    extract,
};

/// Syntaxes in which a repeated key is a mistake.
const SYNTAXES: [&str; 5] = ["yaml", "json", "toml", "dotenv", "properties"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    if !SYNTAXES.contains(&document.syntax) {
        return Vec::new();
    }
    let typing = document.typing();
    let text = |node| Fact::from_node(node, typing).unwrap_or_else(|| Fact::text(""));
    let mut items = Vec::new();
    for map in repeating(document) {
        for (key, first, later) in repeated(map.node) {
            let Some(mut place) = map.get(key) else { continue };
            place.node = later;
            let at = if document.base == Path::ROOT { line(first) } else { "earlier".to_owned() };
            let (first, later) = (text(first), text(later));
            let fact = Fact::map([
                ("key", Some(Fact::text(key))),
                ("same", Some(Fact::Bool(first == later))),
                ("first", Some(first)),
                ("place", Some(Fact::text(at))),
                ("later", Some(later)),
            ]);
            items.push(place.item_here(fact));
        }
    }
    items
}

/// The line a node of a file stands on.
fn line(node: Node<'_>) -> String {
    let before = node.tree_text().get(..node.span().start as usize).unwrap_or_default();
    format!("on line {}", 1 + before.matches('\n').count())
}

type Repeated<'t> = Vec<(&'t str, Node<'t>, Node<'t>)>;

/// Keys with their first and last value, by key.
fn repeated(node: Node<'_>) -> Repeated<'_> {
    let mut seen: BTreeMap<&str, (Node<'_>, Option<Node<'_>>)> = BTreeMap::new();
    for entry in node.entries() {
        let known = seen.entry(entry.key.text()).or_insert((entry.value, None));
        if known.0.span() != entry.value.span() {
            known.1 = Some(entry.value);
        }
    }
    let twice = seen.into_iter().filter_map(|(key, (first, later))| Some((key, first, later?)));
    twice.collect()
}

//! Keys that are written twice in one map.

use std::collections::BTreeMap;

use super::cursor::Document;
use super::settings::embeds;
use super::{Fact, Item, View};
use crate::model::{Kind, Limits, Node};

/// See its `about`.
pub(super) static KEY: View = View {
    id: "syntax.duplicate-key",
    about: "A key that is written twice in one map, where readers keep one of them only; at the \
            address of the key, at the place of the later one",
    fields: &[
        ("key", "the key"),
        ("first", "what stands at the first"),
        ("later", "what stands at the last"),
        ("same", "whether both say the same"),
    ],
    dialects: &[],
    extract,
};

/// Syntaxes in which a repeated key is a mistake.
const SYNTAXES: [&str; 5] = ["yaml", "json", "toml", "dotenv", "properties"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut found = Vec::new();
    if SYNTAXES.contains(&document.syntax) {
        let mut search =
            Search { document, trail: Vec::new(), keys: Vec::new(), found: Vec::new() };
        search.visit(document.root);
        found = search.found;
    }
    let root = document.cursor();
    let mut items = Vec::new();
    for (trail, repeated) in found {
        let Some(map) = root.follow(&trail) else { continue };
        for (key, first, later) in repeated {
            let Some(mut place) = map.get(key) else { continue };
            place.node = later;
            let typing = document.typing();
            let text = |node| Fact::from_node(node, typing).unwrap_or_else(|| Fact::text(""));
            let (first, later) = (text(first), text(later));
            let fact = Fact::map([
                ("key", Some(Fact::text(key))),
                ("same", Some(Fact::Bool(first == later))),
                ("first", Some(first)),
                ("later", Some(later)),
            ]);
            items.push(place.item(place.path.to_string(), fact));
        }
    }
    items
}

type Repeated<'t> = Vec<(&'t str, Node<'t>, Node<'t>)>;

struct Search<'d, 't> {
    document: &'d Document<'t>,
    trail: Vec<u32>,
    keys: Vec<&'t str>,
    found: Vec<(Vec<u32>, Repeated<'t>)>,
}

impl<'t> Search<'_, 't> {
    fn visit(&mut self, node: Node<'t>) {
        let depth_max = Limits::STANDARD.depth_max as usize;
        if node.is_scalar()
            || self.trail.len() > depth_max
            || embeds(self.document, &self.keys, self.trail.len())
        {
            return;
        }
        if node.kind() == Kind::Map {
            let repeated = repeated(node);
            if !repeated.is_empty() {
                self.found.push((self.trail.clone(), repeated));
            }
        }
        let entries = node.entries().map(|entry| (Some(entry.key.text()), entry.value));
        let members = node.items().map(|item| (None, item));
        for (index, (key, value)) in (0_u32..).zip(entries.chain(members)) {
            self.trail.push(index);
            self.keys.extend(key);
            self.visit(value);
            self.keys.truncate(self.keys.len().saturating_sub(usize::from(key.is_some())));
            self.trail.pop();
        }
    }
}

/// Keys with their first and last value, by key.
fn repeated(node: Node<'_>) -> Repeated<'_> {
    let mut keys: Vec<&str> = node.entries().map(|entry| entry.key.text()).collect();
    keys.sort_unstable();
    if keys.windows(2).all(|pair| pair.first() != pair.last()) {
        return Vec::new();
    }
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

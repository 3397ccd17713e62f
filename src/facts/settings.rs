//! Single named values, wherever a document keeps them.

use super::cursor::{Cursor, Document};
use crate::dialect::schema::{At, Seg};
use crate::model::Node;

/// One named value.
pub(super) struct Setting<'t> {
    /// Its name as written: the key, or the name of the variable whose value it is.
    pub(super) name: &'t str,
    /// Where its value stands.
    pub(super) place: Cursor<'t>,
}

impl<'t> Setting<'t> {
    /// The value's text.
    pub(super) fn text(&self) -> &'t str {
        self.place.node.text().trim()
    }

    /// The name with the keys it stands under: `clearinghouse.connect_timeout`.
    pub(super) fn full_name(&self) -> String {
        let keys = self.place.keys();
        if keys.last() == Some(&self.name) { keys.join(".") } else { self.name.to_owned() }
    }
}

/// A named value as it is looked for.
pub(super) struct Candidate<'c, 't> {
    /// Its name.
    pub(super) name: &'t str,
    /// Its value.
    pub(super) value: Node<'t>,
    /// The keys it stands under.
    pub(super) above: &'c [&'t str],
}

/// The named scalars of a document that `wanted` takes, in source order. A member such as
/// `{name: LOG_LEVEL, value: info}` is named by its `name`.
pub(super) fn settings<'t>(
    document: &Document<'t>,
    wanted: &dyn Fn(&Candidate<'_, 't>) -> bool,
) -> Vec<Setting<'t>> {
    let mut search =
        Search { document, wanted, trail: Vec::new(), above: Vec::new(), found: Vec::new() };
    search.visit(document.root);
    let root = document.cursor();
    search
        .found
        .into_iter()
        .filter_map(|(name, trail)| Some(Setting { name, place: root.follow(&trail)? }))
        .collect()
}

/// Deepest nesting that is searched; the trees of the syntaxes are not deeper.
const DEPTH_MAX: usize = crate::model::Limits::STANDARD.depth_max as usize;

struct Search<'w, 't> {
    document: &'w Document<'t>,
    wanted: &'w dyn Fn(&Candidate<'_, 't>) -> bool,
    trail: Vec<usize>,
    above: Vec<&'t str>,
    found: Vec<(&'t str, Vec<usize>)>,
}

impl<'t> Search<'_, 't> {
    fn visit(&mut self, node: Node<'t>) {
        if self.trail.len() > DEPTH_MAX {
            return;
        }
        let entries = node.entries().map(|entry| (Some(entry.key.text()), entry.value));
        let items = node.items().map(|item| (None, item));
        for (index, (key, value)) in entries.chain(items).enumerate() {
            self.trail.push(index);
            if value.is_scalar() {
                let paired = key.filter(|key| *key == "value").and_then(|_| variable_of(node));
                self.take(paired.or(key), value);
            } else {
                self.above.extend(key);
                if !self.is_another_document() {
                    self.visit(value);
                }
                self.above.truncate(self.above.len().saturating_sub(usize::from(key.is_some())));
            }
            self.trail.pop();
        }
    }

    /// Whether a document of another dialect stands here, which is searched for itself.
    fn is_another_document(&self) -> bool {
        embeds(self.document, &self.above, self.trail.len())
    }

    fn take(&mut self, name: Option<&'t str>, value: Node<'t>) {
        let Some(name) = name.filter(|name| !name.is_empty()) else { return };
        if (self.wanted)(&Candidate { name, value, above: &self.above }) {
            self.found.push((name, self.trail.clone()));
        }
    }
}

/// Whether a document of another dialect stands under these keys, `depth` steps from the root.
pub(super) fn embeds(document: &Document<'_>, keys: &[&str], depth: usize) -> bool {
    if keys.len() != depth {
        return false; // not below a list
    }
    let path: Vec<Seg<'_>> = keys.iter().map(|key| Seg::Key(key)).collect();
    let at = At { kind: &document.identity.kind, path: &path };
    document.dialect.schema().embed(at).is_some()
}

/// The name in `{name, value}`.
fn variable_of(node: Node<'_>) -> Option<&str> {
    let value = node.get("value")?;
    node.text_at(&["name"]).filter(|name| value.is_scalar() && !name.is_empty())
}

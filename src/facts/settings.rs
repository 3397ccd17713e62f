//! Single named values, wherever a document keeps them.

use std::ops::Range;
use std::rc::Rc;

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
    let named = document.taken.named.clone().unwrap_or_else(|| Rc::new(Named::of(document)));
    let root = document.cursor();
    named
        .scalars
        .iter()
        .filter_map(|scalar| {
            let above = named.keys.get(scalar.above.clone()).unwrap_or_default();
            let candidate = Candidate { name: scalar.name, value: scalar.value, above };
            if !wanted(&candidate) {
                return None;
            }
            let mut trail = named.trails.get(scalar.trail.clone()).unwrap_or_default().to_vec();
            trail.push(scalar.index);
            Some(Setting { name: scalar.name, place: root.follow(&trail)? })
        })
        .collect()
}

/// Deepest nesting that is searched; the trees of the syntaxes are not deeper.
const DEPTH_MAX: usize = crate::model::Limits::STANDARD.depth_max as usize;

/// Every named scalar of a document, in source order, with the way to it.
#[derive(Default)]
pub(super) struct Named<'t> {
    scalars: Vec<NamedScalar<'t>>,
    /// The keys above each container, one run after another.
    keys: Vec<&'t str>,
    /// The positions on the way to each container, one run after another.
    trails: Vec<u32>,
}

struct NamedScalar<'t> {
    name: &'t str,
    value: Node<'t>,
    above: Range<usize>,
    trail: Range<usize>,
    index: u32,
}

impl<'t> Named<'t> {
    /// Searches a document.
    pub(super) fn of(document: &Document<'t>) -> Self {
        let mut search =
            Search { document, trail: Vec::new(), above: Vec::new(), found: Self::default() };
        search.visit(document.root);
        search.found
    }

    /// Keeps one copy of a way for all the scalars that stand at its end.
    fn way(&mut self, above: &[&'t str], trail: &[u32]) -> (Range<usize>, Range<usize>) {
        let (key, step) = (self.keys.len(), self.trails.len());
        self.keys.extend_from_slice(above);
        self.trails.extend_from_slice(trail);
        (key..self.keys.len(), step..self.trails.len())
    }
}

struct Search<'w, 't> {
    document: &'w Document<'t>,
    trail: Vec<u32>,
    above: Vec<&'t str>,
    found: Named<'t>,
}

impl<'t> Search<'_, 't> {
    fn visit(&mut self, node: Node<'t>) {
        if self.trail.len() > DEPTH_MAX {
            return;
        }
        let entries = node.entries().map(|entry| (Some(entry.key.text()), entry.value));
        let items = node.items().map(|item| (None, item));
        let mut way = None;
        for (index, (key, value)) in (0_u32..).zip(entries.chain(items)) {
            if !value.is_scalar() {
                self.below(index, key, value);
                continue;
            }
            let paired = key.filter(|key| *key == "value").and_then(|_| variable_of(node));
            let Some(name) = paired.or(key).filter(|name| !name.is_empty()) else { continue };
            let found = &mut self.found;
            let (above, trail) =
                way.get_or_insert_with(|| found.way(&self.above, &self.trail)).clone();
            found.scalars.push(NamedScalar { name, value, above, trail, index });
        }
    }

    fn below(&mut self, index: u32, key: Option<&'t str>, value: Node<'t>) {
        self.trail.push(index);
        self.above.extend(key);
        // A document of another dialect that stands here is searched for itself.
        if !embeds(self.document, &self.above, self.trail.len()) {
            self.visit(value);
        }
        self.above.truncate(self.above.len().saturating_sub(usize::from(key.is_some())));
        self.trail.pop();
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

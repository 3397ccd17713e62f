//! Single named values, wherever a document keeps them.

use std::rc::Rc;

use super::cursor::{Cursor, Document};
use crate::dialect::schema::{At, Seg};
use crate::model::{Kind, Node};

/// One named value.
#[derive(Clone)]
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

/// The named scalars of a document that `wanted` takes, in source order. A member such as
/// `{name: LOG_LEVEL, value: info}` is named by its `name`. Where no key and no name of the
/// document holds one of `parts`, written in lower case, none is looked at: most documents say
/// nothing that most views are about. Without parts every one is.
pub(super) fn settings<'t>(
    document: &Document<'t>,
    parts: &[&str],
    wanted: impl Fn(&Setting<'t>) -> bool,
) -> Vec<Setting<'t>> {
    let named = named(document);
    if !parts.is_empty() && !parts.iter().any(|part| named.names.contains(part)) {
        return Vec::new();
    }
    named.settings.iter().filter(|setting| wanted(setting)).cloned().collect()
}

/// The maps of a document that hold a key more than once, outer ones first.
pub(super) fn repeating<'t>(document: &Document<'t>) -> Vec<Cursor<'t>> {
    named(document).repeating.clone()
}

fn named<'t>(document: &Document<'t>) -> Rc<Named<'t>> {
    document.taken.named.clone().unwrap_or_else(|| Rc::new(Named::of(document)))
}

/// Deepest nesting that is searched; the trees of the syntaxes are not deeper.
const DEPTH_MAX: usize = crate::model::Limits::STANDARD.depth_max as usize;

/// Everything in a document that has a name.
#[derive(Default)]
pub(super) struct Named<'t> {
    /// Every named scalar, in source order.
    settings: Vec<Setting<'t>>,
    /// Every key and every name of a setting, in lower case, one a line.
    names: String,
    repeating: Vec<Cursor<'t>>,
}

impl<'t> Named<'t> {
    /// Searches a document.
    pub(super) fn of(document: &Document<'t>) -> Self {
        let mut found = Self::default();
        found.visit(document, &document.cursor(), 0);
        found.names.make_ascii_lowercase();
        found
    }

    fn visit(&mut self, document: &Document<'t>, container: &Cursor<'t>, depth: usize) {
        // A document of another dialect that stands here is searched for itself.
        if depth > DEPTH_MAX || embeds(document, container, depth) {
            return;
        }
        if container.node.kind() == Kind::List {
            for item in container.items().iter().filter(|item| !item.node.is_scalar()) {
                self.visit(document, item, depth + 1);
            }
            return;
        }
        let entries = container.entries();
        if entries.iter().any(|(_, entry)| entry.is_repeated()) {
            self.repeating.push(container.clone());
        }
        for (key, place) in entries {
            self.note(key);
            if !place.node.is_scalar() {
                self.visit(document, &place, depth + 1);
                continue;
            }
            let variable = if key == "value" { variable_of(container.node) } else { None };
            if let Some(name) = variable {
                self.note(name);
            }
            let name = variable.unwrap_or(key);
            if !name.is_empty() {
                self.settings.push(Setting { name, place });
            }
        }
    }

    fn note(&mut self, name: &str) {
        self.names.push_str(name);
        self.names.push('\n');
    }
}

/// Whether a document of another dialect stands at a place `depth` steps below the root.
fn embeds(document: &Document<'_>, place: &Cursor<'_>, depth: usize) -> bool {
    let path = place.segs();
    let at = At { kind: &document.identity.kind, path: &path };
    depth > 0
        && path.iter().all(|seg| matches!(seg, Seg::Key(_)))
        && document.dialect.schema().embed(at).is_some()
}

/// The name in `{name, value}`.
fn variable_of(node: Node<'_>) -> Option<&str> {
    let value = node.get("value")?;
    node.text_at(&["name"]).filter(|name| value.is_scalar() && !name.is_empty())
}

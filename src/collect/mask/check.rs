//! The proof that masking changed nothing but secrets.

use super::edit::Rewritten;
use crate::model::{Node, SECRET_PREFIX};
use crate::syntax::Parsed;

/// Whether `after` says what `before` said, masked places excepted.
pub(in crate::collect) fn only_masks_differ(
    before: &Parsed<'_>,
    after: &Parsed<'_>,
    rewritten: &Rewritten,
) -> bool {
    let ordinals = |parsed: &Parsed<'_>| -> Vec<u32> {
        parsed.documents.iter().map(|document| document.ordinal).collect()
    };
    if ordinals(before) != ordinals(after) {
        return false;
    }
    before.documents.iter().zip(&after.documents).all(|(old, new)| {
        match (before.tree.root(old.root), after.tree.root(new.root)) {
            (Some(old), Some(new)) => same(old, new, rewritten),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    })
}

fn same(old: Node<'_>, new: Node<'_>, rewritten: &Rewritten) -> bool {
    let mut open = vec![(old, new)];
    while let Some((old, new)) = open.pop() {
        let alike = if old.is_scalar() {
            new.is_scalar() && same_scalar(old, new, rewritten)
        } else {
            old.kind() == new.kind() && old.len() == new.len()
        };
        if !alike {
            return false;
        }
        open.extend(old.items().zip(new.items()));
        for (old, new) in old.entries().zip(new.entries()) {
            open.extend([(old.key, new.key), (old.value, new.value)]);
        }
    }
    true
}

fn same_scalar(old: Node<'_>, new: Node<'_>, rewritten: &Rewritten) -> bool {
    if old.text() == new.text() && old.kind() == new.kind() {
        return true;
    }
    let span = old.span();
    let masked =
        new.text().contains(SECRET_PREFIX) || crate::model::Secret::parse(new.text()).is_some();
    masked && rewritten.touches(span.start as usize..span.end as usize)
}

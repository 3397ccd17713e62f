//! Anchors, followed back to what they stand for.
//!
//! What bears on the way of spans is kept without its text. Where a finding points at it, its
//! document is read again and the items of its view are taken again: so a side of thousands of
//! documents keeps a few words of each, and only those are read twice that something is wrong with.

use std::collections::{BTreeMap, BTreeSet};

use super::documents::{Part, roots, with_embedded};
use super::open::{self, Opened};
use super::place::Files;
use super::task::document;
use super::{Inputs, beside};
use crate::dialect;
use crate::diff::shown;
use crate::facts::{Item, VIEWS};
use crate::model::{BlobError, Node, Pair, Path, Place, Shown};
use crate::trace::{Anchor, Home, range};

/// What an anchor stands for.
#[derive(Debug)]
pub(super) struct Standing {
    /// The way to it, as written on its side.
    pub(super) path: Path,
    /// The file and lines.
    pub(super) place: Option<Place>,
    /// What is written there, if it is one value.
    pub(super) value: Option<Shown>,
}

/// Follows anchors back, each document read once.
pub(super) fn follow<'a>(
    inputs: Inputs<'_>,
    wanted: impl Iterator<Item = &'a Anchor>,
) -> Result<BTreeMap<&'a Anchor, Standing>, BlobError> {
    let mut homes: BTreeMap<&Home, BTreeSet<&Anchor>> = BTreeMap::new();
    for anchor in wanted {
        homes.entry(&anchor.home).or_default().insert(anchor);
    }
    let mut found = BTreeMap::new();
    for (home, anchors) in homes {
        found.extend(of_document(inputs, home, &anchors)?);
    }
    Ok(found)
}

fn of_document<'a>(
    inputs: Inputs<'_>,
    home: &Home,
    anchors: &BTreeSet<&'a Anchor>,
) -> Result<Vec<(&'a Anchor, Standing)>, BlobError> {
    let snapshot = inputs.snapshots.get(home.side);
    let index = usize::try_from(home.entry).unwrap_or(usize::MAX);
    let Some(entry) = snapshot.documents.get(index) else { return Ok(Vec::new()) };
    let Some(source) = snapshot.source(entry.source) else { return Ok(Vec::new()) };
    let text = open::text(inputs, Some(source))?;
    let opened = Opened::new(Some(source), &text);
    let found = roots(std::iter::once(entry), Some(source), opened.parsed.as_ref());
    let Some(root) = found.get(&(entry.ordinal, entry.member)).copied() else {
        return Ok(Vec::new());
    };
    let together = beside::texts(inputs, home.side, Some(source), std::iter::once((entry, root)))?;
    let read = beside::parsed(&together.texts);
    let beside = beside::roots(&read);
    let known = dialect::recognise_again(entry.dialect, &source.file, source.syntax, root);
    let nothing = Opened::new(None, "");
    let one_sided = |other| Pair::from_fn(|side| if side == home.side { Some(()) } else { other });
    let here = one_sided(None);
    let documents = here.map(|own| own.map(|()| document(source, &known, root, &beside)));
    let files = Files::new(
        here.map(|own| own.map(|()| source)),
        here.map(|own| if own.is_some() { &opened } else { &nothing }),
    );
    Ok(with_embedded(std::slice::from_ref(&documents), |parts| {
        let parts = parts.first().map(|parts| parts.get(home.side).as_slice());
        let parts = parts.unwrap_or_default();
        let mut of_views: BTreeMap<(u16, u16), Vec<&'a Anchor>> = BTreeMap::new();
        for anchor in anchors {
            of_views.entry((anchor.part, anchor.view)).or_default().push(anchor);
        }
        let mut found = Vec::new();
        for ((part, view), anchors) in of_views {
            let part = parts.get(usize::from(part));
            let Some((part, view)) = part.zip(VIEWS.get(usize::from(view))) else { continue };
            let items = (view.extract)(&part.document);
            let standing = |anchor: &'a Anchor| {
                let item = items.get(usize::try_from(anchor.item).ok()?)?;
                Some((anchor, standing(&files, part, item, anchor)))
            };
            found.extend(anchors.into_iter().filter_map(standing));
        }
        found
    }))
}

fn standing(files: &Files<'_>, part: &Part<'_>, item: &Item<'_>, anchor: &Anchor) -> Standing {
    let keys = anchor.keys();
    let path = anchor.path(item.place.path().keys(&keys));
    if !anchor.is_exact() {
        return Standing { path, place: Some(anchor.place()), value: None };
    }
    let at = part.to_file(range(item, &keys));
    let place = files.place(anchor.home.side, anchor.home.ordinal, Some(at));
    let there = item.place.node.at(&keys).filter(|node| Node::is_scalar(*node));
    let value = there.map(|node| shown(node, part.document.typing()));
    Standing { path, place, value }
}

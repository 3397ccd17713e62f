//! What bears on the way of spans, taken from the items of views while their documents are there.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::asked::Asked;
use super::judge::{Held, Subject};
use crate::model::{Pair, Side};
use crate::trace::{Home, Origin, TakenItem, TraceFacts};

/// The document of a side, as what the way of spans is made of names it.
pub(super) fn home(subject: &Subject<'_, '_>, side: Side) -> Option<Arc<Home>> {
    let file = subject.files.name(side)?.to_owned();
    let entry = u32::try_from((*subject.entries.get(side))?).ok()?;
    let (ordinal, resource) = (*subject.ordinals.get(side), subject.resource.clone());
    Some(Arc::new(Home { side, entry, file, ordinal, resource }))
}

/// Keeps what the way of spans is made of.
pub(super) fn take(
    subject: &Subject<'_, '_>,
    asked: &Asked<'_>,
    homes: &Pair<Option<Arc<Home>>>,
    items: &Pair<Vec<Held<'_, '_>>>,
    facts: &mut Pair<TraceFacts>,
) {
    for side in Side::BOTH {
        let Some(home) = homes.get(side) else { continue };
        let mut last = BTreeMap::new();
        let items = items.get(side);
        for held in items.iter().filter(|_| items.len() > 1 && asked.is_kept) {
            last.extend(held.item.name().map(|name| ((held.number, name), held.index)));
        }
        let is_last = |held: &&Held<'_, '_>| {
            let name = held.item.name().filter(|_| !last.is_empty());
            name.is_none_or(|name| last.get(&(held.number, name)) == Some(&held.index))
        };
        // Of two of one name in a document, the later holds.
        for held in items.iter().filter(is_last) {
            let numbers = (u16::try_from(held.number), u32::try_from(held.index));
            let (Ok(part), Ok(index)) = numbers else { continue };
            let taken = TakenItem {
                origin: &Origin { home: Arc::clone(home), part },
                document: &held.part.document,
                view: asked.place,
                item: &held.item,
                index,
                lines: &|range| {
                    subject.files.lines(side, held.part.to_file(range)).unwrap_or_default()
                },
            };
            facts.get_mut(side).take(asked.view.id, &taken);
        }
    }
}

//! What bears on the way of spans, taken from the items of views while their documents are there.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::asked::Asked;
use super::judge::{Held, Subject};
use crate::model::{Pair, Side};
use crate::trace::{Home, Origin, TakenItem, TraceFacts};

/// The documents of both sides, as what the way of spans is made of names them.
pub(super) fn homes(subject: &Subject<'_, '_>) -> Pair<Option<Arc<Home>>> {
    let resource = Arc::new(subject.resource.clone());
    let files = Pair::from_fn(|side| subject.files.name(side).map(Arc::<str>::from));
    let home = |side: Side| {
        let entry = u32::try_from((*subject.entries.get(side))?).ok()?;
        // Most files are called alike on both sides.
        let file = files.blue.as_ref().filter(|file| files.green.as_ref() == Some(file));
        let file = Arc::clone(file.or(files.get(side).as_ref())?);
        let (ordinal, resource) = (*subject.ordinals.get(side), Arc::clone(&resource));
        Some(Arc::new(Home { side, entry, file, ordinal, resource }))
    };
    Pair::from_fn(home)
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

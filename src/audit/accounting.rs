//! What became of every object of a side: each is in one column, and the sums are counted twice
//! over, from what the snapshot holds and from what was compared.
//!
//! An object is a document, a file that holds none, a part of a file that was not understood, or
//! something that was not there. A document with a gap in it is not evaluated, whether or not the
//! rest of it was compared.

use std::collections::{BTreeMap, BTreeSet};

use super::Inputs;
use super::pending::Object;
use crate::model::{Accounting, DocumentEntry, Gap, Side, Source};

/// Counts the objects of a side, given those that were compared.
pub(super) fn account(
    inputs: Inputs<'_>,
    side: Side,
    mut compared: Vec<Object>,
    gaps: &[Gap],
) -> Accounting {
    compared.sort_unstable();
    let is_compared = |object: Object| compared.binary_search(&object).is_ok();
    let snapshot = inputs.snapshots.get(side);
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let mut lost: BTreeMap<&str, Vec<Option<u32>>> = BTreeMap::new();
    for gap in gaps.iter().filter(|gap| gap.reason.is_of_an_object()) {
        lost.entry(&gap.place).or_default().push(gap.line);
    }
    let mut found = snapshot.excluded.len();
    let (mut evaluated, mut missing) = (0, 0);
    let mut documents = snapshot.documents.iter().peekable();
    for (id, source) in (0_u32..).zip(&snapshot.sources) {
        let mut own = Vec::new();
        while let Some(document) = documents.next_if(|document| document.source.0 <= id) {
            own.push(document);
        }
        let lines = lost.remove(&*source.file).unwrap_or_default();
        if own.is_empty() {
            found += 1;
            let is_lost = !lines.is_empty();
            missing += usize::from(is_lost);
            evaluated += usize::from(!is_lost && is_compared((id, None)));
            continue;
        }
        let (within, between) = in_documents(inputs, source, &own, &lines);
        found += own.len() + between;
        missing += within.len() + between;
        let object = |document: &DocumentEntry| (id, Some((document.ordinal, document.member)));
        let is_whole = |(index, document): &(usize, &&DocumentEntry)| {
            !within.contains(index) && is_compared(object(document))
        };
        evaluated += own.iter().enumerate().filter(is_whole).count();
    }
    found += lost.len();
    missing += lost.len();
    Accounting {
        found: count(found),
        compared: count(evaluated),
        excluded: count(snapshot.excluded.len()),
        gaps: count(missing),
    }
}

/// Which documents of a file have a gap in them, and how many parts between them are lost. A gap
/// that names no line is one of all documents.
fn in_documents(
    inputs: Inputs<'_>,
    source: &Source,
    documents: &[&DocumentEntry],
    lines: &[Option<u32>],
) -> (BTreeSet<usize>, usize) {
    if lines.is_empty() {
        return (BTreeSet::new(), 0);
    }
    let text = inputs.blobs.get(&source.digest).unwrap_or_default();
    let ends: Vec<usize> = memchr::memchr_iter(b'\n', &text).collect();
    let line_of = |at: u32| ends.partition_point(|end| *end < at as usize) + 1;
    let places: Vec<(usize, usize)> = documents
        .iter()
        .map(|document| (line_of(document.span.start), line_of(document.span.end)))
        .collect();
    let (mut within, mut between) = (BTreeSet::new(), BTreeSet::new());
    for line in lines {
        let Some(line) = line.map(|line| line as usize) else {
            within.extend(0..documents.len());
            continue;
        };
        let holds = |(first, last): &(usize, usize)| (*first..=*last).contains(&line);
        match places.iter().position(holds) {
            Some(index) => drop(within.insert(index)),
            None => drop(between.insert(places.iter().filter(|(_, last)| *last < line).count())),
        }
    }
    (within, between.len())
}

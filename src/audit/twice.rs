//! Documents that are written more than once on one side.
//!
//! A document says the same twice where another of its name, in the same folder, is the same but
//! for comments: then it counts once. A folder bounds it, because trees hold many releases side by side,
//! each with documents of the same names; what one folder has more than the other side stays told.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Inputs;
use super::differences::twice_finding;
use super::documents::roots;
use super::open::{Opened, text};
use crate::model::{
    BlobError, Digest, DocumentEntry, Finding, Node, Pair, Side, SourceId, State, Style,
};

/// Which of these lone documents are written elsewhere in their folder in the same words: one of
/// each stays where none has a partner.
pub(super) fn merged(
    inputs: Inputs<'_>,
    side: Side,
    lone: &[usize],
) -> Result<BTreeSet<usize>, BlobError> {
    let all = &inputs.snapshots.get(side).documents;
    let lone: BTreeSet<usize> = lone.iter().copied().collect();
    let joins: BTreeSet<&str> =
        lone.iter().filter_map(|index| all.get(*index)).map(DocumentEntry::join).collect();
    let asked = |entry: &DocumentEntry| entry.portable && joins.contains(entry.join());
    let mut named: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, entry) in all.iter().enumerate().filter(|(_, entry)| asked(entry)) {
        named.entry((folder(inputs, side, entry), entry.join())).or_default().push(index);
    }
    named.retain(|_, own| own.len() > 1 && own.iter().any(|index| lone.contains(index)));
    let digests = digests(inputs, side, &named.values().flatten().copied().collect())?;
    let mut merged = BTreeSet::new();
    for own in named.into_values() {
        // Those that have a partner first: what they say is compared already.
        let (alone, met): (Vec<usize>, Vec<usize>) =
            own.into_iter().partition(|index| lone.contains(index));
        let mut said: BTreeSet<&Digest> =
            met.iter().filter_map(|index| digests.get(index)).collect();
        let is_said = |index: &usize| digests.get(index).is_some_and(|own| !said.insert(own));
        merged.extend(alone.into_iter().filter(is_said));
    }
    Ok(merged)
}

/// Findings about documents that one folder holds twice in different words: which of them counts is
/// up to who reads it, or to what is applied last.
pub(super) fn findings(inputs: Inputs<'_>) -> Result<Vec<Finding>, BlobError> {
    let differing = Pair::new(differing(inputs, Side::Blue)?, differing(inputs, Side::Green)?);
    let folded = Pair::from_fn(|side| {
        let all = &inputs.snapshots.get(side).documents;
        let fold = |text: &str| inputs.policy.colours.fold(side, text).into_owned();
        let entries = differing.get(side).iter().filter_map(|(first, later)| {
            let (first, later) = (all.get(*first)?, all.get(*later)?);
            Some(((fold(later.join()), fold(folder(inputs, side, later))), (first, later)))
        });
        entries.collect::<BTreeMap<(String, String), (&DocumentEntry, &DocumentEntry)>>()
    });
    let mut findings = Vec::new();
    for side in [Side::Green, Side::Blue] {
        let (own, others) = (folded.get(side), folded.get(side.other()));
        for (key, pair) in own {
            // Or in a folder that went to another place.
            let moved = || others.keys().any(|one| one.0 == key.0 && !own.contains_key(one));
            let state = match (side, others.contains_key(key) || moved()) {
                (Side::Green, true) => State::Inherited,
                (Side::Green, false) => State::Introduced,
                (Side::Blue, true) => continue,
                (Side::Blue, false) => State::Resolved,
            };
            findings.extend(twice_finding(inputs, side, state, *pair));
        }
    }
    Ok(findings)
}

/// Of each name that a folder holds in different words, the first and the first that differs. Where
/// kustomize reads the folder, two files of one name are a resource and its patches: it refuses two
/// resources of one (kubernetes-sigs/kustomize 01639bc01978, `api/resmap/reswrangler.go`, `Append`);
/// there only the documents of one file are told.
fn differing(inputs: Inputs<'_>, side: Side) -> Result<Vec<(usize, usize)>, BlobError> {
    let all = &inputs.snapshots.get(side).documents;
    let kustomized: BTreeSet<&str> = all
        .iter()
        .filter(|entry| entry.dialect == "kustomize")
        .map(|entry| folder(inputs, side, entry))
        .collect();
    let mut named: BTreeMap<(&str, &str, Option<SourceId>), Vec<usize>> = BTreeMap::new();
    for (index, entry) in all.iter().enumerate().filter(|(_, entry)| entry.portable) {
        let folder = folder(inputs, side, entry);
        let file = Some(entry.source).filter(|_| is_below(&kustomized, folder));
        named.entry((entry.join(), folder, file)).or_default().push(index);
    }
    named.retain(|_, own| own.len() > 1);
    let digests = digests(inputs, side, &named.values().flatten().copied().collect())?;
    let first_and_other = |own: Vec<usize>| {
        let first = *own.first()?;
        let other = own.into_iter().find(|index| digests.get(index) != digests.get(&first))?;
        Some((first, other))
    };
    Ok(named.into_values().filter_map(first_and_other).collect())
}

/// Whether a folder is one of some, or lies in one.
fn is_below(folders: &BTreeSet<&str>, folder: &str) -> bool {
    let above = |at: usize| folder.get(..at).is_some_and(|above| folders.contains(above));
    !folders.is_empty()
        && (folders.contains("")
            || folders.contains(folder)
            || folder.match_indices('/').any(|(at, _)| above(at)))
}

/// The folder of a document's file.
fn folder<'i>(inputs: Inputs<'i>, side: Side, entry: &DocumentEntry) -> &'i str {
    let source = inputs.snapshots.get(side).source(entry.source);
    source.and_then(|source| source.file.rsplit_once('/')).map_or("", |(folder, _)| folder)
}

/// Digests of what documents say; each file is read once. One that cannot be read says nothing that
/// another says.
fn digests(
    inputs: Inputs<'_>,
    side: Side,
    documents: &BTreeSet<usize>,
) -> Result<BTreeMap<usize, Digest>, BlobError> {
    let snapshot = inputs.snapshots.get(side);
    let mut files: BTreeMap<SourceId, Vec<(usize, &DocumentEntry)>> = BTreeMap::new();
    for index in documents {
        if let Some(entry) = snapshot.documents.get(*index) {
            files.entry(entry.source).or_default().push((*index, entry));
        }
    }
    let mut digests = BTreeMap::new();
    for (id, entries) in files {
        let source = snapshot.source(id);
        let text = text(inputs, source)?;
        let read = AssertUnwindSafe(|| {
            let opened = Opened::new(source, &text);
            let entries = entries.iter();
            let roots = roots(entries.clone().map(|own| own.1), source, opened.parsed.as_ref());
            let said = entries.map(|(index, entry)| {
                let root = roots.get(&(entry.ordinal, entry.member));
                (*index, Digest::of_parts(root.map_or_else(|| alone(*index), |root| said(*root))))
            });
            said.collect::<Vec<_>>()
        });
        digests.extend(catch_unwind(read).unwrap_or_default());
    }
    Ok(digests)
}

fn alone(index: usize) -> Vec<String> {
    vec![format!("document {index}")]
}

/// What a tree says, whatever comments and blanks it is written with: what each node is, how long,
/// and what each scalar says, quotes told from none.
fn said(node: Node<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = vec![node];
    while let Some(node) = rest.pop() {
        if node.is_scalar() {
            let quotes = node.style() != Style::Plain;
            parts.push(format!("{:?} {quotes} {}", node.kind(), node.text()));
        } else {
            parts.push(format!("{:?} {}", node.kind(), node.len()));
            rest.extend(node.items());
            rest.extend(node.entries().flat_map(|entry| [entry.key, entry.value]));
        }
    }
    parts
}

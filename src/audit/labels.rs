//! Which labels follow the new name of a workload.
//!
//! A label is no name: what selects by it finds nobody where only one of them changes. So a label follows
//! only where the old value is gone from green and the new one is not in blue, in labels and in all that
//! selects by them, in every object that was read.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use aho_corasick::AhoCorasick;
use rayon::prelude::*;

use super::Inputs;
use super::open::{Opened, text};
use crate::diff::Renames;
use crate::model::{BlobError, Kind, Node, Pair, Side, Source, SourceId};

/// Keys of labels and of what selects by them.
const LABELS: [&str; 3] = ["labels", "matchLabels", "selector"];

/// Stands for every key: a selector written as a text.
const ANY: &str = "*";

/// Values of labels that are names, each with its key; value first.
type Said = BTreeSet<(String, String)>;

/// The names that are looked for.
struct Names<'n> {
    all: BTreeSet<&'n str>,
    /// Finds each of them, those within another included.
    finder: AhoCorasick,
}

/// The names, and the labels that follow them.
pub(super) fn proved(inputs: Inputs<'_>, renames: Renames) -> Result<Renames, BlobError> {
    if renames.is_empty() {
        return Ok(renames);
    }
    let all: BTreeSet<&str> =
        renames.names().into_iter().flat_map(|one| [&*one.blue, &*one.green]).collect();
    let Ok(finder) = AhoCorasick::new(&all) else { return Ok(renames) };
    let names = Names { all, finder };
    let said = Pair::new(said(inputs, Side::Blue, &names)?, said(inputs, Side::Green, &names)?);
    let Some(said) = said.both() else { return Ok(renames) };
    let is_said = |side: Side, value: &str, key: &str| {
        said.get(side).contains(&(value.to_owned(), key.to_owned()))
    };
    let mut labels = BTreeSet::new();
    for name in renames.names() {
        let is_hidden =
            is_said(Side::Green, &name.blue, ANY) || is_said(Side::Blue, &name.green, ANY);
        let from = (name.green.clone(), String::new());
        let own = said.green.range(from..).take_while(|(value, _)| *value == name.green);
        for (value, key) in own.filter(|_| !is_hidden) {
            let is_lost = is_said(Side::Blue, &name.blue, key)
                && !is_said(Side::Green, &name.blue, key)
                && !is_said(Side::Blue, value, key);
            if is_lost {
                labels.insert((key.clone(), name.clone()));
            }
        }
    }
    Ok(renames.with_labels(labels))
}

/// What the objects of a side say; nothing where one cannot be read.
fn said(inputs: Inputs<'_>, side: Side, names: &Names<'_>) -> Result<Option<Said>, BlobError> {
    let snapshot = inputs.snapshots.get(side);
    let objects = snapshot.documents.iter().filter(|entry| entry.dialect == "kubernetes");
    let files: BTreeSet<SourceId> = objects.map(|entry| entry.source).collect();
    let files: Vec<&Source> = files.into_iter().filter_map(|id| snapshot.source(id)).collect();
    let each: Vec<Option<Said>> =
        files.par_iter().map(|file| of_file(inputs, file, names)).collect::<Result<_, _>>()?;
    let whole = each.into_iter().collect::<Option<Vec<Said>>>();
    Ok(whole.map(|each| each.into_iter().flatten().collect()))
}

fn of_file(
    inputs: Inputs<'_>,
    source: &Source,
    names: &Names<'_>,
) -> Result<Option<Said>, BlobError> {
    let text = text(inputs, Some(source))?;
    if !names.finder.is_match(&*text) {
        return Ok(Some(Said::new()));
    }
    let read = AssertUnwindSafe(|| {
        let opened = Opened::new(Some(source), &text);
        let mut said = Said::new();
        for root in opened.parsed?.tree.roots() {
            take(root, names, &mut said);
        }
        Some(said)
    });
    Ok(catch_unwind(read).unwrap_or_default())
}

/// Takes the values of labels below a node. Depth is that of the tree.
fn take(node: Node<'_>, names: &Names<'_>, said: &mut Said) {
    let is_name = |value: Node<'_>| value.is_scalar() && names.all.contains(value.text());
    for item in node.items() {
        take(item, names, said);
    }
    if let (Some(key), Some(values)) = (node.text_at(&["key"]), node.get("values")) {
        let values = values.items().filter(|value| is_name(*value));
        said.extend(values.map(|value| (value.text().to_owned(), key.to_owned())));
    }
    for entry in node.entries() {
        if LABELS.contains(&entry.key.text()) {
            let labels = entry.value.entries().filter(|label| is_name(label.value));
            said.extend(
                labels.map(|label| (label.value.text().to_owned(), label.key.text().to_owned())),
            );
            if entry.value.is_scalar() && entry.value.kind() != Kind::Null {
                let text = entry.value.text();
                let written = names.finder.find_overlapping_iter(text);
                let written = written.filter_map(|found| text.get(found.range()));
                said.extend(written.map(|name| (name.to_owned(), ANY.to_owned())));
            }
        }
        take(entry.value, names, said);
    }
}

//! Where the entry about a report stands, found without reading all of them.
//!
//! The index is a convenience and nothing else: what it says is looked up in the log, and what it
//! does not say is looked for there. `driftseal log fsck --repair` writes it again.

use std::collections::{BTreeMap, BTreeSet};

use super::error::LedgerError;
use super::store::Store;
use crate::model::Digest;

/// The object that lists the entries about statements like this one, a line each: digest and index.
fn name(statement: Digest) -> String {
    let [first, second, ..] = statement.0;
    format!("index/{first:02x}/{second:02x}")
}

/// Where it says that entries about this statement stand, in order.
pub(super) fn find(store: &dyn Store, statement: Digest) -> Result<Vec<u64>, LedgerError> {
    let text = text(store, &name(statement))?;
    let wanted = statement.to_string();
    let mut found: Vec<u64> = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(digest, _)| *digest == wanted)
        .filter_map(|(_, index)| index.parse().ok())
        .collect();
    found.sort_unstable();
    Ok(found)
}

/// Keeps of these entries, given as statement and index, what the index does not know.
pub(super) fn missing(
    store: &dyn Store,
    entries: Vec<(Digest, u64)>,
) -> Result<Vec<(Digest, u64)>, LedgerError> {
    let mut missing = Vec::new();
    for (name, entries) in by_object(entries) {
        let text = text(store, &name)?;
        let known: BTreeSet<&str> = text.split_inclusive('\n').collect();
        missing.extend(entries.into_iter().filter(|it| !known.contains(line(*it).as_str())));
    }
    Ok(missing)
}

/// Adds entries, given as statement and index; returns how many objects it wrote.
pub(super) fn add(store: &dyn Store, entries: &[(Digest, u64)]) -> Result<usize, LedgerError> {
    let mut written = 0;
    for (name, entries) in by_object(missing(store, entries.to_vec())?) {
        let old = store.read(&name)?;
        let mut new = old.clone().unwrap_or_default();
        new.extend(entries.into_iter().flat_map(|entry| line(entry).into_bytes()));
        // What somebody else has written meanwhile will be looked for in the log itself.
        written += usize::from(match &old {
            Some(old) => store.replace(&name, old, &new)?,
            None => store.create(&name, &new)?,
        });
    }
    Ok(written)
}

fn by_object(entries: Vec<(Digest, u64)>) -> BTreeMap<String, Vec<(Digest, u64)>> {
    let mut objects: BTreeMap<String, Vec<(Digest, u64)>> = BTreeMap::new();
    for entry in entries {
        objects.entry(name(entry.0)).or_default().push(entry);
    }
    objects
}

fn line((statement, index): (Digest, u64)) -> String {
    format!("{statement} {index}\n")
}

fn text(store: &dyn Store, name: &str) -> Result<String, LedgerError> {
    let bytes = store.read(name)?.unwrap_or_default();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

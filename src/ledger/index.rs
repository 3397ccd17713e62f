//! Where the entry about a report stands, found without reading all of them.
//!
//! The index is a convenience and nothing else: what it says is looked up in the log, and what it
//! does not say is looked for there. `driftseal log fsck --repair` writes it again.

use std::collections::BTreeMap;

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
    let Some(bytes) = store.read(&name(statement))? else { return Ok(Vec::new()) };
    let text = String::from_utf8_lossy(&bytes);
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

/// Adds entries, given as statement and index; returns how many objects it wrote.
pub(super) fn add(store: &dyn Store, entries: &[(Digest, u64)]) -> Result<usize, LedgerError> {
    let mut objects: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (statement, index) in entries {
        objects.entry(name(*statement)).or_default().push(format!("{statement} {index}\n"));
    }
    let mut written = 0;
    for (name, lines) in objects {
        let old = store.read(&name)?;
        let text = String::from_utf8_lossy(old.as_deref().unwrap_or_default()).into_owned();
        let mut new = text.clone();
        for line in
            lines.into_iter().filter(|line| !text.split_inclusive('\n').any(|it| it == line))
        {
            new.push_str(&line);
        }
        if new == text {
            continue;
        }
        // What somebody else has written meanwhile will be looked for in the log itself.
        written += usize::from(match &old {
            Some(old) => store.replace(&name, old, new.as_bytes())?,
            None => store.create(&name, new.as_bytes())?,
        });
    }
    Ok(written)
}

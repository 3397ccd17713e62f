//! The files of a side before they are read: named, counted, each once.

use super::super::Options;
use super::super::door::{Content, Found, read_all};
use super::super::ingest::gap;
use super::mask_for;
use crate::model::{Digest, Gap, GapReason, Snapshot};

/// A file on its way in.
pub(super) struct Entry {
    /// The name it is shown by.
    pub(super) file: String,
    /// What was found.
    pub(super) found: Found,
    /// Which locator found it.
    pub(super) locator: usize,
}

impl Entry {
    pub(super) fn new(found: Found, locator: usize, options: &Options) -> Self {
        let file = mask_for(&found)(options.search(), &found.file);
        Self { file, found, locator }
    }
}

/// Keeps as many files as the limits allow.
pub(super) fn cut(entries: &mut Vec<Entry>, options: &Options, gaps: &mut Vec<Gap>) {
    let most = options.limits.files_max as usize;
    if let Some(entry) = entries.get(most) {
        let message = format!(
            "cannot read this file and {} more: the side has more than files_max ({most}); raise \
             the limit or exclude files by a pattern",
            entries.len() - most - 1
        );
        gaps.push(gap(&entry.file, None, GapReason::LimitReached, message));
        entries.truncate(most);
    }
}

/// Makes names unique: equal files that several locators found are one; unequal ones are told
/// apart by a number.
pub(super) fn merge(entries: &mut Vec<Entry>, options: &Options, snapshot: &mut Snapshot) {
    let is_unique = entries.windows(2).all(|pair| match pair {
        [first, second] => first.file != second.file,
        _ => true,
    });
    if is_unique {
        return;
    }
    let mut kept: Vec<(Entry, usize)> = Vec::with_capacity(entries.len());
    for mut entry in entries.drain(..) {
        let first =
            kept.iter().rposition(|(known, number)| *number == 1 && known.file == entry.file);
        let twins = first.and_then(|first| kept.get(first..)).unwrap_or_default();
        let digest = |entry: &Entry| {
            if let Content::Masked(text) = &entry.found.content {
                let (digest, original) = text.names();
                return Some((Some(digest), original));
            }
            let read = read_all(&[&entry.found], options).next();
            let bytes = read.and_then(Result::ok)?;
            Some((None, Some(options.masking_key.original(&Digest::of(&bytes)))))
        };
        if twins.is_empty() {
            kept.push((entry, 1));
            continue;
        }
        let own = digest(&entry);
        if own.is_some() && twins.iter().any(|(twin, _)| digest(twin) == own) {
            continue;
        }
        let number = twins.len() + 1;
        let note = format!(
            "{} was found by several sources with different content; this one is called {}#{number}",
            entry.file, entry.file
        );
        if let Some(record) = snapshot.collectors.get_mut(entry.locator) {
            record.notes.push(note);
        }
        entry.file = format!("{}#{number}", entry.file);
        kept.push((entry, number));
    }
    *entries = kept.into_iter().map(|(entry, _)| entry).collect();
    entries.sort_by(|a, b| a.file.cmp(&b.file));
}

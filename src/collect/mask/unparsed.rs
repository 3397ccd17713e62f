//! What no syntax understood cannot be searched by place. It is compared by keyed digest only:
//! its lines give way to one token.

use std::ops::Range;

use super::edit::{Cause, Mask};
use super::key::MaskingKey;
use crate::model::{GapReason, Node};
use crate::syntax::Parsed;

/// Class of texts that were not understood.
const CLASS: &str = "unparsed";

/// The masks of what was not understood; nothing when that is the whole text.
pub(super) fn masks(key: &MaskingKey, text: &str, parsed: &Parsed<'_>) -> Option<Vec<Mask>> {
    let lost = |reason| match reason {
        GapReason::Unparsed | GapReason::TemplateNotRendered | GapReason::LimitReached => true,
        GapReason::SourceMissing
        | GapReason::NothingToEvaluate
        | GapReason::Unreadable
        | GapReason::Undecodable
        | GapReason::LinkNotFollowed
        | GapReason::NotMasked
        | GapReason::MaskingKeysDiffer
        | GapReason::RuleUndecided
        | GapReason::EvidenceMissing
        | GapReason::SnapshotStale
        | GapReason::BaselineIncomparable
        | GapReason::Internal => false,
    };
    let places: Vec<(usize, Option<u32>)> = parsed
        .issues
        .iter()
        .filter(|issue| lost(issue.reason))
        .map(|issue| ((issue.at as usize).min(text.len()), issue.ordinal))
        .collect();
    if places.is_empty() {
        return Some(Vec::new());
    }
    if parsed.documents.is_empty() {
        return None;
    }
    let mut scalars: Option<Vec<Range<usize>>> = None;
    let mut masks = Vec::new();
    for (at, ordinal) in places {
        let understood = parsed.documents.iter().any(|document| {
            ordinal.map_or(document.end as usize > at, |ordinal| document.ordinal == ordinal)
        });
        if !understood {
            masks.push(emptied(key, text, between(text, parsed, at, ordinal), false));
            continue;
        }
        // A line the tree covers all the same is searched with the tree.
        let line = line_around(text, at);
        let scalars = scalars.get_or_insert_with(|| scalars_of(parsed));
        let next = scalars.partition_point(|scalar| scalar.end <= line.start);
        if scalars.get(next).is_none_or(|scalar| scalar.start >= line.end) {
            masks.push(emptied(key, text, line, true));
        }
    }
    masks.dedup();
    Some(masks)
}

fn scalars_of(parsed: &Parsed<'_>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Vec<Node<'_>> = parsed.tree.roots().collect();
    while let Some(node) = open.pop() {
        open.extend(node.items());
        for entry in node.entries() {
            open.extend([entry.key, entry.value]);
        }
        if node.is_scalar() && !node.is_copied() {
            found.push(node.span().start as usize..node.span().end as usize);
        }
    }
    found.sort_by_key(|range| (range.end, range.start));
    found
}

fn line_around(text: &str, at: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let head = bytes.get(..at).unwrap_or_default();
    let tail = bytes.get(at..).unwrap_or_default();
    let start = memchr::memrchr(b'\n', head).map_or(0, |at| at + 1);
    start..at + memchr::memchr(b'\n', tail).unwrap_or(tail.len())
}

/// What lies between the documents before and behind one that was not understood.
fn between(text: &str, parsed: &Parsed<'_>, at: usize, ordinal: Option<u32>) -> Range<usize> {
    let ordinal = ordinal.unwrap_or(u32::MAX);
    let mut before = parsed.documents.iter().filter(|known| known.ordinal < ordinal);
    let behind = parsed.documents.iter().find(|known| known.ordinal > ordinal);
    let start = before.next_back().map_or(0, |known| known.end as usize).min(at);
    let end = behind.map_or(text.len(), |known| known.start as usize);
    start..end.max(at).min(text.len())
}

/// Empties lines, document markers excepted; the first one left holds the token.
fn emptied(key: &MaskingKey, text: &str, range: Range<usize>, in_tree: bool) -> Mask {
    let lost = text.get(range.clone()).unwrap_or_default();
    let token = key.token(CLASS, lost.as_bytes());
    let mut token = Some(if in_tree { token } else { format!("# {token}") });
    let mut mask = Mask { edits: Vec::new(), cause: Cause::Unparsed };
    let mut start = range.start;
    for line in lost.split_inclusive('\n') {
        let body = line.trim_end_matches(['\n', '\r']);
        let marker = !in_tree && (body.starts_with("---") || body.starts_with("..."));
        if !body.trim().is_empty() && !marker {
            let text = token.take().unwrap_or_default();
            mask.edits.push(super::edit::Edit { range: start..start + body.len(), text });
        }
        start += line.len();
    }
    mask
}

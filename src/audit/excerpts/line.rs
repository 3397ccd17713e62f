//! One line as it is shown: secrets by their names, long ones cut.

use aho_corasick::AhoCorasick;

use crate::diff::Range;
use crate::model::{Secret, Shown, Source, secrets_in};

/// Characters of a line that are shown.
const LINE_CHARS_MAX: usize = 120;

/// How many of them stand before what a long line is shown for.
const HEAD_CHARS: usize = 40;

/// Bytes on either side of it that are looked at.
const WINDOW_BYTES: usize = 4096;

/// Bytes beyond those at which something may begin that must not be shown.
const MARGIN_BYTES: usize = 512;

/// The longest rest of a line that is marked where the value itself does not stand in it.
const MARKED_CHARS_MAX: usize = 80;

/// What stands in the place of a text that is withheld.
const HIDDEN: &str = "<not shown>";

/// What stands in the place of a mask that is no whole one.
const SECRET: &str = "<secret>";

/// What stands where a line is cut.
const CUT: char = '…';

/// A file, and what must not be shown of it.
#[derive(Clone, Copy)]
pub(super) struct Masks<'m> {
    pub(super) source: &'m Source,
    pub(super) text: &'m str,
    /// Ranges that are withheld.
    pub(super) hidden: &'m [Range],
    /// Texts that are withheld wherever they stand.
    pub(super) texts: &'m AhoCorasick,
}

impl Masks<'_> {
    /// What is replaced between two offsets, in order, and by what.
    fn replaced(&self, start: usize, end: usize) -> Vec<(usize, usize, String)> {
        let slice = self.text.get(start..end).unwrap_or_default();
        let mut found: Vec<(usize, usize, String)> = Vec::new();
        let mut add = |from: usize, to: usize, by: String| {
            found.push((start.saturating_add(from), start.saturating_add(to), by));
        };
        for range in secrets_in(slice) {
            let secret = slice.get(range.clone()).and_then(Secret::parse);
            let by = secret.map_or_else(|| SECRET.to_owned(), |secret| secret.shown());
            add(range.start, range.end, by);
        }
        for hit in self.texts.find_iter(slice) {
            add(hit.start(), hit.end(), HIDDEN.to_owned());
        }
        let hidden = self.hidden.iter().map(|(from, to)| (*from as usize, *to as usize));
        let hidden = hidden.filter(|(from, to)| *from < end && *to > start && from < to);
        found.extend(hidden.map(|(from, to)| (from, to, HIDDEN.to_owned())));
        found.sort();
        found
    }
}

/// A line as it is shown, and the one-based characters of it that are marked: from `at` on the value,
/// if it stands there, else what follows.
pub(super) fn shown(
    masks: Masks<'_>,
    (start, end): (usize, usize),
    at: usize,
    value: Option<&Shown>,
) -> (String, (u32, u32)) {
    let text = masks.text;
    let from = text.floor_char_boundary(at.saturating_sub(WINDOW_BYTES)).max(start);
    let to = text.floor_char_boundary(at.saturating_add(WINDOW_BYTES)).min(end);
    let replaced = masks.replaced(
        text.floor_char_boundary(from.saturating_sub(MARGIN_BYTES)).max(start),
        text.floor_char_boundary(to.saturating_add(MARGIN_BYTES)).min(end),
    );
    let (mut head, mut tail, mut done) = (String::new(), String::new(), from);
    let end_of_line = (to, to, String::new());
    for (first, last, by) in replaced.into_iter().chain([end_of_line]) {
        let (first, last) = (first.clamp(from, to), last.clamp(from, to));
        if first >= done {
            let middle = at.clamp(done, first);
            head.push_str(text.get(done..middle).unwrap_or_default());
            tail.push_str(text.get(middle..first).unwrap_or_default());
            if last > first {
                (if first < at { &mut head } else { &mut tail }).push_str(&by);
            }
        }
        // What begins within another one is gone with it.
        done = done.max(last);
    }
    let length = marked(&tail, value);
    cut((&head, &tail), (from > start, to < end), length)
}

/// How many characters of the rest of a line are the value.
fn marked(rest: &str, value: Option<&Shown>) -> usize {
    let value = value.map_or("", |Shown(text)| text.as_str());
    let inner = rest.strip_prefix(['"', '\'', '`']);
    let quotes = rest.len().saturating_sub(inner.unwrap_or(rest).len()).saturating_mul(2);
    let length = value.chars().count();
    if !value.is_empty() && inner.unwrap_or(rest).starts_with(value) {
        return length.saturating_add(quotes);
    }
    let all = rest.trim_end().chars().count();
    if all <= MARKED_CHARS_MAX { all } else { 1 }
}

/// Both parts of a line as one, cut where that is long, with what is marked of it: as much of the
/// second part.
fn cut(
    (head, tail): (&str, &str),
    (before, after): (bool, bool),
    length: usize,
) -> (String, (u32, u32)) {
    let at = head.chars().count();
    let all = at.saturating_add(tail.chars().count());
    let first = if all <= LINE_CHARS_MAX || at.saturating_add(length) <= LINE_CHARS_MAX {
        0
    } else {
        at.saturating_sub(HEAD_CHARS)
    };
    let is_cut = (before || first > 0, after || all.saturating_sub(first) > LINE_CHARS_MAX);
    let middle = head.chars().chain(tail.chars()).skip(first).take(LINE_CHARS_MAX);
    let text: String =
        is_cut.0.then_some(CUT).into_iter().chain(middle).chain(is_cut.1.then_some(CUT)).collect();
    let shift = usize::from(is_cut.0).saturating_add(1);
    let width = text.chars().count().saturating_add(1);
    let start = at.saturating_sub(first).saturating_add(shift).min(width);
    let end = start.saturating_add(length).min(width);
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    (text, (number(start), number(end)))
}

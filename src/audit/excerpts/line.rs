//! One line as it is shown: secrets by their names, long ones cut.

use aho_corasick::AhoCorasick;

use crate::collect::is_material;
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

/// The shortest text beside a place that is not shown where it looks like part of a key.
const MATERIAL_BYTES_MIN: usize = 8;

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
    fn replaced(
        &self,
        (start, end): (usize, usize),
        told: (usize, usize),
    ) -> Vec<(usize, usize, String)> {
        let slice = self.text.get(start..end).unwrap_or_default();
        let mut found: Vec<(usize, usize, String)> = Vec::new();
        let mut add = |from: usize, to: usize, by: String| {
            found.push((start.saturating_add(from), start.saturating_add(to), by));
        };
        let masks = secrets_in(slice);
        for range in masks.iter().cloned() {
            let secret = slice.get(range.clone()).and_then(Secret::parse);
            let by = secret.map_or_else(|| SECRET.to_owned(), |secret| secret.shown());
            add(range.start, range.end, by);
        }
        for hit in self.texts.find_iter(slice) {
            add(hit.start(), hit.end(), HIDDEN.to_owned());
        }
        // Nobody asked what stands beside; a name may be read, and what may be a key may not.
        let inside = (told.0.saturating_sub(start), told.1.saturating_sub(start));
        for (from, to) in words(slice) {
            let is_told = from < inside.1 && to > inside.0;
            let word = slice.get(from..to).unwrap_or_default();
            let is_mask = masks.iter().any(|mask| from < mask.end && to > mask.start);
            if !is_told && !is_mask && is_material(word, MATERIAL_BYTES_MIN) {
                add(from, to, HIDDEN.to_owned());
            }
        }
        let hidden = self.hidden.iter().map(|(from, to)| (*from as usize, *to as usize));
        let hidden = hidden.filter(|(from, to)| *from < end && *to > start && from < to);
        found.extend(hidden.map(|(from, to)| (from, to, HIDDEN.to_owned())));
        found.sort();
        found
    }
}

/// What stands between blanks, quotes, brackets and signs of assignment.
fn words(text: &str) -> impl Iterator<Item = (usize, usize)> {
    const BETWEEN: &[char] = &[
        ' ', '\t', '\r', '"', '\'', '`', ',', ';', '=', '(', ')', '[', ']', '{', '}', '<', '>',
        '|', '&',
    ];
    let mut start = 0_usize;
    text.split(BETWEEN).map(move |word| {
        let from = start;
        start = from.saturating_add(word.len()).saturating_add(1);
        (from, from.saturating_add(word.len()))
    })
}

/// What of a line is meant.
#[derive(Clone, Copy)]
pub(super) enum Part<'v> {
    /// Nothing that the report tells: it stands beside, or no value is known.
    Beside,
    /// The value from the place on, if it stands there, else what follows.
    First(&'v Shown),
    /// All: the value began before.
    Further,
}

impl Part<'_> {
    /// The offsets that are told of anyway, given those of the place and of the line.
    fn told(self, text: &str, at: usize, (start, end): (usize, usize)) -> (usize, usize) {
        match self {
            Self::Beside => (start, start),
            Self::Further => (start, end),
            Self::First(Shown(value)) => {
                let rest = text.get(at..end).unwrap_or_default();
                let inner = rest.trim_start_matches(['"', '\'', '`']);
                let quotes = rest.len().saturating_sub(inner.len());
                let is_there = !value.is_empty() && inner.starts_with(value.as_str());
                let length = value.len().saturating_add(quotes);
                (at, if is_there { at.saturating_add(length) } else { end })
            }
        }
    }
}

/// A line as it is shown, and the one-based characters of it that are marked.
pub(super) fn shown(
    masks: Masks<'_>,
    (start, end): (usize, usize),
    at: usize,
    part: Part<'_>,
) -> (String, (u32, u32)) {
    let text = masks.text;
    let from = text.floor_char_boundary(at.saturating_sub(WINDOW_BYTES)).max(start);
    let to = text.floor_char_boundary(at.saturating_add(WINDOW_BYTES)).min(end);
    let around = (
        text.floor_char_boundary(from.saturating_sub(MARGIN_BYTES)).max(start),
        text.floor_char_boundary(to.saturating_add(MARGIN_BYTES)).min(end),
    );
    let replaced = masks.replaced(around, part.told(text, at, (start, end)));
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
    let value = if let Part::First(value) = part { Some(value) } else { None };
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

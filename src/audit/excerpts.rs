//! Lines of source for findings: cut from masked text once all is judged, each file read once.
//!
//! What is in clear on one side and a secret on the other is withheld from the values of a finding;
//! so it is here, wherever a line holds it, be the difference explained or not.

mod line;

use std::collections::{BTreeMap, BTreeSet};
use std::iter::once;

use aho_corasick::AhoCorasick;
use rayon::prelude::*;

use self::line::{Masks, Part, shown};
use super::{Inputs, open};
use crate::diff::{Range, is_withheld};
use crate::model::{BlobError, Excerpt, Finding, Mark, Pair, Place, Side, Source};

/// What is withheld of a side: files, and ranges of them.
pub(super) type Withheld = Vec<(String, Range)>;

/// Where lines begin and end, by their one-based numbers.
type Spans = BTreeMap<u32, (usize, usize)>;

/// Ranges of each file.
type Ranges = BTreeMap<String, Vec<Range>>;

/// How many lines of a place are shown.
const LINES_MAX: u32 = 5;

/// How many lines before it: often the name of what is set.
const BEFORE: u32 = 1;

/// How many findings get an excerpt: the first ones, which are the worst.
const FINDINGS_MAX: usize = 5_000;

/// How many bytes of lines a report holds.
const BYTES_MAX: usize = 1 << 20;

/// The last column that is looked for: lines are counted from their start.
const COLUMN_MAX: u32 = 20_000;

/// The lengths of a withheld text that is looked for beyond its place.
const NEEDLE_BYTES: std::ops::RangeInclusive<usize> = 6..=256;

/// How many of those are looked for; with more, no line is shown.
const NEEDLES_MAX: usize = 2_000;

/// Gives findings the lines that they are about, the first ones until there is enough of them.
///
/// # Errors
/// Those of reading the files again.
pub(super) fn cut(
    inputs: Inputs<'_>,
    withheld: &Pair<Withheld>,
    findings: &mut [Finding],
) -> Result<(), BlobError> {
    let (ranges, texts) = hidden(inputs, withheld, findings)?;
    // Without looking for all that must not be shown, nothing is.
    let few = Some(texts).filter(|texts| texts.len() <= NEEDLES_MAX);
    let Some(texts) = few.and_then(|texts| AhoCorasick::new(texts).ok()) else { return Ok(()) };
    let all = &*findings;
    let cut = |side: Side| {
        let wanted: Vec<(&Source, Vec<usize>)> = wanted(inputs, side, all);
        let of_file = |(source, indexes): &(&Source, Vec<usize>)| {
            let hidden = ranges.get(side).get(&*source.file).map_or(&[][..], Vec::as_slice);
            let text = open::text(inputs, Some(source))?;
            let masks = Masks { source, text: &text, hidden, texts: &texts };
            Ok(of_file(masks, indexes.iter().filter_map(|at| Some((*at, all.get(*at)?))), side))
        };
        let parts: Result<Vec<_>, BlobError> = wanted.par_iter().map(of_file).collect();
        Ok(parts?.into_iter().flatten().collect::<BTreeMap<usize, Excerpt>>())
    };
    let mut cut = Pair::new(cut(Side::Blue)?, cut(Side::Green)?);
    let mut left = BYTES_MAX;
    for (at, finding) in findings.iter_mut().enumerate() {
        let own = Pair::from_fn(|side| cut.get_mut(side).remove(&at));
        let bytes = own.as_ref().map(|one| one.as_ref().map_or(0, Excerpt::bytes));
        let Some(rest) = left.checked_sub(bytes.blue.saturating_add(bytes.green)) else { break };
        left = rest;
        finding.excerpts = own;
    }
    Ok(())
}

/// The files of a side that findings point into, with those findings.
fn wanted<'a>(
    inputs: Inputs<'a>,
    side: Side,
    findings: &[Finding],
) -> Vec<(&'a Source, Vec<usize>)> {
    let mut files: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, finding) in findings.iter().take(FINDINGS_MAX).enumerate() {
        let place = finding.places.get(side).as_ref();
        let is_near = |place: &&Place| place.column.is_none_or(|column| column <= COLUMN_MAX);
        if let Some(place) = place.filter(|place| place.line.is_some()).filter(is_near) {
            files.entry(&place.file).or_default().push(at);
        }
    }
    let files = files.into_iter();
    let files = files.filter_map(|(file, findings)| Some((inputs.file(side, file)?, findings)));
    files.filter(|(source, _)| source.syntax != "binary").collect()
}

/// What must not be shown of each file of each side, and the texts that must not be shown anywhere.
fn hidden(
    inputs: Inputs<'_>,
    withheld: &Pair<Withheld>,
    findings: &[Finding],
) -> Result<(Pair<Ranges>, BTreeSet<String>), BlobError> {
    let (mut ranges, mut texts) = (Pair::<Ranges>::default(), BTreeSet::new());
    for side in Side::BOTH {
        let mut places: BTreeMap<&str, Vec<&Place>> = BTreeMap::new();
        for finding in findings {
            if let (Some(place), Some(value)) = (finding.places.get(side), finding.values.get(side))
                && is_withheld(value)
            {
                places.entry(&place.file).or_default().push(place);
            }
        }
        let files = ranges.get_mut(side);
        for (file, range) in withheld.get(side) {
            places.entry(file).or_default();
            files.entry(file.clone()).or_default().push(*range);
        }
        for (file, places) in places {
            let Some(source) = inputs.file(side, file) else { continue };
            let text = open::text(inputs, Some(source))?;
            let known = files.entry(file.to_owned()).or_default();
            let exact: BTreeSet<u32> = known.iter().map(|(start, _)| *start).collect();
            let numbers = places.iter().flat_map(|place| [place.line, place.end_line]).flatten();
            let lines = lines(&text, &numbers.collect());
            let found =
                places.into_iter().filter_map(|place| range(source, &text, (place, &lines)));
            known.extend(found.filter(|(start, _)| !exact.contains(start)));
            texts.extend(known.iter().filter_map(|range| needle(&text, *range)));
        }
    }
    Ok((ranges, texts))
}

/// From where a place begins to the end of its last line.
fn range(source: &Source, text: &str, (place, lines): (&Place, &Spans)) -> Option<Range> {
    let first = place.line?;
    let last = place.end_line.unwrap_or(first);
    let start = source.offset(text, lines.get(&first)?.0, place.column.unwrap_or(1));
    Some((u32::try_from(start).ok()?, u32::try_from(lines.get(&last)?.1).ok()?))
}

/// A withheld text as it may stand elsewhere.
fn needle(text: &str, (start, end): Range) -> Option<String> {
    let text = text.get(start as usize..end as usize)?.trim();
    let text = text.trim_matches(['"', '\'']);
    let fits = NEEDLE_BYTES.contains(&text.len()) && !text.contains('\n');
    fits.then(|| text.to_owned())
}

/// Where lines of a text begin and end, by their one-based numbers.
fn lines(text: &str, wanted: &BTreeSet<u32>) -> Spans {
    let mut wanted = wanted.iter().peekable();
    let mut found = BTreeMap::new();
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).chain(once(text.len()));
    for (number, end) in (1_u32..).zip(ends) {
        if wanted.peek() == Some(&&number) {
            found.insert(number, (start, end));
            wanted.next();
        }
        if wanted.peek().is_none() {
            break;
        }
        start = end.saturating_add(1);
    }
    found
}

/// The lines of a place that are shown, and the last of them that it covers.
fn span(place: &Place) -> Option<(u32, u32, u32)> {
    let first = place.line?;
    let last = place.end_line.unwrap_or(first).max(first);
    let last = last.min(first.saturating_add(LINES_MAX - 1));
    Some((first, last, place.end_line.unwrap_or(first).saturating_sub(last)))
}

/// The excerpts of one file.
fn of_file<'f>(
    masks: Masks<'_>,
    findings: impl Iterator<Item = (usize, &'f Finding)>,
    side: Side,
) -> Vec<(usize, Excerpt)> {
    let findings: Vec<(usize, &Finding)> = findings.collect();
    let spans = findings.iter().filter_map(|(_, one)| span(one.places.get(side).as_ref()?));
    let needed = spans.flat_map(|(first, last, _)| first.saturating_sub(BEFORE).max(1)..=last);
    let lines = lines(masks.text, &needed.collect());
    let cut = |(at, finding): (usize, &Finding)| Some((at, excerpt(masks, &lines, finding, side)?));
    findings.into_iter().filter_map(cut).collect()
}

fn excerpt(masks: Masks<'_>, lines: &Spans, finding: &Finding, side: Side) -> Option<Excerpt> {
    let place = finding.places.get(side).as_ref()?;
    let (first, last, more) = span(place)?;
    let around = first.saturating_sub(BEFORE).max(1)..=last;
    let mut excerpt = Excerpt { line: first, lines: Vec::new(), marks: Vec::new(), more };
    for number in around {
        let Some((start, end)) = lines.get(&number).copied() else { continue };
        let is_marked = (first..=last).contains(&number);
        let line = masks.text.get(start..end)?.trim_end();
        // What stands around a place is worth a line only if it says something.
        if !is_marked && line.is_empty() {
            continue;
        }
        let indent = line.len().saturating_sub(line.trim_start().len());
        let at = if number == first {
            masks.source.offset(masks.text, start, place.column.unwrap_or(1))
        } else {
            start.saturating_add(indent)
        };
        let part = match finding.values.get(side) {
            Some(value) if number == first => Part::First(value),
            Some(_) if is_marked => Part::Further,
            Some(_) | None => Part::Beside,
        };
        let end = start.saturating_add(line.len());
        let (text, mark) = shown(masks, (start, end), at.min(end), part);
        if excerpt.lines.is_empty() {
            excerpt.line = number;
        }
        excerpt.lines.push(text);
        let (start, end) = mark;
        excerpt.marks.extend(is_marked.then_some(Mark { line: number, start, end }));
    }
    (!excerpt.lines.is_empty()).then_some(excerpt)
}

//! From byte ranges to places as people name them.

use std::borrow::Cow;

use super::open::Opened;
use crate::diff::Range;
use crate::model::{Lines, Pair, Path, Place, Side, Source, Step};

/// The files of a task, ready to answer where a byte is.
pub(super) struct Files<'t> {
    pub(super) sources: Pair<Option<&'t Source>>,
    pub(super) texts: Pair<&'t str>,
    lines: Pair<&'t Lines<'t>>,
}

impl<'t> Files<'t> {
    pub(super) fn new(sources: Pair<Option<&'t Source>>, opened: Pair<&'t Opened<'t>>) -> Self {
        let texts = opened.map(|file| file.text);
        Self { sources, texts, lines: opened.map(|file| &file.lines) }
    }

    /// Path of the file of a side.
    pub(super) fn name(&self, side: Side) -> Option<&'t str> {
        self.sources.get(side).map(|source| &*source.file)
    }

    /// The first line of a range, its column, and the last line, 0 where that is the first.
    pub(super) fn lines(&self, side: Side, range: Range) -> Option<(u32, u32, u32)> {
        let (source, lines) = ((*self.sources.get(side))?, self.lines.get(side));
        let (start, end) = range;
        let (line, column) = source.position_in(lines, start);
        let last = (end > start).then(|| source.position_in(lines, end.saturating_sub(1)).0);
        Some((line, column, last.filter(|last| *last != line).unwrap_or_default()))
    }

    /// The place of a range, in a document of a side.
    pub(super) fn place(&self, side: Side, document: u32, range: Option<Range>) -> Option<Place> {
        let source = (*self.sources.get(side))?;
        let lines = range.and_then(|range| self.lines(side, range));
        Some(Place {
            file: source.file.to_string(),
            document,
            line: lines.map(|(line, _, _)| line),
            column: lines.map(|(_, column, _)| column),
            end_line: lines.map(|(_, _, last)| last).filter(|last| *last > 0),
        })
    }
}

/// A path in the colours of neither side.
pub(super) fn fold_path<'p>(path: &'p Path, fold: impl Fn(&'p str) -> Cow<'p, str>) -> Path {
    let step = |step: &'p Step| match step {
        Step::Key(text) => Step::Key(fold(text).into_owned()),
        Step::Item(text) => Step::Item(fold(text).into_owned()),
        Step::Index(index) => Step::Index(*index),
    };
    Path(path.0.iter().map(step).collect())
}

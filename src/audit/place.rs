//! From byte ranges to places as people name them.

use super::open::Opened;
use crate::diff::Range;
use crate::model::{Lines, Pair, Place, Side, Source};

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
        self.sources.get(side).map(|source| source.file.as_str())
    }

    /// The place of a range, in a document of a side.
    pub(super) fn place(&self, side: Side, document: u32, range: Option<Range>) -> Option<Place> {
        let source = (*self.sources.get(side))?;
        let lines = self.lines.get(side);
        let start = range.map(|(start, _)| source.position_in(lines, start));
        let end = range
            .filter(|(start, end)| end > start)
            .map(|(_, end)| source.position_in(lines, end.saturating_sub(1)).0);
        let line = start.map(|(line, _)| line);
        Some(Place {
            file: source.file.clone(),
            document,
            line,
            column: start.map(|(_, column)| column),
            end_line: end.filter(|end| Some(*end) != line),
        })
    }
}

//! Lines of source around a place.

use serde::{Deserialize, Serialize};

use crate::model;

/// Lines of a file as they were kept: masked, cut where they are long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// One-based number of the first line.
    pub line: u32,
    /// The lines, without their ends.
    pub lines: Vec<String>,
    /// What of them the place covers.
    pub marks: Vec<Mark>,
    /// How many further lines the place covers.
    pub more: u32,
}

/// Part of a line of an [`Excerpt`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// One-based number of the line.
    pub line: u32,
    /// One-based character of the line, as it stands here, at which it begins.
    pub start: u32,
    /// One past its last character.
    pub end: u32,
}

impl Excerpt {
    /// The lines with their numbers, and what is marked of each.
    pub fn numbered(&self) -> impl Iterator<Item = (u32, &str, Option<Mark>)> {
        let mark = |number| self.marks.iter().find(|mark| mark.line == number).copied();
        let lines = (0_u32..).zip(&self.lines);
        lines.map(move |(nth, line)| {
            let number = self.line.saturating_add(nth);
            (number, line.as_str(), mark(number))
        })
    }
}

impl Mark {
    /// A line before the mark, what is marked, and what follows.
    pub fn parts(self, line: &str) -> (String, String, String) {
        let index = |at: u32| usize::try_from(at).unwrap_or(usize::MAX).saturating_sub(1);
        let (start, end) = (index(self.start), index(self.end));
        let marked = line.chars().skip(start).take(end.saturating_sub(start)).collect();
        (line.chars().take(start).collect(), marked, line.chars().skip(end.max(start)).collect())
    }
}

impl From<model::Excerpt> for Excerpt {
    fn from(excerpt: model::Excerpt) -> Self {
        let mark = |mark: model::Mark| Mark { line: mark.line, start: mark.start, end: mark.end };
        Self {
            line: excerpt.line,
            lines: excerpt.lines,
            marks: excerpt.marks.into_iter().map(mark).collect(),
            more: excerpt.more,
        }
    }
}

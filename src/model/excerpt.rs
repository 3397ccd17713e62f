//! Lines of source around a place.

/// Lines of a file as they were kept: masked, cut where they are long, without what the other side
/// holds as a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// One-based number of the line.
    pub line: u32,
    /// One-based character of the line, as it is shown, at which it begins.
    pub start: u32,
    /// One past its last character.
    pub end: u32,
}

impl Excerpt {
    /// How much it takes.
    pub fn bytes(&self) -> usize {
        self.lines.iter().map(String::len).sum()
    }
}

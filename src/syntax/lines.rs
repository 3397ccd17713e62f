//! What the syntaxes with one document per file share: lines, words, and the page of entries
//! that comes of them.

use std::borrow::Cow;

use crate::model::{GapReason, Kind, LimitReached, Limits, SourceId, Style, Tree, TreeBuilder};

use super::{DocumentRoot, Issue, Parsed};

/// The byte where a text begins, behind its byte order mark.
pub(super) fn beginning(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

/// A byte offset as spans and issues hold it.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// What to say of a template.
pub(super) const NOT_RENDERED: &str =
    "the file is a template that was not rendered: audit what it renders to";

/// Whether a template's action (`{{`, `{%` or `${`) stands at or around a byte.
fn is_template_at(text: &str, at: usize) -> bool {
    let marks = |from: usize| {
        let mark = text.as_bytes().get(from..from.saturating_add(2));
        mark.is_some_and(|mark| [b"{{", b"{%", b"${"].iter().any(|known| mark == *known))
    };
    marks(at) || at.checked_sub(1).is_some_and(marks)
}

/// Says that a text was not read because of a limit.
pub(super) fn limit_issue(limit: LimitReached, at: usize) -> Issue {
    Issue {
        reason: GapReason::LimitReached,
        at: offset(at),
        ordinal: Some(0),
        message: format!(
            "reading stopped here because the file exceeds {}; split the file",
            limit.name()
        ),
    }
}

/// Says that a text, or a part of it, is not valid in its syntax.
fn issue(reason: GapReason, at: usize, message: impl Into<String>) -> Issue {
    Issue { reason, at: offset(at), ordinal: Some(0), message: message.into() }
}

/// Says that a text is not valid in its syntax at a place, unless a template's action stands there.
pub(super) fn invalid(text: &str, at: usize, message: String) -> Issue {
    if is_template_at(text, at) {
        return issue(GapReason::TemplateNotRendered, at, NOT_RENDERED);
    }
    issue(GapReason::Unparsed, at, message)
}

/// How many issues of one file are told apart; a file with more is not what it was taken for.
const ISSUES_MAX: usize = 100;

const FURTHER_ISSUES: &str = "100 places of the file were not understood, and from here on they are \
                              not listed, so all of it counts as not understood: correct them, or \
                              check what the file is written in";

/// Adds an issue to those of a file; of a flood only the beginning is listed, and said to be.
pub(super) fn note(issues: &mut Vec<Issue>, reason: GapReason, at: usize, message: &'static str) {
    match issues.len() {
        0..ISSUES_MAX => issues.push(issue(reason, at, message)),
        ISSUES_MAX => issues.push(issue(GapReason::LimitReached, at, FURTHER_ISSUES)),
        _ => (),
    }
}

/// A file that is one document, which is missing when the tree has no root. So it is when places
/// that were not understood go unlisted: each has to be known, lest a secret there is kept.
pub(super) fn one_document(tree: Tree<'_>, issues: Vec<Issue>) -> Parsed<'_> {
    let (source, text) = (tree.source(), tree.text());
    let flooded = issues.len() > ISSUES_MAX;
    let tree = if flooded { Tree::empty(text, source) } else { tree };
    let end = offset(text.len());
    let documents = tree.root(0).map(|_| DocumentRoot { ordinal: 0, root: 0, start: 0, end });
    Parsed { documents: documents.into_iter().collect(), tree, issues, lenient: None }
}

/// One line, without its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'s> {
    /// Where it begins.
    pub(super) start: usize,
    /// What it says.
    pub(super) text: &'s str,
}

impl Line<'_> {
    /// The line without the blanks around it.
    pub(super) fn trimmed(self) -> Self {
        let text = self.text.trim_start_matches(is_blank);
        let start = self.start + (self.text.len() - text.len());
        Self { start, text: text.trim_end_matches(is_blank) }
    }

    /// How many bytes of blanks it begins with.
    pub(super) fn indentation(self) -> usize {
        self.text.len() - self.text.trim_start_matches(is_blank).len()
    }

    /// One past its last byte.
    pub(super) fn end(self) -> usize {
        self.start + self.text.len()
    }

    /// What stands behind the first `bytes` of it.
    pub(super) fn after(self, bytes: usize) -> Self {
        let bytes = bytes.min(self.text.len());
        Self { start: self.start + bytes, text: self.text.get(bytes..).unwrap_or_default() }
    }

    /// Its first `bytes`.
    pub(super) fn before(self, bytes: usize) -> Self {
        Self { start: self.start, text: self.text.get(..bytes).unwrap_or(self.text) }
    }
}

/// Whether a character separates words within a line.
pub(super) const fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\u{b}' | '\u{c}')
}

/// Walks a text line by line; a line ends in `\n` or `\r\n`.
#[derive(Debug)]
pub(super) struct Lines<'s> {
    text: &'s str,
    at: usize,
}

impl<'s> Lines<'s> {
    /// Begins behind the byte order mark.
    pub(super) fn new(text: &'s str) -> Self {
        Self { text, at: beginning(text) }
    }

    /// Goes on with the line behind the one that holds the byte `at`.
    pub(super) fn skip_line_of(&mut self, at: usize) {
        let rest = self.text.get(at..).unwrap_or_default();
        self.at = memchr::memchr(b'\n', rest.as_bytes()).map_or(self.text.len(), |n| at + n + 1);
    }
}

impl<'s> Iterator for Lines<'s> {
    type Item = Line<'s>;

    fn next(&mut self) -> Option<Line<'s>> {
        let start = self.at;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(b'\n', rest.as_bytes());
        self.at = length.map_or(self.text.len(), |length| start + length + 1);
        let text = rest.get(..length.unwrap_or(rest.len())).unwrap_or_default();
        Some(Line { start, text: text.strip_suffix('\r').unwrap_or(text) })
    }
}

/// A key or a value: what it says, and where it stands.
#[derive(Debug)]
pub(super) struct Word<'s> {
    span: (usize, usize),
    /// Where its text stands in the source, when it stands there verbatim.
    at: usize,
    text: Cow<'s, str>,
    style: Style,
}

impl<'s> Word<'s> {
    /// A word that says what stands there.
    pub(super) fn verbatim(line: Line<'s>) -> Self {
        let span = (line.start, line.end());
        Self { span, at: line.start, text: Cow::Borrowed(line.text), style: Style::Plain }
    }

    /// A word that says something else than what stands there, or does so inside quotes.
    pub(super) fn written(
        span: (usize, usize),
        at: usize,
        text: impl Into<Cow<'s, str>>,
        style: Style,
    ) -> Self {
        Self { span, at, text: text.into(), style }
    }
}

/// A document of keys and texts in the making, as every line-oriented syntax has it.
pub(super) struct Page<'s> {
    builder: TreeBuilder<'s>,
    issues: Vec<Issue>,
    limit: Option<(LimitReached, usize)>,
    end: usize,
}

impl<'s> Page<'s> {
    /// Opens the root.
    pub(super) fn new(text: &'s str, source: SourceId, limits: &Limits) -> Self {
        let builder = TreeBuilder::new(text, source, limits);
        let mut page = Self { builder, issues: Vec::new(), limit: None, end: text.len() };
        let start = beginning(text);
        page.write(start, |builder| builder.open(Kind::Map, Style::Plain, start));
        page
    }

    /// Adds a key with a text.
    pub(super) fn entry(&mut self, key: &Word<'_>, value: &Word<'_>) {
        self.word(key);
        self.word(value);
    }

    /// Adds a key with a map that begins at `start`; what follows goes into it.
    pub(super) fn open(&mut self, key: &Word<'_>, start: usize) {
        self.word(key);
        self.write(start, |builder| builder.open(Kind::Map, Style::Plain, start));
    }

    /// Ends the innermost map, but never the root.
    pub(super) fn close(&mut self, end: usize) {
        if self.builder.depth() > 1 {
            self.builder.close(end);
        }
    }

    /// Whether a limit was reached, so that nothing more is taken.
    pub(super) const fn is_full(&self) -> bool {
        self.limit.is_some()
    }

    /// Notes something that was not understood.
    pub(super) fn issue(&mut self, reason: GapReason, at: usize, message: &'static str) {
        note(&mut self.issues, reason, at, message);
    }

    /// The document; none if a limit was reached.
    pub(super) fn finish(mut self) -> Parsed<'s> {
        if let Some((limit, at)) = self.limit {
            self.builder.abandon(0);
            self.issues.push(limit_issue(limit, at));
        } else {
            while self.builder.depth() > 0 {
                self.builder.close(self.end);
            }
            self.builder.root(0);
        }
        one_document(self.builder.finish(), self.issues)
    }

    fn word(&mut self, word: &Word<'_>) {
        let Word { span, at, text, style } = word;
        self.write(span.0, |builder| builder.scalar(Kind::Text, *style, *span, text, *at));
    }

    fn write(
        &mut self,
        at: usize,
        step: impl FnOnce(&mut TreeBuilder<'s>) -> Result<u32, LimitReached>,
    ) {
        if self.limit.is_none() {
            self.limit = step(&mut self.builder).err().map(|limit| (limit, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ISSUES_MAX, Lines, Page};
    use crate::model::{GapReason, Limits, SourceId};

    #[test]
    fn lines_know_their_places_and_no_line_ends() {
        let lines: Vec<_> =
            Lines::new("\u{feff}a\r\n\n b\t\nc").map(|line| (line.start, line.text)).collect();
        assert_eq!(lines, [(3, "a"), (6, ""), (7, " b\t"), (11, "c")]);
    }

    #[test]
    fn a_flood_of_issues_ends_in_one_that_says_so() {
        let mut page = Page::new("", SourceId(0), &Limits::STANDARD);
        for at in 0..3 * ISSUES_MAX {
            page.issue(GapReason::Unparsed, at, "not understood");
        }
        let parsed = page.finish();
        assert_eq!(parsed.issues.len(), ISSUES_MAX + 1);
        assert_eq!(parsed.issues.last().unwrap().reason, GapReason::LimitReached);
        assert_eq!((parsed.documents.len(), parsed.tree.len()), (0, 0));
    }
}

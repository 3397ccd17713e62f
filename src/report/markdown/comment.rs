//! The text of a comment: sections, tables, and the end of the room there is.

use std::fmt::Write as _;

use crate::report::escape;

/// How long a comment may be.
const CHARS_MAX: usize = 65_535;

/// Room that rows leave to headings, counts and ends of sections.
const RESERVED: usize = 8_192;

/// Characters of one text.
const TEXT_CHARS_MAX: usize = 300;

/// A comment in the making.
pub(super) struct Comment {
    out: String,
    texts: Texts,
}

/// Makes texts of others short and harmless to a terminal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Texts {
    ascii: bool,
}

impl Texts {
    /// One line that is not too long.
    pub(super) fn cut(self, text: &str) -> String {
        let escaped = escape(text, self.ascii);
        match escaped.char_indices().nth(TEXT_CHARS_MAX) {
            Some((end, _)) => format!("{} ...", escaped.get(..end).unwrap_or_default()),
            None => escaped,
        }
    }
}

impl Comment {
    pub(super) const fn new(ascii: bool) -> Self {
        Self { out: String::new(), texts: Texts { ascii } }
    }

    /// One line that is not too long, of others' text.
    pub(super) fn text(&self, text: &str) -> String {
        self.texts.cut(text)
    }

    /// Adds a line of our own.
    pub(super) fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// Begins a section, open or folded.
    pub(super) fn begin(&mut self, title: &str, is_open: bool) {
        // Formatting into a text does not fail.
        let _ = if is_open {
            writeln!(self.out, "\n### {title}\n")
        } else {
            writeln!(self.out, "\n<details>\n<summary>{title}</summary>\n")
        };
    }

    /// Ends a section.
    pub(super) fn end(&mut self, is_open: bool) {
        if !is_open {
            self.line("\n</details>");
        }
    }

    /// Adds a table of the rows there is room for, and says how many there is none for.
    pub(super) fn table<T>(
        &mut self,
        columns: &[&str],
        rows: impl ExactSizeIterator<Item = T>,
        cells: impl Fn(T, Texts) -> Vec<String>,
    ) {
        let rule = "|---".repeat(columns.len());
        self.line(&format!("| {} |\n{rule}|", columns.join(" | ")));
        let mut left = rows.len();
        for row in rows {
            let row = format!("| {} |", cells(row, self.texts).join(" | "));
            let length = self.out.chars().count().saturating_add(row.chars().count());
            if length > CHARS_MAX.saturating_sub(RESERVED) {
                break;
            }
            self.line(&row);
            left = left.saturating_sub(1);
        }
        if left > 0 {
            self.line(&format!("\n{left} more in the report as JSON"));
        }
    }

    /// The comment.
    pub(super) fn finish(self) -> String {
        self.out
    }
}

/// A text as it is, in the letters of code.
pub(super) fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("<code>{}</code>", prose(text)) }
}

/// A text as it is: nothing in it is markup, a cell's end, a link, a mention or a formula.
///
/// An invisible space behind `@` and `#` keeps names and numbers from being looked up, here and in
/// mails about the comment (dependabot/dependabot-core#3157, #12685).
pub(super) fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        let before = text.get(..at).unwrap_or_default();
        let behind = text.get(at.saturating_add(1)..).unwrap_or_default();
        let is_link = match character {
            ':' => {
                behind.starts_with('/') || before.ends_with("mailto") || before.ends_with("xmpp")
            }
            '.' => before
                .get(at.saturating_sub(3)..)
                .is_some_and(|www| www.eq_ignore_ascii_case("www")),
            _ => false,
        };
        let is_markup = matches!(
            character,
            '&' | '<'
                | '>'
                | '|'
                | '`'
                | '*'
                | '_'
                | '['
                | ']'
                | '\\'
                | '~'
                | '!'
                | '$'
                | '#'
                | '@'
        );
        if is_link || is_markup {
            let _ = write!(out, "&#{};", u32::from(character));
        } else {
            out.push(character);
        }
        if matches!(character, '@' | '#') {
            out.push_str("&#8203;");
        }
    }
    out
}

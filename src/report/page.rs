//! A page of text: indented lines, wrapped prose, colours; the only place that writes them.

use std::fmt::Write as _;
use std::io;

use anstyle::{AnsiColor, Effects, Style};

use super::RenderOptions;
use super::escape::escape;
use super::records::{folder, reference};
use crate::wire::report::{Pair, Place, Report, Severity, Side, Verdict};

pub(super) const PLAIN: Style = Style::new();
pub(super) const STRONG: Style = Style::new().bold();
pub(super) const FAINT: Style = Style::new().dimmed();

/// How words that the other side lacks are set.
pub(super) const CHANGED: Effects = Effects::UNDERLINE;

/// How far labels and the text behind them stand from the left.
const LABEL_AT: usize = 4;
const LABELLED_AT: usize = 11;

/// What begins a link of a terminal (OSC 8), and what ends its address.
const LINK: &str = "\u{1b}]8;;";
const END: &str = "\u{1b}\\";

/// The narrowest prose that still reads.
const PROSE_COLUMNS_MIN: usize = 24;

pub(super) const fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::Red.on_default().bold(),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => AnsiColor::Cyan.on_default(),
        Severity::Info => FAINT,
    }
}

pub(super) const fn side_style(side: Side) -> Style {
    match side {
        Side::Blue => AnsiColor::Blue.on_default(),
        Side::Green => AnsiColor::Green.on_default(),
    }
}

pub(super) const fn verdict_style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Pass => AnsiColor::Green.on_default().bold(),
        Verdict::Fail => AnsiColor::Red.on_default().bold(),
        Verdict::Inconclusive => AnsiColor::Yellow.on_default().bold(),
    }
}

/// One line in the making. All text is escaped when it is added, whoever wrote it.
pub(super) struct Line {
    pieces: Vec<Piece>,
    indent: usize,
    ascii: bool,
}

/// Text of one style, and where a click on it leads.
struct Piece {
    style: Style,
    text: String,
    to: Option<String>,
}

impl Line {
    /// Adds text.
    pub(super) fn add(self, style: Style, text: &str) -> Self {
        self.link(style, text, None)
    }

    /// Adds text that leads somewhere, where that is known.
    pub(super) fn link(mut self, style: Style, text: &str, to: Option<String>) -> Self {
        if !text.is_empty() {
            self.pieces.push(Piece { style, text: escape(text, self.ascii), to });
        }
        self
    }

    /// Adds text in a column of `width` characters, ragged right.
    pub(super) fn column(mut self, style: Style, text: &str, width: usize) -> Self {
        let text = escape(text, self.ascii);
        let padding = " ".repeat(width.saturating_sub(text.chars().count()));
        self.pieces.push(Piece { style, text, to: None });
        self.pieces.push(Piece { style: PLAIN, text: padding, to: None });
        self
    }
}

/// Writes lines to `out`.
pub(super) struct Page<'p> {
    out: &'p mut dyn io::Write,
    pub(super) options: &'p RenderOptions,
    /// Where the files of each side are, as an address, where links are followed and it is known.
    pub(super) roots: Pair<Option<String>>,
}

impl<'p> Page<'p> {
    pub(super) fn new(out: &'p mut dyn io::Write, options: &'p RenderOptions) -> Self {
        Self { out, options, roots: Pair { blue: None, green: None } }
    }

    /// Finds out where the files of each side are.
    pub(super) fn root(&mut self, report: &Report) {
        let Some(base) = &self.options.links else { return };
        let root = |input| folder(input).map(|folder| format!("{base}/{}", reference(&folder)));
        self.roots = Pair { blue: root(&report.inputs.blue), green: root(&report.inputs.green) };
    }

    /// Where a click on a place leads.
    pub(super) fn address(&self, side: Side, place: &Place) -> Option<String> {
        let root = match side {
            Side::Blue => self.roots.blue.as_ref(),
            Side::Green => self.roots.green.as_ref(),
        };
        Some(format!("{}/{}", root?.trim_end_matches('/'), reference(&place.file)))
    }

    /// Begins a line.
    pub(super) fn line(&self, indent: usize) -> Line {
        Line { pieces: Vec::new(), indent, ascii: self.options.ascii }
    }

    /// Ends a line and writes it.
    ///
    /// Build servers take a line that begins with `::`, indented or not, for a command, so no line
    /// begins with it.
    pub(super) fn print(&mut self, line: Line) -> io::Result<()> {
        let plain: String = line.pieces.iter().map(|piece| piece.text.as_str()).collect();
        let mut is_command = plain.trim_start().starts_with("::");
        let mut text = " ".repeat(line.indent);
        for Piece { style, text: mut piece, to } in line.pieces {
            if is_command && piece.contains(':') {
                piece = piece.replacen(':', "\\u{3a}", 1);
                is_command = false;
            }
            let style = if self.options.colour { style } else { PLAIN };
            // Formatting into a text does not fail.
            let _ = match to.filter(|_| !piece.is_empty()) {
                Some(to) => write!(text, "{LINK}{to}{END}{style}{piece}{style:#}{LINK}{END}"),
                None => write!(text, "{style}{piece}{style:#}"),
            };
        }
        self.out.write_all(text.trim_end().as_bytes())?;
        self.out.write_all(b"\n")
    }

    /// Writes an empty line and a heading.
    pub(super) fn heading(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(b"\n")?;
        let line = self.line(0).add(STRONG, text);
        self.print(line)
    }

    /// Writes an empty line.
    pub(super) fn blank(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }

    /// Writes a label and one unbroken text behind it.
    pub(super) fn labelled(&mut self, label: &str, text: &str) -> io::Result<()> {
        let line = self.label(FAINT, label).add(PLAIN, text);
        self.print(line)
    }

    /// Begins a line with a label.
    pub(super) fn label(&self, style: Style, label: &str) -> Line {
        self.line(LABEL_AT).column(style, label, LABELLED_AT.saturating_sub(LABEL_AT))
    }

    /// Writes a label and prose behind it, wrapped.
    pub(super) fn explained(&mut self, label: &str, prose: &str) -> io::Result<()> {
        for (index, text) in self.wrapped(prose, LABELLED_AT).iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            let line = self.label(FAINT, label).add(PLAIN, text);
            self.print(line)?;
        }
        Ok(())
    }

    /// Writes prose, wrapped, its first line behind `head`.
    pub(super) fn prose(&mut self, indent: usize, head: &str, prose: &str) -> io::Result<()> {
        let hang = indent.saturating_add(head.chars().count());
        for (index, text) in self.wrapped(prose, hang).iter().enumerate() {
            let line = if index == 0 {
                self.line(indent).add(PLAIN, head).add(PLAIN, text)
            } else {
                self.line(hang).add(PLAIN, text)
            };
            self.print(line)?;
        }
        Ok(())
    }

    /// Breaks prose between words. Escapes count as they will be written.
    fn wrapped(&self, prose: &str, indent: usize) -> Vec<String> {
        let columns = self.options.width.saturating_sub(indent).max(PROSE_COLUMNS_MIN);
        let escaped = escape(prose.trim(), self.options.ascii);
        let mut lines: Vec<String> = vec![String::new()];
        let mut used = 0_usize;
        for word in escaped.split(' ').filter(|word| !word.is_empty()) {
            let length = word.chars().count();
            let Some(last) = lines.last_mut() else { break };
            let with_word = used.saturating_add(length).saturating_add(1);
            if last.is_empty() {
                last.push_str(word);
                used = length;
            } else if with_word <= columns {
                last.push(' ');
                last.push_str(word);
                used = with_word;
            } else {
                lines.push(word.to_owned());
                used = length;
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::{PLAIN, Page, STRONG};
    use crate::report::RenderOptions;

    fn page(options: &RenderOptions, write: impl FnOnce(&mut Page<'_>)) -> String {
        let mut out = Vec::new();
        write(&mut Page::new(&mut out, options));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn prose_is_wrapped_between_words_and_hangs() {
        let options = RenderOptions { width: 36, ..RenderOptions::default() };
        let text = page(&options, |page| {
            page.explained("what", "one two three four five six seven eight").unwrap();
        });
        assert_eq!(text, "    what   one two three four five\n           six seven eight\n");
    }

    #[test]
    fn no_line_begins_with_a_command_to_a_build_server() {
        let options = RenderOptions { width: 30, ..RenderOptions::default() };
        let text = page(&options, |page| {
            page.explained("what", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa ::error::forged").unwrap();
            for (first, second) in [("", " ::stop-commands::forged"), (":", ":group::forged")] {
                let line = page.line(2).add(PLAIN, first).add(STRONG, second);
                page.print(line).unwrap();
            }
            page.prose(2, "", "::warning::forged \n ::notice::forged").unwrap();
        });
        assert!(text.contains("forged"));
        for line in text.lines() {
            assert!(!line.trim_start().starts_with("::"), "{text}");
        }
    }

    #[test]
    fn colours_are_written_only_when_asked_for() {
        let written = |colour| {
            let options = RenderOptions { colour, ..RenderOptions::default() };
            page(&options, |page| page.heading("Heading").unwrap())
        };
        assert_eq!(written(false), "\nHeading\n");
        assert_eq!(written(true), "\n\u{1b}[1mHeading\u{1b}[0m\n");
    }
}

//! Where the text of a block scalar stands.
//!
//! The span of a block scalar begins at the first character of its first line, behind the
//! indentation, and ends behind the last character of its text: with the line break that `|` keeps,
//! without it for `|-`, with the blank lines that `|+` keeps. The header is outside.
//!
//! [`Style::Literal`] is a promise: line *k* of the text stands in the *k*-th line of the source
//! from the start of the span, behind the same indentation. It is checked here, line by line; what
//! does not keep it (leading blank lines, a lone carriage return) is [`Style::Folded`].

use crate::model::Style;

/// A block scalar, settled.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block<'t> {
    pub(super) style: Style,
    pub(super) span: (usize, usize),
    pub(super) value: &'t str,
}

/// Settles a block scalar that the parser found at `span` of `text`, with `value` as its text.
pub(super) fn settle<'t>(
    text: &str,
    span: (usize, usize),
    value: &'t str,
    is_literal: bool,
) -> Block<'t> {
    let value = without_invented_break(text, span, value);
    if value.bytes().all(|byte| byte == b'\n') {
        return nothing(text, span, value);
    }
    if let Some(end) = is_literal.then(|| line_by_line(text, span.0, value)).flatten() {
        return Block { style: Style::Literal, span: (span.0, end), value };
    }
    let end = folded_end(text, span, value);
    Block { style: Style::Folded, span: (span.0, end), value }
}

/// Drops the line break the parser adds when the file ends in the last line of the scalar.
fn without_invented_break<'t>(text: &str, span: (usize, usize), value: &'t str) -> &'t str {
    let ends_open = span.1 == text.len() && !text.ends_with(['\n', '\r']);
    let Some(shorter) = value.strip_suffix('\n').filter(|_| ends_open) else { return value };
    let region = text.get(span.0..span.1).unwrap_or_default();
    let last_line = match region.rsplit_once(['\n', '\r']) {
        // A scalar of blank lines only: the parser's span begins at the header.
        Some((before, _)) if region.starts_with(['|', '>']) && shorter.is_empty() => {
            return if before.contains(['\n', '\r']) { value } else { shorter };
        }
        Some((_, last)) => last.get(column(text, span.0)..).unwrap_or_default(),
        None => region,
    };
    if last_line.is_empty() { value } else { shorter }
}

/// A scalar without a line of text: an empty span behind its header.
fn nothing<'t>(text: &str, span: (usize, usize), value: &'t str) -> Block<'t> {
    let end =
        text.get(..span.1).unwrap_or_default().trim_end_matches([' ', '\t', '\n', '\r']).len();
    Block { style: Style::Folded, span: (end, end), value }
}

/// One past the text, if each of its lines is the next line of the source.
fn line_by_line(text: &str, start: usize, value: &str) -> Option<usize> {
    let indent = column(text, start);
    let mut at = start;
    let mut lines = value.split('\n').peekable();
    while let Some(line) = lines.next() {
        if line.is_empty() && lines.peek().is_none() {
            break;
        }
        let rest = text.get(at..)?;
        let end = memchr::memchr(b'\n', rest.as_bytes());
        let source = rest.get(..end.unwrap_or(rest.len()))?;
        let source = source.strip_suffix('\r').filter(|_| end.is_some()).unwrap_or(source);
        if behind_indentation(source, if at == start { 0 } else { indent }) != line {
            return None;
        }
        at = match end {
            Some(end) if lines.peek().is_some() => at.saturating_add(end).saturating_add(1),
            _ => at.saturating_add(source.len()),
        };
    }
    Some(at)
}

fn behind_indentation(line: &str, indent: usize) -> &str {
    let spaces = line.bytes().take(indent).take_while(|byte| *byte == b' ').count();
    line.get(spaces..).unwrap_or_default()
}

/// One past the last line of text, and past as many line breaks as the text ends in.
fn folded_end(text: &str, span: (usize, usize), value: &str) -> usize {
    let region = text.get(span.0..span.1).unwrap_or_default();
    let mut end = region.trim_end_matches([' ', '\t', '\n', '\r']).len();
    let mut rest = region.get(end..).unwrap_or_default();
    let blanks = rest.find(['\n', '\r']).unwrap_or(rest.len());
    end = end.saturating_add(blanks);
    rest = rest.get(blanks..).unwrap_or_default();
    for _ in value.bytes().rev().take_while(|byte| *byte == b'\n') {
        let length = rest.find('\n').map_or(rest.len(), |at| at.saturating_add(1));
        end = end.saturating_add(length);
        rest = rest.get(length..).unwrap_or_default();
    }
    span.0.saturating_add(end)
}

/// How many bytes stand between the beginning of the line and `at`.
fn column(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    memchr::memrchr2(b'\n', b'\r', before).map_or(at, |line| at - line - 1)
}

#[cfg(test)]
mod tests {
    use super::{Block, settle};
    use crate::model::Style;

    #[test]
    fn a_literal_span_holds_the_text_and_the_breaks_it_keeps() {
        let text = "a: |\n  x\n  y\n\nb: 1\n";
        let literal = |span, value| Block { style: Style::Literal, span, value };
        assert_eq!(settle(text, (7, 14), "x\ny\n", true), literal((7, 13), "x\ny\n"));
        assert_eq!(settle(text, (7, 14), "x\ny", true), literal((7, 12), "x\ny"));
        assert_eq!(settle(text, (7, 14), "x\ny\n\n", true), literal((7, 14), "x\ny\n\n"));
        let text = "a: |\r\n  x\r\n   y\r\n";
        assert_eq!(settle(text, (8, 17), "x\n y\n", true), literal((8, 17), "x\n y\n"));
    }

    #[test]
    fn a_break_that_the_file_does_not_have_is_dropped() {
        let text = "a: |\n  x";
        assert_eq!(settle(text, (7, 8), "x\n", true).value, "x");
        let text = "a: |\n  x\n    ";
        assert_eq!(settle(text, (7, 13), "x\n  \n", true).value, "x\n  ");
        let text = "a: |\n  x\n  ";
        assert_eq!(settle(text, (7, 11), "x\n", true).value, "x\n");
        let text = "a: |+\n  ";
        assert_eq!(settle(text, (3, 8), "\n", true).value, "");
    }

    #[test]
    fn lines_that_do_not_stand_one_by_one_are_folded() {
        let text = "a: |\n\n  x\n";
        assert_eq!(
            settle(text, (8, 10), "\nx\n", true),
            Block { style: Style::Folded, span: (8, 10), value: "\nx\n" }
        );
        let text = "a: >-\n  x\n  y\n\n";
        assert_eq!(
            settle(text, (8, 15), "x y", false),
            Block { style: Style::Folded, span: (8, 13), value: "x y" }
        );
        let text = "a: |\nb: 1\n";
        assert_eq!(
            settle(text, (5, 5), "", true),
            Block { style: Style::Folded, span: (4, 4), value: "" }
        );
    }
}

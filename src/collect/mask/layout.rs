//! From a scalar's text back to the bytes of the file it was read from.

use std::ops::Range;

use super::edit::{Edit, Mask};
use crate::model::{Node, Style};

/// How a scalar's text stands in its file. Only layouts that reproduce the text exactly exist.
#[derive(Debug)]
pub(super) enum Layout {
    /// As it is, from this byte on.
    Verbatim(usize),
    /// Each of these parts as it is: offset in the text, offset in the file.
    Parts { parts: Vec<(usize, usize)>, quoted: bool },
}

impl Layout {
    /// The layout of a scalar; nothing when its text cannot be followed back.
    pub(super) fn of(node: Node<'_>) -> Option<Self> {
        let (raw, text, start) = (node.raw(), node.text(), node.span().start as usize);
        let begins = |at: usize| raw.get(at..).is_some_and(|raw| raw.starts_with(text));
        // Most stand there by themselves or in quotes.
        let at = (0..=1).find(|at| begins(*at));
        let at = at.or_else(|| memchr::memmem::find(raw.as_bytes(), text.as_bytes()));
        if let Some(at) = at {
            return Some(Self::Verbatim(start + at));
        }
        if matches!(node.style(), Style::Literal | Style::Folded | Style::Plain)
            && let Some(parts) = lines(raw, text, start)
        {
            return Some(Self::Parts { parts, quoted: false });
        }
        let parts = escapes(raw, text, start)?;
        Some(Self::Parts { parts, quoted: raw.starts_with('"') })
    }

    /// Where a byte of the text stands in the file.
    fn at(&self, offset: usize) -> usize {
        match self {
            Self::Verbatim(start) => start + offset,
            Self::Parts { parts, .. } => {
                let part = parts.partition_point(|(text, _)| *text <= offset);
                let (text, file) =
                    part.checked_sub(1).and_then(|at| parts.get(at)).copied().unwrap_or_default();
                file + (offset - text)
            }
        }
    }

    /// Where the byte behind a range's last one stands in the file.
    fn end(&self, range: &Range<usize>) -> usize {
        if range.is_empty() { self.at(range.start) } else { self.behind(range.end) }
    }

    /// One past the file's bytes of the character before `offset`.
    fn behind(&self, offset: usize) -> usize {
        match self {
            Self::Verbatim(start) => start + offset,
            Self::Parts { parts, quoted: false } => {
                let part = parts.partition_point(|(text, _)| *text < offset);
                let (text, file) =
                    part.checked_sub(1).and_then(|at| parts.get(at)).copied().unwrap_or_default();
                file + (offset - text)
            }
            // Every character begins a part or follows one; so the next part begins behind it.
            Self::Parts { .. } => self.at(offset),
        }
    }

    /// The same mask as edits of the file.
    pub(super) fn place(&self, mask: Mask) -> Mask {
        let quoted = matches!(self, Self::Parts { quoted: true, .. });
        let edits = mask.edits.into_iter().map(|edit| Edit {
            range: self.at(edit.range.start)..self.end(&edit.range),
            text: if quoted { edit.text.replace('"', "\\\"") } else { edit.text },
        });
        Mask { edits: edits.collect(), cause: mask.cause }
    }
}

/// The masks of a text that cannot be followed back to its file as a whole: each part that they
/// replace is sought there by itself, and all its occurrences are replaced.
pub(super) fn verbatim(node: Node<'_>, text: &str, masks: &[Mask]) -> Option<Vec<Mask>> {
    let start = node.span().start as usize;
    let mut placed = Vec::new();
    for mask in masks {
        for edit in &mask.edits {
            let old = text.get(edit.range.clone()).filter(|old| !old.is_empty())?;
            let found = memchr::memmem::find_iter(node.raw().as_bytes(), old.as_bytes());
            let before = placed.len();
            placed.extend(found.map(|at| Mask {
                edits: vec![Edit {
                    range: start + at..start + at + old.len(),
                    text: edit.text.clone(),
                }],
                cause: mask.cause,
            }));
            if placed.len() == before {
                return None;
            }
        }
    }
    Some(placed)
}

/// A block whose lines stand in the file one by one, each behind its indentation.
fn lines(raw: &str, text: &str, start: usize) -> Option<Vec<(usize, usize)>> {
    let mut raw_lines = Lines::new(raw, start);
    let mut parts = Vec::new();
    for (offset, line) in Lines::new(text, 0) {
        // What is left of the text behind its last line end is no line.
        if line.is_empty() && offset == text.len() {
            break;
        }
        let Some((at, raw_line)) = raw_lines.next() else {
            if line.is_empty() {
                continue;
            }
            return None;
        };
        let raw_line = raw_line.strip_suffix('\r').unwrap_or(raw_line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let indentation = raw_line.strip_suffix(line)?;
        if !indentation.bytes().all(|byte| matches!(byte, b' ' | b'\t')) {
            return None;
        }
        parts.push((offset, at + indentation.len()));
    }
    (!parts.is_empty()).then_some(parts)
}

/// Lines with their offsets, the unfinished last one included.
struct Lines<'t> {
    rest: Option<&'t str>,
    at: usize,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str, at: usize) -> Self {
        Self { rest: Some(text), at }
    }
}

impl<'t> Iterator for Lines<'t> {
    type Item = (usize, &'t str);

    fn next(&mut self) -> Option<(usize, &'t str)> {
        let rest = self.rest?;
        let at = self.at;
        let (line, behind) = match rest.split_once('\n') {
            Some((line, behind)) => (line, Some(behind)),
            None => (rest, None),
        };
        self.at = at + line.len() + 1;
        self.rest = behind;
        Some((at, line))
    }
}

/// A quoted text with escapes, followed back character by character.
fn escapes(raw: &str, text: &str, start: usize) -> Option<Vec<(usize, usize)>> {
    let quote = raw.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let quotes =
        if raw.len() >= 6 && raw.bytes().take(3).all(|b| char::from(b) == quote) { 3 } else { 1 };
    let inner = raw.get(quotes..raw.len().checked_sub(quotes)?)?;
    let mut parts = Vec::new();
    let (mut at, mut offset) = (0, 0);
    while offset < text.len() {
        let expected = text.get(offset..)?.chars().next()?;
        let (character, length) = one(inner.get(at..)?, quote, quotes)?;
        if character != expected {
            return None;
        }
        parts.push((offset, start + quotes + at));
        at += length;
        offset += expected.len_utf8();
    }
    parts.push((offset, start + quotes + at));
    (at == inner.len()).then_some(parts)
}

/// The first character of a quoted text, and how many bytes it is written with.
fn one(raw: &str, quote: char, quotes: usize) -> Option<(char, usize)> {
    let mut characters = raw.chars();
    let first = characters.next()?;
    if first == '\'' && quote == '\'' && quotes == 1 && raw.starts_with("''") {
        return Some(('\'', 2));
    }
    if first != '\\' || quote == '\'' && quotes == 1 {
        return Some((first, first.len_utf8()));
    }
    let escaped = characters.next()?;
    let hex = |from: usize, digits: usize| {
        let digits = raw.get(from..from + digits)?;
        u32::from_str_radix(digits, 16).ok()
    };
    let simple = |character| Some((character, 1 + escaped.len_utf8()));
    match escaped {
        'n' => simple('\n'),
        't' => simple('\t'),
        'r' => simple('\r'),
        'b' => simple('\u{8}'),
        'f' => simple('\u{c}'),
        '0' => simple('\0'),
        'e' => simple('\u{1b}'),
        'x' => Some((char::from_u32(hex(2, 2)?)?, 4)),
        'U' => Some((char::from_u32(hex(2, 8)?)?, 10)),
        'u' => {
            let unit = hex(2, 4)?;
            if let Some(character) = char::from_u32(unit) {
                return Some((character, 6));
            }
            let low = raw.get(6..8).filter(|mark| *mark == "\\u").and_then(|_| hex(8, 4))?;
            let code = 0x1_0000 + ((unit & 0x3ff) << 10 | low & 0x3ff);
            Some((char::from_u32(code)?, 12))
        }
        other => simple(other),
    }
}

#[cfg(test)]
mod tests {
    use super::{escapes, lines};

    #[test]
    fn escaped_text_is_followed_back() {
        let raw = r#""a\"\u00e9\n\uD83D\uDE00b""#;
        let parts = escapes(raw, "a\"é\n😀b", 10).unwrap();
        assert_eq!(parts.last(), Some(&(10, 10 + raw.len() - 1)));
        assert_eq!(parts[1], (1, 12));
        assert!(escapes(raw, "other", 0).is_none());
        assert_eq!(escapes("'a''b'", "a'b", 0).unwrap().len(), 4);
    }

    #[test]
    fn block_lines_are_followed_back() {
        let raw = "a: 1\n\n      b\n";
        assert_eq!(lines(raw, "a: 1\n\n  b\n", 0).unwrap(), [(0, 0), (5, 5), (6, 10)]);
        assert!(lines("a\n  b\n", "a b\n", 0).is_none());
    }
}

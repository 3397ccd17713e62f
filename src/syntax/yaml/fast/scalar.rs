//! Scalars of the fast path.

use crate::model::{Kind, Style};
use crate::syntax::yaml::{block, quoted};

use super::{Bail, Fast, Read};

/// One line of a plain scalar.
struct PlainLine {
    /// One past its text.
    end: usize,
    /// Its line break, or the end of the text.
    stop: usize,
    is_commented: bool,
}

/// What becomes of the line breaks at the end of a block scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomp {
    Strip,
    Clip,
    Keep,
}

impl Fast<'_, '_> {
    /// Reads a plain scalar and the lines that continue it: those that are indented deeper than
    /// column `parent`.
    pub(super) fn plain(&mut self, parent: usize) -> Read<u32> {
        let start = self.at;
        let mut last = self.plain_line(start)?;
        self.newline(last.stop);
        let mut lines = 1;
        let mut blanks = 0;
        while !last.is_commented && self.at < self.bytes.len() {
            self.skip_spaces();
            match self.peek(self.at) {
                b'\n' => {
                    blanks += 1;
                    self.newline(self.at);
                    continue;
                }
                b'\t' => return Err(Bail),
                b'#' => break,
                _ if self.at - self.line <= parent => break,
                _ => (),
            }
            if lines == 1 {
                self.scratch.clear();
                self.scratch.push_str(self.text.get(start..last.end).ok_or(Bail)?);
            }
            lines += 1;
            match blanks {
                0 => self.scratch.push(' '),
                several => self.scratch.extend(std::iter::repeat_n('\n', several)),
            }
            blanks = 0;
            last = self.plain_line(self.at)?;
            self.scratch.push_str(self.text.get(self.at..last.end).ok_or(Bail)?);
            self.newline(last.stop);
        }
        let span = (start, last.end);
        if lines == 1 {
            self.builder.borrowed(Kind::Plain, Style::Plain, span, span)?;
        } else {
            self.builder.owned(Kind::Plain, Style::Plain, span, &self.scratch)?;
        }
        self.ended = last.end;
        Ok(0)
    }

    fn plain_line(&self, start: usize) -> Read<PlainLine> {
        let mut at = start;
        let (end, stop) = loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let found = memchr::memchr3(b':', b'#', b'\n', rest);
            let here = at + found.unwrap_or(rest.len());
            match self.peek(here) {
                b'\n' => break (here, here),
                b':' if matches!(self.peek(here + 1), b' ' | b'\n') => return Err(Bail),
                b'#' if here > start && self.peek(here - 1) == b' ' => {
                    break (here, self.end_of_line(here));
                }
                _ => at = here + 1,
            }
        };
        self.token(start, end)?;
        Ok(PlainLine { end: self.trimmed(start, end), stop, is_commented: end != stop })
    }

    /// Reads a quoted scalar, whatever the indentation of its lines.
    pub(super) fn quoted(&mut self) -> Read<u32> {
        let start = self.at;
        let is_double = self.peek(start) == b'"';
        let style = if is_double { Style::Double } else { Style::Single };
        let end = quoted::end(self.text, start).ok_or(Bail)?;
        let inner = (start + 1, end - 1);
        let raw = self.text.get(inner.0..inner.1).ok_or(Bail)?;
        let last_break = memchr::memrchr(b'\n', raw.as_bytes());
        if self.has_tabs && last_break.is_some() && raw.contains('\t') {
            return Err(Bail);
        }
        let escape = if is_double { b'\\' } else { b'\'' };
        if last_break.is_none() && memchr::memchr(escape, raw.as_bytes()).is_none() {
            self.builder.borrowed(Kind::Text, style, (start, end), inner)?;
        } else {
            let text = if is_double { quoted::double(raw) } else { Some(quoted::single(raw)) };
            self.builder.owned(Kind::Text, style, (start, end), &text.ok_or(Bail)?)?;
        }
        if let Some(last_break) = last_break {
            self.line = inner.0 + last_break + 1;
            self.breaks = true;
        }
        self.at = end;
        self.ended = end;
        Ok(0)
    }

    /// Reads a block scalar, whose lines are indented deeper than column `parent`.
    pub(super) fn block_scalar(&mut self, parent: usize) -> Read<u32> {
        let is_literal = self.peek(self.at) == b'|';
        self.at += 1;
        let chomp = match self.peek(self.at) {
            b'-' => Chomp::Strip,
            b'+' => Chomp::Keep,
            _ => Chomp::Clip,
        };
        self.at += usize::from(chomp != Chomp::Clip);
        self.end_line()?;
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let indent = rest.iter().take_while(|byte| **byte == b' ').count();
        let start = self.at + indent;
        // Leading blank lines and a scalar without text are left to the parser.
        if indent <= parent || matches!(self.peek(start), b'\n' | b'\t') {
            return Err(Bail);
        }
        let breaks = self.block_lines(indent, is_literal)?;
        let kept = match chomp {
            Chomp::Strip => 0,
            Chomp::Clip => breaks.min(1),
            Chomp::Keep => breaks,
        };
        self.scratch.extend(std::iter::repeat_n('\n', kept));
        let block = block::settle(self.text, (start, self.at), &self.scratch, is_literal);
        self.builder.scalar(Kind::Text, block.style, block.span, block.value, start)?;
        self.ended = block.span.1;
        Ok(0)
    }

    /// Collects the lines of a block scalar, without the line breaks at its end; returns how many
    /// those are.
    fn block_lines(&mut self, indent: usize, is_literal: bool) -> Read<usize> {
        self.scratch.clear();
        let mut breaks = 0;
        let mut was_more = false;
        while self.at < self.bytes.len() {
            let stop = self.end_of_line(self.at);
            let line = self.bytes.get(self.at..stop).unwrap_or_default();
            let spaces = line.iter().take(indent).take_while(|byte| **byte == b' ').count();
            if spaces == line.len() {
                breaks += usize::from(stop < self.bytes.len());
                self.newline(stop);
                continue;
            }
            if spaces < indent {
                if line.get(spaces) == Some(&b'\t') {
                    return Err(Bail);
                }
                break;
            }
            let is_more = matches!(line.get(indent), Some(b' ' | b'\t'));
            let is_folded = !is_literal && !is_more && !was_more && breaks > 0;
            if is_folded && breaks == 1 {
                self.scratch.push(' ');
            } else {
                let count = breaks - usize::from(is_folded);
                self.scratch.extend(std::iter::repeat_n('\n', count));
            }
            self.scratch.push_str(self.text.get(self.at + indent..stop).ok_or(Bail)?);
            was_more = is_more;
            breaks = usize::from(stop < self.bytes.len());
            self.newline(stop);
        }
        Ok(breaks)
    }
}

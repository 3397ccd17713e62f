//! Flow lists and maps of the fast path.

use crate::model::{Kind, Style};

use super::{Bail, Fast, Read};

impl Fast<'_, '_> {
    /// Reads a flow list or map.
    pub(super) fn flow(&mut self) -> Read<u32> {
        let is_map = self.peek(self.at) == b'{';
        let close = if is_map { b'}' } else { b']' };
        self.open(if is_map { Kind::Map } else { Kind::List }, Style::Flow)?;
        self.at += 1;
        let mut height = 0;
        self.flow_space()?;
        while self.peek(self.at) != close {
            if is_map {
                self.flow_key()?;
            }
            height = height.max(self.flow_value()?);
            self.flow_space()?;
            match self.peek(self.at) {
                b',' => self.at += 1,
                byte if byte == close => break,
                _ => return Err(Bail),
            }
            self.flow_space()?;
        }
        self.at += 1;
        self.ended = self.at;
        self.builder.close(self.at);
        Ok(height + 1)
    }

    /// Reads a key and its colon, which stand on one line.
    fn flow_key(&mut self) -> Read<()> {
        let line = self.line;
        let is_quoted = matches!(self.peek(self.at), b'"' | b'\'');
        if is_quoted {
            self.quoted()?;
        } else {
            let start = self.at;
            self.flow_plain()?;
            self.merges |= self.text.get(start..self.ended) == Some("<<");
        }
        self.skip_spaces();
        let is_value = is_quoted || matches!(self.peek(self.at + 1), b' ' | b'\n');
        if self.line != line || self.peek(self.at) != b':' || !is_value {
            return Err(Bail);
        }
        self.at += 1;
        self.flow_space()
    }

    fn flow_value(&mut self) -> Read<u32> {
        match self.peek(self.at) {
            b'"' | b'\'' => self.quoted(),
            b'[' | b'{' => self.flow(),
            b'*' => self.alias(),
            _ => self.flow_plain(),
        }
    }

    /// Reads a plain scalar that ends on this line.
    fn flow_plain(&mut self) -> Read<u32> {
        let start = self.at;
        let first = self.peek(start);
        let is_number = first == b'-' && self.peek(start + 1).is_ascii_alphanumeric();
        if matches!(first, b'-' | b'?' | b':') && !is_number {
            return Err(Bail);
        }
        self.plain_start(start)?;
        let mut end = start;
        loop {
            match self.peek(end) {
                b',' | b'[' | b']' | b'{' | b'}' | b'\n' => break,
                b':' if matches!(
                    self.peek(end + 1),
                    b' ' | b'\n' | b',' | b'[' | b']' | b'{' | b'}'
                ) =>
                {
                    break;
                }
                b'#' if self.peek(end - 1) == b' ' => break,
                _ => end += 1,
            }
        }
        self.at = end;
        let end = self.trimmed(start, end);
        self.token(start, end)?;
        self.builder.borrowed(Kind::Plain, Style::Plain, (start, end), (start, end))?;
        self.ended = end;
        Ok(0)
    }

    /// Skips spaces, line breaks and comments.
    fn flow_space(&mut self) -> Read<()> {
        loop {
            self.skip_spaces();
            let is_apart = self.at == self.line || self.peek(self.at - 1) == b' ';
            match self.peek(self.at) {
                b'\n' if self.at < self.bytes.len() => {
                    self.breaks = true;
                    self.newline(self.at);
                }
                b'#' if is_apart => self.newline(self.end_of_line(self.at)),
                b'\n' | b'\t' | b'#' => return Err(Bail),
                _ if self.is_marker(b"---") || self.is_marker(b"...") => return Err(Bail),
                _ => return Ok(()),
            }
        }
    }
}

//! Cuts nginx configuration into words, as `ngx_conf_read_token` does.

use super::super::lines::beginning;

/// Longest action of a template: each `{{` looks no further for its end.
const ACTION_BYTES_MAX: usize = 512;

/// What nginx configuration consists of, blanks and comments left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A word, its quotes included.
    Word,
    /// `;`
    Semicolon,
    /// `{`
    Open,
    /// `}`
    Close,
    /// A word whose quote is not closed; it goes on to the end of the text.
    Unclosed,
    /// An action of a template: `{{ … }}` or `{% … %}`.
    Template,
}

/// Walks the text part by part. Stops only at ASCII bytes, so every place is a character's.
pub(super) struct Scanner<'s> {
    text: &'s str,
    at: usize,
}

impl<'s> Scanner<'s> {
    /// Begins behind the byte order mark.
    pub(super) fn new(text: &'s str) -> Self {
        Self { text, at: beginning(text) }
    }

    /// The next part and where it stands.
    pub(super) fn next_part(&mut self) -> Option<(Part, (usize, usize))> {
        self.skip_blanks();
        let start = self.at;
        let part = match self.peek()? {
            b';' => self.one(Part::Semicolon),
            b'}' => self.one(Part::Close),
            b'{' => match self.template_end() {
                Some(end) => {
                    self.at = end;
                    Part::Template
                }
                None => self.one(Part::Open),
            },
            quote @ (b'"' | b'\'') => self.quoted(quote),
            _ => self.word(),
        };
        Some((part, (start, self.at)))
    }

    /// Goes behind the `}` of a Lua block whose `{` was just read; returns where that `}` stands.
    pub(super) fn skip_lua(&mut self) -> Option<usize> {
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                None => return None,
                Some(b'{') => depth += 1,
                Some(b'}') if depth == 0 => {
                    self.at += 1;
                    return Some(self.at - 1);
                }
                Some(b'}') => depth -= 1,
                Some(quote @ (b'"' | b'\'')) => {
                    self.quoted(quote);
                    continue;
                }
                Some(b'[') => {
                    self.skip_long_bracket();
                    continue;
                }
                Some(b'-') if self.rest().starts_with("--") => {
                    self.at += 2;
                    if !self.skip_long_bracket() {
                        self.skip_line();
                    }
                    continue;
                }
                Some(_) => (),
            }
            self.at += 1;
        }
    }

    /// Skips a Lua text like `[==[ … ]==]` if one begins here; else a single `[`, if there is one.
    fn skip_long_bracket(&mut self) -> bool {
        let rest = self.rest();
        let Some(inner) = rest.strip_prefix('[') else { return false };
        let level = inner.len() - inner.trim_start_matches('=').len();
        let opening = level + 2;
        if !inner.trim_start_matches('=').starts_with('[') {
            self.at += 1;
            return false;
        }
        let closing = format!("]{}]", "=".repeat(level));
        let behind = rest.get(opening..).unwrap_or_default();
        let length = behind.find(&closing).map_or(behind.len(), |end| end + closing.len());
        self.at += opening + length;
        true
    }

    fn one(&mut self, part: Part) -> Part {
        self.at += 1;
        part
    }

    fn quoted(&mut self, quote: u8) -> Part {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            if byte == quote {
                return Part::Word;
            }
            if byte == b'\\' {
                self.skip_escaped();
            }
        }
        Part::Unclosed
    }

    /// An unquoted word. A `{` behind `$` belongs to it; so do `#`, quotes and `}` in its middle.
    fn word(&mut self) -> Part {
        let mut is_variable = false;
        while let Some(byte) = self.peek() {
            let is_end = byte.is_ascii_whitespace() || byte == b';' || byte == b'{';
            if is_end && !(byte == b'{' && is_variable) {
                break;
            }
            is_variable = byte == b'$';
            self.at += 1;
            if byte == b'\\' {
                self.skip_escaped();
            }
        }
        Part::Word
    }

    /// A backslash takes the next character with it.
    fn skip_escaped(&mut self) {
        self.at += self.rest().chars().next().map_or(0, char::len_utf8);
    }

    /// Where a template's action ends that begins here and ends on this line.
    fn template_end(&self) -> Option<usize> {
        let rest = self.rest();
        let closing = match rest.as_bytes().get(1)? {
            b'{' => b"}}",
            b'%' => b"%}",
            _ => return None,
        };
        let near = rest.as_bytes().get(..rest.len().min(ACTION_BYTES_MAX)).unwrap_or_default();
        let line = near.split(|byte| *byte == b'\n').next().unwrap_or_default();
        memchr::memmem::find(line, closing).map(|length| self.at + length + closing.len())
    }

    fn skip_blanks(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'#' {
                self.skip_line();
            } else if byte.is_ascii_whitespace() {
                self.at += 1;
            } else {
                break;
            }
        }
    }

    fn skip_line(&mut self) {
        let rest = self.rest().as_bytes();
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'s str {
        self.text.get(self.at..).unwrap_or_default()
    }
}

//! Java properties, as `java.util.Properties.load` reads them.

use crate::model::{GapReason, Limits, SourceId, Style};

use super::claims::has_extension;
use super::lines::{Line, Page, Word, beginning};
use super::{Parsed, Repeats, Syntax};

/// The syntax.
pub(super) static PROPERTIES: Properties = Properties;

/// Java properties.
pub(super) struct Properties;

impl Syntax for Properties {
    fn id(&self) -> &'static str {
        "properties"
    }

    fn about(&self) -> &'static str {
        "Java properties: key, '=' or ':' or a blank, value; escapes and continued lines"
    }

    fn sample(&self) -> &'static str {
        r"# service settings
! also a comment
spring.application.name=checkout
server.port : 8443
server.ssl.enabled true
  indented = value with = and : inside
app.empty=
app.flag
app.retry[0].max-attempts=3
app.greeting=Grüezi
app.twice=1
app.twice=2
"
    }

    fn claim(&self, name: &str, _head: &str) -> u8 {
        if has_extension(name, &["properties"]) { 90 } else { 0 }
    }

    fn repeats(&self) -> Repeats {
        Repeats::LastWins
    }

    fn parse<'s>(&self, text: &'s str, source: SourceId, limits: &Limits) -> Parsed<'s> {
        let mut page = Page::new(text, source, limits);
        let mut cursor = Cursor { text, at: beginning(text) };
        while !page.is_full() && cursor.next_entry() {
            match cursor.entry() {
                Ok((key, value)) => page.entry(&key, &value),
                Err(at) => {
                    let message = "the \\u escape is no character: write four hexadecimal digits";
                    page.issue(GapReason::Unparsed, at, message);
                    cursor.skip_line();
                }
            }
        }
        page.finish()
    }
}

/// Walks the text; a line ends in `\n`, `\r` or `\r\n`.
struct Cursor<'s> {
    text: &'s str,
    at: usize,
}

impl<'s> Cursor<'s> {
    /// Goes to the next line that is neither blank nor a comment, behind its indentation.
    fn next_entry(&mut self) -> bool {
        loop {
            self.skip(|character| is_blank(character) || is_line_end(character));
            match self.peek() {
                None => return false,
                Some('#' | '!') => self.skip(|character| !is_line_end(character)),
                Some(_) => return true,
            }
        }
    }

    /// Reads key, separator and value up to the end of the logical line. Fails with the place of
    /// an escape that is none.
    fn entry(&mut self) -> Result<(Word<'s>, Word<'s>), usize> {
        let key = self.word(|character| is_blank(character) || matches!(character, '=' | ':'))?;
        self.skip_blanks();
        if matches!(self.peek(), Some('=' | ':')) {
            self.at += 1;
            self.skip_blanks();
        }
        Ok((key, self.word(|_| false)?))
    }

    /// Reads up to a character that stops it, or the end of the logical line.
    fn word(&mut self, stops: impl Fn(char) -> bool) -> Result<Word<'s>, usize> {
        let start = self.at;
        let rest = self.rest();
        let ends = |character| character == '\\' || is_line_end(character) || stops(character);
        let (plain, behind) =
            rest.split_at_checked(rest.find(ends).unwrap_or(rest.len())).unwrap_or_default();
        if !behind.starts_with('\\') {
            self.at += plain.len();
            return Ok(Word::verbatim(Line { start, text: plain }));
        }
        let mut text = String::new();
        let mut style = Style::Plain;
        while let Some(character) = self.peek() {
            if is_line_end(character) || stops(character) {
                break;
            }
            if self.continues() {
                style = Style::Folded;
                self.continue_line();
            } else if character == '\\' {
                text.extend(self.escape()?);
            } else {
                text.push(character);
                self.at += character.len_utf8();
            }
        }
        Ok(Word::written((start, self.at), start, text, style))
    }

    /// Reads an escape: a letter for a control character, `u` and four digits, or the character itself.
    fn escape(&mut self) -> Result<Option<char>, usize> {
        let start = self.at;
        self.at += 1;
        let Some(character) = self.peek() else { return Ok(None) };
        self.at += character.len_utf8();
        let read = match character {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\u{c}',
            'u' => {
                let unit = self.unit().ok_or(start)?;
                // A character beyond the first 65,536 is written as two escapes.
                let second = match self.rest().strip_prefix("\\u") {
                    Some(_) if (0xD800..0xDC00).contains(&unit) => {
                        self.at += 2;
                        Some(self.unit().ok_or(start)?)
                    }
                    Some(_) | None => None,
                };
                let units = [Some(unit), second].into_iter().flatten();
                let mut read = char::decode_utf16(units);
                read.next().and_then(Result::ok).ok_or(start)?
            }
            other => other,
        };
        Ok(Some(read))
    }

    fn unit(&mut self) -> Option<u16> {
        let digits = self.rest().get(..4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u16::from_str_radix(digits, 16).ok()
    }

    /// Whether a backslash stands here that joins the next line to this one.
    fn continues(&self) -> bool {
        self.rest().strip_prefix('\\').is_some_and(|rest| rest.starts_with(is_line_end))
    }

    fn continue_line(&mut self) {
        self.at += 1;
        self.skip_line_end();
        self.skip(is_blank);
    }

    /// Skips blanks between key and value, over continued lines.
    fn skip_blanks(&mut self) {
        self.skip(is_blank);
        while self.continues() {
            self.continue_line();
        }
    }

    /// Skips to the end of the logical line.
    fn skip_line(&mut self) {
        while let Some(character) = self.peek().filter(|character| !is_line_end(*character)) {
            if self.continues() {
                self.continue_line();
                continue;
            }
            self.at += character.len_utf8();
            if character == '\\' {
                self.at += self.peek().map_or(0, char::len_utf8);
            }
        }
    }

    fn skip_line_end(&mut self) {
        let width = if self.rest().starts_with("\r\n") { 2 } else { 1 };
        self.at = self.text.len().min(self.at + width);
    }

    fn skip(&mut self, which: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(which).len();
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &'s str {
        self.text.get(self.at..).unwrap_or_default()
    }
}

const fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\u{c}')
}

const fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::PROPERTIES;
    use crate::model::{Limits, SourceId};
    use crate::syntax::{Parsed, Syntax as _};

    fn parse(text: &str) -> Parsed<'_> {
        PROPERTIES.parse(text, SourceId(0), &Limits::STANDARD)
    }

    #[test]
    fn keys_and_values_are_what_java_reads() {
        let cases = [
            ("a=b", "a", "b"),
            ("  a b = c ", "a", "b = c "),
            ("a:b:c", "a", "b:c"),
            ("a", "a", ""),
            ("=b", "", "b"),
            ("a\\ b\\=c = d", "a b=c", "d"),
            ("a=b\\\r\n   c\\\n\td\r\n", "a", "bcd"),
            ("a \\\n = b", "a", "b"),
            ("a=b\\\n\nc", "a", "b"),
            ("a=\\u00e9\\ud83d\\uDE00\\t\\q\\\\", "a", "é😀\tq\\"),
            ("a=b\\\n# c", "a", "b# c"),
            ("\u{feff}a=b\\", "a", "b"),
        ];
        for (text, key, value) in cases {
            let parsed = parse(text);
            assert!(parsed.issues.is_empty(), "{text}");
            let entry = parsed.tree.root(0).unwrap().entries().next().unwrap();
            assert_eq!((entry.key.text(), entry.value.text()), (key, value), "{text}");
        }
    }

    #[test]
    fn a_lone_carriage_return_ends_a_line() {
        assert_eq!(parse("a=1\rb=2\r").tree.root(0).unwrap().len(), 2);
    }

    #[test]
    fn a_bad_escape_is_an_issue_and_the_rest_is_read() {
        for text in ["a=\\u00g0\nb=1", "a=x\\ud800\nb=1", "a=\\u12\\\n34\nb=1", "a\\u=x\\\n y\nb=1"]
        {
            let parsed = parse(text);
            let keys: Vec<_> =
                parsed.tree.root(0).unwrap().entries().map(|entry| entry.key.text()).collect();
            assert_eq!((parsed.issues.len(), keys.as_slice()), (1, ["b"].as_slice()), "{text}");
        }
    }
}

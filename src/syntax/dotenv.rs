//! Environment files: `KEY=value` a line, as docker compose, systemd and shells read them.
//!
//! What these readers disagree on is read so that nothing is lost: `$NAME` is not replaced, an
//! escape they do not share stays as it is written.

use std::borrow::Cow;

use crate::model::{GapReason, Limits, SourceId, Style};

use super::claims::{extension, is_open, mostly};
use super::lines::{Line, Lines, Page, Word, is_blank};
use super::{Parsed, Repeats, Syntax};

/// The syntax.
pub(super) static DOTENV: Dotenv = Dotenv;

/// Environment files.
pub(super) struct Dotenv;

impl Syntax for Dotenv {
    fn id(&self) -> &'static str {
        "dotenv"
    }

    fn about(&self) -> &'static str {
        "environment files: KEY=value lines with quotes, comments and `export`"
    }

    fn sample(&self) -> &'static str {
        r#"# settings of the checkout service
APP_NAME=checkout
export APP_COLOUR = blue
EMPTY=
PLAIN=with blanks and a#hash # a comment
SINGLE='$literal "text" # no comment'
DOUBLE="https://pay.example.com/?a=1#top"   # a comment
VAR.WITH-OTHERS_1=${APP_NAME}
LOG_LEVEL=info
LOG_LEVEL=debug
CERTIFICATE="first line
second line"
NOTE='one
two'
"#
    }

    fn claim(&self, name: &str, head: &str) -> u8 {
        let lower = name.to_ascii_lowercase();
        if extension(&lower) == "env" {
            return 90;
        }
        if lower.starts_with(".env.") {
            return 80;
        }
        let may_be = lower.starts_with("env.") || is_open(&lower);
        if may_be && mostly(head, &['#'], 100, is_variable) { 50 } else { 0 }
    }

    fn repeats(&self) -> Repeats {
        Repeats::LastWins
    }

    fn parse<'s>(&self, text: &'s str, source: SourceId, limits: &Limits) -> Parsed<'s> {
        let mut page = Page::new(text, source, limits);
        let mut lines = Lines::new(text);
        while let Some(line) = lines.next() {
            if page.is_full() {
                break;
            }
            let line = line.trimmed();
            if line.text.is_empty() || line.text.starts_with('#') {
                continue;
            }
            match assignment(text, line) {
                Ok((key, value, end)) => {
                    page.entry(&key, &value);
                    lines.skip_line_of(end);
                }
                Err((at, message)) => page.issue(GapReason::Unparsed, at, message),
            }
        }
        page.finish()
    }
}

/// Key, value and where the value ends; or the place of a mistake and what it is.
type Assignment<'s> = Result<(Word<'s>, Word<'s>, usize), (usize, &'static str)>;

fn assignment<'s>(text: &'s str, line: Line<'s>) -> Assignment<'s> {
    let line = line
        .text
        .strip_prefix("export")
        .filter(|rest| rest.starts_with(is_blank))
        .map_or(line, |rest| line.after(line.text.len() - rest.len()).trimmed());
    let missing = (line.start, "the line is no assignment: write KEY=value or make it a comment");
    let equals = line.text.find('=').ok_or(missing)?;
    let key = line.before(equals).trimmed();
    if !is_key(key.text) {
        let message = "the name of a variable holds other than letters, digits, '_', '.' and '-'";
        return Err((key.start, message));
    }
    let (value, end) = match line.after(equals + 1).trimmed() {
        value if value.text.starts_with('"') => quoted(text, value.start, '"')?,
        value if value.text.starts_with('\'') => quoted(text, value.start, '\'')?,
        value => (Word::verbatim(without_comment(line.after(equals + 1))), value.end()),
    };
    Ok((Word::verbatim(key), value, end))
}

/// An unquoted value: it ends before a `#` that stands behind a blank.
fn without_comment(value: Line<'_>) -> Line<'_> {
    let comment = value.text.char_indices().find(|(at, character)| {
        *character == '#' && value.text.get(..*at).is_some_and(|before| before.ends_with(is_blank))
    });
    comment.map_or(value, |(at, _)| value.before(at)).trimmed()
}

/// A value in quotes, which may go over several lines; nothing but a comment may follow it.
fn quoted(
    text: &str,
    start: usize,
    quote: char,
) -> Result<(Word<'_>, usize), (usize, &'static str)> {
    let inside = start + 1;
    let rest = text.get(inside..).unwrap_or_default();
    let length = closing_quote(rest, quote).ok_or((start, "a quote is not closed"))?;
    let end = inside + length + 1;
    let written = rest.get(..length).unwrap_or_default();
    if !is_end_of_line(text.get(end..).unwrap_or_default()) {
        // A quote that nobody closed runs into the next one, lines below.
        let at = if written.contains('\n') { start } else { end };
        return Err((at, "something follows the closing quote: quote the value as a whole"));
    }
    let (value, style) = if quote == '"' {
        (unescaped(written), Style::Double)
    } else {
        (Cow::Borrowed(written), Style::Single)
    };
    Ok((Word::written((start, end), inside, value, style), end - 1))
}

/// Finds the end of a quoted text. In single quotes `\'` goes on if more follows on the line:
/// compose reads `'Let\'s go'` so, and a path may end in a backslash.
fn closing_quote(rest: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in rest.char_indices() {
        if character == quote {
            let behind = rest.get(at + 1..).unwrap_or_default();
            if !escaped || (quote == '\'' && is_end_of_line(behind)) {
                return Some(at);
            }
        }
        escaped = character == '\\' && !escaped;
    }
    None
}

fn is_end_of_line(rest: &str) -> bool {
    let behind = rest.trim_start_matches(is_blank);
    behind.is_empty() || behind.starts_with(['#', '\n'])
}

fn unescaped(written: &str) -> Cow<'_, str> {
    if !written.contains('\\') {
        return Cow::Borrowed(written);
    }
    let mut text = String::with_capacity(written.len());
    let mut rest = written.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match rest.next() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some(kept @ ('"' | '\\' | '$')) => text.push(kept),
            Some(other) => text.extend(['\\', other]),
            None => text.push('\\'),
        }
    }
    Cow::Owned(text)
}

fn is_key(key: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    !key.is_empty() && key.bytes().all(allowed)
}

/// Whether a line can hardly be anything but an environment variable.
fn is_variable(line: &str) -> bool {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let shouted = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    line.split_once('=').is_some_and(|(key, _)| !key.is_empty() && key.bytes().all(shouted))
}

#[cfg(test)]
mod tests {
    use super::DOTENV;
    use crate::model::{Limits, SourceId};
    use crate::syntax::{Parsed, Syntax as _};

    fn parse(text: &str) -> Parsed<'_> {
        DOTENV.parse(text, SourceId(0), &Limits::STANDARD)
    }

    #[test]
    fn values_end_where_their_quotes_or_comments_say() {
        let cases = [
            ("A=", ""),
            ("A= # comment", ""),
            ("A=#text", "#text"),
            ("A = b  c \r\n", "b  c"),
            ("A=\"x\\n\\\"y\\\" \\$z \\q\"", "x\n\"y\" $z \\q"),
            ("A='x\\n' # comment", "x\\n"),
            ("A='Let\\'s go!'", "Let\\'s go!"),
            ("A='C:\\dir\\'", "C:\\dir\\"),
            ("A={\"b\": 1}", "{\"b\": 1}"),
            ("\u{feff}A=b", "b"),
        ];
        for (text, value) in cases {
            let parsed = parse(text);
            assert!(parsed.issues.is_empty(), "{text}");
            assert_eq!(parsed.tree.root(0).unwrap().text_at(&["A"]), Some(value), "{text}");
        }
    }

    #[test]
    fn a_bad_line_is_an_issue_and_the_rest_is_read() {
        let parsed = parse("A=1\nnot one\nB=\"open\nC=\"x\"y\n=z\nD=2\n");
        let keys: Vec<_> = parsed.tree.root(0).unwrap().entries().map(|e| e.key.text()).collect();
        assert_eq!(parsed.issues.iter().map(|issue| issue.at).collect::<Vec<_>>(), [4, 14, 25, 27]);
        assert_eq!(keys, ["A", "D"]);
    }
}

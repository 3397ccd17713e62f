//! The settings of PostgreSQL: `postgresql.conf` and the files it includes.
//!
//! A value in quotes is what it encloses, `''` and `\'` undone; a comment behind it is none of it.
//! The server keeps the last of repeated settings.

use std::borrow::Cow;

use crate::model::{GapReason, Limits, SourceId, Style};

use super::claims::{has_extension, is_open, mostly, statements};
use super::lines::{Line, Lines, Page, Word, is_blank};
use super::{Parsed, Repeats, Syntax};

/// The syntax.
pub(super) static POSTGRES: Postgres = Postgres;

/// PostgreSQL's settings.
pub(super) struct Postgres;

/// Settings by which a file without a telling name is known.
const TELLING: [&str; 12] = [
    "archive_command",
    "effective_cache_size",
    "hot_standby",
    "listen_addresses",
    "log_min_duration_statement",
    "maintenance_work_mem",
    "max_wal_senders",
    "max_wal_size",
    "password_encryption",
    "shared_buffers",
    "shared_preload_libraries",
    "wal_level",
];

const NO_SETTING: &str = "the line is no setting: write name = value, the value in quotes if it \
                          holds other than letters, digits and '_.:-'";

impl Syntax for Postgres {
    fn id(&self) -> &'static str {
        "postgresql"
    }

    fn about(&self) -> &'static str {
        "postgresql.conf: name = value lines, quotes and comments undone"
    }

    fn sample(&self) -> &'static str {
        r"# connections
listen_addresses = '*'		# what to listen on
max_connections = 100			# (change requires restart)
port=5432
shared_buffers = 128MB
ssl on
work_mem '4MB'
random_page_cost = 1.1
archive_command = 'test ! -f /archive/%f && cp %p /archive/%f'
search_path = '$user, public'
checkout.region = eu-central-1
empty = ''
include_dir 'conf.d'
"
    }

    fn claim(&self, name: &str, head: &str) -> u8 {
        let lower = name.to_ascii_lowercase();
        if lower.starts_with("postgresql") && has_extension(&lower, &["conf", "sample"]) {
            return 92;
        }
        let settings = |line: &str| setting(Line { start: 0, text: line }).is_ok();
        let is_telling = |line: &str| {
            let name = line.split(|c| is_blank(c) || c == '=').next().unwrap_or_default();
            TELLING.contains(&name)
        };
        let knows = || statements(head, &['#']).any(is_telling);
        if is_open(&lower) && knows() && mostly(head, &['#'], 90, settings) { 70 } else { 0 }
    }

    fn repeats(&self) -> Repeats {
        Repeats::LastWins
    }

    fn parse<'s>(&self, text: &'s str, source: SourceId, limits: &Limits) -> Parsed<'s> {
        let mut page = Page::new(text, source, limits);
        for line in Lines::new(text).map(Line::trimmed) {
            if page.is_full() {
                break;
            }
            if line.text.is_empty() || line.text.starts_with('#') {
                continue;
            }
            match setting(line) {
                Ok((name, value)) => page.entry(&Word::verbatim(name), &value),
                Err(at) => page.issue(GapReason::Unparsed, at, NO_SETTING),
            }
        }
        page.finish()
    }
}

/// Name and value of a line, or where it is none.
fn setting(line: Line<'_>) -> Result<(Line<'_>, Word<'_>), usize> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$');
    let length = line.text.find(|c| !is_name(c)).unwrap_or(line.text.len());
    let name = line.before(length);
    if !name.text.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return Err(line.start);
    }
    let rest = line.after(length).trimmed();
    let value = if rest.text.starts_with('=') { rest.after(1).trimmed() } else { rest };
    if value.start == name.end() {
        return Err(value.start);
    }
    let (word, behind) = if value.text.starts_with('\'') { quoted(value)? } else { bare(value)? };
    if behind.text.is_empty() || behind.text.starts_with('#') {
        Ok((name, word))
    } else {
        Err(behind.start)
    }
}

/// A value in quotes, and what stands behind it.
fn quoted(value: Line<'_>) -> Result<(Word<'_>, Line<'_>), usize> {
    let mut said = String::new();
    let mut characters = value.text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        match (character, next) {
            ('\'' | '\\', Some('\'')) => {
                said.push('\'');
                characters.next();
            }
            ('\'', _) => {
                let span = (value.start, value.start + at + 1);
                let word = Word::written(span, value.start + 1, said, Style::Single);
                return Ok((word, value.after(at + 1).trimmed()));
            }
            _ => said.push(character),
        }
    }
    Err(value.start)
}

/// A value without quotes, and what stands behind it.
fn bare(value: Line<'_>) -> Result<(Word<'_>, Line<'_>), usize> {
    let is_value = |c: char| c.is_alphanumeric() || "_.:/+-".contains(c);
    let length = value.text.find(|c| !is_value(c)).unwrap_or(value.text.len());
    if length == 0 {
        return Err(value.start);
    }
    let word = value.before(length);
    let span = (word.start, word.end());
    let text: Cow<'_, str> = Cow::Borrowed(word.text);
    Ok((Word::written(span, word.start, text, Style::Plain), value.after(length).trimmed()))
}

#[cfg(test)]
mod tests {
    use super::POSTGRES;
    use crate::model::{Limits, SourceId};
    use crate::syntax::{Parsed, Syntax as _};

    fn parse(text: &str) -> Parsed<'_> {
        POSTGRES.parse(text, SourceId(0), &Limits::STANDARD)
    }

    #[test]
    fn values_are_what_the_server_reads() {
        let cases = [
            ("a = 'x # y' # z", "x # y"),
            ("a='it''s \\'so\\''", "it's 'so'"),
            ("a\t100# c", "100"),
            ("a = -1.5", "-1.5"),
            ("a = ''", ""),
        ];
        for (text, value) in cases {
            let parsed = parse(text);
            assert_eq!(parsed.issues, [], "{text}");
            assert_eq!(parsed.tree.root(0).unwrap().text_at(&["a"]), Some(value), "{text}");
        }
    }

    #[test]
    fn a_bad_line_is_an_issue_and_the_rest_is_read() {
        let parsed = parse("a = 'x\nb = \n= c\nd = e f\ng = 1\n");
        let places: Vec<u32> = parsed.issues.iter().map(|issue| issue.at).collect();
        assert_eq!(places, [4, 10, 12, 22]);
        assert_eq!(parsed.tree.root(0).unwrap().text_at(&["g"]), Some("1"));
    }
}

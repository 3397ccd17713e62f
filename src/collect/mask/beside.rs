//! Secrets beside a name that nothing assigns to it: `password == "x"`, `setPassword("x")`,
//! `IDENTIFIED BY 'x'`, `user ci password x`, `["--password", "x"]`.

use std::ops::Range;

use super::assign::{pair_class, value_end};
use super::names::secret_class_of;
use super::near::{ahead, ahead_in_url, behind};
use super::promise::is_material;

/// A secret's place and class.
type Found = (Range<usize>, &'static str);

/// Words before a name that say whose password follows without more ado.
const OWNERS: [&str; 6] = ["user ", "username ", "login ", "neighbor ", "machine ", "enable "];

/// What stands beside the name at `name`.
pub(super) fn beside(
    text: &str,
    name: &Range<usize>,
    within: &Range<usize>,
    lines: bool,
) -> Option<Found> {
    let written = text.get(name.clone())?;
    let rest = text.get(name.end..within.end)?;
    let head = behind(text.get(within.start..name.start)?);
    let place = Place { text, written, rest, head, end: within.end };
    let literal = place
        .compared()
        .or_else(|| place.called())
        .or_else(|| place.next_member())
        .or_else(|| place.quoted())
        .or_else(|| place.next_word(lines));
    if let Some(range) = literal {
        let value = text.get(range.clone()).filter(|value| !value.is_empty())?;
        let bare = written.trim_start_matches(['-', '.']);
        let class = secret_class_of(bare, value).or_else(|| pair_class(bare, value))?;
        return Some((range, class));
    }
    place.identified().map(|range| (range, "password"))
}

struct Place<'t> {
    text: &'t str,
    written: &'t str,
    /// What follows the name.
    rest: &'t str,
    /// What stands before it on its line, as far as it matters.
    head: &'t str,
    /// Where `rest` ends in `text`.
    end: usize,
}

impl Place<'_> {
    /// Where a part of `rest` that goes on to its end begins.
    fn at(&self, part: &str) -> usize {
        self.end - part.len()
    }

    /// The text between the quotes that `part` begins with, a letter of its kind before them
    /// left out (`b'x'`).
    fn literal(&self, part: &str) -> Option<Range<usize>> {
        let body = skip_kind(part);
        let quote = ["\\\"", "\"", "'"].into_iter().find(|quote| body.starts_with(quote))?;
        let inner = body.get(quote.len()..)?;
        let near = ahead(inner);
        let line = near.find('\n').unwrap_or(near.len());
        let length = near.get(..line)?.find(quote).unwrap_or(line);
        let start = self.at(inner);
        Some(start..start + length)
    }

    /// `name == 'x'`, `$name ~ "x"`, `hdr(name) -m str x`.
    fn compared(&self) -> Option<Range<usize>> {
        const MARKS: [&str; 8] = ["!~*", "!~", "~*", "~", "===", "!=", "==", "-m str"];
        let spaced = self.rest.trim_start_matches(['"', '\'', ']', ')']).trim_start_matches(BLANKS);
        let mark = MARKS.iter().find(|mark| spaced.starts_with(**mark))?;
        let value = spaced.get(mark.len()..)?.trim_start_matches(BLANKS);
        if let Some(literal) = self.literal(value) {
            return Some(literal);
        }
        let start = self.at(value);
        let near = ahead_in_url(value);
        let range = start..start + value_end(near, "=", false, false);
        is_material(self.text.get(range.clone())?, 8).then_some(range)
    }

    /// `setPassword("x")`; a function that fetches takes a name instead.
    fn called(&self) -> Option<Range<usize>> {
        const FETCHES: [&str; 9] =
            ["get", "read", "fetch", "find", "lookup", "load", "is", "has", "env"];
        let name = self.written.rsplit('.').next()?.to_ascii_lowercase();
        if FETCHES.iter().any(|fetch| name.starts_with(fetch)) {
            return None;
        }
        self.literal(self.rest.strip_prefix('(')?.trim_start_matches(BLANKS))
    }

    /// The second of `define('NAME', 'x')` and of `["--name", "x"]`.
    fn next_member(&self) -> Option<Range<usize>> {
        let call = self.head.strip_suffix(['"', '\'']).unwrap_or_default();
        if !self.written.starts_with('-') && !call.trim_end_matches(' ').ends_with('(') {
            return None;
        }
        let behind = self.rest.strip_prefix(['"', '\''])?.trim_start_matches(BLANKS);
        self.literal(behind.strip_prefix(',')?.trim_start_matches(BLANKS))
    }

    /// `PASSWORD 'x'`.
    fn quoted(&self) -> Option<Range<usize>> {
        let spaced = self.rest.trim_start_matches(BLANKS);
        (spaced.len() < self.rest.len()).then(|| self.literal(spaced)).flatten()
    }

    /// `user ci password x`, `set-header X-Api-Key x`, `auth-pass master x`.
    fn next_word(&self, lines: bool) -> Option<Range<usize>> {
        let spaced = self.rest.trim_start_matches(BLANKS);
        if spaced.len() == self.rest.len() {
            return None;
        }
        let length = |text: &str| text.find([' ', '\t', '\r', '\n', ';']).unwrap_or(text.len());
        let near = ahead(spaced);
        let word = near.get(..length(near))?;
        if self.written.ends_with("auth-pass") {
            let second = near.get(word.len()..)?.trim_start_matches(BLANKS);
            let start = self.at(spaced) + (near.len() - second.len());
            return Some(start..start + length(second));
        }
        let owner = || {
            let head = self.head.trim_start();
            OWNERS
                .iter()
                .any(|owner| head.starts_with(owner) || head.contains(&format!(" {owner}")))
        };
        let bare = self.written.trim_start_matches('-');
        let told = sets_header(self.head)
            || lines && (owner() || is_material(word, 8) || pair_class(bare, word).is_some());
        let start = self.at(spaced);
        (told && !word.starts_with(['-', '=', ':'])).then(|| start..start + word.len())
    }

    /// `IDENTIFIED WITH plugin BY 'x'`.
    fn identified(&self) -> Option<Range<usize>> {
        if !self.written.eq_ignore_ascii_case("identified") {
            return None;
        }
        let near = behind_by(ahead(self.rest))?;
        let value = self.rest.get(near..)?;
        self.literal(value).or_else(|| {
            let start = self.at(value);
            let stop = value.find([' ', ';', '\n', '"', '\'']).unwrap_or(value.len());
            Some(start..start + stop)
        })
    }
}

const BLANKS: [char; 2] = [' ', '\t'];

/// Where the value begins behind `BY`, and `PASSWORD` or `VALUES` if it says so.
fn behind_by(rest: &str) -> Option<usize> {
    let near = rest.get(..rest.floor_char_boundary(96))?.to_ascii_lowercase();
    let mut at = near.find(" by ")? + 4;
    for word in ["password ", "values "] {
        at += if near.get(at..)?.starts_with(word) { word.len() } else { 0 };
    }
    Some(at)
}

/// A text without the letters that say what kind of text a quote begins: `b'x'`, `f"x"`.
pub(super) fn skip_kind(text: &str) -> &str {
    let letters = text.bytes().take_while(|byte| b"bBrRuUfF".contains(byte)).count();
    match text.get(letters..) {
        Some(rest) if letters <= 2 && rest.starts_with(['"', '\'']) => rest,
        Some(_) | None => text,
    }
}

/// Whether a text ends in words that set a header, whose name and value follow.
pub(super) fn sets_header(head: &str) -> bool {
    let mut words = head.trim_end().rsplit([' ', '\t', '\n']);
    let (last, before) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let ends_so = last.ends_with("-header") || last.ends_with("_header") || last == "header_up";
    let is_set = matches!(last, "set" | "add" | "append" | "hdr");
    let of_header =
        before.ends_with("Header") || before == "send" || before.ends_with("http-check");
    head.ends_with([' ', '\t']) && (ends_so || is_set && of_header)
}

#[cfg(test)]
mod tests {
    use super::super::assign::{Manner, told};
    use super::super::shape::Triggers;

    fn found(text: &str) -> Vec<&str> {
        let hits = told(text, &Triggers::of(text), &(0..text.len()), Manner::Lines);
        hits.into_iter().filter_map(|(range, _)| text.get(range)).collect()
    }

    #[test]
    fn secrets_beside_a_name_are_found() {
        for text in [
            "CREATE USER 'a'@'%' IDENTIFIED BY 'hunter2';",
            "CREATE USER c IDENTIFIED WITH mysql_native_password BY 'hunter2'",
            "ALTER USER a WITH PASSWORD 'hunter2';",
            "SET PASSWORD FOR 'a' = PASSWORD('hunter2');",
            "ds.setPassword(\"hunter2\");",
            "CMD [\"app\", \"--db-pass\", \"hunter2\"]",
            "define('DB_PASSWORD', 'hunter2');",
            "user ci insecure-password hunter2",
            "neighbor 1.2.3.4 password hunter2",
            "sentinel auth-pass mymaster hunter2",
            "RequestHeader set X-Api-Key hunter2",
            "if ($http_x_api_key != \"hunter2\") {",
            "config['SECRET_KEY'] = b'hunter2'",
        ] {
            assert_eq!(found(text), ["hunter2"], "{text}");
        }
    }

    #[test]
    fn near_misses_are_left_alone() {
        for text in [
            "# automountServiceAccountToken == True",
            "ds.getPassword(\"name\");",
            "token === undefined",
            "# Password rotation",
            "Password: see the vault",
            "os.environ[\"DB_PASSWORD\"]",
            "password = var.db_password",
            "docker login --password-stdin ghcr.io",
            "redact token=[^&]*",
            "the password is rotated",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }
}

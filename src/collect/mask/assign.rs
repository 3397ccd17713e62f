//! Secrets assigned within a text: `--password=x`, `Pwd=x;`, `api-key=x,other=y`, and, line by
//! line, `password: x`. The text has no tree, or its tree ends at this scalar.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::acl;
use super::beside::{beside, skip_kind};
use super::command::passwords;
use super::described;
use super::headers;
use super::markup::elements;
use super::names::{header_class, is_pair_name, secret_class, secret_class_of};
use super::near::{self, ahead, line_before};
use super::promise::is_material;
use super::shape::{Trigger, Triggers};
use super::value::{behind_user, secret_part};
use super::variables::{Variable, referred};

/// How a text assigns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// `name=value`, several in a row: arguments, connection strings, header lists.
    Arguments,
    /// `name=value`, `name: value` and `name value`, one a line: comments, text nobody parsed.
    Lines,
}

/// The class of values that are `user:password`.
const PAIR: &str = "basic-credentials";

/// The longest of them.
const PAIR_MAX: usize = 1 << 10;

/// Every secret a text without a tree gives away by its words: where it stands and what kind it is.
pub(super) fn told(
    text: &str,
    triggers: &Triggers,
    within: &Range<usize>,
    manner: Manner,
) -> Vec<(Range<usize>, &'static str)> {
    let mut found = assignments(text, triggers, within.clone(), manner, &mut |_| ());
    found.extend(elements(text, triggers, within));
    let commands = passwords(text, triggers, within).into_iter();
    let commands = commands.chain(acl::passwords(text, triggers, within));
    found.extend(commands.map(|range| (range, "password")));
    found
}

/// The variables that stand where a text assigns a secret: `--token=${X}`.
pub(super) fn referred_to(text: &str, triggers: &Triggers, manner: Manner) -> Vec<Variable> {
    let mut found = Vec::new();
    let mut note = |value: &str| found.extend(referred(value));
    assignments(text, triggers, 0..text.len(), manner, &mut note);
    found
}

/// The secrets assigned in `text`: where they stand and what kind they are. Values that say where
/// a secret is are told to `refer`.
fn assignments(
    text: &str,
    triggers: &Triggers,
    within: Range<usize>,
    manner: Manner,
    refer: &mut impl FnMut(&str),
) -> Vec<(Range<usize>, &'static str)> {
    let mut found: Vec<(Range<usize>, &'static str)> = Vec::new();
    let mut done = within.start;
    for (start, end, trigger) in triggers.within(within.clone()) {
        if !matches!(trigger, Trigger::Word | Trigger::Variable) || start < done {
            continue;
        }
        let name = name_around(text, start..end, &within);
        done = name.end.max(end);
        let written = text.get(name.clone()).unwrap_or_default();
        let pair = || described::value(text, &name, &within);
        if headers::is_list_name(written) {
            let rest = text.get(name.end..within.end).unwrap_or_default();
            let first = first_of(text, name.start, &within);
            let hits = headers::assigned(rest, within.end, first);
            let hits = if hits.is_empty() {
                pair().map(|range| headers::within(text, range)).unwrap_or_default()
            } else {
                hits
            };
            done = hits.last().map_or(done, |(range, _)| range.end.max(done));
            refer(rest.get(..line_end(rest)).unwrap_or_default());
            found.extend(hits);
            continue;
        }
        let in_pair = || {
            let range = pair()?;
            let class = secret_class_of(written, text.get(range.clone())?)?;
            Some((range, class))
        };
        let is_variable = triggers.is_variable(&name);
        let told =
            assignment(text, name.clone(), within.clone(), manner, is_variable).or_else(in_pair);
        let Some((range, class)) = told else { continue };
        done = range.end.max(done);
        let value = text.get(range.clone()).unwrap_or_default();
        refer(value);
        if let Some((word, _)) = value.split_once([' ', ';', '&', '|']) {
            refer(word); // What follows is another command.
        }
        let part = if class == PAIR { behind_user(value) } else { secret_part(value) };
        if let Some(part) = part {
            found.push((range.start + part.start..range.start + part.end, class));
        }
    }
    found
}

fn assignment(
    text: &str,
    name: Range<usize>,
    within: Range<usize>,
    manner: Manner,
    is_variable: bool,
) -> Option<(Range<usize>, &'static str)> {
    let known = is_variable.then_some("variable");
    let written = text.get(name.clone())?;
    let rest = text.get(name.end..within.end)?;
    if text.get(..name.start).is_some_and(|head| head.ends_with("${")) {
        // The literal a reference falls back to.
        let end = ahead(rest).find('}')?;
        let class = secret_class(written).or(known)?;
        return Some((name.start - 2..name.end + end + 1, class));
    }
    if let Some(found) = beside(text, &name, &within, manner == Manner::Lines) {
        return Some(found);
    }
    let behind = rest.trim_start_matches(['"', '\'', ']']);
    let spaced = behind.trim_start_matches([' ', '\t']);
    if ["==", "=~"].iter().any(|mark| spaced.starts_with(mark)) {
        return None; // A comparison with something else than a literal.
    }
    let separator = ["=>", ":=", "=", ":"].into_iter().find(|mark| spaced.starts_with(mark));
    let flag = written.starts_with('-') && written.len() > 2 && spaced.len() < behind.len();
    let head = near::behind(text.get(within.start..name.start).unwrap_or_default());
    let separator = match (separator, manner) {
        (Some("="), _) | (Some(_), Manner::Lines) => separator?,
        // A header may be written into an argument: `-H 'Authorization: x'`.
        (Some(":"), Manner::Arguments) if header_class(written).is_some() || is_header(head) => ":",
        (None, _) if flag => "",
        (None, Manner::Lines) if spaced.len() < behind.len() && begins_line(text, name.start) => "",
        _ => return None,
    };
    let value = spaced.get(separator.len()..)?;
    let value = skip_kind(value.trim_start_matches([' ', '\t']));
    let start = within.end - value.len();
    // Behind `ENV NAME` all is the value.
    let first = first_of(text, name.start, &within);
    let declares = first && head.trim_end().to_ascii_uppercase().ends_with("ENV");
    let line = value.get(..line_end(value)).unwrap_or_default();
    let is_prose = match separator {
        "" if line.starts_with("<%") || line.starts_with("{{") => false,
        "" => !flag && !declares && (line.contains(' ') || is_remark(text, &name, line)),
        ":" => begins_sentence(line),
        _ => false,
    };
    if is_prose || separator.is_empty() && value.starts_with('-') {
        return None;
    }
    // A variable that is assigned by itself goes on to the end of its line.
    let whole = first && separator == "=" && !written.bytes().any(|b| b.is_ascii_lowercase());
    let stop = if whole {
        line_end(value)
    } else {
        value_end(value, separator, manner == Manner::Lines, first)
    };
    let stop = closing_quote(text, &name, value).map_or(stop, |quote| stop.min(quote));
    let range = unquoted(text, start..start + stop);
    let value = text.get(range.clone()).filter(|value| !value.is_empty())?;
    let class = secret_class_of(written.trim_start_matches(['-', '.']), value)
        .or_else(|| secret_class(written.strip_prefix("-D")?))
        .or_else(|| headers::dotted_class(written))
        .or_else(|| pair_class(written, value))
        .or_else(|| is_login(text, written).then_some("password"))
        .or(known)?;
    Some((range, class))
}

/// Whether a name is that of a user of a Java login module, whose value is the password.
fn is_login(text: &str, name: &str) -> bool {
    // Its arguments alone, where the module is named before them.
    let marks = [&b"LoginModule"[..], b"required username=", b"sufficient username="];
    let has = |mark: &&[u8]| memchr::memmem::find(text.as_bytes(), mark).is_some();
    name.starts_with("user_") && marks.iter().any(has)
}

/// Whether a line is a comment in which a word follows a name, as in `# Password rotation`.
fn is_remark(text: &str, name: &Range<usize>, value: &str) -> bool {
    let head = near::behind(text.get(..name.start).unwrap_or_default());
    (head.contains(['#', ';']) || head.contains("//")) && !is_material(value, 6)
}

/// Whether what follows a colon is a sentence rather than a value.
fn begins_sentence(value: &str) -> bool {
    const WORDS: &str = "\
        see the is are was from in stored kept must should to for set use a an your via with of \
        and or if when where which this that";
    let mut words = value.split(' ');
    let first = words.next().unwrap_or_default().to_ascii_lowercase();
    words.next().is_some() && WORDS.split_ascii_whitespace().any(|word| word == first)
}

/// The class of `user:password`, or base64 of it, under a name that may stand for it.
pub(super) fn pair_class(name: &str, value: &str) -> Option<&'static str> {
    if value.len() > PAIR_MAX || !is_pair_name(name.trim_start_matches('-')) {
        return None;
    }
    let decoded = || String::from_utf8(STANDARD.decode(value).ok()?).ok();
    if behind_user(value).is_some() {
        Some(PAIR)
    } else {
        decoded().filter(|pair| behind_user(pair).is_some()).map(|_| "authorization")
    }
}

/// Whether a text ends where the name of a header is expected: `-H '`, `--header="`.
fn is_header(head: &str) -> bool {
    let head = head.trim_end_matches(['"', '\'']).trim_end_matches([' ', '=']);
    head.ends_with("-H") || head.ends_with("--header")
}

/// Where a quote ends that began right before the name: `-H "Authorization: x" …`.
fn closing_quote(text: &str, name: &Range<usize>, value: &str) -> Option<usize> {
    let quote = text.get(..name.start)?.chars().next_back().filter(|c| matches!(c, '"' | '\''))?;
    let closed = text.get(name.end..)?.starts_with(quote);
    if closed { None } else { ahead(value).find(quote) }
}

/// The whole name a trigger stands in.
fn name_around(text: &str, trigger: Range<usize>, within: &Range<usize>) -> Range<usize> {
    let named = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    let bytes = text.as_bytes();
    let before = bytes.get(within.start..trigger.start).unwrap_or_default();
    let after = bytes.get(trigger.end..within.end).unwrap_or_default();
    let start = trigger.start - before.iter().rev().take_while(|byte| named(byte)).count();
    trigger.start.min(start)..trigger.end + after.iter().take_while(|byte| named(byte)).count()
}

/// Whether nothing but marks of comments, lists and exports stands before a name on its line.
fn begins_line(text: &str, at: usize) -> bool {
    let Some(line) = line_before(text, at) else { return false };
    let words = [" ENV ", " env ", " ARG ", " arg ", " export ", " set ", " setenv ", " SetEnv "];
    let padded = format!(" {} ", line.trim());
    if words.contains(&padded.as_str()) {
        return true;
    }
    line.trim_matches(['#', ';', '/', '!', '-', '*', ' ', '\t', '"', '\'']).is_empty()
}

/// Whether a name is the first thing its text says, so that its value may go on to the end.
fn first_of(text: &str, at: usize, within: &Range<usize>) -> bool {
    let scope = text.get(within.start..within.end).unwrap_or_default();
    let Some(line) = line_before(scope, at.saturating_sub(within.start)) else { return false };
    matches!(
        line.trim(),
        "" | "export" | "set" | "-e" | "--env" | "ENV" | "env" | "ARG" | "arg" | "#" | "# export"
    )
}

fn line_end(value: &str) -> usize {
    let end = memchr::memchr(b'\n', value.as_bytes()).unwrap_or(value.len());
    value.get(..end).unwrap_or_default().trim_end_matches(['\r', ' ', '\t']).len()
}

/// How far a value goes.
pub(super) fn value_end(value: &str, separator: &str, lines: bool, first: bool) -> usize {
    let line = value.get(..line_end(value)).unwrap_or_default();
    if let Some(quote) = line.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let closing = line.get(1..).and_then(|rest| ahead(rest).find(quote));
        return closing.map_or(line.len(), |at| at + 2);
    }
    if line.starts_with("\\\"") {
        let closing = line.get(2..).and_then(|rest| ahead(rest).find("\\\""));
        return closing.map_or(line.len(), |at| at + 4);
    }
    if line.starts_with("${") || line.starts_with("$(") || line.starts_with("{{") {
        let closing = if line.starts_with("{{") {
            "}}"
        } else if line.starts_with("${") {
            "}"
        } else {
            ")"
        };
        if let Some(at) = ahead(line).find(closing) {
            return at + closing.len();
        }
    }
    if let Some(braced) = line.strip_prefix('{') {
        return ahead(braced).find('}').map_or(line.len(), |at| at + 2);
    }
    if lines && matches!(separator, ":" | "" | "=>" | ":=") {
        return line.trim_end_matches([',', ';']).len();
    }
    let ends = ahead(line).char_indices().find(|(at, character)| {
        let behind = line.get(at + character.len_utf8()..).unwrap_or_default();
        match character {
            ' ' | '\t' | ',' | ';' | '&' => !first || begins_argument(behind),
            '"' | '\'' | '`' | ')' | '|' | '<' | '>' => !first,
            _ => false,
        }
    });
    let end = ends.map_or(line.len(), |(at, _)| at);
    // A scheme is followed by a blank that does not end the value.
    let word = line.get(..end).unwrap_or_default();
    let scheme = ["bearer", "basic"].iter().any(|known| word.eq_ignore_ascii_case(known));
    if scheme {
        let rest = line.get(end + 1..).unwrap_or_default();
        let stop = rest.find([' ', ',', ';', '"', '\'']).unwrap_or(rest.len());
        return (end + 1 + stop).min(line.len());
    }
    end
}

/// Whether a text goes on with another argument: `name=` or `-x`.
pub(super) fn begins_argument(text: &str) -> bool {
    let text = text.trim_start_matches([' ', '\t']);
    let name =
        text.bytes().take_while(|b| b.is_ascii_alphanumeric() || b"_-. ".contains(b)).count();
    let assigns = text.as_bytes().get(name) == Some(&b'=');
    text.is_empty() || text.starts_with('-') || name > 0 && assigns
}

fn unquoted(text: &str, range: Range<usize>) -> Range<usize> {
    let value = text.get(range.clone()).unwrap_or_default();
    for quote in ["\\\"", "\"", "'"] {
        let inner = value.strip_prefix(quote);
        let Some(inner) = inner else { continue };
        let length = inner.strip_suffix(quote).unwrap_or(inner).len();
        return range.start + quote.len()..range.start + quote.len() + length;
    }
    if value.len() > 2 && value.starts_with('{') && value.ends_with('}') && !value.starts_with("{{")
    {
        return range.start + 1..range.end - 1;
    }
    range
}

#[cfg(test)]
mod tests {
    use super::super::shape::Triggers;
    use super::{Manner, assignments};

    fn found(text: &str, manner: Manner) -> Vec<&str> {
        let hits = assignments(text, &Triggers::of(text), 0..text.len(), manner, &mut |_| ());
        hits.into_iter().filter_map(|(range, _)| text.get(range)).collect()
    }

    #[test]
    fn arguments_give_their_secrets_away() {
        for (text, secret) in [
            ("--password=hunter2", "hunter2"),
            ("--db-password=hun,t;er2 x", "hun,t;er2 x"),
            ("-Xmx1g -Dspring.datasource.password=hunter2 -Dx=y", "hunter2"),
            ("jdbc:sqlserver://h;user=sa;password=hunter2;encrypt=true", "hunter2"),
            ("Driver={X};Uid=u;Pwd={hun;ter2};", "hun;ter2"),
            ("api-key=hunter2,x-other=1", "hunter2"),
            ("x-other=1,authorization=Bearer%20hunter2", "hunter2"),
            ("x-other=1,authorization=Bearer hunter2", "hunter2"),
            ("jdbc:mysql://h/db?user=u&password=hunter2&ssl=1", "hunter2"),
            ("host=h password='hun ter2' port=1", "hun ter2"),
            ("mysql --password hunter2 -h x", "hunter2"),
            ("DB_PASSWORD=p&ss=w", "p&ss=w"),
            ("curl -H \"X-API-Key: hunter2\" https://h", "hunter2"),
            ("DB_PASSWORD=${X:-hunter2}", "hunter2"),
            ("a ${DB_PASSWORD:-hunter2} b", "hunter2"),
        ] {
            assert_eq!(found(text, Manner::Arguments), [secret], "{text}");
        }
    }

    #[test]
    fn lines_give_their_secrets_away() {
        for (text, secret) in [
            ("# password: hunter2", "hunter2"),
            ("  \"password\": \"hunter2\",", "hunter2"),
            ("export DB_PASSWORD=hunter2", "hunter2"),
            ("requirepass hunter2", "hunter2"),
            ("curl -H \"X-API-Key: hunter2\" \\", "hunter2"),
            ("x = 1\nsecret => 'hunter2'", "hunter2"),
        ] {
            assert_eq!(found(text, Manner::Lines), [secret], "{text}");
        }
    }

    #[test]
    fn near_misses_are_left_alone() {
        for text in [
            "--password-file=/run/x",
            "--token-ttl=30m",
            "Pwd=;x=1",
            "password=${X} a=b",
            "the password is kept in a vault",
            "--password --x",
        ] {
            assert!(found(text, Manner::Arguments).is_empty(), "{text}");
        }
        for text in [
            "-H \"Authorization: Bearer $TOKEN\" \\",
            "# the token is rotated",
            "tokens are: 12",
            "secretName: checkout-db",
        ] {
            assert!(found(text, Manner::Lines).is_empty(), "{text}");
        }
    }
}

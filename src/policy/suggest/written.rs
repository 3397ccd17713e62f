//! Texts of a report, taken for what they stand for and written as TOML.

use std::fmt::{self, Write as _};

use crate::model::{Edit, Pair, Timestamp, secrets_in};
use crate::wire::report::Change;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// The instant some days later.
pub(super) fn after(now: Timestamp, days: i64) -> Timestamp {
    let later = now.unix_seconds().saturating_add(days.saturating_mul(DAY));
    Timestamp::from_unix_seconds(later).unwrap_or(now)
}

/// A basic string of TOML. Nothing in it ends a line, hides or turns text, or is a command to a
/// build server.
pub(in crate::policy) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut before = ' ';
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '#' if before == '#' => out.push_str("\\u0023"),
            ' '..='~' => out.push(character),
            '\0'..='\u{ffff}' => escaped(&mut out, format_args!("u{:04X}", u32::from(character))),
            _ => escaped(&mut out, format_args!("U{:08X}", u32::from(character))),
        }
        before = character;
    }
    out.push('"');
    out
}

fn escaped(out: &mut String, digits: fmt::Arguments<'_>) {
    // Formatting into a text does not fail.
    let _ = write!(out, "\\{digits}");
}

/// The text of a value, where what is shown of it tells it for certain: no secret, no list or map,
/// not shortened.
pub(super) fn plain(shown: &str) -> Option<&str> {
    let is_secret = shown.contains("<secret ")
        || shown.starts_with("<in clear")
        || !secrets_in(shown).is_empty();
    if is_secret || is_cut(shown) || shown.starts_with(['[', '{']) || shown == "null" {
        return None;
    }
    match shown.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => (!inner.contains('"')).then_some(inner),
        None => Some(shown),
    }
}

/// Whether not all of a value is shown.
pub(super) fn is_cut(shown: &str) -> bool {
    shown.contains("… (")
}

/// The texts of a difference that an allowance can pin. Of a whole document only a summary is
/// shown, or by which names it goes.
pub(super) fn pins(change: &Change) -> Pair<Option<&str>> {
    let shown = Pair::new(change.values.blue.as_deref(), change.values.green.as_deref());
    if !change.path.is_empty() {
        return shown.map(|value| value.and_then(plain));
    }
    let scheme = change.resource.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_name = |text: &&str| text.strip_prefix(scheme).is_some_and(|rest| rest.starts_with(':'));
    let names = shown.map(|value| value.filter(is_name)).both();
    names
        .filter(|_| is_replaced(change) && !scheme.is_empty())
        .map_or(Pair::default(), |names| names.map(Some))
}

/// Whether a difference is a value in the place of another.
pub(super) fn is_replaced(change: &Change) -> bool {
    change.edit.name() == Edit::Replaced.name()
}

#[cfg(test)]
mod tests {
    use super::{plain, quoted};

    #[test]
    fn a_quoted_text_reads_back_and_is_one_harmless_line() {
        for text in ["a", "x\"y\\z", "a\nb\r\u{1b}[2J\u{202e}", "##[error]", "größe \u{1f600}"] {
            let written = quoted(text);
            assert!(written.is_ascii() && !written.contains("##["), "{written}");
            assert!(written.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{written}");
            let table: toml::Table = format!("a = {written}").parse().unwrap();
            assert_eq!(table["a"].as_str(), Some(text));
        }
    }

    #[test]
    fn only_what_is_told_for_certain_is_pinned() {
        for unsure in ["<secret password 0a1b>", "[a, b]", "{a: 1}", "x… (300 characters)", "null"]
        {
            assert_eq!(plain(unsure), None, "{unsure}");
        }
        assert_eq!(plain("\"true\""), Some("true"));
        assert_eq!(plain("x=1"), Some("x=1"));
    }
}

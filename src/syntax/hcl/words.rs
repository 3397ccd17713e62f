//! What the words, texts and heredocs of HCL say.

use std::borrow::Cow;

use crate::model::Kind;

/// Whether a word may name an attribute or a block.
pub(super) fn is_identifier(word: &str) -> bool {
    word.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
}

/// What kind of literal a word is; nothing for an expression.
pub(super) fn literal(word: &str) -> Option<Kind> {
    match word {
        "true" | "false" => Some(Kind::Bool),
        "null" => Some(Kind::Null),
        _ => is_number(word).then_some(Kind::Number),
    }
}

/// `-1.50e3`: digits before and behind a dot, an exponent.
fn is_number(word: &str) -> bool {
    let word = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match word.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (word, None),
    };
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    is_digits(whole)
        && fraction.is_none_or(is_digits)
        && exponent.is_none_or(|part| is_digits(part.strip_prefix(['+', '-']).unwrap_or(part)))
}

/// The inside of a quoted text with its escapes undone; templates stay as they are written.
pub(super) fn unescaped(inside: &str) -> Cow<'_, str> {
    if !inside.contains('\\') {
        return Cow::Borrowed(inside);
    }
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = rest.find(['\\', '$', '%']) {
        text.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        let length = match template_length(rest) {
            Some(length) => {
                text.push_str(rest.get(..length).unwrap_or_default());
                length
            }
            None => one(rest, &mut text),
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// Writes what an escape, or else a single character, stands for; returns how long it is.
fn one(rest: &str, text: &mut String) -> usize {
    let mut characters = rest.chars();
    let Some(first) = characters.next() else { return rest.len().max(1) };
    let escaped = characters.next().filter(|_| first == '\\');
    let digits = match escaped {
        Some('u') => 4,
        Some('U') => 8,
        _ => 0,
    };
    let code = rest.get(2..2 + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    let character = match escaped {
        Some('n') => Some('\n'),
        Some('r') => Some('\r'),
        Some('t') => Some('\t'),
        Some(kept @ ('"' | '\\')) => Some(kept),
        Some('u' | 'U') => code.and_then(char::from_u32),
        Some(_) | None => None,
    };
    text.push(character.unwrap_or(first));
    if character.is_some() { 2 + digits } else { first.len_utf8() }
}

/// How long the template is that begins a text: `${ … }` or `%{ … }`, or `$${`, which is none.
fn template_length(text: &str) -> Option<usize> {
    if text.starts_with("$${") || text.starts_with("%%{") {
        return Some(3);
    }
    if !text.starts_with("${") && !text.starts_with("%{") {
        return None;
    }
    let mut open = Vec::new();
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match (open.last().copied(), byte) {
            _ if escaped => escaped = false,
            (Some(b'"'), b'\\') => escaped = true,
            (Some(b'"'), b'"') => drop(open.pop()),
            (Some(b'"'), b'{') => {
                let template = text.get(..at).is_some_and(|head| head.ends_with(['$', '%']));
                open.extend(template.then_some(b'{'));
            }
            (Some(b'"'), _) => (),
            (_, b'"' | b'{') => open.push(byte),
            (Some(b'{'), b'}') => {
                open.pop();
                if open.is_empty() {
                    return Some(at + 1);
                }
            }
            _ => (),
        }
    }
    None
}

/// Where the lines of a heredoc stand, and what they say: `<<-` takes the smallest indentation
/// from each of them.
pub(super) fn heredoc(text: &str, place: (usize, usize)) -> ((usize, usize), String) {
    let written = text.get(place.0..place.1).unwrap_or_default();
    let from = written.find('\n').map_or(written.len(), |at| at + 1);
    let to = written.rfind('\n').map_or(from, |at| at + 1).max(from);
    let body = written.get(from..to).unwrap_or_default();
    let blanks = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let filled = body.lines().filter(|line| !line.trim().is_empty());
    let smallest = filled.map(blanks).min().filter(|_| written.starts_with("<<-"));
    let indentation = smallest.unwrap_or(0);
    let mut said = String::with_capacity(body.len());
    for line in body.lines() {
        said.push_str(line.get(indentation.min(blanks(line))..).unwrap_or_default());
        said.push('\n');
    }
    let first = body.lines().next().map_or(0, blanks).min(indentation);
    ((place.0 + from + first, place.0 + to), said)
}

#[cfg(test)]
mod tests {
    use super::{heredoc, is_number, unescaped};

    #[test]
    fn numbers_are_told_from_expressions() {
        for text in ["0", "-1", "1.5", "1e3", "1.50E-3"] {
            assert!(is_number(text), "{text}");
        }
        for text in ["", "-", "1.", ".5", "1e", "1-2", "1.2.3", "0x1f"] {
            assert!(!is_number(text), "{text}");
        }
    }

    #[test]
    fn escapes_are_undone_outside_of_templates_only() {
        let text = r#"a\tb \u00e9 ${f("\t")} $${x\\} \q"#;
        assert_eq!(unescaped(text), "a\tb é ${f(\"\\t\")} $${x\\} \\q");
    }

    #[test]
    fn a_heredoc_stands_where_its_lines_stand() {
        let text = "a = <<-E\n    b:\r\n      c\n    E\n";
        let ((start, end), said) = heredoc(text, (4, text.len() - 1));
        let under = text.get(start..end).unwrap();
        assert_eq!((said.as_str(), under), ("b:\n  c\n", "b:\r\n      c\n"));
    }
}

//! Quoted scalars: where they end, and what they say once escapes and folding are undone.

/// One past the closing quote of the scalar that opens at `at`.
pub(super) fn end(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = bytes.get(at).copied().filter(|byte| matches!(byte, b'"' | b'\''))?;
    let mut from = at.saturating_add(1);
    loop {
        let rest = bytes.get(from..)?;
        let found = if quote == b'"' {
            memchr::memchr2(b'"', b'\\', rest)
        } else {
            memchr::memchr(b'\'', rest)
        };
        let here = from.saturating_add(found?);
        let is_pair = quote == b'\'' && bytes.get(here.saturating_add(1)) == Some(&b'\'');
        if bytes.get(here) == Some(&quote) && !is_pair {
            return Some(here.saturating_add(1));
        }
        from = here.saturating_add(2);
    }
}

/// The text of what stands between double quotes; nothing for an escape that YAML does not have.
///
/// Lines are folded as libyaml does: their indentation does not matter.
pub(super) fn double(inner: &str) -> Option<String> {
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = memchr::memchr3(b'\\', b'\n', b'\r', rest.as_bytes()) {
        let (before, from) = rest.split_at_checked(at)?;
        rest = if let Some(escape) = from.strip_prefix('\\') {
            text.push_str(before);
            unescape(escape, &mut text)?
        } else {
            fold(before, from, &mut text)
        };
    }
    text.push_str(rest);
    Some(text)
}

/// The text of what stands between single quotes.
pub(super) fn single(inner: &str) -> String {
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = memchr::memchr3(b'\'', b'\n', b'\r', rest.as_bytes()) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        rest = if let Some(pair) = from.strip_prefix('\'') {
            text.push_str(before);
            text.push('\'');
            pair.strip_prefix('\'').unwrap_or(pair)
        } else {
            fold(before, from, &mut text)
        };
    }
    text.push_str(rest);
    text
}

/// Folds the line breaks at the beginning of `from`, and returns what follows them.
fn fold<'t>(before: &str, from: &'t str, text: &mut String) -> &'t str {
    text.push_str(before.trim_end_matches([' ', '\t']));
    let after = from.trim_start_matches([' ', '\t', '\n', '\r']);
    let blanks = from.get(..from.len() - after.len()).unwrap_or_default();
    match line_breaks(blanks) {
        0 | 1 => text.push(' '),
        several => text.extend(std::iter::repeat_n('\n', several - 1)),
    }
    after
}

fn line_breaks(blanks: &str) -> usize {
    let pairs = blanks.matches("\r\n").count();
    blanks.matches(['\r', '\n']).count() - pairs
}

/// Undoes one escape, given what follows its backslash; returns what follows the escape.
fn unescape<'t>(escape: &'t str, text: &mut String) -> Option<&'t str> {
    let mut chars = escape.chars();
    let digits = match chars.next()? {
        '\n' | '\r' => return continued(escape),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        letter => {
            text.push(named(letter)?);
            return Some(chars.as_str());
        }
    };
    let (hex, rest) = chars.as_str().split_at_checked(digits)?;
    let is_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    let code = is_hex.then(|| u32::from_str_radix(hex, 16).ok()).flatten()?;
    text.push(char::from_u32(code)?);
    Some(rest)
}

/// The character an escape of one letter stands for.
const fn named(letter: char) -> Option<char> {
    Some(match letter {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        ' ' | '"' | '/' | '\\' => letter,
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        _ => return None,
    })
}

/// An escaped line break: the next line continues this one.
fn continued(escape: &str) -> Option<&str> {
    let rest = escape.strip_prefix("\r\n").or_else(|| escape.strip_prefix(['\n', '\r']))?;
    let rest = rest.trim_start_matches([' ', '\t']);
    (!rest.starts_with(['\n', '\r'])).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::{double, end, single};

    #[test]
    fn the_closing_quote_is_the_first_that_is_not_escaped() {
        assert_eq!(end(r#""a\"b" "c""#, 0), Some(6));
        assert_eq!(end("'it''s' x", 0), Some(7));
        assert_eq!(end("x: ''", 3), Some(5));
        assert_eq!(end("\"open", 0), None);
        assert_eq!(end("'open''", 0), None);
        assert_eq!(end("\"\\", 0), None);
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(
            double(r#"a\n\t\"\\\/\x41\u00e9\U0001F600"#).unwrap(),
            "a\n\t\"\\/A\u{e9}\u{1f600}"
        );
        assert_eq!(single("it''s \\n"), "it's \\n");
        for wrong in [r"\q", r"\x4", r"\ud83d", r"\u+041", "\\"] {
            assert_eq!(double(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn lines_are_folded_whatever_their_indentation() {
        assert_eq!(double("a  \nb\n\n  c").unwrap(), "a b\nc");
        assert_eq!(single("a\r\n\r\n\r\nb"), "a\n\nb");
        assert_eq!(double("a \\\n   b\\t \n c").unwrap(), "a b\t c");
        assert_eq!(single("a\n  "), "a ");
    }
}

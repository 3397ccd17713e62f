//! Text of others in documents of angle brackets.

use std::fmt::Write as _;

use super::escape::escape;

/// A text as it is: on its line, and no markup.
///
/// What XML 1.0 cannot hold at all (U+FFFE, U+FFFF) is written as an escape; control characters
/// already are.
pub(super) fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in escape(text, false).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => {
                // Formatting into a text does not fail.
                let _ = write!(out, "{}", character.escape_unicode());
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn no_text_is_markup_or_ends_it() {
        assert_eq!(
            safe("]]></a>\"'&\u{1b}\u{ffff}"),
            "]]&gt;&lt;/a&gt;&quot;&#39;&amp;\\u{1b}\\u{ffff}"
        );
    }
}

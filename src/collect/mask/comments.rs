//! Where comments stand that go over lines: no mark at the beginning of a line tells them.

use std::ops::Range;

/// The comments between marks of a text, of the syntaxes that have such comments. A mark within a
/// quoted text may be taken for one: what is searched for nothing harms nothing.
pub(super) fn blocks(text: &str, syntax: &str) -> Vec<Range<usize>> {
    let (open, close) = match syntax {
        "json" | "hcl" => ("/*", "*/"),
        "xml" => ("<!--", "-->"),
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..)
        && let Some(begin) = memchr::memmem::find(rest.as_bytes(), open.as_bytes())
    {
        let start = at + begin + open.len();
        let inside = text.get(start..).unwrap_or_default();
        let length = memchr::memmem::find(inside.as_bytes(), close.as_bytes());
        let end = start + length.unwrap_or(inside.len());
        found.push(start..end);
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::blocks;

    #[test]
    fn comments_are_found_between_their_marks() {
        assert_eq!(blocks("/*a*/ b /*\nc", "json"), [2..3, 10..12]);
        assert_eq!(blocks("<!--a--><!--b", "xml"), [4..5, 12..13]);
        assert!(blocks("/*a*/", "yaml").is_empty());
    }
}

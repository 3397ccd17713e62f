//! Secrets of pairs in a text without a tree: `{ name = "DB_PASSWORD", value = "x" }` in an
//! expression of Terraform, `- name: DB_PASSWORD` and `value: x` on lines that nobody parsed.

use std::ops::Range;

use super::near::ahead;

/// Keys under which a pair has its name, and its value.
const NAMES: [&str; 5] = ["name", "Name", "key", "Key", "variable"];
const VALUES: [&str; 3] = ["value", "Value", "default"];

/// The most bytes before a name in which its value is sought.
const BEFORE_MAX: usize = 4 << 10;

const QUOTES: &[char] = &['"', '\'', '\\'];

/// Where the value stands of the pair whose name is at `name`.
pub(super) fn value(
    text: &str,
    name: &Range<usize>,
    within: &Range<usize>,
) -> Option<Range<usize>> {
    let from = text.ceil_char_boundary(name.start.saturating_sub(BEFORE_MAX)).max(within.start);
    let head = text.get(from..name.start)?;
    let head = before_key(head.trim_end_matches(QUOTES), &NAMES)?;
    let behind = || after(text.get(name.end..within.end)?, within.end);
    behind().or_else(|| before(head).map(|range| from + range.start..from + range.end))
}

/// The value that follows a name of a pair in `rest`, which ends at `end`.
fn after(rest: &str, end: usize) -> Option<Range<usize>> {
    let next =
        rest.trim_start_matches(QUOTES).trim_start_matches(BETWEEN).trim_start_matches(QUOTES);
    let tail = VALUES.iter().find_map(|key| next.strip_prefix(key))?;
    let value = tail.trim_start_matches(QUOTES).trim_start_matches(BLANKS);
    let value = value.strip_prefix(['=', ':'])?.trim_start_matches(BLANKS);
    let start = end - value.len();
    let near = ahead(value);
    let line_end = memchr::memchr2(b'\n', b'\r', near.as_bytes()).unwrap_or(near.len());
    let line = near.get(..line_end)?;
    let quote = ["\\\"", "\"", "'"].into_iter().find(|quote| line.starts_with(quote));
    let Some(quote) = quote else {
        let stop = line.find([',', '}', ' ', '\t']).unwrap_or(line.len());
        return Some(start..start + stop);
    };
    let inner = line.get(quote.len()..)?;
    let start = start + quote.len();
    Some(start..start + inner.find(quote).unwrap_or(inner.len()))
}

/// The value at the end of what stands before the key of a name.
fn before(head: &str) -> Option<Range<usize>> {
    let head = head.trim_end_matches(BETWEEN);
    let quote = head.chars().next_back().filter(|last| matches!(last, '"' | '\''))?;
    let inner = head.strip_suffix(quote)?.trim_end_matches('\\');
    let open = inner.rfind(quote)?;
    before_key(inner.get(..open)?.trim_end_matches('\\'), &VALUES)?;
    Some(open + 1..inner.len())
}

/// What stands before one of these keys, if a text ends in it and in what assigns.
fn before_key<'t>(head: &'t str, keys: &[&str]) -> Option<&'t str> {
    let head = head.trim_end_matches(BLANKS).strip_suffix(['=', ':'])?.trim_end_matches(BLANKS);
    let head = head.trim_end_matches(QUOTES);
    let rest = keys.iter().find_map(|key| head.strip_suffix(key))?;
    let is_word = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    // A list of YAML has a hyphen there, and a blank behind it.
    (!rest.ends_with(is_word)).then(|| rest.trim_end_matches(QUOTES))
}

const BLANKS: &[char] = &[' ', '\t'];

/// What may stand between the parts of a pair.
const BETWEEN: &[char] = &[' ', '\t', '\r', '\n', ','];

#[cfg(test)]
mod tests {
    use super::super::assign::{Manner, told};
    use super::super::shape::Triggers;

    fn found(text: &str) -> Vec<&str> {
        let hits = told(text, &Triggers::of(text), &(0..text.len()), Manner::Arguments);
        hits.into_iter().filter_map(|(range, _)| text.get(range)).collect()
    }

    #[test]
    fn secrets_of_pairs_are_found() {
        for text in [
            "jsonencode([{ name = \"DB_PASSWORD\", value = \"hunter2\" }])",
            "[{ \"name\" : \"DB_PASSWORD\", \"value\" : \"hunter2\" }, ${x}]",
            "{\\\"name\\\": \\\"DB_PASSWORD\\\", \\\"value\\\": \\\"hunter2\\\"}",
            "{\n  name  = \"DB_PASSWORD\"\n  value = \"hunter2\"\n}",
            "{ value = \"hunter2\", name = \"DB_PASSWORD\" }",
            "- name: DB_PASSWORD\n  value: hunter2\n- name: A",
            "{name = \"OTEL_EXPORTER_OTLP_HEADERS\", value = \"x=hunter2,host=a\"}",
        ] {
            assert_eq!(found(text), ["hunter2"], "{text}");
        }
    }

    #[test]
    fn pairs_without_a_secret_are_left_alone() {
        for text in [
            "{ name = \"DB_USER\", value = \"hunter2\" }",
            "{ name = \"DB_PASSWORD\", value = var.password }",
            "{ name = \"DB_PASSWORD\", valueFrom = \"arn:aws:x\" }",
            "{ name = \"DB_PASSWORD_FILE\", value = \"hunter2\" }",
            "{ name = \"DB_PASSWORD\" }, { name = \"A\", value = \"hunter2\" }",
            "{ rename = \"DB_PASSWORD\", value = \"hunter2\" }",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }
}

//! Whether a text looks like YAML.

use crate::syntax::HEAD_BYTES;

/// How sure a name makes us.
const BY_NAME: u8 = 90;
/// How sure the beginning of a text makes us.
const BY_TEXT: u8 = 40;
/// How many lines are looked at.
const LINES_MAX: usize = 20;

/// Names that are YAML, and names whose text may begin with what looks like YAML and is none.
const OURS: [&str; 2] = ["yaml", "yml"];
const NOT_OURS: [&str; 5] = ["md", "markdown", "mdx", "rst", "html"];

pub(super) fn claim(name: &str, head: &str) -> u8 {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_one_of = |names: &[&str]| names.iter().any(|name| extension.eq_ignore_ascii_case(name));
    if is_one_of(&OURS) {
        return BY_NAME;
    }
    if is_one_of(&NOT_OURS) || !looks_like_yaml(head) { 0 } else { BY_TEXT }
}

fn looks_like_yaml(head: &str) -> bool {
    // The last line of a long text is cut anywhere.
    let is_cut = head.len() + char::MAX_LEN_UTF8 > HEAD_BYTES;
    let head = head.rsplit_once('\n').filter(|_| is_cut).map_or(head, |(whole, _)| whole);
    let head = head.strip_prefix('\u{feff}').unwrap_or(head);
    let is_significant = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let mut lines = head.lines().map(str::trim_end).filter(is_significant);
    let Some(first) = lines.next() else { return false };
    if first.starts_with("%YAML ") || first == "---" || first.starts_with("--- #") {
        return true;
    }
    let is_key_or_item = |line: &str| is_item(line) || is_key(line);
    is_key_or_item(first)
        && lines
            .take(LINES_MAX)
            .all(|line| line.starts_with(' ') || is_key_or_item(line) || line.starts_with("---"))
}

fn is_item(line: &str) -> bool {
    line.starts_with("- ") || line == "-"
}

/// Whether a line is `key:` or `key: value` with a key that is a word, in quotes or not.
fn is_key(line: &str) -> bool {
    let Some((key, value)) = line.split_once(':') else { return false };
    let key = key.trim_matches(['"', '\'']);
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    (value.is_empty() || value.starts_with(' '))
        && key.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '/'))
        && key.chars().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::{BY_NAME, BY_TEXT, claim};

    #[test]
    fn yaml_is_known_by_its_name_or_its_beginning() {
        for name in ["a.yaml", "a.yml", "A.YAML"] {
            assert_eq!(claim(name, "{}"), BY_NAME);
        }
        for head in [
            "---\n",
            "\u{feff}# c\n\n--- # x\n",
            "%YAML 1.2\n---\n",
            "a: 1\nb:\n  c\n- d\n",
            "kind: List",
            "- a\n- b\n",
            "\"a.b/c-d\": 1\n",
        ] {
            assert_eq!(claim("config", head), BY_TEXT, "{head}");
        }
    }

    #[test]
    fn a_line_that_is_cut_is_not_held_against_a_text() {
        let long = format!("a: {}\nb", "x".repeat(4092));
        assert_eq!(claim("config", &long), BY_TEXT);
    }

    #[test]
    fn what_only_resembles_yaml_is_left_to_others() {
        for head in [
            "{\"a\": 1}",
            "[1]",
            "--- a/file\n+++ b/file\n",
            "-----BEGIN CERTIFICATE-----\n",
            "A=b\n",
            "Dear reader: this is text.\n",
            "Note: this\nis text.\n",
            "http://example.com\n",
            "",
        ] {
            assert_eq!(claim("config", head), 0, "{head}");
        }
        assert_eq!(claim("README.md", "---\ntitle: x\n---\n"), 0);
    }
}

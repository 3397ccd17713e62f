//! What strict readers refuse, or take otherwise, and the readers of configuration do not.
//!
//! libyaml and its kin let a quoted text and a list in brackets go on at any indentation; YAML 1.2
//! wants its lines deeper than the block they stand in (§8.1.3, §7.4; cases 9C9N and QB6E of
//! yaml-test-suite). Files are written that way, so they are read, and it is noted.

use crate::model::{Kind, Node, Style, TreeBuilder};

/// The first line of a finished node that stands no deeper than the block it belongs to. Brackets
/// that close there are usual and left alone.
pub(super) fn shallow(node: Node<'_>) -> Option<usize> {
    below(node, None)
}

/// Looks below a node; `block` is the column of the block it stands in. Depth is that of the tree.
fn below(node: Node<'_>, block: Option<usize>) -> Option<usize> {
    if node.is_copied() {
        return None;
    }
    let is_block = matches!(node.kind(), Kind::List | Kind::Map) && node.style() != Style::Flow;
    if is_block {
        let column = Some(column(node));
        let inner = |value| below(value, column);
        return node.entries().map(|entry| entry.value).chain(node.items()).find_map(inner);
    }
    let is_broken = matches!(node.style(), Style::Flow | Style::Single | Style::Double);
    let column = block.filter(|_| is_broken)?;
    let raw = node.raw();
    let mut breaks = memchr::memchr_iter(b'\n', raw.as_bytes());
    let shallow = breaks.find(|at| {
        let line = raw.get(at + 1..).unwrap_or_default();
        let text = line.trim_start_matches(' ');
        line.len() - text.len() <= column && !text.starts_with(['\n', '\r', ']', '}', '#'])
    })?;
    Some(node.span().start as usize + shallow + 1)
}

/// The column a node begins in, in bytes.
fn column(node: Node<'_>) -> usize {
    let start = node.span().start as usize;
    let head = node.tree_text().as_bytes().get(..start).unwrap_or_default();
    start - memchr::memrchr(b'\n', head).map_or(0, |at| at + 1)
}

/// Whether a text ends in blanks that may or may not belong to the block text before them: there
/// readers differ (cases JEF9 and L24T of yaml-test-suite).
pub(super) fn ends_in_doubt(text: &str, builder: &TreeBuilder<'_>) -> Option<usize> {
    let end = text.trim_end_matches(' ').len();
    let is_line = end < text.len() && text.get(..end).is_some_and(|head| head.ends_with('\n'));
    let last = builder.next().checked_sub(1).filter(|_| is_line)?;
    matches!(builder.node(last).style(), Style::Literal | Style::Folded).then_some(end)
}

/// Whether a part of a stream has a directive and no document that it could be about.
pub(super) fn is_only_directives(section: &str) -> Option<usize> {
    let is_marked = section.lines().any(|line| line.starts_with("---"));
    let at = if section.starts_with('%') { Some(0) } else { section.find("\n%").map(|at| at + 1) };
    at.filter(|_| !is_marked)
}

/// Whether a document says that it is YAML 1.1.
pub(super) fn is_old(document: &str) -> bool {
    let is_head = |line: &&str| line.is_empty() || line.starts_with(['%', '#', '\u{feff}']);
    let mut head = document.lines().take_while(is_head);
    head.any(|line| {
        let version = line.strip_prefix("%YAML ").map(str::trim_start);
        version.is_some_and(|version| version.starts_with("1.1") || version.starts_with("1.0"))
    })
}

/// The first plain scalar that YAML 1.1 takes for something else than its readers do today: words
/// for yes and no, octal numbers, numbers of base 60, with underscores or in binary
/// (yaml.org/type: bool, int and float).
pub(super) fn old_scalar(node: Node<'_>) -> Option<usize> {
    if node.is_scalar() {
        let is_plain = node.kind() == Kind::Plain;
        return (is_plain && is_read_otherwise(node.text())).then(|| node.span().start as usize);
    }
    let entries = node.entries().flat_map(|entry| [entry.key, entry.value]);
    entries.chain(node.items()).find_map(old_scalar)
}

fn is_read_otherwise(text: &str) -> bool {
    const WORDS: [&str; 6] = ["y", "n", "yes", "no", "on", "off"];
    let digits = text.trim_start_matches(['+', '-']);
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit());
    let all = |known: &str| digits.chars().all(|c| c.is_ascii_digit() || known.contains(c));
    let is_octal = digits.len() > 1 && digits.starts_with('0') && all("_");
    let is_based = digits.contains(':') && all(":_.");
    let is_binary = digits.starts_with("0b");
    let is_parted = digits.contains('_') && all("_.xabcdefABCDEFb");
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
        || is_number && (is_octal || is_based || is_binary || is_parted)
}

#[cfg(test)]
mod tests {
    use crate::model::{Limits, SourceId};
    use crate::syntax::Syntax as _;
    use crate::syntax::yaml::YAML;

    fn parsed(text: &str) -> (Option<u32>, usize) {
        let parsed = YAML.parse(text, SourceId(0), &Limits::STANDARD);
        (parsed.lenient, parsed.issues.len())
    }

    #[test]
    fn lines_no_deeper_than_their_block_are_told() {
        for (text, at) in [
            ("a: [b,\nc]\n", 7),
            ("a: \"b\nc\"\n", 6),
            ("a:\n  b: 'c\n  d'\n", 11),
            ("- - [a,\n  b]\n", 8),
        ] {
            assert_eq!(parsed(text), (Some(at), 0), "{text}");
        }
        for text in [
            "a: [b,\n c]\n",
            "a: [\n  b,\n]\n",
            "a: {\n  b: c\n}\n",
            "\"a\nb\"\n",
            "[a,\nb]\n",
            "a: \"b\n\n c\"\n",
            "a:\n- \"b\n c\"\n",
        ] {
            assert_eq!(parsed(text), (None, 0), "{text}");
        }
    }

    #[test]
    fn what_the_first_yaml_takes_otherwise_is_told_where_a_document_says_that_it_is_that() {
        let old = "%YAML 1.1\n---\n";
        for scalar in ["yes", "Off", "y", "0755", "1:30", "190:20:30.5", "1_000", "0b11", "-0_7"] {
            assert_eq!(parsed(&format!("{old}a: [{scalar}]\n")).1, 1, "{scalar}");
            assert_eq!(parsed(&format!("a: [{scalar}]\n")).1, 0, "{scalar}");
            assert_eq!(parsed(&format!("%YAML 1.2\n---\na: {scalar}\n")).1, 0, "{scalar}");
            assert_eq!(parsed(&format!("{old}a: '{scalar}'\n")).1, 0, "{scalar}");
        }
        let plain = "a: [true, 0, 10, 1.5, 0x1F, host:80, v_1, nothing, 2001-12-14]\n";
        assert_eq!(parsed(&format!("{old}{plain}")).1, 0);
        let second = format!("a: 1\n...\n{old}on: 1\n---\nb: on\n");
        assert_eq!(parsed(&second).1, 1);
    }

    #[test]
    fn what_readers_take_differently_is_refused() {
        for text in ["%YAML 1.2\n", "%YAML 1.2\n...\n", "- |+\n   ", "a: |\n  x\n   "] {
            assert_eq!(parsed(text).1, 1, "{text:?}");
        }
        for text in ["%YAML 1.2\n---\na: 1\n", "a: 1\n  ", "a: |\n  x", "a: |\n  x\n   \n"] {
            assert_eq!(parsed(text).1, 0, "{text:?}");
        }
    }
}

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
    fn what_readers_take_differently_is_refused() {
        for text in ["%YAML 1.2\n", "%YAML 1.2\n...\n", "- |+\n   ", "a: |\n  x\n   "] {
            assert_eq!(parsed(text).1, 1, "{text:?}");
        }
        for text in ["%YAML 1.2\n---\na: 1\n", "a: 1\n  ", "a: |\n  x", "a: |\n  x\n   \n"] {
            assert_eq!(parsed(text).1, 0, "{text:?}");
        }
    }
}

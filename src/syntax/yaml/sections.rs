//! Cutting a stream into documents before anything is parsed.
//!
//! A line that begins with `---` or `...` and a blank is a marker wherever it stands: no scalar may
//! contain one. So documents can be told apart without parsing, and each be parsed on its own.

use memchr::memmem;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The part of a text that holds one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Section {
    /// Where the document's own text begins: directives, comments, marker.
    pub(super) start: usize,
    /// One past the document's own text.
    pub(super) end: usize,
    /// First byte of the range that belongs to it.
    pub(super) from: usize,
    /// One past the last byte of the range that belongs to it.
    pub(super) to: usize,
}

/// A line that separates documents.
#[derive(Clone, Copy)]
struct Marker {
    at: usize,
    begins: bool,
}

/// Cuts a text into its documents. A text without content or marker has none.
pub(super) fn sections(text: &str) -> Vec<Section> {
    let first = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let mut found: Vec<Section> = Vec::new();
    let mut start = first;
    let mut body = first;
    let mut begun = false;
    for marker in markers(text, first) {
        let before = text.get(body..marker.at).unwrap_or_default();
        let is_document = begun || has_content(before, !marker.begins);
        let after = if marker.begins { marker.at } else { line_after(text, marker.at) };
        if is_document {
            found.push(Section { start, end: after, from: start, to: after });
            start = after;
        }
        begun = marker.begins;
        body = if marker.begins { marker.at.saturating_add(3) } else { after };
    }
    if begun || has_content(text.get(body..).unwrap_or_default(), true) {
        found.push(Section { start, end: text.len(), from: start, to: text.len() });
    }
    if let Some(section) = found.first_mut() {
        section.from = 0;
    }
    if let Some(section) = found.last_mut() {
        section.to = text.len();
    }
    found
}

/// Marker lines in order.
fn markers(text: &str, first: usize) -> Vec<Marker> {
    let bytes = text.as_bytes();
    let is_marker = |at: &usize| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        let after = bytes.get(at.saturating_add(3));
        (*at == first || matches!(before, Some(b'\n' | b'\r')))
            && matches!(after, None | Some(b' ' | b'\t' | b'\n' | b'\r'))
    };
    let begins = memmem::find_iter(bytes, "---").filter(is_marker);
    let ends = memmem::find_iter(bytes, "...").filter(is_marker);
    let mut markers: Vec<Marker> = begins.map(|at| Marker { at, begins: true }).collect();
    let begins_count = markers.len();
    markers.extend(ends.map(|at| Marker { at, begins: false }));
    if markers.len() > begins_count {
        markers.sort_by_key(|marker| marker.at);
    }
    markers
}

/// Whether a line is more than a comment; in front of what it may be about, also more than a
/// directive.
fn has_content(text: &str, directives_count: bool) -> bool {
    text.split(['\n', '\r']).any(|line| {
        let is_directive = line.starts_with('%') && !directives_count;
        let line = line.trim_start_matches([' ', '\t']);
        !(line.is_empty() || line.starts_with('#') || is_directive)
    })
}

fn line_after(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let end = memchr::memchr2(b'\n', b'\r', rest);
    let line_break =
        end.map_or(0, |end| if rest.get(end..end + 2) == Some(b"\r\n") { 2 } else { 1 });
    at.saturating_add(end.unwrap_or(rest.len())).saturating_add(line_break)
}

#[cfg(test)]
mod tests {
    use super::sections;

    fn cut(text: &str) -> Vec<&str> {
        let sections = sections(text);
        for pair in sections.windows(2) {
            assert_eq!(pair[0].to, pair[1].from, "{text:?}");
        }
        assert!(sections.first().is_none_or(|first| first.from == 0), "{text:?}");
        assert!(sections.last().is_none_or(|last| last.to == text.len()), "{text:?}");
        sections.iter().map(|section| text.get(section.start..section.end).unwrap()).collect()
    }

    #[test]
    fn a_stream_is_cut_at_its_markers() {
        assert_eq!(cut("a: 1\n---\nb: 2\n"), ["a: 1\n", "---\nb: 2\n"]);
        assert_eq!(cut("# c\n---\nb: 2\n--- c"), ["# c\n---\nb: 2\n", "--- c"]);
        assert_eq!(cut("a\r\n---\r\nb"), ["a\r\n", "---\r\nb"]);
        assert_eq!(cut("\u{feff}a: 1\n"), ["a: 1\n"]);
        assert_eq!(cut("\u{feff}---\na: 1\n"), ["---\na: 1\n"]);
    }

    #[test]
    fn a_document_that_is_marked_and_empty_is_a_document() {
        assert_eq!(cut("---\n---\na"), ["---\n", "---\na"]);
        assert_eq!(cut("---\n...\n"), ["---\n...\n"]);
        assert_eq!(cut("# only\n\n  # comments\n"), [""; 0]);
        assert_eq!(cut("...\n"), [""; 0]);
        assert_eq!(cut(""), [""; 0]);
    }

    #[test]
    fn directives_and_comments_belong_to_the_document_they_precede() {
        let text = "a: 1\n...\n# next\n%YAML 1.2\n---\nb: 2\n";
        assert_eq!(cut(text), ["a: 1\n...\n", "# next\n%YAML 1.2\n---\nb: 2\n"]);
        assert_eq!(cut("a: 1\n...\nb: 2\n"), ["a: 1\n...\n", "b: 2\n"]);
        assert_eq!(cut("%YAML 1.2\n"), ["%YAML 1.2\n"]);
    }

    #[test]
    fn only_a_marker_at_the_beginning_of_a_line_counts() {
        for text in ["a: ---\n", " ---\n", "---x: 1\n", "----\n", "a: |\n ---\n", "-----BEGIN\n"] {
            assert_eq!(cut(text), [text]);
        }
    }
}

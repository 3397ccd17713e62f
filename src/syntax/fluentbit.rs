//! Fluent Bit's classic configuration: `[SECTION]` lines with `Key value` lines below them.
//!
//! It looks like INI and is not: a key ends at the first blank, a value at the end of its line,
//! and a section that is opened twice is two sections. The format is a page of code, so it is
//! read here.

use crate::model::{GapReason, Limits, SourceId};

use super::claims::{has_extension, mostly, statements};
use super::lines::{Line, Lines, Page, Word, is_blank};
use super::{Parsed, Repeats, Syntax};

/// The syntax.
pub(super) static FLUENTBIT: FluentBit = FluentBit;

/// Fluent Bit's classic configuration.
pub(super) struct FluentBit;

/// Sections that Fluent Bit knows (`src/config_format/flb_config_format.c`).
const SECTIONS: [&str; 9] = [
    "SERVICE",
    "INPUT",
    "FILTER",
    "OUTPUT",
    "PARSER",
    "MULTILINE_PARSER",
    "STREAM_TASK",
    "PLUGINS",
    "CUSTOM",
];

impl Syntax for FluentBit {
    fn id(&self) -> &'static str {
        "fluentbit"
    }

    fn about(&self) -> &'static str {
        "Fluent Bit's classic configuration: sections of `Key value` lines"
    }

    fn sample(&self) -> &'static str {
        "# a comment\n@SET region=eu\n@INCLUDE inputs.conf\n\n[SERVICE]\n    Flush 5\n    Daemon Off\n\n\
         [INPUT]\n    Name tail\n    Path /var/log/a b.log\n    Empty\n\n[OUTPUT]\n\tName  forward\n\t\
         Match *\n"
    }

    fn claim(&self, name: &str, head: &str) -> u8 {
        const COMMENTS: &[char] = &['#'];
        let section = |line: &str| {
            let name = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            name.is_some_and(|name| SECTIONS.iter().any(|known| known.eq_ignore_ascii_case(name)))
        };
        let is_file =
            has_extension(name, &["conf", "cfg", "config", "fluentbit"]) || !name.contains('.');
        let speaks = || statements(head, COMMENTS).any(section);
        let pair = |line: &str| {
            let (key, value) = line.split_once(is_blank).unwrap_or((line, ""));
            let is_assignment =
                key.contains(['=', '[', ':']) || value.trim_start().starts_with('=');
            section(line) || line.starts_with('@') || !is_assignment
        };
        if is_file && speaks() && mostly(head, COMMENTS, 95, pair) { 75 } else { 0 }
    }

    fn repeats(&self) -> Repeats {
        Repeats::All
    }

    fn parse<'s>(&self, text: &'s str, source: SourceId, limits: &Limits) -> Parsed<'s> {
        let mut page = Page::new(text, source, limits);
        // Where the open section ends so far; none at the root.
        let mut open: Option<usize> = None;
        for line in Lines::new(text) {
            if page.is_full() {
                break;
            }
            let inner = line.trimmed();
            if inner.text.is_empty() || inner.text.starts_with('#') {
                continue;
            }
            if inner.text.starts_with('[') {
                if let Some(end) = open.take() {
                    page.close(end);
                }
                open = Some(section(&mut page, inner));
                continue;
            }
            let end = inner.text.find(is_blank).unwrap_or(inner.text.len());
            let value = inner.after(end).trimmed();
            page.entry(&Word::verbatim(inner.before(end)), &Word::verbatim(value));
            if let Some(open) = open.as_mut() {
                *open = value.end();
            }
        }
        if let Some(end) = open {
            page.close(end);
        }
        page.finish()
    }
}

/// Opens a section and says where its header ends.
fn section<'s>(page: &mut Page<'s>, header: Line<'s>) -> usize {
    let end = header.text.strip_suffix(']').map(str::len);
    if end.is_none() {
        let message = "the name of the section is not closed: write [NAME]";
        page.issue(GapReason::Unparsed, header.start, message);
    }
    let name = header.before(end.unwrap_or(header.text.len())).after(1).trimmed();
    page.open(&Word::verbatim(name), header.end());
    header.end()
}

#[cfg(test)]
mod tests {
    use super::FLUENTBIT;
    use crate::model::{Limits, SourceId};
    use crate::syntax::{Syntax as _, detect};

    #[test]
    fn a_key_ends_at_the_first_blank_and_a_section_at_the_next() {
        let text = "@SET a=b\n[INPUT]\n  Name  tail\n  Path /a b\n[INPUT]\n  Name cpu\n  Tag\n";
        let parsed = FLUENTBIT.parse(text, SourceId(0), &Limits::STANDARD);
        assert_eq!(parsed.issues, []);
        let tree = r#"{Text"@SET": Text"a=b", Text"INPUT": {Text"Name": Text"tail", Text"Path": Text"/a b"}, Text"INPUT": {Text"Name": Text"cpu", Text"Tag": Text""}}"#;
        assert_eq!(format!("{:?}", parsed.tree.root(0).unwrap()), tree);
    }

    #[test]
    fn it_is_told_from_ini_files_of_the_same_name() {
        let cases = [
            ("fluent-bit.conf", "[SERVICE]\n    Flush 5\n[INPUT]\n    Name tail\n", "fluentbit"),
            ("a.conf", "[service]\nflush = 5\n[input]\nname = tail\n", "ini"),
            ("a.service", "[Service]\nExecStart=/bin/a b\n", "ini"),
        ];
        for (name, text, id) in cases {
            assert_eq!(detect(name, text).map(super::Syntax::id), Some(id), "{name}");
        }
    }
}

//! INI files and what is written like them: systemd units, the options of
//! databases, Git's configuration.
//!
//! There is no standard. A value is kept as it is written, quotes and what looks like a comment
//! behind it included: what one reader strips, another one keeps. A section that is opened twice
//! stands in the tree twice.

use crate::model::{GapReason, Limits, SourceId, Style};

use super::claims::{has_extension, mostly, statements};
use super::lines::{Line, Lines, Page, Word, is_blank};
use super::{Parsed, Repeats, Syntax};

/// The syntax.
pub(super) static INI: Ini = Ini;

/// INI files.
pub(super) struct Ini;

const UNITS: [&str; 13] = [
    "service",
    "socket",
    "timer",
    "mount",
    "automount",
    "swap",
    "target",
    "path",
    "slice",
    "network",
    "netdev",
    "link",
    "nspawn",
];

impl Syntax for Ini {
    fn id(&self) -> &'static str {
        "ini"
    }

    fn about(&self) -> &'static str {
        "INI files and systemd units: sections of key = value lines"
    }

    fn sample(&self) -> &'static str {
        r#"; instance settings
app_mode = production

[global]
# a comment
instance=checkout
umask = 0077
url: https://idp.example.com/a=b
empty =
skip-networking
quoted = "as it is written"; kept

[remote "origin"] ; a comment
    fetch = +refs/heads/*
    push = +refs/tags/*
!include /etc/app/more.ini

[nothing]
[global]
umask = 0027
"#
    }

    fn claim(&self, name: &str, head: &str) -> u8 {
        const COMMENTS: &[char] = &['#', ';'];
        let has_section = || {
            let first = statements(head, COMMENTS).next();
            let name = first.and_then(|line| line.strip_prefix('[')?.split_once(']'));
            // A list of JSON begins so too.
            name.is_some_and(|(name, _)| !name.contains(['{', ',']) && !name.starts_with('"'))
        };
        let assigns = |line: &str| {
            separator(line).is_some_and(|(at, _)| {
                line.get(..at).is_some_and(|key| !key.contains(['"', '{', '(', '<', '$']))
            }) && !line.ends_with(['{', ';'])
        };
        if has_extension(name, &["ini"]) {
            90
        } else if has_extension(name, &UNITS) && has_section() {
            85
        } else if has_extension(name, &["cfg", "cnf", "conf", "inf", "config", "gitconfig"]) {
            match has_section() {
                true => 65,
                false if mostly(head, COMMENTS, 90, assigns) => 40,
                false => 0,
            }
        } else if !name.trim_start_matches('.').contains('.') && has_section() {
            30
        } else {
            0
        }
    }

    fn repeats(&self) -> Repeats {
        Repeats::LastWins
    }

    fn parse<'s>(&self, text: &'s str, source: SourceId, limits: &Limits) -> Parsed<'s> {
        let mut reader =
            Reader { text, page: Page::new(text, source, limits), entry: None, section_end: None };
        for line in Lines::new(text) {
            if reader.page.is_full() {
                break;
            }
            reader.line(line);
        }
        reader.end_section();
        reader.page.finish()
    }
}

/// An entry that further lines may continue.
struct Pending<'s> {
    key: Line<'s>,
    indentation: usize,
    /// From the first to the last byte of the value.
    span: (usize, usize),
    /// The value, where more than one line makes it up.
    folded: Option<String>,
    /// Whether the last line ended in a backslash behind a blank, as systemd continues lines.
    is_open: bool,
}

struct Reader<'s> {
    text: &'s str,
    page: Page<'s>,
    entry: Option<Pending<'s>>,
    /// Where the open section ends so far; none at the root.
    section_end: Option<usize>,
}

impl<'s> Reader<'s> {
    fn line(&mut self, line: Line<'s>) {
        let inner = line.trimmed();
        if inner.text.is_empty() || inner.text.starts_with(['#', ';']) {
            if inner.text.is_empty() {
                self.end_open_line();
            }
            return;
        }
        if self.is_continued_by(line, inner) {
            self.continue_entry(inner);
        } else if inner.text.starts_with('[') {
            self.section(inner);
        } else {
            self.begin_entry(line, inner);
        }
    }

    /// Whether a line goes on with the value above it: that line ended in ` \`, or this one is
    /// indented deeper than the key and is no assignment itself.
    fn is_continued_by(&self, line: Line<'_>, inner: Line<'_>) -> bool {
        self.entry.as_ref().is_some_and(|entry| {
            let is_assignment = inner.text.starts_with('[')
                || separator(inner.text).is_some_and(|(at, _)| {
                    !inner.text.get(..at).unwrap_or_default().trim_end().contains(is_blank)
                });
            entry.is_open || (line.indentation() > entry.indentation && !is_assignment)
        })
    }

    fn continue_entry(&mut self, inner: Line<'s>) {
        let Some(entry) = self.entry.as_mut() else { return };
        let (part, is_open) = without_backslash(inner);
        let first = self.text.get(entry.span.0..entry.span.1).unwrap_or_default();
        let was_open = entry.is_open;
        let folded = entry.folded.get_or_insert_with(|| {
            let first = if was_open { first.trim_end_matches('\\') } else { first };
            first.trim_end_matches(is_blank).to_owned()
        });
        folded.push(if was_open { ' ' } else { '\n' });
        folded.push_str(part.text);
        entry.span.1 = if is_open { inner.end() } else { part.end() };
        entry.is_open = is_open;
    }

    fn begin_entry(&mut self, line: Line<'s>, inner: Line<'s>) {
        self.end_entry();
        let (key, value) = match separator(inner.text) {
            Some((at, width)) => (inner.before(at).trimmed(), inner.after(at + width).trimmed()),
            None => match inner.text.find(is_blank) {
                None => (inner, inner.after(inner.text.len())),
                Some(at) if inner.text.starts_with('!') => {
                    (inner.before(at), inner.after(at).trimmed())
                }
                Some(_) => {
                    let message = "the line is no assignment: write key = value";
                    self.page.issue(GapReason::Unparsed, inner.start, message);
                    return;
                }
            },
        };
        if key.text.is_empty() {
            let message = "the line has no key before its '=': write key = value";
            self.page.issue(GapReason::Unparsed, inner.start, message);
            return;
        }
        let (_, is_open) = without_backslash(value);
        self.entry = Some(Pending {
            key,
            indentation: line.indentation(),
            span: (value.start, value.end()),
            folded: None,
            is_open,
        });
    }

    fn section(&mut self, inner: Line<'s>) {
        self.end_section();
        let is_end = |(at, _): &(usize, &str)| {
            let rest = inner.after(at + 1).trimmed().text;
            rest.is_empty() || rest.starts_with(['#', ';'])
        };
        let end = inner.text.match_indices(']').find(is_end).map(|(at, _)| at);
        if end.is_none() {
            // What follows must not be taken for entries of the section above.
            let message = "the name of the section is not closed: write [name]";
            self.page.issue(GapReason::Unparsed, inner.start, message);
        }
        let name = inner.before(end.unwrap_or(inner.text.len())).after(1).trimmed();
        let start = name.end() + usize::from(end.is_some());
        let start = start.max(inner.start + end.map_or(inner.text.len(), |end| end + 1));
        self.page.open(&Word::verbatim(name), start);
        self.section_end = Some(start);
    }

    /// A blank line ends a value that a backslash would have continued.
    fn end_open_line(&mut self) {
        if let Some(entry) = self.entry.as_mut() {
            entry.is_open = false;
        }
    }

    fn end_entry(&mut self) {
        let Some(entry) = self.entry.take() else { return };
        let value = Line {
            start: entry.span.0,
            text: self.text.get(entry.span.0..entry.span.1).unwrap_or_default(),
        };
        let word = match entry.folded {
            None => Word::verbatim(value),
            Some(folded) => Word::written(entry.span, entry.span.0, folded, Style::Folded),
        };
        self.page.entry(&Word::verbatim(entry.key), &word);
        if let Some(end) = self.section_end.as_mut() {
            *end = value.end().max(*end);
        }
    }

    fn end_section(&mut self) {
        self.end_entry();
        if let Some(end) = self.section_end.take() {
            self.page.close(end);
        }
    }
}

/// Where the key ends and how wide its separator is: `=`, or `:` before a blank.
fn separator(line: &str) -> Option<(usize, usize)> {
    line.char_indices()
        .find(|(at, character)| match character {
            '=' => true,
            ':' => {
                let rest = line.get(at + 1..).unwrap_or_default();
                rest.is_empty() || rest.starts_with(is_blank)
            }
            _ => false,
        })
        .map(|(at, _)| (at, 1))
}

/// A value without the backslash that continues it, and whether there is one. A backslash that
/// belongs to a path has no blank before it.
fn without_backslash(value: Line<'_>) -> (Line<'_>, bool) {
    match value.text.strip_suffix('\\') {
        Some(before) if before.is_empty() || before.ends_with(is_blank) => {
            (value.before(before.len()).trimmed(), true)
        }
        Some(_) | None => (value, false),
    }
}

#[cfg(test)]
mod tests {
    use super::INI;
    use crate::model::{Limits, SourceId};
    use crate::syntax::{Parsed, Syntax as _};

    fn parse(text: &str) -> Parsed<'_> {
        INI.parse(text, SourceId(0), &Limits::STANDARD)
    }

    fn shown(text: &str) -> String {
        let parsed = parse(text);
        assert_eq!(parsed.issues, [], "{text}");
        format!("{:?}", parsed.tree.root(0).unwrap())
    }

    #[test]
    fn values_go_on_where_a_reader_would_go_on() {
        let cases = [
            (
                "[a]\nb = x \\\n    y \\\n z\nc=1",
                r#"{Text"a": {Text"b": Text"x y z", Text"c": Text"1"}}"#,
            ),
            (
                "[a]\nb =\n  x\n  y z\nc=1",
                r#"{Text"a": {Text"b": Text"\nx\ny z", Text"c": Text"1"}}"#,
            ),
            ("[a]\n\tb = 1\n\tc = 2", r#"{Text"a": {Text"b": Text"1", Text"c": Text"2"}}"#),
            ("b = 1\n  c = 2", r#"{Text"b": Text"1", Text"c": Text"2"}"#),
            ("b = C:\\dir\\\r\nc = 2\r\n", r#"{Text"b": Text"C:\\dir\\", Text"c": Text"2"}"#),
            ("b = x \\\n\nc = 2", r#"{Text"b": Text"x \\", Text"c": Text"2"}"#),
        ];
        for (text, tree) in cases {
            assert_eq!(shown(text), tree, "{text}");
        }
    }

    #[test]
    fn sections_stay_apart_even_when_named_alike_or_broken() {
        let text = "[a]\nb=1\n[a]\nb=2\n[[c] d]\nb=3";
        let tree = r#"{Text"a": {Text"b": Text"1"}, Text"a": {Text"b": Text"2"}, Text"[c] d": {Text"b": Text"3"}}"#;
        assert_eq!(shown(text), tree);
        let parsed = parse("[a]\nb=1\n[broken\nb=2\nno assignment\n= x\n");
        assert_eq!(parsed.tree.root(0).unwrap().text_at(&["broken", "b"]), Some("2"));
        assert_eq!(parsed.issues.iter().map(|issue| issue.at).collect::<Vec<_>>(), [8, 20, 34]);
    }
}

//! What a text is, whatever its name says: an object of Kubernetes in `deploy.properties`, nested
//! YAML in `settings.ini`.
//!
//! Syntaxes that are read line by line find sense in such a text and lose what its indentation
//! means, so they are not asked where the text is certain.

use super::{Syntax, json, xml, yaml};

/// Syntaxes that take any text for theirs.
const TAKE_ANYTHING: [&str; 3] = ["properties", "ini", "sshd"];

/// Syntaxes to which a text that nests as YAML does is nothing new: they read it so, tell that it
/// is not theirs, or compare it line by line.
const LEFT_ALONE: [&str; 7] = ["yaml", "json", "toml", "hcl", "xml", "pem", "text"];

/// Beginnings of what template engines read.
const TEMPLATES: [&str; 4] = ["{{", "{%", "{#", "<%"];

/// A claim by the beginning of a text that can hardly be anything else.
const TELLING: u8 = 60;

/// The syntax of a text that is another one than its name claims; nothing where the name may be
/// right.
pub(super) fn told(
    claimed: &'static dyn Syntax,
    head: &str,
    text: &str,
) -> Option<&'static dyn Syntax> {
    if claimed.id() == yaml::YAML.id() {
        return None;
    }
    let takes_anything = TAKE_ANYTHING.contains(&claimed.id());
    let others: [&'static dyn Syntax; 2] = [&json::JSON, &xml::XML];
    let other = others.into_iter().find(|other| other.claim("", head) >= TELLING);
    if let Some(other) = other.filter(|_| takes_anything) {
        return Some(other);
    }
    let written = yaml_lines(text)?;
    let is_flow = written.is_flow && (claimed.id() == json::JSON.id() || other.is_some());
    let may_nest = written.nests && !LEFT_ALONE.contains(&claimed.id());
    let is_yaml = may_nest || (written.describes_object && !is_flow);
    is_yaml.then_some(&yaml::YAML as &'static dyn Syntax)
}

/// What a text that may be YAML, line by line, has of it.
#[derive(Default)]
struct Written {
    /// A document says its `apiVersion` and its `kind`.
    describes_object: bool,
    /// A key has no value but the deeper lines below it, or a document is in braces.
    nests: bool,
    /// A document is in braces.
    is_flow: bool,
}

/// One document as far as it was read.
#[derive(Default)]
struct Section {
    /// How far its outermost lines are indented.
    base: Option<usize>,
    /// How far a key without a value is that ends the line before.
    open: Option<usize>,
    has_version: bool,
    has_kind: bool,
}

/// Nothing where a line cannot be YAML. What is indented may be part of a text and is not asked.
fn yaml_lines(text: &str) -> Option<Written> {
    let mut written = Written::default();
    let mut section = Section::default();
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim_end) {
        let (line, is_marker) = behind_marker(line);
        if is_marker {
            section = Section::default();
        }
        let inner = line.trim_start();
        if inner.is_empty() || inner.starts_with('#') || line.starts_with('%') {
            continue;
        }
        if is_marker && inner.starts_with(['!', '&']) {
            continue;
        }
        if section.base.is_none() && inner.starts_with('{') && !is_template(inner) {
            let names = |key| text.contains(key);
            let describes_object = names("apiVersion") && names("kind");
            return Some(Written { describes_object, nests: true, is_flow: true });
        }
        section.line(line, &mut written)?;
    }
    Some(written)
}

/// What a line says behind the marker of a document that it begins with, if it does.
fn behind_marker(line: &str) -> (&str, bool) {
    let behind = ["---", "..."].iter().find_map(|marker| line.strip_prefix(marker));
    let behind = behind.filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t']));
    (behind.unwrap_or(line), behind.is_some())
}

impl Section {
    fn line(&mut self, line: &str, written: &mut Written) -> Option<()> {
        let outer = line.len() - line.trim_start().len();
        let base = *self.base.get_or_insert(outer);
        let mut inner = line.trim_start();
        let is_item = inner == "-" || inner.starts_with("- ");
        while let Some(member) = inner.strip_prefix("- ") {
            inner = member.trim_start();
        }
        let pair = pair(inner);
        let is_known = is_item || pair.is_some();
        if outer < base || outer == base && !is_known && !is_template(inner) && !closes(inner) {
            return None;
        }
        written.nests |= self.open.is_some_and(|open| outer > open) && is_known;
        let at = line.len() - inner.len();
        self.open = pair.filter(|(_, value)| value.is_empty()).map(|_| at);
        if let Some((key, value)) = pair.filter(|_| outer == base && !is_item) {
            self.has_version |= key == "apiVersion" && !value.is_empty();
            self.has_kind |= key == "kind" && !value.is_empty();
            written.describes_object |= self.has_version && self.has_kind;
        }
        Some(())
    }
}

/// The key of a line and its value, a comment left out.
fn pair(line: &str) -> Option<(&str, &str)> {
    let ends = |at: &usize| {
        line.get(at + 1..).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
    };
    let at = line.match_indices(':').map(|(at, _)| at).find(ends)?;
    let (key, value) = (line.get(..at)?.trim_end(), line.get(at + 1..)?.trim_start());
    let value = if value.starts_with('#') { "" } else { value };
    let is_quoted = key.starts_with(['"', '\'']);
    let is_other = !is_quoted && key.contains(['=', '{', '<', '(', '[', ';']);
    (!key.is_empty() && !is_other).then(|| (key.trim_matches(['"', '\'']), value))
}

fn is_template(line: &str) -> bool {
    TEMPLATES.iter().any(|mark| line.starts_with(mark))
}

/// Whether a line ends what was opened in braces on one before it.
fn closes(line: &str) -> bool {
    line.starts_with(['}', ']'])
}

#[cfg(test)]
mod tests {
    use super::super::detect;

    const OBJECT: &str = "apiVersion: v1\nkind: Secret\nstringData: {a: b}\n";

    fn id(name: &str, text: &str) -> &'static str {
        detect(name, text).map_or("", super::Syntax::id)
    }

    #[test]
    fn an_object_is_yaml_under_any_name() {
        let cut = format!("# {}\n{OBJECT}", "x\n# ".repeat(4000));
        for name in
            ["s.ini", "s.properties", "s.md", "s.html", "s.env", "s.json", "sshd_config", "s.toml"]
        {
            for text in [
                OBJECT,
                &cut,
                "\u{feff}---\r\n\"kind\": A\r\n'apiVersion': b/v1\r\n",
                "# c\n\n  apiVersion:\tv1\n  kind: A # c\n",
                "--- # first\nA: 1\n---\napiVersion: v1\nkind: A\na: |\n  any text\n",
                "apiVersion: v1\nkind: A\n{{- if .Values.a }}\na: [\n  b\n]\n{{- end }}\n",
            ] {
                assert_eq!(id(name, text), "yaml", "{name}: {text}");
            }
        }
        for name in ["s.ini", "s.properties", "s.md", "sshd_config"] {
            assert_eq!(id(name, "--- {apiVersion: v1, kind: Secret}\n"), "yaml", "{name}");
        }
    }

    #[test]
    fn a_text_that_nests_is_not_read_by_line() {
        for text in ["a:\n  b: 1\n", "a: 1\nb: # c\n  - c\n", "- a:\n    b: 1\n", "{a: 1}\n"] {
            for name in ["a.ini", "a.properties", "sshd_config"] {
                assert_eq!(id(name, text), "yaml", "{name}: {text}");
            }
            assert_eq!(id("a.md", text), "text", "{text}");
        }
        for (text, other) in [("{\"a\": 1}\n", "json"), ("<?xml version='1.0'?>\n<a/>\n", "xml")] {
            assert_eq!((id("a.properties", text), id("a.ini", text)), (other, other));
        }
    }

    #[test]
    fn a_name_that_may_be_right_is() {
        for (name, text) in [
            ("a.properties", "a: 1\nb: c\n"),
            ("a.properties", "a = 1\nb:\n  c: 1\n"),
            ("a.properties", "a:\\\n  b: c\n"),
            ("a.properties", "kind: a\n! c\napiVersion: v1\n"),
            ("a.ini", "[a]\nb:\n  c: 1\n"),
            ("a.ini", "apiVersion: v1\n[a]\nkind: b\n"),
            ("a.properties", "{{ if }}\na=b\n"),
        ] {
            let extension = name.rsplit('.').next().unwrap();
            assert_eq!(id(name, text), extension, "{text}");
        }
        for text in
            ["# Title\n\n```\napiVersion: v1\nkind: A\n```\n", "kind: a\n---\napiVersion: b\n"]
        {
            assert_eq!(id("a.md", text), "text", "{text}");
        }
        assert_eq!(id("a.json", "a:\n  b: 1\n"), "json");
        assert_eq!(id("a.json", "{\"apiVersion\": \"v1\", \"kind\": \"A\"}"), "json");
    }
}

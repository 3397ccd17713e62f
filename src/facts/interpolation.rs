//! What Compose fills in for `${NAME}`: the values of the `.env` beside its file (compose-go v2.13.0,
//! `template/template.go` and `dotenv/`).
//!
//! A variable of the shell that runs Compose comes before one of the file; nobody here can see
//! those. What the files say is taken for what is meant, as for every other setting.

use std::collections::BTreeMap;

use super::cursor::Document;
use super::names::filled;
use crate::model::Style;

/// The name of the file, in the folder of the Compose file.
const FILE: &str = ".env";

/// How many bytes one value may come to.
const BYTES_MAX: usize = 64 << 10;

/// How deep a default may hold another one.
const DEPTH_MAX: usize = 8;

/// What is filled in.
#[derive(Default)]
pub(super) struct Filling<'t>(BTreeMap<&'t str, String>);

impl<'t> Filling<'t> {
    /// Of a Compose file: the values of the `.env` that is read together with it, those that nobody
    /// here can know left out.
    pub(super) fn of(document: &Document<'t>) -> Self {
        let folder = document.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = if folder.is_empty() { FILE.to_owned() } else { format!("{folder}/{FILE}") };
        let mut filling = Self::default();
        let Some(file) = document.beside.iter().find(|beside| beside.file == path) else {
            return filling;
        };
        for entry in file.root.entries() {
            let (name, node) = (entry.key.text(), entry.value);
            let text = filled(node).unwrap_or_default();
            let is_literal = node.style() == Style::Single;
            let said = if is_literal { Some(text.to_owned()) } else { filling.fill(text) };
            match said {
                Some(text) => filling.0.insert(name, text),
                // Said again, and not known: what was said before does not hold.
                None => filling.0.remove(name),
            };
        }
        filling
    }

    /// The value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A text with every reference filled in; nothing if one of them is not known, or the text is no
    /// template.
    pub(super) fn fill(&self, text: &str) -> Option<String> {
        self.fill_within(text, 0)
    }

    fn fill_within(&self, text: &str, depth: usize) -> Option<String> {
        if depth > DEPTH_MAX {
            return None;
        }
        let (mut found, mut rest) = (String::new(), text);
        while let Some((head, tail)) = rest.split_once('$') {
            found.push_str(head);
            if let Some(tail) = tail.strip_prefix('$') {
                found.push('$');
                rest = tail;
            } else if let Some(tail) = tail.strip_prefix('{') {
                let (inner, behind) = braced(tail)?;
                found.push_str(&self.reference(inner, depth)?);
                rest = behind;
            } else {
                let name = name(tail);
                found.push_str(self.get(name).filter(|_| !name.is_empty())?);
                rest = tail.get(name.len()..)?;
            }
            if found.len() > BYTES_MAX {
                return None;
            }
        }
        found.push_str(rest);
        (found.len() <= BYTES_MAX).then_some(found)
    }

    /// What stands for `NAME`, `NAME:-default`, `NAME-default`, `NAME:?why`, `NAME?why`, `NAME:+other`
    /// or `NAME+other`.
    fn reference(&self, inner: &str, depth: usize) -> Option<String> {
        let name = name(inner);
        let rest = inner.get(name.len()..).filter(|_| !name.is_empty())?;
        let (rest, counts_empty) = match rest.strip_prefix(':') {
            Some(rest) => (rest, false),
            None => (rest, true),
        };
        let known = self.get(name);
        let held = known.filter(|value| counts_empty || !value.is_empty());
        let mut marks = rest.chars();
        let mark = marks.next();
        let word = marks.as_str();
        match (mark, held) {
            (None, _) => known.map(str::to_owned),
            (Some('-' | '?'), Some(value)) => Some(value.to_owned()),
            (Some('-'), None) | (Some('+'), Some(_)) => self.fill_within(word, depth + 1),
            (Some('+'), None) => Some(String::new()),
            (Some(_), _) => None,
        }
    }
}

/// The name that a text begins with.
fn name(text: &str) -> &str {
    let is_first = |c: char| c == '_' || c.is_ascii_alphabetic();
    if !text.starts_with(is_first) {
        return "";
    }
    let end = text.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// What stands before the brace that closes, and what behind it.
fn braced(text: &str) -> Option<(&str, &str)> {
    let mut open = 1_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => open += 1,
            '}' => open -= 1,
            _ => (),
        }
        if open == 0 {
            return Some((text.get(..at)?, text.get(at + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::Filling;

    #[test]
    fn a_reference_is_filled_in_as_compose_does() {
        let known = [("HOST", "otel"), ("PORT", "4317"), ("EMPTY", "")];
        let filling =
            Filling(known.iter().map(|(name, text)| (*name, (*text).to_owned())).collect());
        for (text, expected) in [
            ("http://${HOST}:$PORT/x", Some("http://otel:4317/x")),
            ("${NONE:-a}${NONE-b}${EMPTY:-c}${EMPTY-d}", Some("abc")),
            ("${HOST:?why}${HOST:+set}${NONE:+set}", Some("otelset")),
            ("${NONE:-${HOST}}", Some("otel")),
            ("a$$HOST", Some("a$HOST")),
            ("plain", Some("plain")),
            ("${NONE}", None),
            ("$NONE", None),
            ("${NONE:?why}", None),
            ("${HOST", None),
            ("$1", None),
        ] {
            assert_eq!(filling.fill(text).as_deref(), expected, "{text}");
        }
    }
}

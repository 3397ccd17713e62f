//! What Compose fills in for `${NAME}`: the values of the `.env` beside its file (compose-go v2.13.0,
//! `template/template.go` and `dotenv/`).
//!
//! A variable of the shell that runs Compose comes before one of the file; nobody here can see
//! those. What the files say is taken for what is meant, as for every other setting.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;

use super::cursor::Document;
use super::names::filled;
use super::process::room;
use crate::model::Style;

/// The name of the file, in the folder of the Compose file.
const FILE: &str = ".env";

/// How many bytes one value may come to.
const BYTES_MAX: usize = 64 << 10;

/// How deep a default may hold another one.
const DEPTH_MAX: usize = 8;

/// What is filled in.
pub(super) struct Filling<'t> {
    known: BTreeMap<&'t str, Cow<'t, str>>,
    /// How many bytes all that is filled in may still come to; what would be more is not known.
    room: Cell<usize>,
}

impl<'t> Filling<'t> {
    /// Of a Compose file: the values of the `.env` that is read together with it, those that nobody
    /// here can know left out.
    pub(super) fn of(document: &Document<'t>) -> Self {
        let folder = document.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = if folder.is_empty() { FILE.to_owned() } else { format!("{folder}/{FILE}") };
        let mut filling = Self { known: BTreeMap::new(), room: Cell::new(room(document)) };
        let Some(file) = document.beside.iter().find(|beside| beside.file == path) else {
            return filling;
        };
        for entry in file.root.entries() {
            let (name, node) = (entry.key.text(), entry.value);
            let text = filled(node).unwrap_or_default();
            let is_literal = node.style() == Style::Single || !text.contains('$');
            let said =
                if is_literal { Some(text.into()) } else { filling.fill(text).map(Cow::Owned) };
            match said {
                Some(text) => filling.known.insert(name, text),
                // Said again, and not known: what was said before does not hold.
                None => filling.known.remove(name),
            };
        }
        filling
    }

    /// The value of a name.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let value = self.get(name)?;
        self.take(value).then(|| value.to_owned())
    }

    /// A text with every reference filled in; nothing if one of them is not known, or the text is no
    /// template.
    pub(super) fn fill(&self, text: &str) -> Option<String> {
        if !text.contains('$') {
            return Some(text.to_owned());
        }
        self.fill_within(text, 0).filter(|filled| self.take(filled))
    }

    /// Takes the room of a text, if there is any.
    fn take(&self, text: &str) -> bool {
        let left = self.room.get().checked_sub(text.len());
        self.room.set(left.unwrap_or(self.room.get()));
        left.is_some()
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.known.get(name).map(|value| &**value)
    }

    fn fill_within(&self, text: &str, depth: usize) -> Option<String> {
        if depth > DEPTH_MAX {
            return None;
        }
        let most = BYTES_MAX.min(self.room.get());
        let (mut found, mut rest) = (String::new(), text);
        while let Some((head, tail)) = rest.split_once('$') {
            let value;
            if let Some(tail) = tail.strip_prefix('$') {
                (value, rest) = (Cow::Borrowed("$"), tail);
            } else if let Some(tail) = tail.strip_prefix('{') {
                let (inner, behind) = braced(tail)?;
                (value, rest) = (self.reference(inner, depth)?, behind);
            } else {
                let name = name(tail);
                let known = self.get(name).filter(|_| !name.is_empty())?;
                (value, rest) = (Cow::Borrowed(known), tail.get(name.len()..)?);
            }
            put(&mut found, head, most)?;
            put(&mut found, &value, most)?;
        }
        put(&mut found, rest, most)?;
        Some(found)
    }

    /// What stands for `NAME`, `NAME:-default`, `NAME-default`, `NAME:?why`, `NAME?why`, `NAME:+other`
    /// or `NAME+other`.
    fn reference(&self, inner: &str, depth: usize) -> Option<Cow<'_, str>> {
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
            (None, _) => known.map(Cow::Borrowed),
            (Some('-' | '?'), Some(value)) => Some(Cow::Borrowed(value)),
            (Some('-'), None) | (Some('+'), Some(_)) => {
                self.fill_within(word, depth + 1).map(Cow::Owned)
            }
            (Some('+'), None) => Some(Cow::Borrowed("")),
            (Some(_), _) => None,
        }
    }
}

/// Puts a text behind another, unless both come to more bytes than `most`.
fn put(found: &mut String, text: &str, most: usize) -> Option<()> {
    let fits = found.len().checked_add(text.len()).is_some_and(|length| length <= most);
    fits.then(|| found.push_str(text))
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
    use std::cell::Cell;

    use super::{BYTES_MAX, Filling};

    fn filling<'t>(known: &[(&'t str, &'t str)]) -> Filling<'t> {
        let known = known.iter().map(|(name, text)| (*name, (*text).into())).collect();
        Filling { known, room: Cell::new(2 * BYTES_MAX) }
    }

    #[test]
    fn a_reference_is_filled_in_as_compose_does() {
        let known = [("HOST", "otel"), ("PORT", "4317"), ("EMPTY", "")];
        let filling = filling(&known);
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

    #[test]
    fn what_is_filled_in_grows_up_to_its_limits_and_no_further() {
        let half = "x".repeat(BYTES_MAX / 2);
        let known = [("A", half.as_str())];
        let length = |text: &str| filling(&known).fill(text).map(|text| text.len());
        assert_eq!(length("$A${A}"), Some(BYTES_MAX));
        for text in ["$A${A}x", "x$A$A", "$A$A$A", "${N-$A$A$A}"] {
            assert_eq!(length(text), None, "{text}");
        }
        // All of it together.
        let filling = filling(&known);
        let filled = (0..9).filter(|_| filling.fill("$A").is_some()).count();
        assert_eq!((filled, filling.value("A")), (4, None));
        assert_eq!(filling.fill("plain").as_deref(), Some("plain"));
    }
}

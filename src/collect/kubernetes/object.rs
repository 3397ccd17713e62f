//! One object as one text: JSON with sorted keys, so that the same object is the same bytes
//! whatever server wrote it, without what the cluster writes about it.

use std::collections::BTreeMap;

use super::discovery::Kind;
use super::left_out;
use crate::model::{Kind as NodeKind, Node};

/// An object that was read.
#[derive(Debug)]
pub(super) struct Object {
    /// Its file.
    pub(super) file: String,
    /// Its text; empty when it is left out.
    pub(super) text: String,
    /// What the server tells it from all others by.
    pub(super) uid: String,
    /// Whether `metadata.managedFields` was left out.
    pub(super) had_managed_fields: bool,
    /// Whether `status` was left out.
    pub(super) had_status: bool,
    /// What it is left out by.
    pub(super) left_out: Option<&'static str>,
}

/// Reads an object of a list. Nothing for what is no object with a name.
pub(super) fn object(item: Node<'_>, kind: &Kind) -> Option<Object> {
    let said = |keys: &[&str]| item.text_at(keys).filter(|text| !text.is_empty());
    let name = said(&["metadata", "name"])?;
    let namespace = said(&["metadata", "namespace"]).filter(|_| kind.namespaced);
    let folder = kind.folder(namespace.map(part).as_deref());
    let left_out = left_out::object(item, kind);
    let mut text = String::new();
    if left_out.is_none() {
        root(item, kind, &mut text);
        text.push('\n');
    }
    Some(Object {
        file: format!("{folder}/{}.json", part(name)),
        text,
        uid: said(&["metadata", "uid"]).unwrap_or_default().to_owned(),
        had_managed_fields: item.at(&["metadata", "managedFields"]).is_some(),
        had_status: kind.has_status && item.get("status").is_some(),
        left_out,
    })
}

/// A name as a part of a path. Kubernetes allows neither `/` nor `%` in one, nor `.` and `..`;
/// servers behind it might.
fn part(name: &str) -> String {
    if matches!(name, "." | "..") {
        return name.replace('.', "%2E");
    }
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if matches!(c, '/' | '\\' | '%') || c.is_control() {
            let mut bytes = [0; 4];
            let bytes = c.encode_utf8(&mut bytes).bytes();
            out.extend(bytes.map(|byte| format!("%{byte:02X}")));
        } else {
            out.push(c);
        }
    }
    out
}

enum Part<'t> {
    Node(Node<'t>),
    Text(String),
}

/// Writes an object. Members of a list do not say what they are: the list does.
fn root(item: Node<'_>, kind: &Kind, out: &mut String) {
    let mut entries: BTreeMap<&str, Part<'_>> = BTreeMap::new();
    entries.insert("apiVersion", Part::Text(kind.api_version()));
    entries.insert("kind", Part::Text(kind.kind.clone()));
    for entry in item.entries() {
        match entry.key.text() {
            "apiVersion" | "kind" => (),
            "status" if kind.has_status => (),
            key => drop(entries.insert(key, Part::Node(entry.value))),
        }
    }
    let mut written = Opened::new('{', 0, out);
    for (key, part) in entries {
        written.next(Some(key), out);
        match part {
            Part::Text(text) => quote(&text, out),
            Part::Node(node) if key == "metadata" => map(node, 1, Some("managedFields"), out),
            Part::Node(node) => value(node, 1, out),
        }
    }
    written.close('}', out);
}

/// Writes a value. As deep as its parse was, which is limited.
fn value(node: Node<'_>, depth: usize, out: &mut String) {
    match node.kind() {
        NodeKind::Map => map(node, depth, None, out),
        NodeKind::List => {
            let mut written = Opened::new('[', depth, out);
            for item in node.items() {
                written.next(None, out);
                value(item, depth + 1, out);
            }
            written.close(']', out);
        }
        NodeKind::Text => quote(node.text(), out),
        // Numbers keep their digits.
        NodeKind::Plain | NodeKind::Number | NodeKind::Bool | NodeKind::Null => {
            out.push_str(node.raw());
        }
    }
}

fn map(node: Node<'_>, depth: usize, without: Option<&str>, out: &mut String) {
    let entries: BTreeMap<&str, Node<'_>> =
        node.entries().map(|entry| (entry.key.text(), entry.value)).collect();
    let mut written = Opened::new('{', depth, out);
    for (key, node) in entries.into_iter().filter(|(key, _)| Some(*key) != without) {
        written.next(Some(key), out);
        value(node, depth + 1, out);
    }
    written.close('}', out);
}

/// A list or map that is being written.
struct Opened {
    depth: usize,
    is_empty: bool,
}

impl Opened {
    fn new(bracket: char, depth: usize, out: &mut String) -> Self {
        out.push(bracket);
        Self { depth, is_empty: true }
    }

    /// Begins the next member.
    fn next(&mut self, key: Option<&str>, out: &mut String) {
        out.push_str(if self.is_empty { "\n" } else { ",\n" });
        self.is_empty = false;
        indent(self.depth + 1, out);
        if let Some(key) = key {
            quote(key, out);
            out.push_str(": ");
        }
    }

    fn close(self, bracket: char, out: &mut String) {
        if !self.is_empty {
            out.push('\n');
            indent(self.depth, out);
        }
        out.push(bracket);
    }
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", depth));
}

/// Writes a text in quotes (RFC 8259).
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

//! One object as one text: JSON with sorted keys, so that the same object is the same bytes
//! whatever server wrote it, without what the cluster writes about it.

use std::collections::BTreeMap;

use super::discovery::Kind;
use super::left_out;
use super::written::{Written, written};
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
    /// What of it was left out.
    pub(super) written: Written,
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
    let written = written(item, kind);
    let mut text = String::new();
    if left_out.is_none() {
        Writer { written: &written, out: &mut text }.root(item, kind);
        text.push('\n');
    }
    Some(Object {
        file: format!("{folder}/{}.json", part(name)),
        text,
        uid: said(&["metadata", "uid"]).unwrap_or_default().to_owned(),
        written,
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

struct Writer<'w> {
    written: &'w Written,
    out: &'w mut String,
}

impl Writer<'_> {
    /// Writes an object. Members of a list do not say what they are: the list does.
    fn root(&mut self, item: Node<'_>, kind: &Kind) {
        let parts = item.entries().map(|entry| (entry.key.text(), Part::Node(entry.value)));
        let mut parts: BTreeMap<&str, Part<'_>> = parts.collect();
        parts.insert("apiVersion", Part::Text(kind.api_version()));
        parts.insert("kind", Part::Text(kind.name.clone()));
        self.map(parts, 0);
    }

    /// Writes a value. It is as deep as its parse was, which is limited.
    fn value(&mut self, node: Node<'_>, depth: usize) {
        match node.kind() {
            NodeKind::Map => {
                let parts = node.entries().map(|entry| (entry.key.text(), Part::Node(entry.value)));
                self.map(parts.collect(), depth);
            }
            NodeKind::List => {
                let mut opened = Opened::new('[', depth, self.out);
                for item in node.items() {
                    opened.next(None, self.out);
                    self.value(item, depth + 1);
                }
                opened.close(']', self.out);
            }
            NodeKind::Text => quote(node.text(), self.out),
            // Numbers keep their digits.
            NodeKind::Plain | NodeKind::Number | NodeKind::Bool | NodeKind::Null => {
                self.out.push_str(node.raw());
            }
        }
    }

    fn map(&mut self, parts: BTreeMap<&str, Part<'_>>, depth: usize) {
        let mut opened = Opened::new('{', depth, self.out);
        for (key, part) in parts {
            match part {
                Part::Node(node) if self.written.has(node) => (),
                Part::Node(node) => {
                    opened.next(Some(key), self.out);
                    self.value(node, depth + 1);
                }
                Part::Text(text) => {
                    opened.next(Some(key), self.out);
                    quote(&text, self.out);
                }
            }
        }
        opened.close('}', self.out);
    }
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
            c if c < ' ' => out.extend(format!("\\u{:04x}", u32::from(c)).chars()),
            c => out.push(c),
        }
    }
    out.push('"');
}

//! Values as people see them: masked, on one line, shortened.

use crate::collect::may_be_secret;
use crate::model::{Kind, Node, Pair, Scalar, Secret, Shown, Side, Typing, secrets_in};

/// Characters of a value that are shown.
const SHOWN_CHARS_MAX: usize = 240;

/// What is shown for a value that is in clear on one side and a secret on the other.
const WITHHELD: &str = "<in clear; not shown, as it is a secret on the other side>";

/// The values of both sides, as far as they may be shown beside each other. A place that holds a
/// secret on one side may hold one on the other that nothing there tells: snapshots are taken one
/// by one, and only one of two plans may call a value sensitive. What only says where a secret is
/// (`${PASSWORD}`) is shown.
pub fn withheld(values: Pair<Option<Shown>>) -> Pair<Option<Shown>> {
    let masked =
        values.as_ref().map(|value| value.as_ref().is_some_and(|Shown(text)| is_masked(text)));
    if masked.blue == masked.green {
        return values;
    }
    let clear = if masked.blue { Side::Green } else { Side::Blue };
    Pair::from_fn(|side| {
        let value = values.get(side).clone();
        let hide = side == clear && value.as_ref().is_some_and(|Shown(text)| may_be_secret(text));
        if hide { Some(Shown(WITHHELD.to_owned())) } else { value }
    })
}

fn is_masked(text: &str) -> bool {
    text.contains("<secret ") || !secrets_in(text).is_empty()
}

/// A node on one line.
pub fn shown(node: Node<'_>, typing: Typing) -> Shown {
    let mut text = String::new();
    write(&mut text, node, typing, true);
    Shown(shorten(text))
}

/// A text on one line.
pub(super) fn shown_text(text: &str) -> Shown {
    Shown(Secret::parse(text).map_or_else(|| shorten(text.to_owned()), |secret| secret.shown()))
}

/// Writes a node until it is long enough to be cut.
fn write(out: &mut String, node: Node<'_>, typing: Typing, outermost: bool) {
    if out.len() > SHOWN_CHARS_MAX * 4 {
        return;
    }
    match node.kind() {
        Kind::List => {
            out.push('[');
            for (index, item) in node.items().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write(out, item, typing, false);
            }
            out.push(']');
        }
        Kind::Map => {
            out.push('{');
            for (index, entry) in node.entries().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                out.push_str(entry.key.text());
                out.push_str(": ");
                write(out, entry.value, typing, false);
            }
            out.push('}');
        }
        Kind::Plain | Kind::Text | Kind::Number | Kind::Bool | Kind::Null => {
            match typing.read(node) {
                Scalar::Secret(secret) => out.push_str(&secret.shown()),
                Scalar::Null => out.push_str("null"),
                Scalar::Text(text) => write_text(out, text, typing, outermost),
                Scalar::Bool(_) | Scalar::Number(_) => out.push_str(node.text()),
            }
        }
    }
}

/// Writes a text; in quotes where it would otherwise read as something else.
fn write_text(out: &mut String, text: &str, typing: Typing, outermost: bool) {
    let misread = typing != Typing::Text && !matches!(typing.plain(text), Scalar::Text(_));
    let nested = !outermost && text.contains([',', ':', '[', ']', '{', '}', ' ']);
    if misread || nested || text.is_empty() {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(text);
    }
}

fn shorten(text: String) -> String {
    let length = text.chars().count();
    if length <= SHOWN_CHARS_MAX {
        return text;
    }
    let head: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    format!("{head}… ({length} characters)")
}

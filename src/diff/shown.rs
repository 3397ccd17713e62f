//! Values as people see them: masked, on one line, shortened.

use crate::collect::may_be_secret;
use crate::model::{Digest, Kind, Node, Pair, Scalar, Secret, Shown, Side, Typing, secrets_in};

/// Characters of a value that are shown.
const SHOWN_CHARS_MAX: usize = 240;

/// Digits of the digest of a value of which not all is shown.
const DIGEST_DIGITS: usize = 12;

/// How a secret that is shown begins.
const SECRET_SHOWN: &str = "<secret ";

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

/// Whether a value is not shown because the other side holds a secret: all such look the same.
pub fn is_withheld(value: &Shown) -> bool {
    value.0 == WITHHELD
}

/// The shortest text that is a mask.
const MASK_BYTES_MIN: usize = 35;

/// Whether a text as it is written holds a mask.
pub(super) fn holds_mask(raw: &str) -> bool {
    raw.len() >= MASK_BYTES_MIN && !secrets_in(raw).is_empty()
}

fn is_masked(text: &str) -> bool {
    text.contains(SECRET_SHOWN) || !secrets_in(text).is_empty()
}

/// A node on one line.
pub fn shown(node: Node<'_>, typing: Typing) -> Shown {
    let mut text = String::new();
    write(&mut text, node, typing, true);
    shorten(text)
}

/// A text on one line.
pub(super) fn shown_text(text: &str) -> Shown {
    Secret::parse(text).map_or_else(|| shorten(text.to_owned()), |secret| Shown(secret.shown()))
}

/// Writes a node.
fn write(out: &mut String, node: Node<'_>, typing: Typing, outermost: bool) {
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

/// Cuts a long text. What is cut off is told by a digest of the whole, so that two long values never
/// look the same; and a secret in it is said, so that none is overlooked there.
fn shorten(text: String) -> Shown {
    let Some((end, _)) = text.char_indices().nth(SHOWN_CHARS_MAX) else { return Shown(text) };
    let head = text.get(..end).unwrap_or_default();
    let length = text.chars().count();
    let digest = Digest::of(text.as_bytes()).short(DIGEST_DIGITS);
    let is_hidden = is_masked(&text) && !is_masked(head);
    let secret = if is_hidden { ", with a <secret >" } else { "" };
    Shown(format!("{head}… ({length} characters{secret}, digest {digest})"))
}

#[cfg(test)]
mod tests {
    use super::{Pair, SECRET_SHOWN, Shown, WITHHELD, shown_text, withheld};

    #[test]
    fn two_long_values_never_look_the_same() {
        let head = "x".repeat(300);
        let one = shown_text(&format!("{head}-tail"));
        assert_ne!(one, shown_text(&format!("{head}-fail")));
        assert_eq!(one, shown_text(&format!("{head}-tail")));
        assert!(one.0.contains("x… (305 characters, digest "), "{one:?}");
    }

    #[test]
    fn a_secret_that_is_cut_off_withholds_the_other_side_all_the_same() {
        let head = "x".repeat(300);
        let masked = shown_text(&format!("{head} <secret password 0123456789ab>"));
        assert!(masked.0.contains(SECRET_SHOWN), "{masked:?}");
        let clear = shown_text(&format!("{head}hunter2"));
        let values = withheld(Pair::new(Some(masked.clone()), Some(clear)));
        assert_eq!(values, Pair::new(Some(masked), Some(Shown(WITHHELD.to_owned()))));
    }
}

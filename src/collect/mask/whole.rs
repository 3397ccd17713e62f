//! Masking a whole scalar, so that its syntax still reads a scalar there.

use super::edit::Mask;
use crate::model::{Kind, Node, Style};

/// Writes a token in place of a scalar, inside the quotes or behind the indentation it has.
pub(super) fn whole(text: &str, node: Node<'_>, syntax: &str, token: String) -> Mask {
    let (raw, start) = (node.raw(), node.span().start as usize);
    let (from, to) = match node.style() {
        Style::Single | Style::Double => within_quotes(raw),
        Style::Literal | Style::Folded if syntax == "hcl" => within_heredoc(raw),
        Style::Literal | Style::Folded | Style::Plain | Style::Flow => (0, raw.len()),
    };
    let inner = raw.get(from..to).unwrap_or_default();
    let lead = inner.len() - inner.trim_start().len();
    let range = start + from + lead..start + from + lead + inner.trim().len();
    let bare = matches!(node.style(), Style::Plain | Style::Flow);
    let quoted = bare && (node.kind() == Kind::Number || matches!(syntax, "json" | "toml" | "hcl"));
    let token = if quoted { format!("\"{token}\"") } else { token };
    Mask::over(text, range, token)
}

fn within_quotes(raw: &str) -> (usize, usize) {
    let Some(quote) = raw.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        return (0, raw.len());
    };
    let triple = raw.len() >= 6 && raw.chars().take(3).all(|c| c == quote);
    let width = if triple { 3 } else { 1 };
    let closed = raw.len() >= 2 * width && raw.ends_with(quote);
    (width, if closed { raw.len() - width } else { raw.len() })
}

/// The lines of a heredoc, without its first and its last.
fn within_heredoc(raw: &str) -> (usize, usize) {
    if !raw.starts_with("<<") {
        return (0, raw.len());
    }
    let from = raw.find('\n').map_or(raw.len(), |at| at + 1);
    let to = raw.trim_end().rfind('\n').unwrap_or(raw.len());
    (from, to.max(from))
}

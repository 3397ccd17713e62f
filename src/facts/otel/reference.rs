//! References by which a Collector's configuration takes values from its environment.

use super::DIALECT;
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static REFERENCE: View = View {
    id: "otel.reference",
    about: "One variable that a value of a Collector's configuration names, at that value",
    fields: &[
        ("variable", "name of the variable"),
        (
            "form",
            "braces for ${X} and ${env:X}, bare for $X, which only versions before v0.104.0 fill in",
        ),
        ("default", "whether the reference says what holds where it is not set"),
        (
            "refused",
            "whether it says that without `env:`, with which no version from v0.104.0 on starts: ${X:-1}",
        ),
    ],
    dialects: DIALECT,
    extract,
};

/// How deep values are looked for.
const DEPTH_MAX: usize = 64;

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    walk(&document.cursor(), 0, &mut items);
    items
}

fn walk<'t>(cursor: &Cursor<'t>, depth: usize, items: &mut Vec<Item<'t>>) {
    if depth > DEPTH_MAX {
        return;
    }
    if !cursor.node.is_scalar() {
        let members = cursor.entries().into_iter().map(|(_, member)| member);
        for member in members.chain(cursor.items()) {
            walk(&member, depth.saturating_add(1), items);
        }
        return;
    }
    for reference in references(cursor.node.text()) {
        let fact = Fact::map([
            ("variable", Some(Fact::text(reference.variable))),
            ("form", Some(Fact::text(if reference.is_bare { "bare" } else { "braces" }))),
            ("default", Some(Fact::Bool(reference.has_default))),
            ("refused", Some(Fact::Bool(reference.has_default && !reference.is_of_env))),
        ]);
        items.push(cursor.item(format!("{}/{}", cursor.path(), reference.variable), fact));
    }
}

/// One of them.
#[derive(Debug, PartialEq, Eq)]
struct Reference<'t> {
    variable: &'t str,
    is_bare: bool,
    has_default: bool,
    /// Whether it says that it is one of the environment.
    is_of_env: bool,
}

/// The variables that a text names. `$$` is a dollar; other schemes than `env` name no variable
/// (opentelemetry-collector v0.159.0, `confmap/expand.go`).
fn references(text: &str) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('$') {
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            rest = after;
        } else if let Some((inside, after)) =
            rest.strip_prefix('{').and_then(|after| after.split_once('}'))
        {
            let of_env = inside.strip_prefix("env:");
            let (named, is_of_env) = (of_env.unwrap_or(inside), of_env.is_some());
            let (name, default) = match named.split_once(":-") {
                Some((name, _)) => (name, true),
                None => (named, false),
            };
            if is_name(name) {
                let (variable, is_bare, has_default) = (name, false, default);
                found.push(Reference { variable, is_bare, has_default, is_of_env });
            }
            rest = after;
        } else {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let (name, after) =
                rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, ""));
            if is_name(name) {
                let (variable, is_bare, has_default) = (name, true, false);
                found.push(Reference { variable, is_bare, has_default, is_of_env: false });
            }
            rest = after;
        }
    }
    found
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::references;

    #[test]
    fn variables_are_known_in_every_form() {
        let shown = |text: &str| {
            let one = |r: super::Reference<'_>| {
                format!(
                    "{}{}{}",
                    r.variable,
                    if r.is_bare { " bare" } else { "" },
                    if r.has_default { " -" } else { "" }
                )
            };
            references(text).into_iter().map(one).collect::<Vec<String>>().join(", ")
        };
        for (text, expected) in [
            ("${env:HOST}:${PORT:-4317}", "HOST, PORT -"),
            ("Bearer $TOKEN", "TOKEN bare"),
            ("$$TOKEN and $1 and US$ 5", ""),
            ("${file:/etc/token}", ""),
            ("^[a-z]+$", ""),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}

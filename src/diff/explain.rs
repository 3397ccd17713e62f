//! Why a difference is legitimate. Each function proves its claim or says nothing.

use super::Context;
use crate::dialect::equality::same_scalar;
use crate::dialect::schema::{At, Documented, FieldType, Seg};
use crate::dialect::version::Version;
use crate::dialect::{Dialect, default_at, field_type};
use crate::model::{Explanation, Kind, Node, Pair, Scalar, Side, Style};

/// Who reads a value, as far as equality is concerned.
#[derive(Clone, Copy)]
pub(super) struct Reader {
    pub(super) dialect: &'static dyn Dialect,
    pub(super) syntax: &'static str,
    pub(super) field: Option<FieldType>,
}

/// Explains two scalars of different spelling: the same value, else the colour map.
pub(super) fn replaced(
    context: &Context<'_>,
    reader: Reader,
    pair: Pair<Node<'_>>,
) -> Option<Explanation> {
    let typing = reader.dialect.typing();
    let values = pair.map(|node| typing.read(node));
    if values.blue == values.green {
        return same_value(reader, pair, &values.blue)
            .map(|how| Explanation::Representation { how: how.to_owned() });
    }
    if !same_type(reader, pair) {
        return None;
    }
    same_text(context, reader.field, &values)
}

/// Explains two texts without quotes or types: the same value, else the colour map.
pub(super) fn same_text(
    context: &Context<'_>,
    field: Option<FieldType>,
    values: &Pair<Scalar<'_>>,
) -> Option<Explanation> {
    if let Some(how) = same_scalar(&values.blue, &values.green, field) {
        return Some(Explanation::Representation { how });
    }
    let (Scalar::Text(blue), Scalar::Text(_)) = (&values.blue, &values.green) else { return None };
    let colours = &context.policy.colours;
    let expected = colours.recolour(blue);
    let same = same_scalar(&Scalar::Text(&expected), &values.green, field).is_some();
    if expected == *blue || !same {
        return None;
    }
    colours.token_in(Side::Blue, blue).map(|token| Explanation::Colour { token })
}

/// Explains two texts that are hashes of the same thing on either side, where both were
/// recomputed.
pub(super) fn hashed(context: &Context<'_>, pair: Pair<Node<'_>>) -> Option<Explanation> {
    let by = Pair::from_fn(|side| {
        let by = context.hashed.get(side).get(pair.get(side).text())?;
        Some(context.policy.colours.fold(side, by))
    });
    let by = by.both().filter(|by| by.blue == by.green)?.blue;
    Some(Explanation::Generated { by: format!("{by}, recomputed") })
}

/// In what two spellings of one typed value differ, where no reader can tell them apart.
fn same_value(reader: Reader, pair: Pair<Node<'_>>, value: &Scalar<'_>) -> Option<&'static str> {
    if !same_type(reader, pair) {
        return None;
    }
    if pair.blue.text() == pair.green.text() {
        return Some("quoting");
    }
    match value {
        Scalar::Bool(_) => Some("boolean word"),
        Scalar::Null => Some("null word"),
        Scalar::Text(_) | Scalar::Secret(_) => Some("quoting"),
        // A reader nobody knows may take `1.10` for a version and `0755` for a text.
        Scalar::Number(_) => {
            let is_float = |node: Node<'_>| node.text().contains(['.', 'e', 'E']);
            let known = reader.dialect.id() != "plain";
            let takes_both = matches!(reader.field, Some(FieldType::Float | FieldType::Number));
            let alike = is_float(pair.blue) == is_float(pair.green);
            (known && (alike || takes_both)).then_some("number spelling")
        }
    }
}

/// Whether the spelling itself decides what the reader makes of the value, and differs: types in
/// TOML; single quotes around a `$` in an environment file.
fn same_type(reader: Reader, pair: Pair<Node<'_>>) -> bool {
    let is_single = |node: Node<'_>| node.style() == Style::Single;
    let is_plain = |node: Node<'_>| node.style() == Style::Plain;
    if is_plain(pair.blue) != is_plain(pair.green) && reader.dialect.is_filled_in(pair.blue.text())
    {
        return false;
    }
    match reader.syntax {
        "toml" => {
            pair.blue.kind() == pair.green.kind() && is_plain(pair.blue) == is_plain(pair.green)
        }
        "dotenv" => {
            let expands = pair.blue.text().contains('$') || pair.green.text().contains('$');
            !expands || is_single(pair.blue) == is_single(pair.green)
        }
        _ => true,
    }
}

/// Explains a value that a tool writes anew on every deployment, or that nobody reads.
pub(super) fn by_place(dialect: &dyn Dialect, at: At<'_>) -> Option<Explanation> {
    let schema = dialect.schema();
    let generated = schema.generated(at).map(|by| Explanation::Generated { by: by.to_owned() });
    let ignored =
        || schema.ignored(at).map(|source| format!("its reader does not look at it: {source}"));
    generated.or_else(|| ignored().map(|how| Explanation::Representation { how }))
}

/// Explains a node that only one side has: written by a tool, null where the reader takes null
/// for absence, or the documented default spelled out.
pub(super) fn one_sided(
    dialect: &dyn Dialect,
    version: Option<Version>,
    at: At<'_>,
    node: Node<'_>,
    defaults: bool,
) -> Option<Explanation> {
    if let Some(explanation) = by_place(dialect, at) {
        return Some(explanation);
    }
    let typing = dialect.typing();
    if node.is_scalar() {
        let value = typing.read(node);
        let is_field = matches!(at.path.last(), Some(Seg::Key(_)));
        if value == Scalar::Null && is_field && dialect.schema().null_is_absent(at.kind) {
            return Some(Explanation::Representation { how: "null means absent".to_owned() });
        }
        return default_value(dialect, version, at, &value).filter(|_| defaults);
    }
    if !defaults {
        return None;
    }
    if node.is_empty() {
        let default = default_at(dialect, at, version).filter(|default| default.value == "{}");
        return default.map(|default| Explanation::Default { citation: default.source.clone() });
    }
    let [.., Seg::Key("env"), Seg::Item(_)] = at.path else { return None };
    let value = node.get("value").filter(|_| node.kind() == Kind::Map && node.len() == 2)?;
    let mut path = at.path.to_vec();
    path.push(Seg::Key("value"));
    default_value(dialect, version, At { kind: at.kind, path: &path }, &typing.read(value))
}

pub(super) fn default_value(
    dialect: &dyn Dialect,
    version: Option<Version>,
    at: At<'_>,
    value: &Scalar<'_>,
) -> Option<Explanation> {
    spelled_out(dialect, at, default_at(dialect, at, version)?, value)
}

/// Explains a value that says what its absence means.
pub(super) fn spelled_out(
    dialect: &dyn Dialect,
    at: At<'_>,
    documented: &Documented,
    value: &Scalar<'_>,
) -> Option<Explanation> {
    let default = if matches!(value, Scalar::Text(_)) {
        Scalar::Text(&documented.value)
    } else {
        dialect.typing().plain(&documented.value)
    };
    same_scalar(&default, value, field_type(dialect, at))
        .map(|_| Explanation::Default { citation: documented.source.clone() })
}

/// Explains two values of different kinds that their reader takes for the same: a null section
/// and an empty one, where the reader does.
pub(super) fn unlike(dialect: &dyn Dialect, pair: Pair<Node<'_>>) -> Option<Explanation> {
    let typing = dialect.typing();
    let null = |node: Node<'_>| node.is_scalar() && typing.read(node) == Scalar::Null;
    let empty = |node: Node<'_>| !node.is_scalar() && node.is_empty();
    let alike = (null(pair.blue) && empty(pair.green)) || (empty(pair.blue) && null(pair.green));
    (alike && dialect.schema().null_is_empty())
        .then(|| Explanation::Representation { how: "an empty section".to_owned() })
}

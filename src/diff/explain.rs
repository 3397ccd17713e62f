//! Why a difference is legitimate. Each function proves its claim or says nothing.

use super::Context;
use crate::dialect::equality::same_scalar;
use crate::dialect::schema::{At, FieldType, Seg};
use crate::dialect::{Dialect, default_at, field_type};
use crate::model::{Explanation, Kind, Node, Pair, Scalar, Side, Typing};

/// Explains two scalars of different spelling: the same value, else the colour map.
pub(super) fn replaced(
    context: &Context<'_>,
    field: Option<FieldType>,
    blue: &Scalar<'_>,
    green: &Scalar<'_>,
) -> Option<Explanation> {
    if let Some(how) = same_scalar(blue, green, field) {
        return Some(Explanation::Representation { how });
    }
    let (Scalar::Text(blue), Scalar::Text(_)) = (blue, green) else { return None };
    let colours = &context.policy.colours;
    let expected = colours.recolour(blue);
    if expected == *blue || same_scalar(&Scalar::Text(&expected), green, field).is_none() {
        return None;
    }
    colours.token_in(Side::Blue, blue).map(|token| Explanation::Colour { token })
}

/// Explains a value that a tool writes anew on every deployment.
pub(super) fn generated(dialect: &dyn Dialect, at: At<'_>) -> Option<Explanation> {
    dialect.schema().generated(at).map(|by| Explanation::Generated { by: by.to_owned() })
}

/// Explains a node that only one side has: written by a tool, null where the reader takes null
/// for absence, or the documented default spelled out.
pub(super) fn one_sided(dialect: &dyn Dialect, at: At<'_>, node: Node<'_>) -> Option<Explanation> {
    if let Some(explanation) = generated(dialect, at) {
        return Some(explanation);
    }
    let typing = dialect.typing();
    if node.is_scalar() {
        let value = typing.read(node);
        if value == Scalar::Null && typing == Typing::Yaml11 {
            return Some(Explanation::Representation { how: "null means absent".to_owned() });
        }
        return default_value(dialect, at, &value);
    }
    let [.., Seg::Key("env"), Seg::Item(_)] = at.path else { return None };
    let value = node.get("value").filter(|_| node.kind() == Kind::Map && node.len() == 2)?;
    let mut path = at.path.to_vec();
    path.push(Seg::Key("value"));
    default_value(dialect, At { kind: at.kind, path: &path }, &typing.read(value))
}

fn default_value(dialect: &dyn Dialect, at: At<'_>, value: &Scalar<'_>) -> Option<Explanation> {
    let documented = default_at(dialect, at)?;
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
    let empty = |node: Node<'_>| {
        if node.is_scalar() { typing.read(node) == Scalar::Null } else { node.is_empty() }
    };
    let alike = dialect.id() == "otelcol" && empty(pair.blue) && empty(pair.green);
    alike.then(|| Explanation::Representation { how: "an empty section".to_owned() })
}

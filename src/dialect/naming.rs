//! How list members are named, so that the same member is found on both sides and in every view.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::Dialect;
use super::schema::{At, KeyPart, ListKind};
use crate::model::{Kind, Node, Step, Typing};

/// As many members as most lists have.
const FEW: usize = 16;

/// Keys that name members of lists no schema knows, when every member has a different value.
const CUSTOMARY_KEYS: [&str; 7] = ["name", "key", "id", "host", "@name", "@key", "@id"];

/// How the members of a list are told apart: as the dialect says; else by a customary key that
/// all of them have, order kept as meaning; else by position.
pub fn list_kind(dialect: &dyn Dialect, at: At<'_>, lists: &[Node<'_>]) -> Cow<'static, ListKind> {
    if let Some(kind) = dialect.schema().list(at) {
        return Cow::Borrowed(kind);
    }
    let customary = CUSTOMARY_KEYS
        .iter()
        .find(|key| !lists.is_empty() && lists.iter().all(|list| names_members(*list, key)));
    Cow::Owned(customary.map_or(ListKind::Ordered, |key| ListKind::Named {
        keys: vec![KeyPart { key: (*key).to_owned(), default: None }],
        ordered: true,
    }))
}

/// Whether every member of a list has its own scalar under `key`.
fn names_members(list: Node<'_>, key: &str) -> bool {
    let mut names = SmallVec::<[&str; FEW]>::new();
    for item in list.items() {
        if item.kind() != Kind::Map {
            return false;
        }
        match item.get(key) {
            Some(value) if value.is_scalar() && !value.text().is_empty() => {
                names.push(value.text());
            }
            _ => return false,
        }
    }
    names.sort_unstable();
    names.windows(2).all(|pair| pair.first() != pair.last())
}

/// The name of one member: `name=app`, `containerPort=8080,protocol=TCP`, `=value`. Nothing where
/// the member has no name and only its position is left.
pub fn member_name(kind: &ListKind, item: Node<'_>, typing: Typing) -> Option<String> {
    match kind {
        ListKind::Ordered | ListKind::Unordered | ListKind::Flags => None,
        ListKind::Assignments { separators } => {
            item.is_scalar().then(|| assignment(item.text(), separators).0.to_owned())
        }
        ListKind::Set | ListKind::Keys => {
            item.is_scalar().then(|| format!("={}", canonical_text(item, typing)))
        }
        ListKind::Named { keys, .. } => {
            let mut name = String::new();
            for part in keys {
                let value = lookup(item, &part.key)
                    .filter(|value| value.is_scalar())
                    .map(|value| escape(canonical_text(value, typing)))
                    .or_else(|| part.default.as_deref().map(|default| escape(default.into())));
                let Some(value) = value else { continue };
                let comma = if name.is_empty() { "" } else { "," };
                name.reserve(comma.len() + part.key.len() + 1 + value.len());
                name.push_str(comma);
                name.push_str(&part.key);
                name.push('=');
                name.push_str(&value);
            }
            (!name.is_empty()).then_some(name)
        }
    }
}

/// The value of a member's first naming key, for [`super::schema::Seg::Item`].
pub fn short_name<'t>(kind: &ListKind, item: Node<'t>) -> &'t str {
    match kind {
        ListKind::Named { keys, .. } => {
            keys.first().and_then(|part| lookup(item, &part.key)).map_or("", Node::text)
        }
        ListKind::Assignments { separators } => assignment(item.text(), separators).0,
        ListKind::Ordered
        | ListKind::Unordered
        | ListKind::Set
        | ListKind::Keys
        | ListKind::Flags => "",
    }
}

/// The step to a member of that name: a list that is another way to write a map has keys.
pub fn member_step(kind: &ListKind, name: String) -> Step {
    match kind {
        ListKind::Assignments { .. } => Step::Key(name),
        ListKind::Ordered
        | ListKind::Unordered
        | ListKind::Set
        | ListKind::Keys
        | ListKind::Flags
        | ListKind::Named { .. } => Step::Item(name),
    }
}

/// Key and value of a member such as `key=value`; no value where only the key is said. Separators
/// are tried in turn, as Compose does for `host=ip` and `host:ip`.
pub fn assignment<'t>(text: &'t str, separators: &str) -> (&'t str, Option<&'t str>) {
    let split = separators.chars().find_map(|separator| text.split_once(separator));
    split.map_or((text, None), |(key, value)| (key, Some(value)))
}

fn lookup<'t>(item: Node<'t>, key: &str) -> Option<Node<'t>> {
    key.split('.').try_fold(item, Node::get)
}

/// A scalar's text, numbers in canonical form, so that `0x10` and `16` name the same member.
fn canonical_text(node: Node<'_>, typing: Typing) -> Cow<'_, str> {
    match typing.read(node) {
        crate::model::Scalar::Number(number) if number.as_str() != node.text() => {
            number.as_str().to_owned().into()
        }
        crate::model::Scalar::Number(_)
        | crate::model::Scalar::Null
        | crate::model::Scalar::Bool(_)
        | crate::model::Scalar::Text(_)
        | crate::model::Scalar::Secret(_) => node.text().into(),
    }
}

/// Writes a value so that it cannot be mistaken for two.
fn escape(value: Cow<'_, str>) -> Cow<'_, str> {
    if memchr::memchr3(b'%', b'=', b',', value.as_bytes()).is_none() {
        return value;
    }
    value.replace('%', "%25").replace('=', "%3D").replace(',', "%2C").into()
}

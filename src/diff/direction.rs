//! Which way a difference goes: whether green is the weaker or the stronger one.
//!
//! Which fields have an order, and in which sense, is data of their dialects. Where a field has
//! none, or a value is not understood, nothing is said.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::walk::Walker;
use crate::dialect::schema::{At, Better, FieldType, Seg, Strength};
use crate::dialect::{default_at, field_type, strength, strength_at};
use crate::model::{Direction, Kind, Node, Pair, Scalar, Side, Typing};

/// How deep a part that only one side has is looked into.
const DEPTH_MAX: usize = 8;

impl<'t> Walker<'_, 't> {
    /// Which way a difference of these values at this place goes.
    pub(super) fn direction(&self, nodes: Pair<Option<Node<'t>>>) -> Option<Direction> {
        if !self.defaults && (nodes.blue.is_none() || nodes.green.is_none()) {
            return None;
        }
        if let [above @ .., Seg::Item(_)] = self.segs.as_slice()
            && self.list.blue.is_some()
            && nodes.blue.or(nodes.green).is_some_and(Node::is_scalar)
        {
            let at = At { kind: self.kind, path: above };
            return self.of_lists(at, self.list).or_else(|| self.of_nodes(self.at(), nodes));
        }
        self.of_nodes(self.at(), nodes)
    }

    /// The same for values of which only texts are known.
    pub(super) fn direction_of_texts(
        &self,
        field: Option<FieldType>,
        texts: Pair<Option<&str>>,
        defaults: bool,
    ) -> Option<Direction> {
        let lone = texts.blue.is_none() || texts.green.is_none();
        let known = strength_at(self.dialect, self.at()).filter(|_| defaults || !lone)?;
        let texts = texts.map(|text| text.map(Cow::Borrowed));
        self.of_texts(self.at(), (known, field), &texts)
    }

    fn of_nodes(&self, at: At<'_>, nodes: Pair<Option<Node<'_>>>) -> Option<Direction> {
        if let Some(known) = strength_at(self.dialect, at) {
            if nodes.as_ref().map(|node| node.is_none_or(Node::is_scalar)) == Pair::new(true, true)
            {
                let typing = self.dialect.typing();
                let texts = nodes.map(|node| node.map(|node| text(node, typing)));
                let unread = texts.as_ref().map(|text| matches!(text, Some(None)));
                let texts = texts.map(Option::flatten);
                let suits = !unread.blue && !unread.green && self.suits(known);
                return suits
                    .then(|| self.of_texts(at, (known, field_type(self.dialect, at)), &texts))
                    .flatten();
            }
            if known.better == Better::Present {
                // What holds nothing is neither there nor absent.
                let holds = nodes.as_ref().map(|node| node.is_none_or(|node| !node.is_empty()));
                return strength::present(nodes.as_ref().map(Option::is_some))
                    .filter(|_| holds == Pair::new(true, true));
            }
            if nodes.blue.or(nodes.green).is_some_and(|node| node.kind() == Kind::List) {
                return self.of_lists(at, nodes);
            }
        }
        match (nodes.blue, nodes.green) {
            (Some(_), Some(_)) | (None, None) => None,
            (Some(node), None) => self.of_part(Side::Blue, at, node),
            (None, Some(node)) => self.of_part(Side::Green, at, node),
        }
    }

    /// Whether what must be the same for values to be compared is.
    fn suits(&self, known: &Strength) -> bool {
        let beside = |key: &String| {
            let values = self.around.map(|map| map.and_then(|map| map.get(key)));
            let texts = values.map(|value| value.map(|value| (value.kind(), value.text())));
            texts.blue == texts.green
        };
        known.alike.iter().all(beside)
    }

    /// Which way texts go; what is absent counts as its documented default, where there is one.
    fn of_texts(
        &self,
        at: At<'_>,
        (known, field): (&Strength, Option<FieldType>),
        texts: &Pair<Option<Cow<'_, str>>>,
    ) -> Option<Direction> {
        let stands_for = |side: Side| {
            let other = texts.get(side.other()).is_some() && known.better != Better::Present;
            let default = default_at(self.dialect, at, self.version(side)).filter(|_| other)?;
            (default.value != "{}").then_some(default.value.as_str())
        };
        let colours = &self.context.policy.colours;
        let texts = Pair::from_fn(|side| {
            let text = texts.get(side).as_deref().or_else(|| stands_for(side))?;
            Some(colours.fold(side, text))
        });
        strength::of_texts(known, field, texts.as_ref().map(Option::as_deref))
    }

    /// Which way lists go whose members are values.
    fn of_lists(&self, at: At<'_>, lists: Pair<Option<Node<'_>>>) -> Option<Direction> {
        let known = strength_at(self.dialect, at)?;
        let typing = self.dialect.typing();
        let members = Pair::from_fn(|side| {
            let Some(list) = lists.get(side) else {
                let absent = known.absent.as_deref()?;
                let words = absent.split(',').filter(|word| !word.is_empty());
                return Some(words.map(str::to_owned).collect());
            };
            if list.kind() != Kind::List {
                return None;
            }
            let words = list.items().map(|item| {
                let word = text(item, typing).filter(|_| item.is_scalar())?;
                Some(self.context.policy.colours.fold(side, &word).into_owned())
            });
            words.collect::<Option<BTreeSet<String>>>()
        });
        strength::of_sets(known, &members.both()?)
    }

    /// Which way it goes that only one side has a map: as all go of its fields, if they go one way. A
    /// field without an order, or whose absence is not known to mean anything, may outweigh them.
    fn of_part(&self, side: Side, at: At<'_>, node: Node<'_>) -> Option<Direction> {
        if at.path.len() > self.segs.len() + DEPTH_MAX || node.kind() != Kind::Map {
            return None;
        }
        if let ([.., Seg::Key("env"), Seg::Item(_)], Some(value)) = (at.path, node.get("value")) {
            let path = [at.path, &[Seg::Key("value")]].concat();
            let at = At { kind: at.kind, path: &path };
            let known = strength_at(self.dialect, at).filter(|_| node.len() == 2)?;
            let field = field_type(self.dialect, at);
            let text = text(value, self.dialect.typing())?;
            let texts = Pair::from_fn(|own| (own == side).then(|| text.clone()));
            return self.of_texts(at, (known, field), &texts);
        }
        let mut whole = None;
        for entry in node.entries() {
            let path = [at.path, &[Seg::Key(entry.key.text())]].concat();
            let at = At { kind: at.kind, path: &path };
            let known = strength_at(self.dialect, at);
            if known.is_some_and(|known| known.absent.is_none() && known.better != Better::Present)
            {
                return None;
            }
            let nodes = Pair::from_fn(|own| (own == side).then_some(entry.value));
            let way = self.of_nodes(at, nodes)?;
            whole = Some(match whole {
                None => way,
                Some(so_far) => way.with(so_far)?,
            });
        }
        whole
    }
}

/// What a scalar says; nothing for null, secrets and what is no scalar.
fn text(node: Node<'_>, typing: Typing) -> Option<Cow<'_, str>> {
    if !node.is_scalar() {
        return None;
    }
    match typing.read(node) {
        Scalar::Null | Scalar::Secret(_) => None,
        Scalar::Bool(value) => Some(Cow::Owned(value.to_string())),
        Scalar::Number(number) => Some(Cow::Owned(number.as_str().to_owned())),
        Scalar::Text(_) => Some(Cow::Borrowed(node.text())),
    }
}

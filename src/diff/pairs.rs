//! `key=value` in texts and lists: documents of their own, or another way to write a map.

use std::borrow::Cow;

use super::embedded::Frame;
use super::join::{Numbered, join, join_names, same_order};
use super::lists::representation;
use super::renames::{Place, namespace_of};
use super::shown::shown_text;
use super::walk::Walker;
use super::{Found, NamedOther, Range, explain, record, withheld};
use crate::dialect::schema::{FieldType, ListKind, Seg};
use crate::dialect::{self, default_at, naming::assignment};
use crate::model::{
    Edit, Explainer, Explanation, Kind, Node, Pair, Path, Scalar, Side, Step, Typing,
};

/// One `key=value`, wherever it is written.
struct Assigned<'t> {
    key: &'t str,
    /// The text its reader gets; nothing where only the key is said.
    value: Option<Cow<'t, str>>,
    /// Where the value stands in the file, or the key where there is none.
    range: Range,
    /// The scalar the value stands in, and how far into its text.
    home: Option<(Node<'t>, usize)>,
}

impl<'t> Walker<'_, 't> {
    /// Compares two texts of `key=value` pairs; says whether they were such texts.
    pub(super) fn value_pairs(&mut self, pair: Pair<Node<'t>>) -> bool {
        let texts = pair.map(|node| Some((node.text(), node, 0)));
        let Some(entries) = self.parsed_pairs(texts) else { return false };
        self.assigned(&entries, pair, Some("order of pairs"), false);
        true
    }

    /// The pairs of two texts, each given with the scalar it stands in and how far into it.
    fn parsed_pairs(
        &self,
        texts: Pair<Option<(&'t str, Node<'t>, usize)>>,
    ) -> Option<Pair<Vec<Assigned<'t>>>> {
        let parsed = Pair::from_fn(|side| {
            let (text, scalar, offset) = (*texts.get(side))?;
            let entries = parse_pairs(text)?.into_iter().map(|(key, value, at)| {
                let range = self.part(side, scalar, offset + at, value.len());
                Assigned { key, value: Some(Cow::Borrowed(value)), range, home: None }
            });
            Some(entries.collect::<Vec<_>>())
        });
        parsed.both()
    }

    /// Compares lists of `key=value`, or such a list with a map; says whether they were such.
    pub(super) fn assignments(&mut self, pair: Pair<Node<'t>>, separators: &str) -> bool {
        let read = Pair::from_fn(|side| self.read_assignments(side, *pair.get(side), separators));
        let Some(entries) = read.both() else { return false };
        if pair.blue.kind() != pair.green.kind() {
            self.explained(Explainer::ListIsMap, &representation("a list of pairs is a map"), pair);
        }
        self.assigned(&entries, pair, Some("order of pairs"), true);
        true
    }

    /// Compares two lists of flags by their names; false where a member is none. Nobody knows the
    /// program, so what stands in another order is told.
    pub(super) fn flags(&mut self, pair: Pair<Node<'t>>) -> bool {
        let is_flag =
            |item: Node<'t>| item.text().strip_prefix("--").is_some_and(|name| !name.is_empty());
        let are_flags = |list: Node<'t>| list.items().all(is_flag);
        if !are_flags(pair.blue) || !are_flags(pair.green) {
            return false;
        }
        let read = Pair::from_fn(|side| self.read_assignments(side, *pair.get(side), "="));
        let Some(entries) = read.both() else { return false };
        let names = |side: &Vec<Assigned<'t>>| side.iter().map(|one| one.key).collect::<Vec<_>>();
        let order = entries.as_ref().map(names);
        if !same_order(&join(&order.blue, &order.green)) {
            // Of `--auth --no-auth` or `--include=x --exclude=y` the order decides.
            self.change(Edit::Replaced, None, pair.map(Some));
        }
        self.assigned(&entries, pair, None, false);
        true
    }

    fn read_assignments(
        &self,
        side: Side,
        node: Node<'t>,
        separators: &str,
    ) -> Option<Vec<Assigned<'t>>> {
        if node.kind() == Kind::Map {
            let entries = node.entries().map(|entry| {
                let value = entry.value.is_scalar().then_some(entry.value)?;
                let text = printed(value, self.dialect.typing());
                let place = if text.is_some() { value } else { entry.key };
                let range = self.range(side, place);
                let home = Some((value, 0));
                Some(Assigned { key: entry.key.text(), value: text, range, home })
            });
            return entries.collect();
        }
        let members = node.items().map(|item| {
            let text = item.is_scalar().then(|| item.text())?;
            let (key, value) = assignment(text, separators);
            let from = value.map_or(0, |value| text.len() - value.len());
            let range = self.part(side, item, from, text.len() - from);
            let value = value.map(Cow::Borrowed);
            Some(Assigned { key, value, range, home: Some((item, from)) })
        });
        members.collect()
    }

    /// The bytes of the file that a part of a scalar's text stands for.
    fn part(&self, side: Side, scalar: Node<'t>, from: usize, length: usize) -> Range {
        let frame = Frame { text: scalar.tree_text(), scalar, outer: *self.frames.get(side) };
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        frame.to_file((number(from), number(from + length)))
    }

    /// Compares pairs by key. `fields` says whether the keys are fields their dialect may know.
    fn assigned(
        &mut self,
        entries: &Pair<Vec<Assigned<'t>>>,
        whole: Pair<Node<'t>>,
        order: Option<&str>,
        fields: bool,
    ) {
        let raw: Pair<Vec<Cow<'t, str>>> = entries
            .as_ref()
            .map(|side| side.iter().map(|entry| Cow::Borrowed(entry.key)).collect());
        let names = self.names(raw.clone());
        let numbers = Numbered::new(&names);
        let joined = join_names(&names, &raw);
        if let Some(order) = order.filter(|_| !same_order(&joined)) {
            self.explained(Explainer::OrderOfPairs, &representation(order), whole);
        }
        for (blue, green) in joined {
            let both = Pair::new(
                blue.and_then(|index| entries.blue.get(index)),
                green.and_then(|index| entries.green.get(index)),
            );
            let Some(entry) = both.blue.or(both.green) else { continue };
            let defaults = fields && self.defaults && !numbers.repeated((blue, green));
            self.steps.push(Step::Key(numbers.name((blue, green))));
            if fields {
                self.segs.push(Seg::Key(entry.key));
            }
            self.one_assigned(both, fields, defaults);
            if fields {
                self.segs.pop();
            }
            self.steps.pop();
        }
    }

    fn one_assigned(&mut self, both: Pair<Option<&Assigned<'t>>>, fields: bool, defaults: bool) {
        let field = if fields { dialect::field_type(self.dialect, self.at()) } else { None };
        if field == Some(FieldType::Pairs) {
            let texts = both.map(|entry| {
                let entry = entry?;
                let (scalar, from) = entry.home?;
                match &entry.value {
                    Some(Cow::Borrowed(text)) => Some((*text, scalar, from)),
                    Some(Cow::Owned(_)) | None => None,
                }
            });
            if let (Some(entries), Some(whole)) =
                (self.parsed_pairs(texts), texts.map(|text| text.map(|(_, node, _)| node)).both())
            {
                self.assigned(&entries, whole, Some("order of pairs"), false);
                return;
            }
        }
        let texts = both.map(|entry| entry.and_then(|entry| entry.value.as_deref()));
        let ranges = both.map(|entry| entry.map(|entry| entry.range));
        let shown = |entry: &Assigned<'_>| shown_text(entry.value.as_deref().unwrap_or(entry.key));
        let values = both.map(|entry| entry.map(shown));
        self.assigned_bleeds(texts, &ranges, &values);
        if texts.blue == texts.green && both.blue.is_some() == both.green.is_some() {
            return;
        }
        let edit = match (both.blue, both.green) {
            (Some(_), None) => Edit::Removed,
            (None, _) => Edit::Added,
            (Some(_), Some(_)) => Edit::Replaced,
        };
        let scalars = texts.map(|text| text.map(|text| Typing::Text.plain(text)));
        let explanation = match (both.blue, both.green) {
            (Some(_), Some(_)) => {
                let space = namespace_of(self.context.resource);
                let place = Place { space, ..Place::default() };
                let renamed = |texts| explain::renamed(self.context, &self.steps, texts, place);
                let same = |scalars| explain::same_text(self.context, field, &scalars);
                scalars.both().and_then(same).or_else(|| texts.both().and_then(renamed))
            }
            _ => scalars.blue.or(scalars.green).filter(|_| defaults).and_then(|value| {
                let absent = if both.blue.is_some() { Side::Green } else { Side::Blue };
                let default = default_at(self.dialect, self.at(), self.version(absent));
                let heard = default.filter(|_| self.context.hears(Explainer::VariableDefault))?;
                explain::spelled_out(self.dialect, self.at(), heard, &value)
            }),
        };
        let explanation = explanation.unwrap_or(Explanation::Unexplained);
        let is_field = fields && values_are_said(&both);
        let direction =
            if is_field { self.direction_of_texts(field, texts, defaults) } else { None };
        let path = Path(self.steps.clone());
        let found = Found { path, edit, explanation, direction, ranges, values };
        record(self.context, self.out, found, texts);
    }

    fn assigned_bleeds(
        &mut self,
        texts: Pair<Option<&str>>,
        ranges: &Pair<Option<Range>>,
        values: &Pair<Option<crate::model::Shown>>,
    ) {
        for side in Side::BOTH {
            let Some(text) = texts.get(side) else { continue };
            let bleeds = self.context.policy.colours.bleeds(side, text);
            if self.listed.contains(*text) || bleeds.is_empty() || self.is_shared(side, texts) {
                continue;
            }
            if let (Some(first), Some(range)) = (bleeds.first(), ranges.get(side)) {
                self.out.bleeds.push(NamedOther {
                    side,
                    path: Path(self.steps.clone()),
                    range: *range,
                    other: *ranges.get(side.other()),
                    token: first.token.clone(),
                    expected: first.expected.clone(),
                    values: withheld(values.clone()),
                });
            }
        }
    }

    /// Compares a list of keys with a map whose values may say nothing but defaults; says whether
    /// they were such.
    pub(super) fn keys(&mut self, pair: Pair<Node<'t>>) -> bool {
        let keyed = pair.map(|node| {
            let mut entries: Vec<(&'t str, Node<'t>, Option<Node<'t>>)> = Vec::new();
            entries.extend(
                node.entries().map(|entry| (entry.key.text(), entry.key, Some(entry.value))),
            );
            entries.extend(node.items().map(|item| (item.text(), item, None)));
            entries
        });
        if pair.blue.kind() == pair.green.kind()
            || pair.blue.is_scalar()
            || pair.green.is_scalar()
            || Side::BOTH.iter().any(|side| pair.get(*side).items().any(|item| !item.is_scalar()))
        {
            return false;
        }
        self.explained(Explainer::KeysAreMap, &representation("a list of keys is a map"), pair);
        let raw: Pair<Vec<Cow<'t, str>>> =
            keyed.as_ref().map(|side| side.iter().map(|(key, _, _)| Cow::Borrowed(*key)).collect());
        let names = self.names(raw.clone());
        let numbers = Numbered::new(&names);
        for (blue, green) in join_names(&names, &raw) {
            let both = Pair::new(
                blue.and_then(|index| keyed.blue.get(index)),
                green.and_then(|index| keyed.green.get(index)),
            );
            let Some((key, _, _)) = both.blue.or(both.green) else { continue };
            self.steps.push(Step::Key(numbers.name((blue, green))));
            self.segs.push(Seg::Key(key));
            for side in Side::BOTH {
                let Some((_, key, value)) = both.get(side) else { continue };
                self.bleed(side, *key, None);
                if both.get(side.other()).is_none() {
                    self.one_sided(side, value.unwrap_or(*key));
                } else if let Some(value) = value {
                    self.said(side, *value);
                }
            }
            self.segs.pop();
            self.steps.pop();
        }
        true
    }

    /// What a map says about a key of which the other side says only that it is there.
    fn said(&mut self, side: Side, value: Node<'t>) {
        let null = value.is_scalar() && self.dialect.typing().read(value) == Scalar::Null;
        if value.is_scalar() && !null {
            self.one_sided(side, value);
        }
        for entry in value.entries() {
            self.steps.push(Step::Key(entry.key.text().to_owned()));
            self.segs.push(Seg::Key(entry.key.text()));
            self.one_sided(side, entry.value);
            self.segs.pop();
            self.steps.pop();
        }
    }

    /// Compares a list with a map that is another way to write it; says whether it was one.
    pub(super) fn map_as_list(&mut self, pair: Pair<Node<'t>>) -> bool {
        match self.dialect.schema().list(self.at()).cloned() {
            Some(ListKind::Assignments { separators }) => self.assignments(pair, &separators),
            Some(ListKind::Keys) => self.keys(pair),
            Some(
                ListKind::Ordered
                | ListKind::Set
                | ListKind::Unordered
                | ListKind::Flags
                | ListKind::Named { .. },
            )
            | None => false,
        }
    }
}

/// Whether each side that has a pair says a value, not the key alone.
fn values_are_said(both: &Pair<Option<&Assigned<'_>>>) -> bool {
    let said = |one: Option<&Assigned<'_>>| one.is_none_or(|one| one.value.is_some());
    said(both.blue) && said(both.green)
}

/// The text a reader makes of a map's scalar; nothing for null.
fn printed(value: Node<'_>, typing: Typing) -> Option<Cow<'_, str>> {
    match typing.read(value) {
        Scalar::Null => None,
        Scalar::Bool(flag) => Some(Cow::Owned(flag.to_string())),
        Scalar::Number(number) if number.as_str() != value.text() => {
            Some(Cow::Owned(number.as_str().to_owned()))
        }
        Scalar::Number(_) | Scalar::Text(_) | Scalar::Secret(_) => {
            Some(Cow::Borrowed(value.text()))
        }
    }
}

/// Reads `k=v,k=v` into keys, values and the offsets of these; nothing where a part has no `=`.
fn parse_pairs(text: &str) -> Option<Vec<(&str, &str, usize)>> {
    let mut entries = Vec::new();
    let mut start = 0_usize;
    for part in text.split(',') {
        let at = start;
        start += part.len() + 1;
        if part.trim_ascii().is_empty() {
            continue;
        }
        let (key, value) = part.split_once('=')?;
        let blank = value.len() - value.trim_ascii_start().len();
        // Other blanks are part of a value to most who read it.
        entries.push((key.trim_ascii(), value.trim_ascii(), at + key.len() + 1 + blank));
    }
    Some(entries)
}

//! Aligning the members of two lists: by name, as a set, or in order.

use std::borrow::Cow;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::embedded::Frame;
use super::join::{Numbered, join, join_names, same_order};
use super::walk::Walker;
use super::{Found, explain, shown::shown_text};
use crate::dialect::naming::{list_kind, member_name, short_name};
use crate::dialect::schema::{ListKind, Seg};
use crate::model::{Edit, Explanation, Kind, Node, Pair, Path, Scalar, Side, Step, Typing};

impl<'t> Walker<'_, 't> {
    /// Compares two lists.
    pub(super) fn lists(&mut self, pair: Pair<Node<'t>>) {
        let kind = list_kind(self.dialect, self.at(), &[pair.blue, pair.green]);
        let typing = self.dialect.typing();
        let items = pair.map(|list| list.items().collect::<Vec<_>>());
        match &kind {
            ListKind::Named { ordered, .. } => {
                let name_all = |items: &Vec<Node<'t>>| {
                    items.iter().map(|item| member_name(&kind, *item, typing)).collect()
                };
                let names: Pair<Vec<Option<String>>> = items.as_ref().map(name_all);
                self.named(pair, &kind, &items, names, *ordered);
            }
            ListKind::Set if all_scalars(&items) => self.set(pair, &items, typing),
            ListKind::Set | ListKind::Ordered => self.ordered(pair, &items, typing),
        }
    }

    /// Members with names meet by name; those without, by content and position.
    fn named(
        &mut self,
        lists: Pair<Node<'t>>,
        kind: &ListKind,
        items: &Pair<Vec<Node<'t>>>,
        names: Pair<Vec<Option<String>>>,
        ordered: bool,
    ) {
        let nameless = Pair::from_fn(|side| {
            let both = items.get(side).iter().zip(names.get(side));
            both.filter(|(_, name)| name.is_none()).map(|(item, _)| *item).collect::<Vec<_>>()
        });
        let members = Pair::from_fn(|side| {
            let both = items.get(side).iter().zip(names.get(side));
            both.filter(|(_, name)| name.is_some()).map(|(item, _)| *item).collect::<Vec<_>>()
        });
        let raw: Pair<Vec<Cow<'t, str>>> =
            names.map(|side| side.into_iter().flatten().map(Cow::Owned).collect());
        let names = self.names(raw.clone());
        let joined = join_names(&names, &raw);
        let numbers = Numbered::new(&names);
        if !same_order(&joined) {
            self.order(lists, ordered, &names);
        }
        self.variables_out_of_order(lists);
        for (blue, green) in joined {
            let pair = Pair::new(
                blue.and_then(|index| members.blue.get(index)).copied(),
                green.and_then(|index| members.green.get(index)).copied(),
            );
            let Some(item) = pair.blue.or(pair.green) else { continue };
            let step = Step::Item(numbers.name((blue, green)));
            self.member(step, Seg::Item(short_name(kind, item)), pair);
        }
        if !nameless.blue.is_empty() || !nameless.green.is_empty() {
            let typing = self.dialect.typing();
            self.ordered(lists, &nameless, typing);
        }
    }

    /// Tells that joined members stand in another order: drift where order is meaning.
    fn order(&mut self, lists: Pair<Node<'t>>, meaning: bool, names: &Pair<Vec<Cow<'t, str>>>) {
        if !meaning {
            self.explained(&representation("order of members"), lists);
            return;
        }
        let shown = |side: &Vec<Cow<'t, str>>| {
            let names: Vec<&str> = side
                .iter()
                .map(|name| name.split_once('=').map_or(name.as_ref(), |(_, name)| name))
                .collect();
            Some(shown_text(&format!("[{}]", names.join(", "))))
        };
        let found = Found {
            path: Path(self.steps.clone()),
            edit: Edit::Replaced,
            explanation: Explanation::Unexplained,
            ranges: Pair::from_fn(|side| Some(self.range(side, *lists.get(side)))),
            values: names.as_ref().map(shown),
        };
        super::walk::record(self.context, self.out, found, Some(Pair::new(None, None)));
    }

    /// Kubernetes expands `$(NAME)` only where NAME stands earlier in the list, so the order of
    /// variables is meaning exactly where it decides that.
    fn variables_out_of_order(&mut self, lists: Pair<Node<'t>>) {
        if self.dialect.id() != "kubernetes" || self.at().key() != Some("env") {
            return;
        }
        let expanded = lists.map(expanded_references);
        let differ = |side: Side| {
            let other = expanded.get(side.other());
            expanded.get(side).iter().any(|(user, name, resolved)| {
                other
                    .iter()
                    .any(|known| known.0 == *user && known.1 == *name && known.2 != *resolved)
            })
        };
        if differ(Side::Green) {
            self.change(Edit::Replaced, None, lists.map(Some));
        }
    }

    /// Members are values; order means nothing.
    fn set(&mut self, lists: Pair<Node<'t>>, items: &Pair<Vec<Node<'t>>>, typing: Typing) {
        let names =
            self.names(items.as_ref().map(|side| {
                side.iter().map(|item| Cow::Owned(value_text(*item, typing))).collect()
            }));
        let joined = join(&names.blue, &names.green);
        let disjoint = joined.iter().all(|(blue, green)| blue.is_none() || green.is_none());
        if disjoint && !items.blue.is_empty() && !items.green.is_empty() {
            self.bleeds_below(Side::Blue, lists.blue);
            self.bleeds_below(Side::Green, lists.green);
            self.change(Edit::Replaced, None, lists.map(Some));
            return;
        }
        if !same_order(&joined) {
            self.explained(&representation("order of a set"), lists);
        }
        let numbers = Numbered::new(&names);
        for (blue, green) in joined {
            let pair = Pair::new(
                blue.and_then(|index| items.blue.get(index)).copied(),
                green.and_then(|index| items.green.get(index)).copied(),
            );
            let step = Step::Item(format!("={}", numbers.name((blue, green))));
            self.member(step, Seg::Item(""), pair);
        }
    }

    /// Position matters: equal members meet first, the rest in the gaps between them.
    fn ordered(&mut self, lists: Pair<Node<'t>>, items: &Pair<Vec<Node<'t>>>, typing: Typing) {
        let colours = &self.context.policy.colours;
        let keys = Pair::from_fn(|side| {
            let written = items.get(side).iter().map(|item| content(*item, typing));
            written.map(|text| colours.fold(side, &text).into_owned()).collect::<Vec<_>>()
        });
        if all_scalars(items) && same_members(&keys) {
            if keys.blue != keys.green {
                self.change(Edit::Replaced, None, lists.map(Some));
            }
            for (blue, green) in join(&keys.blue, &keys.green) {
                self.at_index((blue, green), items, typing);
            }
            return;
        }
        for op in capture_diff_slices(Algorithm::Myers, &keys.blue, &keys.green) {
            let (blue, green) = match op {
                DiffOp::Equal { old_index, new_index, len } => {
                    (old_index..old_index + len, new_index..new_index + len)
                }
                DiffOp::Delete { old_index, old_len, new_index } => {
                    (old_index..old_index + old_len, new_index..new_index)
                }
                DiffOp::Insert { old_index, new_index, new_len } => {
                    (old_index..old_index, new_index..new_index + new_len)
                }
                DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                    (old_index..old_index + old_len, new_index..new_index + new_len)
                }
            };
            for offset in 0..blue.len().max(green.len()) {
                let index = |range: &std::ops::Range<usize>| {
                    (offset < range.len()).then_some(range.start + offset)
                };
                self.at_index((index(&blue), index(&green)), items, typing);
            }
        }
    }

    fn at_index(
        &mut self,
        (blue, green): (Option<usize>, Option<usize>),
        items: &Pair<Vec<Node<'t>>>,
        typing: Typing,
    ) {
        let pair = Pair::new(
            blue.and_then(|index| items.blue.get(index)).copied(),
            green.and_then(|index| items.green.get(index)).copied(),
        );
        let Some(index) = blue.or(green) else { return };
        let lone = pair.blue.xor(pair.green).filter(|item| item.is_scalar());
        let step = match lone {
            Some(item) => Step::Item(format!("={}", value_text(item, typing))),
            None => Step::Index(u32::try_from(index).unwrap_or(u32::MAX)),
        };
        self.member(step, Seg::Item(""), pair);
    }

    fn member(&mut self, step: Step, seg: Seg<'t>, pair: Pair<Option<Node<'t>>>) {
        self.steps.push(step);
        self.segs.push(seg);
        match (pair.blue, pair.green) {
            (Some(blue), Some(green)) => self.walk(Pair::new(blue, green)),
            (Some(blue), None) => self.one_sided(Side::Blue, blue),
            (None, Some(green)) => self.one_sided(Side::Green, green),
            (None, None) => (),
        }
        self.segs.pop();
        self.steps.pop();
    }

    /// Compares two texts of `key=value` pairs; says whether they were such texts.
    pub(super) fn value_pairs(&mut self, pair: Pair<Node<'t>>) -> bool {
        let Some(entries) = pair.map(|node| parse_pairs(node.text())).both() else { return false };
        let frames = Pair::from_fn(|side| {
            let scalar = *pair.get(side);
            Frame { text: scalar.tree_text(), scalar, outer: *self.frames.get(side) }
        });
        let raw: Pair<Vec<Cow<'t, str>>> = entries
            .as_ref()
            .map(|side| side.iter().map(|entry| Cow::Borrowed(entry.key)).collect());
        let names = self.names(raw.clone());
        let numbers = Numbered::new(&names);
        let joined = join_names(&names, &raw);
        if !same_order(&joined) {
            self.explained(&representation("order of pairs"), pair);
        }
        for (blue, green) in joined {
            let both = Pair::new(
                blue.and_then(|index| entries.blue.get(index)),
                green.and_then(|index| entries.green.get(index)),
            );
            self.steps.push(Step::Key(numbers.name((blue, green))));
            self.value_pair(both, &frames);
            self.steps.pop();
        }
        true
    }

    fn value_pair(&mut self, both: Pair<Option<&PairEntry<'t>>>, frames: &Pair<Frame<'_>>) {
        let texts = both.map(|entry| entry.map(|entry| entry.value));
        let ranges =
            Pair::from_fn(|side| both.get(side).map(|entry| frames.get(side).to_file(entry.range)));
        let values = texts.map(|text| text.map(shown_text));
        for side in Side::BOTH {
            let Some(text) = texts.get(side) else { continue };
            let bleeds = self.context.policy.colours.bleeds(side, text);
            if let (Some(first), Some(range)) = (bleeds.first(), ranges.get(side)) {
                self.out.bleeds.push(super::NamedOther {
                    side,
                    path: Path(self.steps.clone()),
                    range: *range,
                    other: *ranges.get(side.other()),
                    token: first.token.clone(),
                    expected: first.expected.clone(),
                    values: values.clone(),
                });
            }
        }
        if texts.blue == texts.green {
            return;
        }
        let edit = match (texts.blue, texts.green) {
            (Some(_), None) => Edit::Removed,
            (None, _) => Edit::Added,
            (Some(_), Some(_)) => Edit::Replaced,
        };
        let explanation = texts.both().and_then(|texts| {
            let scalars = texts.map(Scalar::Text);
            explain::replaced(self.context, None, &scalars.blue, &scalars.green)
        });
        let explanation = explanation.unwrap_or(Explanation::Unexplained);
        let found = Found { path: Path(self.steps.clone()), edit, explanation, ranges, values };
        super::walk::record(self.context, self.out, found, Some(texts));
    }
}

/// One entry of a text of pairs.
struct PairEntry<'t> {
    key: &'t str,
    value: &'t str,
    range: (u32, u32),
}

/// Reads `k=v,k=v`; nothing where a part has no `=`.
fn parse_pairs(text: &str) -> Option<Vec<PairEntry<'_>>> {
    let mut entries = Vec::new();
    let mut start = 0_usize;
    for part in text.split(',') {
        let at = start;
        start += part.len() + 1;
        if part.trim().is_empty() {
            continue;
        }
        let (key, value) = part.split_once('=')?;
        let from = at + key.len() + 1;
        let range = (u32::try_from(from).ok()?, u32::try_from(from + value.len()).ok()?);
        entries.push(PairEntry { key: key.trim(), value: value.trim(), range });
    }
    Some(entries)
}

fn representation(how: &str) -> Explanation {
    Explanation::Representation { how: how.to_owned() }
}

fn all_scalars(items: &Pair<Vec<Node<'_>>>) -> bool {
    Side::BOTH.iter().all(|side| items.get(*side).iter().all(|item| item.is_scalar()))
}

fn same_members(keys: &Pair<Vec<String>>) -> bool {
    let sorted = keys.as_ref().map(|side| {
        let mut sorted: Vec<&String> = side.iter().collect();
        sorted.sort_unstable();
        sorted
    });
    sorted.blue == sorted.green
}

fn value_text(item: Node<'_>, typing: Typing) -> String {
    match typing.read(item) {
        Scalar::Number(number) => number.as_str().to_owned(),
        Scalar::Null | Scalar::Bool(_) | Scalar::Text(_) | Scalar::Secret(_) => {
            item.text().to_owned()
        }
    }
}

/// A node's content in one canonical text: keys sorted, numbers canonical, spelling dropped.
fn content(node: Node<'_>, typing: Typing) -> String {
    match node.kind() {
        Kind::List => {
            let items: Vec<String> = node.items().map(|item| content(item, typing)).collect();
            format!("[{}]", items.join(","))
        }
        Kind::Map => {
            let mut entries: Vec<String> = node
                .entries()
                .map(|entry| format!("{:?}:{}", entry.key.text(), content(entry.value, typing)))
                .collect();
            entries.sort_unstable();
            format!("{{{}}}", entries.join(","))
        }
        Kind::Plain | Kind::Text | Kind::Number | Kind::Bool | Kind::Null => {
            match typing.read(node) {
                Scalar::Text(text) => format!("{text:?}"),
                Scalar::Null => "null".to_owned(),
                Scalar::Bool(value) => value.to_string(),
                Scalar::Number(number) => number.as_str().to_owned(),
                Scalar::Secret(secret) => secret.token(),
            }
        }
    }
}

/// Every `$(NAME)` in an `env` list: who uses it, what it names, whether it stands earlier.
fn expanded_references(list: Node<'_>) -> Vec<(&str, &str, bool)> {
    let mut defined: Vec<&str> = Vec::new();
    let mut references = Vec::new();
    for item in list.items() {
        let Some(user) = item.text_at(&["name"]) else { continue };
        let mut rest = item.text_at(&["value"]).unwrap_or_default();
        while let Some(open) = rest.find("$(") {
            rest = rest.get(open + 2..).unwrap_or_default();
            let Some((name, tail)) = rest.split_once(')') else { break };
            references.push((user, name, defined.contains(&name)));
            rest = tail;
        }
        defined.push(user);
    }
    let known = defined;
    references.retain(|(_, name, _)| known.contains(name));
    references
}

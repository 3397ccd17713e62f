//! Aligning the members of two lists: by name, as a set, or in order.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::rc::Rc;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::join::{Numbered, as_read, called, join, join_names, out_of_order, same_order};
use super::walk::Walker;
use super::{Found, record, shown::shown_text};
use crate::dialect::Uses;
use crate::dialect::equality::canonical;
use crate::dialect::field_type;
use crate::dialect::naming::{list_kind, member_name, short_name};
use crate::dialect::schema::{At, ListKind, Seg};
use crate::model::{
    Edit, Explainer, Explanation, Kind, Node, Pair, Path, Scalar, Side, Step, Typing, numbers,
};

/// Members of a list with their positions in it.
type Members<'t> = Vec<(usize, Node<'t>)>;

/// Up to this many members an alignment that keeps their order is affordable.
const MEMBERS_ALIGNED_MAX: usize = 4_000;

impl<'t> Walker<'_, 't> {
    /// Compares two lists.
    pub(super) fn lists(&mut self, pair: Pair<Node<'t>>) {
        let outer = Rc::clone(&self.listed);
        if self.may_bleed.blue && self.may_bleed.green {
            let mut listed = self.listed_colours(pair);
            if !listed.is_empty() {
                listed.extend(outer.iter().cloned());
                self.listed = Rc::new(listed);
            }
        }
        let around = std::mem::replace(&mut self.list, pair.map(Some));
        self.aligned(pair);
        self.list = around;
        self.listed = outer;
    }

    fn aligned(&mut self, pair: Pair<Node<'t>>) {
        let kind = list_kind(self.dialect, self.at(), &[pair.blue, pair.green]);
        let items: Pair<Members<'t>> = pair.map(|list| list.items().enumerate().collect());
        if let ListKind::Assignments { separators } = &*kind
            && self.assignments(pair, separators)
        {
            return;
        }
        if *kind == ListKind::Flags && self.flags(pair) {
            return;
        }
        if is_same_text(pair) || self.are_recoloured(&kind, &items) {
            self.in_place(&kind, &items);
            return;
        }
        match &*kind {
            ListKind::Named { ordered, .. } => self.named(pair, &kind, &items, *ordered),
            ListKind::Set | ListKind::Keys if all_scalars(&items) => self.set(pair, &items),
            ListKind::Set | ListKind::Keys | ListKind::Unordered => self.unordered(pair, &items),
            ListKind::Assignments { .. } | ListKind::Flags | ListKind::Ordered => {
                self.ordered(pair, &items);
            }
        }
    }

    /// Members with names meet by name; those without, by content and position.
    fn named(
        &mut self,
        lists: Pair<Node<'t>>,
        kind: &ListKind,
        items: &Pair<Members<'t>>,
        ordered: bool,
    ) {
        let typing = self.dialect.typing();
        let mut members: Pair<Members<'t>> = Pair::default();
        let mut nameless: Pair<Members<'t>> = Pair::default();
        let mut raw: Pair<Vec<Cow<'t, str>>> = Pair::default();
        for side in Side::BOTH {
            for (index, item) in items.get(side) {
                match member_name(kind, *item, typing) {
                    Some(name) => {
                        raw.get_mut(side).push(Cow::Owned(name));
                        members.get_mut(side).push((*index, *item));
                    }
                    None => nameless.get_mut(side).push((*index, *item)),
                }
            }
        }
        self.follow(&mut raw);
        let names = self.names(raw.clone());
        let joined = join_names(&names, &raw);
        let numbers = Numbered::new(&names);
        let uses = self.uses(lists);
        let ordered = ordered || uses.blue == Uses::Every || uses.green == Uses::Every;
        if !same_order(&joined) || ordered && interleaved_otherwise(&members, &nameless) {
            self.order(lists, ordered, &names);
        }
        let called = |side| called(kind, members.get(side), names.get(side));
        if out_of_order(&uses, &Pair::from_fn(called)) {
            self.change(Edit::Replaced, None, lists.map(Some));
        }
        for (blue, green) in joined {
            let pair = Pair::new(
                blue.and_then(|index| members.blue.get(index)),
                green.and_then(|index| members.green.get(index)),
            );
            let pair = pair.map(|member| member.map(|(_, item)| *item));
            let Some(item) = pair.blue.or(pair.green) else { continue };
            let step = Step::Item(numbers.name((blue, green)));
            self.member(step, Seg::Item(short_name(kind, item)), pair);
        }
        if !nameless.blue.is_empty() || !nameless.green.is_empty() {
            self.ordered(lists, &nameless);
        }
    }

    /// Gives blue's members the names that changed, where green has one of the new name and none of
    /// the old.
    fn follow(&self, names: &mut Pair<Vec<Cow<'t, str>>>) {
        if self.context.renames.is_empty() {
            return;
        }
        let known: BTreeSet<&str> = names.green.iter().map(AsRef::as_ref).collect();
        for name in &mut names.blue {
            if let Cow::Owned(renamed) = self.context.renames.member(&self.steps, name)
                && known.contains(renamed.as_str())
                && !known.contains(name.as_ref())
            {
                *name = Cow::Owned(renamed);
            }
        }
    }

    /// Tells that joined members stand in another order: drift where order is meaning.
    fn order(&mut self, lists: Pair<Node<'t>>, meaning: bool, names: &Pair<Vec<Cow<'t, str>>>) {
        if !meaning {
            self.explained(Explainer::OrderOfMembers, &representation("order of members"), lists);
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
            direction: None,
            ranges: Pair::from_fn(|side| Some(self.range(side, *lists.get(side)))),
            values: names.as_ref().map(shown),
        };
        record(self.context, self.out, found, Pair::new(None, None));
    }

    /// Where the order of members decides what one makes of another.
    fn uses(&self, lists: Pair<Node<'t>>) -> Pair<Uses<'t>> {
        Pair::from_fn(|side| {
            let list = *lists.get(side);
            self.dialect.uses(self.at(), list, self.within(side, list))
        })
    }

    /// Members are values; order means nothing.
    fn set(&mut self, lists: Pair<Node<'t>>, items: &Pair<Members<'t>>) {
        let typing = self.dialect.typing();
        let raw: Pair<Vec<Cow<'t, str>>> = items.as_ref().map(|side| {
            side.iter().map(|(_, item)| Cow::Owned(value_text(*item, typing))).collect()
        });
        let raw = as_read(raw, &self.meanings(items));
        let names = self.names(raw.clone());
        let joined = join_names(&names, &raw);
        let disjoint = joined.iter().all(|(blue, green)| blue.is_none() || green.is_none());
        if disjoint && !items.blue.is_empty() && !items.green.is_empty() {
            self.bleeds_below(Side::Blue, lists.blue);
            self.bleeds_below(Side::Green, lists.green);
            self.of_values(Edit::Replaced, None, lists.map(Some));
            return;
        }
        if !same_order(&joined) {
            self.explained(Explainer::OrderOfSet, &representation("order of a set"), lists);
        }
        let numbers = Numbered::new(&names);
        for (blue, green) in joined {
            let pair = Pair::new(
                blue.and_then(|index| items.blue.get(index)),
                green.and_then(|index| items.green.get(index)),
            );
            let step = Step::Item(format!("={}", numbers.name((blue, green))));
            self.member(step, Seg::Item(""), pair.map(|member| member.map(|(_, item)| *item)));
        }
    }

    /// What their reader makes of members that may be written in several forms.
    fn meanings(&self, items: &Pair<Members<'t>>) -> Pair<Vec<Option<String>>> {
        let mut path = self.segs.clone();
        path.push(Seg::Item(""));
        let at = At { kind: self.kind, path: &path };
        let field = field_type(self.dialect, at);
        let spelled = |item: Node<'t>| canonical(field.filter(|_| item.is_scalar())?, item.text());
        Pair::from_fn(|side| {
            let members = items.get(side).iter();
            let meaning = |item| {
                let known = self.dialect.meaning(at, item, self.within(side, item));
                known.or_else(|| spelled(item))
            };
            members.map(|(_, item)| meaning(*item)).collect()
        })
    }

    /// Position means nothing: members that mean the same meet wherever they stand, what is left
    /// meets in order.
    fn unordered(&mut self, lists: Pair<Node<'t>>, items: &Pair<Members<'t>>) {
        let typing = self.dialect.typing();
        let colours = &self.context.policy.colours;
        let meanings = self.meanings(items);
        let keys = Pair::from_fn(|side| {
            let written =
                items.get(side).iter().zip(meanings.get(side)).map(|((_, item), known)| {
                    known.clone().unwrap_or_else(|| content(*item, typing))
                });
            written.map(|text| colours.fold(side, &text).into_owned()).collect::<Vec<_>>()
        });
        let joined = join(&keys.blue, &keys.green);
        if !same_order(&joined) {
            self.explained(Explainer::OrderOfMembers, &representation("order of members"), lists);
        }
        let (met, left): (Vec<_>, Vec<_>) =
            joined.into_iter().partition(|(blue, green)| blue.is_some() && green.is_some());
        let mut green = left.iter().filter_map(|(_, green)| *green);
        let mut pairs = met;
        for blue in left.iter().filter_map(|(blue, _)| *blue) {
            pairs.push((Some(blue), green.next()));
        }
        pairs.extend(green.map(|green| (None, Some(green))));
        for pair in pairs {
            self.at_index(pair, items);
        }
    }

    /// Position matters: equal members meet first, the rest in the gaps between them.
    fn ordered(&mut self, lists: Pair<Node<'t>>, items: &Pair<Members<'t>>) {
        let typing = self.dialect.typing();
        let colours = &self.context.policy.colours;
        let meanings = self.meanings(items);
        let keys = Pair::from_fn(|side| {
            let written =
                items.get(side).iter().zip(meanings.get(side)).map(|((_, item), known)| {
                    known.clone().unwrap_or_else(|| content(*item, typing))
                });
            written.map(|text| colours.fold(side, &text).into_owned()).collect::<Vec<_>>()
        });
        let many = keys.blue.len().max(keys.green.len()) > MEMBERS_ALIGNED_MAX;
        if many || (all_scalars(items) && same_members(&keys)) {
            let joined = join(&keys.blue, &keys.green);
            if !same_order(&joined) {
                self.change(Edit::Replaced, None, lists.map(Some));
            }
            for pair in joined {
                self.at_index(pair, items);
            }
            return;
        }
        // Of several ways to align them the same one is taken whichever side is which.
        let swapped = keys.blue > keys.green;
        let (old, new) =
            if swapped { (&keys.green, &keys.blue) } else { (&keys.blue, &keys.green) };
        for op in capture_diff_slices(Algorithm::Myers, old, new) {
            let ranges = match op {
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
            let (blue, green) = if swapped { (ranges.1, ranges.0) } else { ranges };
            for offset in 0..blue.len().max(green.len()) {
                let index = |range: &std::ops::Range<usize>| {
                    (offset < range.len()).then_some(range.start + offset)
                };
                self.at_index((index(&blue), index(&green)), items);
            }
        }
    }

    /// Whether each member stands on both sides as the same text but for the colours, which is
    /// what most lists are, and none has the name of another.
    fn are_recoloured(&self, kind: &ListKind, items: &Pair<Members<'t>>) -> bool {
        let colours = &self.context.policy.colours;
        let same = |(blue, green): (&(usize, Node<'t>), &(usize, Node<'t>))| {
            let (blue, green) = (blue.1, green.1);
            !blue.in_tree_with_copies()
                && !green.in_tree_with_copies()
                && blue.kind() == green.kind()
                && colours.fold(Side::Blue, blue.raw()) == colours.fold(Side::Green, green.raw())
        };
        let names = || {
            let typing = self.dialect.typing();
            items.blue.iter().filter_map(move |(_, item)| member_name(kind, *item, typing))
        };
        items.blue.len() == items.green.len()
            && items.blue.iter().zip(&items.green).all(same)
            && numbers(&names().collect::<Vec<_>>()).is_empty()
    }

    /// Compares members that stand at the same place on both sides: only their colours are still
    /// to be looked at.
    fn in_place(&mut self, kind: &ListKind, items: &Pair<Members<'t>>) {
        let typing = self.dialect.typing();
        for ((index, blue), (_, green)) in items.blue.iter().zip(&items.green) {
            if self.is_same_text(Pair::new(*blue, *green)) {
                continue;
            }
            let step = match member_name(kind, *blue, typing) {
                Some(name) if blue.raw() == green.raw() => Step::Item(name),
                Some(name) => {
                    let colours = &self.context.policy.colours;
                    Step::Item(colours.fold(Side::Blue, &name).into_owned())
                }
                None => Step::Index(u32::try_from(*index).unwrap_or(u32::MAX)),
            };
            let seg = Seg::Item(short_name(kind, *blue));
            self.member(step, seg, Pair::new(Some(*blue), Some(*green)));
        }
    }

    fn at_index(
        &mut self,
        (blue, green): (Option<usize>, Option<usize>),
        items: &Pair<Members<'t>>,
    ) {
        let members = Pair::new(
            blue.and_then(|index| items.blue.get(index)).copied(),
            green.and_then(|index| items.green.get(index)).copied(),
        );
        let Some((index, _)) = members.blue.or(members.green) else { return };
        let pair = members.map(|member| member.map(|(_, item)| item));
        let side = if pair.blue.is_some() { Side::Blue } else { Side::Green };
        let lone = pair.blue.xor(pair.green).filter(|item| item.is_scalar());
        let step = match lone {
            Some(item) => {
                let text = value_text(item, self.dialect.typing());
                Step::Item(format!("={}", self.context.policy.colours.fold(side, &text)))
            }
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
}

pub(super) fn representation(how: &str) -> Explanation {
    Explanation::Representation { how: how.to_owned() }
}

/// Whether both lists stand in their files as the same text, and mean the same by it.
fn is_same_text(lists: Pair<Node<'_>>) -> bool {
    lists.blue.raw() == lists.green.raw()
        && lists.blue.style() == lists.green.style()
        && !lists.blue.in_tree_with_copies()
        && !lists.green.in_tree_with_copies()
}

fn all_scalars(items: &Pair<Members<'_>>) -> bool {
    Side::BOTH.iter().all(|side| items.get(*side).iter().all(|(_, item)| item.is_scalar()))
}

/// Whether members without a name stand at other positions among those that have one.
fn interleaved_otherwise(members: &Pair<Members<'_>>, nameless: &Pair<Members<'_>>) -> bool {
    let shape = Pair::from_fn(|side| {
        let named = members.get(side).iter().map(|(index, _)| (*index, true));
        let others = nameless.get(side).iter().map(|(index, _)| (*index, false));
        let mut shape: Vec<(usize, bool)> = named.chain(others).collect();
        shape.sort_unstable();
        shape.into_iter().map(|(_, named)| named).collect::<Vec<_>>()
    });
    !nameless.blue.is_empty() && !nameless.green.is_empty() && shape.blue != shape.green
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

//! Comparing maps: joining their keys, what their order means, which of their values list colours.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use smallvec::SmallVec;

use super::join::{Numbered, as_read, join_names, same_order};
use super::shown::shown_text;
use super::walk::Walker;
use super::{Found, explain, record};
use crate::dialect::order::ordered;
use crate::dialect::schema::{At, Documented, Seg};
use crate::model::{
    Edit, Entry, Explainer, Explanation, Kind, Node, Pair, Path, Side, Step, numbers,
};

impl<'t> Walker<'_, 't> {
    /// Compares two maps.
    pub(super) fn maps(&mut self, pair: Pair<Node<'t>>) {
        let around = std::mem::replace(&mut self.around, pair.map(Some));
        self.keys_and_values(pair);
        self.around = around;
    }

    fn keys_and_values(&mut self, pair: Pair<Node<'t>>) {
        let entries = pair.map(|map| map.entries().collect::<Vec<Entry<'t>>>());
        if self.are_parallel(&entries) {
            self.parallel(&entries);
            return;
        }
        if self.flat(pair) {
            return;
        }
        let read = self.read_keys(&entries);
        let raw = key_names(&entries, &read);
        let names = self.names(raw.clone());
        let joined = join_names(&names, &raw);
        let numbers = Numbered::new(&names);
        if spellings(&read, &names).is_some_and(|spelled| spelled.blue != spelled.green) {
            // Which of two spellings of one key counts may be the first or the last of them.
            self.change(Edit::Replaced, None, pair.map(Some));
        }
        self.order_of_keys(pair, &entries, !same_order(&joined));
        let elsewhere = self.under_other_keys(&entries, &joined);
        let maps = pair;
        let exempt = self.counterparts(&entries);
        let outer = (self.may_bleed, self.defaults);
        let sources = entries.as_ref().map(|side| side.iter().any(|entry| adds_variables(entry)));
        for (blue, green) in joined {
            let pair = Pair::new(
                blue.and_then(|index| entries.blue.get(index)).copied(),
                green.and_then(|index| entries.green.get(index)).copied(),
            );
            let Some(entry) = pair.blue.or(pair.green) else { continue };
            if (blue.is_none() || green.is_none()) && elsewhere.contains(entry.key.text()) {
                continue;
            }
            self.steps.push(Step::Key(numbers.name((blue, green))));
            self.segs.push(Seg::Key(entry.key.text()));
            if exempt.contains(entry.key.text()) {
                self.may_bleed = Pair::new(false, false);
            }
            // Absence means the default only where nothing else may hold the value.
            let elsewhere = matches!(entry.key.text(), "env" | "environment")
                && (sources.blue || sources.green);
            let is_mark = self.dialect.is_mark(entry.key.text());
            self.defaults = outer.1 && !elsewhere && !is_mark && !numbers.repeated((blue, green));
            match (pair.blue, pair.green) {
                (Some(blue), Some(green)) => self.entries(Pair::new(blue, green)),
                (Some(blue), None) => self.lone_entry(Side::Blue, blue, maps),
                (None, Some(green)) => self.lone_entry(Side::Green, green, maps),
                (None, None) => (),
            }
            (self.may_bleed, self.defaults) = outer;
            self.segs.pop();
            self.steps.pop();
        }
    }

    /// Whether both maps have the same keys in the same order, each once and none of them another
    /// spelling, which is what most maps have: then there is nothing to join.
    fn are_parallel(&self, entries: &Pair<Vec<Entry<'t>>>) -> bool {
        let is_plain = |side: Side, entry: &Entry<'t>| {
            let within = self.within(side, entry.key);
            self.dialect.key_name(self.at(), entry.key.text(), within).is_none()
        };
        let same = |(blue, green): (&Entry<'t>, &Entry<'t>)| {
            blue.key.text() == green.key.text()
                && explain::same_key(self.dialect, self.syntax, Pair::new(blue.key, green.key))
                && is_plain(Side::Blue, blue)
                && is_plain(Side::Green, green)
        };
        let keys = || entries.blue.iter().map(|entry| entry.key.text());
        entries.blue.len() == entries.green.len()
            && !self.may_bleed.blue
            && !self.may_bleed.green
            && entries.blue.iter().zip(&entries.green).all(same)
            && numbers(&keys().collect::<SmallVec<[&str; 16]>>()).is_empty()
    }

    /// Compares entries whose keys are the same, one by one.
    fn parallel(&mut self, entries: &Pair<Vec<Entry<'t>>>) {
        let outer = self.defaults;
        for (blue, green) in entries.blue.iter().zip(&entries.green) {
            let values = Pair::new(blue.value, green.value);
            if self.is_same_text(values) {
                continue;
            }
            let key = blue.key.text();
            let elsewhere = matches!(key, "env" | "environment")
                && Side::BOTH.iter().any(|side| entries.get(*side).iter().any(adds_variables));
            let colours = &self.context.policy.colours;
            self.steps.push(Step::Key(colours.fold(Side::Blue, key).into_owned()));
            self.segs.push(Seg::Key(key));
            self.defaults = outer && !elsewhere && !self.dialect.is_mark(key);
            self.walk(values);
            self.defaults = outer;
            self.segs.pop();
            self.steps.pop();
        }
    }

    /// What the keys of both maps are to their reader, where that is not what is written.
    fn read_keys(&self, entries: &Pair<Vec<Entry<'t>>>) -> Pair<Vec<Option<String>>> {
        Pair::from_fn(|side| {
            let names = entries.get(side).iter().map(|entry| {
                let within = self.within(side, entry.key);
                self.dialect.key_name(self.at(), entry.key.text(), within)
            });
            names.collect::<Vec<_>>()
        })
    }

    /// Two entries of one name: their keys may differ in colour, their values in anything.
    fn entries(&mut self, pair: Pair<Entry<'t>>) {
        let keys = pair.map(|entry| entry.key);
        if keys.blue.text() != keys.green.text() {
            let colours = &self.context.policy.colours;
            let token = colours.token_in(Side::Blue, keys.blue.text());
            if let Some(token) = token {
                self.explained(Explainer::Colour, &Explanation::Colour { token }, keys);
            } else {
                let how = self.why_same(keys.map(Node::text), "another spelling of the key");
                self.explained(Explainer::KeySpelling, &how, keys);
            }
        } else if !explain::same_key(self.dialect, self.syntax, keys) {
            self.change(Edit::Replaced, None, keys.map(Some));
        }
        self.bleed(Side::Blue, keys.blue, None);
        self.bleed(Side::Green, keys.green, None);
        self.walk(pair.map(|entry| entry.value));
    }

    /// An entry that only `side` has of two maps.
    fn lone_entry(&mut self, side: Side, entry: Entry<'t>, maps: Pair<Node<'t>>) {
        let without = *maps.get(side.other());
        let hears = self.defaults && self.context.hears(Explainer::Implied);
        let implied = self.dialect.implied(self.at(), without).filter(|_| hears);
        let explanation = implied
            .and_then(|implied| self.is_spelled_out(entry.value, &implied))
            .or_else(|| self.left_out(side, entry.key.text(), maps));
        if let Some(explanation) = explanation {
            let mut nodes = Pair::new(None, None);
            *nodes.get_mut(side) = Some(entry.value);
            let edit = if side == Side::Blue { Edit::Removed } else { Edit::Added };
            self.bleeds_below(side, entry.value);
            self.change(edit, Some(explanation), nodes);
        } else {
            let outer = self.defaults;
            self.defaults = outer && self.dialect.default_holds(self.at(), without);
            self.one_sided(side, entry.value);
            self.defaults = outer;
        }
        self.bleed(side, entry.key, None);
    }

    /// Why only `side` has a value: what wrote the other leaves it out as not known, which is a
    /// difference of its own where it says so, and `side` does not.
    fn left_out(&self, side: Side, key: &str, maps: Pair<Node<'t>>) -> Option<Explanation> {
        let is_left_out = |side: Side| {
            let within = self.within.get(side);
            let document = within.map(|within| within.document)?;
            let keys = self.left_out.get(side).get_or_init(|| self.dialect.left_out(document));
            Some(keys.contains(&(maps.get(side).span().start, key)))
        };
        let proved = is_left_out(side.other())? && !is_left_out(side)?;
        let by = format!("{}: what is not known yet is left out, and marked", self.dialect.id());
        (proved && self.context.hears(Explainer::Derived)).then_some(Explanation::Generated { by })
    }

    fn is_spelled_out(&self, node: Node<'t>, default: &Documented) -> Option<Explanation> {
        let typing = self.dialect.typing();
        if node.kind() == Kind::List {
            let meant = default.value.strip_prefix('[')?.strip_suffix(']')?.split(", ");
            let said: Option<BTreeSet<&str>> =
                node.items().map(|item| item.is_scalar().then(|| item.text())).collect();
            let citation = default.source.clone();
            return (said? == meant.collect()).then_some(Explanation::Default { citation });
        }
        let value = node.is_scalar().then(|| typing.read(node))?;
        explain::spelled_out(self.dialect, self.at(), default, &value)
    }

    /// Entries that each side writes under another key, and that mean the same all the same.
    fn under_other_keys(
        &mut self,
        entries: &Pair<Vec<Entry<'t>>>,
        joined: &[(Option<usize>, Option<usize>)],
    ) -> BTreeSet<&'t str> {
        let mut found = BTreeSet::new();
        let only = |side: Side| {
            let own = entries.get(side);
            let lone = joined.iter().filter_map(move |(blue, green)| match side {
                Side::Blue => blue.filter(|_| green.is_none()),
                Side::Green => green.filter(|_| blue.is_none()),
            });
            lone.filter_map(|index| own.get(index)).copied().collect::<Vec<_>>()
        };
        let greens = only(Side::Green);
        for blue in only(Side::Blue) {
            let mut path = self.segs.clone();
            path.push(Seg::Key(blue.key.text()));
            let at = At { kind: self.kind, path: &path };
            let Some(other) = self.dialect.other_key(at) else { continue };
            let Some(green) = greens.iter().find(|green| green.key.text() == other) else {
                continue;
            };
            let within = self.within(Side::Blue, blue.value);
            let meaning = self.dialect.meaning(at, blue.value, within);
            path.pop();
            path.push(Seg::Key(green.key.text()));
            let at = At { kind: self.kind, path: &path };
            let within = self.within(Side::Green, green.value);
            if meaning.is_some() && meaning == self.dialect.meaning(at, green.value, within) {
                found.extend([blue.key.text(), green.key.text()]);
                self.steps.push(Step::Key(green.key.text().to_owned()));
                let how = format!("{} for {other}", blue.key.text());
                let values = Pair::new(blue.value, green.value);
                let how = Explanation::Representation { how };
                self.explained(Explainer::OtherKey, &how, values);
                self.steps.pop();
            }
        }
        found
    }

    /// Tells that keys stand in another order: drift where order is meaning, repeated keys and
    /// their values included; another spelling elsewhere.
    fn order_of_keys(&mut self, maps: Pair<Node<'t>>, entries: &Pair<Vec<Entry<'t>>>, moved: bool) {
        let above = self.segs.iter().rev().find_map(|seg| match seg {
            Seg::Key(key) => Some(*key),
            Seg::Item(_) => None,
        });
        let colours = &self.context.policy.colours;
        let sequences = Pair::from_fn(|side| {
            let own = entries.get(side);
            let written = ordered(self.syntax, above, own).into_iter().filter_map(|index| {
                let entry = own.get(index)?;
                let text = if entry.value.is_scalar() { entry.value.text() } else { "…" };
                let line = format!("{} {text}", entry.key.text());
                Some(colours.fold(side, &line).into_owned())
            });
            written.collect::<Vec<String>>()
        });
        let sorted = sequences.as_ref().map(|sequence| {
            let mut sorted = sequence.clone();
            sorted.sort_unstable();
            sorted
        });
        if sorted.blue == sorted.green && sequences.blue != sequences.green {
            let shown = |sequence: &Vec<String>| Some(shown_text(&sequence.join("; ")));
            let found = Found {
                path: Path(self.steps.clone()),
                edit: Edit::Replaced,
                explanation: Explanation::Unexplained,
                direction: None,
                ranges: Pair::from_fn(|side| Some(self.range(side, *maps.get(side)))),
                values: sequences.as_ref().map(shown),
            };
            record(self.context, self.out, found, Pair::new(None, None));
        } else if moved {
            let how = "order of keys".to_owned();
            self.explained(Explainer::OrderOfKeys, &Explanation::Representation { how }, maps);
        }
    }

    /// Names with the colours of each side folded; as they are where both sides list both colours.
    pub(super) fn names(&self, raw: Pair<Vec<Cow<'t, str>>>) -> Pair<Vec<Cow<'t, str>>> {
        let colours = &self.context.policy.colours;
        let lists_both = |names: &Vec<Cow<'t, str>>| {
            let coloured = |name: &&Cow<'t, str>| colours.token_in(Side::Blue, name).is_some();
            let mut coloured = names.iter().filter(coloured).peekable();
            if coloured.peek().is_none() {
                return false;
            }
            let known: BTreeSet<&str> = names.iter().map(AsRef::as_ref).collect();
            coloured.any(|name| known.contains(colours.recolour(name).as_ref()))
        };
        let fold = |side: Side, names: &Vec<Cow<'t, str>>| {
            let fold_one = |name: &Cow<'t, str>| match colours.fold(side, name) {
                Cow::Borrowed(_) => name.clone(),
                Cow::Owned(folded) => Cow::Owned(folded),
            };
            names.iter().map(fold_one).collect::<Vec<_>>()
        };
        let blue = fold(Side::Blue, &raw.blue);
        // Where no name of blue's has its colour, it lists none.
        if blue != raw.blue && lists_both(&raw.blue) && lists_both(&raw.green) {
            return raw;
        }
        Pair::new(blue, fold(Side::Green, &raw.green))
    }

    /// Keys whose values are each other's colour on both sides alike, as a pair of stable and
    /// preview services is: they list the colours and name no wrong one.
    fn counterparts(&self, entries: &Pair<Vec<Entry<'t>>>) -> BTreeSet<&'t str> {
        let mut keys = BTreeSet::new();
        if !self.may_bleed.blue || !self.may_bleed.green {
            return keys;
        }
        let colours = &self.context.policy.colours;
        let scalars = |side: Side| {
            let scalars = entries.get(side).iter().filter(|entry| entry.value.is_scalar());
            scalars
                .map(|entry| (entry.value.text(), entry.key.text()))
                .collect::<BTreeSet<(&'t str, &'t str)>>()
        };
        let (blue, green) = (scalars(Side::Blue), scalars(Side::Green));
        for (value, key) in &green {
            let other = colours.recolour(value);
            if other == *value || !blue.contains(&(*value, *key)) {
                continue;
            }
            let partners = green.iter().filter(|(text, _)| *text == other);
            for (text, partner) in partners.filter(|partner| blue.contains(partner)) {
                debug_assert_eq!(*text, other);
                keys.extend([*key, *partner]);
            }
        }
        keys
    }

    /// Values that a list, the same on both sides, gives to the same field of different members,
    /// each the other's colour: routes to both sides list the colours and name no wrong one.
    pub(super) fn listed_colours(&self, lists: Pair<Node<'t>>) -> BTreeSet<String> {
        let mut listed = BTreeSet::new();
        if lists.blue.raw() != lists.green.raw() {
            return listed;
        }
        let colours = &self.context.policy.colours;
        let mut leaves = BTreeSet::new();
        for item in lists.green.items() {
            collect_leaves(item, &mut String::new(), &mut leaves);
        }
        for (field, value) in &leaves {
            let other = colours.recolour(value).into_owned();
            if other != *value && leaves.contains(&(field.clone(), other.clone())) {
                listed.extend([value.clone(), other]);
            }
        }
        listed
    }
}

/// The keys of both maps, with one name for what its reader takes for one key.
fn key_names<'t>(
    entries: &Pair<Vec<Entry<'t>>>,
    read: &Pair<Vec<Option<String>>>,
) -> Pair<Vec<Cow<'t, str>>> {
    let written = entries
        .as_ref()
        .map(|side| side.iter().map(|entry| Cow::Borrowed(entry.key.text())).collect::<Vec<_>>());
    as_read(written, read)
}

/// The spellings of each key that a side spells in several ways, in their order; nothing where neither
/// does.
fn spellings<'n>(
    read: &'n Pair<Vec<Option<String>>>,
    names: &'n Pair<Vec<Cow<'_, str>>>,
) -> Option<Pair<BTreeMap<&'n str, Vec<&'n str>>>> {
    let spelled = Pair::from_fn(|side| {
        let mut spelled: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (read, name) in read.get(side).iter().zip(names.get(side)) {
            if let Some(read) = read {
                spelled.entry(read).or_default().push(name);
            }
        }
        spelled.retain(|_, names| names.windows(2).any(|pair| pair.first() != pair.last()));
        spelled
    });
    let any = !spelled.blue.is_empty() && !spelled.green.is_empty();
    any.then_some(spelled)
}

/// Whether an entry of a container or service adds variables that stand elsewhere.
fn adds_variables(entry: &Entry<'_>) -> bool {
    matches!(entry.key.text(), "envFrom" | "env_file")
        && !(entry.value.is_empty() && entry.value.text().is_empty())
}

/// Every scalar below a member with the keys on the way to it. Depth is that of the tree.
pub(super) fn collect_leaves(
    node: Node<'_>,
    field: &mut String,
    leaves: &mut BTreeSet<(String, String)>,
) {
    match node.kind() {
        Kind::Map => {
            for entry in node.entries() {
                let length = field.len();
                field.push('/');
                field.push_str(entry.key.text());
                collect_leaves(entry.value, field, leaves);
                field.truncate(length);
            }
        }
        Kind::List => {
            for item in node.items() {
                collect_leaves(item, field, leaves);
            }
        }
        Kind::Plain | Kind::Text | Kind::Number | Kind::Bool | Kind::Null => {
            leaves.insert((field.clone(), node.text().to_owned()));
        }
    }
}

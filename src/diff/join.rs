//! Joining two lists of names.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::Uses;
use crate::dialect::naming::short_name;
use crate::dialect::schema::ListKind;
use crate::model::{Node, Pair, Side, numbers};

/// Joins equal names, the n-th with the n-th, in the order of blue; what only green has follows,
/// in the order of green. Linear where both sides have the same names in the same order.
pub fn join<T: Ord>(blue: &[T], green: &[T]) -> Vec<(Option<usize>, Option<usize>)> {
    if blue == green {
        return (0..blue.len()).map(|index| (Some(index), Some(index))).collect();
    }
    let mut waiting: BTreeMap<&T, Vec<usize>> = BTreeMap::new();
    for (index, name) in green.iter().enumerate().rev() {
        waiting.entry(name).or_default().push(index);
    }
    let mut taken = vec![false; green.len()];
    let mut pairs = Vec::with_capacity(blue.len().max(green.len()));
    for (index, name) in blue.iter().enumerate() {
        let partner = waiting.get_mut(name).and_then(Vec::pop);
        if let Some(slot) = partner.and_then(|partner| taken.get_mut(partner)) {
            *slot = true;
        }
        pairs.push((Some(index), partner));
    }
    let left = taken.iter().enumerate().filter(|(_, taken)| !**taken);
    pairs.extend(left.map(|(index, _)| (None, Some(index))));
    pairs
}

/// Joins folded names; what found no partner meets one that is spelled alike on both sides.
pub fn join_names<T: Ord, U: Ord>(
    folded: &Pair<Vec<T>>,
    raw: &Pair<Vec<U>>,
) -> Vec<(Option<usize>, Option<usize>)> {
    let mut pairs = join(&folded.blue, &folded.green);
    let lonely = Pair::new(
        pairs.iter().filter(|pair| pair.1.is_none()).filter_map(|pair| pair.0).collect::<Vec<_>>(),
        pairs.iter().filter(|pair| pair.0.is_none()).filter_map(|pair| pair.1).collect::<Vec<_>>(),
    );
    if lonely.blue.is_empty() || lonely.green.is_empty() {
        return pairs;
    }
    let spelled = Pair::from_fn(|side| {
        let names = raw.get(side);
        lonely.get(side).iter().map(|index| names.get(*index)).collect::<Vec<_>>()
    });
    let mut met = BTreeMap::new();
    for (blue, green) in join(&spelled.blue, &spelled.green) {
        if let (Some(blue), Some(green)) = (
            blue.and_then(|index| lonely.blue.get(index)),
            green.and_then(|index| lonely.green.get(index)),
        ) {
            met.insert(*blue, *green);
        }
    }
    let taken: BTreeSet<usize> = met.values().copied().collect();
    pairs.retain(|(blue, green)| {
        blue.is_some() || green.is_none_or(|green| !taken.contains(&green))
    });
    for (blue, green) in &mut pairs {
        if let Some(partner) = blue.and_then(|blue| met.get(&blue)) {
            *green = Some(*partner);
        }
    }
    pairs
}

/// One name for what its reader takes for one. What is spelled alike on both sides keeps its
/// spelling; what is not is called as the first of its name is spelled.
pub(super) fn as_read<'t>(
    written: Pair<Vec<Cow<'t, str>>>,
    read: &Pair<Vec<Option<String>>>,
) -> Pair<Vec<Cow<'t, str>>> {
    if !read.blue.iter().chain(&read.green).any(Option::is_some) {
        return written;
    }
    let known = written.as_ref().map(|names| names.iter().cloned().collect::<BTreeSet<_>>());
    let mut spelled: BTreeMap<&str, Cow<'t, str>> = BTreeMap::new();
    for side in Side::BOTH {
        for (name, read) in written.get(side).iter().zip(read.get(side)) {
            if let Some(read) = read {
                spelled.entry(read).or_insert_with(|| name.clone());
            }
        }
    }
    Pair::from_fn(|side| {
        let names = written.get(side).iter().zip(read.get(side));
        let chosen = names.map(|(name, read)| {
            let other = read.as_deref().filter(|_| !known.get(side.other()).contains(name));
            other.and_then(|read| spelled.get(read)).unwrap_or(name).clone()
        });
        chosen.collect()
    })
}

/// Whether the joined members stand in the same order on both sides.
pub(super) fn same_order(pairs: &[(Option<usize>, Option<usize>)]) -> bool {
    let mut last = None;
    for (_, green) in pairs.iter().filter(|(blue, _)| blue.is_some()) {
        let Some(green) = green else { continue };
        if last.is_some_and(|last| last > *green) {
            return false;
        }
        last = Some(*green);
    }
    true
}

/// The names of joined members, numbered from the second of a name on: `key#2`.
pub(super) struct Numbered<'n, T> {
    names: &'n Pair<Vec<T>>,
    numbers: Pair<Vec<usize>>,
    twice: BTreeSet<&'n str>,
}

impl<'n, T: AsRef<str> + Ord> Numbered<'n, T> {
    /// Counts the names of both sides.
    pub(super) fn new(names: &'n Pair<Vec<T>>) -> Self {
        let numbers = names.as_ref().map(|side| numbers(side));
        let mut twice = BTreeSet::new();
        for side in Side::BOTH {
            let both = numbers.get(side).iter().zip(names.get(side));
            let repeated = both.filter(|(number, _)| **number > 1);
            twice.extend(repeated.map(|(_, name)| name.as_ref()));
        }
        Self { names, numbers, twice }
    }

    /// Whether the name of a joined pair stands twice on one side.
    pub(super) fn repeated(&self, (blue, green): (Option<usize>, Option<usize>)) -> bool {
        let name = match (blue, green) {
            (Some(index), _) => self.names.blue.get(index),
            (None, Some(index)) => self.names.green.get(index),
            (None, None) => None,
        };
        name.is_some_and(|name| self.twice.contains(name.as_ref()))
    }

    /// The name of one joined pair: blue's, or green's for what only green has.
    pub(super) fn name(&self, (blue, green): (Option<usize>, Option<usize>)) -> String {
        let (side, index) = match (blue, green) {
            (Some(index), _) => (Side::Blue, index),
            (None, Some(index)) => (Side::Green, index),
            (None, None) => return String::new(),
        };
        let name = self.names.get(side).get(index).map_or("", AsRef::as_ref);
        match self.numbers.get(side).get(index) {
            Some(nth) if *nth > 1 => format!("{name}#{nth}"),
            Some(_) | None => name.to_owned(),
        }
    }
}

/// What the members of a list are called on both sides, by what its dialect calls them on this one.
pub(super) fn called<'t>(
    kind: &ListKind,
    members: &[(usize, Node<'t>)],
    names: &[Cow<'t, str>],
) -> BTreeMap<&'t str, String> {
    let all = members.iter().zip(names);
    all.map(|((_, item), name)| (short_name(kind, *item), name.clone().into_owned())).collect()
}

/// Whether a member uses another one that stands before it on one side only.
pub(super) fn out_of_order(uses: &Pair<Uses<'_>>, called: &Pair<BTreeMap<&str, String>>) -> bool {
    let known = Pair::from_fn(|side| {
        let Uses::Of(all) = uses.get(side) else { return BTreeSet::new() };
        let name = |name: &str| called.get(side).get(name).cloned().unwrap_or_default();
        all.iter().map(|one| (name(one.user), name(one.name), one.earlier)).collect()
    });
    let mut green = known.green.into_iter();
    green.any(|(user, name, earlier)| known.blue.contains(&(user, name, !earlier)))
}

#[cfg(test)]
mod tests {
    use super::{Numbered, join, join_names, same_order};
    use crate::model::Pair;

    #[test]
    fn the_second_of_a_name_is_numbered() {
        let names = Pair::new(vec!["a", "a"], vec!["a", "b"]);
        let numbered = Numbered::new(&names);
        assert!(numbered.repeated((Some(0), None)) && !numbered.repeated((None, Some(1))));
        assert_eq!(numbered.name((Some(1), None)), "a#2");
        assert_eq!(numbered.name((None, Some(1))), "b");
    }

    #[test]
    fn names_spelled_alike_meet_when_their_colours_do_not() {
        let folded = Pair::new(vec!["x-{c}", "a"], vec!["a", "x-blue"]);
        let raw = Pair::new(vec!["x-blue", "a"], vec!["a", "x-blue"]);
        assert_eq!(join_names(&folded, &raw), [(Some(0), Some(1)), (Some(1), Some(0))]);
    }

    #[test]
    fn equal_names_meet_in_order() {
        let pairs = join(&["a", "b", "a", "c"], &["a", "x", "a", "b"]);
        let expected = [
            (Some(0), Some(0)),
            (Some(1), Some(3)),
            (Some(2), Some(2)),
            (Some(3), None),
            (None, Some(1)),
        ];
        assert_eq!(pairs, expected);
        assert!(!same_order(&pairs));
        assert!(same_order(&join(&["a", "b"], &["x", "a", "b"])));
    }
}

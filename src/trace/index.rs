//! Looking up what goes by names, of which a side has tens of thousands: by their hashes, so that one
//! name is read where a search among sorted names would read a dozen. Nothing is ever gone through in the
//! order of hashes.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::FixedState;

/// The hash of a name of several parts. The same in all runs, so that they are alike; names made to have
/// one hash cost time, nothing else.
pub(super) fn hash(parts: &[&str]) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    for part in parts {
        hasher.write(part.as_bytes());
        hasher.write_u8(u8::MAX);
    }
    hasher.finish()
}

/// Places in a list by the hashes of what stands there goes by. Whoever asks compares the names: two may
/// have one hash.
#[derive(Debug, Default)]
pub(super) struct Hashes(Vec<(u64, usize)>);

impl FromIterator<(u64, usize)> for Hashes {
    fn from_iter<I: IntoIterator<Item = (u64, usize)>>(all: I) -> Self {
        let mut all: Vec<(u64, usize)> = all.into_iter().collect();
        all.sort_unstable();
        all.shrink_to_fit();
        Self(all)
    }
}

impl Hashes {
    /// The places of a hash, in order.
    pub(super) fn get(&self, hash: u64) -> impl Iterator<Item = usize> + Clone + use<'_> {
        let first = self.0.partition_point(|(known, _)| *known < hash);
        let own = self.0.get(first..).unwrap_or_default().iter();
        own.take_while(move |(known, _)| *known == hash).map(|(_, place)| *place)
    }

    /// The same without some of the places.
    pub(super) fn without(mut self, places: &BTreeSet<usize>) -> Self {
        if !places.is_empty() {
            self.0.retain(|(_, place)| !places.contains(place));
        }
        self
    }

    /// Places of one hash each, where it is that of several, in order.
    pub(super) fn shared(&self) -> impl Iterator<Item = Vec<usize>> {
        let runs = self.0.chunk_by(|(one, _), (other, _)| one == other);
        let shared = runs.filter(|run| run.len() > 1);
        shared.map(|run| run.iter().map(|(_, place)| *place).collect())
    }
}

/// Names of so many parts that are known.
#[derive(Debug)]
pub(super) struct Names<'a, const N: usize> {
    all: Vec<[&'a str; N]>,
    hashes: Hashes,
}

impl<'a, const N: usize> Names<'a, N> {
    /// These names.
    pub(super) fn of(all: Vec<[&'a str; N]>) -> Self {
        let hashes = all.iter().map(|name| hash(name)).enumerate();
        let hashes = hashes.map(|(place, hash)| (hash, place)).collect();
        Self { all, hashes }
    }

    /// Whether a name is one of them.
    pub(super) fn holds(&self, name: &[&str; N]) -> bool {
        self.hashes.get(hash(name)).any(|place| self.all.get(place).is_some_and(|own| own == name))
    }
}

/// A name of two parts.
pub(super) type Name<'a> = (&'a str, &'a str);

/// What goes by each name.
#[derive(Debug)]
pub(super) struct Named<'a, T> {
    all: Vec<(Name<'a>, Vec<T>)>,
    hashes: Hashes,
}

impl<'a, T: Copy> Named<'a, T> {
    /// Groups what goes by one name, in the order given; the names are in order.
    pub(super) fn new(named: impl Iterator<Item = (Name<'a>, T)>) -> Self {
        let mut named: Vec<(Name<'a>, T)> = named.collect();
        named.sort_by_key(|(name, _)| *name);
        Self::of_groups(&named)
    }

    /// The same where nobody goes through the names, which are in no order.
    pub(super) fn unordered(named: impl Iterator<Item = (Name<'a>, T)>) -> Self {
        let mut named: Vec<(Name<'a>, T)> = named.collect();
        named.sort_by_cached_key(|(name, _)| (hash(&[name.0, name.1]), *name));
        Self::of_groups(&named)
    }

    fn of_groups(named: &[(Name<'a>, T)]) -> Self {
        let groups = named.chunk_by(|(one, _), (other, _)| one == other);
        let group = |group: &[(Name<'a>, T)]| {
            let (name, _) = group.first()?;
            Some((*name, group.iter().map(|(_, one)| *one).collect()))
        };
        let all: Vec<(Name<'a>, Vec<T>)> = groups.filter_map(group).collect();
        let hashes = all.iter().map(|((first, second), _)| hash(&[first, second]));
        let hashes = hashes.enumerate().map(|(place, hash)| (hash, place)).collect();
        Self { all, hashes }
    }

    /// What goes by a name.
    pub(super) fn get(&self, name: &Name<'_>) -> Option<&Vec<T>> {
        self.all.get(self.place(name)?).map(|(_, all)| all)
    }

    /// The place of a name among all.
    pub(super) fn place(&self, name: &Name<'_>) -> Option<usize> {
        let is_it = |place: &usize| self.all.get(*place).is_some_and(|(known, _)| known == name);
        self.hashes.get(hash(&[name.0, name.1])).find(is_it)
    }

    /// Whether anything goes by a name.
    pub(super) fn contains_key(&self, name: &Name<'_>) -> bool {
        self.place(name).is_some()
    }

    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The names, in order.
    pub(super) fn keys(&self) -> impl Iterator<Item = Name<'a>> {
        self.all.iter().map(|(name, _)| *name)
    }

    /// What goes by each name, in order.
    pub(super) fn values(&self) -> impl Iterator<Item = &Vec<T>> {
        self.all.iter().map(|(_, all)| all)
    }

    /// What goes by names of this first part, in order.
    pub(super) fn within(&self, first: &str) -> impl Iterator<Item = &Vec<T>> {
        let start = self.all.partition_point(|((known, _), _)| *known < first);
        let own = self.all.get(start..).unwrap_or_default().iter();
        own.take_while(move |((known, _), _)| *known == first).map(|(_, all)| all)
    }
}

#[cfg(test)]
mod tests {
    use super::{Hashes, Named, Names};

    #[test]
    fn what_goes_by_a_name_is_found_and_nothing_else() {
        let all = [(("b", "x"), 0), (("a", "y"), 1), (("b", "x"), 2), (("ab", ""), 3)];
        let named = Named::new(all.into_iter());
        assert_eq!(named.get(&("b", "x")), Some(&vec![0, 2]));
        assert_eq!(named.get(&("ab", "")), Some(&vec![3]));
        assert_eq!(named.get(&("a", "b")), None);
        assert_eq!(named.keys().collect::<Vec<_>>(), [("a", "y"), ("ab", ""), ("b", "x")]);
        assert_eq!(named.within("a").collect::<Vec<_>>(), [&vec![1]]);
        assert_eq!(named.within("c").count(), 0);
        let named = Named::unordered(all.into_iter());
        assert_eq!(named.get(&("b", "x")), Some(&vec![0, 2]));
        assert!(named.contains_key(&("ab", "")) && !named.contains_key(&("a", "x")));
    }

    #[test]
    fn names_of_one_hash_are_told_apart() {
        let hashes: Hashes = [(7, 2), (7, 0), (9, 1)].into_iter().collect();
        assert_eq!(hashes.get(7).collect::<Vec<_>>(), [0, 2]);
        assert_eq!(hashes.get(8).count(), 0);
        assert_eq!(hashes.shared().collect::<Vec<_>>(), [vec![0, 2]]);
        let names = Names { all: vec![["a"], ["b"]], hashes };
        assert!(!names.holds(&["c"]));
    }
}

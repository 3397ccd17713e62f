//! A few values by name, in no more room than they take: a tree would have room for eleven.

/// Values by name, sorted. Of two of one name the later holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Few<V>(Box<[(String, V)]>);

impl<V> Few<V> {
    /// The value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&V> {
        let place = self.0.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        self.0.get(place).map(|(_, value)| value)
    }

    /// All of them, by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl<V> FromIterator<(String, V)> for Few<V> {
    fn from_iter<T: IntoIterator<Item = (String, V)>>(all: T) -> Self {
        let mut all: Vec<(String, V)> = all.into_iter().collect();
        all.reverse();
        all.sort_by(|one, other| one.0.cmp(&other.0));
        all.dedup_by(|earlier, later| earlier.0 == later.0);
        Self(all.into())
    }
}

#[cfg(test)]
mod tests {
    use super::Few;

    #[test]
    fn of_two_of_one_name_the_later_holds() {
        let all = [("b", 1), ("a", 2), ("b", 3), ("c", 4), ("b", 5)];
        let few: Few<u8> = all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        assert_eq!(few.iter().collect::<Vec<_>>(), [("a", &2), ("b", &5), ("c", &4)]);
        assert_eq!((few.get("b"), few.get("d"), few.get("")), (Some(&5), None, None));
    }
}

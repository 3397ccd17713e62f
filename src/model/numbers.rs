//! Which of several members of one name a member is, so that each has a name of its own.

use std::collections::BTreeMap;

/// Which of its name each member is, from 1; nothing when no name stands twice.
pub fn numbers<T: AsRef<str> + Ord>(names: &[T]) -> Vec<usize> {
    if are_distinct(names) {
        return Vec::new();
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    names
        .iter()
        .map(|name| {
            let count = counts.entry(name.as_ref()).or_default();
            *count += 1;
            *count
        })
        .collect()
}

/// Whether no name stands twice; the usual case, decided without a table where names are few.
fn are_distinct<T: AsRef<str> + Ord>(names: &[T]) -> bool {
    const FEW: usize = 12;
    if names.len() <= FEW {
        let mut rest = names.iter();
        while let Some(name) = rest.next() {
            if rest.as_slice().contains(name) {
                return false;
            }
        }
        return true;
    }
    let mut sorted: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    sorted.sort_unstable();
    sorted.windows(2).all(|pair| pair.first() != pair.last())
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn members_are_numbered_only_where_a_name_stands_twice() {
        assert_eq!(numbers(&["a", "b", "a"]), [1, 1, 2]);
        assert_eq!(numbers(&["a", "b", "c"]), [0; 0]);
        let many: Vec<String> = (0..20).map(|at| format!("{}", at % 19)).collect();
        assert_eq!(numbers(&many).last(), Some(&2));
        assert!(numbers(many.get(..19).unwrap()).is_empty());
    }
}

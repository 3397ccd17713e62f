//! Names of findings and differences that last from one run to the next.
//!
//! A name says which rule, which resource, which place and what kind of change; an instance adds
//! the values. Neither holds a line, a position in a list, a path of the machine or a version, so
//! that moving, renaming or indenting text changes no name. A member of a set is its value, so its
//! value is part of its place; a masked secret there counts by its class alone.

use std::cmp::Ordering;

use super::{Address, Change, Digest, Explanation, Finding, Pair, Shown, Step};
use super::{hex, without_fingerprints};

/// Bytes of a digest that make a name.
const BYTES: usize = 12;

/// The names of one finding or difference in a report.
///
/// Where several things in a report would have one name, the second and further ones carry their
/// number (`-2`), in the order of their values: nothing loses its name, and nothing shares it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint {
    /// `dsf1:` (of a finding) or `dsc1:` (of a difference), and 24 hexadecimal digits.
    pub name: String,
    /// `dsi1:` and 24 hexadecimal digits: the name together with the values.
    pub instance: String,
}

impl Fingerprint {
    /// Those of a report's findings, in their order.
    pub fn of_findings(findings: &[Finding]) -> Vec<Self> {
        let named = findings.iter().map(|finding| {
            let name = name("dsf1", &finding.rule.0, &finding.at);
            Named::new(name, &finding.values, false)
        });
        numbered(named.collect())
    }

    /// Those of a report's differences, in their order. Those that something explains are numbered
    /// after those that nothing does, as a report may list the latter alone.
    pub fn of_changes(changes: &[Change]) -> Vec<Self> {
        let named = changes.iter().map(|change| {
            let name = name("dsc1", change.edit.name(), &change.at);
            Named::new(name, &change.values, change.explanation != Explanation::Unexplained)
        });
        numbered(named.collect())
    }
}

/// A name before it is told apart from equal ones.
struct Named {
    name: String,
    instance: String,
    is_last: bool,
}

impl Named {
    fn new(name: String, values: &Pair<Option<Shown>>, is_last: bool) -> Self {
        let value = |shown: &Option<Shown>| shown.as_ref().map(|Shown(text)| text.clone());
        let values = values.as_ref().map(value);
        let presence = values.as_ref().map(|value| if value.is_some() { "1" } else { "0" });
        let Pair { blue, green } = values.map(Option::unwrap_or_default);
        let parts = [&*name, presence.blue, &*blue, presence.green, &*green];
        let instance = written("dsi1", &Digest::of_parts(parts));
        Self { name, instance, is_last }
    }

    fn order(&self, other: &Self) -> Ordering {
        let [one, two] = [self, other].map(|named| (&named.name, named.is_last, &named.instance));
        one.cmp(&two)
    }
}

fn name(kind: &str, what: &str, at: &Address) -> String {
    let mut parts = vec![what.to_owned(), at.resource.0.clone()];
    parts.extend(at.path.0.iter().map(|step| match step {
        Step::Key(text) => format!("key {}", without_fingerprints(text)),
        Step::Item(text) => format!("item {}", without_fingerprints(text)),
        Step::Index(_) => "member".to_owned(),
    }));
    written(kind, &Digest::of_parts(parts))
}

fn written(kind: &str, digest: &Digest) -> String {
    format!("{kind}:{}", hex(digest.0.get(..BYTES).unwrap_or_default()))
}

/// Tells equal names apart, without moving any.
fn numbered(all: Vec<Named>) -> Vec<Fingerprint> {
    let mut order: Vec<(usize, Named)> = all.into_iter().enumerate().collect();
    order.sort_by(|(at, a), (other, b)| a.order(b).then_with(|| at.cmp(other)));
    let (mut names, mut instances) = (Count::default(), Count::default());
    let mut done: Vec<(usize, Fingerprint)> = order
        .into_iter()
        .map(|(at, Named { name, instance, .. })| {
            let name = names.told_apart(name);
            (at, Fingerprint { name, instance: instances.told_apart(instance) })
        })
        .collect();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, fingerprint)| fingerprint).collect()
}

/// How often a text was met in a row.
#[derive(Default)]
struct Count {
    last: String,
    times: usize,
}

impl Count {
    fn told_apart(&mut self, text: String) -> String {
        if text != self.last {
            *self = Self { last: text.clone(), times: 1 };
            return text;
        }
        self.times = self.times.saturating_add(1);
        format!("{text}-{}", self.times)
    }
}

#[cfg(test)]
mod tests {
    use super::Fingerprint;
    use crate::model::{Address, Change, Edit, Explanation, Pair, Path, ResourceId, Shown, Step};

    fn change(step: Step, blue: &str) -> Change {
        Change {
            at: Address { resource: ResourceId("yaml:a".to_owned()), path: Path(vec![step]) },
            edit: Edit::Replaced,
            explanation: Explanation::Unexplained,
            direction: None,
            places: Pair::new(None, None),
            values: Pair::new(Some(Shown(blue.to_owned())), None),
        }
    }

    #[test]
    fn equal_names_are_told_apart_by_their_number_whatever_their_order() {
        let all = [("x", 0), ("y", 1), ("x", 2)];
        let changes = all.map(|(blue, index)| change(Step::Index(index), blue));
        let mut names = Fingerprint::of_changes(&changes);
        let mut turned = changes.to_vec();
        turned.reverse();
        let mut again = Fingerprint::of_changes(&turned);
        names.sort();
        again.sort();
        assert_eq!(names, again);
        assert_eq!(names[1].name, format!("{}-2", names[0].name));
        assert_eq!(names[2].name, format!("{}-3", names[0].name));
        let mut instances: Vec<&str> = names.iter().map(|name| &*name.instance).collect();
        instances.sort_unstable();
        instances.dedup();
        assert_eq!(instances.len(), 3);
    }

    #[test]
    fn what_is_listed_besides_moves_no_number() {
        let drift = change(Step::Index(0), "x");
        let alone = Fingerprint::of_changes(std::slice::from_ref(&drift));
        for blue in ["a", "b", "c", "x"] {
            let explanation = Explanation::Representation { how: "quoting".to_owned() };
            let explained = Change { explanation, ..change(Step::Index(1), blue) };
            let both = Fingerprint::of_changes(&[explained, drift.clone()]);
            assert_eq!(both[1], alone[0]);
        }
    }

    #[test]
    fn a_key_is_no_member_and_no_value_is_no_empty_one() {
        let name = |change: Change| Fingerprint::of_changes(&[change]).remove(0);
        let key = name(change(Step::Key("a".to_owned()), "x"));
        let item = name(change(Step::Item("a".to_owned()), "x"));
        assert_ne!(key.name, item.name);
        let mut empty = change(Step::Key("a".to_owned()), "x");
        empty.values.green = Some(Shown(String::new()));
        let empty = name(empty);
        assert_eq!(empty.name, key.name);
        assert_ne!(empty.instance, key.instance);
    }
}

//! What follows from a difference is told behind it.

use std::collections::BTreeMap;

use super::phrases::counted;
use crate::wire::report::{Change, Finding, Severity};

/// How many kinds of places are named of what is folded.
const KINDS_MAX: usize = 4;

/// Something that may follow from another of its group.
pub(super) trait Caused {
    fn group(&self) -> &str;
    fn follows(&self) -> Option<&str>;
    fn resource(&self) -> &str;
    fn path(&self) -> &str;
    /// How bad it is, where that is judged.
    fn severity(&self) -> Option<Severity>;
}

impl Caused for Finding {
    fn group(&self) -> &str {
        &self.group
    }

    fn follows(&self) -> Option<&str> {
        self.follows.as_deref()
    }

    fn resource(&self) -> &str {
        &self.resource
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }
}

impl Caused for Change {
    fn group(&self) -> &str {
        &self.group
    }

    fn follows(&self) -> Option<&str> {
        self.follows.as_deref()
    }

    fn resource(&self) -> &str {
        &self.resource
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn severity(&self) -> Option<Severity> {
        None
    }
}

/// Something that is told, and what follows from it.
#[derive(Debug)]
pub(super) struct Told<'r, T> {
    pub(super) one: &'r T,
    pub(super) folded: Vec<&'r T>,
}

/// Everything once, in its order; what follows from something here stands behind that: behind the
/// root in its own resource, else behind the first. What is worse than its root is told by itself,
/// and so is everything whose root is told elsewhere.
pub(super) fn folded<'r, T: Caused>(all: &[&'r T]) -> Vec<Told<'r, T>> {
    let mut roots: BTreeMap<(&str, Option<&str>), usize> = BTreeMap::new();
    for (index, root) in all.iter().enumerate().filter(|(_, one)| one.follows().is_none()) {
        if !root.group().is_empty() {
            roots.entry((root.group(), Some(root.resource()))).or_insert(index);
            roots.entry((root.group(), None)).or_insert(index);
        }
    }
    let root_of = |one: &T| -> Option<usize> {
        one.follows()?;
        let at = |resource| roots.get(&(one.group(), resource)).copied();
        let index = at(Some(one.resource())).or_else(|| at(None))?;
        (one.severity() <= all.get(index)?.severity()).then_some(index)
    };
    let mut behind: BTreeMap<usize, Vec<&'r T>> = BTreeMap::new();
    let mut told: Vec<(usize, &'r T)> = Vec::new();
    for (index, one) in all.iter().enumerate() {
        match root_of(one) {
            Some(root) => behind.entry(root).or_default().push(one),
            None => told.push((index, one)),
        }
    }
    let with = |(index, one)| Told { one, folded: behind.remove(&index).unwrap_or_default() };
    told.into_iter().map(with).collect()
}

/// How many follow, and at which kinds of places: `3 places follow from it: service.version (2), …`.
pub(super) fn summary<T: Caused>(folded: &[&T]) -> String {
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for one in folded {
        let mut names = one.path().rsplit('/').filter(|name| *name != "value");
        let name = names.next().filter(|name| !name.is_empty()).unwrap_or("whole documents");
        let count = kinds.entry(name).or_default();
        *count = count.saturating_add(1);
    }
    let mut kinds: Vec<(&str, u64)> = kinds.into_iter().collect();
    kinds.sort_by(|(a, few), (b, many)| many.cmp(few).then_with(|| a.cmp(b)));
    let rest = kinds.len().saturating_sub(KINDS_MAX);
    let named = kinds
        .iter()
        .take(KINDS_MAX)
        .map(|(name, count)| format!("{} ({count})", name.replace("~1", "/").replace("~0", "~")));
    let mut named: Vec<String> = named.collect();
    if rest > 0 {
        named.push(format!("and {rest} other kinds of places"));
    }
    let follow = if folded.len() == 1 { "follows" } else { "follow" };
    let places = counted(folded.len() as u64, "place");
    format!("{places} {follow} from it: {}", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{folded, summary};
    use crate::wire::report::{Finding, Report, Severity, sample};

    fn finding(resource: &str, group: &str, follows: bool, severity: Severity) -> Finding {
        let mut one = Report::from(sample::report()).findings.remove(0);
        one.resource = resource.to_owned();
        one.group = group.to_owned();
        one.follows = follows.then(|| "image a: 1 -> 2".to_owned());
        one.severity = severity;
        one.path = "/metadata/labels/app.kubernetes.io~1version".to_owned();
        one
    }

    #[test]
    fn what_follows_stands_behind_its_root_and_nothing_is_lost() {
        let all = [
            finding("early", "g", true, Severity::High),
            finding("a", "g", false, Severity::High),
            finding("b", "g", false, Severity::High),
            finding("b", "g", true, Severity::High),
            finding("b", "g", true, Severity::Critical),
            finding("c", "other", true, Severity::High),
            finding("d", "", false, Severity::High),
        ];
        let all: Vec<&Finding> = all.iter().collect();
        let told = folded(&all);
        let shape: Vec<(&str, Vec<&str>)> = told
            .iter()
            .map(|told| {
                let behind = told.folded.iter().map(|one| one.resource.as_str()).collect();
                (told.one.resource.as_str(), behind)
            })
            .collect();
        let expected =
            [("a", vec!["early"]), ("b", vec!["b"]), ("b", vec![]), ("c", vec![]), ("d", vec![])];
        assert_eq!(shape, expected);
        let said = summary(&told[0].folded);
        assert_eq!(said, "1 place follows from it: app.kubernetes.io/version (1)");
    }
}

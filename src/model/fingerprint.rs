//! Names of findings and differences that last from one run to the next.
//!
//! A name says which rule, which resource, which place and what kind of change; an instance adds
//! the values. Neither holds a line, a position in a list, a path of the machine or a version, so
//! that moving, renaming or indenting text changes no name. A member of a set is its value, so its
//! value is part of its place; a masked secret there counts by its class alone.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{Address, Change, Digest, Explanation, Finding, Pair, Shown, Step};
use super::{hex, without_fingerprints};

/// Digits of the values behind a name that several things would have.
const MARK_DIGITS: usize = 8;

/// How a secret that is shown begins.
const SECRET_SHOWN: &str = "<secret ";

/// Bytes of a digest that make a name.
const BYTES: usize = 12;

/// The names of one finding or difference in a report.
///
/// Where several things in a report would have one name, each carries eight digits of its values
/// (`-1f2e3d4c`), so that none takes the name of another once that is gone; those of equal values are
/// numbered on (`-1f2e3d4c-2`): nothing loses its name, and nothing shares it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint {
    /// `dsf1:` (of a finding) or `dsc1:` (of a difference), and 24 hexadecimal digits; what tells it
    /// from others of that name behind it.
    pub name: String,
    /// `dsi1:` and 24 hexadecimal digits: the name together with the values, or with what stands for
    /// them: the text of a whole document, and what is said where no value is shown.
    pub instance: String,
}

impl Fingerprint {
    /// Those of a report's findings, in their order.
    pub fn of_findings(findings: &[Finding]) -> Vec<Self> {
        let named = findings.iter().map(|finding| {
            let name = name("dsf1", &finding.rule.0, &finding.at);
            Named::new(name, &finding.values, (&besides(finding), false))
        });
        numbered(named.collect())
    }

    /// Those of a report's differences, in their order. What something explains makes no difference to
    /// the names of those that nothing does, as a report may list the latter alone.
    pub fn of_changes(changes: &[Change]) -> Vec<Self> {
        let named = changes.iter().map(|change| {
            let name = name("dsc1", change.edit.name(), &change.at);
            let is_last = change.explanation != Explanation::Unexplained;
            Named::new(name, &change.values, (&[], is_last))
        });
        numbered(named.collect())
    }
}

/// What tells a finding from others where values do not: what is said where none is shown, and what a
/// whole document holds.
fn besides(finding: &Finding) -> Vec<String> {
    let is_bare = finding.values.blue.is_none() && finding.values.green.is_none();
    let said = is_bare.then(|| finding.message.clone());
    let held = [("blue", finding.content.blue), ("green", finding.content.green)];
    let held = held.into_iter().filter_map(|(side, held)| Some(format!("{side} {}", held?)));
    said.into_iter().chain(held).collect()
}

/// A name before it is told apart from equal ones.
struct Named {
    name: String,
    instance: String,
    /// Digits of the values, masked secrets by their class alone.
    mark: String,
    is_last: bool,
}

impl Named {
    fn new(
        name: String,
        values: &Pair<Option<Shown>>,
        (besides, is_last): (&[String], bool),
    ) -> Self {
        let value = |shown: &Option<Shown>| shown.as_ref().map(|Shown(text)| text.clone());
        let values = values.as_ref().map(value);
        let presence = values.as_ref().map(|value| if value.is_some() { "1" } else { "0" });
        let Pair { blue, green } = values.map(Option::unwrap_or_default);
        let parts = [&*name, presence.blue, &*blue, presence.green, &*green];
        let instance = parts.into_iter().chain(besides.iter().map(String::as_str));
        let instance = written("dsi1", &Digest::of_parts(instance));
        let marked = Digest::of_parts(parts.map(unkeyed));
        Self { name, instance, mark: marked.short(MARK_DIGITS), is_last }
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

/// A text with every secret by its class alone: keys may be made for a run.
fn unkeyed(text: &str) -> String {
    let text = without_fingerprints(text);
    let mut out = String::new();
    let mut rest = &*text;
    while let Some((before, secret)) = rest.split_once(SECRET_SHOWN) {
        let (secret, behind) = secret.split_once('>').unwrap_or((secret, ""));
        out.extend([before, SECRET_SHOWN, secret.split(' ').next().unwrap_or_default()]);
        rest = behind;
    }
    out + rest
}

/// Tells equal names apart, without moving any.
fn numbered(all: Vec<Named>) -> Vec<Fingerprint> {
    let mut shared: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    for one in &all {
        let [open, others] = shared.entry(one.name.clone()).or_default();
        let count = if one.is_last { others } else { open };
        *count = count.saturating_add(1);
    }
    let mut order: Vec<(usize, Named)> = all.into_iter().enumerate().collect();
    order.sort_by(|(at, a), (other, b)| a.order(b).then_with(|| at.cmp(other)));
    let (mut names, mut instances) = (Count::default(), Count::default());
    let mut done: Vec<(usize, Fingerprint)> = order
        .into_iter()
        .map(|(at, Named { name, instance, mark, is_last })| {
            let [open, others] = shared.get(&name).copied().unwrap_or_default();
            let is_alone = open.saturating_add(if is_last { others } else { 0 }) == 1;
            let name = if is_alone { name } else { names.told_apart(format!("{name}-{mark}")) };
            (at, Fingerprint { name, instance: instances.told_apart(instance) })
        })
        .collect();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, fingerprint)| fingerprint).collect()
}

/// How often each text was met.
#[derive(Default)]
struct Count(BTreeMap<String, usize>);

impl Count {
    fn told_apart(&mut self, text: String) -> String {
        let times = self.0.entry(text.clone()).or_default();
        *times = times.saturating_add(1);
        if *times == 1 { text } else { format!("{text}-{times}") }
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
            cause: None,
            places: Pair::new(None, None),
            values: Pair::new(Some(Shown(blue.to_owned())), None),
        }
    }

    #[test]
    fn equal_names_are_told_apart_by_their_values_whatever_their_order() {
        let all = [("x", 0), ("y", 1), ("x", 2)];
        let changes = all.map(|(blue, index)| change(Step::Index(index), blue));
        let names = Fingerprint::of_changes(&changes);
        let mut turned = changes.to_vec();
        turned.reverse();
        let sorted = |mut names: Vec<Fingerprint>| {
            names.sort();
            names
        };
        assert_eq!(sorted(names.clone()), sorted(Fingerprint::of_changes(&turned)));
        assert_eq!(names[2].name, format!("{}-2", names[0].name));
        assert_eq!(names[2].instance, format!("{}-2", names[0].instance));
        let plain = Fingerprint::of_changes(&changes[..1])[0].name.clone();
        let marked: Vec<&str> =
            names.iter().map(|name| name.name.strip_prefix(&plain).unwrap()).collect();
        assert!(marked[0].len() == 9 && marked[1].len() == 9 && marked[0] != marked[1]);
        assert!(names.iter().all(|name| name.name != plain));
    }

    #[test]
    fn no_name_goes_to_another_place_once_one_is_gone() {
        let changes = [("x", 0), ("y", 1), ("z", 2)];
        let changes = changes.map(|(blue, index)| change(Step::Index(index), blue));
        let all = Fingerprint::of_changes(&changes);
        for gone in 0..3 {
            let mut left = changes.to_vec();
            left.remove(gone);
            let mut names = all.clone();
            names.remove(gone);
            assert_eq!(Fingerprint::of_changes(&left), names);
        }
    }

    #[test]
    fn a_key_made_for_the_run_is_in_no_name() {
        let names = |digits: &str| {
            let secret = format!("a <secret password {digits}> b");
            let pair = [(&*secret, 0), ("y", 1)];
            Fingerprint::of_changes(&pair.map(|(blue, index)| change(Step::Index(index), blue)))
        };
        let (one, other) = (names("0123456789ab"), names("ba9876543210"));
        assert_eq!((&one[0].name, &one[1].name), (&other[0].name, &other[1].name));
        assert_ne!(one[0].instance, other[0].instance);
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
            assert!(both[0].name != both[1].name && both[0].instance != both[1].instance);
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

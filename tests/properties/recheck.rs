//! Checks each explanation again, by what its reader documents. Shares nothing with what explained.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use driftseal::model::{Change, Direction, Edit, Explanation, Side, Step};

use super::apply::member;
use super::generate::{ALWAYS, CLUSTER_FIRST, IF_NOT_PRESENT, TCP, TEN_REVISIONS, Tree};

/// Which way a change of an amount goes, by what its text comes to, where something is replaced.
pub(crate) fn way(change: &Change) -> Option<Direction> {
    let steps = change.at.path.0.as_slice();
    let is = |step: &Step, key: &str| matches!(step, Step::Key(text) if text == key);
    let ordered = match steps {
        [spec, last] => is(spec, "spec") && is(last, "replicas"),
        [.., limits, last] => is(limits, "limits") && (is(last, "cpu") || is(last, "memory")),
        _ => false,
    };
    if !ordered {
        return None;
    }
    let text = |side| change.values.get(side).as_ref().map(|shown| amount(bare(Some(&shown.0))));
    let (blue, green) = (text(Side::Blue)??, text(Side::Green)??);
    Some(match blue.cmp(&green) {
        Ordering::Less => Direction::Stronger,
        Ordering::Equal => Direction::Neutral,
        Ordering::Greater => Direction::Weaker,
    })
}

/// Fields of Kubernetes whose lists are maps by a key, or sets.
const UNORDERED: [&str; 4] = ["containers", "env", "ports", "finalizers"];

/// What the API server writes.
const SERVED: [&str; 2] = ["resourceVersion", "uid"];

/// Why the explanation of a change does not hold, or cannot be checked here.
pub(crate) fn recheck(change: &Change, blue: &Tree, green: &Tree) -> Result<(), String> {
    let text = |value: &Option<driftseal::model::Shown>| value.clone().map(|shown| shown.0);
    let (old, new) = (text(&change.values.blue), text(&change.values.green));
    let key = match change.at.path.0.last() {
        Some(Step::Key(key)) => key.as_str(),
        _ => "",
    };
    let holds = match &change.explanation {
        Explanation::Unexplained => old != new || change.edit != Edit::Replaced,
        Explanation::Colour { token } => match (&old, &new) {
            (Some(old), Some(new)) => old.replace(&token.blue, &token.green) == *new && old != new,
            _ => false,
        },
        Explanation::Default { citation } => {
            let defaults = [IF_NOT_PRESENT, TCP, CLUSTER_FIRST, ALWAYS, TEN_REVISIONS];
            let said = old.as_deref().xor(new.as_deref());
            !citation.is_empty() && said.is_some_and(|said| defaults.contains(&(key, said)))
        }
        Explanation::Generated { by } => !by.is_empty() && SERVED.contains(&key),
        Explanation::Representation { how } => {
            let class = how.split(':').next().unwrap_or_default();
            let at = |tree| find(tree, change);
            match class {
                // Some texts are shown in quotes because they are no numbers.
                "quoting" => bare(old.as_deref()) == bare(new.as_deref()),
                "unit" => amount(bare(old.as_deref())) == amount(bare(new.as_deref())),
                "order of keys" => turned(at(blue).map(keys), at(green).map(keys)),
                "order of a set" | "order of members" => {
                    UNORDERED.contains(&key) && turned(at(blue).map(names), at(green).map(names))
                }
                _ => return Err(format!("nothing here checks `{how}`")),
            }
        }
        Explanation::Declared { .. } => return Err("nothing was declared".to_owned()),
    };
    if holds { Ok(()) } else { Err("the explanation does not hold".to_owned()) }
}

fn bare(text: Option<&str>) -> &str {
    text.unwrap_or_default().trim_matches('"')
}

/// A Kubernetes quantity in thousandths.
fn amount(text: &str) -> Option<u128> {
    const UNITS: [(&str, u128); 4] =
        [("m", 1), ("Ki", 1000 << 10), ("Mi", 1000 << 20), ("Gi", 1000 << 30)];
    let unit = UNITS.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)));
    let (number, factor) = unit.unwrap_or((text, 1000));
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let part_of: u128 = 10_u128.pow(u32::try_from(part.len()).ok()?);
    let whole: u128 = whole.parse().ok()?;
    Some(whole * factor + part.parse::<u128>().ok()? * factor / part_of)
}

/// What stands at the place of a change, where it can be told without knowing what met what.
fn find<'t>(tree: &'t Tree, change: &Change) -> Option<&'t Tree> {
    change.at.path.0.iter().try_fold(tree, |tree, step| match (tree, step) {
        (Tree::Map(entries), Step::Key(key)) => {
            entries.iter().find(|(known, _)| known == key).map(|(_, value)| value)
        }
        (Tree::List(items), Step::Item(_)) => Some(&items[member(items, step, change)]),
        _ => None,
    })
}

fn keys(tree: &Tree) -> Vec<&str> {
    match tree {
        Tree::Map(entries) => entries.iter().map(|(key, _)| key.as_str()).collect(),
        Tree::Scalar(_) | Tree::List(_) => Vec::new(),
    }
}

/// What the members of a list go by.
fn names(tree: &Tree) -> Vec<&str> {
    let Tree::List(items) = tree else { return Vec::new() };
    items.iter().filter_map(name).collect()
}

fn name(item: &Tree) -> Option<&str> {
    match item {
        Tree::Scalar(text) => Some(text),
        Tree::Map(entries) => {
            let known = entries.iter().find(|(key, _)| key == "name" || key == "containerPort");
            known.and_then(|(_, value)| name(value))
        }
        Tree::List(_) => None,
    }
}

/// Whether what both have stands in another order; true where it could not be looked at.
fn turned(blue: Option<Vec<&str>>, green: Option<Vec<&str>>) -> bool {
    let (Some(blue), Some(green)) = (blue, green) else { return true };
    let (of_blue, of_green): (BTreeSet<&str>, BTreeSet<&str>) =
        (blue.iter().copied().collect(), green.iter().copied().collect());
    let shared = |all: Vec<&str>| -> Vec<String> {
        let both = all.into_iter().filter(|one| of_blue.contains(one) && of_green.contains(one));
        both.map(str::to_owned).collect()
    };
    shared(blue) != shared(green)
}

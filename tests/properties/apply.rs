//! What the changes of a report make of blue's tree, and whether that is green's. Shares nothing
//! with what found the changes.

use driftseal::model::{Change, Edit, Explanation, Path, Step};

use super::generate::Tree;

/// Blue's tree with all changes made: where one removes, nothing is left; where one adds or
/// replaces, what is shown of green stands. Changes of members are made deepest first, so that
/// the members of a list keep their places while they are needed.
pub(crate) fn apply(blue: &Tree, changes: &[Change]) -> Tree {
    let mut tree = blue.clone();
    let order = |edit: Edit| match edit {
        Edit::Replaced => 0,
        Edit::Removed => 1,
        Edit::Added => 2,
    };
    let mut changes: Vec<&Change> = changes.iter().collect();
    changes.sort_by_key(|change| (order(change.edit), std::cmp::Reverse(last_index(change))));
    for change in changes {
        make(&mut tree, &change.at.path.0, change);
    }
    tree
}

/// Where a member without a name stands: those that stand last go first.
fn last_index(change: &Change) -> Option<u32> {
    match change.at.path.0.last() {
        Some(Step::Index(index)) => Some(*index),
        _ => None,
    }
}

fn make(tree: &mut Tree, steps: &[Step], change: &Change) {
    // A text that looks like a number is shown in quotes.
    let shown = change.values.green.as_ref().map(|value| value.0.trim_matches('"').to_owned());
    let shown = shown.map(Tree::Scalar);
    match (tree, steps) {
        // An order that means nothing: nothing to make.
        (Tree::Map(_) | Tree::List(_), [])
            if matches!(change.explanation, Explanation::Representation { .. }) => {}
        (tree, []) => *tree = shown.unwrap_or_else(|| panic!("no value: {change:?}")),
        (Tree::Map(entries), [Step::Key(key)]) if change.edit == Edit::Added => {
            entries.push((key.clone(), shown.unwrap()));
        }
        (Tree::Map(entries), [Step::Key(key)]) if change.edit == Edit::Removed => {
            let before = entries.len();
            entries.retain(|(known, _)| known != key);
            assert!(entries.len() < before, "nothing to remove: {change:?}");
        }
        (Tree::Map(entries), [Step::Key(key), rest @ ..]) => {
            let entry = entries.iter_mut().find(|(known, _)| known == key);
            make(&mut entry.unwrap_or_else(|| panic!("no key: {change:?}")).1, rest, change);
        }
        (Tree::List(items), [_]) if change.edit == Edit::Added => items.push(shown.unwrap()),
        (Tree::List(items), [step]) if change.edit == Edit::Removed => {
            items.remove(member(items, step, change));
        }
        (Tree::List(items), [step, rest @ ..]) => {
            let at = member(items, step, change);
            make(&mut items[at], rest, change);
        }
        (Tree::Scalar(text), [_, ..]) => panic!("nothing below {text}: {change:?}"),
        (tree, steps) => panic!("{steps:?} leads nowhere in {tree:?}: {change:?}"),
    }
}

/// The member of a list that a step names.
pub(crate) fn member(items: &[Tree], step: &Step, change: &Change) -> usize {
    let found = match step {
        Step::Index(index) => Some(*index as usize).filter(|at| *at < items.len()),
        Step::Item(name) => match name.strip_prefix('=') {
            Some(value) => items.iter().position(|item| *item == Tree::Scalar(value.to_owned())),
            None => items.iter().position(|item| has_name(item, name)),
        },
        Step::Key(_) => None,
    };
    found.unwrap_or_else(|| panic!("no member {step:?}: {change:?}"))
}

/// Whether a member has all the fields that its name is made of: `containerPort=80,protocol=TCP`.
fn has_name(item: &Tree, name: &str) -> bool {
    let Tree::Map(entries) = item else { return false };
    name.split(',').all(|field| {
        let (key, value) = field.split_once('=').unwrap();
        let known = entries.iter().find(|(known, _)| known == key);
        // A part of the name that is not written is the default of its field.
        known.is_none_or(|(_, known)| *known == Tree::Scalar(value.to_owned()))
    })
}

/// Whether two trees are the same. The order of a list counts where no change speaks of it or of
/// its members.
pub(crate) fn agree(made: &Tree, green: &Tree, changes: &[Change]) -> bool {
    let places: Vec<&Path> = changes.iter().map(|change| &change.at.path).collect();
    same(made, green, &mut Vec::new(), &places)
}

fn same(made: &Tree, green: &Tree, at: &mut Vec<String>, places: &[&Path]) -> bool {
    match (made, green) {
        (Tree::Scalar(made), green) => {
            // What is long is shown up to a point.
            let whole = shown(green, true);
            made.split_once('…').map_or(*made == whole, |(head, _)| whole.starts_with(head))
        }
        (Tree::Map(made), Tree::Map(green)) => {
            made.len() == green.len()
                && green.iter().all(|(key, green)| {
                    let made = made.iter().find(|(known, _)| known == key);
                    at.push(key.clone());
                    let same = made.is_some_and(|(_, made)| same(made, green, at, places));
                    at.pop();
                    same
                })
        }
        (Tree::List(made), Tree::List(green)) => {
            let is_here = |path: &&&Path| path.0.len() >= at.len() && is_below(path, at);
            // The API server takes the finalizers of an object for a set.
            let is_set = at.last().is_some_and(|key| key == "finalizers");
            let is_free = is_set || places.iter().any(|path| is_here(&path));
            made.len() == green.len()
                && if is_free {
                    matched(made, green, at, places)
                } else {
                    made.iter().zip(green).all(|(made, green)| {
                        at.push("*".to_owned());
                        let same = same(made, green, at, places);
                        at.pop();
                        same
                    })
                }
        }
        (Tree::Map(_) | Tree::List(_), _) => false,
    }
}

/// Whether each member of one list has a partner in the other.
fn matched(made: &[Tree], green: &[Tree], at: &mut Vec<String>, places: &[&Path]) -> bool {
    let mut left: Vec<&Tree> = made.iter().collect();
    at.push("*".to_owned());
    let all = green.iter().all(|green| {
        let partner = left.iter().position(|made| same(made, green, at, places));
        partner.is_some_and(|partner| {
            left.remove(partner);
            true
        })
    });
    at.pop();
    all
}

/// Whether a path leads to a place or further; any member stands for any.
fn is_below(path: &Path, at: &[String]) -> bool {
    at.iter().zip(&path.0).all(|(at, step)| match step {
        Step::Key(key) => at == key,
        Step::Item(_) | Step::Index(_) => at == "*",
    })
}

/// A tree as reports show it.
fn shown(tree: &Tree, outermost: bool) -> String {
    match tree {
        Tree::Scalar(text) if !outermost && text.contains([':', ',', ' ']) => format!("\"{text}\""),
        Tree::Scalar(text) => text.clone(),
        Tree::List(items) => {
            let items: Vec<String> = items.iter().map(|item| shown(item, false)).collect();
            format!("[{}]", items.join(", "))
        }
        Tree::Map(entries) => {
            let entry = |(key, value): &(String, Tree)| format!("{key}: {}", shown(value, false));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

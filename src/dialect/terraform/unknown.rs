//! What a plan cannot say before it is applied. It leaves such a value out wherever it would stand
//! and marks the place in `after_unknown`, with the key or as a whole (hashicorp/terraform
//! v1.9.8, `internal/command/jsonplan/plan.go`, `Change`).

use std::collections::BTreeMap;

use crate::dialect::LeftOut;
use crate::model::{Kind, Node, Scalar, Typing};

/// Every key of a plan under which nothing stands because it is not known yet.
pub(super) fn left_out(plan: Node<'_>) -> LeftOut<'_> {
    let mut found = LeftOut::default();
    let list = |key: &str| plan.get(key).into_iter().flat_map(Node::items);
    let mut changes: BTreeMap<&str, Option<Node<'_>>> = BTreeMap::new();
    for resource in list("resource_changes") {
        let Some(change) = resource.get("change") else { continue };
        of_change(change, &mut found);
        if let Some(address) = resource.text_at(&["address"])
            && resource.get("deposed").is_none()
        {
            // Of two of one address nobody can tell which one is planned.
            let known = changes.contains_key(address);
            changes.insert(address, (!known).then_some(change));
        }
    }
    let outputs = plan.get("output_changes");
    for output in outputs.into_iter().flat_map(Node::entries) {
        of_change(output.value, &mut found);
        let planned = plan.at(&["planned_values", "outputs", output.key.text()]);
        if let Some(planned) = planned.filter(|_| is_open(output.value)) {
            found.insert((planned.span().start, "value"));
        }
    }
    if let Some(root) = plan.at(&["planned_values", "root_module"]) {
        of_module(root, &changes, &mut found);
    }
    found
}

fn of_change<'t>(change: Node<'t>, found: &mut LeftOut<'t>) {
    if is_open(change) {
        found.insert((change.span().start, "after"));
    }
    if let (Some(after), Some(marks)) = (change.get("after"), change.get("after_unknown")) {
        beside(after, marks, found);
    }
}

/// Whether all that comes of a change is open.
fn is_open(change: Node<'_>) -> bool {
    change.get("after_unknown").is_some_and(is_marked)
}

/// The resources of a module and of those below it. Depth is that of the tree.
fn of_module<'t>(
    module: Node<'t>,
    changes: &BTreeMap<&str, Option<Node<'t>>>,
    found: &mut LeftOut<'t>,
) {
    for resource in module.get("resources").into_iter().flat_map(Node::items) {
        let change = resource.text_at(&["address"]).and_then(|address| *changes.get(address)?);
        let marks = change.and_then(|change| change.get("after_unknown"));
        if let (Some(values), Some(marks)) = (resource.get("values"), marks) {
            beside(values, marks, found);
        }
    }
    for below in module.get("child_modules").into_iter().flat_map(Node::items) {
        of_module(below, changes, found);
    }
}

/// What marks say of the values they stand beside. Depth is that of the tree.
fn beside<'t>(values: Node<'t>, marks: Node<'t>, found: &mut LeftOut<'t>) {
    if values.kind() == Kind::List {
        for (value, marks) in values.items().zip(marks.items()) {
            beside(value, marks, found);
        }
        return;
    }
    for mark in marks.entries() {
        if is_marked(mark.value) {
            found.insert((values.span().start, mark.key.text()));
        } else if let Some(value) = values.get(mark.key.text()) {
            beside(value, mark.value, found);
        }
    }
}

/// The marks of a change below its `after_unknown`, by the keys that lead to each: `tags.env`.
pub(in crate::dialect) fn marked(change: Node<'_>) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(marks) = change.get("after_unknown") {
        collect(marks, String::new(), &mut found);
    }
    found
}

/// Depth is that of the tree.
fn collect(marks: Node<'_>, way: String, found: &mut Vec<String>) {
    if is_marked(marks) {
        found.push(way);
        return;
    }
    let below = |key: &str| if way.is_empty() { key.to_owned() } else { format!("{way}.{key}") };
    for entry in marks.entries() {
        collect(entry.value, below(entry.key.text()), found);
    }
    for (index, item) in marks.items().enumerate() {
        collect(item, below(&index.to_string()), found);
    }
}

fn is_marked(marks: Node<'_>) -> bool {
    marks.is_scalar() && Typing::Yaml12.read(marks) == Scalar::Bool(true)
}

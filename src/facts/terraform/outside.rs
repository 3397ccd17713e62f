//! What a plan of Terraform says that is no configuration: what it cannot know before it is
//! applied, and what somebody changed past it.

use super::{DIALECT, Planned};
use crate::dialect::terraform::known_after_apply;
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};
use crate::model::Node;

/// See its `about`.
pub(in crate::facts) static AFTER_APPLY: View = View {
    id: "terraform.after-apply",
    about: "A resource or an output of which a plan knows some values only after it is applied, at \
            `after_unknown`",
    fields: &[
        ("address", "the address of the resource, or output.name"),
        ("attributes", "the keys that lead to each such value: arn, tags.env; `all of it`"),
    ],
    dialects: DIALECT,
    extract: after_apply,
};

/// See its `about`.
pub(in crate::facts) static CHANGED_OUTSIDE: View = View {
    id: "terraform.changed-outside",
    about: "A resource that Terraform found to be other than it had left it (`resource_drift`)",
    fields: &[
        ("address", "the address of the resource"),
        ("action", "what happened to it: update, delete"),
        ("attributes", "the attributes that changed: ingress, tags; `all of it`"),
    ],
    dialects: DIALECT,
    extract: changed_outside,
};

fn after_apply<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let root = document.cursor();
    let resources = Planned::all(document).into_iter();
    let resources = resources.map(|resource| (resource.address.to_owned(), resource.change));
    let outputs = root.get("output_changes").map(|outputs| outputs.entries()).unwrap_or_default();
    let outputs = outputs.into_iter().map(|(name, change)| (format!("output.{name}"), change));
    let open = resources.chain(outputs).filter_map(|(address, change)| {
        let unknown = known_after_apply(change.node);
        let place = change.get("after_unknown").filter(|_| !unknown.is_empty())?;
        Some(place.item_here(fact(address, None, &unknown)))
    });
    open.collect()
}

fn changed_outside<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let changed =
        members(&document.cursor(), "resource_drift").into_iter().filter_map(|resource| {
            let address = resource.text(&["address"])?.to_owned();
            let change = resource.node.get("change")?;
            let actions: Vec<&str> =
                change.get("actions").into_iter().flat_map(Node::items).map(Node::text).collect();
            let fact = fact(address, Some(actions.join(", ")), &changed(change));
            Some(resource.item_here(fact))
        });
    changed.collect()
}

fn members<'t>(root: &Cursor<'t>, list: &str) -> Vec<Cursor<'t>> {
    root.get(list).map(|list| list.items()).unwrap_or_default()
}

/// The attributes that are not before what they are after.
fn changed(change: Node<'_>) -> Vec<String> {
    let side = |key: &str| change.get(key).into_iter().flat_map(Node::entries);
    let other = |key: &str, name: &str| change.get(key).and_then(|map| map.get(name));
    let mut names: Vec<String> = side("before")
        .filter(|entry| {
            other("after", entry.key.text()).is_none_or(|after| after.raw() != entry.value.raw())
        })
        .chain(side("after").filter(|entry| other("before", entry.key.text()).is_none()))
        .map(|entry| entry.key.text().to_owned())
        .collect();
    if change.get("after").is_none_or(Node::is_scalar) {
        names.clear();
    }
    names
}

/// Names nothing where all of it is meant.
fn fact<'t>(address: String, action: Option<String>, attributes: &[String]) -> Fact<'t> {
    let all = attributes.iter().all(String::is_empty);
    let attributes = if all { "all of it".to_owned() } else { attributes.join(", ") };
    Fact::map([
        ("address", Some(Fact::text(address))),
        ("action", action.map(Fact::text)),
        ("attributes", Some(Fact::text(attributes))),
    ])
}

//! What a plan of Terraform is going to do to resources, and what it leaves of them.

use super::cursor::{Cursor, Document};
use super::{Fact, Item, View};
use crate::model::Node;

/// See its `about`.
pub(super) static CHANGE: View = View {
    id: "terraform.change",
    about: "A resource that a plan of Terraform changes, at `change.actions`",
    fields: &[
        ("address", "the address of the resource"),
        ("type", "its type: aws_db_instance"),
        ("actions", "what is done to it: create, update, delete, in that order"),
        ("destroys", "whether what there is of it is deleted, be it to make it again"),
    ],
    dialects: DIALECT,
    extract: changes,
};

/// See its `about`.
pub(super) static PROTECTION: View = View {
    id: "log.protection",
    about: "One protection of a store of logs, as a plan of Terraform leaves it: validation, regions and \
            state of an aws_cloudtrail, the lock of buckets, retention that cannot be shortened in Azure",
    fields: &[
        ("address", "the address of the resource"),
        ("protection", "name of the setting"),
        ("on", "whether it is on"),
    ],
    dialects: DIALECT,
    extract: protections,
};

const DIALECT: &[&str] = &["terraform"];

/// Settings that protect logs, by type (hashicorp/aws 6, hashicorp/azurerm 4).
const PROTECTIONS: [(&str, &str); 6] = [
    ("aws_cloudtrail", "enable_log_file_validation"),
    ("aws_cloudtrail", "is_multi_region_trail"),
    ("aws_cloudtrail", "enable_logging"),
    ("aws_s3_bucket", "object_lock_enabled"),
    ("aws_cloudwatch_log_group", "deletion_protection_enabled"),
    ("azurerm_storage_container_immutability_policy", "locked"),
];

/// A resource of a plan.
pub(super) struct Resource<'t> {
    /// Its address.
    pub(super) address: &'t str,
    /// Its type.
    pub(super) kind: &'t str,
    /// What is done to it.
    pub(super) change: Cursor<'t>,
}

/// The resources of a plan whose types are asked for; all of them where none is.
pub(super) fn resources<'t>(document: &Document<'t>, kinds: &[&str]) -> Vec<Resource<'t>> {
    let list = document.cursor().get("resource_changes");
    let members = list.map(|list| list.items()).unwrap_or_default();
    let one = |member: Cursor<'t>| {
        let kind = member.text(&["type"])?;
        (kinds.is_empty() || kinds.contains(&kind)).then_some(())?;
        Some(Resource { address: member.text(&["address"])?, kind, change: member.get("change")? })
    };
    members.into_iter().filter_map(one).collect()
}

fn changes<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let one = |resource: Resource<'t>| {
        let place = resource.change.get("actions")?;
        let actions: Vec<&str> = place.node.items().map(Node::text).collect();
        (!matches!(actions.as_slice(), [] | ["no-op" | "read"])).then_some(())?;
        let destroys = actions.contains(&"delete");
        let fact = Fact::map([
            ("address", Some(Fact::text(resource.address))),
            ("type", Some(Fact::text(resource.kind))),
            ("actions", Some(Fact::List(actions.into_iter().map(Fact::text).collect()))),
            ("destroys", Some(Fact::Bool(destroys))),
        ]);
        Some(place.item(resource.address, fact))
    };
    resources(document, &[]).into_iter().filter_map(one).collect()
}

fn protections<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let kinds = PROTECTIONS.map(|(kind, _)| kind);
    let mut items = Vec::new();
    for resource in resources(document, &kinds) {
        let Some(after) = resource.change.get("after") else { continue };
        for (kind, key) in PROTECTIONS.iter().filter(|(kind, _)| *kind == resource.kind) {
            let Some(on) = after.flag(&[key]) else { continue };
            let fact = Fact::map([
                ("address", Some(Fact::text(resource.address))),
                ("protection", Some(Fact::text(*key))),
                ("on", Some(Fact::Bool(on))),
            ]);
            let name = format!("{kind} {} {key}", resource.address);
            items.push(after.place(&[key]).item(name, fact));
        }
    }
    items
}

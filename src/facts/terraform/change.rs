//! What a plan of Terraform is going to do to resources.

use super::{DIALECT, Planned};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};
use crate::model::Node;

/// See its `about`.
pub(in crate::facts) static CHANGE: View = View {
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

fn changes<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let one = |resource: Planned<'t>| {
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
    Planned::all(document).into_iter().filter_map(one).collect()
}

//! What browsers may send to a Collector.

use super::{DIALECT, components, pipelines, users};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static CORS: View = View {
    id: "otel.cors",
    about: "An origin whose pages may send to a receiver, or a header they may send along",
    fields: &[
        ("receiver", "id of the receiver"),
        ("part", "origin or header"),
        ("value", "the origin or header as written"),
        ("pipelines", "ids of the pipelines that read from the receiver"),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let pipelines = pipelines(document);
    let mut items = Vec::new();
    for receiver in components(document, "receivers") {
        let used = users(&pipelines, "receivers", receiver.id);
        let protocols = receiver.cursor.get("protocols").map(|map| map.entries());
        for (protocol, cursor) in protocols.unwrap_or_default() {
            for (part, key) in [("origin", "allowed_origins"), ("header", "allowed_headers")] {
                let list = cursor.at(&["cors", key]).map(|list| list.items());
                for member in list.unwrap_or_default() {
                    let value = member.node.text();
                    let fact = Fact::map([
                        ("receiver", Some(Fact::text(receiver.id))),
                        ("part", Some(Fact::text(part))),
                        ("value", Some(Fact::text(value))),
                        (
                            "pipelines",
                            Some(Fact::List(used.iter().map(|id| Fact::text(*id)).collect())),
                        ),
                    ]);
                    let key = format!("{}/{protocol}/{part}/{value}", receiver.key);
                    items.push(member.item(key, fact));
                }
            }
        }
    }
    items
}

//! Components that stand between receivers and exporters, and beside them.

use super::{DIALECT, components, pipelines};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static PART: View = View {
    id: "otel.part",
    about: "One processor, connector or extension of a Collector, where it is defined",
    fields: &[
        ("section", "processors, connectors or extensions"),
        ("type", "its type, under its present name"),
        ("id", "its id as written"),
        ("config", "its configuration as written"),
        ("used", "whether a pipeline names it, or the service starts it"),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let pipelines = pipelines(document);
    let started = document.root.at(&["service", "extensions"]);
    let mut items = Vec::new();
    for section in ["processors", "connectors", "extensions"] {
        for part in components(document, section) {
            let is_used = match section {
                "extensions" => {
                    started.is_some_and(|list| list.items().any(|i| i.text() == part.id))
                }
                "connectors" => {
                    pipelines.iter().any(|pipeline| pipeline.ids("exporters").contains(&part.id))
                }
                _ => pipelines.iter().any(|pipeline| pipeline.ids(section).contains(&part.id)),
            };
            let config = part.cursor.fact().unwrap_or_else(|| Fact::Map(Vec::new()));
            let fact = Fact::map([
                ("section", Some(Fact::text(section))),
                ("type", Some(Fact::text(part.kind))),
                ("id", Some(Fact::text(part.id))),
                ("config", Some(config)),
                ("used", Some(Fact::Bool(is_used))),
            ]);
            items.push(part.cursor.item(format!("{section}/{}", part.key), fact));
        }
    }
    items
}

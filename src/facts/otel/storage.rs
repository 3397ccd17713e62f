//! Where a Collector keeps on disk what it cannot send yet.

use super::{DIALECT, components};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};
use crate::model::Node;

/// See its `about`.
pub(in crate::facts) static STORAGE: View = View {
    id: "otel.storage",
    about: "One file_storage extension of a Collector, at its directory",
    fields: &[
        ("id", "its id: file_storage/queue"),
        ("directory", "where it writes; the default when not said"),
        ("started", "whether the Collector starts it"),
    ],
    dialects: DIALECT,
    extract,
};

/// opentelemetry-collector-contrib v0.153.0, `extension/storage/filestorage/README.md`.
const DIRECTORY: &str = "/var/lib/otelcol/file_storage";

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let started = document.cursor().at(&["service", "extensions"]);
    let started: Vec<&str> =
        started.iter().flat_map(|list| list.node.items()).map(Node::text).collect();
    let all = components(document, "extensions").into_iter();
    all.filter(|extension| extension.kind == "file_storage")
        .map(|extension| {
            let said = extension.cursor.fact_at(&["directory"]);
            let fact = Fact::map([
                ("id", Some(Fact::text(extension.id))),
                ("directory", said.or_else(|| Some(Fact::text(DIRECTORY)))),
                ("started", Some(Fact::Bool(started.contains(&extension.id)))),
            ]);
            extension.cursor.place(&["directory"]).item(extension.id, fact)
        })
        .collect()
}

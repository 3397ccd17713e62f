//! How an SDK's configuration file hands spans to their exporters.

use super::cursor::Document;
use super::names::owner;
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static PROCESSOR: View = View {
    id: "sdk.processor",
    about: "One span processor of an SDK's configuration file",
    fields: &[
        ("owner", "the file or object"),
        ("kind", "batch, simple, or another"),
        ("exporter", "kind of its exporter; absent when it has none"),
    ],
    dialects: &["otel-config"],
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let owner = owner(document);
    let list = document.cursor().at(&["tracer_provider", "processors"]);
    let members = list.map(|list| list.items()).unwrap_or_default();
    let item = |member: super::Cursor<'t>| {
        let (kind, processor) = member.entries().into_iter().next()?;
        let exporter = processor.get("exporter").and_then(|exporter| {
            let (kind, _) = exporter.entries().into_iter().next()?;
            Some(kind)
        });
        let fact = Fact::map([
            ("owner", Some(Fact::text(owner.to_string()))),
            ("kind", Some(Fact::text(kind))),
            ("exporter", exporter.map(Fact::text)),
        ]);
        Some(member.item_here(fact))
    };
    members.into_iter().filter_map(item).collect()
}

//! A collector as a whole.

use super::{DIALECTS, alloy, pipelines};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};
use crate::model::{Node, Scalar};

/// See its `about`.
pub(in crate::facts) static COLLECTOR: View = View {
    id: "otel.collector",
    about: "An OpenTelemetry Collector's configuration as a whole",
    fields: &[
        ("file", "the file it stands in"),
        ("extensions", "extensions that are started"),
        ("pipelines", "ids of its pipelines"),
        ("receivers", "ids of the receivers it defines"),
        ("processors", "ids of the processors it defines"),
        ("exporters", "ids of the exporters it defines"),
        ("connectors", "ids of the connectors it defines"),
        ("emptied", "sections that it names and leaves without a value"),
        ("telemetry", "its own telemetry, as written"),
    ],
    dialects: DIALECTS,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    alloy::collector(document).unwrap_or_else(|| of_collector(document))
}

fn of_collector<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let root = document.cursor();
    let defined = |section: &str| {
        let entries = root.node.get(section);
        let ids = entries.into_iter().flat_map(Node::entries);
        Some(Fact::List(ids.map(|entry| Fact::text(entry.key.text())).collect()))
    };
    let ids = pipelines(document).iter().map(|pipeline| Fact::text(pipeline.id)).collect();
    let sections = ["receivers", "processors", "exporters", "connectors"];
    let is_null = |name: &&str| {
        root.node
            .get(name)
            .is_some_and(|node| node.is_scalar() && document.typing().read(node) == Scalar::Null)
    };
    let emptied = sections.into_iter().filter(is_null).map(Fact::text).collect();
    let extensions = root.fact_at(&["service", "extensions"]);
    let fact = Fact::map([
        ("file", Some(Fact::text(document.file))),
        ("extensions", extensions.or_else(|| Some(Fact::List(Vec::new())))),
        ("pipelines", Some(Fact::List(ids))),
        ("receivers", defined("receivers")),
        ("processors", defined("processors")),
        ("exporters", defined("exporters")),
        ("connectors", defined("connectors")),
        ("emptied", Some(Fact::List(emptied))),
        ("telemetry", root.fact_at(&["service", "telemetry"])),
    ]);
    vec![root.item("collector", fact)]
}

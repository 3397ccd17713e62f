//! What of spans becomes a dimension of metrics: kept as long as metrics are, and read by whoever reads
//! them (contrib v0.124.0: `connector/spanmetricsconnector/config.go`, `servicegraphconnector`,
//! `exceptionsconnector`, `countconnector`).

use super::{DIALECT, components, pipelines, users};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static DIMENSION: View = View {
    id: "otel.dimension",
    about: "An attribute that a connector makes a dimension of metrics",
    fields: &[
        ("connector", "id of the connector"),
        ("name", "name of the attribute"),
        ("pipelines", "ids of the pipelines that feed the connector"),
    ],
    dialects: DIALECT,
    extract,
};

/// Where connectors list attributes, each as a text or as a map with `name`.
const LISTS: [&[&str]; 4] = [
    &["dimensions"],
    &["calls_dimensions"],
    &["histogram", "dimensions"],
    &["events", "dimensions"],
];

/// Where the count connector has metrics by name, each with `attributes`.
const COUNTED: [&str; 5] = ["spans", "spanevents", "metrics", "datapoints", "logs"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    let connectors = components(document, "connectors");
    if connectors.is_empty() {
        return items;
    }
    let pipelines = pipelines(document);
    for connector in connectors {
        let used = users(&pipelines, "exporters", connector.id);
        let fed = || Some(Fact::List(used.iter().map(|id| Fact::text(*id)).collect()));
        for named in names(&connector.cursor) {
            let name = named.node.text();
            let fact = Fact::map([
                ("connector", Some(Fact::text(connector.id))),
                ("name", Some(Fact::text(name))),
                ("pipelines", fed()),
            ]);
            items.push(named.item(format!("{}/{name}", connector.key), fact));
        }
    }
    items
}

/// Where the names of attributes stand.
fn names<'t>(connector: &Cursor<'t>) -> Vec<Cursor<'t>> {
    let mut found = Vec::new();
    for list in LISTS {
        let members = connector.at(list).map(|list| list.items()).unwrap_or_default();
        found.extend(members.into_iter().filter_map(|one| named(one, "name")));
    }
    for kind in COUNTED {
        let metrics = connector.get(kind).map(|metrics| metrics.entries()).unwrap_or_default();
        for (_, metric) in metrics {
            let list = metric.get("attributes").map(|list| list.items()).unwrap_or_default();
            found.extend(list.into_iter().filter_map(|one| named(one, "key")));
        }
    }
    found
}

/// The place of a name: a text itself, or a key of a map.
fn named<'t>(member: Cursor<'t>, key: &str) -> Option<Cursor<'t>> {
    if member.node.is_scalar() { Some(member) } else { member.get(key) }
}

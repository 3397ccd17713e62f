//! What a Collector takes out of the data, and which traces it keeps: one item per measure.

use super::{Component, DIALECT, components, pipelines, type_of, users};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};
use crate::model::Kind;

/// See its `about`.
pub(in crate::facts) static SCRUB: View = View {
    id: "otel.scrub",
    about: "One measure by which a processor removes or masks data: a deleted or hashed attribute, \
            a blocked pattern, a statement",
    fields: &[
        ("processor", "id of the processor"),
        ("type", "its type: redaction, attributes, transform or filter"),
        ("measure", "delete, hash, blocked_values, blocked_key_patterns, trace_statements, …"),
        ("what", "key, pattern or statement"),
        ("pipelines", "ids of the pipelines that use the processor"),
    ],
    dialects: DIALECT,
    extract: scrubs,
};

/// See its `about`.
pub(in crate::facts) static POLICY: View = View {
    id: "otel.policy",
    about: "One policy by which tail sampling keeps traces",
    fields: &[
        ("processor", "id of the processor"),
        ("name", "name of the policy"),
        ("type", "its type: status_code, latency, probabilistic, …"),
        ("policy", "the policy as written"),
        ("alone", "whether no other policy of the processor is of its type"),
        ("pipelines", "ids of the pipelines that use the processor"),
    ],
    dialects: DIALECT,
    extract: policies,
};

fn scrubs<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let pipelines = pipelines(document);
    let mut items = Vec::new();
    for processor in components(document, "processors") {
        let used = users(&pipelines, "processors", processor.id);
        for (measure, what, place) in measures(&processor) {
            let fact = Fact::map([
                ("processor", Some(Fact::text(processor.id))),
                ("type", Some(Fact::text(type_of(processor.id)))),
                ("measure", Some(Fact::text(measure))),
                ("what", Some(Fact::text(what))),
                ("pipelines", Some(Fact::List(used.iter().map(|id| Fact::text(*id)).collect()))),
            ]);
            // A key that is hashed instead of deleted is the same measure, changed.
            let group = if matches!(measure, "delete" | "hash") { "key" } else { measure };
            items.push(place.item(format!("{}/{group}/{what}", processor.id), fact));
        }
    }
    items
}

fn measures<'t>(processor: &Component<'t>) -> Vec<(&'t str, &'t str, Cursor<'t>)> {
    let lists: &[&'static str] = match type_of(processor.id) {
        "attributes" | "resource" => return actions(processor),
        "redaction" => &["blocked_values", "blocked_key_patterns"],
        "transform" => &["trace_statements", "log_statements", "metric_statements"],
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    for list in lists {
        let members = processor.cursor.get(list).map(|list| list.items()).unwrap_or_default();
        for member in members {
            if member.node.is_scalar() {
                found.push((*list, member.node.text(), member));
                continue;
            }
            // `{context: span, statements: [...]}`
            let inner = member.get("statements").map(|inner| inner.items()).unwrap_or_default();
            found.extend(inner.into_iter().map(|place| (*list, place.node.text(), place)));
        }
    }
    found
}

fn actions<'t>(processor: &Component<'t>) -> Vec<(&'t str, &'t str, Cursor<'t>)> {
    let list = ["actions", "attributes"].iter().find_map(|key| processor.cursor.get(key));
    let members = list.map(|list| list.items()).unwrap_or_default();
    members
        .into_iter()
        .filter_map(|member| {
            let action = member.text(&["action"])?;
            let what = member.text(&["key"]).or_else(|| member.text(&["pattern"]))?;
            matches!(action, "delete" | "hash").then_some((action, what, member))
        })
        .collect()
}

fn policies<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let pipelines = pipelines(document);
    let mut items = Vec::new();
    for processor in components(document, "processors") {
        if type_of(processor.id) != "tail_sampling" {
            continue;
        }
        let used = users(&pipelines, "processors", processor.id);
        let list = processor.cursor.get("policies").map(|list| list.items()).unwrap_or_default();
        for policy in list.iter().filter(|policy| policy.node.kind() == Kind::Map) {
            let name = policy.text(&["name"]).unwrap_or_default();
            let kind = policy.text(&["type"]).unwrap_or_default();
            let alike = list.iter().filter(|other| other.text(&["type"]) == Some(kind)).count();
            let fact = Fact::map([
                ("processor", Some(Fact::text(processor.id))),
                ("name", Some(Fact::text(name))),
                ("type", policy.fact_at(&["type"])),
                ("policy", policy.fact()),
                ("alone", Some(Fact::Bool(alike == 1))),
                ("pipelines", Some(Fact::List(used.iter().map(|id| Fact::text(*id)).collect()))),
            ]);
            // The only one that keeps errors, or slow traces, is the same by any name.
            let is_kind = alike == 1 && matches!(kind, "status_code" | "latency");
            let name = if is_kind { format!("type={kind}") } else { name.to_owned() };
            items.push(policy.item(format!("{}/{name}", processor.id), fact));
        }
    }
    items
}

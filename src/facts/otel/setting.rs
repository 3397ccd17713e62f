//! Single settings of a Collector's components that bear on what becomes of spans.

use super::{DIALECT, components, pipelines, present_type, type_of, users};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::names::unresolved;
use crate::facts::{Fact, Item, View};
use crate::model::Kind;

/// See its `about`.
pub(in crate::facts) static SETTING: View = View {
    id: "otel.setting",
    about: "One setting of a Collector's component that bears on what becomes of spans, where it stands or \
            would stand",
    fields: &[
        ("section", "receivers, processors, exporters, connectors or service"),
        ("type", "type of the component, under its present name"),
        ("id", "id of the component as written; service for the service itself"),
        ("setting", "the way to it, joined by dots: sending_queue.enabled"),
        ("raw", "its text as written, or how many members it has; absent when not said"),
        ("value", "its value; absent when not said, unknown when it is resolved elsewhere"),
        ("signals", "what the pipelines that use the component carry"),
    ],
    dialects: DIALECT,
    extract,
};

/// Which settings of components of some types are told; no types are all types.
struct Told {
    section: &'static str,
    types: &'static [&'static str],
    keys: &'static [&'static [&'static str]],
}

/// Names of fields as in opentelemetry-collector and -contrib v0.153.0.
static TOLD: &[Told] = &[
    Told {
        section: "exporters",
        types: &[],
        keys: &[
            &["sending_queue", "enabled"],
            &["retry_on_failure", "enabled"],
            &["sending_queue", "queue_size"],
            &["sending_queue", "sizer"],
            &["sending_queue", "storage"],
            &["retry_on_failure", "max_elapsed_time"],
            &["auth", "authenticator"],
            &["tls", "include_insecure_cipher_suites"],
        ],
    },
    Told { section: "exporters", types: &["datadog"], keys: &[&["api", "site"]] },
    Told { section: "exporters", types: &["awsxray"], keys: &[&["region"]] },
    Told {
        section: "receivers",
        types: &["otlp"],
        keys: &[
            &["protocols", "grpc", "endpoint"],
            &["protocols", "http", "endpoint"],
            &["protocols", "grpc", "max_recv_msg_size_mib"],
            &["protocols", "http", "max_request_body_size"],
            &["protocols", "grpc", "tls", "include_insecure_cipher_suites"],
            &["protocols", "http", "tls", "include_insecure_cipher_suites"],
            &["protocols", "grpc", "tls", "cert_file"],
            &["protocols", "http", "tls", "cert_file"],
        ],
    },
    Told { section: "processors", types: &["resource_detection"], keys: &[&["override"]] },
    Told {
        section: "processors",
        types: &["redaction"],
        keys: &[&["allow_all_keys"], &["redact_all_types"], &["hash_function"]],
    },
    Told { section: "processors", types: &["transform", "filter"], keys: &[&["error_mode"]] },
    Told {
        section: "processors",
        types: &["k8s_attributes"],
        keys: &[&["pod_association"], &["extract", "labels"], &["extract", "annotations"]],
    },
    Told {
        section: "connectors",
        types: &["routing"],
        keys: &[&["default_pipelines"], &["table"]],
    },
    Told { section: "service", types: &[], keys: &[&["telemetry", "metrics", "level"]] },
];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for told in TOLD {
        if told.section == "service" {
            let Some(service) = document.cursor().get("service") else { continue };
            let all = ["traces"].map(Fact::text).to_vec();
            let named = ("service", "service", "service");
            items.extend(told.keys.iter().map(|keys| item(named, &service, keys, all.clone())));
            continue;
        }
        items.extend(of_components(document, told));
    }
    items
}

fn of_components<'t>(document: &Document<'t>, told: &'static Told) -> Vec<Item<'t>> {
    let pipelines = pipelines(document);
    let mut items = Vec::new();
    for component in components(document, told.section) {
        let kind = present_type(told.section, component.id);
        if !told.types.is_empty() && !told.types.contains(&kind) {
            continue;
        }
        let lists: &[&str] = match told.section {
            "connectors" => &["receivers", "exporters"],
            _ => &[told.section],
        };
        let used = lists.iter().flat_map(|list| users(&pipelines, list, component.id));
        let mut signals: Vec<&str> = used.map(type_of).collect();
        signals.sort_unstable();
        signals.dedup();
        let signals: Vec<Fact<'t>> = signals.into_iter().map(Fact::text).collect();
        for keys in told.keys {
            // A protocol that is not opened has no settings.
            let is_open = match keys {
                ["protocols", protocol, ..] => {
                    component.cursor.node.at(&["protocols", protocol]).is_some()
                }
                _ => true,
            };
            if is_open {
                let named = (told.section, kind, component.id);
                let mut item = item(named, &component.cursor, keys, signals.clone());
                item.name = Some(format!("{}/{}/{}", told.section, component.key, keys.join(".")));
                items.push(item);
            }
        }
    }
    items
}

fn item<'t>(
    (section, kind, id): (&'static str, &'t str, &'t str),
    holder: &Cursor<'t>,
    keys: &[&str],
    signals: Vec<Fact<'t>>,
) -> Item<'t> {
    let place = holder.place(keys);
    let said = holder.node.at(keys).filter(|node| node.kind() != Kind::Null);
    let raw = said.map(|node| match node.kind() {
        Kind::List | Kind::Map => Fact::text(format!("{} members", node.items().count())),
        Kind::Plain | Kind::Text | Kind::Number | Kind::Bool | Kind::Null => {
            Fact::text(node.text())
        }
    });
    let value = said.and_then(|node| match unresolved(node.text()) {
        Some(reason) if node.is_scalar() => Some(Fact::Unknown(reason)),
        _ => holder.fact_at(keys),
    });
    let fact = Fact::map([
        ("section", Some(Fact::text(section))),
        ("type", Some(Fact::text(kind))),
        ("id", Some(Fact::text(id))),
        ("setting", Some(Fact::text(keys.join(".")))),
        ("raw", raw),
        ("value", value),
        ("signals", Some(Fact::List(signals))),
    ]);
    place.item(format!("{section}/{id}/{}", keys.join(".")), fact)
}

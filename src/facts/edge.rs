//! Tracing where requests come in: the mesh and the web server.

use super::cursor::Document;
use super::kubernetes::of_kinds;
use super::names::owner;
use super::settings::settings;
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static TRACING: View = View {
    id: "edge.tracing",
    about: "One setting by which a mesh or web server traces requests: Istio's Telemetry, nginx's \
            otel_trace and otel_trace_context, keys and annotations of ingress-nginx",
    fields: &[
        ("owner", "who it belongs to: telemetry/mesh, or the file"),
        ("source", "istio, nginx or ingress-nginx"),
        ("aspect", "sampling, reporting, switch or context"),
        ("value", "the value as text"),
        (
            "level",
            "how much of it is done, in percent: of requests sampled; 0 or 100 for a switch; \
                   0, 50 or 100 for context that is passed on not at all, one way, or both ways",
        ),
    ],
    dialects: &[],
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    if document.syntax == "nginx" {
        return nginx(document);
    }
    let mut items = istio(document);
    items.extend(ingress_nginx(document));
    items
}

/// Keys of the controller's `ConfigMap` and, with a prefix, annotations of an Ingress, each with its
/// aspect (ingress-nginx dbb11b92d, `internal/ingress/controller/config/config.go` and
/// `internal/ingress/annotations/opentelemetry/main.go`).
const INGRESS_NGINX: [(&str, &str); 2] =
    [("enable-opentelemetry", "switch"), ("opentelemetry-trust-incoming-span", "context")];

fn ingress_nginx<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["ConfigMap", "Ingress"]) {
        let (way, prefix): (&[&str], _) = match object.kind {
            "Ingress" => (&["metadata", "annotations"], "nginx.ingress.kubernetes.io/"),
            _ => (&["data"], ""),
        };
        let Some(map) = object.cursor.at(way) else { continue };
        for (key, aspect) in INGRESS_NGINX {
            let Some(place) = map.get(&format!("{prefix}{key}")) else { continue };
            // A span that is not trusted begins a new trace, which is still passed on.
            let off = if aspect == "context" { "50" } else { "0" };
            let level = Fact::number(if place.node.text() == "true" { "100" } else { off });
            items.push(item(&object.owner(), "ingress-nginx", aspect, &place, level));
        }
    }
    items
}

fn istio<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["Telemetry"]) {
        let entries = object.cursor.at(&["spec", "tracing"]).map(|list| list.items());
        for entry in entries.unwrap_or_default() {
            if let Some(place) = entry.get("randomSamplingPercentage") {
                let level = Fact::number(place.node.text());
                items.push(item(&object.owner(), "istio", "sampling", &place, level));
            }
            if let Some(place) = entry.get("disableSpanReporting") {
                let off = entry.flag(&["disableSpanReporting"]).unwrap_or(false);
                let level = Fact::number(if off { "0" } else { "100" });
                items.push(item(&object.owner(), "istio", "reporting", &place, level));
            }
        }
    }
    items
}

fn nginx<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let known = |name: &str| matches!(name, "otel_trace" | "otel_trace_context" | "opentracing");
    let owner = owner(document);
    settings(document, &["trac"], |setting| known(setting.name))
        .iter()
        .map(|setting| {
            let text = setting.text();
            let context = setting.name == "otel_trace_context";
            let level = match text {
                "on" | "propagate" => Fact::number("100"),
                "extract" | "inject" if context => Fact::number("50"),
                "off" | "ignore" => Fact::number("0"),
                _ => Some(Fact::Unknown("a variable decides request by request".to_owned())),
            };
            let aspect = if context { "context" } else { "switch" };
            item(&owner, "nginx", aspect, &setting.place, level)
        })
        .collect()
}

fn item<'t>(
    owner: &str,
    source: &'static str,
    aspect: &'static str,
    place: &super::Cursor<'t>,
    level: Option<Fact<'t>>,
) -> Item<'t> {
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.to_owned()))),
        ("source", Some(Fact::text(source))),
        ("aspect", Some(Fact::text(aspect))),
        ("value", Some(Fact::text(place.node.text()))),
        ("level", level),
    ]);
    place.item_here(fact)
}

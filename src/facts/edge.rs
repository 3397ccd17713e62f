//! Tracing where requests come in: the mesh and the web server.

use super::cursor::{Cursor, Document};
use super::kubernetes::of_kinds;
use super::names::owner;
use super::settings::settings;
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static TRACING: View = View {
    id: "edge.tracing",
    about: "One setting by which a mesh or web server traces requests: Istio's Telemetry, nginx's \
            otel_trace and otel_trace_context, keys and annotations of ingress-nginx; what is not \
            said counts as its default",
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
            let key = format!("{prefix}{key}");
            // A span that is not trusted begins a new trace, which is still passed on; where nothing
            // is said of it, it is trusted.
            let is_context = aspect == "context";
            let said = map.get(&key);
            if said.is_none() && !(is_context && is_traced(&map, prefix)) {
                continue;
            }
            let off = if is_context { "50" } else { "0" };
            let text = said.map_or("true", |said| said.node.text());
            let level = Fact::number(if text == "true" { "100" } else { off });
            let place = map.place(&[&key]);
            items.push(item(&object.owner(), "ingress-nginx", aspect, (&place, text), level));
        }
    }
    items
}

/// Whether an object of ingress-nginx switches tracing on.
fn is_traced(map: &Cursor<'_>, prefix: &str) -> bool {
    map.text(&[&format!("{prefix}enable-opentelemetry")]) == Some("true")
}

/// What stops a proxy of Istio from passing context on.
const CONTEXT: &str = "disableContextPropagation";

fn istio<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["Telemetry"]) {
        let entries = object.cursor.at(&["spec", "tracing"]).map(|list| list.items());
        for entry in entries.unwrap_or_default() {
            if let Some(place) = entry.get("randomSamplingPercentage") {
                let level = Fact::number(place.node.text());
                let said = (&place, place.node.text());
                items.push(item(&object.owner(), "istio", "sampling", said, level));
            }
            if let Some(place) = entry.get("disableSpanReporting") {
                let off = entry.flag(&["disableSpanReporting"]).unwrap_or(false);
                let level = Fact::number(if off { "0" } else { "100" });
                let said = (&place, place.node.text());
                items.push(item(&object.owner(), "istio", "reporting", said, level));
            }
            // Context is passed on unless told otherwise (istio/api b8f8791, `telemetry.proto`).
            let off = entry.flag(&[CONTEXT]).unwrap_or(false);
            let level = Fact::number(if off { "0" } else { "100" });
            let said = if off { "true" } else { "false" };
            let place = entry.place(&[CONTEXT]);
            items.push(item(&object.owner(), "istio", "context", (&place, said), level));
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
            item(&owner, "nginx", aspect, (&setting.place(), text), level)
        })
        .chain(silent(&document.cursor(), &owner, &mut Vec::new(), 0))
        .collect()
}

/// Blocks of nginx that are traced and say nothing about context, nor does one around them: then it
/// is ignored (nginxinc/nginx-otel 22d6380, README).
fn silent<'t>(
    block: &Cursor<'t>,
    owner: &str,
    said: &mut Vec<bool>,
    depth: usize,
) -> Vec<Item<'t>> {
    const CONTEXT: &str = "otel_trace_context";
    let says = block.node.get(CONTEXT).is_some();
    let mut items = Vec::new();
    let is_traced = block.text(&["otel_trace"]).is_some_and(|text| text != "off");
    if is_traced && !says && !said.contains(&true) {
        let place = block.place(&[CONTEXT]);
        let level = Fact::number("0");
        items.push(item(owner, "nginx", "context", (&place, "ignore"), level));
    }
    if depth < BLOCKS_MAX {
        said.push(says);
        for (_, inner) in block.entries().into_iter().filter(|(_, inner)| !inner.node.is_scalar()) {
            items.extend(silent(&inner, owner, said, depth + 1));
        }
        said.pop();
    }
    items
}

/// How deep blocks of nginx stand in each other: `http`, `server`, `location` in `location`, `if`.
const BLOCKS_MAX: usize = 16;

fn item<'t>(
    owner: &str,
    source: &'static str,
    aspect: &'static str,
    (place, value): (&Cursor<'t>, &'t str),
    level: Option<Fact<'t>>,
) -> Item<'t> {
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.to_owned()))),
        ("source", Some(Fact::text(source))),
        ("aspect", Some(Fact::text(aspect))),
        ("value", Some(Fact::text(value))),
        ("level", level),
    ]);
    place.item_here(fact)
}

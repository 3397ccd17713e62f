//! How Istio traces: the providers of a mesh, which of them are used, and its release.

use super::istio::roots;
use super::{DIALECT, of_kinds};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static PROVIDER: View = View {
    id: "istio.provider",
    about: "One provider of tracing that a mesh defines",
    fields: &[
        ("owner", "the object: istiooperator/mesh, configmap/istio"),
        ("name", "its name"),
        ("kind", "zipkin, opentelemetry, datadog, …"),
        ("writes", "formats its proxies pass context on in; absent when not known"),
    ],
    dialects: &[],
    extract: providers,
};

/// See its `about`.
pub(in crate::facts) static USED: View = View {
    id: "istio.tracing",
    about: "A provider of tracing that a Telemetry names",
    fields: &[
        ("owner", "the object: telemetry/mesh"),
        ("namespace", "the object's namespace; absent when it names none"),
        ("provider", "the name of the provider"),
        ("selector", "whether it is only about some workloads of its namespace"),
    ],
    dialects: DIALECT,
    extract: used,
};

/// See its `about`.
pub(in crate::facts) static RELEASE: View = View {
    id: "istio.release",
    about: "The release of Istio that an IstioOperator installs",
    fields: &[
        ("owner", "the object: istiooperator/mesh"),
        ("tag", "the release as written"),
        ("minor", "the second part of its number, of 1.25.0 the 25; absent when it is none"),
        ("opencensus", "whether its proxies are told to trace by OpenCensus"),
    ],
    dialects: DIALECT,
    extract: releases,
};

/// Formats by kind: Zipkin's tracer writes B3 as several headers, and W3C's beside it where told so;
/// that of OpenTelemetry W3C's only (istio/api b8f8791, `mesh/v1alpha1/config.proto`; envoy
/// data-plane-api 84e8436, `zipkin.proto`).
fn formats(kind: &str, option: Option<&str>) -> Option<Fact<'static>> {
    let formats: &[&'static str] = match (kind, option) {
        ("zipkin", Some("USE_B3_WITH_W3C_PROPAGATION")) => &["b3multi", "tracecontext"],
        ("zipkin", _) => &["b3multi"],
        ("opentelemetry", _) => &["tracecontext"],
        _ => return None,
    };
    Some(Fact::List(formats.iter().map(|format| Fact::text(*format)).collect()))
}

fn providers<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for root in roots(document) {
        let list = root.config.get("extensionProviders");
        for provider in list.map(|list| list.items()).unwrap_or_default() {
            let name = provider.text(&["name"]);
            let kind = provider.node.entries().map(|entry| entry.key.text()).find(|k| *k != "name");
            let (Some(name), Some(kind)) = (name, kind) else { continue };
            let fact = Fact::map([
                ("owner", Some(Fact::text(root.owner.clone()))),
                ("name", Some(Fact::text(name))),
                ("kind", Some(Fact::text(kind))),
                ("writes", formats(kind, provider.text(&[kind, "traceContextOption"]))),
            ]);
            items.push(provider.item(format!("{}/{name}", root.owner), fact));
        }
    }
    items
}

fn used<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["Telemetry"]) {
        let owner = object.owner();
        let namespace = object.namespace;
        let is_narrow = ["selector", "targetRefs", "targetRef"]
            .iter()
            .any(|key| object.cursor.node.at(&["spec", key]).is_some());
        let entries = object.cursor.at(&["spec", "tracing"]).map(|list| list.items());
        for (index, entry) in entries.unwrap_or_default().into_iter().enumerate() {
            let list = entry.place(&["providers"]);
            for provider in list.items().into_iter().take(1) {
                let name = provider.text(&["name"]).unwrap_or_default();
                let fact = Fact::map([
                    ("owner", Some(Fact::text(owner.clone()))),
                    ("namespace", (!namespace.is_empty()).then(|| Fact::text(namespace))),
                    ("provider", Some(Fact::text(name))),
                    ("selector", Some(Fact::Bool(is_narrow))),
                ]);
                items.push(list.item(format!("{owner}/{index}"), fact));
            }
        }
    }
    items
}

fn releases<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["IstioOperator"]) {
        let Some(tag) = object.cursor.at(&["spec", "tag"]) else { continue };
        let text = tag.node.text();
        let minor = text.strip_prefix("1.").and_then(|rest| Fact::number(rest.split('.').next()?));
        let tracing = ["spec", "meshConfig", "defaultConfig", "tracing", "openCensusAgent"];
        let fact = Fact::map([
            ("owner", Some(Fact::text(object.owner()))),
            ("tag", Some(Fact::text(text))),
            ("minor", minor),
            ("opencensus", Some(Fact::Bool(object.cursor.node.at(&tracing).is_some()))),
        ]);
        items.push(tag.item(object.owner(), fact));
    }
    items
}

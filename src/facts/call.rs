//! Whom a traced process calls.

use std::collections::BTreeSet;

use super::cursor::Document;
use super::endpoint::{is_loopback, parse};
use super::names::unresolved;
use super::process::processes;
use super::sdk::each;
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static CALL: View = View {
    id: "process.call",
    about: "A host that a process with settings of tracing is told to call, by a URL among its \
            variables",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("namespace", "the object's namespace; absent when it names none"),
        ("settings", "who holds the settings: deployment/pay/app, or a file"),
        ("name", "the variable"),
        ("host", "the host, in lower case"),
    ],
    dialects: &[],
    extract,
};

/// Schemes in whose requests context travels as headers.
const SCHEMES: [&str; 3] = ["http", "https", "grpc"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut traced = BTreeSet::new();
    each(document, |settings| {
        traced.insert(settings.process.key());
    });
    let mut items = Vec::new();
    for process in processes(document).iter().filter(|process| traced.contains(&process.key())) {
        for variable in &process.variables {
            let told = variable.known().filter(|_| variable.setting.is_none());
            // Most say no URL.
            let told = told.filter(|text| text.contains("://"));
            let Some(parts) = told.and_then(parse) else { continue };
            let scheme = parts.scheme.map(str::to_ascii_lowercase).unwrap_or_default();
            let is_followed = SCHEMES.contains(&scheme.as_str())
                && !is_loopback(parts.host)
                && unresolved(parts.host).is_none()
                && !is_of_tracing(variable.name);
            if !is_followed {
                continue;
            }
            let fact = Fact::map([
                ("owner", Some(Fact::text(process.owner.clone()))),
                (
                    "namespace",
                    (!process.namespace.is_empty()).then(|| Fact::text(process.namespace)),
                ),
                ("settings", Some(Fact::text(process.key()))),
                ("name", Some(Fact::text(variable.name))),
                ("host", Some(Fact::text(parts.host.to_lowercase()))),
            ]);
            items.push(variable.place.item(format!("{}/{}", process.key(), variable.name), fact));
        }
    }
    items
}

/// Whether a variable says where telemetry goes, whose exporter carries no context.
fn is_of_tracing(name: &str) -> bool {
    // Nor does a proxy, through which requests go, call anybody.
    let is_proxy = name.to_ascii_uppercase().ends_with("_PROXY");
    let of_others = ["DD_", "JAEGER_", "ELASTIC_APM_", "PYROSCOPE_", "SENTRY_"];
    is_proxy || of_others.iter().any(|mark| name.starts_with(mark))
}

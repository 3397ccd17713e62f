//! Headers that spans carry: tenants and credentials, by their names and, of secrets, their fingerprints.

use super::collector::Collector;
use super::exporter::Exporter;
use super::read::{members, text};
use crate::facts::Fact;
use crate::model::{Header, Secret, TracePath, secrets_in};

/// Headers that name a tenant: Tempo's and Mimir's (grafana/tempo, `docs/sources/tempo/operations//// manage-advanced-systems/multitenancy.md`), Jaeger's default (jaegertracing/jaeger,
/// `internal/tenancy/manager.go`), Honeycomb's.
const TENANTS: [&str; 3] = ["x-scope-orgid", "x-tenant", "x-honeycomb-dataset"];

/// Headers as settings have them: a map, or a list of names and values. Sorted by name.
pub(super) fn headers(said: Option<&Fact<'_>>) -> Vec<Header> {
    let mut found: Vec<Header> = match said {
        Some(Fact::Map(fields)) => {
            fields.iter().map(|(name, value)| header(name, Some(value))).collect()
        }
        list => {
            let one = |one: &Fact<'_>| {
                Some(header(&text(one, "name").or_else(|| text(one, "key"))?, one.get("value")))
            };
            members(list).filter_map(one).collect()
        }
    };
    found.sort();
    found
}

/// The headers that an exporter sends: its own, and those of the extension that says who it is
/// (opentelemetry-collector-contrib v0.153.0, `extension/headerssetterextension`).
pub(super) fn carried(collector: &Collector, exporter: &Exporter) -> Vec<Header> {
    let mut found = exporter.headers.clone();
    let Some(id) = &exporter.authenticator else { return found };
    let part = collector.parts.iter().find(|part| part.section == "extensions" && part.id == *id);
    if let Some(part) = part.filter(|part| part.kind == "headers_setter") {
        found.extend(headers(part.config.get("headers")));
    } else {
        let (name, value) = ("authorization".to_owned(), format!("by the extension {id}"));
        found.push(Header { name, value });
    }
    found.sort();
    found
}

fn header(name: &str, value: Option<&Fact<'_>>) -> Header {
    let value = match value {
        Some(Fact::Text(text)) => shown(text),
        Some(Fact::Number(number)) => number.as_str().to_owned(),
        Some(Fact::Bool(value)) => value.to_string(),
        Some(Fact::Secret(secret)) => secret.shown(),
        Some(Fact::Unknown(reason)) => format!("not known: {reason}"),
        Some(Fact::List(_) | Fact::Map(_)) | None => "not known: it is said elsewhere".to_owned(),
    };
    Header { name: name.to_lowercase(), value }
}

/// A text with its secrets as people are shown them.
fn shown(text: &str) -> String {
    let mut out = String::new();
    let mut done = 0;
    for range in secrets_in(text) {
        let secret = text.get(range.clone()).and_then(Secret::parse);
        let Some(secret) = secret.filter(|_| range.start >= done) else { continue };
        out.push_str(text.get(done..range.start).unwrap_or_default());
        out.push_str(&secret.shown());
        done = range.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// The tenants that the hops of a way name, one after the other; nothing of one whose name is not known.
pub(super) fn tenants(path: &TracePath) -> Vec<(&str, &str)> {
    let all = path.hops.iter().flat_map(|hop| &hop.headers);
    let named = all.filter(|header| TENANTS.contains(&header.name.as_str()));
    let known = named.filter(|header| !header.value.starts_with("not known"));
    known.map(|header| (header.name.as_str(), header.value.as_str())).collect()
}

//! Receivers and exporters: how data comes in and goes out.

use super::{Component, DIALECT, DIALECTS, alloy, components, pipelines, type_of, users};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static EXPORTER: View = View {
    id: "otel.exporter",
    about: "One exporter of a Collector",
    fields: &[
        ("id", "its id: otlp/tempo"),
        ("type", "its type, under its present name"),
        ("endpoint", "its endpoint as written; absent when it has none"),
        ("encrypted", "whether TLS is used; absent when it has no endpoint"),
        ("pipelines", "ids of the pipelines that send to it"),
        ("signals", "what they carry"),
        ("tls", "its tls section as written"),
        ("config", "its configuration as written"),
    ],
    dialects: DIALECTS,
    extract: |document| alloy::exporters(document).unwrap_or_else(|| exporters(document)),
};

/// See its `about`.
pub(in crate::facts) static DELIVERY: View = View {
    id: "otel.delivery",
    about: "What an exporter does for data it cannot send at once, at the setting that says so",
    fields: &[
        ("exporter", "id of the exporter"),
        ("type", "its type, under its present name"),
        ("part", "sending_queue or retry_on_failure"),
        ("enabled", "whether it is on"),
        ("pipelines", "ids of the pipelines that send to it"),
    ],
    dialects: DIALECT,
    extract: deliveries,
};

/// See its `about`.
pub(in crate::facts) static RECEIVER: View = View {
    id: "otel.receiver",
    about: "One receiver of a Collector; a receiver with protocols is one item for each of them",
    fields: &[
        ("id", "its id: otlp"),
        ("type", "its type, under its present name"),
        ("protocol", "grpc, http, …; absent when it has no protocols"),
        ("endpoint", "where it listens; absent when the default holds"),
        ("tls", "whether it has a certificate of its own"),
        ("mtls", "whether it asks callers for a certificate"),
        ("auth", "authenticator; absent when none"),
        ("traces_path", "the path it takes spans at over HTTP; absent when the default holds"),
        ("compressions", "compressions it takes over HTTP; absent when the default holds"),
        ("pipelines", "ids of the pipelines that read from it"),
        ("config", "its configuration as written; that of the protocol, where it has one"),
    ],
    dialects: DIALECTS,
    extract: |document| alloy::receivers(document).unwrap_or_else(|| receivers(document)),
};

fn list<'t>(words: &[&'t str]) -> Fact<'t> {
    Fact::List(words.iter().map(|word| Fact::text(*word)).collect())
}

fn exporters<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let pipelines = pipelines(document);
    components(document, "exporters")
        .iter()
        .map(|exporter| {
            let used = users(&pipelines, "exporters", exporter.id);
            let mut signals: Vec<&str> = used.iter().map(|id| type_of(id)).collect();
            signals.sort_unstable();
            signals.dedup();
            let hop = hop(exporter);
            let fact = Fact::map([
                ("id", Some(Fact::text(exporter.id))),
                ("type", Some(Fact::text(exporter.kind))),
                ("endpoint", exporter.cursor.fact_at(&["endpoint"])),
                ("encrypted", hop.map(|(_, encrypted, _)| Fact::Bool(encrypted))),
                ("pipelines", Some(list(&used))),
                ("signals", Some(list(&signals))),
                ("tls", exporter.cursor.fact_at(&["tls"])),
                ("config", exporter.cursor.fact()),
            ]);
            exporter.cursor.item(exporter.key.clone(), fact)
        })
        .collect()
}

fn deliveries<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let pipelines = pipelines(document);
    let mut items = Vec::new();
    for exporter in components(document, "exporters") {
        let used = users(&pipelines, "exporters", exporter.id);
        for part in ["sending_queue", "retry_on_failure"] {
            // Not said is on: exporterhelper's default.
            let enabled = exporter.cursor.fact_at(&[part, "enabled"]).or(Some(Fact::Bool(true)));
            let fact = Fact::map([
                ("exporter", Some(Fact::text(exporter.id))),
                ("type", Some(Fact::text(exporter.kind))),
                ("part", Some(Fact::text(part))),
                ("enabled", enabled),
                ("pipelines", Some(list(&used))),
            ]);
            let place = exporter.cursor.place(&[part, "enabled"]);
            items.push(place.item(format!("{}/{part}", exporter.key), fact));
        }
    }
    items
}

fn receivers<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let pipelines = pipelines(document);
    let mut items = Vec::new();
    for receiver in components(document, "receivers") {
        let used = users(&pipelines, "receivers", receiver.id);
        let protocols = receiver.cursor.get("protocols").map(|map| map.entries());
        let Some(protocols) = protocols else {
            items.push(receiver_item(&receiver, None, &receiver.cursor, &used));
            continue;
        };
        for (protocol, cursor) in protocols {
            items.push(receiver_item(&receiver, Some(protocol), &cursor, &used));
        }
    }
    items
}

fn receiver_item<'t>(
    receiver: &Component<'t>,
    protocol: Option<&'t str>,
    cursor: &Cursor<'t>,
    used: &[&'t str],
) -> Item<'t> {
    let said = |keys: &[&[&str]]| keys.iter().any(|way| cursor.node.at(way).is_some());
    // A section that is filled in from elsewhere has one, for all that is known.
    let is_filled = cursor.text(&["tls"]).is_some_and(|text| !text.is_empty());
    let own = is_filled || said(&[&["tls", "cert_file"], &["tls", "cert_pem"]]);
    let asks = said(&[&["tls", "client_ca_file"], &["tls", "client_ca_pem"]]);
    let fact = Fact::map([
        ("id", Some(Fact::text(receiver.id))),
        ("type", Some(Fact::text(receiver.kind))),
        ("protocol", protocol.map(Fact::text)),
        ("endpoint", cursor.fact_at(&["endpoint"])),
        ("tls", Some(Fact::Bool(own))),
        ("mtls", Some(Fact::Bool(own && asks))),
        ("auth", cursor.fact_at(&["auth", "authenticator"])),
        ("traces_path", cursor.fact_at(&["traces_url_path"])),
        ("compressions", cursor.fact_at(&["compression_algorithms"])),
        ("pipelines", Some(list(used))),
        ("config", cursor.fact()),
    ]);
    cursor.item(format!("{}/{}", receiver.key, protocol.unwrap_or_default()), fact)
}

/// Endpoint, encryption, and the keys of the setting that decides. For gRPC that is `insecure`: a
/// scheme of `http` does not turn TLS off (configgrpc), unless a CA turns it on again (configtls).
/// For HTTP it is the scheme (confighttp). opentelemetry-collector v0.153.0.
fn hop<'t>(exporter: &Component<'t>) -> Option<(&'t str, bool, &'static [&'static str])> {
    let config = exporter.cursor.node;
    let endpoint = config.text_at(&["endpoint"])?;
    if exporter.kind == "otlp_grpc" {
        let insecure = exporter.cursor.flag(&["tls", "insecure"]).unwrap_or(false);
        let authority = ["ca_file", "ca_pem"].iter().any(|key| config.at(&["tls", key]).is_some());
        let encrypted = !insecure || authority || endpoint.starts_with("https://");
        return Some((endpoint, encrypted, &["tls", "insecure"]));
    }
    let scheme = endpoint.split_once("://")?.0;
    Some((endpoint, scheme.eq_ignore_ascii_case("https"), &["endpoint"]))
}

/// The exports of a Collector: id, endpoint, whether encrypted, and the setting that decides.
pub(in crate::facts) fn hops<'t>(
    document: &Document<'t>,
) -> Vec<(&'t str, &'t str, bool, Cursor<'t>)> {
    components(document, "exporters")
        .iter()
        .filter_map(|exporter| {
            let (endpoint, encrypted, way) = hop(exporter)?;
            Some((exporter.id, endpoint, encrypted, exporter.cursor.place(way)))
        })
        .collect()
}

//! Grafana Alloy as a Collector: receivers, and the ways on which their spans reach exporters.
//!
//! What a pipeline says in one place, Alloy says component by component: each names what gets its
//! output. Every way from a receiver to where it forks or ends is told as one pipeline of traces.

use std::collections::BTreeMap;

use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item};

/// How many components lie on one way at most.
const DEPTH_MAX: usize = 16;

/// How many ways one configuration has at most.
const WAYS_MAX: usize = 256;

/// Types of exporters that the Collector knows by another name.
const EXPORTERS: [(&str, &str); 3] =
    [("otlp", "otlp_grpc"), ("otlphttp", "otlp_http"), ("loadbalancing", "load_balancing")];

/// The components of a configuration by the name that references use.
struct Wiring<'t> {
    components: BTreeMap<String, Component<'t>>,
}

/// One component.
struct Component<'t> {
    /// Its key: `otelcol.exporter.otlp "tempo"`.
    key: &'t str,
    /// `receiver`, `processor`, `exporter`, `connector`, …
    class: &'t str,
    /// `otlp`
    kind: &'t str,
    cursor: Cursor<'t>,
}

/// One way of spans.
struct Way<'t> {
    id: String,
    receiver: &'t str,
    processors: Vec<&'t str>,
    exporters: Vec<String>,
    connectors: Vec<&'t str>,
    end: Cursor<'t>,
}

impl<'t> Wiring<'t> {
    fn of(document: &Document<'t>) -> Option<Self> {
        if document.dialect.id() != "alloy" {
            return None;
        }
        let mut components = BTreeMap::new();
        for (key, cursor) in document.cursor().entries() {
            let Some((path, label)) = key.split_once(' ') else { continue };
            let mut parts = path.splitn(3, '.');
            let (Some("otelcol"), Some(class), Some(kind)) =
                (parts.next(), parts.next(), parts.next())
            else {
                continue;
            };
            let name = format!("{path}.{}", label.trim_matches('"'));
            components.insert(name, Component { key, class, kind, cursor });
        }
        Some(Self { components })
    }

    fn class(&self, class: &str) -> impl Iterator<Item = &Component<'t>> {
        self.components.values().filter(move |component| component.class == class)
    }

    /// What gets a component's spans: names of components, and texts that name none.
    fn consumers(component: &Component<'t>) -> Vec<&'t str> {
        let Some(list) = component.cursor.node.at(&["output", "traces"]) else { return Vec::new() };
        let reference = |text: &'t str| {
            let inner = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
            inner.map_or(text, |inner| inner.strip_suffix(".input").unwrap_or(inner))
        };
        if list.is_scalar() {
            return vec![reference(list.text())];
        }
        list.items().map(|item| reference(item.text())).collect()
    }

    fn ways(&self) -> Vec<Way<'t>> {
        let mut ways = Vec::new();
        for receiver in self.class("receiver") {
            self.follow(receiver, receiver, &mut Vec::new(), &mut ways);
        }
        ways
    }

    /// Follows one component's spans. No deeper than [`DEPTH_MAX`].
    fn follow(
        &self,
        receiver: &Component<'t>,
        at: &Component<'t>,
        passed: &mut Vec<&'t str>,
        ways: &mut Vec<Way<'t>>,
    ) {
        let consumers = Self::consumers(at);
        if passed.len() >= DEPTH_MAX || ways.len() >= WAYS_MAX {
            return;
        }
        if at.class == "receiver" && consumers.is_empty() {
            return;
        }
        let mut way = Way {
            id: String::new(),
            receiver: receiver.key,
            processors: passed.clone(),
            exporters: Vec::new(),
            connectors: Vec::new(),
            end: at.cursor.clone(),
        };
        let mut onward = Vec::new();
        for name in &consumers {
            match self.components.get(*name) {
                Some(next) if next.class == "exporter" => way.exporters.push(next.key.to_owned()),
                Some(next) if next.class == "connector" => way.connectors.push(next.key),
                Some(next) if passed.contains(&next.key) => way.exporters.push(next.key.to_owned()),
                Some(next) => onward.push(next),
                // A module, or an expression: what it does is not known here.
                None => way.exporters.push((*name).to_owned()),
            }
        }
        if onward.is_empty() || !way.exporters.is_empty() || !way.connectors.is_empty() {
            way.id = format!("traces/{}", ways.len());
            ways.push(way);
        }
        for next in onward {
            passed.push(next.key);
            self.follow(receiver, next, passed, ways);
            passed.pop();
        }
    }
}

fn list<'t>(words: impl Iterator<Item = String>) -> Fact<'t> {
    Fact::List(words.map(Fact::text).collect())
}

/// The configuration as a whole.
pub(super) fn collector<'t>(document: &Document<'t>) -> Option<Vec<Item<'t>>> {
    let wiring = Wiring::of(document)?;
    if wiring.components.is_empty() {
        return Some(Vec::new());
    }
    let keys = |class: &str| {
        let keys: Vec<String> = wiring.class(class).map(|one| one.key.to_owned()).collect();
        list(keys.into_iter())
    };
    let fact = Fact::map([
        ("file", Some(Fact::text(document.file))),
        ("extensions", Some(Fact::List(Vec::new()))),
        ("pipelines", Some(list(wiring.ways().into_iter().map(|way| way.id)))),
        ("receivers", Some(keys("receiver"))),
        ("processors", Some(keys("processor"))),
        ("exporters", Some(keys("exporter"))),
        ("connectors", Some(keys("connector"))),
    ]);
    Some(vec![document.cursor().item("collector", fact)])
}

/// Receivers, one item for each of their protocols.
pub(super) fn receivers<'t>(document: &Document<'t>) -> Option<Vec<Item<'t>>> {
    let wiring = Wiring::of(document)?;
    let ways = wiring.ways();
    let mut items = Vec::new();
    for receiver in wiring.class("receiver") {
        let own: Vec<String> = ways
            .iter()
            .filter(|way| way.receiver == receiver.key)
            .map(|way| way.id.clone())
            .collect();
        let holder = receiver.cursor.get("protocols").unwrap_or_else(|| receiver.cursor.clone());
        let mut doors: Vec<(Option<&str>, Cursor<'t>)> = Vec::new();
        for (key, cursor) in holder.entries() {
            if PROTOCOLS.contains(&key) {
                doors.push((Some(key), cursor));
            }
        }
        if doors.is_empty() {
            doors.push((None, receiver.cursor.clone()));
        }
        for (protocol, cursor) in doors {
            let said = |keys: &[&[&str]]| keys.iter().any(|way| cursor.node.at(way).is_some());
            let tls = said(&[&["tls", "cert_file"], &["tls", "cert_pem"]]);
            let asks = said(&[&["tls", "client_ca_file"], &["tls", "client_ca_pem"]]);
            let fact = Fact::map([
                ("id", Some(Fact::text(receiver.key))),
                ("type", Some(Fact::text(receiver.kind))),
                ("protocol", protocol.map(Fact::text)),
                ("endpoint", value(&cursor, "endpoint")),
                ("tls", Some(Fact::Bool(tls))),
                ("mtls", Some(Fact::Bool(tls && asks))),
                ("auth", value(&cursor, "auth")),
                ("traces_path", value(&cursor, "traces_url_path")),
                ("pipelines", Some(list(own.clone().into_iter()))),
            ]);
            items.push(
                cursor.item(format!("{}/{}", receiver.key, protocol.unwrap_or_default()), fact),
            );
        }
    }
    Some(items)
}

/// Blocks by which a receiver opens a port.
const PROTOCOLS: [&str; 6] =
    ["grpc", "http", "thrift_http", "thrift_compact", "thrift_binary", "thrift_grpc"];

/// A value as written; an expression is known to be there, and no more.
fn value<'t>(cursor: &Cursor<'t>, key: &str) -> Option<Fact<'t>> {
    let place = cursor.get(key)?;
    let text = place.node.text();
    if text.starts_with("${") {
        return Some(Fact::Unknown(format!("{key} is computed while it runs")));
    }
    place.fact()
}

/// Exporters, with the settings of their `client` block.
pub(super) fn exporters<'t>(document: &Document<'t>) -> Option<Vec<Item<'t>>> {
    let wiring = Wiring::of(document)?;
    let ways = wiring.ways();
    let item = |exporter: &Component<'t>| {
        let own = ways.iter().filter(|way| way.exporters.iter().any(|key| key == exporter.key));
        let own: Vec<String> = own.map(|way| way.id.clone()).collect();
        let known = EXPORTERS.iter().find(|(kind, _)| *kind == exporter.kind);
        let kind = known.map_or(exporter.kind, |(_, name)| name);
        let client = exporter.cursor.get("client").unwrap_or_else(|| exporter.cursor.clone());
        let endpoint = value(&client, "endpoint");
        let insecure = client.flag(&["tls", "insecure"]).unwrap_or(false);
        let authority =
            ["ca_file", "ca_pem"].iter().any(|key| client.node.at(&["tls", key]).is_some());
        let encrypted = match (&endpoint, kind) {
            (Some(Fact::Text(text)), "otlp_grpc") => {
                Some(!insecure || authority || text.starts_with("https://"))
            }
            (Some(Fact::Unknown(_)), "otlp_grpc") => Some(!insecure || authority),
            (Some(Fact::Text(text)), _) => {
                text.split_once("://").map(|(scheme, _)| scheme == "https")
            }
            _ => None,
        };
        let fact = Fact::map([
            ("id", Some(Fact::text(exporter.key))),
            ("type", Some(Fact::text(kind))),
            ("endpoint", endpoint),
            ("encrypted", encrypted.map(Fact::Bool)),
            ("signals", (!own.is_empty()).then(|| Fact::List(vec![Fact::text("traces")]))),
            ("pipelines", Some(list(own.into_iter()))),
            ("tls", client.fact_at(&["tls"])),
            ("config", exporter.cursor.fact()),
        ]);
        exporter.cursor.item(exporter.key, fact)
    };
    Some(wiring.class("exporter").map(item).collect())
}

/// Ways as pipelines of traces.
pub(super) fn pipelines<'t>(document: &Document<'t>) -> Option<Vec<Item<'t>>> {
    let wiring = Wiring::of(document)?;
    let component = |key: &str| {
        let known = wiring.components.values().find(|one| one.key == key);
        Fact::map([
            ("type", Some(Fact::text(known.map_or("", |one| one.kind)))),
            ("id", Some(Fact::text(key.to_owned()))),
            ("config", known.and_then(|one| one.cursor.fact())),
        ])
    };
    let item = |way: Way<'t>| {
        let texts = |keys: &[&str]| list(keys.iter().map(|key| (*key).to_owned()));
        let fact = Fact::map([
            ("id", Some(Fact::text(way.id.clone()))),
            ("signal", Some(Fact::text("traces"))),
            ("receivers", Some(texts(&[way.receiver]))),
            (
                "processors",
                Some(Fact::List(way.processors.iter().map(|key| component(key)).collect())),
            ),
            (
                "exporters",
                Some(Fact::List(way.exporters.iter().map(|key| component(key)).collect())),
            ),
            ("connectors", Some(texts(&way.connectors))),
        ]);
        way.end.item(way.id, fact)
    };
    Some(wiring.ways().into_iter().map(item).collect())
}

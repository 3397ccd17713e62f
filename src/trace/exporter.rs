//! Exporters of a collector: where each sends spans, and as what.

use super::anchor::{At, Places};
use super::carried::headers;
use super::facts::Said;
use super::read::{flag, members, number, said, text};
use crate::facts::Fact;
use crate::model::{Header, Transport};

/// What spans are sent as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Format {
    /// OTLP, over `grpc` or `http`; absent when the sender decides while it runs.
    Otlp(Option<&'static str>),
    /// Zipkin's.
    Zipkin,
    /// Jaeger's: `thrift_compact` or `thrift_http`.
    Jaeger(&'static str),
    /// Datadog's.
    Datadog,
}

impl Format {
    /// The format that settings name as their protocol; nothing where they name one of OTLP.
    pub(super) fn named(protocol: &str) -> Option<Self> {
        match protocol {
            "zipkin" => Some(Self::Zipkin),
            "jaeger/thrift_compact" => Some(Self::Jaeger("thrift_compact")),
            "jaeger/thrift_http" => Some(Self::Jaeger("thrift_http")),
            "datadog" => Some(Self::Datadog),
            _ => None,
        }
    }

    /// The format that a receiver of a type takes over a protocol.
    pub(super) fn received(kind: &str, protocol: Option<&str>) -> Option<Self> {
        match (kind, protocol) {
            ("otlp", Some("grpc")) => Some(Self::Otlp(Some("grpc"))),
            ("otlp", Some("http")) => Some(Self::Otlp(Some("http"))),
            ("zipkin", _) => Some(Self::Zipkin),
            ("jaeger", Some("grpc")) => Some(Self::Jaeger("grpc")),
            ("jaeger", Some("thrift_http")) => Some(Self::Jaeger("thrift_http")),
            ("datadog", _) => Some(Self::Datadog),
            _ => None,
        }
    }

    /// Whether it comes in packets, over UDP.
    pub(super) fn is_of_packets(&self) -> bool {
        *self == Self::Jaeger("thrift_compact")
    }

    /// What it is called.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Otlp(_) => "otlp",
            Self::Zipkin => "zipkin",
            Self::Jaeger(_) => "jaeger",
            Self::Datadog => "datadog",
        }
    }

    /// The protocol of several that it comes over; nothing where there is one, or it is not known.
    pub(super) const fn protocol(&self) -> Option<&'static str> {
        match self {
            Self::Otlp(protocol) => *protocol,
            Self::Jaeger(protocol) => Some(*protocol),
            Self::Zipkin | Self::Datadog => None,
        }
    }
}

/// What an exporter does with spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sink {
    /// Sends them to what may be another collector.
    Forward(Format),
    /// Hands them to a store, or to a vendor's service.
    Store,
    /// Puts them into a queue that others read.
    Queue,
    /// Shows them and forgets them.
    Nothing,
}

/// One exporter.
#[derive(Debug, Clone)]
pub(super) struct Exporter {
    /// Its id as written.
    pub(super) id: String,
    /// Its type, under its present name.
    pub(super) kind: String,
    /// How much a debug exporter prints.
    pub(super) verbosity: Option<String>,
    /// What it does.
    pub(super) sink: Sink,
    /// Where it sends: endpoints as written.
    pub(super) destinations: Vec<Said<String>>,
    /// How it compresses what it sends over HTTP.
    pub(super) compression: Option<String>,
    /// The proxy that it sends through, over HTTP.
    pub(super) proxy: Option<String>,
    /// Whether the way there is encrypted.
    pub(super) transport: Transport,
    /// The path it posts spans to, where that is known.
    pub(super) path: Option<String>,
    /// Whether it shows a credential, or sends headers that may be one; absent where that is not known.
    pub(super) authenticated: Option<bool>,
    /// Headers that it is told to send.
    pub(super) headers: Vec<Header>,
    /// The extension that says who it is.
    pub(super) authenticator: Option<String>,
    /// Whether no pipeline of any signal sends to it.
    pub(super) is_idle: bool,
    /// Whether it asks the API server of its cluster for those that take spans.
    pub(super) asks_cluster: bool,
    /// How it spreads spans over those that take them.
    pub(super) spread: Spread,
    /// Where it is defined.
    pub(super) at: At,
    /// Where it says how it spreads spans.
    pub(super) at_spread: Vec<At>,
}

/// How an exporter spreads spans over those that take them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spread {
    /// As they come.
    None,
    /// Over hosts that it finds itself, all spans of one key to one of them.
    Balanced {
        /// `traceID`, `service` and others.
        key: String,
        /// Whether it finds the hosts behind the name it is given by asking for addresses.
        by_dns: bool,
    },
    /// Over the parts of a topic.
    Topic {
        /// Its name.
        name: String,
        /// Whether all spans of a trace get to one part.
        by_trace: bool,
    },
}

/// The topic of traces where none is said.
pub(super) const TOPIC: &str = "otlp_spans";

/// Reads an item of the view of exporters. Types and fields as in opentelemetry-collector-contrib
/// v0.153.0.
pub(super) fn read(fact: &Fact<'_>, at: &Places<'_>) -> Exporter {
    let kind = text(fact, "type").unwrap_or_default();
    let config = fact.get("config");
    let get = |keys: &[&str]| keys.iter().try_fold(config?, |fact, key| fact.get(key));
    let endpoint = || said(fact.get("endpoint"));
    let encrypted = flag(fact.get("encrypted"));
    let mut transport = encrypted
        .map_or(Transport::Unknown, |yes| if yes { Transport::Tls } else { Transport::Clear });
    let mut path = None;
    let (sink, destinations) = match kind.as_str() {
        "otlp_grpc" | "otelarrow" => (forward(Some("grpc")), vec![endpoint()]),
        "otlp_http" => {
            let specific = said(get(&["traces_endpoint"]));
            if let Said::Yes(url) = &specific {
                transport = by_scheme(url);
            }
            let chosen = if specific == Said::No { endpoint() } else { specific.clone() };
            path = posted(&specific, &endpoint());
            (forward(Some("http")), vec![chosen])
        }
        "load_balancing" => {
            // Alloy has a block for what is common to clients.
            let tls = get(&["protocol", "otlp", "tls"])
                .or_else(|| get(&["protocol", "otlp", "client", "tls"]));
            let insecure = flag(tls.and_then(|tls| tls.get("insecure"))).unwrap_or(false);
            let clear = insecure && tls.and_then(|tls| tls.get("ca_file")).is_none();
            transport = if clear { Transport::Clear } else { Transport::Tls };
            (forward(Some("grpc")), balanced(get(&["resolver"])))
        }
        "zipkin" => (Sink::Forward(Format::Zipkin), vec![endpoint()]),
        "kafka" | "pulsar" | "rabbitmq" => (Sink::Queue, Vec::new()),
        "debug" | "logging" | "nop" => (Sink::Nothing, Vec::new()),
        "file" if matches!(get(&["path"]), Some(Fact::Text(path)) if path == "/dev/null") => {
            (Sink::Nothing, Vec::new())
        }
        _ => {
            let first = members(get(&["endpoints"])).next();
            let chosen = if endpoint() == Said::No { said(first) } else { endpoint() };
            (Sink::Store, vec![chosen])
        }
    };
    let authenticated = authenticated(config, matches!(sink, Sink::Forward(_)));
    let proxy = config.and_then(|config| text(config, "proxy_url"));
    let headers = headers(get(&["headers"]));
    let authenticator = get(&["auth"]).and_then(|auth| text(auth, "authenticator"));
    let id = text(fact, "id").unwrap_or_default();
    let is_idle = members(fact.get("pipelines")).next().is_none();
    let spread = spread(&kind, config);
    let asks_cluster = kind == "load_balancing" && get(&["resolver", "k8s"]).is_some();
    let at_spread = spread.places(at);
    let (verbosity, compression) = (verbosity(&kind, config), compression(&kind, config));
    Exporter {
        id,
        kind,
        verbosity,
        compression,
        proxy,
        asks_cluster,
        sink,
        destinations,
        transport,
        path,
        authenticated,
        headers,
        authenticator,
        is_idle,
        spread,
        at: at(&[]),
        at_spread,
    }
}

impl Spread {
    /// Where it is said.
    fn places(&self, at: &Places<'_>) -> Vec<At> {
        match self {
            Self::None => Vec::new(),
            Self::Balanced { .. } => vec![at(&["routing_key"]), at(&["resolver"])],
            Self::Topic { .. } => vec![at(&["partition_traces_by_id"])],
        }
    }
}

/// Whether an exporter shows a credential, or sends headers that may be one; not known of those that have
/// settings of their own for it.
fn authenticated(config: Option<&Fact<'_>>, is_plain: bool) -> Option<bool> {
    let get = |keys: &[&str]| keys.iter().try_fold(config?, |fact, key| fact.get(key));
    let has = |keys: &[&str]| match get(keys) {
        Some(Fact::Map(fields)) => !fields.is_empty(),
        other => other.is_some(),
    };
    let shows = [&["auth", "authenticator"][..], &["headers"], &["api", "key"], &["token"]];
    Some(shows.iter().any(|keys| has(keys))).filter(|yes| *yes || is_plain)
}

/// How much an exporter prints, if it prints.
fn verbosity(kind: &str, config: Option<&Fact<'_>>) -> Option<String> {
    (kind == "debug").then(|| match config.and_then(|config| config.get("verbosity")) {
        Some(Fact::Text(text)) => text.to_lowercase(),
        _ => "basic".to_owned(),
    })
}

/// How an exporter over HTTP compresses: by gzip where nothing else is said
/// (`exporter/otlphttpexporter/factory.go`).
fn compression(kind: &str, config: Option<&Fact<'_>>) -> Option<String> {
    (kind == "otlp_http").then(|| match config.and_then(|config| config.get("compression")) {
        Some(Fact::Text(text)) if text == "none" => String::new(),
        Some(Fact::Text(text)) => text.to_string(),
        _ => "gzip".to_owned(),
    })
}

/// Topics and keys as in opentelemetry-collector-contrib v0.153.0 (`kafkaexporter`,
/// `loadbalancingexporter`).
fn spread(kind: &str, config: Option<&Fact<'_>>) -> Spread {
    let get = |keys: &[&str]| keys.iter().try_fold(config?, |fact, key| fact.get(key));
    let said = |keys: &[&str]| {
        let Fact::Text(text) = get(keys)? else { return None };
        Some(text.to_string())
    };
    match kind {
        "load_balancing" => Spread::Balanced {
            key: said(&["routing_key"]).unwrap_or_else(|| "traceID".to_owned()),
            by_dns: get(&["resolver", "dns"]).is_some() && get(&["resolver", "k8s"]).is_none(),
        },
        "kafka" => Spread::Topic {
            name: said(&["traces", "topic"])
                .or_else(|| said(&["topic"]))
                .unwrap_or_else(|| TOPIC.to_owned()),
            // In Jaeger's encodings the id of the trace is the key in any case.
            by_trace: flag(get(&["partition_traces_by_id"])).unwrap_or(false)
                || [&["traces", "encoding"][..], &["encoding"]]
                    .iter()
                    .any(|way| said(way).is_some_and(|name| name.starts_with("jaeger"))),
        },
        _ => Spread::None,
    }
}

/// The path of an exporter over HTTP: `/v1/traces` is added to the endpoint of all signals, and
/// nothing to that of traces (otlphttpexporter v0.153.0).
fn posted(specific: &Said<String>, general: &Said<String>) -> Option<String> {
    let path = |url: &str| {
        let (_, rest) = url.split_once("://")?;
        Some(rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default().to_owned())
    };
    match (specific, general) {
        (Said::Yes(url), _) => {
            Some(path(url)?).map(|p| if p.is_empty() { "/".to_owned() } else { p })
        }
        (Said::No, Said::Yes(url)) => {
            Some(format!("{}/v1/traces", path(url)?.trim_end_matches('/')))
        }
        (Said::No, Said::No | Said::Unknown(_)) | (Said::Unknown(_), _) => None,
    }
}

fn forward(protocol: Option<&'static str>) -> Sink {
    Sink::Forward(Format::Otlp(protocol))
}

fn by_scheme(url: &str) -> Transport {
    match url.split_once("://") {
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("https") => Transport::Tls,
        Some(_) => Transport::Clear,
        None => Transport::Unknown,
    }
}

/// The endpoints of a load balancing exporter, whose resolvers speak OTLP on 4317 unless told.
fn balanced(resolver: Option<&Fact<'_>>) -> Vec<Said<String>> {
    let get = |keys: &[&str]| keys.iter().try_fold(resolver?, |fact, key| fact.get(key));
    let with_port = |host: Said<String>, port: u16| match host {
        Said::Yes(host) if !host.contains(':') => Said::Yes(format!("{host}:{port}")),
        host @ (Said::Yes(_) | Said::No | Said::Unknown(_)) => host,
    };
    let fixed: Vec<Said<String>> = members(get(&["static", "hostnames"]))
        .map(|host| with_port(said(Some(host)), 4317))
        .collect();
    if !fixed.is_empty() {
        return fixed;
    }
    if let Some(host) = get(&["dns", "hostname"]) {
        let port = number(get(&["dns", "port"])).unwrap_or(4317);
        return vec![with_port(said(Some(host)), port)];
    }
    if let Some(service) = get(&["k8s", "service"]) {
        let port = members(get(&["k8s", "ports"])).find_map(|port| number(Some(port)));
        return vec![with_port(said(Some(service)), port.unwrap_or(4317))];
    }
    vec![Said::Unknown("its resolver is asked while it runs".to_owned())]
}

#[cfg(test)]
mod tests {
    use super::{Format, Sink, read};
    use crate::facts::Fact;
    use crate::model::Transport;
    use crate::trace::facts::Said;

    fn map<'t>(fields: Vec<(&'static str, Fact<'t>)>) -> Fact<'t> {
        Fact::map(fields.into_iter().map(|(key, value)| (key, Some(value))))
    }

    #[test]
    fn a_balancer_sends_to_every_host_it_names() {
        let hosts = Fact::List(vec![Fact::text("a"), Fact::text("b:4320")]);
        let resolver = map(vec![("static", map(vec![("hostnames", hosts)]))]);
        let fact = map(vec![
            ("id", Fact::text("load_balancing")),
            ("type", Fact::text("load_balancing")),
            ("config", map(vec![("resolver", resolver)])),
        ]);
        let exporter = read(&fact, &|_| None);
        assert_eq!(exporter.sink, Sink::Forward(Format::Otlp(Some("grpc"))));
        let hosts = ["a:4317", "b:4320"].map(|host| Said::Yes(host.to_owned()));
        assert_eq!(exporter.destinations, hosts);
        assert_eq!(exporter.transport, Transport::Tls);
    }

    #[test]
    fn the_endpoint_for_traces_is_the_one_that_counts() {
        let config = map(vec![("traces_endpoint", Fact::text("http://t:4318/v1/traces"))]);
        let fact = map(vec![
            ("id", Fact::text("otlp_http")),
            ("type", Fact::text("otlp_http")),
            ("endpoint", Fact::text("https://x:4318")),
            ("encrypted", Fact::Bool(true)),
            ("config", config),
        ]);
        let exporter = read(&fact, &|_| None);
        assert_eq!(exporter.destinations, [Said::Yes("http://t:4318/v1/traces".to_owned())]);
        assert_eq!(exporter.transport, Transport::Clear);
    }
}

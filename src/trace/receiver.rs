//! One receiver of a collector: where it listens, and what it asks of those who come.

use super::anchor::At;
use super::door::Door;
use super::facts::Said;
use super::host::{is_loopback, split_port};

/// One receiver, or one protocol of it.
#[derive(Debug, Clone)]
pub(super) struct Receiver {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) protocol: Option<String>,
    /// Where it listens; absent when that cannot be told.
    pub(super) port: Option<u16>,
    /// The address it listens on, as written; empty when nothing is said.
    pub(super) host: String,
    /// Whether it listens on the machine itself only.
    pub(super) bind: Bind,
    pub(super) pipelines: Vec<String>,
    /// Topics of a queue that it reads.
    pub(super) topics: Vec<String>,
    /// What it asks of those who come.
    pub(super) asks: Asks,
    /// Where it stands.
    pub(super) at: At,
    /// Where it says, or would say, where it listens.
    pub(super) at_endpoint: At,
    /// How it tells who calls.
    pub(super) door: Door,
}

/// What a receiver asks of those who come.
#[derive(Debug, Clone, Default)]
pub(super) struct Asks {
    /// The path it takes spans at over HTTP, unless it is the usual one.
    pub(super) path: Option<Said<String>>,
    /// Whether it has a certificate of its own, and so takes TLS only.
    pub(super) tls: bool,
    /// Whether it asks for a certificate.
    pub(super) certificate: bool,
    /// Whether it asks for a credential.
    pub(super) credential: bool,
}

/// Whether a receiver listens on its machine only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bind {
    /// It is said to.
    Local,
    /// It is said not to, or nobody here can tell.
    Open,
    /// As the version of its collector has it.
    Default,
}

impl Receiver {
    /// Whether some pipeline reads from it, and it takes connections rather than packets.
    pub(super) fn listens(&self) -> bool {
        const KINDS: [&str; 5] = ["otlp", "otelarrow", "zipkin", "jaeger", "datadog"];
        let packets = ["thrift_compact", "thrift_binary"];
        let is_open = !self.pipelines.is_empty() && KINDS.contains(&self.kind.as_str());
        is_open && !packets.iter().any(|packet| self.protocol.as_deref() == Some(packet))
    }

    /// The port at which it and another one cannot both listen.
    pub(super) fn clashes(&self, other: &Self) -> Option<u16> {
        let is_every = |host: &str| matches!(host, "0.0.0.0" | "::");
        let same = self.host == other.host || is_every(&self.host) || is_every(&other.host);
        self.port.filter(|port| other.port == Some(*port) && same)
    }

    /// Where it says, or would say, where it listens.
    pub(super) const fn at_endpoint(&self) -> &At {
        &self.at_endpoint
    }

    /// What people call it.
    pub(super) fn title(&self) -> String {
        let protocol =
            self.protocol.as_deref().map_or_else(String::new, |name| format!(" ({name})"));
        format!("the receiver {}{protocol}", self.id)
    }

    /// Makes one of what its configuration says. Default ports: opentelemetry-collector and
    /// opentelemetry-collector-contrib v0.153.0.
    pub(super) fn new(
        id: &str,
        kind: &str,
        protocol: Option<String>,
        endpoint: Said<String>,
        pipelines: Vec<String>,
        (at, at_endpoint): (At, At),
        (topics, door): (Vec<String>, Door),
    ) -> Self {
        let (port, host, bind) = match endpoint {
            Said::No => {
                let port = match (kind, protocol.as_deref()) {
                    ("otlp" | "otelarrow", Some("grpc")) => Some(4317),
                    ("otlp", Some("http")) => Some(4318),
                    ("zipkin", _) => Some(9411),
                    ("jaeger", Some("grpc")) => Some(14250),
                    ("jaeger", Some("thrift_http")) => Some(14268),
                    ("jaeger", Some("thrift_compact")) => Some(6831),
                    ("jaeger", Some("thrift_binary")) => Some(6832),
                    ("datadog", _) => Some(8126),
                    _ => None,
                };
                (port, String::new(), Bind::Default)
            }
            Said::Yes(endpoint) => {
                let (host, port) = split_port(&endpoint);
                let bind = if is_loopback(host) { Bind::Local } else { Bind::Open };
                (port.and_then(|port| port.parse().ok()), host.to_owned(), bind)
            }
            Said::Unknown(_) => (None, String::new(), Bind::Open),
        };
        let (id, kind) = (id.to_owned(), kind.to_owned());
        let asks = Asks::default();
        Self {
            id,
            kind,
            protocol,
            port,
            host,
            bind,
            pipelines,
            topics,
            asks,
            at,
            at_endpoint,
            door,
        }
    }

    /// Whether it listens on its machine only because a variable is not given that says otherwise:
    /// `${env:HOST:-localhost}:4317`.
    pub(super) fn is_local_for(&self, given: Option<&[String]>) -> bool {
        let reference = self.host.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        let Some((name, otherwise)) = reference.and_then(|text| text.split_once(":-")) else {
            return false;
        };
        let name = name.strip_prefix("env:").unwrap_or(name);
        let is_given = |given: &[String]| given.iter().any(|known| known == name);
        is_loopback(otherwise) && given.is_some_and(|given| !is_given(given))
    }

    /// Whether it may take spans that are posted to a path.
    pub(super) fn serves(&self, path: &str) -> bool {
        if self.kind != "otlp" || self.protocol.as_deref() != Some("http") {
            return true;
        }
        match &self.asks.path {
            None | Some(Said::No) => path.trim_end_matches('/') == "/v1/traces",
            Some(Said::Yes(own)) => path == own,
            Some(Said::Unknown(_)) => true,
        }
    }
}

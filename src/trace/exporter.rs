//! Exporters of a collector: where each sends spans, and as what.

use super::anchor::At;
use super::facts::{Said, flag, members, number, said, text};
use crate::facts::Fact;
use crate::model::Transport;

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
    /// What it does.
    pub(super) sink: Sink,
    /// Where it sends: endpoints as written.
    pub(super) destinations: Vec<Said<String>>,
    /// Whether the way there is encrypted.
    pub(super) transport: Transport,
    /// Whether no pipeline of any signal sends to it.
    pub(super) is_idle: bool,
    /// Where it is defined.
    pub(super) at: At,
}

/// Reads an item of the view of exporters. Types and fields as in opentelemetry-collector-contrib
/// v0.153.0.
pub(super) fn read(fact: &Fact<'_>, at: At) -> Exporter {
    let kind = text(fact, "type").unwrap_or_default();
    let config = fact.get("config");
    let get = |keys: &[&str]| keys.iter().try_fold(config?, |fact, key| fact.get(key));
    let endpoint = || said(fact.get("endpoint"));
    let encrypted = flag(fact.get("encrypted"));
    let mut transport = encrypted
        .map_or(Transport::Unknown, |yes| if yes { Transport::Tls } else { Transport::Clear });
    let (sink, destinations) = match kind.as_str() {
        "otlp_grpc" | "otelarrow" => (forward(Some("grpc")), vec![endpoint()]),
        "otlp_http" => {
            let specific = said(get(&["traces_endpoint"]));
            if let Said::Yes(url) = &specific {
                transport = by_scheme(url);
            }
            let chosen = if specific == Said::No { endpoint() } else { specific };
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
        _ => {
            let first = members(get(&["endpoints"])).next();
            let chosen = if endpoint() == Said::No { said(first) } else { endpoint() };
            (Sink::Store, vec![chosen])
        }
    };
    let id = text(fact, "id").unwrap_or_default();
    let is_idle = members(fact.get("pipelines")).next().is_none();
    Exporter { id, sink, destinations, transport, is_idle, at }
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
        let exporter = read(&fact, None);
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
        let exporter = read(&fact, None);
        assert_eq!(exporter.destinations, [Said::Yes("http://t:4318/v1/traces".to_owned())]);
        assert_eq!(exporter.transport, Transport::Clear);
    }
}

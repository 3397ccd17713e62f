//! One collector: how spans enter it, and the pipelines they enter.

use std::collections::BTreeSet;

use super::anchor::At;
use super::exporter::{Exporter, Format, Sink};
use super::facts::Said;
use super::fault::Fault;
use super::host::{is_loopback, split_port};

/// Where a collector's configuration lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Home {
    /// In a `ConfigMap`, under a key.
    ConfigMap { namespace: String, name: String, key: String },
    /// In an `OpenTelemetryCollector` resource.
    Resource { namespace: String, name: String },
    /// In a file of its own.
    File,
}

/// A collector as its configuration describes it.
#[derive(Debug, Clone)]
pub(super) struct Collector {
    pub(super) home: Home,
    /// The file it stands in.
    pub(super) file: String,
    /// What people call it: `configmap/otel-gateway`, or the file.
    pub(super) name: String,
    pub(super) receivers: Vec<Receiver>,
    pub(super) exporters: Vec<Exporter>,
    /// Those that carry traces.
    pub(super) pipelines: Vec<Pipeline>,
    /// Ids of processors that remove or mask data.
    pub(super) scrubbing: BTreeSet<String>,
    /// Section and id of every component it defines, and of every extension it starts.
    pub(super) components: Vec<(&'static str, String)>,
    pub(super) at: At,
}

/// One receiver, or one protocol of it.
#[derive(Debug, Clone)]
pub(super) struct Receiver {
    id: String,
    kind: String,
    protocol: Option<String>,
    /// Where it listens; absent when that cannot be told.
    port: Option<u16>,
    /// Whether it listens on the machine itself only.
    bind: Bind,
    pipelines: Vec<String>,
    /// Where it stands.
    at: At,
    /// Where it says, or would say, where it listens.
    at_endpoint: At,
}

/// Whether a receiver listens on its machine only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bind {
    /// It is said to.
    Local,
    /// It is said not to, or nobody here can tell.
    Open,
    /// As the version of its collector has it.
    Default,
}

/// One pipeline of traces.
#[derive(Debug, Clone)]
pub(super) struct Pipeline {
    pub(super) id: String,
    pub(super) receivers: Vec<String>,
    pub(super) processors: Vec<String>,
    pub(super) exporters: Vec<String>,
    pub(super) connectors: Vec<String>,
    pub(super) at: At,
    /// Where its receivers are named.
    pub(super) at_receivers: At,
    /// Where its exporters are named.
    pub(super) at_exporters: At,
}

/// Spans at the door of a collector.
#[derive(Debug, Clone)]
pub(super) struct Arrival {
    /// What they are sent as.
    pub(super) format: Format,
    /// The port of the collector they come to; absent when that cannot be told.
    pub(super) port: Option<u16>,
    /// Whether they come from another pod or machine.
    pub(super) is_remote: bool,
    /// Whether something that was not read may map ports on the way.
    pub(super) may_be_mapped: bool,
    /// Whether the collector there listens on its machine only, where nothing else is said.
    pub(super) is_local_by_default: bool,
    /// Where the image of the collector there is named.
    pub(super) at_image: At,
}

impl Collector {
    pub(super) fn new(home: Home, file: &str) -> Self {
        let name = match &home {
            Home::ConfigMap { name, .. } => format!("configmap/{name}"),
            Home::Resource { name, .. } => format!("opentelemetrycollector/{name}"),
            Home::File => file.to_owned(),
        };
        Self {
            home,
            file: file.to_owned(),
            name,
            receivers: Vec::new(),
            exporters: Vec::new(),
            pipelines: Vec::new(),
            scrubbing: BTreeSet::new(),
            components: Vec::new(),
            at: None,
        }
    }

    /// Whether a processor removes or masks data.
    pub(super) fn scrubs(&self, processor: &str) -> bool {
        let kind = processor.split('/').next().unwrap_or(processor);
        kind == "redaction" || self.scrubbing.contains(processor)
    }

    /// The pipelines that spans enter, by index.
    ///
    /// # Errors
    /// Why they enter none: they are lost here.
    pub(super) fn enter(&self, arrival: &Arrival) -> Result<Vec<usize>, Fault> {
        let name = arrival.format.name();
        let kinds: &[&str] = match &arrival.format {
            Format::Otlp(_) => &["otlp", "otelarrow"],
            Format::Zipkin | Format::Jaeger(_) | Format::Datadog => &[name],
        };
        let receivers: Vec<&Receiver> = self
            .receivers
            .iter()
            .filter(|receiver| kinds.contains(&receiver.kind.as_str()))
            .collect();
        if receivers.is_empty() {
            let reason = format!("it has no {name} receiver");
            return Err(self.fault("no-receiver", name, reason).at(&self.at));
        }
        let doors = self.doors(&receivers, arrival, name)?;
        let is_local = |receiver: &&Receiver| match receiver.bind {
            Bind::Local => true,
            Bind::Open => false,
            Bind::Default => receiver.kind == "otlp" && arrival.is_local_by_default,
        };
        if arrival.is_remote && doors.iter().all(is_local) {
            let by_default = doors.iter().any(|receiver| receiver.bind == Bind::Default);
            let why = if by_default { ", the default of its version" } else { "" };
            let reason = format!("its {name} receiver listens on the machine itself only{why}");
            let here = doors.iter().filter_map(|receiver| receiver.at_endpoint.as_ref());
            return Err(self.fault("bind-local", name, reason).at(here).at(&arrival.at_image));
        }
        let fed = |pipeline: &Pipeline| {
            doors.iter().any(|receiver| receiver.pipelines.contains(&pipeline.id))
        };
        let entered: Vec<usize> = self
            .pipelines
            .iter()
            .enumerate()
            .filter(|(_, pipeline)| fed(pipeline))
            .map(|(index, _)| index)
            .collect();
        if entered.is_empty() {
            let ids: BTreeSet<&str> = doors.iter().map(|receiver| receiver.id.as_str()).collect();
            let ids = ids.into_iter().collect::<Vec<&str>>().join(", ");
            let reason = format!("its receiver {ids} is in no traces pipeline");
            let lists = self.pipelines.iter().filter_map(|pipeline| pipeline.at_receivers.as_ref());
            let defined = doors.iter().filter_map(|receiver| receiver.at.as_ref());
            return Err(self.fault("receiver-unwired", &ids, reason).at(lists).at(defined));
        }
        Ok(entered)
    }

    /// Something that is wrong with a part of it.
    pub(super) fn fault(&self, kind: &'static str, part: &str, reason: String) -> Fault {
        Fault::new(kind, format!("{} {part}", self.name), reason)
    }

    /// The receivers that listen where spans come, and understand them.
    fn doors<'r>(
        &self,
        receivers: &[&'r Receiver],
        arrival: &Arrival,
        name: &str,
    ) -> Result<Vec<&'r Receiver>, Fault> {
        let listening = || receivers.iter().filter_map(|receiver| receiver.at_endpoint.as_ref());
        let mut doors = receivers.to_vec();
        if let Some(port) = arrival.port {
            doors.retain(|receiver| receiver.port.is_none_or(|known| known == port));
            if doors.is_empty() && arrival.may_be_mapped {
                doors = receivers.to_vec();
            }
            if doors.is_empty() {
                let reason = format!("it has no {name} receiver on port {port}");
                return Err(self.fault("port-closed", name, reason).at(listening()));
            }
        }
        let Some(protocol) = arrival.format.protocol() else { return Ok(doors) };
        let spoken: BTreeSet<String> =
            doors.iter().filter_map(|receiver| receiver.protocol.clone()).collect();
        doors.retain(|receiver| receiver.protocol.as_deref().is_none_or(|own| own == protocol));
        if doors.is_empty() {
            let spoken: Vec<String> = spoken.into_iter().collect();
            let at = arrival.port.map_or_else(String::new, |port| format!(" on port {port}"));
            let reason = format!(
                "spans come as {name} over {protocol}{at}, where it takes only {}",
                spoken.join(", ")
            );
            return Err(self.fault("protocol-mismatch", name, reason).at(listening()));
        }
        Ok(doors)
    }

    /// The pipelines of traces that read from a connector.
    pub(super) fn fed_by(&self, connector: &str) -> impl Iterator<Item = usize> {
        self.pipelines
            .iter()
            .enumerate()
            .filter(move |(_, pipeline)| pipeline.receivers.iter().any(|id| id == connector))
            .map(|(index, _)| index)
    }

    /// Why a pipeline of traces lets spans out nowhere.
    pub(super) fn why_closed(&self, pipeline: &Pipeline) -> String {
        let id = &pipeline.id;
        let mut reason = if !pipeline.exporters.is_empty() {
            format!(
                "pipeline {id} sends only to {}, which keeps nothing",
                pipeline.exporters.join(", ")
            )
        } else if pipeline.connectors.is_empty() {
            format!("pipeline {id} has no exporter")
        } else {
            let fed = pipeline.connectors.join(", ");
            format!("pipeline {id} has no exporter left, only a connector to other signals: {fed}")
        };
        let idle: Vec<&str> = self
            .exporters
            .iter()
            .filter(|exporter| exporter.is_idle && matches!(exporter.sink, Sink::Forward(_)))
            .map(|exporter| exporter.id.as_str())
            .collect();
        if !idle.is_empty() {
            let idle = idle.join(", ");
            reason.push_str("; defined, but in no pipeline: ");
            reason.push_str(&idle);
        }
        reason
    }
}

impl Receiver {
    /// Makes one of what its configuration says. Default ports: opentelemetry-collector and
    /// opentelemetry-collector-contrib v0.153.0.
    pub(super) fn new(
        id: &str,
        kind: &str,
        protocol: Option<String>,
        endpoint: Said<String>,
        pipelines: Vec<String>,
        (at, at_endpoint): (At, At),
    ) -> Self {
        let (port, bind) = match endpoint {
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
                (port, Bind::Default)
            }
            Said::Yes(endpoint) => {
                let (host, port) = split_port(&endpoint);
                let bind = if is_loopback(host) { Bind::Local } else { Bind::Open };
                (port.and_then(|port| port.parse().ok()), bind)
            }
            Said::Unknown(_) => (None, Bind::Open),
        };
        let (id, kind) = (id.to_owned(), kind.to_owned());
        Self { id, kind, protocol, port, bind, pipelines, at, at_endpoint }
    }
}

#[cfg(test)]
mod tests {
    use super::{Arrival, Collector, Home, Pipeline, Receiver};
    use crate::trace::exporter::Format;
    use crate::trace::facts::Said;

    fn collector(endpoints: &[(&str, &str)], pipelines: &[&str]) -> Collector {
        let mut collector = Collector::new(Home::File, "otel.yaml");
        let own: Vec<String> = pipelines.iter().map(|id| (*id).to_owned()).collect();
        collector.receivers = endpoints
            .iter()
            .map(|(protocol, endpoint)| {
                let endpoint = Said::Yes((*endpoint).to_owned());
                Receiver::new(
                    "otlp",
                    "otlp",
                    Some((*protocol).to_owned()),
                    endpoint,
                    own.clone(),
                    (None, None),
                )
            })
            .collect();
        collector.pipelines.push(Pipeline {
            id: "traces".to_owned(),
            receivers: own,
            processors: Vec::new(),
            exporters: Vec::new(),
            connectors: Vec::new(),
            at: None,
            at_receivers: None,
            at_exporters: None,
        });
        collector
    }

    fn enter(collector: &Collector, protocol: Option<&'static str>, port: u16) -> String {
        let arrival = Arrival {
            format: Format::Otlp(protocol),
            port: Some(port),
            is_remote: true,
            may_be_mapped: false,
            is_local_by_default: false,
            at_image: None,
        };
        match collector.enter(&arrival) {
            Ok(entered) => format!("{entered:?}"),
            Err(fault) => fault.reason,
        }
    }

    #[test]
    fn spans_enter_where_somebody_listens_and_understands_them() {
        let both = [("grpc", "0.0.0.0:4317"), ("http", "${env:POD_IP}:4318")];
        let open = collector(&both, &["traces"]);
        assert_eq!(enter(&open, Some("grpc"), 4317), "[0]");
        assert_eq!(enter(&open, None, 4318), "[0]");
        assert!(enter(&open, Some("http"), 4317).contains("takes only grpc"));
        assert!(enter(&open, Some("grpc"), 9999).contains("no otlp receiver on port 9999"));
        let metrics = collector(&both, &["metrics"]);
        assert!(enter(&metrics, Some("grpc"), 4317).contains("in no traces pipeline"));
        let local = collector(&[("grpc", "localhost:4317")], &["traces"]);
        assert!(enter(&local, Some("grpc"), 4317).contains("on the machine itself only"));
        assert!(enter(&collector(&[], &[]), None, 4317).contains("no otlp receiver"));
    }
}

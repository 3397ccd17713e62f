//! One collector: how spans enter it, and the pipelines they enter.

use std::collections::{BTreeMap, BTreeSet};

use super::anchor::At;
use super::exporter::{Exporter, Format, Sink};
use super::facts::Said;
use super::fault::Fault;
use super::host::Manner;
use super::receiver::{Asks, Bind, Receiver};
use super::scrub::Part;
use super::setting::Setting;
use super::variable::Reference;

/// Where a collector's configuration lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Home {
    /// In a `ConfigMap`, under a key.
    ConfigMap { namespace: String, name: String, key: String },
    /// In an `OpenTelemetryCollector` resource.
    Resource { namespace: String, name: String },
    /// In a file of its own.
    File,
    /// In what its program is told, besides files or alone.
    Arguments,
}

/// A collector as its configuration describes it.
#[derive(Debug, Clone)]
pub(super) struct Collector {
    pub(super) home: Home,
    /// The file it stands in.
    pub(super) file: String,
    /// Where its root stands in its document.
    pub(super) base: String,
    /// What people call it: `configmap/otel-gateway`, or the file.
    pub(super) name: String,
    pub(super) receivers: Vec<Receiver>,
    pub(super) exporters: Vec<Exporter>,
    /// Those that carry traces.
    pub(super) pipelines: Vec<Pipeline>,
    /// Where each processor is defined.
    pub(super) processors: BTreeMap<String, At>,
    /// How many percent of the traces a processor keeps, by its id.
    pub(super) shares: BTreeMap<String, Said<f64>>,
    /// Ids of processors that hand on what they are asked to add, without asking anybody.
    pub(super) passthrough: BTreeSet<String>,
    /// Where it keeps what it cannot send yet.
    pub(super) storage: Vec<Storage>,
    /// Those that carry anything else.
    pub(super) others: Vec<Pipeline>,
    /// Ids of processors that remove or mask data.
    pub(super) scrubbing: BTreeSet<String>,
    /// Section and id of every component it defines, and of every extension it starts.
    pub(super) components: Vec<(&'static str, String)>,
    /// What its processors, connectors and extensions are told.
    pub(super) parts: Vec<Part>,
    /// Single settings that bear on what becomes of spans.
    pub(super) settings: Vec<Setting>,
    /// Its text.
    pub(super) text: String,
    /// Variables that it names.
    pub(super) references: Vec<Reference>,
    pub(super) at: At,
    /// Where its sections stand.
    pub(super) at_sections: Vec<(&'static str, At)>,
    /// Whether it is written in the Collector's own words.
    pub(super) is_plain: bool,
    /// Whether it stands in values of a chart, which has more of it.
    pub(super) is_of_chart: bool,
    /// Files that it was read from beside its own.
    pub(super) also: Vec<String>,
    /// How many configurations it was read from.
    pub(super) read_from: usize,
    /// Sections that it names and leaves empty.
    pub(super) emptied: Vec<String>,
    /// Where the extensions it starts are named.
    pub(super) at_extensions: At,
}

/// A directory that an extension writes to.
#[derive(Debug, Clone)]
pub(super) struct Storage {
    /// Id of the extension.
    pub(super) id: String,
    pub(super) directory: String,
    pub(super) is_started: bool,
    /// Where the directory is named.
    pub(super) at: At,
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
    /// Where its processors are named.
    pub(super) at_processors: At,
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
    /// How they are compressed, where that is known; over HTTP only.
    pub(super) compression: Option<String>,
    /// Whether they come from another pod or machine.
    pub(super) is_remote: bool,
    /// Whether something that was not read may map ports on the way.
    pub(super) may_be_mapped: bool,
    /// Whether the collector there listens on its machine only, where nothing else is said.
    pub(super) is_local_by_default: bool,
    /// Where the image of the collector there is named.
    pub(super) at_image: At,
    /// Where the ports of the Service stand that they come through.
    pub(super) at_service: At,
    /// Variables that the collector there is given, where all of them are known.
    pub(super) given: Option<Vec<String>>,
    /// How they come.
    pub(super) manner: Manner,
}

impl Collector {
    pub(super) fn new(home: Home, file: &str) -> Self {
        let name = match &home {
            Home::ConfigMap { name, .. } => format!("configmap/{name}"),
            Home::Resource { name, .. } => format!("opentelemetrycollector/{name}"),
            Home::File | Home::Arguments => file.to_owned(),
        };
        Self {
            home,
            file: file.to_owned(),
            base: String::new(),
            name,
            receivers: Vec::new(),
            exporters: Vec::new(),
            pipelines: Vec::new(),
            processors: BTreeMap::new(),
            shares: BTreeMap::new(),
            passthrough: BTreeSet::new(),
            storage: Vec::new(),
            others: Vec::new(),
            at_sections: Vec::new(),
            at_extensions: None,
            emptied: Vec::new(),
            also: Vec::new(),
            read_from: 1,
            is_plain: true,
            is_of_chart: false,
            references: Vec::new(),
            text: String::new(),
            scrubbing: BTreeSet::new(),
            components: Vec::new(),
            parts: Vec::new(),
            settings: Vec::new(),
            at: None,
        }
    }

    /// One that goes by the same name, of which nothing else is known.
    pub(super) fn unsaid(&self) -> Self {
        let (base, name) = (self.base.clone(), self.name.clone());
        Self { base, name, ..Self::new(self.home.clone(), &self.file) }
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
            Bind::Open => receiver.is_local_for(arrival.given.as_deref()),
            Bind::Default => receiver.kind == "otlp" && arrival.is_local_by_default,
        };
        if arrival.is_remote && doors.iter().all(is_local) {
            let by_default = doors.iter().any(|receiver| receiver.bind == Bind::Default);
            let why = if by_default { ", the default of its version" } else { "" };
            let reason = format!("its {name} receiver listens on the machine itself only{why}");
            let here = doors.iter().filter_map(|receiver| receiver.at_endpoint.as_ref());
            return Err(self.fault("bind-local", name, reason).at(here).at(&arrival.at_image));
        }
        if let Some(fault) = self.refused(&doors, arrival, name) {
            return Err(fault);
        }
        if let Some(compression) = &arrival.compression
            && doors.iter().all(|receiver| receiver.door.refuses(compression))
        {
            let reason = format!(
                "spans come compressed by {compression}, which its {name} receiver does not take"
            );
            let here = doors.iter().filter_map(|r| r.door.at_compressions().as_ref());
            return Err(self.fault("compression-refused", name, reason).at(here));
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
                let fault = self.fault("port-closed", name, reason).at(&arrival.manner.at);
                return Err(fault.at(listening()).at(&arrival.at_service));
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
            let fault = self.fault("protocol-mismatch", name, reason).at(&arrival.manner.at);
            return Err(fault.at(listening()).at(&arrival.at_service));
        }
        Ok(doors)
    }

    /// Why receivers that listen and understand take nothing all the same: another path (otlpreceiver
    /// v0.153.0 serves `/v1/traces` unless told otherwise), no TLS, no certificate. Who takes plain
    /// text may have a proxy beside it that ends TLS.
    fn refused(&self, doors: &[&Receiver], arrival: &Arrival, name: &str) -> Option<Fault> {
        let manner = &arrival.manner;
        // What stands in between may map paths and end TLS.
        if arrival.may_be_mapped {
            return None;
        }
        let stand = || doors.iter().filter_map(|receiver| receiver.at.as_ref());
        let is_posted = matches!(arrival.format, Format::Otlp(Some("http")));
        if let Some(path) = manner.path.as_ref().filter(|_| is_posted)
            && doors.iter().all(|receiver| !receiver.serves(path))
        {
            let reason = format!("spans are posted to {path}, where it takes none");
            return Some(self.fault("wrong-path", name, reason).at(&manner.at).at(stand()));
        }
        let all = |asks: fn(&Asks) -> bool| doors.iter().all(|receiver| asks(&receiver.asks));
        if manner.shows_credential == Some(false) && all(|asks| asks.credential) {
            let reason = "it asks who calls, and spans carry no credential".to_owned();
            return Some(self.fault("no-credential", name, reason).at(&manner.at).at(stand()));
        }
        let reason = match (manner.is_encrypted, manner.shows_certificate) {
            (Some(false), _) if all(|asks| asks.tls) => {
                "spans come in plain text, where it takes only TLS"
            }
            (Some(true), Some(false)) if all(|asks| asks.certificate) => {
                "it asks for a client certificate, and none is shown"
            }
            (Some(true), _) if self.is_plain && doors.iter().all(|one| !one.asks.tls) => {
                "spans come over TLS, where it takes only plain text"
            }
            _ => return None,
        };
        Some(self.fault("tls-mismatch", name, reason.to_owned()).at(&manner.at).at(stand()))
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

#[cfg(test)]
mod tests {
    use super::{Arrival, Collector, Home, Pipeline, Receiver};
    use crate::trace::door::Door;
    use crate::trace::exporter::Format;
    use crate::trace::facts::Said;
    use crate::trace::host::Manner;

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
                    (Vec::new(), Door::default()),
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
            at_processors: None,
            at_exporters: None,
        });
        collector
    }

    fn enter(collector: &Collector, protocol: Option<&'static str>, port: u16) -> String {
        let arrival = Arrival {
            format: Format::Otlp(protocol),
            port: Some(port),
            compression: None,
            is_remote: true,
            may_be_mapped: false,
            is_local_by_default: false,
            at_image: None,
            at_service: None,
            given: None,
            manner: Manner::default(),
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

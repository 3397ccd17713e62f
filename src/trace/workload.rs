//! Services and the workloads behind them, as far as spans pass through.

use std::collections::BTreeMap;

use super::anchor::{Anchor, At, below, beside_of, document_of, under, without_lines};
use super::assembly::Told;
use super::backend::Backend;
use super::facts::Said;
use super::few::Few;
use super::volume::{Mount, Volume};
use super::words::Words;
use crate::dialect::version::{self, Version};

/// A Service of a cluster.
#[derive(Debug, Clone, Default)]
pub(super) struct Service {
    pub(super) name: String,
    /// Empty when the object names none.
    pub(super) namespace: String,
    /// Whether it only stands for another host name.
    pub(super) is_external: bool,
    /// That host name.
    pub(super) stands_for: Option<String>,
    /// Whether it leads to pods of the node of who calls only.
    pub(super) is_of_node: bool,
    /// Whether its name leads to the pods themselves, and to the ports that they listen on.
    pub(super) is_headless: bool,
    pub(super) selector: Vec<(String, String)>,
    pub(super) ports: Vec<ServicePort>,
    /// Where its `spec` stands.
    pub(super) at: At,
}

/// One port of a Service.
#[derive(Debug, Clone)]
pub(super) struct ServicePort {
    pub(super) number: u16,
    /// Number or name of the port of the pods.
    pub(super) target: Said<String>,
    /// Whether it is one of UDP.
    pub(super) is_of_packets: bool,
}

/// Something that runs pods.
#[derive(Debug, Clone, Default)]
pub(super) struct Workload {
    /// `deployment/otel-gateway`.
    pub(super) owner: String,
    /// Empty when the object names none.
    pub(super) namespace: String,
    /// Whether its pods are on the network of their node.
    pub(super) is_on_node: bool,
    /// Hosts that its pods know themselves, with their addresses.
    pub(super) aliases: Vec<(String, String)>,
    /// Whom its pods ask for names, where that is said.
    pub(super) dns: Option<String>,
    /// Labels of its pods.
    pub(super) labels: Few<String>,
    /// Annotations of its pods that bear on the way of spans.
    pub(super) annotations: Few<String>,
    /// The service account of its pods, where one is named.
    pub(super) account: Option<String>,
    /// Where the spec of its pods stands.
    pub(super) at_pod: At,
    /// Whether Istio is told to put its proxy beside its containers.
    pub(super) is_meshed: bool,
    /// `ConfigMap`s that its pods mount.
    pub(super) config_maps: Vec<String>,
    /// Its volumes.
    pub(super) volumes: Vec<Volume>,
    pub(super) containers: Vec<Container>,
    /// Annotations of its pods that stand for the content of something else, with their values.
    pub(super) checksums: Vec<(String, String, At)>,
    /// Programs in its pods that take spans and are no Collectors.
    pub(super) backends: Vec<Backend>,
    /// What it is known to run, where it is told more than files.
    pub(super) told: Option<Box<Told>>,
}

/// One container.
#[derive(Debug, Clone, Default)]
pub(super) struct Container {
    pub(super) name: String,
    pub(super) image: String,
    pub(super) args: Vec<String>,
    pub(super) port_names: Few<u16>,
    /// Ports of the node that lead to ports of its own.
    pub(super) node_ports: BTreeMap<u16, u16>,
    /// Where volumes are mounted.
    pub(super) mounts: Vec<Mount>,
    /// Whether nothing else may be written to.
    pub(super) is_read_only: bool,
    /// What its `envFrom` takes variables from: `configmap/pay`.
    pub(super) from: Vec<String>,
    /// Whether it is done before the others begin, or comes later.
    pub(super) is_init: bool,
    /// Variables it is given one by one.
    pub(super) env: Words,
    /// Those of them that its configuration may name, with their texts where these are known.
    pub(super) values: Vec<(String, Option<String>)>,
    /// Those of them that name proxies and who is spared them, with their texts where these are known.
    pub(super) proxies: Vec<(String, Option<String>)>,
    /// Whether it is given more of them, which are not known here.
    pub(super) has_env_from: bool,
    /// Where these words stand, where they say more than which files are read.
    pub(super) at_args: Option<Box<Anchor>>,
    /// Where it stands.
    pub(super) at: At,
    /// Where its `image` stands.
    pub(super) at_image: At,
}

/// Words of the names of images that run an OpenTelemetry Collector.
const COLLECTOR_WORDS: [&str; 5] = ["otel", "otelcol", "opentelemetry", "alloy", "adot"];

impl Container {
    /// Where one of its keys stands, or would.
    pub(super) fn at(&self, key: &str) -> At {
        below(&self.at, &[key])
    }

    /// Where it says that nothing else may be written to.
    pub(super) fn at_read_only(&self) -> At {
        below(&self.at, &["securityContext", "readOnlyRootFilesystem"])
    }

    /// Whether its image is, by its name, an OpenTelemetry Collector.
    pub(super) fn is_collector(&self) -> bool {
        let image = self.image.split('@').next().unwrap_or_default();
        let last = image.rsplit('/').next().unwrap_or_default();
        let mut words = last.split(|c: char| !c.is_alphanumeric());
        let is_one = |word: &str| COLLECTOR_WORDS.iter().any(|one| one.eq_ignore_ascii_case(word));
        words.any(is_one) || self.name == "otc-container"
    }

    /// A word by which it is told of pipelines, or of what is in them, beside its configuration:
    /// `--set=service.pipelines.traces.exporters=[debug]`.
    pub(super) fn overrides(&self) -> Option<&str> {
        const SECTIONS: [&str; 5] =
            ["receivers", "processors", "exporters", "connectors", "service.pipelines"];
        let mut set = self.args.iter().zip(self.args.iter().skip(1).map(Some).chain([None]));
        set.find_map(|(word, next)| {
            let said = match word.strip_prefix("--set") {
                Some("") => next?.as_str(),
                Some(rest) => rest.strip_prefix('=')?,
                None => return None,
            };
            let key = said.replace("::", ".");
            SECTIONS.iter().any(|section| key.starts_with(section)).then_some(word.as_str())
        })
    }

    /// What it is told to read its configuration from: `--config X` and `--config=X`.
    pub(super) fn configs(&self) -> Vec<&str> {
        let mut found = Vec::new();
        let mut words = self.args.iter();
        while let Some(word) = words.next() {
            match word.strip_prefix("--config") {
                Some("") => found.extend(words.next().map(String::as_str)),
                Some(rest) => found.extend(rest.strip_prefix('=')),
                None => (),
            }
        }
        found.iter().map(|config| config.strip_prefix("file:").unwrap_or(config)).collect()
    }
}

impl Service {
    /// The file it stands in.
    pub(super) fn file(&self) -> Option<&str> {
        self.at.as_ref().map(|at| at.home.file.as_ref())
    }

    /// Where one of its keys stands, or would.
    pub(super) fn at(&self, key: &str) -> At {
        below(&self.at, &[key])
    }

    /// The port of the pods of a workload that one of its own leads to.
    pub(super) fn port_of(&self, dialled: Option<u16>, to: &Workload) -> Option<u16> {
        if self.is_headless {
            return dialled;
        }
        match &self
            .ports
            .iter()
            .find(|one| Some(one.number) == dialled && !one.is_of_packets)?
            .target
        {
            Said::Yes(target) => to.port(target),
            Said::No | Said::Unknown(_) => None,
        }
    }

    /// Its whole document.
    pub(super) fn at_document(&self) -> At {
        document_of(&self.at)
    }
}

impl Workload {
    /// The file it stands in.
    pub(super) fn file(&self) -> Option<&str> {
        self.at_pod.as_ref().map(|at| at.home.file.as_ref())
    }

    /// Whether a selector picks its pods. An empty one picks none.
    pub(super) fn is_selected(&self, selector: &[(String, String)]) -> bool {
        !selector.is_empty()
            && selector.iter().all(|(key, value)| self.labels.get(key) == Some(value))
    }

    /// The number of a port of its pods; nothing when no container names it so.
    pub(super) fn port(&self, target: &str) -> Option<u16> {
        target.parse().ok().or_else(|| {
            self.containers.iter().find_map(|container| container.port_names.get(target).copied())
        })
    }

    /// Whether the collector it runs listens on its machine only where nothing is said: so it is
    /// from v0.110.0 on, and from v0.104.0 on unless a feature gate is turned off
    /// (opentelemetry-collector, CHANGELOG.md).
    pub(super) fn is_local_by_default(&self) -> bool {
        const GATE: &str = "component.UseLocalHostAsDefaultHost";
        let mut collectors = self.containers.iter().filter(|c| c.is_collector());
        collectors.next().is_some_and(|container| {
            let Some(version) = version::of_collector(&container.image) else { return false };
            let since = |text: &str| Version::parse(text).is_some_and(|since| version >= since);
            let is_gated = container.args.iter().any(|word| word.contains(GATE));
            since("0.110.0") || (since("0.104.0") && !is_gated)
        })
    }

    /// Names of the variables that its collectors are given, where all of them are known.
    pub(super) fn given(&self) -> Option<Vec<String>> {
        let collectors = || self.containers.iter().filter(|one| one.is_collector());
        let is_whole = collectors().next().is_some() && !collectors().any(|one| one.has_env_from);
        is_whole.then(|| collectors().flat_map(|one| one.env.iter().map(str::to_owned)).collect())
    }

    /// Where the image of its first collector is named.
    pub(super) fn at_image(&self) -> At {
        self.containers.iter().find(|container| container.is_collector())?.at_image.clone()
    }

    /// Whether every node runs it.
    pub(super) fn is_daemon(&self) -> bool {
        self.owner.starts_with("daemonset/")
    }

    /// The port of its pods behind a port of their node.
    pub(super) fn on_node(&self, port: u16) -> Option<u16> {
        let mapped = self.containers.iter().find_map(|one| one.node_ports.get(&port).copied());
        mapped.or_else(|| self.is_on_node.then_some(port))
    }

    /// Ports of the node that lead to its pods.
    pub(super) fn node_ports(&self) -> impl Iterator<Item = u16> {
        self.containers.iter().flat_map(|one| one.node_ports.keys().copied())
    }

    /// An annotation of its pods.
    pub(super) fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(String::as_str)
    }

    /// Where an annotation of its pods stands, or would.
    pub(super) fn at_annotation(&self, key: &str) -> At {
        beside_of(&self.at_pod, &["metadata", "annotations", key])
    }

    /// Where a label of its pods stands, or would.
    pub(super) fn at_label(&self, key: &str) -> At {
        beside_of(&self.at_pod, &["metadata", "labels", key])
    }

    /// Where an annotation stands that was written to the workload itself, where it does nothing.
    pub(super) fn at_own_annotation(&self, key: &str) -> At {
        under(&document_of(&self.at_pod), &["metadata", "annotations", key])
    }

    /// Where its own name stands.
    pub(super) fn at_name(&self) -> At {
        // The line is that of the pod.
        without_lines(&under(&document_of(&self.at_pod), &["metadata", "name"]))
    }

    /// Where the ports of its first container stand.
    pub(super) fn at_ports(&self) -> At {
        self.containers.first()?.at("ports")
    }

    /// Whether one of its containers is a collector by its image.
    pub(super) fn is_collector(&self) -> bool {
        self.containers.iter().any(|container| !container.is_init && container.is_collector())
    }
}

#[cfg(test)]
mod tests {
    use super::Container;

    #[test]
    fn configurations_are_named_in_every_usual_way() {
        let args = ["--config", "/a.yaml", "--config=file:/b.yaml", "--set=x", "--config=env:C"];
        let args = args.map(str::to_owned).to_vec();
        let container = Container { args, ..Container::default() };
        assert_eq!(container.configs(), ["/a.yaml", "/b.yaml", "env:C"]);
    }

    #[test]
    fn a_collector_is_told_by_a_word_of_its_image() {
        let image = |image: &str| Container { image: image.to_owned(), ..Container::default() };
        assert!(image("otel/opentelemetry-collector-contrib:0.153.0").is_collector());
        assert!(image("reg:5000/obs/otel-gateway@sha256:ab").is_collector());
        assert!(!image("reg/hotel-booking:1").is_collector());
        assert!(!image("grafana/tempo:2").is_collector());
    }
}

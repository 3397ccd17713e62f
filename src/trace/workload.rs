//! Services and the workloads behind them, as far as spans pass through.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::anchor::{Anchor, At};
use super::backend::Backend;
use super::facts::Said;
use super::host::words;
use crate::dialect::version::{self, Version};
use crate::model::Path;

/// A Service of a cluster.
#[derive(Debug, Clone, Default)]
pub(super) struct Service {
    pub(super) name: String,
    /// Empty when the object names none.
    pub(super) namespace: String,
    /// Whether it only stands for another host name.
    pub(super) is_external: bool,
    pub(super) selector: Vec<(String, String)>,
    pub(super) ports: Vec<ServicePort>,
    /// Where its `spec` stands.
    pub(super) at: At,
    /// Where its `selector` stands.
    pub(super) at_selector: At,
    /// Where its `ports` stand.
    pub(super) at_ports: At,
}

/// One port of a Service.
#[derive(Debug, Clone)]
pub(super) struct ServicePort {
    pub(super) number: u16,
    /// Number or name of the port of the pods.
    pub(super) target: Said<String>,
}

/// Something that runs pods.
#[derive(Debug, Clone, Default)]
pub(super) struct Workload {
    /// `deployment/otel-gateway`.
    pub(super) owner: String,
    /// Empty when the object names none.
    pub(super) namespace: String,
    /// Labels of its pods.
    pub(super) labels: BTreeMap<String, String>,
    /// Which collector an operator is to put beside its containers, as written.
    pub(super) sidecar: Option<String>,
    /// `ConfigMap`s that its pods mount.
    pub(super) config_maps: Vec<String>,
    pub(super) containers: Vec<Container>,
    /// Programs in its pods that take spans and are no Collectors.
    pub(super) backends: Vec<Backend>,
}

/// One container.
#[derive(Debug, Clone, Default)]
pub(super) struct Container {
    pub(super) name: String,
    pub(super) image: String,
    pub(super) args: Vec<String>,
    pub(super) port_names: BTreeMap<String, u16>,
    /// Where its `image` stands.
    pub(super) at_image: At,
}

/// Words of the names of images that run an OpenTelemetry Collector.
const COLLECTOR_WORDS: [&str; 5] = ["otel", "otelcol", "opentelemetry", "alloy", "adot"];

impl Container {
    /// Whether its image is, by its name, an OpenTelemetry Collector.
    pub(super) fn is_collector(&self) -> bool {
        let image = self.image.split('@').next().unwrap_or_default();
        let last = image.rsplit('/').next().unwrap_or_default();
        words(last).iter().any(|word| COLLECTOR_WORDS.contains(&word.as_str()))
            || self.name == "otc-container"
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
    /// Its whole document.
    pub(super) fn at_document(&self) -> At {
        let anchor = Anchor { path: Path::ROOT, value: None, ..Anchor::clone(self.at.as_ref()?) };
        Some(Arc::new(anchor))
    }
}

impl Workload {
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

    /// Where the image of its first collector is named.
    pub(super) fn at_image(&self) -> At {
        self.containers.iter().find(|container| container.is_collector())?.at_image.clone()
    }

    /// Whether one of its containers is a collector by its image.
    pub(super) fn is_collector(&self) -> bool {
        self.containers.iter().any(Container::is_collector)
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

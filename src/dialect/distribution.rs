//! Which components each distribution of the Collector is built of, by version.
//!
//! A collector does not start when its configuration defines a component of a type it was not built
//! with, used or not (opentelemetry-collector v0.159.0, `otelcol/internal/configunmarshaler`).
//! Known are the distributions that the project itself releases. Of other images, releases that were
//! not read and types that are in none of them, nothing is said.
//!
//! Defaults need no such key: the distributions are built of the same modules of a version.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::component;
use super::version::{Version, Versions};

static FACTS: LazyLock<Facts> =
    LazyLock::new(|| Facts::parse(include_str!("otelcol_distributions.toml")).unwrap_or_default());

/// Where the project's own images lie, below whatever registry mirrors them.
const HOMES: [&str; 2] = ["otel", "open-telemetry/opentelemetry-collector-releases"];

/// What the tag of an image may name behind the release.
const MACHINES: [&str; 8] =
    ["386", "amd64", "arm", "armv7", "arm64", "ppc64le", "riscv64", "s390x"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    source: String,
    types: String,
    distributions: BTreeMap<String, Released>,
    components: BTreeMap<String, BTreeMap<String, BTreeMap<String, Held>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Released {
    image: String,
    first: String,
    last: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Held {
    since: Option<String>,
    until: Option<String>,
}

/// By section, then type, then distribution.
type Components = BTreeMap<String, BTreeMap<String, BTreeMap<String, Versions>>>;

#[derive(Default)]
struct Facts {
    /// Name of the image, name of the distribution, first and last release read.
    images: Vec<(String, String, Version, Version)>,
    components: Components,
}

impl Facts {
    fn parse(text: &str) -> Option<Self> {
        let file: File = toml::from_str(text).ok()?;
        (!file.source.is_empty() && !file.types.is_empty()).then_some(())?;
        let mut facts = Self::default();
        for (name, Released { image, first, last }) in file.distributions {
            facts.images.push((image, name, Version::parse(&first)?, Version::parse(&last)?));
        }
        for (section, types) in file.components {
            let section = facts.components.entry(section).or_default();
            for (kind, held) in types {
                let held: Option<BTreeMap<String, Versions>> =
                    held.into_iter().map(|(name, held)| Some((name, held.versions()?))).collect();
                section.insert(kind, held?);
            }
        }
        Some(facts)
    }
}

impl Held {
    fn versions(&self) -> Option<Versions> {
        let read = |text: &Option<String>| match text {
            None => Some(None),
            Some(text) => Version::parse(text).map(Some),
        };
        Some(Versions { since: read(&self.since)?, until: read(&self.until)? })
    }
}

/// A release of a distribution.
#[derive(Debug, Clone, Copy)]
pub struct Distribution {
    name: &'static str,
    version: Version,
}

impl Distribution {
    /// The distribution that an image runs, if it is one of the project's own and of a release that
    /// was read.
    pub fn of_image(image: &str) -> Option<Self> {
        let (home, last) = image.split('@').next()?.rsplit_once('/')?;
        let (name, tag) = last.split_once(':')?;
        let is_own = HOMES.iter().any(|own| {
            home.strip_suffix(own).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        });
        let machine = tag.split_once('-').map(|(_, machine)| machine);
        if !is_own || machine.is_some_and(|machine| !MACHINES.contains(&machine)) {
            return None;
        }
        let version = Version::parse(tag)?;
        let known = |(image, _, first, last): &&(String, String, Version, Version)| {
            image == name && (*first..=*last).contains(&version)
        };
        let (_, name, _, _) = FACTS.images.iter().find(known)?;
        Some(Self { name, version })
    }

    /// Whether it was built without the type of a component of a section, or knows it by its former
    /// name only.
    pub fn lacks(self, section: &str, id: &str) -> bool {
        let kind = id.split('/').next().unwrap_or(id).trim();
        if component::is_too_new(section, kind, self.version) {
            return true;
        }
        let kind = component::present(section, kind);
        let held = FACTS.components.get(section).and_then(|types| types.get(kind));
        held.is_some_and(|held| {
            !held.get(self.name).is_some_and(|versions| versions.hold(Some(self.version)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Distribution, FACTS, Facts, component};
    use crate::dialect::version::COLLECTORS;

    fn lacks(image: &str, section: &str, id: &str) -> bool {
        Distribution::of_image(image).unwrap().lacks(section, id)
    }

    #[test]
    fn the_facts_are_read() {
        let facts = Facts::parse(include_str!("otelcol_distributions.toml")).unwrap();
        let names: Vec<&String> = facts.images.iter().map(|(_, name, _, _)| name).collect();
        for (section, types) in &facts.components {
            for (kind, held) in types {
                assert_eq!(component::present(section, kind), kind, "{section}");
                assert!(held.keys().all(|name| names.contains(&name)), "{section} {kind}");
            }
        }
        for (image, ..) in &FACTS.images {
            assert!(COLLECTORS.contains(&image.as_str()), "{image} has no version");
        }
    }

    #[test]
    fn a_distribution_lacks_what_others_hold() {
        let core = "otel/opentelemetry-collector:0.153.0";
        let k8s = "ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector-k8s:v0.153.0";
        let contrib = "registry:5000/otel/opentelemetry-collector-contrib:0.153.0-arm64@sha256:ab";
        for processor in ["tail_sampling", "redaction/pii", "k8sattributes", "transform"] {
            assert!(lacks(core, "processors", processor), "{processor}");
            assert!(!lacks(k8s, "processors", processor), "{processor}");
            assert!(!lacks(contrib, "processors", processor), "{processor}");
        }
        assert!(lacks(k8s, "exporters", "datadog") && !lacks(core, "exporters", "otlphttp/b"));
        assert!(lacks("otel/opentelemetry-collector-otlp:0.153.0", "processors", "batch"));
        assert!(lacks("otel/opentelemetry-collector-ebpf-profiler:0.153.0", "receivers", "otlp"));
    }

    #[test]
    fn components_come_and_go_with_releases() {
        let contrib = |tag: &str| format!("otel/opentelemetry-collector-contrib:{tag}");
        for (section, id, with, without) in [
            ("exporters", "jaeger", "0.84.0", "0.85.0"),
            ("exporters", "logging", "0.110.0", "0.111.0"),
            ("exporters", "debug", "0.86.0", "0.85.0"),
            ("receivers", "opencensus", "0.131.0", "0.132.0"),
            ("connectors", "spanmetrics", "0.74.0", "0.73.0"),
            ("exporters", "otlp_grpc/b", "0.144.0", "0.143.1"),
        ] {
            assert!(!lacks(&contrib(with), section, id), "{id} {with}");
            assert!(lacks(&contrib(without), section, id), "{id} {without}");
        }
    }

    #[test]
    fn nothing_is_said_of_what_was_not_read() {
        for image in [
            "opentelemetry-collector:0.153.0",
            "acme/opentelemetry-collector:0.153.0",
            "hotel/opentelemetry-collector:0.153.0",
            "otel/opentelemetry-collector",
            "otel/opentelemetry-collector:latest",
            "otel/opentelemetry-collector@sha256:ab",
            "otel/opentelemetry-collector:0.153.0-acme",
            "otel/opentelemetry-collector:0.65.0",
            "otel/opentelemetry-collector:0.999.0",
            "otel/opentelemetry-collector-k8s:0.97.0",
            "otel/autoinstrumentation-java:2.0.0",
        ] {
            assert!(Distribution::of_image(image).is_none(), "{image}");
        }
        assert!(!lacks("otel/opentelemetry-collector:0.153.0", "processors", "acme"));
        assert!(!lacks("otel/opentelemetry-collector:0.153.0", "acme", "tail_sampling"));
    }
}

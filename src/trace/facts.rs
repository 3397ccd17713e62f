//! What of the views bears on the way of spans, owned and small, added up per side.

use std::collections::{BTreeMap, BTreeSet};

use super::anchor::{Anchors, At};
use super::backend::Backend;
use super::collector::{Collector, Home, Pipeline, Receiver};
use super::compose::Composed;
use super::exporter;
use super::workload::{Container, Service, ServicePort, Workload};
use crate::facts::{Document, Fact, Item};
use crate::model::Step;

/// The views that facts are taken from.
pub const VIEWS: &[&str] = &[
    "compose.service",
    "k8s.collector-image",
    "k8s.container",
    "k8s.podspec",
    "k8s.service",
    "k8s.trace-backend",
    "otel.collector",
    "otel.exporter",
    "otel.pipeline",
    "otel.receiver",
    "otel.scrub",
    "sdk.export",
    "sdk.tracing",
];

/// Facts of one side. Adding them up does not depend on the order of documents.
#[derive(Debug, Clone, Default)]
pub struct TraceFacts {
    pub(super) settings: BTreeMap<(Origin, String), Settings>,
    pub(super) collectors: BTreeMap<Origin, Collector>,
    pub(super) services: BTreeMap<(Origin, String), Service>,
    pub(super) workloads: BTreeMap<(Origin, String), Workload>,
    /// Images of collectors that an operator runs, after their namespace and name.
    pub(super) images: BTreeSet<(String, String, String)>,
    /// Services of Compose files, by file and name.
    pub(super) composed: BTreeMap<(String, String), Composed>,
}

/// The document a fact was taken from.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    pub(super) file: String,
    pub(super) document: u32,
    /// Where an embedded document stands in its outer one.
    pub(super) base: String,
}

/// Whether something is said, and what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Said<T> {
    #[default]
    No,
    Yes(T),
    /// Said, but not here; why it is not known.
    Unknown(String),
}

/// Tracing settings of one process, or of one file of settings.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    pub(super) owner: String,
    pub(super) namespace: String,
    /// The container or service; empty for a file or `ConfigMap`.
    pub(super) process: String,
    pub(super) service: Option<String>,
    pub(super) enabled: Said<bool>,
    /// The setting that decides whether it exports.
    pub(super) why: String,
    pub(super) exporters: Vec<String>,
    pub(super) endpoint: Said<String>,
    pub(super) encrypted: Option<bool>,
    pub(super) protocol: Option<String>,
    pub(super) sampling: String,
    /// `ConfigMap`s and Secrets that add variables.
    pub(super) from: Vec<String>,
    /// Whether they are a configuration file's, which replaces every variable.
    pub(super) is_declared: bool,
    /// Where the endpoint is said.
    pub(super) at: At,
    /// Where it is said whether it exports.
    pub(super) switch: At,
}

impl TraceFacts {
    /// Takes what bears on tracing from one item of one of [`VIEWS`].
    pub fn take(
        &mut self,
        view: &str,
        document: &Document<'_>,
        item: &Item<'_>,
        ordinal: u32,
        anchors: &Anchors<'_>,
    ) {
        let fact = &item.fact;
        let origin = Origin {
            file: document.file.to_owned(),
            document: ordinal,
            base: document.base.to_string(),
        };
        match view {
            "compose.service" => {
                let service = Composed::new(document.file, fact, Some(anchors(item, &[])));
                self.composed.insert((service.file.clone(), service.name.clone()), service);
            }
            "k8s.service" => {
                let service = service(fact, &|keys| Some(anchors(item, keys)));
                self.services.insert((origin, service.name.clone()), service);
            }
            "k8s.podspec" => self.workload(origin, fact, |workload| podspec(workload, fact)),
            "k8s.container" => {
                self.workload(origin, fact, |workload| {
                    workload.containers.push(container(fact, Some(anchors(item, &["image"]))));
                });
            }
            "k8s.collector-image" => {
                let name = |key| text(fact, key).unwrap_or_default();
                let image = text(fact, "image").unwrap_or_default();
                self.images.insert((name("namespace"), name("name"), image));
            }
            "k8s.trace-backend" => {
                self.workload(origin, fact, |known| {
                    known.backends.push(Backend::new(fact, Some(anchors(item, &[]))));
                });
            }
            "sdk.export" | "sdk.tracing" => {
                self.settings(view, origin, item, Some(anchors(item, &[])));
            }
            _ if view.starts_with("otel.") => {
                let known = self.collectors.entry(origin).or_insert_with(|| empty(document));
                collect(known, view, fact, &|keys| Some(anchors(item, keys)));
            }
            _ => (),
        }
    }

    /// Adds the facts of other documents of the same side.
    pub fn merge(&mut self, next: Self) {
        self.settings.extend(next.settings);
        self.collectors.extend(next.collectors);
        self.services.extend(next.services);
        self.workloads.extend(next.workloads);
        self.images.extend(next.images);
        self.composed.extend(next.composed);
    }

    fn workload(&mut self, origin: Origin, fact: &Fact<'_>, fill: impl FnOnce(&mut Workload)) {
        let owner = text(fact, "owner").unwrap_or_default();
        let known = self.workloads.entry((origin, owner.clone())).or_insert_with(|| Workload {
            namespace: text(fact, "namespace").unwrap_or_default(),
            owner,
            ..Workload::default()
        });
        fill(known);
    }

    fn settings(&mut self, view: &str, origin: Origin, item: &Item<'_>, at: At) {
        let fact = &item.fact;
        let settings = self.settings.entry((origin, item.key().into_owned())).or_default();
        if view == "sdk.tracing" {
            settings.switch = at;
            return;
        }
        let switch = settings.switch.take();
        *settings = Settings {
            owner: text(fact, "owner").unwrap_or_default(),
            namespace: text(fact, "namespace").unwrap_or_default(),
            process: text(fact, "process").unwrap_or_default(),
            service: text(fact, "service"),
            enabled: match fact.get("enabled") {
                Some(Fact::Unknown(reason)) => Said::Unknown(reason.clone()),
                other => flag(other).map_or(Said::No, Said::Yes),
            },
            why: text(fact, "why").unwrap_or_default(),
            exporters: texts(fact, "exporters"),
            endpoint: said(fact.get("endpoint")),
            encrypted: flag(fact.get("encrypted")),
            protocol: text(fact, "protocol"),
            sampling: sampling(fact),
            from: texts(fact, "from"),
            is_declared: flag(fact.get("declared")).unwrap_or(false),
            at,
            switch,
        };
    }
}

/// How many new traces are kept, in words that are equal for samplers that do the same.
fn sampling(fact: &Fact<'_>) -> String {
    let share = match fact.get("ratio") {
        Some(Fact::Number(ratio)) => ratio.as_str().to_owned(),
        Some(Fact::Unknown(reason)) => return format!("unknown: {reason}"),
        _ => return text(fact, "sampler").unwrap_or_default(),
    };
    let follows = flag(fact.get("parent_based")).unwrap_or(false);
    format!("{share} of new traces{}", if follows { ", else as the caller" } else { "" })
}

fn service(fact: &Fact<'_>, at: &dyn Fn(&[&str]) -> At) -> Service {
    let owner = text(fact, "owner").unwrap_or_default();
    let name = owner.split_once('/').map_or(owner.as_str(), |(_, name)| name).to_owned();
    Service {
        name,
        namespace: text(fact, "namespace").unwrap_or_default(),
        is_external: text(fact, "type").is_some_and(|kind| kind == "ExternalName"),
        selector: pairs(fact.get("selector")),
        ports: members(fact.get("ports"))
            .filter_map(|port| {
                let number = number(port.get("port"))?;
                let target = match port.get("targetPort") {
                    None => Said::Yes(number.to_string()),
                    Some(Fact::Number(target)) => Said::Yes(target.as_str().to_owned()),
                    other => said(other),
                };
                Some(ServicePort { number, target })
            })
            .collect(),
        at: at(&[]),
        at_selector: at(&["selector"]),
        at_ports: at(&["ports"]),
    }
}

fn podspec(workload: &mut Workload, fact: &Fact<'_>) {
    workload.labels = pairs(fact.get("labels")).into_iter().collect();
    let annotations = pairs(fact.get("annotations"));
    let inject = |(key, _): &&(String, String)| key == "sidecar.opentelemetry.io/inject";
    workload.sidecar = annotations.iter().find(inject).map(|(_, value)| value.clone());
    workload.config_maps = texts(fact, "config_maps");
}

fn container(fact: &Fact<'_>, at_image: At) -> Container {
    let ports = match fact.get("port_names") {
        Some(Fact::Map(ports)) => ports.as_slice(),
        _ => &[],
    };
    let named =
        ports.iter().filter_map(|(name, port)| Some((name.to_string(), number(Some(port))?)));
    Container {
        name: text(fact, "name").unwrap_or_default(),
        image: text(fact, "image").unwrap_or_default(),
        args: texts(fact, "args"),
        port_names: named.collect(),
        at_image,
    }
}

/// A collector of which nothing but its name is known yet.
fn empty(document: &Document<'_>) -> Collector {
    let owner = document.owner;
    let kind = owner.kind.split('.').next().unwrap_or_default();
    let place = owner.name.split_once(&format!("/{kind}/")).map_or("", |(_, rest)| rest);
    let (namespace, name) = place.rsplit_once('/').unwrap_or(("", place));
    let (namespace, name) = (namespace.to_owned(), name.to_owned());
    let key = match document.base.0.last() {
        Some(Step::Key(key)) => key.clone(),
        Some(Step::Item(_) | Step::Index(_)) | None => String::new(),
    };
    let home = match owner.kind.as_str() {
        "ConfigMap" => Home::ConfigMap { namespace, name, key },
        "OpenTelemetryCollector" => Home::Resource { namespace, name },
        _ => Home::File,
    };
    Collector::new(home, document.file)
}

fn collect(known: &mut Collector, view: &str, fact: &Fact<'_>, at: &dyn Fn(&[&str]) -> At) {
    match view {
        "otel.collector" => {
            known.at = at(&[]);
            for section in ["receivers", "processors", "exporters", "connectors", "extensions"] {
                let ids = texts(fact, section).into_iter();
                known.components.extend(ids.map(|id| (section, id)));
            }
        }
        "otel.receiver" => known.receivers.push(Receiver::new(
            &text(fact, "id").unwrap_or_default(),
            &text(fact, "type").unwrap_or_default(),
            text(fact, "protocol"),
            said(fact.get("endpoint")),
            texts(fact, "pipelines"),
            (at(&[]), at(&["endpoint"])),
        )),
        "otel.exporter" => known.exporters.push(exporter::read(fact, at(&[]))),
        "otel.pipeline" if text(fact, "signal").is_some_and(|signal| signal == "traces") => {
            let ids = |key| members(fact.get(key)).filter_map(|one| text(one, "id")).collect();
            known.pipelines.push(Pipeline {
                id: text(fact, "id").unwrap_or_default(),
                receivers: texts(fact, "receivers"),
                processors: ids("processors"),
                exporters: ids("exporters"),
                connectors: texts(fact, "connectors"),
                at: at(&[]),
                at_receivers: at(&["receivers"]),
                at_exporters: at(&["exporters"]),
            });
        }
        "otel.scrub" => known.scrubbing.extend(text(fact, "processor")),
        _ => (),
    }
}

/// A text field.
pub(super) fn text(fact: &Fact<'_>, key: &str) -> Option<String> {
    let Fact::Text(text) = fact.get(key)? else { return None };
    Some(text.to_string())
}

/// A text that may be known to exist without being known.
pub(super) fn said(fact: Option<&Fact<'_>>) -> Said<String> {
    match fact {
        Some(Fact::Text(text)) => Said::Yes(text.to_string()),
        Some(Fact::Unknown(reason)) => Said::Unknown(reason.clone()),
        Some(Fact::Secret(_)) => Said::Unknown("it is a masked secret".to_owned()),
        _ => Said::No,
    }
}

/// A number that is a port.
pub(super) fn number(fact: Option<&Fact<'_>>) -> Option<u16> {
    let digits = scalar(fact?)?;
    digits.parse().ok()
}

/// Yes or no.
pub(super) fn flag(fact: Option<&Fact<'_>>) -> Option<bool> {
    let Fact::Bool(value) = fact? else { return None };
    Some(*value)
}

/// The members of a list.
pub(super) fn members<'f, 't>(fact: Option<&'f Fact<'t>>) -> impl Iterator<Item = &'f Fact<'t>> {
    let list = match fact {
        Some(Fact::List(list)) => list.as_slice(),
        _ => &[],
    };
    list.iter()
}

/// The texts of a list.
pub(super) fn texts(fact: &Fact<'_>, key: &str) -> Vec<String> {
    let text = |fact: &Fact<'_>| {
        let Fact::Text(text) = fact else { return None };
        Some(text.to_string())
    };
    members(fact.get(key)).filter_map(text).collect()
}

/// The scalars of a map, as texts.
fn pairs(fact: Option<&Fact<'_>>) -> Vec<(String, String)> {
    let Some(Fact::Map(fields)) = fact else { return Vec::new() };
    fields.iter().filter_map(|(key, value)| Some((key.to_string(), scalar(value)?))).collect()
}

/// A scalar that is known, as text.
fn scalar(fact: &Fact<'_>) -> Option<String> {
    match fact {
        Fact::Text(text) => Some(text.to_string()),
        Fact::Bool(value) => Some(value.to_string()),
        Fact::Number(number) => Some(number.as_str().to_owned()),
        Fact::Secret(_) | Fact::Unknown(_) | Fact::List(_) | Fact::Map(_) => None,
    }
}

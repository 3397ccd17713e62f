//! What of the views bears on the way of spans, owned and small; `gathered` adds it up per side.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::anchor::{At, Home, TakenItem};
use super::backend::Backend;
use super::carried::headers;
use super::collector::Collector;
use super::compose::Composed;
use super::kept::Keeping;
use super::leg::Leg;
use super::noted::Noted;
use super::open::Elsewhere;
use super::places::{Places, Topic};
use super::read::{flag, said, said_number, text, texts};
use super::semconv::OptIn;
use super::take::{call, collect, container, empty, podspec, sampling, service};
use super::workload::{Service, Workload};
use crate::facts::{Document, Fact, Item, Packed};
use crate::model::{Header, PathContext, Step};

/// The views that facts are taken from.
pub const VIEWS: &[&str] = &[
    "compose.service",
    "cilium.policy",
    "istio.authorization",
    "istio.destinationrule",
    "istio.mesh",
    "istio.peerauth",
    "istio.serviceentry",
    "istio.sidecar",
    "istio.telemetry",
    "k8s.call",
    "k8s.checksum",
    "k8s.collector-image",
    "k8s.collector-mode",
    "k8s.config",
    "k8s.container",
    "k8s.disruption-budget",
    "k8s.ingress-entry",
    "rollout.named-service",
    "k8s.instrumentation",
    "k8s.namespace",
    "k8s.networkpolicy",
    "istio.provider",
    "istio.tracing",
    "k8s.dapr",
    "k8s.podspec",
    "k8s.service",
    "k8s.trace-backend",
    "linkerd.proxy",
    "otel.collector",
    "otel.exporter",
    "otel.part",
    "otel.pipeline",
    "otel.receiver",
    "otel.sampler",
    "otel.scrub",
    "otel.storage",
    "rbac.binding",
    "rbac.rule",
    "k8s.reference",
    "k8s.replicas",
    "k8s.route",
    "sdk.attribute",
    "sdk.export",
    "sdk.name",
    "sdk.sampling",
    "process.call",
    "sdk.identity",
    "sdk.propagation",
    "sdk.protocol",
    "sdk.transport",
    "sdk.tracing",
    "spring.boot",
    "store.retention",
    "spring.renamed",
    "otel.reference",
    "otel.setting",
    "sdk.semconv",
    "transport.hop",
];

/// Facts of a document or of a whole side.
#[derive(Debug, Clone, Default)]
pub struct TraceFacts {
    pub(super) settings: BTreeMap<(Origin, String), Box<Settings>>,
    pub(super) collectors: BTreeMap<Origin, Collector>,
    pub(super) services: BTreeMap<(Origin, String), Service>,
    pub(super) workloads: BTreeMap<(Origin, String), Box<Workload>>,
    /// Images of collectors that an operator runs, after their namespace and name.
    pub(super) images: BTreeSet<(String, String, String)>,
    /// Services that are told to use newer names of attributes.
    pub(super) opted: BTreeMap<(Origin, String), OptIn>,
    /// Exports of telemetry, by what tells them from the others of their document.
    pub(super) legs: BTreeMap<(Origin, String), Leg>,
    /// Services of Compose files, by file and name.
    pub(super) composed: BTreeMap<(String, String), Composed>,
    pub(super) kept: Keeping,
    /// What else bears on traces.
    pub(super) noted: Noted,
    /// Who calls whom.
    pub(super) calls: BTreeSet<Call>,
}

/// A host that a workload is told to talk to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call {
    pub(super) namespace: String,
    pub(super) owner: String,
    pub(super) host: String,
    /// Where that is said.
    pub(super) at: At,
}

/// What a fact was taken from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The document.
    pub home: Arc<Home>,
    /// Which of it: 0 for the whole, then those that are embedded in it.
    pub part: u16,
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
    /// The path that spans are posted to where they go over HTTP.
    pub(super) path: Option<String>,
    /// Whether it shows a certificate; absent where the variables of an SDK do not decide that.
    pub(super) shows_certificate: Option<bool>,
    pub(super) context: Formats,
    /// `ConfigMap`s and Secrets that add variables.
    pub(super) from: Vec<String>,
    /// Whether they are a configuration file's, which replaces every variable.
    pub(super) is_declared: bool,
    /// Where the endpoint is said.
    pub(super) at: At,
    /// Where other things are said.
    pub(super) places: Places,
    /// The share of new traces it keeps.
    pub(super) ratio: Said<f64>,
    /// Whether its sampler is named, so that the default does not hold.
    pub(super) is_sampler_said: bool,
    /// Whether it follows the decision of its caller.
    pub(super) follows: Option<bool>,
    /// Where its sampler asks how many traces to keep.
    pub(super) server: Said<String>,
    /// Whether its name is made of that of its workload.
    pub(super) is_name_derived: bool,
    /// Whether spans carry headers; absent where that is not known.
    pub(super) headers: Option<bool>,
    /// These headers, as far as they are known.
    pub(super) carried: Box<[Header]>,
    /// The document they stand in.
    pub(super) home: Option<Arc<Home>>,
    /// The key of it under which they are embedded, if they are.
    pub(super) key: String,
    /// Who is told.
    pub(super) by: By,
    /// What is said elsewhere.
    pub(super) elsewhere: Option<Box<Elsewhere>>,
}

impl Settings {
    /// The file they stand in.
    pub(super) fn file(&self) -> Option<&str> {
        self.home.as_ref().map(|home| home.file.as_ref())
    }

    /// Those of a process that says nothing itself.
    pub(super) fn of_process(workload: &Workload, process: &str) -> Self {
        Self {
            owner: workload.owner.clone(),
            namespace: workload.namespace.clone(),
            process: process.to_owned(),
            home: workload.at_pod.as_ref().map(|at| Arc::clone(&at.home)),
            sampling: "as its instrumentation has it".to_owned(),
            ..Self::default()
        }
    }
}

/// Who sends the spans of a process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum By {
    #[default]
    Itself,
    /// The proxy of Linkerd beside it.
    Linkerd,
}

impl By {
    fn of(document: &Document<'_>, item: &Item<'_>) -> Self {
        const PREFIX: &str = "LINKERD2_PROXY_";
        // Few documents say it, and paths are long. What is escaped is not written as it is read.
        let raw = document.root.raw().as_bytes();
        let may_be = !document.base.0.is_empty()
            || memchr::memchr(b'\\', raw).is_some()
            || memchr::memmem::find(raw, PREFIX.as_bytes()).is_some();
        let is_of = |step: &Step| match step {
            Step::Key(text) | Step::Item(text) => text.contains(PREFIX),
            Step::Index(_) => false,
        };
        let is_proxy = may_be && item.place.path().0.iter().any(is_of);
        if is_proxy { Self::Linkerd } else { Self::Itself }
    }
}

/// Formats of context.
#[derive(Debug, Clone, Default)]
pub(super) struct Formats {
    /// Those it is passed on in; nothing where that is not known.
    pub(super) writes: Option<Arc<[String]>>,
    /// Those it is taken over in; nothing where that is not known.
    pub(super) reads: Option<Arc<[String]>>,
    /// Whether baggage is passed on.
    pub(super) has_baggage: bool,
}

impl Formats {
    fn of(fact: &Fact<'_>) -> Self {
        let known = |key| {
            let is_known = matches!(fact.get(key), Some(Fact::List(_)));
            is_known.then(|| texts(fact, key).into())
        };
        let has_baggage = texts(fact, "propagators").iter().any(|name| name == "baggage");
        Self { writes: known("writes"), reads: known("reads"), has_baggage }
    }

    /// The same, as a way shows it.
    pub(super) fn of_path(&self) -> PathContext {
        let (writes, reads) = (self.writes.clone(), self.reads.clone());
        PathContext { writes, reads, calls: Vec::new() }
    }
}

impl TraceFacts {
    /// Takes what bears on tracing from one item of one of [`VIEWS`].
    pub fn take(&mut self, view: &str, taken: &TakenItem<'_, '_>) {
        let TakenItem { document, item, .. } = *taken;
        let (fact, origin) = (&item.fact, || taken.origin.clone());
        match view {
            _ if self.kept.take(view, taken) => (),
            "compose.service" => {
                let service = Composed::new(document.file, fact, &Some(taken.here()));
                self.composed.insert((service.file.clone(), service.name.clone()), service);
            }
            "sdk.semconv" => {
                let (owner, value) = (text(fact, "owner").unwrap_or_default(), text(fact, "value"));
                let told = OptIn { owner, value, at: Some(taken.here()) };
                self.opted.insert((origin(), item.key().into_owned()), told);
            }
            "transport.hop" => {
                let key = format!("{} {}", document.base, item.key());
                let is_insecure = item.place.keys().last() == Some(&"insecure");
                let (fact, at) = (Packed::of(taken.view, fact), taken.here());
                self.legs.insert((origin(), key), Leg { fact, at, is_insecure });
            }
            "k8s.service" => {
                let service = service(fact, &|keys| Some(taken.at(keys)));
                self.services.insert((origin(), service.name.clone()), service);
            }
            "k8s.podspec" => {
                let at = Some(taken.here());
                self.workload(origin(), fact, |workload| podspec(workload, fact, at));
            }
            "k8s.checksum" => self.workload(origin(), fact, |workload| {
                let said = |key| text(fact, key).unwrap_or_default();
                workload.checksums.push((said("name"), said("value"), Some(taken.here())));
            }),
            "k8s.container" => {
                self.workload(origin(), fact, |workload| {
                    workload.containers.push(container(fact, &|keys| Some(taken.at(keys))));
                });
            }
            "k8s.collector-image" => {
                let name = |key| text(fact, key).unwrap_or_default();
                let image = text(fact, "image").unwrap_or_default();
                self.images.insert((name("namespace"), name("name"), image));
            }
            "k8s.trace-backend" => {
                self.workload(origin(), fact, |known| {
                    known.backends.push(Backend::new(fact, Some(taken.here())));
                });
            }
            "k8s.call" => self.calls.extend(call(fact, &|| Some(taken.here()))),
            "sdk.export" => self.settings(taken),
            _ if view.starts_with("sdk.") => self.said_beside(view, taken),
            _ if view.starts_with("otel.") => {
                let known = self.collectors.entry(origin()).or_insert_with(|| empty(document));
                known.is_plain = document.dialect.id() == "otelcol";
                if view == "otel.collector" {
                    document.root.raw().clone_into(&mut known.text);
                }
                collect(known, (view, taken.view), fact, &|keys| Some(taken.at(keys)));
            }
            _ => self.noted.take(view, document.file, fact, taken.here()),
        }
    }

    /// Whether any container is told of a proxy.
    pub(super) fn has_proxies(&self) -> bool {
        let composed = self.composed.values().map(Composed::workload);
        let mut all = self
            .workloads
            .values()
            .map(|one| &**one)
            .chain(composed)
            .flat_map(|one| &one.containers);
        all.any(|container| !container.proxies.is_empty())
    }

    /// Gives back what was set aside for more than there is.
    pub fn shrink(&mut self) {
        for workload in self.workloads.values_mut() {
            workload.containers.shrink_to_fit();
        }
        self.noted.renamed.values_mut().for_each(Vec::shrink_to_fit);
        for collector in self.collectors.values_mut() {
            collector.settings.shrink_to_fit();
            collector.parts.shrink_to_fit();
            collector.receivers.shrink_to_fit();
            collector.exporters.shrink_to_fit();
            collector.pipelines.shrink_to_fit();
            collector.others.shrink_to_fit();
        }
    }

    fn workload(&mut self, origin: Origin, fact: &Fact<'_>, fill: impl FnOnce(&mut Workload)) {
        let owner = text(fact, "owner").unwrap_or_default();
        let known = self.workloads.entry((origin, owner.clone())).or_insert_with(|| {
            let namespace = text(fact, "namespace").unwrap_or_default();
            Box::new(Workload { owner, namespace, ..Workload::default() })
        });
        fill(known);
    }

    /// Where settings say something besides where spans go.
    fn said_beside(&mut self, view: &str, taken: &TakenItem<'_, '_>) {
        let fact = &taken.item.fact;
        let key = text(fact, "settings").filter(|_| view == "sdk.identity");
        let key = key.unwrap_or_else(|| taken.item.key().into_owned());
        let settings = self.settings.entry((taken.origin.clone(), key)).or_default();
        if let Some(topic) = Topic::of_view(view, text(fact, "part").as_deref()) {
            settings.places.put(topic, Some(taken.here()));
        }
        // What a file leaves out may be said elsewhere.
        if view == "sdk.identity" && text(fact, "process").is_some() {
            let said = ["said", "other"].iter().all(|key| flag(fact.get(key)) == Some(true));
            settings.shows_certificate = Some(said);
        }
    }

    fn settings(&mut self, taken: &TakenItem<'_, '_>) {
        let (item, origin, at) = (taken.item, taken.origin.clone(), Some(taken.here()));
        let fact = &item.fact;
        let key = match taken.document.base.0.last() {
            Some(Step::Key(key)) => key.clone(),
            Some(Step::Item(_) | Step::Index(_)) | None => String::new(),
        };
        let home = Some(Arc::clone(&origin.home));
        let settings = self.settings.entry((origin, item.key().into_owned())).or_default();
        let places = std::mem::take(&mut settings.places);
        let shows_certificate = settings.shows_certificate;
        **settings = Settings {
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
            path: text(fact, "path"),
            shows_certificate,
            context: Formats::of(fact),
            from: texts(fact, "from"),
            is_declared: flag(fact.get("declared")).unwrap_or(false),
            at,
            places,
            ratio: said_number(fact.get("ratio")),
            follows: flag(fact.get("parent_based")),
            is_sampler_said: flag(fact.get("sampler_said")).unwrap_or(false),
            server: said(fact.get("server")),
            is_name_derived: false,
            home,
            key,
            by: By::of(taken.document, item),
            headers: flag(fact.get("headers")),
            carried: headers(fact.get("carried")).into(),
            elsewhere: Elsewhere::of(fact),
        };
    }
}

//! Settings of collectors with what holds where they say nothing, by the version that runs.

use std::collections::BTreeSet;

use super::anchor::At;
use super::collector::{Collector, Home};
use super::exporter::Sink;
use super::facts::Said;
use super::graph::Graph;
use super::host::Endpoint;
use super::measure::shown;
use super::read::members;
use super::target::{Sender, Target};
use super::views::{SideFacts, SideItem, SideView};
use super::workload::Container;
use crate::dialect::component::present_name;
use crate::dialect::schema::{At as Place, Seg};
use crate::dialect::version::{self, Version};
use crate::dialect::{by_id, default_at};
use crate::facts::{Fact, Packed};

/// See its `about`.
pub(super) static SETTING: SideView = SideView {
    id: "trace.setting",
    about: "One setting of a collector's component that carries traces, with what holds where nothing is said: \
            the default of the version that runs, where that is known",
    fields: &[
        ("collector", "the collector: configmap/gateway, or a file; colours folded"),
        ("section", "receivers, processors, exporters, connectors or service"),
        ("type", "type of the component, under its present name"),
        ("id", "id of the component, under the present name of its type"),
        ("setting", "the way to it, joined by dots: sending_queue.queue_size"),
        ("raw", "its text as written, or how many members it has; empty when not said"),
        (
            "value",
            "what holds, of a table of routes as one text; absent where neither it nor a default is known",
        ),
        ("said", "whether it is written"),
        ("behind", "whether another collector sends to this one"),
    ],
    extract,
};

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    fact: Packed,
    /// Whether a pipeline uses its component.
    pub(super) is_used: bool,
    /// Whether one of traces does.
    is_traced: bool,
    pub(super) at: At,
}

impl Setting {
    /// Reads an item of its view, which is told by its place among all.
    pub(super) fn new(view: u16, fact: &Fact<'_>, at: At) -> Self {
        let is_of = |signal: &Fact<'_>| matches!(signal, Fact::Text(text) if text == "traces");
        let mut signals = members(fact.get("signals"));
        let is_used = signals.len() > 0;
        Self { fact: Packed::of(view, fact), is_used, is_traced: signals.any(is_of), at }
    }

    /// The way to it, joined by dots.
    pub(super) fn name(&self) -> &str {
        self.word("setting")
    }

    /// Its value, where it is a text.
    pub(super) fn text(&self) -> Option<&str> {
        self.fact.text("value")
    }

    /// The id of its component, as written.
    pub(super) fn component(&self) -> &str {
        self.word("id")
    }

    fn section(&self) -> &str {
        self.word("section")
    }

    fn kind(&self) -> &str {
        self.word("type")
    }

    fn word(&self, key: &str) -> &str {
        self.fact.text(key).unwrap_or_default()
    }

    /// What a transform or filter does with what a statement fails on, in releases in which a feature
    /// gate decides: on from v0.153.0 unless turned off, off from v0.150.0 unless turned on
    /// (opentelemetry-collector-contrib #47231, #47232).
    fn gated(&self, version: Option<Version>, containers: &[&Container]) -> Option<Fact<'static>> {
        const GATE: &str = "defaultErrorModeIgnore";
        let is_of = ["transform", "filter"].contains(&self.kind());
        if !is_of || self.name() != "error_mode" || containers.is_empty() {
            return None;
        }
        let mut words = containers.iter().flat_map(|container| &container.args);
        let at = |text: &str| Version::parse(text);
        if words.any(|word| word.contains(GATE)) || version? < at("0.150.0")? {
            return None;
        }
        let since = at("0.153.0")?;
        Some(Fact::text(if version? >= since { "ignore" } else { "propagate" }))
    }

    /// What holds where nothing is said.
    fn default(&self, version: Option<Version>) -> Option<Fact<'static>> {
        let mut path = vec![Seg::Key(self.section()), Seg::Key(self.component())];
        path.extend(self.name().split('.').map(Seg::Key));
        let place = Place { kind: "otelcol", path: &path };
        let known = default_at(by_id("otelcol")?, place, version)?;
        Some(match known.value.as_str() {
            "true" => Fact::Bool(true),
            "false" => Fact::Bool(false),
            text => Fact::number(text).unwrap_or_else(|| Fact::text(text)),
        })
    }
}

impl<'a> Graph<'a> {
    /// The images that run a collector, by index, each with the place that names it.
    pub(super) fn images_of(&self, index: usize) -> Vec<(&'a str, At)> {
        let own = self.containers_of(index).into_iter();
        let mut images: Vec<(&str, At)> =
            own.map(|container| (container.image.as_str(), container.at_image.clone())).collect();
        if let Some(Collector { home: Home::Resource { namespace, name }, .. }) =
            self.collectors.get(index)
        {
            let named = self.images.get(&(namespace.as_str(), name.as_str()));
            images.extend(named.into_iter().flatten().map(|image| (*image, None)));
        }
        images
    }

    /// The version that runs a collector, by index, if every image of it says the same one.
    pub(super) fn version_of(&self, index: usize) -> Option<Version> {
        let images = self.images_of(index);
        let mut versions = images.iter().map(|(image, _)| version::of_collector(image));
        let first = versions.next()??;
        versions.all(|other| other == Some(first)).then_some(first)
    }
}

impl Graph<'_> {
    /// Collectors, by index, that another one sends spans to.
    fn behind_others(&self) -> BTreeSet<usize> {
        let mut behind = BTreeSet::new();
        for (index, collector) in self.collectors.iter().enumerate() {
            let namespace = self.namespaces.get(index).copied().flatten();
            let sender = Sender { namespace, collector: Some(index), ..Sender::default() };
            for exporter in collector.exporters.iter().filter(|exporter| !exporter.is_idle) {
                let Sink::Forward(format) = &exporter.sink else { continue };
                for destination in &exporter.destinations {
                    let Said::Yes(text) = destination else { continue };
                    let Ok(endpoint) = Endpoint::parse(text) else { continue };
                    if let Target::Collector(next, _) = self.target(&endpoint, format, sender) {
                        behind.extend(Some(next).filter(|next| *next != index));
                    }
                }
            }
        }
        behind
    }
}

fn extract<'g>(side: &SideFacts<'g>) -> Vec<SideItem<'g>> {
    let graph = side.graph;
    let mut items = Vec::new();
    let behind = graph.behind_others();
    for (index, collector) in graph.collectors.iter().enumerate() {
        let version = graph.version_of(index);
        let image = graph.images_of(index).into_iter().find_map(|(_, at)| at);
        let containers = graph.containers_of(index);
        let (name, key) = (graph.folded(&collector.name), graph.key_of(collector));
        let of_traces = collector.settings.iter().filter(|setting| setting.is_traced);
        // Those of one component stand together.
        let mut component = ("", "", String::new());
        items.extend(of_traces.map(|setting| {
            let (section, id) = (setting.section(), setting.component());
            if (component.0, component.1) != (section, id) {
                component = (section, id, graph.folded(&present_name(section, id)));
            }
            let default = setting.default(version).or_else(|| setting.gated(version, &containers));
            let of = Of { graph, name: &name, key: &key, component: &component.2, image: &image };
            item(&of, setting, default, behind.contains(&index))
        }));
    }
    items.shrink_to_fit();
    items
}

/// The routes of a connector without what they ask of where nothing is said
/// (opentelemetry-collector-contrib v0.120.0, `connector/routingconnector/README.md`).
fn asked<'t>(table: &Fact<'t>) -> Fact<'t> {
    match table {
        Fact::List(routes) => Fact::List(routes.iter().map(asked).collect()),
        Fact::Map(fields) => {
            let is_default = |key: &str, value: &Fact<'_>| {
                key == "context" && matches!(value, Fact::Text(text) if text == "resource")
            };
            let fields = fields.iter().filter(|(key, value)| !is_default(key, value));
            Fact::Map(fields.cloned().collect())
        }
        Fact::Bool(_) | Fact::Number(_) | Fact::Text(_) | Fact::Secret(_) | Fact::Unknown(_) => {
            table.clone()
        }
    }
}

/// What a setting is of.
struct Of<'o> {
    graph: &'o Graph<'o>,
    /// The collector, colours folded.
    name: &'o str,
    /// What tells it from others.
    key: &'o str,
    /// The id of the component under its present name, colours folded.
    component: &'o str,
    /// Where the image that runs it is named.
    image: &'o At,
}

fn item<'g>(
    of: &Of<'_>,
    setting: &'g Setting,
    default: Option<Fact<'static>>,
    is_behind: bool,
) -> SideItem<'g> {
    let (section, name, raw) = (setting.section(), setting.name(), setting.fact.text("raw"));
    let value = match setting.fact.get("value") {
        // Its texts may name colours.
        Some(table) if name == "table" => Some(Fact::text(of.graph.folded(&shown(&asked(&table))))),
        said => said.or(default),
    };
    let fact = Fact::map([
        ("collector", Some(Fact::text(of.name.to_owned()))),
        ("section", Some(Fact::text(section))),
        ("type", Some(Fact::text(setting.kind()))),
        ("id", Some(Fact::text(of.component.to_owned()))),
        ("setting", Some(Fact::text(name))),
        ("raw", Some(Fact::text(raw.unwrap_or_default()))),
        ("value", value),
        ("said", Some(Fact::Bool(raw.is_some()))),
        ("behind", Some(Fact::Bool(is_behind))),
    ]);
    // Where nothing is said, the version decides.
    let image = of.image.iter().filter(|_| raw.is_none());
    let mut at = Vec::with_capacity(if raw.is_some() { 1 } else { 2 });
    at.extend(image.chain(&setting.at).cloned());
    SideItem { key: [of.key, section, of.component, name].join(" "), at, fact }
}

//! What collectors take out of spans on every way to each of their outlets.
//!
//! A guard is a processor that removes or masks data, on one side at least. What it does is a set of
//! measures, texts that are equal for measures that do the same, so that less can be told from
//! other. A way that leads past it makes its outlet open, whatever the other ways do.

use std::collections::{BTreeMap, BTreeSet};

use super::anchor::{Anchor, At, below, member_of};
use super::collector::{Collector, Pipeline};
use super::exporter::Sink;
use super::graph::Graph;
use super::measure::{Measures, measures};
use super::sink::ordered;
use super::views::{SideFacts, SideItem, SideView};
use crate::dialect::component::present_name;
use crate::facts::Fact;

/// See its `about`.
pub(super) static SCRUB: SideView = SideView {
    id: "trace.scrub",
    about: "One processor of a collector that removes or masks data on one side at least, and what it does on \
            the ways of spans to the collector's outlets: exporters, and connectors to other signals",
    fields: &[
        ("collector", "the collector: configmap/gateway, or a file; colours folded"),
        ("id", "id of the processor, under the present name of its type; colours folded"),
        (
            "does",
            "its measures, as texts that are equal where they do the same; none where it is not defined",
        ),
        ("exempt", "what it leaves alone though it would be removed or masked otherwise"),
        ("reaches", "the parts of a span it looks at"),
        ("on", "outlets that no way leads to past it"),
        ("outlets", "all outlets"),
        (
            "all",
            "what all processors do on every way to an outlet: the outlet, a colon, the measure",
        ),
        ("reached", "the parts of a span that all processors on any way look at"),
    ],
    extract,
};

/// One processor, connector or extension.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) section: String,
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) config: Fact<'static>,
    pub(super) used: bool,
    pub(super) at: At,
}

impl Part {
    /// Where it says, or would say, what it does.
    pub(super) fn at_measures(&self) -> impl Iterator<Item = Anchor> {
        MEASURES.iter().filter_map(|key| below(&self.at, std::slice::from_ref(key)))
    }
}

/// Keys of processors under which they say what they do, and what they leave alone.
static MEASURES: [&str; 13] = [
    "actions",
    "allow_all_keys",
    "allowed_keys",
    "allowed_values",
    "attributes",
    "blocked_key_patterns",
    "blocked_values",
    "exclude",
    "ignored_key_patterns",
    "ignored_keys",
    "include",
    "trace_statements",
    "url_sanitizer",
];

/// Guards of collectors, by what tells those apart: what either side has.
pub(super) type Guards = BTreeMap<String, BTreeSet<String>>;

/// How many ways one collector has at most, and how many pipelines lie on one.
const WAYS_MAX: usize = 256;
const DEPTH_MAX: usize = 16;

/// One way through a collector: the processors on it, and its pipelines.
type Way<'c> = (BTreeSet<&'c str>, Vec<&'c Pipeline>);

/// The ways through one collector, by outlet.
struct Ways<'c> {
    collector: &'c Collector,
    found: BTreeMap<String, Vec<Way<'c>>>,
    count: usize,
}

impl<'c> Ways<'c> {
    fn of(collector: &'c Collector) -> Self {
        let mut ways = Self { collector, found: BTreeMap::new(), count: 0 };
        for pipeline in &collector.pipelines {
            if pipeline.receivers.iter().any(|id| !ways.is_connector(id)) {
                ways.follow(pipeline, &BTreeSet::new(), &[]);
            }
        }
        ways
    }

    fn is_connector(&self, id: &str) -> bool {
        self.collector.parts.iter().any(|part| part.section == "connectors" && part.id == id)
    }

    /// Follows one pipeline. No deeper than [`DEPTH_MAX`], no more than [`WAYS_MAX`].
    fn follow(
        &mut self,
        pipeline: &'c Pipeline,
        before: &BTreeSet<&'c str>,
        passed: &[&'c Pipeline],
    ) {
        let is_loop = passed.iter().any(|known| known.id == pipeline.id);
        if is_loop || passed.len() >= DEPTH_MAX || self.count >= WAYS_MAX {
            return;
        }
        let mut processors = before.clone();
        processors.extend(pipeline.processors.iter().map(String::as_str));
        let passed: Vec<&'c Pipeline> = passed.iter().copied().chain([pipeline]).collect();
        let collector = self.collector;
        let shows = |id: &str| {
            let nothing =
                |known: &&super::exporter::Exporter| known.id == id && known.sink == Sink::Nothing;
            collector.exporters.iter().any(|known| nothing(&known))
        };
        for id in pipeline.exporters.iter().filter(|id| !shows(id)) {
            self.reach(present_name("exporters", id).into_owned(), &processors, &passed);
        }
        for id in &pipeline.connectors {
            let onward: Vec<usize> = collector.fed_by(id).collect();
            if onward.is_empty() {
                self.reach(present_name("connectors", id).into_owned(), &processors, &passed);
            }
            for next in onward.into_iter().filter_map(|next| collector.pipelines.get(next)) {
                self.follow(next, &processors, &passed);
            }
        }
    }

    fn reach(&mut self, outlet: String, processors: &BTreeSet<&'c str>, passed: &[&'c Pipeline]) {
        self.count = self.count.saturating_add(1);
        self.found.entry(outlet).or_default().push((processors.clone(), passed.to_vec()));
    }

    /// Outlets that no way leads to past a processor.
    fn on(&self, id: &str) -> impl Iterator<Item = &String> {
        let is_on = move |ways: &Vec<Way<'c>>| ways.iter().all(|(passed, _)| passed.contains(id));
        self.found.iter().filter(move |(_, ways)| is_on(ways)).map(|(outlet, _)| outlet)
    }

    /// Where a processor is defined and named, and where the ways past it begin and end.
    fn at(&self, id: &str) -> Vec<Anchor> {
        let processors = self.collector.parts.iter().filter(|part| part.section == "processors");
        let own = processors.filter(|part| part.id == id);
        let mut at: Vec<Anchor> = own.flat_map(Part::at_measures).collect();
        for pipeline in
            self.collector.pipelines.iter().filter(|p| p.processors.iter().any(|own| own == id))
        {
            at.extend(ordered(&pipeline.at_processors, &pipeline.processors, id));
        }
        for (outlet, ways) in &self.found {
            for (_, passed) in ways.iter().filter(|(on, _)| !on.contains(id)) {
                let next = passed.iter().skip(1).map(Some).chain([None]);
                for (pipeline, next) in passed.iter().zip(next) {
                    let out = pipeline.exporters.iter().chain(&pipeline.connectors);
                    let leads = |id: &&String| match next {
                        Some(next) => next.receivers.contains(id),
                        None => present_name("exporters", id) == outlet.as_str(),
                    };
                    at.extend(
                        out.filter(leads).filter_map(|id| member_of(&pipeline.at_exporters, id)),
                    );
                    let receivers = pipeline.receivers.iter();
                    at.extend(receivers.filter_map(|id| member_of(&pipeline.at_receivers, id)));
                }
            }
        }
        let mut seen = BTreeSet::new();
        at.retain(|anchor| seen.insert(anchor.clone()));
        at
    }
}

impl Graph<'_> {
    /// The processors of a collector that remove or mask data, by id, and what they do.
    fn measures(&self, index: usize, collector: &Collector) -> BTreeMap<String, Measures> {
        let version = self.version_of(index);
        let processors = collector.parts.iter().filter(|part| part.section == "processors");
        let known =
            processors.map(|part| (part.id.clone(), measures(&part.kind, &part.config, version)));
        known.collect()
    }

    /// The guards of every collector, as both sides know them.
    pub(super) fn guards(&self) -> Guards {
        let mut guards = Guards::new();
        for (index, collector) in self.collectors.iter().enumerate() {
            let own = self.measures(index, collector).into_iter();
            let own = own.filter(|(_, known)| !known.what.is_empty());
            let ids = own.map(|(id, _)| self.folded(&present_name("processors", &id)));
            guards.entry(self.key_of(collector)).or_default().extend(ids);
        }
        guards
    }
}

fn extract(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let mut items = Vec::new();
    for (index, collector) in graph.collectors.iter().copied().enumerate() {
        let ways = Ways::of(collector);
        let Some(guards) = graph.known.guards.get(&graph.key_of(collector)) else { continue };
        if !ways.found.is_empty() {
            let known = graph.measures(index, collector);
            let images: Vec<At> = graph.images_of(index).into_iter().map(|(_, at)| at).collect();
            items.extend(guards.iter().map(|guard| item(graph, &ways, (&known, &images), guard)));
        }
    }
    items
}

fn item(
    graph: &Graph<'_>,
    ways: &Ways<'_>,
    (known, images): (&BTreeMap<String, Measures>, &[At]),
    guard: &str,
) -> SideItem<'static> {
    let list =
        |texts: BTreeSet<String>| Some(Fact::List(texts.into_iter().map(Fact::text).collect()));
    let folded =
        |texts: BTreeSet<&String>| texts.into_iter().map(|text| graph.folded(text)).collect();
    let names = |id: &&String| graph.folded(&present_name("processors", id)) == guard;
    let id = known.keys().find(names).map_or("", String::as_str);
    let nothing = Measures::default();
    let own = known.get(id).unwrap_or(&nothing);
    let (mut all, mut reached) = (BTreeSet::new(), BTreeSet::new());
    for (other, does) in known {
        for outlet in ways.on(other) {
            let outlet = graph.folded(outlet);
            all.extend(does.what.iter().map(|measure| format!("{outlet}: {measure}")));
            reached.extend(does.reaches.iter().map(|part| (*part).to_owned()));
        }
    }
    let fact = Fact::map([
        ("collector", Some(Fact::text(graph.folded(&ways.collector.name)))),
        ("id", Some(Fact::text(guard.to_owned()))),
        ("does", list(own.what.clone())),
        ("exempt", list(own.exempt.clone())),
        ("reaches", list(own.reaches.iter().map(|part| (*part).to_owned()).collect())),
        ("on", list(folded(ways.on(id).collect()))),
        ("outlets", list(folded(ways.found.keys().collect()))),
        ("all", list(all)),
        ("reached", list(reached)),
    ]);
    let key = format!("{} {guard}", graph.key_of(ways.collector));
    let mut at = ways.at(id);
    if own.is_dated {
        at.extend(images.iter().flatten().cloned());
    }
    SideItem { key, at, fact }
}

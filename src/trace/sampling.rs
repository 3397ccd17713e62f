//! Sampling along the ways of spans: what one sampler does to another, and to what is counted.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use super::anchor::{Anchor, At, member_of};
use super::collector::{Collector, Home, Pipeline};
use super::exporter::Spread;
use super::facts::Said;
use super::feed::{Feed, Feeds, From};
use super::graph::Graph;
use super::kept::of_view;
use super::read::number;
use super::views::{SideFacts, SideItem, SideView};
use crate::dialect::component::present;
use crate::facts::Fact;

/// See its `about`.
pub(super) static TAIL: SideView = SideView {
    id: "trace.tail-sampler",
    about: "A Collector of several instances that decides on whole traces, and how spans come to it",
    fields: &[
        ("collector", "the collector"),
        ("instances", "how many of it there are: a number, or `one on each node`"),
        (
            "split",
            "why the spans of a trace get to different instances, in words; none where they do not",
        ),
    ],
    extract: tails,
};

/// See its `about`.
pub(super) static SAMPLED: SideView = SideView {
    id: "trace.sampled",
    about: "A sampler before a Collector that decides on whole traces",
    fields: &[
        ("collector", "the collector"),
        ("sampler", "who samples before it: a service, or a processor of a collector"),
        (
            "share",
            "the share of the traces that it keeps, 0 to 1; absent when something outside decides",
        ),
    ],
    extract: sampled,
};

/// See its `about`.
pub(super) static COUNTED: SideView = SideView {
    id: "trace.span-metrics",
    about: "A connector that makes metrics of spans",
    fields: &[
        ("collector", "the collector"),
        ("connector", "id of the connector"),
        (
            "samplers",
            "processors before it in its collector that keep only some traces, and so that it counts too few",
        ),
        ("keys", "by which keys of a balancer spans come to a Collector of several instances"),
    ],
    extract: counted,
};

/// Types of processors that need all spans of a trace.
const TAIL_TYPES: [&str; 2] = ["tail_sampling", "groupbytrace"];

/// Connectors that make metrics of spans.
const METRIC_TYPES: [&str; 3] = ["span_metrics", "service_graph", "servicegraph"];

/// How many instances of a collector there are.
enum Instances {
    /// This many at most.
    Some(u64),
    /// One for every node.
    Nodes,
}

impl Graph<'_> {
    /// How many instances of a collector run, and where that is said; nothing where it is not known.
    fn instances(&self, collector: usize) -> Option<(Instances, Vec<At>)> {
        let mut places = Vec::new();
        let mut most: Option<u64> = None;
        if let Some(Home::Resource { namespace, name }) =
            self.collectors.get(collector).map(|collector| &collector.home)
        {
            let (count, said) = self.replicas(&format!("opentelemetrycollector/{name}"), namespace);
            return (!said.is_empty()).then_some((Instances::Some(count), said));
        }
        for workload in self.running(collector) {
            if workload.owner.starts_with("daemonset/") {
                return Some((Instances::Nodes, vec![workload.at_image()]));
            }
            let (count, said) = self.replicas(&workload.owner, &workload.namespace);
            places.extend(said);
            most = most.max(Some(count));
        }
        Some((Instances::Some(most?), places))
    }

    /// The most replicas that a workload has, one where nothing is said.
    fn replicas(&self, owner: &str, namespace: &str) -> (u64, Vec<At>) {
        let mut most = 1;
        let mut places = Vec::new();
        for kept in of_view(self.kept, "k8s.replicas") {
            let is_own =
                kept.word("owner") == owner || kept.word("target").eq_ignore_ascii_case(owner);
            if !is_own || kept.word("namespace") != namespace {
                continue;
            }
            places.push(kept.at.clone());
            most = most.max(number(kept.get("count").as_ref()).unwrap_or(1).into());
        }
        (most, places)
    }
}

/// The processors of some types in some pipelines of a collector, with their pipelines.
fn processors<'c>(
    collector: &'c Collector,
    pipelines: impl IntoIterator<Item = usize>,
    types: &'c [&str],
) -> Vec<(&'c Pipeline, &'c str)> {
    let chosen = pipelines.into_iter().filter_map(|index| collector.pipelines.get(index));
    let is_wanted =
        |id: &&String| types.contains(&present("processors", id.split('/').next().unwrap_or(id)));
    chosen
        .flat_map(|pipeline| {
            let wanted = pipeline.processors.iter().filter(is_wanted);
            wanted.map(move |id| (pipeline, id.as_str()))
        })
        .collect()
}

fn anchors(places: Vec<At>) -> Vec<Anchor> {
    let mut seen = BTreeSet::new();
    let known = places.into_iter().flatten();
    known.filter(|anchor| seen.insert(anchor.clone())).collect()
}

fn texts(all: impl IntoIterator<Item = String>) -> Fact<'static> {
    Fact::List(all.into_iter().map(Fact::text).collect())
}

fn tails(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let feeds = LazyCell::new(|| graph.feeds());
    let mut items = Vec::new();
    for (index, collector) in graph.collectors.iter().enumerate() {
        let all = 0..collector.pipelines.len();
        let Some((pipeline, tail)) = processors(collector, all, &TAIL_TYPES).first().copied()
        else {
            continue;
        };
        let Some((instances, mut places)) = graph.instances(index) else { continue };
        let (mut split, mut causes) = (BTreeSet::new(), Vec::new());
        let shown = match instances {
            Instances::Some(1) => "1".to_owned(),
            Instances::Some(count) => count.to_string(),
            Instances::Nodes => "one on each node".to_owned(),
        };
        if shown != "1" {
            for feed in feeds.entering(index) {
                let onward = graph.onward(index, &feed.pipelines);
                if processors(collector, onward, &TAIL_TYPES).is_empty() {
                    continue;
                }
                if let Some(why) = why_split(graph, feed) {
                    split.insert(why);
                    causes.extend(feed.places());
                }
            }
        }
        places.extend(causes);
        places.push(member_of(&pipeline.at_processors, tail));
        let fact = Fact::map([
            ("collector", Some(Fact::text(collector.name.clone()))),
            ("instances", Some(Fact::text(shown))),
            ("split", Some(texts(split))),
        ]);
        items.push(SideItem { key: graph.folded(&collector.name), at: anchors(places), fact });
    }
    items
}

/// Why the spans of one trace that come on a leg get to several instances; nothing where they do
/// not.
fn why_split(graph: &Graph<'_>, feed: &Feed<'_>) -> Option<String> {
    let service = feed.via.map(|service| service.name.as_str());
    match &feed.from {
        From::Process(sending) => Some(format!("{} sends to {}", sending.name, service?)),
        From::Pipeline(sender, _, exporter) => {
            let sender = graph.collectors.get(*sender)?;
            let who = format!("{} of {}", exporter.id, sender.name);
            match &exporter.spread {
                Spread::None => Some(format!("{who} sends to {}", service?)),
                Spread::Balanced { key, .. } if key != "traceID" => {
                    Some(format!("{who} sends by {key}, not by trace"))
                }
                Spread::Balanced { by_dns: true, .. } if !feed.via?.is_headless => Some(format!(
                    "{who} asks for the addresses of {}, which is not headless and has but one",
                    service?
                )),
                Spread::Balanced { .. } => None,
                Spread::Topic { name, by_trace } => {
                    (!by_trace).then(|| format!("{who} writes to any part of the topic {name}"))
                }
            }
        }
    }
}

impl Feed<'_> {
    /// The settings that decide which instance gets what.
    fn places(&self) -> Vec<At> {
        let mut places = match &self.from {
            From::Process(sending) => vec![sending.at.clone()],
            From::Pipeline(_, _, exporter) => exporter.at_spread.clone(),
        };
        places.extend(self.via.map(|service| service.at("clusterIP")));
        places
    }
}

fn sampled(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let feeds = LazyCell::new(|| graph.feeds());
    let mut items: BTreeMap<String, SideItem<'static>> = BTreeMap::new();
    for (index, collector) in graph.collectors.iter().enumerate() {
        let all = 0..collector.pipelines.len();
        let behind = processors(collector, all, &["tail_sampling"]);
        let Some((pipeline, tail)) = behind.first() else { continue };
        for (sampler, share, mut places) in before(graph, &feeds, index) {
            places.push(member_of(&pipeline.at_processors, tail));
            let share = match share {
                Said::Yes(share) => Fact::number(&share.to_string()),
                Said::Unknown(reason) => Some(Fact::Unknown(reason)),
                Said::No => None,
            };
            let key = graph.folded(&format!("{} {sampler}", collector.name));
            let fact = Fact::map([
                ("collector", Some(Fact::text(collector.name.clone()))),
                ("sampler", Some(Fact::text(sampler))),
                ("share", share),
            ]);
            items.insert(key.clone(), SideItem { key, at: anchors(places), fact });
        }
    }
    items.into_values().collect()
}

/// Everything that samples before the tail samplers of a collector: who, how much is kept, where.
fn before(
    graph: &Graph<'_>,
    feeds: &Feeds<'_>,
    collector: usize,
) -> Vec<(String, Said<f64>, Vec<At>)> {
    let mut found = Vec::new();
    let Some(own) = graph.collectors.get(collector) else { return found };
    let deciding = |pipelines: &[usize]| {
        let onward = graph.onward(collector, pipelines);
        !processors(own, onward, &["tail_sampling"]).is_empty()
    };
    let into = feeds.entering(collector).iter().filter(|feed| deciding(&feed.pipelines));
    let mut open: Vec<&Feed<'_>> = into.collect();
    let mut seen = BTreeSet::new();
    while let Some(feed) = open.pop() {
        match &feed.from {
            From::Process(sending) => {
                let places = vec![sending.at_sampling.clone()];
                found.push((sending.name.clone(), sending.ratio.clone(), places));
            }
            From::Pipeline(sender, pipeline, _) => {
                if !seen.insert((*sender, *pipeline)) {
                    continue;
                }
                let Some(known) = graph.collectors.get(*sender) else { continue };
                for (at, id) in processors(known, [*pipeline], &["probabilistic_sampler"]) {
                    let percent = known.shares.get(id).cloned().unwrap_or_default();
                    let share = match percent {
                        Said::Yes(percent) => Said::Yes(percent / 100.0),
                        other @ (Said::No | Said::Unknown(_)) => other,
                    };
                    let defined = known.processors.get(id).cloned().flatten();
                    let places = vec![member_of(&at.at_processors, id), defined];
                    found.push((format!("{id} of {}", known.name), share, places));
                }
                let fills =
                    |feed: &&Feed<'_>| graph.onward(*sender, &feed.pipelines).contains(pipeline);
                open.extend(feeds.entering(*sender).iter().filter(fills));
            }
        }
    }
    found
}

fn counted(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let feeds = LazyCell::new(|| graph.feeds());
    let mut items = Vec::new();
    for (index, collector) in graph.collectors.iter().enumerate() {
        let is_metric = |id: &&String| {
            METRIC_TYPES.contains(&present("connectors", id.split('/').next().unwrap_or(id)))
        };
        let used: BTreeSet<&String> =
            collector.pipelines.iter().flat_map(|p| &p.connectors).filter(is_metric).collect();
        for connector in used {
            items.push(metric(graph, &feeds, (index, collector), connector));
        }
    }
    items
}

/// Types of samplers after which a connector counts too little. What the share of a probabilistic one
/// was, spans say themselves, and `span_metrics` counts with it since early 2026
/// (opentelemetry-collector-contrib, pull request 45557).
fn biasing(connector: &str) -> &'static [&'static str] {
    if connector == "span_metrics" {
        &["tail_sampling"]
    } else {
        &["tail_sampling", "probabilistic_sampler"]
    }
}

/// One connector that makes metrics, and what spans have gone through before it.
fn metric(
    graph: &Graph<'_>,
    feeds: &Feeds<'_>,
    (index, collector): (usize, &Collector),
    connector: &str,
) -> SideItem<'static> {
    let feeding = |pipeline: &Pipeline| pipeline.connectors.iter().any(|id| id == connector);
    let all = collector.pipelines.iter().enumerate();
    let own: Vec<usize> = all.filter(|(_, p)| feeding(p)).map(|(index, _)| index).collect();
    let mut samplers = BTreeSet::new();
    let mut places = Vec::new();
    let passed = (0..collector.pipelines.len()).filter(|pipeline| {
        let onward = graph.onward(index, &[*pipeline]);
        own.iter().any(|own| onward.contains(own))
    });
    let kind = present("connectors", connector.split('/').next().unwrap_or(connector));
    for (pipeline, id) in processors(collector, passed, biasing(kind)) {
        samplers.insert(format!("{id} in pipeline {}", pipeline.id));
        places.push(member_of(&pipeline.at_processors, id));
    }
    let direct = own.iter().filter_map(|index| collector.pipelines.get(*index));
    for pipeline in direct.chain(&collector.pipelines) {
        places.push(member_of(&pipeline.at_exporters, connector));
    }
    let mut keys = BTreeSet::new();
    if graph.instances(index).is_some_and(|(count, _)| !matches!(count, Instances::Some(1))) {
        let into = |feed: &&Feed<'_>| {
            let onward = graph.onward(index, &feed.pipelines);
            own.iter().any(|own| onward.contains(own))
        };
        for feed in feeds.entering(index).iter().filter(into) {
            if let From::Pipeline(_, _, exporter) = &feed.from
                && let Spread::Balanced { key, .. } = &exporter.spread
            {
                keys.insert(key.clone());
                places.extend(exporter.at_spread.clone());
            }
        }
    }
    let fact = Fact::map([
        ("collector", Some(Fact::text(collector.name.clone()))),
        ("connector", Some(Fact::text(connector.to_owned()))),
        ("samplers", Some(texts(samplers))),
        ("keys", Some(texts(keys))),
    ]);
    let key = graph.folded(&format!("{} {connector}", collector.name));
    SideItem { key, at: anchors(places), fact }
}

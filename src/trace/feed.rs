//! The legs on which spans come into collectors, each by itself: who sends, and which pipelines
//! take them.

use std::collections::{BTreeMap, BTreeSet};

use super::anchor::At;
use super::exporter::{Exporter, Sink, Spread};
use super::facts::{Said, Settings};
use super::graph::Graph;
use super::host::{Endpoint, dns};
use super::places::Topic;
use super::resolve::format_of;
use super::target::{Sender, Target, in_cluster};
use super::workload::Service;

/// One leg into a collector.
pub(super) struct Feed<'g> {
    pub(super) from: From<'g>,
    /// The Service it goes through.
    pub(super) via: Option<&'g Service>,
    /// The collector, by index.
    pub(super) to: usize,
    /// The pipelines that take what comes, by index.
    pub(super) pipelines: Vec<usize>,
}

/// Who sends.
pub(super) enum From<'g> {
    /// A process.
    Process(Sending),
    /// A pipeline of a collector, by index both, through an exporter.
    Pipeline(usize, usize, &'g Exporter),
}

/// A process that sends spans to a collector.
pub(super) struct Sending {
    /// Its service.
    pub(super) name: String,
    /// Where it is said where its spans go.
    pub(super) at: At,
    /// The share of new traces it keeps.
    pub(super) ratio: Said<f64>,
    /// Where that is said.
    pub(super) at_sampling: At,
}

/// Legs into collectors, by the collector.
pub(super) struct Feeds<'g>(BTreeMap<usize, Vec<Feed<'g>>>);

impl<'g> Feeds<'g> {
    /// Those into one collector.
    pub(super) fn entering(&self, collector: usize) -> &[Feed<'g>] {
        self.0.get(&collector).map_or(&[], Vec::as_slice)
    }
}

impl<'a> Graph<'a> {
    /// Every leg into a collector that can be told.
    pub(super) fn feeds(&self) -> Feeds<'a> {
        let mut feeds = BTreeMap::new();
        for feed in self.legs_into_collectors() {
            feeds.entry(feed.to).or_insert_with(Vec::new).push(feed);
        }
        Feeds(feeds)
    }

    fn legs_into_collectors(&self) -> Vec<Feed<'a>> {
        let mut found = Vec::new();
        for settings in self.processes() {
            if settings.enabled == Said::Yes(false) {
                continue;
            }
            let sender = self.sender(settings);
            let Some(Ok(endpoint)) = self.endpoint_of(settings, sender) else { continue };
            let Some((to, pipelines)) = self.taken(&endpoint, settings, sender) else { continue };
            let via = self.service_at(&endpoint, sender);
            let from = From::Process(Sending {
                name: self.service_of(settings),
                at: settings.at.clone(),
                ratio: settings.ratio.clone(),
                at_sampling: settings.places.at(Topic::Sampling),
            });
            found.push(Feed { from, via, to, pipelines });
        }
        for (collector, known) in self.collectors.iter().copied().enumerate() {
            let sender = Sender {
                namespace: self.namespaces.get(collector).copied().flatten(),
                collector: Some(collector),
                file: Some(&known.file),
                ..Sender::default()
            };
            for (pipeline, own) in known.pipelines.iter().enumerate() {
                let used = known.exporters.iter().filter(|e| own.exporters.contains(&e.id));
                for exporter in used {
                    let from = || From::Pipeline(collector, pipeline, exporter);
                    found.extend(
                        self.sent(exporter, sender).into_iter().map(|(via, to, pipelines)| Feed {
                            from: from(),
                            via,
                            to,
                            pipelines,
                        }),
                    );
                    found.extend(
                        self.read_by(exporter, collector).into_iter().map(|(to, pipelines)| Feed {
                            from: from(),
                            via: None,
                            to,
                            pipelines,
                        }),
                    );
                }
            }
        }
        found
    }

    fn taken(
        &self,
        endpoint: &Endpoint,
        settings: &Settings,
        sender: Sender<'_>,
    ) -> Option<(usize, Vec<usize>)> {
        let Target::Collector(index, arrival) = self.target(endpoint, &format_of(settings), sender)
        else {
            return None;
        };
        Some((index, self.collectors.get(index)?.enter(&arrival).ok()?))
    }

    fn sent(
        &self,
        exporter: &Exporter,
        sender: Sender<'_>,
    ) -> Vec<(Option<&'a Service>, usize, Vec<usize>)> {
        let Sink::Forward(format) = &exporter.sink else { return Vec::new() };
        let known = exporter.destinations.iter().filter_map(|said| match said {
            Said::Yes(text) => Endpoint::parse(text).ok(),
            Said::No | Said::Unknown(_) => None,
        });
        let leg = |endpoint: Endpoint| {
            let Target::Collector(index, arrival) = self.target(&endpoint, format, sender) else {
                return None;
            };
            let pipelines = self.collectors.get(index)?.enter(&arrival).ok()?;
            Some((self.service_at(&endpoint, sender), index, pipelines))
        };
        known.filter_map(leg).collect()
    }

    /// Collectors that read the topic of an exporter.
    fn read_by(&self, exporter: &Exporter, own: usize) -> Vec<(usize, Vec<usize>)> {
        let Spread::Topic { name, .. } = &exporter.spread else { return Vec::new() };
        let mut found = Vec::new();
        for (index, collector) in self.collectors.iter().enumerate() {
            let readers = collector.receivers.iter().filter(|r| r.topics.contains(name));
            let ids: BTreeSet<&String> = readers.flat_map(|reader| &reader.pipelines).collect();
            let pipelines = collector.pipelines.iter().enumerate();
            let fed: Vec<usize> =
                pipelines.filter(|(_, p)| ids.contains(&p.id)).map(|(index, _)| index).collect();
            if index != own && !fed.is_empty() {
                found.push((index, fed));
            }
        }
        found
    }

    /// The one Service of an endpoint.
    pub(super) fn service_at(
        &self,
        endpoint: &Endpoint,
        sender: Sender<'_>,
    ) -> Option<&'a Service> {
        let dns = dns(&endpoint.host);
        let (name, namespace) = in_cluster(&dns, sender)?;
        match self.services_of((namespace, name), sender.file).as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// Pipelines of a collector that get what some of them take, over its connectors, by index.
    pub(super) fn onward(&self, collector: usize, pipelines: &[usize]) -> BTreeSet<usize> {
        let mut found: BTreeSet<usize> = pipelines.iter().copied().collect();
        let Some(known) = self.collectors.get(collector) else { return found };
        let mut open: Vec<usize> = pipelines.to_vec();
        while let Some(next) = open.pop() {
            let Some(pipeline) = known.pipelines.get(next) else { continue };
            for fed in pipeline.connectors.iter().flat_map(|id| known.fed_by(id)) {
                if found.insert(fed) {
                    open.push(fed);
                }
            }
        }
        found
    }
}

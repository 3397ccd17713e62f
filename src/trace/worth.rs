//! What a collector does to spans that counts beside where it sends them: whom it keeps, how long its own
//! stores do, and what it makes of them that costs.

use super::collector::{Collector, Pipeline};
use super::exporter::{Exporter, Sink};
use super::facts::Said;
use super::graph::Graph;
use super::kept::{Kept, of_view};
use super::path::decimal;
use super::read::{members, scalar, texts};
use crate::dialect::component::present;
use crate::facts::Fact;
use crate::model::Sampler;

/// Connectors that make metrics of spans.
const METRICS: [&str; 4] = ["span_metrics", "spanmetrics", "service_graph", "servicegraph"];

fn kind_of(id: &str) -> &str {
    id.split('/').next().unwrap_or(id)
}

impl Collector {
    /// The samplers of a pipeline, in order.
    pub(super) fn samplers(&self, pipeline: &Pipeline) -> Vec<Sampler> {
        let sampler = |id: &String| {
            let at = format!("{id} of {}", self.name);
            match present("processors", kind_of(id)) {
                "probabilistic_sampler" => {
                    let share = match self.shares.get(id) {
                        Some(Said::Yes(percent)) => Some(decimal((percent / 100.0).min(1.0))),
                        Some(Said::No | Said::Unknown(_)) | None => None,
                    };
                    Some(Sampler { kind: "collector", at, share })
                }
                "tail_sampling" => Some(Sampler { kind: "tail", at, share: None }),
                _ => None,
            }
        };
        pipeline.processors.iter().filter_map(sampler).collect()
    }

    /// Whether a processor keeps no span at all: its conditions hold for all, or its policies for none.
    pub(super) fn drops_all(&self, id: &str) -> bool {
        let part = self.parts.iter().find(|part| part.section == "processors" && part.id == id);
        let Some(part) = part else { return false };
        match present("processors", kind_of(id)) {
            "filter" => {
                let spans = part.config.get("traces").and_then(|traces| traces.get("span"));
                let listed = [spans, part.config.get("trace_conditions")];
                let is_true = |text: &String| text.trim() == "true";
                let holds = |one: &Fact<'_>| match scalar(one) {
                    Some(text) => is_true(&text),
                    None => texts(one, "conditions").iter().any(is_true),
                };
                listed.into_iter().flat_map(members).any(holds)
            }
            "tail_sampling" => {
                let share = |policy: &Fact<'_>| {
                    let own = policy.get("probabilistic")?.get("sampling_percentage")?;
                    scalar(own)?.parse::<f64>().ok()
                };
                let mut policies = members(part.config.get("policies")).peekable();
                policies.peek().is_some() && policies.all(|one| share(one) == Some(0.0))
            }
            _ => false,
        }
    }

    /// What a pipeline makes of spans beside sending them.
    pub(super) fn costs(&self, pipeline: &Pipeline) -> Vec<String> {
        let mut found = Vec::new();
        for id in pipeline.connectors.iter().filter(|id| METRICS.contains(&kind_of(id))) {
            let part =
                self.parts.iter().find(|part| part.section == "connectors" && part.id == *id);
            let named = part.map_or(0, |part| members(part.config.get("dimensions")).count());
            let by =
                if named == 0 { String::new() } else { format!(", by {named} more dimensions") };
            found.push(format!("{id} of {} makes metrics of every span{by}", self.name));
        }
        let is_own = |exporter: &&Exporter| pipeline.exporters.contains(&exporter.id);
        for exporter in self.exporters.iter().filter(is_own) {
            if exporter.verbosity.as_deref() == Some("detailed") {
                found.push(format!("{} of {} prints every span", exporter.id, self.name));
            }
        }
        found
    }

    /// How a store of the collector itself keeps spans: Jaeger v2 (jaegertracing/jaeger v2.20.0,
    /// `cmd/jaeger/config.yaml`).
    pub(super) fn keeps(&self, exporter: &Exporter) -> Option<String> {
        if exporter.sink != Sink::Store || exporter.kind != "jaeger_storage_exporter" {
            return None;
        }
        let store = self.parts.iter().find(|part| part.kind == "jaeger_storage")?;
        let Some(Fact::Map(backends)) = store.config.get("backends") else { return None };
        let [(_, Fact::Map(backend))] = backends.as_slice() else { return None };
        let (kind, _) = backend.first()?;
        Some(match kind.as_ref() {
            "memory" => "in memory, until it restarts".to_owned(),
            other => format!("in {other}"),
        })
    }
}

impl Graph<'_> {
    /// How the programs of some workloads keep spans, as the configuration that they mount says.
    pub(super) fn class_of(&self, workloads: &[usize]) -> Option<String> {
        let known = workloads.iter().filter_map(|index| self.workloads.get(*index));
        let maps =
            known.flat_map(|workload| workload.config_maps.iter().map(|map| (*workload, map)));
        let said = maps.filter_map(|(workload, map)| {
            let owner = format!("configmap/{map}");
            let is_own = |kept: &&Kept| {
                kept.word("owner") == owner && kept.word("namespace") == workload.namespace
            };
            let kept = of_view(self.kept, "store.retention").find(is_own)?;
            kept.said("keeps")
        });
        said.map(|keeps| format!("for {keeps}")).next()
    }
}

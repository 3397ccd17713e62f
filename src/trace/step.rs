//! Processors in pipelines, and whether they do anything there.

use super::collector::Collector;
use super::measure::measures;
use super::sink::ordered;
use super::views::{SideFacts, SideItem, SideView};
use crate::dialect::component::{present, present_name};
use crate::facts::Fact;

/// See its `about`.
pub(super) static STEP: SideView = SideView {
    id: "trace.step",
    about: "One processor in one pipeline of a collector; of several of a type, the first is joined with \
            the first",
    fields: &[
        ("collector", "the collector: configmap/gateway, or a file; colours folded"),
        ("pipeline", "id of the pipeline"),
        ("type", "its type, under its present name"),
        ("id", "its id, under the present name of its type; colours folded"),
        ("signal", "traces, metrics, logs or profiles"),
        ("scrubs", "whether it removes data from spans, or masks it"),
        ("idle", "whether it is told nothing about traces, so that it does nothing here"),
    ],
    extract,
};

/// What a processor has to be told to do something to spans: any of these
/// (opentelemetry-collector-contrib v0.153.0, `processor/transformprocessor/config.go` and
/// `processor/filterprocessor/config.go`).
const TOLD: [(&str, &[&str]); 2] =
    [("transform", &["trace_statements"]), ("filter", &["traces", "spans", "trace_conditions"])];

fn is_idle(collector: &Collector, id: &str, kind: &str) -> bool {
    let Some((_, keys)) = TOLD.iter().find(|(known, _)| *known == kind) else { return false };
    let part = collector.parts.iter().find(|part| part.section == "processors" && part.id == id);
    part.is_some_and(|part| {
        keys.iter().all(|key| match part.config.get(key) {
            Some(Fact::List(items)) => items.is_empty(),
            Some(Fact::Map(fields)) => fields.is_empty(),
            Some(_) => false,
            None => true,
        })
    })
}

fn scrubs(collector: &Collector, id: &str, kind: &str) -> bool {
    let part = collector.parts.iter().find(|part| part.section == "processors" && part.id == id);
    part.is_some_and(|part| !measures(kind, &part.config, None).what.is_empty())
}

fn extract(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let mut items = Vec::new();
    for collector in &side.graph.collectors {
        let name = side.graph.folded(&collector.name);
        let key = side.graph.key_of(collector);
        for pipeline in collector.pipelines.iter().chain(&collector.others) {
            let own = side.graph.folded(&pipeline.id);
            let signal = pipeline.id.split('/').next().unwrap_or_default();
            let mut before: Vec<&str> = Vec::new();
            for id in &pipeline.processors {
                let kind = present("processors", id.split('/').next().unwrap_or_default());
                let nth = before.iter().filter(|known| **known == kind).count();
                before.push(kind);
                let fact = Fact::map([
                    ("collector", Some(Fact::text(name.clone()))),
                    ("pipeline", Some(Fact::text(own.clone()))),
                    ("type", Some(Fact::text(kind.to_owned()))),
                    ("id", Some(Fact::text(side.graph.folded(&present_name("processors", id))))),
                    ("signal", Some(Fact::text(signal.to_owned()))),
                    ("scrubs", Some(Fact::Bool(scrubs(collector, id, kind)))),
                    ("idle", Some(Fact::Bool(signal == "traces" && is_idle(collector, id, kind)))),
                ]);
                let at = ordered(&pipeline.at_processors, &pipeline.processors, id);
                items.push(SideItem { key: format!("{key} {own} {kind}#{nth}"), at, fact });
            }
        }
    }
    items
}

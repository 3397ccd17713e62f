//! Pipelines, and the steps in them.

use super::{
    Component, DIALECT, DIALECTS, Pipeline, alloy, components, pipelines, present_type, type_of,
};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};
use crate::model::Step;

/// See its `about`.
pub(in crate::facts) static PIPELINE: View = View {
    id: "otel.pipeline",
    about: "One pipeline of a Collector, its processors in order",
    fields: &[
        ("id", "its id: traces/internal"),
        ("signal", "traces, metrics, logs or profiles"),
        ("receivers", "ids of its receivers"),
        ("processors", "its processors in order, each with type, id and config"),
        (
            "regrouped",
            "its processors behind one that puts spans together anew, each with type and id",
        ),
        ("exporters", "its exporters, each with type, id and config; connectors left out"),
        ("connectors", "ids of the connectors it feeds"),
    ],
    dialects: DIALECTS,
    extract: |document| alloy::pipelines(document).unwrap_or_else(|| pipeline_items(document)),
};

/// See its `about`.
pub(in crate::facts) static STEP: View = View {
    id: "otel.step",
    about: "One processor in one pipeline, at its place in the pipeline's list",
    fields: &[
        ("pipeline", "id of the pipeline"),
        ("signal", "traces, metrics, logs or profiles"),
        ("type", "type of the processor, under its present name"),
        ("id", "its id as written"),
        ("position", "its position, from 0"),
        ("before", "types of the processors before it, in order"),
    ],
    dialects: DIALECT,
    extract: step_items,
};

fn pipeline_items<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let processors = components(document, "processors");
    let exporters = components(document, "exporters");
    let connectors = components(document, "connectors");
    let is_connector = |id: &str| connectors.iter().any(|connector| connector.id == id);
    let one = |pipeline: &Pipeline<'t>| {
        let out = pipeline.ids("exporters");
        let texts = |ids: &[&'t str]| Fact::List(ids.iter().map(|id| Fact::text(*id)).collect());
        let (fed, ends): (Vec<&str>, Vec<&str>) = out.iter().partition(|id| is_connector(id));
        let used = |section: &str, known: &[Component<'t>], ids: &[&'t str]| {
            Fact::List(ids.iter().map(|id| component(section, known, id)).collect())
        };
        let fact = Fact::map([
            ("id", Some(Fact::text(pipeline.id))),
            ("signal", Some(Fact::text(pipeline.signal()))),
            ("receivers", Some(texts(&pipeline.ids("receivers")))),
            ("processors", Some(used("processors", &processors, &pipeline.ids("processors")))),
            ("regrouped", Some(regrouped(&pipeline.ids("processors")))),
            ("exporters", Some(used("exporters", &exporters, &ends))),
            ("connectors", Some(texts(&fed))),
        ]);
        pipeline.cursor.item(pipeline.id, fact)
    };
    pipelines(document).iter().map(one).collect()
}

/// What stands behind a processor that makes new batches of spans, which no longer know the request
/// they came with (opentelemetry-collector-contrib v0.153.0, README of `tailsamplingprocessor`).
fn regrouped<'t>(processors: &[&'t str]) -> Fact<'t> {
    let is_regrouping = |id: &&&str| matches!(type_of(id), "tail_sampling" | "groupbytrace");
    let behind = processors.iter().skip_while(|id| !is_regrouping(id)).skip(1);
    let one = |id: &&'t str| {
        let kind = Fact::text(present_type("processors", id));
        Fact::map([("type", Some(kind)), ("id", Some(Fact::text(*id)))])
    };
    Fact::List(behind.map(one).collect())
}

/// A component as a pipeline uses it. One that is not defined has no config.
fn component<'t>(section: &str, known: &[Component<'t>], id: &'t str) -> Fact<'t> {
    let defined = known.iter().find(|component| component.id == id);
    let config = defined.map(|c| c.cursor.fact().unwrap_or_else(|| Fact::Map(Vec::new())));
    Fact::map([
        ("type", Some(Fact::text(present_type(section, id)))),
        ("id", Some(Fact::text(id))),
        ("config", config),
    ])
}

fn step_items<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for pipeline in pipelines(document) {
        let Some(list) = pipeline.cursor.get("processors") else { continue };
        let mut before: Vec<&str> = Vec::new();
        for (position, node) in list.node.items().enumerate() {
            let id = node.text();
            let kind = present_type("processors", id);
            let nth = before.iter().filter(|known| **known == kind).count();
            let fact = Fact::map([
                ("pipeline", Some(Fact::text(pipeline.id))),
                ("signal", Some(Fact::text(type_of(pipeline.id)))),
                ("type", Some(Fact::text(kind))),
                ("id", Some(Fact::text(id))),
                ("position", Fact::number(&position.to_string())),
                ("before", Some(Fact::List(before.iter().map(|k| Fact::text(*k)).collect()))),
            ]);
            let mut place = list.beyond([Step::Item(format!("={id}"))]);
            place.node = node;
            // Joined by type, so that `batch` and `batch/default` are the same step.
            items.push(place.item(format!("{}/{kind}#{nth}", pipeline.id), fact));
            before.push(kind);
        }
    }
    items
}

//! Processors that keep only some traces: the settings that decide which, each at its place.
//!
//! Settings and defaults as in opentelemetry-collector-contrib v0.153.0 (`probabilisticsamplerprocessor`,
//! `tailsamplingprocessor`).

use super::{Component, DIALECT, components, pipelines, users};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};
use crate::model::Kind;

/// See its `about`.
pub(in crate::facts) static SAMPLER: View = View {
    id: "otel.sampler",
    about: "One setting by which a processor decides which traces are kept, the default filled in",
    fields: &[
        ("processor", "id of the processor"),
        ("type", "probabilistic_sampler or tail_sampling"),
        (
            "setting",
            "sampling_percentage, hash_seed, mode, fail_closed; decision_wait, num_traces, …",
        ),
        ("value", "the value in force"),
        ("pipelines", "ids of the pipelines that use the processor"),
    ],
    dialects: DIALECT,
    extract: settings,
};

/// See its `about`.
pub(in crate::facts) static ORDER: View = View {
    id: "otel.policy-order",
    about: "The order in which tail sampling asks its policies, at their list",
    fields: &[
        ("processor", "id of the processor"),
        ("names", "names of its policies, in order"),
        ("decides", "whether the first policy that matches decides: sample_on_first_match"),
        ("pipelines", "ids of the pipelines that use the processor"),
    ],
    dialects: DIALECT,
    extract: orders,
};

/// Settings with the value in force where nothing is said: a number, a word or yes.
const PROBABILISTIC: [(&[&str], &str); 3] =
    [(&["sampling_percentage"], "0"), (&["hash_seed"], "0"), (&["sampling_precision"], "4")];
const TAIL: [(&[&str], &str); 5] = [
    (&["decision_wait"], "30s"),
    (&["num_traces"], "50000"),
    (&["decision_cache", "sampled_cache_size"], "0"),
    (&["decision_cache", "non_sampled_cache_size"], "0"),
    (&["maximum_trace_size_bytes"], "0"),
];

fn settings<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let pipelines = pipelines(document);
    let mut items = Vec::new();
    for processor in components(document, "processors") {
        let known = match processor.kind {
            "probabilistic_sampler" => &PROBABILISTIC[..],
            "tail_sampling" => &TAIL[..],
            _ => continue,
        };
        let used = users(&pipelines, "processors", processor.id);
        let mut add = |way: &[&str], value: Fact<'t>| {
            let setting = way.join("/");
            let place = processor.cursor.place(way);
            let key = format!("{}/{setting}", processor.key);
            items.push(place.item(key, fact(&processor, setting, value, &used)));
        };
        for (way, default) in known {
            let said = processor.cursor.fact_at(way);
            let default = || Fact::number(default).unwrap_or_else(|| Fact::text(*default));
            add(way, said.unwrap_or_else(default));
        }
        if processor.kind == "probabilistic_sampler" {
            add(&["mode"], mode(&processor.cursor));
            let closed = processor.cursor.fact_at(&["fail_closed"]);
            add(&["fail_closed"], closed.unwrap_or(Fact::Bool(true)));
        }
    }
    items
}

/// A seed that is not zero is one for hashing, where no mode is said (`sampler_mode.go`).
fn mode<'t>(processor: &Cursor<'t>) -> Fact<'t> {
    if let Some(said) = processor.fact_at(&["mode"]).filter(|said| *said != Fact::text("")) {
        return said;
    }
    match processor.fact_at(&["hash_seed"]) {
        Some(seed) if Some(&seed) != Fact::number("0").as_ref() => Fact::text("hash_seed"),
        Some(_) | None => Fact::text("proportional"),
    }
}

fn fact<'t>(
    processor: &Component<'t>,
    setting: String,
    value: Fact<'t>,
    used: &[&'t str],
) -> Fact<'t> {
    Fact::map([
        ("processor", Some(Fact::text(processor.id))),
        ("type", Some(Fact::text(processor.kind))),
        ("setting", Some(Fact::text(setting))),
        ("value", Some(value)),
        ("pipelines", Some(Fact::List(used.iter().map(|id| Fact::text(*id)).collect()))),
    ])
}

fn orders<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let pipelines = pipelines(document);
    let mut items = Vec::new();
    for processor in components(document, "processors") {
        let Some(list) = processor.cursor.get("policies") else { continue };
        if processor.kind != "tail_sampling" || list.node.kind() != Kind::List {
            continue;
        }
        let names = list.items().iter().filter_map(|policy| policy.fact_at(&["name"])).collect();
        let decides = processor.cursor.fact_at(&["sample_on_first_match"]);
        let used = users(&pipelines, "processors", processor.id);
        let used = used.iter().map(|id| Fact::text(*id)).collect();
        let fact = Fact::map([
            ("processor", Some(Fact::text(processor.id))),
            ("names", Some(Fact::List(names))),
            ("decides", decides.or(Some(Fact::Bool(false)))),
            ("pipelines", Some(Fact::List(used))),
        ]);
        items.push(list.item(processor.key.clone(), fact));
    }
    items
}

//! What each process is called in its spans.

use super::graph::Graph;
use super::kept::{Kept, of_view};
use super::places::Topic;
use super::views::{SideFacts, SideItem, SideView};
use crate::facts::Fact;

/// See its `about`.
pub(super) static IDENTITY: SideView = SideView {
    id: "trace.identity",
    about: "The name of the service that one process gives itself, or is given by an operator",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or a file"),
        ("process", "the container or service; empty for a file"),
        ("name", "the name, as written on its side"),
        ("derived", "whether an operator makes it of the name of the workload"),
    ],
    extract: items,
};

/// See its `about`.
pub(super) static ATTRIBUTE: SideView = SideView {
    id: "trace.attribute",
    about: "An attribute by which spans of a process are told apart",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or a file"),
        ("service", "service.name; absent when not said"),
        ("enabled", "whether the SDK exports spans"),
        ("config_file", "the file that replaces every variable; absent when none is named"),
        ("attribute", "environment, in either spelling of its key, or service.namespace"),
        ("value", "its value, colours folded; absent when the process does not have it"),
    ],
    extract: attributes,
};

fn attributes(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let item = |kept: &Kept| {
        let get = |key: &str| kept.get(key).map(Fact::into_owned);
        let folded = |value: Fact<'static>| {
            if let Fact::Text(text) = &value { Fact::text(graph.folded(text)) } else { value }
        };
        let value = get("value").map(folded);
        let fact = Fact::map([
            ("owner", get("owner")),
            ("service", get("service")),
            ("enabled", get("enabled")),
            ("config_file", get("config_file")),
            ("attribute", get("attribute")),
            ("value", value),
        ]);
        let key = ["namespace", "owner", "process", "attribute"].map(|key| kept.word(key));
        SideItem { key: graph.folded(&key.join(" ")), at: kept.at.iter().cloned().collect(), fact }
    };
    of_view(graph.kept, "sdk.attribute").map(item).collect()
}

fn items(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph: &Graph<'_> = side.graph;
    let mut items = Vec::new();
    for settings in graph.processes() {
        let Some(name) = settings.service.clone() else { continue };
        let key = [&settings.namespace, &settings.owner, &settings.process];
        let fact = Fact::map([
            ("owner", Some(Fact::text(settings.owner.clone()))),
            ("process", Some(Fact::text(settings.process.clone()))),
            ("name", Some(Fact::text(name))),
            ("derived", Some(Fact::Bool(settings.is_name_derived))),
        ]);
        let key = graph.folded(&key.map(String::as_str).join(" "));
        items.push(SideItem {
            key,
            at: settings.places.at(Topic::Name).into_iter().collect(),
            fact,
        });
    }
    items
}

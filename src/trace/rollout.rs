//! Whether the pods of a collector are replaced when its configuration changes, and whether that
//! configuration is all there is.

use super::anchor::{Anchor, At, member_of};
use super::collector::Home;
use super::graph::Runs;
use super::views::{SideFacts, SideItem, SideView};
use crate::facts::Fact;
use crate::model::Digest;

/// See its `about`.
pub(super) static ROLLOUT: SideView = SideView {
    id: "trace.rollout",
    about: "One collector whose workload carries a checksum of its configuration, so that a change of it \
            replaces the pods",
    fields: &[
        ("collector", "the collector: configmap/gateway; colours folded"),
        ("config", "what stands for the text of its configuration, colours folded"),
        ("checksum", "the annotation as written"),
        ("annotation", "its name"),
    ],
    extract: rollouts,
};

/// See its `about`.
pub(super) static REMOTE: SideView = SideView {
    id: "trace.remote",
    about: "One place outside of what was read that a collector takes its configuration from while it runs",
    fields: &[
        ("collector", "the collector, or the workload that runs it; colours folded"),
        ("source", "opamp, or the scheme of the address"),
        ("name", "the extension, or the address as written"),
    ],
    extract: remotes,
};

/// Schemes by which a collector fetches its configuration (opentelemetry-collector v0.159.0 and
/// -contrib v0.153.0, `confmap/provider`).
const SCHEMES: [&str; 5] = ["http", "https", "s3", "secretsmanager", "googlesecretmanager"];

fn rollouts(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let mut items = Vec::new();
    for (workload, runs) in side.graph.workloads.iter().zip(&side.graph.runs) {
        let Some(Runs::Collector(index)) = runs else { continue };
        let Some(collector) = side.graph.collectors.get(*index) else { continue };
        if !matches!(collector.home, Home::ConfigMap { .. }) {
            continue;
        }
        for (annotation, checksum, at) in &workload.checksums {
            let name = side.graph.folded(&collector.name);
            let config = Digest::of(side.graph.folded(&collector.text).as_bytes()).to_string();
            let fact = Fact::map([
                ("collector", Some(Fact::text(name.clone()))),
                ("config", Some(Fact::text(config))),
                ("checksum", Some(Fact::text(checksum.clone()))),
                ("annotation", Some(Fact::text(annotation.clone()))),
            ]);
            let at = at.iter().cloned().collect();
            let key = format!("{} {annotation}", side.graph.key_of(collector));
            items.push(SideItem { key, at, fact });
        }
    }
    items
}

fn remotes(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let mut items = Vec::new();
    let mut push = |owner: &str, source: &str, name: &str, at: Vec<At>| {
        let owner = side.graph.folded(owner);
        let fact = Fact::map([
            ("collector", Some(Fact::text(owner.clone()))),
            ("source", Some(Fact::text(source.to_owned()))),
            ("name", Some(Fact::text(name.to_owned()))),
        ]);
        let at: Vec<Anchor> = at.into_iter().flatten().collect();
        items.push(SideItem { key: format!("{owner} {source}"), at, fact });
    };
    for collector in &side.graph.collectors {
        for part in collector.parts.iter().filter(|part| part.used && part.kind == "opamp") {
            let list = member_of(&collector.at_extensions, &part.id);
            push(&collector.name, "opamp", &part.id, vec![list, part.at.clone()]);
        }
    }
    for workload in &side.graph.workloads {
        for container in workload.containers.iter().filter(|container| container.is_collector()) {
            for config in container.configs() {
                let Some((scheme, _)) = config.split_once(':') else { continue };
                if SCHEMES.contains(&scheme) {
                    let at = vec![container.at("args")];
                    push(&workload.owner, scheme, config, at);
                }
            }
        }
    }
    items
}

//! Services whose spans go elsewhere, or about which nothing is said any more.

use std::collections::BTreeSet;

use super::facts::Said;
use super::graph::Graph;
use super::index::{Hashes, hash};
use super::path::ServicePath;
use super::views::{SideFacts, SideItem, SideView};
use super::workload::Workload;
use crate::facts::Fact;
use crate::model::{EndKind, Hop};

/// See its `about`.
pub(super) static DESTINATION: SideView = SideView {
    id: "trace.destination",
    about: "Where one service sends its spans, and where they end, colours folded",
    fields: &[
        ("service", "the service"),
        ("endpoint", "host and port that it sends to; absent when it sends nowhere"),
        ("crossing", "whether that host names the other side"),
        ("backends", "the hosts its spans get to, sorted"),
        ("open", "why a part of its way is not known; empty where all of it is"),
        ("reached", "the same hosts; unknown with the reason where a part of its way is"),
    ],
    extract: destinations,
};

/// See its `about`.
pub(super) static PROCESS: SideView = SideView {
    id: "trace.process",
    about: "One container of a workload, and whether anything says where its spans go, at what it \
            takes its variables from",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("process", "the container"),
        ("traced", "whether something says so"),
        ("from", "what it takes variables from: configmap/pay, secret/pay; colours folded"),
    ],
    extract: processes,
};

fn destinations(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let item = |way: &ServicePath| {
        let fold = |text: &str| side.graph.folded(text);
        let ends = way.path.ends.iter().filter(|end| end.kind == EndKind::Backend);
        let backends: BTreeSet<String> = ends.map(|end| fold(&end.at)).collect();
        let crosses = |hop: &Hop| !side.graph.colours.bleeds(side.graph.side, &hop.to).is_empty();
        let backends = Fact::List(backends.into_iter().map(Fact::text).collect());
        let mut ends = way.path.ends.iter();
        let open = ends.find(|end| end.kind == EndKind::Unresolved);
        let open =
            open.map(|end| format!("the way of its spans ends at {}: {}", end.at, end.reason));
        let endpoint = way.path.hops.first().map(|hop| Fact::text(fold(&hop.to)));
        let fact = Fact::map([
            ("service", Some(Fact::text(way.service.clone()))),
            ("endpoint", endpoint),
            ("crossing", Some(Fact::Bool(way.path.hops.first().is_some_and(crosses)))),
            ("backends", Some(backends.clone())),
            ("open", Some(Fact::text(open.clone().unwrap_or_default()))),
            ("reached", Some(open.map_or(backends, Fact::Unknown))),
        ]);
        SideItem { key: way.key.clone(), at: way.at.iter().cloned().collect(), fact }
    };
    side.paths.iter().map(item).collect()
}

fn processes(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let said = side.paths.iter().enumerate();
    let said: Hashes =
        said.map(|(index, way)| (hash(&[&way.namespace, &way.settings]), index)).collect();
    let way_of = |namespace: &str, holder: &str| {
        let near = said.get(hash(&[namespace, holder])).filter_map(|index| side.paths.get(index));
        near.filter(|way| way.namespace == namespace && way.settings == holder).last()
    };
    let mut items = Vec::new();
    for (index, workload) in side.graph.workloads.iter().enumerate() {
        // Whether an operator still tells them is told of its own.
        let is_injected = side.graph.is_injected_somewhere(index);
        for container in workload.containers.iter().filter(|c| !c.is_init && !c.is_collector()) {
            let holder = format!("{}/{}", workload.owner, container.name);
            let way = way_of(&workload.namespace, &holder);
            let is_said = way.is_some_and(|way| !way.is_silent);
            let from = container.from.iter().map(|owner| side.graph.folded(owner));
            let is_told = container.from.iter().any(|owner| side.graph.says(workload, owner));
            let fact = Fact::map([
                ("owner", Some(Fact::text(workload.owner.clone()))),
                ("process", Some(Fact::text(container.name.clone()))),
                ("traced", Some(Fact::Bool(is_said || is_told || is_injected))),
                ("from", Some(Fact::List(from.map(Fact::text).collect()))),
            ]);
            let at = way.and_then(|way| way.at.as_ref()).into_iter().cloned();
            let at = at.chain(container.at("envFrom")).collect();
            let key = side.graph.folded(&format!("{} {holder}", workload.namespace));
            items.push(SideItem { key, at, fact });
        }
    }
    items
}

impl Graph<'_> {
    /// Whether an operator instruments a workload of this name on either side, by its index.
    fn is_injected_somewhere(&self, workload: usize) -> bool {
        if self.known.injected.is_empty() {
            return false;
        }
        let Some((namespace, owner)) = self.name_of(workload) else { return false };
        let first = (namespace.clone(), owner.clone(), "");
        let mut from = self.known.injected.range(first.clone()..);
        from.next().is_some_and(|known| (&known.0, &known.1) == (&first.0, &first.1))
    }

    /// Whether a `ConfigMap` beside a workload says where spans go.
    fn says(&self, workload: &Workload, owner: &str) -> bool {
        let known = self.held.get(&(workload.namespace.as_str(), owner));
        known.into_iter().flatten().any(|settings| settings.endpoint != Said::No)
    }
}

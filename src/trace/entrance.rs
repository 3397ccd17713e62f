//! Ways by which spans come into the cluster from outside: of browsers and other clusters.

use super::graph::{Graph, Runs};
use super::kept::{Kept, of_view};
use super::views::{SideFacts, SideItem, SideView};
use crate::facts::Fact;

/// See its `about`.
pub(super) static ENTRANCE: SideView = SideView {
    id: "trace.entrance",
    about: "A way from outside, by host and path, to a Collector",
    fields: &[
        ("owner", "the object that gives it: ingress/otel"),
        ("route", "host and path"),
        ("collector", "the workload that runs the Collector"),
    ],
    extract: entrances,
};

fn entrances(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let item = |route: &Kept| {
        let collector = collector(graph, route)?;
        let shown = format!("{}{}", route.text("host"), route.text("path"));
        let fact = Fact::map([
            ("owner", Some(Fact::text(route.text("owner")))),
            ("route", Some(Fact::text(shown.clone()))),
            ("collector", Some(Fact::text(collector))),
        ]);
        let at = [route.at.clone(), route.at_document()];
        let at = at.into_iter().flatten().collect();
        Some(SideItem { key: graph.folded(&shown), at, fact })
    };
    of_view(graph.kept, "k8s.route").filter_map(item).collect()
}

/// The workload that runs the collector behind a route.
fn collector(graph: &Graph<'_>, route: &Kept) -> Option<String> {
    let (namespace, name) = (route.text("service_namespace"), route.text("service"));
    let services = graph.services.get(&(namespace.as_str(), name.as_str()))?;
    let selected = services.iter().flat_map(|service| graph.selected(service));
    let mut running =
        selected.filter(|index| matches!(graph.runs.get(*index), Some(Some(Runs::Collector(_)))));
    graph.workloads.get(running.next()?).map(|workload| workload.owner.clone())
}

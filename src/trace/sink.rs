//! Where collectors put spans.

use super::anchor::{Anchor, At, member_of, nth_of, under};
use super::exporter::{Exporter, Sink};
use super::facts::Said;
use super::host::Endpoint;
use super::views::{SideFacts, SideItem, SideView};
use crate::dialect::component::present_name;
use crate::facts::Fact;

/// See its `about`.
pub(super) static SINK: SideView = SideView {
    id: "trace.sink",
    about: "One exporter of a collector that a traces pipeline sends to: where spans are put",
    fields: &[
        ("collector", "the collector: configmap/gateway, or a file; colours folded"),
        ("id", "id of the exporter, under the present name of its type; colours folded"),
        ("type", "its type, under its present name"),
        ("host", "the host it sends to, colours folded; absent when it names none"),
        ("keeps", "whether spans are kept or sent on; not by debug and nop"),
        ("verbosity", "how much the debug exporter prints; basic when not said, absent for others"),
        ("pipelines", "ids of the traces pipelines that send to it"),
        ("known", "whether blue has the collector"),
    ],
    extract,
};

/// See its `about`.
pub(super) static BACKEND: SideView = SideView {
    id: "trace.backend",
    about: "The host that one exporter of a collector sends traces to, at its endpoint",
    fields: &[
        ("collector", "the collector: configmap/gateway, or a file; colours folded"),
        ("id", "id of the exporter, under the present name of its type; colours folded"),
        ("host", "the host, colours folded"),
        (
            "site",
            "the domain that the host belongs to: its last two labels; empty for an address and for a name that \
             only a cluster resolves",
        ),
    ],
    extract: backends,
};

/// The domain of a host outside of a cluster.
fn site(host: &str) -> &str {
    let is_inside = [".svc", ".cluster.local"].iter().any(|end| host.ends_with(end));
    let dots = || host.rmatch_indices('.').map(|(at, _)| at);
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    if is_address || is_inside || dots().count() < 2 {
        return "";
    }
    dots().nth(1).and_then(|at| host.get(at.saturating_add(1)..)).unwrap_or_default()
}

fn backends(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let mut items = Vec::new();
    for collector in &side.graph.collectors {
        let name = side.graph.folded(&collector.name);
        for exporter in &collector.exporters {
            if !collector.pipelines.iter().any(|p| p.exporters.contains(&exporter.id)) {
                continue;
            }
            let Some(endpoint) = host(exporter) else { continue };
            let host = side.graph.folded(&endpoint.host);
            let id = side.graph.folded(&present_name("exporters", &exporter.id));
            let fact = Fact::map([
                ("collector", Some(Fact::text(name.clone()))),
                ("id", Some(Fact::text(id.clone()))),
                ("site", Some(Fact::text(site(&host).to_owned()))),
                ("host", Some(Fact::text(host))),
            ]);
            let at = |key: &str| under(&exporter.at, &[key]);
            let at = ["endpoint", "traces_endpoint"].into_iter().filter_map(at).collect();
            items.push(SideItem {
                key: format!("{} {id}", side.graph.key_of(collector)),
                at,
                fact,
            });
        }
    }
    items
}

/// Where an exporter sends, if it says one host.
fn host(exporter: &Exporter) -> Option<Endpoint> {
    exporter.destinations.iter().find_map(|destination| match destination {
        Said::Yes(text) => Endpoint::parse(text).ok(),
        Said::No | Said::Unknown(_) => None,
    })
}

/// A member of a list that is compared in order: by its id, and by its place.
pub(super) fn ordered(list: &At, ids: &[String], id: &str) -> Vec<Anchor> {
    let named = member_of(list, id);
    let position = ids.iter().position(|own| own == id);
    let placed = position.and_then(|position| nth_of(list, position));
    named.into_iter().chain(placed).collect()
}

fn extract(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let mut items = Vec::new();
    for collector in &side.graph.collectors {
        let name = side.graph.folded(&collector.name);
        let key = side.graph.key_of(collector);
        let is_known = side.graph.known.of_blue.contains(&key);
        for exporter in &collector.exporters {
            let using =
                || collector.pipelines.iter().filter(|p| p.exporters.contains(&exporter.id));
            let pipelines: Vec<Fact<'static>> = using().map(|p| Fact::text(p.id.clone())).collect();
            if pipelines.is_empty() {
                continue;
            }
            let host = host(exporter).map(|endpoint| Fact::text(side.graph.folded(&endpoint.host)));
            let id = side.graph.folded(&present_name("exporters", &exporter.id));
            let fact = Fact::map([
                ("collector", Some(Fact::text(name.clone()))),
                ("id", Some(Fact::text(id.clone()))),
                ("type", Some(Fact::text(exporter.kind.clone()))),
                ("host", host),
                ("keeps", Some(Fact::Bool(exporter.sink != Sink::Nothing))),
                ("verbosity", exporter.verbosity.clone().map(Fact::text)),
                ("pipelines", Some(Fact::List(pipelines))),
                ("known", Some(Fact::Bool(is_known))),
            ]);
            let members = using().filter_map(|p| member_of(&p.at_exporters, &exporter.id));
            // Of a definition that comes or goes, any key of it does.
            let own = under(&exporter.at, &["verbosity"]);
            let at = own.into_iter().chain(members).collect();
            items.push(SideItem { key: format!("{key} {id}"), at, fact });
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::site;

    #[test]
    fn a_site_is_the_domain_of_a_host_outside() {
        for (host, expected) in [
            ("tempo.eu.vendor.example", "vendor.example"),
            ("tempo.vendor.example", "vendor.example"),
            ("tempo.observability", ""),
            ("tempo.observability.svc.cluster.local", ""),
            ("10.1.2.3", ""),
        ] {
            assert_eq!(site(host), expected, "{host}");
        }
    }
}

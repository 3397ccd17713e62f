//! Tracing of Envoy: the cluster that spans go to, and whether it can take them.

use super::cursor::{Cursor, Document};
use super::names::owner;
use super::{Fact, Item, View};
use crate::model::Step;

/// See its `about`.
pub(super) static TRACING: View = View {
    id: "envoy.tracing",
    about: "What Envoy needs of the cluster that a listener sends spans to, at the setting that gives it",
    fields: &[
        ("file", "the file"),
        ("listener", "name of the listener"),
        ("cluster", "name of the cluster"),
        ("aspect", "defined, http2 (which gRPC needs) or tls"),
        ("holds", "whether the cluster has it; unknown where clusters come from elsewhere"),
    ],
    dialects: &["envoy"],
    extract,
};

/// A field under either of its names.
fn get<'t>(cursor: &Cursor<'t>, snake: &str) -> Option<Cursor<'t>> {
    let mut camel = String::new();
    for (index, part) in snake.split('_').enumerate() {
        let mut letters = part.chars();
        match letters.next() {
            Some(first) if index > 0 => {
                camel.extend(first.to_uppercase());
                camel.push_str(letters.as_str());
            }
            _ => camel.push_str(part),
        }
    }
    cursor.get(snake).or_else(|| cursor.get(&camel))
}

fn at<'t>(cursor: &Cursor<'t>, way: &[&str]) -> Option<Cursor<'t>> {
    way.iter().try_fold(cursor.clone(), |cursor, key| get(&cursor, key))
}

fn list<'t>(cursor: &Cursor<'t>, key: &str) -> Vec<Cursor<'t>> {
    get(cursor, key).map(|list| list.items()).unwrap_or_default()
}

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let root = document.cursor();
    let Some(own) = get(&root, "static_resources") else { return Vec::new() };
    let is_open = at(&root, &["dynamic_resources", "cds_config"]).is_some();
    let clusters = list(&own, "clusters");
    let mut items = Vec::new();
    for listener in list(&own, "listeners") {
        for chain in list(&listener, "filter_chains") {
            for filter in list(&chain, "filters") {
                let provider =
                    at(&filter, &["typed_config", "tracing", "provider", "typed_config"]);
                if let Some(target) = provider.as_ref().and_then(target) {
                    let name = listener.text(&["name"]).unwrap_or_default();
                    items.extend(aspects(document, name, &target, (&clusters, is_open)));
                }
            }
        }
    }
    items
}

/// The name of the cluster that a provider sends to, and whether it does so over gRPC (Envoy
/// 84e8436, `config/trace/v3`).
fn target<'t>(provider: &Cursor<'t>) -> Option<(Cursor<'t>, bool)> {
    let grpc = at(provider, &["grpc_service", "envoy_grpc", "cluster_name"]);
    let others: [&[&str]; 3] = [
        &["http_service", "http_uri", "cluster"],
        &["collector_cluster"],
        &["collector_service", "http_uri", "cluster"],
    ];
    let plain = || others.iter().find_map(|way| at(provider, way));
    grpc.map(|name| (name, true)).or_else(|| plain().map(|name| (name, false)))
}

/// A provider of tracing that the clusters of its file answer for.
pub(super) struct Provider<'t> {
    /// What it is told.
    pub(super) place: Cursor<'t>,
    /// The name of its cluster.
    pub(super) cluster: Cursor<'t>,
    pub(super) address: &'t str,
    pub(super) port: &'t str,
    pub(super) is_grpc: bool,
    pub(super) is_tls: bool,
}

/// The first provider of a file whose cluster stands there too, with one address.
pub(super) fn provider<'t>(document: &Document<'t>) -> Option<Provider<'t>> {
    let own = get(&document.cursor(), "static_resources")?;
    let clusters = list(&own, "clusters");
    let listeners = list(&own, "listeners").into_iter();
    let chains = listeners.flat_map(|listener| list(&listener, "filter_chains"));
    let mut filters = chains.flat_map(|chain| list(&chain, "filters"));
    filters.find_map(|filter| {
        let place = at(&filter, &["typed_config", "tracing", "provider", "typed_config"])?;
        let (cluster, is_grpc) = target(&place)?;
        let known = clusters.iter().find(|one| one.text(&["name"]) == Some(cluster.node.text()))?;
        let endpoints = at(known, &["load_assignment", "endpoints"])?.items();
        let members = endpoints.iter().flat_map(|group| list(group, "lb_endpoints"));
        let mut sockets =
            members.filter_map(|one| at(&one, &["endpoint", "address", "socket_address"]));
        let socket = sockets.next().filter(|_| sockets.next().is_none())?;
        let (address, port) = (get(&socket, "address")?, get(&socket, "port_value")?);
        let secured = get(known, "transport_socket");
        let is_tls = secured.is_some_and(|socket| {
            socket.text(&["name"]).is_none_or(|name| !name.contains("raw_buffer"))
        });
        let (address, port) = (address.node.text(), port.node.text());
        Some(Provider { place, cluster, address, port, is_grpc, is_tls })
    })
}

/// Where a cluster says that it speaks HTTP/2.
const HTTP2: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

fn aspects<'t>(
    document: &Document<'t>,
    listener: &'t str,
    (name, is_grpc): &(Cursor<'t>, bool),
    (clusters, is_open): (&[Cursor<'t>], bool),
) -> Vec<Item<'t>> {
    let wanted = name.node.text();
    let cluster = clusters.iter().find(|cluster| cluster.text(&["name"]) == Some(wanted));
    let item = |place: Cursor<'t>, aspect: &'static str, holds: Fact<'t>| {
        let fact = Fact::map([
            ("file", Some(Fact::text(owner(document).to_string()))),
            ("listener", Some(Fact::text(listener))),
            ("cluster", Some(Fact::text(wanted))),
            ("aspect", Some(Fact::text(aspect))),
            ("holds", Some(holds)),
        ]);
        place.item(format!("{listener}/{aspect}"), fact)
    };
    let Some(cluster) = cluster else {
        let holds = if is_open {
            Fact::Unknown("clusters are taken from a control plane, too".to_owned())
        } else {
            Fact::Bool(false)
        };
        return vec![item(name.clone(), "defined", holds)];
    };
    let mut found = vec![item(name.clone(), "defined", Fact::Bool(true))];
    if *is_grpc {
        let options = get(cluster, "typed_extension_protocol_options");
        let options =
            options.unwrap_or_else(|| cluster.place(&["typed_extension_protocol_options"]));
        let typed = options.get(HTTP2);
        let ways: [&[&str]; 2] =
            [&["explicit_http_config", "http2_protocol_options"], &["auto_config"]];
        let is_typed = typed.iter().any(|typed| ways.iter().any(|way| at(typed, way).is_some()));
        let old = get(cluster, "http2_protocol_options");
        let holds = is_typed || old.is_some();
        found.push(item(old.unwrap_or(options), "http2", Fact::Bool(holds)));
    }
    let socket = get(cluster, "transport_socket");
    let holds = socket.as_ref().is_some_and(|socket| {
        socket.text(&["name"]).is_none_or(|name| !name.contains("raw_buffer"))
    });
    let missing = || cluster.beyond([Step::Key("transport_socket".to_owned())]);
    found.push(item(socket.unwrap_or_else(missing), "tls", Fact::Bool(holds)));
    found
}

//! Headers that carry the context of traces, where a gateway takes them away or stops setting them.

use super::cursor::{Cursor, Document};
use super::kubernetes::of_kinds;
use super::names::owner;
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static STRIPPED: View = View {
    id: "edge.stripped",
    about: "Request headers that a route or gateway takes away: a list of them, or one that nginx \
            sets to nothing",
    fields: &[
        ("owner", "who it belongs to: httproute/pay, or the file"),
        ("headers", "those of them that carry the context of a trace, in lower case"),
    ],
    dialects: &[],
    extract: stripped,
};

/// See its `about`.
pub(super) static SET: View = View {
    id: "nginx.context",
    about: "A block of nginx that passes requests on, with the headers of context that it sets: its \
            own, or those of the block around it where it sets none",
    fields: &[
        ("owner", "the file or object"),
        ("block", "the block: location /pay"),
        ("headers", "the headers it sets that carry the context of a trace, in lower case, sorted"),
    ],
    dialects: &[],
    extract: set,
};

/// Headers of the formats: W3C, B3, Jaeger, Datadog, X-Ray, Envoy, Google Cloud.
const HEADERS: [&str; 18] = [
    "traceparent",
    "tracestate",
    "baggage",
    "b3",
    "x-b3-traceid",
    "x-b3-spanid",
    "x-b3-parentspanid",
    "x-b3-sampled",
    "x-b3-flags",
    "uber-trace-id",
    "x-datadog-trace-id",
    "x-datadog-parent-id",
    "x-datadog-sampling-priority",
    "x-amzn-trace-id",
    "x-cloud-trace-context",
    "grpc-trace-bin",
    "x-ot-span-context",
    "sw8",
];

/// Deepest nesting that is searched.
const DEPTH_MAX: usize = 64;

/// Keys of such lists, with the key around it where the name alone says too little: Gateway API,
/// Istio's `VirtualService`, Envoy's routes, Kong's request-transformer.
const LISTS: [(&str, Option<&str>); 4] = [
    ("remove", Some("requestHeaderModifier")),
    ("remove", Some("request")),
    ("request_headers_to_remove", None),
    ("headers", Some("remove")),
];

fn stripped<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    const KINDS: [&str; 6] = [
        "HTTPRoute",
        "GRPCRoute",
        "VirtualService",
        "EnvoyFilter",
        "KongPlugin",
        "KongClusterPlugin",
    ];
    let mut items = Vec::new();
    if document.syntax == "nginx" {
        emptied(&document.cursor(), &owner(document), &mut items, 0);
        return items;
    }
    if document.dialect.id() == "envoy" {
        let owner = owner(document).to_string();
        search(&document.cursor(), None, &owner, &mut items, 0);
        return items;
    }
    for object in of_kinds(document, &KINDS) {
        search(&object.cursor, None, &object.owner(), &mut items, 0);
    }
    items
}

/// Headers of context that blocks of nginx set to nothing, so that they are not passed on (nginx.org,
/// `ngx_http_proxy_module`, `proxy_set_header`).
fn emptied<'t>(place: &Cursor<'t>, owner: &str, items: &mut Vec<Item<'t>>, depth: usize) {
    for (key, inner) in place.entries() {
        if !inner.node.is_scalar() && depth < DEPTH_MAX {
            emptied(&inner, owner, items, depth + 1);
        }
        let name = carrier(inner.node.text()).filter(|_| key == SET_HEADER);
        let Some((name, true)) = name else { continue };
        let fact = Fact::map([
            ("owner", Some(Fact::text(owner.to_owned()))),
            ("headers", Some(Fact::List(vec![Fact::text(name)]))),
        ]);
        items.push(inner.item_here(fact));
    }
}

/// The directive of nginx that sets a header of a request.
const SET_HEADER: &str = "proxy_set_header";

/// The header of context that such a directive sets, and whether to nothing.
fn carrier(text: &str) -> Option<(String, bool)> {
    let (name, value) = text.split_once(char::is_whitespace)?;
    let name = name.to_ascii_lowercase();
    HEADERS.contains(&name.as_str()).then(|| (name, matches!(value.trim(), "\"\"" | "''")))
}

fn search<'t>(
    place: &Cursor<'t>,
    around: Option<&str>,
    owner: &str,
    items: &mut Vec<Item<'t>>,
    depth: usize,
) {
    if depth > DEPTH_MAX || place.node.is_scalar() {
        return;
    }
    for member in place.items() {
        search(&member, None, owner, items, depth + 1);
    }
    for (key, inner) in place.entries() {
        let is_such =
            LISTS.iter().any(|(name, of)| *name == key && (of.is_none() || *of == around));
        if is_such && inner.node.items().next().is_some() {
            let names = inner.node.items().map(|name| name.text().to_ascii_lowercase());
            let headers = names.filter(|name| HEADERS.contains(&name.as_str()));
            let fact = Fact::map([
                ("owner", Some(Fact::text(owner.to_owned()))),
                ("headers", Some(Fact::List(headers.map(Fact::text).collect()))),
            ]);
            items.push(inner.item_here(fact));
        } else {
            search(&inner, Some(key), owner, items, depth + 1);
        }
    }
}

fn set<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    if document.syntax == "nginx" {
        block(&document.cursor(), ("", &[]), &owner(document), &mut items, 0);
    }
    items
}

/// A block takes over what the one around it sets if, and only if, it sets nothing itself (nginx.org,
/// `ngx_http_proxy_module`, `proxy_set_header`).
fn block<'t>(
    place: &Cursor<'t>,
    (name, inherited): (&str, &[String]),
    owner: &str,
    items: &mut Vec<Item<'t>>,
    depth: usize,
) {
    let entries = place.entries();
    let own = entries.iter().filter(|(key, _)| *key == SET_HEADER);
    let own = own.map(|(_, value)| value.node.text());
    let own: Vec<&str> = own.collect();
    let mut headers: Vec<String> = if own.is_empty() {
        inherited.to_vec()
    } else {
        // One that is set to nothing is a matter of its own.
        own.iter().filter_map(|text| carrier(text)).map(|(name, _)| name).collect()
    };
    headers.sort();
    headers.dedup();
    if entries.iter().any(|(key, _)| *key == "proxy_pass") {
        let fact = Fact::map([
            ("owner", Some(Fact::text(owner.to_owned()))),
            ("block", Some(Fact::text(name.to_owned()))),
            ("headers", Some(Fact::List(headers.iter().cloned().map(Fact::text).collect()))),
        ]);
        let key = place.pointer();
        items.push(place.place(&[SET_HEADER]).item(key, fact));
    }
    if depth < DEPTH_MAX {
        for (key, inner) in entries.iter().filter(|(_, inner)| !inner.node.is_scalar()) {
            block(inner, (key, &headers), owner, items, depth + 1);
        }
    }
}

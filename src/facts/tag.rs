//! Headers of requests that a mesh or a proxy writes into spans.

use super::cursor::Document;
use super::kubernetes::of_kinds;
use super::names::owner;
use super::{Cursor, Fact, Item, View};

/// See its `about`.
pub(super) static TAG: View = View {
    id: "edge.tag",
    about: "One header that a mesh or a proxy writes into spans: customTags of Istio's Telemetry, captured headers \
            of Traefik",
    fields: &[
        ("owner", "who it belongs to: telemetry/mesh, or the file"),
        ("source", "istio or traefik"),
        ("header", "name of the header, in lower case"),
    ],
    dialects: &[],
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    if document.dialect.id() == "traefik" {
        return traefik(document);
    }
    let mut items = Vec::new();
    for object in of_kinds(document, &["Telemetry"]) {
        let entries = object.cursor.at(&["spec", "tracing"]).map(|list| list.items());
        let tags = entries.unwrap_or_default().into_iter().filter_map(|one| one.get("customTags"));
        for (_, tag) in tags.flat_map(|tags| tags.entries()) {
            if let Some(header) = tag.text(&["header", "name"]) {
                items.push(item(&object.owner(), "istio", header, &tag));
            }
        }
    }
    items
}

/// Lists of headers that Traefik captures (traefik fd5a576, `pkg/config/static`).
const CAPTURED: [&str; 2] = ["capturedRequestHeaders", "capturedResponseHeaders"];

fn traefik<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let owner = owner(document);
    let lists = CAPTURED.iter().filter_map(|list| document.cursor().at(&["tracing", list]));
    let headers = lists.flat_map(|list| list.items());
    headers.map(|header| item(&owner, "traefik", header.node.text(), &header)).collect()
}

fn item<'t>(owner: &str, source: &'static str, header: &str, place: &Cursor<'t>) -> Item<'t> {
    let header = header.to_lowercase();
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.to_owned()))),
        ("source", Some(Fact::text(source))),
        ("header", Some(Fact::text(header.clone()))),
    ]);
    place.item(format!("{owner}/{header}"), fact)
}

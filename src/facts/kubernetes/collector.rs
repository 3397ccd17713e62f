//! Collectors that an operator runs.

use super::{DIALECT, of_kinds};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static IMAGE: View = View {
    id: "k8s.collector-image",
    about: "The image that an operator is told to run for an OpenTelemetryCollector",
    fields: &[
        ("owner", "the object: opentelemetrycollector/gateway"),
        ("name", "its name"),
        ("namespace", "its namespace; absent when it names none"),
        ("image", "the image as written"),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["OpenTelemetryCollector"]) {
        let Some(place) = object.cursor.at(&["spec", "image"]) else { continue };
        let namespace = object.namespace;
        let fact = Fact::map([
            ("owner", Some(Fact::text(object.owner()))),
            ("name", Some(Fact::text(object.name))),
            ("namespace", (!namespace.is_empty()).then(|| Fact::text(namespace))),
            ("image", place.fact()),
        ]);
        items.push(place.item(object.owner(), fact));
    }
    items
}

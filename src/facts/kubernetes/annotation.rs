//! What ingress-nginx is told past its fields.

use super::{DIALECT, Object, of_kinds};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static ANNOTATION: View = View {
    id: "k8s.ingress-annotation",
    about: "One annotation of an Ingress for ingress-nginx, or the key of its ConfigMap that lets snippets \
            through",
    fields: &[
        ("owner", "the object: ingress/pay, configmap/ingress-nginx-controller"),
        ("name", "its name without the prefix: configuration-snippet, auth-url"),
        ("value", "its value as text"),
        (
            "is_snippet",
            "whether its value becomes configuration of nginx as it is, or breaks out of its place there",
        ),
    ],
    dialects: DIALECT,
    extract,
};

const PREFIX: &str = "nginx.ingress.kubernetes.io/";

/// The key that lets snippets through (kubernetes/ingress-nginx, `docs/user-guide`).
const ALLOWS: &str = "allow-snippet-annotations";

/// Annotations whose values were copied into nginx' configuration unchecked (CVE-2025-24514, -1097
/// and -1098).
const COPIED: [&str; 4] = ["auth-url", "auth-tls-match-cn", "mirror-target", "mirror-host"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["Ingress", "ConfigMap"]) {
        if object.kind == "ConfigMap" {
            let place = object.cursor.at(&["data", ALLOWS]);
            items.extend(place.map(|place| item(&object, ALLOWS, &place)));
            continue;
        }
        let annotations = object.cursor.at(&["metadata", "annotations"]);
        for (key, place) in annotations.map(|map| map.entries()).unwrap_or_default() {
            items.extend(key.strip_prefix(PREFIX).map(|name| item(&object, name, &place)));
        }
    }
    items
}

fn item<'t>(object: &Object<'t>, name: &'t str, place: &Cursor<'t>) -> Item<'t> {
    let text = place.node.text();
    let breaks_out = COPIED.contains(&name) && text.contains([';', '{', '}', '#', '|', '\n']);
    let is_snippet = name.ends_with("-snippet")
        || (name == ALLOWS && text.eq_ignore_ascii_case("true"))
        || breaks_out;
    let fact = Fact::map([
        ("owner", Some(Fact::text(object.owner()))),
        ("name", Some(Fact::text(name))),
        ("value", Some(Fact::text(text))),
        ("is_snippet", Some(Fact::Bool(is_snippet))),
    ]);
    place.item(format!("{}/{name}", object.owner()), fact)
}

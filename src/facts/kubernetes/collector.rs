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

/// See its `about`.
pub(in crate::facts) static MODE: View = View {
    id: "k8s.collector-mode",
    about: "How an operator is told to run an OpenTelemetryCollector, and what it sets beside its configuration, \
            where that is said",
    fields: &[
        ("owner", "the object: opentelemetrycollector/gateway"),
        ("name", "its name"),
        ("namespace", "its namespace; absent when it names none"),
        ("mode", "deployment, daemonset, statefulset or sidecar; absent when not said"),
        ("set", "what `--set` among its args says; absent when nothing"),
    ],
    dialects: DIALECT,
    extract: modes,
};

fn modes<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["OpenTelemetryCollector"]) {
        let (mode, set) =
            (object.cursor.at(&["spec", "mode"]), object.cursor.at(&["spec", "args", "set"]));
        let Some(place) = mode.clone().or_else(|| set.clone()) else { continue };
        let namespace = object.namespace;
        let fact = Fact::map([
            ("owner", Some(Fact::text(object.owner()))),
            ("name", Some(Fact::text(object.name))),
            ("namespace", (!namespace.is_empty()).then(|| Fact::text(namespace))),
            ("mode", mode.and_then(|place| place.fact())),
            ("set", set.and_then(|place| place.fact())),
        ]);
        items.push(place.item(object.owner(), fact));
    }
    items
}

/// See its `about`.
pub(in crate::facts) static UPGRADE: View = View {
    id: "k8s.collector-upgrade",
    about: "Whether the configuration of an OpenTelemetryCollector is the one in force, where an \
            operator of another version may rewrite it",
    fields: &[
        ("owner", "the object: opentelemetrycollector/gateway"),
        (
            "version",
            "the version that the operator brought it to: status.version; absent when not said",
        ),
        ("settled", "whether it is used as written; unknown where the operator may rewrite it"),
    ],
    dialects: DIALECT,
    extract: upgrades,
};

/// opentelemetry-operator v0.158.0, `apis/v1beta1/collector_types.go`: what is managed and not told
/// otherwise is upgraded, and the resource with it.
fn upgrades<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["OpenTelemetryCollector"]) {
        let said = |key: &str| object.cursor.text(&["spec", key]).unwrap_or_default();
        let is_settled =
            said("upgradeStrategy") == "none" || said("managementState") == "unmanaged";
        let settled = if is_settled {
            Fact::Bool(true)
        } else {
            Fact::Unknown(
                "an operator of another version may have rewritten this configuration; what is in \
                 force is in the cluster only"
                    .to_owned(),
            )
        };
        let fact = Fact::map([
            ("owner", Some(Fact::text(object.owner()))),
            ("version", object.cursor.fact_at(&["status", "version"])),
            ("settled", Some(settled)),
        ]);
        let place = object.cursor.place(&["spec", "upgradeStrategy"]);
        items.push(place.item(object.owner(), fact));
    }
    items
}

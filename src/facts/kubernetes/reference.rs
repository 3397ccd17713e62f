//! What pods take from `ConfigMap`s and Secrets, and which of those there are.

use super::{DIALECT, Pod, of_kinds, of_pods};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};
use crate::model::secrets_in;

/// See its `about`.
pub(in crate::facts) static REFERENCE: View = View {
    id: "k8s.reference",
    about: "One reference of a pod to a ConfigMap or Secret, at its name",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("namespace", "the object's namespace; absent when it names none"),
        ("kind", "configmap or secret"),
        ("name", "name of what is referred to"),
        ("key", "the key that is wanted; absent when all of it is"),
        ("optional", "whether the pod starts without it"),
        ("place", "where in the object it stands"),
    ],
    dialects: DIALECT,
    extract: |document| of_pods(document, references),
};

/// See its `about`.
pub(in crate::facts) static CONFIG: View = View {
    id: "k8s.config",
    about: "A ConfigMap or Secret, with the keys it has",
    fields: &[
        ("owner", "the object: configmap/pay"),
        ("namespace", "its namespace; absent when it names none"),
        ("keys", "its keys"),
        ("texts", "what a ConfigMap holds under them, where that is a line and no file"),
    ],
    dialects: DIALECT,
    extract: configs,
};

/// A way from a volume, a source of variables or one variable to what is referred to: the kind, the
/// way to the name, and to the key.
type Way = (&'static str, &'static [&'static str], Option<&'static [&'static str]>);

const WAYS: [Way; 6] = [
    ("configmap", &["configMap", "name"], None),
    ("secret", &["secret", "secretName"], None),
    ("configmap", &["configMapRef", "name"], None),
    ("secret", &["secretRef", "name"], None),
    (
        "configmap",
        &["valueFrom", "configMapKeyRef", "name"],
        Some(&["valueFrom", "configMapKeyRef", "key"]),
    ),
    ("secret", &["valueFrom", "secretKeyRef", "name"], Some(&["valueFrom", "secretKeyRef", "key"])),
];

fn references<'t>(pod: &Pod<'t>) -> Vec<Item<'t>> {
    let list = |cursor: &Cursor<'t>, key: &str| {
        cursor.get(key).map(|list| list.items()).unwrap_or_default()
    };
    let volumes = list(&pod.spec, "volumes");
    let projected = volumes.iter().filter_map(|volume| volume.get("projected"));
    let mut holders: Vec<Cursor<'t>> = projected.flat_map(|p| list(&p, "sources")).collect();
    holders.extend(volumes.iter().cloned());
    for container in &pod.containers {
        holders.extend(list(&container.cursor, "envFrom"));
        holders.extend(list(&container.cursor, "env"));
    }
    holders.iter().flat_map(|holder| of_holder(pod, holder)).collect()
}

fn of_holder<'t>(pod: &Pod<'t>, holder: &Cursor<'t>) -> Vec<Item<'t>> {
    let one = |(kind, way, key): &Way| {
        let place = holder.at(way)?;
        let (_, around) = way.split_last()?;
        let optional: Vec<&str> = around.iter().copied().chain(["optional"]).collect();
        let namespace = pod.object.namespace;
        let fact = Fact::map([
            ("owner", Some(Fact::text(pod.owner.clone()))),
            ("namespace", (!namespace.is_empty()).then(|| Fact::text(namespace))),
            ("kind", Some(Fact::text(*kind))),
            ("name", Some(Fact::text(place.node.text()))),
            ("key", key.and_then(|key| holder.fact_at(key))),
            ("optional", Some(Fact::Bool(holder.flag(&optional).unwrap_or(false)))),
            ("place", Some(Fact::text(place.pointer()))),
        ]);
        Some(place.item_here(fact))
    };
    WAYS.iter().filter_map(one).collect()
}

fn configs<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let one = |object: &super::Object<'t>| {
        let sections = ["data", "binaryData", "stringData"].iter();
        let sections = sections.filter_map(|key| object.cursor.get(key));
        let keys = sections.flat_map(|map| map.entries()).map(|(key, _)| Fact::text(key));
        let namespace = object.namespace;
        let fact = Fact::map([
            ("owner", Some(Fact::text(object.owner()))),
            ("namespace", (!namespace.is_empty()).then(|| Fact::text(namespace))),
            ("keys", Some(Fact::List(keys.collect()))),
            ("texts", texts(object)),
        ]);
        object.cursor.item(object.owner(), fact)
    };
    of_kinds(document, &["ConfigMap", "Secret"]).iter().map(one).collect()
}

/// Bytes of a value that may be a setting.
const TEXT_BYTES_MAX: usize = 256;

/// What a `ConfigMap` holds in lines.
fn texts<'t>(object: &super::Object<'t>) -> Option<Fact<'t>> {
    if object.kind != "ConfigMap" {
        return None;
    }
    let is_line = |text: &str| text.len() <= TEXT_BYTES_MAX && !text.trim_end().contains('\n');
    let entries = object.cursor.get("data")?.entries().into_iter();
    let lines = entries.filter(|(_, place)| {
        place.node.is_scalar()
            && is_line(place.node.text())
            && secrets_in(place.node.text()).is_empty()
    });
    let lines: Vec<_> =
        lines.map(|(key, place)| (key.into(), Fact::text(place.node.text()))).collect();
    (!lines.is_empty()).then_some(Fact::Map(lines))
}

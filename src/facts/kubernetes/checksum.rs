//! Annotations of pods that stand for the content of something they mount.

use super::{DIALECT, of_pods};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static CHECKSUM: View = View {
    id: "k8s.checksum",
    about: "One annotation of a pod that stands for the content of something it mounts, so that the pod is \
            replaced when that changes",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("namespace", "the object's namespace; absent when it names none"),
        ("name", "name of the annotation: checksum/config"),
        ("value", "its value"),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    of_pods(document, |pod| {
        let annotations = pod.metadata.as_ref().and_then(|meta| meta.get("annotations"));
        let entries = annotations.map(|map| map.entries()).unwrap_or_default();
        let known = entries.into_iter().filter(|(key, _)| key.starts_with("checksum/"));
        let namespace = pod.object.namespace;
        let item = |(key, place): (&'t str, crate::facts::Cursor<'t>)| {
            let fact = Fact::map([
                ("owner", Some(Fact::text(pod.owner.clone()))),
                ("namespace", (!namespace.is_empty()).then(|| Fact::text(namespace))),
                ("name", Some(Fact::text(key))),
                ("value", Some(Fact::text(place.node.text()))),
            ]);
            place.item(format!("{}/{key}", pod.owner), fact)
        };
        known.map(item).collect()
    })
}

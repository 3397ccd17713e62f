//! What sidecars of a pod are told about tracing.

use super::{DIALECT, of_pods};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static DAPR: View = View {
    id: "k8s.dapr",
    about: "The configuration that the Dapr sidecar of a pod is told, at the annotation that names it",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("namespace", "the object's namespace; absent when it names none"),
        ("config", "name of the Configuration; absent when none is named"),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    of_pods(document, |pod| {
        let Some(metadata) = &pod.metadata else { return Vec::new() };
        if metadata.text(&["annotations", "dapr.io/enabled"]) != Some("true") {
            return Vec::new();
        }
        let way = ["annotations", "dapr.io/config"];
        let namespace = pod.object.namespace;
        let fact = Fact::map([
            ("owner", Some(Fact::text(pod.owner.clone()))),
            ("namespace", (!namespace.is_empty()).then(|| Fact::text(namespace))),
            ("config", metadata.text(&way).map(Fact::text)),
        ]);
        vec![metadata.place(&way).item(pod.owner.clone(), fact)]
    })
}

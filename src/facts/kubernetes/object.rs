//! Views of objects that are no workloads of their own: namespaces, replica counts, suppressions.

use super::{DIALECT, Object, objects, of_kinds};
use crate::facts::cursor::Document;
use crate::facts::names::mentions;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static NAMESPACE: View = View {
    id: "k8s.namespace",
    about: "The Pod Security level that a Namespace enforces, at its label",
    fields: &[
        ("owner", "the object: namespace/pay"),
        ("enforce", "privileged, baseline or restricted; privileged when not said"),
        ("enforce_version", "the version of the standard; absent when not said"),
        ("labels", "labels of the namespace"),
        ("annotations", "annotations of the namespace"),
    ],
    dialects: DIALECT,
    extract: namespaces,
};

/// See its `about`.
pub(in crate::facts) static REPLICAS: View = View {
    id: "k8s.replicas",
    about: "A number of replicas, of a workload or of its autoscaler",
    fields: &[
        ("owner", "the object: deployment/pay"),
        ("namespace", "its namespace; absent when it names none"),
        ("setting", "replicas, minReplicas or maxReplicas"),
        ("count", "the number"),
        ("target", "the workload that an autoscaler is for: deployment/pay; absent for a workload"),
    ],
    dialects: DIALECT,
    extract: replicas,
};

/// See its `about`.
pub(in crate::facts) static SUPPRESSION: View = View {
    id: "k8s.suppression",
    about: "An annotation that tells a scanner to look away",
    fields: &[
        ("owner", "the object: deployment/pay"),
        ("annotation", "its key"),
        ("reason", "its value"),
    ],
    dialects: DIALECT,
    extract: suppressions,
};

fn namespaces<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    of_kinds(document, &["Namespace"])
        .into_iter()
        .map(|object| {
            let label = |name: &str| {
                let key = format!("pod-security.kubernetes.io/{name}");
                object.cursor.fact_at(&["metadata", "labels", &key])
            };
            let enforce = label("enforce").or_else(|| Some(Fact::text("privileged")));
            let fact = Fact::map([
                ("owner", Some(Fact::text(object.owner()))),
                ("enforce", enforce),
                ("enforce_version", label("enforce-version")),
                ("labels", object.cursor.fact_at(&["metadata", "labels"])),
                ("annotations", object.cursor.fact_at(&["metadata", "annotations"])),
            ]);
            let way = ["metadata", "labels", "pod-security.kubernetes.io/enforce"];
            object.cursor.place(&way).item(object.owner(), fact)
        })
        .collect()
}

fn replicas<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in objects(document).iter() {
        for setting in ["replicas", "minReplicas", "maxReplicas"] {
            let Some(place) = object.cursor.at(&["spec", setting]) else { continue };
            let owner = object.owner();
            let key = format!("{owner}/{setting}");
            let fact = Fact::map([
                ("owner", Some(Fact::text(owner))),
                ("namespace", Some(object.namespace).filter(|ns| !ns.is_empty()).map(Fact::text)),
                ("setting", Some(Fact::text(setting))),
                ("count", place.fact()),
                ("target", target(object)),
            ]);
            items.push(place.item(key, fact));
        }
    }
    items
}

/// The workload that an autoscaler is for.
fn target<'t>(object: &Object<'t>) -> Option<Fact<'t>> {
    let target = object.cursor.at(&["spec", "scaleTargetRef"])?;
    let (kind, name) = (target.text(&["kind"])?, target.text(&["name"])?);
    Some(Fact::text(format!("{}/{name}", kind.to_lowercase())))
}

/// Prefixes by which scanners know that they are to skip a check.
const SKIPS: [&str; 5] = [
    "checkov.io/skip",
    "ignore-check.kube-linter.io/",
    "kics.io/ignore",
    "polaris.fairwinds.com/exempt",
    "kubescape.io/ignore",
];

fn suppressions<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in objects(document).iter() {
        let annotations = object.cursor.at(&["metadata", "annotations"]);
        for (name, place) in annotations.map(|map| map.entries()).unwrap_or_default() {
            if SKIPS.iter().any(|skip| mentions(name, &[skip])) {
                let owner = object.owner();
                let key = format!("{owner}/{name}");
                let fact = Fact::map([
                    ("owner", Some(Fact::text(owner))),
                    ("annotation", Some(Fact::text(name))),
                    ("reason", place.fact()),
                ]);
                items.push(place.item(key, fact));
            }
        }
    }
    items
}

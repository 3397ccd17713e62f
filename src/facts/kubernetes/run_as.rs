//! Who the processes of a pod run as: one item per setting, at the setting's own place.

use super::{Container, DIALECT, Pod, of_pods};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static RUN_AS: View = View {
    id: "k8s.run-as",
    about: "One setting that decides who a pod's processes run as: runAsNonRoot, runAsUser or the \
            seccomp profile, of the pod or of one container",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("container", "the container it holds for; absent when it holds for the pod"),
        ("setting", "runAsNonRoot, runAsUser or seccompProfile.type"),
        (
            "value",
            "its value; absent when nothing is said and the pod has to answer for a container",
        ),
        ("decides", "whether it holds for any container: each has its own otherwise"),
        ("os", "operating system of the pod: linux unless spec.os says otherwise"),
    ],
    dialects: DIALECT,
    extract,
};

const SETTINGS: [(&str, &[&str]); 3] = [
    ("runAsNonRoot", &["securityContext", "runAsNonRoot"]),
    ("runAsUser", &["securityContext", "runAsUser"]),
    ("seccompProfile.type", &["securityContext", "seccompProfile", "type"]),
];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    of_pods(document, |pod| {
        let mut items = Vec::new();
        for (setting, way) in SETTINGS {
            let says = |cursor: &Cursor<'t>| cursor.fact_at(way).is_some();
            // The pod's answer counts unless every container has its own.
            let decides = !pod.containers.iter().all(|one| says(&one.cursor));
            if decides || says(&pod.spec) {
                items.push(item(pod, None, (setting, way), decides));
            }
            for container in pod.containers.iter().filter(|one| says(&one.cursor)) {
                items.push(item(pod, Some(container), (setting, way), true));
            }
        }
        items
    })
}

fn item<'t>(
    pod: &Pod<'t>,
    container: Option<&Container<'t>>,
    (setting, way): (&'static str, &[&str]),
    decides: bool,
) -> Item<'t> {
    let cursor = container.map_or(&pod.spec, |container| &container.cursor);
    let owner = &pod.owner;
    let name = container.map(|container| container.name);
    let key = format!("{owner}/{}/{setting}", name.unwrap_or_default());
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.clone()))),
        ("container", name.map(Fact::text)),
        ("setting", Some(Fact::text(setting))),
        ("value", cursor.fact_at(way)),
        ("decides", Some(Fact::Bool(decides))),
        ("os", pod.spec.fact_at(&["os", "name"]).or_else(|| Some(Fact::text("linux")))),
    ]);
    cursor.place(way).item(key, fact)
}

//! What of its node a pod may touch: one item per way.

use super::{DIALECT, Pod, of_pods};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static HOST: View = View {
    id: "k8s.host-access",
    about: "One way in which a pod may share its node: a namespace, a path, a port",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("way", "hostNetwork, hostPID, hostIPC, hostPath or hostPort"),
        ("what", "the path or port; absent for namespaces"),
        ("shared", "whether it is shared"),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    of_pods(document, |pod| {
        let mut items = Vec::new();
        for way in ["hostNetwork", "hostPID", "hostIPC"] {
            let shared = pod.spec.fact_at(&[way]).unwrap_or(Fact::Bool(false));
            items.push(item(pod, way, None, shared, &pod.spec.place(&[way])));
        }
        let volumes = pod.spec.get("volumes").map(|list| list.items()).unwrap_or_default();
        for place in volumes.iter().filter_map(|volume| volume.at(&["hostPath", "path"])) {
            items.push(item(pod, "hostPath", Some(place.node.text()), Fact::Bool(true), &place));
        }
        for container in &pod.containers {
            let ports = container.cursor.get("ports").map(|list| list.items()).unwrap_or_default();
            for place in ports.iter().filter_map(|port| port.get("hostPort")) {
                let text = place.node.text();
                items.push(item(pod, "hostPort", Some(text), Fact::Bool(text != "0"), &place));
            }
        }
        items
    })
}

fn item<'t>(
    pod: &Pod<'t>,
    way: &'static str,
    what: Option<&'t str>,
    shared: Fact<'t>,
    place: &Cursor<'t>,
) -> Item<'t> {
    let owner = &pod.owner;
    let key = format!("{owner}/{way}/{}", what.unwrap_or_default());
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.clone()))),
        ("way", Some(Fact::text(way))),
        ("what", what.map(Fact::text)),
        ("shared", Some(shared)),
    ]);
    place.item(key, fact)
}

//! What of its node a pod may touch: one item per way.

use super::{DIALECT, of_pods, partial};
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

const NAMESPACES: [&str; 3] = ["hostNetwork", "hostPID", "hostIPC"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = of_pods(document, |pod| {
        let mut items = Vec::new();
        for way in NAMESPACES {
            let shared = pod.spec.fact_at(&[way]).unwrap_or(Fact::Bool(false));
            items.push(item(&pod.owner, way, None, shared, &pod.spec.place(&[way])));
        }
        let volumes = pod.spec.get("volumes").map(|list| list.items()).unwrap_or_default();
        for place in volumes.iter().filter_map(|volume| volume.at(&["hostPath", "path"])) {
            let path = Some(place.node.text());
            items.push(item(&pod.owner, "hostPath", path, Fact::Bool(true), &place));
        }
        for container in &pod.containers {
            let ports = container.cursor.get("ports").map(|list| list.items()).unwrap_or_default();
            for place in ports.iter().filter_map(|port| port.get("hostPort")) {
                let text = place.node.text();
                let shared = Fact::Bool(text != "0");
                items.push(item(&pod.owner, "hostPort", Some(text), shared, &place));
            }
        }
        items
    });
    for (owner, spec) in partial(document) {
        let said = NAMESPACES.iter().filter_map(|way| Some((*way, spec.get(way)?)));
        items.extend(
            said.filter_map(|(way, place)| Some(item(&owner, way, None, place.fact()?, &place))),
        );
    }
    items
}

fn item<'t>(
    owner: &str,
    way: &'static str,
    what: Option<&'t str>,
    shared: Fact<'t>,
    place: &Cursor<'t>,
) -> Item<'t> {
    let key = format!("{owner}/{way}/{}", what.unwrap_or_default());
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.to_owned()))),
        ("way", Some(Fact::text(way))),
        ("what", what.map(Fact::text)),
        ("shared", Some(shared)),
    ]);
    place.item(key, fact)
}

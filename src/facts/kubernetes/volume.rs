//! Volumes: what a pod mounts, and where from.

use super::{DIALECT, Pod, of_pods};
use crate::facts::cursor::Cursor;
use crate::facts::{Fact, Item, View};
use crate::model::Kind;

/// See its `about`.
pub(in crate::facts) static VOLUME: View = View {
    id: "k8s.volume",
    about: "One volume of a pod, at what it is made of",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("name", "name of the volume"),
        ("type", "what it is made of: secret, hostPath, emptyDir, …; emptyDir when not said"),
        ("path", "the path of the node; absent for other types"),
        ("read_only", "whether nobody mounts it to write: all of its mounts say readOnly"),
    ],
    dialects: DIALECT,
    extract: |document| of_pods(document, of_pod),
};

fn of_pod<'t>(pod: &Pod<'t>) -> Vec<Item<'t>> {
    let volumes = pod.spec.get("volumes").map(|list| list.items()).unwrap_or_default();
    volumes.iter().filter_map(|volume| of_volume(pod, volume)).collect()
}

fn of_volume<'t>(pod: &Pod<'t>, volume: &Cursor<'t>) -> Option<Item<'t>> {
    if volume.node.kind() != Kind::Map {
        return None;
    }
    let name = volume.text(&["name"]).unwrap_or_default();
    let source = volume.entries().into_iter().find(|(key, _)| *key != "name");
    let (kind, place) = source.map_or(("emptyDir", None), |(kind, place)| (kind, Some(place)));
    let mounts =
        pod.containers.iter().filter_map(|one| Some(one.cursor.get("volumeMounts")?.items()));
    let mut own = mounts.flatten().filter(|mount| mount.text(&["name"]) == Some(name));
    let read_only = own.all(|mount| mount.flag(&["readOnly"]) == Some(true));
    let fact = Fact::map([
        ("owner", Some(Fact::text(pod.owner.clone()))),
        ("name", Some(Fact::text(name))),
        ("type", Some(Fact::text(kind))),
        ("path", volume.fact_at(&["hostPath", "path"])),
        ("read_only", Some(Fact::Bool(read_only))),
    ]);
    Some(place.as_ref().unwrap_or(volume).item(format!("{}/{name}", pod.owner), fact))
}

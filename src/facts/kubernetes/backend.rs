//! Containers of programs that take spans and are no Collectors, and of stores that take none.

use super::{Container, DIALECT, Object, Pod, of_containers};
use crate::facts::cursor::Document;
use crate::facts::process::{Process, processes};
use crate::facts::program::{Settings, described};
use crate::facts::{Fact, Item, View};
use crate::model::Node;

/// See its `about`.
pub(in crate::facts) static BACKEND: View = View {
    id: "k8s.trace-backend",
    about: "One program that takes spans and is no Collector, by its image: Jaeger v1, Zipkin, the Datadog \
            Agent; or a store that takes none",
    fields: &[
        ("owner", "the object that describes the pod: deployment/jaeger"),
        ("namespace", "the object's namespace; absent when it names none"),
        ("container", "name of the container"),
        ("program", "jaeger, jaeger-agent, zipkin, datadog-agent or a store of other things"),
        (
            "doors",
            "ways to take spans in: format, protocol and port; closed says why it takes none there, local \
             whether that is so for other pods only",
        ),
        ("storage", "the kind of storage it is told; absent when not said"),
        ("to", "where it hands spans on, as written; absent when it keeps them"),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    of_containers(document, |pod, container| item(document, pod, container).into_iter().collect())
}

fn item<'t>(document: &Document<'t>, pod: &Pod<'t>, container: &Container<'t>) -> Option<Item<'t>> {
    let image = container.cursor.text(&["image"])?;
    let processes = processes(document);
    let Object { namespace, .. } = pod.object;
    let is_own = |process: &&Process<'t>| {
        (process.owner.as_str(), process.namespace) == (&pod.owner, namespace)
            && process.name == container.name
    };
    let lists = ["command", "args"].iter().filter_map(|key| container.cursor.node.get(key));
    let words = lists.flat_map(Node::items).map(Node::text).collect();
    let process = processes.iter().find(is_own);
    let files = ["configMap", "secret", "projected", "persistentVolumeClaim", "hostPath", "csi"];
    let volumes = pod.spec.get("volumes").map(|list| list.items()).unwrap_or_default();
    let has_files =
        volumes.iter().any(|volume| files.iter().any(|kind| volume.node.get(kind).is_some()));
    let told = described(image, Settings { words, process, version: None, has_files })?;
    let own = [
        ("owner", Some(Fact::text(pod.owner.clone()))),
        ("namespace", (!namespace.is_empty()).then(|| Fact::text(namespace))),
        ("container", Some(Fact::text(container.name))),
    ];
    let fact = Fact::map(own.into_iter().chain(told));
    Some(container.cursor.item(format!("{}/{}", pod.owner, container.name), fact))
}

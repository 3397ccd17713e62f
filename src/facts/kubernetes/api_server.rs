//! Whether the API of a cluster records who did what.

use super::{Container, Pod, of_containers};
use crate::facts::cursor::Document;
use crate::facts::terraform::Planned;
use crate::facts::{Fact, Item, View};
use crate::model::Node;

/// See its `about`.
pub(in crate::facts) static API_SERVER: View = View {
    id: "audit.api-server",
    about: "An API server of a cluster and its audit log: a pod of kube-apiserver, an aws_eks_cluster of a plan",
    fields: &[
        ("owner", "the pod or the address of the resource"),
        ("policy", "whether a policy says what is recorded; EKS brings its own"),
        ("sink", "whether the records go anywhere: a file, a webhook, CloudWatch"),
    ],
    dialects: &["kubernetes", "terraform"],
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    if document.dialect.id() == "terraform" {
        return managed(document);
    }
    of_containers(document, |pod, container| item(pod, container).into_iter().collect())
}

fn item<'t>(pod: &Pod<'t>, container: &Container<'t>) -> Option<Item<'t>> {
    if container.name != "kube-apiserver" {
        return None;
    }
    let lists = ["command", "args"].map(|key| container.cursor.node.get(key));
    let words: Vec<&str> =
        lists.into_iter().flatten().flat_map(Node::items).map(Node::text).collect();
    let has = |flag: &str| {
        let value = words.iter().find_map(|word| word.strip_prefix(flag)?.strip_prefix('='));
        value.is_some_and(|value| !value.is_empty()) || words.contains(&flag)
    };
    let sink = has("--audit-log-path") || has("--audit-webhook-config-file");
    let place = ["command", "args"].iter().find_map(|key| container.cursor.get(key));
    let place = place.unwrap_or_else(|| container.cursor.clone());
    Some(place.item(pod.owner.clone(), fact(&pod.owner, has("--audit-policy-file"), sink)))
}

fn managed<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let one = |cluster: Planned<'t>| {
        let after = cluster.after();
        let types = after.node.get("enabled_cluster_log_types");
        let on = types.into_iter().flat_map(Node::items).any(|kind| kind.text() == "audit");
        let place = after.place(&["enabled_cluster_log_types"]);
        place.item(cluster.address, fact(cluster.address, true, on))
    };
    let clusters = Planned::kept(document).into_iter().filter(|it| it.kind == "aws_eks_cluster");
    clusters.map(one).collect()
}

fn fact<'t>(owner: &str, policy: bool, sink: bool) -> Fact<'t> {
    Fact::map([
        ("owner", Some(Fact::text(owner.to_owned()))),
        ("policy", Some(Fact::Bool(policy))),
        ("sink", Some(Fact::Bool(sink))),
    ])
}

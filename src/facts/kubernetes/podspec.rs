//! What a pod shares with its node and its cluster.

use super::{DIALECT, Pod, of_pods};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static PODSPEC: View = View {
    id: "k8s.podspec",
    about: "The spec of a pod: what it shares with its node, and who it is",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("namespace", "the object's namespace; absent when it names none"),
        ("labels", "labels of the pod"),
        ("annotations", "annotations of the pod"),
        ("host_network", "hostNetwork; false when not said"),
        ("host_aliases", "hostAliases as written; absent when not said"),
        ("dns_policy", "dnsPolicy; absent when not said"),
        ("host_pid", "hostPID; false when not said"),
        ("host_ipc", "hostIPC; false when not said"),
        (
            "automount_token",
            "automountServiceAccountToken; absent when the service account decides",
        ),
        ("service_account", "serviceAccountName; absent when not said"),
        (
            "old_account",
            "whether it names an account by serviceAccount, which is deprecated, and by no other key alike",
        ),
        ("config_maps", "names of the ConfigMaps that its volumes hold"),
        (
            "volumes",
            "its volumes by name, each with the ConfigMaps it is made of: name, and items as written",
        ),
        ("host_paths", "paths of the node that its volumes mount"),
        ("security_context", "its securityContext as written"),
        ("termination_grace", "terminationGracePeriodSeconds; 30 when not said"),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    of_pods(document, |pod| vec![item(pod)])
}

fn item<'t>(pod: &Pod<'t>) -> Item<'t> {
    let owner = pod.owner.clone();
    let meta = |key| pod.metadata.as_ref().and_then(|meta| meta.fact_at(&[key]));
    let flag = |key| pod.spec.fact_at(&[key]).or(Some(Fact::Bool(false)));
    let namespace = pod.object.namespace;
    let account = pod.spec.fact_at(&["serviceAccountName"]);
    let grace = pod.spec.fact_at(&["terminationGracePeriodSeconds"]);
    let volumes = pod.spec.get("volumes").map(|list| list.items()).unwrap_or_default();
    let host_paths = volumes.iter().filter_map(|v| v.fact_at(&["hostPath", "path"]));
    let config_maps = volumes.iter().filter_map(|v| v.fact_at(&["configMap", "name"]));
    let projected = volumes.iter().filter_map(|v| Some(v.at(&["projected", "sources"])?.items()));
    let projected = projected.flatten().filter_map(|s| s.fact_at(&["configMap", "name"]));
    let fact =
        Fact::map([
            ("owner", Some(Fact::text(owner.clone()))),
            ("namespace", (!namespace.is_empty()).then(|| Fact::text(namespace))),
            ("labels", meta("labels")),
            ("annotations", meta("annotations")),
            ("host_network", flag("hostNetwork")),
            ("host_aliases", pod.spec.fact_at(&["hostAliases"])),
            ("dns_policy", pod.spec.fact_at(&["dnsPolicy"])),
            ("host_pid", flag("hostPID")),
            ("host_ipc", flag("hostIPC")),
            ("automount_token", pod.spec.fact_at(&["automountServiceAccountToken"])),
            ("service_account", account.or_else(|| pod.spec.fact_at(&["serviceAccount"]))),
            (
                "old_account",
                Some(Fact::Bool(pod.spec.node.get("serviceAccount").is_some_and(|old| {
                    pod.spec.text(&["serviceAccountName"]) != Some(old.text())
                }))),
            ),
            ("config_maps", Some(Fact::List(config_maps.chain(projected).collect()))),
            ("volumes", Some(Fact::List(volumes.iter().map(volume).collect()))),
            ("host_paths", Some(Fact::List(host_paths.collect()))),
            ("security_context", pod.spec.fact_at(&["securityContext"])),
            ("termination_grace", grace.or_else(|| Fact::number("30"))),
        ]);
    pod.spec.item(owner, fact)
}

/// A volume with what of it is made of `ConfigMap`s.
fn volume<'t>(volume: &Cursor<'t>) -> Fact<'t> {
    let projected = volume.at(&["projected", "sources"]).map(|list| list.items());
    let sources = projected.into_iter().flatten().chain([volume.clone()]);
    let one = |source: Cursor<'t>| {
        let name = source.fact_at(&["configMap", "name"])?;
        let items = source.fact_at(&["configMap", "items"]);
        Some(Fact::map([("name", Some(name)), ("items", items)]))
    };
    Fact::map([
        ("name", volume.fact_at(&["name"])),
        ("config_maps", Some(Fact::List(sources.filter_map(one).collect()))),
    ])
}

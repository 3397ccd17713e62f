//! What is no configuration, by the name it is excluded by: what happened, what is measured, and
//! objects that another object stands for and whose names are made up, so that those of blue and
//! green never meet.
//!
//! Read in kubernetes v1.35.4, unless said otherwise, in the file behind each entry.

use super::discovery::Kind;
use crate::model::Node;

struct LeftOut {
    group: &'static str,
    /// `*` is every kind of the group.
    resource: &'static str,
    which: Which,
    pattern: &'static str,
}

/// Which objects of a kind.
enum Which {
    /// All; they are not even asked for.
    All,
    /// Those that a controller made for another object.
    Controlled,
    /// Those of this name.
    Named(&'static str),
    /// Those that have an annotation or label of this name.
    Marked(&'static str),
    /// Those of this `type`.
    Typed(&'static str),
}

const SECRETS: &str = "secrets (built in; ?secrets=read reads them)";
const EVENTS: &str = "events: what happened (built in)";
const METRICS: &str = "metrics: what is measured (built in)";
const LEASES: &str = "leases: who leads at the moment (built in)";
const NODES: &str = "nodes and what they report (built in)";
const REQUESTS: &str = "requests for certificates (built in)";
const MADE: &str = "objects that a controller made for another one (built in)";
const PROVISIONED: &str = "volumes that were provisioned for a claim (built in)";
const ADDRESSES: &str = "addresses that the cluster assigned (built in)";
const CLUSTER_CA: &str = "the certificate of the cluster in each namespace (built in)";
const RELEASES: &str = "releases of Helm: what was installed when (built in)";
const HEALTH: &str = "the health of the control plane (built in)";

const TABLE: &[LeftOut] = &[
    of("", "events", Which::All, EVENTS),
    of("events.k8s.io", "events", Which::All, EVENTS),
    of("metrics.k8s.io", "*", Which::All, METRICS),
    of("custom.metrics.k8s.io", "*", Which::All, METRICS),
    of("external.metrics.k8s.io", "*", Which::All, METRICS),
    of("", "componentstatuses", Which::All, HEALTH),
    // pkg/apis/coordination/types.go
    of("coordination.k8s.io", "leases", Which::All, LEASES),
    of("coordination.k8s.io", "leasecandidates", Which::All, LEASES),
    // Registered by kubelets and by the drivers beside them.
    of("", "nodes", Which::All, NODES),
    of("storage.k8s.io", "csinodes", Which::All, NODES),
    of("storage.k8s.io", "csistoragecapacities", Which::All, NODES),
    of("storage.k8s.io", "volumeattachments", Which::All, NODES),
    of("resource.k8s.io", "resourceslices", Which::All, NODES),
    of("certificates.k8s.io", "certificatesigningrequests", Which::All, REQUESTS),
    of("certificates.k8s.io", "podcertificaterequests", Which::All, REQUESTS),
    // Named after a hash, a number or at random: pkg/controller/controller_utils.go (pods),
    // deployment/sync.go, cronjob/utils.go, history/controller_history.go; resourceclaim/controller.go;
    // k8s.io/endpointslice v0.35.4 utils.go, endpointslicemirroring/utils.go.
    of("", "pods", Which::Controlled, MADE),
    of("", "replicationcontrollers", Which::Controlled, MADE),
    of("apps", "replicasets", Which::Controlled, MADE),
    of("apps", "controllerrevisions", Which::Controlled, MADE),
    of("batch", "jobs", Which::Controlled, MADE),
    of("resource.k8s.io", "resourceclaims", Which::Controlled, MADE),
    of("discovery.k8s.io", "endpointslices", Which::Controlled, MADE),
    // argo-rollouts rollout/analysis.go, read at 009fece368ae
    of("argoproj.io", "analysisruns", Which::Controlled, MADE),
    // pkg/controller/endpoint/endpoints_controller.go; older ones set the annotation only.
    of("", "endpoints", Which::Marked("endpoints.kubernetes.io/managed-by"), MADE),
    of("", "endpoints", Which::Marked("endpoints.kubernetes.io/last-change-trigger-time"), MADE),
    // The API servers' own: pkg/controlplane/controller/kubernetesservice/controller.go.
    of("", "endpoints", Which::Named("default/kubernetes"), ADDRESSES),
    of("discovery.k8s.io", "endpointslices", Which::Named("default/kubernetes"), ADDRESSES),
    // pkg/registry/core/service/ipallocator/ipallocator.go
    of("networking.k8s.io", "ipaddresses", Which::Marked(IP_MANAGER), ADDRESSES),
    // k8s.io/component-helpers v0.35.4 storage/volume/pv_helpers.go
    of("", "persistentvolumes", Which::Marked("pv.kubernetes.io/provisioned-by"), PROVISIONED),
    // pkg/controller/certificates/rootcacertpublisher/publisher.go
    of("", "configmaps", Which::Named("*/kube-root-ca.crt"), CLUSTER_CA),
    // helm pkg/storage/driver/secrets.go, read at 02ad2b118731
    of("", "secrets", Which::Typed("helm.sh/release.v1"), RELEASES),
];

const IP_MANAGER: &str = "ipaddress.kubernetes.io/managed-by";

const fn of(
    group: &'static str,
    resource: &'static str,
    which: Which,
    pattern: &'static str,
) -> LeftOut {
    LeftOut { group, resource, which, pattern }
}

fn entries(kind: &Kind) -> impl Iterator<Item = &'static LeftOut> {
    let is_of = |entry: &&LeftOut| {
        entry.group == kind.group && (entry.resource == "*" || entry.resource == kind.resource)
    };
    TABLE.iter().filter(is_of)
}

/// What a whole kind is left out by, if it is.
pub(super) fn kind(kind: &Kind, secrets: bool) -> Option<&'static str> {
    if kind.is("", "secrets") && !secrets {
        return Some(SECRETS);
    }
    let found = entries(kind).find(|entry| matches!(entry.which, Which::All));
    found.map(|entry| entry.pattern)
}

/// Whether all of a group is left out.
pub(super) fn group(name: &str) -> bool {
    TABLE.iter().any(|entry| entry.group == name && entry.resource == "*")
}

/// What an object of a kind is left out by, if it is.
pub(super) fn object(item: Node<'_>, kind: &Kind) -> Option<&'static str> {
    let found = entries(kind).find(|entry| match entry.which {
        Which::All => true,
        Which::Controlled => is_controlled(item),
        Which::Named(name) => {
            let said = |key: &str| item.text_at(&["metadata", key]).unwrap_or_default();
            let (namespace, name) = name.split_once('/').unwrap_or(("*", name));
            said("name") == name && (namespace == "*" || said("namespace") == namespace)
        }
        Which::Marked(name) => ["annotations", "labels"]
            .iter()
            .any(|place| item.at(&["metadata", place, name]).is_some()),
        Which::Typed(name) => item.text_at(&["type"]) == Some(name),
    });
    found.map(|entry| entry.pattern)
}

/// Whether one of its owners controls it (apimachinery `meta/v1` `OwnerReference.controller`).
fn is_controlled(item: Node<'_>) -> bool {
    let owners = item.at(&["metadata", "ownerReferences"]);
    let mut owners = owners.into_iter().flat_map(Node::items);
    owners.any(|owner| owner.text_at(&["controller"]) == Some("true"))
}

#[cfg(test)]
mod tests {
    use super::{Kind, TABLE, group, kind, object};
    use crate::model::{Limits, SourceId};
    use crate::syntax;

    fn of(group: &str, resource: &str) -> Kind {
        Kind {
            group: group.to_owned(),
            version: "v1".to_owned(),
            resource: resource.to_owned(),
            name: String::new(),
            namespaced: true,
            listable: true,
            has_status: false,
        }
    }

    fn left_out(kind: &Kind, text: &str) -> bool {
        let parsed = syntax::by_id("json").unwrap().parse(text, SourceId(0), &Limits::STANDARD);
        object(parsed.tree.roots().next().unwrap(), kind).is_some()
    }

    #[test]
    fn every_entry_is_reached_and_named() {
        for entry in TABLE {
            assert!(entry.pattern.contains("built in"), "{}", entry.pattern);
            assert!(super::entries(&of(entry.group, entry.resource)).count() > 0);
        }
    }

    #[test]
    fn secrets_are_asked_for_only_when_told_to() {
        assert!(kind(&of("", "secrets"), false).is_some());
        assert!(kind(&of("", "secrets"), true).is_none());
        assert!(kind(&of("x.io", "secrets"), false).is_none());
        assert!(left_out(&of("", "secrets"), r#"{"type": "helm.sh/release.v1"}"#));
        assert!(!left_out(&of("", "secrets"), r#"{"type": "Opaque"}"#));
    }

    #[test]
    fn only_what_a_controller_made_is_left_out() {
        let owned = |controller: &str| {
            format!(r#"{{"metadata": {{"ownerReferences": [{{"kind": "X"{controller}}}]}}}}"#)
        };
        assert!(left_out(&of("", "pods"), &owned(r#", "controller": true"#)));
        assert!(!left_out(&of("", "pods"), &owned(r#", "controller": false"#)));
        assert!(!left_out(&of("", "pods"), &owned("")));
        assert!(!left_out(&of("apps", "deployments"), &owned(r#", "controller": true"#)));
    }

    #[test]
    fn names_hold_in_their_namespace_only() {
        let named = |namespace: &str, name: &str| {
            format!(r#"{{"metadata": {{"namespace": "{namespace}", "name": "{name}"}}}}"#)
        };
        assert!(left_out(&of("", "configmaps"), &named("shop", "kube-root-ca.crt")));
        assert!(!left_out(&of("", "configmaps"), &named("shop", "ca.crt")));
        assert!(left_out(&of("", "endpoints"), &named("default", "kubernetes")));
        assert!(!left_out(&of("", "endpoints"), &named("shop", "kubernetes")));
        assert!(!left_out(&of("", "services"), &named("default", "kubernetes")));
    }

    #[test]
    fn whole_groups_are_known() {
        assert!(group("metrics.k8s.io") && !group("") && !group("apps"));
        assert!(kind(&of("metrics.k8s.io", "pods"), true).is_some());
    }
}

//! Defaults that depend on the fields around them.
//!
//! Read in kubernetes/kubernetes v1.35.4, `pkg/apis/*/v1/defaults.go`, and in the modules of that
//! release beside it.

use super::super::schema::{At, Documented, Seg};
use super::SCHEMA;
use crate::model::Node;

/// What the absence of the field at `at` means among the fields `around` it.
pub(super) fn implied(at: At<'_>, around: Node<'_>) -> Option<Documented> {
    let (value, place) = match (at.kind, at.path) {
        (kind, [.., Seg::Key(field)]) if matches!(*field, "imagePullPolicy" | "pullPolicy") => {
            SCHEMA.is_in_set("pods", kind).then_some(())?;
            (pull_policy(at.path, around)?.to_owned(), CORE)
        }
        ("Service", [Seg::Key("spec"), rest @ ..]) => (service(rest, around)?, CORE),
        ("Job", [Seg::Key("spec"), Seg::Key(field)]) => (job(field, around)?.to_owned(), BATCH),
        ("RoleBinding" | "ClusterRoleBinding", [Seg::Key("subjects"), Seg::Item(_), last]) => {
            (subject(last, around)?.to_owned(), RBAC)
        }
        ("CustomResourceDefinition", [Seg::Key("spec"), Seg::Key("names"), Seg::Key(field)]) => {
            (name(field, around.text_at(&["kind"])?)?, EXTENSIONS)
        }
        ("NetworkPolicy", [Seg::Key("spec"), Seg::Key("policyTypes")]) => {
            let has_egress = around.get("egress").is_some_and(|list| !list.is_empty());
            let types = if has_egress { "[Ingress, Egress]" } else { "[Ingress]" };
            (types.to_owned(), NETWORKING)
        }
        ("CSIDriver", [Seg::Key("spec"), Seg::Key("volumeLifecycleModes")]) => {
            ("[Persistent]".to_owned(), STORAGE)
        }
        ("ResourceClaim" | "ResourceClaimTemplate", [.., Seg::Key("count")]) => {
            let mode = around.text_at(&["allocationMode"]);
            (mode.is_none_or(|mode| mode == "ExactCount").then(|| "1".to_owned())?, RESOURCE)
        }
        _ => return None,
    };
    Some(Documented { value, source: format!("kubernetes/kubernetes v1.35.4 {place}") })
}

/// Whether the absence of the field at `at` means its default among the fields `around` it: no
/// strategy but rolling updates, and no Service without affinity, has settings for it, and only of
/// its own `ConfigMap` does ingress-nginx read settings of telemetry.
pub(super) fn holds(at: At<'_>, around: Node<'_>) -> bool {
    match at.path {
        [.., Seg::Key("strategy" | "updateStrategy"), Seg::Key("rollingUpdate")] => {
            around.text_at(&["type"]).is_none_or(|kind| kind == "RollingUpdate")
        }
        [Seg::Key("spec"), Seg::Key("sessionAffinityConfig")] if at.kind == "Service" => {
            around.text_at(&["sessionAffinity"]) == Some("ClientIP")
        }
        [Seg::Key("data"), Seg::Key(setting)]
            if at.kind == "ConfigMap" && TELEMETRY.contains(setting) =>
        {
            ["enable-opentelemetry", "otlp-collector-host"]
                .iter()
                .any(|key| around.get(key).is_some())
        }
        _ => true,
    }
}

/// Settings of ingress-nginx that have defaults.
const TELEMETRY: [&str; 3] =
    ["otlp-collector-port", "otel-sampler-ratio", "opentelemetry-trust-incoming-span"];

const CORE: &str = "pkg/apis/core/v1/defaults.go";
const BATCH: &str = "pkg/apis/batch/v1/defaults.go, SetDefaults_Job";
const RBAC: &str = "pkg/apis/rbac/v1/defaults.go, SetDefaults_Subject";
const NETWORKING: &str = "pkg/apis/networking/v1/defaults.go, SetDefaults_NetworkPolicy";
const STORAGE: &str = "pkg/apis/storage/v1/defaults.go, SetDefaults_CSIDriver";
const RESOURCE: &str = "pkg/apis/resource/v1/defaults.go, SetDefaults_ExactDeviceRequest";
const EXTENSIONS: &str = "apiextensions-apiserver pkg/apis/apiextensions/v1/defaults.go, SetDefaults_CustomResourceDefinitionSpec";

/// Lists of containers.
const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// An image without tag and digest is `latest`, and `latest` is pulled always, with a digest too
/// (`pkg/util/parsers/parsers.go`, `ParseImageName`).
fn pull_policy(path: &[Seg<'_>], around: Node<'_>) -> Option<&'static str> {
    let image = match path {
        [.., Seg::Key(list), Seg::Item(_), Seg::Key("imagePullPolicy")]
            if CONTAINERS.contains(list) =>
        {
            around.text_at(&["image"])?
        }
        [.., Seg::Key("volumes"), Seg::Item(_), Seg::Key("image"), Seg::Key("pullPolicy")] => {
            around.text_at(&["reference"])?
        }
        _ => return None,
    };
    let name = image.rsplit_once('/').map_or(image, |(_, name)| name);
    let (tagged, digest) = name.split_once('@').map_or((name, None), |(name, at)| (name, Some(at)));
    let tag = tagged.split_once(':').map(|(_, tag)| tag);
    let is_latest = tag.map_or(digest.is_none(), |tag| tag == "latest");
    Some(if is_latest { "Always" } else { "IfNotPresent" })
}

/// Below the spec of a Service. One whose type names another host is not reached at all.
fn service(path: &[Seg<'_>], around: Node<'_>) -> Option<String> {
    let kind = || around.text_at(&["type"]).unwrap_or("ClusterIP");
    let value = match path {
        [Seg::Key("ports"), Seg::Item(_), Seg::Key("targetPort")] => around.text_at(&["port"])?,
        [Seg::Key("externalTrafficPolicy")] => {
            matches!(kind(), "NodePort" | "LoadBalancer").then_some("Cluster")?
        }
        [Seg::Key("internalTrafficPolicy")] => {
            matches!(kind(), "ClusterIP" | "NodePort" | "LoadBalancer").then_some("Cluster")?
        }
        [Seg::Key("allocateLoadBalancerNodePorts")] => {
            (kind() == "LoadBalancer").then_some("true")?
        }
        _ => return None,
    };
    Some(value.to_owned())
}

fn job(field: &str, around: Node<'_>) -> Option<&'static str> {
    let has = |key| around.get(key).is_some();
    match field {
        "completions" => (!has("parallelism")).then_some("1"),
        "backoffLimit" => Some(if has("backoffLimitPerIndex") { "2147483647" } else { "6" }),
        "podReplacementPolicy" => {
            Some(if has("podFailurePolicy") { "Failed" } else { "TerminatingOrFailed" })
        }
        _ => None,
    }
}

fn subject(last: &Seg<'_>, around: Node<'_>) -> Option<&'static str> {
    matches!(last, Seg::Key("apiGroup")).then_some(())?;
    match around.text_at(&["kind"])? {
        "User" | "Group" => Some("rbac.authorization.k8s.io"),
        "ServiceAccount" => Some(""),
        _ => None,
    }
}

/// What the definition of a kind calls it where it does not say.
fn name(field: &str, kind: &str) -> Option<String> {
    match field {
        "singular" => Some(kind.to_lowercase()),
        "listKind" => Some([kind, "List"].concat()),
        _ => None,
    }
}

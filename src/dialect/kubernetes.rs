//! Kubernetes objects: manifests, rendered charts, custom resources.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::schema::{At, Documented, Schema, Seg};
use super::{Dialect, Identity, Use, Within, hashed};
use crate::model::{Kind, Node, Typing};

/// The dialect.
pub(super) static KUBERNETES: Kubernetes = Kubernetes;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| facts().unwrap_or_default());

/// Facts about built-in kinds, then about those that others define.
fn facts() -> Result<Schema, String> {
    let built_in = Schema::parse(include_str!("kubernetes.toml"))?;
    built_in.and(include_str!("kubernetes_custom.toml"))
}

/// See [`KUBERNETES`].
pub(super) struct Kubernetes;

impl Dialect for Kubernetes {
    fn id(&self) -> &'static str {
        "kubernetes"
    }

    fn about(&self) -> &'static str {
        "Kubernetes objects, built-in and custom; named by group, kind, namespace and name"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        (
            "service.yaml",
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: checkout\n  namespace: shop\n\
             spec:\n  ports:\n  - port: 443\n",
        )
    }

    fn recognise(&self, _file: &str, syntax: &str, root: Node<'_>) -> Option<Identity> {
        if !matches!(syntax, "yaml" | "json") || root.kind() != Kind::Map {
            return None;
        }
        let version = root.text_at(&["apiVersion"]).filter(|text| !text.is_empty())?;
        let kind = root.text_at(&["kind"]).filter(|text| !text.is_empty())?;
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let namespace = root.text_at(&["metadata", "namespace"]).unwrap_or_default();
        let name = root.text_at(&["metadata", "name"]).unwrap_or_default();
        let place = |namespace: &str, name: &str| {
            if namespace.is_empty() { name.to_owned() } else { [namespace, name].join("/") }
        };
        // An object that names no namespace is in `default`, unless its client says otherwise.
        let base = if kind == "ConfigMap" { hashed::base_name(root) } else { None };
        let home = Some(namespace).filter(|name| *name != DEFAULT_NAMESPACE).unwrap_or_default();
        let is_namesake = SCHEMA.is_namesake(kind, group);
        Some(Identity {
            kind: if is_namesake { [kind, group].join(".") } else { kind.to_owned() },
            join: ["k8s:", group, "/", kind, "/", &place(home, base.unwrap_or(name))].concat(),
            name: ["k8s:", version, "/", kind, "/", &place(namespace, name)].concat(),
            portable: !name.is_empty(),
        })
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Yaml11
    }

    /// `kind: List`, as `kubectl get -o yaml` writes it. One whose members do not say what they
    /// are, or that says more than its members do, is a document of its own.
    fn members<'t>(&self, root: Node<'t>) -> Vec<Node<'t>> {
        let is_list = root.text_at(&["kind"]).is_some_and(|kind| kind.ends_with("List"));
        let says_more = root.entries().any(|entry| match entry.key.text() {
            "apiVersion" | "kind" | "items" => false,
            "metadata" => entry.value.entries().any(|entry| !LIST_META.contains(&entry.key.text())),
            _ => true,
        });
        let named = |item: Node<'_>| {
            let filled = |path: &[&str]| item.text_at(path).is_some_and(|text| !text.is_empty());
            filled(&["apiVersion"]) && filled(&["kind"]) && filled(&["metadata", "name"])
        };
        let Some(items) = root.get("items").filter(|_| is_list && !says_more) else {
            return Vec::new();
        };
        if items.items().all(named) { items.items().collect() } else { Vec::new() }
    }

    fn meaning(&self, at: At<'_>, node: Node<'_>, _within: Within<'_>) -> Option<String> {
        match (at.kind, at.path) {
            ("Secret", [Seg::Key("data")]) => secret_content(node, true),
            ("Secret", [Seg::Key("stringData")]) => secret_content(node, false),
            _ => None,
        }
    }

    fn other_key(&self, at: At<'_>) -> Option<&'static str> {
        match (at.kind, at.path) {
            ("Secret", [Seg::Key("data")]) => Some("stringData"),
            ("Secret", [Seg::Key("stringData")]) => Some("data"),
            _ => None,
        }
    }

    fn implied(&self, at: At<'_>, around: Node<'_>) -> Option<Documented> {
        let (value, function) = match at.path {
            [.., Seg::Key(list), Seg::Item(_), Seg::Key("imagePullPolicy")]
                if CONTAINERS.contains(list) =>
            {
                (pull_policy(around.text_at(&["image"])?), "Container")
            }
            [Seg::Key("spec"), Seg::Key("ports"), Seg::Item(_), Seg::Key("targetPort")]
                if at.kind == "Service" =>
            {
                (around.text_at(&["port"])?, "Service")
            }
            [Seg::Key("spec"), Seg::Key("externalTrafficPolicy")] if at.kind == "Service" => {
                let kind = around.text_at(&["type"])?;
                (matches!(kind, "NodePort" | "LoadBalancer").then_some("Cluster")?, "Service")
            }
            [Seg::Key("spec"), Seg::Key("allocateLoadBalancerNodePorts")]
                if at.kind == "Service" =>
            {
                ((around.text_at(&["type"])? == "LoadBalancer").then_some("true")?, "Service")
            }
            _ => return None,
        };
        let source = format!("{DEFAULTS}, SetDefaults_{function}");
        Some(Documented { value: value.to_owned(), source })
    }

    fn derived(&self, at: At<'_>, node: Node<'_>, within: Within<'_>) -> Option<String> {
        match at.path {
            [.., Seg::Key("labels"), Seg::Key("helm.sh/chart")] => {
                let chart = chart_of(node.text())?;
                Some(format!("helm: name and version of the chart {chart}"))
            }
            [Seg::Key("metadata"), Seg::Key("annotations"), Seg::Key(TRACKING_ID)] => {
                tracks(node.text(), within.document)
                    .then(|| "argo cd: which application has the object".to_owned())
            }
            _ => None,
        }
    }

    /// `$(NAME)` is expanded only where NAME stands earlier in the list.
    fn uses<'t>(&self, at: At<'_>, list: Node<'t>, _within: Within<'_>) -> Vec<Use<'t>> {
        if at.key() == Some("env") { expanded_references(list) } else { Vec::new() }
    }
}

/// What the server writes about a list (apimachinery `meta/v1` `ListMeta`, v1.34).
const LIST_META: [&str; 4] = ["resourceVersion", "continue", "remainingItemCount", "selfLink"];

/// The namespace of an object that names none.
const DEFAULT_NAMESPACE: &str = "default";

/// Where the defaults that depend on other fields were read.
const DEFAULTS: &str = "kubernetes pkg/apis/core/v1/defaults.go, read at 023f88a32c95";

/// Lists of containers.
const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// An image without tag and digest is `latest`, and `latest` is pulled always.
fn pull_policy(image: &str) -> &'static str {
    let name = image.rsplit_once('/').map_or(image, |(_, name)| name);
    let is_latest = !name.contains([':', '@']) || name.ends_with(":latest");
    if is_latest { "Always" } else { "IfNotPresent" }
}

/// The name in `name-1.2.3`, which the helper of `helm create` makes of the chart's own name and
/// version (helm v3.15 `pkg/chartutil/create.go`, `defaultHelpers`).
fn chart_of(label: &str) -> Option<&str> {
    let is_version = |text: &str| {
        let mut parts = text.splitn(3, '.');
        let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let whole = parts.next().is_some_and(number) && parts.next().is_some_and(number);
        whole && parts.next().is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let mut dashes = label.match_indices('-').filter_map(|(at, _)| label.split_at_checked(at));
    dashes
        .find(|(_, version)| version.strip_prefix('-').is_some_and(is_version))
        .map(|(name, _)| name)
}

/// Where Argo CD writes which application has an object.
const TRACKING_ID: &str = "argocd.argoproj.io/tracking-id";

/// Whether `application:group/kind:namespace/name` names this object (argo-cd v2.12
/// `util/argo/resource_tracking.go`, `BuildAppInstanceValue`).
fn tracks(id: &str, object: Node<'_>) -> bool {
    let text = |keys: &[&str]| object.text_at(keys).unwrap_or_default();
    let group = text(&["apiVersion"]).split_once('/').map_or("", |(group, _)| group);
    let namespace = text(&["metadata", "namespace"]);
    let parts: Vec<&str> = id.split(':').collect();
    let [_, kind, place] = parts.as_slice() else { return false };
    let Some((home, name)) = place.split_once('/') else { return false };
    *kind == format!("{group}/{}", text(&["kind"]))
        && name == text(&["metadata", "name"])
        && (namespace.is_empty() || home == namespace)
}

/// The entries of a Secret, decoded, where ends of lines are skipped and nothing else (Go's
/// `encoding/base64`): `stringData` is merged into `data` as base64.
fn secret_content(node: Node<'_>, encoded: bool) -> Option<String> {
    let mut entries = BTreeMap::new();
    for entry in node.entries() {
        let text = entry.value.is_scalar().then(|| entry.value.text())?;
        let text = if encoded {
            let packed: String = text.split(['\r', '\n']).collect();
            String::from_utf8(STANDARD.decode(packed).ok()?).ok()?
        } else {
            text.to_owned()
        };
        entries.insert(entry.key.text(), text);
    }
    (!entries.is_empty()).then(|| format!("{entries:?}"))
}

/// Every `$(NAME)` in an `env` list: who uses it, what it names, whether it stands earlier.
fn expanded_references(list: Node<'_>) -> Vec<Use<'_>> {
    let mut defined: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for item in list.items() {
        let Some(user) = item.text_at(&["name"]) else { continue };
        let mut rest = item.text_at(&["value"]).unwrap_or_default();
        while let Some(open) = rest.find("$(") {
            rest = rest.get(open + 2..).unwrap_or_default();
            let Some((name, tail)) = rest.split_once(')') else { break };
            found.push(Use { user, name, earlier: defined.contains(name) });
            rest = tail;
        }
        defined.insert(user);
    }
    found.retain(|known| defined.contains(known.name));
    found
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_schema_is_read() {
        super::facts().unwrap();
    }
}

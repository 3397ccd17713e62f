//! Kubernetes objects: manifests, rendered charts, custom resources.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::schema::{At, Schema};
use super::{Dialect, Identity, Use};
use crate::model::{Kind, Node, Typing};

/// The dialect.
pub(super) static KUBERNETES: Kubernetes = Kubernetes;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("kubernetes.toml")).unwrap_or_default());

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
        let place =
            if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") };
        Some(Identity {
            kind: kind.to_owned(),
            join: format!("k8s:{group}/{kind}/{place}"),
            name: format!("k8s:{version}/{kind}/{place}"),
            portable: !name.is_empty(),
        })
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Yaml11
    }

    /// `$(NAME)` is expanded only where NAME stands earlier in the list.
    fn uses<'t>(&self, at: At<'_>, list: Node<'t>) -> Vec<Use<'t>> {
        if at.key() == Some("env") { expanded_references(list) } else { Vec::new() }
    }
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
    use super::Schema;

    #[test]
    fn the_schema_is_read() {
        Schema::parse(include_str!("kubernetes.toml")).unwrap();
    }
}

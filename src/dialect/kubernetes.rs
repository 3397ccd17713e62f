//! Kubernetes objects: manifests, rendered charts, custom resources.

use std::sync::LazyLock;

use super::schema::Schema;
use super::{Dialect, Identity};
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
}

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn the_schema_is_read() {
        Schema::parse(include_str!("kubernetes.toml")).unwrap();
    }
}

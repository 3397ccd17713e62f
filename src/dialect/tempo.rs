//! Grafana Tempo's configuration.

use std::sync::LazyLock;

use super::schema::Schema;
use super::version::{self, Version};
use super::{Dialect, Identity, plain};
use crate::model::{Kind, Node, Typing};

/// The dialect.
pub(super) static TEMPO: Tempo = Tempo;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("tempo.toml")).unwrap_or_default());

/// See [`TEMPO`].
pub(super) struct Tempo;

impl Dialect for Tempo {
    fn id(&self) -> &'static str {
        "tempo"
    }

    fn about(&self) -> &'static str {
        "Grafana Tempo's configuration: receivers, retention, storage of traces"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        (
            "tempo.yaml",
            "distributor:\n  receivers:\n    otlp:\n      protocols:\n        grpc:\nstorage:\n  trace:\n    backend: local\n",
        )
    }

    fn recognise(&self, file: &str, syntax: &str, root: Node<'_>) -> Option<Identity> {
        let is_map = |keys: &[&str]| root.at(keys).is_some_and(|node| node.kind() == Kind::Map);
        let known = is_map(&["distributor", "receivers"]) || is_map(&["storage", "trace"]);
        (known && matches!(syntax, "yaml" | "json") && root.kind() == Kind::Map)
            .then(|| plain::identity(file, "tempo"))
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Yaml12
    }

    fn version(&self, _root: Node<'_>, file: &str) -> Option<Version> {
        version::of_images(file, &["tempo"])
    }
}

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn the_schema_is_read() {
        Schema::parse(include_str!("tempo.toml")).unwrap();
    }
}

//! Grafana Alloy's configuration: components by type and label, wired by references.

use std::sync::LazyLock;

use super::schema::Schema;
use super::version::{self, Version};
use super::{Dialect, Identity, plain};
use crate::model::{Node, Typing};

/// The dialect.
pub(super) static ALLOY: Alloy = Alloy;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("alloy.toml")).unwrap_or_default());

/// See [`ALLOY`].
pub(super) struct Alloy;

impl Dialect for Alloy {
    fn id(&self) -> &'static str {
        "alloy"
    }

    fn about(&self) -> &'static str {
        "Grafana Alloy's configuration: components by type and label, their consumers as sets"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        (
            "config.alloy",
            "otelcol.exporter.otlp \"default\" {\n  client {\n    endpoint = \"tempo:4317\"\n  }\n}\n",
        )
    }

    fn recognise(&self, file: &str, syntax: &str, _root: Node<'_>) -> Option<Identity> {
        (syntax == "alloy").then(|| plain::identity(file, syntax))
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Yaml12
    }

    fn version(&self, _root: Node<'_>, file: &str) -> Option<Version> {
        version::of_images(file, &["alloy"])
    }
}

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn the_schema_is_read() {
        Schema::parse(include_str!("alloy.toml")).unwrap();
    }
}

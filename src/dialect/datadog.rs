//! The Datadog Agent's main file.

use std::sync::LazyLock;

use super::schema::Schema;
use super::{Dialect, Identity, plain};
use crate::model::{Kind, Node, Typing};

/// The dialect.
pub(super) static DATADOG: Datadog = Datadog;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("datadog.toml")).unwrap_or_default());

/// See [`DATADOG`].
pub(super) struct Datadog;

impl Dialect for Datadog {
    fn id(&self) -> &'static str {
        "datadog"
    }

    fn about(&self) -> &'static str {
        "The Datadog Agent's datadog.yaml: site, tags as sets, sections of its agents"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        ("datadog.yaml", "api_key: x\nsite: datadoghq.eu\ntags: [team:pay]\n")
    }

    fn recognise(&self, file: &str, syntax: &str, root: Node<'_>) -> Option<Identity> {
        const SECTIONS: [&str; 6] =
            ["site", "dd_url", "apm_config", "logs_enabled", "process_config", "otlp_config"];
        let known = root.get("api_key").is_some()
            && SECTIONS.iter().any(|section| root.get(section).is_some());
        (known && matches!(syntax, "yaml" | "json") && root.kind() == Kind::Map)
            .then(|| plain::identity(file, "datadog"))
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Yaml12
    }
}

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn the_schema_is_read() {
        Schema::parse(include_str!("datadog.toml")).unwrap();
    }
}

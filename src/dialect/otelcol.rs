//! OpenTelemetry Collector configurations: files, `ConfigMap` entries, `OpenTelemetryCollector`
//! resources, and the distributions that share the format (Jaeger v2, ADOT, Splunk).

use std::sync::LazyLock;

use super::schema::{At, Schema, Seg};
use super::version::{self, Version};
use super::{Dialect, Identity, Use, Within, component, plain};
use crate::model::{Kind, Node, Scalar, Typing};

/// The dialect.
pub(super) static OTELCOL: Otelcol = Otelcol;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("otelcol.toml")).unwrap_or_default());

/// See [`OTELCOL`].
pub(super) struct Otelcol;

impl Dialect for Otelcol {
    fn id(&self) -> &'static str {
        "otelcol"
    }

    fn about(&self) -> &'static str {
        "OpenTelemetry Collector configurations: receivers, ordered processors, exporters, pipelines"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        (
            "collector.yaml",
            "receivers:\n  otlp:\nexporters:\n  debug:\nservice:\n  pipelines:\n    traces:\n      \
             receivers: [otlp]\n      exporters: [debug]\n",
        )
    }

    fn recognise(&self, file: &str, syntax: &str, root: Node<'_>) -> Option<Identity> {
        let has_pipelines = root.at(&["service", "pipelines"])?.kind() == Kind::Map;
        let has_component = ["receivers", "exporters", "processors", "connectors"]
            .iter()
            .any(|section| root.get(section).is_some());
        (matches!(syntax, "yaml" | "json") && has_pipelines && has_component)
            .then(|| plain::identity(file, "otelcol"))
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Yaml12
    }

    fn version(&self, _root: Node<'_>, file: &str) -> Option<Version> {
        version::of_images(file, &version::COLLECTORS)
    }

    fn key_name(&self, at: At<'_>, key: &str, within: Within<'_>) -> Option<String> {
        component::present_id(at, key, within)
    }

    fn meaning(&self, at: At<'_>, node: Node<'_>, within: Within<'_>) -> Option<String> {
        node.is_scalar().then(|| component::present_id(at, node.text(), within))?
    }

    /// Where the first policy that matches decides, each comes after those before it
    /// (opentelemetry-collector-contrib, `processor/tailsamplingprocessor`).
    fn uses<'t>(&self, at: At<'_>, list: Node<'t>, within: Within<'_>) -> Vec<Use<'t>> {
        let [Seg::Key("processors"), Seg::Key(id), Seg::Key("policies")] = at.path else {
            return Vec::new();
        };
        let first = within.document.at(&["processors", id, "sample_on_first_match"]);
        let decides = first.is_some_and(|node| self.typing().read(node) == Scalar::Bool(true));
        if !decides {
            return Vec::new();
        }
        let names: Vec<&str> = list.items().filter_map(|item| item.text_at(&["name"])).collect();
        let mut found = Vec::new();
        for (position, name) in names.iter().take(POLICIES_MAX).enumerate() {
            for before in names.iter().take(position) {
                found.push(Use { user: name, name: before, earlier: true });
                found.push(Use { user: before, name, earlier: false });
            }
        }
        found
    }

    fn why_same(&self, at: At<'_>, text: &str) -> Option<String> {
        component::why_same(at, text)
    }
}

/// Policies whose order is compared; nobody writes more.
const POLICIES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn the_schema_is_read() {
        Schema::parse(include_str!("otelcol.toml")).unwrap();
    }
}

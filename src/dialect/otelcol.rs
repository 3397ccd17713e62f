//! OpenTelemetry Collector configurations: files, `ConfigMap` entries, `OpenTelemetryCollector`
//! resources, and the distributions that share the format (Jaeger v2, ADOT, Splunk).

use std::sync::LazyLock;

use super::schema::{At, Schema, Seg};
use super::version::{self, Version};
use super::{Dialect, Identity, Uses, Within, component, plain};
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
        let pipelines = root.at(&["service", "pipelines"])?;
        // One of several configurations may only say anew what a pipeline is made of.
        let is_made = |pipeline: Node<'_>| {
            ["receivers", "processors", "exporters"]
                .iter()
                .any(|list| pipeline.get(list).is_some_and(|list| list.kind() == Kind::List))
        };
        let is_wired = pipelines.entries().any(|entry| is_made(entry.value));
        let has_pipelines = pipelines.kind() == Kind::Map;
        let has_component = ["receivers", "exporters", "processors", "connectors"]
            .iter()
            .any(|section| root.get(section).is_some());
        (matches!(syntax, "yaml" | "json") && has_pipelines && (has_component || is_wired))
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
        if !node.is_scalar() {
            return None;
        }
        component::present_id(at, node.text(), within)
            .or_else(|| with_schemes(node.text(), within.version))
    }

    /// Where the first policy that matches decides, each comes after those before it
    /// (opentelemetry-collector-contrib, `processor/tailsamplingprocessor`).
    fn uses<'t>(&self, at: At<'_>, _list: Node<'t>, within: Within<'_>) -> Uses<'t> {
        let [Seg::Key("processors"), Seg::Key(id), Seg::Key("policies")] = at.path else {
            return Uses::default();
        };
        let first = within.document.at(&["processors", id, "sample_on_first_match"]);
        let decides = first.is_some_and(|node| self.typing().read(node) == Scalar::Bool(true));
        if decides { Uses::Every } else { Uses::default() }
    }

    fn why_same(&self, at: At<'_>, text: &str) -> Option<String> {
        component::why_same(at, text)
    }
}

/// A text with every reference to a variable written with its scheme: `${X}` is `${env:X}`
/// (opentelemetry-collector v0.104.0, CHANGELOG.md, `confmap.unifyEnvVarExpansion`).
fn with_schemes(text: &str, version: Option<Version>) -> Option<String> {
    if !text.contains("${") || version.is_some_and(|v| Version::parse("0.104.0") > Some(v)) {
        return None;
    }
    let mut parts = text.split("${");
    let mut whole = parts.next()?.to_owned();
    for part in parts {
        let is_escaped = whole.bytes().rev().take_while(|byte| *byte == b'$').count() % 2 == 1;
        let name = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let is_bare = match name.and_then(|end| part.split_at_checked(end)) {
            Some((name, rest)) => {
                !name.is_empty()
                    && !name.starts_with(|c: char| c.is_ascii_digit())
                    && (rest.starts_with('}') || rest.starts_with(":-"))
            }
            None => false,
        };
        whole.push_str(if is_bare && !is_escaped { "${env:" } else { "${" });
        whole.push_str(part);
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::{Schema, Version, with_schemes};

    #[test]
    fn a_reference_without_a_scheme_is_one_to_the_environment() {
        let shown = |text: &str| with_schemes(text, None).unwrap_or_default();
        for (text, expected) in [
            ("Bearer ${TOKEN}", "Bearer ${env:TOKEN}"),
            ("${env:HOST}:${PORT:-4317}", "${env:HOST}:${env:PORT:-4317}"),
            ("$${TOKEN} ${file:/x} ${1}", "$${TOKEN} ${file:/x} ${1}"),
            ("plain", ""),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
        assert!(with_schemes("${TOKEN}", Version::parse("0.103.0")).is_none());
    }

    #[test]
    fn the_schema_is_read() {
        Schema::parse(include_str!("otelcol.toml")).unwrap();
    }
}

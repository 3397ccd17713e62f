//! OpenTelemetry SDK configuration files, named by `OTEL_CONFIG_FILE`: providers, processors in
//! order, exporters, sampler, propagators.
//!
//! Such a file replaces every `OTEL_*` variable but those it refers to, and what it leaves out is
//! not what a variable would default to: no propagator means none.

use std::sync::LazyLock;

use super::schema::{At, Schema};
use super::version::Version;
use super::{Dialect, Identity, Within, plain};
use crate::model::{Kind, Node, Style, Typing};

/// The dialect.
pub(super) static OTEL_CONFIG: OtelConfig = OtelConfig;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("otel_config.toml")).unwrap_or_default());

/// See [`OTEL_CONFIG`].
pub(super) struct OtelConfig;

/// Sections beside the version of the format, one of which tells a file.
const SECTIONS: [&str; 6] =
    ["tracer_provider", "meter_provider", "logger_provider", "propagator", "resource", "disabled"];

/// Keys that do not tell one; a file that has no others leaves everything out, which is no provider of
/// anything (opentelemetry-configuration v1.0.0, `schema/opentelemetry_configuration.yaml`).
const OTHERS: [&str; 5] =
    ["file_format", "log_level", "attribute_limits", "instrumentation/development", "distribution"];

impl Dialect for OtelConfig {
    fn id(&self) -> &'static str {
        "otel-config"
    }

    fn about(&self) -> &'static str {
        "OpenTelemetry SDK configuration files: processors in order, exporters, sampler, propagators"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        (
            "sdk-config.yaml",
            "file_format: \"1.0\"\npropagator:\n  composite_list: tracecontext,baggage\ntracer_provider:\n  \
             processors:\n  - batch:\n      exporter:\n        otlp_http:\n          endpoint: \
             http://otel:4318/v1/traces\n",
        )
    }

    fn recognise(&self, file: &str, syntax: &str, root: Node<'_>) -> Option<Identity> {
        let format = root.get("file_format").filter(|format| format.is_scalar())?;
        let has_format = Version::parse(format.text()).is_some() || format.text().contains("${");
        let is_empty = || root.entries().all(|entry| OTHERS.contains(&entry.key.text()));
        let speaks = SECTIONS.iter().any(|section| root.get(section).is_some()) || is_empty();
        let known = matches!(syntax, "yaml" | "json") && root.kind() == Kind::Map;
        (known && has_format && speaks).then(|| plain::identity(file, "otel-config"))
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Yaml12
    }

    /// The version of the format decides what is left out.
    fn version(&self, root: Node<'_>, _file: &str) -> Option<Version> {
        Version::parse(root.text_at(&["file_format"])?)
    }

    /// `${env:X}` is `${X}` (opentelemetry-specification 05fa30791fca,
    /// `specification/configuration/data-model.md`).
    fn meaning(&self, _at: At<'_>, node: Node<'_>, _within: Within<'_>) -> Option<String> {
        let text = node.is_scalar().then(|| node.text())?;
        let refers = self.is_filled_in(text) && !text.contains("$$");
        let is_plain = node.style() == Style::Plain;
        refers.then(|| format!("{is_plain} {}", text.replace("${env:", "${")))
    }

    /// What a plain scalar is is decided when its references are replaced (ibid.).
    fn is_filled_in(&self, text: &str) -> bool {
        text.contains("${")
    }
}

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn the_schema_is_read() {
        Schema::parse(include_str!("otel_config.toml")).unwrap();
    }
}

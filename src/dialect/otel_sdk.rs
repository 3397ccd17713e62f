//! OpenTelemetry SDK configuration: `OTEL_*` variables, wherever variables stand.
//!
//! The variables are not documents of their own: a Deployment, an environment file and a `ConfigMap`
//! may all hold them. So this dialect recognises environment files made of them, and offers its
//! facts about single variables to every other dialect through [`variable`].

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::schema::{At, Documented, FieldType, Schema, Seg, Strength};
use super::{Dialect, Identity, plain};
use crate::model::{Node, Typing};

/// The dialect.
pub(super) static OTEL_SDK: OtelSdk = OtelSdk;

static VARIABLES: LazyLock<BTreeMap<String, Variable>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("otel_sdk.toml")).unwrap_or_default();
    file.variable.into_iter().map(|fact| (fact.name.clone(), fact.into())).collect()
});

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("otel_sdk_strengths.toml")).unwrap_or_default());

/// What is known about one variable.
pub(super) struct Variable {
    field_type: Option<FieldType>,
    default: Option<Documented>,
}

impl Variable {
    /// What kind of value it holds.
    pub(super) fn field_type(&self) -> Option<FieldType> {
        self.field_type
    }

    /// What its absence means.
    pub(super) fn default(&self) -> Option<&Documented> {
        self.default.as_ref()
    }
}

/// Looks a variable up.
pub(super) fn variable(name: &str) -> Option<&'static Variable> {
    if !name.starts_with("OTEL_") {
        return None;
    }
    VARIABLES.get(name)
}

/// Which values of a variable are stronger.
pub(super) fn strength(name: &str) -> Option<&'static Strength> {
    let path = [Seg::Key(name)];
    SCHEMA.strength(At { kind: "", path: &path }).filter(|_| name.starts_with("OTEL_"))
}

/// See [`OTEL_SDK`].
pub(super) struct OtelSdk;

impl Dialect for OtelSdk {
    fn id(&self) -> &'static str {
        "otel-sdk"
    }

    fn about(&self) -> &'static str {
        "environment files that configure an OpenTelemetry SDK"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        ("otel.env", "OTEL_SERVICE_NAME=checkout\nOTEL_TRACES_EXPORTER=otlp\n")
    }

    fn recognise(&self, file: &str, syntax: &str, root: Node<'_>) -> Option<Identity> {
        let flat = matches!(syntax, "dotenv" | "properties");
        let speaks = flat && root.entries().any(|entry| entry.key.text().starts_with("OTEL_"));
        speaks.then(|| plain::identity(file, syntax))
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Text
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    variable: Vec<VariableFact>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VariableFact {
    name: String,
    r#type: Option<FieldType>,
    default: Option<String>,
    source: String,
}

impl From<VariableFact> for Variable {
    fn from(fact: VariableFact) -> Self {
        let source = fact.source;
        let default = fact.default.map(|value| Documented { value, source });
        Self { field_type: fact.r#type, default }
    }
}

#[cfg(test)]
mod tests {
    use super::{File, Schema, strength, variable};

    #[test]
    fn every_variable_is_read() {
        let file: File = toml::from_str(include_str!("otel_sdk.toml")).unwrap();
        assert!(file.variable.len() > 20);
        let delay = variable("OTEL_BSP_SCHEDULE_DELAY").unwrap();
        assert_eq!(delay.default().unwrap().value, "5000");
        assert!(variable("OTEL_UNHEARD_OF").is_none() && variable("PATH").is_none());
        assert!(Schema::parse(include_str!("otel_sdk_strengths.toml")).is_ok());
        assert!(strength("OTEL_SDK_DISABLED").is_some() && strength("PATH").is_none());
    }
}

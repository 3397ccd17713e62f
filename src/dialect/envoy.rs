//! Envoy bootstrap configurations.
//!
//! Envoy reads them as the JSON form of its protocol buffers, which knows every field by two
//! names: `static_resources` is `staticResources`.

use std::sync::LazyLock;

use super::schema::{At, FieldType, Schema, Seg};
use super::{Dialect, Identity, Within, plain};
use crate::model::{Kind, Node, Typing};

/// The dialect.
pub(super) static ENVOY: Envoy = Envoy;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("envoy.toml")).unwrap_or_default());

/// See [`ENVOY`].
pub(super) struct Envoy;

/// Fields whose keys are data and not names of fields.
const MAPS: [&str; 10] = [
    "filter_metadata",
    "filterMetadata",
    "metadata",
    "static_layer",
    "staticLayer",
    "labels",
    "fields",
    "typed_extension_protocol_options",
    "typed_per_filter_config",
    "typedPerFilterConfig",
];

impl Dialect for Envoy {
    fn id(&self) -> &'static str {
        "envoy"
    }

    fn about(&self) -> &'static str {
        "Envoy bootstrap configurations: listeners, ordered filters and routes, clusters, tracing"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        (
            "envoy.yaml",
            "static_resources:\n  listeners:\n  - name: in\n  clusters:\n  - name: a\n    connect_timeout: \
             1s\n",
        )
    }

    fn recognise(&self, file: &str, syntax: &str, root: Node<'_>) -> Option<Identity> {
        let sections =
            ["static_resources", "staticResources", "dynamic_resources", "dynamicResources"];
        let known = sections
            .iter()
            .filter_map(|section| root.get(section))
            .any(|section| section.kind() == Kind::Map);
        (matches!(syntax, "yaml" | "json") && known).then(|| plain::identity(file, "envoy"))
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Yaml12
    }

    fn duration(&self) -> FieldType {
        FieldType::ProtobufDuration
    }

    fn key_name(&self, at: At<'_>, key: &str, _within: Within<'_>) -> Option<String> {
        let in_map = at.path.iter().any(|seg| match seg {
            Seg::Key(key) => MAPS.contains(key),
            Seg::Item(_) => false,
        });
        if in_map || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return None;
        }
        let mut name = String::with_capacity(key.len() + 4);
        for character in key.chars() {
            if character.is_ascii_uppercase() {
                name.push('_');
            }
            name.push(character.to_ascii_lowercase());
        }
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn the_schema_is_read() {
        Schema::parse(include_str!("envoy.toml")).unwrap();
    }
}

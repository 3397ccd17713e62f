//! Fluent Bit's classic configuration: inputs, filters in order, outputs.

use std::sync::LazyLock;

use super::plain;
use super::schema::{At, Schema};
use super::{Dialect, Identity, Within};
use crate::model::{Node, Typing};

/// The dialect.
pub(super) static FLUENTBIT: FluentBit = FluentBit;

static SCHEMA: LazyLock<Schema> = LazyLock::new(Schema::default);

/// See [`FLUENTBIT`].
pub(super) struct FluentBit;

impl Dialect for FluentBit {
    fn id(&self) -> &'static str {
        "fluent-bit"
    }

    fn about(&self) -> &'static str {
        "Fluent Bit's classic configuration: names of sections and keys in any case"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        ("fluent-bit.conf", "[SERVICE]\n    Flush 5\n\n[INPUT]\n    Name tail\n")
    }

    fn recognise(&self, file: &str, syntax: &str, _root: Node<'_>) -> Option<Identity> {
        (syntax == "fluentbit").then(|| plain::identity(file, syntax))
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Text
    }

    /// Names of sections and keys are read in any case (fluent-bit 1799c7588046,
    /// `src/config_format/flb_config_format.c`, `get_section_type` and `flb_cf_key_translate`).
    fn key_name(&self, _at: At<'_>, key: &str, _within: Within<'_>) -> Option<String> {
        Some(key.to_ascii_lowercase())
    }
}

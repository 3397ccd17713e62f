//! The settings of PostgreSQL.

use std::sync::LazyLock;

use super::plain;
use super::schema::{At, Schema};
use super::{Dialect, Identity, Within};
use crate::model::{Node, Typing};

/// The dialect.
pub(super) static POSTGRES: Postgres = Postgres;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("postgres.toml")).unwrap_or_default());

/// See [`POSTGRES`].
pub(super) struct Postgres;

impl Dialect for Postgres {
    fn id(&self) -> &'static str {
        "postgresql"
    }

    fn about(&self) -> &'static str {
        "postgresql.conf: names in any case, memory, times and truths in any unit and word"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        ("postgresql.conf", "listen_addresses = '*'\nshared_buffers = 1GB\nssl = on\n")
    }

    fn recognise(&self, file: &str, syntax: &str, _root: Node<'_>) -> Option<Identity> {
        (syntax == "postgresql").then(|| plain::identity(file, syntax))
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Text
    }

    /// Names are read in any case (PostgreSQL 17, `config.sgml`, "Parameter Names and Values").
    fn key_name(&self, _at: At<'_>, key: &str, _within: Within<'_>) -> Option<String> {
        Some(key.to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn the_schema_is_read() {
        Schema::parse(include_str!("postgres.toml")).unwrap();
    }
}

//! The configuration of Zipkin's server: `zipkin-server.yml`, `zipkin-server-shared.yml`, and files
//! of Spring Boot with properties of the same names.
//!
//! Most defaults stand in the server's own file as `${STORAGE_TYPE:mem}`: what a file leaves out a
//! variable may say, so that only those without a variable are defaults here.

use std::sync::LazyLock;

use super::schema::Schema;
use super::version::{self, Version};
use super::{Dialect, Identity, plain};
use crate::model::{Kind, Node, Typing};

/// The dialect.
pub(super) static ZIPKIN: Zipkin = Zipkin;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("zipkin.toml")).unwrap_or_default());

/// See [`ZIPKIN`].
pub(super) struct Zipkin;

/// Properties that only the server has. Those that the values of its chart have too are not among
/// them, nor are those of clients.
const OWN: [&str; 22] = [
    "collector.activemq.url",
    "collector.grpc.enabled",
    "collector.http.enabled",
    "collector.kafka.bootstrap-servers",
    "collector.kafka.topic",
    "collector.rabbitmq.addresses",
    "collector.sample-rate",
    "collector.scribe.enabled",
    "query.allowed-origins",
    "query.lookback",
    "query.names-max-age",
    "query.timeout",
    "self-tracing.sample-rate",
    "self-tracing.traces-per-second",
    "storage.autocomplete-keys",
    "storage.cassandra3.contact-points",
    "storage.elasticsearch.date-separator",
    "storage.elasticsearch.index-shards",
    "storage.mem.max-spans",
    "storage.search-enabled",
    "storage.strict-trace-id",
    "ui.default-lookback",
];

impl Dialect for Zipkin {
    fn id(&self) -> &'static str {
        "zipkin"
    }

    fn about(&self) -> &'static str {
        "The configuration of Zipkin's server: collectors, storage, queries"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        ("zipkin-server.yml", "zipkin:\n  collector:\n    sample-rate: 1.0\n")
    }

    fn recognise(&self, file: &str, syntax: &str, root: Node<'_>) -> Option<Identity> {
        let name = file.rsplit_once('/').map_or(file, |(_, name)| name);
        let is_of = |other: &&str| {
            name.strip_prefix(*other).is_some_and(|rest| rest.starts_with(['.', '-']))
        };
        let is_of_others = || ["application", "bootstrap", "values"].iter().any(is_of);
        let says = |property: &&str| {
            let words: Vec<&str> = property.split('.').collect();
            let section = root.get("zipkin").filter(|section| section.kind() == Kind::Map);
            let nested = section.and_then(|section| section.at(&words));
            nested.or_else(|| root.get(&format!("zipkin.{property}"))).is_some()
        };
        let names_it = || root.entries().any(|entry| entry.key.text().starts_with("zipkin"));
        let known = matches!(syntax, "yaml" | "json" | "properties")
            && names_it()
            && !is_of_others()
            && OWN.iter().any(says);
        known.then(|| plain::identity(file, "zipkin"))
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Yaml12
    }

    fn is_flat(&self, _kind: &str) -> bool {
        true
    }

    fn version(&self, _root: Node<'_>, file: &str) -> Option<Version> {
        version::of_images(file, &["zipkin", "zipkin-slim"])
    }
}

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn the_schema_is_read() {
        Schema::parse(include_str!("zipkin.toml")).unwrap();
    }
}

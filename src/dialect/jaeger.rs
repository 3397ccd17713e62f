//! Files of Jaeger: the sampling strategies that its collectors hand to clients, and the file of
//! flags that its v1 programs read with `--config-file`. Jaeger v2 is configured as a Collector.
//!
//! Flags may be written as they are, `collector.queue-size`, or as keys in keys: viper looks for both
//! (spf13/viper v1.9.0, `viper.go`, `searchIndexableWithPathPrefixes`). What stands on
//! the command line or in a variable comes before the file (Jaeger v1.76.0, `cmd/internal/flags`),
//! so that what a file leaves out and what it says as the default are the same either way.

use std::sync::LazyLock;

use super::schema::Schema;
use super::version::{self, Version};
use super::{Dialect, Identity, plain};
use crate::model::{Kind, Node, Typing};

/// The dialect.
pub(super) static JAEGER: Jaeger = Jaeger;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("jaeger.toml")).unwrap_or_default());

/// See [`JAEGER`].
pub(super) struct Jaeger;

/// Flags whose names are Jaeger's alone: a file with one of them is a file of its flags.
const OWN_FLAGS: [&str; 19] = [
    "badger.span-store-ttl",
    "cassandra.span-store-write-cache-ttl",
    "collector.grpc-server.host-port",
    "collector.http-server.host-port",
    "collector.num-workers",
    "collector.otlp.enabled",
    "collector.queue-size",
    "collector.zipkin.host-port",
    "es.index-prefix",
    "es.max-span-age",
    "es.server-urls",
    "es.tags-as-fields.all",
    "memory.max-traces",
    "query.base-path",
    "query.max-clock-skew-adjustment",
    "query.ui-config",
    "reporter.grpc.host-port",
    "sampling.strategies-file",
    "span-storage.type",
];

/// First words of the flags of every v1 program.
const FIRST_WORDS: [&str; 28] = [
    "admin",
    "badger",
    "cassandra",
    "cassandra-archive",
    "collector",
    "downsampling",
    "es",
    "es-archive",
    "feature-gates",
    "grpc-storage",
    "grpc-storage-plugin",
    "http-server",
    "ingester",
    "kafka",
    "log-encoding",
    "log-level",
    "memory",
    "metrics-backend",
    "metrics-http-route",
    "multi-tenancy",
    "multi_tenancy",
    "agent",
    "processor",
    "prometheus",
    "query",
    "reporter",
    "sampling",
    "span-storage",
];

/// Images of the v1 programs (Jaeger v1.76.0, `cmd`).
const IMAGES: [&str; 5] =
    ["all-in-one", "jaeger-collector", "jaeger-query", "jaeger-ingester", "jaeger-agent"];

/// How many words a flag has at most.
const DEPTH_MAX: usize = 8;

impl Dialect for Jaeger {
    fn id(&self) -> &'static str {
        "jaeger"
    }

    fn about(&self) -> &'static str {
        "Jaeger's sampling strategies by service and operation, and the flags of its v1 programs"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        ("sampling.json", "{\"default_strategy\": {\"type\": \"probabilistic\", \"param\": 0.5}}")
    }

    fn recognise(&self, file: &str, syntax: &str, root: Node<'_>) -> Option<Identity> {
        if root.kind() != Kind::Map {
            return None;
        }
        let tree = matches!(syntax, "yaml" | "json");
        let kind = if tree && is_strategies(root) {
            "jaeger-sampling"
        } else if (tree || matches!(syntax, "toml" | "properties")) && is_flags(root) {
            "jaeger-flags"
        } else {
            return None;
        };
        Some(Identity { kind: kind.to_owned(), ..plain::identity(file, "jaeger") })
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Yaml12
    }

    fn is_flat(&self, kind: &str) -> bool {
        kind == "jaeger-flags"
    }

    fn version(&self, _root: Node<'_>, file: &str) -> Option<Version> {
        version::of_images(file, &IMAGES)
    }
}

/// Whether a document holds sampling strategies and nothing else.
fn is_strategies(root: Node<'_>) -> bool {
    let is_strategy = |node: Node<'_>| {
        matches!(node.text_at(&["type"]), Some("probabilistic" | "ratelimiting"))
            || node.get("operation_strategies").is_some_and(|list| list.kind() == Kind::List)
    };
    let known = root.entries().all(|entry| match entry.key.text() {
        "default_strategy" => is_strategy(entry.value),
        "service_strategies" => {
            let mut services = entry.value.items();
            entry.value.kind() == Kind::List
                && services.all(|one| one.get("service").is_some() && is_strategy(one))
        }
        _ => false,
    });
    let is_empty = root.get("service_strategies").is_none_or(Node::is_empty);
    known && (root.get("default_strategy").is_some() || !is_empty)
}

/// Whether a document holds flags, one of them Jaeger's alone, and nothing else.
fn is_flags(root: Node<'_>) -> bool {
    let known = root.entries().all(|entry| {
        let key = entry.key.text();
        FIRST_WORDS.contains(&key.split('.').next().unwrap_or(key))
    });
    known && is_of_one_form(root) && OWN_FLAGS.iter().any(|flag| has_flag(root, flag))
}

/// Whether its flags are all written as they are, or all as keys in keys, in lower case: what is
/// written in two ways in one file is not told apart here.
fn is_of_one_form(root: Node<'_>) -> bool {
    let is_flat = root.entries().all(|entry| entry.value.is_scalar());
    let mut rest: Vec<(Node<'_>, usize)> = vec![(root, 0)];
    while let Some((map, depth)) = rest.pop() {
        for entry in map.entries() {
            let key = entry.key.text();
            let is_odd = key.contains(|c: char| c.is_uppercase()) || !is_flat && key.contains('.');
            if is_odd || depth > DEPTH_MAX {
                return false;
            }
            rest.push((entry.value, depth + 1));
        }
    }
    true
}

/// Whether a flag stands here, as one key or as keys in keys.
fn has_flag(root: Node<'_>, flag: &str) -> bool {
    let words: Vec<&str> = flag.split('.').collect();
    let said = root.get(flag).or_else(|| root.at(&words));
    said.is_some_and(|node| node.is_scalar() && node.kind() != Kind::Null)
}

#[cfg(test)]
mod tests {
    use super::{FIRST_WORDS, OWN_FLAGS, Schema};

    #[test]
    fn the_schema_is_read() {
        Schema::parse(include_str!("jaeger.toml")).unwrap();
    }

    #[test]
    fn every_flag_begins_with_a_known_word() {
        for flag in OWN_FLAGS {
            assert!(FIRST_WORDS.contains(&flag.split('.').next().unwrap()), "{flag}");
        }
    }
}

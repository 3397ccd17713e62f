//! Traefik's files: the static one it starts with, and dynamic ones of its file provider.

use std::sync::LazyLock;

use super::schema::Schema;
use super::{Dialect, Identity, plain};
use crate::model::{Kind, Node, Typing};

/// The dialect.
pub(super) static TRAEFIK: Traefik = Traefik;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("traefik.toml")).unwrap_or_default());

/// See [`TRAEFIK`].
pub(super) struct Traefik;

impl Dialect for Traefik {
    fn id(&self) -> &'static str {
        "traefik"
    }

    fn about(&self) -> &'static str {
        "Traefik's static and dynamic files: entry points, tracing, routers with ordered middlewares"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        (
            "traefik.yml",
            "entryPoints:\n  web:\n    address: ':80'\ntracing:\n  sampleRate: 0.5\n  otlp:\n    grpc:\n      \
             endpoint: otel:4317\n",
        )
    }

    fn recognise(&self, file: &str, syntax: &str, root: Node<'_>) -> Option<Identity> {
        let is_map = |node: Option<Node<'_>>| node.is_some_and(|node| node.kind() == Kind::Map);
        let routes = |protocol: &str| {
            let section = root.get(protocol);
            is_map(section.and_then(|section| section.get("routers")))
                && is_map(section.and_then(|section| section.get("services")))
        };
        let starts = is_map(root.get("entryPoints"))
            && ["providers", "tracing", "api"].iter().any(|section| root.get(section).is_some());
        let kind = if starts {
            "traefik-static"
        } else if ["http", "tcp", "udp"].iter().any(|protocol| routes(protocol)) {
            "traefik-dynamic"
        } else {
            return None;
        };
        matches!(syntax, "yaml" | "toml" | "json").then(|| plain::identity(file, kind))
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
        Schema::parse(include_str!("traefik.toml")).unwrap();
    }
}

//! Prometheus' configuration.

use std::sync::LazyLock;

use super::schema::Schema;
use super::version::{self, Version};
use super::{Dialect, Identity, plain};
use crate::model::{Kind, Node, Typing};

/// The dialect.
pub(super) static PROMETHEUS: Prometheus = Prometheus;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("prometheus.toml")).unwrap_or_default());

/// See [`PROMETHEUS`].
pub(super) struct Prometheus;

impl Dialect for Prometheus {
    fn id(&self) -> &'static str {
        "prometheus"
    }

    fn about(&self) -> &'static str {
        "Prometheus' configuration: what is scraped, by job, and where it is written"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        (
            "prometheus.yml",
            "global:\n  scrape_interval: 15s\nscrape_configs:\n- job_name: shop\n  static_configs:\n  - targets: [shop:9090]\n",
        )
    }

    fn recognise(&self, file: &str, syntax: &str, root: Node<'_>) -> Option<Identity> {
        let jobs = root.get("scrape_configs").filter(|jobs| jobs.kind() == Kind::List)?;
        let is_job = |job: Node<'_>| job.get("job_name").is_some_and(Node::is_scalar);
        let known = jobs.items().all(is_job) && jobs.items().next().is_some();
        (known && syntax == "yaml" && root.kind() == Kind::Map)
            .then(|| plain::identity(file, "prometheus"))
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Yaml11
    }

    fn version(&self, _root: Node<'_>, file: &str) -> Option<Version> {
        version::of_images(file, &["prometheus"])
    }
}

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn the_schema_is_read() {
        Schema::parse(include_str!("prometheus.toml")).unwrap();
    }
}

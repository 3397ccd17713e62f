//! Helm: what a chart is, and the values it is rendered with.
//!
//! Rendered charts are Kubernetes objects. Of values nothing is certain but their reader's YAML;
//! what charts customarily call by a name is read as what it becomes.

use std::sync::LazyLock;

use super::schema::Schema;
use super::{Dialect, Identity};
use crate::model::{Digest, Kind, Node, Rendered, Typing};

/// The dialect.
pub(super) static HELM: Helm = Helm;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("helm.toml")).unwrap_or_default());

/// See [`HELM`].
pub(super) struct Helm;

impl Dialect for Helm {
    fn id(&self) -> &'static str {
        "helm"
    }

    fn about(&self) -> &'static str {
        "Helm charts: Chart.yaml and its lock by chart, values files"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        (
            "shop/Chart.yaml",
            "apiVersion: v2\nname: shop\nversion: 1.2.3\ndependencies:\n- name: redis\n  version: 1.0.0\n",
        )
    }

    fn recognise(&self, file: &str, syntax: &str, root: Node<'_>) -> Option<Identity> {
        if syntax != "yaml" || root.kind() != Kind::Map {
            return None;
        }
        let name = file.rsplit_once('/').map_or(file, |(_, name)| name);
        let chart = root.text_at(&["name"]).filter(|name| !name.is_empty());
        match (name, chart) {
            ("Chart.yaml", Some(chart)) => root.text_at(&["version"]).map(|_| Identity {
                kind: "Chart".to_owned(),
                join: format!("helm:Chart/{chart}"),
                name: format!("helm:Chart/{chart}"),
                portable: true,
            }),
            ("Chart.lock" | "requirements.yaml" | "requirements.lock", _) => {
                root.get("dependencies").map(|_| of_file("dependencies", file))
            }
            _ => is_values(name).then(|| {
                let collector = root.at(&["config", "service", "pipelines"]).is_some();
                of_file(if collector { "collector-values" } else { "values" }, file)
            }),
        }
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Yaml11
    }
}

/// What `helm template` says a document was rendered from, with the checksum that charts put into
/// annotations so that a workload restarts with its configuration:
/// `{{ include (print $.Template.BasePath "/configmap.yaml") . | sha256sum }}` (helm-www 227f4144
/// versioned_docs/version-3/howto/charts_tips_and_tricks.md). Charts whose template ends otherwise
/// than in one line end, or holds several documents, are not proved by it.
pub(super) fn rendered(text: &str) -> Option<Rendered> {
    let text = text.strip_prefix("---").map_or(text, str::trim_start);
    let (template, body) = text.strip_prefix("# Source: ")?.split_once('\n')?;
    let body = format!("{}\n", body.trim_matches('\n'));
    let checksum = Some(Digest::of(body.as_bytes()));
    Some(Rendered { template: template.trim_end().to_owned(), checksum, is_masked: false })
}

fn of_file(kind: &str, file: &str) -> Identity {
    let name = format!("helm:{file}");
    Identity { kind: kind.to_owned(), join: name.clone(), name, portable: false }
}

/// `values.yaml`, `values-prod.yaml`, `prod-values.yaml`, `prod.values.yaml`.
fn is_values(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml")) else {
        return false;
    };
    let separated = |rest: &str, at_start: bool| {
        let next = if at_start { rest.chars().next() } else { rest.chars().last() };
        next.is_none_or(|next| !next.is_alphanumeric())
    };
    stem.strip_prefix("values").is_some_and(|rest| separated(rest, true))
        || stem.strip_suffix("values").is_some_and(|rest| separated(rest, false))
}

#[cfg(test)]
mod tests {
    use super::is_values;

    #[test]
    fn values_are_known_by_the_name_of_their_file() {
        for name in ["values.yaml", "values-prod.yml", "prod.values.yaml", "blue-values.yaml"] {
            assert!(is_values(name), "{name}");
        }
        for name in ["valuestore.yaml", "revalues.yaml", "values.json", "default.yaml"] {
            assert!(!is_values(name), "{name}");
        }
    }

    #[test]
    fn the_schema_is_read() {
        super::Schema::parse(include_str!("helm.toml")).unwrap();
    }
}

//! Kustomizations and components: what kustomize builds manifests from.

use std::sync::LazyLock;

use super::schema::Schema;
use super::{Dialect, Identity, SecretSource, project};
use crate::model::{Kind, Node, Typing};

/// The dialect.
pub(super) static KUSTOMIZE: Kustomize = Kustomize;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("kustomize.toml")).unwrap_or_default());

/// See [`KUSTOMIZE`].
pub(super) struct Kustomize;

/// The names kustomize looks for (`api/konfig/general.go`).
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

impl Dialect for Kustomize {
    fn id(&self) -> &'static str {
        "kustomize"
    }

    fn about(&self) -> &'static str {
        "kustomizations and components: resources, patches, images, generators"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        (
            "kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- a.yaml\n\
             images:\n- name: a\n  newTag: \"2\"\n",
        )
    }

    fn recognise(&self, file: &str, syntax: &str, root: Node<'_>) -> Option<Identity> {
        let name = file.rsplit_once('/').map_or(file, |(_, name)| name);
        let said = root
            .text_at(&["apiVersion"])
            .is_some_and(|version| version.starts_with("kustomize.config.k8s.io/"));
        let silent = root.get("apiVersion").is_none() && NAMES.contains(&name);
        let known = syntax == "yaml" && root.kind() == Kind::Map && (said || silent);
        known.then(|| {
            // The folder is what other kustomizations name; its file may be called either way.
            let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
            let join = if NAMES.contains(&name) { format!("{folder}/") } else { file.to_owned() };
            Identity {
                kind: root.text_at(&["kind"]).unwrap_or("Kustomization").to_owned(),
                join: format!("kustomize:{join}"),
                name: format!("kustomize:{file}"),
                portable: true,
            }
        })
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    /// Literals of a generated Secret, whose values are secret whatever their keys say.
    fn sensitive<'t>(&self, map: Node<'t>) -> Vec<Node<'t>> {
        let generators = map.get("secretGenerator").into_iter().flat_map(Node::items);
        let literals = generators.filter_map(|generator| generator.get("literals"));
        literals.flat_map(Node::items).filter(|literal| literal.is_scalar()).collect()
    }

    /// The files that generated Secrets are made of: `path` or `key=path`
    /// (kubernetes-sigs/kustomize 12f9e6391464, `api/types/kvpairsources.go`).
    fn secret_sources(&self, file: &str, root: Node<'_>) -> Vec<SecretSource> {
        let generators = root.get("secretGenerator").into_iter().flat_map(Node::items);
        let named = |generator: Node<'_>| -> Vec<SecretSource> {
            let lists = ["files", "envs"].map(|key| generator.get(key));
            let all = lists.into_iter().flatten().flat_map(Node::items);
            let all = all.chain(generator.get("env")).filter(|path| path.is_scalar());
            let path = |node: Node<'_>| {
                let text = node.text();
                project::resolve(file, text.split_once('=').map_or(text, |(_, path)| path))
            };
            all.filter_map(path).map(SecretSource::File).collect()
        };
        generators.flat_map(named).collect()
    }

    fn typing(&self) -> Typing {
        Typing::Yaml11
    }
}

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn the_schema_is_read() {
        Schema::parse(include_str!("kustomize.toml")).unwrap();
    }
}

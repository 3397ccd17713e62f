//! Which files Docker Compose reads as one: a Compose file with its override, and the files whose
//! services it extends (compose-go v2.13.0, `cli/options.go` and `loader/extends.go`).
//!
//! Assumed is that Compose is told no file, as `docker compose up` is.

use std::collections::BTreeSet;

use super::{PartOf, Read};
use crate::model::{Kind, Node, Scalar, Typing};

/// Names of the file Compose looks for, best first.
const FILES: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// Names of the file it lays over that one, best first.
const OVERRIDES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// What a file is to another one of its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partner<'f> {
    /// The other one is laid over it.
    Override(&'f str),
    /// It is laid over the other one.
    Base(&'f str),
}

/// The file of `others` that Compose reads together with a file of its folder.
pub fn partner<'f>(
    file: &str,
    others: &(impl Iterator<Item = &'f str> + Clone),
) -> Option<Partner<'f>> {
    let (folder, name) = split(file);
    let first = |names: &[&'static str]| {
        let there = |wanted: &&&str| {
            name == **wanted || others.clone().any(|other| split(other) == (folder, wanted))
        };
        names.iter().find(there).copied()
    };
    let (base, over) = (first(&FILES)?, first(&OVERRIDES)?);
    let other = |name: &str| others.clone().find(|other| split(other) == (folder, name));
    if name == base {
        return other(over).map(Partner::Override);
    }
    (name == over).then(|| other(base).map(Partner::Base))?
}

/// The service that another one extends.
#[derive(Debug, Clone, Copy)]
pub struct Extended<'t> {
    /// Its name.
    pub service: &'t str,
    /// The file it is in, as written; nothing when that is the same.
    pub file: Option<Node<'t>>,
}

/// What a service extends.
pub fn extended(service: Node<'_>) -> Option<Extended<'_>> {
    let extends = service.get("extends")?;
    if extends.is_scalar() {
        return (!is_null(extends)).then(|| Extended { service: extends.text(), file: None });
    }
    Some(Extended { service: extends.text_at(&["service"])?, file: extends.get("file") })
}

/// The path within its side of a file that another one names; nothing where Compose fills it in,
/// fetches it, or it is outside.
pub fn resolve(from: &str, named: &str) -> Option<String> {
    if named.is_empty() || named.contains(['$', '\\', ':']) || named.starts_with(['/', '~']) {
        return None;
    }
    let mut parts: Vec<&str> = split(from).0.split('/').filter(|part| !part.is_empty()).collect();
    for part in named.split('/') {
        match part {
            "" | "." => (),
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// What a service that another one extends is called where it is not there.
const EXTENDED: &str = "the service it extends";

/// The files that Compose may read together with a file.
pub(super) fn reads<'t>(file: &str, root: Node<'t>) -> Vec<Read<'t>> {
    let (folder, name) = split(file);
    let mut found = Vec::new();
    if FILES.contains(&name) || OVERRIDES.contains(&name) {
        for other in FILES.iter().chain(&OVERRIDES).filter(|other| **other != name) {
            let path =
                if folder.is_empty() { (*other).to_owned() } else { format!("{folder}/{other}") };
            found.push(Read { path: Some(path), needed: None, part: None });
        }
    }
    if root.get("services").is_some() {
        let path = if folder.is_empty() { ".env".to_owned() } else { format!("{folder}/.env") };
        found.push(Read { path: Some(path), needed: None, part: None });
    }
    let services: Vec<_> = root.get("services").into_iter().flat_map(Node::entries).collect();
    let known: BTreeSet<&str> = services.iter().map(|service| service.key.text()).collect();
    for service in services.iter().map(|service| service.value) {
        match extended(service) {
            Some(Extended { file: Some(node), service: other }) => {
                let path = resolve(file, node.text());
                let named = service.at(&["extends", "service"]);
                let keys = ["services", other];
                let part = named.map(|named| PartOf { named, keys, what: EXTENDED });
                found.push(Read { path, needed: Some((node, "the file it extends")), part });
            }
            // No file has this path: what is not there is nowhere else.
            Some(Extended { service: other, file: None }) if !known.contains(other) => {
                let needed = service.get("extends").map(|node| (node, EXTENDED));
                found.push(Read { path: Some(String::new()), needed, part: None });
            }
            Some(_) | None => (),
        }
        for variables in service.get("env_file").into_iter().flat_map(env_files) {
            let needed = variables.is_required.then_some((variables.path, "its file of variables"));
            let path = resolve(file, variables.path.text());
            found.push(Read { path, needed, part: None });
        }
    }
    let included = root.get("include").into_iter().flat_map(Node::items);
    for node in included.flat_map(|one| one_or_more(one.get("path").unwrap_or(one))) {
        let path = resolve(file, node.text());
        found.push(Read { path, needed: Some((node, "a file it includes")), part: None });
    }
    found
}

/// A file of variables that a service names.
pub struct EnvFile<'t> {
    /// Its path as written.
    pub path: Node<'t>,
    /// Whether Compose refuses to go without it.
    pub is_required: bool,
    /// Whether it is written as files of variables are, and not as its entry says otherwise.
    pub is_usual: bool,
}

/// The files that an `env_file` names, first what counts least.
pub fn env_files(node: Node<'_>) -> Vec<EnvFile<'_>> {
    one_or_more(node).into_iter().filter_map(env_file).collect()
}

fn env_file(node: Node<'_>) -> Option<EnvFile<'_>> {
    if let Some(path) = node.get("path") {
        let is_required = node.text_at(&["required"]) != Some("false");
        return Some(EnvFile { path, is_required, is_usual: node.get("format").is_none() });
    }
    let is_path = node.is_scalar() && !is_null(node);
    is_path.then_some(EnvFile { path: node, is_required: true, is_usual: true })
}

fn is_null(node: Node<'_>) -> bool {
    Typing::Yaml12.read(node) == Scalar::Null
}

fn one_or_more(node: Node<'_>) -> Vec<Node<'_>> {
    if node.kind() == Kind::List { node.items().collect() } else { vec![node] }
}

fn split(file: &str) -> (&str, &str) {
    file.rsplit_once('/').unwrap_or(("", file))
}

#[cfg(test)]
mod tests {
    use super::{Partner, partner, resolve};

    #[test]
    fn the_best_name_of_a_folder_is_read_with_the_best_override() {
        let of = |file: &str, others: &[&'static str]| partner(file, &others.iter().copied());
        let over = "a/compose.override.yml";
        assert_eq!(of("a/compose.yaml", &[over]), Some(Partner::Override(over)));
        assert_eq!(of(over, &["a/compose.yaml"]), Some(Partner::Base("a/compose.yaml")));
        let mixed = "a/docker-compose.override.yaml";
        assert_eq!(of("a/compose.yml", &[mixed]), Some(Partner::Override(mixed)));
        // Only one of each is read.
        assert_eq!(of("a/compose.yml", &["a/compose.yaml", over]), None);
        assert_eq!(of(mixed, &["a/compose.yaml", over]), None);
        assert_eq!(of("a/compose.yaml", &["b/compose.override.yml"]), None);
        assert_eq!(of("a/compose.prod.yaml", &[over]), None);
        assert_eq!(of(over, &[]), None);
    }

    #[test]
    fn a_named_file_lies_below_the_folder_of_the_one_that_names_it() {
        let from = "deploy/blue/compose.yaml";
        assert_eq!(resolve(from, "./base.yml").as_deref(), Some("deploy/blue/base.yml"));
        assert_eq!(resolve(from, "../common/a.yml").as_deref(), Some("deploy/common/a.yml"));
        assert_eq!(resolve("compose.yaml", "base.yml").as_deref(), Some("base.yml"));
        for outside in
            ["../../../a.yml", "/a.yml", "${BASE}/a.yml", "https://host/a.yml", "~/a", ""]
        {
            assert_eq!(resolve(from, outside), None, "{outside}");
        }
    }
}

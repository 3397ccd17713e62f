//! Docker Compose: services, their networks, volumes, configs and secrets.
//!
//! Compose accepts most of its fields in a short and a long form; [`Dialect::meaning`] knows which
//! of them it takes for the same. A form it does not know has no meaning here, and a difference
//! stays one.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::schema::{At, Schema, Seg};
use super::{Dialect, Identity, Read, SecretSource, Within, project};
use crate::model::{Kind, Node, Scalar, Typing};

/// The dialect.
pub(super) static COMPOSE: Compose = Compose;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("compose.toml")).unwrap_or_default());

/// See [`COMPOSE`].
pub(super) struct Compose;

impl Dialect for Compose {
    fn id(&self) -> &'static str {
        "compose"
    }

    fn about(&self) -> &'static str {
        "Docker Compose files: services and the networks, volumes, configs and secrets they use"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        (
            "compose.yaml",
            "services:\n  web:\n    image: nginx\n    ports:\n    - \"8080:80\"\n    environment:\n    \
             - A=1\n",
        )
    }

    fn recognise(&self, file: &str, syntax: &str, root: Node<'_>) -> Option<Identity> {
        if !matches!(syntax, "yaml" | "json") || root.kind() != Kind::Map {
            return None;
        }
        let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let variant = stem.strip_prefix("docker-").unwrap_or(stem);
        let named = variant == "compose" || variant.starts_with("compose") && !is_word(variant);
        let services = root.get("services").filter(|services| services.kind() == Kind::Map);
        let known = match services {
            Some(services) => named || services.entries().any(|entry| is_service(entry.value)),
            None => named && SECTIONS.iter().any(|section| root.get(section).is_some()),
        };
        known.then(|| Identity {
            kind: "compose".to_owned(),
            join: format!("compose:{folder}/{variant}"),
            name: format!("compose:{file}"),
            portable: named,
        })
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Yaml12
    }

    fn reads<'t>(&self, file: &str, root: Node<'t>) -> Vec<Read<'t>> {
        project::reads(file, root)
    }

    /// Compose takes a secret from a file or from a variable (compose-go v2.13.0, `types/types.go`,
    /// `SecretConfig`).
    fn secret_sources(&self, file: &str, root: Node<'_>) -> Vec<SecretSource> {
        let secrets: Vec<_> = root.get("secrets").into_iter().flat_map(Node::entries).collect();
        let text = |key: &'static str| {
            secrets.iter().filter_map(move |secret| secret.value.text_at(&[key]))
        };
        let files = text("file").filter_map(|path| project::resolve(file, path));
        let variables = text("environment").map(|name| SecretSource::Variable(name.to_owned()));
        files.map(SecretSource::File).chain(variables).collect()
    }

    fn meaning(&self, at: At<'_>, node: Node<'_>, _within: Within<'_>) -> Option<String> {
        let [Seg::Key("services"), Seg::Key(_), field @ ..] = at.path else { return None };
        match field {
            [Seg::Key("ports"), Seg::Item(_)] => port(node),
            [Seg::Key("volumes"), Seg::Item(_)] => volume(node),
            [Seg::Key("secrets" | "configs"), Seg::Item(_)] => one_field(node, "source"),
            [Seg::Key("build")] => one_field(node, "context"),
            [Seg::Key("extends")] => one_field(node, "service"),
            [Seg::Key("env_file")] => env_files(node),
            [Seg::Key("label_file" | "dns" | "dns_search" | "tmpfs")] => texts(node),
            [Seg::Key("command" | "entrypoint")] => command(node),
            [Seg::Key("healthcheck"), Seg::Key("test")] => health_test(node),
            _ => None,
        }
    }
}

/// Sections of a file that has no services of its own.
const SECTIONS: [&str; 5] = ["include", "networks", "volumes", "configs", "secrets"];

/// Whether a longer word than `compose` begins the name, as in `composer.json`.
fn is_word(variant: &str) -> bool {
    let after = variant.strip_prefix("compose").and_then(|rest| rest.chars().next());
    after.is_some_and(char::is_alphanumeric)
}

/// Whether a map is a service and not, say, a class of a dependency container.
fn is_service(node: Node<'_>) -> bool {
    let runs = ["image", "build", "extends"].iter().any(|key| node.get(key).is_some());
    runs && node.get("class").is_none()
}

/// A text as Compose takes a scalar; nothing for null and containers.
fn printed(node: Node<'_>) -> Option<Cow<'_, str>> {
    if !node.is_scalar() {
        return None;
    }
    match Typing::Yaml12.read(node) {
        Scalar::Null => None,
        Scalar::Number(number) => Some(Cow::Owned(number.as_str().to_owned())),
        Scalar::Bool(_) | Scalar::Text(_) | Scalar::Secret(_) => Some(Cow::Borrowed(node.text())),
    }
}

/// The fields of a map of scalars, null ones left out; nothing where there is anything else.
fn fields(node: Node<'_>) -> Option<Vec<(&str, Cow<'_, str>)>> {
    let mut found = Vec::new();
    for entry in node.entries() {
        if !entry.value.is_scalar() {
            return None;
        }
        found.extend(printed(entry.value).map(|text| (entry.key.text(), text)));
    }
    found.sort();
    (node.kind() == Kind::Map).then_some(found)
}

/// A text that stands for a map of one field, or that map.
fn one_field(node: Node<'_>, key: &str) -> Option<String> {
    if let Some(text) = printed(node) {
        return Some(format!("{key}={text}"));
    }
    match fields(node)?.as_slice() {
        [(only, value)] if *only == key => Some(format!("{key}={value}")),
        _ => None,
    }
}

/// A text that stands for a list of one, or that list.
fn texts(node: Node<'_>) -> Option<String> {
    if let Some(text) = printed(node) {
        return Some(format!("{:?}", [text]));
    }
    let items: Option<Vec<Cow<'_, str>>> = node.items().map(printed).collect();
    items.filter(|_| node.kind() == Kind::List).map(|items| format!("{items:?}"))
}

/// `[[host:]published:]target[/protocol]`, or the same in fields.
fn port(node: Node<'_>) -> Option<String> {
    if let Some(text) = printed(node) {
        let (mapping, protocol) = text.rsplit_once('/').unwrap_or((&text, "tcp"));
        let parts = split_outside(mapping)?;
        let (host, published, target) = match parts.as_slice() {
            [target] => ("", "", *target),
            [published, target] => ("", *published, *target),
            [host, published, target] => (*host, *published, *target),
            _ => return None,
        };
        // A range is several ports, and a reference may hold anything.
        if target.contains(['-', '$']) || target.is_empty() {
            return None;
        }
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let protocol = protocol.to_lowercase();
        return Some(format!("{host}|{published}|{target}|{protocol}|ingress"));
    }
    let fields = fields(node)?;
    let known = ["target", "published", "host_ip", "protocol", "mode"];
    if !fields.iter().all(|(key, _)| known.contains(key)) {
        return None;
    }
    let get = |key: &str, default: &'static str| {
        let found = fields.iter().find(|(known, _)| *known == key);
        found.map_or_else(|| default.to_owned(), |(_, value)| value.to_string())
    };
    let target = get("target", "");
    (!target.is_empty()).then(|| {
        let protocol = get("protocol", "tcp").to_lowercase();
        let (host, published) = (get("host_ip", ""), get("published", ""));
        format!("{host}|{published}|{target}|{protocol}|{}", get("mode", "ingress"))
    })
}

/// Splits at colons that stand neither in `${…}` nor in `[…]`.
fn split_outside(text: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_u32);
    for (at, character) in text.char_indices() {
        match character {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.checked_sub(1)?,
            ':' if depth == 0 => {
                parts.push(text.get(start..at)?);
                start = at + 1;
            }
            _ => (),
        }
    }
    parts.push(text.get(start..)?);
    Some(parts)
}

/// `[source:]target[:ro|rw]`, or the same in fields. The short form makes a missing host folder,
/// and the long one does so only where it says `create_host_path`.
fn volume(node: Node<'_>) -> Option<String> {
    let of = |kind: &str, source: &str, target: &str, read_only: bool, made: bool| {
        let target = target.trim_end_matches('/');
        let made = made && kind == "bind";
        format!("{kind}|{source}|{target}|{read_only}|{made}")
    };
    if let Some(text) = printed(node) {
        let parts = split_outside(&text)?;
        let (source, target, read_only) = match parts.as_slice() {
            [target] => ("", *target, false),
            [source, target] | [source, target, "rw"] => (*source, *target, false),
            [source, target, "ro"] => (*source, *target, true),
            _ => return None,
        };
        // A reference may hold a path or a name.
        if source.starts_with('$') || source.len() == 1 && source != "." {
            return None;
        }
        let kind = if source.starts_with(['.', '/', '~', '\\']) { "bind" } else { "volume" };
        return Some(of(kind, source, target, read_only, true));
    }
    let made = node.text_at(&["bind", "create_host_path"]) == Some("true");
    let plain = ["type", "source", "target", "read_only"];
    let bare = node.entries().all(|entry| {
        let bind = entry.key.text() == "bind" && entry.value.len() == usize::from(made);
        plain.contains(&entry.key.text()) || bind
    });
    let get = |key: &str| node.text_at(&[key]);
    (bare && node.kind() == Kind::Map).then_some(())?;
    let read_only = match get("read_only") {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return None,
    };
    Some(of(get("type")?, get("source").unwrap_or_default(), get("target")?, read_only, made))
}

/// One file, or several in the order they are read, each required unless it says otherwise.
fn env_files(node: Node<'_>) -> Option<String> {
    let one = |node: Node<'_>| {
        if let Some(path) = printed(node) {
            return Some(format!("{path:?} true"));
        }
        let fields = fields(node)?;
        let known = fields.iter().all(|(key, _)| matches!(*key, "path" | "required"));
        let (_, path) = fields.iter().find(|(key, _)| *key == "path" && known)?;
        let required = fields.iter().find(|(key, _)| *key == "required");
        Some(format!("{path:?} {}", required.map_or("true", |(_, value)| value)))
    };
    if node.kind() == Kind::List {
        let items: Option<Vec<String>> = node.items().map(one).collect();
        return items.map(|items| items.join(","));
    }
    printed(node).and_then(|_| one(node))
}

/// A command as a list of words, or as one text that is split into them.
fn command(node: Node<'_>) -> Option<String> {
    if node.kind() == Kind::List {
        let words: Option<Vec<Cow<'_, str>>> = node.items().map(printed).collect();
        return words.map(|words| format!("{words:?}"));
    }
    let text = printed(node)?;
    // Only what a shell's quotes do not change is split here.
    if text.contains(['\'', '"', '\\', '`', ';', '&', '|', '<', '>', '(', ')', '#']) {
        return None;
    }
    Some(format!("{:?}", text.split_whitespace().collect::<Vec<_>>()))
}

/// A text is run by a shell.
fn health_test(node: Node<'_>) -> Option<String> {
    if let Some(text) = printed(node) {
        return Some(format!("{:?}", ["CMD-SHELL", &text]));
    }
    texts(node)
}

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn the_schema_is_read() {
        Schema::parse(include_str!("compose.toml")).unwrap();
    }
}

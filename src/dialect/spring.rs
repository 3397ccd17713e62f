//! Spring Boot: `application.properties`, `application.yml`, profiles and bootstrap files.
//!
//! Spring binds its own properties whatever their spelling: `max-file-size`, `maxFileSize` and
//! `max_file_size` are one. That is known here only of properties that are Spring's own and whose
//! last words are names of fields, not keys of a map: an application may ask for its own
//! properties by one spelling only. Keys in keys of YAML are one key with dots whoever asks for it
//! (spring-framework v6.2.0, `YamlProcessor.buildFlattenedMap`).

use std::sync::LazyLock;

use super::schema::{At, FieldType, Schema, Seg};
use super::{Dialect, Identity, Within, plain};
use crate::model::{Kind, Node, Typing};

/// The dialect.
pub(super) static SPRING: Spring = Spring;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("spring.toml")).unwrap_or_default());

/// See [`SPRING`].
pub(super) struct Spring;

/// First words of properties that are Spring's own.
const ROOTS: [&str; 4] = ["spring", "management", "server", "eureka"];

/// Ends of words below which the keys are those of a map, and say what they say.
const MAPS: [&str; 17] = [
    "properties",
    "headers",
    "parameters",
    "params",
    "attributes",
    "labels",
    "serviceurl",
    "enable",
    "tags",
    "mapping",
    "mappings",
    "metadata",
    "metadatamap",
    "level",
    "persecond",
    "bindings",
    "instances",
];

impl Dialect for Spring {
    fn id(&self) -> &'static str {
        "spring"
    }

    fn about(&self) -> &'static str {
        "Spring Boot configuration: application and bootstrap files of every profile"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        (
            "application.properties",
            "spring.application.name=checkout\nmanagement.tracing.sampling.probability=0.1\n",
        )
    }

    fn recognise(&self, file: &str, syntax: &str, root: Node<'_>) -> Option<Identity> {
        let name = file.rsplit_once('/').map_or(file, |(_, name)| name);
        let named = ["application", "bootstrap"]
            .iter()
            .any(|known| name.strip_prefix(known).is_some_and(|rest| rest.starts_with(['.', '-'])));
        let speaks = root.entries().any(|entry| {
            let key = entry.key.text();
            let first = key.split(['.', '[']).next().unwrap_or(key);
            ROOTS.contains(&first) || first == "logging"
        });
        let flat = matches!(syntax, "properties" | "dotenv");
        let known = (flat && (named || speaks)) || (syntax == "yaml" && named && speaks);
        (known && root.kind() == Kind::Map).then(|| plain::identity(file, syntax))
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Snake
    }

    fn is_flat(&self, _kind: &str) -> bool {
        true
    }

    fn duration(&self) -> FieldType {
        FieldType::SpringDuration
    }

    fn key_name(&self, at: At<'_>, key: &str, _within: Within<'_>) -> Option<String> {
        let above = at.path.iter().filter_map(|seg| match seg {
            Seg::Key(key) => Some(*key),
            Seg::Item(_) => None,
        });
        let mut words = above.chain([key]).flat_map(|key| key.split('.')).peekable();
        let is_map = |word: &str| MAPS.iter().any(|known| ends_uniformly(word, known));
        if !words.peek().is_some_and(|first| ROOTS.contains(first)) {
            return None;
        }
        while let Some(word) = words.next() {
            if words.peek().is_some() && is_map(word) {
                return None;
            }
        }
        let kept = key.chars().filter(|character| !is_mark(*character));
        Some(kept.map(|character| character.to_ascii_lowercase()).collect())
    }
}

/// Whether a character may stand anywhere in a name or nowhere: `max-size`, `max_size`, `maxSize`.
const fn is_mark(character: char) -> bool {
    matches!(character, '-' | '_')
}

/// Whether a word ends in one without marks, written in lower case, however it is written itself.
fn ends_uniformly(word: &str, known: &str) -> bool {
    let mut kept = word.bytes().rev().filter(|byte| !is_mark(char::from(*byte)));
    let same = |end: u8| kept.next().is_some_and(|own| own.to_ascii_lowercase() == end);
    known.bytes().rev().all(same)
}

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn the_schema_is_read() {
        Schema::parse(include_str!("spring.toml")).unwrap();
    }
}

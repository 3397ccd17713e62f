//! What nobody knows: documents named after their syntax and file, facts that hold for any reader.

use std::sync::LazyLock;

use super::schema::Schema;
use super::{Dialect, Identity, terraform};
use crate::model::{Node, Typing};

/// The dialect of documents no other dialect recognises.
pub(super) static PLAIN: Plain = Plain;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::parse(include_str!("plain.toml")).unwrap_or_default());

/// See [`PLAIN`].
pub(super) struct Plain;

impl Dialect for Plain {
    fn id(&self) -> &'static str {
        "plain"
    }

    fn about(&self) -> &'static str {
        "any document whose reader is not known; named after its file"
    }

    fn sample(&self) -> (&'static str, &'static str) {
        ("settings.json", "{\"a\": 1}")
    }

    fn recognise(&self, file: &str, syntax: &str, _root: Node<'_>) -> Option<Identity> {
        Some(identity(file, syntax))
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn typing(&self) -> Typing {
        Typing::Yaml12
    }

    fn sensitive<'t>(&self, map: Node<'t>) -> Vec<Node<'t>> {
        terraform::sensitive::written(map)
    }
}

/// The identity of a document that is known by its file only.
pub(super) fn identity(file: &str, syntax: &str) -> Identity {
    let name = format!("{syntax}:{file}");
    Identity { kind: syntax.to_owned(), join: name.clone(), name, portable: false }
}

/// Whether the name of a key says that its value is a time, as far as equality is concerned: two values that both carry a unit and amount to the same time are equal.
pub(super) fn suggests_a_time(key: &str) -> bool {
    const LAST_WORDS: [&str; 16] = [
        "timeout",
        "interval",
        "ttl",
        "delay",
        "duration",
        "period",
        "wait",
        "backoff",
        "expiry",
        "expiration",
        "retention",
        "age",
        "deadline",
        "time",
        "elapsed",
        "lifetime",
    ];
    let word = last_word(key);
    LAST_WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// The last word of a name in snake, kebab, dotted or camel case.
fn last_word(name: &str) -> &str {
    let cut = name.rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
    let tail = name.get(cut..).unwrap_or_default();
    let camel = tail
        .char_indices()
        .rev()
        .find(|(at, c)| c.is_ascii_uppercase() && *at > 0 && !all_upper(tail))
        .map_or(0, |(at, _)| at);
    tail.get(camel..).unwrap_or_default()
}

fn all_upper(text: &str) -> bool {
    text.bytes().all(|byte| !byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{Dialect as _, PLAIN, suggests_a_time};

    #[test]
    fn the_last_word_of_a_key_suggests_a_duration() {
        for key in ["HTTP_TIMEOUT", "connectTimeout", "app.http.timeout", "max_elapsed_time", "ttl"]
        {
            assert!(suggests_a_time(key), "{key}");
        }
        for key in ["timeoutMs", "image", "stage", "runtime", "TIMEOUT_MS", "SESSION_TTL_FILE"] {
            assert!(!suggests_a_time(key), "{key}");
        }
    }

    #[test]
    fn the_schema_is_read() {
        let _ = PLAIN.schema();
        assert!(super::Schema::parse(include_str!("plain.toml")).is_ok());
    }
}

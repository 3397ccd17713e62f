//! What names say: the words they are made of, whose setting it is, whether a text is final.

use super::Document;
use crate::model::Node;

/// The lower-case words of a name in snake, kebab, dotted or camel case: `tls.minVersion` is
/// `tls`, `min`, `version`. Digits stay with the word before them.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        let ends_acronym = before.is_ascii_uppercase()
            && character.is_ascii_uppercase()
            && characters.peek().is_some_and(char::is_ascii_lowercase);
        let begins =
            (character.is_ascii_uppercase() && !before.is_ascii_uppercase()) || ends_acronym;
        if (begins || !character.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        }
        before = character;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Whether a name holds one of these parts, written in lower case, in any case. Cheap: asked
/// before [`words`].
pub(super) fn mentions(name: &str, parts: &[&str]) -> bool {
    let bytes = name.as_bytes();
    parts.iter().any(|part| {
        let part = part.as_bytes();
        // Nearly every place is ruled out by its first letter.
        let begins = |window: &[u8]| match (window.first(), part.first()) {
            (Some(own), Some(first)) => own.to_ascii_lowercase() == *first,
            (_, None) => true,
            (None, Some(_)) => false,
        };
        bytes.windows(part.len()).any(|at| begins(at) && at.eq_ignore_ascii_case(part))
    })
}

/// Whether a name has one of these words.
pub(super) fn has_any_word(name: &str, wanted: &[&str]) -> bool {
    words(name).iter().any(|word| wanted.contains(&word.as_str()))
}

/// Who a document belongs to: `deployment/pay` for an object of Kubernetes, else the file.
pub(super) fn owner(document: &Document<'_>) -> String {
    if !document.owner.name.starts_with("k8s:") {
        return document.file.to_owned();
    }
    let name = document.owner.name.rsplit('/').next().unwrap_or_default();
    format!("{}/{name}", document.owner.kind.to_lowercase())
}

/// Why a text is not the value its reader will see; nothing when it is.
pub(super) fn unresolved(text: &str) -> Option<String> {
    ["${", "$(", "{{", "<%"]
        .iter()
        .any(|mark| text.contains(mark))
        .then(|| "it holds a reference that is resolved elsewhere".to_owned())
}

/// A scalar's text, when it is one and not empty.
pub(super) fn filled(node: Node<'_>) -> Option<&str> {
    Some(node.text().trim()).filter(|text| node.is_scalar() && !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{has_any_word, mentions, unresolved, words};

    #[test]
    fn a_name_is_its_words_however_it_is_written() {
        let cases = [
            ("maximum-pool-size", "maximum pool size"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "otel exporter otlp timeout"),
            ("retentionDays", "retention days"),
            ("HTTPTimeoutMs", "http timeout ms"),
            ("tls.min_version", "tls min version"),
            ("proxy_ssl_verify", "proxy ssl verify"),
            ("S3Bucket", "s3 bucket"),
            ("", ""),
        ];
        for (name, expected) in cases {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
        assert!(has_any_word("maxPool", &["pool"]) && !has_any_word("spool", &["pool"]));
        assert!(mentions("HTTP_TIMEOUT", &["timeout"]) && !mentions("time", &["timeout"]));
    }

    #[test]
    fn a_reference_is_no_value() {
        assert!(unresolved("${RATIO}").is_some() && unresolved("$(POD_IP):4317").is_some());
        assert!(unresolved("0.25").is_none() && unresolved("US$ 5").is_none());
    }
}

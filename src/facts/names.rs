//! What names say: the words they are made of, whose setting it is, whether a text is final.

use std::rc::Rc;

use smallvec::SmallVec;

use super::Document;
use crate::model::Node;

/// The words of a name in snake, kebab, dotted or camel case: `tls.minVersion` is `tls`, `min`,
/// `Version`. Digits stay with the word before them. Asked of every name of every document, so they
/// are places of the name, and compared in any case.
pub(super) fn words(name: &str) -> Words<'_> {
    let mut words = SmallVec::new();
    let mut start = None;
    let mut before = ' ';
    let mut characters = name.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let ends_acronym = before.is_ascii_uppercase()
            && character.is_ascii_uppercase()
            && characters.peek().is_some_and(|(_, next)| next.is_ascii_lowercase());
        let begins =
            (character.is_ascii_uppercase() && !before.is_ascii_uppercase()) || ends_acronym;
        if begins || !character.is_alphanumeric() {
            words.extend(start.take().and_then(|start| name.get(start..at)));
        }
        if character.is_alphanumeric() {
            start.get_or_insert(at);
        }
        before = character;
    }
    words.extend(start.and_then(|start| name.get(start..)));
    Words(words)
}

/// The words of a name, as they are written there.
pub(super) struct Words<'n>(SmallVec<[&'n str; 6]>);

impl<'n> Words<'n> {
    /// Each, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'n str> {
        self.0.iter().copied()
    }

    /// Whether one of them is this one, written in lower case.
    pub(super) fn has(&self, wanted: &str) -> bool {
        self.0.iter().any(|word| word.eq_ignore_ascii_case(wanted))
    }

    /// Whether one of them is one of these.
    pub(super) fn has_any(&self, wanted: &[&str]) -> bool {
        wanted.iter().any(|wanted| self.has(wanted))
    }

    /// The last of them; empty where there is none.
    pub(super) fn last(&self) -> &'n str {
        self.0.last().copied().unwrap_or_default()
    }

    /// The last of them, in lower case.
    pub(super) fn last_lower(&self) -> String {
        self.last().to_lowercase()
    }

    /// Whether they end in these.
    pub(super) fn end_in(&self, tail: &[&str]) -> bool {
        let from = self.0.len().checked_sub(tail.len());
        let own = from.and_then(|from| self.0.get(from..)).unwrap_or_default();
        own.len() == tail.len() && own.iter().zip(tail).all(|(a, b)| a.eq_ignore_ascii_case(b))
    }

    /// All of them in lower case, with something between them.
    pub(super) fn joined(&self, between: &str) -> String {
        self.0.join(between).to_lowercase()
    }
}

/// Whether a name holds one of these parts, written in lower case, in any case.
pub(super) fn mentions(name: &str, parts: &[&str]) -> bool {
    let bytes = name.as_bytes();
    let holds =
        |part: &&str| bytes.windows(part.len()).any(|at| at.eq_ignore_ascii_case(part.as_bytes()));
    parts.iter().any(holds)
}

/// Who a document belongs to: `deployment/pay` for an object of Kubernetes, else the file.
pub(super) fn owner(document: &Document<'_>) -> Rc<str> {
    let owner = || {
        if !document.owner.name.starts_with("k8s:") {
            return Rc::from(document.file);
        }
        let name = document.owner.name.rsplit('/').next().unwrap_or_default();
        Rc::from(format!("{}/{name}", document.owner.own_kind().to_lowercase()))
    };
    Rc::clone(document.taken.owner.get_or_init(owner))
}

/// The namespace of the object that a document belongs to; empty where there is none.
pub(super) fn namespace<'t>(document: &Document<'t>) -> &'t str {
    let owner = document.owner;
    let place = owner.name.strip_prefix("k8s:").and_then(|name| {
        let (_, place) = name.split_once(&format!("/{}/", owner.own_kind()))?;
        place.rsplit_once('/')
    });
    place.map_or("", |(namespace, _)| namespace)
}

/// Why a text is not the value its reader will see; nothing when it is.
pub(super) fn unresolved(text: &str) -> Option<String> {
    memchr::memchr3(b'$', b'{', b'<', text.as_bytes())?;
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
    use super::{mentions, unresolved, words};

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
            assert_eq!(words(name).joined(" "), expected, "{name}");
        }
        assert!(words("maxPool").has("pool") && !words("spool").has("pool"));
        assert!(words("dry_Run").end_in(&["dry", "run"]) && !words("run").end_in(&["dry", "run"]));
        assert!(mentions("HTTP_TIMEOUT", &["timeout"]) && !mentions("time", &["timeout"]));
    }

    #[test]
    fn a_reference_is_no_value() {
        assert!(unresolved("${RATIO}").is_some() && unresolved("$(POD_IP):4317").is_some());
        assert!(unresolved("0.25").is_none() && unresolved("US$ 5").is_none());
    }
}

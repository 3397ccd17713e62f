//! Secrets as the program knows them: a class and a keyed fingerprint, never a value.
//!
//! A collector writes a token in place of each secret. Every text above `collect` holds tokens
//! only, so nothing above it can leak a secret, and "same" or "different" is still decidable.

use std::borrow::Cow;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use memchr::memmem::Finder;

/// What every mask begins with.
pub const SECRET_PREFIX: &str = "driftseal.secret.";

/// [`SECRET_PREFIX`] as it begins inside base64, up to the last digit it alone decides.
const SECRET_PREFIX_BASE64: &str = "ZHJpZnRzZWFsLnNlY3JldC";

/// One masked secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret {
    /// What kind of secret it is, such as `password` or `private-key`.
    pub class: String,
    /// Keyed fingerprint in hexadecimal: equal for equal secrets under one masking key.
    pub fingerprint: String,
}

impl Secret {
    /// The token that stands for this secret in masked text.
    pub fn token(&self) -> String {
        format!("{SECRET_PREFIX}{}.{}", self.class, self.fingerprint)
    }

    /// Reads a text that is one token, written plainly or in base64.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        // Asked of every scalar.
        if !text.starts_with(['d', 'Z']) {
            return None;
        }
        let text = if text.starts_with(SECRET_PREFIX_BASE64) {
            let bytes = STANDARD_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
            Cow::Owned(String::from_utf8(bytes).ok()?)
        } else {
            Cow::Borrowed(text)
        };
        let rest = text.strip_prefix(SECRET_PREFIX)?;
        let (class, fingerprint) = rest.split_once('.')?;
        let class_ok = !class.is_empty() && class.bytes().all(is_class_byte);
        let fingerprint_ok =
            fingerprint.len() >= 16 && fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit());
        (class_ok && fingerprint_ok)
            .then(|| Self { class: class.to_owned(), fingerprint: fingerprint.to_owned() })
    }

    /// How a secret is shown to people: its class and the head of its fingerprint.
    pub fn shown(&self) -> String {
        let head: String = self.fingerprint.chars().take(12).collect();
        format!("<secret {} {head}>", self.class)
    }
}

const fn is_class_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

/// Byte ranges of everything in `text` that looks like a mask, plain or in base64.
pub fn secrets_in(text: &str) -> Vec<std::ops::Range<usize>> {
    static PLAIN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(SECRET_PREFIX));
    static BASE64: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(SECRET_PREFIX_BASE64));
    let mut found = Vec::new();
    for (prefix, more) in [
        (&PLAIN, (|b: u8| is_class_byte(b) || b == b'.') as fn(u8) -> bool),
        (&BASE64, |b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')),
    ] {
        for start in prefix.find_iter(text.as_bytes()) {
            let prefix = prefix.needle();
            let tail = text.as_bytes().get(start + prefix.len()..).unwrap_or_default();
            let length = tail.iter().take_while(|byte| more(**byte)).count();
            found.push(start..start + prefix.len() + length);
        }
    }
    found.sort_by_key(|range| range.start);
    found
}

/// The text with every mask's fingerprint replaced by zeros, so that secrets fingerprinted under
/// different keys do not look different. No byte moves.
pub fn without_fingerprints(text: &str) -> Cow<'_, str> {
    let masks = secrets_in(text);
    if masks.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for range in masks {
        let mask = text.get(range.clone()).unwrap_or_default();
        let Some(secret) = Secret::parse(mask).filter(|_| range.start >= done) else { continue };
        let blank = Secret { fingerprint: "0".repeat(secret.fingerprint.len()), ..secret }.token();
        let blank = if mask.starts_with(SECRET_PREFIX) {
            blank
        } else {
            let digits = STANDARD_NO_PAD.encode(blank);
            let padding = mask.len().saturating_sub(digits.len());
            digits + &"=".repeat(padding)
        };
        out.push_str(text.get(done..range.start).unwrap_or_default());
        out.push_str(&blank);
        done = range.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::{SECRET_PREFIX, SECRET_PREFIX_BASE64, Secret, secrets_in, without_fingerprints};

    #[test]
    fn a_token_reads_back_plain_and_in_base64() {
        let secret =
            Secret { class: "private-key".to_owned(), fingerprint: "0123456789abcdef".to_owned() };
        assert_eq!(Secret::parse(&secret.token()), Some(secret.clone()));
        let encoded = STANDARD.encode(secret.token());
        assert!(encoded.starts_with(SECRET_PREFIX_BASE64));
        assert_eq!(Secret::parse(&encoded), Some(secret));
        assert_eq!(Secret::parse("driftseal.secret.x.short"), None);
        assert_eq!(Secret::parse(SECRET_PREFIX), None);
    }

    #[test]
    fn tokens_are_found_inside_longer_text() {
        let token = format!("{SECRET_PREFIX}password.0123456789abcdef");
        let text = format!("https://u:{token}@h/");
        assert_eq!(secrets_in(&text), vec![10..10 + token.len()]);
    }
    #[test]
    fn without_fingerprints_only_the_classes_differ() {
        let text = |digit: &str, class: &str| {
            let secret = Secret { class: class.to_owned(), fingerprint: digit.repeat(24) };
            let encoded = STANDARD.encode(secret.token());
            format!("a: https://u:{}@h/\nb: {encoded}\n", secret.token())
        };
        let (one, other) = (text("1", "password"), text("e", "password"));
        assert_ne!(one, other);
        assert_eq!(without_fingerprints(&one), without_fingerprints(&other));
        assert_eq!(without_fingerprints(&one).len(), one.len());
        assert_ne!(without_fingerprints(&one), without_fingerprints(&text("1", "token")));
        assert_eq!(without_fingerprints("a: driftseal.secret.x"), "a: driftseal.secret.x");
    }
}

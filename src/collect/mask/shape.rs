//! Secrets known by their shape, wherever they stand: keys, tokens, passwords in URLs.

mod triggers;

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::near::{ahead, ahead_in_url};
use super::{pem, url};
use crate::model::SECRET_PREFIX;

pub(super) use triggers::Triggers;

/// What a place in a text may be the beginning of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trigger {
    /// A name that promises a secret.
    Word,
    /// A character behind which a text may say something else than it shows.
    Escape,
    /// A URL.
    Url,
    /// The query of a URL, or more of it.
    Query,
    /// A connection as Oracle writes it.
    Oracle,
    /// A private key in PEM.
    Pem,
    /// A private key in PEM in base64.
    PemBase64,
    /// `Bearer` and a token.
    Bearer,
    /// `Basic` and credentials.
    Basic,
    /// A token with a well-known prefix.
    Prefix(usize),
    /// A program whose flags take secrets.
    Program,
    /// An access list.
    Acl,
    /// A connection as the Go driver of `MySQL` writes it: `user:password@tcp(host)`.
    AtTransport,
    /// A host behind a user: `user:password@host:5432`.
    AtHost,
    /// `curl -u user:password`.
    UserFlag,
    /// A mask of ours.
    Forged,
    /// The name of a variable that holds a secret.
    Variable,
}

impl Trigger {
    /// Whether the shape of what follows is enough to tell a secret.
    pub(super) const fn is_shape(self) -> bool {
        !matches!(self, Self::Word | Self::Escape | Self::Program | Self::Acl | Self::Variable)
    }
}

/// A token with a well-known prefix.
struct Prefix {
    text: &'static str,
    class: &'static str,
    /// How many characters follow at least.
    min: usize,
    more: fn(u8) -> bool,
}

const fn word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

const fn url_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

const fn dotted(byte: u8) -> bool {
    url_safe(byte) || byte == b'.'
}

const fn upper(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

const fn base64_text(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

const fn hashed(byte: u8) -> bool {
    base64_text(byte) || matches!(byte, b'.' | b'$' | b',' | b'_' | b'-')
}

const fn hashed_pairs(byte: u8) -> bool {
    hashed(byte) || byte == b':'
}

const fn path_like(byte: u8) -> bool {
    url_safe(byte) || byte == b'/'
}

const fn prefix(
    text: &'static str,
    class: &'static str,
    min: usize,
    more: fn(u8) -> bool,
) -> Prefix {
    Prefix { text, class, min, more }
}

static PREFIXES: [Prefix; 50] = [
    prefix("eyJ", "jwt", 20, dotted),
    prefix("AKIA", "aws-key", 16, upper),
    prefix("ASIA", "aws-key", 16, upper),
    prefix("ghp_", "github-token", 20, word),
    prefix("gho_", "github-token", 20, word),
    prefix("ghu_", "github-token", 20, word),
    prefix("ghs_", "github-token", 20, word),
    prefix("ghr_", "github-token", 20, word),
    prefix("github_pat_", "github-token", 20, url_safe),
    prefix("glpat-", "gitlab-token", 16, url_safe),
    prefix("gldt-", "gitlab-token", 16, url_safe),
    prefix("glrt-", "gitlab-token", 16, url_safe),
    prefix("xoxb-", "slack-token", 10, url_safe),
    prefix("xoxp-", "slack-token", 10, url_safe),
    prefix("xoxa-", "slack-token", 10, url_safe),
    prefix("xoxr-", "slack-token", 10, url_safe),
    prefix("xoxs-", "slack-token", 10, url_safe),
    prefix("xapp-", "slack-token", 10, url_safe),
    prefix("hooks.slack.com/services/", "slack-webhook", 10, path_like),
    prefix("AIza", "google-key", 30, url_safe),
    prefix("ya29.", "google-token", 20, dotted),
    prefix("GOCSPX-", "google-key", 20, url_safe),
    prefix("sk_live_", "stripe-key", 10, word),
    prefix("rk_live_", "stripe-key", 10, word),
    prefix("sk_test_", "stripe-key", 10, word),
    prefix("whsec_", "stripe-key", 10, base64_text),
    prefix("npm_", "npm-token", 30, word),
    prefix("pypi-AgEI", "pypi-token", 30, url_safe),
    prefix("SG.", "sendgrid-key", 40, dotted),
    prefix("hvs.", "vault-token", 20, url_safe),
    prefix("hvb.", "vault-token", 20, url_safe),
    prefix("dop_v1_", "digitalocean-token", 30, word),
    prefix("shpat_", "shopify-token", 20, word),
    prefix("sk-ant-", "api-key", 20, url_safe),
    prefix("sk-proj-", "api-key", 20, url_safe),
    prefix("AGE-SECRET-KEY-1", "private-key", 20, upper),
    prefix("$apr1$", "password-hash", 20, hashed),
    prefix("$2a$", "password-hash", 40, hashed),
    prefix("$2b$", "password-hash", 40, hashed),
    prefix("$2y$", "password-hash", 40, hashed),
    prefix("$5$", "password-hash", 40, hashed),
    prefix("$6$", "password-hash", 40, hashed),
    prefix("$y$", "password-hash", 30, hashed),
    prefix("$argon2", "password-hash", 30, hashed),
    prefix("$scrypt$", "password-hash", 30, hashed),
    prefix("$pbkdf2", "password-hash", 30, hashed),
    prefix("pbkdf2_sha256$", "password-hash", 30, hashed),
    prefix("SCRAM-SHA-256$", "password-hash", 30, hashed_pairs),
    prefix("{SSHA}", "password-hash", 20, base64_text),
    prefix("{SHA}", "password-hash", 20, base64_text),
];

/// What else a scan looks for.
const OTHERS: [(&str, Trigger); 51] = [
    ("pass", Trigger::Word),
    ("pwd", Trigger::Word),
    ("psk", Trigger::Word),
    ("secret", Trigger::Word),
    ("token", Trigger::Word),
    ("credential", Trigger::Word),
    ("auth", Trigger::Word),
    ("cookie", Trigger::Word),
    ("key", Trigger::Word),
    ("headers", Trigger::Word),
    ("honeycomb", Trigger::Word),
    ("uptrace-dsn", Trigger::Word),
    ("sassig", Trigger::Word),
    ("sas_sig", Trigger::Word),
    ("kdbx", Trigger::Word),
    ("bearer", Trigger::Word),
    ("community", Trigger::Word),
    ("kty", Trigger::Word),
    ("mnemonic", Trigger::Word),
    ("pepper", Trigger::Word),
    ("_pin", Trigger::Word),
    ("_pw", Trigger::Word),
    ("bindpw", Trigger::Word),
    ("identified", Trigger::Word),
    ("noecho", Trigger::Word),
    ("rootpw", Trigger::Word),
    ("securejson", Trigger::Word),
    ("sensitive", Trigger::Word),
    ("ssm_parameter", Trigger::Word),
    ("/stringdata/", Trigger::Word),
    ("user_", Trigger::Word),
    ("salt", Trigger::Word),
    ("secure_link", Trigger::Word),
    ("id_rsa", Trigger::Word),
    ("id_e", Trigger::Word),
    (".p12", Trigger::Word),
    (".pfx", Trigger::Word),
    (".jks", Trigger::Word),
    ("additional_endpoints", Trigger::Word),
    ("\\", Trigger::Escape),
    ("://", Trigger::Url),
    ("@tcp(", Trigger::AtTransport),
    ("@", Trigger::AtHost),
    ("@unix(", Trigger::AtTransport),
    ("oracle:thin:", Trigger::Oracle),
    ("oracle:oci:", Trigger::Oracle),
    ("-----BEGIN", Trigger::Pem),
    ("LS0tLS1CRUdJTi", Trigger::PemBase64),
    ("bearer", Trigger::Bearer),
    ("basic", Trigger::Basic),
    (" -u ", Trigger::UserFlag),
];

const FORGED: [&str; 2] = [SECRET_PREFIX, "ZHJpZnRzZWFsLnNlY3JldC"];

/// A secret found by its shape.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// The bytes it covers.
    pub(super) range: Range<usize>,
    /// What kind of secret.
    pub(super) class: &'static str,
    /// The secret itself, as it is fingerprinted.
    pub(super) secret: Vec<u8>,
    /// Where the lines of a PEM body are, when it is one.
    pub(super) lines: Vec<Range<usize>>,
}

/// Class of texts that look like masks of ours.
pub(super) const FORGED_CLASS: &str = "forged-token";

/// Every secret of a text that its shape gives away.
pub(super) fn shapes(text: &str, triggers: &Triggers) -> Vec<Shape> {
    let mut found: Vec<Shape> = Vec::new();
    for (start, end, trigger) in &triggers.at {
        if found.last().is_some_and(|last| last.range.end > *start && last.class != FORGED_CLASS) {
            continue;
        }
        found.extend(shape(text, *start, *end, *trigger));
    }
    found
}

fn shape(text: &str, start: usize, end: usize, trigger: Trigger) -> Option<Shape> {
    match trigger {
        Trigger::Word | Trigger::Escape | Trigger::Program | Trigger::Acl | Trigger::Variable => {
            None
        }
        Trigger::Url => classed(text, url::secret(text, end)?),
        Trigger::Query => classed(text, url::parameter(text, end)?),
        Trigger::AtTransport => classed(text, url::before_transport(text, start)?),
        Trigger::AtHost => classed(text, url::before_host(text, start)?),
        Trigger::Oracle => classed(text, url::oracle(text, end)?),
        Trigger::Pem => pem::private_key(text, start),
        Trigger::PemBase64 => {
            let range = start..run(text, end, base64_text);
            let decoded = STANDARD.decode(text.get(range.clone())?).ok()?;
            let is_key = memchr::memmem::find(&decoded, b"PRIVATE KEY").is_some();
            is_key.then(|| Shape {
                range,
                class: "private-key",
                secret: decoded,
                lines: Vec::new(),
            })
        }
        Trigger::Bearer => bearer(text, start, end),
        Trigger::Basic => basic(text, start, end),
        Trigger::UserFlag => {
            let word_end = run(text, end, |byte| !byte.is_ascii_whitespace());
            let colon = text.get(end..word_end)?.find(':')?;
            let range = end + colon + 1..word_end;
            let value = text.get(range.clone())?.trim_end_matches(['"', '\'']);
            let range = range.start..range.start + value.len();
            super::value::secret_part(value).and_then(|_| plain(text, range, "password"))
        }
        Trigger::Prefix(index) => prefixed(text, start, end, PREFIXES.get(index)?),
        Trigger::Forged => {
            let word_end = run(text, end, |byte| dotted(byte) || base64_text(byte));
            let exact = FORGED.iter().any(|known| text.get(start..end) == Some(known));
            exact.then(|| plain(text, start..word_end, FORGED_CLASS)).flatten()
        }
    }
}

fn classed(text: &str, (range, class): (Range<usize>, &'static str)) -> Option<Shape> {
    plain(text, range, class)
}

fn plain(text: &str, range: Range<usize>, class: &'static str) -> Option<Shape> {
    let secret = text.get(range.clone())?.as_bytes().to_vec();
    (!secret.is_empty()).then(|| Shape { range, class, secret, lines: Vec::new() })
}

/// Where the run of bytes of one kind that begins at `from` ends.
fn run(text: &str, from: usize, more: impl Fn(u8) -> bool) -> usize {
    let rest = ahead(text.get(from..).unwrap_or_default()).as_bytes();
    from + rest.iter().take_while(|byte| more(**byte)).count()
}

/// Whether a word may begin at `start`.
fn begins(text: &str, start: usize) -> bool {
    let before = start.checked_sub(1).and_then(|at| text.as_bytes().get(at));
    let escape = start.checked_sub(2).and_then(|at| text.as_bytes().get(at));
    before.is_none_or(|byte| !byte.is_ascii_alphanumeric()) || escape == Some(&b'\\')
}

fn prefixed(text: &str, start: usize, end: usize, known: &Prefix) -> Option<Shape> {
    if text.get(start..end) != Some(known.text) || !begins(text, start) {
        return None;
    }
    let rest = ahead_in_url(text.get(end..)?).as_bytes();
    let stop = end + rest.iter().take_while(|byte| (known.more)(**byte)).count();
    if stop - end < known.min {
        return None;
    }
    if known.class == "jwt" {
        let parts: Vec<&str> = text.get(start..stop)?.split('.').collect();
        let long = |at: usize| parts.get(at).is_some_and(|part| part.len() >= 8);
        if parts.len() < 3 || !long(0) || !long(1) {
            return None;
        }
    }
    // The id of an AWS key is as long as it is: a longer run is something else.
    if known.class == "aws-key" && stop - end != known.min {
        return None;
    }
    let start = if known.class == "slack-webhook" { end } else { start };
    plain(text, start..stop, known.class)
}

/// `Bearer` and a token that is more than a word of prose.
fn bearer(text: &str, start: usize, end: usize) -> Option<Shape> {
    let token = credentials(text, start, end)?;
    let stop = run(text, token, |byte| dotted(byte) || base64_text(byte) || b"~:".contains(&byte));
    let value = text.get(token..stop)?.trim_end_matches(['.', ':']);
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    let telling = value.len() >= 8 && has_digit || value.len() >= 20;
    telling.then(|| plain(text, token..token + value.len(), "bearer-token")).flatten()
}

/// `Basic` and base64 of `user:password`.
fn basic(text: &str, start: usize, end: usize) -> Option<Shape> {
    let from = credentials(text, start, end)?;
    let range = from..run(text, from, base64_text);
    let value = text.get(range.clone())?;
    let padded = format!("{}{}", value, "=".repeat((4 - value.len() % 4) % 4));
    let decoded = STANDARD.decode(padded).ok()?;
    let pair = decoded.len() >= 3
        && decoded.contains(&b':')
        && decoded.iter().all(|byte| (0x20..0x7f).contains(byte) || *byte >= 0x80);
    pair.then(|| Shape { range, class: "basic-credentials", secret: decoded, lines: Vec::new() })
}

/// Where credentials begin behind the word for their scheme.
fn credentials(text: &str, start: usize, end: usize) -> Option<usize> {
    if !begins(text, start) {
        return None;
    }
    let rest = text.get(end..)?;
    let blanks = ["%20", " ", "\t", "+"].iter().find(|blank| rest.starts_with(**blank))?;
    Some(run(text, end + blanks.len(), |byte| byte == b' '))
}

#[cfg(test)]
mod tests {
    use super::{Triggers, shapes};

    fn found(text: &str) -> Vec<&str> {
        let shapes = shapes(text, &Triggers::of(text));
        shapes.into_iter().filter_map(|shape| text.get(shape.range)).collect()
    }

    #[test]
    fn what_is_sought_can_be_found() {
        assert!(super::triggers::SCANNER.is_some());
    }

    #[test]
    fn a_word_is_found_once_wherever_the_middle_of_a_text_is() {
        for (before, behind) in (0..60).flat_map(|before| [(before, 30), (30, before)]) {
            let text =
                format!("{}hooks.slack.com/services/{}", " ".repeat(before), " ".repeat(behind));
            let at: Vec<_> =
                Triggers::of(&text).at.iter().map(|(start, end, _)| (*start, *end)).collect();
            assert_eq!(at, [(before, before + 25)], "{before} {behind}");
        }
    }

    #[test]
    fn tokens_are_found_by_their_prefix() {
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
        let github = format!("ghp_{}", "a1".repeat(18));
        let text = format!("# {jwt} {github}, \"AKIAABCDEFGHIJKLMNOP\"");
        assert_eq!(found(&text), [jwt, github.as_str(), "AKIAABCDEFGHIJKLMNOP"]);
        assert!(found("AKIAABCDEFGHIJKLMNOPQ eyJhbGciOiJIUzI1NiJ9 xghp_abc npm_config").is_empty());
    }

    #[test]
    fn schemes_of_prose_are_no_credentials() {
        assert_eq!(found("Authorization: Bearer abc123def456"), ["abc123def456"]);
        assert_eq!(found("basic dXNlcjpwYXNz"), ["dXNlcjpwYXNz"]);
        assert!(found("Bearer authentication, Basic auth and basic understanding").is_empty());
    }

    #[test]
    fn forged_masks_are_found() {
        let forged = "driftseal.secret.password.0123456789abcdef01234567";
        assert_eq!(found(&format!("x: {forged}")), [forged]);
    }
}

//! Keys that no name and no prefix gives away: runs of letters of both cases and digits, mixed as
//! no word, name or number is. Digests and identifiers in hexadecimal are no such runs.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::secrets_in;

/// The fewest characters that are mixed enough to tell.
const LENGTH_MIN: usize = 16;

/// What stands before a run that is public: digests, public keys, certificates, pictures.
const PUBLIC: [&str; 6] = ["sha256-", "sha384-", "sha512-", "sha1-", "AAAA", "h1:"];

/// The runs of a text that are rather keys.
pub(super) fn keys(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    let mut published = None;
    while let Some(window) = bytes.get(at..at + LENGTH_MIN) {
        // A run that begins here holds the whole window; looked at from its end, most of a text
        // is never looked at.
        if let Some(other) = window.iter().rposition(|byte| !is_part(*byte)) {
            at += other + 1;
            continue;
        }
        let end = at + bytes.iter().skip(at).take_while(|byte| is_part(**byte)).count();
        let padding = bytes.iter().skip(end).take(2).take_while(|byte| **byte == b'=').count();
        let whole = skip_escape(text, at)..end;
        // What is cut off for being the name of a folder is never mixed.
        if !text.get(whole.clone()).is_some_and(is_mixed) {
            at = end + padding;
            continue;
        }
        let run = skip_folders(text, whole);
        let run = if run.end == end { run.start..end + padding } else { run };
        at = end + padding;
        let Some(written) = text.get(run.clone()).filter(|written| is_mixed(written)) else {
            continue;
        };
        let public = published.get_or_insert_with(|| published_blocks(text));
        let is_known = says_no_secret(written)
            || public.iter().any(|block| block.contains(&run.start))
            || is_public(text, &run, written)
            || !secrets_in(written).is_empty();
        if !is_known {
            found.push(run);
        }
    }
    found
}

fn is_part(byte: u8) -> bool {
    // Most bytes of most texts come by here.
    const PARTS: [bool; 256] = {
        let mut parts = [false; 256];
        let (mut rest, mut byte) = (parts.as_mut_slice(), 0_u8);
        while let Some((part, behind)) = rest.split_first_mut() {
            *part = byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'_' | b'-');
            (rest, byte) = (behind, byte.wrapping_add(1));
        }
        parts
    };
    PARTS.get(usize::from(byte)) == Some(&true)
}

/// A letter behind a backslash belongs to the escape.
fn skip_escape(text: &str, at: usize) -> usize {
    let head = text.as_bytes().get(..at).unwrap_or_default();
    let slashes = head.iter().rev().take_while(|byte| **byte == b'\\').count();
    at + slashes % 2
}

/// A run without the names of folders before and behind it: in a path, a slash is no part of a key.
fn skip_folders(text: &str, mut run: Range<usize>) -> Range<usize> {
    let is_name = |part: &str| {
        part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b))
    };
    while let Some((first, rest)) = text.get(run.clone()).and_then(|run| run.split_once('/'))
        && is_name(first)
    {
        run.start = run.end - rest.len();
    }
    while let Some((rest, last)) = text.get(run.clone()).and_then(|run| run.rsplit_once('/'))
        && is_name(last)
    {
        run.end = run.start + rest.len();
    }
    run
}

/// Whether a part between marks mixes letters of both cases and digits as only chance does.
fn is_mixed(run: &str) -> bool {
    // Most are names.
    if !run.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return false;
    }
    let parts = run.split(['_', '-', '/', '+', '=']);
    parts.filter(|part| part.len() >= LENGTH_MIN).any(|part| {
        let Shape { upper, lower, digit_runs, runs, in_words, length } = Shape::of(part);
        let mixed = upper && lower && digit_runs >= 2;
        mixed && runs * 5 >= length * 2 && in_words * 3 < length
    })
}

/// How the characters of a word follow one another.
#[derive(Default)]
struct Shape {
    upper: bool,
    lower: bool,
    digit_runs: usize,
    /// How many runs of one kind of character there are.
    runs: usize,
    /// How many characters stand in runs of three small letters or more, as in words.
    in_words: usize,
    length: usize,
}

impl Shape {
    fn of(word: &str) -> Self {
        let mut shape = Self { length: word.len(), ..Self::default() };
        let kind = |byte: &u8| match byte {
            b'0'..=b'9' => 0_u8,
            b'a'..=b'z' => 1,
            _ => 2,
        };
        for run in word.as_bytes().chunk_by(|a, b| kind(a) == kind(b)) {
            shape.runs += 1;
            match run.first().map(kind) {
                Some(0) => shape.digit_runs += 1,
                Some(1) => {
                    shape.lower = true;
                    shape.in_words += if run.len() > 2 { run.len() } else { 0 };
                }
                Some(_) | None => shape.upper = true,
            }
        }
        shape
    }
}

/// Whether a run is public by what it is, or by what stands before it.
fn is_public(text: &str, run: &Range<usize>, written: &str) -> bool {
    let head = text.get(..run.start).unwrap_or_default();
    let marked = |mark: &str| written.starts_with(mark) || head.ends_with(mark);
    PUBLIC.iter().any(|mark| marked(mark)) || head.ends_with("base64,") || is_certificate(written)
}

/// Whether base64 of something with a certificate or a public key inside: in PEM, or in DER, where
/// a private key begins with its version and a public object with another sequence.
fn is_certificate(written: &str) -> bool {
    let head = written.get(..written.len().min(48) / 4 * 4).unwrap_or_default();
    let Ok(head) = STANDARD.decode(head) else { return false };
    let pem = [&b"-----BEGIN CERT"[..], b"-----BEGIN PUBLIC"];
    let der = matches!(head.as_slice(), [0x30, 0x82, _, _, 0x30, ..] | [0x30, 0x81, _, 0x30, ..]);
    der || pem.iter().any(|mark| head.starts_with(mark))
}

/// Whether a run is base64 of a text in which nothing looks like a key. What the text assigns is
/// found by who reads it.
fn says_no_secret(written: &str) -> bool {
    let Ok(decoded) = STANDARD.decode(written) else { return false };
    let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    let text = String::from_utf8(decoded).ok().filter(|text| text.as_bytes().iter().all(is_text));
    text.is_some_and(|text| keys(&text).is_empty())
}

/// Where certificates and public keys stand in PEM.
fn published_blocks(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) =
        memchr::memmem::find(text.as_bytes().get(at..).unwrap_or_default(), b"-----BEGIN ")
    {
        let start = at + start;
        let rest = text.get(start..).unwrap_or_default();
        let end = start + memchr::memmem::find(rest.as_bytes(), b"-----END").unwrap_or(rest.len());
        let label = rest.lines().next().unwrap_or_default();
        let label = label.get(..label.floor_char_boundary(64)).unwrap_or_default();
        if ["CERTIFICATE", "PUBLIC KEY", "X509 CRL"].iter().any(|kind| label.contains(kind)) {
            found.push(start..end);
        }
        at = (start + 1).max(end);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::keys;

    #[test]
    fn runs_that_no_one_would_name_anything_are_keys() {
        for (text, key) in [
            ("x: 4fJ9sK2mQ8xZ7pL1", "4fJ9sK2mQ8xZ7pL1"),
            ("hook /http/ZaVnC4dhaV2spqT3JdXH5== x", "ZaVnC4dhaV2spqT3JdXH5=="),
            ("app.secret-id=4fJ9sK2mQ8xZ7pL1", "4fJ9sK2mQ8xZ7pL1"),
            (r#"{"a":"\n7Hk2pQz9LmX4vB8nC1sD"}"#, "7Hk2pQz9LmX4vB8nC1sD"),
        ] {
            let found: Vec<_> = keys(text).into_iter().filter_map(|run| text.get(run)).collect();
            assert_eq!(found, [key], "{text}");
        }
    }

    #[test]
    fn names_digests_and_public_keys_are_none() {
        for text in [
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "0F86D081-884C-7D65-9A2F-EAA0C55AD015",
            "x509SubjectAltNameDNS1",
            "Http2Over1Tls13ConfigV2",
            "Standard_NC24ads_A100_v4",
            "sha256WithRSAEncryption2048",
            "org/springframework/boot/DataSourceAutoConfiguration2",
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
            "checkout-7d9f8b6c5-x2k4q",
            "sha512-4fJ9sK2mQ8xZ7pL14fJ9sK2mQ8xZ7pL1==",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJx7Hk2pQz9LmX4vB8nC1sD",
            "-----BEGIN CERTIFICATE-----\n4fJ9sK2mQ8xZ7pL14fJ9sK2mQ8xZ7pL1\n-----END CERTIFICATE-----",
            "MIIBszCCAVmgAwIBAgIUQy6l0aX7cG0m0mJ0hYl7XbY2oZ8wCgYIKoZIzj0EAwIw",
        ] {
            assert!(keys(text).is_empty(), "{text}");
        }
    }
}

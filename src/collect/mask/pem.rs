//! Private keys in PEM: between their first and last line, in any text that holds lines, be they
//! real, escaped (`\n`), indented or commented out.

use std::ops::Range;

use super::near::{ahead, ahead_in_key};
use super::shape::Shape;

/// The private key whose `-----BEGIN` stands at `start`; its lines are where its body is.
pub(super) fn private_key(text: &str, start: usize) -> Option<Shape> {
    const DASHES: &str = "-----";
    let label = text.get(start..)?.strip_prefix(DASHES)?;
    let label_end = ahead(label).find(DASHES)?;
    let label_text = label.get(..label_end.min(64))?;
    // What OpenVPN calls a static key both ends have, and nobody else.
    let is_secret = ["PRIVATE KEY", "Static key"].iter().any(|kind| label_text.contains(kind));
    if label_end > 64 || !is_secret {
        return None;
    }
    let body_start = start + DASHES.len() + label_end + DASHES.len();
    let body = ahead_in_key(text.get(body_start..)?);
    let closed = body.find("-----END");
    let body = closed.map_or(body, |end| body.get(..end).unwrap_or(body));
    let (mut lines, mut secret) = (Vec::new(), Vec::new());
    for line in segments(body) {
        let line = content(body, line);
        let part = body.get(line.clone()).unwrap_or_default();
        if closed.is_none() && !part.bytes().all(is_body) {
            break;
        }
        if part.is_empty() {
            continue;
        }
        if !part.contains(':') {
            secret.extend(part.bytes().filter(|byte| is_body(*byte)));
        }
        lines.push(body_start + line.start..body_start + line.end);
    }
    let range = lines.first()?.start..lines.last()?.end;
    Some(Shape { range, class: "private-key", secret, lines })
}

const fn is_body(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// The lines of a body: between line ends, written as such or as escapes.
fn segments(body: &str) -> Vec<Range<usize>> {
    let bytes = body.as_bytes();
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        let escape = *byte == b'\\' && matches!(bytes.get(at + 1), Some(b'n' | b'r'));
        if *byte == b'\n' || escape {
            found.push(start..at);
            at += usize::from(escape);
            start = at + 1;
        }
        at += 1;
    }
    found.push(start..bytes.len());
    found
}

/// A line without what is not of the key: indentation, comment marks, quotes.
fn content(body: &str, line: Range<usize>) -> Range<usize> {
    let text = body.get(line.clone()).unwrap_or_default();
    let marks: &[char] = &[' ', '\t', '\r', '#', '*', '>', '|', ';', '"', '\'', ',', '\\'];
    let behind = text.trim_start_matches(marks);
    let behind = behind.strip_prefix("// ").unwrap_or(behind);
    let start = line.start + (text.len() - behind.len());
    start..start + behind.trim_end_matches(marks).len()
}

#[cfg(test)]
mod tests {
    use super::private_key;

    #[test]
    fn the_body_is_found_however_its_lines_end() {
        for (text, lines) in [
            ("-----BEGIN RSA PRIVATE KEY-----\n  AAAA\n  BB==\n  -----END RSA PRIVATE KEY-----", 2),
            ("-----BEGIN PRIVATE KEY-----\\nAAAA\\nBB==\\n-----END PRIVATE KEY-----", 2),
            ("-----BEGIN PRIVATE KEY-----\r\n# AAAABB==\r\n# -----END PRIVATE KEY-----", 1),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\nBB==\nnext: line", 2),
        ] {
            let key = private_key(text, 0).unwrap();
            assert_eq!(key.secret, b"AAAABB==", "{text}");
            assert_eq!(key.lines.len(), lines, "{text}");
        }
        assert_eq!(private_key("-----BEGIN CERTIFICATE-----\nAAAA\n", 0), None);
    }
}

//! Names made of content.

use std::cmp::Ordering;
use std::fmt;

use sha2::{Digest as _, Sha256};

/// A SHA-256 value. Every digest that leaves the program is one of masked bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl Ord for Digest {
    fn cmp(&self, other: &Self) -> Ordering {
        // The order of the bytes, of which the first few nearly always decide.
        let head = |Self([a, b, c, d, e, f, g, h, ..]): &Self| {
            u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h])
        };
        head(self).cmp(&head(other)).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Digest {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Digest {
    /// Hashes `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Hashes several byte strings, each preceded by its length, so that no two lists collide.
    pub fn of_parts<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Self {
        let mut hasher = Parts::default();
        for part in parts {
            hasher.add(part.as_ref());
        }
        hasher.digest()
    }

    /// Reads 64 lowercase hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }

    /// The first `count` hexadecimal digits, for fingerprints meant to be read.
    pub fn short(&self, count: usize) -> String {
        let mut text = self.to_string();
        text.truncate(count);
        text
    }
}

/// What [`Digest::of_parts`] hashes, part by part.
#[derive(Default)]
pub(super) struct Parts(Sha256);

impl Parts {
    /// Hashes one more.
    pub(super) fn add(&mut self, part: &[u8]) {
        self.0.update((part.len() as u64).to_be_bytes());
        self.0.update(part);
    }

    /// The digest of all of them.
    pub(super) fn digest(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

/// Tells whether two files were found with the same bytes, by 96 bits made with the masking key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Original(pub [u8; 12]);

impl Original {
    /// Reads 24 lowercase hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }
}

impl fmt::Display for Original {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// Lowercase hexadecimal digits, two for each byte.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    put_hex(bytes, &mut text);
    text
}

/// Appends such digits to a text.
pub(super) fn put_hex(bytes: &[u8], text: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0'));
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
}

/// Reads lowercase hexadecimal digits, two for each of so many bytes.
fn unhex<const BYTES: usize>(text: &str) -> Option<[u8; BYTES]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * BYTES {
        return None;
    }
    let mut bytes = [0; BYTES];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = nibble(*high)? << 4 | nibble(*low)?;
    }
    Some(bytes)
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{self}")
    }
}

/// The name of a key: lowercase hexadecimal SHA-256 of its public form, or of a label for
/// symmetric keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(pub String);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Digest, Original};

    #[test]
    fn a_digest_reads_back_what_it_prints() {
        let digest = Digest::of(b"abc");
        assert_eq!(
            digest.to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(Digest::parse(&digest.to_string()), Some(digest));
        assert_eq!(Digest::parse("BA78"), None);
        let original = Original([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 250, 255]);
        assert_eq!(original.to_string(), "00010203040506070809faff");
        assert_eq!(Original::parse("00010203040506070809faff"), Some(original));
        for other in
            ["", "00010203040506070809faf", "00010203040506070809faff0", "00010203040506070809fafg"]
        {
            assert_eq!(Original::parse(other), None, "{other}");
        }
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let joined = Digest::of_parts([b"ab".as_slice(), b"c"]);
        assert_ne!(joined, Digest::of_parts([b"a".as_slice(), b"bc"]));
    }
}

//! Signatures that `minisign` verifies, by an Ed25519 key.
//!
//! The form is that of minisign 0.11, prehashed: `ED`, the number of the key and the signature over
//! BLAKE2b-512 of the file; then a comment with a signature over both.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use x509_cert::der::Decode as _;
use x509_cert::spki::SubjectPublicKeyInfoRef;

use super::keys::{Algorithm, KeyError, PublicKey, Signer};
use crate::model::Digest;

/// How many bytes number a key.
const NUMBER_BYTES: usize = 8;

/// Signs a file; `comment` is a part of what is signed, and is on one line.
///
/// # Errors
///
/// A key of another algorithm, or one that cannot sign.
pub fn sign(file: &[u8], comment: &str, key: &impl Signer) -> Result<String, KeyError> {
    let raw = raw(key.public())?;
    let digest = blake2b_simd::blake2b(file);
    let signature = key.sign(digest.as_bytes())?;
    let comment: String = comment.chars().filter(|one| !one.is_control()).collect();
    let global = key.sign(&[&signature, comment.as_bytes()].concat())?;
    let line = [b"ED", number(&raw).as_slice(), &signature].concat();
    Ok(format!(
        "untrusted comment: signature of driftseal, key {}\n{}\ntrusted comment: {comment}\n{}\n",
        key.public().id(),
        STANDARD.encode(line),
        STANDARD.encode(global)
    ))
}

/// Writes a public key as minisign reads it.
///
/// # Errors
///
/// A key of another algorithm.
pub fn public_key(key: &PublicKey) -> Result<String, KeyError> {
    let raw = raw(key)?;
    let line = [b"Ed", number(&raw).as_slice(), &raw].concat();
    Ok(format!("untrusted comment: driftseal, key {}\n{}\n", key.id(), STANDARD.encode(line)))
}

/// The 32 bytes of the key.
fn raw(key: &PublicKey) -> Result<Vec<u8>, KeyError> {
    let unsupported = || KeyError::Unsupported { oid: key.algorithm().to_string() };
    if key.algorithm() != Algorithm::Ed25519 {
        return Err(unsupported());
    }
    let (_, der) = x509_cert::der::Document::from_pem(key.to_pem()).map_err(|_| unsupported())?;
    let info = SubjectPublicKeyInfoRef::from_der(der.as_bytes()).map_err(|_| unsupported())?;
    Ok(info.subject_public_key.raw_bytes().to_vec())
}

/// The number of a key: it only tells keys apart.
fn number(raw: &[u8]) -> Vec<u8> {
    Digest::of(raw).0.iter().take(NUMBER_BYTES).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::super::keys::{Algorithm, PrivateKey};
    use super::*;

    #[test]
    fn a_signature_has_the_parts_that_minisign_reads_and_only_ed25519_makes_one() {
        let key = PrivateKey::generate(Algorithm::Ed25519, &[7; 32]).unwrap();
        let text = sign(b"file", "one\nline", &key).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4);
        let line = STANDARD.decode(lines[1]).unwrap();
        let signature = &line[10..];
        assert_eq!((line.len(), &line[..2]), (74, &b"ED"[..]));
        assert!(key.public().accepts(blake2b_simd::blake2b(b"file").as_bytes(), signature));
        assert_eq!(lines[2], "trusted comment: oneline");
        let global = STANDARD.decode(lines[3]).unwrap();
        assert!(key.public().accepts(&[signature, b"oneline"].concat(), &global));
        let public = public_key(key.public()).unwrap();
        let public = STANDARD.decode(public.lines().nth(1).unwrap()).unwrap();
        assert_eq!((public.len(), &public[..2], &public[2..10]), (42, &b"Ed"[..], &line[2..10]));
        let other = PrivateKey::generate(Algorithm::P256, &[7; 32]).unwrap();
        assert!(sign(b"file", "", &other).is_err());
    }
}

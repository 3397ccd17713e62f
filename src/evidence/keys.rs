//! Signing keys: two algorithms, one file format each way.
//!
//! Private keys are PKCS#8 PEM, public keys SPKI PEM, so that `openssl` and every signing tool
//! read them. ECDSA P-256 over SHA-256 is the default, because admission controllers, browsers
//! and hardware take it; its signatures are DER and deterministic (RFC 6979). Ed25519 is pure
//! (RFC 8032) and verified strictly, without small-order keys.

use std::fmt;

use ed25519_dalek::pkcs8::KeypairBytes;
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::elliptic_curve::zeroize::Zeroizing;
use p256::pkcs8::der::{Document, SecretDocument};
use p256::pkcs8::{
    EncodePrivateKey as _, EncodePublicKey as _, LineEnding, ObjectIdentifier, PrivateKeyInfoRef,
    spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef},
};

pub use super::key_error::KeyError;
use crate::model::Digest;

/// The longest PEM text that is read; a key of ours has about 250 bytes.
pub const PEM_BYTES_MAX: usize = 16 * 1024;

const PRIVATE_LABEL: &str = "PRIVATE KEY";
const PUBLIC_LABEL: &str = "PUBLIC KEY";
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const NIST_P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Names a signature algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Algorithm {
    /// ECDSA on NIST P-256 over SHA-256, deterministic, signatures in DER.
    #[default]
    P256,
    /// Pure Ed25519.
    Ed25519,
}

impl Algorithm {
    /// Lists the algorithms, the default first.
    pub const ALL: &[Self] = &[Self::P256, Self::Ed25519];

    /// Returns the name used in files and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::P256 => "ecdsa-p256-sha256",
            Self::Ed25519 => "ed25519",
        }
    }

    /// Finds the algorithm of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|algorithm| algorithm.as_str() == name)
    }

    /// Reads the algorithm of a key file, which for elliptic curves includes the named curve.
    fn identify(identifier: &AlgorithmIdentifierRef<'_>) -> Result<Self, KeyError> {
        if identifier.oid == ED25519 {
            return Ok(Self::Ed25519);
        }
        if identifier.oid == EC && identifier.parameters_oid() == Ok(NIST_P256) {
            return Ok(Self::P256);
        }
        Err(KeyError::Unsupported { oid: identifier.oid.to_string() })
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Names a public key: SHA-256 of its SPKI, whatever spelling the key came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(Digest);

impl KeyId {
    /// Reads 64 lowercase hex digits; anything else is `None`.
    pub fn from_hex(text: &str) -> Option<Self> {
        Digest::parse(text).map(Self)
    }

    /// Returns the first 12 hexadecimal digits, for names of files.
    pub fn short(&self) -> String {
        self.0.short(12)
    }

    /// Returns the 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Holds a key that can sign; shows only its public half, and is wiped when dropped.
pub struct PrivateKey {
    secret: Secret,
    public: PublicKey,
}

enum Secret {
    P256(p256::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
}

impl PrivateKey {
    /// Makes the key that 32 bytes of the system's randomness stand for.
    ///
    /// # Errors
    ///
    /// [`KeyError::Seed`] for the one seed in 2^32 that is no P-256 scalar: draw another.
    pub fn generate(algorithm: Algorithm, seed: &[u8; 32]) -> Result<Self, KeyError> {
        Self::new(match algorithm {
            Algorithm::P256 => {
                Secret::P256(p256::ecdsa::SigningKey::from_slice(seed).map_err(|_| KeyError::Seed)?)
            }
            Algorithm::Ed25519 => Secret::Ed25519(ed25519_dalek::SigningKey::from_bytes(seed)),
        })
    }

    /// Reads an unencrypted PKCS#8 PEM file.
    ///
    /// # Errors
    ///
    /// Another format, with the command that converts it, or another algorithm.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        // `openssl ecparam -genkey` writes the curve before the key, each with a label of its own.
        if pem.contains("-----BEGIN EC PRIVATE KEY-----")
            || pem.contains("-----BEGIN EC PARAMETERS-----")
        {
            return Err(KeyError::Sec1);
        }
        let (label, der) = SecretDocument::from_pem(sized(pem)?).map_err(|_| KeyError::NotPem)?;
        labelled(label, PRIVATE_LABEL)?;
        let info: PrivateKeyInfoRef<'_> = der.decode_msg().map_err(|_| KeyError::NotPem)?;
        let algorithm = Algorithm::identify(&info.algorithm)?;
        Self::new(
            match algorithm {
                Algorithm::P256 => info.try_into().map(Secret::P256),
                Algorithm::Ed25519 => info.try_into().map(Secret::Ed25519),
            }
            .map_err(|_| KeyError::Malformed { algorithm })?,
        )
    }

    /// Writes the unencrypted PKCS#8 PEM file; the text is wiped when dropped.
    ///
    /// # Errors
    ///
    /// [`KeyError::Encoding`], which no key of ours is known to cause.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        match &self.secret {
            Secret::P256(key) => key.to_pkcs8_pem(LineEnding::LF),
            // Version 1, without the public half: OpenSSL 3.0 does not read version 2.
            Secret::Ed25519(key) => KeypairBytes { secret_key: key.to_bytes(), public_key: None }
                .to_pkcs8_pem(LineEnding::LF),
        }
        .map_err(|_| KeyError::Encoding)
    }

    /// Returns the public half.
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Returns the id of the public half.
    pub const fn id(&self) -> KeyId {
        self.public.id
    }

    /// Returns the algorithm.
    pub const fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    /// Signs `message`; the same message gives the same signature.
    ///
    /// # Errors
    ///
    /// [`KeyError::Signing`], when the signature made does not verify: a fault of the machine.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = match &self.secret {
            Secret::P256(key) => {
                let signature: p256::ecdsa::DerSignature =
                    key.try_sign(message).map_err(|_| KeyError::Signing)?;
                signature.as_bytes().to_vec()
            }
            Secret::Ed25519(key) => {
                key.try_sign(message).map_err(|_| KeyError::Signing)?.to_bytes().to_vec()
            }
        };
        // A faulty Ed25519 signature gives the key away, so none leaves unchecked.
        if self.public.accepts(message, &signature) {
            Ok(signature)
        } else {
            Err(KeyError::Signing)
        }
    }

    fn new(secret: Secret) -> Result<Self, KeyError> {
        let public = PublicKey::new(match &secret {
            Secret::P256(key) => Public::P256(*key.verifying_key()),
            Secret::Ed25519(key) => Public::Ed25519(key.verifying_key()),
        })?;
        Ok(Self { secret, public })
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// Signs, wherever its private half is kept.
pub trait Signer {
    /// Returns the public half.
    fn public(&self) -> &PublicKey;

    /// Signs `message`.
    ///
    /// # Errors
    ///
    /// Whatever keeps the key from signing. What is returned was verified with [`Self::public`].
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}

impl Signer for PrivateKey {
    fn public(&self) -> &PublicKey {
        self.public()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.sign(message)
    }
}

impl<S: Signer + ?Sized> Signer for &S {
    fn public(&self) -> &PublicKey {
        (**self).public()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        (**self).sign(message)
    }
}

impl<S: Signer + ?Sized> Signer for Box<S> {
    fn public(&self) -> &PublicKey {
        (**self).public()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        (**self).sign(message)
    }
}

/// Holds a key that can verify.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: Public,
    id: KeyId,
    pem: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Public {
    P256(p256::ecdsa::VerifyingKey),
    Ed25519(ed25519_dalek::VerifyingKey),
}

impl PublicKey {
    /// Reads an SPKI PEM file.
    ///
    /// # Errors
    ///
    /// Another format or algorithm, a point that is not on the curve, explicit curve parameters,
    /// or an Ed25519 key of small order, under which one signature fits many messages.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let (label, der) = Document::from_pem(sized(pem)?).map_err(|_| KeyError::NotPem)?;
        labelled(label, PUBLIC_LABEL)?;
        let info: SubjectPublicKeyInfoRef<'_> = der.decode_msg().map_err(|_| KeyError::NotPem)?;
        let algorithm = Algorithm::identify(&info.algorithm)?;
        let malformed = KeyError::Malformed { algorithm };
        Self::new(match algorithm {
            Algorithm::P256 => Public::P256(info.try_into().map_err(|_| malformed)?),
            Algorithm::Ed25519 => Public::Ed25519(info.try_into().map_err(|_| malformed)?),
        })
    }

    /// Writes the SPKI PEM file, always in the same spelling.
    pub fn to_pem(&self) -> &str {
        &self.pem
    }

    /// Returns the id, computed from the SPKI as we write it.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Returns the algorithm.
    pub const fn algorithm(&self) -> Algorithm {
        match self.key {
            Public::P256(_) => Algorithm::P256,
            Public::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// Returns whether `signature` is this key's over `message`, in this key's algorithm.
    #[must_use]
    pub fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.key {
            Public::P256(key) => p256::ecdsa::DerSignature::from_bytes(signature)
                .and_then(|signature| key.verify(message, &signature))
                .is_ok(),
            Public::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .and_then(|signature| key.verify_strict(message, &signature))
                .is_ok(),
        }
    }

    fn new(key: Public) -> Result<Self, KeyError> {
        let spki = match &key {
            Public::P256(key) => key.to_public_key_der(),
            Public::Ed25519(key) if key.is_weak() => return Err(KeyError::Weak),
            Public::Ed25519(key) => key.to_public_key_der(),
        }
        .map_err(|_| KeyError::Encoding)?;
        let pem = spki.to_pem(PUBLIC_LABEL, LineEnding::LF).map_err(|_| KeyError::Encoding)?;
        Ok(Self { key, id: KeyId(Digest::of(spki.as_bytes())), pem })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey")
            .field("algorithm", &self.algorithm())
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

fn sized(pem: &str) -> Result<&str, KeyError> {
    if pem.len() > PEM_BYTES_MAX { Err(KeyError::NotPem) } else { Ok(pem) }
}

fn labelled(found: &str, wanted: &'static str) -> Result<(), KeyError> {
    match found {
        _ if found == wanted => Ok(()),
        "ENCRYPTED PRIVATE KEY" => Err(KeyError::Encrypted),
        _ => Err(KeyError::Label { wanted, found: found.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let (pairs, _) = hex.as_bytes().as_chunks::<2>();
        let digits = pairs.iter().map(|pair| std::str::from_utf8(pair).unwrap());
        digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    }

    fn seed(hex: &str) -> [u8; 32] {
        bytes(hex).try_into().unwrap()
    }

    #[test]
    fn p256_signs_as_rfc_6979_a_2_5_says() {
        let seed = seed("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
        let key = PrivateKey::generate(Algorithm::P256, &seed).unwrap();
        let r = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
        let s = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
        // Both integers have their top bit set, so DER puts a zero byte before each.
        let der = bytes(&format!("3046022100{r}022100{s}"));
        assert_eq!(key.sign(b"sample").unwrap(), der);
        assert!(key.public().accepts(b"sample", &der));
        assert!(!key.public().accepts(b"sample", &bytes(&format!("{r}{s}"))), "raw r||s");
        assert!(!key.public().accepts(b"sample", &[der, vec![0]].concat()), "appended byte");
    }

    #[test]
    fn ed25519_signs_as_rfc_8032_test_2_says() {
        let seed = seed("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let key = PrivateKey::generate(Algorithm::Ed25519, &seed).unwrap();
        let signature = bytes(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        );
        assert_eq!(key.sign(&[0x72]).unwrap(), signature);
    }

    #[test]
    fn a_key_survives_its_file() {
        for &algorithm in Algorithm::ALL {
            let key = PrivateKey::generate(algorithm, &[9; 32]).unwrap();
            let pem = key.to_pem().unwrap();
            assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{algorithm}");
            let again = PrivateKey::from_pem(&pem).unwrap();
            assert_eq!(again.id(), key.id());
            assert_eq!(*again.to_pem().unwrap(), *pem);
            let public = PublicKey::from_pem(key.public().to_pem()).unwrap();
            assert_eq!(&public, key.public());
            assert_eq!(public.algorithm(), algorithm);
            let crlf = key.public().to_pem().replace('\n', "\r\n");
            assert_eq!(PublicKey::from_pem(&crlf).unwrap().id(), key.id());
        }
    }

    #[test]
    fn a_private_key_never_shows_itself() {
        for &algorithm in Algorithm::ALL {
            let key = PrivateKey::generate(algorithm, &[0x5a; 32]).unwrap();
            let shown = format!("{key:?}");
            assert!(!shown.contains("5a5a") && !shown.contains("90, 90"), "{shown}");
            assert!(shown.contains(&key.id().to_string()), "{shown}");
        }
    }

    #[test]
    fn a_seed_that_is_no_scalar_is_refused() {
        for seed in [[0; 32], [0xff; 32]] {
            assert_eq!(PrivateKey::generate(Algorithm::P256, &seed).unwrap_err(), KeyError::Seed);
        }
    }

    #[test]
    fn other_formats_are_refused_with_what_to_do() {
        let pem = |label: &str| format!("-----BEGIN {label}-----\nMAA=\n-----END {label}-----\n");
        for (label, hint) in [
            ("EC PRIVATE KEY", "openssl pkcs8 -topk8 -nocrypt"),
            ("EC PARAMETERS", "openssl pkcs8 -topk8 -nocrypt"),
            ("ENCRYPTED PRIVATE KEY", "openssl pkcs8 -in"),
            ("PUBLIC KEY", "found `BEGIN PUBLIC KEY`"),
            ("PRIVATE KEY", "no PEM key"),
        ] {
            let error = PrivateKey::from_pem(&pem(label)).unwrap_err().to_string();
            assert!(error.contains(hint), "{label}: {error}");
        }
        let private = PrivateKey::generate(Algorithm::P256, &[1; 32]).unwrap().to_pem().unwrap();
        let error = PublicKey::from_pem(&private).unwrap_err().to_string();
        assert!(error.contains("expected a PEM file with `BEGIN PUBLIC KEY`"), "{error}");
        for text in ["", "driftseal", &private.repeat(80)] {
            assert_eq!(PrivateKey::from_pem(text).unwrap_err(), KeyError::NotPem);
        }
    }

    #[test]
    fn a_file_holds_one_key() {
        let key = |seed| PrivateKey::generate(Algorithm::P256, &[seed; 32]).unwrap();
        let two = [key(1).public().to_pem(), key(2).public().to_pem()].concat();
        assert_eq!(PublicKey::from_pem(&two), Err(KeyError::NotPem));
        let two = [key(1).to_pem().unwrap().as_str(), key(1).public().to_pem()].concat();
        assert_eq!(PrivateKey::from_pem(&two).unwrap_err(), KeyError::NotPem);
    }

    #[test]
    fn a_public_key_of_small_order_or_off_the_curve_is_refused() {
        let spki = |hex: &str| {
            Document::try_from(bytes(hex)).unwrap().to_pem(PUBLIC_LABEL, LineEnding::LF).unwrap()
        };
        let neutral = format!("302a300506032b657003210001{}", "00".repeat(31));
        assert_eq!(PublicKey::from_pem(&spki(&neutral)).unwrap_err(), KeyError::Weak);
        let header = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
        let off = format!("{header}{}", "01".repeat(64));
        let malformed = KeyError::Malformed { algorithm: Algorithm::P256 };
        assert_eq!(PublicKey::from_pem(&spki(&off)).unwrap_err(), malformed);
        let secp384r1 = "3076301006072a8648ce3d020106052b8104002203620004";
        let other = format!("{secp384r1}{}", "01".repeat(96));
        assert!(matches!(
            PublicKey::from_pem(&spki(&other)).unwrap_err(),
            KeyError::Unsupported { .. }
        ));
    }
}

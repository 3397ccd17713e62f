//! Private keys under a password: PKCS#8 with PBES2, as OpenSSL writes and reads them.
//!
//! Written are PBKDF2 with HMAC-SHA-256, 600,000 rounds, and AES-256-CBC: OpenSSL refuses scrypt
//! at a cost that would be worth it. What is read may cost no more than a few seconds, because the
//! cost stands in a file that anybody may have written.

use p256::elliptic_curve::zeroize::Zeroizing;
use p256::pkcs8::LineEnding;
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::{Encode as _, SecretDocument};
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{Kdf, Parameters};
use pkcs8::{EncryptedPrivateKeyInfo, EncryptedPrivateKeyInfoRef};

use super::keys::{KeyError, PEM_BYTES_MAX, PrivateKey};

/// The label of a key under a password.
pub(super) const LABEL: &str = "ENCRYPTED PRIVATE KEY";

/// Rounds that are written.
const ROUNDS: u32 = 600_000;
/// The most rounds that are read.
const ROUNDS_MAX: u32 = 10_000_000;
/// The most memory that is taken: 128 bytes for each of these.
const SCRYPT_COST_MAX: u64 = 1 << 23;

/// Randomness that one encrypted key takes; never used twice.
#[derive(Debug, Clone, Copy)]
pub struct Fresh {
    /// For deriving the key of the cipher.
    pub salt: [u8; 16],
    /// For the cipher.
    pub iv: [u8; 16],
}

/// Writes a key under a password; the text is wiped when dropped.
///
/// # Errors
///
/// [`KeyError::Encoding`], which no key of ours is known to cause.
pub fn encrypt(
    key: &PrivateKey,
    password: &[u8],
    fresh: &Fresh,
) -> Result<Zeroizing<String>, KeyError> {
    let plain = key.to_pem()?;
    let (_, der) = SecretDocument::from_pem(&plain).map_err(|_| KeyError::Encoding)?;
    let scheme = Parameters::generate_pbkdf2_sha256_aes256cbc(ROUNDS, &fresh.salt, fresh.iv)
        .map_err(|_| KeyError::Encoding)?;
    let hidden = scheme.encrypt(password, der.as_bytes()).map_err(|_| KeyError::Encoding)?;
    let info = EncryptedPrivateKeyInfo {
        encryption_algorithm: EncryptionScheme::from(scheme),
        encrypted_data: OctetStringRef::new(&hidden).map_err(|_| KeyError::Encoding)?,
    };
    let bytes = info.to_der().map_err(|_| KeyError::Encoding)?;
    let document = SecretDocument::try_from(bytes).map_err(|_| KeyError::Encoding)?;
    document.to_pem(LABEL, LineEnding::LF).map_err(|_| KeyError::Encoding)
}

/// Reads a key under a password.
///
/// # Errors
///
/// Another format, a cost that is too high, or another password.
pub fn decrypt(pem: &str, password: &[u8]) -> Result<PrivateKey, KeyError> {
    if pem.len() > PEM_BYTES_MAX {
        return Err(KeyError::NotPem);
    }
    let (label, der) = SecretDocument::from_pem(pem).map_err(|_| KeyError::NotPem)?;
    if label != LABEL {
        return Err(KeyError::Label { wanted: LABEL, found: label.to_owned() });
    }
    let info =
        EncryptedPrivateKeyInfoRef::try_from(der.as_bytes()).map_err(|_| KeyError::Cipher)?;
    let EncryptionScheme::Pbes2(parameters) = &info.encryption_algorithm else {
        return Err(KeyError::Cipher);
    };
    let is_cheap = match &parameters.kdf {
        Kdf::Pbkdf2(kdf) => kdf.iteration_count <= ROUNDS_MAX,
        Kdf::Scrypt(kdf) => {
            let blocks = u64::from(kdf.block_size).checked_mul(u64::from(kdf.parallelization));
            let cost = blocks.and_then(|blocks| blocks.checked_mul(kdf.cost_parameter));
            cost.is_some_and(|cost| cost <= SCRYPT_COST_MAX)
        }
        _ => return Err(KeyError::Cipher),
    };
    if !is_cheap {
        return Err(KeyError::Costly);
    }
    let plain = info.decrypt(password).map_err(|_| KeyError::Password)?;
    let plain = plain.to_pem("PRIVATE KEY", LineEnding::LF).map_err(|_| KeyError::Password)?;
    // Bytes that a wrong password makes seldom look like a key at all.
    PrivateKey::from_pem(&plain)
        .map_err(|error| if error == KeyError::NotPem { KeyError::Password } else { error })
}

#[cfg(test)]
mod tests {
    use super::super::keys::Algorithm;
    use super::*;

    #[test]
    fn a_key_under_a_password_needs_that_password() {
        let fresh = Fresh { salt: [3; 16], iv: [4; 16] };
        for &algorithm in Algorithm::ALL {
            let key = PrivateKey::generate(algorithm, &[9; 32]).unwrap();
            let pem = encrypt(&key, b"correct horse", &fresh).unwrap();
            assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
            assert_eq!(decrypt(&pem, b"correct horse").unwrap().id(), key.id());
            assert_eq!(decrypt(&pem, b"wrong").unwrap_err(), KeyError::Password);
            assert_eq!(PrivateKey::from_pem(&pem).unwrap_err(), KeyError::Encrypted);
        }
    }

    #[test]
    fn a_cost_that_would_take_for_ever_is_refused_before_it_is_paid() {
        let key = PrivateKey::generate(Algorithm::P256, &[9; 32]).unwrap();
        let plain = key.to_pem().unwrap();
        let (_, der) = SecretDocument::from_pem(&plain).unwrap();
        let kdf = pkcs8::pkcs5::pbes2::Pbkdf2Params::hmac_sha256(ROUNDS_MAX + 1, &[1; 16]).unwrap();
        let cheap = Parameters::generate_pbkdf2_sha256_aes256cbc(1, &[1; 16], [2; 16]).unwrap();
        let hidden = cheap.encrypt(b"x", der.as_bytes()).unwrap();
        let info = EncryptedPrivateKeyInfo {
            encryption_algorithm: EncryptionScheme::from(Parameters {
                kdf: kdf.into(),
                encryption: cheap.encryption,
            }),
            encrypted_data: OctetStringRef::new(&hidden).unwrap(),
        };
        let document = SecretDocument::try_from(info.to_der().unwrap()).unwrap();
        let pem = document.to_pem(LABEL, LineEnding::LF).unwrap();
        assert_eq!(decrypt(&pem, b"x").unwrap_err(), KeyError::Costly);
    }
}

//! The organisation's masking key: what makes "same" and "different" decidable, and nothing else.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::model::{Digest, KeyId, MaskingKeyId, Original, Secret, hex};

/// How many hexadecimal digits name a key.
const ID_DIGITS: usize = 16;

/// How many hexadecimal digits tell two secrets apart: 96 bits.
const FINGERPRINT_DIGITS: usize = 24;

/// A key under which secrets are fingerprinted. Never shown, never written.
#[derive(Clone)]
pub struct MaskingKey {
    state: Hmac<Sha256>,
    id: String,
    ephemeral: bool,
}

impl MaskingKey {
    /// The fewest bytes a key has.
    pub const BYTES_MIN: usize = 32;

    /// Takes a key; `ephemeral` says that it was made for this run only.
    ///
    /// # Errors
    /// The key is shorter than [`MaskingKey::BYTES_MIN`].
    pub fn from_bytes(bytes: &[u8], ephemeral: bool) -> Result<Self, String> {
        if bytes.len() < Self::BYTES_MIN {
            return Err(format!(
                "cannot use the masking key: it has {} bytes and needs at least {}; make one \
                 from a random source",
                bytes.len(),
                Self::BYTES_MIN
            ));
        }
        let state = Hmac::<Sha256>::new_from_slice(bytes)
            .map_err(|_| "cannot use the masking key: its length is not accepted".to_owned())?;
        let id = digits(&state, &[b"driftseal masking key id"], ID_DIGITS);
        Ok(Self { state, id, ephemeral })
    }

    /// The name under which snapshots record the key.
    pub fn id(&self) -> MaskingKeyId {
        MaskingKeyId { id: KeyId(self.id.clone()), ephemeral: self.ephemeral }
    }

    /// The fingerprint of a secret: equal for equal secrets, whatever they are written as.
    pub fn fingerprint(&self, secret: &[u8]) -> String {
        digits(&self.state, &[b"driftseal secret\0", secret], FINGERPRINT_DIGITS)
    }

    /// The fingerprint of a file as found, masks not applied, by the digest of its bytes.
    pub fn original(&self, found: &Digest) -> Original {
        let all = mac(&self.state, &[b"driftseal original\0", &found.0]);
        Original(std::array::from_fn(|index| all.get(index).copied().unwrap_or_default()))
    }

    /// The fingerprint of a whole snapshot, by its digest.
    pub fn seal(&self, snapshot: &Digest) -> String {
        digits(&self.state, &[b"driftseal snapshot\0", &snapshot.0], FINGERPRINT_DIGITS)
    }

    /// What is written in place of a secret.
    pub(super) fn token(&self, class: &str, secret: &[u8]) -> String {
        Secret { class: class.to_owned(), fingerprint: self.fingerprint(secret) }.token()
    }
}

impl fmt::Debug for MaskingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MaskingKey")
            .field("id", &self.id)
            .field("ephemeral", &self.ephemeral)
            .finish_non_exhaustive()
    }
}

fn digits(state: &Hmac<Sha256>, parts: &[&[u8]], count: usize) -> String {
    hex(mac(state, parts).get(..count / 2).unwrap_or_default())
}

fn mac(state: &Hmac<Sha256>, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = state.clone();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::{Digest, MaskingKey};

    #[test]
    fn a_key_tells_secrets_apart_and_shows_nothing_of_itself() {
        let key = MaskingKey::from_bytes(b"0123456789abcdef0123456789abcdef", false).unwrap();
        let other = MaskingKey::from_bytes(b"1123456789abcdef0123456789abcdef", false).unwrap();
        assert_eq!(key.fingerprint(b"x"), key.fingerprint(b"x"));
        assert_ne!(key.fingerprint(b"x"), key.fingerprint(b"y"));
        assert_ne!(key.fingerprint(b"x"), other.fingerprint(b"x"));
        let digest = Digest::of(b"x");
        let all =
            [key.fingerprint(&digest.0), key.original(&digest).to_string(), key.seal(&digest)];
        assert!(all[0] != all[1] && all[0] != all[2] && all[1] != all[2]);
        assert_eq!((key.fingerprint(b"x").len(), key.id().id.0.len()), (24, 16));
        assert!(!format!("{key:?}").contains("0123456789abcdef0123"));
    }

    #[test]
    fn a_short_key_is_refused() {
        assert!(MaskingKey::from_bytes(&[7; 31], true).is_err());
    }
}

//! Whom a verifier believes: pinned public keys and how many of them must agree.

use std::collections::BTreeMap;
use std::fmt;

use super::keys::{KeyId, PublicKey};

/// Pins the keys that count and how many different ones must have signed.
///
/// A key that is given twice counts once, in whatever spelling it came.
#[derive(Debug, Clone)]
pub struct Trust {
    keys: BTreeMap<KeyId, PublicKey>,
    threshold: usize,
}

impl Trust {
    /// Pins `keys`, of which `threshold` different ones must have signed.
    ///
    /// # Errors
    ///
    /// A threshold of zero trusts everybody, and one above the number of different keys can never
    /// be met; both are refused.
    pub fn new(
        keys: impl IntoIterator<Item = PublicKey>,
        threshold: usize,
    ) -> Result<Self, TrustError> {
        let keys: BTreeMap<KeyId, PublicKey> =
            keys.into_iter().map(|key| (key.id(), key)).collect();
        if threshold == 0 {
            return Err(TrustError::Zero);
        }
        if threshold > keys.len() {
            return Err(TrustError::Unreachable { threshold, keys: keys.len() });
        }
        Ok(Self { keys, threshold })
    }

    /// Returns the pinned keys, each once, ordered by id.
    pub fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.keys.values()
    }

    /// Returns the pinned key of this id.
    pub fn key(&self, id: KeyId) -> Option<&PublicKey> {
        self.keys.get(&id)
    }

    /// Returns how many different keys must have signed; never zero.
    pub const fn threshold(&self) -> usize {
        self.threshold
    }
}

/// Says why a set of pinned keys cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustError {
    /// No signature would be needed.
    Zero,
    /// More signatures would be needed than there are keys.
    Unreachable {
        /// The signatures needed.
        threshold: usize,
        /// The different keys given.
        keys: usize,
    },
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero => f.write_str("a threshold of 0 trusts everybody; ask for at least 1"),
            Self::Unreachable { threshold, keys } => write!(
                f,
                "a threshold of {threshold} cannot be met by {keys} different public keys; give \
                 more keys or lower it (the same key counts once)"
            ),
        }
    }
}

impl std::error::Error for TrustError {}

#[cfg(test)]
mod tests {
    use super::super::keys::{Algorithm, PrivateKey};
    use super::*;

    #[test]
    fn a_threshold_must_be_reachable_by_different_keys() {
        let key = PrivateKey::generate(Algorithm::Ed25519, &[7; 32]).unwrap().public().clone();
        assert_eq!(Trust::new([key.clone()], 0).unwrap_err(), TrustError::Zero);
        assert_eq!(
            Trust::new([key.clone(), key.clone()], 2).unwrap_err(),
            TrustError::Unreachable { threshold: 2, keys: 1 }
        );
        assert_eq!(Trust::new([key.clone(), key], 1).unwrap().keys().count(), 1);
    }
}

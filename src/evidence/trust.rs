//! Whom a verifier believes: pinned public keys, when each counts, and how many must agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;

use super::keys::{KeyId, PublicKey};
use super::stamps::Stamps;
use super::trust_policy::TrustPolicy;

/// Pins the keys that count and how many different ones must have signed.
///
/// A key that is given twice counts once, in whatever spelling it came.
#[derive(Debug, Clone)]
pub struct Trust {
    keys: BTreeMap<KeyId, TrustedKey>,
    threshold: usize,
    distinct_owners: bool,
    policy: Option<TrustPolicy>,
}

/// A pinned key, and when it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    /// The key.
    pub key: PublicKey,
    /// Whose it is; without a policy nobody said.
    pub owner: Option<String>,
    /// From when on it counts.
    pub not_before: Option<Timestamp>,
    /// Until when it counts.
    pub not_after: Option<Timestamp>,
    /// Since when it does not count: it was revoked or may be in other hands.
    pub distrusted: Option<Distrust>,
}

/// Why a key counts no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distrust {
    /// It was revoked at this time.
    RevokedAt(Timestamp),
    /// It may be in other hands since this time.
    CompromisedSince(Timestamp),
}

impl Distrust {
    /// Returns the time since when nothing that it signs counts.
    pub const fn since(self) -> Timestamp {
        match self {
            Self::RevokedAt(at) | Self::CompromisedSince(at) => at,
        }
    }
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RevokedAt(at) => write!(f, "was revoked at {at}"),
            Self::CompromisedSince(at) => write!(f, "may be in other hands since {at}"),
        }
    }
}

impl TrustedKey {
    /// A key that always counts.
    pub const fn always(key: PublicKey) -> Self {
        Self { key, owner: None, not_before: None, not_after: None, distrusted: None }
    }

    /// Whether it counts at this time, or at the one that a trusted authority has stated for its
    /// signature.
    ///
    /// # Errors
    ///
    /// Why it does not. When it signed cannot be told from a signature, so without such a statement
    /// a key that may be in other hands counts for nothing, however old the report claims to be.
    pub fn valid(&self, at: Timestamp, stamped: Option<Timestamp>) -> Result<(), String> {
        let id = self.key.id();
        if let Some(distrust) = self.distrusted {
            match stamped {
                Some(signed) if signed < distrust.since() => {}
                Some(signed) => {
                    return Err(format!(
                        "the key {id} {distrust}, and its signature is of {signed}"
                    ));
                }
                None => {
                    return Err(format!(
                        "the key {id} {distrust}, and nothing trusted says when it signed"
                    ));
                }
            }
        }
        let (at, is) = stamped.map_or((at, "it is"), |signed| (signed, "it signed at"));
        if let Some(from) = self.not_before.filter(|from| at < *from) {
            return Err(format!("the key {id} is valid from {from}, {is} {at}"));
        }
        if let Some(end) = self.not_after.filter(|end| at > *end) {
            return Err(format!("the key {id} was valid until {end}, {is} {at}"));
        }
        Ok(())
    }
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
        Self::of(keys.into_iter().map(TrustedKey::always), threshold, false, None)
    }

    /// Pins what a policy says; `policy` is kept for the other things it demands.
    ///
    /// # Errors
    ///
    /// As [`Self::new`], where owners must differ counting owners.
    pub fn of(
        keys: impl IntoIterator<Item = TrustedKey>,
        threshold: usize,
        distinct_owners: bool,
        policy: Option<TrustPolicy>,
    ) -> Result<Self, TrustError> {
        let keys: BTreeMap<KeyId, TrustedKey> =
            keys.into_iter().map(|key| (key.key.id(), key)).collect();
        if threshold == 0 {
            return Err(TrustError::Zero);
        }
        let trust = Self { keys, threshold, distinct_owners, policy };
        let reachable = trust.weight(&trust.keys.keys().copied().collect());
        if threshold > reachable {
            return Err(TrustError::Unreachable { threshold, keys: reachable });
        }
        Ok(trust)
    }

    /// The same keys, of which any one will do.
    #[must_use]
    pub fn any(&self) -> Self {
        Self { threshold: 1, distinct_owners: false, ..self.clone() }
    }

    /// Returns the pinned keys, each once, ordered by id.
    pub fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.keys.values().map(|trusted| &trusted.key)
    }

    /// Returns the pinned key of this id.
    pub fn key(&self, id: KeyId) -> Option<&PublicKey> {
        self.keys.get(&id).map(|trusted| &trusted.key)
    }

    /// Returns how many different keys must have signed; never zero.
    pub const fn threshold(&self) -> usize {
        self.threshold
    }

    /// Returns the policy that the keys are from.
    pub const fn policy(&self) -> Option<&TrustPolicy> {
        self.policy.as_ref()
    }

    /// Whether it says when keys count.
    pub fn has_validity(&self) -> bool {
        self.policy.is_some()
    }

    /// What these signers come to: as many as there are different owners where owners must differ,
    /// else as many as there are different keys.
    pub fn weight(&self, signers: &BTreeSet<KeyId>) -> usize {
        if !self.distinct_owners {
            return signers.len();
        }
        let owner = |id: &KeyId| self.keys.get(id).and_then(|trusted| trusted.owner.as_deref());
        signers.iter().filter_map(owner).collect::<BTreeSet<&str>>().len()
    }

    /// Returns those of the signers that count at this time, or at the one stated for each.
    ///
    /// # Errors
    ///
    /// They are too few; why the others do not count.
    pub fn valid(
        &self,
        signers: &BTreeSet<KeyId>,
        at: Timestamp,
        stamps: &Stamps,
    ) -> Result<BTreeSet<KeyId>, String> {
        let (mut valid, mut refused) = (BTreeSet::new(), Vec::new());
        for id in signers {
            let stamped = stamps.get(id).map(|stamp| stamp.at);
            match self.keys.get(id).map(|trusted| trusted.valid(at, stamped)) {
                Some(Ok(())) => {
                    valid.insert(*id);
                }
                Some(Err(why)) => refused.push(why),
                None => {}
            }
        }
        if self.weight(&valid) >= self.threshold { Ok(valid) } else { Err(refused.join("; ")) }
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
                 more keys or lower it (the same key counts once, and where owners must differ, the \
                 same owner)"
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

//! Signed rule packs: who stands for the rules that a gate judges by.
//!
//! The predicate is the pack's name and version, so that an older pack cannot be passed off as a
//! newer one.

use jiff::Timestamp;

use super::dsse::EnvelopeError;
use super::keys::Signer;
use super::signed::Signed;
use super::trust::Trust;
use crate::model::Digest;
use crate::wire::rule_pack::{PREDICATE_TYPE, Predicate};

const PACK: Signed = Signed { predicate_type: PREDICATE_TYPE, what: "a rule pack" };

/// A rule pack as it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackName {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its text.
    pub digest: Digest,
}

/// Signs a pack.
///
/// # Errors
///
/// Keys that cannot sign.
pub fn sign_pack<K: Signer>(pack: &PackName, keys: &[K]) -> Result<Vec<u8>, EnvelopeError> {
    let said = Predicate { id: pack.id.clone(), version: pack.version.clone() };
    PACK.sign((&pack.id, pack.digest), said, keys)
}

/// Whether an envelope is the signature of this pack, by whom `trust` names for rules.
///
/// # Errors
///
/// Why it is not.
pub fn verify_pack(
    pack: &PackName,
    envelope: &[u8],
    trust: &Trust,
    at: Timestamp,
) -> Result<(), String> {
    let said: Predicate = PACK.verify(pack.digest, envelope, (trust, at))?;
    if said.id != pack.id || said.version != pack.version {
        return Err(format!("it is about {:?} of version {:?}", said.id, said.version));
    }
    Ok(())
}

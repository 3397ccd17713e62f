//! Signed waivers and baselines: who stands for what a gate lets pass.
//!
//! The predicate says what the text decides.

use jiff::Timestamp;

use super::dsse::EnvelopeError;
use super::keys::Signer;
use super::signed::Signed;
use super::trust::Trust;
use crate::model::Digest;
use crate::wire::signed_text::{PREDICATE_TYPE, Predicate};

const TEXT: Signed = Signed { predicate_type: PREDICATE_TYPE, what: "a policy" };

/// A text as it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextName {
    /// What it decides.
    pub role: String,
    /// SHA-256 of it.
    pub digest: Digest,
}

/// Signs a text.
///
/// # Errors
///
/// Keys that cannot sign.
pub fn sign_text<K: Signer>(text: &TextName, keys: &[K]) -> Result<Vec<u8>, EnvelopeError> {
    TEXT.sign((&text.role, text.digest), Predicate { role: text.role.clone() }, keys)
}

/// Whether an envelope is the signature of this text, by whom `trust` names.
///
/// # Errors
///
/// Why it is not.
pub fn verify_text(
    text: &TextName,
    envelope: &[u8],
    trust: &Trust,
    at: Timestamp,
) -> Result<(), String> {
    let said: Predicate = TEXT.verify(text.digest, envelope, (trust, at))?;
    if said.role != text.role {
        return Err(format!("it is about {:?}", said.role));
    }
    Ok(())
}

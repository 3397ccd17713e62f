//! Signed waivers and baselines: who stands for what a gate lets pass.
//!
//! The signature is a statement of its own beside the file: the subject is the text, by its digest,
//! and the predicate says what it decides, so that one kind of text is never taken for another.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::dsse::{self, EnvelopeError};
use super::json::{self, Numbers};
use super::keys::Signer;
use super::stamps::Stamps;
use super::trust::Trust;
use super::verify::payload_type;
use crate::model::Digest;
use crate::wire::signed_text::{PREDICATE_TYPE, Predicate};
use crate::wire::statement::{PAYLOAD_TYPE, STATEMENT_TYPE, Statement, Subject};

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
    let statement = Statement {
        statement_type: STATEMENT_TYPE.to_owned(),
        subject: vec![Subject {
            name: text.role.clone(),
            digest: BTreeMap::from([("sha256".to_owned(), text.digest.to_string())]),
        }],
        predicate_type: PREDICATE_TYPE.to_owned(),
        predicate: Predicate { role: text.role.clone() },
    };
    let payload = json::canonical(&statement).map_err(EnvelopeError::Json)?;
    dsse::sign(PAYLOAD_TYPE, &payload, keys)
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
    let opened = dsse::open(envelope).map_err(|error| error.to_string())?;
    payload_type(&opened)?;
    let authentic = opened.verify(trust).map_err(|error| error.to_string())?;
    trust.valid(authentic.signers(), at, &Stamps::default())?;
    let read = |error: json::JsonError| format!("it is no statement about a policy: {error}");
    let statement: Statement<Box<RawValue>> =
        json::parse(authentic.payload(), Numbers::SafeIntegers).map_err(read)?;
    if statement.statement_type != STATEMENT_TYPE || statement.predicate_type != PREDICATE_TYPE {
        return Err("it is a statement about something else".to_owned());
    }
    let said: Predicate = json::part(statement.predicate.get().as_bytes()).map_err(read)?;
    let digest = text.digest.to_string();
    let is_subject = |subject: &Subject| subject.digest.get("sha256") == Some(&digest);
    if !matches!(statement.subject.as_slice(), [only] if is_subject(only)) {
        return Err("it is about another text".to_owned());
    }
    if said.role != text.role {
        return Err(format!("it is about {:?}", said.role));
    }
    Ok(())
}

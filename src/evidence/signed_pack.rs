//! Signed rule packs: who stands for the rules that a gate judges by.
//!
//! A pack's signature is a statement of its own beside the file: the subject is the text, by its
//! digest, and the predicate its name and version, so that an older pack cannot be passed off as a
//! newer one.

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
use crate::wire::rule_pack::{PREDICATE_TYPE, Predicate};
use crate::wire::statement::{PAYLOAD_TYPE, STATEMENT_TYPE, Statement, Subject};

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
    let statement = Statement {
        statement_type: STATEMENT_TYPE.to_owned(),
        subject: vec![Subject {
            name: pack.id.clone(),
            digest: BTreeMap::from([("sha256".to_owned(), pack.digest.to_string())]),
        }],
        predicate_type: PREDICATE_TYPE.to_owned(),
        predicate: Predicate { id: pack.id.clone(), version: pack.version.clone() },
    };
    let payload = json::canonical(&statement).map_err(EnvelopeError::Json)?;
    dsse::sign(PAYLOAD_TYPE, &payload, keys)
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
    let opened = dsse::open(envelope).map_err(|error| error.to_string())?;
    payload_type(&opened)?;
    let authentic = opened.verify(trust).map_err(|error| error.to_string())?;
    trust.valid(authentic.signers(), at, &Stamps::new())?;
    let read = |error: json::JsonError| format!("it is no statement about a rule pack: {error}");
    let statement: Statement<Box<RawValue>> =
        json::parse(authentic.payload(), Numbers::SafeIntegers).map_err(read)?;
    if statement.statement_type != STATEMENT_TYPE || statement.predicate_type != PREDICATE_TYPE {
        return Err("it is a statement about something else".to_owned());
    }
    let said: Predicate = json::part(statement.predicate.get().as_bytes()).map_err(read)?;
    let digest = pack.digest.to_string();
    let is_subject = |subject: &Subject| subject.digest.get("sha256") == Some(&digest);
    if !matches!(statement.subject.as_slice(), [only] if is_subject(only)) {
        return Err("it is about another text".to_owned());
    }
    if said.id != pack.id || said.version != pack.version {
        return Err(format!("it is about {:?} of version {:?}", said.id, said.version));
    }
    Ok(())
}

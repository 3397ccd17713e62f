//! Signatures beside texts: who stands for one, and for what it is said to be.
//!
//! A signature is a statement of its own: the subject is the text, by its digest, and the predicate
//! says what the text is, so that one kind of text is never taken for another.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::dsse::{self, EnvelopeError};
use super::json::{self, Numbers};
use super::keys::Signer;
use super::stamps::Stamps;
use super::trust::Trust;
use super::verify::payload_type;
use crate::model::Digest;
use crate::wire::statement::{PAYLOAD_TYPE, STATEMENT_TYPE, Statement, Subject};

/// A kind of text that is signed.
pub(super) struct Signed {
    /// The `predicateType` of its statements.
    pub(super) predicate_type: &'static str,
    /// What it is called in messages.
    pub(super) what: &'static str,
}

impl Signed {
    /// Signs what is said of a text of this name and digest.
    ///
    /// # Errors
    ///
    /// Keys that cannot sign.
    pub(super) fn sign<P: Serialize, K: Signer>(
        &self,
        (name, digest): (&str, Digest),
        predicate: P,
        keys: &[K],
    ) -> Result<Vec<u8>, EnvelopeError> {
        let statement = Statement {
            statement_type: STATEMENT_TYPE.to_owned(),
            subject: vec![Subject {
                name: name.to_owned(),
                digest: BTreeMap::from([("sha256".to_owned(), digest.to_string())]),
            }],
            predicate_type: self.predicate_type.to_owned(),
            predicate,
        };
        let payload = json::canonical(&statement).map_err(EnvelopeError::Json)?;
        dsse::sign(PAYLOAD_TYPE, &payload, keys)
    }

    /// What an envelope says of the text of this digest, signed by whom `trust` names.
    ///
    /// # Errors
    ///
    /// Why it is no signature of that text.
    pub(super) fn verify<P: DeserializeOwned>(
        &self,
        digest: Digest,
        envelope: &[u8],
        (trust, at): (&Trust, Timestamp),
    ) -> Result<P, String> {
        let opened = dsse::open(envelope).map_err(|error| error.to_string())?;
        payload_type(&opened)?;
        let authentic = opened.verify(trust).map_err(|error| error.to_string())?;
        trust.valid(authentic.signers(), at, &Stamps::default())?;
        let read =
            |error: json::JsonError| format!("it is no statement about {}: {error}", self.what);
        let statement: Statement<Box<RawValue>> =
            json::parse(authentic.payload(), Numbers::SafeIntegers).map_err(read)?;
        if statement.statement_type != STATEMENT_TYPE
            || statement.predicate_type != self.predicate_type
        {
            return Err("it is a statement about something else".to_owned());
        }
        let said = json::part(statement.predicate.get().as_bytes()).map_err(read)?;
        let digest = digest.to_string();
        let is_subject = |subject: &Subject| subject.digest.get("sha256") == Some(&digest);
        if !matches!(statement.subject.as_slice(), [only] if is_subject(only)) {
            return Err("it is about another text".to_owned());
        }
        Ok(said)
    }
}

//! The Sigstore bundle v0.3 around a DSSE envelope, verified with a key that is managed elsewhere.
//!
//! Shape and field names are those of `sigstore_bundle.proto` of sigstore/protobuf-specs. A bundle
//! holds exactly one signature. The envelope's `keyid` stays empty: readers in Go skip a signature
//! whose `keyid` is not their own spelling of it.

use serde::{Deserialize, Serialize};

use super::envelope::Envelope;
use super::object::object;

/// The media type of a bundle.
pub const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// Holds an envelope of one signature and what is needed to verify it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bundle {
    /// Always [`MEDIA_TYPE`].
    pub media_type: String,
    /// Which key.
    #[serde(deserialize_with = "object")]
    pub verification_material: Material,
    /// What was signed.
    #[serde(deserialize_with = "object")]
    pub dsse_envelope: Envelope,
}

/// Says what verifies the signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Material {
    /// The key, by a hint.
    #[serde(deserialize_with = "object")]
    pub public_key: Hint,
    /// Entries of a public log; always none.
    #[serde(default)]
    pub tlog_entries: [(); 0],
    /// Since when the signature exists, as others state it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp_verification_data: Option<Timestamps>,
}

/// Holds time stamps over the bytes of the signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timestamps {
    /// Answers of authorities (RFC 3161).
    #[serde(rename = "rfc3161Timestamps")]
    pub rfc3161: Vec<SignedTimestamp>,
}

/// Holds one time stamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedTimestamp {
    /// The answer as it came, DER in padded standard base64.
    pub signed_timestamp: String,
}

/// Hints at a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// SHA-256 of the key's SPKI, in padded standard base64.
    pub hint: String,
}

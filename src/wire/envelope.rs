//! The DSSE v1 envelope, the outermost document of everything signed.
//!
//! Shape and field names are those of the published specification
//! (<https://github.com/secure-systems-lab/dsse>, `envelope.md`). Unknown fields are ignored, as
//! it demands; an empty `keyid` may be left out.

use serde::{Deserialize, Serialize};

use super::object::objects;

/// Carries a payload and the signatures over it.
///
/// Nothing in it may be believed before the signatures are checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The signed bytes, in padded base64 of the standard or the URL-safe alphabet.
    pub payload: String,
    /// What the payload is; authenticated together with it.
    #[serde(rename = "payloadType")]
    pub payload_type: String,
    /// The signatures, each over the same bytes.
    #[serde(deserialize_with = "objects")]
    pub signatures: Vec<Signature>,
}

/// Carries one signature of an [`Envelope`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// A hint which key to try: lowercase hex SHA-256 of the key's SPKI. Not authenticated.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub keyid: String,
    /// The signature, in the same base64 as the payload.
    pub sig: String,
}

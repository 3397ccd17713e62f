//! The in-toto predicate that says only good things: Simple Verification Result v0.2.
//!
//! Shape and field names are those of `spec/predicates/svr.md` of in-toto/attestation at
//! 051624ce. It exists only for a pass, so a verifier that looks no further than signature and
//! type is not misled by a signed refusal. What it does not define stands in `driftseal`, as the
//! framework allows; a consumer may ignore that.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::object::{object, objects};

/// The `predicateType`.
pub const PREDICATE_TYPE: &str = "https://in-toto.io/attestation/svr/v0.2";
/// The `verifier.id` of a gate.
pub const VERIFIER: &str = "https://driftseal.dev/gate/v1";

/// Says which properties a verifier found to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Predicate {
    /// Who verified, by which policies.
    #[serde(deserialize_with = "object")]
    pub verifier: Verifier,
    /// When, RFC 3339 with `Z`.
    pub time_created: String,
    /// What holds; nothing that does not.
    pub properties: Vec<String>,
    /// What ties the result to one report and one switch.
    #[serde(deserialize_with = "object")]
    pub driftseal: Binding,
}

/// Names a verifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verifier {
    /// A URI, versioned with the meaning of its properties.
    pub id: String,
    /// What it judged by.
    #[serde(deserialize_with = "objects")]
    pub policies: Vec<Descriptor>,
}

/// Names one thing by its digests, as in-toto does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptor {
    /// Its name.
    pub name: String,
    /// Digests by algorithm, in lowercase hex.
    pub digest: BTreeMap<String, String>,
}

/// Ties a pass to its report and its switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Binding {
    /// SHA-256 of the payload of the signed report, in lowercase hex.
    pub report_sha256: String,
    /// SHA-256 of blue's snapshot, in lowercase hex; blue is never a subject.
    pub blue_digest: String,
    /// The time after which the pass may not be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<String>,
    /// The gate's challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The system it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The environment it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
}

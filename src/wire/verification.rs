//! `driftseal.verification/1`: what was checked of a signed report, and what was not.
//!
//! Readers ignore fields they do not know and refuse versions they do not know. Checks are listed
//! in the order in which they are made; later versions may list more.

use serde::{Deserialize, Serialize};

/// The `schema` of every verification of this version.
pub const SCHEMA: &str = "driftseal.verification/1";

/// What became of every check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// `verified`, `no-pass` or `broken`.
    pub conclusion: String,
    /// The exit code that says the same.
    pub exit: u8,
    /// The time everything was judged at, RFC 3339.
    pub at: String,
    /// Whether that time was given, instead of being now.
    pub at_was_given: bool,
    /// Every check, in the order of verification.
    pub checks: Vec<Check>,
    /// What the report says; null when it is `broken`. Only `verified` is one to switch by.
    pub report: Option<Report>,
}

/// What became of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its stable name.
    pub name: String,
    /// `ok`, `failed` or `not-checked`.
    pub outcome: String,
    /// Why it failed or was not made.
    pub reason: Option<String>,
}

/// What a verified report says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// SHA-256 of the signed payload: the report's name.
    pub id: String,
    /// Its verdict.
    pub verdict: String,
    /// Its exit code.
    pub exit: u8,
    /// When it was judged, as its signers say.
    pub evaluated_at: String,
    /// SHA-256 of green's snapshot.
    pub green: String,
    /// SHA-256 of blue's snapshot.
    pub blue: String,
    /// The pinned keys that have signed it and count.
    pub signers: Vec<String>,
    /// Since when their signatures exist, as trusted authorities state it.
    #[serde(default)]
    pub timestamps: Vec<Stamp>,
}

/// What a trusted authority states about a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The key that signed.
    pub signer: String,
    /// The signature existed then, RFC 3339.
    pub at: String,
    /// The trust policy's name for who states it.
    pub authority: String,
}

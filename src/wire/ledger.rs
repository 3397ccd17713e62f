//! What a log of reports holds, and what its writer keeps beside it.
//!
//! An entry is small and names what it is about by digest: a log is public to all who audit, a
//! report is not. Its fields are declared in the order of their names, so that the bytes are those
//! of RFC 8785 and anybody can write them again. Fields of later writers are passed over; what was
//! logged is the bytes, and those are never written again.

use serde::{Deserialize, Serialize};

/// The `v` of an [`Entry`].
pub const VERSION: u8 = 1;

/// The `kind` of an entry about a drift report.
pub const REPORT: &str = "report";

/// One entry of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// When it was logged, RFC 3339 with `Z`; never earlier than the entry before.
    pub at: String,
    /// The environment it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// When what it names was judged, RFC 3339 with `Z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluated_at: Option<String>,
    /// SHA-256 of green's snapshot, in lowercase hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub green: Option<String>,
    /// What it names: [`REPORT`], or another kind that readers show as it is.
    pub kind: String,
    /// The `predicateType` of the statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate_type: Option<String>,
    /// The ids of the trusted keys that had signed it, sorted.
    #[serde(default)]
    pub signers: Vec<String>,
    /// SHA-256 of the signed payload, in lowercase hex; never of signatures, which can be rewritten.
    pub statement_sha256: String,
    /// The system it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Always [`VERSION`].
    pub v: u8,
    /// The verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
}

/// The `schema` of a [`Verification`].
pub const VERIFICATION_SCHEMA: &str = "driftseal.log-verification/1";

/// What checking a log or a proof came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// Always [`VERIFICATION_SCHEMA`].
    pub schema: String,
    /// Whether no check failed.
    pub holds: bool,
    /// What was read, in the order of reading.
    pub facts: Vec<Fact>,
    /// Every check, made or not, in order.
    pub checks: Vec<Check>,
}

/// One thing that was read: `log`, `entries`, `root`, `cosigned by`, …
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is.
    pub name: String,
    /// What was read.
    pub value: String,
}

/// What became of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// `ok`, `failed` or `not checked`.
    pub outcome: String,
    /// Why it failed or was not made.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

//! The in-toto Statement v1 that is signed, and its drift report predicate v1.
//!
//! The statement's shape is that of the published framework
//! (<https://github.com/in-toto/attestation>, `spec/v1`); the predicate is ours. Numbers are
//! integers within ±(2^53-1), because readers that go through a double would change others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::object::{object, objects, optional_object};

/// The `payloadType` of the envelope around a statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// The `_type` of a statement.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// The `predicateType` of a drift report.
pub const PREDICATE_TYPE: &str = "https://driftseal.dev/drift-report/v1";
/// The `schema` of the report inside a predicate.
pub const REPORT_SCHEMA: &str = "driftseal.report/1";
/// The name of the only snapshot that is a subject: the candidate.
///
/// Blue is never a subject. Subjects are matched by digest alone, so a pass for a good green
/// would be found again for the bad blue beside it.
pub const GREEN_SUBJECT: &str = "green";
/// The name of the subject that is the list of evidence files.
pub const EVIDENCE_SUBJECT: &str = super::evidence::SUMS;

/// Binds a predicate to the things it is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Statement<P> {
    /// Always [`STATEMENT_TYPE`].
    #[serde(rename = "_type")]
    pub statement_type: String,
    /// What the predicate is about; one of them is named [`GREEN_SUBJECT`].
    #[serde(deserialize_with = "objects")]
    pub subject: Vec<Subject>,
    /// What the predicate says; [`PREDICATE_TYPE`] for a [`Predicate`].
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// The claim itself; raw bytes until its type is known.
    pub predicate: P,
}

/// Names one thing by its digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The role of the thing.
    pub name: String,
    /// Digests by algorithm, in lowercase hex; algorithms not known here are ignored.
    pub digest: BTreeMap<String, String>,
}

/// Says what an audit found and how it was run.
///
/// The first four fields repeat what the report says, flat, for policy engines that cannot look
/// deeper. A reader checks that they agree before it uses either.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Predicate {
    /// The report's verdict.
    pub verdict: Verdict,
    /// The report's exit code.
    pub exit: u8,
    /// SHA-256 of green's snapshot, in lowercase hex.
    pub green_digest: String,
    /// SHA-256 of blue's snapshot, in lowercase hex.
    pub blue_digest: String,
    /// The circumstances: input to a replay, never its output.
    #[serde(deserialize_with = "object")]
    pub run: Run,
    /// The report, byte for byte: the output of a replay.
    pub report: Box<RawValue>,
}

/// Says whether green may take the traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Everything was evaluated and nothing is open at or above the threshold.
    Pass,
    /// Findings are open at or above the threshold.
    Fail,
    /// Something could not be evaluated.
    Inconclusive,
}

/// Records when and from what an audit was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// The time everything was judged at, RFC 3339 with `Z`.
    pub evaluated_at: String,
    /// The time after which the report may not be used, RFC 3339 with `Z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<String>,
    /// The gate's challenge, which ties the report to one switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The system that is switched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The environment it is switched in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// What was read, in the order of reading.
    #[serde(default, deserialize_with = "objects")]
    pub collectors: Vec<Collector>,
    /// The history's head just before this report.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "optional_object"
    )]
    pub log_head: Option<LogHead>,
}

/// Records one source that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Collector {
    /// The side it was read for.
    pub side: Side,
    /// The kind of source: `dir`, `git`, `k8s`, …
    pub scheme: String,
    /// Where it was read, without credentials.
    pub locator: String,
    /// The immutable name the locator had then: a commit, an archive's digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The outside program and its version, when one was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
}

/// Names one of the two environments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The live environment.
    Blue,
    /// The candidate.
    Green,
}

/// Names a state of the append-only history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogHead {
    /// The history's name.
    pub origin: String,
    /// The number of its entries.
    pub size: u64,
    /// Its root hash, in padded standard base64.
    pub root: String,
}

/// The part of a report that its predicate repeats.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ReportHead {
    /// Always [`REPORT_SCHEMA`].
    pub schema: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The exit code that goes with it.
    pub exit: u8,
    /// The instant everything was judged at.
    #[serde(rename = "evaluatedAt")]
    pub evaluated_at: String,
    /// What was compared.
    #[serde(deserialize_with = "object")]
    pub inputs: ReportInputs,
}

/// The part of a report's `inputs` that its predicate repeats.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ReportInputs {
    /// The live environment's snapshot.
    #[serde(deserialize_with = "object")]
    pub blue: ReportInput,
    /// The candidate's snapshot.
    #[serde(deserialize_with = "object")]
    pub green: ReportInput,
}

/// The part of one of a report's `inputs` that its predicate repeats.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ReportInput {
    /// Digests of the snapshot by algorithm, in lowercase hex; `sha256` is the one that is bound.
    pub digest: BTreeMap<String, String>,
}

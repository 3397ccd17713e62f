//! What else can be said of a report for readers who know other predicates than ours: a SLSA
//! verification summary, an in-toto test result, the signature of an OSCAL document.
//!
//! Shapes and field names are those of slsa.dev (`verification_summary/v1`), of in-toto/attestation
//! (`spec/predicates/test-result.md`) and of compliance-trestle 5.2 (`trestle sign`).

use serde::{Deserialize, Serialize};

use super::svr::Descriptor;

/// The `predicateType` of a [`VerificationSummary`].
pub const SUMMARY_TYPE: &str = "https://slsa.dev/verification_summary/v1";
/// The `predicateType` of a [`TestResult`].
pub const TEST_RESULT_TYPE: &str = "https://in-toto.io/attestation/test-result/v0.1";
/// The `predicateType` of an [`OscalSignature`].
pub const OSCAL_TYPE: &str =
    "https://oscal-compass.github.io/compliance-trestle/predicates/oscal-signing/v1";

/// Says that somebody verified something by a policy. It can say `FAILED`: readers must look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerificationSummary {
    /// Who verified.
    pub verifier: VerifierId,
    /// When.
    pub time_verified: String,
    /// What, and where it is switched: against confusion of environments.
    pub resource_uri: String,
    /// By what.
    pub policy: Descriptor,
    /// From what: the signed report, by the digest of its payload.
    pub input_attestations: Vec<Descriptor>,
    /// `PASSED` or `FAILED`.
    pub verification_result: String,
    /// What holds; `FAILED` alone where it failed.
    pub verified_levels: Vec<String>,
}

/// Names a verifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifierId {
    /// Its address.
    pub id: String,
}

/// Says how a set of tests came out: the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestResult {
    /// `PASSED`, `WARNED` or `FAILED`.
    pub result: String,
    /// What the tests were configured by.
    pub configuration: Vec<Descriptor>,
    /// Rules that passed wherever they were evaluated.
    pub passed_tests: Vec<String>,
    /// Rules with findings that do not block, or that could not be decided.
    pub warned_tests: Vec<String>,
    /// Rules with findings that block, and why a run was not whole.
    pub failed_tests: Vec<String>,
}

/// Says how the digest of an OSCAL document was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OscalSignature {
    /// Always `RFC8785`.
    pub canonicalization: String,
    /// Always `sha256`.
    pub digest_algorithm: String,
    /// Always `canonical-json`.
    pub digest_source: String,
    /// Who signed.
    pub tool: String,
}

//! A verified report, said again in predicates that others know.
//!
//! Each is made from a report that was verified, never beside one: none says more than it does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::dsse;
use super::json;
use super::keys::Signer;
use super::pass::{policies, properties};
use super::seal::SealError;
use super::statement::{self, Statement};
use super::verify::Verified;
use crate::model::Digest;
use crate::wire::report::{Report, State, read};
use crate::wire::statement::{self as wire, PAYLOAD_TYPE, STATEMENT_TYPE, Subject, Verdict};
use crate::wire::summaries::{
    OSCAL_TYPE, OscalSignature, SUMMARY_TYPE, TEST_RESULT_TYPE, TestResult, VerificationSummary,
    VerifierId,
};
use crate::wire::svr::{Descriptor, VERIFIER};

/// Signs a SLSA verification summary of a report.
///
/// # Errors
///
/// A report that cannot be read, or keys that cannot sign.
pub fn summary<K: Signer>(
    verified: &Verified<Statement>,
    keys: &[K],
) -> Result<Vec<u8>, SealError> {
    let statement = verified.get();
    let report = report(statement)?;
    let run = &statement.run;
    let is_pass = statement.verdict == Verdict::Pass && statement.exit == 0;
    let named = |name: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!("&{name}={}", encoded(value))).unwrap_or_default()
    };
    let digest = |name: &str, hex: String| Descriptor {
        name: name.to_owned(),
        digest: BTreeMap::from([("sha256".to_owned(), hex)]),
    };
    let predicate = VerificationSummary {
        verifier: VerifierId { id: VERIFIER.to_owned() },
        time_verified: run.evaluated_at.to_string(),
        resource_uri: format!(
            "driftseal:switch?green=sha256:{}{}{}",
            statement.subjects.green,
            named("system", &run.system),
            named("environment", &run.environment)
        ),
        policy: digest("driftseal.toml", report.inputs.policy.sha256.clone()),
        input_attestations: vec![digest("drift-report", statement.id.to_string())],
        verification_result: if is_pass { "PASSED" } else { "FAILED" }.to_owned(),
        verified_levels: if is_pass {
            properties(&report).map(str::to_owned).collect()
        } else {
            vec!["FAILED".to_owned()]
        },
    };
    signed(statement::subjects_to_wire(&statement.subjects), SUMMARY_TYPE, predicate, keys)
}

/// Signs an in-toto test result: each rule is a test.
///
/// # Errors
///
/// As [`summary`].
pub fn test_result<K: Signer>(
    verified: &Verified<Statement>,
    keys: &[K],
) -> Result<Vec<u8>, SealError> {
    let statement = verified.get();
    let report = report(statement)?;
    let rules = |blocking: bool| -> BTreeSet<&str> {
        let findings = report.findings.iter().filter(|finding| finding.state != State::Resolved);
        let of = findings.filter(|finding| finding.blocks(report.threshold) == blocking);
        of.map(|finding| finding.rule.as_str()).collect()
    };
    let (blocking, told) = (rules(true), rules(false));
    let undecided = report.rules.iter().filter(|rule| rule.unknown > 0);
    let mut warned: BTreeSet<&str> = undecided.map(|rule| rule.rule.as_str()).collect();
    warned.extend(told.difference(&blocking));
    let mut failed: BTreeSet<String> = blocking.iter().map(|rule| (*rule).to_owned()).collect();
    if statement.verdict == Verdict::Inconclusive {
        failed.insert("driftseal/everything-was-evaluated".to_owned());
    }
    let passed = report.rules.iter().filter(|rule| rule.passed > 0).map(|rule| &rule.rule);
    let is_clean = |rule: &&String| !warned.contains(rule.as_str()) && !failed.contains(*rule);
    let predicate = TestResult {
        // What was not evaluated is never a pass, and there is no fourth word.
        result: match statement.verdict {
            Verdict::Pass if warned.is_empty() => "PASSED",
            Verdict::Pass => "WARNED",
            Verdict::Fail | Verdict::Inconclusive => "FAILED",
        }
        .to_owned(),
        configuration: policies(&report),
        passed_tests: passed.filter(is_clean).cloned().collect(),
        warned_tests: warned
            .iter()
            .filter(|rule| !failed.contains(**rule))
            .map(|rule| (*rule).to_owned())
            .collect(),
        failed_tests: failed.into_iter().collect(),
    };
    signed(statement::subjects_to_wire(&statement.subjects), TEST_RESULT_TYPE, predicate, keys)
}

/// Signs an OSCAL document as `trestle sign` does; its bytes must be canonical (RFC 8785).
///
/// # Errors
///
/// Keys that cannot sign.
pub fn oscal_signature<K: Signer>(
    file: &str,
    document: &[u8],
    keys: &[K],
) -> Result<Vec<u8>, SealError> {
    let digest = BTreeMap::from([("sha256".to_owned(), Digest::of(document).to_string())]);
    let subject = vec![Subject { name: file.to_owned(), digest }];
    let predicate = OscalSignature {
        canonicalization: "RFC8785".to_owned(),
        digest_algorithm: "sha256".to_owned(),
        digest_source: "canonical-json".to_owned(),
        tool: env!("CARGO_PKG_NAME").to_owned(),
    };
    signed(subject, OSCAL_TYPE, predicate, keys)
}

fn signed<P: serde::Serialize, K: Signer>(
    subject: Vec<Subject>,
    predicate_type: &str,
    predicate: P,
    keys: &[K],
) -> Result<Vec<u8>, SealError> {
    let document = wire::Statement {
        statement_type: STATEMENT_TYPE.to_owned(),
        subject,
        predicate_type: predicate_type.to_owned(),
        predicate,
    };
    let payload = json::canonical(&document)
        .map_err(|error| SealError::Unreadable { reason: error.to_string() })?;
    dsse::sign(PAYLOAD_TYPE, &payload, keys).map_err(SealError::Envelope)
}

fn report(statement: &Statement) -> Result<Report, SealError> {
    read(statement.report().as_bytes())
        .map_err(|error| SealError::Unreadable { reason: error.to_string() })
}

/// A text as a part of an address.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Formatting into a text does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

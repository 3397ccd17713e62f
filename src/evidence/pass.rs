//! The attestation that exists only for a pass.
//!
//! Stock verifiers check a signature and a type, not a verdict. For them a pass must be a document
//! of its own, and every other verdict the absence of one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::dsse;
use super::json::{self, JsonError, Numbers};
use super::keys::Signer;
use super::seal::SealError;
use super::stamps::stamped;
use super::statement::{self, Statement};
use super::trust::Trust;
use super::verify::{Verified, payload_type};
use crate::wire::report::{Report, read};
use crate::wire::statement::{self as wire, PAYLOAD_TYPE, STATEMENT_TYPE, Verdict};
use crate::wire::svr::{Binding, Descriptor, PREDICATE_TYPE, Predicate, VERIFIER, Verifier};

/// Signs a pass for a report that was verified; `None` for every verdict but pass.
///
/// The properties are derived from the report itself; one that does not hold is left out.
///
/// # Errors
///
/// A report that cannot be read, or keys that cannot sign.
pub fn attest_pass<K: Signer>(
    verified: &Verified<Statement>,
    keys: &[K],
) -> Result<Option<Vec<u8>>, SealError> {
    let statement = verified.get();
    if statement.verdict != Verdict::Pass || statement.exit != 0 {
        return Ok(None);
    }
    let report = read(statement.report().as_bytes())
        .map_err(|error| SealError::Unreadable { reason: error.to_string() })?;
    let run = &statement.run;
    let predicate = Predicate {
        verifier: Verifier { id: VERIFIER.to_owned(), policies: policies(&report) },
        time_created: run.evaluated_at.to_string(),
        properties: properties(&report).map(str::to_owned).collect(),
        driftseal: Binding {
            report_sha256: statement.id.to_string(),
            blue_digest: statement.subjects.blue.to_string(),
            not_after: run.not_after.as_ref().map(ToString::to_string),
            nonce: run.nonce.clone(),
            system: run.system.clone(),
            environment: run.environment.clone(),
        },
    };
    let document = crate::wire::statement::Statement {
        statement_type: STATEMENT_TYPE.to_owned(),
        subject: statement::subjects_to_wire(&statement.subjects),
        predicate_type: PREDICATE_TYPE.to_owned(),
        predicate,
    };
    let payload = json::canonical(&document)
        .map_err(|error| SealError::Unreadable { reason: error.to_string() })?;
    dsse::sign(PAYLOAD_TYPE, &payload, keys).map(Some).map_err(SealError::Envelope)
}

/// Whether an envelope attests a pass for exactly this report, signed by any of the keys that may.
///
/// The report itself is signed by as many as are demanded; a countersignature on it need not be on
/// the pass as well. `tokens` are time stamps over its signatures.
///
/// # Errors
///
/// Why it does not.
pub fn check_pass(
    envelope: &[u8],
    trust: &Trust,
    at: Timestamp,
    tokens: &[Vec<u8>],
    report: &Statement,
) -> Result<(), String> {
    let opened = dsse::open(envelope).map_err(|error| error.to_string())?;
    payload_type(&opened)?;
    let trust = trust.any();
    let authentic = opened.verify(&trust).map_err(|error| error.to_string())?;
    let (_, stamps) = stamped(tokens, &authentic, &trust, at);
    trust.valid(authentic.signers(), at, &stamps)?;
    let unreadable = |error: JsonError| format!("it is no attestation of a pass: {error}");
    let read: wire::Statement<Box<RawValue>> =
        json::parse(authentic.payload(), Numbers::SafeIntegers).map_err(unreadable)?;
    if read.statement_type != STATEMENT_TYPE || read.predicate_type != PREDICATE_TYPE {
        return Err("it is another attestation".to_owned());
    }
    let pass: Predicate = json::part(read.predicate.get().as_bytes()).map_err(unreadable)?;
    let binding = &pass.driftseal;
    let is_of_it = binding.report_sha256 == report.id.to_string()
        && binding.blue_digest == report.subjects.blue.to_string()
        && read.subject == statement::subjects_to_wire(&report.subjects);
    if !is_of_it {
        return Err("it is the pass of another report".to_owned());
    }
    if report.verdict != Verdict::Pass {
        return Err("the report is no pass".to_owned());
    }
    Ok(())
}

/// What the gate judged by: the configuration, what decides besides, and every rule pack.
pub(super) fn policies(report: &Report) -> Vec<Descriptor> {
    let descriptor = |name: String, hex: &str| Descriptor {
        name,
        digest: BTreeMap::from([("sha256".to_owned(), hex.to_owned())]),
    };
    let packs = report
        .packs
        .iter()
        .map(|pack| descriptor(format!("pack:{}@{}", pack.id, pack.version), &pack.digest.sha256));
    let policy = descriptor("driftseal.toml".to_owned(), &report.inputs.policy.sha256);
    let texts = report.gate.iter().flat_map(|gate| &gate.texts);
    let texts =
        texts.map(|text| descriptor(format!("{}:{}", text.role, text.name), &text.digest.sha256));
    std::iter::once(policy).chain(texts).chain(packs).collect()
}

/// What the report shows to hold.
pub(super) fn properties(report: &Report) -> impl Iterator<Item = &'static str> {
    let unexplained = report.summary.changes.iter().any(|one| one.kind == "unexplained");
    let green = &report.trace.summary.green;
    let all_arrive = green.dark == 0 && green.broken == 0 && green.unresolved == 0;
    [
        ("DRIFTSEAL_GATE_PASS", true),
        ("DRIFTSEAL_NO_UNEXPLAINED_DRIFT", !unexplained),
        ("DRIFTSEAL_NOTHING_UNEVALUATED", report.gaps.is_empty()),
        ("DRIFTSEAL_TRACE_PATHS_COMPLETE", all_arrive && green.backend > 0),
    ]
    .into_iter()
    .filter_map(|(property, holds)| holds.then_some(property))
}

//! Comparing a signed report with one that was derived again from its evidence.

use std::collections::BTreeMap;

use super::dsse;
use super::json;
use super::statement::{self, StatementError};
use super::verify::payload_type;
use crate::model::Digest;
use crate::wire::report::{Finding, Gap, Report};

/// The most differences that are told.
pub const DIFFERENCES_MAX: usize = 100;

/// What an envelope says, believed by nobody: enough to compare it with what is derived again, and
/// never to decide anything by it.
#[derive(Debug)]
pub struct Claimed {
    report: String,
    evidence: Option<Digest>,
}

impl Claimed {
    /// Reads what an envelope claims, without looking at its signatures.
    ///
    /// # Errors
    ///
    /// Why it cannot be read.
    pub fn read(envelope: &[u8]) -> Result<Self, String> {
        let opened = dsse::open(envelope).map_err(|error| error.to_string())?;
        payload_type(&opened)?;
        let told = |error: StatementError| error.to_string();
        let read = statement::read(opened.unbelieved()).map_err(told)?;
        let (predicate, _) = statement::predicate(&read).map_err(told)?;
        let evidence = statement::subject(&read.subject, &predicate).map_err(told)?;
        Ok(Self { report: predicate.report.get().to_owned(), evidence })
    }

    /// Returns the list of evidence files that it names.
    pub const fn evidence(&self) -> Option<Digest> {
        self.evidence
    }

    /// Returns the report that it carries, byte for byte.
    pub fn report(&self) -> &str {
        &self.report
    }
}

/// Compares two reports by what they come to, whatever made them; returns what differs.
///
/// # Errors
///
/// A report that cannot be read.
pub fn compare(signed: &str, derived: &str) -> Result<Vec<String>, String> {
    let read =
        |text: &str| crate::wire::report::read(text.as_bytes()).map_err(|error| error.to_string());
    let (signed, derived) = (read(signed)?, read(derived)?);
    let mut differences = Vec::new();
    differ("the verdict", signed.verdict.name(), derived.verdict.name(), &mut differences);
    for (side, digests) in [
        ("blue", (&signed.inputs.blue.digest.sha256, &derived.inputs.blue.digest.sha256)),
        ("green", (&signed.inputs.green.digest.sha256, &derived.inputs.green.digest.sha256)),
    ] {
        differ(&format!("the snapshot of {side}"), digests.0, digests.1, &mut differences);
    }
    lists("finding", &findings(&signed), &findings(&derived), &mut differences);
    lists("gap", &gaps(&signed), &gaps(&derived), &mut differences);
    let left_out = differences.len().saturating_sub(DIFFERENCES_MAX);
    differences.truncate(DIFFERENCES_MAX);
    if left_out > 0 {
        differences.push(format!("{left_out} more differences"));
    }
    Ok(differences)
}

/// Says where two texts part, in bytes, for reports that should be equal and are not.
pub fn first_difference(signed: &str, derived: &str) -> Option<usize> {
    let at = signed.bytes().zip(derived.bytes()).position(|(a, b)| a != b);
    at.or_else(|| (signed.len() != derived.len()).then_some(signed.len().min(derived.len())))
}

/// Writes a report as it is signed.
///
/// # Errors
///
/// A report that cannot be signed.
pub fn canonical_text(report: &Report) -> Result<String, String> {
    let bytes = json::canonical(report).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// Each finding by its name, with what decides about it.
fn findings(report: &Report) -> BTreeMap<String, String> {
    let told = |finding: &Finding| {
        let Finding { fingerprint, rule, severity, state, disposition, .. } = finding;
        let said = format!(
            "{rule} {} {} {} at {}{}",
            severity.name(),
            state.name(),
            disposition.name(),
            finding.resource,
            finding.path
        );
        (fingerprint.clone(), said)
    };
    report.findings.iter().map(told).collect()
}

fn gaps(report: &Report) -> BTreeMap<String, String> {
    let told = |gap: &Gap| {
        let line = gap.line.map_or_else(String::new, |line| format!(":{line}"));
        let place = format!("{} {}{line} {}", gap.side.name(), gap.file, gap.reason);
        let accepted = if gap.accepted { "accepted" } else { "open" };
        (place, accepted.to_owned())
    };
    report.gaps.iter().map(told).collect()
}

fn differ(what: &str, signed: &str, derived: &str, out: &mut Vec<String>) {
    if signed != derived {
        out.push(format!("{what} is {signed} in the signed report, {derived} in the derived one"));
    }
}

fn lists(
    what: &str,
    signed: &BTreeMap<String, String>,
    derived: &BTreeMap<String, String>,
    out: &mut Vec<String>,
) {
    for (name, said) in signed {
        match derived.get(name) {
            None => out.push(format!("only in the signed report: {what} {name}: {said}")),
            Some(other) => differ(&format!("{what} {name}"), said, other, out),
        }
    }
    let only = derived.iter().filter(|(name, _)| !signed.contains_key(*name));
    out.extend(
        only.map(|(name, said)| format!("only in the derived report: {what} {name}: {said}")),
    );
}

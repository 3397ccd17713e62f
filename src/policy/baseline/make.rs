//! Making a baseline, and making it smaller. Nothing makes one larger.

use std::fmt;

use super::{Baseline, SEVERITY_OPEN_MIN, compare};
use crate::model::Digest;
use crate::wire::baseline::{Entry, Header, SCHEMA};
use crate::wire::report::{Digests, Disposition, Finding, Pair, Report, Severity, State};

/// Why no baseline is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MakeError {
    /// Nobody answers for it, or nothing says why.
    Unowned,
    /// Not everything was evaluated: what was not found may be there all the same.
    Partial,
    /// The report was made by other means.
    Incomparable(Vec<String>),
    /// It could not be written.
    Unwritten,
}

impl fmt::Display for MakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unowned => f.write_str("a baseline takes somebody who answers for it, and a reason"),
            Self::Partial => f.write_str(
                "not everything was evaluated in this report, so what it does not find may be there all \
                 the same: nothing is pruned by it",
            ),
            Self::Incomparable(why) => {
                write!(f, "the report cannot be compared with the baseline: {}", why.join("; "))
            }
            Self::Unwritten => f.write_str("the baseline could not be written"),
        }
    }
}

impl std::error::Error for MakeError {}

/// The findings of a report that are there in green and that no waiver accepts.
pub(super) fn debts(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|finding| {
        finding.state != State::Resolved && finding.disposition != Disposition::Waived
    })
}

/// Makes a baseline of a report: its open findings, those excepted that are never known debt. Returns
/// the text and how many were left out.
///
/// # Errors
/// See [`MakeError`].
pub fn create(report: &Report, owner: &str, reason: &str) -> Result<(String, u64), MakeError> {
    if owner.trim().is_empty() || reason.trim().is_empty() {
        return Err(MakeError::Unowned);
    }
    let (mut entries, mut critical) = (Vec::new(), 0_u64);
    for finding in debts(report) {
        if finding.severity >= Severity::from(SEVERITY_OPEN_MIN) {
            critical = critical.saturating_add(1);
            continue;
        }
        entries.push(Entry {
            fingerprint: finding.fingerprint.clone(),
            instance: finding.instance.clone(),
            rule: finding.rule.clone(),
            severity: finding.severity,
            resource: finding.resource.clone(),
            path: finding.path.clone(),
            first_seen: report.evaluated_at.clone(),
        });
    }
    let header = Header {
        schema: SCHEMA.to_owned(),
        created_at: report.evaluated_at.clone(),
        owner: owner.to_owned(),
        reason: reason.to_owned(),
        engine: report.engine.clone(),
        colours: Pair {
            blue: report.inputs.blue.colour.clone(),
            green: report.inputs.green.colour.clone(),
        },
        packs: report.packs.clone(),
        findings: 0,
        digest: Digests { sha256: String::new() },
        previous: None,
    };
    Ok((written(header, entries)?, critical))
}

/// Drops what a report does not find any more. Returns the text and how many findings went.
///
/// # Errors
/// See [`MakeError`].
pub fn prune(baseline: &Baseline, report: &Report) -> Result<(String, u64), MakeError> {
    if report.gaps.iter().any(|gap| !gap.accepted) {
        return Err(MakeError::Partial);
    }
    let incomparable = compare(baseline, report).incomparable;
    if !incomparable.is_empty() {
        return Err(MakeError::Incomparable(incomparable));
    }
    // A waived finding is there all the same.
    let there = |name: &str| {
        let mut findings = report.findings.iter();
        findings.any(|one| one.state != State::Resolved && one.fingerprint == name)
    };
    let kept: Vec<Entry> =
        baseline.entries.values().filter(|entry| there(&entry.fingerprint)).cloned().collect();
    let gone = baseline.entries.len().saturating_sub(kept.len()) as u64;
    let previous = Some(Digests { sha256: baseline.digest.to_string() });
    let header = Header { previous, ..baseline.header.clone() };
    Ok((written(header, kept)?, gone))
}

/// The findings that one baseline holds and an earlier one does not, or not with these values.
pub fn grown(earlier: &Baseline, later: &Baseline) -> Vec<String> {
    let is_new = |entry: &&Entry| earlier.entries.get(&entry.fingerprint) != Some(*entry);
    later.entries.values().filter(is_new).map(|entry| entry.fingerprint.clone()).collect()
}

fn written(mut header: Header, mut entries: Vec<Entry>) -> Result<String, MakeError> {
    entries.sort_by(|a, b| a.fingerprint.cmp(&b.fingerprint));
    let mut lines = String::new();
    for entry in &entries {
        lines.push_str(&serde_json::to_string(entry).map_err(|_| MakeError::Unwritten)?);
        lines.push('\n');
    }
    header.findings = entries.len() as u64;
    header.digest = Digests { sha256: Digest::of(lines.as_bytes()).to_string() };
    let first = serde_json::to_string(&header).map_err(|_| MakeError::Unwritten)?;
    Ok(format!("{first}\n{lines}"))
}

//! Which waivers are in force, and what they accept: the only place that looks at when one ends.

use super::Waiver;
use crate::model::{
    Decision, DecisionKind, Disposition, Finding, Fingerprint, Hygiene, RuleId, Severity, State,
    Timestamp, WaiverMark, WaiverRecord, WaiverStatus,
};
use crate::policy::gate::Waiving;

/// How long before its end a waiver is told to end.
const NOTICE_SECONDS: i64 = 14 * 86_400;

/// What waivers are heard by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hearing<'a> {
    /// The instant everything is judged at.
    pub(crate) now: Timestamp,
    /// Who may waive what.
    pub(crate) waiving: &'a Waiving,
    /// Whether something was not evaluated, so that what was not found may be there all the same.
    pub(crate) is_partial: bool,
}

/// What became of every waiver.
#[derive(Debug, Default)]
pub(crate) struct Evaluated {
    pub(crate) records: Vec<WaiverRecord>,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) hygiene: Vec<Hygiene>,
}

/// Evaluates waivers and marks the findings they speak of. A finding is waived by a waiver that was
/// approved, has not ended, and names its rule, its resource, its place and its values.
pub(crate) fn evaluate(
    waivers: &[Waiver],
    hearing: Hearing<'_>,
    findings: &mut [Finding],
) -> Evaluated {
    if waivers.is_empty() {
        return Evaluated::default();
    }
    let names = Fingerprint::of_findings(findings);
    let mut out = Evaluated::default();
    for waiver in waivers {
        let mut status = None;
        let mut uses = 0_u64;
        for (finding, named) in findings.iter_mut().zip(&names) {
            let Some(said) = says(waiver, hearing, finding, named) else { continue };
            status = status.max(Some(weight(said)));
            mark(waiver, said, finding);
            if said == WaiverStatus::Active {
                uses = uses.saturating_add(1);
            }
        }
        let status = status.map_or_else(|| idle(waiver, hearing), |(_, status)| status);
        out.hygiene.extend(note(waiver, status, hearing));
        out.decisions.push(decision(waiver, uses));
        out.records.push(record(waiver, status));
    }
    out
}

/// A status with what it weighs: of several findings, the one that matters most tells.
const fn weight(status: WaiverStatus) -> (u8, WaiverStatus) {
    let weight = match status {
        WaiverStatus::Unused => 0,
        WaiverStatus::NotAssessed => 1,
        WaiverStatus::NotYetValid => 2,
        WaiverStatus::ValueChanged => 3,
        WaiverStatus::Insufficient => 4,
        WaiverStatus::Expired => 5,
        WaiverStatus::Active => 6,
    };
    (weight, status)
}

impl Waiver {
    /// Why it does not hold at a time, apart from what it is about; nothing where it does. The last
    /// second is part of it.
    pub fn held_at(&self, now: Timestamp) -> Option<WaiverStatus> {
        if now > self.lapses_at {
            Some(WaiverStatus::Expired)
        } else if now < self.approved_at {
            Some(WaiverStatus::NotYetValid)
        } else {
            None
        }
    }
}

/// What it says about a finding; nothing where it is about another.
fn says(
    waiver: &Waiver,
    hearing: Hearing<'_>,
    finding: &Finding,
    named: &Fingerprint,
) -> Option<WaiverStatus> {
    let is_about = waiver.rule == finding.rule.0
        && waiver.subject == finding.at.resource.0
        && finding.state != State::Resolved
        && waiver.path == finding.at.path.to_string();
    if !is_about {
        return None;
    }
    let is_it = waiver.instance == named.instance
        && waiver.fingerprint.as_ref().is_none_or(|name| *name == named.name);
    let status = match waiver.held_at(hearing.now) {
        Some(_) if !is_it => return None,
        Some(status) => status,
        None if !is_it => WaiverStatus::ValueChanged,
        None if waiver.lacks(finding.severity, hearing.waiving).is_some() => {
            WaiverStatus::Insufficient
        }
        None => WaiverStatus::Active,
    };
    Some(status)
}

/// The status of a waiver that no finding is about.
fn idle(waiver: &Waiver, hearing: Hearing<'_>) -> WaiverStatus {
    waiver.held_at(hearing.now).unwrap_or(if hearing.is_partial {
        WaiverStatus::NotAssessed
    } else {
        WaiverStatus::Unused
    })
}

fn mark(waiver: &Waiver, status: WaiverStatus, finding: &mut Finding) {
    let known = finding.decided.waiver.as_ref().map(|mark| weight(mark.status));
    if known < Some(weight(status)) {
        finding.decided.waiver = Some(Box::new(marked(waiver, status)));
    }
    if status == WaiverStatus::Active && finding.disposition == Disposition::Open {
        finding.disposition = Disposition::Waived;
    }
}

fn marked(waiver: &Waiver, status: WaiverStatus) -> WaiverMark {
    WaiverMark {
        id: waiver.id.clone(),
        status,
        reason: waiver.reason.clone(),
        ticket: waiver.ticket.clone(),
        requested_by: waiver.requested_by.clone(),
        approved_by: waiver.approved_by.clone(),
        until: waiver.until(),
    }
}

fn record(waiver: &Waiver, status: WaiverStatus) -> WaiverRecord {
    WaiverRecord {
        mark: marked(waiver, status),
        rule: waiver.rule.clone(),
        subject: waiver.subject.clone(),
        path: waiver.path.clone(),
        instance: waiver.instance.clone(),
        approved_at: waiver.approved_at.to_string(),
        risk: waiver.risk.clone(),
        compensating_controls: waiver.compensating_controls.clone(),
        controls: waiver.controls.clone(),
    }
}

fn decision(waiver: &Waiver, uses: u64) -> Decision {
    Decision {
        kind: DecisionKind::Waiver,
        id: waiver.id.clone(),
        reason: waiver.reason.clone(),
        owner: waiver.approved_by.join(", "),
        ticket: waiver.ticket.clone(),
        until: waiver.until(),
        uses,
    }
}

/// What is wrong with it, or will be soon.
fn note(waiver: &Waiver, status: WaiverStatus, hearing: Hearing<'_>) -> Option<Hygiene> {
    let (id, until, people) = (&waiver.id, waiver.until(), waiver.approved_by.join(", "));
    let ticket = waiver.ticket.as_ref().map_or_else(String::new, |ticket| format!(" ({ticket})"));
    let left = waiver.lapses_at.unix_seconds().saturating_sub(hearing.now.unix_seconds());
    let (rule, severity, message) = match status {
        WaiverStatus::Active if left <= NOTICE_SECONDS => (
            "waiver-expiring",
            Severity::Info,
            format!("ends at {until}: fix what it accepts, or have it renewed before"),
        ),
        WaiverStatus::Active if waiver.review_by.is_some_and(|day| hearing.now > day) => (
            "waiver-review-due",
            Severity::Low,
            "was to be looked at again before this audit: review it".to_owned(),
        ),
        WaiverStatus::Active => return None,
        WaiverStatus::Unused => {
            ("waiver-unused", Severity::Low, "accepts nothing that was found: remove it".to_owned())
        }
        WaiverStatus::NotAssessed => (
            "waiver-not-assessed",
            Severity::Info,
            "accepts nothing that was found, and not everything was evaluated".to_owned(),
        ),
        WaiverStatus::ValueChanged => (
            "waiver-value-changed",
            Severity::Medium,
            "accepts other values than its subject has now, and waives nothing: review it"
                .to_owned(),
        ),
        WaiverStatus::Insufficient => (
            "waiver-insufficient",
            Severity::Medium,
            "waives nothing: the finding is graver than its end or its approvals are enough for"
                .to_owned(),
        ),
        WaiverStatus::NotYetValid => (
            "waiver-not-yet-valid",
            Severity::Low,
            format!(
                "was approved at {}, later than this audit: it waives nothing",
                waiver.approved_at
            ),
        ),
        WaiverStatus::Expired => (
            "waiver-expired",
            Severity::Medium,
            format!(
                "waived until {until}, approved by {people}{ticket}: it waives nothing any more"
            ),
        ),
    };
    let message = format!("waiver `{id}` {message}");
    Some(Hygiene { rule: RuleId(rule.to_owned()), severity, subject: id.clone(), message })
}

//! The policy of the gate in effect, and what it decided: waivers and the baseline.

use serde::{Deserialize, Serialize};

use super::{Action, Digests, Severity};
use crate::model;

/// The policy of the gate in effect, and what it came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gate {
    /// The name the organisation gave it.
    pub profile: Option<String>,
    /// When it was asked: `pre-switch`, `post-switch` or `scheduled`; later versions may know more.
    pub phase: String,
    /// How many findings of each severity pass.
    pub budget: Budget,
    /// How many counted.
    pub counted: Budget,
    /// What findings of each kind of rule do.
    pub kinds: Vec<KindAction>,
    /// States of findings, and of records of the policy, that fail the gate besides.
    pub blocking_states: Vec<String>,
    /// Kinds of evidence that are required.
    pub evidence: Vec<RequiredEvidence>,
    /// The greatest age of a snapshot.
    pub snapshot_age_seconds_max: Option<u64>,
    /// Whether waivers were looked at.
    pub waivers_applied: bool,
    /// Every text that decided besides the configuration.
    pub texts: Vec<PolicyText>,
}

/// A number for each severity; null for no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Of critical findings.
    pub critical: Option<u64>,
    /// Of high ones.
    pub high: Option<u64>,
    /// Of medium ones.
    pub medium: Option<u64>,
    /// Of low ones.
    pub low: Option<u64>,
    /// Of informational ones.
    pub info: Option<u64>,
}

impl Budget {
    /// Every severity with its number, worst first.
    pub const fn rows(&self) -> [(Severity, Option<u64>); 5] {
        [
            (Severity::Critical, self.critical),
            (Severity::High, self.high),
            (Severity::Medium, self.medium),
            (Severity::Low, self.low),
            (Severity::Info, self.info),
        ]
    }
}

/// What findings of one kind of rule do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindAction {
    /// The kind.
    pub kind: String,
    /// What they do.
    pub action: Action,
}

/// A kind of evidence that is required.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequiredEvidence {
    /// The kind.
    pub kind: String,
    /// Whether there is some that is bound to this green and fresh.
    pub present: bool,
}

/// A text that decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyText {
    /// What it is: `gate`, `waivers` or `baseline`.
    pub role: String,
    /// The name of its file, without folders.
    pub name: String,
    /// Its digest.
    pub digest: Digests,
}

/// That the policy gave a finding another severity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// The severity it has by its rule.
    pub from: Severity,
    /// Why.
    pub reason: String,
    /// Who stands for it.
    pub approver: Option<String>,
    /// Its last second.
    pub until: Option<String>,
}

/// A waiver as a finding repeats it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WaiverMark {
    /// Its name.
    pub id: String,
    /// What became of it; only an `active` one waives.
    pub status: String,
    /// Why.
    pub reason: String,
    /// The change record.
    pub ticket: Option<String>,
    /// Who asked for it.
    pub requested_by: String,
    /// Who approved it.
    pub approved_by: Vec<String>,
    /// Its last second.
    pub expires: String,
}

/// A waiver, whether it was needed or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Waiver {
    /// Its name.
    pub id: String,
    /// What became of it: `active`, `unused`, `not-assessed`, `value-changed`, `insufficient`,
    /// `not-yet-valid` or `expired`; later versions of the program may know more.
    pub status: String,
    /// Of which rule.
    pub rule: String,
    /// On which resource.
    pub resource: String,
    /// At which place in it.
    pub path: String,
    /// Of which values.
    pub instance: String,
    /// Why.
    pub reason: String,
    /// The change record.
    pub ticket: Option<String>,
    /// Who asked for it.
    pub requested_by: String,
    /// Who approved it.
    pub approved_by: Vec<String>,
    /// Since when it holds, RFC 3339 in UTC.
    pub approved_at: String,
    /// Its last second, RFC 3339 in UTC.
    pub expires: String,
    /// How grave what is left is said to be.
    pub risk: Option<String>,
    /// What is done instead.
    pub compensating_controls: Vec<String>,
    /// Controls it is claimed against.
    pub controls: Vec<String>,
}

/// What a baseline says of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BaselineMark {
    /// `unchanged`: known debt; or `worsened`: it has other values, or is graver.
    pub status: String,
    /// When it was first seen, RFC 3339 in UTC.
    pub first_seen: String,
}

/// A baseline and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Baseline {
    /// Digest of the file.
    pub digest: Digests,
    /// When its findings were judged, RFC 3339 in UTC.
    pub created_at: String,
    /// Who answers for it.
    pub owner: String,
    /// Why there is one.
    pub reason: String,
    /// Why nothing could be compared with it; empty where it was.
    pub incomparable: Vec<String>,
    /// How many findings it holds.
    pub entries: u64,
    /// Of those: found as they are.
    pub unchanged: u64,
    /// Found with other values, or graver.
    pub worsened: u64,
    /// Not found.
    pub fixed: u64,
    /// Open findings introduced by green that it does not hold.
    pub new: u64,
}

impl From<&model::GateRecord> for Gate {
    fn from(gate: &model::GateRecord) -> Self {
        let kind = |(kind, action): &(String, model::Action)| KindAction {
            kind: kind.clone(),
            action: (*action).into(),
        };
        let required = |(kind, present): &(String, bool)| RequiredEvidence {
            kind: kind.clone(),
            present: *present,
        };
        let text = |text: &model::PolicyText| PolicyText {
            role: text.role.to_owned(),
            name: text.name.clone(),
            digest: text.digest.into(),
        };
        Self {
            profile: gate.profile.clone(),
            phase: gate.phase.clone(),
            budget: gate.terms.budget.into(),
            counted: gate.counted.into(),
            kinds: gate.terms.kinds.iter().map(kind).collect(),
            blocking_states: gate.terms.blocking.clone(),
            evidence: gate.evidence.iter().map(required).collect(),
            snapshot_age_seconds_max: gate.snapshot_age_seconds_max,
            waivers_applied: gate.has_waivers,
            texts: gate.texts.iter().map(text).collect(),
        }
    }
}

impl From<model::Budget> for Budget {
    fn from(budget: model::Budget) -> Self {
        let model::Budget { critical, high, medium, low, info } = budget;
        Self { critical, high, medium, low, info }
    }
}

impl From<Budget> for model::Budget {
    fn from(budget: Budget) -> Self {
        let Budget { critical, high, medium, low, info } = budget;
        Self { critical, high, medium, low, info }
    }
}

impl From<&Gate> for model::Terms {
    fn from(gate: &Gate) -> Self {
        let kind = |one: &KindAction| (one.kind.clone(), one.action.into());
        Self {
            budget: gate.budget.into(),
            kinds: gate.kinds.iter().map(kind).collect(),
            blocking: gate.blocking_states.clone(),
        }
    }
}

impl From<&model::Overridden> for Override {
    fn from(overridden: &model::Overridden) -> Self {
        Self {
            from: overridden.from.into(),
            reason: overridden.reason.clone(),
            approver: overridden.approver.clone(),
            until: overridden.until.clone(),
        }
    }
}

impl From<&model::WaiverMark> for WaiverMark {
    fn from(mark: &model::WaiverMark) -> Self {
        Self {
            id: mark.id.clone(),
            status: mark.status.name().to_owned(),
            reason: mark.reason.clone(),
            ticket: mark.ticket.clone(),
            requested_by: mark.requested_by.clone(),
            approved_by: mark.approved_by.clone(),
            expires: mark.until.clone(),
        }
    }
}

impl From<&model::WaiverRecord> for Waiver {
    fn from(record: &model::WaiverRecord) -> Self {
        let WaiverMark { id, status, reason, ticket, requested_by, approved_by, expires } =
            WaiverMark::from(&record.mark);
        Self {
            id,
            status,
            rule: record.rule.clone(),
            resource: record.subject.clone(),
            path: record.path.clone(),
            instance: record.instance.clone(),
            reason,
            ticket,
            requested_by,
            approved_by,
            approved_at: record.approved_at.clone(),
            expires,
            risk: record.risk.clone(),
            compensating_controls: record.compensating_controls.clone(),
            controls: record.controls.clone(),
        }
    }
}

impl From<&model::BaselineMark> for BaselineMark {
    fn from(mark: &model::BaselineMark) -> Self {
        Self { status: mark.status.name().to_owned(), first_seen: mark.first_seen.clone() }
    }
}

impl From<&model::BaselineRecord> for Baseline {
    fn from(record: &model::BaselineRecord) -> Self {
        Self {
            digest: record.digest.into(),
            created_at: record.created_at.clone(),
            owner: record.owner.clone(),
            reason: record.reason.clone(),
            incomparable: record.incomparable.clone(),
            entries: record.entries,
            unchanged: record.unchanged,
            worsened: record.worsened,
            fixed: record.fixed,
            new: record.new,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::SCHEMA_JSON;
    use crate::model::WaiverStatus;

    #[test]
    fn the_schema_lists_what_may_become_of_a_waiver() {
        let schema: Value = serde_json::from_str(SCHEMA_JSON).unwrap();
        let about = schema.pointer("/$defs/waiver/properties/status/description").unwrap();
        for status in WaiverStatus::ALL {
            assert!(about.as_str().unwrap().contains(status.name()), "{}", status.name());
        }
    }
}

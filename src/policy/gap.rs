//! Gaps the organisation knows and accepts. They stay visible and counted.

use jiff::civil::Date;

use super::glob::Glob;
use crate::model::{Decision, DecisionKind, Gap, GapReason, Hygiene, RuleId, Severity, Timestamp};

/// One accepted gap.
#[derive(Debug, Clone)]
pub struct AcceptedGap {
    /// Which places.
    pub place: Glob,
    /// Which reason; no other is accepted.
    pub reason: GapReason,
    /// Why it is acceptable.
    pub why: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it is accepted.
    pub expires: Date,
}

impl AcceptedGap {
    /// Whether it accepts a gap now. Defects of the program and missing inputs are never
    /// acceptable: nothing is known about what they hide.
    pub fn accepts(&self, gap: &Gap, now: Timestamp) -> bool {
        Self::is_acceptable(gap.reason)
            && now.day() <= self.expires
            && self.reason == gap.reason
            && self.place.matches(&gap.place)
    }

    /// Whether a gap of this reason can be accepted at all.
    pub const fn is_acceptable(reason: GapReason) -> bool {
        !matches!(
            reason,
            GapReason::Internal
                | GapReason::SourceMissing
                | GapReason::NothingToEvaluate
                | GapReason::MaskingKeysDiffer
                | GapReason::EvidenceMissing
                | GapReason::SnapshotStale
                | GapReason::BaselineIncomparable
        )
    }

    /// The record as a report repeats it.
    pub fn decision(&self, uses: u64) -> Decision {
        Decision {
            kind: DecisionKind::AcceptedGap,
            id: format!("{} ({})", self.place.text(), self.reason.name()),
            reason: self.why.clone(),
            owner: self.owner.clone(),
            ticket: None,
            until: self.expires.to_string(),
            uses,
        }
    }

    /// What is wrong with the record itself.
    pub fn hygiene(&self, uses: u64, now: Timestamp) -> Option<Hygiene> {
        let (rule, message) = if now.day() > self.expires {
            ("accepted-gap-expired", format!("expired on {}", self.expires))
        } else if uses == 0 {
            ("accepted-gap-unused", "accepts nothing: remove it".to_owned())
        } else {
            return None;
        };
        let subject = format!("{} ({})", self.place.text(), self.reason.name());
        let message = format!("accepted gap `{subject}` {message}");
        Some(Hygiene { rule: RuleId(rule.to_owned()), severity: Severity::Low, subject, message })
    }
}

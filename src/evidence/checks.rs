//! What a verifier checks, in the order in which it does, and what became of each.

use std::collections::BTreeMap;
use std::fmt;

/// Says what became of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The check.
    pub name: CheckName,
    /// What became of it.
    pub outcome: Outcome,
}

/// Says what became of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was made and holds.
    Ok,
    /// It was made and does not hold, for this reason.
    Failed(String),
    /// It was not made, for this reason.
    NotChecked(String),
}

impl Outcome {
    /// Returns whether the check was made and does not hold.
    pub const fn failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    pub(super) fn holds(holds: bool, otherwise: impl FnOnce() -> String) -> Self {
        if holds { Self::Ok } else { Self::Failed(otherwise()) }
    }
}

/// Names a check; declared in the order in which they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckName {
    /// Sizes, strict JSON, number of signatures, strict base64.
    Envelope,
    /// The payload claims to be an in-toto statement.
    PayloadType,
    /// The trust policy is valid and not older than one seen before.
    TrustPolicy,
    /// Enough different pinned keys have signed these bytes.
    Signatures,
    /// A trusted authority has stated when these signatures existed.
    Timestamp,
    /// Each of these keys was valid at a trusted time.
    KeyValidity,
    /// The payload is a Statement v1 in strict JSON.
    Statement,
    /// The predicate is a drift report of a known version.
    PredicateType,
    /// The candidate is a subject, and the one that the report is about.
    Subject,
    /// The flat fields say what the report says.
    VerdictFields,
    /// The report is about the expected candidate.
    Green,
    /// The report is about the expected live environment.
    Blue,
    /// The report answers the verifier's challenge.
    Nonce,
    /// The report is about the expected system.
    System,
    /// The report is for the expected environment.
    Environment,
    /// The report was not made in the future.
    EvaluatedAt,
    /// The report's own end of validity is not past.
    NotAfter,
    /// The report is not older than the verifier accepts.
    MaxAge,
    /// The rule packs are signed and allowed.
    RulePacks,
    /// Waivers and the baseline are signed.
    Waivers,
    /// The evidence files are exactly those that were signed.
    EvidenceFiles,
    /// The report is in the append-only history.
    Log,
    /// The verdict and the counts follow from the findings and gaps.
    Recomputed,
    /// The verdict is a pass.
    Verdict,
    /// The attestation of a pass beside the report is one of this report.
    GatePass,
    /// The report follows from the evidence.
    Replay,
    /// What is there now is what was audited.
    Live,
}

impl CheckName {
    /// Lists every check, in the order in which they are made.
    pub const ALL: [Self; 27] = [
        Self::Envelope,
        Self::PayloadType,
        Self::TrustPolicy,
        Self::Signatures,
        Self::Timestamp,
        Self::KeyValidity,
        Self::Statement,
        Self::PredicateType,
        Self::Subject,
        Self::VerdictFields,
        Self::Green,
        Self::Blue,
        Self::Nonce,
        Self::System,
        Self::Environment,
        Self::EvaluatedAt,
        Self::NotAfter,
        Self::MaxAge,
        Self::RulePacks,
        Self::Waivers,
        Self::EvidenceFiles,
        Self::Log,
        Self::Recomputed,
        Self::Verdict,
        Self::GatePass,
        Self::Replay,
        Self::Live,
    ];

    /// Returns the stable name used in outputs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Envelope => "envelope",
            Self::PayloadType => "payload-type",
            Self::TrustPolicy => "trust-policy",
            Self::Signatures => "signatures",
            Self::Timestamp => "timestamp",
            Self::KeyValidity => "key-validity",
            Self::Statement => "statement",
            Self::PredicateType => "predicate-type",
            Self::Subject => "subject",
            Self::VerdictFields => "verdict-fields",
            Self::Green => "green",
            Self::Blue => "blue",
            Self::Nonce => "nonce",
            Self::System => "system",
            Self::Environment => "environment",
            Self::EvaluatedAt => "evaluated-at",
            Self::NotAfter => "not-after",
            Self::MaxAge => "max-age",
            Self::RulePacks => "rule-packs",
            Self::Waivers => "waivers",
            Self::EvidenceFiles => "evidence-files",
            Self::Log => "log",
            Self::Recomputed => "recomputed",
            Self::Verdict => "verdict",
            Self::GatePass => "gate-pass",
            Self::Replay => "replay",
            Self::Live => "live",
        }
    }
}

impl fmt::Display for CheckName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Collects outcomes, and lists every check whether it was reached or not.
pub(super) struct Checks(BTreeMap<CheckName, Outcome>);

impl Checks {
    pub(super) fn new() -> Self {
        let unreached = || Outcome::NotChecked("an earlier check failed".to_owned());
        Self(CheckName::ALL.into_iter().map(|name| (name, unreached())).collect())
    }

    pub(super) fn record(&mut self, name: CheckName, outcome: Outcome) {
        self.0.insert(name, outcome);
    }

    pub(super) fn skip(&mut self, name: CheckName, reason: &str) {
        self.record(name, Outcome::NotChecked(reason.to_owned()));
    }

    /// Records a step that later ones need.
    pub(super) fn step<T, E: fmt::Display>(
        &mut self,
        name: CheckName,
        result: Result<T, E>,
    ) -> Option<T> {
        match result {
            Ok(value) => {
                self.record(name, Outcome::Ok);
                Some(value)
            }
            Err(error) => {
                self.record(name, Outcome::Failed(error.to_string()));
                None
            }
        }
    }

    pub(super) fn into_list(self) -> Vec<Check> {
        self.0.into_iter().map(|(name, outcome)| Check { name, outcome }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_is_listed_once_in_the_order_of_verification() {
        let listed: Vec<_> = Checks::new().into_list().iter().map(|check| check.name).collect();
        assert_eq!(listed, CheckName::ALL);
        assert!(CheckName::ALL.is_sorted_by(|a, b| a < b));
        assert_eq!(CheckName::ALL.last().map(|&last| last as usize + 1), Some(listed.len()));
    }
}

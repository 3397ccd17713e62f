//! Counts of everything in a report, so that nobody has to count.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Change, Direction, Disposition, Explanation, Finding, Gap, Pair, Severity, Side, State,
    Threshold,
};
use crate::model;

/// Counts of everything in a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Of findings.
    pub findings: FindingCounts,
    /// Of differences: how often each explanation was used, listed or not.
    pub changes: Vec<ChangeCount>,
    /// Of unexplained differences: which way they go.
    #[serde(default)]
    pub directions: DirectionCounts,
    /// Of what was not evaluated, per side.
    pub gaps: Pair<GapCounts>,
    /// Of what is wrong with the policy files.
    pub hygiene: u64,
}

/// Counts of findings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingCounts {
    /// What fails the gate.
    pub blocking: u64,
    /// Waived, in any state but resolved.
    pub waived: u64,
    /// Known debt: in the baseline, in any state but resolved.
    #[serde(default)]
    pub baselined: u64,
    /// Introduced by green, waived ones included.
    pub introduced: SeverityCounts,
    /// Old, waived ones included.
    pub inherited: SeverityCounts,
    /// Gone in green.
    pub resolved: SeverityCounts,
}

/// Counts by severity, worst first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeverityCounts {
    /// Critical ones.
    pub critical: u64,
    /// High ones.
    pub high: u64,
    /// Medium ones.
    pub medium: u64,
    /// Low ones.
    pub low: u64,
    /// Informational ones.
    pub info: u64,
}

impl SeverityCounts {
    /// Counts one.
    pub const fn add(&mut self, severity: Severity) {
        let count = match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
            Severity::Info => &mut self.info,
        };
        *count = count.saturating_add(1);
    }

    /// Every severity with its count, worst first.
    pub const fn rows(&self) -> [(Severity, u64); 5] {
        [
            (Severity::Critical, self.critical),
            (Severity::High, self.high),
            (Severity::Medium, self.medium),
            (Severity::Low, self.low),
            (Severity::Info, self.info),
        ]
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.rows().into_iter().fold(0, |sum, (_, count)| sum.saturating_add(count))
    }
}

/// How often one explanation was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeCount {
    /// The kind of explanation.
    pub kind: String,
    /// What groups it within its kind: the allowance, the generator, the colours, …
    pub detail: String,
    /// How often.
    pub count: u64,
}

/// How many differences go which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectionCounts {
    /// Green protects, provides or keeps less.
    pub weaker: u64,
    /// Green protects, provides or keeps more.
    pub stronger: u64,
    /// Both come to the same.
    pub neutral: u64,
}

impl DirectionCounts {
    /// Counts of these; those of which none is known do not count.
    pub fn of(directions: impl Iterator<Item = Option<Direction>>) -> Self {
        let mut counts = Self::default();
        for direction in directions.flatten() {
            let count = match direction {
                Direction::Weaker => &mut counts.weaker,
                Direction::Stronger => &mut counts.stronger,
                Direction::Neutral => &mut counts.neutral,
            };
            *count = count.saturating_add(1);
        }
        counts
    }

    /// Those that occur, weaker ones first: `3 weaker, 1 stronger`.
    pub fn shown(&self) -> String {
        let rows = [
            (self.weaker, Direction::Weaker),
            (self.stronger, Direction::Stronger),
            (self.neutral, Direction::Neutral),
        ];
        let rows = rows.into_iter().filter(|(count, _)| *count > 0);
        rows.map(|(count, name)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
    }
}

/// Counts of what was not evaluated on one side.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapCounts {
    /// Those nobody accepts: they make the verdict inconclusive.
    pub open: u64,
    /// Those the policy accepts.
    pub accepted: u64,
    /// All of them, by reason.
    pub reasons: Vec<ReasonCount>,
}

/// How often one reason kept something from being evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonCount {
    /// The reason.
    pub reason: String,
    /// How often.
    pub count: u64,
}

pub(super) fn findings(findings: &[Finding], threshold: Threshold) -> FindingCounts {
    let mut counts = FindingCounts::default();
    for finding in findings {
        let is_waived =
            finding.disposition == Disposition::Waived && finding.state != State::Resolved;
        counts.blocking = counts.blocking.saturating_add(finding.blocks(threshold).into());
        counts.waived = counts.waived.saturating_add(is_waived.into());
        let is_known =
            finding.disposition == Disposition::Baselined && finding.state != State::Resolved;
        counts.baselined = counts.baselined.saturating_add(is_known.into());
        match finding.state {
            State::Introduced => counts.introduced.add(finding.severity),
            State::Inherited => counts.inherited.add(finding.severity),
            State::Resolved => counts.resolved.add(finding.severity),
        }
    }
    counts
}

pub(super) fn changes(counts: &model::ChangeCounts) -> Vec<ChangeCount> {
    let row = |((kind, detail), count): (&(&'static str, String), &u64)| ChangeCount {
        kind: (*kind).to_owned(),
        detail: detail.clone(),
        count: *count,
    };
    counts.0.iter().map(row).collect()
}

pub(super) fn directions(changes: &[Change]) -> DirectionCounts {
    let drift = changes.iter().filter(|change| change.explanation == Explanation::Unexplained {});
    DirectionCounts::of(drift.map(|change| change.direction))
}

pub(super) fn gaps(gaps: &[Gap]) -> Pair<GapCounts> {
    let side = |side: Side| {
        let mut counts = GapCounts::default();
        let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
        for gap in gaps.iter().filter(|gap| gap.side == side) {
            let count = if gap.accepted { &mut counts.accepted } else { &mut counts.open };
            *count = count.saturating_add(1);
            let count = reasons.entry(&gap.reason).or_default();
            *count = count.saturating_add(1);
        }
        let row = |(reason, count): (&str, u64)| ReasonCount { reason: reason.to_owned(), count };
        counts.reasons = reasons.into_iter().map(row).collect();
        counts
    };
    Pair { blue: side(Side::Blue), green: side(Side::Green) }
}

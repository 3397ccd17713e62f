//! The roll-up of rules to the controls they bear on.
//!
//! A control is never called fulfilled: the report says what was evaluated for it and what came
//! out, and leaves the conclusion to an assessor.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Disposition, Report, State};
use crate::model;

/// What the rules say about one control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Control {
    /// Which control, as `framework:id`.
    pub control: String,
    /// The sum of it.
    pub status: ControlStatus,
    /// The rules that bear on it.
    pub rules: Vec<String>,
    /// Subjects on which they passed.
    pub passed: u64,
    /// On which they failed.
    pub failed: u64,
    /// To which they do not apply.
    pub not_applicable: u64,
    /// On which they could not be decided.
    pub unknown: u64,
    /// Open findings of green that name it.
    pub open: u64,
    /// Waived findings of green that name it.
    pub waived: u64,
}

/// The sum of what was evaluated for a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ControlStatus {
    /// At least one subject passed; none failed, none was undecided.
    Evidenced,
    /// Every failure is waived.
    Exception,
    /// A failure is open.
    Gap,
    /// Nothing was evaluated, or something could not be decided.
    NotAssessed,
}

impl ControlStatus {
    /// Every status, in order.
    pub const ALL: [Self; 4] = [Self::Evidenced, Self::Exception, Self::Gap, Self::NotAssessed];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Evidenced => "evidenced",
            Self::Exception => "exception",
            Self::Gap => "gap",
            Self::NotAssessed => "not-assessed",
        }
    }
}

#[derive(Default)]
struct Tally<'r> {
    rules: BTreeSet<&'r str>,
    passed: u64,
    failed: u64,
    not_applicable: u64,
    unknown: u64,
    open: u64,
    waived: u64,
}

impl Tally<'_> {
    /// Failures nobody waived weigh most, then what is not known: a waiver must not hide either.
    const fn status(&self) -> ControlStatus {
        if self.open > 0 || (self.failed > 0 && self.waived == 0) {
            ControlStatus::Gap
        } else if self.unknown > 0 || (self.passed == 0 && self.waived == 0) {
            ControlStatus::NotAssessed
        } else if self.waived > 0 {
            ControlStatus::Exception
        } else {
            ControlStatus::Evidenced
        }
    }
}

/// Adds up rules and findings by control, in the order of the controls' names.
pub(super) fn roll_up(report: &model::Report) -> Vec<Control> {
    let mut tallies: BTreeMap<&str, Tally<'_>> = BTreeMap::new();
    for counts in &report.rules {
        for control in &counts.controls {
            let tally = tallies.entry(control).or_default();
            tally.rules.insert(&counts.rule.0);
            tally.passed = tally.passed.saturating_add(counts.passed);
            tally.failed = tally.failed.saturating_add(counts.failed);
            tally.not_applicable = tally.not_applicable.saturating_add(counts.not_applicable);
            tally.unknown = tally.unknown.saturating_add(counts.unknown);
        }
    }
    for finding in &report.findings {
        if finding.state == model::State::Resolved {
            continue;
        }
        for control in &finding.controls {
            let tally = tallies.entry(control).or_default();
            tally.rules.insert(&finding.rule.0);
            let count = match finding.disposition {
                // Known debt is debt.
                model::Disposition::Open | model::Disposition::Baselined => &mut tally.open,
                model::Disposition::Waived => &mut tally.waived,
            };
            *count = count.saturating_add(1);
        }
    }
    tallies.into_iter().map(|(control, tally)| finish(control, &tally)).collect()
}

/// Adds up, for a control that is derived from others, what the rules that bear on those say; nothing
/// if there is none.
pub fn derived(report: &Report, control: String, from: &[String]) -> Option<Control> {
    let bears = |controls: &[String]| controls.iter().any(|one| from.contains(one));
    let mut tally = Tally::default();
    for counts in report.rules.iter().filter(|counts| bears(&counts.controls)) {
        tally.rules.insert(&counts.rule);
        tally.passed = tally.passed.saturating_add(counts.passed);
        tally.failed = tally.failed.saturating_add(counts.failed);
        tally.not_applicable = tally.not_applicable.saturating_add(counts.not_applicable);
        tally.unknown = tally.unknown.saturating_add(counts.unknown);
    }
    let open = report.findings.iter().filter(|finding| finding.state != State::Resolved);
    for finding in open.filter(|finding| bears(&finding.controls)) {
        tally.rules.insert(&finding.rule);
        let count = match finding.disposition {
            Disposition::Open | Disposition::Baselined => &mut tally.open,
            Disposition::Waived => &mut tally.waived,
        };
        *count = count.saturating_add(1);
    }
    if tally.rules.is_empty() {
        return None;
    }
    let sum = finish("", &tally);
    Some(Control { control, ..sum })
}

fn finish(control: &str, tally: &Tally<'_>) -> Control {
    Control {
        control: control.to_owned(),
        status: tally.status(),
        rules: tally.rules.iter().map(|rule| (*rule).to_owned()).collect(),
        passed: tally.passed,
        failed: tally.failed,
        not_applicable: tally.not_applicable,
        unknown: tally.unknown,
        open: tally.open,
        waived: tally.waived,
    }
}

#[cfg(test)]
mod tests {
    use super::{ControlStatus, Tally};

    #[test]
    fn a_control_is_evidenced_only_by_passes_alone() {
        let evidenced = |tally: Tally<'_>| tally.status() == ControlStatus::Evidenced;
        assert!(evidenced(Tally { passed: 1, not_applicable: 4, ..Tally::default() }));
        assert!(!evidenced(Tally::default()));
        assert!(!evidenced(Tally { not_applicable: 9, ..Tally::default() }));
        assert!(!evidenced(Tally { passed: 9, unknown: 1, ..Tally::default() }));
        assert!(!evidenced(Tally { passed: 9, failed: 1, ..Tally::default() }));
        assert!(!evidenced(Tally { passed: 9, waived: 1, ..Tally::default() }));
    }

    #[test]
    fn a_waiver_hides_neither_an_open_failure_nor_an_undecided_one() {
        let status = |open, unknown| {
            Tally { passed: 3, failed: 2, waived: 1, open, unknown, ..Tally::default() }.status()
        };
        assert_eq!(status(0, 0), ControlStatus::Exception);
        assert_eq!(status(0, 1), ControlStatus::NotAssessed);
        assert_eq!(status(1, 1), ControlStatus::Gap);
    }
}

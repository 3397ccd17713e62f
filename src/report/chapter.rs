//! The chapters that findings are told in, the same for every reader.

use crate::wire::report::{Disposition, Finding, Severity, State, Threshold};

/// One chapter of findings; each finding belongs to exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chapter {
    Blocking,
    New,
    Waived,
    Baselined,
    Inherited,
    Resolved,
}

impl Chapter {
    pub(super) const ALL: [Self; 6] =
        [Self::Blocking, Self::New, Self::Waived, Self::Baselined, Self::Inherited, Self::Resolved];

    pub(super) fn of(finding: &Finding, threshold: Threshold) -> Self {
        match (finding.state, finding.disposition) {
            (State::Resolved, Disposition::Open | Disposition::Waived | Disposition::Baselined) => {
                Self::Resolved
            }
            (State::Introduced | State::Inherited, _) if finding.blocks(threshold) => {
                Self::Blocking
            }
            (State::Introduced | State::Inherited, Disposition::Waived) => Self::Waived,
            (State::Introduced | State::Inherited, Disposition::Baselined) => Self::Baselined,
            (State::Inherited, Disposition::Open) => Self::Inherited,
            (State::Introduced, Disposition::Open) => Self::New,
        }
    }

    pub(super) const fn heading(self) -> &'static str {
        match self {
            Self::Blocking => "Blocks the switch",
            Self::New => "New in green, does not block",
            Self::Waived => "Waived",
            Self::Baselined => "Known: in the baseline",
            Self::Inherited => "Inherited: blue has it too",
            Self::Resolved => "Resolved: green no longer has it",
        }
    }
}

/// Whether a severity passes the filter on what is displayed.
pub(super) fn is_shown(severity: Severity, least: Option<Severity>) -> bool {
    least.is_none_or(|least| severity >= least)
}

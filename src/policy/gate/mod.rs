//! The policy of the gate: how many findings pass, what each kind and state does, in which phase,
//! with which evidence.
//!
//! What it comes to is decided by [`weigh`] alone, from what a report says of its findings: so a
//! reader of the report can decide it again.

mod approvals;
mod overrides;
mod params;
mod read;
mod weigh;

pub use approvals::Approvals;
pub use overrides::Override;
pub(crate) use overrides::overrule;
pub use params::Params;
pub(super) use read::{GateRecord, Mistakes, wild};
pub use weigh::{Weighed, Weighing, weigh};

use std::collections::BTreeSet;

use crate::model::{Action, Budget, Severity, Terms, Threshold};

/// When a gate is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Before the traffic moves: may green take it?
    #[default]
    PreSwitch,
    /// After it moved: is green what was audited?
    PostSwitch,
    /// On a schedule, whatever moves.
    Scheduled,
}

impl Phase {
    /// Every phase.
    pub const ALL: [Self; 3] = [Self::PreSwitch, Self::PostSwitch, Self::Scheduled];

    /// The name used in policies, arguments and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreSwitch => "pre-switch",
            Self::PostSwitch => "post-switch",
            Self::Scheduled => "scheduled",
        }
    }

    /// Finds a phase by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.name() == name)
    }
}

/// Kinds of rules as policies name them, and what their findings do unless a policy says otherwise.
pub const KINDS: [(&str, Action); 5] = [
    ("posture", Action::BlockIfNew),
    ("pair", Action::BlockIfNew),
    ("regression", Action::BlockIfNew),
    ("cross", Action::BlockIfNew),
    ("evidence", Action::Block),
];

/// States that a policy may let fail the gate: of findings, then of records of the policy.
pub const STATES: [&str; 20] = [
    "inherited",
    "baselined",
    "allowance-expired",
    "allowance-unused",
    "allowance-over-broad",
    "accepted-gap-expired",
    "accepted-gap-unused",
    "override-expired",
    "override-refused",
    "override-unused",
    "waiver-expired",
    "waiver-expiring",
    "waiver-review-due",
    "waiver-unused",
    "waiver-not-assessed",
    "waiver-not-yet-valid",
    "waiver-value-changed",
    "waiver-insufficient",
    "baseline-fixed",
    "baseline-old",
];

/// What holds in one phase.
#[derive(Debug, Clone)]
pub struct Rulings {
    /// What the verdict is made by.
    pub terms: Terms,
    /// Kinds of evidence that are required, sorted.
    pub require: Vec<String>,
    /// The greatest age of a snapshot.
    pub snapshot_age_seconds_max: Option<u64>,
    /// Whether the verdict is only reported, and stops nothing.
    pub only_reports: bool,
}

impl Default for Rulings {
    fn default() -> Self {
        Self {
            terms: Terms {
                budget: Budget::of(Threshold::At(Severity::Medium)),
                kinds: KINDS.map(|(name, action)| (name.to_owned(), action)).into(),
                blocking: Vec::new(),
            },
            require: Vec::new(),
            snapshot_age_seconds_max: None,
            only_reports: false,
        }
    }
}

/// The policy of a gate, asked in one phase.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    /// The name the organisation gave it.
    pub profile: Option<String>,
    /// The phase it is asked in.
    pub phase: Phase,
    /// What holds in the phases that say something, the others having what all have.
    phases: Vec<(Phase, Rulings)>,
    base: Rulings,
    /// Other severities than those of the rules.
    pub overrides: Vec<Override>,
    /// Other parameters than those of the rules.
    pub params: Vec<Params>,
    /// What of waivers and baseline is decided by the gate.
    pub waiving: Waiving,
}

impl Gate {
    /// What holds in the phase it is asked in.
    pub fn rulings(&self) -> &Rulings {
        let own = self.phases.iter().find(|(phase, _)| *phase == self.phase);
        own.map_or(&self.base, |(_, rulings)| rulings)
    }

    /// From which severity on one finding is one too many.
    pub fn threshold(&self) -> Threshold {
        self.rulings().terms.budget.threshold()
    }

    /// Lets none pass at and above a threshold, and all below, in every phase.
    pub fn fail_on(&mut self, threshold: Threshold) {
        for rulings in self.phases.iter_mut().map(|(_, rulings)| rulings).chain([&mut self.base]) {
            rulings.terms.budget = Budget::of(threshold);
        }
    }

    /// The required kinds of evidence, and whether there is some.
    pub fn evidence(&self, present: &BTreeSet<String>) -> Vec<(String, bool)> {
        let required = self.rulings().require.iter();
        required.map(|kind| (kind.clone(), present.contains(kind))).collect()
    }
}

/// Who may waive what, for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiving {
    /// Waiver files, relative to the folder of the policy's file.
    pub files: Vec<String>,
    /// How many days a waiver may last, by severity.
    pub days_max: Budget,
    /// Who must approve one, by severity; somebody where nothing is said.
    pub approvals: Approvals,
    /// Rules whose findings are never waived, and never in a baseline.
    pub never: Vec<String>,
    /// Where each of those is named, as `file:line:column`.
    pub never_at: Vec<String>,
    /// The baseline and its digest, as the policy pins them.
    pub baseline: Option<(String, crate::model::Digest)>,
}

impl Default for Waiving {
    fn default() -> Self {
        Self {
            files: Vec::new(),
            days_max: Budget {
                critical: Some(14),
                high: Some(30),
                medium: Some(90),
                low: Some(365),
                info: Some(365),
            },
            approvals: Approvals::default(),
            never: Vec::new(),
            never_at: Vec::new(),
            baseline: None,
        }
    }
}

impl Waiving {
    /// The longest life of a waiver of a finding this grave, in seconds.
    pub fn seconds_max(&self, severity: Severity) -> i64 {
        let days = self.days_max.get(severity).unwrap_or_default();
        i64::try_from(days).unwrap_or(i64::MAX).saturating_mul(86_400)
    }
}

//! What the organisation decided, as a report repeats it: by whom, why and until when.

/// What kind of decision it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DecisionKind {
    /// A difference was declared.
    Allowance,
    /// A gap was accepted.
    AcceptedGap,
    /// Findings were given another severity.
    Override,
    /// A finding was waived.
    Waiver,
    /// Findings were taken for known debt.
    Baseline,
}

impl DecisionKind {
    /// Every kind, in order.
    pub const ALL: [Self; 5] =
        [Self::Allowance, Self::AcceptedGap, Self::Override, Self::Waiver, Self::Baseline];

    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowance => "allowance",
            Self::AcceptedGap => "accepted-gap",
            Self::Override => "override",
            Self::Waiver => "waiver",
            Self::Baseline => "baseline",
        }
    }
}

/// One decision of the policy, whether it was needed or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What kind.
    pub kind: DecisionKind,
    /// Its name: that of an allowance or waiver; place and reason of an accepted gap; rule and subject
    /// of an override; the digest of a baseline.
    pub id: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The change record.
    pub ticket: Option<String>,
    /// The last day on which it holds, as `2027-03-31`, or second; empty where it has no end.
    pub until: String,
    /// How many differences it explained, gaps it accepted, or findings it decided about.
    pub uses: u64,
}

//! What the organisation decided, as a report repeats it: by whom, why and until when.

/// What kind of decision it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DecisionKind {
    /// A difference was declared.
    Allowance,
    /// A gap was accepted.
    AcceptedGap,
}

impl DecisionKind {
    /// Every kind, in order.
    pub const ALL: [Self; 2] = [Self::Allowance, Self::AcceptedGap];

    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowance => "allowance",
            Self::AcceptedGap => "accepted-gap",
        }
    }
}

/// One decision of the policy, whether it was needed or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What kind.
    pub kind: DecisionKind,
    /// Its name: that of an allowance; place and reason of an accepted gap.
    pub id: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The change record.
    pub ticket: Option<String>,
    /// The last day on which it holds, as `2027-03-31`.
    pub until: String,
    /// How many differences it explained, or gaps it accepted.
    pub uses: u64,
}

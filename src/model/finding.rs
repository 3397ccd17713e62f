//! Judgements, as a rule makes them.

use std::fmt;

use super::{Address, Decided, Digest, Direction, Excerpt, Pair, Place, Shown};

/// The name of a rule. Text, so that no floor enumerates the rules above it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleId(pub String);

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How bad it is when a rule fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Hygiene.
    Low,
    /// Degraded or unproven.
    Medium,
    /// A required protection, or the way back, is weaker.
    High,
    /// Switching may lose evidence, expose protected data or destroy data.
    Critical,
}

impl Severity {
    /// Every severity, mildest first.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The name used in rules, reports and arguments.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Finds a severity by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == name)
    }
}

/// Green judged against blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Green fails where blue does not: a new sin, which blocks.
    Introduced,
    /// Both fail: an old sin, which is listed.
    Inherited,
    /// Blue fails and green does not.
    Resolved,
}

impl State {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Introduced => "introduced",
            Self::Inherited => "inherited",
            Self::Resolved => "resolved",
        }
    }
}

/// What the organisation decided about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disposition {
    /// Nothing: it counts.
    Open,
    /// A waiver accepts it for now; it stays visible.
    Waived,
    /// The baseline holds it: known debt, which stays visible.
    Baselined,
}

impl Disposition {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Waived => "waived",
            Self::Baselined => "baselined",
        }
    }
}

/// One judgement about one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which rule.
    pub rule: RuleId,
    /// How bad.
    pub severity: Severity,
    /// New, old or gone.
    pub state: State,
    /// Open, waived or known.
    pub disposition: Disposition,
    /// What else the policy decided about it.
    pub decided: Decided,
    /// Digest of what it is about, where that is a whole document and no value tells what is in it.
    pub content: Pair<Option<Digest>>,
    /// The rule's title.
    pub title: String,
    /// What is wrong here, with the values.
    pub message: String,
    /// What to do about it.
    pub remediation: String,
    /// Controls it bears on, as `framework:id`.
    pub controls: Vec<String>,
    /// Findings of one cause share a group.
    pub group: String,
    /// What the difference at its place follows from, in words; nothing for a root and wherever no
    /// root is known.
    pub follows: Option<String>,
    /// Which way the difference at its place goes, where that is known.
    pub direction: Option<Direction>,
    /// Where, in words equal for both sides.
    pub at: Address,
    /// Where it stands in the files.
    pub places: Pair<Option<Place>>,
    /// What stands there.
    pub values: Pair<Option<Shown>>,
    /// The lines it stands in, as far as they are part of the report.
    pub excerpts: Pair<Option<Excerpt>>,
}

/// What is wrong with the organisation's own policy files, apart from the findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hygiene {
    /// What kind of thing is wrong, such as `allowance-unused`.
    pub rule: RuleId,
    /// How bad.
    pub severity: Severity,
    /// Which allowance, pair or record.
    pub subject: String,
    /// What is wrong and what to do about it.
    pub message: String,
}

//! What a gate goes by, and what it made of each finding, as a report repeats it.

use super::{Digest, Severity, Threshold};

/// What findings of a kind do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// They count, whether blue has them or not.
    Block,
    /// They count where blue does not have them.
    BlockIfNew,
    /// They are listed.
    Report,
}

impl Action {
    /// Every action, the strictest first.
    pub const ALL: [Self; 3] = [Self::Block, Self::BlockIfNew, Self::Report];

    /// The name used in policies and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::BlockIfNew => "block-if-new",
            Self::Report => "report",
        }
    }

    /// Finds an action by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

/// What a finding does to the verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It fails the gate: there are more of its severity than the budget allows.
    Blocks,
    /// It counts, and the budget allows as many.
    Tolerated,
    /// It does not count: old, gone, decided, or of a kind that is only listed.
    #[default]
    Listed,
}

impl Effect {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blocks => "blocks",
            Self::Tolerated => "tolerated",
            Self::Listed => "listed",
        }
    }
}

/// How many findings of each severity a gate lets pass; nothing where it lets all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Critical ones.
    pub critical: Option<u64>,
    /// High ones.
    pub high: Option<u64>,
    /// Medium ones.
    pub medium: Option<u64>,
    /// Low ones.
    pub low: Option<u64>,
    /// Informational ones.
    pub info: Option<u64>,
}

impl Budget {
    /// None at and above a threshold, all below.
    pub fn of(threshold: Threshold) -> Self {
        let none = |severity| threshold.blocks(severity).then_some(0);
        Self {
            critical: none(Severity::Critical),
            high: none(Severity::High),
            medium: none(Severity::Medium),
            low: none(Severity::Low),
            info: none(Severity::Info),
        }
    }

    /// How many of a severity.
    pub const fn get(&self, severity: Severity) -> Option<u64> {
        match severity {
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
            Severity::Info => self.info,
        }
    }

    /// From which severity on one finding is one too many.
    pub fn threshold(&self) -> Threshold {
        let strict =
            Severity::ALL.into_iter().rev().take_while(|severity| self.get(*severity) == Some(0));
        strict.last().map_or(Threshold::Never, Threshold::At)
    }
}

/// What a verdict is made by: enough to make it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// How many findings of each severity pass.
    pub budget: Budget,
    /// What findings of each kind of rule do, by the name of the kind.
    pub kinds: Vec<(String, Action)>,
    /// Names of states that fail the gate besides: of findings, and of records of the policy.
    pub blocking: Vec<String>,
}

/// A text that decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyText {
    /// What it is: `gate`, `waivers`, `baseline`.
    pub role: &'static str,
    /// The name of its file, without folders.
    pub name: String,
    /// Its digest.
    pub digest: Digest,
}

/// The policy of a gate in effect, and what it came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateRecord {
    /// The name the organisation gave it.
    pub profile: Option<String>,
    /// When it is asked: `pre-switch`, `post-switch`, `scheduled`.
    pub phase: String,
    /// What the verdict is made by.
    pub terms: Terms,
    /// How many findings counted.
    pub counted: Budget,
    /// Kinds of evidence that are required, and whether there is some that is bound and fresh.
    pub evidence: Vec<(String, bool)>,
    /// The greatest age of a snapshot.
    pub snapshot_age_seconds_max: Option<u64>,
    /// Whether waivers were looked at.
    pub has_waivers: bool,
    /// Every text that decided besides the configuration.
    pub texts: Vec<PolicyText>,
}

/// What the policy decided about one finding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decided {
    /// The kind of its rule; empty where no rule of the run made it.
    pub kind: &'static str,
    /// What it does to the verdict.
    pub effect: Effect,
    /// The severity it would have, where the policy gave it another.
    pub overridden: Option<Box<Overridden>>,
    /// The waiver that speaks of it, in force or not.
    pub waiver: Option<Box<WaiverMark>>,
    /// What the baseline says of it.
    pub baseline: Option<Box<BaselineMark>>,
}

/// That the policy gave a finding another severity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overridden {
    /// The severity it has by its rule.
    pub from: Severity,
    /// Why.
    pub reason: String,
    /// Who stands for it; nobody has to for raising.
    pub approver: Option<String>,
    /// Until when.
    pub until: Option<String>,
}

/// What became of a waiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaiverStatus {
    /// In force, and a finding is what it accepts.
    Active,
    /// In force, and nothing is what it accepts.
    Unused,
    /// In force, nothing is what it accepts, and not everything was evaluated.
    NotAssessed,
    /// In force; its subject has other values than it accepts.
    ValueChanged,
    /// In force; the finding is graver than its end or its approvals are enough for.
    Insufficient,
    /// Approved later than the audit.
    NotYetValid,
    /// Past its end.
    Expired,
}

impl WaiverStatus {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Active,
        Self::Unused,
        Self::NotAssessed,
        Self::ValueChanged,
        Self::Insufficient,
        Self::NotYetValid,
        Self::Expired,
    ];

    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Unused => "unused",
            Self::NotAssessed => "not-assessed",
            Self::ValueChanged => "value-changed",
            Self::Insufficient => "insufficient",
            Self::NotYetValid => "not-yet-valid",
            Self::Expired => "expired",
        }
    }
}

/// A waiver as the finding repeats it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverMark {
    /// Its name.
    pub id: String,
    /// Whether it is in force; only an active one waives.
    pub status: WaiverStatus,
    /// Why.
    pub reason: String,
    /// The change record.
    pub ticket: Option<String>,
    /// Who asked for it.
    pub requested_by: String,
    /// Who approved it.
    pub approved_by: Vec<String>,
    /// Its last second.
    pub until: String,
}

/// A waiver as it was evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverRecord {
    /// What it says.
    pub mark: WaiverMark,
    /// Which rule.
    pub rule: String,
    /// Which resource.
    pub subject: String,
    /// Which place in it.
    pub path: String,
    /// Which values: the instance of the finding.
    pub instance: String,
    /// When it was approved.
    pub approved_at: String,
    /// How grave what is left is said to be.
    pub risk: Option<String>,
    /// What is done instead.
    pub compensating_controls: Vec<String>,
    /// Controls it is claimed against.
    pub controls: Vec<String>,
}

/// What a baseline says of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BaselineStatus {
    /// It holds it as it is.
    Unchanged,
    /// It holds it with other values, or less grave.
    Worsened,
}

impl BaselineStatus {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Worsened => "worsened",
        }
    }
}

/// A record of the baseline as the finding repeats it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineMark {
    /// Whether the finding is what it was; only then is it known debt.
    pub status: BaselineStatus,
    /// When it was first seen.
    pub first_seen: String,
}

/// A baseline as it was compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineRecord {
    /// Digest of the file.
    pub digest: Digest,
    /// When it was made.
    pub created_at: String,
    /// Who answers for it.
    pub owner: String,
    /// Why there is one.
    pub reason: String,
    /// Why nothing can be compared with it; empty where it was.
    pub incomparable: Vec<String>,
    /// How many findings it holds.
    pub entries: u64,
    /// Of those: found as they are.
    pub unchanged: u64,
    /// Found with other values, or graver.
    pub worsened: u64,
    /// Not found.
    pub fixed: u64,
    /// Open findings of green that it does not hold.
    pub new: u64,
}

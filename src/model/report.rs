//! The result of an audit: a value, equal for equal inputs, byte for byte once written.

use super::{
    Alignment, BaselineRecord, Change, ChangeCounts, CollectorRecord, Decision, Digest, Finding,
    Gap, GateRecord, Hygiene, MaskingKeyId, Pair, RuleId, Severity, Timestamp, Trace, WaiverRecord,
};

/// What may be done with green.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything in scope was evaluated and nothing at or above the threshold is open.
    Pass,
    /// Something at or above the threshold is open.
    Fail,
    /// Something was not evaluated.
    Inconclusive,
}

impl Verdict {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// The exit code that says the same.
    pub const fn exit(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Fail => 1,
            Self::Inconclusive => 3,
        }
    }
}

/// From which severity on an open finding fails the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threshold {
    /// Never.
    Never,
    /// At this severity and above.
    At(Severity),
}

impl Threshold {
    /// Whether a finding of this severity fails the gate.
    pub fn blocks(self, severity: Severity) -> bool {
        match self {
            Self::Never => false,
            Self::At(least) => severity >= least,
        }
    }
}

/// How many objects one side has and what became of them. The sums agree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Accounting {
    /// Documents of parsed files, and files that are no documents.
    pub found: u64,
    /// Compared with the other side, or reported as missing there.
    pub compared: u64,
    /// Left out by a named pattern.
    pub excluded: u64,
    /// Not evaluated.
    pub gaps: u64,
}

/// One side as it went into the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The snapshot's digest.
    pub digest: Digest,
    /// The colour word of this side.
    pub colour: String,
    /// Files read.
    pub files: u64,
    /// Documents in them.
    pub documents: u64,
    /// Bytes of masked text.
    pub bytes: u64,
    /// Secrets masked.
    pub masked: u64,
    /// Which key they were masked with.
    pub masking_key: MaskingKeyId,
    /// How it was collected.
    pub collectors: Vec<CollectorRecord>,
    /// How many files were read as which syntax.
    pub syntaxes: Vec<SourceSummary>,
}

/// How many files were read as one syntax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSummary {
    /// The syntax.
    pub syntax: String,
    /// Files.
    pub files: u64,
}

/// Which program made the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// A rule pack that took part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackRecord {
    /// Its name.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Digest of its text.
    pub digest: Digest,
    /// How many rules it holds.
    pub rules: u64,
}

/// What one rule did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleCounts {
    /// Which rule.
    pub rule: RuleId,
    /// Controls it bears on, as `framework:id`.
    pub controls: Vec<String>,
    /// Subjects of green (or pairs) on which it passed.
    pub passed: u64,
    /// On which it failed.
    pub failed: u64,
    /// To which it does not apply.
    pub not_applicable: u64,
    /// On which it could not be decided.
    pub unknown: u64,
}

/// Everything an audit found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The policy's instant: what is expired is judged by it.
    pub evaluated_at: Timestamp,
    /// What may be done with green.
    pub verdict: Verdict,
    /// Every verdict that applies, the reported one first: an inconclusive run may also fail.
    pub verdicts: Vec<Verdict>,
    /// The threshold that was applied.
    pub threshold: Threshold,
    /// Judgements, worst first.
    pub findings: Vec<Finding>,
    /// What is wrong with the policy files.
    pub hygiene: Vec<Hygiene>,
    /// Changes: the unexplained ones, or all of them when the full ledger was asked for.
    pub changes: Vec<Change>,
    /// How often each explanation was used.
    pub counts: ChangeCounts,
    /// How documents found each other that have no name in common.
    pub alignment: Alignment,
    /// What was not evaluated, and what the policy accepts of it.
    pub gaps: Pair<Vec<(Gap, bool)>>,
    /// The sums.
    pub accounting: Pair<Accounting>,
    /// How spans travel.
    pub trace: Trace,
    /// What went in.
    pub inputs: Pair<Input>,
    /// Digest of the policy text.
    pub policy: Digest,
    /// What the policy decided, in its order.
    pub decisions: Vec<Decision>,
    /// The policy of the gate in effect.
    pub gate: GateRecord,
    /// Every waiver, with what became of it.
    pub waivers: Vec<WaiverRecord>,
    /// The baseline, with what became of it.
    pub baseline: Option<BaselineRecord>,
    /// Which program.
    pub engine: Engine,
    /// Which rules.
    pub packs: Vec<PackRecord>,
    /// What each rule did.
    pub rules: Vec<RuleCounts>,
}

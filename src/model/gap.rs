//! What was not evaluated, and why. A gap is never logged away: it makes the verdict inconclusive.

use super::Span;

/// One thing that could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// File, relative to the root of its side; or the source's name when there is no file.
    pub place: String,
    /// Where in the file, when known.
    pub span: Option<Span>,
    /// One-based line of the file as found, when known.
    pub line: Option<u32>,
    /// Why, from a closed list.
    pub reason: GapReason,
    /// What was attempted, why it failed and what to do about it. Never quotes the input.
    pub message: String,
}

/// Why something was not evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapReason {
    /// A named source does not exist.
    SourceMissing,
    /// A side holds nothing to evaluate.
    NothingToEvaluate,
    /// The operating system refused to read it.
    Unreadable,
    /// Its bytes are no text in any encoding we read.
    Undecodable,
    /// Its text is not valid in the syntax it is written in.
    Unparsed,
    /// It exceeds a limit on size, count, depth or expansion.
    LimitReached,
    /// It is a template that was not rendered.
    TemplateNotRendered,
    /// A symbolic link leads out of the root, or nowhere.
    LinkNotFollowed,
    /// Its secrets could not be masked with certainty, so its text was not kept.
    NotMasked,
    /// The two sides were masked with different keys and cannot be compared.
    MaskingKeysDiffer,
    /// A rule could not be decided on it.
    RuleUndecided,
    /// The policy requires evidence that is not there, or is not of this green, or is old.
    EvidenceMissing,
    /// The policy bounds the age of snapshots, and one is older or does not say its age.
    SnapshotStale,
    /// The baseline was made by other means, so nothing can be compared with it.
    BaselineIncomparable,
    /// The program failed on it; a defect of ours, contained.
    Internal,
}

impl GapReason {
    /// Every reason, in order.
    pub const ALL: [Self; 15] = [
        Self::SourceMissing,
        Self::NothingToEvaluate,
        Self::Unreadable,
        Self::Undecodable,
        Self::Unparsed,
        Self::LimitReached,
        Self::TemplateNotRendered,
        Self::LinkNotFollowed,
        Self::NotMasked,
        Self::MaskingKeysDiffer,
        Self::RuleUndecided,
        Self::EvidenceMissing,
        Self::SnapshotStale,
        Self::BaselineIncomparable,
        Self::Internal,
    ];

    /// The name used in reports and in `[[accept_gap]]`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SourceMissing => "source-missing",
            Self::NothingToEvaluate => "nothing-to-evaluate",
            Self::Unreadable => "unreadable",
            Self::Undecodable => "undecodable",
            Self::Unparsed => "unparsed",
            Self::LimitReached => "limit-reached",
            Self::TemplateNotRendered => "template-not-rendered",
            Self::LinkNotFollowed => "link-not-followed",
            Self::NotMasked => "not-masked",
            Self::MaskingKeysDiffer => "masking-keys-differ",
            Self::RuleUndecided => "rule-undecided",
            Self::EvidenceMissing => "evidence-missing",
            Self::SnapshotStale => "snapshot-stale",
            Self::BaselineIncomparable => "baseline-incomparable",
            Self::Internal => "internal",
        }
    }

    /// Whether a gap of this reason stands for something that was not evaluated, rather than for a
    /// rule or the run.
    pub const fn is_of_an_object(self) -> bool {
        !matches!(
            self,
            Self::RuleUndecided
                | Self::MaskingKeysDiffer
                | Self::NothingToEvaluate
                | Self::EvidenceMissing
                | Self::SnapshotStale
                | Self::BaselineIncomparable
        )
    }

    /// Finds a reason by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

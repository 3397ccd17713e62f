//! `driftseal.report/1`: everything an audit found out.
//!
//! Field names and their meaning are fixed for as long as this version is read anywhere; the order
//! of the fields here is their order on the wire. A field that may be absent is written as `null`.
//! Numbers are whole. The published schema is [`SCHEMA_JSON`], kept equal to these types by a
//! test. Readers ignore fields they do not know and refuse versions they do not know.

mod alignment;
mod controls;
mod decisions;
mod excerpt;
mod from_model;
mod gate;
mod read;
#[cfg(test)]
pub(crate) mod sample;
mod schema;
mod summary;
mod trace;
mod words;

use std::io;

use serde::{Deserialize, Serialize};

pub use alignment::{Alignment, Renamed, RenamedName};
pub use controls::{Control, ControlStatus, derived};
pub use decisions::Decision;
pub use excerpt::{Excerpt, Mark};
pub use gate::{
    Baseline, BaselineMark, Budget, Gate, KindAction, Override, PolicyText, RequiredEvidence,
    Waiver, WaiverMark,
};
pub use read::{ReadError, read};
pub use schema::SCHEMA_JSON;
pub use summary::{
    ChangeCount, DirectionCounts, FindingCounts, GapCounts, ReasonCount, SeverityCounts, Summary,
};
pub use trace::{
    EndCounts, FactCount, ServiceTrace, Trace, TraceCall, TraceContext, TraceEnd, TraceHeader,
    TraceHop, TracePath, TraceSampled, TraceSampler, TraceSummary,
};
pub use words::{
    Action, Direction, Disposition, Edit, Effect, Severity, Side, State, Threshold, Verdict,
};

/// The `schema` of every report of this version.
pub const SCHEMA: &str = "driftseal.report/1";

/// Everything an audit found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// What may be done with green.
    pub verdict: Verdict,
    /// The exit code that says the same.
    pub exit: u8,
    /// Every verdict that applies, the reported one first.
    pub verdicts: Vec<Verdict>,
    /// From which severity on an open finding fails the gate.
    pub threshold: Threshold,
    /// The instant everything was judged at, RFC 3339 in UTC.
    pub evaluated_at: String,
    /// Judgements, worst first.
    pub findings: Vec<Finding>,
    /// What is wrong with the organisation's own policy files.
    pub hygiene: Vec<Hygiene>,
    /// Differences: the unexplained ones, or all of them when the full ledger was asked for.
    pub changes: Vec<Change>,
    /// How documents found each other that have no name in common.
    #[serde(default)]
    pub alignment: Alignment,
    /// What was not evaluated.
    pub gaps: Vec<Gap>,
    /// What became of every object found.
    pub accounting: Pair<Accounting>,
    /// How spans travel.
    pub trace: Trace,
    /// What the rules say about each control they bear on.
    pub controls: Vec<Control>,
    /// What each rule did.
    pub rules: Vec<RuleCounts>,
    /// What went in.
    pub inputs: Inputs,
    /// What the policy decided: declared differences, accepted gaps, waivers and so on, needed or not.
    #[serde(default)]
    pub decisions: Vec<Decision>,
    /// The policy of the gate in effect; reports of earlier versions have a threshold alone.
    #[serde(default)]
    pub gate: Option<Gate>,
    /// Every waiver, with what became of it.
    #[serde(default)]
    pub waivers: Vec<Waiver>,
    /// The baseline, with what became of it.
    #[serde(default)]
    pub baseline: Option<Baseline>,
    /// Which program made the report.
    pub engine: Engine,
    /// Which rule packs took part.
    pub packs: Vec<Pack>,
    /// Counts of everything above.
    pub summary: Summary,
}

impl Report {
    /// The report as signed: one line, no spaces.
    ///
    /// # Errors
    /// None is known; the writer's own is passed on.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Writes the report on one line, without holding a second copy of it in memory.
    ///
    /// # Errors
    /// The writer's own.
    pub fn write_json(&self, out: impl io::Write) -> io::Result<()> {
        Ok(serde_json::to_writer(out, self)?)
    }

    /// The report indented, for people.
    ///
    /// # Errors
    /// None is known; the writer's own is passed on.
    pub fn to_json_pretty(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}

/// Two of anything, one per side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair<T> {
    /// From the live deployment.
    pub blue: T,
    /// From the candidate.
    pub green: T,
}

impl<T> Pair<T> {
    /// Both, each with its side, blue first.
    pub const fn sides(&self) -> [(Side, &T); 2] {
        [(Side::Blue, &self.blue), (Side::Green, &self.green)]
    }
}

/// One judgement about one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its name, `dsf1:` and 24 hexadecimal digits: equal while rule, subject and place are; eight
    /// digits of its values behind it where several would have one name.
    pub fingerprint: String,
    /// `dsi1:` and 24 hexadecimal digits: equal while its values are too.
    #[serde(default)]
    pub instance: String,
    /// Which rule.
    pub rule: String,
    /// The kind of rule; empty where none of the run made it.
    #[serde(default)]
    pub kind: String,
    /// How bad.
    pub severity: Severity,
    /// The severity it has by its rule, where the policy gave it another.
    #[serde(default, rename = "override")]
    pub overridden: Option<Override>,
    /// New, old or gone.
    pub state: State,
    /// Open, waived or known.
    pub disposition: Disposition,
    /// What it does to the verdict; absent in reports of earlier versions.
    #[serde(default)]
    pub effect: Option<Effect>,
    /// The waiver that speaks of it, in force or not.
    #[serde(default)]
    pub waiver: Option<WaiverMark>,
    /// What the baseline says of it.
    #[serde(default)]
    pub baseline: Option<BaselineMark>,
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
    /// What the difference at its place follows from, which is told in the same group.
    #[serde(default)]
    pub follows: Option<String>,
    /// Which way the difference at its place goes, where that is known.
    #[serde(default)]
    pub direction: Option<Direction>,
    /// Which resource, in words equal for both sides.
    pub resource: String,
    /// Where in it, as a JSON Pointer with named list members.
    pub path: String,
    /// Where it stands in the files of each side.
    pub places: Pair<Option<Place>>,
    /// What stands there, masked and shortened.
    pub values: Pair<Option<String>>,
    /// The lines it stands in; null where no line is known or the report holds enough of them.
    #[serde(default)]
    pub excerpts: Pair<Option<Excerpt>>,
}

impl Finding {
    /// Whether it fails the gate, as the report says; a report that does not say it has a threshold
    /// alone, and then all that is introduced by green, open and severe enough does.
    pub fn blocks(&self, threshold: Threshold) -> bool {
        let by_threshold = self.state == State::Introduced
            && self.disposition == Disposition::Open
            && threshold.blocks(self.severity);
        self.effect.map_or(by_threshold, |effect| effect == Effect::Blocks)
    }
}

/// A place in a file as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Path relative to the root of the side.
    pub file: String,
    /// Zero-based document in the file.
    pub document: u32,
    /// One-based line; null for a whole file or document.
    pub line: Option<u32>,
    /// One-based column in characters.
    pub column: Option<u32>,
    /// One-based last line, where a place covers several.
    pub end_line: Option<u32>,
}

/// What is wrong with the organisation's own policy files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hygiene {
    /// What kind of thing is wrong.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// Which allowance, pair or record.
    pub subject: String,
    /// What is wrong and what to do about it.
    pub message: String,
}

/// One difference between the sides, with exactly one explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its name, `dsc1:` and 24 hexadecimal digits: equal while place and edit are; eight digits
    /// of its values behind it where several would have one name.
    pub fingerprint: String,
    /// `dsi1:` and 24 hexadecimal digits: equal while its values are too.
    #[serde(default)]
    pub instance: String,
    /// What happened.
    pub edit: Edit,
    /// Which resource, in words equal for both sides.
    pub resource: String,
    /// Where in it, as a JSON Pointer with named list members.
    pub path: String,
    /// Where it stands in the files of each side.
    pub places: Pair<Option<Place>>,
    /// What stands there, masked and shortened.
    pub values: Pair<Option<String>>,
    /// Why it is legitimate; or that nothing says so.
    pub explanation: Explanation,
    /// Which way it goes from blue to green; null where the field has no order or a value is not
    /// known.
    #[serde(default)]
    pub direction: Option<Direction>,
    /// Differences of one cause share a group, with the findings on them; empty where no cause is
    /// known.
    #[serde(default)]
    pub group: String,
    /// What it follows from; null for the root of its group.
    #[serde(default)]
    pub follows: Option<String>,
}

/// Why a difference is legitimate: `kind`, and in `proof` what a machine needs to check it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "proof", rename_all = "lowercase")]
pub enum Explanation {
    /// Another spelling of the same value.
    Representation {
        /// What differs in the spelling.
        how: String,
    },
    /// Absent on one side, the documented default on the other.
    Default {
        /// Where the default is documented, with the version.
        citation: String,
    },
    /// The colour map, or the new name of a document, applied to blue gives green.
    Colour {
        /// What was replaced by what.
        token: Pair<String>,
    },
    /// A tool wrote it, and its writing was checked.
    Generated {
        /// The generator.
        by: String,
    },
    /// The organisation declared it.
    Declared {
        /// The allowance that says so.
        allowance: String,
        /// Which sides the allowance pins; a side left unpinned is open.
        pinned: Pair<bool>,
    },
    /// Nothing explains it: drift.
    Unexplained {},
}

impl Explanation {
    /// The name of its kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Representation { .. } => "representation",
            Self::Default { .. } => "default",
            Self::Colour { .. } => "colour",
            Self::Generated { .. } => "generated",
            Self::Declared { .. } => "declared",
            Self::Unexplained {} => "unexplained",
        }
    }
}

/// One thing that could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// On which side.
    pub side: Side,
    /// File, relative to the root of its side; or the source's name when there is no file.
    pub file: String,
    /// One-based line, when known.
    pub line: Option<u32>,
    /// Why; later versions of the program may know more reasons.
    pub reason: String,
    /// What was attempted, why it failed and what to do about it.
    pub message: String,
    /// Whether the policy accepts it. It is counted all the same.
    pub accepted: bool,
}

/// How many objects one side has and what became of them. The sums agree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
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

impl Accounting {
    /// Whether every object found ended in exactly one of the others.
    pub fn agrees(&self) -> bool {
        let parts = [self.compared, self.excluded, self.gaps];
        parts.into_iter().try_fold(0_u64, u64::checked_add) == Some(self.found)
    }
}

/// What one rule did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleCounts {
    /// Which rule.
    pub rule: String,
    /// Controls it bears on, as `framework:id`.
    pub controls: Vec<String>,
    /// Subjects on which it passed.
    pub passed: u64,
    /// On which it failed.
    pub failed: u64,
    /// To which it does not apply.
    pub not_applicable: u64,
    /// On which it could not be decided.
    pub unknown: u64,
}

/// What went into the audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// The live deployment.
    pub blue: Input,
    /// The candidate.
    pub green: Input,
    /// The policy's text.
    pub policy: Digests,
}

/// One side as it went into the audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The snapshot's digest.
    pub digest: Digests,
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
    pub masking_key: MaskingKey,
    /// How it was collected.
    pub collectors: Vec<Collector>,
    /// How many files were read as which syntax.
    pub syntaxes: Vec<SyntaxCount>,
}

/// Digests of one thing, by algorithm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    /// SHA-256, in lowercase hexadecimal.
    pub sha256: String,
}

/// The name of a masking key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaskingKey {
    /// The key's name.
    pub id: String,
    /// Whether it was made for this run only.
    pub ephemeral: bool,
}

/// What one collector did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collector {
    /// The collector's scheme.
    pub scheme: String,
    /// What it was pointed at, as the user wrote it.
    pub locator: String,
    /// The revision or digest it resolved to, when the source has one.
    pub resolved: Option<String>,
    /// What a reader should know.
    pub notes: Vec<String>,
    /// When it was taken, RFC 3339 in UTC, where that was before this run and is known.
    #[serde(default, rename = "takenAt")]
    pub taken_at: Option<String>,
}

/// How many files were read as one syntax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyntaxCount {
    /// The syntax.
    pub syntax: String,
    /// Files.
    pub files: u64,
}

/// Which program made the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engine {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A rule pack that took part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pack {
    /// Its name.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Digest of its text.
    pub digest: Digests,
    /// How many rules it holds.
    pub rules: u64,
}

//! The seam between the commands and the floors that do the work.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::failure::{Failure, FailureKind};
use crate::model::{Pair, Report, Timestamp};
use crate::policy::Policy;

/// Everything an audit needs to begin.
#[expect(dead_code, reason = "the floors that read it are not wired up yet")]
pub(super) struct Request {
    /// What the organisation decided, flags included.
    pub policy: Policy,
    /// What to read on each side.
    pub sources: Pair<Sources>,
    /// Patterns of files to leave out.
    pub exclude: Vec<String>,
    /// Rule packs beyond the built-in ones.
    pub packs: Vec<PathBuf>,
    /// The organisation's masking key, as read; without one, a key is made for this run.
    pub masking_key: Option<Vec<u8>>,
    /// Threads; as many as there are processors unless said.
    pub jobs: Option<NonZeroUsize>,
    /// The instant everything is judged at.
    pub evaluated_at: Timestamp,
    /// Whether rules are applied, or differences only explained.
    pub rules: Rules,
}

/// The sources of one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sources {
    /// The folder that paths among them are relative to.
    pub folder: PathBuf,
    /// What to read, as the user wrote it.
    pub locators: Vec<String>,
}

/// Whether rules are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// Every rule of every pack.
    Apply,
    /// None: differences are explained, not judged.
    Skip,
}

/// One rule, for people.
pub(super) struct RulePage {
    /// Its name.
    pub id: String,
    /// The pack it is from.
    pub pack: String,
    /// How bad it is when it fails.
    pub severity: String,
    /// Its title.
    pub title: String,
    /// Why it matters.
    pub rationale: String,
    /// What to do when it fails.
    pub remediation: String,
    /// Controls it bears on, as `framework:id`.
    pub controls: Vec<String>,
}

/// What is wrong in a rule pack, or a case of a rule that did not come out as it says.
pub(super) struct PackProblem {
    /// `file:line:column`, or the rule and its case.
    pub place: String,
    /// What is wrong and what to do about it.
    pub message: String,
}

/// What examining rule packs came to.
pub(super) struct PackCheck {
    /// How many rules, or cases of rules, were looked at.
    pub examined: u64,
    /// What is wrong, in order.
    pub problems: Vec<PackProblem>,
}

/// Collects both sides and audits them.
pub(super) fn audit(_request: &Request) -> Result<Report, Failure> {
    Err(unwired("the audit"))
}

/// Every rule of the built-in packs and of `packs`, sorted by name.
pub(super) fn rules(_packs: &[PathBuf]) -> Result<Vec<RulePage>, Failure> {
    Err(unwired("the list of rules"))
}

/// Runs the cases that rules carry; with no `packs`, those of the built-in ones.
pub(super) fn test_rules(_packs: &[PathBuf]) -> Result<PackCheck, Failure> {
    Err(unwired("the test of rules"))
}

/// Looks for mistakes in rule packs; with no `packs`, in the built-in ones.
pub(super) fn lint_rules(_packs: &[PathBuf]) -> Result<PackCheck, Failure> {
    Err(unwired("the check of rules"))
}

fn unwired(what: &str) -> Failure {
    Failure::new(FailureKind::Internal, format!("{what} is not wired up in this build"))
}

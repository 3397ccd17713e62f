//! `driftseal baseline`: make, compare, shrink and sign baselines.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::exit::Exit;
use super::explain;
use super::failure::{Failure, FailureKind};
use super::file::{self, Readers};
use super::policy::{self, BASELINE};
use super::session::Session;
use super::waivers::{self, SignTextArgs};
use crate::model::Digest;
use crate::policy::Baseline;
use crate::policy::baseline::{MakeError, Standing, compare, create, grown, prune};

/// The commands of `baseline`.
#[derive(Debug, Clone, Subcommand)]
pub enum BaselineCommand {
    /// Take the open findings of a report for known debt, but critical ones.
    Create(CreateArgs),
    /// Compare a report with a baseline: what is new or worse exits with 1.
    Check(CheckArgs),
    /// Drop what a report does not find any more; nothing adds to a baseline.
    Prune(PruneArgs),
    /// Sign a baseline: the signature is written beside it.
    Sign(SignTextArgs),
}

/// Arguments of `baseline create`.
#[derive(Debug, Clone, Args)]
pub struct CreateArgs {
    /// The report: what `gate` wrote with `-o json`.
    report: PathBuf,
    /// Who answers for what is in it.
    #[arg(long, value_name = "NAME")]
    owner: String,
    /// Why it is accepted for now.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Write the baseline here, where nothing is yet.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `baseline check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// The baseline.
    baseline: PathBuf,
    /// The report: what `gate` wrote with `-o json`.
    report: PathBuf,
    /// Demand that the baseline holds nothing that this earlier one does not.
    #[arg(long, value_name = "FILE")]
    previous: Option<PathBuf>,
}

/// Arguments of `baseline prune`.
#[derive(Debug, Clone, Args)]
pub struct PruneArgs {
    /// The baseline.
    baseline: PathBuf,
    /// The report: what `gate` wrote with `-o json`.
    report: PathBuf,
    /// Write what is left here, where nothing is yet.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Runs one of the commands of `baseline`.
pub(super) fn run(command: &BaselineCommand, session: &mut Session<'_>) -> Result<Exit, Failure> {
    match command {
        BaselineCommand::Create(args) => make(args, session),
        BaselineCommand::Check(args) => check(args, session),
        BaselineCommand::Prune(args) => shrink(args, session),
        BaselineCommand::Sign(args) => waivers::sign(args, BASELINE, session),
    }
}

fn read(path: &Path) -> Result<Baseline, Failure> {
    let found = policy::read_file(BASELINE, path)?;
    Baseline::parse(&found.shown, &found.text)
        .map_err(|error| policy::mistakes("the baseline", &[error]))
}

fn make(args: &CreateArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let report = explain::report(&session.folder.join(&args.report))?;
    let (text, critical) =
        create(&report, &args.owner, &args.reason).map_err(|why| failed(&why))?;
    let mut lines = write(&args.output, &text, session)?;
    if critical > 0 {
        lines.push(format!("  left out     {critical} critical: fix them, or have them waived"));
    }
    session.page(&lines)?;
    Ok(Exit::Pass)
}

fn check(args: &CheckArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let baseline = read(&session.folder.join(&args.baseline))?;
    if let Some(previous) = &args.previous {
        let more = grown(&read(&session.folder.join(previous))?, &baseline);
        if !more.is_empty() {
            let message = format!(
                "the baseline grew: {} of its findings are not in {}",
                more.len(),
                previous.display()
            );
            return Err(Failure::new(FailureKind::Integrity, message)
                .with(more)
                .hint("a baseline only shrinks; find out who added to it"));
        }
    }
    let report = explain::report(&session.folder.join(&args.report))?;
    let compared = compare(&baseline, &report);
    if !compared.incomparable.is_empty() {
        let mut lines = vec!["INCOMPARABLE: nothing is said to be fixed or new".to_owned()];
        lines.extend(compared.incomparable.iter().map(|why| format!("  {why}")));
        session.page(&lines)?;
        return Ok(Exit::Inconclusive);
    }
    let mut lines = Vec::new();
    let count = |standing: Standing| {
        compared.findings.iter().filter(|(known, _)| *known == standing).count()
    };
    let counts = Standing::ALL.map(|one| format!("{} {}", count(one), one.name()));
    lines.push(counts.join(", "));
    let told = compared.findings.iter().filter(|(standing, _)| *standing != Standing::Unchanged);
    lines.extend(told.map(|(standing, said)| format!("  {:9}  {said}", standing.name())));
    session.page(&lines)?;
    let is_worse = count(Standing::New) + count(Standing::Worsened) > 0;
    Ok(if is_worse { Exit::Fail } else { Exit::Pass })
}

fn shrink(args: &PruneArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let baseline = read(&session.folder.join(&args.baseline))?;
    let report = explain::report(&session.folder.join(&args.report))?;
    let (text, gone) = prune(&baseline, &report).map_err(|why| failed(&why))?;
    let mut lines = write(&args.output, &text, session)?;
    lines.push(format!("  dropped      {gone}"));
    session.page(&lines)?;
    Ok(Exit::Pass)
}

/// Writes a baseline where none is, and says how it is pinned.
fn write(path: &Path, text: &str, session: &Session<'_>) -> Result<Vec<String>, Failure> {
    file::create(&session.folder.join(path), text.as_bytes(), Readers::All).map_err(|failure| {
        failure.hint("a baseline is not written over: name a new file, and review what changes")
    })?;
    Ok(vec![
        format!(
            "wrote {} with {} findings",
            path.display(),
            text.lines().count().saturating_sub(1)
        ),
        format!("  sha256       {}", Digest::of(text.as_bytes())),
        "  pin it       driftseal.toml: [gate.baseline] file = \"…\", sha256 = \"…\"".to_owned(),
    ])
}

fn failed(why: &MakeError) -> Failure {
    let kind = match why {
        MakeError::Unowned => FailureKind::Usage,
        MakeError::Partial | MakeError::Incomparable(_) => FailureKind::Input,
        MakeError::Unwritten => FailureKind::Internal,
    };
    Failure::new(kind, format!("cannot make a baseline: {why}"))
}

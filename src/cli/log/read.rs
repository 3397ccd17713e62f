//! Reading a log: entries, proofs, all of it.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{Believed, SignedReport, digest, failure, stored};
use crate::cli::exit::Exit;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::file;
use crate::cli::session::Session;
use crate::ledger::{
    self, ATTEMPTS, Checkpoint, Consequence, Directory, Entry, Found, Growth, Log, NOTE_BYTES_MAX,
    Note, Policy, tile,
};
use crate::model::Digest;
use crate::report::escape;

/// How a result is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: JSON, of a list one object on each line.
    Json,
}

/// Arguments of `log list`.
#[derive(Debug, Clone, Args)]
pub struct ListArgs {
    /// The folder of the log, or the file it was exported to.
    log: PathBuf,
    #[command(flatten)]
    believed: Believed,
    /// How many entries, from the end.
    #[arg(long, value_name = "N", default_value_t = 20)]
    last: u64,
    /// How to write them.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: LogFormat,
}

/// Arguments of `log prove`.
#[derive(Debug, Clone, Args)]
pub struct ProveArgs {
    /// The folder of the log, or the file it was exported to.
    log: PathBuf,
    #[command(flatten)]
    believed: Believed,
    #[command(flatten)]
    report: SignedReport,
    /// The report's id, as `verify` prints it.
    #[arg(long, value_name = "DIGEST", value_parser = digest, conflicts_with = "report")]
    statement: Option<Digest>,
    /// The entry's number, from 0 on.
    #[arg(long, value_name = "N", conflicts_with_all = ["report", "statement"])]
    index: Option<u64>,
    /// Where the proof goes; without it, to standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Arguments of `log consistency`.
#[derive(Debug, Clone, Args)]
pub struct ConsistencyArgs {
    /// The folder of the log, or the file it was exported to.
    log: PathBuf,
    #[command(flatten)]
    believed: Believed,
    /// Since when: a number of entries, or a file with a signed checkpoint of then.
    #[arg(long, value_name = "SIZE|FILE")]
    since: String,
}

/// Arguments of `log fsck`.
#[derive(Debug, Clone, Args)]
pub struct FsckArgs {
    /// The folder of the log, or the file it was exported to.
    log: PathBuf,
    #[command(flatten)]
    believed: Believed,
    /// Write tiles and index again, if the entries are those that were signed.
    #[arg(long)]
    repair: bool,
}

/// Arguments of `log export`.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// The folder of the log.
    log: PathBuf,
    #[command(flatten)]
    believed: Believed,
    /// Where the file goes.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Lists the last entries, each of which has led to the checkpoint.
pub(super) fn list(args: &ListArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let (policy, store) = (args.believed.policy(session)?, stored(&args.log, session)?);
    let mut log = Log::open(&*store, &policy).map_err(failure)?;
    let Checkpoint { origin, size, root } = log.checkpoint().clone();
    if args.format == LogFormat::Text {
        let head = format!("{origin}: {size} entries, root {root}");
        session.print((escape(&head, false) + "\n").as_bytes())?;
    }
    let first = size.saturating_sub(args.last);
    for number in first / tile::WIDTH..size.div_ceil(tile::WIDTH) {
        let mut text = String::new();
        let entries = log.bundle(number).map_err(failure)?;
        for (at, bytes) in (number * tile::WIDTH..).zip(entries).filter(|(at, _)| *at >= first) {
            let entry = Entry::parse(&bytes, &format!("entry {at} of {origin}"));
            let line = match (args.format, entry) {
                (_, Err(error)) => return Err(failure(error)),
                (LogFormat::Json, Ok(_)) => {
                    format!("{{\"index\":{at},\"entry\":{}}}", String::from_utf8_lossy(&bytes))
                }
                (LogFormat::Text, Ok(entry)) => {
                    let fields = entry.fields();
                    let verdict = fields.verdict.as_deref().unwrap_or("-");
                    let signers = fields.signers.join(" ");
                    let statement = &fields.statement_sha256;
                    let kind = &fields.kind;
                    format!("{at:>8}  {}  {kind:7} {verdict:12} {statement}  {signers}", fields.at)
                }
            };
            text.push_str(&escape(&line, false));
            text.push('\n');
        }
        session.print(text.as_bytes())?;
    }
    Ok(Exit::Pass)
}

/// Writes the proof of one entry.
pub(super) fn prove(args: &ProveArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let (policy, store) = (args.believed.policy(session)?, stored(&args.log, session)?);
    let mut log = Log::open(&*store, &policy).map_err(failure)?;
    let report = args.report.verified(session)?.map(|report| report.get().id);
    let index = match (args.index, args.statement.or(report)) {
        (Some(index), _) => index,
        (None, Some(statement)) => log.find(statement).map_err(failure)?,
        (None, None) => {
            return Err(Failure::usage("nothing says what to prove")
                .hint("pass --report with --report-key, --statement or --index"));
        }
    };
    let proof = log.prove(index).map_err(failure)?.to_string();
    match &args.output {
        Some(path) => file::replace(&session.folder.join(path), proof.as_bytes())?,
        None => session.print(proof.as_bytes())?,
    }
    Ok(Exit::Pass)
}

/// Writes the proof that a log has only grown.
pub(super) fn consistency(
    args: &ConsistencyArgs,
    session: &mut Session<'_>,
) -> Result<Exit, Failure> {
    let (policy, store) = (args.believed.policy(session)?, stored(&args.log, session)?);
    let mut log = Log::open(&*store, &policy).map_err(failure)?;
    let growth = if let Ok(size) = args.since.parse::<u64>() {
        log.growth(size).map_err(failure)?.0
    } else {
        since(&session.folder.join(&args.since), &policy, &mut log)?
    };
    let Checkpoint { origin, size, .. } = log.checkpoint();
    session.note(&format!("{origin} has only grown, from {} to {size} entries", growth.old));
    session.print(growth.to_string().as_bytes())?;
    Ok(Exit::Pass)
}

/// Proves that a log begins with what the checkpoint in a file committed to.
fn since(path: &Path, policy: &Policy, log: &mut Log<'_>) -> Result<Growth, Failure> {
    let place = path.display().to_string();
    let bytes = file::read(path, "the checkpoint", NOTE_BYTES_MAX as u64)?;
    let note = Note::parse(&bytes, &place).map_err(failure)?;
    let earlier = policy.signed(&note, &place).map_err(failure)?;
    // Both signed heads, because together they prove what was done.
    let heads = format!("{note}{}", log.note());
    log.covers(&earlier).map_err(|error| {
        let failure = failure(error);
        if failure.kind == FailureKind::Integrity {
            return failure.with(heads.lines().map(str::to_owned));
        }
        failure
    })
}

/// Computes a log again.
pub(super) fn fsck(args: &FsckArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let policy = args.believed.policy(session)?;
    let store = stored(&args.log, session)?;
    let mut found = ledger::fsck(&Log::open(&*store, &policy).map_err(failure)?, false);
    if args.repair {
        let folder = session.folder.join(&args.log);
        if folder.is_file() {
            let message =
                format!("cannot repair {}: an exported log is never written to", folder.display());
            return Err(
                Failure::new(FailureKind::Output, message).hint("name the folder of the log")
            );
        }
        let store = Directory::writer(folder, ATTEMPTS).map_err(failure)?;
        let log = Log::open(&store, &policy).map_err(failure)?;
        found = ledger::fsck(&log, true);
        store.tidy(&tile::superseded(0, log.checkpoint().size));
    }
    let mut found = found.map_err(failure)?;
    // An exported log has no index.
    if session.folder.join(&args.log).is_file() {
        found.unindexed = 0;
    }
    session.print(page(&found).as_bytes())?;
    let only_unknown =
        found.problems.iter().all(|problem| problem.reason.consequence() == Consequence::Unknown);
    Ok(match (found.holds(), only_unknown) {
        (true, _) => Exit::Pass,
        (false, true) => Exit::Inconclusive,
        (false, false) => Exit::Integrity,
    })
}

/// Writes a log to one file, after it was computed again.
pub(super) fn export(args: &ExportArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let (policy, store) = (args.believed.policy(session)?, stored(&args.log, session)?);
    let log = Log::open(&*store, &policy).map_err(failure)?;
    let found = ledger::fsck(&log, false).map_err(failure)?;
    if !found.holds() {
        let problems = found.problems.iter().map(ToString::to_string);
        let message = format!("cannot export {}: the log does not hold", args.log.display());
        return Err(Failure::new(FailureKind::Integrity, message)
            .with(problems)
            .hint("run `driftseal log fsck`"));
    }
    let path = session.folder.join(&args.output);
    file::replace_with(&path, &mut |out| ledger::export(&log, out).map_err(failure))?;
    session.note(&format!("wrote {} entries to {}", found.entries, path.display()));
    Ok(Exit::Pass)
}

fn page(found: &Found) -> String {
    let Checkpoint { origin, size, root } = &found.checkpoint;
    let verdict = if found.holds() { "HOLDS" } else { "DOES NOT HOLD" };
    let mut lines = vec![
        format!("{verdict}: {origin}"),
        format!("  signed       {size} entries, root {root}"),
        format!("  computed     {} entries, {} tiles", found.entries, found.tiles),
    ];
    if found.unindexed > 0 {
        lines.push(format!(
            "  index        {} entries are not in it; --repair adds them, until then they are looked for",
            found.unindexed
        ));
    }
    for problem in &found.problems {
        lines.push(format!("  problem      {problem}"));
        lines.push(format!("    do         {}", problem.remedy));
    }
    if found.untold > 0 {
        lines.push(format!("  and {} more", found.untold));
    }
    lines.extend(found.repaired.iter().map(|name| format!("  repaired     {name}")));
    lines.iter().map(|line| escape(line, false) + "\n").collect()
}

//! `driftseal snapshot`: one side in one file, to compare later or elsewhere.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::clock;
use super::config;
use super::exit::Exit;
use super::failure::{Failure, FailureKind};
use super::file;
use super::inputs;
use super::key_ref::Access;
use super::run::{self, Side, Sources, Taking};
use super::session::Session;
use crate::model::{Excluded, Gap, GapReason, Snapshot};
use crate::report::escape;

/// Arguments of `snapshot`.
#[derive(Debug, Clone, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_long_help = inputs::manual()
)]
pub struct SnapshotArgs {
    #[command(subcommand)]
    command: Option<SnapshotCommand>,
    /// Read the side from here; several are one side. A path, `-`, or SCHEME:LOCATOR.
    ///
    /// A folder named `show` is written `./show`.
    #[arg(value_name = "SOURCE", required = true)]
    sources: Vec<String>,
    /// Write the snapshot here, or to standard output (`-`).
    #[arg(short, long, value_name = "FILE", required = true)]
    output: Option<PathBuf>,
    /// Leave out files that match; repeatable. Each pattern and what it left out is recorded.
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Mask secrets with this key: `file:PATH`, `env:NAME` or PATH.
    ///
    /// Only snapshots masked with the same key can be compared with each other.
    #[arg(long, value_name = "REF", env = "DRIFTSEAL_MASKING_KEY", hide_env_values = true)]
    masking_key: Option<String>,
    /// Accept a key file that others than its owner can read.
    #[arg(long)]
    allow_insecure_key_permissions: bool,
    /// Record when it was taken, for gates that bound its age (`max_snapshot_age`). Without, the same
    /// input gives the same file.
    #[arg(long)]
    dated: bool,
    /// Use this many threads. The result does not depend on it.
    #[arg(long, value_name = "N", env = "DRIFTSEAL_JOBS")]
    jobs: Option<NonZeroUsize>,
}

/// The commands of `snapshot`.
#[derive(Debug, Clone, Subcommand)]
pub enum SnapshotCommand {
    /// List the documents, gaps and exclusions of a snapshot, with counts that add up.
    Show(SnapshotShowArgs),
}

/// Arguments of `snapshot show`.
#[derive(Debug, Clone, Args)]
pub struct SnapshotShowArgs {
    /// The snapshot.
    file: PathBuf,
    /// Check the seal with this key: `file:PATH`, `env:NAME` or PATH. Without it, only digests are
    /// checked.
    #[arg(long, value_name = "REF", env = "DRIFTSEAL_MASKING_KEY", hide_env_values = true)]
    masking_key: Option<String>,
    /// Accept a key file that others than its owner can read.
    #[arg(long)]
    allow_insecure_key_permissions: bool,
}

/// Takes a snapshot, or shows one.
pub(super) fn run(args: &SnapshotArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    match &args.command {
        Some(SnapshotCommand::Show(args)) => show(args, session),
        None => take(args, session),
    }
}

fn take(args: &SnapshotArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let (config, folder) = inputs::configuration(&args.sources, session)?;
    let access = access(args.allow_insecure_key_permissions);
    let given = args.masking_key.as_deref();
    let masking_key = inputs::masking_key(given, (&config, &folder), access, session)?;
    if masking_key.is_none() {
        return Err(Failure::usage("a snapshot needs --masking-key").hint(
            "with a key made for one run, it could be compared with nothing taken in another; any \
             32 secret bytes will do: head -c 32 /dev/urandom > masking.key; chmod 600 masking.key",
        ));
    }
    if args.sources.iter().filter(|source| *source == "-").count() > 1 {
        return Err(Failure::usage("standard input (`-`) is named more than once")
            .hint("it can be read once: give the other source a path"));
    }
    if let Some(path) = &args.output
        && config::is_inside(&session.folder.join(path), &session.folder, &args.sources)
    {
        let message = format!("the snapshot {} would be part of its own sources", path.display());
        return Err(Failure::usage(message)
            .hint("write it elsewhere: the next one would hold this one, and differ"));
    }
    let side = run::take(&Taking {
        sources: Sources { folder: session.folder.clone(), locators: args.sources.clone() },
        exclude: config.exclude.iter().chain(&args.exclude).cloned().collect(),
        masking_key,
        secret_patterns: config.secret_patterns,
        jobs: args.jobs,
        progress: session.progress(),
    })?;
    let now = if args.dated {
        let now = clock::now().ok_or_else(|| {
            Failure::config("cannot tell the time: the system clock is out of range")
                .hint("set the clock, or leave out --dated")
        });
        Some(now?)
    } else {
        None
    };
    let page = page(&side, None);
    if let Some(path) = args.output.as_ref().filter(|path| path.as_os_str() != "-") {
        file::replace_with(&session.folder.join(path), &mut |out| side.write(now, out))?;
        session.print(page.as_bytes())?;
    } else {
        let mut bytes = Vec::new();
        side.write(now, &mut bytes)?;
        session.print(&bytes)?;
    }
    if side.snapshot.gaps.is_empty() {
        return Ok(Exit::Pass);
    }
    let gaps = side.snapshot.gaps.len();
    session.note(&format!(
        "the snapshot has {}: a gate that reads it is inconclusive unless they are accepted",
        counted(gaps, "gap")
    ));
    Ok(Exit::Inconclusive)
}

fn show(args: &SnapshotShowArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let (config, folder) = inputs::configuration(&[], session)?;
    let access = access(args.allow_insecure_key_permissions);
    let given = args.masking_key.as_deref();
    let masking_key = inputs::masking_key(given, (&config, &folder), access, session)?;
    let has_key = masking_key.is_some();
    let locator = format!("snapshot:{}", args.file.display());
    let side = run::take(&Taking {
        sources: Sources { folder: session.folder.clone(), locators: vec![locator] },
        exclude: Vec::new(),
        masking_key,
        secret_patterns: config.secret_patterns,
        jobs: None,
        progress: session.progress(),
    })?;
    if side.snapshot.collectors.iter().any(|record| record.resolved.is_none()) {
        let gaps = &side.snapshot.gaps;
        let gap = gaps.iter().find(|gap| gap.reason != GapReason::NothingToEvaluate);
        let why = gap.map_or("", |gap| gap.message.as_str());
        let message = format!("{}: {why}", args.file.display());
        return Err(Failure::new(FailureKind::Input, message));
    }
    session.print(page(&side, Some(has_key)).as_bytes())?;
    Ok(Exit::Pass)
}

const fn access(any: bool) -> Access {
    if any { Access::Any } else { Access::OwnerOnly }
}

/// What a snapshot holds; `shown` tells whether a key was at hand, when one is read.
fn page(side: &Side, shown: Option<bool>) -> String {
    let snapshot = &side.snapshot;
    let masked: u64 = snapshot.sources.iter().map(|source| u64::from(source.masked)).sum();
    let files = snapshot.files();
    let sums = format!(
        "{} found = {} to compare + {} excluded + {} with gaps",
        files.found, files.compared, files.excluded, files.gaps
    );
    let mut lines = vec![
        format!("snapshot {}", snapshot.digest()),
        format!("  files      {sums}"),
        format!("  documents  {}", snapshot.documents.len()),
        format!("  secrets    {masked} masked with key {}", snapshot.masking_key.id),
    ];
    if files.found != files.compared + files.excluded + files.gaps {
        lines.push("  the sums do not agree: driftseal lost files; please report it".to_owned());
    }
    for record in &snapshot.collectors {
        let at = record.resolved.as_ref().map_or_else(String::new, |at| format!(" at {at}"));
        lines.push(format!("  from       {} ({}){at}", record.locator, record.scheme));
        lines.extend(record.notes.iter().map(|note| format!("             {note}")));
    }
    if shown == Some(true) && snapshot.gaps.iter().all(|gap| !is_of_the_seal(gap)) {
        lines.push("  seal       holds".to_owned());
    }
    if shown.is_some() {
        lines.extend(documents(snapshot));
    }
    lines.extend(excluded(&snapshot.excluded));
    lines.extend(gaps(&snapshot.gaps));
    let mut page = String::new();
    for line in &lines {
        page.push_str(escape(line, false).trim_end());
        page.push('\n');
    }
    page
}

fn is_of_the_seal(gap: &Gap) -> bool {
    gap.reason == GapReason::MaskingKeysDiffer
}

/// Every file with its documents.
fn documents(snapshot: &Snapshot) -> Vec<String> {
    let mut lines = vec![format!("Files kept ({})", snapshot.sources.len())];
    let mut documents = snapshot.documents.iter().peekable();
    for (index, source) in (0_u32..).zip(&snapshot.sources) {
        lines.push(format!("  {}  {}, {} masked", source.file, source.syntax, source.masked));
        while let Some(document) = documents.next_if(|document| document.source.0 <= index) {
            lines.push(format!("    {}  {}", document.ordinal, document.identity));
        }
    }
    lines
}

/// Every pattern with what it left out.
fn excluded(excluded: &[Excluded]) -> Vec<String> {
    let mut patterns: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in excluded {
        patterns.entry(&one.pattern).or_default().push(&one.place);
    }
    let mut lines = Vec::new();
    if !patterns.is_empty() {
        lines.push(format!("Excluded ({})", excluded.len()));
    }
    for (pattern, places) in patterns {
        lines.push(format!("  {} by {pattern}", places.len()));
        lines.extend(places.iter().map(|place| format!("    {place}")));
    }
    lines
}

/// Every gap.
fn gaps(gaps: &[Gap]) -> Vec<String> {
    let mut lines = Vec::new();
    if !gaps.is_empty() {
        lines.push(format!("Gaps ({})", gaps.len()));
    }
    for gap in gaps {
        let line = gap.line.map_or_else(String::new, |line| format!(":{line}"));
        lines.push(format!("  {}{line}  {}", gap.place, gap.reason.name()));
        lines.push(format!("    {}", gap.message));
    }
    lines
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

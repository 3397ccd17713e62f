//! Arguments, configuration file, progress, exit codes.
//!
//! The only floor that prints, exits, reads the clock and the environment. Results go to standard
//! output, everything else to standard error; files are written only where `-o` says, whole or not
//! at all.
//!
//! **Never here:** logic. A command reads its inputs, calls one function of a lower floor and
//! prints what it returns.
//!
//! **To add a command:** one file with a `clap::Args` struct and a `run` function, one variant of
//! [`Command`] and its line in `dispatch`.

mod baseline;
mod bundle;
mod clock;
mod config;
mod diff;
mod evidence;
mod exit;
mod explain;
mod export;
mod failure;
mod file;
mod gate;
mod init;
mod inputs;
mod key_ref;
mod keys;
mod live;
mod log;
mod manual;
mod output;
mod packs;
mod panic;
mod policy;
mod progress;
mod rego;
mod replay;
mod report;
mod rules;
mod run;
mod schema;
mod seal;
mod session;
mod sign;
mod signer;
mod snapshot;
mod timestamp;
mod trace;
mod trust;
mod verifier;
mod verify;
mod waivers;

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use clap::{Parser, Subcommand};

pub use baseline::{BaselineCommand, CheckArgs, CreateArgs, PruneArgs};
pub use diff::DiffArgs;
pub use exit::Exit;
pub use explain::ExplainArgs;
pub use failure::{Failure, FailureKind};
pub use gate::GateArgs;
pub use init::InitArgs;
pub use inputs::Inputs;
pub use keys::{GenerateArgs, KeysCommand, ShowArgs};
pub use log::{
    AppendArgs, Believed, ConsistencyArgs, ExportArgs, FsckArgs, ListArgs, LogCommand, LogFormat,
    LogInitArgs, LogKey, LogVerifyArgs, ProveArgs, SignedReport, WitnessArgs,
};
pub use manual::{CompletionsArgs, ManArgs};
pub use policy::PolicyArgs;
pub use progress::Progress;
pub use rego::RegoArgs;
pub use replay::ReplayArgs;
pub use report::{ReportArgs, ReportCommand};
pub use rules::{ExplainRuleArgs, ListRulesArgs, PackArgs, RulesCommand, SignPackArgs, TestArgs};
pub use session::{Colouring, Global, Session};
pub use sign::SignArgs;
pub use snapshot::{SnapshotArgs, SnapshotCommand, SnapshotShowArgs};
pub use timestamp::{AttachArgs, RequestArgs, TimestampCommand};
pub use trace::TraceArgs;
pub use trust::{LintArgs, TrustArgs, TrustCommand};
pub use verifier::VerifierArgs;
pub use verify::VerifyArgs;
pub use waivers::{LintWaiversArgs, RequestWaiverArgs, SignTextArgs, WaiversCommand};

/// The command line.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "driftseal",
    version,
    about = "Is every difference between blue and green explained, and is green no less safe?",
    after_help = "Exit codes: 0 pass, 1 fail, 2 error, 3 inconclusive, 4 integrity; see \
                  `driftseal explain exit-codes`.",
    propagate_version = true
)]
pub struct CommandLine {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What the program can do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Decide whether green may take the traffic: collect, audit, sign, exit.
    Gate(Box<GateArgs>),
    /// Show every difference and what explains it, without rules and signature.
    Diff(Box<DiffArgs>),
    /// Take a snapshot of one side, masked, to compare later or elsewhere.
    Snapshot(Box<SnapshotArgs>),
    /// Show how the spans of every service travel, on one side or both.
    Trace(Box<TraceArgs>),
    /// Check a signed report against keys, candidate, challenge and age.
    Verify(Box<VerifyArgs>),
    /// Derive a signed report again from its evidence, and compare.
    Replay(ReplayArgs),
    /// Render a signed report again, after verifying it.
    Report(Box<ReportArgs>),
    /// Add a second person's signature to a signed report.
    Sign(Box<SignArgs>),
    /// Ask for time stamps over the signatures of a bundle, and add them.
    #[command(subcommand)]
    Timestamp(TimestampCommand),
    /// Make and show keys.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Keep, prove and check the append-only log of signed reports.
    #[command(subcommand)]
    Log(Box<LogCommand>),
    /// Check and show trust policies: who may sign what.
    #[command(subcommand)]
    Trust(TrustCommand),
    /// List, test, check and sign rules.
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Check, list, request and sign waivers: findings that are accepted for a while.
    #[command(subcommand)]
    Waivers(WaiversCommand),
    /// Make, compare, shrink and sign baselines: debt that is known.
    #[command(subcommand)]
    Baseline(BaselineCommand),
    /// Explain a rule, a control, an exit code, or one finding or difference of a report.
    Explain(ExplainArgs),
    /// Propose a driftseal.toml for the repository one stands in, each line explained.
    Init(InitArgs),
    /// Print the JSON Schema of the report.
    Schema,
    /// Print what a shell needs to complete command lines.
    Completions(CompletionsArgs),
    /// Print a page of the manual, for `man -l -`.
    Man(ManArgs),
}

/// Runs the program on the arguments of the process.
///
/// A panic becomes exit code 2 and a message without its payload, which may hold a secret.
pub fn main() -> ExitCode {
    panic::quieten();
    run::lend_this_thread();
    let run = || {
        let (mut out, mut err) =
            (BufWriter::with_capacity(file::BUFFER_BYTES, io::stdout().lock()), io::stderr());
        let folder = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        let mut session = Session::new(&mut out, &mut err, folder);
        session.columns = columns();
        session.out_is_coloured = AutoStream::choice(&io::stdout()) != ColorChoice::Never;
        session.err_is_coloured = AutoStream::choice(&io::stderr()) != ColorChoice::Never;
        if io::stderr().is_terminal() && std::env::var_os("CI").is_none() {
            session.progress = Progress::Shown;
        }
        session.has_links = supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout);
        execute(std::env::args_os(), &mut session)
    };
    // This thread works as the others do: its stack is no smaller than theirs, whatever limit a shell sets.
    let exit = std::panic::catch_unwind(|| stacker::grow(STACK_BYTES, run));
    exit.unwrap_or(Exit::Error).into()
}

/// The stack on which the program works.
const STACK_BYTES: usize = 8 << 20;

/// Runs one command line.
pub fn execute(
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    session: &mut Session<'_>,
) -> Exit {
    let line = match CommandLine::try_parse_from(arguments) {
        Ok(line) => line,
        Err(error) => return refuse(&error, session),
    };
    match line.global.color {
        Colouring::Auto => {}
        choice @ (Colouring::Always | Colouring::Never) => {
            session.out_is_coloured = choice == Colouring::Always;
            session.err_is_coloured = choice == Colouring::Always;
        }
    }
    session.global = line.global;
    dispatch(&line.command, session).unwrap_or_else(|failure| {
        session.complain(&failure);
        failure.kind.exit()
    })
}

fn dispatch(command: &Command, session: &mut Session<'_>) -> Result<Exit, Failure> {
    match command {
        Command::Gate(args) => gate::run(args, session),
        Command::Diff(args) => diff::run(args, session),
        Command::Snapshot(args) => snapshot::run(args, session),
        Command::Trace(args) => trace::run(args, session),
        Command::Verify(args) => verify::run(args, session),
        Command::Replay(args) => replay::run(args, session),
        Command::Report(args) => report::run(args, session),
        Command::Sign(args) => sign::run(args, session),
        Command::Timestamp(command) => timestamp::run(command, session),
        Command::Keys(command) => keys::run(command, session),
        Command::Log(command) => log::run(command, session),
        Command::Trust(command) => trust::run(command, session),
        Command::Rules(command) => rules::run(command, session),
        Command::Waivers(command) => waivers::run(command, session),
        Command::Baseline(command) => baseline::run(command, session),
        Command::Explain(args) => explain::run(args, session),
        Command::Init(args) => init::run(args, session),
        Command::Schema => schema::run(session),
        Command::Completions(args) => manual::completions(args, session),
        Command::Man(args) => manual::man(args, session),
    }
}

/// Shows help and version as results, everything else as a complaint.
fn refuse(error: &clap::Error, session: &mut Session<'_>) -> Exit {
    let text = error.render();
    let is_complaint = error.use_stderr();
    let is_coloured = if is_complaint { session.err_is_coloured } else { session.out_is_coloured };
    let text = if is_coloured { text.ansi().to_string() } else { text.to_string() };
    if !is_complaint {
        return match session.print(text.as_bytes()) {
            Ok(()) => Exit::Pass,
            Err(failure) => failure.kind.exit(),
        };
    }
    // A message that cannot be written has nobody to tell; the exit code still says it.
    let _ = session.err.write_all(text.as_bytes());
    Exit::Error
}

/// Columns of the terminal that results go to.
fn columns() -> Option<usize> {
    let stdout = io::stdout();
    if !stdout.is_terminal() {
        return None;
    }
    let (width, _) = terminal_size::terminal_size_of(&stdout)?;
    Some(usize::from(width.0))
}

#[cfg(test)]
mod tests;

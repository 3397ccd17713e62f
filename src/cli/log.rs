//! `driftseal log`: the append-only log of reports.

mod read;
mod verify;
mod witness;
mod write;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

pub use read::{ConsistencyArgs, ExportArgs, FsckArgs, ListArgs, LogFormat, ProveArgs};
pub use verify::LogVerifyArgs;
pub use witness::WitnessArgs;
pub use write::{AppendArgs, LogInitArgs, LogKey};

use super::clock;
use super::exit::Exit;
use super::failure::{Failure, FailureKind};
use super::file;
use super::key_ref::KeyRef;
use super::seal;
use super::session::Session;
use crate::evidence::{self, Expect, Freshness, Outcome, PublicKey, Statement, Trust, Verified};
use crate::ledger::{
    self, CLOCK_SKEW_SECONDS, Consequence, Directory, Exported, LedgerError, POLICY_BYTES_MAX,
    PROOF_BYTES_MAX, Policy, Proof, Reason, Role, Store, Verifier,
};
use crate::model::{Digest, Timestamp};
use crate::wire::statement::LogHead;

/// The largest envelope that is read.
const ENVELOPE_BYTES_MAX: u64 = 1 << 30;

/// The commands of `log`.
#[derive(Debug, Clone, Subcommand)]
pub enum LogCommand {
    /// Begin a log, and print the key that verifies it.
    Init(LogInitArgs),
    /// Log a signed report; after exit 0 it is there for good.
    Append(AppendArgs),
    /// List the last entries.
    List(ListArgs),
    /// Prove that a report is in the log (`.tlog-proof`).
    Prove(ProveArgs),
    /// Check a log or a `.tlog-proof`, who cosigned it, what was seen before.
    Verify(LogVerifyArgs),
    /// Prove that the log has only grown since a checkpoint.
    Consistency(ConsistencyArgs),
    /// Compute the whole log again and compare.
    Fsck(FsckArgs),
    /// Write a log to one file, to be read in its place.
    Export(ExportArgs),
    /// Cosign a log that has only grown, or add a cosignature.
    Witness(WitnessArgs),
}

/// Runs one of the commands of `log`.
pub(super) fn run(command: &LogCommand, session: &mut Session<'_>) -> Result<Exit, Failure> {
    match command {
        LogCommand::Init(args) => write::init(args, session),
        LogCommand::Append(args) => write::append(args, session),
        LogCommand::List(args) => read::list(args, session),
        LogCommand::Prove(args) => read::prove(args, session),
        LogCommand::Verify(args) => verify::run(args, session),
        LogCommand::Consistency(args) => read::consistency(args, session),
        LogCommand::Fsck(args) => read::fsck(args, session),
        LogCommand::Export(args) => read::export(args, session),
        LogCommand::Witness(args) => witness::run(args, session),
    }
}

/// Whose log is believed.
#[derive(Debug, Clone, Args)]
pub struct Believed {
    /// Believe this log: its verifier key (NAME+ID+KEY, as `log init` prints it) or a file with it.
    #[arg(long, value_name = "VKEY", required_unless_present = "policy")]
    log_key: Option<String>,
    /// Know this witness by its verifier key or a file with it; repeatable.
    #[arg(long, value_name = "VKEY", conflicts_with = "policy")]
    witness_key: Vec<String>,
    /// Demand cosignatures by this many of the known witnesses.
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "policy")]
    witnesses: usize,
    /// Take the log, the witnesses and their quorum from this file (C2SP tlog-policy).
    #[arg(long, value_name = "FILE", conflicts_with = "log_key")]
    policy: Option<PathBuf>,
}

impl Believed {
    fn policy(&self, session: &Session<'_>) -> Result<Policy, Failure> {
        if let Some(path) = &self.policy {
            let path = session.folder.join(path);
            let bytes = file::read(&path, "the policy", POLICY_BYTES_MAX as u64)
                .map_err(|failure| Failure { kind: FailureKind::Config, ..failure })?;
            return Policy::parse(&bytes, &path.display().to_string()).map_err(failure);
        }
        let log = verifier(self.log_key.as_deref().unwrap_or_default(), Role::Log, session)?;
        let witnesses = self.witness_key.iter().map(|key| verifier(key, Role::Witness, session));
        Policy::new(log, witnesses.collect::<Result<_, _>>()?, self.witnesses).map_err(failure)
    }
}

/// Whose log another command believes: a verifier key or a policy, in that command's own words.
pub(super) fn believed(
    key: Option<&str>,
    policy: Option<&Path>,
    session: &Session<'_>,
) -> Result<Policy, Failure> {
    if key.is_none() && policy.is_none() {
        return Err(Failure::usage("nothing says whose log is believed")
            .hint("pass --log-key VKEY, as `log init` prints it, or --log-policy FILE"));
    }
    let believed = Believed {
        log_key: key.map(str::to_owned),
        witness_key: Vec::new(),
        witnesses: 0,
        policy: policy.map(Path::to_owned),
    };
    believed.policy(session)
}

/// Whether a proof shows that the log holds this report; why not.
pub(super) fn holds(
    proof: &Path,
    policy: &Policy,
    statement: Digest,
    session: &Session<'_>,
) -> Result<Result<(), String>, Failure> {
    let path = session.folder.join(proof);
    let place = path.display().to_string();
    let bytes = file::read(&path, "the proof", PROOF_BYTES_MAX as u64)?;
    let shown = Proof::parse(&bytes, &place)
        .and_then(|proof| proof.verify_report(policy, statement, &place));
    Ok(shown.map(|_| ()).map_err(|error| error.to_string()))
}

/// The head of a log, for a report that will be appended to it. A report that is judged before the
/// log's last entry was made is judged by a clock that was set back.
pub(super) fn head_for(
    folder: &Path,
    policy: &Policy,
    evaluated_at: Timestamp,
    session: &Session<'_>,
) -> Result<LogHead, Failure> {
    let store = stored(folder, session)?;
    let (head, last) = ledger::head(&*store, policy).map_err(failure)?;
    let is_before = |last: &Timestamp| {
        evaluated_at.unix_seconds() < last.unix_seconds().saturating_sub(CLOCK_SKEW_SECONDS)
    };
    if let Some(last) = last.filter(is_before) {
        let message = format!(
            "will not sign a report judged at {evaluated_at}: the last entry of the log is of {last}"
        );
        return Err(Failure::new(FailureKind::Integrity, message).hint("set the clock"));
    }
    Ok(head)
}

/// Which report is meant.
#[derive(Debug, Clone, Args)]
pub struct SignedReport {
    /// The signed report: its envelope, or a bundle's folder.
    #[arg(long, value_name = "FILE", requires = "report_key")]
    report: Option<PathBuf>,
    /// Trust this public key to sign reports; repeatable: `file:PATH`, `env:NAME` or PATH.
    #[arg(long, value_name = "REF")]
    report_key: Vec<String>,
    /// Demand signatures of the report by this many different trusted keys.
    #[arg(long, value_name = "N", default_value_t = 1)]
    threshold: usize,
}

impl SignedReport {
    /// Reads and verifies the report, if one was given.
    fn verified(&self, session: &Session<'_>) -> Result<Option<Verified<Statement>>, Failure> {
        let Some(path) = &self.report else { return Ok(None) };
        report(path, &self.report_key, self.threshold, session).map(Some)
    }
}

/// Reads a signed report, which must hold.
fn report(
    path: &Path,
    keys: &[String],
    threshold: usize,
    session: &Session<'_>,
) -> Result<Verified<Statement>, Failure> {
    let keys: Vec<PublicKey> = keys
        .iter()
        .map(|text| KeyRef::parse(text, &session.folder).and_then(|key| seal::public_key(&key)))
        .collect::<Result<_, _>>()?;
    let trust = Trust::new(keys, threshold)
        .map_err(|error| Failure::usage(format!("cannot trust these keys: {error}")))?;
    let path = session.folder.join(path);
    let envelope = file::envelope(&path, ENVELOPE_BYTES_MAX)?;
    let at = jiff::Timestamp::from_second(now()?.unix_seconds()).ok();
    let freshness = at.map(|at| Freshness { at, age_seconds_max: None });
    let verification =
        evidence::verify(&envelope, &trust, &Expect { freshness, ..Expect::default() });
    let failed = verification.checks().iter().filter_map(|check| match &check.outcome {
        Outcome::Failed(reason) => Some(format!("{}: {reason}", check.name.as_str())),
        Outcome::Ok | Outcome::NotChecked(_) => None,
    });
    let failed: Vec<String> = failed.collect();
    verification.into_verified().ok_or_else(|| {
        let message = format!("the report {} does not hold", path.display());
        Failure::new(FailureKind::Integrity, message)
            .with(failed)
            .hint("look at it with `driftseal verify`")
    })
}

fn now() -> Result<Timestamp, Failure> {
    clock::now().ok_or_else(|| {
        Failure::config("cannot tell the time: the system clock is out of range")
            .hint("set the clock")
    })
}

/// Reads a verifier key, or the file that holds one.
fn verifier(text: &str, role: Role, session: &Session<'_>) -> Result<Verifier, Failure> {
    if text.matches('+').count() >= 2 {
        return Verifier::parse(text.trim(), role).map_err(failure);
    }
    let path = session.folder.join(text);
    let bytes = file::read(&path, "the verifier key", 4096)
        .map_err(|failure| Failure { kind: FailureKind::Config, ..failure })?;
    let text = String::from_utf8_lossy(&bytes);
    Verifier::parse(text.trim(), role).map_err(failure)
}

/// A log to read from: its folder, or the file it was exported to.
fn stored(path: &Path, session: &Session<'_>) -> Result<Box<dyn Store>, Failure> {
    let path = session.folder.join(path);
    if !path.is_file() {
        return Ok(Box::new(Directory::open(path)));
    }
    let place = path.display().to_string();
    let file = File::open(&path).map_err(|error| unreadable(&place, &error))?;
    Ok(Box::new(Exported::read(io::BufReader::new(file), &place).map_err(failure)?))
}

fn unreadable(place: &str, error: &io::Error) -> Failure {
    Failure::new(FailureKind::Input, format!("cannot read {place}: {error}"))
}

/// The failure of a command that a log stood in the way of.
#[expect(clippy::needless_pass_by_value, reason = "the shape `map_err` asks for")]
fn failure(error: LedgerError) -> Failure {
    let kind = match (error.reason.consequence(), error.reason) {
        (Consequence::Integrity, _) => FailureKind::Integrity,
        (Consequence::Unknown, _) => FailureKind::Input,
        (Consequence::Refused, Reason::Key | Reason::Policy) => FailureKind::Config,
        (Consequence::Refused, _) => FailureKind::Output,
    };
    let hints = error.remedy.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    Failure { hints, ..Failure::new(kind, error.to_string()) }
}

fn digest(text: &str) -> Result<Digest, String> {
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    Digest::parse(hex).ok_or_else(|| "expected 64 lowercase hexadecimal digits".to_owned())
}

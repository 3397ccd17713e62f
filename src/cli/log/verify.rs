//! Checking a log, or a proof that was taken from one.

use std::path::PathBuf;

use clap::Args;

use super::{Believed, LogFormat, SignedReport, digest, failure, stored};
use crate::cli::exit::Exit;
use crate::cli::failure::{Failure, FailureKind};
use crate::cli::file;
use crate::cli::session::Session;
use crate::evidence::{Outcome, canonical};
use crate::ledger::{
    Checkpoint, Consequence, Directory, Included, Known, LedgerError, Log, Note, PROOF_BYTES_MAX,
    Policy, Proof, Seen, Standing,
};
use crate::model::{Digest, Timestamp};
use crate::report::escape;
use crate::wire::ledger::{Check, Fact, REPORT, VERIFICATION_SCHEMA, Verification};
use crate::wire::statement::LogHead;

/// Arguments of `log verify`.
#[derive(Debug, Clone, Args)]
pub struct LogVerifyArgs {
    /// The folder of the log, the file it was exported to, or a `.tlog-proof`.
    log: PathBuf,
    #[command(flatten)]
    believed: Believed,
    #[command(flatten)]
    report: SignedReport,
    /// Demand that the report of this id is in the log, as `verify` prints it.
    #[arg(long, value_name = "DIGEST", value_parser = digest, conflicts_with = "report")]
    statement: Option<Digest>,
    /// Compare the log with what was seen of it before, and remember it in this folder.
    #[arg(long, value_name = "DIR", env = "DRIFTSEAL_KNOWN_CHECKPOINTS")]
    known: Option<PathBuf>,
    /// How to write what was checked.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: LogFormat,
}

fn json(verification: &Verification) -> Result<String, Failure> {
    let bytes = canonical(verification).map_err(|error| {
        let message = format!("cannot write the checks as JSON: {error}");
        Failure::new(FailureKind::Internal, message)
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned() + "\n")
}

/// What was checked, in order.
#[derive(Default)]
struct Checks {
    lines: Vec<(&'static str, Outcome)>,
    facts: Vec<(&'static str, String)>,
    remedies: Vec<String>,
}

impl Checks {
    fn fact(&mut self, name: &'static str, what: &(impl ToString + ?Sized)) {
        self.facts.push((name, what.to_string()));
    }

    fn met(&mut self, checkpoint: &Checkpoint) {
        self.fact("log", &checkpoint.origin);
        self.fact("entries", &checkpoint.size);
        self.fact("root", &checkpoint.root);
    }

    fn skip(&mut self, name: &'static str, reason: &str) {
        self.lines.push((name, Outcome::NotChecked(reason.to_owned())));
    }

    /// Records what became of a check; a check that could not be made is no outcome but a failure.
    fn step<T>(
        &mut self,
        name: &'static str,
        result: Result<T, LedgerError>,
    ) -> Result<Option<T>, Failure> {
        let value = self.failed(name, result)?;
        if value.is_some() {
            self.lines.push((name, Outcome::Ok));
        }
        Ok(value)
    }

    /// As [`Checks::step`], but leaves it to the caller to say what a success means.
    fn failed<T>(
        &mut self,
        name: &'static str,
        result: Result<T, LedgerError>,
    ) -> Result<Option<T>, Failure> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.reason.consequence() != Consequence::Integrity => {
                Err(failure(error))
            }
            Err(error) => {
                self.remedies.extend(error.remedy.lines().map(str::to_owned));
                self.lines.push((name, Outcome::Failed(error.to_string())));
                Ok(None)
            }
        }
    }
}

/// Checks a log or a proof and lists every check, made or not.
pub(super) fn run(args: &LogVerifyArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let policy = args.believed.policy(session)?;
    let report = args.report.verified(session)?;
    let head = report.as_ref().and_then(|report| report.get().run.log_head.clone());
    let wanted = report.map(|report| report.get().id).or(args.statement);
    let path = session.folder.join(&args.log);
    let place = path.display().to_string();
    let is_proof = path.is_file()
        && file::begins_with(&path, b"c2sp.org/tlog-proof")
            .map_err(|error| super::unreadable(&place, &error))?;
    let mut checks = Checks::default();
    if is_proof {
        let bytes = file::read(&path, "the proof", PROOF_BYTES_MAX as u64)?;
        proof(args, &bytes, (&policy, wanted), &mut checks, session)?;
    } else {
        log(args, &policy, (wanted, head), &mut checks, session)?;
    }
    let verification = verification(&checks);
    let text = match args.format {
        LogFormat::Text => page(&verification, &checks.remedies),
        LogFormat::Json => json(&verification)?,
    };
    session.print(text.as_bytes())?;
    Ok(if verification.holds { Exit::Pass } else { Exit::Integrity })
}

fn log(
    args: &LogVerifyArgs,
    policy: &Policy,
    (wanted, head): (Option<Digest>, Option<LogHead>),
    checks: &mut Checks,
    session: &Session<'_>,
) -> Result<(), Failure> {
    let store = stored(&args.log, session)?;
    let Some(mut log) = checks.step("checkpoint", Log::open(&*store, policy))? else {
        return Ok(());
    };
    checks.met(log.checkpoint());
    witnesses(policy, log.note(), &args.log.display().to_string(), checks)?;
    match &args.known {
        None => checks.skip("known", "no folder of known checkpoints was given (--known)"),
        Some(folder) => {
            let known = Directory::open(session.folder.join(folder));
            let met = Known::new(&known).meet(&mut log, policy);
            match checks.failed("known", met)? {
                Some(Standing::First) => {
                    checks.skip("known", "the log was not seen before; from now on it is");
                }
                Some(Standing::Same | Standing::Grown(_)) => {
                    checks.lines.push(("known", Outcome::Ok));
                }
                None => {}
            }
        }
    }
    match wanted {
        None => checks.skip("inclusion", "no report was given"),
        Some(statement) => {
            let proved = log.find(statement).and_then(|index| log.prove(index));
            checks.step("inclusion", proved)?;
        }
    }
    match head {
        None => checks.skip("head", "no report with a head of this log was given"),
        Some(head) if head.origin != log.checkpoint().origin => {
            checks.skip("head", "the report carries the head of another log");
        }
        Some(head) => {
            let covered = Checkpoint::from_wire(&head).and_then(|earlier| log.covers(&earlier));
            checks.step("head", covered)?;
        }
    }
    checks.skip("everything", "`driftseal log fsck` computes the whole log again");
    Ok(())
}

fn proof(
    args: &LogVerifyArgs,
    bytes: &[u8],
    (policy, wanted): (&Policy, Option<Digest>),
    checks: &mut Checks,
    session: &Session<'_>,
) -> Result<(), Failure> {
    let place = args.log.display().to_string();
    let Some(proof) = checks.step("proof", Proof::parse(bytes, &place))? else { return Ok(()) };
    let signed = policy.signed(&proof.note, &place);
    let Some(checkpoint) = checks.step("checkpoint", signed)? else { return Ok(()) };
    checks.met(&checkpoint);
    witnesses(policy, &proof.note, &place, checks)?;
    match &args.known {
        None => checks.skip("known", "no folder of known checkpoints was given (--known)"),
        Some(folder) => {
            let known = Directory::open(session.folder.join(folder));
            let agrees = Known::new(&known).agrees(&proof.note, policy, &place);
            match checks.failed("known", agrees)? {
                Some(true) => checks.lines.push(("known", Outcome::Ok)),
                Some(false) => checks.skip(
                    "known",
                    "this size of the log was not seen; only the log itself shows that they agree",
                ),
                None => {}
            }
        }
    }
    let included: Result<Included, LedgerError> = match wanted {
        None => proof.verify(policy, &place),
        Some(statement) => proof.verify_report(policy, statement, &place),
    };
    if wanted.is_none() {
        checks.skip("report", "no report was given that the proof must be about");
    }
    if let Some(included) = checks.step("inclusion", included)? {
        let entry = included.entry.fields();
        checks.fact("entry", &included.index);
        checks.fact(if entry.kind == REPORT { "report id" } else { "id" }, &entry.statement_sha256);
        checks.fact("verdict", entry.verdict.as_deref().unwrap_or("-"));
        checks.fact("logged at", &entry.at);
        checks.fact("signed by", &entry.signers.join(", "));
    }
    Ok(())
}

/// Records who has cosigned.
fn witnesses(
    policy: &Policy,
    note: &Note,
    place: &str,
    checks: &mut Checks,
) -> Result<(), Failure> {
    if policy.witnesses() == 0 {
        checks.skip("witnesses", "no witness is known (--witness-key or --policy)");
        return Ok(());
    }
    let seen: Option<Seen> = checks.failed("witnesses", policy.check(note, place))?;
    match &seen {
        Some(_) if policy.demands_witnesses() => checks.lines.push(("witnesses", Outcome::Ok)),
        Some(_) => checks.skip("witnesses", "no quorum is demanded (--witnesses)"),
        None => {}
    }
    for (name, seconds) in seen.into_iter().flat_map(|seen| seen.witnesses) {
        let at = i64::try_from(seconds).ok().and_then(Timestamp::from_unix_seconds);
        let at = at.map_or_else(|| format!("{seconds} s"), |at| at.to_string());
        let name = name.split('+').next().unwrap_or_default();
        checks.fact("cosigned by", &format!("{name} at {at}"));
    }
    Ok(())
}

fn verification(checks: &Checks) -> Verification {
    let made = checks.lines.iter().map(|(name, outcome)| {
        let (outcome, reason) = match outcome {
            Outcome::Ok => ("ok", ""),
            Outcome::Failed(reason) => ("failed", reason.as_str()),
            Outcome::NotChecked(reason) => ("not checked", reason.as_str()),
        };
        Check { name: (*name).to_owned(), outcome: outcome.to_owned(), reason: reason.to_owned() }
    });
    let fact =
        |(name, value): &(&str, String)| Fact { name: (*name).to_owned(), value: value.clone() };
    Verification {
        schema: VERIFICATION_SCHEMA.to_owned(),
        holds: !checks.lines.iter().any(|(_, outcome)| outcome.failed()),
        facts: checks.facts.iter().map(fact).collect(),
        checks: made.collect(),
    }
}

fn page(verification: &Verification, remedies: &[String]) -> String {
    let holds = verification.holds;
    let head = if holds { "VERIFIED" } else { "NOT VERIFIED: do not use this log" };
    let mut lines = vec![head.to_owned()];
    let facts = verification.facts.iter();
    lines.extend(facts.map(|Fact { name, value }| format!("  {name:12} {value}")));
    lines.push("Checks".to_owned());
    lines.extend(verification.checks.iter().map(|Check { name, outcome, reason }| {
        let outcome = if outcome == "failed" { "FAILED" } else { outcome };
        format!("  {outcome:12} {name:16} {reason}")
    }));
    lines.extend(remedies.iter().map(|line| format!("  {line}")));
    lines.iter().map(|line| escape(line, false).trim_end().to_owned() + "\n").collect()
}

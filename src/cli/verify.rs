//! `driftseal verify`: is a signed report what it claims to be?

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::clock;
use super::evidence::Folder;
use super::exit::Exit;
use super::failure::{Failure, FailureKind};
use super::file;
use super::inputs::{instant, seconds};
use super::live::{self, Live};
use super::log;
use super::packs::PackText;
use super::policy::PolicyFile;
use super::replay::{self, How};
use super::session::Session;
use super::trust::{self, TrustArgs};
use crate::evidence::{
    self, CheckName, Conclusion, Evidence, Expect, Freshness, KeyId, Outcome, Stamp, Trust,
    Verification,
};
use crate::model::{Digest, Timestamp};
use crate::report::escape;
use crate::wire::evidence::{PASS_ENVELOPE, REPORT_ENVELOPE};
use crate::wire::statement::Verdict;
use crate::wire::verification as wire;

/// The largest envelope that is read.
const BYTES_MAX: u64 = 1 << 30;

/// Arguments of `verify`.
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// The signed envelope, a bundle's folder, or `-` for standard input.
    envelope: PathBuf,
    /// Trust this public key; repeatable: `file:PATH`, `env:NAME` or PATH.
    #[arg(long, value_name = "REF", required_unless_present = "trust")]
    key: Vec<String>,
    /// Demand signatures by this many different trusted keys.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "trust")]
    threshold: usize,
    #[command(flatten)]
    trust: TrustArgs,
    /// Check the evidence in this bundle's folder, file by file.
    #[arg(long, value_name = "DIR")]
    evidence: Option<PathBuf>,
    /// Look at this time stamp over a signature (`.tsr`) too; those of a bundle are looked at anyway.
    #[arg(long, value_name = "FILE")]
    timestamp: Vec<PathBuf>,
    /// Derive the report again from the evidence, and demand that it is the same.
    #[arg(long)]
    replay: bool,
    /// Read green again from here, and demand that it is what was audited; repeatable.
    #[arg(long, value_name = "SOURCE")]
    live: Vec<String>,
    /// The masking key that both sides were masked with, for --live.
    #[arg(long, value_name = "REF", env = "DRIFTSEAL_MASKING_KEY", hide_env_values = true)]
    masking_key: Option<String>,
    /// Demand that the report is about this green: SHA-256 of its snapshot.
    #[arg(long, value_name = "DIGEST", value_parser = digest, alias = "green")]
    expect_green: Option<Digest>,
    /// Demand that the report is about this blue: SHA-256 of its snapshot.
    #[arg(long, value_name = "DIGEST", value_parser = digest, alias = "blue")]
    expect_blue: Option<Digest>,
    /// Demand that the report is about this system.
    #[arg(long, value_name = "NAME")]
    system: Option<String>,
    /// Demand that the report is for this environment.
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Demand that the report answers this challenge.
    #[arg(long, value_name = "TEXT")]
    nonce: Option<String>,
    /// Demand that the report is not older: seconds, or a number with s, m, h or d.
    #[arg(long, value_name = "DURATION", value_parser = seconds)]
    max_age: Option<u32>,
    /// Judge as if it were this instant, to look at an old report. Never for a switch.
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    at: Option<Timestamp>,
    /// Demand this verdict: a valid report that is no pass exits with 1.
    #[arg(long, value_name = "VERDICT", value_parser = PossibleValuesParser::new(["pass"]))]
    require: Option<String>,
    /// Demand that the log holds the report: a proof of that is needed.
    #[arg(long)]
    require_log: bool,
    /// The proof that the log holds the report (`.tlog-proof`).
    #[arg(long, value_name = "FILE")]
    log_proof: Option<PathBuf>,
    /// Believe this log: its verifier key, as `log init` prints it, or a file with it.
    #[arg(long, value_name = "VKEY", requires = "log_proof")]
    log_key: Option<String>,
    /// Take the log, its witnesses and their quorum from this file (C2SP tlog-policy).
    #[arg(long, value_name = "FILE", requires = "log_proof", conflicts_with = "log_key")]
    log_policy: Option<PathBuf>,
    /// How the result is written.
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        value_parser = PossibleValuesParser::new(["text", "json"]),
    )]
    format: String,
}

/// Checks an envelope and lists every check, made or not.
pub(super) fn run(args: &VerifyArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    if !args.timestamp.is_empty() && !args.trust.is_given() {
        return Err(Failure::usage("--timestamp needs a trust policy that names who states times")
            .hint("name it with --trust, instead of keys"));
    }
    let (trust, seen) = trust::believed(&args.trust, (&args.key, args.threshold), session)?;
    let at = args
        .at
        .or_else(clock::now)
        .and_then(|at| jiff::Timestamp::from_second(at.unix_seconds()).ok());
    let at = at.ok_or_else(|| {
        Failure::config("cannot tell the time: the system clock is out of range")
            .hint("set the clock, or pass --at")
    })?;
    let folder = folder(args, session);
    if folder.is_none() && (args.replay || !args.live.is_empty()) {
        return Err(Failure::usage("--replay and --live need the evidence")
            .hint("name the bundle's folder, or pass --evidence DIR"));
    }
    let expect = Expect {
        green: args.expect_green,
        blue: args.expect_blue,
        nonce: args.nonce.clone(),
        system: args.system.clone(),
        environment: args.environment.clone(),
        freshness: Some(Freshness { at, age_seconds_max: args.max_age }),
        seen,
        evidence: None,
        tokens: tokens(args, folder.as_ref(), session)?,
        require_pass: args.require.is_some(),
        require_log: args.require_log,
        log_follows: args.log_proof.is_some(),
    };
    let envelope = envelope(args, folder.as_ref(), session)?;
    let mut verification = evidence::verify(&envelope, &trust, &expect);
    let logged = with_log(args, &verification, session)?;
    // Nothing of the evidence is looked at before somebody trusted has signed its list.
    verification = match folder.filter(|_| may_look(&verification)) {
        None => verification,
        Some(folder) => {
            let verification = with_files(&folder, (&envelope, &trust, expect), verification);
            let verification = with_pass(&folder, &trust, at, verification)?;
            with_derived(args, &folder, verification, session)?
        }
    };
    if let Some(logged) = logged {
        verification = verification.with(CheckName::Log, &logged);
    }
    let exit = match verification.conclusion() {
        Conclusion::Holds => Exit::Pass,
        Conclusion::Denied => Exit::Fail,
        Conclusion::Broken => Exit::Integrity,
    };
    if exit == Exit::Pass {
        trust::remember(&args.trust, &trust, session)?;
    }
    if args.at.is_some() {
        session.note(&format!("judged as if it were {at}: this says nothing about a switch now"));
    }
    let given = args.at.is_some();
    let bytes = match args.format.as_str() {
        "json" => document(&verification, exit, at, given)?,
        _ => page(&verification).into_bytes(),
    };
    session.print(&bytes)?;
    Ok(exit)
}

/// The time stamps over the report's signatures.
fn tokens(
    args: &VerifyArgs,
    folder: Option<&Folder>,
    session: &Session<'_>,
) -> Result<Vec<Vec<u8>>, Failure> {
    let given =
        args.timestamp.iter().map(|path| super::evidence::token(&session.folder.join(path)));
    let mut tokens: Vec<Vec<u8>> = given.collect::<Result<_, _>>()?;
    if let Some(folder) = folder {
        tokens.extend(folder.tokens(REPORT_ENVELOPE)?);
    }
    Ok(tokens)
}

/// Whether somebody trusted has signed the list of evidence, whatever else may be wrong: signatures
/// of rule packs lie in the evidence; a verdict that is no pass, or a pass that is missing, takes
/// nothing from it.
fn may_look(verification: &Verification) -> bool {
    let mut failed = verification.checks().iter().filter(|check| check.outcome.failed());
    let of_more =
        [CheckName::RulePacks, CheckName::Waivers, CheckName::Verdict, CheckName::GatePass];
    failed.all(|check| of_more.contains(&check.name))
}

/// Whether the log holds the report, if somebody trusted has signed it.
fn with_log(
    args: &VerifyArgs,
    verification: &Verification,
    session: &Session<'_>,
) -> Result<Option<Outcome>, Failure> {
    let Some(proof) = &args.log_proof else { return Ok(None) };
    let policy = log::believed(args.log_key.as_deref(), args.log_policy.as_deref(), session)?;
    let Some(verified) = verification.authentic() else { return Ok(None) };
    let held = log::holds(proof, &policy, verified.get().id, session)?;
    Ok(Some(held.map_or_else(Outcome::Failed, |()| Outcome::Ok)))
}

/// Verifies once more, with what lies in the folder.
fn with_files(
    folder: &Folder,
    (envelope, trust, expect): (&[u8], &Trust, Expect),
    before: Verification,
) -> Verification {
    let read = || {
        let (listed, found) = (folder.listed()?, folder.found()?);
        let signed = |pack: PackText| Some((Digest::of(pack.text.as_bytes()), pack.signature?));
        // A pack that is missing or was changed is told by the list.
        let packs = match listed.check(&found) {
            Ok(()) => folder.packs()?.into_iter().filter_map(signed).collect(),
            Err(_) => BTreeMap::new(),
        };
        let texts = match listed.check(&found) {
            Ok(()) => folder.policies(&folder.run()?)?,
            Err(_) => Vec::new(),
        };
        let signed = |one: PolicyFile| Some((one.digest(), one.signature?));
        let texts = texts.into_iter().filter_map(signed).collect();
        Ok(Evidence { listed, found, packs, texts })
    };
    let evidence: Result<Evidence, Failure> = read();
    match evidence {
        Ok(found) => evidence::verify(envelope, trust, &Expect { evidence: Some(found), ..expect }),
        Err(failure) => before.with(CheckName::EvidenceFiles, &Outcome::Failed(failure.message)),
    }
}

/// Adds whether a pass lies beside the report, if it is one, and is one of this report.
fn with_pass(
    folder: &Folder,
    trust: &Trust,
    at: jiff::Timestamp,
    verification: Verification,
) -> Result<Verification, Failure> {
    let Some(verified) = verification.authentic() else { return Ok(verification) };
    let checked = match folder.pass()? {
        None if verified.get().verdict != Verdict::Pass => return Ok(verification),
        None => Err("the report is a pass, and the attestation of it was taken away".to_owned()),
        Some(pass) => {
            let tokens = folder.tokens(PASS_ENVELOPE)?;
            evidence::check_pass(&pass, trust, at, &tokens, verified.get())
        }
    };
    let outcome = checked.map_or_else(Outcome::Failed, |()| Outcome::Ok);
    Ok(verification.with(CheckName::GatePass, &outcome))
}

/// Adds what is made of the evidence: the report derived again, and green as it is now.
fn with_derived(
    args: &VerifyArgs,
    folder: &Folder,
    mut verification: Verification,
    session: &Session<'_>,
) -> Result<Verification, Failure> {
    if args.replay && may_look(&verification) {
        let derive = || replay::replay(folder, How::Exact, None);
        let replayed = session.progress().during(replay::DERIVING, derive)?;
        let first = replayed.differences.first();
        let outcome = first.map_or(Outcome::Ok, |first| Outcome::Failed(first.clone()));
        verification = verification.with(CheckName::Replay, &outcome);
    }
    let green = verification.authentic().map(|report| report.get().subjects.green);
    if let Some(green) = green.filter(|_| !args.live.is_empty()) {
        let live = live::compare(folder, &args.live, args.masking_key.as_deref(), session)?;
        let outcome = match live {
            Live::Incomparable { audited, given } => Outcome::Failed(format!(
                "cannot tell whether green moved: it was audited under the masking key {audited}, \
                 and --masking-key is {given}; name the one it was masked with"
            )),
            Live::Read { digest, .. } if digest == green => Outcome::Ok,
            Live::Read { moved, .. } => {
                Outcome::Failed(format!("green moved since: {}", moved.join("; ")))
            }
        };
        verification = verification.with(CheckName::Live, &outcome);
    }
    Ok(verification)
}

fn is_folder(args: &VerifyArgs, session: &Session<'_>) -> bool {
    args.envelope.as_os_str() != "-" && session.folder.join(&args.envelope).is_dir()
}

fn folder(args: &VerifyArgs, session: &Session<'_>) -> Option<Folder> {
    match &args.evidence {
        Some(folder) => Some(Folder::at(&session.folder.join(folder))),
        None if is_folder(args, session) => Some(Folder::at(&session.folder.join(&args.envelope))),
        None => None,
    }
}

fn envelope(
    args: &VerifyArgs,
    folder: Option<&Folder>,
    session: &Session<'_>,
) -> Result<Vec<u8>, Failure> {
    if let Some(folder) = folder.filter(|_| is_folder(args, session)) {
        return folder.envelope();
    }
    if args.envelope.as_os_str() != "-" {
        let path = session.folder.join(&args.envelope);
        return file::read(&path, "the envelope", BYTES_MAX);
    }
    file::bounded(io::stdin().lock(), BYTES_MAX).map_err(|error| {
        let message = format!("cannot read the envelope from standard input: {error}");
        Failure::new(FailureKind::Input, message)
    })
}

/// The same for machines.
fn document(
    verification: &Verification,
    exit: Exit,
    at: jiff::Timestamp,
    at_was_given: bool,
) -> Result<Vec<u8>, Failure> {
    let conclusion = match verification.conclusion() {
        Conclusion::Holds => "verified",
        Conclusion::Denied => "no-pass",
        Conclusion::Broken => "broken",
    };
    let check = |check: &evidence::Check| {
        let (outcome, reason) = match &check.outcome {
            Outcome::Ok => ("ok", None),
            Outcome::Failed(reason) => ("failed", Some(reason.clone())),
            Outcome::NotChecked(reason) => ("not-checked", Some(reason.clone())),
        };
        let name = check.name.as_str().to_owned();
        wire::Check { name, outcome: outcome.to_owned(), reason }
    };
    let report = verification.authentic().map(|verified| {
        let statement = verified.get();
        wire::Report {
            id: statement.id.to_string(),
            verdict: verdict_word(statement.exit).to_owned(),
            exit: statement.exit,
            evaluated_at: statement.run.evaluated_at.to_string(),
            green: statement.subjects.green.to_string(),
            blue: statement.subjects.blue.to_string(),
            signers: verified.signers().iter().map(ToString::to_string).collect(),
            timestamps: verified.stamps().iter().map(stamp).collect(),
        }
    });
    let document = wire::Verification {
        schema: wire::SCHEMA.to_owned(),
        conclusion: conclusion.to_owned(),
        exit: exit.code(),
        at: at.to_string(),
        at_was_given,
        checks: verification.checks().iter().map(check).collect(),
        report,
    };
    let mut bytes = evidence::canonical(&document).map_err(|error| {
        Failure::new(FailureKind::Internal, format!("cannot write the result: {error}"))
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn stamp((key, stamp): (&KeyId, &Stamp)) -> wire::Stamp {
    wire::Stamp {
        signer: key.to_string(),
        at: stamp.at.to_string(),
        authority: stamp.authority.clone(),
    }
}

fn verdict_word(exit: u8) -> &'static str {
    let verdicts = crate::wire::report::Verdict::ALL.iter();
    let verdict = verdicts.copied().find(|verdict| verdict.exit() == exit);
    verdict.map_or("unknown", crate::wire::report::Verdict::name)
}

/// The conclusion first, then every check.
fn page(verification: &Verification) -> String {
    let mut lines = vec![match verification.conclusion() {
        Conclusion::Holds => "VERIFIED".to_owned(),
        Conclusion::Denied => "AUTHENTIC, BUT NO PASS".to_owned(),
        Conclusion::Broken => "NOT VERIFIED: do not use this report".to_owned(),
    }];
    if let Some(verified) = verification.authentic() {
        let statement = verified.get();
        let signers: Vec<String> = verified.signers().iter().map(ToString::to_string).collect();
        let verdict = verdict_word(statement.exit);
        lines.extend([
            format!("  verdict      {verdict} (exit {})", statement.exit),
            format!("  judged at    {}", statement.run.evaluated_at),
            format!("  signed by    {}", signers.join(", ")),
            format!("  green        {}", statement.subjects.green),
            format!("  blue         {}", statement.subjects.blue),
            format!("  report id    {}", statement.id),
        ]);
        lines.extend(verified.stamps().iter().map(|(key, stamp)| {
            let (key, name) = (key.short(), &stamp.authority);
            format!("  existed      by {}, the signature of {key}: {name} states it", stamp.at)
        }));
    }
    lines.push("Checks".to_owned());
    lines.extend(verification.checks().iter().map(|check| {
        let (outcome, reason) = match &check.outcome {
            Outcome::Ok => ("ok", ""),
            Outcome::Failed(reason) => ("FAILED", reason.as_str()),
            Outcome::NotChecked(reason) => ("not checked", reason.as_str()),
        };
        format!("  {outcome:12} {:16} {reason}", check.name.as_str())
    }));
    let mut page = String::new();
    for line in &lines {
        page.push_str(escape(line, false).trim_end());
        page.push('\n');
    }
    page
}

fn digest(text: &str) -> Result<Digest, String> {
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    Digest::parse(hex).ok_or_else(|| "expected 64 lowercase hexadecimal digits".to_owned())
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn a_digest_may_say_its_algorithm() {
        let hex = "ab".repeat(32);
        assert_eq!(digest(&hex), digest(&format!("sha256:{hex}")));
        assert!(digest("ab").is_err() && digest(&hex.to_uppercase()).is_err());
    }
}

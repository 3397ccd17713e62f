//! `driftseal report`: a signed report in another format, after verifying it.

use std::io;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};

use super::exit::Exit;
use super::failure::{Failure, FailureKind};
use super::file;
use super::key_ref::KeyRef;
use super::output::{self, Display, Offer, Output, Results};
use super::seal;
use super::session::Session;
use super::verifier::{self, VerifierArgs};
use crate::evidence::{self, Conclusion, Expect, Outcome, PublicKey, Trust};
use crate::report::{Changes, Seal};
use crate::wire::report::{Report, Severity, read};

/// The largest envelope that is read.
const BYTES_MAX: u64 = 1 << 30;

/// What else can be written about signed reports.
#[derive(Debug, Clone, Subcommand)]
pub enum ReportCommand {
    /// Write a page that verifies signed reports in a browser, offline, by the keys it is made with.
    Verifier(VerifierArgs),
}

/// Arguments of `report`.
#[derive(Debug, Clone, Args)]
#[command(
    after_long_help = format!("Formats:\n{}", output::manual(Offer::Unsigned)),
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub struct ReportArgs {
    #[command(subcommand)]
    command: Option<ReportCommand>,
    /// The signed envelope, or `-` for standard input.
    #[arg(required = true)]
    envelope: Option<PathBuf>,
    /// Trust this public key; repeatable: `file:PATH`, `env:NAME` or PATH.
    #[arg(long, value_name = "REF", required_unless_present = "unverified")]
    key: Vec<String>,
    /// Demand signatures by this many different trusted keys.
    #[arg(long, value_name = "N", default_value_t = 1)]
    threshold: usize,
    /// Render it without verifying it, as an envelope or as JSON; every output but JSON says so.
    #[arg(long, conflicts_with_all = ["key", "threshold"])]
    unverified: bool,
    /// Write the report in this format, to standard output or to PATH; repeatable [default: text].
    #[arg(short, long, value_name = "FORMAT[=PATH]")]
    output: Vec<String>,
    /// Show findings of this severity and above; the others are counted.
    #[arg(
        long,
        value_name = "SEVERITY",
        value_parser = PossibleValuesParser::new(Severity::ALL.iter().map(|word| word.name()))
            .try_map(|name| Severity::parse(&name).ok_or("no such severity")),
    )]
    min_severity: Option<Severity>,
}

/// Verifies an envelope and writes its report. What it says decides no exit code.
pub(super) fn run(args: &ReportArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    if let Some(ReportCommand::Verifier(args)) = &args.command {
        return verifier::run(args, session);
    }
    let outputs = Output::parse_all(Offer::Unsigned, &args.output, &session.folder)?;
    if outputs.iter().any(Output::is_signed) {
        return Err(Failure::usage("`report` signs nothing").hint("copy the envelope instead"));
    }
    let bytes = envelope(args, session)?;
    let (text, seal) =
        if args.unverified { claimed(&bytes) } else { verified(args, &bytes, session)? };
    let report = read(text.as_bytes()).map_err(|why| {
        let message = format!("cannot read the report in {}: {why}", place(args).display());
        Failure::new(FailureKind::Input, message)
    })?;
    if args.unverified && outputs.iter().any(Output::is_json) {
        session.note("NOT VERIFIED: JSON is the report as it is and cannot say so itself");
    }
    let results = Results { report: &report, envelope: None, seal };
    let changes = listed(&report);
    let display = Display { folder: None, min_severity: args.min_severity, changes };
    for output in &outputs {
        output.write(&results, &display, session)?;
    }
    Ok(Exit::Pass)
}

/// The report that trusted keys signed, and who they are.
fn verified(
    args: &ReportArgs,
    envelope: &[u8],
    session: &Session<'_>,
) -> Result<(String, Seal), Failure> {
    let key =
        |text: &String| KeyRef::parse(text, &session.folder).and_then(|key| seal::public_key(&key));
    let keys: Vec<PublicKey> = args.key.iter().map(key).collect::<Result<_, _>>()?;
    let trust = Trust::new(keys, args.threshold)
        .map_err(|error| Failure::usage(format!("cannot trust these keys: {error}")))?;
    let verification = evidence::verify(envelope, &trust, &Expect::default());
    match (verification.conclusion(), verification.verified()) {
        (Conclusion::Holds, Some(verified)) => {
            let signers = verified.signers().iter().map(ToString::to_string).collect();
            Ok((verified.get().report().to_owned(), Seal::SignedBy(signers)))
        }
        (Conclusion::Holds | Conclusion::Denied | Conclusion::Broken, _) => {
            let failed = verification.checks().iter().filter_map(|check| match &check.outcome {
                Outcome::Failed(reason) => Some(format!("{}: {reason}", check.name.as_str())),
                Outcome::Ok | Outcome::NotChecked(_) => None,
            });
            let message =
                format!("{} does not verify: nothing of it is shown", place(args).display());
            Err(Failure::new(FailureKind::Integrity, message)
                .with(failed)
                .hint("--unverified shows what it claims, and says that nobody verified it"))
        }
    }
}

/// What an envelope claims, or a report that was never in one.
fn claimed(bytes: &[u8]) -> (String, Seal) {
    let seal = Seal::NotVerified("nobody looked whether a trusted key signed this".to_owned());
    let text = evidence::claimed_report(bytes)
        .unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned());
    (text, seal)
}

/// Where the explained differences were kept, they are shown.
fn listed(report: &Report) -> Changes {
    let is_explained = |kind: &str| kind != "unexplained";
    if report.changes.iter().any(|change| is_explained(change.explanation.kind())) {
        Changes::All
    } else {
        Changes::Counted
    }
}

fn envelope(args: &ReportArgs, session: &Session<'_>) -> Result<Vec<u8>, Failure> {
    if place(args).as_os_str() != "-" {
        let path = session.folder.join(place(args));
        return file::envelope(&path, BYTES_MAX);
    }
    file::bounded(io::stdin().lock(), BYTES_MAX).map_err(|error| {
        let message = format!("cannot read the envelope from standard input: {error}");
        Failure::new(FailureKind::Input, message)
    })
}

/// Where the envelope is: standard input where nothing is said.
fn place(args: &ReportArgs) -> &Path {
    args.envelope.as_deref().unwrap_or_else(|| Path::new("-"))
}

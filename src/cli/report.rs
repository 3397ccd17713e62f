//! `driftseal report`: a signed report in another format, after verifying it.

use std::io;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};

use super::clock;
use super::evidence::Folder;
use super::exit::Exit;
use super::failure::{Failure, FailureKind};
use super::file;
use super::inputs::instant;
use super::output::{self, Display, Offer, Output, Results};
use super::session::Session;
use super::trust::{self, TrustArgs};
use super::verifier::{self, VerifierArgs};
use crate::evidence::{self, Conclusion, Expect, Freshness, Outcome};
use crate::model::Timestamp;
use crate::report::{Changes, Seal, circumstances};
use crate::wire::evidence::REPORT_ENVELOPE;
use crate::wire::report::{Report, Severity, read};

/// The largest envelope that is read.
const BYTES_MAX: u64 = 1 << 30;

/// What is signed beside a report, as labels and texts.
type Signed = Vec<(&'static str, String)>;

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
    /// The signed envelope, a bundle's folder, or `-` for standard input.
    #[arg(required = true)]
    envelope: Option<PathBuf>,
    /// Trust this public key; repeatable: `file:PATH`, `env:NAME` or PATH.
    #[arg(long, value_name = "REF", required_unless_present_any = ["unverified", "trust"])]
    key: Vec<String>,
    /// Demand signatures by this many different trusted keys.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "trust")]
    threshold: usize,
    #[command(flatten)]
    trust: TrustArgs,
    /// Judge as if it were this instant, to look at a report whose validity has ended.
    #[arg(long, value_name = "RFC3339", value_parser = instant, conflicts_with = "unverified")]
    at: Option<Timestamp>,
    /// Render it without verifying it, as an envelope or as JSON; every output but JSON says so.
    #[arg(long, conflicts_with_all = ["key", "threshold", "trust"])]
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
    let (text, seal, signed) =
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
    let display = Display { folder: None, min_severity: args.min_severity, changes, signed };
    for output in &outputs {
        output.write(&results, &display, session)?;
    }
    Ok(Exit::Pass)
}

/// The report that trusted keys signed, and who they are.
fn verified(
    args: &ReportArgs,
    envelope: &[u8],
    session: &mut Session<'_>,
) -> Result<(String, Seal, Signed), Failure> {
    let (trust, seen) = trust::believed(&args.trust, (&args.key, args.threshold), session)?;
    let at = args.at.or_else(clock::now);
    let at = at.and_then(|at| jiff::Timestamp::from_second(at.unix_seconds()).ok());
    let at = at.ok_or_else(|| {
        Failure::config("cannot tell the time: the system clock is out of range")
            .hint("set the clock, or pass --at")
    })?;
    let path = session.folder.join(place(args));
    let tokens =
        if path.is_dir() { Folder::at(&path).tokens(REPORT_ENVELOPE)? } else { Vec::new() };
    let freshness = Some(Freshness { at, age_seconds_max: None });
    let expect = Expect { freshness, seen, tokens, ..Expect::default() };
    let verification = evidence::verify(envelope, &trust, &expect);
    match (verification.conclusion(), verification.verified()) {
        (Conclusion::Holds, Some(verified)) => {
            trust::remember(&args.trust, &trust, session)?;
            if args.at.is_some() {
                session.note(&format!("judged as if it were {at}: this says nothing about now"));
            }
            let signers = verified.signers().iter().map(ToString::to_string).collect();
            let statement = verified.get();
            let signed = circumstances(statement);
            Ok((statement.report().to_owned(), Seal::SignedBy(signers), signed))
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
                .hint("--at looks at an old report as of then")
                .hint("--unverified shows what it claims, and says that nobody verified it"))
        }
    }
}

/// What an envelope claims, or a report that was never in one.
fn claimed(bytes: &[u8]) -> (String, Seal, Signed) {
    let seal = Seal::NotVerified("nobody looked whether a trusted key signed this".to_owned());
    let text = evidence::claimed_report(bytes)
        .unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned());
    (text, seal, Signed::new())
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

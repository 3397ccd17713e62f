//! `driftseal gate`: may green take the traffic?

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::exit::Exit;
use super::failure::Failure;
use super::inputs::{self, Inputs};
use super::key_ref::KeyRef;
use super::output::{self, Display, Offer, Output, Results};
use super::run::{self, Rules};
use super::seal;
use super::session::Session;
use crate::evidence::PrivateKey;
use crate::model;
use crate::policy::Ledger;
use crate::report::{Changes, Seal};
use crate::wire::report::{Report, Severity, Threshold};

/// Arguments of `gate`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = format!("Formats:\n{}\n\n{}", output::manual(Offer::Report), inputs::manual()))]
pub struct GateArgs {
    #[command(flatten)]
    inputs: Inputs,
    /// Fail on open findings of this severity and above [default: medium].
    #[arg(
        long,
        value_name = "SEVERITY",
        env = "DRIFTSEAL_FAIL_ON",
        value_parser = PossibleValuesParser::new(Threshold::ALL.iter().map(|word| word.name()))
            .try_map(|name| threshold(&name)),
    )]
    fail_on: Option<model::Threshold>,
    /// Show findings of this severity and above; the others are counted. Changes no verdict.
    #[arg(
        long,
        value_name = "SEVERITY",
        value_parser = PossibleValuesParser::new(Severity::ALL.iter().map(|word| word.name()))
            .try_map(|name| Severity::parse(&name).ok_or("no such severity")),
    )]
    min_severity: Option<Severity>,
    /// Write the report in this format, to standard output or to PATH; repeatable [default: text].
    #[arg(short, long, value_name = "FORMAT[=PATH]")]
    output: Vec<String>,
    /// Sign the report with this private key: `file:PATH`, `env:NAME` or PATH.
    #[arg(long, value_name = "REF", env = "DRIFTSEAL_KEY", hide_env_values = true)]
    key: Option<String>,
    /// Refuse to run without a key to sign with.
    #[arg(long)]
    require_signature: bool,
    /// Tie the signed report to this challenge of whoever will verify it.
    #[arg(long, value_name = "TEXT")]
    nonce: Option<String>,
    /// List every explained difference, or only count them.
    #[arg(
        long,
        value_name = "HOW",
        value_parser = PossibleValuesParser::new(["counts", "full"]).map(|how| match how.as_str() {
            "full" => Ledger::Full,
            _ => Ledger::Counts,
        }),
    )]
    ledger: Option<Ledger>,
    /// Exit with 0 whatever the verdict, for reporting only. Errors keep their code.
    #[arg(long)]
    exit_zero: bool,
}

fn threshold(name: &str) -> Result<model::Threshold, &'static str> {
    match model::Severity::parse(name) {
        Some(severity) => Ok(model::Threshold::At(severity)),
        None if name == Threshold::Never.name() => Ok(model::Threshold::Never),
        None => Err("no such severity"),
    }
}

/// Collects, audits, signs, writes, and says whether green may take the traffic.
pub(super) fn run(args: &GateArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let outputs = Output::parse_all(Offer::Report, &args.output, &session.folder)?;
    let mut settled = args.inputs.settle(Rules::Apply, session)?;
    let key = signing_key(args, settled.signing_key.take(), session)?;
    if key.is_none() && outputs.iter().any(Output::is_envelope) {
        return Err(Failure::usage("-o envelope needs a key to sign with")
            .hint("pass --key REF; `driftseal keys generate` makes one"));
    }
    let request = &mut settled.request;
    if key.is_some() && request.masking_key.is_none() {
        return Err(Failure::usage("a signed report needs --masking-key")
            .hint("without the organisation's key, a replay cannot tell which secrets differ"));
    }
    request.policy.threshold = args.fail_on.unwrap_or(request.policy.threshold);
    request.policy.ledger = args.ledger.unwrap_or(request.policy.ledger);

    let changes = match request.policy.ledger {
        Ledger::Counts => Changes::Counted,
        Ledger::Full => Changes::All,
    };
    let folder = request.folder();
    let display = Display { folder, min_severity: args.min_severity, changes };
    let report = Report::from(&run::audit(request)?);
    let envelope =
        key.as_ref().map(|key| seal::seal(&report, key, args.nonce.clone())).transpose()?;
    let seal = key.as_ref().map_or_else(
        || Seal::NotSigned("no key was given".to_owned()),
        |key| Seal::SignedBy(vec![key.id().to_string()]),
    );
    let results = Results { report: &report, envelope: envelope.as_deref(), seal };
    for output in &outputs {
        output.write(&results, &display, session)?;
    }
    if args.exit_zero {
        let verdict = report.verdict;
        session.note(&format!("the verdict is {verdict}; exit 0 because of --exit-zero"));
        return Ok(Exit::Pass);
    }
    Ok(report.verdict.into())
}

fn signing_key(
    args: &GateArgs,
    configured: Option<(String, std::path::PathBuf)>,
    session: &Session<'_>,
) -> Result<Option<PrivateKey>, Failure> {
    let reference = match (&args.key, configured) {
        (Some(text), _) => KeyRef::parse(text, &session.folder)?,
        (None, Some((text, folder))) => KeyRef::parse(&text, &folder)?,
        (None, None) if args.require_signature => {
            return Err(Failure::usage("--require-signature, but no key to sign with")
                .hint("pass --key REF; `driftseal keys generate` makes one"));
        }
        (None, None) if args.nonce.is_some() => {
            return Err(Failure::usage("--nonce ties a signed report, but there is no key")
                .hint("pass --key REF"));
        }
        (None, None) => return Ok(None),
    };
    seal::private_key(&reference, args.inputs.access()).map(Some)
}

//! `driftseal gate`: may green take the traffic?

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::bundle::{self, Draft};
use super::config;
use super::exit::Exit;
use super::failure::Failure;
use super::inputs::{self, Inputs, seconds};
use super::key_ref::KeyRef;
use super::log;
use super::output::{self, Display, Offer, Output, Results};
use super::policy::PolicyArgs;
use super::run::{self, Request, Rules};
use super::seal::{self, Binding};
use super::session::Session;
use super::signer;
use crate::evidence::{Signer, Sums};
use crate::model::{self, Side};
use crate::policy::Ledger;
use crate::report::{Changes, Seal, circumstances};
use crate::wire::report::{Severity, Threshold};

/// Arguments of `gate`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = format!("Formats:\n{}\n\n{}", output::manual(Offer::Report), inputs::manual()))]
pub struct GateArgs {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    policy: PolicyArgs,
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
    /// Sign the report with this private key: `file:PATH`, `env:NAME`, PATH, or a program that
    /// holds one: `exec:PROGRAM[#KEY]`, `kms:NAME://KEY`.
    #[arg(long, value_name = "REF", env = "DRIFTSEAL_KEY", hide_env_values = true)]
    key: Option<String>,
    /// The password of the private key: `file:PATH`, `env:NAME` or PATH.
    #[arg(long, value_name = "REF", env = "DRIFTSEAL_KEY_PASSWORD", hide_env_values = true)]
    key_password: Option<String>,
    /// Refuse to run without a key to sign with.
    #[arg(long)]
    require_signature: bool,
    /// Tie the signed report to this challenge of whoever will verify it.
    #[arg(long, value_name = "TEXT")]
    nonce: Option<String>,
    /// Tie the signed report to the system that is switched.
    #[arg(long, value_name = "NAME", env = "DRIFTSEAL_SYSTEM")]
    system: Option<String>,
    /// Tie the signed report to the environment it is switched in.
    #[arg(long, value_name = "NAME", env = "DRIFTSEAL_ENVIRONMENT")]
    environment: Option<String>,
    /// Let the signed report end so long after it was made: seconds, or a number with s, m, h or d.
    #[arg(long, value_name = "DURATION", value_parser = seconds)]
    valid_for: Option<u32>,
    /// Tie the signed report to the head of this log, and refuse a clock that is behind its last entry.
    #[arg(long, value_name = "DIR")]
    log: Option<PathBuf>,
    /// Believe this log: its verifier key, as `log init` prints it, or a file with it.
    #[arg(long, value_name = "VKEY", requires = "log")]
    log_key: Option<String>,
    /// Take the log, its witnesses and their quorum from this file (C2SP tlog-policy).
    #[arg(long, value_name = "FILE", requires = "log", conflicts_with = "log_key")]
    log_policy: Option<PathBuf>,
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
    if let Some(signed) = outputs.iter().find(|output| key.is_none() && output.is_signed()) {
        let what = signed.bundle().map_or("envelope", |_| "bundle");
        return Err(Failure::usage(format!("-o {what} needs a key to sign with"))
            .hint("pass --key REF; `driftseal keys generate` makes one"));
    }
    let bundle = bundle_place(&outputs, &settled.request)?;
    args.policy.settle(args.fail_on, &mut settled, session)?;
    let request = &mut settled.request;
    if key.is_some() && request.masking_key.is_none() {
        return Err(Failure::usage("a signed report needs --masking-key")
            .hint("without the organisation's key, a replay cannot tell which secrets differ"));
    }
    request.policy.ledger = args.ledger.unwrap_or(request.policy.ledger);

    let changes = match request.policy.ledger {
        Ledger::Counts => Changes::Counted,
        Ledger::Full => Changes::All,
    };
    let folder = request.folder();
    let mut display =
        Display { folder, min_severity: args.min_severity, changes, ..Display::default() };
    let binding = binding(args, request, session)?;
    let (report, collected) = run::audit_and_keep(&settled.request)?;
    // The run is nearly over: to give back each piece of it takes longer than all that follows.
    let (report, collected) = (ManuallyDrop::new(report), ManuallyDrop::new(collected));
    let draft = bundle.map(|place| Draft::of(place, &settled, &collected)).transpose()?;
    let sums = draft.as_ref().map(Draft::sums).transpose()?;
    let keys = key.as_slice();
    let signed = match keys {
        [] => None,
        _ => Some(seal::seal(&report, keys, &binding, sums.as_ref().map(Sums::digest))?),
    };
    let envelope = signed.as_ref().map(|(envelope, _)| envelope.as_slice());
    if let (Some(draft), Some(sums), Some((envelope, verified))) = (draft, &sums, &signed) {
        draft.finish(sums, &seal::documents(envelope, verified, keys)?)?;
    }
    let seal = key.as_ref().map_or_else(
        || Seal::NotSigned("no key was given".to_owned()),
        |key| Seal::SignedBy(vec![key.public().id().to_string()]),
    );
    if let Some((_, verified)) = &signed {
        display.signed = circumstances(verified.get());
    }
    let results = Results { report: &report, envelope, seal };
    for output in &outputs {
        output.write(&results, &display, session)?;
    }
    if args.exit_zero {
        let verdict = report.verdict;
        session.note(&format!("the verdict is {verdict}; exit 0 because of --exit-zero"));
        return Ok(Exit::Pass);
    }
    let exit = Exit::from(report.verdict);
    if exit == Exit::Fail && settled.request.policy.gate.rulings().only_reports {
        let phase = settled.request.policy.gate.phase.name();
        session.note(&format!(
            "the verdict is fail; exit 0 because the policy only reports {phase}: mode = \"report\""
        ));
        return Ok(Exit::Pass);
    }
    if !outputs.iter().any(Output::is_shown) {
        session.note(&format!("the verdict is {}; exit {}", report.verdict, exit.code()));
    }
    Ok(exit)
}

fn binding(args: &GateArgs, request: &Request, session: &Session<'_>) -> Result<Binding, Failure> {
    let head = |folder: &PathBuf| {
        let policy = log::believed(args.log_key.as_deref(), args.log_policy.as_deref(), session)?;
        log::head_for(folder, &policy, request.evaluated_at, session)
    };
    Ok(Binding {
        log_head: args.log.as_ref().map(head).transpose()?,
        nonce: args.nonce.clone(),
        system: args.system.clone(),
        environment: args.environment.clone(),
        valid_seconds: args.valid_for,
    })
}

/// Where the bundle goes, if one was asked for: an empty place outside of what is audited.
fn bundle_place<'o>(outputs: &'o [Output], request: &Request) -> Result<Option<&'o Path>, Failure> {
    let mut places = outputs.iter().filter_map(Output::bundle);
    let Some(place) = places.next() else { return Ok(None) };
    if places.next().is_some() {
        return Err(Failure::usage("two bundles were asked for").hint("copy the one"));
    }
    bundle::check_place(place)?;
    for side in Side::BOTH {
        let sources = request.sources.get(side);
        if config::is_inside(place, &sources.folder, &sources.locators) {
            let message =
                format!("the bundle {} would be part of what is audited", place.display());
            return Err(Failure::usage(message).hint("write it elsewhere"));
        }
    }
    Ok(Some(place))
}

fn signing_key(
    args: &GateArgs,
    configured: Option<(String, std::path::PathBuf)>,
    session: &Session<'_>,
) -> Result<Option<Box<dyn Signer>>, Failure> {
    let reference = match (&args.key, configured) {
        (Some(text), _) => KeyRef::parse(text, &session.folder)?,
        (None, Some((text, folder))) => KeyRef::parse(&text, &folder)?,
        (None, None) if args.require_signature => {
            return Err(Failure::usage("--require-signature, but no key to sign with")
                .hint("pass --key REF; `driftseal keys generate` makes one"));
        }
        (None, None) if args.nonce.is_some() || args.valid_for.is_some() || args.log.is_some() => {
            let message = "--nonce, --valid-for and --log tie a signed report, but there is no key";
            return Err(Failure::usage(message).hint("pass --key REF"));
        }
        (None, None) => return Ok(None),
    };
    let password = args.key_password.as_deref();
    let password = password.map(|text| KeyRef::parse(text, &session.folder)).transpose()?;
    signer::signer(&reference, args.inputs.access(), password.as_ref()).map(Some)
}

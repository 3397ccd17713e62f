//! `driftseal trace`: how the spans of every service travel, on one side or both.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::exit::Exit;
use super::failure::Failure;
use super::inputs::{self, Inputs};
use super::output::{self, Offer, Output};
use super::run::{self, Rules, Sources, Taking};
use super::session::Session;
use crate::policy::Ledger;
use crate::policy::strict::unknown;
use crate::report::{Scope, Which};
use crate::wire::report::{Report, ServiceTrace};

/// Arguments of `trace`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = format!("Formats:\n{}\n\n{}", output::manual(Offer::Trace), inputs::manual()))]
pub struct TraceArgs {
    /// Show one side alone, read from here; several sources are one side. Without any, both sides
    /// are shown.
    #[arg(value_name = "SOURCE", conflicts_with_all = ["blue", "green"])]
    sources: Vec<String>,
    #[command(flatten)]
    inputs: Inputs,
    /// Draw in this format, to standard output or to PATH; repeatable [default: text].
    #[arg(short, long, value_name = "FORMAT[=PATH]")]
    output: Vec<String>,
    /// Show this service only; repeatable.
    #[arg(long, value_name = "NAME")]
    service: Vec<String>,
    /// Show these services only [default: all].
    #[arg(
        long,
        value_name = "WHICH",
        value_parser = PossibleValuesParser::new(["all", "broken", "unresolved", "changed"])
            .map(|which| match which.as_str() {
                "broken" => Which::Broken,
                "unresolved" => Which::Unresolved,
                "changed" => Which::Changed,
                _ => Which::All,
            }),
    )]
    only: Option<Which>,
    /// Exit with 0 whatever is lost. Errors keep their code.
    #[arg(long)]
    exit_zero: bool,
}

/// Collects one side or both and shows how spans travel.
pub(super) fn run(args: &TraceArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let outputs = Output::parse_all(Offer::Trace, &args.output, &session.folder)?;
    let (mut report, scope) = if args.sources.is_empty() {
        let mut request = args.inputs.settle(Rules::Skip, session)?.request;
        request.policy.ledger = Ledger::Full;
        (run::audit(&request)?, Scope::Both)
    } else {
        (alone(args, session)?, Scope::Alone)
    };
    let exit = exit(&report, scope);
    choose(args, &mut report)?;
    for output in &outputs {
        output.write_trace((&report, scope), session)?;
    }
    Ok(if args.exit_zero { Exit::Pass } else { exit })
}

/// One side, beside nothing.
fn alone(args: &TraceArgs, session: &mut Session<'_>) -> Result<Report, Failure> {
    let (config, folder) = inputs::configuration(&args.sources, session)?;
    let given = args.inputs.masking_key.as_deref();
    let access = args.inputs.access();
    let masking_key = inputs::masking_key(given, (&config, &folder), access, session)?;
    let sources = Sources { folder: session.folder.clone(), locators: args.sources.clone() };
    let taking = Taking {
        sources,
        exclude: config.exclude.iter().chain(&args.inputs.exclude).cloned().collect(),
        masking_key,
        secret_patterns: config.secret_patterns,
        jobs: args.inputs.jobs,
        progress: session.progress(),
    };
    let mut policy = config.policy;
    policy.ledger = Ledger::Full;
    let mut report = Report::from(run::alone(&taking, &policy, args.inputs.instant()?)?);
    // Nothing stands beside it that it could be compared with.
    report.trace.summary.facts.clear();
    report.trace.services.iter_mut().for_each(|service| service.facts.clear());
    Ok(report)
}

/// Keeps the services that were asked for; the counts stay those of all.
fn choose(args: &TraceArgs, report: &mut Report) -> Result<(), Failure> {
    let services = &mut report.trace.services;
    for name in &args.service {
        if !services.iter().any(|service| goes_by(service, name)) {
            let mut known: Vec<&str> = services.iter().map(|one| one.service.as_str()).collect();
            known.dedup();
            return Err(Failure::usage(unknown("service", name, &known)));
        }
    }
    let which = args.only.unwrap_or_default();
    services.retain(|service| {
        let named = args.service.iter().any(|name| goes_by(service, name));
        (named || args.service.is_empty()) && which.shows(service)
    });
    report.trace.summary.listed = services.len() as u64;
    Ok(())
}

fn goes_by(service: &ServiceTrace, name: &str) -> bool {
    service.service == name || service.settings == name
}

/// What is unknown comes first, then whether spans are lost that are not lost in blue.
fn exit(report: &Report, scope: Scope) -> Exit {
    let has =
        |service: &ServiceTrace, wanted: &str| service.facts.iter().any(|fact| fact == wanted);
    let is_broken = |path: &crate::wire::report::TracePath| path.end == "broken";
    let lost = |service: &ServiceTrace| match scope {
        Scope::Alone => service.green.as_ref().is_some_and(is_broken),
        Scope::Both => {
            let before = service.blue.as_ref().is_some_and(is_broken);
            has(service, "path-lost") || (has(service, "path-broken") && !before)
        }
    };
    if report.gaps.iter().any(|gap| !gap.accepted) {
        Exit::Inconclusive
    } else if report.trace.services.iter().any(lost) {
        Exit::Fail
    } else {
        Exit::Pass
    }
}

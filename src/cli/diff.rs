//! `driftseal diff`: every difference and what explains it, without rules and signature.

use clap::Args;

use super::exit::Exit;
use super::failure::Failure;
use super::inputs::{self, Inputs};
use super::output::{self, Display, Output, Results};
use super::run::{self, Rules};
use super::session::Session;
use crate::policy::Ledger;
use crate::report::Seal;
use crate::wire::report::Report;

/// Arguments of `diff`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = format!("Formats:\n{}\n\n{}", output::manual(), inputs::manual()))]
pub struct DiffArgs {
    #[command(flatten)]
    inputs: Inputs,
    /// Write the result in this format, to standard output or to PATH; repeatable [default: text].
    #[arg(short, long, value_name = "FORMAT[=PATH]")]
    output: Vec<String>,
    /// Exit with 0 whatever differs. Errors keep their code.
    #[arg(long)]
    exit_zero: bool,
}

/// Collects both sides and shows how they differ.
pub(super) fn run(args: &DiffArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let outputs = Output::parse_all(&args.output, &session.folder)?;
    if outputs.iter().any(Output::is_envelope) {
        return Err(Failure::usage("`diff` signs nothing").hint("use `driftseal gate`"));
    }
    let mut request = args.inputs.settle(Rules::Skip, session)?.request;
    request.policy.ledger = Ledger::Full;
    let report = Report::from(&run::audit(&request)?);
    let seal = Seal::NotSigned("`diff` signs nothing".to_owned());
    let results = Results { report: &report, envelope: None, seal };
    let display = Display { min_severity: None, changes: true };
    for output in &outputs {
        output.write(&results, display, session)?;
    }
    Ok(if args.exit_zero { Exit::Pass } else { report.verdict.into() })
}

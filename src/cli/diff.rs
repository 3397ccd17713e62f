//! `driftseal diff`: every difference and what explains it, without rules and signature.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::exit::Exit;
use super::failure::Failure;
use super::inputs::{self, Inputs};
use super::output::{self, Display, Offer, Output, Results};
use super::run::{self, Rules};
use super::session::Session;
use crate::policy::Ledger;
use crate::report::{Changes, Seal};

/// Arguments of `diff`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = format!("Formats:\n{}\n\n{}", output::manual(Offer::Unsigned), inputs::manual()))]
pub struct DiffArgs {
    #[command(flatten)]
    inputs: Inputs,
    /// Write the result in this format, to standard output or to PATH; repeatable [default: text].
    #[arg(short, long, value_name = "FORMAT[=PATH]")]
    output: Vec<String>,
    /// List these differences in text and markdown [default: unexplained]. The other formats hold all.
    #[arg(
        long,
        value_name = "WHICH",
        value_parser = PossibleValuesParser::new(["unexplained", "explained", "all"])
            .map(|which| match which.as_str() {
                "explained" => Changes::Explained,
                "all" => Changes::All,
                _ => Changes::Unexplained,
            }),
    )]
    only: Option<Changes>,
    /// Count the differences by resource in text, instead of listing them.
    #[arg(long, conflicts_with = "only")]
    stat: bool,
    /// Write colour pairs and allowances that would explain what nothing explains, as TOML to
    /// review, instead of a report. Nothing of it is applied.
    #[arg(long, conflicts_with_all = ["only", "stat", "output"])]
    suggest: bool,
    /// Exit with 0 whatever differs. Errors keep their code.
    #[arg(long)]
    exit_zero: bool,
}

/// Collects both sides and shows how they differ.
pub(super) fn run(args: &DiffArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let outputs = Output::parse_all(Offer::Unsigned, &args.output, &session.folder)?;
    if outputs.iter().any(Output::is_signed) {
        return Err(Failure::usage("`diff` signs nothing").hint("use `driftseal gate`"));
    }
    let mut request = args.inputs.settle(Rules::Skip, session)?.request;
    request.policy.ledger = Ledger::Full;
    if args.suggest {
        let (report, text) = run::suggest(&request)?;
        session.print(text.as_bytes())?;
        return Ok(if args.exit_zero { Exit::Pass } else { report.verdict.into() });
    }
    let report = run::audit(&request)?;
    let seal = Seal::NotSigned("`diff` signs nothing".to_owned());
    let results = Results { report: &report, envelope: None, seal };
    let listed = args.only.unwrap_or(Changes::Unexplained);
    let changes = if args.stat { Changes::ByResource } else { listed };
    let display =
        Display { folder: request.folder(), min_severity: None, changes, ..Display::default() };
    for output in &outputs {
        output.write(&results, &display, session)?;
    }
    Ok(if args.exit_zero { Exit::Pass } else { report.verdict.into() })
}

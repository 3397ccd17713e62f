//! `driftseal completions` and `driftseal man`: made of the definitions of the arguments.

use clap::{Args, Command, CommandFactory as _};
use clap_complete::Shell;

use super::CommandLine;
use super::exit::Exit;
use super::failure::{Failure, FailureKind};
use super::session::Session;
use crate::policy::strict::unknown;

/// The program's name.
const NAME: &str = "driftseal";

/// Arguments of `completions`.
#[derive(Debug, Clone, Args)]
pub struct CompletionsArgs {
    /// The shell to complete in.
    shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, Clone, Args)]
pub struct ManArgs {
    /// The command the page is about, such as `gate` or `keys generate`; the program when absent.
    command: Vec<String>,
}

/// Prints what a shell needs to complete command lines.
pub(super) fn completions(
    args: &CompletionsArgs,
    session: &mut Session<'_>,
) -> Result<Exit, Failure> {
    let mut out = Vec::new();
    clap_complete::generate(args.shell, &mut CommandLine::command(), NAME, &mut out);
    session.print(&out)?;
    Ok(Exit::Pass)
}

/// Prints a page of the manual, for `man -l -`.
pub(super) fn man(args: &ManArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let mut whole = CommandLine::command();
    whole.build();
    let mut command: &Command = &whole;
    for name in &args.command {
        command = command.find_subcommand(name).ok_or_else(|| {
            let known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
            Failure::usage(unknown("command", name, &known))
        })?;
    }
    let names: Vec<&str> =
        std::iter::once(NAME).chain(args.command.iter().map(String::as_str)).collect();
    let mut out = Vec::new();
    clap_mangen::Man::new(command.clone().disable_help_subcommand(true))
        .title(names.join("-"))
        .source(format!("{NAME} {}", env!("CARGO_PKG_VERSION")))
        .render(&mut out)
        .map_err(|error| {
            Failure::new(FailureKind::Output, format!("cannot write the page: {error}"))
        })?;
    session.print(&out)?;
    Ok(Exit::Pass)
}

//! Arguments, configuration file, progress, exit codes.
//!
//! The only floor that prints, exits, reads the clock and the environment.
//!
//! **Never here:** logic. A command reads its inputs, calls one function of a lower floor and
//! prints what it returns.
//!
//! **To add a command:** one file with a `clap::Args` struct and a `run` function, one variant of
//! `Command`.

/// Runs the program on the arguments of the process.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}

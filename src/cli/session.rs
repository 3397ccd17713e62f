//! The surroundings of one command: where it writes, where it stands, what all commands accept.

use std::io::{self, Write};
use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use clap::{ArgAction, Args, ValueEnum};

use super::failure::{Failure, FailureKind};
use super::progress::Progress;
use crate::report::escape;

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Colouring {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Even into a file or a pipe.
    Always,
    /// Not at all.
    Never,
}

/// Where the manual lists what every command accepts.
const HEADING: &str = "Options of every command";

/// What every command accepts.
#[derive(Debug, Clone, Default, Args)]
pub struct Global {
    /// Say nothing but results and errors.
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = HEADING)]
    pub quiet: bool,
    /// Show everything in full.
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = HEADING)]
    pub verbose: u8,
    /// When to use colours.
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        env = "DRIFTSEAL_COLOR",
        help_heading = HEADING
    )]
    pub color: Colouring,
    /// Read this configuration file instead of `driftseal.toml` at the repository root.
    ///
    /// A file inside one of the audited trees is refused: what is under audit does not decide how
    /// it is audited.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "DRIFTSEAL_CONFIG",
        help_heading = HEADING
    )]
    pub config: Option<PathBuf>,
}

/// The surroundings of one command.
pub struct Session<'s> {
    /// Where results go.
    pub out: &'s mut dyn Write,
    /// Where everything else goes.
    pub err: &'s mut dyn Write,
    /// Columns of the terminal that results go to; none if they do not.
    pub columns: Option<usize>,
    /// Whether results may be coloured.
    pub out_is_coloured: bool,
    /// Whether messages may be coloured.
    pub err_is_coloured: bool,
    /// Whether progress is shown, unless quiet is asked for.
    pub progress: Progress,
    /// Whether the terminal that results go to follows links.
    pub has_links: bool,
    /// The folder paths are relative to.
    pub folder: PathBuf,
    /// What every command accepts.
    pub global: Global,
}

impl<'s> Session<'s> {
    /// A session without a terminal: no width, no colours.
    pub fn new(out: &'s mut dyn Write, err: &'s mut dyn Write, folder: PathBuf) -> Self {
        Self {
            out,
            err,
            columns: None,
            out_is_coloured: false,
            err_is_coloured: false,
            progress: Progress::Silent,
            has_links: false,
            folder,
            global: Global::default(),
        }
    }

    /// Whether progress is shown.
    pub(super) const fn progress(&self) -> Progress {
        if self.global.quiet { Progress::Silent } else { self.progress }
    }

    /// Writes a result. A reader that has gone away has read enough.
    ///
    /// # Errors
    /// Anything else that keeps the result from being written.
    pub fn print(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.print_with(&mut |out| out.write_all(bytes))
    }

    /// As [`Self::print`], with what `write` writes.
    ///
    /// # Errors
    /// As [`Self::print`].
    pub fn print_with(
        &mut self,
        write: &mut dyn FnMut(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        match write(&mut *self.out).and_then(|()| self.out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                let message = format!("cannot write the result to standard output: {error}");
                Err(Failure::new(FailureKind::Output, message))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Writes lines as a result, escaped.
    ///
    /// # Errors
    /// As [`Self::print`].
    pub fn page(&mut self, lines: &[String]) -> Result<(), Failure> {
        let mut page = String::new();
        for line in lines {
            page.push_str(escape(line, false).trim_end());
            page.push('\n');
        }
        self.print(page.as_bytes())
    }

    /// Says something that is no result, unless told to be quiet.
    pub fn note(&mut self, text: &str) {
        if !self.global.quiet {
            self.say(AnsiColor::Cyan.on_default(), "note", text);
        }
    }

    /// Says why a command could not do its work.
    pub fn complain(&mut self, failure: &Failure) {
        self.say(AnsiColor::Red.on_default().bold(), "error", &failure.message);
        for detail in &failure.details {
            self.say(Style::new(), " also", detail);
        }
        for hint in &failure.hints {
            self.say(AnsiColor::Cyan.on_default(), " hint", hint);
        }
        let exit = failure.kind.exit();
        self.say(Style::new(), " exit", &format!("{} ({})", exit.code(), exit.name()));
    }

    /// A message that cannot be written has nobody to tell; the exit code still says it.
    fn say(&mut self, style: Style, label: &str, text: &str) {
        let style = if self.err_is_coloured { style } else { Style::new() };
        let _ = writeln!(self.err, "{style}{label}{style:#}: {}", escape(text, false));
    }
}

#[cfg(test)]
mod tests {
    use super::{Progress, Session};

    #[test]
    fn who_asks_for_silence_sees_no_progress() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut session = Session::new(&mut out, &mut err, std::path::PathBuf::new());
        assert_eq!(session.progress(), Progress::Silent);
        session.progress = Progress::Shown;
        assert_eq!(session.progress(), Progress::Shown);
        session.global.quiet = true;
        assert_eq!(session.progress(), Progress::Silent);
    }
}

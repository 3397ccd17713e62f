//! Programs of the user's that render what is audited: never through a shell, in a clean
//! environment, for a limited time, with a limited output.
//!
//! A program sees `PATH` and `HOME` of the user and what its collector fixes, nothing else: no
//! variable can change what it renders. What it complains of is not shown, because it may quote
//! what it was given; the same command run by hand says it. A program that fails, complains of an
//! error, does not end, or is not there is a gap: never a skip. What a program started ends with
//! it where it is ended (see `child`).

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use super::child::{Started, take};
use super::door::{Reading, Refusal, capped};
use super::{Gathered, Options};
use crate::model::GapReason;

/// How much of what a program complains is looked at.
const COMPLAINT_BYTES_MAX: u64 = 1 << 16;

/// One run of a program.
pub(super) struct Run<'r> {
    /// The program's name, sought on `PATH`.
    pub(super) program: &'r str,
    /// Its arguments.
    pub(super) arguments: &'r [String],
    /// Where it runs.
    pub(super) folder: &'r Path,
    /// Variables it sees besides `PATH` and `HOME`.
    pub(super) fixed: &'r [(&'r str, &'r str)],
}

/// What a program said.
pub(super) struct Said {
    /// Its output.
    pub(super) output: Vec<u8>,
    /// How many lines it complained, none of which says that something failed.
    pub(super) warnings: usize,
}

/// Why a program said nothing of use.
pub(super) enum Silent {
    /// There is no such program.
    Missing,
    /// It failed; why.
    Failed(Refusal),
}

impl Silent {
    /// What to say of it.
    pub(super) fn refusal(self, program: &str) -> Refusal {
        match self {
            Self::Failed(refusal) => refusal,
            Self::Missing => Refusal {
                reason: GapReason::SourceMissing,
                message: format!(
                    "cannot run {program}: the program was not found; install it, or pass what it \
                     renders as a file"
                ),
            },
        }
    }
}

/// Runs a program to its end.
pub(super) fn run(run: &Run<'_>, options: &Options) -> Result<Said, Silent> {
    let mut command = Command::new(run.program);
    command.args(run.arguments).current_dir(run.folder).env_clear();
    let is_seen = |name: &OsStr| name == "PATH" || name == "HOME";
    command.envs(options.environment.iter().filter(|(name, _)| is_seen(name)).cloned());
    command.env("LC_ALL", "C").envs(run.fixed.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut started = match Started::new(command) {
        Ok(started) => started,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Silent::Missing),
        Err(_) => return Err(failed(run, GapReason::Unreadable, "it could not be started")),
    };
    let said = listen(&mut started, run, options);
    started.stop();
    said
}

/// Takes in what a program writes until it ends.
fn listen(started: &mut Started, run: &Run<'_>, options: &Options) -> Result<Said, Silent> {
    let limits = &options.limits;
    let most = limits.file_bytes_max.saturating_add(1);
    let output = started.output().map(|pipe| take(pipe, most));
    let complaint = started.complaint().map(|pipe| take(pipe, COMPLAINT_BYTES_MAX));
    let wait = Duration::from_millis(limits.tool_wait_ms_max);
    let late = || {
        let why = format!(
            "it did not end within tool_wait_ms_max ({} milliseconds)",
            limits.tool_wait_ms_max
        );
        failed(run, GapReason::LimitReached, &why)
    };
    let hear = |from: Option<Receiver<Vec<u8>>>| -> Option<Vec<u8>> {
        from.and_then(|from| from.recv_timeout(wait).ok())
    };
    let output = hear(output).ok_or_else(late)?;
    if output.len() as u64 > limits.file_bytes_max {
        let why = format!("it wrote more than file_bytes_max ({} bytes)", limits.file_bytes_max);
        return Err(failed(run, GapReason::LimitReached, &why));
    }
    let complaint = hear(complaint).ok_or_else(late)?;
    let status = started.end().ok_or_else(late)?;
    if !status.success() {
        return Err(failed(run, GapReason::Unreadable, "it failed"));
    }
    let complaint = String::from_utf8_lossy(&complaint).to_ascii_lowercase();
    if complaint.lines().any(tells_of_an_error) {
        return Err(failed(run, GapReason::Unreadable, "it ended well but complained of an error"));
    }
    let warnings = complaint.lines().filter(|line| !line.trim().is_empty()).count();
    Ok(Said { output, warnings })
}

/// Whether a line of a complaint says that something failed, and does not call that a warning
/// first: `warning: cannot overwrite table with non table for errors.page`.
fn tells_of_an_error(line: &str) -> bool {
    let words = || line.split(|c: char| !c.is_ascii_alphanumeric());
    let is_warning = |word: &str| word.starts_with("warn");
    let is_error = |word: &str| {
        let known = ["err", "error", "fail", "failed", "failing", "failure", "fatal", "panic"];
        known.iter().any(|known| word == *known || word.strip_suffix('s') == Some(known))
    };
    words().find(|word| is_warning(word) || is_error(word)).is_some_and(is_error)
}

fn failed(run: &Run<'_>, reason: GapReason, why: &str) -> Silent {
    let (program, command) = (run.program, run.arguments.first().map_or("", String::as_str));
    let message = format!(
        "cannot use what {program} renders: {why}; run `{program} {command}` by hand to see what \
         it says and repair that, or pass what it renders as a file"
    );
    Silent::Failed(Refusal { reason, message })
}

/// Adds what a program rendered as one file, or the gap it is.
pub(super) fn note(
    said: Result<Said, Refusal>,
    file: String,
    locator: &str,
    options: &Options,
    out: &mut Gathered,
) {
    let output: Reading = said.and_then(|said| {
        if said.warnings > 0 {
            let warnings = said.warnings;
            out.record.notes.push(format!("the program of {locator} warned, in {warnings} lines"));
        }
        capped(said.output, &options.limits)
    });
    match output {
        Ok(bytes) => {
            let content = super::Content::Bytes(bytes);
            out.files.push(super::Found { file, content });
        }
        Err(refusal) => out.gap(locator, refusal.reason, refusal.message),
    }
}

/// A locator of a program: what stands behind the scheme, and `?name=value&…`.
pub(super) struct Locator<'l> {
    /// Where it points.
    pub(super) path: &'l str,
    /// What is asked for, in order.
    pub(super) asked: Vec<(&'l str, &'l str)>,
}

impl<'l> Locator<'l> {
    /// Takes a locator apart; only names in `known` may be asked for.
    ///
    /// # Errors
    /// Something else is asked for; the message names what can be.
    pub(super) fn parse(locator: &'l str, scheme: &str, known: &[&str]) -> Result<Self, Refusal> {
        let rest = locator.strip_prefix(scheme).unwrap_or(locator);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let asked: Vec<(&str, &str)> = query
            .split('&')
            .filter(|part| !part.is_empty())
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .collect();
        if asked.iter().all(|(name, _)| known.contains(name)) {
            return Ok(Self { path, asked });
        }
        let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
        Err(Refusal {
            reason: GapReason::SourceMissing,
            message: format!(
                "cannot collect it: something is asked for behind the '?' that {scheme} does not \
                 know; it knows {known}"
            ),
        })
    }

    /// The last value asked for under a name.
    pub(super) fn last(&self, name: &str) -> Option<&'l str> {
        self.asked.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The path, if something is there.
    ///
    /// # Errors
    /// Nothing is there.
    pub(super) fn there(&self, options: &Options) -> Result<PathBuf, Refusal> {
        let path = options.base_dir.join(self.path);
        if !self.path.is_empty() && path.exists() {
            return Ok(path);
        }
        Err(Refusal {
            reason: GapReason::SourceMissing,
            message: "cannot collect it: there is no such file or directory; check the path"
                .to_owned(),
        })
    }
}

/// A path as an argument; never one that a program takes for a flag.
///
/// # Errors
/// The path is not UTF-8.
pub(super) fn argument(path: &Path) -> Result<String, Refusal> {
    let text = path.to_str().ok_or_else(|| Refusal {
        reason: GapReason::Unreadable,
        message: "cannot pass the path to the program: it is not UTF-8; rename it".to_owned(),
    })?;
    Ok(if path.is_absolute() { text.to_owned() } else { format!("./{text}") })
}

/// What a rendered file is called: after the last name of the path as it was written, so that it
/// is called the same on any machine.
pub(super) fn rendered_name(path: &str, end: &str) -> String {
    let stem = match Path::new(path).components().next_back() {
        Some(Component::Normal(name)) => Path::new(name).file_stem(),
        Some(_) | None => None,
    };
    let stem = stem.map_or(&b"rendered"[..], OsStr::as_encoded_bytes);
    format!("{}{end}", super::directory::readable(stem))
}

//! Why a command could not do its work.

use std::fmt;

use super::exit::Exit;

/// What kind of thing went wrong; it decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureKind {
    /// The arguments do not make sense.
    Usage,
    /// The configuration file, a rule pack, a key or a waiver file is wrong.
    Config,
    /// What should have been read is not there or cannot be read.
    Input,
    /// What should have been written was not.
    Output,
    /// Something is not what it claims to be.
    Integrity,
    /// The program failed.
    Internal,
}

impl FailureKind {
    /// The exit code that says so.
    pub const fn exit(self) -> Exit {
        match self {
            Self::Usage | Self::Config | Self::Output | Self::Internal => Exit::Error,
            Self::Input => Exit::Inconclusive,
            Self::Integrity => Exit::Integrity,
        }
    }
}

/// Why a command could not do its work, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of thing went wrong.
    pub kind: FailureKind,
    /// What was attempted, where, and why it did not work. One line; quotes no input that may
    /// hold a secret.
    pub message: String,
    /// Further mistakes of the same kind, one line each.
    pub details: Vec<String>,
    /// What to do about it, one line each.
    pub hints: Vec<String>,
}

impl Failure {
    /// Says what went wrong.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), details: Vec::new(), hints: Vec::new() }
    }

    /// The arguments do not make sense.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Usage, message)
    }

    /// The configuration is wrong.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Config, message)
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds further mistakes.
    #[must_use]
    pub fn with(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::FailureKind;

    #[test]
    fn no_failure_is_a_pass_or_a_verdict_about_green() {
        use FailureKind::{Config, Input, Integrity, Internal, Output, Usage};

        let codes =
            [Usage, Config, Output, Internal, Input, Integrity].map(|kind| kind.exit().code());
        assert_eq!(codes, [2, 2, 2, 2, 3, 4]);
    }
}

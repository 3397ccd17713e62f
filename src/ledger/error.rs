//! Why something cannot be said of a log, or not be done to it.

use std::fmt;

/// Names what is wrong; stable, shown to people and read by programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A checkpoint is not signed by the key it must be signed by, or the signature does not hold.
    Signature,
    /// A checkpoint is of another log.
    Origin,
    /// The log is shorter than it was.
    Rollback,
    /// The log was signed twice at one size, with two contents.
    Fork,
    /// The log is longer than it was, but what it held is not what it holds.
    Rewritten,
    /// Something that the checkpoint commits to is not there.
    Missing,
    /// Something is not what the checkpoint commits to.
    Altered,
    /// Something is not written as it must be.
    Malformed,
    /// A proof does not lead to the checkpoint it comes with.
    Proof,
    /// A proof or an entry is about another report.
    OtherReport,
    /// The log has no such entry.
    NotLogged,
    /// Too few witnesses have cosigned the checkpoint.
    Quorum,
    /// Time would go backwards along the log.
    Clock,
    /// There is no log, or nothing that could be read.
    Unreadable,
    /// Something could not be written.
    NotWritten,
    /// Somebody else is writing.
    Locked,
    /// There is a log already.
    Exists,
    /// A key is not of the kind that is needed.
    Key,
    /// A policy or a name cannot be used.
    Policy,
}

/// What follows from a [`Reason`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consequence {
    /// Something is not what it claims to be.
    Integrity,
    /// Nothing can be told.
    Unknown,
    /// Nothing was done: what was asked for cannot be done like this.
    Refused,
}

impl Reason {
    /// Lists every reason.
    pub const ALL: [Self; 19] = [
        Self::Signature,
        Self::Origin,
        Self::Rollback,
        Self::Fork,
        Self::Rewritten,
        Self::Missing,
        Self::Altered,
        Self::Malformed,
        Self::Proof,
        Self::OtherReport,
        Self::NotLogged,
        Self::Quorum,
        Self::Clock,
        Self::Unreadable,
        Self::NotWritten,
        Self::Locked,
        Self::Exists,
        Self::Key,
        Self::Policy,
    ];

    /// Returns its stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Origin => "origin",
            Self::Rollback => "rollback",
            Self::Fork => "fork",
            Self::Rewritten => "rewritten",
            Self::Missing => "missing",
            Self::Altered => "altered",
            Self::Malformed => "malformed",
            Self::Proof => "proof",
            Self::OtherReport => "other-report",
            Self::NotLogged => "not-logged",
            Self::Quorum => "quorum",
            Self::Clock => "clock",
            Self::Unreadable => "unreadable",
            Self::NotWritten => "not-written",
            Self::Locked => "locked",
            Self::Exists => "exists",
            Self::Key => "key",
            Self::Policy => "policy",
        }
    }

    /// Returns what follows from it.
    pub const fn consequence(self) -> Consequence {
        match self {
            Self::Signature
            | Self::Origin
            | Self::Rollback
            | Self::Fork
            | Self::Rewritten
            | Self::Missing
            | Self::Altered
            | Self::Malformed
            | Self::Proof
            | Self::OtherReport
            | Self::NotLogged
            | Self::Quorum
            | Self::Clock => Consequence::Integrity,
            Self::Unreadable => Consequence::Unknown,
            Self::NotWritten | Self::Locked | Self::Exists | Self::Key | Self::Policy => {
                Consequence::Refused
            }
        }
    }

    /// What to do about it, where nothing better is known at the place.
    const fn remedy(self) -> &'static str {
        match self {
            Self::Signature => {
                "give the key of this log; if it is the right one, do not use the log"
            }
            Self::Origin => "give the log, the key and the checkpoint of the same name",
            Self::Rollback => {
                "do not use the log; ask who runs it for what was cut off, and compare with other \
                 copies"
            }
            Self::Fork | Self::Rewritten => {
                "do not use the log; both signed checkpoints together prove that it was rewritten, \
                 keep them"
            }
            Self::Missing | Self::Altered => {
                "run `driftseal log fsck`; restore the file from a copy of the log, its content can \
                 be checked"
            }
            Self::Malformed => "restore it from a copy, or ask whoever wrote it",
            Self::Proof => "ask for another proof; this one proves nothing",
            Self::OtherReport => "give the report that belongs to the proof",
            Self::NotLogged => "log it with `driftseal log append`, or look in the right log",
            Self::Quorum => "ask the witnesses for cosignatures (`driftseal log witness`)",
            Self::Clock => "compare the clocks of the machines that write to the log",
            Self::Unreadable => "check the path and who may read it",
            Self::NotWritten => {
                "what was acknowledged before is kept; make room or give write access, and run the \
                 command again"
            }
            Self::Locked => "wait for the other writer to end, and run the command again",
            Self::Exists => "append to it, or choose another folder",
            Self::Key => {
                "make a key of its own for the log: driftseal keys generate log.key --algorithm \
                 ed25519"
            }
            Self::Policy => "correct it and run the command again",
        }
    }
}

/// Says what is wrong with a log, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerError {
    /// What is wrong.
    pub reason: Reason,
    /// Where, for people.
    pub place: String,
    /// What was found, in one line.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl LedgerError {
    /// Says what is wrong at `place`, with the usual remedy.
    pub fn new(reason: Reason, place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            reason,
            place: place.into(),
            message: message.into(),
            remedy: reason.remedy().to_owned(),
        }
    }

    /// The same with a better remedy.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.place, self.message, self.reason.as_str())
    }
}

impl std::error::Error for LedgerError {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Consequence, Reason};

    #[test]
    fn every_reason_has_a_name_of_its_own_and_a_remedy() {
        let names: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(names.len(), Reason::ALL.len());
        assert!(Reason::ALL.iter().all(|reason| !reason.remedy().is_empty()));
        let broken = Reason::ALL.iter().filter(|it| it.consequence() == Consequence::Integrity);
        assert_eq!(broken.count(), 13);
    }
}

//! What a reader has seen of logs, remembered outside of them.
//!
//! Whoever runs a log can write all of it again. What it cannot do is to make those forget who have
//! seen it: a log that is shorter than it was, or other, does not begin with what was seen. A reader
//! keeps the last signed checkpoint of each log, and moves on only to one that begins with it.

use super::checkpoint::Checkpoint;
use super::error::{LedgerError, Reason};
use super::log::Log;
use super::note::Note;
use super::policy::Policy;
use super::store::Store;
use crate::model::Digest;

/// Remembers one checkpoint of each log.
pub struct Known<'s> {
    store: &'s dyn Store,
}

/// What comparing a log with what was seen of it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing was seen of it before.
    First,
    /// It is as it was.
    Same,
    /// It begins with what it was, of this many entries.
    Grown(u64),
}

impl<'s> Known<'s> {
    /// What is remembered in this store, which is none of a log.
    pub const fn new(store: &'s dyn Store) -> Self {
        Self { store }
    }

    /// The last checkpoint that was seen of this log, as it is kept and as it was signed.
    ///
    /// # Errors
    ///
    /// What is kept cannot be read, is of another log, or was not signed by a log of the policy.
    pub fn last(
        &self,
        origin: &str,
        policy: &Policy,
    ) -> Result<Option<(Note, Checkpoint)>, LedgerError> {
        let name = name(origin);
        let place = self.store.place(&name);
        let Some(bytes) = self.store.read(&name)? else { return Ok(None) };
        let note = Note::parse(&bytes, &place)?;
        let checkpoint = policy.signed(&note, &place)?;
        if checkpoint.origin != origin {
            let message = format!("it is of the log {}, kept for {origin}", checkpoint.origin);
            return Err(LedgerError::new(Reason::Origin, place, message));
        }
        Ok(Some((note, checkpoint)))
    }

    /// Compares a log with what was seen of it, and remembers what it is now.
    ///
    /// # Errors
    ///
    /// [`Reason::Rollback`], [`Reason::Fork`] or [`Reason::Rewritten`], with both checkpoints; or
    /// what keeps either from being read or written. Then what was seen stays.
    pub fn meet(&self, log: &mut Log<'_>, policy: &Policy) -> Result<Standing, LedgerError> {
        let now = log.checkpoint().clone();
        let last = self.last(&now.origin, policy)?;
        let standing = match &last {
            None => Standing::First,
            Some((_, seen)) => {
                log.covers(seen).map_err(|error| both(error, last.as_ref(), log.note()))?;
                if seen.size == now.size { Standing::Same } else { Standing::Grown(seen.size) }
            }
        };
        if standing != Standing::Same {
            self.remember(&now.origin, last.as_ref().map(|(note, _)| note), log.note())?;
        }
        Ok(standing)
    }

    /// Whether a checkpoint that stands alone is the one that was seen; not, if none or one of
    /// another size was.
    ///
    /// # Errors
    ///
    /// [`Reason::Fork`]: another one of the same size was seen. Or neither can be read.
    pub fn agrees(&self, now: &Note, policy: &Policy, place: &str) -> Result<bool, LedgerError> {
        let checkpoint = policy.signed(now, place)?;
        let last = self.last(&checkpoint.origin, policy)?;
        match &last {
            Some((_, seen)) if seen.size == checkpoint.size && seen.root == checkpoint.root => {
                Ok(true)
            }
            Some((_, seen)) if seen.size == checkpoint.size => {
                Err(both(rewritten(seen, &checkpoint, place), last.as_ref(), now))
            }
            Some(_) | None => Ok(false),
        }
    }

    /// Puts a checkpoint in the place of the one that was last seen.
    ///
    /// # Errors
    ///
    /// It cannot be written, or another one has been seen meanwhile.
    pub fn remember(
        &self,
        origin: &str,
        last: Option<&Note>,
        now: &Note,
    ) -> Result<(), LedgerError> {
        let (name, now) = (name(origin), now.to_string());
        let done = match last {
            Some(last) => self.store.replace(&name, last.to_string().as_bytes(), now.as_bytes())?,
            None => self.store.create(&name, now.as_bytes())?,
        };
        if done {
            return Ok(());
        }
        let message = "another checkpoint of the log was seen at the same time";
        Err(LedgerError::new(Reason::Locked, self.store.place(&name), message))
    }
}

/// Adds both signed checkpoints to what is told: together they prove what was done.
pub(super) fn both(
    mut error: LedgerError,
    last: Option<&(Note, Checkpoint)>,
    now: &Note,
) -> LedgerError {
    if let (Reason::Rollback | Reason::Fork | Reason::Rewritten, Some((seen, _))) =
        (error.reason, last)
    {
        error.remedy = format!("{}\nseen before:\n{seen}\nnow:\n{now}", error.remedy);
    }
    error
}

/// Whether two checkpoints are of one log.
pub(super) fn same_log(
    earlier: &Checkpoint,
    now: &Checkpoint,
    place: &str,
) -> Result<(), LedgerError> {
    if earlier.origin == now.origin {
        return Ok(());
    }
    let message = format!("it is of the log {}, the checkpoint of {}", now.origin, earlier.origin);
    Err(LedgerError::new(Reason::Origin, place, message))
}

/// Whether a log has at least the entries it had.
pub(super) fn not_shorter(
    earlier: &Checkpoint,
    now: &Checkpoint,
    place: &str,
) -> Result<(), LedgerError> {
    if now.size >= earlier.size {
        return Ok(());
    }
    let message =
        format!("it has {} entries and had {}: the log was rolled back", now.size, earlier.size);
    Err(LedgerError::new(Reason::Rollback, place, message))
}

/// Says that a log does not begin with what it was.
pub(super) fn rewritten(earlier: &Checkpoint, now: &Checkpoint, place: &str) -> LedgerError {
    let (reason, message) = if earlier.size == now.size {
        let message = format!("at {} entries it was signed twice, with two contents", now.size);
        (Reason::Fork, message)
    } else {
        let message = format!(
            "its first {} entries are not those it had: the log was rewritten",
            earlier.size
        );
        (Reason::Rewritten, message)
    };
    LedgerError::new(reason, place, message)
}

/// The object that remembers a log, named as a witness serves it (C2SP tlog-witness v1.0.0).
fn name(origin: &str) -> String {
    format!("{}/checkpoint", Digest::of(origin.as_bytes()))
}

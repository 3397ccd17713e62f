//! Being a witness: cosigning a log that has only grown since it was last seen (C2SP tlog-witness
//! v1.0.0, without HTTP).

use super::checkpoint::Checkpoint;
use super::error::{LedgerError, Reason};
use super::known::{self, Known};
use super::note::Verifier;
use super::policy::Policy;
use super::proof::Growth;
use crate::evidence::PrivateKey;
use crate::model::Timestamp;

/// Who cosigns, with what, and when.
pub struct Witness<'w> {
    /// The name and key under which it is known.
    pub verifier: &'w Verifier,
    /// Its private key.
    pub key: &'w PrivateKey,
    /// What it has seen.
    pub known: &'w Known<'w>,
    /// The logs it cosigns.
    pub policy: &'w Policy,
    /// Its time.
    pub at: Timestamp,
}

impl Witness<'_> {
    /// How many entries it has seen of a log: what a request must name.
    ///
    /// # Errors
    ///
    /// What it has seen cannot be read.
    pub fn seen(&self, origin: &str) -> Result<u64, LedgerError> {
        Ok(self.known.last(origin, self.policy)?.map_or(0, |(_, seen)| seen.size))
    }

    /// Cosigns the checkpoint of a request, and returns the line to add to it. What it has seen is
    /// on the disk before it signs.
    ///
    /// # Errors
    ///
    /// The log is not one it cosigns, the request does not begin where it has seen the log last, or
    /// does not show that the log has only grown since.
    pub fn cosign(&self, request: &Growth, place: &str) -> Result<String, LedgerError> {
        let now = self.policy.signed(&request.note, place)?;
        let last = self.known.last(&now.origin, self.policy)?;
        let seen = match &last {
            Some((_, seen)) => seen.clone(),
            None => Checkpoint { size: 0, root: super::merkle::empty(), ..now.clone() },
        };
        let refused = |error| known::both(error, last.as_ref(), &request.note);
        known::not_shorter(&seen, &now, place).map_err(refused)?;
        if seen.size == now.size && seen.root != now.root {
            return Err(refused(known::rewritten(&seen, &now, place)));
        }
        if request.old != seen.size {
            let message = format!(
                "the request shows growth from {} entries, this witness has seen {}",
                request.old, seen.size
            );
            return Err(LedgerError::new(Reason::Proof, place, message).remedy(format!(
                "ask with `driftseal log consistency LOG --since {}`",
                seen.size
            )));
        }
        if !request.joins((seen.size, seen.root), &now) {
            let message = format!(
                "it does not show that the log begins with the {} entries that this witness has seen: \
                 either the log was rewritten, or the proof is of another",
                seen.size
            );
            return Err(refused(LedgerError::new(Reason::Rewritten, place, message)));
        }
        let seconds = u64::try_from(self.at.unix_seconds()).map_err(|_| {
            LedgerError::new(Reason::Clock, "the clock", format!("it is {} here", self.at))
        })?;
        self.known.remember(&now.origin, last.as_ref().map(|(note, _)| note), &request.note)?;
        self.verifier.sign(self.key, request.note.text(), seconds)
    }
}

//! Reading a log: what is told of it leads to its signed checkpoint, or is an error.

use super::checkpoint::Checkpoint;
use super::entry::Entry;
use super::error::{LedgerError, Reason};
use super::index;
use super::merkle;
use super::note::Note;
use super::policy::Policy;
use super::proof::{Growth, Proof};
use super::store::Store;
use super::tile::{self, Kind, Tiles, WIDTH};
use crate::model::Digest;

/// The object that holds the signed checkpoint.
pub const CHECKPOINT: &str = "checkpoint";

/// A log at the state of one signed checkpoint.
pub struct Log<'s> {
    store: &'s dyn Store,
    note: Note,
    checkpoint: Checkpoint,
    reads: u64,
}

impl<'s> Log<'s> {
    /// Reads the checkpoint, and believes it if a log of `policy` has signed it; whether witnesses
    /// have is [`Policy::check`]'s to say.
    ///
    /// # Errors
    ///
    /// There is no log, it is another one, or its signature does not hold.
    pub fn open(store: &'s dyn Store, policy: &Policy) -> Result<Self, LedgerError> {
        let (_, note) = read(store)?;
        let checkpoint = policy.signed(&note, &store.place(CHECKPOINT))?;
        Ok(Self { store, note, checkpoint, reads: 0 })
    }

    /// What the checkpoint says.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The signed checkpoint.
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// Where it is kept.
    pub const fn store(&self) -> &'s dyn Store {
        self.store
    }

    /// How many tiles were read for the last proof.
    pub const fn reads(&self) -> u64 {
        self.reads
    }

    /// The entries of a bundle, as they are written.
    ///
    /// # Errors
    ///
    /// They are not those that the checkpoint commits to.
    pub fn bundle(&mut self, number: u64) -> Result<Vec<Vec<u8>>, LedgerError> {
        let size = self.checkpoint.size;
        let width = size.saturating_sub(number.saturating_mul(WIDTH)).min(WIDTH);
        if width == 0 {
            return Ok(Vec::new());
        }
        let entries = tile::entries(self.store, number, width)?;
        // Every entry of the bundle is beside the way of the first one or on it, so that one proof
        // holds for all of them.
        let leaves: Vec<Digest> = entries.iter().map(|entry| merkle::leaf(entry)).collect();
        let first = leaves.first().copied().unwrap_or_else(merkle::empty);
        let mut tiles = Tiles::new(self.store, size);
        tiles.assume(0, number, leaves);
        let proof = merkle::inclusion(&mut tiles, number * WIDTH, size)?;
        self.reads = tiles.reads();
        if merkle::includes((number * WIDTH, first), (size, self.checkpoint.root), &proof) {
            return Ok(entries);
        }
        let place = self.store.place(&tile::name(Kind::Entries, number, width));
        let message = "the entries do not lead to the root that was signed";
        Err(LedgerError::new(Reason::Altered, place, message))
    }

    /// The entry at `index`, as it is written.
    ///
    /// # Errors
    ///
    /// There is none, or not the one that the checkpoint commits to.
    pub fn entry(&mut self, index: u64) -> Result<Vec<u8>, LedgerError> {
        let within = usize::try_from(index % WIDTH).unwrap_or(0);
        let bundle = self.bundle(index / WIDTH)?;
        bundle.into_iter().nth(within).ok_or_else(|| {
            let message =
                format!("there is no entry {index}, the log has {}", self.checkpoint.size);
            LedgerError::new(Reason::NotLogged, self.store.place(CHECKPOINT), message)
        })
    }

    /// What an entry says.
    ///
    /// # Errors
    ///
    /// Those of [`Log::entry`] and [`Entry::parse`].
    pub fn read(&mut self, index: u64) -> Result<Entry, LedgerError> {
        let place = format!("entry {index} of {}", self.checkpoint.origin);
        Entry::parse(&self.entry(index)?, &place)
    }

    /// Where the entry about this report stands: the first, if there are several.
    ///
    /// The index is asked first; where it says nothing, every entry is looked at.
    ///
    /// # Errors
    ///
    /// It is not in the log, or what is kept does not lead to the checkpoint.
    pub fn find(&mut self, statement: Digest) -> Result<u64, LedgerError> {
        if let Some(at) = self.indexed(statement)? {
            return Ok(at);
        }
        for number in 0..self.checkpoint.size.div_ceil(WIDTH) {
            for (index, bytes) in (number * WIDTH..).zip(self.bundle(number)?) {
                let place = format!("entry {index} of {}", self.checkpoint.origin);
                // What is of a later version is about something else than a report of today.
                if Entry::parse(&bytes, &place).is_ok_and(|entry| entry.statement() == statement) {
                    return Ok(index);
                }
            }
        }
        let message = format!("the report {statement} is not in the log");
        Err(LedgerError::new(Reason::NotLogged, self.store.place(CHECKPOINT), message))
    }

    /// Where the index says that the entry about this report stands, if it says the truth.
    ///
    /// # Errors
    ///
    /// What keeps the index or the entry from being read.
    pub fn indexed(&mut self, statement: Digest) -> Result<Option<u64>, LedgerError> {
        for at in index::find(self.store, statement)? {
            let is_here = at < self.checkpoint.size;
            if is_here && self.read(at).is_ok_and(|entry| entry.statement() == statement) {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// Proves that the entry at `index` is in the log. A proof that does not hold is never returned.
    ///
    /// # Errors
    ///
    /// Those of [`Log::entry`].
    pub fn prove(&mut self, index: u64) -> Result<Proof, LedgerError> {
        let entry = self.entry(index)?;
        let Checkpoint { size, root, .. } = self.checkpoint;
        let mut tiles = Tiles::new(self.store, size);
        let hashes = merkle::inclusion(&mut tiles, index, size)?;
        self.reads = tiles.reads();
        if !merkle::includes((index, merkle::leaf(&entry)), (size, root), &hashes) {
            return Err(self.altered(index));
        }
        Ok(Proof { index, entry, hashes, note: self.note.clone() })
    }

    /// Proves that the log has only grown since it had `old` entries, and tells its root then.
    ///
    /// # Errors
    ///
    /// It has fewer now, or what is kept does not lead to the checkpoint.
    pub fn growth(&mut self, old: u64) -> Result<(Growth, Digest), LedgerError> {
        let Checkpoint { size, root, .. } = self.checkpoint;
        if old > size {
            let message = format!("it has {size} entries, and had {old}");
            return Err(LedgerError::new(Reason::Rollback, self.store.place(CHECKPOINT), message));
        }
        let mut tiles = Tiles::new(self.store, size);
        let hashes = merkle::consistency(&mut tiles, old, size)?;
        let then = if old == size { root } else { merkle::root(&mut tiles, old)? };
        self.reads = tiles.reads();
        if !merkle::extends((old, then), (size, root), &hashes) {
            return Err(self.altered(old.saturating_sub(1)));
        }
        Ok((Growth { old, hashes, note: self.note.clone() }, then))
    }

    /// Whether the log begins with what an earlier checkpoint of it committed to.
    ///
    /// # Errors
    ///
    /// It is of another log, the log has fewer entries now, or other ones.
    pub fn covers(&mut self, earlier: &Checkpoint) -> Result<Growth, LedgerError> {
        let place = self.store.place(CHECKPOINT);
        super::known::same_log(earlier, &self.checkpoint, &place)?;
        super::known::not_shorter(earlier, &self.checkpoint, &place)?;
        let (growth, then) = self.growth(earlier.size)?;
        if then == earlier.root {
            return Ok(growth);
        }
        Err(super::known::rewritten(earlier, &self.checkpoint, &place))
    }

    fn altered(&self, index: u64) -> LedgerError {
        let place = self.store.place(&tile::name(Kind::Level(0), index / WIDTH, WIDTH));
        let message = format!(
            "this tile, or one of those above it, does not lead to the root that was signed for {} \
             entries",
            self.checkpoint.size
        );
        LedgerError::new(Reason::Altered, place, message)
    }
}

/// Reads the signed checkpoint as it is kept, and not believed.
pub(super) fn read(store: &dyn Store) -> Result<(Vec<u8>, Note), LedgerError> {
    let place = store.place(CHECKPOINT);
    let bytes = store.read(CHECKPOINT)?.ok_or_else(|| {
        LedgerError::new(Reason::Unreadable, &place, "there is no log: it has no checkpoint")
            .remedy(
                "name the folder of a log or the file it was exported to (to `log verify` also a \
                 proof), or make one with `driftseal log init`",
            )
    })?;
    let note = Note::parse(&bytes, &place)?;
    Ok((bytes, note))
}

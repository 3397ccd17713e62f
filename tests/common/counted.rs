//! A log's store that counts.

use std::cell::Cell;

use driftseal::ledger::{LedgerError, Store};

/// A store that counts what is read and written.
pub(crate) struct Counted<'s> {
    pub(crate) inner: &'s dyn Store,
    pub(crate) reads: Cell<usize>,
    pub(crate) writes: Cell<usize>,
}

impl Store for Counted<'_> {
    fn place(&self, name: &str) -> String {
        self.inner.place(name)
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        self.reads.set(self.reads.get() + 1);
        self.inner.read(name)
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, LedgerError> {
        self.writes.set(self.writes.get() + 1);
        self.inner.create(name, bytes)
    }

    fn replace(&self, name: &str, old: &[u8], new: &[u8]) -> Result<bool, LedgerError> {
        self.writes.set(self.writes.get() + 1);
        self.inner.replace(name, old, new)
    }
}

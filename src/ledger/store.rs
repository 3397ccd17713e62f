//! The door to where a log is kept.

use super::error::LedgerError;

/// The largest object: 256 entries of the greatest length with their lengths.
pub const OBJECT_BYTES_MAX: u64 = 256 * (2 + 65_535);

/// Keeps named objects.
///
/// Names are relative paths with `/`. What was written is there after a loss of power, whole or not
/// at all. A log needs exactly one writer; what stands for one is the store's to know.
pub trait Store {
    /// Names an object as people find it.
    fn place(&self, name: &str) -> String;

    /// Reads an object; none if there is no such.
    ///
    /// # Errors
    ///
    /// What keeps it from being read, or more than [`OBJECT_BYTES_MAX`].
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, LedgerError>;

    /// Writes an object where there was none; says whether it did.
    ///
    /// # Errors
    ///
    /// What keeps it from being written; then there is none, or the whole one.
    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, LedgerError>;

    /// Writes an object in the place of `old`; says whether it did, which it does not where anything
    /// else stands there.
    ///
    /// # Errors
    ///
    /// What keeps it from being written; then the old one is there, or the whole new one.
    fn replace(&self, name: &str, old: &[u8], new: &[u8]) -> Result<bool, LedgerError>;
}

//! A log in one file: a tar archive of its checkpoint, entries and tiles, read like the log itself.
//!
//! It is the same for the same log on any machine. The key that verifies it is not in it: whoever
//! reads it has that from elsewhere.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use tar::{Archive, Builder, EntryType, Header};

use super::error::{LedgerError, Reason};
use super::log::{CHECKPOINT, Log};
use super::store::{OBJECT_BYTES_MAX, Store};
use super::tile::{self, WIDTH};

/// The most bytes of an exported log that are read.
pub const EXPORT_BYTES_MAX: u64 = 1 << 30;

/// Writes a log to one file.
///
/// # Errors
///
/// Something that the checkpoint commits to is missing, or the file cannot be written.
pub fn export(log: &Log<'_>, out: &mut dyn Write) -> Result<(), LedgerError> {
    let failed = |error: io::Error| {
        LedgerError::new(Reason::NotWritten, "the exported log", format!("cannot write: {error}"))
    };
    let mut archive = Builder::new(out);
    let mut put = |name: &str, bytes: &[u8]| {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o644);
        header.set_username("driftseal").map_err(failed)?;
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, name, bytes).map_err(failed)
    };
    put(CHECKPOINT, log.note().to_string().as_bytes())?;
    for (kind, number, width) in tile::all(log.checkpoint().size) {
        let mut bytes = tile::read(log.store(), kind, number, width)?;
        // A tile that is full by now stands in for the one that was signed, but not here.
        if width < WIDTH {
            bytes = match kind {
                tile::Kind::Entries => tile::bundle(&tile::entries(log.store(), number, width)?),
                tile::Kind::Level(_) => {
                    bytes.into_iter().zip(0..width * 32).map(|(byte, _)| byte).collect()
                }
            };
        }
        put(&tile::name(kind, number, width), &bytes)?;
    }
    archive.finish().map_err(failed)
}

/// An exported log, to read from.
#[derive(Debug)]
pub struct Exported {
    place: String,
    objects: BTreeMap<String, Vec<u8>>,
}

impl Exported {
    /// Reads an exported log from `place`.
    ///
    /// # Errors
    ///
    /// It is no tar archive of plain files, has a name twice, or is larger than
    /// [`EXPORT_BYTES_MAX`].
    pub fn read(input: impl Read, place: &str) -> Result<Self, LedgerError> {
        let failed = |message: String| LedgerError::new(Reason::Malformed, place, message);
        let damaged = |error: io::Error| failed(format!("it is no exported log: {error}"));
        let mut objects = BTreeMap::new();
        let mut archive = Archive::new(input.take(EXPORT_BYTES_MAX));
        let mut left = EXPORT_BYTES_MAX;
        for entry in archive.entries().map_err(damaged)? {
            let entry = entry.map_err(damaged)?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let size = entry.size();
            if !entry.header().entry_type().is_file() {
                return Err(failed(format!("{name:?} in it is not a plain file")));
            }
            left =
                left.checked_sub(size).filter(|_| size <= OBJECT_BYTES_MAX).ok_or_else(|| {
                    failed(format!("it, or {name:?} in it, is larger than an exported log may be"))
                })?;
            let mut bytes = Vec::new();
            entry.take(OBJECT_BYTES_MAX).read_to_end(&mut bytes).map_err(damaged)?;
            if bytes.len() as u64 != size {
                return Err(failed(format!("it ends within {name:?}")));
            }
            if objects.insert(name.clone(), bytes).is_some() {
                return Err(failed(format!("{name:?} is in it twice")));
            }
        }
        Ok(Self { place: place.to_owned(), objects })
    }

    fn sealed(&self, name: &str) -> LedgerError {
        let message = "an exported log is never written to";
        LedgerError::new(Reason::NotWritten, self.place(name), message)
            .remedy("name the folder of the log itself")
    }
}

impl Store for Exported {
    fn place(&self, name: &str) -> String {
        format!("{}!{name}", self.place)
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        Ok(self.objects.get(name).cloned())
    }

    fn create(&self, name: &str, _bytes: &[u8]) -> Result<bool, LedgerError> {
        Err(self.sealed(name))
    }

    fn replace(&self, name: &str, _old: &[u8], _new: &[u8]) -> Result<bool, LedgerError> {
        Err(self.sealed(name))
    }
}

//! A store of plain files, for one writer at a time.
//!
//! An object is written beside its place, brought to the disk, put in place by a rename, and the
//! folder is brought to the disk too. The writer is who holds the system's lock on the file `.lock`;
//! the system takes it from a process that ends, however it ends.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tempfile::NamedTempFile;

use super::error::{LedgerError, Reason};
use super::store::{OBJECT_BYTES_MAX, Store};

/// Held by the writer.
const LOCK: &str = ".lock";

/// Where objects are written before they are put in their place.
const NEW: &str = ".new";

/// How long to wait before asking for the lock again.
const PAUSE: Duration = Duration::from_millis(10);

/// How often the lock is asked for: half a minute.
pub const ATTEMPTS: u32 = 3000;

/// Keeps objects in a folder.
#[derive(Debug)]
pub struct Directory {
    root: PathBuf,
    lock: Option<File>,
    durable: bool,
}

impl Directory {
    /// Names a folder to read from; what is written there waits for its turn.
    pub fn open(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), lock: None, durable: true }
    }

    /// Becomes the only writer of a folder, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// Somebody else is, and still is after `attempts` attempts; or the folder cannot be written to.
    pub fn writer(root: impl Into<PathBuf>, attempts: u32) -> Result<Self, LedgerError> {
        let mut store = Self::open(root);
        store.lock = Some(store.locked(attempts)?);
        // What a writer that ended early was about to put in place.
        match fs::remove_dir_all(store.root.join(NEW)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(store.not_written(NEW, &error))
            }
            Ok(()) | Err(_) => Ok(store),
        }
    }

    /// The same, but leaves it to the system when things are brought to the disk: for measurements,
    /// and for logs that are made again when the machine loses power.
    #[must_use]
    pub fn unsynced(mut self) -> Self {
        self.durable = false;
        self
    }

    /// Removes what stands in for something that is there in full now, in the terms of
    /// [`superseded`](super::tile::superseded); what cannot be removed does no harm.
    pub fn tidy(&self, names: &[String]) {
        for name in names {
            let _ = fs::remove_dir_all(self.root.join(name));
        }
    }

    fn locked(&self, attempts: u32) -> Result<File, LedgerError> {
        let failed = |error: &io::Error| self.not_written(LOCK, error);
        self.folder(&self.root).map_err(|error| failed(&error))?;
        let path = self.root.join(LOCK);
        let file = File::options().create(true).truncate(false).write(true).open(path);
        let file = file.map_err(|error| failed(&error))?;
        for attempt in 0..attempts.max(1) {
            if attempt > 0 {
                thread::sleep(PAUSE);
            }
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(failed(&error)),
            }
        }
        let message = "another process is writing and has not ended in time";
        Err(LedgerError::new(Reason::Locked, self.place(LOCK), message))
    }

    /// Does something as the only writer, unless that is what this is already.
    fn alone<T>(&self, act: impl FnOnce() -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        let _lock = match &self.lock {
            Some(_) => None,
            None => Some(self.locked(ATTEMPTS)?),
        };
        act()
    }

    /// Writes `bytes` to a new file, to be put in place.
    fn write(&self, bytes: &[u8]) -> io::Result<NamedTempFile> {
        let folder = self.root.join(NEW);
        fs::create_dir_all(&folder)?;
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;

            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let mut file = builder.tempfile_in(folder)?;
        file.write_all(bytes)?;
        if self.durable {
            file.as_file().sync_all()?;
        }
        Ok(file)
    }

    /// Makes a folder and brings its way from what was there to the disk.
    fn folder(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        let above = match folder.parent() {
            Some(above) if above != Path::new("") => above,
            Some(_) | None => Path::new("."),
        };
        self.folder(above)?;
        match fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            Ok(()) | Err(_) => self.sync(above),
        }
    }

    fn sync(&self, folder: &Path) -> io::Result<()> {
        if self.durable && cfg!(unix) {
            return File::open(folder)?.sync_all();
        }
        Ok(())
    }

    fn not_written(&self, name: &str, error: &io::Error) -> LedgerError {
        LedgerError::new(Reason::NotWritten, self.place(name), format!("cannot write: {error}"))
    }
}

impl Store for Directory {
    fn place(&self, name: &str) -> String {
        self.root.join(name).display().to_string()
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        let failed = |reason: &dyn std::fmt::Display| {
            let message = format!("cannot read: {reason}");
            LedgerError::new(Reason::Unreadable, self.place(name), message)
        };
        let path = self.root.join(name);
        match fs::metadata(&path) {
            Ok(found) if !found.is_file() => return Err(failed(&"it is not a file")),
            Ok(_) => {}
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(failed(&error)),
        }
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(failed(&error)),
        };
        let mut bytes = Vec::new();
        let limit = OBJECT_BYTES_MAX.saturating_add(1);
        file.take(limit).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
        if bytes.len() as u64 > OBJECT_BYTES_MAX {
            return Err(failed(&format_args!("it is larger than {OBJECT_BYTES_MAX} bytes")));
        }
        Ok(Some(bytes))
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, LedgerError> {
        let path = self.root.join(name);
        let created = || {
            let folder = path.parent().unwrap_or(&self.root);
            self.folder(folder)?;
            match self.write(bytes)?.persist_noclobber(&path) {
                Ok(_) => self.sync(folder).map(|()| true),
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
                Err(error) => Err(error.error),
            }
        };
        self.alone(|| created().map_err(|error| self.not_written(name, &error)))
    }

    fn replace(&self, name: &str, old: &[u8], new: &[u8]) -> Result<bool, LedgerError> {
        let path = self.root.join(name);
        let replaced = || {
            self.write(new)?.persist(&path).map_err(|error| error.error)?;
            self.sync(path.parent().unwrap_or(&self.root))
        };
        self.alone(|| {
            if self.read(name)?.as_deref() != Some(old) {
                return Ok(false);
            }
            replaced().map(|()| true).map_err(|error| self.not_written(name, &error))
        })
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_created_once_and_replaced_only_as_they_were_known() {
        let folder = tempfile::tempdir().unwrap();
        let store = Directory::writer(folder.path().join("a/b"), 1).unwrap();
        assert_eq!(store.read("x/y"), Ok(None));
        assert_eq!(store.create("x/y", b"1"), Ok(true));
        assert_eq!(store.create("x/y", b"2"), Ok(false));
        assert_eq!(store.replace("x/y", b"0", b"3"), Ok(false));
        assert_eq!(store.replace("z", b"", b"3"), Ok(false));
        assert_eq!(store.replace("x/y", b"1", b"3"), Ok(true));
        assert_eq!(store.read("x/y"), Ok(Some(b"3".to_vec())));
        assert_eq!(store.read("x").unwrap_err().reason, Reason::Unreadable);
        assert_eq!(store.create("x/y/z", b"4").unwrap_err().reason, Reason::NotWritten);
    }

    #[test]
    fn there_is_one_writer_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let first = Directory::writer(folder.path(), 1).unwrap();
        let second = Directory::writer(folder.path(), 2);
        assert_eq!(second.unwrap_err().reason, Reason::Locked);
        drop(first);
        assert!(Directory::writer(folder.path(), 1).is_ok());
    }

    #[test]
    fn what_an_early_end_left_is_swept_away() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(NEW)).unwrap();
        fs::write(folder.path().join(NEW).join("left"), b"x").unwrap();
        let store = Directory::writer(folder.path(), 1).unwrap();
        assert!(!folder.path().join(NEW).exists());
        assert_eq!(store.create("a", b"1"), Ok(true));
    }
}

//! Small files: read up to a limit, written whole or not at all.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::failure::{Failure, FailureKind};
use crate::wire::evidence::REPORT_ENVELOPE;

/// How much of a file is looked at to tell whether we wrote it.
const HEAD_BYTES_MAX: u64 = 4096;

/// How much of a result is written at once.
pub(super) const BUFFER_BYTES: usize = 64 << 10;

/// What a report, a schema, an envelope or a proof of ours has in its first bytes.
const MARKS: [&str; 4] =
    ["driftseal", r#"{"payload":""#, r#"{"dsseEnvelope":{"payload":""#, "c2sp.org/tlog-proof@v1\n"];

/// What an output of ours is that lists nothing.
const EMPTY_LIST: &[u8] = b"[]\n";

/// Who may read a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    /// Everybody whom the process's mask lets.
    All,
    /// Its owner.
    Owner,
}

/// Reads a file of at most `bytes_max` bytes; `what` names it in messages.
pub(super) fn read(path: &Path, what: &str, bytes_max: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error: io::Error| {
        let message = format!("cannot read {what} {}: {error}", path.display());
        Failure::new(FailureKind::Input, message)
    };
    let file = File::open(path).map_err(failed)?;
    bounded(file, bytes_max).map_err(failed)
}

/// Reads a signed report: its envelope, or the one in a bundle's folder.
pub(super) fn envelope(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Failure> {
    read(&envelope_of(path), "the envelope", bytes_max).map_err(|failure| {
        if path.is_dir() {
            failure.hint("a bundle is the folder that `gate -o bundle=DIR` wrote")
        } else {
            failure
        }
    })
}

/// Where the envelope is that a path names: there, or in the bundle that it is the folder of.
pub(super) fn envelope_of(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(REPORT_ENVELOPE) } else { path.to_owned() }
}

/// Reads all of `input` if it has at most `bytes_max` bytes.
pub(super) fn bounded(input: impl io::Read, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max {
        return Err(io::Error::other(format!("it is larger than {bytes_max} bytes")));
    }
    Ok(bytes)
}

/// Whether a file begins with `head`.
pub(super) fn begins_with(path: &Path, head: &[u8]) -> io::Result<bool> {
    let mut found = Vec::new();
    File::open(path)?.take(head.len() as u64).read_to_end(&mut found)?;
    Ok(found == head)
}

/// Puts `bytes` at `path`, whole or not at all, in the place of nothing but a file of ours.
///
/// A pipe or a device is written to as it is.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    replace_with(path, &mut |out| out.write_all(bytes).map_err(|error| not_written(path, &error)))
}

/// As [`replace`], with what `write` writes. What it fails with is passed on, and no file changes.
pub(super) fn replace_with(
    path: &Path,
    write: &mut dyn FnMut(&mut dyn io::Write) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let failed = |error: &dyn fmt::Display| not_written(path, error);
    let (target, permissions) = match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(failed(&"it is a folder")),
        Ok(found) if !found.is_file() => {
            let pipe = File::options().write(true).open(path).map_err(|error| failed(&error))?;
            let mut pipe = BufWriter::with_capacity(BUFFER_BYTES, pipe);
            write(&mut pipe)?;
            return pipe.flush().map_err(|error| failed(&error));
        }
        Ok(found) => {
            if !is_ours(path).map_err(|error| failed(&error))? {
                return Err(failed(&"there is a file that driftseal did not write")
                    .hint("choose another path, or remove the file first"));
            }
            // A link stays a link: what it points to is replaced.
            let target = fs::canonicalize(path).map_err(|error| failed(&error))?;
            (target, Some(found.permissions()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => (path.to_owned(), None),
        Err(error) => return Err(failed(&error)),
    };
    let temporary = beside(&target, Readers::All).map_err(|error| failed(&error))?;
    let mut file = BufWriter::with_capacity(BUFFER_BYTES, temporary.as_file());
    write(&mut file)?;
    file.flush().map_err(|error| failed(&error))?;
    drop(file);
    temporary.as_file().sync_all().map_err(|error| failed(&error))?;
    if let Some(permissions) = permissions {
        temporary.as_file().set_permissions(permissions).map_err(|error| failed(&error))?;
    }
    temporary.persist(&target).map_err(|error| failed(&error.error))?;
    Ok(())
}

/// Puts `bytes` at `path`, whole or not at all, where nothing was before.
pub(super) fn create(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), Failure> {
    let written = || {
        let mut temporary = beside(path, readers)?;
        temporary.write_all(bytes)?;
        temporary.as_file().sync_all()?;
        Ok(temporary)
    };
    let temporary = written().map_err(|error: io::Error| not_written(path, &error))?;
    temporary.persist_noclobber(path).map_err(|error| not_written(path, &error.error))?;
    Ok(())
}

/// Why nothing was written to `path`.
pub(super) fn not_written(path: &Path, error: &dyn fmt::Display) -> Failure {
    Failure::new(FailureKind::Output, format!("cannot write {}: {error}", path.display()))
}

/// An empty file beside `path`, to be put in its place.
fn beside(path: &Path, readers: Readers) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".driftseal-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        let mode = match readers {
            Readers::All => 0o666,
            Readers::Owner => 0o600,
        };
        builder.permissions(fs::Permissions::from_mode(mode));
    }
    #[cfg(not(unix))]
    let _ = readers;
    let folder = folder_of(path);
    if !folder.is_dir() {
        let message = format!("there is no folder {}", folder.display());
        return Err(io::Error::new(io::ErrorKind::NotFound, message));
    }
    builder.tempfile_in(folder)
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}

fn is_ours(path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD_BYTES_MAX).read_to_end(&mut head)?;
    let text = String::from_utf8_lossy(&head);
    let is_nothing = head.is_empty() || head == EMPTY_LIST;
    Ok(is_nothing || MARKS.iter().any(|mark| text.contains(mark)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{BUFFER_BYTES, Readers, create, not_written, read, replace, replace_with};

    #[test]
    fn a_file_of_others_is_not_replaced_and_one_of_ours_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        replace(&path, br#"{"schema":"driftseal.report/1","a":1}"#).unwrap();
        replace(&path, br#"{"payload":"e30="}"#).unwrap();
        replace(&path, b"others: 1\n").unwrap();
        let failure = replace(&path, b"driftseal").unwrap_err();
        assert!(failure.message.contains("did not write"), "{failure}");
        assert_eq!(read(&path, "it", 99).unwrap(), b"others: 1\n");
        assert!(replace(folder.path(), b"driftseal").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_fails_halfway_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let first = br#"{"schema":"driftseal.report/1","a":1}"#;
        replace(&path, first).unwrap();
        let failure = replace_with(&path, &mut |out| {
            out.write_all(&vec![b'x'; 2 * BUFFER_BYTES]).unwrap();
            Err(not_written(&path, &"the disk is full"))
        });
        assert!(failure.unwrap_err().message.ends_with("the disk is full"));
        assert_eq!(read(&path, "it", 99).unwrap(), first);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_exists_is_never_created_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        create(&path, b"first", Readers::Owner).unwrap();
        assert!(create(&path, b"second", Readers::Owner).is_err());
        assert_eq!(read(&path, "it", 99).unwrap(), b"first");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;

            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_file_past_its_limit_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, b"12345").unwrap();
        assert_eq!(read(&path, "the file", 5).unwrap(), b"12345");
        let failure = read(&path, "the file", 4).unwrap_err();
        assert!(failure.message.ends_with("it is larger than 4 bytes"), "{failure}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_a_device_a_device() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("report"), folder.path().join("link"));
        fs::write(&path, b"driftseal").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        replace(&link, b"driftseal 2").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(read(&path, "it", 99).unwrap(), b"driftseal 2");
        replace(std::path::Path::new("/dev/null"), b"anything").unwrap();
    }
}

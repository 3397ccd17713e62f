//! The door: the one place where bytes come in, never more of them than the limits allow.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Options, git, snapshot};
use crate::model::{GapReason, Limits};

/// Something found, not read yet.
#[derive(Debug, Clone)]
pub struct Found {
    /// Path relative to the root of its side, with `/` between parts.
    pub file: String,
    /// Where its bytes are.
    pub content: Content,
}

/// Where bytes are.
#[derive(Debug, Clone)]
pub enum Content {
    /// In a file.
    File(PathBuf),
    /// In an object of a git repository.
    Object(git::Object),
    /// Here already.
    Bytes(Vec<u8>),
    /// In a snapshot file, masked.
    Masked(Box<snapshot::Text>),
}

/// Why bytes could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Why, from the closed list.
    pub(super) reason: GapReason,
    /// What was attempted, why it failed and what to do about it.
    pub(super) message: String,
}

/// Bytes, or why there are none.
pub(super) type Reading = Result<Vec<u8>, Refusal>;

/// Reads what was found, in order, one at a time. Objects of a git repository are read by one
/// process.
pub(super) fn read_all<'a>(
    found: &'a [&'a Found],
    options: &'a Options,
) -> impl Iterator<Item = Reading> + 'a {
    let objects = found.iter().filter_map(|found| match &found.content {
        Content::Object(object) => Some(object),
        Content::File(_) | Content::Bytes(_) | Content::Masked(_) => None,
    });
    let mut objects = git::read_objects(objects, options).into_iter();
    found.iter().map(move |found| match &found.content {
        Content::File(path) => read_file(path, &options.limits),
        Content::Object(_) => objects.next().unwrap_or_else(|| Err(git::no_answer())),
        Content::Bytes(bytes) => capped(bytes.clone(), &options.limits),
        Content::Masked(text) => text.read(&options.limits),
    })
}

/// Reads a file.
///
/// # Errors
/// It is no regular file, cannot be read, or is longer than [`Limits::file_bytes_max`].
pub(super) fn read_file(path: &Path, limits: &Limits) -> Reading {
    let refused = |error: &io::Error| unreadable("file", error);
    let file = File::open(path).map_err(|error| refused(&error))?;
    let metadata = file.metadata().map_err(|error| refused(&error))?;
    if !metadata.is_file() {
        return Err(Refusal {
            reason: GapReason::Unreadable,
            message: "cannot read it: it is not a regular file; exclude it by a pattern".to_owned(),
        });
    }
    if metadata.len() > limits.file_bytes_max {
        return Err(too_long(limits));
    }
    let expected = usize::try_from(metadata.len()).unwrap_or(0);
    let mut bytes = vec![0; expected.saturating_add(1)];
    let read = (&file).read(&mut bytes).map_err(|error| refused(&error))?;
    bytes.truncate(read);
    if read == expected {
        // There was room for more.
        return capped(bytes, limits);
    }
    // Someone is writing it, or the system says little at a time.
    let rest = read_capped(&file, 0, limits)?;
    bytes.extend(rest);
    capped(bytes, limits)
}

/// The first bytes of a regular file, if there is one that can be read.
pub(super) fn head(path: &Path, bytes_max: usize) -> Option<Vec<u8>> {
    // Opening what is no file may wait for ever.
    let file = path.is_file().then(|| File::open(path).ok()).flatten()?;
    let mut head = Vec::with_capacity(bytes_max);
    file.take(bytes_max as u64).read_to_end(&mut head).ok()?;
    Some(head)
}

/// Reads a stream to its end.
///
/// # Errors
/// It cannot be read, or is longer than [`Limits::file_bytes_max`].
pub(super) fn read_capped(stream: impl Read, expected: usize, limits: &Limits) -> Reading {
    let mut bytes = Vec::with_capacity(expected.saturating_add(1));
    let most = limits.file_bytes_max.saturating_add(1);
    stream.take(most).read_to_end(&mut bytes).map_err(|error| unreadable("stream", &error))?;
    capped(bytes, limits)
}

/// Bytes that are here already, unless they are too many.
pub(super) fn capped(bytes: Vec<u8>, limits: &Limits) -> Reading {
    if bytes.len() as u64 > limits.file_bytes_max.min(u64::from(u32::MAX)) {
        return Err(too_long(limits));
    }
    Ok(bytes)
}

/// What to say when the operating system refused.
pub(super) fn unreadable(what: &str, error: &io::Error) -> Refusal {
    let kind = error.kind();
    let (reason, remedy) = if kind == io::ErrorKind::NotFound {
        (GapReason::SourceMissing, "it went away while being read")
    } else if kind == io::ErrorKind::PermissionDenied {
        (GapReason::Unreadable, "permission was denied; grant it or exclude the file by a pattern")
    } else {
        (GapReason::Unreadable, "the operating system refused; try again")
    };
    Refusal { reason, message: format!("cannot read the {what}: {remedy}") }
}

/// What to say of a file that is too long.
pub(super) fn too_long(limits: &Limits) -> Refusal {
    Refusal {
        reason: GapReason::LimitReached,
        message: format!(
            "cannot read the file: it is longer than file_bytes_max ({} bytes); split it, or \
             exclude it by a pattern",
            limits.file_bytes_max
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::read_capped;
    use crate::model::{GapReason, Limits};

    #[test]
    fn a_limit_is_a_refusal_that_names_it() {
        let limits = Limits { file_bytes_max: 3, ..Limits::STANDARD };
        assert_eq!(read_capped(&b"abc"[..], 0, &limits).unwrap(), b"abc");
        let refusal = read_capped(&b"abcd"[..], 0, &limits).unwrap_err();
        assert_eq!(refusal.reason, GapReason::LimitReached);
        assert!(refusal.message.contains("file_bytes_max"));
    }
}

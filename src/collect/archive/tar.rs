//! Reads a tar archive as it comes in.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use tar::Archive;

use super::unpack::{Stop, Unpack};
use crate::model::GapReason;

/// What ends an archive: two blocks of zeros.
const END_BYTES: u64 = 1024;

/// How the extensions begin that mark a sparse file (GNU tar manual, "PAX Format, Version 1.0"): a header of that kind hides the file's name, and its content begins with a map.
const SPARSE: &[u8] = b"GNU.sparse.";

/// Reads every entry; what could not be had is a gap.
pub(super) fn read(stream: impl Read, unpack: &mut Unpack<'_>) {
    let gauge = Rc::new(Gauge::default());
    let left = unpack.bytes_max().saturating_add(1);
    let mut archive = Archive::new(Meter { stream, left, gauge: Rc::clone(&gauge) });
    let done = entries(&mut archive, &gauge, unpack);
    if done.is_ok() {
        // Only an archive that was read to its end can tell whether it has one.
        let _ = end(archive.into_inner(), &gauge, unpack);
    }
}

fn entries<R: Read>(
    archive: &mut Archive<Meter<R>>,
    gauge: &Gauge,
    unpack: &mut Unpack<'_>,
) -> Result<(), Stop> {
    let entries = archive.entries().map_err(|_| damaged(gauge, unpack))?;
    for entry in entries {
        let mut entry = entry.map_err(|_| damaged(gauge, unpack))?;
        unpack.count()?;
        let name = entry.path_bytes().into_owned();
        let (kind, size) = (entry.header().entry_type(), entry.size());
        if kind.is_dir() || kind.is_pax_global_extensions() {
            continue;
        }
        let is_sparse =
            entry.pax_extensions().map_err(|_| damaged(gauge, unpack))?.is_some_and(|extensions| {
                extensions.flatten().any(|it| it.key_bytes().starts_with(SPARSE))
            });
        let Some(file) = unpack.admit(&name) else { continue };
        if is_sparse {
            let message = "cannot read the entry of the archive: it is packed as a sparse file, \
                           under another name and with a map of its holes; pack it again without \
                           `--sparse`";
            unpack.refuse(&file, GapReason::Unreadable, message);
        } else if kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse() {
            unpack.keep(file, size, entry).inspect_err(|_| limited(gauge, unpack))?;
        } else if kind.is_symlink() || kind.is_hard_link() {
            let message = "cannot follow the link: links of an archive are not followed; pack \
                           what it leads to, or exclude it by a pattern";
            unpack.refuse(&file, GapReason::LinkNotFollowed, message);
        } else {
            let message = "cannot read the entry of the archive: it is no regular file, folder \
                           or link; exclude it by a pattern";
            unpack.refuse(&file, GapReason::Unreadable, message);
        }
    }
    Ok(())
}

/// Reads what is left, which must be zeros.
fn end<R: Read>(mut rest: Meter<R>, gauge: &Gauge, unpack: &mut Unpack<'_>) -> Result<(), Stop> {
    let mut block = [0; 4096];
    loop {
        let count = rest.read(&mut block).map_err(|_| damaged(gauge, unpack))?;
        if block.iter().take(count).any(|byte| *byte != 0) {
            let message = "cannot read the rest of the archive: something stands behind its end \
                           mark, which some programs read and others do not; pack it again";
            return Err(unpack.stop(GapReason::Unreadable, message));
        }
        if count == 0 {
            break;
        }
    }
    if gauge.zeros.get() < END_BYTES {
        let message = "cannot tell whether the archive is complete: it ends without an end mark; \
                       pack it again";
        return Err(unpack.stop(GapReason::Unreadable, message));
    }
    Ok(())
}

fn damaged(gauge: &Gauge, unpack: &mut Unpack<'_>) -> Stop {
    if gauge.is_spent.get() {
        return unpack.limit();
    }
    let message = "cannot read the rest of the archive: it is cut off, damaged, or not packed as \
                   its name says; pack it again";
    unpack.stop(GapReason::Unreadable, message)
}

fn limited(gauge: &Gauge, unpack: &mut Unpack<'_>) {
    if gauge.is_spent.get() {
        unpack.limit();
    }
}

/// What a [`Meter`] measured.
#[derive(Default)]
struct Gauge {
    /// Zeros since the last other byte.
    zeros: Cell<u64>,
    /// Whether more came than may.
    is_spent: Cell<bool>,
}

/// Fails once more has come out of a stream than may.
struct Meter<R> {
    stream: R,
    left: u64,
    gauge: Rc<Gauge>,
}

impl<R: Read> Read for Meter<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(out)?;
        self.left = self.left.saturating_sub(count as u64);
        if self.left == 0 {
            self.gauge.is_spent.set(true);
            return Err(io::Error::other("more than may"));
        }
        let zeros = out.iter().take(count).rev().take_while(|byte| **byte == 0).count();
        let before = if zeros == count { self.gauge.zeros.get() } else { 0 };
        self.gauge.zeros.set(before.saturating_add(zeros as u64));
        Ok(count)
    }
}

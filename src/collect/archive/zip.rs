//! Reads a zip archive by its central directory.

use std::fs::File;
use std::io::BufReader;

use zip::ZipArchive;

use super::headers::{self, Entry};
use super::unpack::{Stop, Unpack};
use crate::model::GapReason;

/// The bits of a Unix mode that say what kind of file it is, and the kinds that are read.
const KIND: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const LINK: u32 = 0o120_000;

/// Reads every entry; what could not be had is a gap.
pub(super) fn read(file: BufReader<File>, unpack: &mut Unpack<'_>) {
    // What stopped it is a gap already.
    let _ = entries(file, unpack);
}

fn entries(file: BufReader<File>, unpack: &mut Unpack<'_>) -> Result<(), Stop> {
    let damaged = "cannot read the archive: it is cut off, damaged, or not packed as its name \
                   says; pack it again";
    let archive = ZipArchive::new(file).map_err(|_| unpack.stop(GapReason::Unreadable, damaged))?;
    let has_twins = archive.has_duplicate_names();
    if has_twins {
        let message = "cannot tell which files are meant: the archive holds several of one name, \
                       and which one counts depends on who unpacks it; pack it again";
        unpack.refuse_all(message);
    }
    let known = listed(&archive, unpack.entries_max() as usize);
    let is_whole = known.len() == archive.len();
    let mut file = archive.into_inner();
    let odd =
        headers::odd(&mut file, &known).map_err(|_| unpack.stop(GapReason::Unreadable, damaged))?;
    // Of several of one name, all but one look like it.
    if odd.has_hidden && !has_twins && is_whole {
        let message = "cannot tell which files are meant: the archive holds one that its \
                       directory does not list, which only some who unpack it find; pack it again";
        unpack.refuse_all(message);
    }
    let mut archive =
        ZipArchive::new(file).map_err(|_| unpack.stop(GapReason::Unreadable, damaged))?;
    for index in 0..archive.len() {
        unpack.count()?;
        let Ok(entry) = archive.by_index_data(index) else {
            return Err(unpack.stop(GapReason::Unreadable, damaged));
        };
        if entry.is_dir() {
            continue;
        }
        let (size, is_encrypted) = (entry.size(), entry.encrypted());
        let is_odd = odd.entries.contains(&entry.central_header_start());
        let kind = entry.unix_mode().map_or(REGULAR, |mode| mode & KIND);
        let Some(file) = unpack.admit(entry.name_raw()) else { continue };
        if let Some((reason, message)) = refusal(kind, is_odd, is_encrypted) {
            unpack.refuse(&file, reason, message);
            continue;
        }
        let Ok(stream) = archive.by_index(index) else {
            let message = "cannot read the file from the archive: it is damaged, or packed in a \
                           way that is not supported (only stored and deflate are); pack it again";
            unpack.refuse(&file, GapReason::Unreadable, message);
            continue;
        };
        // A damaged file is a gap; the others stand where the directory says.
        if unpack.keep(file, size, stream).is_err() && unpack.is_spent() {
            return Err(Stop);
        }
    }
    Ok(())
}

/// Where the first entries of the directory stand, and where they say that their files do.
fn listed(archive: &ZipArchive<BufReader<File>>, most: usize) -> Vec<Entry> {
    let one = |index| {
        let entry = archive.by_index_data(index).ok()?;
        let (central, local) = (entry.central_header_start(), entry.header_start());
        Some(Entry { central, local, packed: entry.compressed_size() })
    };
    (0..archive.len()).take(most).filter_map(one).collect()
}

/// Why an entry is not read, by its kind and by what is known of it.
fn refusal(kind: u32, is_odd: bool, is_encrypted: bool) -> Option<(GapReason, &'static str)> {
    match kind {
        _ if is_odd => Some((
            GapReason::Unreadable,
            "cannot tell what the file of the archive is: the header before it says something \
             else than the directory of the archive, and which one counts depends on who \
             unpacks it; pack it again",
        )),
        _ if is_encrypted => Some((
            GapReason::Unreadable,
            "cannot read the file from the archive: it is encrypted; pack it again without a \
             password",
        )),
        LINK => Some((
            GapReason::LinkNotFollowed,
            "cannot follow the link: links of an archive are not followed; pack what it leads \
             to, or exclude it by a pattern",
        )),
        REGULAR | 0 => None,
        _ => Some((
            GapReason::Unreadable,
            "cannot read the entry of the archive: it is no regular file, folder or link; \
             exclude it by a pattern",
        )),
    }
}

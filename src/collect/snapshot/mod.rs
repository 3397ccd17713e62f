//! A side that was collected before: what `driftseal snapshot` wrote.
//!
//! The file is JSON Lines, see [`crate::wire::snapshot`]. It comes from outside and is believed in
//! nothing that can be checked: every text against the digest it is named by, the whole against
//! the digest at its end, that digest against the seal when the masking key is at hand. What does
//! not hold ends the run; it is never a gap. The documents of a text are found by parsing it
//! again, and a text in which masking would still find a secret is not kept.
//!
//! What is a secret in one file of a side is masked in all of them. The other side is not there
//! when a snapshot is taken: what is a secret only by its place there stays in clear here, as it
//! does not where both sides are collected together.
//!
//! **The seal.** Tokens in a snapshot are taken for masks of ours, unlike tokens in any other
//! input. Whoever can alter a snapshot can therefore claim that two secrets are equal. The seal is
//! a fingerprint of the file's digest under the masking key, so only a holder of that key can
//! write it. Without the key (which a reader need not have) it is not checked, and the report
//! says so. What a text cannot be asked again, which checksum and hash a document had before it was
//! masked, is believed under a seal that was checked, or in evidence.

mod read;
mod readmit;
mod write;

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::checksum::Checksum;
use super::door::{Content, Found, Reading, head, read_capped, unreadable};
use super::{Collector, Gathered, Options};
use crate::model::{
    CollectorRecord, Digest, Excluded, Gap, GapReason, KeyId, Limits, MaskingKeyId, Original,
    Source,
};
use crate::wire::snapshot::MAGIC;
use read::{Failed, Index};

pub(super) use readmit::readmit;
pub use write::{WriteError, write, write_dated};

/// The collector.
pub(super) static SNAPSHOT: SnapshotFile = SnapshotFile;

/// The files of a snapshot.
pub(super) struct SnapshotFile;

/// A masked text that lies in a snapshot file, and what the file says about it.
#[derive(Debug, Clone)]
pub struct Text {
    file: Arc<Path>,
    start: u64,
    length: u64,
    source: Source,
    gaps: Vec<Gap>,
    /// Line of the file, for messages.
    line: u64,
    /// The checksums that its masked documents had, as far as the file is believed.
    checksums: Vec<Checksum>,
    /// Which of them had a name that ends in the hash of their content, as far as it is believed.
    hashed: Vec<u32>,
    /// Whether it is taken in as it is, because the run that masked it is derived again.
    is_evidence: bool,
}

impl Text {
    /// The line of the file that holds the text.
    pub(super) fn read(&self, limits: &Limits) -> Reading {
        let line = || {
            let mut file = File::open(&self.file)?;
            file.seek(SeekFrom::Start(self.start))?;
            Ok(file.take(self.length))
        };
        let line = line().map_err(|error| unreadable("snapshot", &error))?;
        let limits = Limits { file_bytes_max: read::line_bytes_max(limits), ..*limits };
        read_capped(line, usize::try_from(self.length).unwrap_or(0), &limits)
    }

    /// The digest of the masked text and the keyed fingerprint of what it was.
    pub(super) fn names(&self) -> (Digest, Option<Original>) {
        (self.source.digest, self.source.original)
    }
}

impl Collector for SnapshotFile {
    fn scheme(&self) -> &'static str {
        "snapshot"
    }

    fn about(&self) -> &'static str {
        "snapshot:FILE, or FILE: what `driftseal snapshot` wrote"
    }

    fn claims(&self, locator: &str, options: &Options) -> bool {
        let begins = || head(&options.base_dir.join(locator), MAGIC.len());
        locator.starts_with("snapshot:") || begins().is_some_and(|head| head == MAGIC.as_bytes())
    }

    fn collect(&self, locator: &str, options: &Options) -> Gathered {
        gather(self.scheme(), locator, options, false)
    }
}

/// What a snapshot file holds, to be taken in as it was masked. The file was checked against what
/// was signed before; its own digests are checked here all the same.
pub(super) fn gather_evidence(file: &Path, options: &Options) -> Gathered {
    gather(SNAPSHOT.scheme(), &format!("snapshot:{}", file.display()), options, true)
}

fn gather(scheme: &'static str, locator: &str, options: &Options, is_evidence: bool) -> Gathered {
    let mut gathered = Gathered::of(scheme, locator);
    let path = options.base_dir.join(locator.strip_prefix("snapshot:").unwrap_or(locator));
    match read::read(&path, &options.limits) {
        Err(Failed::Refused(refusal)) => {
            gathered.gap(locator, refusal.reason, refusal.message);
        }
        Err(Failed::Broken { line, why }) => {
            gathered.broken = Some(broken(locator, line, &why));
        }
        Ok(index) => take(index, locator, options, is_evidence, &mut gathered),
    }
    gathered
}

fn take(index: Index, locator: &str, options: &Options, is_evidence: bool, out: &mut Gathered) {
    let own = options.masking_key.id();
    let is_sealed = own.id.0 == index.key;
    if is_sealed {
        if options.masking_key.seal(&index.digest) != index.seal {
            let why = "its seal was not made with the masking key it names";
            out.broken = Some(broken(locator, index.lines, why));
            return;
        }
    } else if own.ephemeral {
        let note = format!(
            "the seal of {locator} was not checked, because no masking key was given; whoever \
             could alter the file could alter what it says"
        );
        out.record.notes.push(note);
    } else {
        let message = "cannot check the seal of the snapshot: it was taken with another masking \
                       key than the one given; pass the key it was taken with, or take it again";
        out.gap(locator, GapReason::MaskingKeysDiffer, message.to_owned());
    }
    out.masked_with = Some(MaskingKeyId { id: KeyId(index.key), ephemeral: false });
    out.record.resolved = Some(index.digest.to_string());
    out.record.taken_at = index.taken_at;
    for origin in index.collectors {
        let at = origin.resolved.as_deref();
        out.record.notes.push(CollectorRecord::origin(&origin.scheme, &origin.locator, at));
        out.record.notes.extend(origin.notes);
    }
    out.excluded = index.excluded;
    let left_out = |place: &str| {
        let pattern = options.exclude.find_above(place)?.to_owned();
        Some(Excluded { place: place.to_owned(), pattern })
    };
    for gap in index.gaps {
        match left_out(&gap.place) {
            Some(excluded) => out.excluded.push(excluded),
            None => out.gaps.push(gap),
        }
    }
    for mut text in index.texts {
        let file = text.source.file.to_string();
        text.is_evidence = is_evidence;
        if !is_evidence && !is_sealed {
            text.checksums.clear();
            text.hashed.clear();
        }
        match left_out(&file) {
            Some(excluded) => out.excluded.push(excluded),
            None => out.files.push(Found { file, content: Content::Masked(Box::new(text)) }),
        }
    }
}

/// What is said of a snapshot that is not what it claims to be.
fn broken(locator: &str, line: u64, why: &str) -> String {
    format!(
        "the snapshot {locator} is not what it claims to be, at line {line}: {why}; do not use \
         it, take it again, and find out who changed it"
    )
}

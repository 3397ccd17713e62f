//! Writes a side to a file.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::SNAPSHOT;
use crate::collect::side::portable;
use crate::collect::{Collector as _, Options};
use crate::model::{
    BlobError, Blobs, CollectorRecord, Digest, DocumentEntry, Gap, Snapshot, Source, Timestamp,
};
use crate::wire::snapshot::{
    Collector, End, Excluded, Gap as WireGap, Header, Line, MaskingKey, SCHEMA,
    Source as WireSource, Text,
};

/// Why a snapshot could not be written.
#[derive(Debug)]
pub enum WriteError {
    /// The file could not be written.
    Io(io::Error),
    /// What should be written could not be had, or is not what it claims to be.
    Blob(BlobError),
    /// It was masked with another key than the one at hand, so it cannot be sealed.
    Key,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Blob(error) => error.fmt(f),
            Self::Key => f.write_str(
                "what was collected is masked with another key than the one given, so it cannot \
                 be sealed; pass the key it was masked with",
            ),
        }
    }
}

impl std::error::Error for WriteError {}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Writes a snapshot and the texts it names; equal ones give equal bytes.
///
/// # Errors
/// See [`WriteError`].
pub fn write(
    snapshot: &Snapshot,
    blobs: &dyn Blobs,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), WriteError> {
    write_dated(snapshot, None, blobs, options, out)
}

/// As [`write()`], with the time at which it was taken. What was taken from dated snapshots is as old as
/// the oldest of them, and of no known age where one is not dated.
///
/// # Errors
/// See [`WriteError`].
pub fn write_dated(
    snapshot: &Snapshot,
    now: Option<Timestamp>,
    blobs: &dyn Blobs,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), WriteError> {
    let scheme = SNAPSHOT.scheme();
    let earlier = snapshot.collectors.iter().filter(|record| record.scheme == scheme);
    let taken_at = earlier.fold(now, |oldest, record| Some(oldest?.min(record.taken_at?)));
    let taken_at = taken_at.map(|taken| taken.to_string());
    if snapshot.masking_key != options.masking_key.id() {
        return Err(WriteError::Key);
    }
    let mut out = Hashed { out, hasher: Sha256::new() };
    let masking_key = MaskingKey { id: snapshot.masking_key.id.0.clone() };
    out.line(&Header { schema: SCHEMA.to_owned(), masking_key, taken_at })?;
    for record in &snapshot.collectors {
        out.line(&Line::Collector(collector(record, options)))?;
    }
    let mut documents = snapshot.documents.as_slice();
    for (index, found) in snapshot.sources.iter().enumerate() {
        let is_own = |document: &DocumentEntry| document.source.0 as usize == index;
        let count = documents.iter().take_while(|document| is_own(document)).count();
        let (own, rest) = documents.split_at_checked(count).unwrap_or_default();
        documents = rest;
        out.line(&Line::Source(source(found, own)))?;
    }
    for found in &snapshot.gaps {
        out.line(&Line::Gap(gap(found)))?;
    }
    for found in &snapshot.excluded {
        let (place, pattern) = (found.place.clone(), found.pattern.clone());
        out.line(&Line::Excluded(Excluded { place, pattern }))?;
    }
    let digests: BTreeSet<Digest> = snapshot.sources.iter().map(|found| found.digest).collect();
    for digest in digests {
        let bytes = blobs.get(&digest).map_err(WriteError::Blob)?;
        let content = String::from_utf8(bytes.into_owned())
            .map_err(|_| WriteError::Blob(BlobError::Altered(digest)))?;
        out.line(&Line::Text(Text { sha256: digest.to_string(), content }))?;
    }
    let digest = Digest(out.hasher.clone().finalize().into());
    let seal = options.masking_key.seal(&digest);
    out.line(&Line::End(End { sha256: digest.to_string(), seal }))?;
    Ok(())
}

/// Hashes what it passes on.
struct Hashed<'o> {
    out: &'o mut dyn Write,
    hasher: Sha256,
}

impl Hashed<'_> {
    fn line(&mut self, record: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.hasher.update(&line);
        self.out.write_all(&line)
    }
}

fn collector(record: &CollectorRecord, options: &Options) -> Collector {
    Collector {
        scheme: record.scheme.to_owned(),
        locator: portable(&record.locator, options),
        resolved: record.resolved.clone(),
        notes: record.notes.clone(),
    }
}

fn source(source: &Source, documents: &[DocumentEntry]) -> WireSource {
    let checksum = |document: &DocumentEntry| {
        let rendered = document.rendered.as_ref().filter(|rendered| rendered.is_masked)?;
        Some((document.ordinal, rendered.checksum?.to_string()))
    };
    let mut checksums: Vec<(u32, String)> = documents.iter().filter_map(checksum).collect();
    // The members of a list are documents of their own.
    checksums.dedup();
    let hashed = documents.iter().filter(|document| document.is_hashed);
    WireSource {
        file: source.file.to_string(),
        syntax: source.syntax.to_owned(),
        sha256: source.digest.to_string(),
        bytes: source.bytes,
        original: source.original.map(|own| own.to_string()).unwrap_or_default(),
        masked: source.masked,
        shifts: source.shifts.iter().map(|shift| (shift.at, shift.columns)).collect(),
        checksums,
        hashed: hashed.map(|document| document.ordinal).collect(),
    }
}

fn gap(gap: &Gap) -> WireGap {
    WireGap {
        place: gap.place.clone(),
        line: gap.line,
        at: gap.span.map(|span| span.start),
        reason: gap.reason.name().to_owned(),
        message: gap.message.clone(),
    }
}

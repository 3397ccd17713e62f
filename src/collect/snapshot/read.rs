//! Reads a snapshot file once, line by line, and checks it; texts stay where they are.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::Text;
use crate::collect::checksum::Checksum;
use crate::collect::door::{Refusal, head, unreadable};
use crate::collect::ingest::BINARY;
use crate::model::{
    Digest, Excluded, Gap, GapReason, Limits, Original, Shift, Source, SourceId, Span, Timestamp,
};
use crate::syntax;
use crate::wire::object::object;
use crate::wire::snapshot::{self as wire, Header, Line, MAGIC, SCHEMA};

/// What a snapshot file holds, its texts excepted.
pub(super) struct Index {
    /// The name of the masking key.
    pub(super) key: String,
    /// When it was taken, if it says so.
    pub(super) taken_at: Option<Timestamp>,
    /// How it was collected.
    pub(super) collectors: Vec<wire::Collector>,
    /// The files, with the places of their texts.
    pub(super) texts: Vec<Text>,
    /// What could not be had, where no file stands for it.
    pub(super) gaps: Vec<Gap>,
    /// What was left out.
    pub(super) excluded: Vec<Excluded>,
    /// SHA-256 of everything before the end.
    pub(super) digest: Digest,
    /// The seal over it.
    pub(super) seal: String,
    /// Lines of the file.
    pub(super) lines: u64,
}

impl Index {
    /// What a header says, before anything follows.
    fn of((key, taken_at): (String, Option<Timestamp>)) -> Self {
        Self {
            key,
            taken_at,
            collectors: Vec::new(),
            texts: Vec::new(),
            gaps: Vec::new(),
            excluded: Vec::new(),
            digest: Digest([0; 32]),
            seal: String::new(),
            lines: 0,
        }
    }
}

/// Why there is no index.
pub(super) enum Failed {
    /// It could not be had: a gap.
    Refused(Refusal),
    /// It is not what it claims to be: the end of the run.
    Broken { line: u64, why: String },
}

/// The longest line that is read: line ends and quotes of a text take two bytes each.
pub(super) fn line_bytes_max(limits: &Limits) -> u64 {
    limits.file_bytes_max.saturating_mul(2).saturating_add(1 << 16)
}

/// Reads and checks a snapshot file.
pub(super) fn read(path: &Path, limits: &Limits) -> Result<Index, Failed> {
    let refused = |error: &std::io::Error| {
        let mut refusal = unreadable("snapshot", error);
        if refusal.reason == GapReason::SourceMissing {
            "cannot read the snapshot: there is no such file; check the path"
                .clone_into(&mut refusal.message);
        }
        Failed::Refused(refusal)
    };
    // Opening what is no file may wait for ever.
    if !path.metadata().map_err(|error| refused(&error))?.is_file() {
        return Err(unreadable_because("it is not a regular file; write it to one first"));
    }
    if head(path, MAGIC.len()).is_none_or(|head| head != MAGIC.as_bytes()) {
        return Err(unparsed(format!(
            "cannot read the snapshot: the file does not begin like one ({MAGIC}...); name what \
             `driftseal snapshot` wrote"
        )));
    }
    let file = File::open(path).map_err(|error| refused(&error))?;
    let mut lines = Lines { input: BufReader::new(file), limits, number: 0, start: 0, end: 0 };
    let (first, mut hasher) = (lines.next()?, Sha256::new());
    hasher.update(&first);
    let mut reader = Reader {
        path: path.into(),
        limits,
        stage: Stage::Collectors,
        wanted: BTreeSet::new(),
        places: Vec::new(),
        sources: Vec::new(),
        checksums: Vec::new(),
        index: Index::of(header(&first)?),
        index_bytes: 0,
        is_newer: false,
    };
    loop {
        let line = lines.next()?;
        let here = Here { number: lines.number, start: lines.start, length: lines.length() };
        let record = serde_json::from_slice(&line)
            .map_err(|_| here.broken("it is cut off, or no record of a snapshot"))?;
        let Line::End(end) = record else {
            hasher.update(&line);
            reader.take(record, here)?;
            continue;
        };
        let digest = Digest(hasher.finalize().into());
        if Digest::parse(&end.sha256) != Some(digest) {
            return Err(here.broken("what stands before the end does not have the digest it names"));
        }
        if !lines.is_done() {
            return Err(here.broken("something follows the end"));
        }
        if reader.is_newer {
            let message = "cannot read the snapshot: a gap in it has a reason that this version \
                           does not know; read it with the version of driftseal that wrote it or \
                           a later one";
            return Err(unparsed(message.to_owned()));
        }
        reader.index.digest = digest;
        (reader.index.seal, reader.index.lines) = (end.seal, here.number);
        return reader.finish(here);
    }
}

fn unreadable_because(why: &str) -> Failed {
    let message = format!("cannot read the snapshot: {why}");
    Failed::Refused(Refusal { reason: GapReason::Unreadable, message })
}

fn unparsed(message: String) -> Failed {
    Failed::Refused(Refusal { reason: GapReason::Unparsed, message })
}

/// The key's name and when it was taken, if the line is the header of a snapshot of this version.
fn header(line: &[u8]) -> Result<(String, Option<Timestamp>), Failed> {
    if !line.get(MAGIC.len()..).is_some_and(|rest| rest.starts_with(b"1\"")) {
        return Err(unparsed(format!(
            "cannot read the snapshot: it is of another version than {SCHEMA}; read it with the \
             version of driftseal that wrote it or a later one"
        )));
    }
    let mut reader = serde_json::Deserializer::from_slice(line);
    let header: Result<Header, _> = object(&mut reader).and_then(|read| {
        reader.end()?;
        Ok(read)
    });
    let broken = || Failed::Broken { line: 1, why: "it is no header of a snapshot".to_owned() };
    let header: Header = header.map_err(|_| broken())?;
    let id = header.masking_key.id;
    let is_key = (1..=64).contains(&id.len()) && id.bytes().all(is_hex);
    let taken_at =
        header.taken_at.as_deref().map(|taken| Timestamp::parse(taken).ok_or_else(broken));
    if is_key { Ok((id, taken_at.transpose()?)) } else { Err(broken()) }
}

/// Where a line stands.
#[derive(Clone, Copy)]
struct Here {
    number: u64,
    start: u64,
    length: u64,
}

impl Here {
    fn broken(self, why: &str) -> Failed {
        Failed::Broken { line: self.number, why: why.to_owned() }
    }
}

/// The lines of a file, one at a time, none longer than the limits allow.
struct Lines<'l> {
    input: BufReader<File>,
    limits: &'l Limits,
    number: u64,
    start: u64,
    end: u64,
}

impl Lines<'_> {
    fn next(&mut self) -> Result<Vec<u8>, Failed> {
        let most = line_bytes_max(self.limits);
        let mut line = Vec::new();
        let mut input = (&mut self.input).take(most.saturating_add(1));
        let read = input.read_until(b'\n', &mut line);
        let length = read.map_err(|error| Failed::Refused(unreadable("snapshot", &error)))? as u64;
        if length > most {
            return Err(Failed::Refused(Refusal {
                reason: GapReason::LimitReached,
                message: format!(
                    "cannot read the snapshot: a line of it is longer than file_bytes_max ({} \
                     bytes) allows; take it of smaller files",
                    self.limits.file_bytes_max
                ),
            }));
        }
        self.number = self.number.saturating_add(1);
        self.start = self.end;
        self.end = self.end.saturating_add(length);
        if line.last() != Some(&b'\n') {
            let why = "the file ends before its end; it was cut off".to_owned();
            return Err(Failed::Broken { line: self.number, why });
        }
        Ok(line)
    }

    fn length(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    fn is_done(&mut self) -> bool {
        self.input.fill_buf().is_ok_and(<[u8]>::is_empty)
    }
}

/// Which records may follow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Collectors,
    Sources,
    Gaps,
    Excluded,
    Texts,
}

struct Reader<'l> {
    path: Arc<Path>,
    limits: &'l Limits,
    stage: Stage,
    /// What each of the sources says that its documents were before they were masked.
    checksums: Vec<(Vec<Checksum>, Vec<u32>)>,
    /// Digests that sources name.
    wanted: BTreeSet<Digest>,
    /// The texts as they stand, by digest.
    places: Vec<(Digest, Here)>,
    sources: Vec<Source>,
    index: Index,
    index_bytes: u64,
    /// Whether it says something that this version does not know.
    is_newer: bool,
}

impl Reader<'_> {
    fn take(&mut self, record: Line, here: Here) -> Result<(), Failed> {
        if !matches!(record, Line::Text(_)) {
            self.weigh(here)?;
        }
        let index = &mut self.index;
        let stage = match record {
            Line::Collector(collector) => {
                index.collectors.push(collector);
                Stage::Collectors
            }
            Line::Source(source) => {
                let checksums = checksums(&source).map_err(|why| here.broken(why))?;
                let hashed = source.hashed.clone();
                let source = model_source(source).map_err(|why| here.broken(why))?;
                if self.sources.last().is_some_and(|last| last.file >= source.file) {
                    return Err(here.broken("files are named twice or out of order"));
                }
                self.wanted.insert(source.digest);
                self.sources.push(source);
                self.checksums.push((checksums, hashed));
                Stage::Sources
            }
            Line::Gap(gap) => {
                match GapReason::parse(&gap.reason) {
                    // Only an unchanged file can tell that it is newer than this version.
                    None => self.is_newer = true,
                    // Whoever reads the file sees that again.
                    Some(GapReason::NothingToEvaluate) => (),
                    Some(reason) => index.gaps.push(model_gap(gap, reason)),
                }
                Stage::Gaps
            }
            Line::Excluded(wire::Excluded { place, pattern }) => {
                index.excluded.push(Excluded { place, pattern });
                Stage::Excluded
            }
            Line::Text(text) => {
                let digest = Digest::of(text.content.as_bytes());
                if Digest::parse(&text.sha256) != Some(digest) {
                    return Err(here.broken("a text does not have the digest it is named by"));
                }
                if self.places.last().is_some_and(|(last, _)| *last >= digest) {
                    return Err(here.broken("texts stand twice or out of order"));
                }
                if !self.wanted.remove(&digest) {
                    return Err(here.broken("a text belongs to no file"));
                }
                self.places.push((digest, here));
                Stage::Texts
            }
            Line::End(_) => return Err(here.broken("the end stands in the middle")),
        };
        if stage < self.stage {
            return Err(here.broken("records stand out of order"));
        }
        self.stage = stage;
        Ok(())
    }

    fn weigh(&mut self, here: Here) -> Result<(), Failed> {
        self.index_bytes = self.index_bytes.saturating_add(here.length);
        let most = self.limits.index_bytes_max;
        if self.index_bytes <= most {
            return Ok(());
        }
        let message = format!(
            "cannot read the snapshot: its index is longer than index_bytes_max ({most} bytes); \
             take one of each part"
        );
        Err(Failed::Refused(Refusal { reason: GapReason::LimitReached, message }))
    }

    /// Puts files and texts together.
    fn finish(self, here: Here) -> Result<Index, Failed> {
        let Self { path, wanted, places, sources, checksums, mut index, .. } = self;
        if !wanted.is_empty() {
            return Err(here.broken("a file's text is missing"));
        }
        let mut gaps: Vec<Gap> = Vec::new();
        let mut of_files: Vec<Vec<Gap>> = sources.iter().map(|_| Vec::new()).collect();
        for gap in std::mem::take(&mut index.gaps) {
            let file = sources.binary_search_by(|source| (*source.file).cmp(&gap.place));
            match file.ok().and_then(|file| of_files.get_mut(file)) {
                Some(own) => own.push(gap),
                None => gaps.push(gap),
            }
        }
        index.gaps = gaps;
        for ((source, gaps), known) in sources.into_iter().zip(of_files).zip(checksums) {
            let (checksums, hashed) = known;
            let place = places.binary_search_by_key(&source.digest, |(digest, _)| *digest);
            let Some((_, at)) = place.ok().and_then(|place| places.get(place)) else {
                return Err(here.broken("a file's text is missing"));
            };
            let (start, length, line) = (at.start, at.length, at.number);
            let file = Arc::clone(&path);
            let is_evidence = false;
            index.texts.push(Text {
                file,
                start,
                length,
                source,
                gaps,
                line,
                checksums,
                hashed,
                is_evidence,
            });
        }
        Ok(index)
    }
}

fn model_source(source: wire::Source) -> Result<Source, &'static str> {
    if !is_portable(&source.file) {
        return Err("a file's name is absolute, empty, or leads out of its root");
    }
    let digest = Digest::parse(&source.sha256).ok_or("a file names no digest")?;
    let original =
        Original::parse(&source.original).ok_or("a file has no fingerprint of what it was")?;
    let shifts: Vec<Shift> =
        source.shifts.iter().map(|(at, columns)| Shift { at: *at, columns: *columns }).collect();
    let is_in_order = shifts.windows(2).all(|two| match two {
        [first, second] => first.at <= second.at,
        _ => true,
    });
    if !is_in_order {
        return Err("the shifts of a file are out of order");
    }
    // A syntax that this version does not know is found out when the text is taken in.
    let syntax = syntax::by_id(&source.syntax).map_or("", |known| known.id());
    let syntax = if source.syntax == BINARY { BINARY } else { syntax };
    let (bytes, masked) = (source.bytes, source.masked);
    Ok(Source {
        file: source.file.into(),
        syntax,
        digest,
        bytes,
        original: Some(original),
        masked,
        shifts: shifts.into(),
    })
}

/// What a file says its masked documents had for checksums.
fn checksums(source: &wire::Source) -> Result<Vec<Checksum>, &'static str> {
    let read = |(ordinal, digest): &(u32, String)| Some((*ordinal, Digest::parse(digest)?));
    let read: Option<Vec<Checksum>> = source.checksums.iter().map(read).collect();
    let checksums = read.ok_or("a checksum is no digest")?;
    let ordinals: Vec<u32> = checksums.iter().map(|(ordinal, _)| *ordinal).collect();
    for ordinals in [&ordinals, &source.hashed] {
        if ordinals.windows(2).any(|two| matches!(two, [first, second] if first >= second)) {
            return Err("the checksums of a file are out of order");
        }
        if source.masked == 0 && !ordinals.is_empty() {
            return Err("a file has checksums of what was masked, and nothing was masked in it");
        }
    }
    Ok(checksums)
}

const fn is_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'a'..=b'f')
}

/// Whether a name is one a collector gives: relative, and without a way out of its root.
fn is_portable(file: &str) -> bool {
    !file.split('/').any(|part| matches!(part, "" | "." | ".."))
}

fn model_gap(gap: wire::Gap, reason: GapReason) -> Gap {
    let span = gap.at.map(|at| Span { source: SourceId(0), start: at, end: at });
    let wire::Gap { place, line, message, .. } = gap;
    Gap { place, span, line, reason, message }
}

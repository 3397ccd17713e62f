//! One side as collected: an index. The masked bytes it names lie in [`Blobs`].

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use super::digest::{Parts, put_hex};
use super::{Accounting, Digest, Gap, GapReason, KeyId, Source, SourceId, Span, Timestamp};

/// Everything one side consists of, and everything that could not be had of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The texts, sorted by file.
    pub sources: Vec<Source>,
    /// The documents in them, by source and ordinal.
    pub documents: Vec<DocumentEntry>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// What was left out by a named pattern.
    pub excluded: Vec<Excluded>,
    /// Which key its secrets were masked with.
    pub masking_key: MaskingKeyId,
    /// How it was collected.
    pub collectors: Vec<CollectorRecord>,
}

impl Snapshot {
    /// A source by its index.
    pub fn source(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(id.0 as usize)
    }

    /// How many files were found, and what became of them. A folder that was left out counts as
    /// one; so does a source that was not there. A file with a gap is one, whether or not the rest
    /// of it was kept.
    pub fn files(&self) -> Accounting {
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        let lost: BTreeSet<&str> = self
            .gaps
            .iter()
            .filter(|gap| gap.reason.is_of_an_object())
            .map(|gap| gap.place.as_str())
            .collect();
        let mut found: BTreeSet<&str> = self.sources.iter().map(|source| &*source.file).collect();
        let compared = found.iter().filter(|file| !lost.contains(*file)).count();
        found.extend(&lost);
        let excluded = count(self.excluded.len());
        Accounting {
            found: count(found.len()).saturating_add(excluded),
            compared: count(compared),
            excluded,
            gaps: count(lost.len()),
        }
    }

    /// The snapshot's name: a digest of everything it holds, equal on any machine.
    pub fn digest(&self) -> Digest {
        // Part by part, in the room of one: all of them would take as much memory as the snapshot.
        let (mut parts, mut part) = (Parts::default(), String::new());
        parts.add(b"driftseal.snapshot/1");
        let key = &self.masking_key;
        parts.add(format!("key {} {}", key.id, key.ephemeral).as_bytes());
        for source in &self.sources {
            part.clear();
            part.push_str("source ");
            put_hex(&source.digest.0, &mut part);
            for text in [" ", source.syntax, " ", &source.file] {
                part.push_str(text);
            }
            parts.add(part.as_bytes());
        }
        for document in &self.documents {
            part.clear();
            document.put(&mut part);
            parts.add(part.as_bytes());
        }
        // That there is no document is told by there being none; it is found again by each reader.
        for gap in self.gaps.iter().filter(|gap| gap.reason != GapReason::NothingToEvaluate) {
            let (reason, line) = (gap.reason.name(), gap.line.unwrap_or(0));
            parts.add(format!("gap {reason} {line} {}", gap.place).as_bytes());
        }
        for excluded in &self.excluded {
            let text = format!("excluded {} {}", excluded.pattern, excluded.place);
            parts.add(text.as_bytes());
        }
        parts.digest()
    }
}

/// One document of one source, as its dialect names it. Its tree lives only while needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentEntry {
    /// Full name as written on this side, colours included:
    /// `k8s:apps/v1/Deployment/payments-blue/checkout-blue`. Folded only when compared.
    pub identity: Box<str>,
    /// What documents of both sides are joined by, once folded; leaves out what may change
    /// without becoming another thing, such as an API version. Nothing where that is the identity.
    pub join: Option<Box<str>>,
    /// Whether the name alone tells it from all others, wherever its file lies.
    pub portable: bool,
    /// What the document is.
    pub dialect: &'static str,
    /// Where it stands.
    pub source: SourceId,
    /// Zero-based position among the documents of its file, empty ones counted.
    pub ordinal: u32,
    /// Zero-based position within that document, where it is a list of resources and this is one
    /// of them.
    pub member: Option<u32>,
    /// The bytes it covers.
    pub span: Span,
    /// What rendered it, where it says so.
    pub rendered: Option<Box<Rendered>>,
    /// Whether the hash that its name ends in was found to be that of its content before secrets were
    /// masked in it.
    pub is_hashed: bool,
}

impl DocumentEntry {
    /// What documents of both sides are joined by, once folded.
    pub fn join(&self) -> &str {
        self.join.as_deref().unwrap_or(&self.identity)
    }

    /// Appends what the snapshot's name says of it.
    fn put(&self, text: &mut String) {
        // Writing to a text does not fail.
        let _ = write!(text, "document {} {}", self.source.0, self.ordinal);
        if let Some(member) = self.member {
            let _ = write!(text, "/{member}");
        }
        for part in [" ", self.dialect, " ", &self.identity] {
            text.push_str(part);
        }
        let rendered = self.rendered.as_ref().filter(|rendered| rendered.is_masked);
        if let Some(was) = rendered.and_then(|rendered| rendered.checksum) {
            text.push_str(" was ");
            put_hex(&was.0, text);
        }
        if self.is_hashed {
            text.push_str(" hashed");
        }
    }
}

/// A document that a template engine rendered, and the checksum others may name it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The template, as the document names it.
    pub template: String,
    /// SHA-256 of what was rendered, as it was found; nothing where secrets are masked in it and no
    /// text of its side names what it was.
    pub checksum: Option<Digest>,
    /// Whether secrets are masked in it: who has only the masked text cannot make the checksum again.
    pub is_masked: bool,
}

/// Something left out on purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// File, relative to the root of its side.
    pub place: String,
    /// The pattern that names it.
    pub pattern: String,
}

/// The name of a masking key. Fingerprints under different keys say nothing about each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskingKeyId {
    /// The key's name.
    pub id: KeyId,
    /// Whether it was made for this run only and is gone after it.
    pub ephemeral: bool,
}

impl Default for MaskingKeyId {
    fn default() -> Self {
        Self { id: KeyId(String::new()), ephemeral: true }
    }
}

/// What one collector did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectorRecord {
    /// The collector's scheme, such as `directory` or `git`.
    pub scheme: &'static str,
    /// What it was pointed at, as the user wrote it.
    pub locator: String,
    /// The revision or digest it resolved to, when the source has one.
    pub resolved: Option<String>,
    /// What a reader should know, such as "the working tree has uncommitted changes".
    pub notes: Vec<String>,
    /// When it was taken, where that was before this run and is known.
    pub taken_at: Option<Timestamp>,
}

impl CollectorRecord {
    /// What a snapshot says of how it was taken.
    pub fn origin(scheme: &str, locator: &str, resolved: Option<&str>) -> String {
        let at = resolved.map_or_else(String::new, |at| format!(" at {at}"));
        format!("taken by {scheme} from {locator}{at}")
    }

    /// The revisions that it was read from: its own, or those that a snapshot was taken of.
    pub fn revisions(&self) -> impl Iterator<Item = &str> {
        let is_hex = |text: &&str| text.len() >= 40 && text.bytes().all(|b| b.is_ascii_hexdigit());
        let origins = self.notes.iter().filter(|_| self.scheme == "snapshot");
        let origins = origins.filter_map(|note| note.strip_prefix("taken by git from "));
        let origins =
            origins.filter_map(move |note| Some(note.rsplit_once(" at ")?.1).filter(is_hex));
        self.resolved.as_deref().into_iter().chain(origins)
    }
}

/// The one effect of an audit: masked bytes by digest.
pub trait Blobs: Sync {
    /// Returns the bytes named `digest`, checked against it.
    ///
    /// # Errors
    /// Missing or altered bytes abort the audit; they are never a gap.
    fn get(&self, digest: &Digest) -> Result<Cow<'_, [u8]>, BlobError>;
}

/// Why masked bytes could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobError {
    /// Nothing is kept under this digest.
    Missing(Digest),
    /// What is kept has another digest.
    Altered(Digest),
    /// The store could not be read.
    Unreadable(Digest, String),
    /// Something that was read is not what it claims to be, so nothing that was read is believed;
    /// what, where and what to do about it.
    Broken(String),
}

impl fmt::Display for BlobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(digest) => write!(f, "masked bytes {digest} are missing"),
            Self::Altered(digest) => write!(f, "masked bytes {digest} were altered"),
            Self::Unreadable(digest, why) => {
                write!(f, "cannot read masked bytes {digest}: {why}")
            }
            Self::Broken(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for BlobError {}

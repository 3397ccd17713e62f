//! Proofs that stand alone: of one entry (C2SP tlog-proof v1) and of growth (the request of C2SP
//! tlog-witness v1.0.0).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::checkpoint::{Checkpoint, hash, number};
use super::entry::Entry;
use super::error::{LedgerError, Reason};
use super::merkle;
use super::note::{NOTE_BYTES_MAX, Note};
use super::policy::{Policy, Seen};
use super::tile::ENTRY_BYTES_MAX;
use crate::model::Digest;

/// The longest proof that is read.
pub const PROOF_BYTES_MAX: usize = NOTE_BYTES_MAX + 2 * ENTRY_BYTES_MAX;

/// How the proof of an entry begins.
const MAGIC: &str = "c2sp.org/tlog-proof@v1";

/// The most hashes of a proof: the height of the greatest tree.
const HASHES_MAX: usize = 63;

/// Shows that an entry is in a log: what is kept beside a report as `.tlog-proof`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Where the entry stands, from 0 on.
    pub index: u64,
    /// The entry; the proof's `extra` data, believed only as far as its hash leads to the root.
    pub entry: Vec<u8>,
    /// The hashes beside the way from the entry to the root.
    pub hashes: Vec<Digest>,
    /// The signed checkpoint that the hashes lead to.
    pub note: Note,
}

/// Holds what a proof has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Included {
    /// Where the entry stands, from 0 on.
    pub index: u64,
    /// What it says.
    pub entry: Entry,
    /// The checkpoint, and who has seen it.
    pub seen: Seen,
}

impl Proof {
    /// Reads a proof from `place`.
    ///
    /// # Errors
    ///
    /// It is not written as proofs are, or carries no entry.
    pub fn parse(bytes: &[u8], place: &str) -> Result<Self, LedgerError> {
        let failed = |message: &str| LedgerError::new(Reason::Malformed, place, message);
        let (head, note) = split(bytes, place)?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(MAGIC) {
            return Err(failed(&format!("it does not begin with {MAGIC}")));
        }
        let extra = lines.next().and_then(|line| line.strip_prefix("extra "));
        let entry = extra
            .and_then(|extra| STANDARD.decode(extra).ok())
            .ok_or_else(|| failed("it carries no entry (a line `extra` in base64)"))?;
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let index = index.and_then(number).ok_or_else(|| failed("it has no line `index N`"))?;
        let hashes = hashes(lines, place)?;
        Ok(Self { index, entry, hashes, note })
    }

    /// Believes the entry, when its hash leads to a checkpoint that `policy` believes.
    ///
    /// # Errors
    ///
    /// Those of the policy, hashes that lead elsewhere, or an entry of another version.
    pub fn verify(&self, policy: &Policy, place: &str) -> Result<Included, LedgerError> {
        let seen = policy.check(&self.note, place)?;
        let checkpoint = &seen.checkpoint;
        let leaf = (self.index, merkle::leaf(&self.entry));
        if !merkle::includes(leaf, (checkpoint.size, checkpoint.root), &self.hashes) {
            let message = format!(
                "it does not show that this entry stands at {} of the {} that were signed",
                self.index, checkpoint.size
            );
            return Err(LedgerError::new(Reason::Proof, place, message));
        }
        let entry = Entry::parse(&self.entry, place)?;
        Ok(Included { index: self.index, entry, seen })
    }

    /// The same, for an entry that must be about this report.
    ///
    /// # Errors
    ///
    /// Those of [`Proof::verify`], or another report.
    pub fn verify_report(
        &self,
        policy: &Policy,
        statement: Digest,
        place: &str,
    ) -> Result<Included, LedgerError> {
        let included = self.verify(policy, place)?;
        let found = included.entry.statement();
        if found == statement {
            return Ok(included);
        }
        let message = format!("it is about the report {found}, not about {statement}");
        Err(LedgerError::new(Reason::OtherReport, place, message))
    }
}

impl std::fmt::Display for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{MAGIC}\nextra {}\nindex {}", STANDARD.encode(&self.entry), self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", STANDARD.encode(hash.0)))?;
        write!(f, "\n{}", self.note)
    }
}

/// Shows that a log has only grown: what a witness is asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    /// How many entries the log had.
    pub old: u64,
    /// The hashes that lead from its root then and its root now to one another.
    pub hashes: Vec<Digest>,
    /// The signed checkpoint of now.
    pub note: Note,
}

impl Growth {
    /// Reads a request from `place`.
    ///
    /// # Errors
    ///
    /// It is not written as requests are.
    pub fn parse(bytes: &[u8], place: &str) -> Result<Self, LedgerError> {
        let failed = |message: &str| LedgerError::new(Reason::Malformed, place, message);
        let (head, note) = split(bytes, place)?;
        let mut lines = head.split('\n').peekable();
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old =
            old.and_then(number).ok_or_else(|| failed("it does not begin with `old SIZE`"))?;
        Ok(Self { old, hashes: hashes(lines, place)?, note })
    }

    /// Whether it shows that `new` begins with `old`, whose size is the one it names.
    #[must_use]
    pub fn joins(&self, old: (u64, Digest), new: &Checkpoint) -> bool {
        self.old == old.0 && merkle::extends(old, (new.size, new.root), &self.hashes)
    }
}

impl std::fmt::Display for Growth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", STANDARD.encode(hash.0)))?;
        write!(f, "\n{}", self.note)
    }
}

/// What stands before the first empty line, and the note behind it.
fn split<'b>(bytes: &'b [u8], place: &str) -> Result<(&'b str, Note), LedgerError> {
    let failed = |message: &str| LedgerError::new(Reason::Malformed, place, message);
    if bytes.len() > PROOF_BYTES_MAX {
        return Err(failed("it is longer than a proof may be"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| failed("it is not UTF-8"))?;
    let (head, note) = text
        .split_once("\n\n")
        .ok_or_else(|| failed("no empty line separates the hashes from the checkpoint"))?;
    Ok((head, Note::parse(note.as_bytes(), place)?))
}

fn hashes<'l>(
    lines: impl Iterator<Item = &'l str>,
    place: &str,
) -> Result<Vec<Digest>, LedgerError> {
    let failed = |message: &str| LedgerError::new(Reason::Malformed, place, message);
    let hashes = lines.take(HASHES_MAX + 1).map(hash).collect::<Option<Vec<_>>>();
    let hashes = hashes.ok_or_else(|| failed("a line is no hash in base64"))?;
    if hashes.len() > HASHES_MAX {
        return Err(failed("it has more hashes than any tree is high"));
    }
    Ok(hashes)
}

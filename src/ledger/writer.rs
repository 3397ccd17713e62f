//! Writing to a log: entries first, then hashes, the signed checkpoint last.
//!
//! Until the checkpoint is replaced nothing of an append counts; once it is, all of it does and is
//! on the disk. What an append that ended early left behind is beyond every checkpoint, and the next
//! one puts its own in its place. There must be one writer at a time: see [`Store`].

use std::collections::BTreeMap;

use super::checkpoint::Checkpoint;
use super::edge::{Edge, Tile};
use super::entry::Entry;
use super::error::{LedgerError, Reason};
use super::index;
use super::log::{self, CHECKPOINT, Log};
use super::merkle;
use super::note::{Note, Role, Verifier};
use super::policy::{Policy, Seen};
use super::store::Store;
use super::tile::{self, Kind, Tiles, WIDTH};
use crate::evidence::PrivateKey;
use crate::model::Digest;

/// What an append came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Where each entry stands now, in the order given.
    pub at: Vec<Place>,
    /// What the log says of itself now.
    pub checkpoint: Checkpoint,
    /// How many objects were written.
    pub objects: usize,
    /// The tiles that only stood in for those that are full now: see
    /// [`Directory::tidy`](super::Directory::tidy).
    pub superseded: Vec<String>,
}

/// Where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its number, from 0 on.
    pub index: u64,
    /// Whether it stood there before: a report is logged once.
    pub was_there: bool,
}

/// Begins a log without entries, and returns the key that verifies its checkpoints.
///
/// # Errors
///
/// There is a log, the key is not Ed25519, the name cannot be written, or nothing can be.
pub fn init(store: &dyn Store, origin: &str, key: &PrivateKey) -> Result<Verifier, LedgerError> {
    let verifier = Verifier::new(origin, Role::Log, key.public())?;
    let first = Checkpoint { origin: origin.to_owned(), size: 0, root: merkle::empty() };
    let note = signed(&first, &verifier, key)?;
    if store.create(CHECKPOINT, note.to_string().as_bytes())? {
        return Ok(verifier);
    }
    let message = "there is a log already; a log is never begun again";
    Err(LedgerError::new(Reason::Exists, store.place(CHECKPOINT), message))
}

/// The policy of whoever runs a log: believes what this key has signed under the name the log has.
///
/// # Errors
///
/// There is no log, or the key is not Ed25519.
pub fn own_policy(store: &dyn Store, key: &PrivateKey) -> Result<Policy, LedgerError> {
    let (_, note) = log::read(store)?;
    let origin = Checkpoint::parse(&note, &store.place(CHECKPOINT))?.origin;
    Policy::new(Verifier::new(&origin, Role::Log, key.public())?, Vec::new(), 0)
}

/// Appends entries; when it returns, they are in the log for good. A report that is in the log
/// already stays where it is.
///
/// # Errors
///
/// The log is not what this key has signed, or does not hold at its right edge; time would go back;
/// something cannot be written. Then the log is as it was, or, when only the last write could not be
/// confirmed, has the entries: appending again is safe.
pub fn append(
    store: &dyn Store,
    key: &PrivateKey,
    entries: &[Entry],
) -> Result<Appended, LedgerError> {
    let policy = own_policy(store, key)?;
    let mut log = Log::open(store, &policy)?;
    let before = log.checkpoint().clone();
    let (fresh, at) = sort(&mut log, entries)?;
    if fresh.is_empty() {
        return Ok(Appended { at, checkpoint: before, objects: 0, superseded: Vec::new() });
    }
    let (mut edge, mut bundle) = right_edge(store, &before)?;
    let (mut objects, mut tiles) = (Vec::new(), Vec::new());
    for (entry, _) in &fresh {
        bundle.push(entry.clone());
        tiles.extend(edge.push(merkle::leaf(entry)));
        if edge.size().is_multiple_of(WIDTH) {
            objects.push((
                tile::name(Kind::Entries, edge.size() / WIDTH - 1, WIDTH),
                tile::bundle(&bundle),
            ));
            bundle.clear();
        }
    }
    if !bundle.is_empty() {
        let name = tile::name(Kind::Entries, edge.size() / WIDTH, bundle.len() as u64);
        objects.push((name, tile::bundle(&bundle)));
    }
    tiles.extend(edge.open(before.size));
    objects.extend(tiles.into_iter().map(|(kind, number, row): Tile| {
        (tile::name(kind, number, row.len() as u64), tile::hashes(&row))
    }));
    for (name, bytes) in &objects {
        put(store, name, bytes)?;
    }
    let statements: Vec<(Digest, u64)> =
        fresh.iter().map(|(_, statement)| *statement).zip(before.size..).collect();
    let indexed = index::add(store, &statements)?;
    let after = Checkpoint { origin: before.origin, size: edge.size(), root: edge.root() };
    let verifier = Verifier::new(&after.origin, Role::Log, key.public())?;
    exchange(store, log.note(), &signed(&after, &verifier, key)?)?;
    let superseded = tile::superseded(before.size, after.size);
    Ok(Appended { at, checkpoint: after, objects: objects.len() + indexed + 1, superseded })
}

/// Adds the cosignatures of witnesses, given as lines, to the checkpoint of a log; returns who has
/// seen it now. Lines of others, or for another checkpoint, are not taken.
///
/// # Errors
///
/// The log is not one of the policy, a line that says it is of a witness of the policy is not, none
/// is, or the checkpoint cannot be written.
pub fn attach(store: &dyn Store, policy: &Policy, lines: &str) -> Result<Seen, LedgerError> {
    let log = Log::open(store, policy)?;
    let place = store.place(CHECKPOINT);
    let mut note = log.note().clone();
    let before = policy.cosigned(&note, &place)?;
    for line in lines.lines() {
        let mut with = note.clone();
        if with.add(line)
            && policy.cosigned(&with, "the cosignature")? != policy.cosigned(&note, &place)?
        {
            note = with;
        }
    }
    let witnesses = policy.cosigned(&note, &place)?;
    if witnesses == before {
        let message = "no line is a new cosignature of this checkpoint by a known witness";
        return Err(LedgerError::new(Reason::Signature, "the cosignature", message)
            .remedy("name the witness's key, and ask it to cosign the checkpoint as it is now"));
    }
    exchange(store, log.note(), &note)?;
    Ok(Seen { checkpoint: log.checkpoint().clone(), witnesses })
}

/// Tells which entries are new, as bytes and statement, and where each of all will stand.
#[expect(clippy::type_complexity, reason = "two lists that are taken apart at once")]
fn sort(
    log: &mut Log<'_>,
    entries: &[Entry],
) -> Result<(Vec<(Vec<u8>, Digest)>, Vec<Place>), LedgerError> {
    let size = log.checkpoint().size;
    let mut last = match size.checked_sub(1) {
        Some(index) => Some(log.read(index)?.at()),
        None => None,
    };
    let place = log.store().place(CHECKPOINT);
    let (mut fresh, mut at) = (Vec::new(), Vec::new());
    let mut known: BTreeMap<Digest, u64> = BTreeMap::new();
    for entry in entries {
        let statement = entry.statement();
        let standing = match known.get(&statement) {
            Some(index) => Some(*index),
            None => log.indexed(statement)?,
        };
        let index = standing.unwrap_or(size + fresh.len() as u64);
        at.push(Place { index, was_there: standing.is_some() });
        known.insert(statement, index);
        if standing.is_none() {
            let entry = match last {
                Some(last) => entry.clone().after(last, &place)?,
                None => entry.clone(),
            };
            last = Some(entry.at());
            fresh.push((entry.bytes()?, statement));
        }
    }
    Ok((fresh, at))
}

/// The edge of a log and the entries that fill no bundle yet, both as they were signed.
fn right_edge(
    store: &dyn Store,
    checkpoint: &Checkpoint,
) -> Result<(Edge, Vec<Vec<u8>>), LedgerError> {
    let size = checkpoint.size;
    let edge = Edge::read(&mut Tiles::new(store, size), size)?;
    let altered = |kind| {
        let place = store.place(&tile::name(kind, size / WIDTH, (size % WIDTH).max(1)));
        let message =
            "what is kept at the end of the log does not lead to the root that was signed";
        LedgerError::new(Reason::Altered, place, message)
    };
    if edge.root() != checkpoint.root {
        return Err(altered(Kind::Level(0)));
    }
    let bundle = match size % WIDTH {
        0 => Vec::new(),
        width => tile::entries(store, size / WIDTH, width)?,
    };
    if !bundle.iter().map(|entry| merkle::leaf(entry)).eq(edge.leaves().iter().copied()) {
        return Err(altered(Kind::Entries));
    }
    Ok((edge, bundle))
}

/// Writes what no checkpoint commits to yet, in the place of what an earlier append left there.
fn put(store: &dyn Store, name: &str, bytes: &[u8]) -> Result<(), LedgerError> {
    if store.create(name, bytes)? {
        return Ok(());
    }
    let left = store.read(name)?.unwrap_or_default();
    if left == bytes || store.replace(name, &left, bytes)? {
        return Ok(());
    }
    Err(taken(store, name))
}

fn exchange(store: &dyn Store, old: &Note, new: &Note) -> Result<(), LedgerError> {
    if store.replace(CHECKPOINT, old.to_string().as_bytes(), new.to_string().as_bytes())? {
        return Ok(());
    }
    Err(taken(store, CHECKPOINT))
}

fn taken(store: &dyn Store, name: &str) -> LedgerError {
    let message = "somebody else wrote to the log at the same time";
    LedgerError::new(Reason::Locked, store.place(name), message)
}

fn signed(
    checkpoint: &Checkpoint,
    verifier: &Verifier,
    key: &PrivateKey,
) -> Result<Note, LedgerError> {
    let text = checkpoint.text();
    let line = verifier.sign(key, &text, 0)?;
    Note::new(text, &line).ok_or_else(|| {
        let message = "the line just signed cannot be read; please report this as a bug";
        LedgerError::new(Reason::Malformed, "the new checkpoint", message)
    })
}

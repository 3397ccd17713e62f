//! Computing a whole log again from its entries, and comparing everything that is kept with it.

use super::checkpoint::Checkpoint;
use super::edge::{Edge, Tile};
use super::entry::Entry;
use super::error::{LedgerError, Reason};
use super::index;
use super::log::Log;
use super::merkle;
use super::store::Store;
use super::tile::{self, Kind, WIDTH};
use crate::model::{Digest, Timestamp};

/// The most problems that are told one by one.
pub const PROBLEMS_MAX: usize = 100;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The checkpoint it was compared with.
    pub checkpoint: Checkpoint,
    /// The entries that were read.
    pub entries: u64,
    /// The tiles that were compared.
    pub tiles: u64,
    /// What is wrong, at most [`PROBLEMS_MAX`].
    pub problems: Vec<LedgerError>,
    /// How many more there are.
    pub untold: usize,
    /// What was written again, by name.
    pub repaired: Vec<String>,
    /// The entries that the index did not know, which is no problem.
    pub unindexed: usize,
}

impl Found {
    /// Whether nothing is wrong.
    pub const fn holds(&self) -> bool {
        self.problems.is_empty()
    }

    fn tell(&mut self, problem: LedgerError) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        } else {
            self.untold += 1;
        }
    }
}

/// Computes a log again. With `repair`, tiles and index are written again, if the entries lead to
/// the root that was signed; entries and checkpoint are never touched.
///
/// # Errors
///
/// What keeps the log from being read or written. What is wrong with it is no error but
/// [`Found::problems`].
pub fn fsck(log: &Log<'_>, repair: bool) -> Result<Found, LedgerError> {
    let (store, checkpoint) = (log.store(), log.checkpoint().clone());
    let size = checkpoint.size;
    let mut found = Found {
        checkpoint,
        entries: 0,
        tiles: 0,
        problems: Vec::new(),
        untold: 0,
        repaired: Vec::new(),
        unindexed: 0,
    };
    let (mut edge, mut last, mut statements) = (Edge::default(), None, Vec::new());
    let mut wrong: Vec<Tile> = Vec::new();
    for number in 0..size.div_ceil(WIDTH) {
        let width = (size - number * WIDTH).min(WIDTH);
        let entries = match tile::entries(store, number, width) {
            Ok(entries) => entries,
            Err(error) if error.reason == Reason::Unreadable => return Err(error),
            Err(error) => {
                found.tell(error);
                return Ok(found);
            }
        };
        let name = tile::name(tile::Kind::Entries, number, width);
        if width < WIDTH && tile::holds_else(store, &name, &tile::bundle(&entries))? {
            let message = format!("it holds more than {width} entries");
            found.tell(LedgerError::new(Reason::Altered, store.place(&name), message));
        }
        for (bytes, at) in entries.iter().zip(number * WIDTH..) {
            found.entries += 1;
            read(bytes, at, &mut last, &mut statements, &mut found);
            for tile in edge.push(merkle::leaf(bytes)) {
                compare(store, tile, &mut wrong, &mut found)?;
            }
        }
    }
    for tile in edge.open(0) {
        compare(store, tile, &mut wrong, &mut found)?;
    }
    if edge.root() != found.checkpoint.root {
        let message = format!(
            "the {size} entries have the root {}, signed was {}",
            edge.root(),
            found.checkpoint.root
        );
        found.tell(LedgerError::new(Reason::Altered, store.place("tile/entries"), message));
        return Ok(found);
    }
    let statements = index::missing(store, statements)?;
    found.unindexed = statements.len();
    if repair {
        write(store, wrong, &statements, &mut found)?;
    }
    Ok(found)
}

/// Reads an entry: what it says must be readable, and time must not go back.
fn read(
    bytes: &[u8],
    at: u64,
    last: &mut Option<Timestamp>,
    statements: &mut Vec<(Digest, u64)>,
    found: &mut Found,
) {
    let place = format!("entry {at} of {}", found.checkpoint.origin);
    match Entry::parse(bytes, &place) {
        Ok(entry) => {
            if let Some(before) = last.filter(|before| *before > entry.at()) {
                let message = format!("it is of {}, the one before of {before}", entry.at());
                found.tell(LedgerError::new(Reason::Clock, place, message));
            }
            *last = Some(entry.at());
            statements.push((entry.statement(), at));
        }
        Err(error) => found.tell(error),
    }
}

/// Compares a tile with what is kept of it.
fn compare(
    store: &dyn Store,
    tile: Tile,
    wrong: &mut Vec<Tile>,
    found: &mut Found,
) -> Result<(), LedgerError> {
    let (kind, number, row) = &tile;
    let width = row.len() as u64;
    let expected = tile::hashes(row);
    found.tiles += 1;
    let name = tile::name(*kind, *number, width);
    match tile::read(store, *kind, *number, width) {
        Ok(kept) if kept == expected => return Ok(()),
        // A full one in the place of one that is not: an append ended early.
        Ok(kept)
            if width < WIDTH
                && kept.starts_with(&expected)
                && !tile::holds_else(store, &name, &expected)? =>
        {
            return Ok(());
        }
        Ok(_) => {
            let place = store.place(&name);
            let message = "its hashes are not those of the entries";
            found.tell(LedgerError::new(Reason::Altered, place, message));
        }
        Err(error) if error.reason == Reason::Unreadable => return Err(error),
        Err(error) => found.tell(error),
    }
    wrong.push(tile);
    Ok(())
}

/// Writes tiles and index again.
fn write(
    store: &dyn Store,
    wrong: Vec<Tile>,
    statements: &[(Digest, u64)],
    found: &mut Found,
) -> Result<(), LedgerError> {
    for (kind, number, row) in wrong {
        let name = tile::name(kind, number, row.len() as u64);
        let bytes = tile::hashes(&row);
        let is_written = match store.read(&name)? {
            Some(old) => store.replace(&name, &old, &bytes)?,
            None => store.create(&name, &bytes)?,
        };
        if is_written {
            found.problems.retain(|problem| {
                let is_full = name_of_full(kind, number);
                ![store.place(&name), store.place(&is_full)].contains(&problem.place)
            });
            found.repaired.push(name);
        }
    }
    index::add(store, statements)?;
    found.unindexed = 0;
    Ok(())
}

fn name_of_full(kind: Kind, number: u64) -> String {
    tile::name(kind, number, WIDTH)
}

//! Tiles: where the hashes and entries of a log are kept (C2SP tlog-tiles v0.1.0).
//!
//! A tile holds up to 256 hashes of one level, each over 256 of the level below; a bundle holds the
//! entries under a tile of the lowest level, each after its length in two bytes. Both are full or,
//! at the right edge of the tree, named after their width.

use std::collections::BTreeMap;

use super::error::{LedgerError, Reason};
use super::merkle::{self, Subtrees};
use super::store::Store;
use crate::model::Digest;

/// The hashes of a full tile.
pub const WIDTH: u64 = 256;

/// The height of a full tile's tree.
pub const HEIGHT: u32 = 8;

/// The longest entry: its length is written in two bytes.
pub const ENTRY_BYTES_MAX: usize = u16::MAX as usize;

/// Names what a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Entries.
    Entries,
    /// Hashes of a level, from 0 on.
    Level(u32),
}

/// The object's name of the tile with this number, which holds `width` of [`WIDTH`].
pub fn name(kind: Kind, number: u64, width: u64) -> String {
    let full = folder(kind, number);
    match full.strip_suffix(".p") {
        Some(full) if width >= WIDTH => full.to_owned(),
        Some(_) | None => format!("{full}/{width}"),
    }
}

/// The name of what holds the tiles of this number that are not full.
fn folder(kind: Kind, number: u64) -> String {
    let mut digits = format!("{:03}.p", number % 1000);
    let mut rest = number / 1000;
    while rest > 0 {
        digits = format!("x{:03}/{digits}", rest % 1000);
        rest /= 1000;
    }
    match kind {
        Kind::Entries => format!("tile/entries/{digits}"),
        Kind::Level(level) => format!("tile/{level}/{digits}"),
    }
}

/// How many hashes of `level` a tree of `size` entries has.
pub fn count(level: u32, size: u64) -> u64 {
    size.checked_shr(level.saturating_mul(HEIGHT)).unwrap_or(0)
}

/// Every tile and bundle that a tree of `size` entries has, lowest level first.
pub fn all(size: u64) -> impl Iterator<Item = (Kind, u64, u64)> {
    let levels = (0..u64::BITS / HEIGHT).map(move |level| (Kind::Level(level), count(level, size)));
    let rows = std::iter::once((Kind::Entries, size)).chain(levels);
    rows.flat_map(|(kind, count)| {
        (0..count.div_ceil(WIDTH))
            .map(move |number| (kind, number, (count - number * WIDTH).min(WIDTH)))
    })
}

/// What has become full between two sizes: the folders of tiles that only stood in for it.
pub fn superseded(before: u64, after: u64) -> Vec<String> {
    let mut names = Vec::new();
    for level in 0..u64::BITS / HEIGHT {
        let full = count(level, before) / WIDTH..count(level, after) / WIDTH;
        for number in full {
            names.push(folder(Kind::Level(level), number));
            if level == 0 {
                names.push(folder(Kind::Entries, number));
            }
        }
    }
    names
}

/// Reads a tile or bundle of a tree that has it; one that is not full may since have become so.
///
/// # Errors
///
/// It is not there, or cannot be read.
pub fn read(
    store: &dyn Store,
    kind: Kind,
    number: u64,
    width: u64,
) -> Result<Vec<u8>, LedgerError> {
    let exact = name(kind, number, width);
    if let Some(bytes) = store.read(&exact)? {
        return Ok(bytes);
    }
    if width < WIDTH
        && let Some(bytes) = store.read(&name(kind, number, WIDTH))?
    {
        return Ok(bytes);
    }
    let message = "it is missing, although the signed checkpoint commits to it";
    Err(LedgerError::new(Reason::Missing, store.place(&exact), message))
}

/// Whether an object that is not full is kept under its own name and holds anything else.
///
/// # Errors
///
/// It cannot be read.
pub fn holds_else(store: &dyn Store, name: &str, expected: &[u8]) -> Result<bool, LedgerError> {
    Ok(store.read(name)?.is_some_and(|kept| kept != expected))
}

/// Writes the entries of a bundle.
pub fn bundle(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in entries {
        bytes.extend(u16::try_from(entry.len()).unwrap_or(u16::MAX).to_be_bytes());
        bytes.extend(entry.iter().take(ENTRY_BYTES_MAX));
    }
    bytes
}

/// Reads the first `width` entries of a bundle.
///
/// # Errors
///
/// There are fewer, or something stands behind the last of a full one.
pub fn entries(store: &dyn Store, number: u64, width: u64) -> Result<Vec<Vec<u8>>, LedgerError> {
    let bytes = read(store, Kind::Entries, number, width)?;
    let torn = |message: String| {
        let place = store.place(&name(Kind::Entries, number, width));
        LedgerError::new(Reason::Altered, place, message)
    };
    let (mut rest, mut entries) = (bytes.as_slice(), Vec::new());
    while entries.len() as u64 != width {
        let entry = rest.split_first_chunk::<2>().and_then(|(length, after)| {
            after.split_at_checked(usize::from(u16::from_be_bytes(*length)))
        });
        let Some((entry, after)) = entry else {
            return Err(torn(format!("it holds {} entries, not {width}", entries.len())));
        };
        entries.push(entry.to_vec());
        rest = after;
    }
    if width == WIDTH && !rest.is_empty() {
        return Err(torn(format!("{} bytes follow the last entry", rest.len())));
    }
    Ok(entries)
}

/// The hashes of a tile, as they are written.
pub fn hashes(row: &[Digest]) -> Vec<u8> {
    row.iter().flat_map(|hash| hash.0).collect()
}

/// Reads the hashes of a log at one size, each tile once.
pub struct Tiles<'s> {
    store: &'s dyn Store,
    size: u64,
    rows: BTreeMap<(u32, u64), Vec<Digest>>,
    reads: u64,
}

impl<'s> Tiles<'s> {
    /// The hashes of the first `size` entries.
    pub fn new(store: &'s dyn Store, size: u64) -> Self {
        Self { store, size, rows: BTreeMap::new(), reads: 0 }
    }

    /// The hashes of a tile that the tree has, as far as the tree goes.
    ///
    /// # Errors
    ///
    /// The tile is not there, cannot be read, or is not as long as it is wide.
    pub fn row(&mut self, level: u32, number: u64) -> Result<&[Digest], LedgerError> {
        let store = self.store;
        let width = count(level, self.size).saturating_sub(number * WIDTH).min(WIDTH);
        let row = match self.rows.entry((level, number)) {
            std::collections::btree_map::Entry::Occupied(row) => row.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                self.reads += 1;
                place.insert(row(store, level, number, width)?)
            }
        };
        Ok(row)
    }

    /// Takes these hashes for a tile, whatever is kept.
    pub fn assume(&mut self, level: u32, number: u64, row: Vec<Digest>) {
        self.rows.insert((level, number), row);
    }

    /// How many tiles have been read.
    pub const fn reads(&self) -> u64 {
        self.reads
    }
}

impl Subtrees for Tiles<'_> {
    type Error = LedgerError;

    fn subtree(&mut self, height: u32, index: u64) -> Result<Digest, LedgerError> {
        let (level, within) = (height / HEIGHT, height % HEIGHT);
        let first = index << within;
        let (number, at) = (first / WIDTH, first % WIDTH);
        let row = self.row(level, number)?;
        let hashes = usize::try_from(at)
            .ok()
            .and_then(|at| row.get(at..at + (1 << within)))
            .map(<[Digest]>::to_vec);
        let mut hashes = hashes.ok_or_else(|| {
            let place = self.store.place(&folder(Kind::Level(level), number));
            LedgerError::new(Reason::Altered, place, "it holds fewer hashes than the tree has")
        })?;
        while hashes.len() > 1 {
            hashes = hashes
                .as_chunks()
                .0
                .iter()
                .map(|[left, right]| merkle::node(left, right))
                .collect();
        }
        hashes.first().copied().ok_or_else(|| {
            let place = self.store.place(&folder(Kind::Level(level), number));
            LedgerError::new(Reason::Altered, place, "it is empty")
        })
    }
}

fn row(store: &dyn Store, level: u32, number: u64, width: u64) -> Result<Vec<Digest>, LedgerError> {
    let kind = Kind::Level(level);
    let bytes = read(store, kind, number, width)?;
    let (hashes, rest) = bytes.as_chunks::<32>();
    let found = hashes.len() as u64;
    if !rest.is_empty() || !(width..=WIDTH).contains(&found) {
        let message = format!("it has {} bytes, {width} hashes have {}", bytes.len(), width * 32);
        let place = store.place(&name(kind, number, width));
        return Err(LedgerError::new(Reason::Altered, place, message));
    }
    Ok(hashes.iter().zip(0..width).map(|(hash, _)| Digest(*hash)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_groups_of_three_digits() {
        assert_eq!(name(Kind::Level(1), 1_234_067, 256), "tile/1/x001/x234/067");
        assert_eq!(name(Kind::Level(0), 273, 112), "tile/0/273.p/112");
        assert_eq!(name(Kind::Entries, 0, 256), "tile/entries/000");
        assert_eq!(name(Kind::Entries, 1000, 1), "tile/entries/x001/000.p/1");
    }

    /// The example of the specification: 273 full tiles, one of width 112; one full tile of level 1
    /// and one of width 17; one of width 1 of level 2.
    #[test]
    fn a_tree_of_70_000_entries_has_the_tiles_of_the_specification() {
        let tiles: Vec<(Kind, u64, u64)> = all(70_000).collect();
        let of = |kind| tiles.iter().filter(move |tile| tile.0 == kind);
        assert_eq!(of(Kind::Level(0)).filter(|tile| tile.2 == 256).count(), 273);
        assert_eq!(of(Kind::Level(0)).next_back(), Some(&(Kind::Level(0), 273, 112)));
        assert_eq!(of(Kind::Level(1)).filter(|tile| tile.2 == 256).count(), 1);
        assert_eq!(of(Kind::Level(1)).next_back(), Some(&(Kind::Level(1), 1, 17)));
        assert_eq!(of(Kind::Level(2)).collect::<Vec<_>>(), [&(Kind::Level(2), 0, 1)]);
        assert_eq!(of(Kind::Entries).count(), 274);
        assert_eq!(all(256).last(), Some((Kind::Level(1), 0, 1)));
        assert_eq!(all(0).count(), 0);
    }

    #[test]
    fn only_what_has_become_full_is_superseded() {
        assert!(superseded(0, 255).is_empty());
        assert_eq!(superseded(255, 256), ["tile/0/000.p", "tile/entries/000.p"]);
        assert_eq!(superseded(65_535, 65_536).last().unwrap(), "tile/1/000.p");
    }

    #[test]
    fn a_bundle_gives_back_its_entries() {
        let folder = tempfile::tempdir().unwrap();
        let store = super::super::Directory::writer(folder.path(), 1).unwrap();
        let written = vec![b"one".to_vec(), Vec::new(), vec![7; ENTRY_BYTES_MAX]];
        store.create(&name(Kind::Entries, 0, 3), &bundle(&written)).unwrap();
        assert_eq!(entries(&store, 0, 3).unwrap(), written);
        assert_eq!(entries(&store, 0, 2).unwrap_err().reason, Reason::Missing);
        store.create(&name(Kind::Entries, 0, 256), &bundle(&written)).unwrap();
        assert_eq!(entries(&store, 0, 2).unwrap(), written[..2]);
        assert_eq!(entries(&store, 0, 256).unwrap_err().reason, Reason::Altered);
    }
}

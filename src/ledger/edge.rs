//! The right edge of a tree: all that must be known of it to let it grow.

use super::error::LedgerError;
use super::merkle;
use super::tile::{HEIGHT, Kind, Tiles, WIDTH, count};
use crate::model::Digest;

/// The hashes of the tiles that are not full, lowest level first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Edge {
    size: u64,
    rows: Vec<Vec<Digest>>,
}

/// A tile that an edge has: its level, its number and its hashes.
pub(super) type Tile = (Kind, u64, Vec<Digest>);

impl Edge {
    /// Reads the edge of a tree of `size` entries.
    pub(super) fn read(tiles: &mut Tiles<'_>, size: u64) -> Result<Self, LedgerError> {
        let mut rows = Vec::new();
        let mut level = 0;
        while count(level, size) > 0 {
            let hashes = count(level, size);
            let is_open = !hashes.is_multiple_of(WIDTH);
            rows.push(if is_open {
                tiles.row(level, hashes / WIDTH)?.to_vec()
            } else {
                Vec::new()
            });
            level += 1;
        }
        Ok(Self { size, rows })
    }

    /// The number of entries.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of the entries that fill no tile yet.
    pub(super) fn leaves(&self) -> &[Digest] {
        self.rows.first().map_or(&[], Vec::as_slice)
    }

    /// Adds an entry by its hash; returns what it has filled, lowest level first.
    pub(super) fn push(&mut self, leaf: Digest) -> Vec<Tile> {
        self.size += 1;
        let (mut filled, mut hash) = (Vec::new(), leaf);
        for level in 0..u64::BITS / HEIGHT {
            let at = level as usize;
            if self.rows.len() == at {
                self.rows.push(Vec::new());
            }
            let Some(row) = self.rows.get_mut(at) else { break };
            row.push(hash);
            if (row.len() as u64) < WIDTH {
                break;
            }
            let full = std::mem::take(row);
            hash = fold(full.clone());
            filled.push((Kind::Level(level), count(level + 1, self.size) - 1, full));
        }
        filled
    }

    /// The tiles that are not full and have changed since there were `before` entries.
    pub(super) fn open(&self, before: u64) -> Vec<Tile> {
        let levels = (0..).zip(&self.rows);
        let changed = levels.filter(|(level, row)| {
            !row.is_empty() && count(*level, before) != count(*level, self.size)
        });
        let tile = |(level, row): (u32, &Vec<Digest>)| {
            (Kind::Level(level), count(level, self.size) / WIDTH, row.clone())
        };
        changed.map(tile).collect()
    }

    /// The root.
    pub(super) fn root(&self) -> Digest {
        let mut root = None;
        for row in &self.rows {
            let mut rest = row.as_slice();
            while !rest.is_empty() {
                let last = 1 << rest.len().trailing_zeros();
                let Some((before, subtree)) = rest.split_at_checked(rest.len() - last) else {
                    break;
                };
                let hash = fold(subtree.to_vec());
                root = Some(root.map_or(hash, |right| merkle::node(&hash, &right)));
                rest = before;
            }
        }
        root.unwrap_or_else(merkle::empty)
    }
}

/// The root of a complete subtree.
pub(super) fn fold(mut hashes: Vec<Digest>) -> Digest {
    while hashes.len() > 1 {
        hashes =
            hashes.as_chunks().0.iter().map(|[left, right]| merkle::node(left, right)).collect();
    }
    hashes.first().copied().unwrap_or_else(merkle::empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Leaves(u64);

    impl merkle::Subtrees for Leaves {
        type Error = ();

        fn subtree(&mut self, height: u32, index: u64) -> Result<Digest, ()> {
            let leaves = (index << height)..((index + 1) << height);
            assert!(leaves.end <= self.0);
            Ok(fold(leaves.map(|leaf| merkle::leaf(&leaf.to_be_bytes())).collect()))
        }
    }

    #[test]
    fn the_root_of_an_edge_is_that_of_the_tree() {
        let mut edge = Edge::default();
        assert_eq!(edge.root(), merkle::empty());
        for size in 1..=1_100_u64 {
            let filled = edge.push(merkle::leaf(&(size - 1).to_be_bytes()));
            assert_eq!(filled.is_empty(), size % 256 != 0);
            if size % 37 == 0 || size % 256 < 2 {
                assert_eq!(merkle::root(&mut Leaves(size), size), Ok(edge.root()), "{size}");
            }
        }
        assert_eq!(edge.open(1_099).len(), 1);
        assert_eq!(edge.open(1_000).len(), 2);
        assert!(edge.open(1_100).is_empty());
    }
}

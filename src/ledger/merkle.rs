//! The hash tree of RFC 6962, section 2.1, and the verifiers of RFC 9162, sections 2.1.3.2 and 2.1.4.2.
//!
//! Proofs are made from the hashes of complete subtrees, wherever those are kept, and checked
//! without any of them.

use sha2::{Digest as _, Sha256};

use crate::model::Digest;

/// Hashes an entry.
pub fn leaf(entry: &[u8]) -> Digest {
    Digest(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
}

/// Hashes two neighbouring subtrees.
pub fn node(left: &Digest, right: &Digest) -> Digest {
    Digest(
        Sha256::new()
            .chain_update([1])
            .chain_update(left.0)
            .chain_update(right.0)
            .finalize()
            .into(),
    )
}

/// The root of the tree without entries.
pub fn empty() -> Digest {
    Digest::of(b"")
}

/// Gives the hashes of complete subtrees.
pub trait Subtrees {
    /// Why a hash cannot be had.
    type Error;

    /// The hash over the `2^height` entries from `index * 2^height` on, which the tree has.
    ///
    /// # Errors
    ///
    /// Whatever keeps the hash from being read.
    fn subtree(&mut self, height: u32, index: u64) -> Result<Digest, Self::Error>;
}

/// The root over the first `size` entries.
///
/// # Errors
///
/// Those of `subtrees`.
pub fn root<S: Subtrees>(subtrees: &mut S, size: u64) -> Result<Digest, S::Error> {
    if size == 0 { Ok(empty()) } else { span(subtrees, 0, size) }
}

/// The proof that the entry at `index` is in the tree of `size` entries; `index` is less than `size`.
///
/// # Errors
///
/// Those of `subtrees`.
pub fn inclusion<S: Subtrees>(
    subtrees: &mut S,
    index: u64,
    size: u64,
) -> Result<Vec<Digest>, S::Error> {
    let (mut start, mut end) = (0, size);
    let mut proof = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            proof.push(span(subtrees, middle, end)?);
            end = middle;
        } else {
            proof.push(span(subtrees, start, middle)?);
            start = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The proof that the tree of `new` entries begins with the tree of `old` entries, `old` being at
/// most `new`.
///
/// # Errors
///
/// Those of `subtrees`.
pub fn consistency<S: Subtrees>(
    subtrees: &mut S,
    old: u64,
    new: u64,
) -> Result<Vec<Digest>, S::Error> {
    let mut proof = Vec::new();
    if old == 0 || old == new {
        return Ok(proof);
    }
    let (mut start, mut end) = (0, new);
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            proof.push(span(subtrees, middle, end)?);
            end = middle;
        } else {
            proof.push(span(subtrees, start, middle)?);
            start = middle;
        }
    }
    // The old tree itself needs no proof, the last part of it does.
    if start != 0 {
        proof.push(span(subtrees, start, end)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Whether `proof` shows that `leaf` stands at `index` in the tree of `size` entries with this root.
#[must_use]
pub fn includes(
    (index, leaf): (u64, Digest),
    (size, root): (u64, Digest),
    proof: &[Digest],
) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, leaf);
    for beside in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node(beside, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, beside);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == root
}

/// Whether `proof` shows that the new tree, given as size and root, begins with the old one.
#[must_use]
pub fn extends(old: (u64, Digest), new: (u64, Digest), proof: &[Digest]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size > new_size || (old_size == 0 && old_root != empty()) {
        return false;
    }
    if old_size == new_size {
        return old_root == new_root && proof.is_empty();
    }
    if old_size == 0 {
        return proof.is_empty();
    }
    let mut hashes = proof.iter();
    let first = if old_size.is_power_of_two() { Some(&old_root) } else { hashes.next() };
    let Some(first) = first else { return false };
    let (mut at, mut last) = (old_size - 1, new_size - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (mut before, mut after) = (*first, *first);
    for beside in hashes {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            before = node(beside, &before);
            after = node(beside, &after);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            after = node(&after, beside);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && before == old_root && after == new_root
}

/// The hash over the entries from `start` to `end`, of which there is at least one. `start` is a
/// multiple of the smallest power of two that is not less than their number.
fn span<S: Subtrees>(subtrees: &mut S, start: u64, end: u64) -> Result<Digest, S::Error> {
    let count = end - start;
    if count.is_power_of_two() {
        let height = count.trailing_zeros();
        return subtrees.subtree(height, start >> height);
    }
    let middle = start + split(count);
    let left = span(subtrees, start, middle)?;
    Ok(node(&left, &span(subtrees, middle, end)?))
}

/// The largest power of two less than `count`, which is at least two.
const fn split(count: u64) -> u64 {
    1 << (u64::BITS - 1 - (count - 1).leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The leaves themselves.
    struct Leaves(Vec<Digest>);

    impl Subtrees for Leaves {
        type Error = ();

        fn subtree(&mut self, height: u32, index: u64) -> Result<Digest, ()> {
            if height == 0 {
                return Ok(self.0[usize::try_from(index).unwrap()]);
            }
            let left = self.subtree(height - 1, index * 2)?;
            Ok(node(&left, &self.subtree(height - 1, index * 2 + 1)?))
        }
    }

    fn digest(hex: &str) -> Digest {
        Digest::parse(hex).unwrap()
    }

    /// Leaves and roots of the tests of Certificate Transparency
    /// (github.com/google/certificate-transparency, `merkletree/merkle_tree_test.cc`).
    #[test]
    fn roots_are_those_of_rfc_6962() {
        let entries: [&[u8]; 8] =
            [b"", b"\0", b"\x10", b" !", b"01", b"@ABC", b"PQRSTUVW", b"`abcdefghijklmno"];
        let mut leaves = Leaves(entries.iter().map(|entry| leaf(entry)).collect());
        for (size, expected) in [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
            (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ] {
            assert_eq!(root(&mut leaves, size), Ok(digest(expected)), "{size}");
        }
    }

    #[test]
    fn every_proof_of_small_trees_holds_and_no_other() {
        let mut leaves = Leaves((0..66_u8).map(|number| leaf(&[number])).collect());
        let roots: Vec<Digest> = (0..=66).map(|size| root(&mut leaves, size).unwrap()).collect();
        let at = |size: u64| (size, roots[usize::try_from(size).unwrap()]);
        let (mut held, mut refused) = (0, 0);
        for size in 1..=66 {
            for index in 0..size {
                let proof = inclusion(&mut leaves, index, size).unwrap();
                let entry = leaves.0[usize::try_from(index).unwrap()];
                assert!(includes((index, entry), at(size), &proof));
                assert!(!includes((index, leaf(b"x")), at(size), &proof));
                assert!(size == 1 || !includes(((index + 1) % size, entry), at(size), &proof));
                assert!(!includes((size, entry), at(size), &proof));
                let longer = [&proof[..], &[empty()]].concat();
                assert!(!includes((index, entry), at(size), &longer));
                held += 1;
            }
            for old in 0..=size {
                let proof = consistency(&mut leaves, old, size).unwrap();
                assert!(extends(at(old), at(size), &proof), "{old} {size}");
                let other = (old, roots[usize::try_from(old).unwrap().saturating_sub(1)]);
                assert!(old == 0 || !extends(other, at(size), &proof));
                let longer = [&proof[..], &[empty()]].concat();
                assert!(!extends(at(old), at(size), &longer));
                assert!(proof.is_empty() || !extends(at(old), at(size), &proof[1..]));
                assert!(old == size || !extends(at(size), at(old), &proof));
                refused += 1;
            }
        }
        assert_eq!((held, refused), (2211, 2277));
    }

    #[test]
    fn a_tree_of_nothing_has_one_root() {
        assert!(extends((0, empty()), (0, empty()), &[]));
        assert!(!extends((0, leaf(b"a")), (1, leaf(b"a")), &[]));
    }
}

//! What was computed of documents as they were found, and cannot be again once secrets are masked.
//!
//! A chart writes the checksum of what pods are configured by into the pods; kustomize and kubectl end
//! the name of a configuration in a hash of it. Of a document that holds a secret both are made at
//! the door, from the text as found. What is kept is no more than a fact about what stands there in clear:
//! that the name ends in the hash, and which document a checksum in a kept text of the same side is of.
//! A digest that stands nowhere would let whoever has it guess the secret.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use rayon::prelude::*;

use super::Spool;
use super::spool::TEXTS_PER_TASK;
use crate::dialect::{self, Identity, Recognised};
use crate::model::{Digest, DocumentEntry, secrets_in};
use crate::syntax::{DocumentRoot, Parsed};

/// The dialect of objects whose names end in hashes.
const KUBERNETES: &str = "kubernetes";

/// The checksum of a document, by its position in its file.
pub(super) type Checksum = (u32, Digest);

/// The checksums of the documents of a text that say what they were rendered from.
pub(super) fn of_documents(text: &str, parsed: &Parsed<'_>) -> Vec<Checksum> {
    let checksum = |document: &DocumentRoot| {
        let whole = text.get(document.start as usize..document.end as usize)?;
        Some((document.ordinal, dialect::rendered(whole)?.checksum?))
    };
    parsed.documents.iter().filter_map(checksum).collect()
}

/// Takes from masked documents of a text the checksums of what is left of them.
pub(super) fn forget(documents: &mut [DocumentEntry], text: &str, parsed: &Parsed<'_>) {
    let is_masked = |ordinal: u32| {
        let place = parsed.documents.binary_search_by_key(&ordinal, |whole| whole.ordinal);
        let whole = place.ok().and_then(|place| parsed.documents.get(place));
        let whole = whole.and_then(|whole| text.get(whole.start as usize..whole.end as usize));
        whole.is_some_and(|whole| !secrets_in(whole).is_empty())
    };
    // The members of a list are many documents of one text.
    for own in documents.chunk_by_mut(|one, other| one.ordinal == other.ordinal) {
        let rendered = own.first().filter(|document| document.rendered.is_some());
        if rendered.is_some_and(|document| is_masked(document.ordinal)) {
            let rendered = own.iter_mut().filter_map(|document| document.rendered.as_mut());
            rendered.for_each(|one| (one.checksum, one.is_masked) = (None, true));
        }
    }
}

/// Those of some digests that stand as words of their own in a kept text, as a chart writes them.
pub(super) fn in_clear(
    sought: &BTreeSet<Digest>,
    kept: &[Digest],
    spool: &Spool,
) -> BTreeSet<Digest> {
    let sought: Vec<(Digest, String)> =
        sought.iter().map(|digest| (*digest, digest.short(64))).collect();
    let Ok(searcher) = AhoCorasick::new(sought.iter().map(|(_, text)| text)) else {
        return BTreeSet::new();
    };
    let standing = |texts: &[Digest]| {
        let mut standing = Vec::new();
        spool.show(texts, |_, bytes| {
            // A text that cannot be read names nothing.
            let bytes = bytes.unwrap_or_default();
            let found = searcher.find_iter(&bytes).filter(|found| is_word(&bytes, found.range()));
            standing.extend(found.map(|found| found.pattern().as_usize()));
        });
        standing
    };
    let found: BTreeSet<usize> = kept.par_chunks(TEXTS_PER_TASK).flat_map_iter(standing).collect();
    found.into_iter().filter_map(|index| sought.get(index)).map(|(digest, _)| *digest).collect()
}

fn is_word(bytes: &[u8], range: std::ops::Range<usize>) -> bool {
    let before = range.start.checked_sub(1).and_then(|at| bytes.get(at));
    [before, bytes.get(range.end)].into_iter().flatten().all(|byte| !byte.is_ascii_alphanumeric())
}

/// Which documents of a text have a name that ends in the hash of their content.
pub(super) fn hashed(parsed: &Parsed<'_>, recognised: &[Recognised]) -> Vec<u32> {
    let all = parsed.documents.iter().zip(recognised);
    let hashed = all.filter(|(_, known)| {
        let Identity { join, name, .. } = &known.identity;
        known.dialect.id() == KUBERNETES && last(join) != last(name)
    });
    hashed.map(|(document, _)| document.ordinal).collect()
}

/// Joins documents without the hash in their name, as they were before they were masked.
pub(super) fn join_hashed(documents: &mut [DocumentEntry], hashed: &[u32]) {
    for document in documents {
        let DocumentEntry { identity, ordinal, member, dialect, .. } = &*document;
        let join = document.join();
        let is_meant = *dialect == KUBERNETES && member.is_none() && last(join) == last(identity);
        if !is_meant || hashed.binary_search(ordinal).is_err() || !secrets_in(identity).is_empty() {
            continue;
        }
        let kinds = ["k8s:v1/ConfigMap/", "k8s:v1/Secret/"];
        let base =
            dialect::without_hash(join).filter(|base| base.len() > join.len() - last(join).len());
        if let (Some(base), true) = (base, kinds.iter().any(|kind| identity.starts_with(kind))) {
            document.join = Some(base.into());
            document.is_hashed = true;
        }
    }
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

/// Gives documents the checksums that they had before they were masked.
pub(super) fn prove(
    documents: &mut [DocumentEntry],
    checksums: &[Checksum],
    in_clear: &BTreeSet<Digest>,
) {
    for document in documents {
        let Some(rendered) = document.rendered.as_mut().filter(|one| one.is_masked) else {
            continue;
        };
        let own = checksums.binary_search_by_key(&document.ordinal, |(ordinal, _)| *ordinal);
        let digest = own.ok().and_then(|own| checksums.get(own)).map(|(_, digest)| *digest);
        rendered.checksum = digest.filter(|digest| in_clear.contains(digest));
    }
}

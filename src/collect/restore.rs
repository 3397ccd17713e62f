//! Both sides of an earlier run, from its evidence.
//!
//! A snapshot file read as a source is a source: its record says so, and a text in which masking
//! would find more is not kept. Read as evidence it is the side itself: its records are those of
//! the run that kept it, and its texts are masked as they were, whatever would be masked today.

use std::path::PathBuf;

use super::side::assemble;
use super::{COLLECTORS, FEATURES, Options, Spool, snapshot};
use crate::model::{CollectorRecord, GapReason, Pair, Side, Snapshot};

/// One side as it was kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its snapshot file.
    pub file: PathBuf,
    /// How it was collected.
    pub collectors: Vec<CollectorRecord>,
    /// The place that its gap named, when there was no document at all.
    pub nothing_at: Option<String>,
}

/// Reads both sides into `spool`, as they were when they were kept.
///
/// Never fails, as [`super::collect`]; ask [`Spool::trusted`] whether the files are what they claim
/// to be.
pub fn restore(kept: &Pair<Kept>, options: &Options, spool: &Spool) -> Pair<Snapshot> {
    let found = kept.as_ref().map(|side| snapshot::gather_evidence(&side.file, options));
    let mut snapshots = assemble(found, options, spool);
    for side in Side::BOTH {
        let (snapshot, kept) = (snapshots.get_mut(side), kept.get(side));
        snapshot.collectors.clone_from(&kept.collectors);
        for gap in &mut snapshot.gaps {
            if let (GapReason::NothingToEvaluate, Some(place)) = (gap.reason, &kept.nothing_at) {
                gap.place.clone_from(place);
            }
        }
        snapshot.gaps.sort_by(|a, b| {
            (&a.place, a.line, a.reason, &a.message).cmp(&(&b.place, b.line, b.reason, &b.message))
        });
    }
    snapshots
}

/// The scheme of this name, if there is a collector for it, in this build or another.
pub fn scheme(name: &str) -> Option<&'static str> {
    let built = COLLECTORS.iter().map(|collector| collector.scheme());
    built.chain(FEATURES.iter().map(|(scheme, _, _)| *scheme)).find(|scheme| *scheme == name)
}

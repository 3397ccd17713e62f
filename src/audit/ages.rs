//! Whether what was taken earlier is young enough for the policy.

use super::Inputs;
use crate::model::{CollectorRecord, Gap, GapReason, Pair};

/// What reads a side that was collected before.
const SNAPSHOT: &str = "snapshot";

/// A gap for each snapshot that is older than the policy lets it be, or that does not say its age.
/// What is not taken from a snapshot is read as it is now.
pub(super) fn stale(inputs: Inputs<'_>) -> Pair<Vec<Gap>> {
    let Some(oldest) = inputs.policy.gate.rulings().snapshot_age_seconds_max else {
        return Pair::default();
    };
    let now = inputs.now.unix_seconds();
    let oldest = i64::try_from(oldest).unwrap_or(i64::MAX);
    let why = |record: &CollectorRecord| match record.taken_at {
        None => Some(
            "does not say when it was taken: take it with `driftseal snapshot --dated`".to_owned(),
        ),
        Some(taken) if taken > inputs.now => {
            Some(format!("was taken at {taken}, later than this audit: set the clock right"))
        }
        Some(taken) if now.saturating_sub(taken.unix_seconds()) > oldest => {
            Some(format!("was taken at {taken}, and the policy takes none older than {oldest} s"))
        }
        Some(_) => None,
    };
    inputs.snapshots.as_ref().map(|side| {
        let taken = side.collectors.iter().filter(|record| record.scheme == SNAPSHOT);
        let gap = |record: &CollectorRecord| {
            Some(Gap {
                place: record.locator.clone(),
                span: None,
                line: None,
                reason: GapReason::SnapshotStale,
                message: format!("the snapshot {}", why(record)?),
            })
        };
        taken.filter_map(gap).collect()
    })
}

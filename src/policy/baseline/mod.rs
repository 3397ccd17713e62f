//! The baseline: known debt at adoption, so that a gate fails on what is new.
//!
//! It is pinned by its digest and only shrinks: `prune` drops what is fixed, nothing adds to it. It
//! holds findings by name and values: one that changes is open again. What was found by other means
//! (rule packs, program, colours) is not compared with, and that is a gap, never a pass.

mod compare;
mod make;
mod read;

pub use compare::{Compared, Standing, compare};
pub(crate) use compare::{Means, hold};
pub use make::{MakeError, create, grown, prune};

use std::collections::BTreeMap;

use crate::model::{Digest, Severity, Timestamp};
use crate::wire::baseline::{Entry, Header};

/// From which severity on nothing is ever known debt.
pub const SEVERITY_OPEN_MIN: Severity = Severity::Critical;

/// A baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// Digest of the file.
    pub digest: Digest,
    /// When its findings were judged.
    pub created_at: Timestamp,
    /// What it says of itself.
    pub header: Header,
    /// What it holds, by fingerprint.
    pub entries: BTreeMap<String, Entry>,
}

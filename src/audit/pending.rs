//! What one task cannot decide and leaves to the end.

use std::collections::BTreeSet;

use crate::facts::AccessFacts;
use crate::model::{Pair, Place, RuleId, Side};
use crate::trace::Gathered;

/// A rule that could not be decided on one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Undecided {
    pub(super) side: Side,
    pub(super) place: Option<Place>,
    pub(super) rule: RuleId,
    pub(super) reason: String,
}

/// A file that holds no document, or one document: by ordinal and, within a list of resources, by
/// member.
pub(super) type Object = (u32, Option<(u32, Option<u32>)>);

/// Facts of one task that only mean something beside those of all others. They are small, and
/// shards hand them on.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// Rules that could not be decided. What both sides leave open is one gap, not two.
    pub(super) undecided: Vec<Undecided>,
    /// Which objects were compared, in any order, so that the sums can be checked: documents, and files
    /// that hold none.
    pub(super) compared: Pair<Vec<Object>>,
    /// Roles and bindings.
    pub(super) access: Pair<AccessFacts>,
    /// Kinds of evidence about this green that is fresh.
    pub(super) evidence: BTreeSet<String>,
    /// What bears on the way of spans.
    pub(super) trace: Pair<Gathered>,
}

//! Where a fact stands, as a finding points at it.

use std::sync::Arc;

use crate::facts::Item;
use crate::model::{Path, Place, ResourceId, Shown};

/// Where a fact stands: kept from its document, which is gone when facts of a whole side meet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anchor {
    /// The resource, colours folded.
    pub resource: Arc<ResourceId>,
    /// The way to the setting, as written on its side.
    pub path: Path,
    /// The file and lines.
    pub place: Option<Place>,
    /// What is written there, if it is one value.
    pub value: Option<Shown>,
}

/// Where a fact stands, if that is known.
pub(super) type At = Option<Arc<Anchor>>;

/// Makes anchors for what an item says, and for what stands below it under a chain of keys: where
/// it stands, or would.
pub(super) type Anchors<'f> = dyn Fn(&Item<'_>, &[&str]) -> Arc<Anchor> + 'f;

/// The place of an anchor.
pub(super) fn place(at: &At) -> Option<Place> {
    at.as_ref().and_then(|anchor| anchor.place.clone())
}

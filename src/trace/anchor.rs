//! Where a fact stands, as a finding points at it.

use std::sync::Arc;

use crate::facts::Item;
use crate::model::{Path, Place, ResourceId, Shown, Step};

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

/// The whole document that something stands in.
pub(super) fn document_of(at: &At) -> At {
    let anchor = Anchor { path: Path::ROOT, value: None, ..Anchor::clone(at.as_ref()?) };
    Some(Arc::new(anchor))
}

/// What stands under a chain of keys.
pub(super) fn under(at: &At, keys: &[&str]) -> At {
    let own = at.as_ref()?;
    let path = own.path.clone().keys(keys);
    Some(Arc::new(Anchor { path, value: None, ..Anchor::clone(own) }))
}

/// What stands under a chain of keys beside something.
pub(super) fn beside_of(at: &At, keys: &[&str]) -> At {
    let own = at.as_ref()?;
    let mut path = own.path.clone();
    path.0.pop();
    Some(Arc::new(Anchor { path: path.keys(keys), value: None, ..Anchor::clone(own) }))
}

/// A text as a member of a list that something stands at.
pub(super) fn member_of(at: &At, text: &str) -> At {
    let list = at.as_ref()?;
    let mut path = list.path.clone();
    path.0.push(Step::Item(format!("={text}")));
    Some(Arc::new(Anchor { path, value: None, ..Anchor::clone(list) }))
}

/// The place of an anchor.
pub(super) fn place(at: &At) -> Option<Place> {
    at.as_ref().and_then(|anchor| anchor.place.clone())
}

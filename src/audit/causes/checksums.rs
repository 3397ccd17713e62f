//! What follows from the content of an object that pods carry a checksum of.
//!
//! Where a checksum can be made again it is explained. Elsewhere it follows from the content of what
//! its pods take their configuration from, if of all of that only one object differs.

use std::collections::{BTreeMap, BTreeSet};

use super::{Group, whole_texts};
use crate::model::{Cause, Change, Pair, Path, ResourceId, Side, Step};
use crate::trace::{SIDE_VIEWS, Sides};

/// The view of references of pods to what there is.
const REFERENCES: &str = "k8s.resolved-reference";

/// The shortest text that is taken for a checksum, in hexadecimal digits.
const DIGITS_MIN: usize = 32;

/// Which object each checksum follows from.
pub(super) struct Checksums<'c> {
    /// The object by the workload that carries checksums.
    of: BTreeMap<&'c ResourceId, ResourceId>,
    /// Objects that something follows from.
    roots: BTreeSet<ResourceId>,
}

impl<'c> Checksums<'c> {
    /// Looks up what the workloads whose checksums differ refer to.
    pub(super) fn of(changes: &'c [Change], sides: &Sides<'_>) -> Self {
        let carriers: BTreeSet<&ResourceId> =
            changes.iter().filter(|one| is_checksum(one)).map(|one| &one.at.resource).collect();
        let mut of = BTreeMap::new();
        if !carriers.is_empty() {
            let open = changes.iter().filter(|one| one.explanation.kind() == "unexplained");
            let differing: BTreeSet<&ResourceId> =
                open.filter(|one| is_content(one)).map(|one| &one.at.resource).collect();
            let needs = needs(sides);
            for carrier in carriers {
                let own = needs.get(carrier).into_iter().flatten();
                let mut own = own.filter(|object| differing.contains(object));
                if let (Some(object), None) = (own.next(), own.next()) {
                    of.insert(carrier, object.clone());
                }
            }
        }
        let roots = of.values().cloned().collect();
        Self { of, roots }
    }

    /// The group of a difference in the content of an object that a checksum follows from.
    pub(super) fn root(&self, change: &Change) -> Option<Cause> {
        let is_root = is_content(change) && self.roots.contains(&change.at.resource);
        is_root.then(|| Cause { group: content(&change.at.resource).name, follows: None })
    }

    /// From the content of what a checksum follows.
    pub(super) fn followed(&self, change: &Change) -> Option<Cause> {
        let object = self.of.get(&change.at.resource).filter(|_| is_checksum(change))?;
        let group = content(object);
        Some(Cause { group: group.name, follows: Some(group.cause) })
    }
}

fn content(object: &ResourceId) -> Group {
    let what = object.0.strip_prefix("k8s:v1/").unwrap_or(&object.0);
    Group::of("content of", what, &Pair::default())
}

/// The objects that each workload takes its configuration from, on either side.
fn needs(sides: &Sides<'_>) -> BTreeMap<ResourceId, BTreeSet<ResourceId>> {
    let mut needs: BTreeMap<ResourceId, BTreeSet<ResourceId>> = BTreeMap::new();
    let Some(view) = SIDE_VIEWS.iter().find(|view| view.id == REFERENCES) else { return needs };
    let items = sides.items(view);
    for item in Side::BOTH.iter().flat_map(|side| items.get(*side)) {
        let Some((from, to)) = item.at.split_first() else { continue };
        let objects = to.iter().map(|anchor| ResourceId::clone(&anchor.home.resource));
        let own = needs.entry(ResourceId::clone(&from.home.resource)).or_default();
        own.extend(objects.filter(|object| *object != *from.home.resource));
    }
    needs
}

/// Whether a difference is one of what an object holds.
fn is_content(change: &Change) -> bool {
    let first = change.at.path.0.first();
    matches!(first, Some(Step::Key(key)) if ["data", "binaryData", "stringData"].contains(&key.as_str()))
}

/// Whether a difference is one of an annotation that is called a checksum and looks like one.
fn is_checksum(change: &Change) -> bool {
    let Path(steps) = &change.at.path;
    let [.., Step::Key(annotations), Step::Key(name)] = steps.as_slice() else { return false };
    let is_sum =
        |text: &str| text.len() >= DIGITS_MIN && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    annotations == "annotations"
        && name.contains("checksum")
        && whole_texts(change).is_some_and(|texts| texts.map(is_sum) == Pair::new(true, true))
}

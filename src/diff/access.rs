//! Whether differences of roles and bindings change what anybody may do.
//!
//! Two sides allow a subject the same where each grant of one is covered by a grant of the other.
//! That says nothing where part of what a subject may do was not read.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{AccessFacts, Grant, Reach, Source, Subject};
use crate::model::{Edit, Pair, Path, ResourceId, Side, Step};

/// What the differences of one document come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// All who are concerned may do the same on both sides.
    Same {
        /// How many they are.
        subjects: usize,
        /// How many grants they have.
        grants: usize,
    },
    /// Somebody may do something else.
    Changed(Vec<Shift>),
    /// Part of it was not read, or not understood.
    Unknown,
}

/// Something that a subject may do on one side only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shift {
    /// Who.
    pub subject: Subject,
    /// On which side.
    pub side: Side,
    /// On what, in words.
    pub object: String,
    /// Which verbs.
    pub verbs: BTreeSet<String>,
    /// The role that says so, and which of its rules.
    pub by: (ResourceId, u32),
    /// Where that stands.
    pub place: Option<crate::model::Place>,
}

/// Whether a place of a role or binding bears on what somebody may do.
pub fn is_of_access(edit: Edit, path: &Path) -> bool {
    const FIELDS: [&str; 4] = ["rules", "subjects", "roleRef", "aggregationRule"];
    match path.0.first() {
        None => edit != Edit::Replaced,
        Some(Step::Key(key)) => FIELDS.contains(&key.as_str()),
        Some(Step::Item(_) | Step::Index(_)) => false,
    }
}

/// What the differences of these documents come to.
pub fn access(
    facts: &Pair<AccessFacts>,
    documents: &BTreeSet<ResourceId>,
) -> BTreeMap<ResourceId, Access> {
    let mut concerned = facts.blue.concerned(documents);
    for (document, subjects) in facts.green.concerned(documents) {
        concerned.entry(document).or_default().extend(subjects);
    }
    let subjects: BTreeSet<&Subject> = concerned.values().flatten().collect();
    let reach = facts.as_ref().map(|side| side.reach(&subjects));
    let compared: BTreeMap<&Subject, Compared> =
        subjects.iter().map(|subject| (*subject, Compared::of(subject, &reach))).collect();
    let outcome = |document: &ResourceId| {
        let Some(subjects) = concerned.get(document) else { return Access::Unknown };
        let compared: Vec<&Compared> =
            subjects.iter().filter_map(|subject| compared.get(subject)).collect();
        if compared.iter().any(|one| !one.is_clear) {
            return Access::Unknown;
        }
        let shifts = compared.iter().flat_map(|one| &one.shifts).cloned();
        let shifts: BTreeSet<Shift> = shifts.collect();
        if shifts.is_empty() {
            let grants = compared.iter().map(|one| one.grants).sum();
            return Access::Same { subjects: compared.len(), grants };
        }
        Access::Changed(shifts.into_iter().collect())
    };
    documents.iter().map(|document| (document.clone(), outcome(document))).collect()
}

/// What a subject may do on both sides.
struct Compared {
    is_clear: bool,
    grants: usize,
    shifts: Vec<Shift>,
}

impl Compared {
    fn of(subject: &Subject, reach: &Pair<BTreeMap<Subject, Reach>>) -> Self {
        let nothing = Reach::default();
        let own = reach.as_ref().map(|side| side.get(subject).unwrap_or(&nothing));
        let mut shifts = BTreeMap::new();
        for side in Side::BOTH {
            for (grant, source) in beyond(own.get(side), own.get(side.other())) {
                let key = (side, grant.object(), source.resource.clone(), source.index);
                let (_, verbs) =
                    shifts.entry(key).or_insert_with(|| (source.place.clone(), BTreeSet::new()));
                verbs.insert(grant.verb().to_owned());
            }
        }
        let shifts = shifts.into_iter().map(|((side, object, role, index), (place, verbs))| {
            Shift { subject: subject.clone(), side, object, verbs, by: (role, index), place }
        });
        // Of who may do nothing on either side nothing is proved: what they are bound to is empty.
        let has_some = !own.blue.grants.is_empty() || !own.green.grants.is_empty();
        Self {
            is_clear: own.blue.is_clear && own.green.is_clear && has_some,
            grants: own.green.grants.len(),
            shifts: shifts.collect(),
        }
    }
}

/// The grants of one that no grant of the other covers.
fn beyond<'r>(one: &'r Reach, other: &'r Reach) -> Vec<(&'r Grant, &'r Source)> {
    let wide: Vec<&Grant> = other.grants.keys().filter(|grant| grant.is_wide()).collect();
    let is_covered = |grant: &Grant| {
        other.grants.contains_key(grant) || wide.iter().any(|wide| wide.covers(grant))
    };
    one.grants.iter().filter(|(grant, _)| !is_covered(grant)).collect()
}

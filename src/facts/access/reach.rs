//! What every subject of a side may do, over all roles and bindings.

use std::collections::{BTreeMap, BTreeSet};

use super::{AccessFacts, BUILT_IN, Binding, Grant, Role, RoleKey, Rule, Subject};
use crate::model::{Place, ResourceId};

/// How many grants one subject is followed up to, and all of them together; who has more is not
/// understood.
const GRANTS_MAX: usize = 5_000;
const GRANTS_OF_SIDE_MAX: usize = 200_000;

/// What a subject may do, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// Each grant, with the first rule that gives it.
    pub grants: BTreeMap<Grant, Source>,
    /// Whether all that bears on it was read and understood.
    pub is_clear: bool,
}

impl Default for Reach {
    fn default() -> Self {
        Self { grants: BTreeMap::new(), is_clear: true }
    }
}

/// The rule of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The role.
    pub resource: ResourceId,
    /// The place of the rule among the rules of the role.
    pub index: u32,
    /// Where it stands.
    pub place: Option<Place>,
}

/// A role that somebody has, in a namespace or in the whole cluster.
struct Tie<'f> {
    subject: Subject,
    by: Option<&'f Binding>,
    role: &'f RoleKey,
    namespace: Option<&'f String>,
    is_clear: bool,
}

impl AccessFacts {
    /// Whom each of these documents concerns.
    pub fn concerned(
        &self,
        documents: &BTreeSet<ResourceId>,
    ) -> BTreeMap<ResourceId, BTreeSet<Subject>> {
        let roles = Roles::of(&self.roles);
        let mut concerned: BTreeMap<ResourceId, BTreeSet<Subject>> = BTreeMap::new();
        for tie in self.ties(&roles) {
            let parts = roles.parts(tie.role);
            let by = parts.iter().map(|role| &role.resource);
            let by = by.chain(tie.by.map(|binding| &binding.resource));
            for document in by.filter(|document| documents.contains(*document)) {
                concerned.entry(document.clone()).or_default().insert(tie.subject.clone());
            }
        }
        concerned
    }

    /// What these subjects may do.
    pub fn reach(&self, subjects: &BTreeSet<&Subject>) -> BTreeMap<Subject, Reach> {
        let roles = Roles::of(&self.roles);
        let mut all: BTreeMap<Subject, Reach> = BTreeMap::new();
        let mut left = GRANTS_OF_SIDE_MAX;
        for tie in self.ties(&roles).into_iter().filter(|tie| subjects.contains(&tie.subject)) {
            let reach = all.entry(tie.subject).or_default();
            reach.is_clear &= tie.is_clear;
            let before = reach.grants.len();
            roles.give(tie.role, tie.namespace, left, reach);
            left = left.saturating_sub(reach.grants.len().saturating_sub(before));
        }
        all
    }

    /// Who has which role. A role that no binding names may be named by one that was not read, so it
    /// has a holder of its own; so has one that is part of a role of every cluster.
    fn ties<'f>(&'f self, roles: &Roles<'f>) -> Vec<Tie<'f>> {
        let (mut ties, mut held) = (Vec::new(), BTreeSet::new());
        let mut names: BTreeMap<_, Vec<&Binding>> = BTreeMap::new();
        for binding in &self.bindings {
            names.entry((&binding.namespace, &binding.name)).or_default().push(binding);
        }
        for own in names.values() {
            // Of two of one name only one is in force, and nobody knows which.
            let first = own.first().map(|first| (&first.role, &first.subjects));
            let alike = own.iter().all(|one| Some((&one.role, &one.subjects)) == first);
            for binding in own {
                let is_clear = alike && binding.is_clear;
                let (role, namespace) = (&binding.role, binding.namespace.as_ref());
                ties.extend(binding.subjects.iter().map(|subject| {
                    let (subject, by) = (subject.clone(), Some(*binding));
                    Tie { subject, by, role, namespace, is_clear }
                }));
                held.extend(roles.parts(role).into_iter().map(|role| &role.key));
            }
        }
        for role in &self.roles {
            let elsewhere = role.labels.iter().any(|(key, _)| key.starts_with(BUILT_IN));
            if elsewhere || !held.contains(&role.key) {
                let subject = Subject::Holder(role.key.namespace.clone(), role.key.name.clone());
                let (role, namespace) = (&role.key, role.key.namespace.as_ref());
                ties.push(Tie { subject, by: None, role, namespace, is_clear: true });
            }
        }
        ties
    }
}

/// The roles of a side by name.
struct Roles<'r> {
    all: &'r [Role],
    named: BTreeMap<&'r RoleKey, &'r Role>,
    /// Names that several roles have.
    twice: BTreeSet<&'r RoleKey>,
}

impl<'r> Roles<'r> {
    fn of(all: &'r [Role]) -> Self {
        let (mut named, mut twice) = (BTreeMap::new(), BTreeSet::new());
        for role in all {
            if named.insert(&role.key, role).is_some() {
                twice.insert(&role.key);
            }
        }
        Self { all, named, twice }
    }

    /// The role, and those that its rules are made of.
    fn parts(&self, key: &RoleKey) -> Vec<&'r Role> {
        let Some(role) = self.named.get(key).copied() else { return Vec::new() };
        let mut parts = vec![role];
        if let Some(selectors) = &role.selectors {
            let selected = |part: &&Role| {
                let chosen = |labels: &BTreeSet<_>| labels.is_subset(&part.labels);
                part.key.namespace.is_none() && part.key != *key && selectors.iter().any(chosen)
            };
            parts.extend(self.all.iter().filter(selected));
        }
        parts
    }

    /// Adds what a role gives to who is bound to it in a namespace, or in the whole cluster.
    /// Of all there may be, so much is left.
    fn give(&self, key: &RoleKey, namespace: Option<&String>, left: usize, reach: &mut Reach) {
        let most = GRANTS_MAX.min(reach.grants.len().saturating_add(left));
        let parts = self.parts(key);
        let [role, others @ ..] = parts.as_slice() else {
            reach.is_clear = false;
            return;
        };
        let mut given = BTreeMap::new();
        for part in others.iter().copied() {
            // Parts that are made of parts are not followed.
            reach.is_clear &= self.is_plain(part) && part.selectors.is_none();
            reach.is_clear &= all_of(part, namespace, most, &mut given);
        }
        let mut own = BTreeMap::new();
        reach.is_clear &= self.is_plain(role) && all_of(role, namespace, most, &mut own);
        if let Some(selectors) = &role.selectors {
            // The controller puts the rules of its parts in the place of the role's own
            // (`pkg/controller/clusterroleaggregation`): what else stands there is of parts that
            // were not read, or will be gone.
            let is_covered = |grant: &Grant| given.keys().any(|wide: &Grant| wide.covers(grant));
            reach.is_clear &= own.keys().all(is_covered);
            let source = Source { resource: role.resource.clone(), index: 0, place: None };
            let selected = |labels: &BTreeSet<(String, String)>| {
                let labels = labels.iter().map(|(key, value)| format!("{key}={value}"));
                let labels = labels.collect::<Vec<_>>().join(",");
                (Grant::Selected { namespace: namespace.cloned(), labels }, source.clone())
            };
            own = selectors.iter().map(selected).collect();
        }
        for (grant, source) in own.into_iter().chain(given) {
            reach.grants.entry(grant).or_insert(source);
        }
        reach.is_clear &= reach.grants.len() <= most;
    }

    /// Whether a role was understood, and no other has its name.
    fn is_plain(&self, role: &Role) -> bool {
        role.is_clear && !self.twice.contains(&role.key)
    }
}

/// Adds what the rules of a role allow; false where there are more than `most` then.
fn all_of(
    role: &Role,
    namespace: Option<&String>,
    most: usize,
    grants: &mut BTreeMap<Grant, Source>,
) -> bool {
    (0_u32..).zip(&role.rules).all(|(index, rule)| {
        let place = rule.place.clone();
        let source = Source { resource: role.resource.clone(), index, place };
        add(rule, (namespace, &source), most, grants)
    })
}

/// Adds what a rule allows; false where there are more than `most` then. Paths that are no resources are only
/// asked for in the whole cluster (`plugin/pkg/auth/authorizer/rbac/rbac.go`).
fn add(
    rule: &Rule,
    (namespace, source): (Option<&String>, &Source),
    most: usize,
    grants: &mut BTreeMap<Grant, Source>,
) -> bool {
    let names: Vec<Option<&String>> =
        if rule.names.is_empty() { vec![None] } else { rule.names.iter().map(Some).collect() };
    let sizes = [rule.groups.len(), rule.resources.len(), names.len(), rule.verbs.len()];
    let count = sizes.into_iter().fold(1_usize, usize::saturating_mul);
    if grants.len().saturating_add(count) > most {
        return false;
    }
    for verb in &rule.verbs {
        for url in rule.urls.iter().filter(|_| namespace.is_none()) {
            let grant = Grant::Url { url: url.clone(), verb: verb.clone() };
            grants.entry(grant).or_insert_with(|| source.clone());
        }
        for group in &rule.groups {
            for resource in &rule.resources {
                for name in &names {
                    let grant = Grant::Resource {
                        namespace: namespace.cloned(),
                        group: group.clone(),
                        resource: resource.clone(),
                        name: name.cloned(),
                        verb: verb.clone(),
                    };
                    grants.entry(grant).or_insert_with(|| source.clone());
                }
            }
        }
    }
    true
}

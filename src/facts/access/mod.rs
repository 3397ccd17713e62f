//! Who may do what: roles and bindings of a whole side, taken from documents one by one.
//!
//! What a subject may do is the union over all bindings that name it (Kubernetes v1.34
//! `pkg/registry/rbac/validation/rule.go`), so no document says it alone: a task leaves its facts,
//! and [`AccessFacts::reach`] puts them together.

mod grant;
mod reach;

use std::collections::BTreeSet;

pub use grant::Grant;
pub use reach::{Reach, Source};

use super::{Cursor, Document};
use crate::model::{Kind, Place, ResourceId, Scalar};

/// The kinds that say who may do what.
const KINDS: [&str; 4] = ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"];

/// The label by which roles are given to those that every cluster has: `aggregate-to-view`.
const BUILT_IN: &str = "rbac.authorization.k8s.io/aggregate-to-";

/// Roles and bindings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessFacts {
    pub(super) roles: Vec<Role>,
    pub(super) bindings: Vec<Binding>,
}

/// What names a role on its side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RoleKey {
    /// Absent for a role of the cluster; empty where its document leaves it to who deploys it.
    pub(super) namespace: Option<String>,
    pub(super) name: String,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) resource: ResourceId,
    pub(super) key: RoleKey,
    pub(super) labels: BTreeSet<(String, String)>,
    /// Labels of the roles it is made of, any of these sets; absent where it has rules of its own.
    pub(super) selectors: Option<Vec<BTreeSet<(String, String)>>>,
    pub(super) rules: Vec<Rule>,
    /// Whether all of it was understood.
    pub(super) is_clear: bool,
}

/// One rule of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) groups: BTreeSet<String>,
    pub(super) resources: BTreeSet<String>,
    pub(super) names: BTreeSet<String>,
    pub(super) urls: BTreeSet<String>,
    pub(super) verbs: BTreeSet<String>,
    pub(super) place: Option<Place>,
}

/// A binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binding {
    pub(super) resource: ResourceId,
    /// Absent for a binding of the cluster.
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    pub(super) role: RoleKey,
    pub(super) subjects: BTreeSet<Subject>,
    pub(super) is_clear: bool,
}

/// Somebody who may do something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An account of a service: its namespace and name.
    Account(String, String),
    /// A user.
    User(String),
    /// A group.
    Group(String),
    /// Whoever a role is given to by a binding that was not read, or by a role that it is made
    /// part of: the role's namespace and name.
    Holder(Option<String>, String),
}

impl Subject {
    /// What kind of subject it is.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Account(..) => "ServiceAccount",
            Self::User(_) => "User",
            Self::Group(_) => "Group",
            Self::Holder(..) => "holder of a role",
        }
    }

    /// Its name, with the namespace where it has one.
    pub fn name(&self) -> String {
        match self {
            Self::Account(namespace, name) | Self::Holder(Some(namespace), name) => {
                if namespace.is_empty() { name.clone() } else { format!("{namespace}/{name}") }
            }
            Self::User(name) | Self::Group(name) | Self::Holder(None, name) => name.clone(),
        }
    }
}

impl AccessFacts {
    /// Those of one document, if it is a role or a binding. Colours are folded by `fold`; `place`
    /// tells where bytes of the document stand.
    pub fn of(
        document: &Document<'_>,
        resource: &ResourceId,
        fold: impl Fn(&str) -> String,
        place: impl Fn((u32, u32)) -> Option<Place>,
    ) -> Self {
        let mut facts = Self::default();
        let kind = document.identity.kind.as_str();
        let root = document.cursor();
        let is_ours = document.dialect.id() == "kubernetes"
            && KINDS.contains(&kind)
            && root.text(&["apiVersion"]).is_some_and(|version| version.starts_with(GROUP));
        if !is_ours {
            return facts;
        }
        let of_cluster = kind.starts_with("Cluster");
        let mut reader = Reader { fold: &fold, is_clear: true };
        let namespace = root.at(&["metadata"]).and_then(|metadata| {
            let text = reader.text(&metadata, "namespace").unwrap_or_default();
            (!of_cluster).then_some(text)
        });
        let name = root.at(&["metadata"]).and_then(|metadata| reader.text(&metadata, "name"));
        reader.is_clear &= name.is_some() && (of_cluster || namespace.is_some());
        let name = name.unwrap_or_default();
        if kind.ends_with("Binding") {
            facts.bindings.push(reader.binding(&root, resource, namespace, name));
        } else {
            facts.roles.push(reader.role(&root, resource, RoleKey { namespace, name }, place));
        }
        facts
    }

    /// The documents they were taken from.
    pub fn documents(&self) -> BTreeSet<&ResourceId> {
        let roles = self.roles.iter().map(|role| &role.resource);
        roles.chain(self.bindings.iter().map(|binding| &binding.resource)).collect()
    }

    /// Adds those of another part of the side.
    pub fn merge(&mut self, other: Self) {
        self.roles.extend(other.roles);
        self.bindings.extend(other.bindings);
    }
}

/// The API group of roles, and what a version of it begins with.
const ROLES: &str = "rbac.authorization.k8s.io";
const GROUP: &str = "rbac.authorization.k8s.io/";

/// Reads fields; what it does not understand makes the whole document unclear.
struct Reader<'f> {
    fold: &'f dyn Fn(&str) -> String,
    is_clear: bool,
}

impl Reader<'_> {
    fn role(
        &mut self,
        root: &Cursor<'_>,
        resource: &ResourceId,
        key: RoleKey,
        place: impl Fn((u32, u32)) -> Option<Place>,
    ) -> Role {
        let list = self.list(root, "rules");
        let rules: Vec<Rule> = list.iter().map(|rule| self.rule(rule, &place)).collect();
        // The API server refuses paths in a role of a namespace.
        self.is_clear &= key.namespace.is_none() || rules.iter().all(|rule| rule.urls.is_empty());
        let labels = root.at(&["metadata", "labels"]);
        let labels = labels.map(|labels| self.pairs(&labels)).unwrap_or_default();
        let selectors = root.get("aggregationRule").filter(|rule| rule.node.kind() != Kind::Null);
        let selectors = selectors.map(|rule| {
            let list = self.list(&rule, "clusterRoleSelectors");
            list.iter().map(|selector| self.selector(selector)).collect()
        });
        let is_clear = self.is_clear;
        Role { resource: resource.clone(), key, labels, selectors, rules, is_clear }
    }

    fn rule(&mut self, rule: &Cursor<'_>, place: impl Fn((u32, u32)) -> Option<Place>) -> Rule {
        const FIELDS: [&str; 5] =
            ["apiGroups", "resources", "resourceNames", "nonResourceURLs", "verbs"];
        let known = |(key, _): &(&str, Cursor<'_>)| FIELDS.contains(key);
        self.is_clear &= rule.node.kind() == Kind::Map && rule.entries().iter().all(known);
        let [groups, resources, names, urls, verbs] = FIELDS.map(|key| self.words(rule, key));
        // The API server refuses a rule of both kinds, and one of neither.
        let of_resources = !resources.is_empty() && !groups.is_empty() && urls.is_empty();
        let of_urls = !urls.is_empty() && resources.is_empty() && groups.is_empty();
        self.is_clear &= (of_resources || of_urls && names.is_empty()) && !verbs.is_empty();
        let span = rule.node.span();
        Rule { groups, resources, names, urls, verbs, place: place((span.start, span.end)) }
    }

    fn selector(&mut self, selector: &Cursor<'_>) -> BTreeSet<(String, String)> {
        let known = selector.entries().iter().all(|(key, _)| *key == "matchLabels");
        let labels = selector.get("matchLabels").map(|labels| self.pairs(&labels));
        // One that says nothing selects every role.
        let labels = labels.unwrap_or_default();
        self.is_clear &= known && !labels.is_empty();
        labels
    }

    fn binding(
        &mut self,
        root: &Cursor<'_>,
        resource: &ResourceId,
        namespace: Option<String>,
        name: String,
    ) -> Binding {
        let reference = root.get("roleRef");
        if let Some(reference) = &reference {
            self.of_group(reference, &["apiGroup", "kind", "name"], ROLES);
        }
        let kind = reference.as_ref().and_then(|role| self.text(role, "kind"));
        let role = reference.as_ref().and_then(|role| self.text(role, "name"));
        let of_role = match kind.as_deref() {
            Some("ClusterRole") => None,
            Some("Role") if namespace.is_some() => namespace.clone(),
            Some(_) | None => {
                self.is_clear = false;
                None
            }
        };
        self.is_clear &= role.is_some();
        let role = RoleKey { namespace: of_role, name: role.unwrap_or_default() };
        let list = self.list(root, "subjects");
        let subjects = list.iter().filter_map(|one| {
            let subject = self.subject(one, namespace.as_deref());
            self.is_clear &= subject.is_some();
            subject
        });
        let subjects = subjects.collect();
        let is_clear = self.is_clear;
        Binding { resource: resource.clone(), namespace, name, role, subjects, is_clear }
    }

    /// Whether what names something has fields of these names alone, and its group, where it says one,
    /// is this one: the API server fills in what is left out and refuses any other (Kubernetes v1.34
    /// `pkg/apis/rbac/v1/defaults.go`, `pkg/apis/rbac/validation/validation.go`).
    fn of_group(&mut self, naming: &Cursor<'_>, fields: &[&str], group: &str) {
        let known = naming.entries().iter().all(|(key, _)| fields.contains(key));
        let said = self.text(naming, "apiGroup").unwrap_or_default();
        self.is_clear &= known && (said.is_empty() || said == group);
    }

    /// An account without a namespace is one of the binding's (`appliesToUser` there).
    fn subject(&mut self, subject: &Cursor<'_>, around: Option<&str>) -> Option<Subject> {
        let name = self.text(subject, "name")?;
        let kind = self.text(subject, "kind")?;
        if kind == "ServiceAccount" {
            self.of_group(subject, &["apiGroup", "kind", "name", "namespace"], "");
        } else {
            self.of_group(subject, &["apiGroup", "kind", "name"], ROLES);
        }
        match kind.as_str() {
            "User" => Some(Subject::User(name)),
            "Group" => Some(Subject::Group(name)),
            "ServiceAccount" => {
                let own = self.text(subject, "namespace").filter(|own| !own.is_empty());
                Some(Subject::Account(own.or_else(|| around.map(str::to_owned))?, name))
            }
            _ => None,
        }
    }

    /// The text of a field, if it has one.
    fn text(&mut self, map: &Cursor<'_>, key: &str) -> Option<String> {
        let field = map.get(key)?;
        if field.scalar(&[]) == Some(Scalar::Null) { None } else { self.said(&field) }
    }

    /// A text; unclear where it is something else, or is yet to be filled in.
    fn said(&mut self, place: &Cursor<'_>) -> Option<String> {
        let text = match place.scalar(&[]) {
            Some(Scalar::Text(text)) => (!text.contains(['{', '$'])).then(|| (self.fold)(text)),
            Some(Scalar::Null | Scalar::Bool(_) | Scalar::Number(_) | Scalar::Secret(_)) | None => {
                None
            }
        };
        self.is_clear &= text.is_some();
        text
    }

    /// The members of a list; none of a field that is absent or null.
    fn list<'t>(&mut self, map: &Cursor<'t>, key: &str) -> Vec<Cursor<'t>> {
        let Some(field) = map.get(key) else { return Vec::new() };
        let is_list = field.node.kind() == Kind::List;
        self.is_clear &= is_list || matches!(field.scalar(&[]), Some(Scalar::Null));
        if is_list { field.items() } else { Vec::new() }
    }

    fn words(&mut self, map: &Cursor<'_>, key: &str) -> BTreeSet<String> {
        self.list(map, key).iter().filter_map(|member| self.said(member)).collect()
    }

    fn pairs(&mut self, map: &Cursor<'_>) -> BTreeSet<(String, String)> {
        self.is_clear &= map.node.kind() == Kind::Map;
        let entries = map.entries();
        let pair = |(key, value): &(&str, Cursor<'_>)| Some(((self.fold)(key), self.said(value)?));
        entries.iter().filter_map(pair).collect()
    }
}

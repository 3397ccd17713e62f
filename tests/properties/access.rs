//! Roles and bindings made up, changed, and asked one request after another: what is explained by
//! effective permissions must answer every request alike. Shares nothing with what explained.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use driftseal::model::{Change, Edit, Report, Step};
use driftseal::policy::{Ledger, Policy};

use crate::memory::audit_texts;

/// How many pairs of sides are tried.
const SIDES: u64 = 400;

#[derive(Clone, PartialEq, Eq)]
struct Rule {
    groups: Vec<&'static str>,
    resources: Vec<&'static str>,
    names: Vec<&'static str>,
    urls: Vec<&'static str>,
    verbs: Vec<&'static str>,
}

/// A role: its namespace, of the cluster where it is empty, its name and its rules.
#[derive(Clone)]
struct Role(&'static str, String, Vec<Rule>);

/// A binding: its namespace, its name, the namespace and name of its role, and whom it binds.
#[derive(Clone)]
struct Binding(&'static str, String, (&'static str, String), Vec<(&'static str, &'static str)>);

#[derive(Clone, Default)]
struct Side {
    roles: Vec<Role>,
    bindings: Vec<Binding>,
}

/// Numbers that look random (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % count
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn some(&mut self, from: &[&'static str]) -> Vec<&'static str> {
        let mut chosen: Vec<&'static str> = (0..=self.below(2)).map(|_| self.pick(from)).collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }

    fn rule(&mut self, of_cluster: bool) -> Rule {
        let verbs = self.some(&["get", "list", "delete", "get", "list", "*"]);
        if of_cluster && self.below(5) == 0 {
            let urls = self.some(&["/healthz", "/healthz/*", "/healthz*", "/metrics", "*"]);
            return Rule { groups: vec![], resources: vec![], names: vec![], urls, verbs };
        }
        let names = if self.below(4) == 0 { self.some(&["a", "b"]) } else { vec![] };
        let resources = self.some(&["pods", "secrets", "pods/log", "pods", "*/log", "*"]);
        Rule { groups: self.some(&["", "", "apps", "*"]), resources, names, urls: vec![], verbs }
    }

    fn subject(&mut self) -> (&'static str, &'static str) {
        self.pick(&[("User", "x"), ("Group", "x"), ("ServiceAccount", "x"), ("User", "z")])
    }

    fn side(&mut self) -> Side {
        let mut side = Side::default();
        for number in 0..=1 + self.below(2) {
            let namespace = self.pick(&["", "pay", "pay"]);
            let rules = (0..=self.below(2)).map(|_| self.rule(namespace.is_empty())).collect();
            side.roles.push(Role(namespace, format!("role-{number}"), rules));
            let bound = side.roles[number].clone();
            for again in 0..=self.below(2) {
                let within =
                    if bound.0.is_empty() { self.pick(&["", "pay", "shop"]) } else { "pay" };
                let subjects: BTreeSet<_> = (0..=self.below(2)).map(|_| self.subject()).collect();
                let name = format!("to-{number}-{again}");
                let role = (bound.0, bound.1.clone());
                side.bindings.push(Binding(within, name, role, subjects.into_iter().collect()));
            }
        }
        side
    }

    /// One edit: the first four of them leave everybody with what they had.
    fn edit(&mut self, side: &mut Side) {
        let role = self.below(side.roles.len());
        let of_cluster = side.roles[role].0.is_empty();
        let place = self.below(side.roles[role].2.len());
        let rules = &mut side.roles[role].2;
        match self.below(9) {
            0 if rules[place].verbs.len() > 1 => {
                let (mut one, mut other) = (rules[place].clone(), rules[place].clone());
                one.verbs.truncate(1);
                other.verbs.remove(0);
                rules.splice(place..=place, [one, other]);
            }
            1 => {
                let mut covered = rules[place].clone();
                covered.verbs =
                    vec![if covered.verbs.contains(&"*") { "list" } else { covered.verbs[0] }];
                rules.push(covered);
            }
            2 => {
                let mut again = side.bindings[self.below(side.bindings.len())].clone();
                again.1.push_str("-again");
                side.bindings.push(again);
            }
            3 => {
                let name = format!("role-of-{}", side.roles[role].1);
                let Role(namespace, old, rules) = side.roles[role].clone();
                side.roles.push(Role(namespace, name.clone(), rules));
                for binding in &mut side.bindings {
                    if binding.2 == (namespace, old.clone()) {
                        binding.2.1.clone_from(&name);
                    }
                }
                side.roles.remove(role);
            }
            4 => rules[place] = self.rule(of_cluster),
            5 => rules.push(self.rule(of_cluster)),
            6 => {
                let binding = self.below(side.bindings.len());
                side.bindings[binding].3 = vec![self.subject()];
            }
            7 if side.bindings.len() > 1 => {
                side.bindings.remove(self.below(side.bindings.len()));
            }
            _ => {
                if let Some(first) = rules[place].names.first().copied() {
                    rules[place].names = if first == "a" { vec![] } else { vec!["a"] };
                }
            }
        }
    }
}

impl Side {
    fn text(&self) -> String {
        let quoted = |words: &[&str]| format!("{words:?}");
        let mut text = String::new();
        let mut object = |kind: &str, namespace: &str, name: &str, rest: &str| {
            let (prefix, within) = match namespace {
                "" => ("Cluster", String::new()),
                _ => ("", format!(", namespace: {namespace}")),
            };
            let _ = write!(
                text,
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: {prefix}{kind}\nmetadata: {{name: \
                 {name}{within}}}\n{rest}\n---\n"
            );
        };
        for Role(namespace, name, rules) in &self.roles {
            let rules = rules.iter().map(|rule| {
                let parts = [
                    ("apiGroups", &rule.groups),
                    ("resources", &rule.resources),
                    ("resourceNames", &rule.names),
                    ("nonResourceURLs", &rule.urls),
                    ("verbs", &rule.verbs),
                ];
                let said = parts.iter().filter(|(_, words)| !words.is_empty());
                let said = said.map(|(key, words)| format!("{key}: {}", quoted(words)));
                format!("{{{}}}", said.collect::<Vec<_>>().join(", "))
            });
            let rules = rules.collect::<Vec<_>>().join(", ");
            object("Role", namespace, name, &format!("rules: [{rules}]"));
        }
        for Binding(namespace, name, (of, role), subjects) in &self.bindings {
            let subjects = subjects.iter().map(|(kind, name)| match *kind {
                "ServiceAccount" => format!("{{kind: {kind}, name: {name}, namespace: pay}}"),
                _ => format!("{{kind: {kind}, name: {name}}}"),
            });
            let subjects = subjects.collect::<Vec<_>>().join(", ");
            let kind = if of.is_empty() { "ClusterRole" } else { "Role" };
            let rest = format!("roleRef: {{kind: {kind}, name: {role}}}\nsubjects: [{subjects}]");
            object("RoleBinding", namespace, name, &rest);
        }
        text
    }

    /// Which of all requests there are rules allow, asked in a namespace or in the whole cluster.
    fn answers(rules: &[Rule], within: &str, out: &mut BTreeSet<String>) {
        for rule in rules {
            let may = |verb: &str| rule.verbs.iter().any(|own| *own == "*" || *own == verb);
            for verb in ["get", "list", "delete", "fresh"].into_iter().filter(|verb| may(verb)) {
                for url in ["/healthz", "/healthz/etcd", "/healthz2", "/metrics", "/fresh"] {
                    let asked = rule.urls.iter().any(|own| match own.strip_suffix('*') {
                        Some(start) => url.starts_with(start),
                        None => *own == url,
                    });
                    if asked && within.is_empty() {
                        out.insert(format!("{verb} {url}"));
                    }
                }
                for group in ["", "apps", "fresh"] {
                    let in_group = rule.groups.iter().any(|own| *own == "*" || *own == group);
                    for resource in
                        ["pods", "secrets", "pods/log", "fresh", "fresh/log", "pods/fresh"]
                    {
                        let is_of = rule.resources.iter().any(|own| {
                            *own == "*"
                                || *own == resource
                                || *own == "*/log" && resource.ends_with("/log")
                        });
                        for name in ["a", "b", "fresh", ""] {
                            let named = rule.names.is_empty() || rule.names.contains(&name);
                            for namespace in ["pay", "shop", "fresh", ""] {
                                let here = within.is_empty() || within == namespace;
                                if in_group && is_of && named && here {
                                    out.insert(format!(
                                        "{verb} {group} {resource} {name} {namespace}"
                                    ));
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// What everybody may do; and, of a role that nobody is bound to, who may be.
    fn allowed(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for Binding(namespace, _, role, subjects) in &self.bindings {
            let rules = self.roles.iter().find(|own| (own.0, &own.1) == (role.0, &role.1)).unwrap();
            for (kind, name) in subjects {
                Self::answers(
                    &rules.2,
                    namespace,
                    all.entry(format!("{kind} {name}")).or_default(),
                );
            }
        }
        for role in self.roles.iter().filter(|role| !self.is_bound(role)) {
            Self::answers(&role.2, role.0, all.entry(format!("holder of {}", role.1)).or_default());
        }
        all.retain(|_, requests| !requests.is_empty());
        all
    }

    fn is_bound(&self, role: &Role) -> bool {
        self.bindings.iter().any(|binding| (binding.2.0, &binding.2.1) == (role.0, &role.1))
    }

    /// Whom a document concerns.
    fn concerned(&self, resource: &str) -> BTreeSet<String> {
        let last = |name: &str| resource.rsplit('/').next() == Some(name);
        let mut found = BTreeSet::new();
        for binding in &self.bindings {
            let is_binding = resource.contains("Binding/");
            let name = if is_binding { &binding.1 } else { &binding.2.1 };
            if last(name) {
                found.extend(binding.3.iter().map(|(kind, name)| format!("{kind} {name}")));
            }
        }
        let unbound = self.roles.iter().filter(|role| !self.is_bound(role) && last(&role.1));
        found.extend(unbound.map(|role| format!("holder of {}", role.1)));
        found
    }
}

fn is_by_access(change: &Change) -> bool {
    change.explanation.detail() == "effective permissions"
}

/// Whether a difference is unexplained; that a role goes by another name is one of its own.
fn is_drift_of_access(change: &Change) -> bool {
    let renamed = match change.at.path.0.first() {
        None => change.edit == Edit::Replaced,
        Some(step) => *step == Step::Key("metadata".to_owned()),
    };
    change.explanation.kind() == "unexplained" && !renamed
}

fn audited(blue: &Side, green: &Side) -> Report {
    let policy = Policy { ledger: Ledger::Full, ..Policy::default() };
    audit_texts(&[("rbac.yaml", &blue.text())], &[("rbac.yaml", &green.text())], &policy)
}

#[test]
fn roles_and_bindings_are_explained_where_every_request_is_answered_alike() {
    let (mut explained, mut told) = (0, 0);
    for seed in 1..=SIDES {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let blue = random.side();
        let mut green = blue.clone();
        for _ in 0..=random.below(3) {
            random.edit(&mut green);
        }
        let report = audited(&blue, &green);
        let context = || format!("{seed}\n{}=====\n{}", blue.text(), green.text());
        let allowed = [blue.allowed(), green.allowed()];
        let nothing = BTreeSet::new();
        for change in report.changes.iter().filter(|change| is_by_access(change)) {
            let resource = change.at.resource.0.as_str();
            let subjects = &blue.concerned(resource) | &green.concerned(resource);
            assert!(!subjects.is_empty(), "{resource}\n{}", context());
            for subject in subjects {
                let [was, is] = [0, 1].map(|side| allowed[side].get(&subject).unwrap_or(&nothing));
                assert_eq!(was, is, "{subject} by {resource}\n{}", context());
            }
            explained += 1;
        }
        let drift: Vec<&Change> =
            report.changes.iter().filter(|one| is_drift_of_access(one)).collect();
        told += drift.len();
        // Where nobody may do anything else, no role is left to whoever may hold it, and nobody is
        // bound to nothing, all of it is explained.
        let is_whole = |side: &Side| {
            let mut subjects = side.bindings.iter().flat_map(|binding| &binding.3);
            side.roles.iter().all(|role| side.is_bound(role))
                && subjects.all(|(kind, name)| allowed[0].contains_key(&format!("{kind} {name}")))
        };
        if allowed[0] == allowed[1] && is_whole(&blue) && is_whole(&green) {
            assert!(
                drift.is_empty(),
                "{:?} {:?}\n{drift:#?}\n{}",
                report.gaps,
                report.findings.iter().map(|one| &one.message).collect::<Vec<_>>(),
                context()
            );
        }
    }
    assert!(explained > 200 && told > 200, "{explained} {told}");
}

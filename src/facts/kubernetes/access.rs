//! What roles allow, and to whom they are bound.

use super::{DIALECT, of_kinds};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};
use crate::model::Node;

/// See its `about`.
pub(in crate::facts) static RULE: View = View {
    id: "rbac.rule",
    about: "One rule of a Role or ClusterRole",
    fields: &[
        ("owner", "the object: role/pay"),
        ("cluster", "whether it is a ClusterRole"),
        ("groups", "apiGroups, sorted"),
        ("resources", "resources, sorted"),
        ("names", "resourceNames, sorted; absent when every name is meant"),
        ("urls", "nonResourceURLs, sorted"),
        ("verbs", "verbs, sorted"),
        ("all_verbs", "whether the verbs hold *"),
        ("all_resources", "whether the resources hold *"),
    ],
    dialects: DIALECT,
    extract: rules,
};

/// See its `about`.
pub(in crate::facts) static BINDING: View = View {
    id: "rbac.binding",
    about: "One subject of a RoleBinding or ClusterRoleBinding",
    fields: &[
        ("owner", "the object: rolebinding/pay"),
        ("cluster", "whether it is a ClusterRoleBinding"),
        ("role", "name of the role it grants"),
        ("role_kind", "Role or ClusterRole"),
        ("subject_kind", "ServiceAccount, User or Group"),
        ("subject", "name of the subject"),
        ("subject_namespace", "its namespace; absent when it has none"),
    ],
    dialects: DIALECT,
    extract: bindings,
};

fn rules<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["Role", "ClusterRole"]) {
        let owner = object.owner();
        let rules = object.cursor.get("rules").map(|list| list.items()).unwrap_or_default();
        for (index, rule) in rules.iter().enumerate() {
            let verbs = sorted(rule, "verbs");
            let resources = sorted(rule, "resources");
            let names = sorted(rule, "resourceNames");
            let all = |words: &[&str]| Some(Fact::Bool(words.contains(&"*")));
            let fact = Fact::map([
                ("owner", Some(Fact::text(owner.clone()))),
                ("cluster", Some(Fact::Bool(object.kind == "ClusterRole"))),
                ("groups", Some(list(&sorted(rule, "apiGroups")))),
                ("resources", Some(list(&resources))),
                ("names", (!names.is_empty()).then(|| list(&names))),
                ("urls", Some(list(&sorted(rule, "nonResourceURLs")))),
                ("verbs", Some(list(&verbs))),
                ("all_verbs", all(&verbs)),
                ("all_resources", all(&resources)),
            ]);
            items.push(rule.item(format!("{owner}/{index}"), fact));
        }
    }
    items
}

fn bindings<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["RoleBinding", "ClusterRoleBinding"]) {
        let owner = object.owner();
        let subjects = object.cursor.get("subjects").map(|list| list.items()).unwrap_or_default();
        for subject in subjects {
            let text = |key| subject.text(&[key]).unwrap_or_default();
            let key = format!("{owner}/{}/{}/{}", text("kind"), text("namespace"), text("name"));
            let fact = Fact::map([
                ("owner", Some(Fact::text(owner.clone()))),
                ("cluster", Some(Fact::Bool(object.kind == "ClusterRoleBinding"))),
                ("role", object.cursor.fact_at(&["roleRef", "name"])),
                ("role_kind", object.cursor.fact_at(&["roleRef", "kind"])),
                ("subject_kind", subject.fact_at(&["kind"])),
                ("subject", subject.fact_at(&["name"])),
                ("subject_namespace", subject.fact_at(&["namespace"])),
            ]);
            items.push(subject.item(key, fact));
        }
    }
    items
}

fn sorted<'t>(rule: &Cursor<'t>, key: &str) -> Vec<&'t str> {
    let list = rule.node.get(key);
    let mut words: Vec<&str> = list.into_iter().flat_map(Node::items).map(Node::text).collect();
    words.sort_unstable();
    words.dedup();
    words
}

fn list<'t>(words: &[&'t str]) -> Fact<'t> {
    Fact::List(words.iter().map(|word| Fact::text(*word)).collect())
}

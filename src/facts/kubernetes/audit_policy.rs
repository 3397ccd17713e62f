//! What an audit policy of the API server records, request by request: the first rule that matches
//! decides, and where none does nothing is recorded (kubernetes v1.35,
//! `staging/src/k8s.io/apiserver/pkg/audit/policy/checker.go`).

use super::{DIALECT, Object, of_kinds};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};
use crate::model::Node;

/// See its `about`.
pub(in crate::facts) static LEVEL: View = View {
    id: "audit.level",
    about: "How much an audit policy of the API server records of one kind of request by a user whom no rule \
            names, at the rule that decides",
    fields: &[
        ("owner", "the object: policy/audit; empty of name as such policies are"),
        ("verb", "get, create, update, patch or delete"),
        (
            "resource",
            "the resource with its group: secrets, rolebindings.rbac.authorization.k8s.io",
        ),
        ("level", "None, Metadata, Request or RequestResponse"),
        ("rank", "0 to 3, in that order"),
    ],
    dialects: DIALECT,
    extract,
};

const VERBS: [&str; 5] = ["get", "create", "update", "patch", "delete"];

/// Requests that stand for all others: what an investigation asks for first. Group, resource.
const RESOURCES: [(&str, &str); 8] = [
    ("", "secrets"),
    ("", "configmaps"),
    ("", "pods"),
    ("", "pods/exec"),
    ("", "serviceaccounts/token"),
    ("apps", "deployments"),
    ("rbac.authorization.k8s.io", "rolebindings"),
    ("rbac.authorization.k8s.io", "clusterrolebindings"),
];

const LEVELS: [&str; 4] = ["None", "Metadata", "Request", "RequestResponse"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let is_audit = |object: &Object<'t>| {
        object.cursor.text(&["apiVersion"]).is_some_and(|api| api.starts_with("audit.k8s.io/"))
    };
    of_kinds(document, &["Policy"]).iter().filter(|o| is_audit(o)).flat_map(levels).collect()
}

fn levels<'t>(object: &Object<'t>) -> Vec<Item<'t>> {
    let rules = object.cursor.get("rules").map(|list| list.items()).unwrap_or_default();
    let mut items = Vec::new();
    for (group, resource) in RESOURCES {
        for verb in VERBS {
            let rule = rules.iter().find(|rule| matches(rule, verb, group, resource));
            let level = rule.and_then(|rule| rule.text(&["level"])).unwrap_or("None");
            let rank = LEVELS.iter().position(|known| *known == level).unwrap_or_default();
            let dot = if group.is_empty() { "" } else { "." };
            let name = format!("{resource}{dot}{group}");
            let fact = Fact::map([
                ("owner", Some(Fact::text(object.owner()))),
                ("verb", Some(Fact::text(verb))),
                ("resource", Some(Fact::text(name.clone()))),
                ("level", Some(Fact::text(level))),
                ("rank", Fact::number(&rank.to_string())),
            ]);
            let place = rule.map(|rule| rule.place(&["level"]));
            let place = place.unwrap_or_else(|| object.cursor.place(&["rules"]));
            items.push(place.item(format!("{verb} {name}"), fact));
        }
    }
    items
}

/// Whether a rule is about such a request of anybody, in any namespace.
fn matches(rule: &Cursor<'_>, verb: &str, group: &str, resource: &str) -> bool {
    let said = |key: &str| rule.node.get(key).filter(|list| !list.is_empty());
    if ["users", "namespaces", "nonResourceURLs"].iter().any(|key| said(key).is_some()) {
        return false;
    }
    let everybody = |list: Node<'_>| list.items().any(|one| one.text() == "system:authenticated");
    if said("userGroups").is_some_and(|list| !everybody(list)) {
        return false;
    }
    let verbs = said("verbs");
    if verbs.is_some_and(|list| !list.items().any(|one| one.text() == verb || one.text() == "*")) {
        return false;
    }
    let Some(groups) = said("resources") else { return true };
    groups.items().any(|one| is_of(one, group, resource))
}

fn is_of(one: Node<'_>, group: &str, resource: &str) -> bool {
    if one.text_at(&["group"]).unwrap_or_default() != group {
        return false;
    }
    let names = |key: &str| one.get(key).filter(|list| !list.is_empty());
    if names("resourceNames").is_some() {
        return false;
    }
    let Some(resources) = names("resources") else { return true };
    let (main, sub) = resource.split_once('/').unwrap_or((resource, ""));
    resources.items().map(Node::text).any(|known| {
        known == resource
            || known == "*"
            || known.strip_suffix("/*") == Some(main)
            || !sub.is_empty() && known.strip_prefix("*/") == Some(sub)
    })
}

//! What only means something beside other objects of its side: disruption budgets, Ingresses that
//! share their hosts, Services that a rollout names.

use super::{DIALECT, Object, of_kinds};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static ENTRY: View = View {
    id: "k8s.ingress-entry",
    about: "An Ingress with the hosts and paths that it takes, and whether ingress-nginx takes it for a canary",
    fields: &[
        ("owner", "the object: ingress/pay"),
        ("namespace", "its namespace; absent when it names none"),
        ("class", "ingressClassName, else the annotation; absent when not said"),
        ("canary", "whether the annotation canary is true"),
        ("weight", "canary-weight; 0 when not said"),
        ("total", "canary-weight-total; 100 when not said"),
        ("entries", "its hosts with their paths, sorted: pay.example/api"),
    ],
    dialects: DIALECT,
    extract: entries,
};

/// See its `about`.
pub(in crate::facts) static NAMED: View = View {
    id: "rollout.named-service",
    about: "A Service that a Rollout names for one of its versions",
    fields: &[
        ("owner", "the object: rollout/pay"),
        ("namespace", "its namespace; absent when it names none"),
        ("role", "activeService, previewService, stableService or canaryService"),
        ("service", "the name"),
        ("shared", "whether the Rollout names it for its other version, too"),
    ],
    dialects: DIALECT,
    extract: named,
};

const CANARY: &str = "nginx.ingress.kubernetes.io/canary";
const CLASS: &str = "kubernetes.io/ingress.class";

fn namespace<'t>(object: &Object<'t>) -> Option<Fact<'t>> {
    Some(object.namespace).filter(|namespace| !namespace.is_empty()).map(Fact::text)
}

fn entries<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let one = |object: Object<'t>| {
        let notes = object.cursor.at(&["metadata", "annotations"]);
        let note = |name: &str| notes.as_ref()?.text(&[name]);
        let spec = object.cursor.get("spec")?;
        let class = spec.text(&["ingressClassName"]).or_else(|| note(CLASS));
        let number = |end: &str, default| {
            note(&format!("{CANARY}-{end}"))
                .and_then(Fact::number)
                .or_else(|| Fact::number(default))
        };
        let fact = Fact::map([
            ("owner", Some(Fact::text(object.owner()))),
            ("namespace", namespace(&object)),
            ("class", class.map(Fact::text)),
            ("canary", Some(Fact::Bool(note(CANARY) == Some("true")))),
            ("weight", number("weight", "0")),
            ("total", number("weight-total", "100")),
            ("entries", Some(Fact::List(ways(&spec).into_iter().map(Fact::text).collect()))),
        ]);
        Some(spec.item(object.owner(), fact))
    };
    of_kinds(document, &["Ingress"]).into_iter().filter_map(one).collect()
}

/// Hosts with their paths; one without a path takes all of its host.
fn ways(spec: &Cursor<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for rule in spec.get("rules").map(|list| list.items()).unwrap_or_default() {
        let host = rule.text(&["host"]).unwrap_or("*");
        let paths = rule.at(&["http", "paths"]).map(|list| list.items()).unwrap_or_default();
        for path in paths {
            all.push(format!("{host}{}", path.text(&["path"]).unwrap_or("/")));
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

fn named<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let ways = [
        ("blueGreen", ["activeService", "previewService"]),
        ("canary", ["stableService", "canaryService"]),
    ];
    let mut items = Vec::new();
    for object in of_kinds(document, &["Rollout"]) {
        for (strategy, roles) in ways {
            let Some(way) = object.cursor.at(&["spec", "strategy", strategy]) else { continue };
            let [first, second] = roles.map(|role| way.text(&[role]));
            for role in roles {
                let Some(place) = way.get(role).filter(|place| place.node.is_scalar()) else {
                    continue;
                };
                let fact = Fact::map([
                    ("owner", Some(Fact::text(object.owner()))),
                    ("namespace", namespace(&object)),
                    ("role", Some(Fact::text(role))),
                    ("service", Some(Fact::text(place.node.text()))),
                    ("shared", Some(Fact::Bool(first.is_some() && first == second))),
                ]);
                items.push(place.item(format!("{}/{role}", object.owner()), fact));
            }
        }
    }
    items
}

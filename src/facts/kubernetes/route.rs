//! Ways into a cluster over HTTP: from a host and path to a Service.

use super::{DIALECT, Object, of_kinds};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static ROUTE: View = View {
    id: "k8s.route",
    about: "One way of an Ingress or HTTPRoute from host and path to a Service",
    fields: &[
        ("owner", "the object: ingress/pay"),
        ("namespace", "its namespace; absent when it names none"),
        ("host", "the host; * when not said"),
        ("path", "the path; / when not said"),
        ("service", "name of the Service"),
        ("service_namespace", "its namespace"),
        ("port", "its port as written; absent when not said"),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["Ingress", "HTTPRoute"]) {
        items.extend(if object.kind == "Ingress" { ingress(&object) } else { http(&object) });
    }
    items
}

fn ingress<'t>(object: &Object<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    let rules = object.cursor.at(&["spec", "rules"]).map(|list| list.items()).unwrap_or_default();
    for rule in rules {
        let paths = rule.at(&["http", "paths"]).map(|list| list.items()).unwrap_or_default();
        for path in paths {
            let Some(service) = path.text(&["backend", "service", "name"]) else { continue };
            let port = path
                .fact_at(&["backend", "service", "port", "number"])
                .or_else(|| path.fact_at(&["backend", "service", "port", "name"]));
            let host = rule.text(&["host"]).unwrap_or("*");
            let shown = path.text(&["path"]).unwrap_or("/");
            let fact = fact(object, (host, shown), (service, object.namespace), port);
            items.push(path.item_here(fact));
        }
    }
    items
}

fn http<'t>(object: &Object<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    let spec = object.cursor.place(&["spec"]);
    let list = |key: &str| spec.get(key).map(|list| list.items()).unwrap_or_default();
    let hosts = list("hostnames");
    let host = hosts.first().map_or("*", |host| host.node.text());
    for rule in list("rules") {
        let matches = rule.get("matches").map(|list| list.items()).unwrap_or_default();
        let path = matches.iter().find_map(|one| one.text(&["path", "value"])).unwrap_or("/");
        for backend in rule.get("backendRefs").map(|list| list.items()).unwrap_or_default() {
            let Some(service) = backend.text(&["name"]) else { continue };
            let namespace = backend.text(&["namespace"]).unwrap_or(object.namespace);
            let fact = fact(object, (host, path), (service, namespace), backend.fact_at(&["port"]));
            items.push(rule.item_here(fact));
        }
    }
    items
}

fn fact<'t>(
    object: &Object<'t>,
    (host, path): (&'t str, &'t str),
    (service, namespace): (&'t str, &'t str),
    port: Option<Fact<'t>>,
) -> Fact<'t> {
    Fact::map([
        ("owner", Some(Fact::text(object.owner()))),
        ("namespace", Some(object.namespace).filter(|ns| !ns.is_empty()).map(Fact::text)),
        ("host", Some(Fact::text(host))),
        ("path", Some(Fact::text(path))),
        ("service", Some(Fact::text(service))),
        ("service_namespace", Some(Fact::text(namespace))),
        ("port", port),
    ])
}

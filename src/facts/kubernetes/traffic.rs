//! How routes share requests out: weights, mirrors, and what is done to requests on their way.

use super::{DIALECT, Object, of_kinds};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};
use crate::model::Number;

/// See its `about`.
pub(in crate::facts) static WEIGHT: View = View {
    id: "traffic.weight",
    about: "The share of requests that a route gives one of its destinations: VirtualService, HTTPRoute, \
            GRPCRoute, TraefikService, the canary annotations of ingress-nginx",
    fields: &[
        ("owner", "the object: virtualservice/pay"),
        ("route", "which route of it, counted from 1"),
        ("destination", "host or Service, with its subset: pay/v2"),
        ("weight", "the weight; as if said where it is not"),
        ("total", "the weights of the route together"),
        ("percent", "the weight as whole per cents of them"),
    ],
    dialects: DIALECT,
    extract: weights,
};

/// See its `about`.
pub(in crate::facts) static MIRROR: View = View {
    id: "traffic.mirror",
    about: "Requests that are sent a second time to somebody whose answers nobody reads: mirrors of \
            VirtualService and HTTPRoute, setMirrorRoute of a Rollout, mirror of a Flagger Canary",
    fields: &[
        ("owner", "the object: virtualservice/pay"),
        ("methods", "methods of the requests, in capitals; [*] where any is mirrored"),
    ],
    dialects: DIALECT,
    extract: mirrors,
};

/// See its `about`.
pub(in crate::facts) static OVERRIDE: View = View {
    id: "traffic.override",
    about: "Something that a route of a VirtualService does to its requests: fault, headers, rewrite, \
            redirect, corsPolicy, directResponse",
    fields: &[
        ("owner", "the object: virtualservice/pay"),
        ("route", "which route of it, counted from 1"),
        ("setting", "the key: fault, headers, …"),
    ],
    dialects: DIALECT,
    extract: overrides,
};

const OVERRIDES: [&str; 6] =
    ["fault", "headers", "rewrite", "redirect", "corsPolicy", "directResponse"];

/// Kinds of the Gateway API whose rules have backends with weights (v1: 1 when not said).
const GATEWAY: [&str; 2] = ["HTTPRoute", "GRPCRoute"];

const CANARY: &str = "nginx.ingress.kubernetes.io/canary";

fn members<'t>(from: &Cursor<'t>, keys: &[&str]) -> Vec<Cursor<'t>> {
    from.at(keys).map(|list| list.items()).unwrap_or_default()
}

/// The number at a place; nothing where it is none.
fn whole(place: Option<&Cursor<'_>>, default: u64) -> Option<u64> {
    let Some(place) = place else { return Some(default) };
    Number::parse(place.node.text())?.as_str().parse().ok()
}

fn weights<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["VirtualService"]) {
        for (route, rule) in (1..).zip(members(&object.cursor, &["spec", "http"])) {
            let all = members(&rule, &["route"]);
            // One destination takes all, whatever its weight.
            let default = if all.len() == 1 { 100 } else { 0 };
            let name = |to: &Cursor<'t>| {
                let host = to.text(&["destination", "host"]).unwrap_or_default();
                let subset = to.text(&["destination", "subset"]);
                subset.map_or_else(|| host.to_owned(), |subset| format!("{host}/{subset}"))
            };
            items.extend(shares(&object, route, &all, default, name));
        }
    }
    for object in of_kinds(document, &GATEWAY) {
        for (route, rule) in (1..).zip(members(&object.cursor, &["spec", "rules"])) {
            let name = |to: &Cursor<'t>| to.text(&["name"]).unwrap_or_default().to_owned();
            items.extend(shares(&object, route, &members(&rule, &["backendRefs"]), 1, name));
        }
    }
    for object in of_kinds(document, &["TraefikService"]) {
        let name = |to: &Cursor<'t>| to.text(&["name"]).unwrap_or_default().to_owned();
        let all = members(&object.cursor, &["spec", "weighted", "services"]);
        items.extend(shares(&object, 1, &all, 1, name));
    }
    for object in of_kinds(document, &["Ingress"]) {
        items.extend(annotated(&object));
    }
    items
}

fn shares<'t>(
    object: &Object<'t>,
    route: usize,
    all: &[Cursor<'t>],
    default: u64,
    name: impl Fn(&Cursor<'t>) -> String,
) -> Vec<Item<'t>> {
    let weight = |to: &Cursor<'t>| whole(to.get("weight").as_ref(), default);
    let Some(total) = all.iter().map(weight).sum::<Option<u64>>() else { return Vec::new() };
    let one = |to: &Cursor<'t>| {
        let place = to.place(&["weight"]);
        Some(share(object, (route, &name(to)), (weight(to)?, total), &place))
    };
    all.iter().filter_map(one).collect()
}

/// The share of an Ingress that is a canary; 100 in all unless said otherwise.
fn annotated<'t>(object: &Object<'t>) -> Option<Item<'t>> {
    let notes = object.cursor.at(&["metadata", "annotations"])?;
    if notes.text(&[CANARY]) != Some("true") {
        return None;
    }
    let said = |end: &str, default| whole(notes.get(&format!("{CANARY}-{end}")).as_ref(), default);
    let weights = (said("weight", 0)?, said("weight-total", 100)?);
    let place = notes.place(&[&format!("{CANARY}-weight")]);
    Some(share(object, (1, "canary"), weights, &place))
}

fn share<'t>(
    object: &Object<'t>,
    (route, destination): (usize, &str),
    (weight, total): (u64, u64),
    place: &Cursor<'t>,
) -> Item<'t> {
    let owner = object.owner();
    let percent = weight.saturating_mul(100).checked_div(total);
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.clone()))),
        ("route", Fact::number(&route.to_string())),
        ("destination", Some(Fact::text(destination.to_owned()))),
        ("weight", Fact::number(&weight.to_string())),
        ("total", Fact::number(&total.to_string())),
        ("percent", percent.and_then(|percent| Fact::number(&percent.to_string()))),
    ]);
    place.item(format!("{owner}/{route}/{destination}"), fact)
}

fn mirrors<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["VirtualService"]) {
        for rule in members(&object.cursor, &["spec", "http"]) {
            let methods = methods(&members(&rule, &["match"]), &["method", "exact"]);
            let places = [rule.get("mirror"), rule.get("mirrors")].into_iter().flatten();
            items.extend(places.map(|place| mirror(&object, methods.clone(), &place)));
        }
    }
    for object in of_kinds(document, &GATEWAY) {
        for rule in members(&object.cursor, &["spec", "rules"]) {
            let methods = methods(&members(&rule, &["matches"]), &["method"]);
            let filters = members(&rule, &["filters"]).into_iter();
            let filters = filters.filter(|one| one.text(&["type"]) == Some("RequestMirror"));
            items.extend(filters.map(|place| mirror(&object, methods.clone(), &place)));
        }
    }
    for object in of_kinds(document, &["Canary"]) {
        let place = object.cursor.at(&["spec", "analysis", "mirror"]);
        let place = place.filter(|place| place.node.text() == "true");
        items.extend(place.map(|place| mirror(&object, vec![Fact::text("*")], &place)));
    }
    for object in of_kinds(document, &["Rollout"]) {
        for step in members(&object.cursor, &["spec", "strategy", "canary", "steps"]) {
            let Some(place) = step.get("setMirrorRoute") else { continue };
            // Without a percentage the mirror is taken down.
            if place.node.get("percentage").is_some_and(|share| share.text() != "0") {
                let methods = methods(&members(&place, &["match"]), &["method", "exact"]);
                items.push(mirror(&object, methods, &place));
            }
        }
    }
    items
}

/// The methods that any of several matches lets through.
fn methods<'t>(matches: &[Cursor<'t>], way: &[&str]) -> Vec<Fact<'t>> {
    let said: Option<Vec<&str>> = matches.iter().map(|one| one.text(way)).collect();
    let mut said: Vec<String> =
        said.unwrap_or_default().iter().map(|method| method.to_uppercase()).collect();
    said.sort_unstable();
    said.dedup();
    if said.is_empty() {
        said.push("*".to_owned());
    }
    said.into_iter().map(Fact::text).collect()
}

fn mirror<'t>(object: &Object<'t>, methods: Vec<Fact<'t>>, place: &Cursor<'t>) -> Item<'t> {
    place.item_here(Fact::map([
        ("owner", Some(Fact::text(object.owner()))),
        ("methods", Some(Fact::List(methods))),
    ]))
}

fn overrides<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["VirtualService"]) {
        for (route, rule) in (1_usize..).zip(members(&object.cursor, &["spec", "http"])) {
            for setting in OVERRIDES {
                let Some(place) = rule.get(setting) else { continue };
                let fact = Fact::map([
                    ("owner", Some(Fact::text(object.owner()))),
                    ("route", Fact::number(&route.to_string())),
                    ("setting", Some(Fact::text(setting))),
                ]);
                items.push(place.item_here(fact));
            }
        }
    }
    items
}

//! What keeps a client with one version while requests move to another.

use super::{DIALECT, Object, of_kinds};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static AFFINITY: View = View {
    id: "traffic.affinity",
    about: "A setting that binds clients to where their requests went before: sessionAffinity, affinity \
            annotations of ingress-nginx, consistentHash of a DestinationRule, the TTL that ExternalDNS gives a \
            name",
    fields: &[
        ("owner", "the object: service/pay"),
        ("aspect", "sticky or ttl"),
        ("setting", "name of the setting"),
        ("value", "its value as text"),
        ("seconds", "the TTL in seconds; only for the aspect ttl, where it is a number"),
    ],
    dialects: DIALECT,
    extract,
};

const NGINX: [&str; 3] = [
    "nginx.ingress.kubernetes.io/affinity",
    "nginx.ingress.kubernetes.io/affinity-mode",
    "nginx.ingress.kubernetes.io/affinity-canary-behavior",
];

const TTL: &str = "external-dns.alpha.kubernetes.io/ttl";

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["Service", "Ingress", "DestinationRule", "HTTPRoute"]) {
        let notes = object.cursor.at(&["metadata", "annotations"]);
        let note = |name: &str| notes.as_ref().and_then(|notes| notes.get(name));
        let sticky = NGINX.iter().filter_map(|name| Some((*name, note(name)?)));
        items.extend(sticky.map(|(name, place)| item(&object, "sticky", name, &place)));
        items.extend(note(TTL).map(|place| item(&object, "ttl", TTL, &place)));
        let own: &[&str] = match object.kind {
            "Service" => &["spec", "sessionAffinity"],
            "DestinationRule" => &["spec", "trafficPolicy", "loadBalancer", "consistentHash"],
            _ => continue,
        };
        let name = own.last().copied().unwrap_or_default();
        items.extend(object.cursor.at(own).map(|place| item(&object, "sticky", name, &place)));
    }
    items
}

fn item<'t>(
    object: &Object<'t>,
    aspect: &'static str,
    setting: &'static str,
    place: &Cursor<'t>,
) -> Item<'t> {
    let owner = object.owner();
    // A hash may be by cookie, header or address: its keys say which.
    let keys: Vec<&str> = place.node.entries().map(|entry| entry.key.text()).collect();
    let value = if keys.is_empty() { place.node.text().to_owned() } else { keys.join(" ") };
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.clone()))),
        ("aspect", Some(Fact::text(aspect))),
        ("setting", Some(Fact::text(setting))),
        ("seconds", Fact::number(&value).filter(|_| aspect == "ttl")),
        ("value", Some(Fact::text(value))),
    ]);
    place.item(format!("{owner}/{setting}"), fact)
}

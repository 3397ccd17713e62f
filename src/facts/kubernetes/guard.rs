//! What else than a `NetworkPolicy` lets pods talk to each other: policies of Istio's proxies and of
//! Cilium.

use super::{DIALECT, Object, of_kinds};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static AUTHORIZATION: View = View {
    id: "istio.authorization",
    about: "The spec of an AuthorizationPolicy of Istio",
    fields: &[
        ("owner", "the object: authorizationpolicy/pay"),
        ("namespace", "its namespace; absent when it names none"),
        ("action", "ALLOW, DENY, AUDIT or CUSTOM; ALLOW when not said"),
        ("targeted", "whether it holds for objects that it names"),
        ("selector", "which pods it holds for; absent when for all of its namespace"),
        ("rules", "its rules as written"),
    ],
    dialects: DIALECT,
    extract: authorizations,
};

/// See its `about`.
pub(in crate::facts) static CILIUM: View = View {
    id: "cilium.policy",
    about: "One spec of a CiliumNetworkPolicy, or of one for the whole cluster",
    fields: &[
        ("owner", "the object: ciliumnetworkpolicy/pay"),
        ("namespace", "its namespace; absent when it is for the whole cluster, or names none"),
        ("spec", "the spec as written"),
    ],
    dialects: DIALECT,
    extract: policies,
};

fn authorizations<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let one = |object: &Object<'t>| {
        let spec = object.cursor.place(&["spec"]);
        let targeted = ["targetRefs", "targetRef"].iter().any(|key| spec.get(key).is_some());
        let fact = Fact::map([
            ("owner", Some(Fact::text(object.owner()))),
            ("namespace", Some(object.namespace).filter(|ns| !ns.is_empty()).map(Fact::text)),
            ("action", spec.fact_at(&["action"]).or_else(|| Some(Fact::text("ALLOW")))),
            ("targeted", Some(Fact::Bool(targeted))),
            ("selector", spec.fact_at(&["selector"])),
            ("rules", spec.fact_at(&["rules"])),
        ]);
        spec.item(object.owner(), fact)
    };
    of_kinds(document, &["AuthorizationPolicy"]).iter().map(one).collect()
}

fn policies<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"]) {
        let one = object.cursor.get("spec").into_iter();
        let more = object.cursor.get("specs").map(|list| list.items()).unwrap_or_default();
        for (index, spec) in one.chain(more).enumerate() {
            let fact = Fact::map([
                ("owner", Some(Fact::text(object.owner()))),
                ("namespace", Some(object.namespace).filter(|ns| !ns.is_empty()).map(Fact::text)),
                ("spec", Cursor::fact(&spec)),
            ]);
            items.push(spec.item(format!("{}/{index}", object.owner()), fact));
        }
    }
    items
}

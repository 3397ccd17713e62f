//! Proxies of Linkerd in pods.

use super::{DIALECT, of_containers};
use crate::facts::cursor::Document;
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static PROXY: View = View {
    id: "linkerd.proxy",
    about: "A proxy of Linkerd that reports spans, at the identity it expects of the collector",
    fields: &[
        ("owner", "the object that describes the pod: deployment/pay"),
        ("namespace", "the object's namespace; absent when it names none"),
        ("collector", "where it sends spans"),
        ("identity", "the identity it expects there"),
    ],
    dialects: DIALECT,
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    of_containers(document, |pod, container| {
        let env = container.cursor.get("env").map(|list| list.items()).unwrap_or_default();
        let value = |name: &str| {
            let member = env.iter().find(|member| member.text(&["name"]) == Some(name))?;
            member.get("value")
        };
        let collector = value("LINKERD2_PROXY_TRACE_COLLECTOR_SVC_ADDR");
        let Some((collector, place)) =
            collector.zip(value("LINKERD2_PROXY_TRACE_COLLECTOR_SVC_NAME"))
        else {
            return Vec::new();
        };
        let namespace = pod.object.namespace;
        let fact = Fact::map([
            ("owner", Some(Fact::text(pod.owner.clone()))),
            ("namespace", (!namespace.is_empty()).then(|| Fact::text(namespace))),
            ("collector", collector.fact()),
            ("identity", place.fact()),
        ]);
        vec![place.item(format!("{}/{}", pod.owner, container.name), fact)]
    })
}

//! Istio's own configuration, as far as it decides what is traced and what may leave the mesh.

use super::{Object, of_kinds};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::names::{namespace, owner};
use crate::facts::{Fact, Item, View};
use crate::model::Step;

/// See its `about`.
pub(in crate::facts) static MESH: View = View {
    id: "istio.mesh",
    about: "The configuration of a whole mesh: of istiod's ConfigMap, or of an IstioOperator",
    fields: &[
        ("namespace", "where it stands: the namespace whose resources hold for the whole mesh"),
        ("providers", "names of its extensionProviders"),
        ("default_providers", "providers of tracing where no Telemetry names one"),
        ("sampling", "defaultConfig.tracing.sampling in percent; absent when not said"),
        ("outbound", "outboundTrafficPolicy.mode; ALLOW_ANY when not said"),
    ],
    dialects: &[],
    extract: meshes,
};

/// See its `about`.
pub(in crate::facts) static TELEMETRY: View = View {
    id: "istio.telemetry",
    about: "The spec of a Telemetry that says something about tracing",
    fields: &[
        ("owner", "the object: telemetry/mesh"),
        ("namespace", "its namespace; absent when it names none"),
        ("selector", "labels of the workloads it holds for; absent when for the namespace"),
        ("targeted", "whether it holds for objects that it names"),
        ("tracing", "its entries for tracing as written"),
    ],
    dialects: super::DIALECT,
    extract: telemetries,
};

/// See its `about`.
pub(in crate::facts) static SERVICE_ENTRY: View = View {
    id: "istio.serviceentry",
    about: "A ServiceEntry, by which a host outside is known to the mesh",
    fields: &[
        ("owner", "the object: serviceentry/tempo"),
        ("namespace", "its namespace; absent when it names none"),
        ("hosts", "its hosts"),
    ],
    dialects: super::DIALECT,
    extract: entries,
};

/// See its `about`.
pub(in crate::facts) static SIDECAR: View = View {
    id: "istio.sidecar",
    about: "A Sidecar, by which some proxies know other hosts than the rest of the mesh",
    fields: &[
        ("owner", "the object: sidecar/default"),
        ("namespace", "its namespace; absent when it names none"),
    ],
    dialects: super::DIALECT,
    extract: sidecars,
};

fn sidecars<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let one = |object: &Object<'t>| {
        let fact = Fact::map([
            ("owner", Some(Fact::text(object.owner()))),
            ("namespace", Some(object.namespace).filter(|ns| !ns.is_empty()).map(Fact::text)),
        ]);
        object.cursor.item(object.owner(), fact)
    };
    of_kinds(document, &["Sidecar"]).iter().map(one).collect()
}

fn meshes<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    roots(document).into_iter().map(|root| mesh(&root.config, root.namespace)).collect()
}

/// The configuration of a mesh, where it stands.
pub(super) struct Root<'t> {
    /// The object: `configmap/istio`, `istiooperator/mesh`.
    pub(super) owner: String,
    pub(super) namespace: &'t str,
    pub(super) config: Cursor<'t>,
}

/// The configurations of meshes in a document: that of istiod's `ConfigMap`, or of an operator.
pub(super) fn roots<'t>(document: &Document<'t>) -> Vec<Root<'t>> {
    let is_map = document.owner.kind == "ConfigMap"
        && matches!(document.base.0.last(), Some(Step::Key(key)) if key == "mesh");
    if is_map {
        let (owner, namespace) = (owner(document).to_string(), namespace(document));
        return vec![Root { owner, namespace, config: document.cursor() }];
    }
    if document.dialect.id() != "kubernetes" {
        return Vec::new();
    }
    let resources = of_kinds(document, &["IstioOperator", "Istio"]);
    let own = |object: &Object<'t>| {
        let config = object.cursor.at(&["spec", "meshConfig"]);
        let config = config.or_else(|| object.cursor.at(&["spec", "values", "meshConfig"]))?;
        Some(Root { owner: object.owner(), namespace: object.namespace, config })
    };
    resources.iter().filter_map(own).collect()
}

fn mesh<'t>(root: &Cursor<'t>, namespace: &'t str) -> Item<'t> {
    let providers = root.get("extensionProviders").map(|list| list.items()).unwrap_or_default();
    let names = providers.iter().filter_map(|one| one.fact_at(&["name"])).collect();
    let outbound = root.fact_at(&["outboundTrafficPolicy", "mode"]);
    let fact = Fact::map([
        ("namespace", Some(Fact::text(namespace))),
        ("providers", Some(Fact::List(names))),
        ("default_providers", root.fact_at(&["defaultProviders", "tracing"])),
        ("sampling", root.fact_at(&["defaultConfig", "tracing", "sampling"])),
        ("outbound", outbound.or_else(|| Some(Fact::text("ALLOW_ANY")))),
    ]);
    root.item("mesh", fact)
}

fn telemetries<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let one = |object: &Object<'t>| {
        let spec = object.cursor.get("spec")?;
        let targeted = ["targetRefs", "targetRef"].iter().any(|key| spec.node.get(key).is_some());
        let fact = Fact::map([
            ("owner", Some(Fact::text(object.owner()))),
            ("namespace", Some(object.namespace).filter(|ns| !ns.is_empty()).map(Fact::text)),
            ("selector", spec.fact_at(&["selector", "matchLabels"])),
            ("targeted", Some(Fact::Bool(targeted))),
            ("tracing", Some(spec.fact_at(&["tracing"])?)),
        ]);
        Some(spec.item(object.owner(), fact))
    };
    of_kinds(document, &["Telemetry"]).iter().filter_map(one).collect()
}

fn entries<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let one = |object: &Object<'t>| {
        let hosts = object.cursor.at(&["spec", "hosts"])?;
        let fact = Fact::map([
            ("owner", Some(Fact::text(object.owner()))),
            ("namespace", Some(object.namespace).filter(|ns| !ns.is_empty()).map(Fact::text)),
            ("hosts", hosts.fact()),
        ]);
        Some(hosts.item(object.owner(), fact))
    };
    of_kinds(document, &["ServiceEntry"]).iter().filter_map(one).collect()
}

//! Service accounts, and by what else workloads say who they are.

use super::{DIALECT, Object, objects, of_kinds, pods};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static ACCOUNT: View = View {
    id: "k8s.service-account",
    about: "A ServiceAccount",
    fields: &[
        ("owner", "the object: serviceaccount/pay"),
        ("name", "its name"),
        ("namespace", "its namespace; absent when it names none"),
        ("automount_token", "automountServiceAccountToken; true when not said"),
    ],
    dialects: DIALECT,
    extract: accounts,
};

/// See its `about`.
pub(in crate::facts) static IDENTITY: View = View {
    id: "k8s.identity",
    about: "What a workload shows to others to say who it is: a role of a cloud or of Vault, the secret \
            for a registry",
    fields: &[
        ("owner", "the object: serviceaccount/pay, deployment/pay"),
        ("kind", "the annotation, or imagePullSecrets"),
        ("identity", "the role, account or secret"),
    ],
    dialects: DIALECT,
    extract: identities,
};

/// Annotations that name an identity: of roles of AWS, accounts of Google, clients of Azure (their
/// documentation on workload identity), and of the agent of Vault.
const ANNOTATIONS: [&str; 5] = [
    "eks.amazonaws.com/role-arn",
    "iam.amazonaws.com/role",
    "iam.gke.io/gcp-service-account",
    "azure.workload.identity/client-id",
    "vault.hashicorp.com/role",
];

fn accounts<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let one = |object: Object<'t>| {
        let namespace = Some(object.namespace).filter(|namespace| !namespace.is_empty());
        let token = object.cursor.fact_at(&["automountServiceAccountToken"]);
        let fact = Fact::map([
            ("owner", Some(Fact::text(object.owner()))),
            ("name", Some(Fact::text(object.name))),
            ("namespace", namespace.map(Fact::text)),
            ("automount_token", token.or(Some(Fact::Bool(true)))),
        ]);
        object.cursor.item(object.owner(), fact)
    };
    of_kinds(document, &["ServiceAccount"]).into_iter().map(one).collect()
}

fn identities<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in objects(document).iter() {
        let owner = object.owner();
        items.extend(annotated(&owner, object.cursor.get("metadata").as_ref()));
        if object.kind == "ServiceAccount" {
            items.extend(pull_secrets(&owner, &object.cursor));
        }
    }
    for pod in pods(document).iter() {
        if pod.object.kind != "Pod" {
            items.extend(annotated(&pod.owner, pod.metadata.as_ref()));
        }
        items.extend(pull_secrets(&pod.owner, &pod.spec));
    }
    items
}

fn annotated<'t>(owner: &str, metadata: Option<&Cursor<'t>>) -> Vec<Item<'t>> {
    let Some(map) = metadata.and_then(|metadata| metadata.get("annotations")) else {
        return Vec::new();
    };
    let known = ANNOTATIONS.iter().filter_map(|name| Some((*name, map.get(name)?)));
    known.map(|(name, place)| identity(owner, name, &place)).collect()
}

fn pull_secrets<'t>(owner: &str, holder: &Cursor<'t>) -> Vec<Item<'t>> {
    let secrets = holder.get("imagePullSecrets").map(|list| list.items()).unwrap_or_default();
    let named = secrets.iter().filter_map(|secret| secret.get("name"));
    named.map(|place| identity(owner, "imagePullSecrets", &place)).collect()
}

fn identity<'t>(owner: &str, kind: &'static str, place: &Cursor<'t>) -> Item<'t> {
    place.item_here(Fact::map([
        ("owner", Some(Fact::text(owner.to_owned()))),
        ("kind", Some(Fact::text(kind))),
        ("identity", place.fact()),
    ]))
}

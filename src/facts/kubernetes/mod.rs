//! Views of Kubernetes objects, and the objects, pods and containers they share.

pub(super) mod access;
pub(super) mod capability;
pub(super) mod container;
pub(super) mod host;
pub(super) mod mesh;
pub(super) mod network;
pub(super) mod object;
pub(super) mod podspec;
pub(super) mod probe;
pub(super) mod resource;
pub(super) mod rollout;
pub(super) mod run_as;

use super::cursor::{Cursor, Document};

/// The dialect whose documents hold objects.
pub(super) const DIALECT: &[&str] = &["kubernetes"];

/// One object: a document, or a member of a `List`.
pub(super) struct Object<'t> {
    /// Its kind, such as `Deployment`.
    pub(super) kind: &'t str,
    /// Its name.
    pub(super) name: &'t str,
    /// Its namespace; empty when it names none.
    pub(super) namespace: &'t str,
    /// Its root.
    pub(super) cursor: Cursor<'t>,
}

impl Object<'_> {
    /// What it is called in messages: `deployment/pay`.
    pub(super) fn owner(&self) -> String {
        format!("{}/{}", self.kind.to_lowercase(), self.name)
    }
}

/// The objects of a document.
pub(super) fn objects<'t>(document: &Document<'t>) -> Vec<Object<'t>> {
    if document.dialect.id() != "kubernetes" {
        return Vec::new();
    }
    let root = document.cursor();
    let list =
        root.get("items").filter(|_| root.text(&["kind"]).is_some_and(|k| k.ends_with("List")));
    let members = list.map_or_else(|| vec![root], |items| items.items());
    members
        .into_iter()
        .filter_map(|cursor| {
            Some(Object {
                kind: cursor.text(&["kind"])?,
                name: cursor.text(&["metadata", "name"]).unwrap_or_default(),
                namespace: cursor.text(&["metadata", "namespace"]).unwrap_or_default(),
                cursor,
            })
        })
        .collect()
}

/// The objects of some kinds.
pub(super) fn of_kinds<'t>(document: &Document<'t>, kinds: &[&str]) -> Vec<Object<'t>> {
    let mut objects = objects(document);
    objects.retain(|object| kinds.contains(&object.kind));
    objects
}

/// A pod as its object describes it.
pub(super) struct Pod<'t> {
    /// The object.
    pub(super) object: Object<'t>,
    /// Its metadata.
    pub(super) metadata: Option<Cursor<'t>>,
    /// Its spec.
    pub(super) spec: Cursor<'t>,
}

/// The pods of a document: of `Pod`, `CronJob`, and every kind with a pod template at
/// `spec.template` (Deployment, `StatefulSet`, Job, Argo Rollout, Knative Service and others).
pub(super) fn pods<'t>(document: &Document<'t>) -> Vec<Pod<'t>> {
    objects(document)
        .into_iter()
        .filter_map(|object| {
            let template = match object.kind {
                "Pod" => Some(object.cursor.clone()),
                "PodTemplate" => object.cursor.get("template"),
                "CronJob" => object.cursor.at(&["spec", "jobTemplate", "spec", "template"]),
                _ => object.cursor.at(&["spec", "template"]),
            }?;
            let spec = template.get("spec").filter(|spec| spec.node.get("containers").is_some())?;
            Some(Pod { object, metadata: template.get("metadata"), spec })
        })
        .collect()
}

/// One container of a pod.
pub(super) struct Container<'t> {
    /// Its name.
    pub(super) name: &'t str,
    /// `container`, `init` or `ephemeral`.
    pub(super) role: &'static str,
    /// Where it stands.
    pub(super) cursor: Cursor<'t>,
}

/// The containers of a pod, ordinary ones first.
pub(super) fn containers<'t>(pod: &Pod<'t>) -> Vec<Container<'t>> {
    let lists = [
        ("containers", "container"),
        ("initContainers", "init"),
        ("ephemeralContainers", "ephemeral"),
    ];
    lists
        .iter()
        .filter_map(|(list, role)| Some((pod.spec.get(list)?, *role)))
        .flat_map(|(list, role)| list.items().into_iter().map(move |cursor| (cursor, role)))
        .map(|(cursor, role)| Container {
            name: cursor.text(&["name"]).unwrap_or_default(),
            role,
            cursor,
        })
        .collect()
}

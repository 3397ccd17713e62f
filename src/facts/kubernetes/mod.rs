//! Views of Kubernetes objects, and the objects, pods and containers they share.

pub(super) mod access;
pub(super) mod account;
pub(super) mod affinity;
pub(super) mod analysis;
pub(super) mod annotation;
pub(super) mod api_server;
pub(super) mod audit_policy;
pub(super) mod autoscaling;
pub(super) mod backend;
pub(super) mod budget;
pub(super) mod call;
pub(super) mod capability;
pub(super) mod checksum;
pub(super) mod collector;
pub(super) mod container;
pub(super) mod encryption;
pub(super) mod enforcement;
pub(super) mod estate;
pub(super) mod gitops;
pub(super) mod guard;
pub(super) mod host;
pub(super) mod istio;
pub(super) mod jvm;
pub(super) mod kind;
pub(super) mod linkerd;
pub(super) mod mesh;
pub(super) mod mistyped;
pub(super) mod network;
pub(super) mod object;
pub(super) mod operator;
pub(super) mod podspec;
pub(super) mod probe;
pub(super) mod provider;
pub(super) mod reference;
pub(super) mod resource;
pub(super) mod rollout;
pub(super) mod route;
pub(super) mod run_as;
pub(super) mod scheduling;
pub(super) mod secret;
pub(super) mod setting;
pub(super) mod shutdown;
pub(super) mod sidecar;
pub(super) mod traffic;
pub(super) mod volume;

use std::rc::Rc;

use super::Item;
use super::cursor::{Cursor, Document};

/// The dialect whose documents hold objects.
pub(super) const DIALECT: &[&str] = &["kubernetes"];

/// One object: a document, or a member of a `List`.
#[derive(Clone)]
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

impl<'t> Object<'t> {
    /// What it is called in messages: `deployment/pay`.
    pub(super) fn owner(&self) -> String {
        format!("{}/{}", self.kind.to_lowercase(), self.name)
    }

    /// Every object of a document.
    pub(super) fn all(document: &Document<'t>) -> Vec<Self> {
        if document.dialect.id() != "kubernetes" {
            return Vec::new();
        }
        let root = document.cursor();
        let list =
            root.get("items").filter(|_| root.text(&["kind"]).is_some_and(|k| k.ends_with("List")));
        let members = list.map_or_else(|| vec![root], |items| items.items());
        let one = |cursor: Cursor<'t>| {
            Some(Self {
                kind: cursor.text(&["kind"])?,
                name: cursor.text(&["metadata", "name"]).unwrap_or_default(),
                namespace: cursor.text(&["metadata", "namespace"]).unwrap_or_default(),
                cursor,
            })
        };
        members.into_iter().filter_map(one).collect()
    }
}

/// The objects of a document.
pub(super) fn objects<'t>(document: &Document<'t>) -> Rc<Vec<Object<'t>>> {
    Rc::clone(document.taken.objects.get_or_init(|| Rc::new(Object::all(document))))
}

/// The objects of some kinds.
pub(super) fn of_kinds<'t>(document: &Document<'t>, kinds: &[&str]) -> Vec<Object<'t>> {
    let objects = objects(document);
    objects.iter().filter(|object| kinds.contains(&object.kind)).cloned().collect()
}

/// A pod as its object describes it.
pub(super) struct Pod<'t> {
    /// The object.
    pub(super) object: Object<'t>,
    /// What the object is called in messages: `deployment/pay`.
    pub(super) owner: String,
    /// Its metadata.
    pub(super) metadata: Option<Cursor<'t>>,
    /// Its spec.
    pub(super) spec: Cursor<'t>,
    /// Its containers, ordinary ones first.
    pub(super) containers: Vec<Container<'t>>,
}

impl<'t> Pod<'t> {
    /// Every pod of a document: of `Pod`, `CronJob`, and every kind with a pod template at
    /// `spec.template` (Deployment, `StatefulSet`, Job, Argo Rollout, Knative Service and others).
    pub(super) fn all(document: &Document<'t>) -> Vec<Self> {
        objects(document).iter().filter_map(Self::of).collect()
    }

    fn of(object: &Object<'t>) -> Option<Self> {
        let template = template(object)?;
        let spec = template.get("spec").filter(|spec| spec.node.get("containers").is_some())?;
        let (object, owner) = (object.clone(), object.owner());
        let (metadata, containers) = (template.get("metadata"), Container::all(&spec));
        Some(Self { object, owner, metadata, spec, containers })
    }
}

/// Where an object describes a pod.
fn template<'t>(object: &Object<'t>) -> Option<Cursor<'t>> {
    match object.kind {
        "Pod" => Some(object.cursor.clone()),
        "PodTemplate" => object.cursor.get("template"),
        "CronJob" => object.cursor.at(&["spec", "jobTemplate", "spec", "template"]),
        _ => object.cursor.at(&["spec", "template"]),
    }
}

/// The specs of pods of which only a part is said, such as a patch, each with its object's name in
/// messages.
fn partial<'t>(document: &Document<'t>) -> Vec<(String, Cursor<'t>)> {
    let spec = |object: &Object<'t>| {
        let spec = template(object)?.get("spec")?;
        spec.node.get("containers").is_none().then(|| (object.owner(), spec))
    };
    objects(document).iter().filter_map(spec).collect()
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

impl<'t> Container<'t> {
    fn all(spec: &Cursor<'t>) -> Vec<Self> {
        let lists = [
            ("containers", "container"),
            ("initContainers", "init"),
            ("ephemeralContainers", "ephemeral"),
        ];
        let members = lists.iter().flat_map(|(list, role)| {
            let items = spec.get(list).map(|list| list.items()).unwrap_or_default();
            items.into_iter().map(|cursor| (cursor, *role))
        });
        members
            .map(|(cursor, role)| Self {
                name: cursor.text(&["name"]).unwrap_or_default(),
                role,
                cursor,
            })
            .collect()
    }
}

/// The pods of a document.
pub(super) fn pods<'t>(document: &Document<'t>) -> Rc<Vec<Pod<'t>>> {
    Rc::clone(document.taken.pods.get_or_init(|| Rc::new(Pod::all(document))))
}

/// The items that `take` makes of each pod.
fn of_pods<'t>(document: &Document<'t>, take: impl Fn(&Pod<'t>) -> Vec<Item<'t>>) -> Vec<Item<'t>> {
    together(pods(document).iter().map(take))
}

/// The items that `take` makes of each container.
fn of_containers<'t>(
    document: &Document<'t>,
    take: impl Fn(&Pod<'t>, &Container<'t>) -> Vec<Item<'t>>,
) -> Vec<Item<'t>> {
    of_pods(document, |pod| together(pod.containers.iter().map(|one| take(pod, one))))
}

/// All of them, of which there is mostly but one.
fn together<'t>(mut each: impl Iterator<Item = Vec<Item<'t>>>) -> Vec<Item<'t>> {
    let mut items = each.next().unwrap_or_default();
    each.for_each(|mut more| items.append(&mut more));
    items
}

//! What the cluster wrote into an object, with its proof: which parts of its text to leave out.
//!
//! `metadata.managedFields` names who set each field. A field of the table that nobody set, such as
//! the address of a Service, was assigned; one that somebody set is kept, and so is every field of
//! an object that does not say who set what. Seen on kube-apiserver v1.35.4: what is assigned in
//! storing an object has no manager, whether it was created, applied or applied by the server.

use std::collections::BTreeSet;

use super::discovery::Kind;
use crate::model::Node;

/// What is left out of one object.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Where the values begin that are left out.
    pub(super) at: BTreeSet<u32>,
    /// Whether `metadata.managedFields` is among them.
    pub(super) managed_fields: bool,
    /// Whether `status` is.
    pub(super) status: bool,
    /// Whether a field is that the cluster assigned.
    pub(super) assigned: bool,
}

/// A step to a field.
#[derive(Clone, Copy)]
enum Step {
    Key(&'static str),
    /// Every member of the list under a name, told apart by these keys.
    Each(&'static str, &'static [&'static str]),
}

use Step::{Each, Key};

struct Assigned {
    group: &'static str,
    resource: &'static str,
    path: &'static [Step],
    /// The annotation that proves it, where `managedFields` does not.
    by: Option<&'static str>,
}

const TABLE: &[Assigned] = &[
    unowned("", "services", &[Key("spec"), Key("clusterIP")]),
    unowned("", "services", &[Key("spec"), Key("healthCheckNodePort")]),
    unowned("", "services", &[Key("spec"), Each("ports", &["port", "protocol"]), Key("nodePort")]),
    unowned("", "pods", &[Key("spec"), Key("nodeName")]),
    unowned("batch", "jobs", &[Key("spec"), Key("selector")]),
    // k8s.io/component-helpers v0.35.4 storage/volume/pv_helpers.go: absent when a user bound them.
    Assigned {
        group: "",
        resource: "persistentvolumeclaims",
        path: &[Key("spec"), Key("volumeName")],
        by: Some("pv.kubernetes.io/bound-by-controller"),
    },
    Assigned {
        group: "",
        resource: "persistentvolumeclaims",
        path: &[Key("metadata"), Key("annotations"), Key("volume.kubernetes.io/selected-node")],
        by: Some("volume.kubernetes.io/selected-node"),
    },
];

const fn unowned(group: &'static str, resource: &'static str, path: &'static [Step]) -> Assigned {
    Assigned { group, resource, path, by: None }
}

/// What to leave out of an object.
pub(super) fn written(item: Node<'_>, kind: &Kind) -> Written {
    let mut written = Written::default();
    let managers = item.at(&["metadata", "managedFields"]);
    for entry in TABLE.iter().filter(|entry| kind.is(entry.group, entry.resource)) {
        match entry.by {
            Some(name) if item.at(&["metadata", "annotations", name]).is_some() => {
                written.seek(item, &[], entry.path);
            }
            Some(_) => (),
            None => {
                let set: Vec<Node<'_>> = managers
                    .into_iter()
                    .flat_map(Node::items)
                    .filter_map(|manager| manager.get("fieldsV1"))
                    .collect();
                if !set.is_empty() {
                    written.seek(item, &set, entry.path);
                }
            }
        }
    }
    written.assigned = !written.at.is_empty();
    // A copy of the first one, or of both families' addresses.
    if kind.is("", "services") && item.at(&["spec", "clusterIP"]).is_some_and(|it| written.has(it))
    {
        written.add(item.at(&["spec", "clusterIPs"]));
    }
    written.managed_fields = written.add(managers);
    let status = item.get("status").filter(|_| kind.has_status);
    written.status = written.add(status);
    written
}

impl Written {
    /// Whether a value is left out.
    pub(super) fn has(&self, node: Node<'_>) -> bool {
        self.at.contains(&node.span().start)
    }

    fn add(&mut self, node: Option<Node<'_>>) -> bool {
        node.is_some_and(|node| self.at.insert(node.span().start))
    }

    /// Leaves out what lies at `path` and stands in none of the `set` fields.
    fn seek(&mut self, node: Node<'_>, set: &[Node<'_>], path: &[Step]) {
        let Some((step, rest)) = path.split_first() else {
            if set.is_empty() {
                self.add(Some(node));
            }
            return;
        };
        match step {
            Key(name) => {
                let set: Vec<Node<'_>> = below(set, &format!("f:{name}"));
                if let Some(node) = node.get(name) {
                    self.seek(node, &set, rest);
                }
            }
            Each(name, keys) => {
                let set: Vec<Node<'_>> = below(set, &format!("f:{name}"));
                for item in node.get(name).into_iter().flat_map(Node::items) {
                    let set: Vec<Node<'_>> = below(&set, &member(item, keys));
                    self.seek(item, &set, rest);
                }
            }
        }
    }
}

/// What the fields that were set say below a name.
fn below<'t>(set: &[Node<'t>], name: &str) -> Vec<Node<'t>> {
    set.iter().filter_map(|fields| fields.get(name)).collect()
}

/// What `managedFields` calls a member of a list: its keys as JSON (structured-merge-diff,
/// `k:{"port":443,"protocol":"TCP"}`).
fn member(item: Node<'_>, keys: &[&str]) -> String {
    let keys = keys.iter().filter_map(|key| Some(format!("\"{key}\":{}", item.get(key)?.raw())));
    format!("k:{{{}}}", keys.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::{Kind, written};
    use crate::model::{Limits, Node, SourceId};
    use crate::syntax;

    fn with<T>(text: &str, resource: &str, look: impl FnOnce(Node<'_>, super::Written) -> T) -> T {
        let kind = Kind {
            group: String::new(),
            version: "v1".to_owned(),
            resource: resource.to_owned(),
            name: String::new(),
            namespaced: true,
            listable: true,
            has_status: true,
        };
        let parsed = syntax::by_id("json").unwrap().parse(text, SourceId(0), &Limits::STANDARD);
        let root = parsed.tree.roots().next().unwrap();
        look(root, written(root, &kind))
    }

    /// A Service whose first port and nothing else was set by someone, as v1.35.4 writes it.
    const SERVICE: &str = r#"{"metadata": {"managedFields": [
        {"manager": "a", "fieldsV1": {"f:spec": {"f:ports": {".": {},
            "k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:nodePort": {}},
            "k:{\"port\":81,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}}}}}},
        {"manager": "b", "fieldsV1": {"f:metadata": {}}}]},
      "spec": {"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"], "ports": [
        {"port": 80, "protocol": "TCP", "nodePort": 30001},
        {"port": 81, "protocol": "TCP", "nodePort": 30002}]}, "status": {}}"#;

    #[test]
    fn what_nobody_set_was_assigned_and_what_somebody_set_is_kept() {
        with(SERVICE, "services", |root, written| {
            let left = |path: &[&str]| written.has(root.at(path).unwrap());
            assert!(left(&["spec", "clusterIP"]) && left(&["spec", "clusterIPs"]));
            let ports = root.at(&["spec", "ports"]).unwrap();
            let left: Vec<bool> =
                ports.items().map(|port| written.has(port.get("nodePort").unwrap())).collect();
            assert_eq!(left, [false, true]);
            assert!(written.assigned && written.managed_fields && written.status);
        });
        let set = SERVICE.replace("\"f:metadata\": {}", "\"f:spec\": {\"f:clusterIP\": {}}");
        with(&set, "services", |root, written| {
            assert!(!written.has(root.at(&["spec", "clusterIP"]).unwrap()));
            assert!(!written.has(root.at(&["spec", "clusterIPs"]).unwrap()));
        });
        with(SERVICE, "gateways", |_, written| assert!(!written.assigned));
    }

    #[test]
    fn an_object_that_does_not_say_who_set_what_is_kept_whole() {
        for managers in ["", r#""managedFields": []"#] {
            let text =
                format!(r#"{{"metadata": {{{managers}}}, "spec": {{"clusterIP": "10.0.0.1"}}}}"#);
            with(&text, "services", |_, written| assert!(!written.assigned));
        }
    }

    #[test]
    fn a_claim_that_its_user_bound_keeps_its_volume() {
        let claim = |annotations: &str| {
            format!(
                r#"{{"metadata": {{"annotations": {{{annotations}}}}}, "spec": {{"volumeName": "v"}}}}"#
            )
        };
        with(&claim(""), "persistentvolumeclaims", |_, written| assert!(!written.assigned));
        let bound = claim(r#""pv.kubernetes.io/bound-by-controller": "yes""#);
        with(&bound, "persistentvolumeclaims", |root, written| {
            assert!(written.has(root.at(&["spec", "volumeName"]).unwrap()));
        });
    }
}

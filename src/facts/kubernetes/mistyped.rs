//! Values of another type than Kubernetes takes: `securityContext: "privileged: true"`, a `spec`
//! that is a list. The API server refuses them, other readers pass over them, and no other view
//! sees what they were to say.
//!
//! Types are those of kubernetes 001a80e975bb, `staging/src/k8s.io/api`: `core/v1/types.go`
//! (`PodSpec`, `PodSecurityContext`, `SecurityContext`, `Capabilities`), `networking/v1/types.go`
//! and `rbac/v1/types.go`; of gateway-api 00068f38bea8, `apis/v1/gateway_types.go`; and of istio/api
//! 02481b9a9c23, `networking/v1alpha3` and `security/v1beta1`.

use super::{DIALECT, Object, objects};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::names::unresolved;
use crate::facts::{Fact, Item, View};
use crate::model::{Kind, Node, Scalar, Typing};

/// See its `about`.
pub(in crate::facts) static MISTYPED: View = View {
    id: "k8s.mistyped",
    about: "A security setting whose value is of another type than Kubernetes takes",
    fields: &[
        ("owner", "the object: deployment/pay"),
        ("setting", "the keys of the setting: spec.containers.securityContext"),
        ("expected", "what Kubernetes takes: a map, a list, a boolean, a number, a text"),
        ("found", "what stands there, in the same words"),
        ("fits", "false; unknown where the value is filled in later"),
    ],
    dialects: DIALECT,
    extract,
};

/// What may stand at a place; null is as good as nothing everywhere.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Map,
    List,
    Bool,
    Number,
    Text,
}

use Type::{Bool, List, Map, Number, Text};

/// Settings of a pod, below its spec; `*` is each member of a list.
const POD: &[(&[&str], Type)] = &[
    (&["hostNetwork"], Bool),
    (&["hostPID"], Bool),
    (&["hostIPC"], Bool),
    (&["hostUsers"], Bool),
    (&["shareProcessNamespace"], Bool),
    (&["automountServiceAccountToken"], Bool),
    (&["serviceAccountName"], Text),
    (&["os"], Map),
    (&["securityContext"], Map),
    (&["securityContext", "fsGroup"], Number),
    (&["securityContext", "supplementalGroups"], List),
    (&["securityContext", "sysctls"], List),
    (&["volumes"], List),
    (&["volumes", "*"], Map),
    (&["volumes", "*", "hostPath"], Map),
    (&["containers"], List),
    (&["initContainers"], List),
    (&["ephemeralContainers"], List),
];

/// Settings of pods and of containers.
const BOTH: &[(&[&str], Type)] = &[
    (&["securityContext", "runAsNonRoot"], Bool),
    (&["securityContext", "runAsUser"], Number),
    (&["securityContext", "runAsGroup"], Number),
    (&["securityContext", "seccompProfile"], Map),
    (&["securityContext", "seccompProfile", "type"], Text),
    (&["securityContext", "appArmorProfile"], Map),
    (&["securityContext", "appArmorProfile", "type"], Text),
    (&["securityContext", "seLinuxOptions"], Map),
    (&["securityContext", "windowsOptions"], Map),
    (&["securityContext", "windowsOptions", "hostProcess"], Bool),
];

/// Settings of a container.
const CONTAINER: &[(&[&str], Type)] = &[
    (&[], Map),
    (&["image"], Text),
    (&["ports"], List),
    (&["securityContext"], Map),
    (&["securityContext", "privileged"], Bool),
    (&["securityContext", "allowPrivilegeEscalation"], Bool),
    (&["securityContext", "readOnlyRootFilesystem"], Bool),
    (&["securityContext", "procMount"], Text),
    (&["securityContext", "capabilities"], Map),
    (&["securityContext", "capabilities", "add"], List),
    (&["securityContext", "capabilities", "drop"], List),
    (&["securityContext", "capabilities", "add", "*"], Text),
    (&["securityContext", "capabilities", "drop", "*"], Text),
];

/// Lists of containers in the spec of a pod.
const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// Where the spec of a pod is, by kind.
const PODS: &[(&str, &[&str])] = &[
    ("Pod", &["spec"]),
    ("PodTemplate", &["template", "spec"]),
    ("CronJob", &["spec", "jobTemplate", "spec", "template", "spec"]),
    ("Deployment", &["spec", "template", "spec"]),
    ("StatefulSet", &["spec", "template", "spec"]),
    ("DaemonSet", &["spec", "template", "spec"]),
    ("ReplicaSet", &["spec", "template", "spec"]),
    ("ReplicationController", &["spec", "template", "spec"]),
    ("Job", &["spec", "template", "spec"]),
];

/// Settings of other objects, by kind; of groups that are not in [`GROUPS`], with the group.
const OBJECTS: &[(&str, &[&str], Type)] = &[
    ("ClusterRole", &["rules"], List),
    ("ClusterRole", &["rules", "*"], Map),
    ("ClusterRole", &["rules", "*", "verbs"], List),
    ("ClusterRole", &["rules", "*", "resources"], List),
    ("ClusterRoleBinding", &["roleRef"], Map),
    ("ClusterRoleBinding", &["subjects"], List),
    ("DestinationRule.networking.istio.io", &["spec", "trafficPolicy"], Map),
    ("DestinationRule.networking.istio.io", &["spec", "trafficPolicy", "tls"], Map),
    ("Gateway.gateway.networking.k8s.io", &["spec", "tls"], Map),
    ("Gateway.gateway.networking.k8s.io", &["spec", "listeners"], List),
    ("Gateway.gateway.networking.k8s.io", &["spec", "listeners", "*", "tls"], Map),
    ("Gateway.networking.istio.io", &["spec", "servers"], List),
    ("Gateway.networking.istio.io", &["spec", "servers", "*", "tls"], Map),
    ("Ingress", &["spec"], Map),
    ("Ingress", &["spec", "tls"], List),
    ("Ingress", &["spec", "tls", "*"], Map),
    ("Ingress", &["spec", "tls", "*", "hosts"], List),
    ("Ingress", &["spec", "tls", "*", "secretName"], Text),
    ("NetworkPolicy", &["spec"], Map),
    ("NetworkPolicy", &["spec", "podSelector"], Map),
    ("NetworkPolicy", &["spec", "policyTypes"], List),
    ("NetworkPolicy", &["spec", "ingress"], List),
    ("NetworkPolicy", &["spec", "ingress", "*"], Map),
    ("NetworkPolicy", &["spec", "ingress", "*", "from"], List),
    ("NetworkPolicy", &["spec", "egress"], List),
    ("NetworkPolicy", &["spec", "egress", "*"], Map),
    ("NetworkPolicy", &["spec", "egress", "*", "to"], List),
    ("PeerAuthentication.security.istio.io", &["spec", "mtls"], Map),
    ("PeerAuthentication.security.istio.io", &["spec", "mtls", "mode"], Text),
    ("PeerAuthentication.security.istio.io", &["spec", "portLevelMtls"], Map),
    ("Role", &["rules"], List),
    ("Role", &["rules", "*"], Map),
    ("Role", &["rules", "*", "verbs"], List),
    ("Role", &["rules", "*", "resources"], List),
    ("RoleBinding", &["roleRef"], Map),
    ("RoleBinding", &["subjects"], List),
    ("ServiceAccount", &["automountServiceAccountToken"], Bool),
];

/// Groups whose kinds these are; others have kinds of the same name.
const GROUPS: [&str; 6] =
    ["", "apps", "batch", "extensions", "networking.k8s.io", "rbac.authorization.k8s.io"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in objects(document).iter() {
        Check { object, items: &mut items }.object();
    }
    items
}

struct Check<'c, 't> {
    object: &'c Object<'t>,
    items: &'c mut Vec<Item<'t>>,
}

impl<'t> Check<'_, 't> {
    fn object(&mut self) {
        let (root, kind) = (&self.object.cursor, self.object.kind);
        let version = root.text(&["apiVersion"]).unwrap_or_default();
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let is_own = GROUPS.contains(&group);
        let is_it = |known: &str| {
            known.starts_with(kind)
                && match known.split_once('.') {
                    Some(known) => known == (kind, group),
                    None => is_own && known == kind,
                }
        };
        for (_, way, wanted) in OBJECTS.iter().filter(|(known, ..)| is_it(known)) {
            self.at(root, way, *wanted);
        }
        if !is_own {
            // What others put into a template of a pod is one where it says so.
            let spec = root.at(&["spec", "template", "spec"]);
            if let Some(spec) = spec.filter(|spec| spec.node.get("containers").is_some()) {
                self.pod(&spec);
            }
            return;
        }
        let Some((_, way)) = PODS.iter().find(|(known, _)| is_it(known)) else {
            return;
        };
        for length in 1..=way.len() {
            self.at(root, way.get(..length).unwrap_or_default(), Map);
        }
        if let Some(spec) = root.at(way) {
            self.pod(&spec);
        }
    }

    fn pod(&mut self, spec: &Cursor<'t>) {
        for (way, wanted) in POD.iter().chain(BOTH) {
            self.at(spec, way, *wanted);
        }
        for container in CONTAINERS.iter().filter_map(|list| spec.get(list)).flat_map(|l| l.items())
        {
            for (way, wanted) in CONTAINER.iter().chain(BOTH) {
                self.at(&container, way, *wanted);
            }
        }
    }

    /// Tells every value at the end of a way that is not what is wanted there.
    fn at(&mut self, from: &Cursor<'t>, way: &[&str], wanted: Type) {
        if fits(from.node, way, (wanted, from.dialect.typing())) {
            return;
        }
        match way.split_first() {
            None => self.value(from, wanted),
            Some((&"*", rest)) => from.items().iter().for_each(|item| self.at(item, rest, wanted)),
            Some((key, rest)) => {
                if let Some(next) = from.get(key) {
                    self.at(&next, rest, wanted);
                }
            }
        }
    }

    fn value(&mut self, place: &Cursor<'t>, wanted: Type) {
        let Some(found) = found(place.node, place.dialect.typing()) else { return };
        let later = Some(place.node.text()).filter(|_| place.node.is_scalar()).and_then(unresolved);
        let fact = Fact::map([
            ("owner", Some(Fact::text(self.object.owner()))),
            ("setting", Some(Fact::text(place.keys().join(".")))),
            ("expected", Some(Fact::text(wanted.shown()))),
            ("found", Some(Fact::text(found.shown()))),
            ("fits", Some(later.map_or(Fact::Bool(false), Fact::Unknown))),
        ]);
        self.items.push(place.item_here(fact));
    }
}

/// Whether every value at the end of a way is what is wanted there; most are, and need no address.
fn fits(from: Node<'_>, way: &[&str], (wanted, typing): (Type, Typing)) -> bool {
    match way.split_first() {
        None => found(from, typing).is_none_or(|found| found == wanted),
        Some((&"*", rest)) => from.items().all(|item| fits(item, rest, (wanted, typing))),
        Some((key, rest)) => from.get(key).is_none_or(|next| fits(next, rest, (wanted, typing))),
    }
}

/// What a node is; nothing for null.
fn found(node: Node<'_>, typing: Typing) -> Option<Type> {
    match node.kind() {
        Kind::Map => return Some(Map),
        Kind::List => return Some(List),
        Kind::Plain | Kind::Text | Kind::Number | Kind::Bool | Kind::Null => (),
    }
    Some(match typing.read(node) {
        Scalar::Null => return None,
        Scalar::Bool(_) => Bool,
        Scalar::Number(_) => Number,
        Scalar::Text(_) | Scalar::Secret(_) => Text,
    })
}

impl Type {
    const fn shown(self) -> &'static str {
        match self {
            Map => "a map",
            List => "a list",
            Bool => "a boolean",
            Number => "a number",
            Text => "a text",
        }
    }
}

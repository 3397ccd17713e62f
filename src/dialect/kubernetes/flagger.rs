//! What Flagger makes of the target of a Canary: workload, service, autoscaler and configuration
//! under the same name with `-primary` behind it.
//!
//! Read in fluxcd/flagger 15bd6ad5 (2026-07-21): `pkg/canary/deployment_controller.go`,
//! `daemonset_controller.go`, `hpa_reconciler.go`, `config_tracker.go` and `util.go`. A copy says what
//! its source says, but for its own name, the names of what was copied with it, and what the API
//! server and Flagger write into either.

use super::super::Copied;
use super::{KUBERNETES, identity_of};
use crate::dialect::Dialect as _;
use crate::model::{Kind, Node};

/// What the name of a copy ends in.
const SUFFIX: &str = "-primary";

/// How the join of a Canary begins.
pub(super) const CANARIES: &str = "k8s:flagger.app/Canary/";

/// What Flagger made as a Canary says, of the documents that `document` finds by their join.
pub(super) fn copies<'t>(
    canary: Node<'t>,
    document: &dyn Fn(&str) -> Option<Node<'t>>,
) -> Vec<Copied> {
    let told = |way: &[&str]| canary.text_at(way).unwrap_or_default();
    let target = told(&["spec", "targetRef", "name"]);
    let service = Some(told(&["spec", "service", "name"])).filter(|name| !name.is_empty());
    let home = told(&["metadata", "namespace"]);
    let join = |group: &str, kind: &str, name: &str| identity_of(group, kind, home, name);
    let workload = ["Deployment", "DaemonSet"].iter().find_map(|kind| {
        (told(&["spec", "targetRef", "kind"]) == *kind).then(|| join("apps", kind, target))
    });
    let mut sources = vec![join("", "Service", service.unwrap_or(target))];
    let scaler = told(&["spec", "autoscalerRef", "name"]);
    sources.push(join("autoscaling", "HorizontalPodAutoscaler", scaler));
    for root in workload.iter().filter_map(|join| document(join)) {
        let mut named = Vec::new();
        configuration(root, &mut Vec::new(), &mut named);
        sources.extend(named.into_iter().map(|(kind, name)| join("", kind, name)));
    }
    sources.extend(workload);
    sources.sort();
    sources.dedup();
    // While a new version is being judged, the source has it and its copy has not.
    let is_under_way = RUNNING.contains(&told(&["status", "phase"]));
    let made = sources.into_iter().filter_map(|of| {
        let copy = [of.as_str(), SUFFIX].concat();
        let pair = Both { canary, of: document(&of)?, copy: document(&copy)? };
        let differs = pair.unlike();
        let mut open = OPEN.to_vec();
        if pair.is_scaled() {
            open.push("/spec/replicas");
        }
        let by = format!("flagger: copy of {of} for the Canary {}", told(&["metadata", "name"]));
        (differs.is_none() || !is_under_way).then_some(Copied { copy, of, by, open, differs })
    });
    made.collect()
}

/// Places of a copy of which its source says nothing, or not all.
const OPEN: [&str; 5] = [
    "/metadata/labels",
    "/metadata/annotations",
    "/metadata/ownerReferences",
    "/spec/clusterIP",
    "/spec/clusterIPs",
];

/// Phases in which a source is ahead of its copy.
const RUNNING: [&str; 7] = [
    "Initializing",
    "Waiting",
    "Progressing",
    "WaitingPromotion",
    "Promoting",
    "Finalising",
    "Terminating",
];

/// Every `ConfigMap` and Secret that a pod names.
fn configuration<'t>(
    node: Node<'t>,
    way: &mut Vec<&'t str>,
    found: &mut Vec<(&'static str, &'t str)>,
) {
    if node.is_scalar() {
        found.extend(config_at(way).map(|kind| (kind, node.text())));
    }
    for entry in node.entries() {
        way.push(entry.key.text());
        configuration(entry.value, way, found);
        way.pop();
    }
    for item in node.items() {
        way.push("*");
        configuration(item, way, found);
        way.pop();
    }
}

/// Whose name stands at a place, where it is that of a `ConfigMap` or Secret.
fn config_at(way: &[&str]) -> Option<&'static str> {
    match way {
        [.., "configMap" | "configMapKeyRef" | "configMapRef", "name"] => Some("ConfigMap"),
        [.., "secret", "secretName"] | [.., "secret" | "secretKeyRef" | "secretRef", "name"] => {
            Some("Secret")
        }
        _ => None,
    }
}

/// A source and its copy.
struct Both<'t> {
    canary: Node<'t>,
    of: Node<'t>,
    copy: Node<'t>,
}

impl<'t> Both<'t> {
    /// Where the copy first says anything that is not its source's.
    fn unlike(&self) -> Option<String> {
        self.maps(&mut Vec::new(), self.of, self.copy)
    }

    /// Whether the replicas of the copy are its own: an autoscaler decides, or the source is at rest.
    fn is_scaled(&self) -> bool {
        self.canary.get("spec").is_some_and(|spec| spec.get("autoscalerRef").is_some())
            || self.of.text_at(&["spec", "replicas"]) == Some("0")
    }

    fn nodes(&self, way: &mut Vec<&'t str>, of: Node<'t>, copy: Node<'t>) -> Option<String> {
        if of.kind() != copy.kind() {
            return Some(pointer(way));
        }
        match of.kind() {
            Kind::Map => self.maps(way, of, copy),
            Kind::List => self.lists(way, of, copy),
            Kind::Plain | Kind::Text | Kind::Number | Kind::Bool | Kind::Null => {
                let typing = KUBERNETES.typing();
                let renamed =
                    is_renamed(way) && copy.text().strip_suffix(SUFFIX) == Some(of.text());
                (!renamed && typing.read(of) != typing.read(copy)).then(|| pointer(way))
            }
        }
    }

    fn lists(&self, way: &mut Vec<&'t str>, of: Node<'t>, copy: Node<'t>) -> Option<String> {
        if of.len() != copy.len() {
            return Some(pointer(way));
        }
        way.push("*");
        let found = of.items().zip(copy.items()).find_map(|(of, copy)| self.nodes(way, of, copy));
        way.pop();
        found
    }

    fn maps(&self, way: &mut Vec<&'t str>, of: Node<'t>, copy: Node<'t>) -> Option<String> {
        let own = of.entries().filter(|entry| copy.get(entry.key.text()).is_none());
        let lone = own.map(|entry| (entry, true));
        let added = copy.entries().filter(|entry| of.get(entry.key.text()).is_none());
        for (entry, is_left_out) in lone.chain(added.map(|entry| (entry, false))) {
            way.push(entry.key.text());
            let told = (!self.may_lack(way, is_left_out, entry.value)).then(|| pointer(way));
            way.pop();
            if told.is_some() {
                return told;
            }
        }
        of.entries().find_map(|entry| {
            let copied = copy.get(entry.key.text())?;
            way.push(entry.key.text());
            let found =
                if self.is_own(way, copied) { None } else { self.nodes(way, entry.value, copied) };
            way.pop();
            found
        })
    }

    /// Whether what stands at a place of the copy is its own, whatever its source says.
    fn is_own(&self, way: &[&str], copied: Node<'t>) -> bool {
        match way {
            ["status"] | ["metadata", "name" | "namespace" | "ownerReferences"] => true,
            ["metadata", key] => SERVER.contains(key),
            [.., "annotations", key] => WRITTEN.contains(key),
            ["spec", "replicas"] => self.is_scaled(),
            ["spec", "clusterIP" | "clusterIPs"] => copied.text() != "None",
            ["spec", limit @ ("minReplicas" | "maxReplicas")] => {
                let scaler = ["spec", "autoscalerRef", "primaryScalerReplicas", *limit];
                self.canary.text_at(&scaler) == Some(copied.text())
            }
            _ => false,
        }
    }

    /// Whether only the source, or only the copy, may have what stands at a place.
    fn may_lack(&self, way: &[&str], is_left_out: bool, node: Node<'t>) -> bool {
        let of_flux = way.last().is_some_and(|key| key.contains("toolkit.fluxcd.io"));
        self.is_own(way, node)
            || is_left_out
                && match way {
                    // Labels are taken over by prefix; a copy is selected by one label.
                    ["metadata", "labels" | "annotations", ..]
                    | ["spec", "selector", "matchLabels", _]
                    | ["binaryData" | "immutable"] => true,
                    _ => of_flux,
                }
            || matches!(way, ["spec", "replicas"]) && node.text() == "1"
            || matches!(way, [.., "annotations"])
                && node.entries().all(|entry| WRITTEN.contains(&entry.key.text()))
    }
}

/// Metadata that the API server writes.
const SERVER: [&str; 6] =
    ["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"];

/// Annotations that are written for each object.
const WRITTEN: [&str; 3] = [
    "flagger-id",
    "deployment.kubernetes.io/revision",
    "kubectl.kubernetes.io/last-applied-configuration",
];

/// Whether a copy is called, selects and is selected by its own name at a place.
fn is_renamed(way: &[&str]) -> bool {
    let by_label = matches!(
        way,
        [.., "matchLabels" | "labels", _]
            | ["spec", "selector", _]
            | ["spec", "scaleTargetRef", "name"]
            | [.., "matchExpressions", "*", "values", "*"]
    );
    by_label || config_at(way).is_some()
}

fn pointer(way: &[&str]) -> String {
    way.iter().flat_map(|key| ["/".to_owned(), key.replace('~', "~0").replace('/', "~1")]).collect()
}

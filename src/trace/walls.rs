//! What stands around workloads: which of them policies of the network hold for, and which objects
//! select nobody.
//!
//! As Kubernetes has it (v1.35, `networking.k8s.io/v1`), a pod that no policy of a direction selects
//! may do everything in it; policies of Cilium count alike. Where blue has none at all, nothing is
//! said: they may stand elsewhere, and green is no worse.

use std::collections::{BTreeMap, BTreeSet};

use super::anchor::{Anchor, At, below, beside_of, document_of, each_once};
use super::graph::Graph;
use super::guard::endpoint;
use super::kept::{Kept, of_view};
use super::known::Name;
use super::read::flag;
use super::selector::{Labels, any, picks};
use super::views::{SideFacts, SideItem, SideView};
use super::workload::Workload;
use crate::facts::Fact;

/// See its `about`.
pub(super) static ISOLATION: SideView = SideView {
    id: "k8s.isolation",
    about: "A workload on the network of its cluster, and whether network policies hold for it, where \
            blue has any",
    fields: &[
        ("owner", "the workload: deployment/pay"),
        ("namespace", "its namespace; absent when it names none"),
        ("ingress", "whether some policy says who may come; unknown where labels are"),
        ("egress", "whether some policy says where it may go, or its mesh lets nothing else out"),
    ],
    extract: isolations,
};

/// See its `about`.
pub(super) static SELECTION: SideView = SideView {
    id: "k8s.selection",
    about: "An object that selects pods by their labels, where workloads of its namespace were read",
    fields: &[
        ("owner", "the object: service/pay, networkpolicy/pay, authorizationpolicy/pay"),
        ("kind", "service, networkpolicy, poddisruptionbudget or authorizationpolicy"),
        ("namespace", "its namespace; absent when it names none"),
        ("selects", "whether it selects any; unknown where labels are"),
    ],
    extract: selections,
};

/// See its `about`.
pub(super) static DEFAULT: SideView = SideView {
    id: "istio.default",
    about: "A namespace in which policies of Istio's authorization allow some workloads something, at the \
            first of them",
    fields: &[
        ("namespace", "the namespace; empty where the policies name none"),
        ("allows", "the policies that allow something to pods that they select"),
        ("denies", "whether a policy denies everything that none of them allows"),
    ],
    extract: defaults,
};

/// Policies of one direction that may hold for each workload, by its index, and where they stand.
type Held = BTreeMap<usize, Vec<(Option<bool>, At)>>;

/// Those of each of [`DIRECTIONS`].
pub(super) type Walled = [Held; 2];

const DIRECTIONS: [&str; 2] = ["ingress", "egress"];

fn isolations(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    if !graph.known.is_segmented {
        return Vec::new();
    }
    let [ingress, egress] = graph.walled();
    let is_shut =
        of_view(graph.kept, "istio.mesh").any(|mesh| mesh.word("outbound") == "REGISTRY_ONLY");
    let item = |(index, workload): (usize, &&Workload)| {
        let says = |held: &Held, more: bool| {
            let own = held.get(&index).into_iter().flatten().map(|(holds, _)| *holds);
            match any(own.chain([Some(more)])) {
                Some(holds) => Fact::Bool(holds),
                None => Fact::Unknown("labels of its pods are not known".to_owned()),
            }
        };
        let more = is_shut && workload.is_meshed;
        let fields = [("ingress", says(ingress, false)), ("egress", says(egress, more))];
        // Not the pods as a whole: other changes of theirs have nothing to do with it.
        let labels = beside_of(&workload.at_pod, &["metadata", "labels"]);
        let mut item = of_object(graph, &workload.owner, &workload.namespace, &labels, fields);
        // Where blue is held and green is not, a policy changed, or the labels of the workload.
        let walls = graph.name_of(index).and_then(|name| graph.known.walls.get(name));
        item.at.splice(0..0, walls.into_iter().flatten().flat_map(settings));
        item
    };
    let workloads = graph.workloads.iter().enumerate();
    workloads.filter(|(_, one)| !one.is_on_node && one.at_pod.is_some()).map(item).collect()
}

fn selections(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let kept = [
        ("networkpolicy", "k8s.networkpolicy", "pod_selector"),
        ("poddisruptionbudget", "k8s.disruption-budget", "selector"),
        ("authorizationpolicy", "istio.authorization", "selector"),
    ];
    let mut items = Vec::new();
    for (kind, view, key) in kept {
        for one in of_view(graph.kept, view) {
            let namespace = one.word("namespace");
            let Some(selector) = one.get(key).filter(|selector| !is_empty(selector)) else {
                continue;
            };
            if !graph.is_read(namespace) {
                continue;
            }
            let picked = graph.picked(namespace, &selector);
            let selects = any(picked.iter().map(|(_, holds)| *holds));
            items.push(selection(graph, kind, (one.word("owner"), namespace, &one.at), selects));
        }
    }
    for service in graph.services.values().flatten() {
        let (name, namespace) = (format!("service/{}", service.name), &*service.namespace);
        if service.selector.is_empty() || service.is_external || !graph.is_read(namespace) {
            continue;
        }
        let selects = Some(!graph.selected(service).is_empty());
        let at = service.at("selector");
        items.push(selection(graph, "service", (&name, namespace, &at), selects));
    }
    items
}

/// A policy that allows, selects nobody and has no rules allows nothing (istio/api b8f8791,
/// `security/v1beta1/authorization_policy.proto`); in the namespace of the whole mesh it is the
/// default of all.
fn defaults(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let allows = |one: &&Kept| one.word("action") == "ALLOW";
    let mut narrow: BTreeMap<String, Vec<&Kept>> = BTreeMap::new();
    let mut denied: BTreeSet<String> = BTreeSet::new();
    for policy in of_view(graph.kept, "istio.authorization").filter(allows) {
        let selects = policy.get("selector").is_some_and(|selector| !is_empty(&selector));
        let rules = policy.get("rules");
        if selects {
            narrow.entry(policy.text("namespace")).or_default().push(policy);
        } else if rules.is_none_or(|rules| rules == Fact::List(Vec::new())) {
            denied.insert(policy.text("namespace"));
        }
    }
    let is_shut = of_view(graph.kept, "istio.mesh")
        .any(|mesh| denied.contains(mesh.word("namespace")))
        || denied.contains("istio-system");
    let item = |(namespace, policies): (String, Vec<&Kept>)| {
        let owners = policies.iter().map(|one| Fact::text(graph.folded(one.word("owner"))));
        let at = policies.iter().filter_map(|one| one.at.clone()).collect();
        let key = graph.folded(&namespace);
        let fact = Fact::map([
            ("namespace", Some(Fact::text(key.clone()))),
            ("allows", Some(Fact::List(owners.collect()))),
            ("denies", Some(Fact::Bool(is_shut || denied.contains(&namespace)))),
        ]);
        SideItem { key, at, fact }
    };
    narrow.into_iter().map(item).collect()
}

fn selection(
    graph: &Graph<'_>,
    kind: &'static str,
    (owner, namespace, at): (&str, &str, &At),
    selects: Option<bool>,
) -> SideItem<'static> {
    let unknown = || Fact::Unknown("labels of pods are not known".to_owned());
    let fields =
        [("kind", Fact::text(kind)), ("selects", selects.map_or_else(unknown, Fact::Bool))];
    of_object(graph, owner, namespace, at, fields)
}

/// An item about an object, which both sides know by its folded name.
fn of_object(
    graph: &Graph<'_>,
    owner: &str,
    namespace: &str,
    at: &At,
    fields: [(&'static str, Fact<'static>); 2],
) -> SideItem<'static> {
    let [owner, namespace] = [owner, namespace].map(|text| graph.folded(text));
    let key = [namespace.as_str(), &owner].join(" ");
    let named = Some(namespace).filter(|namespace| !namespace.is_empty()).map(Fact::text);
    let own = [("owner", Some(Fact::text(owner))), ("namespace", named)];
    let fact = Fact::map(own.into_iter().chain(fields.map(|(key, value)| (key, Some(value)))));
    SideItem { key, at: at.iter().cloned().collect(), fact }
}

/// What of a policy decides whom it holds for, in order: its selector, its directions, and that it is
/// there.
fn settings(policy: &Anchor) -> Vec<Anchor> {
    let policy = Some(policy.clone());
    let keys = ["podSelector", "policyTypes", "endpointSelector"];
    let parts = keys.map(|key| below(&policy, &[key]));
    let mut all: Vec<Anchor> = [document_of(&policy)].into_iter().chain(parts).flatten().collect();
    all.sort();
    all
}

/// Whether a selector names nothing, and so picks all.
fn is_empty(selector: &Fact<'_>) -> bool {
    let names = |key| match selector.get(key) {
        Some(Fact::Map(pairs)) => !pairs.is_empty(),
        Some(Fact::List(members)) => !members.is_empty(),
        _ => false,
    };
    !names("matchLabels") && !names("matchExpressions")
}

impl Graph<'_> {
    /// Whether any network policy was read.
    pub(super) fn is_segmented(&self) -> bool {
        let views = ["k8s.networkpolicy", "cilium.policy"];
        views.iter().any(|view| of_view(self.kept, view).next().is_some())
    }

    /// The policies that hold for each workload, by its namespace and owner, colours folded.
    pub(super) fn walls(&self) -> BTreeMap<Name, Vec<Anchor>> {
        let mut found: BTreeMap<Name, Vec<Anchor>> = BTreeMap::new();
        for (index, policies) in self.walled().iter().flatten() {
            let Some(name) = self.name_of(*index) else { continue };
            let policies = policies.iter().filter_map(|(_, at)| at.clone());
            found.entry(name.clone()).or_default().extend(policies);
        }
        found.values_mut().for_each(each_once);
        found
    }

    /// What policies of each direction say of each workload that they may hold for.
    fn walled(&self) -> &Walled {
        self.walled.get_or_init(|| {
            let mut walled = Walled::default();
            for policy in of_view(self.kept, "k8s.networkpolicy") {
                let selector = policy.get("pod_selector").unwrap_or_else(|| Fact::Map(Vec::new()));
                let picked = self.picked(policy.word("namespace"), &selector);
                let types = policy.texts("types");
                for (held, direction) in walled.iter_mut().zip(DIRECTIONS) {
                    if types.iter().any(|kind| kind.eq_ignore_ascii_case(direction)) {
                        for (index, holds) in &picked {
                            held.entry(*index).or_default().push((*holds, policy.at.clone()));
                        }
                    }
                }
            }
            for policy in of_view(self.kept, "cilium.policy") {
                for (held, direction) in walled.iter_mut().zip(DIRECTIONS) {
                    for (index, holds) in self.endpoints(policy, direction) {
                        held.entry(index).or_default().push((holds, policy.at.clone()));
                    }
                }
            }
            let all = walled.iter_mut().flat_map(BTreeMap::values_mut);
            all.for_each(Vec::shrink_to_fit);
            walled
        })
    }

    /// The workloads that a policy of Cilium may hold for in one direction.
    fn endpoints(&self, policy: &Kept, direction: &str) -> Vec<(usize, Option<bool>)> {
        let Some(spec) = policy.get("spec") else { return Vec::new() };
        let denies = spec.get("enableDefaultDeny").and_then(|one| flag(one.get(direction)));
        let Some(selector) = spec.get("endpointSelector") else { return Vec::new() };
        if spec.get(direction).is_none() || denies == Some(false) {
            return Vec::new();
        }
        let namespace = policy.word("namespace");
        let known = self.workloads.iter().enumerate();
        let near = known.filter(|(_, one)| namespace.is_empty() || one.namespace == namespace);
        let held = near.map(|(index, one)| (index, endpoint(selector, one, "")));
        held.filter(|(_, holds)| *holds != Some(false)).collect()
    }

    /// The workloads of a namespace that a selector of Kubernetes may pick, by their indexes.
    fn picked(&self, namespace: &str, selector: &Fact<'_>) -> Vec<(usize, Option<bool>)> {
        let pairs = match selector.get("matchLabels") {
            Some(Fact::Map(pairs)) => pairs.first(),
            _ => None,
        };
        let narrow = pairs.and_then(|(key, value)| {
            let Fact::Text(value) = value else { return None };
            Some(self.labelled_with(namespace, key, value))
        });
        let indexes = narrow.unwrap_or_else(|| self.of_namespace(namespace).collect());
        let holds = |index: usize| {
            let workload = self.workloads.get(index)?;
            let labels = Labels { known: &workload.labels, is_all: true };
            Some((index, picks(selector, labels)))
        };
        let held = indexes.into_iter().filter_map(holds);
        held.filter(|(_, holds)| *holds != Some(false)).collect()
    }

    /// Whether any workload of a namespace was read.
    fn is_read(&self, namespace: &str) -> bool {
        self.of_namespace(namespace).next().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::is_empty;
    use crate::facts::Fact;

    #[test]
    fn a_selector_that_names_nothing_is_empty() {
        let empty = Fact::map([("matchLabels", Some(Fact::Map(Vec::new())))]);
        let labels = Fact::map([("a", Some(Fact::text("b")))]);
        assert!(is_empty(&empty) && is_empty(&Fact::Map(Vec::new())));
        assert!(!is_empty(&Fact::map([("matchLabels", Some(labels))])));
    }
}

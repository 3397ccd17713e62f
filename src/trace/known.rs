//! What both sides have, so that what one lacks is known to be missing.

use std::collections::{BTreeMap, BTreeSet};

use super::anchor::{Anchor, At, each_once};
use super::graph::{Graph, Runs};
use super::kept::{Kept, of_view};
use super::needs::role_of;
use super::scrub::Guards;
use crate::model::{Pair, Side};
use crate::policy::ColourMap;

/// A thing by namespace and name, colours folded: what both sides know it by.
pub(super) type Name = (String, String);

/// What either side has, so that what only the other side has is known to be missing here.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Those that exist.
    pub(super) services: BTreeMap<Name, At>,
    /// Those that select some workload.
    pub(super) serving: BTreeSet<Name>,
    /// Services of Compose files, by file and name.
    pub(super) composed: BTreeMap<Name, At>,
    /// Network policies, by namespace and name.
    pub(super) policies: BTreeMap<Name, At>,
    /// Resources by which an operator instruments pods, by namespace and name.
    pub(super) instrumentations: BTreeMap<Name, At>,
    /// Workloads that it instruments, with the language.
    pub(super) injected: BTreeSet<(String, String, &'static str)>,
    /// Workloads with a collector beside their containers.
    pub(super) sidecars: BTreeSet<Name>,
    /// Ports of nodes that lead to collectors.
    pub(super) node_ports: BTreeMap<u16, At>,
    /// Hosts outside that a mesh knows.
    pub(super) entries: BTreeMap<String, At>,
    /// `ConfigMap`s and Secrets, by namespace and kind with name.
    pub(super) configs: BTreeMap<Name, At>,
    /// Roles and their bindings, by the service account that has them.
    pub(super) grants: BTreeMap<Name, Vec<Anchor>>,
    /// Processors of collectors that remove or mask data.
    pub(super) guards: Guards,
    /// For whom resources hold that say what proxies trace, and where they stand.
    pub(super) telemetries: BTreeMap<Name, At>,
    /// Collectors of blue.
    pub(super) of_blue: BTreeSet<String>,
    /// Whether blue has network policies at all.
    pub(super) is_segmented: bool,
    /// Those that hold for each workload of blue, by its namespace and owner.
    pub(super) walls: BTreeMap<Name, Vec<Anchor>>,
}

impl Known {
    /// Of no side.
    pub(super) const NOTHING: &'static Self = &Self {
        services: BTreeMap::new(),
        serving: BTreeSet::new(),
        composed: BTreeMap::new(),
        policies: BTreeMap::new(),
        instrumentations: BTreeMap::new(),
        injected: BTreeSet::new(),
        sidecars: BTreeSet::new(),
        node_ports: BTreeMap::new(),
        entries: BTreeMap::new(),
        configs: BTreeMap::new(),
        grants: BTreeMap::new(),
        guards: BTreeMap::new(),
        telemetries: BTreeMap::new(),
        of_blue: BTreeSet::new(),
        is_segmented: false,
        walls: BTreeMap::new(),
    };

    /// What both sides have.
    pub fn of(graphs: &Pair<Graph<'_>>, colours: &ColourMap) -> Self {
        let mut all = Self::default();
        for side in Side::BOTH {
            let graph = graphs.get(side);
            if side == Side::Blue && graph.is_segmented() {
                all.is_segmented = true;
                all.walls = graph.walls();
            }
            if side == Side::Blue {
                all.of_blue = graph.collectors.iter().map(|one| graph.key_of(one)).collect();
            }
            for (collector, guards) in graph.guards() {
                all.guards.entry(collector).or_default().extend(guards);
            }
            let fold = |text: &str| colours.fold(side, text).into_owned();
            for ((file, name), service) in &graph.projects {
                let name = (fold(file), fold(name));
                all.composed.entry(name).or_insert_with(|| service.at());
            }
            for service in graph.services.values().flatten() {
                let name = (fold(&service.namespace), fold(&service.name));
                if !graph.selected(service).is_empty() {
                    all.serving.insert(name.clone());
                }
                all.services.entry(name).or_insert_with(|| service.at_document());
            }
            all.take_named(graph);
            all.take_grants(graph);
            all.take_workloads(graph);
        }
        all
    }

    /// Takes what is known by its namespace and name.
    fn take_named(&mut self, graph: &Graph<'_>) {
        let name =
            |kept: &Kept, key| (graph.folded(kept.word("namespace")), graph.folded(kept.word(key)));
        for (view, key, into) in [
            ("k8s.networkpolicy", "owner", &mut self.policies),
            ("k8s.config", "owner", &mut self.configs),
            ("k8s.instrumentation", "name", &mut self.instrumentations),
        ] {
            for kept in of_view(graph.kept, view) {
                into.entry(name(kept, key)).or_insert_with(|| kept.at_document());
            }
        }
        for entry in of_view(graph.kept, "istio.serviceentry") {
            for host in entry.texts("hosts") {
                self.entries.entry(host.to_lowercase()).or_insert_with(|| entry.at_document());
            }
        }
        for (scope, at) in graph.scopes() {
            self.telemetries.entry(scope).or_insert(at);
        }
    }

    fn take_grants(&mut self, graph: &Graph<'_>) {
        let rules = of_view(graph.kept, "rbac.rule");
        let documents: BTreeMap<String, At> =
            rules.map(|rule| (rule.text("owner"), rule.at_document())).collect();
        for binding in of_view(graph.kept, "rbac.binding") {
            let account = ["subject_namespace", "subject"].map(|key| binding.text(key));
            let [namespace, name] = account.map(|text| graph.folded(&text));
            let role = documents.get(&role_of(binding)).cloned().flatten();
            let grants = self.grants.entry((namespace, name)).or_default();
            grants.extend([binding.at_document(), role].into_iter().flatten());
        }
        self.grants.values_mut().for_each(each_once);
    }

    fn take_workloads(&mut self, graph: &Graph<'_>) {
        for (index, workload) in graph.workloads.iter().enumerate() {
            let Some(name) = graph.name_of(index) else { continue };
            if let Some(Runs::Collector(_)) = graph.sidecar(index) {
                self.sidecars.insert(name.clone());
            }
            let runs = graph.runs.get(index).is_some_and(Option::is_some);
            for port in workload.node_ports().filter(|_| runs && workload.is_daemon()) {
                let at = workload.at_ports();
                self.node_ports.entry(port).or_insert(at);
            }
            for injection in graph.injections(workload) {
                let (namespace, owner) = name.clone();
                self.injected.insert((namespace, owner, injection.language));
            }
        }
    }
}

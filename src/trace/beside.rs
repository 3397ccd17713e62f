//! Collectors that pods reach without a Service: beside them in the pod, or on their node.

use super::collector::Arrival;
use super::fault::Fault;
use super::graph::{Graph, Runs};
use super::target::{Sender, Target};
use super::workload::Workload;

/// What stands for the address of the node in an endpoint, in lower case.
pub(super) const NODE: &str = "status.hostip";

impl<'a> Graph<'a> {
    /// The collector in the pod of the sender.
    pub(super) fn beside(&self, arrival: Arrival, sender: Sender<'a>) -> Target {
        let arrival = Arrival { is_remote: false, ..arrival };
        if sender.collector.is_some() {
            return Target::Unresolved(
                "it goes to another process of the same machine, which is not followed".to_owned(),
            );
        }
        let lost = || {
            let workload = self.workloads.get(sender.workload?).copied()?;
            let name = (self.folded(&workload.namespace), self.folded(&workload.owner));
            self.known.sidecars.contains(&name).then(|| self.no_sidecar(workload))
        };
        match sender.workload.and_then(|workload| self.sidecar(workload)) {
            Some(Runs::Collector(index)) => Target::Collector(index, arrival),
            Some(Runs::Unknown(reason)) => {
                lost().map_or(Target::Unresolved(reason), Target::Broken)
            }
            None => {
                let kept = sender.workload.and_then(|own| self.kept_by(&[own], &arrival));
                kept.or_else(|| lost().map(Target::Broken)).unwrap_or_else(|| {
                    Target::Unresolved(
                        "it goes to the machine itself, and no collector beside it was read"
                            .to_owned(),
                    )
                })
            }
        }
    }

    /// A pod that has a collector beside it on the other side only.
    fn no_sidecar(&self, workload: &Workload) -> Fault {
        let wanted = self.annotated(workload, SIDECAR).filter(|wanted| wanted != "false");
        let why = match wanted {
            Some(wanted) => format!("no one collector answers to {SIDECAR}: {wanted}"),
            None => format!("the template of its pods has no annotation {SIDECAR}"),
        };
        let reason = format!("{} has no collector beside it: {why}", workload.owner);
        let fault = Fault::new("no-sidecar", self.folded(&workload.owner), reason);
        fault.at(&workload.at_annotation(SIDECAR)).at(&workload.at_own_annotation(SIDECAR))
    }

    /// The collector in the pods of a workload: its own, or one that an operator puts there.
    pub(super) fn sidecar(&self, workload: usize) -> Option<Runs> {
        if let Some(Some(runs)) = self.runs.get(workload) {
            return Some(runs.clone());
        }
        let workload = self.workloads.get(workload)?;
        let wanted = self.annotated(workload, SIDECAR).filter(|wanted| wanted != "false")?;
        let own = workload.namespace.as_str();
        let found: Vec<usize> = if wanted == "true" {
            let all = self.resources.range((own, "")..);
            let near = all.take_while(|((namespace, _), _)| *namespace == own);
            near.filter_map(|(name, _)| self.resource_of(*name, workload.file())).collect()
        } else {
            let name = wanted.split_once('/').unwrap_or((own, wanted.as_str()));
            self.resource_of(name, workload.file()).into_iter().collect()
        };
        Some(match found.as_slice() {
            [only] => Runs::Collector(*only),
            _ => Runs::Unknown(format!(
                "an operator puts a collector beside it (sidecar.opentelemetry.io/inject: \
                 {wanted}); {} of those were read",
                found.len()
            )),
        })
    }

    /// The collector on the node of the sender: one that every node runs, at a port of the node.
    pub(super) fn on_node(&self, arrival: Arrival) -> Target {
        let Some(port) = arrival.port else {
            return Target::Unresolved(
                "it goes to its node, at a port that is not said".to_owned(),
            );
        };
        let daemons = || self.workloads.iter().zip(&self.runs).filter(|(w, _)| w.is_daemon());
        let mut found = Vec::new();
        for (workload, runs) in daemons() {
            if let (Some(Runs::Collector(index)), Some(inside)) = (runs, workload.on_node(port)) {
                found.push((*index, inside, *workload));
            }
        }
        match found.as_slice() {
            [(index, inside, workload)] => {
                let is_local_by_default = workload.is_local_by_default();
                let (port, at_image) = (Some(*inside), workload.at_image());
                let given = workload.given();
                let arrival = Arrival { port, is_local_by_default, at_image, given, ..arrival };
                Target::Collector(*index, arrival)
            }
            [] => match self.known.node_ports.get(&port) {
                Some(known) => {
                    let reason = format!(
                        "no collector listens on port {port} of the nodes, as the other side's does"
                    );
                    let fault = Fault::new("no-host-port", port.to_string(), reason);
                    let places: Vec<_> =
                        daemons().filter_map(|(workload, _)| workload.at_ports()).collect();
                    Target::Broken(fault.at(&places).at(known))
                }
                None => Target::Unresolved(format!(
                    "it goes to port {port} of its node, where no collector was read"
                )),
            },
            _ => Target::Unresolved(format!("several collectors have port {port} of each node")),
        }
    }
}

/// The annotation by which an operator puts a collector beside a pod.
pub(super) const SIDECAR: &str = "sidecar.opentelemetry.io/inject";

//! How a sender looks up the host of an endpoint: what it knows itself, and whom it asks.

use super::anchor::below;
use super::collector::Arrival;
use super::fault::Fault;
use super::graph::Graph;
use super::host::{Endpoint, is_loopback};
use super::target::{Sender, Target};
use super::workload::Workload;

impl<'a> Graph<'a> {
    /// What answers at a host whose address the sender is told itself: by `hostAliases` of its pods, or
    /// by its service of a Compose file.
    pub(super) fn known_to_sender(
        &self,
        endpoint: &Endpoint,
        arrival: &Arrival,
        sender: Sender<'a>,
    ) -> Option<Target> {
        let host = endpoint.host.as_str();
        if let (Some(project), Some(process)) = (sender.project, sender.process)
            && let Some(service) = self.projects.get(&(project, process))
        {
            return self.told_by_composed(service, (endpoint, arrival), sender);
        }
        let workload = self.workloads.get(sender.workload?).copied()?;
        let (_, address) = workload.aliases.iter().find(|(known, _)| known == host)?;
        Some(self.at_address(address, (host, &workload.owner), arrival, sender))
    }

    /// What answers at an address that a host is told to have.
    pub(super) fn at_address(
        &self,
        address: &str,
        (host, who): (&str, &str),
        arrival: &Arrival,
        sender: Sender<'a>,
    ) -> Target {
        if is_loopback(address) {
            return self.beside(arrival.clone(), sender);
        }
        Target::Unresolved(format!("{who} is told that {host} is {address}"))
    }

    /// Why the name of a Service is looked up where nobody knows it: on the node (kubernetes.io, "DNS for
    /// Services and Pods": `Default`, and `ClusterFirst` on the network of the node), or who knows where.
    pub(super) fn unasked_names(&self, endpoint: &Endpoint, sender: Sender<'a>) -> Option<Target> {
        let senders = self.senders(sender);
        let policy = |workload: &Workload| match workload.dns.as_deref() {
            Some("Default") => Some("Default"),
            Some("None") => Some("None"),
            None | Some("ClusterFirst") if workload.is_on_node => Some("ClusterFirst"),
            _ => None,
        };
        let first = senders.first().copied()?;
        let own = policy(first)?;
        if senders.iter().any(|other| policy(other) != Some(own)) {
            return None;
        }
        let (owner, host) = (&first.owner, &endpoint.host);
        if own == "None" {
            let reason = format!("{owner} asks servers of its own for {host} (dnsPolicy: None)");
            return Some(Target::Unresolved(reason));
        }
        let place = if first.is_on_node { " on the network of its node" } else { "" };
        let reason = format!(
            "{owner} asks its node for {host} (dnsPolicy: {own}{place}), which knows no names of the cluster"
        );
        let fault = Fault::new("no-cluster-dns", self.folded(owner), reason);
        let key = if own == "Default" { "dnsPolicy" } else { "hostNetwork" };
        Some(Target::Broken(fault.at(&below(&first.at_pod, &[key]))))
    }
}

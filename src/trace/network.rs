//! Whether network policies let spans pass: out of the pod that sends, to the resolver of names, and
//! into the pod that takes them.
//!
//! As Kubernetes has it (v1.35, `networking.k8s.io/v1`): what no policy of a direction selects may do
//! everything; what one selects may do what any of them allows. Ports are those of the pods, behind
//! their Service. Pods on the network of their node are left out, and so is an address block that
//! may hold the address of a pod: where it cannot be told, spans pass.

use std::net::IpAddr;

use super::anchor::{Anchor, At, below};
use super::fault::Fault;
use super::graph::Graph;
use super::host::{Dns, Endpoint, dns};
use super::kept::{Kept, of_view};
use super::read::{members, number, text, texts};
use super::selector::{Labels, all, any, picks};
use super::target::{Sender, in_cluster};
use super::workload::{Service, Workload};
use crate::facts::Fact;

/// The label by which every namespace has its name.
const NAME: &str = "kubernetes.io/metadata.name";

/// Where names are looked up, where the cluster does not say: of kubeadm and of `OpenShift`.
const DNS_NAMESPACES: [&str; 2] = ["kube-system", "openshift-dns"];
/// Ports of the resolver's pods: what its Service hands on may be another port.
const DNS_PORTS: [u16; 2] = [53, 5353];

/// Who is at the other end.
enum Other<'a> {
    /// A pod of a workload.
    Pod(&'a Workload),
    /// An address outside of the cluster; unknown where only its name is.
    Outside(Option<IpAddr>),
    /// The resolver of the cluster.
    Resolver,
}

/// Which port of the other end, and over what.
#[derive(Clone, Copy)]
struct Port<'a> {
    /// Absent where it is not known.
    number: Option<u16>,
    /// Whose names of ports count.
    of: Option<&'a Workload>,
    protocols: &'static [&'static str],
}

impl<'a> Graph<'a> {
    /// Why network policies keep spans from an endpoint.
    pub(super) fn barred(&self, endpoint: &Endpoint, sender: Sender<'a>) -> Option<Fault> {
        if endpoint.is_loopback() || !self.has_policies() {
            return None;
        }
        let dns = dns(&endpoint.host);
        let found = in_cluster(&dns, sender)
            .map(|(name, namespace)| self.services_of((namespace, name), sender.file))
            .filter(|found| !found.is_empty());
        if found.is_none() && !matches!(dns, Dns::Outside) {
            return None;
        }
        let services = found.as_deref();
        let senders = self.senders(sender);
        let out = senders.iter().find_map(|from| self.kept_in(from, endpoint, services));
        out.or_else(|| {
            let [service] = services? else { return None };
            senders.iter().find_map(|from| self.kept_out(from, endpoint, service))
        })
    }

    /// Why a sender may not send: it may not look up the name, or not go there.
    fn kept_in(
        &self,
        from: &'a Workload,
        endpoint: &Endpoint,
        services: Option<&[&'a Service]>,
    ) -> Option<Fault> {
        let address = endpoint.host.parse().ok();
        let fault = |kind, reason| {
            let fault = Fault::new(kind, self.folded(&from.owner), reason);
            Some(fault.at(&self.policies_of(from, "egress")))
        };
        let denied = |number: &u16| {
            let port = Port { number: Some(*number), of: None, protocols: &["UDP", "TCP"] };
            self.allows(from, "egress", &Other::Resolver, port) == Some(false)
        };
        if address.is_none() && DNS_PORTS.iter().all(denied) {
            let reason = format!("a network policy keeps {} from looking up names", from.owner);
            return fault("dns-denied", reason);
        }
        let out = match services {
            None => {
                let port = Port { number: endpoint.port, of: None, protocols: &["TCP"] };
                self.allows(from, "egress", &Other::Outside(address), port)
            }
            Some([service]) if !service.is_external => {
                let pods = self.pods_of(service);
                let each = pods.iter().map(|to| {
                    let port = pod_port(endpoint, service, to);
                    self.allows(from, "egress", &Other::Pod(to), port)
                });
                if pods.is_empty() { None } else { any(each) }
            }
            Some(_) => None,
        };
        let reason = || format!("no network policy lets {} send to {}", from.owner, endpoint.shown);
        if out == Some(false) { fault("egress-denied", reason()) } else { None }
    }

    /// Why the pods of a Service may not take what a sender sends: none of them may.
    fn kept_out(
        &self,
        from: &'a Workload,
        endpoint: &Endpoint,
        service: &'a Service,
    ) -> Option<Fault> {
        let pods = self.pods_of(service);
        let is_shut = |to: &&'a Workload| {
            let port = pod_port(endpoint, service, to);
            self.allows(to, "ingress", &Other::Pod(from), port) == Some(false)
        };
        let to = *pods.first().filter(|_| pods.iter().all(is_shut))?;
        let reason = format!(
            "no network policy lets {} take what {} sends to {}",
            to.owner, from.owner, endpoint.shown
        );
        let fault = Fault::new("ingress-denied", self.folded(&to.owner), reason);
        Some(fault.at(&self.policies_of(to, "ingress")))
    }

    /// The workloads behind a Service.
    fn pods_of(&self, service: &Service) -> Vec<&'a Workload> {
        let indexes = self.selected(service).into_iter();
        indexes.filter_map(|index| self.workloads.get(index).copied()).collect()
    }

    fn has_policies(&self) -> bool {
        of_view(self.kept, "k8s.networkpolicy").next().is_some()
    }

    /// The workloads a sender runs as.
    pub(super) fn senders(&self, sender: Sender<'a>) -> Vec<&'a Workload> {
        if let Some(workload) = sender.workload {
            return self.workloads.get(workload).copied().into_iter().collect();
        }
        let Some(collector) = sender.collector else { return Vec::new() };
        self.running(collector)
    }

    /// The policies that select a workload in one direction.
    fn selecting(
        &self,
        workload: &'a Workload,
        direction: &'static str,
    ) -> impl Iterator<Item = (&'a Kept, Option<bool>)> {
        let labels = Labels { known: &workload.labels, is_all: true };
        let policies = of_view(self.kept, "k8s.networkpolicy");
        policies
            .filter(|policy| policy.word("namespace") == workload.namespace)
            .filter(move |policy| {
                let types = policy.texts("types");
                types.iter().any(|kind| kind.eq_ignore_ascii_case(direction))
            })
            .map(move |policy| {
                let selector = policy.get("pod_selector");
                let selector = selector.unwrap_or_else(|| Fact::Map(Vec::new()));
                (policy, picks(&selector, labels))
            })
            .filter(|(_, holds)| *holds != Some(false))
    }

    /// Whether the policies of a workload let it talk to another end; nothing where that depends
    /// on what is not known.
    fn allows(
        &self,
        workload: &'a Workload,
        direction: &'static str,
        other: &Other<'_>,
        port: Port<'_>,
    ) -> Option<bool> {
        if workload.is_on_node {
            return Some(true);
        }
        let mut is_isolated = Some(false);
        let mut allowed = Vec::new();
        for (policy, selects) in self.selecting(workload, direction) {
            is_isolated = any([is_isolated, selects].into_iter());
            let rules = policy.get(direction);
            let rules = members(rules.as_ref());
            allowed.extend(rules.map(|rule| self.rule(rule, direction, workload, other, port)));
        }
        any([is_isolated.map(|isolated| !isolated)].into_iter().chain(allowed))
    }

    fn rule(
        &self,
        rule: &Fact<'_>,
        direction: &str,
        own: &Workload,
        other: &Other<'_>,
        port: Port<'_>,
    ) -> Option<bool> {
        let side = if direction == "egress" { "to" } else { "from" };
        let peers: Vec<&Fact<'_>> = members(rule.get(side)).collect();
        let reached = if peers.is_empty() {
            Some(true)
        } else {
            any(peers.into_iter().map(|peer| self.peer(peer, own, other)))
        };
        let ports: Vec<&Fact<'_>> = members(rule.get("ports")).collect();
        let open = if ports.is_empty() {
            Some(true)
        } else {
            any(ports.iter().map(|one| covers(one, port)))
        };
        // Whoever opens the port of names means the resolver, wherever that is.
        if matches!(other, Other::Resolver) && !ports.is_empty() {
            return open;
        }
        all([reached, open].into_iter())
    }

    fn peer(&self, peer: &Fact<'_>, own: &Workload, other: &Other<'_>) -> Option<bool> {
        if let Some(block) = peer.get("ipBlock") {
            return match other {
                Other::Outside(Some(address)) => holds(block, *address),
                // Whether a pod has an address in it is known to the cluster only.
                Other::Outside(None) | Other::Pod(_) | Other::Resolver => None,
            };
        }
        let single;
        let namespaces: &[&str] = match other {
            Other::Outside(_) => return Some(false),
            // On the network of its node a pod has no address of its own.
            Other::Pod(pod) if pod.is_on_node => return None,
            Other::Pod(pod) => {
                single = [pod.namespace.as_str()];
                &single
            }
            Other::Resolver => &DNS_NAMESPACES,
        };
        let in_namespace =
            any(namespaces.iter().map(|namespace| match peer.get("namespaceSelector") {
                Some(selector) => self.picks_namespace(selector, namespace),
                None => Some(*namespace == own.namespace),
            }));
        let of_pod = match (peer.get("podSelector"), other) {
            (Some(selector), Other::Pod(pod)) => {
                picks(selector, Labels { known: &pod.labels, is_all: true })
            }
            (Some(_), Other::Resolver) => None,
            (Some(_), Other::Outside(_)) => Some(false),
            (None, _) => Some(true),
        };
        all([in_namespace, of_pod].into_iter())
    }

    fn picks_namespace(&self, selector: &Fact<'_>, namespace: &str) -> Option<bool> {
        let read = self.around.get(namespace).map(|around| around.kept);
        let labels = match read.and_then(|kept| kept.get("labels")) {
            Some(Fact::Map(labels)) => labels,
            _ => Vec::new(),
        };
        let known = labels.into_iter().filter_map(|(key, value)| {
            let Fact::Text(value) = value else { return None };
            Some((key.into_owned(), value.into_owned()))
        });
        let named = Some(namespace.to_owned()).filter(|namespace| !namespace.is_empty());
        let is_all = named.is_some() && read.is_some();
        let known = known.chain(named.map(|namespace| (NAME.to_owned(), namespace))).collect();
        picks(selector, Labels { known: &known, is_all })
    }

    /// Where the policies of a workload stand, and those that only the other side has.
    fn policies_of(&self, workload: &'a Workload, direction: &'static str) -> Vec<Anchor> {
        let mut found: Vec<At> = Vec::new();
        for (policy, _) in self.selecting(workload, direction) {
            let keys = [direction, "podSelector", "policyTypes"];
            found.extend(keys.map(|key| below(&policy.at, &[key])));
            found.push(policy.at_document());
        }
        found.extend(self.lost_policies(&workload.namespace));
        found.into_iter().flatten().collect()
    }

    /// Policies of a namespace that the other side has and this one lacks.
    fn lost_policies(&self, namespace: &str) -> Vec<At> {
        let own: Vec<String> = of_view(self.kept, "k8s.networkpolicy")
            .filter(|policy| policy.text("namespace") == namespace)
            .map(|policy| self.folded(&policy.text("owner")))
            .collect();
        let lost =
            self.known.policies.iter().filter(|((within, name), _)| {
                *within == self.folded(namespace) && !own.contains(name)
            });
        lost.map(|(_, at)| at.clone()).collect()
    }
}

/// The port of a pod that an endpoint leads to.
fn pod_port<'w>(endpoint: &Endpoint, service: &Service, to: &'w Workload) -> Port<'w> {
    let number = service.port_of(endpoint.port, to);
    Port { number, of: Some(to), protocols: &["TCP"] }
}

/// Whether a port of a rule is this one.
fn covers(rule: &Fact<'_>, port: Port<'_>) -> Option<bool> {
    let protocol = text(rule, "protocol").unwrap_or_else(|| "TCP".to_owned());
    if !port.protocols.contains(&protocol.as_str()) {
        return Some(false);
    }
    let Some(said) = rule.get("port") else { return Some(true) };
    let wanted = port.number?;
    let Some(from) = number(Some(said)) else {
        // A name is looked up among the ports of the pod.
        let (Fact::Text(name), Some(pod)) = (said, port.of) else { return None };
        return Some(pod.port(name) == Some(wanted));
    };
    let to = number(rule.get("endPort")).unwrap_or(from);
    Some((from..=to).contains(&wanted))
}

/// Whether an address lies within a net, `10.0.0.0/8`; nothing where that is none.
pub(super) fn is_within(cidr: &str, address: IpAddr) -> Option<bool> {
    let (net, bits) = cidr.split_once('/')?;
    let bits: u32 = bits.parse().ok()?;
    Some(match (net.parse().ok()?, address) {
        (IpAddr::V4(net), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32_u32.checked_sub(bits)?).unwrap_or(0);
            net.to_bits() & mask == address.to_bits() & mask
        }
        (IpAddr::V6(net), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128_u32.checked_sub(bits)?).unwrap_or(0);
            net.to_bits() & mask == address.to_bits() & mask
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    })
}

/// Whether an address block holds an address.
fn holds(block: &Fact<'_>, address: IpAddr) -> Option<bool> {
    let inside = |cidr: &str| is_within(cidr, address);
    let excepted = texts(block, "except");
    let out = any(excepted.iter().map(|cidr| inside(cidr)));
    all([inside(&text(block, "cidr")?), out.map(|out| !out)].into_iter())
}

#[cfg(test)]
mod tests {
    use super::{Port, covers, holds};
    use crate::facts::Fact;

    #[test]
    fn a_block_holds_its_addresses_but_the_excepted() {
        let except = Fact::List(vec![Fact::text("10.1.2.0/24")]);
        let block =
            Fact::map([("cidr", Some(Fact::text("10.1.0.0/16"))), ("except", Some(except))]);
        let inside = |address: &str| holds(&block, address.parse().unwrap());
        assert_eq!(inside("10.1.9.9"), Some(true));
        assert_eq!(inside("10.1.2.3"), Some(false));
        assert_eq!(inside("10.2.0.1"), Some(false));
        assert_eq!(inside("fd00::1"), Some(false));
        let all = Fact::map([("cidr", Some(Fact::text("0.0.0.0/0")))]);
        assert_eq!(holds(&all, "192.0.2.7".parse().unwrap()), Some(true));
    }

    #[test]
    fn a_range_of_ports_has_both_ends() {
        let rule = Fact::map([("port", Fact::number("4317")), ("endPort", Fact::number("4318"))]);
        let port = |number| Port { number, of: None, protocols: &["TCP"] };
        assert_eq!(covers(&rule, port(Some(4318))), Some(true));
        assert_eq!(covers(&rule, port(Some(4319))), Some(false));
        assert_eq!(covers(&rule, port(None)), None);
        let udp = Fact::map([("protocol", Some(Fact::text("UDP")))]);
        assert_eq!(covers(&udp, port(Some(4317))), Some(false));
    }
}

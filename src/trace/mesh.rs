//! Whether a mesh lets spans pass: into pods that insist on mutual TLS, and out to hosts it knows.
//!
//! As Istio has it (istio 00c5988b56, `pilot/pkg/model/authentication.go` and the API's reference):
//! of the policies that hold for a pod the one that selects it counts before that of its namespace,
//! and that before the one of the root namespace; a mode for a port counts before that for all. Who
//! belongs to the mesh is told by labels of the pod and of its namespace; where it cannot be told,
//! spans pass.

use std::collections::BTreeMap;

use super::anchor::At;
use super::fault::Fault;
use super::graph::Graph;
use super::host::{Dns, Endpoint, dns};
use super::kept::{Kept, of_view};
use super::read::{members, number, text};
use super::target::Sender;
use super::views::{SideFacts, SideItem, SideView};
use super::workload::{Service, Workload};
use crate::facts::Fact;

/// See its `about`.
pub(super) static RULE: SideView = SideView {
    id: "trace.mesh-rule",
    about: "How callers in the mesh reach a host, by a DestinationRule",
    fields: &[
        ("owner", "the object: destinationrule/pay"),
        ("host", "the host it holds for"),
        (
            "mode",
            "its weakest TLS mode towards a port of the host; ISTIO_MUTUAL when not said, as the mesh has it then",
        ),
        ("strict", "whether the pods behind the host are known to refuse what is not mutual TLS"),
    ],
    extract: rules,
};

/// Where resources hold for the whole mesh, where its configuration does not say otherwise.
pub(super) const ROOT: &str = "istio-system";

const INJECT: &str = "sidecar.istio.io/inject";
const EXCLUDED_IN: &str = "traffic.sidecar.istio.io/excludeInboundPorts";
const EXCLUDED_OUT: &str = "traffic.sidecar.istio.io/excludeOutboundPorts";

fn rules(side: &SideFacts<'_>) -> Vec<SideItem<'static>> {
    let graph = side.graph;
    let mut ruled: BTreeMap<*const Kept, &Service> = BTreeMap::new();
    let mut named: BTreeMap<(&str, &str), &Kept> = BTreeMap::new();
    for rule in of_view(graph.kept, "istio.destinationrule") {
        named.entry(service_of(rule)).or_insert(rule);
    }
    for service in graph.services.values().flatten().copied() {
        if let Some(rule) = named.get(&(service.name.as_str(), service.namespace.as_str())) {
            ruled.entry(std::ptr::from_ref(*rule)).or_insert(service);
        }
    }
    let item = |rule: &Kept| {
        let service = ruled.get(&std::ptr::from_ref(rule)).copied();
        let pods = service.map(|service| graph.selected(service)).unwrap_or_default();
        let pod = pods.iter().find_map(|index| graph.workloads.get(*index).copied());
        let strict = pod.is_some_and(|pod| graph.mode(pod, None).0 == "STRICT");
        let ports = service.map_or(&[][..], |service| service.ports.as_slice());
        let mode = ports
            .iter()
            .map(|port| tls_mode(rule, Some(port.number)))
            .min_by_key(|mode| MODES.iter().position(|known| known == mode))
            .unwrap_or_else(|| tls_mode(rule, None));
        let mode = Some(mode).filter(|mode| !mode.is_empty());
        let fact = Fact::map([
            ("owner", Some(Fact::text(rule.text("owner")))),
            ("host", Some(Fact::text(rule.text("host")))),
            ("mode", Some(Fact::text(mode.unwrap_or_else(|| "ISTIO_MUTUAL".to_owned())))),
            ("strict", Some(Fact::Bool(strict))),
        ]);
        let key = format!("{} {}", rule.text("namespace"), rule.text("owner"));
        let at = [rule.at("tls/mode"), rule.at("portLevelSettings")];
        let at = at.into_iter().flatten().cloned().collect();
        SideItem { key: graph.folded(&key), at, fact }
    };
    of_view(graph.kept, "istio.destinationrule").map(item).collect()
}

/// Name and namespace of the Service that a rule is about, of which neither holds a full stop; a
/// host that is none of the cluster's is the name of no Service.
fn service_of(rule: &Kept) -> (&str, &str) {
    let host = rule.word("host");
    let Some((name, rest)) = host.split_once('.') else { return (host, rule.word("namespace")) };
    match rest.split_once('.') {
        None => (name, rest),
        Some((namespace, "svc" | "svc.cluster.local")) => (name, namespace),
        Some(_) => (host, ""),
    }
}

/// Modes of TLS, those that keep least to themselves first; none is that of the mesh.
const MODES: [&str; 5] = ["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL", ""];

/// The TLS mode towards a port: what is said for it takes the place of all that is said for the host.
fn tls_mode(rule: &Kept, port: Option<u16>) -> String {
    let policy = rule.get("policy");
    let settings = policy.as_ref().and_then(|policy| policy.get("portLevelSettings"));
    let is_it = |one: &&Fact<'_>| {
        let own = one.get("port").and_then(|port| number(port.get("number")));
        own.is_some() && own == port
    };
    match members(settings).find(is_it) {
        Some(own) => own.get("tls").and_then(|tls| text(tls, "mode")).unwrap_or_default(),
        None => rule.text("tls_mode"),
    }
}

impl<'a> Graph<'a> {
    /// Why a mesh keeps spans from an endpoint.
    pub(super) fn off_mesh(&self, endpoint: &Endpoint, sender: Sender<'a>) -> Option<Fault> {
        if endpoint.is_loopback() {
            return None;
        }
        let senders = self.senders(sender);
        if let Some(service) = self.service_at(endpoint, sender) {
            return senders.iter().find_map(|from| self.refused(endpoint, service, from));
        }
        let is_outside = matches!(dns(&endpoint.host), Dns::Outside)
            && endpoint.host.parse::<std::net::IpAddr>().is_err();
        if !is_outside {
            return None;
        }
        senders.iter().find_map(|from| self.unregistered(endpoint, from))
    }

    /// Whether the proxy of a sender encrypts what it sends to a host.
    pub(super) fn is_recoded(&self, endpoint: &Endpoint, sender: Sender<'a>) -> bool {
        if endpoint.is_loopback() || of_view(self.kept, "istio.destinationrule").next().is_none() {
            return false;
        }
        let rule = self.service_at(endpoint, sender).and_then(|service| self.rule_of(service));
        let mode = rule.map(|rule| tls_mode(rule, endpoint.port)).unwrap_or_default();
        matches!(mode.as_str(), "SIMPLE" | "MUTUAL")
    }

    /// The configuration of the mesh, if exactly one was read.
    pub(super) fn mesh(&self) -> Option<&'a Kept> {
        let mut found = of_view(self.kept, "istio.mesh");
        match (found.next(), found.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }

    /// The namespace whose resources hold for the whole mesh.
    pub(super) fn root_namespace(&self) -> String {
        let own = self.mesh().map(|mesh| mesh.text("namespace"));
        own.filter(|namespace| !namespace.is_empty()).unwrap_or_else(|| ROOT.to_owned())
    }

    /// Whether a workload belongs to the mesh.
    pub(super) fn is_meshed(&self, workload: &Workload) -> Option<bool> {
        let own = workload.labels.get(INJECT).map(String::as_str);
        match own.or_else(|| workload.annotation(INJECT)) {
            Some("false") => return Some(false),
            Some("true") => return Some(true),
            Some(_) | None => (),
        }
        let labels = self.around.get(workload.namespace.as_str())?.kept.get("labels");
        let label = |key: &str| labels.as_ref().and_then(|all| text(all, key));
        Some(match label("istio-injection").as_deref() {
            Some("enabled") => true,
            Some(_) => false,
            None => {
                label("istio.io/rev").is_some()
                    || label("istio.io/dataplane-mode").is_some_and(|mode| mode == "ambient")
            }
        })
    }

    /// Why pods that insist on mutual TLS refuse a sender.
    fn refused(&self, endpoint: &Endpoint, service: &Service, from: &Workload) -> Option<Fault> {
        let pods = self.selected(service);
        let to = pods.iter().find_map(|index| self.workloads.get(*index).copied())?;
        let port = service.port_of(endpoint.port, to);
        let number = port.map(|port| port.to_string());
        let excluded = |workload: &Workload, key: &str, port: Option<&String>| {
            let list = workload.annotation(key).unwrap_or_default();
            port.is_some_and(|port| list.split(',').any(|one| one.trim() == port || one == "*"))
        };
        if self.is_meshed(to) != Some(true) || excluded(to, EXCLUDED_IN, number.as_ref()) {
            return None;
        }
        let (mode, policies) = self.mode(to, number.as_deref());
        if mode != "STRICT" {
            return None;
        }
        let dialled = endpoint.port.map(|port| port.to_string());
        let is_out = excluded(from, EXCLUDED_OUT, dialled.as_ref());
        let why = if self.is_meshed(from) == Some(false) || is_out {
            "is not part of the mesh".to_owned()
        } else {
            let rule = self.rule_of(service)?;
            let mode = tls_mode(rule, endpoint.port);
            if !matches!(mode.as_str(), "DISABLE" | "SIMPLE") {
                return None;
            }
            format!("is told by {} to use TLS mode {mode}", rule.text("owner"))
        };
        let reason = format!("{} takes mutual TLS only, and {} {why}", to.owner, from.owner);
        let fault = Fault::new("mtls-required", self.folded(&to.owner), reason);
        let mut places: Vec<At> = policies;
        for workload in [from, to] {
            places.extend([workload.at_annotation(INJECT), workload.at_label(INJECT)]);
            places.extend([EXCLUDED_IN, EXCLUDED_OUT].map(|key| workload.at_annotation(key)));
        }
        let rule = self.rule_of(service).into_iter();
        places.extend(
            rule.flat_map(|rule| ["tls/mode", "portLevelSettings"].map(|way| rule.at(way).clone())),
        );
        let found: Vec<_> = places.into_iter().flatten().collect();
        Some(fault.at(&found))
    }

    /// The mode in force for a port of a workload, and where the policies stand that decide.
    fn mode(&self, workload: &Workload, port: Option<&str>) -> (String, Vec<At>) {
        let root = self.root_namespace();
        let rank = |policy: &Kept| -> Option<(u8, bool)> {
            let namespace = policy.text("namespace");
            let of_port = policy.said("port");
            if of_port.is_some() && of_port.as_deref() != port {
                return None;
            }
            let level = match policy.get("selector") {
                Some(Fact::Map(labels)) if !labels.is_empty() => {
                    let own = |key: &str, value: &Fact<'_>| {
                        workload
                            .labels
                            .get(key)
                            .is_some_and(|own| Fact::text(own.as_str()) == *value)
                    };
                    let all = labels.iter().all(|(key, value)| own(key, value));
                    if namespace != workload.namespace || !all {
                        return None;
                    }
                    2
                }
                _ if namespace == workload.namespace => 1,
                _ if namespace == root => 0,
                _ => return None,
            };
            Some((level, of_port.is_some()))
        };
        let mut known: Vec<((u8, bool), &Kept)> = of_view(self.kept, "istio.peerauth")
            .filter_map(|policy| Some((rank(policy)?, policy)))
            .filter(|(_, policy)| policy.text("mode") != "UNSET")
            .collect();
        known.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        let mode = known.first().map(|(_, policy)| policy.text("mode")).unwrap_or_default();
        let places = known.iter().flat_map(|(_, policy)| [policy.at.clone(), policy.at_document()]);
        (mode, places.collect())
    }

    /// The rule by which callers reach a Service, if there is one.
    fn rule_of(&self, service: &Service) -> Option<&'a Kept> {
        let wanted = (service.name.as_str(), service.namespace.as_str());
        of_view(self.kept, "istio.destinationrule").find(|rule| service_of(rule) == wanted)
    }

    /// A host outside that the mesh lets nobody reach, because nothing tells it of it.
    fn unregistered(&self, endpoint: &Endpoint, from: &Workload) -> Option<Fault> {
        let mesh = self.mesh()?;
        if mesh.text("outbound") != "REGISTRY_ONLY" || self.is_meshed(from) != Some(true) {
            return None;
        }
        // A Sidecar may say otherwise for these pods.
        let root = self.root_namespace();
        let is_special = |kept: &Kept| [&from.namespace, &root].contains(&&kept.text("namespace"));
        if of_view(self.kept, "istio.sidecar").any(is_special) {
            return None;
        }
        let dialled = endpoint.port.map(|port| port.to_string()).unwrap_or_default();
        let out = from.annotation(EXCLUDED_OUT).unwrap_or_default();
        if out.split(',').any(|one| one.trim() == dialled || one == "*") {
            return None;
        }
        let host = endpoint.host.as_str();
        let holds = |known: &String| {
            let known = known.to_lowercase();
            known == host
                || known == "*"
                || known.strip_prefix('*').is_some_and(|end| host.ends_with(end))
        };
        let is_known = of_view(self.kept, "istio.serviceentry")
            .any(|entry| entry.texts("hosts").iter().any(holds));
        if is_known {
            return None;
        }
        let reason = format!(
            "the mesh lets {} reach registered hosts only (REGISTRY_ONLY), and no ServiceEntry has \
             {host}",
            from.owner
        );
        let fault =
            Fault::new("not-registered", host, reason).at(mesh.at("outboundTrafficPolicy/mode"));
        let own =
            of_view(self.kept, "istio.serviceentry").flat_map(|e| [e.at.clone(), e.at_document()]);
        let lost = self.known.entries.get(host).cloned();
        let places: Vec<_> = own.chain(lost).flatten().collect();
        Some(fault.at(&places))
    }
}

//! Whether Istio's proxies and Cilium let spans pass, where policies of theirs were read.
//!
//! Istio (istio/api b8f8791, `security/v1beta1/authorization_policy.proto`): where a policy that allows
//! holds for a pod, what none of them allows is denied; what one that denies matches is denied. Only a
//! pod with a proxy is asked. Cilium (v1.16, `Documentation/security/policy`): as with network policies,
//! but an empty rule allows nothing, and an endpoint is one of the policy's namespace unless it says
//! another. Where it cannot be told, spans pass.

use super::fault::Fault;
use super::graph::Graph;
use super::host::{Dns, Endpoint, dns};
use super::kept::{Kept, of_view};
use super::read::{flag, members, number, text, texts};
use super::selector::{Labels, all, any, picks};
use super::target::Sender;
use super::workload::Workload;
use crate::facts::Fact;

/// The label of Cilium for the namespace of a pod.
const NAMESPACE: &str = "io.kubernetes.pod.namespace";

impl<'a> Graph<'a> {
    /// Why policies of Istio or Cilium keep spans from an endpoint.
    pub(super) fn guarded(&self, endpoint: &Endpoint, sender: Sender<'a>) -> Option<Fault> {
        let views = ["istio.authorization", "cilium.policy"];
        let is_any = views.iter().any(|view| of_view(self.kept, view).next().is_some());
        if endpoint.is_loopback() || !is_any {
            return None;
        }
        let service = self.service_at(endpoint, sender);
        let pods: Vec<&'a Workload> = service.map_or_else(Vec::new, |service| {
            let indexes = self.selected(service).into_iter();
            indexes.filter_map(|index| self.workloads.get(index).copied()).collect()
        });
        let to = pods.first().copied();
        let port = to.and_then(|to| service?.port_of(endpoint.port, to));
        let senders = self.senders(sender);
        senders.iter().find_map(|from| {
            let kept_in = match (to, service) {
                (Some(to), _) => self.cilium(from, "egress", Ok(to), port),
                (None, None) if dns(&endpoint.host) == Dns::Outside => {
                    self.cilium(from, "egress", Err(&endpoint.host), endpoint.port)
                }
                (None, _) => None,
            };
            let at = |to| self.cilium(to, "ingress", Ok(from), port);
            let known = kept_in.or_else(|| to.and_then(at));
            known.or_else(|| self.unauthorized(from, to?, port))
        })
    }

    /// Why Cilium keeps a pod from talking to another one, or to a host outside.
    fn cilium(
        &self,
        own: &Workload,
        direction: &str,
        other: Result<&Workload, &str>,
        port: Option<u16>,
    ) -> Option<Fault> {
        let mut fault = None;
        let mut allowed = Vec::new();
        for policy in of_view(self.kept, "cilium.policy") {
            let namespace = policy.word("namespace");
            let Some(spec) = policy.get("spec") else { continue };
            let Some(rules) = spec.get(direction) else { continue };
            if !namespace.is_empty() && namespace != own.namespace {
                continue;
            }
            let selects = spec.get("endpointSelector").map(|one| endpoint(one, own, ""));
            let denies = spec.get("enableDefaultDeny").and_then(|one| flag(one.get(direction)));
            match selects {
                Some(Some(true)) if denies != Some(false) => {}
                Some(Some(false)) | None => continue,
                // Whether it holds for the pod at all is not known.
                Some(Some(true) | None) => return None,
            }
            let each = members(Some(rules)).map(|one| rule(one, direction, namespace, other, port));
            allowed.extend(each);
            let reason = || {
                let shown = other.map_or_else(str::to_owned, |pod| pod.owner.clone());
                let word = if direction == "egress" { "to" } else { "from" };
                format!("{} lets {} have nothing {word} {shown}", policy.text("owner"), own.owner)
            };
            let made = fault
                .take()
                .unwrap_or_else(|| Fault::new("policy-denied", self.folded(&own.owner), reason()));
            fault = Some(made.at(&policy.at).at(&policy.at_document()));
        }
        fault.filter(|_| any(allowed.into_iter()) == Some(false))
    }

    /// Why the proxy of a pod refuses another one.
    fn unauthorized(&self, from: &Workload, to: &Workload, port: Option<u16>) -> Option<Fault> {
        if self.is_meshed(to) != Some(true) {
            return None;
        }
        let root = self.root_namespace();
        let holds = |policy: &&Kept| {
            let namespace = policy.word("namespace");
            let is_near = namespace == to.namespace || namespace == root;
            let labels = Labels { known: &to.labels, is_all: true };
            let picked = policy.get("selector").map(|one| picks(&one, labels));
            is_near
                && flag(policy.get("targeted").as_ref()) != Some(true)
                && picked != Some(Some(false))
        };
        let all: Vec<&Kept> = of_view(self.kept, "istio.authorization").filter(holds).collect();
        let source = match self.is_meshed(from) {
            Some(true) => Source::Pod(from),
            Some(false) => Source::Nobody,
            None => Source::Unknown,
        };
        let matches = |policy: &&Kept| {
            any(members(policy.get("rules").as_ref()).map(|one| matches(one, source, port)))
        };
        let of =
            |action: &'static str| all.iter().copied().filter(move |p| p.word("action") == action);
        let denied = of("DENY").find(|policy| matches(policy) == Some(true));
        let allowing: Vec<&Kept> = of("ALLOW").collect();
        let is_shut = || !allowing.is_empty() && any(allowing.iter().map(matches)) == Some(false);
        let decisive = match denied {
            Some(policy) => vec![policy],
            None if is_shut() => allowing,
            None => return None,
        };
        let first = decisive.first()?.text("owner");
        let reason = format!("{first} keeps {} from taking what {} sends", to.owner, from.owner);
        let fault = Fault::new("unauthorized", self.folded(&to.owner), reason);
        let at = decisive.iter().flat_map(|policy| [policy.at.clone(), policy.at_document()]);
        let at: Vec<_> = at.flatten().collect();
        Some(fault.at(&at))
    }
}

/// Whether a selector of Cilium picks the pods of a workload, for a policy of a namespace.
pub(super) fn endpoint(selector: &Fact<'_>, pod: &Workload, namespace: &str) -> Option<bool> {
    let plain = |key: &str| {
        let key = key.strip_prefix("k8s:").or_else(|| key.strip_prefix("any:")).unwrap_or(key);
        key.to_owned()
    };
    let labels = match selector.get("matchLabels") {
        Some(Fact::Map(pairs)) => pairs.as_slice(),
        _ => &[],
    };
    let own = pod.labels.iter().map(|(key, value)| (key.to_owned(), value.clone()));
    let known = own.chain([(NAMESPACE.to_owned(), pod.namespace.clone())]).collect();
    let is_named = |key: &str| plain(key) == NAMESPACE || plain(key).starts_with("io.cilium.");
    let more: Vec<&Fact<'_>> = members(selector.get("matchExpressions")).collect();
    let is_elsewhere = labels.iter().any(|(key, _)| is_named(key))
        || more.iter().any(|one| text(one, "key").is_some_and(|key| is_named(&key)));
    if !is_elsewhere && !namespace.is_empty() && namespace != pod.namespace {
        return Some(false);
    }
    // Labels of namespaces, and prefixes in expressions, are not followed.
    let is_strange = |key: &str| plain(key).starts_with("io.cilium.") || key.contains(':');
    if more.iter().any(|one| text(one, "key").is_none_or(|key| is_strange(&key))) {
        return None;
    }
    let labels = labels.iter().map(|(key, value)| (plain(key).into(), value.clone()));
    let labels: Vec<_> = labels.collect();
    if labels.iter().any(|(key, _): &(std::borrow::Cow<'_, str>, _)| key.starts_with("io.cilium."))
    {
        return None;
    }
    let more = Fact::List(more.into_iter().cloned().collect());
    let one =
        Fact::map([("matchLabels", Some(Fact::Map(labels))), ("matchExpressions", Some(more))]);
    picks(&one, Labels { known: &known, is_all: true })
}

/// Whether a rule of Cilium opens a way.
fn rule(
    rule: &Fact<'_>,
    direction: &str,
    namespace: &str,
    other: Result<&Workload, &str>,
    port: Option<u16>,
) -> Option<bool> {
    let Fact::Map(fields) = rule else { return None };
    if fields.is_empty() {
        return Some(false);
    }
    let mut peers = Vec::new();
    for (key, list) in fields.iter().filter(|(key, _)| key != "toPorts" && key != "icmps") {
        let side = if direction == "egress" { "to" } else { "from" };
        peers.push(match (key.strip_prefix(side), other) {
            (Some("Endpoints"), Ok(pod)) => {
                any(members(Some(list)).map(|one| endpoint(one, pod, namespace)))
            }
            (Some("Endpoints"), Err(_)) | (Some("FQDNs"), Ok(_)) => Some(false),
            (Some("Entities"), _) => any(members(Some(list)).map(|one| entity(one, other.is_ok()))),
            (Some("FQDNs"), Err(host)) => any(members(Some(list)).map(|one| named(one, host))),
            (Some(_) | None, _) => None,
        });
    }
    let lists: Vec<&Fact<'_>> = members(rule.get("toPorts")).collect();
    let opens = |one: &&Fact<'_>| {
        let is_deep = one.get("rules").is_some();
        let ports: Vec<&Fact<'_>> = members(one.get("ports")).collect();
        let covers = |one: &&Fact<'_>| {
            let is_udp = text(one, "protocol").is_some_and(|name| name == "UDP");
            let (from, wanted) = (number(one.get("port"))?, port?);
            let to = number(one.get("endPort")).unwrap_or(from);
            Some(!is_udp && (from == 0 || (from..=to).contains(&wanted)))
        };
        let open = if ports.is_empty() { Some(true) } else { any(ports.iter().map(covers)) };
        if is_deep { open.filter(|open| !open) } else { open }
    };
    let open = if lists.is_empty() { Some(true) } else { any(lists.iter().map(opens)) };
    all(peers.into_iter().chain([open]))
}

/// Whether a word of Cilium's stands for a pod, or else for a host outside.
fn entity(word: &Fact<'_>, is_pod: bool) -> Option<bool> {
    let Fact::Text(word) = word else { return None };
    match &**word {
        "all" => Some(true),
        "cluster" => Some(is_pod),
        "world" | "world-ipv4" | "world-ipv6" => Some(!is_pod),
        "host" | "remote-node" | "kube-apiserver" | "health" | "init" | "ingress" => Some(false),
        _ => None,
    }
}

/// Whether a name or a pattern of names is a host.
fn named(one: &Fact<'_>, host: &str) -> Option<bool> {
    let fits = |name: String| name.trim_end_matches('.').eq_ignore_ascii_case(host);
    match (text(one, "matchName"), text(one, "matchPattern")) {
        (Some(name), _) => Some(fits(name)),
        (None, Some(pattern)) if pattern == "*" => Some(true),
        (None, Some(pattern)) => {
            // A star stands for letters of one label at most.
            let end = pattern.strip_prefix('*').filter(|rest| !rest.contains('*'))?;
            Some(host.strip_suffix(end).is_some_and(|rest| !rest.contains('.')))
        }
        (None, None) => None,
    }
}

/// Who sends, to the proxy that is asked.
#[derive(Clone, Copy)]
enum Source<'w> {
    /// A pod of the mesh.
    Pod(&'w Workload),
    /// One without a name, as it is outside of the mesh.
    Nobody,
    /// Whether it is of the mesh is not known.
    Unknown,
}

/// Whether a rule of Istio is about what a workload sends to a port.
fn matches(rule: &Fact<'_>, source: Source<'_>, port: Option<u16>) -> Option<bool> {
    let from: Vec<&Fact<'_>> = members(rule.get("from")).collect();
    let to: Vec<&Fact<'_>> = members(rule.get("to")).collect();
    let by = |one: &&Fact<'_>| one.get("source").map_or(Some(true), |one| is_from(one, source));
    let at = |one: &&Fact<'_>| one.get("operation").map_or(Some(true), |one| is_at(one, port));
    let from = if from.is_empty() { Some(true) } else { any(from.iter().map(by)) };
    let to = if to.is_empty() { Some(true) } else { any(to.iter().map(at)) };
    let when = if members(rule.get("when")).next().is_some() { None } else { Some(true) };
    all([from, to, when].into_iter())
}

fn is_from(said: &Fact<'_>, source: Source<'_>) -> Option<bool> {
    let Fact::Map(fields) = said else { return None };
    let source = match source {
        Source::Pod(pod) => Some(pod),
        Source::Nobody => None,
        Source::Unknown => return None,
    };
    let account = |pod: &Workload| pod.account.clone().unwrap_or_else(|| "default".to_owned());
    let each = fields.iter().map(|(key, _)| {
        let own = match key.trim_start_matches("not").to_lowercase().as_str() {
            "namespaces" => source.map(|pod| pod.namespace.clone()),
            "principals" => {
                source.map(|pod| format!("cluster.local/ns/{}/sa/{}", pod.namespace, account(pod)))
            }
            _ => return None,
        };
        let is_one = |own: &String| texts(said, key).iter().any(|one| fits(one, own));
        let is_in = own.as_ref().is_some_and(is_one);
        Some(is_in != key.starts_with("not"))
    });
    all(each.collect::<Vec<_>>().into_iter())
}

fn is_at(said: &Fact<'_>, port: Option<u16>) -> Option<bool> {
    let Fact::Map(fields) = said else { return None };
    let port = port?.to_string();
    let each = fields.iter().map(|(key, _)| match &**key {
        "ports" => Some(texts(said, key).iter().any(|one| fits(one, &port))),
        "notPorts" => Some(!texts(said, key).iter().any(|one| fits(one, &port))),
        // Spans are posted, over gRPC too.
        "methods" => Some(texts(said, key).iter().any(|one| fits(one, "POST"))),
        _ => None,
    });
    all(each.collect::<Vec<_>>().into_iter())
}

/// Whether a text of Istio's, with a star at one end of it, is another one.
fn fits(pattern: &str, own: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(""), _) => !own.is_empty(),
        (Some(end), _) => own.ends_with(end),
        (None, Some(begin)) => own.starts_with(begin),
        (None, None) => own == pattern,
    }
}

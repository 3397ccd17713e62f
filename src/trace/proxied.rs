//! Proxies that clients send through: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` of a container, and
//! `proxy_url` of an exporter over HTTP.
//!
//! Read in golang.org/x/net `http/httpproxy/proxy.go`, grpc-go `internal/resolver/delegatingresolver` (gRPC
//! goes by `HTTPS_PROXY`, with TLS or without) and opentelemetry-collector `config/confighttp/client.go`.

use std::net::IpAddr;

use super::anchor::At;
use super::exporter::Format;
use super::facts::Said;
use super::graph::{Graph, Runs};
use super::host::{Endpoint, dns, split_port};
use super::network::is_within;
use super::path::Builder;
use super::target::{Sender, Target, in_cluster};
use super::workload::Container;
use crate::model::{EndKind, Hop, Sampler};

/// What spans passed before: what removes or masks data, and who decided which are kept.
pub(super) type Passed<'p> = (&'p [String], &'p [Sampler]);

/// What a proxy is called that spans go through.
const PROXY: &str = "proxy";

impl<'a> Graph<'a> {
    /// Follows spans through the proxy that they go by; whether they go by one.
    pub(super) fn is_proxied(
        &self,
        way: &mut Builder,
        (hop, at): (&Hop, &At),
        (endpoint, format): (&Endpoint, &Format),
        sender: Sender<'a>,
        (scrubbed, sampled): Passed<'_>,
    ) -> bool {
        let Some(found) = self.proxy(endpoint, format, sender) else { return false };
        let to = &endpoint.shown;
        let proxy = match found {
            Ok(proxy) => proxy,
            Err(reason) => {
                if way.hop(hop.clone()) {
                    way.end(EndKind::Unresolved, to, reason, None, at);
                }
                return true;
            }
        };
        let name = format!("{PROXY} {}", proxy.shown);
        let first = Hop { to: proxy.shown.clone(), reaches: Some(name.clone()), ..hop.clone() };
        let second =
            Hop { from: name.clone(), reaches: None, processors: Vec::new(), ..hop.clone() };
        if !way.hop(first) || !way.hop(second) {
            return true;
        }
        let is_inside = in_cluster(&dns(&endpoint.host), sender).is_some();
        match self.target(endpoint, format, sender) {
            Target::Backend(keeps) if !is_inside => {
                way.arrive(to, scrubbed, (sampled, keeps), at);
            }
            Target::Backend(_)
            | Target::Collector(..)
            | Target::Relay(..)
            | Target::Broken(_)
            | Target::Unresolved(_) => {
                let reason =
                    format!("it goes through the {name}, and what that reaches is not known");
                way.end(EndKind::Unresolved, to, reason, None, at);
            }
        }
        true
    }

    /// The proxy that spans go by, or why that cannot be told; nothing where they go by none.
    fn proxy(
        &self,
        endpoint: &Endpoint,
        format: &Format,
        sender: Sender<'a>,
    ) -> Option<Result<Endpoint, String>> {
        if let Some(told) = sender.proxy.filter(|told| !told.is_empty()) {
            return Some(Endpoint::parse(told));
        }
        let container = self.with_proxies(sender)?;
        let is_over_grpc = matches!(format.protocol(), Some("grpc"));
        let over = match endpoint.manner.is_encrypted {
            _ if is_over_grpc => "https_proxy",
            Some(false) => "http_proxy",
            Some(true) | None => "https_proxy",
        };
        let is_said = |name: &str| match container.proxy(name) {
            Said::Yes(text) => !text.is_empty(),
            Said::Unknown(_) => true,
            Said::No => false,
        };
        let is_either = !is_over_grpc && endpoint.manner.is_encrypted.is_none();
        if !(is_said(over) || is_either && is_said("http_proxy")) {
            return None;
        }
        if format.is_of_packets() || endpoint.is_loopback() {
            return None;
        }
        match container.proxy("no_proxy") {
            Said::Yes(list) if is_spared(list, endpoint) => return None,
            Said::Unknown(reason) => return Some(Err(reason)),
            Said::Yes(_) | Said::No => (),
        }
        let capital = over.to_uppercase();
        if sender.collector.is_none() {
            return Some(Err(format!(
                "{capital} is set, and whether spans go through that proxy is up to the program"
            )));
        }
        Some(match container.proxy(over) {
            Said::Yes(text) if !is_either => {
                Endpoint::parse(text.strip_prefix("socks5://").unwrap_or(text))
            }
            Said::Yes(_) | Said::No | Said::Unknown(_) => {
                Err(format!("{capital} is set, and what it says is not known"))
            }
        })
    }

    /// The container that sends, where it is told of proxies.
    fn with_proxies(&self, sender: Sender<'a>) -> Option<&'a Container> {
        if !self.has_proxies {
            return None;
        }
        let told = |one: &&'a Container| !one.proxies.is_empty();
        let composed = |process| self.projects.get(&(sender.project?, process)).copied();
        if let Some(index) = sender.collector {
            let own = self.containers_of(index).into_iter().find(|one| told(one));
            let runs = |service: &&super::compose::Composed| {
                self.of_composed(service) == Some(Runs::Collector(index))
            };
            let services = self.projects.values().copied();
            return own.or_else(|| {
                let mut all =
                    services.filter(|one| one.workload().containers.iter().any(|c| told(&c)));
                all.find(runs)?.workload().containers.first()
            });
        }
        if let Some(service) = sender.process.and_then(composed) {
            return service.workload().containers.first().filter(told);
        }
        let workload = self.workloads.get(sender.workload?)?;
        workload.containers.iter().filter(|one| !one.is_init).find(told)
    }
}

impl Container {
    /// What a variable about proxies says, by its name in small letters. That in capitals counts first.
    fn proxy(&self, name: &str) -> Said<&str> {
        let capital = name.to_uppercase();
        let of = |name: &str| self.proxies.iter().find(|(known, _)| known == name);
        match of(&capital).or_else(|| of(name)) {
            Some((_, Some(text))) => Said::Yes(text),
            Some((_, None)) => Said::Unknown(format!("{capital} is said elsewhere")),
            None => Said::No,
        }
    }
}

/// Whether a host is one that no proxy is asked for.
fn is_spared(list: &str, endpoint: &Endpoint) -> bool {
    let host = endpoint.host.as_str();
    let address: Option<IpAddr> = host.parse().ok();
    list.split(',').map(|one| one.trim().to_lowercase()).any(|one| {
        if one == "*" {
            return true;
        }
        if let Some(address) = address.filter(|_| one.contains('/')) {
            return is_within(&one, address) == Some(true);
        }
        let (name, port) = split_port(&one);
        let is_of_port = port.is_none_or(|port| port.parse().ok() == endpoint.port);
        let name = name.trim_start_matches('[').trim_end_matches(']');
        if address.is_some() || name.parse::<IpAddr>().is_ok() {
            return is_of_port && address.is_some() && name.parse().ok() == address;
        }
        let name = name.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(name);
        let is_it = match name.strip_prefix('.') {
            Some(_) => host.ends_with(name),
            None => host == name || host.ends_with(&format!(".{name}")),
        };
        is_of_port && !name.is_empty() && is_it
    })
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, is_spared};

    #[test]
    fn who_is_spared_is_told_by_name_address_net_and_port() {
        for (list, host, expected) in [
            ("example.org", "example.org:443", true),
            ("example.org", "api.example.org:443", true),
            (".example.org", "example.org:443", false),
            ("*.example.org", "api.example.org:443", true),
            ("example.org:8443", "api.example.org:443", false),
            ("ample.org", "example.org:443", false),
            ("a, *", "example.org:443", true),
            ("", "example.org:443", false),
            (",,", "example.org:443", false),
            ("10.0.0.0/8", "10.1.2.3:4317", true),
            ("10.0.0.0/8", "11.1.2.3:4317", false),
            ("10.1.2.3", "10.1.2.3:4317", true),
            ("10.1.2.3:80", "10.1.2.3:4317", false),
            (".svc,.svc.cluster.local", "gw.obs.svc:4317", true),
            (".svc", "gw.obs:4317", false),
        ] {
            let endpoint = Endpoint::parse(host).unwrap();
            assert_eq!(is_spared(list, &endpoint), expected, "{list} {host}");
        }
    }
}

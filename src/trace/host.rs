//! Where an endpoint leads: host and port, and what a host name means inside a cluster.

use super::anchor::Anchor;

/// An endpoint as its reader dials it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// The host, in lower case, without a final dot.
    pub(super) host: String,
    /// The port; that of the scheme where none is said.
    pub(super) port: Option<u16>,
    /// Host and port as they are shown.
    pub(super) shown: String,
    /// How it is dialled.
    pub(super) manner: Manner,
}

/// How spans come to a door, as far as that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Manner {
    /// The path they are posted to where they come over HTTP.
    pub(super) path: Option<String>,
    /// Whether they come over TLS.
    pub(super) is_encrypted: Option<bool>,
    /// Whether the sender shows a certificate.
    pub(super) shows_certificate: Option<bool>,
    /// Whether it shows a credential, or sends headers that may be one.
    pub(super) shows_credential: Option<bool>,
    /// The settings that make it so, besides the one that names the endpoint.
    pub(super) at: Vec<Anchor>,
}

/// Resolver schemes of gRPC, which only say how a name is looked up.
const RESOLVERS: [&str; 2] = ["dns:///", "passthrough:///"];

/// Other schemes that exporters and clients write before a host.
const SCHEMES: [&str; 12] = [
    "amqp",
    "amqps",
    "dns",
    "grpc",
    "grpcs",
    "ipv4",
    "ipv6",
    "kafka",
    "passthrough",
    "tcp",
    "tls",
    "udp",
];

impl Endpoint {
    /// Reads `scheme://user@host:port/path`, `host:port` or `dns:///host:port`.
    ///
    /// # Errors
    /// Why the endpoint names no host that can be followed.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("its endpoint is empty".to_owned());
        }
        let mut rest = RESOLVERS.iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text);
        let mut default = None;
        if let Some((scheme, after)) = rest.split_once("://") {
            if scheme.eq_ignore_ascii_case("unix") {
                return Err("it goes to a socket of its machine".to_owned());
            }
            default = match scheme.to_ascii_lowercase().as_str() {
                "http" => Some(80),
                "https" => Some(443),
                known if SCHEMES.contains(&known) => None,
                other => {
                    return Err(format!("no exporter knows the scheme {other} of its endpoint"));
                }
            };
            rest = after;
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = split_port(authority);
        let is_open = |first: char, mark: &str| host.contains(first) && host.contains(mark);
        if host.contains('$') || is_open('{', "{{") || is_open('<', "<%") {
            return Err("its host holds a reference that is resolved elsewhere".to_owned());
        }
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        if host.is_empty() {
            return Err("its endpoint names no host".to_owned());
        }
        let port = match port {
            None => default,
            Some(digits) => Some(digits.parse().map_err(|_| {
                "its port holds a reference that is resolved elsewhere, or is no port".to_owned()
            })?),
        };
        let shown = port.map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        Ok(Self { host, port, shown, manner: Manner::default() })
    }

    /// Whether the host is the machine itself.
    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

/// Whether a host is the machine itself.
pub(super) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host == "::1" || host.starts_with("127.")
}

/// Splits `host:port` and `[v6]:port`.
pub(super) fn split_port(text: &str) -> (&str, Option<&str>) {
    match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, after)) => (host, after.strip_prefix(':')),
        None => match text.rsplit_once(':') {
            // Two colons without brackets: a bare address.
            Some((host, _)) if host.contains(':') && !host.contains('$') => (text, None),
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    }
}

/// What a host name is to the resolver of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Dns<'a> {
    /// One word: a Service of one's own namespace, or a machine's short name.
    Short(&'a str),
    /// Two words: a Service with its namespace, or a domain.
    Maybe {
        /// Name of the Service.
        name: &'a str,
        /// Its namespace.
        namespace: &'a str,
    },
    /// A name that only a cluster resolves.
    Service {
        /// Name of the Service.
        name: &'a str,
        /// Its namespace.
        namespace: &'a str,
    },
    /// Anything else.
    Outside,
}

/// Reads a host name as a cluster does: `svc`, `svc.ns`, `svc.ns.svc[.cluster.local]`, and a pod
/// of a headless Service before any of the latter.
pub(super) fn dns(host: &str) -> Dns<'_> {
    if host.parse::<std::net::IpAddr>().is_ok() {
        return Dns::Outside;
    }
    let mut labels = host.split('.');
    let mut next = || labels.next();
    match [next(), next(), next(), next()] {
        [Some(name), None, ..] => Dns::Short(name),
        [Some(name), Some(namespace), None, _] => Dns::Maybe { name, namespace },
        [Some(name), Some(namespace), Some("svc"), _]
        | [_, Some(name), Some(namespace), Some("svc")] => Dns::Service { name, namespace },
        _ => Dns::Outside,
    }
}

/// Whether a host may be one outside of a cluster, by its name: an address, or a name under a domain. No
/// top-level domain has a digit, but those that are written in other letters (IANA, Root Zone Database).
pub(super) fn is_domain(host: &str) -> bool {
    let top = host.rsplit('.').next().unwrap_or_default();
    let is_word =
        |top: &str| top.starts_with("xn--") || !top.contains(|c: char| c.is_ascii_digit());
    host.parse::<std::net::IpAddr>().is_ok() || is_word(top)
}

/// Top-level domains that nobody calls a namespace, beside those of countries, which have two letters.
const TOPS: [&str; 10] = ["com", "org", "net", "edu", "gov", "mil", "int", "info", "biz", "cloud"];

/// Whether the second of two words is a domain rather than a namespace.
pub(super) fn is_top(word: &str) -> bool {
    word.len() == 2 || TOPS.contains(&word)
}

/// The words of a name: `otel-gateway.yaml` is `otel`, `gateway`, `yaml`.
pub(super) fn words(name: &str) -> Vec<String> {
    name.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Dns, Endpoint, dns, is_domain, is_top, split_port};

    #[test]
    fn a_port_that_lost_its_colon_is_no_domain() {
        for (host, expected) in [
            ("tempo.example.org", true),
            ("10.1.2.3", true),
            ("::1", true),
            ("tempo.xn--p1ai", true),
            ("otel.observability.svc4317", false),
            ("10.1.2.300", false),
        ] {
            assert_eq!(is_domain(host), expected, "{host}");
        }
        assert!(is_top("com") && is_top("io") && !is_top("observability") && !is_top("dev"));
    }

    #[test]
    fn endpoints_are_read_as_they_are_dialled() {
        let cases = [
            ("https://otel.obs.svc:4318/v1/traces", Ok("otel.obs.svc:4318")),
            ("otel:4317", Ok("otel:4317")),
            ("HTTP://Otel.Example./", Ok("otel.example:80")),
            ("https://api.example", Ok("api.example:443")),
            ("dns:///otel.obs:4317", Ok("otel.obs:4317")),
            ("http://u:p@[::1]:4318", Ok("::1:4318")),
            ("http://$(NODE_IP):4317", Err(())),
            ("otel:${PORT}", Err(())),
            ("unix:///run/otel.sock", Err(())),
            ("htpp://otel:4317", Err(())),
            ("", Err(())),
        ];
        for (text, expected) in cases {
            let shown = Endpoint::parse(text).map(|endpoint| endpoint.shown).map_err(|_| ());
            assert_eq!(shown, expected.map(str::to_owned), "{text}");
        }
        assert_eq!(split_port("fd00::1"), ("fd00::1", None));
    }

    #[test]
    fn a_name_is_what_a_cluster_takes_it_for() {
        let service = Dns::Service { name: "otel", namespace: "obs" };
        assert_eq!(dns("otel.obs.svc.cluster.local"), service);
        assert_eq!(dns("pod-0.otel.obs.svc"), service);
        assert_eq!(dns("otel"), Dns::Short("otel"));
        assert_eq!(dns("otel.obs"), Dns::Maybe { name: "otel", namespace: "obs" });
        assert_eq!(dns("otel.obs.example.org"), Dns::Outside);
        assert_eq!(dns("10.1.2.3"), Dns::Outside);
    }
}

//! What texts of configurations mean: quantities, durations, versions, hosts, networks.
//!
//! Every function returns `None` for a text that is not of its kind. None quotes its input.

use std::cmp::Ordering;
use std::net::IpAddr;

/// A finite decimal number.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse::<f64>().ok().filter(|number| plain && number.is_finite())
}

/// Splits a number from what follows it.
fn split_number(text: &str) -> Option<(f64, &str)> {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-')))
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(end)?;
    Some((number(digits)?, unit))
}

/// A Kubernetes quantity (`k8s.io/apimachinery` `pkg/api/resource/quantity.go`, v0.34): `500m`,
/// `1Gi`, `1e3`.
pub(super) fn quantity(text: &str) -> Option<f64> {
    let (value, unit) = split_number(text)?;
    let factor = match unit {
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "" => 1.0,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        "Pi" => 1_125_899_906_842_624.0,
        "Ei" => 1_152_921_504_606_846_976.0,
        exponent if exponent.starts_with(['e', 'E']) => return number(text),
        _ => return None,
    };
    Some(value * factor)
}

/// A size as the JVM's `-Xmx` takes it, in bytes: all units are binary, in either case.
pub(super) fn jvm_size(text: &str) -> Option<f64> {
    let (value, unit) = split_number(text)?;
    let factor = match unit {
        "" => 1.0,
        "k" | "K" => 1024.0,
        "m" | "M" => 1_048_576.0,
        "g" | "G" => 1_073_741_824.0,
        "t" | "T" => 1_099_511_627_776.0,
        _ => return None,
    };
    Some(value * factor)
}

/// A duration in seconds: Go's (`1h30m`), with `d` and `w`, or a bare number of seconds.
pub(super) fn duration(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Some(seconds) = number(text) {
        return Some(seconds);
    }
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let (value, tail) = split_number(rest).filter(|_| !rest.starts_with(['+', '-']))?;
        let end = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(end)?;
        seconds += value
            * match unit {
                "ns" => 1e-9,
                "us" | "µs" | "μs" => 1e-6,
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                "d" => 86_400.0,
                "w" => 604_800.0,
                _ => return None,
            };
        rest = tail;
    }
    (!text.is_empty()).then_some(if negative { -seconds } else { seconds })
}

/// The order of protocol versions: `SSLv2` 0, `SSLv3` 1, TLS 1.0 to 1.3 2 to 5. Takes the spellings
/// of nginx, Envoy, Istio, the Collector, Go and Java.
pub(super) fn tls_rank(text: &str) -> Option<i64> {
    let mut bare = text.to_ascii_lowercase();
    bare.retain(|c| c.is_ascii_alphanumeric());
    let version = bare.strip_prefix("version").unwrap_or(&bare);
    let version = version.strip_prefix("tls").unwrap_or(version);
    Some(match version.strip_prefix('v').unwrap_or(version) {
        "sslv2" => 0,
        "sslv3" => 1,
        "1" | "10" => 2,
        "11" => 3,
        "12" => 4,
        "13" => 5,
        _ => return None,
    })
}

/// The host of a URL or of `host:port`, in lower case and without brackets.
pub(super) fn host(text: &str) -> String {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let address = authority.rsplit('@').next().unwrap_or_default();
    let host = match address.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next(),
        None if address.matches(':').count() > 1 => Some(address),
        None => address.split(':').next(),
    };
    host.unwrap_or_default().to_ascii_lowercase()
}

/// The scheme of a URL, in lower case; empty where it has none.
pub(super) fn scheme(text: &str) -> String {
    text.split_once("://").map_or("", |(scheme, _)| scheme).to_ascii_lowercase()
}

/// The port of a URL or an address: as written, or else that of its scheme.
pub(super) fn port(text: &str) -> Option<u16> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let address = authority.rsplit('@').next().unwrap_or_default();
    let behind = address.rsplit_once(']').map_or(address, |(_, behind)| behind);
    let is_address = behind.len() == address.len() && address.matches(':').count() > 1;
    match behind.rsplit_once(':').filter(|_| !is_address) {
        Some((_, port)) if !port.is_empty() => {
            port.parse().ok().filter(|_| port.bytes().all(|byte| byte.is_ascii_digit()))
        }
        Some(_) | None => {
            const PORTS: [(&str, u16); 8] = [
                ("http", 80),
                ("ws", 80),
                ("https", 443),
                ("wss", 443),
                ("amqp", 5672),
                ("amqps", 5671),
                ("ldap", 389),
                ("ldaps", 636),
            ];
            let scheme = scheme(text);
            PORTS.iter().find(|(name, _)| *name == scheme).map(|(_, port)| *port)
        }
    }
}

/// The path of a URL, without query and fragment; empty where it has none.
pub(super) fn path(text: &str) -> String {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default().to_owned()
}

/// Whether the network `outer` holds the whole network or address `inner`.
pub(super) fn cidr_contains(outer: &str, inner: &str) -> Option<bool> {
    let (outer, outer_bits, width) = network(outer)?;
    let (inner, inner_bits, inner_width) = network(inner)?;
    if width != inner_width || inner_bits < outer_bits {
        return Some(false);
    }
    let shift = width - outer_bits;
    let head = |address: u128| address.checked_shr(shift).unwrap_or(0);
    Some(head(outer) == head(inner))
}

/// Address, prefix length and width of a network or of one address.
fn network(text: &str) -> Option<(u128, u32, u32)> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
        None => (text, None),
    };
    let (address, width) = match address.trim().parse().ok()? {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    };
    let bits = bits.unwrap_or(width);
    (bits <= width).then_some((address, bits, width))
}

/// The precedence of two versions (semver 2.0.0 §11). A leading `v` and missing parts are allowed.
pub(super) fn semver_order(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Version::parse(a)?, Version::parse(b)?);
    Some(a.core.cmp(&b.core).then_with(|| match (a.pre.is_empty(), b.pre.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => a.pre.cmp(&b.pre),
    }))
}

struct Version<'a> {
    core: [u64; 3],
    pre: Vec<Identifier<'a>>,
}

/// A part of a pre-release: numbers come before names.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identifier<'a> {
    Number(u64),
    Name(&'a str),
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let text = text.split_once('+').map_or(text, |(version, _)| version);
        let (numbers, pre) = text.split_once('-').unwrap_or((text, ""));
        let mut core = [0; 3];
        let mut places = core.iter_mut();
        for number in numbers.split('.') {
            *places.next()? = number.parse().ok()?;
        }
        let identifier = |part: &'a str| match part.parse() {
            Ok(number) => Identifier::Number(number),
            Err(_) => Identifier::Name(part),
        };
        let pre = pre.split('.').filter(|part| !part.is_empty()).map(identifier).collect();
        Some(Self { core, pre })
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering::{Equal, Greater, Less};

    use super::{
        cidr_contains, duration, host, jvm_size, number, path, port, quantity, scheme,
        semver_order, tls_rank,
    };

    #[test]
    fn quantities_durations_and_sizes_are_numbers() {
        let close = |a: Option<f64>, b: f64| a.is_some_and(|a| (a - b).abs() <= b.abs() * 1e-12);
        for (text, value) in [
            ("500m", 0.5),
            ("0.5", 0.5),
            ("1Gi", 1_073_741_824.0),
            ("1024Mi", 1_073_741_824.0),
            ("1e3", 1000.0),
            ("2E", 2e18),
            ("-1k", -1000.0),
        ] {
            assert!(close(quantity(text), value), "{text} {:?}", quantity(text));
        }
        for text in ["", "1g", "1 Gi", "Gi", "1KiB", "NaN", "inf"] {
            assert_eq!(quantity(text), None, "{text}");
        }
        assert!(close(jvm_size("1600m"), 1600.0 * 1_048_576.0));
        assert_eq!(jvm_size("1Gi"), None);
        for (text, value) in [
            ("1h30m", 5400.0),
            ("365d", 31_536_000.0),
            ("8760h", 31_536_000.0),
            ("1.5s", 1.5),
            ("250ms", 0.25),
            ("90", 90.0),
            ("-1m", -60.0),
        ] {
            assert!(close(duration(text), value), "{text} {:?}", duration(text));
        }
        for text in ["", "5x", "s", "1h30", "--1s", "${T}"] {
            assert_eq!(duration(text), None, "{text}");
        }
        assert_eq!(number("nan"), None);
        assert_eq!(number(" 0.10 "), Some(0.1));
    }

    #[test]
    fn one_version_of_tls_has_one_rank_in_every_spelling() {
        for text in ["TLSv1.2", "TLSV1_2", "1.2", "VersionTLS12", "TLS12", "tls1.2"] {
            assert_eq!(tls_rank(text), Some(4), "{text}");
        }
        assert_eq!(tls_rank("TLSv1"), Some(2));
        assert_eq!(tls_rank("SSLv3"), Some(1));
        assert_eq!(tls_rank("TLSv1.4"), None);
        assert_eq!(tls_rank("TLS_AUTO"), None);
    }

    #[test]
    fn a_url_has_a_scheme_a_port_and_a_path() {
        for (text, expected) in [
            ("HTTPS://u:p@api.example:8443/v1/x?y=/z#/w", ("https", Some(8443), "/v1/x")),
            ("https://api.example", ("https", Some(443), "")),
            ("http://[2001:db8::1]:4318/v1/traces", ("http", Some(4318), "/v1/traces")),
            ("http://[2001:db8::1]/", ("http", Some(80), "/")),
            ("otel:4317", ("", Some(4317), "")),
            ("otel", ("", None, "")),
            ("2001:db8::1", ("", None, "")),
            ("https://api.example:/x", ("https", Some(443), "/x")),
            ("https://api.example:99999", ("https", None, "")),
            ("https://api.example:+80", ("https", None, "")),
            ("grpc://api.example", ("grpc", None, "")),
        ] {
            assert_eq!((&*scheme(text), port(text), &*path(text)), expected, "{text}");
        }
    }

    #[test]
    fn a_host_is_found_in_urls_and_addresses() {
        for (text, expected) in [
            ("https://User:pw@API.example.org:8443/v1?x#y", "api.example.org"),
            ("jdbc:postgresql://db:5432/pay", "db"),
            ("collector:4317", "collector"),
            ("http://[::1]:4317", "::1"),
            ("::1", "::1"),
            ("https://docs.psp.net/sandbox/guide", "docs.psp.net"),
            ("", ""),
        ] {
            assert_eq!(host(text), expected, "{text}");
        }
    }

    #[test]
    fn a_network_holds_its_parts_only() {
        for (outer, inner, expected) in [
            ("10.0.0.0/8", "10.2.0.0/16", Some(true)),
            ("10.0.0.0/8", "10.2.3.4", Some(true)),
            ("10.0.0.0/16", "10.0.0.0/8", Some(false)),
            ("0.0.0.0/0", "192.0.2.1", Some(true)),
            ("::/0", "2001:db8::1", Some(true)),
            ("::/0", "10.0.0.1", Some(false)),
            ("10.0.0.0/33", "10.0.0.1", None),
            ("10.0.0.0/8", "host", None),
        ] {
            assert_eq!(cidr_contains(outer, inner), expected, "{outer} {inner}");
        }
    }

    #[test]
    fn versions_are_ordered_by_precedence() {
        for (a, b, expected) in [
            ("1.2.3", "v1.2.3", Some(Equal)),
            ("1.10.0", "1.9.9", Some(Greater)),
            ("1.0.0-rc.1", "1.0.0", Some(Less)),
            ("1.0.0-rc.2", "1.0.0-rc.10", Some(Less)),
            ("1.0.0-1", "1.0.0-alpha", Some(Less)),
            ("1.2", "1.2.0+build", Some(Equal)),
            ("latest", "1.0.0", None),
            ("1.2.3.4", "1.2.3", None),
        ] {
            assert_eq!(semver_order(a, b), expected, "{a} {b}");
        }
    }
}

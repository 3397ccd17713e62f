//! Outbound endpoints: who a configuration says to talk to.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::cursor::Document;
use super::names::{filled, owner, unresolved, words};
use super::settings::{Named, Setting, settings};
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static ENDPOINT: View = View {
    id: "endpoint.outbound",
    about: "A value that names who is talked to: a URL, or host and port under a name such as \
            *_host or *_endpoint",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("name", "name of the setting, with the keys it stands under"),
        ("url", "the value as written"),
        ("scheme", "scheme of the URL; absent when it has none"),
        ("host", "the host, in lower case; unknown when it is resolved elsewhere"),
        ("port", "the port; absent when not said"),
        (
            "stand_in",
            "word of the host that tells a stand-in: mock, sandbox, stub, …; absent when none",
        ),
        ("loopback", "whether the host is the machine itself"),
    ],
    dialects: &[],
    extract,
};

/// Words of a host that say it only stands in for the real one.
const STAND_INS: [&str; 16] = [
    "mock",
    "mocks",
    "mocked",
    "mockserver",
    "wiremock",
    "mountebank",
    "sandbox",
    "stub",
    "stubs",
    "fake",
    "test",
    "testing",
    "dummy",
    "localstack",
    "mailhog",
    "mailpit",
];

/// Last words of names whose values are hosts.
const HOST_NAMES: [&str; 14] = [
    "url",
    "uri",
    "endpoint",
    "endpoints",
    "host",
    "hostname",
    "hosts",
    "addr",
    "address",
    "server",
    "broker",
    "brokers",
    "dsn",
    "upstream",
];

/// Words of names that say where a process listens, not whom it calls.
const INBOUND: [&str; 4] = ["listen", "bind", "advertise", "server_name"];

/// Schemes whose authority is no host.
const LOCAL_SCHEMES: [&str; 10] =
    ["s3", "gs", "file", "classpath", "unix", "arn", "data", "spiffe", "kms", "urn"];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let owner = owner(document);
    let may_be = |s: &Named<'_>| s.may_name_host() && (s.is_url() || may_be_host(s.name));
    settings(document, &[], may_be).iter().filter_map(|setting| item(&owner, setting)).collect()
}

/// Whether a name ends as one whose last word says that its value is a host.
fn may_be_host(name: &str) -> bool {
    // Asked of most names: the last letter rules out most words.
    let last = name.as_bytes().last().map(u8::to_ascii_lowercase);
    let may_end = |known: &&&str| known.as_bytes().last().copied() == last;
    let end = |known: &&str| name.len().checked_sub(known.len()).and_then(|at| name.get(at..));
    let is_end = |known: &&str| end(known).is_some_and(|end| end.eq_ignore_ascii_case(known));
    HOST_NAMES.iter().filter(may_end).any(is_end)
}

/// What a setting says of an endpoint, if that is what it names.
fn endpoint<'t>(setting: &Setting<'t>) -> Option<Parts<'t>> {
    let (name, parts) = (setting.name, parse(filled(setting.node)?)?);
    let plain = parts.host.contains('.') || parts.port.is_some();
    if name == "apiVersion" || !(parts.scheme.is_some() || plain && may_be_host(name)) {
        return None;
    }
    let words = words(name);
    let is_host = || HOST_NAMES.iter().any(|known| words.last().eq_ignore_ascii_case(known));
    (!words.has_any(&INBOUND) && (parts.scheme.is_some() || is_host())).then_some(parts)
}

fn item<'t>(owner: &str, setting: &Setting<'t>) -> Option<Item<'t>> {
    let parts = endpoint(setting)?;
    let host = match unresolved(parts.host) {
        Some(reason) => Fact::Unknown(reason),
        None => Fact::text(parts.host.to_lowercase()),
    };
    let stand_in = stand_in(parts.host);
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.to_owned()))),
        ("name", Some(Fact::text(setting.full_name()))),
        ("url", Some(Fact::text(setting.text()))),
        ("scheme", parts.scheme.map(|scheme| Fact::text(scheme.to_lowercase()))),
        ("host", Some(host)),
        ("port", parts.port.and_then(Fact::number)),
        ("stand_in", stand_in.map(Fact::text)),
        ("loopback", Some(Fact::Bool(is_loopback(parts.host)))),
    ]);
    Some(setting.place().item_here(fact))
}

/// Scheme, host and port of an endpoint.
pub(super) struct Parts<'a> {
    /// The scheme, as written; of `jdbc:postgresql://` the inner one.
    pub(super) scheme: Option<&'a str>,
    /// The host, without brackets.
    pub(super) host: &'a str,
    /// The port.
    pub(super) port: Option<&'a str>,
    /// What follows the authority.
    pub(super) rest: &'a str,
}

/// Reads `scheme://user@host:port/…` or `host:port`; of several hosts the first.
pub(super) fn parse(text: &str) -> Option<Parts<'_>> {
    let colons = memchr::memchr_iter(b':', text.as_bytes());
    let mut splits = colons.filter_map(|at| {
        let (scheme, rest) = text.split_at_checked(at)?;
        Some((scheme, rest.strip_prefix("://")?))
    });
    let (scheme, after) = match splits.next() {
        Some((scheme, after)) => (Some(scheme.rsplit(':').next().unwrap_or(scheme)), after),
        None => (None, text),
    };
    let scheme_ok = |scheme: &str| {
        let mut bytes = scheme.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
            && !LOCAL_SCHEMES.contains(&scheme.to_lowercase().as_str())
    };
    if scheme.is_some_and(|scheme| !scheme_ok(scheme)) {
        return None;
    }
    let end = after.find(['/', '?', '#', ';', ' ']).unwrap_or(after.len());
    let (authority, rest) = after.split_at_checked(end)?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let first = authority.split(',').next().unwrap_or(authority);
    let (host, port) = match first.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, after)) => (host, after.strip_prefix(':')),
        None => first.rsplit_once(':').map_or((first, None), |(host, port)| (host, Some(port))),
    };
    let digits = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let host_ok = !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:${}()".contains(&byte));
    let plausible = scheme.is_some() || rest.is_empty();
    (host_ok && plausible && host != "0.0.0.0").then_some(Parts {
        scheme,
        host,
        port: port.filter(|port| digits(port)),
        rest,
    })
}

/// Whether a host is the machine itself.
pub(super) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host == "::1" || host.starts_with("127.")
}

/// The word of a host that tells a stand-in, digits behind it left out.
fn stand_in(host: &str) -> Option<&'static str> {
    // Most hosts hold none of them, be it as a word or not.
    static SEARCH: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        let mut builder = AhoCorasick::builder();
        builder.ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).prefilter(false);
        builder.build(STAND_INS).ok()
    });
    if SEARCH.as_ref().is_some_and(|search| !search.is_match(host)) {
        return None;
    }
    words(host)
        .iter()
        .map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()))
        .find_map(|word| STAND_INS.iter().find(|known| word.eq_ignore_ascii_case(known)).copied())
}

#[cfg(test)]
mod tests {
    use super::{parse, stand_in};

    #[test]
    fn hosts_are_found_in_every_usual_form() {
        let cases = [
            ("https://api.example:8443/v1?x=1", Some(("https", "api.example", "8443"))),
            (
                "jdbc:postgresql://db.example:5432/pay?sslmode=disable",
                Some(("postgresql", "db.example", "5432")),
            ),
            ("amqp://u:p@queue.example", Some(("amqp", "queue.example", ""))),
            ("http://[::1]:4318", Some(("http", "::1", "4318"))),
            ("kafka.example:9092,kafka2.example:9092", Some(("", "kafka.example", "9092"))),
            ("s3://bucket/key", None),
            ("0.0.0.0:8080", None),
            ("some text", None),
            ("/a/path", None),
        ];
        for (text, expected) in cases {
            let found = parse(text);
            let found = found
                .as_ref()
                .map(|parts| (parts.scheme.unwrap_or(""), parts.host, parts.port.unwrap_or("")));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_stand_in_is_a_word_not_a_part_of_one() {
        assert_eq!(stand_in("pay-mock.example"), Some("mock"));
        assert_eq!(stand_in("sandbox2.psp.example"), Some("sandbox"));
        for host in ["latest.example", "hammock.example", "contest.example", "stubbs.example"] {
            assert_eq!(stand_in(host), None, "{host}");
        }
    }
}

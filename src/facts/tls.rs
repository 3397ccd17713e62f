//! Transport security: what listeners offer, what clients check, which hops are encrypted.

use super::cursor::{Cursor, Document};
use super::endpoint::{is_loopback, parse};
use super::names::{filled, mentions, owner, unresolved, words};
use super::otel;
use super::sending::exports;
use super::settings::{Setting, settings, settings_or_urls};
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static LISTENER: View = View {
    id: "tls.listener",
    about: "A setting that says which TLS versions are offered or used, as a list or as a floor",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("name", "name of the setting, with the keys it stands under"),
        ("form", "list, or floor when only the lowest version is said"),
        ("client", "whether it is about connections that are opened, not accepted"),
        ("protocols", "the versions as TLSv1.2, lowest first; unknown when resolved elsewhere"),
        ("lowest", "the lowest of them"),
    ],
    dialects: &[],
    extract: listeners,
};

/// See its `about`.
pub(super) static CLIENT: View = View {
    id: "tls.client",
    about: "A setting that says whether the certificate of the other end is checked",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("name", "name of the setting, with the keys it stands under"),
        ("verifies", "whether it is checked; absent for sslmode, unknown when resolved elsewhere"),
        ("sslmode", "mode of a PostgreSQL or MySQL connection, in lower case; absent for others"),
    ],
    dialects: &[],
    extract: clients,
};

/// See its `about`.
pub(super) static HOP: View = View {
    id: "transport.hop",
    about: "An export of telemetry, at the setting that decides whether it is encrypted",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("name", "the exporter, or the process and its variable"),
        ("endpoint", "where it goes, as written"),
        ("encrypted", "whether TLS is used"),
        ("loopback", "whether it stays on the machine itself"),
    ],
    dialects: &[],
    extract: hops,
};

/// TLS versions by their usual spellings, lowest first.
const VERSIONS: [(&str, &[&str]); 6] = [
    ("SSLv2", &["sslv2"]),
    ("SSLv3", &["sslv3"]),
    (
        "TLSv1",
        &["tlsv1", "tlsv1.0", "tls1.0", "1.0", "1", "tlsv1_0", "tls_1_0", "tls10", "versiontls10"],
    ),
    ("TLSv1.1", &["tlsv1.1", "tls1.1", "1.1", "tlsv1_1", "tls_1_1", "tls11", "versiontls11"]),
    ("TLSv1.2", &["tlsv1.2", "tls1.2", "1.2", "tlsv1_2", "tls_1_2", "tls12", "versiontls12"]),
    ("TLSv1.3", &["tlsv1.3", "tls1.3", "1.3", "tlsv1_3", "tls_1_3", "tls13", "versiontls13"]),
];

/// Rank and canonical spelling of a TLS version.
fn version(text: &str) -> Option<(usize, &'static str)> {
    let text = text.trim().to_lowercase();
    let named = VERSIONS.iter().enumerate().find(|(_, (_, forms))| forms.contains(&text.as_str()));
    named.map(|(rank, (name, _))| (rank, *name))
}

/// What every name of a setting of versions holds.
const VERSION_PARTS: [&str; 2] = ["version", "protocol"];

/// Whether a name says which versions are offered: as a floor, or as a list.
fn version_form(name: &str) -> Option<&'static str> {
    if name == "apiVersion" {
        return None;
    }
    let words = words(name);
    if !words.has_any(&["version", "protocol", "protocols", "versions"]) {
        return None;
    }
    if words.has_any(&["min", "minimum", "floor"]) {
        return Some("floor");
    }
    let is_list =
        words.has_any(&["ssl", "tls", "enabled"]) && words.has_any(&["protocols", "versions"]);
    is_list.then_some("list")
}

fn listeners<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let owner = owner(document);
    settings(document, &VERSION_PARTS, |setting| {
        version_form(setting.name).is_some() && filled(setting.node).is_some()
    })
    .iter()
    .filter_map(|setting| listener(&owner, setting))
    .collect()
}

fn listener<'t>(owner: &str, setting: &Setting<'t>) -> Option<Item<'t>> {
    let form = version_form(setting.name)?;
    let text = setting.text();
    let mut found: Vec<(usize, &str)> = text
        .split(|c: char| c.is_whitespace() || c == ',' || c == '+')
        .filter_map(|word| version(word.trim_matches('"')))
        .collect();
    found.sort_unstable();
    found.dedup();
    let unresolved = unresolved(text);
    if found.is_empty() && unresolved.is_none() {
        return None;
    }
    let name = setting.full_name();
    // `min_version` alone may be about anything.
    if !words(&name).iter().any(|word| mentions(word, &["tls", "ssl"])) {
        return None;
    }
    let client = ["proxy_ssl", "grpc_ssl", "uwsgi_ssl", "exporters.", "client"]
        .iter()
        .any(|mark| name.contains(mark));
    let known = |fact: Fact<'t>| unresolved.clone().map_or(fact, Fact::Unknown);
    let names = found.iter().map(|(_, name)| Fact::text(*name)).collect();
    let lowest = found.first().map_or(Fact::text(""), |(_, name)| Fact::text(*name));
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.to_owned()))),
        ("name", Some(Fact::text(name))),
        ("form", Some(Fact::text(form))),
        ("client", Some(Fact::Bool(client))),
        ("protocols", Some(known(Fact::List(names)))),
        ("lowest", Some(known(lowest))),
    ]);
    Some(setting.place().item_here(fact))
}

/// What every name of a switch of the check holds.
const VERIFICATION_PARTS: [&str; 2] = ["verif", "unauthorized"];

/// What a setting's name says about a value of `true`.
fn verification(name: &str) -> Option<bool> {
    if !mentions(name, &VERIFICATION_PARTS) {
        return None;
    }
    let joined = words(name).joined("_");
    // Names that switch the check off when true.
    let off = [
        "insecure_skip_verify",
        "skip_tls_verify",
        "tls_skip_verify",
        "ssl_no_verify",
        "skip_verify",
    ];
    if off.iter().any(|known| joined.ends_with(known)) {
        return Some(false);
    }
    // Names that switch it on.
    let on = [
        "verify_peer",
        "peer_verify",
        "verify_peer_name",
        "verify_ssl",
        "ssl_verify",
        "verify_tls",
        "tls_verify",
        "verify_certificate",
        "verify_certificates",
        "verify_cert",
        "verify_certs",
        "verify_hostname",
        "tls_reject_unauthorized",
        "reject_unauthorized",
        "ssl_verifypeer",
        "pythonhttpsverify",
    ];
    on.iter().any(|known| joined.ends_with(known)).then_some(true)
}

/// The mode of a database connection: the value itself, or a parameter of a URL.
fn sslmode(name: &str, text: &str) -> Option<String> {
    // Asked of every URL: the last letter rules out most names, that nothing is set most URLs.
    let last = name.chars().rfind(|character| character.is_alphanumeric());
    if matches!(last, Some('e' | 'E')) && words(name).joined("").ends_with("sslmode") {
        return Some(text.to_lowercase());
    }
    memchr::memchr(b'=', text.as_bytes())?;
    let parts = parse(text)?;
    let parameter = parts.rest.split(['?', '&', ';', ' ']).find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.to_lowercase().replace(['-', '_'], "").ends_with("sslmode").then_some(value)
    });
    parameter.map(str::to_lowercase)
}

/// What every name of a setting of a client holds, unless its value is a URL.
const CLIENT_PARTS: [&str; 3] = ["verif", "unauthorized", "mode"];

fn clients<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let owner = owner(document);
    settings_or_urls(document, &CLIENT_PARTS, |setting| {
        let name = setting.name;
        filled(setting.node).is_some_and(|text| {
            verification(name).is_some()
                || ((setting.is_url() || mentions(name, &["mode"]))
                    && sslmode(name, text).is_some())
        })
    })
    .iter()
    .map(|setting| client(&owner, setting))
    .collect()
}

fn client<'t>(owner: &str, setting: &Setting<'t>) -> Item<'t> {
    let text = setting.text();
    let verifies = verification(setting.name).and_then(|means| match unresolved(text) {
        Some(reason) => Some(Fact::Unknown(reason)),
        None => truth(text).map(|value| Fact::Bool(value == means)),
    });
    let mode = if verifies.is_some() { None } else { sslmode(setting.name, text) };
    let fact = Fact::map([
        ("owner", Some(Fact::text(owner.to_owned()))),
        ("name", Some(Fact::text(setting.full_name()))),
        ("verifies", verifies),
        ("sslmode", mode.map(Fact::text)),
    ]);
    setting.place().item_here(fact)
}

/// A switch in any of the usual spellings.
fn truth(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "required" | "full" => Some(true),
        "false" | "no" | "off" | "0" | "none" => Some(false),
        _ => None,
    }
}

fn hops<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items: Vec<Item<'t>> = exports(document)
        .into_iter()
        .map(|export| {
            let fact = hop(&export.owner, &export.key, export.endpoint, export.encrypted);
            export.place.item(export.key, fact)
        })
        .collect();
    let owner = owner(document);
    items.extend(otel::hops(document).into_iter().map(|(id, endpoint, encrypted, place)| {
        let place: Cursor<'t> = place;
        place.item(id.to_owned(), hop(&owner, id, endpoint, encrypted))
    }));
    items
}

fn hop<'t>(owner: &str, name: &str, endpoint: &'t str, encrypted: bool) -> Fact<'t> {
    let loopback = parse(endpoint).is_some_and(|parts| is_loopback(parts.host));
    Fact::map([
        ("owner", Some(Fact::text(owner.to_owned()))),
        ("name", Some(Fact::text(name.to_owned()))),
        ("endpoint", Some(Fact::text(endpoint))),
        ("encrypted", Some(Fact::Bool(encrypted))),
        ("loopback", Some(Fact::Bool(loopback))),
    ])
}

#[cfg(test)]
mod tests {
    use super::{sslmode, verification, version, version_form};

    #[test]
    fn versions_are_known_in_every_usual_spelling() {
        for text in ["TLSv1.2", "1.2", "TLSV1_2", "tls12", "VersionTLS12"] {
            assert_eq!(version(text), Some((4, "TLSv1.2")), "{text}");
        }
        assert!(version("TLSv1") < version("TLSv1.1") && version("auto").is_none());
    }

    #[test]
    fn only_names_about_versions_of_tls_are_taken() {
        let cases = [
            ("ssl_protocols", Some("list")),
            ("min_version", Some("floor")),
            ("server.ssl.enabled-protocols", Some("list")),
            ("minProtocolVersion", Some("floor")),
            ("tls_minimum_protocol_version", Some("floor")),
            ("apiVersion", None),
            ("protocol", None),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", None),
            ("schema_version", None),
        ];
        for (name, form) in cases {
            assert_eq!(version_form(name), form, "{name}");
        }
    }

    #[test]
    fn verification_is_read_from_names_and_urls() {
        assert_eq!(verification("insecure_skip_verify"), Some(false));
        assert_eq!(verification("insecureSkipVerify"), Some(false));
        assert_eq!(verification("proxy_ssl_verify"), Some(true));
        assert_eq!(verification("proxy_ssl_verify_depth"), None);
        assert_eq!(verification("NODE_TLS_REJECT_UNAUTHORIZED"), Some(true));
        let url = "jdbc:postgresql://db.example:5432/pay?a=1&sslmode=Disable";
        assert_eq!(sslmode("spring.datasource.url", url).as_deref(), Some("disable"));
        assert_eq!(sslmode("sslmode", "verify-full").as_deref(), Some("verify-full"));
        assert_eq!(sslmode("url", "https://a.example/?mode=x"), None);
    }
}

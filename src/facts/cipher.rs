//! Ciphers of TLS that are named, and which of them are weak.

use super::cursor::Document;
use super::names::{filled, owner, unresolved, words};
use super::settings::settings;
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static CIPHERS: View = View {
    id: "tls.ciphers",
    about: "A list of cipher suites, and the weak ones it names: without encryption, authentication or \
            forward secrecy, of old algorithms, or in CBC with SHA-1",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("name", "name of the setting, with the keys it stands under"),
        (
            "weak",
            "what it names and does not take off again, sorted; unknown when resolved elsewhere",
        ),
    ],
    dialects: &[],
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let named = settings(document, &["cipher"], |setting| is_list(setting.name));
    let owner = owner(document);
    let item = |setting: &super::settings::Setting<'t>| {
        let text = filled(setting.node)?;
        let weak = unresolved(text).map_or_else(
            || Fact::List(weak(text).into_iter().map(Fact::text).collect()),
            Fact::Unknown,
        );
        let fact = Fact::map([
            ("owner", Some(Fact::text(owner.to_string()))),
            ("name", Some(Fact::text(setting.full_name()))),
            ("weak", Some(weak)),
        ]);
        Some(setting.place().item_here(fact))
    };
    named.iter().filter_map(item).collect()
}

/// Whether a setting is a list of suites: `ssl_ciphers`, `cipher_suites`, `ssl-default-bind-ciphers`;
/// not sshd's `Ciphers`, nor a switch such as `prefer_server_ciphers`.
fn is_list(name: &str) -> bool {
    let words = words(name);
    let names = words.has_any(&["ciphers", "ciphersuites", "suites"]);
    let of_tls = words.has_any(&["ssl", "tls", "bind", "suites", "ciphersuites"]);
    names && of_tls && !words.has_any(&["prefer", "insecure", "strict", "order"])
}

/// The words of a list in OpenSSL's or IANA's spelling that add something weak, and that no `!` or `-`
/// takes off (OpenSSL 3.5, `openssl-ciphers(1)`: `!` for good, `-` until added again, `+` only moves).
fn weak(list: &str) -> Vec<String> {
    let (mut added, mut gone): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for word in list.split([':', ',', ' ', '\t', '"', '\'']).filter(|word| !word.is_empty()) {
        match word.split_at_checked(1) {
            Some(("!", rest)) => {
                gone.push(rest);
                added.retain(|one| *one != rest);
            }
            Some(("-", rest)) => added.retain(|one| *one != rest),
            Some(("+" | "@", _)) => {}
            _ if is_weak(word) && !gone.iter().any(|one| one.eq_ignore_ascii_case(word)) => {
                added.push(word);
            }
            _ => {}
        }
    }
    // A suite that one of the algorithms taken off for good is part of is off too.
    added.retain(|one| {
        !gone.iter().any(|off| parts(one).any(|part| part.eq_ignore_ascii_case(off)))
    });
    let mut added: Vec<String> = added.into_iter().map(ToOwned::to_owned).collect();
    added.sort();
    added.dedup();
    added
}

fn parts(suite: &str) -> impl Iterator<Item = &str> {
    suite.split(['-', '_', '+'])
}

/// Whether a suite, or a group of suites, is weak whatever else is on the list.
fn is_weak(suite: &str) -> bool {
    let upper = suite.to_ascii_uppercase();
    let is_broken = parts(&upper).any(|part| {
        [
            "NULL", "ENULL", "ANULL", "EXP", "EXPORT", "EXPORT40", "EXPORT56", "ADH", "AECDH",
            "ANON", "RC4", "RC2", "3DES",
        ]
        .contains(&part)
            || ["DES", "CBC3", "MD5", "SEED", "IDEA", "LOW", "DSS", "KRSA"].contains(&part)
    });
    let is_named = upper.contains('-') || upper.contains('_');
    // RFC 8446 takes both off: no forward secrecy, and CBC with SHA-1.
    let has_sha1 = is_named && (upper.ends_with("-SHA") || upper.ends_with("_SHA"));
    let is_static = upper.starts_with("TLS_RSA_WITH_")
        || upper.starts_with("RSA_WITH_")
        || ["AES128-", "AES256-", "CAMELLIA128-", "CAMELLIA256-"]
            .iter()
            .any(|start| upper.starts_with(start));
    is_broken || has_sha1 || is_static
}

#[cfg(test)]
mod tests {
    use super::{is_list, weak};

    #[test]
    fn what_is_taken_off_again_is_not_named() {
        for (list, expected) in [
            ("HIGH:3DES", "3DES"),
            ("HIGH:!3DES:!aNULL:!MD5", ""),
            ("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305", ""),
            (
                "ECDHE-RSA-AES128-SHA:AES128-SHA:AES256-GCM-SHA384",
                "AES128-SHA AES256-GCM-SHA384 ECDHE-RSA-AES128-SHA",
            ),
            ("RC4-SHA:!RC4", ""),
            ("-3DES:+RC4:HIGH", ""),
            ("3DES:-3DES", ""),
            (
                "TLS_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                "TLS_RSA_WITH_AES_128_GCM_SHA256",
            ),
            ("TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
            ("TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256", ""),
            ("ADH-AES256-GCM-SHA384 eNULL", "ADH-AES256-GCM-SHA384 eNULL"),
        ] {
            assert_eq!(weak(list).join(" "), expected, "{list}");
        }
    }

    #[test]
    fn only_lists_of_suites_are_taken() {
        let cases = [
            ("ssl_ciphers", true),
            ("proxy_ssl_ciphers", true),
            ("server.ssl.ciphers", true),
            ("ssl-default-bind-ciphersuites", true),
            ("cipherSuites", true),
            ("Ciphers", false),
            ("ssl_prefer_server_ciphers", false),
            ("include_insecure_cipher_suites", false),
            ("cipher_key", false),
        ];
        for (name, expected) in cases {
            assert_eq!(is_list(name), expected, "{name}");
        }
    }
}

//! Where the order of a map's keys is meaning.
//!
//! Most readers take a map for a set of keys. Six do not: nginx and HAProxy run some directives in
//! the order they stand in, and nginx takes the first regular expression that matches; sshd and ssh
//! take the first value they meet; an environment file may use a variable it set before; and the
//! filter `modify` of Fluent Bit goes through its rules in order. Who reads XML may go through its
//! elements one by one, as rules or steps.
//!
//! Sources: nginx 1.27 manual, `ngx_http_access_module`, `ngx_http_rewrite_module`, `location`,
//! `ngx_http_map_module`, `ngx_http_upstream_module`; HAProxy 3.0 configuration manual, 4.2; `sshd_config(5)` and `ssh_config(5)` of OpenSSH 9.9; the environment file
//! syntax of Docker Compose 2.30 and of POSIX shells; Fluent Bit 3.1 manual, Modify.

use crate::model::Entry;

/// Directives of nginx that run, or are tried, in the order they stand in.
const NGINX_ORDERED: [&str; 19] = [
    "allow",
    "deny",
    "rewrite",
    "return",
    "if",
    "set",
    "break",
    "include",
    "server",
    "auth_basic",
    "satisfy",
    "sub_filter",
    "split_clients",
    "limit_req",
    "keepalive",
    "least_conn",
    "ip_hash",
    "hash",
    "random",
];

/// Directives of nginx of which there may be several, so that what an `include` brings stands before or
/// behind them.
const NGINX_REPEATED: [&str; 16] = [
    "add_header",
    "add_trailer",
    "proxy_set_header",
    "grpc_set_header",
    "fastcgi_param",
    "uwsgi_param",
    "scgi_param",
    "error_page",
    "access_log",
    "error_log",
    "proxy_cookie_domain",
    "proxy_cookie_path",
    "auth_request_set",
    "more_set_headers",
    "more_clear_headers",
    "listen",
];

/// Blocks of nginx whose entries are tried in the order they stand in.
const NGINX_TABLES: [&str; 3] = ["map", "geo", "types"];

/// Directives of HAProxy whose rules are tried in the order they stand in.
const HAPROXY_ORDERED: [&str; 11] = [
    "http-request",
    "http-response",
    "http-after-response",
    "tcp-request",
    "tcp-response",
    "http-check",
    "tcp-check",
    "redirect",
    "use_backend",
    "use-server",
    "filter",
];

/// Directives of HAProxy that hold for the servers behind them, and servers, whose place decides
/// who is sent to which (4.2, `default-server` and `balance`).
const HAPROXY_SERVERS: [&str; 3] = ["server", "default-server", "server-template"];

/// Which entries of a map, read with `syntax` and standing under `above`, have an order that is
/// meaning: their positions, in source order. Fewer than two mean that order says nothing.
pub fn ordered(syntax: &str, above: Option<&str>, entries: &[Entry<'_>]) -> Vec<usize> {
    match syntax {
        "nginx" => {
            let table = above.is_some_and(|key| NGINX_TABLES.contains(&first_word(key)));
            let includes = entries.iter().any(|entry| first_word(entry.key.text()) == "include");
            positions(entries, |entry| {
                let (key, word) = (entry.key.text(), first_word(entry.key.text()));
                let is_ordered = table || NGINX_ORDERED.contains(&word);
                let is_repeated = includes && NGINX_REPEATED.contains(&word);
                is_ordered || is_repeated || key.starts_with("location ~")
            })
        }
        "haproxy" => positions(entries, |entry| {
            let key = entry.key.text();
            HAPROXY_ORDERED.contains(&key) || HAPROXY_SERVERS.contains(&first_word(key))
        }),
        "xml" => positions(entries, |entry| !entry.key.text().starts_with(['@', '?', '!'])),
        "fluentbit" => {
            let is = |text: &str, known: &str| text.eq_ignore_ascii_case(known);
            let changes = entries
                .iter()
                .any(|entry| is(entry.key.text(), "name") && is(entry.value.text(), "modify"));
            let rules = |entry: &Entry<'_>| !is(entry.key.text(), "name");
            positions(entries, |entry| changes && rules(entry))
        }
        "sshd" => {
            let blocks = entries.iter().any(|entry| is_ssh_block(entry.key.text()));
            let mut keys: Vec<String> =
                entries.iter().map(|entry| entry.key.text().to_ascii_lowercase()).collect();
            keys.sort_unstable();
            let repeated = |entry: &Entry<'_>| {
                let key = entry.key.text().to_ascii_lowercase();
                let first = keys.partition_point(|known| *known < key);
                keys.get(first + 1).is_some_and(|known| *known == key)
            };
            positions(entries, |entry| blocks || repeated(entry))
        }
        "dotenv" => {
            let expands = entries.iter().any(|entry| entry.value.text().contains('$'));
            positions(entries, |_| expands)
        }
        _ => Vec::new(),
    }
}

fn positions(entries: &[Entry<'_>], wanted: impl Fn(&Entry<'_>) -> bool) -> Vec<usize> {
    let numbered = entries.iter().enumerate();
    numbered.filter(|(_, entry)| wanted(entry)).map(|(index, _)| index).collect()
}

fn first_word(key: &str) -> &str {
    key.split_ascii_whitespace().next().unwrap_or_default()
}

/// Whether what stands before and after a line of this keyword has another effect.
fn is_ssh_block(key: &str) -> bool {
    ["match", "host", "include"].iter().any(|word| first_word(key).eq_ignore_ascii_case(word))
}

//! What nginx adds to answers, and what it gives away.

use super::cursor::{Cursor, Document};
use super::names::owner;
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static HEADER: View = View {
    id: "nginx.header",
    about: "A block of nginx that answers requests, with the security headers it sends: its own, or \
            those of the block around it where it adds none",
    fields: &[
        ("owner", "the file or object"),
        ("block", "the block: location /pay"),
        ("own", "whether it adds headers itself, so that it takes over none"),
        ("security", "the security headers it sends, in lower case, sorted"),
        (
            "hsts_age",
            "for how many seconds strict-transport-security holds; absent when it is not sent",
        ),
    ],
    dialects: &[],
    extract: headers,
};

/// See its `about`.
pub(super) static WEAKNESS: View = View {
    id: "nginx.weakness",
    about: "A directive of nginx by which it gives away more than is meant, at the directive",
    fields: &[
        ("owner", "the file or object"),
        ("block", "the block it stands in: location /pay"),
        (
            "kind",
            "alias-traversal, response-splitting, request-forgery, version, any-referer or query-in-span",
        ),
        ("what", "what it gives away, in words"),
    ],
    dialects: &[],
    extract: weaknesses,
};

/// The header that says for how long a browser must not come without TLS.
const HSTS: &str = "strict-transport-security";

/// Headers by which a browser protects users.
const SECURITY: [&str; 8] = [
    HSTS,
    "content-security-policy",
    "x-frame-options",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
];

/// Deepest nesting that is looked into.
const DEPTH_MAX: usize = 64;

/// What a block takes over: security headers with their values.
type Sent<'t> = Vec<(String, &'t str)>;

fn headers<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    if document.syntax == "nginx" {
        sends(&document.cursor(), ("", &Vec::new()), &owner(document), &mut items, 0);
    }
    items
}

/// A block takes over what the one around it adds if, and only if, it adds nothing itself (nginx.org,
/// `ngx_http_headers_module`, `add_header`).
fn sends<'t>(
    place: &Cursor<'t>,
    (name, inherited): (&str, &Sent<'t>),
    owner: &str,
    items: &mut Vec<Item<'t>>,
    depth: usize,
) {
    let entries = place.entries();
    let own = entries.iter().filter(|(key, _)| *key == "add_header");
    let adds = own.clone().next().is_some();
    let sent: Sent<'t> = if adds {
        own.filter_map(|(_, value)| header(value.node.text())).collect()
    } else {
        inherited.clone()
    };
    let answers = matches!(name, "http" | "server") || name.starts_with("location ");
    if answers {
        let mut security: Vec<&str> = sent.iter().map(|(name, _)| name.as_str()).collect();
        security.sort_unstable();
        security.dedup();
        let age = sent.iter().filter(|(name, _)| name == HSTS).find_map(|(_, value)| age(value));
        let names = security.iter().map(|name| Fact::text((*name).to_owned()));
        let fact = Fact::map([
            ("owner", Some(Fact::text(owner.to_owned()))),
            ("block", Some(Fact::text(name.to_owned()))),
            ("own", Some(Fact::Bool(adds))),
            ("security", Some(Fact::List(names.collect()))),
            ("hsts_age", age.and_then(Fact::number)),
        ]);
        let key = place.pointer();
        items.push(place.place(&["add_header"]).item(key, fact));
    }
    if depth < DEPTH_MAX {
        for (key, inner) in entries.iter().filter(|(_, inner)| !inner.node.is_scalar()) {
            sends(inner, (key, &sent), owner, items, depth + 1);
        }
    }
}

/// The security header that a directive adds, with the rest of its arguments.
fn header(text: &str) -> Option<(String, &str)> {
    let (name, value) = text.split_once(char::is_whitespace)?;
    let name = name.trim_matches(['"', '\'']).to_ascii_lowercase();
    let is_sent = !matches!(value.trim(), "\"\"" | "''");
    (is_sent && SECURITY.contains(&name.as_str())).then_some((name, value))
}

fn age(value: &str) -> Option<&str> {
    let rest = value.split_once("max-age=")?.1;
    let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..end).filter(|digits| !digits.is_empty())
}

fn weaknesses<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    if document.syntax == "nginx" {
        weak(&document.cursor(), "", &owner(document), &mut items, 0);
    }
    items
}

fn weak<'t>(place: &Cursor<'t>, block: &str, owner: &str, items: &mut Vec<Item<'t>>, depth: usize) {
    for (key, inner) in place.entries() {
        if !inner.node.is_scalar() {
            if depth < DEPTH_MAX {
                weak(&inner, key, owner, items, depth + 1);
            }
            continue;
        }
        let Some((kind, what)) = weakness(block, key, inner.node.text()) else { continue };
        let fact = Fact::map([
            ("owner", Some(Fact::text(owner.to_owned()))),
            ("block", Some(Fact::text(if block.is_empty() { "main" } else { block }.to_owned()))),
            ("kind", Some(Fact::text(kind))),
            ("what", Some(Fact::text(what))),
        ]);
        items.push(inner.item_here(fact));
    }
}

/// What a directive gives away: the weaknesses that gixy looks for and that one directive decides
/// (dvershinin/gixy, `docs/en/checks`).
fn weakness(block: &str, directive: &str, text: &str) -> Option<(&'static str, String)> {
    let has = |names: &[&str]| {
        let mut variables = variables(text);
        variables.find(|variable| names.contains(variable)).map(ToOwned::to_owned)
    };
    match directive {
        "alias" => {
            let prefix = block.strip_prefix("location ")?.trim();
            let is_open = prefix.starts_with('/') && !prefix.ends_with('/');
            (is_open && text.trim().ends_with('/')).then(|| {
                ("alias-traversal", format!("`{prefix}../` leads out of the folder of its alias"))
            })
        }
        // These are decoded: a line end in the address becomes one in the answer.
        "return" | "rewrite" | "add_header" => {
            let name = has(&["uri", "document_uri"]).filter(|_| {
                directive == "add_header" || text.contains("://") || text.starts_with('3')
            })?;
            let what = format!("`{directive}` writes ${name}, decoded, into the head of an answer");
            Some(("response-splitting", what))
        }
        "proxy_pass" => {
            let rest = text.split_once("://")?.1;
            let host = rest.split(['/', '?']).next()?;
            let name = variables(host).find(|name| {
                ["arg_", "http_", "cookie_"].iter().any(|start| name.starts_with(start))
                    || matches!(*name, "args" | "query_string" | "request_uri" | "uri")
            })?;
            Some((
                "request-forgery",
                format!("the caller chooses the host that is called, by ${name}"),
            ))
        }
        "server_tokens" if text.trim() == "on" => {
            Some(("version", "server_tokens tells the version of nginx".to_owned()))
        }
        "valid_referers" if text.split_whitespace().any(|word| word == "none") => {
            Some(("any-referer", "valid_referers takes requests that name none".to_owned()))
        }
        "otel_span_attr" | "opentelemetry_attribute" => {
            let name = has(&["request_uri", "args", "query_string", "request"])?;
            Some(("query-in-span", format!("{directive} records ${name}, with the query string")))
        }
        _ => None,
    }
}

/// The names of the variables in a text.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.split('$').skip(1).filter_map(|rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
        let end = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
        rest.get(..end).filter(|name| !name.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::{age, header, weakness};

    #[test]
    fn a_directive_is_weak_or_its_near_miss_is_not() {
        for (block, directive, text, expected) in [
            ("location /img", "alias", "/data/", Some("alias-traversal")),
            ("location /img/", "alias", "/data/", None),
            ("location /img", "alias", "/data", None),
            ("location ~ /img", "alias", "/data/", None),
            ("server", "return", "301 https://$host$uri", Some("response-splitting")),
            ("server", "return", "301 https://$host$request_uri", None),
            ("server", "return", "200 $uri", None),
            ("server", "add_header", "X-Path $document_uri", Some("response-splitting")),
            ("location /", "proxy_pass", "http://$arg_host/x", Some("request-forgery")),
            ("location /", "proxy_pass", "http://${http_x_backend}", Some("request-forgery")),
            ("location /", "proxy_pass", "http://backend/$arg_path", None),
            ("location /", "proxy_pass", "http://$backend", None),
            ("http", "server_tokens", "on", Some("version")),
            ("http", "server_tokens", "off", None),
            ("location /", "valid_referers", "none server_names", Some("any-referer")),
            ("location /", "valid_referers", "server_names", None),
            ("location /", "otel_span_attr", "http.target $request_uri", Some("query-in-span")),
            ("location /", "otel_span_attr", "http.route $uri", None),
        ] {
            let found = weakness(block, directive, text).map(|(kind, _)| kind);
            assert_eq!(found, expected, "{block} {directive} {text}");
        }
    }

    #[test]
    fn a_header_is_read_with_its_age() {
        let found =
            header("Strict-Transport-Security \"max-age=31536000; includeSubDomains\" always");
        let (name, value) = found.unwrap();
        assert_eq!((name.as_str(), age(value)), ("strict-transport-security", Some("31536000")));
        assert_eq!(header("X-Frame-Options \"\""), None);
        assert_eq!(header("X-Served-By nginx"), None);
    }
}

//! Secrets in URLs: the password or the token before the host, signatures and keys of the query,
//! the last part of a web hook, and Oracle's `user/password@host`.

use std::ops::Range;

use super::near::{ahead_in_url, line_before};
use super::promise::is_material;
use super::value::is_reference;

/// Parameters of a query whose value is a secret when it looks like one: names that mean other
/// things as well, so that [`super::names`] does not know them.
const PARAMETERS: [&str; 8] =
    ["auth", "code", "key", "sas", "sig", "signature", "x-amz-signature", "x-goog-signature"];

/// What a scan looks for on behalf of [`parameter`].
pub(super) fn parameters() -> impl Iterator<Item = String> {
    let marked = |name| ['?', '&', ';'].map(|mark| format!("{mark}{name}="));
    PARAMETERS.iter().flat_map(marked)
}

/// Paths behind which all that follows is a secret: whoever knows the address may post.
const HOOKS: [(&str, usize); 3] =
    [("discord.com/api/webhooks/", 1), ("webhook.office.com/webhookb2/", 0), ("/bot", 0)];

/// A secret's place and class.
type Found = (Range<usize>, &'static str);

/// The secret of a URL whose `://` ends at `from`, the query excepted.
pub(super) fn secret(text: &str, from: usize) -> Option<Found> {
    let stop = from + extent(text.get(from..)?);
    let rest = text.get(from..stop)?;
    password(text, from, rest)
        .map(|range| (range, "url-password"))
        .or_else(|| user(rest).map(|end| (from..from + end, "url-token")))
        .or_else(|| hook(rest).map(|at| (from + at.start..from + at.end, "webhook")))
}

/// How far a URL goes.
fn extent(text: &str) -> usize {
    let ends = |byte: &u8| {
        byte.is_ascii_whitespace() || byte.is_ascii_control() || b"\"'<>`".contains(byte)
    };
    let text = ahead_in_url(text);
    text.bytes().position(|byte| ends(&byte)).unwrap_or(text.len())
}

fn password(text: &str, from: usize, rest: &str) -> Option<Range<usize>> {
    let authority_end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let authority = rest.get(..authority_end)?;
    let colon = authority.find(':')?;
    let inside = rest.get(colon + 1..)?;
    let at = if let Some(at) = authority.rfind('@').filter(|at| *at > colon) {
        at
    } else {
        // A password that holds a slash unescaped; behind a port it would be a path.
        let port = inside.split(['/', '?', '#', ',']).next().unwrap_or_default();
        if port.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        rest.rfind('@').filter(|at| *at > colon)?
    };
    let range = from + colon + 1..from + at;
    let value = text.get(range.clone())?;
    (!value.is_empty() && !is_reference(value)).then_some(range)
}

/// Where a user ends who has no password and is rather a token: `https://TOKEN@host`. Before the
/// number of a project it is the key of a DSN of Sentry (docs.sentry.io, "Data Source
/// Name (DSN)").
fn user(rest: &str) -> Option<usize> {
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let at = authority.rfind('@')?;
    let name = authority.get(..at)?;
    let end = rest.split([' ', '"', '\'', '?', '#']).next()?.trim_end_matches('/');
    let project = end.rsplit('/').next().filter(|_| end.len() > authority.len());
    let is_project = project.is_some_and(is_number);
    let host = authority.get(at + 1..)?;
    let is_dsn = is_project && (host.contains("sentry") || is_material(name, 8));
    (is_dsn && !is_reference(name) || is_material(name, 16)).then_some(at)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn hook(rest: &str) -> Option<Range<usize>> {
    HOOKS.iter().find_map(|(path, skipped)| {
        let path = path.as_bytes();
        let mut start = memchr::memmem::find(rest.as_bytes(), path)? + path.len();
        for _ in 0..*skipped {
            start += rest.get(start..)?.find('/')? + 1;
        }
        let part = rest.get(start..)?.split(['/', '?', '#']).next()?;
        is_material(part, 20).then(|| start..start + part.len())
    })
}

/// The value of a parameter that begins at `from`, if it is rather a key than a word.
pub(super) fn parameter(text: &str, from: usize) -> Option<Found> {
    let rest = text.get(from..)?;
    let value = rest.get(..extent(rest))?;
    let value = value.get(..value.find(['?', '&', '#', ';', ',', ')']).unwrap_or(value.len()))?;
    is_material(value, 16).then(|| (from..from + value.len(), "url-signature"))
}

/// The password of `user:password@tcp(host)`, whose `@` stands at `at`.
pub(super) fn before_transport(text: &str, at: usize) -> Option<Found> {
    let head = line_before(text, at)?;
    let start = head.rfind([' ', '\t', '"', '\'', '`', ',', '(']).map_or(0, |end| end + 1);
    let pair = head.get(start..)?;
    let pair = pair.rsplit_once('=').map_or(pair, |(_, pair)| pair);
    let (_, value) = pair.split_once(':')?;
    let range = at - value.len()..at;
    (!value.is_empty() && !is_reference(value)).then_some((range, "url-password"))
}

/// The password of `user:password@host:port` or `…/path` without a scheme, whose `@` stands at
/// `at`. Without port and path it may be anything: a name and an address, an image and its digest.
pub(super) fn before_host(text: &str, at: usize) -> Option<Found> {
    let behind = ahead_in_url(text.get(at + 1..)?);
    let host = behind.find(|c: char| !(c.is_ascii_alphanumeric() || ".-_[]".contains(c)))?;
    let (host, rest) = behind.split_at_checked(host)?;
    let port = rest.strip_prefix(':').map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    let is_reached = port.flatten().is_some_and(|port| !port.is_empty() && port.len() <= 5)
        || rest.starts_with('/');
    if !is_reached || host.is_empty() || host.starts_with("sha") {
        return None;
    }
    let head = line_before(text, at)?;
    let ends: &[char] = &[' ', '\t', '"', '\'', '`', ',', '(', '[', '{', '<'];
    let pair = head.get(head.rfind(ends).map_or(0, |end| end + 1)..)?;
    let user_end = pair.find(':')?;
    let user_start = pair.get(..user_end)?.rfind('=').map_or(0, |at| at + 1);
    let (user, value) = (pair.get(user_start..user_end)?, pair.get(user_end + 1..)?);
    let is_user = !user.is_empty()
        && user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let is_harmless = value.is_empty()
        || value.contains('/')
        || value.bytes().all(|byte| byte.is_ascii_digit())
        || is_reference(value);
    (is_user && !is_harmless && !SCHEMES.contains(&user))
        .then(|| (at - value.len()..at, "url-password"))
}

/// Words before a colon behind which a name stands and no password.
const SCHEMES: [&str; 10] =
    ["acct", "git", "github", "jdbc", "jsr", "mailto", "npm", "oci", "sip", "workspace"];

/// The password of a connection such as `app/secret@host` that begins at `from`.
pub(super) fn oracle(text: &str, from: usize) -> Option<Found> {
    let rest = text.get(from..)?;
    let user = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_$#.-[]".contains(c)))?;
    let inside = rest.get(user..)?.strip_prefix('/')?;
    let quotes = inside.len() - inside.trim_start_matches(['\\', '"']).len();
    let stop = inside.get(quotes..)?.find(|c: char| c.is_whitespace() || "@\"'\\".contains(c));
    let value = inside.get(quotes..)?;
    let value = value.get(..stop.unwrap_or(value.len()))?;
    let start = from + user + 1 + quotes;
    (user > 0 && !value.is_empty() && !is_reference(value))
        .then(|| (start..start + value.len(), "url-password"))
}

#[cfg(test)]
mod tests {
    use super::super::shape::{Triggers, shapes};

    fn found(text: &str) -> Vec<&str> {
        let shapes = shapes(text, &Triggers::of(text));
        shapes.into_iter().filter_map(|shape| text.get(shape.range)).collect()
    }

    #[test]
    fn passwords_are_found_in_urls() {
        assert_eq!(found("a postgres://u:p@ss@h:5432/x b"), ["p@ss"]);
        assert_eq!(found("redis://:hunter2@h"), ["hunter2"]);
        assert_eq!(found("amqp://u:p/ss@h"), ["p/ss"]);
        assert_eq!(found("jdbc:oracle:thin:app/hunter2@//h:1521/x"), ["hunter2"]);
        for text in [
            "https://h:443/a@b",
            "https://u@h/",
            "http://$(U):$(P)@h",
            "https://h/x:y@z",
            "postgres://u:${P}@h",
            "jdbc:oracle:thin:@h:1521:x",
            "jdbc:oracle:thin:app/${P}@h",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn passwords_are_found_before_a_host_without_a_scheme() {
        for text in [
            "DATABASE_URL=app:hunter2@db:5432/shop",
            "endpointAddress: app:hunter2@collector.obs.svc:4317",
            "\"app:hunter2@db/shop\"",
            "hosts = [app:hunter2@10.0.0.7:9092]",
        ] {
            assert_eq!(found(text), ["hunter2"], "{text}");
        }
        for text in [
            "registry.example/app:1.2@sha256:0123456789abcdef/x",
            "mailto:bob@example.org/x",
            "contact:bob@example.org",
            "npm:lodash@4.17.21/x",
            "git@github.com:org/repo.git",
            "1@kafka-1:9093,2@kafka-2:9093",
            "db:5432@zone/x",
            "app:${PASSWORD}@db:5432/shop",
            "actions/checkout@v4/x",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn whoever_knows_these_addresses_is_let_in() {
        let key = "4fJ9sK2mQ8xZ7pL14fJ9sK2m";
        for text in [
            format!("https://{key}@o1.ingest.example/42"),
            format!("https://{key}@errors.example/base/42/"),
            format!("https://h/c?sv=2022&sig={key}&se=1"),
            format!("https://h/run?code={key}"),
            format!("https://discord.com/api/webhooks/123/{key}"),
        ] {
            assert_eq!(found(&text), [key], "{text}");
        }
        assert_eq!(found("https://abcd@o1.ingest.sentry.io/1"), ["abcd"]);
        for text in [
            "https://deploy@git.example/a.git",
            "https://checkout-service-account@git.example",
            "https://deploy@git.example/4711",
            "https://${KEY}@o1.ingest.sentry.io/1",
            "https://h/?code=404&key=customer_name&sig=none",
            "https://h/js?key=${KEY}",
            "https://h/bot/v2/orders",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}

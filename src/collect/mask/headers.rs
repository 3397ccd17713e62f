//! Headers that telemetry is sent with: `OTEL_EXPORTER_OTLP_HEADERS=x-team=…`, `headers` of an
//! exporter. Every vendor has names of its own for its key, and the Collector takes all of them
//! for opaque (opentelemetry-collector v0.153.0, `config/confighttp`, `configopaque`): so each is
//! a secret but those that are known to be none.

use std::ops::Range;

use super::assign::begins_argument;
use super::names::{secret_class, secret_class_of};
use super::near::ahead;
use super::value::{behind_telling_scheme, secret_part};
use crate::dialect::schema::Seg;
use crate::model::Node;

/// A secret's place and class.
type Found = (Range<usize>, &'static str);

/// Headers that let nobody in: of HTTP (RFC 9110), the tenant of Loki, Mimir and Tempo, and the
/// dataset of Honeycomb.
const HARMLESS: &str = "\
    accept accept-charset accept-encoding accept-language cache-control connection \
    content-encoding content-length content-type host te transfer-encoding user-agent \
    x-honeycomb-dataset x-scope-orgid";

/// The class of what a header of this name holds; nothing for those that let nobody in.
pub(super) fn class_of(name: &str) -> Option<&'static str> {
    let name = name.trim().trim_matches(['"', '\'']);
    let is_harmless =
        HARMLESS.split_ascii_whitespace().any(|known| name.eq_ignore_ascii_case(known));
    (!is_harmless && !name.is_empty()).then(|| secret_class(name).unwrap_or("header"))
}

/// Whether what stands under a name is `name=value,name=value`, as the variables and properties of
/// OpenTelemetry's SDKs have it, and `headers_list` of their configuration files.
pub(super) fn is_list_name(name: &str) -> bool {
    const HEADERS: &str = "headers";
    let tail = name.len().checked_sub(HEADERS.len()).and_then(|at| name.get(at..));
    if tail.is_some_and(|tail| tail.eq_ignore_ascii_case(HEADERS)) {
        return name.to_ascii_lowercase().contains("otlp");
    }
    name.eq_ignore_ascii_case("headers_list")
}

/// The class of a dotted name that ends in a header's: `management.otlp.tracing.headers.x-team`.
pub(super) fn dotted_class(name: &str) -> Option<&'static str> {
    let (head, header) = name.rsplit_once("headers.")?;
    head.to_ascii_lowercase().contains("otlp").then(|| class_of(header))?
}

/// Whether the map or list at the end of a path holds headers that something is sent with.
pub(super) fn are_sent(path: &[Seg<'_>], dialect: &str) -> bool {
    const SENDERS: [&str; 5] =
        ["exporter", "exporters", "extensionproviders", "remote_write", "remotewrite"];
    let Some((Seg::Key(last), outer)) = path.split_last() else { return false };
    let sends = |seg: &Seg<'_>| match seg {
        Seg::Key(key) => {
            let key = key.to_ascii_lowercase();
            SENDERS.contains(&key.as_str())
                || key.contains("otlp")
                || key.starts_with("headers_setter")
        }
        Seg::Item(_) => false,
    };
    let named = ["headers", "custom_headers"].iter().any(|known| last.eq_ignore_ascii_case(known));
    named && (matches!(dialect, "otelcol" | "otel-config" | "alloy") || outer.iter().any(sends))
}

/// The class of what stands under `key` of a member of a list of headers:
/// `{name: x-team, value: …}`, or `{x-team: …}`.
pub(super) fn described_class(map: Node<'_>, key: &str) -> Option<&'static str> {
    let name = ["name", "key", "header"].iter().find_map(|name| map.text_at(&[name]));
    match name {
        Some(name) if matches!(key, "value" | "default_value") => class_of(name),
        Some(_) => None,
        None => class_of(key),
    }
}

/// The secret of a directive whose first argument is a name and whose second is its value.
pub(super) fn set(directive: &str, arguments: &str) -> Option<Found> {
    const DIRECTIVES: [&str; 8] = [
        "proxy_set_header",
        "add_header",
        "grpc_set_header",
        "fastcgi_param",
        "uwsgi_param",
        "set",
        "setenv",
        "SetEnv",
    ];
    let (name, value) = arguments.split_once([' ', '\t'])?;
    if !DIRECTIVES.contains(&directive) {
        return None;
    }
    let bare = value.trim().trim_matches(['"', '\'']);
    let start = arguments.len() - value.len() + value.find(bare)?;
    let class = secret_class(name.trim_start_matches('$').trim_matches(['"', '\'']))
        .or_else(|| behind_telling_scheme(bare).map(|_| "authorization"))?;
    let part = secret_part(bare).filter(|_| !bare.starts_with('$'))?;
    Some((start + part.start..start + part.end, class))
}

/// The secrets of `name=value,name=value`.
pub(super) fn of_list(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let (mut start, mut class) = (0, None);
    for member in text.split(',') {
        let (name, value) = member.split_once('=').unwrap_or(("", member));
        if !name.is_empty() {
            class = secret_class_of(name.trim(), value).or_else(|| class_of(name));
        }
        // What has no name belongs to the value before it.
        let from = start + (member.len() - value.len());
        if let (Some(class), Some(part)) = (class, secret_part(value)) {
            found.push((from + part.start..from + part.end, class));
        }
        start += member.len() + 1;
    }
    found
}

/// The secrets of such a list that stands in `range` of a text.
pub(super) fn within(text: &str, range: Range<usize>) -> Vec<Found> {
    let found = of_list(text.get(range.clone()).unwrap_or_default()).into_iter();
    found.map(|(at, class)| (range.start + at.start..range.start + at.end, class)).collect()
}

/// The secrets of such a list that is assigned to the name before `rest`, which ends at `end`.
/// Where the name is the `first` of its text, blanks belong to the value.
pub(super) fn assigned(rest: &str, end: usize, first: bool) -> Vec<Found> {
    let behind = rest.trim_start_matches(['"', '\'', ']', '\\']).trim_start_matches([' ', '\t']);
    let Some(value) = behind.strip_prefix(['=', ':']) else { return Vec::new() };
    let value = value.trim_start_matches([' ', '\t']);
    let near = ahead(value);
    let line_end = memchr::memchr2(b'\n', b'\r', near.as_bytes()).unwrap_or(near.len());
    let line = near.get(..line_end).unwrap_or_default();
    let quote = ["\\\"", "\"", "'"].into_iter().find(|quote| line.starts_with(quote));
    let open = quote.map_or(0, str::len);
    let inner = line.get(open..).unwrap_or_default();
    let close = quote.and_then(|quote| inner.find(quote));
    let list = inner.get(..close.unwrap_or_else(|| extent(inner, first))).unwrap_or_default();
    let start = end - value.len() + open;
    let moved = |(at, class): Found| (start + at.start..start + at.end, class);
    of_list(list).into_iter().map(moved).collect()
}

/// How far a list without quotes goes.
fn extent(line: &str, first: bool) -> usize {
    let mut ends = line.match_indices([' ', '\t', '"', '\'', '`', ';']);
    let end = ends.find(|(at, _)| {
        let (head, behind) = line.split_at_checked(*at).unwrap_or_default();
        let behind = behind.get(1..behind.floor_char_boundary(NAME_MAX)).unwrap_or_default();
        let head = head.get(head.ceil_char_boundary(head.len().saturating_sub(8))..);
        let head = head.unwrap_or_default().to_ascii_lowercase();
        let is_scheme = SCHEMES.iter().any(|scheme| head.ends_with(scheme));
        !is_scheme && (!first || begins_argument(behind))
    });
    end.map_or(line.len(), |(at, _)| at)
}

/// The longest name that begins another argument.
const NAME_MAX: usize = 256;

/// Words of a value behind which a blank does not end it.
const SCHEMES: [&str; 4] = ["=bearer", "=basic", "=token", "=apikey"];

#[cfg(test)]
mod tests {
    use super::{assigned, class_of, dotted_class, is_list_name, of_list};

    fn list(text: &str) -> Vec<&str> {
        of_list(text).into_iter().filter_map(|(range, _)| text.get(range)).collect()
    }

    fn found(text: &str, first: bool) -> Vec<&str> {
        let hits = assigned(text, text.len(), first);
        hits.into_iter().filter_map(|(range, _)| text.get(range)).collect()
    }

    #[test]
    fn any_header_may_hold_a_key() {
        assert_eq!(list("x-team=abcd,Content-Type=a/b, b=Basic%20efgh"), ["abcd", "efgh"]);
        assert_eq!(list("x-team=ab=cd==,rest"), ["ab=cd==", "rest"]);
        assert_eq!(list("x-scope-orgid=blue,user-agent=otel,x-team=${KEY}"), [""; 0]);
        assert_eq!(list("x-a,x-b"), [""; 0]);
        assert_eq!(class_of("x-api-key"), Some("api-key"));
        assert_eq!(dotted_class("management.otlp.tracing.headers.x-team"), Some("header"));
        assert_eq!(dotted_class("management.otlp.tracing.headers.host"), None);
        assert_eq!(dotted_class("server.headers.x-team"), None);
    }

    #[test]
    fn lists_are_found_where_they_are_assigned() {
        for text in ["=x=abcd", "=\"x=abcd\" y", ": 'x=abcd'", "=x=Bearer abcd", "\": \"x=abcd\","]
        {
            assert_eq!(found(text, false), ["abcd"], "{text}");
        }
        assert_eq!(found("=x=abcd -Dy=z", false), ["abcd"]);
        assert_eq!(found("=x=ab cd", true), ["ab cd"]);
        assert_eq!(found("=x=abcd OTHER=1", true), ["abcd"]);
        assert_eq!(found(" are x=abcd", false), [""; 0]);
    }

    #[test]
    fn names_of_lists_are_known() {
        for name in
            ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "otel.exporter.otlp.headers", "--otlp-headers"]
        {
            assert!(is_list_name(name), "{name}");
        }
        assert!(!is_list_name("CORS_HEADERS") && !is_list_name("OTLP_HEADERS_FILE"));
    }
}

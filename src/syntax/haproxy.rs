//! HAProxy's configuration: sections of directives.
//!
//! A section's key is its line (`backend app`). A directive's key is its keyword, with the word
//! behind it where only both together name a setting (`timeout connect`, `server app1`); its value
//! is the rest as written, quotes kept. Directives may be repeated; each one counts.

use crate::model::{GapReason, Limits, SourceId, Style};

use super::claims::{extension, is_open, statements};
use super::lines::{Line, Lines, NOT_RENDERED, Page, Word, is_blank};
use super::{Parsed, Repeats, Syntax};

/// The syntax.
pub(super) static HAPROXY: Haproxy = Haproxy;

/// HAProxy's configuration.
pub(super) struct Haproxy;

/// Keywords that begin a section (HAProxy 3.0 configuration manual).
const SECTIONS: [&str; 18] = [
    "backend",
    "cache",
    "crt-store",
    "defaults",
    "dynamic-update",
    "fcgi-app",
    "frontend",
    "global",
    "http-errors",
    "listen",
    "log-forward",
    "mailers",
    "peers",
    "program",
    "resolvers",
    "ring",
    "traces",
    "userlist",
];

/// Keywords that name a setting only with the word behind them.
const TWO_WORDS: [&str; 14] = [
    "errorfile",
    "errorloc",
    "group",
    "nameserver",
    "no",
    "option",
    "peer",
    "server",
    "server-template",
    "stats",
    "stick-table",
    "timeout",
    "user",
    "compression",
];

impl Syntax for Haproxy {
    fn id(&self) -> &'static str {
        "haproxy"
    }

    fn about(&self) -> &'static str {
        "haproxy.cfg: sections of directives, comments undone"
    }

    fn sample(&self) -> &'static str {
        r#"# edge
global
    log /dev/log local0
    maxconn 4096
    ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets

defaults
    mode http # a comment
    option httplog
    no option dontlognull
    timeout connect 5s
    daemon

frontend web
    bind :443 ssl crt /etc/haproxy/site.pem
    acl is_api path_beg /api
    acl is_api hdr(host) -i "api host # one"
    http-request set-header X-A a\#b
    use_backend api if is_api

backend api
    server api1 10.0.0.1:8080 check
    server api2 10.0.0.2:8080 check backup
"#
    }

    fn claim(&self, name: &str, head: &str) -> u8 {
        let lower = name.to_ascii_lowercase();
        if lower.starts_with("haproxy") && (is_open(&lower) || extension(&lower) == "cfg") {
            return 92;
        }
        let is_section = |line: &str| {
            let mut words = line.split_ascii_whitespace();
            matches!(
                (words.next(), words.next(), words.next()),
                (Some("global" | "defaults"), None, _)
                    | (Some("frontend" | "backend" | "listen"), Some(_), None)
            )
        };
        let may_be = is_open(&lower) || extension(&lower) == "cfg";
        let begins = || statements(head, &['#']).next().is_some_and(is_section);
        let goes_on = || statements(head, &['#']).skip(1).any(is_section);
        if may_be && begins() && goes_on() { 70 } else { 0 }
    }

    fn repeats(&self) -> Repeats {
        Repeats::All
    }

    fn parse<'s>(&self, text: &'s str, source: SourceId, limits: &Limits) -> Parsed<'s> {
        let mut page = Page::new(text, source, limits);
        let mut section: Option<usize> = None;
        for line in Lines::new(text).map(Line::trimmed) {
            if page.is_full() {
                break;
            }
            let code = code(line, &mut page);
            if code.text.is_empty() {
                continue;
            }
            let words = code.text.find(is_blank).unwrap_or(code.text.len());
            if SECTIONS.contains(&code.before(words).text) {
                if let Some(end) = section.replace(code.end()) {
                    page.close(end);
                }
                page.open(&spaced(code), code.end());
                continue;
            }
            if section.is_none() {
                let message = "the directive stands in no section: open one above it";
                page.issue(GapReason::Unparsed, code.start, message);
            }
            let (key, value) = directive(code);
            page.entry(&spaced(key), &Word::verbatim(value));
            section = section.map(|_| code.end());
        }
        if let Some(end) = section {
            page.close(end);
        }
        page.finish()
    }
}

/// A line without its comment: a `#` outside of quotes that is not escaped.
fn code<'s>(line: Line<'s>, page: &mut Page<'s>) -> Line<'s> {
    if let Some(at) = line.text.find("{{").or_else(|| line.text.find("{%")) {
        page.issue(GapReason::TemplateNotRendered, line.start + at, NOT_RENDERED);
    }
    let mut quote: Option<char> = None;
    let mut is_escaped = false;
    for (at, character) in line.text.char_indices() {
        match (quote, character) {
            _ if is_escaped => is_escaped = false,
            (None | Some('"'), '\\') => is_escaped = true,
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None, '#') => return line.before(at).trimmed(),
            (None | Some(_), _) => (),
        }
    }
    if quote.is_some() {
        page.issue(GapReason::Unparsed, line.start, "a quote is not closed: close it");
    }
    line
}

/// Keyword and value; the keyword takes the words it needs.
fn directive(code: Line<'_>) -> (Line<'_>, Line<'_>) {
    let mut length = word_end(code.text, 0);
    let keyword = code.before(length).text;
    if TWO_WORDS.contains(&keyword) {
        length = word_end(code.text, length);
        if keyword == "no" && code.before(length).text.ends_with("option") {
            length = word_end(code.text, length);
        }
    }
    (code.before(length), code.after(length).trimmed())
}

/// Where the word ends that begins behind the blanks at `from`.
fn word_end(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let word = rest.trim_start_matches(is_blank);
    let lead = rest.len() - word.len();
    from + lead + word.find(is_blank).unwrap_or(word.len())
}

/// Words with one blank between them.
fn spaced(words: Line<'_>) -> Word<'_> {
    let parts = words.text.split(is_blank).filter(|word| !word.is_empty());
    let text = parts.collect::<Vec<_>>().join(" ");
    Word::written((words.start, words.end()), words.start, text, Style::Plain)
}

#[cfg(test)]
mod tests {
    use super::HAPROXY;
    use crate::model::{GapReason, Limits, SourceId};
    use crate::syntax::Syntax as _;

    #[test]
    fn directives_stand_in_their_section_under_their_name() {
        let text = "defaults\n timeout  connect 5s\n no option  x\nbackend  a\n server b c # d\n\n";
        let parsed = HAPROXY.parse(text, SourceId(0), &Limits::STANDARD);
        let shown = format!("{:?}", parsed.tree.root(0).unwrap()).replace("Text\"", "\"");
        let tree = concat!(
            r#"{"defaults": {"timeout connect": "5s", "no option x": ""}, "#,
            r#""backend a": {"server b": "c"}}"#
        );
        assert_eq!((shown.as_str(), parsed.issues.len()), (tree, 0));
    }

    #[test]
    fn what_haproxy_would_refuse_is_an_issue() {
        let text = "maxconn 5\nglobal\n log \"x\n a {{ b }}\n";
        let parsed = HAPROXY.parse(text, SourceId(0), &Limits::STANDARD);
        let issues: Vec<_> = parsed.issues.iter().map(|i| (i.at, i.reason)).collect();
        let template = GapReason::TemplateNotRendered;
        assert_eq!(issues, [(0, GapReason::Unparsed), (18, GapReason::Unparsed), (28, template)]);
    }
}

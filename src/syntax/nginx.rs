//! nginx configuration: directives and blocks.
//!
//! A directive's value is its arguments as written, quotes kept; a block's key is its name and
//! arguments. In `if`, `map` and `types` blocks, too: nginx knows no other form.

mod scan;

use crate::model::{GapReason, Limits, SourceId, Style};

use self::scan::{Part, Scanner};
use super::claims::{has_extension, is_open};
use super::lines::{Line, Lines, NOT_RENDERED, Page, Word};
use super::{Parsed, Repeats, Syntax};

/// The syntax.
pub(super) static NGINX: Nginx = Nginx;

/// nginx configuration.
pub(super) struct Nginx;

impl Syntax for Nginx {
    fn id(&self) -> &'static str {
        "nginx"
    }

    fn about(&self) -> &'static str {
        "nginx configuration: directives, blocks, and Lua blocks kept whole"
    }

    fn sample(&self) -> &'static str {
        r#"# edge
user nginx;
events {}
http {
    log_format main '$remote_addr "$request" {$status}'; # a comment
    map $http_upgrade $connection {
        default upgrade;
        '' close;
        "~^Opera; Mini" "";
    }
    upstream checkout { server 10.0.0.1:8443; server 10.0.0.2:8443; keepalive 32; }
    server {
        listen 8443 ssl;
        ip_hash;
        set $target https://${host}/path#fragment;
        location ~ "\.(css|js){1,2}$" {
            return 200;
        }
        location /admin {
            deny all;
        }
        if ($request_method = POST) { return 405; }
        location /lua {
            content_by_lua_block {
                -- not a brace: }
                ngx.say("{ unbalanced", [[ } ]])
            }
        }
    }
}
"#
    }

    fn claim(&self, name: &str, head: &str) -> u8 {
        let lower = name.to_ascii_lowercase();
        if has_extension(&lower, &["nginx"]) || (lower.contains("nginx") && is_open(&lower)) {
            let is_named = lower.starts_with("nginx.conf") || has_extension(&lower, &["nginx"]);
            return if is_named { 95 } else { 70 };
        }
        let may_be = is_open(&lower) || has_extension(&lower, &["types", "vhost", "inc"]);
        if may_be && looks_like_nginx(head) { 70 } else { 0 }
    }

    fn repeats(&self) -> Repeats {
        Repeats::All
    }

    fn parse<'s>(&self, text: &'s str, source: SourceId, limits: &Limits) -> Parsed<'s> {
        let mut reader = Reader {
            text,
            page: Page::new(text, source, limits),
            words: Vec::new(),
            open: Vec::new(),
        };
        let mut scanner = Scanner::new(text);
        while !reader.page.is_full() {
            let Some((part, span)) = scanner.next_part() else { break };
            reader.take(part, span, &mut scanner);
        }
        reader.end()
    }
}

/// Whether most statements end as directives and blocks do, and none as in C or in BIND. A
/// statement goes on over lines that are indented deeper than its first.
fn looks_like_nginx(head: &str) -> bool {
    let (mut begun, mut ended, mut directives) = (0_usize, 0_usize, 0_usize);
    let mut open_at: Option<usize> = None;
    for line in Lines::new(head) {
        let code = line.text.split(" #").next().unwrap_or_default().trim();
        if code.is_empty() || code.starts_with('#') {
            continue;
        }
        if code.starts_with("};") || code.starts_with("//") {
            return false;
        }
        if open_at.is_none_or(|indentation| line.indentation() <= indentation) {
            begun += 1;
            open_at = Some(line.indentation());
        }
        if code.ends_with([';', '{', '}']) {
            ended += 1;
            directives += usize::from(code.ends_with(';'));
            open_at = None;
        }
    }
    directives > 0 && ended * 2 > begun
}

struct Reader<'s> {
    text: &'s str,
    page: Page<'s>,
    /// The words of the directive so far.
    words: Vec<(usize, usize)>,
    /// Where the open blocks begin, innermost last.
    open: Vec<usize>,
}

impl<'s> Reader<'s> {
    fn take(&mut self, part: Part, span: (usize, usize), scanner: &mut Scanner<'s>) {
        match part {
            Part::Word => self.words.push(span),
            Part::Semicolon if self.words.is_empty() => {
                self.unparsed(span.0, "a ';' without a directive: remove it");
            }
            Part::Semicolon => self.directive(),
            Part::Open if self.is_lua() => self.lua(span.0, scanner),
            Part::Open => self.block(span.0),
            Part::Close => self.close(span),
            Part::Unclosed => {
                self.unparsed(span.0, "a quote is not closed");
                self.words.push(span);
            }
            Part::Template => {
                self.page.issue(GapReason::TemplateNotRendered, span.0, NOT_RENDERED);
                if !self.words.is_empty() {
                    self.words.push(span);
                }
            }
        }
    }

    fn unparsed(&mut self, at: usize, message: &'static str) {
        self.page.issue(GapReason::Unparsed, at, message);
    }

    fn line(&self, span: (usize, usize)) -> Line<'s> {
        Line { start: span.0, text: self.text.get(span.0..span.1).unwrap_or_default() }
    }

    /// The name of the directive, its quotes removed as nginx removes them.
    fn name(&self) -> Word<'s> {
        let name = self.line(self.words.first().copied().unwrap_or_default());
        match unquoted(name.text) {
            Some((inner, style)) => {
                Word::written((name.start, name.end()), name.start + 1, inner, style)
            }
            None => Word::verbatim(name),
        }
    }

    /// Some words as one, a single blank between them.
    fn joined(&self, words: &[(usize, usize)]) -> Word<'s> {
        let (Some(first), Some(last)) = (words.first(), words.last()) else {
            let end = self.words.last().map_or(0, |word| word.1);
            return Word::verbatim(self.line((end, end)));
        };
        let span = (first.0, last.1);
        let is_blank = |pair: &[(usize, usize)]| match pair {
            [one, next] => self.text.get(one.1..next.0) == Some(" "),
            _ => false,
        };
        let written = self.line(span);
        let is_broken = written.text.contains('\n');
        // Mostly they stand so already.
        if !is_broken && words.windows(2).all(is_blank) {
            return Word::verbatim(written);
        }
        let text = words.iter().map(|word| self.line(*word).text).collect::<Vec<_>>().join(" ");
        let style = if is_broken { Style::Folded } else { Style::Plain };
        Word::written(span, span.0, text, style)
    }

    fn directive(&mut self) {
        let value = self.joined(self.words.get(1..).unwrap_or_default());
        self.page.entry(&self.name(), &value);
        self.words.clear();
    }

    fn block(&mut self, start: usize) {
        if self.words.is_empty() {
            self.unparsed(start, "a '{' without a directive: name the block");
            self.words.push((start, start));
        }
        let key = if self.words.len() == 1 { self.name() } else { self.joined(&self.words) };
        self.page.open(&key, start);
        self.open.push(start);
        self.words.clear();
    }

    fn close(&mut self, span: (usize, usize)) {
        self.end_directive();
        if self.open.pop().is_some() {
            self.page.close(span.1);
        } else {
            self.unparsed(span.0, "a '}' closes no block: remove it or open the block");
        }
    }

    /// A directive that lacks its semicolon; nginx refuses the file.
    fn end_directive(&mut self) {
        if let Some((start, _)) = self.words.first().copied() {
            self.unparsed(start, "the directive does not end in ';'");
            self.directive();
        }
    }

    fn is_lua(&self) -> bool {
        let name = self.words.first().map_or("", |word| self.line(*word).text);
        unquoted(name).map_or(name, |(inner, _)| inner).ends_with("_by_lua_block")
    }

    /// A Lua block: its code is one text.
    fn lua(&mut self, start: usize, scanner: &mut Scanner<'s>) {
        let key = if self.words.len() == 1 { self.name() } else { self.joined(&self.words) };
        let end = scanner.skip_lua().unwrap_or_else(|| {
            self.unparsed(start, "the Lua block is not closed");
            self.text.len()
        });
        let code = self.line((start + 1, end.max(start + 1)));
        let span = (code.start, code.end());
        self.page.entry(&key, &Word::written(span, code.start, code.text, Style::Literal));
        self.words.clear();
    }

    fn end(mut self) -> Parsed<'s> {
        if self.page.is_full() {
            return self.page.finish();
        }
        self.end_directive();
        if let Some(start) = self.open.last().copied() {
            self.unparsed(start, "the block is not closed: add its '}'");
        }
        self.page.finish()
    }
}

/// The inside of a word that stands in quotes as a whole and escapes nothing.
fn unquoted(word: &str) -> Option<(&str, Style)> {
    let inside = |quote: char| word.strip_prefix(quote)?.strip_suffix(quote);
    let (inner, style) = match inside('"') {
        Some(inner) => (inner, Style::Double),
        None => (inside('\'')?, Style::Single),
    };
    (!inner.contains('\\')).then_some((inner, style))
}

#[cfg(test)]
mod tests {
    use super::NGINX;
    use crate::model::{GapReason, Limits, SourceId};
    use crate::syntax::{Parsed, Syntax as _};

    fn parse(text: &str) -> Parsed<'_> {
        NGINX.parse(text, SourceId(0), &Limits::STANDARD)
    }

    #[test]
    fn words_are_read_as_nginx_reads_them() {
        let cases = [
            ("a;", r#"{Text"a": Text""}"#),
            ("a  b\n  'c;}' # d\n  e;", r#"{Text"a": Text"b 'c;}' e"}"#),
            (r#""events"{"x" "\"";}"#, r#"{Text"events": {Text"x": Text"\"\\\"\""}}"#),
            ("set $a ${b}c#d;", r#"{Text"set": Text"$a ${b}c#d"}"#),
            (r"a b\;c \{;", r#"{Text"a": Text"b\\;c \\{"}"#),
            ("location  ~  ^/a {}", r#"{Text"location ~ ^/a": {}}"#),
            ("a{b c;}a{}", r#"{Text"a": {Text"b": Text"c"}, Text"a": {}}"#),
        ];
        for (text, tree) in cases {
            let parsed = parse(text);
            assert_eq!(parsed.issues, [], "{text}");
            assert_eq!(format!("{:?}", parsed.tree.root(0).unwrap()), tree, "{text}");
        }
    }

    #[test]
    fn lua_is_one_text_up_to_its_own_brace() {
        let text = r#"set_by_lua_block $x { if a then return "}" end -- }
  --[==[ } ]] ]==] local t = {[[}]], '\'}'} } b c;"#;
        let parsed = parse(text);
        let root = parsed.tree.root(0).unwrap();
        let code = root.text_at(&["set_by_lua_block $x"]).unwrap();
        assert!(code.starts_with(" if") && code.ends_with("'\\'}'} "), "{code}");
        assert_eq!((root.text_at(&["b"]), parsed.issues.len()), (Some("c"), 0));
    }

    #[test]
    fn what_nginx_would_refuse_is_an_issue_at_its_place() {
        let cases = [
            ("a {", 2),
            ("a }", 0),
            ("a b", 0),
            ("a; }", 3),
            ("; a;", 0),
            ("{ a; }", 0),
            ("a 'b;", 2),
            ("a_by_lua_block { (", 15),
        ];
        for (text, at) in cases {
            let parsed = parse(text);
            assert!(parsed.issues.iter().any(|issue| issue.at == at), "{text}");
            assert_eq!(parsed.documents.len(), 1, "{text}");
        }
        let parsed = parse("a {{ b }};\n{% if c %}\nd e;\n{% endif %}\n");
        assert!(parsed.issues.iter().all(|i| i.reason == GapReason::TemplateNotRendered));
        assert_eq!((parsed.issues.len(), parsed.tree.root(0).unwrap().len()), (3, 2));
    }

    #[test]
    fn nesting_is_limited() {
        let text = "a{".repeat(10_000);
        let parsed = parse(&text);
        assert_eq!(parsed.issues[0].reason, GapReason::LimitReached);
    }
}

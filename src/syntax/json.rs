//! JSON as its readers write it: with comments and trailing commas, but nothing else of JSON5.
//! Where the first of them stands is told, for strict readers refuse it.

use jsonc_parser::errors::ParseErrorKind;
use jsonc_parser::tokens::Token;
use jsonc_parser::{Scanner, ScannerOptions};

use crate::model::{Kind, LimitReached, Limits, SourceId, Style, TreeBuilder};

use super::claims::{has_extension, is_open};
use super::lines::{beginning, invalid, limit_issue, offset, one_document};
use super::{Issue, Parsed, Repeats, Syntax};

/// The syntax.
pub(super) static JSON: Json = Json;

/// JSON (RFC 8259), and of JSONC the comments and trailing commas.
pub(super) struct Json;

impl Syntax for Json {
    fn id(&self) -> &'static str {
        "json"
    }

    fn about(&self) -> &'static str {
        "JSON; comments and trailing commas are accepted, the rest of JSON5 is not"
    }

    fn sample(&self) -> &'static str {
        r#"// comments are read over
{
  "service": "checkout",
  "empty": {"map": {}, "list": [], "text": ""},
  "numbers": [0, -1, 2.50, 6.02e23, 18446744073709551616],
  "switches": {"on": true, "off": false, "unset": null},
  "unicode": "Zürich → 東京", /* and here */
  "twice": 1,
  "twice": 2,
  "nested": [[{"deep": ["value"]}]],
}
"#
    }

    fn claim(&self, name: &str, head: &str) -> u8 {
        if has_extension(name, &["json", "jsonc", "tfstate", "webmanifest"]) {
            return 90;
        }
        if has_extension(name, &["json5"]) {
            return 80;
        }
        let mut head = head.trim_start_matches('\u{feff}').trim_start();
        while let Some(behind) = head.strip_prefix("//").and_then(|line| line.split_once('\n')) {
            head = behind.1.trim_start();
        }
        let inner = |open: char| head.strip_prefix(open).map(str::trim_start);
        let is_map = inner('{').is_some_and(|inner| inner.starts_with(['"', '}']));
        let is_list = inner('[').is_some_and(|inner| inner.starts_with(['"', '{', ']']));
        let is_list_of_maps = is_list && head.contains(['{', ',']);
        if is_map || is_list_of_maps { if is_open(name) { 60 } else { 30 } } else { 0 }
    }

    fn repeats(&self) -> Repeats {
        Repeats::LastWins
    }

    fn parse<'s>(&self, text: &'s str, source: SourceId, limits: &Limits) -> Parsed<'s> {
        let mut reader = Reader::new(text, source, limits);
        let issues = match reader.document() {
            Ok(()) => {
                reader.builder.root(0);
                Vec::new()
            }
            Err(issue) => {
                reader.builder.abandon(0);
                vec![issue]
            }
        };
        let lenient = reader.lenient.map(offset);
        Parsed { lenient, ..one_document(reader.builder.finish(), issues) }
    }
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrClose,
    KeyOrClose,
    Colon,
    CommaOrClose,
    Nothing,
}

struct Reader<'s> {
    text: &'s str,
    scanner: Scanner<'s>,
    /// Where the scanner's text begins in ours.
    base: usize,
    builder: TreeBuilder<'s>,
    /// The open containers, innermost last.
    open: Vec<Kind>,
    /// The comma that was just read, if the last token is one.
    comma: Option<usize>,
    /// The first comment or trailing comma.
    lenient: Option<usize>,
}

impl<'s> Reader<'s> {
    fn new(text: &'s str, source: SourceId, limits: &Limits) -> Self {
        let base = beginning(text);
        let options = ScannerOptions {
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        let scanner = Scanner::new(text.get(base..).unwrap_or_default(), &options);
        let builder = TreeBuilder::new(text, source, limits);
        let open = Vec::new();
        Self { text, scanner, base, builder, open, comma: None, lenient: None }
    }

    /// Reads the whole text without recursion: nesting costs a slot in `open`, no stack.
    fn document(&mut self) -> Result<(), Issue> {
        let mut expect = Expect::Value;
        loop {
            let token = self.scanner.scan().map_err(|error| {
                self.unparsed(self.base + error.range().start, scan_failure(error.kind()))
            })?;
            let span =
                (self.base + self.scanner.token_start(), self.base + self.scanner.token_end());
            let Some(token) = token else {
                return match (expect, self.open.is_empty()) {
                    (Expect::Nothing, _) => Ok(()),
                    (_, true) => Err(self.unparsed(span.0, "it holds no value")),
                    (_, false) => Err(self.unparsed(span.0, "a list or map is not closed")),
                };
            };
            self.note_leniency(&token, span.0);
            expect = self.step(expect, token, span)?;
        }
    }

    /// Notes what RFC 8259 does not have: a comment, a comma before a closing bracket.
    fn note_leniency(&mut self, token: &Token<'_>, at: usize) {
        let is_comment = matches!(token, Token::CommentLine(_) | Token::CommentBlock(_));
        let before =
            self.comma.filter(|_| matches!(token, Token::CloseBrace | Token::CloseBracket));
        let found = if is_comment { Some(at) } else { before };
        self.lenient = self.lenient.or(found);
        if !is_comment {
            self.comma = matches!(token, Token::Comma).then_some(at);
        }
    }

    fn step(
        &mut self,
        expect: Expect,
        token: Token<'s>,
        span: (usize, usize),
    ) -> Result<Expect, Issue> {
        let value = matches!(expect, Expect::Value | Expect::ValueOrClose);
        match token {
            Token::CommentLine(_) | Token::CommentBlock(_) => Ok(expect),
            Token::OpenBrace if value => self.begin(Kind::Map, span.0),
            Token::OpenBracket if value => self.begin(Kind::List, span.0),
            Token::CloseBrace
                if self.open.last() == Some(&Kind::Map)
                    && matches!(expect, Expect::KeyOrClose | Expect::CommaOrClose) =>
            {
                Ok(self.end(span.1))
            }
            Token::CloseBracket
                if self.open.last() == Some(&Kind::List)
                    && matches!(expect, Expect::ValueOrClose | Expect::CommaOrClose) =>
            {
                Ok(self.end(span.1))
            }
            Token::Comma if expect == Expect::CommaOrClose => Ok(match self.open.last() {
                Some(Kind::Map) => Expect::KeyOrClose,
                _ => Expect::ValueOrClose,
            }),
            Token::Colon if expect == Expect::Colon => Ok(Expect::Value),
            Token::String(text) if value || expect == Expect::KeyOrClose => {
                let inside = self.text.as_bytes().get(span.0..span.1).unwrap_or_default();
                if let Some(control) = inside.iter().position(|byte| *byte < b' ') {
                    let why = "a control character or line break stands in a string unescaped";
                    return Err(self.unparsed(span.0 + control, why));
                }
                let added = self.builder.scalar(Kind::Text, Style::Double, span, &text, span.0 + 1);
                within_limits(added, span.0)?;
                Ok(if value { self.after_value() } else { Expect::Colon })
            }
            Token::Number(_) if value => self.plain(Kind::Number, span),
            Token::Boolean(_) if value => self.plain(Kind::Bool, span),
            Token::Null if value => self.plain(Kind::Null, span),
            Token::OpenBrace
            | Token::CloseBrace
            | Token::OpenBracket
            | Token::CloseBracket
            | Token::Comma
            | Token::Colon
            | Token::String(_)
            | Token::Word(_)
            | Token::Boolean(_)
            | Token::Number(_)
            | Token::Null => Err(self.unparsed(span.0, misplaced(expect))),
        }
    }

    fn begin(&mut self, kind: Kind, start: usize) -> Result<Expect, Issue> {
        let opened = self.builder.open(kind, Style::Flow, start);
        within_limits(opened, start)?;
        self.open.push(kind);
        Ok(if kind == Kind::Map { Expect::KeyOrClose } else { Expect::ValueOrClose })
    }

    fn end(&mut self, end: usize) -> Expect {
        self.builder.close(end);
        self.open.pop();
        self.after_value()
    }

    fn plain(&mut self, kind: Kind, span: (usize, usize)) -> Result<Expect, Issue> {
        let added = self.builder.borrowed(kind, Style::Plain, span, span);
        within_limits(added, span.0)?;
        Ok(self.after_value())
    }

    fn after_value(&self) -> Expect {
        if self.open.is_empty() { Expect::Nothing } else { Expect::CommaOrClose }
    }

    fn unparsed(&self, at: usize, why: &str) -> Issue {
        let message = format!("the file is not valid JSON here: {why}; correct it");
        invalid(self.text, at, message)
    }
}

fn within_limits(added: Result<u32, LimitReached>, at: usize) -> Result<(), Issue> {
    added.map(|_| ()).map_err(|limit| limit_issue(limit, at))
}

const fn misplaced(expect: Expect) -> &'static str {
    match expect {
        Expect::Value => "a value is missing",
        Expect::ValueOrClose => "a value or ']' is missing",
        Expect::KeyOrClose => "a key in double quotes or '}' is missing",
        Expect::Colon => "a ':' is missing behind the key",
        Expect::CommaOrClose => "a ',' or the closing bracket is missing",
        Expect::Nothing => "something follows the end of the value",
    }
}

/// Names a failure in our words: the scanner's own may quote the input.
fn scan_failure(kind: &ParseErrorKind) -> &'static str {
    if matches!(kind, ParseErrorKind::String(_)) {
        "a string is not closed, or holds an escape that JSON does not have"
    } else if matches!(kind, ParseErrorKind::UnterminatedCommentBlock) {
        "a comment is not closed"
    } else if matches!(kind, ParseErrorKind::SingleQuotedStringsNotAllowed) {
        "text stands in single quotes"
    } else {
        "this is no value that JSON has"
    }
}

#[cfg(test)]
mod tests {
    use super::JSON;
    use crate::model::{GapReason, Kind, Limits, SourceId};
    use crate::syntax::{Parsed, Syntax as _};

    fn parse(text: &str) -> Parsed<'_> {
        JSON.parse(text, SourceId(0), &Limits::STANDARD)
    }

    #[test]
    fn duplicates_escapes_and_number_texts_are_kept() {
        let parsed = parse("\u{feff}{\"a\": 1.50, \"a\": \"x\\u00e9\\n\", \"b\": -0e5}");
        let root = parsed.tree.root(0).unwrap();
        let values: Vec<_> = root.entries().map(|e| (e.key.text(), e.value.text())).collect();
        assert_eq!(values, [("a", "1.50"), ("a", "xé\n"), ("b", "-0e5")]);
        assert_eq!(root.entries().next().unwrap().value.kind(), Kind::Number);
        assert_eq!(root.entries().next().unwrap().key.raw(), "\"a\"");
    }

    #[test]
    fn what_is_not_json_is_an_issue_at_its_place() {
        let cases = [
            ("", 0),
            ("{\"a\": 1", 7),
            ("{\"a\" 1}", 5),
            ("{\"a\": 'x'}", 6),
            ("{\"a\": 0x1F}", 6),
            ("[1 2]", 3),
            ("[,]", 1),
            ("{\"a\": \"x\ny\"}", 8),
            ("[1] [2]", 4),
            ("{a: 1}", 1),
            ("[01]", 2),
            ("[NaN]", 1),
            ("{]", 1),
        ];
        for (text, at) in cases {
            let parsed = parse(text);
            assert!(parsed.documents.is_empty(), "{text}");
            let [issue] = parsed.issues.as_slice() else { panic!("{text}") };
            assert_eq!((issue.reason, issue.at), (GapReason::Unparsed, at), "{text}");
        }
    }

    #[test]
    fn what_strict_readers_refuse_is_told() {
        let cases = [
            ("{\"a\": [1, {}]}", None),
            ("{\"a\": 1,}", Some(7)),
            ("[1, // a\n2]", Some(4)),
            ("[1, /* a */ ]", Some(4)),
        ];
        for (text, at) in cases {
            assert_eq!((parse(text).lenient, parse(text).issues.len()), (at, 0), "{text}");
        }
    }

    #[test]
    fn a_template_is_not_a_syntax_error() {
        for text in ["{\"a\": {{ .Values.a }}}", "{\"a\": ${PORT}}", "{% if x %}{}{% endif %}"] {
            assert_eq!(parse(text).issues[0].reason, GapReason::TemplateNotRendered, "{text}");
        }
    }

    #[test]
    fn limits_are_named() {
        let limits = Limits { nodes_max: 4, depth_max: 3, ..Limits::STANDARD };
        for (text, name) in [("[1,2,3,4]", "nodes_max"), ("[[[[]]]]", "depth_max")] {
            let parsed = JSON.parse(text, SourceId(0), &limits);
            assert_eq!(parsed.issues[0].reason, GapReason::LimitReached);
            assert!(parsed.issues[0].message.contains(name) && parsed.documents.is_empty());
        }
        let deep = "[".repeat(1_000_000);
        assert_eq!(parse(&deep).issues[0].reason, GapReason::LimitReached);
    }
}

//! TOML 1.1.
//!
//! Read from the parser's events, so that a key that is defined twice is kept twice (and said to
//! be), and nesting is ours to limit.

mod tables;

use std::borrow::Cow;

use toml_parser::decoder::{Encoding, ScalarKind};
use toml_parser::parser::{EventReceiver, ValidateWhitespace, parse_document};
use toml_parser::{ErrorSink, ParseError, Raw, Source, Span};

use crate::model::{GapReason, Kind, Limits, SourceId, Style, TreeBuilder};

use self::tables::{Origin, Shape, Tables, Word};
use super::claims::has_extension;
use super::lines::{beginning, invalid, limit_issue, note, one_document};
use super::{Issue, Parsed, Repeats, Syntax};

/// The syntax.
pub(super) static TOML: Toml = Toml;

/// TOML.
pub(super) struct Toml;

impl Syntax for Toml {
    fn id(&self) -> &'static str {
        "toml"
    }

    fn about(&self) -> &'static str {
        "TOML 1.1: tables, dotted keys, arrays of tables"
    }

    fn sample(&self) -> &'static str {
        r#"# service settings
title = "checkout"
owner.team = "payments"
owner."on call" = 'C:\people\list'

[tls]
enabled = true
versions = ["1.2", "1.3"] # a comment
limits = { handshakes = 100, burst = 2.5, nested = { deep = [[1], []] } }
since = 2027-03-31T08:00:00Z
note = """
first line
second line"""
literal = '''one 'quoted' word'''

[database.pool]
size = -32
ratio = 6.02e23
enabled = false

[[upstream]]
name = "pay"
[[upstream]]
name = "ledger"
[upstream.retry]
attempts = 3

[database]
host = "db.example.com"
"#
    }

    fn claim(&self, name: &str, _head: &str) -> u8 {
        let by_name = ["Cargo.lock", "Pipfile", "poetry.lock", "uv.lock"].contains(&name);
        if by_name || has_extension(name, &["toml"]) { 90 } else { 0 }
    }

    fn repeats(&self) -> Repeats {
        Repeats::LastWins
    }

    fn parse<'s>(&self, text: &'s str, source: SourceId, limits: &Limits) -> Parsed<'s> {
        let mut builder = TreeBuilder::new(text, source, limits);
        let mut events = Events::new(text, limits);
        let mut error: Option<ParseError> = None;
        let tokens = events.source.lex().into_vec();
        let source = events.source;
        parse_document(&tokens, &mut ValidateWhitespace::new(&mut events, source), &mut error);
        let tables = events.tables;
        let mut issues = Vec::new();
        for at in &tables.repeated {
            note(&mut issues, GapReason::Unparsed, *at, REPEATED);
        }
        if let Some((limit, at)) = tables.limit {
            issues.push(limit_issue(limit, at));
        } else if let Some(error) = error {
            issues.push(unparsed(text, &error));
        } else {
            match tables.write(&mut builder) {
                Ok(()) => builder.root(Tables::ROOT),
                Err(limit) => {
                    builder.abandon(0);
                    issues.push(limit_issue(limit, 0));
                }
            }
        }
        one_document(builder.finish(), issues)
    }
}

const REPEATED: &str = "the key or table is defined twice, which TOML forbids: remove one of them";

/// The parser's words are fixed texts, which never quote the input.
fn unparsed(text: &str, error: &ParseError) -> Issue {
    let at = error.unexpected().or(error.context()).map_or(0, |span| span.start());
    let message = format!("the file is not valid TOML here: {}; correct it", error.description());
    invalid(text, at, message)
}

/// Puts the parser's events into tables.
struct Events<'s> {
    source: Source<'s>,
    tables: Tables<'s>,
    /// The table that keys go to.
    table: u32,
    /// The keys read so far of a header or a dotted key.
    path: Vec<Word<'s>>,
    /// The open lists and tables in brackets, innermost last.
    brackets: Vec<u32>,
}

impl<'s> Events<'s> {
    fn new(text: &'s str, limits: &Limits) -> Self {
        Self {
            source: Source::new(text),
            tables: Tables::new((beginning(text), text.len()), limits),
            table: Tables::ROOT,
            path: Vec::new(),
            brackets: Vec::new(),
        }
    }

    fn raw(&self, span: Span, encoding: Option<Encoding>) -> Raw<'s> {
        let text = self.source.input().get(span.start()..span.end()).unwrap_or_default();
        Raw::new_unchecked(text, encoding, span)
    }

    fn header(&mut self, is_list: bool, end: usize) {
        let path = std::mem::take(&mut self.path);
        self.table = self.tables.header(path, is_list, end);
    }

    /// Puts a value where it belongs: into the innermost brackets, else under its key.
    fn place(&mut self, shape: Shape<'s>, span: Span) -> u32 {
        let parent = self.brackets.last().copied().unwrap_or(self.table);
        let span = (span.start(), span.end());
        if self.tables.is_list(parent) {
            return self.tables.add(parent, None, shape, span);
        }
        let mut path = std::mem::take(&mut self.path);
        let key = path.pop();
        let parent = self.tables.dotted(parent, path.into_iter());
        self.tables.add(parent, key, shape, span)
    }

    fn open(&mut self, shape: Shape<'s>, span: Span) -> bool {
        let id = self.place(shape, span);
        self.brackets.push(id);
        self.tables.limit.is_none()
    }

    fn close(&mut self, span: Span) {
        if let Some(id) = self.brackets.pop() {
            self.tables.close(id, span.end());
        }
    }
}

impl EventReceiver for Events<'_> {
    fn std_table_open(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.path.clear();
    }

    fn std_table_close(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.header(false, span.end());
    }

    fn array_table_open(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.path.clear();
    }

    fn array_table_close(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.header(true, span.end());
    }

    fn inline_table_open(&mut self, span: Span, _error: &mut dyn ErrorSink) -> bool {
        self.open(Shape::Table(Origin::Inline), span)
    }

    fn inline_table_close(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.close(span);
    }

    fn array_open(&mut self, span: Span, _error: &mut dyn ErrorSink) -> bool {
        self.open(Shape::List(Origin::Inline), span)
    }

    fn array_close(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.close(span);
    }

    fn simple_key(&mut self, span: Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        let mut text = Cow::Borrowed("");
        self.raw(span, encoding).decode_key(&mut text, error);
        let (style, opening) = quotes(encoding);
        let at = span.start() + opening;
        let span = (span.start(), span.end());
        self.path.push(Word { kind: Kind::Text, style, span, text, at });
    }

    fn scalar(&mut self, span: Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        let mut text = Cow::Borrowed("");
        let raw = self.raw(span, encoding);
        let scalar = raw.decode_scalar(&mut text, error);
        let (style, opening) = quotes(encoding);
        let mut at = span.start() + opening;
        let kind = match scalar {
            ScalarKind::String => {
                // A line break right behind three quotes is not part of the text.
                let inside = raw.as_str().get(opening..).unwrap_or_default();
                if opening == 3 {
                    at += usize::from(inside.starts_with('\n'));
                    at += 2 * usize::from(inside.starts_with("\r\n"));
                }
                Kind::Text
            }
            ScalarKind::Boolean(_) => {
                text = Cow::Borrowed(raw.as_str());
                Kind::Bool
            }
            ScalarKind::DateTime => {
                if text.parse::<::toml::value::Datetime>().is_err() {
                    error.report_error(
                        ParseError::new("no such date or time").with_unexpected(span),
                    );
                }
                Kind::Text
            }
            ScalarKind::Float => Kind::Number,
            ScalarKind::Integer(radix) => {
                if radix.value() != 10
                    && let Ok(value) = u128::from_str_radix(&text, radix.value())
                {
                    text = Cow::Owned(value.to_string());
                }
                Kind::Number
            }
        };
        let word = Word { kind, style, span: (span.start(), span.end()), text, at };
        self.place(Shape::Scalar(word), span);
    }

    fn newline(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        if self.brackets.is_empty() {
            self.path.clear();
        }
    }
}

/// How a text in quotes was written, and how many bytes open it.
const fn quotes(encoding: Option<Encoding>) -> (Style, usize) {
    match encoding {
        None => (Style::Plain, 0),
        Some(Encoding::LiteralString) => (Style::Single, 1),
        Some(Encoding::BasicString) => (Style::Double, 1),
        Some(Encoding::MlLiteralString) => (Style::Single, 3),
        Some(Encoding::MlBasicString) => (Style::Double, 3),
    }
}

#[cfg(test)]
mod tests {
    use super::TOML;
    use crate::model::{GapReason, Kind, Limits, Scalar, SourceId, Typing};
    use crate::syntax::{Parsed, Syntax as _};

    fn parse(text: &str) -> Parsed<'_> {
        TOML.parse(text, SourceId(0), &Limits::STANDARD)
    }

    fn shown(text: &str) -> String {
        let parsed = parse(text);
        assert_eq!(parsed.issues, [], "{text}");
        format!("{:?}", parsed.tree.root(0).unwrap())
    }

    #[test]
    fn tables_gather_their_parts_from_anywhere() {
        let cases = [
            ("", "{}"),
            (
                "[a.b]\nc=1\n[a]\nd=2",
                r#"{Text"a": {Text"b": {Text"c": Number"1"}, Text"d": Number"2"}}"#,
            ),
            (
                "a.b.c=1\na.b.d=2",
                r#"{Text"a": {Text"b": {Text"c": Number"1", Text"d": Number"2"}}}"#,
            ),
            ("[[a]]\nb=1\n[a.c]\n[[a]]", r#"{Text"a": [{Text"b": Number"1", Text"c": {}}, {}]}"#),
            ("a=[1,{b=[]},]", r#"{Text"a": [Number"1", {Text"b": []}]}"#),
        ];
        for (text, tree) in cases {
            assert_eq!(shown(text), tree, "{text}");
        }
    }

    #[test]
    fn scalars_are_canonical_and_know_their_place() {
        let cases = [
            ("1_000", Kind::Number, "1000"),
            ("0xFF", Kind::Number, "255"),
            ("0b11", Kind::Number, "3"),
            ("+5", Kind::Number, "+5"),
            ("1e3", Kind::Number, "1e3"),
            ("true", Kind::Bool, "true"),
            ("1979-05-27", Kind::Text, "1979-05-27"),
            ("\"\\u00e9\\n\"", Kind::Text, "é\n"),
            ("'''\r\nx'y'''", Kind::Text, "x'y"),
        ];
        for (written, kind, value) in cases {
            let text = format!("\u{feff}[t]\n\"k\" = {written} # end\n");
            let parsed = parse(&text);
            let node = parsed.tree.root(0).unwrap().at(&["t", "k"]).unwrap();
            assert_eq!((node.kind(), node.text(), node.raw()), (kind, value, written));
        }
        let parsed = parse("a = +0x10\nb = inf");
        assert_eq!(parsed.issues.len(), 1, "TOML has no signed hexadecimal numbers");
        let parsed = parse("b = inf");
        let value = parsed.tree.root(0).unwrap().get("b").unwrap();
        assert_eq!(Typing::Yaml12.read(value), Scalar::Text("inf"));
    }

    #[test]
    fn a_key_defined_twice_is_kept_twice_and_said_to_be() {
        for text in
            ["a=1\na=2", "[a]\n[b]\n[a]", "a={b=1}\n[a.c]", "a=1\n[[a]]", "[a.b]\n[a]\nb.c=1"]
        {
            let parsed = parse(text);
            assert_eq!(parsed.issues.len(), 1, "{text}");
            assert_eq!(parsed.documents.len(), 1, "{text}");
        }
        let parsed = parse("a=1\na=2");
        assert_eq!((parsed.issues[0].at, parsed.tree.root(0).unwrap().len()), (4, 2));
    }

    #[test]
    fn a_mistake_is_an_issue_at_its_place() {
        let cases = [("a = ", 4), ("a = 1 b", 4), ("[a", 2), ("a = 2027-13-45", 4), ("a = \"x", 6)];
        for (text, at) in cases {
            let parsed = parse(text);
            assert!(parsed.documents.is_empty(), "{text}");
            assert_eq!((parsed.issues[0].at, parsed.issues[0].reason), (at, GapReason::Unparsed));
        }
        let template = parse("a = {{ .Values.a }}");
        assert_eq!(template.issues[0].reason, GapReason::TemplateNotRendered);
    }

    #[test]
    fn nesting_of_any_kind_is_limited() {
        let dotted = format!("{}a = 1", "a.".repeat(100_000));
        let header = format!("[{}a]", "a.".repeat(100_000));
        let lists = format!("a = {}", "[".repeat(100_000));
        let tables = format!("a = {}", "{a=".repeat(100_000));
        for text in [dotted, header, lists, tables] {
            let parsed = parse(&text);
            assert_eq!(parsed.issues[0].reason, GapReason::LimitReached);
            assert!(parsed.issues[0].message.contains("depth_max"));
        }
    }
}

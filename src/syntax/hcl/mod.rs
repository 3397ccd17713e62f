//! HCL, as Terraform, Packer, Nomad and Vault are configured in it: attributes and blocks.
//!
//! A block's key is its type and labels as `terraform fmt` writes them (`resource "a" "b"`), so
//! that it is found again wherever it stands. What is no literal is never computed and never taken
//! for data: an expression is text between `${` and `}`, as HCL's JSON form writes it, which also
//! makes `x` and `"${x}"` the same; templates in quoted text and heredocs stay as written.
//!
//! The reader is ours, because the crates that keep places (`hcl-edit` 0.10) drop the first of
//! repeated keys of an object in silence and take quadratic time for large ones. It knows no
//! expressions, only where they end. A file with a mistake is not read at all: its readers do not
//! read it either.

mod collections;
mod tokens;
mod words;

use crate::model::{Kind, LimitReached, Limits, SourceId, Style, TreeBuilder};

pub(super) use self::tokens::Grammar;
use self::tokens::{Fault, Mark, Token, tokens};
use super::claims::{has_extension, is_open, statements};
use super::lines::{beginning, invalid, limit_issue, one_document};
use super::{Issue, Parsed, Repeats, Syntax};

/// The syntax.
pub(super) static HCL: Hcl = Hcl;

/// HCL's native syntax.
pub(super) struct Hcl;

impl Syntax for Hcl {
    fn id(&self) -> &'static str {
        "hcl"
    }

    fn about(&self) -> &'static str {
        "HCL of Terraform and its like: blocks, attributes, heredocs; expressions are kept as text"
    }

    fn sample(&self) -> &'static str {
        include_str!("sample.tf")
    }

    fn claim(&self, name: &str, head: &str) -> u8 {
        const BLOCKS: [&str; 9] = [
            "data",
            "locals",
            "module",
            "output",
            "provider",
            "resource",
            "terraform",
            "variable",
            "job",
        ];
        if has_extension(name, &["tf", "tfvars", "hcl", "tofu", "nomad"]) {
            return 90;
        }
        let begins_block = |line: &str| {
            let word = line.split([' ', '{']).next().unwrap_or_default();
            line.ends_with('{') && BLOCKS.contains(&word)
        };
        let first = statements(head, &['#', '/', '*']).next();
        if is_open(name) && first.is_some_and(begins_block) { 65 } else { 0 }
    }

    fn repeats(&self) -> Repeats {
        Repeats::All
    }

    fn parse<'s>(&self, text: &'s str, source: SourceId, limits: &Limits) -> Parsed<'s> {
        parse(text, source, limits, Grammar::Hcl)
    }
}

/// Reads a text of HCL or of a language that is written like it.
pub(super) fn parse<'s>(
    text: &'s str,
    source: SourceId,
    limits: &Limits,
    grammar: Grammar,
) -> Parsed<'s> {
    let mut builder = TreeBuilder::new(text, source, limits);
    let read = tokens(text, limits, grammar).and_then(|tokens| {
        let mut reader = Reader { text, tokens: &tokens, at: 0, builder: &mut builder };
        reader.document()
    });
    let issues = match read {
        Ok(()) => {
            builder.root(0);
            Vec::new()
        }
        Err(fault) => {
            builder.abandon(0);
            vec![issue(text, &fault)]
        }
    };
    one_document(builder.finish(), issues)
}

fn issue(text: &str, fault: &Fault) -> Issue {
    match *fault {
        Fault::Limit(at, limit) => limit_issue(limit, at),
        Fault::Wrong(at, why) => {
            invalid(text, at, format!("the file is not valid here: {why}; correct it"))
        }
    }
}

struct Reader<'s, 't, 'b> {
    text: &'s str,
    tokens: &'t [Token],
    at: usize,
    builder: &'b mut TreeBuilder<'s>,
}

/// Places of bytes, from the first to one past the last.
type Place = (usize, usize);

impl<'s> Reader<'s, '_, '_> {
    fn document(&mut self) -> Result<(), Fault> {
        let start = beginning(self.text);
        self.open(Kind::Map, Style::Plain, start)?;
        self.body(self.tokens.len())?;
        self.builder.close(self.text.len());
        Ok(())
    }

    /// Reads attributes and blocks up to the token `end`. As deep as the builder lets it.
    fn body(&mut self, end: usize) -> Result<(), Fault> {
        loop {
            self.skip_newlines(end);
            let Some(name) = self.next(end) else { return Ok(()) };
            if name.mark != Mark::Word || !words::is_identifier(self.under(name.place())) {
                return Err(Fault::Wrong(
                    name.place().0,
                    "the name of an attribute or block is missing",
                ));
            }
            if self.peek(end).is_some_and(|token| token.mark == Mark::Assign) {
                self.at += 1;
                self.scalar(Kind::Text, Style::Plain, name.place())?;
                self.value(end, Ends::Line)?;
            } else {
                self.block(name, end)?;
            }
            if let Some(token) = self.peek(end).filter(|token| token.mark != Mark::Newline) {
                let why = "something follows on the line";
                return Err(Fault::Wrong(token.place().0, why));
            }
        }
    }

    /// A block whose type was just read.
    fn block(&mut self, name: Token, end: usize) -> Result<(), Fault> {
        let mut key = self.under(name.place()).to_owned();
        let mut place = name.place();
        while let Some(label) =
            self.peek(end).filter(|t| matches!(t.mark, Mark::Word | Mark::Quoted))
        {
            let written = self.under(label.place());
            key.push(' ');
            if label.mark == Mark::Quoted {
                key.push_str(written);
            } else {
                key.extend(["\"", written, "\""]);
            }
            place.1 = label.place().1;
            self.at += 1;
        }
        let open = self.peek(end).filter(|token| token.is_open(b'{')).ok_or_else(|| {
            let at = self.peek(end).map_or(place.1, |token| token.place().0);
            Fault::Wrong(at, "neither '=' nor a block's '{' follows the name")
        })?;
        let close = open.partner();
        let written = self.builder.scalar(Kind::Text, Style::Plain, place, &key, place.0);
        within_limits(written, place.0)?;
        self.open(Kind::Map, Style::Plain, open.place().0)?;
        self.at += 1;
        self.body(close)?;
        self.close(close);
        Ok(())
    }

    /// Reads the value that begins at the next token.
    fn value(&mut self, end: usize, ends: Ends) -> Result<(), Fault> {
        let from = self.at;
        let stop = self.expression_end(end, ends)?;
        let (Some(first), Some(last)) = (
            self.tokens.get(from).filter(|_| stop > from).copied(),
            stop.checked_sub(1).and_then(|last| self.tokens.get(last)).copied(),
        ) else {
            let behind = from.checked_sub(1).and_then(|before| self.tokens.get(before));
            return Err(Fault::Wrong(
                behind.map_or(0, |token| token.place().1),
                "a value is missing",
            ));
        };
        let is_one = stop == from + 1;
        let is_bracketed = first.mark == Mark::Open && first.partner() == stop - 1;
        let place = (first.place().0, last.place().1);
        match first.mark {
            Mark::Quoted if is_one => self.quoted(place)?,
            Mark::Heredoc if is_one => self.heredoc(place)?,
            Mark::Open if is_bracketed && first.is_open(b'[') && !self.is_for(from) => {
                self.list(from, first)?;
            }
            Mark::Open if is_bracketed && first.is_open(b'{') && !self.is_for(from) => {
                self.object(from, first)?;
            }
            Mark::Quoted
            | Mark::Heredoc
            | Mark::Open
            | Mark::Word
            | Mark::Close
            | Mark::Colon
            | Mark::Other
            | Mark::Comma
            | Mark::Assign
            | Mark::Newline => self.plain(place)?,
        }
        self.at = stop;
        Ok(())
    }

    /// Which token ends the expression that begins at the next one.
    fn expression_end(&self, end: usize, ends: Ends) -> Result<usize, Fault> {
        let mut at = self.at;
        while let Some(token) = self.tokens.get(at).filter(|_| at < end) {
            match (token.mark, ends) {
                (Mark::Open, _) => at = token.partner(),
                (Mark::Newline, Ends::Line | Ends::LineOrComma)
                | (Mark::Comma, Ends::Comma | Ends::LineOrComma) => break,
                (Mark::Assign | Mark::Comma, _) => {
                    return Err(Fault::Wrong(token.place().0, "this does not belong to a value"));
                }
                (Mark::Newline, Ends::Comma)
                | (
                    Mark::Word
                    | Mark::Quoted
                    | Mark::Heredoc
                    | Mark::Close
                    | Mark::Colon
                    | Mark::Other,
                    _,
                ) => (),
            }
            at += 1;
        }
        // Line ends before a list's comma are none of the value's.
        while at > self.at && self.tokens.get(at - 1).is_some_and(|t| t.mark == Mark::Newline) {
            at -= 1;
        }
        Ok(at)
    }

    /// A text in quotes; a raw one stands for itself, without the marks around it.
    fn quoted(&mut self, place: Place) -> Result<(), Fault> {
        let inner = (place.0 + 1, place.1 - 1);
        let inside = self.under(inner);
        let written = if self.text.as_bytes().get(place.0) == Some(&b'`') {
            self.builder.scalar(Kind::Text, Style::Literal, inner, inside, inner.0)
        } else {
            let text = words::unescaped(inside);
            self.builder.scalar(Kind::Text, Style::Double, place, &text, inner.0)
        };
        within_limits(written, place.0)
    }

    /// A heredoc; it stands where its lines stand, without the marks around them.
    fn heredoc(&mut self, place: Place) -> Result<(), Fault> {
        let (inner, text) = words::heredoc(self.text, place);
        let written = self.builder.scalar(Kind::Text, Style::Literal, inner, &text, inner.0);
        within_limits(written, place.0)
    }

    /// A literal without quotes, or an expression.
    fn plain(&mut self, place: Place) -> Result<(), Fault> {
        let written = self.under(place);
        if let Some(kind) = words::literal(written) {
            return self.scalar(kind, Style::Plain, place);
        }
        let text = format!("${{{written}}}");
        within_limits(self.builder.owned(Kind::Text, Style::Plain, place, &text), place.0)
    }

    /// Whether a bracket opens a `for` expression.
    fn is_for(&self, at: usize) -> bool {
        let inside = self.tokens.get(at + 1..).unwrap_or_default();
        let first = inside.iter().find(|token| token.mark != Mark::Newline);
        first.is_some_and(|token| token.mark == Mark::Word && self.under(token.place()) == "for")
    }

    fn skip_newlines(&mut self, end: usize) {
        while self.peek(end).is_some_and(|token| token.mark == Mark::Newline) {
            self.at += 1;
        }
    }

    fn peek(&self, end: usize) -> Option<Token> {
        self.tokens.get(self.at).filter(|_| self.at < end).copied()
    }

    fn next(&mut self, end: usize) -> Option<Token> {
        let token = self.peek(end)?;
        self.at += 1;
        Some(token)
    }

    fn under(&self, place: Place) -> &'s str {
        self.text.get(place.0..place.1).unwrap_or_default()
    }

    fn scalar(&mut self, kind: Kind, style: Style, place: Place) -> Result<(), Fault> {
        within_limits(self.builder.borrowed(kind, style, place, place), place.0)
    }

    fn open(&mut self, kind: Kind, style: Style, start: usize) -> Result<(), Fault> {
        within_limits(self.builder.open(kind, style, start), start)
    }

    /// Ends the innermost container with the token `close` and goes behind it.
    fn close(&mut self, close: usize) {
        let end = self.tokens.get(close).map_or(self.text.len(), |token| token.place().1);
        self.builder.close(end);
        self.at = close + 1;
    }
}

/// What ends a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// The line, as in a body.
    Line,
    /// A comma, as in a list.
    Comma,
    /// Either, as in an object.
    LineOrComma,
}

fn within_limits(added: Result<u32, LimitReached>, at: usize) -> Result<(), Fault> {
    added.map(|_| ()).map_err(|limit| Fault::Limit(at, limit))
}

#[cfg(test)]
mod tests {
    use super::HCL;
    use crate::model::{GapReason, Limits, SourceId};
    use crate::syntax::{Parsed, Syntax as _};

    fn parse(text: &str) -> Parsed<'_> {
        HCL.parse(text, SourceId(0), &Limits::STANDARD)
    }

    fn shown(text: &str) -> String {
        let parsed = parse(text);
        assert_eq!(parsed.issues, [], "{text}");
        format!("{:?}", parsed.tree.root(0).unwrap())
    }

    #[test]
    fn values_are_what_they_are_written_as() {
        let cases = [
            ("a=1", r#"{Text"a": Number"1"}"#),
            ("a = -1.50e3 # c", r#"{Text"a": Number"-1.50e3"}"#),
            ("a = true // c\nb = null", r#"{Text"a": Bool"true", Text"b": Null"null"}"#),
            ("a = \"x\\n\\\"\\u00e9\"", r#"{Text"a": Text"x\n\"é"}"#),
            (
                "a = \"${f(\"}\", {b = \"c\"})} $${d}\"",
                r#"{Text"a": Text"${f(\"}\", {b = \"c\"})} $${d}"}"#,
            ),
            ("a = b.c[0]", r#"{Text"a": Text"${b.c[0]}"}"#),
            ("a = x ? 1 : 2", r#"{Text"a": Text"${x ? 1 : 2}"}"#),
            ("a = [1, f(\n2), [], ]", r#"{Text"a": [Number"1", Text"${f(\n2)}", []]}"#),
            ("a = [b\n, c\n]", r#"{Text"a": [Text"${b}", Text"${c}"]}"#),
            ("a = [1][0]", r#"{Text"a": Text"${[1][0]}"}"#),
            ("a = [for x in y : x]", r#"{Text"a": Text"${[for x in y : x]}"}"#),
            (
                "a = { b = 1, \"c d\" : 2\n (e.f) = g\n h.i = 3 }",
                r#"{Text"a": {Text"b": Number"1", Text"c d": Number"2", Text"(e.f)": Text"${g}", Text"h.i": Number"3"}}"#,
            ),
            ("a = {b = 1, b = 2}", r#"{Text"a": {Text"b": Number"1", Text"b": Number"2"}}"#),
            (
                "a { b = 1 }\na \"x\" y {}\n",
                r#"{Text"a": {Text"b": Number"1"}, Text"a \"x\" \"y\"": {}}"#,
            ),
            (
                "a = <<E\n x\n  y ${z}\nE\nb = 1",
                r#"{Text"a": Text" x\n  y ${z}\n", Text"b": Number"1"}"#,
            ),
            ("a = <<-E\n    x\n\n      y\n  E\n", r#"{Text"a": Text"x\n\n  y\n"}"#),
            ("a = [<<E\nx\nE\n, 1]", r#"{Text"a": [Text"x\n", Number"1"]}"#),
            ("a = f(<<E\nx\nE\n)", r#"{Text"a": Text"${f(<<E\nx\nE\n)}"}"#),
            ("a = 1 /* b\n = */\nc = 2", r#"{Text"a": Number"1", Text"c": Number"2"}"#),
            ("", "{}"),
        ];
        for (text, tree) in cases {
            assert_eq!(shown(text), tree, "{text}");
        }
    }

    #[test]
    fn what_is_not_hcl_is_an_issue_at_its_place() {
        let cases = [
            ("a", 1),
            ("a =", 3),
            ("a = \n", 3),
            ("a {", 2),
            ("}", 0),
            ("a = [1)", 6),
            ("a = \"x", 4),
            ("a = \"${x\"", 4),
            ("a = b = c", 6),
            ("a = 1, b = 2", 5),
            ("a = <<E\nx", 4),
            ("/* a", 0),
            ("a = {b}", 6),
            ("a { b = 1 } c = 2", 12),
            ("1a = 1", 0),
        ];
        for (text, at) in cases {
            let parsed = parse(text);
            assert!(parsed.documents.is_empty(), "{text}");
            let [issue] = parsed.issues.as_slice() else { panic!("{text}") };
            assert_eq!((issue.reason, issue.at), (GapReason::Unparsed, at), "{text}");
        }
        let template = parse("a = 1\n{{ if .x }}\nb = 2\n{{ end }}\n");
        assert_eq!(template.issues[0].reason, GapReason::TemplateNotRendered);
    }

    #[test]
    fn nesting_and_size_are_limited_and_take_linear_time() {
        for text in ["a {\n", "a = [", "a = {b = "].map(|open| {
            let inner = open.trim_start_matches("a = ");
            let close = if inner.starts_with('[') { "]" } else { "}" };
            format!("{open}{}{}", inner.repeat(2_000), close.repeat(2_001))
        }) {
            let parsed = parse(&text);
            assert_eq!(parsed.issues[0].reason, GapReason::LimitReached, "{}", text.len());
        }
        let mut wide = String::from("a = {\n");
        for index in 0..50_000 {
            wide.extend(["  k", &index.to_string(), " = [1, \"${x}\"]\n"]);
        }
        wide.push_str("}\n");
        assert_eq!(parse(&wide).tree.root(0).unwrap().get("a").unwrap().len(), 50_000);
    }
}

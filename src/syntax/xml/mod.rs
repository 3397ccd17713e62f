//! XML: elements, attributes and texts.
//!
//! An element is what it encloses: its text, where there is nothing else, or a map. There an
//! attribute is `@name`, a text beside others `#text`, an element its name as written, prefix
//! included. Elements of one name are a list, which stands at the first of them: its members are
//! found again by their `name`, `key` or `id`, wherever they stand among other elements. A text
//! loses the blanks around it where lines end among them, except in CDATA. A document type is
//! `!DOCTYPE`, an instruction `?name`; the XML declaration and comments are read over.
//!
//! **Never here:** expanding an entity, reading what a document type points to. The five entities
//! of XML itself and numbers of characters are read; a text with any other one keeps it as written,
//! and that is an issue. A file whose document type declares entities is not read.
//!
//! `quick-xml` cuts the tags: `roxmltree` 0.21 gives text with CDATA the place of its beginning,
//! and takes quadratic time for namespaces.

mod parts;
mod said;

use std::collections::BTreeMap;

use crate::model::{GapReason, Kind, LimitReached, Limits, SourceId, Style, TreeBuilder};

use self::parts::{Fault, Mark, Part, parts};
use super::claims::{extension, has_extension};
use super::lines::{beginning, invalid, limit_issue, note, one_document};
use super::{Issue, Parsed, Repeats, Syntax};

/// The syntax.
pub(super) static XML: Xml = Xml;

/// XML 1.0.
pub(super) struct Xml;

const EXTENSIONS: [&str; 9] =
    ["xml", "xsd", "xsl", "xslt", "pom", "csproj", "wsdl", "jmx", "xhtml"];

/// Extensions that others use as well.
const SHARED: [&str; 3] = ["props", "targets", "plist"];

const UNKNOWN_ENTITY: &str = "the text refers to an entity that XML does not define: entities \
                              are never expanded, so write out what it stands for";

const ENTITIES: &str = "its document type declares entities, which are never expanded";

impl Syntax for Xml {
    fn id(&self) -> &'static str {
        "xml"
    }

    fn about(&self) -> &'static str {
        "XML: elements, attributes and texts; entities are never expanded, nothing is fetched"
    }

    fn sample(&self) -> &'static str {
        include_str!("sample.xml")
    }

    fn claim(&self, name: &str, head: &str) -> u8 {
        let head = head.trim_start_matches('\u{feff}').trim_start();
        let is_ours = has_extension(name, &EXTENSIONS);
        if is_ours || has_extension(name, &SHARED) && head.starts_with('<') {
            return 90;
        }
        let is_other = has_extension(name, &["html", "htm", "md", "svg", "php", "txt"]);
        if is_other {
            return 0;
        }
        let tag = head.split('>').next().unwrap_or_default();
        let is_net = extension(name).eq_ignore_ascii_case("config");
        if head.starts_with("<?xml ") {
            75
        } else if tag.starts_with('<') && tag.contains(" xmlns")
            || is_net && tag.starts_with("<configuration")
        {
            70
        } else {
            0
        }
    }

    fn repeats(&self) -> Repeats {
        Repeats::All
    }

    fn parse<'s>(&self, text: &'s str, source: SourceId, limits: &Limits) -> Parsed<'s> {
        let mut builder = TreeBuilder::new(text, source, limits);
        let mut issues = Vec::new();
        let read = parts(text, limits).and_then(|parts| {
            let (builder, issues) = (&mut builder, &mut issues);
            Writer { text, parts: &parts, builder, issues }.document()
        });
        match read {
            Ok(()) => builder.root(0),
            Err(fault) => {
                builder.abandon(0);
                issues = vec![issue(text, &fault)];
            }
        }
        one_document(builder.finish(), issues)
    }
}

fn issue(text: &str, fault: &Fault) -> Issue {
    match *fault {
        Fault::Limit(at, limit) => limit_issue(limit, at),
        Fault::Wrong(at, why) => {
            invalid(text, at, format!("the file cannot be read as XML here: {why}; correct it"))
        }
    }
}

/// Writes the parts of a text as a tree.
struct Writer<'s, 'p, 'b> {
    text: &'s str,
    parts: &'p [Part],
    builder: &'b mut TreeBuilder<'s>,
    issues: &'b mut Vec<Issue>,
}

/// Places of bytes, from the first to one past the last.
type Place = (usize, usize);

impl<'s> Writer<'s, '_, '_> {
    fn document(&mut self) -> Result<(), Fault> {
        let start = beginning(self.text);
        self.open(Kind::Map, start)?;
        let mut at = 0;
        while let Some(part) = self.parts.get(at).copied() {
            match part.mark {
                Mark::Open => self.entry(at)?,
                Mark::Doctype | Mark::Instruction => self.special(part)?,
                Mark::Name | Mark::Value | Mark::Text | Mark::Close => (),
            }
            at = part.behind();
        }
        self.builder.close(self.text.len());
        Ok(())
    }

    /// An element under its name.
    fn entry(&mut self, at: usize) -> Result<(), Fault> {
        let Some(element) = self.parts.get(at).copied() else { return Ok(()) };
        self.key(element.place(), "")?;
        self.element(at)
    }

    /// What an element encloses. As deep as the builder lets it.
    fn element(&mut self, at: usize) -> Result<(), Fault> {
        let Some(element) = self.parts.get(at).copied() else { return Ok(()) };
        let close = element.behind().saturating_sub(1);
        let inner = self.parts.get(at + 1..close).unwrap_or_default();
        match inner {
            [] => self.scalar((element.place().1, element.place().1)),
            [text] if text.mark == Mark::Text => self.scalar(text.place()),
            _ => {
                self.open(Kind::Map, element.place().1)?;
                self.members(at + 1, close)?;
                self.builder.close(self.parts.get(close).map_or(0, |close| close.place().1));
                Ok(())
            }
        }
    }

    /// Attributes, texts and elements; elements of one name together.
    fn members(&mut self, from: usize, close: usize) -> Result<(), Fault> {
        let mut alike: BTreeMap<&'s str, Vec<usize>> = BTreeMap::new();
        let mut order = Vec::new();
        let mut at = from;
        while let Some(part) = self.parts.get(at).copied().filter(|_| at < close) {
            if part.mark == Mark::Open {
                alike.entry(self.under(part.place())).or_default().push(at);
            }
            order.push(at);
            at = part.behind();
        }
        for at in order {
            let Some(part) = self.parts.get(at).copied() else { continue };
            match part.mark {
                Mark::Open => match alike.remove(self.under(part.place())).as_deref() {
                    Some([_]) => self.entry(at)?,
                    Some(members) => self.list(part, members)?,
                    None => (),
                },
                Mark::Name => self.key(part.place(), "@")?,
                Mark::Value => self.quoted(part.place())?,
                Mark::Text => {
                    let place = part.place();
                    self.key((place.0, place.0), "#text")?;
                    self.scalar(place)?;
                }
                Mark::Instruction => self.special(part)?,
                Mark::Doctype | Mark::Close => (),
            }
        }
        Ok(())
    }

    /// Elements of one name.
    fn list(&mut self, first: Part, members: &[usize]) -> Result<(), Fault> {
        self.key(first.place(), "")?;
        self.open(Kind::List, first.place().1)?;
        for at in members {
            self.element(*at)?;
        }
        let last = members.last().and_then(|at| self.parts.get(*at)).copied().unwrap_or(first);
        let close = self.parts.get(last.behind().saturating_sub(1));
        self.builder.close(close.map_or(first.place().1, |close| close.place().1));
        Ok(())
    }

    /// A document type or an instruction: its name is the key, the rest a text.
    fn special(&mut self, part: Part) -> Result<(), Fault> {
        let (start, end) = part.place();
        let written = self.under((start, end));
        let length = written.find(char::is_whitespace).unwrap_or(written.len());
        let rest = written.get(length..).unwrap_or_default();
        let from = start + length + (rest.len() - rest.trim_start().len());
        self.key((start, start + length), "")?;
        let place = (from, from + rest.trim().len());
        if part.mark == Mark::Doctype
            && let Some(at) = rest.find("<!ENTITY")
        {
            return Err(Fault::Wrong(start + length + at, ENTITIES));
        }
        self.verbatim(place, Style::Plain)
    }

    fn key(&mut self, place: Place, mark: &str) -> Result<(), Fault> {
        if mark.is_empty() {
            return self.verbatim(place, Style::Plain);
        }
        let text = format!("{mark}{}", self.under(place));
        let added = self.builder.owned(Kind::Text, Style::Plain, place, &text);
        within_limits(added, place.0)
    }

    fn quoted(&mut self, place: Place) -> Result<(), Fault> {
        let inside = (place.0 + 1, place.1.saturating_sub(1));
        let style = if self.under(place).starts_with('\'') { Style::Single } else { Style::Double };
        self.said(place, inside, style)
    }

    /// The text of an element, CDATA marks and references undone.
    fn scalar(&mut self, place: Place) -> Result<(), Fault> {
        let place = said::inside_of_data(self.text, place);
        self.said(place, place, Style::Plain)
    }

    fn said(&mut self, place: Place, inside: Place, style: Style) -> Result<(), Fault> {
        let written = self.under(inside);
        let said = said::said(written);
        if let Some(at) = said.unknown {
            note(self.issues, GapReason::Unparsed, inside.0 + at, UNKNOWN_ENTITY);
        }
        let added = self.builder.scalar(Kind::Text, style, place, &said.text, inside.0);
        within_limits(added, place.0)
    }

    fn verbatim(&mut self, place: Place, style: Style) -> Result<(), Fault> {
        within_limits(self.builder.borrowed(Kind::Text, style, place, place), place.0)
    }

    fn open(&mut self, kind: Kind, start: usize) -> Result<(), Fault> {
        within_limits(self.builder.open(kind, Style::Plain, start), start)
    }

    fn under(&self, place: Place) -> &'s str {
        self.text.get(place.0..place.1).unwrap_or_default()
    }
}

fn within_limits(added: Result<u32, LimitReached>, at: usize) -> Result<(), Fault> {
    added.map(|_| ()).map_err(|limit| Fault::Limit(at, limit))
}

#[cfg(test)]
mod tests {
    use super::XML;
    use crate::model::{GapReason, Limits, SourceId};
    use crate::syntax::{Parsed, Syntax as _};

    fn parse(text: &str) -> Parsed<'_> {
        XML.parse(text, SourceId(0), &Limits::STANDARD)
    }

    fn shown(text: &str) -> String {
        format!("{:?}", parse(text).tree.root(0).unwrap()).replace("Text\"", "\"")
    }

    #[test]
    fn elements_are_what_they_enclose() {
        let cases = [
            ("<a/>", r#"{"a": ""}"#),
            ("<a></a>", r#"{"a": ""}"#),
            ("<a>\r\n x\r\n y\n</a>", r#"{"a": "x\n y"}"#),
            ("<a> x </a>", r#"{"a": " x "}"#),
            ("<a b='1' c = \"&lt;2&#x21;\"/>", r#"{"a": {"@b": "1", "@c": "<2!"}}"#),
            ("<a b='1'>x</a>", r##"{"a": {"@b": "1", "#text": "x"}}"##),
            ("<a>x<b/>y</a>", r##"{"a": {"#text": "x", "b": "", "#text": "y"}}"##),
            ("<a>x &amp; <![CDATA[ <y> ]]></a>", r#"{"a": "x &  <y> "}"#),
            ("<a><![CDATA[ <y> ]]></a>", r#"{"a": " <y> "}"#),
            ("<a>x<!-- y -->z</a>", r#"{"a": "xz"}"#),
            ("<a><b>1</b><c/><b>2</b></a>", r#"{"a": {"b": ["1", "2"], "c": ""}}"#),
            ("<n:a xmlns:n='u'><n:b/></n:a>", r#"{"n:a": {"@xmlns:n": "u", "n:b": ""}}"#),
            (
                "<?xml version='1.0'?><?style x='1'?><!DOCTYPE a SYSTEM 'a.dtd'><a/>",
                r#"{"?style": "x='1'", "!DOCTYPE": "a SYSTEM 'a.dtd'", "a": ""}"#,
            ),
        ];
        for (text, tree) in cases {
            assert_eq!(parse(text).issues, [], "{text}");
            assert_eq!(shown(text), tree, "{text}");
        }
    }

    #[test]
    fn entities_are_never_expanded() {
        let unknown = "<a d='&c;'>x&c;</a>";
        let parsed = parse(unknown);
        let places: Vec<_> = parsed.issues.iter().map(|issue| (issue.at, issue.reason)).collect();
        assert_eq!(places, [(6, GapReason::Unparsed), (12, GapReason::Unparsed)]);
        assert_eq!(shown(unknown), r##"{"a": {"@d": "&c;", "#text": "x&c;"}}"##);
        for declared in [
            "<!DOCTYPE a [<!ENTITY b 'ha'><!ENTITY c '&b;&b;&b;'>]><a>&c;</a>",
            "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
            "<!DOCTYPE a [<!ENTITY % b SYSTEM 'http://example.com/a.dtd'>%b;]><a/>",
        ] {
            let parsed = parse(declared);
            assert_eq!((parsed.issues[0].at, parsed.documents.len()), (13, 0), "{declared}");
        }
    }

    #[test]
    fn what_is_not_well_formed_is_an_issue_at_its_place() {
        let cases = [
            ("", 0),
            ("x", 0),
            ("<a>", 3),
            ("<a></b>", 3),
            ("<a/><b/>", 4),
            ("<a/>x", 4),
            ("<a b/>", 3),
            ("<a b=1/>", 5),
            ("<a b='1' b='2'/>", 9),
            ("<a>x & y</a>", 5),
            ("<a><!-- b</a>", 3),
            ("<a><![CDATA[b</a>", 3),
            ("</a>", 0),
            ("<a b='<'/>", 6),
        ];
        for (text, at) in cases {
            let parsed = parse(text);
            assert!(parsed.documents.is_empty(), "{text}");
            let [issue] = parsed.issues.as_slice() else { panic!("{text}") };
            assert_eq!((issue.reason, issue.at), (GapReason::Unparsed, at), "{text}");
        }
    }

    #[test]
    fn nesting_is_limited_and_width_takes_linear_time() {
        let parsed = parse(&"<a>".repeat(100_000)).issues;
        assert_eq!(parsed[0].reason, GapReason::LimitReached);
        let wide = format!("<a>{}</a>", "<b c='1'/><d xmlns:e='f'>&amp;</d>".repeat(50_000));
        let parsed = parse(&wide);
        let root = parsed.tree.root(0).unwrap();
        assert_eq!(root.at(&["a", "b"]).unwrap().len(), 50_000);
    }
}

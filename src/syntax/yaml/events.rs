//! From the events of the parser to a tree.
//!
//! The parser reads one document at a time. What it reports in its own way is made regular here:
//! a node that is not there is plain, empty, and stands behind the `:` or `-` that promised it; a
//! block container begins at its first key or dash and ends with its last child; a block scalar
//! stands where [`block`] says.

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Span, StructureStyle, Tag};

use crate::model::{Kind, LimitReached, Limits, Style, TreeBuilder};

use super::block;
use super::repair::Repair;

/// How long a key may be that is not announced by `?`, in characters. YAML says 1024; real files
/// have longer ones.
const KEY_CHARS_MAX: usize = 1 << 16;

/// The root of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Root {
    pub(super) id: u32,
    /// Whether it has merge keys.
    pub(super) merges: bool,
    /// Whether a quoted text or a flow container in it may go over several lines.
    pub(super) breaks: bool,
}

/// Why a document was not read. Offsets are those of the whole text.
#[derive(Debug)]
pub(super) enum Failure {
    /// It is not YAML.
    Syntax { at: usize, problem: String },
    /// A quoted scalar continues at a lower indentation; the last event ended at `after`.
    /// Offsets are those of the document.
    QuotedIndent { after: usize, at: usize },
    /// A key that is a list or a map.
    ComplexKey { at: usize },
    /// A limit.
    Limit { at: usize, limit: LimitReached },
}

/// Reads the one document of `repair`, which stands at `base` in `text`. Nothing when it is empty.
pub(super) fn read(
    builder: &mut TreeBuilder<'_>,
    text: &str,
    base: usize,
    repair: &Repair<'_>,
    limits: &Limits,
) -> Result<Option<Root>, Failure> {
    let depth = (limits.depth_max as usize).saturating_add(1);
    let options = granit_parser::options! {
        emit_comments: false,
        simple_key_max_lookahead: KEY_CHARS_MAX,
        flow_nesting_limit: depth,
        block_nesting_limit: depth,
    };
    let mut reader = Reader {
        builder,
        text,
        base,
        repair,
        depth_max: limits.depth_max,
        frames: Vec::new(),
        anchors: Vec::new(),
        root: None,
        merges: false,
        documents: 0,
    };
    let mut after = 0;
    for event in Parser::new_from_str_with_options(repair.text(), options) {
        match event {
            Ok((event, span)) => {
                after = span.byte_range().map_or(after, |range| range.end);
                reader.event(event, &span)?;
            }
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(after);
                return Err(failure(error.kind(), base, at, after));
            }
        }
    }
    Ok(reader.root.map(|id| Root { id, merges: reader.merges, breaks: true }))
}

fn failure(kind: &ErrorKind, base: usize, at: usize, after: usize) -> Failure {
    if *kind == ErrorKind::InvalidQuotedScalarIndent {
        return Failure::QuotedIndent { after, at };
    }
    let at = base.saturating_add(at);
    if *kind == ErrorKind::RecursionLimitExceeded {
        return Failure::Limit { at, limit: LimitReached::Depth };
    }
    // The only message of the parser that quotes the text.
    let quotes = matches!(kind, ErrorKind::UnexpectedCharacter { .. } | ErrorKind::Custom(_));
    let problem =
        if quotes { "a character that may not stand here".into() } else { kind.to_string() };
    Failure::Syntax { at, problem }
}

/// A container that is open.
struct Frame {
    kind: Kind,
    is_flow: bool,
    /// Whether the next node is a key.
    at_key: bool,
    /// Whether a wrapper for its tag is to be closed with it.
    is_tagged: bool,
    /// Where its last child ended, at first where it began.
    cursor: usize,
    id: u32,
    anchor: usize,
    /// How many containers lie inside it, one in the other.
    height: u32,
}

/// A node that aliases may copy.
struct Anchor {
    number: usize,
    id: u32,
    height: u32,
}

struct Reader<'b, 's, 'd> {
    builder: &'b mut TreeBuilder<'s>,
    text: &'d str,
    base: usize,
    repair: &'d Repair<'d>,
    depth_max: u32,
    frames: Vec<Frame>,
    /// In order of their numbers, because the parser counts.
    anchors: Vec<Anchor>,
    root: Option<u32>,
    merges: bool,
    documents: u32,
}

/// What a tag says about its node.
enum Tagged<'t> {
    /// No tag, or one that changes nothing.
    No,
    /// `!!str` or `!`.
    Text,
    /// One that only its reader knows: its span and spelling.
    Own((usize, usize), &'t str),
}

impl<'d> Reader<'_, '_, 'd> {
    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Failure> {
        let at = self.range(span);
        match event {
            Event::DocumentStart(..) => {
                self.documents = self.documents.saturating_add(1);
                if self.documents > 1 {
                    let problem = "more than one document without a line --- between".to_owned();
                    return Err(Failure::Syntax { at: at.0, problem });
                }
                Ok(())
            }
            Event::Scalar(value, style, anchor, tag) => {
                let tagged = self.tagged(tag.as_deref(), span);
                self.scalar(&value, style, anchor, &tagged, at)
            }
            Event::SequenceStart(style, anchor, tag) => {
                let tagged = self.tagged(tag.as_deref(), span);
                self.open(Kind::List, style, anchor, &tagged, at)
            }
            Event::MappingStart(style, anchor, tag) => {
                let tagged = self.tagged(tag.as_deref(), span);
                self.open(Kind::Map, style, anchor, &tagged, at)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.close(at);
                Ok(())
            }
            Event::Alias(number) => self.alias(number, at),
            // Neither event is asked for by our options; the others carry nothing.
            Event::UnresolvedAlias(_)
            | Event::Anchor(..)
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentEnd
            | _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        value: &str,
        style: ScalarStyle,
        anchor: usize,
        tagged: &Tagged<'_>,
        at: (usize, usize),
    ) -> Result<(), Failure> {
        let is_absent = style == ScalarStyle::Plain && at.0 == at.1;
        let mut value = if is_absent { "" } else { value };
        let mut span = at;
        if is_absent && matches!(tagged, Tagged::No) && anchor == 0 {
            let place = self.place_of_absent(at.0);
            span = (place, place);
        }
        let repaired;
        let start = at.0.saturating_sub(self.base);
        if self.repair.is_repaired(start) {
            let value_of = self.repair.value((start, at.1.saturating_sub(self.base)));
            let Some(text) = value_of.filter(|_| !self.at_key()) else {
                let problem = "a quoted key or its escape is broken by a line break".to_owned();
                return Err(Failure::Syntax { at: at.0, problem });
            };
            repaired = text;
            value = &repaired;
        }
        let (mut kind, mut style) = match style {
            ScalarStyle::Plain => (Kind::Plain, Style::Plain),
            ScalarStyle::SingleQuoted => (Kind::Text, Style::Single),
            ScalarStyle::DoubleQuoted => (Kind::Text, Style::Double),
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let settled = block::settle(self.text, span, value, style == ScalarStyle::Literal);
                (span, value) = (settled.span, settled.value);
                (Kind::Text, settled.style)
            }
        };
        let with_tag;
        match tagged {
            Tagged::No => (),
            Tagged::Text => kind = Kind::Text,
            Tagged::Own(tag, spelling) => {
                let between = if value.is_empty() { "" } else { " " };
                with_tag = [*spelling, between, value].concat();
                value = &with_tag;
                kind = Kind::Text;
                style = if style == Style::Plain { Style::Plain } else { Style::Folded };
                span = (tag.0, span.1.max(tag.1));
            }
        }
        let quote = usize::from(matches!(style, Style::Single | Style::Double));
        let hint = span.0.saturating_add(quote);
        if kind == Kind::Plain && value == "<<" && self.at_key() {
            self.merges = true;
        }
        if kind == Kind::Plain && self.is_torn_address(value, span.1) {
            let problem = "a text in brackets ends in '::', which go-yaml takes as a part of it and \
                           YAML 1.2 as a key: put it in quotes";
            return Err(Failure::Syntax { at: span.0, problem: problem.to_owned() });
        }
        let id = self.builder.scalar(kind, style, span, value, hint);
        let id = id.map_err(|limit| Failure::Limit { at: span.0, limit })?;
        self.anchor(anchor, id, 0);
        self.finished(id, span.1, 0);
        Ok(())
    }

    fn open(
        &mut self,
        kind: Kind,
        style: StructureStyle,
        anchor: usize,
        tagged: &Tagged<'_>,
        at: (usize, usize),
    ) -> Result<(), Failure> {
        if self.at_key() {
            return Err(Failure::ComplexKey { at: at.0 });
        }
        let limited = |limit| Failure::Limit { at: at.0, limit };
        let is_flow = style == StructureStyle::Flow;
        let is_block_list = kind == Kind::List && !is_flow;
        let start = if is_block_list { self.start_of_list(at.0) } else { at.0 };
        let mut wrapper = None;
        if let Tagged::Own(tag, _) = tagged {
            wrapper = Some(self.builder.open(Kind::Map, Style::Plain, tag.0).map_err(limited)?);
            self.builder.borrowed(Kind::Text, Style::Plain, *tag, *tag).map_err(limited)?;
        }
        let style = if is_flow { Style::Flow } else { Style::Plain };
        let inner = self.builder.open(kind, style, start).map_err(limited)?;
        let id = wrapper.unwrap_or(inner);
        self.anchor(anchor, id, 0);
        self.frames.push(Frame {
            kind,
            is_flow,
            at_key: kind == Kind::Map,
            is_tagged: wrapper.is_some(),
            cursor: start,
            id,
            anchor,
            height: 0,
        });
        Ok(())
    }

    fn close(&mut self, at: (usize, usize)) {
        let Some(frame) = self.frames.pop() else { return };
        // A flow container has an end of its own, except for the map of a single pair in a list.
        let end = if frame.is_flow && at.0 < at.1 { at.1 } else { frame.cursor };
        self.builder.close(end);
        let mut height = frame.height.saturating_add(1);
        if frame.is_tagged {
            self.builder.close(end);
            height = height.saturating_add(1);
        }
        let anchor = self.place_of_anchor(frame.anchor);
        if let Some(anchor) = anchor.and_then(|place| self.anchors.get_mut(place)) {
            anchor.height = height;
        }
        self.finished(frame.id, end, height);
    }

    fn alias(&mut self, number: usize, at: (usize, usize)) -> Result<(), Failure> {
        let wrong = |problem: &str| Failure::Syntax { at: at.0, problem: problem.to_owned() };
        let place = self.place_of_anchor(number);
        let Some(anchor) = place.and_then(|place| self.anchors.get(place)) else {
            return Err(wrong("an alias of an unknown anchor"));
        };
        let (id, height) = (anchor.id, anchor.height);
        if !self.builder.is_closed(id) {
            return Err(wrong("an alias inside the node it stands for"));
        }
        if self.at_key() && !self.builder.node(id).is_scalar() {
            return Err(Failure::ComplexKey { at: at.0 });
        }
        let depth = u32::try_from(self.builder.depth()).unwrap_or(u32::MAX);
        if depth.saturating_add(height) > self.depth_max {
            return Err(Failure::Limit { at: at.0, limit: LimitReached::Depth });
        }
        let copied = self.builder.copy(id);
        let id = copied.map_err(|limit| Failure::Limit { at: at.0, limit })?;
        self.finished(id, at.1, height);
        Ok(())
    }

    fn anchor(&mut self, number: usize, id: u32, height: u32) {
        if number != 0 {
            self.anchors.push(Anchor { number, id, height });
        }
    }

    fn place_of_anchor(&self, number: usize) -> Option<usize> {
        self.anchors.binary_search_by_key(&number, |anchor| anchor.number).ok()
    }

    /// Notes that the node `id` ended at `end`.
    fn finished(&mut self, id: u32, end: usize, height: u32) {
        match self.frames.last_mut() {
            Some(frame) => {
                frame.cursor = frame.cursor.max(end);
                frame.at_key = frame.kind == Kind::Map && !frame.at_key;
                frame.height = frame.height.max(height);
            }
            None => self.root = Some(id),
        }
    }

    /// Whether an address such as `001:db8::` was cut into a key and a colon, as YAML 1.2 wants it.
    fn is_torn_address(&self, value: &str, end: usize) -> bool {
        let behind = self.text.as_bytes().get(end..).unwrap_or_default();
        value.ends_with(':') && matches!(behind, [b':', b',' | b']' | b'}', ..]) && self.at_key()
    }

    fn at_key(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.at_key)
    }

    fn range(&self, span: &Span) -> (usize, usize) {
        let range = span.byte_range().unwrap_or_default();
        (self.base.saturating_add(range.start), self.base.saturating_add(range.end))
    }

    fn tagged(&self, tag: Option<&Tag>, span: &Span) -> Tagged<'d> {
        let Some(tag) = tag else { return Tagged::No };
        match tag.core_suffix() {
            Some("str") => return Tagged::Text,
            Some(_) => return Tagged::No,
            None => (),
        }
        let at = span.tag_span().map_or((0, 0), |span| self.range(&span));
        match self.text.get(at.0..at.1).unwrap_or_default() {
            "!" => Tagged::Text,
            spelling => Tagged::Own(at, spelling),
        }
    }

    /// Where a node stands that is not written: behind the `:` or `-` that promised it.
    fn place_of_absent(&self, at: usize) -> usize {
        let Some(frame) = self.frames.last() else { return at };
        let bytes = self.text.as_bytes();
        if frame.kind == Kind::List && !frame.is_flow {
            return skip_to_dash(bytes, frame.cursor).unwrap_or(at);
        }
        if frame.kind == Kind::List || frame.at_key {
            return at;
        }
        // Not the parser's place: for `? key` without a value it names the `:` of an outer map.
        let blanks = bytes.get(frame.cursor..).unwrap_or_default();
        let blanks = blanks.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let next = frame.cursor.saturating_add(blanks);
        if bytes.get(next) == Some(&b':') { next.saturating_add(1) } else { frame.cursor }
    }

    /// Where a block list begins: at its first dash. For a list that is indented no deeper than
    /// the key it belongs to, the parser names the place behind the dash.
    fn start_of_list(&self, at: usize) -> usize {
        let Some(map) = self.frames.last().filter(|frame| frame.kind == Kind::Map) else {
            return at;
        };
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        let line = memchr::memrchr2(b'\n', b'\r', before).map_or(0, |at| at.saturating_add(1));
        let indent = before.get(line..).unwrap_or_default().iter();
        let first = line.saturating_add(indent.take_while(|byte| **byte == b' ').count());
        let is_ours = first >= map.cursor && before.get(first) == Some(&b'-');
        if is_ours { first } else { at }
    }
}

/// One past the next dash, behind blank lines and comments.
fn skip_to_dash(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        match bytes.get(at)? {
            b'-' => return Some(at.saturating_add(1)),
            b' ' | b'\t' | b'\n' | b'\r' => at = at.saturating_add(1),
            b'#' => at = at.saturating_add(memchr::memchr2(b'\n', b'\r', bytes.get(at..)?)?),
            _ => return None,
        }
    }
}

//! Cuts XML into parts: tags, attributes and texts, each with its place.

use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError};
use quick_xml::events::Event;

use crate::model::{LimitReached, Limits};

use super::super::lines::beginning;

/// What XML consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// The name of an element that begins.
    Open,
    /// The name of an attribute.
    Name,
    /// Its value, in quotes.
    Value,
    /// Text and CDATA in one run, without the blanks around it.
    Text,
    /// The end tag of the innermost open element.
    Close,
    /// A document type: its name and what it says.
    Doctype,
    /// An instruction, without its marks.
    Instruction,
}

/// One part. Sixteen bytes, because there are many.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) mark: Mark,
    start: u32,
    end: u32,
    behind: u32,
}

impl Part {
    /// Its bytes.
    pub(super) const fn place(self) -> (usize, usize) {
        (self.start as usize, self.end as usize)
    }

    /// The index of the part behind it, and behind all an element encloses.
    pub(super) const fn behind(self) -> usize {
        self.behind as usize
    }
}

/// Why a text was not read.
#[derive(Debug)]
pub(super) enum Fault {
    /// A limit is reached at a byte.
    Limit(usize, LimitReached),
    /// Something is wrong at a byte.
    Wrong(usize, &'static str),
}

/// The parts of a text. Every element is closed, there is one root, and no text outside of it.
pub(super) fn parts(text: &str, limits: &Limits) -> Result<Vec<Part>, Fault> {
    let base = beginning(text);
    let mut cutter = Cutter { text, limits, parts: Vec::new(), open: Vec::new(), run: None };
    let mut reader = Reader::from_str(text.get(base..).unwrap_or_default());
    reader.config_mut().check_end_names = true;
    let place = |at: u64| base + usize::try_from(at).unwrap_or(usize::MAX - base);
    loop {
        let start = place(reader.buffer_position());
        let event = reader.read_event().map_err(|error| {
            let at = place(reader.error_position()).min(text.len());
            Fault::Wrong(if text.is_char_boundary(at) { at } else { start }, reason(&error))
        })?;
        let end = place(reader.buffer_position());
        if let Event::Eof = event {
            cutter.end(end)?;
            return Ok(cutter.parts);
        }
        cutter.event(&event, start, end)?;
    }
}

/// Names a failure in our words: the parser's own may quote the input.
fn reason(error: &Error) -> &'static str {
    match error {
        Error::Syntax(_) => "a tag, a comment or CDATA is not closed",
        Error::IllFormed(IllFormedError::MissingEndTag(_)) => "an element is not closed",
        Error::IllFormed(
            IllFormedError::UnmatchedEndTag(_) | IllFormedError::MismatchedEndTag { .. },
        ) => "an end tag closes another element than the open one",
        Error::IllFormed(IllFormedError::UnclosedReference) => {
            "a '&' begins no reference: write '&amp;'"
        }
        Error::IllFormed(_)
        | Error::Io(_)
        | Error::InvalidAttr(_)
        | Error::Encoding(_)
        | Error::Escape(_)
        | Error::Namespace(_) => "this is no part of XML",
    }
}

struct Cutter<'s, 'l> {
    text: &'s str,
    limits: &'l Limits,
    parts: Vec<Part>,
    /// The parts of open elements, innermost last.
    open: Vec<usize>,
    /// The text that is being put together.
    run: Option<(usize, usize)>,
}

impl Cutter<'_, '_> {
    fn event(&mut self, event: &Event<'_>, start: usize, end: usize) -> Result<(), Fault> {
        match event {
            Event::Start(tag) => {
                self.flush()?;
                self.tag(start + 1, tag.name().as_ref().len(), end - 1)
            }
            Event::Empty(tag) => {
                self.flush()?;
                self.tag(start + 1, tag.name().as_ref().len(), end.saturating_sub(2))?;
                self.close(end, end)
            }
            Event::End(_) => {
                self.flush()?;
                self.close(start, end)
            }
            Event::Text(_) => {
                let text = self.text.get(start..end).unwrap_or_default();
                if text.trim().is_empty() {
                    return Ok(());
                }
                // Blanks are layout where lines end among them, and text elsewhere.
                let (rest, front) = (text.trim_start(), text.trim_end());
                let before = text.len() - rest.len();
                let lead = text.get(..before).filter(|blanks| blanks.contains('\n'));
                let tail = text.get(front.len()..).filter(|blanks| blanks.contains('\n'));
                let from = start + lead.map_or(0, str::len);
                self.go_on(from, end - tail.map_or(0, str::len))
            }
            Event::CData(_) | Event::GeneralRef(_) => self.go_on(start, end),
            Event::DocType(_) => self.push(Mark::Doctype, start + 1, end - 1),
            Event::PI(_) => {
                self.flush()?;
                self.push(Mark::Instruction, start + 1, end.saturating_sub(2))
            }
            Event::Comment(_) | Event::Decl(_) | Event::Eof => Ok(()),
        }
    }

    fn end(&mut self, end: usize) -> Result<(), Fault> {
        if !self.open.is_empty() {
            return Err(Fault::Wrong(end, "an element is not closed"));
        }
        if self.parts.iter().any(|part| part.mark == Mark::Open) {
            Ok(())
        } else {
            Err(Fault::Wrong(end, "it holds no element"))
        }
    }

    /// Adds to the text being put together.
    fn go_on(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        if self.open.is_empty() {
            return Err(Fault::Wrong(start, "text stands outside of the root element"));
        }
        let first = self.run.map_or(start, |(first, _)| first);
        self.run = Some((first, end));
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Fault> {
        let Some((start, end)) = self.run.take() else { return Ok(()) };
        self.push(Mark::Text, start, end)
    }

    /// A start tag: its name begins at `name`, its content ends at `end`.
    fn tag(&mut self, name: usize, length: usize, end: usize) -> Result<(), Fault> {
        if self.open.is_empty() && self.parts.iter().any(|part| part.mark == Mark::Open) {
            return Err(Fault::Wrong(name - 1, "a second root element begins"));
        }
        if self.open.len() >= self.limits.depth_max as usize {
            return Err(Fault::Limit(name, LimitReached::Depth));
        }
        self.open.push(self.parts.len());
        self.push(Mark::Open, name, name + length)?;
        self.attributes(name + length, end)
    }

    fn attributes(&mut self, from: usize, end: usize) -> Result<(), Fault> {
        let first = self.parts.len();
        let mut at = from;
        loop {
            let rest = self.text.get(at..end).unwrap_or_default();
            let behind = rest.trim_start();
            if behind.is_empty() {
                break;
            }
            let start = at + (rest.len() - behind.len());
            let is_end = |c: char| c == '=' || c.is_whitespace();
            let name = behind.split(is_end).next().unwrap_or_default();
            let value = behind.get(name.len()..).unwrap_or_default().trim_start();
            let value = value.strip_prefix('=').map(str::trim_start).filter(|_| !name.is_empty());
            let Some(value) = value else {
                return Err(Fault::Wrong(start, "an attribute has no value"));
            };
            let value_at = start + (behind.len() - value.len());
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
            let inside = value.get(1..).unwrap_or_default();
            let Some(length) = quote.and_then(|quote| inside.find(quote)) else {
                return Err(Fault::Wrong(value_at, "the value of an attribute is not in quotes"));
            };
            if let Some(open) = inside.get(..length).and_then(|inside| inside.find('<')) {
                return Err(Fault::Wrong(value_at + 1 + open, "a '<' stands in an attribute"));
            }
            self.push(Mark::Name, start, start + name.len())?;
            self.push(Mark::Value, value_at, value_at + length + 2)?;
            at = value_at + length + 2;
        }
        self.unique(first)
    }

    /// No attribute of a tag may stand in it twice.
    fn unique(&self, first: usize) -> Result<(), Fault> {
        let parts = self.parts.get(first..).unwrap_or_default();
        let attributes = parts.iter().filter(|part| part.mark == Mark::Name);
        let name = |part: &Part| self.text.get(part.place().0..part.place().1).unwrap_or_default();
        let mut names: Vec<(&str, usize)> =
            attributes.map(|part| (name(part), part.place().0)).collect();
        names.sort_unstable();
        let twice = names.iter().zip(names.iter().skip(1)).find(|(one, next)| one.0 == next.0);
        match twice {
            Some((_, (_, at))) => Err(Fault::Wrong(*at, "an attribute stands there twice")),
            None => Ok(()),
        }
    }

    fn close(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        self.push(Mark::Close, start, end)?;
        let behind = offset(self.parts.len());
        if let Some(element) = self.open.pop().and_then(|open| self.parts.get_mut(open)) {
            element.behind = behind;
        }
        Ok(())
    }

    fn push(&mut self, mark: Mark, start: usize, end: usize) -> Result<(), Fault> {
        let behind = self.parts.len() + 1;
        if behind > self.limits.nodes_max as usize {
            return Err(Fault::Limit(start, LimitReached::Nodes));
        }
        let (start, end) = (offset(start), offset(end));
        self.parts.push(Part { mark, start, end, behind: offset(behind) });
        Ok(())
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

//! The fast path: the plain block style that nearly all configuration is written in.
//!
//! It reads a document straight into the tree, several times faster than the events of a parser
//! could, and gives up ([`Bail`]) on anything unusual: tags, explicit keys, tabs outside of text,
//! carriage returns, directives, and everything that is wrong. Giving up is never a verdict; the
//! event parser then reads the document from its beginning. What is read here is, node for node,
//! what the event parser gives: `agreement` tests it.

mod flow;
mod scalar;

use std::collections::BTreeMap;

use crate::model::{Kind, LimitReached, Limits, Style, TreeBuilder};

use super::events::Root;

/// Nesting beyond which the event parser takes over; the functions here call themselves.
const DEPTH_MAX: usize = 200;
/// Length beyond which a key is left to the event parser.
const KEY_BYTES_MAX: usize = 1000;

/// The document is not of the plain kind.
pub(super) struct Bail;

impl From<LimitReached> for Bail {
    fn from(_: LimitReached) -> Self {
        Self
    }
}

type Read<T> = Result<T, Bail>;

/// Reads the document that `text` holds from `start` to its end. Nothing when it is empty.
pub(super) fn read<'s>(
    builder: &mut TreeBuilder<'s>,
    text: &'s str,
    start: usize,
    limits: &Limits,
) -> Read<Option<Root>> {
    let document = text.get(start..).ok_or(Bail)?;
    if !is_plain_text(document) {
        return Err(Bail);
    }
    let mut fast = Fast {
        builder,
        text,
        bytes: text.as_bytes(),
        at: start,
        line: start,
        ended: start,
        anchors: Vec::new(),
        names: BTreeMap::new(),
        depth_max: limits.depth_max,
        merges: false,
        breaks: false,
        has_tabs: memchr::memchr(b'\t', document.as_bytes()).is_some(),
        scratch: String::new(),
    };
    fast.document()
}

/// Whether a text has no character that YAML forbids or treats in a way of its own.
fn is_plain_text(text: &str) -> bool {
    let is_control = |byte: u8| (byte < b' ' && byte != b'\n' && byte != b'\t') || byte == 0x7f;
    // Without an early exit, so that it is done many bytes at a time.
    let has_control = text.bytes().fold(false, |found, byte| found | is_control(byte));
    let is_strange = |c| {
        matches!(
            c,
            '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
    };
    !has_control && (text.is_ascii() || !text.chars().any(is_strange))
}

/// A node that aliases may copy.
struct Anchor {
    id: u32,
    height: u32,
}

/// A document being read. Functions that read a node return how many containers lie in it, one in
/// the other, and leave `at` behind it.
struct Fast<'b, 's> {
    builder: &'b mut TreeBuilder<'s>,
    text: &'s str,
    bytes: &'s [u8],
    /// The next byte.
    at: usize,
    /// Where its line begins.
    line: usize,
    /// Where the last node ended.
    ended: usize,
    anchors: Vec<Anchor>,
    /// Index of the last anchor of each name.
    names: BTreeMap<&'s str, usize>,
    depth_max: u32,
    merges: bool,
    breaks: bool,
    has_tabs: bool,
    scratch: String,
}

impl<'s> Fast<'_, 's> {
    fn document(&mut self) -> Read<Option<Root>> {
        let mut content = self.next_line()?;
        if content.is_none() && self.is_marker(b"---") {
            self.at += 3;
            self.end_line()?;
            content = self.next_line()?;
        }
        let id = self.builder.next();
        if let Some(indent) = content {
            self.block(indent, None)?;
        }
        if self.next_line()?.is_some() || self.is_marker(b"---") {
            return Err(Bail);
        }
        if self.is_marker(b"...") {
            self.at += 3;
            self.end_line()?;
        }
        if self.at < self.bytes.len() {
            return Err(Bail);
        }
        Ok(content.map(|_| Root { id, merges: self.merges, breaks: self.breaks }))
    }

    /// Reads what begins at a line of its own, at column `indent`, below a container at `parent`.
    fn block(&mut self, indent: usize, parent: Option<usize>) -> Read<u32> {
        if self.is_dash() {
            self.list(indent, false)
        } else if self.is_key()? {
            self.map(indent)
        } else {
            self.inline(parent.ok_or(Bail)?)
        }
    }

    /// Reads a list whose dashes stand at column `indent`; an indentless one belongs to a key that
    /// stands at the same column.
    fn list(&mut self, indent: usize, is_indentless: bool) -> Read<u32> {
        self.open(Kind::List, Style::Plain)?;
        let mut height = 0;
        loop {
            self.at += 1;
            let behind_dash = self.at;
            let item = if self.ends_line() {
                match self.next_line()? {
                    Some(deeper) if deeper > indent => self.block(deeper, Some(indent))?,
                    _ => self.absent(behind_dash)?,
                }
            } else {
                self.skip_spaces();
                self.block(self.at - self.line, Some(indent))?
            };
            height = height.max(item);
            match self.next_line()? {
                Some(column) if column == indent && self.is_dash() => (),
                Some(column) if column < indent || (is_indentless && column == indent) => break,
                None => break,
                Some(_) => return Err(Bail),
            }
        }
        self.builder.close(self.ended);
        Ok(height + 1)
    }

    /// Reads a map whose keys stand at column `indent`.
    fn map(&mut self, indent: usize) -> Read<u32> {
        self.open(Kind::Map, Style::Plain)?;
        let mut height = 0;
        loop {
            self.key()?;
            height = height.max(self.value(indent)?);
            match self.next_line()? {
                Some(column) if column == indent && !self.is_dash() => (),
                Some(column) if column < indent => break,
                None => break,
                Some(_) => return Err(Bail),
            }
        }
        self.builder.close(self.ended);
        Ok(height + 1)
    }

    /// Reads a key, and the colon behind it.
    fn key(&mut self) -> Read<()> {
        let start = self.at;
        if matches!(self.peek(start), b'"' | b'\'') {
            let line = self.line;
            self.quoted()?;
            if self.line != line || !self.is_colon(self.at) {
                return Err(Bail);
            }
        } else {
            self.plain_start(start)?;
            let colon = self.colon(start)?.ok_or(Bail)?;
            let end = self.trimmed(start, colon);
            let text = self.token(start, end)?;
            if text.is_empty() || text.len() > KEY_BYTES_MAX {
                return Err(Bail);
            }
            self.merges |= text == "<<";
            self.builder.borrowed(Kind::Plain, Style::Plain, (start, end), (start, end))?;
            self.at = colon;
        }
        self.at += 1;
        Ok(())
    }

    /// Reads the value of a key of a map whose keys stand at column `indent`.
    fn value(&mut self, indent: usize) -> Read<u32> {
        let behind_colon = self.at;
        let mut anchor = None;
        let mut is_below = self.ends_line();
        if !is_below {
            self.skip_spaces();
            if self.peek(self.at) == b'&' {
                anchor = Some(self.anchor()?);
                is_below = self.ends_line();
                if !is_below {
                    self.skip_spaces();
                }
            }
        }
        let below = if is_below { Some(self.next_line()?) } else { None };
        if anchor.is_some() && self.peek(self.at) == b'*' {
            return Err(Bail);
        }
        let height = match below {
            None => self.inline(indent)?,
            Some(Some(deeper)) if deeper > indent => self.block(deeper, Some(indent))?,
            Some(Some(same)) if same == indent && self.is_dash() => self.list(indent, true)?,
            Some(_) if anchor.is_some() => return Err(Bail),
            Some(_) => self.absent(behind_colon)?,
        };
        if let Some(anchor) = anchor.and_then(|index| self.anchors.get_mut(index)) {
            anchor.height = height;
        }
        Ok(height)
    }

    /// Reads a value that begins here, below a container at column `parent`, and ends its line.
    fn inline(&mut self, parent: usize) -> Read<u32> {
        let height = match self.peek(self.at) {
            b'|' | b'>' => return self.block_scalar(parent),
            b'"' | b'\'' => self.quoted()?,
            b'[' | b'{' => self.flow()?,
            b'*' => self.alias()?,
            _ => {
                self.plain_start(self.at)?;
                return self.plain(parent);
            }
        };
        self.end_line()?;
        Ok(height)
    }

    /// Refuses what a plain scalar cannot begin with.
    fn plain_start(&self, at: usize) -> Read<()> {
        match self.peek(at) {
            b'-' | b'?' | b':' if !matches!(self.peek(at + 1), b' ' | b'\n' | b'\t') => Ok(()),
            b'-' | b'?' | b':' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!'
            | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@' | b'`' | b'\t' | b'\n' => Err(Bail),
            _ => Ok(()),
        }
    }

    /// Names the next node; returns the index of the anchor.
    fn anchor(&mut self) -> Read<usize> {
        let name = self.name()?;
        let index = self.anchors.len();
        self.names.insert(name, index);
        self.anchors.push(Anchor { id: self.builder.next(), height: 0 });
        Ok(index)
    }

    fn alias(&mut self) -> Read<u32> {
        let name = self.name()?;
        let index = self.names.get(name).ok_or(Bail)?;
        let anchor = self.anchors.get(*index).ok_or(Bail)?;
        let depth = u32::try_from(self.builder.depth()).map_err(|_| Bail)?;
        let (id, height) = (anchor.id, anchor.height);
        if !self.builder.is_closed(id) || depth.saturating_add(height) > self.depth_max {
            return Err(Bail);
        }
        self.builder.copy(id)?;
        self.ended = self.at;
        Ok(height)
    }

    /// Reads the name behind `&` or `*`.
    fn name(&mut self) -> Read<&'s str> {
        let start = self.at + 1;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let is_usual = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let end = start + rest.iter().take_while(is_usual).count();
        if start == end || !matches!(self.peek(end), b' ' | b'\n' | b',' | b']' | b'}') {
            return Err(Bail);
        }
        self.at = end;
        self.text.get(start..end).ok_or(Bail)
    }

    /// Adds a node that is not written.
    fn absent(&mut self, at: usize) -> Read<u32> {
        self.builder.borrowed(Kind::Plain, Style::Plain, (at, at), (at, at))?;
        self.ended = at;
        Ok(0)
    }

    fn open(&mut self, kind: Kind, style: Style) -> Read<()> {
        if self.builder.depth() >= DEPTH_MAX {
            return Err(Bail);
        }
        self.builder.open(kind, style, self.at)?;
        Ok(())
    }

    /// Goes to the next line with content and returns its column; stays if it is there already.
    /// Nothing at the end or at a marker.
    fn next_line(&mut self) -> Read<Option<usize>> {
        while self.at < self.bytes.len() {
            self.skip_spaces();
            match self.peek(self.at) {
                b'\n' => self.newline(self.at),
                b'#' => self.newline(self.end_of_line(self.at)),
                b'\t' => return Err(Bail),
                b'-' | b'.' if self.is_marker(b"---") || self.is_marker(b"...") => {
                    return Ok(None);
                }
                _ => return Ok(Some(self.at - self.line)),
            }
        }
        Ok(None)
    }

    /// Whether nothing but blanks and a comment is left of the line; if so, goes to the next.
    fn ends_line(&mut self) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let at = self.at + rest.iter().take_while(|byte| **byte == b' ').count();
        match self.peek(at) {
            b'\n' => self.newline(at),
            b'#' if at > self.at => self.newline(self.end_of_line(at)),
            _ => return false,
        }
        true
    }

    fn end_line(&mut self) -> Read<()> {
        if self.ends_line() { Ok(()) } else { Err(Bail) }
    }

    fn newline(&mut self, at: usize) {
        self.at = (at + 1).min(self.bytes.len());
        self.line = self.at;
    }

    fn end_of_line(&self, at: usize) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        at + memchr::memchr(b'\n', rest).unwrap_or(rest.len())
    }

    fn skip_spaces(&mut self) {
        while self.peek(self.at) == b' ' {
            self.at += 1;
        }
    }

    /// The byte at a place; the end reads as the end of a line.
    fn peek(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b'\n')
    }

    fn is_dash(&self) -> bool {
        self.peek(self.at) == b'-' && matches!(self.peek(self.at + 1), b' ' | b'\n')
    }

    fn is_colon(&self, at: usize) -> bool {
        self.peek(at) == b':' && matches!(self.peek(at + 1), b' ' | b'\n')
    }

    fn is_marker(&self, marker: &[u8]) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at == self.line
            && rest.starts_with(marker)
            && matches!(self.peek(self.at + 3), b' ' | b'\n' | b'\t')
    }

    /// Whether a key begins here that ends on this line.
    fn is_key(&self) -> Read<bool> {
        match self.peek(self.at) {
            b'"' | b'\'' => {
                let end = super::quoted::end(self.text, self.at).ok_or(Bail)?;
                Ok(self.is_colon(end))
            }
            b'[' | b'{' | b'|' | b'>' | b'*' => Ok(false),
            _ => Ok(self.colon(self.at)?.is_some()),
        }
    }

    /// The colon that ends the plain key which begins at `from`, if one does.
    fn colon(&self, from: usize) -> Read<Option<usize>> {
        let mut at = from;
        while let Some(rest) = self.bytes.get(at..) {
            let Some(found) = memchr::memchr3(b':', b'#', b'\n', rest) else { break };
            let here = at + found;
            match self.peek(here) {
                b'\n' => break,
                b':' if matches!(self.peek(here + 1), b' ' | b'\n') => return Ok(Some(here)),
                b':' if self.peek(here + 1) == b'\t' => return Err(Bail),
                b'#' if here > from && self.peek(here - 1) == b' ' => break,
                _ => at = here + 1,
            }
        }
        Ok(None)
    }

    /// The end of `start..end` without the spaces before it.
    fn trimmed(&self, start: usize, end: usize) -> usize {
        let token = self.bytes.get(start..end).unwrap_or_default();
        end - token.iter().rev().take_while(|byte| **byte == b' ').count()
    }

    /// The text of a token, which has no tab in it.
    fn token(&self, start: usize, end: usize) -> Read<&'s str> {
        let token = self.text.get(start..end).ok_or(Bail)?;
        if self.has_tabs && token.contains('\t') { Err(Bail) } else { Ok(token) }
    }
}

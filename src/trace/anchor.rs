//! Where a fact stands, kept in so few bytes that a side may have hundreds of thousands of them.
//!
//! The document is gone when the facts of a whole side meet. An anchor says where to find the item
//! again that the fact was taken from: only what a finding points at is ever looked up, by taking
//! the items of that one document a second time.

use std::cmp::Ordering;
use std::sync::Arc;

use super::facts::Origin;
use crate::facts::{Document, Item};
use crate::model::{Node, Path, Place, ResourceId, Side, Step};

/// A document that facts were taken from. Two are the same where side and entry are.
#[derive(Debug)]
pub struct Home {
    /// The side it is of.
    pub side: Side,
    /// Its place among the documents of that side.
    pub entry: u32,
    /// The path of its file.
    pub file: Arc<str>,
    /// Its number in the file, from 0.
    pub ordinal: u32,
    /// The resource, colours folded; both sides share it.
    pub resource: Arc<ResourceId>,
}

impl Ord for Home {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.side, self.entry).cmp(&(other.side, other.entry))
    }
}

impl PartialOrd for Home {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Home {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Home {}

/// First line, its column, last line; the last is 0 where it is the first.
pub type Lines = (u32, u32, u32);

/// Where a fact stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anchor {
    /// The document.
    pub home: Arc<Home>,
    /// Which of it: 0 for the whole, then those that are embedded in it.
    pub part: u16,
    /// The view, by its place among all.
    pub view: u16,
    /// The item of the view in that part, by its place among them.
    pub item: u32,
    /// The lines of the file; all 0 for the whole of it.
    lines: Lines,
    /// How to get from there to what is meant.
    way: Option<Box<Way>>,
}

/// A way from the place of an item.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    /// To what stands below it, or would.
    keys: Keys,
    /// From there to something that need not be there.
    turns: Vec<Turn>,
}

/// Keys below the place of an item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Keys {
    /// Known beforehand.
    Fixed(&'static [&'static str]),
    /// Made of what was read.
    Made(Vec<String>),
}

impl Default for Keys {
    fn default() -> Self {
        Self::Fixed(&[])
    }
}

/// One step away from where an item stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    /// To the root of the document.
    Root,
    /// One step up.
    Up,
    /// One step down.
    Down(Step),
}

impl Anchor {
    /// The keys below the item's own place.
    pub fn keys(&self) -> Vec<&str> {
        match self.way.as_ref().map(|way| &way.keys) {
            Some(Keys::Fixed(keys)) => keys.to_vec(),
            Some(Keys::Made(keys)) => keys.iter().map(String::as_str).collect(),
            None => Vec::new(),
        }
    }

    /// The way to what is meant, from that to the item and its keys.
    pub fn path(&self, of_item: Path) -> Path {
        let mut path = of_item;
        for turn in self.way.iter().flat_map(|way| &way.turns) {
            match turn {
                Turn::Root => path.0.clear(),
                Turn::Up => drop(path.0.pop()),
                Turn::Down(step) => path.0.push(step.clone()),
            }
        }
        path
    }

    /// Whether it is the place of the item, or of keys below it.
    pub fn is_exact(&self) -> bool {
        self.way.as_ref().is_none_or(|way| way.turns.is_empty())
    }

    /// The file and lines.
    pub fn place(&self) -> Place {
        let (line, column, last) = self.lines;
        let said = |number: u32| Some(number).filter(|number| *number > 0);
        Place {
            file: self.home.file.to_string(),
            document: self.home.ordinal,
            line: said(line),
            column: said(column),
            end_line: said(last),
        }
    }

    /// Another item of the same part, given the lines of it and of the whole part as its text counts
    /// them, where this is the root of the part.
    pub(super) fn beside(
        &self,
        (view, item): (u16, u32),
        keys: &'static [&'static str],
        ((first, column, last), all): (Lines, usize),
    ) -> Self {
        let (top, left, end) = self.lines;
        let height = end.max(top).saturating_sub(top);
        // A text that is folded or escaped has other lines than its file.
        let is_as_written = usize::try_from(height) == Ok(all);
        let line = |line: u32| top.saturating_add(line);
        let column = left.saturating_sub(1).saturating_add(column);
        let last = if last > first { line(last) } else { 0 };
        let lines = if is_as_written { (line(first), column, last) } else { self.lines };
        let way = Box::new(Way { keys: Keys::Fixed(keys), turns: Vec::new() });
        let way = Some(way).filter(|_| !keys.is_empty());
        Self { view, item, lines, way, ..self.clone() }
    }

    fn turned(&self, turns: impl IntoIterator<Item = Turn>) -> Self {
        let Way { keys, turns: before } = self.way.as_deref().cloned().unwrap_or_default();
        let way = Way { keys, turns: before.into_iter().chain(turns).collect() };
        Self { way: Some(Box::new(way)), ..self.clone() }
    }
}

/// Where a fact stands, if that is known.
pub(super) type At = Option<Anchor>;

/// Makes anchors for what stands below an item under a chain of keys: where it stands, or would.
pub(super) type Places<'f> = dyn Fn(&'static [&'static str]) -> At + 'f;

/// One item on its way into the facts of a side.
pub struct TakenItem<'i, 't> {
    /// The document, and which part of it.
    pub origin: &'i Origin,
    /// That part.
    pub document: &'i Document<'t>,
    /// The view, by its place among all.
    pub view: u16,
    /// The item, and its place among those of the view in that part.
    pub item: &'i Item<'t>,
    /// Its place among those of the view in that part.
    pub index: u32,
    /// The lines of the file that a range of bytes of that part stands for.
    pub lines: &'i dyn Fn((u32, u32)) -> Lines,
}

impl TakenItem<'_, '_> {
    /// Where the item stands.
    pub(super) fn here(&self) -> Anchor {
        self.at(&[])
    }

    /// What stands below the item under a chain of keys: where it stands, or would.
    pub(super) fn at(&self, keys: &'static [&'static str]) -> Anchor {
        let way = || Box::new(Way { keys: Keys::Fixed(keys), turns: Vec::new() });
        Anchor {
            home: Arc::clone(&self.origin.home),
            part: self.origin.part,
            view: self.view,
            item: self.index,
            lines: (self.lines)(range(self.item, keys)),
            way: (!keys.is_empty()).then(way),
        }
    }
}

/// The bytes that an item stands for, or what stands below it under a chain of keys; of what is
/// not there, the bytes of the last on the way.
pub fn range(item: &Item<'_>, keys: &[&str]) -> (u32, u32) {
    let deepest = |node: Node<'_>, keys: &[&str]| {
        let mut node = node;
        for key in keys {
            let Some(next) = node.get(key) else { break };
            node = next;
        }
        (node.span().start, node.span().end)
    };
    let own = item.span.filter(|_| keys.is_empty());
    own.unwrap_or_else(|| deepest(item.place.node, keys))
}

/// The whole document that something stands in.
pub(super) fn document_of(at: &At) -> At {
    Some(at.as_ref()?.turned([Turn::Root]))
}

/// The same without its lines.
pub(super) fn without_lines(at: &At) -> At {
    Some(Anchor { lines: Lines::default(), ..at.clone()? })
}

/// What stands under a chain of keys of an item: where it stands, or would.
pub(super) fn below(at: &At, keys: &[&str]) -> At {
    let item = at.as_ref()?;
    let all = item.keys().into_iter().chain(keys.iter().copied());
    let keys = Keys::Made(all.map(str::to_owned).collect());
    Some(Anchor { way: Some(Box::new(Way { keys, turns: Vec::new() })), ..item.clone() })
}

/// What stands under a chain of keys.
pub(super) fn under(at: &At, keys: &[&str]) -> At {
    Some(at.as_ref()?.turned(keys.iter().map(|key| down(key))))
}

/// What stands under a chain of keys beside something.
pub(super) fn beside_of(at: &At, keys: &[&str]) -> At {
    let turns = std::iter::once(Turn::Up).chain(keys.iter().map(|key| down(key)));
    Some(at.as_ref()?.turned(turns))
}

/// A text as a member of a list that something stands at.
pub(super) fn member_of(at: &At, text: &str) -> At {
    item_of(at, format!("={text}"))
}

/// A named member of a list that something stands at.
pub(super) fn item_of(at: &At, name: String) -> At {
    Some(at.as_ref()?.turned([Turn::Down(Step::Item(name))]))
}

/// A member of a list that something stands at, by its place in it.
pub(super) fn nth_of(at: &At, index: usize) -> At {
    Some(at.as_ref()?.turned([Turn::Down(Step::Index(u32::try_from(index).ok()?))]))
}

fn down(key: &str) -> Turn {
    Turn::Down(Step::Key(key.to_owned()))
}

/// Puts anchors in order, each once, in no more room than they take.
pub(super) fn each_once(anchors: &mut Vec<Anchor>) {
    anchors.sort();
    anchors.dedup();
    anchors.shrink_to_fit();
}

/// The place of an anchor.
pub(super) fn place(at: &At) -> Option<Place> {
    at.as_ref().map(Anchor::place)
}

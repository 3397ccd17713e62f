//! Configuration as a tree: one flat vector of slots per file, text borrowed from the source.
//!
//! A tree is laid out in preorder: a container, then its children; a map's children alternate
//! key and value. A [`Node`] is a cursor into it. Spans are provenance; equality of trees is the
//! business of the floors that know what the tree is about.

use std::fmt;

use super::{SourceId, Span};

/// What a node is, before anyone knows its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A scalar whose type depends on the reader (a plain YAML scalar, a directive's argument).
    Plain,
    /// Text, whatever it looks like.
    Text,
    /// A number in a syntax that has numbers.
    Number,
    /// A boolean in a syntax that has booleans.
    Bool,
    /// Null in a syntax that has null.
    Null,
    /// A sequence.
    List,
    /// A mapping, in source order, duplicates kept.
    Map,
}

/// How a node was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes; a block container.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
    /// A literal block: each line stands in the source as it is, behind an indentation.
    Literal,
    /// A folded block, or any other form whose lines do not stand in the source one by one.
    Folded,
    /// A flow container.
    Flow,
}

mod builder;

pub use builder::{LimitReached, TreeBuilder};

const IN_SIDE: u8 = 1;
const COPIED: u8 = 2;

#[derive(Clone, Copy)]
struct Slot {
    start: u32,
    end: u32,
    /// Scalars: offset of the text, in the source or in the side buffer. Containers: child count.
    text: u32,
    length: u32,
    /// One past the last slot of this subtree.
    next: u32,
    kind: Kind,
    style: Style,
    flags: u8,
}

/// The documents of one text.
pub struct Tree<'s> {
    source: SourceId,
    text: &'s str,
    side: String,
    slots: Vec<Slot>,
    roots: Vec<u32>,
    copies: bool,
}

impl<'s> Tree<'s> {
    /// The roots, in source order.
    pub fn roots(&self) -> impl Iterator<Item = Node<'_>> {
        self.roots.iter().map(|id| Node { tree: self, id: *id })
    }

    /// The root of one document.
    pub fn root(&self, index: usize) -> Option<Node<'_>> {
        self.roots.get(index).map(|id| Node { tree: self, id: *id })
    }

    /// The text the spans refer to.
    pub const fn text(&self) -> &'s str {
        self.text
    }

    /// The file the spans refer to.
    pub const fn source(&self) -> SourceId {
        self.source
    }

    /// A tree without a document.
    pub fn empty(text: &'s str, source: SourceId) -> Self {
        Self {
            source,
            text,
            side: String::new(),
            slots: Vec::new(),
            roots: Vec::new(),
            copies: false,
        }
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is no node at all.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}

impl fmt::Debug for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.roots()).finish()
    }
}

/// A cursor: one node of one tree.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree<'t>,
    id: u32,
}

/// One key of a map with its value.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'t> {
    /// The key.
    pub key: Node<'t>,
    /// Its value.
    pub value: Node<'t>,
}

impl<'t> Node<'t> {
    fn slot(self) -> &'t Slot {
        const NOWHERE: Slot = Slot {
            start: 0,
            end: 0,
            text: 0,
            length: 0,
            next: 0,
            kind: Kind::Null,
            style: Style::Plain,
            flags: 0,
        };
        self.tree.slots.get(self.id as usize).unwrap_or(&NOWHERE)
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        self.slot().kind
    }

    /// How it was written.
    pub fn style(self) -> Style {
        self.slot().style
    }

    /// Whether it is neither list nor map.
    pub fn is_scalar(self) -> bool {
        !matches!(self.kind(), Kind::List | Kind::Map)
    }

    /// Whether it stands here only through an alias or a merge; its span is that of the original.
    pub fn is_copied(self) -> bool {
        self.slot().flags & COPIED != 0
    }

    /// Whether anything in its tree stands there through an alias or a merge, so that equal source
    /// text need not mean equal content.
    pub fn in_tree_with_copies(self) -> bool {
        self.tree.copies
    }

    /// The whole text its span refers to.
    pub const fn tree_text(self) -> &'t str {
        self.tree.text
    }

    /// Where it was written.
    pub fn span(self) -> Span {
        let slot = self.slot();
        Span { source: self.tree.source, start: slot.start, end: slot.end }
    }

    /// The source text under its span, quotes and all.
    pub fn raw(self) -> &'t str {
        let slot = self.slot();
        self.tree.text.get(slot.start as usize..slot.end as usize).unwrap_or_default()
    }

    /// A scalar's text with quotes, escapes and folding undone. Empty for containers.
    pub fn text(self) -> &'t str {
        let slot = self.slot();
        if matches!(slot.kind, Kind::List | Kind::Map) {
            return "";
        }
        let from = if slot.flags & IN_SIDE == 0 { self.tree.text } else { &self.tree.side };
        let start = slot.text as usize;
        from.get(start..start.saturating_add(slot.length as usize)).unwrap_or_default()
    }

    /// How many members or entries it has. Zero for scalars.
    pub fn len(self) -> usize {
        let slot = self.slot();
        match slot.kind {
            Kind::List => slot.text as usize,
            Kind::Map => (slot.text / 2) as usize,
            Kind::Plain | Kind::Text | Kind::Number | Kind::Bool | Kind::Null => 0,
        }
    }

    /// Whether it has no member.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    fn children(self) -> Children<'t> {
        let end = if self.is_scalar() { self.id } else { self.slot().next };
        Children { tree: self.tree, at: self.id.saturating_add(1), end }
    }

    /// A list's members. Nothing for anything else.
    pub fn items(self) -> impl Iterator<Item = Node<'t>> {
        let is_list = self.kind() == Kind::List;
        Counted { all: self.children().take_while(move |_| is_list), left: self.len() }
    }

    /// Every scalar at or below it, keys too, in source order.
    pub fn scalars(self) -> impl Iterator<Item = Node<'t>> {
        let end = self.slot().next.max(self.id.saturating_add(1));
        let nodes = (self.id..end).map(move |id| Node { tree: self.tree, id });
        nodes.filter(|node| node.is_scalar())
    }

    /// A map's entries in source order, duplicates included. Nothing for anything else.
    pub fn entries(self) -> impl Iterator<Item = Entry<'t>> {
        let mut children = self.children();
        let is_map = self.kind() == Kind::Map;
        let all = std::iter::from_fn(move || {
            if !is_map {
                return None;
            }
            Some(Entry { key: children.next()?, value: children.next()? })
        });
        Counted { all, left: self.len() }
    }

    /// The entry of a key; of several, the last, as most readers take it.
    pub fn entry(self, key: &str) -> Option<Entry<'t>> {
        let own = self.slot();
        if own.kind != Kind::Map {
            return None;
        }
        let mut found = None;
        // Asked more often than anything else, so slot by slot.
        let mut at = self.id.saturating_add(1);
        while at < own.next {
            let Some(name) = self.tree.slots.get(at as usize) else { break };
            let beside = name.next.max(at.saturating_add(1));
            let value = self.tree.slots.get(beside as usize).filter(|_| beside < own.next);
            let Some(value) = value else { break };
            if name.length as usize == key.len() {
                let of = |id| Self { tree: self.tree, id };
                let entry = Entry { key: of(at), value: of(beside) };
                found = if entry.key.text() == key { Some(entry) } else { found };
            }
            at = value.next.max(beside.saturating_add(1));
        }
        found
    }

    /// The value of a key; of several, the last, as most readers take it.
    pub fn get(self, key: &str) -> Option<Self> {
        self.entry(key).map(|entry| entry.value)
    }

    /// The value under a chain of keys.
    pub fn at(self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text of a scalar under a chain of keys.
    pub fn text_at(self, keys: &[&str]) -> Option<&'t str> {
        self.at(keys).filter(|node| node.is_scalar()).map(Node::text)
    }
}

struct Children<'t> {
    tree: &'t Tree<'t>,
    at: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        if self.at >= self.end {
            return None;
        }
        let node = Node { tree: self.tree, id: self.at };
        self.at = node.slot().next.max(self.at.saturating_add(1));
        Some(node)
    }
}

/// Members that say how many there are, so that who collects them makes room once.
struct Counted<I> {
    all: I,
    left: usize,
}

impl<I: Iterator> Iterator for Counted<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.left = self.left.saturating_sub(1);
        self.all.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, None)
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            Kind::List => f.debug_list().entries(self.items()).finish(),
            Kind::Map => {
                let entries = self.entries().map(|entry| (entry.key, entry.value));
                f.debug_map().entries(entries).finish()
            }
            Kind::Plain | Kind::Text | Kind::Number | Kind::Bool | Kind::Null => {
                write!(f, "{:?}{:?}", self.kind(), self.text())
            }
        }
    }
}

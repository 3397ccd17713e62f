//! Configuration as a tree: one flat vector of slots per file, text borrowed from the source.
//!
//! A tree is laid out in preorder: a container, then its children; a map's children alternate
//! key and value. A [`Node`] is a cursor into it. Spans are provenance; equality of trees is the
//! business of the floors that know what the tree is about.

use std::collections::BTreeSet;
use std::fmt;

use super::{Limits, SourceId, Span};

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
        self.children().take_while(move |_| is_list)
    }

    /// A map's entries in source order, duplicates included. Nothing for anything else.
    pub fn entries(self) -> impl Iterator<Item = Entry<'t>> {
        let mut children = self.children();
        let is_map = self.kind() == Kind::Map;
        std::iter::from_fn(move || {
            if !is_map {
                return None;
            }
            Some(Entry { key: children.next()?, value: children.next()? })
        })
    }

    /// The value of a key; of several, the last, as most readers take it.
    pub fn get(self, key: &str) -> Option<Node<'t>> {
        self.entries().filter(|entry| entry.key.text() == key).last().map(|entry| entry.value)
    }

    /// The value under a chain of keys.
    pub fn at(self, keys: &[&str]) -> Option<Node<'t>> {
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

/// Which limit a tree ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitReached {
    /// [`Limits::nodes_max`].
    Nodes,
    /// [`Limits::depth_max`].
    Depth,
}

impl LimitReached {
    /// The name of the limit, as the configuration spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nodes => "nodes_max",
            Self::Depth => "depth_max",
        }
    }
}

/// Builds a [`Tree`] from the events of a parser.
pub struct TreeBuilder<'s> {
    tree: Tree<'s>,
    open: Vec<u32>,
    nodes_max: u32,
    depth_max: u32,
}

impl<'s> TreeBuilder<'s> {
    /// Begins the tree of one text.
    pub fn new(text: &'s str, source: SourceId, limits: &Limits) -> Self {
        Self {
            tree: Tree { source, text, side: String::new(), slots: Vec::new(), roots: Vec::new() },
            open: Vec::new(),
            nodes_max: limits.nodes_max,
            depth_max: limits.depth_max,
        }
    }

    /// Adds a scalar whose text stands in the source at `text`.
    pub fn borrowed(
        &mut self,
        kind: Kind,
        style: Style,
        span: (usize, usize),
        text: (usize, usize),
    ) -> Result<u32, LimitReached> {
        let length = text.1.saturating_sub(text.0);
        self.push(kind, style, span, (offset(text.0), offset(length)), 0)
    }

    /// Adds a scalar whose text differs from what stands in the source.
    pub fn owned(
        &mut self,
        kind: Kind,
        style: Style,
        span: (usize, usize),
        text: &str,
    ) -> Result<u32, LimitReached> {
        let at = offset(self.tree.side.len());
        self.tree.side.push_str(text);
        self.push(kind, style, span, (at, offset(text.len())), IN_SIDE)
    }

    /// Adds a scalar, borrowing its text where the source has it verbatim at `hint`.
    pub fn scalar(
        &mut self,
        kind: Kind,
        style: Style,
        span: (usize, usize),
        text: &str,
        hint: usize,
    ) -> Result<u32, LimitReached> {
        let end = hint.saturating_add(text.len());
        if self.tree.text.get(hint..end) == Some(text) {
            return self.borrowed(kind, style, span, (hint, end));
        }
        self.owned(kind, style, span, text)
    }

    /// Opens a list or a map; [`TreeBuilder::close`] ends it.
    pub fn open(&mut self, kind: Kind, style: Style, start: usize) -> Result<u32, LimitReached> {
        if self.open.len() >= self.depth_max as usize {
            return Err(LimitReached::Depth);
        }
        let id = self.push(kind, style, (start, start), (0, 0), 0)?;
        self.open.push(id);
        Ok(id)
    }

    /// Ends the innermost open container at `end`.
    pub fn close(&mut self, end: usize) {
        let next = offset(self.tree.slots.len());
        if let Some(slot) = self.open.pop().and_then(|id| self.tree.slots.get_mut(id as usize)) {
            slot.end = offset(end).max(slot.start);
            slot.next = next;
        }
    }

    /// How many containers are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Copies a finished subtree to this place, as an alias does.
    pub fn copy(&mut self, id: u32) -> Result<u32, LimitReached> {
        let end = self.tree.slots.get(id as usize).map_or(id, |slot| slot.next);
        let base = offset(self.tree.slots.len());
        self.count(1);
        for from in id..end {
            let Some(mut slot) = self.tree.slots.get(from as usize).copied() else { break };
            slot.next = slot.next.saturating_sub(id).saturating_add(base);
            slot.flags |= COPIED;
            self.reserve()?;
            self.tree.slots.push(slot);
        }
        Ok(base)
    }

    /// Whether the subtree `id` is closed, so that an alias to it does not contain itself.
    pub fn is_closed(&self, id: u32) -> bool {
        !self.open.contains(&id)
    }

    /// A finished node, to look at while building.
    pub fn node(&self, id: u32) -> Node<'_> {
        Node { tree: &self.tree, id }
    }

    /// Rewrites the last finished root or member `id` with the YAML merge keys (`<<`) of its maps
    /// applied: explicit keys win, then earlier merges. Merges that are no maps stay as they are.
    pub fn merge(&mut self, id: u32) -> Result<(), LimitReached> {
        let rebased = |slot: Slot| Slot { next: slot.next.saturating_sub(id), ..slot };
        let slots: Vec<Slot> = self.tree.slots.drain(id as usize..).map(rebased).collect();
        let old = Tree {
            source: self.tree.source,
            text: self.tree.text,
            side: std::mem::take(&mut self.tree.side),
            slots,
            roots: Vec::new(),
        };
        let result = self.merged(Node { tree: &old, id: 0 }, 0, 0);
        self.tree.side = old.side;
        result.map(|_| ())
    }

    /// Writes a node with its merges applied; `flags` are those of nodes that came by one.
    fn merged(&mut self, node: Node<'_>, flags: u8, depth: u32) -> Result<u32, LimitReached> {
        if depth > self.depth_max {
            return Err(LimitReached::Depth);
        }
        let mut slot = *node.slot();
        let id = offset(self.tree.slots.len());
        slot.next = id.saturating_add(1);
        slot.flags |= flags;
        self.reserve()?;
        if node.is_scalar() {
            self.tree.slots.push(slot);
            return Ok(id);
        }
        slot.text = 0;
        self.tree.slots.push(slot);
        let mut count = 0_u32;
        for item in node.items() {
            self.merged(item, flags, depth.saturating_add(1))?;
            count = count.saturating_add(1);
        }
        let own = node.entries().filter(|entry| !is_merge(entry)).count();
        for (index, entry) in merged_entries(node).into_iter().enumerate() {
            let flags = if index < own { flags } else { flags | COPIED };
            self.merged(entry.key, flags, depth.saturating_add(1))?;
            self.merged(entry.value, flags, depth.saturating_add(1))?;
            count = count.saturating_add(2);
        }
        let next = offset(self.tree.slots.len());
        if let Some(slot) = self.tree.slots.get_mut(id as usize) {
            slot.text = count;
            slot.next = next;
        }
        Ok(id)
    }

    /// Ends a document whose root is `id`.
    pub fn root(&mut self, id: u32) {
        self.tree.roots.push(id);
    }

    /// Forgets an unfinished document: everything from slot `id` on.
    pub fn abandon(&mut self, id: u32) {
        self.tree.slots.truncate(id as usize);
        self.open.clear();
    }

    /// Where the next slot will be.
    pub fn next(&self) -> u32 {
        offset(self.tree.slots.len())
    }

    /// The finished tree.
    pub fn finish(self) -> Tree<'s> {
        self.tree
    }

    fn push(
        &mut self,
        kind: Kind,
        style: Style,
        span: (usize, usize),
        text: (u32, u32),
        flags: u8,
    ) -> Result<u32, LimitReached> {
        self.reserve()?;
        self.count(1);
        let id = offset(self.tree.slots.len());
        self.tree.slots.push(Slot {
            start: offset(span.0),
            end: offset(span.1),
            text: text.0,
            length: text.1,
            next: id.saturating_add(1),
            kind,
            style,
            flags,
        });
        Ok(id)
    }

    fn reserve(&self) -> Result<(), LimitReached> {
        if self.tree.slots.len() >= self.nodes_max as usize {
            return Err(LimitReached::Nodes);
        }
        Ok(())
    }

    fn count(&mut self, members: u32) {
        if let Some(slot) = self.open.last().and_then(|id| self.tree.slots.get_mut(*id as usize)) {
            slot.text = slot.text.saturating_add(members);
        }
    }
}

fn is_merge(entry: &Entry<'_>) -> bool {
    entry.key.kind() == Kind::Plain && entry.key.text() == "<<" && !entry.value.is_scalar()
}

/// A map's entries with its merges resolved, its own first; inner maps are merged when they are
/// visited.
fn merged_entries(node: Node<'_>) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = node.entries().filter(|entry| !is_merge(entry)).collect();
    let mut known: BTreeSet<&str> = entries.iter().map(|entry| entry.key.text()).collect();
    for merge in node.entries().filter(is_merge) {
        let maps: Vec<Node<'_>> = if merge.value.kind() == Kind::List {
            merge.value.items().collect()
        } else {
            vec![merge.value]
        };
        for map in maps {
            for entry in merged_entries(map) {
                if known.insert(entry.key.text()) {
                    entries.push(entry);
                }
            }
        }
    }
    entries
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

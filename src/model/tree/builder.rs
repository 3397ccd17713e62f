//! Building a tree from the events of a parser.

use std::collections::BTreeSet;

use super::{COPIED, Entry, IN_SIDE, Kind, Node, Slot, Style, Tree};
use crate::model::{Limits, SourceId};

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

/// How many bytes of a text make one node, in usual configuration; its slots are made ready.
const BYTES_PER_SLOT: usize = 12;
/// The most slots that are made ready.
const SLOTS_AHEAD_MAX: usize = 1 << 12;

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
            tree: Tree {
                source,
                text,
                side: String::new(),
                slots: Vec::with_capacity((text.len() / BYTES_PER_SLOT).min(SLOTS_AHEAD_MAX)),
                roots: Vec::new(),
                copies: false,
            },
            open: Vec::new(),
            nodes_max: limits.nodes_max,
            depth_max: limits.depth_max,
        }
    }

    /// Adds a scalar whose text stands in the source at `text`.
    ///
    /// # Errors
    /// A limit is reached.
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
    ///
    /// # Errors
    /// A limit is reached.
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
    ///
    /// # Errors
    /// A limit is reached.
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
    ///
    /// # Errors
    /// A limit is reached.
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
    ///
    /// # Errors
    /// A limit is reached.
    pub fn copy(&mut self, id: u32) -> Result<u32, LimitReached> {
        let end = self.tree.slots.get(id as usize).map_or(id, |slot| slot.next);
        let base = offset(self.tree.slots.len());
        self.count(1);
        self.tree.copies = true;
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
    ///
    /// # Errors
    /// A limit is reached.
    pub fn merge(&mut self, id: u32) -> Result<(), LimitReached> {
        let rebased = |slot: Slot| Slot { next: slot.next.saturating_sub(id), ..slot };
        let slots: Vec<Slot> = self.tree.slots.drain(id as usize..).map(rebased).collect();
        let old = Tree {
            source: self.tree.source,
            text: self.tree.text,
            side: std::mem::take(&mut self.tree.side),
            slots,
            roots: Vec::new(),
            copies: true,
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

//! The tables of a TOML file in the making.
//!
//! A table's parts may stand anywhere in the file, so the tree is gathered here, in order of first
//! appearance, and written out at the end. What a header or a dotted key opens has no brackets of
//! its own: its span is the hull of what belongs to it, and may overlap the hull of a sibling.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::{Kind, LimitReached, Limits, Style, TreeBuilder};

const NONE: u32 = u32::MAX;

/// A key or a scalar.
#[derive(Debug, Clone)]
pub(super) struct Word<'s> {
    pub(super) kind: Kind,
    pub(super) style: Style,
    pub(super) span: (usize, usize),
    /// What it says.
    pub(super) text: Cow<'s, str>,
    /// Where the text stands in the source, if it stands there verbatim.
    pub(super) at: usize,
}

/// What made a table or a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Root, or a header further down: `a` in `[a.b]`.
    Implied,
    /// Its own header: `[a]`, or `[[a]]` for a list.
    Header,
    /// A dotted key: `a` in `a.b = 1`.
    Dotted,
    /// Brackets.
    Inline,
}

/// What stands behind a key.
#[derive(Debug)]
pub(super) enum Shape<'s> {
    Scalar(Word<'s>),
    Table(Origin),
    List(Origin),
}

#[derive(Debug)]
struct Item<'s> {
    key: Option<Word<'s>>,
    shape: Shape<'s>,
    span: (usize, usize),
    depth: u32,
    first: u32,
    last: u32,
    next: u32,
}

/// All tables of a file.
pub(super) struct Tables<'s> {
    items: Vec<Item<'s>>,
    names: BTreeMap<(u32, Cow<'s, str>), u32>,
    /// Places where a key is defined again, in order.
    pub(super) repeated: Vec<usize>,
    /// The limit that was reached, and where.
    pub(super) limit: Option<(LimitReached, usize)>,
    nodes_max: usize,
    depth_max: u32,
}

impl<'s> Tables<'s> {
    /// The root of every file.
    pub(super) const ROOT: u32 = 0;

    /// Begins with an empty root.
    pub(super) fn new(span: (usize, usize), limits: &Limits) -> Self {
        let root = Item {
            key: None,
            shape: Shape::Table(Origin::Inline),
            span,
            depth: 1,
            first: NONE,
            last: NONE,
            next: NONE,
        };
        Self {
            items: vec![root],
            names: BTreeMap::new(),
            repeated: Vec::new(),
            limit: None,
            nodes_max: limits.nodes_max as usize,
            depth_max: limits.depth_max,
        }
    }

    /// Opens what a header names; returns the table that the following keys go to.
    pub(super) fn header(&mut self, path: Vec<Word<'s>>, is_list: bool, end: usize) -> u32 {
        let mut table = Self::ROOT;
        let last = path.len().saturating_sub(1);
        for (index, key) in path.into_iter().enumerate() {
            table = if index < last {
                self.descend(table, key, Origin::Implied)
            } else if is_list {
                self.open_element(table, key, end)
            } else {
                self.open_table(table, key, end)
            };
        }
        table
    }

    /// Walks down the leading keys of a dotted key.
    pub(super) fn dotted(&mut self, table: u32, path: impl Iterator<Item = Word<'s>>) -> u32 {
        path.fold(table, |table, key| self.descend(table, key, Origin::Dotted))
    }

    /// Adds a value under a key, or as the next member of a list.
    pub(super) fn add(
        &mut self,
        parent: u32,
        key: Option<Word<'s>>,
        shape: Shape<'s>,
        span: (usize, usize),
    ) -> u32 {
        let depth = self.get(parent).map_or(1, |item| item.depth.saturating_add(1));
        if depth > self.depth_max && !matches!(shape, Shape::Scalar(_)) {
            self.limit.get_or_insert((LimitReached::Depth, span.0));
        }
        if self.items.len() >= self.nodes_max {
            self.limit.get_or_insert((LimitReached::Nodes, span.0));
        }
        if self.limit.is_some() {
            return parent;
        }
        let id = u32::try_from(self.items.len()).unwrap_or(NONE);
        if let Some(key) = &key
            && self.names.insert((parent, key.text.clone()), id).is_some()
        {
            self.repeated.push(key.span.0);
        }
        self.items.push(Item { key, shape, span, depth, first: NONE, last: NONE, next: NONE });
        let elder = self.get(parent).map_or(NONE, |parent| parent.last);
        if let Some(elder) = self.items.get_mut(elder as usize) {
            elder.next = id;
        }
        if let Some(parent) = self.items.get_mut(parent as usize) {
            parent.last = id;
            if parent.first == NONE {
                parent.first = id;
            }
        }
        id
    }

    /// Ends a list or table in brackets.
    pub(super) fn close(&mut self, id: u32, end: usize) {
        if let Some(item) = self.items.get_mut(id as usize) {
            item.span.1 = end;
        }
    }

    /// Whether members of it have no keys.
    pub(super) fn is_list(&self, id: u32) -> bool {
        self.get(id).is_some_and(|item| matches!(item.shape, Shape::List(_)))
    }

    fn get(&self, id: u32) -> Option<&Item<'s>> {
        self.items.get(id as usize)
    }

    fn child(&self, table: u32, key: &Word<'s>) -> Option<u32> {
        self.names.get(&(table, key.text.clone())).copied()
    }

    /// The table of a leading key. What cannot be extended is defined a second time.
    fn descend(&mut self, table: u32, key: Word<'s>, by: Origin) -> u32 {
        if let Some(id) = self.child(table, &key) {
            match self.get(id).map(|item| (&item.shape, item.last)) {
                Some((Shape::Table(origin), _)) if by == Origin::Dotted && *origin == by => {
                    return id;
                }
                Some((Shape::Table(origin), _))
                    if by == Origin::Implied && *origin != Origin::Inline =>
                {
                    return id;
                }
                Some((Shape::List(Origin::Header), last)) if by == Origin::Implied => return last,
                Some((Shape::Scalar(_) | Shape::Table(_) | Shape::List(_), _)) | None => (),
            }
        }
        let end = key.span.1;
        self.add(table, Some(key), Shape::Table(by), (end, end))
    }

    fn open_table(&mut self, table: u32, key: Word<'s>, end: usize) -> u32 {
        let known = self.child(table, &key);
        if let Some(id) = known
            && let Some(item) = self.items.get_mut(id as usize)
            && matches!(item.shape, Shape::Table(Origin::Implied))
        {
            item.shape = Shape::Table(Origin::Header);
            return id;
        }
        self.add(table, Some(key), Shape::Table(Origin::Header), (end, end))
    }

    fn open_element(&mut self, table: u32, key: Word<'s>, end: usize) -> u32 {
        let list = self.child(table, &key).filter(|id| {
            self.get(*id).is_some_and(|item| matches!(item.shape, Shape::List(Origin::Header)))
        });
        let list = list
            .unwrap_or_else(|| self.add(table, Some(key), Shape::List(Origin::Header), (end, end)));
        self.add(list, None, Shape::Table(Origin::Header), (end, end))
    }

    /// Widens each span to its hull, from the leaves up: members come after their containers.
    fn widen(&mut self) {
        for id in (0..self.items.len()).rev() {
            let Some((first, shape, mut span)) =
                self.items.get(id).map(|item| (item.first, &item.shape, item.span))
            else {
                continue;
            };
            let is_open = matches!(shape, Shape::Table(Origin::Implied | Origin::Dotted));
            let mut child = first;
            if is_open && let Some(first) = self.get(first) {
                span.0 = first.key.as_ref().map_or(first.span.0, |key| key.span.0);
            }
            while let Some(item) = self.get(child) {
                span.1 = span.1.max(item.span.1);
                if let Some(key) = item.key.as_ref() {
                    span.0 = span.0.min(key.span.0);
                }
                child = item.next;
            }
            if let Some(item) = self.items.get_mut(id) {
                item.span = span;
            }
        }
    }

    /// Writes the tree in preorder, without recursion.
    pub(super) fn write(mut self, builder: &mut TreeBuilder<'s>) -> Result<(), LimitReached> {
        self.widen();
        let mut open: Vec<&Item<'s>> = Vec::new();
        let mut at = Self::ROOT;
        loop {
            let Some(item) = self.get(at) else {
                let Some(done) = open.pop() else { return Ok(()) };
                builder.close(done.span.1);
                at = done.next;
                continue;
            };
            if let Some(key) = &item.key {
                builder.scalar(key.kind, key.style, key.span, &key.text, key.at)?;
            }
            let (kind, origin) = match &item.shape {
                Shape::Scalar(word) => {
                    builder.scalar(word.kind, word.style, word.span, &word.text, word.at)?;
                    at = item.next;
                    continue;
                }
                Shape::Table(origin) => (Kind::Map, *origin),
                Shape::List(origin) => (Kind::List, *origin),
            };
            let is_flow = origin == Origin::Inline && at != Self::ROOT;
            let style = if is_flow { Style::Flow } else { Style::Plain };
            builder.open(kind, style, item.span.0)?;
            open.push(item);
            at = item.first;
        }
    }
}

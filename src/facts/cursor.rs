//! Walking a document while keeping the address of every step, members named as the diff does.

use std::rc::Rc;

use super::Item;
use super::fact::Fact;
use super::process::Process;
use super::settings::Named;
use crate::dialect::naming::{list_kind, member_name, member_step, short_name};
use crate::dialect::schema::{At, Seg};
use crate::dialect::{Dialect, Identity};
use crate::model::{Kind, Node, Path, Scalar, Step, Typing};

/// A document as views read it: a whole one, or one embedded in another.
#[derive(Clone)]
pub struct Document<'t> {
    /// Path of its file within its side.
    pub file: &'t str,
    /// Id of the syntax it was read with.
    pub syntax: &'static str,
    /// Its dialect.
    pub dialect: &'static dyn Dialect,
    /// What it describes; of an embedded document, what its own dialect says of it.
    pub identity: &'t Identity,
    /// The identity of the outermost document it stands in.
    pub owner: &'t Identity,
    /// Where its root stands in the outermost document.
    pub base: Path,
    /// Its root.
    pub root: Node<'t>,
    /// What several views need of it, taken once; nothing before [`Document::prepared`].
    pub taken: Taken<'t>,
}

/// What several views need of one document.
#[derive(Clone, Default)]
pub struct Taken<'t> {
    pub(super) named: Option<Rc<Named<'t>>>,
    pub(super) processes: Option<Rc<Vec<Process<'t>>>>,
}

impl<'t> Document<'t> {
    /// The same document, with what several views need taken once.
    #[must_use]
    pub fn prepared(mut self) -> Self {
        self.taken.named = Some(Rc::new(Named::of(&self)));
        self.taken.processes = Some(Rc::new(Process::all(&self)));
        self
    }

    /// A cursor at the root.
    pub fn cursor(&self) -> Cursor<'t> {
        Cursor {
            node: self.root,
            path: self.base.clone(),
            segs: Vec::new(),
            dialect: self.dialect,
            kind: &self.identity.kind,
        }
    }

    /// How its reader types scalars.
    pub fn typing(&self) -> Typing {
        self.dialect.typing()
    }
}

/// One node of a document with its address.
#[derive(Clone)]
pub struct Cursor<'t> {
    /// The node.
    pub node: Node<'t>,
    /// Where it stands, from the root of the outermost document.
    pub path: Path,
    segs: Vec<Seg<'t>>,
    dialect: &'static dyn Dialect,
    kind: &'t str,
}

impl<'t> Cursor<'t> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<Self> {
        let entry = self.node.entries().filter(|entry| entry.key.text() == key).last()?;
        Some(self.step(Step::Key(key.to_owned()), Seg::Key(entry.key.text()), entry.value))
    }

    /// The value under a chain of keys.
    pub fn at(&self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self.clone(), |cursor, key| cursor.get(key))
    }

    /// Every entry of a map. Repeated keys are numbered from the second on: `key#2`.
    pub fn entries(&self) -> Vec<(&'t str, Self)> {
        let mut seen: Vec<&str> = Vec::new();
        self.node
            .entries()
            .map(|entry| {
                let key = entry.key.text();
                let nth = seen.iter().filter(|known| **known == key).count();
                seen.push(key);
                let name = if nth == 0 { key.to_owned() } else { format!("{key}#{}", nth + 1) };
                (key, self.step(Step::Key(name), Seg::Key(key), entry.value))
            })
            .collect()
    }

    /// Every member of a list, named as its schema says, else by position.
    pub fn items(&self) -> Vec<Self> {
        if self.node.kind() != Kind::List {
            return Vec::new();
        }
        let at = At { kind: self.kind, path: &self.segs };
        let kind = list_kind(self.dialect, at, &[self.node]);
        let typing = self.dialect.typing();
        let mut seen: Vec<String> = Vec::new();
        self.node
            .items()
            .zip(0_u32..)
            .map(|(item, index)| {
                let step = match member_name(&kind, item, typing) {
                    Some(name) => {
                        let nth = seen.iter().filter(|known| **known == name).count();
                        seen.push(name.clone());
                        let name = if nth == 0 { name } else { format!("{name}#{}", nth + 1) };
                        member_step(&kind, name)
                    }
                    None => Step::Index(index),
                };
                self.step(step, Seg::Item(short_name(&kind, item)), item)
            })
            .collect()
    }

    /// The child at the end of a trail of positions: of entries in maps, of members in lists.
    pub fn follow(&self, trail: &[u32]) -> Option<Self> {
        trail.iter().try_fold(self.clone(), |cursor, index| {
            let index = *index as usize;
            if cursor.node.kind() == Kind::List {
                return cursor.items().into_iter().nth(index);
            }
            let entry = cursor.node.entries().nth(index)?;
            let key = entry.key.text();
            let before = cursor.node.entries().take(index);
            let nth = before.filter(|known| known.key.text() == key).count();
            let name = if nth == 0 { key.to_owned() } else { format!("{key}#{}", nth + 1) };
            Some(cursor.step(Step::Key(name), Seg::Key(key), entry.value))
        })
    }

    /// The keys on the way here, list members left out.
    pub fn keys(&self) -> Vec<&'t str> {
        let key = |seg: &Seg<'t>| match seg {
            Seg::Key(key) => Some(*key),
            Seg::Item(_) => None,
        };
        self.segs.iter().filter_map(key).collect()
    }

    /// The text of a scalar under a chain of keys.
    pub fn text(&self, keys: &[&str]) -> Option<&'t str> {
        self.node.text_at(keys)
    }

    /// The subtree as a fact, typed by its reader.
    pub fn fact(&self) -> Option<Fact<'t>> {
        Fact::from_node(self.node, self.dialect.typing())
    }

    /// The subtree under a chain of keys as a fact.
    pub fn fact_at(&self, keys: &[&str]) -> Option<Fact<'t>> {
        Fact::from_node(self.node.at(keys)?, self.dialect.typing())
    }

    /// How its reader takes the scalar under a chain of keys; nothing for null and containers.
    pub fn scalar(&self, keys: &[&str]) -> Option<Scalar<'t>> {
        let node = self.node.at(keys).filter(|node| node.is_scalar())?;
        Some(self.dialect.typing().read(node)).filter(|scalar| *scalar != Scalar::Null)
    }

    /// The boolean under a chain of keys.
    pub fn flag(&self, keys: &[&str]) -> Option<bool> {
        match self.scalar(keys)? {
            Scalar::Bool(value) => Some(value),
            Scalar::Null | Scalar::Number(_) | Scalar::Text(_) | Scalar::Secret(_) => None,
        }
    }

    /// The deepest place on a way of keys, and the way's full address: of a field that may be
    /// absent, where it stands or would stand.
    #[must_use]
    pub fn place(&self, keys: &[&str]) -> Self {
        let mut cursor = self.clone();
        let mut rest = keys.iter();
        while let Some(next) = rest.clone().next().and_then(|key| cursor.get(key)) {
            cursor = next;
            rest.next();
        }
        cursor.beyond(rest.map(|key| Step::Key((*key).to_owned())))
    }

    /// The address of something that would stand below, with this node for its span.
    #[must_use]
    pub fn beyond(&self, steps: impl IntoIterator<Item = Step>) -> Self {
        let mut cursor = self.clone();
        cursor.path.0.extend(steps);
        cursor
    }

    /// An item that stands here.
    pub fn item(&self, key: impl Into<String>, fact: Fact<'t>) -> Item<'t> {
        let span = self.node.span();
        Item { key: key.into(), path: self.path.clone(), span: Some((span.start, span.end)), fact }
    }

    /// The node at the end of `steps`, or the last one on the way that exists, and whether it is
    /// the one asked for.
    pub fn locate(&self, steps: &[Step]) -> (Self, bool) {
        let mut here = self.clone();
        for step in steps {
            let next = match step {
                Step::Key(name) if here.node.kind() != Kind::List => here.entry_named(name),
                Step::Key(_) | Step::Item(_) | Step::Index(_) => {
                    here.items().into_iter().find(|item| item.path.0.last() == Some(step))
                }
            };
            let Some(next) = next else { return (here, false) };
            here = next;
        }
        (here, true)
    }

    fn entry_named(&self, name: &str) -> Option<Self> {
        let named = |(_, entry): &(&str, Self)| matches!(entry.path.0.last(), Some(Step::Key(key)) if key == name);
        self.entries().into_iter().find(named).map(|(_, entry)| entry)
    }

    fn step(&self, step: Step, seg: Seg<'t>, node: Node<'t>) -> Self {
        let mut path = Vec::with_capacity(self.path.0.len() + 1);
        path.extend_from_slice(&self.path.0);
        path.push(step);
        let mut segs = Vec::with_capacity(self.segs.len() + 1);
        segs.extend_from_slice(&self.segs);
        segs.push(seg);
        Self { node, path: Path(path), segs, dialect: self.dialect, kind: self.kind }
    }
}

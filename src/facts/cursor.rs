//! Walking a document while keeping the address of every step, members named as the diff does.

use std::cell::OnceCell;
use std::fmt::{self, Write as _};
use std::rc::Rc;

use smallvec::SmallVec;

use super::fact::Fact;
use super::kubernetes::{Object, Pod};
use super::members::Members;
use super::process::Process;
use super::settings::Names;
use super::{Item, compose};
use crate::dialect::schema::Seg;
use crate::dialect::{Dialect, Identity};
use crate::model::{Entry, Kind, Node, Path, Scalar, Step, Typing, numbers};

/// As many keys as most maps have.
const MOST_KEYS: usize = 16;

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
    /// Other files that its reader reads together with it.
    pub beside: &'t [Beside<'t>],
    /// What several views need of it.
    pub taken: Taken<'t>,
}

/// A file that is read together with a document of another one.
#[derive(Clone, Copy)]
pub struct Beside<'t> {
    /// Its path within its side.
    pub file: &'t str,
    /// The root of its document.
    pub root: Node<'t>,
}

/// What several views need of one document, each taken by the first that asks.
#[derive(Clone, Default)]
pub struct Taken<'t> {
    pub(super) owner: OnceCell<Rc<str>>,
    pub(super) names: OnceCell<Rc<Names<'t>>>,
    pub(super) objects: OnceCell<Rc<Vec<Object<'t>>>>,
    pub(super) pods: OnceCell<Rc<Vec<Pod<'t>>>>,
    pub(super) processes: OnceCell<Rc<Vec<Process<'t>>>>,
    pub(super) in_other_words: OnceCell<Rc<Vec<Process<'t>>>>,
}

impl<'t> Document<'t> {
    /// A cursor at the root.
    pub fn cursor(&self) -> Cursor<'t> {
        let root =
            Cursor { node: self.root, way: None, dialect: self.dialect, kind: &self.identity.kind };
        root.beyond(self.base.0.iter().cloned())
    }

    /// Whether its reader reads so much together with it that not all of it is taken into account.
    pub fn is_given_too_much(&self) -> bool {
        self.dialect.id() != "kubernetes"
            && self.root.get("services").is_some()
            && compose::is_given_too_much(self)
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
    way: Option<Rc<Way<'t>>>,
    pub(super) dialect: &'static dyn Dialect,
    /// The kind of its document.
    pub(super) kind: &'t str,
}

/// The last step of a way; those before it are shared with every other way through them, so that
/// a step costs the same at any depth.
struct Way<'t> {
    before: Option<Rc<Self>>,
    step: WayStep<'t>,
}

/// One step as a cursor takes it.
enum WayStep<'t> {
    /// To the value of a key that is written once.
    Key(&'t str),
    /// To the value of a key that is written several times, by which of them it is.
    Repeated(&'t str, u32),
    /// To a member of a list, by its place among them.
    Member(Rc<Members<'t>>, usize),
    /// To something outside of the document or absent from it: its schema knows no such step.
    Beyond(Box<Step>),
}

impl<'t> WayStep<'t> {
    fn step(&self) -> Step {
        match self {
            Self::Key(key) => Step::Key((*key).to_owned()),
            Self::Repeated(key, nth) => Step::Key(format!("{key}#{nth}")),
            Self::Member(members, index) => members.step(*index).clone(),
            Self::Beyond(step) => (**step).clone(),
        }
    }

    fn write(&self, out: &mut String) -> fmt::Result {
        match self {
            Self::Key(key) => Step::write_name(key, out),
            Self::Repeated(key, nth) => {
                Step::write_name(key, out)?;
                write!(out, "#{nth}")
            }
            Self::Member(members, index) => members.step(*index).write(out),
            Self::Beyond(step) => step.write(out),
        }
    }

    fn seg(&self) -> Option<Seg<'t>> {
        match self {
            Self::Key(key) | Self::Repeated(key, _) => Some(Seg::Key(key)),
            Self::Member(members, index) => Some(Seg::Item(members.short_name(*index))),
            Self::Beyond(_) => None,
        }
    }
}

impl<'t> Cursor<'t> {
    /// Where it stands, from the root of the outermost document.
    pub fn path(&self) -> Path {
        let mut steps: Vec<Step> = self.way().map(WayStep::step).collect();
        steps.reverse();
        Path(steps)
    }

    /// [`Self::path`], as it is written.
    pub fn pointer(&self) -> String {
        let steps: SmallVec<[&WayStep<'t>; 16]> = self.way().collect();
        let mut text = String::with_capacity(steps.len() * 16);
        // Writing to a text does not fail.
        let _ = steps.iter().rev().try_for_each(|step| step.write(&mut text));
        text
    }

    /// The way here as its schema sees it.
    pub(super) fn segs(&self) -> Vec<Seg<'t>> {
        let mut segs: Vec<Seg<'t>> = self.way().filter_map(WayStep::seg).collect();
        segs.reverse();
        segs
    }

    /// The keys on the way here, list members left out.
    pub fn keys(&self) -> Vec<&'t str> {
        let key = |step: &WayStep<'t>| match step {
            WayStep::Key(key) | WayStep::Repeated(key, _) => Some(*key),
            WayStep::Member(..) | WayStep::Beyond(_) => None,
        };
        let mut keys: Vec<&'t str> = self.way().filter_map(key).collect();
        keys.reverse();
        keys
    }

    /// The steps on the way here, the last first.
    fn way(&self) -> impl Iterator<Item = &WayStep<'t>> {
        let last = self.way.as_deref();
        std::iter::successors(last, |way| way.before.as_deref()).map(|way| &way.step)
    }

    fn step(&self, step: WayStep<'t>, node: Node<'t>) -> Self {
        let way = Some(Rc::new(Way { before: self.way.clone(), step }));
        Self { node, way, dialect: self.dialect, kind: self.kind }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<Self> {
        let entry = self.node.entry(key)?;
        Some(self.step(WayStep::Key(entry.key.text()), entry.value))
    }

    /// The value under a chain of keys.
    pub fn at(&self, keys: &[&str]) -> Option<Self> {
        // Most ways lead nowhere; then none of their steps is kept.
        self.node.at(keys)?;
        keys.iter().try_fold(self.clone(), |cursor, key| cursor.get(key))
    }

    /// The value of an entry whose key is written several times, by which of them it is, from 1.
    pub(super) fn entry(&self, key: &'t str, nth: usize, value: Node<'t>) -> Self {
        let nth = u32::try_from(nth).unwrap_or(u32::MAX);
        let step = if nth > 1 { WayStep::Repeated(key, nth) } else { WayStep::Key(key) };
        self.step(step, value)
    }

    /// Every entry of a map. Repeated keys are numbered from the second on: `key#2`.
    pub fn entries(&self) -> Vec<(&'t str, Self)> {
        let keys: SmallVec<[&str; MOST_KEYS]> =
            self.node.entries().map(|entry| entry.key.text()).collect();
        // Nothing where each is written once.
        let numbers = numbers(&keys).into_iter().chain(std::iter::repeat(1));
        let one = |(entry, nth): (Entry<'t>, usize)| {
            let key = entry.key.text();
            (key, self.entry(key, nth, entry.value))
        };
        self.node.entries().zip(numbers).map(one).collect()
    }

    /// Every member of a list, named as its schema says, else by position.
    pub fn items(&self) -> Vec<Self> {
        if self.node.kind() != Kind::List {
            return Vec::new();
        }
        let members = Rc::new(Members::of(self.clone()));
        let step = |(index, item)| self.step(WayStep::Member(Rc::clone(&members), index), item);
        self.node.items().enumerate().map(step).collect()
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
        let one = |cursor: Self, step| cursor.step(WayStep::Beyond(Box::new(step)), cursor.node);
        steps.into_iter().fold(self.clone(), one)
    }

    /// An item that stands here.
    pub fn item(&self, key: impl Into<String>, fact: impl Into<Rc<Fact<'t>>>) -> Item<'t> {
        let span = self.node.span();
        let span = Some((span.start, span.end));
        Item { name: Some(key.into()), place: self.clone(), span, fact: fact.into() }
    }

    /// An item that stands here and is told from others by its place.
    pub fn item_here(&self, fact: Fact<'t>) -> Item<'t> {
        Item { name: None, ..self.item("", fact) }
    }

    /// The node at the end of `steps`, or the last one on the way that exists, and whether it is
    /// the one asked for.
    pub fn locate(&self, steps: &[Step]) -> (Self, bool) {
        let mut here = self.clone();
        for step in steps {
            let members = match step {
                Step::Key(_) if here.node.kind() != Kind::List => {
                    here.entries().into_iter().map(|(_, entry)| entry).collect()
                }
                Step::Key(_) | Step::Item(_) | Step::Index(_) => here.items(),
            };
            let leads = |member: &Self| member.way().next().is_some_and(|way| way.step() == *step);
            let Some(next) = members.into_iter().find(leads) else { return (here, false) };
            here = next;
        }
        (here, true)
    }
}

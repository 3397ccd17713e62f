//! The members of one list, named only when somebody asks: most items of views are never written.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::cursor::Cursor;
use crate::dialect::naming::{list_kind, member_name, member_step, short_name};
use crate::dialect::schema::{At, ListKind};
use crate::model::{Node, Step, numbers};

/// The members of a list, as its schema tells them apart.
pub(super) struct Members<'t> {
    list: Cursor<'t>,
    nodes: OnceCell<Vec<Node<'t>>>,
    kind: OnceCell<Cow<'static, ListKind>>,
    steps: OnceCell<Vec<Step>>,
}

impl<'t> Members<'t> {
    pub(super) fn of(list: Cursor<'t>) -> Self {
        let (nodes, kind, steps) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { list, nodes, kind, steps }
    }

    /// The first naming value of a member, as schemas see it.
    pub(super) fn short_name(&self, index: usize) -> &'t str {
        self.nodes().get(index).map_or("", |item| short_name(self.kind(), *item))
    }

    /// The step to a member: by its name, numbered from the second of that name on, else by its
    /// position.
    pub(super) fn step(&self, index: usize) -> &Step {
        const NONE: &Step = &Step::Index(0);
        self.steps.get_or_init(|| self.steps()).get(index).unwrap_or(NONE)
    }

    fn nodes(&self) -> &[Node<'t>] {
        self.nodes.get_or_init(|| self.list.node.items().collect())
    }

    fn kind(&self) -> &ListKind {
        self.kind.get_or_init(|| {
            let at = At { kind: self.list.kind, path: &self.list.segs() };
            list_kind(self.list.dialect, at, &[self.list.node])
        })
    }

    fn steps(&self) -> Vec<Step> {
        let (kind, typing) = (self.kind(), self.list.dialect.typing());
        let names: Vec<Option<String>> =
            self.nodes().iter().map(|item| member_name(kind, *item, typing)).collect();
        let written: Vec<&str> = names.iter().flatten().map(String::as_str).collect();
        let mut numbers = numbers(&written).into_iter();
        let step = |(name, index): (Option<String>, u32)| {
            let Some(name) = name else { return Step::Index(index) };
            match numbers.next() {
                Some(nth) if nth > 1 => member_step(kind, format!("{name}#{nth}")),
                Some(_) | None => member_step(kind, name),
            }
        };
        names.into_iter().zip(0..).map(step).collect()
    }
}

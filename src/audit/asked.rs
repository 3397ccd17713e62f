//! Which views somebody asks for, and of which documents.

use std::collections::BTreeSet;

use super::documents::Part;
use super::evidence;
use crate::dialect;
use crate::facts::{Item, VIEWS, View};
use crate::rules::{Excluded, Guards, Rule, RuleSet};
use crate::trace;

/// What rules over a view are decided by besides its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Besides {
    /// Nothing.
    Nothing,
    /// What evidence is about, and since when.
    Standing,
    /// The time of the run: its items hold for a while.
    Time,
}

impl Besides {
    fn of(view: &View) -> Self {
        if evidence::is_view(view) {
            Self::Standing
        } else if TIMED.contains(&view.id) {
            Self::Time
        } else {
            Self::Nothing
        }
    }
}

/// A view that somebody asks for.
pub(super) struct Asked<'a> {
    pub(super) view: &'static View,
    /// Its place among all.
    pub(super) place: u16,
    pub(super) rules: &'a [Rule],
    /// Tells which of them are not about an item.
    guards: Guards,
    /// The place of the first of them among all rules.
    pub(super) first: usize,
    /// Whether the way of spans is made of it too.
    pub(super) is_traced: bool,
    /// What is heard besides its items.
    pub(super) besides: Besides,
    /// Whether its items are kept whole for that.
    pub(super) is_kept: bool,
    /// Whether documents may hold items of it, by the place of their dialect among all.
    suits: Vec<bool>,
}

/// A part of a document with its number, and the place of its dialect among all.
pub(super) type Placed<'s, 't> = (Option<usize>, usize, &'s Part<'t>);

impl Asked<'_> {
    /// Which of its rules an item is no subject of.
    pub(super) fn excluded(&self, item: &Item<'_>) -> Excluded {
        match self.besides {
            Besides::Nothing => self.guards.excluded(self.rules, &item.fact),
            // What is heard besides may decide whether a rule applies.
            Besides::Standing | Besides::Time => Excluded::default(),
        }
    }

    /// Whether documents of one of these dialects, by their places among all, may hold items of it.
    pub(super) fn suits_any(&self, dialects: &BTreeSet<usize>) -> bool {
        dialects.iter().any(|place| self.suits.get(*place) == Some(&true))
    }

    /// Those documents that may hold items of the view.
    pub(super) fn suiting<'p, 's, 't>(
        &self,
        parts: &'p [Placed<'s, 't>],
    ) -> impl Iterator<Item = (usize, &'s Part<'t>)> + use<'_, 'p, 's, 't> {
        let suits = |place: Option<usize>| self.suits.get(place?).copied();
        let suiting = parts.iter().filter(move |(place, ..)| suits(*place) == Some(true));
        suiting.map(|(_, number, part)| (*number, *part))
    }
}

/// Views whose items hold for a while.
const TIMED: [&str; 1] = ["tls.certificate"];

/// The views that a rule or the trace asks for.
pub(super) fn asked(rules: &RuleSet) -> Vec<Asked<'_>> {
    let asked = (0..).zip(VIEWS.iter()).map(|(place, view)| Asked {
        view,
        place,
        rules: rules.rules_for(view.id),
        guards: Guards::default(),
        first: rules.first_for(view.id),
        is_traced: trace::VIEWS.contains(&view.id),
        besides: Besides::of(view),
        is_kept: trace::is_kept(view.id),
        suits: dialect::all().map(|dialect| view.suits(dialect.id())).collect(),
    });
    asked.filter(|asked| asked.is_traced || !asked.rules.is_empty()).collect()
}

/// A part with its number, and the place of its dialect.
pub(super) fn placed<'s, 't>((number, part): (usize, &'s Part<'t>)) -> Placed<'s, 't> {
    let id = part.document.dialect.id();
    (dialect::all().position(|known| known.id() == id), number, part)
}

//! Views of plans of Terraform: what is going to be done, and what the resources are to be.
//!
//! A resource that stays or comes is a [`Planned`]: its attributes are those after the plan, and what is
//! known only once it is applied is unknown here.

pub(super) mod change;
pub(super) mod deploy;
pub(super) mod logs;
pub(super) mod opening;
pub(super) mod outside;
pub(super) mod protection;
pub(super) mod statement;

use super::Fact;
use super::cursor::{Cursor, Document};
use crate::model::Kind;

/// The dialect of plans.
const DIALECT: &[&str] = &["terraform"];

/// A resource of a plan.
pub(super) struct Planned<'t> {
    /// Its address.
    pub(super) address: &'t str,
    /// Its type; empty where the plan says none.
    pub(super) kind: &'t str,
    /// What is done to it.
    change: Cursor<'t>,
}

impl<'t> Planned<'t> {
    /// Every resource of a plan.
    fn all(document: &Document<'t>) -> Vec<Self> {
        let changes = document.cursor().get("resource_changes").map(|list| list.items());
        let one = |resource: Cursor<'t>| {
            let kind = resource.text(&["type"]).unwrap_or_default();
            Some(Self {
                address: resource.text(&["address"])?,
                kind,
                change: resource.get("change")?,
            })
        };
        changes.unwrap_or_default().into_iter().filter_map(one).collect()
    }

    /// Those that stay or come: what goes away is nothing after it.
    pub(super) fn kept(document: &Document<'t>) -> Vec<Self> {
        let mut all = Self::all(document);
        let is_map = |node: crate::model::Node<'_>| node.kind() == Kind::Map;
        all.retain(|planned| planned.change.node.get("after").is_some_and(is_map));
        all
    }

    /// What it is to be.
    pub(super) fn after(&self) -> Cursor<'t> {
        self.change.place(&["after"])
    }

    /// Where an attribute stands, or would: `encrypt_at_rest.0.enabled`.
    fn place(&self, attribute: &str) -> Cursor<'t> {
        let mut here = self.after();
        for key in attribute.split('.') {
            here = match key {
                "0" => here.items().into_iter().next().unwrap_or(here),
                _ => here.place(&[key]),
            };
        }
        here
    }

    /// What an attribute says; unknown where it is only known once the plan is applied.
    fn said(&self, attribute: &str) -> Option<Fact<'t>> {
        let found = at(&self.change.get("after")?, attribute).and_then(|one| one.fact());
        let open = || {
            let mut here = self.change.get("after_unknown")?;
            for key in attribute.split('.') {
                if here.node.text() == "true" {
                    break;
                }
                here = at(&here, key)?;
            }
            let reason = "it is known only once the plan is applied".to_owned();
            (here.node.text() == "true").then_some(Fact::Unknown(reason))
        };
        found.or_else(open)
    }
}

/// What stands at an attribute.
fn at<'t>(from: &Cursor<'t>, attribute: &str) -> Option<Cursor<'t>> {
    attribute.split('.').try_fold(from.clone(), |here, key| match key {
        "0" => here.items().into_iter().next(),
        _ => here.get(key),
    })
}

//! What follows from a document that goes by another name, or stands in another namespace.
//!
//! A difference follows where green's text is blue's with the old name written as the new one, and
//! where both are the last part of these names in the document itself: `cart` of `shop-cart`. Never who
//! is allowed what, and never which image runs.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};

use super::{Group, whole_texts};
use crate::model::{Cause, Change, Edit, Explanation, Pair, Path, ResourceId, Step};
use crate::policy::ColourMap;

/// Keys at and below which nothing is folded.
const APART: [&str; 6] = ["aggregationRule", "image", "images", "roleRef", "rules", "subjects"];

/// Names that documents of blue have no more, each with what they are called in green.
pub(super) struct Names<'c> {
    /// By resource.
    own: BTreeMap<&'c ResourceId, Name<'c>>,
    /// By blue's name; nothing where it became several.
    all: BTreeMap<&'c str, Option<&'c str>>,
    finder: Option<AhoCorasick>,
    /// The first document that only moved from one namespace to another.
    moved: BTreeMap<Pair<&'c str>, &'c ResourceId>,
    /// What containers are called, by resource.
    containers: BTreeSet<(&'c ResourceId, Pair<&'c str>)>,
}

/// How a document is called.
#[derive(Clone, Copy)]
struct Name<'c> {
    names: Pair<&'c str>,
    scopes: Pair<&'c str>,
}

impl<'c> Names<'c> {
    /// Takes the names that changed.
    pub(super) fn of(changes: &'c [Change], colours: &ColourMap) -> Self {
        let coloured = |mut one: Name<'c>| {
            // What only changes its colour is the same name.
            if colours.turns_into(one.names.blue, one.names.green) {
                one.names.blue = one.names.green;
            }
            one
        };
        let known = |one: &'c Change| Some((&one.at.resource, coloured(name(one)?)));
        let own: BTreeMap<&ResourceId, Name<'c>> = changes.iter().filter_map(known).collect();
        let mut moved = BTreeMap::new();
        for (resource, one) in own.iter().filter(|(_, one)| one.names.blue == one.names.green) {
            moved.entry(one.scopes).or_insert(*resource);
        }
        let mut all: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        for Name { names: Pair { blue, green }, .. } in own.values() {
            let known = all.entry(*blue).or_insert(Some(*green));
            *known = known.filter(|known| known == green);
        }
        all.retain(|blue, green| *green != Some(*blue));
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::LeftmostLongest);
        let finder = builder.build(all.keys()).ok().filter(|_| !all.is_empty());
        let container = |one: &'c Change| Some((&one.at.resource, container(one)?));
        let containers = changes.iter().filter_map(container).collect();
        Self { own, all, finder, moved, containers }
    }

    /// The group of a document that goes by another name. Those that only stand in another namespace are
    /// one, which the first of them tells.
    pub(super) fn root(&self, change: &Change) -> Option<Cause> {
        name(change)?;
        let Name { names, scopes } = *self.own.get(&change.at.resource)?;
        if names.blue != names.green {
            return Some(Cause { group: named(names).name, follows: None });
        }
        let first = self.moved.get(&scopes)?;
        let group = Group::of("namespace", "", &scopes.map(str::to_owned));
        let follows = (*first != &change.at.resource).then_some(group.cause);
        Some(Cause { group: group.name, follows })
    }

    /// From which name a difference follows.
    pub(super) fn followed(&self, change: &Change) -> Option<Cause> {
        let texts = whole_texts(change).filter(|_| !is_apart(&change.at.path))?;
        let names = self.last_part(change, texts).or_else(|| self.written(texts))?;
        let group = named(names);
        Some(Cause { group: group.name, follows: Some(group.cause) })
    }

    /// The names of the document itself, where both texts are their last part.
    fn last_part(&self, change: &Change, texts: Pair<&str>) -> Option<Pair<&'c str>> {
        let names = self.own.get(&change.at.resource)?.names;
        are_last(names, texts).then_some(names)
    }

    /// Whether both texts, each behind a `-`, are what a container of a document is called, or the last part
    /// of its own names.
    pub(super) fn are_last_parts(&self, resource: &'c ResourceId, texts: Pair<&'c str>) -> bool {
        let strip = |text: &'c str| text.strip_prefix('-').filter(|rest| !rest.is_empty());
        let Some(texts) = texts.map(strip).both() else { return false };
        let own = self.own.get(resource);
        self.containers.contains(&(resource, texts))
            || own.is_some_and(|own| are_last(own.names, texts))
    }

    /// The one name that makes blue's text green's, written as the new one wherever it stands.
    fn written(&self, texts: Pair<&str>) -> Option<Pair<&'c str>> {
        let in_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        let (mut out, mut done, mut first) = (String::new(), 0, None);
        for found in self.finder.as_ref()?.find_iter(texts.blue) {
            let before = texts.blue.get(..found.start())?.chars().next_back();
            let after = texts.blue.get(found.end()..)?.chars().next();
            if before.is_some_and(in_name) || after.is_some_and(in_name) {
                continue;
            }
            let (blue, green) = self.all.get_key_value(texts.blue.get(found.range())?)?;
            let names = Pair::new(*blue, (*green)?);
            if *first.get_or_insert(names) != names {
                return None;
            }
            out.push_str(texts.blue.get(done..found.start())?);
            out.push_str(names.green);
            done = found.end();
        }
        out.push_str(texts.blue.get(done..)?);
        first.filter(|_| out == texts.green)
    }
}

/// What a document is called that nothing declares to go by another name.
fn name(change: &Change) -> Option<Name<'_>> {
    let is_name = change.at.path == Path::ROOT
        && change.edit == Edit::Replaced
        && change.explanation == Explanation::Unexplained;
    let values = Pair::new(change.values.blue.as_ref()?, change.values.green.as_ref()?);
    let parts = values.map(|shown| {
        let (kind, name) = shown.0.strip_prefix("k8s:")?.rsplit_once('/')?;
        // A namespace stands between the kind, which is in capitals, and the name.
        let scope = kind.rsplit_once('/').map_or("", |(_, last)| last);
        let scope = if scope.starts_with(|c: char| c.is_ascii_uppercase()) { "" } else { scope };
        Some((scope, name))
    });
    let parts = parts.both().filter(|_| is_name)?;
    Some(Name { names: parts.map(|(_, name)| name), scopes: parts.map(|(scope, _)| scope) })
}

/// What a container is called that goes by another name.
fn container(change: &Change) -> Option<Pair<&str>> {
    let [.., Step::Key(list), Step::Item(_), Step::Key(name)] = change.at.path.0.as_slice() else {
        return None;
    };
    let is_name = name == "name" && ["containers", "initContainers"].contains(&list.as_str());
    whole_texts(change).filter(|_| is_name)
}

/// Whether both texts are the last part of names that differ: `cart` of `shop-cart`.
fn are_last(names: Pair<&str>, texts: Pair<&str>) -> bool {
    let is_last = |(name, text): (&str, &str)| {
        name.strip_suffix(text).is_some_and(|rest| rest.is_empty() || rest.ends_with('-'))
    };
    names.blue != names.green && names.zip(texts).map(is_last) == Pair::new(true, true)
}

fn named(names: Pair<&str>) -> Group {
    Group::of("name", "", &names.map(str::to_owned))
}

fn is_apart(path: &Path) -> bool {
    path.0.iter().any(|step| matches!(step, Step::Key(key) if APART.contains(&key.as_str())))
}

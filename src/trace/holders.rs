//! Who holds the settings of processes, with what their `ConfigMap`s add.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::facts::Settings;
use super::graph::Graph;
use super::index::{Hashes, hash};

/// Settings by who holds them, by their places among all. Of several in one file the last counts.
pub(super) struct Holders {
    /// Who holds each: `deployment/pay/app`.
    names: Vec<String>,
    /// By namespace, holder and file.
    held: Hashes,
    /// Those that do not count: others of the same holder and file come after them.
    replaced: BTreeSet<usize>,
    /// By namespace and owner.
    owned: Hashes,
}

impl Holders {
    fn of(graph: &Graph<'_>) -> Self {
        let all = || graph.settings.iter().enumerate();
        let name = |settings: &&Settings| match settings.process.as_str() {
            "" => settings.owner.clone(),
            process => format!("{}/{process}", settings.owner),
        };
        let names: Vec<String> = graph.settings.iter().map(name).collect();
        let held = all().zip(&names).map(|((index, settings), name)| {
            let file = settings.file().unwrap_or_default();
            (hash(&[&settings.namespace, name, file]), index)
        });
        let held: Hashes = held.collect();
        let of = |index: usize| {
            let own = graph.settings.get(index)?;
            Some((&own.namespace, names.get(index)?, own.file().unwrap_or_default()))
        };
        let mut replaced = BTreeSet::new();
        for places in held.shared() {
            let mut seen = BTreeSet::new();
            replaced.extend(places.into_iter().rev().filter(|index| !seen.insert(of(*index))));
        }
        let held = held.without(&replaced);
        let owned =
            all().map(|(index, own)| (hash(&[&own.namespace, &own.owner]), index)).collect();
        Self { names, held, replaced, owned }
    }
}

impl Graph<'_> {
    fn holders(&self) -> &Holders {
        self.holders.get_or_init(|| Holders::of(self))
    }

    /// The settings that somebody holds in a file.
    pub(super) fn settings_in(
        &self,
        (namespace, holder): (&str, &str),
        file: &str,
    ) -> Option<&Settings> {
        let holders = self.holders();
        let is_it = |index: &usize| {
            let name = holders.names.get(*index);
            let is_holder = name.is_some_and(|name| name == holder);
            self.settings.get(*index).is_some_and(|own| {
                is_holder && own.namespace == namespace && own.file().unwrap_or_default() == file
            })
        };
        self.told(holders.held.get(hash(&[namespace, holder, file])).find(is_it)?)
    }

    /// The settings of an owner's processes, in the order of these and of the files.
    pub(super) fn settings_by(&self, (namespace, owner): (&str, &str)) -> Vec<&Settings> {
        let holders = self.holders();
        let is_it = |index: &usize| {
            let own = self.settings.get(*index);
            own.is_some_and(|own| own.namespace == namespace && own.owner == owner)
                && !holders.replaced.contains(index)
        };
        let found = holders.owned.get(hash(&[namespace, owner])).filter(is_it);
        let mut found: Vec<usize> = found.collect();
        found.sort_by_key(|index| {
            (holders.names.get(*index), self.settings.get(*index).and_then(|own| own.file()))
        });
        found.into_iter().filter_map(|index| self.told(index)).collect()
    }

    /// The settings of every holder.
    pub(super) fn all_held(&self) -> impl Iterator<Item = &Settings> {
        let replaced = &self.holders().replaced;
        let all = (0..self.settings.len()).filter(|index| !replaced.contains(index));
        all.filter_map(|index| self.told(index))
    }

    /// Settings by their place among all, with what `ConfigMap`s add.
    pub(super) fn told(&self, index: usize) -> Option<&Settings> {
        let all = self.told.get_or_init(|| {
            let told = |own: &&Settings| match self.with_held(Cow::Borrowed(*own)) {
                Cow::Borrowed(_) => None,
                Cow::Owned(told) => Some(Box::new(told)),
            };
            self.settings.iter().map(told).collect()
        });
        let told = all.get(index).and_then(|told| told.as_deref());
        told.or_else(|| self.settings.get(index).copied())
    }
}

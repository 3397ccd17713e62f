//! All rules of a run, by view.

use std::collections::BTreeMap;
use std::ops::Range;

use super::pack::{Pack, Reading, ViewShape, load_all};
use super::rule::Rule;
use crate::model::{PackRecord, RuleId};
use crate::policy::strict::ConfigError;

/// The rules of several packs, ready to judge.
#[derive(Debug, Clone)]
pub struct RuleSet {
    packs: Vec<PackRecord>,
    /// By view, then by id.
    rules: Vec<Rule>,
    views: BTreeMap<String, Range<usize>>,
}

impl RuleSet {
    /// Loads packs, given as file name and text.
    ///
    /// # Errors
    ///
    /// Every mistake in every pack, and ids used twice.
    pub fn load(packs: &[(&str, &str)], views: &[ViewShape<'_>]) -> Result<Self, Vec<ConfigError>> {
        Self::read(packs, views, Reading::Whole)
    }

    pub(super) fn read(
        packs: &[(&str, &str)],
        views: &[ViewShape<'_>],
        reading: Reading,
    ) -> Result<Self, Vec<ConfigError>> {
        let mut errors = Vec::new();
        let mut loaded = Vec::new();
        for result in load_all(packs, views, reading) {
            match result {
                Ok(pack) => loaded.push(pack),
                Err(found) => errors.extend(found),
            }
        }
        if errors.is_empty() { Self::of(loaded) } else { Err(errors) }
    }

    /// The rules of loaded packs.
    ///
    /// # Errors
    ///
    /// Ids of packs and rules used twice.
    pub fn of(packs: Vec<Pack>) -> Result<Self, Vec<ConfigError>> {
        let mut errors = Vec::new();
        let mut summaries: Vec<PackRecord> = Vec::new();
        let mut rules: Vec<Rule> = Vec::new();
        for pack in packs {
            if summaries.iter().any(|other| other.id == pack.id) {
                errors.push(ConfigError {
                    file: pack.file.clone(),
                    line: 1,
                    column: 1,
                    message: format!("pack `{}` is loaded twice: give one another id", pack.id),
                });
            }
            summaries.push(PackRecord {
                id: pack.id,
                version: pack.version,
                digest: pack.digest,
                rules: pack.rules.len() as u64,
            });
            rules.extend(pack.rules);
        }
        summaries.sort_by(|a, b| a.id.cmp(&b.id));
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        for (first, second) in rules.iter().zip(rules.iter().skip(1)) {
            if first.id == second.id {
                errors.push(second.origin.error(format!(
                    "rule {} exists already, at {}:{}: give this one another id",
                    second.id, first.origin.file, first.origin.line
                )));
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        rules.sort_by(|a, b| (&a.select.view, &a.id).cmp(&(&b.select.view, &b.id)));
        let mut views: BTreeMap<String, Range<usize>> = BTreeMap::new();
        for (index, rule) in rules.iter().enumerate() {
            views.entry(rule.select.view.clone()).or_insert(index..index).end = index + 1;
        }
        Ok(Self { packs: summaries, rules, views })
    }

    /// The rules over a view, by id.
    pub fn rules_for(&self, view: &str) -> &[Rule] {
        self.views.get(view).and_then(|range| self.rules.get(range.clone())).unwrap_or_default()
    }

    /// The place of the first of them among [`Self::rules`].
    pub fn first_for(&self, view: &str) -> usize {
        self.views.get(view).map_or(0, |range| range.start)
    }

    /// Every rule, by view, then by id.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Finds a rule.
    pub fn rule(&self, id: &RuleId) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == *id)
    }

    /// The packs, by id.
    pub fn packs(&self) -> &[PackRecord] {
        &self.packs
    }
}

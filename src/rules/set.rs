//! All rules of a run, by view.

use std::collections::BTreeMap;
use std::ops::Range;

use super::pack::{Pack, Reading, ViewShape, load_all};
use super::rego::Policy;
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
    policies: Vec<Policy>,
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
        let parts = packs.into_iter().map(|pack| {
            let record = PackRecord {
                id: pack.id,
                version: pack.version,
                digest: pack.digest,
                rules: pack.rules.len() as u64,
            };
            (pack.file, record, pack.rules)
        });
        Self::joined(parts.collect(), Vec::new())
    }

    /// These rules and those of policies in Rego.
    ///
    /// # Errors
    ///
    /// Ids of packs and rules used twice.
    pub fn with(self, mut policies: Vec<Policy>) -> Result<Self, Vec<ConfigError>> {
        if policies.is_empty() {
            return Ok(self);
        }
        // Which of its packs a rule came with makes no difference here.
        let mut rules = Some(self.rules);
        let packs = self.packs.into_iter();
        let mut parts: Vec<_> =
            packs.map(|record| (String::new(), record, rules.take().unwrap_or_default())).collect();
        for policy in &mut policies {
            let rules = policy.take_rules();
            parts.push((policy.pack().id.clone(), policy.pack().clone(), rules));
        }
        Self::joined(parts, policies)
    }

    /// Files, what is recorded of them, and their rules.
    fn joined(
        parts: Vec<(String, PackRecord, Vec<Rule>)>,
        policies: Vec<Policy>,
    ) -> Result<Self, Vec<ConfigError>> {
        let mut errors = Vec::new();
        let mut summaries: Vec<PackRecord> = Vec::new();
        let mut rules: Vec<Rule> = Vec::new();
        for (file, record, own) in parts {
            if summaries.iter().any(|other| other.id == record.id) {
                errors.push(ConfigError {
                    file,
                    line: 1,
                    column: 1,
                    message: format!("pack `{}` is loaded twice: give one another id", record.id),
                });
            }
            summaries.push(record);
            rules.extend(own);
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
        Ok(Self { packs: summaries, rules, views, policies })
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

    /// Every rule, to be changed.
    pub(super) fn rules_mut(&mut self) -> &mut [Rule] {
        &mut self.rules
    }

    /// Finds a rule.
    pub fn rule(&self, id: &RuleId) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == *id)
    }

    /// The policies in Rego among them.
    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// The packs, by id.
    pub fn packs(&self) -> &[PackRecord] {
        &self.packs
    }
}

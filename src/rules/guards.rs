//! Which rules over a view are not about an item, told by one text of it.
//!
//! Of fourteen rules over environment variables, nearly all begin with what the variable is called,
//! and there are few names. So what a name excludes is found once, and kept.

use std::collections::BTreeMap;
use std::sync::{OnceLock, RwLock};

use super::expr::{Guard, Program};
use super::rule::{Kind, Rule};
use crate::facts::Fact;
use crate::model::Pair;

/// Most texts that are kept, and the longest of them: what follows is judged rule by rule.
const TEXTS_MAX: usize = 1 << 14;
const LENGTH_MAX: usize = 128;

/// What tells which of the rules over one view are not about an item.
#[derive(Debug, Default)]
pub struct Guards {
    /// Made when the first item comes, as rules are compiled then.
    table: OnceLock<Option<Table>>,
}

/// The guards of all rules that read one field, the one that most of them read.
#[derive(Debug)]
struct Table {
    field: String,
    /// Each with the place of its rule and what that is given.
    guards: Vec<(u32, Fact<'static>, Guard)>,
    known: RwLock<BTreeMap<String, Excluded>>,
}

/// The rules that an item is no subject of, a bit each by their place among those of the view: as the
/// first of two items, or the only one, and as the second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Excluded {
    first: u64,
    second: u64,
}

impl Excluded {
    /// Whether a rule does not apply to these items; `place` is its own among those of the view.
    pub fn holds(of: Pair<Option<Self>>, rule: &Rule, place: usize) -> bool {
        let has = |bits: u64| {
            u32::try_from(place).is_ok_and(|at| bits.checked_shr(at).unwrap_or(0) & 1 == 1)
        };
        let first = |one: Self| has(one.first);
        match rule.kind {
            Kind::Pair => of.blue.is_some_and(first) || of.green.is_some_and(|one| has(one.second)),
            // Where both sides are judged, both must be excluded.
            Kind::Posture | Kind::Regression | Kind::Cross | Kind::Evidence => {
                of.blue.is_none_or(first) && of.green.is_none_or(first)
            }
        }
    }
}

impl Guards {
    /// Which of the rules over its view an item is no subject of. Of others it is not said that they
    /// apply.
    pub fn excluded(&self, rules: &[Rule], item: &Fact<'_>) -> Excluded {
        let Some(table) = self.table.get_or_init(|| Table::of(rules)) else {
            return Excluded::default();
        };
        match item.get(&table.field) {
            Some(Fact::Text(text)) => table.excluded(text),
            Some(
                Fact::Bool(_)
                | Fact::Number(_)
                | Fact::Secret(_)
                | Fact::Unknown(_)
                | Fact::List(_)
                | Fact::Map(_),
            )
            | None => Excluded::default(),
        }
    }
}

impl Table {
    fn of(rules: &[Rule]) -> Option<Self> {
        let mut fields: BTreeMap<String, Vec<(u32, Fact<'static>, Guard)>> = BTreeMap::new();
        for (place, rule) in (0..u64::BITS).zip(rules) {
            let condition = rule.condition().ok().flatten();
            let items = if rule.kind == Kind::Pair { 1..=2 } else { 1..=1 };
            let guards = condition.into_iter().flat_map(Program::guards);
            for guard in guards.filter(|guard| items.contains(&guard.slot)) {
                let own = fields.entry(guard.field.clone()).or_default();
                own.push((place, rule.params.clone(), guard));
            }
        }
        let (field, guards) = fields.into_iter().max_by_key(|(_, guards)| guards.len())?;
        (guards.len() > 1).then(|| Self { field, guards, known: RwLock::default() })
    }

    fn excluded(&self, text: &str) -> Excluded {
        if text.len() > LENGTH_MAX {
            return Excluded::default();
        }
        if let Ok(known) = self.known.read()
            && let Some(excluded) = known.get(text)
        {
            return *excluded;
        }
        let mut excluded = Excluded::default();
        for (place, params, guard) in &self.guards {
            if guard.excludes(params, text) {
                let bits = if guard.slot == 1 { &mut excluded.first } else { &mut excluded.second };
                *bits |= 1 << place;
            }
        }
        if let Ok(mut known) = self.known.write()
            && known.len() < TEXTS_MAX
        {
            known.insert(text.to_owned(), excluded);
        }
        excluded
    }
}

#[cfg(test)]
mod tests {
    use super::super::judge::Outcome;
    use super::super::testing::Given;
    use super::super::{built_in, judge, judge_pair};
    use super::*;

    /// Every item that a test of a rule gives, by view.
    fn items(rules: &[Rule]) -> Vec<Fact<'static>> {
        let given = rules.iter().flat_map(|rule| &rule.examples).map(|example| &example.given);
        let all = given.flat_map(|given| match given {
            Given::Items(items) => items.clone(),
            Given::Sides { blue, green } => blue.iter().chain(green).cloned().collect(),
        });
        all.collect()
    }

    #[test]
    fn a_rule_says_of_what_its_guard_excludes_that_it_does_not_apply() {
        let set = built_in().unwrap();
        let (nothing, no_run) = (Fact::List(Vec::new()), Fact::Map(Vec::new()));
        let mut excluded = BTreeMap::new();
        let views: std::collections::BTreeSet<&str> =
            set.rules().iter().map(|rule| rule.select.view.as_str()).collect();
        for view in views {
            let (rules, guards) = (set.rules_for(view), Guards::default());
            let items = items(rules);
            let known: Vec<Excluded> = items.iter().map(|it| guards.excluded(rules, it)).collect();
            for (place, rule) in rules.iter().enumerate() {
                for (a, first) in items.iter().zip(&known) {
                    // One side at a time, then with every other item beside it.
                    let others =
                        items.iter().zip(&known).map(|(b, second)| (Some(b), Some(*second)));
                    for (b, second) in others.chain([(None, None)]) {
                        let both = Pair::new(Some(*first), second);
                        if !Excluded::holds(both, rule, place) {
                            continue;
                        }
                        *excluded.entry(view).or_insert(0) += 1;
                        let outcomes = if rule.kind.compares() {
                            vec![judge_pair(rule, Some(a), b)]
                        } else {
                            let one = |it| judge(rule, it, &nothing, &no_run);
                            [Some(a), b].into_iter().flatten().map(one).collect()
                        };
                        assert!(
                            outcomes.iter().all(|outcome| *outcome == Outcome::NotApplicable),
                            "{}: {a:?} and {b:?}: {outcomes:?}",
                            rule.id
                        );
                    }
                }
            }
        }
        assert!(excluded.contains_key("env.var") && excluded.len() > 3, "{excluded:?}");
    }
}

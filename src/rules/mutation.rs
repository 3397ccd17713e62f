//! Whether the tests of a rule would notice a mistake in it.
//!
//! A mutant is the rule with one mistake in what it decides: in `when`, a `let`, `assert` or
//! `measure`. It is killed by a test that then comes out otherwise. What a mutant may be is said in
//! `expr/mutate.rs`; wording, severity and places are no part of it.

use std::fmt;

use super::expr::Program;
use super::rule::{Cardinality, Code, Deferred, Kind, Rule, Test, Worse};
use super::testing::passes;
use crate::model::RuleId;

/// A rule with a mistake, and whether a test noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutation {
    /// The rule.
    pub rule: RuleId,
    /// What was changed, in which clause.
    pub change: String,
    /// The first test that noticed.
    pub killed_by: Option<String>,
}

/// Of a hundred mutants, how many the tests of packs should kill at least.
pub const KILLED_MIN: u64 = 90;

/// How many mutants there were, and how many of them were killed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kills {
    /// All of them.
    pub made: u64,
    /// Those that a test noticed.
    pub killed: u64,
}

impl Kills {
    /// Counts mutants.
    pub fn of(mutations: &[Mutation]) -> Self {
        let mut kills = Self::default();
        for mutation in mutations {
            kills.add(Self { made: 1, killed: u64::from(mutation.killed_by.is_some()) });
        }
        kills
    }

    /// Counts those of others too.
    pub const fn add(&mut self, other: Self) {
        self.made = self.made.saturating_add(other.made);
        self.killed = self.killed.saturating_add(other.killed);
    }

    /// Killed ones of a hundred, rounded down; none of none are all.
    pub const fn percent(self) -> u64 {
        self.per(100)
    }

    const fn per(self, whole: u64) -> u64 {
        match self.killed.saturating_mul(whole).checked_div(self.made) {
            Some(part) => part,
            None => whole,
        }
    }
}

impl fmt::Display for Kills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = self.per(1000);
        write!(f, "{} of {} noticed, {}.{} %", self.killed, self.made, rate / 10, rate % 10)
    }
}

/// Every mutant of a rule, in the order of its clauses. The tests of the rule itself must pass.
pub fn mutations(rule: &Rule) -> Vec<Mutation> {
    mutants(rule)
        .into_iter()
        .map(|(mutant, change)| {
            let noticed = rule.examples.iter().find(|example| !passes(&mutant, example));
            let killed_by = noticed.map(|example| example.name.clone());
            Mutation { rule: rule.id.clone(), change, killed_by }
        })
        .collect()
}

fn mutants(rule: &Rule) -> Vec<(Rule, String)> {
    let Ok(code) = rule.code() else { return Vec::new() };
    let mut bare = rule.clone();
    bare.examples.clear();
    let mut found = Vec::new();
    if rule.select.cardinality == Cardinality::AtLeastOne {
        let mut mutant = bare.clone();
        mutant.select.cardinality = Cardinality::Any;
        found.push((mutant, "select: none is no longer a failure".to_owned()));
    }
    for (code, change) in codes(rule, &code) {
        found.push((Rule { code: Deferred::of(code, None), ..bare.clone() }, change));
    }
    found
}

/// What a rule does, with one mistake each.
fn codes(rule: &Rule, code: &Code) -> Vec<(Code, String)> {
    let mut found = Vec::new();
    let mut names = variables(rule.kind);
    let put = |found: &mut Vec<(Code, String)>, change: String, make: &dyn Fn(&mut Code)| {
        let mut mutant = code.clone();
        make(&mut mutant);
        found.push((mutant, change));
    };
    let of = |program: &Program, clause: &str, names: &[String]| {
        let decides = matches!(clause, "when" | "assert");
        let mutants = program.mutants(names, &rule.params, decides).into_iter();
        let clause = clause.to_owned();
        mutants.map(move |mutant| (mutant.program, format!("{clause}: {}", mutant.change)))
    };
    if let Some(when) = &code.when {
        put(&mut found, "when: left out".to_owned(), &|mutant| mutant.when = None);
        for (other, change) in of(when, "when", &names) {
            put(&mut found, change, &|mutant| mutant.when = Some(other.clone()));
        }
    }
    for (index, (name, program)) in code.body.lets.iter().enumerate() {
        for (other, change) in of(program, &format!("let {name}"), &names) {
            put(&mut found, change, &|mutant| {
                if let Some((_, place)) = mutant.body.lets.get_mut(index) {
                    *place = other.clone();
                }
            });
        }
        names.push(name.clone());
    }
    match &code.body.test {
        Test::Assert(program) => {
            for (other, change) in of(program, "assert", &names) {
                put(&mut found, change, &|mutant| mutant.body.test = Test::Assert(other.clone()));
            }
        }
        Test::Measure { program, worse, tolerance } => {
            let turned = match worse {
                Worse::Lower => Worse::Higher,
                Worse::Higher => Worse::Lower,
            };
            let mut measure = |program: &Program, worse, tolerance, change: String| {
                put(&mut found, change, &|mutant| {
                    mutant.body.test = Test::Measure { program: program.clone(), worse, tolerance };
                });
            };
            measure(program, turned, *tolerance, "worse: the other direction".to_owned());
            measure(program, *worse, tolerance + 1.0, "tolerance: more by 1".to_owned());
            for (other, change) in of(program, "measure", &names) {
                measure(&other, *worse, *tolerance, change);
            }
        }
    }
    found
}

/// The variables before the `let`s, by slot.
fn variables(kind: Kind) -> Vec<String> {
    let names: &[&str] = match kind {
        Kind::Posture | Kind::Cross | Kind::Evidence => &["params", "it", "docs", "run"],
        Kind::Pair => &["params", "b", "g", "change"],
        Kind::Regression => &["params", "it", "blue", "green"],
    };
    names.iter().map(|name| (*name).to_owned()).collect()
}

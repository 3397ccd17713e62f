//! Running the tests that stand in packs.

use std::borrow::Cow;

use super::judge::{Outcome, judge, judge_absence, judge_pair};
use super::rule::Rule;
use crate::facts::Fact;
use crate::model::RuleId;

/// What a test of a pack found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    /// The rule under test.
    pub rule: RuleId,
    /// The test.
    pub name: String,
    /// What the rule said.
    pub outcome: Outcome,
    /// What it should have said instead, if the test failed.
    pub failure: Option<String>,
}

/// A test, ready to run.
#[derive(Debug, Clone)]
pub(super) struct Example {
    pub(super) name: String,
    pub(super) given: Given,
    pub(super) docs: Fact<'static>,
    pub(super) run: Fact<'static>,
    /// Parameters instead of the rule's.
    pub(super) params: Vec<(String, Fact<'static>)>,
    /// One of [`EXPECTATIONS`].
    pub(super) expect: &'static str,
    pub(super) contains: Option<String>,
    pub(super) lacks: Option<String>,
}

/// What a rule is tested on.
#[derive(Debug, Clone)]
pub(super) enum Given {
    Items(Vec<Fact<'static>>),
    Sides { blue: Option<Fact<'static>>, green: Option<Fact<'static>> },
}

/// The names of outcomes, as [`Outcome::name`].
pub(super) const EXPECTATIONS: [&str; 5] = ["pass", "fail", "na", "unknown", "error"];

/// Runs every test of a rule, in the order they are written.
pub fn run(rule: &Rule) -> Vec<TestResult> {
    rule.examples.iter().map(|example| run_one(rule, example)).collect()
}

/// Whether a rule does what a test expects of it.
pub(super) fn passes(rule: &Rule, example: &Example) -> bool {
    run_one(rule, example).failure.is_none()
}

fn run_one(rule: &Rule, example: &Example) -> TestResult {
    let rule = &with_params(rule, &example.params);
    let outcome = match &example.given {
        Given::Items(items) => items
            .iter()
            .map(|it| judge(rule, it, &example.docs, &example.run))
            .min_by_key(weight)
            .unwrap_or_else(|| judge_absence(rule)),
        Given::Sides { blue, green } => judge_pair(rule, blue.as_ref(), green.as_ref()),
    };
    let text = outcome.text();
    let lacking = example.contains.as_ref().filter(|part| !text.contains(*part));
    let present = example.lacks.as_ref().filter(|part| text.contains(*part));
    let failure = if outcome.name() == example.expect {
        let lacking = lacking.map(|part| format!("expected a message with `{part}`, got: {text}"));
        lacking.or(present.map(|part| format!("expected a message without `{part}`, got: {text}")))
    } else {
        Some(format!("expected {}, got {}: {text}", example.expect, outcome.name()))
    };
    let (rule, name) = (rule.id.clone(), example.name.clone());
    TestResult { rule, name, outcome, failure }
}

/// The rule with the parameters of a test.
fn with_params<'r>(rule: &'r Rule, params: &[(String, Fact<'static>)]) -> Cow<'r, Rule> {
    if params.is_empty() {
        return Cow::Borrowed(rule);
    }
    let mut rule = rule.clone();
    if let Fact::Map(known) = &mut rule.params {
        for (name, value) in params {
            known.retain(|(key, _)| key != name);
            known.push((name.clone().into(), value.clone()));
        }
    }
    Cow::Owned(rule)
}

/// Of several items, the one that speaks for all.
const fn weight(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Fail { .. } => 0,
        Outcome::Error { .. } => 1,
        Outcome::Unknown { .. } => 2,
        Outcome::Pass => 3,
        Outcome::NotApplicable => 4,
    }
}

//! Colour pairs and allowances that would explain what nothing explains, as text to review.
//!
//! Nothing inferred is applied: an inferred pair could hide an attacker's consistent change. A
//! suggested allowance has neither reason nor owner, and is refused until a person gives both.
//! Nothing is suggested for a value of green that names blue: that is to be fixed, not declared.
//! Secrets are never written down.

mod allowances;
mod first;
mod pairs;
mod written;

pub use first::first;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Config, Policy};
use crate::model::{Pair, Side, Timestamp};
use crate::wire::report::{Change, Explanation};
use written::after;
pub(super) use written::quoted;

/// How many allowances are suggested.
const ALLOWANCES_MAX: usize = 500;

/// How many differences a comment names.
const NAMED_MAX: usize = 3;

/// Days from the audit to the review of what was declared.
const REVIEW_DAYS: i64 = 90;

/// What stands where a person has to write something.
const REASON: &str = "reason = \"\"";
const OWNER: &str = "owner = \"\"";

/// What would explain differences.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suggestions {
    /// Pairs of the colour map, those with most support first.
    pub pairs: Vec<PairSuggestion>,
    /// Allowances, those with most support first.
    pub allowances: Vec<AllowanceSuggestion>,
    /// How many differences nothing explains.
    pub unexplained: u64,
    /// How many of them name the other side, so that nothing is suggested for them.
    pub bleeding: u64,
    /// How many of them no record speaks of: none can, or there are too many.
    pub unspeakable: u64,
}

/// A further pair of the colour map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairSuggestion {
    /// The text of each side.
    pub texts: Pair<String>,
    /// The differences it would explain.
    pub explains: Vec<Named>,
    /// The documents it would join that each side alone seems to have.
    pub joins: Vec<Named>,
}

/// An allowance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowanceSuggestion {
    /// Its record, without the table's head.
    record: String,
    /// The differences it would explain, those of records before it left out.
    pub explains: Vec<Named>,
}

/// A difference, as a comment names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub fingerprint: String,
    /// Its resource.
    pub resource: String,
    /// Its path.
    pub path: String,
}

impl Named {
    fn of(change: &Change) -> Self {
        Self {
            fingerprint: change.fingerprint.clone(),
            resource: change.resource.clone(),
            path: change.path.clone(),
        }
    }
}

/// Suggests what would explain those of `changes` that nothing explains. No value is pinned of those
/// that are named in `unpinned`.
pub fn suggest(
    changes: &[Change],
    policy: &Policy,
    now: Timestamp,
    unpinned: &BTreeSet<String>,
) -> Suggestions {
    let is_drift = |change: &&Change| change.explanation == Explanation::Unexplained {};
    let unexplained = changes.iter().filter(is_drift).count();
    let names_other = |change: &Change| {
        let green = change.values.green.as_deref().unwrap_or_default();
        !policy.colours.bleeds(Side::Green, green).is_empty()
    };
    let open = changes.iter().filter(is_drift).filter(|change| !names_other(change));
    let open: Vec<Change> = open.map(|change| without_values(change, unpinned)).collect();
    let open: Vec<&Change> = open.iter().collect();
    let pairs = pairs::infer(changes, &open, &policy.colours);
    let named = pairs.iter().flat_map(|pair| pair.explains.iter().chain(&pair.joins));
    let done: BTreeSet<&str> = named.map(|named| named.fingerprint.as_str()).collect();
    // What a pair renames goes by another name once the pair is in force.
    let is_renamed = |change: &Change| {
        pairs.iter().any(|pair| change.resource.contains(pair.texts.blue.as_str()))
    };
    let is_open =
        |change: &&&Change| !done.contains(change.fingerprint.as_str()) && !is_renamed(change);
    let rest: Vec<&Change> = open.iter().filter(is_open).copied().collect();
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let allowances = allowances::infer(&rest, now);
    let spoken: usize = allowances.iter().map(|one| one.explains.len()).sum();
    Suggestions {
        unexplained: count(unexplained),
        bleeding: count(unexplained.saturating_sub(open.len())),
        unspeakable: count(rest.len().saturating_sub(spoken)),
        pairs,
        allowances,
    }
}

fn without_values(change: &Change, unpinned: &BTreeSet<String>) -> Change {
    let mut change = change.clone();
    if unpinned.contains(&change.fingerprint) {
        change.values = crate::wire::report::Pair::default();
    }
    change
}

/// The allowance that explains one difference and nothing else, for people to complete; nothing
/// where no record can speak of it.
pub fn allowance_for(change: &Change, now: Timestamp) -> Option<String> {
    allowances::record(&[change], now).map(|record| format!("[[allow]]\n{record}"))
}

impl Suggestions {
    /// The records as `driftseal.toml` takes them once each has a reason and an owner; `left` is how
    /// many differences were found to stay unexplained with all of them.
    pub fn toml(&self, left: Option<u64>) -> String {
        let mut text = self.head(left);
        for pair in &self.pairs {
            explains(&mut text, "explains", "difference", &pair.explains);
            explains(&mut text, "joins", "document that one side alone seems to have", &pair.joins);
            let Pair { blue, green } = pair.texts.as_ref().map(|side| quoted(side));
            // Formatting into a text does not fail.
            let _ = writeln!(text, "[[colours]]\nblue = {blue}\ngreen = {green}\n");
        }
        for allowance in &self.allowances {
            explains(&mut text, "explains", "difference", &allowance.explains);
            let _ = writeln!(text, "[[allow]]\n{}", allowance.record);
        }
        text
    }

    fn head(&self, left: Option<u64>) -> String {
        let Self { unexplained, bleeding, unspeakable, .. } = self;
        let mut text = format!("# Suggestions for {unexplained} unexplained differences.\n");
        let mut say = |line: &str| {
            let _ = writeln!(text, "# {line}");
        };
        say("Nothing here is in force, and nothing here was judged. Copy what is intended into");
        say("driftseal.toml, give each allowance a reason and an owner, and leave the rest out.");
        if *bleeding > 0 {
            say(&format!(
                "{bleeding} in which green names blue are left out: they are to be fixed."
            ));
        }
        if *unspeakable > 0 {
            let why = format!("no pattern names their place, or {ALLOWANCES_MAX} do not do");
            say(&format!("{unspeakable} are left out: {why}."));
        }
        if self.pairs.iter().any(|pair| !pair.joins.is_empty()) {
            say("What differs inside documents that a pair joins is told once it is declared.");
        }
        if let Some(left) = left {
            say(&format!("With all of it, {left} stay unexplained, as another audit found."));
        }
        text.push('\n');
        text
    }

    /// The names of all that the allowances explain.
    pub fn declared(&self) -> impl Iterator<Item = &str> {
        let named = self.allowances.iter().flat_map(|allowance| &allowance.explains);
        named.map(|named| named.fingerprint.as_str())
    }

    /// The policy as it would be with all that is suggested; nothing where it would be refused.
    pub fn applied_to(&self, policy: &Policy) -> Option<Policy> {
        let text =
            self.toml(None).replace(REASON, "reason = \"?\"").replace(OWNER, "owner = \"?\"");
        let suggested = Config::parse("suggestion", &text).ok()?.policy;
        let mut policy = policy.clone();
        policy.allowances.extend(suggested.allowances);
        let pairs = self.pairs.iter().map(|pair| pair.texts.clone());
        policy.colours = policy.colours.with(&pairs.collect::<Vec<_>>());
        Some(policy)
    }
}

/// Says how many differences a record explains, and names some.
fn explains(text: &mut String, does: &str, what: &str, named: &[Named]) {
    if named.is_empty() {
        return;
    }
    let what = match named.len() {
        1 => what.to_owned(),
        _ => what.replace("difference", "differences").replace("document that", "documents that"),
    };
    let _ = writeln!(text, "# {does} {} {what}:", named.len());
    for Named { fingerprint, resource, path } in named.iter().take(NAMED_MAX) {
        let _ = writeln!(text, "#   {fingerprint} {} {}", quoted(resource), quoted(path));
    }
    let more = named.len().saturating_sub(NAMED_MAX);
    if more > 0 {
        let _ = writeln!(text, "#   and {more} more");
    }
}

/// The day on which what is declared now is to be looked at again.
fn review_day(now: Timestamp) -> String {
    after(now, REVIEW_DAYS).day().to_string()
}

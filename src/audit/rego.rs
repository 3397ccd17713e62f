//! What policies in Rego say of a pair of documents.
//!
//! Each side is asked for itself; what is said of green and was said of blue is inherited. Both are
//! compared in the colours of neither.

use super::Inputs;
use super::differences::blank;
use super::judge::count;
use super::pending::Undecided;
use super::place::Files;
use super::task::Part;
use crate::facts::Document;
use crate::model::{
    Address, Finding, Hygiene, Pair, Path, ResourceId, RuleId, Severity, Side, State,
};
use crate::rules::rego::{Policy, Said, VIEW, is_asked};
use crate::rules::{Outcome, Rule};

/// The most findings of one rule on one document.
const FINDINGS_MAX: usize = 200;

/// Asks every policy about a document of each side, or of one.
pub(super) fn judge(
    inputs: Inputs<'_>,
    files: &Files<'_>,
    (resource, ordinals): (&ResourceId, Pair<u32>),
    documents: &Pair<Option<Document<'_>>>,
    part: &mut Part,
) {
    let documents = documents.as_ref().map(Option::as_ref);
    let asked = documents.map(|document| document.filter(|known| is_asked(known.syntax)));
    if asked.blue.is_none() && asked.green.is_none() {
        return;
    }
    let is_same = asked.both().is_some_and(|both| {
        let roots = both.map(|document| document.root);
        let is_written = |side: &Document<'_>| !side.root.in_tree_with_copies();
        roots.blue.raw() == roots.green.raw() && is_written(both.blue) && is_written(both.green)
    });
    let rules = inputs.rules.rules_for(VIEW);
    let first = inputs.rules.first_for(VIEW);
    for policy in inputs.rules.policies() {
        let ask = |document: &Document<'_>| policy.judge(document.root, document.typing());
        let green = asked.green.map(ask);
        let blue = if is_same { green.clone() } else { asked.blue.map(ask) };
        let said = Pair::new(blue, green);
        for (place, id) in policy.ids().iter().enumerate() {
            let Ok(at) = rules.binary_search_by(|rule| rule.id.cmp(id)) else { continue };
            let Some(rule) = rules.get(at) else { continue };
            let said = said.as_ref().map(|all| all.as_ref().and_then(|all| all.get(place)));
            let mut counts = [0; 4];
            count(&mut counts, &outcome(said), State::Introduced);
            part.rule_counts.push((first.saturating_add(at), counts));
            found(inputs, files, (resource, ordinals), (rule, said), part);
        }
    }
}

/// What a rule comes to: of green, and of blue where green has no such document.
fn outcome(said: Pair<Option<&Said>>) -> Outcome {
    match said.green {
        Some(Said::Holds) => Outcome::Pass,
        Some(Said::Fails(_)) => Outcome::Fail { message: String::new() },
        Some(Said::Unknown(reason)) => Outcome::Unknown { reason: reason.clone() },
        Some(Said::Excepted) => Outcome::NotApplicable,
        None => match said.blue {
            Some(Said::Fails(_)) => Outcome::Pass,
            Some(Said::Holds | Said::Excepted | Said::Unknown(_)) | None => Outcome::NotApplicable,
        },
    }
}

fn found(
    inputs: Inputs<'_>,
    files: &Files<'_>,
    (resource, ordinals): (&ResourceId, Pair<u32>),
    (rule, said): (&Rule, Pair<Option<&Said>>),
    part: &mut Part,
) {
    let colours = &inputs.policy.colours;
    let messages = Pair::from_fn(|side| match *said.get(side) {
        Some(Said::Fails(messages)) => messages.as_slice(),
        Some(Said::Holds | Said::Excepted | Said::Unknown(_)) | None => &[],
    });
    let has = |side: Side, message: &str| {
        let told = colours.fold(side.other(), message);
        messages.get(side).iter().any(|known| colours.fold(side, known) == told)
    };
    let new = messages.green.iter().map(|message| {
        let is_old = has(Side::Blue, message);
        (if is_old { State::Inherited } else { State::Introduced }, message)
    });
    let is_known = matches!(said.green, Some(Said::Unknown(_)));
    let gone = messages.blue.iter().filter(|message| !is_known && !has(Side::Green, message));
    let all = new.chain(gone.map(|message| (State::Resolved, message)));
    let places = Pair::from_fn(|side| files.place(side, *ordinals.get(side), None));
    for (state, message) in all.take(FINDINGS_MAX) {
        let at = Address { resource: resource.clone(), path: Path::ROOT };
        let message = message.clone();
        let places = Pair::from_fn(|side| {
            let is_there = said.get(side).is_some();
            places.get(side).clone().filter(|_| is_there)
        });
        part.findings.push(Finding { state, message, places, ..blank(rule, at) });
    }
    let mut undecided = |reason: String| {
        let (side, place) = (Side::Green, places.green.clone());
        let rule = RuleId(rule.id.0.clone());
        part.pending.undecided.push(Undecided { side, place, rule, reason });
    };
    if let Some(Said::Unknown(reason)) = said.green {
        undecided(format!("{resource}: {reason}", resource = resource.0));
    }
    let count = messages.green.len().saturating_add(messages.blue.len());
    if count > FINDINGS_MAX {
        let resource = &resource.0;
        undecided(format!(
            "{resource}: it says more than {FINDINGS_MAX} things; the rest is left out"
        ));
    }
}

/// Says how many documents of green no policy was asked about.
pub(super) fn note(inputs: Inputs<'_>) -> Option<Hygiene> {
    let policies = inputs.rules.policies();
    let snapshot = &inputs.snapshots.green;
    let of = |id| snapshot.source(id).map(|source| source.syntax);
    let others = snapshot.documents.iter().filter_map(|entry| of(entry.source));
    let others: Vec<&str> = others.filter(|syntax| !is_asked(syntax)).collect();
    if policies.is_empty() || others.is_empty() {
        return None;
    }
    let mut syntaxes = others.clone();
    syntaxes.sort_unstable();
    syntaxes.dedup();
    let names: Vec<&str> = policies.iter().map(|policy: &Policy| &*policy.pack().id).collect();
    let count = others.len();
    let documents = if count == 1 { "document" } else { "documents" };
    Some(Hygiene {
        rule: RuleId("rego-not-asked".to_owned()),
        severity: Severity::Info,
        subject: names.join(", "),
        message: format!(
            "{count} {documents} of green in {} were not given to Rego, which reads YAML, JSON and TOML",
            syntaxes.join(", ")
        ),
    })
}

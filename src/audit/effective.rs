//! Settling what roles and bindings come to, which no single document says.

use std::collections::{BTreeMap, BTreeSet};

use super::Inputs;
use super::differences::grant_findings;
use super::sum::Sum;
use crate::diff::{Access, Shift, access, is_of_access};
use crate::model::{
    Change, Direction, Disposition, Explainer, Explanation, Finding, Pair, Path, ResourceId, Side,
    State, Step,
};
use crate::policy::Ledger;

/// The view of changes that nothing explains.
const UNEXPLAINED: &str = "drift.unexplained";

/// The view of rules of roles.
const RULES: &str = "rbac.rule";

/// How many grants that shifted a message lists.
const SHIFTS_SHOWN: usize = 3;

/// Explains the differences of roles and bindings after which everybody may do what they might
/// before, and says of the others who gains or loses what.
pub(super) fn settle(inputs: Inputs<'_>, sum: &mut Sum) {
    let facts =
        Pair::new(std::mem::take(&mut sum.access.blue), std::mem::take(&mut sum.access.green));
    let open = |change: &&Change| {
        change.explanation == Explanation::Unexplained && is_of_access(change.edit, &change.at.path)
    };
    let known = facts.as_ref().map(crate::facts::AccessFacts::documents);
    let documents: BTreeSet<ResourceId> = sum
        .changes
        .iter()
        .filter(open)
        .map(|change| &change.at.resource)
        .filter(|resource| known.blue.contains(resource) || known.green.contains(resource))
        .cloned()
        .collect();
    if documents.is_empty() || hides_some(inputs, sum) {
        return;
    }
    let outcomes = access(&facts, &documents);
    if inputs.policy.explainers.include(Explainer::EffectiveAccess) {
        explain(inputs, sum, &outcomes);
    }
    tell(inputs, sum, &outcomes);
}

/// Whether something was not read on a side that may be a role or a binding.
fn hides_some(inputs: Inputs<'_>, sum: &Sum) -> bool {
    Side::BOTH.iter().any(|side| {
        let gaps = inputs.snapshots.get(*side).gaps.iter().chain(sum.gaps.get(*side));
        gaps.into_iter().any(|gap| gap.reason.is_of_an_object())
    })
}

/// Explains what changes nothing. Findings that say again what is explained go with it, or count no
/// more where a rule of its own makes them.
fn explain(inputs: Inputs<'_>, sum: &mut Sum, outcomes: &BTreeMap<ResourceId, Access>) {
    let is_full = inputs.policy.ledger == Ledger::Full;
    let mut explained: BTreeSet<(ResourceId, Path)> = BTreeSet::new();
    for change in &mut sum.changes {
        let Some(Access::Same { subjects, grants }) = outcomes.get(&change.at.resource) else {
            continue;
        };
        let open = change.explanation == Explanation::Unexplained;
        if !open || !is_of_access(change.edit, &change.at.path) {
            continue;
        }
        explained.insert((change.at.resource.clone(), change.at.path.clone()));
        let how =
            format!("effective permissions: {grants} grants of {subjects} subjects are the same");
        change.explanation = Explanation::Representation { how };
        change.direction = Some(Direction::Neutral);
        sum.counts.replace(&Explanation::Unexplained, &change.explanation);
    }
    let drift = drift_rules(inputs);
    sum.findings.retain(|finding| {
        let at = (finding.at.resource.clone(), finding.at.path.clone());
        !(drift.contains(finding.rule.0.as_str()) && explained.contains(&at))
    });
    for finding in &mut sum.findings {
        let same = matches!(outcomes.get(&finding.at.resource), Some(Access::Same { .. }));
        if same && compares(inputs, finding) {
            finding.disposition = Disposition::Waived;
            finding
                .message
                .push_str(" (over all roles and bindings nobody gains or loses anything)");
        }
    }
    let listed = |change: &Change| is_full || change.explanation == Explanation::Unexplained;
    let is_of = |change: &Change| outcomes.contains_key(&change.at.resource);
    sum.changes.retain(|change| listed(change) || !is_of(change));
}

/// The rules that speak about differences that nothing explains.
pub(super) fn drift_rules(inputs: Inputs<'_>) -> BTreeSet<&str> {
    inputs.rules.rules_for(UNEXPLAINED).iter().map(|rule| rule.id.0.as_str()).collect()
}

/// Says who gains or loses what, in the findings on the differences and in findings of their own.
fn tell(inputs: Inputs<'_>, sum: &mut Sum, outcomes: &BTreeMap<ResourceId, Access>) {
    let drift = drift_rules(inputs);
    for finding in &mut sum.findings {
        let Some(Access::Changed(shifts)) = outcomes.get(&finding.at.resource) else { continue };
        if drift.contains(finding.rule.0.as_str()) || compares(inputs, finding) {
            finding.message = format!("{}: {}", finding.message, words(shifts));
        }
    }
    let told = told(&sum.findings);
    let shifts: BTreeSet<&Shift> = outcomes
        .values()
        .flat_map(|outcome| match outcome {
            Access::Changed(shifts) => shifts.as_slice(),
            Access::Same { .. } | Access::Unknown => &[],
        })
        .collect();
    let untold = shifts.into_iter().filter(|shift| {
        let (role, index) = &shift.by;
        !told.contains(&(role, None)) && !told.contains(&(role, Some(*index)))
    });
    let findings: Vec<Finding> = untold.flat_map(|shift| grant_findings(inputs, shift)).collect();
    sum.findings.extend(findings);
}

/// Rules of roles, and whole documents, that a new finding is about already.
fn told(findings: &[Finding]) -> BTreeSet<(&ResourceId, Option<u32>)> {
    let new = findings.iter().filter(|finding| finding.state == State::Introduced);
    let about = new.filter_map(|finding| match finding.at.path.0.as_slice() {
        [] => Some((&finding.at.resource, None)),
        [Step::Key(rules), Step::Index(index), ..] if rules == "rules" => {
            Some((&finding.at.resource, Some(*index)))
        }
        _ => None,
    });
    about.collect()
}

/// Whether a rule that compares rules of roles makes a finding.
fn compares(inputs: Inputs<'_>, finding: &Finding) -> bool {
    let rule = inputs.rules.rule(&finding.rule);
    rule.is_some_and(|rule| rule.kind.compares() && rule.select.view == RULES)
}

/// Who gains or loses what, of many the first.
fn words(shifts: &[Shift]) -> String {
    let shown = shifts.iter().take(SHIFTS_SHOWN).map(|shift| {
        let verbs = shift.verbs.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let way = if shift.side == Side::Green { "gains" } else { "loses" };
        let (kind, name) = (shift.subject.kind(), shift.subject.name());
        format!("{kind} {name} {way} {verbs} on {}", shift.object)
    });
    let text = shown.collect::<Vec<_>>().join("; ");
    match shifts.len().saturating_sub(SHIFTS_SHOWN) {
        0 => text,
        rest => format!("{text}; and {rest} more"),
    }
}

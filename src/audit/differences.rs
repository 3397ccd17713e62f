//! Findings about differences themselves: what nothing explains, what names the other side.

use super::Inputs;
use super::place::Files;
use crate::diff::NamedOther;
use crate::facts::Fact;
use crate::model::{
    Address, Change, Disposition, Finding, Pair, ResourceId, Severity, Side, State,
};
use crate::rules::{Outcome, Rule, judge as judge_item};

/// The view of values that name the other side.
const COLOUR_BLEED: &str = "drift.colour-bleed";

/// Asks a rule about a change that nothing explains.
pub(super) fn drift_finding(rule: &Rule, change: &Change) -> Option<Finding> {
    let value =
        |side: Side| change.values.get(side).as_ref().map(|shown| Fact::text(shown.0.clone()));
    let fact = Fact::map([
        ("explanation", Some(Fact::text(change.explanation.kind()))),
        ("edit", Some(Fact::text(change.edit.name()))),
        ("path", Some(Fact::text(change.at.path.to_string()))),
        ("resource", Some(Fact::text(change.at.resource.0.clone()))),
        ("blue", value(Side::Blue)),
        ("green", value(Side::Green)),
    ]);
    let finding = Finding {
        values: change.values.clone(),
        places: change.places.clone(),
        ..blank(rule, change.at.clone())
    };
    asked(rule, &fact, finding)
}

/// Asks every rule about a value that names the other side.
pub(super) fn bleed_finding(
    inputs: Inputs<'_>,
    files: &Files<'_>,
    resource: &ResourceId,
    ordinals: Pair<u32>,
    bleed: &NamedOther,
) -> Vec<Finding> {
    let shown = bleed.values.get(bleed.side).as_ref().map_or("", |shown| shown.0.as_str());
    let fact = Fact::map([
        ("side", Some(Fact::text(bleed.side.name()))),
        ("names", Some(Fact::text(bleed.side.other().name()))),
        ("token", Some(Fact::text(bleed.token.clone()))),
        ("expected", Some(Fact::text(bleed.expected.clone()))),
        ("value", Some(Fact::text(shown.to_owned()))),
        ("path", Some(Fact::text(bleed.path.to_string()))),
    ]);
    let address = Address { resource: resource.clone(), path: bleed.path.clone() };
    let places = Pair::from_fn(|side| {
        let range = if side == bleed.side { Some(bleed.range) } else { bleed.other };
        range.and_then(|range| files.place(side, *ordinals.get(side), Some(range)))
    });
    let state = if bleed.side == Side::Green { State::Introduced } else { State::Resolved };
    let rules = inputs.rules.rules_for(COLOUR_BLEED).iter();
    let findings = rules.filter_map(|rule| {
        let finding = Finding {
            state,
            places: places.clone(),
            values: bleed.values.clone(),
            ..blank(rule, address.clone())
        };
        asked(rule, &fact, finding)
    });
    findings.collect()
}

/// The finding, if the rule fails on the fact.
fn asked(rule: &Rule, fact: &Fact<'_>, finding: Finding) -> Option<Finding> {
    let (nothing, no_run) = (Fact::List(Vec::new()), Fact::Map(Vec::new()));
    let message = match judge_item(rule, fact, &nothing, &no_run) {
        Outcome::Pass | Outcome::NotApplicable => return None,
        Outcome::Fail { message } => message,
        // A difference that a rule cannot decide on stays a difference.
        Outcome::Unknown { reason } | Outcome::Error { reason } => reason,
    };
    Some(Finding { message, ..finding })
}

fn blank(rule: &Rule, at: Address) -> Finding {
    Finding {
        rule: rule.id.clone(),
        severity: rule.severity.max(Severity::Info),
        state: State::Introduced,
        disposition: Disposition::Open,
        title: rule.title.clone(),
        message: String::new(),
        remediation: rule.remediation.clone(),
        controls: rule.controls.clone(),
        group: String::new(),
        at,
        places: Pair::new(None, None),
        values: Pair::new(None, None),
    }
}

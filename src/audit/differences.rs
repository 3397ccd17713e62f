//! Findings about differences themselves: what nothing explains, what names the other side.

use super::Inputs;
use super::place::Files;
use crate::dialect::{Copied, generation};
use crate::diff::{NamedOther, Shift};
use crate::facts::Fact;
use crate::model::{
    Address, Change, Decided, Disposition, DocumentEntry, Finding, Pair, Path, Place, Renamed,
    ResourceId, Shown, Side, State, Step,
};
use crate::rules::{Outcome, Rule, judge as judge_item};

/// The view of values that name the other side.
const COLOUR_BLEED: &str = "drift.colour-bleed";

/// The view of what somebody may do on one side only.
const GRANT: &str = "rbac.grant";

/// The view of documents that go by another name.
pub(super) const RENAMED: &str = "drift.renamed";

/// The view of documents that are written twice in different words.
const TWICE: &str = "drift.written-twice";

/// The view of checksums that were left behind.
const STALE: &str = "drift.stale-checksum";

/// The view of copies that do not say what their sources say.
const UNLIKE: &str = "drift.unlike-its-source";

/// Asks a rule about a change that nothing explains.
pub(super) fn drift_finding(rule: &Rule, change: &Change) -> Option<Finding> {
    let value =
        |side: Side| change.values.get(side).as_ref().map(|shown| Fact::text(shown.0.clone()));
    let other_name = match (&change.values.blue, &change.values.green) {
        (Some(_), Some(_)) => None,
        (one, other) => {
            let shown = one.as_ref().or(other.as_ref()).map_or("", |shown| shown.0.as_str());
            generation::other_name(&change.at.path, shown)
        }
    };
    let fact = Fact::map([
        ("explanation", Some(Fact::text(change.explanation.kind()))),
        ("edit", Some(Fact::text(change.edit.name()))),
        ("path", Some(Fact::text(change.at.path.to_string()))),
        ("resource", Some(Fact::text(change.at.resource.0.clone()))),
        ("direction", change.direction.map(|direction| Fact::text(direction.name()))),
        ("blue", value(Side::Blue)),
        ("green", value(Side::Green)),
        ("other_name", other_name.map(Fact::text)),
    ]);
    let finding = Finding {
        direction: change.direction,
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

/// Asks every rule about a document that goes by another name.
pub(super) fn renamed_finding(
    inputs: Inputs<'_>,
    renamed: &Renamed,
    places: &Pair<Option<Place>>,
    values: &Pair<Option<Shown>>,
) -> Vec<Finding> {
    let fact = Fact::map([
        ("resource", Some(Fact::text(renamed.at.resource.0.clone()))),
        ("blue", Some(Fact::text(renamed.names.blue.clone()))),
        ("green", Some(Fact::text(renamed.names.green.clone()))),
        ("score", Fact::number(&renamed.likeness.score.to_string())),
        ("ground", Some(Fact::text(renamed.likeness.ground.name()))),
    ]);
    let rules = inputs.rules.rules_for(RENAMED).iter();
    let findings = rules.filter_map(|rule| {
        let (places, values) = (places.clone(), values.clone());
        asked(rule, &fact, Finding { places, values, ..blank(rule, renamed.at.clone()) })
    });
    findings.collect()
}

/// Asks every rule about a document that its folder holds twice in different words, given the first
/// and one that differs.
pub(super) fn twice_finding(
    inputs: Inputs<'_>,
    side: Side,
    state: State,
    (first, later): (&DocumentEntry, &DocumentEntry),
) -> Vec<Finding> {
    let resource = inputs.policy.colours.fold(side, &later.identity).into_owned();
    let number = |entry: &DocumentEntry| Fact::number(&entry.ordinal.saturating_add(1).to_string());
    let source = |entry: &DocumentEntry| inputs.snapshots.get(side).source(entry.source);
    let other = source(first).filter(|_| first.source != later.source);
    let other = other.map(|source| Fact::text(source.file.to_string()));
    let fact = Fact::map([
        ("side", Some(Fact::text(side.name()))),
        ("resource", Some(Fact::text(resource))),
        ("first", number(first)),
        ("later", number(later)),
        ("other", other),
    ]);
    of_document(inputs, TWICE, &fact, (side, state, later))
}

/// Asks every rule about a copy that does not say what its source says.
pub(super) fn unlike_finding(
    inputs: Inputs<'_>,
    side: Side,
    state: State,
    (entry, copied): (&DocumentEntry, &Copied),
) -> Vec<Finding> {
    let fold = |name: &str| Fact::text(inputs.policy.colours.fold(side, name).into_owned());
    let fact = Fact::map([
        ("side", Some(Fact::text(side.name()))),
        ("resource", Some(fold(&entry.identity))),
        ("source", Some(fold(&copied.of))),
        ("path", copied.differs.clone().map(Fact::text)),
        ("by", Some(fold(&copied.by))),
    ]);
    of_document(inputs, UNLIKE, &fact, (side, state, entry))
}

/// Asks every rule about a document whose pods carry the checksum of what was there before.
pub(super) fn stale_finding(
    inputs: Inputs<'_>,
    side: Side,
    state: State,
    entry: &DocumentEntry,
    (annotation, what): (&str, &str),
) -> Vec<Finding> {
    let resource = inputs.policy.colours.fold(side, &entry.identity).into_owned();
    let fact = Fact::map([
        ("side", Some(Fact::text(side.name()))),
        ("resource", Some(Fact::text(resource))),
        ("annotation", Some(Fact::text(annotation.to_owned()))),
        ("what", Some(Fact::text(what.to_owned()))),
    ]);
    of_document(inputs, STALE, &fact, (side, state, entry))
}

/// What the rules of a view say of a whole document.
fn of_document(
    inputs: Inputs<'_>,
    view: &str,
    fact: &Fact<'_>,
    (side, state, entry): (Side, State, &DocumentEntry),
) -> Vec<Finding> {
    let file =
        inputs.snapshots.get(side).source(entry.source).map(|source| source.file.to_string());
    let place = |file| {
        let document = entry.ordinal;
        Place { file, document, line: None, column: None, end_line: None }
    };
    let mut places = Pair::new(None, None);
    *places.get_mut(side) = file.map(place);
    let resource = inputs.policy.colours.fold(side, &entry.identity).into_owned();
    let at = Address { resource: ResourceId(resource), path: Path::ROOT };
    let rules = inputs.rules.rules_for(view).iter();
    let findings = rules.filter_map(|rule| {
        let places = places.clone();
        asked(rule, fact, Finding { state, places, ..blank(rule, at.clone()) })
    });
    findings.collect()
}

/// Asks every rule about what a subject may do on one side only.
pub(super) fn grant_findings(inputs: Inputs<'_>, shift: &Shift) -> Vec<Finding> {
    let (role, index) = &shift.by;
    let change = if shift.side == Side::Green { "gained" } else { "lost" };
    let verbs = shift.verbs.iter().map(|verb| Fact::text(verb.clone())).collect();
    let fact = Fact::map([
        ("subject_kind", Some(Fact::text(shift.subject.kind()))),
        ("subject", Some(Fact::text(shift.subject.name()))),
        ("change", Some(Fact::text(change))),
        ("verbs", Some(Fact::List(verbs))),
        ("object", Some(Fact::text(shift.object.clone()))),
        ("by", Some(Fact::text(role.0.clone()))),
    ]);
    let path = Path(vec![Step::Key("rules".to_owned()), Step::Index(*index)]);
    let at = Address { resource: role.clone(), path };
    let mut places = Pair::new(None, None);
    places.get_mut(shift.side).clone_from(&shift.place);
    let state = if shift.side == Side::Green { State::Introduced } else { State::Resolved };
    let rules = inputs.rules.rules_for(GRANT).iter();
    let findings = rules.filter_map(|rule| {
        let places = places.clone();
        asked(rule, &fact, Finding { state, places, ..blank(rule, at.clone()) })
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

/// What a rule says of any finding of its own, at a place.
pub(super) fn blank(rule: &Rule, at: Address) -> Finding {
    Finding {
        rule: rule.id.clone(),
        severity: rule.severity,
        state: State::Introduced,
        disposition: Disposition::Open,
        decided: Decided { kind: rule.kind.name(), ..Decided::default() },
        content: Pair::new(None, None),
        title: rule.title.clone(),
        message: String::new(),
        remediation: rule.remediation.clone(),
        controls: rule.controls.clone(),
        group: String::new(),
        follows: None,
        direction: None,
        at,
        places: Pair::new(None, None),
        values: Pair::new(None, None),
        excerpts: Pair::new(None, None),
    }
}

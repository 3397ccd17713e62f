//! Rules over the views of a whole side: judged when everything is added up, and pointed at the
//! change that did it.

use std::collections::{BTreeMap, BTreeSet};

use super::anchors::Standing;
use super::differences::blank;
use super::judge::{combine, count, one_side};
use super::pending::Undecided;
use super::place::fold_path;
use super::specific::is_same_place;
use super::sum::{Sum, add_rules};
use super::{Inputs, anchors};
use crate::diff::{join_names, withheld};
use crate::model::{
    Address, BlobError, Change, Disposition, Explanation, Finding, Pair, Path, ResourceId, RuleId,
    Severity, Side, State,
};
use crate::rules::{Environment, Excluded, Guards, Kind, Outcome, Rule, judge_pair};
use crate::trace::{Anchor, SIDE_VIEWS, SideItem, Sides};

/// How far above a setting a change may stand that adds or removes it.
const LEVELS_MAX: usize = 3;

/// Judges what both sides hold as a whole. A finding at a change that nothing explains speaks for it.
///
/// # Errors
/// Those of reading again what findings point at.
pub(super) fn judge_sides(
    inputs: Inputs<'_>,
    sides: &Sides<'_>,
    sum: &mut Sum,
) -> Result<(), BlobError> {
    let (mut failures, mut undecided, mut counted) = (Vec::new(), Vec::new(), Vec::new());
    for view in SIDE_VIEWS {
        let rules = inputs.rules.rules_for(view.id);
        if rules.is_empty() {
            continue;
        }
        let items = sides.items(view);
        let keys =
            items.as_ref().map(|items| items.iter().map(|item| &item.key).collect::<Vec<_>>());
        let guards = Guards::default();
        let excluded = |item: &SideItem<'_>| guards.excluded(rules, &item.fact);
        let joined = join_names(&keys, &keys).into_iter().map(|(blue, green)| {
            let pair = Pair::new(
                blue.and_then(|index| items.blue.get(index)),
                green.and_then(|index| items.green.get(index)),
            );
            (pair, pair.map(|item| item.map(excluded)))
        });
        let joined: Vec<_> = joined.collect();
        for (place, rule) in rules.iter().enumerate() {
            let mut counts = [0; 4];
            for (pair, excluded) in joined.iter().copied() {
                if Excluded::holds(excluded, rule, place) {
                    count(&mut counts, &Outcome::NotApplicable, State::Introduced);
                    continue;
                }
                let (outcome, state) = outcome(rule, pair);
                count(&mut counts, &outcome, state);
                match outcome {
                    Outcome::Pass | Outcome::NotApplicable => (),
                    Outcome::Fail { message } => {
                        let pair = pair.map(Option::<&SideItem<'_>>::cloned);
                        failures.push(Failure { rule, pair, state, message });
                    }
                    Outcome::Unknown { reason } | Outcome::Error { reason } => {
                        undecided.extend(unknown(rule, pair, &reason));
                    }
                }
            }
            if counts != [0; 4] {
                counted.push((inputs.rules.first_for(view.id) + place, counts));
            }
        }
    }
    let all = failures.iter().flat_map(|failure| [&failure.pair.blue, &failure.pair.green]);
    let places = all.flatten().flat_map(|item| &item.at);
    let places = anchors::follow(inputs, places)?;
    let (spoken, replaced) = (BTreeSet::new(), BTreeMap::new());
    let mut judging = Judging { inputs, places: &places, changes: None, spoken, replaced };
    let found = failures.iter().map(|failure| judging.finding(&sum.changes, failure));
    let mut findings: Vec<Finding> = found.flatten().collect();
    let generic: Vec<&Rule> = inputs.rules.rules_for(super::task::UNEXPLAINED).iter().collect();
    let (spoken, replaced) = (judging.spoken, judging.replaced);
    let is_replaced = |finding: &Finding| {
        let places = replaced.get(&finding.rule).map_or(&[][..], Vec::as_slice);
        let is_here = |at: &Address| {
            at.resource == finding.at.resource && is_same_place(&finding.at.path, &at.path)
        };
        places.iter().any(is_here)
    };
    sum.findings.retain(|finding| {
        let is_generic = generic.iter().any(|rule| rule.id == finding.rule);
        let is_spoken = is_generic && spoken.contains(&finding.at);
        !is_spoken && !is_replaced(finding)
    });
    findings.retain(|finding| !is_replaced(finding));
    sum.findings.extend(findings);
    sum.undecided.extend(undecided);
    add_rules(&mut sum.rule_counts, counted);
    Ok(())
}

/// A rule that does not hold.
struct Failure<'r> {
    rule: &'r Rule,
    pair: Pair<Option<SideItem<'r>>>,
    state: State,
    message: String,
}

/// What a rule says about an item that one side or both have.
fn outcome(rule: &Rule, pair: Pair<Option<&SideItem<'_>>>) -> (Outcome, State) {
    let facts = pair.map(|item| item.map(|item| &item.fact));
    match rule.kind {
        Kind::Pair | Kind::Regression => {
            (judge_pair(rule, facts.blue, facts.green), State::Introduced)
        }
        Kind::Posture | Kind::Cross | Kind::Evidence => combine(
            one_side(rule, facts.blue, Environment::Blue),
            one_side(rule, facts.green, Environment::Green),
        ),
    }
}

fn unknown(rule: &Rule, pair: Pair<Option<&SideItem<'_>>>, reason: &str) -> Option<Undecided> {
    let side = if pair.green.is_some() { Side::Green } else { Side::Blue };
    let item = (*pair.get(side))?;
    let place = item.at.first().map(Anchor::place);
    let reason = format!("{}: {reason}", item.key);
    Some(Undecided { side, place, rule: rule.id.clone(), reason })
}

/// The changes of an audit, by what they are of, and what findings said of them.
struct Judging<'a, 's> {
    inputs: Inputs<'a>,
    /// What the anchors of all failures stand for.
    places: &'a BTreeMap<&'a Anchor, Standing>,
    changes: Option<BTreeMap<&'s ResourceId, Vec<&'s Change>>>,
    spoken: BTreeSet<Address>,
    /// Where findings of other rules are replaced, by those rules.
    replaced: BTreeMap<RuleId, Vec<Address>>,
}

impl<'a, 's> Judging<'a, 's> {
    fn finding(&mut self, changes: &'s [Change], failure: &Failure<'_>) -> Option<Finding> {
        let Failure { rule, pair, state, message } = failure;
        let state = *state;
        let side = if pair.green.is_some() { Side::Green } else { Side::Blue };
        let mut places = self.addresses(pair.get(side).as_ref()?);
        let other = pair.get(side.other()).as_ref().map(|item| self.addresses(item));
        // What is gone from one side may only be known to the other.
        if rule.kind.compares() {
            places.extend(other.iter().flatten().cloned());
        }
        let mut causes = Vec::new();
        for (index, (at, _)) in places.iter().enumerate() {
            let of = self.index(changes).get(&at.resource).map_or(&[][..], Vec::as_slice);
            causes.extend(of.iter().filter(|c| is_about(at, &c.at)).map(|c| (index, *c)));
        }
        let unexplained = |c: &&(usize, &Change)| c.1.explanation == Explanation::Unexplained;
        let cause = causes.iter().find(unexplained).or_else(|| causes.first());
        if state == State::Introduced && rule.severity >= Severity::Medium {
            let spoken = causes.iter().filter(unexplained).map(|(_, change)| change.at.clone());
            self.spoken.extend(spoken);
        }
        for other in rule.instead_of.iter().filter(|_| state == State::Introduced) {
            let places = causes.iter().map(|(_, change)| change.at.clone());
            self.replaced.entry(other.clone()).or_default().extend(places);
        }
        let own = places.get(cause.map_or(0, |(index, _)| *index)).or_else(|| places.first())?;
        let message = message.clone();
        let mut finding = Finding { state, message, ..blank(rule, own.0.clone()) };
        if let Some((_, change)) = cause {
            finding.at = change.at.clone();
            finding.places = change.places.clone();
            finding.values = change.values.clone();
            finding.direction = change.direction;
            if let Explanation::Declared { allowance, .. } = &change.explanation
                && rule.kind.compares()
            {
                finding.disposition = Disposition::Waived;
                let declared = format!(" (declared by allowance `{}`)", allowance.0);
                finding.message.push_str(&declared);
            }
            return Some(finding);
        }
        for (_, (side, standing)) in
            [Some(own), same(other.as_deref(), &own.0)].into_iter().flatten()
        {
            finding.places.get_mut(*side).clone_from(&standing.place);
            finding.values.get_mut(*side).clone_from(&standing.value);
        }
        finding.values = withheld(finding.values);
        Some(finding)
    }

    /// The settings of an item, as both sides know them.
    fn addresses(&self, item: &SideItem<'_>) -> Vec<Addressed<'a>> {
        let (colours, places) = (&self.inputs.policy.colours, self.places);
        let known = item.at.iter().filter_map(|anchor| {
            let standing = places.get(anchor)?;
            let side = anchor.home.side;
            let path = fold_path(&standing.path, |text| colours.fold(side, text));
            Some((
                Address { resource: ResourceId::clone(&anchor.home.resource), path },
                (side, standing),
            ))
        });
        known.collect()
    }

    fn index(&mut self, changes: &'s [Change]) -> &BTreeMap<&'s ResourceId, Vec<&'s Change>> {
        self.changes.get_or_insert_with(|| {
            let mut index: BTreeMap<&ResourceId, Vec<&Change>> = BTreeMap::new();
            for change in changes {
                let said = &change.explanation;
                if matches!(said, Explanation::Unexplained | Explanation::Declared { .. }) {
                    index.entry(&change.at.resource).or_default().push(change);
                }
            }
            index
        })
    }
}

/// A place as both sides know it, and as its own side does.
type Addressed<'a> = (Address, (Side, &'a Standing));

fn same<'p, 'a>(places: Option<&'p [Addressed<'a>]>, at: &Address) -> Option<&'p Addressed<'a>> {
    places?.iter().find(|(known, _)| known == at)
}

/// Whether a change of a resource is one of a setting: of the setting itself, of something in it, or
/// of a container that comes or goes with it.
fn is_about(setting: &Address, change: &Address) -> bool {
    let (setting, change) = (&setting.path, &change.path);
    if is_same_place(setting, change) {
        return true;
    }
    if *setting == Path::ROOT || *change == Path::ROOT {
        return false;
    }
    let above = || setting.0.len().saturating_sub(change.0.len()) <= LEVELS_MAX;
    setting.contains(change) || (change.contains(setting) && above())
}

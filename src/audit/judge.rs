//! Rules over the views of a pair of documents.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::asked::{Asked, Besides, Placed, placed};
use super::differences::blank;
use super::documents::Part;
use super::pending::Undecided;
use super::place::{Files, fold_path};
use super::traced;
use super::{Inputs, evidence};
use crate::diff::{join, join_names, shown, withheld};
use crate::facts::{Fact, Item};
use crate::model::{
    Address, Change, Finding, Pair, Path, ResourceId, RuleId, Severity, Side, State, Step,
};
use crate::policy::ColourMap;
use crate::rules::{Environment, Excluded, Kind, Outcome, Rule, judge, judge_pair};
use crate::trace::{Home, TraceFacts};

/// What the rules said about a pair of documents.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// Failures.
    pub(super) findings: Vec<Finding>,
    /// Places whose unexplained changes are spoken for besides those that findings point at.
    pub(super) spoken: Vec<Spoken>,
    /// What could not be decided.
    pub(super) undecided: Vec<Undecided>,
    /// Per rule, by its place among all: passed, failed, not applicable, unknown.
    pub(super) counts: Vec<(usize, [u64; 4])>,
    /// What bears on the way of spans.
    pub(super) trace: Pair<TraceFacts>,
}

/// A place whose unexplained changes a rule speaks for.
#[derive(Debug)]
pub(super) struct Spoken {
    place: Path,
    /// Whether nothing in the place counts but the place itself.
    is_exact: bool,
}

impl Spoken {
    /// The place that a rule names, from the place of an item.
    fn of(named: &str, item: &Path) -> Self {
        let mut steps = item.0.clone();
        for key in named.split('/') {
            match key {
                ".." => drop(steps.pop()),
                "." => (),
                _ => steps.push(Step::Key(key.to_owned())),
            }
        }
        Self { place: Path(steps), is_exact: named.starts_with("..") }
    }

    /// Whether a change is one of them.
    pub(super) fn is_about(&self, change: &Change) -> bool {
        let path = &change.at.path;
        self.place == *path || !self.is_exact && self.place.contains(path)
    }
}

/// One document pair, as rules see it.
pub(super) struct Subject<'s, 't> {
    pub(super) resource: &'s ResourceId,
    pub(super) files: &'s Files<'s>,
    pub(super) ordinals: Pair<u32>,
    /// The place of each among the documents of its side.
    pub(super) entries: Pair<Option<usize>>,
    pub(super) parts: Pair<&'s [Part<'t>]>,
    /// Whether blue's whole text is green's but for colour words.
    pub(super) is_recoloured: bool,
}

/// An item with the document it was taken from.
pub(super) struct Held<'s, 't> {
    pub(super) item: Item<'t>,
    pub(super) part: &'s Part<'t>,
    /// Which of the parts of its document that is.
    pub(super) number: usize,
    /// Its place among the items of its view in that part.
    pub(super) index: usize,
}

impl Held<'_, '_> {
    /// What tells it from the others of its view, and whether it stands in an embedded document.
    fn key(&self) -> (bool, Cow<'_, str>) {
        let (base, key) = (&self.part.document.base, self.item.key());
        if base.0.is_empty() { (false, key) } else { (true, format!("{base} {key}").into()) }
    }
}

/// An item of both sides, or of one.
struct Both<'h, 's, 't> {
    pair: Pair<Option<&'h Held<'s, 't>>>,
    /// Whether both say the same: then a rule about one says the same of the other.
    is_same: bool,
    /// The rules that are about neither.
    excluded: Pair<Option<Excluded>>,
}

impl<'h, 's, 't> Both<'h, 's, 't> {
    fn of(asked: &Asked<'_>, pair: Pair<Option<&'h Held<'s, 't>>>) -> Self {
        let is_same = pair.both().is_some_and(|both| both.blue.item.fact == both.green.item.fact);
        let excluded = pair.map(|held| held.map(|held| asked.excluded(&held.item)));
        Self { pair, is_same, excluded }
    }
}

/// Judges everything that pairs of documents hold, view by view: what takes the items of one is at hand
/// then for all of them.
pub(super) fn judge_documents(inputs: Inputs<'_>, subjects: &[Subject<'_, '_>]) -> Vec<Judged> {
    let mut all: Vec<Judging<'_, '_, '_>> = subjects.iter().map(Judging::new).collect();
    let parts = all.iter().flat_map(|one| one.parts.blue.iter().chain(&one.parts.green));
    let dialects: BTreeSet<usize> = parts.filter_map(|(dialect, ..)| *dialect).collect();
    for asked in inputs.asked.iter().filter(|asked| asked.suits_any(&dialects)) {
        for one in &mut all {
            one.hear(inputs, asked);
        }
    }
    all.into_iter().map(|one| one.judged(inputs)).collect()
}

/// A pair of documents while it is judged.
struct Judging<'j, 's, 't> {
    subject: &'j Subject<'s, 't>,
    parts: Pair<Vec<Placed<'s, 't>>>,
    homes: Pair<Option<Arc<Home>>>,
    judged: Judged,
}

impl<'j, 's, 't> Judging<'j, 's, 't> {
    fn new(subject: &'j Subject<'s, 't>) -> Self {
        let parts = subject.parts.map(|parts| parts.iter().enumerate().map(placed).collect());
        let homes = traced::homes(subject);
        Self { subject, parts, homes, judged: Judged::default() }
    }

    /// Judges the items of one view.
    fn hear(&mut self, inputs: Inputs<'_>, asked: &Asked<'_>) {
        let Self { subject, parts, homes, judged } = self;
        let Asked { rules, is_traced, .. } = asked;
        let green = held(asked, &parts.green);
        let is_settled = subject.is_recoloured && nothing_fails(asked, &green, judged);
        // Where the one has no item, the other has none but for its colours.
        if is_settled && (!is_traced || green.is_empty()) {
            return;
        }
        let items = Pair::new(held(asked, &parts.blue), green);
        if items.blue.is_empty() && items.green.is_empty() {
            return;
        }
        if *is_traced {
            traced::take(subject, asked, homes, &items, &mut judged.trace);
        }
        if is_settled || rules.is_empty() {
            return;
        }
        let joined = joined(&inputs.policy.colours, parts, &items).into_iter();
        let both = joined.map(|(blue, green)| {
            let blue = blue.and_then(|index| items.blue.get(index));
            let green = green.and_then(|index| items.green.get(index));
            Both::of(asked, Pair::new(blue, green))
        });
        let joined: Vec<Both<'_, '_, '_>> = both.collect();
        for (place, rule) in rules.iter().enumerate() {
            let mut counts = [0; 4];
            for both in &joined {
                if Excluded::holds(both.excluded, rule, place) {
                    count(&mut counts, &Outcome::NotApplicable, State::Introduced);
                    continue;
                }
                let rule = (rule, asked.besides);
                judge_pair_of_items(inputs, subject, rule, both, (judged, &mut counts));
            }
            if counts != [0; 4] {
                judged.counts.push((asked.first + place, counts));
            }
        }
    }

    fn judged(self, inputs: Inputs<'_>) -> Judged {
        let mut judged = self.judged;
        judged.trace.blue.shrink();
        judged.trace.green.shrink();
        drop_replaced(inputs, &mut judged.findings);
        judged
    }
}

/// Which items of both sides are one, by their keys once colours are folded.
fn joined(
    colours: &ColourMap,
    parts: &Pair<Vec<Placed<'_, '_>>>,
    items: &Pair<Vec<Held<'_, '_>>>,
) -> Vec<(Option<usize>, Option<usize>)> {
    let keys = items.as_ref().map(|side| side.iter().map(Held::key).collect::<Vec<_>>());
    let folded = Pair::from_fn(|side| {
        let keys = keys.get(side).iter();
        keys.map(|(is_inner, key)| (*is_inner, colours.fold(side, key))).collect::<Vec<_>>()
    });
    if folded.blue == folded.green {
        return join(&folded.blue, &folded.green);
    }
    // What found no partner may belong to a document that goes by another name.
    let nameless = Pair::from_fn(|side| {
        let own = parts.get(side).first().map(|(_, _, part)| own_name(part)).unwrap_or_default();
        let keys = keys.get(side).iter();
        keys.map(|(is_inner, key)| (*is_inner, key.strip_prefix(&*own).unwrap_or(key)))
            .collect::<Vec<_>>()
    });
    join_names(&folded, &nameless)
}

/// What items of a document call it: `deployment/pay`.
fn own_name(part: &Part<'_>) -> String {
    let owner = part.document.owner;
    let name = owner.name.rsplit('/').next().unwrap_or_default();
    format!("{}/{name}", owner.own_kind().to_lowercase())
}

/// One cause, one finding: where a rule speaks for others, theirs at its place go.
fn drop_replaced(inputs: Inputs<'_>, findings: &mut Vec<Finding>) {
    let of = |finding: &Finding| inputs.rules.rule(&finding.rule).map(|rule| &*rule.instead_of);
    let speaking = findings.iter().filter(|finding| finding.state == State::Introduced);
    let replaced: Vec<(RuleId, Path)> = speaking
        .flat_map(|finding| {
            let others = of(finding).unwrap_or_default().iter().cloned();
            others.map(|other| (other, finding.at.path.clone()))
        })
        .collect();
    findings.retain(|finding| {
        !replaced.iter().any(|(rule, path)| *rule == finding.rule && *path == finding.at.path)
    });
}

/// Judges green alone where blue is the same but for its colours: what holds for one holds for the
/// other, and nothing differs. Says whether nothing failed and nothing was left undecided;
/// otherwise both sides must be looked at, and nothing is counted here.
fn nothing_fails(asked: &Asked<'_>, green: &[Held<'_, '_>], judged: &mut Judged) -> bool {
    let mut counted = Vec::new();
    let excluded: Vec<Excluded> = green.iter().map(|held| asked.excluded(&held.item)).collect();
    for (place, rule) in asked.rules.iter().enumerate() {
        if rule.select.environment == Environment::Blue {
            return false;
        }
        let mut counts = [0; 4];
        for (held, excluded) in green.iter().zip(&excluded) {
            let fact = &*held.item.fact;
            let both = Pair::new(Some(*excluded), Some(*excluded));
            let outcome = if Excluded::holds(both, rule, place) {
                Outcome::NotApplicable
            } else if rule.kind.compares() {
                judge_pair(rule, Some(fact), Some(fact))
            } else {
                one_side(rule, Some(fact), Environment::Green)
            };
            match outcome {
                Outcome::Pass | Outcome::NotApplicable => {
                    count(&mut counts, &outcome, State::Introduced);
                }
                Outcome::Fail { .. } | Outcome::Unknown { .. } | Outcome::Error { .. } => {
                    return false;
                }
            }
        }
        if counts != [0; 4] {
            counted.push((asked.first + place, counts));
        }
    }
    judged.counts.extend(counted);
    true
}

/// Judges one side by a rule about single items, if it is about that side.
pub(super) fn one_side(rule: &Rule, fact: Option<&Fact<'_>>, wanted: Environment) -> Outcome {
    let selected =
        matches!(rule.select.environment, Environment::Both) || rule.select.environment == wanted;
    let (nothing, no_run) = (Fact::List(Vec::new()), Fact::Map(Vec::new()));
    let fact = fact.filter(|_| selected);
    fact.map_or(Outcome::NotApplicable, |fact| judge(rule, fact, &nothing, &no_run))
}

fn held<'s, 't>(asked: &Asked<'_>, parts: &[Placed<'s, 't>]) -> Vec<Held<'s, 't>> {
    let mut items = Vec::new();
    for (number, part) in asked.suiting(parts) {
        let found = (asked.view.extract)(&part.document).into_iter().enumerate();
        items.extend(found.map(|(index, item)| Held { item, part, number, index }));
    }
    items
}

fn judge_pair_of_items(
    inputs: Inputs<'_>,
    subject: &Subject<'_, '_>,
    (rule, besides): (&Rule, Besides),
    both: &Both<'_, '_, '_>,
    (judged, counts): (&mut Judged, &mut [u64; 4]),
) {
    let pair = both.pair;
    let facts = pair.map(|held| held.map(|held| &*held.item.fact));
    let (outcome, state) = match rule.kind {
        _ if besides == Besides::Standing => {
            (evidence::judged(inputs, rule, facts), State::Introduced)
        }
        Kind::Pair | Kind::Regression => {
            (judge_pair(rule, facts.blue, facts.green), State::Introduced)
        }
        Kind::Posture | Kind::Cross | Kind::Evidence if besides == Besides::Time => {
            let (nothing, run) = (Fact::List(Vec::new()), evidence::run(inputs.now));
            let sides = facts.map(|fact| {
                fact.map_or(Outcome::NotApplicable, |fact| judge(rule, fact, &nothing, &run))
            });
            combine(sides.blue, sides.green)
        }
        Kind::Posture | Kind::Cross | Kind::Evidence => {
            let green = one_side(rule, facts.green, Environment::Green);
            let blue = if both.is_same && rule.select.environment == Environment::Both {
                green.clone()
            } else {
                one_side(rule, facts.blue, Environment::Blue)
            };
            combine(blue, green)
        }
    };
    count(counts, &outcome, state);
    match outcome {
        Outcome::Pass | Outcome::NotApplicable => (),
        Outcome::Fail { message } => {
            if state == State::Introduced && rule.severity >= Severity::Medium {
                judged.spoken.extend(spoken(inputs, rule, pair));
            }
            judged.findings.push(finding(inputs, subject, rule, pair, state, message));
        }
        Outcome::Unknown { reason } | Outcome::Error { reason } => {
            let side = if pair.green.is_some() { Side::Green } else { Side::Blue };
            let Some(held) = pair.get(side) else { return };
            let range = held.item.span.map(|range| held.part.to_file(range));
            let place = subject.files.place(side, *subject.ordinals.get(side), range);
            judged.undecided.push(Undecided {
                side,
                place,
                rule: rule.id.clone(),
                reason: format!("{}: {reason}", held.item.key()),
            });
        }
    }
}

/// The places whose changes a failing rule speaks for, as both sides know them.
fn spoken(inputs: Inputs<'_>, rule: &Rule, pair: Pair<Option<&Held<'_, '_>>>) -> Vec<Spoken> {
    let side = if pair.green.is_some() { Side::Green } else { Side::Blue };
    let Some(held) = pair.get(side) else { return Vec::new() };
    let colours = &inputs.policy.colours;
    let item = fold_path(&held.item.place.path(), |text| colours.fold(side, text));
    rule.covers.iter().map(|named| Spoken::of(named, &item)).collect()
}

/// Joins the outcomes of both sides: green's decides, blue's says whether it is new.
pub(super) fn combine(blue: Outcome, green: Outcome) -> (Outcome, State) {
    match (blue, green) {
        (Outcome::Fail { .. }, fail @ Outcome::Fail { .. }) => (fail, State::Inherited),
        (fail @ Outcome::Fail { .. }, Outcome::Pass | Outcome::NotApplicable) => {
            (fail, State::Resolved)
        }
        (
            Outcome::Pass
            | Outcome::Fail { .. }
            | Outcome::NotApplicable
            | Outcome::Unknown { .. }
            | Outcome::Error { .. },
            green,
        ) => (green, State::Introduced),
    }
}

/// Counts an outcome among passed, failed, not applicable and unknown.
pub(super) fn count(counts: &mut [u64; 4], outcome: &Outcome, state: State) {
    let [passed, failed, not_applicable, unknown] = counts;
    let count = match outcome {
        Outcome::Fail { .. } if state == State::Resolved => passed,
        Outcome::Pass => passed,
        Outcome::Fail { .. } => failed,
        Outcome::NotApplicable => not_applicable,
        Outcome::Unknown { .. } | Outcome::Error { .. } => unknown,
    };
    *count = count.saturating_add(1);
}

fn finding(
    inputs: Inputs<'_>,
    subject: &Subject<'_, '_>,
    rule: &Rule,
    pair: Pair<Option<&Held<'_, '_>>>,
    state: State,
    message: String,
) -> Finding {
    let at = rule.at.as_deref().unwrap_or_default();
    let keys: Vec<&str> = at.split('/').filter(|key| !key.is_empty()).collect();
    let found = Pair::from_fn(|side| {
        let held = (*pair.get(side))?;
        let path = held.item.place.path().keys(&keys);
        let inside = path.0.get(held.part.document.base.0.len()..).unwrap_or_default();
        let (cursor, exact) = held.part.document.cursor().locate(inside);
        let node = cursor.node.span();
        let node = (node.start, node.end);
        // Of two equal keys the address leads to the first, and the item may be about the later.
        let span = held.item.span.filter(|_| keys.is_empty()).unwrap_or(node);
        let range = held.part.to_file(span);
        let typing = held.part.document.typing();
        Some((path, range, (exact && span == node).then(|| shown(cursor.node, typing))))
    });
    let side = if pair.green.is_some() { Side::Green } else { Side::Blue };
    let colours = &inputs.policy.colours;
    let path = found
        .get(side)
        .as_ref()
        .map_or(Path::ROOT, |(path, _, _)| fold_path(path, |text| colours.fold(side, text)));
    let places = Pair::from_fn(|side| {
        let (_, range, _) = found.get(side).as_ref()?;
        subject.files.place(side, *subject.ordinals.get(side), Some(*range))
    });
    let clear = found.map(|found| found.and_then(|(_, _, value)| value));
    let values = withheld(clear.clone());
    let message = Side::BOTH.into_iter().fold(message, |message, side| {
        match (clear.get(side), values.get(side)) {
            (Some(clear), Some(value)) if clear != value => message.replace(&clear.0, &value.0),
            _ => message,
        }
    });
    let at = Address { resource: subject.resource.clone(), path };
    Finding { state, message, places, values, ..blank(rule, at) }
}

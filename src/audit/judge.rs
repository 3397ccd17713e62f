//! Rules over the views of a pair of documents.

use std::borrow::Cow;

use super::differences::blank;
use super::documents::Part;
use super::pending::Undecided;
use super::place::{Files, fold_path};
use super::traced;
use super::{Inputs, evidence};
use crate::dialect;
use crate::diff::{join_names, shown, withheld};
use crate::facts::{Fact, Item, VIEWS, View};
use crate::model::{
    Address, Change, Finding, Pair, Path, ResourceId, RuleId, Severity, Side, State, Step,
};
use crate::rules::{
    Environment, Excluded, Guards, Kind, Outcome, Rule, RuleSet, judge, judge_pair,
};
use crate::trace::{self, TraceFacts};

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
    /// Whether the colour map turns blue's whole text into green's.
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

/// What rules over a view are decided by besides its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Besides {
    /// Nothing.
    Nothing,
    /// What evidence is about, and since when.
    Standing,
    /// The time of the run: its items hold for a while.
    Time,
}

impl Besides {
    fn of(view: &View) -> Self {
        if evidence::is_view(view) {
            Self::Standing
        } else if TIMED.contains(&view.id) {
            Self::Time
        } else {
            Self::Nothing
        }
    }
}

/// A view that somebody asks for.
pub(super) struct Asked<'a> {
    pub(super) view: &'static View,
    /// Its place among all.
    pub(super) place: u16,
    rules: &'a [Rule],
    /// Tells which of them are not about an item.
    guards: Guards,
    /// The place of the first of them among all rules.
    first: usize,
    /// Whether the way of spans is made of it too.
    is_traced: bool,
    /// What is heard besides its items.
    besides: Besides,
    /// Whether its items are kept whole for that.
    pub(super) is_kept: bool,
    /// Whether documents may hold items of it, by the place of their dialect among all.
    suits: Vec<bool>,
}

/// A part of a document with its number, and the place of its dialect among all.
type Placed<'s, 't> = (Option<usize>, usize, &'s Part<'t>);

impl Asked<'_> {
    /// Which of its rules an item is no subject of.
    fn excluded(&self, item: &Item<'_>) -> Excluded {
        match self.besides {
            Besides::Nothing => self.guards.excluded(self.rules, &item.fact),
            // What is heard besides may decide whether a rule applies.
            Besides::Standing | Besides::Time => Excluded::default(),
        }
    }

    /// Those documents that may hold items of the view.
    fn suiting<'p, 's, 't>(
        &self,
        parts: &'p [Placed<'s, 't>],
    ) -> impl Iterator<Item = (usize, &'s Part<'t>)> + use<'_, 'p, 's, 't> {
        let suits = |place: Option<usize>| self.suits.get(place?).copied();
        let suiting = parts.iter().filter(move |(place, ..)| suits(*place) == Some(true));
        suiting.map(|(_, number, part)| (*number, *part))
    }
}

/// Views whose items hold for a while.
const TIMED: [&str; 1] = ["tls.certificate"];

/// The views that a rule or the trace asks for.
pub(super) fn asked(rules: &RuleSet) -> Vec<Asked<'_>> {
    let asked = (0..).zip(VIEWS.iter()).map(|(place, view)| Asked {
        view,
        place,
        rules: rules.rules_for(view.id),
        guards: Guards::default(),
        first: rules.first_for(view.id),
        is_traced: trace::VIEWS.contains(&view.id),
        besides: Besides::of(view),
        is_kept: trace::is_kept(view.id),
        suits: dialect::all().map(|dialect| view.suits(dialect.id())).collect(),
    });
    asked.filter(|asked| asked.is_traced || !asked.rules.is_empty()).collect()
}

/// Judges everything a pair of documents holds.
pub(super) fn judge_documents(inputs: Inputs<'_>, subject: &Subject<'_, '_>) -> Judged {
    let mut judged = Judged::default();
    let parts = subject.parts.map(|parts| parts.iter().enumerate().map(placed).collect::<Vec<_>>());
    let homes = traced::homes(subject);
    for asked in inputs.asked {
        let Asked { rules, is_traced, .. } = asked;
        let suits = |side: Side| asked.suiting(parts.get(side)).next().is_some();
        if !suits(Side::Blue) && !suits(Side::Green) {
            continue;
        }
        let green = held(asked, &parts.green);
        let is_settled = subject.is_recoloured && nothing_fails(asked, &green, &mut judged);
        if is_settled && !is_traced {
            continue;
        }
        let items = Pair::new(held(asked, &parts.blue), green);
        if items.blue.is_empty() && items.green.is_empty() {
            continue;
        }
        if *is_traced {
            traced::take(subject, asked, &homes, &items, &mut judged.trace);
        }
        if is_settled || rules.is_empty() {
            continue;
        }
        let colours = &inputs.policy.colours;
        let keys = items.as_ref().map(|side| side.iter().map(Held::key).collect::<Vec<_>>());
        let folded = Pair::from_fn(|side| {
            let keys = keys.get(side).iter();
            keys.map(|(is_inner, key)| (*is_inner, colours.fold(side, key))).collect::<Vec<_>>()
        });
        // What found no partner may belong to a document that goes by another name.
        let nameless = Pair::from_fn(|side| {
            let own =
                parts.get(side).first().map(|(_, _, part)| own_name(part)).unwrap_or_default();
            let keys = keys.get(side).iter();
            keys.map(|(is_inner, key)| (*is_inner, key.strip_prefix(&*own).unwrap_or(key)))
                .collect::<Vec<_>>()
        });
        let joined = join_names(&folded, &nameless);
        let joined: Vec<Both<'_, '_, '_>> = joined
            .iter()
            .map(|(blue, green)| {
                let blue = blue.and_then(|index| items.blue.get(index));
                let green = green.and_then(|index| items.green.get(index));
                Both::of(asked, Pair::new(blue, green))
            })
            .collect();
        for (place, rule) in rules.iter().enumerate() {
            let mut counts = [0; 4];
            for both in &joined {
                if Excluded::holds(both.excluded, rule, place) {
                    count(&mut counts, &Outcome::NotApplicable, State::Introduced);
                    continue;
                }
                let rule = (rule, asked.besides);
                judge_pair_of_items(inputs, subject, rule, both, (&mut judged, &mut counts));
            }
            if counts != [0; 4] {
                judged.counts.push((asked.first + place, counts));
            }
        }
    }
    judged.trace.blue.shrink();
    judged.trace.green.shrink();
    drop_replaced(inputs, &mut judged.findings);
    judged
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

fn placed<'s, 't>((number, part): (usize, &'s Part<'t>)) -> Placed<'s, 't> {
    let id = part.document.dialect.id();
    (dialect::all().position(|known| known.id() == id), number, part)
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

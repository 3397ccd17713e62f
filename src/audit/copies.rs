//! Documents that a tool makes of others of their side.
//!
//! A copy that says what its source says is no drift, whether the other side has it or not: what is
//! to be told is told of the source. Where it says anything else, every difference stays, and that
//! it is no copy any more is told too.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Inputs;
use super::differences::unlike_finding;
use super::documents::{Roots, roots};
use super::open::{Opened, text};
use crate::dialect::{Copied, DIALECTS, Dialect};
use crate::diff::Differences;
use crate::model::{
    BlobError, DocumentEntry, Explainer, Explanation, Finding, Pair, Path, Side, SourceId, State,
};
use crate::policy::Ledger;

/// The copies of a side by index among its documents.
pub(super) type Copies = BTreeMap<usize, Copy>;

/// A copy, and whether the other side has the document because of which it is made.
#[derive(Debug)]
pub(super) struct Copy {
    copied: Copied,
    is_made_there: bool,
}

/// The copies of both sides.
pub(super) fn copies(inputs: Inputs<'_>) -> Result<Pair<Copies>, BlobError> {
    Ok(Pair::new(of_side(inputs, Side::Blue)?, of_side(inputs, Side::Green)?))
}

fn of_side(inputs: Inputs<'_>, side: Side) -> Result<Copies, BlobError> {
    let mut found = Copies::new();
    for dialect in DIALECTS {
        if let Some(prefix) = dialect.makers() {
            found.extend(of_dialect(inputs, side, *dialect, prefix)?);
        }
    }
    Ok(found)
}

/// How often documents are opened that another one led to: a maker, its target, what that names.
const ROUNDS_MAX: usize = 4;

fn of_dialect(
    inputs: Inputs<'_>,
    side: Side,
    dialect: &dyn Dialect,
    prefix: &str,
) -> Result<Copies, BlobError> {
    let makers = makers(inputs, side, prefix);
    if makers.is_empty() {
        return Ok(Copies::new());
    }
    let named = named(inputs, side);
    let mut needed = makers.clone();
    let mut found = Vec::new();
    for _ in 0..ROUNDS_MAX {
        let asked;
        (found, asked) = round(inputs, side, dialect, (&makers, &named, &needed))?;
        let before = needed.len();
        needed.extend(asked.iter().filter_map(|join| Some(*named.get_key_value(&**join)?.0)));
        if needed.len() == before {
            break;
        }
    }
    let there = self::makers(inputs, side.other(), prefix);
    let colours = &inputs.policy.colours;
    let there: BTreeSet<Cow<'_, str>> =
        there.iter().map(|join| colours.fold(side.other(), join)).collect();
    let copies = found.into_iter().filter_map(|(maker, copied)| {
        let index = (*named.get(copied.copy.as_str())?)?;
        let is_made_there = there.contains(&colours.fold(side, maker));
        Some((index, Copy { copied, is_made_there }))
    });
    Ok(copies.collect())
}

/// Documents of a side that make a tool copy others, by what they are joined by.
fn makers<'a>(inputs: Inputs<'a>, side: Side, prefix: &str) -> BTreeSet<&'a str> {
    let all = inputs.snapshots.get(side).documents.iter();
    all.map(DocumentEntry::join).filter(|join| join.starts_with(prefix)).collect()
}

/// Every document of a side by what it is joined by; what is there twice is no one's copy.
fn named(inputs: Inputs<'_>, side: Side) -> BTreeMap<&str, Option<usize>> {
    let mut named: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    for (index, entry) in inputs.snapshots.get(side).documents.iter().enumerate() {
        let known = named.entry(entry.join());
        known.and_modify(|first| *first = None).or_insert(Some(index));
    }
    named
}

/// What each maker made, and which documents it asked for.
type Made<'a> = (Vec<(&'a str, Copied)>, BTreeSet<String>);

/// What the makers made as far as the documents that are needed tell, each with its maker; and
/// which documents they asked for.
fn round<'a>(
    inputs: Inputs<'a>,
    side: Side,
    dialect: &dyn Dialect,
    (makers, named, needed): (&BTreeSet<&'a str>, &BTreeMap<&str, Option<usize>>, &BTreeSet<&str>),
) -> Result<Made<'a>, BlobError> {
    let entry = |join: &str| inputs.snapshots.get(side).documents.get((*named.get(join)?)?);
    let entries: Vec<&DocumentEntry> = needed.iter().filter_map(|join| entry(join)).collect();
    let texts = texts(inputs, side, &entries)?;
    let read = AssertUnwindSafe(|| {
        let opened = opened(inputs, side, &texts);
        let roots = all_roots(inputs, side, &opened, &entries);
        let asked = RefCell::new(BTreeSet::new());
        let root = |join: &str| {
            asked.borrow_mut().insert(join.to_owned());
            let entry = entry(join)?;
            roots.get(&entry.source)?.get(&(entry.ordinal, entry.member)).copied()
        };
        let made = makers.iter().filter_map(|maker| Some((*maker, root(maker)?)));
        let copied = made.flat_map(|(maker, node)| {
            dialect.copies(node, &root).into_iter().map(move |copied| (maker, copied))
        });
        let copied = copied.collect::<Vec<_>>();
        (copied, asked.into_inner())
    });
    // What cannot be read is a gap of its own, and nobody's copy.
    Ok(catch_unwind(read).unwrap_or_default())
}

type Texts<'a> = BTreeMap<SourceId, Cow<'a, str>>;

fn texts<'a>(
    inputs: Inputs<'a>,
    side: Side,
    needed: &[&DocumentEntry],
) -> Result<Texts<'a>, BlobError> {
    let sources: BTreeSet<SourceId> = needed.iter().map(|entry| entry.source).collect();
    let snapshot = inputs.snapshots.get(side);
    let read = |id: SourceId| Ok((id, text(inputs, snapshot.source(id))?));
    sources.into_iter().map(read).collect()
}

fn opened<'t>(
    inputs: Inputs<'_>,
    side: Side,
    texts: &'t Texts<'_>,
) -> BTreeMap<SourceId, Opened<'t>> {
    let snapshot = inputs.snapshots.get(side);
    texts.iter().map(|(id, text)| (*id, Opened::new(snapshot.source(*id), text))).collect()
}

fn all_roots<'t>(
    inputs: Inputs<'_>,
    side: Side,
    opened: &'t BTreeMap<SourceId, Opened<'_>>,
    needed: &[&'t DocumentEntry],
) -> BTreeMap<SourceId, Roots<'t>> {
    let snapshot = inputs.snapshots.get(side);
    let mut of_file: BTreeMap<SourceId, Vec<&DocumentEntry>> = BTreeMap::new();
    for entry in needed {
        of_file.entry(entry.source).or_default().push(entry);
    }
    let read = of_file.into_iter().filter_map(|(id, entries)| {
        let parsed = opened.get(&id)?.parsed.as_ref();
        Some((id, roots(entries.into_iter(), snapshot.source(id), parsed)))
    });
    read.collect()
}

/// Explains what differs between two copies, or that one side alone has one.
pub(super) fn explain(
    inputs: Inputs<'_>,
    pair: Pair<Option<usize>>,
    differences: &mut Differences,
) {
    let copy = |side: Side| inputs.copies.get(side).get(&(*pair.get(side))?);
    let known = Pair::from_fn(copy);
    let is_alone = pair.blue.is_none() || pair.green.is_none();
    let proves = |side: Side| match known.get(side) {
        Some(copy) => copy.copied.differs.is_none() && (!is_alone || copy.is_made_there),
        None => pair.get(side).is_none(),
    };
    let side = if known.green.is_some() { Side::Green } else { Side::Blue };
    let Some(copy) = known.get(side) else { return };
    if !Side::BOTH.into_iter().all(proves) || !inputs.policy.explainers.include(Explainer::Copy) {
        return;
    }
    let open: Vec<&str> = Side::BOTH
        .iter()
        .filter_map(|side| *known.get(*side))
        .flat_map(|copy| copy.copied.open.iter().copied())
        .collect();
    let is_open = |path: &Path| {
        let path = path.to_string();
        let within = |open: &&str| {
            path.strip_prefix(*open).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        !is_alone && open.iter().any(within)
    };
    let by = inputs.policy.colours.fold(side, &copy.copied.by).into_owned();
    let explanation = Explanation::Generated { by };
    for found in &mut differences.found {
        if found.explanation == Explanation::Unexplained && !is_open(&found.path) {
            differences.counts.replace(&found.explanation, &explanation);
            found.explanation = explanation.clone();
        }
    }
    if inputs.policy.ledger != Ledger::Full {
        differences.found.retain(|found| found.explanation == Explanation::Unexplained);
    }
}

/// Findings about copies that do not say what their sources say.
pub(super) fn findings(inputs: Inputs<'_>) -> Vec<Finding> {
    let folded = Pair::from_fn(|side| {
        let unlike = inputs.copies.get(side).iter();
        let unlike = unlike.filter(|(_, copy)| copy.copied.differs.is_some());
        let names = unlike.map(|(index, copy)| {
            (inputs.policy.colours.fold(side, &copy.copied.copy).into_owned(), (*index, copy))
        });
        names.collect::<BTreeMap<String, (usize, &Copy)>>()
    });
    let mut findings = Vec::new();
    for side in [Side::Green, Side::Blue] {
        for (join, (index, copy)) in folded.get(side) {
            let other = folded.get(side.other()).contains_key(join);
            let state = match (side, other) {
                (Side::Green, true) => State::Inherited,
                (Side::Green, false) => State::Introduced,
                (Side::Blue, true) => continue,
                (Side::Blue, false) => State::Resolved,
            };
            if let Some(entry) = inputs.snapshots.get(side).documents.get(*index) {
                findings.extend(unlike_finding(inputs, side, state, (entry, &copy.copied)));
            }
        }
    }
    findings
}

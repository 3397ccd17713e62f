//! What tasks found, and what becomes of it: changes, findings, counts; and what concerns files as such.

use std::collections::BTreeMap;

use super::differences::{bleed_finding, drift_finding};
use super::excerpts::Withheld;
use super::judge::Judged;
use super::pending::Pending;
use super::place::Files;
use super::plan::Task;
use super::specific::Specific;
use super::sum::add_rules;
use super::{Inputs, evidence};
use crate::dialect::Recognised;
use crate::diff::{self, Context, Differences, Found, NamedOther};
use crate::facts::{Beside, Document, Taken};
use crate::model::{
    Address, AllowanceId, Change, ChangeCounts, Direction, Disposition, Edit, Explanation, Finding,
    Gap, GapReason, Node, Pair, Path, Renamed, ResourceId, Side, Source,
};
use crate::policy::Uses;
use crate::rules::Rule;

/// The view of changes that nothing explains.
pub(super) const UNEXPLAINED: &str = "drift.unexplained";

/// How many counts of rules are kept before they are summed up: a file may hold any number of
/// documents.
const COUNTS_MAX: usize = 4096;

/// What a task found.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) changes: Vec<Change>,
    pub(super) counts: ChangeCounts,
    pub(super) renamed: Vec<Renamed>,
    pub(super) allowance_uses: Vec<(usize, Uses)>,
    pub(super) findings: Vec<Finding>,
    pub(super) rule_counts: Vec<(usize, [u64; 4])>,
    pub(super) gaps: Pair<Vec<Gap>>,
    pub(super) withheld: Pair<Withheld>,
    pub(super) pending: Pending,
}

/// What is left of a task that panicked: its files are gaps.
pub(super) fn failed(sources: Pair<Option<&Source>>) -> Part {
    let gaps = sources.map(|source| {
        let gap = |source: &Source| Gap {
            place: source.file.to_string(),
            span: None,
            line: None,
            reason: GapReason::Internal,
            message: "the audit of this file failed inside driftseal; please report it, with the \
                      file if you may share it"
                .to_owned(),
        };
        source.map(gap).into_iter().collect()
    });
    Part { gaps, ..Part::default() }
}

/// What concerns files as such: their names, and those that hold no document.
pub(super) fn whole_files(
    inputs: Inputs<'_>,
    (task, has_documents): (&Task, Pair<bool>),
    files: &Files<'_>,
    part: &mut Part,
) {
    let colours = &inputs.policy.colours;
    for side in Side::BOTH {
        let Some(name) = files.name(side) else { continue };
        if evidence::is_all_of(inputs, *task.files.get(side), side) {
            continue;
        }
        let resource = || ResourceId(format!("file:{}", colours.fold(side, name)));
        if let Some(bleed) = colours.bleeds(side, name).into_iter().next() {
            let noted = NamedOther {
                side,
                path: Path::ROOT,
                range: (0, 0),
                other: None,
                token: bleed.token,
                expected: bleed.expected,
                values: Pair::new(None, None),
            };
            let finding = bleed_finding(inputs, files, &resource(), Pair::new(0, 0), &noted);
            part.findings.extend(finding.into_iter().map(without_lines));
        }
        let bare = !*has_documents.get(side);
        let edit = match (side, files.name(side.other())) {
            (Side::Blue, None) if bare => Edit::Removed,
            (Side::Green, None) if bare => Edit::Added,
            (Side::Green, Some(_)) if differs_as_a_whole(inputs, has_documents, files) => {
                Edit::Replaced
            }
            (Side::Blue | Side::Green, _) => continue,
        };
        let found = Found {
            path: Path::ROOT,
            edit,
            explanation: Explanation::Unexplained,
            direction: None,
            ranges: Pair::new(None, None),
            values: Pair::new(None, None),
        };
        let resource = resource();
        let mut differences = Differences::default();
        let context = Context {
            policy: inputs.policy,
            now: inputs.now,
            files: Pair::from_fn(|side| files.name(side)),
            texts: files.texts,
            wholes: files.texts,
            resource: &resource.0,
            hashed: inputs.hashed.as_ref(),
            renames: inputs.renames,
        };
        diff::record(&context, &mut differences, found, Pair::new(None, None));
        let ordinals = Pair::new(0, 0);
        settle(inputs, files, &resource, ordinals, differences, Judged::default(), part);
    }
}

/// Whether two files differ of which nothing, or not everything, could be taken apart: then they
/// are compared by what is kept of them, and by the keyed fingerprint of what they were.
fn differs_as_a_whole(inputs: Inputs<'_>, has_documents: Pair<bool>, files: &Files<'_>) -> bool {
    let Some(sources) = files.sources.both() else { return false };
    let opaque = Side::BOTH.iter().any(|side| {
        let gaps = &inputs.snapshots.get(*side).gaps;
        let file = &sources.get(*side).file;
        !has_documents.get(*side) || gaps.iter().any(|gap| *gap.place == **file)
    });
    if !inputs.has_one_key() {
        let texts = files.texts;
        let binaries = sources.map(|source| source.syntax == "binary");
        let lengths = texts.map(|text| text.rsplit(' ').next());
        return opaque
            && match (binaries.blue, binaries.green) {
                (true, true) => lengths.blue != lengths.green,
                (false, false) => texts.blue != texts.green,
                (true, false) | (false, true) => false,
            };
    }
    let same_original =
        sources.blue.original.is_some() && sources.blue.original == sources.green.original;
    let same_text = sources.blue.digest == sources.green.digest
        && (sources.blue.syntax != "binary" && sources.green.syntax != "binary");
    opaque && !same_original && !same_text
}

fn without_lines(mut finding: Finding) -> Finding {
    finding.places = finding.places.map(|place| {
        place.map(|place| crate::model::Place { line: None, column: None, end_line: None, ..place })
    });
    finding
}

/// A whole document of a file.
pub(super) fn document<'d>(
    source: &'d Source,
    known: &'d Recognised,
    root: Node<'d>,
    beside: &'d [Beside<'d>],
) -> Document<'d> {
    Document {
        file: &source.file,
        syntax: source.syntax,
        dialect: known.dialect,
        identity: &known.identity,
        owner: &known.identity,
        base: Path::ROOT,
        root,
        beside,
        taken: Taken::default(),
    }
}

/// Turns what was found about one resource into changes and findings.
pub(super) fn settle(
    inputs: Inputs<'_>,
    files: &Files<'_>,
    resource: &ResourceId,
    ordinals: Pair<u32>,
    differences: Differences,
    judged: Judged,
    part: &mut Part,
) {
    let mut findings = judged.findings;
    for finding in &mut findings {
        waive_declared(inputs, finding, &differences.declared);
    }
    for bleed in &differences.bleeds {
        findings.extend(bleed_finding(inputs, files, resource, ordinals, bleed));
    }
    let generic = inputs.rules.rules_for(UNEXPLAINED);
    let specific = Specific::new(&findings);
    let (mut drift, mut ways) = (Vec::new(), BTreeMap::new());
    for found in differences.found {
        let change = change(files, resource, ordinals, found);
        if change.explanation == Explanation::Unexplained {
            if let Some(direction) = change.direction {
                ways.insert(change.at.path.clone(), direction);
            }
            if !judged.spoken.iter().any(|spoken| spoken.is_about(&change)) {
                drift.extend(drift_findings(generic, &specific, &change));
            }
        }
        part.changes.push(change);
    }
    findings.extend(drift);
    direct(&mut findings, &ways);
    for (side, range) in differences.withheld {
        let file = files.name(side).unwrap_or_default().to_owned();
        part.withheld.get_mut(side).push((file, range));
    }
    part.counts.merge(differences.counts);
    part.allowance_uses.extend(differences.allowance_uses);
    part.findings.extend(findings);
    part.rule_counts.extend(judged.counts);
    if part.rule_counts.len() > COUNTS_MAX {
        let mut sums = BTreeMap::new();
        add_rules(&mut sums, std::mem::take(&mut part.rule_counts));
        part.rule_counts.extend(sums);
    }
    part.pending.undecided.extend(judged.undecided);
    part.pending.trace.blue.take(judged.trace.blue);
    part.pending.trace.green.take(judged.trace.green);
}

/// What rules about differences say of one: those that are about some differences only, then the
/// others, unless that is said already, and no less severely.
fn drift_findings(rules: &[Rule], specific: &Specific<'_>, change: &Change) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    let (particular, general): (Vec<&Rule>, Vec<&Rule>) =
        rules.iter().partition(|rule| rule.is_conditional());
    for rule in particular.into_iter().chain(general) {
        let said = !rule.is_conditional() && found.iter().any(|it| it.severity >= rule.severity);
        if !said && !specific.cover(change, rule.severity) {
            found.extend(drift_finding(rule, change));
        }
    }
    found
}

/// Tells findings which way the differences at their places go.
fn direct(findings: &mut [Finding], ways: &BTreeMap<Path, Direction>) {
    for finding in findings.iter_mut().filter(|finding| finding.direction.is_none()) {
        finding.direction = ways.get(&finding.at.path).copied();
    }
}

/// A rule that compares the sides says again what the diff said; where an allowance declares that
/// very change, the finding stays visible and no longer counts. A rule about one side still does.
fn waive_declared(inputs: Inputs<'_>, finding: &mut Finding, declared: &[(Path, AllowanceId)]) {
    let compares = inputs.rules.rule(&finding.rule).is_some_and(|rule| rule.kind.compares());
    let by = declared.iter().find(|(path, _)| *path == finding.at.path);
    if let Some((_, allowance)) = by.filter(|_| compares) {
        finding.disposition = Disposition::Waived;
        finding.message = format!("{} (declared by allowance `{}`)", finding.message, allowance.0);
    }
}

fn change(files: &Files<'_>, resource: &ResourceId, ordinals: Pair<u32>, found: Found) -> Change {
    let whole = found.path == Path::ROOT && found.edit != Edit::Replaced;
    let present = Pair::new(found.edit != Edit::Added, found.edit != Edit::Removed);
    let places = Pair::from_fn(|side| {
        let range = found.ranges.get(side).filter(|_| !whole);
        let here = present.get(side) & (found.path == Path::ROOT || range.is_some());
        if here { files.place(side, *ordinals.get(side), range) } else { None }
    });
    Change {
        at: Address { resource: resource.clone(), path: found.path },
        edit: found.edit,
        explanation: found.explanation,
        direction: found.direction,
        cause: None,
        places,
        values: found.values,
    }
}

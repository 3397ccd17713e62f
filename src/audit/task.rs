//! One task: compare, judge, forget the trees.

use std::collections::BTreeMap;

use super::differences::{bleed_finding, drift_finding};
use super::documents::{Part as DocumentPart, Roots, roots, with_embedded};
use super::excerpts::Withheld;
use super::judge::{self, Judged, Subject};
use super::open::Opened;
use super::pending::Pending;
use super::place::Files;
use super::plan::{By, Joined, Task};
use super::specific::Specific;
use super::sum::add_rules;
use super::whole::{another_name, written_twice};
use super::{Inputs, beside, copies, evidence, rego, stale};
use crate::dialect::{self, Recognised};
use crate::diff::{self, Context, Differences, Found, NamedOther};
use crate::facts::{AccessFacts, Beside, Document, Taken};
use crate::model::{
    Address, AllowanceId, BlobError, Change, ChangeCounts, Direction, Disposition, DocumentEntry,
    Edit, Explanation, Finding, Gap, GapReason, Node, Pair, Path, Renamed, ResourceId, Side,
    Source,
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
            place: source.file.clone(),
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

/// Compares the documents of a task.
pub(super) fn compared(
    inputs: Inputs<'_>,
    task: &Task,
    sources: Pair<Option<&Source>>,
    opened: Pair<&Opened<'_>>,
) -> Result<Part, BlobError> {
    let files = Files::new(sources, opened);
    let roots = Pair::from_fn(|side| {
        let all = &inputs.snapshots.get(side).documents;
        let compared = task.documents.iter().filter(|joined| joined.by != By::Twice);
        let indexes = compared.filter_map(|joined| *joined.pair.get(side));
        let entries = indexes.filter_map(|index| all.get(index));
        roots(entries, *sources.get(side), opened.get(side).parsed.as_ref())
    });
    let mut part = Part::default();
    let beside = |side| {
        let indexes = task.documents.iter().filter_map(|joined| *joined.pair.get(side));
        let entries = indexes.filter_map(|index| inputs.snapshots.get(side).documents.get(index));
        let roots = roots.get(side);
        let documents =
            entries.filter_map(|entry| Some((entry, *roots.get(&(entry.ordinal, entry.member))?)));
        beside::texts(inputs, side, *sources.get(side), documents)
    };
    let beside = Pair::new(beside(Side::Blue)?, beside(Side::Green)?);
    for side in Side::BOTH {
        for (at, what, why) in &beside.get(side).missing {
            let line = files.place(side, 0, Some((*at, *at))).and_then(|place| place.line);
            let file = files.name(side).unwrap_or_default();
            part.gaps.get_mut(side).push(beside::gap(file, line, (what, why)));
        }
    }
    let read = beside.as_ref().map(|together| beside::parsed(&together.texts));
    let beside = read.as_ref().map(|read| beside::roots(read));
    let beside = beside.as_ref().map(Vec::as_slice);
    for side in Side::BOTH {
        if let (Some(id), Some(whole)) = (task.files.get(side), task.whole)
            && !whole.get(side)
        {
            part.pending.compared.get_mut(side).insert((id.0, None));
        }
    }
    if let Some(whole) = task.whole {
        whole_files(inputs, (task, whole), &files, &mut part);
    }
    for Joined { pair, by } in task.documents.iter().copied() {
        let entries = Pair::from_fn(|side| {
            let index = (*pair.get(side))?;
            inputs.snapshots.get(side).documents.get(index)
        });
        for side in Side::BOTH {
            if let Some(entry) = entries.get(side) {
                let object = (entry.source.0, Some((entry.ordinal, entry.member)));
                part.pending.compared.get_mut(side).insert(object);
            }
        }
        documents(inputs, &files, (pair, entries, by), (&roots, beside), &mut part);
    }
    Ok(part)
}

/// What concerns files as such: their names, and those that hold no document.
fn whole_files(
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
        !has_documents.get(*side) || gaps.iter().any(|gap| gap.place == *file)
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
        !sources.blue.original.is_empty() && sources.blue.original == sources.green.original;
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

/// Compares and judges one pair of documents, or one that is alone.
fn documents(
    inputs: Inputs<'_>,
    files: &Files<'_>,
    (indexes, entries, by): (Pair<Option<usize>>, Pair<Option<&DocumentEntry>>, By),
    (roots, beside): (&Pair<Roots<'_>>, Pair<&[Beside<'_>]>),
    part: &mut Part,
) {
    let colours = &inputs.policy.colours;
    let Some((named, entry)) =
        Side::BOTH.iter().find_map(|side| Some((*side, (*entries.get(*side))?)))
    else {
        return;
    };
    let resource = ResourceId(colours.fold(named, &entry.identity).into_owned());
    let ordinals = entries.map(|entry| entry.map_or(0, |entry| entry.ordinal));
    let roots = Pair::from_fn(|side| {
        let entry = (*entries.get(side))?;
        roots.get(side).get(&(entry.ordinal, entry.member)).copied()
    });
    let known = Pair::from_fn(|side| {
        let (source, entry) = ((*files.sources.get(side))?, (*entries.get(side))?);
        let root = (*roots.get(side))?;
        Some(dialect::recognise_again(entry.dialect, &source.file, source.syntax, root))
    });
    let documents = Pair::from_fn(|side| {
        let source = (*files.sources.get(side))?;
        let known = known.get(side).as_ref()?;
        Some(document(source, known, (*roots.get(side))?, beside.get(side)))
    });
    let context = Context {
        policy: inputs.policy,
        now: inputs.now,
        files: Pair::from_fn(|side| files.name(side)),
        // Of a file with many documents, each is searched for itself.
        texts: roots.map(|root| root.map(Node::raw).unwrap_or_default()),
        wholes: files.texts,
        resource: &resource.0,
        hashed: inputs.hashed.as_ref(),
        renames: inputs.renames,
    };
    if by == By::Twice {
        let differences = written_twice(&context, named);
        return settle(inputs, files, &resource, ordinals, differences, Judged::default(), part);
    }
    note_too_much(files, &documents, part);
    part.findings.extend(stale::findings(inputs, files, entries, roots));
    note_access(inputs, files, &resource, ordinals, &documents, part);
    let is_evidence = entry.dialect == evidence::DIALECT;
    evidence::note(inputs, documents.green.as_ref(), &mut part.pending.evidence);
    let mut differences =
        if is_evidence { Differences::default() } else { differences(&context, &documents) };
    if by == By::Name {
        copies::explain(inputs, indexes, &mut differences);
    }
    let mut renamed = Vec::new();
    if let (By::Likeness(likeness), Some(entries)) = (by, entries.both()) {
        let both = entries.map(|entry| entry.identity.as_str());
        let place = (&context, files, ordinals);
        let (noted, findings) = another_name(inputs, place, both, likeness, &mut differences);
        part.renamed.push(noted);
        renamed = findings;
    }
    let is_alone = beside.blue.is_empty() && beside.green.is_empty() && !is_evidence;
    let both = documents.as_ref().map(Option::as_ref).both().filter(|_| is_alone);
    let is_recoloured = both.is_some_and(|pair| diff::is_recoloured(&inputs.policy.colours, pair));
    let mut judged = with_embedded(&documents, |parts| {
        let (resource, entries) = (&resource, indexes);
        let subject = Subject { resource, files, ordinals, entries, parts, is_recoloured };
        judged(inputs, &subject, part)
    });
    judged.findings.extend(renamed);
    settle(inputs, files, &resource, ordinals, differences, judged, part);
    if !is_evidence && !inputs.rules.policies().is_empty() {
        rego::judge(inputs, files, (&resource, ordinals), &documents, part);
    }
}

/// What the two sides of a document differ in, or that one has none.
fn differences(context: &Context<'_>, documents: &Pair<Option<Document<'_>>>) -> Differences {
    match documents.as_ref().map(Option::as_ref) {
        Pair { blue: Some(blue), green: Some(green) } => {
            diff::compare(context, Pair::new(blue, green))
        }
        Pair { blue: Some(blue), green: None } => diff::one_sided(context, Side::Blue, blue),
        Pair { blue: None, green: Some(green) } => diff::one_sided(context, Side::Green, green),
        Pair { blue: None, green: None } => Differences::default(),
    }
}

/// What rules say about a pair of documents, and what of them could not be read.
fn judged(inputs: Inputs<'_>, subject: &Subject<'_, '_>, part: &mut Part) -> Judged {
    for side in Side::BOTH {
        let parts = subject.parts.get(side);
        part.gaps.get_mut(side).extend(embedded_gaps(subject.files, side, parts));
    }
    judge::judge_documents(inputs, subject)
}

/// Tells of documents that are given more than is held.
fn note_too_much(files: &Files<'_>, documents: &Pair<Option<Document<'_>>>, part: &mut Part) {
    for side in Side::BOTH {
        if documents.get(side).as_ref().is_some_and(Document::is_given_too_much) {
            let file = files.name(side).unwrap_or_default();
            part.gaps.get_mut(side).push(beside::too_much(file));
        }
    }
}

/// Takes what roles and bindings say.
fn note_access(
    inputs: Inputs<'_>,
    files: &Files<'_>,
    resource: &ResourceId,
    ordinals: Pair<u32>,
    documents: &Pair<Option<Document<'_>>>,
    part: &mut Part,
) {
    let colours = &inputs.policy.colours;
    for side in Side::BOTH {
        let Some(document) = documents.get(side) else { continue };
        let fold = |text: &str| colours.fold(side, text).into_owned();
        let place = |range| files.place(side, *ordinals.get(side), Some(range));
        let facts = AccessFacts::of(document, resource, fold, place);
        part.pending.access.get_mut(side).merge(facts);
    }
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

/// What of the documents within a document could not be read.
fn embedded_gaps(files: &Files<'_>, side: Side, parts: &[DocumentPart<'_>]) -> Vec<Gap> {
    let gap = |(range, reason, message): &(diff::Range, GapReason, String)| Gap {
        place: files.name(side).unwrap_or_default().to_owned(),
        span: None,
        line: files.place(side, 0, Some(*range)).and_then(|place| place.line),
        reason: *reason,
        message: message.clone(),
    };
    parts.iter().flat_map(|part| &part.issues).map(gap).collect()
}

/// Turns what was found about one resource into changes and findings.
fn settle(
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

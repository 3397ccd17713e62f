//! Tasks, several at once: each step is made for all of them before the next.
//!
//! What takes a document apart is far more code than a document is data; made for one pair after the
//! other, most of an audit would be fetching that code again.

use super::documents::{Part as Embedded, Roots, roots, with_embedded};
use super::judge::{self, Judged, Subject};
use super::open::Opened;
use super::place::Files;
use super::plan::{By, Joined, Task};
use super::task::{Part, document, settle, whole_files};
use super::whole::{another_name, written_twice};
use super::{Inputs, TOGETHER, beside, copies, evidence, rego, stale};
use crate::dialect::{self, Recognised};
use crate::diff::{self, Context, Differences};
use crate::facts::{AccessFacts, Beside, Document};
use crate::model::{
    BlobError, DocumentEntry, Finding, Gap, GapReason, Node, Pair, ResourceId, Side, Source,
};

/// A task with its files.
pub(super) struct Work<'w> {
    pub(super) task: &'w Task,
    pub(super) sources: Pair<Option<&'w Source>>,
    pub(super) opened: Pair<&'w Opened<'w>>,
}

/// Compares the documents of tasks; gives a part for each.
pub(super) fn compared(inputs: Inputs<'_>, works: &[Work<'_>]) -> Result<Vec<Part>, BlobError> {
    let files: Vec<Files<'_>> =
        works.iter().map(|work| Files::new(work.sources, work.opened)).collect();
    let roots: Vec<Pair<Roots<'_>>> = works.iter().map(|work| work.roots(inputs)).collect();
    let with_roots = works.iter().zip(&roots);
    let together: Vec<Pair<beside::Together<'_>>> =
        with_roots.map(|(work, roots)| work.beside(inputs, roots)).collect::<Result<_, _>>()?;
    let read: Vec<Pair<Vec<_>>> = together
        .iter()
        .map(|sides| Pair::from_fn(|side| beside::parsed(&sides.get(side).texts)))
        .collect();
    let beside: Vec<Pair<Vec<Beside<'_>>>> =
        read.iter().map(|pair| pair.as_ref().map(|read| beside::roots(read))).collect();
    let mut parts = Vec::with_capacity(works.len());
    let mut met = Vec::with_capacity(works.len());
    let each = works.iter().zip(files.iter().zip(&together)).zip(roots.iter().zip(&beside));
    for (number, ((work, (files, together)), (roots, beside))) in each.enumerate() {
        let mut part = Part::default();
        work.files(inputs, files, together, &mut part);
        let beside = beside.as_ref().map(Vec::as_slice);
        let context = Around { number, files, roots, beside };
        met.extend(work.task.documents.iter().filter_map(|joined| {
            let met = context.met(inputs, *joined)?;
            met.count(&mut part);
            Some(met)
        }));
        parts.push(part);
    }
    for met in met.chunks(TOGETHER) {
        documents(inputs, met, &mut parts);
    }
    Ok(parts)
}

impl<'w> Work<'w> {
    /// The documents of the task on one side.
    fn entries<'a>(
        &self,
        inputs: Inputs<'a>,
        side: Side,
    ) -> impl Iterator<Item = (By, &'a DocumentEntry)> {
        let all = &inputs.snapshots.get(side).documents;
        let joined = self.task.documents.iter();
        joined.filter_map(move |joined| Some((joined.by, all.get((*joined.pair.get(side))?)?)))
    }

    fn roots(&self, inputs: Inputs<'w>) -> Pair<Roots<'w>> {
        Pair::from_fn(|side| {
            let compared = self.entries(inputs, side).filter(|(by, _)| *by != By::Twice);
            let parsed = self.opened.get(side).parsed.as_ref();
            roots(compared.map(|(_, entry)| entry), *self.sources.get(side), parsed)
        })
    }

    /// What is read together with its files.
    fn beside<'a>(
        &self,
        inputs: Inputs<'a>,
        roots: &Pair<Roots<'a>>,
    ) -> Result<Pair<beside::Together<'a>>, BlobError> {
        let of = |side| {
            let roots = roots.get(side);
            let documents = self.entries(inputs, side).filter_map(|(_, entry)| {
                Some((entry, *roots.get(&(entry.ordinal, entry.member))?))
            });
            beside::texts(inputs, side, *self.sources.get(side), documents)
        };
        Ok(Pair::new(of(Side::Blue)?, of(Side::Green)?))
    }

    /// What concerns its files as such.
    fn files(
        &self,
        inputs: Inputs<'_>,
        files: &Files<'_>,
        together: &Pair<beside::Together<'_>>,
        part: &mut Part,
    ) {
        for side in Side::BOTH {
            for (at, what, why) in &together.get(side).missing {
                let line = files.place(side, 0, Some((*at, *at))).and_then(|place| place.line);
                let file = files.name(side).unwrap_or_default();
                part.gaps.get_mut(side).push(beside::gap(file, line, (what, why)));
            }
            if let (Some(id), Some(whole)) = (self.task.files.get(side), self.task.whole)
                && !whole.get(side)
            {
                part.pending.compared.get_mut(side).push((id.0, None));
            }
        }
        if let Some(whole) = self.task.whole {
            whole_files(inputs, (self.task, whole), files, part);
        }
    }
}

/// What documents of a task stand in.
#[derive(Clone, Copy)]
struct Around<'w> {
    /// Which of the tasks it is.
    number: usize,
    files: &'w Files<'w>,
    roots: &'w Pair<Roots<'w>>,
    beside: Pair<&'w [Beside<'w>]>,
}

impl<'w> Around<'w> {
    fn met(self, inputs: Inputs<'w>, joined: Joined) -> Option<Met<'w>> {
        let Joined { pair: indexes, by } = joined;
        let entries =
            Pair::from_fn(|side| inputs.snapshots.get(side).documents.get((*indexes.get(side))?));
        let of = |side: Side| Some((side, (*entries.get(side))?));
        let (named, entry) = of(Side::Blue).or_else(|| of(Side::Green))?;
        let resource = ResourceId(inputs.policy.colours.fold(named, &entry.identity).into_owned());
        let roots = Pair::from_fn(|side| {
            let entry = (*entries.get(side))?;
            self.roots.get(side).get(&(entry.ordinal, entry.member)).copied()
        });
        let is_evidence = entry.dialect == evidence::DIALECT;
        Some(Met { around: self, indexes, entries, by, named, is_evidence, resource, roots })
    }
}

/// A pair of documents, or one that is alone.
struct Met<'w> {
    around: Around<'w>,
    indexes: Pair<Option<usize>>,
    entries: Pair<Option<&'w DocumentEntry>>,
    by: By,
    /// The side whose name is told.
    named: Side,
    is_evidence: bool,
    resource: ResourceId,
    roots: Pair<Option<Node<'w>>>,
}

/// What a comparison of two documents said.
struct Compared {
    differences: Differences,
    /// Findings about their names.
    renamed: Vec<Finding>,
    is_recoloured: bool,
}

impl Met<'_> {
    /// Notes that its documents are compared.
    fn count(&self, part: &mut Part) {
        for side in Side::BOTH {
            if let Some(entry) = self.entries.get(side) {
                let object = (entry.source.0, Some((entry.ordinal, entry.member)));
                part.pending.compared.get_mut(side).push(object);
            }
        }
    }

    fn ordinals(&self) -> Pair<u32> {
        self.entries.map(|entry| entry.map_or(0, |entry| entry.ordinal))
    }

    fn known(&self) -> Pair<Option<Recognised>> {
        Pair::from_fn(|side| {
            let source = (*self.around.files.sources.get(side))?;
            let (entry, root) = ((*self.entries.get(side))?, (*self.roots.get(side))?);
            Some(dialect::recognise_again(entry.dialect, &source.file, source.syntax, root))
        })
    }

    fn documents<'d>(&'d self, known: &'d Pair<Option<Recognised>>) -> Pair<Option<Document<'d>>> {
        Pair::from_fn(|side| {
            let source = (*self.around.files.sources.get(side))?;
            let (known, root) = (known.get(side).as_ref()?, (*self.roots.get(side))?);
            Some(document(source, known, root, self.around.beside.get(side)))
        })
    }

    fn context<'c>(&'c self, inputs: Inputs<'c>) -> Context<'c> {
        let files = self.around.files;
        Context {
            policy: inputs.policy,
            now: inputs.now,
            files: Pair::from_fn(|side| files.name(side)),
            // Of a file with many documents, each is searched for itself.
            texts: self.roots.map(|root| root.map(Node::raw).unwrap_or_default()),
            wholes: files.texts,
            resource: &self.resource.0,
            hashed: inputs.hashed.as_ref(),
            renames: inputs.renames,
        }
    }

    /// What its documents differ in, and what they say that is asked of all together; nothing where
    /// they were not looked into.
    fn compared(
        &self,
        inputs: Inputs<'_>,
        documents: &Pair<Option<Document<'_>>>,
        part: &mut Part,
    ) -> Option<Compared> {
        let (files, ordinals) = (self.around.files, self.ordinals());
        let context = self.context(inputs);
        if self.by == By::Twice {
            let differences = written_twice(&context, self.named);
            let judged = Judged::default();
            settle(inputs, files, &self.resource, ordinals, differences, judged, part);
            return None;
        }
        note_too_much(files, documents, part);
        part.findings.extend(stale::findings(inputs, files, self.entries, self.roots));
        note_access(inputs, files, &self.resource, ordinals, documents, part);
        evidence::note(inputs, documents.green.as_ref(), &mut part.pending.evidence);
        let mut differences = if self.is_evidence {
            Differences::default()
        } else {
            differences(&context, documents)
        };
        if self.by == By::Name {
            copies::explain(inputs, self.indexes, &mut differences);
        }
        let mut renamed = Vec::new();
        if let (By::Likeness(likeness), Some(entries)) = (self.by, self.entries.both()) {
            let both = entries.map(|entry| &*entry.identity);
            let place = (&context, files, ordinals);
            let (noted, findings) = another_name(inputs, place, both, likeness, &mut differences);
            part.renamed.push(noted);
            renamed = findings;
        }
        let beside = self.around.beside;
        let is_alone = beside.blue.is_empty() && beside.green.is_empty() && !self.is_evidence;
        let both = documents.as_ref().map(Option::as_ref).both().filter(|_| is_alone);
        let is_recoloured =
            both.is_some_and(|pair| diff::is_recoloured(&inputs.policy.colours, pair));
        Some(Compared { differences, renamed, is_recoloured })
    }
}

/// Compares and judges documents.
fn documents(inputs: Inputs<'_>, met: &[Met<'_>], parts: &mut [Part]) {
    let known: Vec<Pair<Option<Recognised>>> = met.iter().map(Met::known).collect();
    let documents: Vec<Pair<Option<Document<'_>>>> =
        met.iter().zip(&known).map(|(met, known)| met.documents(known)).collect();
    let compared: Vec<Option<Compared>> = met
        .iter()
        .zip(&documents)
        .map(|(met, documents)| {
            let part = parts.get_mut(met.around.number)?;
            met.compared(inputs, documents, part)
        })
        .collect();
    with_embedded(&documents, |embedded| {
        let each = met.iter().zip(&documents).zip(embedded).zip(compared);
        let each: Vec<_> = each
            .filter_map(|(((met, documents), embedded), compared)| {
                Some((met, documents, embedded.as_ref().map(Vec::as_slice), compared?))
            })
            .collect();
        let subjects: Vec<Subject<'_, '_>> = each
            .iter()
            .map(|(met, _, embedded, compared)| Subject {
                resource: &met.resource,
                files: met.around.files,
                ordinals: met.ordinals(),
                entries: met.indexes,
                parts: *embedded,
                is_recoloured: compared.is_recoloured,
            })
            .collect();
        let judged = judge::judge_documents(inputs, &subjects);
        drop(subjects);
        for ((met, documents, embedded, compared), mut judged) in each.into_iter().zip(judged) {
            let Some(part) = parts.get_mut(met.around.number) else { continue };
            let (files, ordinals) = (met.around.files, met.ordinals());
            for side in Side::BOTH {
                let gaps = embedded_gaps(files, side, embedded.get(side));
                part.gaps.get_mut(side).extend(gaps);
            }
            judged.findings.extend(compared.renamed);
            settle(inputs, files, &met.resource, ordinals, compared.differences, judged, part);
            if !met.is_evidence && !inputs.rules.policies().is_empty() {
                rego::judge(inputs, files, (&met.resource, ordinals), documents, part);
            }
        }
    });
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

/// What of the documents within a document could not be read.
fn embedded_gaps(files: &Files<'_>, side: Side, parts: &[Embedded<'_>]) -> Vec<Gap> {
    let gap = |(range, reason, message): &(diff::Range, GapReason, String)| Gap {
        place: files.name(side).unwrap_or_default().to_owned(),
        span: None,
        line: files.place(side, 0, Some(*range)).and_then(|place| place.line),
        reason: *reason,
        message: message.clone(),
    };
    parts.iter().flat_map(|part| &part.issues).map(gap).collect()
}

//! Files as a task sees them: read and parsed once for all tasks that share them.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Inputs;
use super::plan::Task;
use super::task::{Part, compared, failed};
use crate::model::{BlobError, Limits, Lines, Pair, Source, SourceId, without_fingerprints};
use crate::syntax::{self, Parsed};

/// One file of a side; nothing where the side has none.
pub(super) struct Opened<'t> {
    pub(super) text: &'t str,
    pub(super) parsed: Option<Parsed<'t>>,
    pub(super) lines: Lines<'t>,
}

impl<'t> Opened<'t> {
    /// Parses a file.
    pub(super) fn new(source: Option<&Source>, text: &'t str) -> Self {
        Self { text, parsed: parsed(source, text), lines: Lines::new(text) }
    }
}

/// The documents of a file.
pub(super) fn parsed<'t>(source: Option<&Source>, text: &'t str) -> Option<Parsed<'t>> {
    let syntax = syntax::by_id(source?.syntax).or_else(|| syntax::by_id("text"))?;
    Some(syntax.parse(text, SourceId::default(), &Limits::STANDARD))
}

/// The masked text of a file.
pub(super) fn text<'a>(
    inputs: Inputs<'a>,
    source: Option<&Source>,
) -> Result<Cow<'a, str>, BlobError> {
    let Some(source) = source else { return Ok(Cow::Borrowed("")) };
    let text = match inputs.blobs.get(&source.digest)? {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => Cow::Owned(
            String::from_utf8(bytes)
                .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
        ),
    };
    if inputs.has_one_key() {
        return Ok(text);
    }
    // The gap says that secrets were not compared; no change may say that they differ.
    Ok(Cow::Owned(without_fingerprints(&text).into_owned()))
}

type Sources<'a> = Pair<Option<&'a Source>>;

fn sources<'a>(inputs: Inputs<'a>, files: &Pair<Option<SourceId>>) -> Sources<'a> {
    Pair::from_fn(|side| files.get(side).and_then(|id| inputs.snapshots.get(side).source(id)))
}

fn texts<'a>(inputs: Inputs<'a>, sources: Sources<'_>) -> Result<Pair<Cow<'a, str>>, BlobError> {
    Ok(Pair::new(text(inputs, sources.blue)?, text(inputs, sources.green)?))
}

fn open<'t>(sources: Sources<'_>, texts: &'t Pair<Cow<'_, str>>) -> Pair<Opened<'t>> {
    Pair::from_fn(|side| Opened::new(*sources.get(side), texts.get(side)))
}

/// Runs tasks that have a file in common, or one that has none with others. A panic in one is
/// contained: its documents become gaps.
pub(super) fn run(inputs: Inputs<'_>, tasks: &[Task]) -> Result<Vec<Part>, BlobError> {
    let shared = Pair::from_fn(|side| {
        let first = tasks.first().and_then(|task| *task.files.get(side));
        first.filter(|id| tasks.iter().all(|task| *task.files.get(side) == Some(*id)))
    });
    let known = sources(inputs, &shared);
    let read = texts(inputs, known)?;
    let Ok(common) = catch_unwind(AssertUnwindSafe(|| open(known, &read))) else {
        return Ok(tasks.iter().map(|task| failed(sources(inputs, &task.files))).collect());
    };
    let each = tasks.iter().map(|task| {
        let all = sources(inputs, &task.files);
        let own = Pair::from_fn(|side| all.get(side).filter(|_| shared.get(side).is_none()));
        let read = texts(inputs, own)?;
        let run = AssertUnwindSafe(|| {
            let opened = open(own, &read);
            let chosen = Pair::from_fn(|side| {
                let side_of = if shared.get(side).is_some() { &common } else { &opened };
                side_of.get(side)
            });
            compared(inputs, task, all, chosen)
        });
        catch_unwind(run).unwrap_or_else(|_| Ok(failed(all)))
    });
    each.collect()
}

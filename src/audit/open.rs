//! Files as a task sees them: read and parsed once for all tasks that share them.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::batch::{Work, compared};
use super::plan::Task;
use super::task::{Part, failed};
use super::{BYTES_TOGETHER, Inputs, TOGETHER};
use crate::model::{BlobError, Limits, Lines, Pair, Side, Source, SourceId, without_fingerprints};
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

/// Runs tasks. Those of a group have a file in common, which is opened once; what has none with others
/// is opened with what comes next to it.
pub(super) fn run(inputs: Inputs<'_>, groups: &[Vec<Task>]) -> Result<Vec<Part>, BlobError> {
    let mut parts = Vec::with_capacity(groups.len());
    for run in groups.chunk_by(|one, next| one.len() == 1 && next.len() == 1) {
        if let [group] = run {
            parts.append(&mut sharing(inputs, group)?);
            continue;
        }
        let tasks: Vec<&Task> = run.iter().flatten().collect();
        parts.append(&mut batches(inputs, &tasks, Pair::new(None, None))?);
    }
    Ok(parts)
}

/// Runs tasks, as many at once as their files allow.
fn batches(
    inputs: Inputs<'_>,
    mut tasks: &[&Task],
    shared: Pair<Option<&Opened<'_>>>,
) -> Result<Vec<Part>, BlobError> {
    let bytes = |task: &Task| {
        let all = sources(inputs, &task.files);
        let own = Side::BOTH.into_iter().filter(|side| shared.get(*side).is_none());
        own.filter_map(|side| all.get(side).map(|source| source.bytes)).sum::<u64>()
    };
    let mut parts = Vec::with_capacity(tasks.len());
    while let Some(first) = tasks.first() {
        let mut held = bytes(first);
        let rest = tasks.iter().skip(1).take(TOGETHER - 1).take_while(|task| {
            held = held.saturating_add(bytes(task));
            held <= BYTES_TOGETHER
        });
        let (next, rest) = tasks.split_at_checked(1 + rest.count()).unwrap_or((tasks, &[]));
        parts.append(&mut contained(inputs, next, shared)?);
        tasks = rest;
    }
    Ok(parts)
}

/// Runs tasks that have a file in common.
fn sharing(inputs: Inputs<'_>, group: &[Task]) -> Result<Vec<Part>, BlobError> {
    let shared = Pair::from_fn(|side| {
        let first = group.first().and_then(|task| *task.files.get(side));
        first.filter(|id| group.iter().all(|task| *task.files.get(side) == Some(*id)))
    });
    let known = sources(inputs, &shared);
    let read = texts(inputs, known)?;
    let Ok(opened) = catch_unwind(AssertUnwindSafe(|| open(known, &read))) else {
        return Ok(group.iter().map(|task| failed(sources(inputs, &task.files))).collect());
    };
    let shared = Pair::from_fn(|side| shared.get(side).map(|_| opened.get(side)));
    let tasks: Vec<&Task> = group.iter().collect();
    batches(inputs, &tasks, shared)
}

/// Runs tasks together. A panic is contained: they are run again one by one, and the documents of the
/// one that panics become gaps.
fn contained(
    inputs: Inputs<'_>,
    tasks: &[&Task],
    shared: Pair<Option<&Opened<'_>>>,
) -> Result<Vec<Part>, BlobError> {
    let run = catch_unwind(AssertUnwindSafe(|| together(inputs, tasks, shared)));
    match (run, tasks) {
        (Ok(parts), _) => parts,
        (Err(_), [task]) => Ok(vec![failed(sources(inputs, &task.files))]),
        (Err(_), tasks) => {
            let mut parts = Vec::with_capacity(tasks.len());
            for task in tasks.chunks(1) {
                parts.append(&mut contained(inputs, task, shared)?);
            }
            Ok(parts)
        }
    }
}

fn together<'a>(
    inputs: Inputs<'a>,
    tasks: &[&Task],
    shared: Pair<Option<&Opened<'_>>>,
) -> Result<Vec<Part>, BlobError> {
    let all: Vec<Sources<'a>> = tasks.iter().map(|task| sources(inputs, &task.files)).collect();
    let own = |all: &Sources<'a>| {
        Pair::from_fn(|side| all.get(side).filter(|_| shared.get(side).is_none()))
    };
    let read: Vec<Pair<Cow<'_, str>>> =
        all.iter().map(|all| texts(inputs, own(all))).collect::<Result<_, _>>()?;
    let opened: Vec<Pair<Opened<'_>>> =
        all.iter().zip(&read).map(|(all, read)| open(own(all), read)).collect();
    let works: Vec<Work<'_>> = tasks
        .iter()
        .zip(all.iter().zip(&opened))
        .map(|(task, (sources, opened))| {
            let opened = Pair::from_fn(|side| shared.get(side).unwrap_or_else(|| opened.get(side)));
            Work { task, sources: *sources, opened }
        })
        .collect();
    compared(inputs, &works)
}

//! The whole audit on one page, pure.
//!
//! [`audit`] reads nothing but its arguments and has one effect: masked bytes by digest. Equal
//! arguments give equal reports on any machine and any number of threads, which is what makes a
//! signed report one that can be derived again.
//!
//! **Never here:** the clock, the environment, files; knowledge of any one syntax, dialect or rule.
//!
//! **To add to it:** a fact that only means something beside all others is a `Pending` obligation; a
//! judgement is a rule.
//!
//! The way: `plan` joins the documents of both sides, from the indexes alone where they have a
//! partner of their name, else by what they say (`profile`), and puts files of one kind together. Tasks of
//! the plan are opened some at a time (`open`), in parallel, and each step of comparing and judging is
//! made for all of them before the next (`batch`, `judge`); what a task found is settled on its own
//! (`task`). What one task cannot decide leaves it as a `Pending` obligation; `reduce` settles those and
//! adds everything up, and reads again only the documents that a finding about a whole side points at
//! (`anchors`), and the files of which it shows lines (`excerpts`). Evidence is heard last, of what it is
//! about and how old it is (`evidence`).

mod accounting;
mod ages;
mod anchors;
mod asked;
mod batch;
mod beside;
mod causes;
mod content;
mod copies;
mod differences;
mod documents;
mod effective;
mod evidence;
mod excerpts;
mod judge;
mod labels;
mod open;
mod pending;
mod place;
mod plan;
mod profile;
mod reduce;
mod rego;
mod sides;
mod specific;
mod stale;
mod sum;
mod task;
mod traced;
mod twice;
mod whole;

use rayon::prelude::*;

use crate::diff::{Hashed, Renames};
use crate::model::{BlobError, Blobs, Pair, Report, Side, Snapshot, Source, Timestamp};
use crate::policy::Policy;
use crate::rules::RuleSet;

/// How many tasks are added up at once; memory then grows with findings, not with documents.
const TASKS_PER_SUM: usize = 256;

/// How many such sums of each thread wait to be added to the sum of all.
const SUMS_PER_THREAD: usize = 8;

/// How many tasks, and how many documents of them, are worked on at once.
const TOGETHER: usize = 16;

/// How many bytes of files are worked on at once, where it is several files: with their trees they
/// stay close to the processor, and no two large files are held at once.
const BYTES_TOGETHER: u64 = 256 << 10;

/// What every part of an audit sees.
#[derive(Clone, Copy)]
struct Inputs<'a> {
    snapshots: &'a Pair<Snapshot>,
    blobs: &'a dyn Blobs,
    policy: &'a Policy,
    rules: &'a RuleSet,
    /// The views that somebody asks for.
    asked: &'a [asked::Asked<'a>],
    now: Timestamp,
    hashed: &'a Pair<Hashed>,
    /// Names that follow from documents that go by another one.
    renames: &'a Renames,
    /// Documents that a tool makes of others of their side.
    copies: &'a Pair<copies::Copies>,
    /// What evidence of each side has to be about.
    releases: &'a Pair<evidence::Release>,
    /// The files of each side, sorted by path.
    files: &'a Pair<Vec<&'a Source>>,
}

impl<'a> Inputs<'a> {
    /// The file of a side at a path; of several, the last.
    fn file(self, side: Side, path: &str) -> Option<&'a Source> {
        let files = self.files.get(side);
        let end = files.partition_point(|source| &*source.file <= path);
        let last = end.checked_sub(1).and_then(|index| files.get(index)).copied();
        last.filter(|source| *source.file == *path)
    }

    /// Whether both sides were masked with one key, so that equal secrets look equal and others
    /// different.
    fn has_one_key(self) -> bool {
        self.snapshots.blue.masking_key == self.snapshots.green.masking_key
    }
}

/// Audits green against blue.
///
/// # Errors
/// Masked bytes that a snapshot names are missing or altered: an integrity failure, never a gap.
pub fn audit(
    snapshots: &Pair<Snapshot>,
    blobs: &dyn Blobs,
    policy: &Policy,
    rules: &RuleSet,
    evaluated_at: Timestamp,
) -> Result<Report, BlobError> {
    let hashed = snapshots.as_ref().map(plan::hashed);
    let files = snapshots.as_ref().map(|side| {
        let mut files: Vec<&Source> = side.sources.iter().collect();
        files.sort_by(|one, other| one.file.cmp(&other.file));
        files
    });
    let asked = asked::asked(rules);
    let (now, hashed, files) = (evaluated_at, &hashed, &files);
    let (asked, renames) = (&*asked, &Renames::default());
    let (copies, releases) = (&Pair::default(), &Pair::default());
    let inputs = Inputs {
        snapshots,
        blobs,
        policy,
        rules,
        asked,
        now,
        hashed,
        renames,
        copies,
        releases,
        files,
    };
    let releases = &evidence::releases(inputs)?;
    let inputs = Inputs { releases, ..inputs };
    let copies = &copies::copies(inputs)?;
    let inputs = Inputs { copies, ..inputs };
    let plan::Plan { tasks, renames, alignment } = plan::plan(inputs)?;
    let renames = &labels::proved(inputs, renames)?;
    let inputs = Inputs { renames, ..inputs };
    let tasks = plan::kinds_together(inputs, tasks);
    // On a thread of those that make the parts: memory that another one took is slow to give back.
    rayon::scope(|_| {
        let mut sum = sum::Sum::default();
        let together = TASKS_PER_SUM * SUMS_PER_THREAD * rayon::current_num_threads();
        for tasks in tasks.chunks(together) {
            let sums: Vec<sum::Sum> = tasks
                .par_chunks(TASKS_PER_SUM)
                .map(|tasks| {
                    let mut sum = sum::Sum::default();
                    open::run(inputs, tasks)?.into_iter().for_each(|part| sum.add(part));
                    Ok(sum)
                })
                .collect::<Result<_, _>>()?;
            for part in sums {
                sum.merge(part);
            }
        }
        drop(tasks);
        sum.findings.extend(twice::findings(inputs)?);
        sum.findings.extend(copies::findings(inputs));
        reduce::reduce(inputs, sum, &alignment)
    })
}

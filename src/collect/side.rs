//! One side, put together: every locator, every file, in one order.

mod entries;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use entries::{Entry, cut, merge};
use rayon::prelude::*;

use super::checksum;
use super::door::{Content, Found, read_all};
use super::ingest::{Aside, Ingested, Learned, gap, ingest};
use super::mask::{Known, Search, Told, Variable, Variables, mask_words};
use super::snapshot::readmit;
use super::spool::TEXTS_PER_TASK;
use super::{COLLECTORS, Collector, Gathered, Options, Spool, directory};
use crate::dialect::terraform::gives_values;
use crate::model::{
    Digest, GapReason, MaskingKeyId, Pair, Snapshot, SourceId, kinds_together, secrets_in,
};

/// How many files one task takes.
const FILES_PER_TASK: usize = 32;

/// How many objects one run of git hands over; their names fit a pipe's buffer.
const OBJECTS_PER_TASK: usize = 512;

/// Collects everything the locators name into `spool` and an index of it.
///
/// Never fails: what could not be had is a gap of the snapshot. The result is the same for any
/// number of threads.
pub fn collect(locators: &[String], options: &Options, spool: &Spool) -> Snapshot {
    let mut side = [Taken::of(locators, options, spool)];
    told_by_others(&mut side, spool);
    let [side] = side;
    side.snapshot(spool)
}

/// Collects both sides: what is a secret in one is one in the other too.
///
/// Never fails, as [`collect`]. Sides under different masking keys share nothing.
pub fn collect_pair(sides: &Pair<(&[String], Options)>, spool: &Spool) -> Pair<Snapshot> {
    let ids = sides.as_ref().map(|(_, options)| options.masking_key.id());
    if ids.blue != ids.green {
        return sides.as_ref().map(|(locators, options)| collect(locators, options, spool));
    }
    together(sides.as_ref().map(|(locators, options)| Taken::of(locators, options, spool)), spool)
}

/// Puts both sides together of what was found for each.
pub(super) fn assemble(found: Pair<Gathered>, options: &Options, spool: &Spool) -> Pair<Snapshot> {
    together(found.map(|found| Taken::from(vec![found], options, spool)), spool)
}

fn together(taken: Pair<Taken<'_>>, spool: &Spool) -> Pair<Snapshot> {
    let mut taken = [taken.blue, taken.green];
    told_by_others(&mut taken, spool);
    let [blue, green] = taken;
    Pair::new(blue.snapshot(spool), green.snapshot(spool))
}

/// How many variables may lead to each other, one after the other.
const ROUNDS_MAX: usize = 16;

/// Masks what files tell of each other: which variables hold secrets, and which texts are some.
fn told_by_others(sides: &mut [Taken<'_>], spool: &Spool) {
    let mut stale = Vec::new();
    let mut known = BTreeSet::new();
    let mut variables = None;
    for round in 0..=ROUNDS_MAX {
        let told: BTreeSet<Variable> = sides.iter().flat_map(Taken::variables).cloned().collect();
        let new: BTreeSet<Variable> = told.difference(&known).cloned().collect();
        if round > 0 && new.is_empty() {
            break;
        }
        known.extend(told);
        variables = Variables::of(known.clone());
        let new = Variables::of(new);
        for side in &mut *sides {
            stale.extend(side.rest((new.as_ref(), variables.as_ref()), round, spool));
        }
    }
    if let Some(known) = Known::of(sides.iter().flat_map(Taken::told)) {
        for side in &mut *sides {
            stale.extend(side.again(&known, variables.as_ref(), spool));
        }
    }
    // Only now: both sides may have kept the same text.
    let kept: BTreeSet<Digest> = sides.iter().flat_map(Taken::kept).collect();
    stale.retain(|digest| !kept.contains(digest));
    spool.forget(&stale);
}

/// A side that was read, and may be read again for secrets that others told.
struct Taken<'o> {
    options: &'o Options,
    snapshot: Snapshot,
    entries: Vec<Entry>,
    /// In which order they are read.
    order: Vec<usize>,
    ingested: Vec<Ingested>,
}

impl<'o> Taken<'o> {
    fn of(locators: &[String], options: &'o Options, spool: &Spool) -> Self {
        let all = locators.iter().map(|locator| gather(locator, options)).collect();
        Self::from(all, options, spool)
    }

    fn from(mut all: Vec<Gathered>, options: &'o Options, spool: &Spool) -> Self {
        let mut snapshot = Snapshot::default();
        let mut entries: Vec<Entry> = Vec::new();
        snapshot.masking_key = agreed_key(&mut all, options);
        for (index, gathered) in all.into_iter().enumerate() {
            let Gathered { files, gaps, excluded, record, broken, .. } = masked(gathered, options);
            if let Some(why) = broken {
                spool.distrust(mask_words(options.search(), &why));
            }
            entries.extend(files.into_iter().map(|found| Entry::new(found, index, options)));
            snapshot.gaps.extend(gaps);
            snapshot.excluded.extend(excluded);
            snapshot.collectors.push(record);
        }
        entries.sort_by(|a, b| (&a.file, a.locator).cmp(&(&b.file, b.locator)));
        cut(&mut entries, options, &mut snapshot.gaps);
        merge(&mut entries, options, &mut snapshot);
        let ingested = entries.iter().map(|_| Ingested::default()).collect();
        let order = kinds_together(entries.iter().map(|entry| entry.file.as_str()));
        let mut taken = Self { options, snapshot, entries, order, ingested };
        taken.read(spool, Learned::default(), |file, _| !gives_values(file));
        taken
    }

    /// Reads the files again that may give variables values of which it is `new` that they are
    /// secrets, and at first those that waited for it; returns the texts they replace.
    fn rest(
        &mut self,
        (new, variables): (Option<&Variables>, Option<&Variables>),
        round: usize,
        spool: &Spool,
    ) -> Vec<Digest> {
        let hits = new.map(|new| self.holding(spool, |file, text| new.may_stand_in(file, text)));
        let hits = hits.unwrap_or_default();
        let is_endless = round == ROUNDS_MAX;
        let learned = Learned { known: None, variables, is_endless };
        self.read(spool, learned, |file, index| {
            round == 0 && gives_values(file) || hits.contains_key(&index)
        });
        hits.into_values().collect()
    }

    /// The texts that pass a test, by the position of their files.
    fn holding(
        &self,
        spool: &Spool,
        test: impl Fn(&str, &str) -> bool + Sync,
    ) -> BTreeMap<usize, Digest> {
        let hits = |places: &[usize]| {
            let kept = |at: &usize| Some((*at, self.ingested.get(*at)?.kept.as_ref()?.0.digest));
            let (places, digests): (Vec<usize>, Vec<Digest>) =
                places.iter().filter_map(kept).unzip();
            let mut hits = Vec::new();
            spool.show(&digests, |shown, bytes| {
                let Some((at, digest)) = places.get(shown).zip(digests.get(shown)) else { return };
                let Some(entry) = self.entries.get(*at) else { return };
                // What cannot be read may be what is sought.
                let passes = bytes.map_or(true, |bytes| {
                    std::str::from_utf8(&bytes).is_ok_and(|text| test(&entry.found.file, text))
                });
                hits.extend(passes.then_some((*at, *digest)));
            });
            hits
        };
        // Much as they were kept, so that few parts of the spool are read twice.
        self.order.par_chunks(TEXTS_PER_TASK).flat_map_iter(hits).collect()
    }

    /// The variables that its files tell to hold secrets.
    fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.ingested.iter().filter_map(Ingested::aside).flat_map(|aside| &aside.variables)
    }

    /// The texts that it keeps, much in the order in which they were kept.
    fn kept(&self) -> impl Iterator<Item = Digest> {
        let all = self.order.iter().filter_map(|at| self.ingested.get(*at)?.kept.as_ref());
        all.map(|(source, _)| source.digest)
    }

    /// Reads those of its files that are `wanted`, by name and position.
    fn read(&mut self, spool: &Spool, learned: Learned<'_>, wanted: impl Fn(&str, usize) -> bool) {
        let entry = |index: &usize| Some((*index, self.entries.get(*index)?));
        let all = self.order.iter().filter_map(entry);
        let (picked, entries): (Vec<usize>, Vec<&Entry>) =
            all.filter(|(index, entry)| wanted(&entry.found.file, *index)).unzip();
        let read = ingest_all(&entries, self.options, spool, learned);
        for (index, read) in picked.into_iter().zip(read) {
            if let Some(ingested) = self.ingested.get_mut(index) {
                *ingested = read;
            }
        }
    }

    fn told(&self) -> impl Iterator<Item = &Told> {
        self.ingested.iter().filter_map(Ingested::aside).flat_map(|aside| &aside.told)
    }

    /// Reads the files again in which known secrets stand; returns the texts they replace.
    fn again(
        &mut self,
        known: &Known,
        variables: Option<&Variables>,
        spool: &Spool,
    ) -> Vec<Digest> {
        let hits = self.holding(spool, |_, text| known.occurs(text));
        self.rename(known);
        let learned = Learned { known: Some(known), variables, is_endless: false };
        self.read(spool, learned, |_, index| hits.contains_key(&index));
        hits.into_values().collect()
    }

    /// Takes known secrets out of the names of files and of what collectors said.
    fn rename(&mut self, known: &Known) {
        let masked = |text: &str| known.occurs(text).then(|| known.masked(text));
        let mask = |text: &mut String| {
            if let Some(masked) = masked(text) {
                *text = masked;
            }
        };
        let mask_name = |name: &mut Box<str>| {
            if let Some(masked) = masked(name) {
                *name = masked.into();
            }
        };
        for (entry, ingested) in self.entries.iter_mut().zip(&mut self.ingested) {
            mask(&mut entry.file);
            ingested.kept.iter_mut().for_each(|(source, _)| mask_name(&mut source.file));
            ingested.gaps.iter_mut().for_each(|gap| mask(&mut gap.place));
            for document in &mut ingested.documents {
                mask_name(&mut document.identity);
                document.join.iter_mut().for_each(mask_name);
            }
        }
        for gap in &mut self.snapshot.gaps {
            mask(&mut gap.place);
            mask(&mut gap.message);
        }
        self.snapshot.excluded.iter_mut().for_each(|excluded| mask(&mut excluded.place));
        for record in &mut self.snapshot.collectors {
            mask(&mut record.locator);
            record.notes.iter_mut().for_each(mask);
        }
    }

    /// Gives masked documents the checksums that they had, where the side names them.
    fn prove(&mut self, spool: &Spool) {
        let is_masked = |ingested: &&Ingested| {
            let rendered = ingested.documents.iter().filter_map(|entry| entry.rendered.as_ref());
            rendered.into_iter().any(|rendered| rendered.is_masked)
        };
        let all = self.ingested.iter().filter(is_masked).filter_map(Ingested::aside);
        let all = all.flat_map(|aside| &aside.checksums);
        let sought: BTreeSet<Digest> = all.map(|(_, digest)| *digest).collect();
        if sought.is_empty() {
            return;
        }
        let mut seen = BTreeSet::new();
        let kept: Vec<Digest> = self.kept().filter(|digest| seen.insert(*digest)).collect();
        let in_clear = checksum::in_clear(&sought, &kept, spool);
        for Ingested { documents, aside, .. } in &mut self.ingested {
            let checksums = aside.as_ref().map_or(&[][..], |aside| &aside.checksums);
            checksum::prove(documents, checksums, &in_clear);
        }
    }

    /// Puts the side together.
    fn snapshot(mut self, spool: &Spool) -> Snapshot {
        self.prove(spool);
        let Self { options, mut snapshot, entries, ingested, .. } = self;
        snapshot.sources.reserve_exact(ingested.len());
        snapshot.documents.reserve_exact(ingested.iter().map(|one| one.documents.len()).sum());
        for (entry, ingested) in entries.iter().zip(ingested) {
            add(entry, ingested, options, &mut snapshot);
        }
        finish(&mut snapshot, options);
        snapshot
    }
}

/// Finds what a locator names. A defect of ours, or of a library that reads archives, costs this
/// source, not the run.
fn gather(locator: &str, options: &Options) -> Gathered {
    let collector = collector(locator, options);
    let done = catch_unwind(AssertUnwindSafe(|| collector.collect(locator, options)));
    done.unwrap_or_else(|_| {
        let mut gathered = Gathered::of(collector.scheme(), locator);
        let message = "cannot collect it: the program failed on it; report this as a defect";
        gathered.gap(locator, GapReason::Internal, message.to_owned());
        gathered
    })
}

/// The collector that takes a locator; the last one takes all.
fn collector(locator: &str, options: &Options) -> &'static dyn Collector {
    let claims = |known: &&&'static dyn Collector| known.claims(locator, options);
    COLLECTORS.iter().find(claims).copied().unwrap_or(&directory::DIRECTORY)
}

/// The key a side is masked with: the one at hand, or the one of the snapshots it wholly consists
/// of. What was masked with another one cannot be part of it and gives way to a gap.
fn agreed_key(all: &mut [Gathered], options: &Options) -> MaskingKeyId {
    let own = options.masking_key.id();
    let mut keys = all.iter().map(|gathered| gathered.masked_with.as_ref());
    let agreed = match keys.next() {
        Some(Some(first)) if keys.all(|key| key == Some(first)) => first.clone(),
        Some(_) | None => own,
    };
    for gathered in all {
        if gathered.masked_with.as_ref().is_some_and(|key| *key != agreed) {
            let record = std::mem::replace(&mut gathered.record, Gathered::of("", "").record);
            *gathered = Gathered::of(record.scheme, &record.locator);
            let message = "cannot take the snapshot in: the other sources of its side are masked \
                           with another key; take all of them with one --masking-key";
            let place = record.locator.clone();
            gathered.gap(&place, GapReason::MaskingKeysDiffer, message.to_owned());
            gathered.record = record;
        }
    }
    agreed
}

/// Reads, masks and keeps every file, in parallel, the results in order.
fn ingest_all(
    entries: &[&Entry],
    options: &Options,
    spool: &Spool,
    learned: Learned<'_>,
) -> impl Iterator<Item = Ingested> {
    let objects = entries.iter().any(|entry| matches!(entry.found.content, Content::Object(_)));
    let per_task = if objects { OBJECTS_PER_TASK } else { FILES_PER_TASK };
    let tasks: Vec<Vec<Ingested>> = entries
        .par_chunks(per_task)
        .map(|chunk| {
            let found: Vec<&Found> = chunk.iter().map(|entry| &entry.found).collect();
            let reads = read_all(&found, options);
            let pairs = chunk.iter().zip(reads);
            pairs.map(|(entry, read)| contained(entry, read, options, spool, learned)).collect()
        })
        .collect();
    tasks.into_iter().flatten()
}

/// Takes one file in. A defect of ours costs this file, not the run.
fn contained(
    entry: &Entry,
    read: super::door::Reading,
    options: &Options,
    spool: &Spool,
    learned: Learned<'_>,
) -> Ingested {
    let failed = |message: &str| Ingested {
        gaps: vec![gap(&entry.file, None, GapReason::Internal, message.to_owned())],
        ..Ingested::default()
    };
    let done = catch_unwind(AssertUnwindSafe(|| {
        if let Content::Masked(text) = &entry.found.content {
            return readmit(&entry.file, text, read, options, learned);
        }
        ingest(&entry.file, &entry.found.file, read, options, learned)
    }));
    // What a panic says may quote the file, so it is dropped.
    let Ok(mut ingested) = done else {
        return failed("cannot read the file: the program failed on it; report this as a defect");
    };
    if let Some(why) = ingested.aside().and_then(|aside| aside.broken.as_ref()) {
        spool.distrust(mask_words(options.search(), why));
    }
    if let Some((source, bytes)) = &mut ingested.kept
        && spool.put(source.digest, std::mem::take(bytes)).is_err()
    {
        return failed(
            "cannot keep the masked text: the temporary file cannot be written; free space",
        );
    }
    ingested
}

/// Adds a file to the snapshot; its spans get their source.
fn add(entry: &Entry, ingested: Ingested, options: &Options, snapshot: &mut Snapshot) {
    let id = SourceId(u32::try_from(snapshot.sources.len()).unwrap_or(u32::MAX));
    let Ingested { kept, documents, gaps, aside } = ingested;
    let Aside { forged, lenient, looks_like, .. } = aside.map(|aside| *aside).unwrap_or_default();
    snapshot.sources.extend(kept.map(|(source, _)| source));
    snapshot.documents.extend(documents.into_iter().map(|mut document| {
        document.source = id;
        document.span.source = id;
        document
    }));
    snapshot.gaps.extend(gaps.into_iter().map(|mut gap| {
        if let Some(span) = &mut gap.span {
            span.source = id;
        }
        gap.message = mask_for(&entry.found)(options.search(), &gap.message);
        gap
    }));
    if let (Some((count, line)), Some(record)) =
        (forged, snapshot.collectors.get_mut(entry.locator))
    {
        record.notes.push(format!(
            "{count} texts that look like masks were masked themselves; the first stands at {}:{line}",
            entry.file
        ));
    }
    if let (Some((syntax, line)), Some(record)) =
        (lenient, snapshot.collectors.get_mut(entry.locator))
    {
        let (what, readers) = match syntax {
            "json" => ("a comment or trailing comma stands", "JSON"),
            _ => ("a value goes on no deeper than the block it belongs to", "YAML"),
        };
        record.notes.push(format!(
            "{what} at {}:{line}: strict readers of {readers} refuse the file",
            entry.file
        ));
    }
    if let (Some(looks), Some(record)) = (looks_like, snapshot.collectors.get_mut(entry.locator)) {
        let (file, like) = (&entry.file, looks.like);
        record.notes.push(if looks.is_certain {
            format!("{file} looks like {like}, whatever its name says, and was read as that; rename it")
        } else {
            format!("{file} looks like {like}; it was read as what its name says; rename it if that is wrong")
        });
    }
}

/// Says that nothing was found, if so, and puts what is no file in order.
fn finish(snapshot: &mut Snapshot, options: &Options) {
    if snapshot.documents.is_empty() {
        let message = "there is nothing to evaluate: no document was found; check the sources and \
                       the exclusions"
            .to_owned();
        let places: Vec<String> =
            snapshot.collectors.iter().map(|record| portable(&record.locator, options)).collect();
        snapshot.gaps.push(gap(&places.join(" "), None, GapReason::NothingToEvaluate, message));
    }
    snapshot.gaps.sort_by(|a, b| {
        (&a.place, a.line, a.reason, &a.message).cmp(&(&b.place, b.line, b.reason, &b.message))
    });
    snapshot.excluded.sort_by(|a, b| (&a.place, &a.pattern).cmp(&(&b.place, &b.pattern)));
    snapshot.excluded.dedup();
}

/// A place as it reads on any machine: of an absolute path, what lies below the base directory, or
/// else its last name. The record of the collector has the locator as it was written.
pub(super) fn portable(place: &str, options: &Options) -> String {
    let path = Path::new(place);
    if let Some((scheme, rest)) = place.split_once(':')
        && Path::new(rest).is_absolute()
    {
        return format!("{scheme}:{}", portable(rest, options));
    }
    if !path.is_absolute() {
        return place.to_owned();
    }
    let inside = path.strip_prefix(&options.base_dir).ok().map(Path::as_os_str);
    let name = inside.filter(|rest| !rest.is_empty()).or_else(|| path.file_name());
    name.map_or_else(|| place.to_owned(), |name| directory::readable(name.as_encoded_bytes()))
}

/// Masks what a collector says: a path, a locator or a note may hold a secret too.
fn masked(mut gathered: Gathered, options: &Options) -> Gathered {
    let is_masked = gathered.masked_with.is_some();
    let mask = |text: &mut String| {
        let mask = if is_masked { mask_rest } else { mask_words };
        *text = mask(options.search(), text);
    };
    for gap in &mut gathered.gaps {
        gap.place = portable(&gap.place, options);
        mask(&mut gap.place);
        mask(&mut gap.message);
    }
    gathered.excluded.iter_mut().for_each(|excluded| mask(&mut excluded.place));
    mask(&mut gathered.record.locator);
    gathered.record.notes.iter_mut().for_each(mask);
    gathered
}

/// How what is said about a file is masked.
fn mask_for(found: &Found) -> fn(Search<'_>, &str) -> String {
    match found.content {
        Content::Masked(_) => mask_rest,
        Content::File(_) | Content::Object(_) | Content::Bytes(_) => mask_words,
    }
}

/// Masks a text that may have been masked before: one that holds masks is left as it is.
fn mask_rest(search: Search<'_>, text: &str) -> String {
    if secrets_in(text).is_empty() { mask_words(search, text) } else { text.to_owned() }
}

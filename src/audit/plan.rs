//! Which documents are compared with which, from the indexes alone.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::diff::{Hashed, join_names};
use crate::model::{DocumentEntry, Pair, Side, Snapshot, SourceId};
use crate::policy::ColourMap;

/// Documents to be compared together: those of a pair of files, or one pair found across files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Task {
    /// The files.
    pub(super) files: Pair<Option<SourceId>>,
    /// Joined documents, by index among the entries of their side.
    pub(super) documents: Vec<Pair<Option<usize>>>,
    /// Whether the files themselves are told apart here: a pair found across files is not.
    pub(super) whole: bool,
}

/// Joins files by colour-folded path, documents by colour-folded name; a document that found no
/// partner in its file's partner meets one of the same name elsewhere.
pub(super) fn plan(snapshots: &Pair<Snapshot>, colours: &ColourMap) -> Vec<Task> {
    let spelled = snapshots
        .as_ref()
        .map(|side| side.sources.iter().map(|source| source.file.as_str()).collect::<Vec<_>>());
    let files = folded(colours, &spelled);
    let documents = snapshots.as_ref().map(by_source);
    let mut tasks = Vec::new();
    let mut lonely: Pair<Vec<usize>> = Pair::default();
    for (blue, green) in join_names(&files, &spelled) {
        let files = Pair::new(blue, green).map(|index| index.and_then(source_id));
        let mut task = Task { files, documents: Vec::new(), whole: true };
        let members = Pair::from_fn(|side| {
            let id = (*files.get(side))?;
            documents.get(side).get(&id).cloned()
        })
        .map(Option::unwrap_or_default);
        let spelled = Pair::from_fn(|side| {
            let entries = &snapshots.get(side).documents;
            let own = members.get(side).iter().filter_map(|index| entries.get(*index));
            own.map(|entry| entry.join.as_str()).collect::<Vec<_>>()
        });
        let names = folded(colours, &spelled);
        for (blue, green) in join_names(&names, &spelled) {
            let pair = Pair::new(
                blue.and_then(|index| members.blue.get(index)).copied(),
                green.and_then(|index| members.green.get(index)).copied(),
            );
            let alone = pair.blue.is_none() != pair.green.is_none();
            if alone && is_portable(snapshots, pair) {
                lonely.blue.extend(pair.blue);
                lonely.green.extend(pair.green);
            } else {
                task.documents.push(pair);
            }
        }
        tasks.push(task);
    }
    tasks.extend(across_files(snapshots, colours, &lonely));
    tasks
}

/// Names that a dialect joins by less than their whole, having proved the rest to be a hash, and
/// the checksums of what was rendered.
pub(super) fn hashed(snapshot: &Snapshot) -> Hashed {
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let names = snapshot.documents.iter().filter(|entry| entry.dialect == "kubernetes");
    let names = names
        .map(|entry| (last(&entry.identity), last(&entry.join)))
        .filter(|(name, base)| name != base)
        .map(|(name, base)| (name, format!("kustomize: hash of the content of ConfigMap {base}")));
    let rendered = snapshot.documents.iter().filter_map(|entry| entry.rendered.as_ref());
    let checksums = rendered.map(|rendered| {
        let by = format!("helm: checksum of {}", rendered.template);
        (rendered.checksum.short(64), by)
    });
    names.chain(checksums).collect()
}

/// Joins what found no partner in its own pair of files.
fn across_files(
    snapshots: &Pair<Snapshot>,
    colours: &ColourMap,
    lonely: &Pair<Vec<usize>>,
) -> Vec<Task> {
    let entries = |side: Side| {
        let all = &snapshots.get(side).documents;
        lonely.get(side).iter().filter_map(|index| Some((*index, all.get(*index)?))).collect()
    };
    let lonely: Pair<Vec<(usize, &DocumentEntry)>> = Pair::from_fn(entries);
    let spelled = lonely
        .as_ref()
        .map(|side| side.iter().map(|(_, entry)| entry.join.as_str()).collect::<Vec<_>>());
    let names = folded(colours, &spelled);
    let joined = join_names(&names, &spelled).into_iter().map(|(blue, green)| {
        let pair = Pair::new(
            blue.and_then(|index| lonely.blue.get(index)),
            green.and_then(|index| lonely.green.get(index)),
        );
        Task {
            files: pair.map(|entry| entry.map(|(_, entry)| entry.source)),
            documents: vec![pair.map(|entry| entry.map(|(index, _)| *index))],
            whole: false,
        }
    });
    joined.collect()
}

/// Names with the colours of each side folded; but a name stays as it is where both sides have it
/// and its counterpart of the other colour alike: such trees hold both colours on purpose.
fn folded<'n>(colours: &ColourMap, names: &Pair<Vec<&'n str>>) -> Pair<Vec<Cow<'n, str>>> {
    let sets = names.as_ref().map(|side| side.iter().copied().collect::<BTreeSet<&str>>());
    let both = |name: &str| sets.blue.contains(name) && sets.green.contains(name);
    let mut listed: BTreeSet<&str> = BTreeSet::new();
    for name in sets.green.iter().filter(|name| colours.token_in(Side::Blue, name).is_some()) {
        let other = colours.recolour(name);
        if both(name)
            && both(&other)
            && let Some(other) = sets.green.get(other.as_ref())
        {
            listed.extend([*name, *other]);
        }
    }
    Pair::from_fn(|side| {
        let own = names.get(side).iter();
        own.map(
            |name| {
                if listed.contains(name) { Cow::Borrowed(*name) } else { colours.fold(side, name) }
            },
        )
        .collect()
    })
}

fn is_portable(snapshots: &Pair<Snapshot>, pair: Pair<Option<usize>>) -> bool {
    Side::BOTH.iter().any(|side| {
        let entry = pair.get(*side).and_then(|index| snapshots.get(*side).documents.get(index));
        entry.is_some_and(|entry| entry.portable)
    })
}

fn by_source(snapshot: &Snapshot) -> BTreeMap<SourceId, Vec<usize>> {
    let mut sources: BTreeMap<SourceId, Vec<usize>> = BTreeMap::new();
    for (index, entry) in snapshot.documents.iter().enumerate() {
        sources.entry(entry.source).or_default().push(index);
    }
    sources
}

fn source_id(index: usize) -> Option<SourceId> {
    u32::try_from(index).ok().map(SourceId)
}

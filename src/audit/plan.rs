//! Which documents are compared with which.
//!
//! By name first, from the indexes alone: files by colour-folded path, documents within a pair of
//! files, then what is left wherever it lies. What is written twice in the same words counts once.
//! Only what then still has no partner is read, and joined by what it says.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::profile::{profiles, scope_and_name};
use super::{Inputs, twice};
use crate::diff::{Hashed, NAMESPACE, Renamed, Renames, alike, join_names, one_to_one};
use crate::model::{
    self, Alignment, BlobError, DocumentEntry, Likeness, Pair, Side, Snapshot, SourceId,
};
use crate::policy::ColourMap;

/// Documents to be compared together: those of a pair of files, or such as met across files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Task {
    /// The files.
    pub(super) files: Pair<Option<SourceId>>,
    /// Joined documents.
    pub(super) documents: Vec<Joined>,
    /// Where the files themselves are told apart here, whether they hold documents, compared here or
    /// elsewhere. Those of a pair found across files are not told apart.
    pub(super) whole: Option<Pair<bool>>,
}

/// Two documents, or one that is alone, by index among the entries of their side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Joined {
    pub(super) pair: Pair<Option<usize>>,
    pub(super) by: By,
}

/// Why documents are compared, or one is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// They have the same name; or there is none of that name.
    Name,
    /// They say the same.
    Likeness(Likeness),
    /// Its side says the same elsewhere.
    Twice,
}

/// What is to be done.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Tasks, those that share a file together.
    pub(super) tasks: Vec<Vec<Task>>,
    /// Names that follow from documents that go by another one.
    pub(super) renames: Renames,
    /// How many stayed alone.
    pub(super) alignment: Alignment,
}

/// A document without a partner, and the task of its file.
#[derive(Debug, Clone, Copy)]
struct Lone {
    index: usize,
    home: usize,
}

/// Joins all documents.
pub(super) fn plan(inputs: Inputs<'_>) -> Result<Plan, BlobError> {
    let (mut tasks, mut lone) = by_files(inputs);
    stay_home(inputs, &mut tasks, &mut lone);
    if lone.blue.is_empty() && lone.green.is_empty() {
        return Ok(Plan { tasks: each(tasks), ..Plan::default() });
    }
    for side in Side::BOTH {
        let indexes: Vec<usize> = lone.get(side).iter().map(|lone| lone.index).collect();
        let merged = twice::merged(inputs, side, &indexes)?;
        let (twice, rest) = lone.get(side).iter().partition(|lone| merged.contains(&lone.index));
        let twice: Vec<Lone> = twice;
        for Lone { index, home } in twice {
            go_home(&mut tasks, home, Joined { pair: only(side, index), by: By::Twice });
        }
        *lone.get_mut(side) = rest;
    }
    let mut across = by_name(inputs, &mut lone);
    let (alike, mut alignment) = by_likeness(inputs, &mut lone)?;
    let renames = renames(inputs, &alike, &lone);
    across.extend(alike);
    for side in Side::BOTH {
        let all = &inputs.snapshots.get(side).documents;
        for Lone { index, home } in lone.get(side) {
            let alone = Joined { pair: only(side, *index), by: By::Name };
            if all.get(*index).is_some_and(|entry| entry.portable) {
                across.push(alone);
            } else {
                go_home(&mut tasks, *home, alone);
            }
        }
        *alignment.lone.get_mut(side) = lone.get(side).len() as u64;
    }
    let mut tasks = each(tasks);
    tasks.extend(across_files(inputs, across));
    Ok(Plan { tasks, renames, alignment })
}

/// The same tasks, those of files of one kind one after the other, much as they were collected.
pub(super) fn kinds_together(inputs: Inputs<'_>, tasks: Vec<Vec<Task>>) -> Vec<Vec<Task>> {
    let file = |tasks: &Vec<Task>| {
        let files = tasks.first().map(|task| task.files)?;
        let of = |side: Side| inputs.snapshots.get(side).source((*files.get(side))?);
        of(Side::Green).or_else(|| of(Side::Blue)).map(|source| &*source.file)
    };
    let order = model::kinds_together(tasks.iter().map(|tasks| file(tasks).unwrap_or_default()));
    let mut tasks: Vec<Option<Vec<Task>>> = tasks.into_iter().map(Some).collect();
    order.into_iter().filter_map(|index| tasks.get_mut(index)?.take()).collect()
}

fn each(tasks: Vec<Task>) -> Vec<Vec<Task>> {
    tasks.into_iter().map(|task| vec![task]).collect()
}

const fn only(side: Side, index: usize) -> Pair<Option<usize>> {
    match side {
        Side::Blue => Pair::new(Some(index), None),
        Side::Green => Pair::new(None, Some(index)),
    }
}

fn go_home(tasks: &mut [Task], home: usize, joined: Joined) {
    if let Some(task) = tasks.get_mut(home) {
        task.documents.push(joined);
    }
}

/// Evidence is never looked for under another name: it is compared with nothing.
fn stay_home(inputs: Inputs<'_>, tasks: &mut [Task], lone: &mut Pair<Vec<Lone>>) {
    for side in Side::BOTH {
        let all = &inputs.snapshots.get(side).documents;
        let stays = |lone: &&Lone| all.get(lone.index).is_some_and(|e| e.dialect == "evidence");
        for Lone { index, home } in lone.get(side).iter().filter(stays) {
            go_home(tasks, *home, Joined { pair: only(side, *index), by: By::Name });
        }
        lone.get_mut(side).retain(|lone| !stays(&lone));
    }
}

/// Joins files by colour-folded path, and documents of a pair of files by colour-folded name.
fn by_files(inputs: Inputs<'_>) -> (Vec<Task>, Pair<Vec<Lone>>) {
    let (snapshots, colours) = (inputs.snapshots, &inputs.policy.colours);
    let spelled = snapshots
        .as_ref()
        .map(|side| side.sources.iter().map(|source| &*source.file).collect::<Vec<_>>());
    let files = folded(colours, &spelled);
    let mut tasks = Vec::new();
    let mut lone: Pair<Vec<Lone>> = Pair::default();
    for (home, (blue, green)) in join_names(&files, &spelled).into_iter().enumerate() {
        let files = Pair::new(blue, green).map(|index| index.and_then(source_id));
        let members = Pair::from_fn(|side| {
            let id = *files.get(side);
            id.map(|id| of_file(snapshots.get(side), id)).unwrap_or_default()
        });
        let whole = Some(members.as_ref().map(|members| !members.is_empty()));
        let mut task = Task { files, documents: Vec::new(), whole };
        let spelled = Pair::from_fn(|side| {
            let entries = &snapshots.get(side).documents;
            let own = entries.get(members.get(side).clone()).unwrap_or_default();
            own.iter().map(DocumentEntry::join).collect::<Vec<_>>()
        });
        let names = folded(colours, &spelled);
        for (blue, green) in join_names(&names, &spelled) {
            let pair = Pair::new(
                blue.and_then(|nth| members.blue.clone().nth(nth)),
                green.and_then(|nth| members.green.clone().nth(nth)),
            );
            match (pair.blue, pair.green) {
                (Some(index), None) => lone.blue.push(Lone { index, home }),
                (None, Some(index)) => lone.green.push(Lone { index, home }),
                (Some(_), Some(_)) => task.documents.push(Joined { pair, by: By::Name }),
                (None, None) => (),
            }
        }
        tasks.push(task);
    }
    (tasks, lone)
}

/// Joins what is known by its name alone, wherever it lies.
fn by_name(inputs: Inputs<'_>, lone: &mut Pair<Vec<Lone>>) -> Vec<Joined> {
    let entries = Pair::from_fn(|side| {
        let all = &inputs.snapshots.get(side).documents;
        let own = lone.get(side).iter().filter_map(|lone| Some((lone.index, all.get(lone.index)?)));
        own.filter(|(_, entry)| entry.portable).collect::<Vec<(usize, &DocumentEntry)>>()
    });
    let spelled =
        entries.as_ref().map(|side| side.iter().map(|(_, entry)| entry.join()).collect::<Vec<_>>());
    let names = folded(&inputs.policy.colours, &spelled);
    let joined = join_names(&names, &spelled).into_iter().filter_map(|(blue, green)| {
        let (blue, green) = (entries.blue.get(blue?)?.0, entries.green.get(green?)?.0);
        Some(Joined { pair: Pair::new(Some(blue), Some(green)), by: By::Name })
    });
    let joined: Vec<Joined> = joined.collect();
    leave_out(lone, &joined);
    joined
}

/// Joins what says the same.
fn by_likeness(
    inputs: Inputs<'_>,
    lone: &mut Pair<Vec<Lone>>,
) -> Result<(Vec<Joined>, Alignment), BlobError> {
    let dialects = Pair::from_fn(|side| {
        let all = &inputs.snapshots.get(side).documents;
        let own = lone.get(side).iter().filter_map(|lone| all.get(lone.index));
        own.map(|entry| entry.dialect).collect::<BTreeSet<&str>>()
    });
    // Nothing is read for which there is no other of its kind.
    let asked = Pair::from_fn(|side| {
        let all = &inputs.snapshots.get(side).documents;
        let own = lone.get(side).iter().map(|lone| lone.index).filter(|index| {
            let entry = all.get(*index);
            entry.is_some_and(|entry| dialects.get(side.other()).contains(entry.dialect))
        });
        own.collect::<Vec<usize>>()
    });
    let found = alike(Pair::new(
        profiles(inputs, Side::Blue, &asked.blue)?,
        profiles(inputs, Side::Green, &asked.green)?,
    ));
    let joined = found.pairs.into_iter().map(|(pair, likeness)| Joined {
        pair: Pair::from_fn(|side| asked.get(side).get(*pair.get(side)).copied()),
        by: By::Likeness(likeness),
    });
    let joined: Vec<Joined> = joined.collect();
    leave_out(lone, &joined);
    Ok((joined, Alignment { crowded: found.crowded, ..Alignment::default() }))
}

/// Takes those out that found a partner.
fn leave_out(lone: &mut Pair<Vec<Lone>>, joined: &[Joined]) {
    for side in Side::BOTH {
        let met: BTreeSet<usize> =
            joined.iter().filter_map(|joined| *joined.pair.get(side)).collect();
        lone.get_mut(side).retain(|lone| !met.contains(&lone.index));
    }
}

/// Names that are lost in green and new there, as documents that were joined say it; never one of
/// which a document stayed alone, or by which a side names the other.
fn renames(inputs: Inputs<'_>, alike: &[Joined], lone: &Pair<Vec<Lone>>) -> Renames {
    let object = |side: Side, index: usize| {
        let entry = inputs.snapshots.get(side).documents.get(index)?;
        (entry.dialect == "kubernetes" && entry.portable).then(|| (kind(entry), written(entry)))
    };
    let pairs = alike.iter().filter_map(|joined| {
        Pair::from_fn(|side| joined.pair.get(side).and_then(|index| object(side, index))).both()
    });
    let pairs: Vec<Pair<(&str, (&str, &str))>> = pairs.collect();
    if pairs.is_empty() {
        return Renames::default();
    }
    let scopes = one_to_one(pairs.iter().map(|pair| pair.map(|(_, (scope, _))| scope)));
    let names = one_to_one(pairs.iter().map(|pair| pair.map(|(_, (_, name))| name)));
    let alone = Pair::from_fn(|side| {
        let own = lone.get(side).iter().filter_map(|lone| object(side, lone.index));
        own.map(|(_, (_, name))| name).collect::<BTreeSet<&str>>()
    });
    let known = inputs.snapshots.as_ref().map(|side| {
        let objects = side.documents.iter().filter(|entry| entry.dialect == "kubernetes");
        let parts = objects.map(written).flat_map(|(scope, name)| [scope, name]);
        parts.collect::<BTreeSet<&str>>()
    });
    let colours = &inputs.policy.colours;
    let is_lost = |blue: &str, green: &str| {
        !known.green.contains(blue)
            && !known.blue.contains(green)
            && colours.bleeds(Side::Blue, blue).is_empty()
            && colours.bleeds(Side::Green, green).is_empty()
            && colours.fold(Side::Blue, blue) != colours.fold(Side::Green, green)
    };
    let mut all = Vec::new();
    let owned = |pair: Pair<&str>| pair.map(str::to_owned);
    for (blue, green) in scopes.iter().filter(|(blue, green)| is_lost(blue, green)) {
        let name = owned(Pair::new(*blue, *green));
        let kind = NAMESPACE.to_owned();
        all.push(Renamed { name, kind, scope: Pair::default(), home: String::new() });
    }
    for pair in pairs {
        let (blue, green) = (pair.blue.1.1, pair.green.1.1);
        let stands = names.get(blue) == Some(&green)
            && !alone.blue.contains(blue)
            && !alone.green.contains(green);
        if stands && pair.blue.0 == pair.green.0 && is_lost(blue, green) {
            let scope = owned(pair.map(|(_, (scope, _))| scope));
            let kind = pair.blue.0.to_owned();
            let home = colours.fold(Side::Blue, &scope.blue).into_owned();
            all.push(Renamed { name: owned(Pair::new(blue, green)), kind, scope, home });
        }
    }
    Renames::new(all)
}

/// What an object is, with the version of its group: `apps/v1/Deployment`.
fn kind(entry: &DocumentEntry) -> &str {
    let name = entry.identity.strip_prefix("k8s:").unwrap_or_default();
    let mut end = 0;
    for part in name.split('/') {
        end += part.len() + 1;
        if part.starts_with(|c: char| c.is_ascii_uppercase()) {
            return name.get(..end - 1).unwrap_or_default();
        }
    }
    ""
}

/// The namespace and the name of an object as it writes them, a hash at its end included.
fn written(entry: &DocumentEntry) -> (&str, &str) {
    (scope_and_name(entry).0, last(&entry.identity))
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

/// Tasks for what met across files, one for each pair of files, together where they share the one
/// that has more partners: a file that was split is read once.
fn across_files(inputs: Inputs<'_>, joined: Vec<Joined>) -> Vec<Vec<Task>> {
    let source = |side: Side, joined: &Joined| {
        let index = (*joined.pair.get(side))?;
        inputs.snapshots.get(side).documents.get(index).map(|entry| entry.source)
    };
    let mut pairs: BTreeMap<Pair<Option<SourceId>>, Vec<Joined>> = BTreeMap::new();
    for joined in joined {
        let files = Pair::from_fn(|side| source(side, &joined));
        pairs.entry(files).or_default().push(joined);
    }
    let mut partners: BTreeMap<(Side, SourceId), usize> = BTreeMap::new();
    for files in pairs.keys() {
        for side in Side::BOTH {
            if let Some(id) = *files.get(side) {
                *partners.entry((side, id)).or_default() += 1;
            }
        }
    }
    let mut shared: BTreeMap<Option<(Side, SourceId)>, Vec<Task>> = BTreeMap::new();
    for (files, documents) in pairs {
        let own = Side::BOTH.iter().filter_map(|side| Some((*side, (*files.get(*side))?)));
        let hub = own.max_by_key(|file| partners.get(file));
        shared.entry(hub).or_default().push(Task { files, documents, whole: None });
    }
    shared.into_values().collect()
}

/// Names that a dialect joins by less than their whole, having proved the rest to be a hash, and
/// the checksums of what was rendered.
pub(super) fn hashed(snapshot: &Snapshot) -> Hashed {
    let names = snapshot.documents.iter().filter(|entry| entry.dialect == "kubernetes");
    let file = |entry: &DocumentEntry| {
        let source = snapshot.source(entry.source);
        source.map(|source| source.file.to_string()).unwrap_or_default()
    };
    let names = names.filter(|entry| last(&entry.identity) != last(entry.join())).map(|entry| {
        let (scope, base) = scope_and_name(entry);
        let place = if scope.is_empty() { base.to_owned() } else { format!("{scope}/{base}") };
        let kind = kind(entry).trim_start_matches("v1/");
        let by = format!("kustomize or kubectl: hash of the content of {kind} {place}");
        (Some(last(&entry.identity).to_owned()), file(entry), by)
    });
    let checksums = snapshot.documents.iter().filter_map(|entry| {
        let rendered = entry.rendered.as_ref()?;
        let by = format!("helm: checksum of {}", rendered.template);
        Some((rendered.checksum.map(|checksum| checksum.short(64)), file(entry), by))
    });
    let rendered = snapshot.documents.iter().filter_map(|entry| entry.rendered.as_ref());
    let masked = rendered.filter(|rendered| rendered.is_masked);
    let originals = masked.filter_map(|rendered| Some(rendered.checksum?.short(64)));
    let hashed = snapshot.documents.iter().filter(|entry| entry.is_hashed);
    let hashed = hashed.map(|entry| last(&entry.identity).to_owned());
    Hashed::new(names.chain(checksums), originals.chain(hashed).collect())
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

/// The documents of a file, which stand together.
fn of_file(snapshot: &Snapshot, id: SourceId) -> Range<usize> {
    let from = snapshot.documents.partition_point(|entry| entry.source < id);
    let rest = snapshot.documents.get(from..).unwrap_or_default();
    from..from + rest.iter().take_while(|entry| entry.source == id).count()
}

fn source_id(index: usize) -> Option<SourceId> {
    u32::try_from(index).ok().map(SourceId)
}

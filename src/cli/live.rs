//! `verify --live`: is what is there now what was audited?

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use super::evidence::Folder;
use super::failure::Failure;
use super::key_ref::{Access, KeyRef};
use super::run::{self, Sources, Taking};
use super::session::Session;
use crate::model::{Digest, KeyId, Snapshot};

/// The most that is told of what moved.
const MOVED_MAX: usize = 50;

/// What is there now, beside what was audited.
pub(super) enum Live {
    /// It was read under another key: equal secrets look different.
    Incomparable {
        /// The id of the key that green was masked with.
        audited: KeyId,
        /// The id of the key that was given.
        given: KeyId,
    },
    /// It was read as green was.
    Read {
        /// The name of what is there.
        digest: Digest,
        /// What moved since; told by file.
        moved: Vec<String>,
    },
}

/// Collects what is there now as green was collected, and compares it with the evidence.
pub(super) fn compare(
    folder: &Folder,
    locators: &[String],
    masking_key: Option<&str>,
    session: &Session<'_>,
) -> Result<Live, Failure> {
    let Some(reference) = masking_key else {
        return Err(Failure::usage("--live needs the --masking-key that green was masked with")
            .hint("only under the same key do equal secrets look equal"));
    };
    let key = KeyRef::parse(reference, &session.folder)?.secret(Access::OwnerOnly)?;
    let material = folder.material()?;
    let audited = run::restore(&material.kept, material.config.secret_patterns.clone())?.green;
    let side = run::take(&Taking {
        sources: Sources { folder: session.folder.clone(), locators: locators.to_vec() },
        exclude: material.run.exclude,
        masking_key: Some(key),
        secret_patterns: material.config.secret_patterns,
        jobs: None::<NonZeroUsize>,
        progress: session.progress(),
    })?;
    let (audited_key, given) = (&audited.masking_key, &side.snapshot.masking_key);
    if audited_key != given {
        let (audited, given) = (audited_key.id.clone(), given.id.clone());
        return Ok(Live::Incomparable { audited, given });
    }
    let moved = moved(&audited, &side.snapshot);
    Ok(Live::Read { digest: side.snapshot.digest(), moved })
}

/// What differs between two snapshots of one side, by file.
fn moved(audited: &Snapshot, live: &Snapshot) -> Vec<String> {
    let mut told = Vec::new();
    let files = |snapshot: &Snapshot| -> BTreeMap<String, Digest> {
        snapshot.sources.iter().map(|source| (source.file.to_string(), source.digest)).collect()
    };
    let (before, now) = (files(audited), files(live));
    for (file, digest) in &before {
        match now.get(file) {
            None => told.push(format!("gone: {file}{}", documents(audited, file))),
            Some(other) if other != digest => {
                told.push(format!("changed: {file}{}", documents(live, file)));
            }
            Some(_) => {}
        }
    }
    let new = now.keys().filter(|file| !before.contains_key(*file));
    told.extend(new.map(|file| format!("new: {file}{}", documents(live, file))));
    let gaps = |snapshot: &Snapshot| {
        snapshot.gaps.iter().map(|gap| format!("{} {}", gap.reason.name(), gap.place)).collect()
    };
    let (before, now): (Vec<String>, Vec<String>) = (gaps(audited), gaps(live));
    let new = now.iter().filter(|gap| !before.contains(gap));
    told.extend(new.map(|gap| format!("cannot be read now: {gap}")));
    if told.is_empty() && audited.digest() != live.digest() {
        told.push("what is left out, or how files are read".to_owned());
    }
    let more = told.len().saturating_sub(MOVED_MAX);
    told.truncate(MOVED_MAX);
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    told
}

/// What documents a file holds.
fn documents(snapshot: &Snapshot, file: &str) -> String {
    let at = |document: &&crate::model::DocumentEntry| {
        snapshot.source(document.source).is_some_and(|source| *source.file == *file)
    };
    let names: Vec<&str> = snapshot.documents.iter().filter(at).map(|one| &*one.identity).collect();
    if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) }
}

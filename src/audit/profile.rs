//! What a document says, in hashes, for those that found no partner by name.

use super::Inputs;
use super::documents::roots;
use super::open::{Opened, text};
use crate::dialect;
use crate::diff::{Profile, parts_of_name};
use crate::model::{BlobError, DocumentEntry, Kind, Node, Side};

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

/// The profiles of documents of a side, in their order. One that cannot be read says nothing: its
/// comparison tells why.
pub(super) fn profiles(
    inputs: Inputs<'_>,
    side: Side,
    documents: &[usize],
) -> Result<Vec<Profile>, BlobError> {
    let all = &inputs.snapshots.get(side).documents;
    let mut files: BTreeMap<u32, Vec<(usize, &DocumentEntry)>> = BTreeMap::new();
    for (place, index) in documents.iter().enumerate() {
        if let Some(entry) = all.get(*index) {
            files.entry(entry.source.0).or_default().push((place, entry));
        }
    }
    let files: Vec<Vec<(usize, &DocumentEntry)>> = files.into_values().collect();
    let read: Vec<Vec<(usize, Profile)>> =
        files.par_iter().map(|own| of_file(inputs, side, own)).collect::<Result<_, BlobError>>()?;
    let mut profiles = vec![Profile::default(); documents.len()];
    for (place, profile) in read.into_iter().flatten() {
        if let Some(slot) = profiles.get_mut(place) {
            *slot = profile;
        }
    }
    Ok(profiles)
}

fn of_file(
    inputs: Inputs<'_>,
    side: Side,
    entries: &[(usize, &DocumentEntry)],
) -> Result<Vec<(usize, Profile)>, BlobError> {
    let source =
        entries.first().and_then(|(_, entry)| inputs.snapshots.get(side).source(entry.source));
    let text = text(inputs, source)?;
    let read = AssertUnwindSafe(|| {
        let opened = Opened::new(source, &text);
        let roots = roots(entries.iter().map(|(_, entry)| *entry), source, opened.parsed.as_ref());
        let read = entries.iter().filter_map(|(place, entry)| {
            let root = *roots.get(&(entry.ordinal, entry.member))?;
            let source = source?;
            let known = dialect::recognise(&source.file, source.syntax, root);
            let class = format!("{} {}", known.dialect.id(), known.identity.kind);
            Some((*place, profile(inputs, side, class, entry, root)))
        });
        read.collect()
    });
    Ok(catch_unwind(read).unwrap_or_default())
}

fn profile(
    inputs: Inputs<'_>,
    side: Side,
    class: String,
    entry: &DocumentEntry,
    root: Node<'_>,
) -> Profile {
    let fold = |text: &str| inputs.policy.colours.fold(side, text).into_owned();
    let (scope, name) = scope_and_name(entry);
    let (scope, name) = (fold(scope), fold(name));
    let start = mix(BASIS, &class);
    let mut reader = Reader { inputs, side, features: Vec::new() };
    let named = mix(start, "name");
    reader.features.extend(parts_of_name(&name).iter().map(|part| mix(named, part)));
    reader.read(root, mix(start, "root"));
    let Reader { mut features, .. } = reader;
    features.sort_unstable();
    features.dedup();
    Profile { class, scope, name, features }
}

/// What an object is called, and the namespace it is in; the whole of any other name.
pub(super) fn scope_and_name(entry: &DocumentEntry) -> (&str, &str) {
    let join = entry.join();
    if entry.dialect != "kubernetes" {
        return ("", join.split_once(':').map_or(join, |(_, name)| name));
    }
    let place = join.splitn(3, '/').nth(2).unwrap_or(join);
    place.rsplit_once('/').unwrap_or(("", place))
}

/// Takes the features of a tree: what stands where, the members of lists in any order, and of texts
/// of several lines each line.
struct Reader<'i> {
    inputs: Inputs<'i>,
    side: Side,
    features: Vec<u64>,
}

impl Reader<'_> {
    fn read(&mut self, node: Node<'_>, at: u64) {
        match node.kind() {
            Kind::Map => {
                for entry in node.entries() {
                    let key = self.inputs.policy.colours.fold(self.side, entry.key.text());
                    self.read(entry.value, mix(at, &key));
                }
            }
            Kind::List => {
                for item in node.items() {
                    self.read(item, mix(at, "-"));
                }
            }
            Kind::Plain | Kind::Text | Kind::Number | Kind::Bool | Kind::Null => {
                self.features.push(mix(at, "path"));
                let value = mix(at, "value");
                let text = self.inputs.policy.colours.fold(self.side, node.text());
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                self.features.extend(lines.map(|line| mix(value, line)));
            }
        }
    }
}

/// Where hashes begin: the offset basis of FNV-1a with 64 bits (RFC 9923).
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// Adds a word to a hash, as FNV-1a does; a byte that no text has ends it.
fn mix(hash: u64, word: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    word.bytes().chain([0xff]).fold(hash, step)
}

//! Files that are read together with one that is compared.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{Inputs, open};
use crate::dialect::{self, PartOf, Read};
use crate::facts::Beside;
use crate::model::{BlobError, DocumentEntry, Gap, GapReason, Node, Side, Source};
use crate::syntax::Parsed;

/// How many files are read together with one at most.
const FILES_MAX: usize = 512;

/// A file of a side with its text.
pub(super) struct Text<'a> {
    source: &'a Source,
    text: Cow<'a, str>,
}

/// What is read together with a file.
#[derive(Default)]
pub(super) struct Together<'a> {
    pub(super) texts: Vec<Text<'a>>,
    /// Where the file names what is not there, what that is to it, and why it is not.
    pub(super) missing: Vec<(u32, &'static str, &'static str)>,
}

/// The files that are read together with one of a side, and with those, and what of the first is
/// not there.
pub(super) fn texts<'a>(
    inputs: Inputs<'a>,
    side: Side,
    source: Option<&Source>,
    documents: impl Iterator<Item = (&'a DocumentEntry, Node<'a>)>,
) -> Result<Together<'a>, BlobError> {
    let mut found = Together::default();
    let Some(source) = source else { return Ok(found) };
    let mut known = BTreeSet::new();
    let mut wanted = Vec::new();
    let mut parts: BTreeMap<&str, (&Source, Vec<PartOf<'_>>)> = BTreeMap::new();
    let mut start = 0;
    for (entry, root) in documents {
        let Some(dialect) = dialect::by_id(entry.dialect) else { continue };
        start = root.span().start;
        for Read { path, needed, part } in dialect.reads(&source.file, root) {
            let there = path.as_deref().and_then(|path| inputs.file(side, path));
            if let (Some((node, what)), None) = (needed, there) {
                let why =
                    if path.is_some() { "is not part of what was read" } else { "cannot be told" };
                found.missing.push((node.span().start, what, why));
            }
            if let (Some(part), Some(there)) = (part, there) {
                parts.entry(&there.file).or_insert((there, Vec::new())).1.push(part);
            }
            wanted.extend(there);
        }
    }
    for (source, parts) in parts.into_values() {
        let why = "is not part of the file it names";
        let lacking = lacking(inputs, source, parts)?.into_iter();
        found.missing.extend(lacking.map(|part| (part.named.span().start, part.what, why)));
    }
    while let Some(next) = wanted.pop() {
        if next.file == source.file || !known.insert(&next.file) {
            continue;
        }
        if found.texts.len() >= FILES_MAX {
            let (what, why) = ("a file that is read with it", "is one more than are read with any");
            found.missing.push((start, what, why));
            break;
        }
        let text = open::text(inputs, Some(next))?;
        if let Some(parsed) = open::parsed(Some(next), &text)
            && let Some(root) = only_root(&parsed)
        {
            let dialect = dialect::recognise(&next.file, next.syntax, root).dialect;
            let reads = dialect.reads(&next.file, root);
            wanted.extend(reads.iter().filter_map(|read| inputs.file(side, read.path.as_deref()?)));
        }
        found.texts.push(Text { source: next, text });
    }
    found.texts.sort_by(|one, other| one.source.file.cmp(&other.source.file));
    Ok(found)
}

/// The parts that others need of a file and that it does not hold. One that cannot be read is a gap
/// of its own.
fn lacking<'t>(
    inputs: Inputs<'_>,
    source: &Source,
    parts: Vec<PartOf<'t>>,
) -> Result<Vec<PartOf<'t>>, BlobError> {
    let text = open::text(inputs, Some(source))?;
    let parsed = open::parsed(Some(source), &text);
    let Some(root) = parsed.as_ref().and_then(only_root) else { return Ok(Vec::new()) };
    Ok(parts.into_iter().filter(|part| root.at(&part.keys).is_none()).collect())
}

/// The root of a file of one document.
fn only_root<'t>(parsed: &'t Parsed<'_>) -> Option<Node<'t>> {
    match parsed.documents.as_slice() {
        [only] if parsed.issues.is_empty() => parsed.tree.root(only.root),
        _ => None,
    }
}

/// The texts as trees.
pub(super) fn parsed<'t>(texts: &'t [Text<'_>]) -> Vec<(&'t str, Parsed<'t>)> {
    let one = |text: &'t Text<'_>| {
        Some((&*text.source.file, open::parsed(Some(text.source), &text.text)?))
    };
    texts.iter().filter_map(one).collect()
}

/// The trees as views want them. A file of several documents is not one that is read with others.
pub(super) fn roots<'t>(parsed: &'t [(&'t str, Parsed<'t>)]) -> Vec<Beside<'t>> {
    let one =
        |(file, parsed): &'t (&'t str, Parsed<'t>)| Some(Beside { file, root: only_root(parsed)? });
    parsed.iter().filter_map(one).collect()
}

/// What is said of a file that is not there, at the line that names it.
pub(super) fn gap(file: &str, line: Option<u32>, (what, why): (&str, &str)) -> Gap {
    Gap {
        place: file.to_owned(),
        span: None,
        line,
        reason: GapReason::SourceMissing,
        message: format!(
            "cannot read a service as its reader does: {what} {why}; add it to the source, or render the whole with compose:FILE?config"
        ),
    }
}

/// What is said of a document that is given more by the files that are read with it than is held.
pub(super) fn too_much(file: &str) -> Gap {
    Gap {
        place: file.to_owned(),
        span: None,
        line: None,
        reason: GapReason::LimitReached,
        message:
            "cannot read its services as their reader does: what they are given by others and \
                  by files comes to more than is held; render the whole with compose:FILE?config"
                .to_owned(),
    }
}

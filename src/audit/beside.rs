//! Files that are read together with one that is compared.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Inputs, open};
use crate::dialect::{self, PartOf, Read};
use crate::facts::Beside;
use crate::model::{BlobError, DocumentEntry, Gap, GapReason, Node, Side, Source};
use crate::syntax::Parsed;

/// How many files are read together with one at most.
const FILES_MAX: usize = 32;

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
    let mut known = BTreeSet::from([source.file.clone()]);
    let mut wanted = Vec::new();
    for (entry, root) in documents {
        let Some(dialect) = dialect::by_id(entry.dialect) else { continue };
        for Read { path, needed, part } in dialect.reads(&source.file, root) {
            let there = path.as_deref().and_then(|path| named(inputs, side, path));
            if let (Some((node, what)), None) = (needed, there) {
                let why =
                    if path.is_some() { "is not part of what was read" } else { "cannot be told" };
                found.missing.push((node.span().start, what, why));
            }
            if let (Some(part), Some(there)) = (part, there)
                && lacks(inputs, there, part)?
            {
                let why = "is not part of the file it names";
                found.missing.push((part.named.span().start, part.what, why));
            }
            wanted.extend(there);
        }
    }
    while let Some(next) = wanted.pop() {
        if found.texts.len() >= FILES_MAX || !known.insert(next.file.clone()) {
            continue;
        }
        let text = open::text(inputs, Some(next))?;
        if let Some(parsed) = open::parsed(Some(next), &text)
            && let Some(root) = only_root(&parsed)
        {
            let dialect = dialect::recognise(&next.file, next.syntax, root).dialect;
            let reads = dialect.reads(&next.file, root);
            wanted
                .extend(reads.iter().filter_map(|read| named(inputs, side, read.path.as_deref()?)));
        }
        found.texts.push(Text { source: next, text });
    }
    found.texts.sort_by(|one, other| one.source.file.cmp(&other.source.file));
    Ok(found)
}

/// Whether a file does not hold a part that another needs of it. One that cannot be read is a gap
/// of its own.
fn lacks(inputs: Inputs<'_>, source: &Source, part: PartOf<'_>) -> Result<bool, BlobError> {
    let text = open::text(inputs, Some(source))?;
    let parsed = open::parsed(Some(source), &text);
    Ok(parsed.as_ref().and_then(only_root).is_some_and(|root| root.at(&part.keys).is_none()))
}

fn named<'a>(inputs: Inputs<'a>, side: Side, path: &str) -> Option<&'a Source> {
    inputs.files.get(side).get(path).copied()
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
        Some((text.source.file.as_str(), open::parsed(Some(text.source), &text.text)?))
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

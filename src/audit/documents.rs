//! A document with everything embedded in it, as the views want it.

use std::collections::BTreeMap;

use crate::dialect::schema::{At, FieldType, Seg};
use crate::dialect::{self, Recognised};
use crate::diff::{Frame, Range, embedded_syntax};
use crate::facts::{Document, Taken};
use crate::model::{DocumentEntry, GapReason, Limits, Node, Pair, Path, Source, SourceId, Step};
use crate::syntax::Parsed;

/// Roots by ordinal and, within a list of resources, member.
pub(super) type Roots<'t> = BTreeMap<(u32, Option<u32>), Node<'t>>;

/// The roots of these documents of a file.
pub(super) fn roots<'t>(
    entries: impl Iterator<Item = &'t DocumentEntry>,
    source: Option<&Source>,
    parsed: Option<&'t Parsed<'_>>,
) -> Roots<'t> {
    let mut roots = BTreeMap::new();
    let (Some(source), Some(parsed)) = (source, parsed) else { return roots };
    // Whether members of it are asked for.
    let mut wanted: BTreeMap<u32, bool> = BTreeMap::new();
    for entry in entries {
        *wanted.entry(entry.ordinal).or_default() |= entry.member.is_some();
    }
    for (ordinal, listed) in wanted {
        let found = parsed.documents.binary_search_by_key(&ordinal, |document| document.ordinal);
        let document = found.ok().and_then(|at| parsed.documents.get(at));
        let root = document.and_then(|document| parsed.tree.root(document.root));
        let Some(root) = root else { continue };
        roots.insert((ordinal, None), root);
        if listed {
            let known = dialect::recognise(&source.file, source.syntax, root);
            let members = (0_u32..).zip(known.dialect.members(root));
            roots.extend(members.map(|(index, node)| ((ordinal, Some(index)), node)));
        }
    }
    roots
}

/// A text that is a document of its own.
struct Inner<'t> {
    name: &'t str,
    scalar: Node<'t>,
    base: Path,
    syntax: &'static str,
    parsed: Parsed<'t>,
}

/// One document for the views: the outer one, or one embedded in it.
pub(super) struct Part<'t> {
    /// The document.
    pub(super) document: Document<'t>,
    frame: Option<Frame<'t>>,
    /// What of it could not be read, by the range of the file.
    pub(super) issues: Vec<(Range, GapReason, String)>,
}

impl Part<'_> {
    /// The range of the file that a range of the document's text stands for.
    pub(super) fn to_file(&self, range: Range) -> Range {
        self.frame.as_ref().map_or(range, |frame| frame.to_file(range))
    }
}

/// A document within another one.
struct Embedded<'t> {
    known: Recognised,
    root: Node<'t>,
    base: Path,
    syntax: &'static str,
    /// The text it stands in, when that is not the outer document's own.
    scalar: Option<Node<'t>>,
}

/// Calls `then` with documents of both sides and everything embedded in each.
pub(super) fn with_embedded<R>(
    documents: &[Pair<Option<Document<'_>>>],
    then: impl FnOnce(&[Pair<Vec<Part<'_>>>]) -> R,
) -> R {
    let texts: Vec<Pair<Vec<Inner<'_>>>> = documents
        .iter()
        .map(|pair| {
            let sides = pair.as_ref().map(Option::as_ref);
            sides.map(|document| document.map(embedded_texts).unwrap_or_default())
        })
        .collect();
    let inner: Vec<Pair<Vec<Embedded<'_>>>> = documents
        .iter()
        .zip(&texts)
        .map(|(pair, texts)| {
            Pair::from_fn(|side| {
                let document = pair.get(side).as_ref();
                document.map(|document| embedded(document, texts.get(side))).unwrap_or_default()
            })
        })
        .collect();
    let parts: Vec<Pair<Vec<Part<'_>>>> = documents
        .iter()
        .zip(texts.iter().zip(&inner))
        .map(|(pair, (texts, inner))| {
            Pair::from_fn(|side| {
                let document = pair.get(side).as_ref();
                let (texts, inner) = (texts.get(side), inner.get(side));
                document.map(|whole| parts(whole, texts, inner)).unwrap_or_default()
            })
        })
        .collect();
    then(&parts)
}

/// What is embedded in a document: a subtree, and the roots of its texts.
fn embedded<'t>(document: &'t Document<'_>, texts: &'t [Inner<'_>]) -> Vec<Embedded<'t>> {
    let mut found: Vec<Embedded<'t>> = embedded_subtree(document).into_iter().collect();
    for text in texts {
        for root in text.parsed.tree.roots().filter(|root| !root.is_scalar()) {
            found.push(Embedded {
                known: dialect::recognise(text.name, text.syntax, root),
                root,
                base: text.base.clone(),
                syntax: text.syntax,
                scalar: Some(text.scalar),
            });
        }
    }
    found
}

/// A document and everything embedded in it, for the views.
fn parts<'p>(
    whole: &'p Document<'_>,
    texts: &[Inner<'_>],
    embedded: &'p [Embedded<'_>],
) -> Vec<Part<'p>> {
    let outer = Document {
        file: whole.file,
        syntax: whole.syntax,
        dialect: whole.dialect,
        identity: whole.identity,
        owner: whole.owner,
        base: whole.base.clone(),
        root: whole.root,
        beside: whole.beside,
        taken: Taken::default(),
    };
    let inner = embedded.iter().map(|inner| {
        let document = Document {
            file: whole.file,
            syntax: inner.syntax,
            dialect: inner.known.dialect,
            identity: &inner.known.identity,
            owner: whole.owner,
            base: inner.base.clone(),
            root: inner.root,
            beside: &[],
            taken: Taken::default(),
        };
        let frame = |scalar: Node<'p>| Frame { text: scalar.tree_text(), scalar, outer: None };
        Part { document, frame: inner.scalar.map(frame), issues: Vec::new() }
    });
    let outer = Part { document: outer, frame: None, issues: issues(texts) };
    std::iter::once(outer).chain(inner).collect()
}

/// What could not be read of the texts that are certainly documents: those whose name or syntax
/// says so. A text that only looked like one is compared line by line and misses nothing.
fn issues(texts: &[Inner<'_>]) -> Vec<(Range, GapReason, String)> {
    let certain =
        |inner: &&Inner<'_>| inner.name.contains('.') || matches!(inner.syntax, "yaml" | "json");
    let told = texts.iter().filter(certain).flat_map(|inner| {
        let frame = Frame { text: inner.scalar.tree_text(), scalar: inner.scalar, outer: None };
        inner.parsed.issues.iter().map(move |issue| {
            let range = frame.to_file((issue.at, issue.at.saturating_add(1)));
            let message = format!("in the embedded document {}: {}", inner.name, issue.message);
            (range, issue.reason, message)
        })
    });
    told.collect()
}

/// The texts of a document that its schema says are documents: values of first-level maps.
fn embedded_texts<'t>(document: &Document<'t>) -> Vec<Inner<'t>> {
    let schema = document.dialect.schema();
    let kind = document.identity.kind.as_str();
    let mut found = Vec::new();
    if !schema.has_documents_in(kind) {
        return found;
    }
    for outer in document.root.entries() {
        for entry in outer.value.entries().filter(|entry| entry.value.is_scalar()) {
            let keys = [outer.key.text(), entry.key.text()];
            let path = keys.map(Seg::Key);
            if schema.field(At { kind, path: &path }) != Some(FieldType::Document) {
                continue;
            }
            let name = entry.key.text();
            let Some(syntax) = embedded_syntax(name, entry.value.text()) else { continue };
            let parsed = syntax.parse(entry.value.text(), SourceId::default(), &Limits::STANDARD);
            let base = Path(keys.map(|key| Step::Key(key.to_owned())).to_vec());
            found.push(Inner { name, scalar: entry.value, base, syntax: syntax.id(), parsed });
        }
    }
    found
}

/// The subtree that is a document of another dialect, if the schema names one at `/spec/config` or
/// `/config`.
fn embedded_subtree<'t>(document: &Document<'t>) -> Option<Embedded<'t>> {
    let kind = document.identity.kind.as_str();
    let places: [&[&str]; 2] = [&["spec", "config"], &["config"]];
    let (keys, inner) = places.iter().find_map(|keys| {
        let path: Vec<Seg<'_>> = keys.iter().map(|key| Seg::Key(key)).collect();
        Some((*keys, document.dialect.schema().embed(At { kind, path: &path })?))
    })?;
    let root = document.root.at(keys).filter(|root| !root.is_scalar())?;
    let mut identity = document.identity.clone();
    inner.clone_into(&mut identity.kind);
    let dialect = dialect::by_id(inner)?;
    let base = Path::ROOT.keys(keys);
    let known = Recognised { dialect, identity };
    Some(Embedded { known, root, base, syntax: document.syntax, scalar: None })
}

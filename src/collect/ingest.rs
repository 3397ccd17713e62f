//! One file: bytes to masked text, its documents named, its gaps noted.

use std::collections::BTreeSet;

use super::checksum::{self, Checksum};
use super::decode::{Decoded, decode};
use super::door::Refusal;
use super::mask::{
    self, Known, Masked, Page, Rewritten, Search, Told, Variable, Variables, only_masks_differ,
};
use super::{Options, template};
use crate::dialect::terraform::sensitive_variables;
use crate::dialect::{self, Identity, Recognised};
use crate::model::{
    Digest, DocumentEntry, Gap, GapReason, Node, Original, Scalar, Shift, Source, SourceId, Span,
    Style, Typing,
};
use crate::syntax::{self, Detected, Issue, Parsed, Syntax};

/// What became of a file. Spans name source 0 until the side is put together.
#[derive(Debug, Default)]
pub(super) struct Ingested {
    /// The text and the bytes that are kept of it.
    pub(super) kept: Option<(Source, Vec<u8>)>,
    /// Its documents.
    pub(super) documents: Vec<DocumentEntry>,
    /// What was not understood.
    pub(super) gaps: Vec<Gap>,
    /// What is said of few.
    pub(super) aside: Option<Box<Aside>>,
}

/// What is said of few files: all are held at once, until the side is put together.
#[derive(Debug, Default)]
pub(super) struct Aside {
    /// The checksums that masked documents had before.
    pub(super) checksums: Vec<Checksum>,
    /// Which of them had a name that ends in the hash of their content.
    pub(super) hashed: Vec<u32>,
    /// How many texts look like masks of ours, and the line of the first.
    pub(super) forged: Option<(u32, u32)>,
    /// The line of the first thing that strict readers of a file of its name refuse.
    pub(super) lenient: Option<(&'static str, u32)>,
    /// What it looks like rather than what its name says it is.
    pub(super) looks_like: Option<Looks>,
    /// Its secrets that may stand in other files too.
    pub(super) told: Vec<Told>,
    /// The variables that it tells to hold secrets.
    pub(super) variables: BTreeSet<Variable>,
    /// Why it is not what it claims to be; it ends the run.
    pub(super) broken: Option<String>,
}

impl Ingested {
    /// What is said of few, if anything is.
    pub(super) fn aside(&self) -> Option<&Aside> {
        self.aside.as_deref()
    }

    /// The same, to be added to.
    pub(super) fn aside_mut(&mut self) -> &mut Aside {
        self.aside.get_or_insert_default()
    }
}

/// What a file looks like rather than what its name says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Looks {
    /// The syntax.
    pub(super) like: &'static str,
    /// Whether it was read as that.
    pub(super) is_certain: bool,
}

/// The syntax of what is kept by digest only.
pub(super) const BINARY: &str = "binary";

/// What other files of a run tell of one.
#[derive(Clone, Copy, Default)]
pub(super) struct Learned<'l> {
    /// Secrets that are sought in it besides.
    pub(super) known: Option<&'l Known>,
    /// Variables that hold secrets.
    pub(super) variables: Option<&'l Variables>,
    /// Whether it may give more of them values than were followed.
    pub(super) is_endless: bool,
}

/// What is said of a file whose secrets other files lead to, one through the other, without end.
pub(super) const ENDLESS: &str = "\
    cannot mask the secrets with certainty: variables lead to each other through more than 16 \
    others; the file is compared by digest only; give them values directly";

/// Takes a file in. `file` is its name as shown, `name` the one its syntax is told by.
pub(super) fn ingest(
    file: &str,
    name: &str,
    read: Result<Vec<u8>, Refusal>,
    options: &Options,
    learned: Learned<'_>,
) -> Ingested {
    let mut into = Ingested::default();
    match read {
        Ok(bytes) => Ingest { file, name, options, learned, into: &mut into }.bytes(bytes),
        Err(refusal) => into.gaps.push(gap(file, None, refusal.reason, refusal.message)),
    }
    into
}

/// A gap on a file.
pub(super) fn gap(file: &str, line: Option<u32>, reason: GapReason, message: String) -> Gap {
    Gap { place: file.to_owned(), span: None, line, reason, message }
}

struct Ingest<'i> {
    file: &'i str,
    name: &'i str,
    options: &'i Options,
    learned: Learned<'i>,
    into: &'i mut Ingested,
}

impl Ingest<'_> {
    fn bytes(&mut self, bytes: Vec<u8>) {
        let found = Digest::of(&bytes);
        let original = self.options.masking_key.original(&found);
        let length = bytes.len();
        if self.learned.is_endless {
            let message = ENDLESS.to_owned();
            self.into.gaps.push(gap(self.file, None, GapReason::NotMasked, message));
            return self.digest_only(original, length);
        }
        match decode(bytes) {
            Decoded::Text(text) | Decoded::Converted(text) if is_pointer(&text) => {
                let message = "cannot read the content: the file is a Git LFS pointer; fetch it \
                               with 'git lfs pull' or exclude it by a pattern";
                self.into.gaps.push(gap(
                    self.file,
                    None,
                    GapReason::SourceMissing,
                    message.to_owned(),
                ));
            }
            Decoded::Text(text) => self.text(text, original, Some(found)),
            Decoded::Converted(text) => self.text(text, original, None),
            Decoded::Binary(_) => {
                if is_text_by_name(self.name) {
                    let message = "cannot read the text: it holds bytes that no text has, as \
                                   UTF-16 without its mark does; convert it, rename it, or exclude \
                                   it by a pattern; until then it is compared by digest only";
                    let (reason, message) = (GapReason::Undecodable, message.to_owned());
                    self.into.gaps.push(gap(self.file, None, reason, message));
                }
                self.digest_only(original, length);
            }
            Decoded::Undecodable(_, line) => {
                let message = "cannot read the text: it is neither UTF-8 nor UTF-16; convert it, \
                               or exclude it by a pattern; until then it is compared by digest only";
                self.into.gaps.push(gap(
                    self.file,
                    Some(line),
                    GapReason::Undecodable,
                    message.to_owned(),
                ));
                self.digest_only(original, length);
            }
        }
    }

    /// Takes a text in; `digest` is that of its bytes where they are known to be as found.
    fn text(&mut self, text: String, original: Original, digest: Option<Digest>) {
        let Some(Detected { syntax, is_misnamed }) = syntax::detected(self.name, &text) else {
            self.digest_only(original, text.len());
            return;
        };
        let limits = &self.options.limits;
        let parsed = syntax.parse(&text, SourceId(0), limits);
        self.unrendered(&text, syntax, &parsed);
        let is_strict = syntax.id() != "json" || self.name.to_ascii_lowercase().ends_with(".json");
        let lenient = parsed.lenient.filter(|_| is_strict);
        if let Some(at) = lenient {
            self.into.aside_mut().lenient = Some((syntax.id(), line_of(&text, at as usize)));
        }
        let looks_like = if is_misnamed {
            Some(Looks { like: shown(syntax), is_certain: true })
        } else {
            looks_like(&text, syntax, &parsed).map(|like| Looks { like, is_certain: false })
        };
        if looks_like.is_some() {
            self.into.aside_mut().looks_like = looks_like;
        }
        let recognised = recognise(self.file, syntax, &parsed);
        let roots = parsed.tree.roots();
        let variables = roots.flat_map(|root| sensitive_variables(self.name, root));
        let declared = variables.map(|name| Variable::Terraform(name.to_owned()));
        let declared: Vec<Variable> =
            declared.chain(sources(self.name, &recognised, &parsed)).collect();
        let search = Search { variables: self.learned.variables, ..self.options.search() };
        let page =
            Page { name: self.name, text: &text, syntax, parsed: &parsed, recognised: &recognised };
        let (masked, mut variables) = mask::mask(search, page, self.learned.known);
        variables.extend(declared);
        if !variables.is_empty() {
            self.into.aside_mut().variables = variables;
        }
        match masked {
            Masked::NotUnderstood => {
                self.issues(&text, &parsed, None);
                self.digest_only(original, text.len());
            }
            Masked::Clean => {
                self.issues(&text, &parsed, None);
                self.into.documents = document_entries(self.file, syntax, &parsed, &recognised);
                let digest = digest.unwrap_or_else(|| Digest::of(text.as_bytes()));
                self.keep_as(digest, text, syntax.id(), original, (0, Vec::new()));
            }
            Masked::Replaced(rewritten, told) => {
                self.issues(&text, &parsed, Some(&rewritten));
                let aside = self.into.aside_mut();
                aside.told = told;
                aside.hashed = checksum::hashed(&parsed, &recognised);
                self.replaced(&text, syntax, &parsed, rewritten, original);
            }
        }
    }

    /// Notes a template that its syntax read without complaint.
    fn unrendered(&mut self, text: &str, syntax: &dyn Syntax, parsed: &Parsed<'_>) {
        let told = |issue: &Issue| issue.reason == GapReason::TemplateNotRendered;
        let Some(at) = template::unrendered(self.name, syntax.id(), text) else { return };
        if parsed.issues.iter().any(told) {
            return;
        }
        let message = "template, not rendered: it is compared as it is written; pass the rendered \
                       output or accept the gap";
        let (line, reason) = (line_of(text, at), GapReason::TemplateNotRendered);
        self.into.gaps.push(gap(self.file, Some(line), reason, message.to_owned()));
    }

    /// Keeps a masked text if it says what the text as found says, secrets excepted.
    fn replaced(
        &mut self,
        found: &str,
        syntax: &'static dyn Syntax,
        before: &Parsed<'_>,
        rewritten: Rewritten,
        original: Original,
    ) {
        let after = syntax.parse(&rewritten.text, SourceId(0), &self.options.limits);
        self.note_forged(found, &rewritten);
        if !only_masks_differ(before, &after, &rewritten) {
            let message = "cannot mask the secrets with certainty: the text reads differently \
                           once they are replaced; it is compared by digest only; write the \
                           secrets on lines of their own, in quotes";
            self.into.gaps.push(gap(self.file, None, GapReason::NotMasked, message.to_owned()));
            self.digest_only(original, found.len());
            return;
        }
        let recognised = recognise(self.file, syntax, &after);
        self.into.documents = document_entries(self.file, syntax, &after, &recognised);
        checksum::forget(&mut self.into.documents, &rewritten.text, &after);
        self.into.aside_mut().checksums = checksum::of_documents(found, before);
        let hashed = self.into.aside.as_ref().map_or(&[][..], |aside| &aside.hashed);
        checksum::join_hashed(&mut self.into.documents, hashed);
        let Rewritten { text, shifts, masked, .. } = rewritten;
        self.keep(text, syntax.id(), original, (masked, shifts));
    }

    fn note_forged(&mut self, found: &str, rewritten: &Rewritten) {
        if let Some(first) = rewritten.forged.first() {
            let count = u32::try_from(rewritten.forged.len()).unwrap_or(u32::MAX);
            self.into.aside_mut().forged = Some((count, line_of(found, *first)));
        }
    }

    fn issues(&mut self, text: &str, parsed: &Parsed<'_>, rewritten: Option<&Rewritten>) {
        for issue in &parsed.issues {
            let at = issue.at as usize;
            let now = rewritten.map_or(at, |rewritten| rewritten.moved(at));
            let start = u32::try_from(now).unwrap_or(u32::MAX);
            self.into.gaps.push(Gap {
                place: self.file.to_owned(),
                span: Some(Span { source: SourceId(0), start, end: start }),
                line: Some(line_of(text, at)),
                reason: issue.reason,
                message: issue.message.clone(),
            });
        }
    }

    /// Keeps a keyed fingerprint, so that not one byte as found is kept.
    fn digest_only(&mut self, original: Original, length: usize) {
        self.into.documents.clear();
        for gap in &mut self.into.gaps {
            gap.span = None;
        }
        let text = format!("driftseal.binary {original} {length}\n");
        self.keep(text, BINARY, original, (0, Vec::new()));
    }

    /// Keeps a text that is not what was found.
    fn keep(
        &mut self,
        text: String,
        syntax: &'static str,
        original: Original,
        (masked, shifts): (u32, Vec<Shift>),
    ) {
        let digest = Digest::of(text.as_bytes());
        self.keep_as(digest, text, syntax, original, (masked, shifts));
    }

    fn keep_as(
        &mut self,
        digest: Digest,
        text: String,
        syntax: &'static str,
        original: Original,
        (masked, shifts): (u32, Vec<Shift>),
    ) {
        let (file, bytes, shifts) = (self.file.into(), text.len() as u64, shifts.into());
        let source =
            Source { file, syntax, digest, bytes, original: Some(original), masked, shifts };
        self.into.kept = Some((source, text.into_bytes()));
    }
}

/// The documents of a text, the members of lists of resources among them, empty ones left out.
pub(super) fn document_entries(
    file: &str,
    syntax: &dyn Syntax,
    parsed: &Parsed<'_>,
    recognised: &[Recognised],
) -> Vec<DocumentEntry> {
    // Most files hold one, and there are many files: room for more would be most of the index.
    let mut entries = Vec::with_capacity(recognised.len());
    for (document, known) in parsed.documents.iter().zip(recognised) {
        let root = parsed.tree.root(document.root);
        let is_empty =
            |root: Node<'_>| root.is_scalar() && Typing::Yaml12.read(root) == Scalar::Null;
        let Some(root) = root.filter(|root| !is_empty(*root)) else { continue };
        let whole = Span { source: SourceId(0), start: document.start, end: document.end };
        let range = document.start as usize..document.end as usize;
        let rendered = parsed.tree.text().get(range).and_then(dialect::rendered).map(Box::new);
        for (member, node, known) in dialect::resources(file, syntax.id(), root, known) {
            let Identity { name, join, portable, .. } = known.identity;
            entries.push(DocumentEntry {
                join: (join != name).then(|| join.into()),
                identity: name.into(),
                portable,
                dialect: known.dialect.id(),
                source: SourceId(0),
                ordinal: document.ordinal,
                member,
                span: if member.is_some() { node.span() } else { whole },
                rendered: rendered.clone(),
                is_hashed: false,
            });
        }
    }
    entries
}

/// What each document is, in order.
pub(super) fn recognise(
    file: &str,
    syntax: &'static dyn Syntax,
    parsed: &Parsed<'_>,
) -> Vec<Recognised> {
    let roots = parsed.documents.iter().filter_map(|document| parsed.tree.root(document.root));
    roots.map(|root| dialect::recognise(file, syntax.id(), root)).collect()
}

/// What the documents of a file take secrets from.
pub(super) fn sources(file: &str, recognised: &[Recognised], parsed: &Parsed<'_>) -> Vec<Variable> {
    let roots = parsed.documents.iter().filter_map(|document| parsed.tree.root(document.root));
    let all = recognised.iter().zip(roots);
    all.flat_map(|(known, root)| known.dialect.secret_sources(file, root))
        .map(Variable::from)
        .collect()
}

/// A syntax as people call it.
fn shown(syntax: &dyn Syntax) -> &'static str {
    match syntax.id() {
        "yaml" => "YAML",
        "json" => "JSON",
        "xml" => "XML",
        other => other,
    }
}

/// What a text looks like that its syntax took for hardly more than text: by its name it is YAML,
/// or properties, which anything is.
fn looks_like(text: &str, syntax: &dyn Syntax, parsed: &Parsed<'_>) -> Option<&'static str> {
    let is_weak = match syntax.id() {
        "properties" => true,
        "yaml" => parsed.tree.roots().all(Node::is_scalar),
        _ => false,
    };
    if !is_weak || !parsed.issues.is_empty() {
        return None;
    }
    let mut lines = text.lines().map(str::trim);
    if lines.clone().any(|line| line.starts_with("-----BEGIN ")) {
        return Some("PEM");
    }
    if syntax.id() == "properties"
        && let Some(other) = holds_sections(text)
    {
        return Some(other);
    }
    let first = lines.find(|line| !line.is_empty() && !line.starts_with('#'))?;
    match first.as_bytes() {
        [b'<', ..] => Some("XML"),
        [b'{', ..] => Some("JSON"),
        // YAML takes lines of anything for one plain scalar.
        _ if syntax.id() == "yaml" && parsed.tree.roots().any(is_several_lines) => {
            Some("plain text")
        }
        _ => None,
    }
}

/// What a text looks like whose lines stand in sections or blocks, which properties know none of.
fn holds_sections(text: &str) -> Option<&'static str> {
    let mut continued = false;
    let (mut opens, mut closes) = (false, false);
    for line in text.lines() {
        let is_own = !std::mem::replace(&mut continued, line.ends_with('\\'));
        let line = line.trim();
        if !is_own || line.starts_with(['#', '!']) {
            continue;
        }
        if line.starts_with('[') && line.ends_with(']') && !line.contains('=') {
            return Some("INI or TOML");
        }
        opens |= line.ends_with('{');
        closes |= line == "}";
    }
    (opens && closes).then_some("a text of blocks in braces")
}

fn is_several_lines(root: Node<'_>) -> bool {
    root.style() == Style::Plain && root.raw().trim_end().contains('\n')
}

/// Whether a file is one of configuration by its name. A certificate or key may be binary.
fn is_text_by_name(name: &str) -> bool {
    let syntax = syntax::detected(name, "").map(|detected| detected.syntax.id());
    syntax.is_some_and(|syntax| !matches!(syntax, "text" | "pem"))
}

/// Whether a text stands for content that Git LFS keeps elsewhere.
fn is_pointer(text: &str) -> bool {
    text.len() < 1024 && text.starts_with("version https://git-lfs.github.com/spec/")
}

fn line_of(text: &str, at: usize) -> u32 {
    let head = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    u32::try_from(memchr::memchr_iter(b'\n', head).count()).unwrap_or(u32::MAX).saturating_add(1)
}

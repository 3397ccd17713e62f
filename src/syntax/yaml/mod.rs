//! YAML: block and flow, several documents, anchors, merge keys.
//!
//! A text is cut into documents ([`sections`]), each read on its own, so that a mistake in one
//! leaves the others whole. What the readers of these files accept is read, not what the
//! specification allows: keys over 1024 characters, quoted text that continues at a lower
//! indentation ([`repair`]).
//!
//! A scalar with a tag of its own (`!Ref x`) is text, tag included; a list or map with one is a map
//! from the tag to it. `!!str` makes text; the other tags of the core schema change nothing.

#[cfg(test)]
mod agreement;
mod block;
mod claim;
mod events;
mod fast;
mod quoted;
mod repair;
mod sections;
mod strict;
mod template;
#[cfg(test)]
mod tests;

use crate::model::{GapReason, Kind, LimitReached, Limits, SourceId, TreeBuilder};

use super::{DocumentRoot, Issue, Parsed, Repeats, Syntax};
use events::{Failure, Root};
use repair::Repair;
use sections::Section;

/// The syntax.
pub(super) static YAML: Yaml = Yaml;

/// How many documents of a file may run into `nodes_max`; building each takes that many nodes.
const EXHAUSTED_MAX: u32 = 4;

/// YAML, as go-yaml and libyaml read it.
pub(super) struct Yaml;

impl Syntax for Yaml {
    fn id(&self) -> &'static str {
        "yaml"
    }

    fn about(&self) -> &'static str {
        "YAML 1.1 and 1.2: several documents, anchors, merge keys; types are left to the dialect"
    }

    fn sample(&self) -> &'static str {
        include_str!("sample.yaml")
    }

    fn claim(&self, name: &str, head: &str) -> u8 {
        claim::claim(name, head)
    }

    fn repeats(&self) -> Repeats {
        Repeats::LastWins
    }

    fn parse<'s>(&self, text: &'s str, source: SourceId, limits: &Limits) -> Parsed<'s> {
        parse(text, source, limits, true)
    }
}

/// Reads a text, trying the fast path first or not.
fn parse<'s>(text: &'s str, source: SourceId, limits: &Limits, is_fast: bool) -> Parsed<'s> {
    let mut reading = Reading {
        text,
        limits,
        is_fast,
        builder: TreeBuilder::new(text, source, limits),
        documents: Vec::new(),
        issues: Vec::new(),
        lenient: None,
        exhausted: 0,
    };
    reading.all();
    let Reading { builder, documents, issues, lenient, .. } = reading;
    Parsed { tree: builder.finish(), documents, issues, lenient: lenient.map(offset) }
}

/// A text being read.
struct Reading<'s, 'l> {
    text: &'s str,
    limits: &'l Limits,
    is_fast: bool,
    builder: TreeBuilder<'s>,
    documents: Vec<DocumentRoot>,
    issues: Vec<Issue>,
    lenient: Option<usize>,
    exhausted: u32,
}

impl Reading<'_, '_> {
    fn all(&mut self) {
        if u32::try_from(self.text.len()).is_err() {
            let message = "cannot read a YAML file of 4 GiB or more; split it".to_owned();
            self.issue(GapReason::LimitReached, 0, None, message);
            return;
        }
        for (ordinal, section) in (0..).zip(sections::sections(self.text)) {
            if ordinal >= self.limits.documents_max {
                let message = "cannot read the documents from here on: the file has more than \
                    documents_max allows; split the file";
                let ordinal = Some(ordinal);
                self.issue(GapReason::LimitReached, section.from, ordinal, message.to_owned());
                return;
            }
            if self.exhausted >= EXHAUSTED_MAX {
                let message = "cannot read the documents from here on: too many before them \
                    exceed nodes_max; reduce their aliases or split them";
                let ordinal = Some(ordinal);
                self.issue(GapReason::LimitReached, section.from, ordinal, message.to_owned());
                return;
            }
            self.document(ordinal, section);
        }
        if let Some(at) = strict::ends_in_doubt(self.text, &self.builder) {
            let message = "cannot tell whether the blanks at the end of the file belong to the \
                text before them: readers differ; end the file with a line end";
            self.issue(GapReason::Unparsed, at, None, message.to_owned());
        }
    }

    fn document(&mut self, ordinal: u32, section: Section) {
        let slot = self.builder.next();
        let text = self.text.get(section.start..section.end).unwrap_or_default();
        if let Some(at) = template::ruby(text) {
            return self.not_rendered(section.start.saturating_add(at), ordinal);
        }
        match self.read(section).and_then(|root| self.merged(root, section)) {
            Ok(Some(root)) => {
                if root.breaks {
                    let shallow = strict::shallow(self.builder.node(root.id));
                    self.lenient = self.lenient.or(shallow);
                }
                if strict::is_old(self.text.get(section.from..section.end).unwrap_or_default())
                    && let Some(at) = strict::old_scalar(self.builder.node(root.id))
                {
                    let message = "cannot tell what this scalar is: the document says that it is \
                        YAML 1.1, where it is a boolean or another number, and not every reader \
                        heeds that; quote it, write it out, or remove the directive";
                    self.issue(GapReason::Unparsed, at, Some(ordinal), message.to_owned());
                }
                self.builder.root(root.id);
                self.documents.push(DocumentRoot {
                    ordinal,
                    root: self.documents.len(),
                    start: offset(section.from),
                    end: offset(section.to),
                });
            }
            Ok(None) => {
                self.builder.abandon(slot);
                if let Some(at) = strict::is_only_directives(text) {
                    let message = "cannot read this YAML document: a directive stands without a \
                        document; write '---' behind it, or remove it";
                    let at = section.start.saturating_add(at);
                    self.issue(GapReason::Unparsed, at, Some(ordinal), message.to_owned());
                }
            }
            Err(failure) => {
                self.builder.abandon(slot);
                self.failed(ordinal, section, failure);
            }
        }
    }

    /// Reads one document. Nothing when it is empty.
    fn read(&mut self, section: Section) -> Result<Option<Root>, Failure> {
        let slot = self.builder.next();
        if self.is_fast {
            let text = self.text.get(..section.end).unwrap_or_default();
            if let Ok(root) = fast::read(&mut self.builder, text, section.start, self.limits) {
                return Ok(root);
            }
            self.builder.abandon(slot);
        }
        let original = self.text.get(section.start..section.end).unwrap_or_default();
        let mut repair = Repair::of(original);
        let builder = &mut self.builder;
        loop {
            let read = events::read(builder, self.text, section.start, &repair, self.limits);
            match read {
                Err(Failure::QuotedIndent { after, at }) if repair.repair(after, at) => {
                    builder.abandon(slot);
                }
                Ok(Some(root)) if is_absent(builder, root) => return Ok(None),
                done => return done,
            }
        }
    }

    fn merged(&mut self, root: Option<Root>, section: Section) -> Result<Option<Root>, Failure> {
        if let Some(Root { id, merges: true, .. }) = root {
            let merged = self.builder.merge(id);
            merged.map_err(|limit| Failure::Limit { at: section.start, limit })?;
        }
        Ok(root)
    }

    fn failed(&mut self, ordinal: u32, section: Section, failure: Failure) {
        let text = self.text.get(section.start..section.end).unwrap_or_default();
        let (at, problem) = match failure {
            Failure::Limit { at, limit } => {
                if limit == LimitReached::Nodes {
                    self.exhausted = self.exhausted.saturating_add(1);
                }
                let subject = match limit {
                    LimitReached::Nodes => "the number of its nodes, aliases expanded,",
                    LimitReached::Depth => "its nesting",
                };
                let message = format!(
                    "cannot read this YAML document: {subject} exceeds {}; reduce or split \
                     the document",
                    limit.name()
                );
                return self.issue(GapReason::LimitReached, at, Some(ordinal), message);
            }
            Failure::Syntax { at, problem } => (at, problem),
            Failure::QuotedIndent { at, .. } => (
                section.start.saturating_add(at),
                "a quoted scalar is not closed before a line of lower indentation".to_owned(),
            ),
            Failure::ComplexKey { at } => (at, "a key is a list or a map".to_owned()),
        };
        if let Some(at) = template::expression(text) {
            return self.not_rendered(section.start.saturating_add(at), ordinal);
        }
        let message = format!("cannot read this YAML document: {problem}; correct it there");
        self.issue(GapReason::Unparsed, at, Some(ordinal), message);
    }

    fn not_rendered(&mut self, at: usize, ordinal: u32) {
        let message = "template, not rendered: pass the rendered output or accept the gap";
        self.issue(GapReason::TemplateNotRendered, at, Some(ordinal), message.to_owned());
    }

    fn issue(&mut self, reason: GapReason, at: usize, ordinal: Option<u32>, message: String) {
        self.issues.push(Issue { reason, at: offset(at), ordinal, message });
    }
}

/// Whether a document has a marker and nothing else.
fn is_absent(builder: &TreeBuilder<'_>, root: Root) -> bool {
    let node = builder.node(root.id);
    let span = node.span();
    node.is_scalar() && span.start == span.end && node.kind() == Kind::Plain
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

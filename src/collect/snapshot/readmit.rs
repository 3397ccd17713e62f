//! Takes the masked text of a snapshot in: its documents are found anew, its gaps are remembered.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Text, broken};
use crate::collect::door::Reading;
use crate::collect::ingest::{
    BINARY, ENDLESS, Ingested, Learned, document_entries, gap, recognise, sources,
};
use crate::collect::mask::{self, Masked, Page, Search, Variable};
use crate::collect::{Options, checksum};
use crate::dialect::terraform::sensitive_variables;
use crate::model::{Digest, GapReason, Source, SourceId, secrets_in};
use crate::syntax::{self, Syntax};
use crate::wire::snapshot::Line;

/// Takes a text in under the name `file`; `learned` is what others tell of it.
pub(in crate::collect) fn readmit(
    file: &str,
    text: &Text,
    read: Reading,
    options: &Options,
    learned: Learned<'_>,
) -> Ingested {
    let mut into = Ingested { gaps: text.gaps.clone(), ..Ingested::default() };
    for gap in &mut into.gaps {
        file.clone_into(&mut gap.place);
    }
    let line = match read {
        Ok(line) => line,
        Err(refusal) => {
            into.gaps.push(gap(file, None, refusal.reason, refusal.message));
            return into;
        }
    };
    let content = match serde_json::from_slice(&line) {
        Ok(Line::Text(found)) => Some(found.content),
        Ok(_) | Err(_) => None,
    };
    let whole = content.filter(|content| {
        Digest::of(content.as_bytes()) == text.source.digest
            && content.len() as u64 == text.source.bytes
            && (text.source.syntax != BINARY || content.starts_with("driftseal.binary "))
    });
    let Some(content) = whole else {
        let why = "a text is not the one its file names";
        into.aside_mut().broken = Some(broken(&text.file.display().to_string(), text.line, why));
        return into;
    };
    let source = Source { file: file.into(), ..text.source.clone() };
    if source.syntax == BINARY {
        into.kept = Some((source, content.into_bytes()));
        return into;
    }
    let Some(syntax) = syntax::by_id(source.syntax) else {
        let message = "cannot read the text: the snapshot says that it is written in a syntax \
                       this version does not know; take the snapshot again; until then it is \
                       compared by digest only";
        digest_only(&source, GapReason::Unparsed, message, &mut into);
        return into;
    };
    if learned.is_endless {
        digest_only(&source, GapReason::NotMasked, ENDLESS, &mut into);
        return into;
    }
    let parsed = syntax.parse(&content, SourceId(0), &options.limits);
    let recognised = recognise(file, syntax, &parsed);
    let is_told = learned.known.is_some_and(|known| known.occurs(&content));
    let (holds, variables) = holds_secrets(file, &content, syntax, options, learned);
    if !variables.is_empty() {
        into.aside_mut().variables = variables;
    }
    if !text.is_evidence && (is_told || holds) {
        let message = "cannot show the text: it holds a secret in clear, found since the snapshot \
                       was taken or told by another source; take the snapshot again, of all \
                       sources together; until then the text is compared by digest only";
        digest_only(&source, GapReason::NotMasked, message, &mut into);
        return into;
    }
    into.documents = document_entries(&source.file, syntax, &parsed, &recognised);
    checksum::forget(&mut into.documents, &content, &parsed);
    if !text.checksums.is_empty() {
        into.aside_mut().checksums.clone_from(&text.checksums);
    }
    checksum::join_hashed(&mut into.documents, &text.hashed);
    into.kept = Some((source, content.into_bytes()));
    into
}

/// Whether masking finds more than the masks that are there, whether it changes anything else; and
/// the variables that the text tells to hold secrets.
///
/// The masks give way to a text without meaning first, because theirs (`password`) may make
/// masking look for secrets beside them.
fn holds_secrets(
    file: &str,
    content: &str,
    syntax: &'static dyn Syntax,
    options: &Options,
    learned: Learned<'_>,
) -> (bool, BTreeSet<Variable>) {
    let blank = without_masks(content);
    let parsed = syntax.parse(&blank, SourceId(0), &options.limits);
    let recognised = recognise(file, syntax, &parsed);
    let page = Page { name: file, text: &blank, syntax, parsed: &parsed, recognised: &recognised };
    let search = Search { variables: learned.variables, ..options.search() };
    let (masked, mut variables) = mask::mask(search, page, None);
    let declared = parsed.tree.roots().flat_map(|root| sensitive_variables(file, root));
    variables.extend(sources(file, &recognised, &parsed));
    variables.extend(declared.map(|name| Variable::Terraform(name.to_owned())));
    let holds = match masked {
        Masked::Clean => false,
        Masked::Replaced(rewritten, _) => !between_masks(&blank).eq(between_masks(&rewritten.text)),
        // Such a text is kept by digest only, so this one was not written by us.
        Masked::NotUnderstood => true,
    };
    (holds, variables)
}

/// What stands for a mask, followed by zeros up to its length.
const BLANK: &str = "Qx7Qx7";

/// The text with [`BLANK`] in place of every mask.
fn without_masks(text: &str) -> Cow<'_, str> {
    let masks = secrets_in(text);
    if masks.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for range in masks.into_iter().filter(|range| range.len() > BLANK.len()) {
        out.push_str(text.get(done..range.start).unwrap_or_default());
        out.push_str(BLANK);
        out.extend(std::iter::repeat_n('0', range.len() - BLANK.len()));
        done = range.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// The bytes of a text outside its masks and blanks, and outside what stands so close to one that
/// masking takes it for a part of it.
fn between_masks(text: &str) -> impl Iterator<Item = u8> {
    let is_close = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.+/=".contains(&byte);
    let blanks = memchr::memmem::find_iter(text.as_bytes(), BLANK);
    let masks = secrets_in(text).into_iter().map(|range| range.start);
    let mut starts: Vec<usize> = blanks.chain(masks).collect();
    starts.sort_unstable();
    let mut starts = starts.into_iter().peekable();
    let mut inside = false;
    text.bytes().enumerate().filter_map(move |(at, byte)| {
        inside = (inside && is_close(byte)) || starts.peek() == Some(&at);
        while starts.next_if(|start| *start <= at).is_some() {}
        (!inside).then_some(byte)
    })
}

fn digest_only(source: &Source, reason: GapReason, message: &str, into: &mut Ingested) {
    into.gaps.iter_mut().for_each(|gap| gap.span = None);
    into.gaps.push(gap(&source.file, None, reason, message.to_owned()));
    let original = source.original.map(|own| own.to_string()).unwrap_or_default();
    let text = format!("driftseal.binary {original} {}\n", source.bytes);
    let kept = Source {
        syntax: BINARY,
        digest: Digest::of(text.as_bytes()),
        bytes: text.len() as u64,
        masked: 0,
        shifts: Box::default(),
        ..source.clone()
    };
    into.kept = Some((kept, text.into_bytes()));
}

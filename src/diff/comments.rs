//! Comments that somebody reads.
//!
//! What stands in a comment is layout to whoever reads the document, but not to everyone: the first lines may
//! say what reads it, and a controller may look for its marks.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::Context;
use super::walk::Walker;
use crate::model::{Edit, Node, Pair, Side};

/// How a comment begins that says what reads the document: the program of a script, the format of
/// cloud-init (its documentation, "User data formats").
const HEADS: [&str; 3] = ["#!", "#cloud-", "## template:"];

/// How a comment begins by which Flux knows which policy decides the value on its line (fluxcd.io, "Configure
/// image updates", read on 2026-11-22).
const MARK: &str = "{\"$imagepolicy\"";

impl<'t> Walker<'_, 't> {
    /// Tells what comments of two whole documents decide.
    pub(super) fn comments(&mut self, roots: Pair<Node<'t>>) {
        let context = self.context;
        let texts = Pair::from_fn(|side| beginning(context, side, *roots.get(side)));
        self.heads(texts, roots);
        let marks = Pair::from_fn(|side| {
            let marks = marks(lines_of(context, side, *roots.get(side))).into_iter();
            let folded = marks.map(|mark| context.policy.colours.fold(side, mark));
            folded.collect::<Vec<_>>()
        });
        if self.syntax == "yaml" && marks.blue != marks.green {
            self.change(Edit::Replaced, None, roots.map(Some));
        }
    }

    /// Tells that the first lines of two documents differ, where they say what reads them.
    pub(super) fn heads(&mut self, texts: Pair<&str>, nodes: Pair<Node<'t>>) {
        let is_head = |line: &&str| HEADS.iter().any(|known| line.starts_with(known));
        let heads = texts
            .map(|text| text.lines().map(str::trim_end).take_while(is_head).collect::<Vec<&str>>());
        if heads.blue != heads.green {
            self.change(Edit::Replaced, None, nodes.map(Some));
        }
    }
}

/// The text a document begins with, comments before it included; its own where another one stands
/// before it.
fn beginning<'c>(context: &Context<'c>, side: Side, root: Node<'_>) -> &'c str {
    let whole = *context.wholes.get(side);
    let before = usize::try_from(root.span().start).ok().and_then(|start| whole.get(..start));
    let says_nothing = |line: &str| line.trim().is_empty() || line.starts_with(['#', '%', '-']);
    let is_first = before.is_some_and(|before| before.lines().all(says_nothing));
    if is_first { whole.trim_start_matches('\u{feff}') } else { context.texts.get(side) }
}

/// A document to the end of its last line.
fn lines_of<'c>(context: &Context<'c>, side: Side, root: Node<'_>) -> &'c str {
    let whole = *context.wholes.get(side);
    let span = Pair::new(root.span().start, root.span().end).map(|at| usize::try_from(at).ok());
    let text = span.both().and_then(|span| {
        let end = whole.get(span.green..)?.find('\n').map_or(whole.len(), |end| span.green + end);
        whole.get(span.blue..end)
    });
    text.unwrap_or_default()
}

/// The marks of a text, in their order.
fn marks(text: &str) -> Vec<&str> {
    static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(MARK));
    let found = FINDER.find_iter(text.as_bytes());
    let to_end = found.filter_map(|at| text.get(at..)?.lines().next());
    to_end.map(str::trim_end).collect()
}

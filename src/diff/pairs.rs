//! Texts of `key=value` pairs: documents of their own, written in one value.

use std::borrow::Cow;

use super::embedded::Frame;
use super::join::{Numbered, join_names, same_order};
use super::lists::representation;
use super::shown::shown_text;
use super::walk::Walker;
use super::{Found, NamedOther, explain, record};
use crate::model::{Edit, Explanation, Node, Pair, Path, Scalar, Side, Step};

impl<'t> Walker<'_, 't> {
    /// Compares two texts of `key=value` pairs; says whether they were such texts.
    pub(super) fn value_pairs(&mut self, pair: Pair<Node<'t>>) -> bool {
        let Some(entries) = pair.map(|node| parse_pairs(node.text())).both() else { return false };
        let frames = Pair::from_fn(|side| {
            let scalar = *pair.get(side);
            Frame { text: scalar.tree_text(), scalar, outer: *self.frames.get(side) }
        });
        let raw: Pair<Vec<Cow<'t, str>>> = entries
            .as_ref()
            .map(|side| side.iter().map(|entry| Cow::Borrowed(entry.key)).collect());
        let names = self.names(raw.clone());
        let numbers = Numbered::new(&names);
        let joined = join_names(&names, &raw);
        if !same_order(&joined) {
            self.explained(&representation("order of pairs"), pair);
        }
        for (blue, green) in joined {
            let both = Pair::new(
                blue.and_then(|index| entries.blue.get(index)),
                green.and_then(|index| entries.green.get(index)),
            );
            self.steps.push(Step::Key(numbers.name((blue, green))));
            self.value_pair(both, &frames);
            self.steps.pop();
        }
        true
    }

    fn value_pair(&mut self, both: Pair<Option<&PairEntry<'t>>>, frames: &Pair<Frame<'_>>) {
        let texts = both.map(|entry| entry.map(|entry| entry.value));
        let ranges =
            Pair::from_fn(|side| both.get(side).map(|entry| frames.get(side).to_file(entry.range)));
        let values = texts.map(|text| text.map(shown_text));
        for side in Side::BOTH {
            let Some(text) = texts.get(side) else { continue };
            let bleeds = self.context.policy.colours.bleeds(side, text);
            if self.listed.contains(*text) || bleeds.is_empty() || self.is_shared(side, texts) {
                continue;
            }
            if let (Some(first), Some(range)) = (bleeds.first(), ranges.get(side)) {
                self.out.bleeds.push(NamedOther {
                    side,
                    path: Path(self.steps.clone()),
                    range: *range,
                    other: *ranges.get(side.other()),
                    token: first.token.clone(),
                    expected: first.expected.clone(),
                    values: values.clone(),
                });
            }
        }
        if texts.blue == texts.green {
            return;
        }
        let edit = match (texts.blue, texts.green) {
            (Some(_), None) => Edit::Removed,
            (None, _) => Edit::Added,
            (Some(_), Some(_)) => Edit::Replaced,
        };
        let explanation = texts.both().and_then(|texts| {
            let scalars = texts.map(Scalar::Text);
            explain::same_text(self.context, None, &scalars)
        });
        let explanation = explanation.unwrap_or(Explanation::Unexplained);
        let found = Found { path: Path(self.steps.clone()), edit, explanation, ranges, values };
        record(self.context, self.out, found, texts);
    }
}

/// One entry of a text of pairs.
struct PairEntry<'t> {
    key: &'t str,
    value: &'t str,
    range: (u32, u32),
}

/// Reads `k=v,k=v`; nothing where a part has no `=`.
fn parse_pairs(text: &str) -> Option<Vec<PairEntry<'_>>> {
    let mut entries = Vec::new();
    let mut start = 0_usize;
    for part in text.split(',') {
        let at = start;
        start += part.len() + 1;
        if part.trim().is_empty() {
            continue;
        }
        let (key, value) = part.split_once('=')?;
        let from = at + key.len() + 1;
        let range = (u32::try_from(from).ok()?, u32::try_from(from + value.len()).ok()?);
        entries.push(PairEntry { key: key.trim(), value: value.trim(), range });
    }
    Some(entries)
}

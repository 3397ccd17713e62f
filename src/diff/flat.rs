//! Comparing documents whose reader takes keys in keys for one key with dots: `a: {b: 1}` and
//! `a.b: 1`.

use std::collections::BTreeSet;

use super::join::join;
use super::walk::Walker;
use crate::dialect::schema::{At, Seg};
use crate::model::{Entry, Explainer, Explanation, Kind, Node, Pair, Scalar, Side, Step};

/// A value that holds no further keys, with the keys that lead to it.
struct Leaf<'t> {
    /// The keys as written, the first of them first.
    keys: Vec<Node<'t>>,
    value: Node<'t>,
}

impl<'t> Leaf<'t> {
    /// Every word of its keys.
    fn words(&self) -> impl Iterator<Item = &'t str> {
        self.keys.iter().flat_map(|key| key.text().split('.'))
    }

    /// Whether both go through the same keys, apart from how the words of a key are spelled.
    fn is_cut_as(&self, other: &Self) -> bool {
        let cuts = |leaf: &Self| -> Vec<usize> {
            leaf.keys.iter().map(|key| key.text().split('.').count()).collect()
        };
        cuts(self) == cuts(other)
    }

    fn is_written_as(&self, other: &Self) -> bool {
        self.keys.len() == other.keys.len()
            && self.keys.iter().zip(&other.keys).all(|(own, other)| own.text() == other.text())
    }
}

impl<'t> Walker<'_, 't> {
    /// Compares two documents key by key, if some key is written in keys on one side and with dots
    /// on the other; says whether it did. Where colours may stand in keys it does not.
    pub(super) fn flat(&mut self, pair: Pair<Node<'t>>) -> bool {
        let names_sides = self.may_bleed.blue || self.may_bleed.green;
        if names_sides || !self.segs.is_empty() || !self.dialect.is_flat(self.kind) {
            return false;
        }
        // Of one name are as many words: only where keys stand in keys, and some key is of several
        // words, can they be cut in two ways.
        let nests = |map: Node<'t>| map.entries().any(|entry| entry.value.kind() == Kind::Map);
        if !nests(pair.blue) && !nests(pair.green) {
            return false;
        }
        let Some(leaves) = Pair::from_fn(|side| self.leaves(*pair.get(side))).both() else {
            return false;
        };
        let mut keys = leaves.blue.iter().chain(&leaves.green).flat_map(|leaf| &leaf.keys);
        if !keys.any(|key| key.text().contains('.')) {
            return false;
        }
        let names = Pair::from_fn(|side| {
            leaves.get(side).iter().map(|leaf| self.full_name(side, leaf)).collect::<Vec<_>>()
        });
        let is_once =
            |names: &Vec<String>| names.iter().collect::<BTreeSet<_>>().len() == names.len();
        let joined = join(&names.blue, &names.green);
        let is_split = |(blue, green): &(Option<usize>, Option<usize>)| {
            let blue = blue.and_then(|index| leaves.blue.get(index));
            let green = green.and_then(|index| leaves.green.get(index));
            blue.zip(green).is_some_and(|(blue, green)| !blue.is_cut_as(green))
        };
        if !is_once(&names.blue) || !is_once(&names.green) || !joined.iter().any(is_split) {
            return false;
        }
        for (blue, green) in joined {
            let pair = Pair::new(
                blue.and_then(|index| leaves.blue.get(index)),
                green.and_then(|index| leaves.green.get(index)),
            );
            self.leaf(pair);
        }
        true
    }

    fn leaf(&mut self, pair: Pair<Option<&Leaf<'t>>>) {
        let Some(named) = pair.blue.or(pair.green) else { return };
        // One key, so that the place is called the same whichever side says it how.
        let words: Vec<&str> = named.words().collect();
        self.steps.push(Step::Key(words.join(".")));
        self.segs.extend(named.words().map(Seg::Key));
        match (pair.blue, pair.green) {
            (Some(blue), Some(green)) => {
                if let (false, Some(keys)) = (
                    blue.is_written_as(green),
                    Pair::new(blue.keys.last().copied(), green.keys.last().copied()).both(),
                ) {
                    let how = "another spelling of the key".to_owned();
                    let how = Explanation::Representation { how };
                    self.explained(Explainer::KeySpelling, &how, keys);
                }
                self.walk(Pair::new(blue.value, green.value));
            }
            (Some(blue), None) => self.one_sided(Side::Blue, blue.value),
            (None, Some(green)) => self.one_sided(Side::Green, green.value),
            (None, None) => (),
        }
        self.steps.pop();
        self.segs.clear();
    }

    /// What a side's reader calls a value, as one key.
    fn full_name(&self, side: Side, leaf: &Leaf<'t>) -> String {
        let mut path: Vec<Seg<'t>> = Vec::new();
        let mut name = String::new();
        let within = self.within(side, leaf.value);
        for word in leaf.words() {
            let at = At { kind: self.kind, path: &path };
            let read = self.dialect.key_name(at, word, within);
            name.push('.');
            name.push_str(read.as_deref().unwrap_or(word));
            path.push(Seg::Key(word));
        }
        name
    }

    /// Every value of a document; nothing where a key is not made of words alone.
    fn leaves(&self, root: Node<'t>) -> Option<Vec<Leaf<'t>>> {
        let mut found = Vec::new();
        let mut rest: Vec<(Vec<Node<'t>>, Entry<'t>)> =
            root.entries().map(|entry| (Vec::new(), entry)).collect();
        rest.reverse();
        while let Some((mut keys, entry)) = rest.pop() {
            if !self.is_words(entry.key) {
                return None;
            }
            keys.push(entry.key);
            if entry.value.kind() == Kind::Map && !entry.value.is_empty() {
                let below = entry.value.entries().map(|inner| (keys.clone(), inner));
                let mut below: Vec<_> = below.collect();
                below.reverse();
                rest.extend(below);
            } else {
                found.push(Leaf { keys, value: entry.value });
            }
        }
        Some(found)
    }

    /// Whether a key is text, and words of letters, digits and the marks in them between dots.
    fn is_words(&self, key: Node<'_>) -> bool {
        let in_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let is_text = matches!(self.dialect.typing().read(key), Scalar::Text(_));
        is_text
            && key.text().split('.').all(|word| {
                word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.chars().all(in_word)
            })
    }
}

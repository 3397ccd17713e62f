//! Facts by where they hold: patterns of steps, found by the end of a path.

use std::collections::BTreeMap;

use super::{At, Seg};

/// Facts by pattern, indexed by the last literal key of the pattern.
#[derive(Debug)]
pub(super) struct Table<T> {
    facts: Vec<(Vec<String>, Pattern, T)>,
    /// Those whose patterns end in a key, in a key and one step, and so on.
    by_key: [BTreeMap<String, Vec<usize>>; BEHIND_MAX],
    any: Vec<usize>,
}

/// How many steps from the end of a pattern its last literal key is looked for.
const BEHIND_MAX: usize = 3;

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { facts: Vec::new(), by_key: Default::default(), any: Vec::new() }
    }
}

impl<T> Table<T> {
    pub(super) fn add(&mut self, kinds: Vec<String>, path: &str, fact: T) {
        let pattern = Pattern::parse(path);
        let index = self.facts.len();
        let is_one = |part: &&Part| !matches!(part, Part::Key(_) | Part::Deep);
        let behind = pattern.parts.iter().rev().take_while(is_one).count();
        let indexes = match (pattern.parts.iter().nth_back(behind), self.by_key.get_mut(behind)) {
            (Some(Part::Key(key)), Some(keys)) => keys.entry(key.clone()).or_default(),
            _ => &mut self.any,
        };
        indexes.push(index);
        self.facts.push((kinds, pattern, fact));
    }

    /// Whether any fact is about documents of a kind.
    pub(super) fn is_about(&self, kind: &str) -> bool {
        self.says(kind, |_| true)
    }

    /// Whether such a fact is about documents of a kind.
    pub(super) fn says(&self, kind: &str, is_such: impl Fn(&T) -> bool) -> bool {
        let about = |kinds: &[String]| kinds.is_empty() || kinds.iter().any(|known| known == kind);
        self.facts.iter().any(|(kinds, _, fact)| is_such(fact) && about(kinds))
    }

    pub(super) fn find(&self, at: At<'_>) -> Option<&T> {
        self.find_if(at, |_| true)
    }

    /// The first fact that holds at a place and that `suits`.
    pub(super) fn find_if(&self, at: At<'_>, suits: impl Fn(&T) -> bool) -> Option<&T> {
        let matching = |index: &usize| {
            let (kinds, pattern, fact) = self.facts.get(*index)?;
            let kind_ok = || kinds.is_empty() || kinds.iter().any(|kind| kind == at.kind);
            (pattern.matches(at.path) && kind_ok() && suits(fact)).then_some(*index)
        };
        let mut first = self.any.iter().find_map(matching);
        for (keys, seg) in self.by_key.iter().zip(at.path.iter().rev()) {
            if let (Seg::Key(key), false) = (seg, keys.is_empty())
                && let Some(keyed) = keys.get(*key).and_then(|at| at.iter().find_map(matching))
            {
                first = Some(first.map_or(keyed, |first| first.min(keyed)));
            }
        }
        self.facts.get(first?).map(|(_, _, fact)| fact)
    }
}

/// A pattern of steps.
#[derive(Debug)]
struct Pattern {
    anchored: bool,
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Key(String),
    Component(Vec<String>),
    /// `x-*!a|b`: a key that begins with `x-`, and with neither `x-a` nor `x-b`.
    Begins(String, Vec<String>),
    Any,
    Deep,
}

impl Pattern {
    fn parse(path: &str) -> Self {
        let (anchored, path) = path.strip_prefix('/').map_or((false, path), |rest| (true, rest));
        let part = |text: &str| match text {
            "*" => Part::Any,
            "**" => Part::Deep,
            _ => match text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
                Some(types) => Part::Component(types.split('|').map(str::to_owned).collect()),
                None => match text.split_once("-*!") {
                    Some((start, but)) => {
                        let whole = |rest| format!("{start}-{rest}");
                        Part::Begins(whole(""), but.split('|').map(whole).collect())
                    }
                    None => Part::Key(text.replace("~1", "/").replace("~0", "~")),
                },
            },
        };
        Self { anchored, parts: path.split('/').map(part).collect() }
    }

    fn matches(&self, path: &[Seg<'_>]) -> bool {
        matches_from_end(&self.parts, path, self.anchored)
    }
}

/// Matches from the end; depth is bounded by the number of parts of a pattern.
fn matches_from_end(parts: &[Part], path: &[Seg<'_>], anchored: bool) -> bool {
    let Some((part, parts)) = parts.split_last() else { return !anchored || path.is_empty() };
    if matches!(part, Part::Deep) {
        return (0..=path.len())
            .any(|end| matches_from_end(parts, path.get(..end).unwrap_or_default(), anchored));
    }
    let Some((seg, path)) = path.split_last() else { return false };
    let fits = match (part, seg) {
        (Part::Any, _) => true,
        (Part::Key(key), Seg::Key(text)) => key == text,
        (Part::Begins(start, but), Seg::Key(text)) => {
            let begins = |start: &String| text.starts_with(start.as_str());
            begins(start) && !but.iter().any(begins)
        }
        (Part::Component(types), Seg::Key(text)) => types.iter().any(|kind| {
            let name = text.strip_prefix(kind.as_str());
            name.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ' ']))
        }),
        (Part::Key(_) | Part::Component(_) | Part::Begins(..), Seg::Item(_)) | (Part::Deep, _) => {
            false
        }
    };
    fits && matches_from_end(parts, path, anchored)
}

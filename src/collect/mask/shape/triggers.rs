//! One scan of a text for all that may begin a secret.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::Anchored;
use aho_corasick::automaton::{Automaton as _, StateID};
use aho_corasick::dfa::DFA;

use super::super::variables::Variables;
use super::super::{acl, command, url};
use super::{FORGED, OTHERS, PREFIXES, Trigger};

pub(super) static SCANNER: LazyLock<Option<(DFA, Vec<Trigger>)>> = LazyLock::new(|| {
    let mut patterns: Vec<(Cow<'static, str>, Trigger)> = Vec::new();
    patterns.extend(OTHERS.iter().map(|(text, trigger)| (Cow::from(*text), *trigger)));
    patterns.extend(command::programs().map(|name| (Cow::from(name), Trigger::Program)));
    patterns.extend(acl::RULES.iter().map(|rule| (Cow::from(*rule), Trigger::Acl)));
    patterns.extend(url::parameters().map(|name| (Cow::from(name), Trigger::Query)));
    patterns.extend(FORGED.iter().map(|text| (Cow::from(*text), Trigger::Forged)));
    let prefixes = PREFIXES.iter().enumerate();
    patterns.extend(prefixes.map(|(at, known)| (Cow::from(known.text), Trigger::Prefix(at))));
    let scanner = DFA::builder()
        .ascii_case_insensitive(true)
        .prefilter(false)
        .build(patterns.iter().map(|(text, _)| text.as_bytes()))
        .ok()?;
    Some((scanner, patterns.into_iter().map(|(_, trigger)| trigger).collect()))
});

/// Where a text may hold a secret, in order.
#[derive(Debug, Default)]
pub(in super::super) struct Triggers {
    pub(super) at: Vec<(usize, usize, Trigger)>,
}

impl Triggers {
    /// Scans a text once, both halves of it side by side: each step waits for the one before it.
    pub(in super::super) fn of(text: &str) -> Self {
        let Some((scanner, kinds)) = SCANNER.as_ref() else { return Self::default() };
        let Ok(start) = scanner.start_state(Anchored::No) else { return Self::default() };
        let bytes = text.as_bytes();
        let half = bytes.len() / 2;
        // The second begins where all is seen of what ends in it.
        let early = half.saturating_sub(scanner.max_pattern_len());
        let first = bytes.get(..half).unwrap_or_default();
        let second = bytes.get(early..).unwrap_or_default();
        let mut at = Vec::new();
        let mut note = |state: StateID, end: usize| {
            let patterns =
                (0..scanner.match_len(state)).map(|nth| scanner.match_pattern(state, nth));
            at.extend(patterns.filter_map(|pattern| {
                let kind = kinds.get(pattern.as_usize())?;
                Some((end - scanner.pattern_len(pattern), end, *kind))
            }));
        };
        let next = |state, byte: &u8| scanner.next_state(Anchored::No, state, *byte);
        let (mut one, mut other) = (start, start);
        for (before, (byte, beside)) in first.iter().zip(second).enumerate() {
            one = next(one, byte);
            other = next(other, beside);
            if scanner.is_match(one) {
                note(one, before + 1);
            }
            if scanner.is_match(other) && early + before >= half {
                note(other, early + before + 1);
            }
        }
        for (before, byte) in second.iter().enumerate().skip(half) {
            other = next(other, byte);
            if scanner.is_match(other) {
                note(other, early + before + 1);
            }
        }
        at.sort_by_key(|(start, end, _)| (*start, *end));
        Self { at }
    }

    /// Scans a text for the names of variables as well.
    pub(in super::super) fn with(text: &str, variables: Option<&Variables>) -> Self {
        let mut triggers = Self::of(text);
        if let Some(variables) = variables {
            let places = variables.places(text).into_iter();
            triggers.at.extend(places.map(|at| (at.start, at.end, Trigger::Variable)));
            let options = variables.option_places(text);
            triggers.at.extend(options.map(|at| (at.start, at.end, Trigger::Escape)));
            triggers.at.sort_by_key(|(start, end, _)| (*start, *end));
        }
        triggers
    }

    /// Whether a name is that of a variable that holds a secret, marks of options before it apart.
    pub(in super::super) fn is_variable(&self, name: &Range<usize>) -> bool {
        self.within(name.clone()).any(|(_, end, kind)| kind == Trigger::Variable && end == name.end)
    }

    /// Those that begin in `range`.
    pub(in super::super) fn within(
        &self,
        range: Range<usize>,
    ) -> impl Iterator<Item = (usize, usize, Trigger)> + '_ {
        let from = self.at.partition_point(|(start, _, _)| *start < range.start);
        let rest = self.at.get(from..).unwrap_or_default();
        rest.iter().copied().take_while(move |(start, _, _)| *start < range.end)
    }

    /// Whether one begins in `range`.
    pub(in super::super) fn any_within(&self, range: Range<usize>) -> bool {
        self.within(range).next().is_some()
    }
}

#[cfg(test)]
mod tests {
    use aho_corasick::Anchored;
    use aho_corasick::automaton::Automaton as _;

    use super::{SCANNER, Triggers};

    /// Every trigger of a text, told by one walk from its start to its end.
    fn one_by_one(text: &str) -> Vec<(usize, usize)> {
        let (scanner, _) = SCANNER.as_ref().unwrap();
        let mut state = scanner.start_state(Anchored::No).unwrap();
        let mut all = Vec::new();
        for (before, byte) in text.bytes().enumerate() {
            state = scanner.next_state(Anchored::No, state, byte);
            if scanner.is_match(state) {
                let matches = (0..scanner.match_len(state)).map(|nth| {
                    let pattern = scanner.match_pattern(state, nth);
                    (before + 1 - scanner.pattern_len(pattern), before + 1)
                });
                all.extend(matches);
            }
        }
        all.sort_unstable();
        all
    }

    #[test]
    fn halves_side_by_side_see_what_one_walk_sees() {
        let words = "curl -u a:b https://u:p@h/?token=x AKIA eyJ ghp_ -----BEGIN ";
        let mut seen = 0;
        for length in 0..600 {
            let text: String =
                "x".repeat(length % 7).chars().chain(words.chars().cycle()).take(length).collect();
            let all: Vec<_> =
                Triggers::of(&text).at.iter().map(|(start, end, _)| (*start, *end)).collect();
            assert_eq!(all, one_by_one(&text), "{text}");
            seen += all.len();
        }
        assert!(seen > 10_000, "{seen}");
    }
}

//! Looking for the tokens of a side in texts, most of which are short and hold none.

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, Match, MatchKind};

/// Looks for the tokens of a side.
#[derive(Debug, Clone)]
pub(super) struct Finder {
    /// In whole files.
    long: AhoCorasick,
    /// In keys and names, which are most of what is asked: what prepares for a long text costs
    /// more than it saves.
    short: AhoCorasick,
    /// How tokens begin; nothing where one has no second byte.
    heads: Option<Heads>,
}

/// The first two bytes of tokens.
#[derive(Debug, Clone)]
struct Heads {
    /// The first ones, the last of them repeated up to three; nothing where they are more.
    few: Option<[u8; 3]>,
    /// Which bytes begin a token, and which stand second in one.
    marks: Box<[[bool; 256]; 2]>,
}

/// A search in a text that may hold tokens, from where the first may begin.
#[derive(Debug, Clone)]
pub(super) struct Search<'f, 't> {
    finder: &'f AhoCorasick,
    input: Input<'t>,
}

impl Finder {
    /// The longest short text.
    const SHORT_MAX: usize = 64;

    /// Looks for some tokens, of which the first counts where several begin.
    pub(super) fn new(tokens: &[&str]) -> Option<Self> {
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::LeftmostFirst).kind(Some(AhoCorasickKind::DFA));
        let long = builder.build(tokens).ok()?;
        let short = builder.prefilter(false).build(tokens).ok()?;
        let heads = Heads::of(tokens);
        (!tokens.is_empty()).then_some(Self { long, short, heads })
    }

    /// The search to make in a text; nothing where it holds no token.
    pub(super) fn search<'t>(&self, text: &'t [u8]) -> Option<Search<'_, 't>> {
        let input = Input::new(text);
        if text.len() > Self::SHORT_MAX {
            return Some(Search { finder: &self.long, input });
        }
        let from = self.heads.as_ref().map_or(Some(0), |heads| heads.first_in(text))?;
        Some(Search { finder: &self.short, input: input.range(from..) })
    }

    /// Whether a text holds a token.
    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        self.search(text).is_some_and(|search| search.finder.is_match(search.input))
    }
}

impl<'f, 't> Search<'f, 't> {
    /// The tokens in the text, left to right, none of which is part of another.
    pub(super) fn matches(self) -> impl Iterator<Item = Match> + use<'f, 't> {
        self.finder.find_iter(self.input)
    }
}

impl Heads {
    fn of(tokens: &[&str]) -> Option<Self> {
        let mut marks = Box::new([[false; 256]; 2]);
        let mut firsts = Vec::new();
        for token in tokens {
            for (marks, byte) in marks.iter_mut().zip(token.as_bytes().get(..2)?) {
                *marks.get_mut(usize::from(*byte))? = true;
            }
            firsts.extend(token.bytes().next());
        }
        firsts.sort_unstable();
        firsts.dedup();
        let few = match *firsts {
            [one] => Some([one; 3]),
            [one, two] => Some([one, two, two]),
            [one, two, three] => Some([one, two, three]),
            _ => None,
        };
        Some(Self { few, marks })
    }

    /// Where a text first has two bytes that a token may begin with.
    fn first_in(&self, text: &[u8]) -> Option<usize> {
        let [first, second] = &*self.marks;
        let is = |marks: &[bool; 256], byte: &u8| marks.get(usize::from(*byte)) == Some(&true);
        let goes_on = |at: &usize| text.get(at + 1).is_some_and(|byte| is(second, byte));
        if let Some([one, two, three]) = self.few {
            return memchr::memchr3_iter(one, two, three, text).find(goes_on);
        }
        let begins = |pair: &[u8]| matches!(pair, [a, b] if is(first, a) && is(second, b));
        text.windows(2).position(begins)
    }
}

#[cfg(test)]
mod tests {
    use aho_corasick::{AhoCorasick, MatchKind};

    use super::{Finder, Search};

    #[test]
    fn a_search_finds_what_a_plain_one_finds() {
        let many = ["blue", "Blue", "BLUE", "eu-1", "10.1"];
        let (border, behind) = ("x".repeat(Finder::SHORT_MAX - 4), "x".repeat(Finder::SHORT_MAX));
        let texts = [
            "",
            "b",
            "lue",
            "gl",
            "x-1",
            "blue",
            "bbBlue",
            "a-blue-b.eu-1",
            "blblue",
            "10.1",
            "é",
            "б",
            "pay-блю-blue",
            "bluebluEblue",
            "BLUEblue",
        ];
        let long = [&border, &behind].map(|filling| format!("{filling}blue"));
        for tokens in [&many[..3], &many, &["b", "blue"], &["blue", "bluefin"], &["é"], &["блю"]]
        {
            let finder = Finder::new(tokens).unwrap();
            let mut plain = AhoCorasick::builder();
            let plain = plain.match_kind(MatchKind::LeftmostFirst).build(tokens).unwrap();
            for text in texts.iter().copied().chain(long.iter().map(String::as_str)) {
                let search = finder.search(text.as_bytes());
                let found: Vec<_> = search.into_iter().flat_map(Search::matches).collect();
                assert_eq!(found, plain.find_iter(text).collect::<Vec<_>>(), "{tokens:?} {text}");
                assert_eq!(
                    finder.is_match(text.as_bytes()),
                    plain.is_match(text),
                    "{tokens:?} {text}"
                );
            }
        }
        assert!(Finder::new(&[]).is_none());
    }
}

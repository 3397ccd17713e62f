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
    /// How tokens begin; nothing where one is shorter.
    heads: Option<Heads>,
}

/// The first two bytes of tokens.
#[derive(Debug, Clone)]
struct Heads {
    /// The first ones, some of them twice; nothing where they are more.
    few: Option<[u8; 3]>,
    /// Which bytes begin a token, and which stand second in one.
    marks: Box<[[bool; 256]; 2]>,
}

/// A search for tokens that one text may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search<'f> {
    finder: &'f AhoCorasick,
    /// Where the first may begin.
    from: usize,
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
    pub(super) fn search(&self, text: &[u8]) -> Option<Search<'_>> {
        if text.len() > Self::SHORT_MAX {
            return Some(Search { finder: &self.long, from: 0 });
        }
        let from = self.heads.as_ref().map_or(Some(0), |heads| heads.first_in(text))?;
        Some(Search { finder: &self.short, from })
    }

    /// Whether a text holds a token.
    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        self.search(text).is_some_and(|search| search.matches(text).next().is_some())
    }
}

impl<'f> Search<'f> {
    /// The tokens in the text that it was made for, none of which is part of another.
    pub(super) fn matches<'a>(self, text: &'a [u8]) -> impl Iterator<Item = Match> + use<'a, 'f> {
        self.finder.find_iter(Input::new(text).range(self.from..))
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
    use super::Finder;

    #[test]
    fn a_search_finds_what_there_is_however_short_the_text_and_however_many_the_tokens() {
        let many = ["blue", "Blue", "BLUE", "eu-1", "10.1"];
        for tokens in [&many[..3], &many, &["b", "blue"]] {
            let finder = Finder::new(tokens).unwrap();
            let long = format!("{}-blue", "x".repeat(Finder::SHORT_MAX));
            for text in ["blue", "a-blue-b", "bbBlue", "b-BLUE", &long] {
                assert!(finder.is_match(text.as_bytes()), "{tokens:?} {text}");
            }
            for text in ["", "green", "lue", "x-1", "gl"] {
                assert!(!finder.is_match(text.as_bytes()), "{tokens:?} {text}");
            }
        }
        let finder = Finder::new(&many).unwrap();
        let search = finder.search(b"pay-blue.eu-1").unwrap();
        let found: Vec<_> = search.matches(b"pay-blue.eu-1").map(|found| found.range()).collect();
        assert_eq!(found, [4..8, 9..13]);
        assert!(Finder::new(&[]).is_none());
    }
}

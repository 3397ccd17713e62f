//! Many words sought in a text at once, in any case, one within another told too.
//!
//! Every key and every file is asked, so this walks the automaton itself: an iterator that begins
//! anew behind every find costs twice as much.

use aho_corasick::automaton::Automaton as _;
use aho_corasick::dfa::DFA;
use aho_corasick::{Anchored, MatchKind};

/// Words to look for.
#[derive(Debug)]
pub struct Words(Option<DFA>);

impl Words {
    /// Takes the words; too many of them are never found, and [`Words::is_ready`] says so.
    pub fn new<W: AsRef<[u8]>>(words: impl IntoIterator<Item = W>) -> Self {
        let mut builder = DFA::builder();
        builder.match_kind(MatchKind::Standard).ascii_case_insensitive(true).prefilter(false);
        Self(builder.build(words).ok())
    }

    /// Whether words can be found at all.
    pub const fn is_ready(&self) -> bool {
        self.0.is_some()
    }

    /// Calls `found` with the index of each word that stands in a text and the bytes it covers, in
    /// the order in which they end.
    pub fn each(&self, text: &str, mut found: impl FnMut(usize, std::ops::Range<usize>)) {
        let Some(dfa) = &self.0 else { return };
        let Ok(mut state) = dfa.start_state(Anchored::No) else { return };
        for (end, byte) in (1..).zip(text.bytes()) {
            state = dfa.next_state(Anchored::No, state, byte);
            if dfa.is_special(state) && dfa.is_match(state) {
                for index in 0..dfa.match_len(state) {
                    let word = dfa.match_pattern(state, index);
                    found(word.as_usize(), end - dfa.pattern_len(word)..end);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn words_within_words_are_found_in_any_case() {
        let words = Words::new(["pass", "password", "word"]);
        let mut found = Vec::new();
        words.each("DB_PASSWORD=x", |word, range| found.push((word, range)));
        assert_eq!(found, [(0, 3..7), (1, 3..11), (2, 7..11)]);
        assert!(words.is_ready());
    }
}

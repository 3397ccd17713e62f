//! Words of which a container has dozens, in one run of letters instead of a text each.

use super::read::members;
use crate::facts::Fact;

/// What ends a word: no name of a variable has it.
const END: char = '\0';

/// Words in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Words(Box<str>);

impl Words {
    /// The texts of what may be a list.
    pub(super) fn of(fact: Option<&Fact<'_>>) -> Self {
        let mut all = String::new();
        for word in members(fact) {
            if let Fact::Text(word) = word {
                all.push_str(word);
                all.push(END);
            }
        }
        Self(all.into())
    }

    /// Each of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split_terminator(END)
    }
}

#[cfg(test)]
mod tests {
    use super::Words;
    use crate::facts::Fact;

    #[test]
    fn words_come_back_as_they_were() {
        for words in [&[][..], &["A"], &["A", "", "ÄB"], &[""]] {
            let list = Fact::List(words.iter().map(|word| Fact::text(*word)).collect());
            assert_eq!(Words::of(Some(&list)).iter().collect::<Vec<_>>(), words);
        }
        assert_eq!(Words::of(None).iter().next(), None);
    }
}

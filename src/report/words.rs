//! What differs between two texts, word by word.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::escape::escape;
use crate::wire::report::{Pair, Side};

/// The share of their characters, in hundredths, that two texts must have in common.
const SHARED_MIN: usize = 50;

/// The length from which on a text is hard to compare by eye.
const LONG_CHARS_MIN: usize = 32;

/// Two texts, taken apart into what they share and what they do not. Both are escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    parts: Vec<Part>,
}

/// What both have, or one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    side: Option<Side>,
    text: String,
}

impl Words {
    /// Compares two texts; nothing where they share too little for it to help.
    pub(super) fn of(values: &Pair<Option<String>>, ascii: bool) -> Option<Self> {
        let (blue, green) = (values.blue.as_ref()?, values.green.as_ref()?);
        // Escaped first: no cut may make a command of what is none.
        let texts = Pair { blue: escape(blue, ascii), green: escape(green, ascii) };
        let words = Pair { blue: split(&texts.blue), green: split(&texts.green) };
        let mut parts: Vec<Part> = Vec::new();
        let mut add = |side: Option<Side>, words: Option<&[&str]>| {
            let text = words.unwrap_or_default().concat();
            match parts.last_mut() {
                Some(last) if last.side == side => last.text.push_str(&text),
                Some(_) | None if text.is_empty() => {}
                Some(_) | None => parts.push(Part { side, text }),
            }
        };
        for op in capture_diff_slices(Algorithm::Myers, &words.blue, &words.green) {
            if let DiffOp::Equal { .. } = op {
                add(None, words.blue.get(op.old_range()));
            } else {
                add(Some(Side::Blue), words.blue.get(op.old_range()));
                add(Some(Side::Green), words.green.get(op.new_range()));
            }
        }
        let words = Self { parts };
        let shared = words.count(|part| part.side.is_none()).saturating_mul(2);
        let all = texts.blue.chars().count().saturating_add(texts.green.chars().count());
        (shared.saturating_mul(100) >= all.saturating_mul(SHARED_MIN)).then_some(words)
    }

    /// The text of one side: its parts, and whether the other side lacks them.
    pub(super) fn side(&self, side: Side) -> impl Iterator<Item = (bool, &str)> {
        let own = self.parts.iter().filter(move |part| part.side.is_none_or(|of| of == side));
        own.map(|part| (part.side.is_some(), part.text.as_str()))
    }

    /// Both texts in one, as `git diff --word-diff=plain` writes them, where they are long.
    pub(super) fn plain(&self) -> Option<String> {
        let is_long = |side| {
            let length = self.count(|part| part.side.is_none_or(|of| of == side));
            length >= LONG_CHARS_MIN
        };
        let written = self.parts.iter().map(|part| match part.side {
            None => part.text.clone(),
            Some(Side::Blue) => format!("[-{}-]", part.text),
            Some(Side::Green) => format!("{{+{}+}}", part.text),
        });
        (is_long(Side::Blue) || is_long(Side::Green)).then(|| written.collect())
    }

    fn count(&self, counts: impl Fn(&Part) -> bool) -> usize {
        let parts = self.parts.iter().filter(|part| counts(part));
        parts.map(|part| part.text.chars().count()).sum()
    }
}

/// Letters and digits in a row are a word, and so are numbers with points between them, such as
/// versions and addresses; everything else stands for itself.
fn split(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if in_word(first) { word_end(rest) } else { first.len_utf8() };
        let (word, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        words.push(word);
        rest = tail;
    }
    words
}

fn in_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn word_end(text: &str) -> usize {
    let is_digit = |character: Option<char>| character.is_some_and(|one| one.is_ascii_digit());
    let mut before = None;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let after = characters.peek().map(|(_, after)| *after);
        let is_point = character == '.' && is_digit(before) && is_digit(after);
        if !in_word(character) && !is_point {
            return at;
        }
        before = Some(character);
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{Pair, Side, Words};

    fn words(blue: &str, green: &str) -> Option<Words> {
        Words::of(&Pair { blue: Some(blue.to_owned()), green: Some(green.to_owned()) }, true)
    }

    #[test]
    fn words_that_differ_are_marked_and_the_texts_stay_whole() {
        let blue = "postgres://db.blue.svc:5432/pay?sslmode=require";
        let green = "postgres://db.green.svc:5432/pay?sslmode=disable&x=1";
        let words = words(blue, green).unwrap();
        for (side, text) in [(Side::Blue, blue), (Side::Green, green)] {
            assert_eq!(words.side(side).map(|(_, part)| part).collect::<String>(), text);
        }
        let marked: Vec<&str> =
            words.side(Side::Blue).filter(|(own, _)| *own).map(|(_, part)| part).collect();
        assert_eq!(marked, ["blue", "require"]);
        let plain =
            "postgres://db.[-blue-]{+green+}.svc:5432/pay?sslmode=[-require-]{+disable&x=1+}";
        assert_eq!(words.plain().as_deref(), Some(plain));
    }

    #[test]
    fn a_version_is_one_word() {
        let words = words("TLSv1.2 TLSv1.3 x.y", "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3 x.z").unwrap();
        let marked = |side| {
            let own = words.side(side).filter(|(is_own, _)| *is_own);
            own.map(|(_, part)| part).collect::<Vec<_>>()
        };
        assert_eq!(marked(Side::Blue), ["y"]);
        assert_eq!(marked(Side::Green), ["TLSv1 TLSv1.1 ", "z"]);
    }

    #[test]
    fn texts_that_share_little_or_are_short_are_left_as_they_are() {
        assert_eq!(words("parentbased_traceidratio", "always_off"), None);
        assert_eq!(words("a-1", "a-2").unwrap().plain(), None);
        assert_eq!(Words::of(&Pair { blue: Some("a".to_owned()), green: None }, true), None);
    }

    #[test]
    fn no_cut_makes_a_command_of_what_is_none() {
        let tail = "[error]forged and some more text to make it long";
        let words = words(&format!("###{tail}"), &format!("##{tail}")).unwrap();
        let plain = words.plain().unwrap();
        assert!(!plain.contains("##["), "{plain}");
        for side in [Side::Blue, Side::Green] {
            let text: String = words.side(side).map(|(_, part)| part).collect();
            assert!(!text.contains("##["), "{text}");
        }
    }
}

//! A secret found at one place of a text is a secret wherever else it stands in it.

use aho_corasick::AhoCorasick;

use super::edit::{Cause, Mask};
use super::known::LENGTH_MAX;

/// The fewest characters that are taken for the same secret rather than for the same word.
const LENGTH_MIN: usize = 12;

/// Masks of further occurrences, each with the token of the first.
pub(super) fn echoes(text: &str, masks: &[Mask]) -> Vec<Mask> {
    let mut secrets: Vec<(&str, &str)> = Vec::new();
    for mask in masks.iter().filter(|mask| mask.cause == Cause::Secret) {
        let [edit] = mask.edits.as_slice() else { continue };
        let secret = text.get(edit.range.clone()).unwrap_or_default().trim_matches(QUOTES);
        if is_telling(secret) {
            secrets.push((secret, edit.text.trim_matches(QUOTES)));
        }
    }
    if secrets.is_empty() {
        return Vec::new();
    }
    secrets.sort_unstable();
    secrets.dedup_by_key(|(secret, _)| *secret);
    let Ok(finder) = AhoCorasick::new(secrets.iter().map(|(secret, _)| *secret)) else {
        return Vec::new();
    };
    let found = finder.find_iter(text).filter(|found| is_word(text, found.range()));
    found
        .filter_map(|found| {
            let (_, token) = secrets.get(found.pattern().as_usize())?;
            Some(Mask::over(text, found.range(), (*token).to_owned()))
        })
        .collect()
}

/// What may stand around a secret without being part of it.
pub(super) const QUOTES: &[char] = &['"', '\''];

/// Whether a text is long and mixed enough to mean one thing only.
fn is_telling(secret: &str) -> bool {
    (LENGTH_MIN..=LENGTH_MAX).contains(&secret.len())
        && secret.bytes().any(|byte| byte.is_ascii_digit())
        && secret.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !secret.contains(char::is_whitespace)
}

pub(super) fn is_word(text: &str, range: std::ops::Range<usize>) -> bool {
    let bytes = text.as_bytes();
    let before = range.start.checked_sub(1).and_then(|at| bytes.get(at));
    let is_part = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    !is_part(before) && !is_part(bytes.get(range.end))
}

#[cfg(test)]
mod tests {
    use super::super::edit::{Mask, Rewritten};
    use super::echoes;

    #[test]
    fn a_secret_is_masked_wherever_it_stands() {
        let text = "password: 'k3yk3yk3yk3y'\nargs: [k3yk3yk3yk3y, k3yk3yk3yk3yx]\n";
        let mut masks = vec![Mask::over(text, 11..23, "T".to_owned())];
        masks.extend(echoes(text, &masks));
        let masked = Rewritten::new(text, masks);
        assert_eq!(masked.text, "password: 'T'\nargs: [T, k3yk3yk3yk3yx]\n");
    }

    #[test]
    fn a_word_that_is_a_bad_password_stays_a_word() {
        let text = "password: checkout-service\nname: checkout-service\n";
        let masks = vec![Mask::over(text, 10..26, "T".to_owned())];
        assert!(echoes(text, &masks).is_empty());
    }
}

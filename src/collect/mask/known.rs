//! A secret masked by its place in one file is a secret in every other file of the run.
//!
//! What was found is held in memory between the two readings of a run and never leaves this floor.

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::echo::is_word;
use super::edit::{Cause, Mask, Rewritten};
use super::promise::is_material;
use crate::model::SECRET_PREFIX;

/// The fewest characters that are sought in other files; shorter secrets are masked where they
/// stand.
const LENGTH_MIN: usize = 8;

/// The most characters that are sought in other files: longer secrets are files of their own.
pub(super) const LENGTH_MAX: usize = 1 << 10;

/// A secret that may stand elsewhere too, and its token.
pub(in crate::collect) struct Told {
    secret: String,
    token: String,
}

/// Shows nothing.
impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Told")
    }
}

/// The secrets among the masks of a text that are telling enough to be sought elsewhere.
pub(super) fn told(text: &str, masks: &[Mask]) -> Vec<Told> {
    const QUOTES: &[char] = &['"', '\''];
    let mut told = Vec::new();
    for mask in masks.iter().filter(|mask| mask.cause == Cause::Secret) {
        let [edit] = mask.edits.as_slice() else { continue };
        let secret = text.get(edit.range.clone()).unwrap_or_default().trim_matches(QUOTES);
        let token = edit.text.trim_matches(QUOTES);
        let decode = |text: &str| String::from_utf8(STANDARD.decode(text).ok()?).ok();
        if !token.starts_with(SECRET_PREFIX)
            && let (Some(secret), Some(token)) = (decode(secret), decode(token))
        {
            told.push(Told { secret: secret.trim().to_owned(), token });
        }
        told.push(Told { secret: secret.to_owned(), token: token.to_owned() });
    }
    told.retain(|told| told.secret.len() <= LENGTH_MAX && is_material(&told.secret, LENGTH_MIN));
    told
}

/// Every secret of a run, ready to be sought.
pub(in crate::collect) struct Known {
    finder: AhoCorasick,
    tokens: Vec<String>,
}

impl Known {
    /// The secrets of a run; nothing when there is none.
    pub(in crate::collect) fn of<'t>(told: impl Iterator<Item = &'t Told>) -> Option<Self> {
        let mut pairs: Vec<(&str, &str)> =
            told.map(|told| (told.secret.as_str(), told.token.as_str())).collect();
        pairs.sort_unstable();
        pairs.dedup_by_key(|(secret, _)| *secret);
        if pairs.is_empty() {
            return None;
        }
        let finder = AhoCorasick::new(pairs.iter().map(|(secret, _)| *secret)).ok()?;
        Some(Self { finder, tokens: pairs.iter().map(|(_, token)| (*token).to_owned()).collect() })
    }

    /// Whether one of them stands in a text.
    pub(in crate::collect) fn occurs(&self, text: &str) -> bool {
        // Nearly all texts hold none, which is told much faster.
        self.finder.is_match(text)
            && self.finder.find_overlapping_iter(text).any(|found| is_word(text, found.range()))
    }

    /// A short text without them.
    pub(in crate::collect) fn masked(&self, text: &str) -> String {
        Rewritten::new(text, self.masks(text)).text
    }

    /// The masks of all that stand in a text.
    pub(super) fn masks(&self, text: &str) -> Vec<Mask> {
        let found = self.finder.find_overlapping_iter(text);
        found
            .filter(|found| is_word(text, found.range()))
            .filter_map(|found| {
                let token = self.tokens.get(found.pattern().as_usize())?;
                Some(Mask::over(text, found.range(), token.clone()))
            })
            .collect()
    }
}

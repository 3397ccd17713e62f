//! A secret masked by its place in one file is a secret in every other file of the run.
//!
//! What was found is held in memory between the two readings of a run and never leaves this floor.

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::echo::{QUOTES, is_word};
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
    /// Whether it was written in another way where it was found.
    is_derived: bool,
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
    let mut told = Vec::new();
    for mask in masks.iter().filter(|mask| mask.cause == Cause::Secret) {
        let [edit] = mask.edits.as_slice() else { continue };
        let secret = unquoted(text.get(edit.range.clone()).unwrap_or_default());
        let token = unquoted(&edit.text);
        let decode = |text: &str| String::from_utf8(STANDARD.decode(text).ok()?).ok();
        if !token.starts_with(SECRET_PREFIX)
            && let (Some(secret), Some(token)) = (decode(secret), decode(token))
        {
            told.extend(spelled(secret.trim(), &token));
        }
        told.extend(spelled(secret, token));
    }
    told.retain(|told| told.secret.len() <= LENGTH_MAX && is_telling(&told.secret));
    told
}

/// A text without the quotes around it.
fn unquoted(text: &str) -> &str {
    let inner = QUOTES.iter().find_map(|quote| {
        let inner = text.strip_prefix(*quote)?;
        inner.strip_suffix(*quote)
    });
    inner.unwrap_or(text)
}

/// A secret in the ways in which it may stand elsewhere: as it was written, as it was meant where it was
/// written with escapes, and with those of other syntaxes. Without quotes at its ends, which may be those of
/// the syntax where it stands.
fn spelled(written: &str, token: &str) -> Vec<Told> {
    // Written with escapes, a character takes ten bytes at the most.
    if written.len() > 10 * LENGTH_MAX {
        return Vec::new();
    }
    let mut all: Vec<(bool, String)> =
        bare(written).map(|bare| (false, bare.to_owned())).into_iter().collect();
    let meant = [unescaped(written), written.replace("''", "'")];
    for meant in meant.iter().filter_map(|meant| bare(meant)) {
        let json = serde_json::to_string(meant).unwrap_or_default();
        let doubled = meant.replace('\'', "''");
        let forms = [meant.to_owned(), doubled, unquoted(&json).to_owned()];
        all.extend(forms.map(|form| (form != written, form)));
    }
    let told = |(is_derived, secret)| Told { secret, is_derived, token: token.to_owned() };
    all.into_iter().map(told).collect()
}

/// A text without quotes at its ends; nothing where half an escape would be left of one.
fn bare(text: &str) -> Option<&str> {
    let bare = text.trim_matches(QUOTES);
    (bare.len() == text.len() || !bare.ends_with('\\')).then_some(bare)
}

/// A text with the escapes undone that most syntaxes know: `\"`, `\:`, `\u0041`.
fn unescaped(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, behind)) = rest.split_once('\\') {
        out.push_str(before);
        let digits = match behind.as_bytes().first() {
            Some(b'u') => behind.get(1..5),
            Some(b'U') => behind.get(1..9),
            Some(b'x') => behind.get(1..3),
            _ => None,
        };
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if let (Some(digits), Some(character)) = (digits, code.and_then(char::from_u32)) {
            out.push(character);
            rest = behind.get(1 + digits.len()..).unwrap_or_default();
            continue;
        }
        let mut characters = behind.chars();
        out.extend(characters.next());
        rest = characters.as_str();
    }
    out.push_str(rest);
    out
}

/// Whether a secret is rather a piece of a key than a word; letters of any script are letters.
fn is_telling(secret: &str) -> bool {
    let plain = |c: char| if c.is_alphanumeric() && !c.is_ascii() { 'x' } else { c };
    is_material(&secret.chars().map(plain).collect::<String>(), LENGTH_MIN)
}

/// Every secret of a run, ready to be sought.
pub(in crate::collect) struct Known {
    finder: AhoCorasick,
    tokens: Vec<String>,
}

impl Known {
    /// The secrets of a run; nothing when there is none.
    pub(in crate::collect) fn of<'t>(told: impl Iterator<Item = &'t Told>) -> Option<Self> {
        // Of two secrets of one spelling, the one that is written so counts.
        let mut told: Vec<&Told> = told.collect();
        told.sort_unstable_by_key(|told| (&told.secret, told.is_derived, &told.token));
        told.dedup_by_key(|told| &told.secret);
        let pairs: Vec<(&str, &str)> =
            told.iter().map(|told| (told.secret.as_str(), told.token.as_str())).collect();
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

#[cfg(test)]
mod tests {
    use super::{Known, LENGTH_MAX, Told, is_telling, spelled, unescaped};

    #[test]
    fn a_secret_is_sought_in_every_spelling() {
        let has = |written: &str, standing: &str| {
            let all = spelled(written, "t");
            assert!(all.iter().any(|told| told.secret == standing), "{written} {standing}");
        };
        for written in [r#"Kx7q\"Wv2p"#, r#"Kx7q"Wv2p"#, r#"\u004Bx7q\"Wv2p"#, r#"\x4Bx7q\"Wv2p"#] {
            for standing in [r#"Kx7q"Wv2p"#, r#"Kx7q\"Wv2p"#] {
                has(written, standing);
            }
        }
        has("Kx7q''Wv2p", "Kx7q'Wv2p");
        has("Kx7q'Wv2p", "Kx7q''Wv2p");
        has(r"Kx7q\:Wv2p\=L", "Kx7q:Wv2p=L");
        for quoted in [r#"\"Kx7qWv2p9\""#, r#"Kx7qWv2p9\""#, "'Kx7qWv2p9'", "Kx7qWv2p9\""] {
            has(quoted, "Kx7qWv2p9");
            let ends = |told: &Told| told.secret.ends_with(['"', '\'', '\\']);
            assert!(!spelled(quoted, "t").iter().any(ends), "{quoted}");
        }
        assert!(spelled(&"Kx7q".repeat(10 * LENGTH_MAX), "t").is_empty());
        assert_eq!([r"a\u00", r"a\", r"\\n"].map(unescaped), ["au00", "a", r"\n"]);
    }

    #[test]
    fn what_is_written_so_counts_before_what_is_meant_so() {
        let told: Vec<Told> = [(r"Kx7q\Wv2p9", "a"), ("Kx7qWv2p9", "b")]
            .iter()
            .flat_map(|(secret, token)| spelled(secret, token))
            .collect();
        let known = Known::of(told.iter()).unwrap();
        assert_eq!(known.masked("x Kx7qWv2p9 y"), "x b y");
    }

    #[test]
    fn letters_of_any_script_are_telling() {
        assert!(is_telling("Ümläut-Geheim-42xyz") && is_telling("Kx7qWv2pLz9RtB-ä"));
        assert!(!is_telling("Ümläut") && !is_telling("zwölf") && !is_telling("a b c d 1 2 3"));
    }
}

//! Colour pairs, inferred from values that differ in one name.

use std::collections::{BTreeMap, BTreeSet};

use super::written::{is_replaced, pins};
use super::{Named, PairSuggestion};
use crate::model::{Edit, Pair, Side};
use crate::policy::ColourMap;
use crate::policy::ports::is_everywhere;
use crate::wire::report::Change;

/// In how many values a pair must be seen.
const SUPPORT_MIN: usize = 2;

/// How many pairs, of those with most support, are looked at.
const CANDIDATES_MAX: usize = 256;

/// How long a name of a side may be.
const NAME_CHARS: std::ops::RangeInclusive<usize> = 3..=64;

/// What joins the words of a name.
const JOINTS: [char; 5] = ['-', '_', '.', '/', '@'];

/// Words that say how something is done, not where it is. Whoever changes one changes what is
/// protected, kept or seen.
const MEANING: &[&str] = &[
    "allow",
    "always",
    "any",
    "audit",
    "allowed",
    "admin",
    "anonymous",
    "basic",
    "batch",
    "best",
    "block",
    "bearer",
    "clear",
    "debug",
    "default",
    "denied",
    "deny",
    "disable",
    "disabled",
    "disallow",
    "drop",
    "enable",
    "enabled",
    "encrypted",
    "enforce",
    "error",
    "external",
    "false",
    "fatal",
    "full",
    "grpc",
    "host",
    "http",
    "https",
    "ignore",
    "info",
    "insecure",
    "internal",
    "keep",
    "latest",
    "local",
    "mask",
    "mtls",
    "mutual",
    "never",
    "nobody",
    "noop",
    "none",
    "null",
    "off",
    "open",
    "optional",
    "parentbased",
    "permissive",
    "permit",
    "plain",
    "plaintext",
    "prefer",
    "preferred",
    "privileged",
    "public",
    "private",
    "read",
    "readonly",
    "redact",
    "require",
    "required",
    "restricted",
    "root",
    "secure",
    "server",
    "silent",
    "simple",
    "skip",
    "strict",
    "trace",
    "traceidratio",
    "true",
    "trust",
    "udp",
    "tcp",
    "unix",
    "unsafe",
    "user",
    "verify",
    "warn",
    "warning",
    "write",
    "editor",
    "guest",
    "maintainer",
    "operator",
    "owner",
    "reader",
    "readers",
    "superuser",
    "viewer",
    "viewers",
    "writer",
    "writers",
];

/// Parts of words that name a cryptographic method or a hardened variant.
const CRYPTOGRAPHIC: &[&str] = &[
    "aes",
    "cbc",
    "chacha",
    "cipher",
    "curve25519",
    "des",
    "dss",
    "ecdh",
    "ecdsa",
    "ed25519",
    "fips",
    "gcm",
    "hmac",
    "kex",
    "md5",
    "nistp",
    "rc4",
    "rsa",
    "sha1",
    "sha2",
    "sha3",
    "sha5",
    "ssl",
    "tls",
];

/// The pairs that explain several of the `open` differences, contradict no value of `changes`, and
/// are one to one.
pub(super) fn infer(
    changes: &[Change],
    open: &[&Change],
    colours: &ColourMap,
) -> Vec<PairSuggestion> {
    let known: Vec<Pair<&str>> = changes.iter().filter_map(texts).collect();
    let documents = Documents::of(open);
    let mut support: BTreeMap<Pair<String>, usize> = BTreeMap::new();
    let values = open.iter().filter_map(|change| texts(change));
    for pair in values.chain(documents.alike()) {
        for candidate in candidates(&colours.recolour(pair.blue), pair.green) {
            let count = support.entry(candidate).or_default();
            *count = count.saturating_add(1);
        }
    }
    let fits = |pair: &Pair<String>| {
        let with = colours.with(std::slice::from_ref(pair));
        known.iter().all(|values| agrees(&with, colours, values))
    };
    let alone = alone(&support);
    let mut candidates: Vec<(&Pair<String>, usize)> = support
        .iter()
        .filter(|(pair, count)| **count >= SUPPORT_MIN && is_colourless(pair, colours))
        .filter(|(pair, _)| alone.contains(pair))
        .map(|(pair, count)| (pair, *count))
        .collect();
    candidates.sort_by(|(a, few), (b, many)| {
        let length = |pair: &Pair<String>| pair.blue.len();
        many.cmp(few).then_with(|| length(b).cmp(&length(a))).then_with(|| a.cmp(b))
    });
    let likely = candidates.into_iter().take(CANDIDATES_MAX).map(|(pair, _)| pair);
    let fitting = likely.filter(|pair| fits(pair)).cloned().collect();
    chosen(fitting, open, &documents, colours)
}

/// Takes each pair that explains several differences, or joins several documents, which those before
/// it do not.
fn chosen(
    candidates: Vec<Pair<String>>,
    open: &[&Change],
    documents: &Documents<'_>,
    colours: &ColourMap,
) -> Vec<PairSuggestion> {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut pairs: Vec<PairSuggestion> = Vec::new();
    for pair in candidates {
        let with = colours.with(std::slice::from_ref(&pair));
        let is_open = |change: &&&Change| !done.contains(change.fingerprint.as_str());
        let explained: Vec<&Change> = open
            .iter()
            .filter(is_open)
            .filter(|one| texts(one).is_some_and(|two| with.recolour(two.blue) == two.green))
            .copied()
            .collect();
        let joined: Vec<&Change> =
            documents.joined(&with).into_iter().filter(|one| is_open(&one)).collect();
        if explained.len() + joined.len() / 2 >= SUPPORT_MIN {
            done.extend(explained.iter().chain(&joined).map(|one| one.fingerprint.as_str()));
            let names = |of: Vec<&Change>| of.into_iter().map(Named::of).collect();
            pairs.push(PairSuggestion {
                texts: pair,
                explains: names(explained),
                joins: names(joined),
            });
        }
    }
    let weight = |pair: &PairSuggestion| pair.explains.len() + pair.joins.len();
    pairs.sort_by(|a, b| weight(b).cmp(&weight(a)).then_with(|| a.texts.cmp(&b.texts)));
    pairs
}

/// Documents that one side alone seems to have.
struct Documents<'c> {
    removed: Vec<&'c Change>,
    added: BTreeMap<&'c str, &'c Change>,
}

impl<'c> Documents<'c> {
    fn of(open: &[&'c Change]) -> Self {
        let whole = open.iter().filter(|change| change.path.is_empty()).copied();
        let (removed, added): (Vec<&Change>, Vec<&Change>) = whole
            .filter(|change| !is_replaced(change))
            .partition(|change| change.edit.name() == Edit::Removed.name());
        let added = added.into_iter().map(|change| (change.resource.as_str(), change)).collect();
        Self { removed, added }
    }

    /// Names that may be of one thing: what they begin with and what they end in is the same.
    fn alike(&self) -> Vec<Pair<&'c str>> {
        let ends = |name: &'c str| {
            let head = name.rsplitn(3, '/').nth(2).unwrap_or(name);
            (head, name.rsplit('/').next().unwrap_or_default())
        };
        let mut known: BTreeMap<(&str, &str), Vec<&'c str>> = BTreeMap::new();
        for name in self.added.keys().copied() {
            known.entry(ends(name)).or_default().push(name);
        }
        let pairs = self.removed.iter().filter_map(|change| {
            let [only] = known.get(&ends(&change.resource))?.as_slice() else { return None };
            Some(Pair::new(change.resource.as_str(), *only))
        });
        pairs.collect()
    }

    /// The documents of blue that a map turns into one of green, each with that one behind it.
    fn joined(&self, with: &ColourMap) -> Vec<&'c Change> {
        let pairs = self.removed.iter().filter_map(|change| {
            let added = self.added.get(&*with.recolour(&change.resource))?;
            Some([*change, *added])
        });
        pairs.flatten().collect()
    }
}

/// Whether no text of a pair holds what the colour map replaces already, on either side.
fn is_colourless(pair: &Pair<String>, colours: &ColourMap) -> bool {
    let holds =
        |text: &String| Side::BOTH.iter().any(|side| colours.token_in(*side, text).is_some());
    !holds(&pair.blue) && !holds(&pair.green)
}

/// The pairs beside which none was seen that speaks of the same text of a side.
fn alone(support: &BTreeMap<Pair<String>, usize>) -> BTreeSet<&Pair<String>> {
    let mut uses: Pair<BTreeMap<&str, usize>> = Pair::default();
    for (side, pair) in support.keys().flat_map(|pair| Side::BOTH.map(|side| (side, pair))) {
        let count = uses.get_mut(side).entry(pair.get(side)).or_default();
        *count = count.saturating_add(1);
    }
    let is_alone = |pair: &&Pair<String>| {
        Side::BOTH.iter().all(|side| uses.get(*side).get(pair.get(*side).as_str()) == Some(&1))
    };
    support.keys().filter(is_alone).collect()
}

/// Whether a pair, wherever it applies to a value, makes green's value of blue's; and green never
/// keeps what the pair replaces.
fn agrees(with: &ColourMap, without: &ColourMap, values: &Pair<&str>) -> bool {
    let recoloured = with.recolour(values.blue);
    recoloured == without.recolour(values.blue) || recoloured == values.green
}

/// The texts of a difference that is one text in the place of another, or one name of a document.
/// Never who is allowed what, and what runs: a pair asks for no reason.
fn texts(change: &Change) -> Option<Pair<&str>> {
    let decides = |key: &str| ["roleRef", "subjects", "image"].contains(&key);
    let is_open = is_replaced(change) && !change.path.split('/').any(decides);
    pins(change).both().filter(|_| is_open)
}

/// The pairs that would make one text of the other: what is left when both are cut where they begin
/// and end alike, at the borders of names and at those of words.
fn candidates(blue: &str, green: &str) -> Vec<Pair<String>> {
    let in_name = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let in_word = |c: char| c.is_alphanumeric();
    let cuts = [middle(blue, green, in_name), middle(blue, green, in_word)];
    let mut found: Vec<Pair<String>> = cuts.into_iter().flatten().collect();
    found.dedup();
    found
}

fn middle(blue: &str, green: &str, in_token: fn(char) -> bool) -> Option<Pair<String>> {
    let tokens = Pair::new(tokens(blue, in_token), tokens(green, in_token));
    let (a, b) = (&tokens.blue, &tokens.green);
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(head..)?, b.get(head..)?);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let cut = |side: &[&str]| Some(side.get(..side.len().checked_sub(tail)?)?.concat());
    let pair = Pair::new(cut(a)?, cut(b)?);
    let before = tokens.blue.get(..head)?.last().and_then(|token| token.chars().next_back());
    let behind = a.len().checked_sub(tail).and_then(|at| a.get(at)).and_then(|t| t.chars().next());
    let is_joint = |c: Option<char>| c.is_some_and(|c| JOINTS.contains(&c));
    let is_part = is_joint(before) || is_joint(behind);
    let is_numbered =
        |text: &String| text.contains(JOINTS) && text.contains(|c: char| c.is_ascii_digit());
    let is_whole = before.is_none() && behind.is_none();
    let stands = is_part || (is_whole && is_numbered(&pair.blue) && is_numbered(&pair.green));
    (stands && pair.blue != pair.green && is_name(&pair.blue) && is_name(&pair.green))
        .then_some(pair)
}

/// Letters and digits in a row, and what else is in a token; every other character alone.
fn tokens(text: &str, in_token: fn(char) -> bool) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if in_token(first) {
            rest.find(|c| !in_token(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        tokens.push(token);
        rest = tail;
    }
    tokens
}

/// Whether a text names something, and is no number, version, switch or method.
fn is_name(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let is_number = |word: &str| {
        let digits = word.strip_prefix('v').unwrap_or(word);
        digits.starts_with(|c: char| c.is_ascii_digit())
    };
    let first = words.clone().next().unwrap_or_default();
    NAME_CHARS.contains(&text.chars().count())
        && !is_everywhere(text)
        && text.contains(char::is_alphabetic)
        && text.chars().all(|c| c.is_alphanumeric() || JOINTS.contains(&c))
        && text.starts_with(char::is_alphanumeric)
        && text.ends_with(char::is_alphanumeric)
        && !is_number(first)
        && !words.any(|word| MEANING.contains(&word))
        && !CRYPTOGRAPHIC.iter().any(|method| lower.contains(method))
}

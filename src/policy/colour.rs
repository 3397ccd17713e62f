//! The colour map: which words of blue become which words of green.
//!
//! It is declared, never inferred: an inferred map could hide an attacker's consistent change.
//! Colour words match at word boundaries (separators, digits, camelCase), never inside a word
//! (`evergreen`, `bluetooth`). Further pairs match as they are written, at the edges of tokens.

use std::borrow::Cow;
use std::ops::Range;

use super::finder::{Finder, Search};
use super::ports;
use crate::model::{Pair, Side};

/// The declared substitutions.
#[derive(Debug, Clone)]
pub struct ColourMap {
    tokens: Vec<Token>,
    finders: Pair<Option<Finder>>,
    /// How far beside a token another one may begin or end, a separator between them.
    reach: Pair<usize>,
}

/// One substitution.
#[derive(Debug, Clone)]
struct Token {
    text: Pair<String>,
    /// What stands for it in colour-neutral names.
    neutral: String,
    /// Where it counts.
    kind: TokenKind,
}

impl Token {
    /// What a declared pair stands for.
    fn of_pair(pair: &Pair<String>) -> Vec<Self> {
        let forms = literal_forms(pair).into_iter();
        let token = |(text, kind): (Pair<String>, TokenKind)| {
            let neutral = format!("{{pair {}}}", text.blue);
            Self { text, neutral, kind }
        };
        forms.map(token).collect()
    }
}

/// Where a token counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenKind {
    /// A colour word: where words end.
    Word,
    /// A declared text: where tokens end.
    Literal,
    /// A port of a range: where ports stand.
    Port,
    /// The first octets of a network: in an address of it, or in a network within it.
    Network {
        /// How long the network's prefix is, in bits.
        bits: u8,
    },
}

/// A place where the other side's token stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bleed {
    /// The token as it stands there.
    pub token: String,
    /// What should stand there.
    pub expected: String,
    /// Byte range in the text.
    pub range: Range<usize>,
}

impl ColourMap {
    /// Makes a map of the two colour words and further pairs. Pairs of equal texts say nothing
    /// and are left out.
    pub fn new(words: &Pair<String>, pairs: &[Pair<String>]) -> Self {
        let mut tokens: Vec<Token> = pairs.iter().flat_map(Token::of_pair).collect();
        let cases = [
            (words.as_ref().map(|word| word.to_lowercase()), "{colour}"),
            (words.as_ref().map(|word| capitalised(word)), "{Colour}"),
            (words.as_ref().map(|word| word.to_uppercase()), "{COLOUR}"),
        ];
        for (text, neutral) in cases {
            tokens.push(Token { text, neutral: neutral.to_owned(), kind: TokenKind::Word });
        }
        Self::of(tokens)
    }

    /// This map and further pairs, which count before those of the map.
    #[must_use]
    pub fn with(&self, pairs: &[Pair<String>]) -> Self {
        let further = pairs.iter().flat_map(Token::of_pair);
        Self::of(further.chain(self.tokens.iter().cloned()).collect())
    }

    fn of(mut tokens: Vec<Token>) -> Self {
        tokens.retain(|token| {
            token.text.blue != token.text.green
                && !token.text.blue.is_empty()
                && !token.text.green.is_empty()
        });
        let finders = Pair::from_fn(|side| {
            let texts = tokens.iter().map(|token| token.text.get(side).as_str());
            Finder::new(&texts.collect::<Vec<_>>())
        });
        let reach = Pair::from_fn(|side| {
            let lengths = tokens.iter().map(|token| token.text.get(side).len());
            lengths.max().unwrap_or_default() + 1
        });
        Self { tokens, finders, reach }
    }

    /// Whether no substitution is declared.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The text with the tokens of its own side replaced by neutral ones.
    pub fn fold<'a>(&self, side: Side, text: &'a str) -> Cow<'a, str> {
        self.replace(side, text, |token| &token.neutral)
    }

    /// Blue's text as green should have it.
    pub fn recolour<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.replace(Side::Blue, text, |token| &token.text.green)
    }

    /// Whether blue's text, as green should have it, is this one.
    pub fn turns_into(&self, blue: &str, green: &str) -> bool {
        self.turns(blue, green, |_| true)
    }

    /// Whether blue's text is this one but for colour words, which mean the same to every reader. A
    /// declared pair may be of anything: of versions of TLS, of ports with protocols of their own.
    pub fn differs_in_words_only(&self, blue: &str, green: &str) -> bool {
        self.turns(blue, green, |token| token.kind == TokenKind::Word)
    }

    fn turns(&self, blue: &str, green: &str, counts: impl Fn(&Token) -> bool) -> bool {
        let (mut done, mut rest) = (0, green);
        for (range, token) in self.find(Side::Blue, blue) {
            if !counts(token) {
                return false;
            }
            let between = blue.get(done..range.start).unwrap_or_default();
            let behind = rest.strip_prefix(between);
            let Some(behind) = behind.and_then(|rest| rest.strip_prefix(&*token.text.green)) else {
                return false;
            };
            (done, rest) = (range.end, behind);
        }
        blue.get(done..) == Some(rest)
    }

    /// The first token of its own side in a text, blue's spelling and green's.
    pub fn token_in(&self, side: Side, text: &str) -> Option<Pair<String>> {
        self.find(side, text).next().map(|(_, token)| token.text.clone())
    }

    /// The declared pair that these two texts are, letter by letter.
    pub fn declared(&self, blue: &str, green: &str) -> Option<Pair<String>> {
        let is = |token: &&Token| {
            let is_pair = token.text.blue == blue && token.text.green == green;
            is_pair && matches!(token.kind, TokenKind::Literal | TokenKind::Port)
        };
        self.tokens.iter().find(is).map(|token| token.text.clone())
    }

    /// Whether a pair is not declared itself, but only as one of two ranges of ports.
    pub fn is_of_ranges(&self, pair: &Pair<String>) -> bool {
        let mut own = self.tokens.iter().filter(|token| token.text == *pair).peekable();
        own.peek().is_some() && own.all(|token| token.kind == TokenKind::Port)
    }

    /// Where a text of `side` names the other side.
    pub fn bleeds(&self, side: Side, text: &str) -> Vec<Bleed> {
        self.find(side.other(), text)
            .map(|(range, token)| Bleed {
                token: text.get(range.clone()).unwrap_or_default().to_owned(),
                expected: token.text.get(side).clone(),
                range,
            })
            .collect()
    }

    /// Whether a text of `side` may name the other side at all; cheap, without boundaries. Where
    /// letters may be written as escapes nothing is ruled out.
    pub fn may_bleed(&self, side: Side, text: &str) -> bool {
        memchr::memchr(b'\\', text.as_bytes()).is_some()
            || self
                .finders
                .get(side.other())
                .as_ref()
                .is_some_and(|finder| finder.is_match(text.as_bytes()))
    }

    fn replace<'a>(
        &self,
        side: Side,
        text: &'a str,
        with: impl Fn(&Token) -> &String,
    ) -> Cow<'a, str> {
        // Asked of most texts, few of which hold a token.
        let Some(search) = self.search(side, text) else { return Cow::Borrowed(text) };
        let mut out = String::new();
        let mut done = 0;
        for (range, token) in self.found(search, side, text) {
            if done == 0 {
                out.reserve(text.len() + with(token).len());
            }
            out.push_str(text.get(done..range.start).unwrap_or_default());
            out.push_str(with(token));
            done = range.end;
        }
        if done == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Cow::Owned(out)
    }

    /// Whether a colour word is part of the name of the method, as in `blueGreen` or `blue-green`,
    /// which names no colour.
    fn in_compound(&self, side: Side, text: &str, range: &Range<usize>) -> bool {
        let head = text.get(..range.start).unwrap_or_default();
        let tail = text.get(range.end..).unwrap_or_default();
        // Only what stands beside it matters.
        let other = self.finders.get(side.other()).as_ref();
        let reach = self.reach.get(side.other());
        let near = range.start.saturating_sub(*reach)..(range.end + reach).min(text.len());
        let near = text.as_bytes().get(near).unwrap_or_default();
        if !other.is_some_and(|finder| finder.is_match(near)) {
            return false;
        }
        let own = text.get(range.clone()).unwrap_or_default();
        self.tokens.iter().filter(|token| token.kind == TokenKind::Word).any(|token| {
            let other = token.text.get(side.other()).as_str();
            COMPOUND_SEPARATORS.iter().any(|between| {
                let inner = between.chars().next();
                let follows = tail.strip_prefix(between).and_then(|rest| rest.strip_prefix(other));
                let follows = follows.is_some_and(|rest| {
                    let before = inner.or_else(|| own.chars().next_back());
                    ends_as_word(other, before, rest.chars().next())
                });
                let leads = head.strip_suffix(between).and_then(|rest| rest.strip_suffix(other));
                let leads = leads.is_some_and(|rest| {
                    let after = inner.or_else(|| own.chars().next());
                    ends_as_word(other, rest.chars().next_back(), after)
                });
                follows || leads
            })
        })
    }

    /// Every token of `side` in `text` that stands at its boundaries, left to right.
    fn find<'a>(
        &'a self,
        side: Side,
        text: &'a str,
    ) -> impl Iterator<Item = (Range<usize>, &'a Token)> {
        let search = self.search(side, text).into_iter();
        search.flat_map(move |search| self.found(search, side, text))
    }

    /// The search for tokens of `side` to make in a text.
    fn search<'a>(&'a self, side: Side, text: &'a str) -> Option<Search<'a, 'a>> {
        self.finders.get(side).as_ref().and_then(|finder| finder.search(text.as_bytes()))
    }

    fn found<'a>(
        &'a self,
        search: Search<'a, 'a>,
        side: Side,
        text: &'a str,
    ) -> impl Iterator<Item = (Range<usize>, &'a Token)> {
        search.matches().filter_map(move |found| {
            let token = self.tokens.get(found.pattern().as_usize())?;
            let before = text.get(..found.start())?.chars().next_back();
            let after = text.get(found.end()..)?.chars().next();
            let here = text.get(found.range())?;
            let counts = match token.kind {
                TokenKind::Word => {
                    ends_as_word(here, before, after)
                        && !self.in_compound(side, text, &found.range())
                }
                TokenKind::Literal => {
                    ends_as_token(here, before, after)
                        && !ports::is_part_of_number(text, &found.range())
                }
                TokenKind::Port => ports::is_port(text, &found.range()),
                TokenKind::Network { bits } => {
                    before.is_none_or(|c| !c.is_ascii_digit() && c != '.')
                        && is_address_within(text.get(found.start()..)?, bits)
                }
            };
            counts.then_some((found.range(), token))
        })
    }
}

/// What may stand between the two words of the name of the method: `blueGreen`, `blue-green`.
const COMPOUND_SEPARATORS: [&str; 5] = ["", "-", "_", "/", " "];

/// Whether a declared text ends where a token ends.
fn ends_as_token(matched: &str, before: Option<char>, after: Option<char>) -> bool {
    let joined = |edge: Option<char>, next: Option<char>| {
        edge.is_some_and(char::is_alphanumeric) && next.is_some_and(char::is_alphanumeric)
    };
    !joined(matched.chars().next(), before) && !joined(matched.chars().next_back(), after)
}

/// Whether a colour word ends where a word ends: at separators, digits, and in camelCase.
fn ends_as_word(matched: &str, before: Option<char>, after: Option<char>) -> bool {
    let (Some(first), Some(last)) = (matched.chars().next(), matched.chars().next_back()) else {
        return false;
    };
    let left =
        before.is_none_or(|c| !c.is_alphabetic() || (c.is_lowercase() && first.is_uppercase()));
    let right =
        after.is_none_or(|c| !c.is_alphabetic() || (last.is_lowercase() && c.is_uppercase()));
    left && right
}

/// Whether a text begins with four octets that end there, and are no network wider than `bits`.
fn is_address_within(text: &str, bits: u8) -> bool {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (address, rest) = text.split_at_checked(end).unwrap_or_default();
    // A full stop may end the sentence the address stands in.
    let address = address.strip_suffix('.').unwrap_or(address);
    let octets: Vec<&str> = address.split('.').collect();
    let is_address = octets.len() == 4 && octets.iter().all(|octet| octet.parse::<u8>().is_ok());
    let wider = rest.strip_prefix('/').is_some_and(|length| {
        let digits: String = length.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u8>().is_ok_and(|length| length < bits)
    });
    is_address && !wider
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars.flat_map(char::to_lowercase)).collect())
        .unwrap_or_default()
}

/// A declared pair as it stands in texts: itself; of two networks on octet borders also the
/// prefix of their addresses (`10.1.0.0/16` and `10.2.0.0/16`: `10.1.` and `10.2.`); of two ranges of
/// ports also each port (`3000-3099` and `4000-4099`).
fn literal_forms(pair: &Pair<String>) -> Vec<(Pair<String>, TokenKind)> {
    let mut forms = vec![(pair.clone(), TokenKind::Literal)];
    if let Some(Pair { blue, green }) = pair.as_ref().map(|text| ports::of_range(text)).both() {
        let ports = blue.zip(green).map(|(blue, green)| Pair::new(blue, green));
        forms.extend(ports.map(|pair| (pair.map(|port| port.to_string()), TokenKind::Port)));
    }
    let networks = pair.as_ref().map(|text| network_prefix(text)).both();
    if let Some(Pair { blue: (blue, bits), green: (green, other) }) = networks
        && bits == other
    {
        forms.push((Pair::new(blue, green), TokenKind::Network { bits }));
    }
    forms
}

fn network_prefix(text: &str) -> Option<(String, u8)> {
    let (address, length) = text.split_once('/')?;
    let (octets, bits) = match length {
        "8" => (1, 8),
        "16" => (2, 16),
        "24" => (3, 24),
        _ => return None,
    };
    let parts: Vec<&str> = address.split('.').collect();
    let valid = parts.len() == 4 && parts.iter().all(|part| part.parse::<u8>().is_ok());
    let prefix = parts.get(..octets).filter(|_| valid)?;
    Some((format!("{}.", prefix.join(".")), bits))
}

#[cfg(test)]
mod tests {
    use super::ColourMap;
    use crate::model::{Pair, Side};

    fn map(pairs: &[(&str, &str)]) -> ColourMap {
        let own = |(blue, green): &(&str, &str)| Pair::new((*blue).to_owned(), (*green).to_owned());
        ColourMap::new(&own(&("blue", "green")), &pairs.iter().map(own).collect::<Vec<_>>())
    }

    #[test]
    fn colour_words_end_where_words_end() {
        let map = map(&[]);
        let cases = [
            ("checkout-blue.svc", "checkout-green.svc"),
            ("appBlue", "appGreen"),
            ("blueService", "greenService"),
            ("BLUE_HOST", "GREEN_HOST"),
            ("blue2", "green2"),
            ("x_blue_y", "x_green_y"),
            ("bluetooth", "bluetooth"),
            ("seablue", "seablue"),
            ("Bluetooth", "Bluetooth"),
            ("strategy: blueGreen", "strategy: blueGreen"),
            ("a blue/green rollout of blue", "a blue/green rollout of green"),
            ("blue-green-demo", "blue-green-demo"),
            ("evergreen-blue.svc", "evergreen-green.svc"),
            ("api-blue-greenhouse", "api-green-greenhouse"),
        ];
        for (blue, green) in cases {
            assert_eq!(map.recolour(blue), green);
            assert!(map.turns_into(blue, green) && !map.turns_into(blue, &format!("{green}2")));
            assert_eq!(map.turns_into(blue, blue), blue == green);
        }
        assert_eq!(map.fold(Side::Green, "evergreen-green"), "evergreen-{colour}");
        assert_eq!(map.fold(Side::Blue, "evergreen-green"), "evergreen-green");
    }

    #[test]
    fn declared_pairs_and_networks_are_replaced() {
        let map = map(&[("10.1.0.0/16", "10.2.0.0/16"), ("acct-1", "acct-2")]);
        assert_eq!(map.recolour("10.1.0.0/16"), "10.2.0.0/16");
        assert_eq!(map.recolour("10.1.7.9"), "10.2.7.9");
        for other in ["110.1.7.9", "192.10.1.7", "postgres:10.1.3", "10.1.0.0/8", "10.1.7.9.1"] {
            assert_eq!(map.recolour(other), other);
        }
        assert_eq!(map.recolour("10.1.7.0/24, 10.1.7.9."), "10.2.7.0/24, 10.2.7.9.");
        assert_eq!(map.recolour("acct-11"), "acct-11");
        assert!(map.declared("acct-1", "acct-2").is_some());
        let sides = ("blue acct-1", "green acct-2");
        assert!(map.turns_into(sides.0, sides.1) && !map.differs_in_words_only(sides.0, sides.1));
        assert!(map.differs_in_words_only("blue", "green"));
        for (blue, green) in [("acct-1", "acct-3"), ("xacct-1", "xacct-2"), ("10.1.", "10.2.")] {
            assert_eq!(map.declared(blue, green), None);
        }
    }

    #[test]
    fn a_bleed_names_the_token_and_what_should_stand_there() {
        let bleeds = map(&[]).bleeds(Side::Green, "otel.blue.svc");
        assert_eq!(bleeds.len(), 1);
        assert_eq!((bleeds[0].token.as_str(), bleeds[0].expected.as_str()), ("blue", "green"));
        assert_eq!(bleeds[0].range, 5..9);
    }
}

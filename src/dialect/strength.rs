//! Which of two values is the stronger one, where their field has an order.
//!
//! Nothing is said where a value is not understood: what is no amount, stands on no rung, refers to
//! a variable or to another image has no direction.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::canonical;
use super::equality::{self, Nano};
use super::schema::{Better, FieldType, Strength};
use crate::model::{Direction, Pair};

/// Which way a field goes, given its texts; nothing stands for none.
pub fn of_texts(
    strength: &Strength,
    field: Option<FieldType>,
    texts: Pair<Option<&str>>,
) -> Option<Direction> {
    if strength.better == Better::Present {
        let is_empty = texts.map(|text| text == Some("")) != Pair::new(false, false);
        return present(texts.map(|text| text.is_some())).filter(|_| !is_empty);
    }
    let texts = texts.map(|text| text.or(strength.absent.as_deref())).both()?;
    let is_unsure = |text: &str| strength.unsure.iter().any(|known| known == text);
    if is_unsure(texts.blue) || is_unsure(texts.green) {
        return None;
    }
    let rising = match strength.better {
        Better::More | Better::Less => ordered(&amounts(strength, field, texts)?),
        Better::True | Better::False => ordered(&texts.map(|text| truth(field, text)).both()?),
        Better::Ladder => ordered(&texts.map(|text| rung(strength, text)).both()?),
        Better::Floor | Better::Superset | Better::Subset => {
            let separators = |c: char| c.is_ascii_whitespace() || c == ',' || c == ':';
            let members = |text: &'_ str| {
                let parts = text.split(separators).filter(|part| !part.is_empty());
                parts.map(str::to_owned).collect()
            };
            return of_sets(strength, &texts.map(members));
        }
        Better::Newer => return image(field?, texts),
        Better::Present => return None,
    };
    let falls = matches!(strength.better, Better::Less | Better::False);
    Some(if falls { rising.swap() } else { rising })
}

/// Which way a set goes.
pub fn of_sets(strength: &Strength, sets: &Pair<BTreeSet<String>>) -> Option<Direction> {
    match strength.better {
        Better::Superset => larger(strength, sets),
        Better::Subset => larger(strength, sets).map(Direction::swap),
        Better::Floor => {
            let floor = |set: &BTreeSet<String>| {
                let rungs: Option<Vec<usize>> =
                    set.iter().map(|word| rung(strength, word)).collect();
                rungs?.into_iter().min()
            };
            let floors = sets.as_ref().map(floor).both()?;
            // Of two with one floor the higher rungs may differ.
            Some(ordered(&floors))
                .filter(|way| *way != Direction::Neutral || sets.blue == sets.green)
        }
        Better::More
        | Better::Less
        | Better::True
        | Better::False
        | Better::Ladder
        | Better::Newer => None,
        Better::Present => present(sets.as_ref().map(|set| !set.is_empty())),
    }
}

/// Which way it goes that something stands on one side only.
pub fn present(there: Pair<bool>) -> Option<Direction> {
    Some(ordered(&there)).filter(|way| *way != Direction::Neutral)
}

fn ordered<T: Ord>(ranks: &Pair<T>) -> Direction {
    match ranks.blue.cmp(&ranks.green) {
        Ordering::Less => Direction::Stronger,
        Ordering::Equal => Direction::Neutral,
        Ordering::Greater => Direction::Weaker,
    }
}

/// The amounts, with those that have no bound behind all others; nothing where they count other
/// things.
fn amounts(
    strength: &Strength,
    field: Option<FieldType>,
    texts: Pair<&str>,
) -> Option<Pair<(bool, Nano)>> {
    let endless = |text: &str| strength.endless.iter().any(|known| known == text);
    let read =
        texts.map(|text| if endless(text) { Some((true, 0, None)) } else { amount(field, text) });
    let read = read.both()?;
    let same = read.blue.0 || read.green.0 || read.blue.2 == read.green.2;
    same.then(|| read.map(|(endless, amount, _)| (endless, amount)))
}

/// An amount, and of what: shares of a hundred and what has a unit are no numbers.
fn amount(field: Option<FieldType>, text: &str) -> Option<(bool, Nano, Option<Counted>)> {
    if let Some(share) = text.strip_suffix('%') {
        return Some((false, equality::decimal(share)?, Some(Counted::Share)));
    }
    let typed = field.and_then(|field| equality::amount(field, text));
    let typed = typed.map(|amount| (false, amount, Some(Counted::Unit)));
    typed.or_else(|| Some((false, equality::decimal(text)?, Some(Counted::Number))))
}

/// What an amount counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counted {
    Number,
    Unit,
    Share,
}

fn truth(field: Option<FieldType>, text: &str) -> Option<bool> {
    let canonical = field.and_then(|field| equality::canonical(field, text));
    let word = canonical.as_deref().unwrap_or(text);
    let is = |words: [&str; 2]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    if is(["true", "on"]) { Some(true) } else { is(["false", "off"]).then_some(false) }
}

/// How far up the ladder a word stands.
fn rung(strength: &Strength, word: &str) -> Option<usize> {
    strength.ladder.iter().position(|rung| rung.split('|').any(|known| known == word))
}

/// More is stronger, where one set holds the other.
fn larger(strength: &Strength, sets: &Pair<BTreeSet<String>>) -> Option<Direction> {
    let has_all =
        |set: &BTreeSet<String>| strength.whole.as_ref().is_some_and(|whole| set.contains(whole));
    let (blue, green) = (has_all(&sets.blue), has_all(&sets.green));
    let holds = Pair::new(
        blue || !green && sets.blue.is_superset(&sets.green),
        green || !blue && sets.green.is_superset(&sets.blue),
    );
    match (holds.blue, holds.green) {
        (true, true) => Some(Direction::Neutral),
        (true, false) => Some(Direction::Weaker),
        (false, true) => Some(Direction::Stronger),
        (false, false) => None,
    }
}

/// A later version of an image is stronger, and so is one whose cryptography is validated; where
/// one goes up and the other down, nobody knows.
fn image(field: FieldType, texts: Pair<&str>) -> Option<Direction> {
    let spelled = texts.map(|text| equality::canonical(field, text)).both()?;
    if spelled.blue == spelled.green {
        return Some(Direction::Neutral);
    }
    let images = spelled.as_ref().map(|text| Image::read(text)).both()?;
    let (blue, green) = (&images.blue, &images.green);
    let comparable = blue.name == green.name
        && blue.variant == green.variant
        && blue.version.len() == green.version.len();
    if !comparable {
        return None;
    }
    let version = ordered(&images.as_ref().map(|image| &image.version));
    let validated = ordered(&images.as_ref().map(|image| image.is_validated));
    // The same version under another digest is another image.
    version.with(validated).filter(|way| *way != Direction::Neutral)
}

/// What the name of an image says of its version.
struct Image {
    name: String,
    version: Vec<u32>,
    variant: Vec<String>,
    is_validated: bool,
}

/// The word in names of images for validated cryptography.
const VALIDATED: &str = "fips";

/// The highest number that is a version by itself: greater ones are days, builds and digests.
const MAJOR_MAX: u32 = 999;

impl Image {
    fn read(text: &str) -> Option<Self> {
        let (name, tag, _) = canonical::parts_of_image(text)?;
        let tag = tag?;
        let digits = tag.strip_prefix('v').unwrap_or(tag);
        let end = digits.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(digits.len());
        let (numbers, rest) = digits.split_at_checked(end)?;
        let version: Option<Vec<u32>> = numbers.split('.').map(|part| part.parse().ok()).collect();
        let version = version?;
        if let [only] = version.as_slice()
            && *only > MAJOR_MAX
        {
            return None;
        }
        // `3b` is no version, `3-b` is one.
        if !rest.is_empty() && !rest.starts_with(['-', '_', '+']) {
            return None;
        }
        let words = |text: &str| {
            let words = text.split(['-', '_', '+']).filter(|word| !word.is_empty());
            words.map(str::to_owned).collect::<Vec<String>>()
        };
        let (path, last) = name.rsplit_once('/').unwrap_or(("", name));
        let (mut named, mut variant) = (words(last), words(rest));
        let all = named.len() + variant.len();
        named.retain(|word| word != VALIDATED);
        variant.retain(|word| word != VALIDATED);
        let is_validated = named.len() + variant.len() < all;
        let name = format!("{path}/{}", named.join("-"));
        Some(Self { name, version, variant, is_validated })
    }
}

#[cfg(test)]
mod tests {
    use super::of_texts;
    use crate::dialect::schema::{Better, FieldType, Schema, Strength};
    use crate::model::{Direction, Pair};

    fn strength(better: &str, more: &str) -> Strength {
        let fact = format!("better = {better:?}\npath = \"a\"\nsource = \"here\"\n{more}");
        toml::from_str(&fact).unwrap()
    }

    fn way(
        strength: &Strength,
        field: Option<FieldType>,
        blue: &str,
        green: &str,
    ) -> Option<Direction> {
        let way = of_texts(strength, field, Pair::new(Some(blue), Some(green)));
        let back = of_texts(strength, field, Pair::new(Some(green), Some(blue)));
        assert_eq!(way, back.map(Direction::swap), "{blue} {green}");
        way
    }

    #[test]
    fn images_are_ordered_by_version_and_variant() {
        let newer = strength("newer", "");
        let cases = [
            ("app:1.9.0", "app:1.10.0", Some(Direction::Stronger)),
            ("r.example/app:v1.2.3-alpine", "r.example/app:v1.2.2-alpine", Some(Direction::Weaker)),
            ("app:1.2-fips", "app:1.2", Some(Direction::Weaker)),
            ("app-fips:1.2", "app:1.2", Some(Direction::Weaker)),
            ("app:1.2-fips", "app:1.3", None),
            ("app:1.2", "app:1.2.1", None),
            ("app:1.2-alpine", "app:1.3-slim", None),
            ("app:1.2", "other:1.3", None),
            ("app:latest", "app:1.3", None),
            ("app:20240101", "app:20250101", None),
            ("app:1.2", "app", None),
            ("nginx", "nginx:latest", Some(Direction::Neutral)),
            ("${IMAGE}:1", "${IMAGE}:2", None),
        ];
        for (blue, green, expected) in cases {
            assert_eq!(way(&newer, Some(FieldType::PulledImage), blue, green), expected, "{blue}");
        }
    }

    #[test]
    fn amounts_are_ordered_by_what_they_come_to() {
        let more = strength("more", "endless = [\"0\"]");
        let quantity = Some(FieldType::Quantity);
        assert_eq!(way(&more, quantity, "1Gi", "1000Mi"), Some(Direction::Weaker));
        assert_eq!(way(&more, quantity, "1Gi", "1024Mi"), Some(Direction::Neutral));
        assert_eq!(way(&more, None, "0", "365"), Some(Direction::Weaker));
        assert_eq!(way(&more, None, "50%", "3"), None);
        assert_eq!(way(&more, None, "50%", "25%"), Some(Direction::Weaker));
        assert_eq!(way(&more, Some(FieldType::Duration), "30", "30s"), None);
        assert_eq!(way(&more, None, "${N}", "2"), None);
    }

    #[test]
    fn sets_are_ordered_where_one_holds_the_other() {
        let drop = strength("superset", "whole = \"ALL\"");
        assert_eq!(way(&drop, None, "ALL", "NET_RAW,CHOWN"), Some(Direction::Weaker));
        assert_eq!(way(&drop, None, "NET_RAW", "CHOWN"), None);
        let floor = strength("floor", "ladder = [\"a\", \"b\", \"c|d\"]");
        assert_eq!(way(&floor, None, "b c", "a b c"), Some(Direction::Weaker));
        assert_eq!(way(&floor, None, "b", "b c"), None);
        assert_eq!(way(&floor, None, "c", "d e"), None);
        assert_eq!(way(&floor, None, "c b", "b  c"), Some(Direction::Neutral));
    }

    #[test]
    fn presence_is_a_value() {
        let present = strength("present", "");
        assert_eq!(present.better, Better::Present);
        let way = of_texts(&present, None, Pair::new(Some("a"), None));
        assert_eq!(way, Some(Direction::Weaker));
        assert!(Schema::parse("source = \"x\"\n[[strength]]\npath = \"a\"").is_err());
    }
}

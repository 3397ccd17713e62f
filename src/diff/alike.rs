//! Documents that found no partner by name, joined by what they say.
//!
//! A document is a set of features: hashes of what stands at which path, of the paths alone and of
//! the parts of its name. A feature weighs the more the fewer documents have it, so that what all
//! of one template say counts little. How alike two documents are is the weight of what both have
//! of the weight of what either has.
//!
//! Two documents are joined where each is the other's best by a clear lead, and what the score
//! rests on is enough ([`Ground`]). Ties stay alone: a wrong pair would tell differences between
//! two things that have nothing to do with each other. Nothing is hidden by a pair, right or wrong;
//! that a document changed its name is a change of its own.
//!
//! A document is held against those that share most of its [`RARE`] rarest features, [`CLOSE`] of
//! them, so that the work grows with the documents and not with their square. A feature of more than
//! [`CROWD`] documents tells them apart no longer; who has no other is counted as crowded, and the
//! report says so.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Ground, Likeness, Pair, Side};

/// What a document says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// What it is; documents of different classes are never joined.
    pub class: String,
    /// What its name stands in, such as a namespace; colours folded.
    pub scope: String,
    /// Its name there, colours folded.
    pub name: String,
    /// What it says, sorted, each once.
    pub features: Vec<u64>,
}

/// Documents that were joined, and which could not be looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alike {
    /// Joined documents by index, in the order of blue.
    pub pairs: Vec<(Pair<usize>, Likeness)>,
    /// How many have no feature that few others have.
    pub crowded: Pair<u64>,
}

/// Per mille from which what documents say is enough.
const CONTENT_FLOOR: u64 = 500;

/// Per mille from which it is, where their names are akin.
const NAME_FLOOR: u64 = 250;

/// Per mille from which it is, where another document changed its name in the same way.
const RENAMED_FLOOR: u64 = 100;

/// By how many per mille the best must lead the next.
const LEAD: u64 = 10;

/// How many documents of the other side may share a feature that leads to them.
const CROWD: usize = 64;

/// How many of its features lead a document to others, the rarest first.
const RARE: usize = 32;

/// How many documents are looked at closely.
const CLOSE: usize = 16;

/// How often what is left is looked at again once the best are gone.
const ROUNDS: usize = 8;

/// Joins documents by what they say.
pub fn alike(mut profiles: Pair<Vec<Profile>>) -> Alike {
    if profiles.blue.is_empty() || profiles.green.is_empty() {
        return Alike::default();
    }
    let index = Index::new(&mut profiles);
    let mut crowded = Pair::new(0, 0);
    let mut scores: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    for side in Side::BOTH {
        for own in 0..profiles.get(side).len() {
            let (others, is_crowded) = index.candidates(side, own);
            *crowded.get_mut(side) += u64::from(is_crowded);
            for other in others {
                let pair = if side == Side::Blue { (own, other) } else { (other, own) };
                scores.entry(pair).or_insert_with(|| index.score(pair));
            }
        }
    }
    let mut joined = Joined {
        profiles: &profiles,
        index: &index,
        pairs: BTreeMap::new(),
        green: BTreeSet::new(),
    };
    joined.by_content(&mut scores);
    joined.by_names();
    joined.by_content(&mut scores);
    let pairs = joined.pairs.into_iter();
    let pairs = pairs.map(|(blue, (green, likeness))| (Pair::new(blue, green), likeness));
    Alike { pairs: pairs.collect(), crowded }
}

/// Who has which feature, features by their number: flat, as there may be as many as leaves.
struct Index {
    /// The numbers of each document's features, in order.
    documents: Pair<Vec<Vec<u32>>>,
    /// Where the owners of each feature begin among all.
    starts: Pair<Vec<u32>>,
    owners: Pair<Vec<u32>>,
    totals: Pair<Vec<u64>>,
}

impl Index {
    /// Takes the features out of the profiles.
    fn new(profiles: &mut Pair<Vec<Profile>>) -> Self {
        let mut known: Vec<u64> = Vec::new();
        for side in Side::BOTH {
            known.extend(profiles.get(side).iter().flat_map(|profile| &profile.features));
        }
        known.sort_unstable();
        known.dedup();
        let number = |feature: u64| known.binary_search(&feature).ok().and_then(small);
        let mut documents: Pair<Vec<Vec<u32>>> = Pair::default();
        for side in Side::BOTH {
            let own = profiles.get_mut(side).iter_mut().map(|profile| {
                let features = std::mem::take(&mut profile.features);
                features.into_iter().filter_map(number).collect()
            });
            *documents.get_mut(side) = own.collect();
        }
        let count = known.len();
        drop(known);
        let owned = documents.as_ref().map(|side| owners(side, count));
        let (blue, green) = (owned.blue, owned.green);
        let mut index = Self {
            documents,
            starts: Pair::new(blue.0, green.0),
            owners: Pair::new(blue.1, green.1),
            totals: Pair::default(),
        };
        index.totals = index.documents.as_ref().map(|side| {
            side.iter().map(|own| own.iter().map(|feature| index.weight(*feature)).sum()).collect()
        });
        index
    }

    /// The documents of a side that have a feature.
    fn owners(&self, side: Side, feature: u32) -> &[u32] {
        let starts = self.starts.get(side);
        let start = |at: usize| starts.get(at).map(|start| *start as usize);
        let at = feature as usize;
        let range = start(at).zip(start(at + 1)).map(|(start, end)| start..end);
        range.and_then(|range| self.owners.get(side).get(range)).unwrap_or_default()
    }

    /// The more, the fewer documents have a feature.
    fn weight(&self, feature: u32) -> u64 {
        let most = |of: [usize; 2]| of.into_iter().max().unwrap_or_default();
        let all = most(Side::BOTH.map(|side| self.documents.get(side).len()));
        let owners = most(Side::BOTH.map(|side| self.owners(side, feature).len()));
        u64::from(1 + (all / owners.max(1)).max(1).ilog2())
    }

    /// The documents of the other side that a document is most likely alike, and whether all it
    /// shares with any is shared by a crowd.
    fn candidates(&self, side: Side, own: usize) -> (Vec<usize>, bool) {
        let mine = self.documents.get(side).get(own).map(Vec::as_slice).unwrap_or_default();
        let mut shared: Vec<(usize, u32)> = mine
            .iter()
            .map(|feature| (self.owners(side.other(), *feature).len(), *feature))
            .filter(|(owners, _)| *owners > 0)
            .collect();
        shared.sort_by_key(|(owners, _)| *owners);
        let any = !shared.is_empty();
        shared.retain(|(owners, _)| *owners <= CROWD);
        let mut votes: BTreeMap<u32, u64> = BTreeMap::new();
        for (_, feature) in shared.iter().take(RARE) {
            for other in self.owners(side.other(), *feature) {
                *votes.entry(*other).or_default() += self.weight(*feature);
            }
        }
        let mut votes: Vec<(u32, u64)> = votes.into_iter().collect();
        votes.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let close = votes.iter().take(CLOSE).map(|(other, _)| *other as usize).collect();
        (close, any && shared.is_empty())
    }

    /// How alike two documents are, in per mille.
    fn score(&self, (blue, green): (usize, usize)) -> u64 {
        let own = |side: Side, index: usize| {
            let features = self.documents.get(side).get(index).map(Vec::as_slice);
            let total = self.totals.get(side).get(index).copied().unwrap_or_default();
            (features.unwrap_or_default(), total)
        };
        let (blue, green) = (own(Side::Blue, blue), own(Side::Green, green));
        let mut rest = green.0.iter().peekable();
        let mut both = 0;
        for feature in blue.0 {
            while rest.next_if(|other| *other < feature).is_some() {}
            if rest.next_if_eq(&feature).is_some() {
                both += self.weight(*feature);
            }
        }
        let either = (blue.1 + green.1).saturating_sub(both);
        (both * 1000).checked_div(either).unwrap_or_default()
    }
}

/// The owners of each of so many features, one feature after the other, and where each begins.
fn owners(documents: &[Vec<u32>], features: usize) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0_u32; features + 1];
    for feature in documents.iter().flatten() {
        if let Some(count) = starts.get_mut(*feature as usize + 1) {
            *count += 1;
        }
    }
    let mut sum = 0_u32;
    for start in &mut starts {
        sum = sum.saturating_add(*start);
        *start = sum;
    }
    let mut next = starts.clone();
    let mut owners = vec![0_u32; sum as usize];
    for (document, own) in (0_u32..).zip(documents) {
        for feature in own {
            let Some(at) = next.get_mut(*feature as usize) else { continue };
            if let Some(slot) = owners.get_mut(*at as usize) {
                *slot = document;
            }
            *at += 1;
        }
    }
    (starts, owners)
}

fn small(index: usize) -> Option<u32> {
    u32::try_from(index).ok()
}

/// The best of several, and by how much it leads.
#[derive(Clone, Copy, Default)]
struct Best {
    partner: usize,
    score: u64,
    next: u64,
}

impl Best {
    fn see(&mut self, partner: usize, score: u64) {
        if score > self.score {
            *self = Self { partner, score, next: self.score };
        } else {
            self.next = self.next.max(score);
        }
    }

    const fn leads(self) -> bool {
        self.score >= self.next + LEAD
    }
}

/// What has been joined so far.
struct Joined<'p> {
    profiles: &'p Pair<Vec<Profile>>,
    index: &'p Index,
    pairs: BTreeMap<usize, (usize, Likeness)>,
    green: BTreeSet<usize>,
}

impl<'p> Joined<'p> {
    fn add(&mut self, (blue, green): (usize, usize), score: u64, ground: Ground) {
        let score = u8::try_from(score / 10).unwrap_or(100);
        self.pairs.insert(blue, (green, Likeness { score, ground }));
        self.green.insert(green);
    }

    fn profile(&self, side: Side, index: usize) -> Option<&'p Profile> {
        self.profiles.get(side).get(index)
    }

    /// Joins those that are each other's best, until nobody is.
    fn by_content(&mut self, scores: &mut BTreeMap<(usize, usize), u64>) {
        for _ in 0..ROUNDS {
            scores.retain(|(blue, green), _| {
                !self.pairs.contains_key(blue) && !self.green.contains(green)
            });
            let mut best: Pair<BTreeMap<usize, Best>> = Pair::default();
            for ((blue, green), score) in &*scores {
                best.blue.entry(*blue).or_default().see(*green, *score);
                best.green.entry(*green).or_default().see(*blue, *score);
            }
            let before = self.pairs.len();
            for (blue, own) in &best.blue {
                let back = best.green.get(&own.partner).copied().unwrap_or_default();
                if back.partner != *blue || !own.leads() || !back.leads() {
                    continue;
                }
                if let Some(ground) = self.ground((*blue, own.partner), own.score) {
                    self.add((*blue, own.partner), own.score, ground);
                }
            }
            if self.pairs.len() == before {
                return;
            }
        }
    }

    /// What makes a score enough.
    fn ground(&self, (blue, green): (usize, usize), score: u64) -> Option<Ground> {
        if score >= CONTENT_FLOOR {
            return Some(Ground::Content);
        }
        let names = Pair::new(self.profile(Side::Blue, blue)?, self.profile(Side::Green, green)?);
        let akin = are_akin(names.map(|profile| profile.name.as_str()));
        (akin && score >= NAME_FLOOR).then_some(Ground::NameAndContent)
    }

    /// Joins those whose names differ as those of documents differ that are joined already.
    fn by_names(&mut self) {
        let known = |part: fn(&'p Profile) -> &'p str| {
            let names = self.pairs.iter().filter_map(|(blue, (green, _))| {
                let blue = self.profile(Side::Blue, *blue)?;
                Some(Pair::new(part(blue), part(self.profile(Side::Green, *green)?)))
            });
            one_to_one(names)
        };
        let names = known(|profile| &profile.name);
        let scopes = known(|profile| &profile.scope);
        let mut waiting: BTreeMap<[&str; 3], Vec<usize>> = BTreeMap::new();
        for (green, profile) in self.profiles.green.iter().enumerate() {
            if !self.green.contains(&green) {
                let key = [&profile.class, &profile.scope, &profile.name].map(String::as_str);
                waiting.entry(key).or_default().push(green);
            }
        }
        let mut found: BTreeMap<[&str; 3], Vec<usize>> = BTreeMap::new();
        for (blue, profile) in self.profiles.blue.iter().enumerate() {
            let new =
                |map: &BTreeMap<&'p str, &'p str>, text: &'p str| *map.get(text).unwrap_or(&text);
            let key =
                [profile.class.as_str(), new(&scopes, &profile.scope), new(&names, &profile.name)];
            if !self.pairs.contains_key(&blue) && waiting.contains_key(&key) {
                found.entry(key).or_default().push(blue);
            }
        }
        for (key, blue) in found {
            if let ([blue], Some([green])) = (&*blue, waiting.get(&key).map(Vec::as_slice)) {
                let score = self.index.score((*blue, *green));
                let is_same = self.profile(Side::Blue, *blue).is_some_and(|own| own.name == key[2]);
                let ground = if is_same { Ground::NameAndContent } else { Ground::RenamedAlike };
                if score >= RENAMED_FLOOR {
                    self.add((*blue, *green), score, ground);
                }
            }
        }
    }
}

/// Names of which each is always the same on the other side, and the only one of that; those that
/// stay as they are left out.
pub fn one_to_one<'n>(pairs: impl Iterator<Item = Pair<&'n str>>) -> BTreeMap<&'n str, &'n str> {
    let pairs: BTreeSet<(&str, &str)> = pairs.map(|pair| (pair.blue, pair.green)).collect();
    let mut counts: Pair<BTreeMap<&str, u32>> = Pair::default();
    for (blue, green) in &pairs {
        *counts.blue.entry(blue).or_default() += 1;
        *counts.green.entry(green).or_default() += 1;
    }
    let one = |(blue, green): &(&str, &str)| {
        let is_alone = counts.blue.get(blue) == Some(&1) && counts.green.get(green) == Some(&1);
        is_alone && blue != green && !blue.is_empty() && !green.is_empty()
    };
    pairs.into_iter().filter(one).collect()
}

/// Whether half of the parts of the shorter name are parts of the longer.
fn are_akin(names: Pair<&str>) -> bool {
    let parts = names.map(|name| parts_of_name(name).into_iter().collect::<BTreeSet<String>>());
    let both = parts.blue.intersection(&parts.green).count();
    let fewer = parts.blue.len().min(parts.green.len());
    fewer > 0 && both * 2 >= fewer
}

/// The parts of a name: of each word three letters at a time, its beginning and end counting as
/// letters.
pub fn parts_of_name(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let parts = words.flat_map(|word| {
        let lower = word.to_lowercase();
        let letters: Vec<char> =
            std::iter::once('^').chain(lower.chars()).chain(std::iter::once('$')).collect();
        letters.windows(3).map(|part| part.iter().collect()).collect::<Vec<String>>()
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::{Alike, Profile, alike, are_akin};
    use crate::model::{Ground, Pair};

    fn profile(name: &str, features: &[u64]) -> Profile {
        let mut features = features.to_vec();
        features.sort_unstable();
        Profile { class: "c".to_owned(), scope: String::new(), name: name.to_owned(), features }
    }

    fn pairs(blue: &[Profile], green: &[Profile]) -> Vec<(usize, usize, Ground)> {
        let Alike { pairs, .. } = alike(Pair::new(blue.to_vec(), green.to_vec()));
        pairs.into_iter().map(|(pair, like)| (pair.blue, pair.green, like.ground)).collect()
    }

    #[test]
    fn what_few_say_decides_among_what_all_say() {
        let of = |name: &str, own: u64| profile(name, &[1, 2, 3, 4, own, own + 1]);
        let blue: Vec<_> = (0..40).map(|n| of(&format!("a{n}"), 100 + n * 10)).collect();
        let green: Vec<_> = (0..40).rev().map(|n| of(&format!("b{n}"), 100 + n * 10)).collect();
        let pairs = pairs(&blue, &green);
        assert_eq!(pairs.len(), 40);
        assert!(pairs.iter().all(|(blue, green, _)| blue + green == 39), "{pairs:?}");
    }

    #[test]
    fn documents_that_nothing_tells_apart_stay_alone() {
        let same = [profile("a", &[1, 2, 3]), profile("b", &[1, 2, 3])];
        assert_eq!(pairs(&same, &[profile("x", &[1, 2, 3])]), []);
        let blue: Vec<_> = (0..100).map(|n| profile(&format!("a{n}"), &[1, 2, 3])).collect();
        let green =
            blue.iter().map(|own| Profile { name: format!("{}b", own.name), ..own.clone() });
        let found = alike(Pair::new(blue.clone(), green.collect()));
        assert_eq!((found.pairs.len(), found.crowded), (0, Pair::new(100, 100)));
    }

    #[test]
    fn little_is_enough_only_beside_a_name_or_another_document() {
        let (old, new) = ([1, 2, 3, 4, 5, 6], [1, 2, 3, 14, 15, 16]);
        let found = |blue, green| pairs(&[profile(blue, &old)], &[profile(green, &new)]);
        assert_eq!(found("shop-cart", "cart"), [(0, 0, Ground::NameAndContent)]);
        assert_eq!(found("shop-cart", "queue"), []);
        let far = Profile { class: "d".to_owned(), ..profile("shop-cart", &[20, 21, 22]) };
        let gone = Profile { class: "d".to_owned(), ..profile("queue", &[20, 31]) };
        let blue = [profile("shop-cart", &[1, 2, 3]), far];
        let green = [profile("queue", &[1, 2, 3]), gone];
        let expected = [(0, 0, Ground::Content), (1, 1, Ground::RenamedAlike)];
        assert_eq!(pairs(&blue, &green), expected);
    }

    #[test]
    fn names_are_akin_by_half_of_the_shorter() {
        for (blue, green) in [("opentelemetry-demo-adservice", "ad"), ("valkey", "valkey-cart")] {
            assert!(are_akin(Pair::new(blue, green)) && are_akin(Pair::new(green, blue)));
        }
        assert!(!are_akin(Pair::new("checkout", "payments")));
    }
}

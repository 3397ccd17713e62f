//! Texts that are, or end in, a hash of something else, and of what.
//!
//! That two hashes differ is explained where both were recomputed and are of the same thing. Which thing
//! that is must be certain: of two objects of one name in one folder, neither is meant by its hash, and
//! a hash that stands for several objects stands for all of them.

use std::collections::{BTreeMap, BTreeSet};

/// One thing that a text is the hash of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Input {
    /// The folder it lies in.
    folder: String,
    /// What it is, without the hash.
    what: String,
}

/// The hashes of a side.
#[derive(Debug, Clone, Default)]
pub struct Hashed {
    inputs: BTreeMap<String, BTreeSet<Input>>,
    /// What has several hashes, in folders of their own.
    several: BTreeSet<String>,
    /// Those of texts as they were before their secrets were masked.
    originals: BTreeSet<String>,
    /// The one hash of each.
    hashes: BTreeMap<Input, String>,
}

impl Hashed {
    /// Takes hashes: the text, where it is known, the file of what it is made of, and who made it of
    /// what, the hash left out. `originals` are those of them that were made before secrets were masked.
    pub fn new(
        all: impl IntoIterator<Item = (Option<String>, String, String)>,
        originals: BTreeSet<String>,
    ) -> Self {
        let mut inputs: BTreeMap<String, BTreeSet<Input>> = BTreeMap::new();
        let mut texts: BTreeMap<Input, BTreeSet<Option<String>>> = BTreeMap::new();
        let mut anywhere: BTreeMap<String, BTreeSet<Option<String>>> = BTreeMap::new();
        for (text, file, what) in all {
            let input = Input { folder: folder(&file).to_owned(), what: what.clone() };
            texts.entry(input.clone()).or_default().insert(text.clone());
            anywhere.entry(what).or_default().insert(text.clone());
            if let Some(text) = text {
                inputs.entry(text).or_default().insert(input);
            }
        }
        for own in inputs.values_mut() {
            own.retain(|input| texts.get(input).is_some_and(|texts| texts.len() == 1));
        }
        inputs.retain(|_, own| !own.is_empty());
        anywhere.retain(|_, texts| texts.len() > 1);
        texts.retain(|_, texts| texts.len() == 1);
        let hashes = texts
            .into_iter()
            .filter_map(|(input, texts)| Some((input, texts.into_iter().next().flatten()?)));
        let hashes = hashes.collect();
        Self { inputs, several: anywhere.into_keys().collect(), originals, hashes }
    }

    /// Whether there is no hash.
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    /// What has which hash in the folder of a file.
    pub fn beside(&self, file: &str) -> impl Iterator<Item = (&str, &str)> {
        let folder = folder(file);
        let first = Input { folder: folder.to_owned(), what: String::new() };
        let all = self.hashes.range(first..).take_while(move |(input, _)| input.folder == folder);
        all.map(|(input, text)| (input.what.as_str(), text.as_str()))
    }

    /// What a text is the hash of where it stands in `file`: something in the folder of that, else
    /// whatever it is wherever it lies, if it is that everywhere.
    pub fn of(&self, text: &str, file: &str) -> Option<String> {
        let inputs = self.inputs.get(text)?;
        let beside = inputs.iter().filter(|input| input.folder == folder(file));
        let mut meant: BTreeSet<&str> = beside.map(|input| input.what.as_str()).collect();
        if meant.is_empty() {
            meant.extend(inputs.iter().map(|input| input.what.as_str()));
            if meant.iter().any(|what| self.several.contains(*what)) {
                return None;
            }
        }
        Some(meant.into_iter().collect::<Vec<_>>().join(", "))
    }

    /// Whether a hash is that of a text before its secrets were masked.
    pub fn is_of_original(&self, text: &str) -> bool {
        self.originals.contains(text)
    }
}

fn folder(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::Hashed;

    fn hashed(all: &[[&str; 3]]) -> Hashed {
        Hashed::new(
            all.iter().map(|[text, file, what]| {
                (Some((*text).to_owned()), (*file).to_owned(), (*what).to_owned())
            }),
            std::collections::BTreeSet::new(),
        )
    }

    #[test]
    fn a_hash_is_of_one_thing_or_of_all_that_have_it() {
        let all =
            hashed(&[["a-1", "x.yaml", "a"], ["a-1", "y.yaml", "b/a"], ["c-1", "x.yaml", "c"]]);
        assert_eq!(all.of("a-1", "x.yaml").as_deref(), Some("a, b/a"));
        assert_eq!(all.of("c-1", "d/x.yaml").as_deref(), Some("c"));
        assert_eq!(all.of("c-2", "x.yaml"), None);
    }

    #[test]
    fn of_one_thing_with_two_hashes_none_is_meant() {
        let all =
            hashed(&[["a-1", "x.yaml", "a"], ["a-2", "y.yaml", "a"], ["a-3", "d/x.yaml", "a"]]);
        assert_eq!(all.of("a-1", "x.yaml"), None);
        assert_eq!(all.of("a-3", "d/z.yaml").as_deref(), Some("a"));
        // Of which folder another file speaks is not said.
        assert_eq!(all.of("a-3", "e/z.yaml"), None);
    }
}

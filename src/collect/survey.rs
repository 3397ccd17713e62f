//! What a repository looks like to somebody who has to name two sides: files and folders that differ
//! by one word. Names only; nothing is opened.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use walkdir::WalkDir;

use super::Options;
use super::directory::relative;
use super::mask::mask_words;
use crate::model::Pair;

/// How deep is looked.
const DEPTH_MAX: usize = 8;

/// How many names are looked at.
const NAMES_MAX: usize = 50_000;

/// Folders that hold what others made.
const FOREIGN: [&str; 6] = ["node_modules", "target", "vendor", "dist", "build", "__pycache__"];

/// What sides are called, blue first; the ones that say it best come first.
const WORDS: [(&str, &str); 7] = [
    ("blue", "green"),
    ("live", "candidate"),
    ("active", "preview"),
    ("primary", "canary"),
    ("stable", "canary"),
    ("current", "next"),
    ("old", "new"),
];

/// Ends of names of files that are read as configuration.
const ENDS: [&str; 14] = [
    "yaml",
    "yml",
    "json",
    "toml",
    "env",
    "properties",
    "ini",
    "conf",
    "cfg",
    "hcl",
    "tf",
    "tfvars",
    "xml",
    "cnf",
];

/// Two sides, as names tell them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// The words that tell the sides apart.
    pub words: Pair<String>,
    /// What to read on each side, in one order.
    pub sources: Pair<Vec<String>>,
    /// How many files of configuration that comes to.
    pub files: Pair<u64>,
    /// Other pairs of words that occur too.
    pub others: Vec<Pair<String>>,
    /// Whether there are names that were not looked at: too many, not to be listed, or with a
    /// secret in them.
    pub is_partial: bool,
}

/// Looks for two sides below the base directory; none where no two names differ by a known word only.
pub fn survey(options: &Options) -> Option<Survey> {
    let names = Names::below(&options.base_dir, options);
    let mut found: Vec<Survey> = WORDS.iter().filter_map(|words| names.sides(*words)).collect();
    // Of equal sizes the first is the better word.
    found.sort_by_key(|one| std::cmp::Reverse(one.files.blue.saturating_add(one.files.green)));
    let others = found.iter().skip(1).map(|one| one.words.clone()).collect();
    found.into_iter().next().map(|best| Survey { others, ..best })
}

/// Every name below a folder.
struct Names {
    folders: BTreeSet<String>,
    files: BTreeSet<String>,
    is_partial: bool,
}

impl Names {
    fn below(folder: &Path, options: &Options) -> Self {
        let mut names =
            Self { folders: BTreeSet::new(), files: BTreeSet::new(), is_partial: false };
        let walk = WalkDir::new(folder).max_depth(DEPTH_MAX).sort_by_file_name().into_iter();
        let walk = walk.filter_entry(|entry| {
            let name = entry.file_name().to_string_lossy();
            entry.depth() == 0 || !(name.starts_with('.') || FOREIGN.contains(&&*name))
        });
        for (nth, entry) in walk.enumerate() {
            // What cannot be listed is no candidate; reading it is what a gate will complain about.
            let Ok(entry) = entry else {
                names.is_partial = true;
                continue;
            };
            if nth >= NAMES_MAX {
                names.is_partial = true;
                break;
            }
            let path = relative(folder, entry.path());
            if mask_words(options.search(), &path) != path {
                names.is_partial = true;
                continue;
            }
            if entry.file_type().is_dir() {
                names.folders.insert(path);
            } else if is_configuration(&path) {
                names.files.insert(path);
            }
        }
        names
    }

    /// The sides that these words tell apart, if any do.
    fn sides(&self, words: (&str, &str)) -> Option<Survey> {
        let mut sources: BTreeMap<String, String> = BTreeMap::new();
        let mut taken: Vec<String> = Vec::new();
        for path in self.folders.iter().chain(&self.files) {
            let is_inside = taken.iter().any(|folder| {
                path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
            });
            let Some(other) = swapped(path, words).filter(|_| !is_inside) else { continue };
            if self.folders.contains(path) && self.folders.contains(&other) {
                if self.count(path) > 0 && self.count(&other) > 0 {
                    sources.insert(self.locator(path), self.locator(&other));
                    taken.extend([path.clone(), other]);
                }
            } else if self.files.contains(path) && self.files.contains(&other) {
                sources.insert(self.values(path), self.values(&other));
            }
        }
        if sources.is_empty() {
            return None;
        }
        let count = |locators: Vec<&String>| {
            locators.into_iter().fold(0_u64, |sum, one| sum.saturating_add(self.size(one)))
        };
        Some(Survey {
            words: Pair::new(words.0.to_owned(), words.1.to_owned()),
            files: Pair::new(count(sources.keys().collect()), count(sources.values().collect())),
            sources: Pair::new(
                sources.keys().cloned().collect(),
                sources.values().cloned().collect(),
            ),
            others: Vec::new(),
            is_partial: self.is_partial,
        })
    }

    /// Files of configuration below a folder.
    fn count(&self, folder: &str) -> u64 {
        let start = format!("{folder}/");
        let below = self.files.range(start.clone()..).take_while(|path| path.starts_with(&start));
        u64::try_from(below.count()).unwrap_or(u64::MAX)
    }

    fn size(&self, locator: &str) -> u64 {
        let path = locator.strip_prefix("kustomize:").unwrap_or(locator);
        if self.folders.contains(path) { self.count(path) } else { 1 }
    }

    /// A folder as a source: rendered where it says how.
    fn locator(&self, folder: &str) -> String {
        let is_rendered = ["kustomization.yaml", "kustomization.yml"]
            .iter()
            .any(|name| self.files.contains(&format!("{folder}/{name}")));
        if is_rendered { format!("kustomize:{folder}") } else { folder.to_owned() }
    }

    /// A file as a source: the chart beside it, where it holds the values of one.
    fn values(&self, file: &str) -> String {
        let (folder, name) = file.rsplit_once('/').unwrap_or((".", file));
        let chart =
            if folder == "." { "Chart.yaml".to_owned() } else { format!("{folder}/Chart.yaml") };
        if name.contains("values") && self.files.contains(&chart) {
            format!("helm:{folder}?values={file}")
        } else {
            file.to_owned()
        }
    }
}

fn is_configuration(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').is_some_and(|(_, end)| ENDS.contains(&end.to_ascii_lowercase().as_str()))
}

/// The path with blue's word in its last name replaced by green's; none where it is not there once
/// as a word of its own.
fn swapped(path: &str, (blue, green): (&str, &str)) -> Option<String> {
    let start = path.rfind('/').map_or(0, |at| at.saturating_add(1));
    let (folder, name) = path.split_at_checked(start)?;
    let at = name.find(blue)?;
    let (before, rest) = name.split_at_checked(at)?;
    let after = rest.strip_prefix(blue)?;
    let is_letter = |c: char| c.is_ascii_alphanumeric();
    let is_word =
        !before.ends_with(is_letter) && !after.starts_with(is_letter) && !after.contains(blue);
    is_word.then(|| format!("{folder}{before}{green}{after}"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{survey, swapped};
    use crate::collect::{Exclusions, MaskingKey, Options, SecretPatterns};
    use crate::model::Limits;

    fn surveyed(files: &[&str]) -> Option<super::Survey> {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "a: 1\n").unwrap();
        }
        let options = Options {
            limits: Limits::STANDARD,
            masking_key: MaskingKey::from_bytes(&[3; 32], true).unwrap(),
            secret_patterns: SecretPatterns::default(),
            exclude: Exclusions::default(),
            base_dir: folder.path().to_owned(),
            environment: Vec::new(),
        };
        survey(&options)
    }

    #[test]
    fn a_word_counts_only_as_a_word_of_the_last_name() {
        let words = ("blue", "green");
        assert_eq!(swapped("deploy/blue", words).unwrap(), "deploy/green");
        assert_eq!(swapped("a/shop-blue.yaml", words).unwrap(), "a/shop-green.yaml");
        for path in ["a/bluetooth", "blue/a.yaml", "a/blueblue", "a/blue-or-blue"] {
            assert_eq!(swapped(path, words), None, "{path}");
        }
    }

    #[test]
    fn folders_and_files_that_differ_by_a_word_are_the_sides() {
        let found = surveyed(&[
            "deploy/blue/a.yaml",
            "deploy/blue/sub/b.yaml",
            "deploy/green/a.yaml",
            "compose.blue.yml",
            "compose.green.yml",
            "node_modules/x/blue/a.json",
            "node_modules/x/green/a.json",
            "canary/a.yaml",
        ])
        .unwrap();
        assert_eq!(found.sources.blue, ["compose.blue.yml", "deploy/blue"]);
        assert_eq!(found.sources.green, ["compose.green.yml", "deploy/green"]);
        assert_eq!((found.files.blue, found.files.green), (3, 2));
        assert!(found.others.is_empty() && !found.is_partial);
    }

    #[test]
    fn what_has_to_be_rendered_is_named_so() {
        let found = surveyed(&[
            "overlays/live/kustomization.yaml",
            "overlays/candidate/kustomization.yaml",
            "chart/Chart.yaml",
            "chart/values-live.yaml",
            "chart/values-candidate.yaml",
        ])
        .unwrap();
        assert_eq!(
            found.sources.blue,
            ["helm:chart?values=chart/values-live.yaml", "kustomize:overlays/live"]
        );
    }

    #[test]
    fn a_name_that_holds_a_secret_is_not_repeated() {
        let token = ["ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat();
        let files = ["blue/a.yaml", "green/a.yaml"].map(|file| format!("{token}/{file}"));
        assert_eq!(surveyed(&[&files[0], &files[1]]), None);
        let found = surveyed(&[&files[0], &files[1], "x/blue/a.yaml", "x/green/a.yaml"]).unwrap();
        assert_eq!(found.sources.blue, ["x/blue"]);
        assert!(found.is_partial);
    }

    #[test]
    fn where_no_names_differ_by_a_word_there_are_no_sides() {
        assert_eq!(surveyed(&["deploy/blue/a.yaml", "deploy/red/a.yaml", "green.txt"]), None);
        assert_eq!(surveyed(&["deploy/blue/a.txt", "deploy/green/a.txt"]), None);
    }
}

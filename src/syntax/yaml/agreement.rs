//! The fast path and the event parser must give the same tree, node for node.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::tests::{PIECES, check, dump};
use super::{YAML, parse};
use crate::model::{Limits, SourceId, TreeBuilder};
use crate::syntax::Syntax;

/// Compares the two readings of a text; returns how many documents the fast path read alone, and
/// how many there were.
fn compare(text: &str, name: &str) -> (usize, usize) {
    let limits = Limits { nodes_max: 1_000_000, ..Limits::STANDARD };
    let fast = parse(text, SourceId(0), &limits, true);
    let slow = parse(text, SourceId(0), &limits, false);
    check(text, &fast);
    check(text, &slow);
    let (fast, slow) = (dump(&fast), dump(&slow));
    let mut lines = fast.lines().zip(slow.lines());
    if let Some((one, other)) = lines.find(|(one, other)| one != other) {
        panic!("{name}:\nfast   {one}\nevents {other}\n{:.2000}", text.escape_debug().to_string());
    }
    assert_eq!(fast.len(), slow.len(), "{name}");
    let mut builder = TreeBuilder::new(text, SourceId(0), &limits);
    let sections = super::sections::sections(text);
    let alone = sections.iter().filter(|section| {
        let text = text.get(..section.end).unwrap();
        super::fast::read(&mut builder, text, section.start, &limits).is_ok()
    });
    (alone.count(), sections.len())
}

/// Pseudo-random numbers (xorshift64), so that every run tests the same.
struct Noise(u64);

impl Noise {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % count as u64).unwrap()
    }

    /// The text with up to four pieces of it inserted, removed, repeated or moved.
    fn mutate(&mut self, text: &str) -> String {
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        for _ in 0..=self.below(4) {
            if lines.is_empty() {
                break;
            }
            let index = self.below(lines.len());
            match self.below(6) {
                0 => drop(lines.remove(index)),
                1 => lines.insert(index, PIECES[self.below(PIECES.len())].to_owned()),
                2 => {
                    let other = self.below(lines.len());
                    lines.swap(index, other);
                }
                3 => lines[index].insert_str(0, &" ".repeat(1 + self.below(4))),
                4 => {
                    let shorter = lines[index].strip_prefix("  ").map(str::to_owned);
                    lines[index] = shorter.unwrap_or_default();
                }
                _ => {
                    let line = &mut lines[index];
                    let at = self.below(line.len() + 1);
                    if line.is_char_boundary(at) {
                        line.insert_str(at, PIECES[self.below(PIECES.len())]);
                    }
                }
            }
        }
        lines.concat()
    }
}

/// Every YAML file below a directory, in order.
fn yaml_files(root: &Path) -> Vec<PathBuf> {
    let files = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().map(Result::unwrap);
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|it| it == "yaml" || it == "yml");
    files
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .filter(is_yaml)
        .collect()
}

/// Compares every file below a directory, whole and mutated, and says how much there was.
#[expect(clippy::disallowed_methods, reason = "a test reads its own corpus")]
fn compare_files(root: &Path, mutations: usize) -> String {
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let (mut files, mut undecodable, mut mutated) = (0, 0, (0, 0));
    let mut whole = (0, 0);
    for path in yaml_files(root) {
        let Ok(text) = String::from_utf8(fs::read(&path).unwrap()) else {
            undecodable += 1;
            continue;
        };
        let name = path.display().to_string();
        files += 1;
        let (alone, all) = compare(&text, &name);
        whole = (whole.0 + alone, whole.1 + all);
        for _ in 0..mutations.min(200_000 / (text.len() + 1)) {
            let (alone, all) = compare(&noise.mutate(&text), &name);
            mutated = (mutated.0 + alone, mutated.1 + all);
        }
    }
    format!(
        "{files} files agree ({undecodable} are not UTF-8): {} of {} documents on the fast path; \
         mutated: {} of {}",
        whole.0, whole.1, mutated.0, mutated.1
    )
}

#[test]
fn both_paths_agree_on_the_sample_and_its_mutations() {
    let mut noise = Noise(0x2545_f491_4f6c_dd1d);
    let seeds = [YAML.sample(), PLAIN];
    let mut alone = 0;
    for seed in seeds {
        compare(seed, "seed");
        for _ in 0..3_000 {
            alone += compare(&noise.mutate(seed), "mutation").0;
        }
    }
    assert!(alone > 3_000, "only {alone} documents were read on the fast path");
}

#[test]
fn both_paths_agree_on_what_once_differed() {
    for text in [
        "---\nb: &x \n  *x",
        "a: &x 1\nb: &y\n  *x",
        "- : - a\n",
        "s:\n  ? k\n: e\n",
        "a: |+\n  x\n  ",
        "a:\n  b: \"c\n  d\"\n",
    ] {
        compare(text, "what once differed");
    }
}

#[test]
fn both_paths_agree_on_noise() {
    let mut noise = Noise(0x1234_5678_9abc_def1);
    for _ in 0..20_000 {
        let count = noise.below(24);
        let text: String = (0..count).map(|_| PIECES[noise.below(PIECES.len())]).collect();
        compare(&text, "noise");
    }
}

#[test]
fn both_paths_agree_on_every_file_of_the_fixtures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    if root.is_dir() {
        say(&compare_files(&root, 10));
    } else {
        say("SKIPPED: there are no fixtures");
    }
}

#[test]
fn both_paths_agree_on_a_corpus() {
    let Some(root) = std::env::var_os("DRIFTSEAL_CORPUS") else {
        say("SKIPPED: DRIFTSEAL_CORPUS names no directory of YAML files to compare");
        return;
    };
    say(&compare_files(Path::new(&root), 20));
}

/// Says something even when the test passes.
fn say(what: &str) {
    writeln!(io::stderr(), "both_paths_agree: {what}").unwrap();
}

#[test]
fn the_plain_style_is_read_on_the_fast_path() {
    assert_eq!(compare(PLAIN, "plain"), (3, 3));
}

/// A text that the fast path reads whole.
const PLAIN: &str = r#"# A comment.
apiVersion: v1 # another
kind: ConfigMap
metadata:
  labels: {app: checkout, "tier": 'backend', weights: [1, -2.5, ~]}
  name: "quoted \u00e9 \"text\""
  note: 'it''s
    folded

    text'
  lower: "continued
  here"
x: &x {a: b}
z: {<<: *x, "c":d}
data:
  script: |
    #!/bin/sh

      indented
    echo "a: b" # c
  folded: >-
    one
    two

    three
     more
    four

  kept: |+
    text

empty:
- one
-
- - nested
  - list: &y
      key: value
    other: *y
-
  a: http://example.com:80/#x
  b: plain text
    continued # here

list: [
  a,  b
]
---
# Empty.
---
- command: [
    a,   # comment
    "b"
  ]
- text:
    on its own line
- |-
  last"#;

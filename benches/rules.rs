//! What views and rules cost: `cargo bench --bench rules`.
//!
//! Takes every view of every document of `fixtures`, and judges the cases of every built-in rule, many
//! times over on one thread, and prints the CPU time: of a view on a document, of a pack and of one rule
//! on one subject. Figures are for people to read: nothing here passes or fails by time.

use std::collections::BTreeMap;
use std::path::{Path as File, PathBuf};
use std::time::{Duration, Instant};

use driftseal::dialect::recognise;
use driftseal::facts::{Document, Taken, VIEWS};
use driftseal::model::{Limits, Path, SourceId};
use driftseal::rules::{built_in, testing};
use driftseal::syntax::detect;

/// Runs of each; the median is printed.
const RUNS: usize = 21;

fn main() {
    rules();
    views();
}

/// One rule on one subject, by pack.
fn rules() {
    let set = built_in().unwrap();
    let mut packs: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    for rule in set.rules() {
        let cases = u32::try_from(testing::run(rule).len()).unwrap();
        let each = median(|| drop(testing::run(rule))) / cases;
        packs.entry(&rule.pack).or_default().push(each);
    }
    println!("{:24} {:>6} {:>12} {:>12}", "pack", "rules", "median (us)", "most (us)");
    let mut all: Vec<Duration> = Vec::new();
    for (pack, mut times) in packs {
        row(pack, &mut times);
        all.append(&mut times);
    }
    row("all", &mut all);
}

fn row(name: &str, times: &mut [Duration]) {
    times.sort();
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    let (middle, most) = (us(times[times.len() / 2]), us(times[times.len() - 1]));
    println!("{name:24} {:>6} {middle:>12.2} {most:>12.2}", times.len());
}

/// Each view on each document of the fixtures.
fn views() {
    let texts = texts(&File::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"));
    let mut costs: Vec<(Duration, usize, &str)> = Vec::new();
    let mut documents = 0;
    for view in VIEWS {
        let (mut cost, mut items) = (Duration::ZERO, 0);
        documents = 0;
        for (file, text) in &texts {
            let Some(syntax) = detect(file, text) else { continue };
            let parsed = syntax.parse(text, SourceId(0), &Limits::STANDARD);
            for document in &parsed.documents {
                let Some(root) = parsed.tree.root(document.root) else { continue };
                let known = recognise(file, syntax.id(), root);
                let document = Document {
                    file,
                    syntax: syntax.id(),
                    dialect: known.dialect,
                    identity: &known.identity,
                    owner: &known.identity,
                    base: Path::ROOT,
                    root,
                    beside: &[],
                    taken: Taken::default(),
                };
                documents += 1;
                // What views share is taken before, so that none is charged for all.
                items += (view.extract)(&document).len();
                let before = Instant::now();
                let _ = (view.extract)(&document);
                cost += before.elapsed();
            }
        }
        costs.push((cost, items, view.id));
    }
    costs.sort();
    println!("\n{:28} {:>8} {:>18}", "view", "items", "ns for a document");
    for (cost, items, view) in costs.iter().rev() {
        println!("{view:28} {items:>8} {:>18}", cost.as_nanos() / documents.max(1));
    }
}

fn texts(folder: &File) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                found.push((path.display().to_string(), text));
            }
        }
    }
    found.sort();
    found
}

fn median(mut work: impl FnMut()) -> Duration {
    let mut time = || {
        let before = Instant::now();
        work();
        before.elapsed()
    };
    let mut times: Vec<Duration> = (0..RUNS).map(|_| time()).collect();
    times.sort();
    times[RUNS / 2]
}

//! What each dialect takes for the same, and the near misses that must still be told.

#[path = "dialects/backends.rs"]
mod backends;
mod common;
#[path = "dialects/compose.rs"]
mod compose;
#[path = "dialects/defaults.rs"]
mod defaults;
#[path = "dialects/flagger.rs"]
mod flagger;
#[path = "dialects/gateways.rs"]
mod gateways;
#[path = "dialects/kubernetes.rs"]
mod kubernetes;
#[path = "common/memory.rs"]
mod memory;
#[path = "dialects/otel.rs"]
mod otel;
#[path = "dialects/others.rs"]
mod others;
#[path = "dialects/terraform.rs"]
mod terraform;

use driftseal::model::{Change, Report};
use driftseal::policy::{Ledger, Policy};
use memory::audit_texts;

/// Compares two sides.
fn compare_files(blue: &[(&str, &str)], green: &[(&str, &str)]) -> Report {
    let policy = Policy { ledger: Ledger::Full, ..Policy::default() };
    audit_texts(blue, green, &policy)
}

/// Compares two texts of one file.
fn compare(file: &str, blue: &str, green: &str) -> Report {
    compare_files(&[(file, blue)], &[(file, green)])
}

/// Where nothing explains a difference.
fn drift(report: &Report) -> Vec<String> {
    let mut paths: Vec<String> = report
        .changes
        .iter()
        .filter(|change| is_drift(change))
        .map(|change| change.at.path.to_string())
        .collect();
    paths.sort();
    paths
}

fn is_drift(change: &Change) -> bool {
    change.explanation.kind() == "unexplained"
}

/// What is unexplained of each pair of texts of one file, all compared in one audit.
fn drifts(file: &str, pairs: &[(String, String)]) -> Vec<Vec<String>> {
    let folder = |index: usize| format!("case{index}/{file}");
    let names: Vec<String> = (0..pairs.len()).map(folder).collect();
    let side = |text: fn(&(String, String)) -> &String| -> Vec<(&str, &str)> {
        names.iter().zip(pairs).map(|(name, pair)| (name.as_str(), text(pair).as_str())).collect()
    };
    let report = compare_files(&side(|pair| &pair.0), &side(|pair| &pair.1));
    names
        .iter()
        .map(|name| {
            let here = report.changes.iter().filter(|change| {
                let place = change.places.as_ref().map(Option::as_ref).nearest();
                is_drift(change) && place.is_some_and(|place| place.file == *name)
            });
            let mut paths: Vec<String> = here.map(|change| change.at.path.to_string()).collect();
            paths.sort();
            paths
        })
        .collect()
}

/// Asserts that the texts of each pair mean the same, either way round.
fn all_same(file: &str, pairs: &[(String, String)]) {
    let swapped: Vec<_> = pairs.iter().map(|(blue, green)| (green.clone(), blue.clone())).collect();
    for pairs in [pairs, &swapped] {
        for ((blue, green), drift) in pairs.iter().zip(drifts(file, pairs)) {
            assert!(blue != green, "nothing to explain:\n{blue}");
            assert_eq!(drift, [""; 0], "{file}\n{blue}\n{green}");
        }
    }
}

/// Asserts that each pair of texts differs at these places, either way round.
fn all_differ(file: &str, cases: &[(String, String, Vec<String>)]) {
    let pairs: Vec<_> =
        cases.iter().map(|(blue, green, _)| (blue.clone(), green.clone())).collect();
    let swapped: Vec<_> = pairs.iter().map(|(blue, green)| (green.clone(), blue.clone())).collect();
    for pairs in [pairs, swapped] {
        for ((blue, green, paths), drift) in cases.iter().zip(drifts(file, &pairs)) {
            assert_eq!(drift, *paths, "{file}\n{blue}\n{green}");
        }
    }
}

fn same(file: &str, blue: &str, green: &str) {
    all_same(file, &[(blue.to_owned(), green.to_owned())]);
}

fn differs(file: &str, blue: &str, green: &str, paths: &[&str]) {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    all_differ(file, &[(blue.to_owned(), green.to_owned(), paths)]);
}

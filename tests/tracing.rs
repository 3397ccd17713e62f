//! The ways in which tracing fails between two colours: every case of `fixtures/tracing`, whose
//! README says how to add one.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use common::{noon, rules};
use driftseal::audit::audit;
use driftseal::collect::{Exclusions, MaskingKey, Options, Spool, collect};
use driftseal::model::{Disposition, Limits, Pair, Place, Report, State};
use driftseal::policy::Config;
use rayon::prelude::*;
use serde::Deserialize;

/// How many failure modes there are in each section.
const MODES: [(char, u32); 6] = [('A', 26), ('B', 18), ('C', 20), ('D', 35), ('E', 17), ('F', 24)];

/// What a case must report: findings, or why nobody can tell.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// What goes wrong, in one sentence.
    about: String,
    /// What makes the twin harmless, in one sentence.
    near: String,
    #[serde(default)]
    finding: Vec<ExpectedFinding>,
    /// What cannot be told, and why: each a part of the message of one gap.
    #[serde(default)]
    unknown: Vec<String>,
}

#[derive(Deserialize, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
struct ExpectedFinding {
    rule: String,
    severity: String,
    /// `file:line` on each side; absent where the side has no such place, without line where it is
    /// the whole file.
    blue: Option<String>,
    green: Option<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tracing")
}

fn cases() -> Vec<String> {
    let entries = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> =
        folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn expected(case: &str) -> Expected {
    let text = fs::read_to_string(root().join(case).join("case.toml"))
        .unwrap_or_else(|error| panic!("{case}/case.toml: {error}"));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{case}/case.toml: {error}"))
}

fn run(case: &str, folders: Pair<&str>, declared: &str) -> Report {
    let base = root().join(case);
    let text = fs::read_to_string(base.join(declared)).unwrap_or_default();
    let config = Config::parse(declared, &text)
        .unwrap_or_else(|errors| panic!("{case}/{declared}: {errors:?}"));
    let options = Options {
        limits: Limits::STANDARD,
        masking_key: MaskingKey::from_bytes(&[7; 32], false).unwrap(),
        secret_patterns: driftseal::collect::SecretPatterns::default(),
        exclude: Exclusions::new(&config.exclude).unwrap(),
        base_dir: base,
        environment: Vec::new(),
    };
    let spool = Spool::new(&options.limits);
    let snapshots = folders.map(|folder| collect(&[folder.to_owned()], &options, &spool));
    audit(&snapshots, &spool, &config.policy, rules(), noon()).unwrap()
}

fn found(report: &Report) -> Vec<ExpectedFinding> {
    let place = |place: &Option<Place>| {
        let place = place.as_ref()?;
        Some(place.line.map_or(place.file.clone(), |line| format!("{}:{line}", place.file)))
    };
    let open = report.findings.iter().filter(|finding| {
        finding.state == State::Introduced && finding.disposition == Disposition::Open
    });
    let mut found: Vec<ExpectedFinding> = open
        .map(|finding| ExpectedFinding {
            rule: finding.rule.0.clone(),
            severity: finding.severity.name().to_owned(),
            blue: place(&finding.places.blue),
            green: place(&finding.places.green),
        })
        .collect();
    found.sort();
    found
}

/// What of both sides could not be told.
fn unknown(report: &Report) -> BTreeSet<String> {
    let gaps = report.gaps.blue.iter().chain(&report.gaps.green);
    gaps.map(|(gap, _)| gap.message.clone()).collect()
}

/// What is wrong with one case.
fn problems(case: &str) -> Vec<String> {
    let expected = expected(case);
    let mut problems = Vec::new();
    let mut say = |text: String| problems.push(format!("{case}: {text}"));
    if expected.about.len() < 20 || expected.near.len() < 20 {
        say("`about` and `near` need a sentence each".to_owned());
    }
    if expected.finding.is_empty() == expected.unknown.is_empty() {
        say("state findings, or what cannot be told".to_owned());
    }
    let report = run(case, Pair::new("blue", "green"), "driftseal.toml");
    let messages = || report.findings.iter().map(|f| format!("\n    {} {}", f.rule, f.message));
    let mut wanted = expected.finding.clone();
    wanted.sort();
    let found = found(&report);
    if found != wanted {
        let list = |all: &[ExpectedFinding]| -> String {
            all.iter().flat_map(|one| ["\n    ".to_owned(), format!("{one:?}")]).collect()
        };
        let messages: String = messages().collect();
        say(format!("stated{}\n  found{}\n  said{messages}", list(&wanted), list(&found)));
    }
    let gaps = unknown(&report);
    let spoken = |text: &String| gaps.iter().any(|gap| gap.contains(text.as_str()));
    if gaps.len() != expected.unknown.len() || !expected.unknown.iter().all(spoken) {
        say(format!("cannot be told: stated {:?}, found {gaps:?}", expected.unknown));
    }
    let has = |folder: &str| root().join(case).join(folder).is_dir();
    let own = root().join(case).join("near.toml").is_file();
    let declared = if own { "near.toml" } else { "driftseal.toml" };
    let live = if has("near-blue") { "near-blue" } else { "blue" };
    let near = run(case, Pair::new(live, "near"), declared);
    for finding in self::found(&near) {
        say(format!("the near miss must pass, but: {finding:?}"));
    }
    // What is declared is the difference itself, not what a rule makes of it.
    for finding in near.findings.iter().filter(|finding| finding.state == State::Introduced) {
        if finding.disposition != Disposition::Open && !finding.rule.0.starts_with("DS-DRF") {
            say(format!("in the near miss is declared: {} {}", finding.rule.0, finding.message));
        }
    }
    for gap in unknown(&near) {
        say(format!("the near miss must be decided, but: {gap}"));
    }
    let same = |a: &str, b: &str| tree(case, a) == tree(case, b);
    if same("near", "green") && !has("near-blue") {
        say("the near miss is green itself".to_owned());
    }
    if same("near", "blue") {
        say("the near miss is blue itself: it misses nothing".to_owned());
    }
    problems
}

/// Names and bytes of a folder of a case.
fn tree(case: &str, folder: &str) -> BTreeSet<(PathBuf, Vec<u8>)> {
    let base = root().join(case).join(folder);
    let mut open = vec![base.clone()];
    let mut found = BTreeSet::new();
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(&path).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                found.insert((path.strip_prefix(&base).unwrap().to_owned(), bytes));
            }
        }
    }
    found
}

#[test]
fn every_failure_mode_yields_exactly_its_finding_and_its_near_miss_none() {
    let cases = cases();
    let modes: BTreeSet<String> = MODES
        .iter()
        .flat_map(|(section, count)| (1..=*count).map(move |n| format!("{section}{n:02}")))
        .collect();
    let named: BTreeSet<String> = cases.iter().map(|case| case.chars().take(3).collect()).collect();
    let strange: Vec<&String> = named.difference(&modes).collect();
    assert!(strange.is_empty(), "no such failure mode: {strange:?}");
    let mut wrong: Vec<String> = cases.par_iter().flat_map(|case| problems(case)).collect();
    wrong.sort();
    println!("{} of {} failure modes", named.len(), modes.len());
    let missing: Vec<&str> = modes.difference(&named).map(String::as_str).collect();
    if !missing.is_empty() {
        println!("without a case: {}", missing.join(" "));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The cases that stand for one of the fifteen traps; the others are in `tests/trace/traps.rs`.
fn holds(cases: &[&str]) {
    let wrong: Vec<String> = cases.iter().flat_map(|case| problems(case)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn trap_06_the_endpoint_of_a_signal_is_taken_as_it_is() {
    holds(&["A06-traces-endpoint-without-path", "A07-path-doubled"]);
}

#[test]
fn trap_07_a_file_without_propagators_passes_no_context_on() {
    holds(&["A18-variables-inert", "A19-no-propagator"]);
}

#[test]
fn trap_08_a_new_name_of_a_component_is_unknown_to_earlier_releases() {
    holds(&["D09-name-not-known", "D09-component-removed"]);
}

#[test]
fn trap_10_a_later_configuration_replaces_lists_and_empties_sections() {
    holds(&["D03-list-replaced", "D04-section-nulled"]);
}

#[test]
fn trap_12_what_a_failing_statement_does_depends_on_the_release() {
    holds(&["E05-default-of-version", "E05-fails-open"]);
}

#[test]
fn trap_13_a_seed_chooses_the_mode_of_a_sampler() {
    holds(&["C14-hash-seed"]);
}

#[test]
fn trap_15_a_bare_reference_is_none_to_a_collector() {
    holds(&["A17-reference-to-later", "D24-variable-unset", "D25-bare-reference"]);
}

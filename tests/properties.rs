//! Properties of whole audits, over generated pairs: nothing is lost, nothing is told twice, and
//! the sides can be swapped.
//!
//! A pair is a tree and the same tree after some edits, both written in a spelling of their own. A
//! failure prints the number of its pair; `DRIFTSEAL_PAIR` runs that one alone.

#[path = "properties/access.rs"]
mod access;
#[path = "properties/apply.rs"]
mod apply;
#[path = "properties/checksums.rs"]
mod checksums;
mod common;
#[path = "properties/generate.rs"]
mod generate;
#[path = "common/memory.rs"]
mod memory;
#[path = "properties/recheck.rs"]
mod recheck;

use std::collections::BTreeMap;

use apply::{agree, apply};
use driftseal::model::{Change, Explanation, Report, Step};
use driftseal::policy::{Ledger, Policy};
use generate::{Form, Generator, Sample};
use memory::audit_texts;
use recheck::{recheck, way};

/// How many pairs of each form are tried.
const PAIRS: u64 = 250;

fn pairs() -> Vec<(u64, Form)> {
    let wanted: Option<u64> =
        std::env::var("DRIFTSEAL_PAIR").ok().and_then(|number| number.parse().ok());
    let seeds = (0..PAIRS).filter(|seed| wanted.is_none_or(|wanted| wanted == *seed));
    seeds.flat_map(|seed| Form::ALL.map(|form| (seed, form))).collect()
}

fn audit(blue: &Sample, green: &Sample, policy: &Policy) -> Report {
    let file = blue.form.file();
    audit_texts(&[(file, &blue.text)], &[(file, &green.text)], policy)
}

fn full() -> Policy {
    Policy { ledger: Ledger::Full, ..Policy::default() }
}

fn context(seed: u64, blue: &Sample, green: &Sample, report: &Report) -> String {
    let changes: Vec<String> = report
        .changes
        .iter()
        .map(|change| {
            format!(
                "{} {} {:?} {:?}",
                change.edit.name(),
                change.at.path,
                change.explanation,
                change.values
            )
        })
        .collect();
    format!(
        "pair {seed} of {:?}\n--- blue\n{}\n--- green\n{}\n--- changes\n{}",
        blue.form,
        blue.text,
        green.text,
        changes.join("\n")
    )
}

#[test]
fn a_tree_spelled_in_another_way_holds_no_drift() {
    for (seed, form) in pairs() {
        let mut generator = Generator::new(seed);
        let tree = generator.tree(form);
        let (blue, green) = (generator.write(form, &tree), generator.write(form, &tree));
        let report = audit(&blue, &green, &full());
        let drift = report.changes.iter().any(|one| one.explanation == Explanation::Unexplained);
        assert!(!drift, "{}", context(seed, &blue, &green, &report));
        let same = audit(&blue, &blue, &full());
        assert!(same.changes.is_empty() && same.counts.0.is_empty());
        assert!(same.findings.iter().all(|finding| finding.places.blue.is_some()));
    }
}

#[test]
fn every_difference_is_told_once_and_all_of_them_make_green_of_blue() {
    let (mut told, mut directed) = (0, 0);
    let mut proofs = BTreeMap::new();
    for (seed, form) in pairs() {
        let (blue, green) = Generator::new(seed).pair(form);
        let report = audit(&blue, &green, &full());
        // The layout of a file is told once for all of it.
        let layout = ("representation", "layout and comments".to_owned());
        let counts = report.counts.0.iter().filter(|(explanation, _)| **explanation != layout);
        let all: u64 = counts.map(|(_, count)| count).sum();
        let context = || context(seed, &blue, &green, &report);
        assert_eq!(all, report.changes.len() as u64, "{}", context());
        let mut places = BTreeMap::new();
        for change in &report.changes {
            let place = (change.at.path.to_string(), change.edit, change.places.clone());
            let before = places.insert(place, &change.explanation);
            assert!(before.is_none(), "told twice: {}\n{}", change.at.path, context());
        }
        let made = apply(&blue.tree, &report.changes);
        assert!(agree(&made, &green.tree, &report.changes), "{made:?}\n{}", context());
        for change in &report.changes {
            let checked = recheck(change, &blue.tree, &green.tree);
            *proofs.entry(change.explanation.kind()).or_insert(0_usize) += 1;
            checked.unwrap_or_else(|why| panic!("{why}: {change:?}\n{}", context()));
            if let Some(expected) = way(change).filter(|_| form == Form::Deployment) {
                assert_eq!(change.direction, Some(expected), "{change:?}\n{}", context());
                directed += 1;
            }
        }
        told += report.changes.len();
    }
    // A generator that changed nothing would prove nothing.
    assert!(told > pairs().len(), "{told}");
    assert!(directed > 20, "{directed}");
    for kind in ["representation", "default", "generated", "unexplained"] {
        assert!(proofs[kind] > 20, "{proofs:?}");
    }
}

#[test]
fn what_differs_drifts() {
    for (seed, form) in pairs() {
        let (blue, green) = Generator::new(seed).pair(form);
        let report = audit(&blue, &green, &full());
        let drift = report.changes.iter().any(|one| one.explanation == Explanation::Unexplained);
        let differs = !agree(&blue.meaning, &green.meaning, &[]);
        assert_eq!(drift, differs, "{}", context(seed, &blue, &green, &report));
    }
}

#[test]
fn colours_explain_what_they_change_and_nothing_else() {
    let mut coloured = 0;
    for (seed, form) in pairs() {
        let (blue, green) = Generator::new(seed).pair(form);
        let plain = audit(&blue, &green, &full());
        let (mut in_blue, mut in_green) = (blue, green);
        in_blue.text = in_blue.text.replace("teal", "blue");
        in_green.text = in_green.text.replace("teal", "green");
        let report = audit(&in_blue, &in_green, &full());
        let context = || context(seed, &in_blue, &in_green, &report);
        let drift = |report: &Report| {
            let open = report.changes.iter().filter(|c| c.explanation == Explanation::Unexplained);
            let path = |change: &Change| change.at.path.to_string().replace("teal", "{colour}");
            let mut paths: Vec<String> = open.map(path).collect();
            paths.sort();
            paths
        };
        assert_eq!(drift(&plain), drift(&report), "{}", context());
        let uses = |report: &Report| {
            report.changes.iter().filter(|c| c.explanation.kind() == "colour").count()
        };
        assert_eq!(uses(&plain), 0);
        for change in report.changes.iter().filter(|c| c.explanation.kind() == "colour") {
            let checked = recheck(change, &in_blue.tree, &in_green.tree);
            checked.unwrap_or_else(|why| panic!("{why}: {change:?}\n{}", context()));
        }
        coloured += uses(&report);
    }
    assert!(coloured > pairs().len(), "{coloured}");
}

#[test]
fn swapped_sides_have_the_mirrored_changes() {
    for (seed, form) in pairs() {
        let (blue, green) = Generator::new(seed).pair(form);
        let forth = audit(&blue, &green, &full());
        let back = audit(&green, &blue, &full());
        let context = || {
            format!(
                "{}\n--- swapped\n{}",
                context(seed, &blue, &green, &forth),
                context(seed, &green, &blue, &back)
            )
        };
        assert_eq!(mirrored(&forth, false), mirrored(&back, true), "{}", context());
    }
}

/// What a report says of changes, of members without a name only that there is one.
fn mirrored(report: &Report, swap: bool) -> Vec<String> {
    let one = |change: &Change| {
        let steps = change.at.path.0.iter().map(|step| match step {
            Step::Index(_) => "*".to_owned(),
            Step::Key(text) | Step::Item(text) => text.clone(),
        });
        let path = steps.collect::<Vec<_>>().join("/");
        let edit = if swap { change.edit.swap() } else { change.edit };
        let values = change.values.clone();
        let values = if swap { values.swap() } else { values };
        let way = change.direction.map(|way| if swap { way.swap() } else { way });
        let (edit, kind) = (edit.name(), change.explanation.kind());
        format!("{edit} {path} {kind} {way:?} {values:?}")
    };
    let mut all: Vec<String> = report.changes.iter().map(one).collect();
    all.sort();
    all
}

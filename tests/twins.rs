//! Twins: pairs of lines that look equal and are not, and pairs that look different and are the same
//! to their reader. Each is a file below `fixtures/twins`, whose README says how to add one.

mod common;
#[path = "common/frames.rs"]
mod frames;
#[path = "common/memory.rs"]
mod memory;

use std::collections::BTreeMap;

use driftseal::model::{Change, Explainer, GapReason, Pair, Report};
use driftseal::rules::RuleSet;
use frames::{files, filled, policy, root};
use rayon::prelude::*;

/// One pair of texts of one file.
struct Case {
    /// Its path below `fixtures/twins`.
    name: String,
    /// The name of the frame's file.
    file: String,
    /// What stands before the twins: in an equal case, first the explanation that must prove it.
    comment: Vec<String>,
    /// The lines as written.
    lines: Pair<String>,
    /// The whole texts.
    texts: Pair<String>,
}

/// The cases of a folder, `equal` or `differ`.
fn cases(folder: &str) -> Vec<Case> {
    let frames = files(&root().join("frames"));
    files(&root().join(folder))
        .into_iter()
        .map(|(path, text)| {
            let name = format!("{folder}/{path}");
            let parts: Vec<&str> = path.split('/').collect();
            let [frame, slot, _] = parts[..] else { panic!("{name}: not frame/slot/case") };
            let of_frame = format!("{frame}/");
            let mut known = frames.iter().filter(|(file, _)| file.starts_with(&of_frame));
            let Some((file, page)) = known.next() else { panic!("{name}: no frame {frame}") };
            let mut lines: Vec<&str> = text.lines().collect();
            assert!(lines.len() >= 2, "{name}: a case has a line for blue and one for green");
            let (green, blue) = (lines.pop().unwrap(), lines.pop().unwrap());
            let lines_of = Pair::new(blue.to_owned(), green.to_owned());
            let comment = |line: &str| {
                let Some(line) = line.strip_prefix("# ") else { panic!("{name}: {line}") };
                line.to_owned()
            };
            Case {
                file: file[of_frame.len()..].to_owned(),
                comment: lines.into_iter().map(comment).collect(),
                texts: lines_of.as_ref().map(|line| {
                    filled(page, slot, line).unwrap_or_else(|| panic!("{name}: no slot {slot}"))
                }),
                lines: lines_of,
                name,
            }
        })
        .collect()
}

/// The audit of one case, as anyone runs it.
fn audited(case: &Case, swapped: bool) -> Report {
    let Pair { blue, green } = case.texts.as_ref().map(|text| [(&*case.file, text.as_str())]);
    let (blue, green) = if swapped { (green, blue) } else { (blue, green) };
    memory::audit_texts(&blue, &green, &policy(swapped))
}

/// Whether a case is told although it is equal, where one explainer is not heard. No rule is
/// asked: it is the difference that counts.
fn needs(case: &Case, explainer: Explainer) -> bool {
    let mut policy = policy(false);
    policy.explainers = policy.explainers.without(explainer);
    let mut memory = memory::Memory::default();
    let mut side = |text: &str| memory.side(&[(&*case.file, text)]);
    let snapshots = Pair::new(side(&case.texts.blue), side(&case.texts.green));
    let (rules, now) = (RuleSet::of(Vec::new()).unwrap(), common::noon());
    let report = driftseal::audit::audit(&snapshots, &memory, &policy, &rules, now).unwrap();
    !unexplained(&report).is_empty()
}

fn unexplained(report: &Report) -> Vec<&Change> {
    report.changes.iter().filter(|change| change.explanation.kind() == "unexplained").collect()
}

/// Each change with its place and explanation.
fn told(report: &Report) -> String {
    let lines = report.changes.iter().map(|change| {
        let (path, why) = (&change.at.path, &change.explanation);
        format!("\n    at {path}: {} {}", why.kind(), why.detail())
    });
    lines.collect()
}

/// What is wrong with a case, either way round.
fn failures(case: &Case, wrong: impl Fn(&Report, bool) -> Option<String>) -> Option<String> {
    let sides = [false, true].map(|swapped| {
        let report = audited(case, swapped);
        let gaps = report.gaps.blue.iter().chain(&report.gaps.green);
        // A twin is one file: others that it names are not there.
        let is_expected =
            |reason| matches!(reason, GapReason::RuleUndecided | GapReason::SourceMissing);
        let unread = gaps.filter(|(gap, _)| !is_expected(gap.reason));
        let gaps: Vec<&str> = unread.map(|(gap, _)| gap.message.as_str()).collect();
        let gap = (!gaps.is_empty()).then(|| format!("cannot be read: {}", gaps.join("; ")));
        let way = if swapped { "green to blue" } else { "blue to green" };
        gap.or_else(|| wrong(&report, swapped)).map(|why| format!("{way} {why}{}", told(&report)))
    });
    let why = sides.into_iter().flatten().next()?;
    let Pair { blue, green } = &case.lines;
    Some(format!("{}\n  {blue}\n  {green}\n  {why}\n", case.name))
}

fn report_failures(folder: &str, cases: &[Case], failures: &[String]) {
    println!("{folder}: {} cases, {} fail", cases.len(), failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(cases.len() >= 200, "{folder} has {} cases", cases.len());
}

#[test]
fn twins_that_differ_are_told() {
    let cases = cases("differ");
    let failed: Vec<String> = cases
        .par_iter()
        .filter_map(|case| {
            let explained = |report: &Report| unexplained(report).is_empty();
            failures(case, |report, _| explained(report).then(|| "nothing is told".to_owned()))
        })
        .collect();
    report_failures("differ", &cases, &failed);
}

#[test]
fn twins_that_are_equal_are_explained_by_what_proves_it() {
    let cases = cases("equal");
    let failed: Vec<String> = cases
        .par_iter()
        .filter_map(|case| {
            let Some(wanted) = case.comment.first() else {
                return Some(format!("{}: no explanation is stated", case.name));
            };
            failures(case, |report, swapped| {
                let mut proofs = report.counts.0.keys();
                let is_wanted = |kind, why| format!("{kind}: {why}").starts_with(wanted);
                let proved = proofs.any(|(kind, why)| is_wanted(*kind, why));
                let drift = !unexplained(report).is_empty();
                (drift || !(proved || swapped)).then(|| format!("is not proved by {wanted}"))
            })
        })
        .collect();
    report_failures("equal", &cases, &failed);
}

/// A mutation of the audit: without any one explainer, a case that it alone proves is told.
#[test]
fn every_explainer_proves_what_nobody_else_does() {
    let cases = cases("equal");
    let idle: Vec<Explainer> = Explainer::ALL
        .into_iter()
        .filter(|explainer| !cases.par_iter().any(|case| needs(case, *explainer)))
        .collect();
    println!("{} explainers, {} prove nothing", Explainer::ALL.len(), idle.len());
    assert!(idle.is_empty(), "no case of `equal` needs {idle:?}");
}

#[test]
fn no_two_cases_are_the_same() {
    let all: Vec<Case> = ["equal", "differ"].into_iter().flat_map(cases).collect();
    let mut seen: BTreeMap<Pair<&String>, &str> = BTreeMap::new();
    for case in &all {
        let Pair { blue, green } = case.texts.as_ref();
        let sorted = if blue <= green { Pair::new(blue, green) } else { Pair::new(green, blue) };
        assert!(blue != green, "{}: the twins are one", case.name);
        let before = seen.insert(sorted, &case.name);
        assert!(before.is_none(), "{} is {}", case.name, before.unwrap_or_default());
    }
}

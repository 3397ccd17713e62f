//! Directions: whether green is the weaker or the stronger one. `fixtures/twins/directions` holds a
//! case on each line; either way round, one direction is the mirror of the other.

mod common;
#[path = "common/frames.rs"]
mod frames;
#[path = "common/memory.rs"]
mod memory;

use std::collections::BTreeSet;
use std::fs;

use driftseal::model::{Direction, Pair, Report};
use frames::{files, filled, policy, root};

/// One pair of texts of one file.
struct Case {
    line: String,
    file: String,
    texts: Pair<String>,
    expected: String,
}

fn cases() -> Vec<Case> {
    let frames = files(&root().join("frames"));
    let table = fs::read_to_string(root().join("directions")).unwrap();
    let lines = table.lines().filter(|line| !line.starts_with("# "));
    let case = |line: &str| {
        let parts: Vec<&str> = line.split(" | ").collect();
        let [place, blue, green, expected] = parts[..] else { panic!("{line}: not four columns") };
        let (frame, slot) = place.split_once('/').unwrap();
        let of_frame = format!("{frame}/");
        let (file, page) = frames.iter().find(|(file, _)| file.starts_with(&of_frame)).unwrap();
        Case {
            line: line.to_owned(),
            file: file[of_frame.len()..].to_owned(),
            texts: Pair::new(blue, green)
                .map(|text| filled(page, slot, text).unwrap_or_else(|| panic!("{line}: no slot"))),
            expected: expected.to_owned(),
        }
    };
    lines.map(case).collect()
}

fn audited(case: &Case, swapped: bool) -> Report {
    let Pair { blue, green } = case.texts.as_ref().map(|text| [(&*case.file, text.as_str())]);
    let (blue, green) = if swapped { (green, blue) } else { (blue, green) };
    memory::audit_texts(&blue, &green, &policy(swapped))
}

/// The directions of a report's differences, each once.
fn ways(report: &Report, swapped: bool) -> String {
    let seen = |way: Direction| if swapped { way.swap() } else { way };
    let names =
        report.changes.iter().map(|change| change.direction.map_or("none", |way| seen(way).name()));
    let names: BTreeSet<&str> = names.collect();
    names.into_iter().collect::<Vec<_>>().join("+")
}

#[test]
fn each_line_goes_the_way_it_says_and_its_mirror_the_other() {
    let mut failed = Vec::new();
    let cases = cases();
    for case in &cases {
        for swapped in [false, true] {
            let report = audited(case, swapped);
            let found = ways(&report, swapped);
            if found != case.expected {
                let at =
                    report.changes.iter().map(|one| format!("{} {:?}", one.at.path, one.direction));
                let at = at.collect::<Vec<_>>().join(", ");
                failed.push(format!("{}\n  swapped {swapped}: {found} ({at})", case.line));
            }
        }
    }
    println!("{} cases", cases.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(cases.len() > 90, "{} cases", cases.len());
}

#[test]
fn a_finding_goes_the_way_of_the_difference_at_its_place() {
    let mut weaker = 0;
    for case in &cases() {
        let report = audited(case, false);
        for finding in &report.findings {
            let mut changes = report.changes.iter().filter(|change| {
                change.at == finding.at && change.explanation.kind() == "unexplained"
            });
            let way = finding.direction;
            weaker += usize::from(way == Some(Direction::Weaker));
            assert!(
                way.is_none() || changes.any(|change| change.direction == way),
                "{}",
                case.line
            );
        }
    }
    assert!(weaker > 40, "{weaker} findings");
}

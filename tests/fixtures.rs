//! One test that walks the cases of `fixtures/`: what each must report, and that its repaired
//! twin passes. A new case is a folder; no Rust.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use common::{noon, rules};
use driftseal::audit::audit;
use driftseal::collect::{Exclusions, MaskingKey, Options, Spool, collect};
use driftseal::model::{Disposition, Limits, Pair, Report, State, Verdict};
use driftseal::policy::Config;
use serde::Deserialize;

/// What a case must report.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    exit: u8,
    verdict: String,
    #[serde(default)]
    finding: Vec<ExpectedFinding>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedFinding {
    file: String,
    path: String,
    rule: String,
    reason: String,
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("green").is_dir())
        .collect();
    cases.sort();
    cases
}

fn run(case: &Path, green: &str) -> Report {
    let text = fs::read_to_string(case.join("driftseal.toml")).unwrap();
    let config = Config::parse("driftseal.toml", &text)
        .unwrap_or_else(|errors| panic!("{}: {errors:?}", case.display()));
    let options = Options {
        limits: Limits::STANDARD,
        masking_key: MaskingKey::from_bytes(&[7; 32], false).unwrap(),
        secret_patterns: driftseal::collect::SecretPatterns::default(),
        exclude: Exclusions::new(&config.exclude).unwrap(),
        base_dir: case.to_owned(),
        environment: Vec::new(),
    };
    let spool = Spool::new(&options.limits);
    let snapshots =
        Pair::new("blue", green).map(|folder| collect(&[folder.to_owned()], &options, &spool));
    audit(&snapshots, &spool, &config.policy, rules(), noon()).unwrap()
}

/// Rule, file and path of what is new in green and open.
fn introduced(report: &Report) -> BTreeSet<(String, String, String)> {
    let open = report.findings.iter().filter(|finding| {
        finding.state == State::Introduced && finding.disposition == Disposition::Open
    });
    open.map(|finding| {
        let place = finding.places.as_ref().map(Option::as_ref).nearest().unwrap();
        (finding.rule.0.clone(), place.file.clone(), finding.at.path.to_string())
    })
    .collect()
}

#[test]
fn every_case_reports_exactly_what_it_states() {
    let cases = cases();
    assert!(cases.len() >= 3, "the founding cases are missing");
    for case in cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(case.join("expect/findings.toml")).unwrap();
        let expected: Expected = toml::from_str(&text).unwrap();
        let report = run(&case, "green");
        let found = introduced(&report);
        let stated: BTreeSet<_> = expected
            .finding
            .iter()
            .map(|finding| (finding.rule.clone(), finding.file.clone(), finding.path.clone()))
            .collect();
        assert!(expected.finding.iter().all(|finding| !finding.reason.is_empty()), "{name}");
        assert_eq!(found, stated, "{name}");
        assert_eq!(report.verdict.name(), expected.verdict, "{name}: {:?}", report.gaps);
        assert_eq!(report.verdict.exit(), expected.exit, "{name}");
        for sums in [report.accounting.blue, report.accounting.green] {
            assert_eq!(sums.found, sums.compared + sums.excluded + sums.gaps, "{name}");
        }
    }
}

#[test]
fn the_line_a_finding_names_is_the_line_of_its_value() {
    for case in cases() {
        for finding in run(&case, "green").findings {
            for (side, place) in [("blue", &finding.places.blue), ("green", &finding.places.green)]
            {
                let Some(place) = place else { continue };
                let text = fs::read_to_string(case.join(side).join(&place.file)).unwrap();
                let Some(line) = place.line else { continue };
                let line = text.lines().nth(line as usize - 1);
                assert!(line.is_some_and(|line| !line.trim().is_empty()), "{place:?} {line:?}");
            }
        }
    }
}

#[test]
fn every_repaired_twin_passes_with_every_difference_explained() {
    for case in cases() {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let report = run(&case, "repaired");
        assert_eq!(introduced(&report), BTreeSet::new(), "{name}");
        assert_eq!(report.verdict, Verdict::Pass, "{name}: {:?}", report.gaps);
        assert_eq!(report.counts.of("unexplained"), 0, "{name}");
        assert!(report.hygiene.is_empty(), "{name}: {:?}", report.hygiene);
        for kind in ["representation", "default", "colour", "declared"] {
            assert!(report.counts.of(kind) > 0, "{name} explains nothing by {kind}");
        }
    }
}

#[test]
fn the_report_does_not_depend_on_the_number_of_threads() {
    let case = cases().pop().unwrap();
    let with = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(|| run(&case, "green"))
    };
    assert_eq!(with(1), with(4));
}

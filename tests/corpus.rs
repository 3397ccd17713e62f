//! Real configuration, when it is at hand: a folder named by `DRIFTSEAL_CORPUS` with
//! `pairs/<name>/{blue,green}` and `posture/<name>`. Skipped loudly without it.

mod common;

use std::path::{Path, PathBuf};

use common::{noon, rules};
use driftseal::audit::audit;
use driftseal::collect::{Exclusions, MaskingKey, Options, SecretPatterns, Spool, collect};
use driftseal::model::{GapReason, Limits, Pair, Report};
use driftseal::policy::Policy;

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("DRIFTSEAL_CORPUS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("SKIPPED: DRIFTSEAL_CORPUS names no folder of real configuration");
    }
    folder
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

fn run(sides: Pair<&Path>) -> Report {
    let spool = Spool::new(&Limits::STANDARD);
    let snapshots = sides.map(|side| {
        let options = Options {
            limits: Limits::STANDARD,
            masking_key: MaskingKey::from_bytes(&[5; 32], false).unwrap(),
            secret_patterns: SecretPatterns::default(),
            exclude: Exclusions::default(),
            base_dir: side.to_owned(),
            environment: Vec::new(),
        };
        collect(&[".".to_owned()], &options, &spool)
    });
    audit(&snapshots, &spool, &Policy::default(), &rules(), noon()).unwrap()
}

fn check(name: &str, report: &Report) {
    for sums in [report.accounting.blue, report.accounting.green] {
        assert!(sums.found > 0, "{name}");
        assert_eq!(sums.found, sums.compared + sums.excluded + sums.gaps, "{name}");
    }
    for (gap, _) in report.gaps.blue.iter().chain(&report.gaps.green) {
        assert_ne!(gap.reason, GapReason::Internal, "{name}: {gap:?}");
    }
}

#[test]
fn every_real_pair_is_audited_whole() {
    let Some(corpus) = corpus() else { return };
    let mut pairs = 0;
    for pair in folders(&corpus.join("pairs")) {
        let report = run(Pair::new(&pair.join("blue"), &pair.join("green")));
        check(&pair.display().to_string(), &report);
        pairs += 1;
    }
    assert!(pairs > 0);
}

#[test]
fn every_real_side_against_itself_has_no_change() {
    let Some(corpus) = corpus() else { return };
    let mut sides = 0;
    for side in folders(&corpus.join("posture")) {
        let report = run(Pair::new(&side, &side));
        check(&side.display().to_string(), &report);
        assert_eq!(report.changes, [], "{}", side.display());
        assert!(report.counts.0.is_empty(), "{}", side.display());
        sides += 1;
    }
    assert!(sides > 0);
}

//! Real configuration: `pairs/<name>/{blue,green}` and `posture/<name>` of the small corpus beside
//! this file, or of the folder that `DRIFTSEAL_CORPUS` names.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use common::{noon, rules};
use driftseal::audit::audit;
use driftseal::collect::{Exclusions, MaskingKey, Options, SecretPatterns, Spool, collect, write};
use driftseal::model::{GapReason, Limits, Pair, Report, Side, Snapshot};
use driftseal::policy::{Ledger, Policy};

fn corpus() -> PathBuf {
    let folder = std::env::var_os("DRIFTSEAL_CORPUS").map(PathBuf::from);
    folder.unwrap_or_else(|| {
        eprintln!("DRIFTSEAL_CORPUS names no larger folder: only tests/corpus is read");
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
    })
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

fn options(side: &Path) -> Options {
    Options {
        limits: Limits::STANDARD,
        masking_key: MaskingKey::from_bytes(&[5; 32], false).unwrap(),
        secret_patterns: SecretPatterns::default(),
        exclude: Exclusions::default(),
        base_dir: side.to_owned(),
        environment: Vec::new(),
    }
}

fn run(sides: Pair<&Path>) -> Report {
    let spool = Spool::new(&Limits::STANDARD);
    let snapshots = sides.map(|side| collect(&[".".to_owned()], &options(side), &spool));
    audit(&snapshots, &spool, &Policy::default(), rules(), noon()).unwrap()
}

/// Takes a snapshot of a side into a file, and reads it again.
fn snapshots(side: &Path) -> [Snapshot; 2] {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("side.snapshot");
    let take = |locator: &Path, mut out: Option<&mut Vec<u8>>| {
        let spool = Spool::new(&Limits::STANDARD);
        let options = options(side);
        let snapshot = collect(&[locator.to_str().unwrap().to_owned()], &options, &spool);
        assert_eq!(spool.trusted(), Ok(()), "{}", side.display());
        if let Some(out) = &mut out {
            write(&snapshot, &spool, &options, *out).unwrap();
        }
        snapshot
    };
    let mut bytes = Vec::new();
    let first = take(side, Some(&mut bytes));
    std::fs::write(&file, bytes).unwrap();
    [first, take(&file, None)]
}

/// How many files there are, counted without the collector: a `.git` is one.
fn count(folder: &Path) -> u64 {
    let mut count = 0;
    for entry in folder.read_dir().unwrap().map(|entry| entry.unwrap()) {
        let is_folder = entry.file_type().unwrap().is_dir() && entry.file_name() != ".git";
        count += if is_folder { self::count(&entry.path()) } else { 1 };
    }
    count
}

#[test]
fn every_real_file_is_accounted_for_and_a_snapshot_holds_what_its_sources_hold() {
    let corpus = corpus();
    let pairs = folders(&corpus.join("pairs"));
    let pairs = pairs.iter().flat_map(|pair| [pair.join("blue"), pair.join("green")]);
    let (mut sides, mut sums) = (0_u64, [0_u64; 4]);
    for side in pairs.chain(folders(&corpus.join("posture"))) {
        let [first, again] = snapshots(&side);
        let name = side.display().to_string();
        let files = first.files();
        let by_pattern: u64 = {
            let mut patterns = BTreeMap::new();
            for one in &first.excluded {
                *patterns.entry(one.pattern.as_str()).or_insert(0) += 1;
            }
            patterns.values().sum()
        };
        assert_eq!(files.excluded, by_pattern, "{name}");
        assert_eq!(files.found, files.compared + files.excluded + files.gaps, "{name}");
        assert_eq!(files.found, count(&side), "{name}");
        assert_eq!(first.gaps, again.gaps, "{name}");
        assert_eq!(first.sources, again.sources, "{name}");
        assert_eq!(first.documents, again.documents, "{name}");
        assert_eq!((first.digest(), files), (again.digest(), again.files()), "{name}");
        let own = [files.found, files.compared, files.excluded, files.gaps];
        sums.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
        sides += 1;
    }
    assert!(sides > 0);
    let [found, compared, excluded, gaps] = sums;
    println!(
        "{sides} sides: {found} files found = {compared} compared + {excluded} excluded + {gaps} gaps"
    );
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

/// What has a gap in it is not evaluated, although the rest of it is compared.
#[test]
fn every_object_is_in_one_column() {
    let sums = |files: &[(&str, &str)]| {
        let root = tempfile::tempdir().unwrap();
        for (file, text) in files {
            std::fs::write(root.path().join(file), text).unwrap();
        }
        let report = run(Pair::new(root.path(), root.path()));
        let sums = report.accounting.blue;
        assert_eq!(sums, report.accounting.green);
        (sums.found, sums.compared, sums.excluded, sums.gaps)
    };
    let template = "a: 1\n---\nb: \"{{ x }}\"\nc: \"{{ y }}\"\n---\nd: 1\n";
    assert_eq!(sums(&[("a.yaml.j2", template)]), (3, 2, 0, 1));
    assert_eq!(sums(&[("app.env", "A={{ x }}\nB=1\n")]), (1, 0, 0, 1));
    let broken = "a: 1\n---\nb: [\nc: x\n---\nd: 3\n";
    assert_eq!(sums(&[("a.yaml", broken)]), (3, 2, 0, 1));
    assert_eq!(sums(&[("a.json", "{\"a\": ")]), (1, 0, 0, 1));
    let bare = [("a.txt", "a\n"), ("b.yaml", "{{ if x }}\na: 1\n{{ end }}\n")];
    assert_eq!(sums(&bare), (2, 1, 0, 1));
}

#[test]
fn every_real_pair_is_audited_whole() {
    let corpus = corpus();
    let (mut pairs, mut all) = (0_u64, [0_u64; 4]);
    for pair in folders(&corpus.join("pairs")) {
        let report = run(Pair::new(&pair.join("blue"), &pair.join("green")));
        check(&pair.display().to_string(), &report);
        for sums in [report.accounting.blue, report.accounting.green] {
            let own = [sums.found, sums.compared, sums.excluded, sums.gaps];
            all.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
        }
        pairs += 1;
    }
    assert!(pairs > 0);
    let [found, compared, excluded, gaps] = all;
    println!(
        "{pairs} pairs: {found} objects found = {compared} compared + {excluded} excluded + {gaps} gaps"
    );
}

#[test]
fn every_real_side_against_itself_has_no_change() {
    let corpus = corpus();
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

/// Every service of the OpenTelemetry demo that is told where spans go, and how far its spans are
/// followed: to a backend, or to a hop that is named with the reason.
#[test]
fn every_service_of_the_demo_is_followed_as_far_as_it_can_be() {
    let corpus = corpus();
    let policy = Policy { ledger: Ledger::Full, ..Policy::default() };
    let is_demo =
        |path: &&PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("otel-demo");
    let (mut pairs, mut all, mut reached) = (0, 0, 0);
    for pair in folders(&corpus.join("pairs")).iter().filter(is_demo) {
        pairs += 1;
        let spool = Spool::new(&Limits::STANDARD);
        let sides = Pair::new("blue", "green").map(|side| pair.join(side));
        let snapshots =
            sides.as_ref().map(|side| collect(&[".".to_owned()], &options(side), &spool));
        let report = audit(&snapshots, &spool, &policy, rules(), noon()).unwrap();
        println!("{}", pair.file_name().unwrap().to_string_lossy());
        for side in Side::BOTH {
            let mut found = BTreeSet::new();
            for service in &report.trace.services {
                let Some(path) = service.paths.get(side) else { continue };
                found.insert(service.service.clone());
                found.extend(service.settings.split('/').map(str::to_owned));
                let end = path.end().unwrap();
                all += 1;
                reached += usize::from(path.reaches_backend());
                let (name, hops, kind) = (&service.service, path.hops.len(), end.kind.name());
                println!("  {} {name:28} {hops} hops, {kind} {}", side.name(), end.reason);
                assert!(path.reaches_backend() || !end.reason.is_empty(), "{name}");
            }
            for name in told(sides.get(side)) {
                // A workload of either side may have been renamed to what its service is called.
                let short = name.trim_start_matches("opentelemetry-demo-");
                let is_there = [name.as_str(), short].iter().any(|name| found.contains(*name));
                assert!(is_there, "{}: {name} is missing", sides.get(side).display());
            }
        }
    }
    println!("{reached} of {all} services of {pairs} pairs reach a backend");
    if pairs == 0 {
        eprintln!("SKIPPED: the corpus holds no pair of the OpenTelemetry demo");
    }
    assert!(pairs == 0 || reached > 0);
}

/// Services that are told an endpoint for OTLP, found by their indentation alone: workloads of
/// manifests, and services of Compose files.
fn told(side: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let files = side.read_dir().unwrap().map(|entry| entry.unwrap().path());
    for file in
        files.filter(|file| file.extension().is_some_and(|end| end == "yaml" || end == "yml"))
    {
        let text = std::fs::read_to_string(&file).unwrap();
        for document in text.split("\n---") {
            let is_told = |text: &str| {
                let words = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
                text.lines().any(|line| {
                    !line.trim_start().starts_with('#')
                        && words.iter().any(|word| line.contains(word))
                })
            };
            let kinds = ["kind: Deployment", "kind: StatefulSet", "kind: DaemonSet"];
            if kinds.iter().any(|kind| document.contains(kind)) && is_told(document) {
                let name = document.lines().find_map(|line| line.strip_prefix("  name: "));
                found.extend(name.map(str::to_owned));
            }
            let Some((_, services)) = document.split_once("\nservices:\n") else { continue };
            let services =
                services.lines().take_while(|l| l.is_empty() || l.starts_with([' ', '#']));
            let mut own: Option<(String, String)> = None;
            for line in services.chain(["  end:"]) {
                let name = line.strip_prefix("  ").filter(|rest| !rest.starts_with([' ', '#']));
                match (name.and_then(|rest| rest.trim_end().strip_suffix(':')), &mut own) {
                    (Some(name), own) => {
                        let before = own.replace((name.to_owned(), String::new()));
                        found
                            .extend(before.filter(|(_, text)| is_told(text)).map(|(name, _)| name));
                    }
                    (None, Some((_, text))) => {
                        text.push_str(line);
                        text.push('\n');
                    }
                    (None, None) => (),
                }
            }
        }
    }
    found
}

//! A real collector over every collector configuration of `fixtures`: what it refuses is reported
//! as not starting, and nothing that it takes is.
//!
//! `DRIFTSEAL_TEST_OTELCOL` names the collector (`otelcol validate`, any distribution from v0.140 on);
//! `tests/interop/otelcol/build` builds one where Go is installed. Without it, the test is skipped.
//! Configurations with components that the collector at hand was built without, and those of a release
//! that took other names, are counted and left out.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use driftseal::audit::audit;
use driftseal::collect::{Exclusions, MaskingKey, Options, SecretPatterns, Spool, collect};
use driftseal::dialect;
use driftseal::model::{Kind, Limits, Node, Pair, SourceId};
use driftseal::policy::{Ledger, Policy};
use driftseal::syntax;

use crate::common::{noon, rules};

/// What a collector says of a configuration.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Takes,
    Refuses(String),
    /// It lacks what the configuration needs, and cannot say.
    CannotTell,
}

fn collector() -> Option<OsString> {
    let found = std::env::var_os("DRIFTSEAL_TEST_OTELCOL");
    if found.is_none() {
        eprintln!("SKIPPED: DRIFTSEAL_TEST_OTELCOL names no OpenTelemetry Collector");
    }
    found
}

/// Messages of a collector that is another one than the configuration is for, or runs elsewhere.
const OTHERS: [&str; 5] = [
    "unknown type",
    "has invalid keys",
    "is not supported",
    "has been deprecated, use",
    "directory must exist",
];

/// Reasons that a collector finds only when it starts: `validate` opens no port and looks up no
/// authenticator (opentelemetry-collector v0.152.0). And those that are about another build than the
/// one at hand.
const LATER: [&str; 3] =
    ["both listen on port", "which the service does not start", "is built without"];

/// What is refused and told in other words than that it does not start, with what is told.
const OTHERWISE: [(&str, &str); 1] =
    [("D25-bare-reference/green", "a reference that nothing fills in (DS-TRC-181)")];

/// Several files are read as one, in their order.
fn validate(collector: &OsString, folder: &Path, configs: &[String]) -> Said {
    let mut command = Command::new(collector);
    command.arg("validate").env_clear().env("HOME", folder);
    for (nth, config) in configs.iter().enumerate() {
        let file = folder.join(format!("config-{nth}.yaml"));
        fs::write(&file, config).unwrap();
        command.arg(format!("--config={}", file.display()));
        // Addresses and secrets that the kubelet would fill in.
        for reference in config.split("${").skip(1) {
            let name = reference.split(['}', ':']).find(|part| *part != "env").unwrap_or_default();
            command.env(name, "tempo.of-the-observability.example.internal:4317");
        }
    }
    command.env("MY_POD_IP", "10.0.0.1");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        Said::Takes
    } else if OTHERS.iter().any(|other| said.contains(other)) {
        Said::CannotTell
    } else {
        Said::Refuses(said)
    }
}

/// Every collector configuration of a side, by its place; several that a container is told are one.
fn configurations(side: &Path) -> BTreeMap<String, Vec<String>> {
    let (mut found, mut told) = (BTreeMap::new(), Vec::new());
    for entry in walkdir::WalkDir::new(side) {
        let entry = entry.unwrap();
        let is_yaml = entry.path().extension().is_some_and(|end| end == "yaml" || end == "yml");
        if !entry.file_type().is_file() || !is_yaml {
            continue;
        }
        let text = fs::read_to_string(entry.path()).unwrap();
        let name = entry.path().strip_prefix(side).unwrap().display().to_string();
        let parsed = syntax::by_id("yaml").unwrap().parse(&text, SourceId(0), &Limits::STANDARD);
        for document in &parsed.documents {
            let root = parsed.tree.root(document.root).unwrap();
            let known = dialect::recognise(&name, "yaml", root);
            let containers = root.at(&["spec", "template", "spec", "containers"]);
            for container in containers.into_iter().flat_map(Node::items) {
                let words = container.get("args").into_iter().flat_map(Node::items);
                let configs = words.filter_map(|word| word.text().strip_prefix("--config="));
                let keys = configs.map(|path| path.rsplit('/').next().unwrap().to_owned());
                told.push(keys.collect::<Vec<String>>());
            }
            if known.dialect.id() == "otelcol" {
                found.insert(name.clone(), text.clone());
            } else if known.identity.kind == "ConfigMap" {
                for entry in root.get("data").into_iter().flat_map(Node::entries) {
                    if is_configuration(entry.value.text()) {
                        let place = format!("{name} {}", entry.key.text());
                        found.insert(place, entry.value.text().to_owned());
                    }
                }
            }
        }
    }
    let mut joined: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for keys in told.iter().filter(|keys| keys.len() > 1) {
        let place = |key: &String| found.keys().find(|place| place.ends_with(&format!(" {key}")));
        let places: Vec<String> = keys.iter().filter_map(place).cloned().collect();
        let texts = places.iter().filter_map(|place| found.remove(place)).collect();
        joined.insert(places.join(" + "), texts);
    }
    joined.extend(found.into_iter().map(|(place, text)| (place, vec![text])));
    joined
}

fn is_configuration(text: &str) -> bool {
    let parsed = syntax::by_id("yaml").unwrap().parse(text, SourceId(0), &Limits::STANDARD);
    let [only] = &parsed.documents[..] else { return false };
    let root = parsed.tree.root(only.root).unwrap();
    root.kind() == Kind::Map
        && dialect::recognise("config.yaml", "yaml", root).dialect.id() == "otelcol"
}

/// Why collectors of a side do not start, as the trace tells it.
fn reported(side: &Path) -> Vec<String> {
    let options = Options {
        limits: Limits::STANDARD,
        masking_key: MaskingKey::from_bytes(&[7; 32], false).unwrap(),
        secret_patterns: SecretPatterns::default(),
        exclude: Exclusions::default(),
        base_dir: side.to_owned(),
        environment: Vec::new(),
    };
    let spool = Spool::new(&options.limits);
    let one = || collect(&[".".to_owned()], &options, &spool);
    let policy = Policy { ledger: Ledger::Full, ..Policy::default() };
    let report = audit(&Pair::new(one(), one()), &spool, &policy, rules(), noon()).unwrap();
    let paths = report.trace.services.iter().filter_map(|service| service.paths.green.as_ref());
    let reasons = paths.flat_map(|path| &path.ends).map(|end| end.reason.clone());
    let is_later = |reason: &String| LATER.iter().any(|later| reason.contains(later));
    reasons.filter(|reason| reason.contains("does not start") && !is_later(reason)).collect()
}

/// The sides of every case.
fn sides() -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let cases = ["", "tracing"].iter().flat_map(|folder| {
        fixtures.join(folder).read_dir().unwrap().map(|entry| entry.unwrap().path())
    });
    let names = ["blue", "green", "near", "near-blue", "repaired"];
    let sides = cases.flat_map(|case| names.map(|name| case.join(name)));
    let mut sides: Vec<PathBuf> = sides.filter(|side| side.is_dir()).collect();
    sides.sort();
    sides
}

#[test]
fn a_collector_refuses_what_is_reported_as_not_starting_and_nothing_else() {
    let Some(collector) = collector() else { return };
    let home = tempfile::tempdir().unwrap();
    let (mut taken, mut refused, mut left_out) = (0, 0, 0);
    let mut wrong = Vec::new();
    for side in sides() {
        let mut reasons = Vec::new();
        let mut is_decided = true;
        for (place, configs) in configurations(&side) {
            match validate(&collector, home.path(), &configs) {
                Said::Takes => taken += 1,
                Said::Refuses(why) => {
                    refused += 1;
                    reasons.push(format!("{place}: {why}"));
                }
                Said::CannotTell => {
                    left_out += 1;
                    is_decided = false;
                }
            }
        }
        let reported = reported(&side);
        let is_otherwise = OTHERWISE.iter().any(|(known, _)| side.ends_with(known));
        if is_otherwise {
            assert!(!reasons.is_empty() && reported.is_empty(), "{}", side.display());
            continue;
        }
        if is_decided && reasons.is_empty() != reported.is_empty() {
            wrong.push(format!(
                "{}:\n  refused {reasons:?}\n  reported {reported:?}",
                side.display()
            ));
        }
    }
    println!("{taken} configurations taken, {refused} refused, {left_out} left out");
    assert!(taken > 0);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

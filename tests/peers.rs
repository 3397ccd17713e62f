//! What other tools' test suites say of their cases, against what our rules say of them.
//!
//! `fixtures/peers` holds the cases and what each peer expects; `tests/peers/mapping.toml` says
//! which of our rules answers which of theirs, what we do not cover, and where we disagree and why.
//! A few cases are not there: their labels are counted apart, and none of them as agreeing.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use common::{noon, rules};
use driftseal::audit::audit;
use driftseal::collect::{Exclusions, MaskingKey, Options, SecretPatterns, Spool, collect};
use driftseal::model::{Finding, Limits, Pair, State};
use driftseal::policy::Policy;
use rayon::prelude::*;
use serde::Deserialize;

/// What a peer expects of a case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    id: String,
    peer: String,
    rule: String,
    topic: String,
    case: String,
    expect: String,
    object: Option<Object>,
    /// Whether the plain reading of the rule agrees with the peer: agree, differ or n/a.
    plain: String,
    source: String,
    licence: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Object {
    kind: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    case: String,
    files: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mapping {
    topic: Vec<Topic>,
    disagree: Vec<Disagreement>,
}

/// Which of our rules answers which of theirs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Topic {
    name: String,
    /// Rules of theirs, as `peer:rule`.
    peers: BTreeSet<String>,
    /// Rules of ours, each with a word that path or message has to hold: `DS-WKL-008 sysctl`.
    #[serde(default)]
    rules: Vec<String>,
    /// Why there is none.
    uncovered: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Disagreement {
    labels: BTreeSet<String>,
    reason: String,
}

fn folder(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn lines<T: for<'d> Deserialize<'d>>(file: &str) -> Vec<T> {
    let text = fs::read_to_string(folder("fixtures/peers").join(file)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What our rules say of the state of a case: of both sides, so that nothing is new.
fn findings(case: &Case) -> Vec<Finding> {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in &case.files {
        fs::write(home.path().join(name.replace('/', "-")), text).unwrap();
    }
    let options = Options {
        limits: Limits::STANDARD,
        masking_key: MaskingKey::from_bytes(&[9; 32], false).unwrap(),
        secret_patterns: SecretPatterns::default(),
        exclude: Exclusions::default(),
        base_dir: home.path().to_owned(),
        environment: Vec::new(),
    };
    let spool = Spool::new(&options.limits);
    let side = || collect(&[".".to_owned()], &options, &spool);
    let snapshots = Pair::new(side(), side());
    let report = audit(&snapshots, &spool, &Policy::default(), rules(), noon()).unwrap();
    report.findings.into_iter().filter(|finding| finding.state != State::Resolved).collect()
}

fn says(topic: &Topic, label: &Label, findings: &[Finding]) -> bool {
    let is_about = |finding: &Finding| {
        let Some(Object { kind, name }) = &label.object else { return true };
        let resource = &finding.at.resource.0;
        resource.ends_with(&format!("/{name}")) && resource.contains(&format!("/{kind}/"))
    };
    let is_ours = |finding: &Finding| {
        topic.rules.iter().any(|ours| {
            let (rule, word) = ours.split_once(' ').unwrap_or((ours, ""));
            let said = [finding.at.path.to_string(), finding.message.clone()];
            finding.rule.0 == rule && said.iter().any(|text| text.contains(word))
        })
    };
    findings.iter().any(|finding| is_ours(finding) && is_about(finding))
}

fn mapping() -> Mapping {
    toml::from_str(&fs::read_to_string(folder("tests/peers/mapping.toml")).unwrap()).unwrap()
}

#[test]
fn every_rule_of_a_peer_is_answered_or_left_out_with_a_reason() {
    let (mapping, labels) = (mapping(), lines::<Label>("labels.jsonl"));
    let mut known = BTreeSet::new();
    for topic in &mapping.topic {
        let reason = topic.uncovered.as_deref().unwrap_or_default();
        assert_ne!(topic.rules.is_empty(), reason.is_empty(), "{}", topic.name);
        for ours in &topic.rules {
            let id = ours.split(' ').next().unwrap();
            assert!(rules().rules().iter().any(|rule| rule.id.0 == id), "{}: {id}", topic.name);
        }
        for peer in &topic.peers {
            assert!(known.insert((topic.name.clone(), peer.clone())), "{peer} stands twice");
        }
    }
    let asked: BTreeSet<(String, String)> = labels
        .iter()
        .map(|label| (label.topic.clone(), format!("{}:{}", label.peer, label.rule)))
        .collect();
    assert_eq!(known, asked);
    for label in &labels {
        assert!(!label.source.is_empty() && ["Apache-2.0", "MIT"].contains(&&*label.licence));
    }
}

#[test]
fn our_rules_agree_with_peers_but_for_what_is_listed() {
    let (mapping, labels) = (mapping(), lines::<Label>("labels.jsonl"));
    let cases: Vec<Case> = lines("cases.jsonl");
    let found: BTreeMap<&str, Vec<Finding>> =
        cases.par_iter().map(|case| (case.case.as_str(), findings(case))).collect();
    let topics: BTreeMap<(&str, &str), &Topic> = mapping
        .topic
        .iter()
        .flat_map(|topic| topic.peers.iter().map(move |peer| ((&*topic.name, &**peer), topic)))
        .collect();
    let mut sums: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let (mut disagree, mut plain) = (BTreeMap::new(), [0_usize; 2]);
    for label in &labels {
        let peer = format!("{}:{}", label.peer, label.rule);
        let topic = topics[&(&*label.topic, &*peer)];
        let column = match found.get(&*label.case) {
            _ if topic.uncovered.is_some() => 2,
            Some(found) => usize::from(says(topic, label, found) != (label.expect == "finding")),
            None => 3,
        };
        sums.entry(&label.topic).or_default()[column] += 1;
        if label.plain == "agree" {
            plain[usize::from(column > 0)] += 1;
        }
        if column == 1 {
            disagree.insert(label.id.as_str(), (&label.topic, &label.case, &label.expect, peer));
        }
    }
    let mut all = [0_usize; 4];
    let mut table = format!("{:32} agree disagree uncovered no case\n", "topic");
    let mut line = |name: &str, [agree, disagree, left, none]: [usize; 4]| {
        writeln!(table, "{name:32} {agree:>5} {disagree:>8} {left:>9} {none:>7}").unwrap();
    };
    for (topic, sum) in &sums {
        line(topic, *sum);
        all.iter_mut().zip(sum).for_each(|(all, sum)| *all += sum);
    }
    line("all", all);
    println!("{table}");
    println!("of those whose plain reading agrees: {} agree, {} do not", plain[0], plain[1]);
    let listed: BTreeSet<&str> =
        mapping.disagree.iter().flat_map(|one| &one.labels).map(String::as_str).collect();
    for (id, what) in &disagree {
        if !listed.contains(id) {
            println!("not listed: {id} {what:?}");
        }
    }
    assert!(mapping.disagree.iter().all(|one| one.reason.len() > 20));
    let disagreeing: BTreeSet<&str> = disagree.keys().copied().collect();
    let stale: Vec<&&str> = listed.difference(&disagreeing).collect();
    assert!(stale.is_empty(), "listed, and agrees: {stale:?}");
    assert_eq!(disagreeing, listed);
    assert!(plain[0] * 100 >= plain.iter().sum::<usize>() * 98, "{plain:?}");
    assert!(all[2] * 10 < labels.len(), "{} of {} labels are not covered", all[2], labels.len());
    assert!(all[0] > 1000, "only {} labels have a case that agrees", all[0]);
}

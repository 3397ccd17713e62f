//! What Flagger copies.

use driftseal::model::{Report, State};

use crate::{compare_files, drift};

const CANARY: &str = "apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: {name: pay}\nspec:\n  \
                      targetRef: {apiVersion: apps/v1, kind: Deployment, name: pay}\n  analysis: {threshold: 5}\n";

fn workload(name: &str, image: &str, replicas: u32) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  replicas: {replicas}\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    \
         spec:\n      containers: [{{name: app, image: 'pay:{image}'}}]\n"
    )
}

/// A side: its Canary, the target and its copy, each in a file of its own.
fn compared(blue: [&str; 3], green: [&str; 3]) -> Report {
    let names = ["canary.yaml", "app.yaml", "live/app-primary.yaml"];
    let there = |(_, text): &(&str, &str)| !text.is_empty();
    let blue: Vec<(&str, &str)> = names.into_iter().zip(blue).filter(there).collect();
    let green: Vec<(&str, &str)> = names.into_iter().zip(green).filter(there).collect();
    compare_files(&blue, &green)
}

fn told(report: &Report) -> Vec<(State, &str)> {
    let findings = report.findings.iter().filter(|finding| finding.rule.0 == "DS-DRF-007");
    findings.map(|finding| (finding.state, finding.message.as_str())).collect()
}

#[test]
fn a_copy_follows_its_source() {
    let (one, two) = (workload("pay", "1", 2), workload("pay", "2", 2));
    let (primary, newer) = (workload("pay-primary", "1", 2), workload("pay-primary", "2", 2));
    // What is told of the source is not told of the copy again.
    let report = compared([CANARY, &one, &primary], [CANARY, &two, &newer]);
    assert_eq!(drift(&report), ["/spec/template/spec/containers/name=app/image"]);
    assert_eq!((report.counts.of("generated"), told(&report)), (1, Vec::new()));
    // Nor that one side has none yet, as Flagger will make one there too.
    let report = compared([CANARY, &one, &primary], [CANARY, &one, ""]);
    assert_eq!(drift(&report), [""; 0]);
    let report = compared([CANARY, &one, ""], [CANARY, &one, &primary]);
    assert_eq!(drift(&report), [""; 0]);
    // Without its Canary nobody makes one.
    let report = compared([CANARY, &one, &primary], ["", &one, ""]);
    assert_eq!(drift(&report), ["", ""]);
    let report = compared(["", &one, &primary], ["", &one, ""]);
    assert_eq!(drift(&report), [""]);
}

#[test]
fn a_copy_that_says_anything_else_is_told() {
    let source = workload("pay", "1", 2);
    let (copy, other) = (workload("pay-primary", "1", 2), workload("pay-primary", "0", 2));
    let image = "/spec/template/spec/containers/name=app/image";
    let report = compared([CANARY, &source, &copy], [CANARY, &source, &other]);
    assert_eq!(drift(&report), [image]);
    let found = told(&report);
    assert_eq!((found.len(), found[0].0), (1, State::Introduced));
    assert!(found[0].1.contains("`k8s:apps/v1/Deployment/pay-primary`"), "{}", found[0].1);
    assert!(found[0].1.contains("/spec/template/spec/containers/*/image"), "{}", found[0].1);
    let report = compared([CANARY, &source, &other], [CANARY, &source, &copy]);
    assert_eq!((drift(&report).len(), told(&report)[0].0), (1, State::Resolved));
    let report = compared([CANARY, &source, &other], [CANARY, &source, &other]);
    assert_eq!((drift(&report).len(), told(&report)[0].0), (0, State::Inherited));
    // One that is missing on the other side stays a difference.
    let report = compared([CANARY, &source, &other], [CANARY, &source, ""]);
    assert_eq!(drift(&report), [""]);
}

#[test]
fn a_source_that_is_judged_is_ahead_of_its_copy() {
    let (old, new) = (workload("pay-primary", "1", 2), workload("pay", "2", 2));
    for (phase, found) in [("Progressing", 0), ("Succeeded", 1), ("Failed", 1)] {
        let canary = format!("{CANARY}status: {{phase: {phase}}}\n");
        let report = compared([&canary, &new, &old], [&canary, &new, &old]);
        assert_eq!(told(&report).len(), found, "{phase}");
        // It is no proof of anything meanwhile.
        let report = compared([&canary, &new, &old], [&canary, &new, ""]);
        assert_eq!(drift(&report), [""], "{phase}");
    }
}

#[test]
fn replicas_of_a_copy_are_its_own_while_its_source_rests() {
    let rest = workload("pay", "1", 0);
    let copy = |replicas| workload("pay-primary", "1", replicas);
    let report = compared([CANARY, &rest, &copy(3)], [CANARY, &rest, &copy(4)]);
    assert_eq!((drift(&report), told(&report)), (vec!["/spec/replicas".to_owned()], Vec::new()));
    let busy = workload("pay", "1", 3);
    let report = compared([CANARY, &busy, &copy(3)], [CANARY, &busy, &copy(4)]);
    assert_eq!((drift(&report).len(), told(&report).len()), (1, 1));
}

#[test]
fn what_is_there_twice_is_nobodys_copy() {
    let (source, copy) = (workload("pay", "1", 2), workload("pay-primary", "1", 2));
    let blue = [("c.yaml", CANARY), ("a.yaml", &source), ("b.yaml", &source), ("p.yaml", &copy)];
    let green = [("c.yaml", CANARY), ("a.yaml", &source), ("b.yaml", &source)];
    let report = compare_files(&blue, &green);
    assert_eq!(drift(&report), [""]);
}

#[test]
fn what_no_source_says_of_a_copy_is_told() {
    let source = workload("pay", "1", 2);
    let owned = |owner: &str| {
        let owner =
            format!("{{name: pay-primary, ownerReferences: [{{kind: Canary, name: {owner}}}]}}");
        workload("pay-primary", "1", 2).replacen("{name: pay-primary}", &owner, 1)
    };
    let report = compared([CANARY, &source, &owned("pay")], [CANARY, &source, &owned("other")]);
    assert!(!drift(&report).is_empty());
    let labelled = workload("pay-primary", "1", 2).replacen(
        "{name: pay-primary}",
        "{name: pay-primary, labels: {team: shop}}",
        1,
    );
    let report = compared([CANARY, &source, &labelled], [CANARY, &source, &labelled]);
    assert_eq!(told(&report).len(), 1, "nobody but its source gives a copy labels");
}

//! Names of findings and differences: what must not change them, and what must.

mod common;
#[path = "common/memory.rs"]
mod memory;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use driftseal::policy::{Ledger, Policy};
use driftseal::wire::report::{Change, Report, read};
use memory::audit_texts;

type Files = Vec<(String, String)>;
type Names = BTreeSet<(String, String)>;

/// A deployment as one side may have it; `side` is its colour.
fn deployment(side: &str, sampler: &str, order: Order) -> String {
    let mut containers = vec![
        format!(
            "{{name: app, image: registry/pay:1, ports: [{{containerPort: 80}}], env: [{}]}}",
            order.of(vec![
                format!("{{name: OTEL_TRACES_SAMPLER, value: {sampler}}}"),
                format!("{{name: DB_HOST, value: db-{side}.svc}}"),
                "{name: MODE, value: x}".to_owned(),
            ])
        ),
        "{name: proxy, image: registry/proxy:2}".to_owned(),
    ];
    if side == "green" {
        containers.push(
            "{name: debug, image: registry/debug:9, securityContext: {privileged: true}}"
                .to_owned(),
        );
    }
    let spec = order.lines(&[
        format!("replicas: {}", if side == "green" { 1 } else { 3 }),
        format!("template: {{spec: {{containers: [{}]}}}}", order.of(containers)),
    ]);
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: pay-{side}, namespace: shop}}\nspec:\n{spec}"
    )
}

fn settings(side: &str, order: Order) -> String {
    let timeout = if side == "green" { "1s" } else { "30s" };
    order.lines(&[
        format!("timeout: {timeout}"),
        format!("upstreams: [a-{side}, b-{timeout}]"),
        format!("rules: [{{deny: all}}, {{allow: {side}-only, note: {timeout}}}]"),
    ])
}

/// In which order, and how deep, things are written.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    Plain,
    Turned,
    Indented,
}

impl Order {
    fn of(self, mut parts: Vec<String>) -> String {
        if self == Self::Turned {
            parts.reverse();
        }
        parts.join(", ")
    }

    fn lines(self, lines: &[String]) -> String {
        let mut lines: Vec<&String> = lines.iter().collect();
        if self == Self::Turned {
            lines.reverse();
        }
        let indent = if self == Self::Indented { "      " } else { "  " };
        lines.iter().fold(String::new(), |text, line| format!("{text}{indent}{line}\n"))
    }
}

fn service(side: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: pay-{side}, namespace: shop}}\nspec:\n  type: {}\n",
        if side == "green" { "LoadBalancer" } else { "ClusterIP" }
    )
}

/// Rules of which the order says nothing and none has a name; green has two more.
fn access(side: &str, order: Order) -> String {
    let mut rules = vec!["{to: [{operation: {paths: [/pay]}}]}".to_owned()];
    if side == "green" {
        let extra = ["/admin", "/debug"];
        rules.extend(extra.map(|path| format!("{{to: [{{operation: {{paths: [{path}]}}}}]}}")));
    }
    format!(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: pay-{side}, \
         namespace: shop}}\nspec:\n  rules: [{}]\n",
        order.of(rules)
    )
}

fn side(side: &str, sampler: &str, order: Order, file: &str) -> Files {
    let mut documents = [deployment(side, sampler, order), service(side), access(side, order)];
    if order == Order::Turned {
        documents.reverse();
    }
    let text = documents.join("---\n");
    let blank = if order == Order::Indented { "\n\n# a comment\n" } else { "" };
    vec![
        (file.to_owned(), format!("{blank}{text}")),
        ("settings.yaml".to_owned(), format!("{blank}{}", settings(side, order))),
    ]
}

fn report(sampler: &str, order: Order, file: &str) -> Report {
    let policy = Policy { ledger: Ledger::Full, ..Policy::default() };
    let blue = side("blue", "always_on", Order::Plain, "k8s/pay.yaml");
    let green = side("green", sampler, order, file);
    Report::from(audit_texts(&borrowed(&blue), &borrowed(&green), &policy))
}

fn borrowed(files: &Files) -> Vec<(&str, &str)> {
    files.iter().map(|(file, text)| (&**file, &**text)).collect()
}

/// Names and instances of all findings, and of all differences that nothing explains.
fn names(report: &Report) -> Names {
    let findings =
        report.findings.iter().map(|one| (one.fingerprint.clone(), one.instance.clone()));
    let drift = report.changes.iter().filter(|one| one.explanation.kind() == "unexplained");
    let drift = drift.map(|one| (one.fingerprint.clone(), one.instance.clone()));
    let all: Vec<(String, String)> = findings.chain(drift).collect();
    let names: Names = all.iter().cloned().collect();
    assert_eq!(names.len(), all.len(), "a name or an instance stands for two");
    assert!(names.len() >= 12, "{names:?}");
    names
}

#[test]
fn names_survive_another_order_another_layout_and_another_file() {
    let plain = names(&report("always_off", Order::Plain, "k8s/pay.yaml"));
    for order in [Order::Turned, Order::Indented] {
        assert_eq!(names(&report("always_off", order, "k8s/pay.yaml")), plain);
    }
    assert_eq!(names(&report("always_off", Order::Plain, "base/renamed.yaml")), plain);
}

#[test]
fn every_name_in_a_report_is_its_own() {
    let report = report("always_off", Order::Plain, "k8s/pay.yaml");
    let is_marked = |change: &Change| change.fingerprint.contains('-');
    assert!(report.changes.iter().any(is_marked), "two rules without a name share one");
    let names: BTreeSet<&str> = report
        .findings
        .iter()
        .map(|finding| &*finding.fingerprint)
        .chain(report.changes.iter().map(|change| &*change.fingerprint))
        .collect();
    assert_eq!(names.len(), report.findings.len() + report.changes.len());
}

#[test]
fn a_changed_value_changes_the_instance_alone() {
    let one = names(&report("always_off", Order::Plain, "k8s/pay.yaml"));
    let other = names(&report("traceidratio", Order::Plain, "k8s/pay.yaml"));
    let only = |names: &Names| names.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>();
    assert!(only(&one).intersection(&only(&other)).count() + 2 >= only(&one).len());
    let change = |names: &Names| {
        names.iter().filter(|(name, _)| name.starts_with("dsc1:")).cloned().collect::<Names>()
    };
    let (one, other) = (change(&one), change(&other));
    assert_eq!(only(&one), only(&other));
    assert_eq!(one.difference(&other).count(), 1);
}

#[test]
fn names_are_the_same_for_relative_and_absolute_paths() {
    let folder = tempfile::tempdir().unwrap();
    for colour in ["blue", "green"] {
        for (file, text) in side(
            colour,
            if colour == "blue" { "always_on" } else { "always_off" },
            Order::Plain,
            "pay.yaml",
        ) {
            let path = folder.path().join(colour).join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
    let run = |blue: &Path, green: &Path| {
        let output = Command::new(env!("CARGO_BIN_EXE_driftseal"))
            .args(["gate", "-o", "json", "--evaluated-at", "2026-06-01T12:00:00Z", "--blue"])
            .arg(blue)
            .arg("--green")
            .arg(green)
            .current_dir(folder.path())
            .env_clear()
            .output()
            .unwrap();
        names(&read(&output.stdout).unwrap())
    };
    let relative = run(Path::new("blue"), Path::new("./green"));
    let absolute = run(&folder.path().join("blue"), &folder.path().join("green"));
    assert_eq!(relative, absolute);
}

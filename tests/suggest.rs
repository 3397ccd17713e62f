//! What `diff --suggest` proposes, and what comes of it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use driftseal::policy::Config;
use driftseal::wire::report::{Report, read};

fn driftseal(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_driftseal"))
        .args(arguments)
        .args(["--blue", "blue", "--green", "green", "--evaluated-at", "2026-06-01T12:00:00Z"])
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap()
}

fn write(folder: &Path, side: &str, files: &[(&str, &str)]) {
    for (file, text) in files {
        let path = folder.join(side).join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn suggestion(folder: &Path) -> String {
    let output = driftseal(folder, &["diff", "--suggest"]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn unexplained(folder: &Path) -> Vec<String> {
    let output = driftseal(folder, &["diff", "-o", "json"]);
    let report: Report = read(&output.stdout)
        .unwrap_or_else(|why| panic!("{why} {}", String::from_utf8_lossy(&output.stderr)));
    let drift = report.changes.iter().filter(|one| one.explanation.kind() == "unexplained");
    drift.map(|one| format!("{} {}", one.resource, one.path)).collect()
}

/// As a person completes what was suggested.
fn completed(text: &str) -> String {
    text.replace("reason = \"\"", "reason = \"release\"").replace("owner = \"\"", "owner = \"me\"")
}

const BLUE: &[(&str, &str)] = &[
    (
        "k8s/pay.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: pay-blue}\nspec:\n  replicas: 3\n  template:\n    spec:\n      containers:\n      - name: app\n        image: registry/app:1.4.0\n        env:\n        - {name: DB, value: db-lisbon.svc}\n        - {name: QUEUE, value: 'amqp://mq-lisbon.svc:5671/pay'}\n        - {name: TLS_VERIFY, value: 'true'}\n        - {name: DB_PASSWORD, value: hunter2-Zk9q}\n        - {name: SIBLING, value: sibling-blue.svc}\n      - name: side\n        image: registry/app:1.4.0\n",
    ),
    (
        "a.yaml",
        "mode: strict\ncipher: ecdhe-aes256-x\nother: pre-aes256-post\nlevel: 7\nhosts: {a: '1', '*': x}\n",
    ),
    ("b.yaml", "mode: strict\ntext: 'true'\nlist: {a: 1}\n"),
];

const GREEN: &[(&str, &str)] = &[
    (
        "k8s/pay.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: pay-green}\nspec:\n  replicas: 2\n  template:\n    spec:\n      containers:\n      - name: app\n        image: registry/app:1.5.0\n        env:\n        - {name: DB, value: db-porto.svc}\n        - {name: QUEUE, value: 'amqp://mq-porto.svc:5671/pay'}\n        - {name: TLS_VERIFY, value: 'false'}\n        - {name: DB_PASSWORD, value: swordfish-7Tq2}\n        - {name: SIBLING, value: other-blue.svc}\n      - name: side\n        image: registry/app:1.5.0\n",
    ),
    (
        "a.yaml",
        "mode: permissive\ncipher: ecdhe-aes128-x\nother: pre-aes128-post\nlevel: 8\nhosts: {a: '2', '*': y}\n",
    ),
    ("b.yaml", "mode: permissive\ntext: 'yes'\nlist: [1]\n"),
];

fn case() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "blue", BLUE);
    write(folder.path(), "green", GREEN);
    folder
}

#[test]
fn a_suggestion_is_refused_until_a_person_completes_it_and_then_explains_what_it_says() {
    let folder = case();
    let before = unexplained(folder.path());
    let text = suggestion(folder.path());
    let errors = Config::parse("driftseal.toml", &text).unwrap_err();
    assert!(errors.iter().all(|error| error.message.contains("is empty")), "{errors:?}");
    Config::parse("driftseal.toml", &completed(&text)).unwrap();

    let claimed: usize = text
        .lines()
        .filter_map(|line| {
            line.strip_prefix("# explains ")?.split(' ').next()?.parse::<usize>().ok()
        })
        .sum();
    fs::write(folder.path().join("driftseal.toml"), completed(&text)).unwrap();
    let after = unexplained(folder.path());
    assert_eq!(before.len() - claimed, after.len(), "{text}\n{after:#?}");
    let line = format!("# With all of it, {} stay unexplained", after.len());
    assert!(text.contains(&line), "{text}");
    // What names blue, and the place that a pattern cannot name.
    assert_eq!(after.len(), 2, "{after:#?}");
    assert!(after.iter().any(|one| one.contains("SIBLING")), "{after:#?}");
    assert!(after.iter().any(|one| one.ends_with("/hosts/*")), "{after:#?}");
}

#[test]
fn each_record_explains_what_it_says_alone() {
    let folder = case();
    let text = suggestion(folder.path());
    let before = unexplained(folder.path());
    let records: Vec<&str> = text.split("# explains ").skip(1).collect();
    assert!(records.len() > 5, "{text}");
    for record in records {
        let claimed: usize = record.split(' ').next().unwrap().parse().unwrap();
        let config = folder.path().join("driftseal.toml");
        fs::write(&config, completed(&format!("# explains {record}"))).unwrap();
        assert_eq!(before.len() - claimed, unexplained(folder.path()).len(), "{record}");
        fs::remove_file(config).unwrap();
    }
}

#[test]
fn a_pair_is_a_name_in_several_values_and_never_a_switch_a_number_or_a_method() {
    let text = suggestion(case().path());
    let pairs: Vec<&str> = text.split("[[colours]]\n").skip(1).collect();
    assert_eq!(pairs.len(), 1, "{text}");
    assert!(pairs[0].starts_with("blue = \"lisbon\"\ngreen = \"porto\"\n"), "{text}");
}

#[test]
fn one_allowance_speaks_for_the_same_change_at_several_places() {
    let text = suggestion(case().path());
    let record = concat!(
        "path = \"/spec/template/spec/containers/*/image\"\n",
        "blue = \"registry/app:1.4.0\"\n",
        "green = \"registry/app:1.5.0\"\n",
    );
    let explained = text.split("# explains ").find(|part| part.contains(record));
    assert!(explained.unwrap_or(&text).starts_with("2 differences"), "{text}");
    let resource = "resource = \"k8s:apps/v1/Deployment/pay-\\\\{colour\\\\}\"";
    assert!(text.contains(resource), "{text}");
}

#[test]
fn a_secret_is_never_pinned_and_what_names_blue_is_not_explained() {
    let text = suggestion(case().path());
    assert!(!text.contains("hunter2") && !text.contains("swordfish") && !text.contains("<secret"));
    assert!(!text.contains("driftseal.secret."), "{text}");
    let password = text.split("# explains ").find(|part| part.contains("DB_PASSWORD")).unwrap();
    assert!(!password.contains("\nblue = ") && !password.contains("\ngreen = "), "{password}");
    assert!(!text.contains("SIBLING"), "{text}");
    assert!(text.contains("# 1 in which green names blue are left out"), "{text}");
}

#[test]
fn a_pair_that_one_value_contradicts_is_not_suggested() {
    let folder = tempfile::tempdir().unwrap();
    let side = |third: &str, name: &str| {
        format!("a: db-{name}.svc\nb: mq-{name}.svc\nc: x-{third}.svc\nd: q-{name}.svc\n")
    };
    write(folder.path(), "blue", &[("a.yaml", &side("lisbon", "lisbon"))]);
    write(folder.path(), "green", &[("a.yaml", &side("faro", "porto"))]);
    let text = suggestion(folder.path());
    assert!(!text.contains("[[colours]]"), "{text}");
}

#[test]
fn every_name_of_a_report_is_explained_with_the_allowance_that_explains_it() {
    let folder = case();
    let explain = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_driftseal"))
            .arg("explain")
            .args(arguments)
            .current_dir(folder.path())
            .env_clear()
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.code().unwrap(), said)
    };
    let made = driftseal(folder.path(), &["gate", "--ledger", "full", "-o", "json=report.json"]);
    assert_eq!(made.status.code(), Some(1));
    let report = read(&fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    let before = unexplained(folder.path());
    for change in &report.changes {
        let (code, [page, _]) = explain(&[&change.instance, "--report", "report.json"]);
        assert_eq!(code, 0);
        assert!(page.starts_with(&change.fingerprint), "{page}");
        let Some((_, record)) = page.split_once("\n\n  [[allow]]\n") else {
            let is_named = change.explanation.kind() != "unexplained";
            let names_blue = page.contains("names blue; fix it there");
            assert_eq!(names_blue, change.path.contains("SIBLING"), "{page}");
            assert!(is_named || names_blue || change.path.ends_with("/hosts/*"), "{page}");
            continue;
        };
        let record = record.split("\n\n").next().unwrap();
        let config = folder.path().join("driftseal.toml");
        fs::write(&config, completed(&format!("[[allow]]\n{record}\n"))).unwrap();
        assert_eq!(before.len() - 1, unexplained(folder.path()).len(), "{page}");
        fs::remove_file(config).unwrap();
    }
    for finding in &report.findings {
        let (code, [page, _]) = explain(&[&finding.fingerprint[..20], "--report", "report.json"]);
        assert_eq!(code, 0, "{page}");
        assert!(page.contains(&finding.rule) && page.contains(&finding.title), "{page}");
    }
    let (code, [_, said]) = explain(&["dsc1:", "--report", "report.json"]);
    assert!(code == 2 && said.contains("may be any of"), "{said}");
    let (code, [_, said]) = explain(&["dsc1:0123"]);
    assert!(code == 2 && said.contains("-o json=report.json"), "{said}");
    let (code, [_, said]) = explain(&["dsc1:zz", "--report", "report.json"]);
    assert!(code == 2 && said.contains("nothing in report.json"), "{said}");
}

#[test]
fn a_pair_is_found_in_the_names_of_documents() {
    let folder = tempfile::tempdir().unwrap();
    let side = |space: &str, replicas: u32| {
        let one = |kind: &str, spec: &str| {
            format!(
                "apiVersion: v1\nkind: {kind}\nmetadata: {{name: pay, namespace: {space}}}\n{spec}"
            )
        };
        let service = one("Service", &format!("spec: {{externalName: x.{space}.svc}}\n"));
        let map = one("ConfigMap", &format!("data: {{replicas: '{replicas}'}}\n"));
        format!("{service}---\n{map}")
    };
    write(folder.path(), "blue", &[("blue.yaml", &side("bank-lisbon", 3))]);
    write(folder.path(), "green", &[("green.yaml", &side("bank-porto", 2))]);
    let text = suggestion(folder.path());
    let pair = "[[colours]]\nblue = \"bank-lisbon\"\ngreen = \"bank-porto\"\n";
    assert!(text.contains("# explains 2 differences") && text.contains(pair), "{text}");
    assert!(!text.contains("path = \"\""), "{text}");
    assert!(text.contains("# With all of it, 1 stay unexplained"), "{text}");
    fs::write(folder.path().join("driftseal.toml"), &text).unwrap();
    let left = unexplained(folder.path());
    assert!(left.len() == 1 && left[0].ends_with("/data/replicas"), "{left:?}");
}

#[test]
fn where_a_pinned_value_would_not_do_the_place_is_declared_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let service =
        |more: &str| format!("services:\n  a:\n    image: x\n    environment:\n    - A=1\n{more}");
    write(folder.path(), "blue", &[("compose.yaml", &service(""))]);
    write(folder.path(), "green", &[("compose.yaml", &service("    - FROM_SHELL\n"))]);
    let text = suggestion(folder.path());
    assert!(text.contains("# With all of it, 0 stay unexplained"), "{text}");
    fs::write(folder.path().join("driftseal.toml"), completed(&text)).unwrap();
    assert_eq!(unexplained(folder.path()), Vec::<String>::new(), "{text}");
}

#[test]
fn a_colour_word_is_never_given_another_meaning() {
    let folder = tempfile::tempdir().unwrap();
    let side =
        |colour: &str| format!("a: db-{colour}.svc\nb: mq-{colour}.svc\nc: q-{colour}.svc\n");
    write(folder.path(), "blue", &[("a.yaml", &side("blue"))]);
    write(folder.path(), "green", &[("a.yaml", &side("porto"))]);
    let text = suggestion(folder.path());
    assert!(!text.contains("[[colours]]"), "{text}");
}

#[test]
fn there_are_not_more_records_than_a_person_reads_and_the_rest_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let side = |plus: u32| {
        (0..600).fold(String::new(), |text, at| {
            format!(
                "{text}k{at}: {}
",
                at * 7 + plus
            )
        })
    };
    write(folder.path(), "blue", &[("a.yaml", &side(1))]);
    write(folder.path(), "green", &[("a.yaml", &side(2))]);
    let text = suggestion(folder.path());
    assert_eq!(text.matches("[[allow]]").count(), 500);
    assert!(text.contains("# 100 are left out"), "{text}");
    assert!(text.contains("# With all of it, 100 stay unexplained"), "{text}");
}

#[test]
fn one_allowance_for_several_resources_names_each_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["pay-blue", "cart", "a,b", "other"];
    let side = |replicas: u32, colour: &str| {
        let one = |name: &&str| {
            let (name, of_other) = (name.replace("blue", colour), **name == *"other");
            let memory = if of_other { 1 } else { replicas };
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: '{name}'}}\ndata: {{x: '{memory}'}}\n"
            )
        };
        names.iter().map(one).collect::<Vec<_>>().join("---\n")
    };
    write(folder.path(), "blue", &[("a.yaml", &side(1, "blue"))]);
    write(folder.path(), "green", &[("a.yaml", &side(2, "green"))]);
    let text = suggestion(folder.path());
    let resource = r#"resource = "k8s:v1/ConfigMap/{a\\,b,cart,pay-\\{colour\\}}""#;
    assert!(text.contains("# explains 3 differences:") && text.contains(resource), "{text}");
    let config = folder.path().join("driftseal.toml");
    fs::write(&config, completed(&text)).unwrap();
    assert_eq!(unexplained(folder.path()), Vec::<String>::new());
    let green = side(2, "green").replace("data: {x: '1'}", "data: {x: '2'}");
    write(folder.path(), "green", &[("a.yaml", &green)]);
    assert_eq!(unexplained(folder.path()), ["k8s:v1/ConfigMap/other /data/x"]);
}

#[test]
fn a_side_that_is_not_pinned_is_said_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("{}-mq-blue.svc", "x".repeat(400));
    write(folder.path(), "blue", &[("a.yaml", "a: short\n")]);
    write(folder.path(), "green", &[("a.yaml", &format!("a: {long}\n"))]);
    let text = suggestion(folder.path());
    assert!(text.contains("\nblue = \"short\"\n") && !text.contains("\ngreen = "), "{text}");
    assert!(text.contains("\n# green's value is too long to be shown: "), "{text}");
    assert!(text.contains("whether it names the other side was not looked at\n"), "{text}");
}

//! What policies say of documents.

use serde_json::Value;

use super::{desk, gate};
use crate::desk::Desk;

fn deployment(name: &str, further: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  template:\n    \
         spec:\n{further}      containers:\n        - name: app\n          image: shop:1\n"
    )
}

const SAFE: &str = "      securityContext:\n        runAsNonRoot: true\n";

fn report(desk: &Desk, further: &[&str]) -> Value {
    let ran = gate(desk, &[&["-o", "json"], further].concat());
    serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err))
}

/// Rule, state, severity and message of every finding of Rego.
fn said(report: &Value) -> Vec<[String; 4]> {
    let findings = report["findings"].as_array().unwrap();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let keys = ["rule", "state", "severity", "message"];
    let own = findings.iter().filter(|one| text(one, "rule").starts_with("rego:"));
    own.map(|one| keys.map(|key| text(one, key))).collect()
}

/// What a policy of one file says of one document of green, blue being empty of it.
fn alone(policy: &str, document: &str) -> Vec<[String; 4]> {
    let desk = Desk::empty();
    desk.write("policy/deny.rego", policy);
    desk.write("blue/a.yaml", "a: 1\n");
    desk.write("green/a.yaml", "a: 1\n");
    desk.write("green/b.yaml", document);
    said(&report(&desk, &[]))
}

fn counts(report: &Value, rule: &str) -> [u64; 4] {
    let rows = report["rules"].as_array().unwrap();
    let row = rows.iter().find(|row| row["rule"] == rule).unwrap_or_else(|| panic!("no {rule}"));
    ["passed", "failed", "notApplicable", "unknown"].map(|key| row[key].as_u64().unwrap())
}

#[test]
fn what_is_new_in_green_is_introduced_and_what_blue_has_too_is_inherited() {
    let desk = desk();
    desk.write("blue/old.yaml", deployment("old-blue", ""));
    desk.write("green/old.yaml", deployment("old-green", ""));
    desk.write("blue/new.yaml", deployment("new-blue", SAFE));
    desk.write("green/new.yaml", deployment("new-green", ""));
    desk.write("blue/better.yaml", deployment("better-blue", ""));
    desk.write("green/better.yaml", deployment("better-green", SAFE));
    let report = report(&desk, &[]);
    assert_eq!(report["verdict"], "fail");
    let expected = [
        ("introduced", "new-green may run as root"),
        ("inherited", "old-green may run as root"),
        ("resolved", "better-blue may run as root"),
    ];
    let expected = expected
        .map(|(state, message)| ["rego:main.deny", state, "high", message].map(str::to_owned));
    assert_eq!(said(&report), expected);
    assert_eq!(counts(&report, "rego:main.deny"), [1, 2, 0, 0]);
    let packs = report["packs"].as_array().unwrap();
    let pack = packs.iter().find(|pack| pack["id"] == "rego:policy").unwrap();
    assert_eq!(pack["digest"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(pack["rules"], 1);
}

#[test]
fn the_digest_of_a_policy_is_that_of_all_its_files_and_of_what_is_asked() {
    let desk = desk();
    desk.write("blue/a.yaml", "a: 1\n");
    desk.write("green/a.yaml", "a: 1\n");
    let digest = |further: &[&str]| {
        let report = report(&desk, further);
        let packs = report["packs"].as_array().unwrap().clone();
        let pack = packs.into_iter().find(|pack| pack["id"] == "rego:policy").unwrap();
        pack["digest"]["sha256"].as_str().unwrap().to_owned()
    };
    let first = digest(&[]);
    assert_eq!(first, digest(&[]));
    let named = digest(&["--rego-namespace", "main"]);
    desk.write("policy/data.json", "{\"least\": 2}");
    assert_eq!([&first, &named].iter().filter(|one| ***one == digest(&[])).count(), 0);
    assert_ne!(first, named);
}

#[test]
fn every_shape_of_what_a_rule_says_is_told_or_unknown() {
    let ours = |body: &str| alone(&format!("package main\n{body}\n"), "kind: Thing\nname: x\n");
    for (body, expected) in [
        ("deny contains \"a\" if input.kind == \"Thing\"", vec!["a"]),
        ("deny contains {\"msg\": \"a\", \"severity\": 3} if input.kind", vec!["a"]),
        ("deny contains msg if { input.kind; msg := {\"other\": 1} }", vec!["{\"other\":1}"]),
        ("deny := [\"b\", \"a\", \"a\"] if input.kind", vec!["a", "b"]),
        ("deny if input.kind == \"Thing\"", vec!["it holds"]),
        ("deny := \"it is wrong\" if input.kind", vec!["it is wrong"]),
        ("deny[msg] if { input.kind; msg := \"a\" }", vec!["a"]),
        ("deny contains \"\" if input.kind", vec!["it says nothing more"]),
        ("default deny := false", vec![]),
        ("deny contains \"a\" if input.absent", vec![]),
    ] {
        let messages: Vec<String> = ours(body).into_iter().map(|[.., message]| message).collect();
        assert_eq!(messages, expected, "{body}");
    }
    let desk = Desk::empty();
    desk.write("policy/deny.rego", "package main\ndeny := 3 if input.kind == \"Thing\"\n");
    desk.write("blue/a.yaml", "kind: Thing\n");
    desk.write("green/a.yaml", "kind: Thing\n");
    gate(&desk, &[]).expect(3, &["rule rego:main.deny cannot be decided"]);
}

#[test]
fn warnings_are_low_and_every_package_is_asked_unless_some_are_named() {
    let desk = Desk::empty();
    desk.write("policy/a.rego", "package a\nwarn_soon contains \"w\" if input.kind\n");
    desk.write("policy/b.rego", "package b.c\nviolation contains {\"msg\": \"v\"} if input.kind\n");
    desk.write("policy/b_test.rego", "package b.c\ntest_it if { http.send({}) }\n");
    desk.write("blue/x.yaml", "other: 1\n");
    desk.write("green/x.yaml", "kind: Thing\n");
    let rules = |further: &[&str]| -> Vec<[String; 2]> {
        let all = said(&report(&desk, further));
        all.into_iter().map(|[rule, _, severity, _]| [rule, severity]).collect()
    };
    let own = |rule: &str, severity: &str| [rule.to_owned(), severity.to_owned()];
    let both = [own("rego:b.c.violation", "high"), own("rego:a.warn_soon", "low")];
    assert_eq!(rules(&[]), both);
    assert_eq!(rules(&["--rego-namespace", "a"]), [own("rego:a.warn_soon", "low")]);
}

#[test]
fn exceptions_are_those_of_the_policy() {
    let policy = "package main\ndeny_root contains \"r\" if input.kind\n\
                  deny_other contains \"o\" if input.kind\n\
                  exception contains rules if { input.name == \"x\"; rules := [\"root\"] }\n";
    let messages = |name: &str| -> Vec<String> {
        let said = alone(policy, &format!("kind: Thing\nname: {name}\n"));
        said.into_iter().map(|[.., message]| message).collect()
    };
    assert_eq!(messages("x"), ["o"]);
    assert_eq!(messages("y"), ["o", "r"]);
}

#[test]
fn lists_are_documents_and_values_have_the_types_of_their_reader() {
    let policy = "package main\ndeny contains msg if {\n  input.n > 2\n  is_number(input.n)\n  \
                  is_boolean(input.b)\n  is_null(input.z)\n  is_string(input.s)\n  \
                  msg := sprintf(\"%v of %v\", [input.name, count(input.l)])\n}\n";
    let one = |name: &str, n: &str| {
        format!("- name: {name}\n  n: {n}\n  b: true\n  z: null\n  s: \"7\"\n  l: [1, 2]\n")
    };
    let document = [one("a", "3"), one("b", "2"), one("c", "0x10")].concat();
    let messages: Vec<String> =
        alone(policy, &document).into_iter().map(|[.., message]| message).collect();
    assert_eq!(messages, ["a of 2", "c of 2"]);
}

#[test]
fn units_are_read_and_documents_are_walked() {
    let policy = "package main\ndeny contains msg if {\n  walk(input, [path, value])\n  is_string(value)\n  \
                  msg := sprintf(\"%v: %v %v\", [path[0], units.parse(value), units.parse_bytes(value)])\n}\n";
    let document = "a: 500m\nb: 1Gi\nc: 4mb\nd: '0.5'\ne: 1e3k\nf: 1e999999999G\ng: 10x\nh: 2M\n";
    let messages: Vec<String> =
        alone(policy, document).into_iter().map(|[.., message]| message).collect();
    let expected =
        ["b: 1073741824 1073741824", "h: 2000000 2000000", "a: 0.5 500000000", "d: 0.5 0"];
    for known in expected.into_iter().chain(["e: 1000000 1000000"]) {
        assert!(messages.contains(&known.to_owned()), "{known}: {messages:?}");
    }
    assert_eq!(messages.len(), 5, "{messages:?}");
}

#[test]
fn data_lies_under_its_folders() {
    let desk = Desk::empty();
    desk.write(
        "policy/deny.rego",
        "package main\ndeny contains msg if {\n  not input.name in data.known.names\n  \
         msg := sprintf(\"%s is not among %d\", [input.name, data.count])\n}\n",
    );
    desk.write("policy/known/data.yaml", "names:\n  - a\n  - b\n");
    desk.write("policy/data.json", "{\"count\": 2}\n");
    desk.write("policy/examples/other.yaml", "count: 9\n---\ncount: 10\n");
    desk.write("blue/x.yaml", "name: a\n");
    desk.write("green/x.yaml", "name: c\n");
    let report = report(&desk, &[]);
    assert_eq!(said(&report)[0][3], "c is not among 2");
}

#[test]
fn no_secret_reaches_a_message_and_what_depends_on_one_is_unknown() {
    let secret = "hunter2-correct-horse";
    let told = "package main\ndeny contains msg if {\n  msg := sprintf(\"the password is %s\", \
                [input.password])\n  print(input.password)\n}\n";
    let desk = Desk::empty();
    desk.write("policy/deny.rego", told);
    desk.write("blue/x.yaml", format!("password: {secret}-old\n"));
    desk.write("green/x.yaml", format!("password: {secret}\n"));
    let ran = gate(&desk, &["-o", "json"]);
    assert!(!format!("{}{}", ran.out, ran.err).contains("hunter2"), "{}{}", ran.out, ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(said(&report)[0][1..], ["inherited", "high", "the password is <secret password>"]);
    // What it is compared with would have to be known.
    let compared = "package main\ndeny contains \"weak\" if input.password == \"hunter2\"\n";
    desk.write("policy/deny.rego", compared);
    let why = ["rego:main.deny cannot be decided", "it depends on a secret"];
    gate(&desk, &[]).expect(3, &why);
    let among = [
        r#"input.password in {"a", "b"}"#,
        r#"startswith(input.password, "hunter")"#,
        r#"regex.match("^hun.er[0-9]", input.password)"#,
        "count(input.password) == 21",
        r#"{ lower(input.password) != "x"; count(input.password) > 20 }"#,
    ];
    for among in among {
        desk.write("policy/deny.rego", format!("package main\ndeny contains \"w\" if {among}\n"));
        gate(&desk, &[]).expect(3, &why);
    }
    // That there is one may be asked.
    desk.write("policy/deny.rego", "package main\ndeny contains \"none\" if not input.password\n");
    let ran = gate(&desk, &["-o", "json"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(counts(&report, "rego:main.deny"), [1, 0, 0, 0]);
}

#[test]
fn a_waiver_a_severity_and_a_phase_are_of_a_rule_in_rego_as_of_any() {
    let desk = desk();
    desk.write("blue/new.yaml", deployment("new", SAFE));
    desk.write("green/new.yaml", deployment("new", ""));
    desk.write(
        "driftseal.toml",
        "[[gate.override]]\nrule = \"rego:main.deny\"\nseverity = \"critical\"\n",
    );
    assert_eq!(said(&report(&desk, &[]))[0][2], "critical");
    desk.write("driftseal.toml", "[gate.kinds]\nposture = \"report\"\n");
    let report = report(&desk, &[]);
    let findings = report["findings"].as_array().unwrap();
    let own = findings.iter().find(|one| one["rule"] == "rego:main.deny").unwrap();
    assert_eq!(own["effect"], "listed");
    desk.write(
        "driftseal.toml",
        "[[gate.override]]\nrule = \"rego:main.dany\"\nseverity = \"low\"\n",
    );
    gate(&desk, &[]).expect(2, &["rego:main.dany"]);
}

#[test]
fn the_difference_itself_is_told_as_well() {
    let desk = desk();
    desk.write("blue/new.yaml", deployment("new", SAFE));
    desk.write("green/new.yaml", deployment("new", ""));
    let with = report(&desk, &[]);
    std::fs::write(desk.at("policy/deny.rego"), "package main\ndeny contains 1 if false\n")
        .unwrap();
    let without = report(&desk, &[]);
    let others = |report: &Value| {
        let all = report["findings"].as_array().unwrap().iter();
        let others = all.filter(|one| !one["rule"].as_str().unwrap().starts_with("rego:"));
        others.map(|one| one["fingerprint"].clone()).collect::<Vec<_>>()
    };
    assert!(!others(&with).is_empty());
    assert_eq!(others(&with), others(&without));
}

#[test]
fn a_bundle_keeps_the_policy_and_a_replay_asks_it_again() {
    let desk = desk();
    desk.generate("k");
    desk.write(
        "policy/when.rego",
        "package main\nwarn contains sprintf(\"%d\", [time.now_ns()]) if input.kind\n",
    );
    desk.write("blue/new.yaml", deployment("new", SAFE));
    desk.write("green/new.yaml", deployment("new", ""));
    let ran = gate(&desk, &["--key", "k", "-o", "bundle=bundle"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let packs = desk.at("bundle/evidence/packs");
    let kept: Vec<String> = std::fs::read_dir(&packs)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".rego.json"))
        .collect();
    assert_eq!(kept.len(), 1);
    std::fs::remove_dir_all(desk.at("policy")).unwrap();
    desk.run(&["replay", "bundle"]).expect(0, &["the same report, byte for byte"]);
}

#[test]
fn what_other_syntaxes_say_is_not_asked_and_told() {
    let desk = desk();
    desk.write("blue/nginx.conf", "events {}\nhttp { server { listen 80; } }\n");
    desk.write("green/nginx.conf", "events {}\nhttp { server { listen 80; } }\n");
    let report = report(&desk, &[]);
    let notes = report["hygiene"].as_array().unwrap();
    let note = notes.iter().find(|one| one["rule"] == "rego-not-asked").unwrap();
    let message = note["message"].as_str().unwrap();
    assert!(message.contains("1 document of green in nginx"), "{message}");
}

/// The examples that Conftest ships, where `DRIFTSEAL_TEST_CONFTEST` names a checkout of it.
#[test]
fn the_examples_of_conftest_run_unchanged() {
    let Some(checkout) = std::env::var_os("DRIFTSEAL_TEST_CONFTEST") else {
        eprintln!(
            "SKIPPED: DRIFTSEAL_TEST_CONFTEST names no checkout of open-policy-agent/conftest"
        );
        return;
    };
    let examples = std::path::Path::new(&checkout).join("examples");
    for (example, documents, expected) in [
        ("kubernetes", "deployment.yaml", &["main.deny", "main.violation"][..]),
        ("kubernetes", "deployment+service.yaml", &["main.deny", "main.violation", "main.warn"]),
        ("kubernetes", "service.yaml", &["main.warn"]),
        ("compose", "docker-compose.yml", &["main.deny"]),
        ("compose", "docker-compose-valid.yml", &[]),
        ("exceptions", "deployments.yaml", &["main.deny_run_as_root"]),
        ("awssam", "lambda.yaml", &["main.deny"]),
        ("traefik", "traefik.toml", &["main.deny"]),
    ] {
        let desk = Desk::empty();
        let read = |path: &str| std::fs::read(examples.join(example).join(path)).unwrap();
        let files = walk(&examples.join(example).join("policy"));
        for file in &files {
            desk.write(&format!("policy/{file}"), read(&format!("policy/{file}")));
        }
        desk.write("blue/none.yaml", "a: 1\n");
        desk.write("green/none.yaml", "a: 1\n");
        desk.write(&format!("green/{documents}"), read(documents));
        let mut rules: Vec<String> = said(&report(&desk, &["--rego-namespace", "main"]))
            .into_iter()
            .map(|[rule, ..]| rule.trim_start_matches("rego:").to_owned())
            .collect();
        rules.sort();
        rules.dedup();
        assert_eq!(rules, expected, "{example}");
    }
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            files.extend(walk(&entry.path()).into_iter().map(|file| format!("{name}/{file}")));
        } else {
            files.push(name);
        }
    }
    files
}

//! Baselines: known debt is told apart from what is new, only shrinks, and is never taken on trust.

#[path = "common/desk.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod desk;

use desk::{Desk, Ran};
use driftseal::model::Digest;
use serde_json::{Value, json};

const NOW: &str = "2026-06-10T12:00:00Z";

const GATE: [&str; 7] =
    ["gate", "--blue", "blue", "--green", "green", "--masking-key", "masking.key"];

fn gate_at(desk: &Desk, now: &str, further: &[&str]) -> Ran {
    desk.run(&[&GATE[..], &["--evaluated-at", now], further].concat())
}

fn gate(desk: &Desk, further: &[&str]) -> Ran {
    gate_at(desk, NOW, further)
}

fn report(desk: &Desk, further: &[&str]) -> Value {
    let ran = gate(desk, &[&["-o", "json"], further].concat());
    serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err))
}

const CREATE: [&str; 9] = [
    "baseline",
    "create",
    "report.json",
    "--owner",
    "platform",
    "--reason",
    "debt at adoption",
    "-o",
    "baseline.jsonl",
];

/// A desk on which green differs in two places, with a baseline of both.
fn known() -> Desk {
    let desk = Desk::empty();
    desk.write("blue/app.yaml", "replicas: 2\nimage: shop:1\n");
    desk.write("green/app.yaml", "replicas: 1\nimage: shop:2\n");
    gate(&desk, &["-o", "json=report.json"]).expect(1, &[]);
    desk.run(&CREATE).expect(0, &["with 2 findings", "sha256"]);
    desk
}

fn digest(desk: &Desk, file: &str) -> String {
    Digest::of(&desk.read(file)).to_string()
}

/// The gate with the baseline, pinned as it lies there.
fn with(desk: &Desk, further: &[&str]) -> Ran {
    let pin = digest(desk, "baseline.jsonl");
    let given = ["--baseline", "baseline.jsonl", "--baseline-digest", &pin];
    gate(desk, &[&given, further].concat())
}

fn said(desk: &Desk) -> Value {
    serde_json::from_str(&with(desk, &["-o", "json"]).out).unwrap()
}

/// Writes the baseline anew with other lines, and a first line that names them.
fn forge(desk: &Desk, change: impl FnOnce(&mut Value, &mut Vec<Value>)) {
    let text = desk.text("baseline.jsonl");
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut header = lines.next().unwrap();
    let mut entries: Vec<Value> = lines.collect();
    change(&mut header, &mut entries);
    let lines: Vec<String> = entries.iter().map(|entry| format!("{entry}\n")).collect();
    let lines = lines.concat();
    header["findings"] = json!(entries.len());
    header["digest"]["sha256"] = json!(Digest::of(lines.as_bytes()).to_string());
    desk.write("baseline.jsonl", format!("{header}\n{lines}"));
}

#[test]
fn known_debt_does_not_fail_and_stays_visible_and_what_is_new_fails() {
    let desk = known();
    with(&desk, &[]).expect(
        0,
        &[
            "PASS",
            "Known: in the baseline (2)",
            "known since 2026-06-10T12:00:00Z",
            "the baseline holds 2",
        ],
    );
    let report = said(&desk);
    for finding in report["findings"].as_array().unwrap() {
        assert_eq!(finding["disposition"], "baselined");
        assert_eq!(finding["baseline"]["status"], "unchanged");
        assert_eq!(finding["effect"], "listed");
    }
    assert_eq!(report["summary"]["findings"]["baselined"], 2);
    assert_eq!(report["baseline"]["unchanged"], 2);
    assert_eq!(report["gate"]["texts"][0]["role"], "baseline");
    let sarif: Value = serde_json::from_str(&with(&desk, &["-o", "sarif"]).out).unwrap();
    for result in sarif["runs"][0]["results"].as_array().unwrap() {
        assert_eq!(result["baselineState"], "unchanged");
    }
    desk.write("green/app.yaml", "replicas: 1\nimage: shop:2\nextra: true\n");
    with(&desk, &[]).expect(1, &["FAIL", "/extra"]);
    assert_eq!(said(&desk)["baseline"]["new"], 1);
    // A policy may let known debt fail, on a schedule.
    desk.write("green/app.yaml", "replicas: 1\nimage: shop:2\n");
    desk.write("driftseal.toml", "[gate.phase.scheduled.states]\nbaselined = \"block\"\n");
    with(&desk, &[]).expect(0, &["PASS"]);
    with(&desk, &["--phase", "scheduled"]).expect(1, &["FAIL"]);
}

#[test]
fn debt_that_gets_worse_is_open_again() {
    let desk = known();
    desk.write("green/app.yaml", "replicas: 0\nimage: shop:2\n");
    with(&desk, &[]).expect(1, &["FAIL", "worsened"]);
    let report = said(&desk);
    assert_eq!(report["baseline"]["worsened"], 1);
    let worse = report["findings"].as_array().unwrap().iter();
    let worse: Vec<&Value> = worse.filter(|one| one["path"] == "/replicas").collect();
    assert_eq!((&worse[0]["disposition"], worse.len()), (&json!("open"), 1));
    // So is what a policy makes graver.
    desk.write("green/app.yaml", "replicas: 1\nimage: shop:2\n");
    let rule = worse[0]["rule"].as_str().unwrap();
    let over = format!("[[gate.override]]\nrule = \"{rule}\"\nseverity = \"critical\"\n");
    desk.write("driftseal.toml", over);
    with(&desk, &[]).expect(1, &["worsened"]);
}

#[test]
fn a_baseline_is_pinned() {
    let desk = known();
    let given = ["--baseline", "baseline.jsonl"];
    let pin = digest(&desk, "baseline.jsonl");
    gate(&desk, &given).expect(2, &["is not pinned", &pin]);
    let other = "0".repeat(64);
    gate(&desk, &[&given[..], &["--baseline-digest", &other]].concat())
        .expect(4, &["not the one pinned"]);
    desk.write(
        "driftseal.toml",
        format!("[gate.baseline]\nfile = \"baseline.jsonl\"\nsha256 = \"{pin}\"\n"),
    );
    gate(&desk, &[]).expect(0, &["PASS"]);
    // Grown, by somebody who can edit it and makes its first line agree.
    desk.write("green/app.yaml", "replicas: 1\nimage: shop:2\nextra: true\n");
    gate(&desk, &["-o", "json=more.json"]).expect(1, &[]);
    let more: Value = serde_json::from_str(&desk.text("more.json")).unwrap();
    let extra = more["findings"].as_array().unwrap().iter().find(|one| one["path"] == "/extra");
    let extra = extra.unwrap().clone();
    let earlier = desk.text("baseline.jsonl");
    forge(&desk, |_, entries| {
        let mut entry = entries[0].clone();
        for key in ["fingerprint", "instance", "rule", "severity", "resource", "path"] {
            entry[key] = extra[key].clone();
        }
        entries.push(entry);
        entries.sort_by_key(|entry| entry["fingerprint"].as_str().unwrap().to_owned());
    });
    gate(&desk, &[]).expect(4, &["not the one pinned", "find out who changed it"]);
    // Whoever pins it anew is told by the one before.
    desk.write("earlier.jsonl", earlier);
    let check = ["baseline", "check", "baseline.jsonl", "more.json"];
    desk.run(&check).expect(0, &["3 unchanged"]);
    desk.run(&[&check[..], &["--previous", "earlier.jsonl"]].concat())
        .expect(4, &["the baseline grew", "only shrinks"]);
}

#[test]
fn a_baseline_edited_by_hand_is_refused() {
    let good = known().text("baseline.jsonl");
    let desk = known();
    let (header, lines) = good.split_once('\n').unwrap();
    let first = lines.lines().next().unwrap();
    for (what, text, message) in [
        ("a line is gone", format!("{header}\n{first}\n"), "somebody edited"),
        ("a line stands twice", format!("{good}{first}\n"), "somebody edited"),
        ("a severity", good.replacen("\"high\"", "\"info\"", 1), "somebody edited"),
        ("no head", lines.to_owned(), "no head of a baseline"),
        ("nothing", String::new(), "no baseline"),
        ("another version", good.replace("baseline/1", "baseline/2"), "another version"),
        ("not JSON", format!("x{good}"), "no head of a baseline"),
    ] {
        desk.write("baseline.jsonl", &text);
        let ran = with(&desk, &[]);
        assert_eq!(ran.code, 2, "{what}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(message), "{what}: {}", ran.err);
    }
    // With a first line that agrees.
    let forged = |change: &dyn Fn(&mut Vec<Value>)| {
        desk.write("baseline.jsonl", &good);
        forge(&desk, |_, entries| change(entries));
        with(&desk, &[])
    };
    forged(&|entries| entries.reverse()).expect(2, &["not in their order"]);
    forged(&|entries| entries.push(entries[1].clone())).expect(2, &["one stands twice"]);
    forged(&|entries| entries[0]["severity"] = json!("critical")).expect(2, &["never known debt"]);
    forged(&|entries| entries[0]["severity"] = json!(7)).expect(2, &["no finding of a baseline"]);
    // Another rule by the name of a finding holds nothing.
    forged(&|entries| entries[0]["rule"] = json!("DS-XXX-001")).expect(1, &["FAIL"]);
}

#[test]
fn what_was_found_by_other_means_is_incomparable_and_never_a_pass() {
    let desk = known();
    let good = desk.text("baseline.jsonl");
    for (what, change, message) in [
        ("pack", json!({"op": "digest"}), "changed"),
        ("gone", json!({"op": "gone"}), "is new"),
        ("more", json!({"op": "more"}), "is gone"),
        ("engine", json!({"op": "engine"}), "driftseal 0.0.1 made it"),
        ("colours", json!({"op": "colours"}), "colours"),
        ("clock", json!({"op": "clock"}), "later than this audit"),
    ] {
        desk.write("baseline.jsonl", &good);
        forge(&desk, |header, _| match change["op"].as_str().unwrap() {
            "digest" => header["packs"][0]["digest"]["sha256"] = json!("0".repeat(64)),
            "gone" => drop(header["packs"].as_array_mut().unwrap().remove(0)),
            "more" => {
                let mut pack = header["packs"][0].clone();
                pack["id"] = json!("zzz");
                header["packs"].as_array_mut().unwrap().push(pack);
            }
            "engine" => header["engine"]["version"] = json!("0.0.1"),
            "colours" => header["colours"]["green"] = json!("red"),
            _ => header["createdAt"] = json!("2026-06-10T12:00:01Z"),
        });
        let ran = with(&desk, &[]).expect(3, &["baseline-incomparable", "FAIL"]);
        assert!(!ran.out.contains("Known: in the baseline"), "{what}");
        let report = said(&desk);
        assert!(
            report["findings"].as_array().unwrap().iter().all(|one| one["disposition"] == "open")
        );
        assert!(report["gaps"].to_string().contains(message), "{what}: {}", report["gaps"]);
        assert_eq!(report["baseline"]["fixed"], 0);
        let check = ["baseline", "check", "baseline.jsonl", "report.json"];
        desk.run(&check).expect(3, &["INCOMPARABLE", message]);
        desk.run(&["baseline", "prune", "baseline.jsonl", "report.json", "-o", "p.jsonl"])
            .expect(3, &["cannot be compared"]);
    }
    assert!(!desk.at("p.jsonl").exists());
}

#[test]
fn a_baseline_only_shrinks() {
    let desk = known();
    desk.write("green/app.yaml", "replicas: 1\nimage: shop:1\nextra: true\n");
    with(&desk, &["-o", "text", "-o", "json=now.json"]).expect(1, &["baseline-fixed"]);
    let check = desk.run(&["baseline", "check", "baseline.jsonl", "now.json"]);
    check.expect(1, &["1 new, 0 worsened, 1 unchanged, 1 fixed", "fixed", "/image", "/extra"]);
    let prune =
        |to: &str| ["baseline", "prune", "baseline.jsonl", "now.json", "-o", to].map(str::to_owned);
    let run = |to: &str| {
        let arguments = prune(to);
        desk.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    run("smaller.jsonl").expect(0, &["with 1 findings", "dropped      1"]);
    let smaller = desk.text("smaller.jsonl");
    assert!(smaller.contains(&digest(&desk, "baseline.jsonl")), "{smaller}");
    assert!(smaller.contains("/replicas") && !smaller.contains("/extra"));
    let check =
        ["baseline", "check", "smaller.jsonl", "report.json", "--previous", "baseline.jsonl"];
    desk.run(&check).expect(1, &["1 new"]);
    // Nothing is written over.
    run("baseline.jsonl").expect(2, &["not written over"]);
    desk.run(&CREATE).expect(2, &["not written over"]);
    // By a run that did not see everything, nothing is fixed.
    desk.write("green/broken.yaml", "a: {\n");
    gate(&desk, &["-o", "json=now.json"]).expect(3, &[]);
    run("partial.jsonl").expect(3, &["not everything was evaluated"]);
    assert!(!desk.at("partial.jsonl").exists());
    // Waived debt is there all the same.
    desk.run(&["baseline", "create", "report.json", "--owner", " ", "--reason", "r", "-o", "x"])
        .expect(2, &["somebody who answers for it"]);
}

#[test]
fn a_critical_finding_is_never_known_debt() {
    let desk = Desk::empty();
    desk.write("blue/app.yaml", "replicas: 2\nimage: shop:1\n");
    desk.write("green/app.yaml", "replicas: 1\nimage: shop:1\n");
    let plain = report(&desk, &[]);
    let rule = plain["findings"][0]["rule"].as_str().unwrap();
    let over = format!("[[gate.override]]\nrule = \"{rule}\"\nseverity = \"critical\"\n");
    desk.write("driftseal.toml", over);
    gate(&desk, &["-o", "json=report.json"]).expect(1, &[]);
    desk.run(&CREATE).expect(0, &["with 0 findings", "left out     1 critical"]);
    with(&desk, &[]).expect(1, &["FAIL"]);
    // Nor what the policy lets nobody waive.
    let desk = known();
    desk.write("driftseal.toml", format!("[gate.waivers]\nnever = [\"{rule}\"]\n"));
    with(&desk, &[]).expect(1, &["FAIL"]);
}

#[test]
fn what_is_under_audit_is_no_baseline_and_old_debt_is_told() {
    let desk = known();
    desk.write("green/baseline.jsonl", desk.read("baseline.jsonl"));
    let pin = digest(&desk, "baseline.jsonl");
    let inside = ["--baseline", "green/baseline.jsonl", "--baseline-digest", &pin];
    gate(&desk, &inside).expect(2, &["inside an audited tree"]);
    std::fs::remove_file(desk.at("green/baseline.jsonl")).unwrap();
    let given = ["--baseline", "baseline.jsonl", "--baseline-digest", &pin];
    gate_at(&desk, "2027-01-10T12:00:00Z", &given).expect(0, &["baseline-old"]);
}

#[test]
fn a_signed_report_replays_with_its_baseline_and_signatures_are_demanded() {
    let desk = known();
    desk.generate("k");
    desk.generate("w");
    let out = ["--key", "k", "-o", "bundle=out"];
    with(&desk, &out).expect(0, &[]);
    desk.run(&["replay", "out"]).expect(0, &["byte for byte"]);
    let verify = ["verify", "--key", "k.pub", "out", "--at", NOW, "--replay", "--require", "pass"];
    desk.run(&verify).expect(0, &["VERIFIED"]);
    assert_eq!(desk.read("out/evidence/policy/000-baseline.jsonl"), desk.read("baseline.jsonl"));
    desk.run(&["baseline", "sign", "baseline.jsonl", "--key", "w"]).expect(0, &["signed"]);
    // What signs waivers signs no baseline by being about something else.
    desk.run(&["waivers", "sign", "baseline.jsonl", "--key", "w"]).expect(2, &["cannot use"]);
}

//! Waivers: what they accept, what they must not, and what is said of each.

#[path = "common/desk.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod desk;

use std::fs;
use std::path::Path;

use desk::{Desk, Ran};
use serde_json::Value;

/// When everything is judged, unless a test says otherwise.
const NOW: &str = "2026-06-10T12:00:00Z";

const GATE: [&str; 7] =
    ["gate", "--blue", "blue", "--green", "green", "--masking-key", "masking.key"];

/// A desk on which green differs in one place, and the finding about it.
fn drift() -> (Desk, Value) {
    let desk = Desk::empty();
    desk.write("blue/app.yaml", "replicas: 2\nimage: shop:1\n");
    desk.write("green/app.yaml", "replicas: 1\nimage: shop:1\n");
    let finding = findings(&desk, &[]).into_iter().next().expect("one finding");
    assert_eq!(finding["path"], "/replicas");
    (desk, finding)
}

fn gate(desk: &Desk, further: &[&str]) -> Ran {
    gate_at(desk, NOW, further)
}

fn gate_at(desk: &Desk, now: &str, further: &[&str]) -> Ran {
    desk.run(&[&GATE[..], &["--evaluated-at", now], further].concat())
}

fn report(desk: &Desk, now: &str, further: &[&str]) -> Value {
    let ran = gate_at(desk, now, &[&["-o", "json"], further].concat());
    serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err))
}

fn findings(desk: &Desk, further: &[&str]) -> Vec<Value> {
    report(desk, NOW, further)["findings"].as_array().unwrap().clone()
}

/// A waiver of a finding, and nothing but what is demanded of one.
fn waiver(finding: &Value) -> String {
    let text = |key: &str| finding[key].as_str().unwrap().to_owned();
    format!(
        "schema = 1\n[[waiver]]\nid = \"W-1\"\nrule = '{}'\nsubject = '{}'\npath = '{}'\n\
         instance = '{}'\nreason = \"the other replica comes with the next release\"\n\
         ticket = \"RISK-7\"\nrequested_by = \"ann@example.com\"\n\
         approved_by = [\"bob@example.com\"]\napproved_at = 2026-06-01T00:00:00Z\n\
         expires = 2026-06-20\n",
        text("rule"),
        text("resource"),
        text("path"),
        text("instance"),
    )
}

const WITH: [&str; 2] = ["--waivers", "waivers.toml"];

/// A desk with a difference, its finding, and a waiver of it in `waivers.toml`.
fn waived() -> (Desk, Value) {
    let (desk, finding) = drift();
    desk.write("waivers.toml", waiver(&finding));
    (desk, finding)
}

fn status(report: &Value) -> String {
    report["waivers"][0]["status"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_waived_finding_does_not_fail_and_stays_visible_with_who_and_until_when() {
    let (desk, finding) = waived();
    gate(&desk, &[]).expect(1, &["FAIL"]);
    gate(&desk, &WITH).expect(
        0,
        &[
            "PASS",
            "waived by W-1 until 2026-06-20T23:59:59Z, approved by bob@example.com",
            "RISK-7",
        ],
    );
    let report = report(&desk, NOW, &WITH);
    let now = &report["findings"][0];
    assert_eq!(now["fingerprint"], finding["fingerprint"]);
    assert_eq!(now["disposition"], "waived");
    assert_eq!(now["effect"], "listed");
    assert_eq!(now["waiver"]["status"], "active");
    assert_eq!(now["waiver"]["approvedBy"][0], "bob@example.com");
    assert_eq!(report["summary"]["findings"]["waived"], 1);
    assert_eq!(status(&report), "active");
    assert_eq!(report["gate"]["texts"][0]["role"], "waivers");
    assert!(!report.to_string().contains(desk.path().to_str().unwrap()));
    let decisions = report["decisions"].as_array().unwrap();
    assert!(decisions.iter().any(|one| one["kind"] == "waiver" && one["uses"] == 1));
}

#[test]
fn a_waiver_hides_no_second_subject_and_no_second_place() {
    let (desk, _) = waived();
    desk.write("green/app.yaml", "replicas: 1\nimage: shop:2\n");
    desk.write("blue/other.yaml", "replicas: 2\n");
    desk.write("green/other.yaml", "replicas: 1\n");
    gate(&desk, &WITH).expect(1, &["FAIL"]);
    let all = findings(&desk, &WITH);
    let open: Vec<&Value> = all.iter().filter(|one| one["disposition"] == "open").collect();
    assert_eq!(open.len(), all.len() - 1, "{all:#?}");
    assert!(open.iter().any(|one| one["path"] == "/image"));
    let second = open.iter().any(|one| {
        one["path"] == "/replicas" && one["resource"].as_str().unwrap().contains("other")
    });
    assert!(second, "{all:#?}");
}

#[test]
fn a_waiver_accepts_one_value() {
    let (desk, _) = waived();
    desk.write("green/app.yaml", "replicas: 0\nimage: shop:1\n");
    gate(&desk, &WITH).expect(1, &["FAIL", "waiver-value-changed", "not waived by W-1"]);
    let changed = report(&desk, NOW, &WITH);
    assert_eq!(status(&changed), "value-changed");
    assert_eq!(changed["findings"][0]["disposition"], "open");
    // A longer value that looks the same where reports cut it off is another value.
    let long = "x".repeat(400);
    desk.write("blue/app.yaml", format!("replicas: {long}a\nimage: shop:1\n"));
    desk.write("green/app.yaml", format!("replicas: {long}b\nimage: shop:1\n"));
    let finding = findings(&desk, &[]).remove(0);
    desk.write("waivers.toml", waiver(&finding));
    gate(&desk, &WITH).expect(0, &["PASS"]);
    desk.write("green/app.yaml", format!("replicas: {long}c\nimage: shop:1\n"));
    gate(&desk, &WITH).expect(1, &["waiver-value-changed"]);
}

/// What is said of a whole document shows none of its values; its text is what was accepted.
#[test]
fn a_waiver_of_a_whole_document_accepts_its_text() {
    let desk = Desk::empty();
    for side in ["blue", "green"] {
        desk.write(&format!("{side}/app.yaml"), "replicas: 2\n");
        desk.write(&format!("{side}/more.yaml"), "a: 1\n");
    }
    desk.write("blue/blob.bin", [0, 159, 146, 150]);
    for (file, one, other) in [
        ("green/debug.yaml", &b"level: info\n"[..], &b"level: info\nshell: true\n"[..]),
        ("green/more.yaml", b"a: 1\n---\nb: 1\n", b"a: 1\n---\nb: 2\n"),
        ("green/blob.bin", &[0, 159, 146, 151], &[0, 159, 146, 152]),
    ] {
        desk.write("green/blob.bin", [0, 159, 146, 150]);
        desk.write(file, one);
        let all = findings(&desk, &[]);
        let open: Vec<&Value> = all.iter().filter(|one| one["effect"] == "blocks").collect();
        assert_eq!((open.len(), &open[0]["path"]), (1, &Value::from("")), "{file}: {all:#?}");
        desk.write("waivers.toml", waiver(open[0]));
        gate(&desk, &WITH).expect(0, &["PASS"]);
        desk.write(file, other);
        gate(&desk, &WITH).expect(1, &["waiver-value-changed"]);
        // Put back as it was, it is what was accepted.
        desk.write(file, one);
        gate(&desk, &WITH).expect(0, &["PASS"]);
        if file.ends_with("debug.yaml") {
            fs::remove_file(desk.at(file)).unwrap();
        } else {
            desk.write(file, "a: 1\n");
        }
    }
}

/// A value in clear beside a secret is not shown; another one in clear is not what was accepted.
#[test]
fn a_waiver_of_a_value_that_is_not_shown_accepts_no_other() {
    let desk = Desk::empty();
    desk.write("blue/app.env", "DB_PASSWORD=correct-horse-battery-staple\n");
    let clear = |value: &str| desk.write("green/app.env", format!("DB_PASSWORD={value}\n"));
    clear("changeme");
    let all = findings(&desk, &[]);
    let open: Vec<&Value> = all.iter().filter(|one| one["effect"] == "blocks").collect();
    let text: Vec<String> =
        open.iter().map(|one| waiver(one).replace("schema = 1\n", "")).collect();
    let numbered = text.iter().enumerate();
    let text: String = numbered.map(|(nth, one)| one.replace("W-1", &format!("W-{nth}"))).collect();
    desk.write("waivers.toml", format!("schema = 1\n{text}"));
    gate(&desk, &WITH).expect(0, &["PASS"]);
    clear("changeme2");
    gate(&desk, &WITH).expect(1, &["waiver-value-changed"]);
}

#[test]
fn a_waiver_ends_with_its_last_second_and_begins_with_its_approval() {
    let (desk, finding) = waived();
    for (now, code, said) in [
        ("2026-06-20T23:59:59Z", 0, "active"),
        ("2026-06-21T00:00:00Z", 1, "expired"),
        ("2026-06-01T00:00:00Z", 0, "active"),
        // A clock that was set back finds a waiver that nobody approved yet.
        ("2026-05-31T23:59:59Z", 1, "not-yet-valid"),
    ] {
        gate_at(&desk, now, &WITH).expect(code, &[]);
        assert_eq!(status(&report(&desk, now, &WITH)), said, "{now}");
    }
    let text = waiver(&finding).replace("2026-06-20", "2026-06-15T10:00:00+02:00");
    desk.write("waivers.toml", text);
    gate_at(&desk, "2026-06-15T08:00:00Z", &WITH).expect(0, &["waiver-expiring"]);
    let due = format!("{}review_by = 2026-06-02\n", waiver(&finding)).replace("06-20", "06-29");
    desk.write("due.toml", due);
    gate(&desk, &["--waivers", "due.toml"]).expect(0, &["waiver-review-due"]);
    gate_at(&desk, "2026-06-15T08:00:01Z", &WITH)
        .expect(1, &["waiver-expired", "waived until 2026-06-15T08:00:00Z", "bob@example.com"]);
}

#[test]
fn what_is_wrong_with_a_waiver_is_refused_with_its_place() {
    let (desk, finding) = waived();
    let good = waiver(&finding);
    let instance = finding["instance"].as_str().unwrap();
    let again = good.replace("schema = 1\n", "");
    let line = |key: &str, with: &str| {
        let lines = good.lines().map(|line| {
            let is_it = line.starts_with(&format!("{key} ="));
            if is_it { with.to_owned() } else { line.to_owned() }
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let refused = [
        ("unknown key", good.replace("expires", "expire"), "did you mean `expires`?"),
        ("no end", line("expires", ""), "missing key `expires`"),
        ("an end in quotes", line("expires", "expires = \"2026-06-20\""), "waivers.toml:13:"),
        ("no such day", line("expires", "expires = 2026-02-30"), "waivers.toml:13:"),
        ("no zone", line("expires", "expires = 2026-06-20T10:00:00"), "an instant"),
        ("too long", line("expires", "expires = 2026-07-02"), "at most 30 days"),
        ("an end before the approval", line("expires", "expires = 2026-05-01"), "ends before"),
        ("no reason", line("reason", "reason = \"ok\""), "fewer than 20"),
        ("no schema", good.replace("schema = 1\n", ""), "missing key `schema`"),
        ("another schema", good.replace("schema = 1", "schema = 2"), "unknown schema 2"),
        ("any rule", line("rule", "rule = \"*\""), "a waiver is of one rule"),
        ("rules of a kind", line("rule", "rule = \"DS-DRF-*\""), "a waiver is of one rule"),
        ("no such rule", line("rule", "rule = \"DS-DRF-999\""), "no rule pack has"),
        ("no subject", line("subject", "subject = \"\""), "`subject` is empty"),
        ("any subject", line("subject", "subject = \"k8s:v1/*\""), "names one thing"),
        ("any place", line("path", "path = \"/**\""), "names one thing"),
        ("no value", line("instance", ""), "missing key `instance`"),
        ("any value", line("instance", "instance = \"*\""), "a waiver is of one value"),
        ("a name alone", good.replace(instance, "dsf1:0"), "a waiver is of one value"),
        ("no name", format!("{good}fingerprint = \"x\"\n"), "name of the finding"),
        ("one id twice", format!("{good}{again}"), "this id names two waivers"),
        (
            "one id twice in another case",
            format!("{good}{}", again.replace("W-1", "w-1 ")),
            "this id names two waivers",
        ),
        ("two for one", format!("{good}{}", again.replace("W-1", "W-2")), "keep one"),
        ("nobody approved", line("approved_by", "approved_by = []"), "`approved_by` is empty"),
        ("a blank approver", line("approved_by", "approved_by = [\" \"]"), "this name is empty"),
        ("nobody asked", line("requested_by", "requested_by = \" \""), "`requested_by` is empty"),
        (
            "the same approver twice",
            line("approved_by", "approved_by = [\"bob@example.com\", \"BOB@example.com \"]"),
            "named twice",
        ),
        ("not TOML", format!("{good}[[waiver"), "waivers.toml:14:"),
    ];
    for (what, text, message) in refused {
        assert_ne!(text, good, "{what}");
        desk.write("waivers.toml", &text);
        let ran = gate(&desk, &WITH);
        assert_eq!(ran.code, 2, "{what}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(message), "{what}: {}", ran.err);
        let place = ran.err.contains("waivers.toml:");
        assert!(place, "{what}: {}", ran.err);
        desk.run(&["waivers", "lint", "waivers.toml", "--at", NOW]).expect(2, &[message]);
    }
}

#[test]
fn nobody_approves_what_they_asked_for_however_they_write_their_name() {
    let (desk, finding) = waived();
    for name in [
        "ann@example.com",
        "Ann@Example.COM",
        " ann@example.com ",
        "ann @ example.com",
        "Ann Lee <ann@example.com>",
        "ann\\u200b@example.com",
    ] {
        let text = waiver(&finding).replace("[\"bob@example.com\"]", &format!("[\"{name}\"]"));
        desk.write("waivers.toml", text);
        gate(&desk, &WITH).expect(2, &["nobody approves what they asked for"]);
        let both = format!("[\"bob@example.com\", \"{name}\"]");
        desk.write("waivers.toml", waiver(&finding).replace("[\"bob@example.com\"]", &both));
        gate(&desk, &WITH).expect(2, &["nobody approves what they asked for"]);
    }
}

#[test]
fn what_is_under_audit_waives_nothing() {
    let (desk, finding) = waived();
    desk.write("green/waivers.toml", waiver(&finding));
    gate(&desk, &["--waivers", "green/waivers.toml"]).expect(2, &["inside an audited tree"]);
    fs::remove_file(desk.at("green/waivers.toml")).unwrap();
    desk.write("driftseal.toml", "[gate.waivers]\nfiles = [\"green/../green/app.yaml\"]\n");
    gate(&desk, &[]).expect(2, &["inside an audited tree"]);
    // What is not there is no reason to go on without.
    desk.write("driftseal.toml", "[gate.waivers]\nfiles = [\"none.toml\"]\n");
    gate(&desk, &[]).expect(2, &["none.toml"]);
}

#[test]
fn waivers_are_named_by_the_configuration_and_can_be_left_aside() {
    let (desk, _) = waived();
    desk.write("driftseal.toml", "[gate.waivers]\nfiles = [\"waivers.toml\"]\n");
    gate(&desk, &[]).expect(0, &["without them 1 finding would block"]);
    gate(&desk, &["--no-waivers"]).expect(1, &["FAIL", "waivers were not looked at"]);
    assert_eq!(report(&desk, NOW, &["--no-waivers"])["gate"]["waiversApplied"], false);
}

#[test]
fn who_may_waive_what_is_for_the_policy_to_say() {
    let (desk, finding) = waived();
    let rule = finding["rule"].as_str().unwrap();
    let policy = |text: &str| desk.write("driftseal.toml", format!("[gate.waivers]\n{text}\n"));
    policy(&format!("never = [\"{rule}\"]"));
    gate(&desk, &WITH).expect(2, &["lets nobody waive"]);
    policy("approvals = { high = 2 }");
    gate(&desk, &WITH).expect(2, &["is approved by 1", "takes 2"]);
    let two = "[\"bob@example.com\", \"cid@example.com\"]";
    desk.write("waivers.toml", waiver(&finding).replace("[\"bob@example.com\"]", two));
    gate(&desk, &WITH).expect(0, &["approved by bob@example.com, cid@example.com"]);
    policy("max_days = { high = 5 }");
    gate(&desk, &WITH).expect(2, &["at most 5 days"]);
    policy("max_days = { high = 9999 }");
    gate(&desk, &WITH).expect(2, &["no waiver lasts longer than 366 days"]);
    policy("max_day = { high = 9 }");
    gate(&desk, &WITH).expect(2, &["driftseal.toml:2:1", "did you mean `max_days`?"]);
}

#[test]
fn a_waiver_is_not_enough_for_what_became_graver() {
    let (desk, finding) = waived();
    let rule = finding["rule"].as_str().unwrap();
    desk.write(
        "driftseal.toml",
        format!("[[gate.override]]\nrule = \"{rule}\"\nseverity = \"critical\"\n"),
    );
    gate(&desk, &WITH).expect(1, &["critical", "waiver-insufficient"]);
    assert_eq!(status(&report(&desk, NOW, &WITH)), "insufficient");
}

#[test]
fn a_waiver_that_nothing_needs_is_told_unless_something_was_not_read() {
    let (desk, _) = waived();
    desk.write("green/app.yaml", "replicas: 2\nimage: shop:1\n");
    gate(&desk, &WITH).expect(0, &["waiver-unused"]);
    assert_eq!(status(&report(&desk, NOW, &WITH)), "unused");
    desk.write("green/broken.yaml", "a: {\n");
    gate(&desk, &WITH).expect(3, &["waiver-not-assessed"]);
    assert_eq!(status(&report(&desk, NOW, &WITH)), "not-assessed");
    // What the policy does not let pass fails, whatever else is right.
    fs::remove_file(desk.at("green/broken.yaml")).unwrap();
    desk.write("driftseal.toml", "[gate.states]\nwaiver-unused = \"block\"\n");
    gate(&desk, &WITH).expect(1, &["the policy lets no waiver-unused pass"]);
}

#[test]
fn a_request_becomes_a_waiver_once_people_have_completed_it() {
    let (desk, finding) = drift();
    let ran = gate(&desk, &["-o", "json=report.json"]);
    assert_eq!(ran.code, 1);
    let name = finding["fingerprint"].as_str().unwrap();
    let ask = ["waivers", "request", name, "--report", "report.json", "--at", NOW];
    let record = desk.run(&ask).expect(0, &["[[waiver]]"]).out;
    desk.write("waivers.toml", format!("schema = 1\n{record}"));
    gate(&desk, &WITH).expect(2, &["`id` is empty", "`requested_by` is empty", "fewer than 20"]);
    let record = record
        .replace("id = \"\"", "id = \"W-9\"")
        .replace("reason = \"\"", "reason = \"it is replaced before the next release\"")
        .replace("requested_by = \"\"", "requested_by = \"ann\"")
        .replace("approved_by = [\"\"]", "approved_by = [\"bob\"]");
    desk.write("waivers.toml", format!("schema = 1\n{record}"));
    gate(&desk, &WITH).expect(0, &["PASS", "waived by W-9"]);
    let at = ["waivers.toml", "--at", NOW];
    desk.run(&[&["waivers", "lint"][..], &at].concat()).expect(0, &["nothing to say"]);
    let listed = desk.run(&[&["waivers", "list"][..], &at].concat());
    listed.expect(0, &["W-9  in force", "approved by bob"]);
    let late = ["waivers", "lint", "waivers.toml", "--at", "2027-01-01T00:00:00Z"];
    desk.run(&late).expect(1, &["W-9: expired"]);
    desk.run(&["waivers", "lint"]).expect(2, &["no waiver file"]);
    let none = ["waivers", "request", "dsf1:ffff", "--report", "report.json"];
    desk.run(&none).expect(2, &["no finding"]);
}

#[test]
fn a_signed_report_replays_with_its_waivers() {
    let (desk, _) = waived();
    desk.generate("k");
    let signed = ["--key", "k", "-o", "bundle=out"];
    gate(&desk, &[&WITH[..], &signed].concat()).expect(0, &[]);
    desk.run(&["replay", "out"]).expect(0, &["byte for byte"]);
    let verify = ["verify", "--key", "k.pub", "out", "--at", NOW, "--replay", "--require", "pass"];
    desk.run(&verify).expect(0, &["VERIFIED"]);
    let kept = "out/evidence/policy/000-waivers.toml";
    assert_eq!(desk.read(kept), desk.read("waivers.toml"));
    desk.write(kept, desk.text(kept).replace("2026-06-20", "2026-06-29"));
    desk.run(&verify).expect(4, &["evidence"]);
    desk.run(&["replay", "out"]).expect(4, &[]);
}

/// Kyverno shipped five copies of such a comparison; four forgot the end.
#[test]
fn one_function_looks_at_when_a_waiver_ends() {
    let mut holders = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            let compares = text.lines().any(|line| {
                line.contains("lapses_at") && (line.contains(" > ") || line.contains(" < "))
            });
            if compares {
                holders.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
    }
    assert_eq!(holders, ["evaluate.rs"]);
}

#[test]
fn approvals_may_be_of_roles_that_the_policy_gives_to_people() {
    let (desk, finding) = waived();
    let severity = finding["severity"].as_str().unwrap();
    let policy = |people: &str, needed: &str| {
        format!(
            "[gate.waivers]\nroles = {{ officer = [{people}], owner = [\"carol@example.com\"] }}\n\
             approvals = {{ {severity} = [{needed}] }}\n"
        )
    };
    desk.write("driftseal.toml", policy("\"Bob <BOB@example.com>\"", "\"officer\""));
    gate(&desk, &WITH).expect(0, &["waived by W-1"]);
    desk.write("driftseal.toml", policy("\"bob@example.com\"", "\"officer\", \"owner\""));
    gate(&desk, &WITH).expect(2, &["takes one of each role: officer, owner"]);
    let both = waiver(&finding)
        .replace("[\"bob@example.com\"]", "[\"carol@example.com\", \"bob@example.com\"]");
    desk.write("waivers.toml", both);
    gate(&desk, &WITH).expect(0, &["waived by W-1"]);
    desk.write("driftseal.toml", policy("\"dave@example.com\"", "\"officer\""));
    gate(&desk, &WITH).expect(2, &["takes one of each role: officer"]);
}

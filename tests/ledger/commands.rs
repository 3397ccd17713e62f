//! The commands, as a pipeline, a reader and a witness use them.

use std::fs;
use std::path::Path;

use crate::fixture::{ORIGIN, appending, ends, home, run};

const KEY: [&str; 2] = ["--log-key", "log.vkey"];
const REPORT: [&str; 4] = ["--report", "1.json", "--report-key", "report.key.pub"];

fn log(at: &Path, code: i32, arguments: &[&str], more: &[&str]) -> String {
    ends(at, code, &[&["log"], arguments, &KEY, more].concat())
}

#[test]
fn a_report_is_logged_proved_and_verified_elsewhere() {
    let home = home(3);
    let at = home.path();
    ends(at, 0, &appending("0.json"));
    let proof = [appending("1.json"), vec!["--proof", "1.tlog-proof"]].concat();
    let said = ends(at, 0, &proof);
    assert!(said.starts_with(&format!("logged as entry 1 of {ORIGIN}\n")), "{said}");
    let again = ends(at, 0, &appending("1.json"));
    assert!(again.starts_with("was logged already as entry 1 "), "{again}");

    let listed = log(at, 0, &["list", "log"], &[]);
    assert_eq!(listed.lines().count(), 3, "{listed}");
    let json = log(at, 0, &["list", "log", "--format", "json", "--last", "1"], &[]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["index"], &json["entry"]["verdict"]), (&1.into(), &"pass".into()));

    // The proof and the report are all that a reader needs.
    let elsewhere = tempfile::tempdir().unwrap();
    for name in ["1.tlog-proof", "1.json", "0.json", "report.key.pub", "log.vkey", "2.json"] {
        fs::copy(at.join(name), elsewhere.path().join(name)).unwrap();
    }
    let said = log(elsewhere.path(), 0, &["verify", "1.tlog-proof"], &REPORT);
    assert!(said.starts_with("VERIFIED\n") && said.contains("ok           inclusion"), "{said}");
    let json = [&REPORT[..], &["--format", "json"]].concat();
    let json = log(elsewhere.path(), 0, &["verify", "1.tlog-proof"], &json);
    let json: driftseal::wire::ledger::Verification = serde_json::from_str(&json).unwrap();
    assert!(json.holds && json.checks.iter().any(|check| check.name == "inclusion"), "{json:?}");
    let other = ["--report", "0.json", "--report-key", "report.key.pub"];
    let said = log(elsewhere.path(), 4, &["verify", "1.tlog-proof"], &other);
    assert!(said.contains("(other-report)"), "{said}");
    let proved = log(at, 0, &["prove", "log"], &REPORT);
    assert_eq!(proved, fs::read_to_string(at.join("1.tlog-proof")).unwrap());
    let absent = ["--report", "2.json", "--report-key", "report.key.pub"];
    let said = log(at, 4, &["prove", "log"], &absent);
    assert!(said.contains("(not-logged)"), "{said}");
    log(at, 4, &["verify", "log"], &absent);
    log(at, 0, &["verify", "log"], &REPORT);
}

#[test]
fn an_exported_log_is_read_like_the_log_and_is_the_same_each_time() {
    let home = home(3);
    let at = home.path();
    for number in 0..3 {
        ends(at, 0, &appending(&format!("{number}.json")));
    }
    log(at, 0, &["export", "log", "-o", "audit.tar"], &[]);
    let first = fs::read(at.join("audit.tar")).unwrap();
    log(at, 0, &["export", "log", "-o", "audit.tar"], &[]);
    assert_eq!(first, fs::read(at.join("audit.tar")).unwrap());
    log(at, 0, &["export", "audit.tar", "-o", "again.tar"], &[]);
    assert_eq!(first, fs::read(at.join("again.tar")).unwrap());
    for command in
        [&["list"][..], &["fsck"], &["prove", "--index", "2"], &["consistency", "--since", "1"]]
    {
        let of = |place| log(at, 0, &[&command[..1], &[place], &command[1..]].concat(), &[]);
        assert_eq!(of("log"), of("audit.tar"), "{command:?}");
    }
    log(at, 0, &["verify", "audit.tar"], &REPORT);
    assert!(log(at, 2, &["fsck", "audit.tar", "--repair"], &[]).contains("never written to"));
    let mut changed = first.clone();
    let place = first.windows(6).position(|bytes| bytes == b"\"pass\"").unwrap();
    changed[place + 1] = b'f';
    fs::write(at.join("audit.tar"), changed).unwrap();
    log(at, 4, &["fsck", "audit.tar"], &[]);
    fs::write(at.join("audit.tar"), &first[..first.len() / 2]).unwrap();
    log(at, 4, &["fsck", "audit.tar"], &[]);
}

#[test]
fn a_reader_that_remembers_finds_out_a_rollback() {
    let home = home(3);
    let at = home.path();
    ends(at, 0, &appending("0.json"));
    let known = ["--known", "known"];
    let said = log(at, 0, &["verify", "log"], &known);
    assert!(said.contains("was not seen before"), "{said}");
    copy(&at.join("log"), &at.join("old"));
    fs::copy(at.join("log/checkpoint"), at.join("then")).unwrap();
    ends(at, 0, &appending("1.json"));
    let said = log(at, 0, &["verify", "log"], &known);
    assert!(said.contains("ok           known"), "{said}");
    let said = log(at, 0, &["consistency", "log", "--since", "then"], &[]);
    assert!(
        said.contains("has only grown, from 1 to 2 entries") && said.contains("old 1\n"),
        "{said}"
    );

    let said = log(at, 4, &["verify", "old"], &known);
    assert!(said.starts_with("NOT VERIFIED") && said.contains("(rollback)"), "{said}");
    assert_eq!(said.matches("\u{2014} ").count(), 2, "both signed heads: {said}");
    // The key's holder goes on from the old state: the same size, another content.
    let fork = appending("2.json").into_iter().enumerate();
    let fork: Vec<&str> = fork.map(|(at, word)| if at == 2 { "old" } else { word }).collect();
    ends(at, 0, &fork);
    assert!(log(at, 4, &["verify", "old"], &known).contains("(fork)"));
    fs::copy(at.join("log/checkpoint"), at.join("now")).unwrap();
    let said = log(at, 4, &["consistency", "old", "--since", "now"], &[]);
    assert!(said.contains("(fork)") && said.matches("\u{2014} ").count() == 2, "{said}");
    log(at, 0, &["verify", "log"], &known);
}

#[test]
fn a_witness_cosigns_and_its_cosignature_is_demanded() {
    let home = home(2);
    let at = home.path();
    ends(at, 0, &appending("0.json"));
    ends(at, 0, &["keys", "generate", "witness.key", "--algorithm", "ed25519"]);
    let name = "witness.example/w1";
    let cosign = ["--key", "witness.key", "--name", name, "--state", "seen"];
    let output = run(at, &[&["log", "witness", "log"], &KEY[..], &cosign].concat());
    assert!(output.status.success(), "{output:?}");
    let line = String::from_utf8(output.stdout).unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let vkey = said.trim().rsplit(' ').next().unwrap();
    assert!(
        line.starts_with("\u{2014} witness.example/w1 ") && vkey.starts_with(name),
        "{line}{said}"
    );
    fs::write(at.join("line"), line).unwrap();
    let demand = ["--witness-key", vkey, "--witnesses", "1"];
    assert!(log(at, 4, &["verify", "log"], &demand).contains("(quorum)"));
    log(at, 0, &["witness", "log", "--cosignature", "line"], &demand[..2]);
    let said = log(at, 0, &["verify", "log"], &demand);
    assert!(said.contains("ok           witnesses") && said.contains("cosigned by"), "{said}");
    log(at, 0, &["prove", "log", "--index", "0", "-o", "0.tlog-proof"], &[]);
    log(at, 0, &["verify", "0.tlog-proof"], &demand);
    // A policy file says the same.
    let policy = format!(
        "log {}witness w {vkey}\nquorum w\n",
        fs::read_to_string(at.join("log.vkey")).unwrap()
    );
    fs::write(at.join("policy"), policy).unwrap();
    ends(at, 0, &["log", "verify", "0.tlog-proof", "--policy", "policy"]);

    // The next checkpoint, asked for with a request and with `--attach`.
    ends(at, 0, &appending("1.json"));
    let request = run(at, &[&["log", "consistency", "log", "--since", "1"], &KEY[..]].concat());
    fs::write(at.join("request"), request.stdout).unwrap();
    let said = log(at, 0, &["witness", "request"], &cosign);
    assert!(said.contains("cosigned"), "{said}");
    log(at, 0, &["witness", "log", "--attach"], &cosign);
    log(at, 0, &["verify", "log"], &demand);
    // An old request shows growth from elsewhere than where the witness is now.
    let stale = ends(at, 4, &[&["log", "witness", "request"], &KEY[..], &cosign].concat());
    assert!(stale.contains("(proof)"), "{stale}");
}

#[test]
fn mistakes_are_told_from_attacks_by_their_codes() {
    let home = home(2);
    let at = home.path();
    ends(
        at,
        2,
        &["keys", "generate", "p256.key"]
            .map(|word| if word == "p256.key" { "log.key" } else { word }),
    );
    let init = |folder: &str, key: &str, name: &str| {
        let code = ["log", "init", folder, "--origin", name, "--key", key];
        run(at, &code)
    };
    let said = |output: std::process::Output| {
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, why) = said(init("new", "report.key", ORIGIN));
    assert!(code == 2 && why.contains("(key)") && why.contains("--algorithm ed25519"), "{why}");
    let (code, why) = said(init("new", "log.key", "a name"));
    assert!(code == 2 && why.contains("(policy)") && !at.join("new").exists(), "{why}");
    let (code, why) = said(init("log", "log.key", ORIGIN));
    assert!(code == 2 && why.contains("(exists)"), "{why}");
    let nowhere: Vec<&str> = appending("0.json");
    let nowhere: Vec<&str> = nowhere
        .into_iter()
        .enumerate()
        .map(|(at, word)| if at == 2 { "nowhere" } else { word })
        .collect();
    let why = ends(at, 3, &nowhere);
    assert!(why.contains("there is no log") && !at.join("nowhere").exists(), "{why}");
    ends(at, 3, &["log", "verify", "nowhere", "--log-key", "log.vkey"]);
    ends(at, 2, &["log", "verify", "log"]);
    ends(at, 2, &["log", "verify", "log", "--log-key", "nothing"]);
    ends(at, 2, &["log", "prove", "log", "--log-key", "log.vkey"]);
    // A report that no trusted key has signed is not logged, and neither is one with another key.
    let stranger: Vec<&str> = appending("0.json")
        .into_iter()
        .map(|word| if word == "report.key.pub" { "log.key.pub" } else { word })
        .collect();
    let why = ends(at, 4, &stranger);
    assert!(why.contains("does not hold"), "{why}");
    ends(at, 0, &["keys", "generate", "other.key", "--algorithm", "ed25519"]);
    let other: Vec<&str> = appending("0.json")
        .into_iter()
        .map(|word| if word == "log.key" { "other.key" } else { word })
        .collect();
    assert!(ends(at, 4, &other).contains("(signature)"));
}

/// Copies a log.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

//! Evidence that is given with a side: that it is about this very side and fresh, or decides
//! nothing; that it is compared with nothing; that nothing hides as evidence.

use std::fs;
use std::path::Path;
use std::process::Command;

use driftseal::wire::report::{Report, State, read};

const DIGEST: &str = "sha256:4f1d4f1d4f1d4f1d4f1d4f1d4f1d4f1d4f1d4f1d4f1d4f1d4f1d4f1d4f1d4f1d";

/// Two equal sides, and a folder of evidence.
fn case(evidence: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for side in ["blue", "green", "proofs"] {
        fs::create_dir_all(folder.path().join(side)).unwrap();
    }
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: pay}}\nspec: {{containers: [{{name: app, image: 'reg.example/pay@{DIGEST}'}}]}}\n"
    );
    for side in ["blue", "green"] {
        fs::write(folder.path().join(side).join("pay.yaml"), &pod).unwrap();
    }
    for (name, text) in evidence {
        fs::write(folder.path().join("proofs").join(name), text).unwrap();
    }
    folder
}

fn gate(folder: &Path, arguments: &[&str]) -> Report {
    let output = Command::new(env!("CARGO_BIN_EXE_driftseal"))
        .args(["gate", "-o", "json", "--blue", "blue", "--green", "green"])
        .args(["--evaluated-at", "2026-06-01T12:00:00Z"])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    read(&output.stdout).unwrap_or_else(|why| panic!("{why}: {error}"))
}

fn with_proofs(evidence: &[(&str, &str)]) -> Report {
    gate(case(evidence).path(), &["--green", "evidence:proofs"])
}

fn said(report: &Report) -> (String, Vec<String>, Vec<String>) {
    let rules = report.findings.iter().filter(|one| one.state == State::Introduced);
    let rules = rules.map(|one| one.rule.clone()).collect();
    let gaps = report.gaps.iter().map(|gap| gap.message.clone()).collect();
    (report.verdict.to_string(), rules, gaps)
}

fn junit(failures: u8) -> String {
    format!(
        "<testsuite tests=\"3\" failures=\"{failures}\" errors=\"0\" skipped=\"0\"><testcase name=\"a\"/></testsuite>"
    )
}

fn manifest(subjects: &str, finished: &str) -> String {
    format!("subjects = [{subjects}]\nfinished = {finished}\n")
}

fn about_green() -> String {
    manifest(&format!("\"{DIGEST}\""), "2026-06-01T10:00:00Z")
}

#[test]
fn evidence_about_green_decides() {
    for (failures, expected) in [(0, "pass"), (1, "fail")] {
        let report =
            with_proofs(&[("junit.xml", &junit(failures)), ("evidence.toml", &about_green())]);
        let (verdict, rules, gaps) = said(&report);
        assert_eq!(verdict, expected, "{rules:?} {gaps:?}");
        assert_eq!(rules.contains(&"DS-TST-001".to_owned()), failures == 1, "{rules:?}");
        assert!(report.changes.is_empty(), "it is compared with nothing");
    }
}

#[test]
fn evidence_about_anything_else_or_of_another_time_decides_nothing() {
    let other = format!("\"sha256:{}\"", "0".repeat(64));
    let mine = format!("\"{DIGEST}\"");
    let both = format!("{mine}, {other}");
    let now = "2026-06-01T10:00:00Z";
    let cases = [
        (manifest(&other, now), "which is not part of this side"),
        (manifest(&both, now), "which is not part of this side"),
        (manifest("\"main\"", now), "does not say what it is about"),
        (manifest(&format!("\"git:{}\"", "a".repeat(40)), now), "which is not part of this side"),
        (manifest(&mine, "2026-05-20T10:00:00Z"), "too long ago"),
        (manifest(&mine, "2026-06-01T12:30:00Z"), "after this run"),
        (manifest(&mine, "\"soon\""), "does not say when it was made"),
        (String::new(), "does not say what it is about"),
    ];
    for (text, why) in cases {
        // Neither a pass nor a failure of it is believed.
        for failures in [0, 1] {
            let proofs = [("junit.xml", junit(failures)), ("evidence.toml", text.clone())];
            let proofs: Vec<(&str, &str)> = proofs.iter().map(|(a, b)| (*a, b.as_str())).collect();
            let (verdict, rules, gaps) = said(&with_proofs(&proofs));
            assert_eq!(verdict, "inconclusive", "{text}");
            assert!(!rules.contains(&"DS-TST-001".to_owned()), "{text}: {rules:?}");
            assert!(gaps.iter().any(|gap| gap.contains(why)), "{text}: {gaps:?}");
        }
    }
}

#[test]
fn a_digest_that_only_a_comment_names_is_not_part_of_green() {
    let other = format!("sha256:{}", "1".repeat(64));
    let text = manifest(&format!("\"{other}\""), "2026-06-01T10:00:00Z");
    let folder = case(&[("junit.xml", &junit(0)), ("evidence.toml", &text)]);
    let run = |line: &str| {
        fs::write(folder.path().join("green/app.env"), line).unwrap();
        fs::write(folder.path().join("blue/app.env"), line).unwrap();
        said(&gate(folder.path(), &["--green", "evidence:proofs"])).0
    };
    assert_eq!(run(&format!("# before: reg.example/pay@{other}\nA=1\n")), "inconclusive");
    assert_eq!(run(&format!("IMAGE=reg.example/pay@{other}\n")), "pass");
}

/// Evidence about a sidecar of both sides tells nothing of what is new in green.
#[test]
fn an_image_that_both_sides_have_binds_nothing_where_green_has_its_own() {
    let own = DIGEST.replace("4f", "7a");
    let side = |image: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: pay}}\nspec: {{containers: [{{name: app, image: \
             'reg.example/pay@{image}'}}, {{name: proxy, image: 'reg.example/proxy@{DIGEST}'}}]}}\n"
        )
    };
    for (subjects, is_bound) in [
        (format!("\"{DIGEST}\""), false),
        (format!("\"{own}\""), true),
        (format!("\"{own}\", \"{DIGEST}\""), true),
    ] {
        let about = manifest(&subjects, "2026-06-01T10:00:00Z");
        let folder = case(&[("junit.xml", &junit(1)), ("evidence.toml", &about)]);
        let blue = side(&DIGEST.replace("4f", "55"));
        fs::write(folder.path().join("blue/pay.yaml"), blue).unwrap();
        fs::write(folder.path().join("green/pay.yaml"), side(&own)).unwrap();
        let report = gate(folder.path(), &["--green", "evidence:proofs"]);
        let (_, rules, gaps) = said(&report);
        assert_eq!(rules.contains(&"DS-TST-001".to_owned()), is_bound, "{subjects} {gaps:?}");
        let is_told = gaps.iter().any(|gap| gap.contains("images that the other side has too"));
        assert_eq!(is_told, !is_bound, "{gaps:?}");
    }
}

/// A snapshot of a revision says which it was taken of.
#[test]
fn a_revision_binds_through_a_snapshot_of_it() {
    let folder = case(&[("junit.xml", &junit(1))]);
    let at = |arguments: &[&str]| {
        let ran = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
            .args(arguments)
            .current_dir(folder.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap().trim().to_owned()
    };
    at(&["init", "-q"]);
    at(&["add", "green"]);
    at(&["commit", "-qm", "green"]);
    let revision = at(&["rev-parse", "HEAD"]);
    fs::write(folder.path().join("masking.key"), "0123456789abcdef0123456789abcdef").unwrap();
    let key = ["--masking-key", "masking.key", "--allow-insecure-key-permissions"];
    let taken = Command::new(env!("CARGO_BIN_EXE_driftseal"))
        .args(["snapshot", "git:HEAD:green", "-o", "green.snapshot"])
        .args(key)
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .output()
        .unwrap();
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    for (named, is_bound) in
        [(revision.clone(), true), (revision.replace(['0', '1', '2'], "f"), false)]
    {
        let about = manifest(&format!("\"git:{named}\""), "2026-06-01T10:00:00Z");
        fs::write(folder.path().join("proofs/evidence.toml"), about).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_driftseal"))
            .args(["gate", "-o", "json", "--blue", "blue", "--green", "green.snapshot"])
            .args(["--green", "evidence:proofs", "--evaluated-at", "2026-06-01T12:00:00Z"])
            .args(key)
            .current_dir(folder.path())
            .env_clear()
            .output()
            .unwrap();
        let report = read(&output.stdout).unwrap();
        let (_, rules, gaps) = said(&report);
        assert_eq!(rules.contains(&"DS-TST-001".to_owned()), is_bound, "{rules:?} {gaps:?}");
    }
}

#[test]
fn without_evidence_no_rule_over_it_says_anything() {
    let (verdict, rules, gaps) = said(&gate(case(&[]).path(), &[]));
    assert_eq!((verdict.as_str(), rules.len(), gaps.len()), ("pass", 0, 0));
    let (verdict, _, gaps) = said(&gate(case(&[]).path(), &["--green", "evidence:nowhere"]));
    assert_eq!(verdict, "inconclusive", "evidence that is not there: {gaps:?}");
}

#[test]
fn nothing_hides_as_evidence() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: pay}\nspec: {type: NodePort}\n";
    for (name, text) in [("service.yaml", service), ("app.json", "{\"a\": 1}"), ("x.env", "A=1\n")]
    {
        let report = with_proofs(&[(name, text)]);
        let (_, rules, _) = said(&report);
        assert!(rules.contains(&"DS-DRF-001".to_owned()), "{name}: {rules:?}");
    }
    // What nobody reads is no evidence of anything, and no difference of configuration.
    let report =
        with_proofs(&[("notes.txt", "seen by the users"), ("evidence.toml", &about_green())]);
    assert_eq!(said(&report).0, "pass");
}

#[test]
fn what_evidence_says_is_masked_and_counted() {
    let token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    let text = format!(
        "<testsuite tests=\"1\" failures=\"1\" errors=\"0\"><testcase name=\"a\"><failure>token={token}</failure></testcase></testsuite>"
    );
    let folder = case(&[("junit.xml", &text), ("evidence.toml", &about_green())]);
    let report = gate(folder.path(), &["--green", "evidence:proofs"]);
    assert!(!format!("{report:?}").contains(token));
    assert!(report.findings.iter().any(|one| one.rule == "DS-TST-001"));
    let sums = report.accounting.green;
    assert_eq!((sums.found, sums.found), (3, sums.compared + sums.excluded + sums.gaps));
}

#[test]
fn scans_are_compared_only_where_each_is_of_its_own_side() {
    let scan = |ids: &[&str], digest: &str| {
        let results: Vec<String> = ids
            .iter()
            .map(|id| format!("{{\"ruleId\": \"{id}\", \"level\": \"error\"}}"))
            .collect();
        format!(
            "{{\"version\": \"2.1.0\", \"runs\": [{{\"tool\": {{\"driver\": {{\"name\": \"t\"}}}}, \"properties\": \
             {{\"imageDigest\": \"{digest}\"}}, \"invocations\": [{{\"endTimeUtc\": \"2026-06-01T09:00:00Z\"}}], \
             \"results\": [{}]}}]}}",
            results.join(", ")
        )
    };
    let run = |blue: &str, green: &str| {
        let folder = case(&[]);
        for (side, text) in [("b", blue), ("g", green)] {
            fs::create_dir_all(folder.path().join(side)).unwrap();
            fs::write(folder.path().join(side).join("scan.sarif"), text).unwrap();
        }
        said(&gate(folder.path(), &["--blue", "evidence:b", "--green", "evidence:g"]))
    };
    let (verdict, rules, _) =
        run(&scan(&["CVE-2026-1111"], DIGEST), &scan(&["CVE-2026-1111"], DIGEST));
    assert_eq!((verdict.as_str(), rules.len()), ("pass", 0), "{rules:?}");
    let (verdict, rules, _) =
        run(&scan(&["CVE-2026-1111"], DIGEST), &scan(&["CVE-2026-1111", "CVE-2026-2222"], DIGEST));
    assert_eq!((verdict.as_str(), rules), ("fail", vec!["DS-SUP-005".to_owned()]));
    let other = format!("sha256:{}", "0".repeat(64));
    let (verdict, _, gaps) =
        run(&scan(&["CVE-2026-1111"], &other), &scan(&["CVE-2026-1111"], DIGEST));
    assert_eq!(verdict, "inconclusive");
    assert!(gaps.iter().any(|gap| gap.contains("blue's: it is about")), "{gaps:?}");
}

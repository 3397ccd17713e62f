//! Inputs of an adversary's own making, beyond the 32 threats: statements that a key holder forged,
//! bundles full of what is no file, policies of trust with a word too much. Each is refused, with its
//! exit code, and none hangs.

#[path = "common/desk.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod desk;

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use desk::{Desk, Ran};
use driftseal::evidence::{PrivateKey, dsse};
use serde_json::{Value, json};

const TYPE: &str = "application/vnd.in-toto+json";
const REPORT: &str = "out/drift-report.dsse.json";

fn signed() -> Desk {
    let desk = Desk::new();
    desk.gate(&["-o", "bundle=out", "--nonce", "3f6c1d8e9a7b45220c11d3e5f7089abc"]).expect(0, &[]);
    desk
}

fn verify(desk: &Desk, what: &str, further: &[&str]) -> Ran {
    desk.run(&[&["verify", "--key", "k.pub", what], further].concat())
}

fn statement(desk: &Desk) -> Value {
    let envelope: Value = serde_json::from_slice(&desk.read(REPORT)).unwrap();
    serde_json::from_slice(&STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap())
        .unwrap()
}

/// What the holder of the key can sign.
fn sign(desk: &Desk, kind: &str, payload: &[u8]) -> Vec<u8> {
    let key = PrivateKey::from_pem(&desk.text("k")).unwrap();
    dsse::sign(kind, payload, &[key]).unwrap()
}

#[test]
fn no_spelling_of_an_envelope_is_read_in_two_ways() {
    let desk = signed();
    let good = desk.text(REPORT);
    let document: Value = serde_json::from_str(&good).unwrap();
    let with = |field: &str, value: Value| {
        let mut changed = document.clone();
        changed[field] = value;
        changed.to_string()
    };
    let signature = document["signatures"][0].clone();
    let payload = document["payload"].as_str().unwrap().to_owned();
    for (what, text) in [
        ("nothing", String::new()),
        ("an object", "{}".to_owned()),
        ("a list", format!("[{good}]")),
        ("null", "null".to_owned()),
        ("a mark of order", format!("\u{feff}{good}")),
        ("more behind it", format!("{good}{{}}")),
        ("a zero behind it", format!("{good}\0")),
        ("a payload twice", good.replacen('{', "{\"payload\":\"e30=\",", 1)),
        ("depth", format!("{{\"x\":{}{},{}", "[".repeat(5000), "]".repeat(5000), &good[1..])),
        ("one signature, no list", with("signatures", signature.clone())),
        ("no signature", with("signatures", json!([]))),
        ("seventeen", with("signatures", Value::Array(vec![signature; 17]))),
        ("no payload", with("payload", Value::Null)),
        ("a line in it", with("payload", json!(format!("{}\n{}", &payload[..76], &payload[76..])))),
        ("another case", with("payloadType", json!(TYPE.to_uppercase()))),
        ("an empty type", with("payloadType", json!(""))),
        ("an empty signature", with("signatures", json!([{ "keyid": "", "sig": "" }]))),
        ("a number for an id", with("signatures", json!([{ "keyid": 7, "sig": "AAAA" }]))),
    ] {
        desk.write("evil.json", &text);
        assert_eq!(verify(&desk, "evil.json", &[]).code, 4, "{what}");
    }
    desk.write("evil.json", sign(&desk, "text/plain", &STANDARD.decode(&payload).unwrap()));
    verify(&desk, "evil.json", &[]).expect(4, &["payload-type"]);
}

#[test]
fn no_statement_that_contradicts_itself_is_believed_whoever_signed_it() {
    let desk = signed();
    let genuine = statement(&desk);
    let gap = json!({ "side": "green", "file": "x", "line": null, "reason": "syntax",
                      "message": "m", "accepted": true });
    let report = |pointer: &str| format!("/predicate/report{pointer}");
    let nothing = json!({ "found": 0, "compared": 0, "excluded": 0, "gaps": 0 });
    let zero = "0".repeat(64);
    for (pointer, value, why) in [
        ("/subject", json!([]), "subject"),
        ("/subject/0/name", json!("blue"), "subject"),
        ("/subject/0/digest/sha256", json!(zero), "subject"),
        ("/subject/0/digest/sha256", json!(zero.replace('0', "A")), "subject"),
        ("/_type", json!("https://in-toto.io/Statement/v2"), "statement"),
        ("/predicate/exit", json!("0"), "predicate-type"),
        ("/predicate/exit", json!(256), "predicate-type"),
        ("/predicate/verdict", json!("PASS"), "predicate-type"),
        ("/predicate/report", json!([]), "FAILED"),
        ("/predicate/report", Value::Null, "FAILED"),
        ("/predicate/run/evaluatedAt", json!("2026-01-01T00:00:00+00:00"), "FAILED"),
        ("/predicate/run/evaluatedAt", json!("2026-01-01t00:00:00z"), "FAILED"),
        ("/predicate/run/evaluatedAt", json!("-000001-01-01T00:00:00Z"), "verdict-fields"),
        ("/subject/1/name", json!("blue"), "blue is a subject"),
        ("/predicate/run/evaluatedAt", json!("9999-12-31T23:59:59Z"), "FAILED"),
        (&report("/schema"), json!("driftseal.report/2"), "verdict-fields"),
        (&report("/verdict"), json!("fail"), "verdict-fields"),
        (&report("/verdicts"), json!(["pass", "fail"]), "recomputed"),
        (&report("/verdicts"), json!([]), "recomputed"),
        (&report("/rules"), json!([]), "by no rule at all"),
        (&report("/rules"), json!("none"), "recomputed"),
        (&report("/gaps"), json!([gap]), "the policy decided on 0"),
        (&report("/accounting/green/found"), json!(99), "not what became of it"),
        (
            &report("/accounting"),
            json!({ "blue": nothing, "green": nothing }),
            "nothing was compared",
        ),
        (&report("/summary/findings/blocking"), json!(1), "findings that block"),
        (&report("/engine/version"), json!(1.5), "FAILED"),
        (&report("/engine/version"), json!(1_u64 << 53), "FAILED"),
    ] {
        let mut changed = genuine.clone();
        *changed.pointer_mut(pointer).unwrap() = value.clone();
        desk.write("evil.json", sign(&desk, TYPE, changed.to_string().as_bytes()));
        let ran = verify(&desk, "evil.json", &[]);
        assert_eq!(ran.code, 4, "{pointer} {value}: {}{}", ran.out, ran.err);
        let failed = ran.out.lines().filter(|line| line.contains("FAILED")).collect::<String>();
        assert!(failed.contains(why), "{pointer} {value}: {failed}");
    }
    for nonce in [json!(null), json!(""), json!("3f6c1d8e9a7b45220c11d3e5f7089abcd"), json!(7)] {
        let mut changed = genuine.clone();
        changed["predicate"]["run"]["nonce"] = nonce.clone();
        desk.write("evil.json", sign(&desk, TYPE, changed.to_string().as_bytes()));
        let asked = ["--nonce", "3f6c1d8e9a7b45220c11d3e5f7089abc"];
        assert_eq!(verify(&desk, "evil.json", &asked).code, 4, "{nonce}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_never_opened_in_a_bundle() {
    let pipe = |path: &std::path::Path| {
        let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
        assert!(made.success());
    };
    let snapshot = "evidence/snapshots/green.snapshot";
    for name in [
        "drift-report.dsse.json",
        "gate-pass.dsse.json",
        "SHA256SUMS",
        "evidence/run.json",
        snapshot,
        "evidence/added",
        "drift-report.x.tsr",
    ] {
        for kind in ["pipe", "folder", "link", "link to itself", "broken link"] {
            if name == "evidence/added" && kind == "folder" {
                continue; // An empty folder is nothing.
            }
            let desk = signed();
            let path = desk.at("out").join(name);
            let aside = desk.at("aside");
            if path.exists() {
                fs::rename(&path, &aside).unwrap();
            } else {
                desk.write("aside", "");
            }
            match kind {
                "pipe" => pipe(&path),
                "folder" => fs::create_dir(&path).unwrap(),
                "link" => std::os::unix::fs::symlink(&aside, &path).unwrap(),
                "link to itself" => std::os::unix::fs::symlink(&path, &path).unwrap(),
                _ => std::os::unix::fs::symlink(desk.at("nowhere"), &path).unwrap(),
            }
            let ran = verify(&desk, "out", &["--replay"]);
            assert_ne!(ran.code, 0, "{name} as a {kind}: {}", ran.out);
            assert!([2, 3, 4].contains(&ran.code), "{name} as a {kind}: {}", ran.code);
        }
    }
    let desk = signed();
    fs::rename(desk.at("out/evidence"), desk.at("aside")).unwrap();
    std::os::unix::fs::symlink(desk.at("aside"), desk.at("out/evidence")).unwrap();
    verify(&desk, "out", &[]).expect(4, &["FAILED       evidence-files"]);
}

#[test]
fn a_list_of_evidence_has_one_spelling() {
    let desk = signed();
    let sums = desk.text("out/SHA256SUMS");
    let first = sums.lines().next().unwrap().to_owned();
    for (what, text) in [
        ("nothing", String::new()),
        ("line ends of others", sums.replace('\n', "\r\n")),
        ("a mark of order", format!("\u{feff}{sums}")),
        ("capitals", sums.to_uppercase()),
        ("the mark for binary files", sums.replace("  ", " *")),
        ("no last line end", sums.trim_end().to_owned()),
        ("a line twice", format!("{first}\n{sums}")),
        ("another order", sums.lines().rev().flat_map(|line| [line, "\n"]).collect()),
        ("an empty line", format!("\n{sums}")),
        ("a comment", format!("# sums\n{sums}")),
        ("a way out", sums.replace("evidence/run.json", "evidence/../run.json")),
        ("a way from the root", sums.replace("evidence/run.json", "/evidence/run.json")),
    ] {
        desk.write("out/SHA256SUMS", &text);
        let ran = verify(&desk, "out", &[]);
        assert_eq!(ran.code, 4, "{what}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn a_policy_of_trust_means_what_it_says_or_is_refused() {
    let desk = signed();
    let (id, pem) = (desk.run(&["keys", "fingerprint", "k.pub"]).out, desk.text("k.pub"));
    let id = id.trim();
    let head = "schema = \"driftseal.trust/1\"\nversion = 1\nexpires = \"2099-01-01T00:00:00Z\"\n";
    let key = format!(
        "[[key]]\nid = \"{id}\"\nname = \"k\"\nusages = [\"report\"]\nowner = \"ci\"\npem = '''\n{pem}'''\n"
    );
    let by = |text: &str| {
        desk.write("trust.toml", text);
        desk.run(&["verify", "--trust", "trust.toml", "out"])
    };
    by(&format!("{head}{key}")).expect(0, &["VERIFIED"]);
    let with = |from: &str, to: &str| format!("{head}{key}").replacen(from, to, 1);
    for text in [
        String::new(),
        key.clone(),
        head.to_owned(),
        with("trust/1", "trust/2"),
        with("version = 1", "version = -1"),
        with("version = 1", "version = 1.5"),
        with("version = 1\n", ""),
        with("2099-01-01T00:00:00Z", "2099-01-01T00:00:00"),
        with("\"2099-01-01T00:00:00Z\"", "2099-01-01"),
        with("[\"report\"]", "[]"),
        with("[\"report\"]", "[\"reports\"]"),
        with("[\"report\"]", "[\"rules\"]"),
        with(id, &id.to_uppercase()),
        with("owner = \"ci\"", "owner = \" \""),
        with("owner", "status = \"revoked\"\nowner"),
        with("owner", "status = \"retired\"\nowner"),
        with("owner", "not_befor = \"2020-01-01T00:00:00Z\"\nowner"),
        with(&pem, &desk.text("k")),
        with(&pem, ""),
        format!("{head}{key}{key}"),
        format!("{head}{key}[role.report]\nthreshold = 0\n"),
        format!("{head}{key}[role.report]\nthreshold = -1\n"),
        format!("{head}{key}[role.report]\nthreshold = 2\n"),
        format!("{head}{key}[role.reports]\nthreshold = 1\n"),
        format!("{head}{key}[role.report]\nrequire_timestmap = true\n"),
        format!("{head}{key}[role.report]\nmax_age = 900\n"),
        format!("{head}{key}[role.report]\nmax_age = \"99999999999d\"\n"),
    ] {
        let ran = by(&text);
        assert_eq!(ran.code, 2, "{text}\n{}{}", ran.out, ran.err);
    }
    for text in [
        with("2099-01-01", "2020-01-01"),
        with("owner", "not_after = \"2020-01-01T00:00:00Z\"\nowner"),
        with("owner", "not_before = \"2098-01-01T00:00:00Z\"\nowner"),
        format!("{head}{key}[role.report]\nrequire_log = true\n"),
        format!("{head}{key}[role.report]\nrequire_timestamp = true\n"),
        format!("{head}{key}[role.report]\npredicate_types = []\n"),
        format!("{head}{key}[[pack]]\nid = \"none\"\n"),
    ] {
        let ran = by(&text);
        assert_eq!(ran.code, 4, "{text}\n{}{}", ran.out, ran.err);
    }
}

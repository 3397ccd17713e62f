//! What an adversary would try, mounted through the binary. Each attack sees the refusal that is
//! promised, with its exit code. `the_table_of_threats` prints how many there are and which are
//! missing, with the reason.

#[path = "common/desk.rs"]
mod desk;
#[path = "common/tsa.rs"]
mod tsa;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use desk::{Desk, Ran};
use driftseal::evidence::{Algorithm, PrivateKey, PublicKey, dsse};
use driftseal::model::Digest;
use serde_json::{Value, json};

const TYPE: &str = "application/vnd.in-toto+json";
const REPORT: &str = "out/drift-report.dsse.json";

/// The tests that mount a threat, or why there is none yet.
type Mounted = Result<&'static [&'static str], &'static str>;

/// Every threat: its number, what it is, and how it is mounted.
const TABLE: &[(u8, &str, Mounted)] = &[
    (1, "the payload is edited", Ok(&["t01_an_edited_report_is_refused"])),
    (
        2,
        "the verdict contradicts the findings",
        Ok(&[
            "t02_a_verdict_that_does_not_follow_is_refused",
            "t02_what_findings_do_follows_from_the_policy",
        ]),
    ),
    (
        3,
        "a signed refusal is shown as a pass",
        Ok(&["t03_a_signed_refusal_is_no_pass", "t03_a_pass_of_another_report_is_refused"]),
    ),
    (4, "roles are confused", Ok(&["t04_blue_is_never_the_candidate"])),
    (5, "a snapshot is substituted", Ok(&["t05_substituted_evidence_is_refused"])),
    (6, "rule packs are weakened or swapped", Ok(&["t06_weakened_rule_packs_are_refused"])),
    (
        7,
        "allowances are abused",
        Ok(&[
            "t07_abused_allowances_are_told",
            "t07_abused_waivers_are_refused",
            "t07_an_abused_baseline_is_refused",
        ]),
    ),
    (8, "an old pass is replayed", Ok(&["t08_an_old_pass_is_refused"])),
    (9, "the clock is set back", Ok(&["t09_a_report_of_the_future_is_refused"])),
    (10, "signatures are stripped or added", Ok(&["t10_stripped_and_added_signatures"])),
    (11, "one key counts twice", Ok(&["t11_one_key_or_owner_counts_once"])),
    (12, "keys are confused", Ok(&["t12_a_key_counts_for_its_usage_only"])),
    (13, "key ids are spoofed", Ok(&["t13_a_key_id_decides_nothing"])),
    (14, "keys are weak or signatures malleable", Ok(&["t14_weak_keys_and_malleable_signatures"])),
    (15, "parsers differ", Ok(&["t15_what_parsers_read_differently_is_refused"])),
    (16, "numbers are rounded", Ok(&["t16_numbers_that_readers_round_are_refused"])),
    (17, "the history is cut off", Ok(&["t17_a_log_that_was_cut_off_is_refused"])),
    (18, "the history is forked", Ok(&["t18_two_heads_of_one_log_are_refused"])),
    (19, "the history is rewritten", Ok(&["t19_a_log_written_anew_is_refused"])),
    (20, "an append is lost", Ok(&["t20_no_acknowledged_entry_is_lost"])),
    (21, "a key is stolen", Ok(&["t21_a_stolen_key_counts_for_nothing"])),
    (22, "the trust policy is rolled back", Ok(&["t22_an_old_or_edited_trust_policy_is_refused"])),
    (
        23,
        "an external signer lies or hangs",
        Ok(&["t23_an_external_signer_that_lies_or_hangs_is_refused"]),
    ),
    (24, "secrets leak", Ok(&["t24_no_secret_is_in_a_bundle"])),
    (25, "a log is injected", Ok(&["t25_what_is_shown_cannot_steer_a_terminal_or_a_log"])),
    (
        26,
        "a page verifies itself",
        Ok(&["t26_a_page_verifies_what_others_signed_and_nothing_else"]),
    ),
    (27, "an archive leads out or is a bomb", Ok(&["t27_archives_stay_inside_and_small"])),
    (28, "evidence is incomplete", Ok(&["t28_what_was_not_read_is_no_pass"])),
    (29, "green moves between gate and switch", Ok(&["t29_a_green_that_moved_is_refused"])),
    (30, "a time stamp is of other data", Ok(&["t30_a_time_stamp_is_of_these_data_or_none"])),
    (31, "an old format is accepted", Ok(&["t31_old_formats_are_refused"])),
    (32, "another engine made the report", Ok(&["t32_what_another_engine_derives_is_told"])),
];

#[test]
fn the_table_of_threats_is_mounted() {
    let source =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/threats.rs")).unwrap();
    let mut mounted = 0;
    for (at, (number, what, tests)) in (1..).zip(TABLE) {
        assert_eq!(*number, at);
        match tests {
            Ok(tests) => {
                mounted += 1;
                for test in *tests {
                    let head = format!("#[test]\nfn {test}()");
                    assert!(source.contains(&head), "{number} ({what}) has no test {test}");
                }
            }
            Err(why) => println!("missing: {number} {what}: {why}"),
        }
    }
    println!("{mounted} of {}", TABLE.len());
    assert_eq!(mounted, 32);
}

/// A desk with a bundle in `out`.
fn signed(further: &[&str]) -> Desk {
    let desk = Desk::new();
    desk.gate(&[&["-o", "bundle=out"], further].concat()).expect(0, &[]);
    desk
}

fn verify(desk: &Desk, further: &[&str]) -> Ran {
    desk.run(&[&["verify", "--key", "k.pub", REPORT], further].concat())
}

fn envelope(desk: &Desk) -> Value {
    serde_json::from_slice(&desk.read(REPORT)).unwrap()
}

fn payload(desk: &Desk) -> Value {
    let bytes = STANDARD.decode(envelope(desk)["payload"].as_str().unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn private(desk: &Desk, name: &str) -> PrivateKey {
    PrivateKey::from_pem(&desk.text(name)).unwrap()
}

fn public(desk: &Desk, name: &str) -> PublicKey {
    PublicKey::from_pem(&desk.text(&format!("{name}.pub"))).unwrap()
}

/// What somebody can do who holds the signing key: sign another statement with it.
fn forge(desk: &Desk, change: impl FnOnce(&mut Value)) {
    let mut statement = payload(desk);
    change(&mut statement);
    desk.write(REPORT, sign(desk, statement.to_string().as_bytes(), &["k"]));
}

fn sign(desk: &Desk, payload: &[u8], names: &[&str]) -> Vec<u8> {
    let keys: Vec<PrivateKey> = names.iter().map(|name| private(desk, name)).collect();
    dsse::sign(TYPE, payload, &keys).unwrap()
}

/// What anybody can do: change the envelope.
fn tamper(desk: &Desk, change: impl FnOnce(&mut Value)) {
    let mut document = envelope(desk);
    change(&mut document);
    desk.write(REPORT, document.to_string());
}

/// A trust policy over these keys: name of the key, usages, owner, further lines.
fn policy(desk: &Desk, head: &str, keys: &[(&str, &str, &str, &str)]) -> String {
    let key = |(name, usages, owner, further): &(&str, &str, &str, &str)| {
        let key = public(desk, name);
        let (id, pem) = (key.id(), key.to_pem());
        format!(
            "[[key]]\nid = \"{id}\"\nname = \"{name}\"\nusages = [{usages}]\nowner = \"{owner}\"\n\
             pem = '''\n{pem}'''\n{further}\n"
        )
    };
    let keys: Vec<String> = keys.iter().map(key).collect();
    format!("schema = \"driftseal.trust/1\"\n{head}\n{}", keys.concat())
}

const HEAD: &str = "version = 7\nexpires = \"2099-01-01T00:00:00Z\"";

fn by_policy(desk: &Desk, further: &[&str]) -> Ran {
    desk.run(&[&["verify", "--trust", "trust.toml", REPORT], further].concat())
}

#[test]
fn t01_an_edited_report_is_refused() {
    let desk = signed(&[]);
    verify(&desk, &[]).expect(0, &["VERIFIED"]);
    let original = desk.read(REPORT);
    let text = String::from_utf8(original.clone()).unwrap();
    let sig = text.find("\"sig\":\"").unwrap() + 10;
    for at in [0, 12, 5000, text.find("payloadType").unwrap() + 16, sig, original.len() - 2] {
        let mut bytes = original.clone();
        bytes[at] ^= 1;
        desk.write(REPORT, bytes);
        verify(&desk, &[]).expect(4, &["NOT VERIFIED", "FAILED"]);
    }
    // Every byte of a small envelope is flipped in `evidence::attacks`.
    desk.write(REPORT, original);
    let mut statement = payload(&desk);
    statement["predicate"]["verdict"] = json!("pass");
    statement["predicate"]["run"]["evaluatedAt"] = json!("2030-01-01T00:00:00Z");
    tamper(&desk, |document| {
        document["payload"] = json!(STANDARD.encode(statement.to_string()));
    });
    verify(&desk, &[]).expect(4, &["signatures", "0 of the pinned keys"]);
}

#[test]
fn t02_a_verdict_that_does_not_follow_is_refused() {
    let desk = signed(&[]);
    let drifted = Desk::new();
    drifted.write("green/app.yaml", "replicas: 1\nimage: shop:1\n");
    drifted.gate(&["-o", "bundle=out"]).expect(1, &[]);
    let failing = payload(&drifted);
    fs::copy(drifted.at("k"), desk.at("k")).unwrap();
    fs::copy(drifted.at("k.pub"), desk.at("k.pub")).unwrap();
    let claims_pass = |statement: &mut Value| {
        *statement = failing.clone();
        statement["predicate"]["verdict"] = json!("pass");
        statement["predicate"]["exit"] = json!(0);
        statement["predicate"]["report"]["verdict"] = json!("pass");
        statement["predicate"]["report"]["exit"] = json!(0);
    };
    forge(&desk, claims_pass);
    verify(&desk, &["--require", "pass"]).expect(4, &["recomputed", "come to fail"]);
    forge(&desk, |statement| {
        claims_pass(statement);
        statement["predicate"]["report"]["findings"] = json!([]);
        statement["predicate"]["report"]["summary"]["findings"]["blocking"] = json!(0);
    });
    verify(&desk, &[]).expect(4, &["recomputed", "unexplained differences"]);
    forge(&desk, |statement| {
        claims_pass(statement);
        statement["predicate"]["report"]["findings"] = json!([]);
        statement["predicate"]["report"]["changes"] = json!([]);
        statement["predicate"]["report"]["summary"]["findings"]["blocking"] = json!(0);
    });
    verify(&desk, &[]).expect(4, &["recomputed", "the report lists 0"]);
}

#[test]
fn t03_a_signed_refusal_is_no_pass() {
    let desk = Desk::new();
    desk.write("green/app.yaml", "replicas: 1\nimage: shop:1\n");
    desk.gate(&["-o", "bundle=out"]).expect(1, &[]);
    verify(&desk, &[]).expect(0, &["verdict      fail (exit 1)"]);
    verify(&desk, &["--require", "pass"]).expect(1, &["AUTHENTIC, BUT NO PASS"]);
    assert!(!desk.at("out/gate-pass.dsse.json").exists(), "no pass was attested");
}

/// A pass that lies beside a report it was not made for.
#[test]
fn t03_a_pass_of_another_report_is_refused() {
    let desk = signed(&[]);
    let whole = ["verify", "--key", "k.pub", "out"];
    desk.run(&whole).expect(0, &["ok           gate-pass"]);
    let other = signed(&["--nonce", "other"]);
    fs::copy(other.at("k"), desk.at("k")).unwrap();
    let pass: Value = serde_json::from_slice(&other.read("out/gate-pass.dsse.json")).unwrap();
    let bytes = STANDARD.decode(pass["payload"].as_str().unwrap()).unwrap();
    desk.write("out/gate-pass.dsse.json", other.read("out/gate-pass.dsse.json"));
    desk.run(&whole).expect(4, &["gate-pass", "0 of the pinned keys"]);
    // Even one that the right key has signed.
    let resigned = Desk::new();
    resigned.gate(&["-o", "bundle=out"]).expect(0, &[]);
    resigned.write("out/gate-pass.dsse.json", sign(&resigned, &bytes, &["k"]));
    resigned.run(&whole).expect(4, &["gate-pass", "another report"]);
    // A pass beside a refusal.
    let failing = Desk::new();
    failing.write("green/app.yaml", "replicas: 1\nimage: shop:1\n");
    failing.gate(&["-o", "bundle=out"]).expect(1, &[]);
    failing.run(&whole).expect(0, &["not checked  gate-pass"]);
    failing.write("out/gate-pass.dsse.json", sign(&failing, &bytes, &["k"]));
    failing.run(&whole).expect(4, &["gate-pass", "another report"]);
}

#[test]
fn t04_blue_is_never_the_candidate() {
    let desk = Desk::new();
    desk.write("green/app.yaml", "\"replicas\": 2\n\"image\": shop:1\n");
    desk.gate(&["-o", "bundle=out"]).expect(0, &[]);
    let statement = payload(&desk);
    let digest = |side: &str| statement["predicate"][side].as_str().unwrap().to_owned();
    let (blue, green) = (digest("blueDigest"), digest("greenDigest"));
    assert_ne!(blue, green);
    assert!(!statement["subject"].to_string().contains(&blue), "blue is no subject");
    verify(&desk, &["--expect-green", &green, "--expect-blue", &blue]).expect(0, &[]);
    verify(&desk, &["--expect-green", &blue]).expect(4, &["green", "the report is about"]);
    forge(&desk, |statement| statement["subject"][0]["digest"]["sha256"] = json!(blue));
    verify(&desk, &[]).expect(4, &["subject", "another snapshot"]);
}

#[test]
fn t05_substituted_evidence_is_refused() {
    let check = |change: &dyn Fn(&Desk), why: &str| {
        let desk = signed(&[]);
        let whole = ["verify", "--key", "k.pub", "out"];
        desk.run(&whole).expect(0, &["evidence-files"]);
        change(&desk);
        desk.run(&whole).expect(4, &["evidence-files", why]);
    };
    let snapshot = "out/evidence/snapshots/green.snapshot";
    check(
        &|desk| {
            let mut bytes = desk.read(snapshot);
            bytes[200] ^= 1;
            desk.write(snapshot, bytes);
        },
        "was changed",
    );
    check(&|desk| desk.write("out/evidence/added", ""), "not listed");
    check(&|desk| fs::remove_file(desk.at(snapshot)).unwrap(), "not there");
    check(
        &|desk| {
            let copied = desk.read(snapshot);
            desk.write("out/evidence/snapshots/GREEN.snapshot", copied);
        },
        "case does not count",
    );
    // Somebody who also rewrites the list is met by the list's own digest.
    let list = |desk: &Desk, edit: &dyn Fn(String) -> String| {
        let text = edit(desk.text("out/SHA256SUMS"));
        desk.write("out/SHA256SUMS", text);
    };
    check(
        &|desk| {
            desk.write("out/evidence/added", "");
            let line = format!("{}  evidence/added\n", Digest::of(b""));
            list(desk, &|text| format!("{line}{text}"));
        },
        "not the one that was signed",
    );
    check(&|desk| list(desk, &|text| text.replace("evidence/run.json", "../run.json")), "list");
    check(
        &|desk| {
            list(desk, &|text| {
                let first = text.lines().next().unwrap().to_owned();
                format!("{first}\n{text}")
            });
        },
        "stands twice",
    );
    #[cfg(unix)]
    check(
        &|desk| {
            fs::rename(desk.at(snapshot), desk.at("aside")).unwrap();
            std::os::unix::fs::symlink(desk.at("aside"), desk.at(snapshot)).unwrap();
        },
        "plain relative path",
    );
}

#[test]
fn t06_weakened_rule_packs_are_refused() {
    let desk = signed(&[]);
    let packs = payload(&desk)["predicate"]["report"]["packs"].clone();
    let known = |edit: &dyn Fn(&str, &str) -> String| {
        let lines = packs.as_array().unwrap().iter().map(|pack| {
            let (id, digest) = (&pack["id"], &pack["digest"]["sha256"]);
            format!("[[pack]]\n{}\n", edit(id.as_str().unwrap(), digest.as_str().unwrap()))
        });
        let text = policy(&desk, HEAD, &[("k", "\"report\"", "ci", "")]);
        desk.write("trust.toml", text + &lines.collect::<String>());
    };
    known(&|id, digest| {
        format!("id = \"{id}\"\nmin_version = \"1.0.0\"\ndigests = [\"{digest}\"]")
    });
    by_policy(&desk, &[]).expect(0, &["rule-packs"]);
    // The text of a pack was edited: its digest is another.
    let other = Digest::of(b"weaker").to_string();
    known(&|id, digest| {
        let digest = if id == "drift" { &other } else { digest };
        format!("id = \"{id}\"\ndigests = [\"{digest}\"]")
    });
    by_policy(&desk, &[]).expect(4, &["rule-packs", "another text"]);
    // An older version that was once good.
    known(&|id, _| format!("id = \"{id}\"\nmin_version = \"1.0.1\""));
    by_policy(&desk, &[]).expect(4, &["rule-packs", "older than is accepted"]);
    // A pack that nobody allowed, and one that was left out.
    known(&|id, _| format!("id = \"{}\"", if id == "drift" { "drifts" } else { id }));
    by_policy(&desk, &[]).expect(4, &["rule-packs", "not one that may be used"]);
    known(&|id, _| format!("id = \"{id}\""));
    desk.write(
        "trust.toml",
        desk.text("trust.toml") + "[[pack]]\nid = \"ours\"\nrequired = true\n",
    );
    by_policy(&desk, &[]).expect(4, &["rule-packs", "left out"]);
    // A pack of ours is signed by a key for rules, or the gate does not use it.
    signed_packs();
    // No rule at all is no pass.
    forge(&desk, |statement| statement["predicate"]["report"]["rules"] = json!([]));
    verify(&desk, &[]).expect(4, &["recomputed", "by no rule at all"]);
}

const PACK: &str = r#"
[pack]
id = "acme"
version = "2.0.0"
schema = 1
title = "Acme"
[[rule]]
id = "AC-ENV-001"
title = "No variable is named X"
kind = "posture"
severity = "low"
confidence = "high"
claim = "direct"
select = { view = "env.var" }
assert = "it.name != 'X'"
message = "{{it.name}}"
remediation = "Rename it."
controls = { nist = ["CM-6"] }
[[rule.test]]
name = "x"
it = { owner = "a", name = "X", value = "c" }
expect = "fail"
[[rule.test]]
name = "y"
it = { owner = "a", name = "Y" }
expect = "pass"
"#;

fn signed_packs() {
    let desk = Desk::new();
    desk.generate("r");
    desk.write("acme.toml", PACK);
    let keys = [("k", "\"report\"", "ci", ""), ("r", "\"rules\"", "security", "")];
    let gate = |out: &str| {
        let out = format!("bundle={out}");
        desk.gate(&["--pack", "acme.toml", "--pack-trust", "trust.toml", "-o", &out])
    };
    desk.write("trust.toml", policy(&desk, HEAD, &keys));
    gate("no").expect(4, &["not signed as demanded", "no signature beside it"]);
    // The key that signs reports signs no rules.
    desk.run(&["rules", "sign", "acme.toml", "--key", "k"]).expect(0, &["signed acme 2.0.0"]);
    gate("no").expect(4, &["0 of the keys that the trust policy names"]);
    desk.run(&["rules", "sign", "acme.toml", "--key", "r"]).expect(0, &[]);
    gate("out").expect(0, &[]);
    // An edited text, and an old one that was validly signed under another version.
    desk.write("acme.toml", PACK.replace("it.name != 'X'", "true"));
    desk.run(&["rules", "test", "--pack", "acme.toml"]).expect(1, &[]);
    gate("no").expect(4, &["about another text"]);
    assert!(!desk.at("no").exists());
    // Who verifies demands the same of the evidence.
    let digests = |named: &dyn Fn(&str) -> bool| {
        let report = payload(&desk)["predicate"]["report"]["packs"].clone();
        let packs = report.as_array().unwrap().iter().map(|pack| {
            let id = pack["id"].as_str().unwrap();
            let digest = format!("digests = [{}]", pack["digest"]["sha256"]);
            format!("[[pack]]\nid = \"{id}\"\n{}\n", if named(id) { &digest } else { "" })
        });
        let head = format!("{HEAD}\n[role.rules]\nthreshold = 1");
        desk.write("trust.toml", policy(&desk, &head, &keys) + &packs.collect::<String>());
    };
    let whole = ["verify", "--trust", "trust.toml", "out", "--replay"];
    digests(&|id| id != "acme");
    desk.run(&whole).expect(0, &["VERIFIED"]);
    by_policy(&desk, &[]).expect(4, &["rule-packs", "neither listed nor signed"]);
    digests(&|_| false);
    desk.run(&whole).expect(4, &["rule-packs", "neither listed nor signed"]);
}

#[test]
fn t07_abused_allowances_are_told() {
    let allow = |green: &str, path: &str, review_by: &str| {
        let desk = Desk::new();
        desk.write("green/app.yaml", "replicas: 1\nimage: shop:1\n");
        desk.write(
            "driftseal.toml",
            format!(
                "[[allow]]\nid = \"one\"\nfile = \"app.yaml\"\npath = \"{path}\"\n{green}\
                 reason = \"r\"\nowner = \"o\"\nreview_by = {review_by}\n"
            ),
        );
        desk
    };
    let pinned = "blue = \"2\"\ngreen = \"1\"\n";
    allow(pinned, "/replicas", "2099-01-01").gate(&[]).expect(0, &["PASS"]);
    // Expired: what it allowed is drift again.
    allow(pinned, "/replicas", "2020-01-01").gate(&[]).expect(1, &["FAIL", "expired"]);
    // Everything: told, and each side that it leaves open.
    allow("", "/**", "2099-01-01").gate(&[]).expect(0, &["one", "allowance-over-broad"]);
    // For another environment: the report is about the one it names.
    let desk = signed(&["--environment", "staging"]);
    verify(&desk, &["--environment", "prod"]).expect(4, &["environment", "staging"]);
}

/// A desk on which green fails, and the finding that says so.
fn failing() -> (Desk, Value) {
    let desk = Desk::new();
    desk.write("green/app.yaml", "replicas: 1\nimage: shop:1\n");
    desk.gate(&["-o", "json=report.json"]).expect(1, &[]);
    let report: Value = serde_json::from_str(&desk.text("report.json")).unwrap();
    let finding = report["findings"][0].clone();
    (desk, finding)
}

/// When waivers of these tests are approved, and some days after.
const APPROVED: &str = "2026-06-01T00:00:00Z";
const LATER: &str = "2026-06-10T00:00:00Z";

fn waiver(finding: &Value) -> String {
    let text = |key: &str| finding[key].as_str().unwrap().to_owned();
    format!(
        "schema = 1\n[[waiver]]\nid = \"W-1\"\nrule = '{}'\nsubject = '{}'\npath = '{}'\n\
         instance = '{}'\nreason = \"accepted until the next release\"\nrequested_by = \"ann\"\n\
         approved_by = [\"bob\"]\napproved_at = {APPROVED}\nexpires = 2026-06-20\n",
        text("rule"),
        text("resource"),
        text("path"),
        text("instance"),
    )
}

#[test]
fn t07_abused_waivers_are_refused() {
    let (desk, finding) = failing();
    desk.generate("w");
    let good = waiver(&finding);
    desk.write("waivers.toml", &good);
    let keys = [("k", "\"report\"", "ci", ""), ("w", "\"waivers\"", "security", "")];
    desk.write(
        "trust.toml",
        policy(&desk, &format!("{HEAD}\n[role.waivers]\nthreshold = 1"), &keys),
    );
    let gate_at = |now: &str, out: &str| {
        let out = format!("bundle={out}");
        desk.gate(&[
            "--waivers",
            "waivers.toml",
            "--waiver-trust",
            "trust.toml",
            "--evaluated-at",
            now,
            "-o",
            &out,
        ])
    };
    let gate = |out: &str| gate_at(LATER, out);
    // By nobody, by the key that signs reports, and by the one that may.
    gate("no").expect(4, &["not signed as demanded", "no signature beside it"]);
    desk.run(&["waivers", "sign", "waivers.toml", "--key", "k"]).expect(0, &[]);
    gate("no").expect(4, &["0 of the keys that the trust policy names"]);
    desk.run(&["waivers", "sign", "waivers.toml", "--key", "w"]).expect(0, &["signed"]);
    gate("out").expect(0, &[]);
    let whole = ["verify", "--trust", "trust.toml", "out", "--at", LATER, "--replay"];
    desk.run(&[&whole[..], &["--require", "pass"]].concat()).expect(0, &["VERIFIED", "waivers"]);
    // Without the evidence nobody can tell who signed what the report was waived by.
    let alone = desk.run(&["verify", "--trust", "trust.toml", REPORT, "--at", LATER]);
    alone.expect(4, &["waivers", "not signed in the evidence"]);
    // Renewed by whoever has no key; for another value; another finding; put back when it ended.
    desk.write("waivers.toml", good.replace("2026-06-20", "2026-06-29"));
    gate("no").expect(4, &["about another text"]);
    desk.write("waivers.toml", &good);
    gate_at("2026-06-21T00:00:00Z", "ended").expect(1, &[]);
    // A clock that was set back before the approval.
    gate_at("2026-05-31T23:59:59Z", "early").expect(1, &[]);
    // A bundle made without the demand is refused by who verifies.
    fs::remove_file(desk.at("waivers.toml.dsse.json")).unwrap();
    let unsigned = ["--waivers", "waivers.toml", "--evaluated-at", LATER, "-o", "bundle=open"];
    desk.gate(&unsigned).expect(0, &[]);
    desk.run(&["verify", "--trust", "trust.toml", "open", "--at", LATER])
        .expect(4, &["waivers", "not signed in the evidence"]);
}

#[test]
fn t07_an_abused_baseline_is_refused() {
    let (desk, _) = failing();
    desk.generate("w");
    let create =
        ["baseline", "create", "report.json", "--owner", "o", "--reason", "r", "-o", "b.jsonl"];
    desk.run(&create).expect(0, &[]);
    let keys = [("k", "\"report\"", "ci", ""), ("w", "\"waivers\"", "security", "")];
    desk.write(
        "trust.toml",
        policy(&desk, &format!("{HEAD}\n[role.waivers]\nthreshold = 1"), &keys),
    );
    let pin = Digest::of(&desk.read("b.jsonl")).to_string();
    let with = ["--baseline", "b.jsonl", "--baseline-digest", &pin];
    let gate = |out: &str| {
        let out = format!("bundle={out}");
        desk.gate(&[&with[..], &["--waiver-trust", "trust.toml", "-o", &out]].concat())
    };
    gate("no").expect(4, &["the baseline file", "not signed as demanded"]);
    desk.run(&["baseline", "sign", "b.jsonl", "--key", "w"]).expect(0, &["signed"]);
    gate("out").expect(0, &[]);
    desk.run(&["verify", "--trust", "trust.toml", "out", "--replay"]).expect(0, &["VERIFIED"]);
    // The signature of waivers is none of a baseline.
    desk.write("w.toml", "schema = 1\n");
    desk.run(&["waivers", "sign", "w.toml", "--key", "w"]).expect(0, &[]);
    fs::copy(desk.at("w.toml.dsse.json"), desk.at("b.jsonl.dsse.json")).unwrap();
    gate("no").expect(4, &["about another text"]);
    desk.write("b.jsonl", desk.text("b.jsonl").replace("\"high\"", "\"low\""));
    gate("no").expect(4, &["not the one pinned"]);
}

#[test]
fn t02_what_findings_do_follows_from_the_policy() {
    let failing = || {
        let desk = Desk::new();
        desk.write("green/app.yaml", "replicas: 1\nimage: shop:1\n");
        desk.gate(&["-o", "bundle=out"]).expect(1, &[]);
        desk
    };
    let passes = |statement: &mut Value| {
        for at in ["/predicate", "/predicate/report"] {
            let place = statement.pointer_mut(at).unwrap();
            place["verdict"] = json!("pass");
            place["exit"] = json!(0);
        }
        let report = &mut statement["predicate"]["report"];
        report["verdicts"] = json!(["pass"]);
        report["summary"]["findings"]["blocking"] = json!(0);
    };
    // A finding says that it does nothing.
    let desk = failing();
    forge(&desk, |statement| {
        passes(statement);
        statement["predicate"]["report"]["findings"][0]["effect"] = json!("listed");
    });
    verify(&desk, &[]).expect(4, &["recomputed", "something else than the policy"]);
    // There is no policy, and findings say what they do all the same.
    let desk = failing();
    forge(&desk, |statement| {
        passes(statement);
        statement["predicate"]["report"]["findings"][0]["effect"] = json!("listed");
        statement["predicate"]["report"]["gate"] = Value::Null;
    });
    verify(&desk, &[]).expect(4, &["recomputed", "no policy says why"]);
    // The budget allows more than the threshold says.
    let desk = failing();
    forge(&desk, |statement| {
        passes(statement);
        let report = &mut statement["predicate"]["report"];
        report["findings"][0]["effect"] = json!("tolerated");
        report["gate"]["budget"]["high"] = json!(9);
    });
    verify(&desk, &[]).expect(4, &["recomputed", "the threshold is not that of the budget"]);
    // Evidence is missing, and nothing is said not to be evaluated.
    let desk = Desk::new();
    desk.write("driftseal.toml", "[gate.evidence]\nrequire = [\"junit\"]\n");
    desk.gate(&["-o", "bundle=out"]).expect(3, &[]);
    forge(&desk, |statement| {
        passes(statement);
        statement["predicate"]["report"]["gaps"] = json!([]);
    });
    verify(&desk, &[]).expect(4, &["recomputed", "required evidence is missing"]);
}

#[test]
fn t08_an_old_pass_is_refused() {
    let bound =
        ["--nonce", "4711", "--system", "shop", "--environment", "prod", "--valid-for", "15m"];
    let desk = signed(&bound);
    let asked =
        ["--nonce", "4711", "--system", "shop", "--environment", "prod", "--max-age", "15m"];
    verify(&desk, &asked).expect(0, &["VERIFIED"]);
    for (what, value) in [("--nonce", "4712"), ("--system", "bank"), ("--environment", "test")] {
        verify(&desk, &[what, value]).expect(4, &[&what[2..]]);
    }
    let other = Digest::of(b"another green").to_string();
    verify(&desk, &["--expect-green", &other]).expect(4, &["green"]);
    verify(&desk, &["--expect-blue", &other]).expect(4, &["blue"]);
    verify(&desk, &["--at", "2098-01-01T00:00:00Z"])
        .expect(4, &["not-after", "run the gate again"]);
    let loose = signed(&[]);
    verify(&loose, &["--max-age", "15m", "--at", "2098-01-01T00:00:00Z"]).expect(4, &["max-age"]);
    for (what, value) in [("--nonce", "1"), ("--system", "shop"), ("--environment", "prod")] {
        verify(&loose, &[what, value]).expect(4, &[&what[2..]]);
    }
}

#[test]
fn t09_a_report_of_the_future_is_refused() {
    let desk = signed(&["--evaluated-at", "2098-01-01T00:00:00Z"]);
    verify(&desk, &[]).expect(4, &["evaluated-at", "compare the clocks"]);
    // A clock that is behind the log's last entry signs nothing.
    let logging = logging(1);
    append(&logging, "log", 0).expect(0, &["logged as entry 0"]);
    let log = ["--log", "log", "--log-key", "log.vkey", "-o", "envelope=late.json"];
    logging.gate(&log).expect(0, &[]);
    logging
        .gate(&[&log[..], &["--evaluated-at", "2020-01-01T00:00:00Z"]].concat())
        .expect(4, &["will not sign", "set the clock"]);
    // A clock that was set back makes a report that looks old.
    let desk = signed(&["--evaluated-at", "2020-01-01T00:00:00Z"]);
    verify(&desk, &["--max-age", "15m"]).expect(4, &["max-age"]);
}

#[test]
fn t10_stripped_and_added_signatures() {
    let desk = signed(&[]);
    desk.generate("k2");
    let both = sign(&desk, payload(&desk).to_string().as_bytes(), &["k", "k2"]);
    desk.write(REPORT, &both);
    let two = ["--key", "k2.pub", "--threshold", "2"];
    verify(&desk, &two).expect(0, &["VERIFIED"]);
    tamper(&desk, |document| drop(document["signatures"].as_array_mut().unwrap().pop()));
    verify(&desk, &two).expect(4, &["signatures", "1 of the pinned keys"]);
    tamper(&desk, |document| document["signatures"] = json!([]));
    verify(&desk, &[]).expect(4, &["envelope", "no signature"]);
    desk.write(REPORT, &both);
    let add = |count: usize| {
        desk.write(REPORT, &both);
        tamper(&desk, |document| {
            let garbage = json!({"keyid": "x", "sig": "AAAA"});
            let list = document["signatures"].as_array_mut().unwrap();
            list.splice(0..0, std::iter::repeat_n(garbage, count));
        });
    };
    add(14);
    verify(&desk, &two).expect(0, &["VERIFIED"]);
    for count in [15, 10_000] {
        add(count);
        verify(&desk, &two).expect(4, &["envelope", "at most 16"]);
    }
}

#[test]
fn t11_one_key_or_owner_counts_once() {
    let desk = signed(&[]);
    let single = desk.read(REPORT);
    tamper(&desk, |document| {
        let mut again = document["signatures"][0].clone();
        again["keyid"] = json!("");
        document["signatures"].as_array_mut().unwrap().push(again);
    });
    desk.generate("k2");
    let two = ["--key", "k2.pub", "--threshold", "2"];
    verify(&desk, &two).expect(4, &["signatures", "1 of"]);
    // The same key in two spellings is one key.
    desk.write(REPORT, single);
    desk.write("crlf.pub", desk.text("k.pub").replace('\n', "\r\n"));
    verify(&desk, &["--key", "crlf.pub", "--threshold", "2"])
        .expect(2, &["the same key counts once"]);
    // Two keys of one owner are one owner.
    let both = sign(&desk, payload(&desk).to_string().as_bytes(), &["k", "k2"]);
    desk.write(REPORT, both);
    desk.generate("k3");
    let head = format!("{HEAD}\n[role.report]\nthreshold = 2\nrequire_distinct_owners = true");
    let trust = |owner: &str| {
        let keys = [
            ("k", "\"report\"", "ci", ""),
            ("k2", "\"report\"", owner, ""),
            ("k3", "\"report\"", "third", ""),
        ];
        desk.write("trust.toml", policy(&desk, &head, &keys));
    };
    trust("ci");
    by_policy(&desk, &[]).expect(4, &["signatures", "1 of"]);
    trust("release");
    by_policy(&desk, &[]).expect(0, &["VERIFIED"]);
}

#[test]
fn t12_a_key_counts_for_its_usage_only() {
    let desk = signed(&[]);
    desk.generate("r");
    for usage in ["rules", "waivers", "log", "timestamp"] {
        let usage = format!("\"{usage}\"");
        let keys = [("k", usage.as_str(), "ci", ""), ("r", "\"report\"", "ci", "")];
        desk.write("trust.toml", policy(&desk, HEAD, &keys));
        by_policy(&desk, &[]).expect(4, &["signatures", "0 of"]);
    }
    let keys = [("k", "\"report\"", "ci", ""), ("r", "\"rules\"", "ci", "")];
    desk.write("trust.toml", policy(&desk, HEAD, &keys));
    by_policy(&desk, &[]).expect(0, &[]);
    // The algorithm is the pinned key's, whatever stands in the message.
    desk.run(&["keys", "generate", "e", "--algorithm", "ed25519"]).expect(0, &[]);
    let ed = sign(&desk, payload(&desk).to_string().as_bytes(), &["e"]);
    desk.write(REPORT, ed);
    let id = private(&desk, "k").id().to_string();
    tamper(&desk, |document| {
        document["signatures"][0]["keyid"] = json!(id);
        document["signatures"][0]["alg"] = json!("ed25519");
    });
    verify(&desk, &[]).expect(4, &["signatures", "0 of"]);
    // A signature over the payload alone is one for another protocol.
    let bare = private(&desk, "k").sign(payload(&desk).to_string().as_bytes()).unwrap();
    tamper(&desk, |document| document["signatures"][0]["sig"] = json!(STANDARD.encode(bare)));
    verify(&desk, &[]).expect(4, &["signatures", "0 of"]);
}

#[test]
fn t13_a_key_id_decides_nothing() {
    let desk = signed(&[]);
    for id in ["", "SHA256:elsewhere", &"0".repeat(64)] {
        tamper(&desk, |document| document["signatures"][0]["keyid"] = json!(id));
        verify(&desk, &[]).expect(0, &["VERIFIED"]);
    }
    let text = policy(&desk, HEAD, &[("k", "\"report\"", "ci", "")]);
    let id = public(&desk, "k").id().to_string();
    desk.write("trust.toml", text.replace(&id, &"0".repeat(64)));
    by_policy(&desk, &[]).expect(2, &["trust.toml:5", "names another key"]);
}

#[test]
fn t14_weak_keys_and_malleable_signatures() {
    let desk = signed(&[]);
    let spki = |hex: &str| {
        let bytes: Vec<u8> = (0..hex.len() / 2)
            .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        let text = STANDARD.encode(bytes);
        let (head, tail) = text.split_at(text.len().min(64));
        let text = format!("{head}\n{tail}").trim_end().to_owned();
        format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
    };
    let neutral = format!("302a300506032b657003210001{}", "00".repeat(31));
    let head = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
    let off_the_curve = format!("{head}{}", "01".repeat(64));
    for (hex, why) in [(neutral.as_str(), "small order"), (&off_the_curve, "valid key")] {
        desk.write("weak.pub", spki(hex));
        desk.run(&["verify", "--key", "weak.pub", REPORT]).expect(2, &[why]);
    }
    // s and n-s are both signatures; neither names the report.
    let told =
        |ran: Ran| ran.out.lines().find(|line| line.contains("report id")).unwrap().to_owned();
    let before = told(verify(&desk, &[]).expect(0, &[]));
    let sig = envelope(&desk)["signatures"][0]["sig"].as_str().unwrap().to_owned();
    let der = p256::ecdsa::DerSignature::from_bytes(&STANDARD.decode(sig).unwrap()).unwrap();
    let (r, s) = p256::ecdsa::Signature::try_from(der).unwrap().split_scalars();
    let other = p256::ecdsa::Signature::from_scalars(r, -s).unwrap().to_der();
    tamper(&desk, |document| {
        document["signatures"][0]["sig"] = json!(STANDARD.encode(other.as_bytes()));
    });
    assert_eq!(told(verify(&desk, &[]).expect(0, &[])), before);
    for zero in ["MAYCAQACAQA=", "MAYCAQECAQA=", ""] {
        tamper(&desk, |document| document["signatures"][0]["sig"] = json!(zero));
        verify(&desk, &[]).expect(4, &["NOT VERIFIED"]);
    }
    assert!(PrivateKey::generate(Algorithm::P256, &[0; 32]).is_err());
}

#[test]
fn t15_what_parsers_read_differently_is_refused() {
    let desk = signed(&[]);
    let text = desk.text(REPORT);
    let first = text.split("\"payload\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    for (what, evil) in [
        ("duplicate key", text.replacen('{', "{\"payload\":\"e30=\",", 1)),
        ("escaped duplicate", text.replacen('{', "{\"payl\\u006fad\":\"e30=\",", 1)),
        ("byte-order mark", format!("\u{feff}{text}")),
        ("trailing data", format!("{text}{{}}")),
        ("lone surrogate", text.replacen('{', "{\"x\":\"\\ud800\",", 1)),
        (
            "depth bomb",
            text.replacen('{', &format!("{{\"x\":{}{},", "[".repeat(200), "]".repeat(200)), 1),
        ),
        ("array for object", format!("[{text}]")),
        ("line break in base64", text.replacen(&first, &format!("{first}\\n"), 1)),
        // The length of the payload decides whether it is padded at all.
        (
            "other padding",
            match first.strip_suffix('=') {
                Some(less) => text.replacen(&first, less, 1),
                None => text.replacen(&first, &format!("{first}="), 1),
            },
        ),
    ] {
        desk.write(REPORT, &evil);
        verify(&desk, &[]).expect(4, &["envelope"]);
        assert_ne!(evil, text, "{what}");
    }
    desk.write(REPORT, &text);
    let statement = payload(&desk).to_string();
    for (from, to) in [
        ("\"verdict\":\"pass\"", "\"verdict\":\"fail\",\"verdict\":\"pass\""),
        ("\"exit\":0", "\"exit\":0.0"),
    ] {
        desk.write(REPORT, sign(&desk, statement.replacen(from, to, 1).as_bytes(), &["k"]));
        verify(&desk, &[]).expect(4, &["statement"]);
    }
}

#[test]
fn t16_numbers_that_readers_round_are_refused() {
    let desk = signed(&[]);
    let statement = payload(&desk).to_string();
    for number in ["9007199254740993", "9007199254740992", "1e400", "0.1", "-0"] {
        let evil = statement.replacen("\"exit\":0", &format!("\"x\":{number},\"exit\":0"), 1);
        desk.write(REPORT, sign(&desk, evil.as_bytes(), &["k"]));
        verify(&desk, &[]).expect(4, &["statement"]);
    }
}

/// A desk with a log `log` of its own key, and signed reports `0.json`, `1.json`, …
fn logging(count: usize) -> Desk {
    let desk = Desk::new();
    desk.run(&["keys", "generate", "log.key", "--algorithm", "ed25519"]).expect(0, &[]);
    let init = ["log", "init", "log", "--origin", "example.org/log", "--key", "log.key"];
    let key = desk.run(&init).expect(0, &[]).out;
    desk.write("log.vkey", key);
    for number in 0..count {
        let (nonce, out) = (format!("n{number}"), format!("envelope={number}.json"));
        desk.gate(&["--nonce", &nonce, "-o", &out]).expect(0, &[]);
    }
    desk
}

fn append(desk: &Desk, log: &str, number: usize) -> Ran {
    let report = format!("{number}.json");
    desk.run(&["log", "append", log, &report, "--key", "log.key", "--report-key", "k.pub"])
}

fn meet(desk: &Desk, log: &str) -> Ran {
    desk.run(&["log", "verify", log, "--log-key", "log.vkey", "--known", "known"])
}

fn copy(desk: &Desk, from: &str, to: &str) {
    desk.other("cp", &["-r", from, to]).unwrap().expect(0, &[]);
}

#[test]
fn t17_a_log_that_was_cut_off_is_refused() {
    let desk = logging(2);
    append(&desk, "log", 0).expect(0, &[]);
    copy(&desk, "log", "old");
    append(&desk, "log", 1).expect(0, &[]);
    meet(&desk, "log").expect(0, &["VERIFIED"]);
    meet(&desk, "old").expect(4, &["NOT VERIFIED", "(rollback)"]);
    // A report that must be in the log is shown to be, or refused.
    let prove = |number: usize, to: &str| {
        let report = format!("{number}.json");
        let which = ["--report", report.as_str(), "--report-key", "k.pub"];
        let prove = ["log", "prove", "log", "--log-key", "log.vkey"];
        let ran = desk.run(&[&prove[..], &which].concat()).expect(0, &[]);
        desk.write(to, ran.out);
    };
    prove(0, "0.tlog-proof");
    prove(1, "1.tlog-proof");
    let verify = |further: &[&str]| {
        desk.run(&[&["verify", "--key", "k.pub", "0.json", "--require-log"], further].concat())
    };
    let by = ["--log-key", "log.vkey"];
    verify(&[&["--log-proof", "0.tlog-proof"], &by[..]].concat()).expect(0, &["ok           log"]);
    verify(&[&["--log-proof", "1.tlog-proof"], &by[..]].concat()).expect(4, &["log", "not about"]);
    verify(&[]).expect(4, &["log", "no proof of that was given"]);
    let altered = desk.text("0.tlog-proof").replace("index 0", "index 1");
    desk.write("evil.tlog-proof", altered);
    verify(&[&["--log-proof", "evil.tlog-proof"], &by[..]].concat()).expect(4, &["log"]);
}

#[test]
fn t18_two_heads_of_one_log_are_refused() {
    let desk = logging(3);
    append(&desk, "log", 0).expect(0, &[]);
    copy(&desk, "log", "fork");
    append(&desk, "log", 1).expect(0, &[]);
    append(&desk, "fork", 2).expect(0, &[]);
    meet(&desk, "log").expect(0, &[]);
    let ran = meet(&desk, "fork").expect(4, &["NOT VERIFIED", "(fork)"]);
    let heads = format!("{}{}", ran.out, ran.err).matches("\u{2014} ").count();
    assert_eq!(heads, 2, "both signed heads are shown");
}

#[test]
fn t19_a_log_written_anew_is_refused() {
    let desk = logging(3);
    append(&desk, "log", 0).expect(0, &[]);
    meet(&desk, "log").expect(0, &[]);
    // The holder of the key begins again, with other entries and more of them.
    let init = ["log", "init", "anew", "--origin", "example.org/log", "--key", "log.key"];
    desk.run(&init).expect(0, &[]);
    append(&desk, "anew", 1).expect(0, &[]);
    append(&desk, "anew", 2).expect(0, &[]);
    meet(&desk, "anew").expect(4, &["NOT VERIFIED", "(rewritten)"]);
    // Somebody without the key changes an entry in its place.
    let entries = desk.at("log/tile/entries/000.p/1");
    let mut bytes = fs::read(&entries).unwrap();
    let at = bytes.windows(6).position(|part| part == b"\"pass\"").unwrap();
    bytes[at + 1..at + 5].copy_from_slice(b"fail");
    fs::write(entries, bytes).unwrap();
    desk.run(&["log", "fsck", "log", "--log-key", "log.vkey"]).expect(4, &["(altered)"]);
}

/// Kills at every write are in `ledger`; here processes are killed as they come.
#[test]
fn t20_no_acknowledged_entry_is_lost() {
    let desk = logging(8);
    let command = |number: usize| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_driftseal"));
        let report = format!("{number}.json");
        command.args([
            "log",
            "append",
            "log",
            &report,
            "--key",
            "log.key",
            "--report-key",
            "k.pub",
        ]);
        command.current_dir(desk.path()).env_clear();
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        command
    };
    let mut acknowledged = Vec::new();
    for number in 0..4 {
        let mut child = command(number).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(15 * number as u64));
        let _ = child.kill();
        if child.wait().unwrap().success() {
            acknowledged.push(number);
        }
    }
    // Two writers at once: both are served, one after the other.
    for pair in [[4, 5], [6, 7]] {
        let children = pair.map(|number| command(number).spawn().unwrap());
        for (number, mut child) in pair.into_iter().zip(children) {
            assert!(child.wait().unwrap().success(), "{number}");
            acknowledged.push(number);
        }
    }
    desk.run(&["log", "fsck", "log", "--log-key", "log.vkey"]).expect(0, &[]);
    for number in acknowledged {
        append(&desk, "log", number).expect(0, &["was logged already"]);
    }
}

#[test]
fn t21_a_stolen_key_counts_for_nothing() {
    let desk = signed(&[]);
    desk.generate("next");
    let trust = |further: &str| {
        let keys = [("k", "\"report\"", "ci", further), ("next", "\"report\"", "ci", "")];
        desk.write("trust.toml", policy(&desk, HEAD, &keys));
    };
    trust("not_before = \"2020-01-01T00:00:00Z\"\nnot_after = \"2098-01-01T00:00:00Z\"");
    by_policy(&desk, &[]).expect(0, &["key-validity"]);
    for (further, why) in [
        ("compromised_since = \"2098-01-01T00:00:00Z\"", "other hands"),
        ("status = \"revoked\"\nrevoked_at = \"2098-01-01T00:00:00Z\"", "was revoked"),
        ("not_after = \"2020-01-01T00:00:00Z\"", "was valid until"),
        ("not_before = \"2098-01-01T00:00:00Z\"", "is valid from"),
    ] {
        trust(further);
        // Nothing trusted says when it signed, so it counts for nothing, before or after.
        by_policy(&desk, &[]).expect(4, &["key-validity", why]);
    }
    // Another key goes on counting.
    trust("compromised_since = \"2020-01-01T00:00:00Z\"");
    let resigned = sign(&desk, payload(&desk).to_string().as_bytes(), &["k", "next"]);
    desk.write(REPORT, resigned);
    by_policy(&desk, &[]).expect(0, &["VERIFIED"]);
}

#[test]
fn t22_an_old_or_edited_trust_policy_is_refused() {
    let desk = signed(&[]);
    let trust = |version: u32, expires: &str| {
        let head = format!("version = {version}\nexpires = \"{expires}\"");
        desk.write("trust.toml", policy(&desk, &head, &[("k", "\"report\"", "ci", "")]));
    };
    let state = ["--trust-state", "state"];
    trust(7, "2099-01-01T00:00:00Z");
    by_policy(&desk, &state).expect(0, &["trust-policy"]);
    trust(6, "2099-01-01T00:00:00Z");
    by_policy(&desk, &state).expect(4, &["trust-policy", "put an older one back"]);
    trust(7, "2098-01-01T00:00:00Z");
    by_policy(&desk, &state).expect(4, &["trust-policy", "another text"]);
    trust(8, "2098-01-01T00:00:00Z");
    by_policy(&desk, &state).expect(0, &[]);
    trust(9, "2020-01-01T00:00:00Z");
    by_policy(&desk, &state).expect(4, &["trust-policy", "it ended"]);
    desk.write("state", "");
    trust(8, "2098-01-01T00:00:00Z");
    by_policy(&desk, &state).expect(4, &["trust state"]);
    let pinned = Digest::of(b"another policy").to_string();
    by_policy(&desk, &["--trust-digest", &pinned]).expect(4, &["not the one pinned"]);
    desk.write("trust.toml", desk.text("trust.toml").replace("usages", "useages"));
    by_policy(&desk, &[]).expect(2, &["trust.toml:"]);
}

/// Programs that hold keys are written as shell scripts around OpenSSL.
#[cfg(unix)]
#[test]
fn t23_an_external_signer_that_lies_or_hangs_is_refused() {
    let desk = Desk::new();
    if desk.other("openssl", &["version"]).is_none() {
        return;
    }
    let script = |name: &str, key: &str, shown: &str, reply: &str| {
        let text = format!(
            "#!/bin/sh\nPATH=/usr/local/bin:/usr/bin:/bin\ncase \"$2\" in\n\
             *publicKey*) printf '{{\"publicKey\":{{\"publicKeyPEM\":\"%s\"}}}}' \
             \"$(openssl pkey -in {shown} -pubout | base64 -w0)\";;\n\
             *) sig=$(openssl dgst -sha256 -sign {key} | base64 -w0); {reply};;\nesac\n"
        );
        desk.write(name, text);
        let mode = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o700);
        fs::set_permissions(desk.at(name), mode).unwrap();
    };
    let honest =
        "echo noise >&2; printf '{\"signMessage\":{\"signature\":\"%s\"}}' \"$sig\"; exit 7";
    let gate = |name: &str| {
        let reference = format!("exec:./{name}#release");
        let fixed = ["gate", "--blue", "blue", "--green", "green", "--masking-key", "masking.key"];
        desk.run(&[&fixed[..], &["--key", &reference, "-o", "envelope=e.json"]].concat())
    };
    desk.generate("other");
    script("honest", "k", "k", honest);
    gate("honest").expect(0, &[]);
    desk.run(&["verify", "--key", "k.pub", "e.json"]).expect(0, &["VERIFIED"]);
    desk.run(&["keys", "fingerprint", "exec:./honest"])
        .expect(0, &[&public(&desk, "k").id().to_string()]);
    fs::remove_file(desk.at("e.json")).unwrap();
    script("other-key", "other", "k", honest);
    script("garbage", "k", "k", "printf '{\"signMessage\":{\"signature\":\"AAAA\"}}'");
    script("error", "k", "k", "printf '{\"errorMessage\":\"no such key\"}'");
    script("twice", "k", "k", "printf '{\"signMessage\":{},\"signMessage\":{}}'");
    script("flood", "k", "k", "yes");
    script("silent", "k", "k", "true");
    for (name, why) in [
        ("other-key", "not of the key it showed"),
        ("garbage", "not of the key it showed"),
        ("error", "no such key"),
        ("twice", "written twice"),
        ("flood", "more than 65536 bytes"),
        ("silent", "cannot be read"),
        ("missing", "cannot be started"),
    ] {
        gate(name).expect(2, &[why]);
        assert!(!desk.at("e.json").exists(), "{name} left a signed report");
    }
}

#[test]
fn t24_no_secret_is_in_a_bundle() {
    let canary = "hunter2Canary9f8e7d6c5b4a";
    let desk = Desk::new();
    for side in ["blue", "green"] {
        let put = |file: &str, text: String| desk.write(&format!("{side}/{file}"), text);
        put("a.yaml", format!("db:\n  password: {canary}{side}\n"));
        put("b.env", format!("API_TOKEN={canary}{side}\n"));
        put("c.json", format!("{{\"client_secret\": \"{canary}{side}\"}}"));
        put("d.properties", format!("spring.datasource.password={canary}{side}\n"));
        put("e.ini", format!("[db]\npassword = {canary}{side}\n"));
        put("f.yaml", format!("url: https://shop:{canary}{side}@db.example.internal/x\n"));
    }
    desk.gate(&["-o", "bundle=out", "--ledger", "full"]).expect(1, &[]);
    desk.run(&["replay", "out"]).expect(0, &["byte for byte"]);
    let mut files = vec![desk.at("out")];
    let mut looked_at = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let mut texts = vec![String::from_utf8_lossy(&bytes).into_owned()];
        if let Ok(Value::Object(document)) = serde_json::from_slice(&bytes) {
            let inner =
                document.get("dsseEnvelope").and_then(Value::as_object).unwrap_or(&document);
            if let Some(payload) = inner.get("payload").and_then(Value::as_str) {
                texts.push(String::from_utf8(STANDARD.decode(payload).unwrap()).unwrap());
            }
        }
        for text in texts {
            looked_at += 1;
            assert!(!text.contains("hunter2Canary"), "{}", path.display());
            assert!(!text.contains(&STANDARD.encode(canary)[..20]), "{}", path.display());
        }
    }
    assert!(looked_at > 15, "{looked_at}");
}

#[test]
fn t25_what_is_shown_cannot_steer_a_terminal_or_a_log() {
    let desk = signed(&[]);
    let evil = "\u{1b}[2J\n::set-output name=a::b\u{202e}";
    forge(&desk, |statement| statement["predicateType"] = json!(evil));
    let ran = verify(&desk, &[]).expect(4, &["predicate-type"]);
    for text in [&ran.out, &ran.err] {
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("::")), "{text:?}");
    }
    let desk = Desk::new();
    desk.write("green/app.yaml", "replicas: 1\nimage: \"shop:1\\e[2J\\n::set-output name=a::b\"\n");
    let ran = desk.gate(&[]).expect(1, &[]);
    assert!(!ran.out.contains('\u{1b}'), "{:?}", ran.out);
    assert!(!ran.out.lines().any(|line| line.trim_start().starts_with("::")), "{}", ran.out);
}

/// What the page concludes in a browser, when a file is given to it.
fn in_a_browser(desk: &Desk, page: &str, report: &[u8]) -> Option<String> {
    let driver = format!(
        "const bytes = Uint8Array.from(atob('{}'), (c) => c.charCodeAt(0));\
         const given = new DataTransfer();\
         given.items.add(new File([bytes], 'drift-report.dsse.json'));\
         const files = document.getElementById('files');\
         files.files = given.files;\
         files.dispatchEvent(new Event('change'));",
        STANDARD.encode(report)
    );
    // The page runs no script but its own, so the one that hands it a file is named to it.
    let digest = STANDARD.encode(Digest::of(driver.as_bytes()).0);
    let page = page
        .replace("script-src ", &format!("script-src 'sha256-{digest}' "))
        .replace("</body>", &format!("<script>{driver}</script></body>"));
    desk.write("driven.html", page);
    let place = format!("file://{}", desk.at("driven.html").display());
    let profile = format!("--user-data-dir={}", desk.at("profile").display());
    let fixed = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000"];
    let ran = desk.other("chromium", &[&fixed[..], &[&profile, "--dump-dom", &place]].concat())?;
    let page = format!("{}{}", ran.out, ran.err);
    let (_, said) = page.split_once("id=\"conclusion\"").unwrap_or_else(|| panic!("{page}"));
    let (_, said) = said.split_once('>').unwrap();
    Some(said.split('<').next().unwrap().to_owned())
}

#[test]
fn t26_a_page_verifies_what_others_signed_and_nothing_else() {
    let desk = signed(&[]);
    desk.run(&["keys", "generate", "e", "--algorithm", "ed25519"]).expect(0, &[]);
    let make = |further: &[&str]| {
        let fixed = ["report", "verifier", "-o", "verifier.html"];
        desk.run(&[&fixed[..], further].concat()).expect(0, &["wrote a page"]);
        desk.text("verifier.html")
    };
    let page = make(&["--key", "k.pub", "--key", "e.pub"]);
    for part in ["default-src 'none'", "connect-src 'none'", &public(&desk, "k").id().to_string()] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("http://") && !page.contains("innerHTML"));
    let genuine = desk.read(REPORT);
    let Some(said) = in_a_browser(&desk, &page, &genuine) else { return };
    assert_eq!(said, "SIGNED, verdict: pass");
    let statement = payload(&desk).to_string();
    let by_e = sign(&desk, statement.as_bytes(), &["e"]);
    assert_eq!(in_a_browser(&desk, &page, &by_e).unwrap(), "SIGNED, verdict: pass");
    let only_e = make(&["--key", "e.pub"]);
    let two = make(&["--key", "k.pub", "--key", "e.pub", "--threshold", "2"]);
    let edited = String::from_utf8(genuine.clone()).unwrap().replacen("eyJ", "eyK", 1);
    let twice = String::from_utf8(genuine.clone()).unwrap().replacen('{', "{\"payload\":\"\",", 1);
    let failing = statement.replacen("\"verdict\":\"pass\"", "\"verdict\":\"fail\"", 1);
    let failing = sign(&desk, failing.as_bytes(), &["k"]);
    for (page, report, why) in [
        (&only_e, genuine.as_slice(), "0 of the pinned keys"),
        (&two, &genuine, "1 of the pinned keys"),
        (&page, edited.as_bytes(), "NOT VERIFIED"),
        (&page, twice.as_bytes(), "one spelling"),
        (&page, &failing, "contradicts the report"),
        (&page, b"{}", "NOT VERIFIED"),
    ] {
        let said = in_a_browser(&desk, page, report).unwrap();
        assert!(said.starts_with("NOT VERIFIED") && said.contains(why), "{why}: {said}");
    }
}

#[test]
fn t27_archives_stay_inside_and_small() {
    let desk = Desk::new();
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_size(4);
    header.set_mode(0o644);
    header.as_old_mut().name[..14].copy_from_slice(b"../escape.yaml");
    header.set_cksum();
    archive.append(&header, &b"a: 1"[..]).unwrap();
    desk.write("evil.tar", archive.into_inner().unwrap());
    let ran = desk.run(&["gate", "--blue", "evil.tar", "--green", "evil.tar"]);
    ran.expect(3, &["INCONCLUSIVE"]);
    assert!(!desk.path().parent().unwrap().join("escape.yaml").exists());
    // Bombs of every kind are in `archives`.
}

#[test]
fn t28_what_was_not_read_is_no_pass() {
    let desk = Desk::new();
    for (file, text) in [("t.yaml", "a: {{ .Values.x }}\n"), ("broken.json", "{\"a\": ")] {
        for side in ["blue", "green"] {
            desk.write(&format!("{side}/{file}"), text);
        }
    }
    desk.gate(&["-o", "text", "-o", "bundle=out"]).expect(3, &["INCONCLUSIVE"]);
    assert!(!desk.at("out/gate-pass.dsse.json").exists());
    verify(&desk, &["--require", "pass"]).expect(1, &["the verdict is inconclusive"]);
    forge(&desk, |statement| {
        for pointer in ["/predicate", "/predicate/report"] {
            let part = statement.pointer_mut(pointer).unwrap();
            part["verdict"] = json!("pass");
            part["exit"] = json!(0);
        }
    });
    verify(&desk, &[]).expect(4, &["recomputed", "come to inconclusive"]);
}

#[test]
fn t29_a_green_that_moved_is_refused() {
    let desk = signed(&[]);
    let green = payload(&desk)["predicate"]["greenDigest"].as_str().unwrap().to_owned();
    desk.write("green/app.yaml", "replicas: 3\nimage: shop:1\n");
    let arguments = ["snapshot", "green", "-o", "now.snapshot", "--masking-key", "masking.key"];
    let ran = desk.run(&arguments).expect(0, &["snapshot "]);
    let now = ran.out.split_whitespace().nth(1).unwrap().to_owned();
    assert_ne!(now, green);
    verify(&desk, &["--expect-green", &green]).expect(0, &[]);
    verify(&desk, &["--expect-green", &now]).expect(4, &["green", "the report is about"]);
    let live =
        ["verify", "--key", "k.pub", "out", "--live", "green", "--masking-key", "masking.key"];
    desk.run(&live).expect(4, &["live", "green moved since: changed: app.yaml"]);
    desk.write("green/new.yaml", "a: 1\n");
    desk.run(&live).expect(4, &["new: new.yaml"]);
    fs::remove_file(desk.at("green/new.yaml")).unwrap();
    desk.write("green/app.yaml", "replicas: 2\nimage: shop:1\n");
    let ran = desk.run(&live).expect(0, &["VERIFIED"]);
    assert!(ran.out.lines().any(|line| line.split_whitespace().eq(["ok", "live"])), "{}", ran.out);
    desk.write("other.key", "another masking key, 32 bytes or more");
    desk.protect("other.key");
    let other = [&live[..7], &["other.key"]].concat();
    let refused = desk.run(&other).expect(4, &["audited under the masking key"]);
    assert!(!refused.out.contains("moved since"), "{}", refused.out);
}

/// A desk with a bundle in `out`, a policy of trust in `trust.toml` over its key, with further lines
/// for it, and the authority of the fixtures.
fn stamped_policy(desk: &Desk, head: &str, further: &str, authority: Option<&str>) {
    let mut text = policy(desk, head, &[("k", "\"report\"", "ci", further)]);
    if let Some(certificate) = authority {
        let name = Path::new(certificate).file_stem().unwrap().to_str().unwrap().to_owned();
        let (pem, id) = (desk.text(certificate), desk.text(&format!("{name}.id")));
        write!(
            text,
            "[[key]]\nid = \"{id}\"\nname = \"{name}\"\nusages = [\"timestamp\"]\n\
             owner = \"example.org\"\npem = '''\n{pem}'''\n"
        )
        .unwrap();
    }
    desk.write("trust.toml", text);
}

/// Tokens that an authority of OpenSSL makes, over the signatures of a report and of its pass.
#[test]
fn t30_a_time_stamp_is_of_these_data_or_none() {
    let desk = signed(&[]);
    let Some(()) = tsa::install(&desk) else { return };
    let whole = ["verify", "--trust", "trust.toml", "out"];
    stamped_policy(&desk, HEAD, "", Some("root.crt"));
    desk.run(&whole).expect(0, &["not checked  timestamp", "ok           key-validity"]);
    let ran = desk.run(&["timestamp", "request", "out", "-o", "asked"]).expect(0, &[]);
    let asked: Vec<&str> = ran.out.lines().map(|line| line.trim_start_matches("wrote ")).collect();
    assert_eq!(asked.len(), 2, "{}", ran.out);
    let answers: Vec<String> =
        asked.iter().map(|query| tsa::answer(&desk, "good", query)).collect();
    // An answer to another request over the same data, and one over other data.
    let again = desk.run(&["timestamp", "request", "out", "-o", "again"]).expect(0, &[]);
    let again = again.out.lines().next().unwrap().trim_start_matches("wrote ").to_owned();
    let attach = |answer: &str, query: &str| {
        desk.run(&["timestamp", "attach", "out", answer, "--query", query])
    };
    attach(&answers[0], &again).expect(4, &["the nonce differs"]);
    attach(&answers[0], asked[1]).expect(4, &["about other data"]);
    let other = signed(&[]);
    other.run(&["timestamp", "request", "out", "-o", "asked"]).expect(0, &[]);
    let query = fs::read_dir(other.at("asked")).unwrap().next().unwrap().unwrap().path();
    desk.write("other.tsq", fs::read(query).unwrap());
    let foreign = tsa::answer(&desk, "good", "other.tsq");
    desk.run(&["timestamp", "attach", "out", &foreign]).expect(4, &["over other data"]);
    desk.run(&whole).expect(0, &["not checked  timestamp"]);
    for (answer, query) in answers.iter().zip(&asked) {
        attach(answer, query).expect(0, &["attached to"]);
    }
    let copy = desk.text("out/drift-report.sigstore.json");
    assert!(copy.contains("\"rfc3161Timestamps\":[{\"signedTimestamp\":\""), "{copy}");
    desk.run(&whole).expect(0, &["ok           timestamp", "root states it"]);

    // What a key signed before it was lost still counts, what it signed after does not.
    let demanded = format!("{HEAD}\n[role.report]\nrequire_timestamp = true");
    for (further, code, why) in [
        ("compromised_since = \"2098-01-01T00:00:00Z\"", 0, "VERIFIED"),
        ("status = \"revoked\"\nrevoked_at = \"2098-01-01T00:00:00Z\"", 0, "VERIFIED"),
        ("compromised_since = \"2020-01-01T00:00:00Z\"", 4, "and its signature is of"),
        ("not_before = \"2097-01-01T00:00:00Z\"", 4, "it signed at"),
    ] {
        stamped_policy(&desk, &demanded, further, Some("root.crt"));
        desk.run(&whole).expect(code, &[why]);
    }
    // A key that has ended since: judged at its signature, not at the reader's time.
    stamped_policy(&desk, HEAD, "not_after = \"2090-01-01T00:00:00Z\"", Some("root.crt"));
    let later = [&whole[..], &["--at", "2095-01-01T00:00:00Z"]].concat();
    desk.run(&later).expect(0, &["VERIFIED"]);
    stamped_policy(&desk, HEAD, "not_after = \"2090-01-01T00:00:00Z\"", None);
    desk.run(&later).expect(4, &["was valid until"]);

    laid_in_its_place(&desk, asked[0], (&answers[0], &foreign));
}

/// What is laid in the place of a time stamp: anything but one over this signature by a pinned
/// authority is refused, and takes nothing from one that holds.
fn laid_in_its_place(desk: &Desk, asked: &str, (answer, foreign): (&str, &str)) {
    let whole = ["verify", "--trust", "trust.toml", "out"];
    let demanded = format!("{HEAD}\n[role.report]\nrequire_timestamp = true");
    for file in fs::read_dir(desk.at("out")).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_some_and(|end| end == "tsr") {
            fs::remove_file(file).unwrap();
        }
    }
    stamped_policy(desk, &demanded, "", Some("root.crt"));
    desk.run(&whole).expect(4, &["timestamp", "too few have one"]);
    let lay = |bytes: &[u8], why: &str| {
        desk.write("out/drift-report.evil.tsr", bytes);
        for head in [HEAD, &demanded] {
            stamped_policy(desk, head, "", Some("root.crt"));
            desk.run(&whole).expect(4, &["FAILED       timestamp", why]);
        }
    };
    lay(&desk.read(foreign), "over other data");
    lay(b"\x30\x00", "no answer");
    lay(&vec![b'x'; 60_000], "no answer");
    let elsewhere = tsa::answer(desk, "elsewhere", asked);
    lay(&desk.read(&elsewhere), "no pinned authority");
    for name in ["eku-missing", "eku-not-critical", "eku-more"] {
        lay(&tsa::forge(desk, name, answer), "time stamps and nothing else");
    }
    lay(&desk.read(&tsa::answer(desk, "expired", asked)), "was not valid at");
    let genuine = desk.read(answer);
    let mut edited = genuine.clone();
    // The year, in the statement that is signed.
    let at = edited.windows(4).position(|part| part == b"\x18\x0f20").unwrap();
    edited[at + 4] = b'1';
    lay(&edited, "over another statement");
    // Garbage beside one that holds takes nothing from it.
    desk.write("out/drift-report.good.tsr", genuine);
    desk.run(&whole).expect(0, &["ok           timestamp"]);
    stamped_policy(desk, HEAD, "", Some("elsewhere-root.crt"));
    desk.run(&whole).expect(4, &["FAILED       timestamp", "no pinned authority"]);
}

#[test]
fn t31_old_formats_are_refused() {
    let desk = signed(&[]);
    let genuine = payload(&desk);
    for (pointer, old, check) in [
        ("/_type", "https://in-toto.io/Statement/v0.1", "statement"),
        ("/predicateType", "https://driftseal.dev/drift-report/v0", "predicate-type"),
        ("/predicate/report/schema", "driftseal.report/0", "verdict-fields"),
    ] {
        forge(&desk, |statement| {
            *statement = genuine.clone();
            *statement.pointer_mut(pointer).unwrap() = json!(old);
        });
        verify(&desk, &[]).expect(4, &[check]);
    }
    tamper(&desk, |document| document["payloadType"] = json!("application/json"));
    verify(&desk, &[]).expect(4, &["payload-type"]);
}

#[test]
fn t32_what_another_engine_derives_is_told() {
    let desk = signed(&[]);
    // A report of an engine that saw less, signed with the right key over the right evidence.
    let drifted = Desk::new();
    drifted.write("green/app.yaml", "replicas: 1\nimage: shop:1\n");
    drifted.gate(&["-o", "bundle=out"]).expect(1, &[]);
    drifted.run(&["replay", "out"]).expect(0, &[]);
    forge(&drifted, |statement| {
        for pointer in ["/predicate", "/predicate/report"] {
            let part = statement.pointer_mut(pointer).unwrap();
            part["verdict"] = json!("pass");
            part["exit"] = json!(0);
        }
        let report = &mut statement["predicate"]["report"];
        report["findings"] = json!([]);
        report["changes"] = json!([]);
        report["verdicts"] = json!(["pass"]);
        report["summary"]["changes"] = json!([]);
        report["summary"]["findings"]["blocking"] = json!(0);
    });
    // It holds together, so only deriving it again tells.
    verify(&drifted, &["--require", "pass"]).expect(0, &["VERIFIED"]);
    drifted
        .run(&["verify", "--key", "k.pub", "out", "--replay"])
        .expect(4, &["replay", "part at byte"]);
    drifted.run(&["replay", "out"]).expect(4, &["NOT REPLAYED", "the verdict is pass"]);
    drifted.run(&["replay", "out", "--semantic"]).expect(4, &["only in the derived report"]);
    // The engine itself is named by its digest.
    let engine: Value = serde_json::from_slice(&desk.read("out/evidence/engine.json")).unwrap();
    assert_eq!(engine["executableSha256"].as_str().unwrap().len(), 64);
}

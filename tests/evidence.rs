//! Bundles: what a gate writes beside its report, and deriving the report from it again.

#[path = "common/desk.rs"]
mod desk;

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{noon, rules};
use desk::Desk;
use driftseal::audit::audit;
use driftseal::collect::{
    Exclusions, Kept, MaskingKey, Options, SecretPatterns, Spool, collect_pair, restore, write,
};
use driftseal::evidence::replay::{canonical_text, first_difference};
use driftseal::model::{GapReason, Limits, Pair, Snapshot};
use driftseal::policy::{Config, Ledger};
use driftseal::wire::report::Report;
use serde_json::Value;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Every case with a blue and a green folder, and the folders to compare.
fn cases() -> Vec<(PathBuf, Pair<&'static str>)> {
    let folders = |root: PathBuf| {
        let entries = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
        let mut cases: Vec<PathBuf> = entries.filter(|path| path.join("green").is_dir()).collect();
        cases.sort();
        cases
    };
    let all = folders(fixtures()).into_iter().chain(folders(fixtures().join("tracing")));
    all.map(|case| (case, Pair::new("blue", "green"))).collect()
}

fn options(base: &Path, config: &Config, key: MaskingKey) -> Options {
    Options {
        limits: Limits::STANDARD,
        masking_key: key,
        secret_patterns: SecretPatterns::new(config.secret_patterns.clone()),
        exclude: Exclusions::new(&config.exclude).unwrap(),
        base_dir: base.to_owned(),
        environment: Vec::new(),
    }
}

fn kept(folder: &Path, snapshots: &Pair<Snapshot>, spool: &Spool, options: &Options) -> Pair<Kept> {
    Pair::new(("blue", &snapshots.blue), ("green", &snapshots.green)).map(|(name, snapshot)| {
        let file = folder.join(name);
        let mut out = fs::File::create(&file).unwrap();
        write(snapshot, spool, options, &mut out).unwrap();
        let nothing = |gap: &&driftseal::model::Gap| gap.reason == GapReason::NothingToEvaluate;
        let nothing_at = snapshot.gaps.iter().find(nothing).map(|gap| gap.place.clone());
        Kept { file, collectors: snapshot.collectors.clone(), nothing_at }
    })
}

/// One case, audited as collected on one thread, and again from its snapshots on three, by a
/// reader who has no masking key.
fn derived_again(case: &Path, pair: Pair<&str>) -> (String, String) {
    let text = fs::read_to_string(case.join("driftseal.toml")).unwrap_or_default();
    let mut config = Config::parse("driftseal.toml", &text).unwrap();
    config.policy.ledger = Ledger::Full;
    let taken = options(case, &config, MaskingKey::from_bytes(&[7; 32], false).unwrap());
    let locators = pair.map(|folder| [folder.to_owned()]);
    let sides = locators.as_ref().map(|locators| (locators.as_slice(), taken.clone()));
    let threads =
        |count: usize| rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap();
    let report = |snapshots: &Pair<Snapshot>, spool: &Spool| {
        let report = audit(snapshots, spool, &config.policy, rules(), noon()).unwrap();
        canonical_text(&Report::from(report)).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let (first, kept) = threads(1).install(|| {
        let spool = Spool::new(&taken.limits);
        let snapshots = collect_pair(&sides, &spool);
        (report(&snapshots, &spool), kept(folder.path(), &snapshots, &spool, &taken))
    });
    let nobody = MaskingKey::from_bytes(&[9; 32], true).unwrap();
    let reader =
        Options { exclude: Exclusions::default(), ..options(Path::new(""), &config, nobody) };
    let second = threads(3).install(|| {
        let spool = Spool::new(&reader.limits);
        let snapshots = restore(&kept, &reader, &spool);
        spool.trusted().unwrap();
        report(&snapshots, &spool)
    });
    (first, second)
}

#[test]
fn every_fixture_is_derived_again_byte_for_byte() {
    let cases = cases();
    assert!(cases.len() > 140, "{}", cases.len());
    for (case, pair) in cases {
        let (first, second) = derived_again(&case, pair);
        let at = first_difference(&first, &second);
        let part = |text: &str| {
            let from = at.unwrap_or(0).saturating_sub(80);
            text.get(from..(from + 240).min(text.len())).unwrap_or_default().to_owned()
        };
        assert!(
            at.is_none(),
            "{} {pair:?} parts at {at:?}:\n{}\n{}",
            case.display(),
            part(&first),
            part(&second)
        );
    }
}

#[test]
fn a_bundle_is_what_it_says_and_stock_tools_agree() {
    let desk = Desk::new();
    desk.gate(&["-o", "bundle=out"]).expect(0, &[]);
    let sums = desk.text("out/SHA256SUMS");
    assert!(sums.lines().all(|line| line.contains("  evidence/")), "{sums}");
    for name in [
        "run.json",
        "engine.json",
        "collectors.json",
        "policy/driftseal.toml",
        "packs/000-",
        "snapshots/blue.snapshot",
    ] {
        assert!(sums.contains(&format!("  evidence/{name}")), "{name}:\n{sums}");
    }
    desk.write("check.sh", "cd out && sha256sum -c --strict --quiet SHA256SUMS");
    if let Some(ran) = desk.other("sh", &["check.sh"]) {
        ran.expect(0, &[]);
    }
    let statement = payload(&desk, "out/drift-report.dsse.json");
    let digest = driftseal::model::Digest::of(sums.as_bytes()).to_string();
    assert_eq!(statement["subject"][1]["name"], "SHA256SUMS");
    assert_eq!(statement["subject"][1]["digest"]["sha256"], digest.as_str());
    assert_eq!(statement["subject"][1]["digest"]["dirHash1"], digest.as_str());
    assert_eq!(statement["subject"][0]["name"], "green");
    let pass = payload(&desk, "out/gate-pass.dsse.json");
    assert_eq!(pass["predicateType"], "https://in-toto.io/attestation/svr/v0.2");
    let properties = pass["predicate"]["properties"].to_string();
    assert!(properties.contains("DRIFTSEAL_NO_UNEXPLAINED_DRIFT"), "{properties}");
    assert!(!properties.contains("TRACE_PATHS_COMPLETE"), "there are no paths: {properties}");
    let files = format!("{} files", sums.lines().count());
    desk.run(&["replay", "out"]).expect(0, &["byte for byte", &files]);
    desk.run(&["replay", "out/evidence"]).expect(0, &["byte for byte"]);
    desk.run(&["replay", "--semantic", "out"]).expect(0, &["same verdict, findings and gaps"]);
}

fn payload(desk: &Desk, file: &str) -> Value {
    use base64::Engine as _;

    let envelope: Value = serde_json::from_slice(&desk.read(file)).unwrap();
    let text = envelope["payload"].as_str().unwrap();
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn a_pass_is_attested_only_for_a_pass() {
    let desk = Desk::new();
    desk.write("green/app.yaml", "replicas: 1\nimage: shop:1\n");
    desk.gate(&["-o", "bundle=out"]).expect(1, &[]);
    assert!(desk.at("out/drift-report.sigstore.json").is_file());
    assert!(!desk.at("out/gate-pass.dsse.json").exists());
    assert!(!desk.at("out/gate-pass.sigstore.json").exists());
    desk.write("green/b.yaml", "a: {{ .Values.x }}\n");
    desk.gate(&["-o", "bundle=inconclusive"]).expect(3, &[]);
    assert!(!desk.at("inconclusive/gate-pass.dsse.json").exists());
    // A pass that leaves drift open below its threshold does not say that there is none.
    desk.write("blue/b.yaml", "a: {{ .Values.x }}\n");
    fs::remove_file(desk.at("blue/b.yaml")).unwrap();
    fs::remove_file(desk.at("green/b.yaml")).unwrap();
    desk.gate(&["--fail-on", "critical", "-o", "bundle=lenient"]).expect(0, &[]);
    let pass = payload(&desk, "lenient/gate-pass.dsse.json");
    assert_eq!(pass["predicate"]["properties"][0], "DRIFTSEAL_GATE_PASS");
    assert!(!pass.to_string().contains("NO_UNEXPLAINED_DRIFT"), "{pass}");
    desk.run(&["replay", "lenient"]).expect(0, &["byte for byte"]);
}

#[test]
fn a_bundle_goes_to_an_empty_place_outside_of_the_sides_or_nowhere() {
    let desk = Desk::new();
    desk.write("out/mine", "x");
    desk.gate(&["-o", "bundle=out"]).expect(2, &["not empty"]);
    assert_eq!(desk.text("out/mine"), "x");
    desk.write("file", "x");
    desk.gate(&["-o", "bundle=file"]).expect(2, &["no folder"]);
    desk.gate(&["-o", "bundle=green/out"]).expect(2, &["part of what is audited"]);
    desk.gate(&["-o", "bundle"]).expect(2, &["a bundle is a folder"]);
    desk.gate(&["-o", "bundle=a", "-o", "bundle=b"]).expect(2, &["two bundles"]);
    let unsigned = ["gate", "--blue", "blue", "--green", "green", "-o", "bundle=c"];
    desk.run(&unsigned).expect(2, &["-o bundle needs a key"]);
    fs::create_dir(desk.at("empty")).unwrap();
    desk.gate(&["-o", "bundle=empty"]).expect(0, &[]);
    let left: Vec<String> = fs::read_dir(desk.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_replay_does_not_depend_on_where_and_how_it_runs() {
    let desk = Desk::new();
    desk.write("blue/b.env", "API_TOKEN=ghp_0123456789abcdefghijABCDEFGHIJ012345\nNAME=blue\n");
    desk.write("green/b.env", "API_TOKEN=ghp_9876543210abcdefghijABCDEFGHIJ012345\nNAME=green\n");
    desk.write("driftseal.toml", "[gate]\nfail_on = \"critical\"\n");
    desk.gate(&["-o", "bundle=out", "--jobs", "1", "--ledger", "full"]);
    for (jobs, environment) in [
        ("1", vec![]),
        ("2", vec![("TZ", "Asia/Kathmandu"), ("LC_ALL", "tr_TR.UTF-8")]),
        (
            "8",
            vec![
                ("TZ", "America/St_Johns"),
                ("LANG", "de_DE.UTF-8"),
                ("DRIFTSEAL_FAIL_ON", "info"),
            ],
        ),
    ] {
        let ran = desk.run_with(&["replay", "out", "--jobs", jobs], &environment);
        ran.expect(0, &["byte for byte"]);
    }
    let elsewhere = Desk::empty();
    copy(&desk.at("out"), &elsewhere.at("deep/er/bundle"));
    elsewhere.run(&["replay", "deep/er/bundle"]).expect(0, &["byte for byte"]);
    let git = |arguments: &[&str]| {
        let who = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
        desk.other("git", &[&who[..], arguments].concat())
    };
    if git(&["init", "-q", "repository"]).is_none() {
        return;
    }
    copy(&desk.at("out"), &desk.at("repository/bundle"));
    git(&["-C", "repository", "add", "-A"]).unwrap().expect(0, &[]);
    git(&["-C", "repository", "commit", "-qm", "evidence"]).unwrap().expect(0, &[]);
    git(&["clone", "-q", "repository", "clone"]).unwrap().expect(0, &[]);
    desk.run(&["replay", "clone/bundle"]).expect(0, &["byte for byte"]);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn evidence_that_was_touched_is_refused_before_anything_is_derived() {
    let desk = Desk::new();
    desk.gate(&["-o", "bundle=out"]).expect(0, &[]);
    let touched = |change: &dyn Fn(&Path), why: &str| {
        let copied = Desk::empty();
        copy(&desk.at("out"), &copied.at("out"));
        change(&copied.at("out"));
        copied.run(&["replay", "out"]).expect(4, &[why]);
    };
    touched(&|out| fs::write(out.join("evidence/run.json"), "{}").unwrap(), "was changed");
    touched(&|out| fs::write(out.join("evidence/new"), "").unwrap(), "not listed");
    touched(&|out| fs::remove_file(out.join("evidence/engine.json")).unwrap(), "not there");
    touched(
        &|out| {
            let text = fs::read_to_string(out.join("SHA256SUMS")).unwrap();
            fs::write(out.join("SHA256SUMS"), text.replace("run.json", "run2.json")).unwrap();
        },
        "SHA256SUMS",
    );
    #[cfg(unix)]
    touched(
        &|out| {
            let snapshot = out.join("evidence/snapshots/green.snapshot");
            fs::rename(&snapshot, out.join("elsewhere")).unwrap();
            std::os::unix::fs::symlink(out.join("elsewhere"), snapshot).unwrap();
        },
        "plain files only",
    );
}

#[test]
fn a_second_person_countersigns_and_both_are_demanded() {
    let desk = Desk::new();
    desk.gate(&["-o", "bundle=out"]).expect(0, &[]);
    desk.generate("approver");
    let report = "out/drift-report.dsse.json";
    let two = ["verify", "--key", "k.pub", "--key", "approver.pub", "--threshold", "2"];
    desk.run(&[&two[..], &[report]].concat()).expect(4, &["1 of the pinned keys"]);
    let sign = |key: &str, before: &str, from: &str| {
        desk.run(&[
            "sign",
            "--countersign",
            from,
            "--key",
            key,
            "--signed-by",
            before,
            "-o",
            "both.json",
        ])
    };
    sign("approver", "approver.pub", report).expect(4, &["will not sign what does not verify"]);
    assert!(!desk.at("both.json").exists());
    sign("k", "k.pub", report).expect(2, &["given twice"]);
    sign("approver", "k.pub", report).expect(0, &["countersigned"]);
    desk.run(&[&two[..], &["both.json"]].concat()).expect(0, &["VERIFIED"]);
    // The evidence is that of the first signature, and a replay does not ask who signed.
    desk.run(&[&two[..], &["both.json", "--evidence", "out", "--replay"]].concat())
        .expect(0, &["ok           replay"]);
    let forged = desk.text(report).replacen("eyJ", "eyK", 1);
    desk.write("forged.json", forged);
    sign("approver", "k.pub", "forged.json").expect(4, &["will not sign"]);
}

#[test]
fn a_countersignature_in_place_is_in_the_sigstore_copies_too() {
    let desk = Desk::new();
    desk.gate(&["-o", "bundle=out"]).expect(0, &[]);
    desk.generate("approver");
    let before = desk.text("out/drift-report.sigstore.json");
    let sign = ["sign", "--countersign", "out", "--key", "approver", "--signed-by", "k.pub"];
    desk.run(&sign).expect(0, &["countersigned"]);
    let two = ["verify", "--key", "k.pub", "--key", "approver.pub", "--threshold", "2", "out"];
    desk.run(&two).expect(0, &["VERIFIED"]);
    assert_eq!(desk.text("out/drift-report.sigstore.json"), before, "the first signature's");
    let id = desk.run(&["keys", "fingerprint", "approver.pub"]).out;
    let copy = desk.text(&format!("out/drift-report.{}.sigstore.json", &id[..12]));
    let copy: serde_json::Value = serde_json::from_str(&copy).unwrap();
    let envelope: serde_json::Value =
        serde_json::from_slice(&desk.read("out/drift-report.dsse.json")).unwrap();
    let signature = &copy["dsseEnvelope"]["signatures"][0]["sig"];
    assert_eq!(signature, &envelope["signatures"][1]["sig"]);
    // Only a bundle says where its envelope is.
    let lone = ["sign", "--countersign", "out/drift-report.dsse.json", "--key", "approver"];
    desk.run(&[&lone[..], &["--signed-by", "k.pub"]].concat()).expect(2, &["--output PATH"]);
}

#[test]
fn what_is_about_a_trust_policy_is_no_word_to_keys() {
    let desk = Desk::new();
    desk.gate(&["-o", "bundle=out"]).expect(0, &[]);
    let digest = "0".repeat(64);
    for further in
        [["--trust-digest", &digest], ["--trust-state", "seen"], ["--timestamp", "k.pub"]]
    {
        let by_key = ["verify", "--key", "k.pub", "out"];
        desk.run(&[&by_key[..], &further].concat()).expect(2, &["trust policy"]);
    }
}

#[test]
fn a_pass_that_was_taken_away_is_missed() {
    let desk = Desk::new();
    desk.gate(&["-o", "bundle=out"]).expect(0, &[]);
    desk.run(&["verify", "--key", "k.pub", "out"]).expect(0, &["ok           gate-pass"]);
    fs::remove_file(desk.at("out/gate-pass.dsse.json")).unwrap();
    desk.run(&["verify", "--key", "k.pub", "out"])
        .expect(4, &["FAILED       gate-pass", "was taken away"]);
    // The report alone does not claim to be with it.
    desk.run(&["verify", "--key", "k.pub", "out/drift-report.dsse.json"]).expect(0, &[]);
}

#[test]
fn a_refusal_says_who_signed_it_and_of_what() {
    let desk = Desk::new();
    desk.write("green/app.yaml", "replicas: 1\nimage: shop:1\n");
    desk.gate(&["-o", "bundle=out"]).expect(1, &[]);
    let id = desk.run(&["keys", "fingerprint", "k.pub"]).out;
    let denied = ["verify", "--key", "k.pub", "out", "--require", "pass"];
    let shown = ["AUTHENTIC, BUT NO PASS", "verdict      fail", "judged at", id.trim(), "green  "];
    desk.run(&denied).expect(1, &shown);
    let ran = desk.run(&[&denied[..], &["--format", "json"]].concat()).expect(1, &[]);
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((told["conclusion"].as_str(), told["exit"].as_u64()), (Some("no-pass"), Some(1)));
    assert_eq!(told["report"]["signers"][0], id.trim());
    // A pass beside a refusal breaks it, whether or not a pass is demanded.
    let other = Desk::new();
    other.gate(&["-o", "bundle=out"]).expect(0, &[]);
    fs::copy(other.at("out/gate-pass.dsse.json"), desk.at("out/gate-pass.dsse.json")).unwrap();
    desk.run(&denied).expect(4, &["FAILED       gate-pass"]);
}

#[test]
fn a_report_is_rendered_by_the_same_trust_as_it_is_verified() {
    let desk = Desk::new();
    desk.gate(&["-o", "bundle=out", "--valid-for", "1h", "--evaluated-at", "2026-01-02T03:00:00Z"])
        .expect(0, &[]);
    let by_key = ["report", "--key", "k.pub", "out", "-o", "csv"];
    desk.run(&by_key).expect(4, &["not-after: the report was valid until", "--at"]);
    let then = ["--at", "2026-01-02T03:30:00Z"];
    desk.run(&[&by_key[..], &then].concat()).expect(0, &["judged as if it were"]);
    let id = desk.run(&["keys", "fingerprint", "k.pub"]).out;
    let policy = |usage: &str| {
        let (pem, id) = (desk.text("k.pub"), id.trim());
        let head =
            "schema = \"driftseal.trust/1\"\nversion = 1\nexpires = \"2099-01-01T00:00:00Z\"";
        let key = format!("[[key]]\nid = \"{id}\"\nname = \"k\"\nusages = [\"{usage}\"]");
        desk.write("trust.toml", format!("{head}\n{key}\nowner = \"ci\"\npem = '''\n{pem}'''\n"));
    };
    let by_policy = ["report", "--trust", "trust.toml", "out", "-o", "csv"];
    policy("report");
    desk.run(&[&by_policy[..], &then].concat()).expect(0, &[]);
    desk.run(&by_policy).expect(4, &["not-after"]);
    policy("log");
    desk.run(&[&by_policy[..], &then].concat()).expect(2, &["cannot be met by 0"]);
}

#[test]
fn a_key_under_a_password_is_one_that_openssl_reads_and_writes() {
    let desk = Desk::empty();
    desk.write("password", "correct horse\n");
    desk.protect("password");
    // OpenSSL reads two lines of a file that it is given twice.
    desk.write("same", "correct horse\n");
    let password = ["--key-password", "password"];
    for algorithm in ["ecdsa-p256-sha256", "ed25519"] {
        let name = format!("k-{algorithm}");
        let generate = ["keys", "generate", &name, "--algorithm", algorithm];
        let made = desk.run(&[&generate[..], &password].concat()).expect(0, &["BEGIN PUBLIC KEY"]);
        assert!(desk.text(&name).starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
        let shown = desk.run(&[&["keys", "show", &name], &password[..]].concat());
        assert_eq!(shown.expect(0, &[]).out, made.out);
        desk.run(&["keys", "show", &name]).expect(2, &["--key-password"]);
        desk.write("wrong", "battery staple");
        desk.protect("wrong");
        desk.run(&["keys", "show", &name, "--key-password", "wrong"])
            .expect(2, &["does not open the private key"]);
        let public = format!("{name}.pub");
        let by_openssl = ["pkey", "-in", &name, "-passin", "file:password", "-pubout"];
        let Some(theirs) = desk.other("openssl", &by_openssl) else { return };
        assert_eq!(theirs.expect(0, &[]).out, desk.text(&public));
        for cipher in [&["-v2", "aes-256-cbc"][..], &["-scrypt"]] {
            let written = [
                &["pkcs8", "-topk8", "-in", &name, "-passin", "file:password"][..],
                &["-passout", "file:same", "-out", "theirs.key"],
                cipher,
            ];
            desk.other("openssl", &written.concat()).unwrap().expect(0, &[]);
            desk.protect("theirs.key");
            let read = desk.run(&[&["keys", "show", "theirs.key"], &password[..]].concat());
            assert_eq!(read.expect(0, &[]).out, made.out);
        }
    }
    desk.write("blue/a.yaml", "a: 1\n");
    desk.write("green/a.yaml", "a: 1\n");
    let gate = [
        "gate",
        "--blue",
        "blue",
        "--green",
        "green",
        "--masking-key",
        "masking.key",
        "-o",
        "text",
    ];
    let signed = ["--key", "k-ed25519", "--key-password", "env:PASSWORD"];
    let environment = [("PASSWORD", "correct horse")];
    desk.run_with(&[&gate[..], &signed].concat(), &environment).expect(0, &["signed by"]);
    desk.run(&[&gate[..], &signed].concat()).expect(2, &["PASSWORD is not set"]);
}

#[test]
fn a_trust_policy_is_checked_and_shown() {
    let desk = Desk::new();
    let id = desk.run(&["keys", "fingerprint", "k.pub"]).expect(0, &[]).out.trim().to_owned();
    let policy = |further: &str| {
        desk.write(
            "trust.toml",
            format!(
                "schema = \"driftseal.trust/1\"\nversion = 1\nexpires = \"2099-01-01T00:00:00Z\"\n\
                 [[key]]\nid = \"{id}\"\nname = \"ci\"\nusages = [\"report\"]\nowner = \"org/ci\"\n\
                 pem = '''\n{}'''\n{further}",
                desk.text("k.pub")
            ),
        );
    };
    policy("not_after = \"2098-01-01T00:00:00Z\"\n");
    desk.run(&["trust", "lint", "trust.toml"]).expect(0, &["nothing to say"]);
    desk.run(&["trust", "show", "trust.toml"]).expect(0, &["org/ci", &id, "counts now"]);
    desk.run(&["trust", "show", "trust.toml", "--at", "2098-06-01T00:00:00Z"])
        .expect(0, &["was valid until"]);
    policy("");
    desk.run(&["trust", "lint", "trust.toml"]).expect(1, &["has no end"]);
    let shown = format!("  ci  {id}\n    org/ci, ");
    desk.run(&["trust", "show", "trust.toml"]).expect(0, &[&shown]);
    policy("[[pack]]\nid = \"drift\"\n");
    desk.run(&["trust", "lint", "trust.toml"])
        .expect(1, &["no report of this version verifies", "workload-hardening"]);
    for (further, why) in [
        ("[role.report]\nthreshold = 2\n", "cannot be met"),
        ("[role.report]\nthreshold = 0\n", "trusts everybody"),
        ("status = \"retired\"\n", "needs `not_after`"),
        ("status = \"revoked\"\n", "go together"),
        ("not_after = \"tomorrow\"\n", "a time is written"),
        ("[role.reports]\n", "trust.toml:"),
        ("[role.report]\nmax_age = \"15\"\n", "expected a duration"),
    ] {
        policy(further);
        desk.run(&["trust", "lint", "trust.toml"]).expect(2, &[why]);
    }
}

#[test]
fn a_verification_is_also_written_for_machines() {
    let desk = Desk::new();
    desk.gate(&["-o", "bundle=out", "--nonce", "n"]).expect(0, &[]);
    let verify = ["verify", "--key", "k.pub", "out", "--format", "json"];
    let ran = desk.run(&[&verify[..], &["--replay", "--nonce", "n"]].concat()).expect(0, &[]);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["schema"], "driftseal.verification/1");
    assert_eq!(document["conclusion"], "verified");
    assert_eq!(document["report"]["verdict"], "pass");
    let outcome = |name: &str| {
        let checks = document["checks"].as_array().unwrap();
        checks.iter().find(|check| check["name"] == name).unwrap()["outcome"].clone()
    };
    for name in ["envelope", "signatures", "evidence-files", "nonce", "recomputed", "replay"] {
        assert_eq!(outcome(name), "ok", "{name}");
    }
    for name in ["trust-policy", "log", "live", "system"] {
        assert_eq!(outcome(name), "not-checked", "{name}");
    }
    let refused = desk.run(&[&verify[..], &["--nonce", "m"]].concat()).expect(4, &[]);
    let document: Value = serde_json::from_str(&refused.out).unwrap();
    assert_eq!(document["conclusion"], "broken");
    assert_eq!(document["report"], Value::Null, "nothing of it may be used");
}

//! What `sign --as`, `timestamp` and bundles write, read by others: compliance-trestle, in-toto-attestation,
//! minisign, OpenSSL, cosign and @sigstore/verify. Each accepts it, and refuses a tampered copy.

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::symlink;

use crate::desk::{Desk, Ran};
use crate::evidence::{named, script, skipped};
use crate::tsa;

/// A desk with a failing bundle in `out`, signed by an Ed25519 key `e`, and a key `k`.
fn failing() -> Desk {
    let desk = Desk::new();
    desk.run(&["keys", "generate", "e", "--algorithm", "ed25519"]).expect(0, &[]);
    desk.write("green/app.yaml", "replicas: 1\nimage: shop:1\n");
    desk.gate(&["-o", "bundle=out"]).expect(1, &[]);
    desk
}

fn sign_as(desk: &Desk, form: &str, key: &str, output: &str) -> Ran {
    desk.run(&["sign", "--as", form, "out", "--key", key, "--signed-by", "k.pub", "-o", output])
}

#[test]
fn trestle_validates_and_verifies_our_oscal() {
    let Some(python) = named("DRIFTSEAL_TEST_PYTHON") else { return };
    let desk = failing();
    let trestle = std::path::Path::new(&python).with_file_name("trestle");
    let trestle = |arguments: &[&str]| desk.other(trestle.to_str().unwrap(), arguments).unwrap();
    fs::create_dir(desk.at("work")).unwrap();
    // A root that is named from where one stands is none to trestle.
    let work = desk.at("work").display().to_string();
    trestle(&["init", "--local", "-tr", &work]).expect(0, &[]);
    for (form, file, element) in [
        ("oscal", "assessment-results.json", "assessment-results"),
        ("oscal-poam", "poam.json", "plan-of-action-and-milestones"),
    ] {
        for key in ["k", "e"] {
            let name = format!("{key}-{file}");
            sign_as(&desk, form, key, &name).expect(0, &["signature"]);
            let signature = format!("{name}.dsse.json");
            let public = format!("{key}.pub");
            let verify = |file: &str, key: &str| {
                let fixed = ["verify", "--beta", "-f", file, "--signature", &signature];
                trestle(&[&fixed[..], &["--public-key", key, "-tr", &work]].concat())
            };
            verify(&name, &public).expect(0, &[]);
            assert_ne!(verify(&name, if key == "k" { "e.pub" } else { "k.pub" }).code, 0);
            let text = desk.text(&name);
            assert!(text.starts_with(&format!("{{\"{element}\":")), "{text}");
            desk.write(
                &name,
                text.replacen("not-satisfied", "satisfied", 1).replacen("open", "closed", 1),
            );
            assert_ne!(verify(&name, &public).code, 0, "an altered file");
            desk.write(&name, text);
        }
        trestle(&["import", "-f", &format!("k-{file}"), "-o", form, "-tr", &work]).expect(0, &[]);
    }
    trestle(&["validate", "-a", "-tr", &work]).expect(0, &["VALID"]);
}

#[test]
fn in_toto_reads_our_summary_and_our_test_result() {
    let Some(python) = named("DRIFTSEAL_TEST_PYTHON") else { return };
    let desk = failing();
    let read = |envelope: &str, key: &str| {
        let (python, file) = (python.to_str().unwrap(), script("verify.py"));
        desk.other(python, &[file.to_str().unwrap(), envelope, "1", key]).unwrap()
    };
    for (form, kind, said) in [
        ("vsa", "slsa.dev/verification_summary/v1", "\"verificationResult\":\"FAILED\""),
        ("test-result", "test-result/v0.1", "\"failedTests\":[\"DS-"),
    ] {
        sign_as(&desk, form, "k", form).expect(0, &["signed"]);
        read(form, "k.pub").expect(0, &["subject green", kind]);
        assert_ne!(read(form, "e.pub").code, 0);
        let payload = desk.run(&["verify", "--key", "k.pub", form]);
        payload.expect(4, &["predicate-type"]);
        let envelope: serde_json::Value = serde_json::from_slice(&desk.read(form)).unwrap();
        let payload = base64::Engine::decode(
            &base64::engine::general_purpose::STANDARD,
            envelope["payload"].as_str().unwrap(),
        );
        let payload = String::from_utf8(payload.unwrap()).unwrap();
        assert!(payload.contains(said), "{payload}");
        assert!(!payload.contains("PASSED"), "{payload}");
    }
}

#[test]
fn minisign_verifies_what_an_ed25519_key_signs() {
    let desk = failing();
    sign_as(&desk, "minisign", "k", "no.minisig").expect(2, &["cannot sign for minisign"]);
    let signed = sign_as(&desk, "minisign", "e", "report.minisig").expect(0, &["minisign -V -P"]);
    let public = signed.out.split_whitespace().skip_while(|word| *word != "-P").nth(1).unwrap();
    let report = "out/drift-report.dsse.json";
    let verify = |file: &str, key: &str| {
        desk.other("minisign", &["-V", "-P", key, "-x", "report.minisig", "-m", file])
    };
    let Some(ran) = verify(report, public) else { return };
    ran.expect(0, &["Signature and comment signature verified", "of driftseal"]);
    desk.write("edited", desk.text(report).replacen("eyJ", "eyK", 1));
    assert_ne!(verify("edited", public).unwrap().code, 0);
    desk.write(
        "report.minisig",
        desk.text("report.minisig").replace("of driftseal\n", "of others\n"),
    );
    assert_ne!(verify(report, public).unwrap().code, 0, "the comment is signed");
}

/// A desk whose bundle carries time stamps of an authority of OpenSSL.
fn stamped() -> Option<Desk> {
    let desk = Desk::new();
    desk.gate(&["-o", "bundle=out"]).expect(0, &[]);
    tsa::install(&desk)?;
    let asked = desk.run(&["timestamp", "request", "out", "-o", "asked"]).expect(0, &[]);
    for line in asked.out.lines() {
        let query = line.trim_start_matches("wrote ");
        // OpenSSL reads what is asked for, and verifies its own answer to it.
        desk.other("openssl", &["ts", "-query", "-in", query, "-text"])?
            .expect(0, &["Hash Algorithm: sha256", "Certificate required: yes"]);
        let answer = tsa::answer(&desk, "good", query);
        let verify = ["ts", "-verify", "-queryfile", query, "-in", &answer, "-CAfile", "root.crt"];
        desk.other("openssl", &verify)?.expect(0, &["Verification: OK"]);
        desk.run(&["timestamp", "attach", "out", &answer, "--query", query]).expect(0, &[]);
    }
    Some(desk)
}

#[test]
fn openssl_verifies_the_time_stamps_over_our_signatures() {
    let Some(desk) = stamped() else { return };
    let envelope: serde_json::Value =
        serde_json::from_slice(&desk.read("out/drift-report.dsse.json")).unwrap();
    let signature = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        envelope["signatures"][0]["sig"].as_str().unwrap(),
    );
    desk.write("signature", signature.unwrap());
    let is_report = |name: &str| {
        name.starts_with("drift-report.")
            && std::path::Path::new(name).extension().is_some_and(|end| end == "tsr")
    };
    let token = fs::read_dir(desk.at("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .find(|name| is_report(name))
        .unwrap();
    let token = format!("out/{token}");
    let verify = |data: &str, root: &str| {
        let fixed = ["ts", "-verify", "-data", data, "-in", &token, "-CAfile", root];
        desk.other("openssl", &fixed).unwrap()
    };
    verify("signature", "root.crt").expect(0, &["Verification: OK"]);
    assert_ne!(verify("out/drift-report.dsse.json", "root.crt").code, 0);
    assert_ne!(verify("signature", "elsewhere-root.crt").code, 0);
}

#[cfg(unix)]
#[test]
fn sigstore_demands_and_reads_the_time_stamps_of_our_bundles() {
    let Some(modules) = named("DRIFTSEAL_TEST_NODE_MODULES") else { return };
    let Some(desk) = stamped() else { return };
    fs::copy(script("verify.mjs"), desk.at("verify.mjs")).unwrap();
    symlink(modules, desk.at("node_modules")).unwrap();
    let verify = |bundle: &str, leaf: &str, root: &str| {
        desk.other("node", &["verify.mjs", bundle, "k.pub", leaf, root]).unwrap()
    };
    for bundle in ["out/drift-report.sigstore.json", "out/gate-pass.sigstore.json"] {
        verify(bundle, "good.crt", "root.crt").expect(0, &["accepted", "stamped 20"]);
        verify(bundle, "elsewhere.crt", "elsewhere-root.crt").expect(1, &[]);
    }
    let pass = desk.text("out/gate-pass.sigstore.json");
    let report = desk.text("out/drift-report.sigstore.json");
    let token = |text: &str| {
        let (_, rest) = text.split_once("\"signedTimestamp\":\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    desk.write("evil.json", report.replace(&token(&report), &token(&pass)));
    verify("evil.json", "good.crt", "root.crt").expect(1, &[]);
}

/// cosign 3, where it is installed: what it verifies of ours, and its keys and signatures read by us.
#[test]
fn cosign_verifies_our_bundles_and_we_read_its_keys() {
    let desk = Desk::new();
    let cosign = |arguments: &[&str]| {
        desk.other("env", &[&["COSIGN_PASSWORD=x", "cosign"][..], arguments].concat()).unwrap()
    };
    if cosign(&["version"]).code != 0 {
        skipped("cosign is not installed, so nothing was proved with it");
        return;
    }
    desk.gate(&["-o", "bundle=out"]).expect(0, &[]);
    desk.generate("o");
    let report = "https://driftseal.dev/drift-report/v1";
    let verify = |key: &str, kind: &str, bundle: &str, file: &str| {
        let fixed = ["verify-blob-attestation", "--insecure-ignore-tlog", "--key", key];
        cosign(&[&fixed[..], &["--type", kind, "--bundle", bundle, file]].concat())
    };
    let (bundle, sums) = ("out/drift-report.sigstore.json", "out/SHA256SUMS");
    verify("k.pub", report, bundle, sums).expect(0, &["Verified OK"]);
    let pass = "https://in-toto.io/attestation/svr/v0.2";
    verify("k.pub", pass, "out/gate-pass.sigstore.json", sums).expect(0, &["Verified OK"]);
    assert_ne!(verify("o.pub", report, bundle, sums).code, 0);
    assert_ne!(verify("k.pub", pass, bundle, sums).code, 0);
    assert_ne!(verify("k.pub", report, bundle, "out/evidence/run.json").code, 0);
    for evil in crate::evidence::tampered(&desk.text(bundle)) {
        desk.write("evil.json", evil);
        assert_ne!(verify("k.pub", report, "evil.json", sums).code, 0);
    }
    // A key that cosign made, and what it signed.
    cosign(&["generate-key-pair"]).expect(0, &[]);
    desk.run(&["keys", "show", "cosign.pub"]).expect(0, &["ecdsa-p256-sha256"]);
    desk.write("predicate.json", "{\"a\":1}");
    let signing = ["attest-blob", "--key", "cosign.key", "--predicate", "predicate.json"];
    let nowhere = ["--tlog-upload=false", "--use-signing-config=false", "--bundle", "theirs.json"];
    cosign(&[&signing[..], &["--type", report], &nowhere, &[sums]].concat()).expect(0, &[]);
    let theirs: serde_json::Value = serde_json::from_slice(&desk.read("theirs.json")).unwrap();
    desk.write("theirs.dsse.json", theirs["dsseEnvelope"].to_string());
    // Its signature holds, and its statement is of a version that is not read.
    desk.run(&["verify", "--key", "cosign.pub", "theirs.dsse.json"])
        .expect(4, &["ok           signatures", "FAILED       statement", "Statement/v0.1"]);
    desk.run(&["verify", "--key", "k.pub", "theirs.dsse.json"])
        .expect(4, &["FAILED       signatures"]);
}

#[test]
fn we_read_what_trestle_signs() {
    let Some(python) = named("DRIFTSEAL_TEST_PYTHON") else { return };
    let desk = failing();
    let trestle = std::path::Path::new(&python).with_file_name("trestle");
    let work = desk.at("work").display().to_string();
    fs::create_dir(&work).unwrap();
    let trestle = |arguments: &[&str]| desk.other(trestle.to_str().unwrap(), arguments).unwrap();
    trestle(&["init", "--local", "-tr", &work]).expect(0, &[]);
    sign_as(&desk, "oscal", "k", "ar.json").expect(0, &[]);
    let sign = ["sign", "--beta", "-f", "ar.json", "--private-key", "k", "-o", "theirs.json"];
    trestle(&[&sign[..], &["-tr", &work]].concat()).expect(0, &[]);
    // The same statement as ours: one signature of each holds for the other.
    let statement = |file: &str| {
        let envelope: serde_json::Value = serde_json::from_slice(&desk.read(file)).unwrap();
        let payload = base64::Engine::decode(
            &base64::engine::general_purpose::STANDARD,
            envelope["payload"].as_str().unwrap(),
        );
        serde_json::from_slice::<serde_json::Value>(&payload.unwrap()).unwrap()
    };
    let (ours, theirs) = (statement("ar.json.dsse.json"), statement("theirs.json"));
    assert_eq!(ours["subject"], theirs["subject"]);
    assert_eq!(ours["predicateType"], theirs["predicateType"]);
    desk.run(&["verify", "--key", "k.pub", "theirs.json"])
        .expect(4, &["ok           signatures", "FAILED       predicate-type"]);
    desk.run(&["verify", "--key", "e.pub", "theirs.json"]).expect(4, &["FAILED       signatures"]);
}

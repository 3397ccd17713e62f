//! Verifiers of others over what we sign: each accepts it, and refuses a tampered copy.
//!
//! `tests/interop/verifiers/install FOLDER` installs them and prints what to export:
//! `DRIFTSEAL_TEST_PYTHON` names a Python that has securesystemslib, in-toto-attestation and compliance-trestle,
//! `DRIFTSEAL_TEST_NODE_MODULES` a folder with @sigstore/verify. Without one, its test is skipped.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::desk::{Desk, Ran};

/// A desk with a bundle of two signatures in `out`, the second one added by another person.
fn signed() -> Desk {
    let desk = Desk::new();
    desk.run(&["keys", "generate", "e", "--algorithm", "ed25519"]).expect(0, &[]);
    desk.gate(&["-o", "bundle=out"]).expect(0, &[]);
    let report = "out/drift-report.dsse.json";
    let both = ["sign", "--countersign", report, "--key", "e", "--signed-by", "k.pub"];
    desk.run(&[&both[..], &["-o", "both.json"]].concat()).expect(0, &[]);
    desk
}

pub(crate) fn named(variable: &str) -> Option<OsString> {
    let found = std::env::var_os(variable).filter(|value| !value.is_empty());
    if found.is_none() {
        skipped(&format!("{variable} names nothing, so nothing was proved with it"));
    }
    found
}

pub(crate) fn skipped(why: &str) {
    // Not `eprintln!`: the harness would swallow it, because the test passes.
    std::io::stderr().write_all(format!("SKIPPED: {why}\n").as_bytes()).unwrap();
}

pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/verifiers").join(name)
}

/// Copies of an envelope that nobody may accept.
pub(crate) fn tampered(text: &str) -> Vec<String> {
    let stripped = text.replacen("\"sig\":\"", "\"sig\":\"AAAA", 1);
    let payload = text.find("\"payload\":\"").unwrap() + 400;
    let mut edited = text.as_bytes().to_vec();
    edited[payload] = if edited[payload] == b'A' { b'B' } else { b'A' };
    vec![stripped, String::from_utf8(edited).unwrap(), text.replace("vnd.in-toto+json", "json")]
}

#[test]
fn securesystemslib_and_in_toto_read_what_we_sign() {
    let Some(python) = named("DRIFTSEAL_TEST_PYTHON") else { return };
    let desk = signed();
    let verify = |envelope: &str, threshold: &str, keys: &[&str]| -> Ran {
        let (python, file) = (python.to_str().unwrap(), script("verify.py"));
        let arguments = [&[file.to_str().unwrap(), envelope, threshold][..], keys].concat();
        desk.other(python, &arguments).unwrap()
    };
    let report = "out/drift-report.dsse.json";
    verify(report, "1", &["k.pub"])
        .expect(0, &["subject green", "subject SHA256SUMS", "accepted 1"]);
    verify("out/gate-pass.dsse.json", "1", &["k.pub"]).expect(0, &["svr/v0.2"]);
    verify("both.json", "2", &["k.pub", "e.pub"]).expect(0, &["accepted 2"]);
    verify(report, "2", &["k.pub", "e.pub"]).expect(1, &[]);
    verify(report, "1", &["e.pub"]).expect(1, &[]);
    for evil in tampered(&desk.text(report)) {
        desk.write("evil.json", evil);
        verify("evil.json", "1", &["k.pub"]).expect(1, &[]);
    }
}

#[test]
fn sigstore_reads_our_bundles() {
    let Some(modules) = named("DRIFTSEAL_TEST_NODE_MODULES") else { return };
    let desk = signed();
    // Node looks for modules beside the script.
    fs::copy(script("verify.mjs"), desk.at("verify.mjs")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(modules, desk.at("node_modules")).unwrap();
    let verify =
        |bundle: &str, key: &str| desk.other("node", &["verify.mjs", bundle, key]).unwrap();
    for bundle in ["out/drift-report.sigstore.json", "out/gate-pass.sigstore.json"] {
        verify(bundle, "k.pub").expect(0, &["accepted"]);
        verify(bundle, "e.pub").expect(1, &[]);
        for evil in tampered(&desk.text(bundle)) {
            desk.write("evil.json", evil);
            verify("evil.json", "k.pub").expect(1, &[]);
        }
    }
}

/// The commands of the README's page for auditors, one after the other, as they are written.
#[cfg(unix)]
#[test]
fn the_page_for_auditors_ends_as_it_says() {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let page = readme.split("\n## Verify this without trusting us\n").nth(1).unwrap();
    let page = page.split("\n## ").next().unwrap();
    let blocks: Vec<&str> =
        page.split("```sh\n").skip(1).map(|part| part.split("```").next().unwrap()).collect();
    assert!(blocks.len() >= 4, "{}", blocks.len());
    let desk = Desk::empty();
    for program in ["openssl", "jq", "sha256sum"] {
        if desk.other(program, &["--version"]).is_none() {
            return;
        }
    }
    for side in ["blue", "green"] {
        desk.write(&format!("deploy/{side}/app.yaml"), "image: shop:1\n");
    }
    fs::remove_file(desk.at("masking.key")).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_driftseal")).parent().unwrap().to_owned();
    let path = std::env::var("PATH").unwrap();
    for block in blocks {
        let text = format!("set -eu\nPATH='{}':'{path}'\nexport PATH\n{block}", program.display());
        desk.write("block.sh", &text);
        let ran = desk.other("bash", &["block.sh"]).unwrap();
        assert_eq!(ran.code, 0, "{block}\n{}{}", ran.out, ran.err);
    }
    assert!(desk.text("work/pae.bin").starts_with("DSSEv1 28 application/vnd.in-toto+json "));
}

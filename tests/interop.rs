//! Other programs read our keys and signatures, and we read theirs.

#[path = "interop/collector.rs"]
mod collector;
mod common;
#[path = "common/desk.rs"]
mod desk;
#[path = "interop/evidence.rs"]
mod evidence;
#[path = "interop/exports.rs"]
mod exports;
#[path = "common/tsa.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod tsa;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use driftseal::evidence::dsse::pae;
use driftseal::evidence::{Algorithm, PrivateKey, PublicKey};

const MESSAGE: &[u8] = b"{\"_type\":\"https://in-toto.io/Statement/v1\"}";

#[test]
fn openssl_verifies_what_we_sign() {
    let Some(openssl) = Openssl::find() else { return };
    for &algorithm in Algorithm::ALL {
        let key = PrivateKey::generate(algorithm, &[0x42; 32]).unwrap();
        openssl.write("ours.pub", key.public().to_pem().as_bytes());
        openssl.write("ours.key", key.to_pem().unwrap().as_bytes());
        let message = pae("application/vnd.in-toto+json", MESSAGE);
        openssl.write("message", &message);
        openssl.write("signature", &key.sign(&message).unwrap());
        openssl.run(verification(algorithm, "ours.pub"));

        openssl.run(["pkey", "-in", "ours.key", "-pubout", "-out", "derived.pub"]);
        assert_eq!(openssl.read("derived.pub"), key.public().to_pem().as_bytes(), "{algorithm}");

        openssl.write("message", &[&message, "x".as_bytes()].concat());
        let refused = openssl.start(verification(algorithm, "ours.pub"));
        assert!(!refused.status.success(), "{algorithm}: openssl must refuse other bytes");
    }
}

#[test]
fn we_verify_what_openssl_signs() {
    let Some(openssl) = Openssl::find() else { return };
    for &algorithm in Algorithm::ALL {
        match algorithm {
            Algorithm::P256 => {
                openssl.run(["genpkey", "-algorithm", "EC", "-pkeyopt"].into_iter().chain([
                    "ec_paramgen_curve:P-256",
                    "-out",
                    "theirs.key",
                ]));
            }
            Algorithm::Ed25519 => {
                openssl.run(["genpkey", "-algorithm", "ed25519", "-out", "theirs.key"]);
            }
        }
        openssl.run(["pkey", "-in", "theirs.key", "-pubout", "-out", "theirs.pub"]);
        let private = PrivateKey::from_pem(&openssl.text("theirs.key")).unwrap();
        let public = PublicKey::from_pem(&openssl.text("theirs.pub")).unwrap();
        assert_eq!(private.public(), &public, "{algorithm}");

        let message = pae("application/vnd.in-toto+json", MESSAGE);
        openssl.write("message", &message);
        openssl.run(signing(algorithm));
        assert!(public.accepts(&message, &openssl.read("signature")), "{algorithm}");
        assert!(!public.accepts(MESSAGE, &openssl.read("signature")), "{algorithm}");
    }
}

#[test]
fn every_spelling_of_a_public_key_has_the_id_that_openssl_computes() {
    let Some(openssl) = Openssl::find() else { return };
    let key = PrivateKey::generate(Algorithm::P256, &[0x42; 32]).unwrap();
    openssl.write("ours.pub", key.public().to_pem().as_bytes());
    let compress = ["-conv_form", "compressed", "-out", "compressed.pub"];
    openssl.run(["ec", "-pubin", "-in", "ours.pub"].into_iter().chain(compress));
    let compressed = openssl.text("compressed.pub");
    assert_ne!(compressed, key.public().to_pem());
    assert_eq!(PublicKey::from_pem(&compressed).unwrap().id(), key.id());

    openssl.run(["pkey", "-pubin", "-in", "ours.pub", "-outform", "DER", "-out", "spki"]);
    let printed = openssl.run(["dgst", "-sha256", "-r", "spki"]).stdout;
    assert!(String::from_utf8(printed).unwrap().starts_with(&key.id().to_string()));
}

#[test]
fn the_conversion_we_advise_for_a_sec1_key_works() {
    let Some(openssl) = Openssl::find() else { return };
    openssl.run(["ecparam", "-name", "prime256v1", "-genkey", "-out", "old.key"]);
    let error = PrivateKey::from_pem(&openssl.text("old.key")).unwrap_err().to_string();
    let (_, advice) = error.split_once("`openssl ").unwrap();
    openssl.run(advice.trim_end_matches('`').split(' '));
    assert!(PrivateKey::from_pem(&openssl.text("new.key")).is_ok());
}

/// The program, at work in a folder of its own.
struct Openssl {
    folder: tempfile::TempDir,
}

impl Openssl {
    fn find() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            // Not `eprintln!`: the harness would swallow it, because the test passes.
            let skipped = b"SKIPPED: openssl is not installed, so nothing was proved about it\n";
            std::io::stderr().write_all(skipped).unwrap();
            return None;
        }
        Some(Self { folder: tempfile::tempdir().unwrap() })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path().join(name), bytes).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(name)).unwrap()
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    fn start<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Output {
        Command::new("openssl").args(arguments).current_dir(self.path()).output().unwrap()
    }

    fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Output {
        let output = self.start(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }
}

fn signing(algorithm: Algorithm) -> Vec<&'static str> {
    match algorithm {
        Algorithm::P256 => {
            vec!["dgst", "-sha256", "-sign", "theirs.key", "-out", "signature", "message"]
        }
        Algorithm::Ed25519 => {
            let key = ["pkeyutl", "-sign", "-rawin", "-inkey", "theirs.key"];
            [&key[..], &["-in", "message", "-out", "signature"]].concat()
        }
    }
}

fn verification(algorithm: Algorithm, key: &'static str) -> Vec<&'static str> {
    match algorithm {
        Algorithm::P256 => {
            vec!["dgst", "-sha256", "-verify", key, "-signature", "signature", "message"]
        }
        Algorithm::Ed25519 => {
            let key = ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", key];
            [&key[..], &["-in", "message", "-sigfile", "signature"]].concat()
        }
    }
}

//! Logs, keys, reports and stores that fail.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use driftseal::evidence::{Algorithm, PrivateKey, dsse};
use driftseal::ledger::{Entry, LedgerError, Policy, Reason, Role, Store, Verifier, append, init};
use driftseal::model::Digest;

pub(crate) const ORIGIN: &str = "driftseal.example/payments/audit";

pub(crate) fn key(seed: u8) -> PrivateKey {
    PrivateKey::generate(Algorithm::Ed25519, &[seed; 32]).unwrap()
}

pub(crate) fn verifier(origin: &str, role: Role, seed: u8) -> Verifier {
    Verifier::new(origin, role, key(seed).public()).unwrap()
}

/// Believes the log of key 1.
pub(crate) fn policy() -> Policy {
    Policy::new(verifier(ORIGIN, Role::Log, 1), Vec::new(), 0).unwrap()
}

pub(crate) fn statement(number: u64) -> Digest {
    Digest::of(&number.to_be_bytes())
}

/// The entry of a report that was never made.
pub(crate) fn entry(number: u64) -> Entry {
    let (minute, second) = (number / 60 % 60, number % 60);
    let (day, hour) = (1 + number / 86_400, number / 3_600 % 24);
    let text = format!(
        "{{\"at\":\"2026-03-{day:02}T{hour:02}:{minute:02}:{second:02}Z\",\"kind\":\"report\",\
         \"signers\":[],\"statementSha256\":\"{}\",\"v\":1,\"verdict\":\"pass\"}}",
        statement(number)
    );
    Entry::parse(text.as_bytes(), "a test").unwrap()
}

pub(crate) fn entries(numbers: std::ops::Range<u64>) -> Vec<Entry> {
    numbers.map(entry).collect()
}

/// A log of key 1 with the entries from 0 on.
pub(crate) fn fill(store: &dyn Store, count: u64) {
    init(store, ORIGIN, &key(1)).unwrap();
    append(store, &key(1), &entries(0..count)).unwrap();
}

/// A store in memory.
#[derive(Default, Clone)]
pub(crate) struct Memory(pub(crate) RefCell<BTreeMap<String, Vec<u8>>>);

impl Memory {
    pub(crate) fn filled(count: u64) -> Self {
        let store = Self::default();
        fill(&store, count);
        store
    }

    pub(crate) fn set(&self, name: &str, bytes: &[u8]) {
        self.0.borrow_mut().insert(name.to_owned(), bytes.to_vec());
    }
}

impl Store for Memory {
    fn place(&self, name: &str) -> String {
        format!("memory:{name}")
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        Ok(self.0.borrow().get(name).cloned())
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, LedgerError> {
        let is_new = !self.0.borrow().contains_key(name);
        if is_new {
            self.set(name, bytes);
        }
        Ok(is_new)
    }

    fn replace(&self, name: &str, old: &[u8], new: &[u8]) -> Result<bool, LedgerError> {
        let is_old = self.0.borrow().get(name).is_some_and(|found| found == old);
        if is_old {
            self.set(name, new);
        }
        Ok(is_old)
    }
}

/// A store that works for a number of steps, of which every write has two: before it and after it.
pub(crate) struct Failing<'s> {
    inner: &'s dyn Store,
    left: Cell<usize>,
    why: &'static str,
}

impl<'s> Failing<'s> {
    pub(crate) fn new(inner: &'s dyn Store, steps: usize, why: &'static str) -> Self {
        Self { inner, left: Cell::new(steps), why }
    }

    fn step(&self, name: &str) -> Result<(), LedgerError> {
        match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(LedgerError::new(Reason::NotWritten, self.place(name), self.why)),
        }
    }
}

impl Store for Failing<'_> {
    fn place(&self, name: &str) -> String {
        self.inner.place(name)
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        self.inner.read(name)
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, LedgerError> {
        self.step(name)?;
        let done = self.inner.create(name, bytes)?;
        self.step(name).map(|()| done)
    }

    fn replace(&self, name: &str, old: &[u8], new: &[u8]) -> Result<bool, LedgerError> {
        self.step(name)?;
        let done = self.inner.replace(name, old, new)?;
        self.step(name).map(|()| done)
    }
}

pub(crate) fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_driftseal"));
    command.args(arguments).current_dir(home).env_clear().env("HOME", home);
    command
}

pub(crate) fn run(home: &Path, arguments: &[&str]) -> Output {
    command(home, arguments).output().unwrap()
}

/// Runs a command that ends with this code, and returns what it prints.
pub(crate) fn ends(home: &Path, code: i32, arguments: &[&str]) -> String {
    let output = run(home, arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

/// A folder with a log `log` of `log.key`, its verifier key `log.vkey`, and `count` signed reports
/// `0.json`, `1.json`, …, which are one report with other challenges.
pub(crate) fn home(count: usize) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let at = home.path();
    for (side, replicas) in [("blue", 2), ("green", 2)] {
        fs::create_dir(at.join(side)).unwrap();
        let text = format!("name: app-{side}\nreplicas: {replicas}\n");
        fs::write(at.join(side).join("app.yaml"), text).unwrap();
    }
    ends(at, 0, &["keys", "generate", "log.key", "--algorithm", "ed25519"]);
    ends(at, 0, &["keys", "generate", "report.key"]);
    fs::write(at.join("masking.key"), "0123456789abcdef".repeat(2)).unwrap();
    let gate = ["gate", "--blue", "blue", "--green", "green", "--key", "report.key", "--nonce"];
    let more = ["challenge-0", "--masking-key", "masking.key", "--allow-insecure-key-permissions"];
    ends(at, 0, &[&gate[..], &more, &["-o", "envelope=0.json"]].concat());
    let begun = run(at, &["log", "init", "log", "--origin", ORIGIN, "--key", "log.key"]);
    assert!(begun.status.success(), "{begun:?}");
    fs::write(at.join("log.vkey"), begun.stdout).unwrap();
    let key = PrivateKey::from_pem(&fs::read_to_string(at.join("report.key")).unwrap()).unwrap();
    let first = payload(&fs::read(at.join("0.json")).unwrap());
    for number in 1..count {
        let other = first.replace("challenge-0", &format!("challenge-{number}"));
        assert_ne!(first, other);
        let kind = "application/vnd.in-toto+json";
        let signed = dsse::sign(kind, other.as_bytes(), std::slice::from_ref(&key)).unwrap();
        fs::write(at.join(format!("{number}.json")), signed).unwrap();
    }
    home
}

/// What an envelope carries.
pub(crate) fn payload(envelope: &[u8]) -> String {
    let envelope: serde_json::Value = serde_json::from_slice(envelope).unwrap();
    let payload = STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap();
    String::from_utf8(payload).unwrap()
}

/// The arguments that log a report.
pub(crate) fn appending(envelope: &str) -> Vec<&str> {
    vec!["log", "append", "log", envelope, "--key", "log.key", "--report-key", "report.key.pub"]
}

/// Tells loudly that a test did less; `eprintln!` would be swallowed, because the test passes.
pub(crate) fn skipped(what: &str) {
    use std::io::Write as _;

    std::io::stderr().write_all(format!("SKIPPED: {what}\n").as_bytes()).unwrap();
}

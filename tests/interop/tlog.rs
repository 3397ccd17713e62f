//! Logs of ours read by `golang.org/x/mod/sumdb`, and one of its own read by us.
//!
//! Needs Go on `PATH`, and the module from the proxy or the cache; says loudly when it has neither.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use driftseal::ledger::{Directory, Known, Log, Policy, Role, Verifier, append, attach, fsck};
use driftseal::ledger::{Exported, witness::Witness};
use driftseal::model::Timestamp;

use crate::fixture::{ORIGIN, entries, entry, fill, key, policy, skipped, verifier};

/// The program of `tests/interop/tlog`, built into a folder.
struct Sumdb(PathBuf);

impl Sumdb {
    fn find(folder: &Path) -> Option<Self> {
        let program = folder.join("tlog");
        let go = |arguments: &[&str]| {
            let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/tlog");
            Command::new("go").args(arguments).current_dir(source).output()
        };
        match go(&["mod", "download"]) {
            Ok(output) if output.status.success() => {}
            Ok(_) => {
                skipped(
                    "Go has no golang.org/x/mod and cannot get it, so nothing was proved about it",
                );
                return None;
            }
            Err(_) => {
                skipped("Go is not installed, so nothing was proved about golang.org/x/mod/sumdb");
                return None;
            }
        }
        let built = go(&["build", "-o", program.to_str().unwrap(), "."]).unwrap();
        assert!(built.status.success(), "{built:?}");
        Some(Self(program))
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(&self.0).args(arguments).output().unwrap()
    }

    /// What it says of something that it takes.
    fn takes(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn refuses(&self, arguments: &[&str]) {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn sumdb_verifies_our_logs_and_proofs_and_refuses_altered_ones() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let Some(sumdb) = Sumdb::find(at) else { return };
    let vkey = verifier(ORIGIN, Role::Log, 1).to_string();
    let store = Directory::writer(at.join("log"), 1).unwrap().unsynced();
    let (log, proof, growth, old) =
        (at.join("log"), at.join("proof"), at.join("growth"), at.join("old"));
    fill(&store, 1);
    for size in [2, 255, 256, 257, 700] {
        fs::copy(log.join("checkpoint"), &old).unwrap();
        let before = Log::open(&store, &policy()).unwrap().checkpoint().size;
        let appended = append(&store, &key(1), &entries(before..size)).unwrap();
        store.tidy(&appended.superseded);
        assert_eq!(sumdb.takes(&["verify", text(&log), &vkey]), format!("entries {size}"));
        let mut ours = Log::open(&store, &policy()).unwrap();
        fs::write(&growth, ours.growth(before).unwrap().0.to_string()).unwrap();
        let grown = sumdb.takes(&["growth", text(&growth), text(&old), &vkey]);
        assert_eq!(grown, format!("grown {before} {size}"));
        for index in [0, size / 2, size - 1] {
            fs::write(&proof, ours.prove(index).unwrap().to_string()).unwrap();
            assert_eq!(sumdb.takes(&["proof", text(&proof), &vkey]), format!("index {index}"));
        }
    }
    let good = fs::read_to_string(&proof).unwrap();
    for (from, to) in
        [("index 699", "index 698"), ("\n700\n", "\n699\n"), ("extra eyJh", "extra eyJi")]
    {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good);
        fs::write(&proof, bad).unwrap();
        sumdb.refuses(&["proof", text(&proof), &vkey]);
    }
    let grown = fs::read_to_string(&growth).unwrap();
    let hash = grown.lines().nth(1).unwrap();
    fs::write(&growth, grown.replacen(&format!("{hash}\n"), "", 1)).unwrap();
    sumdb.refuses(&["growth", text(&growth), text(&old), &vkey]);
    sumdb.refuses(&["verify", text(&log), &verifier(ORIGIN, Role::Log, 2).to_string()]);
    for name in ["tile/0/001", "tile/entries/001", "tile/1/000.p/2"] {
        let bytes = fs::read(log.join(name)).unwrap();
        let mut bad = bytes.clone();
        bad[40] ^= 1;
        fs::write(log.join(name), bad).unwrap();
        sumdb.refuses(&["verify", text(&log), &vkey]);
        fs::write(log.join(name), bytes).unwrap();
    }
    assert_eq!(sumdb.takes(&["verify", text(&log), &vkey]), "entries 700");
}

#[test]
fn another_implementation_verifies_our_cosignatures() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let Some(sumdb) = Sumdb::find(at) else { return };
    let store = Directory::writer(at.join("log"), 1).unwrap().unsynced();
    fill(&store, 9);
    let seen = Directory::writer(at.join("seen"), 1).unwrap();
    let (witness, key, believed) = (verifier("w.example", Role::Witness, 2), key(2), policy());
    let cosigning = Witness {
        verifier: &witness,
        key: &key,
        known: &Known::new(&seen),
        policy: &believed,
        at: Timestamp::parse("2026-03-01T00:00:00Z").unwrap(),
    };
    let request = Log::open(&store, &believed).unwrap().growth(0).unwrap().0;
    let line = cosigning.cosign(&request, "a request").unwrap();
    let knowing = Policy::new(verifier(ORIGIN, Role::Log, 1), vec![witness.clone()], 1).unwrap();
    attach(&store, &knowing, &line).unwrap();
    let proof = Log::open(&store, &knowing).unwrap().prove(4).unwrap().to_string();
    let file = at.join("proof");
    fs::write(&file, &proof).unwrap();
    let log = verifier(ORIGIN, Role::Log, 1).to_string();
    assert_eq!(sumdb.takes(&["cosigned", text(&file), &log, &witness.to_string()]), "index 4");
    let stranger = verifier("w.example", Role::Witness, 3).to_string();
    sumdb.refuses(&["cosigned", text(&file), &log, &stranger]);
    assert_eq!(
        sumdb.takes(&["proof", text(&file), &log]),
        "index 4",
        "what it does not know it ignores"
    );
}

#[test]
fn we_read_a_log_that_sumdb_has_made_and_refuse_an_altered_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let Some(sumdb) = Sumdb::find(at) else { return };
    for size in [1, 256, 300, 513] {
        let lines: Vec<String> = (0..size)
            .map(|number| String::from_utf8(entry(number).bytes().unwrap()).unwrap())
            .collect();
        fs::write(at.join("lines"), lines.join("\n")).unwrap();
        let log = at.join(size.to_string());
        fs::create_dir(&log).unwrap();
        let vkey = sumdb.takes(&["write", text(&log), text(&at.join("lines")), ORIGIN]);
        let theirs = Verifier::parse(&vkey, Role::Log).unwrap();
        let policy = Policy::new(theirs, Vec::new(), 0).unwrap();
        let store = Directory::open(&log);
        let mut read = Log::open(&store, &policy).unwrap();
        let found = fsck(&read, false).unwrap();
        assert!(found.holds() && found.entries == size, "{:?}", found.problems);
        let proof = read.prove(size - 1).unwrap();
        assert_eq!(proof.verify(&policy, "it").unwrap().entry, entry(size - 1));
        let mut bytes = Vec::new();
        driftseal::ledger::export(&read, &mut bytes).unwrap();
        let exported = Exported::read(bytes.as_slice(), "it").unwrap();
        assert!(fsck(&Log::open(&exported, &policy).unwrap(), false).unwrap().holds());
        let name = log.join("checkpoint");
        let signed = fs::read_to_string(&name).unwrap();
        fs::write(&name, signed.replacen(&format!("\n{size}\n"), "\n7\n", 1)).unwrap();
        assert!(Log::open(&store, &policy).is_err());
    }
}

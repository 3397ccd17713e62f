//! What it costs to log a report and to prove that it is logged: `cargo bench --bench ledger`.
//!
//! Makes logs of a thousand to a million entries in a temporary folder and prints, for each, how long
//! one append takes without and with bringing it to the disk, how long a proof takes, and how many
//! objects either reads and writes. Figures are for people to read: nothing here passes or fails by
//! time, but what is proved must hold.

#[path = "../tests/common/counted.rs"]
mod counted;

use std::cell::Cell;
use std::time::{Duration, Instant};

use counted::Counted;
use driftseal::evidence::{Algorithm, PrivateKey};
use driftseal::ledger::{Directory, Entry, Log, Policy, Role, Verifier, append, fsck, init};
use driftseal::model::Digest;

/// Runs of each kind; the median is printed.
const RUNS: u64 = 51;

const ORIGIN: &str = "driftseal.example/bench";

fn main() {
    println!(
        "{:>9} {:>12} {:>12} {:>14} {:>11} {:>14} {:>12} {:>10} {:>9}",
        "entries",
        "append (ms)",
        "read/written",
        "synced (ms)",
        "prove (ms)",
        "by report (ms)",
        "growth (ms)",
        "fsck (s)",
        "fill (s)"
    );
    for size in [1_000, 10_000, 100_000, 1_000_000] {
        measure(size);
    }
}

fn measure(size: u64) {
    let folder = tempfile::tempdir().unwrap();
    let key = PrivateKey::generate(Algorithm::Ed25519, &[1; 32]).unwrap();
    let log_key = Verifier::new(ORIGIN, Role::Log, key.public()).unwrap();
    let policy = Policy::new(log_key, Vec::new(), 0).unwrap();
    let quick = Directory::writer(folder.path(), 1).unwrap().unsynced();
    init(&quick, ORIGIN, &key).unwrap();
    let entries: Vec<Entry> = (0..size).map(entry).collect();
    let (filled, _) = timed(|| append(&quick, &key, &entries).unwrap());
    let store = Counted { inner: &quick, reads: Cell::new(0), writes: Cell::new(0) };
    let mut counts = Vec::new();
    let mut next = size;
    let appended = median(|| {
        next += 1;
        let one = [entry(next)];
        store.reads.set(0);
        store.writes.set(0);
        let (spent, _) = timed(|| append(&store, &key, &one).unwrap());
        counts.push((store.reads.get(), store.writes.get()));
        spent
    });
    let most = counts.into_iter().max().unwrap();
    let mut at = 7;
    let proved = median(|| {
        at = (at * 7_919 + 1) % size;
        let (spent, proof) = timed(|| Log::open(&quick, &policy).unwrap().prove(at).unwrap());
        assert!(proof.verify(&policy, "a proof").unwrap().index == at);
        spent
    });
    let found = median(|| {
        at = (at * 7_919 + 1) % size;
        timed(|| {
            let mut log = Log::open(&quick, &policy).unwrap();
            let index = log.find(statement(at)).unwrap();
            assert_eq!(log.prove(index).unwrap().index, at);
        })
        .0
    });
    let grown = median(|| {
        at = (at * 7_919 + 1) % size;
        timed(|| Log::open(&quick, &policy).unwrap().growth(at).unwrap()).0
    });
    let (checked, whole) = timed(|| fsck(&Log::open(&quick, &policy).unwrap(), false).unwrap());
    assert!(whole.holds() && whole.unindexed == 0, "{:?}", whole.problems);
    drop(quick);
    let durable = Directory::writer(folder.path(), 1).unwrap();
    let synced = median(|| {
        next += 1;
        let one = [entry(next)];
        timed(|| append(&durable, &key, &one).unwrap()).0
    });
    println!(
        "{size:>9} {:>12.2} {:>12} {:>14.2} {:>11.2} {:>14.2} {:>12.2} {:>10.1} {:>9.1}",
        ms(appended),
        format!("{}/{}", most.0, most.1),
        ms(synced),
        ms(proved),
        ms(found),
        ms(grown),
        checked.as_secs_f64(),
        filled.as_secs_f64()
    );
}

fn ms(spent: Duration) -> f64 {
    spent.as_secs_f64() * 1_000.0
}

fn timed<T>(act: impl FnOnce() -> T) -> (Duration, T) {
    let begin = Instant::now();
    let value = act();
    (begin.elapsed(), value)
}

fn median(mut act: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS).map(|_| act()).collect();
    times.sort();
    times[times.len() / 2]
}

fn statement(number: u64) -> Digest {
    Digest::of(&number.to_be_bytes())
}

/// The entry of a report that was never made, of the size of a real one.
fn entry(number: u64) -> Entry {
    let signer = Digest::of(b"signer");
    let second = number / 10;
    let (minute, hour, day) = (second / 60 % 60, second / 3_600 % 24, 1 + second / 86_400);
    let at = format!("2026-03-{day:02}T{hour:02}:{minute:02}:{:02}Z", second % 60);
    let text = format!(
        "{{\"at\":\"{at}\",\"evaluatedAt\":\"{at}\",\"green\":\"{signer}\",\"kind\":\"report\",\
         \"predicateType\":\"https://driftseal.dev/drift-report/v1\",\"signers\":[\"{signer}\"],\
         \"statementSha256\":\"{}\",\"v\":1,\"verdict\":\"pass\"}}",
        statement(number)
    );
    Entry::parse(text.as_bytes(), "a bench").unwrap()
}

//! The attacks on a log, each mounted with the log's own key where that helps the attacker.

use driftseal::evidence::{Algorithm, PrivateKey};
use driftseal::ledger::{
    CHECKPOINT, Checkpoint, Consequence, Entry, Known, LedgerError, Log, Note, Policy, Proof,
    Reason, Role, Store as _, Verifier, append, fsck, init,
};

use crate::fixture::{Memory, ORIGIN, entries, entry, key, policy, statement, verifier};

/// A log, and what a reader remembers of it at `count` entries.
fn seen(count: u64) -> (Memory, Memory) {
    let (store, memory) = (Memory::filled(count), Memory::default());
    meet(&store, &memory).unwrap();
    (store, memory)
}

fn meet(store: &Memory, memory: &Memory) -> Result<(), LedgerError> {
    let mut log = Log::open(store, &policy())?;
    Known::new(memory).meet(&mut log, &policy()).map(|_| ())
}

/// Refused, with the code of integrity, at a place, with something to do.
fn refused<T: std::fmt::Debug>(result: Result<T, LedgerError>, reason: Reason) -> LedgerError {
    let error = result.unwrap_err();
    assert_eq!(error.reason, reason, "{error}");
    assert_eq!(reason.consequence(), Consequence::Integrity);
    assert!(!error.place.is_empty() && !error.remedy.is_empty());
    error
}

/// An entry with something else in it.
fn changed(number: u64, from: &str, to: &str) -> Entry {
    let text = String::from_utf8(entry(number).bytes().unwrap()).unwrap();
    Entry::parse(text.replace(from, to).as_bytes(), "it").unwrap()
}

/// An entry of the same report with another verdict.
fn turned(number: u64) -> Entry {
    changed(number, "\"pass\"", "\"fail\"")
}

/// A checkpoint of the log that its own key has signed.
fn signed(size: u64, root: driftseal::model::Digest) -> Note {
    let text = Checkpoint { origin: ORIGIN.to_owned(), size, root }.text();
    let line = verifier(ORIGIN, Role::Log, 1).sign(&key(1), &text, 0).unwrap();
    Note::new(text, &line).unwrap()
}

#[test]
fn threat_17_entries_cut_off_and_a_smaller_checkpoint_signed() {
    let (_, memory) = seen(300);
    for left in [0, 1, 299] {
        let error = refused(meet(&Memory::filled(left), &memory), Reason::Rollback);
        assert_eq!(error.remedy.matches(ORIGIN).count() % 2, 0, "both heads: {}", error.remedy);
        assert!(error.remedy.contains("seen before:\n"), "{}", error.remedy);
    }
    assert!(meet(&Memory::filled(300), &memory).is_ok(), "what was seen stays");
}

#[test]
fn threat_17_an_old_copy_of_the_whole_folder_put_back() {
    let (store, memory) = seen(10);
    let old = store.clone();
    append(&store, &key(1), &entries(10..12)).unwrap();
    meet(&store, &memory).unwrap();
    refused(meet(&old, &memory), Reason::Rollback);
}

#[test]
fn threat_17_the_head_in_a_report_outlives_the_log() {
    let whole = Memory::filled(20);
    let head = Log::open(&whole, &policy()).unwrap().checkpoint().to_wire();
    let head = Checkpoint::from_wire(&head).unwrap();
    let cut = Memory::filled(19);
    let mut log = Log::open(&cut, &policy()).unwrap();
    refused(log.covers(&head), Reason::Rollback);
    assert!(Log::open(&whole, &policy()).unwrap().covers(&head).is_ok());
}

#[test]
fn threat_18_two_heads_of_one_size() {
    let (_, memory) = seen(5);
    let other = Memory::default();
    init(&other, ORIGIN, &key(1)).unwrap();
    append(&other, &key(1), &entries(1..6)).unwrap();
    let error = refused(meet(&other, &memory), Reason::Fork);
    let heads: Vec<&str> = error.remedy.matches("\u{2014} ").collect();
    assert_eq!(heads.len(), 2, "both signed heads are shown: {}", error.remedy);
}

#[test]
fn threat_18_two_heads_that_no_proof_joins() {
    let (_, memory) = seen(5);
    let other = Memory::default();
    init(&other, ORIGIN, &key(1)).unwrap();
    append(&other, &key(1), &entries(1..300)).unwrap();
    refused(meet(&other, &memory), Reason::Rewritten);
}

#[test]
fn threat_18_a_proof_of_the_other_half_of_a_split_view() {
    let (_, memory) = seen(5);
    let other = Memory::default();
    init(&other, ORIGIN, &key(1)).unwrap();
    append(&other, &key(1), &entries(1..6)).unwrap();
    let note = Log::open(&other, &policy()).unwrap().note().clone();
    refused(Known::new(&memory).agrees(&note, &policy(), "a proof"), Reason::Fork);
}

#[test]
fn threat_19_the_whole_log_built_again_with_another_leaf() {
    let (_, memory) = seen(600);
    for changed in [0, 255, 256, 599] {
        let mut all = entries(0..600);
        all[changed] = turned(changed as u64);
        all.push(entry(600));
        let other = Memory::default();
        init(&other, ORIGIN, &key(1)).unwrap();
        append(&other, &key(1), &all).unwrap();
        let log = Log::open(&other, &policy()).unwrap();
        assert!(fsck(&log, false).unwrap().holds(), "it is a good log, but another one");
        refused(meet(&other, &memory), Reason::Rewritten);
    }
}

#[test]
fn threat_19_a_leaf_rewritten_without_the_key() {
    let store = Memory::filled(300);
    let name = "tile/entries/000";
    let mut bytes = store.read(name).unwrap().unwrap();
    let verdict = bytes.windows(6).position(|window| window == b"\"pass\"").unwrap();
    bytes[verdict + 1..verdict + 5].copy_from_slice(b"fail");
    store.set(name, &bytes);
    let mut log = Log::open(&store, &policy()).unwrap();
    refused(log.prove(0), Reason::Altered);
    refused(log.bundle(0), Reason::Altered);
    assert!(log.prove(299).is_ok(), "what was not touched is proved");
    assert_eq!(fsck(&log, true).unwrap().problems[0].reason, Reason::Altered);
}

#[test]
fn threat_19_a_tile_rewritten_to_match_a_rewritten_leaf() {
    let (store, other) = (Memory::filled(300), Memory::default());
    init(&other, ORIGIN, &key(1)).unwrap();
    let mut all = entries(0..300);
    all[3] = turned(3);
    append(&other, &key(1), &all).unwrap();
    for name in ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"] {
        let bytes = other.read(name).unwrap().unwrap();
        store.set(name, &bytes);
    }
    let mut log = Log::open(&store, &policy()).unwrap();
    refused(log.prove(3), Reason::Altered);
    refused(log.growth(200), Reason::Altered);
    assert_eq!(fsck(&log, true).unwrap().problems[0].reason, Reason::Altered);
}

#[test]
fn threat_9_a_clock_set_back() {
    let store = Memory::filled(120);
    let other = |number: u64| {
        changed(number, &statement(number).to_string(), &statement(number + 900).to_string())
    };
    refused(append(&store, &key(1), &[other(10)]), Reason::Clock);
    // Two machines are never quite of one mind; then time stands still, and does not go back.
    append(&store, &key(1), &[other(100)]).unwrap();
    let mut log = Log::open(&store, &policy()).unwrap();
    assert_eq!(log.read(120).unwrap().at(), entry(119).at());
    assert!(fsck(&log, false).unwrap().holds());
}

#[test]
fn threat_12_a_key_of_another_role_signs_a_checkpoint() {
    let store = Memory::filled(3);
    let text = Log::open(&store, &policy()).unwrap().note().text().to_owned();
    // The log's own key as a witness of its name: another prefix, another id.
    let witness = verifier(ORIGIN, Role::Witness, 1);
    let line = witness.sign(&key(1), &text, 7).unwrap();
    let note = Note::new(text.clone(), &line).unwrap();
    store.set(CHECKPOINT, note.to_string().as_bytes());
    refused(Log::open(&store, &policy()).map(|_| ()), Reason::Signature);
    // Another key under the name of the log.
    let other = verifier(ORIGIN, Role::Log, 2);
    let note = Note::new(text.clone(), &other.sign(&key(2), &text, 0).unwrap()).unwrap();
    store.set(CHECKPOINT, note.to_string().as_bytes());
    refused(Log::open(&store, &policy()).map(|_| ()), Reason::Signature);
    // The key of reports, which is P-256 unless one asks for another.
    let report = PrivateKey::generate(Algorithm::P256, &[1; 32]).unwrap();
    let error = Verifier::new(ORIGIN, Role::Log, report.public()).unwrap_err();
    assert_eq!((error.reason, error.reason.consequence()), (Reason::Key, Consequence::Refused));
}

#[test]
fn threat_18_a_checkpoint_of_another_log_of_the_same_key() {
    let store = Memory::default();
    init(&store, "driftseal.example/other", &key(1)).unwrap();
    refused(Log::open(&store, &policy()).map(|_| ()), Reason::Origin);
}

#[test]
fn a_checkpoint_that_commits_to_what_is_not_there() {
    let store = Memory::filled(3);
    store.set(CHECKPOINT, signed(300, statement(1)).to_string().as_bytes());
    let mut log = Log::open(&store, &policy()).unwrap();
    refused(log.prove(2), Reason::Missing);
    refused(append(&store, &key(1), &[entry(3)]), Reason::Missing);
    store.set(CHECKPOINT, signed(3, statement(1)).to_string().as_bytes());
    refused(append(&store, &key(1), &[entry(3)]), Reason::Altered);
}

#[test]
fn every_altered_character_of_a_proof_is_refused() {
    let store = Memory::filled(6);
    let mut log = Log::open(&store, &policy()).unwrap();
    let text = log.prove(3).unwrap().to_string();
    let verify = |text: &str| {
        Proof::parse(text.as_bytes(), "it")
            .and_then(|proof| proof.verify_report(&policy(), statement(3), "it"))
    };
    assert!(verify(&text).is_ok());
    for (at, old) in text.char_indices().filter(|(_, c)| c.is_ascii()) {
        let mut bad = text.clone();
        bad.replace_range(at..=at, ["A", "B", "\n"][if old == 'A' { 1 } else { at % 3 / 2 * 2 }]);
        assert!(bad == text || verify(&bad).is_err(), "{at}: {old:?}\n{bad}");
    }
    let other = log.prove(4).unwrap();
    refused(other.verify_report(&policy(), statement(3), "it"), Reason::OtherReport);
}

#[test]
fn a_garbage_signature_beside_the_good_one_changes_nothing() {
    let store = Memory::filled(3);
    let mut text = Log::open(&store, &policy()).unwrap().note().to_string();
    text.push_str("\u{2014} stranger.example AAAAAAECAwQ=\n");
    store.set(CHECKPOINT, text.as_bytes());
    assert!(Log::open(&store, &policy()).is_ok());
    let two = Policy::new(
        verifier(ORIGIN, Role::Log, 1),
        vec![verifier("w.example", Role::Witness, 9)],
        1,
    );
    let note = Note::parse(text.as_bytes(), "it").unwrap();
    refused(two.unwrap().check(&note, "it"), Reason::Quorum);
}

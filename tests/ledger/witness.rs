//! Witnesses: they cosign what has only grown, once for each size, and nobody else's lines count.

use driftseal::ledger::witness::Witness;
use driftseal::ledger::{
    Growth, Known, LedgerError, Log, Note, Policy, Reason, Role, Verifier, append, attach, init,
};
use driftseal::model::Timestamp;

use crate::fixture::{Memory, ORIGIN, entries, key, policy, verifier};

const NAME: &str = "witness.example/w1";

fn witness() -> Verifier {
    verifier(NAME, Role::Witness, 2)
}

/// Asks a witness that remembers `state` to cosign a log as it is.
fn cosign(store: &Memory, state: &Memory) -> Result<String, LedgerError> {
    let known = Known::new(state);
    let (policy, verifier, key) = (policy(), witness(), key(2));
    let at = Timestamp::parse("2026-03-01T00:00:00Z").unwrap();
    let witness = Witness { verifier: &verifier, key: &key, known: &known, policy: &policy, at };
    let mut log = Log::open(store, &policy)?;
    let seen = witness.seen(ORIGIN)?;
    let growth = match log.growth(seen) {
        Ok((growth, _)) => growth,
        Err(_) => Growth { old: seen, hashes: Vec::new(), note: log.note().clone() },
    };
    // What is sent is what is read.
    let read = Growth::parse(growth.to_string().as_bytes(), "a request").unwrap();
    assert_eq!(read, growth);
    witness.cosign(&read, "a request")
}

fn quorum() -> Policy {
    Policy::new(verifier(ORIGIN, Role::Log, 1), vec![witness()], 1).unwrap()
}

#[test]
fn a_log_that_grows_is_cosigned_and_the_quorum_is_met() {
    let (store, state) = (Memory::filled(3), Memory::default());
    for size in [3, 256, 257, 700] {
        if size > 3 {
            let before = Log::open(&store, &policy()).unwrap().checkpoint().size;
            append(&store, &key(1), &entries(before..size)).unwrap();
        }
        let unseen = Log::open(&store, &policy()).unwrap().note().clone();
        assert_eq!(quorum().check(&unseen, "it").unwrap_err().reason, Reason::Quorum);
        let line = cosign(&store, &state).unwrap();
        let seen = attach(&store, &quorum(), &line).unwrap();
        assert_eq!(seen.witnesses.values().collect::<Vec<_>>(), [&1_772_323_200]);
        let cosigned = Log::open(&store, &policy()).unwrap().note().clone();
        assert_eq!(quorum().check(&cosigned, "it").unwrap().checkpoint.size, size);
        assert_eq!(cosigned.names().len(), 2);
        // The same again is no news, and no harm.
        assert_eq!(cosign(&store, &state).unwrap(), line);
        assert!(attach(&store, &quorum(), &line).is_err());
    }
}

#[test]
fn a_log_that_was_rolled_back_forked_or_rewritten_is_not_cosigned() {
    let state = Memory::default();
    cosign(&Memory::filled(300), &state).unwrap();
    let other = |count: u64| {
        let store = Memory::default();
        init(&store, ORIGIN, &key(1)).unwrap();
        append(&store, &key(1), &entries(1..count + 1)).unwrap();
        store
    };
    for (store, reason) in [
        (Memory::filled(299), Reason::Rollback),
        (other(300), Reason::Fork),
        (other(301), Reason::Rewritten),
    ] {
        let error = cosign(&store, &state).unwrap_err();
        assert_eq!(error.reason, reason, "{error}");
        assert!(error.remedy.contains("seen before:"), "{}", error.remedy);
    }
    assert!(cosign(&Memory::filled(300), &state).is_ok());
    assert!(cosign(&Memory::filled(301), &state).is_ok());
}

#[test]
fn a_request_from_elsewhere_than_what_was_seen_is_refused() {
    let (store, state) = (Memory::filled(50), Memory::default());
    cosign(&store, &state).unwrap();
    append(&store, &key(1), &entries(50..60)).unwrap();
    let known = Known::new(&state);
    let (policy, verifier, key) = (policy(), witness(), key(2));
    let at = Timestamp::parse("2026-03-01T00:00:00Z").unwrap();
    let witness = Witness { verifier: &verifier, key: &key, known: &known, policy: &policy, at };
    let mut log = Log::open(&store, &policy).unwrap();
    for old in [0, 49, 60] {
        let (growth, _) = log.growth(old).unwrap();
        assert_eq!(witness.cosign(&growth, "it").unwrap_err().reason, Reason::Proof, "{old}");
    }
    let (mut growth, _) = log.growth(50).unwrap();
    growth.hashes.reverse();
    assert_eq!(witness.cosign(&growth, "it").unwrap_err().reason, Reason::Rewritten);
    let stranger = Memory::default();
    init(&stranger, "other.example/log", &crate::fixture::key(1)).unwrap();
    let note = Note::parse(&stranger.0.borrow()["checkpoint"], "it").unwrap();
    let growth = Growth { old: 0, hashes: Vec::new(), note };
    assert_eq!(witness.cosign(&growth, "it").unwrap_err().reason, Reason::Origin);
}

#[test]
fn a_cosignature_of_a_stranger_or_for_another_checkpoint_is_not_taken() {
    let (store, state) = (Memory::filled(3), Memory::default());
    let line = cosign(&store, &state).unwrap();
    append(&store, &key(1), &entries(3..4)).unwrap();
    let error = attach(&store, &quorum(), &line).unwrap_err();
    assert_eq!(error.reason, Reason::Signature, "{error}");
    let text = Log::open(&store, &policy()).unwrap().note().text().to_owned();
    let stranger = verifier("stranger.example", Role::Witness, 7).sign(&key(7), &text, 5).unwrap();
    assert!(attach(&store, &quorum(), &stranger).is_err());
    // Under the name and id of the witness, but not of its key.
    let forged = stranger.replace("stranger.example", NAME);
    assert!(attach(&store, &quorum(), &forged).is_err());
    assert_eq!(Log::open(&store, &policy()).unwrap().note().names().len(), 1);
}

//! The tree as it is kept: tiles, proofs and roots of every size around the edges of tiles.

use std::cell::Cell;

use driftseal::ledger::{Known, Log, Reason, append, fsck, init, merkle, tile};
use driftseal::model::Digest;

use crate::counted::Counted;
use crate::fixture::{Memory, ORIGIN, entries, entry, key, policy, statement};

/// The root as RFC 6962, section 2.1, defines it.
fn defined(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => merkle::empty(),
        [leaf] => *leaf,
        leaves => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            merkle::node(&defined(left), &defined(right))
        }
    }
}

#[test]
fn a_log_that_grows_by_any_steps_is_the_tree_that_is_defined() {
    let all = entries(0..1100);
    let leaves: Vec<Digest> = all.iter().map(|it| merkle::leaf(&it.bytes().unwrap())).collect();
    for steps in [[1, 254, 1, 1, 255, 1], [255, 1, 256, 1, 254, 2], [513, 1, 1, 1, 1, 583]] {
        let store = Memory::default();
        init(&store, ORIGIN, &key(1)).unwrap();
        let mut size = 0;
        for step in steps {
            append(&store, &key(1), &all[size..size + step]).unwrap();
            size += step;
            let mut log = Log::open(&store, &policy()).unwrap();
            assert_eq!(log.checkpoint().root, defined(&leaves[..size]), "{size}");
            for index in [0, size / 2, size - 1] {
                let proof = log.prove(index as u64).unwrap();
                let included = proof.verify(&policy(), "it").unwrap();
                assert_eq!(included.entry, all[index]);
            }
            for old in [0, 1, size / 2, size.saturating_sub(1), size] {
                let (growth, then) = log.growth(old as u64).unwrap();
                assert_eq!(then, defined(&leaves[..old]));
                assert!(growth.joins((old as u64, then), log.checkpoint()));
            }
        }
        let found = fsck(&Log::open(&store, &policy()).unwrap(), false).unwrap();
        assert!(found.holds() && found.entries == size as u64, "{:?}", found.problems);
        let kept = store.0.borrow();
        for (kind, number, width) in tile::all(size as u64) {
            assert!(kept.contains_key(&tile::name(kind, number, width)), "{kind:?} {number}");
        }
    }
}

#[test]
fn a_report_is_found_by_its_digest_and_logged_once() {
    let store = Memory::filled(300);
    let again = append(&store, &key(1), &[entry(7), entry(300), entry(300)]).unwrap();
    let at: Vec<(u64, bool)> = again.at.iter().map(|at| (at.index, at.was_there)).collect();
    assert_eq!(at, [(7, true), (300, false), (300, true)]);
    assert_eq!(again.checkpoint.size, 301);
    let mut log = Log::open(&store, &policy()).unwrap();
    assert_eq!(log.find(statement(299)).unwrap(), 299);
    assert_eq!(log.find(statement(301)).unwrap_err().reason, Reason::NotLogged);
    // Without an index, the log itself is looked through; with one that lies, too.
    let lie = format!("{} 3\n{} 9999\n", statement(299), statement(299));
    for name in store.clone().0.borrow().keys().filter(|name| name.starts_with("index/")) {
        store.set(name, lie.as_bytes());
    }
    assert_eq!(log.indexed(statement(299)).unwrap(), None);
    assert_eq!(log.find(statement(299)).unwrap(), 299);
    let found = fsck(&log, true).unwrap();
    assert!(found.holds(), "{:?}", found.problems);
    assert_eq!(log.indexed(statement(299)).unwrap(), Some(299));
}

#[test]
fn every_altered_byte_of_what_is_kept_is_found() {
    let good = Memory::filled(260);
    let names: Vec<String> = good.0.borrow().keys().cloned().collect();
    let (mut found, mut told) = (0, 0);
    for name in names.iter().filter(|name| !name.starts_with("index/")) {
        let bytes = good.0.borrow()[name].clone();
        let step = (bytes.len() / 40).max(1);
        for at in (0..bytes.len()).step_by(step) {
            let bad = good.clone();
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            bad.set(name, &changed);
            found += 1;
            // What no signature and no tree of this size covers: other tiles than the last.
            let is_stale =
                name.contains(".p/") && !name.ends_with(".p/4") && !name.ends_with(".p/1");
            let result = Log::open(&bad, &policy()).and_then(|log| fsck(&log, false));
            let holds = result.is_ok_and(|found| found.holds());
            assert!(!holds || is_stale, "{name}: byte {at}");
            told += usize::from(!holds);
        }
    }
    assert!(found > 150 && told > 100, "{found} {told}");
    for name in ["tile/entries/001.p/4", "tile/0/001.p/4", "tile/entries/000", "tile/0/000"] {
        let bad = good.clone();
        let more = [&good.0.borrow()[name][..], &[0; 32]].concat();
        bad.set(name, &more);
        let log = Log::open(&bad, &policy()).unwrap();
        let problems = fsck(&log, false).unwrap().problems;
        assert_eq!(problems[0].reason, Reason::Altered, "{name}");
    }
}

#[test]
fn tiles_are_written_again_from_entries_and_entries_from_nothing() {
    let store = Memory::filled(600);
    let good = store.0.borrow().clone();
    for name in ["tile/0/000", "tile/0/001", "tile/1/000.p/2", "tile/0/002.p/88"] {
        store.0.borrow_mut().remove(name);
        let log = Log::open(&store, &policy()).unwrap();
        let found = fsck(&log, false).unwrap();
        assert_eq!(found.problems[0].reason, Reason::Missing, "{name}");
        store.set(name, b"nonsense");
        let found = fsck(&log, false).unwrap();
        assert_eq!(found.problems[0].reason, Reason::Altered, "{name}");
        let found = fsck(&log, true).unwrap();
        assert!(found.holds() && found.repaired == [name], "{found:?}");
        assert_eq!(*store.0.borrow(), good);
    }
    store.0.borrow_mut().remove("tile/entries/001");
    let log = Log::open(&store, &policy()).unwrap();
    let found = fsck(&log, true).unwrap();
    assert!(!found.holds() && found.repaired.is_empty());
    assert!(found.problems[0].place.ends_with("tile/entries/001"), "{:?}", found.problems);
}

/// Two levels of tiles cost no more than three objects over one; what it takes is in
/// `benches/README.md`.
#[test]
fn an_append_and_a_proof_touch_a_few_objects_however_long_the_log_is() {
    for (count, reads, writes) in [(200, 14, 4), (20_000, 16, 4)] {
        let store = Memory::filled(count);
        let counted = Counted { inner: &store, reads: Cell::new(0), writes: Cell::new(0) };
        append(&counted, &key(1), &[entry(count)]).unwrap();
        let touched = (counted.reads.take(), counted.writes.take());
        assert!(touched.0 <= reads && touched.1 == writes, "{count}: {touched:?}");
        let mut log = Log::open(&counted, &policy()).unwrap();
        for index in [0, count / 2, count] {
            counted.reads.set(0);
            log.prove(index).unwrap();
            assert!(counted.reads.get() <= 8, "{count}: {}", counted.reads.get());
        }
        assert_eq!(counted.writes.get(), 0);
    }
}

#[test]
fn what_a_reader_has_seen_is_compared_and_kept() {
    let (store, seen) = (Memory::filled(3), Memory::default());
    let known = Known::new(&seen);
    let meet = || {
        let mut log = Log::open(&store, &policy()).unwrap();
        known.meet(&mut log, &policy()).unwrap()
    };
    let first = meet();
    assert_eq!(
        (first, meet()),
        (driftseal::ledger::Standing::First, driftseal::ledger::Standing::Same)
    );
    append(&store, &key(1), &entries(3..400)).unwrap();
    assert_eq!(meet(), driftseal::ledger::Standing::Grown(3));
    assert_eq!(meet(), driftseal::ledger::Standing::Same);
    assert_eq!(seen.0.borrow().len(), 1);
}

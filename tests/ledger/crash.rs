//! Appends that end early: killed before and after every write, by a full disk, by `kill -9`.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use driftseal::ledger::{Directory, Log, Policy, Reason, Role, Store, Verifier, append, fsck};
use driftseal::model::Digest;

use crate::fixture::{
    Failing, Memory, appending, command, ends, entries, entry, fill, home, key, payload, policy,
    run, skipped, statement,
};

/// More steps than any append takes.
const STEPS_MAX: usize = 40;

/// Appends, killing at every step in turn until nothing is left to kill; each time with another
/// entry, so that what was left behind is that of another append. Returns the kills.
fn kill_at_every_step(
    store: &dyn Store,
    next: &mut u64,
    acknowledged: &mut BTreeSet<u64>,
    whole: bool,
) -> usize {
    for steps in 0..STEPS_MAX {
        *next += 1;
        let result = append(&Failing::new(store, steps, "killed"), &key(1), &[entry(*next)]);
        let mut log = Log::open(store, &policy()).unwrap();
        let size = log.checkpoint().size;
        if whole {
            let found = fsck(&log, false).unwrap();
            assert!(found.holds(), "after {steps} steps: {:?}", found.problems);
        }
        if let Err(error) = result {
            assert_eq!(error.reason, Reason::NotWritten, "{error}");
            continue;
        }
        acknowledged.insert(*next);
        let index = log.find(statement(*next)).unwrap();
        assert_eq!(index, size - 1);
        assert!(log.prove(index).unwrap().verify(&policy(), "it").is_ok());
        return steps;
    }
    panic!("an append takes more than {STEPS_MAX} steps");
}

#[test]
fn threat_20_an_append_that_is_killed_at_any_write_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let (mut kills, mut next) = (0, 100_000);
    let mut acknowledged = BTreeSet::new();
    for (name, count) in [("a", 0), ("b", 250), ("c", 508)] {
        let store = Directory::writer(folder.path().join(name), 1).unwrap().unsynced();
        fill(&store, count);
        for _ in 0..8 {
            kills += kill_at_every_step(&store, &mut next, &mut acknowledged, count < 256);
        }
        assert!(fsck(&Log::open(&store, &policy()).unwrap(), false).unwrap().holds());
        let mut log = Log::open(&store, &policy()).unwrap();
        let size = log.checkpoint().size;
        assert!(size >= count + 8 && (count == 0 || size % 256 < count % 256), "{size}");
        for number in acknowledged.iter().copied().chain(0..count) {
            log.find(statement(number)).unwrap();
        }
        acknowledged.clear();
    }
    println!("{kills} kills");
    assert!(kills >= 200, "{kills}");
}

/// Where three levels of tiles change at once.
#[test]
fn threat_20_the_same_where_a_tile_of_tiles_becomes_full() {
    let store = Memory::filled(65_530);
    let (mut kills, mut next) = (0, 100_000);
    let mut acknowledged = BTreeSet::new();
    while Log::open(&store, &policy()).unwrap().checkpoint().size < 65_540 {
        kills += kill_at_every_step(&store, &mut next, &mut acknowledged, false);
    }
    assert!(kills > 40, "{kills}");
    let mut log = Log::open(&store, &policy()).unwrap();
    for number in &acknowledged {
        log.find(statement(*number)).unwrap();
    }
    let found = fsck(&log, false).unwrap();
    assert!(found.holds(), "{:?}", found.problems);
    assert!(store.0.borrow().contains_key("tile/2/000.p/1"));
}

#[test]
fn threat_20_a_full_disk_is_told_and_leaves_the_log_as_it_was() {
    let store = Memory::filled(256);
    for steps in [0, 2, 4, 6] {
        let full = Failing::new(&store, steps, "no space left on device");
        let error = append(&full, &key(1), &[entry(300)]).unwrap_err();
        assert_eq!(error.reason, Reason::NotWritten);
        assert!(error.to_string().contains("no space left") && error.remedy.contains("room"));
        let log = Log::open(&store, &policy()).unwrap();
        assert_eq!(log.checkpoint().size, 256);
        assert!(fsck(&log, false).unwrap().holds());
    }
    assert_eq!(append(&store, &key(1), &[entry(300)]).unwrap().checkpoint.size, 257);
}

/// The same with a disk that is full: a small one in memory, in a namespace of its own.
#[test]
fn threat_20_a_small_disk_that_fills_up() {
    let home = home(2);
    let at = home.path();
    let append = appending("0.json").join(" ").replace(" log ", " disk/log ");
    let again = appending("1.json").join(" ").replace(" log ", " disk/log ");
    let bin = env!("CARGO_BIN_EXE_driftseal");
    let script = format!(
        "mkdir disk && mount -t tmpfs -o size=64k tmpfs disk || exit 77\n\
         cp -r log disk/log && {bin} {append} || exit 78\n\
         dd if=/dev/zero of=disk/filler bs=4k 2>/dev/null\n\
         {bin} {again}; echo \"full: $?\"\n\
         {bin} log fsck disk/log --log-key log.vkey; echo \"fsck: $?\"\n\
         rm disk/filler\n\
         {bin} {again}; echo \"room: $?\"\n\
         {bin} log fsck disk/log --log-key log.vkey; echo \"fsck: $?\"\n"
    );
    let unshare =
        Command::new("unshare").args(["-rm", "sh", "-c", &script]).current_dir(at).output();
    let output = match unshare {
        Ok(output) if output.status.code() != Some(77) && !output.stdout.is_empty() => output,
        Ok(_) | Err(_) => return skipped("no small disk can be made here, so none was filled"),
    };
    let said = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("No space left on device"), "{said}{complaint}");
    let codes: Vec<&str> =
        said.lines().filter(|line| line.contains(": ") && line.len() == 7).collect();
    assert_eq!(codes, ["full: 2", "fsck: 0", "room: 0", "fsck: 0"], "{said}{complaint}");
    assert!(said.contains("2 entries"), "{said}");
}

/// The program itself, killed at 200 moments of its run.
#[test]
fn threat_20_the_program_killed_with_kill_9() {
    const KILLS: u32 = 200;
    let home = home(KILLS as usize + 20);
    let at = home.path();
    // The moments are spread over what an undisturbed append takes.
    let begin = Instant::now();
    for number in 0..10 {
        ends(at, 0, &appending(&format!("{number}.json")));
    }
    let whole = begin.elapsed() / 10;
    let (mut killed, mut acknowledged) = (0, Vec::new());
    for kill in 0..KILLS {
        let envelope = format!("{}.json", kill + 10);
        let mut child = command(at, &appending(&envelope))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(whole * kill / KILLS);
        child.kill().unwrap();
        match child.wait().unwrap().code() {
            Some(0) => acknowledged.push(envelope),
            Some(code) => panic!("{envelope}: exit {code}"),
            None => killed += 1,
        }
        if kill % 20 == 0 {
            ends(at, 0, &["log", "fsck", "log", "--log-key", "log.vkey"]);
        }
    }
    let said = ends(at, 0, &["log", "fsck", "log", "--log-key", "log.vkey"]);
    assert!(said.starts_with("HOLDS"), "{said}");
    let vkey = fs::read_to_string(at.join("log.vkey")).unwrap();
    let policy = Policy::new(Verifier::parse(vkey.trim(), Role::Log).unwrap(), Vec::new(), 0);
    let store = Directory::open(at.join("log"));
    let mut log = Log::open(&store, &policy.unwrap()).unwrap();
    for envelope in &acknowledged {
        let payload = payload(&fs::read(at.join(envelope)).unwrap());
        log.find(Digest::of(payload.as_bytes())).unwrap();
    }
    let left = run(at, &appending("210.json"));
    assert!(left.status.success(), "nothing stays locked: {left:?}");
    println!("{killed} of {KILLS} killed, {} acknowledged", acknowledged.len());
    assert!(killed > KILLS / 10, "{killed}");
}

#[test]
fn threat_20_two_writers_at_once_lose_nothing() {
    let home = home(200);
    let at = home.path();
    std::thread::scope(|scope| {
        for half in 0..2 {
            scope.spawn(move || {
                for number in 0..100 {
                    ends(at, 0, &appending(&format!("{}.json", number * 2 + half)));
                }
            });
        }
    });
    let listed = ends(at, 0, &["log", "list", "log", "--log-key", "log.vkey", "--last", "1000"]);
    assert_eq!(listed.lines().count(), 201);
    let said = ends(at, 0, &["log", "fsck", "log", "--log-key", "log.vkey"]);
    assert!(said.contains("computed     200 entries"), "{said}");
    assert!(!said.contains("index"), "every entry is in the index: {said}");
}

#[test]
fn a_reader_is_not_kept_waiting_and_a_second_writer_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = Directory::writer(folder.path(), 1).unwrap();
    fill(&store, 3);
    let reader = Directory::open(folder.path());
    assert_eq!(Log::open(&reader, &policy()).unwrap().checkpoint().size, 3);
    let begin = Instant::now();
    let error = Directory::writer(folder.path(), 5).unwrap_err();
    assert!(error.reason == Reason::Locked && begin.elapsed() < Duration::from_secs(5));
    drop(store);
    let store = Directory::writer(folder.path(), 1).unwrap();
    append(&store, &key(1), &entries(3..5)).unwrap();
    assert_eq!(fs::read_dir(folder.path().join("tile/entries")).unwrap().count(), 1);
}

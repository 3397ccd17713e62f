//! What a snapshot file promises: the same report as from its sources, the same bytes anywhere,
//! and nothing believed that can be checked.

mod common;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use common::{noon, rules};
use driftseal::audit::audit;
use driftseal::collect::{Exclusions, MaskingKey, Options, Spool, collect, collect_pair, write};
use driftseal::model::{BlobError, Blobs as _, Digest, GapReason, Limits, Pair, Report, Snapshot};
use driftseal::policy::{Ledger, Policy};
use tempfile::TempDir;

const KEY: &[u8] = b"a masking key of the tests, 32 bytes+";
const OTHER: &[u8] = b"another masking key of the tests, 32+";

fn options(base: &Path, key: &[u8]) -> Options {
    Options {
        limits: Limits::STANDARD,
        masking_key: MaskingKey::from_bytes(key, false).unwrap(),
        secret_patterns: driftseal::collect::SecretPatterns::default(),
        exclude: Exclusions::default(),
        base_dir: base.to_path_buf(),
        environment: Vec::new(),
    }
}

/// Options of a reader who has no key.
fn keyless(base: &Path) -> Options {
    let masking_key = MaskingKey::from_bytes(&[9; 32], true).unwrap();
    Options { masking_key, ..options(base, KEY) }
}

fn put(root: &Path, file: &str, text: impl AsRef<[u8]>) {
    let path = root.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A side with something of every kind: secrets, several documents, templates, binaries, twins.
fn side(root: &Path, name: &str, secret: &str) {
    let at = |file: &str| format!("{name}/{file}");
    put(
        root,
        &at("a/secret.yaml"),
        format!("password: {secret}\n---\nurl: https://u:{secret}@h/\n"),
    );
    put(
        root,
        &at("a/k8s.yaml"),
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: db-{name}}}\nstringData:\n  p: {secret}\n\
             ---\napiVersion: v1\nkind: Service\nmetadata: {{name: web-{name}}}\n"
        ),
    );
    put(root, &at("t.yaml"), "a: {{ .Values.x }}\n");
    put(root, &at("broken.yaml"), format!("a: 1\n---\nb: [\n---\nc: {secret}\n"));
    put(root, &at("logo.png"), b"\x89PNG\0\x01");
    put(root, &at("latin.conf"), b"a=1\nb=\xfc\n");
    put(root, &at("copy1.env"), "A=1\nB=2\n");
    put(root, &at("copy2.env"), "A=1\nB=2\n");
    put(root, &at("notes.md"), "# password is not here\n");
    put(root, &at(&format!("token={secret}.env")), "X=1\n");
}

fn take(locators: &[&str], options: &Options) -> (Snapshot, Spool) {
    let locators: Vec<String> = locators.iter().map(|locator| (*locator).to_owned()).collect();
    let spool = Spool::new(&options.limits);
    (collect(&locators, options, &spool), spool)
}

fn bytes(locators: &[&str], options: &Options) -> Vec<u8> {
    let (snapshot, spool) = take(locators, options);
    let mut bytes = Vec::new();
    write(&snapshot, &spool, options, &mut bytes).unwrap();
    bytes
}

fn report(sides: Pair<&str>, options: &Options) -> Result<Report, BlobError> {
    let locators = sides.map(|side| vec![side.to_owned()]);
    let spool = Spool::new(&options.limits);
    let pair = locators.as_ref().map(|locators| (locators.as_slice(), options.clone()));
    let snapshots = collect_pair(&pair, &spool);
    spool.trusted()?;
    let policy = Policy { ledger: Ledger::Full, ..Policy::default() };
    audit(&snapshots, &spool, &policy, &rules(), noon())
}

fn without_collectors(mut report: Report) -> Report {
    report.inputs.blue.collectors.clear();
    report.inputs.green.collectors.clear();
    report
}

/// A folder with both sides, and their snapshots beside them.
fn taken() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    side(root.path(), "blue", "hunter2-Xk81pQz");
    side(root.path(), "green", "hunter3-Yk92rQz");
    for name in ["blue", "green"] {
        let bytes = bytes(&[name], &options(root.path(), KEY));
        put(root.path(), &format!("{name}.snapshot"), bytes);
    }
    root
}

#[test]
fn a_gate_on_snapshots_gives_the_report_of_the_sources() {
    let root = taken();
    for with in [options(root.path(), KEY), keyless(root.path())] {
        let found = report(Pair::new("blue", "green"), &options(root.path(), KEY)).unwrap();
        let again = report(Pair::new("blue.snapshot", "snapshot:green.snapshot"), &with).unwrap();
        assert!(found.changes.len() > 3 && found.gaps.blue.len() > 2, "{found:#?}");
        assert_eq!(without_collectors(found), without_collectors(again));
    }
}

#[test]
fn a_gate_on_snapshots_of_the_shipped_cases_gives_the_report_of_the_sources() {
    let cases = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut count = 0;
    for case in cases.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
        if !case.join("blue").is_dir() {
            continue;
        }
        let root = tempfile::tempdir().unwrap();
        for name in ["blue", "green"] {
            put(root.path(), name, bytes(&[name], &options(&case, KEY)));
        }
        let sides = Pair::new("blue", "green");
        let found = report(sides, &options(&case, KEY)).unwrap();
        let again = report(sides, &options(root.path(), KEY)).unwrap();
        assert_eq!(without_collectors(found), without_collectors(again), "{}", case.display());
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn equal_content_gives_equal_bytes_on_any_machine_and_for_any_number_of_threads() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for root in [&here, &there] {
        side(root.path(), "blue", "hunter2-Xk81pQz");
    }
    let with = |root: &TempDir, threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let absolute = root.path().join("blue");
        pool.install(|| bytes(&[absolute.to_str().unwrap()], &options(root.path(), KEY)))
    };
    let one = with(&here, 1);
    assert_eq!(one, with(&here, 4));
    assert_eq!(one, with(&there, 2));
    let text = String::from_utf8(one).unwrap();
    assert!(!text.contains("hunter2") && !text.contains("Xk81pQz"), "{text}");
    assert!(!text.contains(here.path().to_str().unwrap()));
    let mut texts: Vec<&str> = text.lines().filter(|line| line.starts_with("{\"text\"")).collect();
    let count = texts.len();
    texts.dedup();
    assert_eq!(texts.len(), count);
    assert!(count < text.matches("{\"source\"").count(), "twins are kept once");
}

#[test]
fn a_snapshot_of_a_snapshot_holds_the_same() {
    let root = taken();
    let with = options(root.path(), KEY);
    put(root.path(), "again.snapshot", bytes(&["blue.snapshot"], &with));
    let (first, _) = take(&["blue"], &with);
    for locator in ["blue.snapshot", "again.snapshot"] {
        let (again, spool) = take(&[locator], &with);
        assert_eq!(spool.trusted(), Ok(()));
        assert_eq!((again.digest(), &again.gaps), (first.digest(), &first.gaps), "{locator}");
        assert_eq!((&again.sources, &again.documents), (&first.sources, &first.documents));
    }
}

/// Lines of a snapshot file, and the file with its end made to fit them; the seal stays.
struct Forger {
    lines: Vec<String>,
    seal: String,
}

impl Forger {
    fn of(bytes: &[u8]) -> Self {
        let text = std::str::from_utf8(bytes).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let end = lines.pop().unwrap();
        let seal = end.split("\"seal\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        Self { lines, seal }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut text = self.lines.join("\n") + "\n";
        let digest = Digest::of(text.as_bytes());
        let seal = &self.seal;
        writeln!(text, r#"{{"end":{{"sha256":"{digest}","seal":"{seal}"}}}}"#).unwrap();
        text.into_bytes()
    }

    /// A snapshot of one file, as somebody without the key would write it.
    fn file(file: &str, syntax: &str, text: &str) -> Self {
        let digest = Digest::of(text.as_bytes());
        let key = MaskingKey::from_bytes(KEY, false).unwrap().id().id;
        let content = serde_json::to_string(text).unwrap();
        let lines = vec![
            format!(r#"{{"schema":"driftseal.snapshot/1","maskingKey":{{"id":"{key}"}}}}"#),
            r#"{"collector":{"scheme":"directory","locator":"x","resolved":null,"notes":[]}}"#
                .to_owned(),
            format!(
                r#"{{"source":{{"file":{},"syntax":"{syntax}","sha256":"{digest}","bytes":{},"original":"00ff","masked":0}}}}"#,
                serde_json::to_string(file).unwrap(),
                text.len()
            ),
            format!(r#"{{"text":{{"sha256":"{digest}","content":{content}}}}}"#),
        ];
        Self { lines, seal: "00".to_owned() }
    }
}

/// What a reader makes of a snapshot file: broken, or a side.
fn read_as(with: fn(&Path) -> Options, bytes: &[u8]) -> Result<Snapshot, String> {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "s", bytes);
    let (snapshot, spool) = take(&["snapshot:s"], &with(root.path()));
    match spool.trusted() {
        Ok(()) => Ok(snapshot),
        Err(error) => {
            let broken = snapshot.sources.first().map(|source| spool.get(&source.digest));
            assert!(broken.is_none_or(|got| got.is_err()), "handed out all the same");
            Err(error.to_string())
        }
    }
}

fn owner(root: &Path) -> Options {
    options(root, KEY)
}

#[test]
fn every_change_of_a_byte_is_noticed() {
    let root = taken();
    let whole = std::fs::read(root.path().join("blue.snapshot")).unwrap();
    assert!(read_as(owner, &whole).is_ok());
    for at in (0..whole.len()).step_by(41).chain(whole.len() - 60..whole.len()) {
        let mut touched = whole.clone();
        touched[at] = if touched[at] == b'0' { b'1' } else { b'0' };
        match read_as(owner, &touched) {
            Err(message) => assert!(message.contains("the snapshot"), "{message}"),
            // Only the magic itself can go: then it is no snapshot.
            Ok(side) => assert!(at < 31 && side.sources.is_empty(), "byte {at} passed"),
        }
        let cut = read_as(owner, &whole[..at]);
        assert!(cut.is_err() || at < 31, "cut at {at} passed");
    }
    let longer = [&whole[..], b"\n"].concat();
    assert!(read_as(owner, &longer).unwrap_err().contains("follows the end"));
}

#[test]
fn lines_cannot_be_left_out_repeated_or_moved() {
    let root = taken();
    let whole = Forger::of(&std::fs::read(root.path().join("blue.snapshot")).unwrap());
    let same = Forger { lines: whole.lines.clone(), seal: whole.seal.clone() };
    assert!(read_as(owner, &same.bytes()).is_ok());
    for at in 1..whole.lines.len() {
        for how in ["drop", "repeat", "swap", "front"] {
            let mut lines = whole.lines.clone();
            match how {
                "drop" => drop(lines.remove(at)),
                "repeat" => lines.insert(at, lines[at].clone()),
                "swap" if at + 1 < lines.len() => lines.swap(at, at + 1),
                "swap" => continue,
                _ => {
                    if at == 1 {
                        continue;
                    }
                    let line = lines.remove(at);
                    lines.insert(1, line);
                }
            }
            let forged = Forger { lines, seal: whole.seal.clone() }.bytes();
            assert!(read_as(owner, &forged).is_err(), "{how} {at} passed");
            // Without the key only the order and the digests can be checked.
            if whole.lines[at].starts_with("{\"text\"") {
                assert!(read_as(keyless, &forged).is_err(), "{how} {at} passed without a key");
            }
        }
    }
}

#[test]
fn what_cannot_be_true_is_broken_even_without_a_key() {
    let good = || Forger::file("a.yaml", "yaml", "a: 1\n");
    let side = read_as(keyless, &good().bytes()).unwrap();
    assert_eq!(side.documents.len(), 1);
    assert!(side.collectors[0].notes[0].contains("was not checked"), "{:?}", side.collectors);
    assert!(read_as(owner, &good().bytes()).unwrap_err().contains("its seal"));
    let replaced = |at: usize, from: &str, to: &str| {
        let mut forger = good();
        assert!(forger.lines[at].contains(from), "{from}");
        forger.lines[at] = forger.lines[at].replacen(from, to, 1);
        forger.bytes()
    };
    for file in ["/etc/passwd", "../a.yaml", "a/../../b", "a//b", "", ".", "a/."] {
        let forged = Forger::file(file, "yaml", "a: 1\n").bytes();
        assert!(read_as(keyless, &forged).unwrap_err().contains("name is"), "{file}");
    }
    for (at, from, to, why) in [
        (2, "\"bytes\":5", "\"bytes\":4", "not the one its file names"),
        (2, "\"bytes\":5", "\"bytes\":-5", "no record"),
        (2, "\"original\":\"00ff\"", "\"original\":\"\"", "no fingerprint"),
        (2, "\"masked\":0", "\"masked\":0,\"shifts\":[[9,1],[3,1]]", "out of order"),
        (2, "\"sha256\":\"", "\"sha256\":\"x", "no digest"),
        (2, "\"syntax\":\"yaml\"", "\"syntax\":\"binary\"", "not the one its file names"),
        (3, "a: 1", "a: 2", "does not have the digest"),
        (3, "{\"text\":{", "{\"text\":[], \"x\":{", "no record"),
        (1, "collector", "collectors", "no record"),
    ] {
        let message = read_as(keyless, &replaced(at, from, to)).unwrap_err();
        assert!(message.contains(why), "{from} to {to}: {message}");
        assert!(!message.contains("a: 1"), "{message}");
    }
    let twice = |at: usize| {
        let mut forger = good();
        forger.lines.insert(at, forger.lines[at].clone());
        read_as(keyless, &forger.bytes()).unwrap_err()
    };
    assert!(twice(2).contains("named twice"));
    assert!(twice(3).contains("texts stand twice"));
    let mut orphan = good();
    orphan.lines.remove(2);
    assert!(read_as(keyless, &orphan.bytes()).unwrap_err().contains("belongs to no file"));
    let mut bare = good();
    bare.lines.pop();
    assert!(read_as(keyless, &bare.bytes()).unwrap_err().contains("text is missing"));
}

#[test]
fn what_cannot_be_read_is_a_gap() {
    let reason = |bytes: &[u8], expected: GapReason, word: &str| {
        let side = read_as(keyless, bytes).unwrap();
        assert!(side.sources.is_empty());
        let gap = side.gaps.iter().find(|gap| gap.reason == expected);
        let message = gap.unwrap_or_else(|| panic!("{:?}", side.gaps)).message.clone();
        assert!(message.contains(word), "{message}");
    };
    reason(b"a: 1\n", GapReason::Unparsed, "does not begin like one");
    reason(b"", GapReason::Unparsed, "does not begin like one");
    let next = String::from_utf8(Forger::file("a.yaml", "yaml", "a: 1\n").bytes()).unwrap();
    let next = next.replacen("snapshot/1", "snapshot/2", 1);
    reason(next.as_bytes(), GapReason::Unparsed, "another version");
    let mut unknown = Forger::file("a.yaml", "yaml", "a: 1\n");
    let gap = r#"{"gap":{"place":"x","line":null,"at":null,"reason":"tomorrow","message":""}}"#;
    unknown.lines.insert(3, gap.to_owned());
    reason(&unknown.bytes(), GapReason::Unparsed, "does not know");
    let root = tempfile::tempdir().unwrap();
    for locator in ["snapshot:nowhere", "snapshot:.", "snapshot:"] {
        let (side, _) = take(&[locator], &keyless(root.path()));
        assert!(side.gaps.iter().any(|gap| gap.place == locator), "{:?}", side.gaps);
    }
}

#[test]
fn a_syntax_nobody_knows_is_a_gap_and_keeps_no_text() {
    let forged = Forger::file("a.x", "tomorrow", "a: 1\n").bytes();
    let side = read_as(keyless, &forged).unwrap();
    assert_eq!((side.sources[0].syntax, side.documents.len()), ("binary", 0));
    assert_eq!(side.gaps[0].reason, GapReason::Unparsed);
}

#[test]
fn a_limit_is_a_gap_that_names_it() {
    let root = taken();
    for (limits, word) in [
        (Limits { index_bytes_max: 900, ..Limits::STANDARD }, "index_bytes_max"),
        (Limits { files_max: 2, ..Limits::STANDARD }, "files_max"),
    ] {
        let with = Options { limits, ..options(root.path(), KEY) };
        let (side, spool) = take(&["blue.snapshot"], &with);
        assert_eq!(spool.trusted(), Ok(()));
        let limit = side.gaps.iter().find(|gap| gap.reason == GapReason::LimitReached);
        assert!(limit.unwrap().message.contains(word), "{:?}", side.gaps);
    }
    let long = Forger::file("a.txt", "text", &"x".repeat(1 << 17)).bytes();
    put(root.path(), "long", long);
    let limits = Limits { file_bytes_max: 1000, ..Limits::STANDARD };
    let (side, _) = take(&["snapshot:long"], &Options { limits, ..keyless(root.path()) });
    let names_it = |gap: &driftseal::model::Gap| gap.message.contains("file_bytes_max");
    assert!(side.gaps.iter().any(names_it), "{:?}", side.gaps);
}

#[test]
fn a_secret_in_clear_is_not_let_in_by_a_snapshot_either() {
    let text = "password: hunter2-Xk81pQz\nb: 1\n";
    let side = read_as(keyless, &Forger::file("a.yaml", "yaml", text).bytes()).unwrap();
    assert_eq!(side.sources[0].syntax, "binary");
    assert_eq!(side.gaps[0].reason, GapReason::NotMasked);
}

#[test]
fn a_secret_that_another_source_tells_is_not_shown_from_a_snapshot() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "green/a.yaml", "password: Xk81pQz7Lm\n");
    put(root.path(), "blue/a.yaml", "note: Xk81pQz7Lm\n");
    let with = options(root.path(), KEY);
    put(root.path(), "blue.snapshot", bytes(&["blue"], &with));
    let found = report(Pair::new("blue.snapshot", "green"), &with).unwrap();
    assert!(found.gaps.blue.iter().any(|(gap, _)| gap.reason == GapReason::NotMasked));
    assert!(!format!("{found:?}").contains("Xk81pQz7Lm"));
}

#[test]
fn snapshots_under_different_keys_are_incomparable_and_never_different() {
    let root = tempfile::tempdir().unwrap();
    for (name, key) in [("blue", KEY), ("green", OTHER)] {
        side(root.path(), "same", "hunter2-Xk81pQz");
        std::fs::remove_file(root.path().join("same/token=hunter2-Xk81pQz.env")).unwrap();
        put(root.path(), name, bytes(&["same"], &options(root.path(), key)));
    }
    let found = report(Pair::new("blue", "green"), &keyless(root.path())).unwrap();
    let differs = |report: &Report| {
        let gaps = report.gaps.green.iter().chain(&report.gaps.blue);
        gaps.filter(|(gap, _)| gap.reason == GapReason::MaskingKeysDiffer).count()
    };
    assert_eq!(differs(&found), 1);
    let drift: Vec<_> =
        found.changes.iter().filter(|change| change.places.blue.is_some()).collect();
    assert_eq!(drift, Vec::<&driftseal::model::Change>::new());
    // The key at hand opens the seal of one of them only.
    let found = report(Pair::new("blue", "green"), &options(root.path(), KEY)).unwrap();
    assert_eq!(differs(&found), 2);
}

#[test]
fn a_side_is_masked_with_one_key() {
    let root = taken();
    put(root.path(), "more/x.env", "A=1\n");
    let (both, _) = take(&["blue.snapshot", "more"], &options(root.path(), KEY));
    assert!(both.sources.iter().any(|source| source.file == "x.env"));
    assert!(both.sources.iter().any(|source| source.file == "a/k8s.yaml"));
    let (foreign, _) = take(&["blue.snapshot", "more"], &keyless(root.path()));
    let files: Vec<&str> = foreign.sources.iter().map(|source| source.file.as_str()).collect();
    assert_eq!(files, ["x.env"]);
    assert_eq!(foreign.gaps[0].reason, GapReason::MaskingKeysDiffer);
    assert_eq!(foreign.gaps[0].place, "blue.snapshot");
}

#[test]
fn exclusions_apply_to_what_a_snapshot_holds() {
    let root = taken();
    let patterns = ["*.md".to_owned(), "a".to_owned(), "t.yaml".to_owned()];
    let exclude = Exclusions::new(&patterns).unwrap();
    let with = Options { exclude, ..options(root.path(), KEY) };
    let (side, _) = take(&["blue.snapshot"], &with);
    let places: Vec<&str> = side.excluded.iter().map(|one| one.place.as_str()).collect();
    assert_eq!(places, ["a/k8s.yaml", "a/secret.yaml", "notes.md", "t.yaml"]);
    assert!(!side.gaps.iter().any(|gap| gap.place == "t.yaml"), "{:?}", side.gaps);
    let files = side.files();
    assert_eq!(files.found, files.compared + files.excluded + files.gaps);
}

#[test]
fn no_file_can_be_planted_whose_fingerprint_is_a_seal() {
    let root = tempfile::tempdir().unwrap();
    let forged = Forger::file("a.yaml", "yaml", "a: 1\n").bytes();
    let end = forged[..forged.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    let digest = Digest::of(&forged[..end]).to_string();
    let planted = [&b"\0driftseal.snapshot seal\0"[..], digest.as_bytes()].concat();
    put(root.path(), "side/planted.bin", &planted);
    put(root.path(), "side/a.yaml", "a: 1\n");
    let with = options(root.path(), KEY);
    let written = String::from_utf8(bytes(&["side"], &with)).unwrap();
    let seal = with.masking_key.original(&planted);
    assert!(!written.contains(&seal));
    let (side, _) = take(&["side"], &with);
    assert_eq!(side.gaps[0].reason, GapReason::NotMasked);
    // This is what the attacker was after.
    let sealed = Forger { seal, ..Forger::file("a.yaml", "yaml", "a: 1\n") }.bytes();
    assert!(read_as(owner, &sealed).is_ok());
}

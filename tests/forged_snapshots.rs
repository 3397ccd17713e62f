//! What becomes of a snapshot file that somebody changed, or made.

#[path = "common/side.rs"]
mod side;

use std::fmt::Write as _;
use std::path::Path;

use driftseal::collect::{MaskingKey, Options};
use driftseal::model::{Blobs as _, Digest, GapReason, Limits, Snapshot};
use side::{KEY, bytes, keyless, options, put, take};
use tempfile::TempDir;

/// A folder with a side and its snapshot.
fn taken() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let secret = "password: hunter2-Xk81pQz\n---\nurl: https://u:hunter2-Xk81pQz@h/\n";
    put(root.path(), "blue/a/secret.yaml", secret);
    put(root.path(), "blue/b.yaml", "b: 1\n---\nc: 2\n");
    put(root.path(), "blue/t.yaml", "a: {{ .Values.x }}\n");
    put(root.path(), "blue/logo.png", b"\x89PNG\0\x01");
    put(root.path(), "blue/copy.yaml", "b: 1\n---\nc: 2\n");
    let written = bytes(&["blue"], &options(root.path(), KEY));
    put(root.path(), "blue.snapshot", written);
    root
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
                r#"{{"source":{{"file":{},"syntax":"{syntax}","sha256":"{digest}","bytes":{},"original":"000102030405060708090a0b","masked":0}}}}"#,
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
    for at in (0..whole.len()).step_by(97).chain(whole.len() - 60..whole.len()) {
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
        (2, "\"original\":\"000102030405060708090a0b\"", "\"original\":\"\"", "no fingerprint"),
        (2, "\"original\":\"000102030405060708090a0b\"", "\"original\":\"00ff\"", "no fingerprint"),
        (2, "\"masked\":0", "\"masked\":0,\"shifts\":[[9,1],[3,1]]", "out of order"),
        (2, "\"sha256\":\"", "\"sha256\":\"x", "no digest"),
        (2, "\"syntax\":\"yaml\"", "\"syntax\":\"binary\"", "not the one its file names"),
        (3, "a: 1", "a: 2", "does not have the digest"),
        (3, "{\"text\":{", "{\"text\":[], \"x\":{", "no record"),
        (1, "collector", "collectors", "no record"),
        (0, "\"id\":\"", "\"id\":\"key of ours ", "no header"),
        (0, "{\"id\":", "{\"name\":", "no header"),
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
    for (file, syntax, text) in [
        ("a.yaml", "yaml", "password: hunter2-Xk81pQz\nb: 1\n"),
        ("a.json", "json", "{\"note\": \"hunter2-Xk81pQz\""),
        ("a.env", "dotenv", "A=1\nhunter2-Xk81pQz is no assignment\n"),
        ("a.yaml", "yaml", "a: {{ hunter2-Xk81pQz }}\n"),
        (
            "id_rsa",
            "text",
            "-----BEGIN PRIVATE KEY-----\nhunter2Xk81pQz\n-----END PRIVATE KEY-----\n",
        ),
    ] {
        let side = read_as(keyless, &Forger::file(file, syntax, text).bytes()).unwrap();
        assert_eq!(side.sources[0].syntax, "binary", "{text}");
        assert_eq!(side.gaps[0].reason, GapReason::NotMasked, "{text}");
    }
}

#[test]
fn what_a_document_was_before_it_was_masked_is_believed_only_under_a_seal() {
    let root = tempfile::tempdir().unwrap();
    let body = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  password: hunter2-Xk81pQz\n";
    let (digest, other) = (Digest::of(body.as_bytes()), Digest::of(b"another text"));
    put(root.path(), "side/a.yaml", format!("# Source: a/templates/a.yaml\n{body}"));
    put(root.path(), "side/b.yaml", format!("checksum: {digest}\nother: {other}\n"));
    let with = options(root.path(), KEY);
    let whole = Forger::of(&bytes(&["side"], &with));
    let proved = |side: &Snapshot| {
        side.documents.iter().find_map(|document| document.rendered.as_ref()?.checksum)
    };
    let claim = format!("\"checksums\":[[0,\"{digest}\"]]");
    let at = whole.lines.iter().position(|line| line.contains(&claim)).unwrap();
    let forged = |claim: &str, to: &str| {
        let mut lines = whole.lines.clone();
        lines[at] = lines[at].replacen(claim, to, 1);
        Forger { lines, seal: whole.seal.clone() }
    };
    let sealed = |forger: &Forger| {
        let bytes = forger.bytes();
        let end = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
        let seal = with.masking_key.seal(&Digest::of(&bytes[..end]));
        Forger { lines: forger.lines.clone(), seal }.bytes()
    };
    let same = forged(&claim, &claim);
    assert_eq!(proved(&read_as(owner, &same.bytes()).unwrap()), Some(digest));
    assert_eq!(proved(&read_as(keyless, &same.bytes()).unwrap()), None);
    // Another document's digest, which stands on the side as well; none that stands there.
    let nowhere = Digest::of(b"nowhere");
    for (to, under_a_seal) in [(other, Some(other)), (nowhere, None)] {
        let moved = forged(&digest.to_string(), &to.to_string());
        assert!(read_as(owner, &moved.bytes()).unwrap_err().contains("its seal"));
        assert_eq!(proved(&read_as(keyless, &moved.bytes()).unwrap()), None);
        // Whoever has the key could have masked any text.
        assert_eq!(proved(&read_as(owner, &sealed(&moved)).unwrap()), under_a_seal);
    }
    for (to, why) in [
        ("\"checksums\":[[0,\"x\"]]".to_owned(), "is no digest"),
        (format!("\"checksums\":[[0,\"{digest}\"],[0,\"{other}\"]]"), "out of order"),
        (format!("\"checksums\":[[1,\"{digest}\"],[0,\"{other}\"]]"), "out of order"),
        ("\"checksums\":{}".to_owned(), "no record"),
        ("\"hashed\":[1,1]".to_owned(), "out of order"),
    ] {
        let message = read_as(keyless, &forged(&claim, &to).bytes()).unwrap_err();
        assert!(message.contains(why), "{to}: {message}");
    }
    let message = read_as(keyless, &forged("\"masked\":1", "\"masked\":0").bytes()).unwrap_err();
    assert!(message.contains("nothing was masked"), "{message}");
    // What says nothing of where it was rendered from has no checksum, whatever is claimed.
    let bare = forged(&claim, &claim.replacen("[0,", "[7,", 1));
    assert_eq!(proved(&read_as(owner, &sealed(&bare)).unwrap()), None);
}

#[test]
fn no_file_can_be_planted_whose_fingerprint_is_a_seal() {
    let root = tempfile::tempdir().unwrap();
    let forged = Forger::file("a.yaml", "yaml", "a: 1\n").bytes();
    let end = forged[..forged.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    let digest = Digest::of(&forged[..end]);
    let label = b"driftseal snapshot\0";
    for (name, planted) in [
        ("spelled", digest.to_string().into_bytes()),
        ("raw", digest.0.to_vec()),
        ("whole", forged[..end].to_vec()),
        ("labelled", [&label[..], &digest.0].concat()),
    ] {
        put(root.path(), &format!("side/{name}.bin"), &planted);
    }
    put(root.path(), "side/a.yaml", "a: 1\n");
    let with = options(root.path(), KEY);
    let written = String::from_utf8(bytes(&["side"], &with)).unwrap();
    let seal = with.masking_key.seal(&digest);
    assert!(!written.contains(&seal));
    // This is what the attacker was after.
    let sealed = Forger { seal, ..Forger::file("a.yaml", "yaml", "a: 1\n") }.bytes();
    assert!(read_as(owner, &sealed).is_ok());
}

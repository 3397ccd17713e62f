//! What collecting promises: no secret gets in, nothing is lost, the same for any thread count.

use std::collections::BTreeMap;
use std::path::Path;

use driftseal::collect::{Exclusions, MaskingKey, Options, Spool, collect};
use driftseal::model::{Blobs as _, GapReason, Limits, Snapshot};

const KEY: &[u8] = b"a masking key of the tests, 32 bytes+";

fn options(base: &Path) -> Options {
    Options {
        limits: Limits::STANDARD,
        masking_key: MaskingKey::from_bytes(KEY, false).unwrap(),
        secret_patterns: driftseal::collect::SecretPatterns::default(),
        exclude: Exclusions::default(),
        base_dir: base.to_path_buf(),
        environment: std::env::vars_os()
            .filter(|(name, _)| name == "PATH" || name == "HOME")
            .collect(),
    }
}

fn collected(files: &[(&str, &str)]) -> (Snapshot, BTreeMap<String, String>) {
    let root = tempfile::tempdir().unwrap();
    for (file, text) in files {
        let path = root.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let spool = Spool::new(&Limits::STANDARD);
    let snapshot = collect(&[".".to_owned()], &options(root.path()), &spool);
    let texts = snapshot.sources.iter().map(|source| {
        let bytes = spool.get(&source.digest).unwrap().into_owned();
        (source.file.to_string(), String::from_utf8(bytes).unwrap())
    });
    let texts = texts.collect();
    (snapshot, texts)
}

#[test]
fn a_text_without_secrets_is_kept_as_it_is() {
    let text = "\u{feff}apiVersion: v1\r\nkind: Service\r\nmetadata:\r\n  name: a\r\n---\r\n";
    let (snapshot, texts) = collected(&[("a/b.yaml", text)]);
    assert_eq!(texts["a/b.yaml"], text);
    assert_eq!(*snapshot.documents[0].identity, *"k8s:v1/Service/a");
    assert!(snapshot.gaps.is_empty(), "{:?}", snapshot.gaps);
}

#[test]
fn an_empty_side_is_a_gap() {
    let (snapshot, _) = collected(&[]);
    assert_eq!(snapshot.gaps[0].reason, GapReason::NothingToEvaluate);
}

#[test]
fn a_gap_names_no_path_of_this_machine() {
    let root = tempfile::tempdir().unwrap();
    let empty = root.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let options = options(root.path());
    for (base, locator, place) in [
        (root.path(), empty.as_path(), "empty"),
        (Path::new("/"), &root.path().join("nowhere"), "nowhere"),
        (root.path(), Path::new("nowhere"), "nowhere"),
    ] {
        let snapshot = at(base, &[locator.to_str().unwrap()], &options);
        assert!(!snapshot.gaps.is_empty());
        for gap in &snapshot.gaps {
            assert!(gap.place.ends_with(place) && !gap.place.starts_with('/'), "{gap:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_source_that_is_neither_file_nor_directory_is_a_gap_that_says_so() {
    let root = tempfile::tempdir().unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.path().join("s")).unwrap();
    let snapshot = at(root.path(), &["s"], &options(root.path()));
    let gap = snapshot.gaps.iter().find(|gap| gap.reason == GapReason::Unreadable);
    let gap = gap.unwrap_or_else(|| panic!("{:?}", snapshot.gaps));
    assert!(gap.message.contains("standard input"), "{}", gap.message);
}

fn at(root: &Path, locators: &[&str], options: &Options) -> Snapshot {
    let locators: Vec<String> = locators.iter().map(|locator| (*locator).to_owned()).collect();
    let options = Options { base_dir: root.to_path_buf(), ..options.clone() };
    collect(&locators, &options, &Spool::new(&options.limits))
}

fn write(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn files(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.sources.iter().map(|source| &*source.file).collect()
}

fn gaps(snapshot: &Snapshot) -> Vec<(&str, GapReason)> {
    snapshot.gaps.iter().map(|gap| (gap.place.as_str(), gap.reason)).collect()
}

#[test]
fn everything_under_a_directory_is_read_excluded_or_a_gap() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    for file in ["z.yaml", "a/b.yaml", "a.yaml", ".env", ".git/config", "vendor/x/y.yaml", "n.md"] {
        write(root, file, "A=1\n");
    }
    write(root, ".gitignore", "*\n");
    let exclude = Exclusions::new(&["vendor".to_owned(), "*.md".to_owned()]).unwrap();
    let snapshot = at(root, &["."], &Options { exclude, ..options(root) });
    assert_eq!(files(&snapshot), [".env", ".gitignore", "a.yaml", "a/b.yaml", "z.yaml"]);
    let excluded: Vec<_> =
        snapshot.excluded.iter().map(|e| (e.place.as_str(), e.pattern.as_str())).collect();
    assert_eq!(
        excluded,
        [(".git/", "**/.git (built in)"), ("n.md", "*.md"), ("vendor/", "vendor")]
    );
    assert_eq!(gaps(&snapshot), []);
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_the_root_only() {
    use std::os::unix::fs::symlink;
    let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(outside.path(), "o.yaml", "a: 1\n");
    let root = root.path();
    write(root, "d/real.yaml", "a: 1\n");
    symlink("d/real.yaml", root.join("inside.yaml")).unwrap();
    symlink("d", root.join("directory")).unwrap();
    symlink(outside.path().join("o.yaml"), root.join("out.yaml")).unwrap();
    symlink("nowhere", root.join("dangling")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
    let snapshot = at(root, &["."], &options(root));
    drop(socket);
    // Where a link to a directory leads is told; its files have their own places.
    assert_eq!(files(&snapshot), ["d/real.yaml", "directory", "inside.yaml"]);
    assert_eq!(
        gaps(&snapshot),
        [
            ("dangling", GapReason::LinkNotFollowed),
            ("loop", GapReason::LinkNotFollowed),
            ("out.yaml", GapReason::LinkNotFollowed),
            ("socket", GapReason::Unreadable),
        ]
    );
    assert!(snapshot.excluded.is_empty());
}

#[test]
fn patterns_take_files_and_directories() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    for file in ["deploy/app.blue.yaml", "deploy/app.green.yaml", "deploy/blue/x/y.yaml", "b.yaml"]
    {
        write(root, file, "a: 1\n");
    }
    let snapshot = at(root, &["deploy/*blue*"], &options(root));
    assert_eq!(files(&snapshot), ["app.blue.yaml", "blue/x/y.yaml"]);
    assert_eq!(files(&at(root, &["deploy/app.blue.yaml"], &options(root))), ["app.blue.yaml"]);
    let snapshot = at(root, &["deploy/*red*", "absent"], &options(root));
    assert_eq!(
        gaps(&snapshot),
        [
            ("absent", GapReason::SourceMissing),
            ("deploy/*red*", GapReason::SourceMissing),
            ("deploy/*red* absent", GapReason::NothingToEvaluate),
        ]
    );
}

#[test]
fn one_file_of_two_sources_is_one_and_two_files_of_one_name_are_two() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    for (file, text) in [
        ("a/x.yaml", "x: 1\n"),
        ("b/x.yaml", "x: 1\n"),
        ("a/y.yaml", "y: 1\n"),
        ("b/y.yaml", "y: 2\n"),
    ] {
        write(root, file, text);
    }
    let snapshot = at(root, &["a", "b"], &options(root));
    assert_eq!(files(&snapshot), ["x.yaml", "y.yaml", "y.yaml#2"]);
    assert!(snapshot.collectors[1].notes[0].contains("y.yaml#2"));
    assert_eq!(snapshot.documents.len(), 3);
}

#[test]
fn a_limit_is_a_gap_that_names_it() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    for file in ["a.yaml", "b.yaml", "c.yaml"] {
        write(root, file, "a: 1\n");
    }
    write(root, "a.yaml", "a: 123456789\n");
    let limits = Limits { file_bytes_max: 8, files_max: 2, ..Limits::STANDARD };
    let snapshot = at(root, &["."], &Options { limits, ..options(root) });
    assert_eq!(files(&snapshot), ["b.yaml"]);
    let messages: Vec<&str> = snapshot.gaps.iter().map(|gap| gap.message.as_str()).collect();
    assert!(messages[0].contains("file_bytes_max") && messages[1].contains("files_max"));
}

#[test]
fn what_is_no_text_is_kept_by_digest_only() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    std::fs::write(root.join("logo.png"), b"\x89PNG\0secret").unwrap();
    std::fs::write(root.join("latin.conf"), b"a=1\nb=\xfcsecret\n").unwrap();
    let utf16: Vec<u8> =
        "\u{feff}password: hunter2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(root.join("utf16.yaml"), utf16).unwrap();
    let spool = Spool::new(&Limits::STANDARD);
    let snapshot = collect(&[".".to_owned()], &options(root), &spool);
    assert_eq!(files(&snapshot), ["latin.conf", "logo.png", "utf16.yaml"]);
    for source in &snapshot.sources {
        let bytes = spool.get(&source.digest).unwrap();
        let text = std::str::from_utf8(&bytes).unwrap();
        assert!(!text.contains("hunter2") && !text.contains("bsecret"), "{text}");
        let by_digest = text
            == format!(
                "driftseal.binary {} {}\n",
                source.original.unwrap(),
                if *source.file == *"logo.png" { 11 } else { 14 }
            );
        assert_eq!(by_digest, source.syntax == "binary", "{text}");
    }
    assert_eq!(gaps(&snapshot), [("latin.conf", GapReason::Undecodable)]);
    assert_eq!(snapshot.gaps[0].line, Some(2));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    for number in 0..200 {
        write(
            root,
            &format!("d{}/f{number}.yaml", number % 7),
            &format!("password: p{number}\n---\nb: [\n"),
        );
    }
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| at(root, &["."], &options(root)))
    };
    let (one, four) = (with(1), with(4));
    assert_eq!(one, four);
    assert_eq!(one.sources.len(), 200);
    assert!(one.gaps.iter().all(|gap| gap.span.is_some() && gap.line == Some(3)));
}

fn git(root: &Path, arguments: &[&str]) {
    let identity =
        ["-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "init.defaultBranch=main"];
    let status = std::process::Command::new("git")
        .args(identity)
        .args(["-c", "commit.gpgsign=false", "-C"])
        .arg(root)
        .args(arguments)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .expect("these tests need git");
    assert!(status.success(), "{arguments:?}");
}

#[cfg(unix)]
#[test]
fn a_git_revision_is_read_without_running_what_the_repository_configures() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    git(root, &["init", "-q"]);
    write(root, "deploy/a.yaml", "password: hunter2\n");
    write(root, "deploy/sub/b.yaml", "b: 1\n");
    write(root, "lfs.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
    std::os::unix::fs::symlink("sub/b.yaml", root.join("deploy/link.yaml")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", root.join("deploy/out.yaml")).unwrap();
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "one"]);
    let marker = root.join("ran");
    for key in ["core.fsmonitor", "filter.evil.clean", "filter.evil.smudge"] {
        git(root, &["config", key, &format!("touch {}; cat", marker.display())]);
    }
    write(root, ".gitattributes", "* filter=evil\n");
    write(root, "deploy/a.yaml", "password: changed\n");
    let snapshot = at(root, &["git:HEAD:deploy"], &options(root));
    assert_eq!(files(&snapshot), ["a.yaml", "link.yaml", "sub/b.yaml"]);
    assert_eq!(gaps(&snapshot), [("out.yaml", GapReason::LinkNotFollowed)]);
    assert_eq!(snapshot.collectors[0].resolved.as_ref().unwrap().len(), 40);
    assert_eq!(snapshot.sources[0].masked, 1);
    assert!(!marker.exists());
    let whole = at(root, &["git:HEAD"], &options(root));
    assert_eq!(gaps(&whole)[1], ("lfs.bin", GapReason::SourceMissing));
    let single = at(root, &["git:HEAD:deploy/a.yaml"], &options(root));
    assert_eq!(files(&single), ["a.yaml"]);
    let linked = at(root, &["git:HEAD:deploy/link.yaml"], &options(root));
    assert_eq!((files(&linked), linked.sources[0].bytes), (vec!["link.yaml"], 5));
    let out = at(root, &["git:HEAD:deploy/out.yaml"], &options(root));
    assert_eq!(gaps(&out)[1], ("git:HEAD:deploy/out.yaml", GapReason::LinkNotFollowed));
    let bad = at(root, &["git:absent", "git:--help"], &options(root));
    assert_eq!(gaps(&bad)[0], ("git:--help", GapReason::SourceMissing));
    assert_eq!(gaps(&bad)[1], ("git:absent", GapReason::SourceMissing));
}

#[test]
fn a_dirty_working_tree_is_noted() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    git(root, &["init", "-q"]);
    write(root, "a.yaml", "a: 1\n");
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "one"]);
    let clean = at(root, &["git:HEAD"], &options(root));
    assert!(clean.collectors[0].notes.is_empty());
    write(root, "a.yaml", "a: 23\n");
    let dirty = at(root, &["git:main"], &options(root));
    assert!(dirty.collectors[0].notes[0].contains("changes"));
    git(root, &["checkout", "-q", "a.yaml"]);
    assert!(at(root, &["git:main"], &options(root)).collectors[0].notes.is_empty());
    git(root, &["clone", "-q", "--bare", ".", "bare"]);
    let bare = root.join("bare");
    let gathered = at(&bare, &["git:main"], &options(&bare));
    assert!(gathered.gaps.is_empty() && gathered.collectors[0].notes.is_empty(), "{gathered:?}");
    std::fs::remove_dir_all(&bare).unwrap();
    git(root, &["config", "filter.lfs.clean", "cat"]);
    let filtered = at(root, &["git:main"], &options(root));
    assert!(filtered.collectors[0].notes[0].contains("was not asked"));
    write(root, "new.yaml", "a: 1\n");
    let untracked = at(root, &["git:main"], &options(root));
    assert!(untracked.collectors[0].notes[0].contains("may hold changes"));
    let environment = vec![("PATH".into(), "/nowhere".into())];
    let without = at(root, &["git:main"], &Options { environment, ..options(root) });
    assert!(without.gaps[0].message.contains("git"), "{:?}", without.gaps);
}

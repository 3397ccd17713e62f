//! Git that is not what it should be: a stand-in that hands all but one of its tasks to the real
//! one.

use std::path::Path;

use driftseal::model::GapReason;

use crate::Bench;

/// A repository in a bench, with a few files in one commit.
fn repository() -> (Bench, String) {
    let bench = Bench::new();
    let git = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .map(|folder| folder.join("git"))
        .find(|path| path.is_file())
        .expect("these tests need git");
    for name in ["a.yaml", "b.yaml", "c.yaml"] {
        std::fs::write(bench.path().join(name), format!("name: {name}\n")).unwrap();
    }
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
    for arguments in
        [&["init", "-q"][..], &["add", "a.yaml", "b.yaml", "c.yaml"], &["commit", "-qm", "a"]]
    {
        let status = std::process::Command::new(&git)
            .current_dir(bench.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .args(identity)
            .args(arguments)
            .status();
        assert!(status.unwrap().success());
    }
    let git = git.display().to_string();
    (bench, git)
}

/// A git that does something else for the tasks in which these words stand.
fn stand_in(bench: &Bench, git: &str, words: &str, instead: &str) {
    assert!(Path::new(git).is_absolute());
    let script = format!("case \"$*\" in *'{words}'*) {instead};; esac\nexec '{git}' \"$@\"");
    bench.program("git", &script);
}

#[test]
fn a_git_that_works_is_read_whatever_it_complains_of() {
    let (bench, git) = repository();
    stand_in(&bench, &git, "ls-tree", "echo 'error: hunter2' >&2");
    let (side, texts) = bench.collect("git:HEAD");
    assert_eq!((side.gaps.len(), texts.len()), (0, 3), "{:?}", side.gaps);
}

#[test]
fn a_git_that_is_missing_or_fails_is_a_gap() {
    let (bench, git) = repository();
    bench.refused("git:HEAD", GapReason::SourceMissing, "cannot run git");
    stand_in(&bench, &git, "ls-tree", "echo 'hunter2' >&2; exit 128");
    for locator in ["git:HEAD", "git:HEAD:a.yaml"] {
        bench.refused(locator, GapReason::Unreadable, "git refused");
    }
    stand_in(&bench, &git, "rev-parse", "exit 128");
    bench.refused("git:HEAD", GapReason::SourceMissing, "does not have it");
}

#[test]
fn a_git_that_says_what_no_git_says_is_a_gap() {
    let (bench, git) = repository();
    let id = "1".repeat(40);
    for (words, said) in [
        ("rev-parse", "echo '--evil'; exit 0".to_owned()),
        ("rev-parse", "exit 0".to_owned()),
        ("ls-tree", "printf '%s\\0' 'not an entry'; exit 0".to_owned()),
        ("ls-tree", "printf '100644 blob %s\\ta.yaml\\0' 'no-id'; exit 0".to_owned()),
        ("ls-tree", format!("printf '100644 blob {id}\\ta.yaml\\0garbage'; exit 0")),
    ] {
        stand_in(&bench, &git, words, &said);
        bench.refused("git:HEAD", GapReason::Unreadable, "never says");
    }
    let answers = [
        "exit 0",
        "echo garbage; exit 0",
        "while read -r id; do echo \"$id missing\"; done; exit 0",
        "while read -r id; do echo \"$id blob x\"; done; exit 0",
        "while read -r id; do echo \"$id blob 1000\"; echo short; done; exit 0",
        "while read -r id; do printf '0000 blob 5\\na: 1\\n\\n'; done; exit 0",
        "kill -9 $$",
    ];
    for said in answers {
        stand_in(&bench, &git, "cat-file --batch", said);
        let (side, texts) = bench.collect("git:HEAD");
        assert_eq!(texts, [""; 0], "{said}");
        let gaps = side.gaps.iter().filter(|gap| gap.reason == GapReason::Unreadable);
        assert_eq!(gaps.count(), 3, "{said}: {:?}", side.gaps);
    }
}

#[test]
fn a_git_that_does_not_end_is_stopped() {
    for words in ["rev-parse", "ls-tree", "cat-file --batch"] {
        let (mut bench, git) = repository();
        bench.limits.tool_wait_ms_max = 1_000;
        let marker = bench.path().join("marker");
        let left = format!("(/bin/sleep 2; echo alive >'{}') & wait", marker.display());
        stand_in(&bench, &git, words, &left);
        bench.refused("git:HEAD", GapReason::LimitReached, "tool_wait_ms_max");
        std::thread::sleep(std::time::Duration::from_millis(1_500));
        assert!(!marker.exists(), "{words}: what it started went on");
    }
}

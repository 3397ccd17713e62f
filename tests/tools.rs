//! Programs of the user's: what they see, and what becomes of their failures. The programs here
//! are small scripts that the tests write themselves.
#![cfg(unix)]

#[path = "tools/git.rs"]
mod git;
#[path = "tools/real.rs"]
mod real;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use driftseal::collect::{Exclusions, MaskingKey, Options, Spool, collect};
use driftseal::model::{Blobs as _, GapReason, Limits, Snapshot};
use tempfile::TempDir;

/// A script cannot be started while another thread of this process still writes one.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

struct Bench {
    root: TempDir,
    limits: Limits,
    _turn: MutexGuard<'static, ()>,
}

impl Bench {
    fn new() -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let root = tempfile::tempdir().unwrap();
        for folder in ["bin", "chart"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        std::fs::write(root.path().join("v.yaml"), "a: 1\n").unwrap();
        std::fs::write(root.path().join("bin.plan"), b"PK\x03\x04plan").unwrap();
        let limits = Limits { tool_wait_ms_max: 20_000, ..Limits::STANDARD };
        Self { root, limits, _turn: turn }
    }

    fn path(&self) -> &Path {
        self.root.path()
    }

    fn program(&self, name: &str, script: &str) -> PathBuf {
        let path = self.path().join("bin").join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn collect(&self, locator: &str) -> (Snapshot, Vec<String>) {
        let environment = [
            ("PATH", self.path().join("bin").into_os_string()),
            ("HOME", "/home/nobody".into()),
            ("HELM_PLUGINS", "/evil".into()),
            ("KUBECONFIG", "/evil".into()),
            ("TF_CLI_ARGS", "-evil".into()),
            ("SECRET", "hunter2".into()),
        ];
        let options = Options {
            limits: self.limits,
            masking_key: MaskingKey::from_bytes(&[3; 32], false).unwrap(),
            secret_patterns: driftseal::collect::SecretPatterns::default(),
            exclude: Exclusions::default(),
            base_dir: self.path().to_path_buf(),
            environment: environment.map(|(name, value)| (name.into(), value)).into(),
        };
        let spool = Spool::new(&options.limits);
        let snapshot = collect(&[locator.to_owned()], &options, &spool);
        let texts = snapshot.sources.iter().map(|source| {
            String::from_utf8(spool.get(&source.digest).unwrap().into_owned()).unwrap()
        });
        let texts = texts.collect();
        (snapshot, texts)
    }

    #[track_caller]
    fn refused(&self, locator: &str, reason: GapReason, word: &str) {
        let (side, texts) = self.collect(locator);
        assert_eq!(texts, Vec::<String>::new());
        let gap = side.gaps.iter().find(|gap| gap.reason == reason);
        let gap = gap.unwrap_or_else(|| panic!("{:?}", side.gaps));
        assert!(gap.message.contains(word), "{}", gap.message);
        assert!(!gap.message.contains(self.path().to_str().unwrap()), "{}", gap.message);
        assert!(!gap.message.contains("hunter2"), "{}", gap.message);
    }
}

/// Every collector that runs a program: locator, program, a script's worth of arguments.
const TOOLS: [(&str, &str); 4] = [
    ("helm:chart", "helm"),
    ("kustomize:chart", "kustomize"),
    ("tfplan:bin.plan", "terraform"),
    ("compose:v.yaml?config", "docker"),
];

#[test]
fn what_a_program_renders_is_masked_and_read() {
    for (locator, program) in TOOLS {
        let bench = Bench::new();
        bench.program(program, "echo '{\"password\": \"hunter2\", \"a\": 1}'");
        let (side, texts) = bench.collect(locator);
        assert_eq!(side.gaps, [], "{locator}");
        assert_eq!((side.documents.len(), side.sources[0].masked), (1, 1), "{locator}");
        assert!(!texts[0].contains("hunter2") && texts[0].contains("\"a\": 1"), "{}", texts[0]);
    }
}

#[test]
fn a_program_sees_no_variable_that_could_change_what_it_renders() {
    for (locator, program) in TOOLS {
        let bench = Bench::new();
        let seen = r"seen=$(/usr/bin/env | /usr/bin/tr '\n' ' ')";
        bench.program(program, &format!("{seen}; echo '{{\"a\": \"'$seen'\"}}'"));
        let (side, texts) = bench.collect(locator);
        assert!(side.collectors[0].notes.is_empty(), "{:?}", side.collectors);
        assert!(texts[0].contains("HOME=/home/nobody"), "{}", texts[0]);
        assert!(!texts[0].contains("evil") && !texts[0].contains("SECRET"), "{}", texts[0]);
    }
}

#[test]
fn arguments_are_those_of_the_locator_and_never_flags() {
    let bench = Bench::new();
    bench.program("helm", "printf 'arguments:\\n'; for a in \"$@\"; do echo \"- '$a'\"; done");
    let locator = "helm:chart?values=v.yaml&set=x=1&set=y=2&name=shop&namespace=pay";
    let (_, texts) = bench.collect(locator);
    let root = bench.path().display().to_string();
    let expected = format!(
        "arguments:\n- 'template'\n- '--include-crds'\n- '--values={root}/v.yaml'\n- '--set=x=1'\n\
         - '--set=y=2'\n- '--namespace=pay'\n- '--'\n- 'shop'\n- '{root}/chart'\n"
    );
    assert_eq!(texts, [expected]);
    drop(bench);
    let bench = Bench::new();
    bench.program("helm", "echo a: 1");
    bench.refused("helm:chart?post-renderer=/bin/sh", GapReason::SourceMissing, "values");
    bench.refused("helm:chart?values=nowhere", GapReason::SourceMissing, "no such file");
    bench.refused("helm:repo/chart", GapReason::SourceMissing, "no such file");
    bench.refused("helm:--help", GapReason::SourceMissing, "no such file");
    bench.refused("kustomize:https://example.com/x", GapReason::SourceMissing, "no such file");
}

#[test]
fn a_missing_program_is_a_gap() {
    for (locator, program) in TOOLS {
        Bench::new().refused(locator, GapReason::SourceMissing, program);
    }
}

#[test]
fn a_program_that_fails_or_complains_is_a_gap_and_what_it_says_is_not_shown() {
    for (locator, program) in TOOLS {
        let bench = Bench::new();
        bench.program(program, "echo 'a: 1'; echo 'Error: password hunter2' >&2; exit 1");
        bench.refused(locator, GapReason::Unreadable, "it failed");
        bench.program(program, "echo 'a: 1'; echo 'Error: password hunter2' >&2");
        bench.refused(locator, GapReason::Unreadable, "complained of an error");
        bench.program(program, "kill -9 $$");
        bench.refused(locator, GapReason::Unreadable, "it failed");
        bench.program(program, "echo '{\"a\": 1}'; echo 'Warning: old' >&2");
        let (side, texts) = bench.collect(locator);
        assert_eq!((side.gaps.len(), texts.len()), (0, 1));
        assert!(side.collectors[0].notes[0].contains("warned, in 1 lines"));
        bench.program(program, "echo '{\"a\": 1}'; echo 'WARN: no table for error.pages' >&2");
        assert_eq!(bench.collect(locator).0.gaps, [], "{locator}");
        bench.program(program, "echo 'a: 1'; echo 'x: failed; this is no warning' >&2");
        bench.refused(locator, GapReason::Unreadable, "complained of an error");
        bench.program(program, "");
        let (side, _) = bench.collect(locator);
        assert!(!side.gaps.is_empty() && side.documents.is_empty(), "{locator}");
    }
}

#[test]
fn a_program_that_does_not_end_is_stopped() {
    for script in [
        "exec /bin/sleep 60",
        "echo 'a: 1'; /bin/sleep 60",
        "exec >&- 2>&-; exec /bin/sleep 60",
        "/bin/sleep 60 & exit 0",
    ] {
        let mut bench = Bench::new();
        bench.limits.tool_wait_ms_max = 300;
        bench.program("helm", script);
        bench.refused("helm:chart", GapReason::LimitReached, "tool_wait_ms_max");
    }
}

#[test]
fn a_program_that_is_stopped_takes_with_it_what_it_started() {
    for (locator, program) in TOOLS {
        let mut bench = Bench::new();
        bench.limits.tool_wait_ms_max = 200;
        let marker = bench.path().join("marker");
        let left = format!("(/bin/sleep 1; echo alive >'{}') & wait", marker.display());
        bench.program(program, &left);
        bench.refused(locator, GapReason::LimitReached, "tool_wait_ms_max");
        std::thread::sleep(std::time::Duration::from_millis(1_500));
        assert!(!marker.exists(), "{program}: what it started went on");
    }
}

#[test]
fn what_a_program_says_that_nobody_can_read_is_a_gap() {
    for (locator, program) in TOOLS {
        let bench = Bench::new();
        for said in
            [r"printf '\000\001\377\376'", "echo '{\"a\": [1, }'", "echo 'a: {{ .Values.b }}'"]
        {
            bench.program(program, said);
            let (side, _) = bench.collect(locator);
            assert!(!side.gaps.is_empty(), "{locator} {said}");
            assert_eq!(side.documents.len(), 0, "{locator} {said}");
        }
    }
}

#[test]
fn a_program_that_writes_without_end_is_stopped() {
    let mut bench = Bench::new();
    bench.limits.file_bytes_max = 10_000;
    bench.program("helm", "while :; do echo 'a: 1'; done");
    bench.refused("helm:chart", GapReason::LimitReached, "file_bytes_max");
    bench.program("helm", "echo 'a: 1'; while :; do echo 'x: error' >&2; done");
    bench.limits.tool_wait_ms_max = 2_000;
    let (side, texts) = bench.collect("helm:chart");
    assert!(texts.is_empty() && !side.gaps.is_empty(), "{:?}", side.gaps);
}

#[test]
fn kubectl_builds_where_kustomize_is_missing_and_only_there() {
    let bench = Bench::new();
    bench.program("kubectl", "echo \"by: kubectl $1\"");
    assert_eq!(bench.collect("kustomize:chart").1, ["by: kubectl kustomize\n"]);
    bench.program("kustomize", "echo \"by: kustomize $1\"");
    assert_eq!(bench.collect("kustomize:chart").1, ["by: kustomize build\n"]);
    for (locator, file) in [("kustomize:chart/", "chart.yaml"), ("kustomize:.", "rendered.yaml")] {
        assert_eq!(*bench.collect(locator).0.sources[0].file, *file);
    }
    bench.program("kustomize", "exit 1");
    bench.refused("kustomize:chart", GapReason::Unreadable, "kustomize build");
}

#[test]
fn what_needs_no_program_is_read_without_one() {
    let bench = Bench::new();
    std::fs::write(bench.path().join("plan.json"), "{\"format_version\": \"1.2\"}\n").unwrap();
    for (locator, file) in [("tfplan:plan.json", "plan.json"), ("compose:v.yaml", "v.yaml")] {
        let (side, texts) = bench.collect(locator);
        assert_eq!((side.gaps.len(), texts.len()), (0, 1), "{locator}");
        assert_eq!(*side.sources[0].file, *file);
    }
}

//! The binary as its users meet it: exit codes, messages, files; in an empty environment and a
//! home of its own.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.0.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[])
    }

    fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_driftseal"))
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        Ran::of(&output)
    }
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    fn expect(self, code: i32, parts: &[&str]) -> Self {
        let all = format!("{}{}", self.out, self.err);
        assert_eq!(self.code, code, "{all}");
        for part in parts {
            assert!(all.contains(part), "lacks {part:?}:\n{all}");
        }
        self
    }
}

const GATE: [&str; 5] = ["gate", "--blue", "blue", "--green", "green"];

fn sides(blue: &str, green: &str) -> Home {
    let home = Home::new();
    home.write("blue/a.yaml", blue);
    home.write("green/a.yaml", green);
    home
}

#[test]
fn equal_sides_pass_and_a_number_is_not_its_text() {
    sides("a: 1\n", "a: '1'\n").run(&GATE).expect(1, &["a.yaml:1:4"]);
    sides("a: x\n", "a: 'x'\n").run(&GATE).expect(0, &["PASS", "NOT SIGNED"]);
}

#[test]
fn drift_fails_below_no_threshold_and_with_exit_zero_only_reports() {
    let home = sides("a: 1\n", "a: 2\n");
    home.run(&GATE).expect(1, &["FAIL", "DS-DRF-001", "a.yaml:1:4"]);
    home.run(&[&GATE[..], &["--fail-on", "critical"]].concat()).expect(0, &["DS-DRF-001"]);
    home.run(&[&GATE[..], &["--exit-zero"]].concat()).expect(0, &["FAIL"]);
}

#[test]
fn nothing_to_evaluate_is_never_a_pass() {
    let home = sides("a: 1\n", "a: 1\n");
    home.run(&["gate", "--blue", "blue", "--green", "nowhere"]).expect(3, &["source-missing"]);
    fs::create_dir(home.path().join("empty")).unwrap();
    home.run(&["gate", "--blue", "empty", "--green", "empty"]).expect(3, &["nothing-to-evaluate"]);
    // A variable that is not set, and a program that failed before it wrote anything.
    home.run(&["gate", "--blue", "", "--green", ""]).expect(3, &["the source is empty"]);
    home.run(&["gate", "--blue", "-", "--green", "green"]).expect(3, &["nothing came in"]);
}

/// A build without it says which one has it, and reads nothing before that.
#[cfg(not(feature = "cluster"))]
#[test]
fn a_source_of_another_build_is_refused_with_the_way_to_get_it() {
    let home = sides("a: 1\n", "a: 1\n");
    let parts = ["built without `cluster`", "cargo install --path . --features cluster"];
    home.run(&["gate", "--blue", "blue", "--green", "k8s:shop"]).expect(2, &parts);
    home.run(&["diff", "--blue", "k8s:shop/a", "--green", "green"]).expect(2, &parts);
    home.write("masking.key", "0123456789abcdef0123456789abcdef");
    let snapshot = ["snapshot", "k8s:shop", "-o", "s", "--masking-key", "masking.key"];
    let loose = "--allow-insecure-key-permissions";
    home.run(&[&snapshot[..], &[loose]].concat()).expect(2, &parts);
    home.run(&["gate", "--help"]).expect(0, &["k8s", "cargo install --path . --features cluster"]);
}

#[test]
fn what_cannot_be_read_is_a_gap_and_the_rest_is_audited() {
    let home = sides("a: 1\n", "a: 2\n");
    for side in ["blue", "green"] {
        home.write(&format!("{side}/t.yaml"), "a: {{ .Values.x }}\n");
        home.write(&format!("{side}/broken.yaml"), "a: 1\nb: [\n");
        home.write(&format!("{side}/bad.json"), "{\"a\": }");
    }
    let ran = home.run(&GATE);
    ran.expect(
        3,
        &[
            "INCONCLUSIVE",
            "also FAIL",
            "template-not-rendered",
            "unparsed",
            "bad.json:1",
            "DS-DRF-001",
        ],
    );
}

#[test]
fn mistakes_in_the_configuration_are_named_with_their_place() {
    let home = sides("a: 1\n", "a: 1\n");
    home.write("driftseal.toml", "[gate]\nfial_on = \"high\"\n");
    home.run(&GATE).expect(2, &["driftseal.toml:2:1", "fail_on"]);
    home.write("driftseal.toml", "[[allow]]\nid = \"x\"\npath = \"a\"\n");
    home.run(&GATE).expect(2, &["driftseal.toml:"]);
    home.write("driftseal.toml", "");
    home.run(&["gate", "--blue", "-", "--green", "-"]).expect(2, &["more than once"]);
    home.run(&["gate", "--no-such-flag"]).expect(2, &["--no-such-flag"]);
    home.run(&["gate", "--fail-on", "hihg"]).expect(2, &["high"]);
}

#[test]
fn a_mistake_in_a_rule_pack_is_named_with_its_place() {
    let home = sides("a: 1\n", "a: 1\n");
    home.write("pack.toml", "[pack]\nid = \"p\"\nversion = \"1\"\nschema = 1\ntitel = \"t\"\n");
    home.run(&[&GATE[..], &["--pack", "pack.toml"]].concat())
        .expect(2, &["pack.toml:5:1", "title"]);
    let built_in = concat!(env!("CARGO_MANIFEST_DIR"), "/rules/drift.toml");
    home.run(&["rules", "lint", "--pack", built_in]).expect(2, &["is loaded twice"]);
    home.run(&[&GATE[..], &["--pack", "none.toml"]].concat())
        .expect(2, &["cannot read the rule pack"]);
}

#[test]
fn a_signed_report_verifies_and_a_touched_one_does_not() {
    let home = sides("a: 1\n", "a: 1\n");
    home.write("masking.key", "0123456789abcdef0123456789abcdef");
    home.run(&["keys", "generate", "k"]).expect(0, &["ecdsa-p256-sha256"]);
    let sign = ["--key", "k", "--masking-key", "masking.key", "-o", "envelope=e.json"];
    let insecure = ["--allow-insecure-key-permissions"];
    home.run(&[&GATE[..], &sign, &insecure].concat()).expect(0, &[]);
    let verify = ["verify", "--key", "k.pub", "--require", "pass"];
    home.run(&[&verify[..], &["e.json"]].concat()).expect(0, &["ok"]);
    home.run(&["keys", "generate", "other"]).expect(0, &[]);
    home.run(&["verify", "--key", "other.pub", "e.json"]).expect(4, &["signatures"]);
    let text = fs::read_to_string(home.path().join("e.json")).unwrap();
    let at = text.find("\"payload\":\"").unwrap() + 200;
    let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
    home.write("t.json", &format!("{}{other}{}", &text[..at], &text[at + 1..]));
    home.run(&[&verify[..], &["t.json"]].concat()).expect(4, &["FAILED"]);
}

#[test]
fn a_signed_report_is_rendered_again_and_a_touched_one_only_as_unverified() {
    let home = sides("a: 1\n", "a: 2\n");
    home.write("masking.key", "0123456789abcdef0123456789abcdef");
    home.run(&["keys", "generate", "k"]).expect(0, &[]);
    home.run(&["keys", "generate", "other"]).expect(0, &[]);
    let sign = ["--key", "k", "--masking-key", "masking.key", "-o", "envelope=e.json"];
    let outputs = ["-o", "json=r.json", "-o", "csv=r.csv", "--allow-insecure-key-permissions"];
    home.run(&[&GATE[..], &sign, &outputs].concat()).expect(1, &[]);
    let read = |file: &str| fs::read_to_string(home.path().join(file)).unwrap();
    let report = ["report", "--key", "k.pub", "e.json"];
    home.run(&[&report[..], &["-o", "json=again.json", "-o", "csv=again.csv"]].concat())
        .expect(0, &[]);
    assert_eq!(read("r.json"), read("again.json"));
    assert_eq!(read("r.csv"), read("again.csv"));
    home.run(&report).expect(0, &["FAIL (exit 1)", "signed by"]);

    home.run(&["report", "--key", "other.pub", "e.json"]).expect(4, &["nothing of it is shown"]);
    home.run(&["report", "e.json"]).expect(2, &["--key"]);
    home.run(&[&report[..], &["-o", "envelope"]].concat()).expect(2, &["signs nothing"]);
    let shown = home.run(&["report", "--unverified", "e.json"]).expect(0, &["NOT VERIFIED"]);
    assert!(!shown.out.contains("signed by"), "{}", shown.out);
    home.run(&["report", "--unverified", "r.json", "-o", "sarif"]).expect(0, &["NOT VERIFIED"]);
    home.run(&["report", "--unverified", "r.json", "-o", "json"]).expect(0, &["NOT VERIFIED"]);
    home.run(&["report", "--unverified", "k.pub"]).expect(3, &["cannot read the report"]);
}

#[test]
fn a_control_is_explained_by_the_rules_that_bear_on_it() {
    let home = Home::new();
    let page = home.run(&["explain", "NIST:au-12"]).expect(0, &["nist:AU-12", "DS-TRC-001"]).out;
    let severities: Vec<&str> = page
        .lines()
        .filter(|line| line.contains(" DS-"))
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    assert!(severities.len() > 3 && severities[0] == "critical", "{page}");
    home.run(&["explain", "nist:ZZ-99"]).expect(2, &["topic"]);
}

#[test]
fn a_rule_is_told_as_a_whole_and_rules_are_listed_by_control() {
    let home = Home::new();
    home.run(&["rules", "explain", "ds-trc-007"]).expect(
        0,
        &[
            "DS-TRC-007  Blue and green pass context on in the same formats",
            "pair: compares both sides of one thing",
            "assert          b.propagators == g.propagators",
            "nist:AU-3         partial     Content of Audit Records",
            "Fails: another format",
            "green.propagators  [\"b3\"]",
            "propagators [baggage, tracecontext] in blue, [b3] in green",
            "Passes: near miss: the default written out in another order",
        ],
    );
    home.run(&["rules", "explain", "DS-TRC-997"]).expect(2, &["unknown rule `DS-TRC-997`: did"]);
    let derived = ["rules", "list", "--framework", "cmmc"];
    let page = home.run(&derived).expect(0, &["cmmc:SC.L2-3.13.8  Data in transit"]).out;
    assert!(!page.contains("  direct  ") && !page.contains("  partial  "), "{page}");
    home.run(&["explain", "CMMC:sc.l2-3.13.8"]).expect(0, &["from nist: SC-8, SC-8(1)"]);
    let json = home.run(&[&derived[..], &["--format", "json"]].concat()).expect(0, &[]).out;
    let records: serde_json::Value = serde_json::from_str(&json).unwrap();
    let records = records.as_array().unwrap();
    assert!(records.iter().any(|one| one["rule"].is_null()), "controls without rules are listed");
    let claims = records.iter().filter_map(|one| one["rule"]["claim"].as_str());
    assert!(claims.clone().count() > 50 && claims.clone().all(|claim| claim == "supporting"));
    let table = home.run(&["rules", "list", "--format", "markdown"]).expect(0, &[]).out;
    assert!(table.lines().all(|line| line.matches('|').count() == 7), "{table}");
    home.run(&["rules", "list", "--framework", "pic"]).expect(2, &["did you mean `pci`?"]);
}

#[test]
fn a_first_configuration_is_proposed_and_nothing_is_overwritten() {
    let home = Home::new();
    home.run(&["init"]).expect(3, &["cannot propose sources"]);
    home.write("deploy/blue/a.yaml", "a: blue\nb: 1\n");
    home.write("deploy/green/a.yaml", "a: green\nb: 1\n");
    let printed = home.run(&["init"]).expect(0, &["sources = [\"deploy/blue\"]"]).out;
    assert!(!home.path().join("driftseal.toml").exists());
    home.run(&["init", "--write"]).expect(0, &["read it before you use it"]);
    let read = || fs::read_to_string(home.path().join("driftseal.toml")).unwrap();
    assert_eq!(read(), printed);
    home.run(&["gate"]).expect(0, &["PASS"]);
    home.write("driftseal.toml", "mine");
    home.run(&["init", "--write"]).expect(2, &["cannot write", "it is there already"]);
    assert_eq!(read(), "mine");
    fs::create_dir(home.path().join(".git")).unwrap();
    assert!(!home.path().join("deploy/driftseal.toml").exists());
    let below = Command::new(env!("CARGO_BIN_EXE_driftseal"))
        .args(["init", "--write"])
        .current_dir(home.path().join("deploy"))
        .env_clear()
        .output()
        .unwrap();
    Ran::of(&below).expect(0, &["this is not the root of the repository"]);
}

#[test]
fn a_command_offers_only_the_formats_it_can_write() {
    let home = Home::new();
    for (command, is_signed) in [("gate", true), ("diff", false), ("report", false)] {
        let help = home.run(&[command, "--help"]).expect(0, &["sarif-github"]).out;
        assert_eq!(help.contains("DSSE envelope; needs --key"), is_signed, "{command}");
    }
}

#[test]
fn completions_and_the_manual_know_every_command() {
    let home = Home::new();
    let help = home.run(&["--help"]).expect(0, &[]).out;
    let listed = help.split("Commands:").nth(1).unwrap().split("Options").next().unwrap();
    let lines = listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<&str> = lines.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() >= 12, "{names:?}");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let text = home.run(&["completions", shell]).expect(0, &[]).out;
        assert!(names.iter().all(|name| text.contains(name)), "{shell}");
    }
    for name in names.iter().filter(|name| **name != "help") {
        let page = home.run(&["man", name]).expect(0, &[".SH NAME", ".SH SYNOPSIS"]).out;
        assert!(page.contains(&format!("driftseal\\-{name}")), "{name}: {page}");
    }
    home.run(&["man", "keys", "generate"]).expect(0, &["driftseal\\-keys\\-generate"]);
    home.run(&["man", "nothing"]).expect(2, &["command"]);
}

#[test]
fn nothing_is_shown_of_progress_where_nobody_watches() {
    let home = sides("a: 1\n", "a: 1\n");
    let ran = home.run(&GATE).expect(0, &[]);
    assert!(!ran.err.contains("collecting") && !ran.out.contains('\u{1b}'), "{}", ran.err);
}

#[test]
fn the_report_is_the_same_for_any_number_of_threads() {
    let home = Home::new();
    for number in 0..60 {
        home.write(&format!("blue/f{number}.yaml"), &format!("a: {number}\nb: blue\n"));
        home.write(&format!("green/f{number}.yaml"), &format!("a: {}\nb: green\n", number % 7));
    }
    home.write("m", "0123456789abcdef0123456789abcdef");
    let fixed = ["--masking-key", "m", "--allow-insecure-key-permissions", "-o", "json"];
    let at = ["--evaluated-at", "2026-06-01T00:00:00Z"];
    let arguments = [&GATE[..], &fixed, &at].concat();
    let one = home.run_with(&arguments, &[("RAYON_NUM_THREADS", "1")]);
    let four = home.run_with(&arguments, &[("RAYON_NUM_THREADS", "4")]);
    assert!(one.out.starts_with("{\"schema\":\"driftseal.report/1\""), "{}", one.err);
    assert_eq!(one.out, four.out);
}

#[test]
fn no_secret_is_printed_however_much_is_asked_for() {
    let home = Home::new();
    for (side, secret) in [("blue", "canary-Zq81-blue"), ("green", "canary-Xw92-green")] {
        home.write(
            &format!("{side}/d.yaml"),
            &format!("password: {secret}\nurl: https://u:{secret}@h/x\n# token={secret}\n"),
        );
        home.write(&format!("{side}/x.env"), &format!("DB_PASSWORD={secret}\n"));
        home.write(&format!("{side}/broken.yaml"), &format!("password: {secret}\n  x: [\n"));
    }
    for more in [&["-vvv"][..], &["-o", "json", "--ledger", "full"]] {
        let ran = home.run(&[&GATE[..], more].concat());
        let all = format!("{}{}", ran.out, ran.err);
        assert!(!all.contains("canary"), "{all}");
        assert!(all.contains("DB_PASSWORD"), "{all}");
    }
}

#[test]
fn two_outputs_on_one_path_are_a_mistake() {
    let home = sides("a: 1\n", "a: 1\n");
    home.run(&[&GATE[..], &["-o", "json=x", "-o", "text=x"]].concat()).expect(2, &["x"]);
}

/// Arguments of `snapshot`, with the key in `m`.
const SEALED: [&str; 3] = ["--masking-key", "m", "--allow-insecure-key-permissions"];

fn snapshots(blue: &str, green: &str) -> Home {
    let home = sides(blue, green);
    home.write("m", "0123456789abcdef0123456789abcdef");
    for side in ["blue", "green"] {
        let file = format!("{side}.snapshot");
        home.run(&[&["snapshot", side, "-o", &file][..], &SEALED].concat())
            .expect(0, &["snapshot ", "1 found = 1 to compare + 0 excluded + 0 with gaps"]);
    }
    home
}

#[test]
fn snapshots_are_taken_shown_and_compared() {
    let home = snapshots("a: 1\npassword: one\n", "a: 2\npassword: two\n");
    let gate = ["gate", "--blue", "blue.snapshot", "--green", "snapshot:green.snapshot"];
    home.run(&gate).expect(1, &["DS-DRF-001", "a.yaml:1:4", "was not checked"]);
    let sealed = home.run(&[&gate[..], &SEALED].concat()).expect(1, &["a.yaml:1:4"]);
    assert!(!sealed.out.contains("was not checked"), "{}", sealed.out);
    let show = [&["snapshot", "show", "blue.snapshot"][..], &SEALED].concat();
    home.run(&show).expect(0, &["seal       holds", "a.yaml  yaml, 1 masked", "0  yaml:a.yaml"]);
    let shown = home.run(&["snapshot", "show", "blue.snapshot"]).expect(0, &["was not checked"]);
    assert!(!shown.out.contains("holds"), "{}", shown.out);
}

#[test]
fn a_snapshot_counts_what_it_leaves_out_and_what_it_lacks() {
    let home = sides("a: 1\n", "a: 1\n");
    home.write("m", "0123456789abcdef0123456789abcdef");
    home.write("blue/t.yaml", "a: {{ .Values.x }}\n");
    home.write("blue/docs/a.md", "x\n");
    home.write("blue/b.md", "x\n");
    let take = ["snapshot", "blue", "-o", "s", "--exclude", "**/*.md"];
    let parts = [
        "4 found = 1 to compare + 2 excluded + 1 with gaps",
        "2 by **/*.md",
        "docs/a.md",
        "t.yaml:1  template-not-rendered",
        "inconclusive",
    ];
    home.run(&[&take[..], &SEALED].concat()).expect(3, &parts);
    home.run(&["snapshot", "show", "s"]).expect(0, &parts[..4]);
}

#[test]
fn a_touched_snapshot_ends_the_run() {
    let home = snapshots("a: 1\n", "a: 1\n");
    let text = fs::read_to_string(home.path().join("green.snapshot")).unwrap();
    for (from, to) in [("a: 1", "a: 2"), ("a.yaml", "b.yaml"), ("\"seal\":\"", "\"seal\":\"0")] {
        home.write("green.snapshot", &text.replacen(from, to, 1));
        let gate = ["gate", "--blue", "blue.snapshot", "--green", "green.snapshot"];
        home.run(&[&gate[..], &SEALED].concat())
            .expect(4, &["green.snapshot is not what it claims to be", "integrity"]);
        let show = [&["snapshot", "show", "green.snapshot"][..], &SEALED].concat();
        home.run(&show).expect(4, &["is not what it claims to be"]);
        let again = [&["snapshot", "green.snapshot", "-o", "new"][..], &SEALED].concat();
        home.run(&again).expect(4, &["is not what it claims to be"]);
        assert!(!home.path().join("new").exists());
    }
}

#[test]
fn mistakes_with_snapshots_are_told() {
    let home = snapshots("a: 1\n", "a: 1\n");
    home.write("o", "fedcba98765432100123456789abcdef");
    home.run(&["snapshot", "blue", "-o", "x"]).expect(2, &["--masking-key", "urandom"]);
    home.run(&["snapshot", "blue"]).expect(2, &["--output"]);
    home.run(&["snapshot", "-o", "x"]).expect(2, &["SOURCE"]);
    home.run(&[&["snapshot", "nowhere", "-o", "x"][..], &SEALED].concat())
        .expect(3, &["source-missing"]);
    home.run(&["snapshot", "show", "nowhere"]).expect(3, &["no such file"]);
    home.run(&["snapshot", "show", "blue"]).expect(3, &["not a regular file"]);
    home.run(&["snapshot", "show", "blue/a.yaml"]).expect(3, &["does not begin like one"]);
    let other = ["--masking-key", "o", "--allow-insecure-key-permissions"];
    home.run(&[&["snapshot", "blue.snapshot", "-o", "x2"][..], &other].concat())
        .expect(2, &["another key"]);
    let gate = ["gate", "--blue", "blue.snapshot", "--green", "green.snapshot"];
    home.run(&[&gate[..], &other].concat()).expect(3, &["masking-keys-differ"]);
    for output in ["blue/x", "./blue/../blue/x"] {
        home.run(&[&["snapshot", "blue", "-o", output][..], &SEALED].concat())
            .expect(2, &["part of its own sources"]);
    }
    home.run(&["snapshot", "--help"]).expect(0, &["kustomize:DIR", ".tar.zst"]);
    home.write("mine", "not a snapshot\n");
    home.run(&[&["snapshot", "blue", "-o", "mine"][..], &SEALED].concat())
        .expect(2, &["did not write"]);
    let piped = home.run(&[&["snapshot", "blue", "-o", "-"][..], &SEALED].concat());
    assert!(piped.out.starts_with("{\"schema\":\"driftseal.snapshot/1\""), "{}", piped.out);
}

/// A service and the collector that it sends to, as a folder of one side.
fn traced(home: &Home, side: &str, bind: &str) {
    home.write(
        &format!("{side}/pay.env"),
        "OTEL_SERVICE_NAME=pay\nOTEL_EXPORTER_OTLP_PROTOCOL=grpc\n\
         OTEL_EXPORTER_OTLP_ENDPOINT=http://gateway.example.internal:4317\n",
    );
    home.write(
        &format!("{side}/gateway.yaml"),
        &format!(
            "receivers: {{otlp: {{protocols: {{grpc: {{endpoint: '{bind}:4317'}}}}}}}}\n\
             exporters: {{otlp_grpc: {{endpoint: 'tempo.example.internal:4317'}}}}\n\
             service: {{pipelines: {{traces: {{receivers: [otlp], exporters: [otlp_grpc]}}}}}}\n"
        ),
    );
}

#[test]
fn ways_of_spans_are_shown_on_one_side_or_both() {
    let home = Home::new();
    traced(&home, "blue", "0.0.0.0");
    traced(&home, "green", "localhost");
    let both = ["trace", "--blue", "blue", "--green", "green"];
    let parts =
        ["path-lost, path-broken", "!! broken at gateway.yaml", "on the machine itself only"];
    home.run(&both).expect(1, &parts);
    home.run(&[&both[..], &["--exit-zero"]].concat()).expect(0, &parts);
    home.run(&["trace", "blue"]).expect(0, &["pay", "-> tempo.example.internal:4317"]);
    home.run(&["trace", "green"]).expect(1, &["!! broken at gateway.yaml"]);
    let unchanged = ["trace", "--blue", "blue", "--green", "blue"];
    home.run(&unchanged).expect(0, &["unchanged"]);
    let ran = home.run(&[&unchanged[..], &["--only", "broken"]].concat());
    ran.expect(0, &["Trace paths of 1 service, 0 shown"]);
    home.run(&[&both[..], &["--service", "pya"]].concat()).expect(2, &["did you mean `pay`?"]);
    home.run(&[&both[..], &["-o", "pdf"]].concat()).expect(2, &["unknown output format `pdf`"]);
    home.run(&["trace", "blue", "--green", "green"]).expect(2, &["cannot be used with"]);
    home.run(&["trace", "nowhere"]).expect(3, &["source-missing"]);
}

#[test]
fn pictures_of_ways_go_where_they_are_told_to() {
    let home = Home::new();
    traced(&home, "blue", "0.0.0.0");
    let drawn = ["trace", "blue", "-o", "svg=a.svg", "-o", "json=a.json", "-o", "mermaid", "-o"];
    home.run(&[&drawn[..], &["dot=a.dot"]].concat()).expect(0, &["flowchart LR"]);
    let read = |file: &str| fs::read_to_string(home.path().join(file)).unwrap();
    assert!(read("a.svg").starts_with("<svg ") && read("a.dot").starts_with("digraph trace {"));
    let json: serde_json::Value = serde_json::from_str(&read("a.json")).unwrap();
    assert_eq!(json["schema"], "driftseal.trace/1");
    assert_eq!(json["trace"]["services"][0]["green"]["hops"][0]["reaches"], "gateway.yaml");
}

#[test]
fn a_verdict_that_only_goes_to_files_is_told_beside() {
    let home = Home::new();
    home.write("blue/app.yaml", "port: 1\n");
    home.write("green/app.yaml", "port: 2\n");
    let gate = ["gate", "--blue", "blue", "--green", "green", "-o", "json=r.json"];
    let ran = home.run(&gate).expect(1, &["the verdict is fail; exit 1"]);
    assert_eq!(ran.out, "");
    let shown = home.run(&[&gate[..], &["-o", "text"]].concat());
    assert!(!shown.err.contains("the verdict is"), "{}", shown.err);
    assert_eq!(home.run(&[&gate[..], &["-q"]].concat()).err, "");
}

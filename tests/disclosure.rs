//! No command writes a secret of its input: not to a screen, not to a file, in no form.

#[path = "common/canaries.rs"]
mod canaries;

use std::fs;
use std::path::Path;
use std::process::Command;

use aho_corasick::AhoCorasick;
use canaries::{forms, plant};
use driftseal::evidence::{Algorithm, PrivateKey};
use driftseal::ledger::{Role, Verifier};
use driftseal::wire::report::read;

/// How many secrets both sides hold together, at least.
const SECRETS_MIN: usize = 500;

/// How many lines of source with a secret in them findings show, at least.
const MASKED_LINES_MIN: usize = 50;

/// Every command, and every form it writes.
const COMMANDS: &[&[&str]] = &[
    &["keys", "generate", "release.key"],
    &["keys", "show", "release.key"],
    &["keys", "show", "release.key.pub"],
    &["keys", "fingerprint", "release.key"],
    &["keys", "generate", "second.key"],
    &["trust", "lint", "trust.toml"],
    &["trust", "show", "-vvv", "trust.toml"],
    &["gate", "--key", "release.key", "-o", "text=gate.txt", "-o", "json=gate.json"],
    &["gate", "--key", "release.key", "-o", "envelope=report.dsse.json"],
    &["gate", "--key", "release.key", "--ledger", "full", "-o", "bundle=bundle"],
    &[
        "sign",
        "--as",
        "oscal",
        "bundle",
        "--key",
        "release.key",
        "--signed-by",
        "release.key.pub",
        "-o",
        "ar.json",
    ],
    &[
        "sign",
        "--as",
        "vsa",
        "bundle",
        "--key",
        "release.key",
        "--signed-by",
        "release.key.pub",
        "-o",
        "vsa.json",
    ],
    &[
        "sign",
        "--as",
        "test-result",
        "bundle",
        "--key",
        "release.key",
        "--signed-by",
        "release.key.pub",
        "-o",
        "t.json",
    ],
    &["timestamp", "request", "-vvv", "bundle", "-o", "requests"],
    &["replay", "-vvv", "bundle"],
    &["replay", "--semantic", "bundle"],
    &["verify", "--key", "release.key.pub", "bundle", "--replay", "--format", "json"],
    &[
        "sign",
        "--countersign",
        "bundle/drift-report.dsse.json",
        "--key",
        "second.key",
        "--signed-by",
        "release.key.pub",
        "-o",
        "both.dsse.json",
    ],
    &["report", "verifier", "--key", "release.key.pub", "-o", "verifier.html"],
    &["gate", "-vvv", "--ledger", "full", "--color", "always"],
    &["gate", "--ledger", "full", "-o", "json"],
    &["gate", "--pack", "pack.toml", "--ledger", "full", "-o", "json=pack.json"],
    &["diff", "-vvv"],
    &["diff", "-o", "json=diff.json"],
    &["diff", "--only", "all", "--color", "always"],
    &["diff", "--only", "explained"],
    &["diff", "--stat"],
    &["diff", "--only", "all", "-o", "html=diff.html"],
    &["gate", "-o", "markdown=gate.md"],
    &["gate", "--ledger", "full", "-o", "sarif=gate.sarif", "-o", "sarif-github"],
    &["gate", "-o", "junit=junit.xml", "-o", "gitlab-codequality=gitlab.json", "-o", "github"],
    &["gate", "-o", "csv=gate.csv", "-o", "prometheus=gate.prom", "-o", "tap"],
    &[
        "report",
        "--key",
        "release.key.pub",
        "report.dsse.json",
        "-o",
        "html",
        "-o",
        "csv=again.csv",
    ],
    &["report", "--unverified", "report.dsse.json", "-vvv"],
    &["diff", "--only", "all", "-o", "markdown"],
    &["diff", "--suggest"],
    &["trace", "-vvv", "--color", "always"],
    &["trace", "-o", "dot", "-o", "json=trace.json"],
    &["trace", "-o", "mermaid", "-o", "svg=trace.svg"],
    &["trace", "blue", "--only", "unresolved"],
    &["snapshot", "blue", "-o", "blue.snapshot"],
    &["snapshot", "show", "-vvv", "blue.snapshot"],
    &["verify", "-vvv", "--key", "release.key.pub", "report.dsse.json"],
    &["log", "init", "-vvv", "log", "--key", "log.key", "--origin", "a.example"],
    &[
        "log",
        "append",
        "-vvv",
        "log",
        "report.dsse.json",
        "--key",
        "log.key",
        "--report-key",
        "release.key.pub",
    ],
    &["log", "list", "-vvv", "log", "--log-key", "log.vkey"],
    &["log", "list", "-vvv", "log", "--log-key", "log.vkey", "--format", "json"],
    &["log", "prove", "-vvv", "log", "--log-key", "log.vkey", "--index", "0", "-o", "0.tlog-proof"],
    &["log", "verify", "-vvv", "log", "--log-key", "log.vkey", "--known", "known"],
    &["log", "verify", "-vvv", "0.tlog-proof", "--log-key", "log.vkey"],
    &["log", "consistency", "-vvv", "log", "--log-key", "log.vkey", "--since", "0"],
    &["log", "fsck", "-vvv", "log", "--log-key", "log.vkey"],
    &["log", "export", "-vvv", "log", "--log-key", "log.vkey", "-o", "log.tar"],
    &[
        "log",
        "witness",
        "-vvv",
        "log",
        "--log-key",
        "log.vkey",
        "--key",
        "log.key",
        "--name",
        "w.example",
        "--state",
        "seen",
    ],
    &["rules", "list", "-vvv", "--pack", "pack.toml"],
    &["rules", "test", "-vvv", "--pack", "pack.toml"],
    &["rules", "lint", "-vvv", "--pack", "pack.toml"],
    &["rules", "test", "-vvv", "--mutate", "--pack", "pack.toml"],
    &["rules", "explain", "AC-ENV-001", "-vvv", "--pack", "pack.toml"],
    &["rules", "views", "-vvv"],
    &["rules", "sign", "pack.toml", "--key", "release.key"],
    &["waivers", "lint", "-vvv", "waivers.toml"],
    &["waivers", "list", "-vvv", "waivers.toml"],
    &["waivers", "sign", "waivers.toml", "--key", "release.key"],
    &["gate", "-vvv", "--waivers", "waivers.toml", "--phase", "scheduled"],
    &["baseline", "create", "gate.json", "--owner", "o", "--reason", "r", "-o", "baseline.jsonl"],
    &["baseline", "check", "-vvv", "baseline.jsonl", "gate.json"],
    &["baseline", "sign", "baseline.jsonl", "--key", "release.key"],
    &["explain", "-vvv", "--pack", "pack.toml", "AC-ENV-001"],
    &["explain", "-vvv", "DS-TRC-003"],
    &["explain", "exit-codes"],
    &["explain", "-vvv", "nist:AU-12"],
    &["init", "-vvv"],
    &["init", "--write"],
    &["completions", "bash"],
    &["man"],
    &["man", "keys", "generate"],
    &["explain", "3"],
    &["schema"],
];

/// Commands that are given a file full of secrets for something else, or something else for that.
const MISTAKES: &[&[&str]] = &[
    &["verify", "--key", "other.pub", "report.dsse.json"],
    &["verify", "-vvv", "--key", "blue/server.pem", "report.dsse.json"],
    &["verify", "-vvv", "--key", "release.key.pub", "blue/broken.json"],
    &["verify", "-vvv", "--key", "release.key.pub", "blue/settings.json"],
    &["report", "--key", "other.pub", "report.dsse.json"],
    &["report", "-vvv", "--key", "release.key.pub", "blue/settings.json"],
    &["report", "-vvv", "--unverified", "blue/settings.json"],
    &["report", "-vvv", "--unverified", "blue/app.env", "-o", "sarif"],
    &["keys", "show", "-vvv", "--allow-insecure-key-permissions", "blue/server.pem"],
    &["keys", "show", "-vvv", "blue/app.env"],
    &["keys", "fingerprint", "exec:blue/app.env"],
    &["trust", "lint", "-vvv", "blue/config.toml"],
    &["trust", "show", "blue/server.pem"],
    &["verify", "-vvv", "--trust", "blue/config.toml", "report.dsse.json"],
    &["timestamp", "attach", "bundle", "blue/server.pem"],
    &["timestamp", "attach", "bundle", "blue/app.env", "--query", "blue/app.env"],
    &["verify", "-vvv", "--key", "release.key.pub", "bundle", "--timestamp", "blue/app.env"],
    &["replay", "-vvv", "blue"],
    &["report", "verifier", "--key", "blue/server.pem", "-o", "no.html"],
    &[
        "sign",
        "--countersign",
        "blue/settings.json",
        "--key",
        "release.key",
        "--signed-by",
        "release.key.pub",
        "-o",
        "no.json",
    ],
    &[
        "sign",
        "--countersign",
        "report.dsse.json",
        "--key",
        "blue/server.pem",
        "--signed-by",
        "release.key.pub",
        "-o",
        "no.json",
    ],
    &[
        "verify",
        "-vvv",
        "--key",
        "release.key.pub",
        "bundle",
        "--live",
        "green",
        "--masking-key",
        "blue/server.pem",
    ],
    &["keys", "show", "-vvv", "--allow-insecure-key-permissions", "blue/keys/id_rsa"],
    &["rules", "list", "-vvv", "--pack", "blue/config.toml"],
    &["rules", "explain", "AC-ENV-001", "-vvv", "--pack", "blue/config.toml"],
    &["rules", "lint", "-vvv", "--pack", "blue/plural.toml"],
    &["rules", "test", "-vvv", "--pack", "blue/app.env"],
    &["waivers", "lint", "-vvv", "blue/config.toml"],
    &["waivers", "request", "-vvv", "dsf1:", "--report", "gate.json"],
    &["waivers", "sign", "blue/app.env", "--key", "release.key"],
    &["gate", "-vvv", "--gate-policy", "blue/config.toml"],
    &["baseline", "check", "-vvv", "blue/settings.json", "gate.json"],
    &["baseline", "prune", "-vvv", "baseline.jsonl", "gate.json", "-o", "smaller.jsonl"],
    &["explain", "-vvv", "--pack", "blue/k8s/secret.yaml", "DS-TRC-003"],
    &["explain", "-vvv", "dsc1:", "--report", "diff.json"],
    &["explain", "-vvv", "dsc1:", "--report", "blue/settings.json"],
    &[
        "log",
        "append",
        "-vvv",
        "log",
        "blue/settings.json",
        "--key",
        "log.key",
        "--report-key",
        "release.key.pub",
    ],
    &[
        "log",
        "append",
        "-vvv",
        "log",
        "report.dsse.json",
        "--key",
        "blue/server.pem",
        "--report-key",
        "release.key.pub",
    ],
    &["log", "init", "-vvv", "blue", "--key", "blue/server.pem", "--origin", "a.example"],
    &["log", "verify", "-vvv", "log", "--log-key", "blue/app.env"],
    &["log", "verify", "-vvv", "blue/settings.json", "--log-key", "log.vkey"],
    &["log", "verify", "-vvv", "log", "--policy", "blue/config.toml"],
    &["log", "fsck", "-vvv", "blue/app.env", "--log-key", "log.vkey"],
    &["log", "consistency", "-vvv", "log", "--log-key", "log.vkey", "--since", "blue/app.env"],
    &[
        "log",
        "witness",
        "-vvv",
        "log",
        "--log-key",
        "log.vkey",
        "--cosignature",
        "blue/app.env",
        "--witness-key",
        "log.vkey",
    ],
    &["schema", "--config", "blue/config.toml", "blue/app.env"],
    &["gate", "-vvv", "--config", "blue/config.toml"],
    &["gate", "-vvv", "--pack", "green/config.toml"],
    &["gate", "-vvv", "--key", "blue/server.pem"],
    &["diff", "-vvv", "--config", "green/settings.json"],
    &["snapshot", "-vvv", "blue", "--config", "green/plural.toml", "-o", "no.snapshot"],
    &["snapshot", "show", "-vvv", "blue/plan.json"],
];

/// A rule that says all it can of what a document holds.
const PACK: &str = r#"
[pack]
id = "acme"
version = "1"
schema = 1
title = "Acme"
[[rule]]
id = "AC-ENV-001"
title = "No variable has a value"
kind = "posture"
severity = "low"
confidence = "high"
claim = "direct"
select = { view = "env.var" }
assert = "!has(it.value)"
message = "{{it.owner}} {{it.name}} is {{it.value}}"
remediation = "Take it away."
controls = { nist = ["CM-6"] }
[[rule.test]]
name = "a value"
it = { owner = "a", name = "b", value = "c" }
expect = "fail"
[[rule.test]]
name = "none"
it = { owner = "a", name = "b" }
expect = "pass"
"#;

#[test]
fn no_command_discloses_a_secret() {
    let home = tempfile::tempdir().unwrap();
    let mut planted = Vec::new();
    for (side, salt) in [("blue", "blue"), ("green", "gren")] {
        let (files, canaries) = plant(salt);
        for (file, text) in files {
            let path = home.path().join(side).join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        planted.extend(canaries.planted);
    }
    assert!(planted.len() >= SECRETS_MIN, "{}", planted.len());
    fs::write(home.path().join("masking.key"), "0123456789abcdef".repeat(2)).unwrap();
    fs::write(home.path().join("pack.toml"), PACK).unwrap();
    fs::write(home.path().join("waivers.toml"), "schema = 1\n").unwrap();
    let key = PrivateKey::generate(Algorithm::Ed25519, &[7; 32]).unwrap();
    let vkey = Verifier::new("a.example", Role::Log, key.public()).unwrap();
    fs::write(home.path().join("log.key"), key.to_pem().unwrap()).unwrap();
    fs::write(home.path().join("log.vkey"), vkey.to_string()).unwrap();
    fs::write(home.path().join("trust.toml"), trust()).unwrap();
    fs::create_dir(home.path().join("home")).unwrap();
    let mut written = Vec::new();
    let commands = COMMANDS.iter().map(|command| (*command, &[0, 1, 3][..]));
    let mistakes = MISTAKES.iter().map(|command| (*command, &[2, 3, 4][..]));
    for (arguments, codes) in commands.chain(mistakes) {
        let output = run(home.path(), arguments);
        let code = output.status.code().unwrap();
        assert!(codes.contains(&code), "{arguments:?}: {output:?}");
        let said = [output.stdout, output.stderr];
        written.extend(said.map(|text| (format!("{arguments:?}"), text)));
    }
    let key = fs::read_to_string(home.path().join("release.key")).unwrap();
    let private = key.lines().nth(1).unwrap();
    for (place, said) in &written {
        assert!(!String::from_utf8_lossy(said).contains(private), "{place} shows the private key");
    }
    for entry in walkdir::WalkDir::new(home.path()) {
        let entry = entry.unwrap();
        let inside = entry.path().strip_prefix(home.path()).unwrap();
        if entry.file_type().is_file()
            && !inside.starts_with("blue")
            && !inside.starts_with("green")
        {
            written.push((inside.display().to_string(), fs::read(entry.path()).unwrap()));
        }
    }
    assert!(written.iter().map(|(_, text)| text.len()).sum::<usize>() > 1 << 20);
    // Lines of source are among what is searched, and secrets stood in them.
    let report = read(&fs::read(home.path().join("gate.json")).unwrap()).unwrap();
    let excerpts = report.findings.iter().flat_map(|one| one.excerpts.sides());
    let lines = excerpts.filter_map(|(_, excerpt)| excerpt.as_ref()).flat_map(|one| &one.lines);
    let masked = lines.filter(|line| line.contains("<secret ")).count();
    assert!(masked >= MASKED_LINES_MIN, "{masked}");
    let needles: Vec<(String, &String)> = planted
        .iter()
        .flat_map(|canary| forms(canary).into_iter().map(move |f| (f, canary)))
        .collect();
    let finder = AhoCorasick::new(needles.iter().map(|(form, _)| form)).unwrap();
    for (place, text) in &written {
        if let Some(found) = finder.find(text) {
            let around = found.start().saturating_sub(200)..(found.end() + 100).min(text.len());
            let (form, canary) = &needles[found.pattern().as_usize()];
            panic!("{canary} as {form} in {place}: {}", String::from_utf8_lossy(&text[around]));
        }
    }
}

fn trust() -> String {
    let key = PrivateKey::generate(Algorithm::Ed25519, &[1; 32]).unwrap();
    let (id, pem) = (key.id(), key.public().to_pem());
    format!(
        "schema = \"driftseal.trust/1\"\nversion = 1\nexpires = \"2099-01-01T00:00:00Z\"\n\
         [[key]]\nid = \"{id}\"\nname = \"ci\"\nowner = \"ci\"\nusages = [\"report\"]\n\
         pem = '''\n{pem}'''\n"
    )
}

#[test]
fn every_command_is_tried() {
    let home = tempfile::tempdir().unwrap();
    for group in [
        &["--help"][..],
        &["rules", "--help"],
        &["keys", "--help"],
        &["log", "--help"],
        &["trust", "--help"],
        &["waivers", "--help"],
        &["baseline", "--help"],
    ] {
        let said = String::from_utf8(run(home.path(), group).stdout).unwrap();
        let listed = said.lines().skip_while(|line| *line != "Commands:").skip(1);
        let names = listed.take_while(|line| !line.is_empty());
        let names: Vec<&str> = names.filter_map(|line| line.split_whitespace().next()).collect();
        assert!(names.len() > 2, "{said}");
        for name in names.into_iter().filter(|name| *name != "help") {
            let path: Vec<&str> = group[..group.len() - 1].iter().copied().chain([name]).collect();
            let mut tried = COMMANDS.iter().chain(MISTAKES);
            let is_tried = tried.any(|command| command.starts_with(&path));
            assert!(is_tried, "{path:?} is not tried");
        }
    }
}

fn run(home: &Path, arguments: &[&str]) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_driftseal"));
    command.args(arguments).current_dir(home).env_clear().env("HOME", home.join("home"));
    let first = arguments.first().copied();
    if arguments.contains(&"log.key") {
        command.arg("--allow-insecure-key-permissions");
    }
    if matches!(first, Some("gate" | "diff" | "snapshot" | "trace")) {
        command.args(["--masking-key", "masking.key", "--allow-insecure-key-permissions"]);
    }
    let is_alone = arguments.contains(&"blue");
    if matches!(first, Some("gate" | "diff" | "trace")) && !is_alone {
        command.args(["--blue", "blue", "--green", "green"]);
    }
    command.output().unwrap()
}

//! No command writes a secret of its input: not to a screen, not to a file, in no form.

#[path = "common/canaries.rs"]
mod canaries;

use std::fs;
use std::path::Path;
use std::process::Command;

use aho_corasick::AhoCorasick;
use canaries::{forms, plant};

/// How many secrets both sides hold together, at least.
const SECRETS_MIN: usize = 500;

/// Every command that reads configuration or what was made of it, and every form it writes.
const COMMANDS: &[&[&str]] = &[
    &["keys", "generate", "release.key"],
    &["gate", "--key", "release.key", "-o", "text=gate.txt", "-o", "json=gate.json"],
    &["gate", "--key", "release.key", "-o", "envelope=report.dsse.json"],
    &["gate", "-vvv", "--ledger", "full", "--color", "always"],
    &["gate", "--ledger", "full", "-o", "json"],
    &["diff", "-vvv"],
    &["diff", "-o", "json=diff.json"],
    &["snapshot", "blue", "-o", "blue.snapshot"],
    &["snapshot", "show", "-vvv", "blue.snapshot"],
    &["verify", "-vvv", "--key", "release.key.pub", "report.dsse.json"],
    &["verify", "--key", "other.pub", "report.dsse.json"],
];

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
    fs::create_dir(home.path().join("home")).unwrap();
    let mut written = Vec::new();
    for arguments in COMMANDS {
        let output = run(home.path(), arguments);
        let is_mistake = arguments.contains(&"other.pub");
        assert_eq!(output.status.code() == Some(2), is_mistake, "{arguments:?}: {output:?}");
        let said = [output.stdout, output.stderr];
        written.extend(said.map(|text| (format!("{arguments:?}"), text)));
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

fn run(home: &Path, arguments: &[&str]) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_driftseal"));
    command.args(arguments).current_dir(home).env_clear().env("HOME", home.join("home"));
    let first = arguments.first().copied();
    if matches!(first, Some("gate" | "diff" | "snapshot")) {
        command.args(["--masking-key", "masking.key", "--allow-insecure-key-permissions"]);
    }
    if matches!(first, Some("gate" | "diff")) {
        command.args(["--blue", "blue", "--green", "green"]);
    }
    command.output().unwrap()
}

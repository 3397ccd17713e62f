//! What the README shows is what the program does.

#[cfg(unix)]
#[path = "common/desk.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod desk;

use std::fs;
use std::path::Path;
use std::process::Command;

use regex::Regex;

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// What follows a heading, up to the next one of its kind.
fn chapter<'r>(readme: &'r str, heading: &str) -> &'r str {
    let tail =
        readme.split(&format!("\n{heading}\n")).nth(1).unwrap_or_else(|| panic!("{heading}"));
    tail.split("\n## ").next().unwrap()
}

/// The blocks of a chapter in a language.
fn blocks<'r>(chapter: &'r str, language: &str) -> Vec<&'r str> {
    let fence = format!("```{language}\n");
    let parts = chapter.split(&fence).skip(1);
    parts.map(|part| part.split("```").next().unwrap()).collect()
}

/// Without what differs from run to run: instants and digests; and without the counts of rules by control, which
/// follow from the packs.
fn settled(text: &str) -> Vec<String> {
    let of_run = Regex::new(r"\d{4}-\d\d-\d\dT[\d:]+Z|\b[0-9a-f]{12}\b|\d+ rule packs").unwrap();
    let rules =
        Regex::new(r"^  (gap|exception|and|[a-z0-9-]+ +\d+ evidenced).*|^Controls.*").unwrap();
    let lines = text.trim_end().lines();
    lines.map(|line| rules.replace(&of_run.replace_all(line, "…"), "…").into_owned()).collect()
}

#[test]
fn the_first_page_shows_what_the_first_command_prints() {
    let readme = readme();
    let shown = blocks(chapter(&readme, "## What it looks like"), "text")[0].to_owned();
    let ran = Command::new(env!("CARGO_BIN_EXE_driftseal"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["gate", "--config", "fixtures/cloud-tracing/driftseal.toml"])
        .args(["--min-severity", "critical"])
        .env_clear()
        .output()
        .unwrap();
    let printed = String::from_utf8(ran.stdout).unwrap();
    assert_eq!(settled(&shown), settled(&printed), "the README should show\n{printed}");
    assert!(readme.contains("gate --config fixtures/cloud-tracing/driftseal.toml  # exit 1"));
    assert_eq!(ran.status.code(), Some(1));
}

/// What the chapters on baselines, signing, replays, the log and snapshots say, one after the other on one
/// desk. `.ci/readme` runs what carries an exit code; `interop` runs the page for auditors.
#[cfg(unix)]
#[test]
fn the_commands_of_its_chapters_end_as_they_should() {
    let readme = readme();
    let desk = desk::Desk::empty();
    if desk.other("bash", &["--version"]).is_none() {
        return;
    }
    fs::remove_file(desk.at("masking.key")).unwrap();
    for side in ["blue", "green"] {
        desk.write(
            &format!("deploy/{side}/app.yaml"),
            format!("image: shop:1\nname: shop-{side}\n"),
        );
    }
    let sides = ["blue", "green"]
        .map(|side| format!("{side} = {{ colour = \"{side}\", sources = [\"deploy/{side}\"] }}\n"));
    desk.write("driftseal.toml", format!("[environments]\n{}", sides.concat()));
    let program = Path::new(env!("CARGO_BIN_EXE_driftseal")).parent().unwrap().to_owned();
    let run = |block: &str| {
        let digest = "sha256:$(sha256sum < baseline.jsonl | cut -c 1-64)";
        let block = block.replace("sha256:\u{2026}", digest).replace(" \u{2026}", "");
        let path = std::env::var("PATH").unwrap();
        desk.write(
            "block.sh",
            format!("set -eu\nPATH='{}':'{path}'\nexport PATH\n{block}", program.display()),
        );
        let ran = desk.other("bash", &["block.sh"]).unwrap();
        assert_eq!(ran.code, 0, "{block}\n{}{}", ran.out, ran.err);
    };
    let signing = blocks(chapter(&readme, "## Signing and verifying"), "sh");
    let reads = blocks(chapter(&readme, "## What it reads"), "sh");
    run(blocks(chapter(&readme, "### Known debt: a baseline"), "sh")[0]);
    run(signing[0]);
    run("driftseal keys generate approver.key\n\
         driftseal gate --masking-key masking.key --key release.key -o bundle=bundle");
    run(signing[1]);
    let log = signing.iter().find(|block| block.contains("log init")).unwrap();
    run(log);
    run(
        "driftseal gate --masking-key masking.key --key release.key --system shop --nonce n-1 \\\n\
         --log audit --log-key log.vkey -o envelope=tied.json -o html=tied.html\n\
         driftseal report --key release.key.pub tied.json -o html=again.html\n\
         driftseal report --unverified tied.json -o html=claimed.html",
    );
    let tied = "made when the log example.com/payments/audit held 1 report under the root ";
    for page in ["tied.html", "again.html"] {
        let text = desk.text(page);
        let told = ["<dt>statement</dt><dd>SHA-256 ", "<dd>shop</dd>", "<dd>n-1</dd>", tied];
        assert!(told.iter().all(|one| text.contains(one)), "{page}");
    }
    assert!(!desk.text("claimed.html").contains(tied));
    let snapshots = reads.iter().find(|block| block.contains("snapshot show")).unwrap();
    run(snapshots);
}

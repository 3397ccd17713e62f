//! Command lines, from arguments to exit codes.

use std::fs;
use std::io;
use std::path::Path;

use clap::CommandFactory as _;

use super::{CommandLine, Exit, Session, execute};
use crate::evidence::{Algorithm, PrivateKey};
use crate::wire::report::{Report, sample};

/// What a command line came to.
struct Ran {
    exit: Exit,
    out: String,
    err: String,
}

fn run_in(folder: &Path, arguments: &[&str]) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut session = Session::new(&mut out, &mut err, folder.to_owned());
    let arguments = std::iter::once("driftseal").chain(arguments.iter().copied());
    let exit = execute(arguments, &mut session);
    Ran { exit, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

fn run(arguments: &[&str]) -> Ran {
    run_in(tempfile::tempdir().unwrap().path(), arguments)
}

#[test]
fn the_command_line_is_consistent() {
    CommandLine::command().debug_assert();
}

#[test]
fn help_is_a_result_and_a_mistake_is_not() {
    let help = run(&["--help"]);
    assert_eq!(help.exit, Exit::Pass);
    assert!(help.out.contains("gate") && help.err.is_empty());
    let wrong = run(&["gat"]);
    assert_eq!(wrong.exit, Exit::Error);
    assert!(wrong.out.is_empty() && wrong.err.contains("'gate'"), "{}", wrong.err);
    assert_eq!(run(&[]).exit, Exit::Error);
    assert_eq!(run(&["gate", "--fail-on", "sometimes"]).exit, Exit::Error);
}

#[test]
fn a_gate_says_what_it_lacks_before_it_reads_anything() {
    let lacking: [(&[&str], &str); 7] = [
        (&[], "nothing says what blue is"),
        (&["--blue", "b"], "nothing says what green is"),
        (&["--blue", "b", "--green", "g", "--require-signature"], "no key to sign with"),
        (&["--blue", "b", "--green", "g", "--log", "l", "--log-key", "k"], "but there is no key"),
        (&["--blue", "b", "--green", "g", "-o", "envelope=e"], "needs a key"),
        (&["--blue", "b", "--green", "g", "-o", "sarf"], "unknown output format"),
        (&["--blue", "b", "--green", "g", "--nonce", "n"], "there is no key"),
    ];
    for (arguments, reason) in lacking {
        let ran = run(&[&["gate"], arguments].concat());
        assert_eq!(ran.exit, Exit::Error, "{arguments:?}");
        assert!(ran.err.contains(reason), "{arguments:?}: {}", ran.err);
        assert!(ran.out.is_empty());
    }
}

#[test]
fn every_mistake_of_a_configuration_is_told_at_its_place() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("driftseal.toml"), "nonsense = 1\nmore = 2\n").unwrap();
    let ran = run_in(folder.path(), &["gate", "--blue", "b", "--green", "g"]);
    assert_eq!(ran.exit, Exit::Error);
    assert!(ran.err.contains("driftseal.toml:1:1") && ran.err.contains("driftseal.toml:2:1"));
}

#[test]
fn a_configuration_whose_own_sources_hold_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[environments]\nblue = { colour = \"blue\", sources = [\"b\"] }\n\
                green = { colour = \"green\", sources = [\".\"] }\n";
    fs::write(folder.path().join("driftseal.toml"), text).unwrap();
    let ran = run_in(folder.path(), &["gate"]);
    assert_eq!(ran.exit, Exit::Error);
    assert!(ran.err.contains("inside an audited tree"), "{}", ran.err);
}

#[test]
fn a_key_is_made_once_and_shown_the_same_from_both_halves() {
    let folder = tempfile::tempdir().unwrap();
    let made = run_in(folder.path(), &["keys", "generate", "k.pem", "--algorithm", "ed25519"]);
    assert_eq!(made.exit, Exit::Pass, "{}", made.err);
    assert!(!made.out.contains("PRIVATE") && made.out.contains("BEGIN PUBLIC KEY"));
    for half in ["k.pem", "k.pem.pub"] {
        let shown = run_in(folder.path(), &["keys", "show", half]);
        assert_eq!((shown.exit, shown.out), (Exit::Pass, made.out.clone()));
    }
    let key = || super::file::read(&folder.path().join("k.pem"), "the key", 9999).unwrap();
    let before = key();
    let again = run_in(folder.path(), &["keys", "generate", "k.pem"]);
    assert_eq!(again.exit, Exit::Error);
    assert_eq!(key(), before);
    fs::remove_file(folder.path().join("k.pem")).unwrap();
    assert_eq!(run_in(folder.path(), &["keys", "generate", "k.pem"]).exit, Exit::Error);
    assert!(!folder.path().join("k.pem").exists());
}

#[test]
fn verify_tells_what_holds_from_what_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let key = PrivateKey::generate(Algorithm::Ed25519, &[7; 32]).unwrap();
    let other = PrivateKey::generate(Algorithm::Ed25519, &[8; 32]).unwrap();
    let (report, binding) = (Report::from(sample::report()), super::seal::Binding::default());
    let keys = std::slice::from_ref(&key);
    let (envelope, _) = super::seal::seal(&report, keys, &binding, None).unwrap();
    fs::write(folder.path().join("e.json"), envelope).unwrap();
    fs::write(folder.path().join("k.pub"), key.public().to_pem()).unwrap();
    fs::write(folder.path().join("o.pub"), other.public().to_pem()).unwrap();
    let at = ["--at", "2026-01-02T03:05:05Z"];
    let verify = |arguments: &[&str]| {
        run_in(folder.path(), &[&["verify", "e.json"], at.as_slice(), arguments].concat())
    };
    let holds = verify(&["--key", "k.pub", "--max-age", "5m"]);
    assert_eq!(holds.exit, Exit::Pass, "{}{}", holds.out, holds.err);
    assert!(holds.out.starts_with("VERIFIED\n  verdict      inconclusive (exit 3)\n"));
    assert!(holds.out.contains("not checked"));
    assert_eq!(verify(&["--key", "k.pub", "--require", "pass"]).exit, Exit::Fail);
    assert_eq!(verify(&["--key", "k.pub", "--max-age", "5s"]).exit, Exit::Integrity);
    assert_eq!(verify(&["--key", "k.pub", "--nonce", "n"]).exit, Exit::Integrity);
    let stranger = verify(&["--key", "o.pub"]);
    assert_eq!(stranger.exit, Exit::Integrity);
    assert!(stranger.out.starts_with("NOT VERIFIED"), "{}", stranger.out);
    assert_eq!(verify(&["--key", "k.pub", "--threshold", "2"]).exit, Exit::Error);
    assert_eq!(run_in(folder.path(), &["verify", "no", "--key", "k.pub"]).exit, Exit::Inconclusive);
}

#[test]
fn the_schema_and_the_exit_codes_are_printed() {
    let schema = run(&["schema"]);
    assert!(serde_json::from_str::<serde_json::Value>(&schema.out).is_ok());
    let codes = run(&["explain", "exit-codes"]);
    assert_eq!(codes.exit, Exit::Pass);
    assert!(codes.out.contains("3  inconclusive"));
}

/// A reader that has gone away.
struct Gone(io::ErrorKind);

impl io::Write for Gone {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_has_gone_away_is_no_failure_and_a_full_disk_is() {
    for (kind, exit) in
        [(io::ErrorKind::BrokenPipe, Exit::Pass), (io::ErrorKind::StorageFull, Exit::Error)]
    {
        let (mut out, mut err) = (Gone(kind), Vec::new());
        let mut session = Session::new(&mut out, &mut err, ".".into());
        assert_eq!(execute(["driftseal", "schema"], &mut session), exit);
        assert_eq!(err.is_empty(), exit == Exit::Pass);
    }
}

#[test]
fn a_report_goes_to_its_reader_as_every_result_does() {
    let folder = tempfile::tempdir().unwrap();
    for side in ["blue", "green"] {
        fs::create_dir(folder.path().join(side)).unwrap();
        fs::write(folder.path().join(side).join("a.yaml"), "a: 1\n").unwrap();
    }
    for (kind, exit) in
        [(io::ErrorKind::BrokenPipe, Exit::Pass), (io::ErrorKind::StorageFull, Exit::Error)]
    {
        for renderer in crate::report::RENDERERS {
            let (mut out, mut err) = (Gone(kind), Vec::new());
            let mut session = Session::new(&mut out, &mut err, folder.path().to_owned());
            let command = ["driftseal", "gate", "--blue", "blue", "--green", "green", "-o"];
            let command = command.into_iter().chain([renderer.name()]);
            assert_eq!(execute(command, &mut session), exit, "{}", renderer.name());
            let err = String::from_utf8(err).unwrap();
            let is_told = err.contains("cannot write the result to standard output");
            assert_eq!(is_told, exit == Exit::Error, "{}: {err}", renderer.name());
        }
    }
}

#[test]
fn messages_do_not_forge_lines() {
    let ran = run(&["verify", "x", "--key", "a\n::error::b\u{1b}[2J"]);
    assert_eq!(ran.exit, Exit::Error);
    assert!(!ran.err.contains('\u{1b}') && !ran.err.lines().any(|line| line.starts_with("::")));
}

#[test]
fn every_form_of_a_report_replaces_its_own_file() {
    let folder = tempfile::tempdir().unwrap();
    for side in ["blue", "green"] {
        fs::create_dir(folder.path().join(side)).unwrap();
        fs::write(folder.path().join(side).join("a.yaml"), format!("a: {side}\nb: x\n")).unwrap();
    }
    for renderer in crate::report::RENDERERS {
        let output = format!("{}=report", renderer.name());
        for _ in 0..2 {
            let sides = ["--blue", "blue", "--green", "green", "-o"];
            let ran = run_in(folder.path(), &[&["gate"], &sides[..], &[&output]].concat());
            assert_eq!(ran.exit, Exit::Pass, "{}: {}", renderer.name(), ran.err);
        }
        fs::remove_file(folder.path().join("report")).unwrap();
    }
}

#[test]
fn a_diff_lists_what_is_asked_for_and_counts_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    for (side, count) in [("blue", 1), ("green", 2)] {
        fs::create_dir(folder.path().join(side)).unwrap();
        let text = format!("a: {side}\nb: {count}\n");
        fs::write(folder.path().join(side).join("a.yaml"), text).unwrap();
    }
    let diff = |more: &[&str]| {
        run_in(folder.path(), &[&["diff", "--blue", "blue", "--green", "green"], more].concat())
    };
    let listed = |ran: &Ran| ran.out.matches("id     dsc1:").count();
    let brief = diff(&[]);
    assert_eq!((brief.exit, listed(&brief)), (Exit::Fail, 1), "{}", brief.out);
    assert!(brief.out.contains("1 explained difference is not listed"), "{}", brief.out);
    assert_eq!(listed(&diff(&["--only", "all"])), 2);
    let explained = diff(&["--only", "explained"]);
    assert!(listed(&explained) == 1 && explained.out.contains("why    colour: blue -> green"));
    let table = diff(&["--stat"]);
    assert!(listed(&table) == 0 && table.out.contains("in all, 1 resource"), "{}", table.out);
    let json = |more: &[&str]| {
        diff(&[&["-o", "json", "--evaluated-at", "2026-01-02T03:04:05Z"], more].concat())
    };
    let read = |ran: &Ran| crate::wire::report::read(ran.out.as_bytes()).unwrap().changes;
    assert_eq!(read(&json(&["--only", "explained"])), read(&json(&["--stat"])));
    for wrong in
        [&["--stat", "--only", "all"][..], &["--suggest", "-o", "json"], &["--only", "some"]]
    {
        assert_eq!(diff(wrong).exit, Exit::Error, "{wrong:?}");
    }
}

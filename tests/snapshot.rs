//! What a snapshot file promises: the same report as from its sources, and the same bytes
//! anywhere.

#[path = "common/canaries.rs"]
mod canaries;
mod common;
#[path = "common/side.rs"]
mod side;

use std::path::{Path, PathBuf};

use canaries::{forms, plant, samples};
use common::{noon, rules};
use driftseal::audit::audit;
use driftseal::collect::{Exclusions, Options, Spool, collect_pair};
use driftseal::model::{BlobError, Change, GapReason, Pair, Report};
use driftseal::policy::{Ledger, Policy};
use driftseal::report::{RENDERERS, RenderOptions};
use side::{KEY, bytes, keyless, options, put, take};
use tempfile::TempDir;

const OTHER: &[u8] = b"another masking key of the tests, 32+";

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

fn report(sides: Pair<&str>, options: &Options) -> Result<Report, BlobError> {
    let locators = sides.map(|side| vec![side.to_owned()]);
    let spool = Spool::new(&options.limits);
    let pair = locators.as_ref().map(|locators| (locators.as_slice(), options.clone()));
    let snapshots = collect_pair(&pair, &spool);
    spool.trusted()?;
    let policy = Policy { ledger: Ledger::Full, ..Policy::default() };
    audit(&snapshots, &spool, &policy, rules(), noon())
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
fn a_snapshot_of_nothing_keeps_its_name() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "empty.yaml", "");
    for locator in ["empty.yaml", "absent"] {
        let options = options(root.path(), KEY);
        let (first, _) = take(&[locator], &options);
        put(root.path(), "nothing.snapshot", bytes(&[locator], &options));
        let (again, _) = take(&["nothing.snapshot"], &options);
        assert_eq!((first.digest(), first.files()), (again.digest(), again.files()), "{locator}");
        assert_eq!(again.gaps.len(), first.gaps.len(), "{:?}", again.gaps);
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

#[test]
fn planted_secrets_are_in_no_snapshot_and_masking_finds_nothing_more_in_it() {
    let (planted, canaries) = plant("blue");
    assert!(canaries.planted.len() > 60);
    for files in [planted, samples("left-alone")] {
        let root = tempfile::tempdir().unwrap();
        let with = options(root.path(), KEY);
        for (file, text) in &files {
            put(root.path(), &format!("side/{file}"), text);
        }
        let written = bytes(&["side"], &with);
        put(root.path(), "s", &written);
        let (first, _) = take(&["side"], &with);
        let (again, spool) = take(&["s"], &with);
        assert_eq!(spool.trusted(), Ok(()));
        assert_eq!((again.gaps, again.sources), (first.gaps, first.sources));
        let written = String::from_utf8(written).unwrap();
        for canary in &canaries.planted {
            for form in forms(canary) {
                let shown = written.lines().find(|line| line.contains(&form));
                assert_eq!(shown, None, "{canary} as {form}");
            }
        }
    }
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
    assert!(both.sources.iter().any(|source| *source.file == *"x.env"));
    assert!(both.sources.iter().any(|source| *source.file == *"a/k8s.yaml"));
    let (foreign, _) = take(&["blue.snapshot", "more"], &keyless(root.path()));
    let files: Vec<&str> = foreign.sources.iter().map(|source| &*source.file).collect();
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

/// A value that is a secret on one side only by what stands elsewhere there: in a Secret, or in
/// the mark of a plan.
#[test]
fn a_value_that_is_a_secret_on_one_side_is_shown_of_neither() {
    const VALUE: &str = "correct4horse9battery";
    let root = tempfile::tempdir().unwrap();
    let plan = |value: &str, sensitive: &str| {
        format!(
            "{{\"format_version\": \"1.2\", \"resource_changes\": [{{\"address\": \"a.b\", \"change\": \
             {{\"after\": {{\"note\": \"{value}\"}}, \"after_sensitive\": {{{sensitive}}}}}}}]}}"
        )
    };
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {p: correct4horse9battery}\n";
    let banner = |value: &str| format!("banner: {value}\n");
    put(root.path(), "blue/plan.json", plan("another donkey", "\"note\": true"));
    put(root.path(), "green/plan.json", plan(VALUE, ""));
    put(root.path(), "blue/secret.yaml", secret);
    put(root.path(), "blue/app.yaml", banner(VALUE));
    put(root.path(), "green/app.yaml", banner(VALUE));
    put(root.path(), "blue/notes.txt", banner(VALUE));
    put(root.path(), "green/notes.txt", banner(VALUE));
    put(root.path(), "blue/ref.env", "DB_PASSWORD=another donkey\n");
    put(root.path(), "green/ref.env", "DB_PASSWORD=${VAULT_PASSWORD}\n");
    for name in ["blue", "green"] {
        let bytes = bytes(&[name], &options(root.path(), KEY));
        put(root.path(), &format!("{name}.snapshot"), bytes);
    }
    let sides = Pair::new("blue.snapshot", "green.snapshot");
    let report = report(sides, &options(root.path(), KEY)).unwrap();
    let places = ["plan.json", "app.yaml", "notes.txt", "ref.env"];
    for place in places {
        let is_here = |change: &&Change| {
            change.places.green.as_ref().is_some_and(|green| green.file == place)
        };
        let change = report.changes.iter().find(is_here).unwrap_or_else(|| panic!("{place}"));
        let shown = &change.values.green.as_ref().unwrap().0;
        let expected = if place == "ref.env" { "${VAULT_PASSWORD}" } else { "not shown" };
        assert!(shown.contains(expected), "{place}: {change:?}");
    }
    let report = driftseal::wire::report::Report::from(report);
    for renderer in RENDERERS {
        let mut out = Vec::new();
        renderer.render(&report, &RenderOptions::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains(VALUE), "{}: {text}", renderer.name());
    }
}

//! Small texts that mean large ones, and long lists: what an audit takes stays within what is
//! written.

mod common;
#[path = "common/memory.rs"]
mod memory;

use std::fmt::Write as _;

use driftseal::dialect::recognise;
use driftseal::facts::{Beside, Document, Fact, Taken, VIEWS};
use driftseal::model::{GapReason, Limits, Path, SourceId};
use driftseal::policy::Policy;
use driftseal::syntax;
use memory::audit_texts;

/// A container with variables.
fn container(variables: impl Iterator<Item = (String, String)>) -> String {
    let mut text =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: c\n    \
                    image: b\n    env:\n"
            .to_owned();
    for (name, value) in variables {
        writeln!(text, "    - {{name: {name}, value: \"{value}\"}}").unwrap();
    }
    text
}

/// Every fact that a view takes of a text.
fn facts(view: &str, file: &str, text: &str) -> Vec<String> {
    facts_beside(view, (file, text), (".env", ""))
}

/// Every fact that a view takes of a text, read together with another one.
fn facts_beside(view: &str, (file, text): (&str, &str), other: (&str, &str)) -> Vec<String> {
    let with = syntax::detect(other.0, other.1).unwrap();
    let with = with.parse(other.1, SourceId(1), &Limits::STANDARD);
    let beside = with.tree.root(0).map(|root| Beside { file: other.0, root });
    let beside: Vec<_> = beside.into_iter().collect();
    let view = VIEWS.iter().find(|known| known.id == view).unwrap();
    let syntax = syntax::detect(file, text).unwrap();
    let parsed = syntax.parse(text, SourceId(0), &Limits::STANDARD);
    assert!(parsed.issues.is_empty(), "{:?}", parsed.issues);
    let root = parsed.tree.root(0).unwrap();
    let known = recognise(file, syntax.id(), root);
    let document = Document {
        file,
        syntax: syntax.id(),
        dialect: known.dialect,
        identity: &known.identity,
        owner: &known.identity,
        base: Path::ROOT,
        root,
        beside: &beside,
        taken: Taken::default(),
    };
    let shown = |fact: &Fact<'_>| format!("{fact:?}");
    (view.extract)(&document).iter().map(|item| shown(&item.fact)).collect()
}

#[test]
fn references_that_double_are_not_known_once_they_are_too_long() {
    let doubled = |name: &'static str| {
        let first = ("V0".to_owned(), "http://collector.example:4318/".to_owned());
        let next = |n: usize| (format!("V{n}"), format!("$(V{0})$(V{0})", n - 1));
        let last = (name.to_owned(), "$(V40)".to_owned());
        container([first].into_iter().chain((1..=40).map(next)).chain([last]))
    };
    let text = doubled("OTEL_EXPORTER_OTLP_ENDPOINT");
    assert!(text.len() < 3000);
    let [found] = &facts("sdk.tracing", "a.yaml", &text)[..] else { panic!("one process") };
    assert!(found.contains("more text than any process is given"), "{found}");
    // Nothing that is not known passes.
    let report = audit_texts(&[("a.yaml", &text)], &[("a.yaml", &text)], &Policy::default());
    assert_eq!(report.counts.of("unexplained"), 0);
    // Many containers of long values have as much room as one.
    let long = "x".repeat(1000);
    let many = (0..20_000).map(|n| match n {
        0 => ("V0".to_owned(), long.clone()),
        n => (format!("V{n}"), "$(V0)$(V0)".to_owned()),
    });
    let found = facts("env.var", "a.yaml", &container(many));
    assert_eq!(found.len(), 20_000);
}

#[test]
fn a_reference_to_what_was_said_before_is_put_in() {
    let text = container(
        [
            ("HOST", "old"),
            ("HOST", "collector.example"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://$(HOST):4318"),
            ("HOST", "later"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into_iter(),
    );
    let [found] = &facts("sdk.tracing", "a.yaml", &text)[..] else { panic!("one process") };
    assert!(found.contains("http://collector.example:4318"), "{found}");
}

/// Holds that a text of many parts is read whole: who waits for this test notices what is
/// quadratic.
fn is_read_whole(what: &str, file: &str, view: &str, text: impl Fn(usize) -> String) {
    const PARTS: usize = 20_000;
    assert!(facts(view, file, &text(PARTS)).len() >= PARTS, "{what}");
}

#[test]
fn a_long_chain_of_references_is_read_whole() {
    is_read_whole("references", "a.yaml", "env.var", |parts| {
        // The farther back a name stands, the longer a search for it takes.
        container((0..parts).map(|n| (format!("V{n}"), format!("$(V{})", n / 2))))
    });
}

#[test]
fn long_lists_of_compose_are_read_whole() {
    is_read_whole("variables", "compose.yaml", "env.var", |parts| {
        let start = "services:\n  a:\n    image: b\n    environment:\n".to_owned();
        written(start, parts, |n| format!("      V{n}: x\n"))
    });
    is_read_whole("services", "compose.yaml", "env.var", |parts| {
        let one = |n| format!("  s{n}:\n    image: b\n    environment: {{A: x}}\n");
        written("services:\n".to_owned(), parts, one)
    });
    is_read_whole("extended", "compose.yaml", "env.var", |parts| {
        let one = |n| format!("  s{n}:\n    extends: first\n    environment: {{A: x}}\n");
        written("services:\n  first:\n    image: b\n".to_owned(), parts, one)
    });
}

#[test]
fn what_services_of_compose_share_is_held_for_so_many_of_them_only() {
    const SHARED: usize = 1_000;
    let shared = |indent: &str| written(String::new(), SHARED, |n| format!("{indent}V{n}: x\n"));
    let extended =
        format!("services:\n  first:\n    image: b\n    environment:\n{}", shared("      "));
    let extending =
        |parts| written(extended.clone(), parts, |n| format!("  s{n}:\n    extends: first\n"));
    let file = written(String::new(), SHARED, |n| format!("V{n}=x\n"));
    let given = |parts| {
        let one = |n| format!("  s{n}:\n    image: b\n    env_file: a.env\n");
        written("services:\n".to_owned(), parts, one)
    };
    let ways: [(&str, &dyn Fn(usize) -> String); 2] =
        [("extends", &extending), ("env_file", &given)];
    for (what, text) in ways {
        let found =
            |view, parts| facts_beside(view, ("compose.yaml", &text(parts)), ("a.env", &file));
        // As many as anybody writes have everything that they are given.
        assert!(found("env.var", 50).len() >= 50 * SHARED, "{what}");
        // Of more it is not known, and that is told.
        let many = found("env.var", 1_000).len();
        assert!(many < 300 * SHARED, "{what}: {many}");
        let sides = |parts| {
            let text = text(parts);
            let side = [("compose.yaml", text.as_str()), ("a.env", file.as_str())];
            audit_texts(&side, &side, &Policy::default()).gaps
        };
        assert!(sides(50).green.is_empty(), "{what}: {:?}", sides(50).green);
        let gaps = sides(1_000).green;
        assert!(
            gaps.iter().any(|(gap, _)| gap.reason == GapReason::LimitReached),
            "{what}: {gaps:?}"
        );
    }
    // What a service runs is not said at all where a part of it is not known.
    let run = facts("compose.service", "compose.yaml", &extending(1_000)).len();
    assert!((50..1_000).contains(&run), "{run}");
}

#[test]
fn what_an_environment_file_fills_in_comes_to_no_more_than_there_is_room_for() {
    let long = format!("A={}\n", "x".repeat(50_000));
    let file = written(long, 1_000, |n| format!("V{n}=$A\n"));
    let start = "services:\n  a:\n    image: b\n    environment:\n".to_owned();
    let text = written(start, 1_000, |n| format!("      W{n}: ${{V{n}}}\n"));
    let found = facts_beside("env.var", ("compose.yaml", &text), (".env", &file));
    assert_eq!(found.len(), 1_000);
    let length: usize = found.iter().map(String::len).sum();
    assert!(length < 8 << 20, "{length}");
}

#[test]
fn every_file_that_services_of_compose_name_is_read_or_reported() {
    let audited = |count| {
        let one = |n| format!("  s{n}:\n    image: b\n    env_file: {n}.env\n");
        let text = written("services:\n".to_owned(), count, one);
        let files: Vec<_> = (0..count)
            .map(|n| {
                (format!("{n}.env"), format!("OTEL_EXPORTER_OTLP_ENDPOINT=http://c{n}:4317\n"))
            })
            .collect();
        let mut side = vec![("compose.yaml", text.as_str())];
        side.extend(files.iter().map(|(file, text)| (file.as_str(), text.as_str())));
        audit_texts(&side, &side, &Policy::default())
    };
    let few = audited(100);
    // Each service, and each file as that of some other process.
    assert_eq!((few.trace.services.len(), few.gaps.green.len()), (200, 0));
    let many = audited(600).gaps.green;
    let named: Vec<_> = many.iter().map(|(gap, _)| (gap.place.as_str(), gap.reason)).collect();
    assert_eq!(named, [("compose.yaml", GapReason::SourceMissing)]);
}

fn written(start: String, parts: usize, part: impl Fn(usize) -> String) -> String {
    (0..parts).fold(start, |text, n| text + &part(n))
}

//! The YAML test suite, as it stands in the small corpus: `posture/yaml-test-suite/src`.
//!
//! What is valid is read as the suite says or refused with an issue; what is invalid is refused,
//! except where the readers of configuration take it and so must we.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use driftseal::model::{Kind, Limits, Node, SourceId};
use driftseal::syntax::{Parsed, by_id};

/// Invalid texts that are read all the same, with the reason; that strict readers refuse them is
/// noted.
const LENIENT: &[(&str, &str)] = &[
    ("9C9N/0", "a flow sequence goes on at a lower indentation: libyaml and go-yaml read it"),
    ("QB6E/0", "a quoted text goes on at a lower indentation: controller-gen writes it so"),
];

/// One case of the suite.
#[derive(Debug)]
struct Case {
    id: String,
    text: String,
    tree: String,
    is_invalid: bool,
}

/// What the suite says a text is.
#[derive(Debug, Clone)]
enum Value {
    Scalar { text: String, tag: bool },
    List { items: Vec<Self>, tag: bool },
    Map { entries: Vec<(Self, Self)>, tag: bool },
}

fn parse(text: &str) -> Parsed<'_> {
    by_id("yaml").unwrap().parse(text, SourceId(0), &Limits::STANDARD)
}

fn suite() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/posture/yaml-test-suite/src")
}

/// The cases of all files. What an entry does not say, the one above it said.
fn cases(suite: &Path) -> Vec<Case> {
    let mut files: Vec<PathBuf> =
        suite.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        let parsed = parse(&text);
        assert_eq!(parsed.issues, [], "{name}");
        let mut tree = String::new();
        for (index, item) in parsed.tree.root(0).unwrap().items().enumerate() {
            let Some(text) = item.text_at(&["yaml"]) else { continue };
            tree = item.text_at(&["tree"]).map_or(tree, ToOwned::to_owned);
            cases.push(Case {
                id: format!("{name}/{index}"),
                text: plain(text),
                tree: plain(&tree),
                is_invalid: item.text_at(&["fail"]) == Some("true"),
            });
        }
    }
    cases
}

/// Undoes the marks by which the suite shows blanks.
fn plain(text: &str) -> String {
    let mut text =
        text.replace('␣', " ").replace('↵', "").replace('←', "\r").replace('⇔', "\u{feff}");
    while let Some((before, behind)) = text.split_once('»') {
        text = format!("{}\t{behind}", before.trim_end_matches('—'));
    }
    text.replace("∎\n", "")
}

/// Whether a tag is none of those whose values need no tag.
fn is_own(tag: &str) -> bool {
    const PLAIN: [&str; 7] = ["str", "int", "float", "bool", "null", "seq", "map"];
    let name = tag.strip_prefix("<tag:yaml.org,2002:").and_then(|name| name.strip_suffix('>'));
    tag != "<!>" && !name.is_some_and(|name| PLAIN.contains(&name))
}

/// The documents the events of a case describe, empty ones left out.
fn documents(tree: &str) -> Vec<Value> {
    let mut lines = tree.lines().map(str::trim_start).peekable();
    let mut documents = Vec::new();
    let mut anchors = BTreeMap::new();
    while let Some(line) = lines.next() {
        if line.starts_with("+DOC") {
            anchors.clear();
            let is_empty = lines.peek() == Some(&"=VAL :");
            documents.extend(value(&mut lines, &mut anchors).filter(|_| !is_empty));
        }
    }
    documents
}

fn value<'t>(
    lines: &mut std::iter::Peekable<impl Iterator<Item = &'t str>>,
    anchors: &mut BTreeMap<String, Value>,
) -> Option<Value> {
    let line = lines.next()?;
    if let Some(name) = line.strip_prefix("=ALI *") {
        return anchors.get(name).cloned();
    }
    let is_text = |word: &&str| word.starts_with([':', '|', '>', '"', '\'']);
    let properties: Vec<&str> = line.split(' ').take_while(|word| !is_text(word)).collect();
    let anchor = properties.iter().find_map(|word| word.strip_prefix('&')).map(ToOwned::to_owned);
    let tag = properties.iter().any(|word| word.starts_with('<') && is_own(word));
    let found = if line.starts_with("=VAL") {
        let length: usize = properties.iter().map(|word| word.len() + 1).sum();
        Value::Scalar { text: unescaped(line.get(length + 1..).unwrap_or_default()), tag }
    } else if line.starts_with("+SEQ") {
        let mut items = Vec::new();
        while lines.peek().is_some_and(|line| !line.starts_with("-SEQ")) {
            items.push(value(lines, anchors)?);
        }
        lines.next();
        Value::List { items, tag }
    } else if line.starts_with("+MAP") {
        let mut entries = Vec::new();
        while lines.peek().is_some_and(|line| !line.starts_with("-MAP")) {
            entries.push((value(lines, anchors)?, value(lines, anchors)?));
        }
        lines.next();
        Value::Map { entries, tag }
    } else {
        return None;
    };
    anchors.extend(anchor.map(|anchor| (anchor, found.clone())));
    Some(found)
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        out.push(match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some('b') => '\u{8}',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    out
}

/// Whether a tree is what the suite says. A tag that is not YAML's own stands in our text, or is
/// the key above a collection.
fn same(value: &Value, node: Node<'_>) -> bool {
    match value {
        Value::Scalar { text, tag: false } => node.is_scalar() && node.text() == text,
        Value::Scalar { text, tag: true } => {
            node.is_scalar() && node.text().ends_with(text.as_str())
        }
        Value::List { tag: true, .. } | Value::Map { tag: true, .. } => {
            let inner = match value.clone() {
                Value::List { items, .. } => Value::List { items, tag: false },
                Value::Map { entries, .. } => Value::Map { entries, tag: false },
                scalar @ Value::Scalar { .. } => scalar,
            };
            node.len() == 1 && node.entries().all(|entry| same(&inner, entry.value))
        }
        Value::List { items, .. } => {
            node.kind() == Kind::List
                && node.len() == items.len()
                && items.iter().zip(node.items()).all(|(value, node)| same(value, node))
        }
        Value::Map { entries, .. } => {
            node.kind() == Kind::Map
                && node.len() == entries.len()
                && entries
                    .iter()
                    .zip(node.entries())
                    .all(|((key, value), entry)| same(key, entry.key) && same(value, entry.value))
        }
    }
}

#[test]
fn the_yaml_test_suite_is_read_as_it_says_or_refused() {
    let suite = suite();
    let cases = cases(&suite);
    assert!(cases.len() > 300, "{}", cases.len());
    let (mut read, mut gaps, mut refused, mut lenient) = (0, Vec::new(), 0, Vec::new());
    let (mut wrong, mut accepted) = (Vec::new(), Vec::new());
    for case in &cases {
        let parsed = parse(&case.text);
        let expected = documents(&case.tree);
        let alike = expected.len() == parsed.documents.len()
            && expected.iter().zip(parsed.tree.roots()).all(|(value, node)| same(value, node));
        let is_noted = LENIENT.iter().any(|(id, _)| *id == case.id) && parsed.lenient.is_some();
        match (case.is_invalid, parsed.issues.is_empty()) {
            (true, false) => refused += 1,
            (true, true) if is_noted => lenient.push(&case.id),
            (true, true) => accepted.push(&case.id),
            (false, false) => gaps.push((&case.id, parsed.issues[0].message.clone())),
            (false, true) if alike => read += 1,
            (false, true) => wrong.push((&case.id, format!("{expected:?}\n  {:?}", parsed.tree))),
        }
    }
    let valid = cases.iter().filter(|case| !case.is_invalid).count();
    eprintln!(
        "YAML test suite: {} cases; of {valid} valid {read} read as stated, {} refused with a gap; \
         of {} invalid {refused} refused, {} read with a note",
        cases.len(),
        gaps.len(),
        cases.len() - valid,
        lenient.len(),
    );
    for (id, message) in &gaps {
        eprintln!("  gap {id}: {message}");
    }
    assert!(wrong.is_empty(), "{} read otherwise: {wrong:#?}", wrong.len());
    assert!(accepted.is_empty(), "accepted in silence: {accepted:?}");
    assert_eq!(lenient.len(), LENIENT.len(), "the list of leniencies holds more than is needed");
}

//! Every documented default of Kubernetes: spelled out it says nothing, anything else there does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use toml::{Table, Value};

use crate::{all_same, drifts};

/// Every file of facts by its name, what was read by hand about built-in kinds first.
static FACTS: LazyLock<BTreeMap<String, Table>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dialect/kubernetes");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let data = paths.filter(|path| path.extension().is_some_and(|end| end == "toml"));
    data.map(|path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap())
    })
    .collect()
});

fn texts(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// The API versions or groups of each kind, those that the documents are about first.
static GROUPS: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let first = ["openapi"].into_iter();
    for name in first.chain(FACTS.keys().map(String::as_str)) {
        for (kind, groups) in
            FACTS[name].get("groups").and_then(Value::as_table).into_iter().flatten()
        {
            all.entry(kind.clone()).or_default().extend(texts(groups));
        }
    }
    all
});

/// An API version of the kind that facts are about.
pub(crate) fn version(kind: &str) -> String {
    let known = GROUPS.get(kind).map_or("v1", |groups| groups[0].as_str());
    if known.contains('.') && !known.contains('/') {
        format!("{known}/v1")
    } else {
        known.to_owned()
    }
}

/// The entries of one table of a file of facts.
fn entries<'f>(file: &'f str, table: &str) -> impl Iterator<Item = &'f Value> + use<'f> {
    FACTS[file].get(table).and_then(Value::as_array).into_iter().flatten()
}

/// The kinds an entry names, sets of them spelled out; none where it is about any.
fn kinds(entry: &Value) -> Vec<String> {
    let named = entry.get("kinds").map(texts).unwrap_or_default();
    let spelled = |kind: String| match kind.strip_prefix('@') {
        Some(set) => texts(&FACTS["built_in"]["sets"][set]),
        None => vec![kind],
    };
    named.into_iter().flat_map(spelled).collect()
}

/// What a member of any list is told by, whichever list it is.
const NAMED: [&str; 5] = ["name: m", "containerPort: 1", "port: 1", "mountPath: /m", "zz: 1"];

/// Fields whose default holds only with another field beside them.
const CONDITIONS: [(&str, &str); 4] = [
    ("sessionAffinityConfig", "sessionAffinity: ClientIP"),
    ("otlp-collector-port", "enable-opentelemetry: 'true'"),
    ("otel-sampler-ratio", "enable-opentelemetry: 'true'"),
    ("opentelemetry-trust-incoming-span", "otlp-collector-host: otel"),
];

/// One default: the kind of an object, the way to the field, and what its absence means.
struct Default {
    kind: String,
    steps: Vec<String>,
    value: String,
}

fn defaults() -> Vec<Default> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let read = |entry: &Value| {
        // A pod has its template nowhere.
        let kinds = kinds(entry);
        let has_template = |kind: &&String| *kind != "Pod" && *kind != "PodTemplate";
        let kind = kinds.iter().rfind(has_template).or(kinds.first());
        let kind = kind.map_or("Deployment", String::as_str).to_owned();
        let path = text(&entry["path"]);
        // A path that is not anchored holds wherever it ends.
        let path =
            path.strip_prefix('/').map_or_else(|| format!("spec/anywhere/{path}"), str::to_owned);
        let steps = path.split('/').map(str::to_owned).collect();
        Default { kind, steps, value: text(&entry["value"]) }
    };
    FACTS.keys().flat_map(|file| entries(file, "default")).map(read).collect()
}

/// An object with a value at the end of the way, or without.
fn object(default: &Default, value: Option<&str>) -> String {
    let mut text = format!("{{apiVersion: {}, kind: {}", version(&default.kind), default.kind);
    if default.steps[0] != "metadata" {
        text.push_str(", metadata: {name: a}");
    }
    let mut close = String::from("}");
    let (last, way) = default.steps.split_last().unwrap();
    for step in way {
        if step == "*" {
            // The list was opened with the step before.
            let named = NAMED.iter().filter(|entry| !entry.starts_with(&format!("{last}:")));
            let named: Vec<&str> = named.copied().collect();
            write!(text, "[{{{}", named.join(", ")).unwrap();
            close.insert_str(0, "}]");
            continue;
        }
        let comma = if text.ends_with(": ") { "{zz: 1, " } else { ", " };
        if comma.starts_with('{') {
            close.insert(0, '}');
        }
        write!(text, "{comma}{step}: ").unwrap();
    }
    if text.ends_with(": ") {
        text.push_str(if way == ["metadata"] { "{name: a" } else { "{zz: 1" });
        close.insert(0, '}');
    }
    if let Some(value) = value {
        write!(text, ", {last}: {value}").unwrap();
    }
    let text = text + &close + "\n";
    match CONDITIONS.iter().find(|(step, _)| default.steps.iter().any(|known| known == step)) {
        Some((_, beside)) => text.replacen("zz: 1", &format!("zz: 1, {beside}"), 1),
        None => text,
    }
}

fn spelled(value: &str) -> String {
    let is_typed = value.parse::<i64>().is_ok() || matches!(value, "true" | "false" | "{}");
    if is_typed { value.to_owned() } else { format!("\"{value}\"") }
}

/// A value of the same type that is another one.
fn another(value: &str) -> String {
    match value {
        "true" => "false".to_owned(),
        "false" => "true".to_owned(),
        "{}" => "{other: 1}".to_owned(),
        number if number.parse::<i64>().is_ok() => format!("{number}1"),
        text => format!("\"other-{text}\""),
    }
}

#[test]
fn a_default_that_is_spelled_out_is_explained_and_any_other_value_is_drift() {
    let all = defaults();
    assert!(all.len() > 100, "{}", all.len());
    let absent = all.iter().map(|default| object(default, None));
    let said: Vec<(String, String)> = absent
        .clone()
        .zip(&all)
        .map(|(absent, default)| (absent, object(default, Some(&spelled(&default.value)))))
        .collect();
    all_same("a.yaml", &said);
    let others: Vec<(String, String)> = absent
        .zip(&all)
        .map(|(absent, default)| (absent, object(default, Some(&another(&default.value)))))
        .collect();
    for ((absent, other), drift) in others.iter().zip(drifts("a.yaml", &others)) {
        assert_ne!(drift, [""; 0], "no difference is told:\n{absent}{other}");
    }
}

#[test]
fn what_is_generated_is_well_formed_and_says_nothing_that_is_said_by_hand() {
    let head = FACTS["openapi"]["source"].as_str().unwrap();
    assert!(head.starts_with("kubernetes/kubernetes v1."), "{head}");
    let own: BTreeSet<&String> = FACTS["openapi"]["groups"].as_table().unwrap().keys().collect();
    assert!(own.len() > 50, "{}", own.len());
    let set = texts(&FACTS["built_in"]["sets"]["known"]);
    assert!(own.iter().all(|kind| set.contains(kind)), "a built-in kind is not known");
    for (table, least) in [("list", 35), ("field", 50), ("default", 50)] {
        let said: Vec<(Vec<String>, &str)> = entries("openapi", table)
            .map(|entry| (kinds(entry), entry["path"].as_str().unwrap()))
            .collect();
        assert!(said.len() >= least, "{table}: {}", said.len());
        assert!(said.is_sorted_by_key(|(_, path)| *path), "{table}");
        let all: BTreeSet<&(Vec<String>, &str)> = said.iter().collect();
        assert_eq!(all.len(), said.len(), "{table}: something is said twice");
        let by_hand: Vec<(Vec<String>, &str)> = entries("built_in", table)
            .map(|entry| (kinds(entry), entry["path"].as_str().unwrap()))
            .collect();
        for (kinds, path) in &said {
            let known = |kind: &String| own.contains(kind) || set.contains(kind);
            assert!(kinds.iter().all(known), "{path}");
            for (others, other) in &by_hand {
                let meet = kinds.is_empty()
                    || others.is_empty()
                    || kinds.iter().any(|kind| others.contains(kind));
                assert!(!(meet && path == other), "{table} {path} {kinds:?} is said by hand too");
            }
        }
    }
}

#[test]
fn every_file_of_facts_is_read() {
    let page = include_str!("../../src/dialect/kubernetes.rs");
    for file in FACTS.keys() {
        assert!(page.contains(&format!("kubernetes/{file}.toml\"")), "{file} is not read");
    }
}

#[test]
fn every_fact_names_its_source() {
    for (file, facts) in FACTS.iter() {
        let source = facts["source"].as_str().unwrap();
        assert!(source.contains(|c: char| c.is_ascii_digit()), "{file} names no version: {source}");
    }
}

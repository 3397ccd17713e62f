//! Every documented default of Kubernetes: spelled out it says nothing, anything else there does.

use std::fmt::Write as _;
use std::sync::LazyLock;

use toml::Value;

use crate::{all_same, drifts};

const FACTS: [&str; 2] = [
    include_str!("../../src/dialect/kubernetes.toml"),
    include_str!("../../src/dialect/kubernetes_custom.toml"),
];

static GROUPS: LazyLock<toml::Table> = LazyLock::new(|| {
    let facts: toml::Table = toml::from_str(FACTS[1]).unwrap();
    facts["groups"].as_table().unwrap().clone()
});

/// An API version of the kind that facts are about.
pub(crate) fn version(kind: &str) -> String {
    let group = GROUPS.get(kind).map(|groups| groups[0].as_str().unwrap());
    group.map_or_else(|| "v1".to_owned(), |group| format!("{group}/v1"))
}

/// What a member of any list is told by, whichever list it is.
const NAMED: &str = "name: m, containerPort: 1, port: 1, mountPath: /m, zz: 1";

/// One default: the kind of an object, the way to the field, and what its absence means.
struct Default {
    kind: String,
    steps: Vec<String>,
    value: String,
}

fn defaults() -> Vec<Default> {
    let entries = FACTS.iter().flat_map(|facts| {
        let facts: toml::Table = toml::from_str(facts).unwrap();
        facts["default"].as_array().unwrap().clone()
    });
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let read = |entry: Value| {
        let kind = entry.get("kinds").map_or("Deployment".to_owned(), |kinds| text(&kinds[0]));
        let path = text(&entry["path"]);
        // A path that is not anchored holds wherever it ends.
        let path =
            path.strip_prefix('/').map_or_else(|| format!("spec/anywhere/{path}"), str::to_owned);
        let steps = path.split('/').map(str::to_owned).collect();
        Default { kind, steps, value: text(&entry["value"]) }
    };
    entries.map(read).collect()
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
            write!(text, "[{{{NAMED}").unwrap();
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
    text + &close + "\n"
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

//! Rules that have results, and the controls of every framework as taxonomies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::results::level;
use crate::report::escape;
use crate::report::records::Record;
use crate::wire::report::{Report, Severity};

/// The rule of the result that says there are more.
pub(super) const CUT: &str = "driftseal/more";

/// How many tags of a rule are read.
const TAGS_MAX: usize = 10;

/// How long a text of a rule may be.
const TEXT_CHARS_MAX: usize = 1_000;

/// What results refer to by number.
pub(super) struct Catalogue {
    rules: Vec<Rule>,
    frameworks: Vec<(String, Vec<String>)>,
}

struct Rule {
    id: String,
    title: String,
    help: String,
    severity: Severity,
    controls: Vec<String>,
}

impl Catalogue {
    /// The rules of these records, and every control the report knows.
    pub(super) fn of(report: &Report, records: &[&Record<'_>]) -> Self {
        let mut rules: BTreeMap<&str, Rule> = BTreeMap::new();
        for record in records {
            let rule = rules.entry(&record.rule).or_insert_with(|| Rule {
                id: record.rule.clone(),
                title: record.title.clone(),
                help: if record.remediation.is_empty() {
                    "The message says what to do.".to_owned()
                } else {
                    record.remediation.clone()
                },
                severity: record.severity,
                controls: record.controls.to_vec(),
            });
            rule.severity = rule.severity.max(record.severity);
        }
        let named = report.controls.iter().map(|control| &control.control);
        let named = named.chain(records.iter().flat_map(|record| record.controls));
        let mut frameworks: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for control in named {
            let (framework, id) = split(control);
            frameworks.entry(framework).or_default().insert(id);
        }
        Self {
            rules: rules.into_values().collect(),
            frameworks: frameworks
                .into_iter()
                .map(|(framework, ids)| (framework, ids.into_iter().collect()))
                .collect(),
        }
    }

    /// The number of a rule.
    pub(super) fn index(&self, rule: &str) -> Option<usize> {
        self.rules.binary_search_by(|known| known.id.as_str().cmp(rule)).ok()
    }

    /// The tool and its rules; with one for saying that there are more.
    pub(super) fn driver(&self, report: &Report, is_cut: bool) -> Value {
        let mut rules: Vec<Value> = self.rules.iter().map(|rule| self.rule(rule)).collect();
        if is_cut {
            rules.push(json!({
                "id": CUT,
                "shortDescription": { "text": "More results than this file holds" },
                "help": { "text": "Read the report as JSON or HTML." },
            }));
        }
        let supported: Vec<Value> =
            (0..self.frameworks.len()).filter_map(|framework| self.component(framework)).collect();
        json!({
            "name": "driftseal",
            "version": escape(&report.engine.version, false),
            "rules": rules,
            "supportedTaxonomies": supported,
        })
    }

    fn rule(&self, rule: &Rule) -> Value {
        let tags: Vec<String> = std::iter::once("driftseal".to_owned())
            .chain(rule.controls.iter().map(|control| escape(control, false)))
            .take(TAGS_MAX)
            .collect();
        let relationships: Vec<Value> = self
            .taxa(&rule.controls)
            .into_iter()
            .map(|target| json!({ "target": target, "kinds": ["relevant"] }))
            .collect();
        json!({
            "id": rule.id,
            "shortDescription": { "text": cut(&rule.title) },
            "fullDescription": { "text": cut(&rule.title) },
            "help": { "text": cut(&rule.help) },
            "defaultConfiguration": { "level": level(rule.severity) },
            "relationships": relationships,
            "properties": {
                "tags": tags,
                "precision": "high",
                "problem.severity": problem(rule.severity),
                "security-severity": score(rule.severity),
            },
        })
    }

    /// The taxonomies.
    pub(super) fn taxonomies(&self) -> Vec<Value> {
        let taxonomy = |(framework, ids): &(String, Vec<String>)| {
            let taxa: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
            json!({
                "name": framework,
                "isComprehensive": false,
                "shortDescription": { "text": format!("Controls of {framework} that rules bear on") },
                "taxa": taxa,
            })
        };
        self.frameworks.iter().map(taxonomy).collect()
    }

    /// References to controls.
    pub(super) fn taxa(&self, controls: &[String]) -> Vec<Value> {
        let reference = |control: &String| {
            let (framework, id) = split(control);
            let at = self.frameworks.binary_search_by(|(known, _)| known.cmp(&framework)).ok()?;
            let index = self.frameworks.get(at)?.1.binary_search(&id).ok()?;
            Some(json!({ "id": id, "index": index, "toolComponent": self.component(at)? }))
        };
        controls.iter().filter_map(reference).collect()
    }

    fn component(&self, framework: usize) -> Option<Value> {
        let (name, _) = self.frameworks.get(framework)?;
        Some(json!({ "name": name, "index": framework }))
    }
}

/// Framework and id of a control.
fn split(control: &str) -> (String, String) {
    let (framework, id) = control.split_once(':').unwrap_or(("other", control));
    (escape(framework, false), escape(id, false))
}

const fn problem(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "recommendation",
    }
}

/// The number by which GitHub calls a result critical, high, medium or low.
const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
        Severity::Info => "0.5",
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT_CHARS_MAX) {
        Some((end, _)) => format!("{} ...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

//! The page about a rule: all that is written of it, with a test that fails and one that passes.

use std::fmt::Write as _;

use toml::{Table, Value};

use super::super::packs::PackText;
use crate::model::Digest;
use crate::report::escape;
use crate::rules::{Kind, Rule, framework, testing};

/// Writes the page; `packs` are the texts that the rule was loaded from.
pub(in crate::cli) fn page(rule: &Rule, packs: &[PackText]) -> String {
    let mut page = Page(String::new());
    page.line(&format!("{}  {}", rule.id, rule.title));
    let says = format!("{}, confidence {}", rule.severity.name(), rule.confidence.name());
    page.entry("severity", &says);
    page.entry("kind", &format!("{}: {}", rule.kind.name(), meaning(rule.kind)));
    page.entry("view", &rule.select.view);
    let pack = packs.iter().find(|pack| pack.file == rule.file());
    if let Some(pack) = pack {
        page.entry("pack", &format!("{}  ({})", rule.pack, pack.file));
        page.entry("sha256", &Digest::of(pack.text.as_bytes()).to_string());
    }
    let raw = pack.and_then(|pack| written(&pack.text, &rule.id.0)).unwrap_or_default();
    decides(&mut page, &raw);
    page.section("What it says", raw.get("message").and_then(Value::as_str).unwrap_or_default());
    page.section("What to do", &rule.remediation);
    controls(&mut page, rule);
    example(&mut page, rule, &raw, "fail", "Fails");
    example(&mut page, rule, &raw, "pass", "Passes");
    page.0
}

const fn meaning(kind: Kind) -> &'static str {
    match kind {
        Kind::Posture => "wrong wherever it stands; what blue has too does not block",
        Kind::Pair => "compares both sides of one thing",
        Kind::Regression => "wrong where blue is right and green is not",
        Kind::Cross => "wrong on a whole side; what blue has too does not block",
        Kind::Evidence => "looks at evidence about this run",
    }
}

/// A rule as it is written in its pack.
fn written(text: &str, id: &str) -> Option<Table> {
    let pack: Table = toml::from_str(text).ok()?;
    let rules = pack.get("rule")?.as_array()?;
    let is_it = |rule: &&Value| rule.get("id").and_then(Value::as_str) == Some(id);
    rules.iter().find(is_it)?.as_table().cloned()
}

/// What decides, as it is written.
fn decides(page: &mut Page, raw: &Table) {
    page.line("");
    page.line("What decides");
    for (key, value) in raw {
        match (key.as_str(), value) {
            ("let", Value::Array(lets)) => {
                for one in lets {
                    let part = |key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default();
                    page.code(&format!("let {}", part("name")), part("expr"));
                }
            }
            ("params", Value::Table(params)) => {
                for (name, value) in params {
                    page.code(&format!("params.{name}"), &shown(value));
                }
            }
            ("select", Value::Table(select)) => {
                for (name, value) in select.iter().filter(|(name, _)| *name != "view") {
                    page.code(&format!("select.{name}"), &shown(value));
                }
            }
            (
                "when" | "assert" | "measure" | "worse" | "tolerance" | "at" | "covers"
                | "instead_of",
                value,
            ) => page.code(key, &shown(value)),
            _ => {}
        }
    }
}

fn controls(page: &mut Page, rule: &Rule) {
    page.line("");
    page.line("Controls it bears on, and what a pass says about them");
    let width = rule.controls.iter().map(String::len).max().unwrap_or(0);
    for name in &rule.controls {
        let title = framework::control(name).map_or("", |(_, control)| control.title.as_str());
        let claim = framework::claim(rule, name).name();
        page.line(format!("  {name:width$}  {claim:10}  {title}").trim_end());
    }
}

/// The first test that expects an outcome: what it is about, and what the rule says.
fn example(page: &mut Page, rule: &Rule, raw: &Table, expect: &str, word: &str) {
    let tests = raw.get("test").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let word_of =
        |test: &Value, key: &str| test.get(key).and_then(Value::as_str).map(str::to_owned);
    let found = tests.iter().find(|test| word_of(test, "expect").as_deref() == Some(expect));
    let Some(test) = found else { return };
    let name = word_of(test, "name").unwrap_or_default();
    page.line("");
    page.line(&format!("{word}: {name}"));
    for key in ["it", "items", "blue", "green"] {
        match test.get(key) {
            Some(Value::Table(fields)) => {
                for (field, value) in fields {
                    page.code(&format!("{key}.{field}"), &shown(value));
                }
            }
            Some(value) => page.code(key, &shown(value)),
            None => {}
        }
    }
    let results = testing::run(rule);
    let result = results.iter().find(|result| result.rule == rule.id && result.name == name);
    if let Some(result) = result.filter(|result| !result.outcome.text().is_empty()) {
        page.code("says", result.outcome.text());
    }
}

/// A value on one line; a text without quotes.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        // Formatting into a text does not fail.
        let _ = writeln!(self.0, "{}", escape(text, false));
    }

    fn entry(&mut self, label: &str, text: &str) {
        self.line(&format!("{label:9} {text}"));
    }

    fn section(&mut self, title: &str, text: &str) {
        if !text.trim().is_empty() {
            self.line("");
            self.line(title);
            text.trim().lines().for_each(|text| self.line(&format!("  {text}")));
        }
    }

    /// Something as it is written: its lines one below the other.
    fn code(&mut self, label: &str, text: &str) {
        for (index, text) in text.trim().lines().enumerate() {
            let label = if index == 0 { label } else { "" };
            self.line(format!("  {label:14}  {text}").trim_end());
        }
    }
}

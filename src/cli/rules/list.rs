//! `driftseal rules list`: every rule, or what rules say about each control of a framework.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};

use super::super::exit::Exit;
use super::super::failure::{Failure, FailureKind};
use super::super::run::load;
use super::super::session::Session;
use crate::policy::strict::unknown;
use crate::report::escape;
use crate::rules::framework::{self, Framework};
use crate::rules::{Rule, RuleSet};

/// Arguments of `rules list`.
#[derive(Debug, Clone, Args)]
pub struct ListRulesArgs {
    /// Take the rule packs of this file or folder as well; repeatable.
    #[arg(long, value_name = "FILE|DIR")]
    pack: Vec<PathBuf>,
    /// List the controls of this framework, each with the rules that bear on it: `pci`, `nist`,
    /// `hipaa`, `gdpr`, `iso`, `soc2`, `cis-k8s`, `pss`, `nsa`, and `cmmc`, `fedramp-20x`, which are derived
    /// from `nist`.
    #[arg(long, value_name = "ID")]
    framework: Option<String>,
    /// How to write it.
    #[arg(
        long,
        default_value = "text",
        value_parser = PossibleValuesParser::new(["text", "json", "markdown"])
    )]
    format: String,
}

/// One line of what is listed: a rule, and the control it is listed for.
struct Entry<'r> {
    control: Option<(String, &'static str)>,
    rule: Option<&'r Rule>,
}

/// Lists rules.
pub(super) fn run(args: &ListRulesArgs, session: &mut Session<'_>) -> Result<Exit, Failure> {
    let packs: Vec<PathBuf> = args.pack.iter().map(|pack| session.folder.join(pack)).collect();
    let (set, _) = load(&packs)?;
    let entries = match &args.framework {
        Some(id) => by_control(&set, find(id)?),
        None => all(&set),
    };
    let text = match args.format.as_str() {
        "json" => as_json(&entries)?,
        "markdown" => as_markdown(&entries),
        _ => as_text(&entries),
    };
    session.print(text.as_bytes())?;
    Ok(Exit::Pass)
}

fn find(id: &str) -> Result<&'static Framework, Failure> {
    framework::framework(id).ok_or_else(|| {
        let known: Vec<&str> = framework::frameworks().iter().map(|one| one.id.as_str()).collect();
        Failure::usage(unknown("framework", id, &known))
            .hint(format!("there are {}", known.join(", ")))
    })
}

fn sorted(set: &RuleSet) -> Vec<&Rule> {
    let mut rules: Vec<&Rule> = set.rules().iter().collect();
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules
}

fn all(set: &RuleSet) -> Vec<Entry<'_>> {
    sorted(set).into_iter().map(|rule| Entry { control: None, rule: Some(rule) }).collect()
}

/// Every control with a title, also those that no rule bears on.
fn by_control<'r>(set: &'r RuleSet, framework: &'static Framework) -> Vec<Entry<'r>> {
    let rules = sorted(set);
    let mut entries = Vec::new();
    for (id, title, cited) in framework.listed() {
        let bears = |rule: &&&Rule| rule.controls.iter().any(|one| cited.contains(one));
        let name = || Some((format!("{}:{id}", framework.id), title));
        let own: Vec<&&Rule> = rules.iter().filter(bears).collect();
        if own.is_empty() {
            entries.push(Entry { control: name(), rule: None });
        }
        entries.extend(own.into_iter().map(|rule| Entry { control: name(), rule: Some(rule) }));
    }
    entries
}

/// What a pass of a rule says about a control: its own claim, or less.
fn claim(rule: &Rule, control: Option<&(String, &str)>) -> &'static str {
    control.map_or(rule.claim, |(name, _)| framework::claim(rule, name)).name()
}

fn as_text(entries: &[Entry<'_>]) -> String {
    let width = entries.iter().filter_map(|one| one.rule).map(|rule| rule.id.0.len()).max();
    let width = width.unwrap_or(0);
    let (mut text, mut last) = (String::new(), None);
    let line = |text: &mut String, line: &str| {
        // Formatting into a text does not fail.
        let _ = writeln!(text, "{}", escape(line, false));
    };
    for Entry { control, rule } in entries {
        if let Some((name, title)) = control.as_ref().filter(|(name, _)| last != Some(name)) {
            line(&mut text, &format!("{name}  {title}"));
            last = Some(name);
        }
        let indent = if control.is_some() { "    " } else { "" };
        let Some(rule) = rule else {
            line(&mut text, &format!("{indent}no rule"));
            continue;
        };
        let claim = control.as_ref().map(|one| format!("{:10}  ", claim(rule, Some(one))));
        let claim = claim.unwrap_or_default();
        let severity = rule.severity.name();
        let shown = format!("{indent}{:width$}  {severity:8}  {claim}{}", rule.id.0, rule.title);
        line(&mut text, &shown);
    }
    text
}

fn as_markdown(entries: &[Entry<'_>]) -> String {
    let cell = |text: &str| escape(text, false).replace('|', "\\|").replace('<', "&lt;");
    let is_of_framework = entries.iter().any(|one| one.control.is_some());
    let mut text = String::from(if is_of_framework {
        "| control | title | rule | severity | claim | what it asks for |\n|---|---|---|---|---|---|\n"
    } else {
        "| rule | severity | kind | claim | pack | what it asks for |\n|---|---|---|---|---|---|\n"
    });
    for Entry { control, rule } in entries {
        let cells = match (control, rule) {
            (Some((name, title)), Some(rule)) => [
                cell(name),
                cell(title),
                cell(&rule.id.0),
                rule.severity.name().to_owned(),
                claim(rule, control.as_ref()).to_owned(),
                cell(&rule.title),
            ],
            (Some((name, title)), None) => {
                let none = String::new;
                [cell(name), cell(title), "no rule".to_owned(), none(), none(), none()]
            }
            (None, Some(rule)) => [
                cell(&rule.id.0),
                rule.severity.name().to_owned(),
                rule.kind.name().to_owned(),
                rule.claim.name().to_owned(),
                cell(&rule.pack),
                cell(&rule.title),
            ],
            (None, None) => continue,
        };
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

fn as_json(entries: &[Entry<'_>]) -> Result<String, Failure> {
    let record = |Entry { control, rule }: &Entry<'_>| {
        let mut record = json!({});
        let mut put = |key: &str, value: Value| {
            if let Some(fields) = record.as_object_mut() {
                fields.insert(key.to_owned(), value);
            }
        };
        if let Some((name, title)) = control {
            put("control", json!(name));
            put("title", json!(title));
        }
        put("rule", rule.map_or(Value::Null, |rule| about(rule, control.as_ref())));
        record
    };
    let records: Vec<Value> = entries.iter().map(record).collect();
    let text = serde_json::to_string_pretty(&records).map_err(|why| {
        Failure::new(FailureKind::Internal, format!("cannot write the rules: {why}"))
    })?;
    Ok(text + "\n")
}

fn about(rule: &Rule, control: Option<&(String, &str)>) -> Value {
    json!({
        "id": rule.id.0,
        "title": rule.title,
        "pack": rule.pack,
        "kind": rule.kind.name(),
        "view": rule.select.view,
        "severity": rule.severity.name(),
        "confidence": rule.confidence.name(),
        "claim": claim(rule, control),
        "controls": rule.controls,
        "remediation": rule.remediation,
    })
}

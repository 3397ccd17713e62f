//! SARIF 2.1.0, for code scanning and for tools that read many tools' results.
//!
//! Every finding, gap and hygiene record is a result with a physical location: a reader refuses the
//! whole file for one result without. Where the report names no place, the location is the name of
//! the resource, or the policy file. Findings that blue has too are `unchanged`, and so are those that
//! the baseline holds; those that it holds with other values are `updated`, those that green no longer
//! has `absent`; waived and known ones are suppressed, with who accepted them until when. Controls are taxonomies, one per framework.
//!
//! The profile `sarif-github` holds what code scanning shows and takes: it knows neither states nor
//! suppressions, so what is waived or gone is left out, and it keeps 5,000 results. What was left
//! out is counted in a notification and, where it would be open, in the last result.

mod results;
mod rules;

use std::io;

use results::{Result as Entry, result};
use rules::Catalogue;
use serde_json::{Value, json};

use super::alignment::{consequences, renamed};
use super::escape::escape;
use super::reasons::reasons;
use super::records::{Record, Standing, records};
use super::{Coverage, RenderOptions, Renderer, Seal};
use crate::wire::report::{Report, Verdict};

/// All of it.
pub(super) static SARIF: Sarif = Sarif {
    name: "sarif",
    about: "SARIF 2.1.0, whole: results, taxonomies, suppressions.",
    results_max: None,
};

/// What GitHub code scanning takes.
pub(super) static SARIF_GITHUB: Sarif = Sarif {
    name: "sarif-github",
    about: "SARIF 2.1.0 within what GitHub code scanning shows: open results, 5,000 at most.",
    results_max: Some(5_000),
};

/// Where the schema of the format is published.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/\
                      sarif-schema-2.1.0.json";

pub(super) struct Sarif {
    name: &'static str,
    about: &'static str,
    /// How many results, of open ones only; all of all when absent.
    results_max: Option<usize>,
}

impl Renderer for Sarif {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn coverage(&self) -> Coverage {
        if self.results_max.is_some() { Coverage::Worst } else { Coverage::Whole }
    }

    fn render(
        &self,
        report: &Report,
        options: &RenderOptions,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let all = records(report);
        let (kept, left) = self.choose(&all);
        let catalogue = Catalogue::of(report, &kept);
        let mut results: Vec<Entry> =
            kept.iter().map(|record| result(report, record, &catalogue)).collect();
        let cut = left.iter().filter(|record| is_open(record)).count();
        if cut > 0 {
            results.push(results::cut(cut));
        }
        let log = json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": catalogue.driver(report, cut > 0) },
                "taxonomies": catalogue.taxonomies(),
                "invocations": [invocation(report, options, &left)],
                "automationDetails": { "id": "driftseal/" },
                "columnKind": "unicodeCodePoints",
                "results": results,
                "properties": properties(report, options),
            }],
        });
        serde_json::to_writer(&mut *out, &log)?;
        out.write_all(b"\n")
    }
}

impl Sarif {
    /// What is written and what is left out, the most important first.
    fn choose<'a, 'r>(&self, all: &'a [Record<'r>]) -> (Vec<&'a Record<'r>>, Vec<&'a Record<'r>>) {
        let Some(results_max) = self.results_max else {
            return (all.iter().collect(), Vec::new());
        };
        let (mut kept, mut left): (Vec<_>, Vec<_>) = all.iter().partition(|one| is_open(one));
        if kept.len() > results_max {
            // One place is for saying that there are more.
            left.extend(kept.split_off(results_max.saturating_sub(1)));
        }
        (kept, left)
    }
}

/// Whether a reader that knows no states may show it as open.
const fn is_open(record: &Record<'_>) -> bool {
    match record.standing {
        Standing::Blocking
        | Standing::Unevaluated
        | Standing::New
        | Standing::Inherited
        | Standing::Policy => true,
        Standing::Waived | Standing::Baselined | Standing::Accepted | Standing::Resolved => false,
    }
}

/// How the run went: an inconclusive one was not whole.
fn invocation(report: &Report, options: &RenderOptions, left: &[&Record<'_>]) -> Value {
    let mut notes: Vec<(&str, String)> = Vec::new();
    let level = if matches!(options.seal, Seal::NotVerified(_)) { "error" } else { "note" };
    notes.push((level, options.seal.said()));
    notes.extend(reasons(report).into_iter().map(|reason| ("note", reason)));
    notes.extend(
        [renamed(report), consequences(report)].concat().into_iter().map(|one| ("note", one)),
    );
    if !left.is_empty() {
        notes.push(("warning", left_out(left)));
    }
    let notes: Vec<Value> = notes
        .into_iter()
        .map(|(level, text)| json!({ "level": level, "message": { "text": escape(&text, false) } }))
        .collect();
    json!({
        "executionSuccessful": !report.verdicts.contains(&Verdict::Inconclusive)
            && report.verdict != Verdict::Inconclusive,
        "exitCode": report.exit,
        "exitCodeDescription": report.verdict.name(),
        "endTimeUtc": escape(&report.evaluated_at, false),
        "toolExecutionNotifications": notes,
    })
}

/// What was left out, by what became of it.
fn left_out(left: &[&Record<'_>]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for record in left {
        let name = record.standing.name();
        match counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => counts.push((name, 1)),
        }
    }
    let words: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    format!("left out of this file, all in the report as JSON: {}", words.join(", "))
}

/// What a reader of the run may want to know besides.
fn properties(report: &Report, options: &RenderOptions) -> Value {
    json!({
        "verdict": report.verdict,
        "verdicts": report.verdicts,
        "threshold": report.threshold,
        "seal": options.seal.name(),
        "summary": report.summary,
        "accounting": report.accounting,
        "subjects": {
            "blue": escape(&report.inputs.blue.digest.sha256, false),
            "green": escape(&report.inputs.green.digest.sha256, false),
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{SARIF, SARIF_GITHUB, Sarif};
    use crate::report::{RenderOptions, Renderer};
    use crate::wire::report::{Report, sample};

    fn run(renderer: &Sarif, report: &Report) -> Value {
        let mut out = Vec::new();
        renderer.render(report, &RenderOptions::default(), &mut out).unwrap();
        serde_json::from_slice::<Value>(&out).unwrap()["runs"][0].clone()
    }

    #[test]
    fn every_result_has_a_place_a_name_a_state_and_a_rule_that_is_listed() {
        let run = run(&SARIF, &Report::from(sample::report()));
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 7 + 3 + 1);
        for result in results {
            let place = &result["locations"][0]["physicalLocation"];
            assert!(!place["artifactLocation"]["uri"].as_str().unwrap().is_empty());
            assert!(place["region"]["startLine"].as_u64().unwrap() > 0);
            assert!(result["partialFingerprints"]["driftseal/v1"].is_string());
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        }
        let states: Vec<&str> =
            results.iter().map(|result| result["baselineState"].as_str().unwrap()).collect();
        assert!(states.contains(&"new") && states.contains(&"unchanged"));
        assert_eq!(states.last(), Some(&"absent"));
        let suppressed =
            results.iter().filter(|one| one["suppressions"] != Value::from([(); 0].to_vec()));
        assert_eq!(suppressed.count(), 3);
    }

    #[test]
    fn controls_are_taxonomies_and_results_point_into_them() {
        let run = run(&SARIF, &Report::from(sample::report()));
        let names: Vec<&str> = run["taxonomies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["nist", "pci"]);
        let taxon = &run["results"][0]["taxa"][0];
        let framework = usize::try_from(taxon["toolComponent"]["index"].as_u64().unwrap()).unwrap();
        let index = usize::try_from(taxon["index"].as_u64().unwrap()).unwrap();
        let known = &run["taxonomies"][framework]["taxa"][index]["id"];
        assert_eq!(known, &taxon["id"]);
        assert_eq!(known, "10.2.1");
    }

    #[test]
    fn the_profile_of_github_holds_open_results_and_says_what_it_left_out() {
        let mut report = Report::from(sample::report());
        let whole = run(&SARIF_GITHUB, &report);
        assert_eq!(whole["results"].as_array().unwrap().len(), 7);
        let said = whole["invocations"][0]["toolExecutionNotifications"].to_string();
        assert!(said.contains("1 waived, 1 baselined, 1 accepted, 1 resolved"), "{said}");
        let first = report.findings[0].clone();
        report.findings.extend((0..6_000).map(|_| first.clone()));
        let cut = run(&SARIF_GITHUB, &report);
        let results = cut["results"].as_array().unwrap();
        assert_eq!(results.len(), 5_000);
        let last = results.last().unwrap();
        assert!(last["message"]["text"].as_str().unwrap().starts_with("1008 more"), "{last}");
        assert_eq!(run(&SARIF, &report)["results"].as_array().unwrap().len(), 6_011);
    }

    #[test]
    fn a_text_makes_no_link() {
        let mut report = sample::report();
        "see [here](https://example.com) and [1](2)".clone_into(&mut report.findings[0].message);
        let run = run(&SARIF, &Report::from(report.clone()));
        assert!(!run["results"][0]["message"]["text"].as_str().unwrap().contains("]("));
    }
}

//! What every format promises: it is well-formed by its published description whatever the texts in
//! a report say, nothing is left out in silence, and no text breaks out of its place.

mod common;
#[path = "formats/extremes.rs"]
mod extremes;
#[path = "common/memory.rs"]
mod memory;
#[path = "formats/planted.rs"]
mod planted;

use std::collections::{BTreeMap, BTreeSet};

use driftseal::report::{Changes, Coverage, RENDERERS, RenderOptions, renderer};
use driftseal::wire::report::{Disposition, Finding, Report, State};
use quick_xml::events::Event;
use regex::Regex;
use serde_json::Value;

const SARIF_SCHEMA: &str = include_str!("formats/sarif-2.1.0.schema.json");
const GITLAB_SCHEMA: &str = include_str!("formats/gitlab-codequality.schema.json");

fn written(name: &str, report: &Report) -> String {
    let options = RenderOptions { ascii: false, changes: Changes::All, ..RenderOptions::default() };
    let mut out = Vec::new();
    renderer(name).unwrap().render(report, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What each format makes of every hostile text.
fn hostile(name: &str) -> Vec<(String, Report, String)> {
    let texts = planted::hostile().into_iter();
    texts
        .map(|text| {
            let report = planted::report(&text);
            let out = written(name, &report);
            (text.chars().take(40).collect(), report, out)
        })
        .collect()
}

fn records(report: &Report) -> usize {
    report.findings.len() + report.gaps.len() + report.hygiene.len()
}

#[test]
fn whole_formats_hold_every_record_and_the_others_count_them() {
    let report = planted::report("");
    let marks: Vec<String> = (0..report.findings.len())
        .map(|nth| planted::mark("finding", nth))
        .chain((0..3).map(|nth| planted::mark("gap", nth)))
        .chain((0..report.hygiene.len()).map(|nth| planted::mark("policy", nth)))
        .collect();
    assert_eq!(marks.len(), records(&report));
    for one in RENDERERS {
        let text = written(one.name(), &report);
        let shown = marks.iter().filter(|mark| text.contains(mark.as_str())).count();
        match one.coverage() {
            Coverage::Whole => {
                let missing: Vec<&String> =
                    marks.iter().filter(|mark| !text.contains(mark.as_str())).collect();
                assert!(missing.is_empty(), "{} lacks {missing:?}", one.name());
            }
            Coverage::Worst => {
                let standing = "blocking|not-evaluated|new|waived|baselined|inherited|accepted|policy|resolved";
                let said = Regex::new(&format!(r"(\d+) (?:{standing})\b")).unwrap();
                let counted = text.lines().flat_map(|line| said.captures_iter(line));
                let counted: usize = counted.map(|found| found[1].parse::<usize>().unwrap()).sum();
                assert_eq!(shown + counted, marks.len(), "{}: {text}", one.name());
                assert!(shown > 0, "{}", one.name());
            }
            Coverage::Counts => {
                let of = |name: &str| -> usize {
                    let lines = text.lines().filter(|line| line.starts_with(name));
                    lines
                        .map(|line| line.rsplit_once(' ').unwrap().1.parse::<usize>().unwrap())
                        .sum()
                };
                let counted = of("driftseal_findings{")
                    + of("driftseal_gaps{")
                    + of("driftseal_policy_records{");
                assert_eq!(counted, marks.len(), "{text}");
            }
        }
    }
}

/// A waived finding is there in every format, with who approved it and until when, and what the
/// baseline holds is told from what is new.
#[test]
fn waived_and_known_findings_stay_visible_with_approver_and_expiry() {
    let report = planted::report("");
    let waived = |finding: &&Finding| {
        finding.disposition == Disposition::Waived && finding.state != State::Resolved
    };
    let nth = |finding: &Finding| {
        let digits = finding.fingerprint.trim_start_matches("findingmark").trim_end_matches("end");
        digits.parse::<usize>().unwrap()
    };
    let all: Vec<usize> = report.findings.iter().filter(waived).map(nth).collect();
    assert_eq!(all.len(), 10);
    for one in RENDERERS {
        let text = written(one.name(), &report);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        // Code scanning shows no suppressed result, and metrics are looked at below.
        let least = match one.coverage() {
            Coverage::Whole => all.len(),
            Coverage::Worst if one.name() == "github" => all.len(),
            Coverage::Worst | Coverage::Counts => 0,
        };
        let told = |kind: &str| {
            let all = all.iter().filter(|nth| text.contains(&planted::mark(kind, **nth)));
            all.count()
        };
        assert!(told("approver") >= least, "{}: {text}", one.name());
        assert!(told("expiry") >= least, "{}: {text}", one.name());
        let is_known = ["baselined", "in the baseline", "unchanged"];
        assert!(is_known.iter().any(|word| text.contains(word)), "{}", one.name());
    }
    let metrics = written("prometheus", &report);
    let of = "driftseal_waiver_expires_timestamp_seconds{id=\"waivermark";
    assert_eq!(metrics.matches(of).count(), report.waivers.len(), "{metrics}");
    assert!(metrics.contains("approved_by=\"approvermark"), "{metrics}");
}

#[test]
fn a_known_finding_is_unchanged_and_suppressed_in_sarif_and_a_worse_one_is_updated() {
    let mut report = planted::report("");
    let known = report.findings.iter().position(|one| one.baseline.is_some()).unwrap();
    let mut worse = report.findings[known].clone();
    worse.fingerprint = "worse".to_owned();
    worse.disposition = Disposition::Open;
    worse.baseline.as_mut().unwrap().status = "worsened".to_owned();
    report.findings.push(worse);
    let log: Value = serde_json::from_str(&written("sarif", &report)).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let find = |name: &str| {
        results.iter().find(|one| one["partialFingerprints"]["driftseal/v1"] == name).unwrap()
    };
    let (known, worse) = (find(&report.findings[known].fingerprint), find("worse"));
    assert_eq!(known["baselineState"], "unchanged");
    assert!(known["suppressions"][0]["justification"].as_str().unwrap().contains("baseline"));
    assert_eq!(worse["baselineState"], "updated");
    assert_eq!(worse["suppressions"], serde_json::json!([]));
    let waived = report.findings.iter().find(|one| one.waiver.is_some()).unwrap();
    let mark = waived.waiver.as_ref().unwrap();
    let waived = find(&waived.fingerprint);
    let why = waived["suppressions"][0]["justification"].as_str().unwrap();
    assert!(why.contains(&mark.id) && why.contains(&mark.expires), "{why}");
    assert_eq!(waived["properties"]["waiver"]["approvedBy"][0], mark.approved_by[0]);
}

#[test]
fn nothing_moves_hides_or_commands_in_any_format() {
    for one in RENDERERS.iter().filter(|one| one.name() != "json") {
        for (what, _, out) in hostile(one.name()) {
            let bad = |c: char| {
                (c.is_control() && !matches!(c, '\n' | '\r'))
                    || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}')
                    || matches!(c, '\u{2028}' | '\u{2029}' | '\u{85}')
            };
            let found: BTreeSet<char> = out.chars().filter(|c| bad(*c)).collect();
            assert!(found.is_empty(), "{} of {what:?}: {found:?}", one.name());
            assert!(one.name() == "csv" || !out.contains('\r'), "{} of {what:?}", one.name());
            for line in out.lines() {
                let line = line.trim_start();
                assert!(!line.contains("##["), "{}: {line}", one.name());
                assert!(
                    one.name() == "github" || !line.starts_with("::"),
                    "{}: {line}",
                    one.name()
                );
            }
        }
    }
}

#[test]
fn a_comment_stays_under_what_github_takes() {
    let mut report = planted::report(&"<&|long ".repeat(300));
    let more: Vec<_> = std::iter::repeat_n(report.findings.clone(), 100).flatten().collect();
    report.findings.extend(more);
    let text = written("markdown", &report);
    assert!(text.chars().count() < 65_536, "{}", text.chars().count());
    assert!(text.contains("more in the report"), "{text}");
}

#[test]
fn sarif_is_what_its_schema_says_whatever_the_texts() {
    let schema: Value = serde_json::from_str(SARIF_SCHEMA).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let wrong: Value = serde_json::json!({"version": "2.1.0", "runs": [{"tool": {"driver": {}}}]});
    assert!(!schema.is_valid(&wrong), "the schema refuses nothing");
    for name in ["sarif", "sarif-github"] {
        for (what, report, out) in hostile(name) {
            let log: Value = serde_json::from_str(&out).unwrap();
            let errors: Vec<String> = schema
                .iter_errors(&log)
                .take(5)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{name} of {what:?}: {errors:#?}");
            let run = &log["runs"][0];
            let results = run["results"].as_array().unwrap();
            assert!(name != "sarif" || results.len() == records(&report));
            for result in results {
                let place = &result["locations"][0]["physicalLocation"];
                let uri = place["artifactLocation"]["uri"].as_str().unwrap();
                let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~/%".contains(c);
                assert!(!uri.is_empty() && uri.chars().all(is_plain), "{uri}");
                assert!(place["region"]["startLine"].as_u64().unwrap() > 0);
                assert!(!result["message"]["text"].as_str().unwrap().contains("]("));
                let hash = &result["partialFingerprints"]["primaryLocationLineHash"];
                assert!(!hash.as_str().unwrap().is_empty());
            }
        }
    }
}

/// Limits of code scanning that can be read off a file.
#[test]
fn sarif_for_github_keeps_to_its_limits() {
    for (what, _, out) in hostile("sarif-github") {
        let log: Value = serde_json::from_str(&out).unwrap();
        for rule in log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap() {
            for field in ["shortDescription", "fullDescription"] {
                let length = rule[field]["text"].as_str().map_or(0, |text| text.chars().count());
                assert!(length <= 1_024, "{what:?}: {field} of {length}");
            }
            assert!(rule["id"].as_str().unwrap().chars().count() <= 255, "{what:?}");
            let help = rule["help"]["text"].as_str().unwrap();
            assert!(!help.is_empty());
            let score: f64 =
                rule["properties"]["security-severity"].as_str().unwrap().parse().unwrap();
            assert!(score > 0.0 && score <= 10.0);
            assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 10);
        }
    }
}

#[test]
fn gitlab_gets_issues_as_it_demands_them() {
    let schema: Value = serde_json::from_str(GITLAB_SCHEMA).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for (what, report, out) in hostile("gitlab-codequality") {
        let issues: Vec<Value> = serde_json::from_str(&out).unwrap();
        assert_eq!(issues.len(), records(&report));
        let mut names = BTreeSet::new();
        let all = Value::from(issues.clone());
        let errors: Vec<String> = schema.iter_errors(&all).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{what:?}: {errors:?}");
        for issue in &issues {
            assert!(names.insert(issue["fingerprint"].to_string()), "{what:?}: {issue} twice");
        }
    }
}

/// Which elements stand in which, with the attributes each may have.
const JUNIT: [(&str, &str, &[&str]); 7] = [
    ("", "testsuites", &["name", "tests", "failures", "errors", "time"]),
    ("testsuites", "testsuite", &["name", "tests", "failures", "errors", "skipped", "time"]),
    ("testsuite", "testcase", &["classname", "name", "time"]),
    ("testcase", "skipped", &["message"]),
    ("testcase", "error", &["message"]),
    ("testcase", "failure", &["message"]),
    ("testcase", "system-out", &[]),
];

#[test]
fn junit_is_well_formed_and_its_counts_are_true() {
    for (what, report, out) in hostile("junit") {
        let illegal =
            out.chars().find(|c| matches!(c, '\u{0}'..='\u{8}' | '\u{fffe}' | '\u{ffff}'));
        assert_eq!(illegal, None, "{what:?}");
        let mut reader = quick_xml::Reader::from_str(&out);
        reader.config_mut().check_end_names = true;
        let mut stack: Vec<String> = vec![String::new()];
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut said: BTreeMap<String, usize> = BTreeMap::new();
        let mut names = BTreeSet::new();
        loop {
            let event = reader.read_event().unwrap_or_else(|why| panic!("{what:?}: {why}"));
            let is_empty = matches!(event, Event::Empty(_));
            match event {
                Event::Start(tag) | Event::Empty(tag) => {
                    let name = tag.name().as_ref().to_owned();
                    let parent = stack.last().unwrap();
                    let known = JUNIT.iter().find(|row| row.0 == parent && row.1 == name);
                    let (_, _, known) =
                        known.unwrap_or_else(|| panic!("{what:?}: <{name}> in <{parent}>"));
                    let mut own = BTreeMap::new();
                    for attribute in tag.attributes() {
                        let attribute = attribute.unwrap();
                        let key = attribute.key.as_ref().to_owned();
                        assert!(known.contains(&key.as_str()), "{what:?}: {key}");
                        own.insert(key, attribute.value.to_string());
                    }
                    if name == "testcase" {
                        let key = format!("{} {}", own["classname"], own["name"]);
                        assert!(names.insert(key), "{what:?}: one name for two cases");
                    }
                    if name == "testsuites" {
                        for count in ["tests", "failures", "errors"] {
                            said.insert(count.to_owned(), own[count].parse().unwrap());
                        }
                    }
                    *counts.entry(name.clone()).or_default() += 1;
                    if !is_empty {
                        stack.push(name);
                    }
                }
                Event::End(_) => {
                    stack.pop();
                }
                Event::CData(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {
                    panic!("{what:?}: something else than elements and text");
                }
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(said["tests"], counts["testcase"], "{what:?}");
        assert_eq!(said["failures"], counts["failure"], "{what:?}");
        assert_eq!(said["errors"], counts["error"], "{what:?}");
        assert!(counts["testcase"] > records(&report));
    }
}

#[test]
fn a_table_has_its_rows_and_columns_and_no_formula() {
    for (what, report, out) in hostile("csv") {
        let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(out.as_bytes());
        assert_eq!(reader.headers().unwrap().len(), 27);
        let rows: Vec<csv::StringRecord> = reader
            .records()
            .map(|row| row.unwrap_or_else(|why| panic!("{what:?}: {why}")))
            .collect();
        assert_eq!(rows.iter().filter(|row| &row[0] == "report").count(), 1);
        let kinds = ["finding", "gap", "policy"];
        assert_eq!(rows.iter().filter(|row| kinds.contains(&&row[0])).count(), records(&report));
        for field in rows.iter().flatten() {
            let first = field.trim_start().chars().next();
            let is_formula =
                first.is_some_and(|c| "=+-@|\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(c));
            assert!(!is_formula, "{what:?}: {field}");
        }
    }
}

#[test]
fn annotations_are_commands_of_ours_and_ten() {
    let line = Regex::new(
        r"^::(error|notice) title=[^:,]*(,file=[^:,]*,line=\d+(,endLine=\d+)?(,col=\d+)?)?::.*$",
    )
    .unwrap();
    let escape = Regex::new("%(25|0A|0D|2C|3A)").unwrap();
    for (what, _, out) in hostile("github") {
        assert!(out.lines().all(|one| line.is_match(one)), "{what:?}: {out}");
        assert!(out.matches('%').count() == escape.find_iter(&out).count());
        let errors = out.lines().filter(|one| one.starts_with("::error ")).count();
        assert!(errors > 0 && errors <= 10, "{what:?}: {errors}");
    }
}

/// The text exposition format, version 0.0.4: a family is told once, its samples follow it, no
/// series occurs twice.
#[test]
fn metrics_keep_to_the_grammar_of_the_exposition_format() {
    let label = r#"[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*""#;
    let sample = Regex::new(&format!(
        r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{{({label}(?:,{label})*)\}})? (\d+)$"
    ))
    .unwrap();
    for (what, _, out) in hostile("prometheus") {
        assert!(out.ends_with('\n'));
        let (mut families, mut series) = (BTreeSet::new(), BTreeSet::new());
        let mut family = String::new();
        for line in out.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, _) = help.split_once(' ').unwrap();
                assert!(families.insert(name.to_owned()), "{what:?}: {name} twice");
                name.clone_into(&mut family);
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                assert_eq!(kind, format!("{family} gauge"));
            } else {
                let found = sample.captures(line).unwrap_or_else(|| panic!("{what:?}: {line}"));
                assert_eq!(&found[1], family);
                let key = line.rsplit_once(' ').unwrap().0;
                assert!(series.insert(key.to_owned()), "{what:?}: {key} twice");
            }
        }
        assert!(families.len() > 10);
    }
}

#[test]
fn test_points_follow_the_plan() {
    let point =
        Regex::new(r"^(ok|not ok) (\d+) - (?:[^#\\]|\\[#\\])*( # (SKIP|TODO) .+)?$").unwrap();
    for (what, report, out) in hostile("tap") {
        let mut lines = out.lines();
        assert_eq!(lines.next(), Some("TAP version 14"));
        let planned = records(&report) + 1;
        assert_eq!(lines.next(), Some(format!("1..{planned}").as_str()));
        let (mut points, mut is_inside) = (0, false);
        for line in lines {
            match line {
                "  ---" => is_inside = true,
                "  ..." => is_inside = false,
                row if is_inside => {
                    let (_, text) = row.trim_start().split_once(": ").unwrap();
                    let inner = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
                    let inner = inner.unwrap_or_else(|| panic!("{what:?}: {row}"));
                    assert!(!inner.replace("''", "").contains('\''), "{what:?}: {row}");
                }
                comment if comment.starts_with("# ") => {}
                line => {
                    let found = point.captures(line).unwrap_or_else(|| panic!("{what:?}: {line}"));
                    points += 1;
                    assert_eq!(found[2].parse::<usize>().unwrap(), points);
                }
            }
        }
        assert_eq!(points, planned, "{what:?}");
    }
}

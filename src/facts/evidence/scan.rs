//! Results of scanners as SARIF 2.1.0: what is vulnerable, and whether the scan came to its end.

use std::collections::BTreeMap;

use super::{DIALECT, Standing, counted, each, instant, listed, number, whole};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static SCAN: View = View {
    id: "evidence.scan",
    about: "A file of results of scanners (SARIF)",
    fields: &[
        ("file", "its path within the folder of evidence"),
        (
            "subjects",
            "what was scanned: revisions and digests that its runs name, or evidence.toml",
        ),
        ("finished", "when the last run ended; absent when not said"),
        ("tools", "names of the scanners, sorted"),
        ("completed", "whether there is a run, and no run says that it failed"),
        ("results", "how many results are open"),
    ],
    dialects: DIALECT,
    extract: scans,
};

/// See its `about`.
pub(in crate::facts) static VULNERABILITY: View = View {
    id: "evidence.vulnerability",
    about: "One open result of a scanner, by what it found; joined by the file of the scan",
    fields: &[
        ("file", "path of the scan within the folder of evidence"),
        ("subjects", "what was scanned"),
        ("finished", "when the last run ended; absent when not said"),
        ("id", "the CVE, else the rule of the scanner"),
        (
            "severity",
            "critical, high, medium or low: by `security-severity` (9, 7, 4), else by level",
        ),
        ("rank", "3 to 0, in that order"),
    ],
    dialects: DIALECT,
    extract: vulnerabilities,
};

const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];

/// What was scanned, and when.
pub(super) fn standing(document: &Document<'_>) -> Standing {
    let (mut subjects, mut finished) = (Vec::new(), None);
    for run in each(&document.cursor(), "runs") {
        for source in each(&run, "versionControlProvenance") {
            subjects.extend(source.node.get("revisionId").into_iter().flat_map(listed));
        }
        let digests = ["repoDigests", "imageDigest", "subjects"];
        let digests = digests.iter().filter_map(|key| run.node.at(&["properties", key]));
        subjects.extend(digests.flat_map(listed));
        for one in each(&run, "invocations") {
            finished = finished.max(one.text(&["endTimeUtc"]).and_then(instant));
        }
    }
    subjects.sort_unstable();
    subjects.dedup();
    Standing { subjects, finished }
}

fn scans<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    if document.identity.kind != "scan" {
        return Vec::new();
    }
    let root = document.cursor();
    let runs = each(&root, "runs");
    let mut tools: Vec<&str> =
        runs.iter().filter_map(|run| run.text(&["tool", "driver", "name"])).collect();
    tools.sort_unstable();
    tools.dedup();
    let failed = |run: &Cursor<'t>| {
        let all = each(run, "invocations");
        all.iter().any(|one| one.text(&["executionSuccessful"]) == Some("false"))
    };
    let open: usize = runs.iter().map(|run| open(run).len()).sum();
    let fields = [
        ("tools", Some(Fact::List(tools.into_iter().map(Fact::text).collect()))),
        ("completed", Some(Fact::Bool(!runs.is_empty() && !runs.iter().any(failed)))),
        ("results", u32::try_from(open).ok().and_then(|open| counted(f64::from(open)))),
    ];
    vec![whole(document, &root.place(&["runs"]), standing(document).fact(document, fields))]
}

/// Results that are neither passed, nor gone, nor accepted.
fn open<'t>(run: &Cursor<'t>) -> Vec<Cursor<'t>> {
    let is_open = |result: &Cursor<'t>| {
        let kind = result.text(&["kind"]).unwrap_or("fail");
        let gone = result.text(&["baselineState"]) == Some("absent");
        let suppressions = each(result, "suppressions");
        let is_accepted = suppressions.iter().any(|one| {
            one.text(&["status"]).is_none_or(|status| status.eq_ignore_ascii_case("accepted"))
        });
        matches!(kind, "fail" | "open" | "review") && !gone && !is_accepted
    };
    each(run, "results").into_iter().filter(is_open).collect()
}

fn vulnerabilities<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    if document.identity.kind != "scan" {
        return Vec::new();
    }
    let standing = standing(document);
    // Of one thing that was found in several places, the worst counts.
    let mut found: BTreeMap<String, (usize, Cursor<'t>)> = BTreeMap::new();
    for run in each(&document.cursor(), "runs") {
        let rules = run.at(&["tool", "driver", "rules"]);
        let rules = rules.map(|rules| rules.items()).unwrap_or_default();
        for result in open(&run) {
            let rule = rule_of(&result, &rules);
            let rank = rank(&result, rule);
            let id = name(&result, rule);
            if found.get(&id).is_none_or(|(known, _)| *known < rank) {
                found.insert(id, (rank, result));
            }
        }
    }
    let one = |(id, (rank, place)): (String, (usize, Cursor<'t>))| {
        let fields = [
            ("id", Some(Fact::text(id.clone()))),
            ("severity", SEVERITIES.get(rank).map(|name| Fact::text(*name))),
            ("rank", Fact::number(&rank.to_string())),
        ];
        place.item(id, standing.fact(document, fields))
    };
    found.into_iter().map(one).collect()
}

fn rule_of<'r, 't>(result: &Cursor<'t>, rules: &'r [Cursor<'t>]) -> Option<&'r Cursor<'t>> {
    let index = result.text(&["ruleIndex"]).or_else(|| result.text(&["rule", "index"]));
    let by_index = index.and_then(|index| rules.get(index.parse::<usize>().ok()?));
    let id = result.text(&["ruleId"]).or_else(|| result.text(&["rule", "id"]));
    by_index.or_else(|| rules.iter().find(|rule| id.is_some() && rule.text(&["id"]) == id))
}

fn rank(result: &Cursor<'_>, rule: Option<&Cursor<'_>>) -> usize {
    let way = ["properties", "security-severity"];
    let score = number(result, &way).or_else(|| number(rule?, &way));
    if let Some(score) = score {
        return [9.0, 7.0, 4.0].iter().position(|least| score >= *least).map_or(0, |at| 3 - at);
    }
    let level = result.text(&["level"]);
    let level = level.or_else(|| rule?.text(&["defaultConfiguration", "level"]));
    match level.unwrap_or("warning") {
        "error" => 2,
        "warning" => 1,
        _ => 0,
    }
}

/// The CVE that a result is about, else the rule that found it.
fn name(result: &Cursor<'_>, rule: Option<&Cursor<'_>>) -> String {
    let id = result.text(&["ruleId"]).or_else(|| rule?.text(&["id"]));
    let ways: [&[&str]; 3] = [&["id"], &["name"], &["shortDescription", "text"]];
    let texts = ways.iter().filter_map(|way| rule?.text(way));
    let known = id.into_iter().chain(texts).find_map(cve);
    known.unwrap_or_else(|| id.unwrap_or("a result without a rule").to_owned())
}

/// `CVE-2026-12345` within a text.
fn cve(text: &str) -> Option<String> {
    let at = text.find("CVE-")?;
    let rest = text.get(at..)?;
    let end = rest.char_indices().skip(4).find(|(_, c)| !(c.is_ascii_digit() || *c == '-'));
    let known = end.map_or(rest, |(end, _)| rest.get(..end).unwrap_or(rest)).trim_end_matches('-');
    let mut parts = known.splitn(3, '-').skip(1);
    let is_known = parts.next().is_some_and(|year| year.len() == 4) && parts.next().is_some();
    // Scanners append the package: CVE-2026-12345-openssl.
    is_known.then(|| known.splitn(4, '-').take(3).collect::<Vec<_>>().join("-"))
}

#[cfg(test)]
mod tests {
    use super::cve;

    #[test]
    fn a_cve_is_found_within_what_scanners_call_it() {
        for text in ["CVE-2026-12345", "CVE-2026-12345-openssl", "openssl: CVE-2026-12345 in tls"] {
            assert_eq!(cve(text).as_deref(), Some("CVE-2026-12345"), "{text}");
        }
        for text in ["GHSA-aaaa-bbbb", "CVE-", "CVE-26-1"] {
            assert_eq!(cve(text), None, "{text}");
        }
    }
}

//! Everything in a report that somebody has to look at, as one list for formats that know one kind
//! of entry only: findings, what was not evaluated, what is wrong with the policy.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::chapter::Chapter;
use super::decided::decided;
use super::escape::escape;
use crate::model::Digest;
use crate::wire::report::{
    Collector, Finding, Gap, Hygiene, Input, Place, Report, Severity, Side, State,
};

/// How many hexadecimal digits of a digest name something.
const NAME_DIGITS: usize = 24;

/// How much of the name of a rule is kept: code scanning takes 255 characters.
const RULE_CHARS_MAX: usize = 200;

/// Where records about the policy stand: the file has any name, and the report does not say it.
const POLICY_FILE: &str = "driftseal.toml";

/// What became of a record; the first ones matter most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// A finding that fails the gate.
    Blocking,
    /// A gap that nobody accepts: it makes the verdict inconclusive.
    Unevaluated,
    /// A new finding below the threshold.
    New,
    /// A finding that a waiver accepts.
    Waived,
    /// A finding that the baseline holds.
    Baselined,
    /// A finding that blue has too.
    Inherited,
    /// A gap that the policy accepts.
    Accepted,
    /// A record of the policy that is wrong.
    Policy,
    /// A finding that green no longer has.
    Resolved,
}

impl Standing {
    /// One word for it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Blocking => "blocking",
            Self::Unevaluated => "not-evaluated",
            Self::New => "new",
            Self::Waived => "waived",
            Self::Baselined => "baselined",
            Self::Inherited => "inherited",
            Self::Accepted => "accepted",
            Self::Policy => "policy",
            Self::Resolved => "resolved",
        }
    }
}

/// One record. Its texts are escaped: nothing in them ends a line, turns or hides.
#[derive(Debug, Clone)]
pub(super) struct Record<'r> {
    /// `finding`, `gap` or `policy`.
    pub kind: &'static str,
    /// Its name: equal while it is the same thing.
    pub id: String,
    /// The rule, or `gap/` and the reason, or `policy/` and what is wrong.
    pub rule: String,
    /// How bad. An open gap counts as high, as it may hide anything.
    pub severity: Severity,
    /// What became of it.
    pub standing: Standing,
    /// What is demanded, or what went wrong, in short.
    pub title: String,
    /// What is wrong here.
    pub message: String,
    /// What to do about it; empty where the message says it.
    pub remediation: String,
    /// What the policy decided about it: who, until when, why.
    pub decided: Vec<String>,
    /// Controls it bears on.
    pub controls: &'r [String],
    /// Where it stands in a checkout.
    pub spot: Spot,
    /// Whether the spot is a place that the report names.
    pub is_placed: bool,
    /// The finding, if it is one.
    pub finding: Option<&'r Finding>,
}

/// A place in a checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    /// Path from the root of the checkout, as far as the report tells.
    pub file: String,
    /// One-based.
    pub line: u32,
    /// One-based, in characters.
    pub column: Option<u32>,
    /// One-based.
    pub end_line: Option<u32>,
}

/// Every finding, gap and hygiene record, what matters most first.
pub(super) fn records(report: &Report) -> Vec<Record<'_>> {
    let mut names = Names::default();
    let findings = report.findings.iter().map(|one| finding(report, one));
    let mut records: Vec<Record<'_>> = findings.collect();
    records.extend(report.gaps.iter().map(|one| gap(report, one, &mut names)));
    records.extend(report.hygiene.iter().map(|one| hygiene(one, &mut names)));
    // A report is sorted; the order within a standing is its own.
    records.sort_by_key(|record| (record.standing, std::cmp::Reverse(record.severity)));
    records
}

fn finding<'r>(report: &Report, finding: &'r Finding) -> Record<'r> {
    let standing = match Chapter::of(finding, report.threshold) {
        Chapter::Blocking => Standing::Blocking,
        Chapter::New => Standing::New,
        Chapter::Waived => Standing::Waived,
        Chapter::Baselined => Standing::Baselined,
        Chapter::Inherited => Standing::Inherited,
        Chapter::Resolved => Standing::Resolved,
    };
    let placed = anchor(finding);
    Record {
        kind: "finding",
        id: text(&finding.fingerprint),
        rule: rule(&finding.rule),
        severity: finding.severity,
        standing,
        title: text(&finding.title),
        message: text(&finding.message),
        remediation: text(&finding.remediation),
        decided: decided(finding).iter().map(|one| text(one)).collect(),
        controls: &finding.controls,
        is_placed: placed.is_some(),
        spot: placed.map_or_else(
            || Spot { file: named(&finding.resource), line: 1, column: None, end_line: None },
            |(side, place)| spot(report, side, place),
        ),
        finding: Some(finding),
    }
}

fn gap<'r>(report: &Report, gap: &Gap, names: &mut Names) -> Record<'r> {
    let place =
        Place { file: gap.file.clone(), document: 0, line: gap.line, column: None, end_line: None };
    let parts = [gap.side.name(), &gap.file, &gap.reason, &gap.message];
    Record {
        kind: "gap",
        id: names.of("dsu1:", &parts),
        rule: rule(&format!("gap/{}", gap.reason)),
        severity: if gap.accepted { Severity::Info } else { Severity::High },
        standing: if gap.accepted { Standing::Accepted } else { Standing::Unevaluated },
        title: format!("Not evaluated in {}: {}", gap.side, text(&gap.reason)),
        message: text(&gap.message),
        remediation: String::new(),
        decided: Vec::new(),
        controls: &[],
        spot: spot(report, gap.side, &place),
        is_placed: true,
        finding: None,
    }
}

fn hygiene<'r>(record: &Hygiene, names: &mut Names) -> Record<'r> {
    Record {
        kind: "policy",
        id: names.of("dsh1:", &[&record.rule, &record.subject, &record.message]),
        rule: rule(&format!("policy/{}", record.rule)),
        severity: record.severity,
        standing: Standing::Policy,
        title: format!("Policy record {}: {}", text(&record.subject), text(&record.rule)),
        message: text(&record.message),
        remediation: String::new(),
        decided: Vec::new(),
        controls: &[],
        spot: Spot { file: POLICY_FILE.to_owned(), line: 1, column: None, end_line: None },
        is_placed: false,
        finding: None,
    }
}

/// Names of what has none in a report.
#[derive(Default)]
struct Names {
    uses: BTreeMap<String, u32>,
}

impl Names {
    fn of(&mut self, kind: &str, parts: &[&str]) -> String {
        let digest = Digest::of(parts.join("\0").as_bytes()).to_string();
        let digits: String = digest.chars().take(NAME_DIGITS).collect();
        let name = format!("{kind}{digits}");
        let uses = self.uses.entry(name.clone()).or_default();
        *uses = uses.saturating_add(1);
        if *uses == 1 { name } else { format!("{name}#{uses}") }
    }
}

/// The place by which a finding is shown: green's, unless only blue has one.
pub(super) fn anchor(finding: &Finding) -> Option<(Side, &Place)> {
    let green = finding.places.green.as_ref().map(|place| (Side::Green, place));
    let blue = finding.places.blue.as_ref().map(|place| (Side::Blue, place));
    if finding.state == State::Resolved { blue.or(green) } else { green.or(blue) }
}

/// A place of one side as a place in a checkout.
pub(super) fn spot(report: &Report, side: Side, place: &Place) -> Spot {
    let input = match side {
        Side::Blue => &report.inputs.blue,
        Side::Green => &report.inputs.green,
    };
    let line = place.line.unwrap_or(1).max(1);
    Spot {
        file: named(&in_checkout(input, &place.file)),
        line,
        column: place.column.filter(|column| *column > 0),
        end_line: place.end_line.filter(|end| *end > line),
    }
}

/// A path from where the source was named, which is known where a side has one source only.
fn in_checkout(input: &Input, file: &str) -> String {
    match folder(input).filter(|folder| !folder.is_empty()) {
        Some(folder) => format!("{folder}/{file}"),
        None => file.to_owned(),
    }
}

/// The folder that the files of a side are named from, as its source names it; none where it is
/// not told, or is no part of a checkout.
pub(super) fn folder(input: &Input) -> Option<String> {
    let [Collector { scheme, locator, .. }] = input.collectors.as_slice() else { return None };
    let locator = locator.strip_prefix("./").unwrap_or(locator);
    let folder = match scheme.as_str() {
        "directory" => locator.trim_end_matches('/'),
        "file" => locator.rsplit_once('/').map_or("", |(folder, _)| folder),
        "glob" => {
            let literal = locator.find(['*', '?', '[', '{']).unwrap_or(locator.len());
            let literal = locator.get(..literal).unwrap_or_default();
            literal.rsplit_once('/').map_or("", |(folder, _)| folder)
        }
        _ => return None,
    };
    let is_inside = !locator.starts_with('/') && folder.split('/').all(|part| part != "..");
    is_inside.then(|| if folder == "." { String::new() } else { folder.to_owned() })
}

/// A path as part of an address: nothing in it is a scheme, a query or a way out.
pub(crate) fn reference(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.trim_start_matches('/').bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            out.push(char::from(byte));
        } else {
            // Formatting into a text does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A file's name: readers refuse an empty one.
fn named(file: &str) -> String {
    if file.trim().is_empty() { POLICY_FILE.to_owned() } else { text(file) }
}

fn text(text: &str) -> String {
    escape(text, false)
}

/// The name of a rule, cut where readers stop.
fn rule(name: &str) -> String {
    text(name).chars().take(RULE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::{Standing, records, reference};
    use crate::wire::report::{Report, sample};

    #[test]
    fn every_record_of_a_report_is_one_and_what_blocks_comes_first() {
        let report = Report::from(sample::report());
        let records = records(&report);
        let all = report.findings.len() + report.gaps.len() + report.hygiene.len();
        assert_eq!(records.len(), all);
        assert_eq!(records[0].standing, Standing::Blocking);
        assert_eq!(records[2].standing, Standing::Unevaluated);
        assert_eq!(records.last().unwrap().standing, Standing::Resolved);
        let mut names: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn a_path_is_no_scheme_and_has_no_query() {
        assert_eq!(reference("a b/c?d#e%f"), "a%20b/c%3Fd%23e%25f");
        assert_eq!(reference("javascript:alert(1)"), "javascript%3Aalert%281%29");
        assert_eq!(reference("//host/x"), "host/x");
    }

    #[test]
    fn a_place_is_told_from_the_root_of_the_checkout_where_that_is_known() {
        let mut report = Report::from(sample::report());
        let file = |report: &Report| records(report)[0].spot.file.clone();
        assert_eq!(file(&report), "deploy/blue/apps/checkout.yaml");
        for (scheme, locator, wanted) in [
            ("file", "apps/blue/checkout.yaml", "apps/blue/apps/checkout.yaml"),
            ("glob", "deploy/*blue*", "deploy/apps/checkout.yaml"),
            ("directory", ".", "apps/checkout.yaml"),
            ("directory", "../blue", "apps/checkout.yaml"),
            ("directory", "/srv/blue", "apps/checkout.yaml"),
            ("git", "git:main:deploy", "apps/checkout.yaml"),
        ] {
            let collector = &mut report.inputs.blue.collectors[0];
            scheme.clone_into(&mut collector.scheme);
            locator.clone_into(&mut collector.locator);
            assert_eq!(file(&report), wanted, "{scheme} {locator}");
        }
    }
}

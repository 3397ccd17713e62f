//! Why a verdict is what it is.

use std::collections::BTreeMap;

use super::meaning;
use super::phrases::counted;
use crate::wire::report::{Report, Severity, SeverityCounts, Threshold, Verdict};

/// Why the verdicts that apply do.
pub(super) fn reasons(report: &Report) -> Vec<String> {
    let reason = |verdict: &Verdict| match verdict {
        Verdict::Pass => meaning(Verdict::Pass).to_owned(),
        Verdict::Fail => blocking(report),
        Verdict::Inconclusive => unevaluated(report),
    };
    let mut reasons: Vec<String> = report.verdicts.iter().map(reason).collect();
    if reasons.is_empty() {
        reasons.push(reason(&report.verdict));
    }
    if report.threshold == Threshold::Never {
        reasons.push("no finding can fail this run: the threshold is `never`".to_owned());
    }
    reasons
}

fn blocking(report: &Report) -> String {
    let mut counts = SeverityCounts::default();
    for finding in report.findings.iter().filter(|finding| finding.blocks(report.threshold)) {
        counts.add(finding.severity);
    }
    match counts.total() {
        0 => meaning(Verdict::Fail).to_owned(),
        total => format!(
            "{} new in green at or above {}: {}",
            counted(total, "finding"),
            report.threshold,
            by_severity(counts.rows())
        ),
    }
}

fn by_severity(rows: [(Severity, u64); 5]) -> String {
    let present = rows.into_iter().filter(|(_, count)| *count > 0);
    let words: Vec<String> =
        present.map(|(severity, count)| format!("{count} {severity}")).collect();
    words.join(", ")
}

fn unevaluated(report: &Report) -> String {
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for gap in report.gaps.iter().filter(|gap| !gap.accepted) {
        let count = reasons.entry(&gap.reason).or_default();
        *count = count.saturating_add(1);
    }
    let total = reasons.values().fold(0_u64, |sum, count| sum.saturating_add(*count));
    if total == 0 {
        return meaning(Verdict::Inconclusive).to_owned();
    }
    let words: Vec<String> =
        reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    format!("{} not evaluated: {}", counted(total, "place"), words.join(", "))
}

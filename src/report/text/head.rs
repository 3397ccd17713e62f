//! The first lines: the verdict, why, who vouches for it, and over what.

use std::collections::BTreeMap;
use std::io;

use super::counted;
use crate::report::page::{FAINT, PLAIN, Page, STRONG, side_style, verdict_style};
use crate::report::{Seal, meaning};
use crate::wire::report::{Input, Report, Severity, SeverityCounts, Side, Threshold, Verdict};

pub(super) fn write(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    verdict(page, report)?;
    for reason in reasons(report) {
        page.prose(2, "", &reason)?;
    }
    seal(page)?;
    let packs = match report.packs.len() {
        0 => "no rule pack".to_owned(),
        count => counted(count as u64, "rule pack"),
    };
    let judged = format!(
        "{} {}, judged at {}, threshold {}, {packs}",
        report.engine.name, report.engine.version, report.evaluated_at, report.threshold
    );
    let line = page.line(2).add(FAINT, &judged);
    page.print(line)?;
    input(page, Side::Blue, &report.inputs.blue)?;
    input(page, Side::Green, &report.inputs.green)
}

fn verdict(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let mut line = page.line(0);
    let others = report.verdicts.iter().copied().filter(|other| *other != report.verdict);
    for (index, verdict) in std::iter::once(report.verdict).chain(others).enumerate() {
        let name = verdict.name().to_ascii_uppercase();
        line = line
            .add(PLAIN, if index == 0 { "" } else { ", also " })
            .add(verdict_style(verdict), &name)
            .add(PLAIN, &format!(" (exit {})", verdict.exit()));
    }
    page.print(line)
}

/// Why the verdicts that apply do.
pub(in crate::report) fn reasons(report: &Report) -> Vec<String> {
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

fn seal(page: &mut Page<'_>) -> io::Result<()> {
    let line = match &page.options.seal {
        Seal::NotSigned(why) => {
            page.line(2).add(STRONG, "NOT SIGNED").add(PLAIN, ": ").add(PLAIN, why)
        }
        Seal::SignedBy(keys) => page.line(2).add(PLAIN, "signed by ").add(STRONG, &keys.join(", ")),
    };
    page.print(line)
}

fn input(page: &mut Page<'_>, side: Side, input: &Input) -> io::Result<()> {
    let digest: String = input.digest.sha256.chars().take(12).collect();
    let counts = format!(
        "{}, {}, {} masked, snapshot {digest}",
        counted(input.files, "file"),
        counted(input.documents, "document"),
        counted(input.masked, "secret"),
    );
    let line = page.line(2).column(side_style(side), side.name(), 7).add(FAINT, &counts);
    page.print(line)?;
    for note in input.collectors.iter().flat_map(|collector| &collector.notes) {
        page.prose(9, "note: ", note)?;
    }
    Ok(())
}

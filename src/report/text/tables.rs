//! What is counted or listed besides findings.

use std::collections::BTreeMap;
use std::io;

use super::findings;
use crate::report::Detail;
use crate::report::alignment::consequences;
use crate::report::chapter::is_shown;
use crate::report::page::{FAINT, PLAIN, Page, STRONG, severity_style, side_style};
use crate::report::phrases::counted;
use crate::wire::report::{ControlStatus, Gap, Report};

/// Documents that go by another name, what follows from the names, and what stayed alone.
pub(super) fn alignment(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let alignment = &report.alignment;
    if !alignment.renamed.is_empty() {
        page.heading(&format!("By another name ({})", alignment.renamed.len()))?;
    }
    for renamed in &alignment.renamed {
        let line = page
            .line(2)
            .add(STRONG, &renamed.names.blue)
            .add(PLAIN, " -> ")
            .add(STRONG, &renamed.names.green)
            .add(FAINT, &format!("  {} % alike, by {}", renamed.score, renamed.ground));
        page.print(line)?;
    }
    consequences(report).iter().try_for_each(|text| page.prose(2, "", text))
}

/// What is wrong with the organisation's own policy files.
pub(super) fn hygiene(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    if report.hygiene.is_empty() {
        return Ok(());
    }
    page.heading(&format!("Policy files to tidy ({})", report.hygiene.len()))?;
    let mut hidden = 0_usize;
    for record in &report.hygiene {
        if !is_shown(record.severity, page.options.min_severity) {
            hidden = hidden.saturating_add(1);
            continue;
        }
        let line = page
            .line(2)
            .column(severity_style(record.severity), record.severity.name(), 10)
            .add(STRONG, &record.rule)
            .add(PLAIN, "  ")
            .add(PLAIN, &record.subject);
        page.print(line)?;
        page.prose(12, "", &record.message)?;
    }
    findings::hidden(page, hidden)
}

/// What was not evaluated, by reason.
pub(super) fn gaps(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    if report.gaps.is_empty() {
        return Ok(());
    }
    page.heading(&format!("Not evaluated ({})", report.gaps.len()))?;
    let mut reasons: BTreeMap<&str, Vec<&Gap>> = BTreeMap::new();
    for gap in &report.gaps {
        reasons.entry(&gap.reason).or_default().push(gap);
    }
    for (reason, gaps) in reasons {
        let line = page.line(2).add(STRONG, reason).add(PLAIN, &format!(" ({})", gaps.len()));
        page.print(line)?;
        for gap in gaps {
            let at =
                gap.line.map_or_else(|| gap.file.clone(), |line| format!("{}:{line}", gap.file));
            let line = page
                .label(side_style(gap.side), gap.side.name())
                .add(PLAIN, &at)
                .add(FAINT, if gap.accepted { "  accepted by the policy" } else { "" });
            page.print(line)?;
            page.explained("", &gap.message)?;
        }
    }
    Ok(())
}

/// What became of every object found, and whether the sums agree.
pub(super) fn accounting(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    page.heading("Accounting")?;
    let titles = format!(
        "{:7}{:>9}{:>11}{:>11}{:>15}",
        "", "found", "compared", "excluded", "not evaluated"
    );
    let line = page.line(2).add(FAINT, &titles);
    page.print(line)?;
    for (side, sums) in report.accounting.sides() {
        let counts =
            format!("{:>9}{:>11}{:>11}{:>15}", sums.found, sums.compared, sums.excluded, sums.gaps);
        let line = page.line(2).column(side_style(side), side.name(), 7).add(PLAIN, &counts);
        page.print(line)?;
    }
    for (side, _) in report.accounting.sides().into_iter().filter(|(_, sums)| !sums.agrees()) {
        let line = page.line(2).add(
            STRONG,
            &format!("the sums of {side} do not agree: do not trust this report, and report it"),
        );
        page.print(line)?;
    }
    let inputs = [&report.inputs.blue, &report.inputs.green];
    if inputs.iter().any(|input| input.masking_key.ephemeral && input.masked > 0) {
        let note = "secrets were masked with a key made for this run: their fingerprints mean \
                    nothing outside it";
        page.prose(2, "", note)?;
    }
    Ok(())
}

/// How many controls came out how.
pub(super) fn controls(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    if report.controls.is_empty() {
        return Ok(());
    }
    page.heading(&format!("Controls ({})", report.controls.len()))?;
    for status in ControlStatus::ALL {
        let names: Vec<&str> = report
            .controls
            .iter()
            .filter(|control| control.status == status)
            .map(|control| control.control.as_str())
            .collect();
        if names.is_empty() {
            continue;
        }
        let head = format!("{:>4} {:13}", names.len(), status.name());
        let is_named = page.options.detail == Detail::Full
            || matches!(status, ControlStatus::Gap | ControlStatus::Exception);
        page.prose(2, &head, &if is_named { names.join(", ") } else { String::new() })?;
    }
    let unknown = report.rules.iter().fold(0_u64, |sum, rule| sum.saturating_add(rule.unknown));
    if unknown > 0 {
        let subjects = counted(unknown, "subject");
        page.prose(2, "", &format!("rules could not be decided on {subjects}"))?;
    }
    Ok(())
}

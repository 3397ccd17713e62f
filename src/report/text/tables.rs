//! What is counted or listed besides findings.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use super::findings;
use crate::report::Detail;
use crate::report::alignment::consequences;
use crate::report::chapter::is_shown;
use crate::report::controls::{Row, groups};
use crate::report::page::{FAINT, PLAIN, Page, STRONG, severity_style, side_style};
use crate::report::phrases::counted;
use crate::wire::report::{ControlStatus, Gap, Report};

/// How many controls are listed one by one.
const CONTROLS_MAX: usize = 20;

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

/// What the rules say about controls, by framework; each that is open or waived with its title and
/// how many subjects it was evaluated on.
pub(super) fn controls(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    if report.controls.is_empty() {
        return Ok(());
    }
    page.heading(&format!("Controls ({})", report.controls.len()))?;
    let groups = groups(report);
    let width = groups.iter().map(|group| group.id.len()).max().unwrap_or(0);
    for group in &groups {
        let counts = ControlStatus::ALL
            .map(|status| format!("{} {}", group.count(status), status.name().replace('-', " ")));
        let of = |base: &str| format!(" (derived from {base}: supporting at most)");
        let claim = group.base.map_or_else(String::new, of);
        let line = page.line(2).column(PLAIN, group.id, width + 2).add(PLAIN, &counts.join(", "));
        page.print(line.add(FAINT, &claim))?;
    }
    let is_told = |row: &&Row<'_>| {
        page.options.detail == Detail::Full
            || matches!(row.sum.status, ControlStatus::Gap | ControlStatus::Exception)
    };
    let own = groups.iter().filter(|group| group.base.is_none());
    let told: Vec<&Row<'_>> = own.flat_map(|group| &group.rows).filter(is_told).collect();
    let shown = if page.options.detail == Detail::Full { told.len() } else { CONTROLS_MAX };
    for row in told.iter().take(shown) {
        let line = page
            .line(2)
            .column(PLAIN, row.sum.status.name(), 13)
            .add(STRONG, &row.sum.control)
            .add(PLAIN, &format!("  {}", row.title))
            .add(FAINT, &format!(": {}", outcome(row)));
        page.print(line)?;
    }
    if let Some(hidden) = told.len().checked_sub(shown).filter(|hidden| *hidden > 0) {
        page.prose(2, "", &format!("and {hidden} more, listed with -v"))?;
    }
    let unknown = report.rules.iter().fold(0_u64, |sum, rule| sum.saturating_add(rule.unknown));
    if unknown > 0 {
        let subjects = counted(unknown, "subject");
        page.prose(2, "", &format!("rules could not be decided on {subjects}"))?;
    }
    Ok(())
}

/// On how many subjects a control was evaluated, and what came out.
fn outcome(row: &Row<'_>) -> String {
    let mut text = format!("{} evaluated", counted(row.evaluated(), "subject"));
    for (count, word) in [
        (row.sum.failed, "failed"),
        (row.sum.unknown, "undecided"),
        (row.sum.open, "open"),
        (row.sum.waived, "waived"),
    ] {
        if count > 0 {
            // Formatting into a text does not fail.
            let _ = write!(text, ", {count} {word}");
        }
    }
    text
}

//! A table for a spreadsheet: one row for each finding, gap and record of the policy.
//!
//! Every field is quoted. One that a spreadsheet would take for a formula begins with `'`, which
//! shows it as text.

use std::io;

use super::alignment::{consequences, renamed};
use super::reasons::reasons;
use super::records::{Record, records};
use super::{RenderOptions, Renderer};
use crate::wire::report::{Direction, Place, Report, Side};

/// A table for a spreadsheet.
pub(super) static CSV: Csv = Csv;

pub(super) struct Csv;

const COLUMNS: [&str; 27] = [
    "kind",
    "id",
    "instance",
    "standing",
    "severity",
    "rule",
    "title",
    "message",
    "remediation",
    "controls",
    "resource",
    "path",
    "blue_file",
    "blue_line",
    "blue_column",
    "blue_value",
    "green_file",
    "green_line",
    "green_column",
    "green_value",
    "direction",
    "group",
    "waiver",
    "approved_by",
    "expires",
    "baseline",
    "decided",
];

impl Renderer for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn about(&self) -> &'static str {
        "A table of findings, gaps and policy records, in which no field is a formula."
    }

    fn render(
        &self,
        report: &Report,
        options: &RenderOptions,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        row(out, &COLUMNS.map(str::to_owned))?;
        row(out, &whole(report, options))?;
        for sentence in [renamed(report), consequences(report)].concat() {
            let mut cells = empty("name");
            set(&mut cells, "message", sentence);
            row(out, &cells)?;
        }
        records(report).iter().try_for_each(|record| row(out, &cells(record)))
    }
}

/// The report itself, as the first row.
fn whole(report: &Report, options: &RenderOptions) -> Vec<String> {
    let mut cells = empty("report");
    set(&mut cells, "id", report.inputs.green.digest.sha256.clone());
    set(&mut cells, "standing", report.verdict.name().to_owned());
    set(&mut cells, "title", format!("driftseal {}: {}", report.engine.version, report.verdict));
    let said = [vec![options.seal.said()], reasons(report)].concat();
    set(&mut cells, "message", said.join("; "));
    cells
}

fn cells(record: &Record<'_>) -> Vec<String> {
    let mut cells = empty(record.kind);
    set(&mut cells, "id", record.id.clone());
    set(&mut cells, "standing", record.standing.name().to_owned());
    set(&mut cells, "severity", record.severity.name().to_owned());
    set(&mut cells, "rule", record.rule.clone());
    set(&mut cells, "title", record.title.clone());
    set(&mut cells, "message", record.message.clone());
    set(&mut cells, "remediation", record.remediation.clone());
    set(&mut cells, "controls", record.controls.join(" "));
    let Some(finding) = record.finding else {
        set(&mut cells, "green_file", record.spot.file.clone());
        set(&mut cells, "green_line", record.spot.line.to_string());
        return cells;
    };
    set(&mut cells, "instance", finding.instance.clone());
    set(&mut cells, "resource", finding.resource.clone());
    set(&mut cells, "path", finding.path.clone());
    for ((side, place), (_, value)) in
        finding.places.sides().into_iter().zip(finding.values.sides())
    {
        let (file, line, column, shown) = columns(side);
        set(&mut cells, file, place.as_ref().map(|one| one.file.clone()).unwrap_or_default());
        let number = |of: fn(&Place) -> Option<u32>| {
            place.as_ref().and_then(of).map(|number| number.to_string()).unwrap_or_default()
        };
        set(&mut cells, line, number(|one| one.line));
        set(&mut cells, column, number(|one| one.column));
        set(&mut cells, shown, value.clone().unwrap_or_default());
    }
    set(&mut cells, "direction", finding.direction.map_or("", Direction::name).to_owned());
    set(&mut cells, "group", finding.group.clone());
    if let Some(waiver) = &finding.waiver {
        set(&mut cells, "waiver", format!("{} ({})", waiver.id, waiver.status));
        set(&mut cells, "approved_by", waiver.approved_by.join(" "));
        set(&mut cells, "expires", waiver.expires.clone());
    }
    let baseline = finding.baseline.as_ref().map(|mark| mark.status.clone());
    set(&mut cells, "baseline", baseline.unwrap_or_default());
    set(&mut cells, "decided", record.decided.join("; "));
    cells
}

const fn columns(side: Side) -> (&'static str, &'static str, &'static str, &'static str) {
    match side {
        Side::Blue => ("blue_file", "blue_line", "blue_column", "blue_value"),
        Side::Green => ("green_file", "green_line", "green_column", "green_value"),
    }
}

fn empty(kind: &str) -> Vec<String> {
    let mut cells = vec![String::new(); COLUMNS.len()];
    set(&mut cells, "kind", kind.to_owned());
    cells
}

fn set(cells: &mut [String], column: &str, text: String) {
    let at = COLUMNS.iter().position(|known| *known == column);
    if let Some(cell) = at.and_then(|at| cells.get_mut(at)) {
        *cell = text;
    }
}

fn row(out: &mut dyn io::Write, cells: &[String]) -> io::Result<()> {
    let fields: Vec<String> = cells.iter().map(|cell| field(cell)).collect();
    write!(out, "{}\r\n", fields.join(","))
}

/// One field: on its line, quoted, no formula.
fn field(text: &str) -> String {
    let text = super::escape(text, false);
    let is_formula = text
        .trim_start()
        .starts_with(['=', '+', '-', '@', '|', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    format!("\"{}{}\"", if is_formula { "'" } else { "" }, text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn no_field_is_a_formula_ends_or_breaks_a_row() {
        assert_eq!(field("=cmd|' /C calc'!A0"), "\"'=cmd|' /C calc'!A0\"");
        assert_eq!(field(" +1\",=x\n=y"), "\"' +1\"\",=x\\n=y\"");
        assert_eq!(field("\u{ff1d}1"), "\"'\u{ff1d}1\"");
        assert_eq!(field("a=b, c"), "\"a=b, c\"");
    }
}

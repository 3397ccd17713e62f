//! TAP 14, the Test Anything Protocol: a test point for each record, and one for the verdict.

use std::io;

use super::alignment::{consequences, renamed};
use super::reasons::reasons;
use super::records::{Record, Standing, records};
use super::{RenderOptions, Renderer};
use crate::wire::report::{Report, Verdict};

/// Test points.
pub(super) static TAP: Tap = Tap;

pub(super) struct Tap;

impl Renderer for Tap {
    fn name(&self) -> &'static str {
        "tap"
    }

    fn about(&self) -> &'static str {
        "TAP 14: a test point for the verdict and for each finding, gap and policy record."
    }

    fn render(
        &self,
        report: &Report,
        options: &RenderOptions,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let records = records(report);
        writeln!(out, "TAP version 14\n1..{}", records.len().saturating_add(1))?;
        writeln!(out, "# driftseal: {}", comment(&options.seal.said()))?;
        for sentence in [reasons(report), renamed(report), consequences(report)].concat() {
            writeln!(out, "# {}", comment(&sentence))?;
        }
        let ok = if report.verdict == Verdict::Pass { "ok" } else { "not ok" };
        writeln!(out, "{ok} 1 - verdict {} (exit {})", report.verdict, report.exit)?;
        for (nth, record) in (2_usize..).zip(&records) {
            point(out, nth, record)?;
        }
        Ok(())
    }
}

fn point(out: &mut dyn io::Write, nth: usize, record: &Record<'_>) -> io::Result<()> {
    let (ok, directive) = match record.standing {
        Standing::Blocking | Standing::Unevaluated => ("not ok", ""),
        Standing::New => ("not ok", " # TODO below the threshold"),
        Standing::Inherited => ("not ok", " # TODO inherited: blue has it too"),
        Standing::Policy => ("not ok", " # TODO tidy the policy"),
        Standing::Waived => ("ok", " # SKIP waived by the policy"),
        Standing::Baselined => ("ok", " # SKIP in the baseline"),
        Standing::Accepted => ("ok", " # SKIP accepted by the policy"),
        Standing::Resolved => ("ok", ""),
    };
    let name = format!("{} {} [{}]", record.rule, record.title, record.id);
    writeln!(out, "{ok} {nth} - {}{directive}", name_of(&name))?;
    let place = format!("{}:{}", record.spot.file, record.spot.line);
    let decided = record.decided.join("; ");
    let rows = [
        ("severity", record.severity.name()),
        ("standing", record.standing.name()),
        ("message", &record.message),
        ("at", &place),
        ("decided", &decided),
        ("do", &record.remediation),
    ];
    writeln!(out, "  ---")?;
    for (key, text) in rows.iter().filter(|(_, text)| !text.is_empty()) {
        writeln!(out, "  {key}: {}", quoted(text))?;
    }
    writeln!(out, "  ...")
}

/// A description: no directive begins in it.
fn name_of(text: &str) -> String {
    super::escape(text, false).replace('\\', "\\\\").replace('#', "\\#")
}

fn comment(text: &str) -> String {
    super::escape(text, false)
}

/// A text in YAML's single quotes, in which nothing but a quote has a meaning.
fn quoted(text: &str) -> String {
    format!("'{}'", super::escape(text, false).replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::TAP;
    use crate::model;
    use crate::report::{RenderOptions, Renderer};
    use crate::wire::report::{Report, sample};

    fn written(report: &model::Report) -> String {
        let mut out = Vec::new();
        TAP.render(&Report::from(report.clone()), &RenderOptions::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_plan_is_kept_and_only_what_counts_fails() {
        let text = written(&sample::report());
        assert!(text.starts_with("TAP version 14\n1..12\n"), "{text}");
        let points: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("ok ") || line.starts_with("not ok "))
            .collect();
        assert_eq!(points.len(), 12);
        let failed =
            points.iter().filter(|line| line.starts_with("not ok ") && !line.contains(" # TODO "));
        assert_eq!(failed.count(), 1 + 2 + 2);
    }

    #[test]
    fn no_title_is_a_directive_or_a_point() {
        let mut report = sample::report();
        "x # SKIP y\nok 3 - z".clone_into(&mut report.findings[0].title);
        let text = written(&report);
        assert!(text.contains("not ok 2 - DS-TRC-003 x \\# SKIP y\\\\nok 3 - z ["), "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with("ok 3")).count(), 0);
    }
}

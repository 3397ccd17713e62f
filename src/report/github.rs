//! Annotations for the log of a GitHub Actions step.
//!
//! GitHub shows ten errors, ten warnings and ten notices of a step. The ten that matter most are
//! written, as errors; one notice says the verdict and how many more there are. Every line of the
//! output is a command of ours: what others wrote stands behind `::` and is escaped, so it can
//! neither end its line nor begin a command. The summary of a step takes `-o markdown`.

use std::io;

use super::reasons::reasons;
use super::records::{Record, Standing, records};
use super::{Coverage, RenderOptions, Renderer};
use crate::wire::report::Report;

/// Annotations for the log of a step.
pub(super) static GITHUB: Github = Github;

pub(super) struct Github;

/// How many errors of a step are shown.
const SHOWN_MAX: usize = 10;

/// Characters of a message that are read.
const MESSAGE_CHARS_MAX: usize = 2_000;

impl Renderer for Github {
    fn name(&self) -> &'static str {
        "github"
    }

    fn about(&self) -> &'static str {
        "Annotations of a GitHub Actions step: the ten that matter most, and how many more."
    }

    fn coverage(&self) -> Coverage {
        Coverage::Worst
    }

    fn render(
        &self,
        report: &Report,
        options: &RenderOptions,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let records = records(report);
        let urgent: Vec<&Record<'_>> = records.iter().filter(|one| is_urgent(one)).collect();
        let shown = urgent.len().min(SHOWN_MAX);
        for record in urgent.iter().take(SHOWN_MAX) {
            annotate(out, record)?;
        }
        let mut said = vec![options.seal.said()];
        said.extend(reasons(report));
        said.push(rest(&records, shown));
        said.extend(excused(&records));
        let title = format!("driftseal: {} (exit {})", report.verdict, report.exit);
        let engine = format!("driftseal {}", report.engine.version);
        writeln!(
            out,
            "::notice title={}::{}. {}",
            property(&title),
            data(&said.join(". ")),
            data(&engine)
        )
    }
}

/// Whether it keeps green from the traffic.
const fn is_urgent(record: &Record<'_>) -> bool {
    matches!(record.standing, Standing::Blocking | Standing::Unevaluated)
}

fn annotate(out: &mut dyn io::Write, record: &Record<'_>) -> io::Result<()> {
    let mut properties =
        vec![format!("title={}", property(&format!("{} {}", record.rule, record.title)))];
    if record.is_placed {
        properties.push(format!("file={}", property(&record.spot.file)));
        properties.push(format!("line={}", record.spot.line));
        if let Some(end) = record.spot.end_line {
            properties.push(format!("endLine={end}"));
        }
        if let Some(column) = record.spot.column {
            properties.push(format!("col={column}"));
        }
    }
    let mut message = format!("{}: {}", record.severity, record.message);
    if !record.remediation.is_empty() {
        message = format!("{message}. Do: {}", record.remediation);
    }
    let message: String = message.chars().take(MESSAGE_CHARS_MAX).collect();
    let message = format!("{message} [{}]", record.id);
    writeln!(out, "::error {}::{}", properties.join(","), data(&message))
}

/// How many of each kind stand in the report and not here.
fn rest(records: &[Record<'_>], shown: usize) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    let mut left = shown;
    for record in records {
        if is_urgent(record) && left > 0 {
            left = left.saturating_sub(1);
            continue;
        }
        let name = record.standing.name();
        match counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => counts.push((name, 1)),
        }
    }
    let words: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    if words.is_empty() {
        "Nothing else is in the report".to_owned()
    } else {
        format!("More in the report: {}", words.join(", "))
    }
}

/// Who accepted what, until when; the first ones, and how many more.
fn excused(records: &[Record<'_>]) -> Vec<String> {
    let is_excused = |record: &&Record<'_>| {
        matches!(record.standing, Standing::Waived | Standing::Baselined)
            && !record.decided.is_empty()
    };
    let all: Vec<&Record<'_>> = records.iter().filter(is_excused).collect();
    let told = all.iter().take(SHOWN_MAX);
    let mut said: Vec<String> =
        told.map(|record| format!("{}: {}", record.rule, record.decided.join("; "))).collect();
    if all.len() > SHOWN_MAX {
        said.push(format!("Others that were excused stand in the report, {} in all", all.len()));
    }
    said
}

/// The text of a command.
fn data(text: &str) -> String {
    let text = super::escape(text, false);
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::GITHUB;
    use crate::report::{RenderOptions, Renderer};
    use crate::wire::report::{Report, sample};

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        GITHUB.render(report, &RenderOptions::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_blocks_is_annotated_at_its_place_and_the_rest_is_counted() {
        let text = written(&Report::from(sample::report()));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2 + 2 + 1, "{text}");
        let first = "::error title=DS-TRC-003 Title of DS-TRC-003,\
                     file=deploy/blue/apps/checkout.yaml,line=41,col=20::critical: ";
        assert!(lines[0].starts_with(first), "{text}");
        assert!(lines[4].contains(
            "1 new, 1 waived, 1 baselined, 1 inherited, 1 accepted, 1 policy, 1 resolved"
        ));
    }

    #[test]
    fn ten_are_shown_and_the_others_are_counted() {
        let mut report = Report::from(sample::report());
        let first = report.findings[0].clone();
        report.findings.extend((0..30).map(|_| first.clone()));
        let text = written(&report);
        assert_eq!(text.matches("::error ").count(), 10);
        assert!(text.contains("22 blocking, 2 not-evaluated"), "{text}");
    }

    #[test]
    fn no_text_is_a_command_or_a_property() {
        let hostile = "x\n::stop-commands::y\r%0A::error::z,line=9::q";
        let mut report = sample::report();
        for finding in &mut report.findings {
            hostile.clone_into(&mut finding.title);
            hostile.clone_into(&mut finding.message);
            hostile.clone_into(&mut finding.rule.0);
            if let Some(place) = &mut finding.places.blue {
                hostile.clone_into(&mut place.file);
            }
        }
        let text = written(&Report::from(report.clone()));
        for line in text.lines() {
            assert!(
                line.starts_with("::error title=") || line.starts_with("::notice title="),
                "{line}"
            );
            let (head, _) = line.get(2..).unwrap().split_once("::").unwrap();
            assert!(!head.contains(",line=9"), "{line}");
        }
        assert!(!text.contains("%0A"));
    }
}

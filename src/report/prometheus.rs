//! Metrics for the textfile collector of Prometheus' node exporter: counts of everything.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use super::{Coverage, RenderOptions, Renderer, Seal};
use crate::wire::report::{ControlStatus, Disposition, Report, Severity, State, Verdict};

/// Metrics for a text file.
pub(super) static PROMETHEUS: Prometheus = Prometheus;

pub(super) struct Prometheus;

impl Renderer for Prometheus {
    fn name(&self) -> &'static str {
        "prometheus"
    }

    fn about(&self) -> &'static str {
        "Counts of everything, for Prometheus' textfile collector."
    }

    fn coverage(&self) -> Coverage {
        Coverage::Counts
    }

    fn render(
        &self,
        report: &Report,
        options: &RenderOptions,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let mut metrics = Metrics::default();
        whole(&mut metrics, report, options);
        findings(&mut metrics, report);
        others(&mut metrics, report);
        policy(&mut metrics, report);
        out.write_all(metrics.out.as_bytes())
    }
}

/// Samples in the making.
#[derive(Default)]
struct Metrics {
    out: String,
}

impl Metrics {
    /// Adds one gauge with all its samples: labels, and a whole number.
    fn gauge(&mut self, name: &str, help: &str, samples: &[(&[(&str, &str)], u64)]) {
        // Formatting into a text does not fail.
        let _ = writeln!(self.out, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in samples {
            let labels: Vec<String> = labels
                .iter()
                .map(|(label, text)| format!("{label}=\"{}\"", quoted(text)))
                .collect();
            let labels =
                if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let _ = writeln!(self.out, "{name}{labels} {value}");
        }
    }
}

fn whole(metrics: &mut Metrics, report: &Report, options: &RenderOptions) {
    let version = report.engine.version.as_str();
    let labels = [("version", version), ("threshold", report.threshold.name())];
    metrics.gauge("driftseal_report_info", "The report these numbers are of.", &[(&labels, 1)]);
    let applies = |verdict: Verdict| {
        u64::from(verdict == report.verdict || report.verdicts.contains(&verdict))
    };
    let rows =
        Verdict::ALL.iter().map(|verdict| ([("verdict", verdict.name())], applies(*verdict)));
    let rows: Vec<_> = rows.collect();
    samples(metrics, "driftseal_verdict", "Whether a verdict applies.", &rows);
    let exit = [(&[][..], u64::from(report.exit))];
    metrics.gauge("driftseal_exit_code", "The exit code that says the verdict.", &exit);
    if let Some(seconds) = seconds(&report.evaluated_at) {
        let name = "driftseal_evaluated_timestamp_seconds";
        metrics.gauge(name, "When everything was judged.", &[(&[], seconds)]);
    }
    let seals = [
        ("not-signed", matches!(options.seal, Seal::NotSigned(_))),
        ("signed", matches!(options.seal, Seal::SignedBy(_))),
        ("not-verified", matches!(options.seal, Seal::NotVerified(_))),
    ];
    let rows: Vec<_> =
        seals.iter().map(|(name, is)| ([("state", *name)], u64::from(*is))).collect();
    samples(metrics, "driftseal_seal", "What is known about the signature.", &rows);
}

fn findings(metrics: &mut Metrics, report: &Report) {
    let mut rows = Vec::new();
    for state in State::ALL {
        for disposition in Disposition::ALL {
            for severity in Severity::ALL {
                let count = report.findings.iter().filter(|one| {
                    (one.state, one.disposition, one.severity) == (*state, *disposition, *severity)
                });
                let labels = [
                    ("state", state.name()),
                    ("disposition", disposition.name()),
                    ("severity", severity.name()),
                ];
                rows.push((labels, count.count() as u64));
            }
        }
    }
    samples(metrics, "driftseal_findings", "Findings.", &rows);
    let blocking = report.findings.iter().filter(|one| one.blocks(report.threshold)).count() as u64;
    metrics.gauge(
        "driftseal_findings_blocking",
        "Findings that fail the gate.",
        &[(&[], blocking)],
    );
}

fn others(metrics: &mut Metrics, report: &Report) {
    let mut gaps: BTreeMap<[&str; 3], u64> = BTreeMap::new();
    for gap in &report.gaps {
        let accepted = if gap.accepted { "true" } else { "false" };
        let count = gaps.entry([gap.side.name(), &gap.reason, accepted]).or_default();
        *count = count.saturating_add(1);
    }
    let rows: Vec<_> = gaps
        .iter()
        .map(|([side, reason, accepted], count)| {
            ([("side", *side), ("reason", *reason), ("accepted", *accepted)], *count)
        })
        .collect();
    samples(metrics, "driftseal_gaps", "Places that were not evaluated.", &rows);
    let rows: Vec<_> = Severity::ALL
        .iter()
        .map(|severity| {
            let own = report.hygiene.iter().filter(|one| one.severity == *severity);
            ([("severity", severity.name())], own.count() as u64)
        })
        .collect();
    samples(metrics, "driftseal_policy_records", "Records of the policy to tidy.", &rows);
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for row in &report.summary.changes {
        let count = kinds.entry(&row.kind).or_default();
        *count = count.saturating_add(row.count);
    }
    let rows: Vec<_> = kinds.iter().map(|(kind, count)| ([("kind", *kind)], *count)).collect();
    samples(metrics, "driftseal_differences", "Differences by what explains them.", &rows);
    let mut rows = Vec::new();
    for (side, sums) in report.accounting.sides() {
        let counts = [
            ("found", sums.found),
            ("compared", sums.compared),
            ("excluded", sums.excluded),
            ("not-evaluated", sums.gaps),
        ];
        rows.extend(
            counts.map(|(what, count)| ([("side", side.name()), ("outcome", what)], count)),
        );
    }
    samples(metrics, "driftseal_objects", "What became of every object.", &rows);
    let mut rows = Vec::new();
    let summary = &report.trace.summary;
    for (side, ends) in [("blue", summary.blue), ("green", summary.green)] {
        let counts = [
            ("backend", ends.backend),
            ("dark", ends.dark),
            ("broken", ends.broken),
            ("unresolved", ends.unresolved),
        ];
        rows.extend(counts.map(|(end, count)| ([("side", side), ("end", end)], count)));
    }
    samples(metrics, "driftseal_trace_services", "How the ways of services end.", &rows);
    let rows: Vec<_> = ControlStatus::ALL
        .iter()
        .map(|status| {
            let own = report.controls.iter().filter(|control| control.status == *status);
            ([("status", status.name())], own.count() as u64)
        })
        .collect();
    samples(metrics, "driftseal_controls", "Controls by what was evaluated.", &rows);
}

/// Waivers with their ends, and the baseline.
fn policy(metrics: &mut Metrics, report: &Report) {
    if !report.waivers.is_empty() {
        let people: Vec<String> =
            report.waivers.iter().map(|waiver| waiver.approved_by.join(", ")).collect();
        let rows: Vec<_> = report
            .waivers
            .iter()
            .zip(&people)
            .map(|(waiver, people)| {
                let labels = [
                    ("id", waiver.id.as_str()),
                    ("status", waiver.status.as_str()),
                    ("rule", waiver.rule.as_str()),
                    ("approved_by", people.as_str()),
                ];
                (labels, seconds(&waiver.expires).unwrap_or_default())
            })
            .collect();
        let name = "driftseal_waiver_expires_timestamp_seconds";
        samples(metrics, name, "When a waiver ends.", &rows);
    }
    if let Some(baseline) = &report.baseline {
        let rows = [
            ("unchanged", baseline.unchanged),
            ("worsened", baseline.worsened),
            ("fixed", baseline.fixed),
            ("new", baseline.new),
        ];
        let rows: Vec<_> = rows.map(|(standing, count)| ([("standing", standing)], count)).into();
        samples(metrics, "driftseal_baseline_findings", "Findings beside the baseline.", &rows);
    }
    if let Some(gate) = &report.gate {
        let rows: Vec<_> = gate
            .evidence
            .iter()
            .map(|one| ([("kind", one.kind.as_str())], u64::from(one.present)))
            .collect();
        if !rows.is_empty() {
            let name = "driftseal_required_evidence";
            samples(metrics, name, "Whether required evidence is there.", &rows);
        }
    }
}

fn samples<const N: usize>(
    metrics: &mut Metrics,
    name: &str,
    help: &str,
    rows: &[([(&str, &str); N], u64)],
) {
    let rows: Vec<(&[(&str, &str)], u64)> =
        rows.iter().map(|(labels, count)| (labels.as_slice(), *count)).collect();
    metrics.gauge(name, help, &rows);
}

fn seconds(instant: &str) -> Option<u64> {
    let instant: jiff::Timestamp = instant.parse().ok()?;
    u64::try_from(instant.as_second()).ok()
}

/// The value of a label.
fn quoted(text: &str) -> String {
    super::escape(text, false).replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::PROMETHEUS;
    use crate::report::{RenderOptions, Renderer, Seal};
    use crate::wire::report::{Report, sample};

    fn written(report: &Report, options: &RenderOptions) -> String {
        let mut out = Vec::new();
        PROMETHEUS.render(report, options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn everything_is_counted() {
        let report = Report::from(sample::report());
        let text = written(&report, &RenderOptions::default());
        let sum = |name: &str| {
            let lines = text.lines().filter(|line| line.starts_with(name));
            lines
                .map(|line| line.rsplit(' ').next().unwrap().parse::<usize>().unwrap())
                .sum::<usize>()
        };
        assert_eq!(sum("driftseal_findings{"), report.findings.len());
        assert_eq!(sum("driftseal_findings_blocking"), 2);
        assert_eq!(sum("driftseal_gaps{"), report.gaps.len());
        assert_eq!(sum("driftseal_policy_records{"), report.hygiene.len());
        assert_eq!(sum("driftseal_evaluated_timestamp_seconds"), 1_767_323_045);
        assert!(text.contains("driftseal_verdict{verdict=\"inconclusive\"} 1\n"));
        assert!(text.contains("driftseal_verdict{verdict=\"fail\"} 1\n"));
    }

    #[test]
    fn a_label_ends_where_it_should_and_the_seal_is_told() {
        let mut report = Report::from(sample::report());
        "x\"} 7\ny 1\\".clone_into(&mut report.gaps[0].reason);
        let seal = Seal::NotVerified("--unverified".to_owned());
        let text = written(&report, &RenderOptions { seal, ..RenderOptions::default() });
        assert!(text.contains("reason=\"x\\\"} 7\\\\ny 1\\\\\""), "{text}");
        assert!(text.contains("driftseal_seal{state=\"not-verified\"} 1\n"));
    }
}

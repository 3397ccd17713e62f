//! Why a verdict is what it is.

use std::collections::BTreeMap;

use super::meaning;
use super::phrases::counted;
use crate::model::{Disposition, Effect, Terms};
use crate::policy::Phase;
use crate::policy::gate::{Weighing, weigh};
use crate::wire::report::{Finding, Gate, Report, Severity, SeverityCounts, Threshold, Verdict};

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
    if report.threshold == Threshold::Never && !has_budget(report) {
        reasons.push("no finding can fail this run: the threshold is `never`".to_owned());
    }
    if let Some(gate) = &report.gate {
        reasons.extend(by_policy(report, gate));
    }
    reasons
}

/// Whether the policy lets some findings pass and not others.
fn has_budget(report: &Report) -> bool {
    let budget = report.gate.as_ref().map(|gate| gate.budget);
    budget.is_some_and(|budget| budget.rows().iter().any(|(_, allowed)| allowed.is_some()))
}

/// What else the policy of the gate came to.
fn by_policy(report: &Report, gate: &Gate) -> Vec<String> {
    let mut said = Vec::new();
    if gate.phase != Phase::default().name() {
        said.push(format!("asked in the phase {}", gate.phase));
    }
    for state in &gate.blocking_states {
        let count = report.hygiene.iter().filter(|note| note.rule == *state).count();
        if count > 0 {
            let records = counted(count as u64, "record");
            said.push(format!("the policy lets no {state} pass: {records} of the policy"));
        }
    }
    for (severity, allowed) in gate.budget.rows() {
        let counts = gate.counted.rows().into_iter().find(|(known, _)| *known == severity);
        let count = counts.and_then(|(_, count)| count).unwrap_or_default();
        if let Some(allowed) = allowed.filter(|allowed| *allowed > 0 && count > 0) {
            said.push(format!("the budget allows {allowed} {severity}, {count} counted"));
        }
    }
    let excused = |finding: &&Finding| {
        finding.waiver.as_ref().is_some_and(|mark| mark.status == "active")
            || finding.disposition == crate::wire::report::Disposition::Baselined
    };
    if report.findings.iter().any(|finding| excused(&finding)) {
        let counts = &report.summary.findings;
        let without = weighed_without(report, gate, &|finding| excused(&finding));
        said.push(format!(
            "waivers accept {}, the baseline holds {}; without them {} would block",
            counts.waived,
            counts.baselined,
            counted(without, "finding")
        ));
    }
    if !gate.waivers_applied {
        said.push("waivers were not looked at".to_owned());
    }
    said
}

/// How many findings would block if nobody had excused these.
fn weighed_without(report: &Report, gate: &Gate, excused: &dyn Fn(&Finding) -> bool) -> u64 {
    let weighing: Vec<Weighing<'_>> = report
        .findings
        .iter()
        .map(|finding| Weighing {
            state: finding.state.into(),
            disposition: if excused(finding) {
                Disposition::Open
            } else {
                finding.disposition.into()
            },
            severity: finding.severity.into(),
            kind: &finding.kind,
        })
        .collect();
    let weighed = weigh(&Terms::from(gate), &weighing);
    weighed.effects.into_iter().filter(|effect| *effect == Effect::Blocks).count() as u64
}

fn blocking(report: &Report) -> String {
    let mut counts = SeverityCounts::default();
    let mut mildest = Severity::Critical;
    for finding in report.findings.iter().filter(|finding| finding.blocks(report.threshold)) {
        counts.add(finding.severity);
        mildest = mildest.min(finding.severity);
    }
    match counts.total() {
        0 => meaning(Verdict::Fail).to_owned(),
        total if !report.threshold.blocks(mildest) => format!(
            "{} of green over the budget: {}",
            counted(total, "finding"),
            by_severity(counts.rows())
        ),
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

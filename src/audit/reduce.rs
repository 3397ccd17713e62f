//! Adding up the parts: sums, obligations, verdict.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

use super::accounting::account;
use super::pending::Undecided;
use super::sides::judge_sides;
use super::sum::Sum;
use super::{Inputs, ages, causes, content, effective, excerpts, rego};
use crate::model::{
    Accounting, Address, Alignment, BlobError, Change, Decision, Digest, Engine, Explanation,
    Finding, Gap, GapReason, Hygiene, Input, Pair, RenamedName, Report, RuleCounts, RuleId, Shown,
    Side, Snapshot, SourceSummary, Trace, Verdict,
};
use crate::policy::{Ledger, Sitting, Uses};
use crate::trace::{Gathered, Known, Sides};

/// Settles the obligations and judges the sum.
///
/// # Errors
/// Those of reading again what findings point at.
pub(super) fn reduce(
    inputs: Inputs<'_>,
    mut sum: Sum,
    alignment: &Alignment,
) -> Result<Report, BlobError> {
    effective::settle(inputs, &mut sum);
    sum.changes.sort_by(change_order);
    let facts = std::mem::take(&mut sum.trace).map(Gathered::whole);
    let (mut known, bare) = (Known::default(), inputs.snapshots.as_ref().map(bare));
    let sides = Sides::new((&facts, &bare), &mut known, &inputs.policy.colours);
    judge_sides(inputs, &sides, &mut sum)?;
    let gaps = gaps(inputs, &mut sum);
    let accounting = Pair::from_fn(|side| {
        let compared = std::mem::take(sum.compared.get_mut(side));
        account(inputs, side, compared, gaps.get(side))
    });
    let mut gaps = with_arithmetic(gaps, &accounting);
    gaps.green.extend(unspoken(inputs, &sum));
    let present = std::mem::take(&mut sum.evidence);
    let sitting = sitting(inputs, &present);
    // Where nothing is judged, nothing is demanded.
    if !inputs.rules.rules().is_empty() {
        gaps.green.extend(inputs.policy.demands(sitting));
        let stale = ages::stale(inputs);
        gaps.blue.extend(stale.blue);
        gaps.green.extend(stale.green);
    }
    let mut gap_uses = vec![0; inputs.policy.accepted_gaps.len()];
    let gaps = gaps.map(|gaps| accept(inputs, gaps, &mut gap_uses));
    let alignment = aligned(inputs, &mut sum, alignment);
    let mut findings = sum.findings;
    for finding in &mut findings {
        finding.group = group(finding);
    }
    causes::find(inputs, &sides, &mut sum.changes);
    causes::hand_on(&sum.changes, &causes::told_by(inputs), &mut findings);
    let mut settled = inputs.policy.overrule(inputs.now, &mut findings);
    findings.sort_by(finding_order);
    findings.dedup();
    content::bind(inputs, &mut findings)?;
    let is_partial = is_partial(&gaps);
    inputs.policy.settle(sitting, is_partial, &mut findings, &mut settled);
    let counted = inputs.policy.weigh(&mut findings);
    excerpts::cut(inputs, &sum.withheld, &mut findings)?;
    let mut hygiene = hygiene(inputs, &sum.allowance_uses, &gap_uses);
    hygiene.append(&mut settled.hygiene);
    let mut decisions = decisions(inputs, &sum.allowance_uses, &gap_uses);
    decisions.append(&mut settled.decisions);
    let drift = sum.counts.of("unexplained");
    let fails = inputs.policy.fails(&findings, &hygiene);
    let verdicts = verdicts(inputs, is_partial, fails, drift);
    Ok(Report {
        evaluated_at: inputs.now,
        verdict: verdicts.first().copied().unwrap_or(Verdict::Pass),
        verdicts,
        threshold: inputs.policy.threshold(),
        findings,
        hygiene,
        decisions,
        gate: inputs.policy.gate_record(sitting, counted),
        waivers: settled.waivers,
        baseline: settled.baseline,
        alignment,
        changes: sum.changes,
        counts: sum.counts,
        gaps,
        accounting,
        trace: trace(inputs, sides),
        inputs: Pair::from_fn(|side| input(inputs, side)),
        policy: inputs.policy.digest,
        engine: Engine { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        packs: inputs.rules.packs().to_vec(),
        rules: rule_counts(inputs, &sum.rule_counts),
    })
}

/// What the policy is asked beside.
fn sitting<'a>(inputs: Inputs<'a>, present: &'a BTreeSet<String>) -> Sitting<'a> {
    Sitting {
        now: inputs.now,
        packs: inputs.rules.packs(),
        engine: (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")),
        present,
    }
}

/// Whether something was not evaluated, and nobody accepts that.
fn is_partial(gaps: &Pair<Vec<(Gap, bool)>>) -> bool {
    Side::BOTH.iter().any(|side| gaps.get(*side).iter().any(|(_, accepted)| !accepted))
}

/// The files of a side that hold no document and are no gap: nothing stands in them.
fn bare(snapshot: &Snapshot) -> BTreeSet<String> {
    let with_documents: BTreeSet<u32> =
        snapshot.documents.iter().map(|entry| entry.source.0).collect();
    let lost: BTreeSet<&str> = snapshot.gaps.iter().map(|gap| gap.place.as_str()).collect();
    let files = (0_u32..)
        .zip(&snapshot.sources)
        .filter(|(id, source)| !with_documents.contains(id) && !lost.contains(&*source.file));
    files.map(|(_, source)| source.file.to_string()).collect()
}

/// How documents found each other, and how often the names that follow were used.
fn aligned(inputs: Inputs<'_>, sum: &mut Sum, alignment: &Alignment) -> Alignment {
    let mut renamed = std::mem::take(&mut sum.renamed);
    renamed.sort_by(|a, b| address_order(&a.at, &b.at).then_with(|| a.names.cmp(&b.names)));
    let names = inputs.renames.names().into_iter().map(|name| {
        let explanation = Explanation::Colour { token: name.clone() };
        let counted = sum.counts.0.get(&(explanation.kind(), explanation.detail().into_owned()));
        RenamedName { name: name.clone(), uses: counted.copied().unwrap_or_default() }
    });
    Alignment { renamed, names: names.collect(), ..*alignment }
}

/// The way of every service's spans; those that are the same and whole only when asked for.
fn trace(inputs: Inputs<'_>, sides: Sides<'_>) -> Trace {
    let mut trace = sides.compare(&inputs.policy.colours);
    if inputs.policy.ledger != Ledger::Full {
        trace.services.retain(|service| !service.is_healthy());
    }
    trace
}

/// Every gap of a side: those of its snapshot, those of the audit, and undecided rules.
fn gaps(inputs: Inputs<'_>, sum: &mut Sum) -> Pair<Vec<Gap>> {
    let found = std::mem::take(&mut sum.gaps);
    let mut gaps = Pair::from_fn(|side| inputs.snapshots.get(side).gaps.clone());
    gaps.blue.extend(found.blue);
    gaps.green.extend(found.green);
    for undecided in std::mem::take(&mut sum.undecided) {
        let gap = undecided_gap(&undecided);
        gaps.get_mut(undecided.side).push(gap);
    }
    if !inputs.has_one_key() {
        gaps.green.push(Gap {
            place: "masking key".to_owned(),
            span: None,
            line: None,
            reason: GapReason::MaskingKeysDiffer,
            message: "the two sides were masked with different keys, so equal and different \
                      secrets cannot be told apart: take both snapshots with one --masking-key"
                .to_owned(),
        });
    }
    for side in Side::BOTH {
        let list = gaps.get_mut(side);
        list.sort_by(|a, b| {
            (&a.place, a.line, a.reason, &a.message).cmp(&(&b.place, b.line, b.reason, &b.message))
        });
        list.dedup();
    }
    gaps
}

fn undecided_gap(undecided: &Undecided) -> Gap {
    let place = undecided.place.as_ref();
    Gap {
        place: place.map_or_else(String::new, |place| place.file.clone()),
        span: None,
        line: place.and_then(|place| place.line),
        reason: GapReason::RuleUndecided,
        message: format!("rule {} cannot be decided: {}", undecided.rule, undecided.reason),
    }
}

/// A gap where differences are unexplained and no rule of the run speaks about such differences:
/// nothing would turn them into findings.
fn unspoken(inputs: Inputs<'_>, sum: &Sum) -> Option<Gap> {
    let drift = sum.counts.of("unexplained");
    let silent = inputs.rules.rules_for("drift.unexplained").is_empty();
    (drift > 0 && silent && !inputs.rules.rules().is_empty()).then(|| Gap {
        place: "rules".to_owned(),
        span: None,
        line: None,
        reason: GapReason::RuleUndecided,
        message: format!("{drift} unexplained differences, and no rule that speaks about them"),
    })
}

/// Adds a gap where the sums of a side do not agree: something was skipped in silence.
fn with_arithmetic(mut gaps: Pair<Vec<Gap>>, accounting: &Pair<Accounting>) -> Pair<Vec<Gap>> {
    for side in Side::BOTH {
        let sums = accounting.get(side);
        if sums.found != sums.compared + sums.excluded + sums.gaps {
            gaps.get_mut(side).push(Gap {
                place: side.name().to_owned(),
                span: None,
                line: None,
                reason: GapReason::Internal,
                message: format!(
                    "{} objects were found but {} compared, {} excluded and {} are gaps: driftseal \
                     lost some; please report it",
                    sums.found, sums.compared, sums.excluded, sums.gaps
                ),
            });
        }
    }
    gaps
}

fn accept(inputs: Inputs<'_>, gaps: Vec<Gap>, uses: &mut [u64]) -> Vec<(Gap, bool)> {
    let accepted = |gap: &Gap| {
        let records = &inputs.policy.accepted_gaps;
        records.iter().position(|record| record.accepts(gap, inputs.now))
    };
    gaps.into_iter()
        .map(|gap| {
            let by = accepted(&gap);
            if let Some(count) = by.and_then(|index| uses.get_mut(index)) {
                *count = count.saturating_add(1);
            }
            (gap, by.is_some())
        })
        .collect()
}

/// Findings of one cause: the same rule and the same two values; where one side has none, also
/// the same place within its resource.
fn group(finding: &Finding) -> String {
    let last = finding.at.path.0.last().map(|step| format!("{step:?}")).unwrap_or_default();
    let value = |value: &Option<Shown>| value.as_ref().map_or("", |shown| &shown.0).to_owned();
    let values = finding.values.as_ref().map(value);
    let place =
        if values.blue.is_empty() || values.green.is_empty() { last } else { String::new() };
    let parts = [&finding.rule.0, &place, &values.blue, &values.green];
    format!("dsg1:{}", Digest::of_parts(parts.map(String::as_bytes)).short(16))
}

/// Worst and newest first, then by rule and place.
fn finding_order(a: &Finding, b: &Finding) -> Ordering {
    let cause = |finding: &Finding| (finding.state, Reverse(finding.severity));
    cause(a)
        .cmp(&cause(b))
        .then_with(|| a.rule.cmp(&b.rule))
        .then_with(|| address_order(&a.at, &b.at))
        .then_with(|| (&a.places, &a.message).cmp(&(&b.places, &b.message)))
}

fn change_order(a: &Change, b: &Change) -> Ordering {
    address_order(&a.at, &b.at).then_with(|| (a.edit, &a.places).cmp(&(b.edit, &b.places)))
}

/// By resource, then by path as it is written.
fn address_order(a: &Address, b: &Address) -> Ordering {
    let resources = a.resource.cmp(&b.resource);
    resources.then_with(|| a.path.to_string().cmp(&b.path.to_string()))
}

/// Every verdict that applies, the one that decides first.
fn verdicts(inputs: Inputs<'_>, is_partial: bool, fails: bool, unexplained: u64) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    if is_partial {
        verdicts.push(Verdict::Inconclusive);
    }
    // Without rules nobody turns differences into findings; drift is drift all the same.
    let drift = inputs.rules.rules().is_empty() && unexplained > 0;
    if drift || fails {
        verdicts.push(Verdict::Fail);
    }
    if verdicts.is_empty() {
        verdicts.push(Verdict::Pass);
    }
    verdicts
}

fn hygiene(inputs: Inputs<'_>, uses: &BTreeMap<usize, Uses>, gap_uses: &[u64]) -> Vec<Hygiene> {
    let allowances = inputs.policy.allowances.iter().enumerate().flat_map(|(index, allowance)| {
        allowance.hygiene(uses.get(&index).copied().unwrap_or_default(), inputs.now)
    });
    let gaps = inputs
        .policy
        .accepted_gaps
        .iter()
        .zip(gap_uses)
        .filter_map(|(record, uses)| record.hygiene(*uses, inputs.now));
    allowances.chain(gaps).chain(rego::note(inputs)).collect()
}

fn decisions(inputs: Inputs<'_>, uses: &BTreeMap<usize, Uses>, gap_uses: &[u64]) -> Vec<Decision> {
    let allowances = inputs.policy.allowances.iter().enumerate();
    let allowances = allowances.map(|(index, allowance)| {
        allowance.decision(uses.get(&index).map_or(0, |uses| uses.explained))
    });
    let gaps = inputs.policy.accepted_gaps.iter().zip(gap_uses);
    allowances.chain(gaps.map(|(record, uses)| record.decision(*uses))).collect()
}

fn input(inputs: Inputs<'_>, side: Side) -> Input {
    let snapshot = inputs.snapshots.get(side);
    let mut syntaxes: BTreeMap<&str, u64> = BTreeMap::new();
    for source in &snapshot.sources {
        *syntaxes.entry(source.syntax).or_default() += 1;
    }
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    Input {
        digest: snapshot.digest(),
        colour: inputs.policy.colour.get(side).clone(),
        files: count(snapshot.sources.len()),
        documents: count(snapshot.documents.len()),
        bytes: snapshot.sources.iter().map(|source| source.bytes).sum(),
        masked: snapshot.sources.iter().map(|source| u64::from(source.masked)).sum(),
        masking_key: snapshot.masking_key.clone(),
        collectors: snapshot.collectors.clone(),
        syntaxes: syntaxes
            .into_iter()
            .map(|(syntax, files)| SourceSummary { syntax: syntax.to_owned(), files })
            .collect(),
    }
}

fn rule_counts(inputs: Inputs<'_>, counts: &BTreeMap<usize, [u64; 4]>) -> Vec<RuleCounts> {
    let mut rows: Vec<RuleCounts> = inputs
        .rules
        .rules()
        .iter()
        .enumerate()
        .map(|(place, rule)| {
            let [passed, failed, not_applicable, unknown] =
                counts.get(&place).copied().unwrap_or_default();
            RuleCounts {
                rule: RuleId(rule.id.0.clone()),
                controls: rule.controls.clone(),
                passed,
                failed,
                not_applicable,
                unknown,
            }
        })
        .collect();
    rows.sort_by(|a, b| a.rule.cmp(&b.rule));
    rows
}

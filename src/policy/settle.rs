//! The one evaluator of what the policy decides about findings: severities, waivers, the baseline,
//! and what is left for the gate to weigh.

use std::collections::BTreeSet;

use super::baseline::{Means, hold};
use super::gate::{Weighing, overrule, weigh};
use super::waiver::{Hearing, evaluate};
use super::{KnownRule, Policy};
use crate::model::{
    BaselineRecord, Budget, Decision, Effect, Finding, Gap, GapReason, GateRecord, Hygiene,
    PackRecord, Timestamp, WaiverRecord,
};
use crate::policy::strict::ConfigError;

/// What the policy is asked beside.
#[derive(Debug, Clone, Copy)]
pub struct Sitting<'a> {
    /// The instant everything is judged at.
    pub now: Timestamp,
    /// The rule packs that took part.
    pub packs: &'a [PackRecord],
    /// The name and version of the program.
    pub engine: (&'a str, &'a str),
    /// Kinds of evidence of which there is some that is bound to this green and fresh.
    pub present: &'a BTreeSet<String>,
}

impl<'a> Sitting<'a> {
    const fn means(&self, policy: &'a Policy) -> Means<'a> {
        Means { packs: self.packs, engine: self.engine, colours: &policy.colour, now: self.now }
    }
}

/// What the policy decided about findings.
#[derive(Debug, Default)]
pub struct Settled {
    /// Every waiver, with what became of it.
    pub waivers: Vec<WaiverRecord>,
    /// The baseline, with what became of it.
    pub baseline: Option<BaselineRecord>,
    /// Who decided.
    pub decisions: Vec<Decision>,
    /// What is wrong with what was decided.
    pub hygiene: Vec<Hygiene>,
}

impl Policy {
    /// What the policy demands of a run and the run does not have: required evidence, comparable
    /// means. Each is a gap, so that nothing passes without.
    pub fn demands(&self, sitting: Sitting<'_>) -> Vec<Gap> {
        let gap =
            |place: String, reason, message| Gap { place, span: None, line: None, reason, message };
        let missing = self.gate.evidence(sitting.present).into_iter().filter(|(_, there)| !there);
        let mut gaps: Vec<Gap> = missing
            .map(|(kind, _)| {
                let message = format!(
                    "the policy requires evidence of the kind `{kind}` for {}, and there is none that is \
                     bound to this green and fresh",
                    self.gate.phase.name()
                );
                gap(format!("evidence: {kind}"), GapReason::EvidenceMissing, message)
            })
            .collect();
        let why = self.baseline.as_ref().map(|known| known.incomparable(sitting.means(self)));
        let why = why.unwrap_or_default();
        if !why.is_empty() {
            let message = format!(
                "nothing can be compared with the baseline, and it is not applied: {}; review what is \
                 found, and make a new one with `driftseal baseline create`",
                why.join("; ")
            );
            gaps.push(gap("baseline".to_owned(), GapReason::BaselineIncomparable, message));
        }
        gaps
    }

    /// Gives findings the severities that the policy has for them.
    pub fn overrule(&self, now: Timestamp, findings: &mut [Finding]) -> Settled {
        let of = (&self.gate.waiving, now);
        let mut overruled = overrule(&self.gate.overrides, of, findings);
        for params in &self.gate.params {
            overruled.decisions.push(params.decision(findings));
            overruled.hygiene.extend(params.note(now));
        }
        Settled { decisions: overruled.decisions, hygiene: overruled.hygiene, ..Settled::default() }
    }

    /// Applies waivers and the baseline to findings that have their severities and their order.
    pub fn settle(
        &self,
        sitting: Sitting<'_>,
        is_partial: bool,
        findings: &mut [Finding],
        settled: &mut Settled,
    ) {
        let hearing = Hearing { now: sitting.now, waiving: &self.gate.waiving, is_partial };
        let waived = evaluate(&self.waivers, hearing, findings);
        settled.waivers = waived.records;
        settled.decisions.extend(waived.decisions);
        settled.hygiene.extend(waived.hygiene);
        if let Some(baseline) = &self.baseline {
            let never = &self.gate.waiving.never;
            let held = hold(baseline, (sitting.means(self), never), findings);
            settled.baseline = Some(held.record);
            settled.decisions.push(held.decision);
            settled.hygiene.extend(held.hygiene);
        }
    }

    /// Weighs what is left; returns how much of it counted.
    pub fn weigh(&self, findings: &mut [Finding]) -> Budget {
        let weighing: Vec<Weighing<'_>> = findings
            .iter()
            .map(|finding| Weighing {
                state: finding.state,
                disposition: finding.disposition,
                severity: finding.severity,
                kind: finding.decided.kind,
            })
            .collect();
        let weighed = weigh(&self.gate.rulings().terms, &weighing);
        for (finding, effect) in findings.iter_mut().zip(weighed.effects) {
            finding.decided.effect = effect;
        }
        weighed.counted
    }

    /// Whether findings, or records of the policy, fail the gate.
    pub fn fails(&self, findings: &[Finding], hygiene: &[Hygiene]) -> bool {
        let blocking = &self.gate.rulings().terms.blocking;
        findings.iter().any(|finding| finding.decided.effect == Effect::Blocks)
            || hygiene.iter().any(|note| blocking.contains(&note.rule.0))
    }

    /// The policy of the gate in effect, as a report repeats it.
    pub fn gate_record(&self, sitting: Sitting<'_>, counted: Budget) -> GateRecord {
        let rulings = self.gate.rulings();
        GateRecord {
            profile: self.gate.profile.clone(),
            phase: self.gate.phase.name().to_owned(),
            terms: rulings.terms.clone(),
            counted,
            evidence: self.gate.evidence(sitting.present),
            snapshot_age_seconds_max: rulings.snapshot_age_seconds_max,
            has_waivers: self.has_waivers,
            texts: self.texts.clone(),
        }
    }

    /// What is wrong with decisions about single rules, given the rules there are.
    pub fn mistakes(&self, rules: &[KnownRule<'_>]) -> Vec<ConfigError> {
        let find = |id: &str| rules.iter().find(|known| known.id == id);
        let missing = |id: &str| {
            let near = super::strict::nearest(id, rules.iter().map(|rule| rule.id));
            let near = near.map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
            format!("no rule pack has the rule `{id}`{near}")
        };
        let mut errors = Vec::new();
        let never = self.gate.waiving.never.iter().zip(&self.gate.waiving.never_at);
        for (rule, at) in never.filter(|(rule, _)| find(rule).is_none()) {
            errors.push(super::waiver::at(at, missing(rule)));
        }
        for one in &self.gate.overrides {
            let message = match find(&one.rule) {
                None => Some(missing(&one.rule)),
                Some(known) => one.lacks(known.severity).map(|what| {
                    format!("the rule `{}` is {}: {what}", one.rule, known.severity.name())
                }),
            };
            errors.extend(message.map(|message| super::waiver::at(&one.at, message)));
        }
        for one in &self.waivers {
            let severity_of =
                |rule: &crate::model::RuleId| find(&rule.0).map(|known| known.severity);
            let message = one.mistake(&severity_of, &self.gate.waiving);
            errors.extend(message.map(|message| super::waiver::at(&one.at, message)));
        }
        errors.sort();
        errors
    }
}

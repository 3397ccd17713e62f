//! Whether a report's verdict follows from what it lists.
//!
//! A signature says who speaks, not that what is said adds up. The verdict and the counts are made
//! of the findings and gaps in the same document, so a reader can make them again.

use serde::Deserialize;

use super::json;
use super::signed_pack::PackName;
use super::signed_text::TextName;
use super::trust_policy::{AllowedPack, version_numbers};
use crate::model::{DecisionKind, Digest, Terms};
use crate::policy::gate::{Weighing, weigh};
use crate::wire::object::{object, objects, optional_object};
use crate::wire::report::{
    Accounting, Disposition, Effect, Gate as GatePolicy, Pair, Severity, State, Threshold,
};
use crate::wire::statement::Verdict;

/// The text that is the policy of the gate itself, and excuses no finding by name.
const GATE: &str = "gate";

/// The part of a report that its verdict is made of.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tally {
    threshold: Threshold,
    #[serde(default, deserialize_with = "optional_object")]
    gate: Option<GatePolicy>,
    #[serde(deserialize_with = "objects")]
    findings: Vec<Finding>,
    #[serde(default, deserialize_with = "objects")]
    hygiene: Vec<Hygiene>,
    #[serde(deserialize_with = "objects")]
    changes: Vec<Change>,
    #[serde(deserialize_with = "objects")]
    gaps: Vec<Gap>,
    #[serde(deserialize_with = "objects")]
    rules: Vec<Rule>,
    #[serde(deserialize_with = "objects")]
    packs: Vec<Pack>,
    #[serde(deserialize_with = "object")]
    summary: Summary,
    verdicts: Vec<Verdict>,
    #[serde(deserialize_with = "object")]
    accounting: Pair<Accounting>,
    #[serde(default, deserialize_with = "objects")]
    decisions: Vec<Decision>,
}

#[derive(Debug, Deserialize)]
struct Decision {
    kind: String,
    uses: u64,
}

#[derive(Debug, Deserialize)]
struct Finding {
    severity: Severity,
    state: State,
    disposition: Disposition,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    effect: Option<Effect>,
}

#[derive(Debug, Deserialize)]
struct Hygiene {
    rule: String,
}

#[derive(Debug, Deserialize)]
struct Change {
    #[serde(deserialize_with = "object")]
    explanation: Kind,
}

#[derive(Debug, Deserialize)]
struct Kind {
    kind: String,
}

#[derive(Debug, Deserialize)]
struct Gap {
    accepted: bool,
}

#[derive(Debug, Deserialize)]
struct Rule {}

#[derive(Debug, Deserialize)]
struct Pack {
    id: String,
    version: String,
    #[serde(deserialize_with = "object")]
    digest: Sha256,
}

#[derive(Debug, Deserialize)]
struct Sha256 {
    sha256: String,
}

#[derive(Debug, Deserialize)]
struct Summary {
    #[serde(deserialize_with = "object")]
    findings: Blocking,
    #[serde(deserialize_with = "objects")]
    changes: Vec<Count>,
}

#[derive(Debug, Deserialize)]
struct Blocking {
    blocking: u64,
}

#[derive(Debug, Deserialize)]
struct Count {
    kind: String,
    count: u64,
}

impl Tally {
    /// Reads what the verdict is made of, from a report that is known to be strict JSON.
    pub(super) fn read(report: &str) -> Result<Self, String> {
        json::part(report.as_bytes()).map_err(|error| {
            format!("the report does not say what its verdict is made of: {error}")
        })
    }

    /// Whether verdict and counts are those that its lists come to.
    pub(super) fn agrees(&self, verdict: Verdict) -> Result<(), String> {
        let blocking = self.blocking()?;
        if blocking != self.summary.findings.blocking {
            return Err(format!(
                "the summary counts {} findings that block, the report lists {blocking}",
                self.summary.findings.blocking
            ));
        }
        let counted = self.summary.changes.iter().filter(|one| one.kind == "unexplained");
        let counted = counted.fold(0_u64, |sum, one| sum.saturating_add(one.count));
        let drift = |change: &&Change| change.explanation.kind == "unexplained";
        let listed = self.changes.iter().filter(drift).count() as u64;
        if counted != listed {
            return Err(format!(
                "the summary counts {counted} unexplained differences, the report lists {listed}"
            ));
        }
        if listed > 0 && self.findings.is_empty() {
            return Err("unexplained differences are listed and no finding tells of them".into());
        }
        let mut expected = Vec::new();
        if self.gaps.iter().any(|gap| !gap.accepted) {
            expected.push(Verdict::Inconclusive);
        }
        if blocking > 0 || self.has_blocking_state() {
            expected.push(Verdict::Fail);
        }
        if expected.is_empty() {
            expected.push(Verdict::Pass);
        }
        if expected.first() != Some(&verdict) {
            return Err(format!(
                "the verdict is {}, the findings and gaps come to {}; do not trust who signed it",
                word(verdict),
                expected.iter().map(|one| word(*one)).collect::<Vec<_>>().join(" and ")
            ));
        }
        if self.verdicts != expected {
            return Err("the list of verdicts is not what findings and gaps come to".to_owned());
        }
        self.counts_hold(verdict)?;
        if verdict == Verdict::Pass && self.rules.is_empty() {
            return Err("the verdict is a pass by no rule at all".to_owned());
        }
        Ok(())
    }

    /// Whether everything found ended somewhere, and every gap that is accepted was decided on.
    fn counts_hold(&self, verdict: Verdict) -> Result<(), String> {
        if let Some((side, _)) = self.accounting.sides().into_iter().find(|(_, one)| !one.agrees())
        {
            return Err(format!("what was found on {side} is not what became of it"));
        }
        let compared = self.accounting.blue.compared.max(self.accounting.green.compared);
        if verdict == Verdict::Pass && compared == 0 {
            return Err("the verdict is a pass, and nothing was compared".to_owned());
        }
        let accepted = self.gaps.iter().filter(|gap| gap.accepted).count() as u64;
        let decided =
            self.decisions.iter().filter(|one| one.kind == DecisionKind::AcceptedGap.name());
        let decided = decided.fold(0_u64, |sum, one| sum.saturating_add(one.uses));
        if accepted > decided {
            return Err(format!(
                "{accepted} gaps are accepted, and the policy decided on {decided}"
            ));
        }
        Ok(())
    }

    /// How many findings fail the gate: by the policy that the report names, or by its threshold where
    /// it names none. What a finding says that it does decides nothing.
    fn blocking(&self) -> Result<u64, String> {
        let Some(gate) = &self.gate else {
            if self.findings.iter().any(|one| one.effect.is_some()) {
                return Err("findings say what they do, and no policy says why".to_owned());
            }
            let blocks = |one: &&Finding| {
                one.state == State::Introduced
                    && one.disposition == Disposition::Open
                    && self.threshold.blocks(one.severity)
            };
            return Ok(self.findings.iter().filter(blocks).count() as u64);
        };
        let weighing: Vec<Weighing<'_>> = self
            .findings
            .iter()
            .map(|one| Weighing {
                state: one.state.into(),
                disposition: one.disposition.into(),
                severity: one.severity.into(),
                kind: &one.kind,
            })
            .collect();
        let terms = Terms::from(gate);
        if Threshold::from(terms.budget.threshold()) != self.threshold {
            return Err("the threshold is not that of the budget".to_owned());
        }
        let weighed = weigh(&terms, &weighing);
        let said = self.findings.iter().map(|one| one.effect);
        let made = weighed.effects.iter().map(|effect| Some(Effect::from(*effect)));
        if !said.eq(made) {
            return Err(
                "findings do something else than the policy in the report makes of them".into()
            );
        }
        if gate.evidence.iter().any(|one| !one.present)
            && !self.gaps.iter().any(|gap| !gap.accepted)
        {
            return Err(
                "required evidence is missing and nothing is said not to be evaluated".into()
            );
        }
        let blocks = |effect: &&crate::model::Effect| **effect == crate::model::Effect::Blocks;
        Ok(weighed.effects.iter().filter(blocks).count() as u64)
    }

    /// Whether a record of the policy is of a kind that fails the gate.
    fn has_blocking_state(&self) -> bool {
        let states = self.gate.as_ref().map(|gate| gate.blocking_states.as_slice());
        self.hygiene.iter().any(|one| states.unwrap_or_default().contains(&one.rule))
    }

    /// The texts that let something pass: waivers and baselines.
    pub(super) fn excusing(&self) -> Result<Vec<TextName>, String> {
        let texts = self.gate.iter().flat_map(|gate| &gate.texts);
        let named = texts.filter(|text| text.role != GATE).map(|text| {
            let digest = Digest::parse(&text.digest.sha256)
                .ok_or_else(|| format!("a text of the policy has no digest: {:?}", text.name))?;
            Ok(TextName { role: text.role.clone(), digest })
        });
        named.collect()
    }

    /// The rule packs that took part.
    pub(super) fn packs(&self) -> Result<Vec<PackName>, String> {
        let name = |pack: &Pack| {
            let digest = Digest::parse(&pack.digest.sha256)
                .ok_or_else(|| format!("the rule pack {:?} has no digest", pack.id))?;
            Ok(PackName { id: pack.id.clone(), version: pack.version.clone(), digest })
        };
        self.packs.iter().map(name).collect()
    }

    /// Whether every pack may be used, and none that is required was left out.
    pub(super) fn packs_allowed(&self, allowed: &[AllowedPack]) -> Result<(), String> {
        for pack in &self.packs {
            let Some(known) = allowed.iter().find(|known| known.id == pack.id) else {
                return Err(format!("the rule pack {:?} is not one that may be used", pack.id));
            };
            let found = version_numbers(&pack.version);
            if known.min_version.as_ref().is_some_and(|least| found.as_ref() < Some(least)) {
                return Err(format!(
                    "the rule pack {:?} is of version {:?}, older than is accepted",
                    pack.id, pack.version
                ));
            }
            let digest = Digest::parse(&pack.digest.sha256);
            let is_listed = digest.is_some_and(|digest| known.digests.contains(&digest));
            if !known.digests.is_empty() && !is_listed {
                return Err(format!(
                    "the rule pack {:?} has another text than is allowed",
                    pack.id
                ));
            }
        }
        let is_there = |known: &&AllowedPack| self.packs.iter().any(|pack| pack.id == known.id);
        match allowed.iter().find(|known| known.required && !is_there(known)) {
            None => Ok(()),
            Some(missing) => Err(format!("the rule pack {:?} was left out", missing.id)),
        }
    }
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Inconclusive => "inconclusive",
    }
}

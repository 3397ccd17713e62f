//! Whether a report's verdict follows from what it lists.
//!
//! A signature says who speaks, not that what is said adds up. The verdict and the counts are made
//! of the findings and gaps in the same document, so a reader can make them again.

use serde::Deserialize;

use super::json;
use super::signed_pack::PackName;
use super::trust_policy::{AllowedPack, version_numbers};
use crate::model::Digest;
use crate::wire::object::{object, objects};
use crate::wire::report::{Disposition, Severity, State, Threshold};
use crate::wire::statement::Verdict;

/// The part of a report that its verdict is made of.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tally {
    threshold: Threshold,
    #[serde(deserialize_with = "objects")]
    findings: Vec<Finding>,
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
}

#[derive(Debug, Deserialize)]
struct Finding {
    severity: Severity,
    state: State,
    disposition: Disposition,
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
        let blocking = self.findings.iter().filter(|one| self.blocks(one)).count() as u64;
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
        let expected = if self.gaps.iter().any(|gap| !gap.accepted) {
            Verdict::Inconclusive
        } else if blocking > 0 {
            Verdict::Fail
        } else {
            Verdict::Pass
        };
        if verdict != expected {
            return Err(format!(
                "the verdict is {}, the findings and gaps come to {}; do not trust who signed it",
                word(verdict),
                word(expected)
            ));
        }
        if verdict == Verdict::Pass && self.rules.is_empty() {
            return Err("the verdict is a pass by no rule at all".to_owned());
        }
        Ok(())
    }

    fn blocks(&self, finding: &Finding) -> bool {
        finding.state == State::Introduced
            && finding.disposition == Disposition::Open
            && self.threshold.blocks(finding.severity)
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

//! Other severities than those of the rules. Raising is free; lowering takes a reason, somebody who
//! stands for it, and an end.

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::read::wild;
use super::{Mistakes, Waiving};
use crate::model::{
    Decision, DecisionKind, Finding, Hygiene, Overridden, RuleId, Severity, Timestamp,
};
use crate::policy::strict;
use crate::policy::waiver::{is_blank, unclear};

/// One override.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Of which rule.
    pub rule: String,
    /// On which resource; on all where nothing is said.
    pub subject: Option<String>,
    /// At which place in it; at all where nothing is said.
    pub path: Option<String>,
    /// The severity instead.
    pub severity: Severity,
    /// Why.
    pub reason: String,
    /// Who stands for it.
    pub approver: Option<String>,
    /// Its last second.
    pub ends: Option<Timestamp>,
    /// Where it stands, as `file:line:column`.
    pub at: String,
}

/// An override as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OverrideRecord {
    rule: Spanned<String>,
    subject: Option<Spanned<String>>,
    path: Option<Spanned<String>>,
    severity: Spanned<String>,
    #[serde(default)]
    reason: String,
    approver: Option<String>,
    expires: Option<Spanned<Datetime>>,
}

/// What an override does to a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Applies,
    Expired,
    Refused,
}

impl Override {
    fn is_about(&self, finding: &Finding) -> bool {
        self.rule == finding.rule.0
            && self.subject.as_ref().is_none_or(|subject| *subject == finding.at.resource.0)
            && self.path.as_ref().is_none_or(|path| *path == finding.at.path.to_string())
    }

    /// How much of a place it names; of several, the one that names most is obeyed.
    pub(super) fn weight(&self) -> u8 {
        u8::from(self.subject.is_some()) + u8::from(self.path.is_some())
    }

    /// Why it may not lower a finding of this severity, whatever the time.
    pub(crate) fn lacks(&self, from: Severity) -> Option<&'static str> {
        if self.severity >= from {
            None
        } else if is_blank(&self.reason) {
            Some("lowering takes a `reason`")
        } else if self.approver.as_ref().is_none_or(|approver| is_blank(approver)) {
            Some("lowering takes an `approver`")
        } else if let Some(why) = self.approver.as_deref().and_then(unclear) {
            Some(why)
        } else if self.ends.is_none() {
            Some("lowering takes an end: `expires`")
        } else {
            None
        }
    }

    fn said(&self, from: Severity, waiving: &Waiving, now: Timestamp) -> Said {
        if self.severity >= from {
            return Said::Applies;
        }
        let Some(ends) = self.ends.filter(|_| self.lacks(from).is_none()) else {
            return Said::Refused;
        };
        let left = ends.unix_seconds().saturating_sub(now.unix_seconds());
        if left < 0 {
            Said::Expired
        } else if left > waiving.seconds_max(from) {
            Said::Refused
        } else {
            Said::Applies
        }
    }

    fn name(&self) -> String {
        let subject = self.subject.as_ref().map_or_else(String::new, |one| format!(" on {one}"));
        let path = self.path.as_ref().map_or_else(String::new, |one| format!(" at {one}"));
        format!("{}{subject}{path}", self.rule)
    }

    fn decision(&self, uses: u64) -> Decision {
        Decision {
            kind: DecisionKind::Override,
            id: self.name(),
            reason: format!("{}: {}", self.severity.name(), self.reason),
            owner: self.approver.clone().unwrap_or_default(),
            ticket: None,
            until: self.ends.map(|ends| ends.to_string()).unwrap_or_default(),
            uses,
        }
    }
}

/// What became of every override.
#[derive(Debug, Default)]
pub(crate) struct Overruled {
    pub(crate) decisions: Vec<Decision>,
    pub(crate) hygiene: Vec<Hygiene>,
}

/// Gives findings the severities that the policy has for them.
pub(crate) fn overrule(
    overrides: &[Override],
    (waiving, now): (&Waiving, Timestamp),
    findings: &mut [Finding],
) -> Overruled {
    let mut uses = vec![0_u64; overrides.len()];
    let mut worst = vec![None; overrides.len()];
    if overrides.is_empty() {
        return Overruled::default();
    }
    for finding in findings {
        let about = overrides.iter().enumerate().filter(|(_, one)| one.is_about(finding));
        let mut about: Vec<(usize, &Override)> = about.collect();
        about.sort_by_key(|(_, one)| std::cmp::Reverse(one.weight()));
        let obeyed = about.into_iter().find(|(at, one)| {
            let said = one.said(finding.severity, waiving, now);
            if let Some(known) = worst.get_mut(*at) {
                *known = (*known).max(Some(said));
            }
            said == Said::Applies
        });
        let Some((at, one)) = obeyed else { continue };
        if let Some(count) = uses.get_mut(at) {
            *count = count.saturating_add(1);
        }
        if one.severity != finding.severity {
            finding.decided.overridden = Some(Box::new(Overridden {
                from: finding.severity,
                reason: one.reason.clone(),
                approver: one.approver.clone(),
                until: one.ends.map(|ends| ends.to_string()),
            }));
            finding.severity = one.severity;
        }
    }
    let decisions = overrides.iter().zip(&uses).map(|(one, uses)| one.decision(*uses)).collect();
    let notes = overrides.iter().zip(worst).filter_map(|(one, said)| note(one, said, waiving));
    Overruled { decisions, hygiene: notes.collect() }
}

fn note(one: &Override, said: Option<Said>, waiving: &Waiving) -> Option<Hygiene> {
    let name = one.name();
    let (rule, severity, message) = match said {
        Some(Said::Applies) => return None,
        None => ("override-unused", Severity::Low, "changed nothing: remove it".to_owned()),
        Some(Said::Expired) => (
            "override-expired",
            Severity::Medium,
            format!(
                "lowered until {}: the severity of the rule holds again; renew it after a review, or \
                 remove it",
                one.ends.map(|ends| ends.to_string()).unwrap_or_default()
            ),
        ),
        Some(Said::Refused) => (
            "override-refused",
            Severity::Medium,
            format!(
                "lowers nothing: it takes a reason, an approver, and an end within as many days as a \
                 waiver may last ({} for high)",
                waiving.days_max.high.unwrap_or_default()
            ),
        ),
    };
    let message = format!("the override of {name} {message}");
    Some(Hygiene { rule: RuleId(rule.to_owned()), severity, subject: name, message })
}

/// Reads them.
pub(super) fn overrides(
    records: Vec<OverrideRecord>,
    mistakes: &mut Mistakes<'_>,
) -> Vec<Override> {
    let mut all: Vec<Override> = Vec::new();
    for record in records {
        let severity = Severity::parse(record.severity.get_ref());
        if severity.is_none() {
            let names = Severity::ALL.map(Severity::name);
            let message = strict::unknown("severity", record.severity.get_ref(), &names);
            mistakes.add(&record.severity, message);
        }
        let ends = record.expires.as_ref().and_then(|expires| mistakes.end(expires));
        if let (Some(path), None) = (&record.path, &record.subject) {
            mistakes.add(path, "a path is a place in a `subject`, and none is named");
        }
        for text in [&record.subject, &record.path].into_iter().flatten() {
            if let Some(why) = wild(text.get_ref()) {
                mistakes.add(text, why);
            }
        }
        let text = |text: Option<Spanned<String>>| text.map(Spanned::into_inner);
        let at = mistakes.place(&record.rule);
        let one = Override {
            rule: record.rule.get_ref().clone(),
            subject: text(record.subject),
            path: text(record.path),
            severity: severity.unwrap_or(Severity::Critical),
            reason: record.reason,
            approver: record.approver,
            ends,
            at,
        };
        let same = |known: &&Override| {
            (&known.rule, &known.subject, &known.path) == (&one.rule, &one.subject, &one.path)
        };
        if let Some(known) = all.iter().find(same) {
            let message = format!("the override at {} is about the same: keep one", known.at);
            mistakes.add(&record.rule, message);
        }
        all.push(one);
    }
    all
}

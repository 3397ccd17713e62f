//! Other parameters of rules than those of their packs. Nobody can tell whether one makes a rule
//! stricter, so each takes a reason, somebody who stands for it, and an end.

use serde::Deserialize;
use toml::value::Datetime;
use toml::{Spanned, Table};

use super::Mistakes;
use super::read::DAYS_MAX;
use crate::model::{Decision, DecisionKind, Finding, Hygiene, RuleId, Severity, Timestamp};
use crate::policy::waiver::{is_blank, unclear};

/// Parameters of one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Of which rule.
    pub rule: String,
    /// The values instead, by name.
    pub set: Table,
    /// Why.
    pub reason: String,
    /// Who stands for it.
    pub approver: String,
    /// Its last second.
    ends: Timestamp,
    /// Where it stands, as `file:line:column`.
    pub at: String,
}

/// Parameters as they are written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ParamsRecord {
    rule: Spanned<String>,
    set: Spanned<Table>,
    reason: Spanned<String>,
    approver: Spanned<String>,
    expires: Spanned<Datetime>,
}

/// Why it does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lapsed {
    Expired,
    TooLong,
}

impl Params {
    fn lapsed(&self, now: Timestamp) -> Option<Lapsed> {
        let left = self.ends.unix_seconds().saturating_sub(now.unix_seconds());
        let most = i64::try_from(DAYS_MAX).unwrap_or(i64::MAX).saturating_mul(86_400);
        if left < 0 { Some(Lapsed::Expired) } else { (left > most).then_some(Lapsed::TooLong) }
    }

    /// Whether it holds at a time; otherwise the pack's own values do.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.lapsed(now).is_none()
    }

    fn name(&self) -> String {
        let names: Vec<&str> = self.set.keys().map(String::as_str).collect();
        format!("{} ({})", self.rule, names.join(", "))
    }

    /// What a report says of it.
    pub(in crate::policy) fn decision(&self, findings: &[Finding]) -> Decision {
        let uses = findings.iter().filter(|finding| finding.rule.0 == self.rule).count();
        let values: Vec<String> =
            self.set.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        Decision {
            kind: DecisionKind::Override,
            id: self.name(),
            reason: format!("{}: {}", values.join(", "), self.reason),
            owner: self.approver.clone(),
            ticket: None,
            until: self.ends.to_string(),
            uses: u64::try_from(uses).unwrap_or(u64::MAX),
        }
    }

    /// What is wrong with it.
    pub(in crate::policy) fn note(&self, now: Timestamp) -> Option<Hygiene> {
        let (rule, message) = match self.lapsed(now)? {
            Lapsed::Expired => {
                ("override-expired", format!("held until {}: the rule's own hold again", self.ends))
            }
            Lapsed::TooLong => (
                "override-refused",
                format!("hold not: they end more than {DAYS_MAX} days from now, at {}", self.ends),
            ),
        };
        let subject = self.name();
        let message = format!("the parameters of {subject} {message}");
        let (rule, severity) = (RuleId(rule.to_owned()), Severity::Medium);
        Some(Hygiene { rule, severity, subject, message })
    }
}

/// Reads them.
pub(super) fn params(records: Vec<ParamsRecord>, mistakes: &mut Mistakes<'_>) -> Vec<Params> {
    let mut all: Vec<Params> = Vec::new();
    for record in records {
        for (text, name) in [(&record.reason, "reason"), (&record.approver, "approver")] {
            if is_blank(text.get_ref()) {
                mistakes.add(text, format!("`{name}` is empty: other parameters take one"));
            }
        }
        if let Some(why) = unclear(record.approver.get_ref()) {
            mistakes.add(&record.approver, why);
        }
        if record.set.get_ref().is_empty() {
            mistakes.add(&record.set, "`set` says nothing: name parameters and their values");
        }
        let at = mistakes.place(&record.rule);
        let Some(ends) = mistakes.end(&record.expires) else { continue };
        if let Some(known) = all.iter().find(|known| known.rule == *record.rule.get_ref()) {
            let message = format!("the parameters at {} are of the same rule: keep one", known.at);
            mistakes.add(&record.rule, message);
        }
        all.push(Params {
            rule: record.rule.into_inner(),
            set: record.set.into_inner(),
            reason: record.reason.into_inner(),
            approver: record.approver.into_inner(),
            ends,
            at,
        });
    }
    all
}

//! Declared differences: what the organisation says may differ, where, and to what.

use jiff::civil::Date;
use regex::Regex;

use super::glob::{Glob, PathGlob};
use crate::model::{
    AllowanceId, Decision, DecisionKind, Explanation, Hygiene, Pair, RuleId, Severity, Timestamp,
};

/// One declared difference.
#[derive(Debug, Clone)]
pub struct Allowance {
    /// Its name, unique in the policy.
    pub id: AllowanceId,
    /// Which files; matched against green's path, or blue's where green has none.
    pub file: Option<Glob>,
    /// Which resources.
    pub resource: Option<Glob>,
    /// Which places.
    pub path: PathGlob,
    /// What each side must hold; a side that says nothing is open.
    pub values: Pair<Option<Wanted>>,
    /// Why it is legitimate.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The change record.
    pub ticket: Option<String>,
    /// The last day on which it is valid.
    pub review_by: Date,
}

/// What a side must hold.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// Exactly this text.
    Exactly(String),
    /// A text this pattern matches from beginning to end.
    Matches(Regex),
}

impl Wanted {
    fn accepts(&self, value: Option<&str>) -> bool {
        match (self, value) {
            (Self::Exactly(text), Some(value)) => text == value,
            (Self::Matches(pattern), Some(value)) => pattern.is_match(value),
            (Self::Exactly(_) | Self::Matches(_), None) => false,
        }
    }

    /// Whether it says anything: a pattern that takes texts as unlike as these takes any.
    fn pins(&self) -> bool {
        const UNLIKE: [&str; 6] =
            ["0", "x", "true", "a b", "-", "registry.invalid/a:1@sha256:0?b=%2F#c"];
        match self {
            Self::Exactly(_) => true,
            Self::Matches(pattern) => !UNLIKE.iter().all(|text| pattern.is_match(text)),
        }
    }
}

/// How often an allowance was needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Uses {
    /// Differences that it explained.
    pub explained: u64,
    /// Differences at its place that hold other values than it pins, and that nothing explains.
    pub otherwise: u64,
}

impl Uses {
    /// One difference that was explained.
    pub const EXPLAINED: Self = Self { explained: 1, otherwise: 0 };
    /// One difference of other values.
    pub const OTHERWISE: Self = Self { explained: 0, otherwise: 1 };

    /// Adds others.
    pub const fn add(&mut self, other: Self) {
        self.explained = self.explained.saturating_add(other.explained);
        self.otherwise = self.otherwise.saturating_add(other.otherwise);
    }
}

/// What an allowance says of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Nothing: it speaks of another place, or is no longer valid.
    Nothing,
    /// It speaks of this place, but of other values.
    OtherValues,
    /// That it is declared.
    Declared(Explanation),
}

/// What an allowance is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Path of the file on each side.
    pub file: Pair<Option<&'a str>>,
    /// Colour-neutral name of the resource.
    pub resource: &'a str,
    /// The place, as printed.
    pub path: &'a str,
    /// Text of the value on each side; nothing where there is none or it is no scalar.
    pub value: Pair<Option<&'a str>>,
}

impl Allowance {
    /// The record as a report repeats it.
    pub fn decision(&self, uses: u64) -> Decision {
        Decision {
            kind: DecisionKind::Allowance,
            id: self.id.0.clone(),
            reason: self.reason.clone(),
            owner: self.owner.clone(),
            ticket: self.ticket.clone(),
            until: self.review_by.to_string(),
            uses,
        }
    }

    /// The explanation this allowance gives, if it covers the subject and is still valid.
    pub fn explain(&self, subject: &Subject<'_>, now: Timestamp) -> Option<Explanation> {
        match self.say(subject, now) {
            Said::Declared(explanation) => Some(explanation),
            Said::OtherValues | Said::Nothing => None,
        }
    }

    /// What this allowance says of the subject, if it is still valid.
    pub fn say(&self, subject: &Subject<'_>, now: Timestamp) -> Said {
        if self.is_expired(now) || !self.is_about(subject) {
            return Said::Nothing;
        }
        if !self.accepts(subject) {
            return Said::OtherValues;
        }
        Said::Declared(Explanation::Declared { allowance: self.id.clone(), pinned: self.pinned() })
    }

    /// Which sides are held to something.
    fn pinned(&self) -> Pair<bool> {
        self.values.as_ref().map(|wanted| wanted.as_ref().is_some_and(Wanted::pins))
    }

    /// Whether a subject is where, and what, this allowance speaks of.
    pub fn covers(&self, subject: &Subject<'_>) -> bool {
        self.is_about(subject) && self.accepts(subject)
    }

    /// Whether it speaks of the subject's place.
    fn is_about(&self, subject: &Subject<'_>) -> bool {
        let file = subject.file.nearest().unwrap_or_default();
        self.path.matches(subject.path)
            && self.file.as_ref().is_none_or(|glob| glob.matches(file))
            && self.resource.as_ref().is_none_or(|glob| glob.matches(subject.resource))
    }

    /// Whether the subject's values are those that it speaks of.
    fn accepts(&self, subject: &Subject<'_>) -> bool {
        let accepts = |(wanted, value): (&Option<Wanted>, Option<&str>)| {
            wanted.as_ref().is_none_or(|wanted| wanted.accepts(value))
        };
        let values = self.values.as_ref().zip(subject.value);
        accepts(values.blue) && accepts(values.green)
    }

    /// Whether the day of review has passed.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now.day() > self.review_by
    }

    /// What is wrong with the allowance itself, given how often it was needed.
    pub fn hygiene(&self, uses: Uses, now: Timestamp) -> Vec<Hygiene> {
        let note = |rule: &str, severity, message| Hygiene {
            rule: RuleId(rule.to_owned()),
            severity,
            subject: self.id.0.clone(),
            message,
        };
        let id = &self.id.0;
        let mut notes = Vec::new();
        if self.is_expired(now) {
            let message = format!(
                "allowance `{id}` expired on {}: it explains nothing any more; renew `review_by` \
                 after a review, or remove it",
                self.review_by
            );
            notes.push(note("allowance-expired", Severity::Medium, message));
        } else if uses.otherwise > 0 {
            let Uses { explained, otherwise } = uses;
            let differences = if otherwise == 1 { "difference" } else { "differences" };
            let message = format!(
                "allowance `{id}` explained {explained} {differences_of}, but {otherwise} \
                 {differences} at its place hold other values than it pins: review them, then pin \
                 what is there now or narrow the place",
                differences_of = if explained == 1 { "difference" } else { "differences" },
            );
            notes.push(note("allowance-value-changed", Severity::Low, message));
        } else if uses.explained == 0 {
            let message = format!("allowance `{id}` explained no difference: remove it");
            notes.push(note("allowance-unused", Severity::Low, message));
        }
        let unpinned = self.pinned() == Pair::new(false, false);
        let names = |glob: &Option<Glob>| glob.as_ref().is_some_and(|glob| !glob.is_open());
        let anywhere = !names(&self.file) && !names(&self.resource);
        if self.path.is_open() && anywhere || self.path.is_wide() && unpinned {
            let message = format!(
                "allowance `{id}` covers almost anything (path `{}`): name the place and pin a \
                 value with `green = …`",
                self.path.text()
            );
            notes.push(note("allowance-over-broad", Severity::Medium, message));
        }
        notes
    }
}

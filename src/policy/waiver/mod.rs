//! Waivers: findings that somebody accepts for a while, with a reason, and that somebody else
//! approved.
//!
//! A waiver accepts one finding: one rule, one resource, one place, and the values it has there. It
//! lies outside what is audited, says who asked for it and who approved it, and ends. What it accepts
//! stays visible. `evaluate` alone says which is in force: nothing else looks at when one ends.

mod evaluate;
mod person;
mod read;
mod request;

pub(crate) use evaluate::{Hearing, evaluate};
pub use person::same_person;
pub(super) use person::{is_blank, unclear};
pub(crate) use read::at;
pub use request::{Asked, request};

use crate::model::Timestamp;

/// One waiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// Its name, unique among all.
    pub id: String,
    /// Of which rule.
    pub rule: String,
    /// On which resource, letter by letter.
    pub subject: String,
    /// At which place in it, letter by letter.
    pub path: String,
    /// Of which values: the instance of the finding.
    pub instance: String,
    /// The name of the finding, where it is demanded too.
    pub fingerprint: Option<String>,
    /// Why.
    pub reason: String,
    /// The change record.
    pub ticket: Option<String>,
    /// Who asked for it.
    pub requested_by: String,
    /// Who approved it; none of them asked for it.
    pub approved_by: Vec<String>,
    /// Since when it holds.
    pub approved_at: Timestamp,
    /// Its last second. Only `evaluate` compares it with the time.
    lapses_at: Timestamp,
    /// When it should be looked at again.
    pub review_by: Option<Timestamp>,
    /// How grave what is left is said to be.
    pub risk: Option<String>,
    /// What is done instead.
    pub compensating_controls: Vec<String>,
    /// Controls it is claimed against.
    pub controls: Vec<String>,
    /// Where it stands, as `file:line:column`.
    pub at: String,
}

impl Waiver {
    /// Its last second, to be shown.
    pub fn until(&self) -> String {
        self.lapses_at.to_string()
    }

    /// How long it lasts, in seconds.
    fn lasts(&self) -> i64 {
        self.lapses_at.unix_seconds().saturating_sub(self.approved_at.unix_seconds())
    }

    /// What it accepts.
    fn target(&self) -> [&str; 4] {
        [&self.rule, &self.subject, &self.path, &self.instance]
    }
}

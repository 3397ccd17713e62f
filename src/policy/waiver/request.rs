//! A record to fill in and to have approved.

use std::fmt::Write as _;

use crate::model::{Severity, Timestamp};
use crate::policy::gate::Waiving;
use crate::policy::suggest::quoted;

/// What a request is about: a finding, as a report has it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Its rule.
    pub rule: &'a str,
    /// How bad it is.
    pub severity: Severity,
    /// Its resource.
    pub resource: &'a str,
    /// Its place.
    pub path: &'a str,
    /// Its instance.
    pub instance: &'a str,
    /// Controls it bears on.
    pub controls: &'a [String],
}

/// A record of a waiver as text, for somebody to complete: without a reason, a requester and an
/// approver it is refused.
pub fn request(asked: &Asked<'_>, waiving: &Waiving, now: Timestamp) -> String {
    let ends = now.unix_seconds().saturating_add(waiving.seconds_max(asked.severity));
    let ends = Timestamp::from_unix_seconds(ends).unwrap_or(now);
    let controls: Vec<String> = asked.controls.iter().map(|control| quoted(control)).collect();
    let approvals = waiving.approvals.needed(asked.severity);
    let mut text = String::new();
    // Formatting into a text does not fail.
    let mut line = |line: &str| {
        let _ = writeln!(text, "{line}");
    };
    line("[[waiver]]");
    line("id = \"\"                       # a name that no other waiver has");
    line(&format!("rule = {}", quoted(asked.rule)));
    line(&format!("subject = {}", quoted(asked.resource)));
    line(&format!("path = {}", quoted(asked.path)));
    line(&format!("instance = {}   # these values and no others", quoted(asked.instance)));
    line("reason = \"\"                   # why it is acceptable, in a sentence");
    line("ticket = \"\"");
    line("requested_by = \"\"             # who asks");
    line(&format!("approved_by = [\"\"]            # {approvals}, none of whom asks"));
    line(&format!("approved_at = {now}"));
    line(&format!("expires = {ends}   # at most so long, being {}", asked.severity.name()));
    line(&format!("controls = [{}]", controls.join(", ")));
    line("compensating_controls = []");
    text
}

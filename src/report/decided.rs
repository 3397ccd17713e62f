//! What the policy decided about a finding, in sentences that every reader is told alike.

use crate::wire::report::{Disposition, Finding, Override, WaiverMark};

/// What an active waiver is called.
const ACTIVE: &str = "active";

/// What an unchanged record of the baseline is called.
const UNCHANGED: &str = "unchanged";

/// Every decision about a finding: who made it, until when, and why.
pub(super) fn decided(finding: &Finding) -> Vec<String> {
    let mut said = Vec::new();
    said.extend(finding.overridden.as_ref().map(|one| overridden(finding, one)));
    said.extend(finding.waiver.as_ref().map(waiver));
    if let Some(mark) = &finding.baseline {
        said.push(if mark.status != UNCHANGED {
            format!(
                "{}: the baseline holds it, since {}, with other values or less grave",
                mark.status, mark.first_seen
            )
        } else if finding.disposition == Disposition::Baselined {
            format!("known since {}: it is in the baseline", mark.first_seen)
        } else {
            format!("in the baseline since {}", mark.first_seen)
        });
    }
    said
}

/// What a waiver says, in force or not.
pub(super) fn waiver(mark: &WaiverMark) -> String {
    let ticket = mark.ticket.as_ref().map_or_else(String::new, |ticket| format!(" ({ticket})"));
    let by = mark.approved_by.join(", ");
    if mark.status == ACTIVE {
        return format!(
            "waived by {} until {}, approved by {by}: {}{ticket}",
            mark.id, mark.expires, mark.reason
        );
    }
    format!(
        "not waived by {}, which is {}: until {}, approved by {by}{ticket}",
        mark.id, mark.status, mark.expires
    )
}

fn overridden(finding: &Finding, one: &Override) -> String {
    let until = one.until.as_ref().map_or_else(String::new, |until| format!(" until {until}"));
    let by = one.approver.as_ref().map_or_else(String::new, |by| format!(", approved by {by}"));
    let why = if one.reason.is_empty() { String::new() } else { format!(": {}", one.reason) };
    format!("{} by the policy, {} by its rule{until}{by}{why}", finding.severity, one.from)
}

//! GitLab Code Quality: one issue for each finding, gap and record of the policy.
//!
//! The format knows neither states nor runs, so the description says what became of an issue and the
//! milder half of the severities is kept for what does not count. GitLab takes issues of one
//! fingerprint for one, so each has its own.

use std::io;

use serde_json::{Value, json};

use super::records::{Record, Standing, records};
use super::{RenderOptions, Renderer, Seal};
use crate::wire::report::{Report, Severity};

/// Issues for the widget of a merge request.
pub(super) static GITLAB: Gitlab = Gitlab;

pub(super) struct Gitlab;

impl Renderer for Gitlab {
    fn name(&self) -> &'static str {
        "gitlab-codequality"
    }

    fn about(&self) -> &'static str {
        "Issues for the code quality widget of GitLab; each says whether it blocks."
    }

    fn render(
        &self,
        report: &Report,
        options: &RenderOptions,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let mut issues: Vec<Value> = Vec::new();
        if matches!(options.seal, Seal::NotVerified(_)) {
            issues.push(json!({
                "check_name": "driftseal/seal",
                "description": super::escape(&options.seal.said(), false),
                "fingerprint": "driftseal/seal",
                "severity": "blocker",
                "location": { "path": "driftseal.toml", "lines": { "begin": 1 } },
            }));
        }
        issues.extend(records(report).iter().map(issue));
        serde_json::to_writer_pretty(&mut *out, &issues)?;
        out.write_all(b"\n")
    }
}

fn issue(record: &Record<'_>) -> Value {
    let state = match record.standing {
        Standing::Blocking => "blocks".to_owned(),
        Standing::Unevaluated => "not evaluated".to_owned(),
        Standing::New
        | Standing::Waived
        | Standing::Baselined
        | Standing::Inherited
        | Standing::Accepted
        | Standing::Policy
        | Standing::Resolved => record.standing.name().to_owned(),
    };
    // A relative path, and no `./` before it.
    let file = record.spot.file.as_str();
    let path = file.trim_start_matches("./").trim_start_matches('/');
    let path = if path.is_empty() { "driftseal.toml" } else { path };
    json!({
        "check_name": format!("driftseal/{}", record.rule),
        "description": description(&state, record),
        "fingerprint": record.id,
        "severity": severity(record),
        "location": { "path": path, "lines": { "begin": record.spot.line } },
    })
}

fn description(state: &str, record: &Record<'_>) -> String {
    let said =
        std::iter::once(record.message.as_str()).chain(record.decided.iter().map(String::as_str));
    format!("[{state}] {}: {}", record.title, said.collect::<Vec<_>>().join("; "))
}

/// What is waived, accepted, known, old or gone is only worth knowing.
const fn severity(record: &Record<'_>) -> &'static str {
    match record.standing {
        Standing::Waived
        | Standing::Baselined
        | Standing::Accepted
        | Standing::Inherited
        | Standing::Resolved => "info",
        Standing::Blocking | Standing::Unevaluated | Standing::New | Standing::Policy => {
            match record.severity {
                Severity::Critical => "blocker",
                Severity::High => "critical",
                Severity::Medium => "major",
                Severity::Low => "minor",
                Severity::Info => "info",
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::GITLAB;
    use crate::report::{RenderOptions, Renderer};
    use crate::wire::report::{Report, sample};

    #[test]
    fn every_record_is_an_issue_and_what_does_not_count_is_information() {
        let report = Report::from(sample::report());
        let mut out = Vec::new();
        GITLAB.render(&report, &RenderOptions::default(), &mut out).unwrap();
        let issues: Vec<Value> = serde_json::from_slice(&out).unwrap();
        assert_eq!(issues.len(), 11);
        assert_eq!(issues[0]["severity"], "blocker");
        assert_eq!(issues[0]["location"]["path"], "deploy/blue/apps/checkout.yaml");
        for issue in &issues {
            let text = issue["description"].as_str().unwrap();
            let counts = ["[blocks]", "[not evaluated]", "[new]", "[policy]"];
            let is_mild = !counts.iter().any(|state| text.starts_with(state));
            assert!(!is_mild || issue["severity"] == "info", "{issue}");
        }
    }
}

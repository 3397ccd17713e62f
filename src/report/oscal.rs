//! OSCAL assessment results, and a plan of action and milestones: for governance tools.
//!
//! Every finding, gap and hygiene record is an observation; what is open, waived or accepted is a risk
//! too; every control is a finding with the observations that bear on it. A control whose subjects
//! all passed is `satisfied` as far as was assessed: the conclusion is an assessor's. The plan holds
//! an item for each open risk.
//!
//! The bytes are those of RFC 8785, without a line end: their plain digest is the one that is
//! signed. Only what OSCAL 1.1.3 and 1.2 have in common is used; names are derived from contents,
//! so that equal reports give equal bytes.

use std::collections::BTreeSet;
use std::io;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::alignment::{consequences, renamed};
use super::escape::escape;
use super::phrases::counted;
use super::reasons::reasons;
use super::records::{Record, Standing, records};
use super::{RenderOptions, Renderer};
use crate::model::Digest;
use crate::wire::report::{Control, ControlStatus, Report};

/// What was assessed and what came out.
pub(super) static OSCAL: Oscal = Oscal {
    name: "oscal",
    about: "OSCAL 1.1.3 assessment results: observations, findings per control, risks.",
    write: assessment,
};

/// What is to be done.
pub(super) static OSCAL_POAM: Oscal = Oscal {
    name: "oscal-poam",
    about: "OSCAL 1.1.3 plan of action and milestones: an item for each open risk.",
    write: plan,
};

/// The namespace of our properties.
const NAMESPACE: &str = "https://driftseal.dev/ns/oscal";
/// The version whose fields are used.
const VERSION: &str = "1.1.3";

pub(super) struct Oscal {
    name: &'static str,
    about: &'static str,
    write: fn(&Document<'_>) -> Value,
}

impl Renderer for Oscal {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn render(
        &self,
        report: &Report,
        options: &RenderOptions,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let document = Document {
            report,
            records: records(report),
            digest: Digest::of(report.to_json()?.as_bytes()).to_string(),
            seal: escape(&options.seal.said(), false),
            at: escape(&report.evaluated_at, false),
        };
        // The keys of a map are in order, and none is beyond ASCII.
        serde_json::to_writer(out, &(self.write)(&document))?;
        Ok(())
    }
}

/// A report on its way.
struct Document<'r> {
    report: &'r Report,
    records: Vec<Record<'r>>,
    digest: String,
    seal: String,
    at: String,
}

fn assessment(document: &Document<'_>) -> Value {
    let report = document.report;
    let mut result = Map::new();
    let mut put = |name: &str, value: Value| {
        if value.as_array().is_none_or(|list| !list.is_empty()) {
            result.insert(name.to_owned(), value);
        }
    };
    put("uuid", document.name("result", ""));
    put("title", json!(format!("Blue against green, by driftseal: {}", report.verdict)));
    put("description", json!(inert(&escape(&reasons(report).join("; "), false))));
    put("start", json!(document.at));
    put("end", json!(document.at));
    put("props", document.verdict());
    put("reviewed-controls", reviewed(&report.controls));
    put("observations", document.observations());
    put("risks", document.risks());
    put("findings", document.findings());
    put("remarks", json!(document.remarks()));
    json!({ "assessment-results": {
        "uuid": document.name("assessment-results", ""),
        "metadata": document.metadata("Configuration drift between blue and green"),
        "import-ap": { "href": format!("#{}", id("plan", "", "")) },
        "results": [result],
        "back-matter": { "resources": [
            {
                "uuid": id("plan", "", ""),
                "title": "driftseal gate",
                "description": "Every difference is explained or a finding, every rule runs on both \
                                sides, and nothing unevaluated passes.",
            },
            document.evidence(),
        ] },
    } })
}

fn plan(document: &Document<'_>) -> Value {
    let mut items: Vec<Value> = Vec::new();
    for record in document.records.iter().filter(|record| is_open(record)) {
        items.push(json!({
            "uuid": document.name("item", &record.id),
            "title": inert(&record.title),
            "description": inert(if record.remediation.is_empty() {
                &record.message
            } else {
                &record.remediation
            }),
            "props": properties(record),
            "related-observations": [{ "observation-uuid": document.name("observation", &record.id) }],
            "related-risks": [{ "risk-uuid": document.name("risk", &record.id) }],
        }));
    }
    if items.is_empty() {
        items.push(json!({
            "uuid": document.name("item", ""),
            "title": "Nothing is open",
            "description": "The report has no open finding, gap or record of the policy.",
        }));
    }
    let mut plan = Map::new();
    plan.insert("uuid".to_owned(), document.name("plan-of-action", ""));
    plan.insert("metadata".to_owned(), document.metadata("What is open between blue and green"));
    plan.insert("poam-items".to_owned(), json!(items));
    plan.insert("back-matter".to_owned(), json!({ "resources": [document.evidence()] }));
    for (name, list) in [("observations", document.observations()), ("risks", document.risks())] {
        if list.as_array().is_some_and(|list| !list.is_empty()) {
            plan.insert(name.to_owned(), list);
        }
    }
    json!({ "plan-of-action-and-milestones": plan })
}

impl Document<'_> {
    /// The name of a part of this report's documents.
    fn name(&self, kind: &str, part: &str) -> Value {
        json!(id(kind, &self.digest, part))
    }

    fn metadata(&self, title: &str) -> Value {
        json!({
            "title": title,
            "last-modified": self.at,
            "version": self.digest,
            "oscal-version": VERSION,
            "props": [
                property("tool", &format!("{} {}", self.report.engine.name, self.report.engine.version)),
                property("report-sha256", &self.digest),
                property("seal", &self.seal),
            ],
            "remarks": self.remarks(),
        })
    }

    /// Which report it is about.
    fn evidence(&self) -> Value {
        json!({
            "uuid": id("report", &self.digest, ""),
            "title": "driftseal report",
            "description": format!("The report of SHA-256 {}. {}", self.digest, inert(&self.seal)),
        })
    }

    fn verdict(&self) -> Value {
        let report = self.report;
        let mut props = vec![
            property("verdict", &report.verdict.to_string()),
            property("exit", &report.exit.to_string()),
            property("threshold", &report.threshold.to_string()),
            property("blue-sha256", &report.inputs.blue.digest.sha256),
            property("green-sha256", &report.inputs.green.digest.sha256),
            property("policy-sha256", &report.inputs.policy.sha256),
        ];
        props.extend(report.packs.iter().map(|pack| {
            property("rule-pack", &format!("{}@{} {}", pack.id, pack.version, pack.digest.sha256))
        }));
        json!(props)
    }

    /// What has no field of its own.
    fn remarks(&self) -> String {
        let report = self.report;
        let mut said = vec![self.seal.clone()];
        for (side, counts) in report.accounting.sides() {
            said.push(format!(
                "{side}: {} found, {} compared, {} excluded, {} not evaluated",
                counts.found, counts.compared, counts.excluded, counts.gaps
            ));
        }
        let changes = report.summary.changes.iter();
        said.extend(changes.map(|count| {
            format!("{} explained as {}", counted(count.count, "difference"), count.kind)
        }));
        said.extend(renamed(report));
        said.extend(consequences(report));
        said.iter().map(|line| inert(&escape(line, false))).collect::<Vec<_>>().join("\n\n")
    }

    fn observations(&self) -> Value {
        let observation = |record: &Record<'_>| {
            json!({
                "uuid": self.name("observation", &record.id),
                "title": inert(&record.title),
                "description": inert(&record.message),
                "methods": ["TEST"],
                "types": ["discovery"],
                "collected": self.at,
                "props": properties(record),
                "relevant-evidence": [{
                    "href": format!("#{}", id("report", &self.digest, "")),
                    "description": "The report that says so.",
                }],
            })
        };
        self.records.iter().map(observation).collect()
    }

    /// What is open, or was decided to be borne. What green no longer has is none.
    fn risks(&self) -> Value {
        let risk = |record: &Record<'_>| {
            let status = status(record)?;
            let mut risk = json!({
                "uuid": self.name("risk", &record.id),
                "title": inert(&record.title),
                "description": inert(&record.message),
                "statement": inert(&format!("{}: {}", record.standing.name(), record.title)),
                "status": status,
                "props": properties(record),
                "related-observations": [
                    { "observation-uuid": self.name("observation", &record.id) },
                ],
            });
            if !record.remediation.is_empty()
                && let Some(risk) = risk.as_object_mut()
            {
                let remediation = json!([{
                    "uuid": self.name("remediation", &record.id),
                    "lifecycle": "recommendation",
                    "title": "What to do about it",
                    "description": inert(&record.remediation),
                }]);
                risk.insert("remediations".to_owned(), remediation);
            }
            if !record.decided.is_empty()
                && let Some(risk) = risk.as_object_mut()
            {
                let factor = |(nth, decided): (usize, &String)| {
                    let uuid = self.name("decision", &format!("{} {nth}", record.id));
                    json!({ "uuid": uuid, "description": inert(decided) })
                };
                let factors: Vec<Value> = record.decided.iter().enumerate().map(factor).collect();
                risk.insert("mitigating-factors".to_owned(), json!(factors));
            }
            Some(risk)
        };
        self.records.iter().filter_map(risk).collect()
    }

    /// What was found out about each control.
    fn findings(&self) -> Value {
        self.report.controls.iter().map(|control| self.finding(control)).collect()
    }

    fn finding(&self, control: &Control) -> Value {
        let name = token(&control.control);
        let bearing = || self.records.iter().filter(|one| one.controls.contains(&control.control));
        let observations: Vec<Value> = bearing()
            .map(|one| json!({ "observation-uuid": self.name("observation", &one.id) }))
            .collect();
        let risks: Vec<Value> = bearing()
            .filter(|one| status(one).is_some())
            .map(|one| json!({ "risk-uuid": self.name("risk", &one.id) }))
            .collect();
        let (state, reason) = match control.status {
            ControlStatus::Evidenced | ControlStatus::Exception => ("satisfied", "pass"),
            ControlStatus::Gap => ("not-satisfied", "fail"),
            ControlStatus::NotAssessed => ("not-satisfied", "other"),
        };
        let mut finding = json!({
            "uuid": self.name("finding", &control.control),
            "title": escape(&control.control, false),
            "description": format!(
                "{}: {} passed, {} failed, {} undecided, {} does not apply to; {} open, {} waived. \
                 What this means for the control is for an assessor to conclude.",
                control.status.name(), counted(control.passed, "subject"), control.failed,
                control.unknown, control.not_applicable, control.open, control.waived
            ),
            "target": {
                "type": "objective-id",
                "target-id": format!("{name}_obj"),
                "status": { "state": state, "reason": reason },
            },
            "props": [property("control-status", control.status.name())],
        });
        if let Some(finding) = finding.as_object_mut() {
            for (field, list) in [("related-observations", observations), ("related-risks", risks)]
            {
                if !list.is_empty() {
                    finding.insert(field.to_owned(), json!(list));
                }
            }
        }
        finding
    }
}

/// Which controls were looked at: all that rules bear on.
fn reviewed(controls: &[Control]) -> Value {
    let names: BTreeSet<String> = controls.iter().map(|control| token(&control.control)).collect();
    let selection = if names.is_empty() {
        json!({ "include-all": {} })
    } else {
        let name = |name: &String| json!({ "control-id": name });
        json!({ "include-controls": names.iter().map(name).collect::<Vec<_>>() })
    };
    json!({ "control-selections": [selection] })
}

const fn status(record: &Record<'_>) -> Option<&'static str> {
    match record.standing {
        Standing::Blocking
        | Standing::Unevaluated
        | Standing::New
        | Standing::Inherited
        // Known debt is debt.
        | Standing::Baselined
        | Standing::Policy => Some("open"),
        Standing::Waived | Standing::Accepted => Some("deviation-approved"),
        Standing::Resolved => None,
    }
}

fn is_open(record: &Record<'_>) -> bool {
    status(record) == Some("open")
}

fn properties(record: &Record<'_>) -> Vec<Value> {
    let mut props = vec![
        property("fingerprint", &record.id),
        property("rule", &record.rule),
        property("severity", record.severity.name()),
        property("standing", record.standing.name()),
    ];
    props.push(property("place", &format!("{}:{}", record.spot.file, record.spot.line)));
    if let Some(finding) = record.finding {
        let place = format!("{} {}", finding.resource, finding.path);
        props.push(property("subject", &place));
    }
    props
}

/// A property: its value has one line, and no blank at an end.
fn property(name: &str, value: &str) -> Value {
    let value = escape(value, false);
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    json!({ "name": name, "ns": NAMESPACE, "value": if value.is_empty() { "-" } else { &value } })
}

/// The name of a control as OSCAL takes it: `hipaa:164.312(b)` is `hipaa-164.312-b`.
fn token(control: &str) -> String {
    let mut out = String::with_capacity(control.len());
    for character in control.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '-' => out.push(character),
            ':' | '(' => out.push('-'),
            ')' => {}
            _ => out.push('_'),
        }
    }
    if out.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
        out
    } else {
        format!("_{out}")
    }
}

/// Text of others that a reader of Markdown neither takes for markup nor follows.
fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '[' => out.push_str("\\["),
            other => out.push(other),
        }
    }
    if out.trim().is_empty() { "-".to_owned() } else { out }
}

/// A name that follows from what it names (RFC 9562, version 5).
fn id(kind: &str, digest: &str, part: &str) -> String {
    let text = format!("{NAMESPACE}/{kind}/{digest}/{part}");
    Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{OSCAL, OSCAL_POAM, inert, token};
    use crate::report::{RenderOptions, Renderer};
    use crate::wire::report::{Report, sample};

    fn written(renderer: &dyn Renderer, report: &Report) -> Value {
        let mut out = Vec::new();
        renderer.render(report, &RenderOptions::default(), &mut out).unwrap();
        assert_ne!(out.last(), Some(&b'\n'), "the bytes are canonical");
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn every_record_is_an_observation_and_what_is_open_an_item() {
        let report = Report::from(sample::report());
        let all = report.findings.len() + report.gaps.len() + report.hygiene.len();
        let document = written(&OSCAL, &report);
        let result = &document["assessment-results"]["results"][0];
        assert_eq!(result["observations"].as_array().unwrap().len(), all);
        assert_eq!(result["findings"].as_array().unwrap().len(), report.controls.len());
        let risks = result["risks"].as_array().unwrap();
        let open = risks.iter().filter(|risk| risk["status"] == "open").count();
        let plan = &written(&OSCAL_POAM, &report)["plan-of-action-and-milestones"];
        assert_eq!(plan["poam-items"].as_array().unwrap().len(), open);
        assert_eq!(plan["risks"].as_array().unwrap(), risks);
        assert!(open > 0 && open < risks.len(), "some are waived or accepted");
    }

    #[test]
    fn an_empty_list_is_left_out_and_a_plan_is_never_empty() {
        let report = Report::from(sample::report());
        let nothing = Report {
            findings: Vec::new(),
            gaps: Vec::new(),
            hygiene: Vec::new(),
            controls: Vec::new(),
            ..report
        };
        let document = written(&OSCAL, &nothing);
        let result = &document["assessment-results"]["results"][0];
        for field in ["observations", "risks", "findings"] {
            assert!(result.get(field).is_none(), "{field}");
        }
        let selection = &result["reviewed-controls"]["control-selections"][0];
        assert_eq!(selection.to_string(), "{\"include-all\":{}}");
        let plan = &written(&OSCAL_POAM, &nothing)["plan-of-action-and-milestones"];
        assert_eq!(plan["poam-items"][0]["title"], "Nothing is open");
        assert!(plan.get("risks").is_none());
    }

    #[test]
    fn names_are_tokens_and_text_is_no_markup() {
        assert_eq!(token("hipaa:164.312(b)"), "hipaa-164.312-b");
        assert_eq!(token("pci:10.2.1"), "pci-10.2.1");
        assert_eq!(token("5:a b"), "_5-a_b");
        assert_eq!(inert("<b>[a](b)"), "&lt;b>\\[a](b)");
        assert_eq!(inert(" "), "-");
    }
}

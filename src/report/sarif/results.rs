//! Results: one for each record of a report.

use serde_json::{Value, json};

use super::rules::{CUT, Catalogue};
use crate::report::escape;
use crate::report::records::{Record, Spot, Standing, anchor, reference, spot};
use crate::wire::report::{Finding, Report, Severity, WaiverMark};

/// One result, as a document.
pub(super) type Result = Value;

/// Where a result stands that is about the report as a whole.
const WHOLE: &str = "driftseal.toml";

/// Makes a result of a record.
pub(super) fn result(report: &Report, record: &Record<'_>, catalogue: &Catalogue) -> Result {
    let mut text = record.message.clone();
    if text.is_empty() {
        text.clone_from(&record.title);
    }
    let mut result = json!({
        "ruleId": record.rule,
        "ruleIndex": catalogue.index(&record.rule),
        "kind": "fail",
        "level": level(record.severity),
        "message": { "text": unlinked(&text) },
        "locations": [location(&record.spot, record.finding)],
        "partialFingerprints": fingerprints(record),
        "baselineState": state(record),
        "suppressions": suppressions(record),
        "taxa": catalogue.taxa(record.controls),
        "properties": {
            "kind": record.kind,
            "standing": record.standing.name(),
            "severity": record.severity,
        },
    });
    if let (Some(finding), Some(object)) = (record.finding, result.as_object_mut()) {
        let related = related(report, finding);
        object.insert("relatedLocations".to_owned(), related);
        let properties = json!({
            "kind": record.kind,
            "standing": record.standing.name(),
            "severity": record.severity,
            "resource": escape(&finding.resource, false),
            "path": escape(&finding.path, false),
            "blue": finding.values.blue.as_deref().map(|value| escape(value, false)),
            "green": finding.values.green.as_deref().map(|value| escape(value, false)),
            "direction": finding.direction,
            "group": escape(&finding.group, false),
            "remediation": record.remediation,
            "decided": record.decided,
            "waiver": finding.waiver.as_ref().map(waiver),
        });
        object.insert("properties".to_owned(), properties);
    }
    result
}

/// Says that there are more.
pub(super) fn cut(count: usize) -> Result {
    let spot = Spot { file: WHOLE.to_owned(), line: 1, column: None, end_line: None };
    json!({
        "ruleId": CUT,
        "kind": "fail",
        "level": "error",
        "message": {
            "text": format!("{count} more results than GitHub shows stand in the report as JSON.")
        },
        "locations": [location(&spot, None)],
        "partialFingerprints": {
            "driftseal/v1": CUT, "primaryLocationLineHash": "6372697374736561:1",
        },
        "baselineState": "new",
        "suppressions": [],
    })
}

/// What a severity is called.
pub(super) const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

fn state(record: &Record<'_>) -> &'static str {
    let is_known = record.finding.is_some_and(|finding| finding.baseline.is_some());
    match record.standing {
        Standing::Baselined | Standing::Inherited => "unchanged",
        Standing::Resolved => "absent",
        Standing::Blocking | Standing::New | Standing::Waived if is_known => "updated",
        Standing::Blocking
        | Standing::Unevaluated
        | Standing::New
        | Standing::Waived
        | Standing::Accepted
        | Standing::Policy => "new",
    }
}

fn suppressions(record: &Record<'_>) -> Value {
    let why = match record.standing {
        Standing::Waived => "the policy accepts it",
        Standing::Baselined => "the baseline holds it",
        Standing::Accepted => "the policy accepts this gap",
        Standing::Blocking
        | Standing::Unevaluated
        | Standing::New
        | Standing::Inherited
        | Standing::Policy
        | Standing::Resolved => return json!([]),
    };
    let why = if record.decided.is_empty() { why.to_owned() } else { record.decided.join("; ") };
    json!([{ "kind": "external", "status": "accepted", "justification": why }])
}

/// A waiver as properties.
fn waiver(mark: &WaiverMark) -> Value {
    let plain = |text: &str| escape(text, false);
    let approved_by: Vec<String> = mark.approved_by.iter().map(|name| plain(name)).collect();
    json!({
        "id": plain(&mark.id),
        "status": plain(&mark.status),
        "approvedBy": approved_by,
        "requestedBy": plain(&mark.requested_by),
        "expires": plain(&mark.expires),
        "ticket": mark.ticket.as_deref().map(plain),
    })
}

/// Names that say nothing of lines: the one for us, and the one code scanning goes by.
fn fingerprints(record: &Record<'_>) -> Value {
    let digits: String =
        record.id.chars().skip_while(|c| *c != ':').skip(1).take_while(|c| *c != '#').collect();
    let mut names = json!({
        "driftseal/v1": record.id,
        "primaryLocationLineHash": format!("{digits}:1"),
    });
    let instance = record.finding.map(|finding| finding.instance.as_str()).unwrap_or_default();
    if let (false, Some(names)) = (instance.is_empty(), names.as_object_mut()) {
        names.insert("driftsealInstance/v1".to_owned(), escape(instance, false).into());
    }
    names
}

fn location(spot: &Spot, finding: Option<&Finding>) -> Value {
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&spot.file) },
            "region": region(spot),
        },
    });
    if let (Some(finding), Some(object)) = (finding, location.as_object_mut()) {
        let name = format!("{}#{}", finding.resource, finding.path);
        let logical = json!([{ "fullyQualifiedName": escape(&name, false), "kind": "member" }]);
        object.insert("logicalLocations".to_owned(), logical);
    }
    location
}

fn region(spot: &Spot) -> Value {
    let mut region = json!({ "startLine": spot.line });
    if let Some(object) = region.as_object_mut() {
        if let Some(column) = spot.column {
            object.insert("startColumn".to_owned(), column.into());
        }
        if let Some(end) = spot.end_line {
            object.insert("endLine".to_owned(), end.into());
        }
    }
    region
}

/// Both sides, each told which it is.
fn related(report: &Report, finding: &Finding) -> Value {
    let shown = anchor(finding).map(|(side, _)| side);
    let others = finding.places.sides().into_iter().filter(|(side, _)| Some(*side) != shown);
    let places = others.filter_map(|(side, place)| {
        let spot = spot(report, side, place.as_ref()?);
        let mut location = location(&spot, None);
        let message = json!({ "text": format!("in {side}") });
        location.as_object_mut()?.insert("message".to_owned(), message);
        Some(location)
    });
    places.collect()
}

/// A path as a relative reference, which is never empty.
fn uri(path: &str) -> String {
    let path = reference(path);
    if path.is_empty() { WHOLE.to_owned() } else { path }
}

/// A text in which no part is a link.
fn unlinked(text: &str) -> String {
    text.replace("](", "] (")
}

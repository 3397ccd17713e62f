//! Terraform: what a plan does not know, and what was changed past it.

use driftseal::model::{Finding, Report, State};

use crate::{compare, drift, same};

/// A plan with one resource of these values and marks, a second time in `planned_values`.
fn plan(after: &str, marks: &str, rest: &str) -> String {
    format!(
        "{{\"format_version\": \"1.2\", \"terraform_version\": \"1.9.8\", \"planned_values\": {{\"root_module\": \
         {{\"child_modules\": [{{\"address\": \"module.m\", \"resources\": [{{\"address\": \"module.m.aws_instance.a\", \
         \"values\": {after}}}]}}]}}}}, \"resource_changes\": [{{\"address\": \"module.m.aws_instance.a\", \
         \"change\": {{\"actions\": [\"create\"], \"before\": null, \"after\": {after}, \"after_unknown\": \
         {marks}}}}}]{rest}}}"
    )
}

const CHANGE: &str = "/resource_changes/address=module.m.aws_instance.a/change";

fn judged(blue: &str, green: &str) -> Report {
    compare("plan.json", blue, green)
}

fn of<'r>(report: &'r Report, rule: &str) -> Vec<&'r Finding> {
    report.findings.iter().filter(|finding| finding.rule.0 == rule).collect()
}

#[test]
fn a_value_known_after_apply_only_is_told_once_and_as_that() {
    let known = plan(r#"{"size": 1, "ip": "10.0.0.1"}"#, "{}", "");
    let open = plan(r#"{"size": 1}"#, r#"{"ip": true}"#, "");
    let place = format!("{CHANGE}/after_unknown/ip");
    for (blue, green) in [(&known, &open), (&open, &known)] {
        assert_eq!(drift(&compare("plan.json", blue, green)), [place.as_str()]);
        let report = judged(blue, green);
        let told = of(&report, "DS-CFG-013");
        assert_eq!(told.len(), 1, "{:#?}", report.findings);
        assert_eq!(told[0].at.path.to_string(), place);
        assert!(of(&report, "DS-DRF-001").is_empty(), "{:#?}", report.findings);
    }
}

#[test]
fn a_value_inside_of_others_is_found_by_its_mark() {
    let known = plan(r#"{"disk": [{"a": 1}, {"a": 1, "b": {"c": "x", "d": 2}}]}"#, "{}", "");
    let open = plan(
        r#"{"disk": [{"a": 1}, {"a": 1, "b": {"d": 2}}]}"#,
        r#"{"disk": [{}, {"b": {"c": true}}]}"#,
        "",
    );
    let place = format!("{CHANGE}/after_unknown/disk");
    assert_eq!(drift(&compare("plan.json", &known, &open)), [place.as_str()]);
    // The mark is on another member: nothing says that this value is open.
    let other = open.replace(r#"[{}, {"b": {"c": true}}]"#, r#"[{"b": {"c": true}}, {}]"#);
    let drift = drift(&compare("plan.json", &known, &other));
    assert_eq!(drift.len(), 3, "{drift:?}");
}

#[test]
fn what_is_left_out_without_a_mark_is_drift() {
    let known = plan(r#"{"size": 1, "ip": "10.0.0.1"}"#, "{}", "");
    for marks in ["{}", r#"{"ip": false}"#, r#"{"name": true}"#] {
        let gone = plan(r#"{"size": 1}"#, marks, "");
        let report = judged(&known, &gone);
        let places: Vec<String> =
            of(&report, "DS-DRF-001").iter().map(|finding| finding.at.path.to_string()).collect();
        assert!(places.contains(&format!("{CHANGE}/after/ip")), "{marks}: {places:?}");
    }
    // Both plans mark it, and one says it all the same: not what Terraform writes.
    let odd = plan(r#"{"size": 1, "ip": "10.0.0.1"}"#, r#"{"ip": true}"#, "");
    let open = plan(r#"{"size": 1}"#, r#"{"ip": true}"#, "");
    assert!(drift(&compare("plan.json", &odd, &open)).contains(&format!("{CHANGE}/after/ip")));
}

/// `OTEL_SDK_DISABLED=false` is what its absence means; that its value is not marked is not.
#[test]
fn a_mark_has_no_default_of_the_value_it_marks() {
    let variables =
        |marks: &str| plan(r#"{"variables": {}}"#, &format!(r#"{{"variables": {{{marks}}}}}"#), "");
    let (none, marked) = (variables(""), variables(r#""OTEL_SDK_DISABLED": false"#));
    let place = format!("{CHANGE}/after_unknown/variables/OTEL_SDK_DISABLED");
    assert_eq!(drift(&compare("plan.json", &none, &marked)), [place]);
}

#[test]
fn an_output_known_after_apply_only_is_told_as_that() {
    let output = |change: &str| {
        plan(
            "{}",
            "{}",
            &format!(
                ", \"output_changes\": {{\"ip\": {{\"actions\": [\"create\"], \"before\": null, {change}}}}}"
            ),
        )
    };
    let planned = |plan: &str, value: &str| {
        let outputs = format!(
            "\"planned_values\": {{\"outputs\": {{\"ip\": {{\"sensitive\": false{value}}}}}, "
        );
        plan.replace("\"planned_values\": {", &outputs)
    };
    let known = output(r#""after": "10.0.0.1", "after_unknown": false"#);
    let known = planned(&known, r#", "value": "10.0.0.1""#);
    let open = planned(&output(r#""after_unknown": true"#), "");
    let report = judged(&known, &open);
    assert_eq!(of(&report, "DS-CFG-013").len(), 1, "{:#?}", report.findings);
    assert!(of(&report, "DS-DRF-001").is_empty(), "{:#?}", report.findings);
    assert_eq!(drift(&compare("plan.json", &known, &open)), ["/output_changes/ip/after_unknown"]);
}

/// Two plans that know nothing of a value do not agree on it.
#[test]
fn what_neither_plan_knows_is_said_and_not_called_equal() {
    let open = plan(r#"{"size": 1}"#, r#"{"ip": true, "tags": {"env": true}}"#, "");
    let report = judged(&open, &open);
    let [said] = of(&report, "DS-CFG-015")[..] else { panic!("{:#?}", report.findings) };
    assert!(said.message.ends_with("compared with nothing: ip, tags.env"), "{}", said.message);
    assert_eq!(said.state, State::Inherited);
    let known = plan(r#"{"size": 1}"#, r#"{"ip": false, "tags": {}}"#, "");
    assert!(of(&judged(&known, &known), "DS-CFG-015").is_empty());
}

fn drifted(after: &str) -> String {
    let rest = format!(
        ", \"resource_drift\": [{{\"address\": \"aws_security_group.db\", \"change\": {{\"actions\": [\"update\"], \
         \"before\": {{\"name\": \"db\", \"ingress\": []}}, \"after\": {after}}}}}]"
    );
    plan(r#"{"size": 1}"#, "{}", &rest)
}

#[test]
fn what_was_changed_outside_is_told_as_such_and_not_as_configuration() {
    let clean = plan(r#"{"size": 1}"#, "{}", "");
    let by_hand = drifted(r#"{"name": "db", "ingress": ["0.0.0.0/0"]}"#);
    let other = drifted(r#"{"name": "db", "ingress": ["10.0.0.0/8"]}"#);
    for (blue, green, says) in [
        (&clean, &by_hand, "in green only"),
        (&by_hand, &clean, "in blue only"),
        (&by_hand, &other, "not alike on the sides"),
    ] {
        let report = judged(blue, green);
        assert!(of(&report, "DS-DRF-001").is_empty(), "{:#?}", report.findings);
        let told = of(&report, "DS-CFG-014");
        assert!(
            !told.is_empty() && told.iter().all(|one| one.message.ends_with(says)),
            "{told:#?}"
        );
    }
    let report = judged(&clean, &by_hand);
    let [green] = of(&report, "DS-CFG-004")[..] else { panic!("{:#?}", report.findings) };
    assert!(green.message.ends_with("(update): ingress"), "{}", green.message);
    assert_eq!(green.state, State::Introduced);
    // The same on both sides is no difference, and is said all the same.
    same("plan.json", &by_hand, &by_hand.replace("\"size\": 1", "\"size\":1"));
    let report = judged(&by_hand, &by_hand);
    let [both] = of(&report, "DS-CFG-004")[..] else { panic!("{:#?}", report.findings) };
    assert_eq!(both.state, State::Inherited);
}

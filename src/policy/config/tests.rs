use super::Config;
use crate::model::Side;

const GOOD: &str = r#"
[environments]
blue = { colour = "azure", sources = ["deploy/blue"] }
green = { sources = ["deploy/green"] }

[[colours]]
blue = "10.1.0.0/16"
green = "10.2.0.0/16"

[[allow]]
id = "release"
file = "services/*/deployment.yaml"
path = "/spec/**/image"
green = { matches = 'registry\.example/.+@sha256:[0-9a-f]{64}' }
reason = "release 2.4.1"
owner = "payments"
ticket = "CHG-1"
review_by = 2027-03-31

[[accept_gap]]
place = "charts/**"
reason = "template-not-rendered"
why = "rendered in CI"
owner = "platform"
expires = 2027-01-01

[masking]
patterns = ['acl \S+', 'door=(\d+)']

[gate]
fail_on = "high"
"#;

#[test]
fn a_policy_is_read() {
    let config = Config::parse("driftseal.toml", GOOD).unwrap();
    assert_eq!(config.policy.colour.get(Side::Blue), "azure");
    assert_eq!(config.policy.colour.get(Side::Green), "green");
    assert_eq!(config.policy.allowances.len(), 1);
    assert_eq!(config.policy.accepted_gaps.len(), 1);
    assert_eq!(config.secret_patterns.len(), 2);
    assert_eq!(config.policy.colours.recolour("azure 10.1.2.3"), "green 10.2.2.3");
}

#[test]
fn every_mistake_is_reported_with_its_place() {
    let text = GOOD
        .replace("fail_on = \"high\"", "fail_on = \"hihg\"")
        .replace("ticket", "tiket")
        .replace("template-not-rendered", "template")
        .replace("'acl \\S+', 'door=(\\d+)'", "'(', 'x*'");
    let errors = Config::parse("driftseal.toml", &text).unwrap_err();
    let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let text = text.join("\n");
    assert!(text.contains("driftseal.toml:17:"), "{text}");
    assert!(text.contains("ticket"), "{text}");
    assert!(text.contains("fail_on"), "{text}");
    assert!(text.contains("reason"), "{text}");
    assert!(text.contains("cannot read `patterns`: regex parse error"), "{text}");
    assert!(text.contains("this pattern matches the empty text"), "{text}");
}

#[test]
fn the_colour_map_stays_one_to_one() {
    let text =
        "[[colours]]\nblue = \"aa\"\ngreen = \"bb\"\n[[colours]]\nblue = \"aa\"\ngreen = \"cc\"\n";
    let errors = Config::parse("driftseal.toml", text).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].line, 5);
}

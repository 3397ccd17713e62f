//! The rule engine on rules of every kind: each `[[rule.test]]` of the pack holds.

use std::collections::BTreeSet;

use driftseal::rules::{RuleSet, ViewShape, testing};

const PACK: &str = include_str!("rules_engine/worked.toml");

const VIEWS: &[ViewShape<'static>] = &[
    ViewShape { name: "endpoint.ref", fields: &["owner", "key", "url", "sidecar"] },
    ViewShape { name: "env.var", fields: &["owner", "name", "value", "value_from"] },
    ViewShape {
        name: "evidence.load",
        fields: &["name", "finished", "p95_ms", "baseline_p95_ms", "subject_digests", "thresholds"],
    },
    ViewShape { name: "istio.route", fields: &["id", "timeout"] },
    ViewShape { name: "jvm.container", fields: &["owner", "xmx", "memory_limit"] },
    ViewShape {
        name: "k8s.container",
        fields: &["owner", "name", "os", "image", "securityContext"],
    },
    ViewShape { name: "k8s.effective-grants", fields: &["workload", "grants"] },
    ViewShape { name: "k8s.podspec", fields: &["owner", "namespace", "labels"] },
    ViewShape { name: "log.retention", fields: &["store", "retention"] },
    ViewShape { name: "otel.pipeline", fields: &["id", "signal", "processors"] },
    ViewShape { name: "sdk.tracing", fields: &["service", "sampler", "sampler_arg"] },
    ViewShape { name: "tls.listener", fields: &["id", "protocols"] },
    ViewShape {
        name: "trace.edge",
        fields: &[
            "from",
            "from.service",
            "from.instrumented",
            "from.propagators",
            "to",
            "to.service",
            "to.instrumented",
            "to.propagators",
        ],
    },
];

#[test]
fn every_test_of_the_worked_rules_holds() {
    let rules = match RuleSet::load(&[("worked.toml", PACK)], VIEWS) {
        Ok(rules) => rules,
        Err(errors) => {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            panic!("{}", lines.join("\n"));
        }
    };
    let results: Vec<_> = rules.rules().iter().flat_map(testing::run).collect();
    let failures: Vec<String> = results
        .iter()
        .filter_map(|result| {
            let failure = result.failure.as_ref()?;
            Some(format!("{} {}: {failure}", result.rule, result.name))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!((rules.rules().len(), results.len()), (15, 74));
    let outcomes: BTreeSet<&str> = results.iter().map(|result| result.outcome.name()).collect();
    assert_eq!(outcomes, BTreeSet::from(["error", "fail", "na", "pass", "unknown"]));
}

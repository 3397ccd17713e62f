//! Things about tracing that a naive reader gets wrong, each in a test of its own over a small system.
//! Of the fifteen, those that cases of `fixtures/tracing` stand for are in `tests/tracing.rs`.

use driftseal::model::{EndKind, Transport};

use crate::{TEMPO, app, collector, env, gateway, way};

/// A service beside a collector of its own configuration.
fn told(endpoint: &str, more: &str, exporters: &str, to: &str) -> driftseal::model::TracePath {
    let app = app(&[env(endpoint).as_str(), more].join("\n        "));
    let gateway = gateway(&collector(exporters, to), 4317);
    way(&[("app.yaml", &app), ("gw.yaml", &gateway)])
}

fn variable(name: &str, value: &str) -> String {
    format!("- {{name: {name}, value: '{value}'}}")
}

/// The protection of the last leg: of an exporter as written.
fn protection(exporter: &str, id: &str) -> Transport {
    let way = told("http://gw.obs:4317", "", exporter, id);
    way.hops.last().unwrap().transport
}

#[test]
fn trap_01_only_true_is_true_to_an_sdk() {
    let kind = |value| {
        told("http://gw.obs:4317", &variable("OTEL_SDK_DISABLED", value), TEMPO, "otlp/tempo")
            .kind()
    };
    for value in ["1", "yes", "on", "false"] {
        assert_eq!(kind(value), EndKind::Backend, "{value}");
    }
    assert_eq!((kind("true"), kind("TRUE")), (EndKind::Dark, EndKind::Dark));
}

#[test]
fn trap_02_an_empty_variable_is_one_that_is_not_set() {
    let way =
        told("http://gw.obs:4317", &variable("OTEL_TRACES_EXPORTER", ""), TEMPO, "otlp/tempo");
    assert_eq!(way.kind(), EndKind::Backend);
}

#[test]
fn trap_03_a_scheme_says_plain_text_to_an_sdk_and_nothing_to_a_collector() {
    let way =
        told("http://gw.obs:4317", "", "otlp_grpc: {endpoint: 'http://tempo:4317'}", "otlp_grpc");
    let legs: Vec<Transport> = way.hops.iter().map(|hop| hop.transport).collect();
    assert_eq!(legs, [Transport::Clear, Transport::Tls]);
}

#[test]
fn trap_04_insecure_changes_nothing_for_https() {
    let exporter = "otlp_http: {endpoint: 'https://tempo.example:4318', tls: {insecure: true}}";
    assert_eq!(protection(exporter, "otlp_http"), Transport::Tls);
}

#[test]
fn trap_05_insecure_with_an_authority_is_encrypted() {
    let with = |tls| format!("otlp_grpc: {{endpoint: 'tempo.example:4317', tls: {{{tls}}}}}");
    assert_eq!(protection(&with("insecure: true"), "otlp_grpc"), Transport::Clear);
    assert_eq!(protection(&with("insecure: true, ca_file: /ca.crt"), "otlp_grpc"), Transport::Tls);
}

#[test]
fn trap_07_a_configuration_file_takes_the_effect_from_every_variable() {
    let file = variable("OTEL_CONFIG_FILE", "/etc/otel.yaml");
    let way = told("http://gw.obs:4317", &file, TEMPO, "otlp/tempo");
    assert_eq!(way.kind(), EndKind::Unresolved);
}

#[test]
fn trap_09_where_a_receiver_listens_by_default_depends_on_the_release() {
    let config = collector(TEMPO, "otlp/tempo").replace("{endpoint: '0.0.0.0:4317'}", "{}");
    let kind = |image: &str| {
        let gateway = gateway(&config, 4317).replace("otel/opentelemetry-collector\n", image);
        way(&[("app.yaml", &app(&env("http://gw.obs:4317"))), ("gw.yaml", &gateway)]).kind()
    };
    assert_eq!(kind("otel/opentelemetry-collector-contrib:0.103.0\n"), EndKind::Backend);
    assert_eq!(kind("otel/opentelemetry-collector-contrib:0.104.0\n"), EndKind::Broken);
}

#[test]
fn trap_11_a_key_without_value_is_not_an_absent_key() {
    let kind = |protocols: &str| {
        let config = collector(TEMPO, "otlp/tempo");
        let config = config.replace("{grpc: {endpoint: '0.0.0.0:4317'}}", protocols);
        let gateway = gateway(&config, 4317);
        way(&[("app.yaml", &app(&env("http://gw.obs:4317"))), ("gw.yaml", &gateway)]).kind()
    };
    assert_eq!(kind("{grpc: , http: }"), EndKind::Backend);
    assert_eq!(kind("{http: }"), EndKind::Broken);
}

#[test]
fn trap_14_names_with_a_hash_of_their_content_are_the_same_name() {
    let side = |hash: &str| {
        let gateway = gateway(&collector(TEMPO, "otlp/tempo"), 4317);
        gateway
            .replace(
                "ConfigMap\nmetadata: {name: gw,",
                &format!("ConfigMap\nmetadata: {{name: gw-{hash},"),
            )
            .replace("configMap: {name: gw}", &format!("configMap: {{name: gw-{hash}}}"))
    };
    let app = app(&env("http://gw.obs:4317"));
    for hash in ["1a2b3c4d", "5kg7f9h2bt"] {
        let way = way(&[("app.yaml", &app), ("gw.yaml", &side(hash))]);
        assert_eq!(way.kind(), EndKind::Backend, "{hash}: {way:?}");
    }
}

#[test]
fn trap_15_a_dollar_means_four_things_on_one_way() {
    // Kubernetes fills in what stands before, and leaves the rest as it is.
    let before = variable("HOST", "gw.obs");
    let reference = env("http://$(HOST):4317");
    let of = |lines: &[&str]| {
        let app = app(&lines.join("\n        "));
        way(&[("app.yaml", &app), ("gw.yaml", &gateway(&collector(TEMPO, "otlp/tempo"), 4317))])
            .kind()
    };
    assert_eq!(of(&[&before, &reference]), EndKind::Backend);
    assert_ne!(of(&[&reference, &before]), EndKind::Backend);
}

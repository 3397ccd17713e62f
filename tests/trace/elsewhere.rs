//! Settings that one document names and another one holds.

use driftseal::model::{EndKind, TraceFact};

use crate::memory::audit_texts;
use crate::systems::{BASE, GATEWAY, arrives, breaks, end, gateway, is_open, pay};
use crate::{full, service};

/// The service, with variables as written.
fn told(variables: &str) -> String {
    let known = pay(&[]);
    known.replace("value: pay}\n", &format!("value: pay}}\n{variables}"))
}

fn from(name: &str, key: &str) -> String {
    format!(
        "            - {{name: {name}, valueFrom: {{configMapKeyRef: {{name: tracing, key: {key}}}}}}}\n"
    )
}

fn literal(name: &str, value: &str) -> String {
    format!("            - {{name: {name}, value: '{value}'}}\n")
}

fn held(namespace: &str, data: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: tracing, namespace: {namespace}}}\ndata: \
         {{{data}}}\n---\n"
    )
}

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const GRPC: &str = "            - {name: OTEL_EXPORTER_OTLP_PROTOCOL, value: grpc}\n";

#[test]
fn a_key_of_a_config_map_says_what_a_variable_is() {
    let app = told(&[GRPC, &from(ENDPOINT, "collector")].concat());
    let of = |data: &str| [app.clone(), held("shop", data), gateway(BASE)];
    arrives(&of(&format!("collector: '{GATEWAY}'")));
    breaks(&of("collector: 'https://gw.obs:4317'"), "TLS");
    breaks(&of("collector: 'http://gw.obs:4318'"), "grpc");
    // Another key, another namespace, no ConfigMap at all: nobody knows.
    is_open(&of(&format!("other: '{GATEWAY}'")), ENDPOINT);
    let elsewhere = held("other", &format!("collector: '{GATEWAY}'"));
    is_open(&[app.clone(), elsewhere, gateway(BASE)], ENDPOINT);
    is_open(&[app.clone(), gateway(BASE)], ENDPOINT);
    // What is empty is not set.
    assert_eq!(end(&of("collector: ''")).0, EndKind::Dark);
}

#[test]
fn keys_of_config_maps_are_put_into_values_that_come_after_them() {
    let value = "http://$(HOST):4317";
    let (host, whole) = (from("HOST", "host"), literal(ENDPOINT, value));
    let data = held("shop", "host: gw.obs");
    arrives(&[told(&[GRPC, &host, &whole].concat()), data.clone(), gateway(BASE)]);
    is_open(&[told(&[GRPC, &whole, &host].concat()), data.clone(), gateway(BASE)], "reference");
    // A Secret's key stays unknown.
    let secret = host.replace("configMapKeyRef", "secretKeyRef");
    is_open(&[told(&[GRPC, &secret, &whole].concat()), data, gateway(BASE)], "reference");
}

#[test]
fn protocol_switch_and_sampler_may_be_held_too() {
    let to = literal(ENDPOINT, GATEWAY);
    let with = |name: &str, data: &str| {
        [told(&[to.as_str(), &from(name, "key")].concat()), held("shop", data), gateway(BASE)]
    };
    arrives(&with("OTEL_EXPORTER_OTLP_PROTOCOL", "key: grpc"));
    breaks(&with("OTEL_EXPORTER_OTLP_PROTOCOL", "key: http/protobuf"), "http");
    assert_eq!(end(&with("OTEL_TRACES_EXPORTER", "key: none")).0, EndKind::Dark);
    assert_eq!(end(&with("OTEL_SDK_DISABLED", "key: 'true'")).0, EndKind::Dark);
    assert_eq!(end(&with("OTEL_SDK_DISABLED", "key: '1'")).0, EndKind::Backend);
    let sampling = |data: &str| {
        let sampler = literal("OTEL_TRACES_SAMPLER", "parentbased_traceidratio");
        let app = told(
            &[&to, &sampler, &from("OTEL_TRACES_SAMPLER_ARG", "key")].map(String::as_str).concat(),
        );
        let text = [app, held("shop", data), gateway(BASE)].concat();
        let files = [("all.yaml", text.as_str())];
        let report = audit_texts(&files, &files, &full());
        service(&report.trace, "pay", "").paths.green.clone().unwrap().sampling
    };
    assert_eq!(sampling("key: '0.25'"), "0.25 of new traces, else as the caller");
    assert_eq!(sampling("key: '25'"), "1 of new traces, else as the caller");
}

/// A process with a configuration file in a `ConfigMap`.
fn declared(variables: &str, endpoint: &str, mount: &str) -> [String; 3] {
    let file = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: sdk, namespace: shop}}\ndata:\n  sdk.yaml: |\n    \
         file_format: '1.0'\n    tracer_provider:\n      processors:\n      - batch: {{exporter: {{otlp_grpc: \
         {{endpoint: '{endpoint}'}}}}}}\n    propagator: {{composite_list: 'tracecontext,baggage'}}\n---\n"
    );
    let app = told(&[&literal("OTEL_CONFIG_FILE", "/etc/otel/sdk.yaml"), variables].concat());
    let app = app.replace(
        "---\n",
        &format!(
            "          volumeMounts: [{mount}]\n      volumes:\n        - {{name: sdk, configMap: {{name: \
             sdk}}}}\n        - {{name: empty, emptyDir: {{}}}}\n---\n"
        ),
    );
    [app, file, gateway(BASE)]
}

const MOUNT: &str = "{name: sdk, mountPath: /etc/otel}";

#[test]
fn a_configuration_file_is_filled_in_from_the_environment_of_its_process() {
    let host = literal("COLLECTOR", "gw.obs");
    for endpoint in ["http://${COLLECTOR}:4317", "http://${env:COLLECTOR}:4317"] {
        arrives(&declared(&host, endpoint, MOUNT));
        is_open(&declared("", endpoint, MOUNT), "COLLECTOR, which the configuration file names");
    }
    arrives(&declared("", "http://${COLLECTOR:-gw.obs}:4317", MOUNT));
    arrives(&declared(&literal("COLLECTOR", ""), "http://${COLLECTOR:-gw.obs}:4317", MOUNT));
    breaks(&declared(&host, "https://${COLLECTOR:-x}:4317", MOUNT), "TLS");
}

#[test]
fn a_configuration_file_that_says_nothing_provides_nothing() {
    let only = |keys: &str| {
        let [app, _, gateway] = declared("", GATEWAY, MOUNT);
        let file = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: sdk, namespace: shop}}\ndata:\n  sdk.yaml: |\n    \
             {keys}\n---\n"
        );
        end(&[app, file, gateway])
    };
    for keys in ["file_format: '1.0'", "file_format: '1.1'\n    log_level: info"] {
        let (kind, reason) = only(keys);
        assert!(kind == EndKind::Dark && reason.contains("tracer_provider"), "{kind:?} {reason}");
    }
    // Of another kind of file nothing is known.
    for keys in ["file_format: dynamic", "file_format: '1.0'\n    pages: []"] {
        assert_eq!(only(keys).0, EndKind::Unresolved, "{keys}");
    }
}

#[test]
fn a_file_is_what_is_mounted_at_its_path() {
    arrives(&declared(
        "",
        GATEWAY,
        "{name: sdk, mountPath: /etc/otel/sdk.yaml, subPath: sdk.yaml}",
    ));
    // Something else is mounted over it.
    let over = [MOUNT, "{name: empty, mountPath: /etc/otel/sdk.yaml, subPath: a}"].join(", ");
    is_open(&declared("", GATEWAY, &over), "OTEL_CONFIG_FILE");
    // Under another name it is another file.
    is_open(
        &declared("", GATEWAY, "{name: sdk, mountPath: /etc/otel/sdk.yaml, subPath: other}"),
        "FILE",
    );
    // A collector whose configuration is hidden behind an empty volume runs nobody knows what.
    let hidden = gateway(BASE)
        .replace(
            "volumeMounts: [{name: c, mountPath: /conf}]",
            "volumeMounts: [{name: c, mountPath: /in}, {name: e, mountPath: /conf}]",
        )
        .replace("volumes: [{", "volumes: [{name: e, emptyDir: {}}, {");
    is_open(&[pay(&[(ENDPOINT, GATEWAY)]), hidden], "volume e");
    let renamed = gateway(BASE).replace(
        "configMap: {name: gw}",
        "configMap: {name: gw, items: [{key: config.yaml, path: relay.yaml}]}",
    );
    is_open(&[pay(&[(ENDPOINT, GATEWAY)]), renamed.clone()], "/conf/config.yaml");
    let told = renamed.replace("--config=/conf/config.yaml", "--config=/conf/relay.yaml");
    assert_eq!(end(&[pay(&[(ENDPOINT, GATEWAY)]), told]).0, EndKind::Backend);
}

#[test]
fn a_value_that_another_document_holds_is_compared_by_what_it_says() {
    let app = told(&[GRPC, &from(ENDPOINT, "collector")].concat());
    let side = |value: &str| {
        [app.clone(), held("shop", &format!("collector: '{value}'")), gateway(BASE)].concat()
    };
    let (blue, green) = (side(GATEWAY), side("http://gw.obs:14317"));
    let report =
        audit_texts(&[("all.yaml", blue.as_str())], &[("all.yaml", green.as_str())], &full());
    let pay = service(&report.trace, "pay", "");
    assert!(pay.facts.contains(&TraceFact::PathLost), "{pay:#?}");
}

#[test]
fn values_of_a_chart_are_a_collector_as_far_as_they_go() {
    let values = |more: &str| {
        format!(
            "mode: deployment\nconfig:\n{more}  exporters:\n    otlp_grpc: {{endpoint: 'tempo.example.org:4317'}}\n  \
             service:\n    pipelines:\n      traces:\n        receivers: [otlp]\n        exporters: [otlp_grpc]\n"
        )
    };
    let app =
        pay(&[(ENDPOINT, "http://otel-gateway.obs:4317"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]);
    let end = |more: &str| {
        let values = values(more);
        let files = [("pay.yaml", app.as_str()), ("otel-gateway/values.yaml", values.as_str())];
        let report = audit_texts(&files, &files, &full());
        let path = service(&report.trace, "pay", "").paths.green.clone().unwrap();
        (path.kind(), path.end().unwrap().reason.clone())
    };
    let whole = "  receivers: {otlp: {protocols: {grpc: {endpoint: '0.0.0.0:4317'}}}}\n";
    assert_eq!(end(whole), (EndKind::Backend, String::new()));
    let (kind, reason) = end("");
    assert!(kind == EndKind::Unresolved && reason.contains("the chart"), "{kind:?} {reason}");
}

//! Proxies whose own spans are followed like those of services.

use driftseal::model::EndKind;

use crate::memory::audit_texts;
use crate::systems::{BASE, gateway};
use crate::{full, service};

/// How the way of a proxy ends: kind, reason, and where it sends.
fn end(file: &str, text: &str, name: &str) -> (EndKind, String, String) {
    let gateway = gateway(BASE);
    let files = [(file, text), ("gw.yaml", gateway.as_str())];
    let report = audit_texts(&files, &files, &full());
    let path = service(&report.trace, name, "").paths.green.clone().unwrap();
    let end = path.end().unwrap();
    (end.kind, end.reason.clone(), path.hops.first().map_or_else(String::new, |hop| hop.to.clone()))
}

fn arrives(file: &str, text: &str, name: &str) {
    let (kind, reason, to) = end(file, text, name);
    assert_eq!((kind, reason.as_str()), (EndKind::Backend, ""), "{to}");
}

fn breaks(file: &str, text: &str, name: &str, why: &str) {
    let (kind, reason, to) = end(file, text, name);
    assert!(kind == EndKind::Broken && reason.contains(why), "{kind:?} {reason} {to}");
}

#[test]
fn nginx_exports_by_its_module() {
    let conf = |endpoint: &str| {
        format!(
            "load_module modules/ngx_otel_module.so;\nevents {{}}\nhttp {{\n  otel_exporter {{ endpoint {endpoint}; }}\n  \
             otel_service_name edge;\n  otel_trace on;\n  server {{ listen 80; location / {{ proxy_pass \
             http://pay; }} }}\n}}\n"
        )
    };
    arrives("nginx.conf", &conf("gw.obs.svc.cluster.local:4317"), "edge");
    breaks("nginx.conf", &conf("gw.obs.svc.cluster.local:4318"), "edge", "grpc");
    breaks("nginx.conf", &conf("https://gw.obs.svc.cluster.local:4317"), "edge", "TLS");
}

/// An Envoy with a listener whose spans go to a cluster.
fn envoy(port: &str, more: &str) -> String {
    format!(
        "static_resources:\n  listeners:\n    - name: in\n      filter_chains:\n        - filters:\n            - name: \
         hcm\n              typed_config:\n                tracing:\n                  provider:\n                    name: \
         otel\n                    typed_config:\n                      '@type': \
         type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig\n                      service_name: \
         edge\n                      grpc_service: {{envoy_grpc: {{cluster_name: otel}}}}\n  clusters:\n    - name: \
         otel\n      http2_protocol_options: {{}}\n{more}      load_assignment:\n        cluster_name: otel\n        \
         endpoints:\n          - lb_endpoints:\n              - endpoint: {{address: {{socket_address: {{address: \
         gw.obs.svc.cluster.local, port_value: {port}}}}}}}\n"
    )
}

#[test]
fn envoy_sends_to_the_address_of_its_cluster() {
    arrives("envoy.yaml", &envoy("4317", ""), "edge");
    breaks("envoy.yaml", &envoy("4319", ""), "edge", "4319");
    let tls = "      transport_socket: {name: envoy.transport_sockets.tls}\n";
    breaks("envoy.yaml", &envoy("4317", tls), "edge", "TLS");
}

#[test]
fn kong_sends_by_its_plugins() {
    let plugin = |key: &str, url: &str| {
        format!(
            "apiVersion: configuration.konghq.com/v1\nkind: KongClusterPlugin\nmetadata: {{name: otel}}\nplugin: \
             opentelemetry\nconfig:\n  {key}: {url}\n  resource_attributes: {{service.name: kong-edge}}\n"
        )
    };
    let url = "http://gw.obs.svc.cluster.local:4318/v1/traces";
    arrives("plugin.yaml", &plugin("traces_endpoint", url), "kong-edge");
    arrives("plugin.yaml", &plugin("endpoint", url), "kong-edge");
    breaks(
        "plugin.yaml",
        &plugin("endpoint", "http://gw.obs.svc.cluster.local:4318"),
        "kong-edge",
        "posted to /",
    );
    let declared = format!(
        "_format_version: '3.0'\nplugins:\n  - name: opentelemetry\n    config: {{traces_endpoint: '{url}'}}\n"
    );
    arrives("kong.yml", &declared, "kong");
    let formats = |more: &str| {
        let text = declared.replace("}\n", &format!("{more}}}\n"));
        let files = [("kong.yml", text.as_str())];
        let report = audit_texts(&files, &files, &full());
        report.trace.services[0].paths.green.clone().unwrap().context.writes
    };
    let all = ["b3", "b3multi", "jaeger", "tracecontext"];
    for more in ["", ", header_type: preserve", ", propagation: {default_format: w3c}"] {
        let mut found = formats(more).unwrap().to_vec();
        found.sort();
        assert_eq!(found, all, "{more}");
    }
    for more in
        [", header_type: b3", ", propagation: {inject: [w3c]}", ", propagation: {extract: [b3]}"]
    {
        assert_eq!(formats(more), None, "{more}");
    }
}

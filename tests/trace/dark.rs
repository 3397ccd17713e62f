//! Services that go dark by what no failure mode of a list names, and what looks like it and is not.

use driftseal::model::EndKind;

use crate::memory::audit_texts;
use crate::systems::{BASE, GATEWAY, PROTOCOL, arrives, breaks, end, gateway, is_open, pay, to};
use crate::{full, names, service};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// The service, with more variables.
fn told(more: &[(&str, &str)]) -> String {
    pay(&[&[(ENDPOINT, GATEWAY), (PROTOCOL, "grpc")], more].concat())
}

fn is_dark(files: &[String], why: &str) {
    let (kind, reason) = end(files);
    assert!(kind == EndKind::Dark && reason.contains(why), "{kind:?} {reason}");
}

#[test]
fn agents_that_are_switched_off_trace_nothing() {
    for (name, value) in [
        ("OTEL_JAVAAGENT_ENABLED", "false"),
        ("JAVA_TOOL_OPTIONS", "-javaagent:/otel.jar -Dotel.javaagent.enabled=false"),
        ("OTEL_DOTNET_AUTO_TRACES_ENABLED", "False"),
        ("OTEL_PHP_AUTOLOAD_ENABLED", "false"),
        ("CORECLR_ENABLE_PROFILING", "0"),
        ("OTEL_INSTRUMENTATION_COMMON_DEFAULT_ENABLED", "false"),
        ("OTEL_DOTNET_AUTO_TRACES_INSTRUMENTATION_ENABLED", "false"),
    ] {
        is_dark(&[told(&[(name, value)]), gateway(BASE)], "says not to export spans");
    }
    for variables in [
        &[("OTEL_JAVAAGENT_ENABLED", "true")][..],
        &[("CORECLR_ENABLE_PROFILING", "1")],
        &[("OTEL_PHP_AUTOLOAD_ENABLED", "true")],
        &[
            ("OTEL_INSTRUMENTATION_COMMON_DEFAULT_ENABLED", "false"),
            ("OTEL_INSTRUMENTATION_JDBC_ENABLED", "true"),
        ],
        &[
            ("OTEL_DOTNET_AUTO_TRACES_INSTRUMENTATION_ENABLED", "false"),
            ("OTEL_DOTNET_AUTO_TRACES_ADDITIONAL_SOURCES", "Shop.*"),
        ],
    ] {
        arrives(&[told(variables), gateway(BASE)]);
    }
}

#[test]
fn spring_boot_exports_nothing_where_its_export_is_off() {
    let told = |more: &[(&str, &str)]| {
        let to = ("MANAGEMENT_OTLP_TRACING_ENDPOINT", "http://gw.obs:4318/v1/traces");
        [pay(&[&[to], more].concat()), gateway(BASE)]
    };
    arrives(&told(&[]));
    is_dark(&told(&[("MANAGEMENT_OTLP_TRACING_EXPORT_ENABLED", "false")]), "EXPORT_ENABLED says");
    arrives(&told(&[("MANAGEMENT_OTLP_TRACING_EXPORT_ENABLED", "true")]));
}

/// A collector with a processor.
fn with(processor: &str) -> [String; 2] {
    let (id, _) = processor.split_once(':').unwrap();
    let text = BASE
        .replace("exporters:\n", &format!("processors:\n  {processor}\nexporters:\n"))
        .replace("exporters: [", &format!("processors: [{id}], exporters: ["));
    [to(GATEWAY), gateway(&text)]
}

#[test]
fn a_processor_may_keep_no_span() {
    let rate = |policies: &str| with(&format!("tail_sampling: {{policies: [{policies}]}}"));
    let none = "{name: a, type: probabilistic, probabilistic: {sampling_percentage: 0}}";
    let some = "{name: b, type: status_code, status_code: {status_codes: [ERROR]}}";
    is_dark(&with("filter: {traces: {span: ['true']}}"), "filter keeps no span");
    is_dark(&with("filter: {trace_conditions: [' true ']}"), "filter keeps no span");
    is_dark(&rate(none), "tail_sampling keeps no span");
    arrives(&rate(&[none, some].join(", ")));
    arrives(&with("filter: {traces: {span: ['attributes[\"http.route\"] == \"/healthz\"']}}"));
    arrives(&with("filter: {metrics: {metric: ['true']}}"));
}

#[test]
fn a_file_that_is_thrown_away_keeps_nothing() {
    let file = |path: &str| {
        let text = BASE.replace(
            "otlp_grpc: {endpoint: 'tempo.example.org:4317'}",
            &format!("file: {{path: {path}}}"),
        );
        [to(GATEWAY), gateway(&text.replace("[otlp_grpc]", "[file]"))]
    };
    breaks(&file("/dev/null"), "which keeps nothing");
    arrives(&file("/var/lib/spans.json"));
}

/// The service, with more of its pod.
fn pod(more: &str) -> String {
    to(GATEWAY).replace("      containers:\n", &format!("      {more}\n      containers:\n"))
}

#[test]
fn names_are_looked_up_as_the_pod_is_told() {
    for (more, why) in [
        ("dnsPolicy: Default", "knows no names of the cluster"),
        ("hostNetwork: true", "on the network of its node"),
    ] {
        breaks(&[pod(more), gateway(BASE)], why);
    }
    is_open(&[pod("dnsPolicy: None"), gateway(BASE)], "servers of its own");
    is_open(
        &[pod("hostAliases: [{ip: 10.1.2.3, hostnames: [gw.obs]}]"), gateway(BASE)],
        "gw.obs is 10.1.2.3",
    );
    is_open(
        &[pod("hostAliases: [{ip: 127.0.0.1, hostnames: [gw.obs]}]"), gateway(BASE)],
        "machine itself",
    );
    for more in [
        "dnsPolicy: ClusterFirst",
        "hostNetwork: true\n      dnsPolicy: ClusterFirstWithHostNet",
        "hostAliases: [{ip: 10.1.2.3, hostnames: [db.internal]}]",
    ] {
        arrives(&[pod(more), gateway(BASE)]);
    }
}

#[test]
fn endpoints_and_protocols_that_nobody_knows_lead_nowhere() {
    for endpoint in ["htpp://gw.obs:4317", "\"http://gw.obs:4317\""] {
        assert_ne!(end(&[to(endpoint), gateway(BASE)]).0, EndKind::Backend, "{endpoint}");
    }
    let http =
        |protocol| [pay(&[(ENDPOINT, "http://gw.obs:4318"), (PROTOCOL, protocol)]), gateway(BASE)];
    arrives(&http("http/protobuf"));
    arrives(&http("HTTP/protobuf"));
    is_open(&http("http"), "no SDK knows the protocol http");
}

#[test]
fn a_receiver_takes_what_it_asks_for_and_what_comes_to_it() {
    let grpc = "grpc: {endpoint: '0.0.0.0:4317'}";
    let asking = |more: &str| {
        let text = BASE.replace(grpc, &format!("grpc: {{endpoint: '0.0.0.0:4317', {more}}}"));
        let text = text.replace(
            "exporters:\n",
            "extensions:\n  bearertokenauth: {filename: /t}\nexporters:\n",
        );
        gateway(&text.replace("service:\n", "service:\n  extensions: [bearertokenauth]\n"))
    };
    let auth = "auth: {authenticator: bearertokenauth}";
    breaks(&[to(GATEWAY), asking(auth)], "carry no credential");
    arrives(&[to(GATEWAY), asking("include_metadata: true")]);
    let headers = ("OTEL_EXPORTER_OTLP_HEADERS", "x-team=pay");
    arrives(&[told(&[headers]), asking(auth)]);
    let socket = BASE.replace(grpc, "grpc: {endpoint: /run/otel.sock, transport: unix}");
    breaks(&[to(GATEWAY), gateway(&socket)], "no otlp receiver on port 4317");
}

#[test]
fn a_service_of_the_node_needs_a_pod_on_every_node() {
    let local = gateway(BASE).replace(
        "  selector: {app: gw}\n  ports",
        "  internalTrafficPolicy: Local\n  selector: {app: gw}\n  ports",
    );
    is_open(&[to(GATEWAY), local.clone()], "internalTrafficPolicy: Local");
    arrives(&[to(GATEWAY), local.replace("kind: Deployment", "kind: DaemonSet")]);
}

#[test]
fn a_name_that_stands_for_one_of_the_other_side_crosses() {
    let alias = |colour: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: otel, namespace: shop}}\nspec: {{type: ExternalName, \
             externalName: gw{colour}.obs.svc.cluster.local}}\n---\n"
        )
    };
    let side = |colour: &str| [to("http://otel:4317"), alias(colour), gateway(BASE)].concat();
    let (blue, green) = (side(""), side("-blue"));
    let report =
        audit_texts(&[("all.yaml", blue.as_str())], &[("all.yaml", green.as_str())], &full());
    let facts = names(service(&report.trace, "pay", ""));
    assert!(facts.contains(&"colour-crossing"), "{facts:?}");
}

/// The way of a service of Compose, with more of it, to the collector beside it.
fn composed(pay: &str, endpoint: &str, collector: &str) -> (EndKind, String) {
    let compose = format!(
        "services:\n  pay:\n    image: pay\n    environment:\n      OTEL_SERVICE_NAME: pay\n      \
         OTEL_EXPORTER_OTLP_PROTOCOL: grpc\n      {ENDPOINT}: {endpoint}\n{pay}  gw:\n    image: \
         otel/opentelemetry-collector:0.153.0\n    command: [--config=/etc/otel.yaml]\n    volumes: \
         ['./otel.yaml:/etc/otel.yaml']\n{collector}"
    );
    let files = [("compose.yaml", compose.as_str()), ("otel.yaml", BASE)];
    let report = audit_texts(&files, &files, &full());
    let path = service(&report.trace, "pay", "").paths.green.clone().unwrap();
    let end = path.end().unwrap();
    (end.kind, end.reason.clone())
}

#[test]
fn a_service_of_compose_reaches_what_its_network_holds() {
    const TO: &str = "http://gw:4317";
    for (pay, endpoint, collector, kind) in [
        ("", TO, "", EndKind::Backend),
        ("    network_mode: host\n", TO, "", EndKind::Broken),
        ("    network_mode: none\n", TO, "", EndKind::Broken),
        ("    extra_hosts: ['gw:127.0.0.1']\n", TO, "", EndKind::Unresolved),
        ("    extra_hosts: {gw: 10.1.2.3}\n", TO, "", EndKind::Unresolved),
        ("    extra_hosts: ['db=10.1.2.3']\n", TO, "", EndKind::Backend),
        ("    network_mode: 'service:gw'\n", "http://localhost:4317", "", EndKind::Backend),
        ("", "http://localhost:4317", "", EndKind::Unresolved),
        ("", "http://otel:4317", "    container_name: otel\n", EndKind::Backend),
    ] {
        let (found, reason) = composed(pay, endpoint, collector);
        assert_eq!(found, kind, "{pay} {endpoint} {collector}: {reason}");
    }
}

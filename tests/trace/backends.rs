//! Ways that end at, or lead through, programs that take spans and are no Collectors.

use driftseal::model::{EndKind, TracePath};

use crate::{TEMPO, app, collector, env, gateway, way};

/// A program behind its Service, with its flags and variables.
fn server(name: &str, image: &str, flags: &[&str], variables: &[(&str, &str)]) -> String {
    let variables: Vec<String> = variables
        .iter()
        .map(|(name, value)| format!("{{name: {name}, value: '{value}'}}"))
        .collect();
    let ports: Vec<String> = [4317, 4318, 6831, 8126, 9411, 14250, 14268]
        .map(|port| format!("{{port: {port}}}, {{port: {port}, protocol: UDP}}"))
        .to_vec();
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: obs}}\nspec:\n  template:\n    \
         metadata: {{labels: {{app: {name}}}}}\n    spec:\n      containers:\n      - name: c\n        image: \
         {image}\n        args: [{}]\n        env: [{}]\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, \
         namespace: obs}}\nspec:\n  selector: {{app: {name}}}\n  ports: [{}]\n",
        flags.iter().map(|flag| format!("'{flag}'")).collect::<Vec<_>>().join(", "),
        variables.join(", "),
        ports.join(", ")
    )
}

/// A container of such variables and nothing else.
fn client(name: &str, value: &str) -> String {
    app(&format!("- {{name: {name}, value: '{value}'}}"))
        .replace("- {name: OTEL_SERVICE_NAME, value: pay}\n        ", "")
}

/// The kind of the end, with its reason.
fn end(app: &str, server: &str) -> (EndKind, String) {
    let way = way(&[("app.yaml", app), ("server.yaml", server)]);
    let end = way.end().unwrap();
    (end.kind, end.reason.clone())
}

#[test]
fn a_jaeger_takes_otlp_as_its_version_and_its_flags_have_it() {
    let app = app(&env("http://jaeger.obs:4317"));
    let with = |tag: &str, flags: &[&str], variables: &[(&str, &str)]| {
        end(&app, &server("jaeger", &format!("jaegertracing/all-in-one:{tag}"), flags, variables))
    };
    let (off, on) = (("COLLECTOR_OTLP_ENABLED", "false"), ("COLLECTOR_OTLP_ENABLED", "true"));
    assert_eq!(with("1.57.0", &[], &[]).0, EndKind::Backend);
    let (kind, reason) = with("1.57.0", &[], &[off]);
    assert!(kind == EndKind::Broken && reason.contains("collector.otlp.enabled"), "{reason}");
    // A flag comes before the variable.
    assert_eq!(with("1.57.0", &["--collector.otlp.enabled=true"], &[off]).0, EndKind::Backend);
    assert_eq!(with("1.57.0", &["--collector.otlp.enabled=false"], &[on]).0, EndKind::Broken);
    assert_eq!(with("1.45.0", &[], &[]).0, EndKind::Broken);
    assert_eq!(with("1.45.0", &[], &[on]).0, EndKind::Backend);
    assert_eq!(with("latest", &[], &[]).0, EndKind::Backend);
    // One version listened on its machine only.
    let open = ("COLLECTOR_OTLP_GRPC_HOST_PORT", "0.0.0.0:4317");
    assert!(with("1.59.0", &[], &[]).1.contains("localhost"));
    assert_eq!(with("1.59.0", &[], &[open]).0, EndKind::Backend);
    assert_eq!(with("1.60.0", &[], &[]).0, EndKind::Backend);
    assert_eq!(
        with("1.57.0", &["--collector.otlp.grpc.host-port=${HOST}"], &[]).0,
        EndKind::Backend
    );
    let queue = with("1.57.0", &[], &[("SPAN_STORAGE_TYPE", "kafka")]);
    assert!(queue.0 == EndKind::Unresolved && queue.1.contains("queue"), "{queue:?}");
    assert_eq!(with("1.57.0", &[], &[("SPAN_STORAGE_TYPE", "badger")]).0, EndKind::Backend);
}

#[test]
fn an_agent_of_jaeger_hands_spans_to_the_collectors_it_is_told() {
    let app = client("JAEGER_AGENT_HOST", "agent.obs");
    let through = |flags: &[&str], collector: &str| -> TracePath {
        let agent = server("agent", "jaegertracing/jaeger-agent:1.55.0", flags, &[]);
        way(&[("app.yaml", &app), ("agent.yaml", &agent), ("collector.yaml", collector)])
    };
    let collector = server("collector", "jaegertracing/jaeger-collector:1.55.0", &[], &[]);
    let to = |host: &str| format!("--reporter.grpc.host-port={host}");
    let way = through(&[&to("collector.obs:14250")], &collector);
    let hops: Vec<&str> = way.hops.iter().map(|hop| hop.to.as_str()).collect();
    assert_eq!(hops, ["agent.obs:6831", "collector.obs:14250"], "{way:#?}");
    assert_eq!(way.kind(), EndKind::Backend);
    let other = through(&[&to("collector.obs:14251")], &collector);
    assert!(other.end().unwrap().reason.contains("no port 14251"), "{other:#?}");
    let none = through(&[&to("gone")], &collector);
    assert_eq!(none.kind(), EndKind::Unresolved);
    // Beside the service, it is reached on the machine itself.
    let sidecar = client("JAEGER_AGENT_HOST", "localhost")
        + "      - name: agent\n        image: jaegertracing/jaeger-agent:1.55.0\n        args: \
           ['--reporter.grpc.host-port', 'collector.obs:14250']\n";
    let way = crate::way(&[("app.yaml", &sidecar), ("collector.yaml", &collector)]);
    assert_eq!((way.kind(), way.hops.len()), (EndKind::Backend, 2), "{way:#?}");
}

#[test]
fn zipkins_spans_are_taken_where_they_are_not_switched_off() {
    let app = app("- {name: OTEL_TRACES_EXPORTER, value: zipkin}\n        \
         - {name: OTEL_EXPORTER_ZIPKIN_ENDPOINT, value: 'http://z.obs:9411/api/v2/spans'}");
    let with =
        |image: &str, variables: &[(&str, &str)]| end(&app, &server("z", image, &[], variables));
    let off = ("COLLECTOR_HTTP_ENABLED", "false");
    assert_eq!(with("openzipkin/zipkin:3", &[]).0, EndKind::Backend);
    assert!(with("openzipkin/zipkin-slim:3", &[off]).1.contains("COLLECTOR_HTTP_ENABLED is false"));
    let older = ("HTTP_COLLECTOR_ENABLED", "false");
    assert_eq!(with("openzipkin/zipkin:3", &[older]).0, EndKind::Broken);
    let both = [("COLLECTOR_HTTP_ENABLED", "true"), older];
    assert_eq!(with("openzipkin/zipkin:3", &both).0, EndKind::Backend);
    // The variable of a program that is none of these says nothing.
    assert_eq!(with("reg/my-zipkin:3", &[off]).0, EndKind::Backend);
    // A Jaeger takes them only where it is told a port for it.
    assert_eq!(with("jaegertracing/all-in-one:1.57.0", &[]).0, EndKind::Broken);
    let told = ("COLLECTOR_ZIPKIN_HOST_PORT", ":9411");
    assert_eq!(with("jaegertracing/all-in-one:1.57.0", &[told]).0, EndKind::Backend);
}

#[test]
fn the_datadog_agent_takes_spans_unless_it_is_told_not_to() {
    let app = client("DD_TRACE_AGENT_URL", "http://dd.obs:8126");
    let with = |variables: &[(&str, &str)]| {
        end(&app, &server("dd", "gcr.io/datadoghq/agent:7.60.0", &[], variables)).0
    };
    assert_eq!(with(&[]), EndKind::Backend);
    assert_eq!(with(&[("DD_APM_ENABLED", "true")]), EndKind::Backend);
    assert_eq!(with(&[("DD_APM_ENABLED", "false")]), EndKind::Broken);
    assert_eq!(with(&[("DD_APM_RECEIVER_ENABLED", "false")]), EndKind::Broken);
    // Not said is open in a container; said to be off is the machine itself only.
    let local = ("DD_APM_NON_LOCAL_TRAFFIC", "false");
    assert_eq!(with(&[local]), EndKind::Broken);
    assert_eq!(with(&[local, ("DD_BIND_HOST", "0.0.0.0")]), EndKind::Backend);
}

#[test]
fn the_datadog_agent_takes_otlp_only_where_it_is_told_an_endpoint() {
    let app = app(&env("http://dd.obs:4317"));
    let agent = |variables: &[(&str, &str)]| server("dd", "datadog/agent:7", &[], variables);
    let with = |variables: &[(&str, &str)]| end(&app, &agent(variables)).0;
    let endpoint = |value| ("DD_OTLP_CONFIG_RECEIVER_PROTOCOLS_GRPC_ENDPOINT", value);
    assert_eq!(with(&[]), EndKind::Broken);
    assert_eq!(with(&[endpoint("0.0.0.0:4317")]), EndKind::Backend);
    assert_eq!(with(&[endpoint("localhost:4317")]), EndKind::Broken);
    // A file may say it too.
    let volume = "      volumes:\n      - {name: conf, configMap: {name: dd}}\n---\napiVersion: v1\nkind: Service";
    let mounted = agent(&[]).replace("---\napiVersion: v1\nkind: Service", volume);
    assert_eq!(end(&app, &mounted).0, EndKind::Backend);
}

#[test]
fn a_collector_without_a_component_it_is_told_to_run_does_not_start() {
    let app = app(&env("http://gw.obs:4317"));
    let scrubbing = collector(TEMPO, "otlp/tempo")
        .replace("batch: {}", "batch: {}, redaction: {allow_all_keys: true}")
        .replace("[batch]", "[redaction, batch]");
    let with = |image: &str| {
        let gateway = gateway(&scrubbing, 4317);
        end(
            &app,
            &gateway.replace("image: otel/opentelemetry-collector", &format!("image: {image}")),
        )
    };
    let (kind, reason) = with("otel/opentelemetry-collector:0.153.0@sha256:ab");
    assert_eq!(kind, EndKind::Broken);
    assert_eq!(
        reason,
        "it does not start: opentelemetry-collector:0.153.0 is built without the processor redaction"
    );
    for image in [
        "otel/opentelemetry-collector-contrib:0.153.0",
        "mirror:5000/otel/opentelemetry-collector-k8s:0.112.0",
        "otel/opentelemetry-collector:latest",
        "reg/otel-gateway:0.153.0",
    ] {
        // The connector is held by contrib and k8s, and what is not known of an image is not said.
        assert_eq!(with(image).0, EndKind::Backend, "{image}");
    }
    assert!(
        with("otel/opentelemetry-collector-contrib:0.73.0").1.contains("connector spanmetrics")
    );
}

#[test]
fn an_operator_runs_the_image_it_is_told() {
    let config = collector(TEMPO, "otlp/tempo").replace('\n', "\n    ");
    let resource = |image: &str| {
        format!(
            "apiVersion: opentelemetry.io/v1beta1\nkind: OpenTelemetryCollector\n\
             metadata: {{name: edge, namespace: shop}}\nspec:\n{image}  config:\n    {config}\n"
        )
    };
    let app = app(&env("http://edge-collector:4317"));
    assert_eq!(end(&app, &resource("")).0, EndKind::Backend);
    let contrib = "  image: otel/opentelemetry-collector-contrib:0.153.0\n";
    assert_eq!(end(&app, &resource(contrib)).0, EndKind::Backend);
    let (kind, reason) = end(&app, &resource(&contrib.replace("-contrib", "-otlp")));
    assert!(kind == EndKind::Broken && reason.contains("without the processor batch"), "{reason}");
}

#[test]
fn a_collector_of_one_name_in_several_folders_is_no_service() {
    let agent = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: agent, namespace: obs}\nspec:\n  \
                 template:\n    spec:\n      containers:\n        - name: agent\n          \
                 image: otel/opentelemetry-collector-contrib:0.153.0\n          \
                 env:\n            - {name: OTEL_RESOURCE_ATTRIBUTES, value: a=b}\n";
    for files in
        [&[("eu/agent.yaml", agent)][..], &[("eu/agent.yaml", agent), ("us/agent.yaml", agent)]]
    {
        let report = crate::audit_texts(files, files, &crate::full());
        assert!(report.trace.services.is_empty(), "{:#?}", report.trace);
    }
}

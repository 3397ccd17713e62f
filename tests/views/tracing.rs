//! Views about tracing: exporters, context, meshes and gateways.

use super::lines;

const POD: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay, namespace: shop}
spec:
  template:
    metadata:
      annotations: {dapr.io/enabled: 'true', dapr.io/config: tracing}
    spec:
      containers:
        - name: app
          image: pay:1
          volumeMounts:
            - {name: ca, mountPath: /etc/otel}
          env:
            - {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: 'http://$(HOST):4317'}
            - {name: HOST, value: otel}
            - {name: OTEL_EXPORTER_OTLP_CERTIFICATE, value: /etc/otel/ca.crt}
            - {name: OTEL_EXPORTER_OTLP_CLIENT_KEY, value: /etc/otelcol/tls.key}
            - {name: OTEL_EXPORTER_OTLP_HEADERS, value: 'X-Team=shop, a=b'}
            - {name: OTEL_BSP_MAX_QUEUE_SIZE, value: '256'}
            - {name: OTEL_PROPAGATORS, value: 'b3,baggage'}
            - {name: JAVA_TOOL_OPTIONS, value: '-javaagent:/opt/jmx_prometheus.jar -javaagent:/otel/javaagent.jar'}
            - {name: CART_URL, value: 'https://cart.shop:8443/v1'}
            - {name: LOCAL_URL, value: 'http://127.0.0.1:1'}
";

const ENV: &str = "/spec/template/spec/containers/name=app/env/name=";

#[test]
fn what_an_exporter_shows_and_trusts_stands_at_its_variables() {
    let found = lines("sdk.header", &["said", "names"], "pay.yaml", POD);
    assert_eq!(
        found,
        format!(
            "{ENV}OTEL_EXPORTER_OTLP_HEADERS/value true [a x-team]\n\
             {ENV}OTEL_EXPORTER_OTLP_TRACES_HEADERS false -\n"
        )
    );
    let found = lines("sdk.file", &["path", "mounted"], "pay.yaml", POD);
    assert_eq!(
        found,
        format!(
            "{ENV}OTEL_EXPORTER_OTLP_CERTIFICATE/value /etc/otel/ca.crt true\n\
             {ENV}OTEL_EXPORTER_OTLP_CLIENT_KEY/value /etc/otelcol/tls.key false\n"
        )
    );
    let found = lines("sdk.identity", &["part", "said", "other"], "pay.yaml", POD);
    assert_eq!(
        found,
        format!(
            "{ENV}OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE certificate false true\n\
             {ENV}OTEL_EXPORTER_OTLP_CLIENT_KEY/value key true false\n"
        )
    );
}

#[test]
fn what_may_be_said_where_it_cannot_be_seen_is_not_missed() {
    let from = "          envFrom: [{configMapRef: {name: otel}}, {secretRef: {name: pay}}]\n";
    let pod = POD.replace("          volumeMounts:\n", &format!("{from}          volumeMounts:\n"));
    let found = lines("sdk.header", &["said"], "pay.yaml", &pod);
    assert_eq!(found, format!("{ENV}OTEL_EXPORTER_OTLP_HEADERS/value true\n"));
    assert_eq!(lines("sdk.identity", &["said"], "pay.yaml", &pod), "");
    let found = lines("sdk.agent", &["loaded"], "pay.yaml", &pod);
    assert_eq!((found.matches(" true").count(), found.matches(" -").count()), (1, 4), "{found}");
    let found = lines("k8s.container", &["env_from"], "pay.yaml", &pod);
    assert!(found.ends_with(" [configmap/otel secret/pay]\n"), "{found}");
}

#[test]
fn agents_limits_references_and_calls_stand_at_their_variables() {
    let found = lines("sdk.agent", &["language", "loaded"], "pay.yaml", POD);
    let loaded = found.lines().next().unwrap();
    assert_eq!(loaded, format!("{ENV}JAVA_TOOL_OPTIONS/value java true"));
    assert_eq!(found.matches(" true").count(), 1, "{found}");
    let found = lines("sdk.limit", &["name", "value", "default"], "pay.yaml", POD);
    let queue = "OTEL_BSP_MAX_QUEUE_SIZE";
    assert!(found.contains(&format!("{ENV}{queue}/value {queue} 256 2048\n")), "{found}");
    let batch = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE";
    assert!(found.contains(&format!("{ENV}{batch} {batch} 512 512\n")), "{found}");
    assert_eq!(found.lines().count(), 4, "{found}");
    let found = lines("sdk.reference", &["late"], "pay.yaml", POD);
    assert_eq!(found, format!("{ENV}OTEL_EXPORTER_OTLP_ENDPOINT/value [HOST]\n"));
    let found = lines("process.call", &["settings", "host"], "pay.yaml", POD);
    assert_eq!(found, format!("{ENV}CART_URL/value deployment/pay/app cart.shop\n"));
    let found = lines("k8s.dapr", &["owner", "config"], "pay.yaml", POD);
    let way = "/spec/template/metadata/annotations/dapr.io~1config";
    assert_eq!(found, format!("{way} deployment/pay tracing\n"));
}

#[test]
fn formats_are_what_is_written_and_read_as_headers() {
    let formats = |name: &str, value: &str| {
        let text = format!("{name}={value}\nJAEGER_AGENT_HOST=jaeger\n");
        let found = lines("sdk.propagation", &["writes", "reads"], "pay.env", &text);
        found.split_once(' ').unwrap().1.trim().to_owned()
    };
    assert_eq!(formats("OTEL_PROPAGATORS", "b3,baggage"), "[b3] [b3 b3multi]");
    assert_eq!(formats("OTEL_PROPAGATORS", "none"), "[] []");
    assert_eq!(formats("JAEGER_PROPAGATION", "b3"), "[b3multi] [b3multi]");
    let spring = |more: &str| {
        let text = format!("management: {{tracing: {{enabled: true{more}}}}}\n");
        let found = lines("sdk.propagation", &["writes", "reads"], "application.yml", &text);
        found.split_once(' ').unwrap().1.trim().to_owned()
    };
    assert_eq!(spring(""), "[tracecontext] [tracecontext b3 b3multi]");
    assert_eq!(spring(", propagation: {type: [B3]}"), "? ?");
}

#[test]
fn an_endpoint_has_the_path_that_its_sdk_posts_to() {
    let path = |text: &str| lines("sdk.export", &["path"], "pay.env", text);
    let posted = |text: &str| path(text).trim().rsplit_once(' ').unwrap().1.to_owned();
    assert_eq!(posted("OTEL_EXPORTER_OTLP_ENDPOINT=http://o:4318\n"), "/v1/traces");
    assert_eq!(posted("OTEL_EXPORTER_OTLP_ENDPOINT=http://o:4318/a/\n"), "/a/v1/traces");
    assert_eq!(posted("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://o:4318\n"), "/");
    assert_eq!(posted("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://o:4318/t?k=1\n"), "/t");
}

#[test]
fn properties_of_spring_are_read_as_keys_in_keys_too() {
    let nested = "management:\n  tracing:\n    sampling: {probability: 0.5}\n  otlp.tracing.endpoint: http://o:4318/v1/traces\n";
    let found = lines("sdk.sampling", &["sampler", "ratio"], "application.yml", nested);
    let way = "/management/tracing/sampling/probability";
    assert_eq!(found, format!("{way} parentbased_traceidratio 0.5\n"));
    let found = lines("spring.renamed", &["name", "now"], "application.yml", nested);
    let (old, new) = (
        "management.otlp.tracing.endpoint",
        "management.opentelemetry.tracing.export.otlp.endpoint",
    );
    assert_eq!(found, format!("/management/otlp.tracing.endpoint {old} {new}\n"));
    let flat = "management.tracing.enabled=true\n";
    let found = lines("sdk.sampling", &["ratio"], "application.properties", flat);
    assert_eq!(found, "/management.tracing.sampling.probability 0.1\n");
    let open = "management: {tracing: {sampling: {probability: '${P:1.0}'}}}\n";
    assert_eq!(lines("sdk.sampling", &["ratio"], "application.yml", open), "");
}

#[test]
fn headers_that_carry_context_are_found_where_gateways_handle_them() {
    let nginx = "http {\n  server {\n    proxy_set_header b3 $b3;\n    location /a { proxy_pass http://a; }\n    location /b { proxy_set_header Host $host; proxy_pass http://b; }\n  }\n}\n";
    let found = lines("nginx.context", &["block", "headers"], "nginx.conf", nginx);
    assert_eq!(
        found,
        "/http/server/location ~1a/proxy_set_header location /a [b3]\n\
         /http/server/location ~1b/proxy_set_header location /b []\n"
    );
    let emptied = "location / { proxy_set_header traceparent \"\"; proxy_set_header x-a \"\"; proxy_set_header b3 $b3; proxy_pass http://a; }\n";
    let found = lines("edge.stripped", &["headers"], "nginx.conf", emptied);
    assert_eq!(found, "/location ~1/proxy_set_header [traceparent]\n");
    let route = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: pay}\nspec:\n  rules:\n    - filters:\n        - type: RequestHeaderModifier\n          requestHeaderModifier: {remove: [X-Debug, Baggage]}\n        - type: ResponseHeaderModifier\n          responseHeaderModifier: {remove: [traceparent]}\n";
    let found = lines("edge.stripped", &["headers"], "route.yaml", route);
    assert!(found.ends_with("/requestHeaderModifier/remove [baggage]\n"), "{found}");
    assert_eq!(found.lines().count(), 1, "{found}");
}

#[test]
fn meshes_say_what_their_proxies_write() {
    let mesh = "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: mesh}\nspec:\n  tag: 1.25.0-distroless\n  meshConfig:\n    extensionProviders:\n      - name: z\n        zipkin: {service: z, port: 9411, traceContextOption: USE_B3_WITH_W3C_PROPAGATION}\n      - name: o\n        opentelemetry: {service: o, port: 4317}\n      - name: d\n        datadog: {service: d, port: 8126}\n    defaultConfig: {tracing: {openCensusAgent: {address: 'o:55678'}}}\n";
    let found = lines("istio.provider", &["name", "kind", "writes"], "mesh.yaml", mesh);
    let told: Vec<&str> = found.lines().map(|line| line.split_once(' ').unwrap().1).collect();
    assert_eq!(
        told,
        ["z zipkin [b3multi tracecontext]", "o opentelemetry [tracecontext]", "d datadog -"]
    );
    let found = lines("istio.release", &["tag", "minor", "opencensus"], "mesh.yaml", mesh);
    assert_eq!(found, "/spec/tag 1.25.0-distroless 25 true\n");
}

#[test]
fn what_becomes_a_dimension_of_metrics_stands_at_its_name() {
    let collector = "\
receivers: {otlp: {protocols: {grpc: {}}}}
exporters: {debug: {}}
connectors:
  spanmetrics:
    dimensions: [{name: enduser.id, default: none}, {name: http.route}]
    calls_dimensions: [{name: tenant}]
    histogram: {dimensions: [{name: region}]}
    events: {enabled: true, dimensions: [{name: exception.type}]}
  servicegraph: {dimensions: [client.address]}
  count: {spans: {logins: {attributes: [{key: user.name}]}}}
  exceptions: {dimensions: [{name: unused}]}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [spanmetrics, servicegraph, count]}
    metrics: {receivers: [spanmetrics, servicegraph, count], exporters: [debug]}
";
    let found = lines("otel.dimension", &["connector", "name", "pipelines"], "c.yaml", collector);
    let at = "/connectors";
    assert_eq!(
        found,
        format!(
            "{at}/spanmetrics/dimensions/name=enduser.id/name spanmetrics enduser.id [traces]\n\
             {at}/spanmetrics/dimensions/name=http.route/name spanmetrics http.route [traces]\n\
             {at}/spanmetrics/calls_dimensions/name=tenant/name spanmetrics tenant [traces]\n\
             {at}/spanmetrics/histogram/dimensions/name=region/name spanmetrics region [traces]\n\
             {at}/spanmetrics/events/dimensions/name=exception.type/name spanmetrics exception.type [traces]\n\
             {at}/servicegraph/dimensions/0 servicegraph client.address [traces]\n\
             {at}/count/spans/logins/attributes/key=user.name/key count user.name [traces]\n\
             {at}/exceptions/dimensions/name=unused/name exceptions unused []\n"
        )
    );
}

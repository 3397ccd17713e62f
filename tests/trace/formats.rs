//! Ways that are told in other words than variables and one format of Collectors.

use driftseal::model::EndKind;

use crate::memory::audit_texts;
use crate::{TEMPO, app, collector, env, full, gateway, names, service, way};

#[test]
fn where_a_receiver_listens_by_default_depends_on_the_version_that_runs_it() {
    let to_gateway = app(&env("http://gw.obs:4317"));
    let silent = collector(TEMPO, "otlp/tempo").replace("{endpoint: '0.0.0.0:4317'}", "");
    let silent = silent.replace(", spanmetrics: {}", "");
    let ends_at = |image: &str, gate: &str| {
        let gateway = gateway(&silent, 4317)
            .replace("otel/opentelemetry-collector", image)
            .replace("relay.yaml'", &format!("relay.yaml'{gate}"));
        way(&[("app.yaml", &to_gateway), ("gw.yaml", &gateway)]).kind()
    };
    let gate = ", '--feature-gates=-component.UseLocalHostAsDefaultHost'";
    assert_eq!(ends_at("otel/opentelemetry-collector:0.103.1", ""), EndKind::Backend);
    assert_eq!(ends_at("otel/opentelemetry-collector-contrib:0.104.0", ""), EndKind::Broken);
    assert_eq!(ends_at("otel/opentelemetry-collector:0.104.0", gate), EndKind::Backend);
    assert_eq!(ends_at("otel/opentelemetry-collector:0.110.0", gate), EndKind::Broken);
    // Of other distributions, and without a version, nothing is known.
    for image in ["otel/opentelemetry-collector", "reg/my-otel-collector:0.153.0"] {
        assert_eq!(ends_at(image, ""), EndKind::Backend, "{image}");
    }
}

#[test]
fn a_way_under_the_other_names_of_its_components_is_the_same() {
    let app = app(&env("http://gw.obs:4317"));
    let side = |exporter: &str, processor: &str| {
        let tempo = TEMPO.replace("otlp/tempo", &format!("{exporter}/tempo"));
        let config = collector(&tempo, &format!("{exporter}/tempo")).replace("batch", processor);
        gateway(&config, 4317)
    };
    let (old, new) = (side("otlp", "k8sattributes"), side("otlp_grpc", "k8s_attributes"));
    let report = audit_texts(
        &[("app.yaml", &app), ("gw.yaml", &old)],
        &[("app.yaml", &app), ("gw.yaml", &new)],
        &full(),
    );
    assert_eq!(names(service(&report.trace, "pay", "deployment")), ["unchanged"]);
    // Used under a name that is not defined, the way is no longer known.
    let lost = new.replace("exporters: [otlp_grpc/tempo]", "exporters: [otlp/tempo]");
    let report = audit_texts(
        &[("app.yaml", &app), ("gw.yaml", &old)],
        &[("app.yaml", &app), ("gw.yaml", &lost)],
        &full(),
    );
    assert_ne!(names(service(&report.trace, "pay", "deployment")), ["unchanged"]);
}

#[test]
fn a_configuration_file_of_an_sdk_says_where_its_spans_go() {
    let gateway = gateway(&collector(TEMPO, "otlp/tempo"), 4317);
    let sdk = |provider: &str| format!("file_format: '1.0'\nresource: {{}}\n{provider}");
    let to = |exporter: &str| {
        sdk(&format!(
            "tracer_provider: {{processors: [{{batch: {{exporter: {{{exporter}}}}}}}]}}\n"
        ))
    };
    let kind = |file: &str, kind: EndKind, reason: &str| {
        let way = way(&[("pay/sdk.yaml", file), ("gw.yaml", &gateway)]);
        let end = way.end().unwrap();
        assert!(end.kind == kind && end.reason.contains(reason), "{way:#?}");
    };
    kind(&to("otlp_grpc: {endpoint: 'http://gw.obs:4317'}"), EndKind::Backend, "");
    kind(
        &to("otlp_http: {endpoint: 'http://gw.obs:4317/v1/traces'}"),
        EndKind::Broken,
        "only grpc",
    );
    kind(&to("otlp_http: {endpoint: '${TO}'}"), EndKind::Unresolved, "");
    let console = to("console: ");
    let dark = audit_texts(
        &[("s.yaml", &to("otlp_grpc: {endpoint: 'http://b.example'}"))],
        &[("s.yaml", &console)],
        &full(),
    );
    assert!(names(&dark.trace.services[0]).contains(&"dark-service"), "{:?}", dark.trace);
}

#[test]
fn spans_of_gateways_and_sidecars_are_followed_like_those_of_services() {
    let gateway = gateway(&collector(TEMPO, "otlp/tempo"), 4317);
    let kind = |file: &str, text: &str| {
        let way = way(&[(file, text), ("gw.yaml", &gateway)]);
        (
            way.kind(),
            way.hops.first().map(|hop| (hop.to.clone(), hop.transport.name())),
            way.sampling,
        )
    };
    let traefik = |otlp: &str| {
        format!(
            "entryPoints: {{web: {{address: ':80'}}}}\napi: {{}}\ntracing: {{sampleRate: 0.5, otlp: {{{otlp}}}}}\n"
        )
    };
    let to = |transport| Some(("gw.obs:4317".to_owned(), transport));
    let (end, hop, sampling) =
        kind("traefik.yml", &traefik("grpc: {endpoint: 'gw.obs:4317', insecure: true}"));
    assert_eq!((end, hop), (EndKind::Backend, to("clear")));
    assert!(sampling.starts_with("0.5 "), "{sampling}");
    let (end, hop, _) = kind("traefik.yml", &traefik("grpc: {endpoint: 'gw.obs:4317'}"));
    // It says TLS where it says nothing, and the gateway takes plain text.
    assert_eq!((end, hop), (EndKind::Broken, to("tls")));
    let (end, ..) =
        kind("traefik.yml", &traefik("http: {endpoint: 'http://gw.obs:4317/v1/traces'}"));
    assert_eq!(end, EndKind::Broken);
    let dapr = |secure: &str| {
        format!(
            "apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: {{name: tracing, namespace: shop}}\nspec:\n  \
             tracing: {{samplingRate: '1', otel: {{endpointAddress: 'gw.obs:4317', protocol: grpc{secure}}}}}\n"
        )
    };
    assert_eq!(kind("dapr.yaml", &dapr("")).1, to("tls"));
    let (end, hop, _) = kind("dapr.yaml", &dapr(", isSecure: false"));
    assert_eq!((end, hop), (EndKind::Backend, to("clear")));
    let nginx = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: nginx, namespace: ingress}\ndata:\n  \
                 enable-opentelemetry: 'true'\n  otlp-collector-host: gw.obs\n";
    let (end, hop, _) = kind("nginx.yaml", nginx);
    assert_eq!((end, hop), (EndKind::Backend, to("clear")));
    let (end, hop, _) = kind("nginx.yaml", &format!("{nginx}  otlp-collector-port: '4318'\n"));
    assert_eq!((end, hop.unwrap().0.as_str()), (EndKind::Broken, "gw.obs:4318"));
}

#[test]
fn a_service_sends_its_spans_where_the_file_it_mounts_says() {
    let gateway = gateway(&collector(TEMPO, "otlp/tempo"), 4317);
    let file = |name: &str, endpoint: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: shop}}\ndata:\n  sdk.yaml: |\n    \
             file_format: '1.0'\n    tracer_provider:\n      processors:\n      - batch: {{exporter: {{otlp_grpc: \
             {{endpoint: '{endpoint}'}}}}}}\n"
        )
    };
    let variables = format!(
        "- {{name: OTEL_CONFIG_FILE, value: /etc/otel/sdk.yaml}}\n        {}",
        env("http://nowhere.example:4317")
    );
    let mounts = |names: &[&str]| {
        let volumes: Vec<String> = names
            .iter()
            .map(|name| format!("      - {{name: {name}, configMap: {{name: {name}}}}}\n"))
            .collect();
        format!("{}      volumes:\n{}", app(&variables), volumes.concat())
    };
    let (sdk, other) = (file("sdk", "http://gw.obs:4317"), file("other", "http://b.example:4317"));
    let one = way(&[("app.yaml", &mounts(&["sdk"])), ("sdk.yaml", &sdk), ("gw.yaml", &gateway)]);
    assert_eq!(one.hops[0].to, "gw.obs:4317", "{one:#?}");
    assert_eq!(one.end().unwrap().at, "tempo.vendor.example:4317");
    // Without the file, nothing is known; the variables beside it do not count.
    let none = way(&[("app.yaml", &mounts(&["sdk"])), ("gw.yaml", &gateway)]);
    assert_eq!(none.kind(), EndKind::Unresolved);
    // Of two files, nobody here knows which one is meant.
    let files = [
        ("app.yaml", mounts(&["sdk", "other"])),
        ("a.yaml", sdk),
        ("b.yaml", other),
        ("gw.yaml", gateway),
    ];
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let report = audit_texts(&files, &files, &full());
    let pay = service(&report.trace, "pay", "deployment").paths.green.as_ref().unwrap().kind();
    assert_eq!(pay, EndKind::Unresolved);
}

#[test]
fn spans_that_go_out_as_those_of_zipkin_are_followed_to_who_takes_them() {
    let open = |receivers: &str| {
        let config = collector(TEMPO, "otlp/tempo")
            .replace("receivers: {", &format!("receivers: {{{receivers}"));
        gateway(&config.replace("receivers: [otlp]", "receivers: [otlp, zipkin]"), 9411)
            .replace("targetPort: otlp", "targetPort: 9411")
    };
    let both = open("zipkin: {endpoint: '0.0.0.0:9411'}, ");
    let variable =
        |name: &str, value: &str| format!("- {{name: {name}, value: '{value}'}}\n        ");
    let to = variable("OTEL_EXPORTER_ZIPKIN_ENDPOINT", "http://gw.obs:9411/api/v2/spans");
    let zipkin = app(&format!("{}{to}", variable("OTEL_TRACES_EXPORTER", "zipkin")));
    let kind = |app: &str, gateway: &str| way(&[("app.yaml", app), ("gw.yaml", gateway)]).kind();
    assert_eq!(kind(&zipkin, &both), EndKind::Backend);
    assert_eq!(kind(&zipkin, &gateway(&collector(TEMPO, "otlp/tempo"), 9411)), EndKind::Broken);
    // With a second exporter, it is not only Zipkin's.
    let more = app(&format!("{}{to}", variable("OTEL_TRACES_EXPORTER", "zipkin,otlp")));
    assert_ne!(kind(&more, &both), EndKind::Backend);
    let spring = "spring.application.name=pay\nmanagement.zipkin.tracing.endpoint=http://zipkin.obs.example:9411/api/v2/spans\n";
    let way = way(&[("application.properties", spring)]);
    assert_eq!(way.end().unwrap().at, "zipkin.obs.example:9411");
}

#[test]
fn spans_that_get_to_a_store_of_jaeger_are_kept() {
    let jaeger = "service:\n  extensions: [jaeger_storage, jaeger_query]\n  pipelines:\n    traces: {receivers: [otlp], \
                  exporters: [jaeger_storage_exporter]}\nextensions:\n  jaeger_query: {storage: {traces: some}}\n  \
                  jaeger_storage: {backends: {some: {memory: {max_traces: 1000}}}}\nreceivers: {otlp: {protocols: {grpc: \
                  {endpoint: '0.0.0.0:4317'}}}}\nexporters: {jaeger_storage_exporter: {trace_storage: some}}\n";
    let app = app(&env("http://gw.obs:4317"));
    let way = way(&[("app.yaml", &app), ("gw.yaml", &gateway(jaeger, 4317))]);
    let end = way.end().unwrap();
    assert_eq!(
        (end.kind, end.at.as_str()),
        (EndKind::Backend, "jaeger_storage_exporter"),
        "{way:#?}"
    );
}

#[test]
fn the_ways_through_an_alloy_are_those_its_references_make() {
    let alloy = |traces: &str, exporter: &str| {
        format!(
            "otelcol.receiver.otlp \"in\" {{\n  grpc {{ endpoint = \"0.0.0.0:4317\" }}\n  output {{\n    traces = [{traces}]\n  \
             }}\n}}\notelcol.processor.batch \"all\" {{\n  output {{\n    traces = [otelcol.exporter.otlp.tempo.input]\n  \
             }}\n}}\notelcol.exporter.otlp \"tempo\" {{\n  client {{\n    {exporter}\n  }}\n}}\n"
        )
    };
    let (batch, endpoint) =
        ("otelcol.processor.batch.all.input", "endpoint = \"tempo.vendor.example:4317\"");
    let app = app(&env("http://gw.obs:4317"));
    let through = |config: &str| {
        let gateway = gateway("CONFIG", 4317)
            .replace("relay: |", "config.alloy: |")
            .replace("--config=/conf/relay.yaml", "run")
            .replace("otel/opentelemetry-collector", "grafana/alloy:v1.18.0")
            .replace("CONFIG", &config.replace('\n', "\n    "));
        way(&[("app.yaml", &app), ("gw.yaml", &gateway)])
    };
    let way = through(&alloy(batch, endpoint));
    let end = way.end().unwrap();
    assert_eq!(
        (end.kind, end.at.as_str()),
        (EndKind::Backend, "tempo.vendor.example:4317"),
        "{way:#?}"
    );
    assert_eq!(way.hops[1].processors, ["otelcol.processor.batch \"all\""]);
    assert_eq!(way.hops[1].transport.name(), "tls");
    let clear = alloy(batch, &format!("{endpoint}\n    tls {{\n      insecure = true\n    }}"));
    assert_eq!(through(&clear).hops[1].transport.name(), "clear");
    assert_eq!(through(&alloy(batch, "endpoint = sys.env(\"TO\")")).kind(), EndKind::Unresolved);
    assert_eq!(through(&alloy("module.other.input", endpoint)).kind(), EndKind::Unresolved);
    let nowhere = alloy(batch, endpoint).replace("otelcol.exporter.otlp.tempo.input", "");
    assert_eq!(through(&nowhere).kind(), EndKind::Broken);
}

//! Small systems in which spans arrive, or do not, for one reason that is easily overlooked.

use driftseal::model::EndKind;

use crate::full;
use crate::memory::audit_texts;

/// A service with variables.
pub(super) fn pay(variables: &[(&str, &str)]) -> String {
    let line = |(name, value): &(&str, &str)| match value.strip_prefix("field:") {
        Some(field) => {
            format!(
                "            - {{name: {name}, valueFrom: {{fieldRef: {{fieldPath: {field}}}}}}}\n"
            )
        }
        None => format!("            - {{name: {name}, value: '{value}'}}\n"),
    };
    let variables: String = variables.iter().map(line).collect();
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: pay, namespace: shop}}\nspec:\n  \
         selector: {{matchLabels: {{app: pay}}}}\n  template:\n    metadata: {{labels: {{app: pay}}}}\n    \
         spec:\n      containers:\n        - name: pay\n          image: reg.example/pay:1\n          \
         env:\n            - {{name: OTEL_SERVICE_NAME, value: pay}}\n{variables}---\n"
    )
}

pub(super) const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
pub(super) const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// The service, told where spans go over gRPC.
pub(super) fn to(endpoint: &str) -> String {
    pay(&[(ENDPOINT, endpoint), (PROTOCOL, "grpc")])
}

pub(super) const BASE: &str = "\
receivers:
  otlp:
    protocols:
      grpc: {endpoint: '0.0.0.0:4317'}
      http: {endpoint: '0.0.0.0:4318'}
exporters:
  otlp_grpc: {endpoint: 'tempo.example.org:4317'}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [otlp_grpc]}
";

/// A configuration in a `ConfigMap`.
pub(super) fn config(name: &str, text: &str) -> String {
    let text = text.trim_end().replace('\n', "\n    ");
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: obs}}\ndata:\n  \
         config.yaml: |\n    {text}\n---\n"
    )
}

/// The workload that runs it.
pub(super) fn workload(name: &str, kind: &str, more: &str, image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: obs}}\nspec:\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    \
         spec:\n      containers:\n        - name: collector\n          image: {image}\n          {more}\n          \
         volumeMounts: [{{name: c, mountPath: /conf}}]\n      volumes: [{{name: c, configMap: {{name: \
         {name}}}}}]\n---\n"
    )
}

const IMAGE: &str = "otel/opentelemetry-collector-contrib:0.153.0";
const ARGS: &str = "args: ['--config=/conf/config.yaml']";

pub(super) fn service(name: &str, ports: &str, more: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: obs}}\nspec:\n  selector: {{app: \
         {name}}}\n  ports: [{ports}]\n{more}---\n"
    )
}

const PORTS: &str =
    "{name: a, port: 4317, targetPort: 4317}, {name: b, port: 4318, targetPort: 4318}";

/// A collector with its Service.
pub(super) fn gateway(text: &str) -> String {
    [config("gw", text), workload("gw", "Deployment", ARGS, IMAGE), service("gw", PORTS, "")]
        .concat()
}

/// An agent that sends by one exporter.
fn agent(id: &str, exporter: &str) -> String {
    let text = BASE
        .replace("otlp_grpc: {endpoint: 'tempo.example.org:4317'}", &format!("{id}: {exporter}"))
        .replace("[otlp_grpc]", &format!("[{id}]"));
    [
        config("agent", &text),
        workload("agent", "Deployment", ARGS, IMAGE),
        service("agent", PORTS, ""),
    ]
    .concat()
}

/// How the way of the one service ends, and why.
pub(super) fn end(files: &[String]) -> (EndKind, String) {
    let text = files.concat();
    let files = [("all.yaml", text.as_str())];
    let report = audit_texts(&files, &files, &full());
    let mut all = report.trace.services.iter().filter(|service| service.service == "pay");
    let (Some(only), None) = (all.next(), all.next()) else { panic!("{:#?}", report.trace) };
    let path = only.paths.green.clone().unwrap();
    let end = path.end().unwrap();
    (end.kind, end.reason.clone())
}

pub(super) fn arrives(files: &[String]) {
    assert_eq!(end(files), (EndKind::Backend, String::new()), "{}", files.concat());
}

pub(super) fn breaks(files: &[String], why: &str) {
    let (kind, reason) = end(files);
    assert!(
        kind == EndKind::Broken && reason.contains(why),
        "{kind:?} {reason}\n{}",
        files.concat()
    );
}

pub(super) fn is_open(files: &[String], why: &str) {
    let (kind, reason) = end(files);
    let holds = kind == EndKind::Unresolved && reason.contains(why);
    assert!(holds, "{kind:?} {reason}\n{}", files.concat());
}

pub(super) const GATEWAY: &str = "http://gw.obs:4317";
const AGENT: &str = "http://agent.obs:4317";

#[test]
fn a_headless_service_leads_to_the_port_that_is_dialled() {
    let own = || [config("gw", BASE), workload("gw", "Deployment", ARGS, IMAGE)].concat();
    let mapped = "{port: 14317, targetPort: 4317}";
    arrives(&[to("http://gw.obs:14317"), own(), service("gw", mapped, "")]);
    let headless = service("gw", mapped, "  clusterIP: None\n");
    breaks(&[to("http://gw.obs:14317"), own(), headless], "no otlp receiver on port 14317");
}

#[test]
fn a_service_that_stands_for_another_name_is_followed_once() {
    let external = |host: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: otel, namespace: shop}}\nspec: {{type: ExternalName, \
             externalName: {host}}}\n---\n"
        )
    };
    let inside = || external("gw.obs.svc.cluster.local");
    arrives(&[to("http://otel:4317"), gateway(BASE), inside()]);
    breaks(&[to("http://otel:4318"), gateway(BASE), inside()], "takes only http");
    arrives(&[to("http://otel:4317"), external("otlp.vendor.example.com")]);
    is_open(
        &[to("http://otel:4317"), external("otel.shop.svc.cluster.local")],
        "another host name",
    );
}

#[test]
fn a_name_that_nothing_answers_to_is_no_host_outside() {
    for (host, why) in [
        ("otel.observability:4317", "or it is a host outside"),
        ("otel.observability4317", "no domain is called"),
        ("otel.observability.svc4317", "no domain is called"),
        ("otel.observability.svc.cluster.local4317", "not part of what was read"),
        ("otel4317", "not part of what was read"),
        ("10.1.2.300:4317", "no domain is called"),
    ] {
        is_open(&[to(&format!("http://{host}"))], why);
    }
    for host in ["tempo.example.com:4317", "vendor.io:4317", "vendor.com:4317", "10.1.2.3:4317"] {
        arrives(&[to(&format!("http://{host}"))]);
    }
}

#[test]
fn a_port_for_packets_takes_no_connections() {
    let own = || [config("gw", BASE), workload("gw", "Deployment", ARGS, IMAGE)].concat();
    let packets = service("gw", "{port: 4317, protocol: UDP}", "");
    breaks(&[to(GATEWAY), own(), packets], "has no port 4317");
    let both = service("gw", "{port: 4317, protocol: UDP}, {name: t, port: 4317}", "");
    arrives(&[to(GATEWAY), own(), both]);
}

#[test]
fn tls_meets_plain_text_on_no_hop() {
    let certificate = "{endpoint: '0.0.0.0:4317', tls: {cert_file: /a, key_file: /b}}";
    let closed = BASE.replace("{endpoint: '0.0.0.0:4317'}", certificate);
    breaks(&[to("https://gw.obs:4317"), gateway(BASE)], "over TLS");
    breaks(&[to(GATEWAY), gateway(&closed)], "plain text");
    let through =
        |exporter: &str, gateway: String| [to(AGENT), agent("otlp_grpc", exporter), gateway];
    let clear = "{endpoint: 'gw:4317', tls: {insecure: true}}";
    arrives(&through(clear, gateway(BASE)));
    breaks(&through(clear, gateway(&closed)), "plain text");
    // The scheme says nothing to the exporter for gRPC, and an authority keeps TLS on.
    for tls in ["'gw:4317'", "'http://gw:4317'", "'gw:4317', tls: {insecure: true, ca_file: /ca}"] {
        let exporter = format!("{{endpoint: {tls}}}");
        breaks(&through(&exporter, gateway(BASE)), "over TLS");
        arrives(&through(&exporter, gateway(&closed)));
    }
    // A mesh that is told to encrypts what the service does not.
    let rule = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: gw, namespace: obs}\n\
                spec: {host: gw.obs.svc.cluster.local, trafficPolicy: {tls: {mode: SIMPLE}}}\n---\n";
    arrives(&[to(GATEWAY), gateway(&closed), rule.to_owned()]);
}

#[test]
fn a_variable_that_is_not_given_leaves_its_default() {
    let text = BASE.replace("0.0.0.0:4317", "${env:HOST:-localhost}:4317");
    let with = |more: &str| {
        let own = workload("gw", "Deployment", &format!("{ARGS}\n          {more}"), IMAGE);
        [to(GATEWAY), config("gw", &text), own, service("gw", PORTS, "")]
    };
    breaks(&with("env: []"), "on the machine itself only");
    arrives(&with("env: [{name: HOST, value: 0.0.0.0}]"));
    arrives(&with("envFrom: [{configMapRef: {name: more}}]"));
}

#[test]
fn what_does_not_run_takes_nothing() {
    let none = workload("gw", "Deployment", ARGS, IMAGE)
        .replace("spec:\n  sel", "spec:\n  replicas: 0\n  sel");
    is_open(&[to(GATEWAY), config("gw", BASE), none, service("gw", PORTS, "")], "replicas: 0");
    // Beside a service only while it starts, or as long as it runs.
    let beside = |restart: &str| {
        let init = format!(
            "      initContainers:\n        - name: collector\n          image: {IMAGE}\n          {ARGS}\n          \
             {restart}volumeMounts: [{{name: c, mountPath: /conf}}]\n      volumes: [{{name: c, configMap: {{name: \
             side}}}}]\n      containers:\n"
        );
        let side = config("side", BASE).replace("namespace: obs", "namespace: shop");
        [to("http://localhost:4317").replace("      containers:\n", &init), side]
    };
    arrives(&beside("restartPolicy: Always\n          "));
    is_open(&beside(""), "no collector beside it");
}

#[test]
fn a_configuration_that_is_refused_takes_nothing() {
    let with = |from: &str, to_: &str| [to(GATEWAY), gateway(&BASE.replace(from, to_))];
    let twice = "processors: {batch: {}}\nservice:";
    let text = BASE
        .replace("service:", twice)
        .replace("exporters: [otlp_grpc]}", "processors: [batch, batch], exporters: [otlp_grpc]}");
    breaks(&[to(GATEWAY), gateway(&text)], "names the processor batch twice");
    breaks(&with("service:", "service:\n  extensions: [health_check]"), "which is not defined");
    breaks(&with("exporters: [otlp_grpc]}", "exporters: [otlp]}"), "which is not defined");
    let forward = BASE.replace("service:", "connectors: {forward: {}}\nservice:");
    let unsourced = with("tempo.example.org", "${TEMPO:-tempo.example.org}");
    breaks(&unsourced, "${TEMPO:-…} names no source");
    let older = unsourced.map(|text| {
        text.replace("contrib:0.153.0", "contrib:0.102.0").replace("otlp_grpc", "otlp")
    });
    is_open(&older, "resolved elsewhere");
    arrives(&with("tempo.example.org", "${env:TEMPO:-tempo.example.org}"));
    let one_sided = forward.replace("exporters: [otlp_grpc]}", "exporters: [forward]}");
    breaks(&[to(GATEWAY), gateway(&one_sided)], "none reads from it");
}

#[test]
fn connectors_lead_on_and_in_circles() {
    let text = |connectors: &str, pipelines: &str| {
        let text = BASE.replace("service:", &format!("connectors: {{{connectors}}}\nservice:"));
        let old = "    traces: {receivers: [otlp], exporters: [otlp_grpc]}\n";
        [to(GATEWAY), gateway(&text.replace(old, pipelines))]
    };
    arrives(&text(
        "forward: {}",
        "    traces/in: {receivers: [otlp], exporters: [forward]}\n    traces/out: {receivers: [forward], \
         exporters: [otlp_grpc]}\n",
    ));
    breaks(
        &text(
            "forward/a: {}, forward/b: {}",
            "    traces/in: {receivers: [otlp, forward/b], exporters: [forward/a]}\n    traces/out: {receivers: \
             [forward/a], exporters: [forward/b]}\n",
        ),
        "a loop",
    );
    breaks(
        &text(
            "span_metrics: {}",
            "    traces: {receivers: [otlp], exporters: [span_metrics]}\n    metrics: {receivers: [span_metrics], \
             exporters: [otlp_grpc]}\n",
        ),
        "no exporter left",
    );
}

#[test]
fn paths_and_ports_of_exporters_are_those_that_are_served() {
    let through = |id: &str, exporter: &str| [to(AGENT), agent(id, exporter), gateway(BASE)];
    arrives(&through("otlp_http", "{endpoint: 'http://gw:4318'}"));
    breaks(&through("otlp_http", "{endpoint: 'http://gw'}"), "no port 80");
    breaks(&through("otlp_http", "{endpoint: 'http://gw:4318/v1/traces'}"), "/v1/traces/v1/traces");
    breaks(&through("otlp_http", "{traces_endpoint: 'http://gw:4318'}"), "posted to /");
    let metrics = through("otlp_http", "{metrics_endpoint: 'http://gw:4318/v1/metrics'}");
    assert_ne!(end(&metrics).0, EndKind::Backend);
    breaks(&through("otlp_grpc", "{endpoint: 'agent:4317', tls: {insecure: true}}"), "a loop");
    let balanced = |resolver: &str| {
        let tls = "protocol: {otlp: {tls: {insecure: true}}}";
        through("load_balancing", &format!("{{{tls}, resolver: {{{resolver}}}}}"))
    };
    arrives(&balanced("k8s: {service: gw.obs}"));
    breaks(&balanced("static: {hostnames: ['gw:4318']}"), "takes only http");
}

#[test]
fn an_agent_on_the_node_is_met_at_a_port_of_the_node() {
    let pay = |field: &str| {
        pay(&[("NODE", field), (ENDPOINT, "http://$(NODE):4317"), (PROTOCOL, "grpc")])
    };
    let daemon = |kind: &str, ports: &str| {
        let more = format!("{ARGS}\n          ports: [{ports}]");
        [config("gw", BASE), workload("gw", kind, &more, IMAGE)].concat()
    };
    let at_node = "{containerPort: 4317, hostPort: 4317}";
    arrives(&[pay("field:status.hostIP"), daemon("DaemonSet", at_node)]);
    for (field, kind, ports) in [
        ("field:status.hostIP", "DaemonSet", "{containerPort: 4317}"),
        ("field:status.hostIP", "Deployment", at_node),
        ("field:status.podIP", "DaemonSet", at_node),
    ] {
        let (reached, _) = end(&[pay(field), daemon(kind, ports)]);
        assert_ne!(reached, EndKind::Backend, "{field} {kind} {ports}");
    }
}

#[test]
fn only_variables_before_it_are_put_into_a_value() {
    let host = ("HOST", "gw");
    let address = ("ADDRESS", "$(HOST).obs");
    let endpoint = (ENDPOINT, "http://$(ADDRESS):4317");
    let protocol = (PROTOCOL, "grpc");
    arrives(&[pay(&[host, address, endpoint, protocol]), gateway(BASE)]);
    for wrong in [
        pay(&[host, endpoint, address, protocol]),
        pay(&[address, host, endpoint, protocol]),
        pay(&[host, address, (ENDPOINT, "http://$$(ADDRESS):4317"), protocol]),
    ] {
        assert_ne!(end(&[wrong, gateway(BASE)]).0, EndKind::Backend);
    }
}

#[test]
fn switches_of_an_sdk_are_true_in_one_word_only() {
    let with = |name: &str, value: &str| {
        [pay(&[(ENDPOINT, GATEWAY), (PROTOCOL, "grpc"), (name, value)]), gateway(BASE)]
    };
    assert_eq!(end(&with("OTEL_SDK_DISABLED", "TRUE")).0, EndKind::Dark);
    arrives(&with("OTEL_SDK_DISABLED", "1"));
    assert_eq!(end(&with("OTEL_TRACES_EXPORTER", "None")).0, EndKind::Dark);
}

#[test]
fn programs_are_heard_that_are_told_in_words_of_their_own() {
    let host = ("OTEL_COLLECTOR_HOST", "gw.obs");
    arrives(&[pay(&[host, ("OTEL_COLLECTOR_PORT_GRPC", "4317")]), gateway(BASE)]);
    breaks(&[pay(&[host, ("OTEL_COLLECTOR_PORT_GRPC", "4318")]), gateway(BASE)], "takes only http");
    arrives(&[pay(&[host, ("OTEL_COLLECTOR_PORT_HTTP", "4318")]), gateway(BASE)]);
    let both = [host, ("OTEL_COLLECTOR_PORT_HTTP", "4318"), ("OTEL_COLLECTOR_PORT_GRPC", "4317")];
    is_open(&[pay(&both), gateway(BASE)], "up to the program");
    arrives(&[pay(&[("FLAGD_OTEL_COLLECTOR_URI", "gw.obs:4317")]), gateway(BASE)]);
    let address = ("COLLECTOR_SERVICE_ADDR", "gw.obs:4317");
    arrives(&[pay(&[("ENABLE_TRACING", "1"), address]), gateway(BASE)]);
    for off in [pay(&[address]), pay(&[("ENABLE_TRACING", "0"), address])] {
        assert_eq!(end(&[off, gateway(BASE)]).0, EndKind::Dark);
    }
    // What an SDK is told counts before all of that.
    let told = (ENDPOINT, "http://gw.obs:4319");
    breaks(
        &[pay(&[host, ("OTEL_COLLECTOR_PORT_GRPC", "4317"), told]), gateway(BASE)],
        "no port 4319",
    );
}

#[test]
fn a_service_is_called_what_a_label_of_its_pods_says() {
    let text = pay(&[(ENDPOINT, GATEWAY), (PROTOCOL, "grpc")]).replace(
        "{name: OTEL_SERVICE_NAME, value: pay}",
        "{name: OTEL_SERVICE_NAME, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['app']\"}}}",
    );
    let text = text.replace("{labels: {app: pay}}", "{labels: {app: payments}}");
    let files = [("all.yaml", text.as_str())];
    let report = audit_texts(&files, &files, &full());
    assert_eq!(report.trace.services[0].service, "payments");
}

//! OpenTelemetry: Collectors and their two-named components, defaults of versions, SDK files.

use crate::{all_differ, all_same, compare, differs, drift, is_drift, same};

/// A collector with one traces pipeline.
fn collector(exporter: &str, used: &str) -> String {
    format!(
        "receivers: {{otlp: {{protocols: {{grpc: }}}}}}\nprocessors: {{batch: }}\nexporters:\n  {exporter}: \
         {{endpoint: 'tempo:4318'}}\n  debug:\nservice:\n  pipelines:\n    traces: {{receivers: [otlp], \
         processors: [batch], exporters: [debug, {used}]}}\n"
    )
}

#[test]
fn a_component_keeps_its_meaning_under_its_other_name() {
    let cases =
        [("otlp", "otlp_grpc"), ("otlphttp/b", "otlp_http/b"), ("loadbalancing", "load_balancing")];
    let pairs: Vec<_> =
        cases.iter().map(|(old, new)| (collector(old, old), collector(new, new))).collect();
    all_same("otel.yaml", &pairs);
    let processors = |name: &str| {
        collector("otlp", "otlp")
            .replace("batch: ", &format!("batch: , {name}: "))
            .replace("[batch]", &format!("[{name}, batch]"))
    };
    same("otel.yaml", &processors("k8sattributes"), &processors("k8s_attributes"));
    let connected = |name: &str| {
        format!(
            "{}    metrics: {{receivers: [{name}], exporters: [debug]}}\nconnectors: {{{name}: }}\n",
            collector("otlp", "otlp").replace("[debug, otlp]", &format!("[otlp, {name}]"))
        )
    };
    for (old, new) in [
        ("spanmetrics", "span_metrics"),
        ("servicegraph", "service_graph"),
        ("signaltometrics", "signal_to_metrics"),
    ] {
        same("otel.yaml", &connected(old), &connected(new));
    }
    let report = compare(
        "otel.yaml",
        &collector("otlphttp", "otlphttp"),
        &collector("otlp_http", "otlp_http"),
    );
    let said = |text: &str| {
        report.changes.iter().any(|change| format!("{:?}", change.explanation).contains(text))
    };
    assert!(said("otlphttp is otlp_http as of v0.144.0"));
    assert_eq!(report.changes.iter().filter(|change| is_drift(change)).count(), 0);
    // One name in quotes is not two names.
    let quoted = collector("otlphttp", "'otlphttp'");
    let report = compare("otel.yaml", &collector("otlphttp", "otlphttp"), &quoted);
    let how: Vec<_> = report.changes.iter().map(|change| &change.explanation).collect();
    assert!(format!("{how:?}").contains("quoting") && how.len() == 1, "{how:?}");
}

#[test]
fn a_component_defined_under_one_name_and_used_under_the_other_is_not_the_same() {
    let old = collector("otlphttp", "otlphttp");
    let cases = [
        // The pipeline still names what is no longer defined.
        (collector("otlp_http", "otlphttp"), vec!["/exporters/otlp_http", "/exporters/otlphttp"]),
        // Another name of the instance.
        (
            collector("otlp_http/b", "otlp_http/b"),
            vec![
                "/exporters/otlp_http~1b",
                "/exporters/otlphttp",
                "/service/pipelines/traces/exporters/=otlp_http~1b",
                "/service/pipelines/traces/exporters/=otlphttp",
            ],
        ),
        // Another type that only looks alike.
        (
            collector("otlp_grpc", "otlp_grpc"),
            vec![
                "/exporters/otlp_grpc",
                "/exporters/otlphttp",
                "/service/pipelines/traces/exporters/=otlp_grpc",
                "/service/pipelines/traces/exporters/=otlphttp",
            ],
        ),
    ];
    let owned: Vec<_> = cases
        .into_iter()
        .map(|(green, paths)| (old.clone(), green, paths.into_iter().map(str::to_owned).collect()))
        .collect();
    all_differ("otel.yaml", &owned);
    // What changes below the two names is told.
    let other = collector("otlp_http", "otlp_http").replace("tempo:", "loki:");
    let report = compare("otel.yaml", &old, &other);
    assert_eq!(drift(&report), ["/exporters/otlphttp/endpoint"]);
    // Both names side by side are two exporters.
    let both = |first: &str, second: &str| {
        collector("otlp", "otlp, otlp_grpc")
            .replace("  debug:\n", "  otlp_grpc: {endpoint: 'b:1'}\n  debug:\n")
            .replace("b:1", second)
            .replace("tempo:4318", first)
    };
    let paths = ["/exporters/otlp/endpoint", "/exporters/otlp_grpc/endpoint"];
    differs("otel.yaml", &both("a:1", "b:1"), &both("b:1", "a:1"), &paths);
    // Receivers were not renamed.
    let receiver =
        old.replace("otlp: {protocols", "otlp_grpc: {protocols").replace("[otlp]", "[otlp_grpc]");
    let report = compare("otel.yaml", &old, &receiver);
    assert!(!drift(&report).is_empty());
}

/// A collector that detects where it runs, with these lines in its processor.
fn detecting(processor: &str, lines: &str) -> String {
    collector("otlp", "otlp")
        .replace("batch: ", &format!("{processor}: {{{lines}}}"))
        .replace("[batch]", &format!("[{processor}]"))
}

#[test]
fn a_detector_keeps_its_meaning_under_its_other_name() {
    let old = detecting(
        "resourcedetection",
        "detectors: [env, k8snode], k8snode: {node_from_env_var: N}",
    );
    let new = detecting(
        "resource_detection",
        "detectors: [env, k8s_api], k8s_api: {node_from_env_var: N}",
    );
    same("otel.yaml", &old, &new);
    same(
        "otel.yaml",
        &detecting("resourcedetection", "detectors: [k8snode]"),
        &detecting("resourcedetection", "detectors: [k8s_api]"),
    );
    let said = format!("{:?}", compare("otel.yaml", &old, &new).changes);
    assert!(said.contains("k8snode is k8s_api as of v0.154.0"), "{said}");
    for other in [
        // Settings of a detector that is not asked say nothing.
        "detectors: [env, k8s_api], k8snode: {node_from_env_var: N}",
        "detectors: [env, k8s_api], k8s_api: {node_from_env_var: M}",
        "detectors: [k8s_api, env], k8s_api: {node_from_env_var: N}",
        "detectors: [env, k8s_api, k8snode], k8s_api: {node_from_env_var: N}",
        "detectors: [env, kubeadm], k8s_api: {node_from_env_var: N}",
    ] {
        let report = compare("otel.yaml", &old, &detecting("resource_detection", other));
        assert!(!drift(&report).is_empty(), "{other}");
    }
    // Elsewhere it is but a word.
    let elsewhere = detecting("attributes", "detectors: [k8snode]");
    assert!(
        !drift(&compare("otel.yaml", &elsewhere, &elsewhere.replace("k8snode", "k8s_api")))
            .is_empty()
    );
    let at = |tag: &str| drift(&compare("a.yaml", &resource(tag, &old), &resource(tag, &new)));
    assert_eq!(at("0.154.0"), [""; 0]);
    assert!(!at("0.153.0").is_empty());
}

/// `logging` was taken out in v0.111.0; `debug` came before it went and has other settings
/// (opentelemetry-collector, issue 11337).
#[test]
fn an_exporter_that_was_removed_has_no_other_name() {
    let old = collector("otlp", "otlp").replace("debug", "logging");
    assert!(!drift(&compare("otel.yaml", &old, &collector("otlp", "otlp"))).is_empty());
}

/// A collector in a resource that names its image.
fn resource(tag: &str, config: &str) -> String {
    let lines: Vec<String> = config.lines().map(|line| format!("    {line}\n")).collect();
    format!(
        "apiVersion: opentelemetry.io/v1beta1\nkind: OpenTelemetryCollector\nmetadata: {{name: a}}\nspec:\n  \
         image: otel/opentelemetry-collector-contrib:{tag}\n  config:\n{}",
        lines.concat()
    )
}

#[test]
fn a_version_that_does_not_know_the_new_name_is_not_given_it() {
    let (old, new) = (collector("otlphttp", "otlphttp"), collector("otlp_http", "otlp_http"));
    let at = |tag: &str| drift(&compare("a.yaml", &resource(tag, &old), &resource(tag, &new)));
    assert_eq!(at("0.144.0"), [""; 0]);
    assert_eq!(at("latest"), [""; 0]);
    assert!(!at("0.143.0").is_empty());
}

#[test]
fn a_default_that_changed_is_that_of_a_known_version_only() {
    let file = |tag: &str, endpoint: &str| {
        format!(
            "# image: otel/opentelemetry-collector:0.1.0\nimage: otel/opentelemetry-collector:{tag}\n{}",
            collector("otlp", "otlp").replace("grpc: ", &format!("grpc: {{{endpoint}}}"))
        )
    };
    let (local, open) = ("endpoint: 'localhost:4317'", "endpoint: '0.0.0.0:4317'");
    let same_at = |tag: &str, endpoint: &str| {
        drift(&compare("otel.yaml", &file(tag, ""), &file(tag, endpoint))).is_empty()
    };
    assert!(same_at("0.153.0", local) && !same_at("0.153.0", open));
    assert!(same_at("0.90.0", open) && !same_at("0.90.0", local));
    // A feature gate decides, or nobody knows.
    for tag in ["0.104.0", "0.94.0", "latest"] {
        assert!(!same_at(tag, local) && !same_at(tag, open), "{tag}");
    }
    let queue = |size: &str| {
        collector("otlp", "otlp")
            .replace("{endpoint", &format!("{{sending_queue: {{{size}}}, endpoint"))
    };
    let at = ["/exporters/otlp/sending_queue/queue_size"];
    differs("otel.yaml", &queue(""), &queue("queue_size: 1000"), &at);
    same("otel.yaml", &queue(""), &queue("num_consumers: 10"));
    differs(
        "otel.yaml",
        &queue(""),
        &queue("num_consumers: 1"),
        &["/exporters/otlp/sending_queue/num_consumers"],
    );
}

#[test]
fn an_operator_opens_what_a_collector_of_its_own_would_not() {
    let receiver = |endpoint: &str| {
        let config = collector("otlp", "otlp").replace("grpc: ", &format!("grpc: {{{endpoint}}}"));
        resource("0.153.0", &config)
    };
    let at = ["/spec/config/receivers/otlp/protocols/grpc/endpoint"];
    differs("a.yaml", &receiver(""), &receiver("endpoint: 'localhost:4317'"), &at);
}

/// An SDK's configuration file with one processor that has these lines.
fn sdk(format: &str, batch: &str, exporter: &str) -> String {
    format!(
        "file_format: '{format}'\npropagator:\n  composite: [{{tracecontext: }}, {{b3: }}]\ntracer_provider:\n  \
         processors:\n  - batch: {{{batch}exporter: {{otlp_http: {{{exporter}}}}}}}\n  - simple: {{exporter: {{console: }}}}\n"
    )
}

#[test]
fn an_sdk_file_means_the_same_where_it_says_what_its_format_leaves_out() {
    let plain = sdk("1.0", "", "");
    all_same(
        "sdk.yaml",
        &[
            (plain.clone(), sdk("1.0", "schedule_delay: 5000, ", "")),
            (
                plain.clone(),
                sdk("1.0", "", "endpoint: 'http://localhost:4318/v1/traces', timeout: 10000"),
            ),
            (plain.clone(), plain.replace("console: ", "console: {}")),
            (plain.clone(), format!("{plain}disabled: false\n")),
            (
                sdk("1.0", "", "endpoint: '${env:TO:-http://a}'"),
                sdk("1.0", "", "endpoint: '${TO:-http://a}'"),
            ),
            (
                sdk("1.0", "", "headers: [{name: a, value: '1'}, {name: b, value: '2'}]"),
                sdk("1.0", "", "headers: [{name: b, value: '2'}, {name: a, value: '1'}]"),
            ),
            (sdk("1.0", "", "headers_list: 'a=1,b=2'"), sdk("1.0", "", "headers_list: 'b=2,a=1'")),
        ],
    );
}

#[test]
fn what_an_sdk_file_orders_or_leaves_out_is_meaning() {
    let plain = sdk("1.0", "", "");
    let at = "/tracer_provider/processors/0/batch";
    let cases = [
        // Of an earlier format, and of other values, no default is known.
        (sdk("0.4", "", ""), sdk("0.4", "schedule_delay: 5000, ", ""), format!("{at}/schedule_delay")),
        (plain.clone(), sdk("1.0", "schedule_delay: 500, ", ""), format!("{at}/schedule_delay")),
        (plain.clone(), sdk("1.0", "", "endpoint: 'http://localhost:4318'"), format!("{at}/exporter/otlp_http/endpoint")),
        // No propagator is none, not the default of a variable.
        (
            "file_format: '1.0'\ndisabled: false\n".to_owned(),
            "file_format: '1.0'\ndisabled: false\npropagator: {composite_list: 'tracecontext,baggage'}\n".to_owned(),
            "/propagator".to_owned(),
        ),
        // A reference is typed when it is replaced, unless it is quoted.
        (
            format!("{plain}log_level: ${{LEVEL}}\n"),
            format!("{plain}log_level: '${{LEVEL}}'\n"),
            "/log_level".to_owned(),
        ),
        (
            sdk("1.0", "", "endpoint: '${TO:-http://a}'"),
            sdk("1.0", "", "endpoint: '${TO:-http://b}'"),
            format!("{at}/exporter/otlp_http/endpoint"),
        ),
    ];
    let owned: Vec<_> =
        cases.into_iter().map(|(blue, green, path)| (blue, green, vec![path])).collect();
    all_differ("sdk.yaml", &owned);
    let (first, second) = ("[{tracecontext: }, {b3: }]", "[{b3: }, {tracecontext: }]");
    let report = compare("sdk.yaml", &plain, &plain.replace(first, second));
    assert!(drift(&report).iter().all(|path| path.starts_with("/propagator/composite")));
    assert!(!drift(&report).is_empty());
}

/// Alloy with a receiver, a batch and two exporters.
fn alloy(receiver: &str, batch: &str, consumers: &str) -> String {
    format!(
        "otelcol.receiver.otlp \"in\" {{\n  grpc {{ {receiver} }}\n  output {{\n    traces = \
         [otelcol.processor.batch.all.input]\n  }}\n}}\notelcol.processor.batch \"all\" {{\n  {batch}\n  output {{\n    \
         traces = [{consumers}]\n  }}\n}}\n"
    )
}

#[test]
fn alloy_wires_components_by_reference_wherever_they_stand() {
    let (a, b) = ("otelcol.exporter.otlp.a.input", "otelcol.exporter.otlp.b.input");
    let plain = alloy("", "", &format!("{a}, {b}"));
    let (first, second) = plain.split_at(plain.find("otelcol.processor.batch \"all\"").unwrap());
    all_same(
        "config.alloy",
        &[
            (plain.clone(), format!("{second}{first}")),
            (plain.clone(), alloy("", "", &format!("{b}, {a}"))),
            (
                plain.clone(),
                alloy("endpoint = \"0.0.0.0:4317\"", "timeout = \"200ms\"", &format!("{a}, {b}")),
            ),
            (alloy("", "timeout = `1s`", a), alloy("", "timeout = \"1000ms\"", a)),
        ],
    );
    let at = |path: &str| format!("/otelcol.processor.batch \"all\"/{path}");
    let differ = |green: String, path: String| (plain.clone(), green, vec![path]);
    all_differ(
        "config.alloy",
        &[
            differ(alloy("", "", a), at("output/traces/=${otelcol.exporter.otlp.b.input}")),
            differ(alloy("", "timeout = \"2s\"", &format!("{a}, {b}")), at("timeout")),
            // The default was another before v1.11.0.
            differ(
                alloy("", "send_batch_size = 2000", &format!("{a}, {b}")),
                at("send_batch_size"),
            ),
            differ(
                alloy("endpoint = \"localhost:4317\"", "", &format!("{a}, {b}")),
                "/otelcol.receiver.otlp \"in\"/grpc/endpoint".to_owned(),
            ),
        ],
    );
}

#[test]
fn lists_of_a_collector_are_ordered_where_its_components_go_through_them_in_order() {
    let processor = |kind: &str, lines: &str| {
        collector("otlp", "otlp").replace("batch: ", &format!("batch: , {kind}: {{{lines}}}"))
    };
    let policies = |order: &str, first: &str| {
        processor("tail_sampling", &format!("{first}policies: [{order}]"))
    };
    let (a, b) = (
        "{name: a, type: always_sample}",
        "{name: b, type: rate_limiting, rate_limiting: {spans_per_second: 5}}",
    );
    let (ab, ba) = (format!("{a}, {b}"), format!("{b}, {a}"));
    all_same(
        "otel.yaml",
        &[
            (policies(&ab, ""), policies(&ba, "")),
            (
                policies(&ab, "sample_on_first_match: false, "),
                policies(&ba, "sample_on_first_match: false, "),
            ),
            (
                processor("redaction", "allowed_keys: [x, y]"),
                processor("redaction", "allowed_keys: [y, x]"),
            ),
        ],
    );
    let first = "sample_on_first_match: true, ";
    let actions = |order: &str| processor("attributes", &format!("actions: [{order}]"));
    let (x, y) = ("{key: x, action: delete}", "{key: y, from_attribute: x, action: insert}");
    let differ = |blue: String, green: String, path: &str| (blue, green, vec![path.to_owned()]);
    all_differ(
        "otel.yaml",
        &[
            differ(
                policies(&ab, first),
                policies(&ba, first),
                "/processors/tail_sampling/policies",
            ),
            differ(
                policies(&ab, ""),
                policies(&ab.replace("spans_per_second: 5", "spans_per_second: 6"), ""),
                "/processors/tail_sampling/policies/name=b/rate_limiting/spans_per_second",
            ),
            differ(policies(&ab, ""), policies(a, ""), "/processors/tail_sampling/policies/name=b"),
            differ(
                actions(&format!("{x}, {y}")),
                actions(&format!("{y}, {x}")),
                "/processors/attributes/actions",
            ),
            differ(
                processor("redaction", "allowed_keys: [x, y]"),
                processor("redaction", "allowed_keys: [x]"),
                "/processors/redaction/allowed_keys/=y",
            ),
        ],
    );
}

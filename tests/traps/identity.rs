//! What goes by another name, and what only seems to.

use driftseal::model::{Digest, Pair, Report};
use driftseal::policy::{ColourMap, Ledger, Policy};

use crate::memory::audit_texts;
use crate::{audited, unexplained, workload};

fn drift(report: &Report) -> Vec<String> {
    let unexplained =
        report.changes.iter().filter(|change| change.explanation.kind() == "unexplained");
    unexplained.map(|change| change.at.path.to_string()).collect()
}

/// sock-shop's `catalogue-dep.yaml` and `05-catalogue-dep.yaml`; opentelemetry-demo, where objects
/// of one file have a namespace or none, and where every name lost its prefix.
#[test]
fn an_object_is_itself_by_kind_namespace_and_name_and_else_by_what_it_says() {
    let object = |name: &str, replicas: u32| {
        workload(&format!(
            "  replicas: {replicas}\n  selector: {{matchLabels: {{tier: shop}}}}\n  template:\n    spec:\n      \
             containers: [{{name: app, image: 'reg/ads:1', args: [--verbose, --port=8080]}}]\n"
        ))
        .replace("{name: a}", &format!("{{{name}}}"))
    };
    // The name of a file is no name.
    let moved = |green: &str| {
        let blue = object("name: ads", 1);
        audit_texts(
            &[("catalogue-dep.yaml", &blue)],
            &[("05-catalogue-dep.yaml", green)],
            &Policy::default(),
        )
    };
    assert_eq!(drift(&moved(&object("name: ads", 1))), [""; 0]);
    assert_eq!(drift(&moved(&object("name: ads", 2))), ["/spec/replicas"]);
    // One that has another name or namespace is met by what it says, and the name is told.
    for other in ["name: ads, namespace: demo", "name: opentelemetry-demo-ads"] {
        let report = audited("a.yaml", &object("name: ads", 1), &object(other, 2));
        let mut drift = drift(&report);
        drift.retain(|path| !["", "/metadata/namespace"].contains(&path.as_str()));
        assert_eq!(drift, ["/spec/replicas"], "{other}");
        assert!(report.findings.iter().any(|one| one.rule.0 == "DS-DRF-005"), "{other}");
    }
    // Two kinds of one name are two objects.
    let (one, other) =
        (object("name: ads", 1), object("name: ads", 1).replace("Deployment", "StatefulSet"));
    assert!(!drift(&audited("a.yaml", &one, &other)).is_empty());
}

/// traderX: `services.backend-blue`, `.env.blue`, `"x=blue"`, and ports 3010 and 3020.
#[test]
fn colours_stand_in_keys_names_of_files_lists_hosts_globs_and_ports() {
    let words = Pair::new("blue".to_owned(), "green".to_owned());
    let ports = Pair::new("3010".to_owned(), "3020".to_owned());
    let audited = |blue: &str, green: &str, pairs: &[Pair<String>]| {
        let colours = ColourMap::new(&words, pairs);
        let policy = Policy { ledger: Ledger::Full, colours, ..Policy::default() };
        audit_texts(
            &[("deploy/compose.blue.yaml", blue)],
            &[("deploy/compose.green.yaml", green)],
            &policy,
        )
    };
    let blue = "services:\n  backend-blue:\n    image: reg/backend:1\n    labels: [\"x=blue\"]\n    \
        environment:\n      DB_HOST: db.blue.internal\n      WATCH: /srv/blue/*.log\n      \
        ROLE: \"arn:aws:iam::1:role/app-blue\"\n      PORT: ${PORT:-3010}\n      URL: http://backend-blue:${PORT:-3010}/\n";
    let green = blue.replace("blue", "green").replace("3010", "3020");
    let report = audited(blue, &green, std::slice::from_ref(&ports));
    assert_eq!(drift(&report), [""; 0]);
    assert!(report.counts.of("colour") >= 6, "{:?}", report.counts);
    // A port that nobody declared is another port, wherever it stands.
    assert_eq!(drift(&audited(blue, &green, &[])).len(), 2);
    // One place that keeps blue's is told, in every kind of place.
    for kept in ["x=blue", "db.blue.internal", "/srv/blue/", "role/app-blue", "backend-blue:$"] {
        let other = green.replace(&kept.replace("blue", "green"), kept);
        assert_ne!(other, green, "{kept}");
        let report = audited(blue, &other, std::slice::from_ref(&ports));
        assert!(report.findings.iter().any(|one| one.rule.0 == "DS-DRF-002"), "{kept}");
    }
    // No part of a word.
    assert_eq!(unexplained("a.yaml", "host: bluetooth.example\n", "host: greentooth.example\n"), 1);
}

/// Releases of the Collector's charts that rename nothing but components.
#[test]
fn a_component_keeps_its_meaning_under_the_name_it_was_given() {
    const RENAMED: [(&str, &str, &str); 11] = [
        ("processors", "k8sattributes", "k8s_attributes"),
        ("processors", "resourcedetection", "resource_detection"),
        ("receivers", "filelog", "file_log"),
        ("receivers", "hostmetrics", "host_metrics"),
        ("receivers", "kubeletstats", "kubelet_stats"),
        ("exporters", "otlp", "otlp_grpc"),
        ("exporters", "otlphttp", "otlp_http"),
        ("exporters", "loadbalancing", "load_balancing"),
        ("connectors", "spanmetrics", "span_metrics"),
        ("connectors", "servicegraph", "service_graph"),
        ("connectors", "signaltometrics", "signal_to_metrics"),
    ];
    let collector = |section: &str, id: &str| {
        let base = [("receivers", "in"), ("processors", "first"), ("exporters", "out")];
        let mut text = String::new();
        for (known, other) in base {
            let own = if known == section { format!("{id}: {{a: 1}}, ") } else { String::new() };
            text.extend([format!("{known}: {{{own}{other}: }}\n")]);
        }
        let pick = |known: &str, other: &str| {
            if known == section { id.to_owned() } else { other.to_owned() }
        };
        let (from, to) = (pick("receivers", "in"), pick("exporters", "out"));
        let by = pick("processors", "first");
        text += "service:\n  pipelines:\n";
        if section == "connectors" {
            text = format!(
                "connectors: {{{id}: }}\n{text}    metrics: {{receivers: [{id}], exporters: [out]}}\n"
            );
            return format!("{text}    traces: {{receivers: [in], exporters: [{id}]}}\n");
        }
        format!(
            "{text}    traces: {{receivers: [{from}], processors: [{by}], exporters: [{to}]}}\n"
        )
    };
    for (section, old, new) in RENAMED {
        let pair = (collector(section, old), collector(section, new));
        assert_eq!(drift(&audited("otel.yaml", &pair.0, &pair.1)), [""; 0], "{old}");
        let named = collector(section, &format!("{new}/other"));
        assert!(!drift(&audited("otel.yaml", &pair.0, &named)).is_empty(), "{old}");
    }
    // Taken out, not renamed.
    let (logging, debug) = (collector("exporters", "logging"), collector("exporters", "debug"));
    assert!(!drift(&audited("otel.yaml", &logging, &debug)).is_empty());
}

/// Jaeger v1's variables, and the file of v2 that says the same: nobody proves that here.
#[test]
fn one_backend_in_another_language_is_drift() {
    let v1 = workload(
        "  template:\n    spec:\n      containers:\n      - name: jaeger\n        image: jaegertracing/all-in-one:1.76.0\n        \
         env: [{name: SPAN_STORAGE_TYPE, value: elasticsearch}, {name: ES_SERVER_URLS, value: 'http://es:9200'}]\n",
    );
    let v2 = format!(
        "{}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: jaeger}}\ndata:\n  config.yaml: |\n    \
         service: {{extensions: [jaeger_storage], pipelines: {{traces: {{receivers: [otlp], exporters: [jaeger_storage_exporter]}}}}}}\n    \
         receivers: {{otlp: }}\n    exporters: {{jaeger_storage_exporter: {{trace_storage: main}}}}\n    \
         extensions: {{jaeger_storage: {{backends: {{main: {{elasticsearch: {{server_urls: ['http://es:9200']}}}}}}}}}}\n",
        workload(
            "  template:\n    spec:\n      containers:\n      - name: jaeger\n        image: jaegertracing/jaeger:2.9.0\n        \
             args: [--config=/etc/jaeger/config.yaml]\n",
        )
    );
    let report = audited("a.yaml", &v1, &v2);
    let drift = drift(&report);
    for gone in ["/spec/template/spec/containers/name=jaeger/env", ""] {
        assert!(drift.iter().any(|path| path == gone), "{gone}: {drift:?}");
    }
    assert!(drift.iter().any(|path| path.ends_with("/image")), "{drift:?}");
}

/// `checksum/config`, `helm.sh/chart`: what follows from a change is explained by it, and by
/// nothing else.
#[test]
fn what_is_derived_is_told_with_what_it_is_derived_from() {
    let body = |level: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  level: {level}\n")
    };
    let rendered = |level: &str, sum: &str| {
        format!(
            "---\n# Source: shop/templates/configmap.yaml\n{}---\n# Source: shop/templates/deployment.yaml\n{}",
            body(level),
            workload(&format!(
                "  template: {{metadata: {{annotations: {{checksum/config: {sum}}}}}}}\n"
            ))
        )
    };
    let sum = |level: &str| Digest::of(body(level).as_bytes()).short(64);
    let blue = rendered("info", &sum("info"));
    assert_eq!(
        drift(&audited("a.yaml", &blue, &rendered("debug", &sum("debug")))),
        ["/data/level"]
    );
    // The change goes, its trace stays.
    let stale = rendered("info", &sum("debug"));
    let at = "/spec/template/metadata/annotations/checksum~1config";
    assert_eq!(drift(&audited("a.yaml", &blue, &stale)), [at]);
    let chart = |label: &str| {
        workload("  replicas: 1\n")
            .replace("{name: a}", &format!("{{name: a, labels: {{helm.sh/chart: {label}}}}}"))
    };
    assert_eq!(drift(&audited("a.yaml", &chart("shop-1.0.0"), &chart("shop-1.1.0"))), [""; 0]);
    assert_eq!(drift(&audited("a.yaml", &chart("shop-1.0.0"), &chart("bank-1.0.0"))).len(), 1);
}

/// An image without FIPS, mutual TLS that is gone: told either way, and as a weakening one way.
#[test]
fn the_way_back_is_told_too() {
    let image = |tag: &str| {
        workload(&format!(
            "  template: {{spec: {{containers: [{{name: a, image: 'reg/agent:{tag}'}}]}}}}\n"
        ))
    };
    for (one, other) in [("7.1-fips-full", "7.1-full"), ("v1.11.5", "v1.11.4")] {
        for (blue, green) in [(one, other), (other, one)] {
            let drift = drift(&audited("a.yaml", &image(blue), &image(green)));
            assert_eq!(drift, ["/spec/template/spec/containers/name=a/image"], "{blue} {green}");
        }
    }
    let rule = |tls: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: a}}\n\
             spec: {{host: a, trafficPolicy: {{connectionPool: {{tcp: {{maxConnections: 5}}}}{tls}}}}}\n"
        )
    };
    let (mutual, none) = (rule(", tls: {mode: ISTIO_MUTUAL}"), rule(""));
    for (blue, green) in [(&mutual, &none), (&none, &mutual)] {
        assert_eq!(drift(&audited("a.yaml", blue, green)), ["/spec/trafficPolicy/tls"]);
    }
}

//! Texts that are read right and still mislead whoever takes them for what they look like.

use driftseal::model::{EndKind, Finding, Report, State, TraceFact};

use crate::{audited, unexplained, workload};

/// Where nothing explains a difference.
fn drift(report: &Report) -> Vec<String> {
    let unexplained =
        report.changes.iter().filter(|change| change.explanation.kind() == "unexplained");
    unexplained.map(|change| change.at.path.to_string()).collect()
}

fn drifts(blue: &str, green: &str) -> Vec<String> {
    drift(&audited("a.yaml", blue, green))
}

fn pod(lines: &str) -> String {
    let lines: Vec<String> = lines.lines().map(|line| format!("      {line}\n")).collect();
    workload(&format!("  template:\n    spec:\n{}", lines.concat()))
}

/// A workload with one container that has these variables.
fn app(variables: &[(&str, &str)]) -> String {
    let variables: Vec<String> = variables
        .iter()
        .map(|(name, value)| format!("  - {{name: {name}, value: \"{value}\"}}\n"))
        .collect();
    pod(&format!("containers:\n- name: app\n  image: reg/app:1\n  env:\n{}", variables.concat()))
}

/// Lists of workloads: each member is told by what its reader tells it by.
#[test]
fn members_of_lists_meet_by_what_their_reader_tells_them_by() {
    const LISTS: [(&str, &str, &str); 7] = [
        ("env", "{name: A, value: x}", "{name: B, value: y}"),
        ("ports", "{containerPort: 53, protocol: TCP}", "{containerPort: 53, protocol: UDP}"),
        ("volumeMounts", "{mountPath: /a, name: v}", "{mountPath: /b, name: v}"),
        ("containers", "{name: a, image: x}", "{name: b, image: y}"),
        ("volumes", "{name: a, emptyDir: {}}", "{name: b, emptyDir: {medium: Memory}}"),
        (
            "tolerations",
            "{key: a, operator: Exists, effect: NoSchedule}",
            "{key: a, operator: Exists, effect: NoExecute}",
        ),
        ("imagePullSecrets", "{name: a}", "{name: b}"),
    ];
    for (list, one, other) in LISTS {
        let with = |members: &str| {
            if matches!(list, "env" | "ports" | "volumeMounts") {
                pod(&format!("containers: [{{name: app, image: x, {list}: [{members}]}}]"))
            } else {
                pod(&format!("{list}: [{members}]"))
            }
        };
        let both = with(&format!("{one}, {other}"));
        assert_eq!(drifts(&both, &with(&format!("{other}, {one}"))), [""; 0], "{list}");
        for (kept, lost) in [(one, other), (other, one)] {
            let drift = drifts(&both, &with(kept));
            assert!(!drift.is_empty(), "{list}: nobody misses {lost}");
        }
        assert!(!drifts(&with(one), &with(other)).is_empty(), "{list}");
    }
    let first = "initContainers: [{name: a, image: x}, {name: b, image: x}]";
    let second = "initContainers: [{name: b, image: x}, {name: a, image: x}]";
    assert_eq!(drifts(&pod(first), &pod(second)).len(), 1);
}

/// argo-cd's and Prometheus's flags; a flag that is off is not one that is on.
#[test]
fn arguments_are_told_by_value_and_by_place() {
    let args = |args: &str| pod(&format!("containers: [{{name: a, image: x, args: [{args}]}}]"));
    for (blue, green) in [
        ("-x", "-x=false"),
        ("--level=info", "--level=debug"),
        ("--a, --b", "--a"),
        ("--user, root, --group, adm", "--user, adm, --group, root"),
        ("--x=1, --x=2", "--x=2, --x=1"),
    ] {
        assert!(!drifts(&args(blue), &args(green)).is_empty(), "{blue} and {green}");
    }
}

/// Rules of roles: a verb that moves to another rule is another permission.
#[test]
fn a_verb_belongs_to_the_resources_of_its_rule() {
    let role = |rules: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: a}}\nrules:\n{rules}"
        )
    };
    let allows = |resources: &str, verbs: &str| {
        format!("- {{apiGroups: [\"\"], resources: [{resources}], verbs: [{verbs}]}}\n")
    };
    let blue = role(&(allows("pods", "get, list") + &allows("secrets", "get")));
    let other_order = role(&(allows("pods", "list, get") + &allows("secrets", "get")));
    assert_eq!(drifts(&blue, &other_order), [""; 0]);
    let moved = role(&(allows("pods", "get") + &allows("secrets", "get, list")));
    assert!(!drifts(&blue, &moved).is_empty());
    let report = audited("a.yaml", &blue, &moved);
    assert!(introduced(&report).any(|finding| finding.rule.0 == "DS-IAM-004"), "{report:#?}");
}

/// Pipelines of collectors: processors run in order, receivers and exporters do not.
#[test]
fn processors_are_ordered_and_receivers_are_not() {
    let collector = |receivers: &str, processors: &str, exporters: &str| {
        format!(
            "receivers: {{otlp: , zipkin: }}\nprocessors: {{batch: , memory_limiter: }}\n\
             exporters: {{debug: , otlp/a: {{endpoint: 'a:1'}}}}\nservice:\n  pipelines:\n    \
             traces: {{receivers: [{receivers}], processors: [{processors}], exporters: [{exporters}]}}\n"
        )
    };
    let blue = collector("otlp, zipkin", "memory_limiter, batch", "debug, otlp/a");
    let same = collector("zipkin, otlp", "memory_limiter, batch", "otlp/a, debug");
    assert_eq!(drifts(&blue, &same), [""; 0]);
    let swapped = collector("otlp, zipkin", "batch, memory_limiter", "debug, otlp/a");
    assert_eq!(drifts(&blue, &swapped), ["/service/pipelines/traces/processors"]);
    let fewer = collector("otlp, zipkin", "memory_limiter, batch", "debug");
    assert_eq!(drifts(&blue, &fewer), ["/service/pipelines/traces/exporters/=otlp~1a"]);
}

/// aws-otel's `awsemf` and `awsemf/application`: the part behind the slash is a name, and a
/// component of another name is another component.
#[test]
fn an_instance_of_a_component_is_not_the_component() {
    let collector = |id: &str| {
        format!(
            "receivers: {{otlp: }}\nexporters:\n  {id}: {{namespace: shop}}\nservice:\n  pipelines:\n    \
             metrics: {{receivers: [otlp], exporters: [{id}]}}\n"
        )
    };
    let drift = drifts(&collector("awsemf"), &collector("awsemf/application"));
    assert!(drift.iter().any(|path| path == "/exporters/awsemf"), "{drift:?}");
    assert!(!drifts(&collector("otlp"), &collector("otlp_http")).is_empty());
    assert!(!drifts(&collector("otlp/a"), &collector("otlp/b")).is_empty());
}

/// opentelemetry-demo: `http://$(OTEL_COLLECTOR_NAME):4317`, and a receiver that points at no
/// Service.
#[test]
fn a_reference_is_followed_to_what_it_names_or_is_not_resolved() {
    const COLLECTOR: &str = "---\napiVersion: opentelemetry.io/v1beta1\nkind: OpenTelemetryCollector\n\
        metadata: {name: gw}\nspec:\n  config:\n    receivers: {otlp: {protocols: {grpc: {endpoint: '0.0.0.0:4317'}}}}\n    \
        exporters: {otlp: {endpoint: 'tempo.vendor.example:4317'}}\n    service: {pipelines: {traces: {receivers: [otlp], exporters: [otlp]}}}\n";
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://$(OTEL_COLLECTOR_NAME):4317");
    let with = |variables: &[(&str, &str)]| app(variables) + COLLECTOR;
    let named = with(&[("OTEL_COLLECTOR_NAME", "gw-collector"), endpoint]);
    let dangling = with(&[("OTEL_COLLECTOR_NAME", "gone-collector"), endpoint]);
    let unsaid = with(&[endpoint]);
    // Kubernetes expands only what stands before.
    let late = with(&[endpoint, ("OTEL_COLLECTOR_NAME", "gw-collector")]);
    for (green, kind) in [
        (&named, EndKind::Backend),
        (&dangling, EndKind::Unresolved),
        (&unsaid, EndKind::Unresolved),
        (&late, EndKind::Unresolved),
    ] {
        let report = crate::full("a.yaml", &named, green);
        let [service] = report.trace.services.as_slice() else { panic!("{:#?}", report.trace) };
        assert_eq!(service.paths.green.as_ref().unwrap().kind(), kind, "{green}");
    }
    assert!(!drifts(&named, &late).is_empty(), "the order of variables is meaning here");
}

/// Collectors' `${env:X}`, Compose's `${X:-default}`: what a program fills in is not its default.
#[test]
fn a_variable_is_not_the_value_it_may_have() {
    for (file, blue, green) in [
        (
            "compose.yaml",
            "services: {a: {image: \"x:${TAG:-1}\"}}\n",
            "services: {a: {image: \"x:1\"}}\n",
        ),
        (
            "compose.yaml",
            "services: {a: {image: \"x:${TAG:-1}\"}}\n",
            "services: {a: {image: \"x:${TAG-1}\"}}\n",
        ),
        (
            "compose.yaml",
            "services: {a: {command: \"$${A}\"}}\n",
            "services: {a: {command: \"${A}\"}}\n",
        ),
        ("a.env", "A=${B:-c}\n", "A=c\n"),
        ("a.env", "A='${B}'\n", "A=${B}\n"),
        ("c.yaml", "a: ${env:X}\n", "a: ${X:-}\n"),
    ] {
        assert_eq!(unexplained(file, blue, green), 1, "{blue}{green}");
    }
    let reference = |optional: &str| {
        pod(&format!(
            "containers: [{{name: a, image: x, env: [{{name: A, valueFrom: {{configMapKeyRef: \
             {{name: c, key: k{optional}}}}}}}]}}]"
        ))
    };
    assert!(!drifts(&reference(""), &reference(", optional: true")).is_empty());
    assert_eq!(drifts(&reference(""), &reference(", optional: false")), [""; 0]);
}

/// Online Boutique, sock-shop, flagd, Envoy's templates, Argo CD, Datadog, Spring: each says in
/// its own words where spans go.
#[test]
fn settings_of_tracing_of_every_kind_are_told_and_no_service_is_called_dark_for_them() {
    const SETTINGS: [(&str, &str, &str); 9] = [
        ("COLLECTOR_SERVICE_ADDR", "otel:4317", "other:4317"),
        ("ENABLE_TRACING", "1", "0"),
        ("ZIPKIN", "http://zipkin:9411/api/v2/spans", "http://other:9411/api/v2/spans"),
        ("FLAGD_OTEL_COLLECTOR_URI", "otel:4317", "other:4317"),
        ("OTEL_COLLECTOR_HOST", "otel", "other"),
        ("OTEL_COLLECTOR_PORT", "4317", "4318"),
        ("JAVA_OPTS", "-Dspring.zipkin.enabled=true", "-Dspring.zipkin.enabled=false"),
        ("ARGOCD_SERVER_OTLP_ADDRESS", "otel:4317", "other:4317"),
        ("DD_AGENT_HOST", "dd", "other"),
    ];
    for (name, blue, green) in SETTINGS {
        let report = crate::full("a.yaml", &app(&[(name, blue)]), &app(&[(name, green)]));
        let told =
            |finding: &&Finding| finding.at.path.to_string().contains(&format!("name={name}"));
        assert!(report.findings.iter().any(|finding| told(&finding)), "{name}");
        let dark = report.trace.facts.get(&TraceFact::DarkService);
        assert_eq!(dark, None, "{name}: {:#?}", report.trace);
    }
    for (blue, green) in [
        ("spring.zipkin.baseUrl=http://a:9411\n", "spring.zipkin.baseUrl=http://b:9411\n"),
        (
            "management.zipkin.tracing.endpoint=http://a\n",
            "management.tracing.export.zipkin.endpoint=http://b\n",
        ),
        (
            "management.tracing.sampling.probability=1.0\n",
            "management.tracing.sampling.probability=0.1\n",
        ),
    ] {
        assert_ne!(unexplained("application.properties", blue, green), 0, "{blue}{green}");
    }
}

/// Istio's samples and collectors' processors: how many traces are kept is said in many places.
#[test]
fn a_share_of_traces_is_told_wherever_it_is_said() {
    let telemetry = |share: &str| {
        format!(
            "apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {{name: a}}\nspec: \
             {{tracing: [{{randomSamplingPercentage: {share}}}]}}\n"
        )
    };
    let report = audited("a.yaml", &telemetry("10"), &telemetry("0"));
    assert!(introduced(&report).any(|finding| finding.rule.0 == "DS-TRC-017"), "{report:#?}");
    let sampler = |share: &str| {
        format!(
            "receivers: {{otlp: }}\nprocessors: {{probabilistic_sampler: {{sampling_percentage: {share}}}}}\n\
             exporters: {{debug: }}\nservice: {{pipelines: {{traces: {{receivers: [otlp], processors: \
             [probabilistic_sampler], exporters: [debug]}}}}}}\n"
        )
    };
    assert_eq!(drifts(&sampler("15.3"), &sampler("15.30")), [""; 0]);
    assert_eq!(drifts(&sampler("15.3"), &sampler("1.53")).len(), 1);
}

/// Jaeger v1's variables and v2's file, `Elasticsearch` and `OpenSearch`: whoever takes one for the
/// other proves it; nothing here is guessed to be the same.
#[test]
fn another_backend_is_drift_however_alike() {
    let storage = |kind: &str, server: &str| {
        format!(
            "extensions:\n  jaeger_storage:\n    backends:\n      main:\n        {kind}:\n          server_urls: [{server}]\n"
        )
    };
    let blue = storage("elasticsearch", "http://es:9200");
    assert!(!drifts(&blue, &storage("opensearch", "http://es:9200")).is_empty());
    assert!(!drifts(&blue, &storage("elasticsearch", "http://os:9200")).is_empty());
    let variable =
        |name: &str, value: &str| app(&[("SPAN_STORAGE_TYPE", name), ("ES_SERVER_URLS", value)]);
    let drift = drifts(
        &variable("elasticsearch", "http://es:9200"),
        &variable("opensearch", "http://es:9200"),
    );
    assert_eq!(drift, ["/spec/template/spec/containers/name=app/env/name=SPAN_STORAGE_TYPE/value"]);
}

/// `helm.sh/chart`, `OTEL_RESOURCE_ATTRIBUTES`: what is derived is compared part by part, so that
/// what hides among it is still told.
#[test]
fn a_derived_value_hides_nothing_beside_it() {
    let attributes = |text: &str| app(&[("OTEL_RESOURCE_ATTRIBUTES", text)]);
    let at = "/spec/template/spec/containers/name=app/env/name=OTEL_RESOURCE_ATTRIBUTES/value";
    let blue = attributes("service.version=1.0,deployment.environment=prod");
    let drift = drifts(&blue, &attributes("deployment.environment=prod,service.version=1.1"));
    assert_eq!(drift, [format!("{at}/service.version")]);
    let both = drifts(&blue, &attributes("deployment.environment=test,service.version=1.1"));
    assert_eq!(both.len(), 2, "{both:?}");
    let checksum = |sum: &str| {
        workload(&format!(
            "  template: {{metadata: {{annotations: {{checksum/config: {sum}}}}}}}\n"
        ))
    };
    // Nothing here shows what it is the checksum of.
    assert_eq!(drifts(&checksum(&"a".repeat(64)), &checksum(&"b".repeat(64))).len(), 1);
}

/// sock-shop's annotation `DefaultDeny`, nginx's `limit_req` in comments, capabilities in lower
/// case, headers that a location drops.
#[test]
fn what_only_looks_like_a_control_is_none() {
    let namespace =
        |lines: &str| format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n{lines}");
    let annotated = namespace(
        "  annotations:\n    net.beta.kubernetes.io/network-policy: '{\"ingress\":{\"isolation\":\"DefaultDeny\"}}'\n",
    );
    // It goes, and no rule says that a control went with it.
    let report = audited("a.yaml", &annotated, &namespace(""));
    let rules: Vec<&str> = introduced(&report).map(|finding| finding.rule.0.as_str()).collect();
    assert_eq!(rules, ["DS-DRF-001"]);
    let nginx = |line: &str| format!("server {{\n  listen 80;\n  {line}\n}}\n");
    assert_eq!(unexplained("nginx.conf", &nginx("# limit_req zone=a;"), &nginx("")), 0);
    assert_eq!(
        unexplained("nginx.conf", &nginx("limit_req zone=a;"), &nginx("# limit_req zone=a;")),
        1
    );
    assert_eq!(drifts(&pod("hostNetwork: true"), &pod("#hostNetwork: true")).len(), 1);
    let location = |line: &str| {
        format!(
            "server {{\n  add_header X-Frame-Options DENY;\n  location / {{\n    {line}\n  }}\n}}\n"
        )
    };
    assert_ne!(unexplained("nginx.conf", &location(""), &location("add_header A b;")), 0);
}

/// A capability counts however it is written.
#[test]
fn a_capability_in_lower_case_counts() {
    let adds = |capability: &str| {
        pod(&format!(
            "containers: [{{name: a, image: x, securityContext: {{capabilities: {{add: [{capability}]}}}}}}]"
        ))
    };
    for name in ["SYS_ADMIN", "sys_admin", "CAP_SYS_ADMIN"] {
        let report = audited("a.yaml", &pod("containers: [{name: a, image: x}]"), &adds(name));
        assert!(introduced(&report).any(|finding| finding.rule.0 == "DS-WKL-004"), "{name}");
    }
}

/// v1.11.5 to v1.11.4, mutual TLS to nothing: a change that weakens is told apart from the one
/// that takes it back.
#[test]
fn a_weakening_is_introduced_and_its_reverse_is_not() {
    let mesh = |mode: &str| {
        format!(
            "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: a}}\nspec: \
             {{mtls: {{{mode}}}}}\n"
        )
    };
    let (tls, none) = (mesh("mode: STRICT"), mesh(""));
    let pinned = pod(
        "containers: [{name: a, image: 'x@sha256:0000000000000000000000000000000000000000000000000000000000000000'}]",
    );
    let loose = pod("containers: [{name: a, image: 'x:1'}]");
    let proxy =
        |version: &str| format!("server {{\n  listen 443 ssl;\n  ssl_protocols {version};\n}}\n");
    let (strict, weak) = (proxy("TLSv1.3"), proxy("TLSv1.1 TLSv1.3"));
    for (file, blue, green, rule) in [
        ("a.yaml", &tls, &none, "DS-TLS-007"),
        ("a.yaml", &pinned, &loose, "DS-SUP-001"),
        ("nginx.conf", &strict, &weak, "DS-TLS-001"),
    ] {
        let of = |report: &Report| -> Vec<State> {
            let all = report.findings.iter().filter(|finding| finding.rule.0 == rule);
            all.map(|finding| finding.state).collect()
        };
        assert_eq!(of(&audited(file, blue, green)), [State::Introduced], "{rule}");
        let back = of(&audited(file, green, blue));
        assert!(!back.contains(&State::Introduced), "{rule}: {back:?}");
    }
    assert_eq!(
        drifts(
            &pod("containers: [{name: a, image: 'x:v1.11.5'}]"),
            &pod("containers: [{name: a, image: 'x:v1.11.4'}]")
        )
        .len(),
        1
    );
}

fn introduced(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|finding| finding.state == State::Introduced)
}

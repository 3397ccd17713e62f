//! What stands in the way of spans besides the network, and who else than a container says how a
//! process traces: proxies, Cilium, samplers, Java, an operator.

use driftseal::model::EndKind;

use crate::systems::{
    BASE, ENDPOINT, GATEWAY, PROTOCOL, arrives, breaks, end, gateway, is_open, pay, to,
};

const LABEL: &str = "sidecar.istio.io/inject: 'true'";

/// The service and the gateway, both with a proxy.
fn meshed(policy: &str) -> [String; 3] {
    let label = |text: String, app: &str| {
        let labels = |more: &str| format!("{{labels: {{app: {app}{more}}}}}");
        text.replace(&labels(""), &labels(&format!(", {LABEL}")))
    };
    [label(to(GATEWAY), "pay"), label(gateway(BASE), "gw"), authorization("obs", policy)]
}

fn authorization(namespace: &str, spec: &str) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: p, namespace: \
         {namespace}}}\nspec: {spec}\n---\n"
    )
}

#[test]
fn proxies_let_pass_what_a_policy_allows_and_none_denies() {
    for allowed in [
        "{rules: [{}]}",
        "{rules: [{from: [{source: {namespaces: [shop]}}]}]}",
        "{rules: [{from: [{source: {principals: ['cluster.local/ns/shop/sa/default']}}]}]}",
        "{rules: [{from: [{source: {namespaces: ['sh*']}}], to: [{operation: {ports: ['4317']}}]}]}",
        "{action: DENY}",
        "{action: DENY, rules: [{to: [{operation: {notPorts: ['4317']}}]}]}",
        "{action: AUDIT}",
        "{selector: {matchLabels: {app: other}}}",
        // Whether the path fits is not followed.
        "{rules: [{to: [{operation: {paths: ['/v1/*']}}]}]}",
    ] {
        arrives(&meshed(allowed));
    }
    for denied in [
        "{}",
        "{rules: [{from: [{source: {namespaces: [ledger]}}]}]}",
        "{rules: [{from: [{source: {notNamespaces: [shop]}}]}]}",
        "{rules: [{to: [{operation: {ports: ['4318']}}]}]}",
        "{rules: [{to: [{operation: {methods: [GET]}}]}]}",
        "{action: DENY, rules: [{to: [{operation: {ports: ['4317']}}]}]}",
    ] {
        breaks(&meshed(denied), "keeps deployment/gw from taking");
    }
    // Who is outside of the mesh has no name in it, and who has no proxy asks nobody.
    let [_, proxied, policy] = meshed("{rules: [{from: [{source: {namespaces: [shop]}}]}]}");
    let outside =
        to(GATEWAY).replace("{labels: {app: pay}}", &format!("{{labels: {{app: pay, {LABEL}}}}}"));
    let outside = outside.replace("'true'", "'false'");
    breaks(&[outside, proxied, policy], "keeps deployment/gw");
    arrives(&[to(GATEWAY), gateway(BASE), authorization("obs", "{}")]);
    let [service, proxied, _] = meshed("{}");
    breaks(&[service, proxied, authorization("istio-system", "{}")], "keeps deployment/gw");
}

#[test]
fn cilium_lets_pass_what_a_rule_of_its_policies_opens() {
    let with = |namespace: &str, spec: &str| {
        let (kind, place) = match namespace {
            "" => ("CiliumClusterwideNetworkPolicy", String::new()),
            name => ("CiliumNetworkPolicy", format!(", namespace: {name}")),
        };
        let policy = format!(
            "apiVersion: cilium.io/v2\nkind: {kind}\nmetadata: {{name: p{place}}}\nspec: {spec}\n---\n"
        );
        [to(GATEWAY), gateway(BASE), policy]
    };
    for (namespace, open) in [
        ("obs", "{endpointSelector: {}, ingress: [{fromEntities: [cluster]}]}"),
        (
            "obs",
            "{endpointSelector: {}, ingress: [{fromEndpoints: [{matchLabels: \
             {'k8s:io.kubernetes.pod.namespace': shop}}]}]}",
        ),
        ("obs", "{endpointSelector: {matchLabels: {app: other}}, ingress: [{}]}"),
        (
            "obs",
            "{endpointSelector: {matchLabels: {app: gw}}, egress: [{toFQDNs: [{matchName: tempo.example.org}]}]}",
        ),
        (
            "obs",
            "{endpointSelector: {}, enableDefaultDeny: {ingress: false}, ingress: [{fromEndpoints: [{}]}]}",
        ),
        // What a rule for requests lets pass is not followed.
        (
            "obs",
            "{endpointSelector: {}, ingress: [{toPorts: [{ports: [{port: '4317'}], rules: {http: [{}]}}]}]}",
        ),
        (
            "shop",
            "{endpointSelector: {}, egress: [{toEndpoints: [{matchLabels: \
                  {'k8s:io.kubernetes.pod.namespace': obs, 'k8s:app': gw}}], toPorts: [{ports: [{port: '4317'}]}]}]}",
        ),
    ] {
        arrives(&with(namespace, open));
    }
    for (namespace, shut) in [
        ("obs", "{endpointSelector: {}, ingress: [{}]}"),
        ("obs", "{endpointSelector: {}, ingress: [{fromEndpoints: [{}]}]}"),
        (
            "obs",
            "{endpointSelector: {}, ingress: [{fromEntities: [cluster], toPorts: [{ports: [{port: '4318'}]}]}]}",
        ),
        (
            "obs",
            "{endpointSelector: {matchLabels: {app: gw}}, egress: [{toFQDNs: [{matchPattern: '*.example.com'}]}]}",
        ),
        ("", "{endpointSelector: {matchLabels: {app: pay}}, egress: [{toEntities: [world]}]}"),
    ] {
        breaks(&with(namespace, shut), "have nothing");
    }
}

#[test]
fn spans_that_no_sampler_keeps_arrive_nowhere() {
    let sampler = |name: &str, share: &str| {
        let variables = [
            (ENDPOINT, GATEWAY),
            (PROTOCOL, "grpc"),
            ("OTEL_TRACES_SAMPLER", name),
            ("OTEL_TRACES_SAMPLER_ARG", share),
        ];
        end(&[pay(&variables), gateway(BASE)]).0
    };
    assert_eq!(sampler("always_off", ""), EndKind::Dark);
    assert_eq!(sampler("traceidratio", "0"), EndKind::Dark);
    // These keep what their caller keeps.
    assert_eq!(sampler("parentbased_always_off", ""), EndKind::Backend);
    assert_eq!(sampler("parentbased_traceidratio", "0"), EndKind::Backend);
    // What is no share is ignored, and so is one without a sampler.
    assert_eq!(sampler("traceidratio", "-1"), EndKind::Backend);
    assert_eq!(sampler("", "0"), EndKind::Backend);
    let collector = |config: &str, used: &str| {
        let text = BASE
            .replace(
                "exporters:\n",
                &format!("processors: {{probabilistic_sampler: {config}}}\nexporters:\n"),
            )
            .replace("exporters: [", &format!("processors: [{used}], exporters: ["));
        end(&[to(GATEWAY), gateway(&text)]).0
    };
    assert_eq!(collector("{sampling_percentage: 0}", "probabilistic_sampler"), EndKind::Dark);
    assert_eq!(collector("{}", "probabilistic_sampler"), EndKind::Dark);
    assert_eq!(collector("{sampling_percentage: 1}", "probabilistic_sampler"), EndKind::Backend);
    assert_eq!(collector("{sampling_percentage: 0}", ""), EndKind::Backend);
}

#[test]
fn properties_of_java_count_before_variables() {
    const HTTP: &str = "http://gw.obs:4318";
    let options = |text: &str| {
        let text = format!("-javaagent:/otel.jar {text}");
        [pay(&[("JAVA_TOOL_OPTIONS", &text), (ENDPOINT, HTTP)]), gateway(BASE)]
    };
    arrives(&options("-Dapp.mode=a"));
    arrives(&options(&format!("-Dotel.exporter.otlp.endpoint={HTTP}")));
    breaks(&options("-Dotel.exporter.otlp.endpoint=http://gw.obs:4399"), "no port 4399");
    assert_eq!(end(&options("-Dotel.traces.exporter=none")).0, EndKind::Dark);
    assert_eq!(end(&options("-Dotel.sdk.disabled=\"true\"")).0, EndKind::Dark);
    // On the command line, and in the options that are read after it.
    let line = |words: &str, last: &str| {
        let text = pay(&[(ENDPOINT, HTTP), ("_JAVA_OPTIONS", last)]);
        let words = format!("image: reg.example/pay:1\n          args: [{words}]\n");
        [text.replace("image: reg.example/pay:1\n", &words), gateway(BASE)]
    };
    let none = "'-Dotel.traces.exporter=none', '-jar', 'pay.jar'";
    assert_eq!(end(&line(none, "")).0, EndKind::Dark);
    arrives(&line(none, "-Dotel.traces.exporter=otlp"));
}

#[test]
fn of_several_sources_of_variables_the_last_counts() {
    let map = |name: &str, endpoint: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: shop}}\ndata: {{{ENDPOINT}: \
             '{endpoint}'}}\n---\n"
        )
    };
    let with = |from: &str| {
        let text = pay(&[(PROTOCOL, "grpc")]);
        let text = text
            .replace("          env:\n", &format!("          envFrom: [{from}]\n          env:\n"));
        [text, map("good", GATEWAY), map("bad", "http://gw.obs:4399"), gateway(BASE)]
    };
    let (good, bad) = ("{configMapRef: {name: good}}", "{configMapRef: {name: bad}}");
    arrives(&with(&format!("{bad}, {good}")));
    breaks(&with(&format!("{good}, {bad}")), "no port 4399");
    let renamed = with("{prefix: APP_, configMapRef: {name: good}}");
    assert_ne!(end(&renamed).0, EndKind::Backend);
}

#[test]
fn an_operator_says_how_processes_trace_that_do_not_say_it() {
    let with = |language: &str, variables: &[(&str, &str)], spec: &str| {
        let annotated = format!(
            "{{labels: {{app: pay}}, annotations: {{instrumentation.opentelemetry.io/inject-{language}: 'true'}}}}"
        );
        let text = pay(variables).replace("{labels: {app: pay}}", &annotated);
        let resource = format!(
            "apiVersion: opentelemetry.io/v1alpha1\nkind: Instrumentation\nmetadata: {{name: i, namespace: \
             shop}}\nspec: {{exporter: {{endpoint: 'http://gw.obs:4318'}}{spec}}}\n---\n"
        );
        [text, resource, gateway(BASE)]
    };
    let java = |spec: &str| with("java", &[], spec);
    arrives(&java(""));
    arrives(&java(", sampler: {type: parentbased_always_off}"));
    assert_eq!(end(&java(", sampler: {type: always_off}")).0, EndKind::Dark);
    assert_eq!(end(&java(", env: [{name: OTEL_TRACES_EXPORTER, value: none}]")).0, EndKind::Dark);
    assert_eq!(end(&java(", env: [{name: OTEL_SDK_DISABLED, value: 'true'}]")).0, EndKind::Dark);
    arrives(&java(", python: {env: [{name: OTEL_SDK_DISABLED, value: 'true'}]}"));
    // What the container says itself counts before that.
    let own = [("OTEL_TRACES_SAMPLER", "always_on"), ("OTEL_TRACES_EXPORTER", "otlp")];
    let off = ", sampler: {type: always_off}, env: [{name: OTEL_TRACES_EXPORTER, value: none}]";
    arrives(&with("java", &own, off));
}

#[test]
fn a_collector_of_an_operator_has_a_service_unless_it_runs_beside_pods() {
    let with = |more: &str| {
        let text = BASE.trim_end().replace('\n', "\n    ");
        let resource = format!(
            "apiVersion: opentelemetry.io/v1beta1\nkind: OpenTelemetryCollector\nmetadata: {{name: otel, \
             namespace: obs}}\nspec:\n{more}  config:\n    {text}\n---\n"
        );
        [to("http://otel-collector.obs:4317"), resource]
    };
    arrives(&with(""));
    arrives(&with("  mode: statefulset\n"));
    breaks(&with("  mode: sidecar\n"), "has no Service");
    is_open(&with("  replicas: 0\n"), "replicas: 0");
}

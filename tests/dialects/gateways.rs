//! Gateways, meshes and sidecars: Traefik, Dapr, Linkerd, Jaeger's operator, ingress-nginx.

use crate::{all_differ, all_same, differs, same};

/// Traefik's static file with these lines.
fn traefik(lines: &str) -> String {
    format!("entryPoints:\n  web: {{address: ':80'}}\nproviders: {{docker: {{}}}}\n{lines}\n")
}

/// A dynamic file with one router and its service.
fn router(middlewares: &str, balancer: &str) -> String {
    format!(
        "http:\n  routers:\n    pay: {{rule: 'Path(`/`)', service: pay, entryPoints: [a, b], middlewares: [{middlewares}]}}\n  \
         services:\n    pay: {{loadBalancer: {{servers: [{{url: 'http://a'}}]{balancer}}}}}\n"
    )
}

fn object(version: &str, kind: &str, lines: &str) -> String {
    format!("apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: a\n{lines}\n")
}

#[test]
fn traefik_fills_in_its_tracing_and_passes_middlewares_in_order() {
    let plain = traefik("tracing: {otlp: {grpc: {}}}");
    all_same(
        "traefik.yml",
        &[
            (
                plain.clone(),
                traefik(
                    "tracing: {sampleRate: 1.0, serviceName: traefik, otlp: {grpc: {endpoint: 'localhost:4317'}}}",
                ),
            ),
            (
                traefik("tracing: {otlp: {http: {}}, safeQueryParams: [a, b]}"),
                traefik(
                    "tracing: {otlp: {http: {endpoint: 'https://localhost:4318'}}, safeQueryParams: [b, a]}",
                ),
            ),
        ],
    );
    let rate =
        |rate: &str| traefik(&format!("tracing: {{sampleRate: {rate}, otlp: {{grpc: {{}}}}}}"));
    same("traefik.yml", &rate("1"), &rate("1.0"));
    differs("traefik.yml", &rate("1"), &rate("'1'"), &["/tracing/sampleRate"]);
    differs(
        "traefik.yml",
        &plain,
        &traefik("tracing: {sampleRate: 0.1, otlp: {grpc: {}}}"),
        &["/tracing/sampleRate"],
    );
    differs(
        "traefik.yml",
        &plain,
        &traefik("tracing: {otlp: {grpc: {insecure: true}}}"),
        &["/tracing/otlp/grpc/insecure"],
    );
    same(
        "routes.yml",
        &router("auth, strip", ""),
        &router("auth, strip", ", passHostHeader: true"),
    );
    same("routes.yml", &router("auth", ""), &router("auth", "").replace("[a, b]", "[b, a]"));
    differs(
        "routes.yml",
        &router("auth, strip", ""),
        &router("strip, auth", ""),
        &["/http/routers/pay/middlewares"],
    );
    let at = "/http/services/pay/loadBalancer/passHostHeader";
    differs("routes.yml", &router("auth", ""), &router("auth", ", passHostHeader: false"), &[at]);
}

fn route(routes: &str) -> String {
    object("traefik.io/v1alpha1", "IngressRoute", &format!("spec: {{routes: [{routes}]}}"))
}

fn linkerd(key: &str, value: &str) -> String {
    let annotation = format!("  annotations: {{config.linkerd.io/{key}: '{value}'}}");
    object("apps/v1", "Deployment", &annotation)
}

fn dapr(lines: &str) -> String {
    object("dapr.io/v1alpha1", "Configuration", &format!("spec: {{tracing: {{{lines}}}}}"))
}

fn jaeger(lines: &str) -> String {
    let spec = format!("spec: {{ingress: {{enabled: false}}{lines}}}");
    object("jaegertracing.io/v1", "Jaeger", &spec)
}

fn sampling(services: &str) -> String {
    jaeger(&format!(", sampling: {{options: {{service_strategies: [{services}]}}}}"))
}

fn nginx(lines: &str) -> String {
    object("v1", "ConfigMap", &format!("data: {{enable-opentelemetry: 'true'{lines}}}"))
}

const OTEL: &str = "endpointAddress: 'a:1', protocol: grpc";

#[test]
fn what_controllers_of_gateways_and_meshes_take_for_the_same_is_the_same() {
    let (a, b) = (
        "{match: 'Host(`a`)', services: [{name: a}]}",
        "{match: 'Host(`bb`)', services: [{name: b}]}",
    );
    let timeout = |value: &str| linkerd("proxy-outbound-connect-timeout", value);
    let ports = |value: &str| linkerd("skip-outbound-ports", value);
    let memory = |value: &str| linkerd("proxy-memory-limit", value);
    all_same(
        "a.yaml",
        &[
            (route(&format!("{a}, {b}")), route(&format!("{b}, {a}"))),
            (route(a), route(&a.replace("{match", "{kind: Rule, match"))),
            (ports("25,587"), ports("587,25")),
            (memory("1Gi"), memory("1024Mi")),
            (timeout("1s"), timeout("1000ms")),
            (dapr("samplingRate: '1'"), dapr("samplingRate: '1.0'")),
            (dapr("samplingRate: 1"), dapr("samplingRate: 1.0")),
            (
                dapr(&format!("otel: {{{OTEL}}}")),
                dapr(&format!("otel: {{{OTEL}, isSecure: true}}")),
            ),
            (jaeger(""), jaeger(", strategy: allinone")),
            (
                sampling(
                    "{service: a, type: probabilistic, param: 1}, {service: b, type: ratelimiting, param: 5}",
                ),
                sampling(
                    "{service: b, type: ratelimiting, param: 5}, {service: a, type: probabilistic, param: 1.0}",
                ),
            ),
            (nginx(""), nginx(", otlp-collector-port: '4317', otel-sampler-ratio: '0.01'")),
        ],
    );
}

#[test]
fn near_misses_of_gateways_and_meshes_are_told() {
    let differ = |blue: String, green: String, path: &str| (blue, green, vec![path.to_owned()]);
    let annotated = |key: &str, blue: &str, green: &str| {
        let path = format!("/metadata/annotations/config.linkerd.io~1{key}");
        differ(linkerd(key, blue), linkerd(key, green), &path)
    };
    let chain = |order: &str| route(&format!("{{match: 'Host(`a`)', middlewares: [{order}]}}"));
    all_differ(
        "a.yaml",
        &[
            annotated("skip-outbound-ports", "25,587", "25,588"),
            annotated("proxy-memory-limit", "1Gi", "1G"),
            annotated("proxy-outbound-connect-timeout", "1s", "1ms"),
            differ(
                sampling("{service: a, type: probabilistic, param: 1}"),
                sampling("{service: a, type: probabilistic, param: 0.1}"),
                "/spec/sampling/options/service_strategies/service=a/param",
            ),
            differ(
                dapr("samplingRate: '1'"),
                dapr("samplingRate: '0.1'"),
                "/spec/tracing/samplingRate",
            ),
            differ(
                dapr(&format!("otel: {{{OTEL}}}")),
                dapr(&format!("otel: {{{OTEL}, isSecure: false}}")),
                "/spec/tracing/otel/isSecure",
            ),
            differ(jaeger(""), jaeger(", strategy: production"), "/spec/strategy"),
            differ(nginx(""), nginx(", otlp-collector-port: '14317'"), "/data/otlp-collector-port"),
            // The default before v1.8.0 was another.
            differ(nginx(""), nginx(", otel-sampler: AlwaysOn"), "/data/otel-sampler"),
            differ(
                chain("{name: x}, {name: y}"),
                chain("{name: y}, {name: x}"),
                "/spec/routes/match=Host(`a`)/middlewares",
            ),
        ],
    );
}

#[test]
fn a_kind_of_another_group_is_another_kind() {
    let component = |version: &str, order: [&str; 2]| {
        let [first, second] = order.map(|name| format!("{{name: {name}, value: x}}"));
        let spec = format!("spec: {{type: x, metadata: [{first}, {second}]}}\nscopes: [a, b]");
        object(version, "Component", &spec)
    };
    let pair = |version: &str| (component(version, ["a", "b"]), component(version, ["b", "a"]));
    let (blue, green) = pair("dapr.io/v1alpha1");
    same("a.yaml", &blue, &green);
    // Of the component of OAM nothing is known, so its list is in order.
    let (blue, green) = pair("core.oam.dev/v1beta1");
    assert!(!crate::drift(&crate::compare("a.yaml", &blue, &green)).is_empty());
    let rollout = |version: &str, replicas: &str| {
        let status = format!("spec: {{}}\nstatus: {{replicas: {replicas}}}");
        object(version, "Rollout", &status)
    };
    let version = "argoproj.io/v1alpha1";
    same("a.yaml", &rollout(version, "1"), &rollout(version, "2"));
    let version = "rollouts.kruise.io/v1beta1";
    differs("a.yaml", &rollout(version, "1"), &rollout(version, "2"), &["/status/replicas"]);
    // Two projects name one kind alike: what either says of it holds.
    let policy = |version: &str, references: &str| {
        let spec = format!("spec: {{requiredAuthenticationRefs: [{references}]}}");
        object(version, "AuthorizationPolicy", &spec)
    };
    let version = "policy.linkerd.io/v1alpha1";
    let (a, b) = ("{kind: A, name: a}", "{kind: B, name: b}");
    same("a.yaml", &policy(version, &format!("{a}, {b}")), &policy(version, &format!("{b}, {a}")));
}

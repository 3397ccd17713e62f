//! What spans carry and pass on their way: headers of tenants and credentials, proxies, formats of context,
//! processors that remove or mask data.

use driftseal::model::{EndKind, Pair, Report, TracePath};

use super::memory::audit_texts;
use super::systems::{BASE, ENDPOINT, PROTOCOL, config, gateway, pay, service, to, workload};
use super::{full, names};

const GATEWAY: &str = "http://gw.obs:4317";
const IMAGE: &str = "otel/opentelemetry-collector-contrib:0.153.0";
const PORTS: &str = "{name: a, port: 4317, targetPort: 4317}";

fn audit(blue: &[String], green: &[String]) -> Report {
    let [blue, green] = [blue.concat(), green.concat()];
    audit_texts(&[("all.yaml", &blue)], &[("all.yaml", &green)], &full())
}

fn way(files: &[String]) -> TracePath {
    let report = audit(files, files);
    let mut all = report.trace.services.iter().filter(|one| one.service == "pay");
    let (Some(only), None) = (all.next(), all.next()) else { panic!("{:#?}", report.trace) };
    only.paths.green.clone().unwrap()
}

/// A gateway whose exporter says more.
fn exporting(more: &str) -> String {
    gateway(&BASE.replace(":4317'}\nservice", &format!(":4317', {more}}}\nservice")))
}

fn carried(path: &TracePath) -> Vec<String> {
    let last = path.hops.last().unwrap();
    last.headers.iter().map(|header| format!("{}={}", header.name, header.value)).collect()
}

#[test]
fn a_way_names_the_tenant_and_shows_no_credential() {
    let masked = "driftseal.secret.token.0123456789abcdef01234567";
    let told = format!("headers: {{X-Scope-OrgID: shop, Authorization: 'Bearer {masked}'}}");
    let found = carried(&way(&[to(GATEWAY), exporting(&told)]));
    assert_eq!(found, ["authorization=Bearer <secret token 0123456789ab>", "x-scope-orgid=shop"]);
    // A reference is shown as it is written.
    let path = way(&[to(GATEWAY), exporting("headers: {X-Scope-OrgID: '${env:TENANT}'}")]);
    assert_eq!(carried(&path), ["x-scope-orgid=${env:TENANT}"]);
    assert_eq!(carried(&way(&[to(GATEWAY), exporting("headers: {}")])), [""; 0]);
}

#[test]
fn an_extension_may_say_who_sends() {
    let extension = |told: &str, id: &str| {
        let text = BASE
            .replace(
                ":4317'}\nservice",
                &format!(":4317', auth: {{authenticator: {id}}}}}\nservice"),
            )
            .replace(
                "service:",
                &format!("extensions: {{{id}: {told}}}\nservice:\n  extensions: [{id}]"),
            );
        carried(&way(&[to(GATEWAY), gateway(&text)]))
    };
    let setter = "{headers: [{key: X-Scope-OrgID, value: shop}, {key: X-A, from_context: a}]}";
    let found = extension(setter, "headers_setter");
    assert_eq!(found, ["x-a=not known: it is said elsewhere", "x-scope-orgid=shop"]);
    let basic = extension("{client_auth: {username: a, password: '${env:P}'}}", "basicauth/a");
    assert_eq!(basic, ["authorization=by the extension basicauth/a"]);
}

#[test]
fn another_tenant_is_told_and_the_same_of_the_other_colour_is_not() {
    let facts = |blue: &str, green: &str| {
        let with = |tenant: &str| {
            let told = format!("headers: {{X-Scope-OrgID: {tenant}}}");
            [to(GATEWAY), exporting(&told)]
        };
        names(&audit(&with(blue), &with(green)).trace.services[0])
    };
    assert_eq!(facts("shop", "bank"), ["tenant-changed"]);
    assert_eq!(facts("shop", "shop"), ["unchanged"]);
    assert_eq!(facts("shop-blue", "shop-green"), ["unchanged"]);
    // The services name tenants, too.
    let told = |tenant: &str| {
        let headers = format!("X-Scope-OrgID={tenant},api-key=abc");
        let name = "OTEL_EXPORTER_OTLP_HEADERS";
        [pay(&[(ENDPOINT, GATEWAY), (PROTOCOL, "grpc"), (name, &headers)]), gateway(BASE)]
    };
    let report = audit(&told("shop"), &told("bank"));
    assert_eq!(names(&report.trace.services[0]), ["tenant-changed"]);
    let headers = &report.trace.services[0].paths.green.as_ref().unwrap().hops[0].headers;
    let names: Vec<&str> = headers.iter().map(|header| header.name.as_str()).collect();
    assert_eq!(names, ["api-key", "x-scope-orgid"]);
}

/// The way through a gateway whose container is given variables.
fn by(variables: &str, exporter: &str) -> TracePath {
    let text = BASE.replace("otlp_grpc: {endpoint: 'tempo.example.org:4317'}", exporter);
    let id = exporter.split(':').next().unwrap();
    let text = text.replace("exporters: [otlp_grpc]", &format!("exporters: [{id}]"));
    let told = format!("args: ['--config=/conf/config.yaml']\n          env: [{variables}]");
    let own = workload("gw", "Deployment", &told, IMAGE);
    way(&[to(GATEWAY), config("gw", &text), own, service("gw", PORTS, "")])
}

const GRPC: &str = "otlp_grpc: {endpoint: 'tempo.example.org:4317'}";
const HTTP: &str = "otlp_http: {endpoint: 'http://tempo.example.org:4318'}";

fn variables(all: &[(&str, &str)]) -> String {
    let one = |(name, value): &(&str, &str)| format!("{{name: {name}, value: '{value}'}}");
    all.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_proxy_is_a_hop() {
    let hosts = |path: &TracePath| path.hops.iter().map(|hop| hop.to.clone()).collect::<Vec<_>>();
    let direct = ["gw.obs:4317", "tempo.example.org:4317"];
    let proxied = ["gw.obs:4317", "proxy.corp:3128", "tempo.example.org:4317"];
    let proxy = ("HTTPS_PROXY", "http://u:p4ssw0rd@proxy.corp:3128");
    for (told, exporter, expected) in [
        (vec![], GRPC, &direct[..]),
        (vec![proxy], GRPC, &proxied),
        (vec![("https_proxy", "proxy.corp:3128")], GRPC, &proxied),
        (vec![("HTTP_PROXY", "proxy.corp:3128")], GRPC, &direct),
        (vec![("HTTPS_PROXY", "")], GRPC, &direct),
        (vec![proxy, ("NO_PROXY", "example.org")], GRPC, &direct),
        (vec![proxy, ("NO_PROXY", ".cluster.local,.svc")], GRPC, &proxied),
        (vec![proxy, ("NO_PROXY", "*")], GRPC, &direct),
    ] {
        let path = by(&variables(&told), exporter);
        assert_eq!(hosts(&path), expected, "{told:?}");
        assert_eq!(path.kind(), EndKind::Backend, "{told:?}");
        assert!(!format!("{path:?}").contains("p4ssw0rd"));
    }
    // In plain text by the other variable.
    assert_eq!(by(&variables(&[proxy]), HTTP).hops.len(), 2);
    let path = by(&variables(&[("HTTP_PROXY", "proxy.corp:3128")]), HTTP);
    assert_eq!(path.hops[1].reaches.as_deref(), Some("proxy proxy.corp:3128"));
    assert_eq!((path.hops.len(), path.kind()), (3, EndKind::Backend));
    // What the exporter says counts, whomever the container spares.
    let own = HTTP.replace("4318'", "4318', proxy_url: 'http://other.corp:8080'");
    let path = by(&variables(&[("NO_PROXY", "*")]), &own);
    assert_eq!(path.hops[1].to, "other.corp:8080");
}

#[test]
fn a_proxy_whose_reach_is_not_known_leaves_the_way_open() {
    let inside = "otlp_grpc: {endpoint: 'tempo.obs.svc:4317'}";
    let proxy = ("HTTPS_PROXY", "proxy.corp:3128");
    let path = by(&variables(&[proxy]), inside);
    assert_eq!(path.kind(), EndKind::Unresolved);
    assert!(path.end().unwrap().reason.contains("what that reaches is not known"));
    let secret = "{name: HTTPS_PROXY, valueFrom: {secretKeyRef: {name: a, key: b}}}";
    let path = by(secret, GRPC);
    assert!(path.end().unwrap().reason.contains("what it says is not known"), "{path:?}");
    // Of a service, its language decides.
    let told = |more: &[(&str, &str)]| {
        let own = [(ENDPOINT, "https://otlp.example.org:4317"), (PROTOCOL, "grpc"), proxy];
        way(&[pay(&[&own, more].concat())])
    };
    let path = told(&[]);
    assert!(path.end().unwrap().reason.contains("up to the program"), "{path:?}");
    assert_eq!(told(&[("NO_PROXY", "otlp.example.org")]).kind(), EndKind::Backend);
    let sidecar = way(&[pay(&[(ENDPOINT, "http://localhost:4317"), proxy])]);
    assert!(!sidecar.end().unwrap().reason.contains("PROXY"), "{sidecar:?}");
}

#[test]
fn a_way_names_what_removes_data_before_each_backend() {
    let text = BASE
        .replace("exporters:\n", "processors: {redaction: {}, batch: {}}\nexporters:\n  otlp_grpc/raw: {endpoint: 'raw.example.org:4317'}\n")
        .replace(
            "    traces: {receivers: [otlp], exporters: [otlp_grpc]}",
            "    traces: {receivers: [otlp], processors: [redaction, batch], exporters: [otlp_grpc]}\n    \
             traces/raw: {receivers: [otlp], exporters: [otlp_grpc/raw]}",
        );
    let path = way(&[to(GATEWAY), gateway(&text)]);
    let found = |host: &str| {
        let end = path.ends.iter().find(|end| end.at.starts_with(host)).unwrap();
        (end.scrubs, end.scrubbed.clone())
    };
    assert_eq!(found("tempo"), (Some(1), vec!["redaction at configmap/gw".to_owned()]));
    assert_eq!(found("raw"), (Some(0), Vec::new()));
}

#[test]
fn a_way_says_how_context_travels_at_every_edge() {
    let cart = |formats: &str| {
        let text = pay(&[(ENDPOINT, GATEWAY), (PROTOCOL, "grpc"), ("OTEL_PROPAGATORS", formats)]);
        let text = text.replace("pay", "cart");
        text + &service("cart", "{port: 80}", "").replace("namespace: obs", "namespace: shop")
    };
    let calling = |formats: &str| {
        let own = [(ENDPOINT, GATEWAY), (PROTOCOL, "grpc"), ("OTEL_PROPAGATORS", formats)];
        pay(&[&own[..], &[("CART_URL", "http://cart:80")]].concat())
    };
    let path = way(&[calling("b3"), cart("tracecontext"), gateway(BASE)]);
    assert_eq!(path.context.writes.as_deref(), Some(&["b3".to_owned()][..]));
    let [call] = &path.context.calls[..] else { panic!("{:?}", path.context) };
    assert_eq!(
        (call.to.as_str(), call.reads.clone()),
        ("cart", Some(vec!["tracecontext".to_owned()]))
    );
    assert!(path.context.is_lost(call));
    let path = way(&[calling("tracecontext,b3"), cart("tracecontext"), gateway(BASE)]);
    let [call] = &path.context.calls[..] else { panic!("{:?}", path.context) };
    assert_eq!(call.shared, ["tracecontext"]);
    assert!(!path.context.is_lost(call));
    // Another format alone makes another way.
    let sides = Pair::new("b3", "tracecontext").map(|one| [calling(one), cart(one), gateway(BASE)]);
    let report = audit(&sides.blue, &sides.green);
    assert!(report.trace.services.iter().all(|one| names(one) == ["path-changed"]));
}

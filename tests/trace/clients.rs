//! Ways of spans that clients of vendors send.

use driftseal::model::{EndKind, TracePath};

use crate::{TEMPO, app, collector, gateway, way};

/// A container of such variables and nothing else.
fn client(variables: &[(&str, &str)]) -> String {
    let lines: Vec<String> = variables
        .iter()
        .map(|(name, value)| format!("- {{name: {name}, value: '{value}'}}\n        "))
        .collect();
    app(&lines.concat()).replace("- {name: OTEL_SERVICE_NAME, value: pay}\n        ", "")
}

/// A gateway with one more receiver, behind its port.
fn receiver(receiver: &str, port: u16) -> String {
    let kind = receiver.split(':').next().unwrap();
    let config = collector(TEMPO, "otlp/tempo")
        .replace("receivers: {", &format!("receivers: {{{receiver}, "))
        .replace("receivers: [otlp]", &format!("receivers: [otlp, {kind}]"));
    gateway(&config, port).replace("targetPort: otlp", &format!("targetPort: {port}"))
}

fn through(variables: &[(&str, &str)], gateway: &str) -> TracePath {
    way(&[("app.yaml", &client(variables)), ("gw.yaml", gateway)])
}

#[test]
fn spans_of_jaegers_clients_go_to_the_endpoint_else_to_the_agent() {
    let compact =
        receiver("jaeger: {protocols: {thrift_compact: {endpoint: '0.0.0.0:6831'}}}", 6831);
    let http = receiver("jaeger: {protocols: {thrift_http: {endpoint: '0.0.0.0:14268'}}}", 14268);
    let agent = ("JAEGER_AGENT_HOST", "gw.obs");
    let way = through(&[agent], &compact);
    let first = &way.hops[0];
    assert_eq!((first.to.as_str(), first.transport.name()), ("gw.obs:6831", "clear"), "{way:#?}");
    assert_eq!(way.end().unwrap().at, "tempo.vendor.example:4317");
    let endpoint = ("JAEGER_ENDPOINT", "http://gw.obs:14268/api/traces");
    assert_eq!(through(&[agent, endpoint], &http).kind(), EndKind::Backend);
    // Each near miss: another port, another protocol, another format.
    let port = ("JAEGER_AGENT_PORT", "6832");
    assert_eq!(through(&[agent, port], &compact).kind(), EndKind::Broken);
    let crossed = through(&[("JAEGER_ENDPOINT", "http://gw.obs:6831/api/traces")], &compact);
    assert!(crossed.end().unwrap().reason.contains("takes only thrift_compact"), "{crossed:#?}");
    let otlp = gateway(&collector(TEMPO, "otlp/tempo"), 6831);
    assert!(through(&[agent], &otlp).end().unwrap().reason.contains("no jaeger receiver"));
}

#[test]
fn what_clients_of_jaeger_are_not_told_is_what_they_do_by_default() {
    let gateway = receiver("jaeger: {protocols: {thrift_compact: {}}}", 6831);
    let silent = through(&[("JAEGER_SERVICE_NAME", "shop")], &gateway);
    assert_eq!(silent.hops[0].from, "shop");
    assert_eq!(silent.hops[0].to, "localhost:6831");
    let off = through(&[("JAEGER_SERVICE_NAME", "shop"), ("JAEGER_DISABLED", "True")], &gateway);
    let end = off.end().unwrap();
    assert!(end.kind == EndKind::Dark && end.reason.starts_with("JAEGER_DISABLED"), "{end:?}");
    let on = through(&[("JAEGER_AGENT_HOST", "gw.obs"), ("JAEGER_DISABLED", "0")], &gateway);
    assert_eq!(on.kind(), EndKind::Backend);
    // A variable of the server of Jaeger makes no client.
    let none = [("JAEGER_LISTEN_HOST", "0.0.0.0")];
    let files = [("app.yaml", client(&none)), ("gw.yaml", gateway)];
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let report = crate::audit_texts(&files, &files, &crate::full());
    assert!(report.trace.services.is_empty(), "{:?}", report.trace.services);
}

#[test]
fn samplers_of_jaegers_clients_say_how_much_is_kept() {
    let sampling = |kind: &str, parameter: Option<&str>| {
        let mut said = vec![("JAEGER_AGENT_HOST", "agent.example.org")];
        said.extend((!kind.is_empty()).then_some(("JAEGER_SAMPLER_TYPE", kind)));
        said.extend(parameter.map(|value| ("JAEGER_SAMPLER_PARAM", value)));
        way(&[("app.yaml", &client(&said))]).sampling
    };
    assert_eq!(sampling("probabilistic", Some("0.25")), "0.25 of new traces, else as the caller");
    assert_eq!(sampling("const", Some("1")), "1 of new traces, else as the caller");
    for parameter in [Some("0"), None] {
        assert_eq!(sampling("const", parameter), "0 of new traces, else as the caller");
    }
    assert_eq!(sampling("", Some("0.25")), sampling("remote", None));
    assert_ne!(sampling("ratelimiting", Some("2")), sampling("ratelimiting", Some("20")));
    // Clients differ in what they take for the missing parameter.
    assert!(sampling("probabilistic", None).starts_with("unknown"));
    assert!(sampling("probabilistic", Some("${RATE}")).starts_with("unknown"));
}

#[test]
fn spans_of_datadogs_clients_go_to_the_agent_they_are_told() {
    let gateway = receiver("datadog: {endpoint: '0.0.0.0:8126'}", 8126);
    let host = ("DD_AGENT_HOST", "gw.obs");
    let way = through(&[host], &gateway);
    let first = &way.hops[0];
    assert_eq!((first.to.as_str(), first.transport.name()), ("gw.obs:8126", "clear"), "{way:#?}");
    assert_eq!(way.kind(), EndKind::Backend);
    let url = |url| through(&[host, ("DD_TRACE_AGENT_URL", url)], &gateway);
    assert_eq!(url("https://agent.example.org:8126").hops[0].transport.name(), "tls");
    let socket = url("unix:///var/run/datadog/apm.socket");
    assert!(socket.end().unwrap().reason.contains("socket"), "{socket:#?}");
    let port = ("DD_TRACE_AGENT_PORT", "8127");
    assert_eq!(through(&[host, port], &gateway).kind(), EndKind::Broken);
    assert_eq!(through(&[port], &gateway).hops[0].to, "localhost:8127");
    // Without either, the program looks for a socket.
    let rate = through(&[("DD_TRACE_SAMPLE_RATE", "0.5")], &gateway);
    assert_eq!(rate.kind(), EndKind::Unresolved);
    assert_eq!(rate.sampling, "0.5 of new traces, else as the caller");
    let off = through(&[host, ("DD_TRACE_ENABLED", "false")], &gateway);
    let end = off.end().unwrap();
    assert!(end.kind == EndKind::Dark && end.reason.starts_with("DD_TRACE_ENABLED"), "{end:?}");
    assert_eq!(through(&[host, ("DD_TRACE_ENABLED", "1")], &gateway).kind(), EndKind::Backend);
}

#[test]
fn the_agent_of_datadog_is_no_client_of_itself() {
    let services = |variables: &[(&str, &str)]| {
        let text = client(variables);
        let files = [("app.yaml", text.as_str())];
        crate::audit_texts(&files, &files, &crate::full()).trace.services.len()
    };
    let host = ("DD_AGENT_HOST", "agent");
    assert_eq!(services(&[host, ("DD_API_KEY", "key")]), 0);
    assert_eq!(services(&[("DD_SERVICE", "pay"), ("DD_ENV", "prod")]), 0);
    assert_eq!(services(&[host, ("DD_SERVICE", "pay")]), 1);
}

#[test]
fn the_proxy_of_linkerd_sends_to_its_collector_by_its_identity() {
    const ADDRESS: &str = "LINKERD2_PROXY_TRACE_COLLECTOR_SVC_ADDR";
    const NAME: &str = "LINKERD2_PROXY_TRACE_COLLECTOR_SVC_NAME";
    let gateway = gateway(&collector(TEMPO, "otlp/tempo"), 4317);
    let (address, name) =
        ((ADDRESS, "gw.obs:4317"), (NAME, "default.obs.serviceaccount.identity.linkerd.x"));
    let way = through(&[address, name], &gateway);
    let first = &way.hops[0];
    assert_eq!((first.from.as_str(), first.transport.name()), ("linkerd-proxy", "tls"), "{way:#?}");
    assert_eq!(way.kind(), EndKind::Backend);
    assert_eq!(through(&[(ADDRESS, "gw.obs:4318"), name], &gateway).kind(), EndKind::Broken);
    assert_eq!(through(&[address], &gateway).hops[0].transport.name(), "clear");
    let older = ("LINKERD2_PROXY_TRACE_PROTOCOL", "opencensus");
    assert_eq!(through(&[address, name, older], &gateway).kind(), EndKind::Unresolved);
    let now = ("LINKERD2_PROXY_TRACE_PROTOCOL", "opentelemetry");
    assert_eq!(through(&[address, name, now], &gateway).kind(), EndKind::Backend);
}

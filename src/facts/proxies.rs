//! Tracing of proxies that export spans of their own, in the terms of the variables of an SDK: nginx with
//! its OpenTelemetry module, Envoy by its listeners, Kong by its plugins.
//!
//! nginxinc/nginx-otel 22d6380, README: OTLP over gRPC, over TLS where the endpoint says `https`. Envoy
//! 84e8436, `config/trace/v3`. Kong, `kong/plugins/{opentelemetry,zipkin}/schema.lua` and
//! `kong/tracing/propagation/schema.lua` of 121c1e9d0c71: OTLP over HTTP to the whole address, `endpoint`
//! before 3.8 and `traces_endpoint` since; where nothing else is said, context goes on in the format it
//! came in.

use super::cursor::{Cursor, Document};
use super::declared::{scalar, stated, unknown};
use super::envoy;
use super::kubernetes::of_kinds;
use super::names::owner;
use super::process::{Expanded, Process, Variable};
use super::variables::{ENDPOINT, EXPORTER, INSECURE, PROPAGATORS, PROTOCOL, SAMPLER, SERVICE};
use crate::model::Node;

/// The proxies that a document configures.
pub(super) fn processes<'t>(document: &Document<'t>) -> Vec<Process<'t>> {
    if document.syntax == "nginx" {
        return nginx(document).into_iter().collect();
    }
    match document.dialect.id() {
        "envoy" => envoy(document).into_iter().collect(),
        "kubernetes" => {
            let plugins = of_kinds(document, &["KongPlugin", "KongClusterPlugin"]);
            let one = |plugin: &super::kubernetes::Object<'t>| {
                let found = kong(&plugin.owner(), &plugin.cursor, "plugin")?;
                Some(found.in_namespace(plugin.namespace))
            };
            plugins.iter().filter_map(one).collect()
        }
        _ if document.root.get("_format_version").is_some() => {
            let plugins = document.cursor().get("plugins");
            let plugins = plugins.map(|list| list.items()).unwrap_or_default();
            let mut all = plugins.iter();
            all.find_map(|plugin| kong(&owner(document), plugin, "name")).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn nginx<'t>(document: &Document<'t>) -> Option<Process<'t>> {
    let root = document.cursor();
    let http = root.get("http").unwrap_or(root);
    let exporter = http.get("otel_exporter")?;
    let endpoint = exporter.get("endpoint")?;
    let is_tls = endpoint.node.text().trim().starts_with("https://");
    // Where it is switched on in another file, nobody here can tell.
    if !document.root.raw().contains("otel_trace ") {
        return None;
    }
    let mut variables = vec![
        stated(EXPORTER, "otel_exporter", exporter.clone(), "otlp"),
        stated(PROTOCOL, "otel_exporter", exporter, "grpc"),
        stated(SAMPLER, "otel_trace", http.place(&["otel_trace"]), "otel_trace"),
        stated(
            PROPAGATORS,
            "otel_trace_context",
            http.place(&["otel_trace_context"]),
            "tracecontext",
        ),
    ];
    if !is_tls {
        variables.push(stated(INSECURE, "endpoint", endpoint.clone(), "true"));
    }
    variables.extend(scalar(ENDPOINT, "endpoint", Some(endpoint)));
    let name = http.place(&["otel_service_name"]);
    let said = http.text(&["otel_service_name"]).unwrap_or("unknown_service:nginx");
    variables.push(stated(SERVICE, "otel_service_name", name, said));
    Some(Process::at(&owner(document), variables, http))
}

fn envoy<'t>(document: &Document<'t>) -> Option<Process<'t>> {
    let envoy::Provider { place, cluster, address, port, is_grpc, is_tls } =
        envoy::provider(document)?;
    let kind = place.text(&["@type"]).unwrap_or_default();
    let protocol = match kind.rsplit('.').next().unwrap_or_default() {
        "OpenTelemetryConfig" if is_grpc => "grpc",
        "OpenTelemetryConfig" => "http/protobuf",
        "ZipkinConfig" => "zipkin",
        "DatadogConfig" => "datadog",
        _ => return None,
    };
    let scheme = match (protocol, is_tls) {
        ("http/protobuf", true) => "https://",
        ("http/protobuf", false) => "http://",
        _ => "",
    };
    let said = format!("{scheme}{address}:{port}");
    let endpoint = stated(ENDPOINT, "cluster_name", cluster.clone(), cluster.node.text());
    let mut variables = vec![
        stated(EXPORTER, "provider", place.clone(), "otlp"),
        Variable { expanded: Some(Expanded::Text(said)), ..endpoint },
        stated(PROTOCOL, "provider", place.clone(), protocol),
        stated(SAMPLER, "random_sampling", place.clone(), "random_sampling"),
        stated(
            PROPAGATORS,
            "provider",
            place.clone(),
            if protocol == "zipkin" { "b3multi" } else { "tracecontext" },
        ),
    ];
    if !is_tls {
        variables.push(stated(INSECURE, "transport_socket", cluster, "true"));
    }
    let name = place.text(&["service_name"]).unwrap_or("unknown_service:envoy");
    variables.push(stated(SERVICE, "service_name", place.place(&["service_name"]), name));
    Some(Process::at(&owner(document), variables, place))
}

/// The formats of context of a plugin of Kong: of what it is told to do otherwise than it would, its
/// releases make different things.
fn kong_propagators<'t>(config: &Cursor<'t>) -> Variable<'t> {
    const NAME: &str = "config.propagation";
    let is_kept = |words: Vec<&str>| words.iter().all(|word| *word == "preserve");
    let listed =
        |way: &[&str]| config.at(way).map(|list| list.node.items().map(Node::text).collect());
    let said =
        [config.text(&["header_type"]).map(|word| vec![word]), listed(&["propagation", "inject"])];
    let is_plain =
        said.into_iter().flatten().all(is_kept) && config.at(&["propagation", "extract"]).is_none();
    if is_plain {
        return stated(PROPAGATORS, NAME, config.clone(), "tracecontext,b3,b3multi,jaeger");
    }
    unknown(PROPAGATORS, NAME, config.place(&["propagation"]))
}

/// A plugin of Kong, which says what it is under a key.
fn kong<'t>(owner: &str, plugin: &Cursor<'t>, key: &str) -> Option<Process<'t>> {
    let (keys, protocol): (&[&str], _) = match plugin.text(&[key])? {
        "opentelemetry" => (&["traces_endpoint", "endpoint"], "http/protobuf"),
        "zipkin" => (&["http_endpoint"], "zipkin"),
        _ => return None,
    };
    let config = plugin.get("config")?;
    let endpoint = keys.iter().find_map(|key| config.get(key))?;
    let switch = match plugin.flag(&["enabled"]).or(plugin.flag(&["disabled"]).map(|off| !off)) {
        Some(false) => "none",
        Some(true) | None => "otlp",
    };
    let name = config.at(&["resource_attributes", "service.name"]);
    let variables = vec![
        stated(EXPORTER, "plugin", plugin.clone(), switch),
        stated(PROTOCOL, "plugin", plugin.clone(), protocol),
        stated(SAMPLER, "config.sampling_rate", config.clone(), "sampling_rate"),
        kong_propagators(&config),
    ];
    let mut variables: Vec<Variable<'t>> = variables
        .into_iter()
        .chain(scalar(ENDPOINT, "exporter.endpoint", Some(endpoint)))
        .collect();
    variables.push(match scalar(SERVICE, "service.name", name) {
        Some(said) => said,
        None => stated(SERVICE, "service.name", config.clone(), "kong"),
    });
    Some(Process::at(owner, variables, config))
}

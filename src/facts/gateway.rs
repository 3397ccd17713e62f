//! Tracing of programs beside the services that export spans of their own, in the terms of the
//! variables of an SDK: Traefik, the sidecars of Dapr, ingress-nginx.

use super::cursor::{Cursor, Document};
use super::declared::{scalar, stated, unknown};
use super::kubernetes::{Object, of_kinds};
use super::names::{filled, owner};
use super::process::{Expanded, Process, Variable};
use super::variables::{ENDPOINT, EXPORTER, INSECURE, PROTOCOL, RATIO, SAMPLER, SERVICE, ZIPKIN};

/// The programs a document configures.
pub(super) fn processes<'t>(document: &Document<'t>) -> Vec<Process<'t>> {
    match document.dialect.id() {
        "traefik" => traefik(document).into_iter().collect(),
        "kubernetes" => {
            let objects = of_kinds(document, &["Configuration", "ConfigMap"]);
            objects
                .iter()
                .filter_map(|object| dapr(object).or_else(|| ingress_nginx(object)))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Traefik fd5a576df2 (after v3.7.9), `pkg/observability/types/tracing.go`: gRPC wins, the sampler
/// follows the caller, a gRPC endpoint uses TLS unless told otherwise. Of v2 nothing is read here.
fn traefik<'t>(document: &Document<'t>) -> Option<Process<'t>> {
    let tracing = document.cursor().get("tracing")?;
    let otlp = tracing.get("otlp")?;
    let (section, default, protocol) = match otlp.get("grpc") {
        Some(grpc) => (grpc, "localhost:4317", "grpc"),
        None => (otlp.place(&["http"]), "https://localhost:4318", "http/protobuf"),
    };
    let endpoint = section.place(&["endpoint"]);
    let said = if section.node.get("endpoint").is_some() { endpoint.node.text() } else { default };
    let mut variables = vec![
        stated(EXPORTER, "tracing.otlp", otlp, "otlp"),
        stated(ENDPOINT, "tracing.otlp.endpoint", endpoint, said),
        stated(PROTOCOL, "tracing.otlp", section.clone(), protocol),
        stated(SAMPLER, "tracing", tracing.clone(), "parentbased_traceidratio"),
    ];
    variables.extend(scalar(INSECURE, "tracing.otlp.grpc.insecure", section.get("insecure")));
    variables.extend(scalar(RATIO, "tracing.sampleRate", tracing.get("sampleRate")));
    variables.push(match scalar(SERVICE, "tracing.serviceName", tracing.get("serviceName")) {
        Some(said) => said,
        None => stated(SERVICE, "tracing.serviceName", tracing.clone(), "traefik"),
    });
    Some(Process::at(&owner(document), variables, tracing))
}

/// Dapr d8450742ce, `pkg/runtime/runtime.go`: OTLP is gRPC unless the protocol is `http`, over TLS
/// unless told otherwise.
fn dapr<'t>(object: &Object<'t>) -> Option<Process<'t>> {
    let version = object.cursor.text(&["apiVersion"]).unwrap_or_default();
    let tracing = object.cursor.at(&["spec", "tracing"])?;
    if object.kind != "Configuration" || !version.starts_with("dapr.io/") {
        return None;
    }
    let otel = tracing.get("otel").filter(|otel| otel.text(&["endpointAddress"]).is_some());
    let mut variables = Vec::new();
    if let Some(otel) = otel {
        let is_http = otel.text(&["protocol"]) == Some("http");
        variables.push(stated(EXPORTER, "tracing.otel", otel.clone(), "otlp"));
        variables.extend(scalar(
            ENDPOINT,
            "tracing.otel.endpointAddress",
            otel.get("endpointAddress"),
        ));
        let protocol = if is_http { "http/protobuf" } else { "grpc" };
        variables.push(stated(
            PROTOCOL,
            "tracing.otel.protocol",
            otel.place(&["protocol"]),
            protocol,
        ));
        if otel.flag(&["isSecure"]) == Some(false) {
            variables.push(stated(
                INSECURE,
                "tracing.otel.isSecure",
                otel.place(&["isSecure"]),
                "true",
            ));
        }
    } else {
        let zipkin = tracing.at(&["zipkin", "endpointAddress"])?;
        variables.push(stated(EXPORTER, "tracing.zipkin", zipkin.clone(), "zipkin"));
        variables.extend(scalar(ZIPKIN, "tracing.zipkin.endpointAddress", Some(zipkin)));
    }
    let place = tracing.place(&["samplingRate"]);
    let rate = filled(place.node).filter(|_| tracing.node.get("samplingRate").is_some());
    variables.push(match rate {
        Some(_) => stated(SAMPLER, "tracing", place.clone(), "parentbased_traceidratio"),
        None => unknown(SAMPLER, "tracing.samplingRate", place.clone()),
    });
    variables.extend(rate.map(|rate| stated(RATIO, "tracing.samplingRate", place, rate)));
    Some(Process::at(&object.owner(), variables, tracing).in_namespace(object.namespace))
}

/// ingress-nginx dbb11b92d (after v1.15.0), `internal/ingress/controller/config/config.go` and the
/// template of `nginx.go`: OTLP over gRPC, without TLS.
fn ingress_nginx<'t>(object: &Object<'t>) -> Option<Process<'t>> {
    let data = object.cursor.get("data").filter(|_| object.kind == "ConfigMap")?;
    let host = data.get("otlp-collector-host")?;
    if data.text(&["enable-opentelemetry"]) != Some("true") {
        return None;
    }
    let mut variables = vec![
        stated(EXPORTER, "enable-opentelemetry", data.place(&["enable-opentelemetry"]), "otlp"),
        stated(PROTOCOL, "otlp-collector-host", host.clone(), "grpc"),
        stated(INSECURE, "otlp-collector-host", host.clone(), "true"),
    ];
    let port = data.text(&["otlp-collector-port"]).unwrap_or("4317");
    variables.extend(scalar(ENDPOINT, "otlp-collector-host", Some(host)).map(|host| {
        let expanded = host.text().map(|name| Expanded::Text(format!("{name}:{port}")));
        Variable { expanded, ..host }
    }));
    variables.push(sampler(&data));
    variables.extend(scalar(RATIO, "otel-sampler-ratio", data.get("otel-sampler-ratio")));
    let name = data.place(&["otel-service-name"]);
    let said = data.text(&["otel-service-name"]).unwrap_or("nginx");
    variables.push(stated(SERVICE, "otel-service-name", name, said));
    Some(Process::at(&object.owner(), variables, data).in_namespace(object.namespace))
}

/// What is not said was another before v1.8.0.
fn sampler<'t>(data: &Cursor<'t>) -> Variable<'t> {
    let place = data.place(&["otel-sampler"]);
    let said = (data.text(&["otel-sampler"]), data.text(&["otel-sampler-parent-based"]));
    let name = match said {
        (Some("AlwaysOn"), Some("true")) => "parentbased_always_on",
        (Some("AlwaysOn"), Some("false")) => "always_on",
        (Some("AlwaysOff"), Some("true")) => "parentbased_always_off",
        (Some("AlwaysOff"), Some("false")) => "always_off",
        (Some("TraceIdRatioBased"), Some("true")) => "parentbased_traceidratio",
        (Some("TraceIdRatioBased"), Some("false")) => "traceidratio",
        _ => return unknown(SAMPLER, "otel-sampler", place),
    };
    stated(SAMPLER, "otel-sampler", place, name)
}

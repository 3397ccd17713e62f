//! Variables of the SDK, as which what other programs are told is read.

use std::borrow::Cow;

/// Where spans go.
pub(super) const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
/// How they go there.
pub(super) const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";
/// Whether they go there in clear.
pub(super) const INSECURE: &str = "OTEL_EXPORTER_OTLP_TRACES_INSECURE";
/// Where they go as Zipkin's.
pub(super) const ZIPKIN: &str = "OTEL_EXPORTER_ZIPKIN_ENDPOINT";
/// Which exporters there are.
pub(super) const EXPORTER: &str = "OTEL_TRACES_EXPORTER";
/// What decides how many traces are kept.
pub(super) const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
/// The argument of the sampler.
pub(super) const RATIO: &str = "OTEL_TRACES_SAMPLER_ARG";
/// What carries the context on.
pub(super) const PROPAGATORS: &str = "OTEL_PROPAGATORS";
/// What the service is called.
pub(super) const SERVICE: &str = "OTEL_SERVICE_NAME";
/// How many traces Spring Boot keeps.
pub(super) const PROBABILITY: &str = "management.tracing.sampling.probability";

/// The variable a name stands for: itself, a Java system property, a property of Spring Boot.
pub(super) fn canonical(name: &str) -> Option<Cow<'_, str>> {
    // `OTEL_COLLECTOR_HOST` and the like are the application's own: no SDK reads them.
    if name.starts_with("OTEL_") && !name.starts_with("OTEL_COLLECTOR_") {
        return Some(Cow::Borrowed(name));
    }
    if name.starts_with("otel.") {
        return Some(Cow::Owned(name.replace(['.', '-'], "_").to_uppercase()));
    }
    // Spring Boot binds MANAGEMENT_TRACING_ENABLED to the property (relaxed binding).
    let variable =
        name.strip_prefix("MANAGEMENT_").map(|rest| rest.replace('_', ".").to_lowercase());
    let property = variable.map_or(Cow::Borrowed(name), |rest| format!("management.{rest}").into());
    let known = match &*property {
        "management.tracing.enabled" | "management.tracing.export.enabled" => {
            "management.tracing.enabled"
        }
        "management.otlp.tracing.export.enabled" | "management.tracing.export.otlp.enabled" => {
            "management.otlp.tracing.export.enabled"
        }
        PROBABILITY => RATIO,
        "management.otlp.tracing.endpoint"
        | "management.opentelemetry.tracing.export.otlp.endpoint" => ENDPOINT,
        "management.zipkin.tracing.endpoint" => ZIPKIN,
        _ => return None,
    };
    Some(Cow::Borrowed(known))
}

/// Whether a name is that of a property of Spring Boot's management, in either spelling.
pub(super) fn is_of_spring(name: &str) -> bool {
    name.starts_with("management.") || name.starts_with("MANAGEMENT_")
}

//! Variables of the SDK, as which what other programs are told is read.

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

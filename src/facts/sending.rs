//! How spans and their context go out: over TLS or not, to which path, in which headers.

use super::Fact;
use super::cursor::{Cursor, Document};
use super::names::unresolved;
use super::process::{Value, Variable};
use super::sdk::{Read, Settings, each};
use super::variables::{ENDPOINT, is_of_spring};

impl<'t> Settings<'_, 't> {
    /// The formats it passes context on in, or takes it over in, as headers. An SDK reads B3 in both
    /// forms (opentelemetry-specification v1.60, `context/api-propagators.md`); clients of Jaeger
    /// write and read it as several headers only (jaeger-client-java 2595cf1c1ee3, `B3TextMapCodec`;
    /// jaeger-client-go v2.30.0, `zipkin/propagation.go`); those of Datadog differ in what `b3` is.
    pub(super) fn formats(&self, is_reading: bool) -> Fact<'t> {
        let propagators = self.propagators();
        let Fact::List(said) = propagators else { return propagators };
        let variable = self.find("OTEL_PROPAGATORS").map_or("", |variable| variable.name);
        if variable.starts_with("LINKERD2_") {
            return Fact::Unknown("a proxy hands on what it is given".to_owned());
        }
        if variable.is_empty()
            && let Some(formats) = self.of_spring(is_reading)
        {
            return formats;
        }
        let (is_jaeger, is_datadog) =
            (variable.starts_with("JAEGER_"), variable.starts_with("DD_"));
        let forms = |name: &str| -> &'static [&'static str] {
            match name {
                "b3" if is_jaeger => &["b3multi"],
                "b3" if is_datadog => &["b3", "b3multi"],
                "b3" | "b3multi" if is_reading && !is_datadog => &["b3", "b3multi"],
                "b3 single header" => &["b3"],
                _ => &[],
            }
        };
        let mut formats = Vec::new();
        for name in &said {
            let Fact::Text(text) = name else { continue };
            match (&**text, forms(text)) {
                ("baggage" | "none", _) => (),
                (_, []) => formats.push(name.clone()),
                (_, forms) => formats.extend(forms.iter().map(|form| Fact::text(*form))),
            }
        }
        Fact::List(formats)
    }

    /// The formats of Spring Boot where it traces itself: it writes W3C's, and reads B3 too, unless told
    /// otherwise (spring-boot 3d23261f874c, metadata of `management.tracing.propagation`).
    fn of_spring(&self, is_reading: bool) -> Option<Fact<'t>> {
        let variables = || self.process.variables.iter().filter(|v| is_of_spring(v.name));
        variables().find(|variable| variable.setting.is_some())?;
        let told = ["management.tracing.propagation", "MANAGEMENT_TRACING_PROPAGATION"];
        if variables().any(|variable| told.iter().any(|name| variable.name.starts_with(name))) {
            return Some(Fact::Unknown("Spring Boot is told its formats".to_owned()));
        }
        let formats: &[&'static str] =
            if is_reading { &["tracecontext", "b3", "b3multi"] } else { &["tracecontext"] };
        Some(Fact::List(formats.iter().map(|format| Fact::text(*format)).collect()))
    }

    /// The path of an endpoint over HTTP: of traces as it is, of all signals with what the SDK adds
    /// (opentelemetry-specification v1.60, `protocol/exporter.md`). What other programs are told
    /// counts where it has a path.
    pub(super) fn path(&self) -> Option<Fact<'t>> {
        const OWN: [&str; 5] = ["OTEL_", "otel.", "management.", "MANAGEMENT_", "exporter."];
        let specific = self.find(ENDPOINT);
        let setting = if specific.is_some() { ENDPOINT } else { "OTEL_EXPORTER_OTLP_ENDPOINT" };
        let Read::Text(endpoint) = self.read(setting) else { return None };
        let is_own = specific.is_some_and(|v| OWN.iter().any(|mark| v.name.starts_with(mark)));
        posted(&endpoint, specific.is_some(), is_own).map(Fact::text)
    }

    /// Whether an endpoint of a signal is reached over TLS: as its scheme says, else the flag.
    pub(super) fn is_encrypted(&self, scope: &str, endpoint: &str) -> bool {
        let insecure = self.first(&[
            &format!("OTEL_EXPORTER_OTLP_{scope}INSECURE"),
            "OTEL_EXPORTER_OTLP_INSECURE",
        ]);
        let flag = matches!(insecure, Read::Text(text) if text.eq_ignore_ascii_case("true"));
        match endpoint.split_once("://") {
            Some((scheme, _)) => scheme.eq_ignore_ascii_case("https"),
            None => !flag,
        }
    }

    /// Whether the spans' endpoint is reached over TLS, when one is said.
    pub(super) fn encrypted(&self, scope: &str) -> Option<Fact<'t>> {
        let names = [
            format!("OTEL_EXPORTER_OTLP_{scope}ENDPOINT"),
            "OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(),
        ];
        match self.first(&names.each_ref().map(String::as_str)) {
            Read::Unset => None,
            Read::Text(endpoint) if !endpoint.contains("://") && self.is_strange(scope) => None,
            Read::Text(endpoint) => Some(Fact::Bool(self.is_encrypted(scope, &endpoint))),
            Read::Unknown(reason) => Some(Fact::Unknown(reason)),
        }
    }

    /// The setting that decides whether spans go out over TLS: the flag where the endpoint has no
    /// scheme.
    pub(super) fn transport(&self) -> String {
        let setting = [ENDPOINT, "OTEL_EXPORTER_OTLP_ENDPOINT"];
        let endpoint = self.first(&setting);
        let is_bare = matches!(endpoint, Read::Text(text) if !text.contains("://"));
        let flag = if is_bare { self.insecure("TRACES_") } else { None };
        flag.unwrap_or_else(|| self.destination())
    }

    /// Whether a flag says neither true nor false: an SDK takes it for false, people for true.
    fn is_strange(&self, scope: &str) -> bool {
        let flag = self.insecure(scope).and_then(|name| self.process.get(&name));
        let text = flag.and_then(Variable::known).unwrap_or("false");
        !["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word))
    }

    /// The name of the flag that says whether a scope goes out in plain text, said or not; nothing
    /// where the process is told in other words than variables.
    fn insecure(&self, scope: &str) -> Option<String> {
        let specific = format!("OTEL_EXPORTER_OTLP_{scope}INSECURE");
        let general = "OTEL_EXPORTER_OTLP_INSECURE";
        let said = [specific.as_str(), general].into_iter().find(|name| self.find(name).is_some());
        let name = self.name(said.unwrap_or(general));
        ["OTEL_", "otel."].iter().any(|mark| name.starts_with(mark)).then_some(name)
    }
}

/// The path that an endpoint over HTTP is posted to: one of traces, or of all signals; and whether the
/// one of traces is taken without a path too.
pub fn posted(endpoint: &str, is_of_traces: bool, is_as_it_is: bool) -> Option<String> {
    let (_, rest) = endpoint.split_once("://")?;
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default();
    let path = path.split(['?', '#']).next().unwrap_or_default();
    Some(match (is_of_traces, path.trim_end_matches('/')) {
        (false, base) => format!("{base}/v1/traces"),
        (true, "") if is_as_it_is => "/".to_owned(),
        (true, "") => "/v1/traces".to_owned(),
        (true, _) => path.to_owned(),
    })
}

/// Whether a span export of a process is encrypted, at the setting that decides: the endpoint,
/// or the flag where the endpoint has no scheme.
pub(super) struct Export<'t> {
    /// Where.
    pub(super) place: Cursor<'t>,
    /// The endpoint as written.
    pub(super) endpoint: &'t str,
    /// Whether TLS is used.
    pub(super) encrypted: bool,
    /// Key of its process.
    pub(super) key: String,
    /// Owner of its process.
    pub(super) owner: String,
}

/// The OTLP exports of a document's processes whose endpoints are known.
pub(super) fn exports<'t>(document: &Document<'t>) -> Vec<Export<'t>> {
    let mut found = Vec::new();
    each(document, |settings| {
        let process = settings.process;
        for scope in ["TRACES_", "METRICS_", "LOGS_", ""] {
            let variable = settings.find(&format!("OTEL_EXPORTER_OTLP_{scope}ENDPOINT"));
            let Some((variable, Value::Text(endpoint))) = variable.map(|v| (v, &v.value)) else {
                continue;
            };
            // A socket is no hop; of the clusters of Envoy, a view of its own says it.
            let is_socket = endpoint.starts_with("unix:");
            let is_cluster = variable.name == "cluster_name";
            if is_socket
                || is_cluster
                || unresolved(endpoint).is_some_and(|_| !endpoint.contains("://"))
            {
                continue;
            }
            // Spans go to the endpoint of all signals unless they have one of their own.
            let is_shared = scope.is_empty() && settings.find(ENDPOINT).is_none();
            let scope = if is_shared { "TRACES_" } else { scope };
            let encrypted = settings.is_encrypted(scope, endpoint);
            // Without a scheme the flag decides, where the SDK has one.
            let flag = settings.insecure(scope);
            let flag = flag.filter(|_| !endpoint.contains("://") && variable.name.contains("OTLP"));
            let place = flag.map_or_else(|| variable.place.clone(), |flag| process.place(&flag));
            found.push(Export {
                place,
                endpoint,
                encrypted,
                key: format!("{}/{}", process.key(), variable.name),
                owner: process.owner.clone(),
            });
        }
    });
    found
}

//! Tracing as the OpenTelemetry SDK of a process is told to do it.
//!
//! Precedence and defaults are those of the OpenTelemetry specification v1.60 (configuration by
//! environment variables); a Java property `otel.x.y` counts as `OTEL_X_Y`, and Spring Boot's
//! `management.*` (v3.4) as what it sets; a configuration file, and the variables of another client,
//! count as the variables they replace.
//! The four views give the same fields; they differ in the
//! place they stand at, so that a finding points at the setting that decides.

use std::borrow::Cow;
use std::rc::Rc;

use super::client;
use super::cursor::{Cursor, Document};
use super::declared;
use super::gateway;
use super::names::unresolved;
use super::process::{Expanded, Process, TOO_LONG, Value, Variable, processes};
use super::variables::ZIPKIN;
use super::{Fact, Item, View};

const FIELDS: &[(&str, &str)] = &[
    ("owner", "who it belongs to: deployment/pay, configmap/pay, or the file"),
    ("namespace", "the object's namespace; absent when it names none"),
    ("process", "the container or service; absent for files and ConfigMaps"),
    ("service", "service.name, else Spring's application name; absent when not said"),
    ("enabled", "whether the SDK exports spans; unknown when a setting it depends on is not known"),
    ("why", "the setting that decides whether it does"),
    ("exporters", "OTEL_TRACES_EXPORTER as a list; otlp when not said"),
    ("endpoint", "where spans go, in any format; absent when not said"),
    ("encrypted", "whether it goes over TLS; absent when no endpoint is said"),
    (
        "protocol",
        "grpc, http/protobuf, http/json, zipkin, jaeger/thrift_compact, jaeger/thrift_http or datadog; absent when \
         the SDK decides",
    ),
    ("sampler", "the sampler in force; parentbased_always_on when not said"),
    ("parent_based", "whether it follows the decision of the caller"),
    ("ratio", "share of new traces it keeps, 0 to 1; absent when something outside decides"),
    (
        "propagators",
        "formats it passes context on in, sorted; baggage and tracecontext when not said",
    ),
    ("resource", "resource attributes"),
    ("from", "ConfigMaps and Secrets that add variables this document does not show"),
    ("declared", "whether it is a configuration file, which replaces every variable"),
];

/// See its `about`.
pub(super) static TRACING: View = View {
    id: "sdk.tracing",
    about: "Tracing of one process, at the setting that switches it on or off",
    fields: FIELDS,
    dialects: &[],
    extract: |document| items(document, Aspect::Switch),
};

/// See its `about`.
pub(super) static EXPORT: View = View {
    id: "sdk.export",
    about: "Tracing of one process, at the setting that says where spans go",
    fields: FIELDS,
    dialects: &[],
    extract: |document| items(document, Aspect::Export),
};

/// See its `about`.
pub(super) static SAMPLING: View = View {
    id: "sdk.sampling",
    about: "Tracing of one process, at the setting that decides how many traces are kept",
    fields: FIELDS,
    dialects: &[],
    extract: |document| items(document, Aspect::Sampling),
};

/// See its `about`.
pub(super) static PROPAGATION: View = View {
    id: "sdk.propagation",
    about: "Tracing of one process, at the setting that names its propagators",
    fields: FIELDS,
    dialects: &[],
    extract: |document| items(document, Aspect::Propagation),
};

/// Which setting an item stands at.
#[derive(Clone, Copy)]
enum Aspect {
    Switch,
    Export,
    Sampling,
    Propagation,
}

fn items<'t>(document: &Document<'t>, aspect: Aspect) -> Vec<Item<'t>> {
    let found = processes(document);
    let others = in_other_words(document);
    let traced = found.iter().chain(&*others).filter_map(Settings::of);
    traced
        .map(|settings| {
            let name = match aspect {
                Aspect::Switch => settings.name(settings.enabled().1),
                Aspect::Export => settings.destination(),
                Aspect::Sampling => settings.sampling(),
                Aspect::Propagation => settings.name("OTEL_PROPAGATORS"),
            };
            let fact = settings.process.tracing.get_or_init(|| Rc::new(settings.fact()));
            settings.process.item(&name, Rc::clone(fact))
        })
        .collect()
}

/// Processes whose tracing is set by other words than variables.
fn in_other_words<'t>(document: &Document<'t>) -> Rc<Vec<Process<'t>>> {
    let all = || {
        let mut found = gateway::processes(document);
        found.extend(client::clients(document));
        found.extend(declared::process(document));
        Rc::new(found)
    };
    Rc::clone(document.taken.in_other_words.get_or_init(all))
}

/// The tracing settings of one process.
struct Settings<'p, 't> {
    process: &'p Process<'t>,
}

/// What a setting is.
enum Read<'t> {
    /// Not said, or empty, which is the same.
    Unset,
    /// This text.
    Text(Cow<'t, str>),
    /// Said, but not here; why it is not known.
    Unknown(String),
}

impl<'p, 't> Settings<'p, 't> {
    /// The settings of a process that says anything about tracing.
    fn of(process: &'p Process<'t>) -> Option<Self> {
        let speaks = process.variables.iter().any(|variable| variable.setting.is_some());
        speaks.then_some(Self { process })
    }

    /// The name under which the process writes a setting, or would write it.
    fn name(&self, setting: &str) -> String {
        self.find(setting)
            .map_or_else(|| self.spelling(setting), |variable| variable.name.to_owned())
    }

    /// How a setting would be spelled here: as the others are.
    fn spelling(&self, setting: &str) -> String {
        let dotted =
            self.process.variables.iter().any(|variable| variable.name.starts_with("otel."));
        if dotted { setting.to_lowercase().replace('_', ".") } else { setting.to_owned() }
    }

    fn find(&self, setting: &str) -> Option<&'p Variable<'t>> {
        self.process.variables.iter().rev().find(|variable| {
            variable.setting.as_deref() == Some(setting) && variable.value != Value::Text("")
        })
    }

    fn read(&self, setting: &str) -> Read<'t> {
        let variable = self.find(setting);
        let expanded = match variable.and_then(|variable| variable.expanded.as_ref()) {
            Some(Expanded::TooLong) => return Read::Unknown(format!("{setting}: {TOO_LONG}")),
            Some(Expanded::Text(text)) => Some(text.as_str()),
            None => None,
        };
        match variable.map(|variable| &variable.value) {
            None => Read::Unset,
            Some(Value::From(_)) if let Some(text) = expanded => {
                Read::Text(Cow::Owned(text.trim().to_owned()))
            }
            Some(Value::Text(text)) => match unresolved(expanded.unwrap_or(text)) {
                Some(reason) => Read::Unknown(format!("{setting}: {reason}")),
                None => Read::Text(expanded.map_or_else(
                    || Cow::Borrowed(text.trim()),
                    |text| Cow::Owned(text.trim().to_owned()),
                )),
            },
            Some(Value::Secret(_)) => Read::Unknown(format!("{setting} is a masked secret")),
            Some(Value::From(_)) => Read::Unknown(format!("{setting} is taken from elsewhere")),
        }
    }

    /// The first of some settings that is said: the specific one before the general one.
    fn first(&self, settings: &[&str]) -> Read<'t> {
        let said = settings.iter().map(|setting| self.read(setting));
        said.into_iter().find(|read| !matches!(read, Read::Unset)).unwrap_or(Read::Unset)
    }

    /// Whether spans are exported, and the setting that decides.
    fn enabled(&self) -> (Fact<'t>, &'static str) {
        let decided = |yes, why| (Fact::Bool(yes), why);
        for file in ["OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"] {
            if !matches!(self.read(file), Read::Unset) {
                let reason = format!("{file} names a file that replaces every other setting");
                return (Fact::Unknown(reason), file);
            }
        }
        // Only `true`, in any case, is true to an SDK.
        match self.read("OTEL_SDK_DISABLED") {
            Read::Text(text) if text.eq_ignore_ascii_case("true") => {
                return decided(false, "OTEL_SDK_DISABLED");
            }
            Read::Unknown(reason) => return (Fact::Unknown(reason), "OTEL_SDK_DISABLED"),
            Read::Text(_) | Read::Unset => (),
        }
        if let Read::Text(text) = self.read("management.tracing.enabled")
            && text.eq_ignore_ascii_case("false")
        {
            return decided(false, "management.tracing.enabled");
        }
        match self.read("OTEL_TRACES_EXPORTER") {
            Read::Text(text) if words(&text).contains(&"none") => {
                decided(false, "OTEL_TRACES_EXPORTER")
            }
            Read::Unknown(reason) => (Fact::Unknown(reason), "OTEL_TRACES_EXPORTER"),
            Read::Text(_) | Read::Unset => decided(true, "OTEL_TRACES_EXPORTER"),
        }
    }

    /// Whether spans go out as Zipkin's only: as the exporter says, or as Spring Boot does where it
    /// is told an endpoint of Zipkin and none of OTLP.
    fn is_zipkin(&self) -> bool {
        let Some(endpoint) = self.find(ZIPKIN) else { return false };
        match self.read("OTEL_TRACES_EXPORTER") {
            Read::Text(text) => words(&text) == ["zipkin"],
            Read::Unknown(_) => false,
            Read::Unset => {
                let otlp = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
                endpoint.name.starts_with("management.")
                    && otlp.iter().all(|setting| self.find(setting).is_none())
            }
        }
    }

    /// The endpoint's name: of the specific one before the general one.
    fn destination(&self) -> String {
        if self.is_zipkin() {
            return self.name(ZIPKIN);
        }
        let specific = self.find("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
        specific.map_or_else(
            || self.name("OTEL_EXPORTER_OTLP_ENDPOINT"),
            |variable| variable.name.to_owned(),
        )
    }

    /// The sampler's name; its argument when that is what counts.
    fn sampling(&self) -> String {
        let ratio = matches!(self.sampler(), Read::Text(text) if text.ends_with("traceidratio"));
        let argument = self.find("OTEL_TRACES_SAMPLER_ARG").filter(|_| ratio);
        argument
            .map_or_else(|| self.name("OTEL_TRACES_SAMPLER"), |variable| variable.name.to_owned())
    }

    fn sampler(&self) -> Read<'t> {
        let spring =
            self.find("OTEL_TRACES_SAMPLER_ARG").is_some_and(|v| v.name.starts_with("management."));
        match self.read("OTEL_TRACES_SAMPLER") {
            Read::Unset if spring => Read::Text(Cow::Borrowed("parentbased_traceidratio")),
            Read::Unset => Read::Text(Cow::Borrowed("parentbased_always_on")),
            read @ (Read::Text(_) | Read::Unknown(_)) => read,
        }
    }

    /// The share of new traces that the sampler keeps.
    fn ratio(&self) -> Option<Fact<'t>> {
        let sampler = match self.sampler() {
            Read::Text(text) => text.to_lowercase(),
            Read::Unknown(reason) => return Some(Fact::Unknown(reason)),
            Read::Unset => return None,
        };
        match sampler.strip_prefix("parentbased_").unwrap_or(&sampler) {
            "always_on" => Fact::number("1"),
            "always_off" => Fact::number("0"),
            // What is no ratio is ignored, and everything is kept.
            "traceidratio" => match self.read("OTEL_TRACES_SAMPLER_ARG") {
                Read::Text(text) if is_ratio(&text) => Fact::number(&text),
                Read::Unknown(reason) => Some(Fact::Unknown(reason)),
                Read::Text(_) | Read::Unset => Fact::number("1"),
            },
            // The rest is decided while the program runs.
            _ => None,
        }
    }

    fn propagators(&self) -> Fact<'t> {
        match self.read("OTEL_PROPAGATORS") {
            Read::Unknown(reason) => Fact::Unknown(reason),
            Read::Unset => Fact::List(vec![Fact::text("baggage"), Fact::text("tracecontext")]),
            Read::Text(text) => {
                let mut names: Vec<String> =
                    words(&text).iter().map(|word| word.to_lowercase()).collect();
                names.sort();
                names.dedup();
                Fact::List(names.into_iter().map(Fact::text).collect())
            }
        }
    }

    fn fact(&self) -> Fact<'t> {
        let (enabled, why) = self.enabled();
        let sampler = fact_of(self.sampler());
        let parent_based = match self.sampler() {
            Read::Text(text) => Some(Fact::Bool(text.starts_with("parentbased_"))),
            read @ (Read::Unset | Read::Unknown(_)) => fact_of(read),
        };
        let exporters = match self.read("OTEL_TRACES_EXPORTER") {
            Read::Text(text) => Fact::List(
                words(&text).into_iter().map(|word| Fact::text(word.to_owned())).collect(),
            ),
            Read::Unset => Fact::List(vec![Fact::text("otlp")]),
            Read::Unknown(reason) => Fact::Unknown(reason),
        };
        let specific = |what: &str| {
            let names =
                [format!("OTEL_EXPORTER_OTLP_TRACES_{what}"), format!("OTEL_EXPORTER_OTLP_{what}")];
            fact_of(self.first(&names.each_ref().map(String::as_str)))
        };
        let (endpoint, protocol, encrypted) = if self.is_zipkin() {
            let encrypted = match self.read(ZIPKIN) {
                Read::Text(text) => Some(Fact::Bool(self.is_encrypted("", &text))),
                read @ (Read::Unset | Read::Unknown(_)) => fact_of(read),
            };
            (fact_of(self.read(ZIPKIN)), Some(Fact::text("zipkin")), encrypted)
        } else {
            (specific("ENDPOINT"), specific("PROTOCOL"), self.encrypted("TRACES_"))
        };
        let process = self.process;
        let sources = process.sources.iter().map(|name| Fact::text(*name)).collect();
        Fact::map([
            ("owner", Some(Fact::text(process.owner.clone()))),
            ("namespace", (!process.namespace.is_empty()).then(|| Fact::text(process.namespace))),
            ("process", (!process.name.is_empty()).then(|| Fact::text(process.name))),
            ("service", self.service()),
            ("enabled", Some(enabled)),
            ("why", Some(Fact::text(self.name(why)))),
            ("exporters", Some(exporters)),
            ("endpoint", endpoint),
            ("encrypted", encrypted),
            ("protocol", protocol),
            ("sampler", sampler),
            ("parent_based", parent_based),
            ("ratio", self.ratio()),
            ("propagators", Some(self.propagators())),
            ("resource", Some(self.resource())),
            ("from", Some(Fact::List(sources))),
            ("declared", Some(Fact::Bool(process.is_declared()))),
        ])
    }

    /// Whether an endpoint of a signal is reached over TLS: as its scheme says, else the flag.
    fn is_encrypted(&self, scope: &str, endpoint: &str) -> bool {
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
    fn encrypted(&self, scope: &str) -> Option<Fact<'t>> {
        let names = [
            format!("OTEL_EXPORTER_OTLP_{scope}ENDPOINT"),
            "OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(),
        ];
        match self.first(&names.each_ref().map(String::as_str)) {
            Read::Unset => None,
            Read::Text(endpoint) => Some(Fact::Bool(self.is_encrypted(scope, &endpoint))),
            Read::Unknown(reason) => Some(Fact::Unknown(reason)),
        }
    }

    fn service(&self) -> Option<Fact<'t>> {
        match self.read("OTEL_SERVICE_NAME") {
            Read::Unset => {
                let spring = self.process.get("spring.application.name");
                let name = spring.and_then(|variable| match &variable.value {
                    Value::Text(text) => unresolved(text).is_none().then(|| Fact::text(*text)),
                    Value::Secret(_) | Value::From(_) => None,
                });
                self.resource().get("service.name").cloned().or(name)
            }
            read @ (Read::Text(_) | Read::Unknown(_)) => fact_of(read),
        }
    }

    fn resource(&self) -> Fact<'t> {
        let Some(variable) = self.find("OTEL_RESOURCE_ATTRIBUTES") else {
            return Fact::Map(Vec::new());
        };
        match (&variable.expanded, &variable.value) {
            (Some(Expanded::Text(text)), _) => attributes(text).into_owned(),
            (Some(Expanded::TooLong) | None, Value::Text(text)) => attributes(text),
            (Some(Expanded::TooLong) | None, Value::Secret(_) | Value::From(_)) => {
                Fact::Map(Vec::new())
            }
        }
    }
}

/// The pairs of `key=value,key=value`.
fn attributes(text: &str) -> Fact<'_> {
    let fact = |value| match unresolved(value) {
        Some(reason) => Fact::Unknown(reason),
        None => Fact::text(value.trim()),
    };
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    Fact::Map(pairs.map(|(key, value)| (Cow::Borrowed(key.trim()), fact(value))).collect())
}

/// The variable a name stands for: itself, a Java system property, a property of Spring Boot.
pub(super) fn canonical(name: &str) -> Option<Cow<'_, str>> {
    // `OTEL_COLLECTOR_HOST` and the like are the application's own: no SDK reads them.
    if name.starts_with("OTEL_") && !name.starts_with("OTEL_COLLECTOR_") {
        return Some(Cow::Borrowed(name));
    }
    if name.starts_with("otel.") {
        return Some(Cow::Owned(name.replace(['.', '-'], "_").to_uppercase()));
    }
    let known = match name {
        "management.tracing.enabled" => "management.tracing.enabled",
        "management.tracing.sampling.probability" => "OTEL_TRACES_SAMPLER_ARG",
        "management.otlp.tracing.endpoint" => "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "management.zipkin.tracing.endpoint" => ZIPKIN,
        _ => return None,
    };
    Some(Cow::Borrowed(known))
}

fn fact_of(read: Read<'_>) -> Option<Fact<'_>> {
    match read {
        Read::Unset => None,
        Read::Text(text) => Some(Fact::text(text)),
        Read::Unknown(reason) => Some(Fact::Unknown(reason)),
    }
}

fn words(list: &str) -> Vec<&str> {
    list.split(',').map(str::trim).filter(|word| !word.is_empty()).collect()
}

fn is_ratio(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(|ratio| (0.0..=1.0).contains(&ratio))
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
    for process in processes(document).iter().chain(&*in_other_words(document)) {
        let Some(settings) = Settings::of(process) else { continue };
        for scope in ["TRACES_", "METRICS_", "LOGS_", ""] {
            let variable = settings.find(&format!("OTEL_EXPORTER_OTLP_{scope}ENDPOINT"));
            let Some((variable, Value::Text(endpoint))) = variable.map(|v| (v, &v.value)) else {
                continue;
            };
            // A socket is no hop.
            let is_socket = endpoint.starts_with("unix:");
            if is_socket || unresolved(endpoint).is_some_and(|_| !endpoint.contains("://")) {
                continue;
            }
            let encrypted = settings.is_encrypted(scope, endpoint);
            found.push(Export {
                place: variable.place.clone(),
                endpoint,
                encrypted,
                key: format!("{}/{}", process.key(), variable.name),
                owner: process.owner.clone(),
            });
        }
    }
    found
}

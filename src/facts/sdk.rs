//! Tracing as the OpenTelemetry SDK of a process is told to do it.
//!
//! Precedence and defaults are those of the OpenTelemetry specification v1.60 (configuration by
//! environment variables); a Java property `otel.x.y` counts as `OTEL_X_Y`, and Spring Boot's
//! `management.*` (v3.4) as what it sets; a configuration file, and the variables of another client,
//! count as the variables they replace.
//! The six views give the same fields; they differ in the
//! place they stand at, so that a finding points at the setting that decides.

use std::borrow::Cow;
use std::rc::Rc;

use super::client;
use super::cursor::{Cursor, Document};
use super::declared;
use super::encoded::pairs;
use super::gateway;
use super::names::unresolved;
use super::neutral;
use super::process::{Expanded, Process, TOO_LONG, Value, Variable, processes};
use super::proxies;
use super::variables::{PROTOCOL, ZIPKIN, is_of_spring};
use super::{Fact, Item, View, agent, boot};

pub(super) const FIELDS: &[(&str, &str)] = &[
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
    ("sampler_said", "whether a sampler is named, so that the default does not hold"),
    ("parent_based", "whether it follows the decision of the caller"),
    ("ratio", "share of new traces it keeps, 0 to 1; absent when something outside decides"),
    ("server", "where its sampler asks how many traces to keep; absent when it does not"),
    ("ignored", "the argument of its sampler as written, where it has no effect"),
    (
        "propagators",
        "formats it passes context on in, sorted; baggage and tracecontext when not said",
    ),
    (
        "writes",
        "formats it passes context on in, as headers: of B3 b3 or b3multi; nothing of baggage",
    ),
    ("reads", "formats it takes context over in, as headers; nothing of baggage"),
    ("path", "the path that spans are posted to where they go over HTTP; absent when not known"),
    ("config_file", "the file that replaces every variable; absent when none is named"),
    ("inert", "the variables about tracing that such a file takes the effect from"),
    ("resource", "resource attributes"),
    ("from", "ConfigMaps and Secrets that add variables this document does not show"),
    ("declared", "whether it is a configuration file, which replaces every variable"),
    (
        "open",
        "settings that are said elsewhere: their text, with the keys of ConfigMaps it is taken from",
    ),
    (
        "carried",
        "these headers, each with name and value, as far as they are known; absent where there are none",
    ),
    ("headers", "whether spans carry headers it is told; absent when they may be said elsewhere"),
    (
        "given",
        "variables by which references in such a file are filled in; absent when none is named",
    ),
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
pub(super) static PROTOCOL_USED: View = View {
    id: "sdk.protocol",
    about: "Tracing of one process, at the setting that says how spans are sent",
    fields: FIELDS,
    dialects: &[],
    extract: |document| items(document, Aspect::Protocol),
};

/// See its `about`.
pub(super) static TRANSPORT: View = View {
    id: "sdk.transport",
    about: "Tracing of one process, at the setting that says whether spans go out over TLS",
    fields: FIELDS,
    dialects: &[],
    extract: |document| items(document, Aspect::Transport),
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
pub(super) enum Aspect {
    Switch,
    Export,
    Protocol,
    Transport,
    Sampling,
    Sampler,
    Name,
    Resource,
    Propagation,
}

/// Tracing of every process, at one of its settings.
pub(super) fn items<'t>(document: &Document<'t>, aspect: Aspect) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    each(document, |settings| {
        let name = match aspect {
            Aspect::Switch => settings.name(settings.enabled().1),
            Aspect::Export => settings.destination(),
            Aspect::Protocol => settings.name_of_first(PROTOCOLS),
            Aspect::Transport => settings.transport(),
            Aspect::Sampling => settings.sampling(),
            Aspect::Name => settings.naming(),
            Aspect::Resource => settings.name("OTEL_RESOURCE_ATTRIBUTES"),
            Aspect::Sampler => settings.name("OTEL_TRACES_SAMPLER"),
            Aspect::Propagation => settings.name("OTEL_PROPAGATORS"),
        };
        let process = settings.process;
        let fact = Rc::clone(process.tracing.get_or_init(|| Rc::new(settings.fact())));
        let image = settings.agent().filter(|_| matches!(aspect, Aspect::Protocol));
        items.push(match image {
            Some((image, _)) => image.item(process.key(), fact),
            None => process.item(&name, fact),
        });
    });
    items
}

/// Calls `take` with the settings of every process of a document that says anything about tracing.
pub(super) fn each<'t>(document: &Document<'t>, mut take: impl FnMut(Settings<'_, 't>)) {
    let others = in_other_words(document);
    let found = processes(document);
    let own = found.iter().filter(|process| !neutral::speaks(process));
    own.chain(others.iter()).filter_map(Settings::of).for_each(&mut take);
}

/// What says how spans are sent, the specific before the general.
const PROTOCOLS: [&str; 2] = [PROTOCOL, "OTEL_EXPORTER_OTLP_PROTOCOL"];

/// Processes whose tracing is set by other words than variables.
fn in_other_words<'t>(document: &Document<'t>) -> Rc<Vec<Process<'t>>> {
    let all = || {
        let mut found = gateway::processes(document);
        found.extend(proxies::processes(document));
        found.extend(client::clients(document));
        found.extend(neutral::processes(document));
        found.extend(declared::process(document));
        found.extend(boot::process(document));
        Rc::new(found)
    };
    Rc::clone(document.taken.in_other_words.get_or_init(all))
}

/// The tracing settings of one process.
pub(super) struct Settings<'p, 't> {
    pub(super) process: &'p Process<'t>,
}

/// What a setting is.
pub(super) enum Read<'t> {
    /// Not said, or empty, which is the same.
    Unset,
    /// This text.
    Text(Cow<'t, str>),
    /// Said, but not here; why it is not known.
    Unknown(String),
}

impl<'p, 't> Settings<'p, 't> {
    /// The settings of a process that says anything about tracing.
    pub(super) fn of(process: &'p Process<'t>) -> Option<Self> {
        let speaks = process.variables.iter().any(|variable| variable.setting.is_some());
        speaks.then_some(Self { process })
    }

    /// The name under which the process writes a setting, or would write it.
    pub(super) fn name(&self, setting: &str) -> String {
        self.find(setting)
            .map_or_else(|| self.spelling(setting), |variable| variable.name.to_owned())
    }

    /// How a setting would be spelled here: as the others are.
    fn spelling(&self, setting: &str) -> String {
        let dotted =
            self.process.variables.iter().any(|variable| variable.name.starts_with("otel."));
        if dotted { setting.to_lowercase().replace('_', ".") } else { setting.to_owned() }
    }

    /// The variable that says a setting, unless it is empty.
    pub(super) fn find(&self, setting: &str) -> Option<&'p Variable<'t>> {
        self.process.variables.iter().rev().find(|variable| {
            variable.setting.as_deref() == Some(setting) && variable.value != Value::Text("")
        })
    }

    pub(super) fn read(&self, setting: &str) -> Read<'t> {
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
            Some(Value::From(Fact::Unknown(reason))) => {
                let name = variable.map_or(setting, |variable| variable.name);
                Read::Unknown(format!("{name}: {reason}"))
            }
            Some(Value::From(_)) => Read::Unknown(format!("{setting} is taken from elsewhere")),
        }
    }

    /// The first of some settings that is said: the specific one before the general one.
    pub(super) fn first(&self, settings: &[&str]) -> Read<'t> {
        let said = settings.iter().map(|setting| self.read(setting));
        said.into_iter().find(|read| !matches!(read, Read::Unset)).unwrap_or(Read::Unset)
    }

    /// The name of the first of two settings that is said, else of the general one.
    fn name_of_first(&self, [specific, general]: [&str; 2]) -> String {
        let setting = if self.find(specific).is_some() { specific } else { general };
        self.name(setting)
    }

    /// The agent that decides how spans are sent where nothing is said: its image, and how.
    fn agent(&self) -> Option<(Cursor<'t>, &'static str)> {
        let is_said = PROTOCOLS.iter().any(|setting| self.find(setting).is_some());
        if is_said { None } else { agent::default_protocol(self.process) }
    }

    /// The file that replaces every variable, and the setting that names it.
    fn config_file(&self) -> Option<(&'p Variable<'t>, &'static str)> {
        let files = ["OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"];
        files.into_iter().find_map(|setting| Some((self.find(setting)?, setting)))
    }

    /// Variables about tracing that such a file takes the effect from.
    fn inert(&self) -> Vec<Fact<'t>> {
        let Some((file, _)) = self.config_file() else { return Vec::new() };
        let is_other = |variable: &&Variable<'t>| {
            variable.setting.is_some()
                && variable.name != file.name
                && variable.value != Value::Text("")
        };
        let others = self.process.variables.iter().filter(is_other);
        others.map(|variable| Fact::text(variable.name)).collect()
    }

    /// Whether spans are exported, and the setting that decides.
    fn enabled(&self) -> (Fact<'t>, &'static str) {
        let decided = |yes, why| (Fact::Bool(yes), why);
        if let Some((_, file)) = self.config_file() {
            let reason = format!("{file} names a file that replaces every other setting");
            return (Fact::Unknown(reason), file);
        }
        // Only `true`, in any case, is true to an SDK.
        match self.read("OTEL_SDK_DISABLED") {
            Read::Text(text) if text.eq_ignore_ascii_case("true") => {
                return decided(false, "OTEL_SDK_DISABLED");
            }
            Read::Unknown(reason) => return (Fact::Unknown(reason), "OTEL_SDK_DISABLED"),
            Read::Text(_) | Read::Unset => (),
        }
        if let Some(switch) = self.off() {
            return decided(false, switch);
        }
        match self.read("OTEL_TRACES_EXPORTER") {
            Read::Text(text) if words(&text).iter().any(|w| w.eq_ignore_ascii_case("none")) => {
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
                is_of_spring(endpoint.name)
                    && otlp.iter().all(|setting| self.find(setting).is_none())
            }
        }
    }

    /// The endpoint's name: of the specific one before the general one.
    pub(super) fn destination(&self) -> String {
        if self.is_zipkin() {
            return self.name(ZIPKIN);
        }
        let specific = self.find("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
        specific.map_or_else(
            || self.name("OTEL_EXPORTER_OTLP_ENDPOINT"),
            |variable| variable.name.to_owned(),
        )
    }

    /// The name of the setting that names the service.
    fn naming(&self) -> String {
        let is_named = self.find("OTEL_SERVICE_NAME").is_some();
        let is_there = !is_named && self.resource().get("service.name").is_some();
        self.name(if is_there { "OTEL_RESOURCE_ATTRIBUTES" } else { "OTEL_SERVICE_NAME" })
    }

    pub(super) fn propagators(&self) -> Fact<'t> {
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
            let decided = || self.agent().map(|(_, protocol)| Fact::text(protocol));
            (specific("ENDPOINT"), specific("PROTOCOL").or_else(decided), self.encrypted("TRACES_"))
        };
        let file = self.config_file().map(|(file, _)| file.text().unwrap_or_default().to_owned());
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
            ("sampler_said", Some(Fact::Bool(self.find("OTEL_TRACES_SAMPLER").is_some()))),
            ("parent_based", parent_based),
            ("ratio", self.ratio()),
            ("server", self.server()),
            ("ignored", self.ignored()),
            ("propagators", Some(self.propagators())),
            ("writes", Some(self.formats(false))),
            ("reads", Some(self.formats(true))),
            ("path", self.path()),
            ("config_file", file.map(Fact::text)),
            ("inert", Some(Fact::List(self.inert()))),
            ("resource", Some(self.resource())),
            ("from", Some(Fact::List(sources))),
            ("declared", Some(Fact::Bool(process.is_declared()))),
            ("open", self.open()),
            ("headers", self.headers()),
            ("carried", self.carried()),
            ("given", self.given()),
        ])
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
    let fact = |value: Cow<'_, str>| match unresolved(&value) {
        Some(reason) => Fact::Unknown(reason),
        None => Fact::text(value.into_owned()),
    };
    let pairs = pairs(text).unwrap_or_default().into_iter();
    Fact::Map(pairs.map(|(key, value)| (Cow::Borrowed(key), fact(value))).collect())
}

pub(super) fn fact_of(read: Read<'_>) -> Option<Fact<'_>> {
    match read {
        Read::Unset => None,
        Read::Text(text) => Some(Fact::text(text)),
        Read::Unknown(reason) => Some(Fact::Unknown(reason)),
    }
}

fn words(list: &str) -> Vec<&str> {
    list.split(',').map(str::trim).filter(|word| !word.is_empty()).collect()
}

pub(super) fn is_ratio(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(|ratio| (0.0..=1.0).contains(&ratio))
}

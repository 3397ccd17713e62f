//! Tracing as an SDK's configuration file declares it, in the terms of the variables it replaces.
//!
//! Read in opentelemetry-configuration v1.0.0 and v1.1.0; of v0.3.0 and v0.4.0 the names of
//! exporters. What a file leaves out is nothing: no `tracer_provider` exports no spans, no
//! `propagator` passes no context on.

use std::borrow::Cow;

use super::cursor::{Cursor, Document};
use super::names::owner;
use super::process::{Process, Value, Variable};
use super::{Fact, names};
use crate::model::Step;

/// The tracing settings of a configuration file; none of any other document.
pub(super) fn process<'t>(document: &Document<'t>) -> Option<Process<'t>> {
    if document.dialect.id() != "otel-config" {
        return None;
    }
    let root = document.cursor();
    let mut variables = vec![propagators(&root)];
    variables.extend(scalar("OTEL_SDK_DISABLED", "disabled", root.get("disabled")));
    variables.extend(service(&root));
    let provider = root.get("tracer_provider");
    match &provider {
        Some(provider) => {
            variables.extend(exporter(provider));
            variables.extend(sampler(provider));
        }
        None => variables.push(stated(
            "OTEL_TRACES_EXPORTER",
            "the absence of tracer_provider",
            root.place(&["tracer_provider"]),
            "none",
        )),
    }
    let home = provider.unwrap_or_else(|| root.place(&["tracer_provider"]));
    let namespace = names::namespace(document);
    Some(Process::declared(&owner(document), variables, home).in_namespace(namespace))
}

/// A variable that is said in other words.
pub(super) fn stated<'t>(
    setting: &'t str,
    name: &'t str,
    place: Cursor<'t>,
    value: &'t str,
) -> Variable<'t> {
    let (setting, value) = (Some(Cow::Borrowed(setting)), Value::Text(value));
    Variable { name, setting, place, value, expanded: None }
}

/// A variable that is said in words nobody here knows.
pub(super) fn unknown<'t>(setting: &'t str, name: &'t str, place: Cursor<'t>) -> Variable<'t> {
    let reason = Fact::Unknown("it is decided while the program runs".to_owned());
    let (setting, value) = (Some(Cow::Borrowed(setting)), Value::From(reason));
    Variable { name, setting, place, value, expanded: None }
}

/// A variable that a scalar says, if it is there.
pub(super) fn scalar<'t>(
    setting: &'t str,
    name: &'t str,
    place: Option<Cursor<'t>>,
) -> Option<Variable<'t>> {
    let place = place?;
    let text = names::filled(place.node)?;
    Some(stated(setting, name, place, text))
}

fn service<'t>(root: &Cursor<'t>) -> Option<Variable<'t>> {
    let attributes = root.at(&["resource", "attributes"])?.items();
    let is_name = |attribute: &&Cursor<'t>| attribute.text(&["name"]) == Some("service.name");
    let value = attributes.iter().find(is_name)?.get("value");
    scalar("OTEL_SERVICE_NAME", "service.name", value)
}

/// The formats of `composite` and `composite_list`, if one of both says it all.
fn propagators<'t>(root: &Cursor<'t>) -> Variable<'t> {
    const SETTING: &str = "OTEL_PROPAGATORS";
    const NAME: &str = "propagator";
    let place = root.place(&["propagator"]);
    let list = root
        .at(&["propagator", "composite_list"])
        .filter(|list| names::filled(list.node).is_some());
    let members =
        root.at(&["propagator", "composite"]).map(|list| list.items()).unwrap_or_default();
    let mut keys: Vec<&str> = members
        .iter()
        .flat_map(|member| member.node.entries().map(|entry| entry.key.text()).collect::<Vec<_>>())
        .collect();
    keys.sort_unstable();
    keys.dedup();
    match (list, keys.as_slice()) {
        (None, []) => stated(SETTING, NAME, place, "none"),
        (Some(list), []) => {
            let text = list.node.text();
            stated(SETTING, NAME, list, text)
        }
        (None, [only]) => stated(SETTING, NAME, place, only),
        (None, ["baggage", "tracecontext"]) => stated(SETTING, NAME, place, "baggage,tracecontext"),
        (None | Some(_), _) => unknown(SETTING, NAME, place),
    }
}

/// The first exporter that sends spans somewhere, else the first of any kind.
fn exporter<'t>(provider: &Cursor<'t>) -> Vec<Variable<'t>> {
    let processors = provider.get("processors").map(|list| list.items()).unwrap_or_default();
    let exporters: Vec<(&str, Cursor<'t>)> = processors
        .iter()
        .flat_map(Cursor::entries)
        .filter_map(|(_, processor)| processor.get("exporter"))
        .flat_map(|exporter| exporter.entries())
        .collect();
    let network = exporters.iter().find(|(kind, _)| DEFAULTS.iter().any(|known| known.0 == *kind));
    let name = "tracer_provider.processors";
    let Some((kind, place)) = network.or_else(|| exporters.first()).cloned() else {
        return vec![stated("OTEL_TRACES_EXPORTER", name, provider.place(&["processors"]), "none")];
    };
    let Some((_, default, protocol)) = DEFAULTS.iter().find(|known| known.0 == kind) else {
        // A console is nowhere; what others do is theirs.
        return vec![match kind {
            "console" => stated("OTEL_TRACES_EXPORTER", name, place, "none"),
            _ => unknown("OTEL_TRACES_EXPORTER", name, place),
        }];
    };
    let endpoint = place.get("endpoint").filter(|node| names::filled(node.node).is_some());
    let said = endpoint.as_ref().map_or(*default, |endpoint| endpoint.node.text());
    let at = endpoint.unwrap_or_else(|| place.beyond([Step::Key("endpoint".to_owned())]));
    let protocol = place.text(&["protocol"]).unwrap_or(protocol);
    let mut found = vec![
        stated("OTEL_TRACES_EXPORTER", name, place.clone(), "otlp"),
        stated("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "exporter.endpoint", at, said),
        stated("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "exporter", place.clone(), protocol),
    ];
    let insecure = place.at(&["tls", "insecure"]).or_else(|| place.get("insecure"));
    found.extend(scalar("OTEL_EXPORTER_OTLP_TRACES_INSECURE", "tls.insecure", insecure));
    found
}

/// Exporters that send spans to an endpoint: kind, default, protocol.
const DEFAULTS: [(&str, &str, &str); 3] = [
    ("otlp_http", "http://localhost:4318/v1/traces", "http/protobuf"),
    ("otlp_grpc", "http://localhost:4317", "grpc"),
    ("otlp", "", "http/protobuf"),
];

fn sampler<'t>(provider: &Cursor<'t>) -> Vec<Variable<'t>> {
    const SETTING: &str = "OTEL_TRACES_SAMPLER";
    const NAME: &str = "sampler";
    let place = provider.place(&["sampler"]);
    let Some(sampler) = provider.get("sampler").filter(|sampler| !sampler.node.is_empty()) else {
        return vec![stated(SETTING, NAME, place, "parentbased_always_on")];
    };
    let parent = sampler.get("parent_based");
    let root = parent.as_ref().map_or_else(|| Some(sampler.clone()), |parent| parent.get("root"));
    let Some(root) = root.filter(|root| !root.node.is_empty()) else {
        return vec![stated(SETTING, NAME, place, "parentbased_always_on")];
    };
    let kinds: Vec<(&str, Cursor<'t>)> = root.entries();
    let [(kind, inner)] = kinds.as_slice() else { return vec![unknown(SETTING, NAME, place)] };
    let name = match (*kind, parent.is_some()) {
        ("always_on", true) => "parentbased_always_on",
        ("always_on", false) => "always_on",
        ("always_off", true) => "parentbased_always_off",
        ("always_off", false) => "always_off",
        ("trace_id_ratio_based", true) => "parentbased_traceidratio",
        ("trace_id_ratio_based", false) => "traceidratio",
        _ => return vec![unknown(SETTING, NAME, place)],
    };
    let mut found = vec![stated(SETTING, NAME, inner.clone(), name)];
    found.extend(scalar("OTEL_TRACES_SAMPLER_ARG", "sampler.ratio", inner.get("ratio")));
    found
}

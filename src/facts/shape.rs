//! Settings that shape what proxies and clients make of a trace.

use super::cursor::Document;
use super::names::{filled, owner};
use super::process::Variable;
use super::sdk::each;
use super::settings::settings;
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static SHAPE: View = View {
    id: "trace.shape",
    about: "A setting that decides how long trace ids are, which spans a proxy makes of a request, or \
            whether spans of messages begin traces of their own",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("name", "name of the setting, with the keys it stands under"),
        ("aspect", "id-width, spans or messages"),
        ("value", "whether it is on"),
        ("default", "whether it is on where nothing is said; absent where versions differ"),
    ],
    dialects: &[],
    extract,
};

/// Names with what they decide and their default. Envoy: data-plane-api 84e8436, `zipkin.proto` and
/// `http_connection_manager.proto`. Istio: istio/api b8f8791, `mesh/v1alpha1/config.proto`. Jaeger:
/// jaeger-client-go v2.30.0, `config/config_env.go`. Of Datadog versions differ.
const NAMES: [(&str, &str, Option<bool>); 7] = [
    ("trace_id_128bit", "id-width", Some(false)),
    ("enable64bitTraceId", "id-width", Some(false)),
    ("JAEGER_TRACEID_128BIT", "id-width", Some(false)),
    ("DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED", "id-width", None),
    ("spring.sleuth.traceId128", "id-width", Some(false)),
    ("spawn_upstream_span", "spans", Some(false)),
    ("shared_span_context", "spans", Some(true)),
];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let owner = owner(document);
    let known = |name: &str| NAMES.iter().find(|(known, _, _)| *known == name);
    let mut items = Vec::new();
    for setting in settings(document, &["trac", "span_context", "upstream_span"], |setting| {
        known(setting.name).is_some()
    }) {
        let Some((_, aspect, default)) = known(setting.name) else { continue };
        let value = match filled(setting.node).map(str::to_ascii_lowercase).as_deref() {
            Some("true" | "1") => Fact::Bool(true),
            Some("false" | "0") => Fact::Bool(false),
            // What is put in elsewhere is compared there.
            Some(_) | None => continue,
        };
        let fact = Fact::map([
            ("owner", Some(Fact::text(owner.to_string()))),
            ("name", Some(Fact::text(setting.full_name()))),
            ("aspect", Some(Fact::text(*aspect))),
            ("value", Some(value)),
            ("default", default.map(Fact::Bool)),
        ]);
        items.push(setting.place().item_here(fact));
    }
    items.extend(messages(document));
    items
}

/// Whether messages begin traces of their own, for every process that is traced: off unless said
/// (opentelemetry-java-instrumentation, `MessagingConfig` and `AwsSdkSingletons`).
fn messages<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    const NAME: &str = "OTEL_INSTRUMENTATION_MESSAGING_EXPERIMENTAL_RECEIVE_TELEMETRY_ENABLED";
    let mut items = Vec::new();
    each(document, |settings| {
        let process = settings.process;
        let said = settings.find(NAME);
        // What is put in elsewhere is compared there.
        let is_open = said.is_some_and(|said| said.known().is_none());
        if is_open || said.is_none() && !process.sources.is_empty() {
            return;
        }
        let text = said.and_then(Variable::known).unwrap_or_default();
        let fact = Fact::map([
            ("owner", Some(Fact::text(process.owner.clone()))),
            ("name", Some(Fact::text(settings.name(NAME)))),
            ("aspect", Some(Fact::text("messages"))),
            ("value", Some(Fact::Bool(text.eq_ignore_ascii_case("true")))),
            ("default", Some(Fact::Bool(false))),
        ]);
        let place = process.place(&settings.name(NAME));
        items.push(place.item(format!("{}/messages", process.key()), fact));
    });
    items
}

//! Resources of the OpenTelemetry operator that instrument pods.

use super::{DIALECT, of_kinds};
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item, View};

/// See its `about`.
pub(in crate::facts) static INSTRUMENTATION: View = View {
    id: "k8s.instrumentation",
    about: "The spec of an Instrumentation, by which an operator instruments pods",
    fields: &[
        ("owner", "the object: instrumentation/default"),
        ("name", "its name"),
        ("namespace", "its namespace; absent when it names none"),
        ("endpoint", "where instrumented processes send spans; absent when not said"),
        ("protocol", "how they send them; absent when the language decides"),
        ("sampler", "how they sample, as OTEL_TRACES_SAMPLER; absent when not said"),
        ("argument", "what the sampler is told, as OTEL_TRACES_SAMPLER_ARG; absent when not said"),
        ("env", "variables it sets, each with name, value and language; no language for all"),
    ],
    dialects: DIALECT,
    extract,
};

/// Sections of languages (opentelemetry-operator v0.158.0, `apis/v1alpha1/instrumentation_types.go`).
const LANGUAGES: [(&str, &str); 7] = [
    ("java", "java"),
    ("nodejs", "nodejs"),
    ("python", "python"),
    ("dotnet", "dotnet"),
    ("go", "go"),
    ("apacheHttpd", "apache-httpd"),
    ("nginx", "nginx"),
];

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for object in of_kinds(document, &["Instrumentation"]) {
        let Some(spec) = object.cursor.get("spec") else { continue };
        let of = |section: &str, key: &str| {
            let own = spec.fact_at(&[section, key]);
            own.or_else(|| spec.fact_at(&["envConfig", section, key]))
        };
        let said = |key: &str| of("exporter", key);
        let mut env = variables(&spec, None);
        for (section, language) in LANGUAGES {
            let section = spec.get(section);
            env.extend(section.iter().flat_map(|section| variables(section, Some(language))));
        }
        let namespace = object.namespace;
        let fact = Fact::map([
            ("owner", Some(Fact::text(object.owner()))),
            ("name", Some(Fact::text(object.name))),
            ("namespace", (!namespace.is_empty()).then(|| Fact::text(namespace))),
            ("endpoint", said("endpoint")),
            ("protocol", said("protocol")),
            ("sampler", of("sampler", "type")),
            ("argument", of("sampler", "argument")),
            ("env", Some(Fact::List(env))),
        ]);
        items.push(spec.item(object.owner(), fact));
    }
    items
}

fn variables<'t>(section: &Cursor<'t>, language: Option<&'static str>) -> Vec<Fact<'t>> {
    let members = section.get("env").map(|list| list.items()).unwrap_or_default();
    let one = |member: &Cursor<'t>| {
        Fact::map([
            ("name", member.fact_at(&["name"])),
            ("value", member.fact_at(&["value"])),
            ("language", language.map(Fact::text)),
        ])
    };
    members.iter().map(one).collect()
}

//! What processes say of themselves with every span: the service, and where it runs.

use super::cursor::Document;
use super::sdk::{Aspect, FIELDS, items};
use super::{Fact, Item, View};
use crate::model::Step;

/// See its `about`.
pub(super) static NAME: View = View {
    id: "sdk.name",
    about: "Tracing of one process, at the setting that names its service",
    fields: FIELDS,
    dialects: &[],
    extract: |document| items(document, Aspect::Name),
};

/// See its `about`.
pub(super) static ATTRIBUTE: View = View {
    id: "sdk.attribute",
    about: "An attribute by which spans of a process are told apart, at its place among the others",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, configmap/pay, or the file"),
        ("namespace", "the object's namespace; absent when it names none"),
        ("process", "the container or service; absent for files and ConfigMaps"),
        ("service", "service.name; absent when not said"),
        ("enabled", "whether the SDK exports spans"),
        ("config_file", "the file that replaces every variable; absent when none is named"),
        ("attribute", "environment, in either spelling of its key, or service.namespace"),
        ("value", "its value; absent when the process does not have it"),
    ],
    dialects: &[],
    extract: attributes,
};

/// Attributes with the keys that stand for each (OpenTelemetry semantic conventions v1.27.0: the
/// environment got the longer key).
const ATTRIBUTES: [(&str, &[&str]); 2] = [
    ("environment", &["deployment.environment.name", "deployment.environment"]),
    ("service.namespace", &["service.namespace"]),
];

fn attributes<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut found = Vec::new();
    for process in items(document, Aspect::Resource) {
        let get = |key: &str| process.fact.get(key).cloned();
        let resource = process.fact.get("resource");
        for (attribute, keys) in ATTRIBUTES {
            let said = keys.iter().find_map(|key| Some((key, resource?.get(key)?.clone())));
            let fact = Fact::map([
                ("owner", get("owner")),
                ("namespace", get("namespace")),
                ("process", get("process")),
                ("service", get("service")),
                ("enabled", get("enabled")),
                ("config_file", get("config_file")),
                ("attribute", Some(Fact::text(attribute))),
                ("value", said.as_ref().map(|(_, value)| value.clone())),
            ]);
            let key = said.map_or(keys.first(), |(key, _)| Some(key)).copied();
            let step = Step::Key(key.unwrap_or(attribute).to_owned());
            let place = process.place.beyond([step]);
            found.push(place.item(format!("{}/{attribute}", process.key()), fact));
        }
    }
    found
}

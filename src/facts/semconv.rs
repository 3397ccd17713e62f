//! Which names of attributes services are told to use.

use super::cursor::Document;
use super::process::{Value, processes};
use super::{Fact, Item, View};

/// See its `about`.
pub(super) static OPT_IN: View = View {
    id: "sdk.semconv",
    about: "The variable by which a process is told to use newer names of attributes, where it is set",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, configmap/pay, or the file"),
        ("value", "what it is told, as written; absent when it comes from elsewhere"),
    ],
    dialects: &[],
    extract,
};

/// The variable (open-telemetry/semantic-conventions, `docs/non-normative/http-migration.md`).
const VARIABLE: &str = "OTEL_SEMCONV_STABILITY_OPT_IN";

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for process in processes(document).iter() {
        for variable in process.variables.iter().filter(|variable| variable.name == VARIABLE) {
            let value = match &variable.value {
                Value::Text(text) => Some(Fact::text(*text)),
                Value::Secret(_) | Value::From(_) => None,
            };
            let fact =
                Fact::map([("owner", Some(Fact::text(process.owner.clone()))), ("value", value)]);
            items.push(variable.place.item(process.key(), fact));
        }
    }
    items
}

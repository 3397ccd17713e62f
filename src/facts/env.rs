//! Variables.

use super::cursor::Document;
use super::process::{Process, Value, Variable, processes};
use super::{Fact, Item, View};
use crate::model::{Number, secrets_in};

/// See its `about`.
pub(super) static VARIABLE: View = View {
    id: "env.var",
    about: "One environment variable or property: of a container, an environment file, a ConfigMap \
            or a Compose service",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, configmap/pay, or the file"),
        ("process", "the container or service; absent for files and ConfigMaps"),
        ("name", "its name"),
        ("value", "its value as text, or a masked secret; absent when it comes from elsewhere"),
        (
            "value_from",
            "where it comes from: secretKeyRef, configMapKeyRef, fieldRef, … as written",
        ),
        ("is_secret", "whether the value, or a part of it, is a masked secret"),
        (
            "class",
            "what the value looks like: empty, secret, boolean, number, url, path, reference, text",
        ),
    ],
    dialects: &[],
    extract,
};

fn extract<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for process in processes(document).iter() {
        let key = process.key();
        items.extend(process.variables.iter().map(|variable| item(process, &key, variable)));
    }
    items
}

fn item<'t>(process: &Process<'t>, key: &str, variable: &Variable<'t>) -> Item<'t> {
    let (value, from, class) = match &variable.value {
        Value::Text(text) => (Some(Fact::text(*text)), None, class(text)),
        Value::Secret(secret) => (Some(Fact::Secret(Box::new(secret.clone()))), None, "secret"),
        Value::From(from) => (None, Some(from.clone()), "reference"),
    };
    let is_secret = class == "secret";
    let key = [key, variable.name].join("/");
    let fact = Fact::map([
        ("owner", Some(Fact::text(process.owner.clone()))),
        ("process", (!process.name.is_empty()).then(|| Fact::text(process.name))),
        ("name", Some(Fact::text(variable.name))),
        ("value", value),
        ("value_from", from),
        ("is_secret", Some(Fact::Bool(is_secret))),
        ("class", Some(Fact::text(class))),
    ]);
    variable.place.item(key, fact)
}

fn class(text: &str) -> &'static str {
    let text = text.trim();
    if text.is_empty() {
        return "empty";
    }
    if !secrets_in(text).is_empty() {
        return "secret";
    }
    if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
        return "boolean";
    }
    if Number::parse(text).is_some() {
        return "number";
    }
    let references =
        ["${", "$(", "{{", "vault:", "ref+", "secretsmanager:", "arn:aws:secretsmanager:"];
    if references.iter().any(|mark| text.starts_with(mark)) {
        return "reference";
    }
    if text.contains("://") {
        return "url";
    }
    if text.starts_with('/') { "path" } else { "text" }
}

#[cfg(test)]
mod tests {
    use super::class;

    #[test]
    fn a_value_is_classed_by_its_looks() {
        let cases = [
            ("", "empty"),
            ("TRUE", "boolean"),
            ("0.25", "number"),
            ("https://a.example/", "url"),
            ("${DB_PASSWORD:?}", "reference"),
            ("/run/secrets/db", "path"),
            ("hunter2", "text"),
            ("postgres://u:driftseal.secret.password.0123456789abcdef@db/", "secret"),
        ];
        for (text, expected) in cases {
            assert_eq!(class(text), expected, "{text}");
        }
    }
}

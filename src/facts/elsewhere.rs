//! Settings of tracing that one document names and another one holds: keys of `ConfigMap`s that
//! variables are taken from, and the variables that a configuration file refers to.

use std::borrow::Cow;

use super::Fact;
use super::process::{Value, Variable};
use super::sdk::{Read, Settings};
use super::variables::{ENDPOINT, EXPORTER, PROTOCOL, RATIO, SAMPLER, SERVICE, canonical};

/// What decides where spans go and how many: what others say of it is worth knowing.
const DECIDING: [&str; 9] = [
    ENDPOINT,
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    PROTOCOL,
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    SERVICE,
    EXPORTER,
    "OTEL_SDK_DISABLED",
    SAMPLER,
    RATIO,
];

/// A reference that is left in a text: its name, the `ConfigMap` and the key.
type Reference<'t> = (&'t str, Fact<'t>, Fact<'t>);

impl<'t> Settings<'_, 't> {
    /// Settings that are said elsewhere: each with its text, in which `$(NAME)` stands for a key of a
    /// `ConfigMap`, or `${NAME}` for a variable of whoever reads the file.
    pub(super) fn open(&self) -> Option<Fact<'t>> {
        let is_open =
            |variable: &Variable<'t>| variable.setting.is_some() && variable.known().is_none();
        if !self.process.variables.iter().any(is_open) {
            return None;
        }
        let found: Vec<Fact<'t>> = DECIDING.iter().filter_map(|name| self.left(name)).collect();
        (!found.is_empty()).then_some(Fact::List(found))
    }

    /// What is left open of one setting.
    fn left(&self, setting: &'static str) -> Option<Fact<'t>> {
        let Read::Unknown(_) = self.read(setting) else { return None };
        let variable = self.find(setting)?;
        let (text, references) = if self.process.is_declared() {
            let Value::Text(text) = variable.value else { return None };
            (text.to_owned(), Vec::new())
        } else {
            (canonical(variable.name)? == setting).then_some(())?;
            self.of_pod(variable)?
        };
        let reference = |(name, owner, key)| {
            Fact::map([
                ("name", Some(Fact::text(name))),
                ("owner", Some(owner)),
                ("key", Some(key)),
            ])
        };
        let known = |name| match self.read(name) {
            Read::Text(text) => Some(Fact::text(text)),
            Read::Unset | Read::Unknown(_) => None,
        };
        Some(Fact::map([
            ("setting", Some(Fact::text(setting))),
            ("text", Some(Fact::text(text))),
            ("from", Some(Fact::List(references.into_iter().map(reference).collect()))),
            ("clear", Some(Fact::Bool(!self.is_encrypted("TRACES_", "")))),
            ("sampler", known(SAMPLER)),
            ("argument", known(RATIO)),
        ]))
    }

    /// The text of a variable of a pod, with references to keys of `ConfigMap`s only; nothing where it
    /// holds others.
    fn of_pod(&self, variable: &Variable<'t>) -> Option<(String, Vec<Reference<'t>>)> {
        if let Some(reference) = key_of(variable) {
            return Some((format!("$({})", variable.name), vec![reference]));
        }
        let Value::Text(text) = variable.value else { return None };
        if text.contains("$$") {
            return None;
        }
        // Only what comes before it is put in.
        let all = &self.process.variables;
        let end = all.iter().position(|one| std::ptr::eq(one, variable))?;
        let before = all.get(..end)?;
        let (mut whole, mut rest, mut references) = (String::new(), text, Vec::new());
        while let Some((head, tail)) = rest.split_once("$(") {
            let (name, behind) = tail.split_once(')')?;
            let said = before.iter().rev().find(|one| one.name == name)?;
            whole.push_str(head);
            if let Some(text) = said.known() {
                whole.push_str(text);
            } else {
                references.push(key_of(said)?);
                whole.extend(["$(", name, ")"]);
            }
            rest = behind;
        }
        whole.push_str(rest);
        (!references.is_empty()).then_some((whole, references))
    }

    /// The variables by which references in a configuration file are filled in, where one is named and
    /// nothing else adds to them.
    pub(super) fn given(&self) -> Option<Fact<'t>> {
        let names_file = |name: &str| self.find(name).is_some();
        if !["OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"].iter().any(|n| names_file(n)) {
            return None;
        }
        let mut given: Vec<(Cow<'t, str>, Fact<'t>)> = Vec::new();
        for variable in &self.process.variables {
            let said = match (variable.known(), &variable.value) {
                (Some(text), _) => Fact::text(text.to_owned()),
                (None, Value::Text("")) => Fact::text(""),
                (None, Value::Text(_) | Value::Secret(_) | Value::From(_)) => {
                    Fact::Unknown(format!("{} is taken from elsewhere", variable.name))
                }
            };
            given.push((Cow::Borrowed(variable.name), said));
        }
        Some(Fact::Map(given))
    }
}

/// The key of a `ConfigMap` that a variable is taken from.
fn key_of<'t>(variable: &Variable<'t>) -> Option<Reference<'t>> {
    let Value::From(from) = &variable.value else { return None };
    let way = from.get("configMapKeyRef")?;
    let Fact::Text(name) = way.get("name")? else { return None };
    Some((variable.name, Fact::text(format!("configmap/{name}")), way.get("key")?.clone()))
}

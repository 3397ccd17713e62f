//! What an exporter of OTLP shows to the other end, and what it trusts: headers, certificates.

use super::cursor::{Cursor, Document};
use super::encoded::decoded;
use super::names::unresolved;
use super::process::{Process, Value, Variable};
use super::sdk::{Settings, each};
use super::{Fact, Item, View};
use crate::model::secrets_in;

/// See its `about`.
pub(super) static HEADER: View = View {
    id: "sdk.header",
    about: "The headers that an exporter of OTLP sends, at the variable that names them",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("process", "the container or service; absent for files and ConfigMaps"),
        ("setting", "the variable"),
        ("said", "whether it is there"),
        (
            "names",
            "names of the headers in lower case, sorted; absent when they are kept elsewhere",
        ),
        ("malformed", "what keeps an SDK from reading the list; absent when nothing does"),
    ],
    dialects: &[],
    extract: headers,
};

/// See its `about`.
pub(super) static FILE: View = View {
    id: "sdk.file",
    about: "A file with a certificate or key that an exporter of a container is told to read",
    fields: &[
        ("owner", "who it belongs to: deployment/pay"),
        ("process", "the container"),
        ("setting", "the variable that names it"),
        ("path", "the path"),
        ("mounted", "whether the container mounts it, or a folder that it lies in"),
    ],
    dialects: &[],
    extract: files,
};

/// See its `about`.
pub(super) static IDENTITY: View = View {
    id: "sdk.identity",
    about: "One half of what an exporter of OTLP shows of itself: its certificate, or its key",
    fields: &[
        ("owner", "who it belongs to: deployment/pay, or the file"),
        ("process", "the container or service; absent for files and ConfigMaps"),
        ("settings", "who holds the settings: deployment/pay/app, or a file"),
        ("part", "certificate or key"),
        ("setting", "the variable that names it, or would"),
        ("said", "whether it is there"),
        ("other", "whether the other half is there"),
    ],
    dialects: &[],
    extract: identities,
};

/// What variables of OTLP begin with, of all signals and of traces.
const SCOPES: [&str; 2] = ["OTEL_EXPORTER_OTLP_", "OTEL_EXPORTER_OTLP_TRACES_"];

/// Whether a process is told by variables of an SDK where its spans go.
fn exports(settings: &Settings<'_, '_>) -> bool {
    SCOPES.iter().any(|scope| {
        let endpoint = settings.find(&format!("{scope}ENDPOINT"));
        endpoint.is_some_and(|said| ["OTEL_", "otel."].iter().any(|m| said.name.starts_with(m)))
    })
}

fn fields<'t>(process: &Process<'t>) -> [(&'static str, Option<Fact<'t>>); 2] {
    [
        ("owner", Some(Fact::text(process.owner.clone()))),
        ("process", (!process.name.is_empty()).then(|| Fact::text(process.name))),
    ]
}

fn headers<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    each(document, |settings| {
        let process = settings.process;
        for scope in SCOPES.iter().filter(|_| exports(&settings)) {
            let setting = format!("{scope}HEADERS");
            let said = settings.find(&setting);
            // What is not said here may be said where other variables are kept.
            if said.is_none() && !process.sources.is_empty() {
                continue;
            }
            let name = settings.name(&setting);
            let text = match said.map(|variable| (variable.text(), &variable.value)) {
                Some((Some(text), Value::Text(_))) if unresolved(text).is_none() => Some(text),
                _ => None,
            };
            let own = [
                ("setting", Some(Fact::text(name.clone()))),
                ("said", Some(Fact::Bool(said.is_some()))),
                ("names", text.map(names)),
                ("malformed", text.and_then(malformed).map(Fact::text)),
            ];
            let fact = Fact::map(fields(process).into_iter().chain(own));
            items.push(process.place(&name).item(format!("{}/{name}", process.key()), fact));
        }
    });
    items
}

impl<'t> Settings<'_, 't> {
    /// Whether spans carry headers; nothing where those may be said elsewhere.
    pub(super) fn headers(&self) -> Option<Fact<'t>> {
        let said = SCOPES.iter().any(|scope| self.find(&format!("{scope}HEADERS")).is_some());
        (said || self.process.sources.is_empty()).then_some(Fact::Bool(said))
    }
}

impl<'t> Settings<'_, 't> {
    /// The headers that spans are told to carry: those of traces instead of those of all signals.
    pub(super) fn carried(&self) -> Option<Fact<'t>> {
        let said = SCOPES.iter().rev().find_map(|scope| self.find(&format!("{scope}HEADERS")))?;
        let one = |name: &str, value| {
            let name = Some(Fact::text(name.trim().to_lowercase()));
            Fact::map([("name", name), ("value", Some(value))])
        };
        let whole = |value| Fact::List(vec![one("all", value)]);
        Some(match (said.text(), &said.value) {
            (_, Value::Secret(secret)) => whole(Fact::Secret(Box::new(secret.clone()))),
            (Some(text), _) => {
                let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
                let value = |text: &str| Fact::text(text.trim().to_owned());
                Fact::List(pairs.map(|(name, text)| one(name, value(text))).collect())
            }
            (None, _) => whole(Fact::Unknown("it is said elsewhere".to_owned())),
        })
    }
}

/// The names in a list of `name=value`.
fn names<'t>(text: &str) -> Fact<'t> {
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    let mut names: Vec<String> = pairs.map(|(name, _)| name.trim().to_lowercase()).collect();
    names.sort();
    names.dedup();
    Fact::List(names.into_iter().map(Fact::text).collect())
}

/// What is wrong with such a list, as far as it can be seen: its values are masked.
fn malformed(text: &str) -> Option<&'static str> {
    let mut members = text.split(',').map(str::trim).filter(|member| !member.is_empty());
    let wrong = |member: &str| match member.split_once('=') {
        None => Some("a member without ="),
        Some((_, value)) if value.trim().contains(' ') => Some("a blank, which is written %20"),
        // A mask may begin behind what it encodes.
        Some((_, value)) if decoded(value).is_none() && secrets_in(value).is_empty() => {
            Some("a % that encodes nothing")
        }
        Some(_) => None,
    };
    members.find_map(wrong)
}

fn files<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    const NAMED: [&str; 3] = ["CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"];
    let mut items = Vec::new();
    each(document, |settings| {
        let process = settings.process;
        let Some(within) = &process.container else { return };
        for setting in SCOPES.iter().flat_map(|s| NAMED.iter().map(move |n| format!("{s}{n}"))) {
            let said = settings.find(&setting);
            let Some(path) = said.and_then(Variable::known) else { continue };
            let own = [
                ("setting", Some(Fact::text(setting.clone()))),
                ("path", Some(Fact::text(path.to_owned()))),
                ("mounted", Some(Fact::Bool(is_mounted(&within.cursor, path)))),
            ];
            let fact = Fact::map(fields(process).into_iter().chain(own));
            let place = process.place(&settings.name(&setting));
            items.push(place.item(format!("{}/{setting}", process.key()), fact));
        }
    });
    items
}

/// Whether a container mounts a path, or a folder above it.
fn is_mounted(container: &Cursor<'_>, path: &str) -> bool {
    let mounts = container.get("volumeMounts").map(|list| list.items()).unwrap_or_default();
    mounts.iter().filter_map(|mount| mount.text(&["mountPath"])).any(|mount| {
        let rest = path.strip_prefix(mount.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

fn identities<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    each(document, |settings| {
        let process = settings.process;
        if !exports(&settings) {
            return;
        }
        let halves = [("certificate", "CLIENT_CERTIFICATE"), ("key", "CLIENT_KEY")];
        let said = halves.map(|(_, name)| {
            SCOPES.iter().rev().find(|scope| settings.find(&format!("{scope}{name}")).is_some())
        });
        let [certificate, key] = said.map(|scope| scope.is_some());
        if certificate != key && !process.sources.is_empty() {
            return;
        }
        for ((part, name), scope) in halves.into_iter().zip(said) {
            let name = settings.name(&format!("{}{name}", scope.unwrap_or(&"OTEL_EXPORTER_OTLP_")));
            let (is_said, other) =
                if part == "key" { (key, certificate) } else { (certificate, key) };
            let own = [
                ("settings", Some(Fact::text(process.key()))),
                ("part", Some(Fact::text(part))),
                ("setting", Some(Fact::text(name.clone()))),
                ("said", Some(Fact::Bool(is_said))),
                ("other", Some(Fact::Bool(other))),
            ];
            let fact = Fact::map(fields(process).into_iter().chain(own));
            items.push(process.place(&name).item(format!("{}/{part}", process.key()), fact));
        }
    });
    items
}

#[cfg(test)]
mod tests {
    use super::malformed;

    #[test]
    fn a_list_of_headers_is_read_as_sdks_read_it() {
        assert_eq!(malformed("a=b, c=d%20e,"), None);
        for text in ["a=b,abc", "a=Bearer b", "a=50%"] {
            assert!(malformed(text).is_some(), "{text}");
        }
    }
}

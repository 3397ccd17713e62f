//! Settings that others say: keys of `ConfigMap`s that variables are taken from, and the variables of
//! the process that a configuration file refers to.
//!
//! A reference that nothing read here answers stays open, with its reason. An SDK takes what is unset,
//! empty or null for its default (opentelemetry-configuration v1.1.0, data model); whether a variable
//! is set that no manifest names is up to its image, so that only a default says what it is.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::anchor::{At, below};
use super::facts::{Said, Settings, TraceFacts};
use super::graph::Graph;
use super::kept::{Kept, of_view};
use super::read::{flag, members, text};
use super::scope;
use crate::facts::{Fact, posted, share_of};

/// A setting that is said elsewhere.
#[derive(Debug, Clone, Default)]
struct Open {
    setting: String,
    /// Its text, with references.
    text: String,
    from: Vec<Reference>,
    /// Whether spans go out in clear where the endpoint does not say.
    is_clear: bool,
    /// The sampler and its argument, where they are said here.
    sampler: Option<String>,
    argument: Option<String>,
}

/// A name that stands in a text for a key of a `ConfigMap`.
#[derive(Debug, Clone)]
struct Reference {
    name: String,
    owner: String,
    key: String,
}

/// Variables of a process by name; nothing for those that are not known.
pub(super) type Given = BTreeMap<String, Option<String>>;

/// What settings leave to others, as few do.
#[derive(Debug, Clone, Default)]
pub(super) struct Elsewhere {
    /// What is said elsewhere.
    open: Vec<Open>,
    /// The file that replaces every variable, and what fills references in it.
    config_file: Option<String>,
    pub(super) given: Option<Given>,
}

impl Elsewhere {
    /// Reads what an item leaves to others; nothing where that is nothing.
    pub(super) fn of(fact: &Fact<'_>) -> Option<Box<Self>> {
        let (open, config_file, given) = (open(fact), text(fact, "config_file"), given(fact));
        let is_any = !open.is_empty() || config_file.is_some() || given.is_some();
        is_any.then(|| Box::new(Self { open, config_file, given }))
    }
}

/// Reads what an item says is open.
fn open(fact: &Fact<'_>) -> Vec<Open> {
    let reference = |one: &Fact<'_>| {
        Some(Reference {
            name: text(one, "name")?,
            owner: text(one, "owner")?,
            key: text(one, "key")?,
        })
    };
    let one = |one: &Fact<'_>| {
        Some(Open {
            setting: text(one, "setting")?,
            text: text(one, "text")?,
            from: members(one.get("from")).filter_map(reference).collect(),
            is_clear: flag(one.get("clear")).unwrap_or(false),
            sampler: text(one, "sampler"),
            argument: text(one, "argument"),
        })
    };
    members(fact.get("open")).filter_map(one).collect()
}

/// Reads the variables that an item is given.
fn given(fact: &Fact<'_>) -> Option<Given> {
    let Some(Fact::Map(fields)) = fact.get("given") else { return None };
    let one = |(name, value): &(Cow<'_, str>, Fact<'_>)| {
        let known = if let Fact::Text(text) = value { Some(text.to_string()) } else { None };
        (name.to_string(), known)
    };
    Some(fields.iter().map(one).collect())
}

impl Settings {
    fn open(&self) -> &[Open] {
        self.elsewhere.as_ref().map_or(&[], |elsewhere| &elsewhere.open)
    }

    /// The file that replaces every variable.
    pub(super) fn config_file(&self) -> Option<&str> {
        self.elsewhere.as_ref()?.config_file.as_deref()
    }
}

impl Graph<'_> {
    /// The settings with what keys of `ConfigMap`s say of them.
    pub(super) fn with_keys<'s>(&self, mut settings: Cow<'s, Settings>) -> Cow<'s, Settings> {
        for open in settings.open().to_vec() {
            if open.from.is_empty() {
                continue;
            }
            let mut whole = open.text.clone();
            let mut at = None;
            for reference in &open.from {
                let Some((value, place)) = self.key(&settings, reference) else { break };
                whole = whole.replace(&format!("$({})", reference.name), &value);
                at = place;
            }
            if !whole.contains("$(") {
                open.tell(settings.to_mut(), whole.trim(), &at);
            }
        }
        settings
    }

    /// What a key of a `ConfigMap` says, and where.
    fn key(&self, settings: &Settings, reference: &Reference) -> Option<(String, At)> {
        let named = self.configs.get(&(settings.namespace.as_str(), reference.owner.as_str()))?;
        let kept = scope::nearest(settings.file(), named, |kept| kept.file())?;
        let texts = kept.get("texts")?;
        let value = text(&texts, &reference.key)?;
        Some((value, below(&kept.at, &["data", &reference.key])))
    }
}

/// `ConfigMap`s and Secrets by namespace and owner; none where no settings ask for them.
pub(super) fn configs(facts: &TraceFacts) -> BTreeMap<(&str, &str), Vec<&Kept>> {
    let mut named: BTreeMap<(&str, &str), Vec<&Kept>> = BTreeMap::new();
    if facts.settings.values().any(|settings| !settings.open().is_empty()) {
        for kept in of_view(&facts.kept, "k8s.config") {
            named.entry((kept.word("namespace"), kept.word("owner"))).or_default().push(kept);
        }
    }
    named
}

/// The settings of a configuration file as a process reads it.
pub(super) fn read_by(file: &Settings, given: Option<&Given>) -> Settings {
    let mut settings = file.clone();
    for open in file.open() {
        let filled = given.ok_or(String::new()).and_then(|given| fill(&open.text, given));
        match filled {
            Ok(text) => {
                let at = settings.at.clone();
                open.tell(&mut settings, text.trim(), &at);
            }
            Err(name) if !name.is_empty() => {
                let reason = format!("{name}, which the configuration file names, is not set here");
                open.doubt(&mut settings, &reason);
            }
            Err(_) => (),
        }
    }
    settings.elsewhere.iter_mut().for_each(|elsewhere| elsewhere.open.clear());
    settings
}

/// A text with its references filled in: `${NAME}`, `${env:NAME}`, `${NAME:-default}`, and `$$` for
/// one dollar.
///
/// # Errors
/// The name that is not known.
fn fill(text: &str, given: &Given) -> Result<String, String> {
    let (mut whole, mut rest) = (String::new(), text);
    while let Some((head, tail)) = rest.split_once('$') {
        whole.push_str(head);
        if let Some(behind) = tail.strip_prefix('$') {
            whole.push('$');
            rest = behind;
            continue;
        }
        let Some((inner, behind)) = tail.strip_prefix('{').and_then(|tail| tail.split_once('}'))
        else {
            whole.push('$');
            rest = tail;
            continue;
        };
        let (name, default) = match inner.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inner, None),
        };
        let name = name.strip_prefix("env:").unwrap_or(name);
        let said = match given.get(name) {
            Some(Some(text)) => Some(text.as_str()).filter(|text| !text.is_empty()).or(Some("")),
            Some(None) => return Err(name.to_owned()),
            None => None,
        };
        match (said, default) {
            (Some("") | None, Some(default)) => whole.push_str(default),
            (Some(text), _) => whole.push_str(text),
            (None, None) => return Err(name.to_owned()),
        }
        rest = behind;
    }
    whole.push_str(rest);
    Ok(whole)
}

impl Open {
    /// Tells settings what one of them is, and where that is said.
    fn tell(&self, settings: &mut Settings, text: &str, at: &At) {
        match self.setting.as_str() {
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" => self.tell_endpoint(settings, text, true, at),
            "OTEL_EXPORTER_OTLP_ENDPOINT" => self.tell_endpoint(settings, text, false, at),
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL" | "OTEL_EXPORTER_OTLP_PROTOCOL" => {
                settings.protocol = Some(text.to_owned()).filter(|text| !text.is_empty());
            }
            "OTEL_SERVICE_NAME" if !text.is_empty() => settings.service = Some(text.to_owned()),
            "OTEL_TRACES_EXPORTER" => {
                let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
                settings.exporters = names.map(str::to_owned).collect();
                let is_none =
                    settings.exporters.iter().any(|name| name.eq_ignore_ascii_case("none"));
                self.switch(settings, !is_none);
            }
            "OTEL_SDK_DISABLED" => self.switch(settings, !text.eq_ignore_ascii_case("true")),
            "OTEL_TRACES_SAMPLER" => {
                let argument = self.argument.clone();
                sampled(settings, text, argument.as_deref());
            }
            "OTEL_TRACES_SAMPLER_ARG" => {
                if let Some(sampler) = &self.sampler {
                    sampled(settings, sampler, Some(text));
                }
            }
            _ => (),
        }
    }

    fn tell_endpoint(&self, settings: &mut Settings, text: &str, is_of_traces: bool, at: &At) {
        // The one of traces is told first, and counts.
        if matches!(settings.endpoint, Said::Yes(_)) {
            return;
        }
        settings.endpoint = if text.is_empty() { Said::No } else { Said::Yes(text.to_owned()) };
        settings.encrypted = match text.split_once("://") {
            Some((scheme, _)) => Some(scheme.eq_ignore_ascii_case("https")),
            None if text.is_empty() => None,
            None => Some(!self.is_clear),
        };
        settings.path = posted(text, is_of_traces, true);
        if at.is_some() {
            settings.at.clone_from(at);
        }
    }

    /// Says whether spans are exported, where this setting alone left it open.
    fn switch(&self, settings: &mut Settings, is_on: bool) {
        let is_alone = settings.why == self.setting || settings.is_declared;
        let is_open = matches!(settings.enabled, Said::Unknown(_)) && is_alone;
        if is_open || !is_on {
            settings.enabled = Said::Yes(is_on);
            settings.why.clone_from(&self.setting);
        }
    }

    /// Says why a setting is still not known.
    fn doubt(&self, settings: &mut Settings, reason: &str) {
        if self.setting.ends_with("_ENDPOINT") && !matches!(settings.endpoint, Said::Yes(_)) {
            settings.endpoint = Said::Unknown(reason.to_owned());
        }
    }
}

/// Tells settings their sampler.
fn sampled(settings: &mut Settings, sampler: &str, argument: Option<&str>) {
    let follows = sampler.to_lowercase().starts_with("parentbased_");
    settings.is_sampler_said = true;
    settings.follows = Some(follows);
    if let Some(Fact::Number(share)) = share_of(sampler, argument) {
        let tail = if follows { ", else as the caller" } else { "" };
        settings.sampling = format!("{} of new traces{tail}", share.as_str());
        let number = share.as_str().parse();
        settings.ratio =
            number.map_or_else(|_| Said::Unknown("it is no number".to_owned()), Said::Yes);
    } else {
        sampler.clone_into(&mut settings.sampling);
        settings.ratio = Said::No;
    }
}

#[cfg(test)]
mod tests {
    use super::{Given, fill};

    #[test]
    fn references_are_filled_in_as_an_sdk_does() {
        let given: Given = [("A", Some("x")), ("EMPTY", Some("")), ("SECRET", None)]
            .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
            .into();
        let cases = [
            ("http://${A}:4318", Ok("http://x:4318")),
            ("${env:A}", Ok("x")),
            ("${EMPTY:-d}", Ok("d")),
            ("${EMPTY}", Ok("")),
            ("${OTHER:-d}", Ok("d")),
            ("${OTHER}", Err("OTHER")),
            ("${SECRET:-d}", Err("SECRET")),
            ("US$$ ${A}", Ok("US$ x")),
            ("$A", Ok("$A")),
        ];
        for (text, expected) in cases {
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(fill(text, &given), expected, "{text}");
        }
    }
}

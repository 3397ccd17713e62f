//! How many traces a process keeps, and what decides it.

use std::borrow::Cow;

use super::Fact;
use super::process::Variable;
use super::sdk::{Read, Settings, is_ratio};
use super::variables::{PROBABILITY, is_of_spring};

impl<'t> Settings<'_, 't> {
    /// The sampler's name; its argument when that is what counts.
    pub(super) fn sampling(&self) -> String {
        let takes = |text: &str| text.ends_with("traceidratio") || text.ends_with("jaeger_remote");
        let ratio = matches!(self.sampler(), Read::Text(text) if takes(&text));
        let argument = self.find("OTEL_TRACES_SAMPLER_ARG").filter(|_| ratio);
        match argument {
            Some(variable) => variable.name.to_owned(),
            None if ratio && self.is_spring() => self.probability(),
            None => self.name("OTEL_TRACES_SAMPLER"),
        }
    }

    /// How many traces Spring Boot keeps, as the process would spell it.
    pub(super) fn probability(&self) -> String {
        let is_variable = |v: &Variable<'t>| v.name.starts_with("MANAGEMENT_");
        let upper = self.process.variables.iter().any(is_variable);
        if upper { PROBABILITY.to_uppercase().replace('.', "_") } else { PROBABILITY.to_owned() }
    }

    /// Whether Spring Boot samples, which keeps one of ten new traces where nothing is said.
    pub(super) fn is_spring(&self) -> bool {
        let of_spring =
            |variable: &Variable<'t>| variable.setting.is_some() && is_of_spring(variable.name);
        self.process.variables.iter().any(of_spring) && self.find("OTEL_TRACES_SAMPLER").is_none()
    }

    pub(super) fn sampler(&self) -> Read<'t> {
        match self.read("OTEL_TRACES_SAMPLER") {
            Read::Unset if self.is_spring() => {
                Read::Text(Cow::Borrowed("parentbased_traceidratio"))
            }
            Read::Unset => Read::Text(Cow::Borrowed("parentbased_always_on")),
            read @ (Read::Text(_) | Read::Unknown(_)) => read,
        }
    }

    /// The share of new traces that the sampler keeps.
    pub(super) fn ratio(&self) -> Option<Fact<'t>> {
        let sampler = match self.sampler() {
            Read::Text(text) => text.to_lowercase(),
            Read::Unknown(reason) => return Some(Fact::Unknown(reason)),
            Read::Unset => return None,
        };
        match self.read("OTEL_TRACES_SAMPLER_ARG") {
            Read::Text(text) => share_of(&sampler, Some(&text)),
            Read::Unknown(reason) if sampler.ends_with("traceidratio") => {
                Some(Fact::Unknown(reason))
            }
            Read::Unset if self.is_spring() => share_of(&sampler, Some("0.1")),
            Read::Unset | Read::Unknown(_) => share_of(&sampler, None),
        }
    }

    /// Where a sampler of Jaeger asks: `endpoint=http://jaeger:14250,pollingIntervalMs=5000`.
    pub(super) fn server(&self) -> Option<Fact<'t>> {
        let Read::Text(sampler) = self.sampler() else { return None };
        if !sampler.to_lowercase().ends_with("jaeger_remote") {
            return None;
        }
        match self.read("OTEL_TRACES_SAMPLER_ARG") {
            Read::Text(text) => {
                let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
                let mut said = pairs.filter(|(key, _)| key.trim() == "endpoint");
                said.next().map(|(_, value)| Fact::text(value.trim().to_owned()))
            }
            Read::Unknown(reason) => Some(Fact::Unknown(reason)),
            Read::Unset => None,
        }
    }

    /// The argument of a sampler that takes none, or none like this.
    pub(super) fn ignored(&self) -> Option<Fact<'t>> {
        let Read::Text(argument) = self.read("OTEL_TRACES_SAMPLER_ARG") else { return None };
        let Read::Text(sampler) = self.sampler() else { return None };
        let is_used = match sampler.to_lowercase().as_str() {
            "traceidratio" | "parentbased_traceidratio" => is_ratio(&argument),
            name => !name.starts_with("always_") && !name.starts_with("parentbased_always_"),
        };
        (!is_used).then(|| Fact::text(argument))
    }
}

/// The share of new traces that a sampler keeps with an argument; nothing where that is decided while
/// the program runs.
pub fn share_of(sampler: &str, argument: Option<&str>) -> Option<Fact<'static>> {
    let sampler = sampler.to_lowercase();
    let number = match sampler.strip_prefix("parentbased_").unwrap_or(&sampler) {
        "always_on" => "1",
        "always_off" => "0",
        // What is no ratio is ignored, and everything is kept.
        "traceidratio" => argument.filter(|text| is_ratio(text)).unwrap_or("1"),
        _ => return None,
    };
    Fact::number(number)
}

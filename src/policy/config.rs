//! `driftseal.toml`: its records, and the policy they make.
//!
//! Unknown keys are errors, with their place and the nearest known name. The text is given; which
//! file it comes from is the business of `cli`.

use std::collections::BTreeSet;

use jiff::civil::Date;
use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use toml::Spanned;

use super::allowance::{Allowance, Wanted};
use super::gap::AcceptedGap;
use super::gate::{GateRecord, Mistakes};
use super::glob::{Glob, PathGlob};
use super::ports::{self, is_everywhere};
use super::strict::{self, ConfigError, ConfigText};
use super::{ColourMap, Policy};
use crate::model::{AllowanceId, Digest, GapReason, Pair, Side};

/// Bytes a compiled pattern may take.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// What `driftseal.toml` says.
#[derive(Debug, Clone)]
pub struct Config {
    /// The text it was read from; empty when there is no file.
    pub text: String,
    /// The policy.
    pub policy: Policy,
    /// Sources of each side, relative to the file's folder.
    pub sources: Pair<Vec<String>>,
    /// Patterns of files to leave out.
    pub exclude: Vec<String>,
    /// Rule packs beyond the built-in ones, relative to the file's folder.
    pub packs: Vec<String>,
    /// Reference of the masking key.
    pub masking_key: Option<String>,
    /// Patterns of secrets that only this organisation knows to be some.
    pub secret_patterns: Vec<Regex>,
    /// Reference of the signing key.
    pub signing_key: Option<String>,
}

impl Config {
    /// What holds when there is no file.
    pub fn standard() -> Self {
        Self {
            text: String::new(),
            policy: Policy::default(),
            sources: Pair::default(),
            exclude: Vec::new(),
            packs: Vec::new(),
            masking_key: None,
            secret_patterns: Vec::new(),
            signing_key: None,
        }
    }

    /// Reads the text of `file`.
    ///
    /// # Errors
    /// Every mistake found, in the order of the file.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<ConfigError>> {
        let (records, mut errors) = strict::read_what_fits::<Records>(file, text);
        let mut reader = Reader { source: ConfigText { file, text }, errors: Vec::new() };
        let config = records.map(|records| reader.config(records, text));
        errors.append(&mut reader.errors);
        match config {
            Some(config) if errors.is_empty() => Ok(config),
            Some(_) | None => {
                errors.sort();
                Err(errors)
            }
        }
    }
}

/// Turns records into decisions, collecting what is wrong with them.
struct Reader<'a> {
    source: ConfigText<'a>,
    errors: Vec<ConfigError>,
}

impl Reader<'_> {
    fn config(&mut self, records: Records, text: &str) -> Config {
        let environments = records.environments.unwrap_or_default();
        let colour = Pair::from_fn(|side| {
            let known = environments.get(side).and_then(|known| known.colour.clone());
            known.unwrap_or_else(|| side.name().to_owned())
        });
        if colour.blue.eq_ignore_ascii_case(&colour.green) {
            let message = "blue and green have the same colour word: nothing would tell whether \
                           green still names blue; give each its own";
            self.error(0, message.to_owned());
        }
        let pairs = self.pairs(&colour, records.colours);
        let mut mistakes = Mistakes::of(self.source);
        let gate = records.gate.gate(&mut mistakes);
        self.errors.append(&mut mistakes.errors);
        let standard = Policy::default();
        let policy = Policy {
            colours: ColourMap::new(&colour, &pairs),
            colour,
            allowances: self.allowances(records.allow),
            accepted_gaps: records.accept_gap.into_iter().filter_map(|gap| self.gap(gap)).collect(),
            gate,
            digest: Digest::of(text.as_bytes()),
            ..standard
        };
        Config {
            text: text.to_owned(),
            policy,
            sources: Pair::from_fn(|side| {
                environments.get(side).map(|known| known.sources.clone()).unwrap_or_default()
            }),
            exclude: records.collect.exclude,
            packs: records.rules.packs,
            secret_patterns: self.patterns(&records.masking.patterns),
            masking_key: records.masking.key,
            signing_key: records.signing.key,
        }
    }

    /// Further pairs of the colour map; it must stay one to one.
    fn pairs(&mut self, colour: &Pair<String>, records: Vec<ColourRecord>) -> Vec<Pair<String>> {
        let mut seen = Pair::from_fn(|side| BTreeSet::from([colour.get(side).clone()]));
        let mut pairs = Vec::new();
        for record in records {
            let pair = Pair::new(&record.blue, &record.green);
            for side in Side::BOTH {
                let text = pair.get(side);
                let what = if is_everywhere(text.get_ref()) {
                    Some("is too common a text to stand for a side; it would explain anything")
                } else if seen.get_mut(side).insert(text.get_ref().clone()) {
                    None
                } else {
                    Some("stands in two pairs of the colour map, which must be one to one")
                };
                if let Some(what) = what {
                    let message =
                        format!("{} of a colour pair {what}: change or remove it", side.name());
                    self.error(text.span().start, message);
                }
            }
            if ports::are_unfit(pair.map(|text| text.get_ref().as_str())) {
                let message = "the ports of a colour pair overlap, or are not equally many: name \
                               ranges of one length, apart from each other";
                self.error(record.blue.span().start, message.to_owned());
            }
            pairs.push(pair.map(|text| text.get_ref().clone()));
        }
        pairs
    }

    fn allowances(&mut self, records: Vec<AllowRecord>) -> Vec<Allowance> {
        let mut seen = BTreeSet::new();
        let mut allowances = Vec::new();
        for record in records {
            if !seen.insert(record.id.get_ref().clone()) {
                let message = "this id names two allowances: give each its own".to_owned();
                self.error(record.id.span().start, message);
            }
            allowances.extend(self.allowance(record));
        }
        allowances
    }

    fn allowance(&mut self, record: AllowRecord) -> Option<Allowance> {
        let before = self.errors.len();
        let file = record.file.as_ref().and_then(|text| self.glob(text));
        let resource = record.resource.as_ref().and_then(|text| self.glob(text));
        let path = match PathGlob::parse(record.path.get_ref()) {
            Ok(path) => Some(path),
            Err(why) => {
                self.error(record.path.span().start, format!("cannot read `path`: {why}"));
                None
            }
        };
        let blue = record.blue.as_ref().and_then(|wanted| self.wanted(wanted));
        let green = record.green.as_ref().and_then(|wanted| self.wanted(wanted));
        for (field, text) in [("reason", &record.reason), ("owner", &record.owner)] {
            if text.get_ref().trim().is_empty() {
                let message = format!("`{field}` is empty: an auditor will ask for it");
                self.error(text.span().start, message);
            }
        }
        let review_by = self.date(&record.review_by)?;
        (self.errors.len() == before).then_some(Allowance {
            id: AllowanceId(record.id.into_inner()),
            file,
            resource,
            path: path?,
            values: Pair::new(blue, green),
            reason: record.reason.into_inner(),
            owner: record.owner.into_inner(),
            ticket: record.ticket,
            review_by,
        })
    }

    fn gap(&mut self, record: GapRecord) -> Option<AcceptedGap> {
        let place = self.glob(&record.place);
        let reason = GapReason::parse(record.reason.get_ref());
        if reason.is_none() {
            let names: Vec<&str> = GapReason::ALL.iter().map(|reason| reason.name()).collect();
            let message = format!("`reason` is one of {}", names.join(", "));
            self.error(record.reason.span().start, message);
        }
        let acceptable = reason.is_none_or(AcceptedGap::is_acceptable);
        if !acceptable {
            let message = "a gap of this reason cannot be accepted: nothing is known about what it \
                           hides; remove its cause";
            self.error(record.reason.span().start, message.to_owned());
        }
        for (field, text) in [("why", &record.why), ("owner", &record.owner)] {
            if text.get_ref().trim().is_empty() {
                let message = format!("`{field}` is empty: an auditor will ask for it");
                self.error(text.span().start, message);
            }
        }
        let expires = self.date(&record.expires);
        Some(AcceptedGap {
            place: place?,
            reason: reason?,
            why: record.why.into_inner(),
            owner: record.owner.into_inner(),
            expires: expires?,
        })
    }

    fn glob(&mut self, text: &Spanned<String>) -> Option<Glob> {
        match Glob::parse(text.get_ref()) {
            Ok(glob) => Some(glob),
            Err(why) => {
                self.error(text.span().start, format!("cannot read this pattern: {why}"));
                None
            }
        }
    }

    fn wanted(&mut self, record: &Spanned<WantedRecord>) -> Option<Wanted> {
        match record.get_ref() {
            WantedRecord::Exactly(text) => Some(Wanted::Exactly(text.clone())),
            WantedRecord::Matches { matches } => {
                let anchored = format!("^(?:{matches})$");
                self.pattern(&anchored, "matches", record.span().start).map(Wanted::Matches)
            }
        }
    }

    /// Patterns of secrets; one that matches nothing at all would match everywhere.
    fn patterns(&mut self, records: &[Spanned<String>]) -> Vec<Regex> {
        let mut patterns = Vec::new();
        for record in records {
            let Some(pattern) = self.pattern(record.get_ref(), "patterns", record.span().start)
            else {
                continue;
            };
            if pattern.is_match("") {
                let message = "this pattern matches the empty text, so it would match everywhere; \
                               say what a secret looks like";
                self.error(record.span().start, message.to_owned());
            }
            patterns.push(pattern);
        }
        patterns
    }

    fn pattern(&mut self, text: &str, key: &str, at: usize) -> Option<Regex> {
        let pattern = RegexBuilder::new(text).size_limit(PATTERN_BYTES_MAX).build();
        pattern.map_err(|why| self.error(at, format!("cannot read `{key}`: {why}"))).ok()
    }

    fn date(&mut self, value: &Spanned<toml::value::Datetime>) -> Option<Date> {
        let date: Option<Date> = value.get_ref().date.and_then(|date| {
            let year = i16::try_from(date.year).ok()?;
            Date::new(year, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?).ok()
        });
        if date.is_none() {
            let message = "a day is written 2027-03-31, without quotes".to_owned();
            self.error(value.span().start, message);
        }
        date
    }

    fn error(&mut self, offset: usize, message: String) {
        self.errors.push(self.source.error(offset, message));
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Records {
    environments: Option<Environments>,
    #[serde(default)]
    colours: Vec<ColourRecord>,
    #[serde(default)]
    allow: Vec<AllowRecord>,
    #[serde(default)]
    accept_gap: Vec<GapRecord>,
    #[serde(default)]
    gate: GateRecord,
    #[serde(default)]
    collect: CollectRecord,
    #[serde(default)]
    rules: RulesRecord,
    #[serde(default)]
    masking: MaskingRecord,
    #[serde(default)]
    signing: KeyRecord,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Environments {
    blue: Option<Environment>,
    green: Option<Environment>,
}

impl Environments {
    const fn get(&self, side: Side) -> Option<&Environment> {
        match side {
            Side::Blue => self.blue.as_ref(),
            Side::Green => self.green.as_ref(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Environment {
    colour: Option<String>,
    #[serde(default)]
    sources: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColourRecord {
    blue: Spanned<String>,
    green: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AllowRecord {
    id: Spanned<String>,
    file: Option<Spanned<String>>,
    resource: Option<Spanned<String>>,
    path: Spanned<String>,
    blue: Option<Spanned<WantedRecord>>,
    green: Option<Spanned<WantedRecord>>,
    reason: Spanned<String>,
    owner: Spanned<String>,
    ticket: Option<String>,
    review_by: Spanned<toml::value::Datetime>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a text, or { matches = \"pattern\" }")]
enum WantedRecord {
    Exactly(String),
    Matches { matches: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GapRecord {
    place: Spanned<String>,
    reason: Spanned<String>,
    why: Spanned<String>,
    owner: Spanned<String>,
    expires: Spanned<toml::value::Datetime>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CollectRecord {
    #[serde(default)]
    exclude: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesRecord {
    #[serde(default)]
    packs: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MaskingRecord {
    key: Option<String>,
    #[serde(default)]
    patterns: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyRecord {
    key: Option<String>,
}

#[cfg(test)]
mod tests;

//! Waivers as they are written. What is wrong with one voids the whole file: a waiver that is not
//! understood may be one that was meant to end.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::Waiver;
use super::person::{is_seen, plain, same_person, unclear};
use crate::model::{RuleId, Severity};
use crate::policy::gate::{Mistakes, Waiving, wild};
use crate::policy::strict::{self, ConfigError, ConfigText};

/// The version of the format that is read here.
const SCHEMA: u32 = 1;

/// The fewest characters of a reason.
const REASON_CHARS_MIN: usize = 20;

/// The fewest letters and digits that differ in a reason.
const REASON_LETTERS_MIN: usize = 5;

/// The most characters of a reason.
const REASON_CHARS_MAX: usize = 4_000;

/// What the name of a finding begins with.
const NAME: &str = "dsf1:";

/// What the name of an instance begins with.
const INSTANCE: &str = "dsi1:";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRecord {
    schema: Spanned<u32>,
    #[serde(default)]
    waiver: Vec<WaiverRecord>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WaiverRecord {
    id: Spanned<String>,
    rule: Spanned<String>,
    subject: Spanned<String>,
    path: Spanned<String>,
    instance: Spanned<String>,
    fingerprint: Option<Spanned<String>>,
    reason: Spanned<String>,
    ticket: Option<String>,
    requested_by: Spanned<String>,
    approved_by: Spanned<Vec<Spanned<String>>>,
    approved_at: Spanned<Datetime>,
    expires: Spanned<Datetime>,
    review_by: Option<Spanned<Datetime>>,
    risk: Option<Spanned<String>>,
    #[serde(default)]
    compensating_controls: Vec<String>,
    #[serde(default)]
    controls: Vec<String>,
}

impl Waiver {
    /// Reads the waivers of several files, given as name and text.
    ///
    /// # Errors
    /// Every mistake found in any of them.
    pub fn parse_all(files: &[(String, String)]) -> Result<Vec<Self>, Vec<ConfigError>> {
        let (mut all, mut errors) = (Vec::new(), Vec::new());
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        for (file, text) in files {
            let (record, found) = strict::read_what_fits::<FileRecord>(file, text);
            errors.extend(found);
            let mut mistakes = Mistakes::of(ConfigText { file, text });
            if let Some(record) = record {
                all.extend(waivers(record, &mut known, &mut mistakes));
            }
            errors.append(&mut mistakes.errors);
        }
        errors.extend(overlaps(&all));
        errors.sort();
        if errors.is_empty() { Ok(all) } else { Err(errors) }
    }

    /// Whether it may be: its rule exists and can be waived, for so long, by so many.
    pub(crate) fn mistake(
        &self,
        severity_of: &dyn Fn(&RuleId) -> Option<Severity>,
        waiving: &Waiving,
    ) -> Option<String> {
        let rule = RuleId(self.rule.clone());
        let Some(severity) = severity_of(&rule) else {
            return Some(format!(
                "waiver `{}` is of the rule `{}`, which no rule pack has: correct or remove it",
                self.id, self.rule
            ));
        };
        if waiving.never.contains(&self.rule) {
            return Some(format!(
                "waiver `{}` is of the rule `{}`, which the policy lets nobody waive",
                self.id, self.rule
            ));
        }
        self.lacks(severity, waiving).map(|what| format!("waiver `{}` {what}", self.id))
    }

    /// What it lacks to waive a finding this grave.
    pub(super) fn lacks(&self, severity: Severity, waiving: &Waiving) -> Option<String> {
        let name = severity.name();
        if self.lasts() > waiving.seconds_max(severity) {
            let days = waiving.days_max.get(severity).unwrap_or_default();
            return Some(format!(
                "lasts until {}, and one of a {name} finding ends at most {days} days after it was \
                 approved",
                self.until()
            ));
        }
        waiving.approvals.lacks(severity, &self.approved_by)
    }
}

fn waivers(
    file: FileRecord,
    known: &mut BTreeMap<String, String>,
    mistakes: &mut Mistakes<'_>,
) -> Vec<Waiver> {
    if *file.schema.get_ref() != SCHEMA {
        let message = format!("unknown schema {}: this reads {SCHEMA}", file.schema.get_ref());
        mistakes.add(&file.schema, message);
    }
    let mut waivers = Vec::new();
    for record in file.waiver {
        let at = mistakes.place(&record.id);
        let name = record.id.get_ref().trim().to_lowercase();
        if name.is_empty() {
            mistakes.add(&record.id, "`id` is empty: a report names the waiver by it");
        } else if !name.chars().all(is_seen) {
            mistakes.add(&record.id, "`id` holds a character that nobody sees");
        } else if let Some(first) = known.insert(name, at.clone()) {
            let message = format!("this id names two waivers, the other at {first}");
            mistakes.add(&record.id, message);
        }
        waivers.extend(waiver(record, at, mistakes));
    }
    waivers
}

fn waiver(record: WaiverRecord, at: String, mistakes: &mut Mistakes<'_>) -> Option<Waiver> {
    named(&record, mistakes);
    people(&record, mistakes);
    let begins = mistakes.begin(&record.approved_at)?;
    let ends = mistakes.end(&record.expires)?;
    if ends < begins {
        mistakes.add(&record.expires, "it ends before it was approved");
    }
    let review_by = record.review_by.as_ref().and_then(|day| mistakes.end(day));
    if let Some(risk) = &record.risk
        && Severity::parse(risk.get_ref()).is_none()
    {
        let names = Severity::ALL.map(Severity::name);
        mistakes.add(risk, strict::unknown("severity", risk.get_ref(), &names));
    }
    Some(Waiver {
        id: record.id.into_inner(),
        rule: record.rule.into_inner(),
        subject: record.subject.into_inner(),
        path: record.path.into_inner(),
        instance: record.instance.into_inner(),
        fingerprint: record.fingerprint.map(Spanned::into_inner),
        reason: record.reason.into_inner(),
        ticket: record.ticket.filter(|ticket| !ticket.trim().is_empty()),
        requested_by: record.requested_by.into_inner(),
        approved_by: record.approved_by.into_inner().into_iter().map(Spanned::into_inner).collect(),
        approved_at: begins,
        lapses_at: ends,
        review_by,
        risk: record.risk.map(Spanned::into_inner),
        compensating_controls: record.compensating_controls,
        controls: record.controls,
        at,
    })
}

/// One rule, one subject, one value; and why.
fn named(record: &WaiverRecord, mistakes: &mut Mistakes<'_>) {
    if record.rule.get_ref().contains(['*', '?', ',']) || record.rule.get_ref().trim().is_empty() {
        mistakes.add(&record.rule, "a waiver is of one rule: name it, without `*`");
    }
    if record.subject.get_ref().trim().is_empty() {
        let message =
            "`subject` is empty: it is the `resource` of the finding, as the report has it";
        mistakes.add(&record.subject, message);
    }
    for text in [&record.subject, &record.path] {
        if let Some(why) = wild(text.get_ref()) {
            mistakes.add(text, why);
        }
    }
    let digits = record.instance.get_ref().strip_prefix(INSTANCE).unwrap_or_default();
    let digits = digits.split('-').next().unwrap_or_default();
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if digits.len() != 24 || !digits.bytes().all(is_digit) {
        let message = "a waiver is of one value: `instance` is that of the finding, dsi1: and 24 \
                       digits; `driftseal waivers request` prints it";
        mistakes.add(&record.instance, message);
    }
    if let Some(name) = record.fingerprint.as_ref().filter(|name| !name.get_ref().starts_with(NAME))
    {
        mistakes.add(name, "`fingerprint` is the name of the finding: dsf1: and 24 digits");
    }
    if let Some(why) = unsaid(record.reason.get_ref()) {
        mistakes.add(&record.reason, why);
    }
}

/// Why a text is no reason.
fn unsaid(reason: &str) -> Option<String> {
    let letters: Vec<char> =
        reason.chars().filter(|c| c.is_alphanumeric() && is_seen(*c)).collect();
    let distinct: BTreeSet<&char> = letters.iter().collect();
    let count = reason.trim().chars().filter(|c| is_seen(*c)).count();
    if count < REASON_CHARS_MIN || distinct.len() < REASON_LETTERS_MIN {
        return Some(format!(
            "`reason` has fewer than {REASON_CHARS_MIN} characters, or says nothing: an auditor will ask"
        ));
    }
    (count > REASON_CHARS_MAX)
        .then(|| format!("`reason` has more than {REASON_CHARS_MAX} characters: name a document"))
}

/// Somebody asked, and somebody else approved.
fn people(record: &WaiverRecord, mistakes: &mut Mistakes<'_>) {
    let asked = record.requested_by.get_ref();
    if plain(asked).is_empty() {
        mistakes.add(&record.requested_by, "`requested_by` is empty: somebody asked for it");
    } else if let Some(why) = unclear(asked) {
        mistakes.add(&record.requested_by, why);
    }
    let approvers = record.approved_by.get_ref();
    if approvers.is_empty() {
        mistakes
            .add(&record.approved_by, "`approved_by` is empty: a waiver is approved by somebody");
    }
    for (nth, approver) in approvers.iter().enumerate() {
        let name = approver.get_ref();
        let before = approvers.iter().take(nth);
        let what = if plain(name).is_empty() {
            "this name is empty"
        } else if same_person(name, asked) {
            "nobody approves what they asked for: `approved_by` names who `requested_by` does"
        } else if before.into_iter().any(|other| same_person(other.get_ref(), name)) {
            "this approver is named twice and counts once"
        } else if let Some(why) = unclear(name) {
            why
        } else {
            continue;
        };
        mistakes.add(approver, what);
    }
}

/// Waivers of one finding that hold at one time: which one decides would be anybody's guess.
fn overlaps(all: &[Waiver]) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    let mut by_target: BTreeMap<[&str; 4], Vec<&Waiver>> = BTreeMap::new();
    for one in all {
        let others = by_target.entry(one.target()).or_default();
        let meets = |other: &&&Waiver| {
            one.approved_at <= other.lapses_at && other.approved_at <= one.lapses_at
        };
        if let Some(other) = others.iter().find(meets) {
            errors.push(at(
                &one.at,
                format!(
                    "waiver `{}` accepts what `{}` does at the same time: keep one",
                    one.id, other.id
                ),
            ));
        }
        others.push(one);
    }
    errors
}

/// A mistake at a place written as `file:line:column`.
pub(crate) fn at(place: &str, message: String) -> ConfigError {
    let mut parts = place.rsplitn(3, ':');
    let mut number = || parts.next().and_then(|part| part.parse().ok()).unwrap_or(1);
    let (column, line) = (number(), number());
    ConfigError { file: parts.next().unwrap_or(place).to_owned(), line, column, message }
}

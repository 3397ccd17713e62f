//! The policy of the gate as it is written: `[gate]` of `driftseal.toml`, or a file of its own.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;
use toml::value::Datetime;
use toml::{Spanned, Value};

use super::approvals::{ApprovalsRecord, RolesRecord};
use super::overrides::{OverrideRecord, overrides};
use super::params::{ParamsRecord, params};
use super::{Gate, KINDS, Phase, Rulings, STATES, Waiving};
use crate::dialect::evidence;
use crate::model::{Action, Budget, Digest, Severity, Threshold, Timestamp};
use crate::policy::strict::{self, ConfigError, ConfigText};

/// The version of the format that is read here.
const SCHEMA: u32 = 1;

/// How many days a waiver may last at most, whatever a policy says.
pub(super) const DAYS_MAX: u64 = 366;

/// Modes of a gate.
const ENFORCE: &str = "enforce";
const REPORT: &str = "report";

/// States that no policy can let pass.
const UNDECIDED: [&str; 6] =
    ["error", "unknown", "undecided", "incomplete", "gap", "not-evaluated"];

type Words = BTreeMap<Spanned<String>, Spanned<String>>;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::policy) struct GateRecord {
    schema: Option<Spanned<u32>>,
    profile: Option<String>,
    fail_on: Option<Spanned<String>>,
    budget: Option<Spanned<BudgetRecord>>,
    kinds: Option<Words>,
    states: Option<Words>,
    evidence: Option<EvidenceRecord>,
    max_snapshot_age: Option<Spanned<String>>,
    #[serde(default)]
    phase: PhasesRecord,
    #[serde(default, rename = "override")]
    overrides: Vec<OverrideRecord>,
    #[serde(default)]
    params: Vec<ParamsRecord>,
    mode: Option<Spanned<String>>,
    packs: Option<Spanned<Value>>,
    frameworks: Option<Spanned<Value>>,
    confidence: Option<Spanned<Value>>,
    exit_codes: Option<Spanned<Value>>,
    #[serde(default)]
    waivers: WaiversRecord,
    baseline: Option<BaselineRecord>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PhasesRecord {
    pre_switch: Option<PhaseRecord>,
    post_switch: Option<PhaseRecord>,
    scheduled: Option<PhaseRecord>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PhaseRecord {
    mode: Option<Spanned<String>>,
    fail_on: Option<Spanned<String>>,
    budget: Option<Spanned<BudgetRecord>>,
    kinds: Option<Words>,
    states: Option<Words>,
    evidence: Option<EvidenceRecord>,
    max_snapshot_age: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct BudgetRecord {
    critical: Option<Spanned<i64>>,
    high: Option<Spanned<i64>>,
    medium: Option<Spanned<i64>>,
    low: Option<Spanned<i64>>,
    info: Option<Spanned<i64>>,
}

impl BudgetRecord {
    const fn get(&self, severity: Severity) -> Option<&Spanned<i64>> {
        match severity {
            Severity::Critical => self.critical.as_ref(),
            Severity::High => self.high.as_ref(),
            Severity::Medium => self.medium.as_ref(),
            Severity::Low => self.low.as_ref(),
            Severity::Info => self.info.as_ref(),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct EvidenceRecord {
    #[serde(default)]
    require: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WaiversRecord {
    #[serde(default)]
    files: Vec<String>,
    max_days: Option<Spanned<BudgetRecord>>,
    #[serde(default)]
    approvals: ApprovalsRecord,
    #[serde(default)]
    roles: RolesRecord,
    #[serde(default)]
    never: Vec<Spanned<String>>,
    signature: Option<Spanned<Value>>,
    distinct_from_author: Option<Spanned<Value>>,
    inline_suppressions: Option<Spanned<Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BaselineRecord {
    file: String,
    sha256: Spanned<String>,
}

/// A text being read, and what is wrong with it.
pub(in crate::policy) struct Mistakes<'a> {
    pub(in crate::policy) source: ConfigText<'a>,
    pub(in crate::policy) errors: Vec<ConfigError>,
}

impl<'a> Mistakes<'a> {
    pub(in crate::policy) const fn of(source: ConfigText<'a>) -> Self {
        Self { source, errors: Vec::new() }
    }

    pub(in crate::policy) fn add<T>(&mut self, at: &Spanned<T>, message: impl Into<String>) {
        self.errors.push(self.source.error(at.span().start, message));
    }

    /// Where a value stands, as `file:line:column`.
    pub(in crate::policy) fn place<T>(&self, at: &Spanned<T>) -> String {
        let place = self.source.error(at.span().start, String::new());
        format!("{}:{}:{}", place.file, place.line, place.column)
    }

    /// The first second of a day, or an instant.
    pub(in crate::policy) fn begin(&mut self, value: &Spanned<Datetime>) -> Option<Timestamp> {
        self.moment(value, "00:00:00")
    }

    /// The last second of a day, or an instant.
    pub(in crate::policy) fn end(&mut self, value: &Spanned<Datetime>) -> Option<Timestamp> {
        self.moment(value, "23:59:59")
    }

    fn moment(&mut self, value: &Spanned<Datetime>, time: &str) -> Option<Timestamp> {
        let text = value.get_ref().to_string();
        let moment = match text.parse::<Date>() {
            Ok(day) if value.get_ref().time.is_none() => {
                Timestamp::parse(&format!("{day}T{time}Z"))
            }
            Ok(_) | Err(_) => Timestamp::parse(&text),
        };
        if moment.is_none() {
            let message = "expected a day such as 2027-03-31 (it ends at 23:59:59 UTC) or an instant \
                           with its zone such as 2027-03-31T12:00:00Z, without quotes";
            self.add(value, message);
        }
        moment
    }
}

/// A gate as it is read.
impl Gate {
    /// Reads a file that holds a gate's policy and nothing else; `file` is what messages call it.
    ///
    /// # Errors
    /// Every mistake found, in the order of the file.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<ConfigError>> {
        let (record, mut errors) = strict::read_what_fits::<GateRecord>(file, text);
        let mut mistakes = Mistakes::of(ConfigText { file, text });
        let gate = record.map(|record| record.gate(&mut mistakes));
        errors.append(&mut mistakes.errors);
        match gate {
            Some(gate) if errors.is_empty() => Ok(gate),
            Some(_) | None => {
                errors.sort();
                Err(errors)
            }
        }
    }
}

impl GateRecord {
    pub(in crate::policy) fn gate(self, mistakes: &mut Mistakes<'_>) -> Gate {
        if let Some(schema) = self.schema.filter(|schema| *schema.get_ref() != SCHEMA) {
            let message = format!("unknown schema {}: this reads {SCHEMA}", schema.get_ref());
            mistakes.add(&schema, message);
        }
        for (value, place) in [
            (
                &self.packs,
                "rule packs are named by `packs` in driftseal.toml and --pack, and demanded by [[pack]] of a trust policy",
            ),
            (
                &self.frameworks,
                "every framework is reported; `driftseal rules list --framework ID` shows one",
            ),
            (
                &self.confidence,
                "confidence decides nothing here: give rules that are often wrong a lower severity by [[override]]",
            ),
            (&self.exit_codes, "exit codes are fixed: `driftseal explain exit-codes`"),
        ] {
            if let Some(value) = value {
                mistakes.add(value, format!("this is not decided here: {place}"));
            }
        }
        let own = PhaseRecord {
            mode: self.mode,
            fail_on: self.fail_on,
            budget: self.budget,
            kinds: self.kinds,
            states: self.states,
            evidence: self.evidence,
            max_snapshot_age: self.max_snapshot_age,
        };
        let base = own.rulings(&Rulings::default(), mistakes);
        let PhasesRecord { pre_switch, post_switch, scheduled } = self.phase;
        let phases = [
            (Phase::PreSwitch, pre_switch),
            (Phase::PostSwitch, post_switch),
            (Phase::Scheduled, scheduled),
        ];
        let phases = phases.into_iter().filter_map(|(phase, record)| Some((phase, record?)));
        let phases = phases.map(|(phase, record)| (phase, record.rulings(&base, mistakes)));
        let phases = phases.collect();
        Gate {
            profile: self.profile,
            phase: Phase::default(),
            phases,
            base,
            overrides: overrides(self.overrides, mistakes),
            params: params(self.params, mistakes),
            waiving: self.waivers.waiving(self.baseline, mistakes),
        }
    }
}

impl PhaseRecord {
    /// What it says, and where it says nothing what holds before.
    fn rulings(self, before: &Rulings, mistakes: &mut Mistakes<'_>) -> Rulings {
        let mut rulings = before.clone();
        if let Some(mode) = &self.mode {
            rulings.only_reports = mode.get_ref() == REPORT;
            if ![ENFORCE, REPORT].contains(&mode.get_ref().as_str()) {
                let message = strict::unknown("mode", mode.get_ref(), &[ENFORCE, REPORT]);
                mistakes.add(mode, message);
            }
        }
        if let (Some(fail_on), Some(_)) = (&self.fail_on, &self.budget) {
            let message = "`fail_on` is short for a budget, and a budget is given too: keep one";
            mistakes.add(fail_on, message);
        }
        if let Some(threshold) = self.fail_on.and_then(|name| threshold(&name, mistakes)) {
            rulings.terms.budget = Budget::of(threshold);
        }
        if let Some(budget) = self.budget {
            rulings.terms.budget = amounts(&budget, (rulings.terms.budget, -1), mistakes);
            shrinks(&budget, rulings.terms.budget, mistakes);
        }
        for (kind, action) in self.kinds.unwrap_or_default() {
            let known = rulings.terms.kinds.iter_mut().find(|(name, _)| name == kind.get_ref());
            match (known, Action::parse(action.get_ref())) {
                (Some((_, known)), Some(action)) => *known = action,
                (None, _) => {
                    let names = KINDS.map(|(name, _)| name);
                    mistakes.add(&kind, strict::unknown("kind of rule", kind.get_ref(), &names));
                }
                (Some(_), None) => {
                    let names = Action::ALL.map(Action::name);
                    mistakes.add(&action, strict::unknown("action", action.get_ref(), &names));
                }
            }
        }
        for (state, action) in self.states.unwrap_or_default() {
            rulings.terms.blocking.retain(|known| known != state.get_ref());
            if is_state(&state, &action, mistakes) && action.get_ref() == "block" {
                rulings.terms.blocking.push(state.into_inner());
            }
        }
        rulings.terms.blocking.sort();
        if let Some(evidence) = self.evidence {
            rulings.require = required(evidence, mistakes);
        }
        if let Some(age) = self.max_snapshot_age {
            rulings.snapshot_age_seconds_max = seconds(age.get_ref());
            if rulings.snapshot_age_seconds_max.is_none() {
                mistakes.add(&age, "expected a duration such as 90s, 15m, 6h or 2d");
            }
        }
        rulings
    }
}

fn threshold(name: &Spanned<String>, mistakes: &mut Mistakes<'_>) -> Option<Threshold> {
    if name.get_ref() == "never" {
        return Some(Threshold::Never);
    }
    let severity = Severity::parse(name.get_ref());
    if severity.is_none() {
        mistakes
            .add(name, "`fail_on` is one of never, info, low, medium, high, critical".to_owned());
    }
    severity.map(Threshold::At)
}

/// Numbers by severity; `least` may stand for no limit.
fn amounts(
    record: &Spanned<BudgetRecord>,
    (before, least): (Budget, i64),
    mistakes: &mut Mistakes<'_>,
) -> Budget {
    let mut amount = |severity| {
        let Some(written) = record.get_ref().get(severity) else { return before.get(severity) };
        if *written.get_ref() < least {
            mistakes.add(written, format!("expected {least} or more"));
        }
        u64::try_from(*written.get_ref()).ok()
    };
    Budget {
        critical: amount(Severity::Critical),
        high: amount(Severity::High),
        medium: amount(Severity::Medium),
        low: amount(Severity::Low),
        info: amount(Severity::Info),
    }
}

/// A graver finding must not pass where a milder one does not.
fn shrinks(record: &Spanned<BudgetRecord>, budget: Budget, mistakes: &mut Mistakes<'_>) {
    let allowed = |severity| budget.get(severity).unwrap_or(u64::MAX);
    let pairs = Severity::ALL.into_iter().zip(Severity::ALL.into_iter().skip(1));
    for (mild, grave) in pairs.filter(|(mild, grave)| allowed(*grave) > allowed(*mild)) {
        let message = format!(
            "the budget lets more {} findings pass than {} ones",
            grave.name(),
            mild.name()
        );
        mistakes.add(record, message);
    }
}

fn is_state(
    state: &Spanned<String>,
    action: &Spanned<String>,
    mistakes: &mut Mistakes<'_>,
) -> bool {
    let name = state.get_ref().as_str();
    if UNDECIDED.contains(&name) {
        let message = format!(
            "what is {name} makes every verdict inconclusive and no policy changes that: accept what is \
             understood with [[accept_gap]]"
        );
        mistakes.add(state, message);
        return false;
    }
    if !STATES.contains(&name) {
        mistakes.add(state, strict::unknown("state", name, &STATES));
        return false;
    }
    if !["block", "report"].contains(&action.get_ref().as_str()) {
        mistakes.add(action, strict::unknown("action", action.get_ref(), &["block", "report"]));
        return false;
    }
    true
}

fn required(record: EvidenceRecord, mistakes: &mut Mistakes<'_>) -> Vec<String> {
    let mut kinds = Vec::new();
    for kind in record.require {
        let name = kind.get_ref().strip_prefix("evidence.").unwrap_or(kind.get_ref());
        let known: Vec<&str> = evidence::kinds().collect();
        if !known.contains(&name) {
            mistakes.add(&kind, strict::unknown("kind of evidence", name, &known));
        }
        kinds.push(name.to_owned());
    }
    kinds.sort();
    kinds.dedup();
    kinds
}

/// Why a name is none of one thing.
pub(in crate::policy) fn wild(text: &str) -> Option<&'static str> {
    text.split('/').any(|part| part == "*" || part == "**").then_some(
        "this names one thing, letter by letter: `*` stands for nothing else here; name each thing",
    )
}

impl WaiversRecord {
    fn waiving(self, baseline: Option<BaselineRecord>, mistakes: &mut Mistakes<'_>) -> Waiving {
        for (value, place) in [
            (&self.signature, "signatures are demanded by `gate --waiver-trust TRUST`"),
            (&self.distinct_from_author, "nobody ever approves what they asked for"),
            (&self.inline_suppressions, "annotations in what is audited never waive anything"),
        ] {
            if let Some(value) = value {
                mistakes.add(value, format!("this is not decided here: {place}"));
            }
        }
        let standard = Waiving::default();
        let never_at = self.never.iter().map(|rule| mistakes.place(rule)).collect();
        let never = self.never.into_iter().map(Spanned::into_inner).collect();
        let mut waiving = Waiving { files: self.files, never, never_at, ..standard };
        if let Some(days) = &self.max_days {
            waiving.days_max = amounts(days, (waiving.days_max, 0), mistakes);
            let all = Severity::ALL.map(|severity| waiving.days_max.get(severity));
            if all.into_iter().flatten().any(|count| count > DAYS_MAX) {
                mistakes.add(days, format!("no waiver lasts longer than {DAYS_MAX} days"));
            }
        }
        waiving.approvals = self.approvals.approvals(self.roles, mistakes);
        waiving.baseline = baseline.and_then(|BaselineRecord { file, sha256 }| {
            let hex = sha256.get_ref().strip_prefix("sha256:").unwrap_or(sha256.get_ref());
            let digest = Digest::parse(hex);
            if digest.is_none() {
                mistakes.add(&sha256, "expected 64 lowercase hexadecimal digits");
            }
            Some((file, digest?))
        });
        waiving
    }
}

/// Reads a duration with one unit.
fn seconds(text: &str) -> Option<u64> {
    let (digits, factor) = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)]
        .into_iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))?;
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

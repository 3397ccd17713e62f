//! Turning an envelope into a list of checks and, when all hold, a statement.
//!
//! The order is part of the defence: sizes and spelling first, then signatures over the bytes,
//! and only then is anything of the payload read. Every check is always listed, so that a reader
//! sees what was not checked as well.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::checks::{Check, CheckName, Checks, Outcome};
use super::dsse::{self, Authentic, Unverified};
use super::keys::KeyId;
use super::signed_pack::verify_pack;
use super::signed_text::verify_text;
use super::stamps::{Stamps, stamped};
use super::statement::{self, Run, Statement};
use super::sums::Sums;
use super::tally::Tally;
use super::trust::Trust;
use super::trust_policy::{Role, Seen, TrustPolicy, Usage};
use crate::model::Digest;
use crate::wire::statement::{PAYLOAD_TYPE, Verdict};

/// How far the signer's clock may be ahead of the verifier's.
pub const CLOCK_SKEW_SECONDS: i64 = 60;

/// Says what a verifier wants to be true beyond the signatures.
#[derive(Debug, Clone, Default)]
pub struct Expect {
    /// The snapshot of the candidate that is about to take the traffic.
    pub green: Option<Digest>,
    /// The snapshot of the live environment.
    pub blue: Option<Digest>,
    /// The challenge that was given to the gate.
    pub nonce: Option<String>,
    /// The system that is about to be switched.
    pub system: Option<String>,
    /// The environment it is switched in.
    pub environment: Option<String>,
    /// The time to judge the report's age at.
    pub freshness: Option<Freshness>,
    /// The newest trust policy that was seen before.
    pub seen: Option<Seen>,
    /// The evidence as it was found.
    pub evidence: Option<Evidence>,
    /// Time stamps over its signatures (`.tsr`).
    pub tokens: Vec<Vec<u8>>,
    /// Whether the history must hold the report.
    pub require_log: bool,
    /// Whether a proof of that is looked at afterwards, and recorded with [`Verification::with`].
    pub log_follows: bool,
    /// Whether nothing but a pass will do.
    pub require_pass: bool,
}

/// The evidence as it lies in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What its list says.
    pub listed: Sums,
    /// What there is.
    pub found: Sums,
    /// Signatures of rule packs, by the digest of the pack.
    pub packs: BTreeMap<Digest, Vec<u8>>,
    /// Signatures of waivers and baselines, by the digest of the text.
    pub texts: BTreeMap<Digest, Vec<u8>>,
}

/// Says when it is and how old a report may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// The verifier's time.
    pub at: Timestamp,
    /// The greatest age that is accepted.
    pub age_seconds_max: Option<u32>,
}

/// Verifies an envelope. It never fails: what is wrong is the outcome of a check.
///
/// A valid report with the verdict fail holds, unless `expect` requires a pass.
pub fn verify(envelope: &[u8], trust: &Trust, expect: &Expect) -> Verification {
    let mut checks = Checks::new();
    let statement = examine(envelope, trust, expect, &mut checks);
    let checks = checks.into_list();
    let mut failed = checks.iter().filter(|check| check.outcome.failed());
    let is_authentic = failed.all(|check| check.name == CheckName::Verdict);
    Verification { checks, statement: statement.filter(|_| is_authentic) }
}

/// Lists what was checked, and holds the statement when nothing failed but a verdict.
#[derive(Debug)]
pub struct Verification {
    checks: Vec<Check>,
    statement: Option<Verified<Statement>>,
}

impl Verification {
    /// Returns every check of [`CheckName::ALL`], in that order.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Returns the statement, when no check failed; a missing required pass is a failed check.
    pub fn verified(&self) -> Option<&Verified<Statement>> {
        self.statement.as_ref().filter(|_| self.conclusion() == Conclusion::Holds)
    }

    /// Returns the statement, when nothing but a required pass is missing: to be shown, and never
    /// to switch by.
    pub const fn authentic(&self) -> Option<&Verified<Statement>> {
        self.statement.as_ref()
    }

    /// Returns the statement, when no check failed, and gives up the list.
    pub fn into_verified(self) -> Option<Verified<Statement>> {
        let holds = self.conclusion() == Conclusion::Holds;
        self.statement.filter(|_| holds)
    }

    /// Records a check that was made elsewhere; one that failed takes the statement away.
    #[must_use]
    pub fn with(mut self, name: CheckName, outcome: &Outcome) -> Self {
        if outcome.failed() && name != CheckName::Verdict {
            self.statement = None;
        }
        for check in &mut self.checks {
            if check.name == name {
                check.outcome = outcome.clone();
            }
        }
        self
    }

    /// Sums the checks up.
    pub fn conclusion(&self) -> Conclusion {
        let mut failed = self.checks.iter().filter(|check| check.outcome.failed()).peekable();
        if failed.peek().is_none() {
            Conclusion::Holds
        } else if failed.all(|check| check.name == CheckName::Verdict) {
            Conclusion::Denied
        } else {
            Conclusion::Broken
        }
    }
}

/// Sums a verification up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// No check failed.
    Holds,
    /// The report is authentic, but it is no pass and a pass was required.
    Denied,
    /// The report must not be used.
    Broken,
}

/// Holds a value that was read from bytes for which no check failed; only [`verify`] makes one.
#[derive(Debug, Clone)]
pub struct Verified<T> {
    value: T,
    signers: BTreeSet<KeyId>,
    stamps: Stamps,
}

impl<T> Verified<T> {
    /// Returns the value.
    pub const fn get(&self) -> &T {
        &self.value
    }

    /// Returns the pinned keys that have signed it, each once.
    pub const fn signers(&self) -> &BTreeSet<KeyId> {
        &self.signers
    }

    /// Returns since when their signatures exist, as far as a trusted authority has stated it.
    pub const fn stamps(&self) -> &Stamps {
        &self.stamps
    }
}

fn examine(
    envelope: &[u8],
    trust: &Trust,
    expect: &Expect,
    checks: &mut Checks,
) -> Option<Verified<Statement>> {
    checks.skip(CheckName::Replay, "verification alone does not derive the report again");
    checks.skip(CheckName::GatePass, "there is no attestation of a pass beside the report");
    checks.skip(CheckName::Live, "nobody asked what is there now");
    let policy = trust.policy();
    let role = policy.map(|policy| policy.role(Usage::Report)).unwrap_or_default();
    let at = expect.freshness.map(|freshness| freshness.at);

    let unverified = checks.step(CheckName::Envelope, dsse::open(envelope))?;
    checks.step(CheckName::PayloadType, payload_type(&unverified))?;
    match policy {
        None => {
            checks.skip(CheckName::TrustPolicy, "the keys were pinned directly, without a policy");
        }
        Some(policy) => {
            let at = at.ok_or_else(|| "no time was given to judge it by".to_owned());
            let usable = at.and_then(|at| policy.usable(at, expect.seen.as_ref()));
            checks.step(CheckName::TrustPolicy, usable)?;
        }
    }
    let authentic = checks.step(CheckName::Signatures, unverified.verify(trust))?;
    let stamps = stamps(expect, &role, &authentic, trust, checks);
    let signers = match at {
        Some(at) if trust.has_validity() => {
            checks.step(CheckName::KeyValidity, trust.valid(authentic.signers(), at, &stamps))?
        }
        Some(_) | None => {
            let why = "without a trust policy a key has no end of validity";
            checks.skip(CheckName::KeyValidity, why);
            authentic.signers().clone()
        }
    };
    let payload = authentic.payload();
    let read = checks.step(CheckName::Statement, statement::read(payload))?;
    let allowed = statement::allowed(&read, &role.predicate_types);
    let predicate = allowed.and_then(|()| statement::predicate(&read));
    let (predicate, run) = checks.step(CheckName::PredicateType, predicate)?;
    let subject = statement::subject(&read.subject, &predicate);
    let evidence = checks.step(CheckName::Subject, subject)?;
    let joined = statement::join(payload, predicate, run, evidence);
    let value = checks.step(CheckName::VerdictFields, joined)?;
    checks.record(CheckName::Green, digest(expect.green, value.subjects.green));
    checks.record(CheckName::Blue, digest(expect.blue, value.subjects.blue));
    checks.record(CheckName::Nonce, nonce(expect.nonce.as_deref(), &value.run));
    let (system, environment) = (value.run.system.as_deref(), value.run.environment.as_deref());
    checks.record(CheckName::System, named("system", expect.system.as_deref(), system));
    let wanted = expect.environment.as_deref();
    checks.record(CheckName::Environment, named("environment", wanted, environment));
    time(expect.freshness, &role, (&value.run, &stamps), checks);
    let tally = Tally::read(value.report());
    checks.record(CheckName::RulePacks, rule_packs(policy, tally.as_ref(), expect));
    checks.record(CheckName::Waivers, waivers(policy, tally.as_ref(), expect));
    checks.record(CheckName::EvidenceFiles, files(expect.evidence.as_ref(), evidence));
    checks.record(CheckName::Log, log(expect, &role));
    let recomputed = tally.and_then(|tally| tally.agrees(value.verdict));
    checks.record(CheckName::Recomputed, recomputed.map_or_else(Outcome::Failed, |()| Outcome::Ok));
    checks.record(CheckName::Verdict, verdict(expect.require_pass, value.verdict));
    Some(Verified { value, signers, stamps })
}

/// Looks at the time stamps, and at whether each signer needs one.
fn stamps(
    expect: &Expect,
    role: &Role,
    authentic: &Authentic,
    trust: &Trust,
    checks: &mut Checks,
) -> Stamps {
    let Some(Freshness { at, .. }) = expect.freshness else {
        checks.skip(CheckName::Timestamp, "no time was given to judge by");
        return Stamps::new();
    };
    let (mut outcome, stamps) = stamped(&expect.tokens, authentic, trust, at);
    let of_each = || authentic.signers().iter().filter(|id| stamps.contains_key(*id)).copied();
    if role.require_timestamp
        && !outcome.failed()
        && trust.weight(&of_each().collect()) < trust.threshold()
    {
        let why = "the trust policy demands time stamps over the signatures; too few have one";
        outcome = Outcome::Failed(why.to_owned());
    }
    checks.record(CheckName::Timestamp, outcome);
    stamps
}

pub(super) fn payload_type(unverified: &Unverified) -> Result<(), String> {
    let found = unverified.payload_type();
    if found == PAYLOAD_TYPE {
        return Ok(());
    }
    let found: String = found.chars().take(80).collect();
    Err(format!("the payload is {found:?}, expected {PAYLOAD_TYPE:?}"))
}

fn digest(expected: Option<Digest>, found: Digest) -> Outcome {
    match expected {
        None => Outcome::NotChecked("no digest was expected".to_owned()),
        Some(expected) => Outcome::holds(expected == found, || {
            format!("the report is about {found}, expected {expected}")
        }),
    }
}

fn nonce(expected: Option<&str>, run: &Run) -> Outcome {
    match (expected, run.nonce.as_deref()) {
        (None, _) => Outcome::NotChecked("no nonce was expected".to_owned()),
        (Some(_), None) => {
            Outcome::Failed("the report carries no nonce; pass the challenge to the gate".into())
        }
        (Some(expected), Some(found)) => Outcome::holds(expected == found, || {
            "the report answers another challenge; it may be a replay of an older one".to_owned()
        }),
    }
}

fn named(what: &str, expected: Option<&str>, found: Option<&str>) -> Outcome {
    match (expected, found) {
        (None, _) => Outcome::NotChecked(format!("no {what} was expected")),
        (Some(_), None) => {
            Outcome::Failed(format!("the report names no {what}; pass --{what} to the gate"))
        }
        (Some(expected), Some(found)) => Outcome::holds(expected == found, || {
            format!("the report is for the {what} {found:?}, expected {expected:?}")
        }),
    }
}

fn rule_packs(
    policy: Option<&TrustPolicy>,
    tally: Result<&Tally, &String>,
    expect: &Expect,
) -> Outcome {
    let demands = |policy: &&TrustPolicy| {
        !policy.packs.is_empty() || policy.roles.contains_key(&Usage::Rules)
    };
    let Some(policy) = policy.filter(demands) else {
        return Outcome::NotChecked("no allowed rule packs were given".to_owned());
    };
    let checked = tally.map_err(Clone::clone).and_then(|tally| {
        tally.packs_allowed(&policy.packs)?;
        if policy.roles.contains_key(&Usage::Rules) {
            signed_packs(policy, tally, expect)
        } else {
            Ok(())
        }
    });
    checked.map_or_else(Outcome::Failed, |()| Outcome::Ok)
}

/// Where a policy says who signs rules, each pack is one whose text it lists, or one that they
/// have signed.
fn signed_packs(policy: &TrustPolicy, tally: &Tally, expect: &Expect) -> Result<(), String> {
    let trust = policy.trust(Usage::Rules).map_err(|error| error.to_string())?;
    let at = expect.freshness.map(|freshness| freshness.at).ok_or("no time was given")?;
    let listed: Vec<Digest> =
        policy.packs.iter().flat_map(|pack| pack.digests.iter().copied()).collect();
    for pack in tally.packs()?.into_iter().filter(|pack| !listed.contains(&pack.digest)) {
        let signatures = expect.evidence.as_ref().map(|evidence| &evidence.packs);
        let signature = signatures.and_then(|packs| packs.get(&pack.digest));
        let signature = signature.ok_or_else(|| {
            format!("the rule pack {:?} is neither listed nor signed in the evidence", pack.id)
        })?;
        verify_pack(&pack, signature, &trust, at)
            .map_err(|why| format!("the signature of the rule pack {:?}: {why}", pack.id))?;
    }
    Ok(())
}

/// Where a policy says who signs waivers, each text that lets something pass is signed by them.
fn waivers(
    policy: Option<&TrustPolicy>,
    tally: Result<&Tally, &String>,
    expect: &Expect,
) -> Outcome {
    let Some(policy) = policy.filter(|policy| policy.roles.contains_key(&Usage::Waivers)) else {
        return Outcome::NotChecked("no policy says who signs waivers".to_owned());
    };
    let checked = tally.map_err(Clone::clone).and_then(|tally| {
        let trust = policy.trust(Usage::Waivers).map_err(|error| error.to_string())?;
        let at = expect.freshness.map(|freshness| freshness.at).ok_or("no time was given")?;
        for text in tally.excusing()? {
            let signatures = expect.evidence.as_ref().map(|evidence| &evidence.texts);
            let signature = signatures.and_then(|texts| texts.get(&text.digest));
            let signature = signature
                .ok_or_else(|| format!("the {} are not signed in the evidence", text.role))?;
            verify_text(&text, signature, &trust, at)
                .map_err(|why| format!("the signature of the {}: {why}", text.role))?;
        }
        Ok(())
    });
    checked.map_or_else(Outcome::Failed, |()| Outcome::Ok)
}

fn files(evidence: Option<&Evidence>, signed: Option<Digest>) -> Outcome {
    match (evidence, signed) {
        (None, _) => Outcome::NotChecked("no evidence was given".to_owned()),
        (Some(_), None) => Outcome::Failed("the report was signed without evidence".to_owned()),
        (Some(evidence), Some(signed)) if evidence.listed.digest() != signed => {
            Outcome::Failed("SHA256SUMS is not the one that was signed".to_owned())
        }
        (Some(evidence), Some(_)) => match evidence.listed.check(&evidence.found) {
            Ok(()) => Outcome::Ok,
            Err(error) => Outcome::Failed(error.to_string()),
        },
    }
}

fn log(expect: &Expect, role: &Role) -> Outcome {
    if expect.log_follows {
        Outcome::NotChecked("the proof was not looked at".to_owned())
    } else if expect.require_log || role.require_log {
        Outcome::Failed("a log must hold the report, and no proof of that was given".into())
    } else {
        Outcome::NotChecked("no proof that a log holds the report was given".to_owned())
    }
}

fn time(
    freshness: Option<Freshness>,
    role: &Role,
    (run, stamps): (&Run, &Stamps),
    checks: &mut Checks,
) {
    let Some(Freshness { at, age_seconds_max }) = freshness else {
        for name in [CheckName::EvaluatedAt, CheckName::NotAfter, CheckName::MaxAge] {
            checks.skip(name, "no time was given to judge by");
        }
        return;
    };
    let age = at.duration_since(run.evaluated_at);
    let skew = role.clock_skew_seconds.map_or(CLOCK_SKEW_SECONDS, i64::from);
    // The stricter of what the verifier asks for and what its policy demands.
    let age_seconds_max = age_seconds_max.into_iter().chain(role.max_age_seconds).min();
    let ahead = |of: Timestamp| of.duration_since(run.evaluated_at).as_secs() < -skew;
    let signed_before = stamps.values().find(|stamp| ahead(stamp.at));
    checks.record(
        CheckName::EvaluatedAt,
        match signed_before {
            Some(stamp) => Outcome::Failed(format!(
                "the report is from {}, and {} saw it signed at {}; a clock is wrong",
                run.evaluated_at, stamp.authority, stamp.at
            )),
            None => Outcome::holds(!ahead(at), || {
                format!(
                    "the report is from {}, later than {at}; compare the clocks",
                    run.evaluated_at
                )
            }),
        },
    );
    checks.record(
        CheckName::NotAfter,
        match run.not_after {
            None => Outcome::NotChecked("the report names no end of its validity".to_owned()),
            Some(end) => Outcome::holds(at <= end, || {
                format!("the report was valid until {end}, it is {at}; run the gate again")
            }),
        },
    );
    checks.record(
        CheckName::MaxAge,
        match age_seconds_max {
            None => Outcome::NotChecked("no greatest age was given".to_owned()),
            Some(max) => Outcome::holds(age <= SignedDuration::from_secs(max.into()), || {
                let age = age.as_secs();
                format!(
                    "the report is {age} s old, at most {max} s are accepted; run the gate again"
                )
            }),
        },
    );
}

fn verdict(require_pass: bool, verdict: Verdict) -> Outcome {
    if !require_pass {
        return Outcome::NotChecked("no pass was required".to_owned());
    }
    match verdict {
        Verdict::Pass => Outcome::Ok,
        Verdict::Fail => Outcome::Failed("the verdict is fail, a pass is required".to_owned()),
        Verdict::Inconclusive => {
            Outcome::Failed("the verdict is inconclusive, a pass is required".to_owned())
        }
    }
}

//! `trust.toml`: who may sign what, until when, and how many of them it takes.
//!
//! Everything it does not name is refused. How it is read is in `trust_read`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Deserialize;

use super::authority::Authority;
use super::trust::{Trust, TrustError, TrustedKey};
use crate::model::Digest;
use crate::wire::statement::PREDICATE_TYPE;

/// The `schema` of every policy of this version.
pub const SCHEMA: &str = "driftseal.trust/1";

/// What a key may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Usage {
    /// Reports, and passes for them.
    Report,
    /// Rule packs.
    Rules,
    /// Waiver files.
    Waivers,
    /// The heads of the history.
    Log,
    /// Statements of the time.
    Timestamp,
}

impl Usage {
    /// Lists the usages.
    pub const ALL: [Self; 5] =
        [Self::Report, Self::Rules, Self::Waivers, Self::Log, Self::Timestamp];

    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Rules => "rules",
            Self::Waivers => "waivers",
            Self::Log => "log",
            Self::Timestamp => "timestamp",
        }
    }
}

/// What becomes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It signs.
    #[default]
    Active,
    /// It signs no more; what it signed counts until its end.
    Retired,
    /// It counts for nothing.
    Revoked,
}

impl Status {
    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Revoked => "revoked",
        }
    }
}

/// A key of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyKey {
    /// What people call it.
    pub name: String,
    /// What it may sign.
    pub usages: BTreeSet<Usage>,
    /// What becomes of it.
    pub status: Status,
    /// The key, whose it is, and when it counts.
    pub trusted: TrustedKey,
}

/// What it takes for one kind of document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// How many different keys must have signed.
    pub threshold: usize,
    /// Whether they must be of as many owners.
    pub require_distinct_owners: bool,
    /// Which predicates are accepted.
    pub predicate_types: Vec<String>,
    /// The greatest age.
    pub max_age_seconds: Option<u32>,
    /// How far the signer's clock may be ahead.
    pub clock_skew_seconds: Option<u32>,
    /// Whether the history must hold the document.
    pub require_log: bool,
    /// Whether a trusted authority must have stated when enough of the signatures existed.
    pub require_timestamp: bool,
}

impl Default for Role {
    fn default() -> Self {
        Self {
            threshold: 1,
            require_distinct_owners: false,
            predicate_types: vec![PREDICATE_TYPE.to_owned()],
            max_age_seconds: None,
            clock_skew_seconds: None,
            require_log: false,
            require_timestamp: false,
        }
    }
}

/// A rule pack that may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedPack {
    /// Its name.
    pub id: String,
    /// The oldest version that is accepted, as numbers.
    pub min_version: Option<Vec<u64>>,
    /// The texts that are accepted; any when empty.
    pub digests: Vec<Digest>,
    /// Whether a report without it is refused.
    pub required: bool,
}

/// Who may sign what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustPolicy {
    /// Counts up with every change.
    pub version: u64,
    /// When it ends.
    pub expires: Timestamp,
    /// SHA-256 of its text.
    pub digest: Digest,
    /// Every key.
    pub keys: Vec<PolicyKey>,
    /// Who states when signatures existed.
    pub authorities: Vec<Authority>,
    /// What each kind of document takes.
    pub roles: BTreeMap<Usage, Role>,
    /// Which rule packs may be used; any when empty.
    pub packs: Vec<AllowedPack>,
}

impl TrustPolicy {
    /// Returns what a document of this kind takes.
    pub fn role(&self, usage: Usage) -> Role {
        self.roles.get(&usage).cloned().unwrap_or_default()
    }

    /// Pins the keys for one kind of document.
    ///
    /// # Errors
    ///
    /// The role can never be met by the keys that have its usage.
    pub fn trust(&self, usage: Usage) -> Result<Trust, TrustError> {
        let keys = self.keys.iter().filter(|key| key.usages.contains(&usage));
        let keys = keys.map(|key| key.trusted.clone());
        let role = self.role(usage);
        Trust::of(keys, role.threshold, role.require_distinct_owners, Some(self.clone()))
    }

    /// Whether it may be used at this time, after one of this version was seen.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn usable(&self, at: Timestamp, seen: Option<&Seen>) -> Result<(), String> {
        if at >= self.expires {
            return Err(format!("it ended at {}, it is {at}; get a newer one", self.expires));
        }
        match seen {
            Some(seen) if seen.version > self.version => Err(format!(
                "its version is {}, version {} was seen before; somebody put an older one back",
                self.version, seen.version
            )),
            Some(seen) if seen.version == self.version && seen.digest != self.digest => {
                Err(format!(
                    "version {} was seen before with another text; a changed policy counts up",
                    self.version
                ))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Looks for what is allowed and unwise, or will not work at this time.
    pub fn lint(&self, at: Timestamp) -> Vec<String> {
        let mut found = Vec::new();
        if let Err(why) = self.usable(at, None) {
            found.push(format!("the policy cannot be used: {why}"));
        }
        for usage in Usage::ALL {
            let keys = || self.keys.iter().filter(|key| key.usages.contains(&usage));
            if keys().next().is_none() {
                continue;
            }
            let valid: Vec<TrustedKey> = keys()
                .map(|key| key.trusted.clone())
                .filter(|key| key.valid(at, None).is_ok())
                .collect();
            let role = self.role(usage);
            if let Err(why) = Trust::of(valid, role.threshold, role.require_distinct_owners, None) {
                found.push(format!("role {}: {why}", usage.name()));
            }
        }
        if self.authorities.is_empty() && self.roles.values().any(|role| role.require_timestamp) {
            found.push("time stamps are demanded, and no authority is named for them".to_owned());
        }
        for key in &self.keys {
            if key.usages.contains(&Usage::Timestamp) {
                found.push(format!(
                    "key {}: a bare key states no time: name the authority's certificate",
                    key.name
                ));
            }
            if key.trusted.not_after.is_none() && key.status == Status::Active {
                found.push(format!("key {}: it has no end (not_after)", key.name));
            }
            if key.usages.len() > 1 {
                found.push(format!("key {}: it has several usages; give each its own", key.name));
            }
        }
        found
    }
}

/// The newest policy that a verifier has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its version.
    pub version: u64,
    /// SHA-256 of its text.
    pub digest: Digest,
}

/// Reads a version such as `1.10.0` as numbers, so that they compare as such.
pub fn version_numbers(text: &str) -> Option<Vec<u64>> {
    let number = |part: &str| {
        let is_plain = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        is_plain.then(|| part.parse().ok()).flatten()
    };
    text.split(['.', '-']).map(number).collect()
}
